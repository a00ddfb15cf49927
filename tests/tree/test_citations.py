"""Each issue, pull request and discussion that the course cites stands in one ledger, ``notebooks/citations.json``.

An entry is ``{"OWNER/NAME": {"NUMBER": {"says": ..., "read": ...}}}``: what it says, in our words, and the day on which it
was read. To cite one, read it, then add it here. (Older entries have ``for`` instead of ``says``: what the chapter cites it
for, and the chapter's own day. Nobody has read them again for this ledger; who does, writes ``says``.)
"""
import datetime
import functools
import json
import re

import pytest

from onecnn import paths

ROOT = paths.ROOT
LEDGER = json.loads((ROOT / "notebooks" / "citations.json").read_text(encoding="utf-8"))
FOLDERS = ("notebooks", "solutions", "onecnn", "tools", "tests", "requirements")
KINDS = {".py", ".md", ".lua", ".js", ".html", ".yaml", ".yml", ".in"}
FILES = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*")
               if file.suffix in KINDS and file.name != "test_citations.py"
               and not {".ipynb_checkpoints", "__pycache__"} & set(file.parts))
FILES += [*sorted(ROOT.glob("*.md")), ROOT / "course.py"]

URL = re.compile(r"github\.com/([\w.-]+/[\w.-]+)/(?:issues|pull|discussions)/(\d+)")
SHORT = re.compile(r"(?<![\w./-])((?:[\w.-]+/)?[A-Za-z][\w.-]*),? (issues? |pull requests? |discussions? |#)?(\d+)"
                   r"(?![\w%]|[.,]\d)", re.I)
BARE = re.compile(r"(?<![\w/])(?:issue|pull request|discussion) #?(\d+)\b", re.I)


def cited(text, ledger):
    """``{(repository, number)}`` of what the text cites; the repository is empty where the text names none that is known.

    Full addresses, "jax-ml/jax issue 1539", "pytorch 179291" and "pull request 126384". A name and a number alone count from
    three digits on, and only for a name in the ledger; a number that may be a year does not.
    """
    text = re.sub(r"\s*\n\s*(#\s*)?", " ", text)
    found = set(URL.findall(text))
    text = re.sub(r"\[[^\]]*\]\(\s*https?://[^)\s]*\)|https?://\S+", " | ", text)  # the address says it
    names = {}
    for repository in ledger:
        names.setdefault(repository.lower(), []).append(repository)
        names.setdefault(repository.split("/")[1].lower(), []).append(repository)
    for match in SHORT.finditer(text):
        name, word, number = match[1].lower(), match[2], match[3]
        year = len(number) == 4 and 1950 <= int(number) <= 2049
        if name not in names and not (word and "/" in name):
            continue
        if word or (len(number) >= 3 and not year):
            known = [repository for repository in names.get(name, []) if number in ledger[repository]]
            found.add((known[0] if known else names.get(name, [match[1]])[0], number))
    numbers = {number for _, number in found}
    for number in BARE.findall(text):
        if number not in numbers:
            found.add((next((repository for repository in ledger if number in ledger[repository]), ""), number))
    return found


@functools.cache
def everything_cited():
    return {citation: file for file in FILES for citation in cited(file.read_text(encoding="utf-8"), LEDGER)}


def test_what_is_cited_stands_in_the_ledger():
    missing = {f"{file.relative_to(ROOT)}: {repository} {number}" for (repository, number), file in everything_cited().items()
               if number not in LEDGER.get(repository, {})}
    assert not missing, "read it, then add it to notebooks/citations.json:\n" + "\n".join(sorted(missing))


def test_what_stands_in_the_ledger_is_cited():
    found = everything_cited()
    unused = [f"{repository} {number}" for repository, entries in LEDGER.items() for number in entries
              if (repository, number) not in found]
    assert not unused


@pytest.mark.parametrize("repository", LEDGER)
def test_an_entry_says_what_it_says_and_when_it_was_read(repository):
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", repository) and LEDGER[repository]
    assert list(LEDGER[repository]) == sorted(LEDGER[repository], key=int)
    for number, entry in LEDGER[repository].items():
        assert set(entry) in ({"says", "read"}, {"for", "read"}), number
        words = entry.get("says") or entry["for"]
        assert len(words) > 7 and "\n" not in words, number
        assert "says" in entry or entry["read"] < "2026-11-29", f"{number}: what is new says what it says"
        assert str(datetime.date.fromisoformat(entry["read"])) >= "2026-11-24", number


PLANTED = {"pytorch/pytorch": {"179291": {}}, "jax-ml/jax": {"1539": {}}, "BVLC/caffe": {"2546": {}}}


@pytest.mark.parametrize("text, found", [
    ("see https://github.com/pytorch/pytorch/issues/7.", {("pytorch/pytorch", "7")}),
    ("[here](https://github.com/a/b.c/pull/12), [12](https://github.com/a/b.c/pull/12)", {("a/b.c", "12")}),
    ("github.com/kserve/kserve/discussions/4558.", {("kserve/kserve", "4558")}),
    ("tensors (pytorch 179291).", {("pytorch/pytorch", "179291")}),
    ("tensors (pytorch 179292)", {("pytorch/pytorch", "179292")}),
    ("says: jax-ml/jax issue 1539.", {("jax-ml/jax", "1539")}),
    ("# says: jax-ml/jax\n# issue 1539.", {("jax-ml/jax", "1539")}),
    ("JAX issue 8, caffe 2546", {("jax-ml/jax", "8"), ("BVLC/caffe", "2546")}),
    ("pytorch/pytorch #35", {("pytorch/pytorch", "35")}),
    ("a/b pull request 99", {("a/b", "99")}),
    ("it does not load (pull request 126384)", {("", "126384")}), ("as in issue 2546", {("BVLC/caffe", "2546")}),
    ("PyTorch 2022, JAX 0.10.2, Caffe 2, pytorch 2.13, 800 images, 60 digits, jax 12 %", set()),
    ("rung 126384", set())])
def test_each_spelling_is_seen(text, found):
    assert cited(text, PLANTED) == found
