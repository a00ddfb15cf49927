"""The ladder's figures for a network that may fail a rung: none is left out. Shared by this
chapter's workers.

``ladder.climb`` ends at the first broken rung. ``figures`` measures every rung, so that one sees by
how much each is missed.
"""
import itertools

import numpy as np

from onecnn import ladder, mnist, spec

ALLOWED = {"logits": ladder.LOGITS, "loss": ladder.LOSS, "gradients": ladder.GRADIENTS,
           "steps": ladder.STEPS}


def climb(functions):
    """The first five rungs, in float32: the rung that broke, or None; and the worst figure of each
    rung that holds."""
    report = ladder.climb(*ladder.Network.of(functions), training=False, artefact=False)
    return {"failed": report.failed_rung,
            "float32": {rung.name: max(rung.differences().values()) for rung in report.rungs
                        if rung.name in ALLOWED and rung.passed}}


def figures(functions):
    """``{rung: worst difference from the float64 reference}``, for the rungs logits, loss,
    gradients and steps."""
    wanted, digits = ladder.expected(), mnist.load()
    images, labels = digits.train_images[wanted["batch"]], digits.train_labels[wanted["batch"]]
    model = functions.build(spec.initial_weights())
    logits = np.asarray(functions.logits(model, images), np.float64)
    loss, gradients = functions.gradients(model, images, labels)
    losses, path = [], []
    for batch in itertools.islice(spec.batches(len(digits.train_labels), 0), ladder.STEP_COUNT):
        losses.append(float(functions.train_step(model, digits.train_images[batch],
                                                 digits.train_labels[batch])))
        path.append(functions.read_weights(model))
    relative = {}
    for name in spec.SHAPES:
        truth = wanted[f"gradient/{name}"]
        error = np.abs(np.asarray(gradients[name], np.float64) - truth).max()
        relative[name] = float(error / np.abs(truth).max())
    largest = float(np.abs(wanted["logits"]).max())
    return {"logits": float(np.abs(logits - wanted["logits"]).max()) / largest,
            "loss": abs(float(loss) - float(wanted["loss"])),
            "gradients": max(relative.values()),
            "steps": max(ladder.steps_rung(losses, path).measured.values())}
