# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Keras: one network, three engines
#
# After this notebook you will be able to build, train and save a network with Keras, and *prove*
# that one file gives the same network on TensorFlow, PyTorch and JAX.
#
# **You will learn to**
# - write a network with `Sequential`, with the functional API, and as a class;
# - put a training step of your own inside `fit()`;
# - choose the engine, and say what changes with it and what does not;
# - carry weights from one memory [layout](../00_glossary.ipynb#Layout) to another;
# - catch a forgotten `from_logits=True` with the parity ladder.
#
# **Before you start:** [Start here](../00_start_here.ipynb) and
# [Your first network](../00_your_first_network.ipynb). Kernel `python3`, about 40 minutes.
# The slowest cells take a quarter of a minute each.

# %%
import time

from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("keras")

# %% [markdown]
# ## Why does Keras have more than one engine?
#
# Keras computes nothing itself. In 2015 François Chollet published it as an interface to
# **Theano**; TensorFlow and CNTK followed as further engines. In 2019 its authors announced the end
# of that, and in 2020 the `keras` package became a mere pointer to `tf.keras`: TensorFlow only. In
# 2023 **Keras 3**, a full rewrite, brought the idea back: TensorFlow, PyTorch or JAX.
#
# "Keras is a part of TensorFlow" is therefore an old story. TensorFlow since 2.16 installs Keras 3,
# not the reverse.

# %% [markdown]
# ## Which engine is running?
#
# The environment variable `KERAS_BACKEND` decides, once, at import. `setdefault` leaves a choice
# alone that somebody made before: further down, this is how the same cells run on another engine.

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras

print("engine:", keras.config.backend(), "  layout of images:", keras.config.image_data_format())

# %% [markdown]
# **Predict, then run.** The next cell changes the variable after the import, and imports again.
# Which engine does Keras name?
#
# <details><summary>Answer</summary>
#
# The old one. Every [layer](../00_glossary.ipynb#Layer) is already bound to its engine, and the
# second `import` does nothing. In a notebook you have to restart the kernel to change the engine.
#
# </details>

# %%
before = os.environ["KERAS_BACKEND"]
os.environ["KERAS_BACKEND"] = "jax"
import keras

print("engine:", keras.config.backend())
os.environ["KERAS_BACKEND"] = before

# %% [markdown]
# ## The high level: how little can you write?
#
# Three steps: stack layers, `compile` (which only stores what you chose), `fit`. Keras wants the
# [channel](../00_glossary.ipynb#Channel) *last* by default, on every engine, so the images are
# transposed first.

# %%
from onecnn import mnist

digits = mnist.load()
train, test = digits.train_images.transpose(0, 2, 3, 1), digits.test_images.transpose(0, 2, 3, 1)
keras.utils.set_random_seed(0)
layers = keras.layers
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10),
])
print("parameters:", model.count_params())

# %% [markdown]
# In the [loss](../00_glossary.ipynb#Loss), `Sparse` means that a
# [label](../00_glossary.ipynb#Label) is a number, not a row of ten; `from_logits=True` says that
# the last layer gives scores, so that the loss does the [softmax](../00_glossary.ipynb#Softmax).
# What happens without it is the trap at the end. Metrics are what `fit` reports beside the loss.

