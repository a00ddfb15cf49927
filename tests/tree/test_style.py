"""The house's style where no other tool sees it: how wide the lines of notebooks are.

Ruff's limit of 127 is for the package. What a learner reads, in a browser beside an output, has 100 columns.
"""
import ast
import io
import re
import tokenize

import pytest

from onecnn import paths

ROOT = paths.ROOT
COLUMNS = 100
FILES = sorted(file for pattern in ("notebooks/**/*.py", "solutions/**/*.py", "tests/wrong_answers/**/*.py")
               for file in ROOT.glob(pattern) if not {".ipynb_checkpoints", "__pycache__"} & set(file.parts))


def too_wide(text):
    """``[(line's number, line)]`` of the lines above 100 columns that could be broken.

    A table's row, a formula, a list of links (made from contents.json), a quiz's option and a word without a space (an
    address) cannot.
    Nor can the text of another language in a string of several lines, of which the line's end would be a part. A docstring
    can.
    """
    inside = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING and token.end[0] > token.start[0]:
            inside |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
            inside -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return [(number, line) for number, line in enumerate(text.splitlines(), 1)
            if len(line) > COLUMNS and number not in inside and breakable(line)]


def breakable(line):
    if re.match(r"# (\||\$\$|\*\*(Previous|Next):\*\*|<details><summary>[A-D]\. .*</details>$)", line):
        return False
    words = re.sub(r"\[[^\]]*\]\([^)\s]*\)|`[^`]*`", lambda match: match.group().replace(" ", "_"), line).split()
    rest = [word for word in words if word not in ("#", "-", "*")]
    return len(rest) > 1 or (len(rest) == 1 and len(rest[0]) <= COLUMNS - 4)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_lines_have_at_most_100_columns(file):
    found = too_wide(file.read_text(encoding="utf-8"))
    assert not found, "\n".join(f"{file.relative_to(ROOT)}:{number}: {len(line)} columns: {line}" for number, line in found)


@pytest.mark.parametrize("line, wide", [
    ("x = " + "a + " * 30 + "b", True), ("# " + "word " * 20 + "word", True), ("# " + "word " * 19 + "end", False),
    ("# | " + "cell | " * 20, False), ("# $$" + "x + " * 30 + "$$", False), ("# - https://" + "x" * 120, False),
    ("# - [a title of words](https://" + "x" * 120 + "),", False), ("# see [a title](https://" + "x" * 120 + ")", True),
    ('TEXT = """\n' + "layer { " * 20 + '\n"""', False), ('def f():\n    """One.\n\n' + "word " * 21 + '\n    """', True),
    ("# **Next:** " + "[x](y) · " * 20, False), ("# <details><summary>A. " + "x " * 50 + "</summary>No.</details>", False),
    ("# <details><summary>" + "x " * 50, True)])
def test_what_counts_as_too_wide(line, wide):
    assert bool(too_wide(line + "\n")) is wide
