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
# Four tasks on [the Caffe notebook](../../notebooks/02_frameworks/05_caffe.ipynb), about 35
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. Nothing breaks if you run everything at once: what could end the process is
# tried in another one first.

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

# %% [markdown]
# ## 1. Complete a piece of prototxt
#
# Write two layers as text. `pool2` takes the blob `conv2`: maximum, windows of 2, stride 2, and it
# rounds *down*. `dense1` takes the blob `pool2` and has 64 outputs. Each gives a blob of its own
# name. The notebook shows the names of the fields.

# %%
### BEGIN SOLUTION
two_layers = """
layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2"
        pooling_param { pool: MAX kernel_size: 2 stride: 2 round_mode: FLOOR } }
layer { name: "dense1" type: "InnerProduct" bottom: "pool2" top: "dense1" inner_product_param { num_output: 64 } }
"""
### END SOLUTION


# %%
def same_layers(text):
    mine = text_format.Parse(text, caffe_pb2.NetParameter()).layer
    theirs = [layer for layer in notebook.one_cnn(1, caffe.TEST).layer
              if layer.name in ("pool2", "dense1")]
    if [layer.name for layer in mine] != ["pool2", "dense1"]:
        return "two layers are asked for: first pool2, then dense1"
    for layer, wanted in zip(mine, theirs):
        for field in ("type", "bottom", "top", "pooling_param", "inner_product_param"):
            if getattr(layer, field) != getattr(wanted, field):
                return f"look at the field {field} of {layer.name}"
    return True


checks.grade("1 two layers", same_layers, hint="the schema names the place as line:column",
             answer=two_layers)

# %% [markdown]
# ## 2. Teach the engine to round up
#
# The engine's `Pooling` only rounds down. Write the layer that does what Caffe does by default, for
# windows of 2: an odd last row or column has windows that hang over the edge. `reference.max_pool`
# drops such a row. What can you put behind it, so that it is kept and what you put there never
# wins? `backward` must return a gradient of the shape of `x`.


# %%
class CeilPooling:
    def forward(self, x):
        rows, columns = x.shape[2] % 2, x.shape[3] % 2
        ### BEGIN SOLUTION
        self.shape = x.shape
        self.padded = np.pad(x, ((0, 0), (0, 0), (0, rows), (0, columns)), constant_values=-np.inf)
        y, self.winner = reference.max_pool(self.padded)
        return y
        ### END SOLUTION

    def backward(self, upstream):
        ### BEGIN SOLUTION
        gradient = reference.max_pool_backward(upstream, self.winner, self.padded.shape)
        return gradient[:, :, :self.shape[2], :self.shape[3]]
        ### END SOLUTION


# %%
POOL = """force_backward: true
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: %d dim: %d dim: %d dim: %d } } }
layer { name: "y" type: "Pooling" bottom: "x" top: "y" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }"""


def pools_like_caffe():
    random = np.random.RandomState(1)
    for shape in ((2, 3, 11, 11), (2, 3, 7, 6), (1, 2, 4, 4)):
        x = -1 - random.uniform(size=shape).astype(np.float32)  # all negative
        net = notebook.from_file(caffe.Net, POOL % shape, caffe.TEST)
        net.blobs["x"].data[...] = x
        wanted = net.forward()["y"]
        upstream = random.normal(size=wanted.shape).astype(np.float32)
        net.blobs["y"].diff[...] = upstream
        net.backward()
        layer = CeilPooling()
        found = layer.forward(x)
        if found.shape != wanted.shape:
            return f"for an input {shape} Caffe's output is {wanted.shape}, yours {found.shape}"
        if not np.array_equal(found, wanted):
            return ("the shape is right, the numbers are not. All inputs were below zero: does "
                    "your padding win?")
        gradient = layer.backward(upstream)
        if gradient.shape != x.shape:
            return f"the gradient has the shape {gradient.shape}: cut off what forward has added"
        if not np.allclose(gradient, net.blobs["x"].diff):
            return "forward is right; the gradient is not Caffe's: it goes to the pixel that won"
    return True


checks.grade("2 rounding up", pools_like_caffe,
             hint="np.pad, on the lower and right side only, before reference.max_pool")

# %% [markdown]
# ## 3. Predict, then let the solver step
#
# One weight, at 0, and a gradient that is always 1. The solver has `base_lr: 1`, `momentum: 0.5`,
# and `lr_policy: "step"` with `stepsize: 2` and `gamma: 0.1`: the first two steps at rate 1, the
# third at 0.1. Where is the weight after three steps? Use Caffe's formula,
# `V = momentum * V + rate * gradient`, `W -= V`.

# %%
### BEGIN SOLUTION
weight_after_three_steps = -3.35
### END SOLUTION

# %%
ONE_WEIGHT = """type: "SGD" base_lr: 1 momentum: 0.5 lr_policy: "step" stepsize: 2 gamma: 0.1
train_net_param {
  layer { name: "one" type: "Input" top: "one" input_param { shape { dim: 1 dim: 1 } } }
  layer { name: "w" type: "InnerProduct" bottom: "one" top: "loss" loss_weight: 1
          inner_product_param { num_output: 1 bias_term: false } }
}"""


def where_it_is(answer):
    solver = notebook.from_file(caffe.get_solver, ONE_WEIGHT)
    solver.net.blobs["one"].data[...] = 1
    solver.step(3)
    if abs(answer + 2.675) < 1e-3:
        return ("that is the formula of PyTorch: in Caffe V keeps the old rate of the steps that "
                "it remembers")
    return abs(answer - float(solver.net.params["w"][0].data)) < 1e-3


checks.grade("3 three steps", where_it_is, hint="write down V after each step: 1, then 0.5 * 1 + "
             "1, then half of that and 0.1", answer=weight_after_three_steps)

# %% [markdown]
# ## 4. Mend a network that the ladder rejects
#
# A colleague began with Caffe's LeNet example. The network is the course's, and it trains well. The
# next cells let it climb. If a network is data, so is a mistake in it: the second cell prints the
# record of one layer.


# %%
def copied(net):
    for layer in net.layer:
        if layer.type in ("Convolution", "InnerProduct"):
            layer.param.add(lr_mult=1)
            layer.param.add(lr_mult=2)
    return net


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


def climb_with(net):
    return ladder.climb(build_with(net), notebook.logits, notebook.gradients, notebook.train_step,
                        notebook.read_weights, notebook.save, notebook.load,
                        training=False, artefact=False)


# %%
suspect = copied(notebook.one_cnn(spec.BATCH, caffe.TRAIN))
report = climb_with(suspect)
print("broken rung:", report.failed_rung)
print(report.rungs[4].message)
print(next(layer for layer in suspect.layer if layer.name == "dense1"))

# %% [markdown]
# Change the record in place, so that every weight and every bias learns at the same rate, the
# solver's. A repeated field is a list of records: you can walk through it, and set a field of each.


# %%
def mend(net):
    for layer in net.layer:
        ### BEGIN SOLUTION
        for parameter in layer.param:
            parameter.lr_mult = 1
        ### END SOLUTION


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


# %%
def climbs():
    net = copied(notebook.one_cnn(spec.BATCH, caffe.TRAIN))
    mend(net)
    fatal = last_words(net)
    if fatal:
        return f"Caffe would end the process: {fatal}"
    report = climb_with(net)
    return (report.failed_rung is None or
            f"the rung {report.failed_rung} still breaks: {report.rungs[4].message}")


checks.grade("4 mended network", climbs,
             hint="each layer with weights has two records in its field param: weight, then bias")
