# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # In a pocket: edge and mobile runtimes
#
# After this notebook you will be able to bring a trained network to a phone, a small board or a
# microcontroller, in a quarter of its size, and prove with 1,000 digits what the trip has cost.
#
# **You will learn to**
# - say whether a network fits a device, before you convert anything;
# - convert for LiteRT, ExecuTorch, ONNX Runtime and OpenVINO, and hold each to the deployment
#   contract;
# - compute an int8 layer by hand, and get the runtime's own numbers;
# - calibrate, and notice when you have calibrated with the wrong data;
# - read a table of size, time and accuracy, and choose from it.
#
# **Before you start:** [Export and ONNX](01_export_and_onnx.ipynb). Kernel `deployment`
# (`python3 course.py lab --with deployment`), about 45 minutes.
# Two cells take a quarter of a minute each.
#
# **Retired or deprecated here:** MXNet and Caffe (retired), TensorFlow Lite (renamed LiteRT),
# PyTorch Mobile (succeeded by ExecuTorch), ONNX Runtime's `onnxruntime-mobile` packages (use the
# full ones), Android's NNAPI (deprecated in Android 15).

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What changes at the edge?
#
# Four things. **Memory** is counted in kilobytes. **The program counts too:** a runtime comes with
# every app, and there is no Python. **There may be no network**, so you cannot send the digit away,
# nor mend the file tomorrow. **Energy** is a battery: to fetch a weight from DRAM costs about a
# hundred times as much as to compute with it ([Han et al. 2016](https://arxiv.org/abs/1602.01528)).
#
# Three questions come before any conversion: do the weights fit, do the activations, does the
# runtime?

# %%
import numpy as np

from onecnn import mnist, spec, trained

digits, weights = mnist.load(), trained.weights("pytorch")
TENSORS = {"images": (1, 28, 28), "conv1": (16, 26, 26), "pool1": (16, 13, 13),
           "conv2": (32, 11, 11), "pool2": (32, 5, 5), "dense1": (64,), "logits": (10,)}
numbers = [int(np.prod(shape)) for shape in TENSORS.values()]
alive = max(before + after for before, after in zip(numbers, numbers[1:]))
print(f"parameters: {spec.PARAMETERS:,}   activations alive at once: {alive:,}")

# %% [markdown]
# Weights lie in flash and are read where they are. Activations come and go in RAM, and a layer
# needs its input and its output at the same time. Four devices, from the poorest to the richest;
# their memory is from the sources below.
#
# **Predict, then run.** Which of them can hold our network in float32? Which in int8?
#
# <details><summary>Answer</summary>
#
# All but the Arduino Uno, even in float32. The Uno cannot hold it in int8 either: 57 kB of weights
# do not fit 32 kB. Our network is small. Its reasons for int8 are the energy, and that many chips
# of this class have no unit for floats. For a network ten times as large, size would decide as
# well.
#
# </details>

# %%
KB, MB, GB = 2 ** 10, 2 ** 20, 2 ** 30
DEVICES = {  # flash or card, RAM
    "Arduino Uno": (32 * KB, 2 * KB), "Arduino Nano 33 BLE Sense": (1 * MB, 256 * KB),
    "Raspberry Pi Zero 2 W": (GB, 512 * MB), "smallest Android 13 phone": (16 * GB, 2 * GB)}


def fits(device, size):
    flash, ram = DEVICES[device]
    return spec.PARAMETERS * size <= flash and alive * size <= ram


for device in DEVICES:
    print(f"{device:<26} float32 fits: {fits(device, 4)!s:<6} int8 fits: {fits(device, 1)}")

# %% [markdown]
# ## How do you get a file for the phone?
#
# **LiteRT** is Google's runtime for phones and microcontrollers; until September 2024 it was called
# TensorFlow Lite, and its files still end in `.tflite`
# ([announcement](https://developers.googleblog.com/en/tensorflow-lite-is-now-litert/)). The
# *converter* still lives in TensorFlow, and needs all of it. So it runs on your desk, in a process
# of its own. Its main part makes four files from one network:

# %%
import json
import tempfile
from pathlib import Path

from onecnn import contract, launch, paths, reference

EDGE = paths.programs("05_deployment/04_edge_and_mobile")


def part(program, start, end):
    """The lines of one of the programs from ``start`` up to ``end``."""
    text = (EDGE / program).read_text(encoding="utf-8")
    return text[text.index(start):text.index(end)].rstrip()


print(part("convert_tensorflow.py", "def convert(", "if __name__"))

# %% [markdown]
# The weights are those that PyTorch reached in training. TensorFlow's `build` takes them at its own
# door and turns their axes ([how](../02_frameworks/01_tensorflow.ipynb)). All runtimes of this
# chapter get these weights, so that their rows can be compared.

# %%
scratch = tempfile.TemporaryDirectory()
FILES = Path(scratch.name)
np.savez(FILES / "weights.npz", **weights)
np.save(FILES / "digits.npy", digits.test_images)
np.save(FILES / "calibration.npy", digits.train_images[:100])


def program(name, *arguments):
    return launch.run([[EDGE / name, *arguments]], kernel="deployment", timeout=240)[0]


program("convert_tensorflow.py", FILES / "weights.npz", FILES / "calibration.npy", FILES)
print(sorted(file.name for file in FILES.glob("*.tflite")))

# %% [markdown]
# ## Does the phone compute what the desk computed?
#
# The program that plays the phone imports LiteRT and NumPy, nothing else. It takes one digit at a
# time, as a camera gives them:

# %%
print(part("run_litert.py", "def runner(", "    return infer\n"))


