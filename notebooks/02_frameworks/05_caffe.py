# ---
# jupyter:
#   kernelspec:
#     display_name: Caffe 1.0.0 (Python 3.9)
#     language: python
#     name: caffe
# ---

# %% [markdown]
# # Caffe: the network is a text file
#
# **Retired.** Release 1.0, on 18 April 2017, was also Caffe's shift into maintenance, and no
# release followed. What runs here is the real thing: Berkeley's Caffe 1.0.0, as Debian built it.
#
# **Float32 only.** Caffe's C++ is written for float and double. Its Python module is compiled for
# float, whatever you hand to it. So the ladder's rung 6, elsewhere a training in float64, asks less
# here: as many right answers as the reference, and mostly the same ones.
#
# After this notebook you will be able to read and write the two text files that describe a network
# and its training, and prove that they describe the network of this course.
#
# **You will learn to**
# - write a network and its solver as prototxt, and train them without a line of Python;
# - reach every blob, weight and gradient from Python;
# - catch a pooling layer that rounds up;
# - survive a framework that ends your process instead of raising;
# - write an engine in NumPy that reads the same text files;
# - tell why a file format outlived its framework.
#
# **Before you start:** [The network by hand](../01_history/02_by_hand.ipynb) and
# [PyTorch](02_pytorch.ipynb). Kernel `caffe`, about 65 minutes.
# The slowest cell takes about half a minute. Set-up fetches Caffe from Debian's archive, on Linux
# machines that have apt and a Debian mirror; elsewhere the course skips this notebook and says so,
# and the stored outputs stay readable.

# %%
from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("caffe")

# %%
import caffe

print("imported: caffe", caffe.__version__)

# %% [markdown]
# ## What if a network were not code?
#
# "Models and optimizations are defined as plaintext schemas instead of code": that is the first
# principle in Caffe's tutorial. A schema says which fields a message may have. The text is
# **prototxt**, the text form of Google's Protocol Buffers.

# %%
from caffe.proto import caffe_pb2
from google.protobuf import text_format

TEXT = """
layer {
  name: "conv1"
  type: "Convolution"
  bottom: "data"    # comes in
  top: "conv1"      # goes out
  convolution_param { num_output: 16 kernel_size: 3 }
}"""
net = text_format.Parse(TEXT, caffe_pb2.NetParameter())
print("outputs:", net.layer[0].convolution_param.num_output, "  bias:",
      net.layer[0].convolution_param.bias_term)

# %% [markdown]
# A **layer** takes blobs from below (`bottom`) and gives blobs upwards (`top`). A **blob** is an
# array with two halves: `data` and `diff`, its gradient. Layers find each other by the blobs'
# names, and by nothing else. Nothing was computed so far: `net` is a record with fields. What you
# left out has the schema's default, such as `bias_term: true`.

# %% [markdown]
# **Predict, then run.** Two typing errors: `kernel_sise` for `kernel_size`, and the type `Relu` for
# `ReLU`. Which of them does the schema catch?
#
# <details><summary>Answer</summary>
#
# Only the first. The name of a field belongs to the schema. The type of a layer is a string, and to
# the schema any string is right. Who catches the second, and how, you see below.
#
# </details>

# %%
for text in ('layer { convolution_param { kernel_sise: 3 } }', 'layer { type: "Relu" }'):
    try:
        text_format.Parse(text, caffe_pb2.NetParameter())
        print("accepted:", text)
    except text_format.ParseError as error:
        print("refused: ", error)

# %% [markdown]
# ## What can you put into such a file?
#
# What the **layer catalogue** holds: every type is a C++ class that was registered under its name.
# If your idea is in the catalogue, you write text. If not, you write C++, and CUDA for the GPU. A
# layer in Python is possible too: the type `Python`.

# %%
types = list(caffe.layer_type_list())
print(len(types), "types")
print("that read data:", [name for name in types if name.endswith("Data") or name == "Input"])
print("that are a loss:", [name for name in types if name.endswith("Loss")])

# %% [markdown]
# ## The whole network, as text
#
# Nine layers from images to logits. Caffe's convolution and pooling work channels first, its
# weights are `(out, in, height, width)` and `(out, in)`: the layout of this course.
# `round_mode: FLOOR` will be the trap below.

# %%
TRUNK = """
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1" convolution_param { num_output: 16 kernel_size: 3 } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1"
        pooling_param { pool: MAX kernel_size: 2 stride: 2 round_mode: FLOOR } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2" convolution_param { num_output: 32 kernel_size: 3 } }
layer { name: "relu2" type: "ReLU" bottom: "conv2" top: "conv2" }
layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2"
        pooling_param { pool: MAX kernel_size: 2 stride: 2 round_mode: FLOOR } }
layer { name: "dense1" type: "InnerProduct" bottom: "pool2" top: "dense1" inner_product_param { num_output: 64 } }
layer { name: "relu3" type: "ReLU" bottom: "dense1" top: "dense1" }
layer { name: "dense2" type: "InnerProduct" bottom: "dense1" top: "dense2" inner_product_param { num_output: 10 } }
"""

# %% [markdown]
# The trunk needs a source and an end. For training, the source is a file with digits, and the end a
# loss: together that is `train_val.prototxt`. One file holds two networks: `include` says in which
# **phase** a layer exists.

# %%
TRAIN_VAL = """
layer { name: "train" type: "HDF5Data" top: "data" top: "label" include { phase: TRAIN }
        hdf5_data_param { source: "train.txt" batch_size: 64 } }
layer { name: "test" type: "HDF5Data" top: "data" top: "label" include { phase: TEST }
        hdf5_data_param { source: "test.txt" batch_size: 100 } }
""" + TRUNK + """
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "dense2" bottom: "label" top: "loss" }
layer { name: "accuracy" type: "Accuracy" bottom: "dense2" bottom: "label" top: "accuracy" include { phase: TEST } }
"""

# %% [markdown]
# To use the trained network there is a third way of framing it, `deploy.prototxt`: an `Input` that
# your program fills, and no loss. So Caffe's users kept two files that repeat each other, and had
# to keep them in step by hand.

