"""The deployment contract: same input, same logits. What every exported file, server, phone and page is held to.

A runtime is given the 1,000 test digits as its own callers give them, and its answers are compared with the float64
reference's for the weights that were deployed. A float format must agree; a quantised one may lose a stated accuracy.
"""
import functools
from typing import Any, NamedTuple, Optional

import numpy as np

from onecnn import mnist, reference, spec

TOLERANCE = 1e-5  # of the largest logit, as on the parity ladder's rung "logits"


class Verdict(NamedTuple):
    """What the comparison said. ``difference``: max abs difference / max abs reference; infinite if a logit is not finite."""

    holds: bool
    difference: float
    accuracy: float
    lost: float  # accuracy of the float64 reference less this one's, in points of 0..1
    why: str  # empty if it holds

    def __str__(self) -> str:
        return "holds" if self.holds else f"broken: {self.why}"


def judge(found: Any, weights: spec.Weights, loses: Optional[float] = None) -> Verdict:
    """Holds the logits ``found`` (1000 x 10, of ``mnist.load().test_images``) against the reference with ``weights``.

    ``loses``: for a quantised network, the accuracy that it may lose (0.01 is one point); its logits may then differ. Raises
    ``ValueError`` if the shape is wrong.
    """
    digits, found = mnist.load(), np.asarray(found, np.float64)
    wanted = _reference(weights, digits.test_images)
    if found.shape != wanted.shape:
        raise ValueError(f"logits of shape {found.shape}, expected {wanted.shape}")
    difference = _difference(found, wanted)
    accuracy = float((found.argmax(axis=1) == digits.test_labels).mean()) if np.isfinite(found).all() else 0.0
    lost = float((wanted.argmax(axis=1) == digits.test_labels).mean()) - accuracy
    if loses is not None:
        why = f"{lost:.3f} of accuracy lost, {loses:.3f} allowed" if lost > loses else ""
    else:
        why = "" if difference <= TOLERANCE else _explain(found, wanted, weights, digits.test_images, accuracy)
    return Verdict(not why, difference, accuracy, lost, why)


def _explain(found: np.ndarray, wanted: np.ndarray, weights: spec.Weights, images: np.ndarray, accuracy: float) -> str:
    """The known fault that gives just these logits, else how far off they are. A hundred digits are enough to know it."""
    if not np.isfinite(found).all():
        return "some logits are not finite"
    off = f"logits differ by {_difference(found, wanted):.1e} of the largest, {TOLERANCE:g} allowed"
    same = (found.argmax(axis=1) == wanted.argmax(axis=1)).mean()
    found, wanted, images = found[:100], wanted[:100], images[:100]
    dense1 = weights["dense1.weight"].reshape(-1, 32, 5, 5).transpose(0, 2, 3, 1).reshape(-1, 800)
    turned = {**weights, "dense1.weight": dense1}
    suspects = {"the images arrive transposed: height and width are exchanged": (weights, images.transpose(0, 1, 3, 2)),
                "the images arrive as 0 to 255, not as 0 to 1": (weights, images * 255),
                "the images arrive inverted: ink is 0, paper is 1": (weights, 1 - images),
                "dense1 reads its input in another layout (height, width, channel)": (turned, images)}
    for reason, (those, given) in suspects.items():
        if _difference(found, _reference(those, given)) <= 100 * TOLERANCE:
            return reason
    if np.abs(_softmax(wanted) - found).max() < 1e-3:
        return "these are probabilities, not logits"
    start = _reference(spec.initial_weights(), images)
    if _difference(found, start) <= 100 * TOLERANCE:
        return f"{off}: this is the network before training, a stale file"
    if accuracy > 0.8 and same < 1:
        return f"{off}, {same:.1%} same answers: another training's file, or one that rounds (bfloat16, int8)"
    return off


def _reference(weights: spec.Weights, images: np.ndarray) -> np.ndarray:
    """The reference's logits; those of the last few weights and images are kept, since one chapter asks many times."""
    arrays = [*(np.ascontiguousarray(weights[name]) for name in spec.SHAPES), np.ascontiguousarray(images)]
    return _computed(tuple(array.tobytes() for array in arrays), tuple((array.dtype.str, array.shape) for array in arrays))


@functools.lru_cache(maxsize=16)
def _computed(contents: tuple[bytes, ...], kinds: tuple[tuple[str, tuple[int, ...]], ...]) -> np.ndarray:
    *weights, images = (np.frombuffer(content, dtype).reshape(shape) for content, (dtype, shape) in zip(contents, kinds))
    return reference.logits(dict(zip(spec.SHAPES, weights)), images)


def _difference(found: np.ndarray, wanted: np.ndarray) -> float:
    difference = np.abs(found - wanted)
    return float(difference.max() / np.abs(wanted).max()) if np.isfinite(difference).all() else float("inf")


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return shares
