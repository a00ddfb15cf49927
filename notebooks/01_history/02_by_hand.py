# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # By hand: why did anyone want a framework?
#
# After this notebook you will know how every gradient of the course's network is found, written in
# NumPy alone, and *proved*. With calculus, you can derive each of them yourself.
#
# **You will learn to**
# - follow how each layer's backward pass is found and checked;
# - check a gradient without trusting yourself: by central differences;
# - turn a convolution into one matrix product (im2col);
# - count what work by hand costs: lines, seconds, and mistakes that nothing reports.
#
# **Before you start:** [Start here](../00_start_here.ipynb) and
# [Your first network](../00_your_first_network.ipynb). Kernel `python3`, about 50 minutes.
# You should know what a derivative and a matrix product are. If $\partial$ is new to you, run all
# cells; read *How do you know that a gradient is right?* and the words below *relu: who passes the
# gradient on?*, look at the two pictures (patches as columns, the pooling's winners), and go on at
# the half-way stop. What the gradient check finds, and what nothing else does, needs no calculus,
# nor do tasks 3 and 4 of the exercise. The slowest cell takes about 20 seconds.

# %%
from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("numpy")

# %% [markdown]
# ## What did a lab have before there were frameworks?
#
# Its own program. Four of them, with sources at the end:
#
# | year | who | the program |
# |---|---|---|
# | 1987 | Bottou and LeCun | SN, a simulator with its own Lisp; LeNet grew up in it, Lush came from it |
# | 2006 | Chellapilla, Puri, Simard | convolution as a matrix product, on CPU and GPU |
# | 2011 | Krizhevsky, a year before AlexNet | cuda-convnet, C++ and CUDA |
# | 2012 | Palm | DeepLearnToolbox, a CNN in plain Matlab |
#
# LeNet is what LeCun called his convolutional networks for handwriting. AlexNet is the one with
# which Krizhevsky, Sutskever and Hinton won the ImageNet contest of 2012. CUDA is NVIDIA's C++ for
# its graphics processors (GPUs).
#
# In DeepLearnToolbox's file `cnnbp.m` you can read a backward pass derived by hand. You will write
# the same.

# %% [markdown]
# ## What must each layer be able to do?
#
# Two things. **Forward:** $y = f(x)$. **Backward:** given the *upstream*
# [gradient](../00_glossary.ipynb#Gradient) $\partial L/\partial y$, which the
# [layer](../00_glossary.ipynb#Layer) above hands down, return
#
# $$\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \cdot \frac{\partial y}{\partial
# x}$$
#
# That is the chain rule, from the [loss](../00_glossary.ipynb#Loss) back to the pixels. No layer
# needs to know the network; it only needs its own formula.

# %% [markdown]
# ## How do you know that a gradient is right?
#
# Move one number by $h$, look at the loss, move it back. $\partial L/\partial x_i$ is short for the
# slope of the loss along that one number: what `slope` felt in your first network's fog:
#
# $$\frac{\partial L}{\partial x_i} \approx \frac{L(x_i + h) - L(x_i - h)}{2h}$$
#
# It needs the forward pass only, so it can judge the other. It is too slow to train with: two
# passes for each number. We use float64, numbers of sixteen digits, and $h = 10^{-6}$, as PyTorch's
# `gradcheck` does.

# %%
import numpy as np

random = np.random.RandomState(0)
LIMIT = 1e-6


# %%
def difference(loss, x, gradient, count=None, h=1e-6):
    """Central differences against ``gradient``: the largest error, relative to the largest
    gradient."""
    if gradient.shape != x.shape:
        return np.inf
    places = random.permutation(x.size)[:count]
    numerical = np.zeros(len(places))
    for number, place in enumerate(places):
        kept = x.flat[place]
        for sign in (1, -1):
            x.flat[place] = kept + sign * h
            numerical[number] += sign * loss() / (2 * h)
        x.flat[place] = kept
    return np.abs(numerical - gradient.flat[places]).max() / np.abs(gradient).max()


# %% [markdown]
# ## relu: who passes the gradient on?
#
# $y = \max(x, 0)$. Where $x > 0$ the slope is 1: the gradient passes. Elsewhere it is 0: the
# gradient ends. At $x = 0$ there is no slope, and one has to choose. We take 0, as `torch.relu`
# does. [Theano's `relu`](03_theano.ipynb) takes one half, and `torch.clamp(x, min=0)` takes 1
# (tried with PyTorch 2.13). Remember that corner.

# %% tags=["same-cnn"]
import numpy as np


def relu(x):
    return np.maximum(x, 0)


def relu_backward(upstream, y):
    return upstream * (y > 0)


# %% [markdown]
# To check a layer alone, we invent a loss: $L = \sum_i r_i y_i$ with random $r$. Its upstream
# gradient is $r$ itself.

# %%
x = random.normal(size=(3, 2, 4, 5))
r = random.normal(size=x.shape)
error = difference(lambda: (relu(x) * r).sum(), x, relu_backward(r, relu(x)))
print("relu: gradient agrees within 1e-6:", error <= LIMIT)

# %% [markdown]
# ## dense: where do the transpositions come from?
#
# $y = x W^\top + b$, one row for each digit. Write one entry,
# $y_{no} = \sum_i x_{ni} W_{oi} + b_o$, and differentiate it. With $G = \partial L/\partial y$:
#
# $$\frac{\partial L}{\partial W_{oi}} = \sum_n G_{no}\, x_{ni} \qquad \frac{\partial L}{\partial
# b_o} = \sum_n G_{no} \qquad \frac{\partial L}{\partial x_{ni}} = \sum_o G_{no}\, W_{oi}$$
#
# In matrices: $G^\top x$, the column sums of $G$, and $G W$.

