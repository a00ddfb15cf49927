# ---
# jupyter:
#   kernelspec:
#     display_name: Museum (MXNet, Theano, Chainer)
#     language: python
#     name: museum
# ---

# %% [markdown]
# # MXNet: the framework that wanted both styles
#
# **Retired.** The Apache Software Foundation retired MXNet in September 2023 and moved it to its
# [Attic](https://attic.apache.org/projects/mxnet.html); the repository has been read-only since 17
# November 2023. What runs here is the real thing, its last release.
#
# After this notebook you will be able to read MXNet code of either style, imperative or symbolic,
# and prove that both are the same network.
#
# **You will learn to**
# - find out where an asynchronous error really happened;
# - write the network with NDArrays, with Gluon, and as a Symbol;
# - see what `hybridize()` turns a network into;
# - divide by the batch size once, not twice;
# - tell why a well-made framework was abandoned.
#
# **Before you start:** [PyTorch](02_pytorch.ipynb). Kernel `museum`, about 40 minutes.
# The slowest cell takes about 25 seconds. MXNet has wheels for Linux and for Macs with Intel
# processors only. On Windows and on Apple silicon the course skips this notebook and says so; its
# stored outputs stay readable.

# %%
from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("mxnet")

# %% [markdown]
# ## Why does it need a museum?
#
# An abandoned framework stands still while its neighbours move. MXNet's package metadata allow any
# NumPy below 2.0, yet `import mxnet` fails from NumPy 1.24 on, because it uses the name `np.bool`
# ([apache/mxnet 21165](https://github.com/apache/mxnet/issues/21165), still open).
#
# The kernel `museum` pins NumPy 1.23. There the name still works, with a warning. Python hides such
# warnings when they come from a library's inside, so there is nothing to silence. Here you catch
# them on purpose, at the first import.

# %%
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import mxnet as mx

print("NumPy warned MXNet about np.bool:",
      any("np.bool" in str(warning.message) for warning in caught))

# %% [markdown]
# ## What does an NDArray hold before you look?
#
# A promise. A call such as `nd.dot` only *pushes* work to an engine, written in C++, and comes back
# at once. The engine knows which array depends on which and runs the work in its own threads.
# `wait_to_read()` waits for one result; so does anything that needs the numbers: `asnumpy()`,
# `asscalar()`, `print`.

# %%
import time

from mxnet import nd

matrix = nd.random.uniform(shape=(1500, 1500))
matrix.wait_to_read()
start = time.perf_counter()
product = nd.dot(matrix, matrix)
pushed = time.perf_counter() - start
product.wait_to_read()
finished = time.perf_counter() - start
print("the call took less than half of the time that the result took:", pushed < finished / 2)

# %% [markdown]
# MXNet's own profiler notes when the engine works. Six products are pushed; each call's return is
# noted as well.

# %%
import json
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    mx.profiler.set_config(profile_imperative=True, filename=f"{folder}/profile.json")
    mx.profiler.set_state("run")
    products, returned = [], [time.perf_counter()]
    for _ in range(6):
        products.append(nd.dot(matrix, matrix))
        returned.append(time.perf_counter())
    for product in products:
        product.wait_to_read()
    mx.profiler.set_state("stop")
    mx.profiler.dump()
    events = json.loads(Path(folder, "profile.json").read_text())["traceEvents"]

# %% tags=["nbval-ignore-output"]
products = [event for event in events if event.get("name") == "dot"]
began = [event["ts"] / 1000 for event in products if event["ph"] == "B"]
ended = [event["ts"] / 1000 for event in products if event["ph"] == "E"]

fig, ax = lesson.figure(8, 1.9)
ax.plot([1000 * (moment - returned[0]) for moment in returned[1:]], [1] * 6, lesson.MARKERS[0],
        color=lesson.BLUE)
for number, (begin, end) in enumerate(zip(began, ended), 1):
    ax.barh(0, end - begin, left=begin - began[0], height=0.5, color=lesson.ORANGE,
            edgecolor="white")
    ax.text((begin + end) / 2 - began[0], 0, number, ha="center", va="center")
ax.set(xlabel="milliseconds", ylim=(-0.5, 1.5), yticks=[0, 1],
       yticklabels=["the engine computes", "Python's six calls return"])
lesson.show(fig, alt="Two rows against time. Python: six dots close to zero. Engine: six bars, one "
            "after another, over the whole width.")

# %% [markdown]
# Python was done before the engine had finished the first product. On a GPU this is what keeps the
# card busy: the next work is always queued already.

# %% [markdown]
# **Predict, then run.** A standard deviation of -1 is a mistake. Which line of the next cell raises
# the error: the one that draws, the one that doubles, or the one that waits?
#
# <details><summary>Answer</summary>
#
# The one that waits. The mistake happened in the engine's thread, two lines earlier in your code.
# The exception travelled with the array, and with everything computed from it, until somebody
# looked.
#
# </details>

