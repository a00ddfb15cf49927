# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: in a pocket
#
# Four tasks on
# [the notebook about edge and mobile](../../notebooks/05_deployment/04_edge_and_mobile.ipynb),
# about 35 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`,
# `[todo]`, or `[no]` with a hint. Nothing breaks if you run everything at once. One cell converts
# the network with TensorFlow; it takes about ten seconds.

# %%
from onecnn import lesson

lesson.start()

# %%
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from onecnn import checks, contract, launch, mnist, paths, trained

EDGE = paths.programs("05_deployment/04_edge_and_mobile")
digits, weights = mnist.load(), trained.weights("pytorch")
scratch = tempfile.TemporaryDirectory()  # removed when the kernel ends: a check may be run again
FILES = Path(scratch.name)

# %% [markdown]
# ## 1. Quantise a tensor
#
# `parameters` gets the range `low` to `high` that a tensor was seen to have, and returns
# `(scale, zero)` for the integers -128 to 127. The real number 0 must be one of the steps, whatever
# the range is: padding and ReLU need it. `quantize` makes int8 of real numbers; what lies outside
# the range goes to its end.

# %%
def parameters(low, high):
    ### BEGIN SOLUTION
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / 255
    return scale, round(-128 - low / scale)
    ### END SOLUTION


def quantize(values, scale, zero):
    ### BEGIN SOLUTION
    return np.clip(np.round(values / scale) + zero, -128, 127).astype(np.int8)
    ### END SOLUTION


# %%
def rounds():
    for low, high in ((0, 1), (-2.5, 4.1), (0.5, 3), (-3, -1)):
        scale, zero = parameters(low, high)
        where = f"range {low} to {high}"
        if zero != int(zero) or not -128 <= zero <= 127:
            return f"{where}: the zero point {zero} is not one of the integers"
        if not np.isclose(scale, (max(high, 0) - min(low, 0)) / 255):
            return f"{where}: 256 integers have 255 steps between them, and 0 belongs to the range"
        values = np.linspace(low, high, 1001).astype(np.float32)
        kept = quantize(values, scale, zero)
        if kept.dtype != np.int8:
            return f"{where}: the result is {kept.dtype}, not int8"
        error = np.abs(scale * (kept.astype(float) - zero) - values)
        inner = (values > low + scale) & (values < high - scale)
        if error.max() > 1.01 * scale or error[inner].max() > 0.51 * scale:
            return (f"{where}: off by {error[inner].max() / scale:.1f} steps, half a step is the "
                    "most")
        if quantize(np.float32([high + 99, low - 99]), scale, zero).tolist() != [127, -128]:
            return f"{where}: numbers outside the range must go to 127 or -128"
    return True


checks.grade("1 quantise", rounds, hint="r = S (q - Z): the range includes 0, S is the range over "
             "255, and low becomes -128")

# %% [markdown]
# ## 2. Mend a calibration
#
# The network is written as an ONNX file. The function `broken` chose the images for its
# calibration, and the int8 file was useless. Three things are wrong with them. Find them, and
# return 100 images that will do. (The check calibrates with your images.)

# %%
def node(op, source, result, *layer, **how):
    stored = [f"{name}.{kind}" for name in layer for kind in ("weight", "bias")]
    return onnx.helper.make_node(op, [source, *stored], [result], **how)


pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
nodes = [node("Conv", "images", "a", "conv1"),
         node("Relu", "a", "b"), node("MaxPool", "b", "c", **pool), node("Conv", "c", "d", "conv2"),
         node("Relu", "d", "e"), node("MaxPool", "e", "f", **pool), node("Flatten", "f", "g"),
         node("Gemm", "g", "h", "dense1", transB=1), node("Relu", "h", "i"),
         node("Gemm", "i", "logits", "dense2", transB=1)]
given, asked = (onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", *shape])
                for name, shape in (("images", (1, 28, 28)), ("logits", (10,))))
