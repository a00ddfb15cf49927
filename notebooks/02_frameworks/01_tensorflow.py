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
# After this notebook you will be able to build, train, save and *prove* the course's network in
# TensorFlow.
#
# **You will learn to**
# - record gradients with `tf.GradientTape`, and know what the tape leaves out;
# - carry weights through the door between two memory layouts;
# - predict when `tf.function` traces, and read the graph that it makes;
# - save a network that can be trained further without its Python class;
# - catch state that a graph has forgotten with the parity ladder.
#
# **Before you start:** [Start here](../00_start_here.ipynb) and
# [Your first network](../00_your_first_network.ipynb). Kernel `python3`, about 35 minutes.
# If gradients are new to you, read [the network by hand](../01_history/02_by_hand.ipynb) first. The
# slowest cell takes about half a minute.

# %%
from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("tensorflow")

# %% [markdown]
# ## What does the tape record?
#
# A `tf.Variable` is a box that keeps its place while its value changes. A `tf.Tensor` is a value;
# it never changes. Nothing is recorded until you open a tape.

# %%
import tensorflow as tf

tf.get_logger().setLevel("WARNING")  # no line for each file that is saved
x, scale = tf.Variable(3.0), tf.constant(2.0)
with tf.GradientTape() as tape:
    y = scale * x**2
print("y:", y.numpy(), "  watched:", [v.numpy().item() for v in tape.watched_variables()])

# %% [markdown]
# The multiplication ran at once, as in NumPy. That is *eager execution*, the default since
# TensorFlow 2. TensorFlow 1 had you build a graph first and run it in a session; you will meet that
# graph again below, by choice.
#
# **Predict, then run.** `y` depends on `x` and on `scale`. What are the two gradients?
#
# <details><summary>Answer</summary>
#
# `12` for `x`, and `None` for `scale`. The tape watches trainable variables by itself, and nothing
# else. A constant that you want a gradient for needs `tape.watch(scale)`.
#
# </details>

# %%
x_gradient, scale_gradient = tape.gradient(y, [x, scale])
print("dy/dx:", x_gradient.numpy(), "  dy/dscale:", scale_gradient)

# %% [markdown]
# Why so strict? To go back, the tape must keep inputs of every recorded operation alive. What
# depends on no variable is not recorded: preparing the images costs no memory. (The images that
# enter a convolution do stay: the gradient of its kernel needs them.) For the same reason a tape is
# emptied after one use, unless you ask for a persistent one.

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
# The course's images are NCHW: image, channel, row, column. `tf.nn.conv2d` wants NHWC, channels
# last, and kernels as HWIO: row, column, in, out. It has an option for NCHW, but not every CPU
# kernel obeys it: code that relies on it runs on one machine and raises on another.

# %%
from onecnn import mnist, spec

digits, start = mnist.load(), spec.initial_weights()
images = digits.train_images[:64].transpose(0, 2, 3, 1)
kernel = start["conv1.weight"].transpose(2, 3, 1, 0)
print("images", images.shape, "  kernel", kernel.shape, "  output",
      tf.nn.conv2d(images, kernel, 1, "VALID").shape)

# %% [markdown]
# Two transpositions, and the convolutions agree. One place is left where the order matters, and it
# has no error message: the flatten. Here is a tiny image, 2 channels of 2 x 2, whose pixels are
# numbered in the course's order.

# %%
tiny = tf.reshape(tf.range(8), [1, 2, 2, 2])
print("flattened from NCHW:", tf.reshape(tiny, [-1]).numpy())
print("flattened from NHWC:", tf.reshape(tf.transpose(tiny, [0, 2, 3, 1]), [-1]).numpy())

# %% [markdown]
# Same numbers, another order. Column 1 of a dense weight would meet pixel 4. Two cures: transpose
# the activations before every flatten, or reorder the 800 columns of `dense1.weight` **once**.
# Weights pass the door once, activations at every step, so we move the weights.
#
# The cells that follow are the network of this course. First the door: into TensorFlow's layout,
# and back.

# %% tags=["same-cnn"]
import numpy as np
import tensorflow as tf

