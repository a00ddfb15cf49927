# ---
# jupyter:
#   kernelspec:
#     display_name: Museum (MXNet, Theano, Chainer)
#     language: python
#     name: museum
# ---

# %% [markdown]
# # Chainer: the graph is what has run
#
# **Retired.** On 5 December 2019 its company, Preferred Networks, announced its move to PyTorch;
# Chainer has been in maintenance since, and its last release is from January 2022. What runs here
# is the real thing.
#
# After this notebook you will be able to say what *define-by-run* means, write Chainer code, and
# build an engine of that kind yourself.
#
# **You will learn to**
# - read the graph that Chainer records while your Python runs;
# - write a network whose shape depends on the digit that it reads;
# - train with a loop of your own and with Chainer's `Trainer`;
# - write a define-by-run engine in 60 lines of NumPy;
# - catch a pooling layer that rounds the other way;
# - tell what PyTorch took from Chainer.
#
# **Before you start:** [The network by hand](02_by_hand.ipynb) and
# [PyTorch](../02_frameworks/02_pytorch.ipynb). Kernel `museum`, about 50 minutes.
# The slowest cell takes about 30 seconds. Where the course cannot have this kernel, it skips the
# notebook and says so; the stored outputs stay readable.

# %%
from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("chainer")

# %% [markdown]
# ## What does it take to import it today?
#
# Chainer imports `numpy.distutils`, which imports Python's `distutils`. setuptools replaces
# `distutils` by a copy of its own, and since its release 74 that copy lacks a module that NumPy
# asks for ([numpy 27405](https://github.com/numpy/numpy/issues/27405)). So `import chainer` fails
# ([as here](https://github.com/IshitaTakeshi/PCANet/issues/12), in 2025).
#
# Nobody will mend Chainer. setuptools has a switch that gives Python's own `distutils` back:
# `SETUPTOOLS_USE_DISTUTILS=stdlib`. It is read when Python starts, so the kernel `museum` starts
# with it.

# %%
import os

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np

print("the switch:", os.environ["SETUPTOOLS_USE_DISTUTILS"], "  imported: chainer",
      chainer.__version__)

# %% [markdown]
# ## How did you describe a network before 2015?
#
# In two acts. First you *declared* it: in Caffe as a text file, in Theano as expressions without
# numbers. Then the framework ran it, again and again. Chainer's documentation calls that
# **define-and-run**. It suits a network that is the same for every input.
#
# A sentence has 5 words or 50. For loops and branches the declared graph needs operations of its
# own, such as Theano's `scan`.
#
# | | define-and-run | define-by-run |
# |---|---|---|
# | you write | a description | a program |
# | the graph exists | before the numbers | while the numbers flow |
# | a loop is | a node of the graph | Python's `for` |
# | an error shows up | when the graph is compiled or run | at your line |

# %% [markdown]
# ## What does a Variable remember?
#
# Seiya Tokui committed Chainer's first lines in April 2015. Its idea: run the forward pass as plain
# Python on NumPy arrays, and let each result remember the function that made it, its **creator**.
# "Chainer stores the history of computation instead of programming logic", says its documentation.

# %%
x = chainer.Variable(np.array([2, 3], np.float32))
y = F.sum(x ** 2)
print("value:", y.array, "  made by:", y.creator.label, "  before that:",
      y.creator.inputs[0].creator.label)

# %% [markdown]
# That chain of creators *is* the graph. `backward()` walks it from the end to the start.
#
# **Predict, then run.** The next cell walks twice. What does `x.grad` hold at the end?
#
# <details><summary>Answer</summary>
#
# `[8, 12]`, twice the gradient: `backward()` adds. You know this from PyTorch, and it is no
# accident. `cleargrad()` forgets the gradient; on a whole network it is called `cleargrads()`.
#
# </details>

# %%
y.backward()
print("dy/dx:", x.grad)
F.sum(x ** 2).backward()
print("after a second walk:", x.grad)
x.cleargrad()
print("cleared:", x.grad)

# %% [markdown]
# ## Can a network have a different shape for each digit?
#
# Here is one that reads a digit column by column, as you read a line, and skips the columns without
# ink. A narrow 1 has few columns, a round 0 many. `see` and `remember` are the same two layers in
# each step.


