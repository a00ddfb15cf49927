"""The ladder's report, as text and as data."""
import json

import pytest

from onecnn import cells, ladder

RUNGS = list(ladder.ASKED)


def report(failed=None, message="", **measured):
    """A report whose climb ended on rung ``failed``."""
    end = RUNGS.index(failed) if failed else len(RUNGS)
    rungs = [ladder.Rung(name, None if number > end else number < end, measured if number <= end else {},
                         message if number == end else "") for number, name in enumerate(RUNGS)]
    return ladder.Report(rungs, [2.25, 0.125] if end > 5 else [], [7, 2, 1] if end > 5 else [])


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


def test_a_saved_report_is_kept_for_these_cells(tmp_path, monkeypatch):
    monkeypatch.setenv("ONECNN_CACHE", str(tmp_path / "cache"))
    assert ladder.kept("numpy") is None
    report().save("numpy")
    report("loss", "why").save("numpy")
    file, = (tmp_path / "cache" / "ladder").iterdir()
    assert json.loads(file.read_text())["failed_rung"] == "loss" == ladder.kept("numpy").failed_rung
    file.write_text("{")
    assert ladder.kept("numpy") is None, "damaged"


def test_a_report_of_other_cells_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("ONECNN_CACHE", str(tmp_path / "cache"))
    report().save("numpy")
    text = cells.locate("01_history/02_by_hand").read_text(encoding="utf-8")
    changed = tmp_path / "02_by_hand.py"
    changed.write_text(text.replace("def logits(", "def logits(  "), encoding="utf-8")
    monkeypatch.setattr(cells, "locate", lambda notebook: changed)
    assert ladder.kept("numpy") is None


def test_a_key_that_is_unknown_is_named():
    with pytest.raises(KeyError, match="toy"):
        report().save("toy")


def test_differences_are_those_of_the_reference_alone():
    rung = ladder.Rung("training", True, {"loss": 1e-15, "memory, MB more": 12.0, "test accuracy": 0.96})
    assert rung.differences() == {"loss": 1e-15}
