# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: find the lost time
#
# Four tasks on [the notebook](../../notebooks/06_practice/04_profile.ipynb), about 35 minutes.
# Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]`
# with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds
# below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import sys

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from onecnn import checks

# %% [markdown]
# ## 1. A fair stopwatch (complete)
#
# `task()` puts work into a device's queue and returns a promise; `wait(promise)` returns when that
# work is done; `clock()` says the time. Run the task once to warm up, then `times` times, each for
# itself, and return the smallest time from the call to the finished work. Nothing of the warm-up
# may leak into what you time.


# %%
def fastest(task, wait, clock, times):
    ### BEGIN SOLUTION
    wait(task())
    found = []
    for _ in range(times):
        start = clock()
        wait(task())
        found.append(clock() - start)
    return min(found)
    ### END SOLUTION


# %%
class Device:
    """Its clock is a number, so that the check does not depend on yours."""

    def __init__(self, lengths):
        self.lengths, self.now, self.free, self.ran = list(lengths), 0, 0, 0

    def task(self):
        self.now += 1  # to put it into the queue
        self.free = max(self.free, self.now) + self.lengths[self.ran]
        self.ran += 1
        return self.free

    def wait(self, promise):
        self.now = max(self.now, promise)

    def clock(self):
        return self.now


def times_right():
    random = checks.random(1)
    for times in (1, 2, 3, 8):
        for warm in (900, 1, 60):
            lengths = [warm, *random.randint(20, 90, times).tolist(), 1, 1]
            device = Device(lengths)
            found = fastest(device.task, device.wait, device.clock, times)
            if device.ran != times + 1:
                return f"asked for {times} times, the task ran {device.ran} times"
            if found != min(lengths[1:times + 1]) + 1:
                return f"not for runs of {lengths[:times + 1]}, the warm-up being the first of them"
    return True