# %%
class ColumnReader(chainer.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.see = L.Linear(28, 16)
            self.remember = L.Linear(16, 16)
            self.answer = L.Linear(16, 10)

    def forward(self, image):
        h = np.zeros((1, 16), np.float32)
        for column in image[0].T:
            if column.any():
                h = F.tanh(self.see(column[None]) + self.remember(h))
        return self.answer(h)


# %% [markdown]
# A Python `for` over the data and an `if` on the data: nothing else is needed. In November 2016 an
# introduction to Chainer still called that "unique": the graph is built on the fly, during
# training. `recorded` follows its pointers: a Variable's `creator`, a function's `inputs`.


# %%
def recorded(variable):
    """Every function behind a variable, by Chainer's own pointers."""
    found, waiting = [], [variable.creator]
    while waiting:
        function = waiting.pop()
        if function not in found:
            found.append(function)
            waiting += [node.creator for node in function.inputs if node.creator is not None]
    return found


# %%
from onecnn import mnist

digits = mnist.load()
inked = (digits.train_images[:, 0].max(axis=1) > 0).sum(axis=1)
one = digits.train_images[(digits.train_labels == 1) & (inked == 4)][0]
zero = digits.train_images[(digits.train_labels == 0) & (inked == 10)][0]
reader = ColumnReader()

# %% [markdown]
# **Predict, then run.** Each column costs four functions: two layers, one sum, one tanh. The 1 has
# ink in 4 columns, the 0 in 10. How many functions does each graph hold?
#
# <details><summary>Answer</summary>
#
# 17 and 41: four for each column, and the last layer. One network, two graphs.
#
# </details>

# %%
for name, image in (("one", one), ("zero", zero)):
    print(name, "->", len(recorded(reader(image))), "functions")

# %% [markdown]
# To draw them, each function gets a column: one before the first function that uses it. Chainer's
# `rank` says how deep a function lies, so those with the highest rank come first. Weights are the
# nodes without a creator that belong to the model.


# %%
def columns_of(functions):
    column = {}
    for function in sorted(functions, key=lambda f: -f.rank):
        users = [column[f] for f in functions if any(node.creator is function for node in f.inputs)]
        column[function] = min(users, default=function.rank + 1) - 1
    return column


LOOK = {"LinearFunction": (lesson.BLUE, "o"), "_ + _": (lesson.GREEN, "s"),
        "Tanh": (lesson.VERMILION, "^")}


# %%
def draw(ax, answer, model):
    column = columns_of(recorded(answer))
    row = {f: float(model.see.W.node in f.inputs) for f in column}
    for f, i in column.items():
        color, marker = LOOK[f.label]
        ax.plot(i, row[f], marker, color=color, markersize=9)
        for source in filter(None, (node.creator for node in f.inputs)):
            ax.plot([column[source], i], [row[source], row[f]], color="gray", zorder=0)
    for layer, height in ((model.see, 2), (model.remember, -1), (model.answer, -1)):
        users = [f for f in column if layer.W.node in f.inputs]
        middle = np.mean([column[f] for f in users]) + (layer is model.answer)
        ax.text(middle, height, f"{layer.name}.W", ha="center", va="center",
                bbox={"boxstyle": "round", "fc": lesson.ORANGE})
        for f in users:
            ax.plot([middle, column[f]], [height, row[f]], ":", color=lesson.ORANGE, zorder=0)


# %%
fig, axes = lesson.figure(10, 4.4, rows=2, columns=2, width_ratios=[1, 7])
for (left, right), image in zip(axes, (one, zero)):
    left.imshow(image[0], cmap="gray_r")
    left.set_axis_off()
    draw(right, reader(image), reader)
    right.set(xlim=(-1, 33), ylim=(-1.5, 2.5))
    right.set_axis_off()
for label, (color, marker) in LOOK.items():
    axes[0, 1].plot([], [], marker, color=color, label="sum" if "+" in label else label)
axes[0, 1].legend(loc="upper right")
lesson.show(fig, alt="Two digits and the graphs that they recorded. The narrow 1 has four steps, "
            "the round 0 ten; in both, dotted lines lead from the weights to every step that used "
            "them.")

# %% [markdown]
# The dotted lines are the reason why gradients *add*: `see.W` was used in each step and gets a part
# of its gradient from each.

# %% [markdown]
# ## When is it recorded, when is it walked?
#
# A **function hook** is called at each function, forward and backward. It needs no change in the
# network.


# %%
class Watch(chainer.FunctionHook):
    name = "Watch"

    def __init__(self):
        self.forward, self.back = [], []

    def forward_postprocess(self, function, in_data):
        self.forward.append(function.label)

    def backward_postprocess(self, function, in_data, out_grad):
        self.back.append(function.label)


with Watch() as watch:
    loss = F.sum(F.tanh(reader.see(one[0][:1])))
    ahead = len(watch.forward)
    loss.backward()
print("recorded:      ", " -> ".join(watch.forward[:ahead]))
print("walked:        ", " -> ".join(watch.back))
print("run on the way:", " -> ".join(watch.forward[ahead:]))

# %% [markdown]
# Each step back is made of functions again, such as `TanhGrad`. So the walk itself can be recorded,
# and walked: that gives gradients of gradients. You ask for it with
# `backward(enable_double_backprop=True)`.

# %% [markdown]
# ## The same CNN: links, functions, a chain
#
# **Functions** (`F`) have no weights. **Links** (`L`) own weights. A **Chain** is a link made of
# links: what you assign inside `init_scope()` is registered as its child. The cells that follow
# have the same seven functions as every framework's notebook of this course.

# %% tags=["same-cnn"]
import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np

from onecnn import spec

# Chainer makes its arrays anew at each step. The C library gives large freed blocks back to the
# system, and the next step fetches them again, page by page: a third of its time. Freeing one very
# large array, once, raises its idea of "large" (glibc).
np.empty(31 << 20, np.uint8)

# Chainer calls a layer's weights W and b, and puts the path to them in front: /conv1/W.
NAMES = {"/" + name.replace(".weight", "/W").replace(".bias", "/b"): name for name in spec.SHAPES}


# %% tags=["same-cnn"]
class OneCNN(chainer.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.conv1 = L.Convolution2D(1, 16, 3)
            self.conv2 = L.Convolution2D(16, 32, 3)
            self.dense1 = L.Linear(800, 64)
            self.dense2 = L.Linear(64, 10)

    def forward(self, x):
        # cover_all=False drops an odd last row and column; Chainer's default keeps them.
        x = F.max_pooling_2d(F.relu(self.conv1(x)), 2, cover_all=False)
        x = F.max_pooling_2d(F.relu(self.conv2(x)), 2, cover_all=False)
        x = F.relu(self.dense1(x))  # L.Linear flattens by itself
        return self.dense2(x)


# %% [markdown]
# **Which type of number?** A link makes its parameters in `chainer.config.dtype`: float32, unless
# you say otherwise. So `build` makes the network inside a `using_config` block, in the type of the
# weights. Chainer converts nothing on its own: float64 images on float32 weights raise
# `InvalidType`, at your line.

# %% tags=["same-cnn"]
def build(weights):
    with chainer.using_config("dtype", weights["conv1.bias"].dtype):
        model = OneCNN()
    for path, parameter in model.namedparams():
        parameter.array[...] = weights[NAMES[path]]
    model.optimizer = chainer.optimizers.MomentumSGD(
        lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM).setup(model)
    return model


# %% tags=["same-cnn"]
def logits(model, images):
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        return model(images).array


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    loss = F.softmax_cross_entropy(model(images), labels)
    model.cleargrads()
    loss.backward()
    return float(loss.array), {NAMES[path]: parameter.grad.copy()
                               for path, parameter in model.namedparams()}


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    loss = F.softmax_cross_entropy(model(images), labels)
    model.cleargrads()
    loss.backward()
    model.optimizer.update()
    return float(loss.array)


# %% tags=["same-cnn"]
def read_weights(model):
    return {NAMES[path]: parameter.array.copy() for path, parameter in model.namedparams()}


# %% [markdown]
# **What is in a checkpoint?** The weights, and what the optimizer remembers: without its momentum,
# training goes on to other weights. `save_npz` takes anything that knows how to be serialized, so
# the optimizer gets a file of its own, as in Chainer's examples. Each parameter's rule makes its
# momentum at the first step; a network that has not taken one has nothing to store.

# %% tags=["same-cnn"]
def save(model, path):
    chainer.serializers.save_npz(f"{path}.npz", model)
    chainer.serializers.save_npz(f"{path}.optimizer.npz", model.optimizer)


def load(path):
    # Chainer's load_npz would run a pickle that stands in a file; NumPy, asked so, refuses it.
    with np.load(f"{path}.npz", allow_pickle=False) as stored:
        model = build({name: stored[key[1:]] for key, name in NAMES.items()})
    with np.load(f"{path}.optimizer.npz", allow_pickle=False) as stored:
        # strict=False: before its first step a network has no momentum.
        chainer.serializers.NpzDeserializer(stored, strict=False).load(model.optimizer)
    return model


# %% [markdown]
# Images go in as NumPy arrays: a link makes Variables of them. On a GPU the same code was fed CuPy
# arrays. Weights are `(out, in, height, width)` and `(out, in)`: the layout of this course, so
# nothing is transposed. Both files are plain `.npz`. No *pickle* stands in them (Python's own
# format for objects; reading one can run code), unless somebody put one there.

# %% [markdown]
# ## May a file of weights run code?
#
# With Chainer's `load_npz` it may: that reads with `allow_pickle=True`, and a pickle can call any
# function. So `load` above opens both files with NumPy, which refuses pickles, and gives the second
# to Chainer's own deserializer.


# %%
class Hostile:
    def __reduce__(self):  # what a pickle calls, and with which arguments
        return print, ("this file runs code",)


def handed(folder):
    """A file as ``save`` writes it, but for one array."""
    save(build(spec.initial_weights()), f"{folder}/handed")
    with np.load(f"{folder}/handed.npz") as stored:
        arrays = {**stored, "conv1/b": np.array(Hostile(), object)}
    np.savez(f"{folder}/handed.npz", **arrays)
    return f"{folder}/handed"


# %%
import tempfile

with tempfile.TemporaryDirectory() as folder:
    path = handed(folder)
    print("load_npz:", end=" ")
    chainer.serializers.load_npz(f"{path}.npz", OneCNN())
    try:
        load(path)
    except ValueError as error:
        print("load:    ", error)

# %% [markdown]
# ## Is it the same network?
#
# The [parity ladder](../00_glossary.ipynb#Parity-ladder) compares it with the float64 reference on
# seven rungs. The sixth is the whole training, all 310 steps, in float64; the seventh saves the
# network, and a fresh process loads it and trains on. The next cell takes about 30 seconds.

# %%
from onecnn import ladder

report = ladder.climb(build, logits, gradients, train_step, read_weights, save, load)
report.save("chainer")
print(report)

# %%
from onecnn import figures

figures.climbed(report, "Chainer on the parity ladder")

# %% [markdown]
# ## What did it learn?
#
# The same as [the network by hand](02_by_hand.ipynb), to the last answer:
# the rung `training` has followed every step. Its loss curve and its mistakes stand there, and are
# not drawn again here.

# %%
print("the reference's answers to all 1,000 test digits:",
      report.predictions == ladder.expected()["predictions"].tolist())
print("test accuracy at least 94 %:",
      np.mean(report.predictions == digits.test_labels) >= 0.94)

# %% [markdown]
# ## Who tells dropout that the training is over?
#
# In PyTorch `model.eval()` sets a flag in each module. Chainer has one `chainer.config` for each
# thread, and `using_config` changes it for a block. `no_backprop_mode()` is of the same kind:
# inside it nothing is recorded.

# %%
ones = np.ones((1, 1000), np.float32)
print("in training, dropout zeroes some:", (F.dropout(ones).array == 0).any())
with chainer.using_config("train", False):
    print("in evaluation:", (F.dropout(ones).array == 0).any())
with chainer.no_backprop_mode():
    print("creator without recording:", reader(one).creator)

# %% [markdown]
# ## The high level: the Trainer
#
# Three parts, each replaceable: an **iterator** hands out batches, an **updater** makes one step of
# each, and the **Trainer** runs the loop and calls **extensions** at their time: evaluate, log,
# take a snapshot. `L.Classifier` adds loss and accuracy to a network.

# %%
from chainer import training
from chainer.training import extensions

order = np.concatenate(list(spec.batches(len(digits.train_labels), epoch=0)))
train = chainer.datasets.TupleDataset(digits.train_images[order], digits.train_labels[order])
test = chainer.datasets.TupleDataset(digits.test_images, digits.test_labels)
classifier = L.Classifier(build(spec.initial_weights()))
optimizer = chainer.optimizers.MomentumSGD(lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM).setup(
    classifier)
batches = chainer.iterators.SerialIterator(train, spec.BATCH, shuffle=False)
updater = training.updaters.StandardUpdater(batches, optimizer)

# %%
with tempfile.TemporaryDirectory() as folder:
    trainer = training.Trainer(updater, (1, "epoch"), out=folder)
    held_out = chainer.iterators.SerialIterator(test, 250, repeat=False, shuffle=False)
    trainer.extend(extensions.Evaluator(held_out, classifier))
    trainer.extend(extensions.LogReport())
    trainer.run()
    log = trainer.get_extension("LogReport").log[-1]
print("steps:", log["iteration"], "  at least 85 % after one epoch:",
      log["validation/main/accuracy"] >= 0.85)

# %% [markdown]
# The batches came in the course's order, so the Trainer must arrive where the plain loop does. Does
# it?

# %%
looped = build(spec.initial_weights())
for batch in spec.batches(len(digits.train_labels), epoch=0):
    train_step(looped, digits.train_images[batch], digits.train_labels[batch])
found, wanted = read_weights(classifier.predictor), read_weights(looped)
gaps = [np.abs(found[name] - wanted[name]).max() / np.abs(wanted[name]).max() for name in wanted]
print("after an epoch, every weight agrees within 1 %:", max(gaps) <= 0.01)

# %% [markdown]
# Where each level stops helping: functions alone leave all weights to you; a Chain leaves you the
# loop; the Trainer leaves you the choice of parts, and an unusual step means writing an updater.

# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## Can you build such an engine yourself?
#
# In about 60 lines. What follows is a reconstruction for reading, not Chainer's source. The
# arithmetic is that of the [reference](02_by_hand.ipynb): `convolve`, `max_pool`, `cross_entropy`
# and their backward passes. New is only *who calls them, when, and who knows the graph*.
#
# A Variable holds an array, a gradient, and a pointer to the function that made it. Its rank is its
# depth.

# %%
import weakref

from onecnn import reference


class Variable:
    def __init__(self, array, creator=None):
        self.array, self.creator, self.grad = array, creator, None
        self.rank = creator.rank + 1 if creator else 0


# %% [markdown]
# A Function computes at once. On the way it notes its inputs, and signs its output. These lines are
# the whole recording: the graph is a by-product of running.
#
# It holds its output weakly, as Chainer does. Otherwise output and function would hold each other,
# and the arrays of each step would wait for Python's garbage collector.


# %%
class Function:
    def __call__(self, *inputs):
        self.inputs = inputs
        self.rank = max(x.rank for x in inputs)
        output = Variable(self.forward(*(x.array for x in inputs)), creator=self)
        self.output = weakref.ref(output)
        return output


# %% [markdown]
# The walk back. A function may send its gradient on only when *all* who used its output have
# reported. They lie deeper, so taking the function with the highest rank first is enough. Gradients
# add, for the reason that you saw in the figure.


# %%
def backward(loss):
    loss.grad, waiting = np.ones_like(loss.array), [loss.creator]
    while waiting:
        function = max(waiting, key=lambda f: f.rank)
        waiting.remove(function)
        for x, gradient in zip(function.inputs, function.backward(function.output().grad)):
            x.grad = gradient if x.grad is None else x.grad + gradient
            if x.creator and x.creator not in waiting:
                waiting.append(x.creator)


# %% [markdown]
# That was the engine. What is left are the functions. Each keeps what its backward pass needs, and
# knows nothing of the network.


# %%
class Convolve(Function):
    def forward(self, x, weight, bias):
        self.x, self.weight = x, weight
        return reference.convolve(x, weight, bias)

    def backward(self, upstream):
        return reference.convolve_backward(upstream, self.x, self.weight)


class Relu(Function):
    def forward(self, x):
        self.positive = x > 0
        return x * self.positive

    def backward(self, upstream):
        return (upstream * self.positive,)


# %%
class MaxPool(Function):
    def forward(self, x):
        self.shape = x.shape
        y, self.winner = reference.max_pool(x)
        return y

    def backward(self, upstream):
        return (reference.max_pool_backward(upstream, self.winner, self.shape),)


# %%
class Linear(Function):
    def forward(self, x, weight, bias):
        self.shape, self.x, self.weight = x.shape, x.reshape(len(x), -1), weight
        return self.x @ weight.T + bias

    def backward(self, upstream):
        return ((upstream @ self.weight).reshape(self.shape), upstream.T @ self.x,
                upstream.sum(axis=0))


# %%
class CrossEntropy(Function):
    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        loss, self.gradient = reference.cross_entropy(logits, self.labels)
        return np.array(loss, logits.dtype)

    def backward(self, upstream):
        return (upstream * self.gradient,)


# %% [markdown]
# The network is a plain Python function. Nobody declares it, and nobody compiles it.


# %%
def network(w, x):
    for name in ("conv1", "conv2"):
        x = MaxPool()(Relu()(Convolve()(x, w[f"{name}.weight"], w[f"{name}.bias"])))
    x = Relu()(Linear()(x, w["dense1.weight"], w["dense1.bias"]))
    return Linear()(x, w["dense2.weight"], w["dense2.bias"])


# %% [markdown]
# Seven functions around it, so that it can climb. They carry the prefix `tape_`: a tape is what
# such a record is often called.

# %%
from types import SimpleNamespace


def tape_build(weights):
    return SimpleNamespace(weights={name: Variable(value.copy())
                                    for name, value in weights.items()},
                           velocity={name: np.zeros_like(value) for name, value in weights.items()})


def tape_logits(model, images):
    return network(model.weights, Variable(images)).array


def tape_gradients(model, images, labels):
    for weight in model.weights.values():
        weight.grad = None
    loss = CrossEntropy(labels)(network(model.weights, Variable(images)))
    backward(loss)
    return float(loss.array), {name: weight.grad for name, weight in model.weights.items()}


# %%
def tape_train_step(model, images, labels):
    loss, found = tape_gradients(model, images, labels)
    for name, weight in model.weights.items():
        model.velocity[name] = spec.MOMENTUM * model.velocity[name] + found[name]
        weight.array -= spec.LEARNING_RATE * model.velocity[name]
    return loss


def tape_read_weights(model):
    return {name: weight.array.copy() for name, weight in model.weights.items()}


# %%
def tape_save(model, path):
    velocity = {f"velocity.{name}": value for name, value in model.velocity.items()}
    np.savez(f"{path}.npz", **tape_read_weights(model), **velocity)


def tape_load(path):
    with np.load(f"{path}.npz", allow_pickle=False) as stored:
        model = tape_build({name: stored[name] for name in spec.SHAPES})
        model.velocity = {name: stored[f"velocity.{name}"] for name in spec.SHAPES}
    return model


# %% [markdown]
# The sixth rung is left out here: plain NumPy would take a minute or more for 310 steps in float64.
# Take `training=False` away if you have the time; it holds.

# %%
tape_report = ladder.climb(tape_build, tape_logits, tape_gradients, tape_train_step,
                           tape_read_weights, tape_save, tape_load, training=False)
print(tape_report)

# %% [markdown]
# Your engine and Chainer are the same network. Can it also read digits column by column? Two more
# functions are needed.


# %%
class Add(Function):
    def forward(self, a, b):
        return a + b

    def backward(self, upstream):
        return upstream, upstream


class Tanh(Function):
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, upstream):
        return (upstream * (1 - self.y ** 2),)


# %% [markdown]
# The same loop, the same `if`. The weights are the Chainer reader's own, so both must give the same
# gradients, through a graph of 4 steps and through one of 10.


# %%
def read_columns(w, image):
    h = Variable(np.zeros((1, 16), np.float32))
    for column in image[0].T:
        if column.any():
            seen = Linear()(Variable(column[None]), w["/see/W"], w["/see/b"])
            h = Tanh()(Add()(seen, Linear()(h, w["/remember/W"], w["/remember/b"])))
    return Linear()(h, w["/answer/W"], w["/answer/b"])


# %%
for name, image, label in (("one", one, 1), ("zero", zero, 0)):
    w = {path: Variable(parameter.array) for path, parameter in reader.namedparams()}
    backward(CrossEntropy(np.array([label]))(read_columns(w, image)))
    reader.cleargrads()
    F.softmax_cross_entropy(reader(image), np.array([label])).backward()
    same = all(np.allclose(w[path].grad, parameter.grad, atol=1e-6)
               for path, parameter in reader.namedparams())
    print(f"{name}: the engine's gradients are Chainer's, within 1e-6: {same}")

# %% [markdown]
# ## Where does an error show up?
#
# At your line. The next network is `OneCNN` as you would write it if you knew PyTorch:
# `max_pooling_2d(x, 2)`, and no more. Chainer checks types and shapes as each function is called,
# so the ordinary Python traceback leads to the place.


# %%
class Hasty(OneCNN):
    def forward(self, x):
        x = F.max_pooling_2d(F.relu(self.conv1(x)), 2)
        x = F.max_pooling_2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.dense1(x))
        return self.dense2(x)


