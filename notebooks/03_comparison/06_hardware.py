# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Hardware: what runs where, and what the numbers become
#
# After this notebook you will be able to say on which hardware a framework runs, prove that your
# program is there, and predict what 16 bit numbers and a processor's limits do to it.
#
# **You will learn to**
# - read a dated table of frameworks and devices, and correct what is often said about it;
# - move one network between devices in five frameworks, and test the move without a GPU;
# - catch a program that runs on the CPU in silence;
# - tell which rung of the parity ladder breaks in bfloat16, and why accuracy hardly notices;
# - measure layout, instructions and memory, and place each layer under a roofline.
#
# **Before you start:** [PyTorch](../02_frameworks/02_pytorch.ipynb) and
# [The parity ladder](01_parity_ladder.ipynb). Kernel `python3`, about 45 minutes.
# The slowest cell takes a quarter of a minute. One cell starts the kernel `museum`.
#
# **Retired here:** MXNet, Theano, Caffe, Chainer; and several plug-ins, as you will see.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What runs where?
#
# Each entry says how a framework reaches a device, where that was read, and, if need be, a
# restriction. **official**: in the framework's own releases. **plug-in**: a package or build by the
# hardware's maker. **community**: somebody else's. **gone**: it existed, and was ended, or no
# longer works with current versions. What no source told is left empty.
#
# Everything was checked on 2026-11-24, three entries on 2026-11-29.

# %%
from onecnn import frameworks, hardware

RUNS = {device: hardware.reached(device) for device in hardware.devices()}
print(len(RUNS), "devices,", len(hardware.SUPPORT), "entries, gone:",
      sum(entry.state == "gone" for entry in hardware.SUPPORT))
print("every entry has a source:",
      all(entry.source.url.startswith("https://") for entry in hardware.SUPPORT))
print("every framework is in the register:",
      all(frameworks.get(entry.framework) for entry in hardware.SUPPORT))

# %% [markdown]
# One entry, to see what the register keeps. PyTorch's name for AMD's processors is a famous
# surprise.

# %%
entry = hardware.reached("AMD GPU")["pytorch"]
print(f"{entry.framework} on {entry.device}: {entry.state}, {entry.note}; checked "
      f"{entry.source.checked}")
print(entry.source.url)

# %% [markdown]
# Keras has no device code of its own: it goes where one of its engines goes. So its row is computed
# from theirs.

# %%
SHORT = {"jax": "JAX", "pytorch": "PT", "tensorflow": "TF"}
for device, entries in RUNS.items():
    engines = [entries[key] for key in SHORT if key in entries and entries[key].state != "gone"]
    if engines:
        names = "/".join(SHORT[engine.framework] for engine in engines)
        entries["keras"] = hardware.Support(device, "keras", "engine", engines[0].source, names)
print("Keras reaches", sum("keras" in entries for entries in RUNS.values()), "of", len(RUNS),
      "devices")

# %%
from matplotlib.patches import Rectangle

LOOK = {"official": ("o", lesson.BLUE, ""), "plug-in": ("s", lesson.ORANGE, "////"),
        "community": ("^", lesson.GREEN, "...."), "engine": ("D", lesson.SKY, ""),
        "gone": ("X", lesson.VERMILION, "xxxx")}
ROWS = ["pytorch", "jax", "tensorflow", "keras", "mxnet", "chainer", "theano", "caffe"]

# %%
fig, ax = lesson.figure(11, 5.2)
for column, entries in enumerate(RUNS.values()):
    for key, entry in entries.items():
        marker, color, hatch = LOOK[entry.state]
        y = ROWS.index(key)
        ax.add_patch(Rectangle((column - 0.46, y - 0.44), 0.92, 0.88, facecolor=color, alpha=0.25,
                               hatch=hatch, edgecolor=color))
        ax.plot(column, y - 0.12, marker, color=color, markersize=9)
        ax.text(column, y + 0.3, entry.note, ha="center", va="center", fontsize=7)
names = [frameworks.get(key).name + ("" if frameworks.get(key).status == "live" else "\n(retired)")
         for key in ROWS]
ax.set(yticks=range(len(ROWS)), yticklabels=names, ylim=(7.6, -0.6), xlim=(-0.6, len(RUNS) - 0.4),
       title=f"How each framework reaches each device (checked {frameworks.CHECKED})")
ax.set_xticks(range(len(RUNS)), [device.replace(", ", ",\n") for device in RUNS], fontsize=8)
ax.legend([ax.plot([], [], m, color=c, markersize=9)[0] for m, c, _ in LOOK.values()], LOOK,
          loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=5)
lesson.show(fig, alt="A grid of eight frameworks and nine devices. PyTorch reaches all but "
            "DirectML, JAX all but DirectML and Ascend; four of TensorFlow's are gone. The "
            "retired four reach CPU and NVIDIA, some AMD in part.")

# %% [markdown]
# ## Which popular sentences about hardware are wrong?
#
# | one hears | what the sources say |
# |---|---|
# | "tensorflow-metal gives TensorFlow your Mac's GPU" | its last release is of 2025-01-31, and it does not load beside TensorFlow 2.20 (pull request 126360) |
# | "JAX uses it through jax-metal" | JAX's maintainers, 2026-01-20: effectively dead; its mentions were removed. A plug-in by others, jax-mps, lives |
# | "DirectML serves every Windows GPU" | the TensorFlow plug-in is paused, and torch-directml gets no updates |
# | "no PyTorch on AMD" | official, and the device is called `cuda` there too |
# | "TPUs are for TensorFlow" | Google's quick start names JAX and PyTorch; its list of TensorFlow versions ends at 2.18 |

