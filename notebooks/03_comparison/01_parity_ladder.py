# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The parity ladder: ten frameworks, one network
#
# After this notebook you will be able to say what "the same network in another framework" means,
# prove it, and tell a mistake from rounding.
#
# **You will learn to**
# - see why the frameworks' own MNIST examples cannot be compared;
# - take "the same model" apart into seven claims, and test each;
# - let two networks climb the ladder, each in its own process, and read the climbs of all thirteen;
# - choose a tolerance from measurements;
# - explain when and why two float32 trainings part, and float64 trainings do not.
#
# **Before you start:** [The network by hand](../01_history/02_by_hand.ipynb) and
# [PyTorch](../02_frameworks/02_pytorch.ipynb). Kernel `python3`, about 55 minutes.
# Another framework's chapter will do in PyTorch's place. The climb takes 20 to 40 seconds, the
# trainings as long. Theano, Chainer, MXNet and Caffe are retired, and run in kernels of their own.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## Why not compare the official examples?
#
# Keras, PyTorch, Flax and Caffe each have an official [MNIST](../00_glossary.ipynb#MNIST) example:
# two [convolutions](../00_glossary.ipynb#Convolution), [pooling](../00_glossary.ipynb#Pooling), one
# or two [dense layers](../00_glossary.ipynb#Dense-layer). It is tempting to time them against each
# other. Here are their [layers](../00_glossary.ipynb#Layer), as their sources give them (links at
# the end; Flax is a library for networks in JAX, Linen and NNX are its older and its newer form),
# and this course's network. `conv` has [channels](../00_glossary.ipynb#Channel) and kernel size.

# %%
EXAMPLES = {
    "Keras": [("conv", 32, 3), ("pool",), ("conv", 64, 3), ("pool",), ("dense", 10)],
    "PyTorch": [("conv", 32, 3), ("conv", 64, 3), ("pool",), ("dense", 128), ("dense", 10)],
    "Flax (Linen)": [("conv", 32, 3, "same"), ("pool",), ("conv", 64, 3, "same"), ("pool",),
                     ("dense", 256), ("dense", 10)],
    "Flax (NNX)": [("conv", 32, 3, "same"), ("norm",), ("pool",), ("conv", 64, 3, "same"),
                   ("norm",), ("pool",), ("dense", 256), ("dense", 10)],
    "Caffe": [("conv", 20, 5), ("pool",), ("conv", 50, 5), ("pool",), ("dense", 500),
              ("dense", 10)],
    "this course": [("conv", 16, 3), ("pool",), ("conv", 32, 3), ("pool",), ("dense", 64),
                    ("dense", 10)],
}

# %% [markdown]
# The number of [parameters](../00_glossary.ipynb#Parameter) follows from these shapes alone. An
# image enters as 1 channel of 28 x 28. A convolution has one kernel and one
# [bias](../00_glossary.ipynb#Bias) for each output channel; a dense layer has one
# [weight](../00_glossary.ipynb#Weight) for each input, and one bias, for each output;
# [batch](../00_glossary.ipynb#Batch) normalisation trains two numbers for each channel.


# %%
def parameters(layers):
    channels, size, found = 1, 28, []
    for kind, *given in layers:
        if kind == "conv":
            found.append((channels * given[1] ** 2 + 1) * given[0])
            channels, size = given[0], size if "same" in given else size - given[1] + 1
        elif kind == "pool":
            size //= 2
        elif kind == "norm":
            found.append(2 * channels)
        else:
            found.append((channels * size ** 2 + 1) * given[0])
            channels, size = given[0], 1
    return found


# %% [markdown]
# **Predict, then run.** All of them are first examples, meant to be simple. By what factor do the
# largest and the smallest of the five official examples differ in parameters?
#
# <details><summary>Answer</summary>
#
# By a factor of 34. Keras pools twice and has a single dense layer; PyTorch pools once, so that
# 9,216 numbers reach its first dense layer, and that one matrix holds 98 % of all its parameters.
#
# </details>

# %%
counts = {name: sum(parameters(layers)) for name, layers in EXAMPLES.items()}
for name, count in counts.items():
    print(f"{name:<14}{count:>10,}")
official = [count for name, count in counts.items() if name != "this course"]
print("largest / smallest official example:", round(max(official) / min(official), 1))

# %%
fig, ax = lesson.figure(8, 3)
for row, layers in enumerate(EXAMPLES.values()):
    found = parameters(layers)
    early = sum(layer[0] in ("conv", "norm") for layer in layers)
    left = 0
    parts = [("convolutions", sum(found[:early])), ("first dense layer", found[early]),
             ("the rest", sum(found[early + 1:]))]
    for (label, width), color, hatch in zip(parts, (lesson.ORANGE, lesson.BLUE, lesson.GREEN),
                                            ("//", "", "..")):
        ax.barh(row, width, left=left, color=color, hatch=hatch, edgecolor="white",
                label=label if row == 0 else None)
        left += width
    ax.text(left + 1e4, row, f"{left:,}", va="center", fontsize=9)
ax.set(yticks=range(len(EXAMPLES)), yticklabels=EXAMPLES, xlabel="parameters", xlim=(0, 1.4e6),
       title="Six first networks for MNIST")
ax.invert_yaxis()
ax.legend(loc="lower right")
lesson.show(fig, alt="Bars of parameter counts: Keras has the fewest, PyTorch 34 times as many; in "
            "all but Keras the first dense layer holds nearly everything.")

# %% [markdown]
# Not only the networks differ. Nothing in this table is a property of a framework; each is a choice
# of an example's author. You need not know these words: see only that no two columns agree.
#
# | | Keras | PyTorch | Flax (Linen) | Flax (NNX) | Caffe |
# |---|---|---|---|---|---|
# | optimizer | Adam, its defaults | Adadelta, rate 1.0, times 0.7 each epoch | SGD, rate 0.1, momentum 0.9 | AdamW, rate 0.005 | SGD, rate 0.01 falling, momentum 0.9, weight decay 0.0005, biases at twice the rate |
# | batch | 128 | 64 | 128 | 32 | 64 |
# | length | 15 epochs | 14 epochs | 10 epochs | 1,200 steps | 10,000 steps |
# | dropout | 0.5 | 0.25 and 0.5 | none | twice 0.025 | none |
# | pooling | max, twice | max, once | average, twice | average, twice | max, twice |
# | pixels | / 255 | / 255, minus 0.1307, / 0.3081 | / 255 | / 255 | / 256 |

