# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # See inside: TensorBoard, feature maps, saliency
#
# After this notebook you will be able to record a training from PyTorch, TensorFlow, JAX or no
# framework at all, look at it in TensorBoard, and show what a trained network reacts to.
#
# **You will learn to**
# - write curves, histograms, images, graphs and embeddings, and read them back by a program;
# - write an event file by hand, byte by byte;
# - ask a running TensorBoard for its numbers;
# - compute feature maps and saliency in two frameworks, and prove that they agree;
# - avoid losing the end of a training's record.
#
# **Before you start:** [Your first network](../00_your_first_network.ipynb) and
# [PyTorch](../02_frameworks/02_pytorch.ipynb). Kernel `deployment`
# (`python3 course.py lab --with deployment`), about 35 minutes.
# Where no browser is found, one picture is missing and the notebook says so.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What does a training tell while it runs?
#
# What you write down. PyTorch's `SummaryWriter` takes a tag, a value and a step. It writes them
# into a folder, and each folder is a **run**. Below, one [epoch](../00_glossary.ipynb#Epoch) of the
# course's network: its loss at each step, and histograms of weights and gradients at each tenth.
#
# We train in float64, so that frameworks can be compared closely. `board.py`, a small program of
# this chapter, reads the files; its text is in the folder `01_see_inside`.

# %%
import tempfile
from pathlib import Path

import numpy as np

from onecnn import cells, launch, mnist, paths, spec

FOLDER = paths.programs("06_practice/01_see_inside")
board = cells.program("06_practice/01_see_inside/board")
scratch = tempfile.TemporaryDirectory()
runs = scratch.name + "/runs"
digits = mnist.load()
images, labels = digits.train_images.astype(np.float64), digits.train_labels
start = {name: value.astype(np.float64) for name, value in spec.initial_weights().items()}

# %%
from torch.utils.tensorboard import SummaryWriter

pytorch = cells.functions("02_frameworks/02_pytorch")


def train(run, weights):
    model, losses = pytorch.build(weights), []
    with SummaryWriter(f"{runs}/{run}") as writer:
        for step, chosen in enumerate(spec.batches(len(labels), 0)):
            losses.append(pytorch.train_step(model, images[chosen], labels[chosen]))
            writer.add_scalar("loss", losses[-1], step)
            for name, weight in model.named_parameters() if step % 10 == 0 else ():
                writer.add_histogram(name, weight, step)
                writer.add_histogram(f"gradient/{name}", weight.grad, step)
    return losses


# %%
losses = train("pytorch", start)
found = board.read(f"{runs}/pytorch")
print("curves:", found.Tags()["scalars"], "  points:", len(found.Scalars("loss")))
print("histograms:", len(found.Tags()["histograms"]))
print("read back as written, in float32:",
      np.array_equal(np.float32(losses), np.float32(board.curve(f"{runs}/pytorch"))))

# %% [markdown]
# `EventAccumulator` is TensorBoard's own reader; `board.read` calls it. We ask it for *all* events.
# By default it keeps one histogram and four images of a tag, a random choice of what was there: a
# program that reads your histograms would see one step in seven, and no error.

# %% [markdown]
# ## What is in the file?
#
# Records, one behind the other: a length, a checksum of the length, the data, a checksum of the
# data. The data is a *protobuf* message, numbered fields, called `Event`: time, step, tag, value.
# That is little enough to write it yourself. From `by_hand.py`, which imports no framework:

# %%
program = (FOLDER / "by_hand.py").read_text(encoding="utf-8")
print(program[program.index("def checked"):program.index("def varint")].rstrip(), end="\n\n\n")
print(program[program.index("def scalar"):program.index("def write")].rstrip())

# %% [markdown]
# The [reference](../00_glossary.ipynb#Reference), the network in NumPy, has no writer. Its 62
# losses of this epoch go into a file by hand. If one bit were wrong, TensorBoard's reader would
# refuse the record.

# %%
from onecnn import ladder

