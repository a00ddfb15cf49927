# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Feed the network
#
# After this notebook you will be able to stream digits from disk into five frameworks, and *prove*
# that each gets the same batches, in the same order.
#
# **You will learn to**
# - read a data set from disk in constant memory;
# - write one pipeline for `DataLoader`, `tf.data`, Grain, MXNet and Caffe, and compare by hash;
# - find random numbers that repeat in each worker;
# - write augmentation that is the same in two frameworks;
# - stop in the middle of an epoch, and go on with the next batch;
# - let the feed work while the network trains.
#
# **Before you start:** [Your first network](../00_your_first_network.ipynb) and
# [PyTorch](../02_frameworks/02_pytorch.ipynb). Kernel `deployment`
# (`python3 course.py lab --with deployment`), about 40 minutes.
# Without the kernels `museum` and `caffe`, MXNet and Caffe are left out.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## Why look at a feed at all?
#
# No loss complains about its food. Below, a data set draws a random shift for each of eight digits,
# as augmentation does. PyTorch's `DataLoader` reads them with two worker processes, which take
# turns with [batches](../00_glossary.ipynb#Batch) of two. Look at the numbers.

# %%
import torch

from onecnn import cells

augment = cells.program("06_practice/05_feed/shifts")
loader = torch.utils.data.DataLoader(augment.Drawn(), batch_size=2, num_workers=2)
for number, shifts in enumerate(loader):
    print(f"batch {number}, worker {number % 2}:", shifts.tolist())

# %% [markdown]
# Each shift comes twice: half of the chance is gone, and nothing warns. You find such things if you
# know what a feed *should* give, and can prove that it does. Why it happened comes below.

# %% [markdown]
# ## How much memory does an epoch need?
#
# MNIST has 70,000 digits. Offline the course has 5,000 of them, so this chapter makes 70,000 out of
# those: 14 copies, each moved by another step of up to two pixels. They stand in for a large data
# set; a network would learn little more from them.
#
# They go into two files in **IDX**, MNIST's format: 0, 0, a type (8: bytes), the number of
# dimensions, each dimension in four bytes, then the data.

# %%
import tempfile
from pathlib import Path

import numpy as np

from onecnn import mnist, spec

scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name)
store = cells.program("06_practice/05_feed/idx_store")
STEPS = [(down, right) for down in range(-2, 3) for right in range(-2, 3)][:14]


def header(*shape):
    return bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes()


# %%
split = mnist.load()
digits_5000 = np.concatenate([split.train_images, split.test_images]) * 255
pixels = np.pad(np.rint(digits_5000[:, 0]).astype(np.uint8), ((0, 0), (2, 2), (2, 2)))
labels = np.concatenate([split.train_labels, split.test_labels]).astype(np.uint8)
with (folder / store.IMAGES).open("wb") as images, (folder / store.LABELS).open("wb") as others:
    images.write(header(70_000, 28, 28))
    others.write(header(70_000))
    for down, right in STEPS:
        images.write(pixels[:, 2 - down:30 - down, 2 - right:30 - right].tobytes())
        others.write(labels.tobytes())
print(f"{(folder / store.IMAGES).stat().st_size:,} bytes")

# %% [markdown]
# A digit has 784 bytes, so digit `n` begins at byte 16 + 784 `n`. `np.fromfile` reads just those.
# `store.Digits` in the program `idx_store.py` does so. Indexing gives one digit as float32 with its
# label; `batch` gives several.

# %%
import inspect

print(inspect.getsource(store.Digits.raw), inspect.getsource(store.Digits.__getitem__), sep="\n")
digits = store.Digits(folder)
image, label = digits[69_999]
print(len(digits), "digits;", image.shape, image.dtype, label.dtype)

# %% [markdown]
# **Predict, then run.** One whole [epoch](../00_glossary.ipynb#Epoch), in batches of 64. First,
# everything is loaded as float32; then, each batch is read when its turn comes. How much more
# memory does the first take?
#
# <details><summary>Answer</summary>
#
# More than a hundred times. All digits are 70,000 x 784 x 4 bytes, 220 million, and the file's own
# bytes beside them. A batch has 64 x 784 x 4, a fifth of a million, and the one before it goes when
# the next comes. What is left is the epoch's order: 70,000 numbers of eight bytes.
#
# </details>