# %% [markdown]
# ## How did it come to this?
#
# In 2009 Raina, Madhavan and Ng trained belief networks on a graphics card, tens of times faster
# than on a dual-core CPU. AlexNet won ImageNet in 2012 on two GTX 580 cards. Convolutions
# were written anew for each new GPU, until NVIDIA's **cuDNN** (2014) did for them what BLAS does
# for matrices: in Caffe it brought 36 %, and the table's second column its solid blue.

# %% [markdown]
# Google's **TPU** ran inference in its data centres from 2015, with 8 bit integers (published in
# 2017). The later ones, for training, multiply in a number format of Google's own, **bfloat16**,
# which you will meet below.

# %% [markdown]
# ## How does the same code move?
#
# | framework | the move |
# |---|---|
# | PyTorch | `model.to(device)`, `batch.to(device)`: you move both, and fetch the result |
# | JAX | `jax.device_put(tree, device)`: the computation follows its data |
# | TensorFlow, Keras | `with tf.device(name):`, `with keras.device(name):` around making and calling |
# | MXNet | `with mx.gpu(0):`, the context of new arrays |
# | Chainer | `model.to_device("@cupy:0")` |
# | Theano | `THEANO_FLAGS=device=cuda`, before the program starts |
# | Caffe | `caffe.set_mode_gpu()`, for the whole process |
#
# The first five do it now, each in a process of its own. This is JAX's move, from its file:

# %%
import ast
import json

from onecnn import launch, paths

WORKERS = paths.programs("03_comparison/06_hardware")


def show(file, *names):
    """Prints functions from a worker's file, as they stand there."""
    text = (WORKERS / file).read_text()
    for node in ast.parse(text).body:
        if getattr(node, "name", None) in names:
            print(ast.get_source_segment(text, node), end="\n\n")


show("jax_hardware.py", "on_device")

# %% [markdown]
# Where would it move, on a machine without a GPU? To a **virtual device**. JAX makes two devices
# out of one processor (`--xla_force_host_platform_device_count=2`), so does TensorFlow
# (`set_logical_device_configuration`), and MXNet has as many `mx.cpu(n)` as you name. They share
# the processor, but the rules of placement are the real ones: a tensor that was left behind is
# found out here too.
#
# PyTorch has none on the CPU. Its worker takes a GPU if it finds one.

# %%
def ask(*files, kernel="python3"):
    """Starts the workers at once, and returns what each printed last, as data."""
    printed = launch.run([[WORKERS / file] for file in files], timeout=240, kernel=kernel)
    return [json.loads(text.strip().splitlines()[-1]) for text in printed]


found = dict(zip(("PyTorch", "JAX"), ask("pytorch_hardware.py", "jax_hardware.py")))
found |= dict(zip(("TensorFlow", "Keras"), ask("tensorflow_hardware.py", "keras_hardware.py")))

# %%
from onecnn import cells

try:
    found["MXNet"] = ask("mxnet_hardware.py", kernel="museum")[0]
except cells.KernelMissing as reason:
    print("not run:", reason)
virtual = {name: one for name, one in found.items() if name != "PyTorch"}
print("all moved to their second device:",
      all(one["moved to"].strip(")").endswith("1") for one in virtual.values()))
print("rungs that broke there:", [one["failed"] for one in virtual.values() if one["failed"]])

# %% [markdown]
# Shapes, logits, loss, gradients, ten steps, the saved file: on the second device it is still the
# same network. And PyTorch? The next cell depends on your machine: on a GPU it names it.

# %% tags=["nbval-ignore-output"]
place = found["PyTorch"]["moved to"]
print("PyTorch moved to:", place, "  rung that broke:", found["PyTorch"]["failed"])
if place == "cpu":
    print("No GPU that this build can use. With one, 'cpu' would read 'cuda:0' or 'mps:0', and "
          "nothing else in the worker would change.")

# %% [markdown]
# If you see a GPU and the rung `logits` broken, look at the number format before you blame the
# code: on NVIDIA's newer cards, PyTorch lets convolutions round their inputs to **TF32** unless you
# ask for `"ieee"`, and products not. (Without such a card that can only be told here. Before
# PyTorch 2.9 the setting was called `allow_tf32`.)

# %%
import torch

print("on a CPU every rung holds:", place != "cpu" or found["PyTorch"]["failed"] is None)
print("TF32 by default: convolutions", torch.backends.cudnn.conv.fp32_precision == "tf32",
      "  products", torch.backends.cuda.matmul.fp32_precision == "tf32")

# %% [markdown]
# ## A trap: who tells you that there is no GPU?
#
# Somebody trained on two A100 cards, and nothing was computed on them: an install script had
# fetched JAX's CPU build, and the only sign was a line in the log
# ([TAPS3D 3](https://github.com/plusmultiply/TAPS3D/issues/3)). A library that asked for
# `tensorflow` replaced the user's `tensorflow-gpu`
# ([IBM 14](https://github.com/IBM/tensorflow-large-model-support/issues/14)).
#
# **Predict, then run.** Each worker, and this notebook for PyTorch, asks for a tensor on a GPU that
# is not there (`lesson.start()` hides it if you have one). Who refuses, and who goes on?
#
# <details><summary>Answer</summary>
#
# PyTorch, JAX and MXNet raise an error. TensorFlow, and Keras on it, take the processor and say
# nothing: *soft placement* is on by default. Switched off, TensorFlow refuses as well. Theano, too,
# fell back by default, unless `force_device=True` was set.
#
# </details>

# %%
try:
    found["PyTorch"]["asked for a GPU"] = str(torch.ones(1, device="cuda").device)
except (AssertionError, RuntimeError):
    found["PyTorch"]["asked for a GPU"] = None
for name, one in found.items():
    print(f"{name:<11}",
          "goes on, on " + one["asked for a GPU"] if one["asked for a GPU"] else "refuses")