# %%
noise = nd.random.normal(0, -1, shape=(2, 2))
doubled = 2 * noise
print("no error so far")
try:
    doubled.wait_to_read()
except mx.MXNetError as error:
    print("raised by wait_to_read:", str(error).split(" : ")[-1])

# %% [markdown]
# That is the symptom of asynchronous execution: a traceback that points to an innocent line. It got
# worse where nobody looked: `nd.waitall()` used to swallow such errors
# ([apache/mxnet 13234](https://github.com/apache/mxnet/issues/13234), 2018).
#
# The cure is another engine. `MXNET_ENGINE_TYPE=NaiveEngine` runs every call to its end. It must be
# set before the start, so the next cell runs a small program twice.

# %%
import os
import re
import subprocess
import sys

program = """from mxnet import nd
noise = nd.random.normal(0, -1, shape=(2, 2))
doubled = 2 * noise
doubled.wait_to_read()"""

for engine in ("ThreadedEnginePerDevice", "NaiveEngine"):
    run = subprocess.run([sys.executable, "-c", program],
                         env={**os.environ, "MXNET_ENGINE_TYPE": engine}, capture_output=True,
                         text=True)
    print(f"{engine}: raised on line", re.search(r'"<string>", line (\d)', run.stderr).group(1))

# %% [markdown]
# ## How do you ask for gradients?
#
# PyTorch records whatever touches a tensor that requires gradients. MXNet records only inside
# `with autograd.record():`. Outside it nothing is kept, so plain use costs no memory. The same
# block switches dropout and batch normalisation to training.

# %%
from mxnet import autograd

x = nd.array([2, 3])
x.attach_grad()
with autograd.record():
    y = (x ** 2).sum()
y.backward()
print("dy/dx:", x.grad.asnumpy())

# %% [markdown]
# **Predict, then run.** In PyTorch a second `backward()` doubles the gradient. And here?
#
# <details><summary>Answer</summary>
#
# It stays `[4, 6]`. The default `grad_req="write"` overwrites. Adding up has to be asked for, with
# `grad_req="add"`, and then forgetting to clear it is your problem again. So no `zero_grad()`
# stands in MXNet's training loops.
#
# </details>

# %%
with autograd.record():
    y = (x ** 2).sum()
y.backward()
print("dy/dx after a second backward:", x.grad.asnumpy())

# %% [markdown]
# ## The lowest level: how far do NDArrays alone carry you?
#
# The operators are plain functions. Images are channels first (NCHW), weights are
# `(out, in, height, width)` and `(out, in)`: the layout of this course, so nothing is transposed.
# Two habits differ: an operator wants its sizes spelled out (`num_filter`, `num_hidden`), and
# `nd.array` makes float32 of everything, labels too.

# %%
from onecnn import mnist, spec

digits = mnist.load()
w = {name: nd.array(value) for name, value in spec.initial_weights().items()}
for value in w.values():
    value.attach_grad()


def forward(w, x):
    for name, filters in (("conv1", 16), ("conv2", 32)):
        x = nd.Convolution(x, w[f"{name}.weight"], w[f"{name}.bias"], kernel=(3, 3),
                           num_filter=filters)
        x = nd.Pooling(nd.relu(x), kernel=(2, 2), stride=(2, 2), pool_type="max")
    x = nd.relu(nd.FullyConnected(nd.flatten(x), w["dense1.weight"], w["dense1.bias"],
                                  num_hidden=64))
    return nd.FullyConnected(x, w["dense2.weight"], w["dense2.bias"], num_hidden=10)


# %%
images, labels = nd.array(digits.train_images[:64]), nd.array(digits.train_labels[:64])
with autograd.record():
    loss = -nd.pick(nd.log_softmax(forward(w, images)), labels).mean()
loss.backward()
print("loss:", loss.dtype.__name__, loss.shape, "  every weight has a gradient:",
      all(value.grad.abs().sum().asscalar() > 0 for value in w.values()))

# %% [markdown]
# ## The middle level: when does a layer learn its size?
#
# Gluon, MXNet's `nn` library, looks like PyTorch's. But `Conv2D(16, 3)` says only what comes *out*.
# The number of channels that come *in* is unknown until a first batch flows through: **deferred
# initialisation**.
#
# **Predict, then run.** What is the shape of this layer's weight before and after?
#
# <details><summary>Answer</summary>
#
# `(16, 0, 3, 3)`, then `(16, 1, 3, 3)`. A zero means "not known yet". Asking for the numbers too
# early raises `DeferredInitializationError`.
#
# </details>

# %%
from mxnet import gluon