# %%
import tracemalloc


def peak(task):
    tracemalloc.start()
    task()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def whole():
    images = np.fromfile(digits.images, np.uint8, offset=16).astype(np.float32)
    images /= np.float32(255)
    return images


def streamed(count=300):
    for numbers, _ in zip(spec.batches(len(digits), 0), range(count)):
        digits.batch(numbers)


# %%
loaded, once, longer = peak(whole), peak(lambda: streamed(100)), peak(lambda: streamed(300))
print("loaded: more than 200 million bytes:", loaded > 200e6)
print("streamed: less than 3 million:", once < 3e6)
print("three times as many batches, the same peak within 10 %:", abs(longer / once - 1) < 0.1)
print("more than a hundred times:", loaded > 100 * once)

# %% [markdown]
# 300 batches, because tracing is slow; the third line says why more would not matter.
#
# `tracemalloc` counts what Python and NumPy ask for. It does not count the pages of files that the
# system keeps as long as it has room. That is why a second epoch is often faster than the first. A
# file that is *mapped* (`np.memmap`) leaves everything to those pages.

# %% [markdown]
# ## What makes two feeds equal?
#
# The same bytes, in the same order. So the judge is a hash: SHA-256 over the images and labels of
# the first 200 batches of epoch 0, in the order of [the recipe](../00_your_first_network.ipynb),
# `spec.batches`. NumPy alone sets what is wanted.

# %%
order = store.order(len(digits))
wanted = store.digest(digits.batch(numbers) for numbers in order)
same = {}


def judge(name, batches):
    same[name] = store.digest(batches) == wanted
    print(f"{name}: the wanted bytes: {same[name]}")


judge("NumPy, again", (digits.batch(numbers) for numbers in order))
judge("two batches swapped", (digits.batch(n) for n in [order[1], order[0], *order[2:]]))
del same["two batches swapped"]

# %% [markdown]
# ## How does PyTorch's `DataLoader` work?
#
# It needs a data set with `len` and indexing: ours will do. A *batch sampler* says which numbers
# make a batch. *Collate* stacks single digits into tensors. With `num_workers=2`, two processes
# read ahead, and the loader puts their batches back in order.

# %%
def in_torch(workers):
    loader = torch.utils.data.DataLoader(digits, batch_sampler=order, num_workers=workers)
    return ((images.numpy(), labels.numpy()) for images, labels in loader)


judge("PyTorch", in_torch(0))
judge("PyTorch, two workers", in_torch(2))

# %% [markdown]
# A worker gets the data set by `fork`, as a copy, or by `spawn`, as a pickle. So `Digits` stands in
# a file: a class of a notebook cannot be found by a spawned process.
#
# `pin_memory=True` puts batches into page-locked memory, from which they are [copied to a GPU
# faster](https://docs.pytorch.org/docs/stable/notes/cuda.html). There was no GPU here to show it.

# %% [markdown]
# ## A trap: who draws the random numbers?
#
# This is the data set from the beginning. It holds a generator, and asks it for two numbers.

# %%
print(inspect.getsource(augment.Drawn))

# %% [markdown]
# Each worker gets a copy of the data set, and so of the generator, in the same state. Both draw the
# same numbers.
#
# **Predict, then run.** The same data set goes through the loader once more, for a second epoch.
# Are its shifts new?
#
# <details><summary>Answer</summary>
#
# No. For each epoch the loader makes new workers, with new copies of the same generator. The
# original has not drawn at all.
#
# </details>

# %%
def drawn(dataset):
    return [shift.tolist() for shift in torch.utils.data.DataLoader(dataset, 2, num_workers=2)]


kept = augment.Drawn()
first = drawn(kept)
print("worker 0 and worker 1 drew the same:", first[0::2] == first[1::2])
print("two epochs are the same:", first == drawn(kept))

# %% [markdown]
# With `np.random`'s *global* functions it was the same: [issue
# 5059](https://github.com/pytorch/pytorch/issues/5059) of 2018. [Pull request
# 56488](https://github.com/pytorch/pytorch/pull/56488) of 2021 seeds those in each worker. A
# generator of your own is still yours to seed.