strict = found["TensorFlow"]["asked strictly"]
print("TensorFlow, soft placement off:", "refuses" if strict is None else "goes on")

# %% [markdown]
# ## Which check sees it?
#
# `torch.cuda.is_available()` answers False for three different reasons. So compare what the
# *system* sees with what the *build* was made for, and with where your weights *are*. (In the
# [exercise](../../exercises/03_comparison/06_hardware.ipynb) you write the verdict.)

# %%
import platform
import shutil
import subprocess
from pathlib import Path


# %%
def hardware():
    """The GPUs that the system sees, whatever a framework says."""
    seen = []
    if shutil.which("nvidia-smi"):
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=60)
        seen += [line.split(" (UUID")[0] for line in listed.stdout.splitlines()
                 if line.startswith("GPU")]
    if Path("/dev/kfd").exists():
        seen.append("AMD GPU")
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        seen.append("Apple GPU")
    return seen


# %% tags=["nbval-ignore-output"]
print("the system sees:", hardware() or "no GPU")
for name, one in found.items():
    if "built for GPUs" in one:
        print(f"{name:<11} built for GPUs: {one['built for GPUs']!s:<6} weights are on: "
              f"{one['moved to']}")

# %%
silent = [name for name, one in found.items() if hardware() and not one.get("built for GPUs", True)]
print("no GPU is used by a build that has no code for one:",
      all(one.get("built for GPUs", True) or one["moved to"].lower().startswith("cpu")
          for one in found.values()))

# %% [markdown]
# On a machine with a GPU, `silent` now holds the frameworks that would ignore it: the course
# installs CPU builds, and `python3 course.py setup --cuda` fetches PyTorch's other one. The
# notebooks also hide GPUs, because every stored number is a CPU's. Say once that you want yours,
# with `CUDA_VISIBLE_DEVICES=0 python3 course.py lab`, and PyTorch's `.to("cuda")` finds it.
#
# In a program of your own, write one line at its start, and let it fail:
# `assert next(model.parameters()).is_cuda`, or `jax.devices("gpu")`.

# %% [markdown]
# ## What can be tested without any device?
#
# PyTorch has a device of pure shapes: **meta**. A network of any size fits, since it holds no
# numbers. And because it is *another* device, it finds what a CPU never shows: the batch that
# somebody forgot to move.

# %%
pytorch = cells.functions("02_frameworks/02_pytorch")
with torch.device("meta"):
    ghost = pytorch.OneCNN()
print("parameters:", f"{sum(p.numel() for p in ghost.parameters()):,}", "  on:",
      ghost.conv1.weight.device)
print("logits of a million digits:",
      tuple(ghost(torch.empty(1_000_000, 1, 28, 28, device="meta")).shape))
try:
    ghost(torch.ones(64, 1, 28, 28))
except RuntimeError as error:
    print("a forgotten .to(device):", error)

# %% [markdown]
# JAX asks for shapes with `jax.eval_shape`. Both tell what memory a model needs before you rent the
# card.

# %% [markdown]
# ## What is a number, in 16 bits?
#
# A floating-point number is a sign, an exponent and a fraction. The exponent's bits buy **range**,
# the fraction's buy **precision**. float16 and bfloat16 spend the same 16 bits differently;
# bfloat16 is the upper half of a float32, rounded. TF32 is no storage format: it is how NVIDIA's
# cards round float32 on the way into a product. int8 has no exponent at all: you supply one scale
# for a whole tensor.

# %%
import ml_dtypes
import numpy as np

BF16 = ml_dtypes.bfloat16
FORMATS = {name: (ml_dtypes.finfo(kind).nexp, ml_dtypes.finfo(kind).nmant) for name, kind in
           (("float32", np.float32), ("float16", np.float16), ("bfloat16", BF16))}
FORMATS = {"float32": FORMATS["float32"], "TF32 (told)": (8, 10), **FORMATS}
for name, (exponent, fraction) in FORMATS.items():
    print(f"{name:<12} {1 + exponent + fraction:2} bits: 1 sign, {exponent} exponent, {fraction:2} "
          "fraction")
upper, lower = divmod(int(np.float32(0.3744).view(np.uint32)), 1 << 16)
print(f"0.3744 as float32: {upper:x} {lower:x}   as bfloat16: "
      f"{int(BF16(0.3744).view(np.uint16)):x}")

# %%
PARTS = (("sign", lesson.BLACK, ""), ("exponent: range", lesson.ORANGE, "////"),
         ("fraction: precision", lesson.SKY, ".."))
x, relative = np.logspace(-9, 6, 700), {}
for name, kind in (("float16", np.float16), ("bfloat16", BF16), ("float32", np.float32)):
    at = x[x < float(ml_dtypes.finfo(kind).max) / 2].astype(kind)
    up = np.nextafter(at, kind(np.inf)).astype(np.float64) - at.astype(np.float64)
    relative[name] = x[:len(at)], np.minimum(up / x[:len(at)], 1)

# %%
fig, (bits, gaps) = lesson.figure(11, 3.2, columns=2, width_ratios=[1.25, 1])
for row, (exponent, fraction) in enumerate([*FORMATS.values(), (0, 7)]):
    start = 0
    for (part, color, hatch), width in zip(PARTS, (1, exponent, fraction)):
        bits.barh(row, width, left=start, color=color, hatch=hatch, edgecolor="white",
                  label=part if row == 0 else None)
        start += width
bits.set(yticks=range(5), yticklabels=[*FORMATS, "int8"], ylim=(4.6, -0.6), xlabel="bits",
         title="Where the bits go")
bits.legend(loc="lower right", fontsize=8)
for number, (name, curve) in enumerate(relative.items()):
    gaps.plot(*curve, color=lesson.COLORS[number], marker=lesson.MARKERS[number], markevery=70,
              label=name)
