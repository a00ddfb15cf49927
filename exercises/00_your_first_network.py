# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: Your first network
#
# Six tasks on [Your first network](../notebooks/00_your_first_network.ipynb), about 60 minutes;
# tasks 1, 2 and 4 alone, about 25. Fill in what is missing, run the cell below it, and read the
# check: `[ok]`, `[todo]`, or `[no]` with a hint. The checks are folded: try before you unfold one.
# Stuck? *Show me a way* unfolds below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import sys
from unittest import mock

import numpy as np
import torch
from torch import nn

from onecnn import checks, mnist

digits = mnist.load()
pictures, labels = torch.from_numpy(digits.train_images), torch.from_numpy(digits.train_labels)

# %% [markdown]
# ## 1. Walk downhill (complete)
#
# `step` shall take one step, as a ball. `speed` is what it had before. Return the new weight and
# the new speed. With `momentum` 0 it is a walker.


# %%
def step(weight, slope, speed, rate, momentum):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def steps_well():
    random = checks.random(1)
    for weight, slope, speed, rate, momentum in [(1, 2, 0, 0.5, 0), *random.randn(5, 5)]:
        mine, my_speed = step(weight, slope, speed, rate, momentum)
        if not np.isclose(my_speed, momentum * speed + slope):
            return "the new speed is not right: what remains of the old one, and what comes to it?"
        if not np.isclose(mine, weight - rate * my_speed):
            return "the speed is right, the weight is not: which way is downhill, and how far?"
    return True


