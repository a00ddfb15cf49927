# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The race: what a benchmark can say, and what it cannot
#
# After this notebook you will be able to time two frameworks fairly, read a table of speeds, and
# find the flaw in someone else's.
#
# **You will learn to**
# - keep import, first step and steady state apart, and compute when a slow start pays;
# - say what batch 1 measures, and what batch 512 measures;
# - hold a speed against what the processor can do at most;
# - read the spread before the median;
# - name the faults that made real published comparisons wrong.
#
# **Before you start:** [The parity ladder](01_parity_ladder.ipynb). Kernel `python3`, about 35
# minutes.
# The ladder shows that all entrants are the same network. The slowest cell takes 10 seconds.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## Where and when was this measured?
#
# Every figure in this notebook is drawn from two files in the folder `05_race` beside it:
# `race.json`, the race, and `audit.json`, its audit. A speed without its machine, its date and its
# versions is a rumour, so `race.json` begins with them.

# %%
import json

from onecnn import paths

FILE = paths.programs("03_comparison/05_race") / "race.json"
# FILE = paths.cache() / "race.json"  # your own, after: python3 course.py race
outcome = json.loads(FILE.read_text())
stamp, results, product = outcome["conditions"], outcome["results"], outcome["product GFLOP/s"]

# %%
for name in ("when", "processor", "system", "cores", "rounds", "batches", "seconds"):
    print(f"{name:<10} {stamp[name]}")
print("threads   ", stamp["threads"]["OMP_NUM_THREADS"], "  held to as many cores:",
      stamp["held to as many cores"])
print("entrants  ", len(results), "  left out:", outcome["left out"] or "nobody")

# %% [markdown]
# Each process also wrote down what it had imported. Look at the neighbours: importing one library
# can pull in another that happens to be installed, and its loading time counts.

# %%
for name, versions in stamp["versions"].items():
    print(f"{name:<24}", *(f"{package} {version}" for package, version in versions.items()))

# %% [markdown]
# ## How is a race run fairly?
#
# - **One process for each measurement.** Frameworks in one process share threads, memory and warm
#   caches.
# - **Interleaved rounds.** Everybody once, then everybody again, from another start. A machine that
#   slows down slows all.
# - **One thread, one core.** XLA takes a thread for each core that it sees, whatever
#   `OMP_NUM_THREADS` says; only the core mask of the operating system holds it
#   ([jax-ml/jax 1539](https://github.com/jax-ml/jax/issues/1539)). So each process gets one core.
# - **The end of the work.** A step ends when Python holds the loss as a number.
# - **Warm-up apart, then medians.** One step that was interrupted moves a mean, and leaves a median
#   alone.
# - **One allocator.** glibc is told to keep freed memory. Otherwise it is chance who fetches large
#   arrays from the operating system anew, page by page.
# - **Compilers beside, not instead.** PyTorch's and TensorFlow's chapters run without
#   `torch.compile` and XLA. With them they are entrants of their own, named as what they are.

# %% [markdown]
# Race two entrants yourself, now, in one tiny round: the network by hand and PyTorch. The networks
# are the `same-cnn` cells of their chapters.

# %% tags=["nbval-ignore-output"]
from onecnn import networks, race

live = race.race(networks.choose(["numpy", "pytorch"]), rounds=1, batches=(64,), seconds=0.3)
print(f"matrix product: {live['product GFLOP/s'][0]:.0f} GFLOP/s")

# %% [markdown]
# Your figures are in no test: they belong to your machine and this minute. What must hold anywhere
# is less.

# %%
by_hand, pytorch = live["results"]["NumPy by hand"]["64"], live["results"]["PyTorch"]["64"]
print("one value a round:",
      len(by_hand["training images/s"]) == len(pytorch["training images/s"]) == 1)
print("PyTorch takes longer to import:", pytorch["load seconds"] > by_hand["load seconds"])

# %% [markdown]
# The compiled entrants are the same cells. `compiled.py` changes what `build` gives; for PyTorch it
# is one line more:

# %%
import inspect

from onecnn import cells

compiled = cells.program("03_comparison/05_race/compiled")
print(inspect.getsource(compiled.pytorch))

# %% [markdown]
# ## Did everybody run their best?
#
# A race between somebody's best code and somebody's first draft says nothing. So
# `documented_loops.py` has, for each framework, the loops that its own documentation shows, for
# training and for inference, with the batches already in the framework's own tensors. `audit.py`
# ran each chapter's `train_step` and `logits` beside them, by turns, in one process.

