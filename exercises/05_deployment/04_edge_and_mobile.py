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
# Four tasks on [the notebook about edge and
# mobile](../../notebooks/05_deployment/04_edge_and_mobile.ipynb), about 40 minutes. Fill in what is
# missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a hint. The
# checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds below each check.
# Nothing breaks if you run everything at once. One cell converts the network with TensorFlow; it
# takes about ten seconds.

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
# ## 1. Quantise a tensor (complete)
#
# `parameters` gets the range `low` to `high` that a tensor was seen to have, and returns
# `(scale, zero)` for the integers -128 to 127: all 256 of them share the range, and `zero`, one of
# them, is an integer by its type, too. The real number 0 must be one of the steps, whatever the
# range is: padding and ReLU need it. For a dead tensor, which holds nothing but 0, any scale above
# 0 will do. `quantize` makes int8 of real numbers, to the nearest step; what lies outside the
# range, however far, goes to its end. What it is given stays as it is.


# %%
def parameters(low, high):
    raise NotImplementedError("your code here")


def quantize(values, scale, zero):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def parameters_right(low, high):
    """What is wrong with scale and zero point for a range, or nothing."""
    scale, zero = parameters(low, high)
    low, high = min(low, 0), max(high, 0)
    if not isinstance(zero, (int, np.integer)) or not -128 <= zero <= 127:
        return f"the zero point {zero!r} is not one of the integers"
    if low == high == 0:
        return "" if 0 < scale < np.inf else "by what is a tensor of zeros divided?"
    if not np.isclose(scale, (high - low) / 255, rtol=1e-6, atol=0):
        return "is 0 in the range? and how many steps lie between 256 integers?"
    if abs(zero - (-128 - low / scale)) > 0.5001:
        return f"with {zero} for the number 0, which integer has the lowest number?"
    return ""


# %% jupyter={"source_hidden": true}
def quantize_right(random, scale, zero, shape):
    """What is wrong with the integers for a scale and a zero point, or nothing."""
    wanted = random.randint(-128, 128, shape)
    values = (scale * (wanted - zero + random.uniform(-0.45, 0.45, shape))).astype(np.float32)
    far = random.rand(*shape) < 0.2
    steps = random.choice([-1, 1], far.sum()) * 10 ** random.uniform(2.5, 22, far.sum())
    values[far] = scale * (steps - zero)
    wanted[far] = np.where(values[far] > scale * (0 - zero), 127, -128)
    before = values.copy()
    found = quantize(values, scale, zero)
    if found.shape != shape or found.dtype != np.int8 or not np.array_equal(values, before):
        return "int8 of the same shape is asked, and the values stay as they were"
    if not np.array_equal(found[~far], wanted[~far]):
        return "a number in the range does not get the nearest step"
    return "" if np.array_equal(found, wanted) else "a number far outside goes elsewhere"


# %% jupyter={"source_hidden": true}
def rounds():
    random = checks.random(1)
    ranges = [(0, 1), (-2.5, 4.1), (0.5, 3), (-3, -1), (-1, 0), (-0.2, 0.001), (0, 0), (0.0, 0.0),
              (0, 1e-9), (-4e-13, 1e-13), (-1e7, 3e6)]
    for low, high in [*ranges, *np.sort(random.randn(6, 2) * 5).tolist()]:
        wrong = parameters_right(low, high)
        if wrong:
            return f"range {low:.3g} to {high:.3g}: {wrong}"
    for scale, zero, shape in ((0.5, 0, (40,)), (0.013, -128, (9, 8)), (3.1, 127, (2, 5, 7)),
                               (random.uniform(0.1, 2), random.randint(-99, 99), (301,)),
                               (1e-9, 3, (1,)), (0.2, 5, (0, 3))):
        wrong = quantize_right(random, scale, int(zero), shape)
        if wrong:
            return f"scale {scale:.3g}, zero point {zero}: {wrong}"
    return True