# %%
DEPLOY = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 28 dim: 28 } } }
""" + TRUNK

# %% [markdown]
# Caffe's programs read files, so write them, in a temporary folder. The digits go into HDF5 files,
# in the course's order for the first epoch; Caffe's own examples take LMDB. Labels are float32: a
# blob knows nothing else.

# %%
import tempfile
from pathlib import Path

import h5py
import numpy as np

from onecnn import mnist, spec

digits = mnist.load()
order = np.concatenate(list(spec.batches(len(digits.train_labels), epoch=0)))
home = tempfile.TemporaryDirectory()
folder = Path(home.name)
for name, text in (("train_val", TRAIN_VAL), ("deploy", DEPLOY)):
    (folder / f"{name}.prototxt").write_text(text)


# %%
def write_digits(name, images, labels):
    with h5py.File(folder / f"{name}.h5", "w") as file:
        file["data"], file["label"] = images, labels.astype(np.float32)
    (folder / f"{name}.txt").write_text(str(folder / f"{name}.h5"))


write_digits("train", digits.train_images[order], digits.train_labels[order])
write_digits("test", digits.test_images, digits.test_labels)

# %% [markdown]
# ## Can you draw what the file says?
#
# Yes, without running it: the record holds all that a drawing needs. Each layer is placed one
# column after the blobs that it takes. A layer whose top is its bottom works **in place**.

# %%
record = text_format.Parse(TRAIN_VAL, caffe_pb2.NetParameter())
column, place = {}, {}
for layer in record.layer:
    phase = caffe_pb2.Phase.Name(layer.include[0].phase) if layer.include else "both"
    if list(layer.top) == list(layer.bottom):
        place[layer.name] = (column[layer.top[0]], 1.0, phase)
        continue
    x = max((column[name] for name in layer.bottom), default=-1) + 1
    place[layer.name] = (x, {"both": 0, "TRAIN": 0.6, "TEST": -0.6}[phase], phase)
    column.update({name: x + 1 for name in layer.top})
print(len(record.layer), "layers,", len(column), "blobs")

# %%
LOOK = {"both": (lesson.BLUE, "o"), "TRAIN": (lesson.VERMILION, "s"), "TEST": (lesson.GREEN, "^")}
UP, DOWN, RIGHT = ({"rotation": angle, "ha": ha, "va": va, "rotation_mode": "anchor"}
                   for angle, ha, va in ((50, "left", "bottom"), (50, "right", "center"),
                                         (-50, "left", "center")))
row = {name: {"label": -1.7, "accuracy": -0.6}.get(name, 0) for name in column}


def edge(ax, start, end, by):
    """A line; the label's takes the way around the network."""
    points = [start, (13.2, -1.7), end] if by == "label" and end[0] > 1 else [start, end]
    ax.plot(*zip(*points), color="gray", linewidth=1, zorder=0)


# %%
fig, ax = lesson.figure(10, 3.6)
for layer in record.layer:
    x, y, phase = place[layer.name]
    color, marker = LOOK[phase]
    ax.plot(x, y, marker, color=color, markersize=10)
    side = UP if phase != "TEST" else RIGHT if layer.bottom else DOWN
    ax.text(x, y + (0.2 if side is UP else -0.25), layer.type, fontsize=8, **side)
    for name in (*layer.bottom, *layer.top):
        edge(ax, (column[name], row[name]), (x, y), by=name)
for name, x in column.items():
    ax.text(x, row[name], name, ha="center", va="center", fontsize=8,
            bbox={"boxstyle": "round", "fc": lesson.YELLOW})
for phase, (color, marker) in LOOK.items():
    ax.plot([], [], marker, color=color, label=f"phase: {phase}")
ax.legend(loc="lower center", bbox_to_anchor=(0.5, -0.1), ncol=3)
ax.set(xlim=(-1.5, 15.9), ylim=(-2.3, 2))
ax.set_axis_off()
lesson.show(fig, alt="The layers and blobs of train_val in a row. Two data layers, one for "
            "training and one for testing, give the same two blobs; ReLU layers sit above the blob "
            "that they change in place; loss and accuracy both take dense2 and label.")

# %% [markdown]
# ## The low level: blobs
#
# `caffe.Net` builds a file in one phase. Sizes are inferred layer by layer while it is built,
# before the first number. `net.blobs` are the arrays between the layers, `net.params` the weights
# inside them. Both are NumPy views of Caffe's own memory: what you write there *is* in the network.

# %%
net = caffe.Net(str(folder / "deploy.prototxt"), caffe.TEST)
for name, blob in net.blobs.items():
    print(f"{name:<7}", blob.data.shape)
print({name: [blob.data.shape for blob in blobs] for name, blobs in net.params.items()})

# %% [markdown]
# All weights are zero: that is the default filler, and a network of zeros learns nothing. Real
# files name a `weight_filler`, such as `msra`, He's. You have the course's weights: put them in,
# save them, and read one digit. Nine layers of text became a running network.

# %%
for name, blobs in net.params.items():
    for kind, blob in zip(("weight", "bias"), blobs):
        blob.data[...] = spec.initial_weights()[f"{name}.{kind}"]
net.save(str(folder / "start.caffemodel"))
net.blobs["data"].data[...] = digits.test_images[:1]
print({name: top.shape for name, top in net.forward().items()})

# %% [markdown]
# **Predict, then run.** `conv1` is the result of a convolution; about half of such numbers are
# negative. How many negative numbers does the blob `conv1` hold now?
#
# <details><summary>Answer</summary>
#
# None. `relu1` wrote its result over it, in place. That saves a blob for every ReLU. The price:
# what the convolution said is lost.
#
# </details>

# %%
print("negative numbers in conv1:", (net.blobs["conv1"].data < 0).sum())

# %% [markdown]
# ## The high level: can you train without code?
#
# Yes. The training is data too: `solver.prototxt` names the network and says how to train it.

# %%
SOLVER = """
net: "train_val.prototxt"
type: "SGD" base_lr: 0.02 momentum: 0.9 lr_policy: "fixed"
max_iter: 186 display: 2                # three epochs of 62 batches; a log line every second step
test_interval: 31 test_iter: 10         # twice an epoch: 10 batches of 100
snapshot: 62 snapshot_prefix: "one_cnn"
"""
_ = (folder / "solver.prototxt").write_text(SOLVER)

# %% [markdown]
# `caffe` is a program of its own. Its log goes to stderr, through Google's `glog`; `lesson.start()`
# has turned it down, so turn it up.


# %%
import os
import subprocess
import sys

program = Path(sys.prefix).parents[1] / "bin" / "caffe"


def run_caffe(*words):
    return subprocess.run([str(program), *words],
                          cwd=folder, capture_output=True, text=True, timeout=120,
                          env={**os.environ, "GLOG_minloglevel": "0", "GLOG_logtostderr": "1"})


done = run_caffe("train", "-solver", "solver.prototxt", "-weights", "start.caffemodel")
print("exit code:", done.returncode)
print([file.name for file in sorted(folder.glob("one_cnn*"))])

# %% [markdown]
# That was the daily life of a Caffe user: edit a text file, run `caffe train`, read the log. To
# plot it meant to parse it.

# %%
import re

losses = re.findall(r"Iteration (\d+) \(.*?\), loss = (\S+)", done.stderr)
tests = re.findall(r"Iteration (\d+), Testing net.*?accuracy = (\S+)", done.stderr, re.DOTALL)
steps, loss = np.array(losses, float).T
tested, accuracy = np.array(tests, float).T
print("points:", len(steps), len(tested), "  accuracy at least 85 % at the end:",
      accuracy[-1] >= 0.85)

