"""The first chapter's picture has the network's shapes, and its page answers as the network does that it was made from."""
import json

import numpy as np
import pytest
import torch
from torch import nn

from onecnn import cells, launch, lesson, mnist, spec, trained

DRAWN = 20
BROWSER = """
import asyncio, json, sys
from playwright.async_api import async_playwright
from onecnn import cells

program = cells.program("05_deployment/06_browser/in_chromium")
ANSWER = '''() => {
  const { data } = document.querySelector("#seen").getContext("2d", { willReadFrequently: true }).getImageData(0, 0, 28, 28);
  return { text: document.querySelector("#answer").textContent,
           percents: [...document.querySelectorAll(".percent")].map((one) => parseInt(one.textContent)),
           pixels: Array.from({ length: 784 }, (_, at) => data[4 * at + 3] / 255) };
}'''


async def main(address, drawings):
    answers, requests, complaints = [], [], []
    async with async_playwright() as playwright:
        browser = await program.launch(playwright)
        page = await browser.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda line: complaints.append(line.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(address)
        frame = page.frames[1]  # the page stands in a frame, as in JupyterLab
        mouse = await page.context.new_cdp_session(page)
        answers.append(await frame.evaluate(ANSWER))
        for strokes in drawings:
            await frame.click("#clear")
            box = await frame.locator("#paper").bounding_box()
            for event in [event for stroke in strokes for event in program.click(box, stroke)]:
                await mouse.send("Input.dispatchMouseEvent", event)
            answers.append(await frame.evaluate(ANSWER))
        await browser.close()
    return {"answers": answers, "requests": requests, "complaints": complaints}

print(json.dumps(asyncio.run(main(sys.argv[1], json.loads(open(sys.argv[2], encoding="utf-8").read())))))
"""


def program(name):
    return cells.program(f"00_your_first_network/{name}")


@pytest.fixture(scope="module")
def network():
    """The notebook's layers, with weights that the course has trained."""
    made = nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(800, 64), nn.ReLU(), nn.Linear(64, 10))
    weights = trained.weights("pytorch").values()
    made.load_state_dict({name: torch.from_numpy(value) for name, value in zip(made.state_dict(), weights)})
    return made


def probabilities(network, images):
    with torch.no_grad():
        return torch.softmax(network(torch.from_numpy(images)), dim=1).numpy()


def test_the_picture_has_the_networks_shapes(network):
    shapes, x = [], torch.zeros(1, *spec.IMAGE_SHAPE)
    for layer in network:
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    picture = program("picture")
    maps = [(channels, side, side) for side, channels, _ in picture.STAGES]
    assert maps == [spec.IMAGE_SHAPE, *(shapes[at] for at in (1, 2, 4, 5))]
    assert [(count,) for count, _ in picture.VECTORS] == [shapes[at] for at in (6, 8, 9)]


def test_nothing_in_the_picture_lies_on_anything(monkeypatch):
    shown = []
    monkeypatch.setattr(lesson, "show", lambda fig, alt: shown.append(fig))
    program("picture").draw()
    fig, = shown
    fig.canvas.draw()
    boxes = [text.get_window_extent() for text in fig.axes[0].texts]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[number + 1:])
        assert not any(box.overlaps(patch.get_window_extent()) for patch in fig.axes[0].patches)


def rounded(network):
    """The network with the weights that the page holds."""
    copy = nn.Sequential(*network)
    values = {name: torch.from_numpy(steps.astype(np.float32) * np.float32(step))
              for name, (steps, step) in program("drawing_page").rounded(network).items()}
    return lambda images: torch.func.functional_call(copy, values, torch.from_numpy(images))


def test_rounding_changes_next_to_nothing(network):
    images = mnist.load().test_images
    with torch.no_grad():
        same = rounded(network)(images).argmax(1) == network(torch.from_numpy(images)).argmax(1)
    assert same.float().mean() > 0.99 and len(same) == 1000


def test_weights_of_zero_are_zero():
    layer = nn.Linear(2, 2)
    nn.init.zeros_(layer.bias)
    steps, step = program("drawing_page").rounded(layer)["bias"]
    assert not steps.any() and step > 0


@pytest.mark.slow(reason="a browser draws")
def test_the_page_answers_as_the_network_does(network, tmp_path):
    digits, strokes = mnist.load(), cells.program("05_deployment/06_browser/strokes").strokes
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("IPython.display.display", lambda data, **_: shown.append(data["text/html"]))
        program("drawing_page").show(network)
    page, drawings = tmp_path / "notebook.html", tmp_path / "drawings.json"
    page.write_text(f"<!doctype html><title>A notebook</title>{shown[0]}", encoding="utf-8")
    drawings.write_text(json.dumps([strokes(image[0]) for image in digits.test_images[:DRAWN]]))
    try:
        output, = launch.run([["-c", BROWSER, page.as_uri(), drawings]], kernel="deployment", timeout=280)
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))
    except launch.WorkerFailed as error:
        if "no browser:" not in str(error):
            raise
        pytest.skip(str(error))
    found = json.loads(output.splitlines()[-1])
    first, *answers = found["answers"]
    assert first["text"] == "Draw a digit." and found["complaints"] == []
    assert all(url.startswith(("file:", "about:")) for url in found["requests"])
    pixels = np.array([answer["pixels"] for answer in answers], np.float32).reshape(-1, 1, 28, 28)
    with torch.no_grad():
        expected = torch.softmax(rounded(network)(pixels), dim=1).numpy()
    assert np.abs(expected * 100 - [answer["percents"] for answer in answers]).max() < 3  # the pixels seen are bytes
    said = [int(answer["text"].rpartition(" ")[2]) for answer in answers]
    assert said == [int(np.argmax(answer["percents"])) for answer in answers]
    assert np.mean(said == digits.test_labels[:DRAWN]) >= 0.85
