"""``course.py test``: what ``--quick``, a chapter's name or a part's stand for among pytest's arguments."""
import difflib
import re

from tools import contents
from tools.steps import ROOT, SetupError

QUICK = ["-m", "not slow", "tests/tree", "tests/onecnn", "tests/tools"]
# The options of pytest, of its plugins and of conftest.py that take no value: a chapter may follow. Others take the next word.
FLAGS = "hlqsvVxfd"
LONG_FLAGS = """
    cache-clear co collect-only continue-on-collection-errors disable-pytest-warnings disable-warnings doctest-modules
    exitfirst failed-first ff fixtures fixtures-per-test force-short-summary full-trace funcargs help keep-duplicates
    last-failed lf markers nbdime nbval new-first nf no-fold-skipped no-header no-showlocals no-summary pdb quick quiet
    require-all-kernels runxfail setup-only setup-plan setup-show showlocals stepwise stepwise-skip store-durations strict
    strict-budget strict-config strict-markers sw sw-skip trace trace-config verbose version xfail-tb
"""


def files(chapter: str) -> list[str]:
    """The chapter's notebook, exercise and solution (with its wrong answers), and the tests of what stands beside it."""
    part, _, name = chapter.rpartition("/")
    notebooks = [ROOT / folder / f"{chapter}.ipynb" for folder in ("notebooks", "exercises", "solutions")]
    tests = sorted((ROOT / "tests" / "chapters" / part).glob(f"test_{name}*.py"))
    return [file.relative_to(ROOT).as_posix() for file in (*notebooks, *tests) if file.exists()]


def takes_value(word: str) -> bool:
    """Whether the word after ``word`` is its value: it is an option, none of the flags, and has no value in itself."""
    if word.startswith("--"):
        return "=" not in word and word[2:] not in LONG_FLAGS.split()
    return word.startswith("-") and len(word[1:].lstrip(FLAGS)) == 1  # -k, -vk; but -n4, -vx


def named(word: str) -> list[str]:
    """The ids of the chapters that a word names by an id, a part, a source or a folder; none for what is pytest's to find.
    Raises :class:`SetupError` for a chapter that is none."""
    path = re.sub(r"/+", "/", word.replace("\\", "/"))
    path = re.sub(r"^(\./)+", "", path[len(ROOT.as_posix()) + 1:] if path.startswith(f"{ROOT.as_posix()}/") else path)
    name = re.sub(r"^(notebooks|solutions|exercises)/", "", path.rstrip("/"), flags=re.IGNORECASE)
    if not re.match("[0-9]", name) or (path.lower().endswith(".ipynb") and (ROOT / path).exists()):
        return []
    chapters = [chapter.id for chapter in contents.read().chapters]
    name = name.lower()
    found = [id for id in chapters if id == re.sub(r"\.(py|ipynb)$", "", name)]
    if not found and "/" not in path.rstrip("/"):
        found = [id for id in chapters if id.startswith(f"{name}/")]
    if found or (ROOT / path.partition("::")[0]).exists():
        return found
    parts = sorted({id.partition("/")[0] for id in chapters if "/" in id})
    names = {**{id.rpartition("/")[2]: id for id in chapters}, **{part: part for part in parts}, **{id: id for id in chapters}}
    near = dict.fromkeys(names[key] for key in difflib.get_close_matches(re.sub(r"\.\w+$", "", name), names))
    raise SetupError(f"There is no chapter {word}. " + (
        f"Near it: {', '.join(near)}." if near else f"The parts: {', '.join(parts)}; a chapter: {chapters[-1]}."))


def arguments(given: list[str], quick: bool = False) -> list[str]:
    """pytest's arguments for those given to ``course.py test``. Raises :class:`SetupError` for a chapter that is none."""
    chosen, others = [], []
    for before, word in zip(["", *given], given):
        chapters = [] if word.startswith("-") or takes_value(before) else named(word)
        if not chapters:
            others.append(word)
        chosen += [chapter for chapter in chapters if chapter not in chosen]
    if not chosen:
        return others
    if quick:
        raise SetupError(f"--quick runs no chapter's tests: leave it out, or leave out {chosen[0]}.")
    paths = [file for chapter in chosen for file in files(chapter)]
    return [*paths, "tests/tree", f"--chapters={','.join(chosen)}", *others]