# %% tags=["same-cnn"]
def dense(x, weight, bias):
    return x @ weight.T + bias


def dense_backward(upstream, x):
    return upstream.T @ x, upstream.sum(axis=0)


# %%
x, weight, bias = random.normal(size=(6, 5)), random.normal(size=(4, 5)), random.normal(size=4)
r = random.normal(size=(6, 4))
weight_gradient, bias_gradient = dense_backward(r, x)
for name, value, gradient in (("weight", weight, weight_gradient), ("bias", bias, bias_gradient),
                              ("x", x, r @ weight)):
    error = difference(lambda: (dense(x, weight, bias) * r).sum(), value, gradient)
    print(f"dense, {name}: gradient agrees within 1e-6:", error <= LIMIT)

# %% [markdown]
# ## Can a convolution be one matrix product?
#
# Each output pixel is the same small dot product, of the kernel and the patch under it. Lay every
# patch out as a column, and all dot products become *one* matrix product: **im2col**. Chellapilla,
# Puri and Simard sped up [CNNs](../00_glossary.ipynb#CNN) with it in 2006; Caffe's original
# [convolution](../00_glossary.ipynb#Convolution) used it too. Matlab has a function of that name,
# for images.

# %% tags=["same-cnn"]
from numpy.lib.stride_tricks import sliding_window_view


def im2col(x, size):
    # x is C x N x H x W: with channels first, the matrix product is already the next layer's input.
    windows = sliding_window_view(x, (size, size), axis=(2, 3))
    return windows.transpose(0, 4, 5, 1, 2, 3).reshape(x.shape[0] * size * size, -1)


# %% [markdown]
# Look at it: an 8x8 corner of a real digit, and its columns. Neighbours A and B share six of their
# nine pixels.

# %%
from matplotlib.patches import Rectangle

from onecnn import mnist

digits = mnist.load()
corner = digits.train_images[:1, :, 8:16, 8:16].transpose(1, 0, 2, 3)

# %%
fig, (left, right) = lesson.figure(9, 2.6, columns=2, width_ratios=[1, 3.4])
left.imshow(corner[0, 0], cmap="gray_r")
right.imshow(im2col(corner, 3), cmap="gray_r")
outlines = (("A", 0, 2, lesson.BLUE, "-"), ("B", 0, 3, lesson.VERMILION, "--"),
            ("C", 4, 1, lesson.GREEN, "-"))
for name, row, column, color, line in outlines:
    style = {"fill": False, "edgecolor": color, "linewidth": 2.5, "linestyle": line}
    left.add_patch(Rectangle((column - 0.5, row - 0.5), 3, 3, **style))
    right.add_patch(Rectangle((6 * row + column - 0.5, -0.5), 1, 9, **style))
    right.text(6 * row + column, -0.8, name, ha="center", va="bottom", color=color, weight="bold")
    left.text(column - 0.2, row - 0.1, name, ha="center", va="center", color=color, weight="bold",
              bbox={"fc": "white", "pad": 1})
left.set(title="8x8 pixels, three patches", xticks=[], yticks=[])
right.set(xlabel="patch, in row order (6 x 6 of them)", ylabel="pixel in patch",
          xticks=range(0, 36, 6), yticks=[0, 4, 8])
lesson.show(fig,
            alt="Left: part of a digit with three outlined 3x3 patches. Right: the im2col matrix, "
            "9 pixels high and 36 patches wide; each outlined patch is one outlined column.")

# %% [markdown]
# **Predict, then run.** A [batch](../00_glossary.ipynb#Batch) of 64 digits goes through `im2col`
# with 3x3 patches. How many times larger is the result than the digits?
#
# <details><summary>Answer</summary>
#
# Nearly eight times: a pixel stands in nine patches, near the border in fewer. im2col buys speed
# with memory.
#
# </details>

# %%
batch = digits.train_images[:64].transpose(1, 0, 2, 3)
columns = im2col(batch, 3)
print("columns:", columns.shape, "  times larger:", round(columns.size / batch.size, 1))


# %% [markdown]
# ## The convolution itself, forward
#
# Each of the kernels becomes a row; rows times columns gives one row of pixels for each output
# [channel](../00_glossary.ipynb#Channel). In formulas $Y = W_{\text{rows}} X_{\text{columns}} + b$:
# the [dense layer](../00_glossary.ipynb#Dense-layer) again, with patches in place of digits.

# %% tags=["same-cnn"]
def convolve(x, weight, bias):
    columns = im2col(x, weight.shape[-1])
    y = weight.reshape(len(weight), -1) @ columns
    y += bias[:, None]
    height, width = x.shape[2] - weight.shape[2] + 1, x.shape[3] - weight.shape[3] + 1
    return y.reshape(len(weight), x.shape[1], height, width), columns


# %% [markdown]
# ## Backward to the kernels: what did each weight touch?
#
# A kernel's [weight](../00_glossary.ipynb#Weight) is used at *every* position, so its gradient is a
# sum over all positions of all digits. As with the dense layer: $\partial L/\partial
# W_{\text{rows}} = G X_{\text{columns}}^\top$, and the [bias](../00_glossary.ipynb#Bias) gets the
# sum of each row of $G$. That is why `convolve` hands its columns back: the backward pass needs
# them again.

# %% tags=["same-cnn"]
def convolve_backward(upstream, columns, weight):
    rows = upstream.reshape(len(weight), -1)
    return (rows @ columns.T).reshape(weight.shape), rows.sum(axis=1)


# %% [markdown]
# ## Backward to the pixels: why must patches add?
#
# $\partial L/\partial X_{\text{columns}} = W_{\text{rows}}^\top G$ is a gradient for each *column*
# entry. But a pixel was copied into up to nine columns, and it influenced the loss through each of
# them. So its gradient is the **sum** over its copies: `+=`, never `=`. This way back is called
# *col2im*.

