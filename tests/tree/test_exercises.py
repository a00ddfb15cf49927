"""Exercises equal what the generator makes, give nothing away, and their checks tell right from wrong."""
import re

import nbformat
import pytest
from solution_file import verdicts, wrong_answers

from onecnn import paths
from tools import exercises, handout

SOLUTIONS = sorted((paths.ROOT / "solutions").rglob("*.py"))
each_solution = pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")


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
    assert 3 <= len(right) <= 6
    assert set(right.values()) == {"ok"}
    assert unsolved == dict.fromkeys(right, "todo")


@each_solution
def test_enough_wrong_answers(solution):
    """Each is told ``[no]`` when the solution's notebook runs: tests/solution_file.py."""
    tasks = [task for task, *_ in wrong_answers(solution)]
    right = verdicts(printed(solution.with_suffix(".ipynb")))
    assert set(tasks) == set(right)
    for task in right:
        assert tasks.count(task) >= 5, f"too few wrong answers for '{task}'"


@each_solution
def test_each_task_has_a_level_a_question_and_a_way(solution):
    """The hint of a check asks; what shows the way is folded below it."""
    cells = solution.read_text(encoding="utf-8").split("\n# %%")
    tasks = [cell for cell in cells if re.search(r"^# ## \d+\.", cell, re.MULTILINE)]
    levels = [re.search(r"^# ## \d+\..*\((\w+)\)$", cell, re.MULTILINE) for cell in tasks]
    assert all(level and level[1] in handout.POINTS for level in levels), [cell.strip().splitlines()[1] for cell in tasks]
    for cell, below in zip(cells, cells[1:]):
        if "\nchecks.grade(" in cell:
            hint = re.sub(r'"\s*f?"', "", cell[cell.rindex("hint="):])
            assert "?" in hint, f"a hint that does not ask: {hint}"
            way = " [markdown]\n# <details><summary>Show me a way</summary>\n"
            assert below.startswith(way), f"no way below {cell[-200:]}"
