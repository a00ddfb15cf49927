# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: feed the network
#
# Four tasks on [the notebook](../../notebooks/06_practice/05_feed.ipynb), about 35 minutes. Fill
# in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a
# hint. The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds below each
# check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import itertools
import json
import math
import os
import struct
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np

from onecnn import checks, spec

# %% [markdown]
# ## 1. One record out of many (complete)
#
# `path`, a `Path`, names an IDX file of bytes: 0, 0, 8, the number of dimensions; each dimension in
# four bytes, the largest byte first; the data. The first dimension counts records. Return record
# `number` as an array of the other dimensions. Read no more than you need: the file may be larger
# than memory. A number below 0, or too large, raises an `IndexError`.


# %%
def record(path, number):
    ### BEGIN SOLUTION
    with path.open("rb") as file:
        dimensions = file.read(4)[3]
        count, *shape = struct.unpack(f">{dimensions}I", file.read(4 * dimensions))
        if not 0 <= number < count:
            raise IndexError(number)
        size = math.prod(shape)
        file.seek(number * size, os.SEEK_CUR)
        return np.frombuffer(file.read(size), np.uint8).reshape(shape)
    ### END SOLUTION


# %%
def idx_file(path, *shape):
    return path.write_bytes(bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes())


def refused(path, number):
    try:
        record(path, number)
    except IndexError:
        return True
    return False


