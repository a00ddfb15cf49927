# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Smaller on purpose: quantisation-aware training, pruning, distillation
#
# After this notebook you will be able to make a trained network smaller in three ways, say
# beforehand what each of them saves, and prove what it cost.
#
# **You will learn to**
# - write fake quantisation and the straight-through estimator, and find the bit at which training
#   with them pays;
# - prune weights, and say why a zero saves neither bytes nor time;
# - take whole filters and units out without changing the function by accident;
# - teach a small network with a large one's answers, without the factor that people forget;
# - put all of it into one table, each file held to the deployment contract.
#
# **Before you start:** [PyTorch](../02_frameworks/02_pytorch.ipynb),
# [Export and ONNX](01_export_and_onnx.ipynb) and [Edge and mobile](04_edge_and_mobile.ipynb).
# Kernel `deployment` (`python3 course.py lab --with deployment`), about 50 minutes.
# Edge and mobile explains runtimes and quantisation *after* training.
#
# **Deprecated here:** `torch.ao.quantization`, which most tutorials still show. Its successor is
# torchao's pt2e, used below.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What can be saved at all?
#
# Four things: bytes on the disk, bytes in memory, multiplications, time. Three ways: **fewer bits**
# for a weight, **zeros** instead of weights, **fewer units**.
#
# **Predict, then run** this notebook. Which way saves which?
#
# <details><summary>Answer</summary>
#
# | | disk | memory | multiplications | time |
# |---|---|---|---|---|
# | fewer bits | yes | if the runtime computes with integers | as many, of cheaper numbers | depends on the runtime |
# | zeros | only after compression | no | no | no |
# | fewer units | yes | yes | yes | yes |
#
# You will measure each field.
#
# </details>

# %% [markdown]
# We start from the weights that the PyTorch chapter's network reached by training. Three small
# programs of this chapter lie in the folder `05_smaller` beside this notebook; their lines are
# shown where they matter.

# %%
import inspect

import numpy as np
import torch

from onecnn import cells, contract, launch, mnist, paths, trained

FOLDER = paths.programs("05_deployment/05_smaller")
shrink = cells.program("05_deployment/05_smaller/shrink")

digits, teacher = mnist.load(), trained.weights("pytorch")


# %%
def accuracy(model):
    found = shrink.logits(model, digits.test_images).argmax(axis=1)
    return float((found == digits.test_labels).mean())


print("our starting point:",
      contract.judge(shrink.logits(shrink.CNN(teacher), digits.test_images), teacher))
full = accuracy(shrink.CNN(teacher))
print("accuracy at least 94 %:", full >= 0.94)
print("bytes of the weights, float32:", sum(value.nbytes for value in teacher.values()))

# %% [markdown]
# ## What is a fake quantiser?
#
# A weight in `n` bits is a whole number times a step. A *fake* quantiser rounds each weight to such
# a number and leaves it as a float: the network then computes what the small one will compute, and
# PyTorch can still train it. One step size for each output channel:

# %%
print(inspect.getsource(shrink.FakeQuantise))

# %% [markdown]
# `attach` puts it between the stored weight and its use (`torch.nn.utils.parametrize`). The stored
# weight stays a float with all its digits; only its use is rounded. Here are the 144 weights of the
# first convolution, with 3 bits.

# %%
used = shrink.read(shrink.quantised(teacher, 3))["conv1.weight"]
different = [len(np.unique(used[channel])) for channel in range(16)]
print("values in one filter, at most:", 2 ** 3 - 1, "  holds for all 16:", max(different) <= 7)

# %%
fig, ax = lesson.figure(6.4, 3.2)
scale = np.abs(teacher["conv1.weight"]).max(axis=(1, 2, 3), keepdims=True)
ax.plot((teacher["conv1.weight"] / scale).ravel(), (used / scale).ravel(), "o", color=lesson.BLUE,
        markersize=4, label="used: forward")
ax.plot([-1, 1], [-1, 1], color=lesson.ORANGE, linestyle="--",
        label="what the gradient believes: backward")
ax.set(xlabel="stored weight / largest of its filter", ylabel="used weight / the same",
       title="3 bits: seven values are left")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Used against stored weights of the first convolution: points lie on seven "
            "horizontal steps. A dashed diagonal shows the straight line that the backward pass "
            "assumes instead.")

# %% [markdown]
# ## Why does nothing move?
#
# **Predict, then run.** The gradient of a staircase: what does `backward()` return through
# `torch.round`?
#
# <details><summary>Answer</summary>
#
# Zero for each weight. A staircase is flat wherever it has a slope at all. Training would run,
# without an error, and change nothing.
#
# </details>

# %%
stored = torch.from_numpy(teacher["dense2.weight"]).clone().requires_grad_()
(torch.round(stored / 0.1) * 0.1).square().sum().backward()
print("every gradient through torch.round is zero:", not stored.grad.any())

# %% [markdown]
# The cure is a lie that works: round on the way forward, and on the way back pretend that nothing
# was there. It is the **straight-through estimator** (Bengio, Léonard and Courville 2013 gave it
# the name). In PyTorch you state both directions yourself:

# %%
print(inspect.getsource(shrink.RoundStraightThrough))

# %% [markdown]
# Say precisely what it does: the gradient is *taken at the rounded weight* and *applied to the
# stored one*. That can be checked. A plain network that holds the rounded weights must give the
# same gradient.

# %%
from torch.nn import functional as F

images, labels = (torch.from_numpy(digits.train_images[:64]),
                  torch.from_numpy(digits.train_labels[:64]))
rounded = shrink.quantised(teacher, 4)
plain = shrink.CNN(shrink.read(rounded))
for model in (rounded, plain):
    F.cross_entropy(model(images), labels).backward()
