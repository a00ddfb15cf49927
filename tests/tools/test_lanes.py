"""``course.py test``'s lanes: what a chapter's name, a part's and --quick stand for."""
import os
import subprocess
import sys

import pytest

from onecnn import paths
from tools import contents, lanes
from tools.steps import SetupError


def test_a_chapter_is_all_that_bears_its_name():
    assert lanes.arguments(["05_deployment/02_serving", "-x"]) == [
        "notebooks/05_deployment/02_serving.ipynb", "exercises/05_deployment/02_serving.ipynb",
        "solutions/05_deployment/02_serving.ipynb", "tests/chapters/05_deployment/test_02_serving.py",
        "tests/chapters/05_deployment/test_02_serving_files.py", "tests/tree", "--chapters=05_deployment/02_serving", "-x"]
    assert lanes.arguments(["00_start_here"]) == [
        "notebooks/00_start_here.ipynb", "tests/chapters/test_00_start_here.py", "tests/tree", "--chapters=00_start_here"]


def test_a_part_is_all_its_chapters():
    part = lanes.arguments(["02_frameworks/", "02_frameworks/03_keras"])
    chapters = [chapter.id for chapter in contents.read().chapters if chapter.part == "02_frameworks"]
    assert part[-1] == f"--chapters={','.join(chapters)}"
    assert [path for path in part if path.startswith("solutions")] == [f"solutions/{chapter}.ipynb" for chapter in chapters]


@pytest.mark.parametrize("word", [
    "05_deployment/02_serving.ipynb", "05_deployment/02_serving.py", "./05_deployment/02_serving/", "05_Deployment/02_SERVING",
    r".\05_deployment\02_serving", "notebooks/05_deployment/02_serving", "notebooks/05_deployment/02_serving.py",
    "solutions/05_deployment/02_serving.py", str(paths.ROOT / "notebooks/05_deployment/02_serving")])
def test_a_chapter_goes_by_other_names(word):
    assert lanes.arguments([word]) == lanes.arguments(["05_deployment/02_serving"])


@pytest.mark.parametrize("given", [
    "", "notebooks/05_deployment/02_serving.ipynb", "notebooks/05_deployment", "tests/onecnn/test_ladder.py::test_x",
    "-m 01_odd tests/onecnn -x", *(f"{option} 05_deployment" for option in (
        "-k", "-vk", "-p", "--ignore", "--deselect", "--junitxml", "--basetemp", "--rootdir", "-x -o"))])
def test_all_else_is_left_to_pytest(given):
    assert lanes.arguments(given.split()) == given.split()


@pytest.mark.parametrize("option", ["-x", "-vx", "-n4", "-n 4", "-rfE", "--co", "--ignore=tests", "--require-all-kernels"])
def test_a_chapter_may_follow_an_option_that_has_its_value(option):
    assert lanes.arguments([*option.split(), "00_start_here"]) == [*lanes.arguments(["00_start_here"]), *option.split()]


@pytest.mark.parametrize("word, near", [
    ("05_deployment/02_servin", "05_deployment/02_serving"), ("02_serving", "05_deployment/02_serving"),
    ("notebooks/05_deployment/02_sewing.py", "05_deployment/02_serving"), ("05_deploy", "05_deployment"),
    ("0٥_deployment", "05_deployment"), ("09_none", "The parts: 01_history, 02_frameworks")])
def test_an_unknown_chapter_is_told_what_is_near(word, near):
    with pytest.raises(SetupError) as told:
        lanes.arguments([word])
    assert str(told.value).startswith(f"There is no chapter {word}. ") and near in str(told.value)
    assert "\n" not in str(told.value) and len(str(told.value)) < 200


def test_quick_has_no_chapters():
    assert lanes.arguments(["tests/tools", "-k", "00_start_here"], quick=True) == ["tests/tools", "-k", "00_start_here"]
    with pytest.raises(SetupError, match=r"^--quick runs no chapter's tests: leave it out, or leave out 00_start_here\.$"):
        lanes.arguments(["00_start_here"], quick=True)


def test_every_chapters_test_is_in_a_lane():
    files = {file for chapter in contents.read().chapters for file in lanes.files(chapter.id)}
    there = {path.relative_to(paths.ROOT).as_posix() for path in (paths.ROOT / "tests" / "chapters").rglob("test_*.py")}
    assert there == {file for file in files if file.startswith("tests/")}


@pytest.mark.slow(reason="starts pytest")
def test_the_trees_rules_for_one_chapter():
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "--collect-only", "tests/tree", "-p", "no:cacheprovider",
                           "--chapters=05_deployment/02_serving"], cwd=paths.ROOT, capture_output=True, text=True, check=True)
    tests = [line for line in done.stdout.splitlines() if "::" in line]
    assert all("05_deployment/02_serving" in test for test in tests)
    for test in ("test_tree.py::test_opening[notebooks/05_deployment/02_serving.py]",
                 "test_contents.py::test_kernels_are_those_of_the_notebooks[05_deployment/02_serving]",
                 "test_exercises.py::test_enough_wrong_answers[05_deployment/02_serving]",
                 "test_style.py::test_lines_have_at_most_100_columns[notebooks/05_deployment/02_serving/app.py]",
                 "test_style.py::test_lines_have_at_most_100_columns[tests/wrong_answers/05_deployment/02_serving.py]",
                 "test_tree.py::test_links_between_files_resolve[exercises/05_deployment/02_serving.ipynb]"):
        assert f"tests/tree/{test}" in tests


@pytest.mark.slow(reason="starts pytest")
@pytest.mark.parametrize("variable, option", [("--nbval-lax", ""), ("", "--nbval-kernel-name=museum")])
def test_options_that_would_turn_notebooks_green_are_refused(variable, option):
    done = subprocess.run([sys.executable, "-m", "pytest", "--nbval", "exercises/01_history/02_by_hand.ipynb", "--co",
                           *option.split()], cwd=paths.ROOT, env={**os.environ, "PYTEST_ADDOPTS": variable},
                          capture_output=True, text=True)
    given = (variable or option).partition("=")[0]
    assert done.returncode == 4 and f"ERROR: not with {given}: " in done.stderr, done.stdout + done.stderr
