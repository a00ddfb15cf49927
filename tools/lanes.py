"""``course.py test``: what ``--quick``, a chapter's name or a part's stand for among pytest's arguments."""
import re

from tools import contents
from tools.steps import ROOT, SetupError

QUICK = ["-m", "not slow", "tests/tree", "tests/onecnn", "tests/tools"]


def files(chapter: str) -> list:
    """The chapter's notebook, exercise and solution (with its wrong answers), and the tests of what stands beside it."""
    part, _, name = chapter.rpartition("/")
    notebooks = [ROOT / folder / f"{chapter}.ipynb" for folder in ("notebooks", "exercises", "solutions")]
    tests = sorted((ROOT / "tests" / "chapters" / part).glob(f"test_{name}*.py"))
    return [file.relative_to(ROOT).as_posix() for file in (*notebooks, *tests) if file.exists()]


def arguments(given: list) -> list:
    """pytest's arguments for those given to ``course.py test``. Raises :class:`SetupError` for a chapter that is none."""
    chosen, others = [], []
    for before, word in zip(["", *given], given):
        if before in ("-k", "-m") or not re.fullmatch(r"\d\d_\w+(/\d\d_\w+)?/?", word):
            others.append(word)
            continue
        word = word.rstrip("/")
        known = [chapter.id for chapter in contents.read().chapters]
        of_word = [chapter for chapter in known if chapter == word or chapter.startswith(word + "/")]
        if not of_word:
            raise SetupError(f"There is no chapter {word}. There are:\n" + "\n".join(f"  {chapter}" for chapter in known))
        chosen += [chapter for chapter in of_word if chapter not in chosen]
    if not chosen:
        return others
    paths = [file for chapter in chosen for file in files(chapter)]
    return [*paths, "tests/tree", f"--chapters={','.join(chosen)}", *others]