# %%
# Keras keeps a tenth of the digits for validation; Flax drops the last, incomplete batch
seen = {"Keras": 15 * 54_000, "PyTorch": 14 * 60_000, "Flax (Linen)": 10 * (60_000 // 128 * 128),
        "Flax (NNX)": 1_200 * 32, "Caffe": 10_000 * 64}
print("digits looked at during training, most / fewest:",
      round(max(seen.values()) / min(seen.values()), 1))

# %% [markdown]
# ## Does "the PyTorch example" at least mean one network?
#
# No. It was replaced in December 2018 (pull request 469), and again in November 2019 (658), when a
# contributor rebuilt in PyTorch what Keras's example was at that time. Here are the three.

# %%
OVER_TIME = {
    "until 2018": [("conv", 10, 5), ("pool",), ("conv", 20, 5), ("pool",), ("dense", 50),
                   ("dense", 10)],
    "in 2019": [("conv", 20, 5), ("pool",), ("conv", 50, 5), ("pool",), ("dense", 500),
                ("dense", 10)],
    "since 2019-11": EXAMPLES["PyTorch"],
}
for name, layers in OVER_TIME.items():
    same = [other for other in ("Caffe", "PyTorch") if EXAMPLES[other] == layers]
    print(f"{name:<14}{sum(parameters(layers)):>10,}  "
          f"{'the layers of ' + same[0] + ' above' if same else ''}")

# %% [markdown]
# Within two years one file held a network of its own, then the layers of Caffe's example, then
# those of Keras's `mnist_cnn.py`. Keras has since put another example in its place, the one above,
# last modified on 2020-04-21. So a sentence like "PyTorch beats Keras on the official MNIST
# example" says nothing before it says *which network, when*.

# %% [markdown]
# ## What does "the same model" mean?
#
# Seven claims, each of which can fail alone. The ladder has a rung for each, in the order in which
# they depend on one another.
#
# | claim | rung | what breaks it, for example |
# |---|---|---|
# | the same weights exist | 1 shapes | a dense layer stored transposed |
# | the same forward pass | 2 logits | flattening in another order |
# | the same loss | 3 loss | a sum in place of a mean |
# | the same gradients | 4 gradients | a bias that nobody differentiates |
# | the same update | 5 steps | another kind of momentum |
# | the same training, to the last step | 6 training | one wrong label, a rate that falls |
# | the same network in the file | 7 artefact | momentum that is not saved |

# %% [markdown]
# The other side of each comparison is no framework: it is the
# [reference](../01_history/02_by_hand.ipynb) in NumPy and [float64](../00_glossary.ipynb#float32),
# whose formulas are tested against central differences. No framework is the judge of another.

# %%
from onecnn import ladder

for number, (rung, asked) in enumerate(ladder.ASKED.items(), 1):
    print(number, f"{rung:<11}{asked}")

# %% [markdown]
# One word needs explaining. The *batches* of rungs 2 to 4 are not only the first 64 digits at the
# [starting weights](../00_glossary.ipynb#Starting-weights). They are also 63 digits and a single
# one, digits seen through a view of a larger array, negative pixels, and pixels so bright that a
# [logit](../00_glossary.ipynb#Logit) reaches 200; all but two at the weights that the
# [reference](../00_glossary.ipynb#Reference) ended its own training with. A network can be right on
# one batch by chance; each of these was added because a wrong network got past the others.

# %% [markdown]
# Rung 2 also asks again, in another order, mirrored, and in batches of 2 to 512.

# %%
import numpy as np

from onecnn import expected

wanted = ladder.expected()
for case in expected.CASES:
    print(f"{case.name:<13}{case.digits:>3} digits, {case.weights:<8} weights, a logit above 200:",
          bool(np.abs(wanted[f"{case.name}/logits"]).max() > 200))

# %% [markdown]
# A second word is *float64*: rung 6 trains the whole recipe once more, with every number twice as
# long. Why that turns a training into a proof, *And the training in float32?* shows below.

# %% [markdown]
# ## Who climbs?
#
# Each climber is a chapter of this course: its cells tagged `same-cnn`, no second copy. The roster
# `onecnn/networks.py` lists them all: name, chapter, kernel, and for Keras the engine, which an
# environment variable chooses.

# %%
from onecnn import networks

CLIMBERS = {network.name: network for network in networks.NETWORKS}
chapters = {network.notebook for network in networks.NETWORKS}
print(len(CLIMBERS), "climbers from", len(chapters), "chapters")

# %% [markdown]
# Thirteen, since Keras climbs on each of its three engines. They cannot live in one process: MXNet
# needs NumPy below 1.24, and JAX needs NumPy 2. So `cells.run` starts each in the interpreter of
# its own kernel.

# %% [markdown]
# All thirteen take some minutes. So two climb here and now, and of the others you see what was
# **stored**: `reports.json` holds the climbs of their own chapters. Each chapter climbs live when
# you run it, Keras's the first five rungs. Write other names into `LIVE` to see them climb here;
# `list(CLIMBERS)` for all.

# %%
import json

from onecnn import cells, paths

LIVE = ["NumPy by hand", "PyTorch"]
STORED = json.loads((paths.programs("03_comparison/01_parity_ladder") / "reports.json").read_text())


def climb(name):
    """A climber's report; or, where its kernel is missing, the reason."""
    climber = CLIMBERS[name]
    try:
        found = cells.run(climber.notebook, "onecnn.ladder:climb_cells", env=climber.env,
                          float64=climber.float64)
    except cells.KernelMissing as reason:
        return str(reason)
    return ladder.Report.from_dict(found)


# %% [markdown]
# **Predict, then run.** Theano, the oldest framework here, turns formulas into C; JAX, of 2018,
# compiles them with [XLA](../00_glossary.ipynb#XLA). Who will be furthest from the reference: the
# old one, the young one, or the one by hand? Or does age not matter?
#
# <details><summary>Answer</summary>
#
# There is no order of age in it. All of them round, in whatever order their loops add. In float32
# the worst differences lie within about a factor of ten of each other, in float64 a little further
# apart, and which climber has them changes from rung to rung.
#
# </details>

# %%
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(2) as pool:
    here = dict(zip(LIVE, pool.map(climb, LIVE)))
for name, report in here.items():
    print(f"{name}, here and now\n{report}\n")

# %%
reports = {name: ladder.Report([ladder.Rung(**rung) for rung in
                                STORED["networks"][climber.key]["rungs"]], [], [])
           for name, climber in CLIMBERS.items()}
reports.update({name: found for name, found in here.items() if not isinstance(found, str)})
print(" " * 21 + "".join(f"{rung:<11}" for rung in ladder.ASKED))
for name, report in reports.items():
    words = "".join(f"{'ok' if rung.passed else 'FAILED':<11}" for rung in report.rungs)
    print(f"{name:<21}{words}{'here' if name in here else STORED['date']}")
print("float32 only:", ", ".join(name for name, climber in CLIMBERS.items() if not climber.float64))

# %% [markdown]
# These are verdicts, the same on every machine. The measured differences behind them are not, in
# their last digits, so they stand in a cell that the tests do not compare.


# %% tags=["nbval-ignore-output"]
def worst(report):
    """The largest difference of each rung that measures one."""
    return {rung.name: max(rung.differences().values()) for rung in report.rungs
            if rung.differences()}


RUNGS = [rung for rung in ladder.ASKED if rung != "shapes"]
print(" " * 21 + "".join(f"{rung:<11}" for rung in RUNGS))
for name, report in reports.items():
    found = worst(report)
    print(f"{name:<21}" + "".join(f"{found[rung]:<11.1e}" if rung in found else f"{'-':<11}"
                                  for rung in RUNGS))

# %% [markdown]
# The same as a picture. Each panel is a rung, each dot a climber's worst difference, the red line
# what the rung allows. Two things matter: how far the dots lie left of the line, and how close
# together they lie.

# %%
rungs = [rung for rung in RUNGS if rung != "artefact"]
fig, axes = lesson.figure(10, 4.2, columns=len(rungs), sharey=True)
for ax, rung in zip(axes, rungs):
    found = [worst(report).get(rung, float("nan")) for report in reports.values()]
    ax.plot(found, range(len(found)), "o", color=lesson.BLUE)
    ax.axvline(ladder.ALLOWED[rung], color=lesson.VERMILION, linewidth=2)
    ends, ticks = (((1e-16, 1e-8), [1e-15, 1e-12, 1e-9]) if rung == "training" else
                   ((4e-10, 4e-4), [1e-9, 1e-7, 1e-5]))
    ax.set(xscale="log", xlim=ends, title=rung, xticks=ticks)
    ax.minorticks_off()
    ax.grid(axis="y", alpha=0.3)
axes[0].set(yticks=range(len(reports)), yticklabels=reports)
axes[0].invert_yaxis()
fig.supxlabel("worst relative difference from the float64 reference", fontsize=10)
lesson.show(fig, alt="Five panels, one for each rung, with one dot for each climber: all dots lie "
            "left of the line that marks the allowed difference, close together. In the panel of "
            "the float64 training they lie thousands of times below it; Caffe has no dot there.")

# %% [markdown]
# The artefact has no panel: all its differences are zero, or rounding. A fresh process loads the
# file and trains five more steps, and so does the network that was never saved.
#
# Caffe computes in float32 whatever it is given. On rung 6 it is asked what can be asked there:
# [accuracy](../00_glossary.ipynb#Accuracy), and the reference's answers.

# %% [markdown]
# ## And the training in float32?
#
# Learners and products train in float32. So each framework has trained in float32 as well, once.
# The next figure counts, for each pair, the [test digits](../00_glossary.ipynb#Test-set) (of 1,000)
# that two of the trained networks answer differently. The reference, trained in float64, is one row
# among the others.

# %%
trained = {"reference": wanted["predictions"]}
for key in networks.FRAMEWORKS:
    network = networks.get(key)
    answers = STORED["networks"][network.key]["answers"]
    trained[network.title] = np.array(list(answers), int)
differ = np.array([[(one != other).sum() for other in trained.values()]
                   for one in trained.values()])

# %%
fig, ax = lesson.figure(6.4, 5)
ax.imshow(differ, cmap="Blues", vmin=0, vmax=20)
for (row, column), count in np.ndenumerate(differ):
    ax.text(column, row, count, ha="center", va="center", fontsize=8,
            color="white" if count > 12 else "black")
ax.set(xticks=range(len(trained)), yticks=range(len(trained)), yticklabels=trained,
       title="Test digits answered differently")
ax.set_xticklabels(trained, rotation=60, ha="right")
lesson.show(fig, alt="A table of counts, trained framework by trained framework: a handful of the "
            "1,000 test digits each, zero on the diagonal.")

# %% [markdown]
# Some lie a little further out than others, and the reference is not the centre. What remains is a
# few hard digits that tip either way. And the way there? Before each of the 310 steps there is a
# [loss](../00_glossary.ipynb#Loss). How far is it from the reference's?

# %%
fig, ax = lesson.figure(8, 3.6)
for kind, color in (("float32", lesson.ORANGE), ("float64", lesson.BLUE)):
    for number, network in enumerate(networks.NETWORKS):
        apart = STORED["networks"][network.key][kind]
        if apart:
            ax.plot(np.arange(1, len(apart) + 1), np.maximum(apart, 1e-17), color=color,
                    linewidth=0.8, label=f"{kind}, each network" if number == 0 else None)
ax.axhline(ladder.TRAINING, color=lesson.VERMILION, linestyle="--", label="allowed on rung 6")
ax.set(yscale="log", ylim=(1e-17, 10), xlabel="training step",
       ylabel="distance of the loss, relative", title="All frameworks beside the reference")
ax.legend(loc="center", bbox_to_anchor=(0.5, 0.31), ncols=3, fontsize=9)
lesson.show(fig, alt="On a logarithmic axis, the float64 lines of all frameworks stay near 1e-15 "
            "through 310 steps; the float32 lines begin near 1e-7 and climb to a hundredth.")

# %% [markdown]
# In float32 the frameworks part, all of them, and nobody could say who is right. In float64 twelve
# of thirteen stay together in thirteen digits, through all 310 steps. So a
# [label](../00_glossary.ipynb#Label) that is wrong once, a step that is skipped, a
# [learning rate](../00_glossary.ipynb#Learning-rate) that falls: each moves the loss by far more
# than that. In float32 it would hide among the partings.

# %% [markdown]
# ## How is a tolerance chosen?
#
# From two heaps of measurements. One is what honest networks measure: rounding. The other is what
# real mistakes measure. A tolerance is a wall between them, with room on both sides. Where no wall
# fits, the rung is no good.

# %%
from onecnn import mnist, reference, spec

digits, weights = mnist.load(), spec.initial_weights()
images = digits.train_images[wanted["batch"]]


def moved(pixels=1, **changed):
    """How far the logits move when pixels are scaled or weights changed, as a share."""
    other = {**weights, **{name.replace("_", "."): value for name, value in changed.items()}}
    logits = reference.logits(other, images * pixels)
    return float(np.abs(logits - wanted["logits"]).max() / np.abs(wanted["logits"]).max())


# %% [markdown]
# The mistakes, from coarse to fine: channels last when flattening; pixels divided by 256 as in
# Caffe's example, in place of 255; all weights rounded to float16, numbers of three to four digits;
# and a single one of the 56,714 weights off by 1 %.

# %%
kernel = weights["conv1.weight"].copy()
kernel[0, 0, 1, 1] *= 1.01
channels_last = weights["dense1.weight"].reshape(64, 32, 5, 5).transpose(0, 2, 3, 1)
faults = {
    "flattened as NHWC": moved(dense1_weight=channels_last.reshape(64, 800)),
    "pixels / 256": moved(pixels=255 / 256),
    "float16 weights": moved(**{name.replace(".", "_"): value.astype(np.float16)
                                for name, value in weights.items()}),
    "one weight off by 1 %": moved(conv1_weight=kernel),
}
honest = {name: worst(report)["logits"] for name, report in reports.items()}
print("every fault is more than 10 times the tolerance:", min(faults.values()) > 10 * ladder.LOGITS)
print("every climber is below a third of it:", max(honest.values()) < ladder.LOGITS / 3)

# %%
fig, ax = lesson.figure(8, 2.8)
ax.plot(list(honest.values()), [0] * len(honest), "o", color=lesson.BLUE, alpha=0.6)
ax.text(np.median(list(honest.values())), 0.25, "rounding:\nthe climbers", ha="center", fontsize=9,
        color=lesson.BLUE)
for place, (name, value) in enumerate(sorted(faults.items(), key=lambda fault: fault[1])):
    ax.plot([value, value], [0, 0.95 - 0.25 * place], color="gray", linewidth=1, zorder=0)
    ax.plot(value, 0, "X", color=lesson.ORANGE, markersize=10)
    ax.text(value, 0.95 - 0.25 * place, f" {name}", fontsize=9, va="center")
ax.axvline(ladder.LOGITS, color=lesson.VERMILION, linewidth=2)
ax.text(ladder.LOGITS / 1.2, 0.95, "tolerance", color=lesson.VERMILION, fontsize=9, ha="right")
ax.set(xscale="log", xlim=(1e-7, 300), ylim=(-0.25, 1.15), yticks=[],
       xlabel="largest difference of a logit, relative to the largest logit",
       title="The wall of rung 2")
lesson.show(fig, alt="On a logarithmic axis the climbers lie in one heap below a millionth, the "
            "mistakes between a ten-thousandth and one; the tolerance stands in the gap.")

# %% [markdown]
# The others were chosen in the same way. The list is to look things up in: on a first reading, go
# on.
# - **Loss, 1e-6.** Float32 numbers between 2 and 4 lie `2.4e-7` apart; the first loss is about 2.6.
#   The rung allows four such steps. On the other batches a loss rounds as the logits do of which it
#   is made: there the difference is taken relative to the largest logit, or to the loss if that is
#   larger.
# - **Gradients, 1e-5; steps, 1e-4,** relative to the largest entry of a
#   [tensor](../00_glossary.ipynb#Tensor). Ten steps add up ten roundings, and
#   [momentum](../00_glossary.ipynb#Momentum) carries each of them on.
# - **Training, 1e-9 in float64.** All climbers stay below `1e-12`; the smallest faults of the
#   [museum](02_museum_of_bugs.ipynb), a weight decay of `1e-7` among them, lie above `1e-9`. The
#   weights after a step with ten digits are allowed `1e-7`: a tenth is no float32 number, and
#   MXNet's trainer divides in float32. For Caffe: 98 % same answers. 21 pairs of PyTorch trainings
#   whose weights first differed by 1e-7 agreed on at least 99.3 % at this learning rate.
# - **Artefact, 1e-6.** The copy does what the original does: zero is normal.

# %%
print("distance of float32 numbers near the first loss:",
      f"{np.spacing(np.float32(wanted['loss'])):.1e}")

# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## How far do two trainings drift?
#
# Two frameworks (PyTorch, and NumPy by hand), two precisions, 300 steps from the same weights with
# the same batches. The trainings by hand run in processes of their own, on the other core, while
# PyTorch trains here.

# %%
STEPS = 300
pool = ThreadPoolExecutor(1)
by_hand = {dtype: pool.submit(cells.run, "01_history/02_by_hand", "onecnn.ladder:walk_cells",
                              steps=STEPS, dtype=dtype) for dtype in ("float32", "float64")}

# %%
import torch
from torch.nn.utils import vector_to_parameters

pytorch = cells.functions("02_frameworks/02_pytorch")
batches = [batch for epoch in range(spec.EPOCHS)
           for batch in spec.batches(len(digits.train_labels), epoch)][:STEPS]
pixels = {torch.float32: digits.train_images, torch.float64: digits.train_images.astype(np.float64)}


def distance(one, other):
    return np.linalg.norm(one - other, axis=-1) / np.linalg.norm(other, axis=-1)


# %%
def train(dtype):
    """All weights before each step, and after the last."""
    model = pytorch.build(weights).to(dtype)
    path = torch.empty(STEPS + 1, spec.PARAMETERS, dtype=dtype)
    for step, batch in enumerate(batches):
        path[step] = torch.cat([weight.flatten() for weight in model.state_dict().values()])
        pytorch.train_step(model, pixels[dtype][batch], digits.train_labels[batch])
    path[STEPS] = torch.cat([weight.flatten() for weight in model.state_dict().values()])
    return path


single, double = train(torch.float32), train(torch.float64)
hand = {dtype: np.array(job.result()) for dtype, job in by_hand.items()}
pool.shutdown()

# %% [markdown]
# **Predict, then run.** Float32 keeps about seven digits, float64 about sixteen. After 300 steps,
# how many digits do the weights of two float32 trainings have in common? And of two float64
# trainings?
#
# <details><summary>Answer</summary>
#
# Usually two, against about fifteen. The float32 trainings do not lose a little at each step: they
# agree to six digits or more for a while, a dozen steps or a hundred and more. Then something
# jumps, and they part over the next dozens. The float64 trainings stay together.
#
# </details>

# %%
# the weights that walk_cells takes
in_single, in_double = (path[1:, ::50].double().numpy() for path in (single, double))
drift = {"float32, PyTorch and by hand": distance(in_single, hand["float32"]),
         "PyTorch, float32 and float64": distance(in_single, in_double),
         "float64, PyTorch and by hand": distance(in_double, hand["float64"])}
print("after 10 steps all pairs agree within 1e-4:",
      all(apart[9] <= 1e-4 for apart in drift.values()))
print("after 300 steps the float32 pair is over 10,000 times further apart than the float64 pair:",
      drift["float32, PyTorch and by hand"][-1] > 1e4 * drift["float64, PyTorch and by hand"][-1])

# %% [markdown]
# ## What happens when they part?
#
# [ReLU](../00_glossary.ipynb#Relu) asks: above zero? Max pooling asks: which of four is largest?
# When a tiny difference tips such a decision, the *values* hardly change. The *gradient* does: it
# goes to another pixel, or is stopped. So count, step by step, the decisions that PyTorch's float32
# and float64 trainings take differently on the same batch.

# %%
import torch.nn.functional as F


@torch.no_grad()
def decisions(model, path, step):
    vector_to_parameters(path[step], model.parameters())
    images = torch.from_numpy(pixels[path.dtype][batches[step]])
    conv1 = model.conv1(images)
    pool1, winner1 = F.max_pool2d(torch.relu(conv1), 2, return_indices=True)
    conv2 = model.conv2(pool1)
    pool2, winner2 = F.max_pool2d(torch.relu(conv2), 2, return_indices=True)
    hidden = model.dense1(pool2.flatten(1))
    # where all four are zero, no gradient passes
    choices = [winner1 * (pool1 > 0), winner2 * (pool2 > 0)]
    return torch.cat([part.flatten() for part in [conv1 > 0, conv2 > 0, hidden > 0, *choices]])


# %%
WATCHED = 150
one, other = pytorch.build(weights), pytorch.build(weights).double()
tipped = np.array([int((decisions(one, single, step) != decisions(other, double, step)).sum())
                   for step in range(WATCHED)])
apart = drift["PyTorch, float32 and float64"]
first = int(np.argmax(tipped > 0)) if tipped.any() else WATCHED
print("as long as all decisions agree, the weights agree within 1e-5:", apart[:first].max() < 1e-5)

# %%
fig, (top, bottom) = lesson.figure(9, 5, rows=2, sharex=True)
for (label, gap), color, marker in zip(drift.items(), (lesson.ORANGE, lesson.VERMILION,
                                                       lesson.BLUE), lesson.MARKERS):
    top.plot(np.arange(1, STEPS + 1), np.maximum(gap, 1e-18), color=color, marker=marker,
             markevery=25, label=label)
top.set(yscale="log", ylim=(1e-18, 1), ylabel="distance of the weights",
        title="Two trainings, same start, same batches")
top.legend(loc="center right")
tip_steps = np.flatnonzero(tipped)
bottom.plot(tip_steps + 1, tipped[tip_steps], "s", color=lesson.VERMILION, markersize=4)
bottom.axvspan(WATCHED, STEPS, color="0.93")
bottom.text((WATCHED + STEPS) / 2, 30, "not counted", ha="center", color="gray")
bottom.set(yscale="log", ylim=(0.5, 1e5), xlabel="training step", ylabel="decisions",
           title="Decisions that float32 and float64 take differently (PyTorch)")
lesson.show(fig, alt="Above: the distance between float64 trainings stays near 1e-16 for "
            "300 steps; that of pairs with float32 stays near 1e-7 at first, then jumps and climbs "
            "towards a hundredth. Below: no decision differs at first, then "
            "single ones, then more and more.")

# %% tags=["nbval-ignore-output"]
for label, gap in drift.items():
    print(f"{label:<30}",
          " ".join(f"{step}: {gap[step - 1]:.0e} " for step in (1, 10, 50, 100, 200, 300)))
print("decisions that differ, by step:",
      {int(step) + 1: int(tipped[step]) for step in tip_steps[:12]}, "...")

# %% [markdown]
# It usually begins with one or two decisions, of more than a million. And the two trained networks,
# whose weights differ so much?


# %%
def answers_at_the_end(path):
    model = pytorch.build(weights)
    vector_to_parameters(path[STEPS].float(), model.parameters())
    return pytorch.logits(model, digits.test_images).argmax(axis=1)


same = (answers_at_the_end(single) == answers_at_the_end(double)).mean()
print("they give at least 98 % the same answers:", same >= 0.98)

# %% [markdown]
# How many decisions are there?

# %%
relus = 64 * (16 * 26 * 26 + 32 * 11 * 11 + 64)
pools = 64 * (16 * 13 * 13 + 32 * 5 * 5)
print(f"decisions in one step: {relus:,} by ReLU, {pools:,} by pooling")
print(f"decisions in {STEPS} steps: {STEPS * (relus + pools):,}")
print("float32 rounds coarser than float64 by:",
      f"{np.finfo(np.float32).eps / np.finfo(np.float64).eps:,.0f}")

# %% [markdown]
# Hundreds of millions of decisions, and float32 is blind to differences below about a
# ten-millionth: a few fall by rounding. After the first, the weights differ by *more* than
# rounding, so more decisions tip, and the distance feeds itself. That is chaos, but only from the
# first tipped decision on.
#
# Float64's blind spot is half a billion times narrower. The pair of float64 trainings shows no such
# jump in 300 steps: with so many digits, it seems, no decision falls into the gap, and nothing
# enlarges the rounding.

# %% [markdown]
# Research on larger networks agrees: Bertoin and others (2021) found the value chosen for ReLU's
# derivative at zero to matter in float32 and not in float64; Summers and Dinneen (2021) changed one
# bit of the starting weights, and trainings ended elsewhere.

# %% [markdown]
# For the ladder it means: in float32 **compare weights early** (rung 5: ten steps, before the first
# jump). A test that compares float32 weights after an [epoch](../00_glossary.ipynb#Epoch) tests
# luck. To compare a whole training, **change the precision, not the tolerance** (rung 6).
#
# It has a second use. ReLU's narrow decisions spoil single gradients, too: so the digits of rungs 3
# and 4 are those whose narrowest decision is widest.

# %% [markdown]
# ## Where does the rounding differ?
#
# In the order of additions. In float32, `(a + b) + c` need not be `a + (b + c)`: after each
# addition the sum is rounded.
#
# **Predict, then run.** Add 100,000 random numbers from 0 to 1 in float32: from left to right, from
# right to left, smallest first, in eight running sums side by side, as a processor's vector unit
# might, and as `np.sum` does. How many different sums? Which is better, left to right or `np.sum`?
#
# <details><summary>Answer</summary>
#
# Usually five different sums. `np.sum` adds in pairs of blocks, so that no number passes through
# thousands of roundings, and comes closer. Smallest first, a well-known advice, does not help here:
# the running sum soon dwarfs every number.
#
# </details>

# %%
import math

numbers = np.random.RandomState(0).uniform(size=100_000).astype(np.float32)


def orders(x):
    return {"left to right": np.cumsum(x)[-1],
            "right to left": np.cumsum(x[::-1])[-1], "smallest first": np.cumsum(np.sort(x))[-1],
            "eight lanes": np.cumsum(x.reshape(-1, 8), axis=0)[-1].sum(), "np.sum": x.sum()}


exact = math.fsum(numbers)
errors = {name: abs(float(found) - exact) / exact for name, found in orders(numbers).items()}
print("at least three different float32 sums:", len(set(orders(numbers).values())) >= 3)
print("np.sum is closer than left to right:", errors["np.sum"] < errors["left to right"])
fine = orders(numbers.astype(np.float64)).values()
print("in float64 all agree to 11 digits:", max(fine) - min(fine) < 1e-11 * exact)

# %% [markdown]
# ## Deeper: what do threads change?
#
# You can leave this out, and go on to *What does a rung not prove?*
#
# They cut the work differently, so they may add in another order. The next cell multiplies the same
# matrices in fresh processes, with one thread and with two. A user reported in 2023 that such
# results differ ([numpy 25100](https://github.com/numpy/numpy/issues/25100)). A maintainer answered
# that no implementation of [BLAS](../00_glossary.ipynb#BLAS) tries to guarantee otherwise. (Some
# libraries have a slower, strict mode for those who ask.)

# %%
import os
import subprocess
import sys
import tempfile

PRODUCT = """import sys, numpy as np
a, b = np.random.RandomState(0).standard_normal((2, 500, 2000)).astype(np.float32)
np.save(sys.argv[1], a @ b.T)"""


def product(threads):
    with tempfile.TemporaryDirectory() as folder:
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                 "VECLIB_MAXIMUM_THREADS")
        subprocess.run([sys.executable, "-c", PRODUCT, f"{folder}/c.npy"], check=True,
                       env={**os.environ, **dict.fromkeys(names, str(threads))})
        return np.load(f"{folder}/c.npy")


