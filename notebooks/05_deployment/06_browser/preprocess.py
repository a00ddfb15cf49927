"""From strokes to the network's pixels, in Python: the twin of ``preprocess.js``, which the tests
hold to it.

LeCun, Cortes and Burges scaled each digit so that its longer side is 20 pixels, and moved its
centre of mass to the middle of 28 x 28. Here every pixel of the result is the mean ink of the
rectangle that it covers in the drawing.
"""
import numpy as np

SIDE, BOX, MIDDLE = 28, 20, 14
DETAIL = 5  # a drawing has so many pixels where the network has one, in each direction
RASTER = SIDE * DETAIL
PEN = 2.5 * DETAIL  # the pen's width, about that of MNIST's digits
TOO_SMALL = 0.04  # of the drawing area: what is smaller is no digit
FAINT = 1 / 255  # less ink than this is none


def rasterise(strokes: list) -> np.ndarray:
    """Strokes (lists of points ``(x, y)`` in 0..1) as a drawing, ``RASTER`` x ``RASTER`` numbers.
    First the strokes are scaled, then a pen of one width draws them; float32."""
    ink = np.zeros((RASTER, RASTER))
    if not strokes:
        return ink.astype(np.float32)
    points = np.concatenate([np.reshape(stroke, (-1, 2)) for stroke in strokes]).astype(np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (BOX * DETAIL - PEN) / max((high - low).max(), TOO_SMALL)
    for stroke in strokes:
        placed = RASTER / 2 + (np.reshape(stroke, (-1, 2)) - (low + high) / 2) * scale
        for start, end in zip(np.concatenate([placed[:1], placed]), placed):
            draw_line(ink, start, end)
    return ink.astype(np.float32)


def draw_line(ink: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
    """A straight line with round ends. How much of a pixel it covers follows from the distance
    between their middles."""
    reach = PEN / 2 + 1
    left, top = np.maximum(0, np.floor(np.minimum(start, end) - reach)).astype(int)
    right, bottom = np.ceil(np.maximum(start, end) + reach).astype(int)
    part = ink[top:bottom, left:right]
    x = np.arange(part.shape[1]) + left + 0.5 - start[0]
    y = np.arange(part.shape[0])[:, None] + top + 0.5 - start[1]
    dx, dy = end - start
    square = dx * dx + dy * dy
    along = np.clip((x * dx + y * dy) / square, 0, 1) if square else 0
    covered = np.minimum(1, PEN / 2 + 0.5 - np.sqrt((x - along * dx) ** 2 + (y - along * dy) ** 2))
    part[:] = np.where(covered > FAINT, np.maximum(part, covered), part)


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
