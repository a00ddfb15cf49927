"""The chapter 06_practice/05_feed: what its text states holds."""
import json
import subprocess
import sys

import numpy as np
import pytest

from onecnn import cells, paths


def programs():
    return cells.program("06_practice/05_feed/idx_store"), cells.program("06_practice/05_feed/shifts")


def written(folder, store, count=300):
    random = np.random.RandomState(0)
    images = random.randint(0, 256, (count, 28, 28)).astype(np.uint8)
    labels = random.randint(0, 10, count).astype(np.uint8)
    for name, data in ((store.IMAGES, images), (store.LABELS, labels)):
        head = bytes([0, 0, 8, data.ndim]) + np.array(data.shape, ">u4").tobytes()
        (folder / name).write_bytes(head + data.tobytes())
    return images, labels


def test_digits_come_one_by_one(tmp_path):
    store, _ = programs()
    images, labels = written(tmp_path, store)
    digits = store.Digits(tmp_path)
    assert len(digits) == 300
    for number in (0, 150, 299):
        image, label = digits[number]
        assert image.shape == (1, 28, 28) and image.dtype == np.float32 and label == labels[number]
        assert np.array_equal(image[0], images[number].astype(np.float32) / np.float32(255))
    assert np.array_equal(digits.batch([7, 5])[1], labels[[7, 5]])


def test_the_hash_sees_order_bytes_and_labels(tmp_path):
    store, _ = programs()
    written(tmp_path, store)
    digits = store.Digits(tmp_path)
    a, b = digits.batch(range(64)), digits.batch(range(64, 128))
    near = (np.nextafter(a[0], np.float32(2)), a[1])
    other = (a[0], (a[1] + 1) % 10)
    found = [store.digest(one) for one in ((a, b), (b, a), (near, b), (other, b), (a,))]
    assert len(set(found)) == len(found)


def test_bytes_whose_quotient_is_no_product():
    values = np.arange(256, dtype=np.float32)
    assert (values / np.float32(255) != values * np.float32(1 / 255)).sum() == 126


def test_shifts_are_a_function_of_the_digit():
    _, shifts = programs()
    found = np.array([shifts.shift(0, 0, number) for number in range(500)])
    assert set(found.ravel().tolist()) == {-2, -1, 0, 1, 2}
    assert np.array_equal(found, [shifts.shift(0, 0, number) for number in range(500)])


def test_what_a_fork_shares():
    program = paths.programs("06_practice/05_feed") / "after_fork.py"
    found = json.loads(subprocess.run([sys.executable, program], capture_output=True, check=True, timeout=60).stdout)
    if not found:
        pytest.skip("no fork here")
    assert found == {"position": 784, "list": 1, "threads": [2, 1]}