# %%
import traceback

try:
    Hasty()(digits.train_images[:64])
except chainer.utils.type_check.InvalidType as error:
    mine = [frame for frame in traceback.extract_tb(error.__traceback__)
            if "site-packages" not in frame.filename]
    print("raised at:", mine[-1].line)
    print(" ".join(str(error).split()))

# %% [markdown]
# 1152 is 32 times 6 times 6, where 32 times 5 times 5 was expected. The culprit stands one line
# above.

# %% [markdown]
# ## A trap: the pooling that rounds up
#
# 11 pixels in windows of 2 leave one over. PyTorch, TensorFlow and MXNet drop it. Chainer's max
# pooling covers it, by default: `cover_all=True`. Its convolution and its average pooling do not.
#
# Chainer tripped over it itself: `InceptionBN`, one of its own links, joined a convolution's output
# with a pooling's, and the sizes did not match
# ([chainer 1988](https://github.com/chainer/chainer/pull/1988), 2016).

# %%
eleven = np.zeros((1, 1, 11, 11), np.float32)
print("max:              ", F.max_pooling_2d(eleven, 2).shape)
print("max, cover_all off:", F.max_pooling_2d(eleven, 2, cover_all=False).shape)
print("average:          ", F.average_pooling_2d(eleven, 2).shape)

