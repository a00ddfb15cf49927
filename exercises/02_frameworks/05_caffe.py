# ---
# jupyter:
#   kernelspec:
#     display_name: Caffe 1.0.0 (Python 3.9)
#     language: python
#     name: caffe
# ---

# %% [markdown]
# # Exercise: Caffe
#
# Four tasks on [the Caffe notebook](../../notebooks/02_frameworks/05_caffe.ipynb), about 40
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way*
# unfolds below each check. Nothing breaks if you run everything at once: what could end the process
# is tried in another one first, by `last_words`.

# %%
from onecnn import lesson

lesson.start()

# %%
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from onecnn import cells, checks, ladder, reference, spec

notebook = cells.functions("02_frameworks/05_caffe")

# %%
import caffe
from caffe.proto import caffe_pb2
from google.protobuf import text_format


# %%
def last_words(net):
    """What Caffe's program says before it aborts, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "net.prototxt").write_text(str(net))
        done = subprocess.run([str(Path(sys.prefix).parents[1] / "bin" / "caffe"), "time", "-model",
                               "net.prototxt", "-iterations", "1"], cwd=folder, capture_output=True,
                              text=True, timeout=60, env={**os.environ, "GLOG_logtostderr": "1"})
    said = re.search(r"^F\d+ .*?\] (.*)", done.stderr, re.MULTILINE)
    return said.group(1) if said else ""


# %% [markdown]
# ## 1. A piece of prototxt (complete)
#
# Write two layers as text. `pool2` takes the blob `conv2`: maximum, windows of 2, stride 2, and it
# rounds *down*. `dense1` takes the blob `pool2` and has 64 outputs, each with a bias. Each gives a
# blob of its own name. The notebook shows the names of the fields.

# %%
two_layers = ...  # your answer here


# %% jupyter={"source_hidden": true}
def ran(net, x, weight, bias):
    """The blobs that the net makes of x, with the weights given to dense1."""
    made = notebook.from_file(caffe.Net, net, caffe.TEST)
    for blob, value in zip(made.params.get("dense1", []), (weight, bias)):
        if blob.data.shape != value.shape:
            raise ValueError(f"dense1 has a blob of {blob.data.shape}")
        blob.data[...] = value
    made.blobs["conv2"].data[...] = x
    made.forward()
    return {name: blob.data.copy() for name, blob in made.blobs.items()}, len(made.params["dense1"])


# %% jupyter={"source_hidden": true}
def with_input(layers, shape):
    net = caffe_pb2.NetParameter()
    blob = caffe_pb2.InputParameter(shape=[caffe_pb2.BlobShape(dim=shape)])
    net.layer.add(name="conv2", type="Input", top=["conv2"], input_param=blob)
    net.MergeFrom(layers)
    return net


# %% jupyter={"source_hidden": true}
def works(layers, random, shape):
    net = with_input(layers, shape)
    fatal = last_words(net)
    if fatal:
        return f"Caffe would end the process: {fatal}"
    x = random.randn(*shape).astype(np.float32)
    pooled = reference.max_pool(x)[0]
    weight, bias = random.randn(64, pooled[0].size), random.randn(64)
    blobs, count = ran(net, x, weight, bias)
    if set(blobs) != {"conv2", "pool2", "dense1"} or count != 2:
        return f"it makes the blobs {', '.join(blobs)}, and {count} kinds of weights in dense1"
    if not np.array_equal(blobs["conv2"], x) or not np.array_equal(blobs["pool2"], pooled):
        return "pool2 does not give the maxima of whole windows, and leave conv2 as it is"
    wanted = pooled.reshape(len(x), -1) @ weight.T + bias
    return "" if np.allclose(blobs["dense1"], wanted, atol=1e-3) else "dense1 is not that of pool2"


# %% jupyter={"source_hidden": true}
def two_that_work(text):
    random, layers = checks.random(1), text_format.Parse(text, caffe_pb2.NetParameter())
    if [layer.name for layer in layers.layer] != ["pool2", "dense1"]:
        return "two layers are asked for: first pool2, then dense1"
    for shape in ((2, 3, 7, 5), (1, 4, 4, 9)):
        try:
            wrong = works(layers, random, shape)
        except (ValueError, KeyError) as error:  # a blob of another shape, or none
            wrong = f"{error}: what does each layer take, and how much does it give?"
        if wrong:
            return f"for a conv2 of {' x '.join(map(str, shape))}: {wrong}"
    return True


checks.grade("1 two layers", two_that_work, answer=two_layers,
             hint="where, as line:column, does the schema not know a word? what is its name there?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The chapter's text of the whole network has a pooling and a dense layer. Each layer has a name, a
# type, a `bottom` that comes in and a `top` that goes out, and a block of parameters for its type.
# Caffe's pooling rounds up unless its `round_mode` says otherwise.
#
# </details>

# %% [markdown]
# ## 2. Teach the engine to round up (port)
#
# The chapter's engine, in NumPy, only rounds down. Write the layer that does what Caffe does by
# default, for windows of 2: an odd last row or column has windows that hang over the edge.
# `reference.max_pool` drops such a row. What can you put behind it, so that it is kept and what you
# put there never wins, however small the others are? `backward` gets the gradient of what `forward`
# of the same layer returned last, and must return a gradient of the shape of its `x`. Where two
# pixels of a window are equal, the first one gets it. A net has several such layers. Leave `x` as
# it is.


# %%
class CeilPooling:
    def forward(self, x):
        rows, columns = x.shape[2] % 2, x.shape[3] % 2
        raise NotImplementedError("your code here")

    def backward(self, upstream):
        raise NotImplementedError("your code here")


# %%
POOL = """force_backward: true
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: %d dim: %d dim: %d dim: %d } } }
layer { name: "y" type: "Pooling" bottom: "x" top: "y" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }"""


def by_caffe(x, random):
    """Caffe's output, a random upstream gradient, and the gradient that Caffe makes of it."""
    net = notebook.from_file(caffe.Net, POOL % x.shape, caffe.TEST)
    net.blobs["x"].data[...] = x
    wanted = net.forward()["y"].copy()
    upstream = random.normal(size=wanted.shape).astype(np.float32)
    net.blobs["y"].diff[...] = upstream
    net.backward()
    return wanted, upstream, net.blobs["x"].diff.copy()