by_hand = cells.program("06_practice/01_see_inside/by_hand")
reference = ladder.expected()["losses"][:len(losses)]
by_hand.write(f"{runs}/by hand", "loss", reference, time=0.0)
print("TensorBoard reads what we wrote:",
      np.array_equal(np.float32(reference), np.float32(board.curve(f"{runs}/by hand"))))

# %%
import logging

logging.getLogger("tensorboard").setLevel(logging.ERROR)
file = Path(runs, "by hand", "events.out.tfevents.by_hand")
whole = file.read_bytes()
file.write_bytes(whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:])
damaged = board.curve(f"{runs}/by hand")
file.write_bytes(whole)
print("points after one bit is turned over:", len(damaged), "of 62")

# %% [markdown]
# The reader stops at the damaged record and keeps what came before. A file whose end is cut off,
# by a crash say, is read in the same way: that is what the checksums are for.

# %% [markdown]
# ## How do TensorFlow and JAX do it?
#
# TensorFlow has `tf.summary`: a writer is made the default, and `tf.summary.scalar` finds it. JAX
# leaves it to others. Any writer will do that takes numbers; the `tensorboard` package has a small
# one, marked experimental in its source. Both run in processes of their own, for three frameworks
# in one would fill the memory.

# %%
program = (FOLDER / "in_tensorflow.py").read_text(encoding="utf-8")
print(program[program.index("    with tf.summary"):program.index("    return losses")])
program = (FOLDER / "in_jax.py").read_text(encoding="utf-8")
print(program[program.index("    writer ="):program.index("    return losses")].rstrip())

# %%
import json


def told(*command):
    output, = launch.run([command], kernel="deployment", timeout=240)
    return json.loads(output.splitlines()[-1])


tensorflow_losses = told(FOLDER / "in_tensorflow.py", f"{runs}/tensorflow")
jax_losses = told(FOLDER / "in_jax.py", "train", f"{runs}/jax")

# %% [markdown]
# **Predict, then run.** Four files, by four writers: the same network, the same
# [batches](../00_glossary.ipynb#Batch), in float64. After 62 steps, how far apart are the curves
# that TensorBoard reads: a hundredth, a millionth, or less?
#
# <details><summary>Answer</summary>
#
# Less. In float64 the trainings differ by rounding, around 1e-15, and the files keep float32, seven
# digits. Two curves *could* differ in the seventh, where a value lies between two float32 numbers.
#
# </details>

# %%
written = {"by hand": reference, "pytorch": losses, "tensorflow": tensorflow_losses,
           "jax": jax_losses}
curves = {run: np.array(board.curve(f"{runs}/{run}")) for run in written}
for run, values in curves.items():
    kept = [kind for kind in ("scalars", "tensors") if board.read(f"{runs}/{run}").Tags()[kind]]
    print(f"{run:<11} points: {len(values)}   as written: "
          f"{np.array_equal(np.float32(written[run]), np.float32(values))}   "
          f"within 1e-6 of the reference: {np.abs(values - reference).max() < 1e-6}   {kept}")

# %% [markdown]
# The last column is a trap for your own programs. `SummaryWriter` and our hand write a plain
# number, which the reader lists under `scalars`. `tf.summary` and the package's writer wrap the
# number in a tensor, listed under `tensors`. Who asks for `Scalars("loss")` finds nothing there.
# TensorBoard's pages treat both alike. And how many does the reader keep, unless asked for all?

# %%
from tensorboard.backend.event_processing import event_accumulator

kept = event_accumulator.DEFAULT_SIZE_GUIDANCE
print({kind: kept[kind] for kind in ("scalars", "tensors", "images", "histograms")})

# %% [markdown]
# Ten tensors: of the curve that TensorFlow wrote, 62 steps long, your program would see ten points,
# and no error.

# %% [markdown]
# ## What do histograms show that a loss does not?
#
# *Why* nothing happens. The second run starts from the same weights, each divided by ten.
#
# **Predict, then run.** By how much do the gradients of the first
# [convolution](../00_glossary.ipynb#Convolution) shrink?
#
# <details><summary>Answer</summary>
#
# A thousandfold and more. A gradient travels back through the three layers above, and each
# multiplies it by weights that are a tenth. This is a **vanishing gradient**, made on purpose.
#
# </details>