# %% [markdown]
# You were lucky: `L.Linear(800, 64)` knew its size and complained. A common style in Chainer is
# `L.Linear(None, 64)`: the layer takes its size from the first batch. Then nobody complains.


# %%
class Silent(Hasty):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            del self.dense1
            self.dense1 = L.Linear(None, 64)


def build_silent(weights):
    model = Silent()
    model(np.zeros((1, *spec.IMAGE_SHAPE), np.float32))
    for path, parameter in model.namedparams():
        if parameter.shape == weights[NAMES[path]].shape:
            parameter.array[...] = weights[NAMES[path]]
    model.optimizer = chainer.optimizers.MomentumSGD(
        lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM).setup(model)
    return model


# %%
silent = build_silent(spec.initial_weights())
for batch in spec.batches(len(digits.train_labels), epoch=0):
    train_step(silent, digits.train_images[batch], digits.train_labels[batch])
accuracy = (logits(silent, digits.test_images).argmax(axis=1) == digits.test_labels).mean()
print("trained for one epoch, at least 85 %:", accuracy >= 0.85)

# %% [markdown]
# **Predict, then run.** It learns. Which rung catches it?
#
# <details><summary>Answer</summary>
#
# The first, `shapes`. Dense1 has 352 inputs too many. In daily life you meet it when you carry
# weights to another framework, and they do not fit.
#
# </details>

