"""Digits in two IDX files, read one at a time, and the hash of batches. It needs NumPy alone, so
that the museum can import it, and a worker process, whatever its start method."""
import hashlib
from itertools import islice
from pathlib import Path

import numpy as np

from onecnn import spec

IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"
BATCHES = 200  # of an epoch, that are compared


class Digits:
    """Image and label by number. It keeps a path and a count, and holds no file open."""

    def __init__(self, folder):
        self.images, self.labels = (str(Path(folder) / name) for name in (IMAGES, LABELS))
        self.count = int(np.fromfile(self.labels, ">u4", 1, offset=4)[0])

    def __len__(self):
        return self.count

    def raw(self, number):
        image = np.fromfile(self.images, np.uint8, 784, offset=16 + 784 * int(number))
        label = np.fromfile(self.labels, np.uint8, 1, offset=8 + int(number))
        return image.reshape(spec.IMAGE_SHAPE), label[0]

    def __getitem__(self, number):
        image, label = self.raw(number)
        return image.astype(np.float32) / np.float32(255), np.int64(label)

    def batch(self, numbers):
        images, labels = zip(*(self[number] for number in numbers))
        return np.stack(images), np.stack(labels)


def order(count, epoch=0):
    """The numbers of the first batches of an epoch."""
    return list(islice(spec.batches(count, epoch), BATCHES))


def digest(batches):
    """How many batches there were, and one SHA-256 of all their bytes, in their order."""
    found, count = hashlib.sha256(), 0
    for images, labels in batches:
        found.update(np.ascontiguousarray(images, np.float32).tobytes())
        found.update(np.ascontiguousarray(labels, np.int64).tobytes())
        count += 1
    return f"{count} batches {found.hexdigest()}"
