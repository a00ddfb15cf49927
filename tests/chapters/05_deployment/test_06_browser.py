"""The page "Draw a digit" in a real browser: the deployment contract, 100 drawn digits, and faults that must be told.

``ONECNN_PICTURE=pictures/draw_a_digit.png pytest -k drawn`` with this file also takes the README's picture.
"""
import base64
import contextlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from onecnn import cells, contract, launch, mnist, paths, trained

PAGE = paths.programs("05_deployment/06_browser")
KEYS = ("numpy", "theano", "pytorch", "jax")  # for the contract; the notebook asks all eleven
NATIVE = """
import sys, numpy as np, torch
from onecnn import cells, trained
model = cells.functions("02_frameworks/02_pytorch").build(trained.weights("pytorch")).eval()
torch.onnx.export(model, (torch.zeros(2, 1, 28, 28),), sys.argv[1], dynamo=True, external_data=False, verbose=False,
                  dynamic_shapes=({0: torch.export.Dim("batch", min=1)},))
"""


def program(name):
    return cells.program(f"05_deployment/06_browser/{name}")


@contextlib.contextmanager
def skipping():
    """Skips where the kernel or a browser is missing, with the reason."""
    try:
        yield
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))
    except launch.WorkerFailed as error:
        if "no browser:" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("page")
    with skipping():
        launch.run([[PAGE / "build_page.py", made, "--layers"]], kernel="deployment", timeout=280)
    return made


@pytest.fixture(scope="module")
def server(folder):
    with launch.server([PAGE / "build_page.py", folder, "--serve", "--port", "{port}"], "/", kernel="deployment") as running:
        yield running


@pytest.fixture
def visit(tmp_path):
    """``visit(address, jobs ...)``: what a browser answers; with ``"nojs"`` as the first job, one without JavaScript."""
    def answers(address, *jobs):
        words = ["nojs"] if jobs[0] == "nojs" else []
        (tmp_path / "jobs.json").write_text(json.dumps(jobs[len(words):]))
        with skipping():
            output, = launch.run([[PAGE / "in_chromium.py", address, tmp_path / "jobs.json", *words]], kernel="deployment",
                                 timeout=280)
        return json.loads(output.splitlines()[-1])
    return answers


def drawings(numbers, size=1.0):
    """Test digits as strokes; ``size``: of the drawing area, in a corner of it."""
    strokes = program("strokes").strokes
    images = mnist.load().test_images
    return {"drawings": [[[(0.02 + size * (x - 0.02), 0.02 + size * (y - 0.02)) for x, y in stroke]
                          for stroke in strokes(images[number, 0])] for number in numbers]}


def asked(runtime, keys, change="images"):
    packed = base64.b64encode(mnist.load().test_images.astype("<f4").tobytes()).decode()
    return ("logits", {"images": packed, "runtime": runtime, "keys": list(keys), "change": change})


def verdict(answer, key):
    return contract.judge(np.reshape(answer[key], (1000, 10)), trained.weights(key))


def test_contract_holds_in_each_runtime_and_tells_planted_faults(server, visit):
    faults = {"images.map((value) => 1 - value)": "the images arrive inverted",
              "images.map((_, at) => images[at - at % 784 + 28 * (at % 28) + Math.floor(at % 784 / 28)])": "transposed"}
    *answers, seen = visit(server.url, asked("ort-wasm", KEYS), asked("tfjs-cpu", ["theano"]),
                           asked("tfjs-webgl", ["jax"]), *(asked("ort-wasm", ["pytorch"], change) for change in faults))
    for answer in answers[:3]:
        for key in answer:
            assert verdict(answer, key).holds, (key, verdict(answer, key))
    for answer, reason in zip(answers[3:], faults.values()):
        assert reason in verdict(answer, "pytorch").why
    assert seen["complaints"] == []
    assert all(url.startswith(server.url) for url in seen["requests"])
    own = trained.logits("pytorch")  # and the framework itself says so, in its own kernel
    assert np.abs(np.reshape(answers[0]["pytorch"], (1000, 10)) - own).max() <= contract.TOLERANCE * np.abs(own).max()


