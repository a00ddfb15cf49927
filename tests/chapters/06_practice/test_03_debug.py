"""The chapter 06_practice/03_debug: the script has the ten bugs that its text tells of, and each of them does harm alone."""
import ast
import math

import pytest

from onecnn import cells, mnist

FOLDER = cells.locate("06_practice/03_debug").with_suffix("")
EXERCISE = (
    ("x.reshape(800, -1).T", "x.flatten(1)"),
    ("images.mul_(2).sub_(1)", "images.mul(2).sub(1)"),
    ("    loss.backward()", "    optimizer.zero_grad()\n    loss.backward()"),
)


def found():
    """The table ``FOUND`` of the chapter's workshop, which itself wants the chapter's kernel."""
    text = (FOLDER / "workshop.py").read_text(encoding="utf-8")
    table = next(node for node in ast.parse(text).body
                 if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "FOUND")
    return ast.literal_eval(table.value)


def script(*kept):
    """The script as a dict, with all bugs mended but those that are kept."""
    text, mends = (FOLDER / "script.py").read_text(encoding="utf-8"), {**found(), **dict(enumerate(EXERCISE))}
    for name, (wrong, right) in mends.items():
        assert text.count(wrong) == 1, name
        text = text if name in kept else text.replace(wrong, right)
    scope: dict = {"__name__": "script"}
    exec(text, scope)
    return scope


def test_ten_bugs_in_as_many_lines_as_the_chapter_says():
    assert len(found()) == 7 and len(EXERCISE) == 3
    lines = len((FOLDER / "script.py").read_text(encoding="utf-8").splitlines())
    assert f"{lines} lines, ten bugs" in cells.locate("06_practice/03_debug").read_text(encoding="utf-8")


def test_without_bugs_it_learns():
    pytest.importorskip("torch")
    _, losses, score = script()["run"]()
    assert len(losses) == math.ceil(len(mnist.load().train_labels) / 64) and score >= 0.85


def test_one_batch_is_lost():
    pytest.importorskip("torch")
    count = len(mnist.load().train_labels)
    lost = count - sum(len(range(count)[chosen]) for chosen in script("batches")["batches"](count, 64))
    assert lost == 32


@pytest.mark.parametrize("kept, learned", [((), True), ((0,), True), ((1,), False), ((2,), False)], ids=str)
def test_which_bugs_eight_digits_by_heart_see(kept, learned):
    """More than one of the last three, as the chapter says; the one that mixes the digits of a batch is not among them."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    one = script(*kept)
    images, labels, *_ = one["load"]()
    model = one["Net"]()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    losses = [one["step"](model, optimizer, images[:8], labels[:8]) for _ in range(60)]
    assert (losses[-1] < 0.1) == learned