gaps.set(xscale="log", yscale="log", xlabel="number", ylabel="relative gap to the next",
         title="How far to the next number?")
gaps.legend(fontsize=8)
lesson.show(fig, alt="Left: bit fields of float32, TF32, float16, bfloat16 and int8. Right: "
            "the relative gap to the next number. bfloat16's is about one percent everywhere; "
            "float16's is a thousandth, but grows below 0.0001 and the format ends at 65,504; "
            "float32's is a ten-millionth.")

# %% [markdown]
# ## Can a TPU not do simple arithmetic?
#
# So a user asked ([jax 9973](https://github.com/jax-ml/jax/issues/9973), 2022): a product of two
# float32 matrices was off in the fourth digit. A TPU rounds the *inputs* to bfloat16 and sums in
# float32, unless you ask for more (`precision=`, `jax_default_matmul_precision`). That can be
# computed here, without a TPU: round, then multiply.

# %%
x = np.array([[0.3744, 0.1656], [0.4707, 0.1663]], np.float32)
y = np.array([[0.3946, 0.1186], [0.1569, 0.3145]], np.float32)
rounded = x.astype(BF16).astype(np.float32) @ y.astype(BF16).astype(np.float32)
reported = np.array([[0.17405128, 0.09669876], [0.21180916, 0.10805416]])
print("rounded inputs give the TPU's numbers of the issue:",
      np.allclose(rounded, reported, rtol=0, atol=5e-9))
print("float32 gives the CPU's:",
      np.allclose(x @ y, [[0.17372088, 0.09648504], [0.21183069, 0.10812637]], rtol=0, atol=5e-8))

# %% [markdown]
# ## Which rung breaks first?
#
# **Mixed precision** keeps weights in float32 and computes products in 16 bits. In PyTorch a
# context does it: `autocast` knows which operations may be short and which may not. The network
# itself is untouched.

# %%
hardware_figures = cells.program("03_comparison/06_hardware/hardware_figures")
ALLOWED, figures = hardware_figures.ALLOWED, hardware_figures.figures

from onecnn import ladder, mnist, spec


def mixed(dtype):
    """The PyTorch chapter's functions, with a forward pass under autocast."""
    def build(weights):
        model = pytorch.build(weights)
        forward = torch.autocast("cpu", dtype=dtype)(model.forward)
        model.forward = lambda x: forward(x).float()
        return model

    return ladder.Network.of(pytorch)._replace(build=build)


# %% [markdown]
# **Predict, then run.** The weights are float32, the loss is float32. At which rung does the climb
# end?
#
# <details><summary>Answer</summary>
#
# At *logits*, the first rung that computes anything. A gap of a hundredth between neighbouring
# numbers cannot give logits within some millionths. This is no bug, and the ladder's tolerance
# is not loosened for it: a float32 network and a bfloat16 network *are* two networks.
#
# </details>

# %%
half = mixed(torch.bfloat16)
print(ladder.climb(*half, training=False, artefact=False))

# %% [markdown]
# And by how much? JAX's worker cast copies of weights and images; Keras has one line, the policy
# `mixed_bfloat16`. Both ran above. `figures` measures every rung, where the climb would stop.

# %%
show("jax_hardware.py", "in_bfloat16")
show("keras_hardware.py", "in_bfloat16")

# %%
measured = {"PyTorch, autocast": figures(half), "JAX, casts": found["JAX"]["bfloat16"],
            "Keras, policy": found["Keras"]["bfloat16"]}
whole = {"PyTorch, float32": figures(pytorch), "JAX, float32": found["JAX"]["float32"],
         "Keras, float32": found["Keras"]["float32"]}
for rung, limit in ALLOWED.items():
    print(f"{rung:<10} float32 holds: {all(one[rung] <= limit for one in whole.values())}   "
          "bfloat16 misses it by a factor of at least 50:",
          all(one[rung] > 50 * limit for one in measured.values()))

# %%
fig, ax = lesson.figure(9, 3)
for number, (name, one) in enumerate([*whole.items(), *measured.items()]):
    shift, short = (number % 3 - 1) * 0.18, number >= 3
    ax.plot([max(one[rung], 1e-9) for rung in ALLOWED], np.arange(4) + shift,
            lesson.MARKERS[number % 3], linestyle="", markersize=8, color=lesson.VERMILION if short
            else lesson.BLUE, markerfacecolor=lesson.VERMILION if short else "white",
            label=name + (", bfloat16" if short else ""))
for row, limit in enumerate(ALLOWED.values()):
    ax.plot([limit, limit], [row - 0.4, row + 0.4], color=lesson.BLACK, linewidth=2,
            label="allowed" if row == 0 else None)
ax.set(xscale="log", yticks=range(4), yticklabels=list(ALLOWED), ylim=(3.6, -0.6),
       xlabel="worst difference from the float64 reference", title="bfloat16 on the ladder")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=8)
lesson.show(fig, alt="Four rungs on a logarithmic axis. In float32 the three frameworks stay left "
            "of the allowed limit; in bfloat16 all three lie hundreds to ten thousands of times to "
            "its right, and close together.")

# %% [markdown]
# Three frameworks, three libraries, and they miss by nearly the same amount: the error belongs to
# the *format*. (Float16 would lie about eight times closer on the logits: three more bits.)
#
# Does the network learn? Five epochs under autocast:

# %%
def train(functions):
    model, digits = functions.build(spec.initial_weights()), mnist.load()
    for epoch in range(spec.EPOCHS):
        for batch in spec.batches(len(digits.train_labels), epoch):
            functions.train_step(model, digits.train_images[batch], digits.train_labels[batch])
    return model, functions.logits(model, digits.test_images).argmax(axis=1)