# %%
fig, (left, right) = lesson.figure(8, 2.8, columns=2)
left.plot(steps, loss, color=lesson.BLUE, marker=".", markersize=3, linewidth=0.8)
left.set(xlabel="iteration (64 digits each)", ylabel="cross-entropy",
         title="caffe train: training loss", ylim=(0, None))
right.plot(tested, accuracy, color=lesson.VERMILION, marker="s")
right.set(xlabel="iteration", ylabel="part of 1,000 digits", title="caffe train: test accuracy",
          ylim=(0, 1.03))
for ax in (left, right):
    ax.set_xticks(range(0, 187, 62))
lesson.show(fig, alt="Two curves read from Caffe's log. The training loss falls steeply in the "
            "first epoch, then slowly; the test accuracy climbs from about a tenth to more than "
            "nine tenths.")

# %% [markdown]
# A **snapshot** is a pair. The `.caffemodel` has the weights, and the layers that they belong to;
# the `.solverstate` has the iteration and the momentum. With the latter a training goes on as if
# nothing had happened. The place in the data file is not kept: it starts at the first batch. Here
# that fits, because a snapshot ends an epoch.

# %%
def weights_in(file):
    loaded = caffe.Net(str(folder / "deploy.prototxt"), caffe.TEST, weights=str(folder / file))
    return {f"{name}.{kind}": blob.data.copy() for name, blobs in loaded.params.items()
            for kind, blob in zip(("weight", "bias"), blobs)}


def largest_gap(found, wanted):
    return max(np.abs(found[name] - wanted[name]).max() / np.abs(wanted[name]).max()
               for name in wanted)


straight = weights_in("one_cnn_iter_186.caffemodel")
run_caffe("train", "-solver", "solver.prototxt", "-snapshot", "one_cnn_iter_124.solverstate")
resumed = weights_in("one_cnn_iter_186.caffemodel")
print("resumed and straight training agree within 1 %:", largest_gap(resumed, straight) <= 0.01)

# %% [markdown]
# Two text files and a `.caffemodel` are all that a stranger needs. That made sharing easy: in 2014
# Berkeley opened the **Model Zoo**, a page where anyone could post such a set. AlexNet, R-CNN, VGG,
# GoogLeNet and the first fully convolutional networks were there, trained, to download.

# %% [markdown]
# ## Who catches `Relu`?
#
# The catalogue, when the network is built. And it does not raise: Caffe's C++ calls `LOG(FATAL)` or
# `CHECK`, which write a line and **abort the process**. In a notebook that is your kernel, with all
# that it holds ([someone's in 2017](https://github.com/BVLC/caffe/issues/5882)). So try a doubtful
# file in a process of its own.


# %%
def last_words(done):
    said = re.search(r"^F\d+ .*?\] (.*)", done.stderr, re.MULTILINE)
    return said.group(1) if said else "nothing fatal"


(folder / "typo.prototxt").write_text(DEPLOY.replace("ReLU", "Relu"))
done = run_caffe("time", "-model", "typo.prototxt", "-iterations", "1")
print("ended by signal", -done.returncode)
print(last_words(done).split(" (known")[0])

# %% [markdown]
# Signal 6 is `SIGABRT`. The message is a good one. It stands in the log that `lesson.start()`
# turned down to its errors, and only where somebody can read it: in a notebook you see a dead
# kernel.

# %% [markdown]
# ## The middle level: can code write the text?
#
# A deep network is thousands of lines of almost equal text. People wrote scripts that print
# prototxt, and in 2015 Caffe took one in: **NetSpec**. Assign a layer to an attribute, and the
# attribute's name becomes the name of layer and blob. `to_proto()` gives the record.
#
# The cells that follow are the network of this course, with the same seven functions as every
# framework's notebook.

# %% tags=["same-cnn"]
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import caffe
import numpy as np
from caffe import layers as L
from caffe import params as P
from caffe.proto import caffe_pb2

from onecnn import spec


def one_cnn(batch, phase):
    net = caffe.NetSpec()
    net.data = L.Input(shape={"dim": [batch, *spec.IMAGE_SHAPE]})
    # FLOOR drops an odd last row and column, as the other frameworks do; Caffe's default keeps
    # them.
    pooling = {"pool": P.Pooling.MAX, "kernel_size": 2, "stride": 2, "round_mode": P.Pooling.FLOOR}
    net.conv1 = L.Convolution(net.data, num_output=16, kernel_size=3)
    net.relu1 = L.ReLU(net.conv1, in_place=True)
    net.pool1 = L.Pooling(net.relu1, **pooling)
    net.conv2 = L.Convolution(net.pool1, num_output=32, kernel_size=3)
    net.relu2 = L.ReLU(net.conv2, in_place=True)
    net.pool2 = L.Pooling(net.relu2, **pooling)
    net.dense1 = L.InnerProduct(net.pool2, num_output=64)  # flattens by itself
    net.relu3 = L.ReLU(net.dense1, in_place=True)
    net.dense2 = L.InnerProduct(net.relu3, num_output=10)
    if phase == caffe.TRAIN:
        net.label = L.Input(shape={"dim": [batch]})
        net.loss = L.SoftmaxWithLoss(net.dense2, net.label)
    return net.to_proto()


# %% tags=["same-cnn"]
def from_file(make, record, *arguments):
    """Caffe reads nets and solvers from files only."""
    with tempfile.NamedTemporaryFile("w", suffix=".prototxt") as file:
        file.write(str(record))
        file.flush()
        return make(file.name, *arguments)


snapshots = tempfile.TemporaryDirectory()


def solver_settings(net):
    return caffe_pb2.SolverParameter(type="SGD", base_lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM,
                                     lr_policy="fixed", train_net_param=net,
                                     snapshot_prefix=f"{snapshots.name}/one_cnn")


# %% tags=["same-cnn"]
def build(weights):
    solver = from_file(caffe.get_solver, solver_settings(one_cnn(spec.BATCH, caffe.TRAIN)))
    for name, blobs in solver.net.params.items():
        for kind, blob in zip(("weight", "bias"), blobs):
            blob.data[...] = weights[f"{name}.{kind}"]
    deploy = from_file(caffe.Net, one_cnn(1, caffe.TEST), caffe.TEST)
    deploy.share_with(solver.net)  # two networks, one set of weights
    return SimpleNamespace(solver=solver, net=solver.net, deploy=deploy)


# %% tags=["same-cnn"]
def fill(net, **arrays):
    for name, array in arrays.items():
        net.blobs[name].reshape(*array.shape)
        net.blobs[name].data[...] = array


def logits(model, images):
    fill(model.deploy, data=images)
    return model.deploy.forward()["dense2"].copy()


# %% tags=["same-cnn"]
CEILING = -np.log(np.finfo(np.float32).tiny)  # 87.3


