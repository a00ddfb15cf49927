"""All 70,000 MNIST digits, from ``MNIST_DIR``, the cache, or a public mirror. MNIST: LeCun, Cortes and Burges, 1998.

Readers call ``mnist.load(full=True)``. Environment variables: ``MNIST_DIR``, a folder with the four IDX files, packed
(``.gz``) or not; ``MNIST_MIRRORS``, addresses to use instead of ``MIRRORS``, separated by spaces.
"""
import gzip
import hashlib
import http.client
import math
import os
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from onecnn import mnist, paths

MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
TIMEOUT = 8  # seconds without a byte before a mirror is given up
SLOWEST = 2_000  # bytes per second: a mirror that is slower than this on average, after TIMEOUT seconds, is given up
BLOCK = 1 << 16


class File(NamedTuple):
    """One IDX file: its ``name`` without ``.gz``, the ``.gz``'s SHA-256 and size in bytes, the array's shape."""

    name: str
    sha256: str
    size: int
    shape: tuple


# The four SHA-256 values, each looked up on 2026-11-24 and the same in all three public repositories:
#   tensorflow/datasets, tensorflow_datasets/url_checksums/mnist.txt (commit 31f1255e57e5): SHA-256 and size
#   huggingface/datasets, datasets/mnist/dataset_infos.json (commit 040102f10096): SHA-256 and size
#   ankane/torchvision-ruby, lib/torchvision/datasets/mnist.rb (commit 3abaac778467): SHA-256, from yann.lecun.com
FILES = (
    File("train-images-idx3-ubyte", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
         9_912_422, (60_000, 28, 28)),
    File("train-labels-idx1-ubyte", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
         28_881, (60_000,)),
    File("t10k-images-idx3-ubyte", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
         1_648_877, (10_000, 28, 28)),
    File("t10k-labels-idx1-ubyte", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
         4_542, (10_000,)),
)


def load() -> tuple:
    """``(train_images, train_labels, test_images, test_labels)``, all uint8, in the order of the files.

    Images are ``60000 x 28 x 28`` and ``10000 x 28 x 28``, 0 (background) to 255; labels are ``60000`` and ``10000``,
    0 to 9.

    The files come from the folder ``MNIST_DIR`` if that is set, else from ``mnist`` in the cache; what the cache lacks,
    or holds damaged, is downloaded (11.6 MB) and kept there. Nothing unchecked or unfinished is ever written.

    Raises :class:`onecnn.mnist.DigitsError` when a file is missing, damaged or cannot be downloaded or kept; the
    message says what to do.
    """
    if os.environ.get("MNIST_DIR"):
        folder = Path(os.environ["MNIST_DIR"]).expanduser()
        try:
            return tuple(_read(folder, file) for file in FILES)
        except mnist.DigitsError as failure:
            raise mnist.DigitsError(f"{failure}.\nMNIST_DIR must hold the four original MNIST files, .gz or unpacked; "
                                    "unset it to download them, or use mnist.load() without full.") from None
    mirrors = os.environ.get("MNIST_MIRRORS", "").split() or list(MIRRORS)
    return tuple(_cached_or_downloaded(file, mirrors) for file in FILES)


def _cached_or_downloaded(file: File, mirrors: list) -> np.ndarray:
    folder = paths.cache() / "mnist"
    try:
        return _read(folder, file)
    except mnist.DigitsError as failure:
        absent = str(failure)
    packed = _download(file, mirrors, absent)
    try:
        folder.mkdir(exist_ok=True)
        paths.write_atomically(folder / (file.name + ".gz"), lambda stream: stream.write(packed))
    except OSError as failure:
        raise mnist.DigitsError(f"Cannot keep {file.name}.gz in {folder}: {failure.strerror or failure}.\n"
                                "Set ONECNN_CACHE to a folder that can be written, or use mnist.load() without full."
                                ) from None
    return _array(gzip.decompress(packed), file)


def _read(folder: Path, file: File) -> np.ndarray:
    """``file`` from ``folder``: the ``.gz`` if there is one (checksum), else the unpacked file (header and length)."""
    packed, unpacked = folder / (file.name + ".gz"), folder / file.name
    path = unpacked if unpacked.is_file() and not packed.is_file() else packed
    try:
        content = path.read_bytes()
        if path == packed:
            _check(content, file)
            content = gzip.decompress(content)
        return _array(content, file)
    except FileNotFoundError:
        raise mnist.DigitsError(f"No {file.name}.gz in {folder}") from None
    except OSError as failure:
        raise mnist.DigitsError(f"Cannot read {path}: {failure.strerror or failure}") from None
    except mnist.DigitsError as failure:
        raise mnist.DigitsError(f"{path} is damaged ({failure})") from None


def _check(packed: bytes, file: File) -> None:
    if len(packed) < file.size:
        raise mnist.DigitsError(f"truncated: {len(packed):,} of {file.size:,} bytes")
    if hashlib.sha256(packed).hexdigest() != file.sha256:
        raise mnist.DigitsError("wrong SHA-256")


def _array(content: bytes, file: File) -> np.ndarray:
    """The array in an IDX file: 0, 0, type (8 is uint8), dimensions; each dimension as big-endian uint32; the data."""
    start = 4 + 4 * len(file.shape)
    if content[:4] != bytes([0, 0, 8, len(file.shape)]):
        raise mnist.DigitsError("wrong magic number")
    shape = tuple(np.frombuffer(content[4:start], ">u4").tolist()) if len(content) >= start else None
    if shape != file.shape:
        raise mnist.DigitsError(f"dimensions {shape} in place of {file.shape}")
    if len(content) - start != math.prod(shape):
        raise mnist.DigitsError(f"{len(content) - start:,} bytes of data in place of {math.prod(shape):,}")
    data = np.frombuffer(content, np.uint8, offset=start)
    if len(shape) == 1 and data.max() > 9:
        raise mnist.DigitsError(f"a label of {data.max()}")
    return data.reshape(shape).copy()  # the buffer is read-only


def _download(file: File, mirrors: list, absent: str) -> bytes:
    """The checked bytes of ``file``'s ``.gz``. A mirror that fails goes to the end of the list, for the next files."""
    failures = []
    for mirror in tuple(mirrors):
        try:
            return _fetch(f"{mirror.rstrip('/')}/{file.name}.gz", file)
        except (mnist.DigitsError, OSError, http.client.HTTPException, ValueError) as failure:
            failures.append(f"{mirror}: {failure}")
            mirrors.append(mirrors.pop(0))
    raise mnist.DigitsError(f"{absent}, and no mirror gave it ({'; '.join(failures)}).\n"
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
                raise mnist.DigitsError(f"too slow: {len(received):,} bytes in {seconds:.0f} s")
    _check(received, file)
    return bytes(received)


@contextmanager
def _progress(name: str, total: int):
    """Gives ``advance(bytes)``: a tqdm bar, or without tqdm a line on stderr."""
    try:
        from tqdm import tqdm
    except ImportError:
        done = 0

        def advance(count):
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