model, answers = train(half)
trained = half.read_weights(model)
print("accuracy at least 94 %:", (answers == mnist.load().test_labels).mean() >= 0.94)
same = answers == ladder.expected()["predictions"]
print("at least 97 % of the answers are the float64 reference's:", same.mean() >= 0.97)
print("weights:", {value.dtype.name for value in trained.values()})

# %% [markdown]
# Each rounded number is off by up to 0.4 percent, a product of two by up to 0.8, up and down alike,
# and thousands of them are summed; then the largest of ten logits is asked for. So accuracy is a
# poor witness of equality, and a good sign that you may *choose* the cheaper format.

# %% [markdown]
# ## Why are the weights kept in float32?
#
# **Predict, then run.** One step of SGD from the trained weights, with the same gradients: once in
# float32, once with everything in bfloat16. What share of the weights changes?
#
# <details><summary>Answer</summary>
#
# Nearly all in float32, about one in five in bfloat16. An update that is less than half the gap to
# the next number is rounded away: in bfloat16, 1 + 0.003 is 1. Hence the float32 **master
# weights**, in every mixed-precision recipe.
#
# </details>

# %%
digits = mnist.load()
batch = next(spec.batches(len(digits.train_labels), 0))
images, labels = digits.train_images[batch], digits.train_labels[batch]
_, gradients = pytorch.gradients(pytorch.build(trained), images, labels)


def share_that_moves(kind):
    moved = []
    for name, w in trained.items():
        w, update = w.astype(kind), kind(spec.LEARNING_RATE) * gradients[name].astype(kind)
        moved.append((w - update != w).ravel())
    return np.concatenate(moved).mean()


print("1 + 0.003 in bfloat16:", BF16(1) + BF16(0.003))
print("float32 moves at least 80 % of the weights:", share_that_moves(np.float32) >= 0.8)
print("bfloat16 moves at most 40 %:", share_that_moves(BF16) <= 0.4)

# %% [markdown]
# ## Why must float16's loss be scaled, and bfloat16's not?
#
# Look at the gradient of the loss for the first layer's *outputs*: many tiny numbers, on their way
# back to the weights. float16 ends at 0.00000006. bfloat16 has float32's exponent, and goes down
# past $10^{-38}$, as float32 does.

# %%
kept = {}


def keep(layer, inputs, output):
    output.retain_grad()
    kept["conv1"] = output


model = pytorch.build(trained)
model.conv1.register_forward_hook(keep)
pytorch.gradients(model, images, labels)
flow = kept["conv1"].grad.numpy()
flow = flow[flow != 0]
lost = [((flow * np.float32(scale)).astype(np.float16) == 0).mean() for scale in (1, 1024)]
print("float16 turns more than one in twenty to zero:", lost[0] > 0.05)
print("with the loss times 1,024, fewer than one in a hundred:", lost[1] < 0.01)
print("bfloat16 turns to zero:", int((flow.astype(BF16) == 0).sum()))

# %%
fig, ax = lesson.figure(9, 2.9)
edges = np.arange(-46, 3)
for number, (scale, name) in enumerate(((1, "as they are"), (2.0**16, "loss times 65,536"))):
    ax.hist(np.log2(np.abs(flow) * scale), bins=edges, histtype="stepfilled", alpha=0.6,
            color=lesson.COLORS[number], hatch=("", "///")[number], edgecolor="black", label=name)
ax.axvspan(-46, -25, color="gray", alpha=0.3)
ax.set_ylim(0, ax.get_ylim()[1] * 1.2)
ax.text(-45.5, ax.get_ylim()[1] * 0.92, "zero in float16", fontsize=9)
ax.axvline(-14, color=lesson.BLACK, linestyle="--")
ax.text(-13.8, ax.get_ylim()[1] * 0.92, "full precision", fontsize=9)
ax.set(xlabel="power of two of the gradient's size", ylabel="numbers",
       title="Gradients at the first layer, one batch of 64, after training")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="A histogram of gradient sizes as powers of two. As they are, a tail lies "
            "where float16 is zero; multiplied by 65,536 the whole histogram moves right, out of "
            "that zone.")

# %% [markdown]
# So the recipe of Micikevicius and others (2017): multiply the loss, and with it every gradient, by
# a large number; divide before the update; if something overflowed, skip the step and take a
# smaller number. That is `torch.amp.GradScaler`, and Keras does it by itself under `mixed_float16`.
# bfloat16 needs none of it: it pays in precision, not in range.

# %% [markdown]
# ## How much does the order in memory matter?
#
# The PyTorch chapter's network says `channels_last`, with a comment. Now measure it: the same step
# and the same pooling in both layouts, with one thread and with two. Each figure is the shortest of
# many calls.

# %%
layout, = ask("pytorch_layout.py")
for where in ("first", "last"):
    print(f"channels {where}: from a channel of a pixel to the next, numbers:",
          layout.pop(f"apart, channels {where}"))

# %% tags=["nbval-ignore-output"]
for name, milliseconds in layout.items():
    print(f"{name:<28} {milliseconds:8.2f} ms")

# %% [markdown]
# With AVX2, pooling was ten times as fast with channels last here; with kernels for older
# processors hardly faster. Why? With channels last, the 16 channels of a pixel lie side by side,
# and one vector instruction takes the maximum of many. With channels first, each is picked one by
# one. PyTorch's vectorised pooling came in 2020 with the same finding, 9.7 times on one core
# ([pull request 48917](https://github.com/pytorch/pytorch/pull/48917)).
#
# And the second thread? Look at your figures first: a network this small has little to share out.

# %% [markdown]
# ## What do vector instructions bring?
#
# oneDNN, under PyTorch and TensorFlow, writes its machine code while your program runs, for the
# newest instructions that it finds. `ONEDNN_MAX_CPU_ISA` forbids the newest. Three processes run
# our second convolution, and oneDNN says which kernel it took.

