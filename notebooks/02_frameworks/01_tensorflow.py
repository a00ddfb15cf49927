# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # TensorFlow: Python that draws a graph
#
# After this notebook you will be able to build, train, save and *prove* the course's network in TensorFlow, and to say at each
# line whether it runs now, or only draws.
#
# **You will learn to**
# - record gradients with `tf.GradientTape`, and know what the tape leaves out;
# - carry weights through the door between two memory layouts;
# - predict when `tf.function` traces, and read the graph that it makes;
# - save a network that can be trained further without its Python class;
# - catch state that a graph has forgotten with the parity ladder.
#
# **Before you start:** [00_start_here](../00_start_here.ipynb), and [the network by hand](../01_history/02_by_hand.ipynb) if
# gradients are new to you. Kernel `python3`, about 25 minutes; the slowest cell takes 10 seconds.

# %%
from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("tensorflow")

# %% [markdown]
# ## What does the tape record?
#
# A `tf.Variable` is a box that keeps its place while its value changes. A `tf.Tensor` is a value; it never changes. Nothing is
# recorded until you open a tape.
#
# (Lines about oneDNN below the next cell, if you see any, report which CPU kernels were chosen. They are no fault.)

# %%
import tensorflow as tf

x, scale = tf.Variable(3.0), tf.constant(2.0)
with tf.GradientTape() as tape:
    y = scale * x**2
print("y:", y.numpy(), "  watched:", [v.numpy().item() for v in tape.watched_variables()])

# %% [markdown]
# The multiplication ran at once, as in NumPy. That is *eager execution*, the default since TensorFlow 2. TensorFlow 1 had you
# build a graph first and run it in a session; you will meet that graph again below, by choice.
#
# **Predict, then run.** `y` depends on `x` and on `scale`. What are the two gradients?
#
# <details><summary>Answer</summary>
#
# `12` for `x`, and `None` for `scale`. The tape watches trainable variables by itself, and nothing else. A constant that you
# want a gradient for needs `tape.watch(scale)`.
#
# </details>

# %%
x_gradient, scale_gradient = tape.gradient(y, [x, scale])
print("dy/dx:", x_gradient.numpy(), "  dy/dscale:", scale_gradient)

# %% [markdown]
# Why so strict? To go back, the tape must keep inputs of every recorded operation alive. Watching only variables keeps images,
# labels and constants out of it. For the same reason a tape is emptied after one use, unless you ask for a persistent one.

# %%
try:
    tape.gradient(y, x)
except RuntimeError:
    print("second use of a tape: RuntimeError")
with tf.GradientTape(persistent=True) as tape:
    tape.watch(scale)
    y = scale * x**2
print("dy/dx:", tape.gradient(y, x).numpy(), "  dy/dscale:", tape.gradient(y, scale).numpy())

# %% [markdown]
# ## The lowest level: in which order do the pixels lie?
#
# The course's images are NCHW: image, channel, row, column. `tf.nn.conv2d` wants NHWC, channels last, and kernels as HWIO: row,
# column, in, out. It has an option for NCHW, but not every CPU kernel obeys it: code that relies on it runs on one machine and
# raises on another.

# %%
from onecnn import mnist, spec

digits, start = mnist.load(), spec.initial_weights()
images = digits.train_images[:64].transpose(0, 2, 3, 1)
kernel = start["conv1.weight"].transpose(2, 3, 1, 0)
print("images", images.shape, "  kernel", kernel.shape, "  output", tf.nn.conv2d(images, kernel, 1, "VALID").shape)

# %% [markdown]
# Two transpositions, and the convolutions agree. One place is left where the order matters, and it has no error message: the
# flatten. Here is a tiny image, 2 channels of 2 x 2, whose pixels are numbered in the course's order.

# %%
tiny = tf.reshape(tf.range(8), [1, 2, 2, 2])
print("flattened from NCHW:", tf.reshape(tiny, [-1]).numpy())
print("flattened from NHWC:", tf.reshape(tf.transpose(tiny, [0, 2, 3, 1]), [-1]).numpy())

# %% [markdown]
# Same numbers, another order. Column 5 of `dense1.weight` would meet the wrong pixel. Two cures: transpose the activations
# before every flatten, or reorder the 800 columns of `dense1.weight` **once**. Weights pass the door once, activations at every
# step, so we move the weights.
#
# The cells that follow are the network of this course. First the door: into TensorFlow's layout, and back.

# %% tags=["same-cnn"]
import numpy as np
import tensorflow as tf

from onecnn import spec


def to_tensorflow(name, value):
    if name == "dense1.weight":  # its 800 inputs: channel-height-width -> height-width-channel
        value = value.reshape(64, 32, 5, 5).transpose(0, 2, 3, 1).reshape(64, 800)
    return value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T