numbers = [onnx.numpy_helper.from_array(value, name) for name, value in weights.items()]
graph = onnx.helper.make_graph(nodes, "one_cnn", [given], [asked], numbers)
onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)],
                                 ir_version=10), FILES / "model.onnx")
quant_pre_process(FILES / "model.onnx", FILES / "model.onnx")

# %%
def broken(digits):
    order = np.argsort(digits.test_labels, kind="stable")
    return digits.test_images[order[:100]] * 255


def mended(digits):
    ### BEGIN SOLUTION
    return digits.train_images[:100]
    ### END SOLUTION


# %%
class Reader(CalibrationDataReader):
    def __init__(self, images):
        self.rest = iter(images)

    def get_next(self):
        image = next(self.rest, None)
        return None if image is None else {"images": image[None]}


def verdict(images):
    quantize_static(FILES / "model.onnx", FILES / "int8.onnx", Reader(images),
                    quant_format=QuantFormat.QDQ, per_channel=True)
    session = onnxruntime.InferenceSession(FILES / "int8.onnx", providers=["CPUExecutionProvider"])
    return contract.judge(session.run(None, {"images": digits.test_images})[0], weights, loses=0.01)


# %%
def calibrates():
    images = np.asarray(mended(digits))
    if images.shape != (100, 1, 28, 28) or images.dtype != np.float32:
        return (f"100 images of 1 x 28 x 28, float32, are asked; these are {images.shape}, "
                f"{images.dtype}")
    if images.max() > 1 or images.max() < 0.5:
        return f"the brightest pixel is {images.max():g}: the network is given pixels from 0 to 1"
    known = {image.tobytes(): label
             for image, label in zip(digits.train_images, digits.train_labels)}
    if any(image.tobytes() not in known for image in images):
        return "some are not training digits: those on which you will judge must not be used"
    seen = {int(known[image.tobytes()]) for image in images}
    if len(seen) < 10:
        return f"only the digits {sorted(seen)} are there: a range must be seen on all kinds"
    found = verdict(images)
    return found.holds or f"the int8 file loses {found.lost:.1%}"


checks.grade("2 calibration", calibrates, hint="which digits, whose digits, and how bright")

# %% [markdown]
# ## 3. The last layer in integers
#
# Here is a full int8 LiteRT file of the same network, and all of its tensors while a digit passes
# through. The last operator has three inputs, and each tensor its value, scales and zero points.
# Compute its output, ten int8 numbers, from them. Then give the first logit as a real number.

# %%
np.savez(FILES / "weights.npz", **weights)
np.save(FILES / "calibration.npy", digits.train_images[:100])
command = [EDGE / "convert_tensorflow.py",
           *(FILES / name for name in ("weights.npz", "calibration.npy", ""))]
launch.run([command], kernel="deployment", timeout=240)
commands = []
for number in range(3):
    np.save(FILES / f"{number}.npy", digits.test_images[number:number + 1])
    files = [FILES / name for name in ("int8.tflite", f"{number}.npy", f"{number}.npz")]
    commands.append([EDGE / "inspect_litert.py", *files])
launch.run(commands, kernel="deployment")

# %%
inside = [dict(np.load(FILES / f"{number}.npz", allow_pickle=False)) for number in range(3)]
last = json.loads(str(inside[0]["operators"]))[-1]
for role, number in zip(("x", "weights", "bias", "y"), (*last["inputs"], *last["outputs"])):
    value, scales, zeros = (inside[0][f"{number}.{what}"] for what in ("value", "scales", "zeros"))
    what = f"tensor {number}, {value.dtype.name} {value.shape}"
    print(f"{role:<8} {what:<26} scales: {len(scales):<3} every zero point is 0: {not zeros.any()}")


# %%
def tensors(file):
    """``(value as int32, scales, zero points)`` of x, the weights, the bias and y, in ``file``, one
    of ``inside``."""
    return [(file[f"{number}.value"].astype(np.int32), file[f"{number}.scales"],
             file[f"{number}.zeros"]) for number in (*last["inputs"], *last["outputs"])]


