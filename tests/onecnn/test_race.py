"""The race is fair: interleaved, one process each, first step apart, conditions stamped, failures told."""
import json
import os
import subprocess
import sys
import time
import types

import pytest

from onecnn import cells, networks, race

RUNNERS = [networks.get("numpy")._replace(title=name, notebook=name) for name in ("a", "b", "c")]
FIGURES = {"load seconds": 1.0, "first step seconds": 0.5, "training images/s": 1000.0, "inference images/s": 3000.0,
           "peak memory GB": 0.5}


@pytest.fixture
def calls(monkeypatch):
    """Replaces the processes; collects who ran, in order. ``c`` cannot run."""
    ran = []

    def run(notebook, task, env=None, **arguments):
        assert arguments.get("compiled", "") == ""
        if task == "onecnn.race:measure_product":
            return 50.0 + len(ran)
        ran.append(notebook)
        if notebook == "c":
            raise cells.KernelMissing("the kernel 'museum' is not installed")
        return {**FIGURES, "training images/s": 1000.0 + 100 * len(ran), "versions": {"python": f"3 for {notebook}"}}

    monkeypatch.setattr(cells, "run", run)
    return ran


def hold(runners, rounds=3, batches=(64,), say=lambda text: None):
    return race.race(runners, rounds, batches, seconds=0.1, say=say)


def test_rounds_are_interleaved_and_the_order_turns(calls):
    hold(RUNNERS[:2], rounds=2)
    assert calls == ["a", "b", "b", "a"]


def test_every_batch_is_a_process_of_its_own(calls):
    outcome = hold(RUNNERS[:2], rounds=2, batches=(1, 64))
    assert calls == ["a", "a", "b", "b", "b", "b", "a", "a"]
    assert {name: list(by_batch) for name, by_batch in outcome["results"].items()} == {"a": ["1", "64"], "b": ["1", "64"]}
    assert outcome["results"]["a"]["64"]["training images/s"] == [1200.0, 1800.0]


def test_the_matrix_product_is_measured_in_each_round(calls):
    assert hold(RUNNERS[:2], rounds=3)["product GFLOP/s"] == [50.0, 52.0, 54.0]


def test_who_cannot_run_is_named_once_and_does_not_stop_the_others(calls):
    said = []
    outcome = hold(RUNNERS, batches=(1, 64), say=said.append)
    assert calls.count("c") == 1
    assert outcome["left out"] == {"c": "the kernel 'museum' is not installed"}
    assert list(outcome["results"]) == ["a", "b"]
    assert all(len(figures["load seconds"]) == 3 for by_batch in outcome["results"].values() for figures in by_batch.values())
    assert sum("left out" in line for line in said) == 1


def test_table_shows_median_and_spread(calls):
    outcome = hold(RUNNERS[:1])
    assert "1,200 [1,100, 1,300]" in race.table(outcome, 64)
    assert "winner" not in race.table(outcome, 64).lower()


def test_conditions_are_stamped(calls):
    found = hold(RUNNERS[:2])["conditions"]
    assert found["versions"] == {"a": {"python": "3 for a"}, "b": {"python": "3 for b"}}
    assert found["threads"]["OMP_NUM_THREADS"] and found["processor"] and found["cores"] >= 1
    assert found["batches"] == [64] and found["flops"]["training"] > found["flops"]["inference"]


@pytest.mark.parametrize("keys, names", [
    ([], [*(network.name for network in networks.NETWORKS[:8]), "TensorFlow 2 (XLA)", "PyTorch", "PyTorch (torch.compile)",
          *(network.name for network in networks.NETWORKS[9:])]),
    (["keras", "theano"], ["Keras on tensorflow", "Keras on torch", "Keras on jax", "Theano"]),
    (["pytorch-compiled"], ["PyTorch (torch.compile)"]),
], ids=["all", "Keras on each engine", "with its compiler"])
def test_who_races(monkeypatch, tmp_path, capsys, keys, names):
    empty = {"64": {figure: [1.0] for figure in FIGURES}}
    monkeypatch.setattr(race, "race", lambda runners, *_: {"results": {runner.name: empty for runner in runners}})
    assert race.main([*keys, "--batch", "64", "--out", str(tmp_path / "race.json")]) == 0
    assert list(json.loads((tmp_path / "race.json").read_text())["results"]) == names


@pytest.mark.parametrize("key, words", [("kears", "no network 'kears'"), ("cntk", "no network 'cntk'")])
def test_an_unknown_name_is_told(key, words, capsys):
    with pytest.raises(SystemExit):
        race.main([key])
    assert words in capsys.readouterr().err


def test_flops_are_counted_by_hand():
    """26 x 26 and 11 x 11 positions, 9 and 144 products each, then the two matrices."""
    layers = [26 * 26 * 16 * 9, 11 * 11 * 32 * 144, 800 * 64, 64 * 10]
    assert race.flops(training=False) == 2 * sum(layers)
    assert race.flops(training=True) == 2 * (3 * sum(layers) - layers[0])


def test_first_step_and_warm_up_are_kept_out_of_the_steady_state():
    """A model whose first calls are slow, as those that compile are."""
    seen = []

    def train_step(model, images, labels):
        seen.append(len(images))
        time.sleep(0.2 if len(seen) == 1 else 0.03 if len(seen) <= 1 + race.WARM_UP else 0.001)

    module = types.SimpleNamespace(build=lambda weights: None, train_step=train_step, logits=lambda model, images: None,
                                   load_seconds=0.0)
    figures = race.measure(module, batch=512, seconds=0)
    assert figures["first step seconds"] >= 0.2
    assert figures["training images/s"] > 512 / 0.02
    assert seen == [512] * (1 + race.WARM_UP + race.LEAST)
    assert figures["timed steps"] == race.LEAST


def test_the_product_is_measured():
    assert race.measure_product(None, seconds=0, size=64) > 0.01


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process starts from zero")
def test_memory_is_the_processes_own():
    """Started by a large process: ``ru_maxrss`` would say what its parent held."""
    large = bytearray(b"x" * 300_000_000)
    code = "from onecnn import race; print(race._peak_memory())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0.01 < float(done.stdout) < len(large) / 1e9


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not hold a process to a core")
def test_processes_get_as_many_cores_as_threads():
    before = os.sched_getaffinity(0)
    with race._held_to(1):
        inside = subprocess.run([sys.executable, "-c", "import os; print(len(os.sched_getaffinity(0)))"],
                                capture_output=True, text=True, check=True)
    assert inside.stdout.strip() == "1" and os.sched_getaffinity(0) == before


@pytest.mark.slow(reason="two frameworks race")
def test_a_real_race_writes_json(tmp_path, capsys):
    out = tmp_path / "race.json"
    assert race.main(["pytorch", "--rounds", "1", "--seconds", "0.01", "--batch", "16", "--out", str(out)]) == 0
    outcome = json.loads(out.read_text())
    figures = outcome["results"]["PyTorch"]["16"]
    assert figures["training images/s"][0] > 100 and 0.05 < figures["peak memory GB"][0] < 4
    assert outcome["conditions"]["versions"]["PyTorch"]["torch"] and outcome["product GFLOP/s"][0] > 0.1
    assert "PyTorch" in capsys.readouterr().out
