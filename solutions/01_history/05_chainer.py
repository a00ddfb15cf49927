# ---
# jupyter:
#   kernelspec:
#     display_name: Museum (MXNet, Theano, Chainer)
#     language: python
#     name: museum
# ---

# %% [markdown]
# # Exercise: Chainer
#
# Four tasks on [the Chainer notebook](../../notebooks/01_history/05_chainer.ipynb), about 40
# minutes: two on the engine, two on Chainer itself. Fill in what is missing, run the cell below it,
# and read the check: `[ok]`, `[todo]`, or `[no]` with a hint. The checks are folded: try before you
# unfold one. Stuck? *Show me a way* unfolds below each check. Nothing breaks if you run everything
# at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import weakref
from unittest import mock

import numpy as np

from onecnn import cells, checks, ladder, spec

notebook = cells.functions("01_history/05_chainer")

# %%
import chainer
import chainer.functions as F
import chainer.links as L

# %% [markdown]
# ## 1. Gradients add (complete)
#
# Here is the engine once more, with one line missing: what happens to `x.grad` when a function
# sends `gradient` to its input `x`. `x.grad` is `None` at first. A Variable that was used several
# times gets several gradients, and they add. Beware: `gradient` may be the very array that another
# Variable holds as its own, so change no array.


# %%
class Variable:
    def __init__(self, array, creator=None):
        self.array, self.creator, self.grad = array, creator, None
        self.rank = creator.rank + 1 if creator else 0


class Function:
    def __call__(self, *inputs):
        self.inputs = inputs
        self.rank = max(x.rank for x in inputs)
        output = Variable(self.forward(*(x.array for x in inputs)), creator=self)
        self.output = weakref.ref(output)
        return output


# %%
def backward(loss):
    loss.grad, waiting = np.ones_like(loss.array), [loss.creator]
    while waiting:
        function = max(waiting, key=lambda f: f.rank)
        waiting.remove(function)
        for x, gradient in zip(function.inputs, function.backward(function.output().grad)):
            ### BEGIN SOLUTION
            x.grad = gradient if x.grad is None else x.grad + gradient
            ### END SOLUTION
            if x.creator and x.creator not in waiting:
                waiting.append(x.creator)


# %%
class Add(Function):
    def forward(self, a, b):
        return a + b

    def backward(self, upstream):
        return upstream, upstream


class Weigh(Function):
    def __init__(self, factors):
        self.factors = factors

    def forward(self, a):
        return a * self.factors

    def backward(self, upstream):
        return (upstream * self.factors,)



# %%
def sums(pairs):
    """Variables: three to begin with, then the sum of each pair, given by their numbers."""
    made = [Variable(np.array([1.0, number])) for number in range(3)]
    for one, other in pairs:
        made.append(Add()(made[one], made[other]))
    return made


def ways(pairs):
    """On how many ways each of them reaches the last one."""
    counts = np.eye(3 + len(pairs), dtype=int)
    for number, (one, other) in enumerate(pairs, 3):
        counts[number] += counts[one] + counts[other]
    return counts[-1]


# %%
def gradients_add():
    random, plans = checks.random(1), [[(0, 1), (3, 0)], [(0, 0)], [(0, 1), (1, 2), (3, 4), (5, 3)]]
    for _ in range(4):
        plans.append([tuple(random.randint(0, number, 2)) for number in range(3, 10)])
    for pairs in plans:
        made, factors = sums(pairs), random.randint(1, 9, 2) * [1, -1]
        backward(Weigh(factors)(made[-1]))
        for number, (variable, count) in enumerate(zip(made, ways(pairs))):
            if count and variable.grad is None:
                return f"sums of {pairs}: nothing has arrived at number {number}"
            if count and not np.array_equal(variable.grad, count * factors):
                return (f"sums of {pairs}, times {factors}: number {number} reaches the last on "
                        f"{count} way(s), its gradient is {variable.grad}. Did an array change for "
                        "two?")
    return True