# %% tags=["same-cnn"]
def convolve_backward_input(upstream, weight, x):
    size, (height, width) = weight.shape[-1], upstream.shape[2:]
    pieces = weight.reshape(len(weight), -1).T @ upstream.reshape(len(weight), -1)
    pieces = pieces.reshape(-1, size, size, *upstream.shape[1:])
    gradient = np.zeros_like(x)
    for u in range(size):
        for v in range(size):
            gradient[:, :, u:u + height, v:v + width] += pieces[:, u, v]
    return gradient


# %% [markdown]
# Textbooks and old code often write this step as a convolution with the kernel turned by 180
# degrees. The formula is the same; col2im turns it by itself. Turning it *again* is a common
# mistake, and you will meet it below.

# %%
x, weight, bias = (random.normal(size=(2, 3, 6, 5)), random.normal(size=(4, 2, 3, 3)),
                   random.normal(size=4))
y, columns = convolve(x, weight, bias)
r = random.normal(size=y.shape)
found = (*convolve_backward(r, columns, weight), convolve_backward_input(r, weight, x))
for name, value, gradient in zip(("weight", "bias", "x"), (weight, bias, x), found):
    error = difference(lambda: (convolve(x, weight, bias)[0] * r).sum(), value, gradient)
    print(f"convolution, {name}: gradient agrees within 1e-6:", error <= LIMIT)


# %% [markdown]
# ## Max pooling: where does the gradient go?
#
# $y = \max(a, b, c, d)$ over each 2x2 window. Only the winner changed the loss, so it takes the
# whole gradient and the others get 0. A tie goes to the first in row order, as in PyTorch;
# [Theano's `pool_2d`](03_theano.ipynb) pays all who tie. `corners` gives views, so writing to them
# writes into the image.

# %% tags=["same-cnn"]
def corners(x):
    height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    return [x[:, :, u:height:2, v:width:2] for u in (0, 1) for v in (0, 1)]


def max_pool(x):
    a, b, c, d = corners(x)
    return np.maximum(np.maximum(a, b), np.maximum(c, d))


def max_pool_backward(upstream, x, y):
    gradient, free = np.zeros_like(x), np.ones(y.shape, bool)
    for target, corner in zip(corners(gradient), corners(x)):
        won = free & (corner == y)
        target[...] = upstream * won
        free &= ~won
    return gradient


# %%
x = random.normal(size=(2, 3, 5, 4))
r = random.normal(size=(2, 3, 2, 2))
error = difference(lambda: (max_pool(x) * r).sum(), x, max_pool_backward(r, x, max_pool(x)))
print("max pooling: gradient agrees within 1e-6:", error <= LIMIT)

# %% [markdown]
# The figure shows it on a real digit after the first convolution. For the loss
# $L = \frac12 \sum y^2$ the upstream gradient *is* $y$: you can follow each number home.

# %%
from onecnn import spec

w = spec.initial_weights()
seen = relu(convolve(batch[:, :1], w["conv1.weight"], w["conv1.bias"])[0])[15:, :, 18:24, 6:12]
pooled = max_pool(seen)
fig, axes = lesson.figure(8, 3, columns=3)
pictures = (("x, after relu", seen), ("y = max pooling(x), also dL/dy", pooled),
            ("dL/dx", max_pool_backward(pooled, seen, pooled)))
for ax, (title, picture) in zip(axes, pictures):
    ax.imshow(picture[0, 0], cmap="Blues", vmin=0, vmax=2 * seen.max())
    for (row, column), value in np.ndenumerate(picture[0, 0]):
        ax.text(column, row, f"{value:.2f}" if value else "0", ha="center", va="center", fontsize=9)
    for edge in (1.5, 3.5) if picture.shape == seen.shape else (0.5, 1.5):
        ax.axhline(edge, color=lesson.ORANGE)
        ax.axvline(edge, color=lesson.ORANGE)
    ax.set(title=title, xticks=[], yticks=[])
lesson.show(fig, alt="Three squares of numbers: a 6x6 input cut into 2x2 windows, the 3x3 maxima, "
            "and the 6x6 gradient, in which each maximum stands at the place of its window's "
            "winner and all else is 0.")


# %% [markdown]
# ## The loss: where does the backward pass start?
#
# [Softmax](../00_glossary.ipynb#Softmax) $p_i = e^{z_i} / \sum_j e^{z_j}$, then $L = -\frac1N
# \sum_n \log p_{n, \text{label}}$: of each picture, the probability that its
# [label](../00_glossary.ipynb#Label) got. "One-hot" is a row of zeros with a 1 at the label. The
# two derivatives together collapse to the friendliest formula of the whole network:
#
# $$\frac{\partial L}{\partial z} = \frac{p - \text{one-hot}(\text{label})}{N}$$
#
# The $\frac1N$ is there because the loss is a *mean*. Subtracting the largest
# [logit](../00_glossary.ipynb#Logit) first changes nothing but keeps $e^z$ finite.

# %% tags=["same-cnn"]
def cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].mean(), np.exp(log_p)


def cross_entropy_backward(p, labels):
    gradient = p.copy()
    gradient[np.arange(len(labels)), labels] -= 1
    return gradient / len(labels)


# %%
z, labels = random.normal(size=(5, 10)), np.array([3, 1, 4, 1, 5])
error = difference(lambda: cross_entropy(z, labels)[0], z,
                   cross_entropy_backward(cross_entropy(z, labels)[1], labels))
print("cross-entropy: gradient agrees within 1e-6:", error <= LIMIT)

