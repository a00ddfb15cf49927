# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: by hand
#
# Four tasks on [the network by hand](../../notebooks/01_history/02_by_hand.ipynb), about 35
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
from types import SimpleNamespace

import numpy as np

from onecnn import cells, checks, ladder, spec

by_hand = cells.functions("01_history/02_by_hand")
random = np.random.RandomState(0)


# %% [markdown]
# Your judge is the notebook's: central differences in float64.


# %%
def numerical(loss, x, h=1e-6):
    """``dloss/dx``, by moving each number of ``x`` up and down."""
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        kept = x[place]
        x[place] = kept + h
        above = loss()
        x[place] = kept - h
        gradient[place] = (above - loss()) / (2 * h)
        x[place] = kept
    return gradient


# %% [markdown]
# ## 1. Complete a backward pass
#
# *Leaky* relu lets a little through: $y = x$ where $x > 0$, and $y = 0.1\,x$ elsewhere. Write its
# backward pass. `upstream` is $\partial L/\partial y$; return $\partial L/\partial x$.


# %%
def leaky_relu(x):
    return np.where(x > 0, x, 0.1 * x)


def leaky_relu_backward(upstream, x):
    raise NotImplementedError("your code here")


# %%
def leaks_rightly():
    x, r = random.normal(size=(4, 5)), random.normal(size=(4, 5))
    found = leaky_relu_backward(r, x)
    if np.shape(found) != x.shape:
        return "the gradient has the shape of x"
    return np.allclose(found, numerical(lambda: (leaky_relu(x) * r).sum(), x), atol=1e-6)


checks.grade("1 leaky relu", leaks_rightly,
             hint="upstream times the slope: 1 where x > 0, else 0.1")

# %% [markdown]
# ## 2. Port average pooling from Matlab
#
# Older networks averaged each 2x2 window. DeepLearnToolbox (2012) goes back with
# `expand(d, [2 2 1]) / (2 * 2)`: each pixel gets a quarter of its window's gradient. Write both
# directions for `x` of shape `C x N x H x W`. An odd last row or column is dropped, and its
# gradient is 0. `by_hand.corners(x)` gives four views, one for each pixel of the windows.


# %%
def average_pool(x):
    raise NotImplementedError("your code here")


def average_pool_backward(upstream, x):
    raise NotImplementedError("your code here")


# %%
def averages():
    x, r = random.normal(size=(2, 3, 5, 4)), random.normal(size=(2, 3, 2, 2))
    if average_pool(x).shape != r.shape:
        return "for a 5 x 4 image the output is 2 x 2"
    if not np.isclose(average_pool(x)[1, 2, 1, 0], x[1, 2, 2:4, 0:2].mean()):
        return "forward: each output is the mean of its own 2x2 window"
    found = average_pool_backward(r, x)
    if found.shape != x.shape:
        return "backward: the gradient has the shape of x"
    return np.allclose(found, numerical(lambda: (average_pool(x) * r).sum(), x), atol=1e-6)


checks.grade("2 average pooling", averages,
             hint="backward: each of the four pixels takes a quarter of the upstream gradient")

# %% [markdown]
# ## 3. Mend a network that the ladder rejects
#
# Somebody "cleaned up" one function of the backward pass. The network still trains. The ladder
# names a rung, and the eight tensors say more: which are right, and which are not?


# %%
def suspect_unflatten(upstream, x):
    return upstream.reshape(x.shape)


def climb_with(unflatten):
    """The ladder, with the notebook's cells and this way back through `flatten`."""
    network = SimpleNamespace()
    source = "\n".join(cell.source for cell in cells.read(cells.locate("01_history/02_by_hand"))
                       if cells.TAG in cell.tags)
    exec(source, vars(network))
    network.unflatten = unflatten
    return ladder.climb(network.build, network.logits, network.gradients, network.train_step,
                        network.read_weights, network.save, network.load, training=False,
                        artefact=False)


report = climb_with(suspect_unflatten)
print("broken rung:", report.failed_rung)
for rung in report.rungs:
    if rung.name == report.failed_rung:
        print({name: bool(error <= ladder.GRADIENTS) for name, error in rung.measured.items()})

# %% [markdown]
# The dense layers are right, the convolutions are not. So the gradient is lost between `dense1` and
# `conv2`. Forward, `flatten` is `x.transpose(1, 0, 2, 3).reshape(x.shape[1], -1)`, with `x` of
# shape `C x N x H x W`. Undo it, last step first.


# %%
def mended_unflatten(upstream, x):
    raise NotImplementedError("your code here")


# %%
def climbs():
    x = random.normal(size=(3, 2, 4, 5))
    back = mended_unflatten(by_hand.flatten(x), x)
    if np.shape(back) != x.shape:
        return "the gradient has the shape of x: C x N x H x W"
    if not np.array_equal(back, x):
        return ("unflatten(flatten(x)) must give x back: in which order do the numbers lie in the "
                "flat vector?")
    report = climb_with(mended_unflatten)
    return report.failed_rung is None or f"the rung '{report.failed_rung}' still breaks"


checks.grade("3 mended network", climbs,
             hint="reshape to N x C x H x W first, then exchange the first two axes")

# %% [markdown]
# ## 4. Predict, then count
#
# The second convolution turns 16 channels of 13x13 pixels into 32 channels of 11x11 pixels, with
# 3x3 kernels. For **one** digit: how many numbers does its im2col matrix hold? How many
# multiply-adds does its matrix product cost? Work them out on paper.

# %%
column_numbers = ...  # your answer here
multiply_adds = ...  # your answer here


# %%
def counted(answers):
    columns = by_hand.im2col(np.zeros((16, 1, 13, 13), np.float32), 3)
    if answers[0] is ... or answers[1] is ...:
        raise NotImplementedError
    if answers[0] != columns.size:
        return (f"im2col's matrix is {columns.shape[0]} high: channels times kernel pixels. How "
                "many patches are there?")
    return answers[1] == spec.SHAPES["conv2.weight"][0] * columns.size


checks.grade("4 multiply-adds", counted, hint="each of the 32 kernels meets every number of the "
             "matrix once", answer=(column_numbers, multiply_adds))
