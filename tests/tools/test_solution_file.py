"""Wrong answers are tried in the kernel that has run the solution: one that is accepted fails, one that breaks says so."""
import os
import re
import subprocess
import sys

import nbformat
import pytest

from onecnn import paths

CELLS = [
    "start = 1",
    "### BEGIN SOLUTION\nanswer = start + 2\n### END SOLUTION",
    'from onecnn import checks\nchecks.grade("1 three", lambda: answer == 3, "start and two")',
    "start = 10",
    "### BEGIN SOLUTION\nlast = start\n### END SOLUTION",
    'checks.grade("2 ten", lambda: last == 10, "start")',
]
PRINTED = {2: "[ok]   1 three\n", 5: "[ok]   2 ten\n"}


@pytest.fixture
def run(tmp_path):
    """Runs a small solution under the root's conftest.py with the given wrong answers; returns exit code and output."""
    for folder in ("solutions/01_toy", "tests/wrong_answers/01_toy"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "conftest.py").write_text((paths.ROOT / "conftest.py").read_text(encoding="utf-8"), "utf-8")
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {paths.ROOT / 'tests'} {paths.ROOT}\n")
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "python3"}})
    for number, source in enumerate(CELLS):
        outputs = [nbformat.v4.new_output("stream", name="stdout", text=PRINTED[number])] if number in PRINTED else []
        notebook.cells.append(nbformat.v4.new_code_cell(source, execution_count=number + 1, outputs=outputs))
    nbformat.write(notebook, tmp_path / "solutions" / "01_toy" / "01_toy.ipynb")

    def run(wrong):
        (tmp_path / "tests" / "wrong_answers" / "01_toy" / "01_toy.py").write_text(f"WRONG = {wrong!r}\n")
        command = [sys.executable, "-m", "pytest", "-v", "--nbval", "-p", "no:cacheprovider", "solutions"]
        env = {**os.environ, "PYTEST_ADDOPTS": "", "PYTHONPATH": str(paths.ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
        return done.returncode, done.stdout

    return run


@pytest.mark.slow(reason="starts a kernel")
def test_answers_that_are_told_wrong(run):
    code, text = run([("1 three", 0, "answer = start"), ("1 three", 0, "answer = 30"), ("2 ten", 1, "last = answer")])
    assert code == 0 and "8 passed" in text, text
    assert len(re.findall(r"wrong answers to (1 three|2 ten) PASSED", text)) == 2


@pytest.mark.slow(reason="starts a kernel")
def test_answers_that_are_accepted_or_break(run):
    """Each begins with the names from before its cell: there ``start`` is 1, and not 10 as at the end."""
    code, text = run([("1 three", 0, "answer = 0"), ("1 three", 0, "answer = 3 * start"), ("2 ten", 1, "last = 1 / 0")])
    assert code == 1 and "6 passed" in text and "2 failed" in text, text
    assert "'1 three' accepted\nanswer = 3 * start\nprinted: ['[ok]   1 three']" in text
    assert "ZeroDivisionError" in text and "answer = 0\n" not in text