# %%
torch.manual_seed(0)
found = drawn(augment.Global())  # np.random.randint
print("global functions: worker 0 and worker 1 drew the same:", found[0::2] == found[1::2])

# %% [markdown]
# PyTorch's way to seed it is `worker_init_fn`, a function that runs in each new worker, on its own
# copy of the data set. `torch.initial_seed()` is another there in each worker and epoch.

# %%
print(inspect.getsource(augment.seeded))
loader = torch.utils.data.DataLoader(kept, 2, num_workers=2, worker_init_fn=augment.seeded)
one, two = ([shift.tolist() for shift in loader] for _ in range(2))
print("worker 0 and worker 1 drew the same:", one[0::2] == one[1::2])
print("two epochs are the same:", one == two)

# %% [markdown]
# Yet with another number of workers the digits get other shifts. The cure that needs no worker's
# number: let chance be a *function* of seed, epoch and the digit's
# number. Then neither the count of workers nor the order of work can change it.

# %%
print(inspect.getsource(augment.shift))
print(inspect.getsource(augment.Counted))


def all_drawn(workers, epoch):
    return np.concatenate([shift.numpy() for shift in torch.utils.data.DataLoader(
        augment.Counted(epoch), 2, num_workers=workers)])


print("no workers, two workers: the same:", np.array_equal(all_drawn(0, 0), all_drawn(2, 0)))
print("epoch 0, epoch 1: the same:", np.array_equal(all_drawn(0, 0), all_drawn(0, 1)))

# %% [markdown]
# ## What does a fork copy?
#
# On Linux with Python 3.11, workers are forks: the child begins as a copy of its parent. The
# program `after_fork.py` asks what is copied. The parent opens a file, and its child moves to byte
# 784.
#
# **Predict, then run.** Where does the *parent* then stand in the file?
#
# <details><summary>Answer</summary>
#
# At byte 784. A list of Python is copied, an open file's position is shared. Two workers that share
# an open file move it under each other's hands.
#
# </details>

# %%
import json
import subprocess
import sys

forked = json.loads(subprocess.run(
    [sys.executable, store.__file__.replace("idx_store", "after_fork")],
    capture_output=True, text=True, timeout=60, check=True).stdout)
if forked:  # Windows has no fork
    print("the parent's position:", forked["position"])
    print("the parent's list, to which the child appended:", forked["list"], "number")
    print("threads in the parent, in the child:", *forked["threads"])

# %% [markdown]
# The last line is another trap: threads do not come along, and a lock that one of them held stays
# locked ([issue 2245](https://github.com/pytorch/pytorch/issues/2245): the child hangs). JAX and
# TensorFlow have many threads: start workers before them, or use `spawn`.
#
# Users meet the shared file with HDF5: [issue
# 11929](https://github.com/pytorch/pytorch/issues/11929), wrong data with more than one worker. A
# comment there gives the cure: open the file at the first read, not in `__init__`. Our `Digits`
# opens it for each read.

# %% [markdown]
# ## How does `tf.data` differ?
#
# A `tf.data` pipeline is a graph that TensorFlow runs in its own threads. It *streams*: elements
# come one after another, without an index. `FixedLengthRecordDataset` reads our IDX file as it is.
# `num_parallel_calls` and `prefetch` take `AUTOTUNE`: TensorFlow then tunes them while it runs.

# %%
import tensorflow as tf

AUTO = tf.data.AUTOTUNE


def decode(image, label):
    image = tf.reshape(tf.io.decode_raw(image, tf.uint8), spec.IMAGE_SHAPE)
    return tf.cast(image, tf.float32) / 255, tf.cast(tf.io.decode_raw(label, tf.uint8)[0], tf.int64)


records = tf.data.Dataset.zip(tf.data.FixedLengthRecordDataset(digits.images, 784, header_bytes=16),
                              tf.data.FixedLengthRecordDataset(digits.labels, 1, header_bytes=8))
in_order = records.map(decode, num_parallel_calls=AUTO).batch(spec.BATCH).prefetch(AUTO)
from_file = store.digest(in_order.take(200).as_numpy_iterator())
print("the file's order, as NumPy reads it:",
      from_file == store.digest(digits.batch(n) for n in np.arange(12_800).reshape(200, 64)))