# %% [markdown]
# `audit.json` has what came out, measured on the day of the race; four frameworks, whose chapters
# had changed, once more. How many cases reach 0.95 of the speed of the fastest documented loop, by
# the medians?

# %%
from statistics import median

audit = cells.program("03_comparison/05_race/audit")

audited = audit.stored()
shares = {(name, case): audit.share(loops)
          for name, cases in audited.items() for case, loops in cases.items()}
for batch in audit.STEPS:
    found = [audited[name][case] for name, case in shares if case.endswith(f"batch {batch}")]
    middles, quickest = (sum(by(loops) >= audit.ENOUGH for loops in found)
                         for by in (audit.share, audit.share_of_minima))
    print(f"batch {batch:>3}: {middles} of {len(found)}; by the quickest turn of each: {quickest}")

# %% [markdown]
# **With one image** the two do not do the same. `train_step` takes an array of NumPy's and hands
# out a number, each time. Most documented loops have their images inside, and look at nothing. A
# step of a millisecond feels that door.

# %%
doors = [audit.door(cases["training, batch 1"]) for cases in audited.values()]
print(f"a step of one image takes longer by (median of the frameworks): {median(doors):.2f} ms")

# %% [markdown]
# **With 64 and 512 images** whoever stays below by both measures has a reason. Two of the audit's
# loops could not find a slow chapter: those of Caffe and Torch7 run the chapter's own network, in
# loops of their own. NumPy by hand and the two compiled entrants are in no audit.

# %%
print("each has one:", {name for name, *_ in audit.below(audited)} == set(audit.WHY))
for name, why in audit.WHY.items():
    print(f"{name}: {why}")

# %% [markdown]
# This hunt paid. PyTorch's chapter once kept its channels first: `channels_last`, from PyTorch's
# own tuning guide, saves a third of a step of 64 or 512 images, as its two loops in `audit.json`
# show. JAX pooled in an operation with a slow gradient; its documented loops still do, and take
# twice as long with 512. TensorFlow added its biases with `+`, which its optimizer does not fuse.
# Theano had no matrix library. All these chapters passed the ladder before and after: speed is no
# proof, and no excuse.

# %%
fig, axes = lesson.figure(9, 4.2, columns=2, sharey=True, sharex=True)
for ax, (kind, ours) in zip(axes, audit.OURS.items()):
    for batch, marker, color in zip(audit.STEPS, lesson.MARKERS, lesson.COLORS):
        found = [shares[name, f"{kind}, batch {batch}"] for name in audited]
        ax.plot(found, range(len(audited)), marker, color=color, label=f"batch {batch}")
    ax.axvline(audit.ENOUGH, color="gray", linestyle="--")
    ax.set(xscale="log", xticks=[0.5, 1, 2, 4], xticklabels=["0.5", "1", "2", "4"], title=ours)
    ax.minorticks_off()
axes[0].set(yticks=range(len(audited)), yticklabels=list(audited), ylim=(len(audited) - 0.4, -0.6))
fig.supxlabel("speed, fastest documented loop = 1 (logarithmic)", fontsize=10)
axes[1].legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Two panels, training and inference. For each framework three points, one for "
            "each batch size, on an axis where the fastest loop of its documentation is 1. A "
            "dashed line marks 0.95; most points lie at it or right of it.")

# %% [markdown]
# ## What does the first step do?
#
# Three small functions read `race.json`. All figures that follow come from there.

# %%
def rounds(name, batch, figure):
    return results[name][str(batch)][figure]


def middle(name, batch, figure):
    return median(rounds(name, batch, figure))


def start(name, batch):
    return sum(middle(name, batch, f"{what} seconds") for what in ("load", "build", "first step"))


# %% [markdown]
# **Predict, then run.** Five entrants compile: Theano, TensorFlow with XLA, PyTorch with
# `torch.compile`, Keras on JAX, and JAX. Four build a graph and leave it at that: TensorFlow 1 and
# 2, MXNet, Keras on TensorFlow. How many steady steps of 64 images could each have taken in the
# time of its first?
#
# <details><summary>Answer</summary>
#
# Who compiles: fifty to some hundreds. Who builds a graph: three to two dozen. A benchmark that
# averages over all steps mixes this with the speed that you meet for the rest of the training.
#
# </details>