def test_pytorchs_own_export_holds_and_a_stale_model_is_told(folder, server, visit):
    """Both files get new hashes: for the page they are in order. Only the contract sees that one was never trained."""
    build_page = program("build_page")
    manifest = json.loads((folder / "models.json").read_text())
    try:
        with skipping():
            launch.run([["-c", NATIVE, folder / "models" / "native.onnx"]], kernel="deployment")
            launch.run([["-c", "import sys; from onecnn.onnx_file import write_onnx; from onecnn import spec;"
                               "write_onnx(spec.initial_weights(), sys.argv[1])", folder / "models" / "stale.onnx"]],
                       kernel="deployment")
        extra = [{**manifest["models"][0], "key": name, "onnx": build_page._entry(folder, f"models/{name}.onnx")}
                 for name in ("native", "stale")]
        (folder / "models.json").write_text(json.dumps({**manifest, "models": [*manifest["models"], *extra]}))
        answer, _ = visit(server.url, asked("ort-wasm", ["native", "stale"]))
    finally:
        (folder / "models.json").write_text(json.dumps(manifest))
    weights = trained.weights("pytorch")
    assert contract.judge(np.reshape(answer["native"], (1000, 10)), weights).holds
    assert "before training" in contract.judge(np.reshape(answer["stale"], (1000, 10)), weights).why


def test_drawn_digits_are_recognised(server, visit, tmp_path):
    """Every tenth test digit, as pen strokes, with real pointer events: canvas, preprocessing, network and page."""
    picture = Path(os.environ.get("ONECNN_PICTURE") or tmp_path / "page.png").resolve()
    angles = np.radians(np.linspace(-150, 90, 40))
    three = [(0.5 + 0.16 * np.cos(angle), 0.32 + 0.16 * np.sin(angle)) for angle in angles]
    three += [(0.5 + 0.19 * np.cos(angle), 0.67 + 0.19 * np.sin(angle)) for angle in -angles[::-1]]
    drawn, last, _, _, seen = visit(server.url, ("draw", drawings(range(0, 1000, 10))), ("draw", {"drawings": [[three]]}),
                                    ("compare", {}), ("picture", {"file": str(picture)}))
    truth = mnist.load().test_labels[::10]
    right = sum(answer["digit"] == label for answer, label in zip(drawn, truth))
    assert right >= 95, f"{right} of 100"
    assert last[0]["text"].startswith("This is a 3")
    assert seen["complaints"] == [] and all(url.startswith(server.url) for url in seen["requests"])
    assert 10_000 < picture.stat().st_size < 200_000


def test_preprocessing_equals_its_twin(server, visit):
    """Drawings, and extreme ones, made to pixels by the page and by Python."""
    twin = program("preprocess")
    script = """(async () => {
      const { preprocess, rasterise, RASTER } = await import("./preprocess.js");
      return DRAWINGS.map((strokes) => {
        const ink = rasterise(strokes);
        return [Array.from(ink), Array.from(preprocess(ink, RASTER, RASTER))];
      });
    })()"""
    cases = [*drawings(range(6))["drawings"], [], [[(0.5, 0.5)]], [[(0, 0), (1, 0)]], [[(0.99, 0.2), (0.99, 0.99)]],
             [[(0.2, 0.2), (0.8, 0.8)], [(0.8, 0.2), (0.2, 0.8)], [(0.5, 0.5)]], drawings([3], 0.05)["drawings"][0]]
    answers, _ = visit(server.url, ("evaluate", {"script": script.replace("DRAWINGS", json.dumps(cases))}))
    for strokes, (ink, found) in zip(cases, answers):
        assert np.abs(np.ravel(twin.rasterise(strokes)) - ink).max() < 1e-5
        assert np.abs(np.ravel(twin.preprocess(twin.rasterise(strokes))) - found).max() < 1e-5


def test_small_digits_are_read_like_large_ones(server, visit):
    numbers = range(0, 1000, 50)
    *answers, _ = visit(server.url, *(("draw", drawings(numbers, size)) for size in (1, 0.3, 0.12)))
    right = [sum(shown["digit"] == label for shown, label in zip(drawn, mnist.load().test_labels[::50])) for drawn in answers]
    assert min(right) >= 18 and max(right) - min(right) <= 1, f"{right} of {len(numbers)}"


def test_what_is_too_small_to_read_is_told(server, visit):
    (trembling, dot, again), _ = visit(server.url, ("draw", {"drawings": [
        [[(0.5, 0.5), (0.51, 0.5), (0.505, 0.51)]], [[(0.2, 0.9)]], *drawings([0])["drawings"]]}))
    for shown in (trembling, dot):
        assert shown["digit"] is None and shown["text"].startswith("That is too small to read.")
    assert again["digit"] == mnist.load().test_labels[0]


