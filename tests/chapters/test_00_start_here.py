"""The picture of what builds on what: it leaves nothing out, and no line runs through a chapter or along another line."""
import itertools

import pytest

from onecnn import cells, lesson


@pytest.fixture(scope="module")
def prerequisites():
    return cells.program("00_start_here/prerequisites")


def record(name, *before):
    return {"id": name, "title": name, "before": list(before)}


def test_what_is_reached_by_way_of_another_gets_no_line(prerequisites):
    known = {name: record(name, *before) for name, before in
             {"a": ("start",), "b": ("a", "start"), "c": ("a", "b"), "d": ("c", "a"), "e": ("a",)}.items()}
    assert prerequisites.links(known) == [("a", "b"), ("b", "c"), ("c", "d"), ("a", "e")]


@pytest.fixture(scope="module")
def drawn(prerequisites):
    """The figure's axes."""
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson, "show", lambda fig, alt, caption: shown.append(fig))
        prerequisites.draw()
    return shown[0].axes[0]


def test_every_chapter_stands_in_the_picture_and_every_link_is_a_line_or_a_mark(prerequisites, drawn):
    parts, known = prerequisites.read()
    words = [text.get_text().replace("\n", " ") for text in drawn.texts]
    assert set(words) - {""} == {part["title"] for part in parts} | {one["title"] for one in known.values()}
    marks = [line for line in drawn.lines if len(line.get_xdata()) == 1]
    lines = [line for line in drawn.lines if len(line.get_xdata()) > 1]
    assert len(marks) + len(lines) == len(prerequisites.links(known))


def test_no_line_runs_through_a_chapter_or_along_another_chapters_line(prerequisites, drawn):
    lines = [list(zip(*line.get_data())) for line in drawn.lines if len(line.get_xdata()) > 1]
    boxes = [patch.get_extents().transformed(drawn.transData.inverted()) for patch in drawn.patches]
    lanes = {}
    for line in lines:
        for (x1, y1), (x2, y2) in itertools.pairwise(line):
            for box in boxes:
                low, high = sorted((box.y0, box.y1))
                across = max(x1, x2) > box.x0 + 1 and min(x1, x2) < box.x1 - 1
                assert not (across and max(y1, y2) > low + 1 and min(y1, y2) < high - 1), f"{line} runs through {box}"
            if x1 == x2:
                lanes.setdefault(x1, []).append((min(y1, y2), max(y1, y2), line[0]))
    for lane in lanes.values():
        for (low, high, start), (other_low, other_high, other) in itertools.combinations(lane, 2):
            assert start == other or high <= other_low or other_high <= low, "two chapters' lines lie on one another"


def test_every_title_fits_into_its_box(drawn):
    drawn.figure.canvas.draw()
    titles = [text.get_window_extent() for text in drawn.texts if text.get_text() and text.get_weight() != "bold"]
    boxes = [patch.get_extents() for patch in drawn.patches]
    assert len(titles) == len(boxes)
    for title in titles:
        assert any(box.x0 < title.x0 and title.x1 < box.x1 and box.y0 < title.y0 and title.y1 < box.y1 for box in boxes)