def last_layer(x, w, b, s_x, z_x, s_w, s_y, z_y):
    """``x``: 1 x 64, ``w``: 10 x 64, ``b``: 10, int32; ``s_w``: 10 scales. Returns 1 x 10, int8."""
    ### BEGIN SOLUTION
    sums = (x - z_x) @ w.T + b
    return np.clip(np.round(sums * (s_x * s_w / s_y)) + z_y, -128, 127).astype(np.int8)
    ### END SOLUTION


def first_logit(y, s_y, z_y):
    ### BEGIN SOLUTION
    return float(s_y[0] * (y[0, 0] - z_y[0]))
    ### END SOLUTION


# %%
def agrees():
    equal = 0
    for number, file in enumerate(inside):
        (x, s_x, z_x), (w, s_w, _), (b, _, _), (y, s_y, z_y) = tensors(file)
        found = last_layer(x, w, b, s_x, z_x, s_w, s_y, z_y)
        if found.shape != (1, 10) or found.dtype != np.int8:
            return f"1 x 10 of int8 are asked; this is {found.shape}, {found.dtype}"
        apart = np.abs(found.astype(int) - y).max()
        if apart > 1:
            return f"digit {number}: {apart} steps from what LiteRT computed"
        equal += (found == y).sum()
        real = (y[0, 0] - z_y[0]) * s_y[0]
        if not np.isclose(first_logit(y, s_y, z_y), real, rtol=1e-4):
            return ("the ten integers are right; the real number is the scale times the distance "
                    "from the zero point")
    return (bool(equal >= 28)
            or f"close, but only {equal} of 30 numbers are LiteRT's: is every input used?")


checks.grade("3 logits", agrees,
             hint="subtract x's zero point, sum, add the bias, rescale with s_x s_w / s_y, add z_y")

# %% [markdown]
# ## 4. Choose for a budget
#
# Each row: the file, the runtime that must come with it, the memory for activations, all in kB; a
# time in ms, and the points of accuracy lost. (Sizes are rounded from the notebook and its sources;
# the times are an example's.) `choose` returns the name of the **fastest** row that fits the flash,
# fits the RAM, and loses at most `loses`; `None` if no row does.

# %%
ROWS = [
    ("micro float32", 230, 16, 54, 40.0, 0.0), ("micro int8", 63, 16, 14, 9.0, 0.1),
    ("executorch float32", 232, 50, 54, 12.0, 0.0), ("executorch int8", 66, 50, 14, 6.0, 0.1),
    ("reduced onnx float32", 236, 4200, 54, 5.0, 0.0),
    ("reduced onnx int8", 71, 4200, 14, 2.0, 0.1),
    ("reduced onnx dynamic", 67, 4200, 54, 15.0, 0.2)]


def choose(flash, ram, loses):
    ### BEGIN SOLUTION
    fitting = [(ms, name) for name, file, runtime, memory, ms, lost in ROWS
               if file + runtime <= flash and memory <= ram and lost <= loses]
    return min(fitting)[1] if fitting else None
    ### END SOLUTION


# %%
def chooses():
    budgets = {(1024, 256, 0.0): "executorch float32", (1024, 32, 0.5): "executorch int8",
               (100, 32, 0.5): "micro int8", (250, 256, 0.0): "micro float32",
               (8192, 512, 0.0): "reduced onnx float32", (8192, 32, 0.5): "reduced onnx int8",
               (32, 2, 1.0): None, (1024, 32, 0.0): None}
    for (flash, ram, loses), wanted in budgets.items():
        found = choose(flash, ram, loses)
        if found != wanted:
            return (f"flash {flash} kB, RAM {ram} kB, {loses} points: {wanted} is asked, you chose "
                    f"{found}")
    return True


checks.grade("4 budget", chooses,
             hint="three conditions, and the runtime counts; among what is left the smallest time")
