"""The glossary's terms, and where a chapter first uses one: there a link to it must stand."""
import re
from pathlib import Path
from typing import NamedTuple, Optional

from tools import contents

ENTRY = re.compile(r"^# ### (?P<term>.+)\n#\n(?P<text>(?:# .*\n)+)", re.MULTILINE)
TAUGHT = re.compile(r"\*In\*\s+(?:# )?\[[^]]*\]\((?P<chapter>[\w/]+)\.ipynb\)")
# How a term is written where its name and an s do not say it. None: a word of many meanings, for which nobody looks.
WRITTEN = {"float32": "float(?:32|64)", "Batch": "batch(?:es)?", "Static graph": "static", "Dynamic graph": "dynamic",
           "Test set": "test (?:set|digit)s?", "Model parallel": "(?:model|tensor) parallel(?:ism)?",
           "Pipeline parallel": "pipeline parallel(?:ism)?",
           "Batch normalisation": "batch norm(?:alisation)?", "Data parallel": "data parallel(?:ism)?",
           "Kernel of a convolution": None, "Kernel of a notebook": None, "Kernel of a processor": None}
# What is no prose: code, what is linked already, HTML, formulas.
NO_PROSE = re.compile(r"`[^`\n]*`|\[[^]]*\]\([^)]*\)|<[^>\n]*>|\$\$[^$]*\$\$|\$[^$]*\$|^# #.*$|^# \|.*$", re.MULTILINE)


class Term(NamedTuple):
    """``chapter``: the id of the chapter that teaches it."""

    name: str
    text: str
    chapter: str

    @property
    def anchor(self) -> str:
        """The heading's name in a link."""
        return self.name.replace(" ", "-")

    @property
    def pattern(self) -> "Optional[re.Pattern[str]]":
        """Finds it in prose; None if nobody looks for it."""
        written = WRITTEN.get(self.name, re.escape(self.name) + "s?")
        if written is None:
            return None
        flags = 0 if self.name.isupper() else re.IGNORECASE
        written = written.replace("\\ ", " ").replace(" ", r"(?: |-|\n# )")  # also where a line ends between two words
        return re.compile(rf"(?<![\w-]){written}(?![\w-])", flags)


def terms(root: Path) -> list[Term]:
    """The entries of ``00_glossary``, in its order. Raises ``ValueError`` where one names no chapter."""
    found = []
    for entry in ENTRY.finditer((root / "notebooks" / f"{contents.GLOSSARY}.py").read_text(encoding="utf-8")):
        text = re.sub(r"\n?# ", " ", "\n" + entry["text"]).strip()
        chapter = TAUGHT.search(text)
        if not chapter:
            raise ValueError(f"{entry['term']}: no '*In* [Chapter](chapter.ipynb)' at its end")
        found.append(Term(entry["term"], text, chapter["chapter"]))
    return found


def first_use(source: str, term: Term) -> Optional[int]:
    """Where the term first stands in the prose of a chapter's source, if it stands there neither in bold, which explains it,
    nor linked to the glossary before; else None. The opening, the quiz, the map and what follows "Sources" are no prose."""
    if term.pattern is None:
        return None
    linked = source.find(f"{contents.GLOSSARY}.ipynb#{term.anchor})")
    for begin, end in _prose(source):
        cell = source[begin:end]
        blank = NO_PROSE.sub(lambda found: " " * len(found.group()), cell)
        bold = next((at.start() for at in re.finditer(r"\*\*[^*]+\*\*", blank) if term.pattern.search(at.group())), None)
        use = term.pattern.search(blank)
        if use and bold is not None and bold <= use.start():
            return None
        if use:
            return begin + use.start() if linked < 0 or linked > begin + use.start() else None
    return None


def _prose(source: str) -> list[tuple[int, int]]:
    """Where the Markdown cells stand that are prose."""
    cells = list(re.finditer(r"^# %%( \[markdown\])?[^\n]*\n", source, re.MULTILINE))
    ends = [*(cell.start() for cell in cells[1:]), len(source)]
    found = []
    for number, (cell, end) in enumerate(zip(cells, ends)):
        body = source[cell.end():end]
        if body.startswith("# ## Sources"):
            break
        if cell[1] and number and contents.QUIZ not in body and contents.MAP not in body:
            found.append((cell.end(), end))
    return found