# %% [markdown]
# ## How do the layers become a network?
#
# Forward, you must keep what the backward pass will need: columns, outputs, the flat vector.
# Frameworks call this record the *[tape](../00_glossary.ipynb#Tape)*. Here you keep it yourself.
# Images enter as `N x C x H x W` and are turned once, at the door; the flat vector is in
# channel-height-width order, so it is turned back.

# %% tags=["same-cnn"]
def flatten(x):
    return x.transpose(1, 0, 2, 3).reshape(x.shape[1], -1)


def unflatten(upstream, x):
    return upstream.reshape(x.shape[1], x.shape[0], *x.shape[2:]).transpose(1, 0, 2, 3)


def forward(w, images):
    conv1, columns1 = convolve(images.transpose(1, 0, 2, 3), w["conv1.weight"], w["conv1.bias"])
    relu1 = relu(conv1)
    pool1 = max_pool(relu1)
    conv2, columns2 = convolve(pool1, w["conv2.weight"], w["conv2.bias"])
    relu2 = relu(conv2)
    pool2 = max_pool(relu2)
    flat = flatten(pool2)
    hidden = relu(dense(flat, w["dense1.weight"], w["dense1.bias"]))
    return (dense(hidden, w["dense2.weight"], w["dense2.bias"]),
            (columns1, relu1, pool1, columns2, relu2, pool2, flat, hidden))


# %% [markdown]
# Backward is the same list, read from the end. `upstream` is the gradient that arrives; each line
# turns it into the gradient one layer lower. The pixels of the digit need none, so the first
# convolution ends the walk.

# %% tags=["same-cnn"]
def backward(w, kept, p, labels):
    columns1, relu1, pool1, columns2, relu2, pool2, flat, hidden = kept
    g = {}
    upstream = cross_entropy_backward(p, labels)
    g["dense2.weight"], g["dense2.bias"] = dense_backward(upstream, hidden)
    upstream = relu_backward(upstream @ w["dense2.weight"], hidden)
    g["dense1.weight"], g["dense1.bias"] = dense_backward(upstream, flat)
    upstream = unflatten(upstream @ w["dense1.weight"], pool2)
    upstream = relu_backward(max_pool_backward(upstream, relu2, pool2), relu2)
    g["conv2.weight"], g["conv2.bias"] = convolve_backward(upstream, columns2, w["conv2.weight"])
    upstream = convolve_backward_input(upstream, w["conv2.weight"], pool1)
    upstream = relu_backward(max_pool_backward(upstream, relu1, pool1), relu1)
    g["conv1.weight"], g["conv1.bias"] = convolve_backward(upstream, columns1, w["conv1.weight"])
    return g


# %% [markdown]
# Now the seven functions that every framework's notebook of this course has, in the same order. A
# model is two dicts: the weights, and the [momentum](../00_glossary.ipynb#Momentum)'s velocity.
# Whoever gives float64 weights gets a float64 network: NumPy computes in what it is given. One line
# below is for speed alone, as its comment says: read on without it.

# %% tags=["same-cnn"]
from types import SimpleNamespace

from onecnn import spec

# The C library gives large freed blocks back to the system, and the next step fetches them again,
# page by page. Freeing one very large array, once, raises its idea of "large" (glibc).
np.empty(31 << 20, np.uint8)


def build(weights):
    return SimpleNamespace(weights={name: value.copy() for name, value in weights.items()},
                           velocity={name: np.zeros_like(value) for name, value in weights.items()})


# %% tags=["same-cnn"]
def logits(model, images):
    return forward(model.weights, images)[0]


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    output, kept = forward(model.weights, images)
    loss, p = cross_entropy(output, labels)
    return float(loss), backward(model.weights, kept, p, labels)


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    loss, g = gradients(model, images, labels)
    for name, weight in model.weights.items():
        velocity = model.velocity[name]
        velocity *= spec.MOMENTUM
        velocity += g[name]
        weight -= spec.LEARNING_RATE * velocity
    return loss


# %% tags=["same-cnn"]
def read_weights(model):
    return {name: value.copy() for name, value in model.weights.items()}


# %% tags=["same-cnn"]
def save(model, path):
    # The velocity, too: whoever trains on without it takes other steps.
    velocity = {f"velocity.{name}": value for name, value in model.velocity.items()}
    np.savez(f"{path}.npz", **model.weights, **velocity)


def load(path):
    # Without pickle an array file is numbers only: nothing in it can run.
    with np.load(f"{path}.npz", allow_pickle=False) as stored:
        model = build({name: stored[name] for name in spec.SHAPES})
        model.velocity = {name: stored[f"velocity.{name}"] for name in spec.SHAPES}
    return model


# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## Is the whole chain right?
#
# Right layers can still be chained wrongly. So we check the whole network: five random numbers of
# each of the eight [tensors](../00_glossary.ipynb#Tensor), on eight digits, in float64.
# `cells.functions` loads this notebook's own tagged cells as a module.

# %%
from onecnn import cells

by_hand = cells.functions("01_history/02_by_hand")


def whole_difference(network, bias=0.1):
    """The worst of all eight tensors. Biases start at ``bias``, not at zero: you will see why."""
    model = network.build({name: np.float64(value + bias * (value.ndim == 1))
                           for name, value in spec.initial_weights().items()})
    images, labels = np.float64(digits.train_images[:8]), digits.train_labels[:8]
    found = network.gradients(model, images, labels)[1]
    return max(difference(lambda: network.cross_entropy(network.logits(model, images), labels)[0],
                          value, found[name], 5) for name, value in model.weights.items())


print("whole network: gradients agree within 1e-6:", whole_difference(by_hand) <= LIMIT)