# %%
train("a tenth", {name: value / 10 for name, value in start.items()})


def largest(run, name):
    events = board.read(f"{runs}/{run}").Histograms(f"gradient/{name}")
    return [max(-event.histogram_value.min, event.histogram_value.max) for event in events]


usual, tenth = largest("pytorch", "conv1.weight"), largest("a tenth", "conv1.weight")
print("histograms in a run:", len(usual), "  numbers in each:", int(board.read(
    f"{runs}/pytorch").Histograms("conv1.weight")[0].histogram_value.num))
print("at the start more than 1,000 times smaller:", usual[0] > 1000 * tenth[0])
print("the loss stays within 0.1 of log(10), a guess:",
      all(abs(value - np.log(10)) < 0.1 for value in board.curve(f"{runs}/a tenth")))

# %%
fig, (left, right) = lesson.figure(8, 3, columns=2)
for run, color, marker in (("pytorch", lesson.BLUE, "o"), ("a tenth", lesson.VERMILION, "s")):
    name = "usual start" if run == "pytorch" else "a tenth of it"
    left.plot(board.curve(f"{runs}/{run}"), color=color, marker=marker, markevery=10, label=name)
    right.plot(range(0, 62, 10), largest(run, "conv1.weight"), color=color, marker=marker)
left.set(xlabel="step", ylabel="loss", ylim=(0, 3.2), title="What the loss says")
right.set(xlabel="step", ylabel="largest gradient of conv1", yscale="log",
          title="What the histograms say")
left.legend(loc="center right")
lesson.show(fig, alt="Left: the loss of the usual start falls, that of a tenth of it stays at 2.3. "
            "Right, logarithmic: the largest gradient of the first convolution in both runs; "
            "from a tenth of the weights it begins a thousand times smaller.")

# %% [markdown]
# A flat loss has many causes: a learning rate of zero, wrong labels, weights that no optimizer
# holds. The histogram tells this one from the others. Our network starts from He's bound
# (`onecnn/spec.py`), which keeps what flows through the layers at its size.

# %% [markdown]
# ## What does a layer see?
#
# A [convolution](../00_glossary.ipynb#Convolution) with 16 filters makes 16 pictures of each digit,
# its **feature maps**. PyTorch modules call a *forward hook* with what they return. In JAX there is
# nothing to hook into: you call the part of the network that you want. Both get the weights that
# PyTorch trained.

# %%
import torch

from onecnn import trained

weights = {name: value.astype(np.float64) for name, value in trained.weights("pytorch").items()}
test, answers = digits.test_images[:300].astype(np.float64), digits.test_labels[:300]
seen, model = [], pytorch.build(weights)
hook = model.conv1.register_forward_hook(lambda layer, given, made: seen.append(torch.relu(made)))
read = pytorch.logits(model, test).argmax(axis=1)
hook.remove()
maps = seen[0].numpy()

# %%
print(program[program.index("def feature_maps"):program.index("def look")].rstrip())
np.savez(f"{scratch.name}/given.npz", images=test, labels=answers, **weights)
told(FOLDER / "in_jax.py", "look", f"{scratch.name}/given.npz", f"{scratch.name}/found.npz")
in_jax = np.load(f"{scratch.name}/found.npz")

# %%
print("maps:", maps.shape, "  accuracy at least 94 %:", (read == answers).mean() >= 0.94)
print("PyTorch and JAX agree within 1e-12:",
      np.abs(maps - in_jax["maps"]).max() < 1e-12)

# %%
fig, axes = lesson.figure(8, 2.4, rows=2, columns=9)
for ax, picture in zip(axes[:, 1:].flat, maps[0]):
    ax.imshow(picture, cmap="viridis")
axes[0, 0].imshow(test[0, 0], cmap="gray_r")
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
axes[1, 0].axis("off")
axes[0, 0].set_title("the digit", fontsize=9)
axes[0, 1].set_title("16 feature maps of conv1", fontsize=9, loc="left")
lesson.show(fig, alt="A test digit, and the 16 feature maps that the first convolution makes of "
            "it. Some light up at edges of one direction, others all over the ink or beside it.")

