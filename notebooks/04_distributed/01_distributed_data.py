# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Data parallel: many processes, one network
#
# After this notebook you will be able to train one network in several processes at once, and to
# prove that the result is the one that a single process would have reached.
#
# **You will learn to**
# - build the ring all-reduce, and run it in processes of your own;
# - say in advance how many bytes each process sends, and why the parameter server fell out of use;
# - turn a training program into a parallel one with `DistributedDataParallel` and `torchrun`;
# - divide parameters, gradients and momentum among processes with `fully_shard` (FSDP2);
# - name five faults of parallel training, and the check that sees each.
#
# **Before you start:** [The network by hand](../01_history/02_by_hand.ipynb) and
# [PyTorch](../02_frameworks/02_pytorch.ipynb). Kernel `python3`, about 35 minutes.
# The cells start up to four processes at a time, all on your own machine.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What is there to share?
#
# The network is copied to every process. The *batch* is cut: each process computes the gradient of
# its own digits. Then they need one number for each weight: the gradient of the whole batch. The
# loss is a mean over digits, so its gradient is a mean too:
#
# $$g = \frac{1}{64} \sum_{i=1}^{64} g_i = \frac{1}{2} \left( \frac{1}{32} \sum_{i \in A} g_i + \frac{1}{32} \sum_{i \in B} g_i \right)$$

# %% [markdown]
# **Predict, then run.** The mean of the two halves' gradients is the whole batch's gradient. Is it
# still, if one process takes 48 digits and the other 16?
#
# <details><summary>Answer</summary>
#
# No. The mean of two means gives each of the 16 digits three times the voice of each of the 48.
# Right is a *weighted* mean: each process's gradient counts as much as its share of the digits,
# 48/64 and 16/64.
#
# </details>

# %%
import numpy as np

from onecnn import cells, ladder, mnist, spec

by_hand, digits = cells.functions("01_history/02_by_hand"), mnist.load()
batch = next(spec.batches(len(digits.train_labels), epoch=0))


def gradient(chosen):
    model = by_hand.build(spec.initial_weights())
    found = by_hand.gradients(model, digits.train_images[chosen], digits.train_labels[chosen])[1]
    return np.concatenate([found[name].ravel() for name in spec.SHAPES])


# %%
whole, scale = gradient(batch), np.abs(gradient(batch)).max()
A, B, C, D = (gradient(part) for part in (batch[:32], batch[32:], batch[:48], batch[48:]))
for name, found in (("32 + 32, mean", (A + B) / 2), ("48 + 16, mean", (C + D) / 2),
                    ("48 + 16, weighted", 0.75 * C + 0.25 * D)):
    print(f"{name:<18} is the whole batch's gradient: {np.abs(found - whole).max() / scale < 1e-5}")

# %% [markdown]
# ## Who starts the processes?
#
# A worker is an ordinary Python file. It is told its **rank** (0, 1, …) and how to find the others.
# The files of this chapter stand in the folder `01_distributed_data` beside this notebook, and each
# says in its first lines how to start it by hand. `onecnn.launch` starts several at once, and ends
# all of them when one fails or is late.

# %%
import json
import tempfile
from pathlib import Path

from onecnn import launch, paths

WORKERS = paths.programs("04_distributed/01_distributed_data")
folder = tempfile.TemporaryDirectory()
OUT = Path(folder.name)


def on_a_ring(worker, size, *arguments):
    ports = launch.free_ports(size)
    commands = [[WORKERS / worker, "--rank", rank, "--ports", *ports, *arguments]
                for rank in range(size)]
    return [json.loads(printed) for printed in launch.run(commands)]


# %% [markdown]
# ## How do N processes add up, without a chief?
#
# In a ring, each sends to its right neighbour only. Cut the array into N pieces. First half,
# **reduce-scatter**: a piece travels round and everybody adds his own numbers to it. After N - 1
# steps each process holds *one* finished piece. Second half, **all-gather**: the finished pieces
# travel round once more. This is the whole algorithm, from the worker's file:

# %%
import inspect

ring_allreduce = cells.program("04_distributed/01_distributed_data/ring_allreduce")
print(inspect.getsource(ring_allreduce.Ring.all_reduce))

# %% [markdown]
# Run it in four processes. Process *r* brings an array full of 2<sup>r</sup>, so each number tells
# who is in it: 13 is 1 + 4 + 8, the processes 0, 2 and 3. Each process hands back what its pieces
# held after every step, and the bytes that it sent.