# %%
model.compile(
    optimizer=keras.optimizers.SGD(0.02, momentum=0.9),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(train, digits.train_labels, batch_size=64, epochs=1, verbose=0)
_, accuracy = model.evaluate(test, digits.test_labels, verbose=0)
print("fit keeps:", sorted(history.history), "  test accuracy above 75 % after one epoch:",
      accuracy > 0.75)

# %% [markdown]
# No loop, no [gradient](../00_glossary.ipynb#Gradient), no [device](../00_glossary.ipynb#Device) in
# sight. That is what you buy. What you pay: you read the numbers that `fit` chose to keep.
#
# **Predict, then run.** `fit` reported a training [loss](../00_glossary.ipynb#Loss) for the
# [epoch](../00_glossary.ipynb#Epoch). Now the finished network is evaluated on the same images. Is
# that loss larger, smaller, or equal?
#
# <details><summary>Answer</summary>
#
# Smaller. `fit` reports the *mean over the epoch*, and most of its
# [batches](../00_glossary.ipynb#Batch) were seen by a network that knew less than it knows now.
#
# </details>

# %%
now, _ = model.evaluate(train, digits.train_labels, verbose=0)
print("smaller than fit's figure:", now < history.history["loss"][0])

# %% [markdown]
# ## The middle level: what if the network is not a chain?
#
# In the **functional API** you call each layer on the output of another. Nothing is computed: the
# [tensors](../00_glossary.ipynb#Tensor) are symbols, and the calls record a
# [graph](../00_glossary.ipynb#Graph). So a branch is two calls on one tensor. Below, `means` has
# one number for each channel: the mean of its 13 x 13.

# %%
digit = keras.Input((28, 28, 1), name="digit")
x = layers.Conv2D(16, 3, activation="relu", name="conv")(digit)
x = layers.MaxPooling2D(name="pool")(x)
details = layers.Flatten(name="flatten")(x)
means = layers.GlobalAveragePooling2D(name="means")(x)
joined = layers.Concatenate(name="join")([details, means])
branched = keras.Model(digit, layers.Dense(10, name="logits")(joined))
print("a symbol, not a value:", type(x).__name__, x.shape)

# %% [markdown]
# The figure reads that graph from the model: each layer knows its input and output symbols.

# %%
fig, ax = lesson.figure(9, 2.4)
spots = {}
for layer in branched.layers:
    parents = [spots[id(symbol)] for symbol in keras.tree.flatten(layer.input)
               if id(symbol) in spots]
    column = 1 + max((x for x, _ in parents), default=-1)
    spot = (column, -sum(x == column for x, _ in spots.values()))
    spots[id(layer.output)] = spot
    for parent in parents:
        arrow = {"arrowstyle": "->", "color": "gray", "shrinkA": 36, "shrinkB": 36}
        ax.annotate("", spot, parent, arrowprops=arrow)
    shape = " x ".join(str(size) for size in layer.output.shape[1:])
    box = {"boxstyle": "round", "fc": lesson.ORANGE} if layer.weights else {"fc": lesson.SKY}
    ax.text(*spot, f"{layer.name}\n{shape}", ha="center", va="center", fontsize=9, bbox=box)
ax.set(xlim=(-0.6, 5.6), ylim=(-1.4, 0.4))
ax.set_axis_off()
lesson.show(fig, alt="The model's layers from left to right: digit, conv, pool; then two branches, "
            "flatten and means; they meet in join and end in logits. The two layers with weights "
            "have round orange boxes.")

# %% [markdown]
# ## The low level: what does a class add?
#
# Python inside the network. You write `call`, and compute in it with layers or with `keras.ops`:
# NumPy's functions, carried out by whichever engine is running. `entered` counts how often Python
# comes by.

# %%
entered = []


class Brightest(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(16, 5, activation="relu")
        self.head = layers.Dense(10)

    def call(self, x):
        entered.append("call")
        return self.head(keras.ops.max(self.conv(x), axis=(1, 2)))


# %% [markdown]
# **Predict, then run.** You train on 20 batches. How often does Python enter `call` during `fit` on
# the TensorFlow engine?
#
# <details><summary>Answer</summary>
#
# A handful of times: to learn the shapes, and to [trace](../00_glossary.ipynb#Tracing) a graph. The
# batches then run in that graph, without Python. On JAX the step is compiled as well. On PyTorch it
# is not, unless you ask: there Python enters for every batch.
#
# </details>

# %%
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
for eagerly in (False, True):
    entered.clear()
    network = Brightest()
    network.compile(optimizer="sgd", loss=loss, run_eagerly=eagerly)
    network.fit(train[:1280], digits.train_labels[:1280], batch_size=64, verbose=0)
    print(f"run_eagerly={eagerly!s:<5}  Python entered for every batch:", len(entered) >= 20)

# %% [markdown]
# So a `print` or a breakpoint in `call` fires only while the graph is traced. `run_eagerly=True`
# makes it work for every batch, and costs time. How much it costs for `model`, the network that
# `fit` trained first, depends on the machine:

# %% tags=["nbval-ignore-output"]
for eagerly in (False, True):
    model.compile(optimizer="sgd", loss=loss, run_eagerly=eagerly)
    model.train_on_batch(train[:64], digits.train_labels[:64])
    start = time.perf_counter()
    for _ in range(10):
        model.train_on_batch(train[:64], digits.train_labels[:64])
    print(f"run_eagerly={eagerly!s:<5}  {(time.perf_counter() - start) / 10 * 1000:6.1f} ms a step")

# %% [markdown]
# ## Can you change the step and keep `fit`?
#
# Override `train_step`. This one also reports how long the gradient is. Here Keras stops hiding its
# engine: it has no call of its own for gradients, so the step speaks TensorFlow and runs on no
# other engine. A [tape](../00_glossary.ipynb#Tape) records what is computed inside the `with`, and
# then gives the gradient. On a first reading look at the table below, and go on to the half-way
# stop.

# %%
import tensorflow as tf


class Surveyor(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        found = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(found, self.trainable_variables)
        return {"last_loss": loss, "gradient_norm": tf.linalg.global_norm(found)}


surveyor = Surveyor(branched.inputs, branched.outputs)
surveyor.compile(optimizer="sgd", loss=loss)
history = surveyor.fit(train[:1280], digits.train_labels[:1280], batch_size=64, verbose=0)
print("fit keeps:", sorted(history.history))

# %% [markdown]
# | engine | gradients come from | `train_step` takes and returns |
# |---|---|---|
# | TensorFlow | `tf.GradientTape` | `(self, data)`; a dict of what `fit` reports |
# | PyTorch | `loss.backward()`, then `variable.value.grad` | `(self, data)`; the same |
# | JAX | `jax.value_and_grad` of a [pure function](../00_glossary.ipynb#Pure-function) | `(self, state, data)`; the same **and a new state** |
#
# JAX functions must not change anything outside themselves. So its step is handed all
# [weights](../00_glossary.ipynb#Weight) as values, calls `self.stateless_call`, and hands new
# weights back. A step of your own ties the model to one engine.

# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## Which layout do the weights have?
#
# The course counts image, channel, height, width. Keras puts the channel last, in images and in
# kernels. The weights of a [dense layer](../00_glossary.ipynb#Dense-layer) it calls a kernel, too:
#
# | | the course | Keras |
# |---|---|---|
# | images | N, C, H, W | N, H, W, C |
# | conv kernel | out, in, height, width | height, width, in, out |
# | dense kernel | out, in | in, out |
#
# %% [markdown]
# The network below transposes at its two doors with `Permute` layers: channels to the end on entry,
# back to the front before `Flatten`. So the 800 numbers come in the course's order, and the weights
# of `dense1` fit.

# %% [markdown]
# ## One file for three engines: can you spot the engine?
#
# The cells that follow are the network of this course. Every framework's notebook has the same
# seven functions, in this order. On a first reading look at `build`, `train_step` and `save`: the
# three branches of `gradients` are for the ladder.

# %% tags=["same-cnn"]
import json
import os
import zipfile

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras

from onecnn import spec

if keras.config.backend() == "torch":
    import torch
    torch.backends.nnpack.set_flags(False)  # as in the PyTorch chapter, which says why


def from_spec(weight):
    # A copy: on the JAX engine a weight may share the memory of the array that it was made from.
    return (weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight.T).copy()


def to_spec(kernel):
    kernel = keras.ops.convert_to_numpy(kernel)
    # A copy: on the PyTorch engine the array would share memory with the weight, and change as it
    # trains.
    return np.array(kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T)


# %% [markdown]
# The network takes its **dtype** from the weights: the ladder needs it in
# [float64](../00_glossary.ipynb#float32) too. On a first reading skip `set_dtype`.
#
# <details><summary>Deeper: float64 in Keras</summary>
#
# In Keras a dtype is a setting of the process, and there are two: layers follow the *policy*,
# losses and metrics follow `floatx`. With the policy alone the weights are float64, but the loss is
# computed in float32.
#
# Two engines need more. JAX has no float64 until you enable it. And on PyTorch `keras.ops.matmul`
# makes float32 of two float64 matrices, so every `Dense` rounds
# ([issue 23704](https://github.com/keras-team/keras/issues/23704), open since September 2026). We
# found no public switch: the last line changes Keras's private table.
#
# </details>

# %% tags=["same-cnn"]
def set_dtype(dtype):
    """For all that is made from now on. A model that was made before keeps its dtype."""
    if keras.config.dtype_policy().variable_dtype != dtype:  # else it may be a mixed one: keep it
        keras.config.set_dtype_policy(dtype)
    keras.config.set_floatx(dtype)
    if dtype == "float64" and keras.config.backend() == "jax":
        import jax
        jax.config.update("jax_enable_x64", True)
    if dtype == "float64" and keras.config.backend() == "torch":
        from keras.src.backend.common import dtypes
        dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"


# %% tags=["same-cnn"]
def build(weights):
    set_dtype(str(weights["conv1.bias"].dtype))
    layers = keras.layers
    # Zeros, because the weights follow at once: on JAX each random initializer would have to be
    # compiled.
    model = keras.Sequential([
        keras.Input(spec.IMAGE_SHAPE),
        layers.Permute((2, 3, 1)),
        layers.Conv2D(16, 3, activation="relu", kernel_initializer="zeros"), layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu", kernel_initializer="zeros"), layers.MaxPooling2D(),
        layers.Permute((3, 1, 2)),
        layers.Flatten(),
        layers.Dense(64, activation="relu", kernel_initializer="zeros"),
        layers.Dense(spec.CLASSES, kernel_initializer="zeros"),
    ])
    model.set_weights([from_spec(weights[name]) for name in spec.SHAPES])
    model.compile(
        optimizer=keras.optimizers.SGD(spec.LEARNING_RATE, momentum=spec.MOMENTUM),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    # Keras would make the momentum at the first step; a file saved before that would lack it.
    model.optimizer.build(model.trainable_variables)
    return model


# %% tags=["same-cnn"]
def logits(model, images):
    # predict() would build a data pipeline first; for one batch that takes longer than the network.
    return model.predict_on_batch(images)


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    variables = model.trainable_variables
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=labels, y_pred=model(images, training=True))
        found = tape.gradient(loss, variables)
    elif keras.config.backend() == "torch":
        model.zero_grad()
        loss = model.compute_loss(y=labels, y_pred=model(images, training=True))
        loss.backward()
        found = [variable.value.grad for variable in variables]
    else:
        import jax

        def loss_at(values, images, labels):
            outputs, _ = model.stateless_call(values, model.non_trainable_variables, images,
                                              training=True)
            return model.compute_loss(y=labels, y_pred=outputs)

        if not hasattr(model, "differentiate"):
            model.differentiate = jax.jit(jax.value_and_grad(loss_at))
        loss, found = model.differentiate([variable.value for variable in variables],
                                          images, labels)
    loss = float(keras.ops.convert_to_numpy(loss))
    return loss, {name: to_spec(gradient) for name, gradient in zip(spec.SHAPES, found)}


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    return model.train_on_batch(images, labels)


# %% tags=["same-cnn"]
def read_weights(model):
    return {name: to_spec(variable)
            for name, variable in zip(spec.SHAPES, model.trainable_variables)}


# %% tags=["same-cnn"]
def save(model, path):
    model.save(f"{path}.keras")


def load(path):
    file = f"{path}.keras"
    # The file names the dtype of its layers, but not of its loss: that follows the process.
    with zipfile.ZipFile(file) as archive:
        config = json.loads(archive.read("config.json"))
    set_dtype(config["config"]["layers"][0]["config"]["dtype"])
    return keras.saving.load_model(file, safe_mode=True)


# %% [markdown]
# Only `gradients` and `set_dtype` name an engine: you would need them for a step of your own, and
# for float64. The rest is plain Keras.
#
# What must a **checkpoint** hold? All that the next step needs: the weights, and the
# [momentum](../00_glossary.ipynb#Momentum). Keras writes both. What it leaves out is the dtype of
# the loss. Loaded by a process whose `floatx` is float32, a float64 network would compute its loss
# in float32. So `load` reads the dtype from the file before it makes anything.

# %% [markdown]
# ## Is it the same network, three times?
#
# `cells.run` runs the tagged cells above in a process of its own, here three times, each with
# another `KERAS_BACKEND`. In each, the network climbs the first five rungs of the
# [parity ladder](../00_glossary.ipynb#Parity-ladder): it is held against the float64
# [reference](../00_glossary.ipynb#Reference).

# %%
from onecnn import cells, ladder

reports, seconds = {}, {}


def climb_on(engine):
    start = time.perf_counter()
    found = cells.run("02_frameworks/03_keras", "onecnn.ladder:climb_cells",
                      env={"KERAS_BACKEND": engine}, training=False, artefact=False)
    reports[engine] = ladder.Report.from_dict(found)
    seconds[engine] = time.perf_counter() - start
    print(f"{engine:<11} broken rung: {reports[engine].failed_rung}")


climb_on("tensorflow")

# %%
climb_on("torch")

# %%
climb_on("jax")

# %% [markdown]
# No rung broke: three engines, one network. The table is the same for all three:

# %%
print(reports["tensorflow"])
print("the same verdicts on every engine:", len({str(report) for report in reports.values()}) == 1)

# %% [markdown]
# The two rungs above, a training in float64 and a file that another process loads, take up to a
# minute an engine. All three climb them too: the figures are in [The parity
# ladder](../03_comparison/01_parity_ladder.ipynb).
#
# The times depend on your machine, so they stand in a cell whose output the tests do not compare.
# Each includes the start of the process and, for JAX, the compiler.

# %% tags=["nbval-ignore-output"]
print("seconds a climb:", {engine: round(value, 1) for engine, value in seconds.items()})

# %% [markdown]
# **Predict, then look.** One file, one set of weights, one processor. Will the three engines differ
# from the reference by the same amount?
#
# <details><summary>Answer</summary>
#
# No. Each engine adds the same products in another order, and float32 rounds after every addition.
# The differences are as small as rounding allows, and they differ among the engines.
#
# </details>

# %%
limits = {"logits": ladder.LOGITS, "loss": ladder.LOSS, "gradients": ladder.GRADIENTS,
          "steps": ladder.STEPS}
fig, ax = lesson.figure(8, 3)
for number, (engine, report) in enumerate(reports.items()):
    worst = {rung.name: max(rung.measured.values()) for rung in report.rungs if rung.name in limits}
    rows = [row + (number - 1) * 0.27 for row in range(len(limits))]
    ax.plot([max(worst[name], 1e-9) for name in limits], rows, linestyle="", markersize=8,
            label=engine, marker=lesson.MARKERS[number], color=lesson.COLORS[number])
ax.plot(list(limits.values()), range(len(limits)), "|", color=lesson.VERMILION, label="allowed",
        markersize=26, markeredgewidth=2)
ax.set(xscale="log", xlim=(1e-9, 1e-3), ylim=(3.6, -0.6), title="One Keras file on three engines",
       xlabel="worst difference from the float64 reference", yticks=range(4),
       yticklabels=list(limits))
ax.legend(loc="upper left", bbox_to_anchor=(1, 1), labelspacing=1)
lesson.show(fig, alt="For the rungs logits, loss, gradients and steps: one marker for each engine. "
            "All of them lie left of the allowed limit.")

# %% [markdown]
# ## What does it learn?
#
# Now five epochs on your engine, with the functions above, and in float32, as one trains.
#
# **Predict, then run.** The reference trained on the same batches in float64. Of the 1,000
# [test digits](../00_glossary.ipynb#Test-set): will both give the same answer to all, to nearly
# all, or to most?
#
# <details><summary>Answer</summary>
#
# To nearly all, at least 98 in 100. Each step rounds, and 310 steps multiply the rounding: a digit
# on which the network wavers may come out either way. Which ones depends on your processor.
#
# </details>

# %%
model = build(spec.initial_weights())
for epoch in range(spec.EPOCHS):
    for batch in spec.batches(len(digits.train_labels), epoch):
        train_step(model, digits.train_images[batch], digits.train_labels[batch])
answers = logits(model, digits.test_images).argmax(axis=1)
print("test accuracy at least 94 %:", (answers == digits.test_labels).mean() >= 0.94)
print("the reference's answer at least 98 times in 100:",
      (answers == ladder.expected()["predictions"]).mean() >= ladder.AGREEMENT)

# %% [markdown]
# ## Whose loss does `train_on_batch` return?
#
# Older Keras 3 returned the *mean* over all batches since the last reset, so older code calls
# `reset_metrics()` before each step. A fix of April 2026 changed that
# ([issue 22596](https://github.com/keras-team/keras/issues/22596),
# [pull request 22617](https://github.com/keras-team/keras/pull/22617)). Believe neither code nor
# web page: measure it.

# %%
model = build(spec.initial_weights())
for start in (0, 64, 128):
    batch = digits.train_images[start:start + 64], digits.train_labels[start:start + 64]
    before, _ = gradients(model, *batch)
    print("the loss of this batch alone:", abs(train_step(model, *batch) - before) < 1e-5)

# %% [markdown]
# ## Is Keras's momentum the momentum of the others?
#
# The course, like PyTorch, keeps a velocity of gradients: `v = 0.9 v + g`, then `w = w - rate * v`.
# Keras keeps a velocity of *steps*: `v = 0.9 v - rate * g`, then `w = w + v`.

# %% [markdown]
# **Predict, then run.** Do both reach the same weight if the rate is constant? And if it falls on
# the way?
#
# <details><summary>Answer</summary>
#
# With a constant rate, yes: Keras's velocity is the other one times `-rate`. When the rate falls,
# PyTorch's velocity is scaled down at once; Keras still coasts on steps that were made with the old
# rate.
#
# </details>

# %%
def course_way(rates):
    weight = velocity = 0.0
    for rate in rates:
        velocity = 0.9 * velocity + 1.0  # the gradient is 1 throughout
        weight -= rate * velocity
    return weight


def keras_way(rates):
    weight, optimizer = keras.Variable(0.0), keras.optimizers.SGD(rates[0], momentum=0.9)
    for rate in rates:
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.ones(())], [weight])
    return float(keras.ops.convert_to_numpy(weight))


# %%
for name, rates in {"constant": [0.1] * 6, "falling": [0.1] * 3 + [0.01] * 3}.items():
    print(f"{name:<9} same weight: {abs(course_way(rates) - keras_way(rates)) < 1e-5}")

# %% [markdown]
# The rung `steps` uses a constant rate, so it holds. Keep this in mind when you carry a
# [schedule](../00_glossary.ipynb#Schedule) from one framework to another.

# %% [markdown]
# ## What is in a `.keras` file?
#
# A zip archive: the architecture as JSON, the weights as HDF5, and a note on who saved it. The
# [optimizer](../00_glossary.ipynb#Optimizer)'s momentum is among the weights, so training can go on
# after loading. (To write it, Keras imports TensorFlow if that is installed, on every engine.)

# %%
import tempfile
import zipfile

folder = tempfile.TemporaryDirectory()
save(model, f"{folder.name}/one_cnn")
print(sorted(zipfile.ZipFile(f"{folder.name}/one_cnn.keras").namelist()))
loaded = load(f"{folder.name}/one_cnn")
print("momentum came along:",
      np.array_equal(loaded.optimizer.variables[2], model.optimizer.variables[2]))

# %% [markdown]
# A `Lambda` layer stores Python bytecode in that JSON. `safe_mode=True`, the default, refuses it.

# %%
keras.Sequential([keras.Input((1,)),
                  layers.Lambda(lambda x: x + 1)]).save(f"{folder.name}/code.keras")
try:
    keras.saving.load_model(f"{folder.name}/code.keras", safe_mode=True)
except ValueError as error:
    print("refused, because of the Lambda:", "lambda" in str(error).lower())
folder.cleanup()

# %% [markdown]
# Safe mode is a lock, not a wall. In 2025 at least three ways around it were published
# (CVE-2025-1550, CVE-2025-8747, CVE-2025-9906), each since closed. Keep Keras up to date, and load
# files only from people you trust.

# %% [markdown]
# ## A trap: the forgotten `from_logits=True`
#
# Every [cross-entropy](../00_glossary.ipynb#Cross-entropy) in Keras expects *probabilities* unless
# you say otherwise. The last layer here gives [logits](../00_glossary.ipynb#Logit). With
# `loss="sparse_categorical_crossentropy"`, Keras takes the logits for probabilities and cuts them
# off at 0 and 1. No error, no warning; the request for one is open since 2023
# ([keras issue 18196](https://github.com/keras-team/keras/issues/18196)).
#
# **Predict, then run.** Which rung catches it?
#
# <details><summary>Answer</summary>
#
# `loss`. The network itself is right, so the shapes and logits agree. The first thing that is
# computed wrongly is the loss.
#
# </details>

# %%
import logging

# The ladder's batches have several sizes: TensorFlow would warn that it traces a graph for each.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


def careless_build(weights):
    model = build(weights)
    model.compile(optimizer=model.optimizer, loss="sparse_categorical_crossentropy")
    return model


broken = ladder.climb(careless_build, logits, gradients, train_step, read_weights, save, load)
print("broken rung:", broken.failed_rung)

# %% [markdown]
# The symptom: a finite loss that barely falls, and guesses, after the same epoch that taught the
# first network of this notebook. Where all logits are cut off, no gradient flows.

# %%
careless = careless_build(spec.initial_weights())
history = careless.fit(digits.train_images, digits.train_labels, batch_size=64, epochs=1, verbose=0)
guesses = logits(careless, digits.test_images).argmax(axis=1)
print("loss is finite:", bool(np.isfinite(history.history["loss"][0])),
      "  accuracy below 30 %:", bool((guesses == digits.test_labels).mean() < 0.3))

# %% [markdown]
# The cure: `from_logits=True` with a last layer without activation, or a last layer with
# `activation="softmax"` without it. Prefer the first: the loss then works on logarithms, and large
# logits do no harm.
#
# The engines do not even agree on the wrong value: in Keras 3.15, TensorFlow cuts off first and
# then normalises, the other two normalise first.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** Which pair of last layer and loss computes the right cross-entropy?
#
# <details><summary>A. <code>Dense(10)</code> and <code>loss="sparse_categorical_crossentropy"</code></summary>No. That is the trap: the layer gives logits, and the loss takes them for probabilities.</details>
# <details><summary>B. <code>Dense(10)</code> and <code>loss=SparseCategoricalCrossentropy()</code></summary>No. The object expects probabilities like the string. It does not look at what the layer gives.</details>
# <details><summary>C. <code>Dense(10, activation="softmax")</code> and <code>loss="sparse_categorical_crossentropy"</code></summary>Right. The loss expects probabilities, and gets them. With large logits the other right pair does better: no activation, and <code>from_logits=True</code>.</details>
#
# <br>**2.** A network barely learns. On the ladder `shapes` and `logits` hold, and `loss` breaks.
# Where do you look?
#
# <details><summary>A. At the weights: a kernel may lie in the wrong layout</summary>No. Then the rung <code>logits</code> would have broken: it is computed with those kernels.</details>
# <details><summary>B. At <code>compile</code>: what does the loss take the outputs for?</summary>Right. The network's outputs are right, so the mistake is in what is made of them.</details>
# <details><summary>C. At the optimizer: its momentum may be another one</summary>No. The optimizer comes in on the rung <code>steps</code>. A loss is computed without it.</details>
#
# <br>**3.** Suppose the tagged cells said `os.environ["KERAS_BACKEND"] = "tensorflow"` instead of
# `setdefault`. What would the three climbs show?
#
# <details><summary>A. The same as now: <code>cells.run</code> has chosen the engine</summary>No. It chooses before the cells run, and this line would write over its choice.</details>
# <details><summary>B. An error in the climbs for <code>torch</code> and <code>jax</code></summary>No. Nothing is raised: the variable is changed before Keras is imported, and that is allowed.</details>
# <details><summary>C. Three times TensorFlow, under three names</summary>Right. The line would undo the choice that was made from outside, and you would compare an engine with itself.</details>
#
# <br>**4.** You move a `train_step` of your own from TensorFlow to JAX. Why is it not enough to
# replace the tape by `jax.value_and_grad`?
#
# <details><summary>A. JAX's functions may change nothing outside themselves</summary>Right. So weights come in as values and new ones go out: the step takes a state, calls <code>stateless_call</code>, and returns a new state.</details>
# <details><summary>B. <code>fit</code> works on TensorFlow and PyTorch only, so the loop has to be written too</summary>No. <code>fit</code> runs on all three engines, with a <code>train_step</code> that suits the engine.</details>
# <details><summary>C. On JAX the images have to be channels first</summary>No. Keras wants the channel last by default, on every engine.</details>
#
# <br>**5.** You put a `print` into `call` and train on 20 batches with TensorFlow. It prints a few
# lines. You want one line for every batch. What do you do?
#
# <details><summary>A. Choose the JAX engine</summary>No. There the step is compiled as well. Of the three engines, PyTorch enters Python for every batch.</details>
# <details><summary>B. Compile the model with <code>run_eagerly=True</code></summary>Right. Then no graph runs in place of your Python. It costs time, so take it out again.</details>
# <details><summary>C. Train for more epochs</summary>No. Later epochs run in the graph that is already traced, without Python.</details>
#
# <br>**6.** You carry a training with a falling learning rate from PyTorch to Keras. The rung
# `steps` holds. Is it now the same training?
#
# <details><summary>A. Yes: the rung compares weights after several steps with momentum</summary>No. It does, but at one rate. With a constant rate the two forms of momentum agree.</details>
# <details><summary>B. Not proven: on the rung the rate stays the same</summary>Right. When it falls the two part: Keras's velocity is made of steps at the old rates, PyTorch's is scaled by the new rate at once.</details>
# <details><summary>C. No: momentum differs between the two from the first step on</summary>No. With a constant rate Keras's velocity is PyTorch's times <code>-rate</code>, and the weights are the same.</details>
#
# <br>**7.** In float32 two engines give logits that differ by about 1e-7. How do you tell rounding
# from a mistake in the network?
#
# <details><summary>A. Run both in float64: rounding shrinks with the type, a mistake stays</summary>Right. That is what rung 6 does: after 310 steps the engines still agree within 1e-9 with the reference.</details>
# <details><summary>B. Ask the third engine, and take the side of the majority</summary>No. Each engine adds in another order, so three right ones give three slightly different results.</details>
# <details><summary>C. Train with both: if they are equally accurate, it was rounding</summary>No. A network with a mistake may reach the same accuracy. It is too coarse for this.</details>
#
# <br>**8.** For which project would you take Keras rather than an engine's own interface?
#
# <details><summary>A. You invent a new kind of training step</summary>No. That ties you to one engine, and then its own interface shows you more.</details>
# <details><summary>B. You want to see every intermediate number of the training loop</summary>No. <code>fit</code> hides the loop, and keeps the numbers that it chose.</details>
# <details><summary>C. The training is of the usual kind, and a colleague uses another engine</summary>Right. Layers, <code>compile</code> and <code>fit</code> are one source for all three engines.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | high | middle | low |
# |---|---|---|---|
# | you write | `Sequential`, `compile`, `fit` | functional API, `fit` | `call`, `train_step` |
# | you get | a trained network in three statements | branches, a graph you can read | any Python, any step |
# | it stops helping | at the first branch | at an `if` on a value | `train_step`: at the second engine |

# %% [markdown]
# **Choose it when** one source shall run on several engines, or when the training is of the usual
# kind: both shown above. **Avoid it when** the training step itself is what you invent: it ties you
# to one engine, and then that engine's own interface shows you more.
#
# **Now you:** [the exercise](../../exercises/02_frameworks/03_keras.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - 2015, Theano: the [repository](https://github.com/keras-team/keras), created 2015-03; its early
#   README calls Keras "Theano-based"
# - 2019, 2020: release notes of [2.3.0](https://github.com/keras-team/keras/releases/tag/2.3.0)
#   (last major multi-backend release; Theano, TensorFlow, CNTK) and
#   [2.4.0](https://github.com/keras-team/keras/releases/tag/2.4.0) (points to `tf.keras`)
# - 2023: [Introducing Keras 3.0](https://keras.io/keras_3/);
#   [TensorFlow 2.16.1](https://github.com/tensorflow/tensorflow/releases/tag/v2.16.1) makes it the
#   default
# - `train_step` by engine: guides for
#   [TensorFlow](https://keras.io/guides/custom_train_step_in_tensorflow/),
#   [PyTorch](https://keras.io/guides/custom_train_step_in_torch/),
#   [JAX](https://keras.io/guides/custom_train_step_in_jax/)
# - What `compile` compiles, `jit_compile="auto"`:
#   [Keras documentation, training](https://keras.io/api/models/model_training_apis/)
# - `train_on_batch`: [issue 22596](https://github.com/keras-team/keras/issues/22596),
#   [pull request 22617](https://github.com/keras-team/keras/pull/22617), 2026
# - float64 on PyTorch: [issue 23704](https://github.com/keras-team/keras/issues/23704), 2026, read
#   2026-11-30
# - Safe mode: [CVE-2025-1550](https://github.com/advisories/GHSA-48g7-3x6r-xfhp),
#   [CVE-2025-8747](https://github.com/advisories/GHSA-c9rc-mg46-23w3),
#   [CVE-2025-9906](https://github.com/advisories/GHSA-36fq-jgmw-4r9c)
# - The trap: [keras-team/keras issue 18196](https://github.com/keras-team/keras/issues/18196), 2023

# %% [markdown]
# **On your path:**
#
# - **The core, 3 of 5:** [PyTorch](02_pytorch.ipynb) → here →
#   [The network by hand](../01_history/02_by_hand.ipynb)
# - *Choosing a framework, 5 of 12:* [PyTorch](02_pytorch.ipynb) → here → [JAX](06_jax.ipynb)
#
# **In the order of the folders:** previous [PyTorch](02_pytorch.ipynb) · next
# [MXNet](04_mxnet.ipynb) · [all chapters](../00_start_here.ipynb)
