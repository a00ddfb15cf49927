# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Cutting the network: tensor, pipeline and hybrid parallelism
#
# After this notebook you will be able to cut one network over several processes, in three ways and
# in their combination, and to prove that the pieces train as the whole does.
#
# **You will learn to**
# - compute what a process must hold, and why data parallelism does not lower it;
# - cut two dense layers so that they speak once forward and once backward, by hand and with
#   PyTorch;
# - draw a pipeline from the trace of a real run, and hold its idle time against the formula;
# - lay a network over a 2 x 2 mesh in PyTorch, JAX and Keras;
# - tell which mistakes the ladder sees, and which one it cannot see.
#
# **Before you start:** [PyTorch](../02_frameworks/02_pytorch.ipynb),
# [JAX](../02_frameworks/06_jax.ipynb) and [Data parallel](01_distributed_data.ipynb). Kernel
# `python3`, about 45 minutes.
# Some cells start up to four processes and take 10 to 20 seconds.
#
# **Retired here:** MXNet, which is told, not run.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## When is data parallelism not enough?
#
# Every process of a data parallel training holds *everything*: parameters, gradients, and what the
# optimizer remembers of each parameter (SGD with momentum: one number; Adam: two). Ten processes
# hold it ten times. In float32:

# %%
from onecnn import spec

for name, parameters in (("ours", spec.PARAMETERS), ("7.5 billion parameters", 7_500_000_000)):
    for optimizer, numbers in (("SGD with momentum", 3), ("Adam", 4)):
        print(f"{name:<23} {optimizer:<18} {4 * numbers} bytes a parameter: "
              f"{4 * numbers * parameters:>15,} bytes")

# %% [markdown]
# 120 GB for Adam, before a single image is read. If that is more than your accelerator has, more
# processes do not help, and smaller batches do not help. The network has to be cut.
#
# **Activations** come on top: what the backward pass needs of the forward pass. They grow with the
# batch, not with the parameters. Computed here: the outputs of our four layers, before pooling.

# %%
LAYERS = {"conv1": 16 * 26 * 26, "conv2": 32 * 11 * 11, "dense1": 64, "dense2": 10}
print("numbers for one image:", LAYERS)
for batch in (1, 64):
    print(f"batch {batch:2}: {4 * batch * sum(LAYERS.values()):>9,} bytes of activations")
print(f"parameters: {4 * spec.PARAMETERS:>9,} bytes")

# %% [markdown]
# Convolutions are small and make large activations; dense layers are large and make small ones.
# That decides *where* a cut pays.
#
# ## Can a dense layer be cut in two?
#
# Two dense layers with a ReLU between them, in NumPy, with the course's starting weights (and
# biases that are not zero). Give rank 0 and rank 1 half of the **hidden units** each: half of the
# rows of `w1`, half of the columns of `w2`.

# %%
import numpy as np

random, start = np.random.default_rng(0), spec.initial_weights()
w1, w2 = start["dense1.weight"].astype(float), start["dense2.weight"].astype(float)
b1, b2, x = random.normal(size=64), random.normal(size=10), random.random((64, 800))
whole = np.maximum(x @ w1.T + b1, 0) @ w2.T + b2


def part(rank):
    mine = slice(32 * rank, 32 * rank + 32)
    return np.maximum(x @ w1[mine].T + b1[mine], 0) @ w2[:, mine].T


# %% [markdown]
# **Predict, then run.** How do the two parts, 64 x 10 numbers each, become the logits? And do the
# ranks have to tell each other their hidden units?
#
# <details><summary>Answer</summary>
#
# The logits are the sum of the parts, plus `b2` **once**. A ReLU looks at one hidden unit at a
# time, and a rank has all 800 inputs of its own units, so it never asks for the other's. One sum of
# 64 x 10 numbers is all that travels.
#
# </details>

# %%
print("part(0) + part(1) + b2 is the whole:", np.allclose(part(0) + part(1) + b2, whole))
print("with b2 in both parts:", np.allclose((part(0) + b2) + (part(1) + b2), whole))

# %% [markdown]
# The order matters. PyTorch calls a cut of the outputs *column-wise* and a cut of the inputs
# *row-wise*, after the transposed weight. Turned round, rows first, each rank has half of a *sum*
# before the ReLU, and a ReLU of halves is not the half of a ReLU:

# %%
halves = [x[:, cols] @ w1[:, cols].T + b1 / 2 for cols in (slice(0, 400), slice(400, 800))]
print("the halves add up:", np.allclose(sum(halves), x @ w1.T + b1))
print("their ReLUs do not:",
      np.allclose(sum(np.maximum(half, 0) for half in halves), np.maximum(x @ w1.T + b1, 0)))

# %% [markdown]
# Backward, the roles swap. The gradient of the logits is the same on each rank, and nothing has to
# be said about it. But each rank knows only what *its* hidden units want of `x`: here the sum is
# needed, or the convolutions below learn from half of the truth.

# %%
above = random.normal(size=(64, 10))  # the gradient of the logits


def wants(mine):
    return ((above @ w2[:, mine]) * (x @ w1[mine].T + b1[mine] > 0)) @ w1[mine]


both = wants(slice(0, 32)) + wants(slice(32, 64))
print("the sum of the wishes is the whole gradient:", np.allclose(both, wants(slice(0, 64))))

# %% [markdown]
# So a pair of layers costs two sums a step: one forward, one backward. That is the idea of
# Megatron-LM (2019), which cut the layers of language models so.

# %% [markdown]
# ## What does PyTorch cut for you?
#
# `parallelize_module` gets a plan, and replaces the weights of these layers by *distributed
# tensors*. Read the two pieces of the worker that matter; the network and the training step are
# those of the PyTorch chapter, unchanged.