# %%
one, again, two = product(1), product(1), product(2)
largest = np.abs(one).max()
print("one thread and two agree within 1e-5 of the largest entry:",
      np.abs(one - two).max() < 1e-5 * largest)

# %% [markdown]
# The company that a digit keeps has the same effect: the size of the batch chooses the code path,
# and that the order.

# %%
model = pytorch.build(weights)
together = pytorch.logits(model, digits.test_images[:64])
alone = np.concatenate([pytorch.logits(model, digits.test_images[i:i + 1]) for i in range(64)])
print("64 digits in one batch and one by one agree within 1e-5:",
      np.abs(together - alone).max() < 1e-5)

# %% tags=["nbval-ignore-output"]
print("entries of the product whose bits differ: one thread, run twice: "
      f"{(one != again).mean():.0%}; one thread and two: {(one != two).mean():.0%}")
print(f"logits whose bits differ, in a batch and alone: {(together != alone).mean():.0%}")
print("relative errors of the sums:",
      ", ".join(f"{name} {error:.0e}" for name, error in errors.items()))

# %% [markdown]
# On the machine where this page was written, some entries of the product changed their last bits
# with the second thread, and none when one thread ran again.
#
# PyTorch's documentation says it plainly: bitwise equal results are not promised for computations
# that are mathematically equal, not between releases, nor between machines. Fixed
# [seeds](../00_glossary.ipynb#Seed) do not help: nothing here is random. So no rung asks for equal
# bits.