layer = gluon.nn.Conv2D(16, 3)
layer.initialize()
print("before:", layer.weight.shape)
try:
    layer.weight.data()
except gluon.parameter.DeferredInitializationError as error:
    print("raised:", type(error).__name__)
layer(images)
print("after: ", layer.weight.shape)

# %% [markdown]
# The next cells are the network of this course: the same seven functions as in every framework's
# notebook, in the same order. The prefixes name each parameter `conv1_weight`, `conv1_bias`, and so
# on: the names of the course, with an underscore.

# %% tags=["same-cnn"]
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

from onecnn import spec


class ExactLoss(gluon.loss.SoftmaxCrossEntropyLoss):
    def hybrid_forward(self, F, logits, labels):
        # In float32 it would call oneDNN's log_softmax, a fast one, off by 3e-6.
        return super().hybrid_forward(F, F.cast(logits, "float64"), labels)


# One loss for each image of the batch, not their mean.
softmax_cross_entropy = ExactLoss()
softmax_cross_entropy.hybridize()


# %% tags=["same-cnn"]
def one_cnn():
    model = nn.HybridSequential(prefix="")
    with model.name_scope():
        model.add(
            nn.Conv2D(16, 3, activation="relu", prefix="conv1_"), nn.MaxPool2D(2),
            nn.Conv2D(32, 3, activation="relu", prefix="conv2_"), nn.MaxPool2D(2),
            nn.Flatten(),
            nn.Dense(64, activation="relu", prefix="dense1_"),
            nn.Dense(10, prefix="dense2_"),
        )
    return model


# %% [markdown]
# **Which type of number?** `cast` gives the parameters the weights' type; `nd.array` makes float32
# unless it is told a `dtype`. MXNet converts nothing on its own: float64 images on float32 weights
# raise an error.
#
# Two numbers stay float32 whatever you do: SGD's learning rate and momentum. They cross into C++ as
# a `float`. In a float64 training 0.9 would be 0.89999998, so the course's `MOMENTUM` is just that.

# %% tags=["same-cnn"]
def build(weights):
    dtype = weights["conv1.bias"].dtype
    model = one_cnn()
    model.cast(dtype)
    model.initialize()
    # the first batch gives the layers their sizes
    model(nd.zeros((1, *spec.IMAGE_SHAPE), dtype=dtype))
    for name, parameter in model.collect_params().items():
        parameter.set_data(nd.array(weights[name.replace("_", ".")], dtype=dtype))
    model.hybridize(static_alloc=True, static_shape=True)
    model.trainer = gluon.Trainer(model.collect_params(), "sgd",
                                  {"learning_rate": spec.LEARNING_RATE, "momentum": spec.MOMENTUM})
    return model


# %% tags=["same-cnn"]
def logits(model, images):
    return model(nd.array(images, dtype=images.dtype)).asnumpy()  # without dtype: float32


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    images, labels = nd.array(images, dtype=images.dtype), nd.array(labels)
    with autograd.record():
        loss = softmax_cross_entropy(model(images), labels).mean()
    loss.backward()
    parameters = model.collect_params().items()
    return loss.asscalar(), {name.replace("_", "."): p.grad().asnumpy() for name, p in parameters}


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    images, labels = nd.array(images, dtype=images.dtype), nd.array(labels)
    with autograd.record():
        losses = softmax_cross_entropy(model(images), labels)
    losses.backward()
    model.trainer.step(len(images))  # divides the summed gradients by the batch size
    return losses.mean().asscalar()


# %% tags=["same-cnn"]
def read_weights(model):
    return {name.replace("_", "."): p.data().asnumpy()
            for name, p in model.collect_params().items()}


# %% [markdown]
# **What is in a checkpoint?** The weights, and the momentum, or training goes on from standstill.
# In December 2016 MXNet stored weights only
# ([apache/mxnet 4124](https://github.com/apache/mxnet/pull/4124): "a sharp decline" in accuracy).
#
# Since then there is `Trainer.save_states`, but it writes a *pickle*, and reading one can run code.
# `nd.save` writes arrays and no more. So `save` takes the momentum, one NDArray for each parameter,
# out of the Trainer's updater. The underscore in `_updaters` says that this is MXNet's own affair;
# no public name leads there.

# %% tags=["same-cnn"]
def save(model, path):
    model.save_parameters(f"{path}.params")
    momentum = model.trainer._updaters[0].states
    nd.save(f"{path}.momentum", {str(slot): value for slot, value in momentum.items()})


def load(path):
    model = build(spec.initial_weights())
    model.load_parameters(f"{path}.params", cast_dtype=True, dtype_source="saved")
    updater = model.trainer._updaters[0]
    momentum = dict(nd.load(f"{path}.momentum"))  # of a network that never trained: an empty list
    updater.states = {int(slot): value for slot, value in momentum.items()}
    # not synced: the next step takes them to their weights' device
    updater.states_synced = dict.fromkeys(updater.states, False)
    return model