# %% [markdown]
# A stream cannot jump. `shuffle(1000)` keeps 1,000 elements, gives one of them by chance, and puts
# the next in its place.
#
# **Predict, then run.** The 70,000 are shuffled with a buffer of 1,000. Which numbers can stand in
# the first batch of 64?
#
# <details><summary>Answer</summary>
#
# Those below 1,063: the first digit comes from numbers 0 to 999, the 64th from 0 to 1,062. If the
# file is sorted by label, the first batches hold one label.
#
# </details>

# %%
tf.random.set_seed(0)
numbers = tf.data.Dataset.range(70_000).shuffle(1000)
visited = np.array(list(numbers.as_numpy_iterator()))
print("each number once:", np.array_equal(np.sort(visited), np.arange(70_000)))
print("largest in the first batch is below 1,063:", visited[:64].max() < 1063)

# %%
fig, axes = lesson.figure(7, 3.2, columns=2, sharey=True)
for ax, shown, title in ((axes[0], visited, "shuffle(1000)"),
                         (axes[1], np.concatenate(list(spec.batches(70_000, 0))), "permutation")):
    ax.plot(np.arange(0, len(shown), 70), shown[::70], ".", color=lesson.BLUE, markersize=3)
    ax.set(title=title, xlabel="place in the epoch")
axes[0].set_ylabel("number of the digit")
lesson.show(fig, alt="Two scatter plots of a digit's number over its place in the epoch. With a "
            "shuffle buffer of 1,000 the points lie on a thin diagonal: the order is almost the "
            "file's. With a permutation they fill the square.")

# %% [markdown]
# A thin line: that "shuffle" hardly moves anything. The cure is a buffer as large as the data set,
# a file that was shuffled when it was written, or numbers in place of records: shuffle those, and
# let `map` read. So we get the recipe's order.

# %%
def read(numbers):
    images, labels = tf.numpy_function(digits.batch, [numbers], [tf.float32, tf.int64])
    return images, labels


by_number = tf.data.Dataset.from_tensor_slices(np.stack(order)).map(read, num_parallel_calls=2)
judge("tf.data", by_number.prefetch(AUTO).as_numpy_iterator())

# %% [markdown]
# Two calls run at once, and still the order holds: `map` waits for the earlier one. With
# `deterministic=False` it does not. `cache()` keeps in memory what came before it, in the first
# epoch.
#
# **Predict, then run.** Three pipelines over the numbers 0 to 99. In which are two epochs the same?
#
# <details><summary>Answer</summary>
#
# In the second and the third. `cache` keeps the shuffled order. And once `tf.random.set_seed` was
# called, `tf.random.uniform` inside `map` begins anew with each epoch.
#
# </details>

# %%
tf.random.set_seed(0)
hundred = tf.data.Dataset.range(100)
for name, pipeline in (
        ("cache, then shuffle", hundred.cache().shuffle(100)),
        ("shuffle, then cache", hundred.shuffle(100).cache()),
        ("a seeded random map", hundred.map(lambda n: tf.random.uniform([], 0, 1000, tf.int32)))):
    one, two = (list(pipeline.as_numpy_iterator()) for _ in range(2))
    print(f"{name}: two epochs are the same: {one == two}")

# %% [markdown]
# It is the workers' trap again: [issue
# 44195](https://github.com/tensorflow/tensorflow/issues/44195), "this nullifies the effect of any
# data augmentation". The cure is the same, too: `tf.random.stateless_uniform` takes a seed of two
# numbers, such as the epoch and the digit's number.

# %% [markdown]
# ## What do JAX's users take?
#
# JAX has no loader of its own: [Flax's
# guide](https://flax.readthedocs.io/en/latest/guides/data_loaders.html) shows those of others.
# [Grain](https://pypi.org/project/grain/) is made for JAX, and runs without it: a data set with an
# index, whose steps are functions of that index. Chance, too:
# [`random_map`](https://github.com/google/grain/issues/1102) hands your function a generator that
# was made for index and epoch.

# %%
import grain

feed = (grain.MapDataset.source(np.concatenate(order).tolist())
        .map(digits.__getitem__).batch(spec.BATCH))
judge("Grain", feed)
print("batch 150 without the 150 before it:",
      np.array_equal(feed[150][0], digits.batch(order[150])[0]))
