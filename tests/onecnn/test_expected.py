"""The reference's answers: computed once, kept, computed anew when what they come from changes or the file is damaged."""
from pathlib import Path

import numpy as np
import pytest

from onecnn import expected as truth
from onecnn import ladder, mnist, reference, spec


@pytest.fixture
def computed(tmp_path, monkeypatch):
    """An empty cache and a quick computation; a list that grows by each computation's answers."""
    monkeypatch.setenv("ONECNN_CACHE", str(tmp_path))
    done = []

    def compute():
        done.append({"loss": np.float64(len(done) + 1 / 3), "logits": np.arange(20.0).reshape(2, 10)})
        return done[-1]

    monkeypatch.setattr(truth, "_compute", compute)
    return done


def cached():
    return [file for file in Path(ladder.paths.cache()).iterdir() if file.name.startswith("reference-")]


def assert_same(found, wanted):
    assert set(found) == set(wanted)
    assert all(np.array_equal(found[name], wanted[name]) for name in wanted)


def test_answers_are_computed_once(computed):
    first = ladder.expected()
    second = ladder.expected()
    assert len(computed) == len(cached()) == 1
    assert_same(first, computed[0])
    assert_same(second, computed[0])
    assert second["loss"].dtype == second["logits"].dtype == np.float64


def flipped(data):
    """The same bytes but for one in the middle of the stored numbers."""
    place = data.index(np.arange(20.0).tobytes()) + 40
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]


@pytest.mark.parametrize("damage", [lambda data: data[:len(data) // 2], lambda data: data[:-1], lambda data: b"",
                                    lambda data: b"<html>404</html>", flipped],
                         ids=["truncated", "last byte missing", "empty", "something else", "a bit flipped"])
def test_a_damaged_file_is_computed_anew(computed, damage):
    ladder.expected()
    file, = cached()
    file.write_bytes(damage(file.read_bytes()))
    assert_same(ladder.expected(), computed[-1])
    assert_same(ladder.expected(), computed[-1])
    assert len(computed) == 2, "mended, not computed on every call"
    assert cached() == [file]


@pytest.mark.parametrize("module", [spec, reference, truth], ids=["spec", "reference", "expected"])
def test_a_changed_source_is_computed_anew(computed, monkeypatch, tmp_path, module):
    ladder.expected()
    changed = tmp_path / "changed.py"
    changed.write_text(Path(module.__file__).read_text() + "LEARNING_RATE = 0.05\n")
    monkeypatch.setattr(module, "__file__", str(changed))
    assert_same(ladder.expected(), computed[1])
    assert len(cached()) == 2


def test_other_digits_are_computed_anew(computed, monkeypatch):
    ladder.expected()
    monkeypatch.setattr(mnist, "SHA256", "0" * 64)
    assert_same(ladder.expected(), computed[1])


def test_an_interrupted_computation_leaves_nothing(computed, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(truth, "_compute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ladder.expected()
    assert cached() == []


def test_missing_digits_are_reported_without_a_second_error(computed, monkeypatch):
    def no_digits():
        raise mnist.DigitsError("Run: python3 course.py setup")

    monkeypatch.setattr(truth, "_compute", no_digits)
    with pytest.raises(mnist.DigitsError) as caught:
        ladder.expected()
    assert caught.value.__context__ is None


# What is expected

def test_cases_are_what_their_names_say():
    wanted = ladder.expected()
    sizes = {case.name: len(wanted[f"{case.name}/images"]) for case in truth.CASES}
    assert sizes == {case.name: case.digits for case in truth.CASES} and {1, 63, 64, 97} == set(sizes.values())
    assert wanted["negative/images"].max() <= 0 and wanted["negative/images"].min() < -0.9
    assert truth.LARGE <= np.abs(wanted["large/logits"]).max() < 2 * truth.LARGE
    assert {wanted[f"{case.name}/images"].dtype for case in truth.CASES} == {np.dtype("float32")}
    assert wanted["large/loss"] > 10, "wrong labels on purpose: large losses, large gradients"


def test_cases_have_no_narrow_decisions():
    """Float32 rounds by some 1e-7 of what was added up; at the trained weights, no decision is within a hundred of these."""
    wanted = ladder.expected()
    for case in truth.CASES:
        if case.weights == "trained":
            assert truth._narrowest(truth.weights_of(wanted, case), wanted[f"{case.name}/images"]).min() > 1e-5, case.name


def test_training_is_the_recipe_to_its_end():
    wanted, digits = ladder.expected(), mnist.load()
    assert wanted["losses"].shape == (truth.STEPS,) == (62 * spec.EPOCHS,)
    assert len(list(truth.recipe(len(digits.train_labels)))) == truth.STEPS
    end = {name: wanted[f"epoch{spec.EPOCHS - 1}/{name}"] for name in spec.SHAPES}
    assert np.array_equal(reference.logits(end, digits.test_images[:50]).argmax(axis=1), wanted["predictions"][:50])
    assert (wanted["predictions"] == digits.test_labels).mean() > 0.96
    assert all(np.array_equal(end[name].astype(np.float32), wanted[f"trained/{name}"]) for name in spec.SHAPES)


def test_rates_are_float32_numbers():
    for rate, written in ((spec.LEARNING_RATE, 0.02), (spec.MOMENTUM, 0.9)):
        assert rate == float(np.float32(written))
