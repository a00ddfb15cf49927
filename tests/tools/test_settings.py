"""Tests and builds, and whoever calls ``lesson.start``, read no settings but the course's own."""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from onecnn import cells, launch, lesson, paths
from tools import environments, settings, steps

HOSTILE = {
    ".ipython/profile_default/ipython_config.py": "c = get_config()\nc.InteractiveShell.ast_node_interactivity = 'all'\n",
    ".ipython/profile_default/startup/00.py": "print('started')\n",
    ".config/matplotlib/matplotlibrc": "text.usetex: True\nfigure.dpi: 33\n",
    ".keras/keras.json": json.dumps({"backend": "theano", "floatx": "float16", "epsilon": 0.1,
                                     "image_data_format": "channels_first"}),
    ".theanorc": "[global]\ndevice = gpu\nfloatX = float16\n",
    "startup.py": "print('started')\n",
}
# The module that reads Keras's settings, without the frameworks behind it, which take ten seconds to import.
KERAS = """
from onecnn import lesson
lesson.start()
import importlib.util, runpy, sys
from pathlib import Path
from unittest.mock import MagicMock
folder = Path(importlib.util.find_spec("keras").origin).parent
for name in ("", ".src", ".src.api_export", ".src.backend", ".src.backend.common"):
    sys.modules["keras" + name] = MagicMock(keras_export=lambda path: lambda function: function)
found = runpy.run_path(str(folder / "src" / "backend" / "config.py"))
print(found["backend"](), found["floatx"](), found["image_data_format"]())
"""
THEANO = """
from onecnn import lesson
lesson.start()
import theano.configparser
print(theano.configparser.theano_cfg.sections())
"""
CELLS = (
    "from onecnn import lesson\n\nlesson.start()",
    "import matplotlib\n\n'not the last one'\nprint(*(matplotlib.rcParams[name] for name in ('text.usetex', 'figure.dpi')))",
    "fig, ax = lesson.figure(2, 2)\nax.plot([1, 2])\nlesson.show(fig, alt='a line')",
    "import os\nprint([name for name in ('KERAS_BACKEND', 'TF_CONFIG', 'JAX_ENABLE_X64', 'COLUMNS') if name in os.environ])\n"
    "print(__debug__, os.environ['OMP_NUM_THREADS'])",
)


@pytest.fixture
def home(tmp_path):
    """The environment of somebody who has set up a home folder for other work."""
    folder = tmp_path / "home"
    for name, text in HOSTILE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    ours = {*lesson.QUIET, *lesson.THREADS, *lesson.own_settings(), "IPYTHONDIR", "MPLCONFIGDIR", "JUPYTER_CONFIG_DIR"}
    return {**{name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTEST_")},
            "HOME": str(folder), "USERPROFILE": str(folder), "MPLBACKEND": "TkAgg"}


@pytest.fixture
def variables(home):
    """The same, with variables set as well."""
    return {**home, "PYTHONSTARTUP": f"{home['HOME']}/startup.py", "KERAS_BACKEND": "theano", "TF_CONFIG": "{}",
            "JAX_ENABLE_X64": "1", "COLUMNS": "20", "PYTHONOPTIMIZE": "1", "OMP_NUM_THREADS": "4,2"}


def run(command, env, cwd=paths.ROOT):
    done = subprocess.run(list(map(str, command)), env=env, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def notebook(file, outputs=()):
    """A notebook of ``CELLS`` in ``file``, with what they print."""
    texts = {1: "False 100.0\n", 3: "[]\nTrue 1\n"}
    found = [nbformat.v4.new_code_cell(source, execution_count=number) for number, source in enumerate(CELLS, 1)]
    for number, text in texts.items():
        found[number].outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
    found[2].outputs = [nbformat.v4.new_output("display_data", {"image/png": "", "text/plain": "Figure: a line"}),
                        nbformat.v4.new_output("display_data", {"text/markdown": "<small>a line</small>", "text/plain": ""})]
    spec = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=found, metadata=spec), file)