from onecnn import spec


def from_spec(name, value):
    if name == "dense1.weight":  # its 800 inputs: channel-height-width -> height-width-channel
        value = value.reshape(64, 32, 5, 5).transpose(0, 2, 3, 1).reshape(64, 800)
    return value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T


def to_spec(name, value):
    value = value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T
    if name == "dense1.weight":
        value = value.reshape(64, 5, 5, 32).transpose(0, 3, 1, 2).reshape(64, 800)
    return np.ascontiguousarray(value)


# %%
there_and_back = {name: to_spec(name, from_spec(name, value)) for name, value in start.items()}
print("the door loses nothing:",
      all(np.array_equal(there_and_back[name], value) for name, value in start.items()))

# %% [markdown]
# ## The middle level: what does `tf.Module` add?
#
# It finds variables: in attributes, in lists and dicts, in modules within modules. It has no
# layers, no `fit`, and no training mode. The momentum is state, so it lives in variables too,
# marked as not trainable.
#
# `tf.function` compiles a method to a graph. What that means is the next section's question.

# %% [markdown]
# The network takes its **dtype** from the weights. TensorFlow converts nothing by itself: a float64
# image meets a float32 kernel, and it raises. A graph's signature names the dtype, too. So the
# graphs are made where the weights are known: in `__init__`, not beside the methods.

# %% tags=["same-cnn"]
class OneCNN(tf.Module):
    def __init__(self, weights):
        super().__init__()
        self.weights = {name: tf.Variable(from_spec(name, value))
                        for name, value in weights.items()}
        self.velocity = {name: tf.Variable(tf.zeros_like(w), trainable=False)
                         for name, w in self.weights.items()}
        # A graph is made for one dtype, so each network has graphs of its own.
        dtype = next(iter(weights.values())).dtype
        images = tf.TensorSpec([None, 28, 28, 1], dtype, name="images")
        labels = tf.TensorSpec([None], tf.int64, name="labels")
        self.logits = tf.function(self.forward, [images])
        self.gradients = tf.function(self.loss_and_gradients, [images, labels])
        self.step = tf.function(self.loss_and_step, [images, labels])

    def forward(self, x):
        w = self.weights
        for layer in ("conv1", "conv2"):
            # bias_add, where + would do: the optimizer of graphs knows it, and makes one kernel of
            # convolution, bias and relu
            x = tf.nn.conv2d(x, w[f"{layer}.weight"], 1, "VALID")
            x = tf.nn.max_pool2d(tf.nn.relu(tf.nn.bias_add(x, w[f"{layer}.bias"])), 2, 2, "VALID")
        x = tf.reshape(x, [-1, 800])
        x = tf.nn.relu(tf.nn.bias_add(x @ w["dense1.weight"], w["dense1.bias"]))
        return tf.nn.bias_add(x @ w["dense2.weight"], w["dense2.bias"])

    def loss_and_gradients(self, images, labels):
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, self.forward(images))
            loss = tf.reduce_mean(losses)
        return loss, tape.gradient(loss, self.weights)

    def loss_and_step(self, images, labels):
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
    return model.logits(tf.constant(images.transpose(0, 2, 3, 1))).numpy()


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    loss, found = model.gradients(images.transpose(0, 2, 3, 1), labels)
    return float(loss), {name: to_spec(name, gradient.numpy()) for name, gradient in found.items()}


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    return float(model.step(tf.constant(images.transpose(0, 2, 3, 1)), tf.constant(labels)))


# %% tags=["same-cnn"]
def read_weights(model):
    return {name: to_spec(name, w.numpy()) for name, w in model.weights.items()}


# %% tags=["same-cnn"]
def save(model, path):
    # Variables and graphs: the velocities are variables, and the training step is a graph.
    tf.saved_model.save(model, path, signatures=model.logits)


def load(path):
    return tf.saved_model.load(path)


