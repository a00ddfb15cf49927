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
# Four tasks on [the Chainer notebook](../../notebooks/01_history/05_chainer.ipynb), about 35
# minutes: two on the engine, two on Chainer itself. Fill in what is missing, run the cell below it,
# and read the check: `[ok]`, `[todo]`, or `[no]` with a hint. Nothing breaks if you run everything
# at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import weakref

import numpy as np

from onecnn import cells, checks, ladder, mnist, spec

digits = mnist.load()
notebook = cells.functions("01_history/05_chainer")

# %%
import chainer
import chainer.functions as F
import chainer.links as L

# %% [markdown]
# ## 1. Gradients add
#
# Here is the engine once more, with one line missing: what happens to `x.grad` when a function
# sends `gradient` to its input `x`. `x.grad` is `None` at first. A Variable that was used several
# times gets several gradients. Beware: `gradient` may be the very array that another Variable holds
# as its own.


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


def gradients_add():
    a, b = Variable(np.array([3.0])), Variable(np.array([5.0]))
    inner = Add()(a, b)
    outer = Add()(inner, a)
    backward(outer)
    if a.grad[0] == 1:
        return "y = a + b + a: dy/da is 2, but only one of a's two gradients has arrived"
    if b.grad[0] != 1:
        return "dy/db is 1. Did += change an array that someone else holds, too?"
    return a.grad[0] == 2 and outer.grad[0] == 1


checks.grade("1 gradients add", gradients_add,
             hint="the first gradient is taken, the next is added, into a new array")

# %% [markdown]
# ## 2. Port average pooling to the engine
#
# Chainer has `F.average_pooling_2d(x, 2)`: the mean of each 2x2 window. Write it as a Function of
# the engine. `x` is `N x C x H x W`, with H and W even. `backward` gets `upstream`
# (`N x C x H/2 x W/2`) and returns a tuple with one gradient: how much did each of the four pixels
# change the mean?


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
def averages():
    random = np.random.RandomState(1)
    x, r = random.normal(size=(2, 3, 6, 4)), random.normal(size=(2, 3, 3, 2))
    if not np.allclose(AveragePool()(Variable(x)).array, F.average_pooling_2d(x, 2).array):
        return ("forward is not Chainer's: reshape to (n, channels, height, 2, width, 2), the "
                "window is axes 3 and 5")
    found = AveragePool().backward(r)
    if not isinstance(found, tuple) or len(found) != 1 or found[0].shape != x.shape:
        return "backward returns a tuple with one gradient, of the shape of x"
    for place in np.ndindex(x.shape):
        nudged = [x.copy(), x.copy()]
        nudged[0][place], nudged[1][place] = x[place] + 1e-6, x[place] - 1e-6
        up, down = ((AveragePool().forward(one) * r).sum() for one in nudged)
        if abs((up - down) / 2e-6 - found[0][place]) > 1e-6:
            return ("central differences disagree: each pixel has a quarter of its own window's "
                    "gradient")
    return True


checks.grade("2 average pooling", averages,
             hint="repeat each upstream number over its window, and divide by 4")

# %% [markdown]
# ## 3. Predict, then count
#
# `Skimmer` reads a digit column by column. Feed it a digit with ink in 6 of its 28 columns. How
# many functions does the graph behind its answer hold? Write your number before you look at
# anything.

# %%
### BEGIN SOLUTION
recorded_functions = 19
### END SOLUTION


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
def count_functions():
    inked = (digits.train_images[:, 0].max(axis=1) > 0).sum(axis=1)
    answer = Skimmer()(digits.train_images[inked == 6][0])
    found, waiting = set(), [answer.creator]
    while waiting:
        function = waiting.pop()
        found.add(function)
        waiting += [node.creator for node in function.inputs if node.creator is not None]
    return len(found)


checks.grade("3 recorded functions", lambda answer: answer == count_functions(),
             hint="columns without ink leave no trace; each other column: a layer, a sum, a relu; "
             "then the last layer", answer=recorded_functions)

# %% [markdown]
# ## 4. Mend a network that the ladder rejects
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
# Write the `forward` that mends it. Who still knows the creator of an array?


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
             hint="an array has no creator: stay with Variables from the first layer to the last")
