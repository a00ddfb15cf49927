"""What a teacher hands out: a copy without solutions, and assignments that the real nbgrader generates and grades."""
import json
import os
import re
import subprocess
import sys

import pytest

from onecnn import checks, paths
from tools import build, environments, handout, packages
from tools.steps import SetupError

ROOT = paths.ROOT
NAME = "00_your_first_network"


def course(*arguments, root=ROOT):
    return subprocess.run([sys.executable, root / "course.py", *map(str, arguments)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hand out") / "students"
    done = course("handout", folder)
    assert done.returncode == 0 and "the students' copy" in done.stdout
    return folder


def test_students_get_no_solution_and_no_test(copy):
    assert not {"solutions", "tests", ".ci", ".git", ".venv"} & {file.name for file in copy.iterdir()}
    for file in copy.rglob("*.*"):
        if file.suffix in (".py", ".ipynb") and file.parts[len(copy.parts)] in ("notebooks", "exercises"):
            assert "BEGIN SOLUTION" not in file.read_text(encoding="utf-8"), file
    chapters = {file.stem for file in (copy / "exercises").rglob("*.ipynb")}
    here = {file.stem for file in (ROOT / "exercises").rglob("*.ipynb") if file.parent.name != ".ipynb_checkpoints"}
    assert chapters == here and len(chapters) >= 30


def test_students_links_lead_somewhere(copy):
    for file in [copy / "README.md", *(copy / "notebooks").rglob("*.ipynb"), *(copy / "exercises").rglob("*.ipynb")]:
        if file.suffix == ".ipynb":
            cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
            text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        else:
            text = file.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)):
            if not re.match(r"[a-z]+:|#", target):
                assert (file.parent / target.split("#")[0]).exists(), f"{file}: {target}"


def test_students_commands_say_what_is_not_there(copy):
    for command in ("test", "build"):
        done = course(command, root=copy)
        assert done.returncode == 1 and "This copy was made for students" in done.stderr and "Traceback" not in done.stderr
    done = course("handout", copy.parent / "again", root=copy)
    assert done.returncode == 1 and "it has no solutions" in done.stderr
    assert course("quiz", root=copy).returncode == 0


@pytest.mark.parametrize("place, message", [("full", "is there already"), ("file", "is there already")])
def test_nothing_is_written_over(tmp_path, place, message):
    (tmp_path / "full" / "inside").mkdir(parents=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match=message):
        handout.main(tmp_path / place, True)
    with pytest.raises(SetupError, match="lies in the course"):
        handout.main(ROOT / "handout", False)
    assert not (ROOT / "handout").exists()


def test_every_task_of_every_exercise_counts():
    for source in build.sources([ROOT / "solutions"]):
        solution = source.with_suffix(".ipynb")
        made = handout.assignment(json.loads(solution.read_text(encoding="utf-8")), solution.stem)
        code = [cell for cell in made["cells"] if cell["cell_type"] == "code"]
        graded = [cell for cell in code if cell["metadata"]["nbgrader"]["grade"]]
        assert len(graded) == len(re.findall(r"^checks\.grade\(", source.read_text(encoding="utf-8"), re.MULTILINE)), source
        assert all(cell["metadata"]["nbgrader"]["points"] >= 1 for cell in graded)
        ids = [cell["metadata"]["nbgrader"]["grade_id"] for cell in code]
        assert len(ids) == len(set(ids))
        for cell in code:
            about, text = cell["metadata"]["nbgrader"], "".join(cell["source"])
            assert about["solution"] == ("BEGIN SOLUTION" in text) != about["locked"]


@pytest.mark.parametrize("test, answer, raises", [
    (lambda: True, None, False), (lambda: False, None, True), (lambda: "no", None, True), (lambda: 1 / 0, None, True),
    (lambda answer: True, ..., True)])
def test_a_strict_check_raises(monkeypatch, test, answer, raises):
    monkeypatch.setattr(checks, "_raising", False)
    more = {} if answer is None else {"answer": answer}
    checks.grade("1 task", test, "hint", **more)  # prints
    checks.strict()
    if not raises:
        return checks.grade("1 task", test, "hint", **more)
    with pytest.raises(AssertionError, match=r"^\[(no|todo)\] +1 task"):
        checks.grade("1 task", test, "hint", **more)


GRADES = """
import json, os, sys
from nbgrader.api import Gradebook
name = sys.argv[1]
release, source = (json.load(open(f"{kind}/{name}/{name}.ipynb", encoding="utf-8")) for kind in ("release", "source"))
def answers(notebook):
    return [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")]
right = ["".join(cell["source"]) for cell in answers(source)]
assert "SOLUTION" not in json.dumps(release) and "HIDDEN" not in json.dumps(release)
fooling = "\\nchecks.grade = lambda task, *rest, **more: print('[ok]  ', task)\\n"
for student, solved, more in (("unsolved", 0, ""), ("half", 2, ""), ("solved", 99, ""), ("fooled", 0, fooling)):
    notebook = json.loads(json.dumps(release))
    for number, cell in enumerate(answers(notebook)):
        cell["source"] = (right[number] if number < solved else "".join(cell["source"])) + (more if number == 0 else "")
    os.makedirs(f"submitted/{student}/{name}")
    json.dump(notebook, open(f"submitted/{student}/{name}/{name}.ipynb", "w", encoding="utf-8"))
assert os.system(f"nbgrader autograde {name}") == 0
with Gradebook("sqlite:///gradebook.db") as book:
    print(json.dumps({one.student.id: [one.score, one.max_score] for one in book.assignment_submissions(name)}))
"""


@pytest.mark.slow(reason="installs nbgrader, which grades four students")
def test_nbgrader_grades_what_was_solved(tmp_path):
    python = environments.python_of(environments.COURSE)
    if not packages.uv(python):
        pytest.skip("nbgrader is installed with uv, which is not here")
    options, env = packages.uv_arguments(packages.sources(python))
    own = tmp_path / "nbgrader" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([*packages.uv(python), "venv", "--quiet", "--python", python, own.parent], check=True, env=env)
    done = subprocess.run([*packages.uv(python), "pip", "install", "--quiet", "--python", own / "python", "--require-hashes",
                           "--no-deps", *options, "-r", ROOT / "requirements" / "nbgrader.txt"], env=env, capture_output=True,
                          text=True)
    if done.returncode:
        pytest.skip(f"nbgrader cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
    course_folder = tmp_path / "course"
    assert handout.main(course_folder, True) == 0
    env = {**os.environ, "PATH": f"{own}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path),
           "JUPYTER_PATH": str(python.parent.parent / "share" / "jupyter")}
    for command in (["nbgrader", "generate_assignment", NAME], ["python", "-c", GRADES, NAME]):
        done = subprocess.run([own / command[0], *command[1:]], cwd=course_folder, env=env, capture_output=True, text=True,
                              timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
    scores = json.loads(done.stdout.strip().splitlines()[-1])
    assert scores == {"unsolved": [0, 10], "half": [2, 10], "solved": [10, 10], "fooled": [0, 10]}