# %% [markdown]
# **Predict, then run.** The course's biases start at exactly 0. Does the check still pass there?
#
# <details><summary>Answer</summary>
#
# No, and the backward pass is not to blame. On a digit's background all pixels are 0, so with zero
# bias thousands of sums stand exactly on [relu](../00_glossary.ipynb#Relu)'s corner. One step up
# they pass the gradient on, one step down they do not: the central difference sees half a slope,
# the formula says 0. A user of TensorFlow reported the two numbers as a bug, in 2023 ([tensorflow
# 62429](https://github.com/tensorflow/tensorflow/issues/62429)).
#
# </details>

# %%
print("with zero biases, gradients agree within 1e-6:",
      whole_difference(by_hand, bias=0.0) <= LIMIT)

# %% [markdown]
# ## Is it the same network as everybody's?
#
# Central differences compare you with yourself. The [parity
# ladder](../00_glossary.ipynb#Parity-ladder) compares you with an independent implementation, on
# seven rungs: the last but one trains for 5 [epochs](../00_glossary.ipynb#Epoch) in float64, the
# last saves the network and lets a fresh process train on. It takes about 20 seconds.

# %%
from onecnn import ladder

report = ladder.climb(build, logits, gradients, train_step, read_weights, save, load)
print(report)

# %% [markdown]
# How far it is from the course's [reference](../00_glossary.ipynb#Reference), a NumPy program of
# its own. A dot is one measurement, a red mark what its rung allows; further left is closer. What
# is measured stands in [the ladder's own chapter](../03_comparison/01_parity_ladder.ipynb).

# %%
from onecnn import figures

report.save("numpy")
figures.climbed(report, "NumPy by hand on the parity ladder")

# %% [markdown]
# What did it learn? First the loss of each step; then the mistakes on the
# [test digits](../00_glossary.ipynb#Test-set): a row for each true digit, a column for each answer.

# %%
figures.losses(report.losses, "NumPy by hand: training loss")

# %%
answers = np.array(report.predictions)
print("test accuracy at least 94 %:", (answers == digits.test_labels).mean() >= 0.94)
figures.confusion(digits.test_labels, answers, "NumPy by hand: mistakes")

# %% [markdown]
# It works without any framework. So why did anyone want one? Count three things: lines, seconds,
# mistakes.

# %% [markdown]
# ## How many lines?
#
# A program beside this notebook counts those with code, without comments and blank lines: in the
# functions that walk backwards, in the other layers, and in the seven functions of the course.

# %% [markdown]
# **Predict, then run.** Which is longer by hand: all layers forward, or all layers backward?
#
# <details><summary>Answer</summary>
#
# Backward, a little. But the count hides the larger cost: the forward lines you can copy from the
# formula, while each backward line had to be derived, and checked, first.
#
# </details>

# %%
count_lines = cells.program("01_history/02_by_hand/count_lines")
forward_lines, backward_lines, seven_lines, pytorch_lines = count_lines.counted().values()
print("forward:", forward_lines, "  backward:", backward_lines, "  the seven functions:",
      seven_lines)
print("all of PyTorch's cells have fewer lines than our layers alone:",
      pytorch_lines < forward_lines + backward_lines)

# %%
fig, ax = lesson.figure(7, 1.9)
parts = (("forward", forward_lines, lesson.BLUE, ""),
         ("backward", backward_lines, lesson.ORANGE, "//"),
         ("the seven functions", seven_lines, lesson.SKY, ".."))
start = 0
for label, count, color, hatch in parts:
    ax.barh(1, count, left=start, color=color, hatch=hatch, edgecolor="white", label=label)
    ax.text(start + count / 2, 1, count, ha="center", va="center",
            bbox={"fc": "white", "ec": "none", "pad": 1.5})
    start += count
ax.barh(0, pytorch_lines, color=lesson.GREEN, label="all cells, PyTorch")
ax.text(pytorch_lines / 2, 0, pytorch_lines, ha="center", va="center",
        bbox={"fc": "white", "ec": "none", "pad": 1.5})
ax.set(yticks=[0, 1], yticklabels=["PyTorch", "by hand"],
       xlabel="logical lines in the same-cnn cells")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig,
            alt="Two bars. By hand: forward, backward and the seven functions, backward slightly "
            "longer than forward. PyTorch: one bar, shorter than forward and backward together.")

# %% [markdown]
# PyTorch's cells call `loss.backward()` and derive nothing. And the difference grows: a new layer
# costs you a forward *and* a backward function and a check; a framework's user writes the forward
# alone.


# %% [markdown]
# ## How many seconds?
#
# First level: the formula as it stands, in Python loops. Second level: im2col and NumPy's matrix
# product, which calls BLAS, a library of fast matrix routines. Both give the same numbers.

# %%
def convolve_with_loops(x, weight):
    y = np.zeros((len(weight), x.shape[1], x.shape[2] - 2, x.shape[3] - 2), x.dtype)
    for o, n, row, column in np.ndindex(y.shape):
        for i, u, v in np.ndindex(weight.shape[1:]):
            y[o, n, row, column] += weight[o, i, u, v] * x[i, n, row + u, column + v]
    return y


one, kernels = batch[:, :1], w["conv1.weight"]
print("same numbers within 1e-5:",
      np.allclose(convolve_with_loops(one, kernels), convolve(one, kernels, w["conv1.bias"])[0],
                  atol=1e-5))

# %%
import timeit

loops = timeit.timeit(lambda: convolve_with_loops(one, kernels), number=1)
product = timeit.timeit(lambda: convolve(one, kernels, w["conv1.bias"]), number=20) / 20
print("loops are at least 20 times slower:", loops > 20 * product)

# %% [markdown]
# Third level: a framework's own compiled routines. The next cell runs the PyTorch chapter's own
# cells on the same batch; the times are your machine's.