for name in shrink.LAYERS:
    ours, theirs = (getattr(rounded, name).parametrizations.weight.original.grad,
                    getattr(plain, name).weight.grad)
    print(f"{name:<7} gradient is not zero: {bool(ours.any())}   the plain network's: "
          f"{torch.allclose(ours, theirs, atol=1e-6)}")

# %% [markdown]
# ## At which bit does training pay?
#
# **Quantisation-aware training** (QAT) is: attach fake quantisers, train on. We do one epoch, 62
# steps. Beside it stand two things that cost less: rounding *after* training, and one more epoch
# *without* fake quantisers, then rounding. The second is the control: without it, QAT gets the
# credit for an epoch of training.
#
# **Predict, then run:** at 8, 4, 3 and 2 bits, where does QAT win by more than a point?
#
# <details><summary>Answer</summary>
#
# Only at 2 bits, clearly. Our CNN is large for its task: rounding alone costs it about half a point
# at 4 bits.
#
# </details>

# %%
BITS = (8, 4, 3, 2)


def tuned(model, rate=0.002, epochs=1):
    return shrink.train(model, digits.train_images, digits.train_labels, epochs, rate)


longer = shrink.read(tuned(shrink.CNN(teacher)))
aware = {bits: tuned(shrink.quantised(teacher, bits)) for bits in BITS}
curves = {
    "rounded after training": [accuracy(shrink.quantised(teacher, bits)) for bits in BITS],
    "one more epoch, then rounded": [accuracy(shrink.quantised(longer, bits)) for bits in BITS],
    "one epoch with fake quantisers": [accuracy(aware[bits]) for bits in BITS],
}

# %% tags=["nbval-ignore-output"]
print(f"{'bits':<32}", *(f"{bits:6}" for bits in BITS))
for name, values in curves.items():
    print(f"{name:<32}", *(f"{value:6.3f}" for value in values))

# %%
after, control, with_fakes = curves.values()
print("8 bits: rounding alone loses less than a point:", full - after[0] < 0.01)
print("2 bits: rounding alone loses more than 10 points:", full - after[3] > 0.1)
print("2 bits: fake quantisers win back more than 8 points:", with_fakes[3] - after[3] > 0.08)
print("2 bits: more than the extra epoch alone does:", with_fakes[3] > control[3] + 0.02)

# %%
fig, ax = lesson.figure(7, 3.2)
for (name, values), color, marker in zip(curves.items(),
                                         (lesson.VERMILION, lesson.ORANGE, lesson.BLUE), "Dso"):
    ax.plot(BITS, values, marker + "-", color=color, label=name)
ax.axhline(full, color=lesson.BLACK, linestyle=":", label="float32")
ax.set(xlabel="bits for a weight", ylabel="accuracy on 1,000 digits", xticks=BITS,
       title="Where quantisation-aware training pays")
ax.invert_xaxis()
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Accuracy for 8, 4, 3 and 2 bits. From 8 to 3 bits the three lines lie close "
            "together. At 2 bits rounding after training falls by some 20 points, an extra epoch "
            "helps a little, and fake quantisers bring most of it back.")

# %% [markdown]
# Be honest with this figure. At 8 bits there is nothing to win back, and the point that QAT seems
# to gain is the extra epoch's. At 4 and 3 bits the three differ by about a point, which 1,000
# digits cannot tell apart. At **2 bits**, where only -1, 0 and 1 are left, fake quantisers are
# worth ten points and more. A network with less room breaks earlier: try yours before you pay for
# QAT.

# %% [markdown]
# ## How do you do it in practice?
#
# Ours rounds weights. A runtime that computes in integers rounds what flows between layers, too.
# **torchao's pt2e** places fake quantisers at both: it takes the graph that `torch.export` makes,
# and a *quantizer* object says where, for one kind of hardware. From `qat_pt2e.py`:

# %%
program = (FOLDER / "qat_pt2e.py").read_text(encoding="utf-8")
print(program[program.index("def fake_quantised"):program.index("def main(")].rstrip())

# %% [markdown]
# The program runs in a process of its own, because torchao reports at its start what it did not
# find. It writes two files: before training (that is post-training quantisation) and after an
# epoch.

# %%
import json
import tempfile
from pathlib import Path

import onnx
import onnxruntime

scratch = tempfile.TemporaryDirectory()


def file(name):
    return str(Path(scratch.name, name))


np.savez(file("teacher.npz"), **teacher)
command = [FOLDER / "qat_pt2e.py", file("teacher.npz"), file("8 bits.onnx"),
           file("8 bits, trained so.onnx")]
report = json.loads(launch.run([command], timeout=240, kernel="deployment")[0].splitlines()[-1])
print("fake quantisers:", report["fake quantisers"])

# %%
def answers(name, images=digits.test_images):
    return onnxruntime.InferenceSession(file(name), ALONE, providers=["CPUExecutionProvider"]).run(
        None, {"image": images})[0]


ALONE = onnxruntime.SessionOptions()
ALONE.intra_op_num_threads = 1
verdicts = {}
for name in ("8 bits", "8 bits, trained so"):
    weights = [tensor for tensor in onnx.load(file(f"{name}.onnx")).graph.initializer
               if len(tensor.dims) > 1]
    print(f"{name:<19} int8 weights: "
          f"{all(tensor.data_type == onnx.TensorProto.INT8 for tensor in weights)}", end="   ")
    verdicts[name] = contract.judge(answers(f"{name}.onnx"), teacher, loses=0.01)
    print("one point may be lost:", verdicts[name])
same = answers("8 bits, trained so.onnx").argmax(axis=1) == report["answers"]
print("ONNX Runtime and PyTorch answer the same on at least 99 %:", bool(same.mean() >= 0.99))