def test_a_browser_that_protects_the_canvas_reads_digits_and_tells_where_it_cannot(server, visit):
    """Noise against fingerprinting in whatever is read from a canvas or from the graphics card."""
    noise = """
      const noisy = (from, name, place) => {
        const read = from.prototype[name];
        from.prototype[name] = function (...given) {
          const found = read.apply(this, given), data = place(found, given);
          if (data) for (let at = 0; at < data.length; at += 7) data[at] = data[at] ? data[at] * 1.01 : 255 * Math.random();
          return found;
        };
      };
      noisy(CanvasRenderingContext2D, "getImageData", (found) => found.data);
      noisy(WebGL2RenderingContext, "readPixels", (_, given) => given[6]?.buffer && given[6]);
      noisy(WebGL2RenderingContext, "getBufferSubData", (_, given) => given[2]);"""
    numbers = range(0, 1000, 50)
    drawn, webgl, _ = visit(server.url, ("before", {"script": noise}), ("draw", drawings(numbers)),
                            ("draw", {**drawings([0]), "runtime": "tfjs-webgl"}))
    labels = mnist.load().test_labels
    assert sum(answer["digit"] == labels[number] for answer, number in zip(drawn, numbers)) >= 19
    assert all(answer["message"] == "" for answer in drawn)
    assert webgl[0]["digit"] is None and "protects its graphics card" in webgl[0]["message"]


def test_keyboard_draws_undoes_and_lets_go(server, visit):
    one = [" ", *["ArrowDown"] * 18, " "]
    focused = ("evaluate", {"script": "document.activeElement.id || document.activeElement.tagName"})
    tabs = [job for count in range(1, 6) for job in (("press", {"keys": ["Tab"] * count}), focused)]
    drawn, undone, twice, cleared, *where, seen = visit(
        server.url, ("press", {"keys": one}), ("press", {"keys": ["Backspace"]}), ("press", {"keys": [*one, *one]}),
        ("press", {"keys": ["Backspace", "Backspace"]}), *tabs)
    assert drawn["digit"] == 1 and drawn["text"].startswith("This is a 1")
    assert undone["digit"] is None and undone["text"].startswith("Draw a digit")
    assert twice["digit"] is not None and cleared["digit"] is None
    assert where[1::2] == ["undo", "clear", "framework", "runtime", "SUMMARY"], "Tab leaves the drawing area, in order"
    assert seen["complaints"] == []


def test_all_eleven_at_once_and_a_file_without_a_server(folder, visit):
    drawn, compared, other, seen = visit((folder / "draw_a_digit.html").as_uri(), ("draw", drawings([0])), ("compare", {}),
                                         ("draw", {**drawings([0]), "key": "theano", "runtime": "tfjs-cpu"}))
    label = mnist.load().test_labels[0]
    assert drawn[0]["digit"] == other[0]["digit"] == label
    assert len(compared["eleven"]) == 11
    assert seen["complaints"] == [] and not any(url.startswith("http") for url in seen["requests"])


def test_damaged_and_missing_models_are_told(folder, server, visit):
    damaged, missing = folder / "models" / "pytorch.onnx", folder / "models" / "jax.bin"
    contents = damaged.read_bytes(), missing.read_bytes()
    try:
        damaged.write_bytes(contents[0][:-1] + b"\x7f")
        missing.unlink()
        first, second, third, _ = visit(server.url, ("draw", drawings([0])),
                                        ("draw", {**drawings([0]), "key": "jax", "runtime": "tfjs-cpu"}),
                                        ("draw", {**drawings([0]), "key": "numpy"}))
    finally:
        damaged.write_bytes(contents[0])
        missing.write_bytes(contents[1])
    assert "pytorch.onnx is damaged" in first[0]["message"] and first[0]["digit"] is None
    assert "jax.bin is missing (HTTP 404)" in second[0]["message"] and second[0]["digit"] is None
    assert third[0]["message"] == "" and third[0]["digit"] == mnist.load().test_labels[0]


