# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # PyTorch: the graph that you never see
#
# After this notebook you will be able to build, train, save and *prove* the course's network in
# PyTorch, from bare tensors up.
#
# **You will learn to**
# - read the graph that PyTorch records while your code runs;
# - write the same network with tensors, with `nn.Module`, and with `nn.Sequential`;
# - write a training step, and know what each line is for;
# - save weights in a file in which nothing can run;
# - catch a forgotten `zero_grad()` with the parity ladder.
#
# **Before you start:** [Start here](../00_start_here.ipynb) and
# [Your first network](../00_your_first_network.ipynb). Kernel `python3`, about 25 minutes.
# How gradients are found, [the network by hand](../01_history/02_by_hand.ipynb) shows; here you
# need not know. The slowest cell takes 20 seconds.

# %%
from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("pytorch")

# %% [markdown]
# ## What does a tensor remember?
#
# A PyTorch tensor is a NumPy array with a memory. Ask it to require
# [gradients](../00_glossary.ipynb#Gradient), and every operation on it is recorded.

# %%
import torch

x = torch.tensor([2.0, 3.0], requires_grad=True)
y = (x ** 2).sum()
print("value:", y.item(), "  made by:", y.grad_fn.name())

# %% [markdown]
# Nothing was declared in advance. `y` holds its value *and* the operation that made it.
# `backward()` walks that record from the end to the start. PyTorch calls this **autograd**.
# %%
y.backward()
print("dy/dx:", x.grad)

# %% [markdown]
# **Predict, then run.** The next cell computes the same `y` again and calls `backward()` a second
# time. What is `x.grad` now?
#
# <details><summary>Answer</summary>
#
# Twice the gradient: `[8, 12]`. `backward()` *adds* to `.grad`; it never overwrites. Remember this:
# it is the trap at the end of the notebook.
#
# </details>

# %%
(x ** 2).sum().backward()
print("x.grad:", x.grad)

# %% [markdown]
# ## The lowest level: how far do tensors alone carry you?
#
# Our network needs two [convolutions](../00_glossary.ipynb#Convolution), two
# [poolings](../00_glossary.ipynb#Pooling) and two matrix products. `torch.nn.functional` has them
# as plain functions. The [weights](../00_glossary.ipynb#Weight) are a dict of tensors, in the
# [layout](../00_glossary.ipynb#Layout) of the course: PyTorch's own layout, so nothing has to be
# transposed.

# %%
import torch.nn.functional as F

from onecnn import mnist, spec

digits = mnist.load()
w = {name: torch.from_numpy(value).requires_grad_()
     for name, value in spec.initial_weights().items()}


def forward(w, x):
    x = F.max_pool2d(F.relu(F.conv2d(x, w["conv1.weight"], w["conv1.bias"])), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, w["conv2.weight"], w["conv2.bias"])), 2)
    x = F.relu(F.linear(x.flatten(1), w["dense1.weight"], w["dense1.bias"]))
    return F.linear(x, w["dense2.weight"], w["dense2.bias"])


images, labels = (torch.from_numpy(digits.train_images[:64]),
                  torch.from_numpy(digits.train_labels[:64]))
loss = F.cross_entropy(forward(w, images), labels)
print("loss:", loss.dtype, tuple(loss.shape), "  parameters:", sum(t.numel() for t in w.values()))

# %% [markdown]
# ## The middle level: what does `nn.Module` add?
#
# Bookkeeping. A module registers its [parameters](../00_glossary.ipynb#Parameter), names them,
# moves them between [devices](../00_glossary.ipynb#Device), and switches between training and
# evaluation. The computation is the same. This is the level at which most PyTorch code is written.
#
# The cells that follow are the network of this course. Every framework's notebook has the same
# seven functions, in this order. Two lines below are for other machines and for speed alone, as
# their comments say: read on without them.

# %% tags=["same-cnn"]
import torch
from torch import nn

from onecnn import spec

