"""``course.py new`` in a copy of the tree: what it writes keeps the tree's rules, and what it refuses."""
import contextlib
import importlib.util
import io
import json
import re
import shutil
from pathlib import Path

import pytest

import course
from onecnn import cells, paths
from tools import build, contents, exercises, new, quiz
from tools.steps import SetupError

PARTS = 5  # as many as the copy has, whatever "new" has begun in the tree since
NAME = "06_practice/01_debug"
LONGEST = f"06_practice/01_{'as_long_as_it_may_be_' * 3}"[:new.LONGEST - 1] + "x"


def style():
    """The module that checks the tree's lines."""
    spec = importlib.util.spec_from_file_location("style", paths.ROOT / "tests" / "tree" / "test_style.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def files(root):
    """``{file: bytes}`` of all that is in the folder."""
    return {file: file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """The sources of the course's first parts, their table of contents and the README: nothing is to be written there."""
    root = tmp_path_factory.mktemp("untouched")
    data = json.loads((paths.ROOT / "notebooks" / "contents.json").read_text(encoding="utf-8"))
    data["parts"] = [part for part in data["parts"] if int(part["id"][:2] or 0) <= PARTS]
    kept = {chapter["id"] for part in data["parts"] for chapter in part["chapters"]}
    for file in [*(file for file in build.sources([]) if contents.identifier(file) in kept), paths.ROOT / "README.md"]:
        copy = root / file.relative_to(paths.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    for chapter in kept:
        file = quiz.file_of(paths.ROOT, chapter)
        if file.exists():
            copy = quiz.file_of(root, chapter)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
    (root / "notebooks" / "contents.json").write_text(contents.text_of(data), encoding="utf-8")
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
    last = contents.read(root).chapters[-1].id
    made = new.write(root, "06_practice/01_see_inside")
    assert [str(file.relative_to(root)) for file in made] == [
        *(f"{folder}/06_practice/01_see_inside.py" for folder in ("notebooks", "solutions", "exercises")),
        "notebooks/00_start_here.py"]
    changed = {contents.identifier(file) for file in contents.write(root)} - {"", "contents"}
    assert changed == {"00_start_here", last, "06_practice/01_see_inside"}
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
    changed = {contents.identifier(file) for file in contents.write(root)} - {"", "contents"}
    assert changed == {"00_start_here", last.id, name, first.id}
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
        assert len(answers) >= 5
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
    assert text.count("<details><summary>Answer") == text.count("Predict, then run") == 2 and "lesson.show(" in text
    assert re.search(r"checked 20\d\d-\d\d-\d\d", text) and "../../exercises/06_practice/01_see_inside.ipynb" in text
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
    (f"{LONGEST}y", rf"^{LONGEST}y has 51 characters. Choose a name of at most 50, part and chapter together.$"),
    *[(name, "^'[^'\n]*' is no name for a chapter") for name in ("06_practice/01_debug\n", "٠٦_practice/01_debug",
      "06_practice/٠١_debug", "debug", "06_practice", "06_practice/debug", "06_practice/1_debug",
      "06_practice/01_De-bug", "../06_practice/01_debug", "06_practice/01_debug.py", "06_practice/01_a/b", "")],
])
def test_what_cannot_be_a_chapter_is_refused_and_nothing_written(untouched, name, message):
    before = files(untouched)
    with pytest.raises(SetupError, match=message):
        new.write(untouched, name)
    assert files(untouched) == before


@pytest.mark.parametrize("name", ["06_practice/01_a", LONGEST])
def test_lines_are_no_wider_than_the_tree_allows(root, name):
    before = files(root)
    new.write(root, name)
    contents.write(root)
    written = [file for file in files(root) if file.suffix == ".py" and file not in before]
    assert len(written) == 5 and style().COLUMNS == 100
    for file in written:
        text = file.read_text(encoding="utf-8")
        assert name.rpartition("/")[0] in str(file) and style().too_wide(text) == [], file


def refused_and_then_not(root, message, mend):
    """``new`` says the message in one line and changes nothing; mended, it writes the chapter."""
    before = files(root)
    with pytest.raises(SetupError, match=message) as error:
        new.write(root, NAME)
    assert "\n" not in str(error.value) and files(root) == before
    mend()
    new.write(root, NAME)
    assert contents.read(root).find(NAME) and contents.write(root)


@pytest.mark.parametrize(("there", "kind"), [
    *((f"{folder}/{NAME}{suffix}", "file") for folder in contents.FOLDERS for suffix in (".py", ".ipynb")),
    (f"tests/wrong_answers/{NAME}.py", "file"), ("tests/chapters/06_practice/test_01_debug.py", "file"),
    (f"exercises/{NAME}.py", "folder"), (f"exercises/{NAME}.ipynb", "broken link")])
def test_what_is_there_is_not_written_over(root, there, kind):
    path = root / there
    path.parent.mkdir(parents=True)
    if kind == "file":
        path.write_text("mine", encoding="utf-8")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    refused_and_then_not(root, f"^There is {there} already.$", path.rmdir if kind == "folder" else path.unlink)


@pytest.mark.parametrize("there", ["notebooks/06_practice", "exercises/06_practice", "tests/chapters", "tests/wrong_answers"])
def test_a_file_in_a_folders_place_is_refused(root, there):
    (root / there).parent.mkdir(exist_ok=True)
    (root / there).write_text("mine", encoding="utf-8")
    refused_and_then_not(root, f"^{there} is no folder, so a chapter has no place in it.$", (root / there).unlink)


@pytest.mark.parametrize(("name", "old", "new", "message"), [
    ("solutions/01_history/03_theano.py", exercises.END, "", r"^solutions/01_history/03_theano.py: line \d+: .* inside a sol"),
    ("solutions/01_history/03_theano.py", exercises.END, f"{exercises.END}\n{exercises.BEGIN}\n1 +\n{exercises.END}",
     r"^solutions/01_history/03_theano.py: a solution is no Python \(.*\): 1 \+$"),
    ("README.md", contents.CHAPTERS, "", "^README.md: no line"),
    ("notebooks/01_history/03_theano.py", contents.BEFORE_MARK, "", r"03_theano.py: the opening cell has no"),
])
def test_what_would_stop_the_build_stops_new_before_it_writes(root, monkeypatch, name, old, new, message):
    right = (root / name).read_text(encoding="utf-8")
    (root / name).write_text(right.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(build, "ROOT", root)
    with pytest.raises(SystemExit, match=message):
        build.main([])
    refused_and_then_not(root, message, lambda: (root / name).write_text(right, encoding="utf-8"))


@pytest.mark.parametrize("place", range(7))
def test_a_disk_that_fills_up_leaves_no_half_chapter(root, monkeypatch, place):
    before, write, written = files(root), Path.write_text, []

    def full(file, *given, **options):
        write(file, *given, **options)
        written.append(file)
        if len(written) > place:
            raise OSError("No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(Path, "write_text", full)
        new.write(root, NAME)
    assert files(root) == before and (place < 6 or written[-1].name == "contents.json.part")
    new.write(root, NAME)


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