# %% tags=["nbval-ignore-output"]
pytorch = cells.functions("02_frameworks/02_pytorch")
images, labels = digits.train_images[:64], digits.train_labels[:64]
for name, network in (("by hand", by_hand), ("PyTorch", pytorch)):
    model = network.build(spec.initial_weights())
    step = "network.train_step(model, images, labels)"
    seconds = min(timeit.repeat(step, globals=globals(), number=5, repeat=6)) / 5
    print(f"one training step, {name}: {1000 * seconds:.1f} ms")
print(f"one convolution of one digit: loops {1000 * loops:.0f} ms, im2col {1000 * product:.2f} ms")

# %% [markdown]
# Between the first and the second level lies more than between the second and the third, for a
# network this small on one CPU thread. But NumPy cannot follow you to a GPU. The authors of cuDNN
# wrote in 2014 that researchers had to write and tune their own routines for such processors, and
# to do it again for each new one.

# %% [markdown]
# ## How many mistakes?
#
# Eight plausible ones. Each is one change in the cells above: what stands there, and what a tired
# author writes instead.

# %%
mistakes = {
    "dense gradient transposed": ("return upstream.T @ x,", "return x.T @ upstream,"),
    "reshaped, not transposed": ("return upstream.T @ x,",
                                 "return (x.T @ upstream).reshape(-1, x.shape[1]),"),
    "1/N forgotten": ("return gradient / len(labels)", "return gradient"),
    "relu mask forgotten": ("return upstream * (y > 0)", "return upstream"),
    "pooling pays all four": ("upstream * won", "upstream"),
    "kernel turned once more": ("pieces = weight.reshape",
                                "pieces = weight[:, :, ::-1, ::-1].reshape"),
    "patches overwrite": ("+= pieces", "= pieces"),
    "bias summed over wrong axis": ("dense_backward(upstream, flat)",
                                    "(upstream.T @ flat, upstream.sum(axis=1))"),
}


# %% [markdown]
# Three witnesses can speak up: Python, with an exception; the
# [accuracy](../00_glossary.ipynb#Accuracy), when it stays below 90 % after one epoch of 62 steps
# (the last, smaller batch is left out); and the gradient check.

# %%
source = count_lines.tagged("01_history/02_by_hand")


def planted(right, wrong):
    """This notebook's network with one change."""
    assert source.count(right) == 1, right
    network = SimpleNamespace()
    exec(source.replace(right, wrong), vars(network))
    return network


def accuracy_after_one_epoch(network):
    model = network.build(spec.initial_weights())
    # without 1/N the weights explode: that is the finding
    with np.errstate(over="ignore", invalid="ignore"):
        for batch in spec.batches(len(digits.train_labels), epoch=0):
            network.train_step(model, digits.train_images[batch], digits.train_labels[batch])
        return model, (network.logits(model, digits.test_images).argmax(axis=1)
                       == digits.test_labels).mean()


# %% [markdown]
# **Predict, then run.** Of the eight, how many stop with an exception? How many does the accuracy
# betray? How many the gradient check?
#
# <details><summary>Answer</summary>
#
# One, three, and all eight. Four mistakes train to more than 90 %, and nobody would look for them.
# The last is the nastiest: hidden layer and batch both have 64 entries, so even the shape is right.
#
# </details>

# %%
trained, right_accuracy = accuracy_after_one_epoch(by_hand)
found = {"no mistake": (right_accuracy, whole_difference(by_hand))}
print(f"{'':<28} exception  accuracy < 90 %  gradient check")
for name, change in mistakes.items():
    network = planted(*change)
    try:
        accuracy = accuracy_after_one_epoch(network)[1]
    except ValueError:
        accuracy = None
    found[name] = (accuracy, whole_difference(network))
    spoke = (accuracy is None, accuracy is not None and accuracy < 0.9, not found[name][1] <= LIMIT)
    print(f"{name:<28} {'yes' if spoke[0] else '-':<10} {'yes' if spoke[1] else '-':<16} "
          f"{'yes' if spoke[2] else '-'}")

# %%
fig, (left, right) = lesson.figure(9, 3.4, columns=2, sharey=True)
for row, (accuracy, error) in enumerate(found.values()):
    silent = accuracy is not None and accuracy >= 0.9 and row > 0
    style = {"color": lesson.VERMILION if silent else lesson.BLUE, "marker": "D" if silent else "o"}
    if accuracy is None:
        left.text(5, row, "exception", va="center", color=lesson.BLUE)
    else:
        left.plot(100 * accuracy, row, **style)
    right.plot(np.clip(error, 1e-10, 1e3), row, **style)
left.axvline(90, color="gray", linestyle="--")
right.axvline(LIMIT, color="gray", linestyle="--")
left.set(xlim=(0, 100), xlabel="test accuracy after one epoch, %", yticks=range(len(found)),
         yticklabels=found, title="what accuracy says")
right.set(xscale="log", xlim=(1e-10, 5e3), xlabel="relative difference (wrong shape: at 1000)",
          title="what the gradient check says")
left.invert_yaxis()
lesson.show(fig, alt="Left: accuracy for nine networks; four with a mistake (red diamonds) stand "
            "above 90 %, beside the right one. Right: the gradient check; the right network lies "
            "far below the limit 1e-6, all eight mistakes far above.")

# %% [markdown]
# The dashed lines are the two alarms. Red diamonds are the mistakes that only the right-hand alarm
# hears: a gradient that is half wrong still leads downhill. DeepLearnToolbox came with a gradient
# check beside its backward pass (`cnnnumgradcheck.m`).

# %% [markdown]
# ## A trap: convolution that is none
#
# Mathematics flips the kernel before it slides it. PyTorch and TensorFlow do not: what they call
# convolution is *cross-correlation*. NumPy keeps the two apart.