# %%
import ast

from onecnn import paths

WORKERS = paths.programs("04_distributed/04_distributed_model")


def excerpt(file, *names):
    """Prints these definitions of a worker's file."""
    text = (WORKERS / file).read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        name = (ast.unparse(node.targets[0]) if isinstance(node, ast.Assign)
                else getattr(node, "name", None))
        if name in names:
            print(ast.get_source_segment(text, node), end="\n\n")


excerpt("pytorch_tensor.py", "PLAN", "cut")

# %% [markdown]
# The line in a terminal would be
# `torchrun --nproc-per-node=2 notebooks/04_distributed/04_distributed_model/pytorch_tensor.py FOLDER dtensor ...`.
# `launch.torchrun` does that with a free port and a time limit.
#
# **Before you run it:** PyTorch's meeting point, the *TCPStore*, listens on every interface, also
# when it is told 127.0.0.1 ([pytorch 173909](https://github.com/pytorch/pytorch/issues/173909)),
# and who reaches it can **run code** as you. On Linux, but in most containers not, the launcher
# gives the processes a network of their own. Elsewhere, use a network that you trust.

# %%
import json
import tempfile
from pathlib import Path

from onecnn import launch

scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name)


def run(script, processes, *arguments):
    """Starts the processes and returns what the last line says."""
    return json.loads(launch.torchrun(WORKERS / script, processes, folder,
                                      *arguments).splitlines()[-1])


tensor = run("pytorch_tensor.py", 2, "dtensor", "hand", "hand:bias", "hand:gradient")

# %% [markdown]
# What does each process hold? `S(0)`: a share of axis 0. `S(1)`: a share of axis 1. `R`: a copy.
# Nothing: not distributed, every process has its own.

# %%
rank0, rank1 = tensor["dtensor"]["held"]
print(f"{'tensor':<15}{'whole':<17}{'rank 0':<17}{'rank 1':<17}placement")
for name, shape in spec.SHAPES.items():
    print(f"{name:<15}{shape!s:<17}{tuple(rank0[name][0])!s:<17}{tuple(rank1[name][0])!s:<17}"
          f"{rank0[name][1]}")

# %% [markdown]
# `dense1` holds nine tenths of our parameters, and each rank has half of it. The convolutions are
# not cut.
#
# **Predict, then run.** How many collective operations did one training step make, and of what
# kind? `CommDebugMode` counted them.
#
# <details><summary>Answer</summary>
#
# Two: an all-reduce of the logits forward, and one of the gradient that goes down to the
# convolutions. It is the NumPy of above. Neither depends on the number of *parameters*.
#
# </details>

# %%
said = tensor["dtensor"]
print("forward:", said["forward"], "  backward:", said["step"] - said["forward"], "  kinds:",
      said["kinds"])
print(f"forward: {4 * 64 * 10:,} bytes, backward: {4 * 64 * 800:,}; data parallel: "
      f"{4 * spec.PARAMETERS:,} once a step")

# %% [markdown]
# ## Do two halves train as one?
#
# Rung 5 of the [ladder](../00_start_here.ipynb): the loss and every weight of the first ten steps,
# against the float64 reference. The processes put their shares together after each step and wrote
# them to a file.

# %%
from onecnn import ladder, worker

rungs = {}


def climb(way, *files):
    """The rung ``steps`` for a training that the workers recorded."""
    losses, weights = worker.recorded(*(folder / f"{file}.npz" for file in files or (way,)))
    rungs[way] = ladder.steps_rung(losses, weights)
    print(f"{way:<14} rung steps: {'ok' if rungs[way].passed else 'FAILED'}")
    return losses, weights


logits = np.abs(np.array(said["logits"]) - ladder.expected()["logits"]).max()
print("logits of the first batch:", "ok" if logits <= ladder.LOGITS else "FAILED")
_ = climb("dtensor")

# %% [markdown]
# ## How is it done by hand, and how is it done wrong?
#
# What the framework inserts are two small functions with opposite halves. `Copy` is silent forward
# and sums backward; `Sum` sums forward and is silent backward. (Megatron's paper calls them *f* and
# *g*.) The worker has them too:

# %%
excerpt("pytorch_tensor.py", "Copy", "Row")

# %% [markdown]
# Two faults were planted in it, both found in real projects or easy to make:
# - `hand:bias`: each rank adds the bias to its part, *then* the parts are summed. Filed again and
#   again: [text-generation-inference
#   1036](https://github.com/huggingface/text-generation-inference/issues/1036) (2023),
#   [slapo 10](https://github.com/awslabs/slapo/issues/10) (2023),
#   [MinivLLM 80](https://github.com/Wenyueh/MinivLLM/issues/80) (2026).
# - `hand:gradient`: `Copy` is forgotten. The forward pass is perfect.
#
#
# **Predict, then run.** After which step, and in which tensors, does each of them first show?
#
# <details><summary>Answer</summary>
#
# A forgotten sum shows after the first step, in the convolutions only: the dense layers got all
# they need. A doubled bias shows after the second: our biases begin at zero, and twice zero is
# zero.
#
# </details>

# %%
def first_wrong(weights):
    """The first step after which a tensor is outside the rung's tolerance, and the tensors."""
    truth = ladder.expected()
    for step, found in enumerate(weights):
        wanted = {name: truth[f"step{step}/{name}"] for name in spec.SHAPES}
        wrong = [name for name, right in wanted.items()
                 if np.abs(found[name] - right).max() > ladder.STEPS * np.abs(right).max()]
        if wrong:
            return (f"first wrong after step {step + 1}: "
                    f"{', '.join(wrong) if len(wrong) < len(wanted) else 'all'}")