# %%
COMPILE = ("Theano", "TensorFlow 2 (XLA)", "PyTorch (torch.compile)", "Keras on jax", "JAX")
GRAPH = ("TensorFlow 1", "MXNet", "TensorFlow 2", "Keras on tensorflow")
first = {}
for name in (name for name in COMPILE + GRAPH if name in results):
    steady = 64 / middle(name, 64, "training images/s")
    first[name] = middle(name, 64, "first step seconds") / steady
    print(f"{name:<24} first step = {first[name]:6.0f} steady ones")
print("who compiles waits longer than all who build a graph:",
      min(first[name] for name in COMPILE) > max(first[name] for name in GRAPH))

# %% [markdown]
# The figure has a row for each entrant, in the order of the course's history, never in order of
# speed. A line ties the steady step to the first one.


# %%
def rows(ax, **options):
    names = list(results)
    ax.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.4, -0.6), xscale="log")
    ax.set(**options)
    ax.grid(axis="y", color="#e8e8e8")
    ax.set_axisbelow(True)


fig, ax = lesson.figure(8, 4.4)
for row, name in enumerate(results):
    steady = 64 / middle(name, 64, "training images/s")
    points = steady, middle(name, 64, "first step seconds"), middle(name, 64, "load seconds")
    ax.plot(points[:2], [row, row], color="gray", linewidth=1)
    for x, marker, color in zip(points, "osD", lesson.COLORS):
        ax.plot(x, row, marker, color=color)
rows(ax, xlabel="seconds (logarithmic), batch 64", title="What you wait for")
ax.legend(ax.lines[1:4], ("steady step", "first step", "import"), loc="upper left",
          bbox_to_anchor=(1, 1))
lesson.show(fig, alt="For each entrant three points on a logarithmic axis of seconds: the steady "
            "step, the first step and the import of the framework. The five that compile have the "
            "widest gaps between first and steady step.")

# %% [markdown]
# Theano and `torch.compile` keep compiled code on disk: where it lies there already, this first
# step is the cheap kind. In its first round `torch.compile` took ten times as long as in the
# others. The import, too, is quicker when the disk has been read before, and TensorFlow's includes
# the neighbours that it found.

# %% [markdown]
# ## When does a slow start pay?
#
# After `n` images, an entrant has spent `start + n / rate` seconds. Set this equal for two of them
# and solve for `n`: that is the **break-even**. If the slow starter is no faster afterwards, there
# is none.
#
# And who is faster? Rounds are interleaved, so a slow minute meets both. If two were equally fast,
# one would be ahead in nine or ten of ten rounds by chance in one case of fifty. We take that as
# shown, and nothing less.


# %%
def ahead(one, other, batch, figure):
    """1 if ``one`` was faster than ``other`` in nine of ten rounds; -1 if slower; else 0."""
    won = [a > b for a, b in zip(rounds(one, batch, figure), rounds(other, batch, figure))]
    return (sum(won) >= 0.9 * len(won)) - (sum(won) <= 0.1 * len(won))


def break_even(early, late, batch=64):
    """Images after which ``late``, which starts later, has caught up; None if it never does."""
    a, b = (1 / middle(name, batch, "training images/s") for name in (early, late))
    return max(0.0, start(late, batch) - start(early, batch)) / (a - b) if a > b else None


# %%
for name in (name for name in results if name != "NumPy by hand"):
    faster = ahead(name, "NumPy by hand", 64, "training images/s")
    images = break_even("NumPy by hand", name)
    when = f"after {images:,.0f} images" if faster > 0 else "never" if faster else "not shown"
    print(f"{name:<24} catches up with the network by hand: {when}")

# %% [markdown]
# Our whole training, five epochs, is 310 steps of 64 images. The dashed line marks it. Whose line
# crosses another's right of it has not paid for a slow start within our training.

# %%
import numpy as np

images = np.geomspace(64, 2e6, 60)
fig, ax = lesson.figure(8, 3.6)
some = [name for name in ("NumPy by hand", "Theano", "PyTorch", "TensorFlow 2", "JAX")
        if name in results]
for name, marker, color in zip(some, lesson.MARKERS, lesson.COLORS):
    seconds = start(name, 64) + images / middle(name, 64, "training images/s")
    ax.plot(images, seconds, marker=marker, markevery=10, color=color, label=name)