# %% [markdown]
# Eight fake quantisers: four weights and the four tensors that enter a layer. *Answers*, not
# logits, are compared with PyTorch: a value that lies between two steps may be rounded up by one
# runtime and down by the other.
#
# The older ways, `torch.ao.quantization` in eager and FX mode, are deprecated since 2025 and to be
# deleted from PyTorch ([ao 2259](https://github.com/pytorch/ao/issues/2259)). pt2e itself moved
# from there to torchao: an import of `torch.ao.quantization.quantize_pt2e` marks an old tutorial.

# %% [markdown]
# ## Which weights may go?
#
# LeCun, Denker and Solla asked in 1989 which weights a network can lose, and answered with second
# derivatives: *Optimal Brain Damage*. The cheap answer is used more: the smallest. Han, Mao and
# Dally (*Deep Compression*, 2016) pruned, trained on, quantised, and stored AlexNet in a 35th of
# its bytes. PyTorch has the mask built in; `global_unstructured` compares all layers at once.

# %%
from torch.nn.utils import prune


def pruned(share, epochs=1):
    """The network without this share of its weights; ``epochs`` of training with what is left."""
    model = shrink.CNN(teacher)
    weights = [(getattr(model, name), "weight") for name in shrink.LAYERS]
    prune.global_unstructured(weights, pruning_method=prune.L1Unstructured, amount=share)
    if epochs:
        tuned(model, 0.01, epochs)
    return model, weights


# %% [markdown]
# ## A trap: is the pruned file smaller?
#
# **Predict, then run.** Nine of ten weights are zero now. How large is the `state_dict`, compared
# with the one before?
#
# <details><summary>Answer</summary>
#
# Twice as large. PyTorch keeps the old weights as `weight_orig` and a mask beside them, so that you
# can prune further. `prune.remove` makes it permanent: then the file is as large as before. A zero
# is a float of four bytes, like any other.
#
# </details>

# %%
def bytes_of(model):
    return sum(tensor.numel() * tensor.element_size() for tensor in model.state_dict().values())


model, weights = pruned(0.9)
print([name for name in model.state_dict() if name.startswith("conv1")])
print("bytes against before, masks and all: about",
      round(bytes_of(model) / bytes_of(shrink.CNN(teacher)), 1))
for layer, name in weights:
    prune.remove(layer, name)
print("made permanent:", bytes_of(model) / bytes_of(shrink.CNN(teacher)))
sparse = shrink.read(model)

# %% [markdown]
# Users ask this again and again: the size stays, the time stays
# ([pytorch 32928](https://github.com/pytorch/pytorch/issues/32928),
# [pytorch 36214](https://github.com/pytorch/pytorch/issues/36214), both 2020). The maintainers'
# answer: correct, it does not.
#
# What *can* shrink is a compressed file: zeros repeat, digits do not.

# %%
import gzip


def packed(weights):
    return len(gzip.compress(b"".join(value.tobytes() for value in weights.values())))


whole = sum(value.nbytes for value in teacher.values())
print("gzip saves less than 15 % of the weights as they are:", packed(teacher) > 0.85 * whole)
print("gzip saves more than 70 % where nine of ten are zero:", packed(sparse) < 0.3 * whole)

# %% [markdown]
# ## How far can you go?
#
# Prune more and more, once with an epoch of training afterwards, once without.

# %%
SHARES = (0.5, 0.8, 0.9, 0.95, 0.98)
at_once = [accuracy(pruned(share, epochs=0)[0]) for share in SHARES]
trained_on = [accuracy(model if share == 0.9 else pruned(share)[0]) for share in SHARES]
kept = {name: (sparse[f"{name}.weight"] != 0).mean() for name in shrink.LAYERS}
print("90 % gone, trained on: within two points:", full - trained_on[2] < 0.02)
print("95 % gone: training on wins back more than 5 points:", trained_on[3] - at_once[3] > 0.05)
print("98 % gone: no epoch saves it:", trained_on[4] < 0.85)

# %% tags=["nbval-ignore-output"]
for share, before, later in zip(SHARES, at_once, trained_on):
    print(f"{share:.0%} gone: accuracy {before:.3f}, trained on {later:.3f}")
print("kept in each layer, of the network with 90 % gone:",
      {name: f"{share:.0%}" for name, share in kept.items()})

# %%
fig, (left, right) = lesson.figure(9, 3.1, columns=2)
left.plot([100 * share for share in SHARES], at_once, "D-", color=lesson.VERMILION, label="pruned")
left.plot([100 * share for share in SHARES], trained_on, "o-", color=lesson.BLUE,
          label="pruned, one epoch more")
left.axhline(full, color=lesson.BLACK, linestyle=":", label="all weights")
left.set(xlabel="weights that are zero, %", ylabel="accuracy on 1,000 digits", ylim=(0, 1.02),
         title="How far can you go?")
left.legend(loc="lower left")
right.barh(list(kept), [100 * share for share in kept.values()], color=lesson.SKY, hatch="//",
           edgecolor=lesson.BLUE)
right.set(xlabel="weights that stay, %", title="90 % are gone, but where?", xlim=(0, 100))
right.invert_yaxis()
lesson.show(fig, alt="Left: accuracy against the share of zeros. It holds up to 90 percent, falls "
            "at 95, and collapses at 98; an epoch of training lifts it in between. Right: conv1 "
            "keeps most of its weights, dense1 one in twenty.")

# %% [markdown]
# Nearly all the zeros lie in `dense1`, the layer with nine tenths of the weights and 7 % of the
# multiplications. So even a runtime that skipped every zero would not save nine tenths of the work:

# %%
# how often one weight is used for one image
uses = {"conv1": 26 * 26, "conv2": 11 * 11, "dense1": 1, "dense2": 1}
every = sum(teacher[f"{name}.weight"].size * count for name, count in uses.items())
left = sum((sparse[f"{name}.weight"] != 0).sum() * count for name, count in uses.items())
print("multiplications:", every, "  more than 40 % of them are left:", left > 0.4 * every)