# %%
broken = ladder.climb(build_silent, logits, gradients, train_step, read_weights, save, load)
print("broken rung:", broken.failed_rung)
print(broken.rungs[0].message)

# %% [markdown]
# The cure: write `cover_all=False` where the network has to agree with another framework, as
# `OneCNN` does, and give sizes where you know them. A size that is written down is a check.

# %% [markdown]
# ## What did PyTorch take from it?
#
# PyTorch's authors say so themselves:
#
# - its README names torch-autograd, autograd and Chainer as inspiration, and named Chainer in 2017
#   already;
# - the paper on its autograd (2017) says that it builds upon Lua Torch, Chainer and HIPS Autograd;
# - Soumith Chintala, looking back in 2023, lists two strong inspirations for the design,
#   torch-autograd and Chainer, and tells how Zeming Lin, who loved Chainer, joined to build it.

# %% [markdown]
# Read it for yourself. Left: Chainer, as above. Right: [PyTorch](../02_frameworks/02_pytorch.ipynb)
# today.
#
# | Chainer | PyTorch |
# |---|---|
# | `chainer.Chain`, `init_scope()` | `nn.Module` |
# | `L.Convolution2D(1, 16, 3)` | `nn.Conv2d(1, 16, 3)` |
# | `F.relu(self.conv1(x))` | `F.relu(self.conv1(x))` |
# | `F.softmax_cross_entropy(y, t)` | `F.cross_entropy(y, t)` |
# | `y.creator`, `function.inputs` | `y.grad_fn`, `node.next_functions` |
# | `model.cleargrads()` | `model.zero_grad()` |
# | `loss.backward()` | `loss.backward()` |
# | `optimizer.update()` | `optimizer.step()` |
# | `no_backprop_mode()` | `torch.no_grad()` |
# | `using_config("train", False)` | `model.eval()` |
# | `serializers.save_npz` | `torch.save(model.state_dict(), …)` |
# | `Trainer`, `Updater`, extensions | left to others |