def loss_of(net):
    # Caffe cuts off what one digit can cost. What it cut is added here; mostly that is 0.
    z, labels = net.blobs["dense2"].data, net.blobs["label"].data.astype(int)
    z = z - z.max(axis=1, keepdims=True)
    cost = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]
    return float(net.blobs["loss"].data + np.maximum(cost - CEILING, 0).mean())


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    fill(model.net, data=images, label=labels)
    model.net.clear_param_diffs()  # backward adds
    model.net.forward()
    model.net.backward()
    return loss_of(model.net), {f"{name}.{kind}": blob.diff.copy()
                                for name, blobs in model.net.params.items()
                                for kind, blob in zip(("weight", "bias"), blobs)}


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    fill(model.net, data=images, label=labels)
    model.solver.step(1)  # clears the diffs, forward, backward, update
    return loss_of(model.net)


# %% tags=["same-cnn"]
def read_weights(model):
    return {f"{name}.{kind}": blob.data.copy() for name, blobs in model.net.params.items()
            for kind, blob in zip(("weight", "bias"), blobs)}


# %% tags=["same-cnn"]
def save(model, path):
    model.solver.snapshot()  # writes to its snapshot_prefix: one_cnn_iter_310.caffemodel and so on
    for file in Path(snapshots.name).iterdir():
        shutil.move(str(file), f"{path}{file.suffix}")


def load(path):
    model = build(spec.initial_weights())
    state = caffe_pb2.SolverState.FromString(Path(f"{path}.solverstate").read_bytes())
    state.learned_net = f"{path}.caffemodel"  # it names the file of weights, which was moved
    with tempfile.NamedTemporaryFile(suffix=".solverstate") as file:
        file.write(state.SerializeToString())
        file.flush()
        model.solver.restore(file.name)
    return model


# %% [markdown]
# **The checkpoint** is Caffe's own pair, the snapshot that you have met: weights *and* momentum,
# which Caffe calls the solver's `history`. A `.solverstate` names its `.caffemodel` by the path on
# which both were written, and `restore` ends the process if nothing is there. So `load` puts the
# new path into the record first.
#
# Weights alone are loaded with `net.copy_from`, by the layers' names: a layer whose name is missing
# in the file keeps what it has. Fine-tuning is made of that: rename the last layer, and only it
# starts afresh.

# %%
float64 = {name: value.astype(float) for name, value in spec.initial_weights().items()}
print("handed over:", float64["conv1.weight"].dtype, "  kept:",
      read_weights(build(float64))["conv1.weight"].dtype)

# %% [markdown]
# The loss is divided by the number of labels, so it is the mean. That is one choice of four:
# `loss_param` can also divide by the batch, by every position, or by nothing.
#
# **Predict, then run.** Two classes with the logits 0 and 200, and the right one is the first: its
# cross-entropy is 200. What does Caffe say, and is the gradient right?
#
# <details><summary>Answer</summary>
#
# 87.3. Caffe takes the logarithm of a probability, which it first raises to the smallest normal
# float32, 1.2e-38. The gradient is made from the probabilities themselves, and is right.
#
# </details>

# %%
ONE_DIGIT = """force_backward: true
layer { name: "z" type: "Input" top: "z" input_param { shape { dim: 1 dim: 2 } } }
layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 1 } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "z" bottom: "label" top: "loss" }"""
net = from_file(caffe.Net, ONE_DIGIT, caffe.TRAIN)
fill(net, z=np.array([[0, 200]]), label=np.zeros(1))
print(f"loss: {float(net.forward()['loss']):.1f}")
net.backward()
print("gradient:", net.blobs["z"].diff[0])

# %% [markdown]
# In a training that goes well no digit costs that much. The ladder found it, on its rung `loss`:
# there some digits are so bright that logits reach 200. `loss_of` adds what Caffe cut off, so that
# the number is the spec's, too.

# %% [markdown]
# Does NetSpec write what you wrote by hand? Compare records, not texts: field by field.

# %%
written = text_format.Parse(TRUNK, caffe_pb2.NetParameter()).layer
generated = [layer for layer in one_cnn(64, caffe.TRAIN).layer
             if layer.type not in ("Input", "SoftmaxWithLoss")]
print("the nine layers are equal:", list(written) == generated)

# %% [markdown]
# And does the loop of `train_step` arrive where `caffe train` did? One epoch, against the first
# snapshot.

# %%
model = build(spec.initial_weights())
for batch in spec.batches(len(digits.train_labels), epoch=0):
    train_step(model, digits.train_images[batch], digits.train_labels[batch])
trained = weights_in("one_cnn_iter_62.caffemodel")
print("after an epoch, every weight agrees within 1 %:",
      largest_gap(read_weights(model), trained) <= 0.01)

# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## Is it the same network?
#
# The [parity ladder](../00_glossary.ipynb#Parity-ladder) compares it with the float64 reference on
# seven rungs. The next cell trains the network: about 15 seconds. `float64=False` tells it what
# Caffe cannot.
#
# In float32 two right trainings part after some dozens of steps, by rounding. So rung 6 asks what
# rounding does not change: at least 94 % right, and at least 98 % of the reference's answers.

# %%
from onecnn import ladder

report = ladder.climb(build, logits, gradients, train_step, read_weights, save, load, float64=False)
print(report)

# %% [markdown]
# The measured differences depend on your processor, so they stand in a cell whose output the tests
# do not compare.

# %% tags=["nbval-ignore-output"]
print(report.measured())
report.save("caffe")

# %%
from onecnn import figures

figures.climbed(report, "Caffe on the parity ladder")

# %%
figures.losses(report.losses, "Caffe: training loss")

# %%
answers = np.array(report.predictions)
print("test accuracy at least 94 %:", (answers == digits.test_labels).mean() >= 0.94)
figures.confusion(digits.test_labels, answers, "Caffe: mistakes")

# %% [markdown]
# ## Is Caffe's momentum the course's?
#
# Not by its formula. Caffe: `V = momentum * V + rate * gradient`, `W -= V`. The course, like
# PyTorch: `v = momentum * v + gradient`, `W -= rate * v`. With a constant rate `V` is `rate * v`,
# and both are one.
#
# **Predict, then run.** Now the rate falls from 1 to 0.1 after the first step; momentum 0.9, and a
# gradient that is always 1. Which of the two has gone farther after two steps?
#
# <details><summary>Answer</summary>
#
# Caffe. Its `V` still holds the first step at the old rate: it makes `0.9 * 1 + 0.1 * 1`. The other
# multiplies all of `v` by the new rate: `0.1 * 1.9`.
#
# </details>

# %% [markdown]
# The real solver can tell. A network of one weight whose loss *is* the weight has the gradient 1
# everywhere: a `loss_weight` makes any top a loss. `lr_policy: "step"` multiplies the rate by
# `gamma` after every `stepsize` steps.