# %%
four = on_a_ring("ring_allreduce.py", 4, "--length", 1000)
print("everybody holds the sum of all:", all(one["right"] for one in four))
print("process 0, its four pieces after each step:", *four[0]["trace"], sep="\n  ")

# %%
fig, axes = lesson.figure(9.5, 2.1, columns=7)
for step, ax in enumerate(axes):
    held = np.array([one["trace"][step] for one in four])
    count = np.vectorize(lambda number: number.bit_count())(held)
    ax.imshow(count, cmap="Blues", vmin=0, vmax=5)
    for row, column in np.ndindex(4, 4):
        members = "".join(str(rank) for rank in range(4) if held[row, column] >> rank & 1)
        ax.text(column, row, members, ha="center", va="center", fontsize=7,
                color="white" if count[row, column] > 3 else "black")
    half = ("start" if step == 0 else f"reduce-scatter {step}" if step < 4
            else f"all-gather {step - 3}")
    ax.set_title(half, fontsize=9)
    ax.set(xticks=range(4), yticks=range(4) if step == 0 else [], xlabel="piece")
axes[0].set_ylabel("process")
lesson.show(fig, alt="Recorded from four processes: which processes are summed in each piece of "
            "each process. During the reduce-scatter one piece of each process grows from one to "
            "all four; during the all-gather the full pieces spread.")

# %% [markdown]
# ## How many bytes does each process send?
#
# **Predict, then run.** Four processes instead of two: does each process send more, less, or about
# the same? And 64 processes?
#
# <details><summary>Answer</summary>
#
# Each sends N - 1 pieces twice, and a piece is 1/N of the array: 2 (N - 1)/N times its size. That
# is 1 for two processes, 1.5 for four, 1.97 for 64, and never 2. Adding processes costs each of
# them almost nothing.
#
# </details>

# %%
def formula(length, size):
    """Bytes that each process sends for ``length`` float32 numbers; pieces may differ by one
    number."""
    piece = [len(part) for part in np.array_split(np.arange(length), size)]
    return [4 * (2 * length - piece[(rank + 1) % size] - piece[(rank + 2) % size])
            for rank in range(size)]


for size, length in ((2, 1000), (3, 999), (3, 1000), (4, 1000), (4, 3)):
    sent = (four if (size, length) == (4, 1000)
            else on_a_ring("ring_allreduce.py", size, "--length", length))
    sent = [one["sent"] for one in sent]
    print(f"N = {size}, {length:>4} numbers: sent {sent}", sent == formula(length, size),
          sum(sent) == 2 * (size - 1) * 4 * length)

# %% [markdown]
# Counted at the sockets, without TCP's own headers. Where the array divides by N, each process
# sends exactly 2 (N - 1)/N times its size. Where it does not, pieces differ by one number, and the
# *mean* over the processes is exactly that. Patarasuk and Yuan derived this lower bound in 2009,
# and proposed the ring that meets it.

# %% [markdown]
# ## Is it still one network?
#
# The network by hand needs one change: the function that computes gradients averages them over the
# ring. `train_step` does not notice. For the rung `steps` we hand the first ten losses, and the
# weights after each step, to the ladder.

# %%
from onecnn import worker

ring_training = cells.program("04_distributed/01_distributed_data/ring_training")
source = inspect.getsource(ring_training.main)
print(source[:source.index("    model, losses")])

# %%
differences = {}


def rung(name, file=None):
    """Climbs the rung ``steps`` with what a worker recorded."""
    found = ladder.steps_rung(*worker.recorded(OUT / (file or f"{name}.npz")))
    differences[name] = max(found.measured.values())
    return "holds" if found.passed else "FAILS"


per_step = {}
for size in (2, 3, 4):
    workers = on_a_ring("ring_training.py", size, "--out", OUT / f"ring {size}.npz")
    # out, and in from the left
    through = [one["sent"] + workers[rank - 1]["sent"] for rank, one in enumerate(workers)]
    per_step[size] = max(through) // ladder.STEP_COUNT
    print(f"ring of {size} processes, rung steps:", rung(f"ring {size}"))

# %% [markdown]
# 64 digits do not divide by 3: the shares are 22, 21 and 21. The ring holds because each process
# weighs its gradient before it adds.

