"""The chapters' quizzes, ``notebooks/CHAPTER/quiz.json``: how they stand in a chapter, and the list for teachers,
``course.py quiz``. Standard library only; Python 3.9.

A file is a list of ``{"question": ..., "options": [{"text": ..., "why": ...}, ...], "right": index of the right option}``.
Texts are one line each, with no other Markdown than code in backticks.
"""
import html
import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tools.steps import ROOT, SetupError

FEWEST, MOST = 5, 8  # questions of a chapter
OPTIONS = (3, 4)
RIGHT, WRONG = "Right.", "No."  # with which the explanation of an option begins
LETTERS = "ABCD"


class QuizError(SetupError):
    """A quiz is not what it must be. One line."""


class Question(NamedTuple):
    """``options``: pairs of a text and why it is right or wrong; ``right``: the index of the right one."""

    question: str
    options: tuple[tuple[str, str], ...]
    right: int


def file_of(root: Path, chapter: str) -> Path:
    """The file of a chapter's quiz; it need not exist."""
    return root / "notebooks" / chapter / "quiz.json"


def read(file: Path) -> list[Question]:
    """The questions in ``file``. Raises :class:`QuizError`."""
    try:
        found = [_question(entry) for entry in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise QuizError(f"{file.parent.name}/{file.name}: {type(error).__name__}: {error}") from None
    if not FEWEST <= len(found) <= MOST:
        raise QuizError(f"{file.parent.name}/{file.name}: {len(found)} questions; {FEWEST} to {MOST} make a quiz")
    if len({question.right for question in found}) == 1:
        raise QuizError(f"{file.parent.name}/{file.name}: the right options stand all at the same place")
    return found


def _question(entry: dict[str, Any]) -> Question:
    """Raises ``ValueError`` with what is wrong."""
    made = Question(entry["question"], tuple((one["text"], one["why"]) for one in entry["options"]), entry["right"])
    texts = [made.question, *(text for option in made.options for text in option)]
    if any(not isinstance(text, str) or not text.strip() or "\n" in text for text in texts):
        raise ValueError(f"a text is missing, or has more than one line: {made.question!a}")
    if len(made.options) not in OPTIONS or len({text for text, _ in made.options}) < len(made.options):
        raise ValueError(f"three or four different options, please: {made.question!a}")
    if made.right not in range(len(made.options)) or isinstance(made.right, bool):
        raise ValueError(f"'right' is the index of an option: {made.question!a}")
    for place, (text, why) in enumerate(made.options):
        begin = RIGHT if place == made.right else WRONG
        if not why.startswith(f"{begin} "):
            raise ValueError(f"the explanation of {text!a} must begin with '{begin}', and go on")
    return made


def markdown(questions: list[Question]) -> str:
    """The quiz as it stands in a notebook: each option unfolds to why it is right or wrong. No program runs."""
    blocks = []
    for number, question in enumerate(questions, 1):
        blocks.append(f"{'<br>' if number > 1 else ''}**{number}.** {question.question}")  # details have no space below them
        blocks.append("\n".join(f"<details><summary>{letter}. {_html(text)}</summary>{_html(why)}</details>"
                                for letter, (text, why) in zip(LETTERS, question.options)))
    return "\n\n".join(blocks)


def _html(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text, quote=False))


def listing(title: str, questions: list[Question], answers: bool) -> str:
    """The quiz as text, to print or to paste; with ``answers`` the right letters and the explanations."""
    lines = [title, "=" * len(title)]
    for number, question in enumerate(questions, 1):
        lines += ["", f"{number}. {question.question}"]
        for place, (letter, (text, why)) in enumerate(zip(LETTERS, question.options)):
            mark = "*" if answers and place == question.right else " "
            lines += [f" {mark} {letter}. {text}", *([f"      {why}"] if answers else [])]
    return "\n".join(lines) + "\n"


def main(chapters: list[Any], names: list[str], answers: bool) -> int:
    """``course.py quiz``: prints the quizzes of the chapters or parts with these names, of all without a name; returns the
    exit code. ``chapters``: the course's, as ``tools.contents`` has them.

    Raises :class:`QuizError` for what is neither, and for a chapter without a quiz.
    """
    wanted = [name.strip("/") for name in names]
    for name in wanted:
        if name not in [word for chapter in chapters for word in (chapter.id, chapter.part)]:
            raise QuizError(f"There is no chapter and no part {name!a}. A chapter is named like {chapters[-1].id}, "
                            f"a part like {chapters[-1].part}.")
    found = [chapter for chapter in chapters if file_of(ROOT, chapter.id).exists()
             and (not wanted or chapter.id in wanted or chapter.part in wanted)]
    without = [name for name in wanted if not any(name in (chapter.id, chapter.part) for chapter in found)]
    if without:
        raise QuizError(f"{without[0]} has no quiz.")
    texts = (listing(f"{chapter.title} ({chapter.id})", read(file_of(ROOT, chapter.id)), answers) for chapter in found)
    sys.stdout.write("\n\n".join(texts))
    return 0
