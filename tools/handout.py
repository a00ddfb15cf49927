"""``course.py handout``: a copy for students, without solutions and tests; or, with ``--nbgrader``, assignments for nbgrader.

nbgrader's format of a cell's metadata, version 3: https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html
(read 2026-11-30).
"""
import json
import re
import secrets
import shutil
from pathlib import Path
from typing import Any

from tools import exercises
from tools.steps import ROOT, SetupError

FOR_STUDENTS = ("CHANGELOG.md", "CITATION.cff", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE", "README.md",
                "TEACHING.md", "conftest.py", "course.py", "environment.yml", "postBuild", "pyproject.toml", "exercises",
                "notebooks", "onecnn", "pictures", "requirements", "tools")
LEFT = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.pyc", ".*", "quiz.json")
# Of a task, whose heading ends with its level.
POINTS = {"complete": 1, "predict": 1, "port": 2, "mend": 2, "design": 3, "capstone": 5}
LEVEL = re.compile(r"^## \d+\..*\((\w+)\)\s*$", re.MULTILINE)
GRADE = "checks.grade("
# In the check's cell, where nbgrader keeps it from students: a check that fails now raises, and a student's own `checks.grade`
# is no longer there.
STRICT = """### BEGIN HIDDEN TESTS
import importlib

import onecnn.checks

checks = importlib.reload(onecnn.checks)
checks.strict(%d)
### END HIDDEN TESTS
"""
CONFIG = '''"""Made by course.py handout --nbgrader. Run nbgrader in this folder."""
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "one-cnn"
c.ClearSolutions.code_stub = {"python": %r}
c.ExecutePreprocessor.timeout = 300
'''


def students(root: Path, target: Path) -> None:
    """A copy of the course without solutions, tests and the quizzes' own files (their questions stand in the chapters)."""
    for name in FOR_STUDENTS:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=LEFT)
        elif source.exists():
            shutil.copy2(source, target / name)


def nbgrader(root: Path, target: Path) -> list[str]:
    """nbgrader's folder for a course: its settings, and in ``source`` an assignment for each exercise; returns their names."""
    names = []
    for solution in sorted((root / "solutions").rglob("*.ipynb")):
        if ".ipynb_checkpoints" in solution.parts:
            continue
        chapter = solution.relative_to(root / "solutions").with_suffix("")
        names.append("-".join(chapter.parts))
        file = target / "source" / names[-1] / f"{chapter.name}.ipynb"
        file.parent.mkdir(parents=True)
        notebook = json.loads(solution.read_text(encoding="utf-8"))
        file.write_text(json.dumps(assignment(notebook, names[-1]), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (target / "nbgrader_config.py").write_text(CONFIG % exercises.TODO, encoding="utf-8")
    return names


def assignment(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """A solution's notebook as nbgrader's source: answers to write, checks that count points, all other code locked.

    Raises :class:`SetupError` where a check has no answer before it.
    """
    points, answers, checked = 1, 0, 0
    for number, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        level = LEVEL.search(source) if cell["cell_type"] == "markdown" else None
        if level:
            points = POINTS.get(level[1], 1)
        if cell["cell_type"] != "code":
            continue
        cell["outputs"], cell["execution_count"] = [], None
        about: dict[str, Any] = {"schema_version": 3, "grade": False, "solution": False, "locked": True, "task": False}
        if exercises.BEGIN in source:
            answers += 1
            about.update(grade_id=f"answer-{answers}", solution=True, locked=False)
        elif GRADE in source:
            checked += 1
            about.update(grade_id=f"check-{checked}", grade=True, points=points)
            cell["source"] = STRICT % (1 + secrets.randbelow(10 ** 6)) + source  # other random inputs than the student's
            points = 1
            if checked > answers:
                raise SetupError(f"{name}: check {checked} has no answer before it.")
        else:
            about.update(grade_id=f"given-{number}")
        fold = {"jupyter": {"source_hidden": True}} if about["grade"] else {}  # what it compares with is often the answer
        cell["metadata"] = {**cell["metadata"], **fold, "nbgrader": about}
    return notebook


def main(target: Path, for_nbgrader: bool) -> int:
    """``course.py handout``: makes the folder ``target``, which must not exist or be empty; returns the exit code."""
    target = target.expanduser().absolute()
    if not (ROOT / "solutions").exists():
        raise SetupError("This copy was made for students itself: it has no solutions to make assignments of.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise SetupError(f"{target} is there already. Name a folder that is not, or an empty one.")
    if ROOT in target.parents or target == ROOT:
        raise SetupError(f"{target} lies in the course. Name a folder outside of {ROOT}.")
    target.mkdir(parents=True, exist_ok=True)
    if for_nbgrader:
        names = nbgrader(ROOT, target)
        print(f"{len(names)} assignments are in {target / 'source'}. There: nbgrader generate_assignment {names[0]}")
    else:
        students(ROOT, target)
        print(f"{target} is the students' copy: no solutions, no tests. There: python3 course.py lab")
    return 0
