# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: See inside
#
# Four tasks on [the notebook](../../notebooks/06_practice/01_see_inside.ipynb), about 35 minutes.
# Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]`
# with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds
# below each check. Nothing breaks if you run everything at once. Nothing is trained.

# %%
from onecnn import lesson

lesson.start()

# %%
import contextlib
import struct

import jax
import jax.numpy as jnp
import numpy as np

from onecnn import checks

# %% [markdown]
# ## 1. A record (complete)
#
# Write a record of an event file: the length of `data` (eight bytes), the checksum of these eight
# bytes, the data, the checksum of the data. `checksum` takes bytes and returns a whole number; in
# the file it takes four bytes. All numbers are unsigned, their lowest byte stands at the front:
# `struct.pack` calls that `"<Q"` and `"<I"`.


# %%
def record(data, checksum):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def records_right():
    random = checks.random(1)
    for size in (0, 1, 7, 8, 300, 70_000):
        data = random.bytes(size)
        for factor in (31, 2 ** 20 + 7):
            def checksum(content, factor=factor):
                return (sum(content) * factor + len(content)) % 2 ** 32

            made, length = record(data, checksum), size.to_bytes(8, "little")
            if not isinstance(made, bytes):
                return "a record is bytes"
            if made[:8] != length:
                return f"{size} bytes: it does not begin with the length in eight bytes"
            if made[8:12] != checksum(length).to_bytes(4, "little"):
                return f"{size} bytes: after the length, its own checksum is missing"
            if made[12:] != data + checksum(data).to_bytes(4, "little"):
                return f"{size} bytes: what follows is not the data and its checksum"
    return True


