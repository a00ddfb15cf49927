"""The builder, on tiny notebooks of its own: what it writes, and when it leaves a file alone."""
import concurrent.futures
import json
import re
import time
from pathlib import Path

import nbformat
import pytest

from onecnn.kernel import Kernel
from tools import build, contents, environments, exercises, readme

HEADER = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A toy
"""


def write(root, *cells, name="toy", kernel="python3"):
    """Writes a notebook's source below ``root``; a cell that starts with ``[`` begins with its tags."""
    parts = [HEADER.replace("name: python3", f"name: {kernel}")]
    for cell in cells:
        tags, source = cell.split("\n", 1) if cell.startswith("[") else ("", cell)
        parts.append(f"# %%{' tags=' + tags if tags else ''}\n{source}\n")
    file = root / "notebooks" / "01_toys" / f"{name}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(parts), encoding="utf-8")
    return file


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty course."""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    for folder in build.FOLDERS:
        (tmp_path / folder).mkdir()
    return tmp_path


@pytest.fixture
def instant(monkeypatch):
    """Cells print the turn without a kernel; a list of the notebooks that ran."""
    ran = []

    def execute(notebook, folder):
        ran.append(folder)
        for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
            ignored = build.IGNORED in cell.metadata.get("tags", [])
            cell.execution_count = count
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=f"turn {len(ran)}\n" if ignored else "1\n")]
        return 0.5, 0.25

    monkeypatch.setattr(build, "execute", execute)
    return ran


def read(source):
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


# A built notebook

CELLS = (
    "from pathlib import Path\n\nprint('in', Path.cwd().name)",
    "import sys\nimport time\n\nfor word in ('one', 'two', 'three'):\n    print(word, flush=True)\n    time.sleep(0.3)\n"
    "print('four', file=sys.stderr)",
    "import os\n\nos.write(1, b'from C');",
    '["raises-exception"]\n1 / 0',
    "from IPython.display import display\n\n"
    "display({'application/vnd.jupyter.widget-view+json': {'model_id': 'a'}, 'text/plain': 'bar'}, raw=True)",
    "block = bytearray(300_000_000)\ntime.sleep(0.5)",
    "print('twice')",
    "print('twice')",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """One notebook built in two places: ``[(source, result), (source, result)]``."""
    done = []
    with pytest.MonkeyPatch.context() as patch:
        for _ in range(2):
            patch.setattr(build, "ROOT", tmp_path_factory.mktemp("course"))
            patch.delenv("PYTEST_CURRENT_TEST", raising=False)
            source, begin = write(build.ROOT, *CELLS), time.perf_counter()
            done.append((source, build.build(source)))
            assert done[-1][1].seconds < time.perf_counter() - begin
    return done


def test_the_same_source_gives_the_same_bytes(built):
    (one, _), (other, _) = built
    assert one.with_suffix(".ipynb").read_bytes() == other.with_suffix(".ipynb").read_bytes()


def test_the_notebook_holds_the_source(built):
    notebook = read(built[0][0])
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == ["# A toy", *[cell.split("]\n")[-1] for cell in CELLS]]
    assert built[0][0].with_suffix(".ipynb").read_bytes().endswith(b"}\n")


def test_ids_are_distinct(built):
    ids = [cell.id for cell in read(built[0][0]).cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{8}", found) for found in ids)


def test_nothing_of_the_run_is_in_the_metadata(built):
    notebook = read(built[0][0])
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": Kernel.language_info}
    tags = [{}, {}, {}, {"tags": ["raises-exception"]}, {}, {}, {}, {}]
    assert [cell.metadata for cell in code(notebook)] == tags


def test_every_code_cell_has_run(built):
    assert [cell.execution_count for cell in code(read(built[0][0]))] == list(range(1, len(CELLS) + 1))


def test_outputs(built):
    outputs = [cell.outputs for cell in code(read(built[0][0]))]
    assert outputs[0][0].text == "in 01_toys\n", "a notebook runs in its own folder"
    assert [(output.name, output.text) for output in outputs[1]] == [("stdout", "one\ntwo\nthree\n"), ("stderr", "four\n")]
    assert outputs[2] == [], "output of C code is not in the notebook, as under nbval"
    assert (outputs[3][0].ename, outputs[3][0].evalue) == ("ZeroDivisionError", "division by zero")
    assert outputs[4] == [], "a widget's view means nothing outside its session"


def test_time_and_memory_are_measured(built):
    for source, result in built:
        assert (result.path, result.state) == (f"notebooks/01_toys/{source.name}", "built")
        assert result.seconds > 1.4, "the cells alone sleep for so long"
        assert 0.3 < result.gigabytes < 1.5


def test_a_changed_cell_changes_its_own_id_only(root):
    before = [cell.id for cell in build.load(write(root, "a = 1", "b = 2", "c = 3")).cells]
    after = [cell.id for cell in build.load(write(root, "a = 1", "b = 20", "c = 3")).cells]
    assert [one == other for one, other in zip(before, after)] == [True, True, False, True]


# When a file is left alone

def test_what_is_unchanged_does_not_run(root, instant):
    source = write(root, "print(1)")
    assert build.build(source).state == "built"
    before = source.with_suffix(".ipynb").stat()
    assert build.build(source) == build.Result("notebooks/01_toys/toy.py", "unchanged")
    assert len(instant) == 1
    assert source.with_suffix(".ipynb").stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("file, text", [
    ("onecnn/spec.py", "EPOCHS = 6\n"), ("onecnn/new.py", ""), ("requirements/course.txt", "numpy==2.5.0\n")])
def test_a_change_below_a_notebook_runs_it_again(root, instant, file, text):
    for known in ("onecnn/spec.py", "requirements/course.txt"):
        (root / known).parent.mkdir(exist_ok=True)
        (root / known).write_text("# as it was\n")
    source = write(root, "print(1)")
    build.build(source)
    (root / file).write_text(text)
    assert build.build(source).state == "built" and len(instant) == 2
    assert build.build(source).state == "unchanged"


@pytest.mark.parametrize("file, again", [("notebooks/01_toys/toy/worker.py", ["notebooks", "exercises"]),
                                         ("notebooks/01_toys/toy/parts/style.css", ["notebooks", "exercises"]),
                                         ("notebooks/01_toys/02_shared/tool.py", ["notebooks"]),
                                         ("notebooks/01_toys/02_shared.py", ["notebooks"]),
                                         ("requirements/browser/package-lock.json", ["notebooks", "exercises"]),
                                         ("notebooks/01_toys/toy/.worker.py.swp", []),
                                         ("notebooks/01_toys/toy/.ipynb_checkpoints/a.py", []),
                                         ("notebooks/01_toys/03_other/worker.py", [])])
def test_a_changed_program_runs_who_depends_on_it_again(root, instant, file, again):
    source = write(root, "tool = cells.program('01_toys/02_shared/tool')")
    exercise = root / "exercises" / "01_toys" / "toy.py"
    exercise.parent.mkdir()
    exercise.write_text(HEADER + "# %%\nprint(1)\n", encoding="utf-8")
    both = {"notebooks": source, "exercises": exercise}
    for one in both.values():
        build.build(one)
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text("x = 1\n", encoding="utf-8")
    assert [folder for folder, one in both.items() if build.build(one).state == "built"] == again


def test_a_renamed_program_runs_its_notebook_again(root, instant):
    source, program = write(root, "print(1)"), root / "notebooks" / "01_toys" / "toy" / "style.css"
    program.parent.mkdir()
    program.write_text("")
    build.build(source)
    program.rename(program.with_name("other.css"))
    assert build.build(source).state == "built"


def test_a_changed_source_is_built_again(root, instant):
    build.build(write(root, "print(1)"))
    source = write(root, "print(1)", "print(2)")
    assert build.build(source).state == "built"
    assert [cell.source for cell in code(read(source))] == ["print(1)", "print(2)"]


def test_generated_text_reaches_the_notebook_without_a_run(root, instant):
    source = write(root, "print(1)")
    build.build(source)
    for title in ("Another toy", "A third"):
        build.save(source, source.read_text(encoding="utf-8").replace("A toy", title).replace("Another toy", title))
        stored, fresh = read(source), build.load(source)
        assert stored.cells[0].source == f"# {title}"
        assert [cell.id for cell in stored.cells] == [cell.id for cell in fresh.cells]
        assert code(stored)[0].outputs[0].text == "1\n" and code(stored)[0].execution_count == 1
        assert build.build(source).state == "unchanged" and len(instant) == 1
    (root / "onecnn").mkdir()
    (root / "onecnn" / "spec.py").write_text("EPOCHS = 6\n")
    build.save(source, source.read_text(encoding="utf-8").replace("A third", "A fourth"))
    assert build.build(source).state == "built" and len(instant) == 2, "what it depends on had changed before"


def test_a_save_of_changed_code_leaves_the_notebook_to_the_next_build(root, instant):
    source = write(root, "print(1)")
    build.build(source)
    build.save(source, source.read_text(encoding="utf-8").replace("A toy", "Two").replace("print(1)", "print(2)"))
    assert code(read(source))[0].source == "print(1)"
    assert build.build(source).state == "built" and code(read(source))[0].source == "print(2)"


def test_force_runs_what_is_unchanged(root, instant):
    source = write(root, "print(1)")
    build.build(source)
    assert build.build(source, force=True).state == "built" and len(instant) == 2


def test_a_notebook_edited_by_hand_is_mended(root, instant):
    source = write(root, "print(1)")
    build.build(source)
    target = source.with_suffix(".ipynb")
    wanted = target.read_bytes()
    target.write_text(target.read_text().replace("# A toy", "# My toy"))
    assert build.build(source).state == "built"
    assert target.read_bytes() == wanted


@pytest.mark.parametrize("damage", ["", "<<<<<<< HEAD\n{}\n", "[]", "{}", '{"cells": [], "nbformat": 4}'],
                         ids=["empty", "merge conflict", "a list", "no notebook", "half a notebook"])
def test_a_damaged_notebook_is_mended(root, instant, damage):
    source = write(root, "print(1)")
    build.build(source)
    wanted = source.with_suffix(".ipynb").read_bytes()
    source.with_suffix(".ipynb").write_text(damage)
    assert build.build(source).state == "built"
    assert source.with_suffix(".ipynb").read_bytes() == wanted


def test_outputs_of_ignored_cells_do_not_change_the_file(root, instant):
    source = write(root, '["nbval-ignore-output"]\nprint(time)', "print(1)")
    build.build(source)
    before = source.with_suffix(".ipynb").read_bytes()
    assert b"turn 1" in before
    assert build.build(source, force=True).state == "built"
    assert source.with_suffix(".ipynb").read_bytes() == before
    assert build.build(source).state == "unchanged"


def test_a_change_elsewhere_brings_new_outputs_of_ignored_cells(root, instant):
    build.build(write(root, '["nbval-ignore-output"]\nprint(time)', "print(1)"))
    source = write(root, '["nbval-ignore-output"]\nprint(time)', "print(2)")
    build.build(source)
    assert code(read(source))[0].outputs[0].text == "turn 2\n"


# What goes wrong

@pytest.mark.parametrize("cell, words", [
    ("print('fine')\nraise RuntimeError('the wheels came off')", ["RuntimeError", "the wheels came off"]),
    ("import os\n\nos._exit(1)", ["died"]),
], ids=["a failing cell", "a dead kernel"])
def test_a_failure_leaves_the_old_file(root, cell, words):
    source = write(root, cell)
    target = source.with_suffix(".ipynb")
    target.write_text("the old file")
    result = build.build(source)
    assert result.state == "failed" and result.path == "notebooks/01_toys/toy.py"
    for word in words:
        assert word in result.message
    assert target.read_text() == "the old file"
    assert sorted(file.name for file in source.parent.iterdir()) == ["toy.ipynb", "toy.py"]
    assert not (root / ".cache").exists(), "it is not up to date"


@pytest.fixture
def kernel(root, monkeypatch):
    """Registers a kernel ``toy`` with an interpreter."""
    def register(interpreter):
        folder = root / "jupyter" / "kernels" / "toy"
        folder.mkdir(parents=True)
        argv = [interpreter, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Toy"}))
        monkeypatch.setenv("JUPYTER_PATH", str(root / "jupyter"))

    return register


def test_a_missing_kernel_is_skipped_with_the_reason(root, instant):
    result = build.build(write(root, "print(1)", kernel="no-such-kernel"))
    assert result.state == "skipped" and not instant
    assert result.message == "kernel 'no-such-kernel' is missing: unknown kernel"


def test_a_notebook_that_needs_another_kernel_or_a_compiler_is_skipped_with_the_reason(monkeypatch):
    eras, theano = Path("notebooks/01_history/01_three_eras.ipynb"), Path("solutions/01_history/03_theano.ipynb")
    monkeypatch.setattr(environments, "unavailable", lambda _: "")
    monkeypatch.setattr(environments, "compiler", lambda: "")
    assert contents.reason_to_skip(eras, "python3", ["python3", "caffe"]) == (
        "kernel 'museum' is missing: python3 course.py check says how to get it")
    assert contents.reason_to_skip(theano, "museum", ["python3", "museum"]).startswith("it needs a C++ compiler")
    monkeypatch.setattr(environments, "compiler", lambda: "g++")
    assert contents.reason_to_skip(theano, "museum", ["python3", "museum"]) == ""
    assert contents.reason_to_skip(Path("exercises/02_frameworks/02_pytorch.ipynb"), "python3", ["python3"]) == ""


def test_a_kernel_whose_interpreter_is_gone_is_skipped_with_the_reason(root, kernel, instant):
    kernel("/no/such/environment/bin/python")
    result = build.build(write(root, "print(1)", kernel="toy"))
    assert result.state == "skipped" and not instant
    assert "toy" in result.message and "python3 course.py check" in result.message


def test_a_kernel_that_does_not_start_fails(root, kernel, monkeypatch):
    # After a failed start nbclient's own clean-up at exit fails too.
    monkeypatch.setattr("nbclient.client.atexit.register", lambda *given: None)
    kernel("false")
    result = build.build(write(root, "print(1)", kernel="toy"))
    assert result.state == "failed" and "died" in result.message


# The command

def test_sources_are_the_courses_own(root):
    wanted = [write(root, "1", name="b"), write(root, "1", name="a")]
    hidden = root / "notebooks" / "01_toys" / "__pycache__" / "a.py"
    hidden.parent.mkdir()
    hidden.write_text("")
    (root / "tools.py").write_text("")
    assert build.sources([]) == sorted(wanted)
    assert build.sources([root / "notebooks", wanted[0]]) == sorted(wanted)
    assert build.sources([wanted[0].with_suffix(".ipynb")]) == [wanted[0]]


def test_a_source_that_is_not_there(root):
    with pytest.raises(SystemExit, match=r"No such notebook source: .*typo\.py"):
        build.sources([root / "typo.ipynb"])


@pytest.mark.parametrize("result, code, words", [
    (("built", 12.0, 0.5), 0, ["built", "12.0 s", "0.50 GB"]),
    (("built", 61.0, 0.5), 0, ["over the budget of 60 s and 1.5 GB", "1 over budget"]),
    (("built", 1.0, 1.6), 0, ["over the budget of 60 s and 1.5 GB", "1 over budget"]),
    (("unchanged",), 0, ["unchanged"]),
    (("skipped", 0, 0, "kernel 'x' is missing"), 0, ["skipped", "kernel 'x' is missing"]),
    (("failed", 0, 0, "NameError"), 1, ["failed", "NameError"]),
], ids=["built", "slow", "large", "unchanged", "skipped", "failed"])
def test_the_command_prints_a_line_a_notebook(root, monkeypatch, capsys, result, code, words):
    monkeypatch.setattr(build, "build", lambda source, force: build.Result(source.name, *result))
    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", concurrent.futures.ThreadPoolExecutor)
    assert build.main([str(write(root, "1"))]) == code
    out = capsys.readouterr().out
    assert "toy.py" in out
    for word in words:
        assert word in out
    assert ("over" in out) == any("over" in word for word in words)


def test_the_command_makes_the_exercises_first(root, monkeypatch, capsys):
    file = root / "solutions" / "a.py"
    file.write_text(HEADER + "\n# %%\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n")
    monkeypatch.setattr(build, "build", lambda source, force: build.Result(source.parent.name, "built"))
    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", concurrent.futures.ThreadPoolExecutor)
    monkeypatch.setattr(readme, "update", lambda: None)
    assert build.main([]) == 0
    assert exercises.exercise_path(file).read_text().endswith("x = ...  # your answer here\n")
    assert sorted(line.split()[1] for line in capsys.readouterr().out.splitlines()) == ["exercises", "solutions"]
