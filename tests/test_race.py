"""The race is fair: interleaved, one process each, first step apart, conditions stamped, failures told."""
import json
import time
import types

import pytest

from onecnn import cells, race

RUNNERS = [race.Entrant(name, name, {}) for name in ("a", "b", "c")]
FIGURES = {"load seconds": 1.0, "first step seconds": 0.5, "training images/s": 1000.0, "inference images/s": 3000.0,
           "peak memory GB": 0.5}


@pytest.fixture
def calls(monkeypatch):
    """Replaces the processes; collects who ran, in order. ``c`` cannot run."""
    ran = []

    def run(notebook, task, env=None, **arguments):
        ran.append(notebook)
        if notebook == "c":
            raise cells.KernelMissing("the kernel 'museum' is not installed")
        return {**FIGURES, "training images/s": 1000.0 + 100 * len(ran)}

    monkeypatch.setattr(cells, "run", run)
    return ran


def test_rounds_are_interleaved_and_the_order_turns(calls):
    race.race(RUNNERS[:2], rounds=3, batch=64, steps=5, say=lambda text: None)
    assert calls == ["a", "b", "b", "a", "a", "b"]


def test_who_cannot_run_is_named_once_and_does_not_stop_the_others(calls):
    said = []
    outcome = race.race(RUNNERS, rounds=3, batch=64, steps=5, say=said.append)
    assert calls.count("c") == 1
    assert outcome["left out"] == {"c": "the kernel 'museum' is not installed"}
    assert set(outcome["results"]) == {"a", "b"} and all(len(f["load seconds"]) == 3 for f in outcome["results"].values())
    assert sum("left out" in line for line in said) == 1


def test_table_shows_median_and_spread(calls):
    outcome = race.race(RUNNERS[:1], rounds=3, batch=64, steps=5, say=lambda text: None)
    assert "1,200 [1,100, 1,300]" in race.table(outcome)
    assert "winner" not in race.table(outcome).lower()


def test_conditions_are_stamped():
    found = race.conditions(rounds=1, batch=64, steps=5)
    assert found["versions"]["torch"] and found["versions"]["mxnet"] == "1.9.1"
    assert found["threads"]["OMP_NUM_THREADS"] and found["processor"] and found["cores"] >= 1


def test_keras_races_on_each_backend():
    backends = [entrant.env["KERAS_BACKEND"] for entrant in race.entrants(["keras"])]
    assert backends == ["tensorflow", "torch", "jax"]
    with pytest.raises(KeyError, match="no framework 'kears'"):
        race.entrants(["kears"])


def test_first_step_and_warm_up_are_kept_out_of_the_steady_state():
    """A model whose first calls are slow, as those that compile are."""
    seen = []

    def train_step(model, images, labels):
        seen.append(len(images))
        time.sleep(0.2 if len(seen) == 1 else 0.03 if len(seen) <= 1 + race.WARM_UP else 0.001)

    module = types.SimpleNamespace(build=lambda weights: None, train_step=train_step, logits=lambda model, images: None,
                                   load_seconds=0.0)
    figures = race.measure(module, batch=512, steps=2)
    assert figures["first step seconds"] >= 0.2
    assert figures["training images/s"] > 512 / 0.02
    assert seen == [512] * (1 + race.WARM_UP + 2)


def test_a_real_race_writes_json(tmp_path, capsys):
    out = tmp_path / "race.json"
    assert race.main(["pytorch", "--rounds", "1", "--steps", "3", "--batch", "16", "--out", str(out)]) == 0
    outcome = json.loads(out.read_text())
    figures = outcome["results"]["PyTorch"]
    assert figures["training images/s"][0] > 100 and 0.05 < figures["peak memory GB"][0] < 4
    assert outcome["conditions"]["batch"] == 16
    assert "PyTorch" in capsys.readouterr().out