climb("hand")
for way in ("hand:bias", "hand:gradient"):
    _, weights = climb(way)
    same = np.allclose(tensor[way]["logits"], tensor["hand"]["logits"], atol=1e-5)
    print(f"    logits before training are right: {same}; {first_wrong(weights)}")

# %% [markdown]
# Both pass every test of the first forward pass. That is why the rung takes ten steps. A tensor
# parallel layer that was tested on fresh weights, forward only, was not tested.

# %% [markdown]
# ## What if you cut between the layers?
#
# **Pipeline parallelism** gives each process some layers. The batch is cut into *micro-batches*, or
# one process would always wait for the other. `PipelineStage` takes any module, so the cut is
# yours. The worker's `Convolutions` and `Dense` hold the layers of the PyTorch chapter's network. A
# schedule moves the activations forward and the gradients back:

# %%
excerpt("pytorch_pipeline.py", "SCHEDULES", "Traced", "Convolutions", "step")

# %%
pipeline = run("pytorch_pipeline.py", 2, "gpipe", "1f1b", "gpipe:sum", "1f1b:late", "--bubbles", 1,
               2, 4, 8)
for way in ("gpipe", "1f1b"):
    climb(way, f"{way}.0", f"{way}.1")

# %% [markdown]
# Both schedules climb: four micro-batches of 16 digits in two processes are one batch of 64. Where
# is the difference, then?
#
# **Predict, then run.** *GPipe* (2018) runs all forward passes, then all backward ones. *1F1B* (one
# forward, one backward) starts a backward pass as soon as there is one. Two stages, four
# micro-batches: in which order does the first stage work, and how many micro-batches must each
# stage keep the activations of?
#
# <details><summary>Answer</summary>
#
# GPipe keeps all four, on each stage. With 1F1B the first stage keeps two, as many as there are
# stages, and the last keeps one: the number of micro-batches no longer counts. The gradients, and
# the idle time, are the same.
#
# </details>

# %%
for way in ("gpipe", "1f1b"):
    for rank, found in enumerate(pipeline["ways"][way]):
        order = " ".join(f"{kind}{number}" for kind, number, *_ in found["trace"])
        print(f"{way:<6} stage {rank}: {order}   kept at most: "
              f"{max(kept for *_, kept in found['trace'])}")

# %% [markdown]
# ## Where does a pipeline wait?
#
# The worker noted when each pass began and ended. First two stages with **equal** work (three dense
# layers of 768 each, made for this figure), then our network, whose convolutions do nearly all of
# the work.

# %%
def span(ranks):
    ends = [moment for trace in ranks for _, _, begin, end, _ in trace for moment in (begin, end)]
    return min(ends), max(ends)


def quickest(key):
    """Of the repetitions, the one that took the shortest time: the two ranks' traces."""
    return min(zip(*pipeline["bubbles"][key]), key=lambda ranks: span(ranks)[1] - span(ranks)[0])


# %%
shown = {"GPipe, equal stages": quickest("gpipe 4"), "1F1B, equal stages": quickest("1f1b 4"),
         "GPipe, our network": [found["trace"] for found in pipeline["ways"]["gpipe"]]}
fig, axes = lesson.figure(9, 4.6, rows=3)
for ax, (title, ranks) in zip(axes, shown.items()):
    origin = span(ranks)[0]
    for rank, trace in enumerate(ranks):
        for kind, number, begin, end, _ in trace:
            look = {"color": lesson.SKY} if kind == "F" else {"color": lesson.ORANGE, "hatch": "//"}
            ax.barh(-rank, 1000 * (end - begin), left=1000 * (begin - origin), edgecolor="black",
                    linewidth=0.5, **look)
            if end - begin > 0.02 * (span(ranks)[1] - origin):
                ax.text(500 * (begin + end - 2 * origin), -rank, number, ha="center", va="center",
                        fontsize=8)
    ax.set(title=title, xlabel="milliseconds", yticks=[0, -1], yticklabels=["stage 0", "stage 1"])
lesson.show(fig, alt="Three timelines with two rows each, one for a stage: forward passes plain, "
            "backward passes hatched, numbered by micro-batch, with idle gaps. In our own network "
            "the second stage is idle most of the time.")

# %% [markdown]
# Blue is forward, hatched orange is backward, the number is the micro-batch. The gaps are the
# **bubble**: the second stage has nothing to do at first, the first has nothing to do in the
# middle. What holds on every machine is the order of cause and effect:

# %%
for key in pipeline["bubbles"]:
    for first, last in zip(*pipeline["bubbles"][key]):
        ended = {(kind, number): end for kind, number, _, end, _ in first}
        began = {(kind, number): begin for kind, number, begin, _, _ in last}
        assert all(began["F", number] >= ended["F", number] for kind, number in ended
                   if kind == "F")
print("no micro-batch began on the second stage before it had ended on the first:",
      len(pipeline["bubbles"]), "settings")

# %% [markdown]
# ## How large is the bubble?
#
# Let `p` stages share `m` micro-batches, each taking the same time on each stage. A stage works `m`
# turns of `m + p - 1`: idle is the share **(p - 1) / (m + p - 1)**. GPipe and 1F1B have the same
# bubble; they differ in memory.
#
# | stages | micro-batches for a bubble of 10 % |
# |---|---|
# | 2 | 9 |
# | 8 | 63 |
# | 64 | 567 |
#
# These are computed: `m = 9 (p - 1)`; more make it smaller. And each micro-batch of GPipe keeps its
# activations.

