"""``course.py test``'s lanes: what a chapter's name, a part's and --quick stand for."""
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


@pytest.mark.parametrize("given", [
    [], ["notebooks/05_deployment/02_serving.ipynb"], ["-k", "02_pytorch"], ["-m", "01_odd", "tests/onecnn", "-x"]])
def test_all_else_is_left_to_pytest(given):
    assert lanes.arguments(given) == given


@pytest.mark.parametrize("word", ["05_deployment/02_servin", "05_deploy", "09_none"])
def test_an_unknown_chapter_is_told_which_there_are(word):
    with pytest.raises(SetupError) as told:
        lanes.arguments([word])
    assert str(told.value).startswith(f"There is no chapter {word}. There are:\n  00_start_here\n  01_history/01_three_eras\n")
    assert str(told.value).count("\n") == len(contents.read().chapters)


def test_every_chapters_test_is_in_a_lane():
    files = {file for chapter in contents.read().chapters for file in lanes.files(chapter.id)}
    there = {path.relative_to(paths.ROOT).as_posix() for path in (paths.ROOT / "tests" / "chapters").rglob("test_*.py")}
    assert there == {file for file in files if file.startswith("tests/")}


@pytest.mark.slow(reason="starts pytest")
def test_the_trees_rules_for_one_chapter():
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "--collect-only", "tests/tree", "-p", "no:cacheprovider",
                           "--chapters=02_frameworks/02_pytorch"], cwd=paths.ROOT, capture_output=True, text=True, check=True)
    tests = [line for line in done.stdout.splitlines() if "::" in line]
    assert len(tests) > 10 and all("02_frameworks/02_pytorch" in test for test in tests)
    assert any("test_enough_wrong_answers" in test for test in tests) and any("exercises/" in test for test in tests)