# %% [markdown]
# ## What did people do before?
#
# They had a chief. In Google's **DistBelief** (2012) a *parameter server* held the weights; workers
# fetched them, and sent gradients back whenever they were ready, without waiting for one another.
# Li and others made it a general framework (2014). MXNet and TensorFlow still offer one
# ([next chapter](02_data_parallel_everywhere.ipynb)).
#
# Ours waits for all workers in each step, so it must equal one process too.

# %%
def with_a_server(workers):
    port = launch.free_ports()[0]
    options = ["--workers", workers, "--port", port, "--out", OUT / f"server {workers}.npz"]
    commands = [[WORKERS / "parameter_server.py", "--rank", rank, *options]
                for rank in range(workers + 1)]
    return json.loads(launch.run(commands)[0])


through_server = {}
for workers in (2, 3, 4):
    counted = with_a_server(workers)
    through_server[workers] = (counted["sent"] + counted["received"]) // ladder.STEP_COUNT
    print(f"server with {workers} workers, rung steps:", rung(f"server {workers}"))
numbers = spec.PARAMETERS + 1  # the gradient, and the loss
print("through the server, 2 N times the size:",
      all(n * 2 * 4 * numbers == found for n, found in through_server.items()))

# %%
fig, ax = lesson.figure(7, 3)
N, S = np.arange(2, 17), 4 * numbers / 1e6
for name, formula_, computed, counted, marker, line, color in (
        ("server", "2 N S", 2 * N * S, through_server, "D", "--", lesson.VERMILION),
        ("ring", "4 (N - 1)/N S", 4 * (N - 1) / N * S, per_step, "o", "-", lesson.BLUE)):
    ax.plot(N, computed, line, color=color, label=f"{name}, computed: {formula_}")
    ax.plot(counted.keys(), np.array(list(counted.values())) / 1e6, marker, color=color,
            label=f"{name}, counted")
ax.set(xlabel="workers N", ylabel="MB a step, in and out",
       title=f"Through the busiest process (S = {S:.2f} MB of gradients)")
ax.legend()
lesson.show(fig, alt="Bytes in and out of the busiest process for each training step, counted "
            "for 2, 3 and 4 workers and computed up to 16: through a parameter server they grow in "
            "proportion to the workers, in a ring they stay below 1 MB.")

# %% [markdown]
# One server is the bottleneck; a remedy is many servers, each with a part of the weights. In 2017
# Baidu's Silicon Valley lab brought the ring from high-performance computing to deep learning, and
# Uber's **Horovod** made it a library for TensorFlow. The ring needs no chief, but it needs
# *everybody*: one slow process delays all, one dead process stops all. A server that does not wait
# forgives both, and then its result depends on who came first.

# %% [markdown]
# ## PyTorch: what changes in my file?
#
# **DistributedDataParallel** (DDP) wraps a network. `torchrun` starts the file once for each
# process and tells each its rank in the environment. **gloo** carries tensors between CPUs; on
# NVIDIA GPUs it would be NCCL. Here are two complete workers, for one process and for any number;
# what differs:

# %%
import difflib


def body(worker):
    return (WORKERS / worker).read_text().split('"""\n', 1)[1].splitlines()