@pytest.mark.slow(reason="starts a kernel that imports frameworks")
def test_a_test_reads_no_personal_settings(variables, tmp_path):
    """pytest by hand, with the rules of the root's conftest.py."""
    notebook(tmp_path / "toy.ipynb")
    (tmp_path / "conftest.py").write_text((paths.ROOT / "conftest.py").read_text())
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {paths.ROOT / 'tests'}\n")
    out = run([sys.executable, "-m", "pytest", "-q", "--nbval", "-p", "no:cacheprovider", "toy.ipynb"], variables, tmp_path)
    assert "4 passed" in out


BUILD = """
import sys
from pathlib import Path
from tools import build, contents, exercises
build.ROOT = Path(sys.argv[1])
exercises.generate = contents.write = lambda *given: None
sys.exit(build.main([sys.argv[2], "--jobs", "1"]))
"""


@pytest.mark.slow(reason="starts a kernel that imports frameworks")
def test_a_build_reads_no_personal_settings(variables, tmp_path):
    header = "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: Python 3 (ipykernel)\n#     language: python\n" \
             "#     name: python3\n# ---\n"
    source = tmp_path / "toy.py"
    source.write_text(header + "".join(f"\n# %%\n{cell}\n" for cell in CELLS))
    run([sys.executable, "-c", BUILD, tmp_path, source], variables)
    notebook(tmp_path / "wanted.ipynb")
    built, wanted = (nbformat.read(tmp_path / name, as_version=4).cells for name in ("toy.ipynb", "wanted.ipynb"))
    said = [[[output.get("text", output.get("data", {}).get("text/plain")) for output in cell.outputs] for cell in cells]
            for cells in (built, wanted)]
    assert said[0] == said[1]


def test_keras_has_its_own_settings(home):
    assert run([sys.executable, "-c", KERAS], home) == "tensorflow float32 channels_last\n"


def test_theano_has_its_own_settings(home):
    if not environments.is_made(environments.MUSEUM):
        pytest.skip("the kernel museum is missing")
    home["THEANO_FLAGS"] = "blas.ldflags="
    assert run([environments.python_of(environments.MUSEUM), "-c", THEANO], home) == "[]\n"


def test_a_launched_process_has_them_before_it_begins(monkeypatch):
    monkeypatch.setenv("KERAS_HOME", "/somebody/else")
    show = ["-c", f"import os; print([os.environ.get(name) for name in {list(lesson.own_settings())}])"]
    assert launch.run([show]) == [f"{list(lesson.own_settings().values())}\n"]


def test_cells_have_them(tmp_path, monkeypatch):
    monkeypatch.setenv("THEANORC", "/somebody/else")
    (tmp_path / "asking.py").write_text("import os\n\ndef ask(module):\n    return os.environ['THEANORC']\n")
    found = cells.run("01_history/02_by_hand", "asking:ask", env={"PYTHONPATH": f"{paths.ROOT}{os.pathsep}{tmp_path}"})
    assert found == os.devnull


# The list

def test_apart_gives_all_back_and_leaves_no_folder(monkeypatch):
    for name, value in {"KERAS_BACKEND": "jax", "OMP_NUM_THREADS": "4,2", "IPYTHONDIR": "/somebody/else"}.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with settings.apart():
        assert "KERAS_BACKEND" not in os.environ and "OMP_NUM_THREADS" not in os.environ
        folder = Path(os.environ["IPYTHONDIR"])
        assert folder.is_dir() and not any(folder.iterdir())
    assert dict(os.environ) == before and not folder.parent.exists()


def test_a_maintainer_can_keep_a_variable(monkeypatch):
    assert settings.personal("XLA_FLAGS")
    monkeypatch.setenv(settings.KEEP, "XLA_FLAGS JAX_LOGGING_LEVEL")
    assert not settings.personal("XLA_FLAGS") and settings.personal("JAX_ENABLE_X64")


