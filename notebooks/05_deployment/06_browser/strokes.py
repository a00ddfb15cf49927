"""A digit of the test set as pen strokes: what a hand would draw, from the pixels that MNIST kept.

The digit is enlarged, thinned to a line one pixel wide (Zhang and Suen, 1984), followed from end to
end, and each path is kept as few straight pieces. The result is what the tests draw on the page
with a real mouse. Needs NumPy only.
"""
import numpy as np

ENLARGE = 4
# the eight neighbours, clockwise from above
AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def strokes(image: np.ndarray) -> list:
    """``[[(x, y), ...], ...]`` in 0..1 of the canvas, for one 28 x 28 digit (1 is ink)."""
    line = thin(enlarged(image) > 0.6)
    paths = [simplified(path, 0.8) for path in followed(line)]
    return [[((x + 0.5) / line.shape[1], (y + 0.5) / line.shape[0]) for y, x in path]
            for path in paths]


def enlarged(image: np.ndarray) -> np.ndarray:
    """The image ``ENLARGE`` times as large, each new pixel interpolated between the old ones'
    middles."""
    side = len(image)
    middles = (np.arange(side * ENLARGE) + 0.5) / ENLARGE - 0.5
    share = np.maximum(0, 1 - np.abs(middles[:, None] - np.arange(side)))  # new pixel by old pixel
    return share @ image @ share.T


def thin(ink: np.ndarray) -> np.ndarray:
    """Takes the border away, layer by layer, and keeps what holds the shape together."""
    ink, changed = np.pad(ink, 1).astype(int), True
    while changed:
        changed = False
        for first in (True, False):
            ring = np.array([np.roll(ink, (-dy, -dx), (0, 1)) for dy, dx in AROUND])
            north, east, south, west = ring[[0, 2, 4, 6]]
            count, turns = ring.sum(0), ((ring == 0) & (np.roll(ring, -1, 0) == 1)).sum(0)
            sides = (north * east * south,
                     east * south * west) if first else (north * east * west, north * south * west)
            gone = (ink == 1) & (count >= 2) & (count <= 6) & (turns == 1) & (sides[0] == 0) & (
                sides[1] == 0)
            ink[gone] = 0
            changed |= bool(gone.any())
    return ink[1:-1, 1:-1] == 1


def followed(line: np.ndarray) -> list:
    """The line's pixels as paths. Each begins at a free end if there is one, or where it leaves a
    path already drawn."""
    left, done, paths = set(zip(*np.nonzero(line))), set(), []

    def beside(pixel, among):
        return [(pixel[0] + dy, pixel[1] + dx) for dy, dx in AROUND
                if (pixel[0] + dy, pixel[1] + dx) in among]
    while left:
        ends = sorted(left,
                      key=lambda pixel: (not beside(pixel, done), len(beside(pixel, left)), pixel))
        path = [ends[0]]
        while True:
            left.discard(path[-1])
            following = beside(path[-1], left)
            if not following:
                break
            back = path[max(0, len(path) - 6)]
            # go on as straight as possible
            ahead = (2 * path[-1][0] - back[0], 2 * path[-1][1] - back[1])
            path.append(min(following,
                            key=lambda p: (p[0] - ahead[0]) ** 2 + (p[1] - ahead[1]) ** 2))
        ring = beside(path[0], done)[:1] + path + beside(path[-1], done | set(path[:-2]))[:1]
        done |= set(path)
        if len(ring) > 5 or not paths:
            paths.append(ring)
    return paths


def simplified(path: list, tolerance: float) -> list:
    """The fewest corners that stay within ``tolerance`` pixels of the path (Douglas and Peucker,
    1973)."""
    if len(path) < 3:
        return path
    first, last = np.array(path[0], float), np.array(path[-1], float)
    along = last - first
    offset = np.array(path) - first
    if along.any():
        away = np.abs(offset[:, 0] * along[1] - offset[:, 1] * along[0]) / np.hypot(*along)
    else:
        away = np.hypot(offset[:, 0], offset[:, 1])
    corner = int(away.argmax())
    if away[corner] <= tolerance:
        return [path[0], path[-1]]
    return simplified(path[:corner + 1], tolerance)[:-1] + simplified(path[corner:], tolerance)