# %%
signal, kernel = np.array([0, 0, 1, 0, 0]), np.array([1, 2, 3])
print("np.convolve: ", np.convolve(signal, kernel, "valid"))
print("np.correlate:", np.correlate(signal, kernel, "valid"))

# %% [markdown]
# Theano flips by default (`filter_flip=True`), TensorFlow does not. In 2016 a user of Keras loaded
# one set of weights on both and got mirrored results
# ([keras 3015](https://github.com/keras-team/keras/issues/3015)). We build that network: the same
# cells, but with every kernel flipped at the door.


# %%
def flip(weights):
    return {name: value[:, :, ::-1, ::-1] if value.ndim == 4 else value
            for name, value in weights.items()}


flipped = SimpleNamespace(**{**vars(by_hand), "build": lambda weights: build(flip(weights))})
fresh = accuracy_after_one_epoch(flipped)[1]
moved = (logits(flipped.build(trained.weights), digits.test_images).argmax(axis=1)
         == digits.test_labels).mean()
print("trained from scratch, at least 90 %:", fresh >= 0.9)
print("given the other network's trained weights, at least 90 %:", moved >= 0.9)

# %% [markdown]
# **Predict, then run.** Trained alone it does well: it learns mirrored kernels. Only weights that
# travel betray it. Which rung of the ladder catches it?
#
# <details><summary>Answer</summary>
#
# `logits`: identical weights, different answers. The shapes are right, so `shapes` holds.
#
# </details>

# %%
broken = ladder.climb(flipped.build, logits, gradients, train_step, lambda m: flip(read_weights(m)),
                      save, load)
print("broken rung:", broken.failed_rung)

# %% [markdown]
# The cure: one convention, and every weight turned once at the border between two programs. Then
# prove it, with the same weights and the same digits on both sides.

# %% [markdown]
# ## Was backpropagation invented in 1986?
#
# So it is often told. In 1986 Rumelhart, Hinton and Williams showed in *Nature* that it makes
# [layers](../00_glossary.ipynb#Layer) between pixels and answers learn useful features, and made it
# famous. Their own references list LeCun, 1985. The algorithm itself, the *reverse mode* (from the
# end to the start) of [automatic differentiation](../00_glossary.ipynb#Automatic-differentiation),
# was first published in 1970, in the master's thesis of the Finnish student Seppo Linnainmaa, with
# no neural network in it. LeCun trained [convolutions](../00_glossary.ipynb#Convolution) with it in
# 1989; LeNet-5 followed in 1998.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** Instead of relu you wrote `np.abs`, and you derived its backward pass correctly. Biases
# start at 0.1. Who reports the mistake?
#
# <details><summary>A. The gradient check: the slope of <code>abs</code> is not that of relu</summary>No. Central differences use your own forward pass. They compare you with yourself, and here you are consistent.</details>
# <details><summary>B. Nobody, since forward and backward pass agree</summary>No. They agree with each other, not with the course's network. A comparison with something independent shows that.</details>
# <details><summary>C. The parity ladder, at <code>logits</code></summary>Right. It compares you with an independent implementation. The gradient check passes: it judges the backward pass by your forward pass.</details>
#
# <br>**2.** The 1/N is missing in `cross_entropy_backward`. To make training work, a tired author
# divides the learning rate by 64, the batch size. Who still reports the mistake?
#
# <details><summary>A. The gradient check</summary>Right. The gradient itself is still N times too large. Only the step is right again, and only for batches of 64.</details>
# <details><summary>B. The accuracy, which stays below 90 %</summary>No. A gradient 64 times too large at a rate 64 times too small makes the right step.</details>
# <details><summary>C. Python, with an exception</summary>No. No shape has changed. A factor that is missing raises nothing.</details>
#
# <br>**3.** Your pooling windows are now 3x3 and move by 2, so they overlap. `corners` gives nine
# views. What must change in `max_pool_backward`?
#
# <details><summary>A. Nothing: each window still has one winner</summary>No. Each window has one winner, but one pixel can win several windows. With <code>=</code> the last of them overwrites the others.</details>
# <details><summary>B. <code>target[...] = upstream * won</code> becomes <code>+=</code></summary>Right. A pixel that wins several windows gets a gradient from each. It is col2im's reason: what was used often, adds.</details>
# <details><summary>C. <code>upstream</code> must be divided by the number of windows that a pixel is in</summary>No. That would be a mean. Each window passes its whole gradient to its winner, and the parts add up.</details>
#
# <br>**4.** You check max pooling alone, on a 2x2 window of four equal pixels, with upstream
# gradient 1. What do central differences give for each pixel?
#
# <details><summary>A. 1 for the first pixel, 0 for the others</summary>No. That is what <code>max_pool_backward</code> returns. The central difference does not know its rule for ties.</details>
# <details><summary>B. 1/4, since four pixels share the gradient</summary>No. Nothing is shared here: one pixel is moved at a time, and the other three stay where they are.</details>
# <details><summary>C. 1 for every pixel</summary>No. Theano's <code>pool_2d</code> pays so. The difference would be 1 if a step down lowered the maximum, too, but the other pixels hold it.</details>
# <details><summary>D. 1/2</summary>Right. One step up raises the maximum by h, one step down changes nothing: h / 2h. It is relu's corner again, and no mistake of the backward pass.</details>
#
# <br>**5.** Digits of 28 x 28 pixels go through `im2col`, now with windows of 5x5. How many times
# larger than the digits is the result?
#
# <details><summary>A. About 8 times, as with 3x3: there are fewer patches now</summary>No. There are fewer patches, 576 instead of 676, but each has 25 pixels instead of 9.</details>
# <details><summary>B. About 18 times</summary>Right. 24 x 24 patches of 25 pixels, for 784 pixels. Away from the border each pixel stands in 25 patches, near it in fewer.</details>
# <details><summary>C. Exactly 25 times: each pixel stands in 25 patches</summary>No. That holds for the pixels in the middle. On so small a picture the border takes more than a quarter off.</details>
#
# <br>**6.** Program B flips its kernels, your program does not. You turn each kernel once when
# weights go to B. B sends back the gradients of its kernels. What do you do with them?
#
# <details><summary>A. You turn them once, too</summary>Right. A gradient has one number for each place of B's kernel, so it lies as B's kernel lies. The border is crossed in both directions.</details>
# <details><summary>B. You use them as they are: a gradient is a sum over all positions</summary>No. The sum runs over the places in the picture. The places within the kernel remain, nine for a 3x3 kernel.</details>
# <details><summary>C. You turn them twice: for the kernel, and for the backward pass</summary>No. Two turns by 180 degrees are none. This mixes up the border with the turned kernel of the backward formula.</details>
#
# <br>**7.** For which of these would you still write the network by hand?
#
# <details><summary>A. A large network that has to train on a GPU</summary>No. NumPy cannot follow you there. You would write routines for that processor, and again for the next one.</details>
# <details><summary>B. A research network that gets a new kind of layer each week</summary>No. Each new layer is two functions and a check. A framework's user writes the forward alone.</details>
# <details><summary>C. A reference of one small, fixed network, which must depend on nothing</summary>Right. It will not change, so you derive and check it once. The course's own reference is such a program.</details>
# <details><summary>D. A quick experiment, for which you leave out the gradient check</summary>No. Four of eight planted mistakes trained to more than 90 %. Without the check you would not know what you measured.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | loops | im2col and BLAS | a framework |
# |---|---|---|---|
# | you write | the formula | forward, backward, tape | forward |
# | you check | nothing but yourself | each gradient | the network against a reference |
# | it stops helping | at the first real batch | at the GPU, at the next layer | where it has no operation for your idea |
#
# A gradient that is half wrong still learns. That is the best reason to let a machine derive it.

