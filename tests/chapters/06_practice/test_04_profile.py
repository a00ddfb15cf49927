"""The chapter 06_practice/04_profile: what its text states holds."""
import importlib.util
import inspect

import numpy as np
import pytest

from onecnn import cells, paths, spec

PROGRAM = "06_practice/04_profile"


def test_the_formula_of_the_text():
    sizes = {"conv1": (26, 28), "conv2": (11, 13)}
    flops = {}
    for name, (out, given) in sizes.items():
        made, channels, kernel, _ = spec.SHAPES[f"{name}.weight"]
        assert given - kernel + 1 == out
        flops[name] = 2 * out * out * made * channels * kernel * kernel
    for name in ("dense1", "dense2"):
        flops[name] = 2 * int(np.prod(spec.SHAPES[f"{name}.weight"]))
    forward = spec.BATCH * sum(flops.values())
    assert forward == 90_464_256
    assert 3 * forward - spec.BATCH * flops["conv1"] == 258_932_736


def test_the_mended_shift_is_the_slow_one():
    pytest.importorskip("torch")
    planted = cells.program(f"{PROGRAM}/planted")
    random = np.random.RandomState(1)
    images = random.rand(3, 1, planted.SIZE, planted.SIZE).astype(np.float32)
    for moves in ([(0, 0), (2, -2), (-1, 1)], [(-2, -2), (2, 2), (0, 1)]):
        assert np.array_equal(planted.shifted(images, moves), planted.shifted_at_once(images, moves))


def test_the_server_listens_on_loopback_alone():
    source = (paths.programs(PROGRAM) / "perfetto_here.py").read_text(encoding="utf-8")
    assert '("127.0.0.1", int(' in source


def test_a_repeat_is_not_the_default():
    torch = pytest.importorskip("torch")
    assert inspect.signature(torch.profiler.schedule).parameters["repeat"].default == 0


def test_bottleneck_is_gone():
    pytest.importorskip("torch")
    assert importlib.util.find_spec("torch.utils.bottleneck") is None
