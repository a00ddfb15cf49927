"""The network's shapes, its starting weights, and the order in which training visits the digits."""
import hashlib

import numpy as np
import pytest

from onecnn import spec

# SHA-256 of the starting weights' bytes in the order of SHAPES, little-endian float32. A change of it changes every
# notebook's numbers.
STARTING_WEIGHTS = "50eba108a251eaaf68b949c562a08e86fe3b28be70de1a2c7057a69e8dd2e8d7"


def test_parameters_are_56714():
    assert sum(np.prod(shape) for shape in spec.SHAPES.values()) == spec.PARAMETERS == 56_714


def test_each_layer_takes_what_the_layer_before_gives():
    channels, height, _ = spec.IMAGE_SHAPE
    for layer in ("conv1", "conv2"):
        out, inside, kernel, _ = spec.SHAPES[f"{layer}.weight"]
        assert inside == channels
        channels, height = out, (height - kernel + 1) // 2
    assert (channels, height) == (32, 5)
    assert spec.SHAPES["dense1.weight"] == (64, channels * height * height)
    assert spec.SHAPES["dense2.weight"] == (spec.CLASSES, 64)
    for layer in ("conv1", "conv2", "dense1", "dense2"):
        assert spec.SHAPES[f"{layer}.bias"] == spec.SHAPES[f"{layer}.weight"][:1]


def test_starting_weights_have_the_spec_shapes():
    weights = spec.initial_weights()
    assert {name: value.shape for name, value in weights.items()} == spec.SHAPES
    assert all(value.dtype == np.float32 for value in weights.values())


def test_starting_weights_are_the_same_bytes_everywhere():
    np.random.seed(1)
    weights = spec.initial_weights()
    digest = hashlib.sha256(b"".join(weights[name].astype("<f4").tobytes() for name in spec.SHAPES))
    assert digest.hexdigest() == STARTING_WEIGHTS


def test_starting_weights_leave_numpys_own_random_numbers_alone():
    np.random.seed(1)
    wanted = np.random.rand(3)
    np.random.seed(1)
    spec.initial_weights()
    list(spec.batches(256, epoch=0))
    assert np.array_equal(np.random.rand(3), wanted)


def test_starting_weights_are_a_fresh_copy():
    spec.initial_weights()["conv1.weight"][:] = 7
    assert not (spec.initial_weights()["conv1.weight"] == 7).any()


def test_starting_weights_fill_hes_interval():
    for name, value in spec.initial_weights().items():
        if name.endswith("bias"):
            assert not value.any()
        else:
            bound = np.sqrt(6 / np.prod(value.shape[1:]))
            assert 0.9 * bound < np.abs(value).max() <= bound
            assert abs(value.mean()) < 0.15 * bound


@pytest.mark.parametrize("epoch", range(spec.EPOCHS))
def test_an_epoch_visits_every_digit_once(epoch):
    order = np.concatenate(list(spec.batches(640, epoch)))
    assert sorted(order) == list(range(640))


def test_every_batch_is_whole():
    found = list(spec.batches(4000, epoch=0))
    assert [len(batch) for batch in found] == [spec.BATCH] * 62, "the last 32 of 4,000 are left out"
    visited = np.concatenate(found)
    assert len(set(visited)) == len(visited) == 62 * 64
    assert visited.min() >= 0 and visited.max() < 4000


@pytest.mark.parametrize("size, batch, count", [(63, 64, 0), (64, 64, 1), (65, 64, 1), (128, 64, 2), (10, 3, 3)])
def test_an_incomplete_batch_is_dropped(size, batch, count):
    assert [len(chosen) for chosen in spec.batches(size, 0, batch)] == [batch] * count


def test_each_epoch_has_its_own_order():
    orders = {np.concatenate(list(spec.batches(640, epoch))).tobytes() for epoch in range(spec.EPOCHS)}
    assert len(orders) == spec.EPOCHS


def test_the_order_is_the_same_everywhere():
    assert next(spec.batches(4000, epoch=0))[:8].tolist() == [2001, 763, 3550, 2617, 3243, 1819, 2876, 2658]
    assert next(spec.batches(4000, epoch=4))[:8].tolist() == [3688, 1089, 3919, 1902, 1019, 3142, 3910, 1774]


def test_the_left_out_digits_differ_between_epochs():
    """Dropped digits come back in another epoch: no digit is lost to training."""
    seen = set()
    for epoch in range(spec.EPOCHS):
        seen |= set(np.concatenate(list(spec.batches(4000, epoch))).tolist())
    assert seen == set(range(4000))