# Where PyTorch was built without oneDNN, it may convolve by a fast transform, NNPACK's. That leaves
# tiny numbers where sums are exactly zero, and ReLU takes them for more than zero.
torch.backends.nnpack.set_flags(False)


class OneCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3)
        self.conv2 = nn.Conv2d(16, 32, 3)
        self.dense1 = nn.Linear(800, 64)
        self.dense2 = nn.Linear(64, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.dense1(x.flatten(1)))
        return self.dense2(x)


# %% tags=["same-cnn"]
def build(weights):
    tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
    # Same axes, other order in memory: on a processor, max_pool2d is much faster where channels lie
    # side by side.
    model = OneCNN().to(tensors["conv1.bias"].dtype, memory_format=torch.channels_last)
    model.load_state_dict(tensors)  # copies
    # The momentum lives in the optimizer, so each network carries its own.
    model.optimizer = torch.optim.SGD(
        model.parameters(), lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM)
    return model


# %% tags=["same-cnn"]
def logits(model, images):
    model.eval()
    with torch.inference_mode():
        return model(torch.from_numpy(images)).numpy()


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    model.train()
    model.zero_grad()
    loss = nn.functional.cross_entropy(model(torch.from_numpy(images)), torch.from_numpy(labels))
    loss.backward()
    return loss.item(), {name: p.grad.numpy().copy() for name, p in model.named_parameters()}


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    model.train()
    loss = nn.functional.cross_entropy(model(torch.from_numpy(images)), torch.from_numpy(labels))
    model.optimizer.zero_grad()
    loss.backward()
    model.optimizer.step()
    return loss.item()


# %% tags=["same-cnn"]
def read_weights(model):
    return {name: p.detach().numpy().copy() for name, p in model.named_parameters()}


# %% tags=["same-cnn"]
def save(model, path):
    # A checkpoint holds the optimizer too: without its momentum, training would go on otherwise.
    torch.save({"model": model.state_dict(), "optimizer": model.optimizer.state_dict()},
               f"{path}.pt")


def load(path):
    # weights_only: tensors and plain containers, and nothing in the file that could run.
    stored = torch.load(f"{path}.pt", weights_only=True)
    model = build({name: tensor.numpy() for name, tensor in stored["model"].items()})
    model.optimizer.load_state_dict(stored["optimizer"])
    return model


# %% [markdown]
# The four working lines of `train_step` (`train()` comes below): run the network and record it;
# forget the old gradients; walk back and fill `.grad`; let the
# [optimizer](../00_glossary.ipynb#Optimizer) change the weights. Autograd knows nothing of the
# optimizer, and the optimizer only reads `.grad`. Its rule is called SGD, *stochastic gradient
# descent*: downhill, by the slope of one [batch](../00_glossary.ipynb#Batch).

# %% [markdown]
# `train()` and `eval()` tell the network which it is, training or use. Some
# [layers](../00_glossary.ipynb#Layer), though none of these, behave otherwise in each.
# `inference_mode()` switches the recording off; `detach()` hands out one tensor's values without
# their record, which NumPy needs. `model.zero_grad()` and `optimizer.zero_grad()` do the same here:
# the optimizer was given all of the model's parameters.

# %% [markdown]
# `OneCNN` has PyTorch's default [starting weights](../00_glossary.ipynb#Starting-weights) until
# `load_state_dict` replaces them: that one line makes networks of different frameworks comparable.
# It copies, so the caller's arrays stay the caller's.
#
# `.to(dtype)` makes the network one of the weights' own kind:
# [float32](../00_glossary.ipynb#float32) as usual, or float64, which the ladder asks for. What
# `save` writes is a **checkpoint**: weights *and* the optimizer's
# [momentum](../00_glossary.ipynb#Momentum).