# %% jupyter={"source_hidden": true}
def pools_at(layer, x, random):
    wanted, upstream, slopes = by_caffe(x, random)
    found = layer.forward(given := x.copy())
    CeilPooling().forward(np.ones((1, 1, 3, 2)))  # another layer of the net
    if found.shape != wanted.shape:
        return f"Caffe's output is {wanted.shape}, yours {found.shape}"
    if not np.array_equal(found, wanted):
        return "the shape is right, the numbers are not. Can your padding win?"
    gradient = layer.backward(upstream.copy())
    if gradient.shape != x.shape:
        return f"the gradient has the shape {gradient.shape}. What has forward added?"
    if not np.allclose(gradient, slopes):
        return "forward is right; the gradient is not Caffe's. Which pixel gets it?"
    return "" if np.array_equal(given, x) else "your layer has changed x"


# %% jupyter={"source_hidden": true}
def pools_like_caffe():
    random, layer = checks.random(2), CeilPooling()
    for shape in ((2, 3, 11, 11), (2, 3, 7, 6), (1, 2, 4, 4), (3, 1, 2, 9), (1, 2, 1, 5)):
        for low, high in ((-2, -1), (-0.5, 0.5), (1, 2), (-3e38, -1e38)):
            x = random.uniform(low, high, size=shape).astype(np.float32)
            for values in (x, np.full_like(x, low)):  # all different, all equal
                wrong = pools_at(layer, values, random)
                if wrong:
                    return f"x of shape {shape}, from {low} to {high}: {wrong}"
    return True


