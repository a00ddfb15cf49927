"""The register keeps its own rules: dated, sourced, and in step with the notebooks."""
import datetime
import re

import pytest

from onecnn import cells, frameworks

EACH = pytest.mark.parametrize("entry", frameworks.EVERYTHING, ids=lambda entry: entry.key)
EARLIEST_CHECK = datetime.date(2026, 1, 1)
LATEST_CHECK = datetime.date.today() + datetime.timedelta(days=1)  # where it was checked, the day may have begun earlier
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
        values = [getattr(entry, field) for entry in frameworks.EVERYTHING]
        assert len(values) == len(set(values))


def test_in_order_of_birth():
    for entries in (frameworks.FRAMEWORKS, frameworks.RELATIVES, frameworks.EVERYTHING):
        births = [first_and_last_day(entry.first.date)[0] for entry in entries]
        assert births == sorted(births)


@EACH
def test_says_who_what_and_what_became_of_it(entry):
    assert entry.name and entry.by and entry.language
    assert entry.fate.endswith(".") and "\n" not in entry.fate


def unproven(entry):
    """The facts for which the entry names no source, and those that a source is said to support though nobody claims them."""
    claims = frameworks.facts(entry)
    return ([fact for fact in claims if not frameworks.proof(entry, fact)]
            + [fact for source in entry.sources for fact in source.supports or ["nothing"] if fact not in claims])


def undated(entry):
    """The sources that are no public page, were not checked, or checked on a day that cannot be."""
    def well(source):
        try:
            return (re.fullmatch(r"https://[^\s/]+\.[^\s/]+/\S*", source.url)
                    and EARLIEST_CHECK <= datetime.date.fromisoformat(source.checked) <= LATEST_CHECK)
        except ValueError:
            return False
    return [source for source in entry.sources if not well(source)]


def out_of_order(entry):
    """What cannot be in time: an end before the beginning or after the check, a child older than its parent, ..."""
    born, first, last = *first_and_last_day(entry.first.date), first_and_last_day(entry.last.date)
    checked = max(datetime.date.fromisoformat(source.checked) for source in entry.sources)
    wrong = ["last before first"] if last[1] < born else []
    wrong += ["last after the check"] if last[0] > checked else []
    wrong += [f"younger parent {key}" for key in entry.parents
              if first_and_last_day(frameworks.get(key).first.date)[0] > first]
    if entry.ended:
        begin, end = first_and_last_day(entry.ended)
        wrong += ["ended before first"] if end < born else []
        wrong += ["ended after the check"] if begin > checked else []
    if entry.absorbed_by and entry.ended:
        heir = frameworks.get(entry.absorbed_by)
        wrong += ["heir not yet born"] if first_and_last_day(heir.first.date)[0] > end else []
        wrong += ["heir already gone"] if first_and_last_day(heir.ended or heir.last.date)[1] < begin else []
    return wrong


def half_ended(entry):
    """An end and its reason belong together, to what no longer lives; an heir needs an end."""
    wrong = ["reason without end"] if entry.why and not entry.ended else []
    wrong += ["end without reason"] if entry.ended and not entry.why else []
    wrong += ["ended, yet live"] if entry.ended and entry.status == "live" else []
    return wrong + (["heir without end"] if entry.absorbed_by and not entry.ended else [])


@EACH
def test_every_fact_names_its_source(entry):
    assert unproven(entry) == []


@EACH
def test_sources_are_public_and_dated(entry):
    assert entry.sources and undated(entry) == []
    assert len({source.url for source in entry.sources}) == len(entry.sources)


@EACH
def test_dates_are_in_order_and_not_in_the_future(entry):
    assert out_of_order(entry) == []


@EACH
def test_an_end_has_a_reason(entry):
    assert half_ended(entry) == []


@EACH
def test_a_fact_without_its_source_is_found(entry):
    for fact in frameworks.facts(entry):
        rest = [source._replace(supports=tuple(set(source.supports) - {fact})) for source in entry.sources]
        assert fact in unproven(entry._replace(sources=tuple(rest)))


CHAINER = frameworks.get("chainer")
PAGE = CHAINER.sources[0]


@pytest.mark.parametrize("claim, fact", [
    ({"parents": ("numpy", "theano", "torch7")}, "from torch7"), ({"absorbed_by": "tensorflow"}, "into tensorflow"),
    ({"fate": "Over in 2018."}, "2018"), ({"why": "Nobody came in 2019-11."}, "2019-11"), ({"by": "A firm of 2014"}, "2014"),
    ({"sources": (*CHAINER.sources, frameworks.Source("https://a.b/", frameworks.CHECKED))}, "nothing"),
    ({"sources": (*CHAINER.sources, frameworks.Source("https://a.b/", frameworks.CHECKED, ("from caffe",)))}, "from caffe"),
])
def test_a_new_claim_without_source_is_found(claim, fact):
    assert fact in unproven(CHAINER._replace(**claim))


@pytest.mark.parametrize("change", [
    {"checked": ""}, {"checked": "yesterday"}, {"checked": "2019-12-05"}, {"checked": "2999-01-01"},
    {"url": "http://chainer.org/a"}, {"url": "chainer.org"}, {"url": "https://localhost/a"},
])
def test_a_source_without_day_or_page_is_found(change):
    assert undated(CHAINER._replace(sources=(*CHAINER.sources[1:], PAGE._replace(**change)))) == [PAGE._replace(**change)]


@pytest.mark.parametrize("change, found", [
    ({"last": frameworks.Release("2014")}, "last before first"), ({"ended": "2015-05-31"}, "ended before first"),
    ({"last": frameworks.Release("2999")}, "last after the check"), ({"ended": "2999"}, "ended after the check"),
    ({"parents": ("jax",)}, "younger parent jax"), ({"absorbed_by": "pytensor"}, "heir not yet born"),
    ({"absorbed_by": "cxxnet"}, "heir already gone"),
])
def test_what_cannot_be_in_time_is_found(change, found):
    assert found in out_of_order(CHAINER._replace(**change))


@pytest.mark.parametrize("change, found", [
    ({"ended": ""}, "reason without end"), ({"why": ""}, "end without reason"), ({"status": "live"}, "ended, yet live"),
    ({"ended": "", "why": ""}, "heir without end"),
])
def test_half_an_end_is_found(change, found):
    assert found in half_ended(CHAINER._replace(**change))


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


def test_a_circle_of_parents_is_found(monkeypatch):
    circle = frameworks.get("numpy")._replace(parents=("jax",))
    monkeypatch.setattr(frameworks, "EVERYTHING", (circle, *frameworks.EVERYTHING))
    with pytest.raises(ValueError, match="cycle"):
        ancestors("jax")


def test_relatives_are_not_in_the_course():
    assert not [entry.key for entry in frameworks.RELATIVES if entry.notebook or entry.kernel]
    assert set(frameworks.FRAMEWORKS) | set(frameworks.RELATIVES) == set(frameworks.EVERYTHING)


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
    entry = frameworks.FRAMEWORKS[0]._replace(key="x", status="legacy", package="", first=frameworks.Release("2001"),
                                              last=frameworks.Release("2002-03"), notebook="")
    monkeypatch.setattr(frameworks, "EVERYTHING", (entry,))
    assert frameworks.status_text("x").endswith(" · public since 2001 · ended 2002-03 · not installed here")


def test_a_reconstruction_says_so():
    assert frameworks.status_text("torch7").endswith(" · rebuilt here")
    assert frameworks.status_text("chainer").endswith(" · not installed here"), "its package is in another kernel"


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
