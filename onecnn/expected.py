"""What the reference computes for every rung of :mod:`onecnn.ladder`: made once (about 40 seconds on two cores), then cached.

Float32 networks are compared with it where no decision is a narrow one. ReLU asks "above zero?", max pooling "which of four?":
where the answer hangs on the last bit of a float32, right networks differ in whole gradients. So the digits of each
:data:`CASES` are those whose narrowest decision is widest.
"""
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from onecnn import mnist, paths, reference, spec

STEP_COUNT = 10
STEPS = spec.EPOCHS * len(list(spec.batches(4_000, 0)))  # of the whole recipe: 310
LARGE = 200.0  # what the largest logit is brought to: exp of it is infinite in float32


class Case(NamedTuple):
    """Weights and images at which logits, loss and gradients are asked. ``weights``: ``"start"`` or ``"trained"``."""

    name: str
    weights: str
    digits: int


CASES = (
    Case("first batch", "start", 64),
    Case("trained", "trained", 64),
    Case("batch of 63", "trained", 63),
    Case("batch of 1", "start", 1),  # at the trained weights 1 - p would cancel, and rounding be large beside it
    Case("views", "trained", 97),  # every second image, row and column of a larger array; more of them than a usual batch
    Case("negative", "trained", 64),
    Case("large", "trained", 64),  # logits up to 200, and labels that make large losses and gradients of them
)

# Cases in float64 alone, with the weights at which they ask: the first batch, more digits than memory may take at once, logits
# of 2,000, and a page without ink, which leaves every number before a ReLU at zero where biases are.
DOUBLE = {"other weights": "epoch0", "many": "epoch0", "brightest": "epoch0", "blank page": "start"}
# Steps with other batches, after one another, from the weights of the first epoch's end on: digits from, and to. The last
# one's share of a sum, a tenth, is no float32 number.
STEPS_BESIDE = {"2 digits": (0, 2), "32 digits": (2, 34), "the same 32": (2, 34), "the same 32 again": (2, 34),
                "128 digits": (34, 162), "512 digits": (162, 674), "10 digits": (674, 684)}
MORE_STEPS = 5  # after the recipe's, with the batches that its next epoch would have

# The cases whose digits a second network trains on, in turn with the first: the large one last, for it moves the weights far.
TURNS = ("trained", "batch of 1", "batch of 63", "views", "negative", "large")

Expected = dict[str, np.ndarray]


def expected() -> Expected:
    """By name, all float64 but where said:

    - for each of :data:`CASES`: ``CASE/images`` (float32), ``CASE/labels`` (int64), ``CASE/logits``, ``CASE/loss``,
      ``CASE/gradient/NAME``; the first case also as ``batch`` (indices), ``logits``, ``loss``, ``gradient/NAME``;
    - ``losses``, before each of the 310 steps; ``step0/NAME`` to ``step9/NAME``, ``epoch0/NAME`` to ``epoch4/NAME``: weights
      after that step or epoch; ``trained/NAME``: those of the last epoch, rounded to float32, at which the cases ask;
    - ``turn/losses``, ``turn0/NAME`` to ``turn5/NAME``: of a second network, which takes a step on the digits of each of
      :data:`TURNS`, from the trained weights on;
    - ``test logits`` and ``predictions`` (int64): what the trained network says of the 1,000 test digits;
    - for each of :data:`DOUBLE`: ``CASE/images`` (float64), ``CASE/labels``, ``CASE/loss``, ``CASE/gradient/NAME``;
    - ``end/loss``, ``end/gradient/NAME``: of the first batch, after the training;
    - for each of :data:`STEPS_BESIDE`: the same, and ``CASE/NAME``, the weights after the step; so for ``zeros``, a step from
      the first epoch's weights :func:`with_zeros`;
    - ``more/losses``, ``more/NAME``: :data:`MORE_STEPS` steps on; ``more/logits``: of 64 test digits before them.

    The cache's name holds a hash of the spec, the reference, this file and the digits: a change of any computes it anew.
    """
    sources = b"".join(Path(file).read_bytes() for file in (spec.__file__, reference.__file__, __file__))
    file = paths.cache() / f"reference-{hashlib.sha256(sources + mnist.fingerprint().encode()).hexdigest()[:16]}.npz"
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return dict(stored)
    except Exception:  # missing or damaged; a damaged zip raises many kinds
        pass
    answers, buffer = _compute(), io.BytesIO()
    np.savez(buffer, **answers)  # type: ignore[arg-type]  # none of them is called allow_pickle, the only bool
    paths.write_atomically(file, lambda stream: stream.write(buffer.getvalue()))
    return answers