ax.axvline(310 * 64, color="gray", linestyle="--")
ax.text(310 * 64 * 1.1, 0.02, "our training", transform=ax.get_xaxis_transform(), color="gray")
ax.set(xscale="log", yscale="log", title="Total time, import and compilation included",
       xlabel="images trained on, batch 64", ylabel="seconds since the program began")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Total seconds against images for five entrants on logarithmic axes. Each "
            "line is flat while the start dominates and rises once the steps do; where two lines "
            "cross, the later starter has caught up.")

# %% [markdown]
# ## Does a compiler make it faster?
#
# **Predict, then run.** PyTorch runs once plainly and once through `torch.compile`, TensorFlow once
# as a graph and once through XLA. With 512 images: whom does the compiler help to train, and whom
# to answer?
#
# <details><summary>Answer</summary>
#
# PyTorch answers faster with its compiler, and trains at half the speed. TensorFlow gains in
# neither, and answers more slowly. A compiler replaces hand-made kernels by its own, and that can
# go either way.
#
# </details>

# %%
PAIRS = {"PyTorch": "PyTorch (torch.compile)", "TensorFlow 2": "TensorFlow 2 (XLA)"}
quotient = {(name, kind): [middle(through, batch, f"{kind} images/s")
                           / middle(name, batch, f"{kind} images/s") for batch in race.BATCHES]
            for name, through in PAIRS.items() for kind in ("training", "inference")}
for (name, kind), values in quotient.items():
    print(f"{PAIRS[name]:<24} {kind:<9}", *(f"{value:5.2f}x" for value in values))
found = {key: ahead(PAIRS[key[0]], key[0], 512, f"{key[1]} images/s") for key in quotient}
print("512 images, faster in nine of ten rounds:", [key for key, sign in found.items() if sign > 0])
print("slower in nine of ten rounds:", [key for key, sign in found.items() if sign < 0])

# %% [markdown]
# The columns are batches of 1, 64 and 512 images. This holds for one network, one processor and one
# thread. Which kernel it is that costs PyTorch's compiled training so much, a profiler would tell.

# %% [markdown]
# ## What does the batch size measure?
#
# **Predict, then run.** From batch 1 to batch 64, and on to 512, an image costs the same
# arithmetic. By how much does the number of images in a second grow, at the least and at the most?
#
# <details><summary>Answer</summary>
#
# To 64: from a fifth more to eighteen times. Where a step costs much before any arithmetic starts
# (Python layers, sessions, queues), sharing that cost among 64 images multiplies the speed. Where
# it costs little, little is left to share. To 512: hardly, and for Keras on JAX it halves. There
# the gradient of pooling is the operation that [JAX's chapter](../02_frameworks/06_jax.ipynb)
# avoids.
#
# </details>

# %%
def gain(name, small, large):
    return middle(name, large, "training images/s") / middle(name, small, "training images/s")


print(f"{'training images/s':<24} {'1 to 64':>9} {'64 to 512':>10}")
for name in results:
    print(f"{name:<24} {gain(name, 1, 64):8.1f}x {gain(name, 64, 512):9.1f}x")
print("from 1 to 64, all gain:", all(gain(name, 1, 64) > 1 for name in results))
print("from 64 to 512, fewer in every round:", [
    name for name in results
    if all(large < small for small, large in zip(rounds(name, 64, "training images/s"),
                                                 rounds(name, 512, "training images/s")))])

# %% [markdown]
# So where the gain is large, batch 1 measures the **dispatcher**: the way from your Python call to
# the arithmetic. Batch 512 measures the **kernels**, and the memory that they walk through. Neither
# is "the speed of the framework".
#
# Bars span the lowest and the highest round. Where you see no bar, the rounds agree within the
# marker.

# %%
fig, axes = lesson.figure(10, 6.4, rows=3, columns=5, sharex=True, sharey=True)
for ax, name in zip(axes.flat, results):
    for figure, marker, color in (("training", "o", lesson.BLUE),
                                  ("inference", "s", lesson.ORANGE)):
        lines = np.array([rounds(name, batch, f"{figure} images/s") for batch in race.BATCHES])
        mid = np.median(lines, axis=1)
        bars = mid - lines.min(axis=1), lines.max(axis=1) - mid
        ax.errorbar(race.BATCHES, mid, bars, marker=marker, color=color, markersize=5, capsize=3,
                    label=figure)
    ax.set(xscale="log", yscale="log", title=name, xticks=race.BATCHES, xticklabels=race.BATCHES)
    ax.minorticks_off()
fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
fig.supxlabel("images in a batch", fontsize=10)
fig.supylabel("images a second", fontsize=10)
lesson.show(fig, alt="One small panel for each entrant: images a second, for training "
            "and inference, at batch 1, 64 and 512, on logarithmic axes shared by all panels, with "
            "bars from the lowest to the highest round. Some lines rise steeply from batch 1 to "
            "64, others do not.")

# %% [markdown]
# **Predict, then run.** Put the entrants in order of training speed at batch 1, then at 64, then
# at 512. Is it the same order?
#
# <details><summary>Answer</summary>
#
# No. This is why there is no winner column: who is ahead depends on a number that the author of the
# table chose.
#
# </details>

# %%
def order(batch):
    return sorted(results, key=lambda name: middle(name, batch, "training images/s"))


print("the same order at all three batch sizes:", order(1) == order(64) == order(512))

# %% [markdown]
# ## How fast could it be at all?
#
# Comparing entrants with one another does not tell you whether any of them is good. So count the
# arithmetic: two operations for each multiply-add of the convolutions and matrix products.
# `race.flops` does it from the spec's shapes.

# %%
print(f"one image, forward:              {race.flops(training=False):>9,}")
print(f"one image, forward and backward: {race.flops(training=True):>9,}")

# %% [markdown]
# Backward needs two more products for each layer: one for the gradient of the weights, one for the
# gradient of the input. The first layer needs no gradient of its input, so it is a little less than
# three times forward.
#
# The other half is the machine. In each round, one process measures the fastest float32 product of
# two 512 x 512 matrices in NumPy, on the same single thread. The best round is our peak.

# %%
peak = max(product)
print("GFLOP/s in each round:", *(f"{value:.1f}" for value in product))


def share(name, batch):
    """In percent, one value a round."""
    in_one_percent = peak * 1e9 / race.flops(training=True) / 100
    return [rate / in_one_percent for rate in rounds(name, batch, "training images/s")]


highest = max(median(share(name, batch)) for name in results for batch in race.BATCHES)
print("anybody at the peak:", highest >= 100)
print("all stay below 30 percent of it, at each batch size:", highest < 30)


# %% [markdown]
# Points are medians; a line behind a point spans the rounds.

# %%
def by_batch(ax, values):
    for batch, marker, color in zip(race.BATCHES, lesson.MARKERS, lesson.COLORS):
        for row, name in enumerate(results):
            found = values(name, batch)
            ax.plot([min(found), max(found)], [row, row], color=color, linewidth=1)
            ax.plot(median(found), row, marker, color=color,
                    label=f"batch {batch}" if row == 0 else None)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))


fig, ax = lesson.figure(8, 4.4)
by_batch(ax, share)
ax.axvline(100, color=lesson.BLACK, linestyle="--")
rows(ax, title="Training: how much of the machine is used",
     xlabel="percent of the matrix product's speed (logarithmic)",
     xlim=(0.1, 150), xticks=[0.1, 1, 10, 100], xticklabels=["0.1", "1", "10", "100"])
lesson.show(fig, alt="For each entrant its share of the matrix product's speed at batch 1, 64 and "
            "512, on a logarithmic axis. A dashed line marks 100 percent.")

# %% [markdown]
# Why not 100 %? The **roofline** in one line: attainable speed = min(peak, memory bandwidth x
# operations per byte moved). A large matrix product uses each number many times. Relu, pooling and
# a convolution with one input channel use each number once or a few times, so they wait for memory
# ([Berkeley
# Lab](https://crd.lbl.gov/departments/computer-science/par/research/roofline/introduction/)).

# %% [markdown]
# ## What does it cost in memory?
#
# The network's 56,714 numbers take a quarter of a megabyte. What does a process that trains them
# hold?

# %%
weights = 56_714 * 4 / 1e9
small, large = ({name: middle(name, batch, "peak memory GB") for name in results}
                for batch in (1, 512))
print("weights below 1 % of every process:", weights < 0.01 * min(small.values()))
print("512 times the images, less than 10 times the memory:",
      all(large[n] < 10 * small[n] for n in results))

# %%
fig, ax = lesson.figure(8, 4.4)
by_batch(ax, lambda name, batch: rounds(name, batch, "peak memory GB"))
rows(ax, xlabel="peak memory in GB (logarithmic)",
     title="Python, the framework, the digits, and the network", xlim=(0.03, 3),
     xticks=[0.03, 0.1, 0.3, 1, 3], xticklabels=["0.03", "0.1", "0.3", "1", "3"])