# %% [markdown]
# What must a **checkpoint** hold? All that the next step needs: the weights, and the momentum. The
# velocities are variables of the module, so they are in the file, each with its dtype. A fresh
# process that loads it trains on as if nothing had happened.
#
# **Predict, then run.** How many variables does the module find, and how many of them are
# trainable?
#
# <details><summary>Answer</summary>
#
# 16 and 8: eight weights and biases, and one velocity for each. It found them inside two dicts,
# without being told.
#
# </details>

# %%
model = build(start)
print("variables:", len(model.variables), "  trainable:", len(model.trainable_variables))
print("trainable numbers:", sum(int(tf.size(v)) for v in model.trainable_variables))

# %% [markdown]
# ## What does `tf.function` do with your Python?
#
# It runs your code **once**, with placeholders for tensors, and writes down every TensorFlow
# operation. That is *tracing*. Later calls run the written graph; your Python stays out of it.

# %% [markdown]
# **Predict, then run.** The function below is called three times. It counts its calls in a Python
# number and in a variable. What do the two counters say?
#
# <details><summary>Answer</summary>
#
# 1 and 3. The Python addition happened while tracing. `assign_add` is a TensorFlow operation: it
# stands in the graph and runs at each call. A `print` would appear once, a `tf.print` three times.
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
# A graph fits one kind of input: these dtypes, these shapes. Another kind needs another trace. A
# Python number is not an input at all: its *value* becomes a constant in the graph.

# %% [markdown]
# **Predict, then run.** How many traces does each of the next cell's three groups add?
#
# <details><summary>Answer</summary>
#
# 0, 2 and 1. Scalars of a known dtype: no new trace. Two Python numbers: one trace for each value.
# A vector: a new shape. If you pass the step number of a training loop as a Python `int`, every
# step traces anew.
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
# An `input_signature` settles it: one trace, and every call must fit. `None` leaves a size open.
# `OneCNN` declares its batch size so: 64 images and 1,000 images use the same graph.
#
# (An `if` or `for` over tensors becomes graph operations as well. AutoGraph rewrites your source
# for that.)

# %%
for size in (64, 1000):
    print(size, "images ->", logits(model, digits.train_images[:size]).shape)
print("traces:", model.logits.experimental_get_tracing_count())

# %% [markdown]
# ## Where is the graph?
#
# This time it is an object: a `ConcreteFunction` holds it, and you can list its operations before a
# single number has been computed.

# %%
from collections import Counter

operations = model.step.get_concrete_function().graph.get_operations()
kinds = Counter(op.type for op in operations)
for kind in ("Conv2D", "MaxPool", "MaxPoolGrad", "Conv2DBackpropFilter", "AssignVariableOp",
             "AssignSubVariableOp"):
    print(f"{kind:<22} {kinds[kind]}")

# %% [markdown]
# The gradient and the update are operations like the rest. `GradientTape` ran while tracing, walked
# back once, and left its steps in the graph under the name `gradient_tape`. PyTorch records anew at
# every step; here it was recorded once.
#
# The next two cells draw the operations of one whole training step. Constants, small arithmetic and
# reads of variables are left out.

# %%
HIDDEN = {"Const", "Placeholder", "ReadVariableOp", "Identity", "NoOp", "Shape", "ShapeN", "Tile",
          "AddV2", "FloorMod", "GatherV2", "Prod", "Cast", "RealDiv", "ExpandDims", "Mul"}
shown = [op for op in operations if op.type not in HIDDEN]
update = [op for op in shown if op.type.startswith("Assign")]
backward = [op for op in shown if op.name.startswith("gradient_tape")]
forward = [op for op in shown if op not in update + backward]


def sources(op):
    """The shown operations whose values this one uses, directly or through hidden ones."""
    parents = [tensor.op for tensor in op.inputs if not tensor.op.type.startswith("Shape")]
    return {p for p in parents if p in shown}.union(*(sources(p) for p in parents
                                                      if p not in shown))


unused = [op for op in backward if not op.outputs[0].consumers()]
print("forward:", len(forward), "  backward:", len(backward), "  update:", len(update))

# %%
MARKS = {4: ("o", lesson.BLUE), 2: ("D", lesson.VERMILION), 0: ("s", lesson.ORANGE)}
place = {}
for row, ops in ((4, forward), (2, backward[::-1]), (0, update)):
    place.update({op: (column / (len(ops) - 1), row) for column, op in enumerate(ops)})