checks.grade("1 stopwatch", times_right, hint="which runs count? when is a run over? and is the "
             "queue empty when you first look at the clock?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Wait for the warm-up, too. Then, for each run: look at the clock, start the task, wait for its
# promise, look again. Keep the differences; the answer is their minimum.
#
# </details>

# %% [markdown]
# ## 2. Count a convolution (port)
#
# `FlopCounterMode` counts 2 for each multiplication with its addition, and no biases. Write the
# count for one convolution on square pictures: forward, and backward the slope for the weights
# and, unless it is the network's `first` layer, the slope for its input. Without PyTorch.


# %%
def convolution_flops(batch, size, given, made, kernel, stride, padding, first):
    ### BEGIN SOLUTION
    out = (size + 2 * padding - kernel) // stride + 1
    forward = 2 * batch * out * out * made * given * kernel * kernel
    return forward * (2 if first else 3)
    ### END SOLUTION


# %%
def counts_as_torch():
    used = checks.names(convolution_flops.__code__)
    if used & {"torch", "FlopCounterMode", "globals", "getattr", "exec", "eval"}:
        return "without PyTorch"
    random = checks.random(2)
    cases = [(64, 28, 1, 16, 3, 1, 0), (64, 13, 16, 32, 3, 1, 0), (1, 5, 1, 1, 5, 1, 0),
             (2, 8, 3, 4, 3, 2, 1), (3, 9, 2, 5, 2, 3, 0)]
    cases += [(*random.randint(1, 4, 1), *random.randint(6, 12, 1), *random.randint(1, 5, 5))
              for _ in range(6)]
    for batch, size, given, made, kernel, stride, padding in (map(int, case) for case in cases):
        for first in (True, False):
            layer = torch.nn.Conv2d(given, made, kernel, stride, padding)
            images = torch.zeros(batch, given, size, size, requires_grad=not first)
            with FlopCounterMode(display=False) as counter:
                layer(images).sum().backward()
            found = convolution_flops(batch, size, given, made, kernel, stride, padding, first)
            if found != counter.get_total_flops():
                return (f"not for {batch} pictures of {size} x {size}, {given} to {made} channels, "
                        f"kernel {kernel}, stride {stride}, padding {padding}, first: {first}")
    return True


checks.grade("2 FLOPs", counts_as_torch, hint="how many numbers does the layer put out? how many "
             "weights does each meet? and how many products of that size are there backward?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The side of what comes out: how far the kernel can slide over the padded picture, in strides, plus
# one, rounded down. Each number of it meets the kernel's area times the channels that come in. The
# forward pass and each of the two slopes take the same.
#
# </details>

# %% [markdown]
# ## 3. A loop over digits (mend)
#
# A profiler found this function: `counts[i, j]` says how often a digit of class `i` was read as
# `j`. Mend it: the same answer, and no line that runs once for each digit. What you are given
# stays as it is.


# %%
def digit_by_digit(labels, answers, classes):
    counts = np.zeros((classes, classes), np.int64)
    for label, answer in zip(labels, answers):
        counts[label, answer] += 1
    return counts


# %%
def confusion(labels, answers, classes):
    ### BEGIN SOLUTION
    counts = np.bincount(labels * classes + answers, minlength=classes * classes)
    return counts.reshape(classes, classes)
    ### END SOLUTION


# %%
def lines_of(task):
    """How many lines and calls of Python run in ``task()``."""
    seen, before = [], sys.gettrace()

    def note(frame, event, argument):
        seen.append(event)
        return note

    sys.settrace(note)
    try:
        task()
    finally:
        sys.settrace(before)
    return len(seen)


def no_loop_is_left():
    random = checks.random(3)
    for count, seen, classes in ((0, 3, 3), (1, 1, 1), (7, 10, 10), (500, 10, 10), (60, 4, 4),
                                 (200, 13, 13), (20, 2, 6)):
        labels, answers = (random.randint(0, seen, count) for _ in range(2))
        kept = labels.copy(), answers.copy()
        found = confusion(labels, answers, classes)
        if not (np.array_equal(labels, kept[0]) and np.array_equal(answers, kept[1])):
            return "what you were given was changed"
        if not np.array_equal(found, digit_by_digit(labels, answers, classes)):
            return f"the counts are not right for {count} digits of {classes} classes"
    few, many = (random.randint(0, 5, (2, count)) for count in (3, 300))
    if lines_of(lambda: confusion(*many, 5)) > lines_of(lambda: confusion(*few, 5)) + 50:
        return "the counts are right, but more digits run more lines of Python"
    return True


checks.grade("3 loop", no_loop_is_left, hint="can a pair of classes be one number? which function "
             "of NumPy counts numbers? and what does `+=` do where an index comes twice?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `label * classes + answer` is another number for each pair. `np.bincount` counts how often each
# number comes; tell it how many there can be, and reshape. (`np.add.at` would do, too.)
#
# </details>

# %% [markdown]
# ## 4. What is self time? (design)
#
# `events` is a list of `(name, start, length)` from one thread, in any order. Of two events one
# holds the other whole, or they do not overlap; no two have the same beginning and length. Return a
# dictionary with each name's self time, also where it is 0: the time in which an event of this name
# was the innermost one.


# %%
def self_times(events):
    ### BEGIN SOLUTION
    own, still_open = {}, []
    for name, start, length in sorted(events, key=lambda one: (one[1], -one[2])):
        while still_open and still_open[-1][1] <= start:
            still_open.pop()
        own[name] = own.get(name, 0) + length
        if still_open:
            own[still_open[-1][0]] -= length
        still_open.append((name, start + length))
    return own
    ### END SOLUTION


# %%
def nested(random, start, length, depth):
    """Events that fill the time from ``start`` on, some with others inside, some after others."""
    names, events, at = ["conv", "relu", "pool"], [], start
    while at < start + length:
        one = int(random.randint(1, start + length - at + 1))
        if (at, one) != (start, length):
            events.append((names[random.randint(3)], at, one))
            if depth and one > 1:
                events += nested(random, at, one, depth - 1)
        at += one + int(random.randint(0, 3))
    return events


def moment_by_moment(events):
    own = {name: 0 for name, _, _ in events}
    for moment in range(max((start + length for _, start, length in events), default=0)):
        here = [one for one in events if one[1] <= moment < one[1] + one[2]]
        if here:
            own[min(here, key=lambda one: one[2])[0]] += 1
    return own


def adds_up():
    random = checks.random(4)
    lists = [[], [("conv", 5, 3)], [("conv", 0, 9), ("relu", 0, 4)],
             [("conv", 0, 9), ("relu", 4, 5)], [("step", 0, 20), ("conv", 0, 9), ("conv", 2, 3)],
             [("step", 0, 10), ("conv", 2, 3), ("relu", 5, 5), ("step", 12, 4)]]
    for _ in range(30):
        events = list(dict.fromkeys(nested(random, 0, int(random.randint(2, 40)), 3)))
        lists.append([events[place] for place in random.permutation(len(events))])
    for events in lists:
        before = list(events)
        found = self_times(events)
        if events != before:
            return "the list that you were given was changed"
        if found != moment_by_moment(events):
            return f"not for {sorted(events, key=lambda one: one[1])[:4]}"
    return True


checks.grade("4 self time", adds_up, hint="from whom is a child's time taken: from all around "
             "it, or from one? who is still open when the next begins?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Sort by beginning, the longer first. Keep a stack of the events that are still open, and take off
# those that end before the next begins. Add each event's length to its own name, and take it from
# the one on top of the stack, its parent, and from no other.
#
# </details>

# %% [markdown]
# **Where now?** Back to [the chapter](../../notebooks/06_practice/04_profile.ipynb).
