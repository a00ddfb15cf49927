"""What every notebook begins with, seen in fresh processes, and how a figure is shown, seen in a real kernel."""
import base64
import itertools
import json
import os
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from nbclient import NotebookClient

from onecnn import lesson, paths

SETTINGS = {**lesson.QUIET, **lesson.THREADS}


def run(code, **env):
    """Runs Python code in a fresh process without the course's variables; its standard output as JSON."""
    inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    done = subprocess.run([sys.executable, "-c", code], env={**inherited, **env}, cwd=paths.ROOT, capture_output=True,
                          text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_importing_lesson_imports_nothing_heavy():
    loaded = run("from onecnn import lesson; import json, sys; print(json.dumps(sorted(sys.modules)))")
    assert "onecnn.lesson" in loaded
    assert not {"numpy", "matplotlib", "IPython", "torch", "tensorflow", "jax"} & set(loaded)


SEEN_BY_NUMPY = """
import json, os, sys
seen = {}

class Watcher:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            seen.update(os.environ)

sys.meta_path.insert(0, Watcher())
from onecnn import lesson
lesson.start()
print(json.dumps({name: seen.get(name) for name in [*lesson.QUIET, *lesson.THREADS]}))
"""


def test_start_sets_the_variables_before_numpy_is_imported():
    assert run(SEEN_BY_NUMPY) == SETTINGS


def test_start_leaves_set_variables_alone():
    mine = {"OMP_NUM_THREADS": "4", "TF_CPP_MIN_LOG_LEVEL": "0", "CUDA_VISIBLE_DEVICES": "1"}
    assert run(SEEN_BY_NUMPY, **mine) == {**SETTINGS, **mine}


HOME = """
import json, os, sys
from onecnn import lesson
lesson.start()
import onnxruntime
found = [os.path.join(place, name) for place, _, names in os.walk(os.environ["HOME"]) for name in names]
print(json.dumps([found, sys.modules["openvino_telemetry"]]))
"""


def test_nothing_is_kept_in_the_home_folder_or_reported(tmp_path):
    """ONNX Runtime 1.32 would leave a device's number and a database of events there."""
    assert run(HOME, HOME=str(tmp_path), XDG_CACHE_HOME="") == [[], None]


PROXIES = """
import json, os
from onecnn import lesson
lesson.start()
print(json.dumps({name: value for name, value in sorted(os.environ.items()) if name.lower().startswith("no_")}))
"""


@pytest.mark.parametrize(("mine", "wanted"), [
    ({}, {}),
    ({"no_proxy": "a.example"}, {"no_proxy": "a.example"}),
    ({"http_proxy": ""}, {}),
    ({"http_proxy": "http://p:1"}, dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1,::1")),
    ({"ALL_PROXY": "socks5://p:1", "NO_PROXY": "a.example, 127.0.0.1"},
     dict.fromkeys(("NO_PROXY", "no_proxy"), "a.example,127.0.0.1,localhost,::1")),
    ({"http_proxy": "http://p:1", "no_proxy": "*"},  # no proxy for anybody; gRPC does not know the star
     {"NO_PROXY": "*", "no_grpc_proxy": "localhost,127.0.0.1,::1", "no_proxy": "*"}),
    ({"grpc_proxy": "http://p:1", "no_grpc_proxy": "b.example"},
     {"NO_PROXY": "localhost,127.0.0.1,::1", "no_grpc_proxy": "b.example,localhost,127.0.0.1,::1",
      "no_proxy": "localhost,127.0.0.1,::1"})])
def test_what_runs_here_is_not_looked_for_behind_a_proxy(monkeypatch, mine, wanted):
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    assert run(PROXIES, **mine) == wanted


def test_start_prints_nothing(capfd):
    lesson.start()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("numbers", ["random.random()", "np.random.rand()"])
def test_start_fixes_the_seeds(numbers):
    code = f"""
import json, random
from onecnn import lesson
lesson.start({{}}); import numpy as np; first = {numbers}
lesson.start({{}}); print(json.dumps([first, {numbers}]))
"""
    one, other = run(code.format(0, 0)), run(code.format(1, 1))
    assert one[0] == one[1] and other[0] == other[1] and one[0] != other[0]
    assert run(code.format("", ""))[0] == one[0]


# Figures

CELLS = (
    "from onecnn import lesson\n\nlesson.start()",
    "fig, axes = lesson.figure(4, 3, columns=2)\naxes[0].plot([1, 2])\n"
    "lesson.show(fig, alt='two axes, a rising line in the first')",
    "import matplotlib.pyplot as plt\n\nprint('open figures:', plt.get_fignums())",
    "for _ in range(2):\n    fig, ax = lesson.figure(4, 3)\n    ax.plot([1, 2])\n    lesson.show(fig, alt='a line')",
    "fig, ax = lesson.figure(4, 3)\nlesson.show(fig, alt='a long story', caption='short')",
)


@pytest.fixture(scope="module")
def outputs():
    """The outputs of each of ``CELLS``, run in the kernel as a notebook."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(paths.ROOT))
        for name in SETTINGS:
            patch.delenv(name, raising=False)
        NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    return [cell.outputs for cell in notebook.cells]


def test_the_first_cell_of_a_notebook_prints_nothing(outputs):
    assert outputs[0] == []


def pictures(outputs):
    """The outputs that hold a picture."""
    return [output for output in outputs if "image/png" in output.data]


def test_show_emits_one_picture_with_its_text(outputs):
    picture, below = outputs[1]
    alt = "two axes, a rising line in the first"
    assert picture.output_type == "display_data"
    assert set(picture.data) == {"image/png", "text/plain"}
    assert picture.data["text/plain"] == f"Figure: {alt}"
    assert picture.metadata["image/png"]["alt"] == alt
    assert alt in below.data["text/markdown"], "for readers whose viewer drops the alternative text"
    assert pictures(outputs[1]) == [picture]


def test_a_caption_stands_below_and_the_text_unfolds(outputs):
    picture, below = outputs[4]
    assert picture.metadata["image/png"]["alt"] == "a long story" and picture.data["text/plain"] == "Figure: a long story"
    assert below.data["text/markdown"].startswith("<small>short<details>") and "a long story" in below.data["text/markdown"]


def test_the_picture_has_its_size_in_inches(outputs):
    picture = base64.b64decode(outputs[1][0].data["image/png"])
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(picture[place:place + 4], "big") for place in (16, 20))
    assert (width, height) == (4 * 144, 3 * 144)
    assert outputs[1][0].metadata["image/png"]["width"] == 4 * 96
    assert outputs[1][0].metadata["image/png"]["height"] == 3 * 96


def test_show_closes_the_figure(outputs):
    assert [output.text for output in outputs[2]] == ["open figures: []\n"]


def test_one_figure_gives_the_same_bytes_twice(outputs):
    first, second = (output.data["image/png"] for output in pictures(outputs[3]))
    assert first == second
    assert b"Matplotlib" not in base64.b64decode(first), "no version that would change the file"


def test_colours_and_markers_are_told_apart():
    assert len(set(lesson.COLORS)) == len(lesson.COLORS) == len(set(lesson.MARKERS)) == len(lesson.MARKERS)


# How colour-blind readers see linear RGB: Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of Color
# Vision Deficiency", 2009, severity 1.0.
SEEN = {"all colours": np.eye(3),
        "no red": np.array([
            [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
        "no green": np.array([
            [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
        "no blue": np.array([
            [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]])}
GROUNDS = {"#dddddd", "#e8e8e8", "0.93", "white"}  # of grids and shaded spans, which carry no meaning alone


def linear(colour):
    values = np.array(to_rgb(colour))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(colour):
    """With white, after WCAG 2."""
    return 1.05 / (linear(colour) @ [0.2126, 0.7152, 0.0722] + 0.05)


def lab(rgb):
    """CIE L*a*b*, whose distances are about as large as they look."""
    x = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    f = np.where(x / [0.9505, 1, 1.089] > 0.008856, np.cbrt(x / [0.9505, 1, 1.089]), 7.787 * x / [0.9505, 1, 1.089] + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("colour", [*(one for one in lesson.COLORS if one != lesson.YELLOW), "gray"])
def test_lines_and_markers_stand_out_from_white(colour):
    assert contrast(colour) >= 3


def test_a_pale_colour_would_be_seen():
    assert contrast("#E69F00") < 3 and contrast("lightgray") < 2 and contrast("black") == pytest.approx(21)


@pytest.mark.parametrize("seen", SEEN)
def test_colour_blind_readers_tell_them_apart(seen):
    """As well as Okabe and Ito's own, whose nearest two are 16 apart for those who see no blue; less than 5 look alike."""
    places = [lab(SEEN[seen] @ linear(colour)) for colour in lesson.COLORS if colour != lesson.YELLOW]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(places, 2)) > 12


def test_no_figure_draws_in_a_colour_of_its_own_that_is_pale():
    for file in [*(paths.ROOT / "notebooks").rglob("*.py"), *(paths.ROOT / "onecnn").glob("*.py")]:
        for colour in re.findall(r'color="([^"{]+)"', file.read_text(encoding="utf-8")):
            assert colour in GROUNDS or contrast(colour) >= 3, f"{file}: {colour}"
