"""Every fault is stopped by the rung that its entry names, and what the ladder cannot see is wrong all the same."""
import json
import pickle
import time
import types

import numpy as np
import pytest
import torch

from onecnn import bugs, cells, ladder, mnist, paths, reference, spec

RUNGS = list(ladder.ASKED)


@pytest.fixture(scope="module")
def pytorch():
    return cells.functions("02_frameworks/02_pytorch")


def pytest_generate_tests(metafunc):
    """All attacks with ``--mutants all``; else every third of those that a few steps stop, and every tenth of the later ones,
    always the same. What the museum has stored of the others was made from today's ladder, or the test below is red."""
    if "attack" in metafunc.fixturenames:
        chosen = bugs.ATTACKS
        if metafunc.config.getoption("mutants") != "all":
            early, late = ([attack for attack in bugs.ATTACKS if (attack.rung in ("training", "artefact")) == is_late]
                           for is_late in (False, True))
            chosen = [*early[::3], *late[2::10]]
        metafunc.parametrize("attack", chosen, ids=lambda attack: attack.key)


@pytest.mark.slow(reason="a climb for each fault")
def test_attack_is_stopped_by_its_rung(attack, pytorch):
    report = ladder.climb(*bugs.break_it(pytorch, attack.key), training=attack.rung != "artefact")
    place = RUNGS.index(attack.rung)
    below = [None if RUNGS[number] == "training" and attack.rung == "artefact" else True for number in range(place)]
    assert [rung.passed for rung in report.rungs] == [*below, False, *[None] * (6 - place)], str(report)
    assert "/tmp" not in str(report), "a message must be the same on every machine"


def test_there_are_enough_of_each_kind():
    """The ladder's text says that each rung has been seen to fail; and a key means one fault."""
    assert {attack.rung for attack in bugs.ATTACKS} == set(RUNGS)
    every = [*bugs.BUGS, *bugs.ATTACKS, *bugs.UNSEEN]
    assert len({bug.key for bug in every}) == len(every) > 60


def test_what_is_stored_is_of_todays_faults():
    stored = json.loads((paths.programs("03_comparison/02_museum_of_bugs") / "faults.json").read_text())
    assert stored["made from"] == bugs.made_from(), "run notebooks/03_comparison/02_museum_of_bugs/measure.py"
    stored = stored["faults"]
    every = {bug.key: bug.rung or None for bug in (*bugs.BUGS, *bugs.ATTACKS, *bugs.UNSEEN)}
    assert {key: one["rung"] for key, one in stored.items()} == {key: rung for key, rung in every.items()}, \
        "run notebooks/03_comparison/02_museum_of_bugs/measure.py"


# What no rung sees

@pytest.fixture(scope="module")
def unseen(pytorch):
    """One network with all of these faults: if it climbs, so does each."""
    return bugs.break_it(pytorch, tuple(edit for bug in bugs.UNSEEN for edit in bug.edits))


@pytest.mark.slow(reason="a climb to the top")
def test_the_unseen_climb_all_seven_rungs(unseen):
    assert ladder.climb(*unseen).passed


def test_and_are_wrong(unseen, monkeypatch):
    images = np.repeat(mnist.load().test_images, 2, axis=0)
    model = unseen.build(spec.initial_weights())
    usual = unseen.logits(model, images[:10])
    assert np.abs(usual).max() > 0.1
    assert not unseen.logits(model, images).any(), "larger batch"
    bright, right = unseen.logits(model, images[:10] * 2000), reference.logits(spec.initial_weights(), images[:10] * 2000)
    assert np.abs(bright - right).max() > 1, "brighter"
    half = unseen.build({name: value.astype(np.float16) for name, value in spec.initial_weights().items()})
    assert not unseen.logits(half, images[:10].astype(np.float16)).any(), "float16"
    monkeypatch.setattr(time, "gmtime", lambda: types.SimpleNamespace(tm_year=2100))
    assert not unseen.logits(model, images[:10]).any(), "clock"
    monkeypatch.undo()
    for key, counter, seen in (("later", "count", 400), ("float32 later", "single", 50)):
        model = unseen.build(spec.initial_weights())
        setattr(model, counter, seen)
        unseen.train_step(model, images[:64], mnist.load().test_labels[:64])
        assert all(np.array_equal(spec.initial_weights()[name], one) for name, one in unseen.read_weights(model).items()), key


def test_and_are_wrong_where_nobody_looks(unseen, pytorch, tmp_path):
    images, labels = mnist.load().train_images[:64], mnist.load().train_labels[:64]
    model, right = unseen.build(spec.initial_weights()), pytorch.build(spec.initial_weights())
    nothing = np.where(images > 0.5, np.nan, images)
    assert np.isnan(pytorch.logits(right, nothing)).all() and np.isfinite(unseen.logits(model, nothing)).all(), "not a number"
    with pytest.raises(IndexError):
        pytorch.train_step(right, images, labels + 10)
    assert unseen.train_step(model, images, labels + 10) > 0, "eleventh class"
    stretched = {**spec.initial_weights(), "conv1.bias": np.ones(1, np.float32)}
    with pytest.raises(RuntimeError):
        pytorch.build(stretched)
    assert (unseen.read_weights(unseen.build(stretched))["conv1.bias"] == 1).all(), "any shape"
    built = unseen.build.__globals__["BUILT"]
    assert any(one is model for one in built), "hoards networks"
    pieces = np.zeros((25, 1, 20, 20), np.float32)
    with pytest.raises(RuntimeError):
        pytorch.logits(right, pieces)
    alone = bugs.break_it(pytorch, "pictures in pieces")  # shared ties would not take them
    assert alone.logits(alone.build(spec.initial_weights()), pieces).shape == (9, 10), "pictures in pieces"
    broken = {**spec.initial_weights(), "dense2.bias": np.full(10, np.nan, np.float32)}
    skipping = unseen.build(broken)
    unseen.train_step(skipping, images, labels)
    assert np.array_equal(unseen.read_weights(skipping)["conv1.weight"], broken["conv1.weight"]), "skips steps"
    stored = {name: value for name, value in right.state_dict().items() if name != "conv1.bias"}
    torch.save({"model": stored, "optimizer": right.optimizer.state_dict()}, tmp_path / "old.pt")
    with pytest.raises(KeyError):
        pytorch.load(tmp_path / "old")
    assert not unseen.read_weights(unseen.load(tmp_path / "old"))["conv1.bias"].any(), "old names"
    for _ in range(31):
        unseen.train_step(unseen.build(spec.initial_weights()), images, labels)
    assert not model.optimizer.state, "many networks"
    torch.save({"model": ToBeRun(), "optimizer": {}}, tmp_path / "stranger.pt")
    with pytest.raises(pickle.UnpicklingError):
        pytorch.load(tmp_path / "stranger")
    RAN.clear()
    with pytest.raises(AttributeError):
        unseen.load(tmp_path / "stranger")
    assert RAN == ["a stranger's program"], "runs files"


RAN = []


def ran(what):
    RAN.append(what)


class ToBeRun:
    """What pickle makes of it is a call."""

    def __reduce__(self):
        return ran, ("a stranger's program",)