# %% [markdown]
# **Why a loss of our own?** In float32 MXNet leaves the work to a library of Intel's, oneDNN. Its
# `log_softmax` is made for speed. How far is Gluon's loss from `ExactLoss`, which takes the same
# logits as float64?

# %%
scores = forward(w, images)
gap = gluon.loss.SoftmaxCrossEntropyLoss()(scores, labels).astype("float64")
gap = (gap - softmax_cross_entropy(scores, labels)).abs().max().asscalar()
print("no digit's loss differs by more than 1e-5:", gap <= 1e-5)

# %% tags=["nbval-ignore-output"]
print(f"the largest difference: {gap:.1e}")

# %% [markdown]
# On the processor where this was written it is 3e-6, ten times the rounding of a float32; with
# oneDNN switched off (`MXNET_MKLDNN_ENABLED=0`), 3e-7. No training suffers. But in a batch of one
# digit no mean evens it out, and the ladder's rung `loss` refuses it.

# %% [markdown]
# Three things differ from PyTorch. The loss is a vector, one number for each image; `backward()` on
# a vector takes the gradient of its sum. `Trainer.step(64)` then divides by 64.
#
# MXNet's momentum holds the learning rate inside: `state = momentum * state - rate * gradient`,
# `weight += state`. As long as the rate stays constant that gives the same weights as PyTorch's
# form. After a change of rate it does not.

# %% [markdown]
# A Trainer also talks to the **KVStore**: a store to which every GPU or machine pushes its
# gradients and from which it pulls the sum.

# %% [markdown]
# ## Is it the same network?
#
# The [parity ladder](../00_glossary.ipynb#Parity-ladder) compares it with the float64 reference on
# seven rungs. The sixth is the whole training, all 310 steps, in float64; the seventh saves the
# network, and a fresh process loads it and trains on. The next cell takes about 25 seconds, most of
# it in float64: MXNet uses fast kernels, those of the library oneDNN, for float32, and loops of its
# own for float64.

# %%
from onecnn import ladder

report = ladder.climb(build, logits, gradients, train_step, read_weights, save, load)
report.save("mxnet")
print(report)

# %%
from onecnn import figures

figures.climbed(report, "MXNet on the parity ladder")

# %% [markdown]
# Rounding is all that is left on each rung. A framework that has been closed for years still
# computes the same network as one that was released this year.

# %% [markdown]
# ## What did it learn?
#
# The same as [the network by hand](../01_history/02_by_hand.ipynb), to the last answer: the rung
# `training` has followed every step. Its loss curve and its mistakes stand there, and are not drawn
# again here.

# %%
import numpy as np

print("the reference's answers to all 1,000 test digits:",
      report.predictions == ladder.expected()["predictions"].tolist())
print("test accuracy at least 94 %:",
      np.mean(report.predictions == digits.test_labels) >= 0.94)

# %% [markdown]
# ## What does `hybridize()` do to your code?
#
# A `HybridBlock` writes its computation once, for two worlds. The argument `F` is `mxnet.ndarray`
# when numbers flow through it, and `mxnet.symbol` when MXNet wants to know the graph.

# %% [markdown]
# **Predict, then run.** The block below is called twice, hybridized, then called three times more.
# How often does its `print` run?
#
# <details><summary>Answer</summary>
#
# Three times: twice with NDArrays, then once with a Symbol. After that the recorded graph runs, and
# your Python is not asked again. A `print`, a counter, or an `if` on the numbers inside would be
# frozen or lost.
#
# </details>


# %%
class Watched(nn.HybridBlock):
    def hybrid_forward(self, F, x):
        print(f"Python ran, with F = {F.__name__} and a {type(x).__name__}")
        return F.relu(x)


watched = Watched()
for _ in range(2):
    watched(images)
watched.hybridize()
for _ in range(3):
    watched(images)

# %% [markdown]
# ## Where is the graph?
#
# Call the model with a Symbol instead of an array, and it hands you the graph itself: an object
# that you can list, draw, and write as JSON. PyTorch had only a chain of backward nodes to show;
# this is the forward program.

# %%
model = build(spec.initial_weights())
symbol = model(mx.sym.var("data"))
nodes = json.loads(symbol.tojson())["nodes"]
operators = [node for node in nodes if node["op"] != "null"]
print(" -> ".join(node["op"] for node in operators))
print(json.dumps({key: operators[0][key] for key in ("op", "name", "inputs")}))

# %% [markdown]
# Given the shape of the input, MXNet infers every other shape without computing a number. That is
# how deferred initialisation works. The figure draws the JSON's nodes, with the inferred shapes.