def to_spec(name, value):
    value = value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T
    if name == "dense1.weight":
        value = value.reshape(64, 5, 5, 32).transpose(0, 3, 1, 2).reshape(64, 800)
    return np.ascontiguousarray(value)


# %%
there_and_back = {name: to_spec(name, to_tensorflow(name, value)) for name, value in start.items()}
print("the door loses nothing:", all(np.array_equal(there_and_back[name], value) for name, value in start.items()))

# %% [markdown]
# ## The middle level: what does `tf.Module` add?
#
# It finds variables: in attributes, in lists and dicts, in modules within modules. It has no layers, no `fit`, and no training
# mode. The momentum is state, so it lives in variables too, marked as not trainable.
#
# `tf.function` compiles a method to a graph. What that means is the next section's question.

# %% tags=["same-cnn"]
IMAGES = tf.TensorSpec([None, 28, 28, 1], tf.float32, name="images")
LABELS = tf.TensorSpec([None], tf.int64, name="labels")


class OneCNN(tf.Module):
    def __init__(self, weights):
        super().__init__()
        self.weights = {name: tf.Variable(to_tensorflow(name, value)) for name, value in weights.items()}
        self.velocity = {name: tf.Variable(tf.zeros_like(w), trainable=False) for name, w in self.weights.items()}

    def forward(self, x):
        w = self.weights
        x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w["conv1.weight"], 1, "VALID"), w["conv1.bias"]))
        x = tf.nn.max_pool2d(x, 2, 2, "VALID")
        x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w["conv2.weight"], 1, "VALID"), w["conv2.bias"]))
        x = tf.nn.max_pool2d(x, 2, 2, "VALID")
        x = tf.reshape(x, [-1, 800])
        x = tf.nn.relu(tf.nn.bias_add(x @ w["dense1.weight"], w["dense1.bias"]))
        return tf.nn.bias_add(x @ w["dense2.weight"], w["dense2.bias"])

    def loss_and_gradients(self, images, labels):
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, self.forward(images))
            loss = tf.reduce_mean(losses)
        return loss, tape.gradient(loss, self.weights)

    @tf.function(input_signature=[IMAGES])
    def __call__(self, images):
        return self.forward(images)

    @tf.function(input_signature=[IMAGES, LABELS])
    def gradients(self, images, labels):
        return self.loss_and_gradients(images, labels)

    @tf.function(input_signature=[IMAGES, LABELS])
    def step(self, images, labels):
        loss, gradients = self.loss_and_gradients(images, labels)
        for name, w in self.weights.items():
            self.velocity[name].assign(spec.MOMENTUM * self.velocity[name] + gradients[name])
            w.assign_sub(spec.LEARNING_RATE * self.velocity[name])
        return loss


# %% tags=["same-cnn"]
def build(weights):
    return OneCNN(weights)


# %% tags=["same-cnn"]
def logits(model, images):
    return model(images.transpose(0, 2, 3, 1)).numpy()


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    loss, found = model.gradients(images.transpose(0, 2, 3, 1), labels)
    return float(loss), {name: to_spec(name, gradient.numpy()) for name, gradient in found.items()}


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    return float(model.step(images.transpose(0, 2, 3, 1), labels))


# %% tags=["same-cnn"]
def read_weights(model):
    return {name: to_spec(name, w.numpy()) for name, w in model.weights.items()}


# %% tags=["same-cnn"]
def save(model, path):
    tf.saved_model.save(model, path, signatures=model.__call__)


def load(path):
    return tf.saved_model.load(path)


# %% [markdown]
# **Predict, then run.** How many variables does the module find, and how many of them are trainable?
#
# <details><summary>Answer</summary>
#
# 16 and 8: eight weights and biases, and one velocity for each. It found them inside two dicts, without being told.
#
# </details>

# %%
model = build(start)
print("variables:", len(model.variables), "  trainable:", len(model.trainable_variables))
print("trainable numbers:", sum(int(tf.size(v)) for v in model.trainable_variables))

# %% [markdown]
# ## What does `tf.function` do with your Python?
#
# It runs your code **once**, with placeholders for tensors, and writes down every TensorFlow operation. That is *tracing*.
# Later calls run the written graph; your Python stays out of it.
#
# **Predict, then run.** The function below is called three times. It counts its calls in a Python number and in a variable.
# What do the two counters say?
#
# <details><summary>Answer</summary>
#
# 1 and 3. The Python addition happened while tracing. `assign_add` is a TensorFlow operation: it stands in the graph and runs
# at each call. A `print` would appear once, a `tf.print` three times.
#
# </details>

# %%
python_counter, variable_counter = 0, tf.Variable(0)