# %% [markdown]
# Some maps answer to edges of one direction, some to ink, one to paper: it is what training left.
# A map that stays dark on each of the 300 digits would be a dead filter, and a reason to look at
# the start or the learning rate.

# %%
print("dead filters in conv1:", int((maps.max(axis=(0, 2, 3)) == 0).sum()))

# %% [markdown]
# ## Which pixels matter?
#
# Take the [logit](../00_glossary.ipynb#Logit) of the right digit and ask for its gradient, not by
# the weights, but *by the pixels*. It says how much the logit grows if a pixel grows a little:
# **saliency** (Simonyan, Vedaldi and Zisserman 2013). In PyTorch the image requires a gradient; in
# JAX (`right_logits` above) the images are what `jax.grad` is taken by.

# %%
def saliency(model, images, labels):
    x = torch.from_numpy(images).requires_grad_()
    model(x)[torch.arange(len(labels)), torch.from_numpy(labels)].sum().backward()
    return x.grad.numpy()


ours = saliency(model, test, answers)
print("PyTorch and JAX agree within 1e-12:", np.abs(ours - in_jax["saliency"]).max() < 1e-12)

# %% [markdown]
# The sum over the batch is a trick that both need: `backward()` and `jax.grad` want *one* number.
# No image's logit depends on another image, so the sum mixes nothing.
#
# **Predict, then run.** Wipe out 20 pixels of ink in each test digit. Once those with the largest
# gradient times value, once 20 at random. What part of the 300 is still read right?
#
# <details><summary>Answer</summary>
#
# At random, more than 90 % still. Without the 20 that saliency names, less than 80 %. The map is
# about *this* network, and it is right about it.
#
# </details>

# %%
def wiped(scores):
    chosen = np.argsort(-scores.reshape(300, -1), axis=1)[:, :20]
    flat = test.reshape(300, -1).copy()
    np.put_along_axis(flat, chosen, 0, axis=1)
    read = pytorch.logits(model, flat.reshape(test.shape)).argmax(axis=1)
    return (read == answers).mean()


ink = test > 0
at_random = wiped(ink * np.random.RandomState(0).uniform(0.1, 1, test.shape))
print("without 20 pixels of ink at random, more than 90 % right:", at_random > 0.9)
print("without the 20 that saliency names, less than 80 %:", wiped(ours * test) < 0.8)

# %% [markdown]
# But does it show what the network *learned*? Adebayo and others (*Sanity Checks for Saliency
# Maps*, 2018) found methods whose pictures hardly change when the weights are random. So compare:
# the same map from weights that nobody has trained.

# %%
untrained = saliency(pytorch.build(start), test, answers)
alike = [np.corrcoef(np.abs(a).ravel(), np.abs(b).ravel())[0, 1] for a, b in zip(ours, untrained)]
outside = np.median([np.abs(a)[~i].sum() / np.abs(a).sum() for a, i in zip(ours, ink)])
print("trained and untrained maps, correlation of a half or so:", 0.3 < np.median(alike) < 0.6)
print("more than a third of the saliency lies outside of the ink:", outside > 1 / 3)

# %%
fig, axes = lesson.figure(7, 2.6, columns=4)
for ax, picture, title in zip(axes, (test[0], ours[0], ours[0] * test[0], untrained[0]),
                              ("the digit", "gradient", "gradient x pixel", "untrained gradient")):
    top = np.abs(picture).max()
    ax.imshow(picture[0], cmap="gray_r" if title == "the digit" else "PuOr",
              vmin=0 if title == "the digit" else -top, vmax=top)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=9)
lesson.show(fig, alt="A test digit; the gradient of its logit, orange where ink would hurt and "
            "purple where it would help, in and around the strokes; the same times the pixels, "
            "inside the ink alone; and the gradient of an untrained network, which lies in the "
            "same places.")

# %% [markdown]
# Be careful with what you see. An untrained network's map looks like the digit, too, because the
# digit is where ReLUs switch. That a map has the shape of the object proves little; wiping out and
# counting, as above, proves more.