lines = difflib.unified_diff(body("pytorch_one.py"), body("pytorch_ddp.py"), n=0, lineterm="")
print(*(line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")), sep="\n")

# %% [markdown]
# `train_step` is the one of [PyTorch's chapter](../02_frameworks/02_pytorch.ipynb), untouched.
# Three things are new: the group (`init_process_group`), the wrapping, and a share of each batch
# (`rank::size`). The total loss is for our check; training does not need it.

# %% [markdown]
# **Before you run it:** `torchrun`'s meeting point listens on *every* network interface, even with
# `--master-addr=127.0.0.1` ([pytorch 173909](https://github.com/pytorch/pytorch/issues/173909),
# 2026), and whoever reaches it can **run code** as you, says PyTorch's
# [security policy](https://github.com/pytorch/pytorch/security/policy#using-distributed-features).
#
# `launch.torchrun` gives the processes a network of their own where the system allows it: on Linux,
# but in most containers not. Elsewhere, run what follows on a network that you trust.

# %%
launch.run([[WORKERS / "pytorch_one.py", OUT / "one.npz"]])
launch.torchrun(WORKERS / "pytorch_ddp.py", 2, OUT / "DDP.npz")
print("one process,   rung steps:", rung("one"))
print("two processes, rung steps:", rung("DDP"))

# %% [markdown]
# ## What does DDP do inside `backward`?
#
# It hangs a hook on every parameter. Gradients are collected in **buckets**; when a bucket is full,
# its all-reduce starts while the backward pass goes on with lower layers. A *communication hook*
# lets you do the averaging yourself. This one multiplies and sums:

# %%
import textwrap

hook = (WORKERS / "pytorch_hook.py").read_text()
print(textwrap.dedent(hook[hook.index("    def weighted_sum"):hook.index("    network = Dist")]))

# %% [markdown]
# The worker trains five times, once rightly and four times with a change that you will meet below.
# First, the buckets. By default a bucket takes 25 MB (the first 1 MB), and our whole network fits
# into one; the worker asks for 0.05 MB.

# %%
FAULTS = ("none", "sum", "local", "unequal", "weighted")
seen = json.loads(launch.torchrun(WORKERS / "pytorch_hook.py", 2, "--out", OUT, "--fault", *FAULTS))
for number, size, names in seen["none"]["buckets"]:
    print(f"bucket {number}, {size:>6} bytes:", ", ".join(names))
print("all buckets together are the network:",
      sum(size for _, size, _ in seen["none"]["buckets"]) == 4 * spec.PARAMETERS)

# %% [markdown]
# The *last* layers travel first: their gradients are ready first. From the second step on, DDP
# orders the buckets as the gradients really arrived.

# %% [markdown]
# ## Must each process hold everything?
#
# Under DDP each process stores all parameters, gradients and momentum: N copies of the same
# numbers. The idea of ZeRO (2019), and of FSDP: each keeps 1/N of every tensor. Before a layer
# runs, its parts are all-gathered; afterwards they are dropped, and the gradients are
# reduce-scattered. These are the two halves of your ring. In PyTorch:

# %%
import ast


def part(worker, name):
    """The source of one function or class of a worker's file."""
    source = (WORKERS / worker).read_text()
    return next(ast.get_source_segment(source, node) for node in ast.parse(source).body
                if getattr(node, "name", "") == name)


print(part("pytorch_fsdp.py", "fsdp"))

# %%
held = json.loads(launch.torchrun(WORKERS / "pytorch_fsdp.py", 2, "--out", OUT, "--engine", "ddp",
                                  "fsdp"))
print("fully_shard, rung steps:", rung("FSDP2", "fsdp.npz"))
for engine, everyone in held.items():
    print(f"{engine:<4}", [sum(one["bytes"].values()) for one in everyone],
          "bytes held by each process")
print("computed: 3 x 4 bytes x parameters =", 12 * spec.PARAMETERS, " and its half",
      6 * spec.PARAMETERS)

# %%
bars = [(f"{engine.upper()}\nprocess {rank}", one["bytes"]) for engine, everyone in held.items()
        for rank, one in enumerate(everyone)]
bottom = np.zeros(len(bars))

# %%
fig, (left, right) = lesson.figure(9.5, 3, columns=2, width_ratios=[1, 1.5])
for kind, color, hatch in zip(bars[0][1], (lesson.BLUE, lesson.ORANGE, lesson.GREEN),
                              ("", "//", "..")):
    height = np.array([one[kind] for _, one in bars]) / 1000
    left.bar([name for name, _ in bars], height, bottom=bottom, color=color, hatch=hatch,
             edgecolor="white", label=kind)
    bottom += height
left.set(ylabel="kB held (measured)", ylim=(0, 1050))
left.legend(ncols=2, fontsize=8)
for row, name in enumerate(spec.SHAPES):
    cuts = np.cumsum([0, *(one["rows"][name] for one in held["fsdp"])]) / spec.SHAPES[name][0]
    right.barh([row] * 2, np.diff(cuts), left=cuts[:-1], color=[lesson.SKY, lesson.YELLOW],
               edgecolor="black", hatch=["", "xx"])
right.set(yticks=range(len(spec.SHAPES)), yticklabels=spec.SHAPES, xlabel="rows of each tensor",
          title="FSDP2: plain is process 0's, crossed process 1's")
right.invert_yaxis()
lesson.show(fig, alt="Left: under DDP each of two processes holds parameters, gradients and "
            "momentum in full, under FSDP2 each holds half of all three. Right: under FSDP2 every "
            "tensor is cut along its first axis, one half for each process.")

# %% [markdown]
# Measured on the tensors at rest. For the moment of its use a layer is whole everywhere, and DDP's
# buckets hold a second copy of the gradients. Two surprises: FSDP2 refuses our channels_last
# tensors (torchtitan [met it too](https://github.com/pytorch/torchtitan/pull/1180), 2025), and the
# optimizer must be made *after* the cut.

# %% [markdown]
# ## A trap: which faults does nobody report?
#
# None of these raises an error, in any process:
#
# | fault | how it gets in |
# |---|---|
# | `local` | the program calls `network.module`, and DDP's hooks sleep ([openvla-oft 160](https://github.com/moojink/openvla-oft/issues/160), 2026) |
# | `sum` | a hook that adds and forgets to divide ([fairseq 494](https://github.com/facebookresearch/fairseq/issues/494): who divides, and by what?) |
# | `unequal` | one process takes 48 digits, the other 16; DDP takes the plain mean ([pytorch 67253](https://github.com/pytorch/pytorch/issues/67253), 2021) |

# %% [markdown]
# **Predict, then run.** A popular check is "do all processes hold the same weights?". Which of the
# three faults does it see?
#
# <details><summary>Answer</summary>
#
# Only `local`. With `sum` and `unequal` every process makes the same mistake, so they agree,
# perfectly, on the wrong network. The rung compares with one process, and sees all three.
#
# </details>

# %%
for fault in FAULTS:
    print(f"{fault:<9} processes agree: {seen[fault]['apart'] == 0!s:<6} rung steps {rung(fault)}")

# %%
def drift(file):
    """After each step, the largest relative difference of any tensor from one process in
    float64."""
    truth, (_, path) = ladder.expected(), worker.recorded(OUT / f"{file}.npz")

    def relative(value, right):
        return np.abs(value - right).max() / np.abs(right).max()

    return [max(relative(value, truth[f"step{step}/{name}"]) for name, value in weights.items())
            for step, weights in enumerate(path)]


fig, ax = lesson.figure(7, 3.2)
for fault, marker, color in zip(FAULTS, lesson.MARKERS, lesson.COLORS):
    ax.plot(range(1, 11), drift(fault), marker=marker, color=color, label=fault)
ax.axhline(ladder.STEPS, color="black", linestyle="--", label="allowed")
ax.set(yscale="log", xlabel="training step", ylabel="relative difference",
       title="Two processes against one")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="The difference from one process after each of ten steps, on a logarithmic "
            "axis. Without a fault, and with unequal shares that are weighted, it stays below "
            "one hundredth of the allowed limit; the three faults lie far above it from the first "
            "step on.")

# %% [markdown]
# `weighted` is the cure for `unequal`: each process multiplies its gradient by its share of the
# digits, and the hook sums. You need it sooner than you think: with three processes 64 becomes 22,
# 21 and 21, and DDP's plain mean fails the rung (the tests try it).

# %% [markdown]
# ## Which fault does the rung *not* see?
#
# PyTorch's own way to share data is a `DistributedSampler`: it shuffles, and process r takes every
# N-th index from r on. All processes must shuffle alike, so the seed is fixed, and *you* must tell
# it the epoch: `sampler.set_epoch(epoch)`. Forget it, and every epoch comes in the order of the
# first ([pytorch 31771](https://github.com/pytorch/pytorch/issues/31771), 2020).

# %%
from torch.utils.data import DistributedSampler


def orders(forgotten, epochs=3, size=2):
    """For each epoch, what all processes together visit, in order."""
    samplers, found = [DistributedSampler(range(4000), size, rank) for rank in range(size)], []
    for epoch in range(epochs):
        for sampler in samplers:
            if not forgotten:
                sampler.set_epoch(epoch)
        found.append(tuple(np.stack([list(sampler) for sampler in samplers]).T.ravel().tolist()))
    return found


for forgotten in (False, True):
    found = orders(forgotten)
    print(f"set_epoch forgotten: {forgotten!s:<6} every digit "
          f"once: {sorted(found[0]) == list(range(4000))}, different orders in 3 epochs: "
          f"{len(set(found))}")

# %% [markdown]
# The rung `steps` looks at the first ten batches of the first epoch, and there nothing is wrong.
# What about the rung `training`? Two processes equal one, so one is enough to try: five epochs,
# each in the order of the first.

# %%
pytorch = cells.functions("02_frameworks/02_pytorch")
model = pytorch.build(spec.initial_weights())
for _ in range(spec.EPOCHS):
    for batch in spec.batches(len(digits.train_labels), epoch=0):
        pytorch.train_step(model, digits.train_images[batch], digits.train_labels[batch])
answers = pytorch.logits(model, digits.test_images).argmax(axis=1)
other = (answers != ladder.expected()["predictions"]).sum()
print("accuracy at least 94 %:", (answers == digits.test_labels).mean() >= ladder.ACCURACY)
print("more than 15 of the 1,000 answers are not the reference's:", other > 15)

# %% tags=["nbval-ignore-output"]
print("answers that are not the reference's:", other)

# %% [markdown]
# The accuracy would have let it pass. The comparison with the reference sees it (in the right
# order, float32 alone changed 4 to 8 answers here; the rung forgives 20), but only because our
# course has a reference with a known order. In your own training the check is one line: **are the
# orders of two epochs different?**

# %% [markdown]
# ## Does a network with batch norm survive the cut?
#
# Batch norm takes the mean and the variance of *the batch*, and each process sees only its share.
# The worker puts one behind our first convolution, and trains it on whole batches in one process,
# then in two. The gradients are averaged rightly; the statistics are not shared. Its cure sums the
# moments over all processes, with an all-reduce that has a gradient:

# %%
print(part("pytorch_batchnorm.py", "SumOverProcesses"),
      part("pytorch_batchnorm.py", "SynchronisedBatchNorm"), sep="\n\n\n")

# %%
printed = json.loads(launch.torchrun(WORKERS / "pytorch_batchnorm.py", 2, OUT / "batchnorm.npz"))
found = dict(np.load(OUT / "batchnorm.npz"))
for way in ("local", "synchronised"):
    verdicts = []
    for kind in ("variance", "mean", "path"):
        mine, truth = found[f"{way}/{kind}"], found[f"one/{kind}"]
        differences[f"batch norm, {way}"] = np.abs(mine - truth).max() / np.abs(truth).max()
        verdicts.append(f"{kind} {differences[f'batch norm, {way}'] < ladder.STEPS}")
    print(f"{way:<13} equals one process:", ", ".join(verdicts))
print("nn.SyncBatchNorm on a CPU:", printed["SyncBatchNorm"].split(" or ")[0])

# %% [markdown]
# `path` is the weights after each of ten steps, the others are the running statistics. (The worker
# keeps images in PyTorch's usual order: in channels_last, batch norm loses three digits on a CPU.
# The comparison showed it.) PyTorch has the cure as `nn.SyncBatchNorm`, but for accelerators only;
# an attempt to bring it to the CPU was closed
# ([pytorch 78078](https://github.com/pytorch/pytorch/pull/78078)). Another way out: a normalisation
# that does not look across digits, such as group norm.

# %% [markdown]
# ## How large are the differences?
#
# What all the rungs measured, and the allowed limit was 1e-4:

# %% tags=["nbval-ignore-output"]
for name, difference in differences.items():
    print(f"{name:<25} {difference:.1e}")

# %%
wrong = ("sum", "local", "unequal", "batch norm, local")
right = [difference for name, difference in differences.items() if name not in wrong]
print(len(right), "ways without a fault, all within the limit:", max(right) <= ladder.STEPS)
print(len(wrong), "with a fault, all at least ten times beyond it:",
      min(differences[name] for name in wrong) > 10 * ladder.STEPS)

# %% [markdown]
# ## Was it faster?
#
# Measured as honestly as two cores allow: the median of 50 steps, with one process of one thread,
# one process of two threads, and two processes of one thread.

# %% tags=["nbval-ignore-output"]
for way in json.loads(launch.torchrun(WORKERS / "pytorch_speed.py", 2)):
    print(f"{way['processes']} process(es), {way['threads']} thread(s) each: "
          f"{1000 * way['seconds']:.1f} ms a step")

# %%
for processes in (1, 2):
    exchanged = 2 * (processes - 1) / processes * 4 * spec.PARAMETERS
    print(f"{processes} process(es): {spec.BATCH // processes} digits each, {exchanged:,.0f} bytes "
          "a step sent by each (ring's formula)")

# %% [markdown]
# Were two processes slower than one for you? Then a step is so short that the exchange, and the
# waiting for the slower of the two, cost more than half a batch saves. Parallel training pays when
# a share computes for much longer than its gradients travel.

# %% [markdown]
# ## What else goes wrong when you start processes?
#
# - **Fork hangs.** A process that forks *after* PyTorch used several threads leaves its child with
#   a thread pool whose threads are gone
#   ([pytorch 2245](https://github.com/pytorch/pytorch/issues/2245), 2017): the child waits for ever
#   (tried here: after 20 seconds it still did). Ours are started afresh, never forked.
# - **The port is open**, as said above. gloo itself keeps to the interface that
#   `GLOO_SOCKET_IFNAME` names; the launcher says `lo`.
# - **The end aborts.** When Python exits, a thread of gloo may still hold a tensor and call into
#   the dying interpreter: 2 of 31 runs of our FSDP worker ended with exit code -6, *after* their
#   work ([pytorch 179291](https://github.com/pytorch/pytorch/pull/179291), 2026). Our workers'
#   `leave()` ends them at once.
# - **Unequal numbers of steps.** All-reduce waits for everybody
#   ([pytorch 22584](https://github.com/pytorch/pytorch/issues/22584), 2019): that is why the
#   sampler repeats digits to make shares equal.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** A ring of 8 processes has finished its reduce-scatter. What does each process hold?
#
# <details><summary>A. The whole array, summed over all 8</summary>No. That is how it ends, after the all-gather has carried the finished pieces round.</details>
# <details><summary>B. One eighth of the array, summed over all 8</summary>Right. Each piece has travelled round and all have added to it. Each process holds the one that ended with it.</details>
# <details><summary>C. The whole array, summed over itself and its left neighbour</summary>No. Pieces travel, not whole arrays, and a piece goes on until all have added to it.</details>
#
# <br>**2.** A ring, and a parameter server that waits for all, both work with 8 workers. You go to
# 16. Whose busiest process now carries twice the bytes in a step?
#
# <details><summary>A. The server's</summary>Right. In and out it carries 2 N times the size of the gradient, so it doubles with N.</details>
# <details><summary>B. The ring's</summary>No. In and out it is 4 (N - 1)/N times the size: 3.5 for 8 workers, 3.75 for 16.</details>
# <details><summary>C. Both</summary>No. In the ring the pieces get smaller as processes come. The server gets a whole gradient from each worker.</details>
# <details><summary>D. Neither, as the gradient is as large as before</summary>No. The gradient is, but the server receives it from each worker, and answers each.</details>
#
# <br>**3.** Three processes take 22, 21 and 21 of 64 digits. Each computes the mean gradient of its
# own digits, and the all-reduce sums. By what does each multiply before?
#
# <details><summary>A. By 1/3</summary>No. That is the plain mean that DDP takes. Each of the 21 digits then gets more voice than each of the 22.</details>
# <details><summary>B. By 1/64</summary>No. That would be right for a sum over digits. Here each process has already divided by its own number.</details>
# <details><summary>C. By its number of digits over 64</summary>Right. A mean of 22 digits counts 22/64, one of 21 counts 21/64, and the weights add up to 1.</details>
#
# <br>**4.** All processes hold identical weights after ten steps. What do you compare next, to find
# a hook that sums and forgets to divide?
#
# <details><summary>A. The weights of the processes again, after 100 steps</summary>No. All make the same mistake, so they go on agreeing, on the wrong network.</details>
# <details><summary>B. The weights with those of one process that trained on the whole batches</summary>Right. You want to prove that N equal one, so one process is the judge.</details>
# <details><summary>C. The losses with one another: they must fall</summary>No. A gradient that is N times too large still points the right way, and the loss may fall.</details>
#
# <br>**5.** You suspect that `set_epoch` is missing in your own project, which has no reference to
# compare with. Which check finds it?
#
# <details><summary>A. Do two epochs come in different orders?</summary>Right. Without <code>set_epoch</code> every epoch comes in the order of the first.</details>
# <details><summary>B. Is each digit visited once in an epoch?</summary>No. It is, with <code>set_epoch</code> and without. What repeats is the order.</details>
# <details><summary>C. Do the first ten steps equal those of one process?</summary>No. They lie in the first epoch, and there nothing is wrong.</details>
# <details><summary>D. Is the accuracy as high as it should be?</summary>No. In this chapter's trial it was: the accuracy would have let the fault pass.</details>
#
# <br>**6.** You add batch norm. DDP averages all gradients rightly, and still two processes do not
# equal one. Why?
#
# <details><summary>A. DDP leaves out the parameters of batch norm</summary>No. It hangs a hook on every parameter, so their gradients are averaged too.</details>
# <details><summary>B. The variances are added up where their mean was asked</summary>No. Nobody adds them up. What travels are gradients, not the statistics of a batch.</details>
# <details><summary>C. Each process normalises with the statistics of its own share</summary>Right. One process would take the mean and the variance of all 64 digits. Synchronising the moments cures it.</details>
#
# <br>**7.** DDP runs well. When do you change to `fully_shard`?
#
# <details><summary>A. When a step is short, and the exchange takes most of it</summary>No. FSDP2 sends up to half as much again, so it would make that worse.</details>
# <details><summary>B. When parameters, gradients and momentum no longer fit beside each other</summary>Right. Each process then keeps a share of all three. The price is more traffic.</details>
# <details><summary>C. When faults in the averaging shall be reported</summary>No. The silent faults of FSDP2 are those of DDP. Neither reports them.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | ring, by hand | parameter server | DDP | FSDP2 |
# |---|---|---|---|---|
# | who holds the weights | everybody | the server | everybody | each a part |
# | who runs the optimizer | everybody | the server | everybody | each for its part |
# | bytes each sends in a step | 2 (N-1)/N S | S; the server N S | an all-reduce | reduce-scatter, and all-gathers |
# | equals one process | yes | yes, if it waits | yes | yes |
# | silent faults | sum, shares | sum, shares, stale gradients | no average, sum, shares, order, batch norm | the same |

# %% [markdown]
# **Choose it when** one process holds the network and you have more data than time: DDP first, a
# few changed lines. FSDP2 when parameters, gradients and momentum no longer fit beside each other;
# it pays with up to half as much traffic again (the ZeRO paper's 1.5).
#
# **Avoid it when** a step is as short as ours (your own measurement above), or when you cannot
# compare with one process: the faults are silent.

# %% [markdown]
# The same in [every framework](02_data_parallel_everywhere.ipynb), and
# [on a cluster](03_to_a_cluster.ipynb). Cutting the *network* instead of the batch is
# [another idea](04_distributed_model.ipynb).
#
# **Now you:** [the exercise](../../exercises/04_distributed/01_distributed_data.ipynb), with
# self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - DistBelief: Dean and others,
#   [Large Scale Distributed Deep Networks](https://proceedings.neurips.cc/paper_files/paper/2012/file/6aca97005c68f1206823815f66102863-Paper.pdf),
#   2012
# - Li and others,
#   [Scaling Distributed Machine Learning with the Parameter Server](https://research.google/pubs/scaling-distributed-machine-learning-with-the-parameter-server),
#   OSDI 2014
# - The bound and the ring: Patarasuk and Yuan, Bandwidth optimal all-reduce algorithms for clusters
#   of workstations, 2009,
#   [doi 10.1016/j.jpdc.2008.09.002](https://doi.org/10.1016/j.jpdc.2008.09.002)
# - Baidu, [Bringing HPC Techniques to Deep
#   Learning](http://research.baidu.com/bringing-hpc-techniques-deep-learning/), 2017; Horovod:
#   [a report of Uber's announcement](https://flavioclesio.com/horovod-ubers-open-source-distributed-deep-learning-framework-for-tensorflow),
#   November 2017; Sergeev and Del Balso, [the paper](https://arxiv.org/abs/1802.05799), 2018
# - DDP: [PyTorch Distributed](https://arxiv.org/abs/2006.15704), 2020;
#   [design note](https://docs.pytorch.org/docs/stable/notes/ddp.html);
#   [communication hooks](https://docs.pytorch.org/docs/2.13/ddp_comm_hooks.html)
# - ZeRO: [arXiv 1910.02054](https://arxiv.org/abs/1910.02054), 2019; FSDP:
#   [arXiv 2304.11277](https://arxiv.org/abs/2304.11277), 2023;
#   [fully_shard](https://docs.pytorch.org/docs/stable/distributed.fsdp.fully_shard.html)
# - [torchrun](https://docs.pytorch.org/docs/stable/elastic/run.html);
#   [PyTorch's security policy](https://raw.githubusercontent.com/pytorch/pytorch/main/SECURITY.md),
#   read again 2026-11-29

# %% [markdown]
# **On your path:**
#
# - *Research, 10 of 18:* [Hardware](../03_comparison/06_hardware.ipynb) → here →
#   [Cutting the network](04_distributed_model.ipynb)
# - *Production, 7 of 16:* [Graphs](../03_comparison/03_graphs.ipynb) → here →
#   [Data parallel everywhere](02_data_parallel_everywhere.ipynb)
#
# **In the order of the folders:** previous [Hardware](../03_comparison/06_hardware.ipynb) · next
# [Data parallel everywhere](02_data_parallel_everywhere.ipynb) ·
# [all chapters](../00_start_here.ipynb)
