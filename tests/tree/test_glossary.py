"""The glossary: its order, its chapters, and links to it where the core path first uses a term."""
import re

import pytest

from onecnn import paths
from tools import contents, glossary

ROOT = paths.ROOT
COURSE = contents.read(ROOT)
TERMS = glossary.terms(ROOT)
CORE = [contents.START, *(chapter.id for chapter in COURSE.along(next(one for one in COURSE.routes if one.id == "core")))]


def source(chapter):
    return (ROOT / "notebooks" / f"{chapter}.py").read_text(encoding="utf-8")


def test_the_terms_stand_in_order_and_once():
    names = [term.name.lower() for term in TERMS]
    assert names == sorted(set(names)) and len(names) > 60


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_term_is_explained_and_its_chapter_uses_it(term):
    assert 4 <= len(re.sub(r"\*In\*.*", "", term.text).split()) <= 60
    assert COURSE.find(term.chapter)
    word = term.pattern.pattern if term.pattern else "kernels?"
    assert re.search(word, source(term.chapter), re.IGNORECASE), f"{term.chapter} does not use it"
    assert f"](#{term.anchor})" in source(contents.GLOSSARY), "the list at the top lacks it"


@pytest.mark.parametrize("chapter", CORE)
def test_the_core_path_links_a_term_where_it_first_stands(chapter):
    text = source(chapter)
    missing = [term.name for term in TERMS if term.chapter != chapter and glossary.first_use(text, term) is not None]
    assert not missing, f"link to ../{contents.GLOSSARY}.ipynb: {missing}"


@pytest.mark.parametrize("text, found", [
    ("# A batch.", True), ("# Batches.", True), ("# A **batch**, and a batch.", False), ("# `batch`", False),
    ("# [batch](../00_glossary.ipynb#Batch), and a batch", False),
    ("# a batch, then a [batch](../00_glossary.ipynb#Batch)", True),
    ("# $$batch$$", False), ("# a **batch** of a batch", False), ("# batchwise", False), ("# ## A batch", False),
    ("# | batch | x |", False)])
def test_what_is_a_first_use(text, found):
    term = next(term for term in TERMS if term.name == "Batch")
    cells = f"# %% [markdown]\n# # Title of a batch\n\n# %% [markdown]\n{text}\n\n# %% [markdown]\n# ## Sources\n#\n# batch\n"
    assert (glossary.first_use(cells, term) is not None) is found
