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
# Six tasks on [the network by hand](../../notebooks/01_history/02_by_hand.ipynb), about 70 minutes;
# the last two, a tape of your own, take half of that. Fill in what is missing, run the cell below
# it, and read the check: `[ok]`, `[todo]`, or `[no]` with a hint. The checks are folded: try before
# you unfold one. Stuck? *Show me a way* unfolds below each check. Nothing breaks if you run
# everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
from types import SimpleNamespace

import numpy as np

from onecnn import cells, checks, ladder

by_hand = cells.functions("01_history/02_by_hand")


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


def off_zero(random, *shape):
    """Random numbers of both signs, none of them near relu's corner."""
    return random.choice([-1, 1], shape) * (1e-3 + random.rand(*shape) ** 3)


# %% [markdown]
# ## 1. Complete a backward pass (complete)
#
# *Leaky* relu lets a little through: $y = x$ where $x > 0$, and $y = \text{leak} \cdot x$
# elsewhere, at 0 too. Write its backward pass. `upstream` is $\partial L/\partial y$; return
# $\partial L/\partial x$ as a new array.


# %%
def leaky_relu(x, leak):
    return np.where(x > 0, x, leak * x)


def leaky_relu_backward(upstream, x, leak):
    ### BEGIN SOLUTION
    return upstream * np.where(x > 0, 1.0, leak)
    ### END SOLUTION


# %%
def leaks_rightly():
    random = checks.random(1)
    for leak, shape in ((0.1, (4, 5)), (-0.4, (7,)), (0.0, (2, 3, 4)), (1.5, (1, 1))):
        x, r = off_zero(random, *shape), random.normal(size=shape)
        handed = r.copy(), x.copy()
        found = leaky_relu_backward(*handed, leak)
        if not (np.array_equal(handed[0], r) and np.array_equal(handed[1], x)):
            return "an array that you were given has changed"
        if np.shape(found) != x.shape:
            return f"x has the shape {shape}: what shape has its gradient?"
        wanted = numerical(lambda: (leaky_relu(x, leak) * r).sum(), x)  # noqa: B023
        if not np.allclose(found, wanted, atol=1e-6):
            return f"not what central differences find, for a leak of {leak}"
    corner = leaky_relu_backward(np.array([4.0, -2.0, 3.0]), np.array([0.0, -0.0, 1e-12]), 0.5)
    return np.allclose(corner, [2, -1, 3]) or "which slope holds at exactly 0, and just above?"