# %%
ONE_WEIGHT = """type: "SGD" base_lr: 1 momentum: 0.9 lr_policy: "step" stepsize: 1 gamma: %s
train_net_param {
  layer { name: "one" type: "Input" top: "one" input_param { shape { dim: 1 dim: 1 } } }
  layer { name: "w" type: "InnerProduct" bottom: "one" top: "loss" loss_weight: 1
          inner_product_param { num_output: 1 bias_term: false } }
}"""
for gamma in (1, 0.1):
    solver = from_file(caffe.get_solver, ONE_WEIGHT % gamma)
    fill(solver.net, one=np.ones((1, 1)))
    solver.step(2)
    v, w = 1 * 0.9 + 1, -1.0
    print(f"gamma {gamma}: Caffe {solver.net.params['w'][0].data[0, 0]:.2f}   the course "
          f"{w - gamma * v:.2f}")

# %% [markdown]
# More fields of a solver change the step without a word: `weight_decay` (0 here), `iter_size`
# (batches summed up for one step), `clip_gradients`. And in the network, each weight can have its
# own `lr_mult`. Caffe's examples give every bias `lr_mult: 2`: whoever copies them trains biases at
# twice the rate. The exercise shows it.

# %% [markdown]
# ## Can you build such an engine yourself?
#
# In about 60 lines, and 50 more for its catalogue. What follows is a reconstruction for reading,
# not Caffe's source. The arithmetic is that of the [reference](../01_history/02_by_hand.ipynb):
# `convolve`, `max_pool`, `cross_entropy` and their backward passes. New is only *who knows the
# graph*: here, the text.
#
# First a parser. Any field may be repeated, so each holds a list.

# %%
import ast


def parse(text):
    return message(re.findall(r'"[^"]*"|[{}]|[^\s:{}"]+', re.sub("#.*", "", text)))


def message(words):
    fields = {}
    while words and words[0] != "}":
        name, word = words.pop(0), words.pop(0)
        fields.setdefault(name, []).append(message(words) if word == "{" else scalar(word))
    del words[:1]
    return fields


# %%
def scalar(word):
    try:
        return ast.literal_eval(word)
    except ValueError:
        return word  # MAX, FLOOR, TRAIN


print(parse(TEXT)["layer"][0]["convolution_param"])

# %% [markdown]
# Then the catalogue: a dict from a type's name to its class. Each class that is derived from
# `Layer` enters itself, as Caffe's macro `REGISTER_LAYER_CLASS` does.
#
# A layer's contract has three parts: `setup` gets the shapes of its bottoms, makes its weights, and
# answers with the shape of its top; `forward` and `backward` work.

# %%
CATALOGUE = {}


class Layer:
    def __init_subclass__(cls):
        CATALOGUE[cls.__name__] = cls

    def __init__(self, fields):
        self.fields, self.name, self.top = fields, fields["name"][0], fields["top"][0]
        self.bottoms, self.blobs, self.diffs = fields.get("bottom", []), [], []

    def setup(self, shape):
        return shape


class Input(Layer):
    def setup(self):
        return tuple(self.fields["input_param"][0]["shape"][0]["dim"])


# %%
from onecnn import reference


class Convolution(Layer):
    def setup(self, shape):
        n, channels, height, width = shape
        (out,), (size,
        ) = (self.fields["convolution_param"][0][key] for key in ("num_output", "kernel_size"))
        self.blobs = [np.zeros((out, channels, size, size), np.float32), np.zeros(out, np.float32)]
        return n, out, height - size + 1, width - size + 1

    def forward(self, x):
        self.x = x
        return reference.convolve(x, *self.blobs)

    def backward(self, upstream):
        gradient, *self.diffs = reference.convolve_backward(upstream, self.x, self.blobs[0])
        return gradient