# %% [markdown]
# ## Is it the same network?
#
# The [parity ladder](../00_glossary.ipynb#Parity-ladder) compares it with the float64
# [reference](../00_glossary.ipynb#Reference) on seven rungs: shapes,
# [logits](../00_glossary.ipynb#Logit), [loss](../00_glossary.ipynb#Loss), gradients, 10 steps, 5
# [epochs](../00_glossary.ipynb#Epoch) of training in float64, and the saved file, with which a
# fresh process trains on. The next cell takes about 20 seconds.

# %%
from onecnn import ladder

report = ladder.climb(build, logits, gradients, train_step, read_weights, save, load)
print(report)

# %% [markdown]
# How far it is from the reference depends on your processor. A dot is one measurement, a red mark
# what its rung allows; further left is closer.

# %%
from onecnn import figures

report.save("pytorch")
figures.climbed(report, "PyTorch on the parity ladder")

# %% [markdown]
# Float32 keeps about seven digits. The differences on the rungs `logits` and `gradients` are what
# rounding alone leaves; a real mistake in the network is larger by orders of magnitude.

# %% [markdown]
# ## What did it learn?
#
# The climb kept the network's answers on the 1,000 [test digits](../00_glossary.ipynb#Test-set).

# %% [markdown]
# **Predict, then run.** The reference trained in NumPy, this network in PyTorch, both in float64.
# To how many of the 1,000 test digits do they give different answers: none, a handful, or dozens?
#
# <details><summary>Answer</summary>
#
# None. In float64 the two trainings stay together to twelve digits or more. In float32 a handful of
# digits, on which the network wavers, would come out the other way.
#
# </details>

# %%
import numpy as np

answers = np.array(report.predictions)
print("test accuracy at least 94 %:", (answers == digits.test_labels).mean() >= 0.94)
print("the reference's answers to all 1,000 test digits:",
      report.predictions == ladder.expected()["predictions"].tolist())
figures.confusion(digits.test_labels, answers, "PyTorch: mistakes")

# %% [markdown]
# Its loss, too, fell as that of [the network by hand](../01_history/02_by_hand.ipynb), step by
# step. Here are ten of its mistakes. Would *you* have read them right? Some are blotted, others
# clean, but slanted, say: the network has seen 4,000 digits, few of them written so. That is no
# bug, for the reference misreads the same ones. A clean digit that the network *alone* misreads
# would be a reason to look for one.

# %%
wrong = np.flatnonzero(answers != digits.test_labels)[:10]
titles = [f"{digits.test_labels[i]}, read {answers[i]}" for i in wrong]
figures.digits(digits.test_images[wrong], titles, alt="Ten test digits that the network got wrong, "
               "each with its true label and the network's answer.")

# %% [markdown]
# ## Where is the graph?
#
# There is no [graph](../00_glossary.ipynb#Graph) object. There are only nodes that point to the
# nodes before them: `grad_fn.next_functions`. The `loss` that the lowest level computed is still
# there. Follow the pointers from it, and the network appears, last operation first.

# %%
from onecnn import cells

recorded = cells.program("02_frameworks/02_pytorch/recorded")
chain = recorded.chain(loss)
print(" <- ".join(step.name().replace("Backward0", "") for step in chain))

# %% [markdown]
# Weights hang on that chain at `AccumulateGrad` nodes, the places where `backward()` adds into a
# weight's `.grad`. Such a node keeps its weight as `.variable`.

# %%
first = [parent for parent, _ in chain[-1].next_functions if parent is not None]
for parent in first:
    print("enters at the first operation:", parent.name(), tuple(parent.variable.shape))

# %% [markdown]
# The figure draws the chain from those node objects: operations in blue, the weights that enter in
# orange. The names are PyTorch's own: `View` is [flatten](../00_glossary.ipynb#Flatten), `Addmm` a
# [dense layer](../00_glossary.ipynb#Dense-layer) (a matrix product, and the
# [bias](../00_glossary.ipynb#Bias) added), `LogSoftmax` and `NllLoss` together the
# [cross-entropy](../00_glossary.ipynb#Cross-entropy).

# %%
recorded.draw(chain)