# %% [markdown]
# Could you have *started* with the small network? Frankle and Carbin (2018) found sparse
# subnetworks that train as well, if they begin from their own starting weights: the *lottery ticket
# hypothesis*. You find the ticket only after training the whole.

# %% [markdown]
# ## What if whole units go?
#
# Then the arrays get smaller, and a runtime has less to do without knowing why. The work lies in
# the next layer: it must lose the inputs that are gone. After `conv2` each filter owns 25 of
# `dense1`'s columns, its 5 x 5 pixels.

# %%
print(inspect.getsource(shrink.narrowed))

# %% [markdown]
# We keep the 8, 16 and 32 strongest of 16, 32 and 64. How do you know that the right columns went?
# Silence the same units in the *large* network: weights and bias zero, so that they put out zero.
# It must say exactly what the small one says. The float64 reference can compute the silenced one:
# that is our contract.

# %%
choice = {name: shrink.strongest(teacher, name, count)
          for name, count in (("conv1", 8), ("conv2", 16), ("dense1", 32))}
silenced = {name: value.copy() for name, value in teacher.items()}
for name, stay in choice.items():
    gone = np.setdiff1d(np.arange(len(silenced[f"{name}.bias"])), stay)
    silenced[f"{name}.weight"][gone] = silenced[f"{name}.bias"][gone] = 0

cut = shrink.narrowed(teacher, *choice.values())
print({name: value.shape for name, value in cut.items() if name.endswith("weight")})
print("taken out against silenced:",
      contract.judge(shrink.logits(shrink.CNN(cut), digits.test_images), silenced))

# %% [markdown]
# Now the mistake: someone takes the columns in the order height, width, channel, as TensorFlow
# flattens. All shapes are right.

# %%
by_pixel = teacher["dense1.weight"][choice["dense1"]].reshape(32, 25, 32)[:, :, choice["conv2"]]
wrong = {**cut, "dense1.weight": by_pixel.reshape(32, -1)}
verdict = contract.judge(shrink.logits(shrink.CNN(wrong), digits.test_images), silenced, loses=0.1)
print("same shapes:", wrong["dense1.weight"].shape == cut["dense1.weight"].shape)
print("even a contract that allows to lose 10 points:", str(verdict).split(":")[0])
print("trained on, it answers more than 85 % right again:",
      accuracy(tuned(shrink.CNN(wrong), 0.02, epochs=2)) > 0.85)

# %% [markdown]
# Training on hides the mistake: the network learns again, and nobody asks. So check *before* you
# train on.
#
# `widened` puts a narrow network into the spec's shapes, with units of zeros. From here on the
# contract judges narrow networks through it.

# %%
narrow = shrink.read(tuned(tuned(shrink.CNN(cut), 0.02, epochs=2)))
small = shrink.CNN(narrow)
print("trained on, within two points:", full - accuracy(small) < 0.02)
print("contract with its own weights:",
      contract.judge(shrink.logits(small, digits.test_images), shrink.widened(narrow)))
print("parameters:", sum(value.size for value in narrow.values()), "of",
      sum(value.size for value in teacher.values()))

# %% [markdown]
# One sober finding belongs here. Liu and colleagues (2018) trained such narrow networks *from
# scratch* and got the same accuracy or more: what pruning finds is the shape, less the weights. So
# the honest rival of a pruned network is the small network, trained. What else could help it?

# %% [markdown]
# ## What can a teacher tell?
#
# A label says "4". The trained network says "4, a little like a 9, not at all like a 0". Hinton,
# Vinyals and Dean (2015) train the *student* on those answers, softened by a temperature: logits
# divided by $T$ before the softmax. The loss is how far apart the two are, in Kullback and
# Leibler's measure. (Cross-entropy with soft targets has the same gradient: they differ by the
# teacher's entropy.)

# %%
print(inspect.getsource(shrink.distillation))

# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## A trap: where did the gradient go?
#
# Why times $T^2$? Divide by $T$ on the way forward, and the chain rule divides by $T$ on the way
# back. The softened difference itself is smaller by about $T$ again. So the soft part's gradient
# shrinks with $T^2$, and beside the labels it vanishes. Intel's library *distiller* forgot the
# factor ([distiller 122](https://github.com/IntelLabs/distiller/issues/122), 2019). No error tells
# you.

# %%


def fresh(seed):
    """New starting weights in the narrow shapes, as the spec makes them."""
    random, weights = np.random.RandomState(seed), {}
    for name, value in narrow.items():
        bound = np.sqrt(6 / value[0].size) if name.endswith("weight") else 0
        weights[name] = random.uniform(-bound, bound, value.shape).astype(np.float32)
    return weights


targets = torch.from_numpy(shrink.logits(shrink.CNN(teacher), digits.train_images))
TEMPERATURES = (1, 2, 4, 8, 16)


# %%
def pull(loss):
    """Length of the loss's gradient with respect to an untrained student's logits, for 64
    digits."""
    logits = torch.from_numpy(shrink.logits(shrink.CNN(fresh(0)),
                                            digits.train_images[:64])).requires_grad_()
    loss(logits).backward()
    return float(logits.grad.norm())


soft = {square: [pull(lambda z, T=T, square=square: shrink.distillation(z, targets[:64], T, square))
                 for T in TEMPERATURES] for square in (True, False)}
label = pull(lambda z: F.cross_entropy(z, labels))
print("from T = 4 to 16, without the factor, less than a tenth is left:",
      soft[False][4] < soft[False][2] / 10)
print("with it, at least a third:", soft[True][4] > soft[True][2] / 3)