checks.grade("1 gradients add", gradients_add,
             hint="what shall become of the first gradient, and what of each later one?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Two cases. If nothing has arrived yet, the gradient is taken as it is. Otherwise the new value is
# the old one plus what arrives, as a new array: `+` makes one, while `+=` writes into an array that
# another Variable may hold.
#
# </details>

# %% [markdown]
# ## 2. Port average pooling to the engine (port)
#
# Chainer has `F.average_pooling_2d(x, 2)`: the mean of each 2x2 window. Write it as a Function of
# the engine, in NumPy, without Chainer's functions. `x` is `N x C x H x W`, with H and W even.
# `backward` gets `upstream` (`N x C x H/2 x W/2`) and returns a tuple with one gradient: how much
# did each of the four pixels change the mean? Change no array that you are given.


# %%
class AveragePool(Function):
    def forward(self, x):
        n, channels, height, width = x.shape[0], x.shape[1], x.shape[2] // 2, x.shape[3] // 2
        ### BEGIN SOLUTION
        return x.reshape(n, channels, height, 2, width, 2).mean(axis=(3, 5))
        ### END SOLUTION

    def backward(self, upstream):
        ### BEGIN SOLUTION
        return (upstream.repeat(2, axis=2).repeat(2, axis=3) / 4,)
        ### END SOLUTION


# %%
def nudge(pool, x, r, place, h=1e-6):
    """The central difference of ``(pool(x) * r).sum()`` at one place of ``x``."""
    up, down = x.copy(), x.copy()
    up[place], down[place] = x[place] + h, x[place] - h
    return ((pool.forward(up) * r).sum() - (pool.forward(down) * r).sum()) / (2 * h)


# %%
def pooled_wrongly(x, r):
    """What is wrong with the two directions for these arrays; or None."""
    pool, given, upstream = AveragePool(), Variable(x.copy()), r.copy()
    refuse = RuntimeError("without Chainer's functions, please")
    with mock.patch.object(chainer.FunctionNode, "apply", side_effect=refuse):
        y = pool(given).array
        found = pool.backward(upstream)
    if np.shape(y) != r.shape or not np.allclose(y, F.average_pooling_2d(x, 2).array):
        return f"for an x of {x.shape} forward is not Chainer's: which pixels make a window?"
    if not isinstance(found, tuple) or len(found) != 1 or found[0].shape != x.shape:
        return "what does backward return in this engine, and which shape has it?"
    if not (np.array_equal(given.array, x) and np.array_equal(upstream, r)):
        return "an array has changed that was only lent"
    wanted = [nudge(pool, x, r, place) for place in np.ndindex(x.shape)]
    return None if np.allclose(found[0].ravel(), wanted, atol=1e-6) else (
        "central differences disagree: whose gradient does a pixel get, and which part of it?")


# %%
def averages():
    random = checks.random(2)
    for method in (AveragePool.forward, AveragePool.backward):
        if {"F", "L", "chainer"} & checks.names(method.__code__):
            return "without Chainer's functions, please"
    for count, channels, height, width in ((2, 3, 6, 4), (1, 1, 2, 2), (3, 2, 2, 8), (1, 4, 10, 2)):
        x = random.normal(size=(count, channels, height, width))
        wrong = pooled_wrongly(x, random.normal(size=(count, channels, height // 2, width // 2)))
        if wrong:
            return wrong
    return True


checks.grade("2 average pooling", averages,
             hint="which two axes are a window's, and how many pixels share one gradient?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Forward: a reshape can split H into rows of windows and the two rows of each, and W in the same
# way; then take the mean over the two axes that are 2 long. Backward: `repeat` each number twice
# along both axes, so that all pixels of a window hold it, and divide. A comma makes the tuple.
#
# </details>

# %% [markdown]
# ## 3. Predict a graph (predict)
#
# `Skimmer` reads a digit column by column. Feed it a digit with ink in `columns` of its 28 columns.
# How many functions does the graph behind its answer hold? Write the count as a function of
# `columns`, before you look at anything.


# %%
class Skimmer(chainer.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.see = L.Linear(28, 8)
            self.answer = L.Linear(8, 10)

    def forward(self, image):
        h = np.zeros((1, 8), np.float32)
        for column in image[0].T:
            if column.any():
                h = F.relu(self.see(column[None]) + h)
        return self.answer(h)


# %%
def recorded(columns):
    ### BEGIN SOLUTION
    return 3 * columns + 1
    ### END SOLUTION


# %%
def count_functions(image):
    found, waiting = set(), [Skimmer()(image).creator]
    while waiting:
        function = waiting.pop()
        found.add(function)
        waiting += [node.creator for node in function.inputs if node.creator is not None]
    return len(found)


# %%
def counted():
    random = checks.random(3)
    for columns in (6, 1, 0, 13, 28):
        image = np.zeros((1, 28, 28), np.float32)
        places = random.permutation(28)[:columns]
        image[0, random.randint(0, 28, columns), places] = 1
        if float(recorded(columns)) != count_functions(image):
            return f"not for {columns} columns with ink"
    return True


checks.grade("3 recorded functions", counted,
             hint="what does one column with ink leave behind, and one without? and at the end?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The graph holds what was run. A column without ink runs no function of Chainer's. Count those in
# the line that begins with `h = F.relu`: a layer, a `+`, a relu. A sum with a plain array counts,
# too. Then one more layer gives the answer.
#
# </details>

# %% [markdown]
# ## 4. Mend a network that the ladder rejects (mend)
#
# A colleague wanted to save memory, and changed one word in `forward`. The network still trains, to
# a fair accuracy. The next cells let it climb, and the ladder names a rung. A weight whose gradient
# is `None` counts as 0 here.


# %%
class Thrifty(notebook.OneCNN):
    def forward(self, x):
        x = F.max_pooling_2d(F.relu(self.conv1(x)), 2, cover_all=False).array
        x = F.max_pooling_2d(F.relu(self.conv2(x)), 2, cover_all=False)
        x = F.relu(self.dense1(x))
        return self.dense2(x)


# %%
def climb_with(network):
    def build(weights):
        with chainer.using_config("dtype", weights["conv1.bias"].dtype):
            model = network()
        for path, parameter in model.namedparams():
            parameter.array[...] = weights[notebook.NAMES[path]]
        model.optimizer = chainer.optimizers.MomentumSGD(
            lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM).setup(model)
        return model

    def gradients(model, images, labels):
        loss = F.softmax_cross_entropy(model(images), labels)
        model.cleargrads()
        loss.backward()
        return float(loss.array), {notebook.NAMES[path]: np.zeros_like(p.array) if p.grad is None
                                                         else p.grad.copy()
                                   for path, p in model.namedparams()}

    return ladder.climb(build, notebook.logits, gradients, notebook.train_step,
                        notebook.read_weights, notebook.save, notebook.load, training=False,
                        artefact=False)


# %%
thrifty = climb_with(Thrifty)
print("broken rung:", thrifty.failed_rung)
print(thrifty.rungs[3].message)

# %% [markdown]
# Write the `forward` that mends it, with the course's layers in the same order. Who still knows the
# creator of an array?


# %%
class Mended(notebook.OneCNN):
    def forward(self, x):
        ### BEGIN SOLUTION
        x = F.max_pooling_2d(F.relu(self.conv1(x)), 2, cover_all=False)
        x = F.max_pooling_2d(F.relu(self.conv2(x)), 2, cover_all=False)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
        ### END SOLUTION


# %%
def climbs():
    report = climb_with(Mended)
    if report.failed_rung and "NotImplementedError" in str(report):
        raise NotImplementedError
    return (report.failed_rung is None
            or f"the rung '{report.failed_rung}' still breaks: {report}".splitlines()[0])


checks.grade("4 mended network", climbs,
             hint="from which line on does the graph no longer know where its numbers come from?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Compare the first two lines of `Thrifty.forward`: one hands on a Variable, the other one an array.
# An array has no creator, so `backward` ends there, and `conv1` learns nothing. Stay with
# Variables from the first layer to the last.
#
# </details>
