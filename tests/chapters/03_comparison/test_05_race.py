"""The race's stored measurements are whole, and the audit holds a step against a real documented loop."""
import json

import pytest

from onecnn import cells, lesson, networks, paths, race

CHAPTER = paths.programs("03_comparison/05_race")
audit = cells.program("03_comparison/05_race/audit")


def test_the_stored_race_is_whole():
    """The file from which the chapter's figures are drawn."""
    stored = json.loads((CHAPTER / "race.json").read_text())
    found, rounds = stored["conditions"], stored["conditions"]["rounds"]
    assert found["flops"] == {"training": race.flops(True), "inference": race.flops(False)}
    assert {*stored["results"], *stored["left out"]} == {entrant.name for entrant in race.entrants()}
    assert len(stored["product GFLOP/s"]) == rounds and found["batches"] == list(race.BATCHES)
    for by_batch in stored["results"].values():
        assert list(by_batch) == [str(batch) for batch in race.BATCHES]
        assert all(len(values) == rounds for figures in by_batch.values() for values in figures.values())


@pytest.mark.slow(reason="a compiler starts")
@pytest.mark.parametrize("entrant", race.COMPILED, ids=lambda entrant: entrant.key)
def test_a_compiler_changes_no_answer(entrant):
    """The compiled entrants are the same networks, and are not the same program: rounding differs somewhere."""
    found = cells.run(entrant.notebook, "03_comparison/05_race/compiled:differences",
                      env={**lesson.THREADS, **entrant.env}, framework=entrant.framework)
    assert max(found) < 1e-5 and max(found) > 0


def test_the_stored_audit_is_whole():
    """Each framework but NumPy was held against its documentation's loops; who is slower is said why, and nobody else."""
    stored = audit.stored()
    assert list(stored) == [network.name for network in networks.NETWORKS if network.key != "numpy"]
    cases = [f"{kind}, batch {batch}" for kind in audit.OURS for batch in audit.STEPS]
    assert all(list(found) == cases for found in stored.values())
    assert {name for name, *_ in audit.below(stored)} == set(audit.WHY)
    for loops in (loops for found in stored.values() for loops in found.values()):
        assert all(len(loop["ms"]) == audit.TURNS for loop in loops.values())
        assert all(loop["page"].startswith("http") for name, loop in loops.items() if name not in audit.OURS.values())


@pytest.mark.parametrize("kind", audit.OURS)
def test_a_chapter_is_held_against_a_real_documented_loop(kind):
    loops = audit.compare(cells.functions("01_history/04_torch7"), "torch7", kind, 64, turns=2)
    assert next(iter(loops)) == audit.OURS[kind] and len(loops) == 2 and audit.share(loops) > 0
    assert all(len(loop["ms"]) == 2 and min(loop["ms"]) > 0 for loop in loops.values())


def test_below_is_what_needs_a_reason():
    slow, fast = ({"train_step": {"ms": [ms]}, "a": {"ms": [9]}} for ms in (10, 9))
    results = {"A": {"training, batch 1": slow, "training, batch 64": fast}, "B": {"training, batch 64": slow}}
    assert audit.below(results) == [("B", "training, batch 64", 0.9)]
    assert audit.door(slow) == 1 and audit.door(fast) == 0


def test_share_is_of_the_fastest_loop():
    loops = {"train_step": {"ms": [10, 10, 30]}, "a": {"ms": [9, 9, 27]}, "b": {"ms": [20, 5, 20]}}
    assert audit.share(loops) == 0.9 and audit.share_of_minima(loops) == 0.5