# %% [markdown]
# ## What does a rung not prove?
#
# A rung compares at *some* weights, on *some* digits. Every bias starts at zero. So here is a
# climber whose `logits` forgets all biases.
#
# **Predict, then run.** On which batch does rung 2 catch it?
#
# <details><summary>Answer</summary>
#
# On the first at the trained weights. At the starting weights all biases are zero, and nothing is
# seen. The first ladder of this course asked only there, and let this network pass all seven rungs.
#
# </details>

# %%
numpy_network = cells.functions("01_history/02_by_hand")


def forgetful(model, images):
    without = {name: value * (not name.endswith("bias")) for name, value in model.weights.items()}
    return numpy_network.forward(without, images)[0]


broken = ladder.Network.of(numpy_network)._replace(logits=forgetful)
print(ladder.climb(*broken, training=False, artefact=False))

# %% [markdown]
# A test compares what its author thought of. Strangers attacked this ladder again and again, and
# got well over a hundred wrong networks past its earlier forms: a ReLU that ends at 6, one wrong
# label in 64 from step 11 on, a second save that writes the first. Each became a question. One
# fault was our own: TensorFlow 1's `Saver` deletes all but the last five files. The [museum of
# bugs](02_museum_of_bugs.ipynb) shows them, and the rungs that stop them today.