# %% [markdown]
# Even a detail came later: `cleargrads()` sets gradients to `None`, and became the default in
# Chainer 2 (2017). PyTorch's `zero_grad()` wrote zeros until 2.0, and has set `None` since.
#
# **Not the whole story:** PyTorch is no Chainer in C++. Its tensor library came from
# [Torch7](04_torch7.ipynb); only the idea of the recorded graph, and much of the shape of its
# interface, are Chainer's.

# %% [markdown]
# ## What came of it?
#
# | when | what |
# |---|---|
# | 2015-04 | Tokui's first commit |
# | 2015-06 | version 1.0 |
# | 2015-08 | CuPy, NumPy's interface on the GPU, is merged into Chainer |
# | 2015 | the paper, at a workshop of NIPS |
# | 2017 | version 2: CuPy becomes a package of its own |
# | 2019-12-05 | version 7; Preferred Networks moves to PyTorch; maintenance only |
# | 2022-01 | 7.8.1, the last code |

# %% [markdown]
# **Why did it end?** Not because the idea failed: it had won, elsewhere. Preferred Networks called
# the move a very big decision; it wanted to spend its people on what sets it apart, and to help
# develop PyTorch. It published a migration guide and a library in which both frameworks work side
# by side.
#
# **What lives on:** CuPy is still released; version 14 is from 2026. And each `loss.backward()`
# that you write in PyTorch.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** A picture without any ink goes through `ColumnReader`. You call `cleargrads()` and then
# `backward()` on its loss. What is `reader.see.W.grad`?
#
# <details><summary>A. An array of zeros</summary>No. Zeros would have to come from a function that used <code>see.W</code>. None ran, so nobody wrote a gradient.</details>
# <details><summary>B. <code>None</code></summary>Right. No column passed the <code>if</code>, so <code>see</code> is not in this graph. <code>cleargrads()</code> left <code>None</code>, and nothing was added.</details>
# <details><summary>C. You cannot ask: <code>backward()</code> raises an error, since a layer is missing in the graph</summary>No. <code>backward()</code> walks the functions that ran. It does not know which layers the class has.</details>
#
# <br>**2.** In the chapter's engine you replace `max` by `min`: `backward` now takes the function
# with the lowest rank first. Which network gets wrong gradients?
#
# <details><summary>A. The course's network</summary>No. It is one chain of functions: one at a time is waiting, so there is no choice to make wrongly.</details>
# <details><summary>B. None: gradients add, and the order of a sum does not matter</summary>No. The sum is right at last, but by then a function has already sent a part of it on.</details>
# <details><summary>C. One that uses a hidden output twice, as in <code>y + tanh(y)</code></summary>Right. The function that made <code>y</code> may send its gradient on before <code>tanh</code> has reported. Highest rank first lets it wait.</details>
#
# <br>**3.** Your pictures have 32 x 32 pixels, your convolutions keep the size, and
# `F.max_pooling_2d(x, 2)` comes twice. What does Chainer's `cover_all=True` change?
#
# <details><summary>A. Nothing: 32 and 16 leave no pixel over</summary>Right. The rounding differs where a row is left over, as with 11 pixels. So the trap can sleep until the size changes.</details>
# <details><summary>B. The first dense layer gets more inputs</summary>No. That was the case for 11 pixels in windows of 2. Here both ways give 16, then 8.</details>
# <details><summary>C. The sizes stay, but the maxima at the border are others</summary>No. If no pixel is left over, the windows are the same ones.</details>
#
# <br>**4.** `save` writes arrays and no pickle. Why does `load` still ask NumPy for
# `allow_pickle=False`?
#
# <details><summary>A. Because an <code>.npz</code> file is read faster without pickles</summary>No. It is not about speed. The option decides whether reading a file may run code.</details>
# <details><summary>B. Because the optimizer's momentum is stored as a pickle</summary>No. Both files are plain arrays. If the momentum were a pickle, this <code>load</code> would refuse it.</details>
# <details><summary>C. Because Chainer's <code>load_npz</code> refuses pickles, and <code>load</code> must agree</summary>No. It is the opposite: <code>load_npz</code> reads with <code>allow_pickle=True</code>, and ran the hostile file.</details>
# <details><summary>D. Because the file that you read may not be the one that you wrote</summary>Right. Somebody may have put a pickle in. <code>load</code> raises an error then, where <code>load_npz</code> would run it.</details>
#
# <br>**5.** `logits` uses `using_config("train", False)` and `no_backprop_mode()`. Your network has
# dropout, and you leave the first of them out. What happens?
#
# <details><summary>A. Nothing: where no graph is recorded, Chainer takes the network to be in evaluation</summary>No. These are two switches. One says whether the graph is recorded, the other whether dropout drops.</details>
# <details><summary>B. The answers become random: dropout still zeroes some of the numbers</summary>Right. Dropout asks <code>chainer.config.train</code>, and that still says training. Whether a graph is recorded is another switch.</details>
# <details><summary>C. The graph of each batch is recorded and kept</summary>No. That is the other switch, <code>no_backprop_mode()</code>, and you left it in.</details>
#
# <br>**6.** Theano fused several operations into one loop. Why can Chainer's way of working not do
# that for the step that is running?
#
# <details><summary>A. Chainer has no graph, so there is nothing to optimize</summary>No. It has one: the chain of creators. But it is complete when the forward pass is over.</details>
# <details><summary>B. Each function has computed its result before the next one is known</summary>Right. The graph is what has run. Whoever wants to join two operations has to know the second before the first runs.</details>
# <details><summary>C. Its arrays are NumPy's, and those cannot be compiled for</summary>No. Theano computes on NumPy arrays as well. What it had in advance is the formula.</details>
#
# <br>**7.** Which of these would you still do in Chainer?
#
# <details><summary>A. Check the results of a thesis whose network exists in Chainer alone</summary>Right. It still computes what it should, in an environment that is made for it. You need the old program as it was.</details>
# <details><summary>B. Begin a network with loops over the data, since define-by-run is Chainer's idea</summary>No. The idea won elsewhere, and you have it in PyTorch. Chainer is a framework that nobody mends.</details>
# <details><summary>C. Build a product that has to follow each new NumPy and setuptools</summary>No. Its import already breaks on newer neighbours, and needs a switch to work at all.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | low | middle | high |
# |---|---|---|---|
# | you write | Variables, `F` | links in a `Chain`, a loop | iterator, updater, `Trainer` |
# | you get | the recorded graph | names, `cleargrads`, `.npz` files | evaluation, logs, snapshots |
# | it stops helping | at the first forgotten weight | at the loop | at the first unusual step |
#
# Define-by-run: the program is the description, and the graph is what has run. The price: nobody
# sees the whole graph before it runs, so nobody can optimize it as [Theano](03_theano.ipynb) did.

