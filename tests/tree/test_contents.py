"""The table of contents tells the truth about the tree, and what is made from it is up to date."""
import contextlib
import json
import re

import pytest

from onecnn import cells, paths
from tools import build, contents

ROOT = paths.ROOT
COURSE = contents.Contents((), ())
with contextlib.suppress(contents.ContentsError):  # a test says it: an error here would stop every test
    COURSE = contents.read(ROOT)
each_chapter = pytest.mark.parametrize("chapter", COURSE.chapters, ids=lambda chapter: chapter.id)


def source(folder, chapter):
    return ROOT / folder / f"{chapter.id}.py"


def made(file):
    """What the file must hold."""
    text, chapter = file.read_text(encoding="utf-8"), COURSE.find(contents.identifier(file))
    return contents.with_chapter(text, COURSE, chapter) if chapter else contents.with_list(text, COURSE)


def test_every_chapter_has_a_record():
    there = {contents.identifier(file) for file in build.sources([ROOT / "notebooks"])}
    assert there == {chapter.id for chapter in contents.read(ROOT).chapters}


@each_chapter
def test_a_record_has_its_notebook_exercise_solution_and_wrong_answers(chapter):
    lesson = chapter.id not in contents.PAGES
    folders = ("notebooks", "solutions", "exercises") if lesson else ("notebooks",)
    files = [file for folder in folders for file in (source(folder, chapter), source(folder, chapter).with_suffix(".ipynb"))]
    if lesson:
        files.append(source("tests/wrong_answers", chapter))
    assert [file for file in files if not file.exists()] == []


@each_chapter
def test_kernels_are_those_of_the_notebooks(chapter):
    assert cells.kernel(source("notebooks", chapter)) == chapter.kernel
    assert chapter.kernel not in chapter.needs
    if chapter.id not in contents.PAGES:
        assert cells.kernel(source("solutions", chapter)) in (chapter.kernel, *chapter.needs)


@pytest.mark.parametrize("name", ["README.md", *(f"notebooks/{chapter.id}.py" for chapter in COURSE.chapters)])
def test_what_is_generated_is_up_to_date(name):
    assert (ROOT / name).read_text(encoding="utf-8") == made(ROOT / name), "run: python3 course.py build"


@each_chapter
def test_generating_twice_changes_nothing(chapter):
    once = made(source("notebooks", chapter))
    assert contents.with_chapter(once, COURSE, chapter) == once


@each_chapter
def test_generated_links_lead_to_notebooks(chapter):
    text = contents.before_markdown(COURSE, chapter) + contents.links_markdown(COURSE, chapter)
    if chapter.id == contents.START:
        text += contents.map_markdown(COURSE)
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert targets
    for target in targets:
        assert (source("notebooks", chapter).parent / target).with_suffix(".py").exists(), target


def test_map_and_list_name_every_chapter():
    for text in (contents.map_markdown(COURSE), contents.list_markdown(COURSE)):
        for chapter in COURSE.chapters:
            assert f"{chapter.id}.ipynb)" in text or chapter.id in contents.PAGES


def test_the_file_is_formatted_as_it_is_written():
    text = (ROOT / "notebooks" / "contents.json").read_text(encoding="utf-8")
    assert contents.text_of(json.loads(text)) == text


def test_start_here_adds_up_what_the_exercises_take():
    def flat(folder, chapter):
        return " ".join(source(folder, chapter).read_text(encoding="utf-8").replace("\n# ", " ").split())

    text = flat("notebooks", COURSE.by_id["00_start_here"])
    said = re.search(r"take (\d+) to (\d+) minutes each, and say so: (\d+) hours more for the core, (\d+) for everything",
                     text)
    took = {chapter.id: int(re.search(r"about (\d+) minutes", flat("solutions", chapter)).group(1))
            for chapter in COURSE.chapters if chapter.id not in contents.PAGES}
    core = [took[chapter.id] for chapter in COURSE.along(next(route for route in COURSE.routes if route.id == "core"))]
    hours = round(sum(core) / 60), round(sum(took.values()) / 60)
    assert tuple(map(int, said.groups())) == (min(took.values()), max(took.values()), *hours)