# %% [markdown]
# What is left? A finite ladder cannot see what it does not ask. These networks climb all seven
# rungs, and are wrong:

# %%
from onecnn import bugs

for bug in bugs.UNSEEN:
    print(f"{bug.key:<20}{bug.what}")

# %% [markdown]
# Each is an edit of PyTorch's cells, and a test of the course climbs with each, so that this list
# stays true. Here is one, on the rungs that take a second, and then in the sun.

# %%
sunny = bugs.break_it(pytorch, "brighter")
print(bugs.difference(pytorch, "brighter"), "\n")
print(ladder.climb(*sunny, training=False, artefact=False), "\n")
bright = digits.test_images[:10] * 2000
print("on pixels up to 2,000 it answers like PyTorch's own network:",
      np.allclose(sunny.logits(sunny.build(weights), bright),
                  pytorch.logits(pytorch.build(weights), bright), rtol=1e-3))

# %% [markdown]
# Nor does the ladder see what lies outside the seven functions: files written elsewhere, a slow
# step, a GPU's fewer digits, a processor that nobody here has tried. It says that two programs did
# the same where it looked. That is more than an accuracy says, and less than a proof for all
# inputs.

# %% [markdown]
# ## Deeper: can a right network fall?
#
# You can leave this out. Fourier transforms you need not know: they are another way to the sums.
#
# A convolution can also be computed with Fourier transforms: transform, multiply, transform back.
# It is the same function.
#
# **Predict, then run.** PyTorch's network with such convolutions climbs. Which rung stops it? (It
# leaves tiny errors where sums should be exactly zero.)
#
# <details><summary>Answer</summary>
#
# `gradients`. On empty paper all products are 0, and the bias, at the start, is 0, too. A sum of
# products gives exactly 0 there, where relu's slope is 0. The transform gives 0 with an error of
# some $10^{-9}$: too small for the rung `logits`, and wherever it is positive, the slope is 1.
#
# </details>