# %%
fig, ax = lesson.figure(7, 3)
ax.plot(TEMPERATURES, soft[True], "o-", color=lesson.BLUE, label="soft targets, times T squared")
ax.plot(TEMPERATURES, soft[False], "D-", color=lesson.VERMILION,
        label="soft targets, factor forgotten")
ax.axhline(label, color=lesson.BLACK, linestyle=":", label="labels")
ax.set(xscale="log", yscale="log", xlabel="temperature T", ylabel="length of the gradient",
       title="Who pulls how hard at the student's logits?")
ax.set_xticks(TEMPERATURES, TEMPERATURES)
ax.minorticks_off()
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Gradient length against temperature on logarithmic axes. With the factor T "
            "squared the line stays near the labels' level; without it it falls steadily, to less "
            "than a hundredth at T = 16.")

# %% [markdown]
# ## Does the student learn more?
#
# The student has the narrow shape, 8-16-32, and starts from nothing. It has few labels: 500. Four
# trainings of 112 to 186 steps, each with three seeds for weights and digits: with labels only;
# with nine parts soft targets, $T = 4$; the same, factor forgotten; and with soft targets alone,
# but of all 4,000 images, whose labels it never sees.
#
# **Predict, then run:** put the four in order.
#
# <details><summary>Answer</summary>
#
# The forgotten factor comes last: the teacher is not heard, and the labels speak with a tenth of
# their voice. Labels only come next. Soft targets on the same 500 images gain several points, on
# 4,000 images they gain most. None of it is magic: the teacher has seen 4,000 labels, and passes
# them on.
#
# </details>

# %%
def mixed(targets, soft_part, square=True):
    """A loss of soft targets and labels, for ``shrink.train``."""
    def loss(answers, labels, chosen):
        apart = shrink.distillation(answers, targets[chosen], 4.0, square)
        return soft_part * apart + (1 - soft_part) * shrink.hard(answers, labels, chosen)
    return loss


def student(seed, images, labels, epochs, loss):
    return shrink.train(shrink.CNN(fresh(seed)), images, labels, epochs, rate=0.02, loss=loss)


# %%
students = {"labels only": [], "soft targets": [], "factor forgotten": [], "soft, 4,000 images": []}
for seed in range(3):
    few = np.random.RandomState(seed).permutation(4000)[:500]
    known, its = (digits.train_images[few], digits.train_labels[few], 16), targets[few]
    students["labels only"].append(student(seed, *known, shrink.hard))
    students["soft targets"].append(student(seed, *known, mixed(its, 0.9)))
    students["factor forgotten"].append(student(seed, *known, mixed(its, 0.9, square=False)))
    students["soft, 4,000 images"].append(student(seed, digits.train_images, digits.train_labels, 3,
                                                  mixed(targets, 1.0)))
scores = {name: [accuracy(model) for model in models] for name, models in students.items()}

# %%
mean = {name: np.mean(values) for name, values in scores.items()}
print("soft targets gain more than 1.5 points:", mean["soft targets"] - mean["labels only"] > 0.015)
print("the worst of them is better than the best with labels only:",
      min(scores["soft targets"]) > max(scores["labels only"]))
lost = (mean["soft targets"] - mean["factor forgotten"]) / (mean["soft targets"]
                                                            - mean["labels only"])
print("without the factor at least half of the gain is lost:", lost > 0.5)
print("more images gain more:", mean["soft, 4,000 images"] > mean["soft targets"])

# %% tags=["nbval-ignore-output"]
for name, values in scores.items():
    print(f"{name:<20} {np.mean(values):.3f}   lowest {min(values):.3f}, highest {max(values):.3f}")

# %%
fig, ax = lesson.figure(7, 2.6)
for row, (values, color, marker) in enumerate(
        zip(scores.values(), (lesson.BLACK, lesson.BLUE, lesson.VERMILION, lesson.GREEN), "soDP")):
    ax.plot([100 * value for value in values], [row] * 3, marker, color=color, markersize=8)
    ax.plot([100 * np.mean(values)] * 2, [row - 0.3, row + 0.3], color=color)
ax.axvline(100 * full, color=lesson.BLACK, linestyle=":")
ax.text(100 * full, 3.4, "teacher ", ha="right")
ax.set(yticks=range(4), yticklabels=list(scores), ylim=(3.6, -0.6),
       xlabel="accuracy on 1,000 digits, %", title="The same student, taught in four ways")
lesson.show(fig, alt="Accuracy of three seeds for each of four trainings, with their means. Labels "
            "only and the forgotten factor lie on the left, soft targets several points to the "
            "right, soft targets of 4,000 images further still, near the teacher's line.")

# %% [markdown]
# ## Can you combine them?
#
# Yes, in an order: first the shape or the zeros, then the bits, because a fake quantiser should see
# the weights that will be stored. `Masked` comes before `FakeQuantise`, so that no pruned weight
# comes back.

# %%
squeezed = shrink.attach(shrink.masked(sparse), lambda layer: shrink.FakeQuantise(4))
made = {
    "teacher": teacher,
    "90 % zeros": sparse,
    "narrow": narrow,
    "student": shrink.read(students["soft, 4,000 images"][0]),
    "4 bits": shrink.read(aware[4]),
    "90 % zeros, 4 bits": shrink.read(tuned(squeezed)),
    "narrow, 4 bits": shrink.read(tuned(shrink.quantised(narrow, 4))),
}
zero = {name: float((weights["dense1.weight"] == 0).mean()) for name, weights in made.items()}
print("zeros stayed zeros:", zero["90 % zeros, 4 bits"] >= zero["90 % zeros"])

# %% [markdown]
# Each becomes an ONNX file: PyTorch's exporter, in a process of its own, once for each
# architecture. Those with 4 bits are then stored as 4-bit integers, two in a byte, which ONNX has
# known since opset 21; a node `DequantizeLinear` turns them back.

