"""Exercises equal what the generator makes, give nothing away, and their checks tell right from wrong."""
import importlib.util
import json
import os
import re
import subprocess

import nbformat
import pytest

from onecnn import cells, paths
from tools import exercises

SOLUTIONS = sorted((paths.ROOT / "solutions").rglob("*.py"))
WRONG = paths.ROOT / "tests" / "wrong_answers"
each_solution = pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda path: path.stem)


def verdicts(lines):
    """``{task: verdict}`` from printed check lines."""
    found = {}
    for line in lines:
        match = re.match(r"\[(ok|todo|no)\]\s+(\d+ [^.:]*)", line)
        if match:
            found[match.group(2).strip()] = match.group(1)
    return found


def printed(notebook_file):
    """Every line that the stored notebook's cells printed."""
    notebook = nbformat.read(notebook_file, as_version=4)
    return [line for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
            if output.output_type == "stream" for line in output.text.splitlines()]


@each_solution
def test_exercise_is_what_the_generator_makes(solution):
    exercise = exercises.exercise_path(solution)
    assert exercise.read_text() == exercises.exercise_text(solution.read_text()), "run: python3 course.py build"


def test_no_exercise_without_a_solution():
    made = {exercises.exercise_path(solution) for solution in SOLUTIONS}
    assert set((paths.ROOT / "exercises").rglob("*.py")) == made


@each_solution
def test_no_solution_line_leaks(solution):
    text = solution.read_text()
    outside = exercises.exercise_text(text)
    kept = {line.strip() for line in outside.splitlines()}
    for _, _, block in exercises.solution_blocks(text):
        answers = {line.strip() for line in block.splitlines() if line.strip()}
        assert not answers <= kept, f"the whole solution stands elsewhere in the exercise: {block}"


@each_solution
def test_tasks_and_verdicts(solution):
    right = verdicts(printed(solution.with_suffix(".ipynb")))
    unsolved = verdicts(printed(exercises.exercise_path(solution).with_suffix(".ipynb")))
    assert 3 <= len(right) <= 5
    assert set(right.values()) == {"ok"}
    assert unsolved == dict.fromkeys(right, "todo")


@each_solution
def test_wrong_answers_are_told(solution, tmp_path):
    wrong_file = WRONG / solution.parent.name / solution.name
    spec = importlib.util.spec_from_file_location("wrong", wrong_file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for task in verdicts(printed(solution.with_suffix(".ipynb"))):
        assert sum(entry[0] == task for entry in module.WRONG) >= 3, f"too few wrong answers for '{task}'"
    try:
        command, env = cells.interpreter(cells.kernel(solution))
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))
    list_file = tmp_path / "wrong.json"
    list_file.write_text(json.dumps(module.WRONG))
    run = subprocess.run([*command, str(paths.ROOT / "tests" / "run_wrong_answers.py"), str(solution), str(list_file)],
                         capture_output=True, text=True, timeout=300, cwd=solution.parent,
                         env={**os.environ, **env, "PYTHONPATH": str(paths.ROOT)})
    assert run.returncode == 0, run.stderr[-2000:]
    result = json.loads(run.stdout.splitlines()[-1])
    assert set(verdicts(result["solution"]).values()) == {"ok"}
    for (task, _, answer), lines in zip(module.WRONG, result["wrong"]):
        assert verdicts(lines).get(task) == "no", f"'{task}' accepted {answer}: {lines}"