# %% [markdown]
# ## The high level: where is `fit()`?
#
# PyTorch has none, on purpose: the loop is yours. What it offers is `nn.Sequential` for networks
# that are a chain, and `DataLoader` for shuffling and batching. Trainers such as Lightning are
# built on top by others.

# %%
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
chain_model = nn.Sequential(
    nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(800, 64), nn.ReLU(), nn.Linear(64, 10),
)
loader = DataLoader(TensorDataset(torch.from_numpy(digits.train_images),
                                  torch.from_numpy(digits.train_labels)), batch_size=64,
                    shuffle=True, drop_last=True, generator=torch.Generator().manual_seed(0))
print("batches in an epoch:", len(loader))

# %% [markdown]
# The loop itself, for one epoch. You can stop in any line with a debugger, print any tensor, use
# any Python `if`: what runs is ordinary Python.

# %%
optimizer, losses = torch.optim.SGD(chain_model.parameters(), lr=0.02, momentum=0.9), []
for batch_images, batch_labels in loader:
    optimizer.zero_grad()
    loss = F.cross_entropy(chain_model(batch_images), batch_labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print("the loss fell below half within one epoch:", losses[-1] < losses[0] / 2)

# %% [markdown]
# Where each level stops helping: bare tensors leave all names and devices to you; `nn.Module`
# leaves the loop to you; `nn.Sequential` cannot express a branch, nor a **skip connection**, which
# adds what went into some layers to what comes out.

# %% [markdown]
# ## How do you save a network without running a stranger's code?
#
# `torch.save` writes a **pickle**, Python's own format for objects, and to read one can run code.
# Since PyTorch 2.6, `torch.load` refuses anything but tensors and plain containers unless you ask
# otherwise. The next cell plays the attacker.

# %%
import pickle
import tempfile


class Attack:
    def __reduce__(self):
        return print, ("code from the file has run",)


with tempfile.TemporaryDirectory() as folder:
    torch.save(Attack(), f"{folder}/weights.pt")
    try:
        torch.load(f"{folder}/weights.pt", weights_only=True)
    except pickle.UnpicklingError as error:
        print("refused:", str(error).split(".")[0])

# %% [markdown]
# `load` above says `weights_only=True`, too, though it has been the default since 2.6: whoever
# reads the line need not know the version.
#
# To hand weights to others there is **safetensors**: a JSON header, then the raw numbers. There is
# nothing in it that could run, and other frameworks read the same file. It writes memory as it
# lies, so it wants the usual order: `contiguous()`.

# %%
from safetensors.torch import load_file, save_file

with tempfile.TemporaryDirectory() as folder:
    weights = build(spec.initial_weights()).state_dict()
    save_file({name: tensor.contiguous() for name, tensor in weights.items()},
              f"{folder}/one_cnn.safetensors")
    stored = load_file(f"{folder}/one_cnn.safetensors")
    print({name: tuple(tensor.shape) for name, tensor in stored.items()})

# %% [markdown]
# ## A trap: the forgotten `zero_grad()`
#
# `backward()` adds. A training step without `zero_grad()` steps along the sum of *all* gradients so
# far. Nothing is raised, and users have asked for a warning since 2020
# ([pytorch/pytorch 47175](https://github.com/pytorch/pytorch/issues/47175)).
#
# **Predict, then run.** Which rung catches it: logits, gradients, steps, or training?
#
# <details><summary>Answer</summary>
#
# `steps`. One [forward](../00_glossary.ipynb#Forward) and one
# [backward](../00_glossary.ipynb#Backward) pass are right, so logits, loss and gradients agree. The
# second step already uses the sum of two gradients. [Accuracy](../00_glossary.ipynb#Accuracy) alone
# may take epochs to show it.
#
# </details>


# %%
def careless_step(model, images, labels):
    loss = F.cross_entropy(model(torch.from_numpy(images)), torch.from_numpy(labels))
    loss.backward()
    model.optimizer.step()
    return loss.item()


broken = ladder.climb(build, logits, gradients, careless_step, read_weights, save, load)
print("broken rung:", broken.failed_rung)

# %% [markdown]
# The cure is the line `optimizer.zero_grad()` in *every* step. Leaving it out on purpose has a use:
# summing the gradients of several small [batches](../00_glossary.ipynb#Batch) before one step,
# where memory is short.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** Memory holds 32 digits, but you want the step that 64 would make. The loss of each half is
# a mean. What comes before the one `step()`?
#
# <details><summary>A. <code>zero_grad()</code> before each half's <code>backward()</code></summary>No. That forgets the first half: the step would follow the second one alone.</details>
# <details><summary>B. <code>zero_grad()</code> once, then <code>backward()</code> of each loss as it is</summary>No. It adds two means, and that is twice the mean of the 64.</details>
# <details><summary>C. <code>zero_grad()</code> once, then <code>backward()</code> of each loss, divided by 2</summary>Right. <code>backward()</code> adds the two, and the mean of 64 is half of the sum of two means of 32.</details>
#
# <br>**2.** You write `loss.backward()`, then `optimizer.zero_grad()`, then `optimizer.step()`.
# What happens to a fresh network?
#
# <details><summary>A. Its weights stay where they are</summary>Right. The optimizer only reads <code>.grad</code>, and you have emptied it. Nothing is raised.</details>
# <details><summary>B. It trains as usual, since all the lines are there</summary>No. The gradients lie in <code>.grad</code> between <code>backward()</code> and <code>step()</code>. Clearing there throws them away.</details>
# <details><summary>C. <code>step()</code> raises an error, because no gradient is left</summary>No. The optimizer takes what it finds, and asks nothing. A weight without a gradient is left alone.</details>
#
# <br>**3.** In `train_step` the line `zero_grad()` comes after the loss, in the loop with
# `DataLoader` before it. Which place is right?
#
# <details><summary>A. Before it: the forward pass reads <code>.grad</code></summary>No. The forward pass records operations. <code>backward()</code> is the one that touches <code>.grad</code>.</details>
# <details><summary>B. After it: cleared earlier, the record of the forward pass would be gone</summary>No. The record hangs on the loss, in its <code>grad_fn</code>. <code>zero_grad()</code> does not touch it.</details>
# <details><summary>C. Both: it must come before this <code>backward()</code>, and after the last <code>step()</code></summary>Right. Between those two nobody needs the old gradients, and the forward pass does not ask for them.</details>
#
# <br>**4.** Your `forward` has an `if` on the value of a tensor. What does PyTorch record?
#
# <details><summary>A. The branch of the first call; later calls repeat it</summary>No. That is what a trace would do, made once and run again. Here each call records anew.</details>
# <details><summary>B. In each call, the branch that ran</summary>Right. What runs is ordinary Python, and the graph is what was done to the tensors on the way.</details>
# <details><summary>C. Both branches, and a node that chooses</summary>No. A node appears where an operation was carried out. The other branch was not.</details>
# <details><summary>D. An error: the graph has to be known before numbers flow</summary>No. Nothing is declared in advance here. A value is there when Python asks for it.</details>
#
# <br>**5.** You save `model.state_dict()` and nothing else, in the middle of training. A fresh
# process loads it into `build` and trains on. What do you find?
#
# <details><summary>A. Other logits: half of the network is missing</summary>No. All weights are in <code>state_dict()</code>, and logits depend on nothing else here.</details>
# <details><summary>B. The same logits, but other weights after the next step</summary>Right. The momentum lives in the optimizer. The new one starts from standstill.</details>
# <details><summary>C. The same logits, and the same steps</summary>No. That takes the optimizer's state as well. Momentum cannot be computed from the weights.</details>
#
# <br>**6.** You hand weights to strangers, some of whom use other frameworks. They shall be sure
# that nothing in the file can run. What do you write?
#
# <details><summary>A. A safetensors file of <code>state_dict()</code></summary>Right. A header and raw numbers: nothing there could run, and other frameworks read it.</details>
# <details><summary>B. <code>torch.save</code>, and the advice to load with <code>weights_only=True</code></summary>No. It is a pickle still: its safety depends on how they load it, and they need PyTorch.</details>
# <details><summary>C. <code>torch.save</code> of the whole model, so that no code is missing</summary>No. To load that, they would have to allow a pickle to make objects, and so to run code.</details>
#
# <br>**7.** You want a skip connection: the input of a block is added to its output. At which level
# do you write it?
#
# <details><summary>A. <code>nn.Sequential</code>, with one layer more</summary>No. In a chain each layer sees the layer before it. The block's input is gone by then.</details>
# <details><summary>B. Bare tensors: modules can only be chains</summary>No. It would work, but a module's <code>forward</code> is free, and you would lose names and <code>state_dict</code>.</details>
# <details><summary>C. <code>nn.Module</code>, with a <code>forward</code> of your own</summary>Right. <code>forward</code> is plain Python: keep the input in a variable and add it. The bookkeeping stays.</details>
#
# <br>**8.** Which of these speaks against PyTorch as it is shown here?
#
# <details><summary>A. You change the network every day, and step through it with a debugger</summary>No. That speaks for it: what runs is ordinary Python, and you can stop in any line.</details>
# <details><summary>B. You build on the published code of a paper</summary>No. That speaks for it wherever the paper's code is in PyTorch.</details>
# <details><summary>C. It shall run on a device without Python, and you want no export step</summary>Right. Without an export, the network needs Python and a library of hundreds of megabytes.</details>
# <details><summary>D. You need several backward passes before one step</summary>No. That <code>backward()</code> adds is made for this.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | low | middle | high |
# |---|---|---|---|
# | you write | tensors, `torch.nn.functional` | `nn.Module`, a loop | `nn.Sequential`, `DataLoader`, a loop |
# | you get | autograd | names, `state_dict`, devices, train/eval | shuffling, batching |
# | it stops helping | at the first forgotten weight | at the loop | at the first branch |
#
# **Choose it when** you change the network often or debug it (plain Python, shown above), or build
# on published code that is written in it. **Avoid it when** you want a built-in `fit()` (see
# [Keras](03_keras.ipynb)) or must run where Python and a library of hundreds of megabytes (without
# CUDA; gigabytes with it) cannot go without an [export](../00_glossary.ipynb#Export) step.
#
# **Now you:** [the exercise](../../exercises/02_frameworks/02_pytorch.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - Autograd's recorded graph: [PyTorch documentation, Autograd
#   mechanics](https://docs.pytorch.org/docs/stable/notes/autograd.html)
# - `torch.load` and `weights_only` since 2.6: [PyTorch documentation,
#   torch.load](https://docs.pytorch.org/docs/stable/generated/torch.load.html)
# - The format: [safetensors](https://huggingface.co/docs/safetensors/index)
# - The trap: [pytorch/pytorch issue 47175](https://github.com/pytorch/pytorch/issues/47175), 2020

# %% [markdown]
# **On your path:**
#
# - **The core, 2 of 5:** [Your first network](../00_your_first_network.ipynb) → here →
#   [Keras](03_keras.ipynb)
# - *The history, 5 of 11:* [Theano](../01_history/03_theano.ipynb) → here →
#   [Torch7](../01_history/04_torch7.ipynb)
# - *Choosing a framework, 4 of 12:* [TensorFlow](01_tensorflow.ipynb) → here →
#   [Keras](03_keras.ipynb)
# - *Research, 4 of 18:* [TensorFlow](01_tensorflow.ipynb) → here → [JAX](06_jax.ipynb)
# - *Production, 4 of 16:* [TensorFlow](01_tensorflow.ipynb) → here → [JAX](06_jax.ipynb)
#
# **In the order of the folders:** previous [TensorFlow](01_tensorflow.ipynb) · next
# [Keras](03_keras.ipynb) · [all chapters](../00_start_here.ipynb)