lesson.show(fig, alt="For each entrant the peak memory of its process at batch 1, 64 and 512, "
            "on a logarithmic axis. For large libraries such as TensorFlow the three points lie "
            "close together: the library takes the memory, not the network.")

# %% [markdown]
# Even this number has a trap. On Linux, the usual one, `ru_maxrss`, survives the start of a new
# program: a child started by a large process reports its parent's peak as its own
# ([oven-sh/bun 43304](https://github.com/oven-sh/bun/issues/43304)). The race reads `VmHWM`
# instead, which begins at zero. Measured from this notebook, small frameworks would have looked as
# large as the notebook.

# %% [markdown]
# ## How many digits can you trust?
#
# Two ranges that overlap show no difference by themselves; who was ahead in nine of ten rounds is a
# finer question. The next cell takes the widest spread of each batch size, and counts the pairs of
# entrants whose rounds overlap.

# %%
from itertools import combinations

for batch in race.BATCHES:
    ranges = {name: sorted(rounds(name, batch, "training images/s")) for name in results}
    widest = max(values[-1] / values[0] for values in ranges.values())
    overlap = [max(a[0], b[0]) <= min(a[-1], b[-1]) for a, b in combinations(ranges.values(), 2)]
    print(f"batch {batch:>3}: highest / lowest round up to {widest:.2f};",
          f"{sum(overlap)} of {len(overlap)} pairs overlap")

# %% [markdown]
# And this is only the spread within an hour on one machine. Another processor, another build
# of the same version, another day of a shared server: none of that is in the bars.

# %% [markdown]
# ## Why do published comparisons disagree?
#
# **Predict, then run.** The next cell asks JAX for two large matrix products, and looks at the
# clock when the call returns. Has JAX finished by then?
#
# <details><summary>Answer</summary>
#
# No. The call puts the work in a queue and comes back at once. Whoever stops the clock here
# measures the queue. `block_until_ready()`, or any use of the numbers, waits for the end.
#
# </details>

# %%
import time

import jax
import jax.numpy as jnp

products = jax.jit(lambda x: x @ x @ x)
x = jnp.ones((1500, 1500))
products(x).block_until_ready()  # compiles
begin = time.perf_counter()
y = products(x)
returned = time.perf_counter() - begin
y.block_until_ready()
finished = time.perf_counter() - begin
print("the call was back before a fifth of the work was done:", returned < finished / 5)

# %% [markdown]
# In November 2015 this very fault showed MXNet far ahead of Caffe, in an unofficial test. One of
# MXNet's authors answered that the asynchronous calls had been timed wrongly, and that there was no
# magic, since both called the same GPU library
# ([convnet-benchmarks 68](https://github.com/soumith/convnet-benchmarks/issues/68),
# [mxnet 378](https://github.com/apache/mxnet/issues/378)). The conclusion went away with the fault.

# %% [markdown]
# Three more, from comparisons made with care:
# - **Layout.** In February 2016 TensorFlow was two to three times slower than its rivals on three
#   networks of four ([issue 66](https://github.com/soumith/convnet-benchmarks/issues/66)). Two
#   weeks later its team added another order of the axes to the script and, with a newer TensorFlow
#   and cuDNN, reported 90 ms for AlexNet; the table of January had 292 ms for TensorFlow and 96 ms
#   for Torch ([pull request 96](https://github.com/soumith/convnet-benchmarks/pull/96)).
# - **Arithmetic.** A version of that script drops one warm-up step too many, sums 99 times and
#   divides by 100; in October 2016 a reader mended code that "underestimated time"
#   ([pull request 115](https://github.com/soumith/convnet-benchmarks/pull/115)).
# - **A switch.** One of PyTorch's authors sent one line for cuDNN's autotuner to a comparison of
#   2017, where it "gives a big benefit"
#   ([DeepLearningFrameworks 3](https://github.com/ilkarman/DeepLearningFrameworks/pull/3)).

# %% [markdown]
# In 2018 a reader offered to set the best times of that comparison in bold. Its author declined: a
# race was the wrong frame, and benchmarks by people who know one framework better than the others
# are often wrong
# ([DeepLearningFrameworks 62](https://github.com/ilkarman/DeepLearningFrameworks/pull/62)). Our
# answer is the ladder first, each chapter's own idiom second, and ranges instead of ranks.