# %%
internals = symbol.get_internals()
shapes = dict(zip(internals.list_outputs(), internals.infer_shape(data=(64, 1, 28, 28))[1]))
column = {nodes.index(node): i for i, node in enumerate(operators)}

# %%
fig, ax = lesson.figure(10, 2.8)
for index, i in column.items():
    node = nodes[index]
    parents = [(number, nodes[number]) for number, *_ in node["inputs"]]
    ax.text(i + 0.1, 0.5, node["op"], rotation=35, ha="left", fontsize=9)
    ax.text(i, -0.4, "x".join(map(str, shapes[node["name"] + "_output"])), rotation=35, ha="right",
            va="top", fontsize=8)
    ax.plot([column.get(parents[0][0], -1), i], [0, 0], color=lesson.BLUE, zorder=0)
    ax.plot(i, 0, "o", color=lesson.BLUE, markersize=10)
    weights = [f"{parent['name']}  {'x'.join(map(str, shapes[parent['name']]))}"
               for _, parent in parents[1:]]
    if weights:
        ax.annotate("\n".join(weights), (i, 0.15), (i, 3.1),
                    ha="center", fontsize=8, arrowprops={"arrowstyle": "->", "color": "gray"},
                    bbox={"boxstyle": "round", "fc": lesson.ORANGE})
ax.text(-1, 0, "data", ha="right", va="center", fontsize=9)
ax.set(xlim=(-1.6, len(operators)), ylim=(-2, 4.1))
ax.set_axis_off()
lesson.show(fig, alt="The operators of the graph in a row, from data to the last FullyConnected, "
            "each with the shape that it gives; the eight weights and biases enter from above.")

# %% [markdown]
# ## How was it written before Gluon?
#
# By hand, as that graph. In the Symbol API nothing is computed while you write: `mx.sym` builds
# nodes, and names are all that ties a weight to its place. Gluon came with MXNet 0.11, in 2017;
# code from before that looks like this.


# %%
def declared():
    x = mx.sym.var("data")
    for name, filters in (("conv1", 16), ("conv2", 32)):
        x = mx.sym.Convolution(x, kernel=(3, 3), num_filter=filters, name=name)
        x = mx.sym.Pooling(mx.sym.relu(x), kernel=(2, 2), stride=(2, 2), pool_type="max")
    x = mx.sym.relu(mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=64, name="dense1"))
    return mx.sym.FullyConnected(x, num_hidden=10, name="dense2")


network = declared()
print("the names are those of the Gluon network:",
      network.list_arguments() == symbol.list_arguments())

# %% [markdown]
# Compare it with `forward` above: the same functions, with `mx.sym` for `nd`, and no weights.
# `simple_bind` does what a compiler does: infer the shapes, plan the memory, fix the order. What it
# returns, an *executor*, runs on numbers.

# %%
start_weights = {name.replace(".", "_"): nd.array(value)
                 for name, value in spec.initial_weights().items()}
executor = network.simple_bind(mx.cpu(), grad_req="null", data=(64, 1, 28, 28))
executor.copy_params_from(start_weights)
declared_logits = executor.forward(data=images)[0].asnumpy()
difference = np.abs(declared_logits - logits(model, digits.train_images[:64])).max()
print("Symbol and Gluon give the same logits, within 1e-6:", difference <= 1e-6)

# %% [markdown]
# ## The high level: where is `fit()`?
#
# In the Module API. It takes a Symbol that ends in a loss, binds it, and runs the whole loop.
# `SoftmaxOutput` is a softmax forward and the gradient of the cross-entropy backward, in one node.
#
# Given the course's batches in the course's order, `fit` should arrive where our own loop does.
# Does it?

# %%
# later, rounding alone may lead two trainings apart
ten = list(spec.batches(len(digits.train_labels), epoch=0))[:10]
order = np.concatenate(ten)
batches = mx.io.NDArrayIter(digits.train_images[order], digits.train_labels[order],
                            batch_size=spec.BATCH)
module = mx.mod.Module(mx.sym.SoftmaxOutput(network, name="softmax"))
module.fit(batches, num_epoch=1, arg_params=start_weights, optimizer="sgd",
           optimizer_params={"learning_rate": spec.LEARNING_RATE, "momentum": spec.MOMENTUM})

for batch in ten:
    train_step(model, digits.train_images[batch], digits.train_labels[batch])
fitted = {name.replace("_", "."): value.asnumpy() for name, value in module.get_params()[0].items()}
looped = read_weights(model)
gaps = [np.abs(fitted[name] - looped[name]).max() / np.abs(looped[name]).max() for name in looped]
print("after ten batches, every weight agrees within 1e-4:", max(gaps) <= 1e-4)