# %%
def run(name, *models, options=(), images="digits.npy", rounds=False):
    """Runs ``models`` with one of the programs: what it reported of each, and the contract's
    verdict."""
    lines = program(name, FILES / images, *(FILES / model for model in models),
                    *options).splitlines()
    reports = [json.loads(line) for line in lines if line.startswith("{")]
    for report, model in zip(reports, models):
        # a rounded format may lose one point of accuracy
        loses = None if model in FLOAT32 and not rounds else 0.01
        report["verdict"] = contract.judge(np.load(FILES / f"{report['model']}.npy"),
                                           weights, loses)
    return reports


# %%
FLOAT32 = ("float32.tflite", "float32.pte", "model.onnx", "model.ort")
KINDS = ("float32", "float16", "dynamic", "int8")
litert = dict(zip(KINDS, run("run_litert.py", *(f"{kind}.tflite" for kind in KINDS))))
print("frameworks in the phone's process:", litert["float32"]["imported"])
print("float32:", litert["float32"]["verdict"])

# %% [markdown]
# All 1,000 digits agree with the float64 reference within a hundred-thousandth of the largest
# logit. This is the **deployment contract**, the same for every file of this course.
#
# A contract is worth something only if it can break. Two faults that phones really have: a camera
# whose rows are the network's columns, and pixels from 0 to 255 for a network that was trained on 0
# to 1.

# %%
np.save(FILES / "turned.npy", digits.test_images.transpose(0, 1, 3, 2))
np.save(FILES / "bytes.npy", digits.test_images * 255)
for images in ("turned.npy", "bytes.npy"):
    found, = run("run_litert.py", "float32.tflite", images=images)
    print(found["verdict"])

# %% [markdown]
# It knows more faults by their logits: inverted images, a `dense1` that was written for another
# layout, probabilities, the file from before training, another training's file. The chapter's tests
# plant them in these runtimes.

# %% [markdown]
# ## And if the network comes from PyTorch?
#
# **ExecuTorch** takes `torch.export`'s graph, hands what it can to a *delegate*, and plans all
# memory before the device sees the file (`.pte`). Our delegate is XNNPACK, kernels for phones'
# processors. ExecuTorch succeeded PyTorch Mobile, of which PyTorch's own pages said in 2024 that it
# is no longer supported ([pytorch 134697](https://github.com/pytorch/pytorch/pull/134697)). The
# same program writes the ONNX file for the sections that follow.

# %%
print(part("convert_pytorch.py", "def to_executorch(", "if __name__"))
program("convert_pytorch.py", FILES / "weights.npz", FILES / "calibration.npy", FILES)
print("\n" + ", ".join(sorted(file.name for file in FILES.glob("*.pte"))))

# %%
executorch = dict(zip(("float32", "int8"), run("run_executorch.py", "float32.pte", "int8.pte")))
print("float32:", executorch["float32"]["verdict"])

# %% [markdown]
# The Python binding passes tensors as PyTorch's, so PyTorch is in this process. On a device you
# call ExecuTorch from C++, Java or Swift, without it. We have no phone: what runs here is the same
# file and the same kernels' library, compiled for this processor.

# %% [markdown]
# ## A trap: why did the converter refuse our network?
#
# [The chapter on PyTorch](../02_frameworks/02_pytorch.ipynb) keeps its weights in `channels_last`,
# because that is faster on a desk. XNNPACK's partitioner refuses such weights:
# `Expected p_conv2_weight to be NCHW`. The axes have the same names and the same order; the
# *memory* lies otherwise.
#
# The cure stands in the program's last lines. With one input channel and a `channels_last` *image*
# it is worse: the conversion succeeds and the device fails
# ([executorch 19153](https://github.com/pytorch/executorch/issues/19153), open, 2026).

# %%
print(part("convert_pytorch.py", "    # XNNPACK's", "    to_onnx("))

# %% [markdown]
# ## Can ONNX Runtime become small?
#
# A full ONNX Runtime carries kernels for every operator. For a phone you may build it with yours
# alone. Two files are needed: the network in **ORT format**, optimised beforehand, and a list of
# the operators that are left. One tool writes both.

# %%
launch.run([["-m", "onnxruntime.tools.convert_onnx_models_to_ort", FILES / "model.onnx",
             "--output_dir", FILES, "--optimization_style", "Fixed"]], kernel="deployment")
listed = (FILES / "model.required_operators.config").read_text(encoding="utf-8")
print("\n".join(line for line in listed.splitlines() if not line.startswith("#")))

# %%
ort = dict(zip(("float32 .onnx", "float32 .ort"),
               run("run_onnxruntime.py", "model.onnx", "model.ort")))
for kind, found in ort.items():
    print(kind, found["verdict"])

# %% [markdown]
# Ten nodes became seven of five kinds: each `Relu` was fused into what stands before it. The list
# goes to the build, as `--include_ops_by_config` with `--minimal_build`
# ([custom builds](https://onnxruntime.ai/docs/build/custom.html)). That build needs a compiler and
# the sources, so it is not done here.
#
# Until 2024 there were ready-made small packages, `onnxruntime-mobile`. They ended with version
# 1.18 (Maven, see the sources): take `onnxruntime-android` or `onnxruntime-c`, or build your own.

# %% [markdown]
# ## A trap: the same file, another answer?
#
# **OpenVINO** is Intel's runtime for its processors, and runs on Arm's too. You give it a float32
# file and ask for nothing.
#
# **Predict, then run.** Does the contract hold?
#
# <details><summary>Answer</summary>
#
# It depends on the processor. Where it has instructions for **bfloat16** (AMX or AVX512-BF16),
# OpenVINO computes in it without being asked: 8 bits of mantissa instead of 24. There the contract
# breaks. Elsewhere it computes in float32, and the contract holds. So the same file passes on your
# laptop and fails on the server, or the reverse
# ([openvino 27795](https://github.com/openvinotoolkit/openvino/issues/27795), 2024).
#
# </details>