# %% [markdown]
# ## How do pictures, graphs and embeddings get into TensorBoard?
#
# Each by one call. `add_graph` runs the model and writes what it did; `add_embedding` takes a point
# for each digit, here the 64 numbers before the last layer, with its label and its picture.

# %%
points, hook = [], model.dense1.register_forward_hook(
    lambda layer, given, made: points.append(torch.relu(made)))
pytorch.logits(model, test)
hook.remove()
with SummaryWriter(f"{runs}/inside") as writer:
    writer.add_image("digit", digits.test_images[0])
    writer.add_images("conv1", maps[0][:, None] / maps[0].max())
    writer.add_graph(model, torch.from_numpy(test[:1]))
    writer.add_embedding(points[0], answers.tolist(),
                         torch.from_numpy(digits.test_images[:300]), tag="dense1")

# %%
import io
from collections import Counter

import matplotlib.pyplot as plt

inside = board.read(f"{runs}/inside")
png = plt.imread(io.BytesIO(inside.Images("digit")[0].encoded_image_string))
print("the picture comes back, to 8 bits:",
      np.abs(png[..., 0] - digits.test_images[0, 0]).max() < 1 / 255)
count = Counter(node.op.split("::")[-1] for node in inside.Graph().node)
print({op: count[op] for op in ("_convolution", "relu", "max_pool2d", "flatten", "linear")})
count = Counter(node.op for node in board.read(f"{runs}/tensorflow").Graph().node)
print({op: count[op] for op in ("Conv2D", "Relu", "MaxPool", "Reshape", "MatMul")})

# %% [markdown]
# Two frameworks' graphs, in two vocabularies, and the same network: two convolutions, three ReLUs,
# two poolings, two products. The embedding is no event. It is a table beside the event file, which
# any program can read.
#
# **Predict, then run.** For how many digits does the nearest other point have the same label, in
# pixels, and in the 64 numbers?

# %%
def same_label(points):
    apart = (points ** 2).sum(axis=1) - 2 * points @ points.T  # and a number of the row's own
    np.fill_diagonal(apart, np.inf)
    return (answers[apart.argmin(axis=1)] == answers).mean()


table = next(Path(runs, "inside").rglob("tensors.tsv"))
embedded = np.loadtxt(table, delimiter="\t")
print("the table:", embedded.shape)
print("pixels: fewer than 85 %:", same_label(test.reshape(300, -1)) < 0.85)
print("64 numbers: more than 90 %:", same_label(embedded) > 0.9)

# %% [markdown]
# <details><summary>Answer</summary>
#
# In pixels eight of ten, in the 64 numbers more than nine. The layers before have moved digits with
# one label together; the last layer has little left to do.
#
# </details>

# %% [markdown]
# ## What does the server say?
#
# TensorBoard is a web server that reads these files again and again. The page draws what it gets
# over HTTP, and so can you get it. `board.py` starts it on a free port of this machine and *without
# TensorFlow*: where TensorFlow is installed, TensorBoard imports it for its file systems, and took
# 834 MB here in place of 91 MB.

# %%
import time
import urllib.parse
import urllib.request
from contextlib import ExitStack

running = ExitStack()
server = running.enter_context(launch.server(
    [FOLDER / "board.py", "--logdir", runs, "--host", "127.0.0.1", "--port", "{port}"],
    ready="/data/environment", kernel="deployment", timeout=120))


def ask(path, **query):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    address = f"{server.url}/data/{path}?{urllib.parse.urlencode(query)}"
    return json.load(opener.open(address, timeout=30))


# %%
end = time.monotonic() + 60
while len(ask("runs")) < 6 and time.monotonic() < end:  # it reads one folder after another
    time.sleep(0.2)
print("runs:", sorted(ask("runs")))
for run in curves:
    answer = ask("plugin/scalars/scalars", run=run, tag="loss")
    print(f"{run:<11} points: {len(answer)}   the server's numbers are the file's:",
          np.array_equal(np.float32([value for _, _, value in answer]), np.float32(curves[run])))

# %% [markdown]
# For the page itself a real browser without a window opens it and takes a picture. (The chapter
# [Draw a digit](../05_deployment/06_browser.ipynb) says where it comes from.)

