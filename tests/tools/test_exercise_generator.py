"""tools/exercises.py: what stands between the markers becomes a stub, the rest stays as it is."""
import ast
from pathlib import Path

import pytest

from tools import exercises
from tools.exercises import MarkerError, exercise_path, exercise_text, generate, solution_blocks

FUNCTION = """\
def area(width, height):
    \"\"\"The area.\"\"\"
    ### BEGIN SOLUTION
    product = width * height
    return product
    ### END SOLUTION
"""

TOP_LEVEL = """\
first = 1
### BEGIN SOLUTION
second = first + 1
third = second + 1
### END SOLUTION
print(first)
"""


def run(text):
    """The names that ``text`` defines."""
    names = {}
    exec(compile(text, "exercise", "exec"), names)
    return names


def test_a_stub_inside_a_function():
    exercise = exercise_text(FUNCTION)
    assert "product" not in exercise and "SOLUTION" not in exercise
    assert exercise.splitlines()[:2] == FUNCTION.splitlines()[:2]
    with pytest.raises(NotImplementedError, match="your code here"):
        run(exercise)["area"](2, 3)


def test_a_stub_at_top_level(capsys):
    names = run(exercise_text(TOP_LEVEL))
    assert names["second"] is ... and names["third"] is ...
    assert capsys.readouterr().out == "1\n", "the rest runs"


@pytest.mark.parametrize("solution, names", [
    ("x = y = 3", "x y"),
    ("x = 1\nx = x + 1", "x"),
    ("x = 1\na, (b, *c) = 2, (3, 4)", "x a b c"),
    ("x: int = 3", "x"),
    ("x = {}\nx['key'] = 3", "x"),
    ("\n# Why two?\nx = 2\n", "x"),
])
def test_every_name_that_a_solution_assigns_becomes_an_answer(solution, names):
    exercise = exercise_text(f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION\n")
    found = run(exercise)
    assert [name for name in found if name != "__builtins__"] == names.split()
    assert all(found[name] is ... for name in names.split())


def test_the_stub_takes_the_solutions_indentation():
    exercise = exercise_text("""\
class Net:
    def forward(self, x):
        for layer in self.layers:
            if layer:
                ### BEGIN SOLUTION
                x = layer(x)
                if x is None:
                    break
                ### END SOLUTION
        return x
""")
    assert exercise.splitlines()[4] == '                raise NotImplementedError("your code here")'
    assert exercise.splitlines()[5] == "        return x"
    ast.parse(exercise)


def test_a_blank_line_before_a_solution_in_a_function():
    exercise = exercise_text("def f():\n    ### BEGIN SOLUTION\n\n    return 1\n    ### END SOLUTION\n")
    with pytest.raises(NotImplementedError):
        run(exercise)["f"]()


def test_several_solutions_in_one_file():
    parts = [FUNCTION, "\n\n# %%\n", TOP_LEVEL, "\n\n# %%\n", FUNCTION.replace("area", "volume")]
    assert exercise_text("".join(parts)) == "".join(exercise_text(part) for part in parts)


def test_a_file_without_solutions_stays_as_it_is():
    text = "# %% [markdown]\n# Read this.\n\n# %%\nx = 1\n"
    assert exercise_text(text) == text


def test_blocks_are_found_by_line():
    assert solution_blocks(FUNCTION) == [(2, 5, "    product = width * height\n    return product")]


@pytest.mark.parametrize("text, line", [
    ("a = 1\n### BEGIN SOLUTION\nb = 2\n", "line 2"),
    ("a = 1\nb = 2\n### END SOLUTION\n", "line 3"),
    ("### BEGIN SOLUTION\na = 1\n    ### BEGIN SOLUTION\n### END SOLUTION\n", "line 3"),
    ("### BEGIN SOLUTION\na = 1\n### END SOLUTION\n### END SOLUTION\n", "line 4"),
], ids=["never closed", "never opened", "nested", "closed twice"])
def test_unbalanced_markers_name_the_line(text, line):
    with pytest.raises(MarkerError, match=rf"{line}\b"):
        exercise_text(text)


@pytest.mark.parametrize("solution", ["print(1)\n", "", "\n", "def f():\n    return 1\n"],
                         ids=["no variable", "empty", "blank", "a whole function"])
def test_a_solution_that_has_no_stub_is_an_error(solution):
    with pytest.raises(MarkerError, match="assign a variable"):
        exercise_text(f"### BEGIN SOLUTION\n{solution}### END SOLUTION\n")


# Files

@pytest.mark.parametrize("solution, exercise", [
    ("solutions/01_history/02_by_hand.py", "exercises/01_history/02_by_hand.py"),
    ("my/solutions/course/solutions/a.py", "my/solutions/course/exercises/a.py"),
])
def test_exercise_path(solution, exercise):
    assert exercise_path(Path(solution)) == Path(exercise)


def test_generate_writes_what_has_changed(tmp_path):
    for name, text in (("a", FUNCTION), ("b", TOP_LEVEL)):
        file = tmp_path / "solutions" / "01_history" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    made = generate(tmp_path)
    assert [file.relative_to(tmp_path).as_posix() for file in made] == ["exercises/01_history/a.py",
                                                                        "exercises/01_history/b.py"]
    assert [file.read_text() for file in made] == [exercise_text(FUNCTION), exercise_text(TOP_LEVEL)]
    made[0].write_text("edited by hand\n")
    before = made[1].stat().st_mtime_ns
    assert generate(tmp_path) == made
    assert made[0].read_text() == exercise_text(FUNCTION), "an exercise is never edited by hand"
    assert made[1].stat().st_mtime_ns == before, "an unchanged file is left alone"


def test_the_checks_are_folded_and_nothing_else():
    text = '''# %%
def given():
    return 1


# %%
def answer():
    ### BEGIN SOLUTION
    return 2
    ### END SOLUTION


# %%
print(given())

# %%
def judge():
    return answer() == 2


# %%
def more():
    return judge()


checks.grade("1 answer", more)

# %% [markdown]
# ## 2

# %%
def given_again():
    return 3
'''
    fold = '# %% jupyter={"source_hidden": true}\ndef '
    made = exercise_text(text)
    assert made.count(fold) == 2 and f"{fold}judge" in made and f"{fold}more" in made
    stubbed = text.replace("### BEGIN SOLUTION\n    return 2\n    ### END SOLUTION", exercises.TODO)
    assert made.replace(' jupyter={"source_hidden": true}', "") == stubbed
