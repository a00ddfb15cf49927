"""The race's stored measurements are whole, and the audit holds a step against a real documented loop."""
import json

from onecnn import cells, networks, paths, race

CHAPTER = paths.programs("03_comparison/05_race")
loops_program = cells.program("03_comparison/05_race/documented_loops")


def test_the_stored_race_is_whole():
    """The file from which the chapter's figures are drawn."""
    stored = json.loads((CHAPTER / "race.json").read_text())
    found, rounds = stored["conditions"], stored["conditions"]["rounds"]
    assert found["flops"] == {"training": race.flops(True), "inference": race.flops(False)}
    assert {*stored["results"], *stored["left out"]} == {network.name for network in networks.NETWORKS}
    assert len(stored["product GFLOP/s"]) == rounds and found["batches"] == list(race.BATCHES)
    for by_batch in stored["results"].values():
        assert list(by_batch) == [str(batch) for batch in race.BATCHES]
        assert all(len(values) == rounds for figures in by_batch.values() for values in figures.values())


def test_the_stored_loops_are_whole():
    """Each framework but NumPy was held against its documentation's loops; who is slower is said why, and nobody else."""
    stored = json.loads((CHAPTER / "documented_loops.json").read_text())
    assert list(stored["results"]) == [network.name for network in networks.NETWORKS if network.key != "numpy"]
    slower = {name for name, loops in stored["results"].items() if loops_program.share(loops) < loops_program.ENOUGH}
    assert slower <= set(stored["why"]) <= set(stored["results"])
    for loops in stored["results"].values():
        assert all(loop["page"].startswith("http") for name, loop in loops.items() if name != "train_step")


def test_a_step_is_held_against_a_real_documented_loop():
    loops = loops_program.compare(cells.functions("01_history/04_torch7"), "torch7", 64, turns=2)
    assert list(loops) == ["train_step", "loop in Lua, optim.sgd"] and loops_program.share(loops) > 0
    assert all(len(loop["ms"]) == 2 and min(loop["ms"]) > 0 for loop in loops.values())


def test_share_is_of_the_fastest_loop():
    loops = {"train_step": {"ms": [10, 10, 30]}, "a": {"ms": [9, 9, 27]}, "b": {"ms": [20, 5, 20]}}
    assert loops_program.share(loops) == 0.9