# %% tags=["nbval-ignore-output"]
try:
    launch.run([[FOLDER / "screenshot.py", server.url, f"{scratch.name}/page.png"]],
               kernel="deployment", timeout=120)
    fig, ax = lesson.figure(9, 5.1)
    ax.imshow(plt.imread(f"{scratch.name}/page.png"))
    ax.axis("off")
    lesson.show(fig, alt="TensorBoard's page in the browser: runs on the left, the chart of the "
                "loss in the middle, four lines one on top of another and the flat one of the "
                "small start, and their values below.")
except launch.WorkerFailed as failed:
    print("no picture of the page:", str(failed).splitlines()[-1])

# %%
running.close()
print("the server has stopped:", server.process.poll() is not None)

# %% [markdown]
# ## A trap: the end that was never written
#
# A writer collects what it is told and writes it now and then. A user logged ten steps, looked, and
# found an empty TensorBoard; with a hundred steps it showed some
# ([pytorch/pytorch 24234](https://github.com/pytorch/pytorch/issues/24234), 2019). The cure named
# there: `flush()`.
#
# The next program gives two writers 62 points, then two others 1,000, flushes one of each pair, and
# is gone as a killed process is. They are the writer inside of `SummaryWriter`, with TensorFlow's
# file system.
#
# **Predict, then run.** How many of the 62 points does each file hold?
#
# <details><summary>Answer</summary>
#
# 0 and 62. All of the first writer's points were in memory. In a long training the *end* is
# missing: the part that would tell why the process was killed.
#
# </details>

# %%
launch.run([[FOLDER / "killed.py", scratch.name, "62", "1000"]], kernel="deployment", timeout=120)
for count in (62, 1000):
    kept = {}
    for name in ("careless", "careful"):
        events = board.read(f"{scratch.name}/{count}/{name}")
        kept[name] = len(events.Scalars("loss")) if events.Tags()["scalars"] else 0
    print(f"of {count:>4} losses: flushed, all are there: {kept['careful'] == count}   "
          f"not flushed, some are missing: {kept['careless'] < count}   "
          f"none is there: {kept['careless'] == 0}")

# %% [markdown]
# The cure: `with SummaryWriter(...)`, as above, closes the file even when an exception passes
# through. `flush()` after each epoch saves what an exception cannot: a killed process, a lost
# machine. By default PyTorch's writer flushes every 120 seconds.

# %% [markdown]
# A second one of this kind: **one folder, two runs**. TensorBoard takes a folder for a run, and
# what two trainings wrote there becomes one curve that goes back to the start and draws a zigzag.
# A maintainer says that no two writers may share a run's folder
# ([tensorflow/tensorboard 1011](https://github.com/tensorflow/tensorboard/issues/1011), 2018).

# %%
for _ in range(2):
    with SummaryWriter(f"{scratch.name}/shared") as writer:
        for step in range(3):
            writer.add_scalar("loss", 3.0 - step, step)
print("steps:", [event.step for event in board.read(f"{scratch.name}/shared").Scalars("loss")])
in_jax.close()

# %% [markdown]
# ## Which settings made which run?
#
# A curve does not tell its [learning rate](../00_glossary.ipynb#Learning-rate). Three short runs,
# twenty steps each, with three rates; the mean loss of the last five steps judges them.
#
# **Predict, then run.** Which of 0.001, 0.05 and 5 is the best, and which is the worst?
#
# <details><summary>Answer</summary>
#
# 0.05, the course's own, is the best. With 0.001 little has happened after twenty steps; with 5 the
# first steps throw the weights so far that the loss lies above that of a guess, or is no number.
#
# </details>

# %%
def short_run(rate):
    model = pytorch.build(start)
    model.optimizer.param_groups[0]["lr"] = rate
    steps = [pytorch.train_step(model, images[at:at + 64], labels[at:at + 64])
             for at in range(0, 20 * 64, 64)]
    return np.nan_to_num(np.mean(steps[-5:]), nan=1e9, posinf=1e9)


judged = {rate: float(short_run(rate)) for rate in (0.001, 0.05, 5.0)}
print("from best to worst:", sorted(judged, key=judged.get))