@tf.function
def square(x):
    global python_counter
    python_counter += 1
    variable_counter.assign_add(1)
    return x * x


for value in (1.0, 2.0, 3.0):
    square(tf.constant(value))
print("Python counter:", python_counter, "  variable:", variable_counter.numpy())

# %% [markdown]
# A graph fits one kind of input: these dtypes, these shapes. Another kind needs another trace. A Python number is not an input
# at all: its *value* becomes a constant in the graph.
#
# **Predict, then run.** How many traces does the next cell add for each of the three lines?
#
# <details><summary>Answer</summary>
#
# 0, 2 and 1. Scalars of a known dtype: no new trace. Two Python numbers: one trace for each value. A vector: a new shape. If you
# pass the step number of a training loop as a Python `int`, every step traces anew.
#
# </details>

# %%
before = square.experimental_get_tracing_count()
for arguments in ([tf.constant(8.0), tf.constant(9.0)], [8.0, 9.0], [tf.constant([8.0, 9.0])]):
    for argument in arguments:
        square(argument)
    after = square.experimental_get_tracing_count()
    print("new traces:", after - before)
    before = after

# %% [markdown]
# An `input_signature` settles it: one trace, and every call must fit. `None` leaves a size open. `OneCNN` declares its batch
# size so: 64 images and 1,000 images use the same graph.

# %%
for size in (64, 1000):
    print(size, "images ->", logits(model, digits.train_images[:size]).shape)
print("traces:", model.__call__.experimental_get_tracing_count())

# %% [markdown]
# ## Where is the graph?
#
# This time it is an object: a `ConcreteFunction` holds it, and you can list its operations before a single number has been
# computed.

# %%
from collections import Counter

operations = model.step.get_concrete_function().graph.get_operations()
kinds = Counter(op.type for op in operations)
for kind in ("Conv2D", "MaxPool", "MaxPoolGrad", "Conv2DBackpropFilter", "AssignVariableOp", "AssignSubVariableOp"):
    print(f"{kind:<22} {kinds[kind]}")

# %% [markdown]
# The gradient and the update are operations like the rest. `GradientTape` ran while tracing, walked back once, and left its
# steps in the graph under the name `gradient_tape`. PyTorch records anew at every step; here it was recorded once.
#
# The next two cells draw the operations of one whole training step. Constants, small arithmetic and reads of variables are
# left out.

# %%
HIDDEN = {"Const", "Placeholder", "ReadVariableOp", "Identity", "NoOp", "Shape", "ShapeN", "Tile", "AddV2", "FloorMod",
          "GatherV2", "Prod", "Cast", "RealDiv", "ExpandDims", "Mul"}
shown = [op for op in operations if op.type not in HIDDEN]
update = [op for op in shown if op.type.startswith("Assign")]
backward = [op for op in shown if op.name.startswith("gradient_tape")]
forward = [op for op in shown if op not in update + backward]


def sources(op):
    """The shown operations from which this one gets its inputs, through hidden ones."""
    parents = [tensor.op for tensor in op.inputs]
    return {p for p in parents if p in shown}.union(*(sources(p) for p in parents if p not in shown))


unused = [op.type for op in backward if not op.outputs[0].consumers()]
print("forward:", len(forward), "  backward:", len(backward), "  update:", len(update), "  unused:", unused)

# %%
fig, ax = lesson.figure(9.5, 5)
place = {}
for row, ops in ((4, forward), (2, backward[::-1]), (0, update)):
    place.update({op: (column / (len(ops) - 1), row) for column, op in enumerate(ops)})
for op, (x_to, y_to) in place.items():
    for x_from, y_from in (place[source] for source in sources(op)):
        ax.plot([x_from, x_to], [y_from, y_to], color="gray" if y_from == y_to else "silver", linewidth=0.8, zorder=0)
for lane, ops, marker, color in (("forward", forward, "o", lesson.BLUE), ("backward", backward, "D", lesson.VERMILION),
                                 ("update", update, "s", lesson.ORANGE)):
    for op in ops:
        ax.plot(*place[op], marker, color=color, markersize=7, fillstyle="none" if op.type in unused else "full")
        if lane != "update":
            ax.text(place[op][0], place[op][1] + 0.2, op.type.replace("CrossEntropyWithLogits", "…"), rotation=50, fontsize=8)
    ax.text(-0.04, place[ops[0]][1], lane, ha="right", va="center", fontsize=11, color=color)
for name, op in zip(model.weights, update[::2]):
    ax.text(place[op][0] + 0.033, -0.3, name, ha="center", va="top", fontsize=8, rotation=20)
ax.set(xlim=(-0.16, 1.12), ylim=(-1, 5.9))
ax.set_axis_off()
lesson.show(fig, alt="x")
