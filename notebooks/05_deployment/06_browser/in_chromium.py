"""Runs the page in a real browser without a window, and does what a visitor would.

    python in_chromium.py ADDRESS JOBS.json

JOBS.json is a list of ``[job, {arguments}]``; the last line of the output is the list of the
answers, as JSON. The jobs are the functions of ``JOBS`` below. The browser is the Chromium that
set-up unpacked; elsewhere (macOS, Windows) an installed Chrome or Edge.
"""
import asyncio
import base64
import json
import os
import sys
from pathlib import Path

from playwright.async_api import Error, TimeoutError, async_playwright

FLAGS = ["--headless=shell", "--use-gl=angle", "--use-angle=swiftshader",
         "--enable-unsafe-swiftshader"]
# Chromium's and Playwright's words where the system forbids what the sandbox is made of
NO_SANDBOX = ("No usable sandbox", "Chromium sandboxing failed")
SIZE = {"width": 1000, "height": 840}
READY = "#answer:not([aria-busy=true])"
LOGITS = """
async ([packed, runtime, keys]) => {
  const { open } = await import("./runtimes.js");
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const change = (images) => CHANGE;
  const images = change(new Float32Array(bytes.buffer));
  const answers = {};
  for (const key of keys) {
    const model = await open(runtime, key);
    const found = new Float32Array(images.length / 784 * 10);
    for (let at = 0; at < images.length / 784; at += 100) {  // a hundred at a time
      const part = images.slice(784 * at, 784 * (at + 100));
      found.set((await model.logits(part, part.length / 784)).slice(0, part.length / 784 * 10), 10 * at);
    }
    await model.close();
    answers[key] = Array.from(found);
  }
  return answers;
}
"""


async def launch(playwright):
    """The browser. Raises ``SystemExit`` with a sentence if there is none."""
    own = Path(sys.prefix, "chromium", "chromium")
    if own.exists():
        return await started(playwright, executable_path=str(own), args=FLAGS)
    for channel in ("chrome", "msedge"):
        try:
            return await started(playwright, channel=channel)
        except Error:
            continue
    raise SystemExit("no browser: set-up brings Chromium on Linux (x86-64); elsewhere install "
                     "Chrome or Edge")


async def started(playwright, **options):
    """The browser in its sandbox; outside of it for root, to whom Chromium refuses it, and where
    Chromium says that this system has none."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        try:
            return await playwright.chromium.launch(chromium_sandbox=True, **options)
        except Error as error:
            if not any(words in str(error) for words in NO_SANDBOX):
                raise
    return await playwright.chromium.launch(chromium_sandbox=False, **options)


async def logits(page, images: str, runtime: str, keys: list, change: str = "images") -> dict:
    """``{key: logits}`` of packed float32 images; ``change``: JavaScript, what a faulty page would
    do to them."""
    return await page.evaluate(LOGITS.replace("CHANGE", change), [images, runtime, keys])


async def draw(page, drawings: list, key: str = "pytorch", runtime: str = "ort-wasm") -> list:
    """Draws each list of strokes with the mouse, after a click on Clear; returns what the page then
    shows.

    The events of a drawing are sent at once and handled in order: the browser bundles them, as it
    does a hand's.
    """
    await page.select_option("#framework", key)
    await page.select_option("#runtime", runtime)
    mouse = await page.context.new_cdp_session(page)
    paper, button = (await page.locator("#paper").bounding_box(),
                     await page.locator("#clear").bounding_box())
    answers = []
    for strokes in drawings:
        events = [*click(button, [(0.5, 0.5)])]
        for stroke in strokes:
            events += click(paper, stroke)
        await asyncio.gather(*(mouse.send("Input.dispatchMouseEvent", event) for event in events))
        answers.append(await read(page))
    return answers


def click(box: dict, points: list) -> list:
    """The button goes down at the first point, the mouse moves to the others, the button comes up
    at the last."""
    def event(kind, point, buttons):
        return {"type": kind, "x": box["x"] + point[0] * box["width"],
                "y": box["y"] + point[1] * box["height"], "button": "left", "buttons": buttons,
                "clickCount": 0 if kind == "mouseMoved" else 1}
    return [event("mousePressed", points[0], 1),
            *(event("mouseMoved", point, 1) for point in points[1:]),
            event("mouseReleased", points[-1], 0)]


async def read(page) -> dict:
    """What the page shows now."""
    await page.wait_for_selector(READY)
    return await page.evaluate("""() => {
      const canvas = document.querySelector("#seen");
      const { data } = canvas.getContext("2d").getImageData(0, 0, 28, 28);
      const first = document.querySelector("#bars .first .digit");
      return {
        digit: first ? Number(first.textContent) : null,
        text: document.querySelector("#answer").textContent,
        message: document.querySelector("#message").textContent,
        pixels: Array.from({ length: 784 }, (_, at) => data[4 * at + 3] / 255),
        eleven: [...document.querySelectorAll("#eleven li")].map((row) => row.textContent),
      };
    }""")


async def press(page, keys: list) -> dict:
    """Presses keys in the drawing area, one after another; returns what the page then shows."""
    await page.focus("#paper")
    for key in keys:
        await page.keyboard.press(key)
    return await read(page)


async def compare(page) -> dict:
    """Opens "All eleven at once" and waits for its rows."""
    await page.click("summary")
    await page.wait_for_selector("#eleven li")
    return await read(page)


async def picture(page, file: str) -> None:
    """A picture of the page as it is."""
    await page.screenshot(path=file, full_page=True, animations="disabled")


async def evaluate(page, script: str):
    """What a JavaScript expression says in the page."""
    return await page.evaluate(script)


JOBS = {job.__name__: job for job in (logits, draw, read, press, compare, picture, evaluate)}


async def main(address: str, jobs: list) -> list:
    """Opens the page, does the jobs in order. The last answer: every request that the page made,
    and every complaint."""
    requests, complaints = [], []
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        context = await browser.new_context(viewport=SIZE, device_scale_factor=1.2,
                                            java_script_enabled="nojs" not in sys.argv)
        context.set_default_timeout(100_000)  # a busy machine is slow
        page = await context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda line: complaints.append(line.text)
                if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if jobs and jobs[0][0] == "before":  # a script that runs before the page's own
            await page.add_init_script(jobs.pop(0)[1]["script"])
        await page.goto(address)
        if "nojs" not in sys.argv:
            try:
                await page.wait_for_selector("#runtime option, #message:not([hidden])",
                                             state="attached")
            except TimeoutError:
                raise SystemExit(f"the page did not start: {complaints}") from None
        answers = [await JOBS[name](page, **arguments) for name, arguments in jobs]
        await browser.close()
    return [*answers, {"requests": requests, "complaints": complaints}]


def packed(images) -> str:
    """Images as :func:`logits` wants them."""
    return base64.b64encode(images.astype("<f4").tobytes()).decode()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1],
                                      json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))))))