# %%
def idle(ranks):
    begin, end = span(ranks)
    return 1 - sum(stop - go for trace in ranks for _, _, go, stop, _ in trace) / (
        len(ranks) * (end - begin))


# %%
fig, ax = lesson.figure(7, 3.2)
numbers = np.arange(1, 65)
for stages, color, line in ((2, lesson.BLACK, "-"), (8, lesson.PURPLE, "--"),
                            (64, lesson.VERMILION, ":")):
    bubble = (stages - 1) / (numbers + stages - 1)
    ax.plot(numbers, bubble, color=color, linestyle=line, label=f"formula, {stages} stages")
for kind, color, marker in (("gpipe", lesson.BLUE, "o"), ("1f1b", lesson.ORANGE, "^")):
    measured = {int(key.split()[1]): idle(quickest(key)) for key in pipeline["bubbles"]
                if key.startswith(kind)}
    ax.plot(list(measured), list(measured.values()), marker, color=color,
            label=f"measured, {kind}, 2 stages")
ax.set(xscale="log", xlabel="micro-batches", ylabel="idle share", ylim=(0, 1.02),
       title="The bubble")
ax.set_xticks([1, 2, 4, 8, 16, 32, 64], ["1", "2", "4", "8", "16", "32", "64"])
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Idle share against the number of micro-batches: three falling curves of the "
            "formula for 2, 8 and 64 stages, and measured points for 2 stages, near their curve or "
            "above it.")

# %% [markdown]
# Your points lie near the curve of two stages or above it. What the formula leaves out: sending an
# activation takes time; Python starts each pass; the loss belongs to the last stage alone; the
# first stage's first layer needs no gradient of its input; and the two processes may have to share
# cores with other programs. Our own network, above, shows the largest gap: its stages are not
# equal.

# %% [markdown]
# Does the formula *predict*? Fit a step's time, `c + t (m + 1)`, on one, two and four
# micro-batches, and ask for eight.

# %% tags=["nbval-ignore-output"]
times = {m: span(quickest(f"gpipe {m}"))[1] - span(quickest(f"gpipe {m}"))[0] for m in (1, 2, 4, 8)}
turn, overhead = np.polyfit([2, 3, 5], [times[1], times[2], times[4]], 1)
predicted = overhead + 9 * turn
print(f"a turn takes {1000 * turn:.1f} ms; eight micro-batches: predicted {1000 * predicted:.0f} "
      f"ms, measured {1000 * times[8]:.0f} ms ({100 * (times[8] / predicted - 1):+.0f} %)")

# %% [markdown]
# ## Mean or sum, and whose weights?
#
# The schedule divides the gradients by the number of micro-batches (`scale_grads=True`): right for
# a loss that is a **mean**. A sum makes them 16 times too large here; `scale_grads=False` with a
# mean, four times. torchtitan met both kinds of trouble:
# [1733](https://github.com/pytorch/torchtitan/issues/1733) (2025),
# [2972](https://github.com/pytorch/torchtitan/issues/2972) (2026).
#
# The other fault, `late`: the first stage applies the gradients of the batch *before*. Pipelines
# that do not wait between batches meet stale weights; PipeDream (2018) keeps old versions for that
# reason.

# %%
for way in ("gpipe:sum", "1f1b:late"):
    losses, weights = climb(way, f"{way}.0", f"{way}.1")
    print("    first loss, in those of one process:",
          round(losses[0] / float(ladder.expected()["losses"][0]), 2))
    print("   ", first_wrong(weights))

# %% [markdown]
# The sum gives itself away in the first loss that it reports. The late stage reports a right first
# loss and a right second one; its convolutions are the first to go. The rung catches both.

# %% [markdown]
# ## How do you combine them?
#
# Put the processes on a **mesh**: one axis for data, one for tensors. Four processes, 2 x 2. Each
# axis has its own groups that talk: a pair along `tensor` shares one batch and halves the layers; a
# pair along `data` has different batches and shards what it holds (FSDP). The order: first cut
# tensors, then shard the cuts.

# %%
excerpt("pytorch_hybrid.py", "MESHES", "spread")
hybrid = run("pytorch_hybrid.py", 4, "single", "ddp", "fsdp", "tp", "hybrid")

# %%
for way in hybrid:
    climb(way)

# %% [markdown]
# ## Who holds what?
#
# A trick that needs no trust in any printed placement: give each element of each weight its own
# *address* as its value, spread the network, and look which addresses each process found at home.
# Read from the four processes:

# %%
owners = {name: [np.array([], int)] * 4 for name in spec.SHAPES}
for rank in range(4):
    with np.load(folder / f"addresses.{rank}.npz") as stored:
        for name in spec.SHAPES:
            owners[name][rank] = stored[name].ravel()
for name, by_rank in owners.items():
    copies = np.bincount(np.concatenate(by_rank), minlength=np.prod(spec.SHAPES[name]))
    sizes = [len(one) for one in by_rank]
    print(f"{name:<14} elements on each rank: {sizes!s:<30} copies of an element: "
          f"{set(copies.tolist())}")

