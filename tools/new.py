"""``course.py new``: begins a chapter that passes the tests: notebook, exercise, solution, wrong answers, record, test.

Standard library only.
"""
import contextlib
import datetime
import json
import os
import re
import string
from pathlib import Path

from tools import contents, exercises
from tools.steps import SetupError

FRAMEWORKS = "02_frameworks"  # whose chapters hold a network of their own
NAME = re.compile(r"([0-9]{2})_[a-z][a-z0-9_]*/([0-9]{2})_[a-z][a-z0-9_]*")
LONGEST = 50  # characters of a name
HEADER = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

"""
NOTEBOOK = HEADER + """\
# %% [markdown]
# # $title: what is it about?
#
# After this notebook you will be able to do one thing: say here which.
#
# **You will learn to**
# - count the weights of the course's network, layer by layer;
# - tell which layer holds most of them;
# - tell how little the biases weigh.
#
# **Before you start:** kernel, minutes.
# Say here what else a reader should know.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## Where are the weights?
#
# The network has two convolutions and two dense layers, with 56,714 numbers to learn.
#
# **Predict, then run.** Which of the four layers holds most of them?
#
# <details><summary>Answer</summary>
#
# The first dense layer: each of its 64 units reads all 800 values that the convolutions leave.
#
# </details>

# %%
from onecnn import spec

sizes = {name: value.size for name, value in spec.initial_weights().items()}
print("all:", sum(sizes.values()))
print("most in:", max(sizes, key=sizes.get))

# %% [markdown]
# ## What do the biases weigh?
#
# **Predict, then run.** Are the biases more than one number in a hundred?
#
# <details><summary>Answer</summary>
#
# No. A layer has one bias for each channel or unit, and hundreds of weights for it.
#
# </details>

# %%
biases = sum(size for name, size in sizes.items() if name.endswith("bias"))
print("biases:", biases)
print("more than one in a hundred:", biases > sum(sizes.values()) / 100)

# %%
fig, ax = lesson.figure(7, 2.6)
ax.barh(list(sizes), list(sizes.values()), color=lesson.BLUE)
ax.set(xscale="log", xlabel="numbers to learn, logarithmic", title="The weights of the network")
ax.invert_yaxis()
lesson.show(fig, alt="Bars of the sizes of the network's eight arrays; dense1.weight is longest.")

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | Question | Answer |
# |---|---|
# | Where are most weights? | in the first dense layer |
# | What do the biases weigh? | less than one number in a hundred |
#
$now_you

# %% [markdown]
# ## Sources
#
# All checked $date.
# - The network and its recipe: `onecnn/spec.py`
"""
SOLUTION = HEADER + """\
# %% [markdown]
# # Exercise: $title
#
$three_tasks

# %%
from onecnn import lesson

lesson.start()

# %%
import math

import numpy as np

from onecnn import checks, spec

# %% [markdown]
# ## 1. Count (complete)
#
# How many numbers does an array of this shape hold? `shape` is a tuple of any length.


# %%
def count(shape):
    ### BEGIN SOLUTION
    return math.prod(shape)
    ### END SOLUTION


# %%
def counts_right():
    random = checks.random(1)  # others when a teacher grades
    shapes = [(), (3, 0), *(tuple(random.randint(1, 9, axes)) for axes in (1, 2, 3, 4))]
    for shape in shapes:
        if count(shape) != np.zeros(shape).size:
            return f"not for the shape {shape}; what does each further axis do to the count?"
    return True