# %% tags=["nbval-ignore-output"]
# perhaps rounded to bfloat16: so not held to 1e-5, only measured
default, = run("run_openvino.py", "model.onnx", rounds=True)
asked, = run("run_openvino.py", "model.onnx", options=("--precision", "f32"))
print("this processor has bfloat16 instructions:", default["bf16"])
for name, found in (("not asked", default), ("f32 asked", asked)):
    print(f"{name}: computed in {found['precision']}, off by {found['verdict'].difference:.0e} of "
          "the largest logit")

# %% [markdown]
# What holds on every processor: the property tells you what was chosen, the contract agrees with
# it, and the hint puts it right.

# %%
print("a precision that we know:", default["precision"] in ("f32", "bf16", "f16"))
exact = default["verdict"].difference <= contract.TOLERANCE
print("not asked, the contract holds just where float32 was chosen:",
      exact == (default["precision"] == "f32"))
print("INFERENCE_PRECISION_HINT f32:", asked["verdict"])

# %% [markdown]
# No such processor? Round by hand. A bfloat16 is a float32 without its last 16 bits. Rounding the
# *weights* alone breaks the contract, and yet no accuracy is lost.


# %%
def bfloat16(values):
    """Rounded to the nearest bfloat16, kept as float32."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


rounded = reference.logits({name: bfloat16(value) for name, value in weights.items()},
                           digits.test_images)
verdict = contract.judge(rounded, weights, loses=0.01)
print("within a float32 file's tolerance:", verdict.difference <= contract.TOLERANCE)
print("as a rounded format that may lose 1 point:", verdict)

# %% [markdown]
# ## What is int8, by hand?
#
# A real number is kept as a small integer `q`, and two numbers say what it means:
#
# $$r = S\,(q - Z)$$
#
# `S` is the **scale**, the step between two neighbours. `Z` is the **zero point**, the integer that
# means 0. Weights lie on both sides of 0, so their `Z` is 0 and `S` is the largest weight over 127.
# Here is our first layer, with one scale for all, and with one for each of its 16 channels:

# %%
conv1 = weights["conv1.weight"]
one = np.abs(conv1).max() / 127
each = np.abs(conv1).max(axis=(1, 2, 3), keepdims=True) / 127


def errors(scale):
    q = np.clip(np.round(conv1 / scale), -127, 127).astype(np.int8)
    return np.abs(scale * q - conv1)


for name, scale in (("per tensor", one), ("per channel", each)):
    print(f"{name:<12} scales: {np.size(scale):>2}   error above half a step: "
          f"{(errors(scale) > scale / 2 * 1.001).any()}")
print("per channel is closer on average:", errors(each).mean() < errors(one).mean())

# %%
fig, axes = lesson.figure(9, 3, columns=2)
axes[0].bar(range(16), each.ravel(), color=lesson.BLUE, label="per channel")
axes[0].axhline(one, color=lesson.VERMILION, linestyle="--", label="per tensor")
axes[0].set(xlabel="channel of conv1", ylabel="step (scale)", title="How wide is a step?")
for scale, color, marker, label in ((one, lesson.VERMILION, "D", "per tensor"),
                                    (each, lesson.BLUE, "o", "per channel")):
    axes[1].plot(conv1.ravel(), errors(scale).ravel() * 1e3, marker, color=color, markersize=4,
                 alpha=0.7, label=label)
axes[1].axhline(one / 2 * 1e3, color=lesson.BLACK, linewidth=0.8, label="half a step, per tensor")
axes[1].set(xlabel="weight", ylabel="error, thousandths", title="What does rounding cost?")
for ax in axes:
    ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(0, -0.2), ncols=3, columnspacing=1)
lesson.show(fig, alt="Left: the step of each of conv1's 16 channels lies at or below the one step "
            "for the whole tensor, and differs between channels. Right: no weight's rounding error "
            "is above half a step, and with a step for each channel the errors are smaller.")

# %% [markdown]
# The largest weight of *one* channel sets the step for all. With a scale for each, a channel of
# small weights keeps its 255 integers. In our conv1 the channels differ little, so the gain is
# small; so is the price, 16 numbers. LiteRT takes it without being asked.

# %% [markdown]
# ## Does the runtime do the same sum?
#
# Activations after a ReLU lie on one side, so they get `Z = -128` and all 256 integers. A layer
# multiplies integers, adds them up in int32, and rescales once:
#
# $$q_y = Z_y + \frac{S_x S_w}{S_y}\Big(\sum (q_x - Z_x)\,q_w + q_b\Big)$$
#
# The program `inspect_litert.py` writes down every tensor of a file, and what it holds while a
# digit passes. Does LiteRT's first layer equal ours?

# %%
np.save(FILES / "digit.npy", digits.test_images[:1])
commands = [[EDGE / "inspect_litert.py",
             *(FILES / name for name in (f"{kind}.tflite", "digit.npy", f"{kind}.npz"))]
            for kind in KINDS]
launch.run(commands, kernel="deployment")
inside = {kind: dict(np.load(FILES / f"{kind}.npz", allow_pickle=False)) for kind in KINDS}
int8 = inside["int8"]
first = json.loads(str(int8["operators"]))[0]
print(first["name"], [int8[f"{number}.value"].dtype.name for number in first["inputs"]])

# %%
x, w, b = (int8[f"{number}.value"].astype(np.int32) for number in first["inputs"])
(s_x, s_w, _), (z_x, _, _) = ([int8[f"{number}.{what}"] for number in first["inputs"]]
                              for what in ("scales", "zeros"))
y, = first["outputs"]
s_y, z_y = int8[f"{y}.scales"], int8[f"{y}.zeros"]

windows = np.lib.stride_tricks.sliding_window_view(x[0, :, :, 0] - z_x, (3, 3))
sums = np.einsum("hwij,oij->hwo", windows, w[..., 0]) + b
ours = np.clip(np.round(sums * (s_x * s_w / s_y)) + z_y, -128, 127)  # the clip at -128 is the ReLU
print("at most one step apart, everywhere:",
      bool((np.abs(ours - int8[f"{y}.value"][0]) <= 1).all()))
print("LiteRT's weight scales are ours:", np.allclose(s_w, each.ravel()))

# %% [markdown]
# ## Who tells the converter how large an activation gets?
#
# Weights are known. Activations are not: their range must be *seen*. **Dynamic** quantisation looks
# at run time, at every call. **Static** quantisation runs 100 digits beforehand and keeps the
# ranges: **calibration**. ONNX Runtime takes the digits from a reader:

# %%
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    quantize_dynamic,
    quantize_static,
)


class Digits(CalibrationDataReader):
    def __init__(self, images):
        self.rest = iter(images)

    def get_next(self):
        image = next(self.rest, None)
        return None if image is None else {"images": image[None]}


# %%
def calibrated(name, images, **how):
    """Writes the int8 network, in QDQ form: float operators between pairs of Quantize and
    Dequantize."""
    quantize_static(FILES / "model.onnx", FILES / name, Digits(images),
                    quant_format=QuantFormat.QDQ, per_channel=True, **how)


noise = np.random.RandomState(0).rand(100, 1, 28, 28).astype(np.float32)
calibrated("int8.onnx", digits.train_images[:100])
calibrated("noise.onnx", noise)
calibrated("bytes.onnx", digits.train_images[:100] * 255)
quantize_dynamic(FILES / "model.onnx", FILES / "dynamic.onnx")

# %% [markdown]
# **Predict, then run.** `noise.onnx` saw random pixels between 0 and 1, `bytes.onnx` saw real
# digits from 0 to 255. Both converted without a warning. Which of the three files loses more than
# one point of accuracy?
#
# <details><summary>Answer</summary>
#
# Both wrong ones. Noise has no strokes, so the inner layers stay calm: their ranges come out less
# than half as wide as digits need, the rest is clipped, and about ten points are lost. Bytes make
# every range more than 100 times too wide: a digit then uses two or three of the 256 integers, and
# most answers are wrong.
#
# </details>

# %%
names = ("dynamic.onnx", "int8.onnx", "noise.onnx", "bytes.onnx")
quantised = dict(zip(names, run("run_onnxruntime.py", *names)))
for name, found in quantised.items():
    print(f"{name:<13} at most 1 point lost: {found['verdict'].holds}")
print("bytes loses more than 30 points:", quantised["bytes.onnx"]["verdict"].lost > 0.3)

# %% [markdown]
# The reason stands in the file: each `QuantizeLinear` has its scale. And LiteRT, which saw the same
# 100 digits, found the same ones.

# %%
import onnx
from onnx import numpy_helper


def stored(name):
    """``{initializer: array}`` of an ONNX file."""
    return {entry.name: numpy_helper.to_array(entry)
            for entry in onnx.load(FILES / name).graph.initializer}


# %%
ACTIVATIONS = ("images", "relu", "relu_1", "relu_2", "logits")
ranges = {name: [255 * float(stored(name)[f"{tensor}_scale"]) for tensor in ACTIVATIONS]
          for name in names[1:]}
outputs = {0, *(step["outputs"][0] for step in json.loads(str(int8["operators"])))}
theirs = [255 * float(int8[f"{number}.scales"][0]) for number in outputs]
print("LiteRT has the same ranges:",
      all(np.isclose(theirs, width, rtol=1e-4).any() for width in ranges["int8.onnx"]))
wide, narrow = (np.divide(ranges[name], ranges["int8.onnx"])
                for name in ("bytes.onnx", "noise.onnx"))
print("bytes: every range more than 100 times as wide:", bool((wide > 100).all()))
print("noise: the last three less than half as wide:", bool((narrow[2:] < 0.5).all()))

# %%
fig, ax = lesson.figure(7, 3)
looks = {"int8.onnx": ("100 digits", "o", lesson.BLUE),
         "noise.onnx": ("random noise", "^", lesson.ORANGE),
         "bytes.onnx": ("digits as 0 to 255", "D", lesson.VERMILION)}
for name, (label, marker, color) in looks.items():
    ax.plot(ACTIVATIONS, ranges[name], marker + "--", color=color, label=f"calibrated with {label}")
ax.set(yscale="log", xlabel="tensor", ylabel="range that 256 integers cover",
       title="What did calibration see?")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="The range of five tensors after three calibrations, on a logarithmic axis. "
            "With digits as 0 to 255 every range is more than a hundred times as wide as with "
            "digits from 0 to 1. With noise the last three are narrower.")

# %% [markdown]
# One warning: a calibration with *turned* digits would not show. Ranges hardly change, and accuracy
# stays. The contract is about what the network is *given*, so check that separately.

# %% [markdown]
# ## A trap: smaller and slower?
#
# Dynamic int8 needs no calibration, and its file is as small. On a transformer it is the
# recommended way. On a CNN users find it slower than float32, and ONNX Runtime's maintainers answer
# that its `ConvInteger` has no fast kernel
# ([onnxruntime 12854](https://github.com/microsoft/onnxruntime/issues/12854), 2022). Count the
# operators:

# %%
from collections import Counter

for name in ("model.onnx", "dynamic.onnx"):
    print(f"{name:<13}", dict(sorted(Counter(node.op_type for node in onnx.load(FILES / name)
                                             .graph.node).items())))
print("LiteRT, float32 and dynamic:",
      [len(json.loads(str(inside[kind]["operators"]))) for kind in ("float32", "dynamic")])
print("dynamic is less than a third of float32:",
      quantised["dynamic.onnx"]["bytes"] * 3 < ort["float32 .onnx"]["bytes"])

# %% tags=["nbval-ignore-output"]
for found in (ort["float32 .onnx"], quantised["int8.onnx"], quantised["dynamic.onnx"]):
    print(f"{found['model']:<13} {found['bytes']:>7,} bytes   {found['ms']:.3f} ms a digit")

# %% [markdown]
# Two `Conv` became two `ConvInteger`, and around them stand more nodes: each call looks for the
# range, rounds, multiplies, and turns back. Dynamic int8 fits networks whose time goes into large
# matrix products. LiteRT's dynamic file keeps its seven operators, whose kernels do all this
# inside. Look for both in the table below.

# %% [markdown]
# ## What does each format cost?
#
# The **edge table**. Float formats are held to 1e-5. Rounded formats may lose one point of
# accuracy. OpenVINO stores float16 unless told otherwise, so its own file is a row as well; and it
# reads ONNX Runtime's int8 file.

# %%
import sys

sys.modules["openvino_telemetry"] = None  # why: see below
import openvino

# %%
# compress_to_fp16=True by default
openvino.save_model(openvino.convert_model(FILES / "model.onnx"), FILES / "openvino.xml")
half, mixed = run("run_openvino.py", "openvino.xml", "int8.onnx", options=("--precision", "f32"))
half["bytes"] = sum((FILES / f"openvino.{end}").stat().st_size for end in ("xml", "bin"))
table = {("LiteRT", kind): found for kind, found in litert.items()}
table |= {("ExecuTorch", kind): found for kind, found in executorch.items()}
table |= {("ONNX Runtime", kind): found for kind, found in ort.items()}
table |= {("ONNX Runtime", "dynamic"): quantised["dynamic.onnx"],
          ("ONNX Runtime", "int8"): quantised["int8.onnx"]}
table |= {("OpenVINO", "float32"): asked, ("OpenVINO", "float16"): half,
          ("OpenVINO", "int8"): mixed}
print("rows:", len(table), "  contract holds in all:",
      all(found["verdict"].holds for found in table.values()))

# %% [markdown]
# Two of these runtimes report on you unless you object *before* they are imported.
# [OpenVINO](https://docs.openvino.ai/2026/about-openvino/additional-resources/telemetry.html)
# counts imports and conversions under an id in the home folder; where its module
# `openvino_telemetry` cannot be imported, as above, it does not.
# [ONNX Runtime](https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md) keeps an id and
# a database of events, and sends them; with the variable `ORT_DISABLE_TELEMETRY=1` there is
# neither. On a device that you ship, you decide this for others.

# %% tags=["nbval-ignore-output"]
print(f"{'runtime':<13} {'format':<13} {'bytes':>8} {'ms':>6}  accuracy  off by   contract")
for (runtime, kind), found in table.items():
    verdict = found["verdict"]
    print(f"{runtime:<13} {kind:<13} {found['bytes']:>8,} {found['ms']:>6.3f}  "
          f"{verdict.accuracy:>7.1%}  {verdict.difference:.0e}  {verdict}")

# %%
floats = [found for (_, kind), found in table.items() if "float32" in kind]
whole = [found for (_, kind), found in table.items() if kind in ("int8", "dynamic")]
print("float16 would break a float32 file's contract:",
      table["LiteRT", "float16"]["verdict"].difference > contract.TOLERANCE)
print("each int8 file is less than a third of each float32 file:",
      max(found["bytes"] for found in whole) * 3 < min(found["bytes"] for found in floats))

# %%
fig, ax = lesson.figure(8, 4)
colors = {"LiteRT": lesson.BLUE, "ExecuTorch": lesson.GREEN, "ONNX Runtime": lesson.ORANGE,
          "OpenVINO": lesson.PURPLE}
markers = {"float32": "o", "float16": "s", "dynamic": "X", "int8": "^"}
for (runtime, kind), found in table.items():
    lost = max(0, 1000 * found["verdict"].lost)
    ax.scatter(found["ms"], found["bytes"] / 1e3, s=60 + 40 * lost, color=colors[runtime],
               marker=markers[kind.split()[0]])
for name, color in colors.items():
    ax.scatter([], [], color=color, marker="o", label=name)
for name, marker in markers.items():
    ax.scatter([], [], color=lesson.BLACK, marker=marker, label=name)
ax.set(xscale="log", ylim=(0, None), xlabel="milliseconds a digit, one thread", ylabel="file, kB",
       title="Size against time; a larger mark lost more digits")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="File size against time for each runtime and format. Float32 files lie "
            "at about 230 kilobytes, float16 at half of that, int8 and dynamic below a third. Time "
            "does not follow size.")

# %% [markdown]
# Read it from left to right: size does not tell time. For a network this small each call is mostly
# overhead, and a desk's processor is as quick with floats. On your device measure again. What
# carries over is the size, the accuracy and the contract.
#
# Int8's logits are off by a tenth of the largest, yet only a few digits change their class. Never
# compare int8 logits for equality, and never put a threshold on them that was tuned on floats.

# %% [markdown]
# ## A trap: the same int8 file, another processor?
#
# When this course moved to another machine, ONNX Runtime's int8 file was off by 0.2 of the largest
# logit instead of 0.1. Neither the code nor a version had changed.
#
# **Predict, then run.** x86 processors without VNNI (Intel has it since Cascade Lake) multiply an
# unsigned with a signed byte, and add up *two* such products in 16 bits. Can that overflow, with 8
# bits for a weight? With 7?
#
# <details><summary>Answer</summary>
#
# With 8 it can: 2 x 255 x 127 is about twice what fits. Then the sum is *clipped*, without a word.
# With 7 bits it always fits. VNNI's instruction adds up in 32 bits, so there nothing is lost.
#
# </details>

# %%
for bits in (8, 7):
    largest = 2 * 255 * (2 ** (bits - 1) - 1)
    print(f"{bits} bits for a weight: two products are at most {largest:>6,}   fits 16 bits: "
          f"{largest <= 2 ** 15 - 1}")
calibrated("seven.onnx", digits.train_images[:100], reduce_range=True)
seven, = run("run_onnxruntime.py", "seven.onnx")
print("7 bits, at most 1 point lost:", seven["verdict"].holds)

# %% tags=["nbval-ignore-output"]
for bits, found in ((8, quantised["int8.onnx"]), (7, seven)):
    print(f"{bits} bits: off by {found['verdict'].difference:.2f} of the largest logit, accuracy "
          f"{found['verdict'].accuracy:.1%}")

# %% [markdown]
# **The cure** is `reduce_range=True` for such processors. Where it is not needed it costs a bit of
# each weight. So know the processor that will run the file, and hold the contract *there*. OpenVINO
# names the same trap ([saturation](https://docs.openvino.ai/latest/pot_saturation_issue.html)).

# %% [markdown]
# ## Where are the bytes?
#
# Nine in ten parameters stand in `dense1`. Is a file anything else than that? Sizes of the stored
# tensors, from the files themselves:

# %%
def shares(arrays, total):
    """Bytes of dense1's weights, of the other numbers, and of what describes the graph."""
    dense1 = sum(array.nbytes for array in arrays if array.size == 64 * 800)
    return [dense1, sum(array.nbytes for array in arrays) - dense1,
            total - sum(array.nbytes for array in arrays)]