# %%
fig, axes = lesson.figure(9, 2.8, columns=3, width_ratios=[2.4, 1, 1])
texts = np.array(["0", "1", "2", "3", "0 and 1", "2 and 3"])
for ax, name in zip(axes, ("dense1.weight", "dense2.weight", "conv2.weight")):
    rows = spec.SHAPES[name][0]
    who = [np.zeros(np.prod(spec.SHAPES[name]), bool) for _ in range(4)]
    for rank, mine in enumerate(owners[name]):
        who[rank][mine] = True
    kind = np.select([who[0] & who[1], who[2] & who[3], *who], [4, 5, 0, 1, 2, 3]).reshape(rows, -1)
    for number in np.unique(kind):
        down, across = np.nonzero(kind == number)
        ax.barh(down.mean() + 0.5, np.ptp(across) + 1, np.ptp(down) + 1, left=across.min(),
                color=lesson.COLORS[number], edgecolor="white", alpha=0.6)
        ax.text(across.mean(), down.mean(), f"rank {texts[number]}", ha="center", va="center",
                fontsize=9)
    ax.set(title=name, xlim=(0, kind.shape[1]), ylim=(rows, 0), xlabel="inputs", ylabel="outputs")
lesson.show(fig, alt="Three rectangles, cut into what each of four ranks holds: dense1.weight "
            "in four bands of rows, dense2.weight in four quarters, conv2.weight in two bands that "
            "two ranks hold each.")

# %% [markdown]
# `dense1` is cut twice along its outputs: first for the tensor axis, then for the data axis.
# `dense2` is cut along both of its axes. The convolutions know nothing of the tensor axis, so each
# half of them is held twice.

# %% [markdown]
# ## How many bytes does a process hold?
#
# Compute it from the shapes, then ask the processes. They summed the bytes of their own parameters,
# of the gradients after a step, and of SGD's momentum.

