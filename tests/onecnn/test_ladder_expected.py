"""The reference's answers: computed once, kept, computed anew when what they come from changes or the file is damaged."""
from pathlib import Path

import numpy as np
import pytest

from onecnn import ladder, mnist, reference, spec


@pytest.fixture
def computed(tmp_path, monkeypatch):
    """An empty cache and a quick computation; a list that grows by each computation's answers."""
    monkeypatch.setenv("ONECNN_CACHE", str(tmp_path))
    done = []

    def compute():
        done.append({"loss": np.float64(len(done) + 1 / 3), "logits": np.arange(20.0).reshape(2, 10)})
        return done[-1]

    monkeypatch.setattr(ladder, "_compute_expected", compute)
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


@pytest.mark.parametrize("module", [spec, reference], ids=["spec", "reference"])
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


def test_another_number_of_steps_is_computed_anew(computed, monkeypatch):
    ladder.expected()
    monkeypatch.setattr(ladder, "STEP_COUNT", 20)
    assert_same(ladder.expected(), computed[1])


def test_an_interrupted_computation_leaves_nothing(computed, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(ladder, "_compute_expected", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ladder.expected()
    assert cached() == []


def test_missing_digits_are_reported_without_a_second_error(computed, monkeypatch):
    def no_digits():
        raise mnist.DigitsError("Run: python3 course.py setup")

    monkeypatch.setattr(ladder, "_compute_expected", no_digits)
    with pytest.raises(mnist.DigitsError) as caught:
        ladder.expected()
    assert caught.value.__context__ is None