chance = (grain.MapDataset.range(100).seed(0).repeat(2)
          .random_map(lambda number, random: int(random.integers(1000))))
print("by chance: asked twice the same:", chance[7] == chance[7],
      "  two epochs the same:", list(chance)[:100] == list(chance)[100:])

# %% [markdown]
# PyTorch's loader serves JAX as well, as Flax's guide shows: its collate makes tensors, so give it
# one that stacks arrays. `device_put` then moves a batch to JAX's device.

# %%
import jax


def stack(singles):  # a list of pairs (image, label)
    return tuple(np.stack(part) for part in zip(*singles))


loader = torch.utils.data.DataLoader(digits, batch_sampler=order, collate_fn=stack)
judge("JAX, by PyTorch's loader", (jax.device_put(batch) for batch in loader))
print("on the way labels lost half their bits:", jax.device_put(digits.batch([0])[1]).dtype)

# %% [markdown]
# JAX keeps 32 bits unless told otherwise. A label fits; a hash of the batch as it is would not.

# %% [markdown]
# ## What did MXNet and Caffe read?
#
# MXNet has **RecordIO**: one file of records, one with their places, so that Gluon's `DataLoader`
# can jump. Caffe's `Data` layer reads **LMDB**, a database that is mapped into memory, in the order
# of its keys. The layer does not jump: the order is chosen when the database is written. A
# record is a `Datum`, whose few bytes of protobuf we write by hand.

# %%
import lmdb


def datum(image, label):
    """Fields 1 to 5 of Caffe's Datum: channels, height, width, data, label."""
    return (bytes([8, 1, 16, 28, 24, 28, 34, 0x90, 6]) + image.tobytes() + bytes([40, label]))


numbers = np.concatenate(order)
with lmdb.open(str(folder / "digits.lmdb"), map_size=1 << 26) as database:
    with database.begin(write=True) as transaction:
        for place, number in enumerate(numbers):
            transaction.put(f"{place:08}".encode(), datum(*digits.raw(number)))
    print(database.stat()["entries"], "records")

# %%
def elsewhere(chapter, task, **arguments):
    try:
        return cells.run(f"02_frameworks/{chapter}", f"06_practice/05_feed/{task}:report",
                         folder=str(folder), **arguments)
    except cells.KernelMissing as reason:
        print("not run:", reason)
        return None


museum = elsewhere("04_mxnet", "mxnet_records")
if museum:
    same["MXNet, RecordIO"] = museum["hash"] == wanted
    print(museum["records"], "records; the wanted bytes:", same["MXNet, RecordIO"])

# %% [markdown]
# Caffe's layer can scale, `scale: 0.00392156862745098`, and that is 1/255 as exactly as it goes.
#
# **Predict, then run.** Once Caffe scales; once it gives bytes, which NumPy divides by 255. Which
# hash is the wanted one?
#
# <details><summary>Answer</summary>
#
# The divided one. To multiply by a rounded 1/255 is not to divide by 255: for 126 of the 256 bytes
# the float32 differs in its last bit. The network would not notice. The hash does.
#
# </details>

# %%
brew = elsewhere("05_caffe", "caffe_lmdb", count=len(order))
if brew:
    same["Caffe, LMDB"] = brew["divided"] == wanted
    print("divided:", same["Caffe, LMDB"], "  scaled by Caffe:", brew["scaled"] == wanted)
bytes_ = np.arange(256, dtype=np.float32)
print("bytes that differ:", (bytes_ / np.float32(255) != bytes_ * np.float32(1 / 255)).sum())

# %%
print("the same bytes in all that ran:", all(same.values()))
print("NumPy, PyTorch, tf.data and Grain among them:",
      {"NumPy, again", "PyTorch", "tf.data", "Grain"} <= set(same))

# %% [markdown]
# ## Can two frameworks augment alike?
#
# If chance is a function of seed, epoch and number, only the arithmetic is left. Moving by whole
# pixels has none: PyTorch and TensorFlow pad and cut, each with its own functions.

# %%
def moved_torch(image, down, right):
    padded = torch.nn.functional.pad(torch.from_numpy(image), (2, 2, 2, 2))
    return padded[:, 2 - down:30 - down, 2 - right:30 - right].numpy()


