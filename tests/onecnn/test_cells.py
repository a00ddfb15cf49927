"""The tagged cells of a notebook: read from its source, run in this process and in its kernel's own interpreter."""
import inspect
import json
import os
import sys
import time
import traceback

import jupytext
import psutil
import pytest

from onecnn import cells, paths
from tools import steps

NOTEBOOK = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A title
#
# Not code: `1 / 0`.

# %%
untagged = 1 / 0

# %% tags=["same-cnn"]
import os


def build(weights):
    return ("model", weights)


# %% [markdown] tags=["same-cnn"]
# Prose, tagged by mistake.

# %% tags=["nbval-ignore-output", "same-cnn"]
def logits(model, images):
    return 1 / images


class Net:
    layers = 2
"""


@pytest.fixture
def notebook(tmp_path):
    """Writes a notebook's source; returns its path as text."""
    def write(text=NOTEBOOK, name="toy"):
        file = tmp_path / f"{name}.py"
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write


def tagged(source):
    """A notebook's source with one tagged cell."""
    return NOTEBOOK.split("# %%")[0] + '# %% tags=["same-cnn"]\n' + source


# Reading

def test_code_cells_with_tags_and_lines(notebook):
    file = cells.locate(notebook())
    found = cells.read(file)
    assert [cell.tags for cell in found] == [[], ["same-cnn"], ["nbval-ignore-output", "same-cnn"]]
    assert found[0].source == "untagged = 1 / 0"
    lines = file.read_text().splitlines()
    for cell in found:
        assert lines[cell.line - 1] == cell.source.splitlines()[0]
        assert not any(line.startswith("# %%") for line in cell.source.splitlines())


@pytest.mark.parametrize("file", sorted((paths.ROOT / "notebooks").rglob("*.py")), ids=lambda file: file.stem)
def test_tagged_cells_are_those_that_jupyter_shows(file):
    shown = [cell.source for cell in jupytext.read(file).cells
             if cell.cell_type == "code" and cells.TAG in cell.metadata.get("tags", [])]
    assert [cell.source for cell in cells.read(file) if cells.TAG in cell.tags] == shown


def test_kernel_is_the_headers(notebook):
    text = NOTEBOOK.replace("name: python3", "name: museum")
    assert cells.kernel(cells.locate(notebook(text))) == "museum"


def test_locate_by_name_and_by_path(notebook):
    pytorch = paths.ROOT / "notebooks" / "02_frameworks" / "02_pytorch.py"
    assert cells.locate("02_frameworks/02_pytorch") == pytorch
    assert cells.locate(str(pytorch.with_suffix(".ipynb"))) == pytorch
    with pytest.raises(FileNotFoundError, match=r"99_nothing\.py"):
        cells.locate("99_nothing")


# In this process

def test_functions_holds_the_tagged_cells_only(notebook):
    module = cells.functions(notebook())
    assert module.build({"a": 1}) == ("model", {"a": 1})
    assert module.Net.layers == 2
    assert not hasattr(module, "untagged")


def test_tracebacks_name_the_real_line(notebook):
    file = notebook()
    module = cells.functions(file)
    with pytest.raises(ZeroDivisionError) as caught:
        module.logits(None, 0)
    last = traceback.extract_tb(caught.tb)[-1]
    assert (last.filename, last.line) == (file, "return 1 / images")
    assert last.lineno == NOTEBOOK.splitlines().index("    return 1 / images") + 1


def test_source_can_be_read_back(notebook):
    """AutoGraph and TorchScript read their functions' source."""
    module = cells.functions(notebook())
    assert inspect.getsource(module.build) == 'def build(weights):\n    return ("model", weights)\n'
    assert inspect.getsource(module.Net) == "class Net:\n    layers = 2\n"


def test_a_notebook_without_tagged_cells(notebook):
    with pytest.raises(ValueError, match=r"plain\.py.*same-cnn"):
        cells.functions(notebook(NOTEBOOK.replace("same-cnn", "other"), "plain"))


# In the kernel's interpreter