checks.grade("1 quantise", rounds, hint="which real number shall become -128, and which 127? and "
             "what does astype do with a fraction, or with 300?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# First stretch the range until it contains 0. Its length over 255 is the scale, or anything above 0
# if it has no length. The zero point is the integer that stands for 0: start at -128 and go up by
# as many steps as `low` lies below 0, rounded. To quantise, divide by the scale, round, add the
# zero point, clip while it is still a float, and make int8 of it last.
#
# </details>

# %% [markdown]
# ## 2. Mend a calibration (mend)
#
# The network is written as an ONNX file. The function `broken` chose the images for its
# calibration, and the int8 file was useless. Three things are wrong with them. Find them, and
# return 100 different training images that will do, with all ten digits among them, unchanged.
# Beware: the training digits may come sorted by label, or fewer than here; 400 at least.
# (The check calibrates with your images.)


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
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
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


# %% jupyter={"source_hidden": true}
def some_of(random, count, in_order):
    """Other training digits: ``count`` of ours, sorted by label or not; 40 of each at least."""
    labels = digits.train_labels
    chosen = np.concatenate([random.permutation(np.flatnonzero(labels == label))[:count // 10]
                             for label in range(10)])
    chosen = chosen if in_order else random.permutation(chosen)
    return digits._replace(train_images=digits.train_images[chosen],
                           train_labels=labels[chosen])


# %% jupyter={"source_hidden": true}
def unfit(images, given):
    """What speaks against images for the calibration of ``given``, or nothing."""
    if images.shape != (100, 1, 28, 28) or images.dtype != np.float32:
        return f"100 images as the network knows them are asked: {images.shape}, {images.dtype}"
    if images.max() > 1 or images.max() < 0.5:
        return f"the brightest pixel is {images.max():g}: what is the network given?"
    known = {image.tobytes(): label for image, label in zip(given.train_images, given.train_labels)}
    if any(image.tobytes() not in known for image in images):
        return "some are no training digits, or are changed: on which will you judge?"
    if len({image.tobytes() for image in images}) < 100:
        return "some images are there twice"
    seen = {int(known[image.tobytes()]) for image in images}
    return "" if len(seen) == 10 else f"only the digits {sorted(seen)} are there"


# %% jupyter={"source_hidden": true}
def calibrates():
    random = checks.random(2)
    for given in (digits, some_of(random, 400, True), some_of(random, 800, True),
                  some_of(random, 700, False)):
        images = np.array(mended(given))
        wrong = unfit(images, given)
        if wrong:
            return f"from {len(given.train_labels)} training digits: {wrong}"
    found = verdict(images)
    return found.holds or f"the int8 file loses {found.lost:.1%}"


checks.grade("2 calibration", calibrates,
             hint="which digits are the first hundred? whose are they? and how bright?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Whoever calibrates with test digits has seen the exam. Whoever sorts by label and takes the
# beginning sees one kind of digit. And a range for pixels up to 255 leaves two steps for those up
# to 1. So: training digits, ten of each label (`np.flatnonzero` finds them), as they are.
#
# </details>

# %% [markdown]
# ## 3. The last layer in integers (port)
#
# Here is a full int8 LiteRT file of the same network, and all of its tensors while a digit passes
# through. The last operator has three inputs, and each tensor its value, scales and zero points.
# Compute its output, ten int8 numbers, from them. Then give the first logit as a real number. The
# check tries other tensors, too: what is 0 in this file need not be 0 in the next, except for the
# zero points of weights and bias.

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
    raise NotImplementedError("your code here")


def first_logit(y, s_y, z_y):
    """``y``: 1 x 10 integers; ``s_y``, ``z_y``: an array of one number each."""
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def invented(random, spread):
    """Tensors that no file has, and their output: ``(arguments, y)``."""
    x, w = random.randint(-128, 128, (1, 64)), random.randint(-127, 128, (10, 64))
    b, z_x, z_y = random.randint(-9999, 9999, 10), random.randint(-90, 90), random.randint(-90, 90)
    s_x, s_y, s_w = random.uniform(0.01, 0.1), random.uniform(0.1, 0.4), random.uniform(1, 2, 10)
    s_w *= spread * s_y / s_x / 40_000
    exact = ((x - z_x) @ w.T + b) * s_x * s_w / s_y + z_y
    x, w, b = (one.astype(np.int32) for one in (x, w, b))
    ones = [np.array([one]) for one in (s_x, z_x, s_y, z_y)]
    return (x, w, b, *ones[:2], s_w, *ones[2:]), np.clip(np.round(exact), -128, 127).astype(np.int8)


def seen():
    """The same of LiteRT's file, for three digits."""
    for file in inside:
        (x, s_x, z_x), (w, s_w, _), (b, _, _), (y, s_y, z_y) = tensors(file)
        yield (x, w, b, s_x, z_x, s_w, s_y, z_y), y


# %% jupyter={"source_hidden": true}
def agrees():
    random, equal, count = checks.random(3), 0, 0
    others = [invented(random, spread) for spread in (30, 40, 400, 900, 2000)]
    for arguments, y in [*seen(), *others]:
        before = [one.copy() for one in arguments]
        found = last_layer(*arguments)
        if not all(map(np.array_equal, arguments, before)):
            return "what it was given is changed"
        if found.shape != (1, 10) or found.dtype != np.int8:
            return f"1 x 10 of int8 are asked; this is {found.shape}, {found.dtype}"
        if np.abs(found.astype(int) - y).max() > 1:
            return f"{np.abs(found.astype(int) - y).max()} steps apart; is every input used?"
        equal, count = equal + (found == y).sum(), count + 10
    if equal < 0.95 * count:
        return f"close, but {count - equal} of {count} numbers are a step apart: do you round?"
    return logits_right(random)


# %% jupyter={"source_hidden": true}
def logits_right(random):
    for scale, zero in ((0.25, -3), (1.5, 40), (random.uniform(0.1, 3), random.randint(-99, 99))):
        y = random.permutation(np.arange(-128, 128))[None, :10].astype(np.int32)
        found = first_logit(y, np.array([scale]), np.array([zero]))
        if np.shape(found) or not np.isclose(found, scale * (int(y[0, 0]) - int(zero)), rtol=1e-4):
            return "the integers are right; how far is the first from the one that stands for 0?"
    return True


checks.grade("3 logits", agrees, hint="which zero point belongs to x, which to y? and what is the "
             "unit of the sums: whose scales make a real number of them?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The sums are integers: x without its zero point times the weights, and the bias. As real numbers
# they are worth `s_x * s_w` each; divided by `s_y` they are steps of y. Round, add y's zero point,
# clip, int8. The other way round, a real number is the scale times the distance from the zero
# point.
#
# </details>

# %% [markdown]
# ## 4. Choose for a budget (design)
#
# Each row: the file, the runtime that must come with it, the memory for activations, all in kB; a
# time in ms, and the points of accuracy lost. (Sizes are rounded from the notebook and its sources;
# the times are an example's.) `choose` returns the name of the **fastest** row that fits the
# `flash` (file and runtime together) and the `ram` (memory), and loses at most `loses`; a limit may
# be reached. Of several that are equally fast any will do; `None` if no row fits. The check brings
# other rows, too.

# %%
ROWS = [
    ("micro float32", 230, 16, 54, 40.0, 0.0), ("micro int8", 63, 16, 14, 9.0, 0.1),
    ("executorch float32", 232, 50, 54, 12.0, 0.0), ("executorch int8", 66, 50, 14, 6.0, 0.1),
    ("reduced onnx float32", 236, 4200, 54, 5.0, 0.0),
    ("reduced onnx int8", 71, 4200, 14, 2.0, 0.1),
    ("reduced onnx dynamic", 67, 4200, 54, 15.0, 0.2)]


def choose(rows, flash, ram, loses):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def fit(row, flash, ram, loses):
    _, file, runtime, memory, _, lost = row
    return not (file + runtime > flash or memory > ram or lost > loses)


def cases():
    """``(rows, flash, ram, loses)``: an example's, then invented ones, with limits that are met."""
    for limits in ((1024, 256, 0.0), (1024, 32, 0.5), (100, 32, 0.5), (250, 256, 0.0), (32, 2, 1.0),
                   (8192, 512, 0.0), (8192, 32, 0.5), (282, 54, 0.0), (8192, 14, 0.1), (32, 2, 1)):
        yield (ROWS, *limits)
    yield [], 1024, 256, 1.0
    random = checks.random(4)
    for _ in range(40):
        rows = [(f"row {name}", *random.randint(1, 9, 3).tolist(), float(random.randint(1, 9)),
                 random.randint(0, 4) / 4) for name in random.permutation(9)]
        yield rows, random.randint(2, 16), random.randint(1, 9), random.randint(0, 4) / 4


# %% jupyter={"source_hidden": true}
def chooses():
    for rows, *limits in cases():
        found = choose(list(rows), *limits)
        times = {row[0]: row[4] for row in rows if fit(row, *limits)}
        where = "flash {} kB, RAM {} kB, {} points".format(*limits)
        if found is None and times:
            return f"{where}: you found none, but there is one"
        if found is not None and found not in times:
            return f"{where}: {found!r} is no row that fits"
        if times and times[found] > min(times.values()):
            return f"{where}: {found!r} fits, but there is a faster one"
    return True


checks.grade("4 budget", chooses, hint="what must go into the flash beside the file? and what is "
             "left when a limit is met exactly?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Three conditions, all with `<=`. Keep the time and the name of each row that meets them, the time
# in front: then `min` finds the fastest. Think of the empty list: `min` refuses it.
#
# </details>