# %% [markdown]
# `add_hparams` writes settings and result into one run, and the page's tab HPARAMS makes a table of
# them. In the file they lie as two events without a curve: the settings at the start, the status at
# the end. The result is a scalar of its own.

# %%
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData


def settings(folder):
    content = board.read(folder).summary_metadata["_hparams_/session_start_info"]
    found = HParamsPluginData.FromString(content.plugin_data.content)
    return {name: value.number_value for name, value in found.session_start_info.hparams.items()}


for rate, loss in judged.items():
    folder = f"{scratch.name}/settings/{rate}"
    with SummaryWriter(folder) as writer:
        writer.add_hparams({"learning rate": rate}, {"loss": loss}, run_name=".")
    print(settings(folder), "  loss as written:", board.curve(folder) == [np.float32(loss)])

# %% [markdown]
# **MLflow** keeps the same in a database, here a file, and *finds* runs by it: "the smallest loss
# first". It reports how it is used to its makers, unless an environment variable [says
# no](https://mlflow.org/docs/latest/community/usage-tracking).

# %%
import logging
import os

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # before the import
import mlflow

logging.getLogger("mlflow").setLevel(logging.WARNING)
mlflow.set_tracking_uri(f"sqlite:///{scratch.name}/runs.db")
mlflow.set_experiment("rates")
for rate, loss in judged.items():
    with mlflow.start_run():
        mlflow.log_params({"learning rate": rate})
        mlflow.log_metric("loss", loss)

# %%
experiment = mlflow.get_experiment_by_name("rates").experiment_id
best, *_, worst = mlflow.MlflowClient().search_runs(
    [experiment], "attributes.status = 'FINISHED'", order_by=["metrics.loss ASC"])
print("best:", best.data.params, "  worst:", worst.data.params)
print("losses as logged:", best.data.metrics["loss"] == min(judged.values()))
scratch.cleanup()

# %% [markdown]
# Settings come back as text, `'0.05'`: make numbers of them before you compare.