# %%
class Pooling(Layer):
    def setup(self, shape):
        if self.fields["pooling_param"][0].get("round_mode") != ["FLOOR"]:
            raise ValueError("this Pooling can only round down")
        return (*shape[:2], shape[2] // 2, shape[3] // 2)

    def forward(self, x):
        self.shape = x.shape
        y, self.winner = reference.max_pool(x)
        return y

    def backward(self, upstream):
        return reference.max_pool_backward(upstream, self.winner, self.shape)


# %%
class ReLU(Layer):
    def forward(self, x):
        self.positive = x > 0
        return x * self.positive

    def backward(self, upstream):
        return upstream * self.positive


# %%
class InnerProduct(Layer):
    def setup(self, shape):
        out = self.fields["inner_product_param"][0]["num_output"][0]
        self.blobs = [np.zeros((out, int(np.prod(shape[1:]))), np.float32),
                      np.zeros(out, np.float32)]
        return shape[0], out

    def forward(self, x):
        self.shape, self.x = x.shape, x.reshape(len(x), -1)
        return self.x @ self.blobs[0].T + self.blobs[1]

    def backward(self, upstream):
        self.diffs = [upstream.T @ self.x, upstream.sum(axis=0)]
        return (upstream @ self.blobs[0]).reshape(self.shape)


# %%
class SoftmaxWithLoss(Layer):
    def setup(self, logits, labels):
        return ()

    def forward(self, logits, labels):
        loss, self.gradient = reference.cross_entropy(logits, labels)
        return loss

    def backward(self, upstream):
        return upstream * self.gradient


# %% [markdown]
# The net looks each type up, and lets the shapes run through once. It has no idea what a
# convolution is.


# %%
class Net:
    def __init__(self, text):
        self.layers, self.blobs, self.shapes = [], {}, {}
        for fields in parse(text)["layer"]:
            layer = CATALOGUE[fields["type"][0]](fields)
            self.shapes[layer.top] = layer.setup(*(self.shapes[name] for name in layer.bottoms))
            self.layers.append(layer)
        self.params = {layer.name: layer for layer in self.layers if layer.blobs}


# %% [markdown]
# Forward is a walk down the list, backward a walk up. The list is the graph. An in-place layer
# writes under the name that it read, and the walk back meets it in the right order. A blob that
# *two* layers take would need its two gradients added; Caffe inserts a `Split` layer for that.


# %%
def forward(net, end=None, **inputs):
    net.blobs.update(inputs)
    for layer in net.layers:
        if layer.bottoms:
            net.blobs[layer.top] = layer.forward(*(net.blobs[name] for name in layer.bottoms))
        if layer.name == end:
            break
    return net.blobs[layer.top]


def backward(net):
    diffs = {}
    for layer in reversed(net.layers):
        if layer.bottoms:
            diffs[layer.bottoms[0]] = layer.backward(diffs.get(layer.top, 1))


# %% [markdown]
# The solver reads its own text: the very `SOLVER` that `caffe train` read. Its momentum is Caffe's.


# %%
class Solver:
    def __init__(self, text, net):
        # Caffe's schema calls both `float`: 0.02 is the float32 next to it.
        self.rate, self.momentum = (float(np.float32(parse(text)[name][0]))
                                    for name in ("base_lr", "momentum"))
        self.net, self.weights = net, [(layer, i) for layer in net.params.values() for i in (0, 1)]
        self.past = [np.zeros_like(layer.blobs[i]) for layer, i in self.weights]

    def step(self, **inputs):
        loss = forward(self.net, **inputs)
        backward(self.net)
        for past, (layer, i) in zip(self.past, self.weights):
            past *= self.momentum
            past += self.rate * layer.diffs[i]
            layer.blobs[i] -= past
        return loss


# %% [markdown]
# That is all. The trunk is the text from the beginning, unchanged. Seven functions, with the prefix
# `text_`, let it climb. This engine keeps the weights' dtype: of the *text* rung 6 can say what it
# cannot say of Caffe. It takes about half a minute.

# %%
ENGINE = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 64 dim: 1 dim: 28 dim: 28 } } }
layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 64 } } }
""" + TRUNK + """
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "dense2" bottom: "label" top: "loss" }
"""


def text_build(weights):
    net = Net(ENGINE)
    for name, layer in net.params.items():
        layer.blobs = [weights[f"{name}.{kind}"].copy() for kind in ("weight", "bias")]
    return Solver(SOLVER, net)


# %%
def text_logits(model, images):
    return forward(model.net, data=images, end="dense2")


def text_gradients(model, images, labels):
    loss = forward(model.net, data=images, label=labels)
    backward(model.net)
    return loss, {f"{name}.{kind}": diff for name, layer in model.net.params.items()
                  for kind, diff in zip(("weight", "bias"), layer.diffs)}


# %%
def text_train_step(model, images, labels):
    return model.step(data=images, label=labels)


def text_read_weights(model):
    return {f"{name}.{kind}": blob.copy() for name, layer in model.net.params.items()
            for kind, blob in zip(("weight", "bias"), layer.blobs)}


# %%
def text_save(model, path):
    past = {f"past{i}": value for i, value in enumerate(model.past)}
    np.savez(f"{path}.npz", **past, **text_read_weights(model))


def text_load(path):
    with np.load(f"{path}.npz") as stored:
        model = text_build(stored)
        model.past = [stored[f"past{i}"] for i in range(len(model.past))]
    return model


# %%
# The rung artefact is left out: in its fresh process no class would enter itself into CATALOGUE.
text_report = ladder.climb(text_build, text_logits, text_gradients, text_train_step,
                           text_read_weights, text_save, text_load, artefact=False)
print(text_report)

# %% [markdown]
# One text, two programs that know nothing of each other, one network. This is what made the format
# travel.

# %% [markdown]
# ## A trap: the pooling that rounds up
#
# 11 pixels in windows of 2 leave one over. PyTorch and TensorFlow drop it. Caffe covers it, with a
# window that hangs over the edge; its convolution does not. Berkeley's own Jonathan Long asked in
# 2014 whether that is wise ([BVLC/caffe 1318](https://github.com/BVLC/caffe/issues/1318)). It
# became "a common duplicate" ([4773](https://github.com/BVLC/caffe/issues/4773)), and stayed, for
# the sake of the networks that were there.
#
# So leave `round_mode` out, as networks from before 2018 do.


# %%
def hasty(record):
    for layer in record.layer:
        if layer.type == "Pooling":
            layer.pooling_param.ClearField("round_mode")
        elif layer.type in ("Convolution", "InnerProduct"):
            filled = (layer.convolution_param if layer.type == "Convolution"
                      else layer.inner_product_param)
            filled.weight_filler.type = "msra"
    return record


net = from_file(caffe.Net, hasty(one_cnn(1, caffe.TEST)), caffe.TEST)
print({name: net.blobs[name].data.shape for name in ("conv2", "pool2")}, "  dense1:",
      net.params["dense1"][0].data.shape)

# %% [markdown]
# `InnerProduct` never said how many inputs it wants: it takes what comes. So nobody complains. What
# fits gets the course's weights, the rest what its filler gives.


# %%
def build_hasty(weights):
    caffe.set_random_seed(0)
    solver = from_file(caffe.get_solver, solver_settings(hasty(one_cnn(spec.BATCH, caffe.TRAIN))))
    deploy = from_file(caffe.Net, hasty(one_cnn(1, caffe.TEST)), caffe.TEST)
    deploy.share_with(solver.net)
    model = SimpleNamespace(solver=solver, net=solver.net, deploy=deploy)
    for name, blobs in solver.net.params.items():
        for kind, blob in zip(("weight", "bias"), blobs):
            if blob.data.shape == weights[f"{name}.{kind}"].shape:
                blob.data[...] = weights[f"{name}.{kind}"]
    return model


# %%
silent = build_hasty(spec.initial_weights())
for batch in spec.batches(len(digits.train_labels), epoch=0):
    train_step(silent, digits.train_images[batch], digits.train_labels[batch])
accuracy = (logits(silent, digits.test_images).argmax(axis=1) == digits.test_labels).mean()
print("trained for one epoch, at least 85 %:", accuracy >= 0.85)

# %% [markdown]
# **Predict, then run.** It learns. Which rung catches it?
#
# <details><summary>Answer</summary>
#
# The first, `shapes`: 32 x 6 x 6 inputs of `dense1`, not 32 x 5 x 5.
#
# </details>

# %%
broken = ladder.climb(build_hasty, logits, gradients, train_step, read_weights, save, load)
print("broken rung:", broken.failed_rung)
print(broken.rungs[0].message)

# %% [markdown]
# In daily life you meet it when weights come from elsewhere. The next cell gives the course's
# weights to the hasty network, in a process that you can spare.

# %%
(folder / "hasty.prototxt").write_text(
    str(hasty(text_format.Parse(DEPLOY, caffe_pb2.NetParameter()))))
done = run_caffe("test", "-model", "hasty.prototxt", "-weights", "start.caffemodel",
                 "-iterations", "1")
print("ended by signal", -done.returncode)
print(last_words(done).split(" To learn")[0])

# %% [markdown]
# **The cure** is `round_mode: FLOOR`. It was merged after release 1.0, in 2018
# ([6282](https://github.com/BVLC/caffe/pull/6282)); Debian's build is from August of that year and
# has it. Release 1.0 itself has no such switch.
#
# The other side had to bend earlier: Torch could not load the zoo's networks
# ([torch/nn 116](https://github.com/torch/nn/issues/116), 2014). Torch got a switch, `:ceil()`. In
# PyTorch it is `ceil_mode=True`.

# %% [markdown]
# ## Why do zoo networks see blue people?
#
# Caffe read images with OpenCV, whose order is blue, green, red, from 0 to 255. Networks of the zoo
# expect that. Python's libraries give red, green, blue, often from 0 to 1, height and width first.
# `caffe.io.Transformer` turns one into the other. Without it nothing is raised: the answers only
# get worse ([opencv 9625](https://github.com/opencv/opencv/issues/9625)).

# %%
red = np.zeros((2, 2, 3), np.float32)
red[..., 0] = 1
transformer = caffe.io.Transformer({"data": (1, 3, 2, 2)})
transformer.set_transpose("data", (2, 0, 1))
transformer.set_channel_swap("data", (2, 1, 0))
transformer.set_raw_scale("data", 255)
print("a red pixel, as Caffe sees it:", transformer.preprocess("data", red)[:, 0, 0])
home.cleanup()

# %% [markdown]
# The text file says nothing about this. That is the limit of "the network is data": what happens to
# an image before `data` stood in somebody's Python.

# %% [markdown]
# ## Where did it come from, and what came of it?
#
# | when | what |
# |---|---|
# | 2013 | Yangqing Jia, a doctoral student at Berkeley, writes DeCAF, then Caffe |
# | 2013-12 | Caffe is public; Berkeley's vision centre (BVLC) takes it on |
# | 2014 | the paper; the Model Zoo; an award at ACM Multimedia |
# | 2015 | NetSpec; Google's DeepDream is published as a Caffe notebook |
# | 2017-04-18 | release 1.0, and maintenance |
# | 2018-03 | Caffe2 moves into PyTorch's repository |

# %% [markdown]
# **Two popular errors.** "Caffe was first called DeCAF": Jia tells it otherwise. DeCAF was an
# earlier program; to train, it needed another one, cuda-convnet.
#
# "Caffe2 is Caffe's next version": it is another program, from Facebook, of 2017, with operators
# for layers. Berkeley's 1.0 page calls it the new framework and promises a Caffe 1.1, which never
# came.

# %% [markdown]
# ## Why did the file outlive the framework?
#
# From 2014 on, trained networks were passed around as a pair: `deploy.prototxt` and `.caffemodel`.
# Other programs learned to read it:
#
# | reader | since | until |
# |---|---|---|
# | NVIDIA's GPU Inference Engine, later TensorRT | 2016 | deprecated in 7, gone in 10 |
# | OpenCV, now as `readNetFromCaffe` | 2015 | removed for OpenCV 5 (2026) |
# | Apple's coremltools | 2017 | removed in 5.0 (2021) |
# | Intel's OpenVINO | 2020 or before | no longer direct in 2023.1 |

# %% [markdown]
# **What took its place?** For training: Berkeley sent its users to Caffe2, and Caffe2 went into
# PyTorch. There a network may have loops and branches, and a new layer needs no C++. For the file:
# ONNX. NVIDIA and OpenCV send their users there. An ONNX file is a Protocol Buffer too, with nodes
# that find each other by the names of their inputs and outputs. You have read that idea today.
#
# Debian's last release with Caffe is bullseye, of 2021. That is why this course's copy is as old.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** You misspell a blob: `bottom: "pol1"` in the layer `conv2`. Where does it come out?
#
# <details><summary>A. When the text is parsed: the schema refuses it</summary>No. The schema knows the field <code>bottom</code>. What stands in it is a string, and any string will do.</details>
# <details><summary>B. When the network is built: no layer gives a blob of that name</summary>Right. Names are all that ties layers together, and they are looked up while the network is built.</details>
# <details><summary>C. In the first forward pass: the blob is there, but empty</summary>No. Sizes are inferred layer by layer while the network is built. A blob that nobody gives has none.</details>
#
# <br>**2.** You want to look at what `conv1` computed before its ReLU. What do you do?
#
# <details><summary>A. Give <code>relu1</code> a top of its own, and let <code>pool1</code> take that</summary>Right. Then the ReLU writes elsewhere, and the blob <code>conv1</code> keeps its negative numbers. It costs one blob more.</details>
# <details><summary>B. Read <code>net.blobs["conv1"].diff</code></summary>No. That half of a blob holds its gradient.</details>
# <details><summary>C. Read <code>net.params["conv1"]</code></summary>No. Those are the layer's weight and bias. What it computed is in <code>net.blobs</code>.</details>
#
# <br>**3.** You leave `round_mode` out. For which size of image does the trunk still give the same
# sizes as PyTorch's?
#
# <details><summary>A. 28 x 28</summary>No. 26, pooled 13, convolved 11: the second pooling has one pixel over, and rounds up to 6.</details>
# <details><summary>B. 32 x 32</summary>No. 30, pooled 15, convolved 13: an odd size again, and it rounds up to 7.</details>
# <details><summary>C. 30 x 30</summary>Right. 28, pooled 14, convolved 12, pooled 6: no pooling has a pixel left over, so there is nothing to round.</details>
#
# <br>**4.** Somebody sends you a doubtful prototxt. Your notebook holds an hour of training in
# memory. How do you try the file?
#
# <details><summary>A. <code>caffe.Net</code> in a <code>try</code> block, with an <code>except</code> that prints the error</summary>No. Caffe does not raise, it aborts. Your kernel would end, with all that it holds.</details>
# <details><summary>B. Parse it with <code>text_format</code>: what the schema accepts can be built</summary>No. To the schema <code>Relu</code> is a type like any other. The catalogue refuses it, at building.</details>
# <details><summary>C. In a process of its own, whose log you read</summary>Right. An abort ends that process and nothing else, and its last words stand in the log.</details>
#
# <br>**5.** After the first step every weight is right, but every bias has moved twice as far as in
# PyTorch. What do you look for?
#
# <details><summary>A. <code>iter_size: 2</code> in the solver</summary>No. It makes one step of two batches, and that would concern the weights as well.</details>
# <details><summary>B. <code>lr_mult: 2</code> in the layers</summary>Right. Each weight and bias can have its own factor, and Caffe's examples give 2 to every bias.</details>
# <details><summary>C. <code>momentum: 0.9</code> in the solver, which works by another formula</summary>No. It treats weights and biases alike, and in the first step there is no past to add.</details>
#
# <br>**6.** A network from the Model Zoo is loaded without an error. On your photos it answers
# worse than its authors say. What do you check first?
#
# <details><summary>A. How your images are prepared: order of colours, range, axes</summary>Right. The text files say nothing about what happens before <code>data</code>. That stood in somebody's Python.</details>
# <details><summary>B. The solver: its learning rate may not fit your photos</summary>No. The solver is for training. A network that only answers has no use for it.</details>
# <details><summary>C. The names of the fields in the prototxt</summary>No. A wrong name is refused when the text is parsed. You would have seen an error.</details>
#
# <br>**7.** A customer's network exists as `deploy.prototxt` and `.caffemodel`. It shall be in use
# for five more years. What do you advise?
#
# <details><summary>A. Keep Caffe: it computes what it should</summary>No. It does, but nobody mends it, an error ends the process, and the systems that it runs on grow old.</details>
# <details><summary>B. Keep the two files: current TensorRT and OpenCV read them</summary>No. They did. TensorRT 10 and OpenCV 5 have dropped them, and so have others.</details>
# <details><summary>C. Train a new one: such a file cannot be read without Caffe</summary>No. Other programs learned to read the pair, and in this chapter about a hundred lines of NumPy read the text.</details>
# <details><summary>D. Port it to a living framework, and check the port against Caffe</summary>Right. That is what Caffe is still good for: to say what the old network answers.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | low | middle | high |
# |---|---|---|---|
# | you write | prototxt; NumPy into blobs | NetSpec, `solver.step`, a loop | two text files, `caffe train` |
# | you get | `data` and `diff` of everything | names, sizes, momentum | data files, tests, snapshots, the Model Zoo |
# | it stops helping | at the first layer that the catalogue lacks | at a step that no solver knows | at a network that depends on its input |

# %% [markdown]
# **Choose it when** you must read, check or port a network that exists only as prototxt and
# `.caffemodel`: it still computes what it should (shown above).
#
# **Avoid it when** you begin anything new: nobody mends it, an error ends your process (shown
# above), and the readers of its files are leaving. Take [PyTorch](02_pytorch.ipynb) or
# [Keras](03_keras.ipynb).
#
# **Take with you:** a network that is data can be drawn, compared, checked and read by other
# programs. [Chainer](../01_history/05_chainer.ipynb) gave that up on purpose, and tells why.
#
# **Now you:** [the exercise](../../exercises/02_frameworks/05_caffe.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - The principle:
#   [Caffe's tutorial](https://github.com/BVLC/caffe/blob/rc4/docs/tutorial/index.md); the solver:
#   [its page](https://github.com/BVLC/caffe/blob/tutorial/docs/tutorial/solver.md)
# - Release 1.0: [its page](https://github.com/BVLC/caffe/releases/tag/1.0), 2017, also for the
#   award and for Caffe2
# - The beginning: [interview with Jia](https://codestudyblog.com/8ten13/80424151628.html) (a
#   translation; the original could not be found);
#   [interview with Shelhamer, Donahue and Long](https://www.edge-ai-vision.com/2016/01/the-caffe-deep-learning-framework-an-interview-with-the-core-developers/),
#   2016; [Wikipedia](https://en.wikipedia.org/wiki/Caffe_(software)); the paper:
#   [arXiv 1408.5093](https://arxiv.org/abs/1408.5093), 2014
# - The zoo: [its beginning](https://github.com/BVLC/caffe/pull/917), 2014;
#   [documentation](https://github.com/gtlim/caffe/blob/master/docs/model_zoo.md),
#   [its page](https://github.com/BVLC/caffe/wiki/Model-Zoo)
# - NetSpec: [BVLC/caffe 2086](https://github.com/BVLC/caffe/pull/2086), 2015; DeepDream:
#   [the notebook](https://github.com/google/deepdream/blob/master/dream.ipynb), 2015
# - The loss: [BVLC/caffe 3296](https://github.com/BVLC/caffe/pull/3296), 2015
# - Float only:
#   ["we'll just always use float"](https://github.com/BVLC/caffe/blob/master/python/caffe/_caffe.cpp)
#   in the Python module's source; the loss that ends at 87.3: `FLT_MIN` in
#   [softmax_loss_layer.cpp](https://github.com/BVLC/caffe/blob/master/src/caffe/layers/softmax_loss_layer.cpp)
#   (both read 2026-11-30)
# - Aborting: [BVLC/caffe 5882](https://github.com/BVLC/caffe/issues/5882), 2017; in MATLAB:
#   [3986](https://github.com/BVLC/caffe/issues/3986), 2016
# - `lr_mult: 2`: [caffe-users](https://groups.google.com/g/caffe-users/c/8J_J8tc1ZHc), 2015
# - The trap: [BVLC/caffe 1318](https://github.com/BVLC/caffe/issues/1318), 2014;
#   [4773](https://github.com/BVLC/caffe/issues/4773), 2016;
#   [3057](https://github.com/BVLC/caffe/pull/3057), 2015, also for Torch's `:ceil()`;
#   [6282](https://github.com/BVLC/caffe/pull/6282), 2018;
#   [torch/nn 116](https://github.com/torch/nn/issues/116), 2014; [PyTorch's
#   `ceil_mode`](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html)
# - Colours:
#   [Caffe's wiki, in Intel's copy](https://github.com/intel/caffe/wiki/Image-Format:-BGR-not-RGB),
#   2016; [opencv 9625](https://github.com/opencv/opencv/issues/9625), 2017
# - Caffe2: [its blog](https://caffe2.ai/blog), 2018;
#   [Synced](https://syncedreview.com/2018/04/02/caffe2-merges-with-pytorch/), 2018
# - TensorRT: [NVIDIA,
#   2016](https://devblogs.nvidia.com/production-deep-learning-nvidia-gpu-inference-engine/);
#   [its Caffe parser](https://docs.nvidia.com/deeplearning/tensorrt/archives/tensorrt_401/tensorrt-api/python_api/pkg_ref/parsers.html);
#   [deprecated in 7](https://github.com/NVIDIA/TensorRT/issues/705), 2020 (read 2026-11-29);
#   [gone in 10](https://github.com/dusty-nv/jetson-inference/issues/1908), 2024
# - OpenCV: [opencv_contrib 362](https://github.com/opencv/opencv_contrib/pull/362), 2015; its
#   function's name: [1310](https://github.com/opencv/opencv_contrib/pull/1310), 2017;
#   [opencv 28678](https://github.com/opencv/opencv/pull/28678) and
#   [opencvsharp 1905](https://github.com/shimat/opencvsharp/issues/1905), 2026
# - coremltools: [a survey of 2017](https://github.com/PaddlePaddle/Mobile/wiki/CoreML-Survey),
#   [issue 1762](https://github.com/apple/coremltools/issues/1762); OpenVINO:
#   [2020.2](https://docs.openvino.ai/2020.2/_docs_MO_DG_prepare_model_Prepare_Trained_Model.html),
#   [2023.1](https://docs.openvino.ai/2023.1/openvino_docs_MO_DG_prepare_model_convert_model_tutorials.html)
# - ONNX: [its specification](https://onnx.ai/onnx/_sources/repo-docs/IR.md.txt); Debian:
#   [its packages](https://packages.debian.org/caffe),
#   [bullseye](https://securityonline.info/debian-11-bullseye-enters-lts-what-you-need-to-know),
#   2021

# %% [markdown]
# **On your path:**
#
# - *The history, 11 of 11:* [Where they went](../01_history/07_where_they_went.ipynb) → here. You
#   have walked all of it
#
# **In the order of the folders:** previous [MXNet](04_mxnet.ipynb) · next [JAX](06_jax.ipynb) ·
# [all chapters](../00_start_here.ipynb)