# %% [markdown]
# ## What can this table not say?
#
# - **Your network.** Ours is tiny: overhead weighs more here than in any network that takes a night
#   to train.
# - **A GPU.** Every figure is one thread of a processor. On a GPU the order, the overheads and the
#   faults are others.
# - **Two threads or more.** One thread compares code, not the way in which work is shared out.
# - **History.** These are versions that run today, on a processor that most of them never saw.
#   TensorFlow 1's programs run on TensorFlow 2's runtime. Torch7 is a reconstruction in Lua, whose
#   kernels are PyTorch's. Theano's matrix products come from the OpenBLAS that SciPy brings. Caffe
#   is Debian's build.
# - **Feeding.** The digits lie in memory. Loading and augmenting images often decides the speed of
#   real training.
# - **Your time.** No column counts the hours until a mistake is found.

# %% [markdown]
# ## Run your own
#
# Close other programs, then:
#
# `python3 course.py race`
#
# It runs three rounds in about a quarter of an hour (`--rounds 10` made the file here), prints
# three tables, and writes `.cache/race.json`. Point `FILE`, at the top, to it and run this notebook
# again: all figures are then yours. `python3 course.py race pytorch jax --batch 64 --rounds 5`
# races whom you like. Set `OMP_NUM_THREADS=2` in front, and everybody gets two threads and two
# cores.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** A needs 2 seconds to start, then trains 1,000 images a second. B needs 14 seconds, then
# trains 4,000 a second. After how many images has B caught up?
#
# <details><summary>A. 12,000</summary>No. That is what A trains in B's extra 12 seconds. Then B begins, and has to make up for it.</details>
# <details><summary>B. 16,000</summary>Right. A has then spent 2 + 16 seconds, B 14 + 4. A shorter training is over sooner with A.</details>
# <details><summary>C. 48,000</summary>No. That is what B would train in 12 seconds. Set both total times equal, and solve for the images.</details>
#
# <br>**2.** An entrant is five times slower than its rivals at batch 1, and level with them at
# batch 512. What would you try to speed up?
#
# <details><summary>A. The way from the Python call to the arithmetic</summary>Right. Batch 1 measures this dispatcher. Shared among 512 images, its cost disappears.</details>
# <details><summary>B. The kernels of its convolutions</summary>No. Slow kernels would show at batch 512, where they do nearly all of the work.</details>
# <details><summary>C. Its use of the memory</summary>No. Large batches walk through the most memory, and there it keeps up.</details>
#
# <br>**3.** In five rounds A trains 900 to 1,000 images a second, B 960 to 1,050. The medians are
# 950 and 1,000. Which sentence do you print?
#
# <details><summary>A. B is five percent faster</summary>No. A's better rounds beat B's worse ones. Read the spread before the median.</details>
# <details><summary>B. A and B are equally fast</summary>No. That has not been shown either. There may be a difference that these rounds are too coarse for.</details>
# <details><summary>C. The ranges overlap: no difference is shown</summary>Right. And other processors, builds and days are not even in these ranges.</details>
#
# <br>**4.** A table shows framework X far ahead of Y. Both call the same GPU library, and X's calls
# return before their work is done. What do you check first?
#
# <details><summary>A. Whether Y was compiled for this processor</summary>No. Both leave the arithmetic to the same library. A large lead needs another explanation, and X's calls suggest one.</details>
# <details><summary>B. Whether the clock was stopped after X's work had ended</summary>Right. Else the table shows how fast X fills its queue. In 2015 this fault put MXNet far ahead of Caffe.</details>
# <details><summary>C. Whether X had the same number of warm-up steps</summary>No. That moves the first steps. If the clock does not wait, every step is measured too short.</details>
#
# <br>**5.** Your entrant climbs the ladder, but takes a third longer than the loop in its
# framework's documentation. What do you do before you print its speed?
#
# <details><summary>A. Nothing: the ladder has shown that the work is the same</summary>No. It shows that the results are the same. PyTorch's chapter passed it before and after <code>channels_last</code>: speed is no proof.</details>
# <details><summary>B. Print the loop's speed under the entrant's name</summary>No. Then the table shows code that has not been on the ladder, and not what the reader will run.</details>
# <details><summary>C. Drop the framework from the table, for it cannot be compared</summary>No. It can be: such a gap has a cause, for example layout. Found, it is mended, or it is told.</details>
# <details><summary>D. Find the reason, and mend it or print it beside the speed</summary>Right. A race between somebody's best code and somebody's first draft says nothing.</details>
#
# <br>**6.** From a large notebook on Linux you start one process for each framework. By
# `ru_maxrss`, even the smallest reports a peak of 1.2 GB. What is the likely cause?
#
# <details><summary>A. Each process reports the notebook's peak as its own</summary>Right. <code>ru_maxrss</code> survives the start of a new program. <code>VmHWM</code> begins at zero.</details>
# <details><summary>B. Each process holds the network's weights in float32</summary>No. The 56,714 numbers take a quarter of a megabyte. That is below one percent of every process.</details>
# <details><summary>C. Each process makes graphs of its own</summary>No. Some of them make none, and report 1.2 GB as well. One number for all points to what they share: the parent.</details>
#
# <br>**7.** A table of GPU speeds at batch 256 shows A well ahead of B. You answer single images on
# a CPU. How do you choose?
#
# <details><summary>A. A, for a framework that has better kernels has them everywhere</summary>No. On a CPU other kernels run. And with one image the kernels are the smaller part of a call.</details>
# <details><summary>B. B, for at small batches the order turns round</summary>No. It may turn round, or stay. That the order depends on the batch does not tell you what it is.</details>
# <details><summary>C. By your own measurement: your network, batch 1, your machine</summary>Right. The author of that table chose other conditions. If your ranges overlap, choose by something else.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | you want to know | look at | beware of |
# |---|---|---|
# | does my script start fast enough? | import, build, first step | a disk that is still cold, compiled code kept on disk |
# | how long will training take? | steady step at *your* batch size | means over all steps, work that is only queued |
# | how good is the code? | share of the machine's peak | one entrant as the only yardstick |
# | will it fit? | peak memory of a process of its own | the parent's peak |
# | is A faster than B? | whether their ranges overlap | one round, one batch size, one machine |
#
# **Choose by speed when** your own network, batch size and machine were measured, the ranges do not
# overlap, and the gain is worth more than your habits. **Avoid choosing by speed when** all you
# have is somebody's table.
#
# **Now you:** [the exercise](../../exercises/03_comparison/05_race.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - XLA's threads and the core mask:
#   [jax-ml/jax issue 1539](https://github.com/jax-ml/jax/issues/1539), 2020-04-15
# - Queued work:
#   [JAX documentation, Asynchronous dispatch](https://docs.jax.dev/en/latest/async_dispatch.html)
# - MXNet against Caffe:
#   [soumith/convnet-benchmarks issue 68](https://github.com/soumith/convnet-benchmarks/issues/68)
#   and [apache/mxnet issue 378](https://github.com/apache/mxnet/issues/378), both 2015-11-14
# - TensorFlow's layout:
#   [convnet-benchmarks issue 66](https://github.com/soumith/convnet-benchmarks/issues/66),
#   2016-01-05 and 2016-02-29;
#   [pull request 96](https://github.com/soumith/convnet-benchmarks/pull/96), 2016-03-14
# - 99 of 100 steps:
#   [convnet-benchmarks pull request 115](https://github.com/soumith/convnet-benchmarks/pull/115),
#   2016-10-05, and
#   [the script](https://github.com/soumith/convnet-benchmarks/blob/ab4ba2f5715744923a884be341ad82d8904d0bb7/tensorflow/benchmark_alexnet.py)
# - The autotuner: [ilkarman/DeepLearningFrameworks pull request
#   3](https://github.com/ilkarman/DeepLearningFrameworks/pull/3), 2017-08-30
# - No bold type: [pull request 62](https://github.com/ilkarman/DeepLearningFrameworks/pull/62),
#   2018-03-19
# - Roofline:
#   [Berkeley Lab, introduction](https://crd.lbl.gov/departments/computer-science/par/research/roofline/introduction/)
# - Peak memory on Linux: [oven-sh/bun issue 43304](https://github.com/oven-sh/bun/issues/43304),
#   2026-09-18

# %% [markdown]
# **On your path:**
#
# - *Choosing a framework, 11 of 12:* [Interfaces](04_interfaces.ipynb) → here →
#   [Hardware](06_hardware.ipynb)
#
# **In the order of the folders:** previous [Interfaces](04_interfaces.ipynb) · next
# [Hardware](06_hardware.ipynb) · [all chapters](../00_start_here.ipynb)