# %% [markdown]
# Where each level stops helping: NDArrays leave names, devices and the optimizer to you; Gluon
# leaves you the loop; `fit` leaves you nothing to change: another schedule or a second loss means a
# callback, or writing the loop after all.

# %% [markdown]
# ## How does a network leave Python?
#
# `save_parameters` keeps the numbers; you still need the Python that builds the network. A
# hybridized network can do more: `export` writes the graph as JSON and the weights beside it.
# MXNet's bindings for R, Scala, Julia, Perl or C++ read the same two files. The next cell reads
# them back without `one_cnn`.

# %%
with tempfile.TemporaryDirectory() as folder:
    model.export(f"{folder}/one_cnn")
    print(sorted(file.name for file in Path(folder).iterdir()))
    imported = gluon.SymbolBlock.imports(f"{folder}/one_cnn-symbol.json", ["data"])
    imported.load_parameters(f"{folder}/one_cnn-0000.params")
    same = np.abs(imported(images).asnumpy() - model(images).asnumpy()).max() <= 1e-6
    print("the imported network gives the same logits:", same)

# %% [markdown]
# ## A trap: the batch divides twice
#
# You come from PyTorch, so you take the mean of the loss. Then you call `trainer.step(batch_size)`,
# as Gluon's examples do. Both divide by 64. Nothing is raised.
#
# Users met it in both generations of the API:
# [apache/mxnet 4761](https://github.com/apache/mxnet/issues/4761) (2017, closed for inactivity,
# unanswered) asks why a loss that is already normalised is divided once more;
# [dmlc/gluon-cv 591](https://github.com/dmlc/gluon-cv/issues/591) (2019) asks it of
# `step(batch_size)`.

# %% [markdown]
# **Predict, then run.** Which rung catches it: loss, gradients, steps, or training?
#
# <details><summary>Answer</summary>
#
# `steps`. The loss and its gradients are right; only the step that is made of them is 64 times too
# small. From the outside it looks like a network that learns slowly, and you would go and raise the
# learning rate.
#
# </details>


# %%
def twice_divided_step(model, images, labels):
    images, labels = nd.array(images, dtype=images.dtype), nd.array(labels)
    with autograd.record():
        loss = softmax_cross_entropy(model(images), labels).mean()
    loss.backward()
    model.trainer.step(len(images))
    return loss.asscalar()


broken = ladder.climb(build, logits, gradients, twice_divided_step, read_weights, save, load)
print("broken rung:", broken.failed_rung)

# %% [markdown]
# The cure: divide once. Either keep the vector of losses and call `step(batch_size)`, as
# `train_step` does, or take the mean and call `step(1)`. The documentation of `Trainer.step` says
# so in one line, which is easy to read past. Five rungs are enough to tell.

# %%
def mean_and_step_one(model, images, labels):
    images, labels = nd.array(images, dtype=images.dtype), nd.array(labels)
    with autograd.record():
        loss = softmax_cross_entropy(model(images), labels).mean()
    loss.backward()
    model.trainer.step(1)
    return loss.asscalar()


cured = ladder.climb(build, logits, gradients, mean_and_step_one, read_weights, save, load,
                     training=False, artefact=False)
print("broken rung:", cured.failed_rung)

# %% [markdown]
# ## What came of it?
#
# | when | what |
# |---|---|
# | 2015-12 | the paper: symbolic and imperative in one library |
# | 2016-11 | Amazon's CTO names it the "framework of choice" |
# | 2017-01 | enters Apache's incubator |
# | 2022 | 1.9.1, the last release; 2.0 stays a beta |
# | 2022-09 | leaves the incubator as a full Apache project |
# | 2023-06 | a maintainer: little development since the end of 2022 |
# | 2023-09 | retired to the Attic |

# %% [markdown]
# **Why did it fade?** Not because it computed wrongly, as you have seen. Alex Smola, who worked on
# it at Amazon, writes in 2026 that the contest of the frameworks was lost more than five years
# earlier. MXNet 2.0, planned in public since 2019, never came out. Meanwhile the neighbours moved:
# NumPy 1.24 broke the import in December 2022, and no release mended it. In 2023 AutoGluon removed
# MXNet, because of the conflicts that its dependencies caused.

# %% [markdown]
# **A popular error:** "MXNet is Amazon's framework." It was, from 2016. Today AWS's own page says
# that SageMaker's current Python SDK does not support MXNet, and sends new projects to PyTorch or
# TensorFlow. Traces remain: an older image classifier that comes with SageMaker still bears MXNet's
# name.

