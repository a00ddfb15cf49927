"""The ladder's report as text and as data, and the cached answers of the reference."""
import json
import types
from pathlib import Path

import numpy as np
import pytest

from onecnn import ladder, mnist, reference, spec

RUNGS = list(ladder.ASKED)


def report(failed=None, message="", **measured):
    """A report whose climb ended on rung ``failed``."""
    end = RUNGS.index(failed) if failed else len(RUNGS)
    rungs = [ladder.Rung(name, None if number > end else number < end, measured if number <= end else {},
                         message if number == end else "") for number, name in enumerate(RUNGS)]
    return ladder.Report(rungs, [2.25, 0.125] if end > 5 else [], [7, 2, 1] if end > 5 else [])


# The report

def test_text_of_a_passed_report():
    lines = str(report(difference=0.123)).splitlines()
    assert [line.split()[:2] for line in lines[:7]] == [[str(number), name] for number, name in enumerate(RUNGS, 1)]
    assert all(line.endswith(" ok") for line in lines[:7])
    assert lines[7:] == ["All seven rungs hold: it is the same network."]


def test_text_of_a_failed_report():
    lines = str(report("gradients", "the bias is lost", difference=0.123)).splitlines()
    for line, verdict in zip(lines, [*[" ok"] * 3, " FAILED", *[" not climbed"] * 3]):
        assert line.endswith(verdict)
    assert lines[7:] == ["Rung gradients: the bias is lost"]


def test_text_holds_no_measured_digits():
    first, second = report("steps", "it differs", weight=0.123, bias=4.56), report("steps", "it differs", weight=7.8, bias=9)
    assert str(first) == str(second)
    assert first.measured() != second.measured()


def test_columns_line_up():
    ends = {line.index("ok") for line in str(report()).splitlines()[:7]}
    assert len(ends) == 1


def test_measured_is_a_row_a_figure():
    rows = report("logits", difference=1.23456e-6).measured().splitlines()
    assert [row.split() for row in rows] == [["shapes", "difference", "1.23e-06"], ["logits", "difference", "1.23e-06"]]


@pytest.mark.parametrize("failed", [None, *RUNGS])
def test_a_report_survives_json(failed):
    given = report(failed, "why", difference=1e-7)
    back = ladder.Report.from_dict(json.loads(json.dumps(given.as_dict())))
    assert str(back) == str(given) and back.measured() == given.measured()
    assert back.losses == given.losses and back.predictions == given.predictions
    assert back.passed == given.passed == (failed is None)
    assert back.failed_rung == given.failed_rung == failed
    assert back.rungs == given.rungs


def test_a_difference_that_is_not_finite_survives_json():
    given = report("logits", "why", difference=float("inf"))
    assert ladder.Report.from_dict(json.loads(json.dumps(given.as_dict()))).measured() == given.measured()


def test_a_real_climb_is_plain_data():
    functions = types.SimpleNamespace(
        build=reference.Reference, logits=lambda model, images: reference.logits(model.weights, images).astype(np.float32),
        gradients=lambda *data: (np.float32(0), {}), read_weights=lambda model: model.weights, train_step=None, save=None,
        load=None)
    data = json.loads(json.dumps(ladder.climb_cells(functions)))
    assert data["failed_rung"] == "loss" and data["passed"] is False
    assert [rung["passed"] for rung in data["rungs"]] == [True, True, False, None, None, None, None]


def numpy_network(**changed):
    """The seven functions of the reference, some of them replaced, as a module of cells would hold them."""
    return types.SimpleNamespace(**{
        "build": reference.Reference, "logits": lambda model, images: reference.logits(model.weights, images),
        "gradients": lambda model, *data: reference.gradients(model.weights, *data),
        "train_step": lambda model, *data: model.train_step(*data), "read_weights": lambda model: dict(model.weights),
        "save": lambda model, path: np.savez(path.with_suffix(".npz"), **model.weights),
        "load": lambda path: reference.Reference(dict(np.load(path.with_suffix(".npz")))), **changed})


def test_a_climb_without_training_leaves_that_rung_out():
    data = json.loads(json.dumps(ladder.climb_cells(numpy_network(), training=False)))
    assert [rung["passed"] for rung in data["rungs"]] == [True] * 5 + [None, True]
    assert data["failed_rung"] is None and data["passed"] is False, "six rungs are no proof"
    assert len(data["losses"]) == ladder.STEP_COUNT and data["predictions"] == []
    assert str(ladder.Report.from_dict(data)).endswith("7 artefact   max difference <= 1e-6" + " " * 21 + "ok\n"
                                                       "Every rung that was climbed holds.")


def test_a_climb_without_training_still_ends_where_it_breaks():
    broken = numpy_network(logits=lambda model, images: np.ones((len(images), 10)))
    found = ladder.climb_cells(broken, training=False)
    assert found["failed_rung"] == "logits"
    assert [rung["passed"] for rung in found["rungs"]] == [True, False] + [None] * 5


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_walk_is_every_so_many_weights_after_each_step(dtype):
    seen = []

    def build(weights):
        seen.append(weights["dense1.weight"].dtype)
        return reference.Reference(weights)

    path = ladder.walk_cells(numpy_network(build=build), steps=2, dtype=dtype, every=1000)
    wanted = ladder.expected()
    assert seen == [dtype] and json.loads(json.dumps(path)) == path
    for step in range(2):
        weights = np.concatenate([wanted[f"step{step}/{name}"].ravel() for name in spec.SHAPES])
        np.testing.assert_allclose(path[step], weights[::1000], rtol=1e-5, atol=1e-9)


def test_save_writes_json_into_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ONECNN_CACHE", str(tmp_path / "cache"))
    report().save("toy")
    report("loss", "why").save("toy")
    files = list((tmp_path / "cache" / "ladder").iterdir())
    assert [file.name for file in files] == ["toy.json"]
    assert json.loads(files[0].read_text())["failed_rung"] == "loss"


# The reference's answers

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


# For other processes

def test_logits_cells_answers_as_plain_data():
    functions = types.SimpleNamespace(build=reference.Reference, logits=lambda model, x: reference.logits(model.weights, x))
    found = ladder.logits_cells(functions, count=3)
    assert json.loads(json.dumps(found)) == found
    wanted = reference.logits(spec.initial_weights(), mnist.load().test_images[:3])
    assert np.array_equal(found, wanted)