# %%
bytes_in = {}
for kind, tensors in inside.items():
    kept = [tensors[f"{name[:-7]}.value"] for name, flag in tensors.items()
            if name.endswith(".stored") and flag]
    bytes_in[f"LiteRT {kind}"] = shares(kept, litert[kind]["bytes"])
for label, name in (("ONNX float32", "model.onnx"), ("ONNX dynamic", "dynamic.onnx"),
                    ("ONNX int8", "int8.onnx")):
    bytes_in[label] = shares(stored(name).values(), (FILES / name).stat().st_size)
print("dense1's weights:",
      f"{weights['dense1.weight'].size / spec.PARAMETERS:.0%} of the parameters")
print("more than 70 % of every file:",
      all(parts[0] > 0.7 * sum(parts) for parts in bytes_in.values()))

# %%
fig, ax = lesson.figure(8, 3.2)
left = np.zeros(len(bytes_in))
looks = (("dense1's weights", lesson.BLUE, ""), ("other numbers", lesson.ORANGE, "//"),
         ("graph and names", lesson.VERMILION, ".."))
for column, (label, color, hatch) in enumerate(looks):
    width = np.array([parts[column] for parts in bytes_in.values()]) / 1e3
    ax.barh(list(bytes_in), width, left=left, color=color, hatch=hatch, edgecolor="white",
            label=label)
    left += width
