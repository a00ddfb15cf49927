"""The page "Draw a digit" as files: what it says, whom it trusts, how it looks, and the twin of its preprocessing."""
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from onecnn import cells, mnist, paths

PAGE = paths.programs("05_deployment/06_browser")
SCRIPTS = sorted(PAGE.glob("*.js"))


def program(name):
    return cells.program(f"05_deployment/06_browser/{name}")


def text(name):
    return (PAGE / name).read_text(encoding="utf-8")


class Elements(HTMLParser):
    """Every start tag of the page with its attributes, in order."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def all(self, *tags):
        return [attributes for tag, attributes in self.found if tag in tags]


@pytest.fixture(scope="module")
def page():
    return Elements(text("index.html"))


def policy(html):
    content, = (meta["content"] for meta in Elements(html).all("meta")
                if meta.get("http-equiv") == "Content-Security-Policy")
    return dict(part.strip().split(" ", 1) for part in content.split(";"))


def test_policy_is_strict():
    rules = policy(text("index.html"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split() == ["'self'", "'wasm-unsafe-eval'"]
    assert rules["style-src"] == rules["connect-src"] == "'self'"
    assert {"base-uri", "form-action"} <= set(rules)
    assert "unsafe-inline" not in text("index.html") and "'unsafe-eval'" not in text("index.html")


def test_nothing_is_asked_for_elsewhere():
    for file in [*SCRIPTS, PAGE / "index.html", PAGE / "style.css"]:
        content = file.read_text(encoding="utf-8")
        assert not re.search(r"(?:https?:)?//[\w-]+\.\w+|@import|eval\(|innerHTML", content), file.name
    assert not re.search(r"<script(?! type=\"module\" src)|\son\w+=|style=", text("index.html")), "inline code or style"


def test_nothing_is_read_back_from_a_canvas():
    """Against fingerprinting, browsers change what a canvas gives: the page does not ask."""
    for file in SCRIPTS:
        assert not re.search(r"getImageData|toDataURL|toBlob|readPixels|createImageBitmap", file.read_text(encoding="utf-8"))


def test_page_can_be_used_without_eyes_or_mouse(page):
    root, = page.all("html")
    assert root["lang"] == "en"
    labelled = {label["for"] for label in page.all("label")}
    assert {select["id"] for select in page.all("select")} == labelled
    paper, seen = page.all("canvas")
    assert paper["tabindex"] == "0" and paper["aria-label"] and paper["aria-describedby"] == "help"
    assert seen["role"] == "img" and seen["aria-label"]
    assert page.all("output")[0]["aria-live"] == "polite"
    assert any(element.get("role") == "alert" for element in page.all("p"))
    assert page.all("noscript") and page.all("main") and len(page.all("h1")) == 1
    assert all(int(attributes.get("tabindex", 0)) <= 0 for _, attributes in page.found), "the order of focus is the page's"
    assert all(button["type"] == "button" for button in page.all("button"))
    used = set(re.findall(r'element\("([\w-]+)"\)', text("page.js")))
    assert used <= {attributes.get("id") for _, attributes in page.found}


def test_motion_focus_and_dark_are_respected():
    style = text("style.css")
    assert "prefers-reduced-motion: reduce" in style and "prefers-color-scheme: dark" in style
    assert re.search(r":focus-visible \{ outline: 3px", style) and "outline: none" not in style


def colors(style):
    """The custom properties of the light scheme, and those of the dark one."""
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in (light, dark)]


def contrast(first, second):
    """WCAG 2's contrast ratio of two colours."""
    def luminance(color):
        parts = [int(color[at:at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return np.dot(linear, [0.2126, 0.7152, 0.0722])
    bright, faint = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (faint + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast(scheme):
    found = colors(text("style.css"))[scheme]
    for back in ("page", "card", "paper"):
        for front in ("text", "quiet", "accent"):
            assert contrast(found[front], found[back]) >= 4.5, (front, back)
    assert contrast(found["text"], found["track"]) >= 4.5, "a button under the mouse"
    assert contrast(found["alarm"], found["alarm-back"]) >= 4.5
    assert contrast(found["ink"], found["paper"]) >= 4.5
    for mark, back in (("line", "card"), ("line", "page"), ("line", "paper"), ("accent", "track"), ("bar", "card")):
        assert contrast(found[mark], found[back]) >= 3, f"{mark} on {back}: what is no text needs 3"


def test_contrast_sees_a_pale_grey():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#999999", "#ffffff") < 4.5


def test_single_file_names_its_own_hashes(tmp_path):
    build_page = program("build_page")
    for name in build_page.PAGE:
        (tmp_path / name).write_text(text(name), encoding="utf-8")
    (tmp_path / "a.bin").write_bytes(b"weights")
    entry = {"file": "a.bin"}
    manifest = {"graph": entry, "runtimes": {"ort": {"module": entry}}, "models": [{"onnx": entry, "tfjs": entry}]}
    html = build_page.single_file(tmp_path, manifest)
    rules = policy(html)
    script = re.findall(r'<script type="module">(.*?)</script>', html, re.DOTALL)[0]
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)[0]
    assert build_page._hash(script) in rules["script-src"] and build_page._hash(style) in rules["style-src"]
    assert "unsafe-inline" not in html and "connect-src" not in rules
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
    names = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", script, re.MULTILINE)
    assert len(names) == len(set(names)), "two modules use one name, and here they are one script"


def test_digits_come_back_as_themselves():
    """MNIST's recipe, applied to what it has made: all but one test digit, which is 19 pixels long."""
    preprocess = program("preprocess").preprocess
    digits = mnist.load().test_images[:, 0]
    back = [preprocess(np.kron(image, np.ones((5, 5)))) for image in digits]
    assert sum(np.abs(found - image).max() < 1e-6 for found, image in zip(back, digits)) == 999


def test_small_drawings_get_no_fat_lines():
    """The same strokes at a tenth of the size, elsewhere: the same pixels, but for the digits that a float loses."""
    twin, strokes = program("preprocess"), program("strokes").strokes
    for image in mnist.load().test_images[:5, 0]:
        large = strokes(image)
        small = [[(0.8 + x / 10, 0.1 + y / 10) for x, y in stroke] for stroke in large]
        assert np.abs(twin.preprocess(twin.rasterise(large)) - twin.preprocess(twin.rasterise(small))).max() < 1e-5
    empty, dot = twin.rasterise([]), twin.rasterise([[(0.1, 0.9)]])
    assert not empty.any() and dot.max() == 1 and np.isfinite(dot).all()


def test_recipe_bears_any_drawing():
    preprocess = program("preprocess").preprocess
    assert not preprocess(np.zeros((280, 280))).any()
    dot = np.zeros((280, 280))
    dot[3, 5] = 1
    assert preprocess(dot).sum() == pytest.approx(400), "a dot becomes 20 x 20"
    line = np.zeros((100, 300))
    line[50, 10:290] = 1
    assert preprocess(line).max() <= 1 and np.abs(preprocess(line).sum(axis=1).argmax() - 14) <= 0
    assert np.allclose(preprocess(line), preprocess(np.pad(line, ((7, 90), (31, 2))))), "where it was drawn does not matter"


def test_strokes_follow_the_ink():
    strokes = program("strokes").strokes
    digits = mnist.load().test_images[:30, 0]
    for image in digits:
        for stroke in strokes(image):
            assert len(stroke) >= 2
            for x, y in stroke:
                around = image[max(0, int(28 * y) - 1):int(28 * y) + 2, max(0, int(28 * x) - 1):int(28 * x) + 2]
                assert around.max() > 0.3, "a stroke that leaves the digit"


def test_poured_weights_keep_what_is_no_weight():
    poured = program("graph_model").poured
    entries = [{"name": "a", "shape": [2], "dtype": "float32"}, {"name": "shape", "shape": [1], "dtype": "int32"},
               {"name": "b", "shape": [1], "dtype": "float32"}]
    original = np.float32([1, 2]).tobytes() + np.int32([-1]).tobytes() + np.float32([3]).tobytes()
    weights = {"a": np.float32([5, 6]), "b": np.float32([7])}
    found = poured(entries, original, weights, lambda _, value: value)
    assert found == np.float32([5, 6]).tobytes() + np.int32([-1]).tobytes() + np.float32([7]).tobytes()
    with pytest.raises(RuntimeError, match="has shape"):
        poured(entries, original, {**weights, "a": np.float32([5])}, lambda _, value: value)


def test_lock_file_holds_a_hash_for_each_package():
    lock = json.loads((paths.ROOT / "requirements" / "browser" / "package-lock.json").read_text(encoding="utf-8"))
    entries = [entry for name, entry in lock["packages"].items() if name]
    assert all(entry["integrity"].startswith("sha512-") for entry in entries)
    assert lock["packages"]["node_modules/onnxruntime-web"]["version"] == "1.30.0"
