"""The museum of bugs: every fault is caught by its rung, the healthy network by none, and accuracy alone misses several."""
import re

import numpy as np
import pytest
import torch

from onecnn import bugs, cells, ladder, mnist, spec

RUNGS = list(ladder.ASKED)
MISSED = ("pooling", "flatten", "halves")


@pytest.fixture(scope="module")
def pytorch():
    return cells.functions("02_frameworks/02_pytorch")


@pytest.fixture(scope="module")
def climbed(pytorch):
    """``climbed(key)``: the report of a bug's climb, made once; without a key the healthy network's."""
    reports = {}

    def climb(key=None):
        if key not in reports:
            training = key is None or bugs.get(key).rung != "artefact"
            reports[key] = ladder.climb(*bugs.break_it(pytorch, key or ()), training=training)
        return reports[key]

    return climb


def steps(functions, count, weights=None):
    """The weights after ``count`` training steps."""
    digits, model = mnist.load(), functions.build(weights or spec.initial_weights())
    for batch in [batch for epoch in range(spec.EPOCHS) for batch in spec.batches(len(digits.train_labels), epoch)][:count]:
        functions.train_step(model, digits.train_images[batch], digits.train_labels[batch])
    return functions.read_weights(model)


def accuracy(predictions):
    return float((np.asarray(predictions) == mnist.load().test_labels).mean())


def test_the_healthy_network_climbs(climbed):
    assert climbed().passed


@pytest.mark.parametrize("bug", bugs.BUGS, ids=lambda bug: bug.key)
def test_bug_is_caught_by_its_rung(bug, climbed):
    place = RUNGS.index(bug.rung)
    below = [None if rung == "training" and bug.rung == "artefact" else True for rung in RUNGS[:place]]
    assert [rung.passed for rung in climbed(bug.key).rungs] == [*below, False, *[None] * (6 - place)]


def test_each_bug_is_caught_by_what_is_wrong_not_by_a_crash(climbed):
    for bug in bugs.BUGS:
        message = climbed(bug.key).rungs[RUNGS.index(bug.rung)].message
        assert not re.match(r"\w*(Error|Exception)\b", message), f"{bug.key}: {message}"


def test_every_rung_has_a_bug():
    assert {bug.rung for bug in bugs.BUGS} == set(RUNGS)


@pytest.mark.slow(reason="trains a network for each bug")
@pytest.mark.parametrize("key", MISSED)
def test_accuracy_alone_misses(key, pytorch):
    broken = bugs.break_it(pytorch, key)
    trained = broken.build(steps(broken, 10_000))
    assert accuracy(broken.logits(trained, mnist.load().test_images).argmax(axis=1)) >= ladder.ACCURACY


def test_a_stale_file_is_older_by_one_step(pytorch, tmp_path):
    broken = bugs.break_it(pytorch, "stale")
    digits, model = mnist.load(), broken.build(spec.initial_weights())
    before = broken.read_weights(model)
    broken.train_step(model, digits.train_images[:64], digits.train_labels[:64])
    broken.save(model, tmp_path / "one_cnn")
    found = broken.read_weights(broken.load(tmp_path / "one_cnn"))
    assert all(np.array_equal(found[name], before[name]) for name in spec.SHAPES)


@pytest.mark.slow(reason="trains two networks for each bug")
@pytest.mark.parametrize("key, right", [
    ("batchnorm", ("training=True", "training=False")),
    ("dropout", ("training=not self.training", "training=False")),
    ("schedule", ("    model.schedule.step()\n", "")),
    ("list", ("self.head = [nn.Linear(64, 10)]", "self.dense2 = nn.Linear(64, 10)\n        self.head = [self.dense2]")),
    ("halves", (".mean()).backward()", ".mean()).div(2).backward()")),
], ids=("batchnorm", "dropout", "schedule", "list", "halves"))
def test_what_the_fault_needs_is_harmless_when_used_rightly(key, right, pytorch):
    edits = tuple((old, new.replace(*right)) for old, new in bugs.get(key).edits)
    assert edits != bugs.get(key).edits
    twin, images = bugs.break_it(pytorch, edits), mnist.load().test_images[:64]
    mine, theirs = (each.logits(each.build(spec.initial_weights()), images) for each in (twin, pytorch))
    assert np.abs(mine - theirs).max() <= 1e-6
    count = 40 if key == "schedule" else 10  # later, rounding alone may lead two trainings apart
    mine, theirs = steps(twin, count), steps(pytorch, count)
    assert all(np.allclose(mine[name], theirs[name], atol=1e-5) for name in spec.SHAPES)


@pytest.mark.parametrize("bug", bugs.BUGS, ids=lambda bug: bug.key)
def test_entry_has_its_source_and_date(bug):
    assert re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+", bug.source)
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", bug.checked)
    assert bug.what.endswith(".") and bug.edits


def test_keys_and_sources_are_told_apart():
    assert len({bug.key for bug in bugs.BUGS}) == len({bug.source for bug in bugs.BUGS}) == len(bugs.BUGS) >= 8


def test_without_edits_nothing_is_changed(pytorch):
    torch.manual_seed(0)
    healthy, images = bugs.break_it(pytorch, ()), mnist.load().test_images[:8]
    assert isinstance(healthy, ladder.Network)
    logits = [functions.logits(functions.build(spec.initial_weights()), images) for functions in (healthy, pytorch)]
    assert np.array_equal(*logits)
    assert bugs.difference(pytorch, ()) == ""


def test_difference_shows_the_changed_lines(pytorch):
    assert bugs.difference(pytorch, "flatten").splitlines() == [
        "-        x = torch.relu(self.dense1(x.flatten(1)))",
        "+        x = torch.relu(self.dense1(x.permute(0, 2, 3, 1).flatten(1)))"]


def test_an_edit_that_does_not_fit_is_refused(pytorch):
    with pytest.raises(ValueError, match=r"not in the cells: nn\.Conv3d"):
        bugs.break_it(pytorch, (("nn.Conv3d", "nn.Conv2d"),))


def test_the_module_of_the_cells_stays_whole(pytorch, climbed):
    climbed("flatten")
    assert "permute" not in bugs._text(pytorch, ())
    model = pytorch.build(spec.initial_weights())
    assert np.abs(pytorch.logits(model, mnist.load().test_images[:8])
                  - bugs.break_it(pytorch, ()).logits(model, mnist.load().test_images[:8])).max() == 0


def test_the_network_is_the_same_where_pytorch_lacks_onednn(pytorch):
    """Its convolutions are then computed in another way: with NNPACK's, the gradients would differ by half."""
    before = torch.backends.mkldnn.set_flags(False)
    try:
        assert ladder.climb(*ladder.Network.of(pytorch), training=False, artefact=False).failed_rung is None
    finally:
        torch.backends.mkldnn.set_flags(*before)