ax.invert_yaxis()
ax.set(xlabel="kB", title="What is in the file?")
ax.legend(loc="lower right")
lesson.show(fig, alt="Stacked bars of seven files. In each, dense1's weights are by far the "
            "longest part: about 205 kilobytes in float32, 102 in float16, 51 in int8. The graph's "
            "description is a small rest that does not shrink with the numbers.")

# %% [markdown]
# So quantise `dense1` and you have nearly everything. Better still, make it smaller:
# [smaller networks](05_smaller.ipynb) prunes and distils. What does not shrink is the description
# of the graph: in the int8 files it is about a tenth (LiteRT) to a sixth (ONNX).

# %% [markdown]
# ## How large is the runtime?
#
# It comes on top. On a microcontroller it can be smaller than the network: LiteRT for
# Microcontrollers' core fits in **16 kB** on a Cortex-M3, ExecuTorch's core takes **50 kB**, say
# their makers. A reduced ONNX Runtime for Android was measured at **4.2 MB** instead of 9.9 MB,
# compressed. The Python packages here are for desks and hold tools as well:

# %%
from importlib import metadata


def size(package):
    files = [file.locate() for file in metadata.files(package)]
    return sum(file.stat().st_size for file in files if file.is_file())


packages = {name: size(name) for name in ("ai-edge-litert", "onnxruntime", "openvino")}
print("each package is more than 100 times the int8 file:",
      min(packages.values()) > 100 * litert["int8"]["bytes"])

