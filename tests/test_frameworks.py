"""The register keeps its own rules: dated, sourced, and in step with the notebooks."""
import datetime
import re

import pytest

from onecnn import cells, frameworks

EACH = pytest.mark.parametrize("entry", frameworks.FRAMEWORKS, ids=lambda entry: entry.key)
EARLIEST_CHECK = datetime.date(2026, 1, 1)
WITH_NOTEBOOK = [entry for entry in frameworks.FRAMEWORKS if entry.notebook]


def first_and_last_day(date):
    """The days that an ISO year, month or day can mean. Raises ``ValueError`` for anything else."""
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", date):
        raise ValueError(f"'{date}' is no ISO year, month or day")
    return (datetime.date.fromisoformat(date + "-01-01"[len(date) - 4:]),
            max(datetime.date.fromisoformat(date + rest) for rest in _endings(date)))


def _endings(date):
    missing = 2 - date.count("-")
    if missing == 0:
        return [""]
    if missing == 2:
        return ["-12-31"]
    year, month = map(int, date.split("-"))
    following = datetime.date(year + month // 12, month % 12 + 1, 1)
    return [f"-{(following - datetime.timedelta(days=1)).day}"]


def ancestors(key, path=()):
    """Every key above ``key``. Raises ``ValueError`` at a cycle."""
    if key in path:
        raise ValueError(f"cycle: {' <- '.join((*path, key))}")
    above = set()
    for parent in frameworks.get(key).parents:
        above |= {parent} | ancestors(parent, (*path, key))
    return above


def test_keys_and_names_are_unique():
    for field in ("key", "name"):
        values = [getattr(entry, field) for entry in frameworks.FRAMEWORKS]
        assert len(values) == len(set(values))


def test_in_order_of_birth():
    births = [first_and_last_day(entry.first.date)[0] for entry in frameworks.FRAMEWORKS]
    assert births == sorted(births)


@EACH
def test_says_who_what_and_what_became_of_it(entry):
    assert entry.name and entry.by and entry.language
    assert entry.fate.endswith(".") and "\n" not in entry.fate


@EACH
def test_sources_are_public_and_dated(entry):
    assert entry.sources
    for source in entry.sources:
        assert re.fullmatch(r"https://[^\s/]+\.[^\s/]+/\S*", source.url)
        assert EARLIEST_CHECK <= datetime.date.fromisoformat(source.checked) <= datetime.date.today()
    assert len({source.url for source in entry.sources}) == len(entry.sources)


@EACH
def test_dates_are_in_order_and_not_in_the_future(entry):
    begin, _ = first_and_last_day(entry.first.date)
    end_at_earliest, end_at_latest = first_and_last_day(entry.last.date)
    assert begin <= end_at_latest
    checked = max(datetime.date.fromisoformat(source.checked) for source in entry.sources)
    assert end_at_earliest <= checked


@pytest.mark.parametrize("wrong", ["", "15", "2015-3", "2015-13", "2015-02-30", "March 2015", "2015-03-27T00:00"])
def test_other_dates_are_refused(wrong):
    with pytest.raises(ValueError):
        first_and_last_day(wrong)


@EACH
def test_status_is_one_of_three_words(entry):
    assert entry.status in ("live", "legacy", "archived")


@EACH
def test_parents_exist_and_none_descends_from_itself(entry):
    assert entry.key not in ancestors(entry.key)


@pytest.mark.parametrize("entry", WITH_NOTEBOOK, ids=lambda entry: entry.key)
def test_notebook_exists_and_runs_in_the_kernel_named(entry):
    assert cells.kernel(cells.locate(entry.notebook)) == entry.kernel


@EACH
def test_status_line_is_one_line_that_says_it_first(entry):
    text = frameworks.status_text(entry.key)
    assert "\n" not in text
    assert text.startswith(f"**{entry.name}: {entry.status}**")
    assert entry.first.date in text and entry.last.date in text
    assert ("latest release checked" in text) == (entry.status == "live")


def test_a_release_without_a_number_still_reads_well(monkeypatch):
    entry = frameworks.FRAMEWORKS[0]._replace(key="x", status="legacy", package="", first=frameworks.Release("", "2001"),
                                              last=frameworks.Release("", "2002-03"))
    monkeypatch.setattr(frameworks, "FRAMEWORKS", (entry,))
    assert frameworks.status_text("x").endswith(" · public since 2001 · ended 2002-03 · not installed here")


def test_get_names_the_known_keys():
    with pytest.raises(KeyError, match="pytorch"):
        frameworks.get("torch8")


@pytest.mark.parametrize("installed, expected", [
    ({"tensorflow-cpu": "2.21.0"}, "2.21.0"), ({"tensorflow": "2.21.0"}, "2.21.0"), ({}, ""),
])
def test_version_here_knows_both_names_of_tensorflow(monkeypatch, installed, expected):
    def version(name):
        if name not in installed:
            raise frameworks.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(frameworks.metadata, "version", version)
    assert frameworks.version_here(frameworks.get("tensorflow")) == expected


def test_version_here_drops_the_build_label(monkeypatch):
    monkeypatch.setattr(frameworks.metadata, "version", lambda name: "2.13.0+cpu")
    assert frameworks.version_here(frameworks.get("pytorch")) == "2.13.0"


def test_table_has_a_row_for_each_entry():
    header, rule, *rows = frameworks.table_markdown().split("\n")
    assert header == "| Framework | Years | Status | What came of it | Here |"
    assert set(rule) == {"|", "-"}
    assert len(rows) == len(frameworks.FRAMEWORKS)
    for entry, row in zip(frameworks.FRAMEWORKS, rows):
        name, years, status, fate, here = (part.strip() for part in row.strip("|").split("|"))
        assert (name, status, fate) == (entry.name, entry.status, entry.fate)
        assert years.startswith(entry.first.date[:4])
        assert years.endswith("–" if entry.status == "live" else entry.last.date[:4])
        assert here == (f"[{entry.notebook}](notebooks/{entry.notebook}.ipynb)" if entry.notebook else "-")


def test_table_links_start_with_the_prefix():
    links = re.findall(r"\]\(([^)]*)\)", frameworks.table_markdown(link_prefix="../"))
    assert links == [f"../notebooks/{entry.notebook}.ipynb" for entry in WITH_NOTEBOOK]
