"""The rung ``steps``, in places where the climber's own ``train_step`` is not at fault, or is not there at all."""
import pytest

from onecnn import cells, ladder, mnist, spec

by_hand = cells.functions("01_history/02_by_hand")


def test_logits_that_forget_the_biases():
    """At the start all biases are zero, so the rung ``logits`` cannot see it."""
    def logits(model, images):
        return by_hand.forward({name: value * (not name.endswith("bias")) for name, value in model.weights.items()}, images)[0]

    names = ("build", "logits", "gradients", "train_step", "read_weights", "save", "load")
    report = ladder.climb(**{**{name: getattr(by_hand, name) for name in names}, "logits": logits}, training=False)
    assert report.failed_rung == "steps" and "in the first 10 steps, logits differs" in str(report)


def test_steps_that_were_taken_elsewhere():
    model, digits, losses, path = by_hand.build(spec.initial_weights()), mnist.load(), [], []
    for _, batch in zip(range(10), spec.batches(len(digits.train_labels), 0)):
        losses.append(by_hand.train_step(model, digits.train_images[batch], digits.train_labels[batch]))
        path.append(by_hand.read_weights(model))
    assert ladder.steps_rung(losses, path).passed
    rung = ladder.steps_rung(losses[1:] + losses[:1], path)
    assert rung.passed is False and "loss" in rung.message
    with pytest.raises(ValueError, match="9 losses and 10 sets"):
        ladder.steps_rung(losses[:9], path)