# %%
CAPS = ("SSE41", "AVX2", "AVX512_CORE")
printed = launch.run([[WORKERS / "pytorch_isa.py"]] * 3,
                     envs=[{"ONEDNN_MAX_CPU_ISA": cap} for cap in CAPS], timeout=120)
isa = {}
for cap, text in zip(CAPS, printed):
    kernels = [line.split(",")[6] for line in text.splitlines() if ",exec,cpu,convolution," in line]
    answer = next(line for line in text.splitlines() if line.startswith("{"))
    isa[cap] = {"kernel": kernels[0] if kernels else "none", **json.loads(answer)}
print("no kernel goes beyond its cap:",
      "avx" not in isa["SSE41"]["kernel"] and "512" not in isa["AVX2"]["kernel"])

# %% tags=["nbval-ignore-output"]
for cap, one in isa.items():
    print(f"{cap:<12} kernel {one['kernel']:<26} {one['milliseconds']:6.2f} ms")

# %% [markdown]
# An SSE register holds 4 float32 numbers, an AVX2 register 8, an AVX-512 register 16. Twice the
# width need not be twice the speed: on the AMD EPYC on which this was written, 8 at a time were
# four times as fast as 4, and 16 no faster than 8. The same cap is a tool for bugs: if a result
# changes with it, rounding is the suspect, not your code.

# %% [markdown]
# ## Who gives the memory back?
#
# Our network by hand makes its arrays anew at each step. Linux's C library hands blocks above a
# threshold to the system as soon as they are freed; the next step gets fresh pages, each zeroed
# first: a **page fault**. glibc raises that threshold by itself when it sees large blocks freed,
# but not always in time: the [Chainer chapter](../01_history/05_chainer.ipynb) lost a third of its
# step to it. Here the threshold is nailed to its starting value, and then to 1 GB.