# %%
to_onnx = cells.program("05_deployment/05_smaller/to_onnx")

for name, weights in made.items():
    np.savez(file(f"{name}.npz"), **weights)
pairs = [file(name + ending) for name in made for ending in (".npz", ".onnx")]
launch.run([[FOLDER / "to_onnx.py", *pairs]], timeout=240, kernel="deployment")
for name in made:
    if name.endswith("4 bits"):
        to_onnx.store_as_integers(file(f"{name}.onnx"), 4)
print([node.op_type for node in onnx.load(file("narrow, 4 bits.onnx")).graph.node])

# %% [markdown]
# **The float contract:** is each *file*, run in ONNX Runtime on all 1,000 digits, its own weights'
# network, within 1e-5? Weights in 4 bits hold it too, because everything else is computed in
# float32. **The quantised contract:** against the teacher's weights, how much accuracy is lost? Two
# points are allowed here, so that the verdict is the same on your machine; the table below has the
# measured loss.

# %%
for name, weights in made.items():
    found = answers(f"{name}.onnx")
    print(f"{name:<20} float contract, its own weights: "
          f"{contract.judge(found, shrink.widened(weights))}", end="")
    if name.endswith("4 bits"):
        verdicts[name] = contract.judge(found, teacher, loses=0.02)
        print(f";   two points may be lost: {verdicts[name]}", end="")
    print()

# %% [markdown]
# And the contract must be seen to fail. Two mistakes of every deployment: a stale file (here one
# from before the pruning), and images from 0 to 255.

# %%
final = made["90 % zeros, 4 bits"]
stale = contract.judge(answers("teacher.onnx"), final)
print("stale file:", str(stale).split(":")[0] + ", because of",
      stale.why[stale.why.index("another"):].split(",")[0])
print("no normalisation:",
      contract.judge(answers("90 % zeros, 4 bits.onnx", digits.test_images * 255), final))

# %% [markdown]
# ## What did each save?
#
# The table. Multiplications are counted in the file's graph, for one image. *Distance* is the
# largest difference from the teacher's logits, against its largest logit. The last column asks for
# more than the contract above: is no more than *one* point of accuracy lost?

# %%
names = ["teacher", "8 bits", "8 bits, trained so", *list(made)[1:]]
table, original = {}, answers("teacher.onnx")
for name in names:
    content, found = Path(file(f"{name}.onnx")).read_bytes(), answers(f"{name}.onnx")
    table[name] = {"bytes": len(content), "gzip": len(gzip.compress(content)),
                   "mult": to_onnx.multiplications(file(f"{name}.onnx")),
                   "accuracy": float((found.argmax(axis=1) == digits.test_labels).mean()),
                   "distance": float(np.abs(found - original).max() / np.abs(original).max())}

# %% tags=["nbval-ignore-output"]
print(f"{'':<20}{'bytes':>9}{'gzip':>9}{'multiply':>10}{'accuracy':>10}{'distance':>10}  within "
      "one point")
for name, row in table.items():
    print(f"{name:<20}{row['bytes']:>9,}"
          f"{row['gzip']:>9,}{row['mult']:>10,}{row['accuracy']:>10.3f}{row['distance']:>10.3f}  "
          f"{'yes' if table['teacher']['accuracy'] - row['accuracy'] <= 0.01 + 1e-9 else 'NO'}")

# %%
print("multiplications:", {name: table[name]["mult"]
                           for name in ("teacher", "90 % zeros", "4 bits", "narrow", "student")})
print("90 % zeros: the file is as large as the teacher's:",
      abs(table["90 % zeros"]["bytes"] / table["teacher"]["bytes"] - 1) < 0.01)
print("smallest after gzip is a combination:",
      min(table, key=lambda name: table[name]["gzip"]) in ("narrow, 4 bits", "90 % zeros, 4 bits"))
print("a twentieth of the teacher's bytes or less:",
      table["narrow, 4 bits"]["gzip"] < table["teacher"]["bytes"] / 20)
worst = max(table["teacher"]["accuracy"] - row["accuracy"] for row in table.values())
print("all within five points of the teacher:", worst < 0.05)

# %%
fig, ax = lesson.figure(8, 3.8)
for (name, row), color, marker in zip(table.items(), (*lesson.COLORS[:7], lesson.BLUE,
                                                      lesson.VERMILION), "*osDP^vXh"):
    ax.plot(row["bytes"], 100 * row["accuracy"], marker, color=color, markersize=7,
            fillstyle="none")
    ax.plot(row["gzip"], 100 * row["accuracy"], marker, color=color, markersize=9, label=name)
    ax.plot([row["bytes"], row["gzip"]], [100 * row["accuracy"]] * 2, color=color, linewidth=0.8)
ax.axhline(100 * table["teacher"]["accuracy"] - 1, color=lesson.BLACK, linestyle=":", linewidth=1,
           label="one point lost")
ax.set(xscale="log", xlabel="bytes of the ONNX file: hollow as it is, filled after gzip",
       ylabel="accuracy on 1,000 digits, %", title="Accuracy against bytes")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Accuracy against file size on a logarithmic axis for nine networks, hollow "
            "before and filled after gzip. All lie within a few points of accuracy while sizes "
            "differ by more than twenty times. Files with zeros move far to the left under gzip, "
            "the others little.")

# %% [markdown]
# ## And the time?
#
# **Predict, then run.** Which of these is fastest: teacher, 90 % zeros, 4 bits, 8 bits, narrow?
#
# <details><summary>Answer</summary>
#
# On the machine where this was written: narrow, in about two thirds of the teacher's time. Zeros
# took the teacher's time. 8 bits took half as long again, and 4 bits twice as long: in a network
# this small the conversions cost more than the integers save. Hardware decides this: measure where
# you deploy.
#
# </details>

