"""The chapter 06_practice/07_extend: its doors open with a compiler and without one, and are kept."""
import sys

import numpy as np
import pytest

from onecnn import cells, reference

torch = pytest.importorskip("torch")


@pytest.fixture
def own_build(monkeypatch, tmp_path):
    monkeypatch.setenv("ONECNN_CACHE", str(tmp_path))
    monkeypatch.delitem(sys.modules, "own_build", raising=False)
    return cells.program("06_practice/07_extend/own_build")


def test_without_a_compiler_it_says_so(own_build, monkeypatch):
    monkeypatch.setenv("ONECNN_WITHOUT", "compiler")
    assert own_build.compiled("torch", [], "1") is None
    assert own_build.report("torch") == "NumPy stands in behind the door for torch: there is no C++ compiler here"


def test_a_compiler_that_fails_leaves_nothing(own_build, tmp_path):
    if not own_build.compiler():
        pytest.skip("no compiler here")
    assert own_build.compiled("torch", ["-I/nowhere"], "1") is None
    assert "NumPy stands in" in own_build.report("torch")
    assert list((tmp_path / "extend").iterdir()) == []


def test_what_stands_in_is_the_reference(own_build):
    x = np.random.RandomState(0).randn(2, 3, 7, 6).astype("float32")
    y, winner = reference.max_pool(x)
    upstream = np.random.RandomState(1).randn(*y.shape).astype("float32")
    assert np.array_equal(own_build.forward(x), y) and own_build.forward(x).dtype == x.dtype
    assert np.array_equal(own_build.backward(upstream, x), reference.max_pool_backward(upstream, winner, x.shape))
