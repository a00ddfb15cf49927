"""What MNIST's authors did to a digit, in Python: the twin of ``preprocess.js``, which the tests
hold to it.

LeCun, Cortes and Burges scaled each digit so that its longer side is 20 pixels, and moved its
centre of mass to the middle of 28 x 28. Here every pixel of the result is the mean ink of the
rectangle that it covers in the drawing.
"""
import numpy as np

SIDE, BOX, MIDDLE = 28, 20, 14


def preprocess(ink: np.ndarray) -> np.ndarray:
    """A drawing of any size (0 is paper, 1 is ink) as the 28 x 28 image that the network reads;
    float32."""
    rows, columns = ink.any(axis=1).nonzero()[0], ink.any(axis=0).nonzero()[0]
    if not len(rows):
        return np.zeros((SIDE, SIDE), np.float32)
    crop = ink[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1].astype(np.float64)
    step = max(crop.shape) / BOX  # so many pixels of the drawing become one
    down, across = shares(crop.sum(axis=1), step), shares(crop.sum(axis=0), step)
    return (down @ crop @ across.T / step ** 2).astype(np.float32)


def shares(mass: np.ndarray, step: float) -> np.ndarray:
    """Along one axis: how much of each pixel of the crop lies in each of the 28, if the centre of
    mass lands in pixel 14."""
    centre = (mass * (np.arange(len(mass)) + 0.5)).sum() / mass.sum() / step
    # where each of the 28 begins, in the crop's pixels
    start = (np.arange(SIDE) - (MIDDLE - np.floor(centre))) * step
    begin = np.arange(len(mass))
    return np.clip(np.minimum(begin + 1, start[:, None] + step) - np.maximum(begin, start[:, None]),
                   0, None)