# %%
import time


def fastest(names, rounds=40):
    """Milliseconds for 64 images, one thread: the best of interleaved rounds."""
    sessions = {name: onnxruntime.InferenceSession(file(f"{name}.onnx"), ALONE) for name in names}
    taken = {name: [] for name in names}
    for _ in range(rounds):
        for name, session in sessions.items():
            begin = time.perf_counter()
            session.run(None, {"image": digits.test_images[:64]})
            taken[name].append(1e3 * (time.perf_counter() - begin))
    return {name: min(values) for name, values in taken.items()}


# %% tags=["nbval-ignore-output"]
for name, taken in fastest(["teacher", "90 % zeros", "narrow", "8 bits, trained so", "4 bits",
                            "narrow, 4 bits"]).items():
    print(f"{name:<20} {taken:.2f} ms for 64 images")

# %% [markdown]
# Times are not compared by the tests; what the runtime *does* can be. Ask it for the graph that it
# really runs:

# %%
def really_run(name):
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath, options.log_severity_level = file("optimised.onnx"), 3
    onnxruntime.InferenceSession(file(f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
    return [node.op_type for node in onnx.load(file("optimised.onnx")).graph.node]


print("8 bits: convolutions in integers:", really_run("8 bits, trained so").count("QLinearConv"))
print("4 bits: convolutions in integers:", really_run("4 bits").count("QLinearConv"))
print("4 bits: weights turned back into floats at every call:",
      really_run("4 bits").count("DequantizeLinear"))

# %% [markdown]
# That explains it. The 4-bit file is small *on the disk*; at every call the runtime makes floats of
# it. Small in memory and fast in time are other promises, made by other kernels.
# [Edge and mobile](04_edge_and_mobile.ipynb) shows runtimes that compute in 8 bits.

# %%
scratch.cleanup()

# %% [markdown]
# ## Which tools are alive?
#
# | tool | state, checked 2026-11-24 |
# |---|---|
# | `torch.ao.quantization` | deprecated; torchao replaces it ([ao 2259](https://github.com/pytorch/ao/issues/2259)) |
# | `torch.nn.utils.prune` | part of PyTorch; masks only, no smaller arrays ([pytorch 58846](https://github.com/pytorch/pytorch/issues/58846)) |
# | TensorFlow Model Optimization | needs Keras 2 (`tf_keras`); no plan for Keras 3 ([model-optimization 1119](https://github.com/tensorflow/model-optimization/issues/1119), [keras 23082](https://github.com/keras-team/keras/issues/23082), 2026) |
# | AIMET (Qualcomm) | PyTorch and ONNX, post-training and QAT ([repository](https://github.com/quic/aimet)) |
# | Intel Neural Compressor | 3.x: PyTorch and TensorFlow, mainly quantisation, aimed at language models ([guide](https://intel.github.io/neural-compressor/latest/docs/source/get_started.html)) |

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** One epoch with fake quantisers lifts your 4-bit network from 94.0 to 95.2 of 100. What is
# missing before you give them the credit?
#
# <details><summary>A. The same experiment with 8 bits</summary>No. It tells where rounding costs something. It does not tell what lifted this network.</details>
# <details><summary>B. One more epoch without them, then rounding</summary>Right. That is the control. An epoch of training can gain a point by itself, and 1,000 digits hardly tell a point apart.</details>
# <details><summary>C. The accuracy of both networks on the training digits</summary>No. Those it has learned from, in the extra epoch once more. That makes the comparison no fairer.</details>
#
# <br>**2.** In training with fake quantisers a stored weight moves from 3.1 to 3.3 steps. The
# weight in use is 3 steps before and after. Was this update lost?
#
# <details><summary>A. Yes: it was rounded away</summary>No. The rounding is done for each use anew. The stored weight is a float and keeps its digits.</details>
# <details><summary>B. Yes: the gradient of the rounding is zero</summary>No. Of <code>torch.round</code> it is. The straight-through estimator lets the gradient pass, or the weight would not have moved.</details>
# <details><summary>C. No: it stays in the stored weight, which may round to 4 later</summary>Right. The gradient is taken at the rounded weight and applied to the stored one, so small updates add up.</details>
#
# <br>**3.** Nine of ten weights are zero, scattered over the layers. You deploy in ONNX Runtime.
# When do these zeros pay?
#
# <details><summary>A. When the file travels compressed</summary>Right. Zeros repeat, so gzip makes them small. In memory and in time they are numbers like any other.</details>
# <details><summary>B. When each answer must come sooner</summary>No. This runtime multiplies by zero as by any number. For time, take out whole units.</details>
# <details><summary>C. When the device has little memory</summary>No. A zero is a float of four bytes in an array of the old shape. Fewer units make smaller arrays.</details>
#
# <br>**4.** Suppose a runtime could skip every zero. Nine of ten of our weights are zero, yet more
# than 40 of 100 multiplications are left. Why?
#
# <details><summary>A. The masks have to be multiplied, too</summary>No. Once pruning is made permanent there are no masks. What is counted here are the weights that are not zero.</details>
# <details><summary>B. Training on after pruning has filled some of the zeros again</summary>No. Nine of ten are zero after training on, too: the mask held them.</details>
# <details><summary>C. Most zeros lie in <code>dense1</code>, used once for an image</summary>Right. A convolution uses each weight at every place, a hundred times and more, and the convolutions kept more of theirs.</details>
#
# <br>**5.** You take filters and units out. All shapes fit, and after two epochs of training on, 90
# of 100 answers are right. How do you know that the right columns went?
#
# <details><summary>A. The shapes tell: wrong columns would not fit</summary>No. Columns taken in the order height, width, channel have the same shape, and are wrong.</details>
# <details><summary>B. The accuracy after training on tells</summary>No. Training on hides the mistake: the wrongly cut network learned again as well.</details>
# <details><summary>C. A longer training tells: a wrong cut ends lower</summary>No. A wrong cut learns again and may end as high. And you have no right cut beside it to compare with.</details>
# <details><summary>D. Before training on, compare with the large network, those units silenced</summary>Right. Units that put out zero and units that are gone must give the same answers. Trained on, this can no longer be asked.</details>
#
# <br>**6.** A student with nine parts soft targets at T = 8 ends below one with labels only. No
# error was raised. What do you check first?
#
# <details><summary>A. Whether the soft part of the loss is multiplied by T squared</summary>Right. Without it, the soft part's gradient shrinks with T squared, and the labels count a tenth. Hardly anybody teaches.</details>
# <details><summary>B. Whether the student has as many units as its teacher</summary>No. It should have fewer. The loss compares ten answers with ten answers, whatever lies before them.</details>
# <details><summary>C. Whether the labels in the loss drown the teacher, and should go</summary>No. They have one part of ten. If the teacher is not heard, taking the labels away leaves the student with less.</details>
#
# <br>**7.** A file with 4-bit weights fulfils the float contract within 1e-5, and still loses a
# point of accuracy. How do the two go together?
#
# <details><summary>A. The float contract compares answers, and these hardly changed</summary>No. It compares logits. Answers and lost accuracy are what the quantised contract looks at.</details>
# <details><summary>B. The float contract holds the file to its own rounded weights</summary>Right. The file computes its weights' network well. What rounding them cost shows against the teacher: the quantised contract.</details>
# <details><summary>C. ONNX Runtime computes in 4 bits, and accuracy is counted elsewhere</summary>No. The runtime makes floats of the weights and computes in float32. That is why 1e-5 can hold.</details>
#
# <br>**8.** Your network loses too much with 8 bits after training, and your runtime computes in
# integers. Time and accuracy both matter. What do you try next?
#
# <details><summary>A. 4 bits after training, for fewer bits are faster</summary>No. It rounds coarser still. And in this chapter 4 bits were made floats at every call, and took longer.</details>
# <details><summary>B. Quantisation-aware training, and a control epoch</summary>Right. It is meant for the case that rounding alone breaks your contract. The control tells whether an epoch would have done.</details>
# <details><summary>C. Pruning to nine tenths of zeros, then 8 bits</summary>No. The zeros save no time here, and the weights that stay are rounded as before.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | really saves | costs | check |
# |---|---|---|---|
# | 8 bits after training | three quarters of the disk | nothing here | accuracy contract |
# | QAT | the same; 2 bits become possible | an epoch | a control epoch without it |
# | zeros | disk, if compressed | an epoch | are they still zero? |
# | narrow | disk, memory, multiplications, time | an epoch or three, a point | silence, then compare |
# | student | the same as narrow | a teacher and images | seeds, $T^2$ |

# %% [markdown]
# **Choose it when:** 8 bits after training, first and nearly always. QAT when that breaks your
# accuracy contract. Narrow when time matters. Distillation when you have a good teacher and few
# labels, or images without labels.
#
# **Avoid it when:** unstructured zeros, unless the file travels compressed or your runtime has
# sparse kernels (ONNX Runtime has none:
# [onnxruntime 2121](https://github.com/microsoft/onnxruntime/issues/2121), 2019). QAT, when an
# extra epoch does the same.
#
# **Now you:** [the exercise](../../exercises/05_deployment/05_smaller.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - Straight-through: Bengio, Léonard, Courville 2013,
#   [arXiv 1308.3432](https://arxiv.org/abs/1308.3432); QAT for integer inference: Jacob et al.
#   2017, [arXiv 1712.05877](https://arxiv.org/abs/1712.05877)
# - torchao pt2e: [tutorials](https://docs.pytorch.org/ao/0.17/eager_tutorials/index.html); the
#   deprecation: [ao 2259](https://github.com/pytorch/ao/issues/2259),
#   [pytorch 153892](https://github.com/pytorch/pytorch/pull/153892), 2025
# - Optimal Brain Damage: LeCun, Denker, Solla, [NIPS
#   1989](https://papers.neurips.cc/paper/1989/hash/6c9882bbac1c7093bd25041881277658-Abstract.html)
# - Deep Compression: Han, Mao, Dally, ICLR 2016,
#   [arXiv 1510.00149](https://arxiv.org/abs/1510.00149)
# - Lottery tickets: Frankle, Carbin 2018, [arXiv 1803.03635](https://arxiv.org/abs/1803.03635); the
#   small network from scratch: Liu et al. 2018,
#   [arXiv 1810.05270](https://arxiv.org/abs/1810.05270)
# - Pruning saves no time: [pytorch 36214](https://github.com/pytorch/pytorch/issues/36214),
#   [pytorch 32928](https://github.com/pytorch/pytorch/issues/32928), 2020
# - Distillation: Hinton, Vinyals, Dean 2015, [arXiv 1503.02531](https://arxiv.org/abs/1503.02531);
#   the forgotten factor: [distiller 122](https://github.com/IntelLabs/distiller/issues/122), 2019
# - 4-bit integers:
#   [ONNX, DequantizeLinear](https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html); in ONNX
#   Runtime: [onnxruntime 20362](https://github.com/microsoft/onnxruntime/pull/20362), 2024

# %% [markdown]
# **On your path:**
#
# - *Production, 15 of 16:* [Edge and mobile](04_edge_and_mobile.ipynb) → here →
#   [Draw a digit](06_browser.ipynb)
#
# **In the order of the folders:** previous [Edge and mobile](04_edge_and_mobile.ipynb) · next
# [Draw a digit](06_browser.ipynb) · [all chapters](../00_start_here.ipynb)