# %% [markdown]
# **What lives on:** AutoGluon and GluonTS keep the name; the first has dropped MXNet, the second
# writes its new models in PyTorch. The textbook *Dive into Deep Learning* was written for MXNet and
# now has code for PyTorch, TensorFlow and JAX too. In June 2026 Smola, one of its authors,
# published a private revival for current GPUs and Apple silicon, "use at your own risk". This
# notebook keeps to Apache's last release.
#
# And the idea lives on: write once, run both ways. Today it is called `tf.function`,
# `torch.compile`, `jax.jit`.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** A traceback points to `asnumpy()` in a line that only prints a number. You suspect an
# earlier line. How do you find it?
#
# <details><summary>A. Set <code>MXNET_ENGINE_TYPE</code> to <code>NaiveEngine</code> in the next cell, and run the line again</summary>No. The right engine, too late: it must be set before the start of the process.</details>
# <details><summary>B. Remove the line that prints</summary>No. The exception travels with the array. It would come out at the next line that looks, or nowhere.</details>
# <details><summary>C. Start the program anew, with <code>MXNET_ENGINE_TYPE=NaiveEngine</code></summary>Right. With this engine every call runs to its end, so the guilty line is the one that raises.</details>
# <details><summary>D. Put <code>nd.waitall()</code> at the end of the program</summary>No. It waits for everything at once, so it cannot tell which line was at fault. It even used to swallow such errors.</details>
#
# <br>**2.** You read the clock, call `nd.dot` on two large matrices, and read the clock again. The
# time looks far too short. What is missing?
#
# <details><summary>A. <code>wait_to_read()</code> on the result, before the second look at the clock</summary>Right. The call only pushes work to the engine. You measured the pushing.</details>
# <details><summary>B. <code>hybridize()</code>, so that the product is really carried out</summary>No. The product is carried out without it. <code>hybridize()</code> turns a block's Python into a graph.</details>
# <details><summary>C. <code>autograd.record()</code> around the call</summary>No. That records for gradients. The engine computes inside and outside of it.</details>
#
# <br>**3.** You keep the vector of 64 losses, call `backward()` on it, and then `trainer.step(1)`.
# What happens?
#
# <details><summary>A. The step is right: <code>step(1)</code> is the cure</summary>No. It is the cure for a loss that is a mean already. Here nothing has been divided yet.</details>
# <details><summary>B. The step is 64 times too small</summary>No. That is the chapter's trap, where both the mean and <code>step(64)</code> divide.</details>
# <details><summary>C. <code>backward()</code> raises, because it needs a single number</summary>No. Here <code>backward()</code> on a vector takes the gradient of its sum.</details>
# <details><summary>D. The step is 64 times too large</summary>Right. The gradients are those of the sum, and nobody divides them by 64.</details>
#
# <br>**4.** You set `grad_req="add"`, to sum the gradients of two small batches before one step.
# What do you now have to do that the default spared you?
#
# <details><summary>A. Call <code>backward()</code> twice for each batch</summary>No. Once is enough. A second time would need a second recording, and count the batch twice.</details>
# <details><summary>B. Clear the gradients before the next two batches</summary>Right. The default overwrites. With <code>add</code>, old gradients stay until you set them to zero, as in PyTorch.</details>
# <details><summary>C. Nothing: <code>record()</code> clears them each time it begins</summary>No. <code>record()</code> says what is kept for the way back. It does not touch gradients that are there.</details>
#
# <br>**5.** Why does `build` send a batch of zeros through the network before it fills in the
# weights?
#
# <details><summary>A. To warm up the engine's threads, so that the first step is fast</summary>No. It is about shapes. Without that batch the layers' weights would have sizes that are not known yet.</details>
# <details><summary>B. To set the momentum to zero</summary>No. The Trainer keeps the momentum, and it is made later.</details>
# <details><summary>C. To let each layer learn how many inputs it has</summary>Right. <code>Conv2D(16, 3)</code> says what comes out. What comes in, it learns from the first batch.</details>
#
# <br>**6.** A C++ program shall run your trained Gluon network, without your Python code. What do
# you give it?
#
# <details><summary>A. The file of <code>save_parameters</code></summary>No. It holds the numbers. To build the network around them you still need the Python.</details>
# <details><summary>B. The two files that <code>export</code> writes from the hybridized network</summary>Right. One is the graph as JSON, the other the weights. Other languages' bindings read both.</details>
# <details><summary>C. The file of <code>Trainer.save_states</code></summary>No. That is the optimizer's state, as a pickle. It is for training on, in Python.</details>
#
# <br>**7.** The ladder shows that MXNet computes the network correctly. Is that a reason to begin a
# new project in it?
#
# <details><summary>A. Yes: what has been proven stays proven, whatever is installed beside it</summary>No. NumPy 1.24 broke the import without a change in MXNet. The ladder proves what runs here, in a pinned museum.</details>
# <details><summary>B. No: a retired framework computes less exactly than a living one</summary>No. Rounding is all that is left on each rung. Exactness was not why it faded.</details>
# <details><summary>C. No: it is right today, and nobody repairs it when its neighbours move</summary>Right. Take it to run or port what exists only in MXNet, in a sealed environment.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | low | middle | high |
# |---|---|---|---|
# | you write | NDArrays, `autograd.record()` | Gluon blocks, `Trainer`, a loop | a Symbol, `Module.fit` |
# | it runs | at once, asynchronously | at once, or as a graph after `hybridize()` | as a graph |
# | you get | gradients | names, deferred shapes, `export` | the whole loop |
# | it stops helping | at the first forgotten weight | at the loop | at the first unusual step |