checks.grade("2 rounding up", pools_like_caffe,
             hint="which sides of the picture need something, and which number loses to any other?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `np.pad` puts `rows` and `columns` behind the last row and column, with a value of your choice;
# choose one that is smaller than all numbers. Then `reference.max_pool` has whole windows. On the
# way back use `reference.max_pool_backward` for the padded shape, and cut off what was added.
#
# </details>

# %% [markdown]
# ## 3. Where does the solver step? (predict)
#
# One weight, at 0, and a gradient that is always 1. Where is the weight after `steps` steps of
# Caffe's solver? Use Caffe's formula, `V = momentum * V + rate * gradient`, `W = W - V`. The policy
# is `"step"`: the rate begins at `base_lr`, and after each `stepsize` steps it is multiplied by
# `gamma`. The check lets the solver step.


# %%
def weight_after(steps, base_lr, momentum, stepsize, gamma):
    raise NotImplementedError("your code here")


# %%
ONE_WEIGHT = """type: "SGD" base_lr: %f momentum: %f lr_policy: "step" stepsize: %d gamma: %f
train_net_param {
  layer { name: "one" type: "Input" top: "one" input_param { shape { dim: 1 dim: 1 } } }
  layer { name: "w" type: "InnerProduct" bottom: "one" top: "loss" loss_weight: 1
          inner_product_param { num_output: 1 bias_term: false } }
}"""


# %% jupyter={"source_hidden": true}
def steps_like_caffe():
    random = checks.random(3).uniform(0.2, 0.9, size=3).round(2)
    for recipe in ((1, 0.5, 2, 0.1), (0.5, 0.9, 3, 0.5), (2, 0, 1, 0.7),
                   (*random[:2], 4, random[2])):
        solver = notebook.from_file(caffe.get_solver, ONE_WEIGHT % recipe)
        solver.net.blobs["one"].data[...] = 1
        for steps in range(8):
            truth = float(solver.net.params["w"][0].data)
            if not abs(float(weight_after(steps, *recipe)) - truth) <= 1e-4:
                return (f"step {steps}, recipe {recipe}: Caffe's weight is elsewhere. What does V "
                        "remember when the rate falls, and when does it fall?")
            solver.step(1)
    return True


checks.grade("3 steps", steps_like_caffe,
             hint="what are V and W after the first step, and which rate has the next one?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A loop over the steps, counted from 0, with V and W in two variables. The rate of a step is
# `base_lr` times `gamma` to the power of how many whole `stepsize`s have passed. It multiplies the
# gradient, before that goes into V: so V keeps the old rate of the steps that it remembers.
#
# </details>

# %% [markdown]
# ## 4. A network that the ladder rejects (mend)
#
# A colleague began with Caffe's LeNet example. The network is the course's, and it trains well. The
# next cells let it climb. If a network is data, so is a mistake in it: the second cell prints the
# record of one layer.


# %%
def copied(net, multipliers=(1, 2)):
    for layer in net.layer:
        if layer.type in ("Convolution", "InnerProduct"):
            for multiplier in multipliers:
                layer.param.add(lr_mult=multiplier)
    return net


# %%
def build_with(net):
    def build(weights):
        solver = notebook.from_file(caffe.get_solver, notebook.solver_settings(net))
        deploy = notebook.from_file(caffe.Net, notebook.one_cnn(1, caffe.TEST), caffe.TEST)
        deploy.share_with(solver.net)
        for name, blobs in solver.net.params.items():
            for kind, blob in zip(("weight", "bias"), blobs):
                blob.data[...] = weights[f"{name}.{kind}"]
        return SimpleNamespace(solver=solver, net=solver.net, deploy=deploy)
    return build


# %%
def climb_with(net):
    return ladder.climb(build_with(net), notebook.logits, notebook.gradients, notebook.train_step,
                        notebook.read_weights, notebook.save, notebook.load,
                        training=False, artefact=False)


suspect = copied(notebook.one_cnn(spec.BATCH, caffe.TRAIN))
report = climb_with(suspect)
print("broken rung:", report.failed_rung)
print(report.rungs[4].message)
print(next(layer for layer in suspect.layer if layer.name == "dense1"))

# %% [markdown]
# Change such a record in place, whatever its multipliers are, so that every weight and every bias
# learns at the same rate, the solver's. All else stays: a record has other fields, too. A repeated
# field is a list of records: you can walk through it, and set a field of each.


# %%
def mend(net):
    for layer in net.layer:
        raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def without_rates(net):
    return re.sub(r"\s*lr_mult: \S+", "", str(net))


# %% jupyter={"source_hidden": true}
def mends(multipliers):
    """The mended net, or what is wrong with it."""
    net = copied(notebook.one_cnn(spec.BATCH, caffe.TRAIN), multipliers)
    for layer in net.layer:
        for parameter in layer.param:
            parameter.decay_mult = 0.5
    before = without_rates(net)
    mend(net)
    fatal = last_words(net)
    if fatal:
        return f"Caffe would end the process: {fatal}"
    if without_rates(net) != before:
        return "more than the learning rates has changed"
    rates = {parameter.lr_mult for layer in net.layer for parameter in layer.param}
    return f"multipliers {multipliers} became {rates}" if rates - {1} else net


# %% jupyter={"source_hidden": true}
def climbs():
    for multipliers in ((10, 0), (3,), (0.5, 0.25), (1, 2)):
        net = mends(multipliers)
        if isinstance(net, str):
            return net
    report = climb_with(net)
    return (report.failed_rung is None or
            f"the rung {report.failed_rung} still breaks: {report.rungs[4].message}")


checks.grade("4 mended network", climbs,
             hint="how many records has a layer's field param, and what is each of them for?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The printed record shows two blocks `param`: the first is the weight's, the second the bias's.
# Each has a factor for the solver's rate. Walk through `layer.param`, which is empty for layers
# without weights, and give each the factor that changes nothing.
#
# </details>