def moved_tensorflow(image, down, right):
    padded = tf.pad(image, [[0, 0], [2, 2], [2, 2]])
    return tf.slice(padded, [0, 2 - down, 2 - right], [1, 28, 28]).numpy()


def augmented(move, epoch):
    for numbers in order[:20]:
        images, labels = digits.batch(numbers)
        yield np.stack([move(image, *augment.shift(0, epoch, number))
                        for image, number in zip(images, numbers)]), labels


# %%
hashes = [[store.digest(augmented(move, epoch)) for move in (moved_torch, moved_tensorflow)]
          for epoch in (0, 1)]
print("PyTorch and TensorFlow, epoch 0:", hashes[0][0] == hashes[0][1])
print("PyTorch and TensorFlow, epoch 1:", hashes[1][0] == hashes[1][1])
print("epoch 0 and epoch 1:", hashes[0][0] == hashes[1][0])

# %% [markdown]
# Rotations and scalings interpolate, and each library rounds in its own way. For equal bytes, let
# one library do them, and hand its arrays to the others.

# %% [markdown]
# ## Can you go on in mid-epoch?
#
# After batch 120 the power fails. Grain's iterator has a state; TensorFlow's goes into a
# checkpoint. PyTorch's `DataLoader` has none: with an order that is a function of the epoch, a
# number will do. (`torchdata`'s
# [`StatefulDataLoader`](https://docs.pytorch.org/data/0.8/_sources/torchdata.stateful_dataloader.rst.txt)
# has a state; it is not installed here.)

# %%
DONE = 120
rest = store.digest(digits.batch(numbers) for numbers in order[DONE:])

before = iter(feed.to_iter_dataset())
for _ in range(DONE):
    next(before)
state = json.dumps(before.get_state())
after = iter(feed.to_iter_dataset())
after.set_state(json.loads(state))
print("Grain's state:", state, " the rest is the same:", store.digest(after) == rest)
loader = torch.utils.data.DataLoader(digits, batch_sampler=order[DONE:])
print("PyTorch, by a number: the rest is the same:",
      store.digest((images.numpy(), labels.numpy()) for images, labels in loader) == rest)

# %%
shuffled = records.shuffle(1000, seed=0).map(decode).batch(spec.BATCH).take(40)
before = iter(shuffled)
for _ in range(10):
    next(before)
saved = tf.train.Checkpoint(iterator=before).save(str(folder / "iterator"))
left = [labels.numpy() for _, labels in before]
after = iter(shuffled)
tf.train.Checkpoint(iterator=after).restore(saved)
again = [labels.numpy() for _, labels in after]
print(len(left), "batches left; the same after the restoration:", np.array_equal(left, again))
size = sum(file.stat().st_size for file in folder.glob("iterator*"))
print("the checkpoint is larger than 100,000 bytes:", size > 100_000)

# %% [markdown]
# TensorFlow saves the shuffle buffer itself: 1,000 digits, packed. Grain saves one number, because
# its order is a function.

# %% [markdown]
# ## Does the network wait for its food?
#
# Compare two times: what a batch costs to fetch, and what a training step costs.

# %% tags=["nbval-ignore-output"]
import time

pytorch = cells.functions("02_frameworks/02_pytorch")
net = pytorch.build(spec.initial_weights())


def seconds(task, times=20):
    start = time.perf_counter()
    for number in range(times):
        task(number)
    return (time.perf_counter() - start) / times


images, labels = digits.batch(order[0])
pytorch.train_step(net, images, labels)
step = seconds(lambda _: pytorch.train_step(net, images, labels))
fetch = seconds(lambda number: digits.batch(order[number]))
print(f"fetching a batch takes {fetch / step:.1f} of a step")

# %% [markdown]
# One after the other, a step takes the *sum*. If the next batch is fetched meanwhile, it takes the
# *larger* of both. A thread and a queue of two batches are enough, where the fetch waits for the
# disk or works outside of Python. Here both stages sleep, so that you see nothing else.

# %%
import queue
import threading


def prefetched(batches, ahead=2):
    waiting, end = queue.Queue(ahead), object()

    def fill():
        try:
            for batch in batches:
                waiting.put(batch)
        finally:
            waiting.put(end)

    threading.Thread(target=fill, daemon=True).start()
    while (batch := waiting.get()) is not end:
        yield batch