# %%
fig, ax = lesson.figure(9.5, 5)
for op, (x_to, y_to) in place.items():
    for x_from, y_from in (place[source] for source in sources(op)):
        ax.plot([x_from, x_to], [y_from, y_to], color="gray" if y_from == y_to else "silver",
                linewidth=0.8, zorder=0)
for op, (x_op, y_op) in place.items():
    marker, color = MARKS[y_op]
    ax.plot(x_op, y_op, marker, color=color, markersize=7,
            fillstyle="none" if op in unused else "full")
    label = op.type.replace("CrossEntropyWithLogits", "…") if y_op else ""
    ax.text(x_op, y_op + 0.2, label, rotation=50, fontsize=8)
for row, lane in ((4, "forward"), (2, "backward"), (0, "update")):
    ax.text(-0.04, row, lane, ha="right", va="center", fontsize=11)
for weight, op in zip(model.weights, update[::2]):
    ax.text(place[op][0] + 0.033, -0.3, weight, ha="center", va="top", fontsize=8, rotation=20)
ax.set(xlim=(-0.16, 1.12), ylim=(-1, 5.9))
ax.set_axis_off()
lesson.show(fig, alt="Three rows of operations: forward from left to right, backward from right "
            "to left below it, and the updates of eight weights at the bottom; lines show which "
            "backward operation uses which forward result.")

# %% [markdown]
# Read it as a U: forward to the right, backward to the left, then down to the updates, velocity
# before weight. The slanted lines are what a framework must keep in memory: results of the forward
# pass that the backward pass needs again.

# %% [markdown]
# **Predict, then run.** One diamond is hollow: nobody uses its result. What would that result be?
#
# <details><summary>Answer</summary>
#
# The gradient of the loss for the *images*. A convolution's gradient comes as a pair, for its input
# and for its kernel. The first convolution's input is no weight. TensorFlow prunes such operations
# from the graph before it runs it.
#
# </details>

# %%
print("unused:", [op.type for op in unused], "  its third input:", unused[0].inputs[2].op.type)

# %% [markdown]
# ## Is it the same network?
#
# The [parity ladder](../00_glossary.ipynb#Parity-ladder) compares it with the float64 reference on
# seven rungs. The next cell trains the network in float64, and lets a fresh process go on from the
# file: about half a minute.

# %%
import logging

from onecnn import ladder

# The ladder's batches have many sizes: TensorFlow would warn that it traces a graph for each.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
report = ladder.climb(build, logits, gradients, train_step, read_weights, save, load)
report.save("tensorflow")
print(report)

# %%
from onecnn import figures

figures.climbed(report, "TensorFlow on the parity ladder")

# %% [markdown]
# No rung saw a layout: weights and gradients crossed the door both ways. Float32 keeps about seven
# digits, and the differences on the lower rungs are what rounding leaves. Rung 6 is the proof: in
# float64, 310 steps stay within 1e-9 of the reference.

# %% [markdown]
# **What did it learn?** The same as [the network by hand](../01_history/02_by_hand.ipynb), to the
# last answer: the rung `training` has followed every step. Its loss curve and its mistakes stand
# there, and are not drawn again here.

# %%
print("the reference's answers to all 1,000 test digits:",
      report.predictions == ladder.expected()["predictions"].tolist())
print("test accuracy at least 94 %:",
      np.mean(report.predictions == digits.test_labels) >= 0.94)

# %% [markdown]
# ## What is a graph good for?
#
# It needs no Python between operations, it can be optimized as a whole, and it can be saved: see
# below. But it is not a compiled program: TensorFlow still runs it operation by operation. With
# `jit_compile=True` **XLA**, JAX's compiler, makes one program of it.

# %%
nhwc, labels = digits.train_images[:64].transpose(0, 2, 3, 1), digits.train_labels[:64]
timed = build(start)
with_xla = tf.function(OneCNN.loss_and_step, jit_compile=True)
one, other = build(start), build(start)
same = [abs(float(one.step(nhwc, labels)) - float(with_xla(other, nhwc, labels))) < 1e-5
        for _ in range(3)]
