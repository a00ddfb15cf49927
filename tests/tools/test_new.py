"""``course.py new`` in a copy of the tree: what it writes keeps the tree's rules, and what it refuses."""
import contextlib
import io
import re
import shutil

import pytest

import course
from onecnn import cells, paths
from tools import build, contents, exercises, new
from tools.steps import SetupError


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """The course's sources, its table of contents and its README, in a folder in which nothing is to be written."""
    root = tmp_path_factory.mktemp("untouched")
    for file in [*build.sources([]), paths.ROOT / "notebooks" / "contents.json", paths.ROOT / "README.md"]:
        copy = root / file.relative_to(paths.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    contents.write(root)
    return root


@pytest.fixture
def root(untouched, tmp_path):
    """A copy to write in."""
    return shutil.copytree(untouched, tmp_path / "course")


def printed(source):
    """The lines that the code cells of a source print, run here."""
    out, namespace = io.StringIO(), {"__name__": "__main__"}
    with contextlib.redirect_stdout(out):
        for cell in cells.read(source):
            exec(cell.source, namespace)
    return out.getvalue().splitlines()


def test_a_chapter_in_a_new_part(root):
    made = new.write(root, "06_practice/01_see_inside")
    assert [str(file.relative_to(root)) for file in made] == [
        *(f"{folder}/06_practice/01_see_inside.py" for folder in ("notebooks", "solutions", "exercises")),
        "notebooks/00_start_here.py"]
    changed = {contents.identifier(file) for file in contents.write(root)} - {""}
    assert changed == {"00_start_here", "05_deployment/06_browser", "06_practice/01_see_inside"}
    course = contents.read(root)
    chapter = course.find("06_practice/01_see_inside")
    assert (course.parts[-1].title, chapter.title, chapter.paths) == ("Practice", "See inside", ("everything",))
    assert "[See inside](notebooks/06_practice/01_see_inside.ipynb)" in (root / "README.md").read_text(encoding="utf-8")
    new.write(root, "06_practice/02_debug")
    contents.write(root)
    assert "[Debug](02_debug.ipynb)" in made[0].read_text(encoding="utf-8")


def test_a_chapter_at_the_end_of_a_part_stands_between_its_neighbours(root):
    course = contents.read(root)
    last, first = course.parts[3].chapters[-1], course.parts[4].chapters[0]
    name = f"{last.part}/{len(course.parts[3].chapters) + 1:02}_elsewhere"
    new.write(root, name)
    assert {contents.identifier(file) for file in contents.write(root)} - {""} == {"00_start_here", last.id, name, first.id}
    assert contents.read(root).neighbours(name)[0].id == last.id


def test_exercise_and_solution_say_what_they_must(root):
    _, solution, exercise = new.write(root, "06_practice/01_see_inside")[:3]
    right, unsolved = printed(solution), printed(exercise)
    tasks = [re.sub(r"\[ok\] +", "", line) for line in right]
    assert right == [f"[ok]   {task}" for task in tasks] and len(tasks) == 3
    assert unsolved == [f"[todo] {task}" for task in tasks]
    assert exercise.read_text(encoding="utf-8") == exercises.exercise_text(solution.read_text(encoding="utf-8"))
    wrong = {}
    exec((root / "tests/wrong_answers/06_practice/01_see_inside.py").read_text(encoding="utf-8"), wrong)
    blocks = exercises.solution_blocks(solution.read_text(encoding="utf-8"))
    for task in tasks:
        answers = [answer for answer in wrong["WRONG"] if answer[0] == task]
        assert len(answers) >= 3
        for _, block, answer in answers:
            lines = solution.read_text(encoding="utf-8").splitlines()
            lines[blocks[block][0]:blocks[block][1] + 1] = answer.strip("\n").splitlines()
            exercise.write_text("\n".join(lines), encoding="utf-8")
            assert sum(line.startswith(f"[no]   {task}") for line in printed(exercise)) == 1, answer
            assert sum(line.startswith("[ok]") for line in printed(exercise)) == len(tasks) - 1, answer


def test_the_chapter_keeps_the_trees_rules(root):
    source = new.write(root, "06_practice/01_see_inside")[0]
    contents.write(root)
    notebook, text = build.load(source), source.read_text(encoding="utf-8")
    assert build.is_source(source) and notebook.metadata["kernelspec"]["name"] == "python3"
    assert text.count("<details>") == text.count("Predict, then run") == 2 and "lesson.show(" in text
    assert re.search(r"checked 20\d\d-\d\d-\d\d", text) and "../../exercises/06_practice/01_see_inside.ipynb" in text
    assert all(len(line) <= 100 for cell in notebook.cells for line in cell.source.splitlines() if "](" not in line)
    test = root / "tests" / "chapters" / "06_practice" / "test_01_see_inside.py"
    namespace = {}
    exec(test.read_text(encoding="utf-8"), namespace)
    namespace["test_the_numbers_in_the_text"]()


@pytest.mark.parametrize(("name", "message"), [
    ("05_deployment/02_serving", "There is 05_deployment/02_serving already."),
    ("06_practice/02_debug", "the next chapter of 06_practice has the number 01"),
    ("05_deployment/99_more", r"the next chapter of 05_deployment has the number \d\d"),
    ("09_later/01_debug", r"There is no part 09_later, and a new one would have the number \d\d."),
    ("05_other/01_debug", "There is no part 05_other"),
    ("02_frameworks/07_lasagne", "A framework's chapter holds a network"),
    ("06_practice/01_export_and_onnx", "05_deployment/01_export_and_onnx has this name"),
    *[(name, "is no name for a chapter") for name in ("debug", "06_practice", "06_practice/debug", "06_practice/1_debug",
      "06_practice/01_De-bug", "../06_practice/01_debug", "06_practice/01_debug.py", "06_practice/01_a/b", "")],
])
def test_what_cannot_be_a_chapter_is_refused_and_nothing_written(untouched, name, message):
    before = sorted((file, file.read_bytes()) for file in untouched.rglob("*") if file.is_file())
    with pytest.raises(SetupError, match=message):
        new.write(untouched, name)
    assert sorted((file, file.read_bytes()) for file in untouched.rglob("*") if file.is_file()) == before


def test_a_file_that_is_there_is_not_written_over(root):
    there = root / "tests" / "chapters" / "06_practice" / "test_01_debug.py"
    there.parent.mkdir(parents=True)
    there.write_text("mine", encoding="utf-8")
    with pytest.raises(SetupError, match=r"There is tests/chapters/06_practice/test_01_debug.py already"):
        new.write(root, "06_practice/01_debug")
    assert there.read_text(encoding="utf-8") == "mine"


def test_the_command_refuses_before_it_sets_up_and_builds_what_it_wrote(root, monkeypatch, capsys):
    monkeypatch.setattr(course, "ROOT", root)
    monkeypatch.setattr(course.installer, "setup", lambda **options: print("set up"))
    monkeypatch.setattr(course, "run", lambda command: print(*command[1:], sep="\n") or 7)
    assert course.main(["new", "debug"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("\n'debug' is no name for a chapter.") and "Traceback" not in said.err
    assert course.main(["new", "06_practice/01_debug"]) == 7
    assert capsys.readouterr().out.splitlines() == ["set up", "-m", "tools.build", *(
        str(root / name) for name in ("notebooks/06_practice/01_debug.py", "solutions/06_practice/01_debug.py",
                                      "exercises/06_practice/01_debug.py", "notebooks/00_start_here.py"))]