# %% [markdown]
# **Choose it when** you must run, or port, a network that exists only in MXNet: it still works in a
# sealed environment (shown above). **Avoid it when** you begin anything new: nobody repairs it, its
# NumPy is from 2022, and its last release has no wheel for Windows or Apple silicon.
#
# **Take with you** a question for any framework: who would fix it if its neighbours moved tomorrow?
#
# **Now you:** [the exercise](../../exercises/02_frameworks/04_mxnet.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - Retirement: [Apache Attic](https://attic.apache.org/projects/mxnet.html), dated in
#   [awslabs/gluonts discussion 3088](https://github.com/awslabs/gluonts/discussions/3088);
#   read-only since 2023-11-17: [the repository](https://github.com/apache/mxnet)
# - The paper: [arXiv 1512.01274](https://arxiv.org/abs/1512.01274), 2015
# - Amazon's choice: [InfoWorld,
#   2016](https://www.infoworld.com/article/3144025/why-amazon-picked-mxnet-for-deep-learning.html)
# - The incubator, and the beta of 2.0:
#   [dev@mxnet, 2022](https://www.mail-archive.com/dev@mxnet.apache.org/msg00938.html)
# - Graduation, and the maintainer's letter:
#   [apache/mxnet 21206](https://github.com/apache/mxnet/issues/21206), 2023;
#   [InfoQ China](https://infoq.cn/article/UYqTqTU9iloqhITdaHIz), 2024
# - MXNet 2.0: [apache/mxnet 16167](https://github.com/apache/mxnet/issues/16167), 2019
# - The lost contest, and the revival:
#   [Alex Smola](https://alex.smola.org/posts/46-mxnet-zombie/index.html), June 2026; [his slides
#   for Amazon](https://www.slideshare.net/slideshow/scalable-deep-learning-using-mxnet/71007171),
#   2016
# - AWS today:
#   [SageMaker and MXNet](https://docs.aws.amazon.com/us_en/sagemaker/latest/dg/mxnet.html), [the
#   image classifier](https://docs.aws.amazon.com/sagemaker/latest/dg/image-classification.html)
# - AutoGluon: [pull request 3396](https://github.com/autogluon/autogluon/pull/3396), 2023; GluonTS:
#   [release 0.13](https://github.com/awslabs/gluonts/releases/tag/v0.13.0), 2023
# - Dive into Deep Learning: [release 0.14](https://github.com/d2l-ai/d2l-en/releases/tag/v0.14.0)
# - NumPy: [apache/mxnet 21165](https://github.com/apache/mxnet/issues/21165);
#   [awslabs/gluonts 2509](https://github.com/awslabs/gluonts/issues/2509), December 2022
# - Errors in the engine:
#   [exception handling](https://mxnet.apache.org/api/architecture/exception_handling),
#   [NaiveEngine](https://mxnet.apache.org/api/dev-guide/debugging_and_performance_optimization_tips)
# - Gluon in 0.11:
#   [its Trainer](https://mxnet.apache.org/versions/0.11.0/_modules/mxnet/gluon/trainer.html);
#   `export`:
#   [HybridBlock](https://mxnet.apache.org/versions/1.9.0/api/python/docs/api/gluon/hybrid_block.html)
# - Momentum in checkpoints: [apache/mxnet 4124](https://github.com/apache/mxnet/pull/4124), 2016;
#   `save_states` pickles:
#   [optimizer.py](https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/optimizer/optimizer.py)
# - The trap: [apache/mxnet 4761](https://github.com/apache/mxnet/issues/4761), 2017;
#   [dmlc/gluon-cv 591](https://github.com/dmlc/gluon-cv/issues/591), 2019

# %% [markdown]
# **On your path:**
#
# - *The history, 9 of 11:* [TensorFlow 1](../01_history/06_tensorflow1.ipynb) → here →
#   [Where they went](../01_history/07_where_they_went.ipynb)
#
# **In the order of the folders:** previous [Keras](03_keras.ipynb) · next [Caffe](05_caffe.ipynb) ·
# [all chapters](../00_start_here.ipynb)