print("three steps, the same losses:", same)

# %% [markdown]
# The next cell times one training step in the three ways; its output is not compared.

# %% tags=["nbval-ignore-output"]
from time import perf_counter

for way, step in (("eager", lambda: timed.loss_and_step(nhwc, labels)),
                  ("graph", lambda: timed.step(nhwc, labels)),
                  ("graph, compiled by XLA", lambda: with_xla(timed, nhwc, labels))):
    seconds = []
    for _ in range(20):
        begin = perf_counter()
        float(step())
        seconds.append(perf_counter() - begin)
    print(f"{way}: {min(seconds) * 1000:.1f} ms a step; the first call took "
          f"{seconds[0] * 1000:.0f} ms")

# %%
print("graphs traced for 20 steps:", timed.step.experimental_get_tracing_count())

# %% [markdown]
# The first call of the graph is slow: it traces. Tracing pays when the same graph runs many times.
# For one call, or while you debug, stay eager: `tf.config.run_functions_eagerly(True)` turns every
# `tf.function` off.
#
# With XLA the first call also compiles. And that gains nothing here: on a processor, and for a
# network this small, the compiled program was no faster than TensorFlow's own kernels when this
# notebook was made. Compare the two lines on your machine.

# %% [markdown]
# ## The high level: where is `fit()`?
#
# In Keras, which TensorFlow carries as `tf.keras`. There you name layers; Keras makes the
# variables, the `tf.function`, the optimizer and the loop. `tf.optimizers`, too, is Keras. Here it
# is in three statements; [Keras](03_keras.ipynb) is about the rest.

# %%
layers = tf.keras.layers
tf.keras.utils.set_random_seed(0)
train_nhwc, test_nhwc = (part.transpose(0, 2, 3, 1)
                         for part in (digits.train_images, digits.test_images))

high = tf.keras.Sequential([layers.Conv2D(16, 3, activation="relu"), layers.MaxPool2D(),
                            layers.Conv2D(32, 3, activation="relu"), layers.MaxPool2D(),
                            layers.Flatten(), layers.Dense(64, activation="relu"),
                            layers.Dense(10)])
high.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
             metrics=["accuracy"])
high.fit(train_nhwc, digits.train_labels, epochs=2, verbose=0)
loss, accuracy = high.evaluate(test_nhwc, digits.test_labels, verbose=0)
print("parameters:", high.count_params(), "  accuracy above 85 %:", accuracy > 0.85)

# %% [markdown]
# Where each level stops helping: bare tensors and tapes leave names and state to you; `tf.Module`
# leaves layers, optimizer and loop to you; Keras hides the step, until you need another kind of
# step.

# %% [markdown]
# ## What is in a SavedModel?
#
# `save` wrote a folder: the variables, and the *graphs* of every `tf.function` that has an input
# signature. A server calls the one marked as serving signature. Your Python class is not in it.

# %%
import tempfile
from pathlib import Path

folder = tempfile.TemporaryDirectory()
# a step first: then the velocities are zero no more
train_step(model, digits.train_images[:64], digits.train_labels[:64])
save(model, f"{folder.name}/one_cnn")
print(sorted(file.name for file in Path(folder.name).rglob("*") if file.is_file()))
loaded = load(f"{folder.name}/one_cnn")
serving = loaded.signatures["serving_default"]
inputs, outputs = serving.structured_input_signature[1], serving.structured_outputs
print("serving:", {name: tuple(one.shape) for name, one in inputs.items()}, "->",
      {name: tuple(one.shape) for name, one in outputs.items()})

# %% [markdown]
# **Predict, then run.** `loaded` is no `OneCNN`. Can it be trained further, momentum and all?
#
# <details><summary>Answer</summary>
#
# Yes. `step` was saved as a graph, gradient and update included, and the velocities are variables
# like the weights. The twin that stayed in memory makes the same steps.
#
# </details>