checks.grade("1 record", records_right, hint="four parts; of which two is there a checksum?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Pack the length, and keep these eight bytes: they are what the first checksum is taken of. Then
# join four pieces with `+`. Bytes and numbers do not add: each checksum has to be packed, too.
#
# </details>

# %% [markdown]
# ## 2. One curve (mend)
#
# `careless` writes the losses of several epochs, a list for each. The curve begins at step 0 in
# each epoch, and what was written last is not in the file if the process is killed. Mend both: one
# step more for each loss, from `first` on, and after *each epoch* all of it is in the file. The
# writer is used further, so it stays open. Return the step at which a next call would begin. Epochs
# may differ in length, and be empty.


# %%
def careless(writer, epochs, first=0):
    for losses in epochs:
        for step, loss in enumerate(losses):
            writer.add_scalar("loss", loss, step)
    return first


# %%
def write(writer, epochs, first=0):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
class Notes:
    """A writer that notes what it is told."""

    def __init__(self):
        self.told, self.safe, self.flushes = [], 0, 0

    def add_scalar(self, tag, scalar_value, global_step=None):
        self.told.append((tag, scalar_value, global_step))

    def flush(self):
        self.safe, self.flushes = len(self.told), self.flushes + 1

    def close(self):
        raise ValueError("the writer was closed")


# %% jupyter={"source_hidden": true}
class Dying:
    """Losses of an epoch before which the process is killed."""

    def __iter__(self):
        raise KeyboardInterrupt


def one_curve():
    random = checks.random(2)
    for sizes in ((3,), (4, 4), (2, 5, 0, 3), (1, 1, 1), ()):
        for first in (0, 62):
            notes = Notes()
            epochs = [(random.randn(size) * random.randint(2, size=size)).tolist()
                      for size in sizes]
            end = write(notes, epochs, first) if first else write(notes, epochs)
            values = [value for losses in epochs for value in losses]
            steps = range(first, first + len(values))
            if notes.told != [("loss", *point) for point in zip(values, steps)]:
                return f"epochs of {sizes} steps, from {first}: not one step more for each loss"
            if notes.safe != len(values):
                return "the end is not in the file yet"
            if notes.flushes > len(epochs):
                return "once an epoch is enough: each time a disk has to be waited for"
            if end != first + len(values):
                return f"epochs of {sizes} steps, from {first}: where would the next call begin?"
    return survives()


def survives():
    notes = Notes()
    with contextlib.suppress(KeyboardInterrupt):
        write(notes, [[3.0, 2.0], Dying()])
    later, last = Notes(), Notes()  # killed while the next epoch is made
    with contextlib.suppress(KeyboardInterrupt):
        write(later, (Dying() if turn else [3.0, 2.0] for turn in range(2)))
    with contextlib.suppress(KeyboardInterrupt):
        write(last, (losses or [*Dying()] for losses in ([3.0, 2.0], [])))
    return notes.safe == later.safe == last.safe == 2 or (
        "killed in the second epoch: is all of the first in the file?")


checks.grade("2 one curve", one_curve, hint="what should a step count: losses of this epoch, or "
             "losses so far? and which call puts them into the file, without an end?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Keep the step in a variable that no epoch resets. Add one after each loss. When an epoch's losses
# are written, call `writer.flush()`. The variable is what you return.
#
# </details>

# %% [markdown]
# ## 3. Saliency in JAX (port)
#
# This is the notebook's saliency in PyTorch:
#
#     x = torch.from_numpy(images).requires_grad_()
#     model(x)[torch.arange(len(labels)), torch.from_numpy(labels)].sum().backward()
#     return x.grad.numpy()
#
# Port it to JAX. `forward` is any JAX function from images (`N x 1 x 28 x 28`, or of another size)
# to logits (`N x classes`). Return an array of the images' shape. `images` are left as they are.


# %%
def saliency(forward, images, labels):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def saliency_right():
    random = checks.random(3)
    for count, side, classes in ((1, 28, 10), (5, 28, 10), (7, 6, 3), (10, 4, 12)):
        images = random.randn(count, 1, side, side).astype(np.float32)
        weights = random.randn(side * side, classes).astype(np.float32)
        labels, before = random.randint(0, classes, count), images.copy()

        def forward(x, weights=weights):
            place = jnp.arange(1, len(x) + 1)[:, None]  # a batch is more than its images
            return place * ((x.reshape(len(x), -1) ** 2) @ weights)

        wanted = 2 * images * weights.T[labels].reshape(images.shape)
        wanted *= np.arange(1, count + 1).reshape(-1, 1, 1, 1)
        found = np.asarray(saliency(forward, images, labels))
        if found.shape != images.shape:
            return f"the shape is {found.shape}, that of the images {images.shape}"
        if not np.array_equal(images, before):
            return "the images were changed"
        if not np.allclose(found, wanted, rtol=1e-4, atol=1e-4):
            return f"{count} images, {classes} classes: not the gradient of the right logits"
    return True


checks.grade("3 saliency", saliency_right, hint="jax.grad wants a function that returns one "
             "number; of what is the gradient taken, and which logits go into the number?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Write an inner function of the images alone: it calls `forward`, picks from row `i` the column
# `labels[i]` with two index arrays, and sums. `jax.grad` of it, called with the images, is the
# answer.
#
# </details>

# %% [markdown]
# ## 4. What the slider does (design)
#
# TensorBoard draws a smoothed line, unless its slider `Smoothing` is at zero. Its rule: a running
# value starts at 0; for each number it becomes `weight` times itself plus `1 - weight` times the
# number. As it starts at 0, it is too small in the beginning, so what is drawn for the `n`-th
# number is the running value divided by `1 - weight ** n`. A number that is not finite is drawn as
# it is and counted nowhere. Return the drawn values as a list. `weight` is at least 0 and below 1.


# %%
def smoothed(values, weight):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def averages(values, weight):
    """The same as weighted means of all finite values so far."""
    drawn = []
    for end, value in enumerate(values, 1):
        past = np.array([one for one in values[:end] if np.isfinite(one)])
        shares = weight ** np.arange(len(past))[::-1]
        drawn.append((shares * past).sum() / shares.sum() if np.isfinite(value) else value)
    return drawn


def smooth():
    random = checks.random(4)
    cases = [[], [3.0], [2.0] * 6, [0.0, 1.0, 0.0, 0.0, 3.0], [2e-9, 1e-9],
             random.randn(40).tolist(),
             [1.0, np.nan, 2.0, np.inf, 5.0, -np.inf, np.nan, 4.0], [np.nan, 1.0, 7.0]]
    for weight in (0, 0.6, 0.9, 0.99):
        for values in cases:
            found = smoothed(given := list(values), weight)
            if repr(given) != repr(values):
                return "the list that you were given has changed"
            if not isinstance(found, list) or len(found) != len(values):
                return "a list is wanted, with a value for each number"
            if not np.allclose(found, averages(values, weight), atol=1e-12, equal_nan=True):
                return f"not for {values[:4]} ... with weight {weight}"
    return True


checks.grade("4 smoothed", smooth, hint="at weight 0 the line is the numbers; the first drawn "
             "value is the first number, whatever the weight. Does NaN change what comes after it?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Keep two variables: the running value, and how many finite numbers went into it. A number that is
# not finite is appended, and neither variable is touched. For the others update both, *then* divide
# by `1 - weight ** count`.
#
# </details>
#
# Now you know what the slider hides: at 0.99 a loss that jumps up for ten steps is a ripple. Set it
# to zero before you judge a curve.