# %%
def reads_records():
    random = checks.random(1)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for shape in ((300,), (7, 3), (5, 4, 6), (3, 2, 5, 4), (1, 28, 28), (4, 1, 300)):
            path = Path(folder) / f"{len(shape)}-{shape[-1]}"
            data = random.randint(0, 256, shape).astype(np.uint8)
            idx_file(path, *shape)
            with path.open("ab") as stream:
                stream.write(data.tobytes())
            for number in {0, shape[0] // 2, shape[0] - 1}:
                found = record(path, number)
                if np.shape(found) != shape[1:] or not np.array_equal(found, data[number]):
                    return f"not for record {number} of a file with dimensions {shape}"
            if not all(refused(path, number) for number in (-1, -shape[0], shape[0])):
                return f"a number outside of a file with dimensions {shape} raises no IndexError"
        idx_file(path, 50_000, 28, 28)
        with path.open("r+b") as stream:
            stream.truncate(16 + 50_000 * 784)
        tracemalloc.start()
        record(path, 49_999)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return used < 1_000_000 or "of a file with 39 million bytes, you hold more than a million"


checks.grade("1 record", reads_records, hint="how long is the header, how many bytes has a record, "
             "and how many bytes stand before the one that you want?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Byte 3 tells how many dimensions follow. `struct.unpack(">3I", twelve_bytes)` gives three whole
# numbers of Python (NumPy's `uint32` begins again at zero beyond 4 GB). A record has as many bytes
# as the other dimensions multiplied; `file.seek(many, os.SEEK_CUR)` steps over what comes before.
#
# </details>

# %% [markdown]
# ## 2. Chance as a function (mend)
#
# `drawn` asks a generator for a shift. Each worker would have a copy of it, and whoever asks first
# gets another answer. Mend it: the two shifts, each from `-limit` to `limit`, shall be a function
# of `seed`, `epoch` and `number` alone, and different for different digits, epochs and seeds. What
# NumPy's global generator would give next stays as it is.

# %%
RANDOM = np.random.default_rng(0)


def drawn(seed, epoch, number, limit):
    return RANDOM.integers(-limit, limit + 1, 2)


# %%
def shift(seed, epoch, number, limit):
    ### BEGIN SOLUTION
    return np.random.default_rng((seed, epoch, number)).integers(-limit, limit + 1, 2)
    ### END SOLUTION


# %%
def asked(limit, numbers, epoch=0, seed=0):
    return np.array([shift(seed, epoch, int(number), limit) for number in numbers]).tolist()


def chance_is_a_function():
    random, numbers = checks.random(2), np.arange(1000)
    np.random.seed(5)
    before = np.random.get_state()[1].tolist(), np.random.get_state()[2]
    for limit in (1, 2, 3):
        found = asked(limit, numbers)
        mixed = random.permutation(1000)
        if asked(limit, mixed) != [found[number] for number in mixed]:
            return "asked in another order, the same digits get other shifts"
        for name, other in (("epoch", asked(limit, numbers, epoch=1)),
                            ("seed", asked(limit, numbers, seed=1)),
                            ("digit", asked(limit, numbers + 1000))):
            if np.mean(np.array(found) == other) > 0.7:
                return f"another {name}, and most shifts are the same"
        if asked(limit, numbers, 1, 2) == asked(limit, numbers, 2, 1):
            return "epoch 1 with seed 2 gives what epoch 2 with seed 1 gives"
        if asked(limit, numbers[1:], 0) == asked(limit, numbers[:-1], 1):
            return "in the next epoch each digit gets what its neighbour had"
        few = numbers[:50]
        others = asked(limit, few, epoch=1), asked(limit, few, seed=1)
        for jump in (10, 100, 1000, 10_000, 100_000, 1_000_000):
            if asked(limit, few + jump) in others:
                return f"digit n + {jump} gets what digit n gets in another epoch or seed"
        wanted = {(a, b) for a in range(-limit, limit + 1) for b in range(-limit, limit + 1)}
        if set(map(tuple, found)) != wanted:
            return f"with a limit of {limit}, some pairs of shifts are missing, or too many"
        if any((np.array(found)[:, side] == value).mean() > 1.5 / (2 * limit + 1)
               for side in (0, 1) for value in range(-limit, limit + 1)):
            return f"with a limit of {limit}, one shift comes too often"
    if asked(0, [3]) != [[0, 0]]:
        return "a limit of 0 means no shift"
    after = np.random.get_state()[1].tolist(), np.random.get_state()[2]
    return after == before or "NumPy's global generator was touched"


checks.grade("2 chance", chance_is_a_function, hint="what is the state of the generator when a "
             "digit is asked for? who decides that?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Make a generator for each question. `np.random.default_rng` takes a tuple of whole numbers as its
# seed, and mixes them well; a sum of them would give the same for 1 + 2 and 2 + 1.
#
# </details>

# %% [markdown]
# ## 3. The shuffle buffer of `tf.data` (port)
#
# Write a generator. It fills a list with the first `size` elements of `source`. Then, again and
# again: `place = draw(n)`, where `n` is the length of the list; it yields the element at that
# place, and the next of the source takes the place. When the source has ended, the *last* of the
# list takes the place, and the list is one shorter, until nothing is left. `source` may have no
# end: hold no more than `size` elements that were not yet given.


# %%
def buffered(source, size, draw):
    ### BEGIN SOLUTION
    source = iter(source)
    held = list(itertools.islice(source, size))
    while held:
        place = draw(len(held))
        yield held[place]
        try:
            held[place] = next(source)
        except StopIteration:
            held[place] = held[-1]
            held.pop()
    ### END SOLUTION


# %%
def by_table(count, size, places):
    """The order that ``places`` give, found without a buffer: a table of who stands where."""
    stands, ahead, given = {at: at for at in range(min(size, count))}, size, []
    for place in places:
        given.append(stands[place])
        if ahead < count:
            stands[place], ahead = ahead, ahead + 1
        else:
            last = stands.pop(max(stands))
            if place in stands:
                stands[place] = last
    return given


class Draw:
    def __init__(self, kind, random):
        self.kind, self.random, self.lengths, self.places = kind, random, [], []

    def __call__(self, length):
        self.lengths.append(length)
        chosen = {"first": 0, "last": length - 1, "random": self.random.randint(max(1, length))}
        self.places.append(chosen[self.kind])
        return self.places[-1]


class Counted:
    def __init__(self, count):
        self.taken, self.count = 0, count

    def __iter__(self):
        for number in itertools.count() if self.count is None else range(self.count):
            self.taken += 1
            yield number


# %%
def shuffles_as_it_should():
    random = checks.random(3)
    for count, size in ((10, 3), (10, 1), (10, 10), (4, 9), (50, 7), (1, 1), (0, 3)):
        for kind in ("first", "last", "random"):
            draw = Draw(kind, random)
            found = list(buffered(iter(range(count)), size, draw))
            if sorted(found) != list(range(count)):
                return f"{count} elements, a buffer of {size}: not each of them once"
            held = [min(size, count - at) for at in range(count)]
            if draw.lengths != held or found != by_table(count, size, draw.places):
                return f"{count} elements, a buffer of {size}, drawing the {kind}: another order"
    endless = Counted(None)
    found = list(itertools.islice(buffered(endless, 5, lambda length: 0), 100))
    if endless.taken > 105 or found[:3] != [0, 5, 6]:
        return "of a source without an end too many elements were taken"
    return "np" not in checks.names(buffered.__code__) or "without NumPy: let draw do the drawing"


checks.grade("3 buffer", shuffles_as_it_should, hint="when is the next element taken: before or "
             "after one is given? and what happens when there is none?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `itertools.islice(source, size)` takes the first ones; make an iterator of the source before.
# While the list is not empty: draw, yield, then `next(source)` into that place. On `StopIteration`
# move the last element there, and shorten the list.
#
# </details>

# %% [markdown]
# ## 4. A feed that can go on (design)
#
# Write a `Feed`. `next(feed)` gives the numbers of the next batch: those of `spec.batches(size,
# epoch, batch)` for epoch 0, then 1, 2, and so on without an end. `state()` gives something that
# JSON can hold, of at most 100 characters; `Feed(size, batch, state)` goes on with the batch that
# would have come next. Where no batch fits, `Feed` raises a `ValueError`.


# %%
class Feed:
    def __init__(self, size, batch, state=None):
        ### BEGIN SOLUTION
        if size < batch:
            raise ValueError("no batch fits")
        self.size, self.batch = size, batch
        self.epoch, self.place = state or (0, 0)
        ### END SOLUTION

    def __iter__(self):
        return self

    def __next__(self):
        ### BEGIN SOLUTION
        if self.place == self.size // self.batch:
            self.epoch, self.place = self.epoch + 1, 0
        batches = spec.batches(self.size, self.epoch, self.batch)
        self.place += 1
        return next(itertools.islice(batches, self.place - 1, None))
        ### END SOLUTION

    def state(self):
        ### BEGIN SOLUTION
        return [self.epoch, self.place]
        ### END SOLUTION


# %%
def goes_on():
    for size, batch in ((20, 6), (12, 4), (5, 5), (9, 1), (7, 4)):
        wanted = [numbers.tolist() for epoch in range(6)
                  for numbers in spec.batches(size, epoch, batch)]
        whole, states = Feed(size, batch), []
        for step, numbers in enumerate(wanted):
            states.append(json.dumps(whole.state()))
            if np.asarray(next(whole)).tolist() != numbers:
                return f"{size} digits in batches of {batch}: batch {step} is another one"
        if max(map(len, states)) > 100:
            return "the state has more than 100 characters"
        for step, state in enumerate(states):
            after = Feed(size, batch, json.loads(state))
            rest = wanted[step:step + 4]
            if [np.asarray(next(after)).tolist() for _ in rest] != rest:
                return f"{size} digits in batches of {batch}: not from batch {step} on"
            if json.dumps(Feed(size, batch, json.loads(state)).state()) != state:
                return "the state of a feed that was just resumed is another one"
    for size in (0, 3):
        try:
            Feed(size, 4)
        except ValueError:
            continue
        return "batches of 4 out of 3 digits: no ValueError"
    return True


checks.grade("4 feed", goes_on, hint="which two numbers say where you are? what are they after the "
             "last batch of an epoch?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Keep the epoch and how many of its batches were given. An epoch has `size // batch` of them; when
# all were given, the next question begins the next epoch. To make the order anew for each batch is
# slow, and short to write; keep the epoch's list where that matters.
#
# </details>

# %% [markdown]
# **Where now?** Back to [the chapter](../../notebooks/06_practice/05_feed.ipynb).