# %%
losses = [(train_step(model, digits.train_images[:64], digits.train_labels[:64]),
           train_step(loaded, digits.train_images[:64], digits.train_labels[:64]))
          for _ in range(3)]
print("a OneCNN:", isinstance(loaded, OneCNN), "  trains like its twin:",
      all(abs(a - b) < 1e-5 for a, b in losses))
print("has trainable_variables:", hasattr(loaded, "trainable_variables"))

# %% [markdown]
# What is lost is everything that was only Python: the class, its plain methods, and what
# `tf.Module` offers, such as `trainable_variables`
# ([tensorflow/tensorflow 36021](https://github.com/tensorflow/tensorflow/issues/36021)).

# %% [markdown]
# ## Is a SavedModel safe to load?
#
# A graph is a program. TensorFlow's security page says so: treat a model from a stranger like code
# from a stranger. Some operations read and write files. The next cell plays the attacker.

# %%
class Attack(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28, 1])])
    def logits(self, images):
        tf.io.write_file(f"{folder.name}/written_by_the_model.txt", "the graph has run")
        return tf.zeros([1, 10])


save(Attack(), f"{folder.name}/attack")
logits(load(f"{folder.name}/attack"), digits.test_images[:1])
print("on disk:", (Path(folder.name) / "written_by_the_model.txt").read_text())

# %% [markdown]
# No `pickle` was involved, and no Python code of the attacker ran. The graph sufficed. To exchange
# weights alone, store arrays: `read_weights` and `numpy.savez`, or safetensors.

# %%
folder.cleanup()

# %% [markdown]
# ## A trap: state that the graph forgets
#
# The velocities of `OneCNN` are variables. Here they are plain tensors in a dict, and the step
# assigns to that dict: ordinary Python, right in eager mode. Users reported such lost state in 2019
# ([31362](https://github.com/tensorflow/tensorflow/issues/31362),
# [31363](https://github.com/tensorflow/tensorflow/issues/31363)).

# %% [markdown]
# **Predict, then run.** Nothing is raised and the loss falls. What has become of the momentum, and
# which rung sees it?
#
# <details><summary>Answer</summary>
#
# The zeros of the start were written into the graph as constants; the assignment ran once, while
# tracing. Every call computes `0.9 * 0 + gradient`: plain SGD. The first step is right, the second
# is not: rung `steps`.
#
# </details>


# %%
# A second climb makes more networks, each with graphs of its own; TensorFlow would warn of so many.
tf.get_logger().setLevel("ERROR")


class Forgetful(OneCNN):
    def __init__(self, weights):
        super().__init__(weights)
        self.velocity = {name: tf.zeros_like(w) for name, w in self.weights.items()}

    def loss_and_step(self, images, labels):
        loss, gradients = self.loss_and_gradients(images, labels)
        for name, w in self.weights.items():
            self.velocity[name] = spec.MOMENTUM * self.velocity[name] + gradients[name]
            w.assign_sub(spec.LEARNING_RATE * self.velocity[name])
        return loss


broken = ladder.climb(Forgetful, logits, gradients, train_step, read_weights, save, load)
print("broken rung:", broken.failed_rung)

# %% [markdown]
# Look at the dict after a step. It does not hold numbers any more, but a tensor of the graph,
# without a value: it has leaked out of the trace.

# %%
forgetful = Forgetful(start)
train_step(forgetful, digits.train_images[:64], digits.train_labels[:64])
print("velocity is symbolic:", tf.is_symbolic_tensor(forgetful.velocity["conv1.bias"]))

# %% [markdown]
# The cure: whatever must survive a call is a `tf.Variable`, made once in `__init__`, and changed
# with `assign`. Then the graph changes the box instead of Python changing the dict.