def test_what_the_course_itself_asks_for_stays():
    assert not [name for name in (*lesson.THREADS, "ONECNN_CACHE", "MNIST_DIR", "MNIST_MIRRORS", "HOME", "PATH", "LC_ALL")
                if settings.personal(name)]


def test_the_courses_commands_run_without_what_confuses_python_or_pytest(monkeypatch):
    confusing = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PYTHONSAFEPATH", "PYTHONOPTIMIZE",
                 "PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONINSPECT", "PYTHONIOENCODING", "PYTHONPLATLIBDIR", "PYTHONVERBOSE",
                 "PYTHONPROFILEIMPORTTIME", "PYTEST_ADDOPTS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_PLUGINS"}
    kept = {"PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8"}
    for name in (*confusing, *kept):
        monkeypatch.setenv(name, "1")
    assert not confusing & set(steps.clean_environ()) and kept <= set(steps.clean_environ())


# Line endings

@pytest.mark.skipif(not (paths.ROOT / ".git").exists() or not shutil.which("git"), reason="no git, or no repository of it")
def test_git_leaves_line_endings_alone_and_marks_what_is_made():
    """bash reads .ci/run and postBuild, set-up hashes requirements/; with autocrlf they would change."""
    names = [".ci/run", "postBuild", "requirements/course.txt", "tools/steps.py", "notebooks/00_start_here.ipynb",
             "exercises/01_history/01_three_eras.py", "requirements/course.in", "requirements/build-constraints.txt"]
    said = run(["git", "check-attr", "eol", "linguist-generated", "--", *names], dict(os.environ)).splitlines()
    found = {tuple(line.split(": ")[:2]): line.split(": ")[2] for line in said}
    assert {found[name, "eol"] for name in names} == {"lf"}
    made = {name for name in names if found[name, "linguist-generated"] == "set"}
    assert made == {"requirements/course.txt", "notebooks/00_start_here.ipynb", "exercises/01_history/01_three_eras.py"}


def test_workers_keep_of_pythons_variables_what_the_command_keeps():
    """Two lists: the package knows no tools, and the command runs without the package."""
    assert cells.KEPT == steps.KEPT


def test_in_jupyterlab_frameworks_compute_as_the_text_says(monkeypatch):
    odd = {"KERAS_BACKEND": "theano", "XLA_FLAGS": "--bad_flag=1", "JAX_PLATFORMS": "tpu", "THEANO_FLAGS": "device=gpu",
           "PROMETHEUS_MULTIPROC_DIR": "/nonexistent"}
    hers = {"JUPYTER_CONFIG_DIR": "/mine", "MPLCONFIGDIR": "/mine", "OMP_NUM_THREADS": "4", "CUDA_VISIBLE_DEVICES": "1",
            "HOME": "/h"}
    assert settings.for_readers({**odd, **hers}) == hers
    monkeypatch.setenv(settings.KEEP, "XLA_FLAGS")
    assert settings.for_readers({**odd, **hers}) == {**hers, "XLA_FLAGS": "--bad_flag=1"}


def test_set_up_sees_no_package_of_the_home_folder_and_no_proxy_that_pip_cannot_use(monkeypatch):
    for name, value in {"ALL_PROXY": "socks5h://a.example:1", "https_proxy": "SOCKS4://a.example:1",
                        "HTTP_PROXY": "http://b.example:1", "PYTHONNOUSERSITE": ""}.items():
        monkeypatch.setenv(name, value)
    env = steps.clean_environ()
    assert env["PYTHONNOUSERSITE"] == "1" and env["HTTP_PROXY"] == "http://b.example:1"
    assert not {"ALL_PROXY", "https_proxy"} & set(env)
    assert re.search("(ALL_PROXY|https_proxy) names a SOCKS proxy", steps._explain("trying", ["timed out"]))


def test_the_tests_own_processes_leave_no_number_of_this_device(tmp_path):
    """ONNX Runtime writes one at import, unless it was told before; many tests import it in pytest's own process."""
    env = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", "import onnxruntime"], env=env, check=True, timeout=60)
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
