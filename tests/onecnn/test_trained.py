"""The trained weights: made by the framework itself, kept, made anew when what they come from changes."""
import base64
import io

import numpy as np
import pytest

from onecnn import cells, contract, mnist, networks, paths, reference, spec, trained


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """A cache that holds the digits and nothing else."""
    (tmp_path / mnist.small_file().name).write_bytes(mnist.small_file().read_bytes())
    monkeypatch.setenv("ONECNN_CACHE", str(tmp_path))
    return tmp_path


def test_are_trained_once_and_kept(empty_cache, monkeypatch):
    monkeypatch.setattr(spec, "EPOCHS", 1)  # here; the process that trains has its own spec
    weights = trained.weights("numpy")
    digits = mnist.load()
    assert {name: value.shape for name, value in weights.items()} == spec.SHAPES
    assert {value.dtype for value in weights.values()} == {np.dtype("float32")}
    assert (reference.logits(weights, digits.test_images).argmax(axis=1) == digits.test_labels).mean() > 0.95
    losses = trained.losses("numpy")
    assert losses.shape == (310,) and 2.6 < losses[0] < 2.7 and losses[-62:].mean() < 0.2
    monkeypatch.setattr(cells, "run", lambda *_, **__: pytest.fail("trained again"))
    assert all((weights[name] == value).all() for name, value in trained.weights("numpy").items())
    file, = empty_cache.glob("trained-numpy-*.npz")
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(pytest.fail.Exception, match="trained again"):
        trained.weights("numpy")


def test_a_cache_that_cannot_be_read_trains_once_a_time(empty_cache, monkeypatch):
    packed, asked = io.BytesIO(), []
    np.savez(packed, **spec.initial_weights())
    monkeypatch.setattr(cells, "run", lambda *_, **__: asked.append(1) or base64.b64encode(packed.getvalue()).decode())
    monkeypatch.setattr(paths, "write_atomically", lambda *_: None)  # what was written is never found
    assert trained.weights("numpy").keys() == spec.SHAPES.keys() and len(asked) == 1


@pytest.mark.slow(reason="asks PyTorch in a process of its own")
def test_framework_and_reference_agree_on_its_own_weights():
    verdict = contract.judge(trained.logits("pytorch"), trained.weights("pytorch"))
    assert verdict.holds and verdict.accuracy > 0.95, verdict


def test_a_change_of_cells_or_spec_trains_anew(tmp_path, monkeypatch):
    before = trained._file("jax")
    text = cells.locate("02_frameworks/06_jax").read_text(encoding="utf-8")
    changed = tmp_path / "06_jax.py"
    monkeypatch.setattr(cells, "locate", lambda notebook: changed)
    changed.write_text(text, encoding="utf-8")
    assert trained._file("jax") == before
    changed.write_text(text.replace("def logits(", "def logits(  "), encoding="utf-8")
    assert trained._file("jax") != before
    changed.write_text(text + "\n# %%\n# not a cell of the network\n", encoding="utf-8")
    assert trained._file("jax") == before
    assert before.parent == paths.cache()


def test_unknown_framework_is_named():
    with pytest.raises(KeyError, match="abacus"):
        trained.weights("abacus")


def test_who_has_no_kernel_is_left_out_and_named(monkeypatch, capsys):
    every = [network.key for network in networks.NETWORKS]
    assert trained.available(every) == every and capsys.readouterr().out == ""
    monkeypatch.setattr(cells, "has_kernel", lambda kernel: kernel not in ("museum", "caffe"))
    left = ["theano", "chainer", "mxnet", "caffe"]
    assert trained.available(iter(every)) == [key for key in every if key not in left]
    assert capsys.readouterr().out.splitlines() == [
        "left out on this machine, without the kernel 'museum': theano, chainer, mxnet",
        "left out on this machine, without the kernel 'caffe': caffe"]


def test_a_kernel_is_there_or_not():
    assert cells.has_kernel("python3") and not cells.has_kernel("abacus")