# %% [markdown]
# **Choose it when** you must run or port a network that exists only in Chainer: it still computes
# what it should (shown above); or when you want to read a whole framework in plain Python.
#
# **Avoid it when** you begin anything new: nobody mends it, and its import already breaks on newer
# neighbours (told above). Take [PyTorch](../02_frameworks/02_pytorch.ipynb): you can read it now.
#
# **Now you:** [the exercise](../../exercises/01_history/05_chainer.ipynb), with self-checks. How
# others ended: [where they went](07_where_they_went.ipynb).

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - The idea: [Chainer's documentation,
#   Define-by-Run](https://docs.chainer.org/en/stable/guides/define_by_run.html); [Shohei Hido for
#   O'Reilly](https://www.oreilly.com/content/complex-neural-networks-made-easy-by-chainer/), 2016;
#   [the paper of 2015](http://learningsys.org/papers/LearningSys_2015_paper_33.pdf)
#   (read in a
#   [copy](https://docslib.org/doc/1149799/chainer-a-next-generation-open-source-framework-for-deep-learning))
# - The first commit, and Tokui's farewell:
#   [his blog, 2019](https://beam2d.net/blog/2019/12/10/chainer-look-back-en)
# - The nodes:
#   [FunctionNode](https://docs.chainer.org/en/stable/reference/generated/chainer.FunctionNode.html)
# - CuPy: [its pull request](https://github.com/pfnet/chainer/pull/266), 2015;
#   [the plan of version 2](https://chainer.org/announcement/2016/11/15/v2-plan.html), 2016;
#   [version 14, 2026](https://pypi.org/project/cupy/#history) (read 2026-11-29)
# - The end:
#   [announcement of 2019-12-05](https://chainer.org/announcement/2019/12/05/released-v7.html);
#   [PC Watch](https://pc.watch.impress.co.jp/docs/news/1222796.html), same day;
#   [InfoQ China](https://infoq.cn/article/IdHMSDpaA4stjNBrpdF1);
#   [releases](https://github.com/chainer/chainer/releases);
#   [the migration library](https://github.com/chainer/chainer-pytorch-migration)
# - PyTorch on Chainer: [README](https://github.com/pytorch/pytorch/blob/main/README.md);
#   [README in 2017](https://github.com/pytorch/pytorch/pull/3144);
#   [the paper of 2017](https://openreview.net/forum?id=BJJsrmfCZ)
#   (its abstract, in a
#   [copy](https://sotaverified.org/papers/automatic-differentiation-in-pytorch));
#   [Soumith Chintala, 2023](https://soumith.ch/posts/2023/12/pytorch-design-origins/)
# - Gradients to `None`: [chainer 2521](https://github.com/chainer/chainer/issues/2521), 2017;
#   [pytorch/tutorials 2247](https://github.com/pytorch/tutorials/pull/2247), 2023
# - `distutils`: [numpy 27405](https://github.com/numpy/numpy/issues/27405),
#   [setuptools 4612](https://github.com/pypa/setuptools/issues/4612), 2024; Chainer's import:
#   [PCANet 12](https://github.com/IshitaTakeshi/PCANet/issues/12), 2025
# - The trap: [chainer pull request 1988](https://github.com/chainer/chainer/pull/1988), 2016;
#   [`max_pooling_2d`](https://docs.chainer.org/en/v7.8.0/reference/generated/chainer.functions.max_pooling_2d.html)

# %% [markdown]
# **On your path:**
#
# - *The history, 7 of 11:* [Torch7](04_torch7.ipynb) → here → [TensorFlow 1](06_tensorflow1.ipynb)
#
# **In the order of the folders:** previous [Torch7](04_torch7.ipynb) · next
# [TensorFlow 1](06_tensorflow1.ipynb) · [all chapters](../00_start_here.ipynb)
