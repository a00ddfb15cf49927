"""The quizzes: what a file must be, how it stands in a notebook, what a teacher prints."""
import json
import re
import subprocess
import sys

import pytest

from onecnn import paths
from tools import contents, quiz

QUESTION = {"question": "What is `1 < 2`?", "right": 1, "options": [
    {"text": "False", "why": "No. Count."}, {"text": "`True`", "why": "Right. One & one is two."},
    {"text": "A <b>tag</b>", "why": "No. It is a comparison."}]}
QUIZ = [QUESTION, *({**QUESTION, "right": 0, "options": [QUESTION["options"][1], QUESTION["options"][0], {
    "text": str(number), "why": "No. A number."}]} for number in range(4))]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "quiz.json"


def read(file, data):
    file.write_text(json.dumps(data))
    return quiz.read(file)


def test_a_quiz_is_read(file):
    found = read(file, QUIZ)
    assert [question.right for question in found] == [1, 0, 0, 0, 0]
    assert found[0].options[1] == ("`True`", "Right. One & one is two.")


def with_first(**fields):
    """The quiz with other fields in its first question."""
    return [{**QUESTION, **fields}, *QUIZ[1:]]


def with_option(**fields):
    """The quiz with other fields in its first question's first option."""
    first, *others = QUESTION["options"]
    return with_first(options=[{**first, **fields}, *others])


@pytest.mark.parametrize("data, message", [
    (QUIZ[:4], "4 questions; 5 to 8 make a quiz"),
    (QUIZ * 2, "10 questions"),
    ([*QUIZ[1:], QUIZ[1]], "all at the same place"),
    ([{"question": "?"}, *QUIZ], "KeyError: 'options'"),
    (with_first(right=3), "'right' is the index of an option"),
    (with_first(right=True), "'right' is the index of an option"),
    (with_first(right=0), "the explanation of 'False' must begin with 'Right.'"),
    (with_option(why="No."), "must begin with 'No.', and go on"),
    (with_first(options=QUESTION["options"][:2]), "three or four different options"),
    (with_option(text="`True`"), "three or four different options"),
    (with_first(question="two\nlines"), "more than one line"),
    (with_option(text=" "), "a text is missing"),
    ({"questions": QUIZ}, "TypeError"),
], ids=range(13))
def test_what_is_none_is_told_in_one_line(file, data, message):
    with pytest.raises(quiz.QuizError) as error:
        read(file, data)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_how_it_stands_in_a_notebook(file):
    assert quiz.markdown(read(file, QUIZ)).startswith("""**1.** What is `1 < 2`?

<details><summary>A. False</summary>No. Count.</details>
<details><summary>B. <code>True</code></summary>Right. One &amp; one is two.</details>
<details><summary>C. A &lt;b&gt;tag&lt;/b&gt;</summary>No. It is a comparison.</details>

<br>**2.** What""")


def test_the_list_has_answers_for_teachers_only(file):
    questions = read(file, QUIZ)
    assert quiz.listing("Title", questions, False).startswith(
        "Title\n=====\n\n1. What is `1 < 2`?\n   A. False\n   B. `True`\n   C. A <b>tag</b>\n\n2. ")
    with_answers = quiz.listing("Title", questions, True)
    assert "   A. False\n      No. Count.\n * B. `True`\n      Right. One & one is two.\n" in with_answers
    assert with_answers.count(" * ") == len(QUIZ) and "Right" not in quiz.listing("Title", questions, False)


COURSE = contents.read(paths.ROOT)


@pytest.mark.parametrize("chapter", [one.id for one in COURSE.chapters if one.id not in contents.PAGES])
def test_every_chapter_has_a_quiz(chapter):
    questions = quiz.read(quiz.file_of(paths.ROOT, chapter))
    assert (paths.ROOT / "notebooks" / f"{chapter}.py").read_text(encoding="utf-8").count(contents.QUIZ) == 1
    for question in questions:
        texts = [question.question, *(text for option in question.options for text in option)]
        plain = [re.sub(r"`[^`]*`", "", text) for text in texts]
        assert not any({*"`*$_<", "\u2014"} & set(text) for text in plain), question.question


def course(*arguments):
    return subprocess.run([sys.executable, paths.ROOT / "course.py", "quiz", *arguments], capture_output=True, text=True)


def test_a_teacher_prints_one_chapters_quiz():
    done = course("00_your_first_network", "--answers")
    assert done.returncode == 0 and done.stdout.startswith("Your first network (00_your_first_network)\n===")
    assert done.stdout.count(" * ") == len(quiz.read(quiz.file_of(paths.ROOT, "00_your_first_network")))


def test_a_name_that_is_none_is_told():
    done = course("00_my_first_network")
    assert done.returncode == 1 and "There is no chapter and no part '00_my_first_network'." in done.stderr
    assert course("00_glossary").stderr.strip() == "00_glossary has no quiz."