def test_a_runtime_that_changes_after_its_check_is_not_run(folder, visit, tmp_path):
    """A server that gives the right file for the check and another one when the browser asks again."""
    message = """new Promise((done) => {
      const look = () => { const { hidden, textContent } = document.getElementById("message");
                           hidden ? setTimeout(look, 20) : done(textContent); };
      look();
    })"""
    lying = """
import sys
sys.path.insert(0, sys.argv[1])
import build_page
class Lying(build_page.Handler):
    asked = []
    def do_GET(self):
        self.asked.append(self.path)
        if self.path.endswith(".mjs") and self.asked.count(self.path) > 1:
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()
            self.wfile.write(b"document.title = 'taken over'; export const env = { wasm: {} };")
        else:
            super().do_GET()
build_page.Handler = Lying
build_page.serve(build_page.Path(sys.argv[2]), int(sys.argv[3]))
"""
    with launch.server(["-c", lying, PAGE, folder, "{port}"], "/", kernel="deployment") as liar:
        told, drawn, title, _ = visit(liar.url, ("evaluate", {"script": message}), ("draw", drawings([0])),
                                      ("evaluate", {"script": "document.title"}))
    assert "ort.wasm.bundle.min.mjs changed while the page was loading it" in told
    assert drawn[0]["digit"] is None and "wrong SHA-256" in drawn[0]["message"], "asked again, it is refused before it runs"
    assert title == "Draw a digit"


@pytest.mark.parametrize(("user", "refusal", "sandboxes"), [
    (0, None, [False]), (1000, None, [True]), (1000, "FATAL: No usable sandbox! Update your kernel", [True, False]),
    (1000, "Chromium sandboxing failed!", [True, False])])
def test_browser_runs_in_its_sandbox_where_there_is_one(user, refusal, sandboxes):
    code = f"""
import asyncio, json, os, sys
sys.path.insert(0, {str(PAGE)!r})
import in_chromium
os.geteuid = lambda: {user}
class Browsers:
    tried = []
    async def launch(self, chromium_sandbox, args=(), **_):
        self.tried.append(chromium_sandbox)
        assert "--no-sandbox" not in args
        if chromium_sandbox and {refusal!r}:
            raise in_chromium.Error({refusal!r})
class Playwright:
    chromium = Browsers()
asyncio.run(in_chromium.launch(Playwright))
print(json.dumps(Browsers.tried))
"""
    with skipping():
        output, = launch.run([["-c", code]], kernel="deployment")
    assert json.loads(output) == sandboxes


def test_without_webassembly_the_page_says_so_and_answers(server, visit):
    first, drawn, _ = visit(server.url, ("before", {"script": "delete globalThis.WebAssembly"}), ("read", {}),
                            ("draw", {**drawings([0]), "runtime": "tfjs-cpu"}))
    assert "has no WebAssembly" in first["message"]
    assert drawn[0]["digit"] == mnist.load().test_labels[0]


def test_without_javascript_the_page_says_so(server, visit):
    shown, _ = visit(server.url, "nojs", ("evaluate", {"script": "document.querySelector('noscript').innerText"}))
    assert "switched off" in shown


def test_a_message_stands_still_strange_models_are_refused_and_strange_files_stopped(server, visit):
    """A message may come and go while somebody draws; Keras 3's layers are none for TensorFlow.js; a policy stops the rest."""
    still = """(() => {
      const [message, paper] = ["message", "paper"].map((id) => document.getElementById(id));
      const places = [true, false].map((hidden) => { message.hidden = hidden; return paper.getBoundingClientRect().top; });
      return [...places, message.getBoundingClientRect().height];
    })()"""
    layers = """import("./runtimes/tf.fesm.min.js").then((tf) => tf.loadLayersModel("models/layers/model.json"))
                .then(() => "loaded", (error) => error.message)"""
    strange = """Promise.all(["script", "link"].map((tag) => new Promise((done) => {
      document.addEventListener("securitypolicyviolation", (event) => done(event.violatedDirective), { once: true });
      document.head.append(Object.assign(document.createElement(tag),
        { rel: "stylesheet", src: "https://example.com/a.js", href: "https://example.com/a.css" }));
    })))"""
    (without, with_message, height), message, stopped, seen = visit(
        server.url, *(("evaluate", {"script": script}) for script in (still, layers, strange)))
    assert without == with_message and height > 10
    assert "InputLayer should be passed either" in message
    assert set(stopped) <= {"script-src-elem", "style-src-elem"} and stopped
    assert len(seen["complaints"]) >= 2


def test_threads_need_two_headers(folder, server, visit):
    ask = ("evaluate", {"script": "crossOriginIsolated"})
    command = [PAGE / "build_page.py", folder, "--serve", "--isolated", "--port", "{port}"]
    with launch.server(command, "/", kernel="deployment") as isolated:
        assert visit(isolated.url, ask)[0] is True
    assert visit(server.url, ask)[0] is False