# %%
def by_fourier(convolution):
    def forward(x):
        size = x.shape[-2:]
        kernels = torch.fft.rfft2(convolution.weight, size).conj()
        sums = (torch.fft.rfft2(x)[:, None] * kernels).sum(dim=2)
        return torch.fft.irfft2(sums, size)[..., :-2, :-2] + convolution.bias[:, None, None]
    return forward


def build_with_fourier(weights):
    model = pytorch.build(weights)
    for convolution in (model.conv1, model.conv2):
        convolution.forward = by_fourier(convolution)
    return model


# %%
fourier = ladder.Network.of(pytorch)._replace(build=build_with_fourier)
print(ladder.climb(*fourier, training=False, artefact=False))

# %% [markdown]
# The digits of this rung were chosen so that no decision is narrow, but exact zeros are not counted
# as decisions: where products and bias are 0, every sum of products agrees. The transform makes
# decisions of them. A program that falls is not always wrong. It is different, and where, you are
# told.
#
# PyTorch itself may do so. Where it was built without oneDNN, it may convolve by a fast transform,
# NNPACK's, and the same rung breaks (tried 2026-11-30). So its chapter switches that off.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** An article trains PyTorch's and Keras's official MNIST examples and finds Keras five times
# faster. What do you learn about the two frameworks?
#
# <details><summary>A. Little: network, optimiser and batch differ as well</summary>Right. Each of these was chosen by an example's author. The networks alone differ 34 times in parameters.</details>
# <details><summary>B. Keras has the faster convolutions, for both learn the same digits</summary>No. The digits are the same, the work is not: PyTorch's example pools once, so its second convolution and its first dense layer get far more numbers.</details>
# <details><summary>C. Keras is faster once you divide each time by the number of parameters</summary>No. Batch, length, dropout and optimiser still differ. And a weight of a convolution works at every place of the image, a dense weight once.</details>
#
# <br>**2.** A colleague trains two frameworks in float32 for 300 steps. The weights differ by a
# hundredth, so he looks for a bug. What do you propose?
#
# <details><summary>A. Allow two hundredths, so that the comparison passes</summary>No. A wall that far out lets real faults through, such as one wrong label. And tomorrow the gap may be wider.</details>
# <details><summary>B. Look for the bug: float32 keeps seven digits, so six should agree</summary>No. They do agree so far at first. After the first decision that tips, the distance feeds itself, in healthy networks too.</details>
# <details><summary>C. Compare after ten steps, or train in float64</summary>Right. Early, decisions have hardly tipped yet. In float64 the healthy trainings stay together, so a fault has nowhere to hide.</details>
#
# <br>**3.** Why do the float64 trainings of two frameworks stay together through all their steps?
#
# <details><summary>A. In float64 a sum comes out the same in whatever order you add</summary>No. Float64 rounds after each addition, too. The sums of this chapter agree to 11 digits, which is not all of them.</details>
# <details><summary>B. No decision of ReLU or pooling tips</summary>Right. The range in which rounding could tip one is half a billion times narrower. Without a tipped decision, nothing enlarges the rounding.</details>
# <details><summary>C. Their distance grows as fast as in float32, from a smaller beginning</summary>No. Then you would see the same jump, lower down. The float64 curve has none: it stays near where it began.</details>
#
# <br>**4.** You add a rung of your own for batch normalisation. Where does its tolerance come from?
#
# <details><summary>A. From the rung <code>logits</code>: a tolerance that separates rounding from faults there does so here</summary>No. Each rung has its own rounding: ten steps add up ten roundings, and so <code>steps</code> allows more than <code>logits</code> does.</details>
# <details><summary>B. From the largest difference that your own right network shows</summary>No. That is one of the two heaps. With no room beyond it another healthy network fails, and faults have not been measured at all.</details>
# <details><summary>C. From one float32 step, since nothing stricter can be asked</summary>No. That strict, healthy networks fail: thousands of additions in another order differ by more than one step.</details>
# <details><summary>D. From what right networks measure, and what planted faults do</summary>Right. The tolerance is a wall in the gap between them. If there is no gap, the rung is no good.</details>
#
# <br>**5.** You port a network in which each channel is multiplied by a factor that is trained, and
# starts at 1. The logits agree at the starting weights. What do you do before you trust the port?
#
# <details><summary>A. Compare again with trained weights</summary>Right. At the start the factors change nothing, so a port that forgot them would agree. Biases of zero hide in the same way.</details>
# <details><summary>B. Compare on ten times as many digits, at the same weights</summary>No. The factors do nothing on any of them. More digits at the same weights prove these weights.</details>
# <details><summary>C. Train both in float32 and compare their accuracies</summary>No. A network without the factors may learn the digits as well. An accuracy says that it is good, not that it is the same.</details>
#
# <br>**6.** A network passes `logits` and falls at `gradients`. On paper its formula is that of the
# reference. What is your first conclusion?
#
# <details><summary>A. Its backward pass has a bug, or the rung would hold</summary>No. The convolution by Fourier transform fell in the same way, and it is the right function.</details>
# <details><summary>B. It differs somewhere; rounding at a corner of ReLU is one suspect</summary>Right. An error far too small for <code>logits</code> can move a value off the corner, and there the slope is 0 or 1.</details>
# <details><summary>C. The rung is too strict for a right formula, so you raise what it allows</summary>No. Then real faults of that size pass as well. First find out where the two differ; the report says which tensor.</details>
#
# <br>**7.** All seven rungs hold for your plain network on the CPU. Now you add dropout and move it
# to a GPU that rounds coarser. What has the ladder proved about the new program?
#
# <details><summary>A. All of it: dropout is off when you measure</summary>No. Dropout works during training, and no rung has ever seen it there. Nor has any seen the GPU.</details>
# <details><summary>B. Nothing, for any change makes the whole climb worthless</summary>No. What was climbed still stands: the plain network, where the ladder looked. That narrows down where a new fault can be.</details>
# <details><summary>C. Its plain part on the CPU; each addition needs a rung of its own</summary>Right. The ladder says that two programs did the same where it looked. Dropout and fewer digits are new claims.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | rung | shows | does not show |
# |---|---|---|
# | 1 shapes | the same parameters exist | that any of them is used |
# | 2 logits | the forward pass, on seven batches, on others of 2 to 512 digits, mirrored, inverted and of noise, at two sets of weights | all pictures, other weights |
# | 3 loss | its formula and its mean, where softmax overflows too | other losses |
# | 4 gradients | the backward pass on the same batches | decisions that are too narrow for float32 |
# | 5 steps | the update rule, and that two networks share nothing | what begins later |
# | 6 training | the whole recipe, step by step, in float64, and batches of other sizes | a sixth epoch; that float32 trainings end alike: they do not |
# | 7 artefact | a fresh process goes on where this one stopped, and so does this one, also over another file; without a part of the file nobody does | that other programs can read the file |
# | each rung | no call changes what it is given, or the process around it | what no call has done yet |
#
# **Use the ladder when** you port a network, change a framework's version, or compare speed: first
# prove that both do the same work. **It is not enough when** other parts join, such as
# [dropout](../00_glossary.ipynb#Dropout), [batch
# normalisation](../00_glossary.ipynb#Batch-normalisation), augmentation (pictures changed at random
# in training) or a GPU with fewer digits: each new claim needs a rung of its own.
#
# **Now you:** [the exercise](../../exercises/03_comparison/01_parity_ladder.ipynb), with
# self-checks.