# %% [markdown]
# **Choose it when** you want to understand or to teach; when you need a reference that depends on
# nothing (this course's is such a program); or to run one small network where no framework fits.
#
# **Avoid it when** the network will change (each new layer is two functions and a check, shown
# above), when you need a GPU, or when nobody will write the gradient check.
#
# **Now you:** [the exercise](../../exercises/01_history/02_by_hand.ipynb), with self-checks. Then
# see how [PyTorch](../02_frameworks/02_pytorch.ipynb) records the tape for you.

# %% [markdown]
# ## Sources: history
#
# All checked 2026-11-24.
# - 1986, with its reference to LeCun 1985:
#   [Nature 323, 533](https://www.nature.com/articles/323533a0)
# - 1970: [Who invented
#   backpropagation?](https://people.idsia.ch/~juergen/who-invented-backpropagation.html), by a
#   party to that dispute, with the original references
# - 1989 and its reproduction:
#   [karpathy/lecun1989-repro](https://github.com/karpathy/lecun1989-repro)
# - 1998, LeNet-5: [Proceedings of the IEEE 86(11)](https://ieeexplore.ieee.org/document/726791)
# - SN, Lush and LeNet: [Lush, history and credits](https://lush.sourceforge.net/credits.html)
# - [cuda-convnet](http://www.cs.toronto.edu/~kriz/) (its files are dated 2011)
# - [DeepLearnToolbox](https://github.com/rasmusbergpalm/DeepLearnToolbox), 2012
# - [AlexNet, 2012](https://papers.nips.cc/paper_files/paper/2012/hash/c399862d3b9d6b76c8436e924a68c45b-Abstract.html):
#   "a winning top-5 test error rate of 15.3%"

# %% [markdown]
# ## Sources: technique
#
# All checked 2026-11-24.
# - Convolution as a matrix product, 2006:
#   [Chellapilla, Puri, Simard](https://hal.inria.fr/inria-00112631)
# - In Caffe:
#   [the Im2col layer](https://github.com/BVLC/caffe/blob/1.0/docs/tutorial/layers/im2col.md); in
#   Matlab: [im2col](https://www.mathworks.com/help/images/ref/im2col.html)
# - Kernels written again for every processor: [cuDNN, 2014](https://arxiv.org/abs/1410.0759)
# - [torch.autograd.gradcheck](https://docs.pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html):
#   float64, `eps=1e-6`
# - Turned kernels in the backward pass, asked by learners:
#   [numpy-ml 27](https://github.com/ddbourgin/numpy-ml/issues/27),
#   [DeepLearnToolbox 169](https://github.com/rasmusbergpalm/DeepLearnToolbox/issues/169)
# - The trap: [keras issue 3015](https://github.com/keras-team/keras/issues/3015), 2016

# %% [markdown]
# **On your path:**
#
# - **The core, 4 of 5:** [Keras](../02_frameworks/03_keras.ipynb) → here →
#   [The parity ladder](../03_comparison/01_parity_ladder.ipynb)
# - *The history, 3 of 11:* [Three eras](01_three_eras.ipynb) → here → [Theano](03_theano.ipynb)
# - *Choosing a framework, 2 of 12:* [Your first network](../00_your_first_network.ipynb) → here →
#   [TensorFlow](../02_frameworks/01_tensorflow.ipynb)
# - *Research, 2 of 18:* [Your first network](../00_your_first_network.ipynb) → here →
#   [TensorFlow](../02_frameworks/01_tensorflow.ipynb)
# - *Production, 2 of 16:* [Your first network](../00_your_first_network.ipynb) → here →
#   [TensorFlow](../02_frameworks/01_tensorflow.ipynb)
#
# **In the order of the folders:** previous [Three eras](01_three_eras.ipynb) · next
# [Theano](03_theano.ipynb) · [all chapters](../00_start_here.ipynb)