@pytest.fixture
def tasks(tmp_path):
    """A module ``toy_tasks`` that the kernel's interpreter can import; the environment that finds it."""
    folder = tmp_path / "tasks"
    folder.mkdir()
    (folder / "toy_tasks.py").write_text(
        "import os, sys\n\n\n"
        "def call(functions, **arguments):\n    return functions.task(**arguments)\n\n\n"
        "def where(functions, names):\n"
        "    return {'python': sys.executable, 'env': {name: os.environ.get(name) for name in names}}\n")
    return {"PYTHONPATH": os.pathsep.join([str(paths.ROOT), str(folder)])}


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Registers a kernel ``toy`` with this command; the notebook source that asks for it."""
    def register(*command, **env):
        folder = tmp_path / "jupyter" / "kernels" / "toy"
        folder.mkdir(parents=True)
        argv = [*command, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Toy", "env": env}))
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
        return NOTEBOOK.replace("name: python3", "name: toy")

    return register


def test_run_returns_the_tasks_answer(notebook, tasks):
    text = tagged("def task(words, count):\n    print('noise')\n    return {'said': words * count, 'none': None}\n")
    answer = cells.run(notebook(text), "toy_tasks:call", env=tasks, words=["ho", "é"], count=2)
    assert answer == {"said": ["ho", "é", "ho", "é"], "none": None}


def test_run_passes_the_environment(notebook, tasks, monkeypatch):
    monkeypatch.setenv("TOY_OUTSIDE", "inherited")
    answer = cells.run(notebook(), "toy_tasks:where", env={**tasks, "TOY": "given", "OMP_NUM_THREADS": "3"},
                       names=["TOY", "TOY_OUTSIDE", "OMP_NUM_THREADS", "TF_CPP_MIN_LOG_LEVEL"])
    assert answer["env"] == {"TOY": "given", "TOY_OUTSIDE": "inherited", "OMP_NUM_THREADS": "3", "TF_CPP_MIN_LOG_LEVEL": "3"}


@pytest.mark.parametrize("name, value", [
    ("PYTHONSAFEPATH", "1"), ("PYTHONOPTIMIZE", "2"), ("PYTHONWARNINGS", "error"), ("PYTHONHOME", "/nonexistent"),
    ("PYTHONINSPECT", "1"), ("PYTHONIOENCODING", "ascii"), ("PYTHONPLATLIBDIR", "nowhere"), ("PYTHONPATH", "/nonexistent")])
def test_run_is_the_same_in_a_jupyter_that_somebody_has_set_up_otherwise(notebook, tasks, monkeypatch, name, value):
    """A reader's own Jupyter: nothing was cleaned at the course's door."""
    monkeypatch.setenv(name, value)
    file = notebook(tagged("import toy_tasks, warnings\n\n\ndef task():\n    warnings.warn('not an error')\n    print('é')\n"
                           "    return 'done' if __debug__ else 'without asserts'\n"))
    assert cells.run(file, "toy_tasks:call", env=tasks) == "done"


def test_what_is_kept_is_what_the_courses_commands_keep():
    assert cells.KEPT == steps.KEPT


def test_run_takes_the_kernels_interpreter_and_environment(notebook, kernel, tasks, tmp_path):
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nTOY_SEEN=yes exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    file = notebook(kernel(str(python), TOY_KERNEL="from kernel.json", PYTHONPATH=str(tmp_path / "tasks")))
    answer = cells.run(file, "toy_tasks:where", names=["TOY_SEEN", "TOY_KERNEL"])
    assert answer["env"] == {"TOY_SEEN": "yes", "TOY_KERNEL": "from kernel.json"}


def test_run_of_the_python3_kernel_is_this_interpreter(notebook, tasks):
    assert cells.run(notebook(), "toy_tasks:where", env=tasks, names=[])["python"] == sys.executable


def test_a_missing_kernel_names_the_command_that_says_why(notebook):
    file = notebook(NOTEBOOK.replace("name: python3", "name: no-such-kernel"))
    with pytest.raises(cells.KernelMissing, match=r"no-such-kernel.*python3 course\.py check"):
        cells.run(file, "toy_tasks:call")


def test_a_kernel_that_is_to_be_left_out_is_missing(monkeypatch):
    monkeypatch.setenv("ONECNN_WITHOUT", "caffe,python3")
    with pytest.raises(cells.KernelMissing, match="'python3' is left out, as ONECNN_WITHOUT says"):
        cells.interpreter("python3")
    monkeypatch.setenv("ONECNN_WITHOUT", "")
    assert cells.interpreter("python3")


def test_a_kernel_whose_interpreter_is_gone_is_missing(notebook, kernel):
    """Its environment was deleted; the registration is still there."""
    file = notebook(kernel("/no/such/environment/bin/python"))
    with pytest.raises(cells.KernelMissing, match=r"toy.*python3 course\.py check"):
        cells.run(file, "toy_tasks:call")


@pytest.mark.parametrize("body, words", [
    ("print('before'); raise RuntimeError('the wheels came off')", ["exit code 1", "RuntimeError: the wheels came off"]),
    ("import os; print('going', flush=True); os._exit(7)", ["exit code 7", "going"]),
    ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", ["exit code -9"]),
    ("return {1, 2}", ["exit code 1", "not JSON serializable"]),
], ids=["an exception", "an exit", "killed", "an answer that is not JSON"])
def test_a_crash_shows_the_last_lines(notebook, tasks, body, words):
    file = notebook(tagged(f"def task():\n    {body}\n"), "crashing")
    with pytest.raises(cells.RunFailed) as caught:
        cells.run(file, "toy_tasks:call", env=tasks)
    for word in ["crashing", *words]:
        assert word in str(caught.value)


def test_a_long_log_is_cut_to_its_last_lines(notebook, tasks):
    file = notebook(tagged("def task():\n    for n in range(9): print('line', n)\n    raise SystemExit(3)\n"))
    with pytest.raises(cells.RunFailed) as caught:
        cells.run(file, "toy_tasks:call", env=tasks)
    assert str(caught.value).splitlines()[1:] == [f"line {n}" for n in range(4, 9)]


# Processes

STARTS_A_CHILD = """\
import subprocess, sys, time
from pathlib import Path