checks.grade("1 leaky relu", leaks_rightly,
             hint="which slope has y for a positive x, which elsewhere? and what arrives?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The chain rule: what arrives from above, times the slope at this place. There are two slopes, and
# `np.where` picks one of them for each number of `x`. The values of `x` themselves take no part.
#
# </details>

# %% [markdown]
# ## 2. Port average pooling from Matlab (port)
#
# Older networks averaged each 2x2 window. DeepLearnToolbox (2012) goes back with
# `expand(d, [2 2 1]) / (2 * 2)`: each pixel gets a quarter of its window's gradient. Write both
# directions for `x` of shape `C x N x H x W`. An odd last row or column is dropped, and its
# gradient is 0. Leave the arrays that you are given as they are. `by_hand.corners(x)` gives four
# views, one for each pixel of the windows.


# %%
def average_pool(x):
    ### BEGIN SOLUTION
    return sum(by_hand.corners(x)) / 4
    ### END SOLUTION


def average_pool_backward(upstream, x):
    ### BEGIN SOLUTION
    gradient = np.zeros_like(x)
    for target in by_hand.corners(gradient):
        target[...] = upstream / 4
    return gradient
    ### END SOLUTION


# %%
def pooled_wrongly(x, r):
    """What is wrong with the two directions for these arrays; or None."""
    x_before, r_before, (rows, columns) = x.copy(), r.copy(), r.shape[2:]
    y = average_pool(x)
    if np.shape(y) != r.shape:
        return f"forward: {x.shape} in, {np.shape(y)} out; how many whole windows are there?"
    for row, column in np.ndindex(rows, columns):
        window = x_before[:, :, 2 * row:2 * row + 2, 2 * column:2 * column + 2]
        if not np.allclose(y[:, :, row, column], window.mean(axis=(2, 3))):
            return f"forward: not the mean of window {row}, {column}"
    np.full_like(x, np.nan)  # what is not written shall show: memory is used again
    found = average_pool_backward(r, x)
    if np.shape(found) != x.shape:
        return "backward: whose shape has the gradient?"
    if not (np.array_equal(x, x_before) and np.array_equal(r, r_before)):
        return "an array that you were given has changed"
    wanted = numerical(lambda: (average_pool(x) * r).sum(), x)
    return None if np.allclose(found, wanted, atol=1e-6) else "backward: wrong numbers"


# %%
def averages():
    random = checks.random(2)
    for channels, count, height, width in ((2, 3, 5, 4), (1, 1, 2, 2), (3, 2, 4, 7), (2, 1, 7, 9)):
        x = random.normal(size=(channels, count, height, width))
        wrong = pooled_wrongly(x, random.normal(size=(channels, count, height // 2, width // 2)))
        if wrong:
            return wrong
    return True


checks.grade("2 average pooling", averages,
             hint="how much does each of four pixels change their mean? and the dropped ones?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Forward: the four views have the output's shape, so they can be added, and a mean of four is their
# sum divided. Backward: begin with zeros of the shape of `x`. The views of *that* array let you
# write into it, a quarter of `upstream` through each; what no view covers stays 0.
#
# </details>

# %% [markdown]
# ## 3. Mend a network that the ladder rejects (mend)
#
# Somebody "cleaned up" one function of the backward pass. The network still trains. The ladder
# names a rung, and the eight tensors say more: which are right, and which are not?


# %%
def suspect_unflatten(upstream, x):
    return upstream.reshape(x.shape)


def climb_with(**replaced):
    """The ladder, with the notebook's cells and these functions in place of its own."""
    network = SimpleNamespace()
    source = "\n".join(cell.source for cell in cells.read(cells.locate("01_history/02_by_hand"))
                       if cells.TAG in cell.tags)
    exec(source, vars(network))
    vars(network).update(replaced)
    return ladder.climb(network.build, network.logits, network.gradients, network.train_step,
                        network.read_weights, network.save, network.load, training=False,
                        artefact=False)


# %%
report = climb_with(unflatten=suspect_unflatten)
print("broken rung:", report.failed_rung)
for rung in report.rungs:
    if rung.name == report.failed_rung:
        print({name: bool(error <= ladder.GRADIENTS) for name, error in rung.measured.items()})

# %% [markdown]
# Between which two layers is the gradient lost? Say it before you unfold.
#
# <details><summary>Answer</summary>
#
# The dense layers are right, the convolutions are not: between `dense1` and `conv2`.
#
# </details>
#
# Forward, `flatten` is `x.transpose(1, 0, 2, 3).reshape(x.shape[1], -1)`, with `x` of
# shape `C x N x H x W`. Undo it, last step first. Of `x` only the shape tells you something: its
# numbers are not the gradient's.


# %%
def mended_unflatten(upstream, x):
    ### BEGIN SOLUTION
    channels, count, height, width = x.shape
    return upstream.reshape(count, channels, height, width).transpose(1, 0, 2, 3)
    ### END SOLUTION


# %%
def climbs():
    random = checks.random(3)
    for shape in ((3, 2, 4, 5), (2, 5, 3, 1), (1, 1, 2, 2), (4, 4, 3, 3)):
        gradient, x = random.normal(size=shape), random.normal(size=shape)
        back = mended_unflatten(by_hand.flatten(gradient), x)
        if np.shape(back) != shape:
            return f"for an x of {shape}: whose shape has the gradient?"
        if not np.array_equal(back, gradient):
            return "unflatten(flatten(g), x) is not g: how do the numbers lie in the flat vector?"
    report = climb_with(unflatten=mended_unflatten)
    return report.failed_rung is None or f"the rung '{report.failed_rung}' still breaks"


checks.grade("3 mended network", climbs,
             hint="which shape was there just before flatten's reshape, and how was it reached?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `flatten` took two steps, so there are two to undo. Its last one made a row of each digit: go back
# to the four axes that were there, with the digits in front. Then exchange the two axes that the
# first step had exchanged; a `transpose` that swaps two axes is its own way back.
#
# </details>

# %% [markdown]
# ## 4. What does a convolution cost? (predict)
#
# A convolution turns `channels` channels of `side` x `side` pixels into `kernels` channels, with
# kernels of `size` x `size`, without padding. For **one** digit: how many numbers does its im2col
# matrix hold, and how many multiply-adds (a product and its addition count as one) does its matrix
# product cost? Return both, by arithmetic alone: no array is made.


# %%
def costs(channels, kernels, side, size):
    ### BEGIN SOLUTION
    column_numbers = channels * size * size * (side - size + 1) ** 2
    return column_numbers, kernels * column_numbers
    ### END SOLUTION


# %%
def counted():
    if {"np", "numpy", "by_hand"} & checks.names(costs.__code__):
        return "by arithmetic alone, please"
    for channels, kernels, side, size in ((16, 32, 13, 3), (1, 16, 28, 3), (3, 5, 9, 4),
                                          (2, 7, 6, 1), (4, 1, 5, 5)):
        x = np.zeros((channels, 1, side, side), np.float32)
        rows, pixels = by_hand.im2col(x, size).shape
        found = costs(channels, kernels, side, size)
        where = f"{channels} channels, {kernels} kernels of {size} x {size}, a side of {side}"
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            return "return two numbers"
        if float(found[0]) != rows * pixels:
            return f"{where}: how high is im2col's matrix, and how many patches are there?"
        if float(found[1]) != kernels * rows * pixels:
            return f"{where}: the matrix is right; how often is each of its numbers used?"
    costs(10 ** 6, 2, 10 ** 6, 3)  # an array of this size is not to be had
    return True


checks.grade("4 costs", counted, hint="what stands in one column, and how many columns are there?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A column holds one patch: the kernel's pixels, in each channel. There are as many columns as
# places for the kernel, counted across and down. In the product each kernel is a row that meets
# every number of the matrix once.
#
# </details>

# %% [markdown]
# ## A tape of your own
#
# In the notebook *you* kept what the backward pass needs, and wrote its order by hand. Now a
# program shall. A `Variable` holds a value and how it came about: pairs of a Variable that it was
# made from, and the *way back* to it. A way back is a function. It gets the gradient of the new
# Variable, and returns what that means for the old one. Four operations are given.


# %%
class Variable:
    def __init__(self, value, *made_from):
        self.value, self.made_from, self.grad = value, made_from, None


def flatten(x):
    return Variable(by_hand.flatten(x.value), (x, lambda g: by_hand.unflatten(g, x.value)))


def max_pool(x):
    y = by_hand.max_pool(x.value)
    return Variable(y, (x, lambda g: by_hand.max_pool_backward(g, x.value, y)))


# %%
def convolve(x, weight, bias):
    y, columns = by_hand.convolve(x.value, weight.value, bias.value)
    return Variable(
        y, (x, lambda g: by_hand.convolve_backward_input(g, weight.value, x.value)),
        (weight, lambda g: by_hand.convolve_backward(g, columns, weight.value)[0]),
        (bias, lambda g: by_hand.convolve_backward(g, columns, weight.value)[1]))


def cross_entropy(logits, labels):
    loss, p = by_hand.cross_entropy(logits.value, labels)
    return Variable(loss, (logits, lambda g: g * by_hand.cross_entropy_backward(p, labels)))


# %% [markdown]
# ## 5. Record two operations (complete)
#
# Write the two that are missing, with their ways back, as the four above are written: `relu`, with
# slope 0 at 0, and `dense`, which is $y = x W^\top + b$ for rows of digits. Arguments and results
# are Variables. Each way back returns a new array.


# %%
def relu(x):
    ### BEGIN SOLUTION
    y = by_hand.relu(x.value)
    return Variable(y, (x, lambda g: by_hand.relu_backward(g, y)))
    ### END SOLUTION


def dense(x, weight, bias):
    ### BEGIN SOLUTION
    y = by_hand.dense(x.value, weight.value, bias.value)
    return Variable(y, (x, lambda g: g @ weight.value), (weight, lambda g: g.T @ x.value),
                    (bias, lambda g: g.sum(axis=0)))
    ### END SOLUTION


# %%
def recorded_wrongly(name, operation, inputs, r):
    """What is wrong with an operation's record, judged by central differences; or None."""
    variables = [Variable(value) for value in inputs]
    y = operation(*variables)
    if not isinstance(y, Variable) or np.shape(y.value) != r.shape:
        return f"{name}: return a Variable; which shape has its value?"
    if {id(one) for one, _ in y.made_from} != {id(one) for one in variables}:
        return f"{name}: which Variables was it made from?"
    for number, variable in enumerate(variables, 1):
        wanted = numerical(lambda: (operation(*variables).value * r).sum(), variable.value)
        operation(*(Variable(value + 1) for value in inputs))  # a second use must not disturb it
        handed = r.copy()
        found = sum(way_back(handed) for one, way_back in y.made_from if one is variable)
        if not np.array_equal(handed, r):
            return f"{name}: a way back has changed the gradient that it was given"
        if np.shape(found) != wanted.shape or not np.allclose(found, wanted, atol=1e-6):
            return f"{name}: wrong way back to argument {number}, or one too many"
    return None


# %%
def records():
    random = checks.random(5)
    for rows, columns, outputs in ((6, 5, 4), (1, 3, 7), (4, 1, 1)):
        x, r = off_zero(random, rows, columns), random.normal(size=(rows, columns))
        if not np.array_equal(relu(Variable(x)).value, np.clip(x, 0, None)):
            return "relu: what becomes of a negative number?"
        weight, bias = random.normal(size=(outputs, columns)), random.normal(size=outputs)
        y = dense(Variable(x), Variable(weight), Variable(bias)).value
        if not np.allclose(y, [[row @ kernel for kernel in weight] + bias for row in x]):
            return "dense: for one row of x, what is the number of output 0?"
        wrong = (recorded_wrongly("relu", relu, [x], r) or recorded_wrongly(
            "dense", dense, [x, weight, bias], random.normal(size=(rows, outputs))))
        if wrong:
            return wrong
    at_zero = relu(Variable(np.zeros(2))).made_from[0][1](np.ones(2))
    return np.array_equal(at_zero, [0, 0]) or "which slope was agreed on at exactly 0?"


checks.grade("5 operations", records,
             hint="for each argument: what does the notebook's backward pass of this layer return?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# For `relu` take `by_hand.relu` forward, and `by_hand.relu_backward` as the way back: a `lambda` of
# the gradient, which may use the output. `dense` has three pairs, one for each argument. The
# notebook's section on the dense layer has the three formulas; `g` is what it calls $G$.
#
# </details>

# %% [markdown]
# ## 6. Walk the tape back (capstone)
#
# `backward(loss)` shall set `grad` of `loss`, and of every Variable that it was made from, directly
# or by others. Before, all `grad` are `None`; the gradient of `loss` itself is 1, in the shape of
# its value. Call each way back **once**, when the gradient that it gets is complete. A Variable
# that was used several times gets several gradients: they add. Add into a new array: two ways back
# may return the same one. Values stay as they are.


# %%
def backward(loss):
    ### BEGIN SOLUTION
    order = []

    def visit(variable):
        if variable not in order:
            for parent, _ in variable.made_from:
                visit(parent)
            order.append(variable)

    visit(loss)
    loss.grad = np.ones_like(loss.value)
    for variable in reversed(order):
        for parent, way_back in variable.made_from:
            gradient = way_back(variable.grad)
            parent.grad = gradient if parent.grad is None else parent.grad + gradient
    ### END SOLUTION


# %% [markdown]
# Two judges. The first knows small tapes, of sums with factors, in which a Variable is used twice,
# late, or not at all. The second is the ladder: it climbs with the course's network, whose
# gradients now come from your tape alone.


# %%
def weighted_sum(*terms):
    """``(Variable, factor)`` each: a Variable whose ways back may be called once. A factor of 1
    hands on the very array that it gets."""
    def way_back(factor):
        calls = []

        def back(gradient):
            calls.append(1)
            if len(calls) > 1:
                raise RuntimeError("a way back was called twice")
            return gradient if factor == 1 else factor * gradient
        return back

    value = sum(factor * variable.value for variable, factor in terms)
    return Variable(value, *((variable, way_back(factor)) for variable, factor in terms))


# %%
def tape(plan, start):
    """The Variables of a plan: for each of its entries the ``(number, factor)`` it is made from."""
    made = []
    for terms in plan:
        made.append(weighted_sum(*((made[number], factor) for number, factor in terms))
                    if terms else Variable(start + len(made)))
    return made


def slopes(plan):
    """What the last Variable of a plan gains for each of them, by all ways together."""
    gains = np.zeros((len(plan), len(plan)))
    for row, terms in enumerate(plan):
        gains[row, row] = 1
        for number, factor in terms:
            gains[row] += factor * gains[number]
    return gains[-1]


# %%
def plans(random):
    yield [[], [], [(0, 1), (1, 1)], [(2, 1), (0, 1)]]  # y = a + b, then y + a
    yield [[], [(0, 2), (0, 3)], [(1, 1), (0, 1)], [(0, 1), (2, 1), (1, 1)]]
    yield [[], *([(number, 1), (number, 1)] for number in range(9))]  # doubled nine times
    yield [[]]
    for _ in range(4):
        plan = [[], []]
        for number in range(2, 9):
            used = random.randint(0, number, 1 + random.randint(3))
            plan.append([(int(one), int(random.randint(1, 4))) for one in used])
        yield plan


# %%
def walks():
    random = checks.random(6)
    for plan in plans(random):
        made = tape(plan, random.rand(2, 3))
        before = [variable.value.copy() for variable in made]
        backward(made[-1])
        for number, (variable, slope) in enumerate(zip(made, slopes(plan))):
            name = f"Variable {number} of the tape {plan}"
            if not np.array_equal(variable.value, before[number]):
                return f"the value has changed of {name}"
            if slope == 0 and variable.grad is not None:
                return f"who asked for a gradient of {name}?"
            if slope and (np.shape(variable.grad) != (2, 3) or not np.all(variable.grad == slope)):
                return f"wrong or no gradient: {name}"
    return True


# %%
def taped_gradients(model, images, labels):
    w = {name: Variable(value) for name, value in model.weights.items()}
    x = Variable(images.transpose(1, 0, 2, 3))
    for layer in ("conv1", "conv2"):
        x = max_pool(relu(convolve(x, w[f"{layer}.weight"], w[f"{layer}.bias"])))
    x = relu(dense(flatten(x), w["dense1.weight"], w["dense1.bias"]))
    loss = cross_entropy(dense(x, w["dense2.weight"], w["dense2.bias"]), labels)
    backward(loss)
    return float(loss.value), {name: variable.grad for name, variable in w.items()}


# %%
def the_tape_climbs():
    verdict = walks()
    if verdict is not True:
        return verdict
    report = climb_with(gradients=taped_gradients)
    return report.failed_rung is None or f"small tapes are right; on the ladder: {report}"


checks.grade("6 tape", the_tape_climbs,
             hint="of which Variable is the gradient complete at first, and of which one next?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# First put all Variables in an order in which each stands behind those that it was made from: visit
# the ones that it was made from, then append it, and visit none twice. Then walk that list from its
# end. Each Variable calls its ways back; whoever has no gradient yet takes what comes, the others
# add it.
#
# </details>

# %% [markdown]
# What you have is *reverse mode*: the idea behind `loss.backward()`. See how
# [Chainer](../../notebooks/01_history/05_chainer.ipynb) wrote it.
