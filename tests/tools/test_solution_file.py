"""Wrong answers are tried in the kernel that has run the solution: one that is accepted fails, one that breaks says so."""
import os
import re
import subprocess
import sys
import time

import nbformat
import pytest

from onecnn import paths

CELLS = [
    "import math\nstart, sizes = 1, [2]",
    "### BEGIN SOLUTION\nanswer = start + 2\n### END SOLUTION",
    'from onecnn import checks\nchecks.grade("1 three", lambda: answer == 3, "start and two")',
    "start = 10",
    "### BEGIN SOLUTION\nlast = start\n### END SOLUTION",
    'checks.grade("2 ten", lambda: last == 5 * sizes[0], "start")',
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
        text = wrong if isinstance(wrong, str) else f"WRONG = {wrong!r}\n"
        (tmp_path / "tests" / "wrong_answers" / "01_toy" / "01_toy.py").write_text(text)
        # -rN: no summary, which repeats the failures, whole where CI is set, else cut to the terminal's width.
        command = [sys.executable, "-m", "pytest", "-v", "-rN", "--nbval", "-p", "no:cacheprovider", "solutions"]
        env = {**os.environ, "PYTEST_ADDOPTS": "", "PYTHONPATH": str(paths.ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
        return done.returncode, done.stdout

    return run


@pytest.mark.slow(reason="starts a kernel")
def test_answers_that_are_told_wrong(run):
    code, text = run([("1 three", 0, "answer = start"), ("1 three", 0, "answer = 30"), ("2 ten", 1, "last = answer")])
    assert code == 0 and "10 passed" in text, text
    assert len(re.findall(r"(wrong answers to (1 three|2 ten)|mutants|right answers again) PASSED", text)) == 4


@pytest.mark.slow(reason="starts a kernel")
def test_answers_that_are_accepted_or_break(run):
    """Each begins with the names from before its cell: there ``start`` is 1, and not 10 as at the end."""
    code, text = run([("1 three", 0, "answer = 0"), ("1 three", 0, "answer = 3 * start"), ("2 ten", 1, "last = 1 / 0"),
                      ("2 ten", 1, "print('x' * 9999)\nlast = 10"), ("2 ten", 1, "raise SystemExit(0)"),
                      ("2 ten", 7, "last = 7"), ("3 none", 1, "last = 8")])
    assert code == 1 and "8 passed" in text and "3 failed" in text, text
    assert "'1 three' accepted\nanswer = 3 * start\nprinted: ['[ok]   1 three']" in text
    assert "'2 ten': an error in the answer\nlast = 1 / 0\n" in text and "ZeroDivisionError" in text
    assert "answer = 0\n" not in text
    assert "'2 ten': an error in the answer\nraise SystemExit(0)\n" in text and "x" * 900 in text and "x" * 1900 not in text
    assert "'2 ten': there is no solution block 7: they go from 0 to 1, for the answer\nlast = 7\n" in text
    assert "'3 none': no cell from the solution block 1 on checks \"3 none\", for the answer\nlast = 8\n" in text


@pytest.mark.slow(reason="starts a kernel")
def test_answers_that_change_what_others_work_with(run):
    """What an answer patches is put back, and told; a change that is not seen spoils a right answer."""
    patches = ["math.floor = math.ceil\nanswer = 0",
               "from onecnn import checks\nchecks.grade = lambda *a: print('[no]   1 three')\nanswer = 3",
               "import os\nos.chdir('/')\nanswer = 0"]
    code, text = run([*(("1 three", 0, patch) for patch in patches), ("1 three", 0, "sizes[0] = 3\nanswer = 0"),
                      ("2 ten", 1, "last = 0")])
    assert code == 1 and "8 passed" in text and "2 failed" in text, text
    for name, patch in zip(("math.floor", "onecnn.checks.grade", "the working folder"), patches):
        assert f"'1 three': {name} left changed by the answer\n{patch}\n" in text
    assert "'2 ten' does not accept the right answer any more, after the wrong ones\nprinted: ['[no]   2 ten. Hint:" in text


@pytest.mark.slow(reason="starts a kernel")
@pytest.mark.parametrize("answer, what", [
    ("import os\nos._exit(3)", "the kernel died of"),
    ("import time\nwhile True:\n    try: time.sleep(9)\n    except BaseException: pass", "more than 2 seconds for")])
def test_a_kernel_that_an_answer_takes_away(run, tmp_path, answer, what):
    with (tmp_path / "conftest.py").open("a") as file:
        file.write("\nimport solution_file\nsolution_file.SECONDS = 2\n")
    start = time.monotonic()
    code, text = run([("1 three", 0, "answer = 0"), ("1 three", 0, answer), ("1 three", 0, "answer = 3"),
                      ("2 ten", 1, "last = 0")])
    assert code == 1 and "6 passed" in text and "4 failed" in text and time.monotonic() - start < 60, text
    assert f"'1 three': {what} the answer\n{answer}\n" in text and "answer = 3\n" not in text
    assert text.count("not tried, since the kernel ") == 3, text


@pytest.mark.slow(reason="starts a kernel")
@pytest.mark.parametrize("text, what", [
    ("x = 1\nWRONG = [(", "cannot be read: SyntaxError: '(' was never closed (01_toy.py, line 2)"),
    ("RIGHT = []\n", "needs a list WRONG of (task,"),
    ("WRONG = [('1 three', 'answer = 0')]\n", "needs a list WRONG of (task,")])
def test_files_that_hold_no_answers(run, text, what):
    code, said = run(text)
    assert code == 1 and "6 passed" in said and "1 failed" in said, said
    assert f"tests/wrong_answers/01_toy/01_toy.py {what}" in said and "Traceback" not in said