# %% [markdown]
# ## What grew around it?
#
# As of 2026-11-24:
# - **TensorFlow Serving** answers requests from a SavedModel; **TFX** builds pipelines around it;
#   **TensorFlow.js** runs models in browsers.
# - **TensorFlow Lite** became **LiteRT**, a project of its own for phones and small devices.
# - **TensorFlow Hub** moved to Kaggle Models; its links redirect since 2023-11-15.
# - **TensorBoard** is no longer installed with TensorFlow since 2.21.
# - Since 2.16, `tf.keras` is **Keras 3**, which also runs on JAX and PyTorch.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** You want to see which pixels raise the loss: its gradient for `images`, a constant tensor.
# `tape.gradient(loss, images)` gives `None`. What do you change?
#
# <details><summary>A. Open the tape with <code>persistent=True</code></summary>No. That lets you ask one tape more than once. It does not make the tape watch more.</details>
# <details><summary>B. Call <code>tape.watch(images)</code> inside the tape, before the forward pass</summary>Right. By itself the tape watches trainable variables. Whatever else you want a gradient for, you name.</details>
# <details><summary>C. Put the forward pass, the loss and the tape into a <code>tf.function</code></summary>No. The same tape runs while the graph is traced, and watches the same variables.</details>
#
# <br>**2.** You forget to reorder the columns of `dense1.weight`, in `from_spec` and in `to_spec`.
# The convolutions' kernels are still turned. Which rung of the ladder breaks first?
#
# <details><summary>A. <code>shapes</code></summary>No. The weight is 64 x 800 in either order, and without the reordering it passes there and back unchanged.</details>
# <details><summary>B. <code>gradients</code></summary>No. They are wrong too, but a lower rung breaks before, and the climb ends there.</details>
# <details><summary>C. <code>steps</code></summary>No. That is the first rung to break where the network is right and the update is not.</details>
# <details><summary>D. <code>logits</code></summary>Right. The flattened pixels meet the columns of other pixels. Nothing is raised, and the first numbers that come out are wrong.</details>
#
# <br>**3.** Your `tf.function` takes the learning rate as an argument. You pass a Python `float`,
# and it is another one at each step. What happens?
#
# <details><summary>A. Each new rate makes a new trace</summary>Right. A Python number is no input: its value is a constant in the graph. Pass a tensor, and one graph serves every rate.</details>
# <details><summary>B. All steps use the first rate</summary>No. That is the fate of a value that sits in a dict, as in the trap. An argument is looked at in every call.</details>
# <details><summary>C. One graph serves every rate</summary>No. That would be so for a scalar tensor of one dtype. A Python number is built into the graph.</details>
#
# <br>**4.** You time one call of a step in eager mode and the first call of its `tf.function`. The
# graph is slower. What have you measured?
#
# <details><summary>A. The cost of a graph: it is slow where the network is small</summary>No. One first call says nothing about later calls, and those run without your Python.</details>
# <details><summary>B. Running a graph operation by operation; <code>jit_compile=True</code> removes that cost</summary>No. The later calls run operation by operation, too. With XLA the first call has even more to do: it also compiles.</details>
# <details><summary>C. Mostly the tracing, which later calls do not repeat</summary>Right. The first call runs your Python and writes the graph. Take many calls and look at the later ones.</details>
#
# <br>**5.** A stranger sends you a SavedModel. "It has no pickle and no Python class in it, so it
# is safe." What do you answer?
#
# <details><summary>A. True, if I call only its <code>logits</code></summary>No. In the chapter it was <code>logits</code> that wrote the file. A name says nothing about the operations behind it.</details>
# <details><summary>B. False: the graph's operations can read and write files</summary>Right. Nothing but the graph was needed for the attack. For weights alone, exchange arrays.</details>
# <details><summary>C. True: a graph's operations can only compute numbers</summary>No. <code>tf.io.write_file</code> is an operation like the others, and it stands in the graph.</details>
# <details><summary>D. False: the class is hidden in it, and its <code>__init__</code> runs at loading</summary>No. The class is not in the file. The danger is in the operations.</details>
#
# <br>**6.** `Forgetful` has lost its momentum. Why do the rungs `logits`, `loss` and `gradients`
# hold all the same?
#
# <details><summary>A. They run in eager mode, where the dict works</summary>No. <code>model.logits</code> and <code>model.gradients</code> are graphs as well.</details>
# <details><summary>B. Their limits are too wide for so small an error</summary>No. No narrower limit would help: what these rungs compare is right in <code>Forgetful</code>.</details>
# <details><summary>C. None of them needs anything from an earlier step</summary>Right. Momentum must survive from one call to the next. The first rung that takes several steps sees that it does not.</details>
#
# <br>**7.** For which of these would you take TensorFlow and its graphs?
#
# <details><summary>A. A model must go on learning on a server without your code</summary>Right. A SavedModel carries the training step and the momentum as graph and variables.</details>
# <details><summary>B. Your step fills Python lists and decides by Python values as it goes</summary>No. Such side effects happen while tracing, and then no more. PyTorch runs them in each step.</details>
# <details><summary>C. Each input has another shape, and you declare no signature</summary>No. Each new shape costs another trace, so most calls are slow first calls.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | low | middle | high |
# |---|---|---|---|
# | you write | `tf.Variable`, `tf.GradientTape`, `tf.nn` | `tf.Module`, `tf.function` | `tf.keras`: layers, `compile`, `fit` |
# | you get | gradients, eager | found variables, one graph, SavedModel | layers, optimizers, the loop |
# | it stops helping | at the first forgotten variable | at layers and optimizers | at an unusual step |