# %%
def stage(record, number, pause):
    start = time.perf_counter()
    time.sleep(pause)
    record.append((number, start, time.perf_counter()))
    return number


def epoch(wrap, pause=0.05, count=8):
    fetched, trained, start = [], [], time.perf_counter()
    for number in wrap(stage(fetched, number, pause) for number in range(count)):
        stage(trained, number, pause)
    return [[(n, a - start, b - start) for n, a, b in one] for one in (fetched, trained)]


runs = {"one after the other": epoch(iter), "fetched ahead": epoch(prefetched)}
print("the order is kept:", [n for n, *_ in runs["fetched ahead"][1]] == list(range(8)))
print("a batch is fetched while another is trained:",
      any(start < until and since < end for _, start, end in runs["fetched ahead"][0]
          for _, since, until in runs["fetched ahead"][1]))

# %% tags=["nbval-ignore-output"]
fig, axes = lesson.figure(7, 3.2, rows=2, sharex=True)
for ax, (name, (fetched, trained)) in zip(axes, runs.items()):
    for row, (bars, color) in enumerate(((fetched, lesson.ORANGE), (trained, lesson.BLUE))):
        for number, start, end in bars:
            ax.barh(row, (end - start) * 1000, left=start * 1000, color=color, edgecolor="white")
            ax.text((start + end) * 500, row, number, color="white", ha="center", va="center")
    ax.set(title=name, yticks=[0, 1], yticklabels=["fetch", "train"])
    ax.invert_yaxis()
axes[1].set_xlabel("milliseconds")
lesson.show(fig, alt="Two timelines of eight batches. One after the other: fetch and train take "
            "turns, and one of them waits. Fetched ahead: while a batch is trained, the next is "
            "fetched, and the end comes after little more than half the time.")

# %% [markdown]
# And the real feed, with the real step? Ours reads by Python, which the step needs, too.

# %% tags=["nbval-ignore-output"]
for name, wrap in (("one after the other", iter), ("fetched ahead", prefetched)):
    start = time.perf_counter()
    for images, labels in wrap(digits.batch(numbers) for numbers in order[:60]):
        pytorch.train_step(net, images, labels)
    print(f"{name:<20} {60 / (time.perf_counter() - start):.0f} steps a second")

# %% [markdown]
# This is what `prefetch` and `num_workers` do, and Grain's `to_iter_dataset`. (A library's queue
# also hands on errors, and ends its thread when you stop early. Ours does neither.) If the fetch
# alone takes longer than the step, a queue is not enough: then more workers, or less work for each
# digit.