# %% [markdown]
# ## What else is used today?
#
# - **Weights & Biases** sends runs to a service, where a team compares them; `wandb offline` keeps
#   them on the disk until `wandb sync`.
# - **MLflow**, which you met, has a server and a page for its database, too. It keeps models beside
#   parameters and metrics.
# - **Aim** is open source and hosted by you, too; its command line converts TensorBoard's, MLflow's
#   and Weights & Biases' logs.
#
# All three record *which settings* made a run, and find runs by them. TensorBoard's files are the
# common denominator: no account, no server to write them.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** A training died in the night, and its curve ends an hour before the log of the job does.
# What do you change?
#
# <details><summary>A. Nothing: what is not in the file was not computed</summary>No. The writer had collected it. What it had not flushed went with the process.</details>
# <details><summary>B. Call <code>flush()</code> after each epoch</summary>Right. What is flushed survives the process, however it ends.</details>
# <details><summary>C. Put the writer into a <code>with</code> block, and no more</summary>No. That helps against an exception. A killed process leaves no block.</details>
#
# <br>**2.** Your program reads `Scalars("loss")`. It works for a colleague's PyTorch runs and finds
# no such tag in the TensorFlow ones, though the page shows them. Why?
#
# <details><summary>A. TensorFlow's files have another format of records</summary>No. Records and messages are the same; the same reader opened both.</details>
# <details><summary>B. TensorFlow's writer was not closed</summary>No. Then the page would not show them either.</details>
# <details><summary>C. <code>tf.summary</code> wraps the number in a tensor</summary>Right. The reader lists it under <code>tensors</code>, and you have to unpack it.</details>
#
# <br>**3.** The loss stays at 2.3, the loss of a guess. The histograms show gradients of about 1e-7
# in the first layer and 1e-4 in the last. Which cause fits?
#
# <details><summary>A. The weights start too small</summary>Right. Each layer multiplies the gradient on its way back by small weights, so the first gets least.</details>
# <details><summary>B. The learning rate is too small</summary>No. It scales the steps. Gradients at the start do not know it.</details>
# <details><summary>C. The labels are shuffled</summary>No. The gradients would have their usual size, and point nowhere for long.</details>
#
# <br>**4.** A curve in TensorBoard runs to step 61, jumps back to 0 and runs to 61 again, as one
# line. What happened?
#
# <details><summary>A. Two trainings wrote into the same folder</summary>Right. A folder is a run, so their points became one curve.</details>
# <details><summary>B. The writer was closed too late</summary>No. That loses points or delays them. It adds none.</details>
# <details><summary>C. The smoothing is set too high</summary>No. It draws the values smoother, at the steps that are there.</details>
#
# <br>**5.** Why may you sum the right logits of a batch before you ask for the gradient by the
# pixels?
#
# <details><summary>A. The gradients of a sum are averaged over the images</summary>No. A sum adds and divides by nothing.</details>
# <details><summary>B. No image's logit depends on another image's pixels</summary>Right. In the sum, each pixel meets its own image's logit alone. A network that mixes images would break this.</details>
# <details><summary>C. It is an approximation, good enough for a picture</summary>No. It is exact here, and the two frameworks agree within 1e-12.</details>
#
# <br>**6.** A saliency map lies on the stroke of the digit. What does that show?
#
# <details><summary>A. That the network has learned what a digit is</summary>No. The map of an untrained network lies there, too.</details>
# <details><summary>B. That these pixels caused the answer</summary>No. A gradient speaks of small changes. Wipe the pixels out and count, if you want to know more.</details>
# <details><summary>C. Little, until you compare it with an untrained network and with pixels wiped out</summary>Right. The first tells what the digit's shape alone does, the second whether the answer depends on them.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | Question | Answer |
# |---|---|
# | What is an event file? | records with checksums around small messages; a page of code writes it |
# | Who can write it? | PyTorch, TensorFlow, the `tensorboard` package, you: the same curve from each |
# | What do histograms add? | they tell a vanished gradient from other causes of a flat loss |
# | Feature maps, saliency | a hook or a part of the network; a gradient by the pixels; equal in two frameworks |
# | Which settings made it? | `add_hparams` for a table, MLflow's database for a search |
# | What gets lost? | what was not flushed when the process ended |
#
# **Choose TensorBoard when** you work alone or on one machine and want files that stay yours.
# **Avoid it when** many people search many runs by their settings: its table reads files, and a
# database answers questions.
#
# **Now you:** [the exercise](../../exercises/06_practice/01_see_inside.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-12-01.
# - The record and the messages: TensorBoard 2.21, `tensorboard/summary/writer/record_writer.py`,
#   `compat/proto/event.proto`; what its reader keeps by default, `event_accumulator.py`; when it
#   imports TensorFlow, `compat/__init__.py` (read as installed)
# - `flush_secs` of 120: [PyTorch, source of
#   SummaryWriter](https://docs.pytorch.org/docs/stable/_modules/torch/utils/tensorboard/writer.html)
# - The traps: [pytorch/pytorch issue 24234](https://github.com/pytorch/pytorch/issues/24234), 2019;
#   [tensorflow/tensorboard issue 1011](https://github.com/tensorflow/tensorboard/issues/1011), 2018
# - Saliency: Simonyan, Vedaldi and Zisserman, [arXiv 1312.6034](https://arxiv.org/abs/1312.6034);
#   Adebayo and others, [arXiv 1810.03292](https://arxiv.org/abs/1810.03292)
# - [wandb offline](https://docs.wandb.ai/ref/cli/wandb-offline);
#   [MLflow, self-hosting](https://mlflow.org/docs/latest/self-hosting), [usage
#   tracking](https://mlflow.org/docs/latest/community/usage-tracking);
#   [Aim](https://github.com/aimhubio/aim)

# %% [markdown]
# **On your path:**
#
# - *Research, 12 of 18:* [Cutting the network](../04_distributed/04_distributed_model.ipynb) → here
#   → [Trainers](02_trainers.ipynb)
#
# **In the order of the folders:** previous [Draw a digit](../05_deployment/06_browser.ipynb) · next
# [Trainers](02_trainers.ipynb) · [all chapters](../00_start_here.ipynb)