def recipe(size: int) -> Iterator[np.ndarray]:
    """The batches of the whole training, all epochs in a row: arrays of indices."""
    for epoch in range(spec.EPOCHS):
        yield from spec.batches(size, epoch)


def weights_of(wanted: Expected, case: Case) -> spec.Weights:
    """The float32 weights at which ``case`` asks."""
    return spec.initial_weights() if case.weights == "start" else {name: wanted[f"trained/{name}"] for name in spec.SHAPES}


def _compute() -> Expected:
    digits = mnist.load()
    size, model, losses, answers = len(digits.train_labels), reference.Reference(spec.initial_weights()), [], {}
    per_epoch = STEPS // spec.EPOCHS
    for step, chosen in enumerate(recipe(size)):
        losses.append(model.train_step(digits.train_images[chosen], digits.train_labels[chosen]))
        if step < STEP_COUNT:
            answers.update({f"step{step}/{name}": value.copy() for name, value in model.weights.items()})
        if (step + 1) % per_epoch == 0:
            answers.update({f"epoch{step // per_epoch}/{name}": value.copy() for name, value in model.weights.items()})
    answers["losses"] = np.array(losses)
    answers["test logits"] = reference.logits(model.weights, digits.test_images)
    answers["predictions"] = answers["test logits"].argmax(axis=1)
    answers.update({f"trained/{name}": value.astype(np.float32) for name, value in model.weights.items()})
    answers.update(_double(answers, digits))
    for case in CASES:
        answers.update({f"{case.name}/{name}": value for name, value in _case(answers, case, digits).items()})
    second, losses = reference.Reference({name: answers[f"trained/{name}"] for name in spec.SHAPES}), []
    for turn, name in enumerate(TURNS):
        losses.append(second.train_step(answers[f"{name}/images"], answers[f"{name}/labels"]))
        answers.update({f"turn{turn}/{name}": value.copy() for name, value in second.weights.items()})
    answers["turn/losses"] = np.array(losses)
    answers["more/logits"], losses = answers["test logits"][:64], []
    for _, chosen in zip(range(MORE_STEPS), spec.batches(size, spec.EPOCHS)):
        losses.append(model.train_step(digits.train_images[chosen], digits.train_labels[chosen]))
    answers.update({f"more/{name}": value for name, value in model.weights.items()})
    answers["more/losses"] = np.array(losses)
    answers["batch"] = next(spec.batches(size, epoch=0))
    answers.update({name: answers[f"first batch/{name}"] for name in ("loss", "logits")})
    answers.update({f"gradient/{name}": answers[f"first batch/gradient/{name}"] for name in spec.SHAPES})
    return answers


def _double(answers: Expected, digits: mnist.Split) -> Expected:
    """The cases of :data:`DOUBLE`, the steps of :data:`STEPS_BESIDE`, and the first batch at the end."""
    weights, found = {name: answers[f"epoch0/{name}"] for name in spec.SHAPES}, {}
    images, labels = digits.test_images.astype(float), digits.test_labels.astype(np.int64)
    bright, blank = images[:64] * 10 * LARGE / np.abs(reference.logits(weights, images[:64])).max(), images[:8].copy()
    blank[2] = 0
    for case, given in (("many", images[:600]), ("brightest", bright), ("blank page", blank)):
        found.update(_slopes(case, spec.initial_weights() if DOUBLE[case] == "start" else weights, given, labels[:len(given)]))
    model, zeros = reference.Reference(weights), reference.Reference(with_zeros(weights))
    for case, place in (*STEPS_BESIDE.items(), ("zeros", (2, 34))):
        walked = zeros if case == "zeros" else model
        chosen = images[slice(*place)], labels[slice(*place)]
        found.update(_slopes(case, walked.weights, *chosen))
        walked.train_step(*chosen)
        found.update({f"{case}/{name}": value.copy() for name, value in walked.weights.items()})
    batch = next(spec.batches(len(digits.train_labels), epoch=0))
    first = digits.train_images[batch].astype(float), digits.train_labels[batch]
    return {**found, **_slopes("other weights", weights, *first),
            **_slopes("end", {name: answers[f"epoch{spec.EPOCHS - 1}/{name}"] for name in spec.SHAPES}, *first)}