checks.grade("1 count", counts_right, hint="what does each further axis do to the count?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# An array of shape `(2, 3)` has two rows of three numbers. Each further axis makes as many copies
# of what was there. No axes at all leave one number.
#
# </details>

# %% [markdown]
# ## 2. The largest layer (mend)
#
# `sizes` gives the number of weights of each layer, by name. This should return the name of the
# largest, and returns the last name of the alphabet. Mend it.


# %%
def last_name(sizes):
    return max(sizes)


# %%
def largest(sizes):
    ### BEGIN SOLUTION
    return max(sizes, key=sizes.get)
    ### END SOLUTION


# %%
def names_the_largest():
    random = checks.random(2)
    for count in (1, 2, 5, 9):
        sizes = dict(zip("hbkadgcfe", random.permutation(100)[:count].tolist()))
        if sizes.get(largest(dict(sizes))) != max(sizes.values()):
            return f"not for {sizes}"
    return True


checks.grade("2 largest", names_the_largest, hint="by what does `max` compare names, if not told?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `max` compares what it is given, here names. It takes a function as `key`, whose answers it
# compares in their place: one that gives a name's size.
#
# </details>

# %% [markdown]
# ## 3. In bytes (predict)
#
# How many bytes do the weights of the network take as float32?

# %%
### BEGIN SOLUTION
weight_bytes = 4 * spec.PARAMETERS
### END SOLUTION


# %%
def is_their_size(answer):
    if answer == spec.PARAMETERS:
        return "that many numbers there are; how many bytes has each?"
    return answer == sum(value.nbytes for value in spec.initial_weights().values())


checks.grade("3 bytes", is_their_size, answer=weight_bytes,
             hint="how many bits has a float32, and how many a byte?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `spec.PARAMETERS` says how many numbers there are. Each takes the bits of a float32; eight of them
# make a byte.
#
# </details>
"""
WRONG = '''\
"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 count", 0, """
    return sum(shape)
"""),
    ("1 count", 0, """
    return len(shape)
"""),
    ("1 count", 0, """
    return shape[0] * shape[1]
"""),
    ("1 count", 0, """
    return math.prod(shape) or 1
"""),
    ("1 count", 0, """
    return 144
"""),
    ("2 largest", 1, """
    return max(sizes)
"""),
    ("2 largest", 1, """
    return max(sizes.values())
"""),
    ("2 largest", 1, """
    return min(sizes, key=sizes.get)
"""),
    ("2 largest", 1, """
    return list(sizes)[0]
"""),
    ("2 largest", 1, """
    return list(sizes)[-1]
"""),
    ("3 bytes", 2, "weight_bytes = spec.PARAMETERS"),
    ("3 bytes", 2, "weight_bytes = 32 * spec.PARAMETERS"),
    ("3 bytes", 2, "weight_bytes = 8 * spec.PARAMETERS"),
    ("3 bytes", 2, "weight_bytes = 4"),
    ("3 bytes", 2, "weight_bytes = str(4 * spec.PARAMETERS)"),
]
'''
TEST = '''\
"""The chapter $id: what its text states holds."""
from onecnn import spec


def test_the_numbers_in_the_text():
    sizes = {name: value.size for name, value in spec.initial_weights().items()}
    assert sum(sizes.values()) == spec.PARAMETERS == 56_714
    assert max(sizes, key=sizes.get) == "dense1.weight"
'''
QUIZ = """\
[
  {
    "question": "The first dense layer gets 32 units in place of 64. What becomes of its weights?",
    "options": [
      {"text": "They are half as many", "why": "Right. Each unit has 800 of them."},
      {"text": "They are as many, and larger", "why": "No. Each unit has weights of its own, and half of the units are gone."},
      {"text": "They are a quarter as many", "why": "No. Its inputs, 800, stay as they are."}
    ],
    "right": 0
  },
  {
    "question": "The pictures become larger. Which layers get more weights?",
    "options": [
      {"text": "The convolutions", "why": "No. Their windows stay 3 x 3, and slide further."},
      {"text": "The first dense layer", "why": "Right. More numbers reach it, and each has a weight for each unit."},
      {"text": "All of them", "why": "No. Convolutions and the last layer do not see how large the pictures are."}
    ],
    "right": 1
  },
  {
    "question": "You leave all biases out. By how much does the network shrink?",
    "options": [
      {"text": "By less than one number in a hundred", "why": "Right. There is one for each channel or unit."},
      {"text": "By half", "why": "No. There are hundreds of weights for each bias."},
      {"text": "Not at all", "why": "No. A bias is a number to learn, as a weight is."}
    ],
    "right": 0
  },
  {
    "question": "What does a convolution's number of weights depend on?",
    "options": [
      {"text": "On the picture's height and width", "why": "No. The same weights serve every place."},
      {"text": "On the window and the channels in and out", "why": "Right. That is its shape: out, in, height, width."},
      {"text": "On the size of the batch", "why": "No. Each picture meets the same weights."}
    ],
    "right": 1
  },
  {
    "question": "Where do you begin, if the file of a network is too large?",
    "options": [
      {"text": "At the largest layer", "why": "Right. Most numbers are there."},
      {"text": "At the biases", "why": "No. They are hardly anything."},
      {"text": "At the convolutions, for there are two", "why": "No. Both together hold less than a tenth."}
    ],
    "right": 0
  }
]
"""
# Paragraphs with the chapter's name, whose lines break where they must for that name.
PARAGRAPHS = {
    "now_you": "**Now you:** [the exercise](../../exercises/$id.ipynb), with self-checks.",
    "three_tasks": "Three tasks on [the notebook](../../notebooks/$id.ipynb), about 20 minutes. Fill in what is missing, "
                   "run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a hint. The checks are "
                   "folded: try before you unfold one. Stuck? *Show me a way* unfolds below each check. Nothing breaks if you "
                   "run everything at once."}
FILES = {"notebooks/$id.py": NOTEBOOK, "solutions/$id.py": SOLUTION, "tests/wrong_answers/$id.py": WRONG,
         "notebooks/$id/quiz.json": QUIZ,
         "tests/chapters/$part/test_$stem.py": TEST}


def check(root: Path, name: str) -> None:
    """Raises :class:`SetupError` if ``name`` (``"06_practice/01_name"``) cannot be a new chapter of the course in ``root``, or
    if the build would stop at what is there already. Writes nothing."""
    course = contents.read(root)
    match = NAME.fullmatch(name)
    if not match:
        raise SetupError(f"{name!a} is no name for a chapter. Give part and chapter such as 06_practice/01_name: two digits, "
                         "then lower-case letters, digits and underscores.")
    if len(name) > LONGEST:
        raise SetupError(f"{name} has {len(name)} characters. Choose a name of at most {LONGEST}, part and chapter together.")
    folder, stem = name.split("/")
    taken = {chapter.id.rpartition("/")[2]: chapter.id for chapter in course.chapters}
    if course.find(name):
        raise SetupError(f"There is {name} already.")
    if folder == FRAMEWORKS:
        raise SetupError("A framework's chapter holds a network and its climb. CONTRIBUTING.md says how to begin one, under "
                         "\"To add a framework\".")
    if stem in taken:
        raise SetupError(f"{taken[stem]} has this name; tests and programs are found by it. Choose another than {stem}.")
    parts = [part for part in course.parts if part.id]
    part = next((part for part in parts if part.id == folder), None)
    if not part and int(match[1]) != len(parts) + 1:
        raise SetupError(f"There is no part {folder}, and a new one would have the number {len(parts) + 1:02}.")
    last = len(part.chapters) if part else 0
    if int(match[2]) != last + 1:
        raise SetupError(f"Numbers run without gaps: the next chapter of {folder} has the number {last + 1:02}.")
    _check_room(root, [*_texts(root, name), *(root / folder / f"{name}.ipynb" for folder in contents.FOLDERS)])
    exercises.made(root)
    contents.made(root)


def _check_room(root: Path, files: list[Path]) -> None:
    """Raises :class:`SetupError` if a file is there, even as a broken link, or if a file stands where its folder must be."""
    for file in files:
        if os.path.lexists(file):
            raise SetupError(f"There is {file.relative_to(root).as_posix()} already.")
        above = list(file.parents)
        for folder in above[:above.index(root) + 1]:
            if os.path.lexists(folder) and not folder.is_dir():
                raise SetupError(f"{folder.relative_to(root).as_posix()} is no folder, so a chapter has no place in it.")


def write(root: Path, name: str) -> list[Path]:
    """Writes a new chapter and, last of all, its record; or nothing, if one file cannot be written.

    Returns the sources to build: notebook, solution, exercise, and the map. The build also writes what else is made from the
    table of contents. Raises :class:`SetupError` as :func:`check` does.
    """
    check(root, name)
    table = root / "notebooks" / "contents.json"
    data = json.loads(table.read_text(encoding="utf-8"))
    folder, stem = name.split("/")
    part = next((part for part in data["parts"] if part["id"] == folder), None)
    if not part:
        part = {"id": folder, "title": _title(folder), "chapters": []}
        data["parts"].append(part)
    everywhere = [route["id"] for route in data["paths"]
                  if all(route["id"] in chapter["paths"] for one in data["parts"] for chapter in one["chapters"])]
    part["chapters"].append({
        "id": name, "title": _title(stem), "line": "say in a line what it is about", "kernel": "python3", "minutes": 30,
        "needs": [], "before": [contents.START], "paths": everywhere or [data["paths"][0]["id"]]})
    record, begun = table.with_suffix(".json.part"), []
    try:
        for file, text in {**_texts(root, name), record: contents.text_of(data)}.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            begun.append(file)
            file.write_text(text, encoding="utf-8")
        record.replace(table)
    except BaseException:
        for file in begun:
            with contextlib.suppress(OSError):
                file.unlink()
        raise
    return [*(root / folder / f"{name}.py" for folder in contents.FOLDERS), root / "notebooks" / f"{contents.START}.py"]


def _texts(root: Path, name: str) -> dict[Path, str]:
    """``{file: text}`` of a chapter: what will be written by hand, and the exercise."""
    folder, stem = name.split("/")
    words = {"id": name, "part": folder, "stem": stem, "title": _title(stem), "date": datetime.date.today().isoformat()}
    for key, paragraph in PARAGRAPHS.items():
        words[key] = contents.comment(contents.wrap(string.Template(paragraph).substitute(words)))
    texts = {root / string.Template(file).substitute(words): string.Template(text).substitute(words)
             for file, text in FILES.items()}
    solution = root / "solutions" / f"{name}.py"
    return {**texts, exercises.exercise_path(solution): exercises.exercise_text(texts[solution])}


def _title(name: str) -> str:
    """``"To a cluster"`` for ``"03_to_a_cluster"``."""
    return " ".join(name.split("_")[1:]).strip().capitalize()