# %%
def chunk(size, parts, number):
    """How many of ``size`` rows the part ``number`` gets, as torch.chunk deals them: full parts
    first."""
    full = -(-size // parts)
    return max(0, min(full, size - number * full))


# %%
def computed(way, rank):
    """Bytes of the parameters that a rank holds."""
    data, tensor = {"fsdp": (4, 1), "tp": (1, 4), "hybrid": (2, 2)}.get(way, (1, 1))
    total = 0
    for name, shape in spec.SHAPES.items():
        shape = list(shape)
        axis = {"dense1.weight": 0, "dense1.bias": 0, "dense2.weight": 1}.get(name)
        if axis is not None:
            shape[axis] = chunk(shape[axis], tensor, rank % tensor)
        shape[0] = chunk(shape[0], data, rank // tensor % data)
        total += 4 * int(np.prod(shape))
    return total


# %%
memory = {way: [dict(one, computed=computed(way, rank)) for rank, one in enumerate(ranks)]
          for way, ranks in hybrid.items()}
stages = [sum(4 * int(np.prod(shape)) for name, shape in spec.SHAPES.items()
              if name.startswith(kind)) for kind in ("conv", "dense")]
memory["pipeline"] = [dict(one["memory"], computed=size)
                      for size, one in zip(stages, pipeline["ways"]["1f1b"])]
STATES = {"parameters": (lesson.BLUE, ""), "gradients": (lesson.SKY, "//"),
          "momentum": (lesson.ORANGE, "..")}
print(f"{'':<10}{'bytes of parameters on each rank, computed':<45}measured: {', '.join(STATES)}")
for way, ranks in memory.items():
    sizes = " ".join(f"{one['computed']:>9,}" for one in ranks)
    same = ["equal" if all(one[what] == one["computed"] for one in ranks) else "NOT EQUAL"
            for what in STATES]
    print(f"{way:<10}{sizes:<45}{', '.join(same)}")

# %%
fig, ax = lesson.figure(8, 2.8)
for row, ranks in enumerate(memory.values()):
    fullest, left = max(ranks, key=lambda one: one["parameters"]), 0
    for what, (color, hatch) in STATES.items():
        kilobytes = fullest[what] / 1000
        ax.barh(row, kilobytes, left=left, color=color, hatch=hatch, edgecolor="white",
                label=None if row else what)
        left += kilobytes
names = [f"{way}, {len(ranks)} processes" for way, ranks in memory.items()]
ax.set(yticks=range(len(memory)), yticklabels=names, xlabel="kilobytes on the fullest process",
       title="Measured")
ax.invert_yaxis()
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Stacked bars of parameters, gradients and momentum on the fullest process: "
            "single and ddp are longest and equal, pipeline is nearly as long, tp, hybrid and fsdp "
            "are about a quarter.")

# %% [markdown]
# Equal to the byte. Read the bars:
# - DDP saves nothing. (It would hold gradients twice, its buckets, without
#   `gradient_as_bucket_view`.)
# - FSDP is the leanest for *these* three, and fetches every weight back when it is needed.
# - Tensor parallelism cuts activations as well, but here not the convolutions.
# - Our pipeline is badly balanced: one stage has nine tenths of the bytes, the other nine tenths of
#   the multiplications.

# %% [markdown]
# ## What does JAX ask of you?
#
# Annotations. No process starts, no layer is replaced: you say for each array which of its axes
# lies along which axis of the mesh, and the compiler cuts the program and inserts the sums. Four
# virtual devices in this process will do. `SHARDED` also shards what is held, as FSDP does.
#
# `Mesh` leaves the choice to the compiler (axes of type *Auto*). `jax.make_mesh` now makes axes of
# type *Explicit*, which ask you to resolve ambiguous products yourself.

# %%
import re
from collections import Counter

import jax
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from onecnn import cells

jax.config.update("jax_num_cpu_devices", 4)
jax_cnn = cells.functions("02_frameworks/06_jax")
mesh = Mesh(np.array(jax.devices()).reshape(2, 2), ("data", "tensor"))
TENSOR = {"dense1.kernel": P(None, "tensor"), "dense1.bias": P("tensor"),
          "dense2.kernel": P("tensor", None)}
SHARDED = {"conv2.kernel": P(None, None, None, "data"), "dense1.kernel": P("data", "tensor"),
           "dense1.bias": P("tensor"), "dense2.kernel": P("tensor", "data")}

# %%
def placed(where):
    """The network of the JAX chapter, its arrays where ``where`` says; on every device where it
    says nothing."""
    model = jax_cnn.build(spec.initial_weights())
    for layer, arrays in model["weights"].items():
        for kind, array in arrays.items():
            arrays[kind] = jax.device_put(array,
                                          NamedSharding(mesh, where.get(f"{layer}.{kind}", P())))
    model["momentum"] = jax_cnn.optimizer.init(model["weights"])
    return model


def ten_batches(rows):
    for images, labels in worker.batches():
        yield [jax.device_put(array, NamedSharding(mesh, rows)) for array in (images, labels)]


# %% [markdown]
# Each setting below is compiled; the collectives are counted in the compiled program's text (HLO).
# The last one trains ten steps with the JAX chapter's own `train_step`.

# %%
COLLECTIVE = re.compile(
    r" (all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute)(?:-start)?\(")
settings = {"data": ({}, P("data")), "tensor": (TENSOR, P()),
            "both": (TENSOR, P("data")), "both, sharded": (SHARDED, P("data"))}
found = {}
for setting, (where, rows) in settings.items():
    model = placed(where)
    lowered = jax_cnn.update.lower(model["weights"], model["momentum"], *next(ten_batches(rows)))
    found[setting] = Counter(COLLECTIVE.findall(lowered.compile().as_text()))
    print(f"{setting:<14} all-reduce: {'all-reduce' in found[setting]}   all-gather: "
          f"{'all-gather' in found[setting]}")

# %%
where, rows = settings["both, sharded"]
model, losses, weights = placed(where), [], []
for images, labels in ten_batches(rows):
    losses.append(jax_cnn.train_step(model, images, labels))
    weights.append(jax_cnn.read_weights(model))
rungs["jax, sharded"] = ladder.steps_rung(losses, weights)
on_device = dict.fromkeys(jax.devices(), 0)
for array in jax.tree.leaves(model["weights"]):
    for shard in array.addressable_shards:
        on_device[shard.device] += shard.data.nbytes
print("rung steps:", "ok" if rungs["jax, sharded"].passed else "FAILED")
print("bytes of weights on each device:", list(on_device.values()))

# %% tags=["nbval-ignore-output"]
for setting, counted in found.items():
    print(f"{setting:<14} {dict(counted)}")

# %% [markdown]
# One all-reduce for data, two for tensors, three for both: the compiler found what you found by
# hand. (How many it makes depends on its version and on what it merges.) A wrong annotation cannot
# make a wrong result here. It can only make a slow one, or a large one. So what would tell you?

# %% [markdown]
# ## A trap: the layout that matched nothing
#
# In Keras a `LayoutMap` gives layouts by the *paths* of variables, as patterns. From
# [2023](https://github.com/keras-team/keras/pull/18555) on a pattern had to occur in the path;
# since [keras 22164](https://github.com/keras-team/keras/pull/22164) (February 2026) it has to
# match **all** of it. `dense/kernel` no longer finds `sequential/dense/kernel`. A pattern that
# finds nothing is not an error: the variable is copied to every device.

# %%
import os

os.environ["KERAS_BACKEND"] = "jax"
keras_cnn = cells.functions("02_frameworks/03_keras")
distribution = keras_cnn.keras.distribution
LAYOUT = {"dense/kernel": (None, "tensor"), "dense/bias": ("tensor",),
          "dense_1/kernel": ("tensor", None)}


def spread_keras(prefix):
    keras_cnn.keras.utils.clear_session()  # else the layers would be numbered on
    devices = distribution.DeviceMesh((2, 2), ["data", "tensor"], distribution.list_devices("cpu"))
    layouts = distribution.LayoutMap(devices)
    for path, axes in LAYOUT.items():
        layouts[prefix + path] = axes
    distribution.set_distribution(
        distribution.ModelParallel(layout_map=layouts, batch_dim_name="data"))
    return keras_cnn.build(spec.initial_weights())


# %% [markdown]
# **Predict, then run.** The same ten steps with the patterns `dense/kernel` and `.*dense/kernel`.
# Which of the two falls at the rung?
#
# <details><summary>Answer</summary>
#
# Neither. Copies on every device compute the same numbers as shares. The ladder asks whether a
# training is *right*; this one is right, and it is not distributed. What differs is memory, so ask
# for that.
#
# </details>

# %%
for prefix in ("", ".*"):
    model = spread_keras(prefix)
    losses, weights = [], []
    for batch in worker.batches():
        losses.append(float(keras_cnn.train_step(model, *batch)))
        weights.append(keras_cnn.read_weights(model))
    rung = rungs["keras " + prefix + "dense"] = ladder.steps_rung(losses, weights)
    kernel = model.layers[-2].kernel.value
    share = kernel.addressable_shards[0].data.nbytes
    print(f"{prefix + 'dense/kernel':<15} rung steps: {'ok' if rung.passed else 'FAILED'}   spec: "
          f"{kernel.sharding.spec!s:<18} one device holds {share:,} of {kernel.nbytes:,} bytes")
distribution.set_distribution(None)

# %% [markdown]
# The cure is a check after building: every pattern must have found somebody, and the large weights
# must be cut.

# %%
def idle_patterns(model, patterns):
    """The patterns of a layout map that no variable's whole path matches."""
    paths = [variable.path for variable in model.variables]
    return [pattern for pattern in patterns
            if not any(re.fullmatch(pattern, path) for path in paths)]


print("bare:", idle_patterns(model, LAYOUT))
print("with .*:", idle_patterns(model, [".*" + path for path in LAYOUT]))

# %% [markdown]
# Keras does this on its JAX engine alone. In 3.15.1, the version here, the file for TensorFlow
# begins with "!!!DO NOT USE!!!", and for PyTorch there is none. The silence was met in real models:
# patterns that never fitted left all experts of a language model copied
# ([keras-hub 2810](https://github.com/keras-team/keras-hub/pull/2810), 2026).

# %% [markdown]
# ## What do TensorFlow and MXNet offer?
#
# **TensorFlow** has *DTensor* since 2.9 (2022): one global program with meshes and layouts. It
# still lives in `tf.experimental`, and Keras 3 does not use it
# ([keras 18473](https://github.com/keras-team/keras/issues/18473), open since 2023). A request for
# what pipelines need was closed, labelled stale
# ([tensorflow 62736](https://github.com/tensorflow/tensorflow/issues/62736), 2024).

# %% [markdown]
# **MXNet** (retired) put groups of layers on devices of one machine: symbols with a `ctx_group`,
# and a dict `group2ctx` at bind. Its example, an LSTM with a layer on each GPU, was documented as
# "multiple GPUs as a pipeline", with figures of 2016: two years before GPipe.

# %% [markdown]
# ## Who had these ideas first?
#
# | year | name | what was new |
# |---|---|---|
# | 2012 | DistBelief | Google's predecessor of TensorFlow: one network's units spread over machines, beside replicas of data |
# | 2018 | PipeDream | stages work on different batches at once; old versions of weights are kept |
# | 2018 | GPipe | micro-batches, one synchronous update: the same result as one device |
# | 2019 | Megatron-LM | column, then row: two sums for a pair of layers, and no compiler |
# | 2019 | ZeRO | data parallel, but each process keeps a share of the states: the idea behind FSDP |
# | 2021 | Megatron-LM, second paper | tensor, pipeline and data together on 3,072 GPUs |

# %% [markdown]
# ## How does it get to a cluster?
#
# The worker files ask for nothing but their rank, so the same file runs on two machines; only the
# command changes (a test of the course runs it with two agents on one machine):
#
# ```
# torchrun --nnodes=2 --nproc-per-node=2 --rdzv-backend=c10d \
#          --rdzv-endpoint=HOST0:29500 pytorch_hybrid.py FOLDER hybrid
# ```
#
# Ranks are numbered machine by machine and the *last* axis of a mesh varies fastest, so here
# `tensor` stays inside a machine, where the network is quick, and `data` crosses it. Manifests for
# Kubernetes: [to a cluster](03_to_a_cluster.ipynb).

# %% [markdown]
# The measured differences, for all that was trained in this notebook:

# %% tags=["nbval-ignore-output"]
for way, rung in rungs.items():
    name = max(rung.measured, key=rung.measured.get)
    print(f"{way:<20} worst relative difference {rung.measured[name]:8.1e} ({name})")

# %%
print("trainings that passed:", [way for way, rung in rungs.items() if rung.passed])
print("faults that fell:", [way for way, rung in rungs.items() if not rung.passed])

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** The parameters fit on your device, but not beside the gradients and what the optimizer
# remembers. What do you take first?
#
# <details><summary>A. Tensor parallelism</summary>No. It is for a layer that is too large by itself, and it waits in every layer.</details>
# <details><summary>B. FSDP</summary>Right. Each process keeps a share of all three, and no layer has to be cut by hand.</details>
# <details><summary>C. DDP with more processes</summary>No. Each of them holds everything, so ten processes hold it ten times.</details>
# <details><summary>D. Smaller batches</summary>No. They lower the activations. Gradients and optimizer grow with the parameters.</details>
#
# <br>**2.** You cut the first dense layer by its inputs and the second by its outputs. Where do the
# ranks first have to speak in the forward pass?
#
# <details><summary>A. Before the ReLU</summary>Right. Each rank has a part of a sum there, and a ReLU of parts is not a part of the ReLU.</details>
# <details><summary>B. After the second layer</summary>No. That is enough in the other order, where a rank has all inputs of its own hidden units.</details>
# <details><summary>C. Nowhere: each rank goes on with its half</summary>No. A half of the inputs gives no finished hidden unit, and each unit needs the other half.</details>
#
# <br>**3.** A test with fresh weights and one forward pass misses a bias that both ranks add. Which
# change to this test shows the fault?
#
# <details><summary>A. More ranks</summary>No. The bias begins at zero, and four times zero is zero as well.</details>
# <details><summary>B. A stricter tolerance</summary>No. As long as the bias is zero, adding it twice makes no difference that a tolerance could see.</details>
# <details><summary>C. Biases that are not zero</summary>Right. Then the doubled bias stands in the logits, as in the chapter's NumPy cell.</details>
# <details><summary>D. A larger batch</summary>No. Each of its rows gets the same zero twice.</details>
#
# <br>**4.** Four stages of equal cost share 12 micro-batches. Which share of the time is a stage
# idle, by the formula?
#
# <details><summary>A. 33 %</summary>No. That is 4/12, stages over micro-batches. A stage is idle in p - 1 of m + p - 1 turns.</details>
# <details><summary>B. 20 %</summary>Right. (4 - 1) / (12 + 4 - 1) is 3/15.</details>
# <details><summary>C. 25 %</summary>No. That is 3/12. It forgets that the idle turns belong to the length of the step.</details>
#
# <br>**5.** To shrink the bubble you raise the micro-batches of GPipe from 8 to 64, each as large
# as before. The memory runs out. What do you change?
#
# <details><summary>A. The schedule, to 1F1B</summary>Right. A stage then keeps the activations of no more micro-batches than there are stages.</details>
# <details><summary>B. <code>scale_grads</code>, to <code>False</code></summary>No. That leaves out a division. The gradients of a mean become too large, and nothing becomes smaller.</details>
# <details><summary>C. The optimizer, to Adam</summary>No. Adam remembers two numbers for each parameter, SGD with momentum one. And the activations stay.</details>
#
# <br>**6.** Keras with `ModelParallel` on four devices: rung 5 holds, but each device has the whole
# large kernel. What is the likely cause?
#
# <details><summary>A. The layout cuts the kernel along the wrong axis</summary>No. Then each device would hold a share, along the other axis.</details>
# <details><summary>B. A sum over the devices is missing</summary>No. Then the numbers would be wrong, and the rung would fail.</details>
# <details><summary>C. A pattern matches no variable's whole path</summary>Right. That is no error: the variable is copied to every device, and copies compute the same numbers.</details>
#
# <br>**7.** Two machines with two processes each form a mesh `(data, tensor)`. Why does `tensor`
# stand last?
#
# <details><summary>A. The last axis sends the fewest bytes</summary>No. The order does not change what is sent. It says which ranks send it to each other.</details>
# <details><summary>B. Its pairs then share a machine, where the network is quick</summary>Right. Ranks are numbered machine by machine, and the last axis varies fastest.</details>
# <details><summary>C. The weights are sharded first and cut into tensors afterwards</summary>No. It is the other way round: first cut, then shard. And this does not decide which ranks share a machine.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | tensor | pipeline | hybrid (FSDP x TP) | JAX, Keras |
# |---|---|---|---|---|
# | what is cut | a layer's units | between layers | units, then what is held | any axis of any array |
# | who speaks | all-reduce, twice a pair of layers | neighbours, once a micro-batch | each axis in its groups | the compiler decides |
# | its price | waits in every layer | the bubble | two kinds of traffic | silence when a name is wrong |
# | fault that the rung caught | bias twice, gradient not summed | sum for mean, late stage | | |
# | fault that it cannot see | | | | nothing was cut |

# %% [markdown]
# **Choose it when:** tensor parallelism, when one layer is too large and the processes are close to
# each other; pipelines, when there are many layers of like cost and the network between machines is
# slow; a mesh, when you need both.
#
# **Avoid it when** the network fits: DDP is simpler. When only optimizer and gradients do not fit,
# take FSDP first. Avoid a pipeline of unequal stages (your third timeline).
#
# **Now you:** [the exercise](../../exercises/04_distributed/04_distributed_model.ipynb), with
# self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - `parallelize_module`, "experimental": [Tensor Parallelism, PyTorch
#   2.13](https://docs.pytorch.org/docs/2.13/distributed.tensor.parallel.html);
#   [tutorial](https://docs.pytorch.org/tutorials/intermediate/TP_tutorial.html)
# - Stages, schedules, "alpha": [Pipeline Parallelism, PyTorch
#   2.4](https://pytorch.org/docs/2.4/_sources/distributed.pipelining.rst.txt); how gradients are
#   scaled: [pytorch 144352](https://github.com/pytorch/pytorch/pull/144352), 2025
# - Bias added on each rank: the three issues above. Micro-batches:
#   [torchtitan 1733](https://github.com/pytorch/torchtitan/issues/1733),
#   [2972](https://github.com/pytorch/torchtitan/issues/2972); unequal ones:
#   [pytorch 126600](https://github.com/pytorch/pytorch/issues/126600), 2024
# - The TCPStore listens everywhere:
#   [pytorch 173909](https://github.com/pytorch/pytorch/issues/173909), 2026
# - JAX: [Distributed arrays and automatic
#   parallelization](https://docs.jax.dev/en/latest/201/sharding.html)
# - Keras: [distribution guide](https://keras.io/guides/distribution/);
#   [keras 22164](https://github.com/keras-team/keras/pull/22164);
#   [keras-hub 2810](https://github.com/keras-team/keras-hub/pull/2810)
# - TensorFlow: [DTensor concepts](https://www.tensorflow.org/guide/dtensor_overview);
#   [keras 18473](https://github.com/keras-team/keras/issues/18473)
# - MXNet: [Training with Multiple GPUs Using Model
#   Parallelism](https://mxnet.apache.org/api/faq/model_parallel_lstm.html);
#   [its code](https://github.com/dmlc/mxnet/blob/6d05979cce53041f356204b17db2effb09371328/example/model-parallel-lstm/lstm.py)
# - [DistBelief](https://papers.nips.cc/paper/2012/hash/6aca97005c68f1206823815f66102863-Abstract.html),
#   2012; [PipeDream](https://arxiv.org/abs/1806.03377), June 2018;
#   [GPipe](https://arxiv.org/abs/1811.06965), November 2018;
#   [Megatron-LM](https://arxiv.org/abs/1909.08053), September 2019;
#   [ZeRO](https://arxiv.org/abs/1910.02054), October 2019;
#   [its second paper](https://arxiv.org/abs/2104.04473), April 2021

# %% [markdown]
# **On your path:**
#
# - *Research, 11 of 18:* [Data parallel](01_distributed_data.ipynb) → here →
#   [See inside](../06_practice/01_see_inside.ipynb)
# - *Production, 10 of 16:* [To a cluster](03_to_a_cluster.ipynb) → here →
#   [Export and ONNX](../05_deployment/01_export_and_onnx.ipynb)
#
# **In the order of the folders:** previous [To a cluster](03_to_a_cluster.ipynb) · next
# [Export and ONNX](../05_deployment/01_export_and_onnx.ipynb) ·
# [all chapters](../00_start_here.ipynb)