def with_zeros(weights: spec.Weights) -> spec.Weights:
    """A copy of ``weights`` in which every second number of dense2's matrix is zero."""
    found = {name: np.array(value) for name, value in weights.items()}
    found["dense2.weight"][:, ::2] = 0
    return found


def _slopes(case: str, weights: spec.Weights, images: np.ndarray, labels: np.ndarray) -> Expected:
    loss, gradients = reference.gradients(weights, images, labels)
    return {f"{case}/images": images, f"{case}/labels": labels, f"{case}/loss": np.float64(loss),
            **{f"{case}/gradient/{name}": value for name, value in gradients.items()}}


def _case(answers: Expected, case: Case, digits: mnist.Split) -> Expected:
    weights = weights_of(answers, case)
    if case.name == "first batch":
        batch = next(spec.batches(len(digits.train_labels), epoch=0))
        images, labels = digits.train_images[batch], digits.train_labels[batch]
    else:
        images = _changed(case, weights, digits.test_images)
        widest = np.sort(np.argsort(-_narrowest(weights, images))[:case.digits])
        images, labels = images[widest], digits.test_labels[widest]
        labels = (labels + 5) % 10 if case.name == "large" else labels
    loss, gradients = reference.gradients(weights, images, labels)
    return {"images": images, "labels": labels, "logits": reference.logits(weights, images), "loss": np.float64(loss),
            **{f"gradient/{name}": value for name, value in gradients.items()}}


def _changed(case: Case, weights: spec.Weights, images: np.ndarray) -> np.ndarray:
    if case.name == "negative":
        return -images
    if case.name == "large":  # the logits grow with the pixels, though not in step: the biases stay
        factor = np.float32(1)
        while np.abs(reference.logits(weights, images[:100] * factor)).max() < LARGE:
            factor *= np.float32(1.25)
        bright: np.ndarray = images * factor
        return bright
    return images


def _narrowest(weights: spec.Weights, images: np.ndarray) -> np.ndarray:
    """For each image, its narrowest decision: the smallest distance from zero before a ReLU, or between a pooling window's two
    largest, relative to the sum of the absolute values that were added up there. Rounding is a share of that sum."""
    found, sizes = [], {name: np.abs(value).astype(np.float64) for name, value in weights.items()}
    for start in range(0, len(images), 50):
        _, kept = reference.forward(weights, images[start:start + 50])
        margins = []
        for name, given in (("conv1", np.abs(kept["x"])), ("conv2", kept["pool1"])):
            value, added = kept[name], reference.convolve(given, sizes[f"{name}.weight"], sizes[f"{name}.bias"])
            added = np.maximum(added, 1e-300)  # nothing was added up where there is neither pixel nor bias
            margins += [_smallest(np.abs(value) / added), _smallest(_gaps(np.maximum(value, 0), added))]
        added = kept["flat"] @ sizes["dense1.weight"].T + sizes["dense1.bias"]
        found.append(np.min([*margins, _smallest(np.abs(kept["dense1"]) / added)], axis=0))
    return np.concatenate(found)


def _gaps(value: np.ndarray, added: np.ndarray) -> np.ndarray:
    """Of each pooling window, the two largest values' distance, relative to the largest sum of its four."""
    height, width = value.shape[2] // 2 * 2, value.shape[3] // 2 * 2
    four, sums = (np.array([x[:, :, u:height:2, v:width:2] for u in (0, 1) for v in (0, 1)]) for x in (value, added))
    four.sort(axis=0)
    gaps: np.ndarray = (four[3] - four[2]) / sums.max(axis=0)
    return gaps


def _smallest(shares: np.ndarray) -> Any:
    """Per image. Zero is no decision: equal values look at equal pixels (rounding's own 1e-12 counts as zero)."""
    shares = shares.reshape(len(shares), -1)
    return np.where(shares > 1e-12, shares, np.inf).min(axis=1)