# %% tags=["nbval-ignore-output"]
print({name: f"{size / 1e6:.0f} MB" for name, size in packages.items()})

# %% [markdown]
# ## What were MXNet and Caffe chosen for?
#
# For this. Phones were a reason to choose both, and their successors took the idea, not the code.
#
# | year | then | what took its place |
# |---|---|---|
# | 2015 | MXNet *amalgamation*: prediction in one C++ file of about 30,000 lines, for Android, iOS and JavaScript; GluonCV's detectors went to Android that way | ONNX Runtime, LiteRT, ExecuTorch; MXNet retired in 2023 |
# | 2016 | *Caffe2Go*: Facebook styles video live on phones, under 50 ms a frame on some | Caffe2 went into PyTorch; PyTorch Mobile, then ExecuTorch |
# | 2017 | *AWS DeepLens*, a camera: trained in MXNet, run in Intel's format | shut down on 31 January 2024; that format's heirs are OpenVINO's `.xml` and `.bin` |
# | 2017 | *Core ML*: Apple's converter reads Caffe and Keras | `coremltools` takes PyTorch and TensorFlow; its Caffe converter is gone |
# | to 2024 | *TensorRT* (NVIDIA) reads Caffe: deprecated in 7, gone in 10 | its ONNX parser |
# | to 2026 | *OpenCV* reads `.caffemodel` in its module `dnn` | removed in OpenCV 5: "use ONNX-converted models" |