# %%
del before, after, shuffled, in_order, records  # they may hold files open
scratch.cleanup()
print("left on disk:", folder.exists())

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** You load all digits before training, as float32, and memory is full. What does a stream of
# batches hold at one time?
#
# <details><summary>A. As much: each digit comes once</summary>No. They come one batch after another, and what was used goes.</details>
# <details><summary>B. A batch or two, whatever the number of digits</summary>Right. The peak was the same for 100 batches and for 300.</details>
# <details><summary>C. A quarter, for the file has bytes</summary>No. That is what loading the file as bytes would take. A stream does not load the file.</details>
#
# <br>**2.** A data set holds `np.random.default_rng(0)` and draws its augmentation from it. With
# four workers, what do you see?
#
# <details><summary>A. Each shift four times, and the same in each epoch</summary>Right. Each worker begins with a copy of the same generator, and new workers begin with it again.</details>
# <details><summary>B. An error: a generator cannot be shared</summary>No. It is copied, in silence.</details>
# <details><summary>C. Nothing odd: PyTorch seeds NumPy in each worker</summary>No. It seeds NumPy's global generator; yours is an object of its own.</details>
#
# <br>**3.** A file holds all zeros, then all ones, and so on: 70,000 digits. `shuffle(1000)` stands
# in the pipeline. What is in the first batch of 64?
#
# <details><summary>A. Digits of all classes</summary>No. The buffer has to hold them for that. It holds the first thousand records.</details>
# <details><summary>B. The first 64 of the file, in order</summary>No. They are drawn from a buffer of a thousand.</details>
# <details><summary>C. 64 zeros</summary>Right. It is drawn from the first 1,063 records, and those are zeros.</details>
#
# <br>**4.** Two feeds give hashes that differ, and the largest difference of their numbers is 6e-8.
# Where do you look?
#
# <details><summary>A. At the order of the batches</summary>No. Other digits in a batch would differ by far more.</details>
# <details><summary>B. At division by 255 in one, multiplication by 1/255 in the other</summary>Right. 126 of the 256 bytes differ in the last bit.</details>
# <details><summary>C. At the labels</summary>No. Labels are whole numbers; they are equal, or differ by 1 or more.</details>
#
# <br>**5.** A data set opens its file in `__init__` and reads with `seek` and `read`. Alone it is
# right; with two forked workers digits are mixed up. Why?
#
# <details><summary>A. The workers share the position in the file</summary>Right. After a fork both move the same one. Open the file in the worker, or say the position with each read.</details>
# <details><summary>B. The loader returns batches in another order</summary>No. It puts the workers' batches back in order, as the hash showed.</details>
# <details><summary>C. Each worker has read the whole file</summary>No. That would cost memory, but mix nothing up.</details>
#
# <br>**6.** A fetch takes 30 ms, a step takes 10 ms, one after the other. What does fetching ahead,
# in one thread, bring?
#
# <details><summary>A. 10 ms for each step: the fetch is hidden</summary>No. Each batch still needs 30 ms, and there is one thread to fetch it.</details>
# <details><summary>B. 30 ms in place of 40</summary>Right. The larger of both is left. For more, fetch with several workers, or fetch less.</details>
# <details><summary>C. 20 ms, half of the sum</summary>No. That would need the work to be shared evenly. The fetch alone takes 30 ms.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | order | ahead by | resume in mid-epoch |
# |---|---|---|---|
# | PyTorch `DataLoader` | any, by a sampler | processes | a number of your own |
# | `tf.data` | a stream, a buffer | threads | a checkpoint, with the buffer |
# | Grain | any, by index | threads, processes | one number |
# | MXNet RecordIO | any, by index | processes | a number of your own |
# | Caffe LMDB | as written | a thread | by what you write |
#
# **Choose `DataLoader` when** your data has an index. **Choose `tf.data` when** records come as a
# stream (avoid a small buffer on a sorted file). **Choose Grain when** you must resume. **In each
# case** hash a few batches.
#
# **Now you:** [the exercise](../../exercises/06_practice/05_feed.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-12-01.
# - Pinned memory: [PyTorch documentation, CUDA
#   semantics](https://docs.pytorch.org/docs/stable/notes/cuda.html) (an older text of it was read,
#   in [Android's copy](https://android.googlesource.com/platform/external/pytorch/))
# - Random numbers in workers: [issue 5059](https://github.com/pytorch/pytorch/issues/5059) and
#   [pull request 56488](https://github.com/pytorch/pytorch/pull/56488); open files:
#   [issue 11929](https://github.com/pytorch/pytorch/issues/11929); threads and a fork:
#   [issue 2245](https://github.com/pytorch/pytorch/issues/2245)
# - `tf.data`: [issue 44195](https://github.com/tensorflow/tensorflow/issues/44195); Grain's chance:
#   [issue 1102](https://github.com/google/grain/issues/1102)
# - The state of a loader: [torchdata,
#   StatefulDataLoader](https://docs.pytorch.org/data/0.8/_sources/torchdata.stateful_dataloader.rst.txt)
# - JAX's feeds: [Flax's guide](https://flax.readthedocs.io/en/latest/guides/data_loaders.html),
#   [Grain](https://pypi.org/project/grain/)
# - Workers of [MXNet's
#   DataLoader](https://beta.mxnet.io/api/gluon/_autogen/mxnet.gluon.data.DataLoader.html); the
#   thread of [Caffe's data
#   layers](https://github.com/BVLC/caffe/blob/master/src/caffe/layers/base_data_layer.cpp)

# %% [markdown]
# **On your path:**
#
# - *Research, 16 of 18:* [Find the lost time](04_profile.ipynb) → here →
#   [Start from somebody else's weights](06_hubs.ipynb)
#
# **In the order of the folders:** previous [Find the lost time](04_profile.ipynb) · next
# [Start from somebody else's weights](06_hubs.ipynb) · [all chapters](../00_start_here.ipynb)