# %% [markdown]
# **Choose it when** one artefact must carry model *and* training step to a place without your
# Python code (shown above), or you have a Serving or LiteRT target. **Avoid it when** your code
# lives from Python side effects, or from shapes and Python values that change at every call (both
# shown above); see [PyTorch](02_pytorch.ipynb).
#
# **Now you:** [the exercise](../../exercises/02_frameworks/01_tensorflow.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - What a tape watches, and for how long:
#   [tf.GradientTape](https://www.tensorflow.org/api_docs/python/tf/GradientTape)
# - Graphs in TensorFlow 1, eager in 2:
#   [Effective TF 2.0](https://github.com/tensorflow/docs/blob/3fdd8c7f6c2bc0240dd3f3f4cc0f06b544155ded/site/en/2/guide/effective_tf2.md)
# - Layouts: [tf.nn.conv2d](https://www.tensorflow.org/api_docs/python/tf/nn/conv2d); NCHW without
#   oneDNN raises (measured in 2.21)
# - Traces, side effects:
#   [tf.function](https://www.tensorflow.org/versions/r2.20/api_docs/python/tf/function)
# - What a SavedModel holds: [the SavedModel guide](https://www.tensorflow.org/guide/saved_model);
#   its safety:
#   [Using TensorFlow Securely](https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md)
# - The trap: tensorflow/tensorflow issues
#   [31362](https://github.com/tensorflow/tensorflow/issues/31362) and
#   [31363](https://github.com/tensorflow/tensorflow/issues/31363), 2019
# - What the optimizer does to a graph, pruning and fused kernels (its remapper) among it:
#   [Graph optimization with Grappler](https://www.tensorflow.org/guide/graph_optimization)
# - Around it: [Serving](https://www.tensorflow.org/serving), [TFX](https://www.tensorflow.org/tfx),
#   [TensorFlow.js](https://js.tensorflow.org/),
#   [LiteRT](https://ai.google.dev/edge/litert/migration), [Hub](https://github.com/tensorflow/hub),
#   [release notes of 2.21.0](https://github.com/tensorflow/tensorflow/releases/tag/v2.21.0),
#   [release notes of 2.16.1](https://github.com/tensorflow/tensorflow/releases/tag/v2.16.1).

# %% [markdown]
# **On your path:**
#
# - *Choosing a framework, 3 of 12:* [The network by hand](../01_history/02_by_hand.ipynb) → here →
#   [PyTorch](02_pytorch.ipynb)
# - *Research, 3 of 18:* [The network by hand](../01_history/02_by_hand.ipynb) → here →
#   [PyTorch](02_pytorch.ipynb)
# - *Production, 3 of 16:* [The network by hand](../01_history/02_by_hand.ipynb) → here →
#   [PyTorch](02_pytorch.ipynb)
#
# **In the order of the folders:** previous
# [Where they went](../01_history/07_where_they_went.ipynb) · next [PyTorch](02_pytorch.ipynb) ·
# [all chapters](../00_start_here.ipynb)