# %%
SETTINGS = {"128 KB, nailed": {"MALLOC_MMAP_THRESHOLD_": "131072"},
            "1 GB": {"MALLOC_MMAP_THRESHOLD_": str(1 << 30),
                     "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}}
printed = launch.run([[WORKERS / "numpy_memory.py"]] * 2, envs=list(SETTINGS.values()), timeout=120)
memory = {name: json.loads(text.splitlines()[-1]) for name, text in zip(SETTINGS, printed)}
glibc = platform.libc_ver()[0] == "glibc"
low, high = memory.values()
more = low["page faults"] >= 20 * max(high["page faults"], 1)
print("page faults, at least 20 times as many with the low threshold:", more or not glibc)

# %% tags=["nbval-ignore-output"]
for name, one in memory.items():
    print(f"{name:<16} {one['page faults']:8,.0f} page faults and {one['milliseconds']:6.1f} ms a "
          "step")

# %% [markdown]
# ## Where is the roof?
#
# A processor has two limits: operations a second, and bytes a second from memory. **Arithmetic
# intensity** is the operations that a layer does for each byte that it moves. Below a certain
# intensity, the *ridge*, memory decides; above it, arithmetic. Williams, Waterman and Patterson
# drew it in 2009: the **roofline**.
#
# Both limits, measured with one thread: matrix products for the flat roof; a triad `z = x + 3y`, as
# in McCalpin's STREAM, for the slope, once through main memory and once within the cache.

# %%
best = cells.program("03_comparison/06_hardware/pytorch_layout").best


def rate(work, call):
    return work / best(call, 0.12) / 1e6  # per millisecond -> billions per second


def triad(size):
    x, y, z = torch.rand(size), torch.rand(size), torch.empty(size)
    return rate(3 * 4 * size, lambda: torch.add(x, y, alpha=3.0, out=z))


def pool(x):
    return torch.nn.functional.max_pool2d(x, 2)


with torch.inference_mode():
    a, b, c = torch.rand(3, 384, 384)
    work, products = 2 * 384**3, (lambda: torch.mm(a, b, out=c),
                                  lambda: np.matmul(a.numpy(), b.numpy(), out=c.numpy()))
    peak = max(rate(work, product) for product in products)
    memory_speed, cache_speed = triad(1 << 23), triad(1 << 17)
ridge = peak / memory_speed

# %% [markdown]
# Now each layer of the network, on 64 digits and on one: operations counted, bytes counted (input,
# weights, output, once each), time measured.

# %%
def under_the_roof(count):
    """{layer: (operations a byte, GFLOP/s)}; relu counts one operation a number, pooling three."""
    net, found = pytorch.build(trained), {}
    x = torch.from_numpy(images[:count]).contiguous(memory_format=torch.channels_last)
    layers = {"conv1": (net.conv1, 18), "relu1": (torch.relu, 1), "pool1": (pool, 3),
              "conv2": (net.conv2, 288), "relu2": (torch.relu, 1), "pool2": (pool, 3),
              "flatten": (lambda v: v.flatten(1), 0), "dense1": (net.dense1, 1600),
              "dense2": (net.dense2, 128)}
    for name, (layer, each) in layers.items():
        y = layer(x)
        work = each * y.numel()
        weights = sum(p.numel() for p in getattr(layer, "parameters", list)())
        moved = 4 * (x.numel() + y.numel() + weights)
        found[name], x = (work / moved, rate(work, lambda layer=layer, x=x: layer(x)), work), y
    return found


# %%
with torch.inference_mode():
    points = {count: under_the_roof(count) for count in (64, 1)}

# %% [markdown]
# **Predict, then run.** Which side of the ridge: relu? the second convolution? the dense layer, for
# a single digit?
#
# <details><summary>Answer</summary>
#
# relu: left, one operation for eight bytes. The convolution: right, every number is used 288 times.
# The dense layer for *one* digit: left, since each of its 51,200 weights is fetched for a single
# multiply-add. With 64 digits it moves to the right: that is what a batch is for. Where the ridge
# stands is a matter of your machine: the figure has a line there.
#
# </details>

# %%
from onecnn import race

counted = sum(points[1][name][2] for name in ("conv1", "conv2", "dense1", "dense2"))
print("operations as the race counts them:", counted == race.flops(training=False))
print(f"operations a byte: relu1 {points[64]['relu1'][0]:.3f}   dense1 with one digit "
      f"{points[1]['dense1'][0]:.1f}   conv2 {points[64]['conv2'][0]:.0f}")
more = points[64]["dense1"][0] / points[1]["dense1"][0]
print("dense1 does at least 10 times as much for each byte with 64 digits:", more >= 10)

# %% tags=["nbval-ignore-output"]
fig, ax = lesson.figure(10, 4.4)
x = np.logspace(-1.3, 2.2, 200)
ax.plot(x, np.minimum(peak, memory_speed * x), color=lesson.BLACK,
        label=f"roof: {peak:.0f} GFLOP/s, memory {memory_speed:.0f} GB/s")
ax.plot(x, np.minimum(peak, cache_speed * x), color=lesson.BLACK, linestyle="--",
        label=f"roof within the cache, {cache_speed:.0f} GB/s")
ax.axvline(ridge, color="gray", linestyle=":", label=f"ridge: {ridge:.1f} operations a byte")
for count, marker, color in ((64, "o", lesson.BLUE), (1, "^", lesson.VERMILION)):
    shown = {name: one for name, one in points[count].items() if name != "flatten"}
    ax.plot([one[0] for one in shown.values()], [one[1] for one in shown.values()], marker,
            color=color, markersize=8, linestyle="", label=f"{count} digit" + "s" * (count > 1))
    for name, one in [(name, one) for name, one in shown.items() if name not in ("relu2", "pool2")]:
        ax.annotate(name, one[:2], xytext=(5, -10 if count == 1 else 4), textcoords="offset points",
                    fontsize=8, color=color)
ax.set(xscale="log", yscale="log", xlabel="operations for each byte", ylabel="GFLOP/s",
       title="Our network under this machine's roof, one thread")
ax.legend(loc="lower right", fontsize=8)
lesson.show(fig, alt="A roofline: performance against operations for each byte. relu and pooling "
            "lie far left under the slope, the convolutions and the dense layer with 64 digits lie "
            "right near the flat roof; with one digit the dense layers lie left and low.")

# %% [markdown]
# Read it layer by layer. A point *on* a roof is done: only another machine helps. A point far below
# has something else in its way: the first convolution has one input channel, and with one digit
# every call pays its overhead. Points *above* the solid slope live in the cache, as the whole
# network does: 64 digits need a few megabytes. The same picture with a GPU's two limits tells you
# whether renting it will help.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** You rent a machine with a GPU. Your TensorFlow program runs without an error, and slowly.
# Which of these shows that it really uses the GPU?
#
# <details><summary>A. <code>nvidia-smi -L</code> lists the GPU</summary>No. That is what the system has. Whether your build can use it, and does, is another question.</details>
# <details><summary>B. The device of one of its weights is a GPU</summary>Right. That is where they are. What the system sees, and what the build can do, are two other questions.</details>
# <details><summary>C. It asked for a GPU, and no error was raised</summary>No. TensorFlow's soft placement is on by default: without a GPU it takes the processor and says nothing.</details>
#
# <br>**2.** Your laptop has no GPU. Somewhere in your PyTorch code a batch is not moved to the
# model's device. How do you find out here?
#
# <details><summary>A. Run the whole program on the CPU</summary>No. There everything lies on one device, so nothing is ever in the wrong place.</details>
# <details><summary>B. Compare the logits with the reference</summary>No. On the CPU they are right. The fault shows where there are two devices.</details>
# <details><summary>C. Put the model on <code>meta</code>, and feed it the batch</summary>Right. <code>meta</code> is another device, so the forgotten batch raises an error. It needs no numbers and no card.</details>
#
# <br>**3.** On a new NVIDIA card your float32 PyTorch network breaks at the rung `logits`. On the
# CPU every rung holds. What do you look at first?
#
# <details><summary>A. Whether convolutions round their inputs to TF32</summary>Right. PyTorch lets them, unless you ask for <code>"ieee"</code>. Ask, climb again, and then blame the code.</details>
# <details><summary>B. Whether a weight was left on the CPU</summary>No. Then PyTorch would raise an error. It would not give you logits that are somewhat off.</details>
# <details><summary>C. Whether the GPU has made float16 of the weights</summary>No. They stay float32. It is on the way into a convolution that numbers may be rounded, and not to float16.</details>
#
# <br>**4.** In bfloat16 the next number after 4 is 4.03125. A weight of 4 shall grow by 0.01. What
# is stored?
#
# <details><summary>A. 4.01</summary>No. There is no such number in bfloat16. float32 has one very close to it, hence the master weights.</details>
# <details><summary>B. 4.03125, the next number upwards</summary>No. The nearest number is taken, and 0.01 is less than half of the gap.</details>
# <details><summary>C. 4, as before</summary>Right. An update below half of the gap is rounded away, in each step anew. So weights are kept in float32.</details>
#
# <br>**5.** You train in float16 with float32 weights. Many gradients on the way back are exactly
# zero, though they should be tiny. What helps?
#
# <details><summary>A. Multiply the learning rate by 1,024</summary>No. A gradient that has become zero stays zero, whatever the rate. And the steps of all other weights would be far too long.</details>
# <details><summary>B. Multiply the loss by 1,024, and divide before the update</summary>Right. All gradients move up, away from where float16 ends. Dividing before the update gives the true size back.</details>
# <details><summary>C. Keep a second copy of the weights in float64</summary>No. Master weights save small updates. These gradients are lost earlier, on their way back.</details>
#
# <br>**6.** Under `autocast` to bfloat16 a network breaks at `logits`. Its accuracy and its loss
# curve are as good as before. What do you do?
#
# <details><summary>A. Loosen the ladder's tolerance until the network in bfloat16 passes</summary>No. Then faults of that size pass in float32 networks, too. The ladder is right: these are two networks.</details>
# <details><summary>B. Search the forward pass for a bug</summary>No. Three frameworks miss by nearly the same amount. The difference belongs to the format.</details>
# <details><summary>C. Give bfloat16 up, since a rung is broken</summary>No. The rung says that it is not the same network. Whether it is good enough, accuracy and loss curve say.</details>
# <details><summary>D. Leave the ladder alone, and choose by accuracy and loss</summary>Right. Accuracy is a poor witness of equality, and a good sign that you may choose the cheaper format.</details>
#
# <br>**7.** A new processor does twice as many operations a second. Its memory and its caches are
# as fast as before. By its side of the ridge, what gains most?
#
# <details><summary>A. The second convolution, on 64 digits</summary>Right. It does many operations for each byte, so it lies right of the ridge, where arithmetic is the limit.</details>
# <details><summary>B. The dense layer, on one digit</summary>No. Each weight is fetched for a single multiply-add, so it waits for memory. More digits would help.</details>
# <details><summary>C. relu, on 64 digits</summary>No. One operation for eight bytes lies far to the left: memory decides.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | question | answer seen here |
# |---|---|
# | what runs where? | dated, with sources; several famous plug-ins are gone |
# | is my program on the GPU? | ask the weights; TensorFlow goes on without a word |
# | test without hardware? | virtual devices, and PyTorch's meta |
# | bfloat16? | breaks the ladder at the logits, keeps the accuracy, wants float32 weights |
# | float16? | needs a scaled loss |
# | faster on this CPU? | layout first; then instructions, memory; threads last |
# | is it worth a bigger machine? | the side of the ridge tells which limit you would buy |

# %% [markdown]
# **Choose it when:** a GPU, when your layers lie right of its ridge and the batch is large;
# bfloat16, when the hardware has it and the loss curve agrees; channels last, on CPUs.
#
# **Avoid it when:** a plug-in whose last release is older than your framework; float16 without a
# scaler; bfloat16 on a processor without its instructions, where it can be slower
# ([pytorch 118499](https://github.com/pytorch/pytorch/issues/118499)).

# %% [markdown]
# For more than one device go on to [distributed data](../04_distributed/01_distributed_data.ipynb)
# and [distributed models](../04_distributed/04_distributed_model.ipynb).
#
# **Now you:** [the exercise](../../exercises/03_comparison/06_hardware.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24. The table's own sources stand in its cells.
# - First GPUs: [Raina, Madhavan, Ng 2009](https://mlanthology.org/icml/2009/raina2009icml-large/);
#   [AlexNet, 2012](https://papers.nips.cc/paper_files/paper/2012/hash/c399862d3b9d6b76c8436e924a68c45b-Abstract.html);
#   [cuDNN, arXiv 1410.0759](https://arxiv.org/abs/1410.0759);
#   [TPU, arXiv 1704.04760](https://arxiv.org/abs/1704.04760)
# - Apple: [tensorflow 126360](https://github.com/tensorflow/tensorflow/pull/126360), 2026-08;
#   [jax 34485](https://github.com/jax-ml/jax/pull/34485), 2026-01 and 2026-06 (both read
#   2026-11-29); jax-mps: [its releases](https://pypi.org/project/jax-mps/), the last of 2026-10-23
# - TPUs and their frameworks: [quick start](https://cloud.google.com/tpu/docs/quickstart),
#   [TensorFlow versions](https://cloud.google.com/tpu/docs/runtimes)
# - Silence:
#   [soft placement](https://www.tensorflow.org/versions/r2.11/api_docs/python/tf/config/set_soft_device_placement.md.txt);
#   Theano's [force_device](https://github.com/Theano/Theano/blob/master/doc/tutorial/using_gpu.txt)
# - bfloat16:
#   [Google, 2019](https://cloud.google.com/blog/products/ai-machine-learning/bfloat16-the-secret-to-high-performance-on-cloud-tpus);
#   [A study of bfloat16, arXiv 1905.12322](https://arxiv.org/abs/1905.12322); TF32 in
#   [tensorflow 127577](https://github.com/tensorflow/tensorflow/pull/127577)
# - Loss scaling and master weights:
#   [Mixed precision training, arXiv 1710.03740](https://arxiv.org/abs/1710.03740);
#   [torch.amp](https://docs.pytorch.org/docs/stable/amp.html)
# - Pooling: [pytorch 51393](https://github.com/pytorch/pytorch/issues/51393),
#   [48917](https://github.com/pytorch/pytorch/pull/48917); instructions: [oneDNN's
#   dispatcher](https://oneapi-src.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html); memory:
#   [glibc's
#   parameters](https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html)
# - [Roofline, 2009](https://www.osti.gov/servlets/purl/963540);
#   [STREAM](https://nvidia.github.io/grace-cpu-benchmarking-guide/foundations/STREAM/index.html)

# %% [markdown]
# **On your path:**
#
# - *Choosing a framework, 12 of 12:* [The race](05_race.ipynb) → here. You have walked all of it
# - *Research, 9 of 18:* [Graphs](03_graphs.ipynb) → here →
#   [Data parallel](../04_distributed/01_distributed_data.ipynb)
#
# **In the order of the folders:** previous [The race](05_race.ipynb) · next
# [Data parallel](../04_distributed/01_distributed_data.ipynb) ·
# [all chapters](../00_start_here.ipynb)