def task(file, wait):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
    Path(file).write_text(str(child.pid))
    time.sleep(wait)
    return "done"
"""


def runs(pid):
    """True if the process is there and not only waiting for its parent to notice its end."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def ended(pid, seconds=5):
    """True if the process ends within ``seconds``."""
    end = time.monotonic() + seconds
    while runs(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not runs(pid)


def test_a_process_that_hangs_is_killed_with_its_children(notebook, tasks, tmp_path):
    pid, start = tmp_path / "pid", time.monotonic()
    with pytest.raises(cells.RunFailed, match="more than 5 seconds"):
        cells.run(notebook(tagged(STARTS_A_CHILD)), "toy_tasks:call", timeout=5, env=tasks, file=str(pid), wait=120)
    assert time.monotonic() - start < 15
    assert ended(int(pid.read_text())), "an orphan is left"


def test_a_child_that_outlives_its_task_is_killed(notebook, tasks, tmp_path):
    pid = tmp_path / "pid"
    assert cells.run(notebook(tagged(STARTS_A_CHILD)), "toy_tasks:call", env=tasks, file=str(pid), wait=0) == "done"
    assert ended(int(pid.read_text())), "an orphan is left"


def test_an_interrupted_run_leaves_no_process(notebook, tasks, tmp_path, monkeypatch):
    """Ctrl-C in a comparison notebook ends the framework's process too."""
    pid = tmp_path / "pid"

    def interrupted(process, timeout=None):
        if timeout is None:
            return real_wait(process)
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.05)
        raise KeyboardInterrupt

    real_wait = cells.subprocess.Popen.wait
    monkeypatch.setattr(cells.subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cells.run(notebook(tagged(STARTS_A_CHILD)), "toy_tasks:call", env=tasks, file=str(pid), wait=120)
    assert ended(int(pid.read_text())), "an orphan is left"