# %% [markdown]
# Four more names that you will meet in old tutorials. **NNAPI**, Android's door to accelerators
# since 8.1, is deprecated in Android 15: use LiteRT's delegates. **Greengrass 1**, which carried
# models to AWS's devices, lost its support on 7 October 2026. **Qualcomm's SDK** read Caffe; its
# page now lists PyTorch, TensorFlow, LiteRT and ONNX. **TensorFlow Lite Micro** is LiteRT for
# Microcontrollers since 2024.

# %% [markdown]
# Can Caffe's or MXNet's *weights* still go into a pocket? Yes, and without their code: weights are
# arrays. The chapter's tests take what both reached in training here, convert it for LiteRT in
# float32 and int8, and the contract holds.

# %%
scratch.cleanup()

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** A chip has flash enough, but its RAM is too small for the activations. You store the
# weights in int8, and the activations stay float32. Does the network fit now?
#
# <details><summary>A. Yes: the weights take a quarter of the RAM</summary>No. Weights lie in flash and are read where they are.</details>
# <details><summary>B. Yes: the weights are the larger part</summary>No. They are, in flash. What is short here is RAM.</details>
# <details><summary>C. No: the activations are as large as before</summary>Right. RAM has to hold the input and the output of a layer at the same time.</details>
#
# <br>**2.** After a ReLU the values of a tensor lie from 0 to 6. Which scale and zero point use all
# 256 integers of int8?
#
# <details><summary>A. <code>S = 6/127</code>, <code>Z = 0</code></summary>No. That is the form for weights, which lie on both sides of 0. Here the negative integers would lie idle.</details>
# <details><summary>B. <code>S = 6/255</code>, <code>Z = -128</code></summary>Right. The integer -128 means 0, and 127 means 255 steps of 6/255, which is 6.</details>
# <details><summary>C. <code>S = 6/255</code>, <code>Z = 0</code></summary>No. Then 127 means about 3, and all values above it are clipped.</details>
#
# <br>**3.** You calibrate with 100 digits at a quarter of their brightness. In use they have the
# full one. What happens?
#
# <details><summary>A. The ranges are too wide, and a digit uses few of the integers</summary>No. That is what pixels from 0 to 255 did: there calibration saw more than comes in use.</details>
# <details><summary>B. The converter warns you</summary>No. It keeps the ranges that it sees. In the chapter both wrong files converted without a warning.</details>
# <details><summary>C. Nothing, as the weights are known beforehand</summary>No. The weights are. The ranges of the activations have to be seen.</details>
# <details><summary>D. The ranges are too narrow, and large values are clipped</summary>Right. As with the noise, calibration saw less than what comes in use.</details>
#
# <br>**4.** One float32 file, one version of OpenVINO. The contract holds on your laptop and breaks
# on the server. What do you do?
#
# <details><summary>A. Export the file again, on the server</summary>No. The file is right. What differs is the precision in which it is computed.</details>
# <details><summary>B. Allow this file to lose one point of accuracy</summary>No. That is the contract of rounded formats. It would hide that you do not get float32.</details>
# <details><summary>C. Set the hint for the precision to <code>f32</code></summary>Right. Where a processor has instructions for bfloat16, OpenVINO takes them unasked. The hint puts it right.</details>
#
# <br>**5.** ONNX Runtime's static int8 file, with a scale for each channel, shall run on x86
# processors without VNNI. What do you add when you make it?
#
# <details><summary>A. <code>reduce_range=True</code></summary>Right. With 7 bits for a weight, the sum of two products fits 16 bits, so nothing is clipped.</details>
# <details><summary>B. More digits for the calibration</summary>No. They give the ranges of activations. What is clipped here is a sum of two products.</details>
# <details><summary>C. Nothing: the same int8 file gives the same sums everywhere</summary>No. These processors add two products in 16 bits and clip. VNNI adds up in 32 bits.</details>
#
# <br>**6.** Your CNN shall become quicker on a phone. A colleague proposes dynamic int8: a small
# file, and no calibration. What do you answer?
#
# <details><summary>A. Good: a quarter of the bytes is a quarter of the time</summary>No. Size does not tell time. In the edge table, time does not follow size.</details>
# <details><summary>B. Measure it first: on a CNN it is often slower than float32</summary>Right. Each call looks for ranges, rounds and turns back, and ONNX Runtime's <code>ConvInteger</code> has no fast kernel.</details>
# <details><summary>C. No: without calibration it loses too many digits</summary>No. It looks for the ranges at each call. In the chapter it loses at most one point, as static int8 does.</details>
#
# <br>**7.** Your app rejects a digit whose largest logit is below 5, a number tuned on the float32
# file. The int8 file has nearly the same accuracy. What about the 5?
#
# <details><summary>A. It does not carry over</summary>Right. The int8 logits are off by about a tenth of the largest, although few digits change their class.</details>
# <details><summary>B. It stays, as hardly any digit changes its class</summary>No. The class asks which logit is the largest. The threshold asks how large it is, and that has changed.</details>
# <details><summary>C. It has to be divided by the scale <code>S</code></summary>No. The scale turns integers into real logits. It is these real logits that differ from the float file's.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | question | answer |
# |---|---|
# | does it fit? | weights in flash, the two largest neighbours in RAM, the runtime on top |
# | which file? | `.tflite` (LiteRT), `.pte` (ExecuTorch), `.onnx` or `.ort` (ONNX Runtime), `.xml` and `.bin` (OpenVINO) |
# | same answers? | the contract: 1e-5 for float32, a stated loss for the rest |
# | int8 | `r = S (q - Z)`; error at most half a step; a scale for each channel |
# | calibration | 100 digits, prepared as the network gets them; no warning if they are wrong |
# | dynamic int8 | no calibration; on a CNN often slower |
# | int8 on old x86 | sums are clipped at 16 bits; `reduce_range=True` |
# | bfloat16 | OpenVINO takes it by itself; ask for `f32` |
#
# **Choose it when:** LiteRT for Android and microcontrollers; ExecuTorch when the network is
# PyTorch's and should stay so; ONNX Runtime when one file must serve phone, server and
# [browser](06_browser.ipynb); OpenVINO for Intel's processors. Static int8 when size or energy
# counts.
#
# **Avoid it when** a [server](02_serving.ipynb) is near and the data may travel; avoid dynamic int8
# on CNNs, thresholds on int8 logits that were tuned on floats, and any file that has not met the
# contract on the device itself.
#
# **Now you:** [the exercise](../../exercises/05_deployment/04_edge_and_mobile.ipynb), with
# self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24; the devices, clipped sums and coremltools on 2026-11-28; what runtimes
# report on 2026-11-29.
# - Devices: [Arduino Uno](https://doc.riot-os.org/boards/arduino-uno); [Arduino Nano 33 BLE
#   Sense](https://github.com/TannerGilbert/Arduino-Nano-33-BLE-Sense-Code-Collection); [Raspberry
#   Pi Zero 2 W](https://www.heise.de/news/Raspberry-Pi-Zero-2-W-bestaetigt-6233956.html), 2021 (its
#   card: we took 1 GB);
#   [Android 13 needs 2 GB and 16 GB](https://www.directdmedia.com/google-has-updated-the-minimum-system-requirements-for-android-13-to-include-2gb-ram-and-16gb-storage/)
# - Energy: Han et al. 2016, [EIE](https://arxiv.org/abs/1602.01528)
# - LiteRT: [the new name](https://developers.googleblog.com/en/tensorflow-lite-is-now-litert/),
#   2024; [migration](https://ai.google.dev/edge/litert/migration);
#   [microcontrollers, 16 kB](https://ai.google.dev/edge/lite/microcontrollers/overview)
# - ExecuTorch: [repository](https://github.com/pytorch/executorch), with the 50 kB;
#   [PyTorch Mobile's end](https://github.com/pytorch/pytorch/pull/134697), 2024;
#   [executorch 19153](https://github.com/pytorch/executorch/issues/19153), 2026
# - ONNX Runtime: [custom builds](https://onnxruntime.ai/docs/build/custom.html);
#   [onnxruntime-mobile's last
#   version](https://central.sonatype.com/artifact/com.microsoft.onnxruntime/onnxruntime-mobile),
#   2024 (read in a
#   [copy](https://mvnrepository.com/artifact/com.microsoft.onnxruntime/onnxruntime-mobile));
#   [a reduced build
#   measured](https://github.com/cantoo-scribe/capacitor-onnx/blob/HEAD/docs/reduced-onnx.md);
#   dynamic int8 on CNNs: [12854](https://github.com/microsoft/onnxruntime/issues/12854), 2022
# - Clipped sums: [saturation](https://docs.openvino.ai/latest/pot_saturation_issue.html); VNNI
#   since Cascade Lake:
#   [TensorFlow 2.9](https://blog.tensorflow.org/2022/05/whats-new-in-tensorflow-29.html), 2022
# - OpenVINO:
#   [precision](https://docs.openvino.ai/2025/openvino-workflow/running-inference/optimize-inference/precision-control.html);
#   [27795](https://github.com/openvinotoolkit/openvino/issues/27795), 2024
# - NNAPI:
#   [migration guide](https://developer.android.com/ndk/guides/neuralnetworks/migration-guide)
# - MXNet:
#   [amalgamation](https://dmlc.github.io/mxnet/2015/11/10/deep-learning-in-a-single-file-for-smart-device.html),
#   2015; [GluonCV's SSD on Android](https://github.com/sunkwei/SSD_Demo_Android);
#   [DeepLens](https://thenewstack.io/deep-dive-amazon-deeplens/), 2017,
#   [Intel's format in it](https://julsimon.medium.com/exploring-ahem-aws-deeplens-fcad551886ef),
#   [its end](https://github.com/SummitRoute/aws_breaking_changes/issues/72);
#   [Greengrass 1's end](https://docs.amazonaws.cn/en_us/greengrass/v1/developerguide/image-classification-connector.md)
# - Caffe:
#   [Caffe2Go](https://engineering.fb.com/2016/11/08/android/delivering-real-time-ai-in-the-palm-of-your-hand/),
#   2016;
#   [TensorRT 705](https://github.com/NVIDIA/TensorRT/issues/705), 2020, and
#   [jetson-inference 1908](https://github.com/dusty-nv/jetson-inference/issues/1908), 2024;
#   [OpenCV 28678](https://github.com/opencv/opencv/pull/28678), 2026,
#   [opencvsharp 1905](https://github.com/shimat/opencvsharp/issues/1905), 2026; [coremltools 4.1
#   had the last Caffe converter](https://github.com/apple/coremltools/issues/1762), 5.0 (2021) has
#   none; [Core ML, 2017](https://nonstrict.eu/wwdcindex/wwdc2017/710);
#   [Qualcomm](https://docs.qualcomm.com/bundle/publicresource/80-70017-15B/topics/qairt.md)

# %% [markdown]
# **On your path:**
#
# - *Production, 14 of 16:* [Five servers](03_servers_compared.ipynb) → here →
#   [Smaller](05_smaller.ipynb)
#
# **In the order of the folders:** previous [Five servers](03_servers_compared.ipynb) · next
# [Smaller](05_smaller.ipynb) · [all chapters](../00_start_here.ipynb)