checks.grade("1 step", steps_well, hint="which of the two needs the other's new value?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The chapter's cell with the ball has both lines. First the new speed: `momentum` times the old
# one, and `slope` is added. Then the weight moves against that speed, `rate` times as far.
#
# </details>

# %% [markdown]
# ## 2. How much is left? (complete)
#
# A picture goes through convolution and pooling. `side_after` shall say how high and wide it is
# afterwards, for a picture of `side` pixels, a kernel of `kernel` pixels, and pooling of `size` by
# `size`. What has no room for a whole window is left out, as in the notebook.


# %%
def side_after(side, kernel, size):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def sides_right():
    if {"torch", "nn"} & checks.names(side_after.__code__):
        return "without PyTorch, please: one line of arithmetic will do"
    some = checks.random(2).randint([12, 1, 1], [40, 6, 6], (8, 3)).tolist()
    for side, kernel, size in ((28, 3, 2), (28, 5, 2), (32, 3, 3), (9, 1, 4), (6, 6, 1), *some):
        layers = nn.Sequential(nn.Conv2d(1, 1, kernel), nn.MaxPool2d(size))
        with torch.no_grad():
            truth = layers(torch.zeros(1, 1, side, side)).shape[-1]
        if float(side_after(side, kernel, size)) != truth:
            return f"look at a side of {side}, a kernel of {kernel} and pooling by {size}"
    return side_after(5, 4, 3) == 0 or "a side of 5, a kernel of 4: is there room for a pool of 3?"


checks.grade("2 sides", sides_right,
             hint="how many windows fit side by side? and how many whole pools?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Lay a kernel of 3 on 5 pixels: it fits at 3 places, which is 5 - 3 + 1. Then ask how many *whole*
# pools of `size` these places give: Python's `//` leaves out the rest.
#
# </details>

# %% [markdown]
# ## 3. Slide a window (port)
#
# `convolve` shall do by hand what `nn.Conv2d` does with one channel and one kernel: at each place,
# the products of window and kernel, added up, and the bias. `picture` and `kernel` are arrays of
# two axes; the kernel may be higher than wide. No PyTorch, no `scipy`: loops will do.


# %%
def convolve(picture, kernel, bias):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
class WithoutTorch(torch.overrides.TorchFunctionMode):
    def __torch_function__(self, function, types, arguments=(), named=None):
        raise RuntimeError("without PyTorch, please")


def alone(*arguments):
    """What ``convolve`` returns where there is no PyTorch and no SciPy."""
    scipy = dict.fromkeys(name for name in ("scipy", *sys.modules) if name.startswith("scipy"))
    with WithoutTorch(), mock.patch.dict(sys.modules, scipy):
        return convolve(*arguments)


# %% jupyter={"source_hidden": true}
def convolves():
    random = checks.random(2)
    if {"torch", "nn", "scipy"} & checks.names(convolve.__code__):
        return "without PyTorch and SciPy, please: with loops, or with NumPy's windows"
    for height, width, rows, columns in ((6, 7, 3, 3), (9, 5, 2, 4), (3, 3, 3, 1), (5, 5, 1, 1),
                                         (2, 6, 2, 6)):
        picture, kernel = random.randn(height, width), random.randn(rows, columns)
        bias = random.randn()
        truth = nn.functional.conv2d(*(torch.from_numpy(x)[None, None] for x in (picture, kernel)),
                                     bias=torch.tensor([bias], dtype=torch.float64))[0, 0].numpy()
        mine = np.asarray(alone(picture.copy(), kernel.copy(), bias))
        if mine.shape != truth.shape:
            return (f"for {height} x {width} and a kernel of {rows} x {columns} you give "
                    f"{mine.shape}: how many places are there, down and across?")
        if not np.allclose(mine, truth):
            return "right shape, wrong numbers: try a kernel with a single 1 in a corner"
    return True


checks.grade("3 convolution", convolves,
             hint="how many places has the window, down and across? what happens at one?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Begin with the result's shape: one number for each place of the kernel, as in task 2, down and
# across. Fill it with two loops. At each place, cut out of the picture what lies under the kernel,
# as high and as wide as it is; multiply, add up, add the bias.
#
# </details>

# %% [markdown]
# ## 4. Mend a training that does not learn (mend)
#
# This training raises nothing and learns next to nothing. It has **two** faults. Find them, and
# write it as it should be. Everything else stays: the order of the batches, the optimizer, the
# number of epochs.


# %%
def train_badly(network, optimizer, pictures, labels, epochs):
    for _ in range(epochs):
        for batch in torch.arange(len(pictures)).split(64):
            guess = torch.softmax(network(pictures[batch]), dim=1)
            loss = nn.functional.cross_entropy(guess, labels[batch])
            loss.backward()
            optimizer.step()


# %%
def train(network, optimizer, pictures, labels, epochs):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def dense_network():
    torch.manual_seed(4)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


def by_formula(rate, epochs, pictures, labels):
    network = dense_network()
    weight, bias = network[1].weight.detach(), network[1].bias.detach()
    for _ in range(epochs):
        for batch in torch.arange(len(labels)).split(64):
            x = pictures[batch].flatten(1)
            right = nn.functional.one_hot(labels[batch], 10)
            too_much = (torch.softmax(x @ weight.T + bias, dim=1) - right) / len(batch)
            weight = weight - rate * (too_much.T @ x + 0.1 * weight)  # the optimizer's decay: 0.1
            bias = bias - rate * (too_much.sum(dim=0) + 0.1 * bias)
    return weight, bias


# %% jupyter={"source_hidden": true}
def trains():
    for rate, epochs, first, count in ((0.1, 1, 0, 256), (0.05, 2, 300, 200)):
        network, some = dense_network(), slice(first, first + count)
        optimizer = torch.optim.SGD(network.parameters(), lr=rate, weight_decay=0.1)
        train(network, optimizer, pictures[some], labels[some], epochs)
        weight, bias = by_formula(rate, epochs, pictures[some], labels[some])
        if torch.equal(network[1].weight, dense_network()[1].weight):
            return "no weight has moved: who calls optimizer.step()?"
        if not torch.allclose(network[1].weight, weight, atol=1e-5):
            return ("the weights end elsewhere. What is the loss at the first two steps, and what "
                    "did you expect?")
        if not torch.allclose(network[1].bias, bias, atol=1e-5):
            return ("the weights are right, the biases are not: does your optimizer step over all "
                    "of them?")
    return True


checks.grade("4 mended training", trains,
             hint="what does cross_entropy want to be given? what lies in the slopes when "
                  "backward begins?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Print the loss of two steps of `train_badly`. One fault is in what `cross_entropy` is given: read
# in the chapter what it expects. The other one: `backward` *adds* to the slopes that are there
# already.
#
# </details>

# %% [markdown]
# ## 5. How many weights? (complete)
#
# Somebody designs a network as the course's: two rounds of convolution (3 x 3) and pooling (by 2)
# with `first` and `second` channels, a dense layer to `hidden` numbers, one to 10. `count` shall
# say how many weights and biases it has, for pictures of `side` pixels and one channel.


# %%
def count(first, second, hidden, side):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def counts():
    if {"torch", "nn", "side_of"} & checks.names(count.__code__):
        return "without PyTorch, please: the sizes of four layers, added up"
    for first, second, hidden, side in ((16, 32, 64, 28), (8, 5, 30, 33), (3, 7, 2, 20),
                                        (2, 3, 4, 22)):
        small = side_of(side)
        network = nn.Sequential(nn.Conv2d(1, first, 3), nn.Conv2d(first, second, 3),
                                nn.Linear(second * small * small, hidden), nn.Linear(hidden, 10))
        truth = sum(weight.numel() for weight in network.parameters())
        if float(count(first, second, hidden, side)) != truth:
            return f"not for {first} and {second} channels, {hidden} hidden numbers, {side} pixels"
    return True


def side_of(side):
    layers = nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3), nn.MaxPool2d(2))
    with torch.no_grad():
        return layers(torch.zeros(1, 1, side, side)).shape[-1]


checks.grade("5 count", counts,
             hint="how many numbers does one kernel look at? what else has each output?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Four terms, one a layer. A kernel of the second round has 3 x 3 weights for each of the `first`
# channels, and one bias. For the dense layer you need the side after both rounds: task 2 has it.
#
# </details>

# %% [markdown]
# ## 6. A tenth of the weights (design)
#
# The chapter's network has 56,714 weights and biases. Design one with **at most 6,000** that still
# gets at least 92 of 100 unseen digits right, after five epochs of the chapter's training. It takes
# pictures of shape N x 1 x 28 x 28 and gives N x 10 logits. A dense layer alone will not do: it has
# 7,850, and gets 90. Aim higher than 92: graded, your network starts from other random weights. The
# check trains yours for some seconds.


# %%
def small_network():
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def right_of_100(network):
    with torch.no_grad():
        said = network(torch.from_numpy(digits.test_images)).argmax(dim=1).numpy()
    return 100 * (said == digits.test_labels).mean()


def trained_as_in_the_chapter(network):
    weights = [*network.parameters()]
    speeds = [torch.zeros_like(weight) for weight in weights]
    for batch in (batch for _ in range(5) for batch in torch.randperm(len(labels)).split(64)):
        wrong = nn.functional.cross_entropy(network(pictures[batch]), labels[batch])
        slopes = torch.autograd.grad(wrong, weights)
        with torch.no_grad():
            for weight, speed, slope in zip(weights, speeds, slopes):
                weight.sub_(0.02 * speed.mul_(0.9).add_(slope))


# %% jupyter={"source_hidden": true}
def small_and_good():
    torch.manual_seed(int(checks.random(6).randint(1000)))
    network = small_network()
    if network is small_network():
        return "make a new network at each call"
    network(pictures[:2])  # lazy layers get their sizes
    weights = sum(weight.numel() for weight in network.parameters())
    if weights > 6000:
        return f"it has {weights:,} weights and biases: where are most of them?"
    if network(pictures[:7]).shape != (7, 10):
        return f"for 7 pictures it gives {tuple(network(pictures[:7]).shape)}, not 7 x 10"
    if right_of_100(network) > 50:
        return "it reads digits before it has learned: begin at random"
    trained_as_in_the_chapter(network)
    found = right_of_100(network)
    return bool(found >= 92) or f"{found:.0f} of 100 right: what finds strokes, wherever they are?"


checks.grade("6 a small network", small_and_good,
             hint="in which layer of the chapter's network are nine of ten weights?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Count as in task 5: 51,264 of the 56,714 belong to the first dense layer. Convolutions are cheap.
# So keep two of them, with half as many channels or so, and let what they found go to the ten
# answers directly. For the last layer's size, use task 2 twice.
#
# </details>

# %% [markdown]
# **Where now?** Back to [the chapter](../notebooks/00_your_first_network.ipynb), or on to
# [the network by hand](../notebooks/01_history/02_by_hand.ipynb), where you write all of its
# gradients yourself.