# %% [markdown]
# **Did you come by the core?** Then you have walked all of it. You began with one weight in a
# valley. Now you can write the network by hand, in PyTorch and in Keras, and prove that it is one
# network. Where next? [Choose a path](../00_start_here.ipynb#Where-do-you-begin?).

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24. Of the examples only layer shapes and settings are used.
# - Keras: [simple MNIST convnet](https://keras.io/examples/vision/mnist_convnet/), last modified
#   2020-04-21; before it,
#   [mnist_cnn.py](https://github.com/keras-team/keras/blob/05676872b9a772d21da0afab92dc515b3738e54d/examples/mnist_cnn.py)
# - PyTorch: [mnist/main.py](https://github.com/pytorch/examples/blob/main/mnist/main.py); its
#   [first network](https://github.com/pytorch/examples/blob/f15fac72e01158bcb704dded7c7e511f7a712a5f/mnist/main.py),
#   the changes of 2018-12 ([469](https://github.com/pytorch/examples/pull/469)) and 2019-11
#   ([658](https://github.com/pytorch/examples/pull/658)), and
#   [a copy of the one between](https://gist.github.com/mulderu/525736fca5faf6571813001340e068da) of
#   2019-06-26
# - Flax, Linen:
#   [train.py](https://github.com/google/flax/blob/e466742c2bb31c9748063850fbedc422eb6eb4cf/examples/mnist/train.py)
#   of 2022; NNX: [the MNIST tutorial](https://flax.readthedocs.io/en/latest/mnist_tutorial.html),
#   with batch normalisation since 2025 ([4773](https://github.com/google/flax/pull/4773))
# - Caffe:
#   [lenet_train_test.prototxt](https://github.com/BVLC/caffe/blob/master/examples/mnist/lenet_train_test.prototxt)
#   and [its solver](https://github.com/BVLC/caffe/blob/rcnn-release/docs/mnist_solver_prototxt.md)
# - Rounding: [PyTorch, numerical
#   accuracy](https://docs.pytorch.org/docs/stable/notes/numerical_accuracy.html);
#   [NumPy's pairwise sum, pull request 3685](https://github.com/numpy/numpy/pull/3685), 2013;
#   [numpy issue 25100](https://github.com/numpy/numpy/issues/25100), 2023
# - Drift:
#   [Bertoin, Bolte, Gerchinovitz, Pauwels 2021](https://ar5iv.labs.arxiv.org/html/2106.12915);
#   [Summers, Dinneen 2021](https://ar5iv.labs.arxiv.org/html/2103.04514)

# %% [markdown]
# **On your path:**
#
# - **The core, 5 of 5:** [The network by hand](../01_history/02_by_hand.ipynb) → here. You have
#   walked all of it
# - *Choosing a framework, 7 of 12:* [JAX](../02_frameworks/06_jax.ipynb) → here →
#   [The museum of bugs](02_museum_of_bugs.ipynb)
# - *Research, 6 of 18:* [JAX](../02_frameworks/06_jax.ipynb) → here →
#   [The museum of bugs](02_museum_of_bugs.ipynb)
#
# **In the order of the folders:** previous [JAX](../02_frameworks/06_jax.ipynb) · next
# [The museum of bugs](02_museum_of_bugs.ipynb) · [all chapters](../00_start_here.ipynb)
