# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Interfaces: what did you not write?
#
# After this notebook you will be able to read two frameworks side by side, to name each decision
# that an interface took for you, and to port a network without being caught by a default.
#
# **You will learn to**
# - put the same function of any two frameworks next to each other;
# - count code with a tokenizer, and say what the count hides;
# - ask an installed framework for its defaults, instead of trusting a page;
# - tell which default breaks which rung, and whether anybody is told;
# - write one training step at three levels and prove that they are the same step.
#
# **Before you start:** [PyTorch](../02_frameworks/02_pytorch.ipynb),
# [Keras](../02_frameworks/03_keras.ipynb) and [JAX](../02_frameworks/06_jax.ipynb). Kernel
# `python3`, about 90 minutes.
# Any three framework chapters will do. The slowest cell takes 20 seconds. Some cells start the
# kernels `museum` and `caffe`; where one is missing, its reason is printed.
#
# **Retired here:** Theano, Torch7, Caffe, Chainer, MXNet, and TensorFlow 1's sessions.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## How do you read two frameworks at once?
#
# Every chapter has the same seven functions, in cells that carry a tag. So a program can fetch
# them: `cells.read` gives the tagged cells, Python's `ast` cuts them into functions and classes.

# %%
import ast

from onecnn import cells, networks

CHAPTERS = {network.notebook.split("_", 2)[-1]: network.notebook
            for network in networks.NETWORKS}
parts = {}
for framework, chapter in CHAPTERS.items():
    source = "\n".join(cell.source for cell in cells.read(cells.locate(chapter))
                       if cells.TAG in cell.tags)
    body = ast.parse(source).body
    parts[framework] = {node.name: ast.get_source_segment(source, node) for node in body
                        if hasattr(node, "name")}
    imports = [ast.unparse(node) for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
    parts[framework]["imports"] = "\n".join(imports)
print("frameworks:", *parts)

# %% [markdown]
# A table puts the pieces side by side. It is made from the chapters' own text at this moment; there
# is no copy that could grow old.

# %%
import html

from IPython.display import display

STYLE = "font-family:monospace; white-space:pre-wrap; word-break:normal"


def side_by_side(name, *frameworks):
    """Shows one function of several frameworks in a row."""
    columns = {framework: parts[framework].get(name, "(not in its cells)")
               for framework in frameworks}
    head = "".join(f'<th style="text-align:left; width:{100 // len(columns)}%">{framework}</th>'
                   for framework in columns)
    body = "".join('<td style="text-align:left; vertical-align:top"><pre '
                   f'style="{STYLE}">{html.escape(code)}</pre></td>' for code in columns.values())
    text = "\n\n".join(f"--- {framework}\n{code}" for framework, code in columns.items())
    display({"text/html": f'<table style="width:100%"><tr>{head}</tr><tr>{body}</tr></table>',
             "text/plain": text}, raw=True)


# %% [markdown]
# The training step, by hand and in PyTorch. Read them line against line.

# %%
side_by_side("train_step", "by_hand", "pytorch")

# %% [markdown]
# The loop over the weights became `optimizer.step()`. Two lines are new, `model.train()` and
# `zero_grad()`: they look after *state* that the version by hand does not have.
#
# Now three that are hardly more than one line. Where did the work go?

# %%
side_by_side("train_step", "theano", "keras", "jax")

# %% [markdown]
# To three places. Theano's step was *compiled* in a class that you can look up:
# `parts["theano"]["Compiled"]`. JAX's step is the function `update`. Keras's step was *chosen* in
# `build`, with `compile`. One line here means a paragraph elsewhere.
#
# **Your turn:** choose a function and two or three frameworks. All names: `parts["jax"].keys()`.

# %%
FUNCTION, FRAMEWORKS_TO_READ = "gradients", ["mxnet", "chainer"]

side_by_side(FUNCTION, *FRAMEWORKS_TO_READ)

# %% [markdown]
# Chainer clears the gradients, MXNet does not: its `backward` overwrites. And MXNet alone of these
# two writes `.mean()`. Both are **defaults**, and you will meet them again below.

# %% [markdown]
# ## How many lines is a framework?
#
# We count *logical* lines, as in [the chapter by hand](../01_history/02_by_hand.ipynb): Python's
# tokenizer ends each with a `NEWLINE` token. Comments and blank lines have none, and docstrings are
# left out. A **token** is a name, a number, an operator, a bracket.

# %%
import io
import tokenize

LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def count(source):
    """Logical lines and tokens of Python code."""
    named = [node for node in ast.walk(ast.parse(source))
             if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    docstrings = [node.body[0] for node in named if ast.get_docstring(node) is not None]
    skipped = {line for node in docstrings for line in range(node.lineno, node.end_lineno + 1)}
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(source).readline)
              if token.type not in LAYOUT and token.start[0] not in skipped]
    lines = sum(token.type == tokenize.NEWLINE for token in tokens)
    return lines, len(tokens) - lines


print("lines, tokens of PyTorch's train_step:", count(parts["pytorch"]["train_step"]))

# %% [markdown]
# Two frameworks are not only Python. Torch7's network is **Lua**, in a file; Lua has no line ends
# in its grammar, so we count the physical lines on which the lexer *pygments* finds code. Caffe's
# is a **text format**: our cells write it with Python, as its users could; those who wrote it by
# hand wrote the blocks and fields counted here.

# %%
import re

from pygments.lexers import LuaLexer
from pygments.token import Comment, Text, Whitespace

lua = cells.locate(CHAPTERS["torch7"]).with_suffix("").joinpath("one_cnn.lua").read_text(
    encoding="utf-8")
number, lua_lines = 1, set()
for kind, text in LuaLexer(stripnl=False).get_tokens(lua):
    if text.strip() and kind not in Comment and kind not in Text and kind not in Whitespace:
        lua_lines.add(number)
    number += text.count("\n")
trunk = next(c.source for c in cells.read(cells.locate(CHAPTERS["caffe"]))
             if c.source.startswith("TRUNK ="))
print("Lua, physical lines with code:", len(lua_lines))
blocks, fields = (len(re.findall(pattern, trunk)) for pattern in (r"\blayer {", r"\w+: "))
print("Caffe's text format: blocks", blocks, "  fields", fields)

# %% [markdown]
# **Predict, then run.** Count `train_step` and `gradients` in every framework. Which is longest in
# `gradients`: NumPy by hand, Theano, or Keras?
#
# <details><summary>Answer</summary>
#
# Keras, by far, although its `train_step` is among the shortest. Keras has no call of its own for
# gradients, so the function spells out three engines. A count shows where an interface's designers
# expected you, and where they did not.
#
# </details>

# %%
from onecnn import ladder

SEVEN, table = ladder.Network._fields, {}
for framework, found in parts.items():
    row = {name: count(found[name])[0] for name in SEVEN}
    row["imports"] = count(found["imports"] + "\n")[0]
    row["the rest"] = sum(count(code)[0] for name, code in found.items()
                          if name not in (*SEVEN, "imports"))
    row["Lua"] = len(lua_lines) if framework == "torch7" else 0
    table[framework] = row
print("longest gradients:", max(table, key=lambda key: table[key]["gradients"]))
print("shortest train_step:", ", ".join(key for key in table if table[key]["train_step"] == min(
    row["train_step"] for row in table.values())))

# %%
import numpy as np

grid = np.array([list(row.values()) for row in table.values()])
fig, ax = lesson.figure(9, 4.6)
ax.imshow(np.minimum(grid, 40), cmap="Blues", aspect="auto")
for (row, column), value in np.ndenumerate(grid):
    ax.text(column, row, value or "", ha="center", va="center",
            color="white" if value > 22 else "black")
for row, total in enumerate(grid.sum(axis=1)):
    ax.text(grid.shape[1] - 0.4, row, f"= {total}", ha="left", va="center", weight="bold")
names = [f"{name}*" if name == "torch7" else name for name in table]
ax.set(xticks=range(grid.shape[1]), xticklabels=table["jax"], yticks=range(len(names)),
       yticklabels=names, title="Logical lines in the same-cnn cells (*Lua: physical lines)")
ax.tick_params(axis="x", rotation=30, length=0)
ax.spines[:].set_visible(False)
lesson.show(fig, alt="A table of line counts: a row for each of eleven frameworks, a column for "
            "each of the seven functions, the imports, the rest, and Lua. Most code stands in the "
            "rest, the network itself; gradients is long in Keras alone.")

# %% [markdown]
# ## Are fewer lines simpler?
#
# That is the popular reading, and it is wrong twice. First, a count can be had cheaply. The next
# cell writes PyTorch's `train_step` with semicolons. Python's parser sees the *same program*.

# %%
written = parts["pytorch"]["train_step"]
statements = [ast.unparse(line) for line in ast.parse(written).body[0].body]
squeezed = f"def train_step(model, images, labels): {'; '.join(statements)}\n"
print("the same syntax tree:", ast.dump(ast.parse(squeezed)) == ast.dump(ast.parse(written)))
for name, code in (("as written", written), ("squeezed", squeezed)):
    print(f"{name:<11} lines, tokens: {count(code)}")

# %% [markdown]
# All lines became one; the tokens hardly moved. So tokens are the sturdier measure of *writing*.
# Second, neither says how much there is to *understand* when something goes wrong. You will measure
# that near the end: how many functions run behind one line.
#
# What a count may say: how much you must write and keep in step, and in which function an interface
# leaves you alone.

# %% [markdown]
# ## Which decisions did you not take?
#
# Look at a call: `nn.Conv2d(1, 16, 3)`. Three decisions are yours. Stride, padding, starting
# weights, layout, and the way in which the kernel slides were somebody else's: **defaults**. A page
# may be stale, so we ask the installed framework itself, and by *behaviour* where we can. All are
# asked with the same few arrays.

# %%
from types import SimpleNamespace

ASKED = {
    # 3 channels, 11 pixels a side: windows of 2 leave one over
    "picture": np.zeros((1, 3, 11, 11)),
    "corner": np.eye(1, 9).reshape(1, 1, 3, 3),  # a single bright pixel, top left
    "ramp": np.arange(9.0).reshape(1, 1, 3, 3),  # a kernel in which each place has its number
    "close": np.array([[-1e-3], [1e-3]]),  # a batch with a variance so small that epsilon shows
    "pair": np.array([[0.0], [2.0]]),  # mean 1, variance 1 (divided by n) or 2 (by n - 1)
    "many": np.ones((1, 2000)),
    "scores": np.array([[0.9, 0.1], [0.5, 0.5]]),
}
ask = SimpleNamespace(**{name: value.astype(np.float32) for name, value in ASKED.items()},
                      labels=np.zeros(2, int))


# %%
def kind_of(call):
    """The dtype of what a call gives, or "refused"."""
    try:
        return str(call().dtype).split(".")[-1]
    except Exception:
        return "refused"


# %% [markdown]
# First PyTorch. Each answer is raw: a shape, a number. A Conv2d from 3 to 5 channels with a 2 x 4
# kernel has four different sizes, so its shape tells the order of the axes.

# %%
import torch
from torch import nn

t = SimpleNamespace(**{name: torch.from_numpy(value) for name, value in vars(ask).items()})
drawn = torch.initial_seed() != torch.Generator().initial_seed()  # a new Generator's seed is fixed
torch.manual_seed(0)
conv, dense, pool = nn.Conv2d(3, 5, (2, 4)), nn.Linear(100, 50), nn.functional.max_pool2d
seen = {"PyTorch": {
    "conv": conv.weight.shape, "out": conv(t.picture).shape, "dense": nn.Linear(3, 5).weight.shape,
    "slide": nn.functional.conv2d(t.corner, t.ramp).item(),
    "weights": dense.weight.tolist(), "biases": nn.Linear(100, 5000).bias.tolist(),
    "pool": pool(t.picture, 2).shape[2], "pool by 2": pool(t.picture, 2, 2).shape[2],
    "dropped": (nn.Dropout(0.2).train()(t.many) == 0).float().mean().item(),
    "unasked": (nn.Dropout(0.2)(t.many) == 0).float().mean().item(),
    "seed": "drawn" if drawn else "fixed"}}

# %% [markdown]
# Then what concerns training. For Adam: one step on a weight of 0 whose gradient is tiny, 1e-8.
# There its epsilon shows.

# %%
norm, close, weight = nn.BatchNorm1d(1), nn.BatchNorm1d(1)(t.close), nn.Parameter(torch.zeros(1))
norm(t.pair)
weight.grad = torch.full((1,), 1e-8)
adam = torch.optim.Adam([weight])
adam.step()
seen["PyTorch"] |= {
    "close": close[1].item(), "mean": norm.running_mean.item(), "variance": norm.running_var.item(),
    "momentum": torch.optim.SGD([weight]).defaults["momentum"], "epsilon": adam.defaults["eps"],
    "first step": -weight.item() / adam.defaults["lr"],
    "loss": nn.CrossEntropyLoss()(t.scores, t.labels).tolist(),
    "float64": kind_of(lambda: nn.Linear(1, 1)(torch.from_numpy(np.ones((1, 1)))))}
print(len(seen["PyTorch"]), "answers")

# %% [markdown]
# Six others run in processes of their own, each with the interpreter of its kernel. A program gets
# `ask` and `kind_of`, and leaves its answers in `seen`. While it is up, it climbs the ladder once
# or twice, for a question that comes later: a copy of its chapter, with a word taken out.

# %%
def copy_without(chapter, *edits):
    """The seven functions of a copy of a chapter in which words were replaced."""
    import tempfile
    from pathlib import Path

    from onecnn import cells
    text, folder = cells.locate(chapter).read_text(encoding="utf-8"), tempfile.TemporaryDirectory()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    copy = Path(folder.name) / f"copy_of_{Path(chapter).name}.py"
    copy.write_text(text, encoding="utf-8")
    functions = cells.functions(str(copy))
    functions.folder = folder  # kept: TensorFlow reads the source again
    return functions


# %%
def climb_without(chapter, *edits):
    """The rung on which such a copy breaks, and whether an exception tells."""
    from onecnn import ladder
    network = copy_without(chapter, *edits)
    rungs = ladder.climb_cells(network, training=False, artefact=False)["rungs"]
    broken = [rung for rung in rungs if rung["passed"] is False]
    return (broken[0]["name"],
            "in silence" if broken[0]["measured"] else "with an error") if broken else ("none", "")


# %%
import inspect
import json
import os
import subprocess

from onecnn import paths

HEAD = "\n".join([
    "import inspect, json, sys", "from types import SimpleNamespace", "import numpy as np",
    *(inspect.getsource(function) for function in (kind_of, copy_without, climb_without))]) + """
default_of = lambda function, name: inspect.signature(function).parameters[name].default
needs = lambda function, name: default_of(function, name) is inspect.Parameter.empty
ask = {name: np.array(value, np.float32) for name, value in json.loads(sys.argv[1]).items()}
ask = SimpleNamespace(**dict(ask, labels=np.zeros(2, int)))
nhwc = ask.picture.transpose(0, 2, 3, 1)
"""


# %%
def answers_of(program, kernel):
    """What a framework answers; a text that says why, where its kernel is missing."""
    try:
        command, settings = cells.interpreter(kernel)
    except cells.KernelMissing as reason:
        return str(reason)
    question = json.dumps({name: value.tolist() for name, value in vars(ask).items()
                           if name != "labels"})
    # -W ignore: the retired frameworks use NumPy names that NumPy warns about; that story is told
    # where they went.
    run = subprocess.run([*command, "-W", "ignore", "-c",
                          f"{HEAD}{program}\nprint(json.dumps(seen, default=float))", question],
                         env={**os.environ, "PYTHONPATH": str(paths.ROOT), **settings},
                         capture_output=True, text=True, timeout=200)
    return json.loads(run.stdout.splitlines()[-1]) if run.returncode == 0 else run.stderr[-300:]


# %% [markdown]
# Their programs are long, because they are exact. **On a first reading, skip to the table**, and
# come back for the framework that you use.
#
# JAX has no layers: its libraries Flax and Optax are asked.

# %%
JAX = """
import jax.numpy as jnp, optax
from flax import nnx

r = nnx.Rngs(0)
conv, dense, norm = (nnx.Conv(3, 5, (2, 4), rngs=r), nnx.Linear(100, 50, rngs=r),
                     nnx.BatchNorm(1, rngs=r))
slide, drop = nnx.Conv(1, 1, (3, 3), padding="VALID", rngs=r), nnx.Dropout(0.2, rngs=r)
slide.kernel[...] = ask.ramp.reshape(3, 3, 1, 1)
"""

# %%
JAX += """
seen = {
    "conv": conv.kernel.shape, "out": conv(nhwc).shape,
    "dense": nnx.Linear(3, 5, rngs=r).kernel.shape,
    "slide": slide(ask.corner.reshape(1, 3, 3, 1)).item(), "weights": dense.kernel.tolist(),
    "biases": dense.bias.tolist(),
    "pool": nnx.max_pool(nhwc, (2, 2)).shape[1],
    "pool by 2": nnx.max_pool(nhwc, (2, 2), (2, 2)).shape[1],
    "unasked": float((drop(ask.many) == 0).mean()),
    "seed": "asked" if needs(nnx.Linear.__init__, "rngs") else "drawn"}
drop.set_attributes(deterministic=False)
seen["dropped"] = float((drop(ask.many) == 0).mean())
"""

# %%
JAX += """
norm(ask.pair)
adam = optax.adam(1.0)
step, _ = adam.update(jnp.full(1, 1e-8), adam.init(jnp.zeros(1)))
seen |= {
    "close": nnx.BatchNorm(1, rngs=r)(ask.close)[1].item(), "mean": norm.mean.item(),
    "variance": norm.var.item(),
    "momentum": default_of(optax.sgd, "momentum") or 0, "epsilon": default_of(optax.adam, "eps"),
    "first step": -step.item(),
    "loss": optax.softmax_cross_entropy_with_integer_labels(ask.scores, ask.labels).tolist(),
    "float64": kind_of(lambda: nnx.Linear(1, 1, rngs=r)(np.ones((1, 1)))),
}
without = climb_without("02_frameworks/06_jax", ("images), labels).mean()", "images), labels)"))
seen["without"] = {"the mean over the batch": without}
"""

# %% [markdown]
# TensorFlow is asked at its low level, `tf.nn`: its high level is Keras. Where a call has no
# default and insists on an argument, the answer is `asked`.

# %%
TENSORFLOW = """
import tensorflow as tf

conv = tf.nn.conv2d(nhwc, np.ones((2, 4, 3, 5), "float32"), 1, "VALID")
slide = tf.nn.conv2d(ask.corner.reshape(1, 3, 3, 1), ask.ramp.reshape(3, 3, 1, 1), 1, "VALID")
dropped = float((tf.nn.dropout(ask.many, 0.2).numpy() == 0).mean())
losses = tf.nn.sparse_softmax_cross_entropy_with_logits(ask.labels, ask.scores)
seen = {
    "conv": (2, 4, 3, 5), "out": conv.shape.as_list(), "slide": slide.numpy().item(),
    "dropped": dropped, "unasked": dropped,
    "float64": kind_of(lambda: tf.nn.conv2d(tf.constant(nhwc, "float64"), tf.ones((2, 4, 3, 5)), 1,
                                            "VALID")),
    "loss": losses.numpy().tolist(),
    "seed": "drawn" if tf.compat.v1.random.get_seed(None) == (None, None) else "fixed"}
"""

# %%
TENSORFLOW += """
INSISTS = {"conv padding": (tf.nn.conv2d, "padding"),
           "pooling moves by": (tf.nn.max_pool2d, "strides"),
           "edge of 11 pixels": (tf.nn.max_pool2d, "padding"),
           "BatchNorm epsilon": (tf.nn.batch_normalization, "variance_epsilon")}
for row, (function, name) in INSISTS.items():
    seen[row] = "asked" if needs(function, name) else "a default"
without = climb_without("02_frameworks/01_tensorflow",
                        ("tape.gradient(loss,", "tape.gradient(losses,"))
seen["without"] = {"the mean over the batch": without}
kept = tf.compat.v1.nn.dropout(ask.many, 0.2).numpy() != 0  # its second argument was keep_prob
seen["version 1"] = f"{round(1 - float(kept.mean()), 1):.0%}"
"""

# %% [markdown]
# MXNet changes its running statistics in `backward`, so it is called. `plain` asks the same layer
# at the level below Gluon, for later.

# %%
MXNET = """
import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

first = nd.random.uniform().asscalar()  # a fresh process, and nobody has set a seed

def made(layer, value):
    layer.initialize()
    batch = nd.array(value)
    batch.attach_grad()
    with autograd.record():
        out = layer(batch)
    out.backward()
    return layer, out.asnumpy()
"""

# %%
MXNET += """
(conv, out), (dense, _), (narrow, _) = (made(layer, value) for layer, value in ((nn.Conv2D(
    5, (2, 4)), ask.picture), (nn.Dense(50), np.ones((1, 100))), (nn.Dense(5), np.ones((1, 3)))))
slide = nd.Convolution(nd.array(ask.corner), nd.array(ask.ramp), no_bias=True, kernel=(3, 3),
                       num_filter=1)
norm, weight, adam, picture = (made(nn.BatchNorm(), ask.pair)[0], nd.zeros(1), mx.optimizer.Adam(),
                               nd.array(ask.picture))
adam.update(0, weight, nd.full(1, 1e-8), adam.create_state(0, weight))
with autograd.record():
    plain = nd.BatchNorm(nd.array(ask.close), nd.ones(1), nd.zeros(1), nd.zeros(1), nd.ones(1))
"""

# %%
MXNET += """
seen = {
    "conv": conv.weight.shape, "out": out.shape, "dense": narrow.weight.shape,
    "slide": slide.asscalar(),
    "weights": dense.weight.data().asnumpy().tolist(),
    "biases": dense.bias.data().asnumpy().tolist(),
    "pool": nn.MaxPool2D(2)(picture).shape[2], "pool by 2": nn.MaxPool2D(2, 2)(picture).shape[2],
    "dropped": (made(nn.Dropout(0.2), ask.many)[1] == 0).mean(),
    "unasked": (nn.Dropout(0.2)(nd.array(ask.many)).asnumpy() == 0).mean(),
    "close": made(nn.BatchNorm(), ask.close)[1][1].item(), "plain": plain[1].asscalar(),
    "mean": norm.running_mean.data().asscalar(), "variance": norm.running_var.data().asscalar(),
}
"""

# %%
MXNET += """
seen.update({
    "momentum": mx.optimizer.SGD().momentum, "epsilon": adam.epsilon,
    "first step": -weight.asscalar() / adam.lr,
    "loss": gluon.loss.SoftmaxCrossEntropyLoss()(nd.array(ask.scores),
                                                 nd.array(ask.labels)).asnumpy().tolist(),
    "float64": kind_of(lambda: made(nn.Dense(1), np.ones((1, 1)))[1]),
    "seed": "fixed" if abs(first - 0.5488135) < 1e-6 else "drawn"})
"""

# %%
CHAINER = """
import chainer, chainer.functions as F, chainer.links as L

conv, dense, norm, link = (L.Convolution2D(3, 5, (2, 4)), L.Linear(100, 50),
                           L.BatchNormalization(1), chainer.Link())
with link.init_scope():
    link.w = chainer.Parameter(np.zeros(1, "float32"))
adam = chainer.optimizers.Adam().setup(link)
link.w.grad = np.full(1, 1e-8, "float32")
adam.update()
norm(ask.pair)
"""

# %%
CHAINER += """
twins = []
for _ in range(2):
    np.random.seed(1)
    twins.append(L.Linear(2, 2).W.array)
dropped = (F.dropout(ask.many, 0.2).array == 0).mean()
"""

# %%
CHAINER += """
seen = {"conv": conv.W.shape, "out": conv(ask.picture).shape, "dense": L.Linear(3, 5).W.shape,
        "weights": dense.W.array.tolist(), "biases": dense.b.array.tolist(),
        "slide": F.convolution_2d(ask.corner, ask.ramp).array.item(), "dropped": dropped, "pool": F.max_pooling_2d(ask.picture, 2).shape[2],
        "pool by 2": F.max_pooling_2d(ask.picture, 2, 2).shape[2], "unasked": dropped,
        "close": L.BatchNormalization(1)(ask.close).array[1].item(), "mean": norm.avg_mean.item(),
        "variance": norm.avg_var.item(), "momentum": chainer.optimizers.MomentumSGD().momentum,
        "epsilon": adam.eps, "first step": -link.w.array.item() / adam.alpha,
        "loss": F.softmax_cross_entropy(ask.scores, ask.labels).array.tolist(),
        "float64": kind_of(lambda: L.Linear(1, 1)(np.ones((1, 1)))),
        "seed": "NumPy's" if (twins[0] == twins[1]).all() else "its own"}
"""

# %%
CHAINER += """
chapter = "01_history/05_chainer"
seen["without"] = {"momentum": climb_without(chapter, (", momentum=spec.MOMENTUM", "")),
                   "cover_all=False": climb_without(chapter, (", cover_all=False", ""))}
"""

# %% [markdown]
# Theano's graph is not compiled here: an object of the graph says itself whether it turns the
# kernel, and a shape can be had without the pixels.

# %%
THEANO = """
import logging, os
os.environ["THEANO_FLAGS"] = "blas.ldflags=,cxx="
logging.getLogger("theano").setLevel(logging.ERROR)
import theano, theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.nnet import bn, categorical_crossentropy, conv2d
from theano.tensor.signal.pool import pool_2d
"""

# %%
THEANO += """
one, batch, picture = (np.ones((1, 1), "float32"), T.matrix(dtype="float32"),
                       T.as_tensor(ask.picture))
out, _, _, mean, variance = bn.batch_normalization_train(
    batch, one, 0 * one, running_mean=T.as_tensor(0 * one), running_var=T.as_tensor(one))
norm, conv = (theano.function([batch], [out, mean, variance]),
              conv2d(picture, T.as_tensor(np.ones((5, 3, 2, 4), "float32"))))
pool = int(pool_2d(picture, (2, 2)).shape.eval()[2])
"""

# %%
THEANO += """
seen = {
    "conv": (5, 3, 2, 4), "out": conv.shape.eval().tolist(), "slide": 8 * conv.owner.op.filter_flip,
    "pool": pool, "pool by 2": pool,
    "close": norm(ask.close)[0][1].item(), "mean": norm(ask.pair)[1].item(),
    "variance": norm(ask.pair)[2].item(),
    "loss": categorical_crossentropy(ask.scores, ask.labels).eval().tolist(),
    "float64": T.matrix().dtype,
    "seed": "fixed" if default_of(MRG_RandomStreams, "seed") is not None else "drawn"}
"""

# %% [markdown]
# Caffe's layers are text. What cannot be tried in one step stands in its protocol buffer: a
# *descriptor* lists every field with its default.

# %%
CAFFE = """
import tempfile, caffe
from caffe.proto import caffe_pb2

def made(text, make):
    with tempfile.NamedTemporaryFile("w", suffix=".prototxt") as file:
        file.write(text)
        file.flush()
        return make(file.name)
"""

# %%
CAFFE += """
def layer(text, *shapes):
    entry = " ".join("shape { %s }" % " ".join("dim: %d" % size for size in shape)
                     for shape in shapes)
    names = ["i", "l"][:len(shapes)]
    return ('layer { name: "i" type: "Input" %s input_param { %s } } layer { name: "o" top: "o" %s '
            'type: %s }' % (" ".join('top: "%s"' % name for name in names), entry,
                            " ".join('bottom: "%s"' % name for name in names), text))
"""

# %%
CAFFE += """
def run(text, value, kernel=None, labels=()):
    net = made(layer(text, value.shape, *labels), lambda name: caffe.Net(name, caffe.TRAIN))
    net.blobs["i"].data[...] = value
    blobs = [blob.data for blob in net.params.get("o", ())]
    if kernel is not None:
        blobs[0][...] = kernel
    net.forward()
    return net.blobs["o"].data.copy(), [blob.copy() for blob in blobs]
"""

# %%
CAFFE += """
dense, pool = ('"InnerProduct" inner_product_param { num_output: %d }',
               '"Pooling" pooling_param { kernel_size: 2 %s }')
out, conv = run('"Convolution" convolution_param { num_output: 5 kernel_h: 2 kernel_w: 4 }',
                ask.picture)
seen = {"conv": conv[0].shape, "out": out.shape,
        "dense": run(dense % 5, np.ones((1, 3)))[1][0].shape, "no mode set": "asked",
        "slide": run('"Convolution" convolution_param { num_output: 1 kernel_size: 3 }', ask.corner,
                     ask.ramp)[0].item()}
seen["weights"], seen["biases"] = [blob.tolist() for blob in run(dense % 50, np.ones((1, 100)))[1]]
"""

# %%
CAFFE += """
default = lambda record, name: getattr(caffe_pb2,
                                       record).DESCRIPTOR.fields_by_name[name].default_value
new, (mean, variance, scale) = (1 - default("BatchNormParameter", "moving_average_fraction"),
                                run('"BatchNorm"', ask.pair)[1])
text = 'type: "Adam" base_lr: 1 momentum: 0.9 lr_policy: "fixed" train_net_param { %s }' % layer(
    dense % 1, (1, 1))
solver = made(text, caffe.get_solver)
weight = solver.net.params["o"][0]
weight.diff[...] = 1e-8
solver.apply_update()
"""

# %%
CAFFE += """
dropped = run('"Dropout" dropout_param { dropout_ratio: 0.2 }', ask.many)[0]
seen.update({"pool": run(pool % "", ask.picture)[0].shape[2],
             "pool by 2": run(pool % "stride: 2", ask.picture)[0].shape[2],
             "dropped": (dropped == 0).mean(), "mean": new,
             "variance": 1 - new + new * (variance / scale).item(),
             "close": run('"BatchNorm"', ask.close)[0][1].item(),
             "momentum": default("SolverParameter", "momentum"),
             "epsilon": default("SolverParameter", "delta"), "first step": -weight.data.item(),
             "loss": run('"SoftmaxWithLoss"', ask.scores, labels=[(2,)])[0].tolist(),
             "float64": str(out.dtype),
             "seed": "drawn" if default("SolverParameter", "random_seed") < 0 else "fixed"})
seen["without"] = {"round_mode": climb_without("02_frameworks/05_caffe",
                                               (', "round_mode": P.Pooling.FLOOR', ""))}
"""

# %% [markdown]
# All at work, two at a time; TensorFlow, the largest, beside small ones. A kernel that this machine
# lacks gives its reason.

# %%
from concurrent.futures import ThreadPoolExecutor

PROGRAMS = {"TensorFlow": (TENSORFLOW, "python3"),
            "Caffe": (CAFFE, "caffe"), "Theano": (THEANO, "museum"), "Chainer": (CHAINER, "museum"),
            "MXNet": (MXNET, "museum"), "JAX": (JAX, "python3")}
with ThreadPoolExecutor(2) as two:
    answers = dict(zip(PROGRAMS, two.map(lambda program: answers_of(*program), PROGRAMS.values())))
for framework, answer in answers.items():
    if isinstance(answer, dict):
        seen[framework] = answer
    print(f"{framework:<11}", "answered" if framework in seen else answer)

# %% [markdown]
# Last, Keras, here in the notebook again. Its defaults do not depend on the engine; PyTorch's is
# used, because it is loaded already.

# %%
os.environ["KERAS_BACKEND"] = "torch"
import keras

layers, nhwc = keras.layers, ask.picture.transpose(0, 2, 3, 1)
conv, dense, narrow, slide = (layers.Conv2D(5, (2, 4)), layers.Dense(50), layers.Dense(5),
                              layers.Conv2D(1, 3, use_bias=False))
out = conv(nhwc).shape
dense(np.ones((1, 100))), narrow(np.ones((1, 3))), slide.build((1, 3, 3, 1))
slide.set_weights([ask.ramp.reshape(3, 3, 1, 1)])
to_numpy = keras.ops.convert_to_numpy
seen["Keras"] = {
    "conv": conv.kernel.shape, "out": out, "dense": narrow.kernel.shape,
    "slide": slide(ask.corner.reshape(1, 3, 3, 1)).item(),
    "weights": to_numpy(dense.kernel).tolist(), "biases": to_numpy(dense.bias).tolist(),
    "pool": layers.MaxPooling2D(2)(nhwc).shape[1],
    "pool by 2": layers.MaxPooling2D(2, 2)(nhwc).shape[1]}

# %%
norm, weight, adam = layers.BatchNormalization(), keras.Variable([0.0]), keras.optimizers.Adam()
norm(ask.pair, training=True)
adam.apply([torch.full((1,), 1e-8)], [weight])
seeds = [to_numpy(keras.random.SeedGenerator().state).tolist() for _ in range(2)]
seen["Keras"] |= {
    "dropped": float((layers.Dropout(0.2)(ask.many, training=True) == 0).float().mean()),
    "unasked": float((layers.Dropout(0.2)(ask.many) == 0).float().mean()),
    "close": layers.BatchNormalization()(ask.close, training=True)[1].item(),
    "mean": to_numpy(norm.moving_mean).item(), "variance": to_numpy(norm.moving_variance).item(),
    "momentum": keras.optimizers.SGD().momentum, "epsilon": adam.epsilon,
    "first step": -to_numpy(weight).item() / float(adam.learning_rate),
    "loss": keras.losses.SparseCategoricalCrossentropy()(ask.labels, ask.scores).tolist(),
    "float64": kind_of(lambda: layers.Dense(1)(np.ones((1, 1)))),
    "seed": "drawn" if seeds[0] != seeds[1] else "fixed"}

# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## What do you predict?
#
# **Predict, then run.** Before you look at the table: (1) A window of 2 pools 11 pixels, and you
# say nothing about the stride. How many come out in PyTorch, Flax, Chainer? (2) `BatchNorm` has
# seen one batch with mean 1. What is its running mean in PyTorch, in Keras?
#
# <details><summary>Answer</summary>
#
# (1) 5, 10 and 6. PyTorch moves by the window and drops the odd pixel, Flax moves by one, Chainer
# keeps the odd pixel. (2) 0.1 and 0.01. PyTorch's `momentum=0.1` is the share of the *new* batch;
# Keras's `momentum=0.99` is the share of the *old* value.
#
# </details>

# %%
print("pixels after pooling:",
      {name: seen[name]["pool"] for name in ("PyTorch", "JAX", "Chainer") if name in seen})
print("running mean:", {name: round(seen[name]["mean"], 3) for name in ("PyTorch", "Keras")})

# %% [markdown]
# Here is what we claim. *First weights* are those of a dense layer from 100 to 50: `±0.10` lies
# evenly between the bounds, `bell 0.10` is a bell curve with that deviation. `-`: nothing to ask.
# Torch7 is not in the table: what runs in its chapter is a reconstruction, and would only repeat
# what we wrote.

# %%
LAYERS = """
decision           | PyTorch | Keras  | TensorFlow | JAX       | MXNet  | Chainer   | Theano | Caffe
images             | NCHW    | NHWC   | NHWC       | NHWC      | NCHW   | NCHW      | NCHW   | NCHW
conv kernel        | OIHW    | HWIO   | HWIO       | HWIO      | OIHW   | OIHW      | OIHW   | OIHW
dense kernel       | OI      | IO     | -          | IO        | OI     | OI        | -      | OI
kernel is turned   | no      | no     | no         | no        | no     | no        | yes    | no
conv padding       | none    | none   | asked      | same      | none   | none      | none   | none
first weights      | ±0.10   | ±0.20  | -          | bell 0.10 | ±0.07  | bell 0.10 | -      | 0
first biases       | ±0.10   | 0      | -          | 0         | 0      | 0         | -      | 0
pooling moves by   | window  | window | asked      | 1         | window | window    | window | 1
edge of 11 pixels  | dropped | dropped| asked      | dropped   | dropped| kept      | kept   | kept
dropout(0.2) drops | 20%     | 20%    | 20%        | 20%       | 20%    | 20%       | -      | 20%
no mode set        | drops   | passes | drops      | drops     | passes | drops     | -      | asked
"""

# %%
TRAINING = """
BatchNorm epsilon   | 1e-5   | 1e-3    | asked    | 1e-5     | 1e-5     | 2e-5    | 1e-4          | 1e-5
new batch's share   | 10 %   | 1 %     | -        | 1 %      | 10 %     | 10 %    | 10 %          | 0.1 %
variance over       | n - 1  | n       | -        | n        | n        | n - 1   | n - 1         | n - 1
SGD's momentum      | 0      | 0       | -        | 0        | 0        | 0.9     | -             | 0
Adam's epsilon      | 1e-8   | 1e-7    | -        | 1e-8     | 1e-8     | 1e-8    | -             | 1e-8
in effect, step 1   | 1e-8   | 3e-6    | -        | 1e-8     | 3e-7     | 3e-7    | -             | 3e-7
loss takes          | logits | probabilities | logits | logits | logits  | logits  | probabilities | logits
loss gives          | mean   | mean    | one each | one each | one each | mean    | one each      | mean
float64 images      | refused| float32 | refused  | float32  | float32  | refused | float64       | float32
seed                | drawn  | drawn   | drawn    | asked    | fixed    | NumPy's | fixed         | drawn
"""

# %% [markdown]
# A claim is cheap. Next to each stands what the framework *did*, turned into the same words.
# `close` gives epsilon, because a batch of -0.001 and 0.001 comes out as
# $0.001/\sqrt{0.001^2+\epsilon}$. The pair 0 and 2 has the variance 1 if you divide by n, 2 if by
# n - 1.

# %%
def spread(values):
    widest, deviation = np.abs(values).max(), np.std(values)
    return ("0" if widest == 0 else f"±{widest:.2f}" if widest < 1.8 * deviation
            else f"bell {deviation:.2f}")


# %%
AXES = {5: "O", 3: "I", 2: "H", 4: "W"}
READ = {
    "images": lambda s: "NCHW" if s["out"][1] == 5 else "NHWC",
    "conv kernel": lambda s: "".join(AXES[size] for size in s["conv"]),
    "dense kernel": lambda s: "".join(AXES[size] for size in s["dense"]),
    "kernel is turned": lambda s: {0: "no", 8: "yes"}[round(s["slide"])],
    "conv padding": lambda s: "none" if 10 in s["out"] else "same",
    "first weights": lambda s: spread(s["weights"]), "first biases": lambda s: spread(s["biases"]),
    "pooling moves by": lambda s: "1" if s["pool"] == 10 else "window",
    "edge of 11 pixels": lambda s: "kept" if s["pool by 2"] == 6 else "dropped",
    "dropout(0.2) drops": lambda s: f"{round(s['dropped'], 1):.0%}",
    "no mode set": lambda s: "drops" if s["unasked"] > 0.1 else "passes"}

# %%
def power(value):
    return f"{value:.0e}".replace("e-0", "e-")


def losses(kind):
    """The losses of both examples, label 0, if `scores` are read as logits or as probabilities."""
    scores = np.exp(ASKED["scores"]) if kind == "logits" else ASKED["scores"]
    return -np.log(scores[:, 0] / scores.sum(axis=1))


def gives(kind, s):
    """How the framework's loss sums up `losses(kind)`; None if it does not."""
    ways = {"one each": losses(kind), "mean": losses(kind).mean(), "sum": losses(kind).sum()}
    fits = [way for way, value in ways.items()
            if np.shape(value) == np.shape(s["loss"]) and np.allclose(value, s["loss"], atol=1e-4)]
    return fits[0] if fits else None


# %%
READ |= {
    "BatchNorm epsilon": lambda s: power(1e-6 * (s["close"] ** -2 - 1)),
    "new batch's share": lambda s: f"{100 * s['mean']:.2g} %",
    "variance over": lambda s: {1: "n",
                                2: "n - 1"}[round((s["variance"] - 1 + s["mean"]) / s["mean"])],
    "SGD's momentum": lambda s: f"{s['momentum']:g}",
    "Adam's epsilon": lambda s: power(s["epsilon"]),
    "in effect, step 1": lambda s: power(1e-8 * (1 / s["first step"] - 1)),
    "loss takes": lambda s: next(kind for kind in ("logits", "probabilities") if gives(kind, s)),
    "loss gives": lambda s: gives("logits", s) or gives("probabilities", s),
    "float64 images": lambda s: s["float64"]}


# %%
def found(framework, row):
    """What a framework did, in the words of the table; "-" where it has no answer."""
    try:
        return seen[framework].get(row) or READ[row](seen[framework])
    except KeyError:
        return "-"


# %%
head, *lines = [[word.strip() for word in line.split("|")]
                for line in (LAYERS.strip() + TRAINING).splitlines()]
claims = {line[0]: dict(zip(head[1:], line[1:])) for line in lines}
for framework in head[1:]:
    if framework in seen:
        held = [row for row in claims if claims[row][framework] == found(framework, row)]
        wrong = {row: found(framework, row) for row in claims if row not in held}
        asserted = [row for row in held if claims[row][framework] != "-"]
        print(f"{framework:<11} {len(asserted):>2} claims hold;  wrong: {wrong or 'none'}")
        assert not wrong, f"this version of {framework} does something else"
    else:
        print(f"{framework:<11} not asked: {answers[framework]}")

# %% [markdown]
# Every cell was asserted against the framework that is installed. In **bold**: what stands against
# the majority of its row.

# %%
from collections import Counter


def as_markdown(rows):
    table = ["| decision | " + " | ".join(head[1:]) + " |", "|---" * len(head) + "|"]
    for row in rows:
        (usual, _), = Counter(word for word in claims[row].values()
                              if word not in ("-", "asked")).most_common(1)
        words = [word if word in ("-", "asked", usual) else f"**{word}**"
                 for word in claims[row].values()]
        table.append(f"| {row} | " + " | ".join(words) + " |")
    return "\n".join(table)


lesson.show_markdown(as_markdown(claims))

# %% [markdown]
# Some of it in words:
#
# - **First weights.** `0.10` is $1/\sqrt{100}$, `0.20` is Glorot's $\sqrt{6/150}$, `0.07` a fixed
#   number. With Caffe's zeros in every layer of our network only the last bias would learn; its
#   maintainers kept them ([2546](https://github.com/BVLC/caffe/issues/2546), 2015).
# - **Adam.** The number 1e-8 means two things. PyTorch and Optax add it to the *corrected* root;
#   MXNet, Chainer, Caffe and Keras before the correction
#   ([tensorflow 35102](https://github.com/tensorflow/tensorflow/issues/35102), 2019), so in step 1
#   it weighs $1/\sqrt{1-0.999}\approx 32$ times as much.
# - **Seed.** MXNet draws the same "random" numbers in every run
#   ([21053](https://github.com/apache/mxnet/issues/21053), 2022).
# - **Low levels have few defaults.** TensorFlow's `tf.nn` asks. That costs words, and saves
#   surprises.

# %% [markdown]
# ## Do any two frameworks agree?
#
# Count the decisions on which two of them differ.

# %%
def decided_by_both(a, b):
    return [row for row in claims if not {"-", "asked"} & {claims[row][a], claims[row][b]}]


names = head[1:]
comparable = np.array([[len(decided_by_both(a, b)) for a in names] for b in names])
differ = np.array([[sum(claims[row][a] != claims[row][b] for row in decided_by_both(a, b))
                    for a in names] for b in names])
share = {(a, b): differ[i, j] / comparable[i, j] for i, a in enumerate(names)
         for j, b in enumerate(names) if i < j}
print("two that agree on everything:",
      [pair for pair, part in share.items() if part == 0] or "none")
print("most alike:", *min(share, key=share.get), "  least alike:", *max(share, key=share.get))

# %%
fig, ax = lesson.figure(7.6, 4.2)
ax.imshow(differ / comparable, cmap="Blues", vmin=0, aspect="auto")
for (row, column), value in np.ndenumerate(differ):
    if row != column:
        dark = value / comparable[row, column] > 0.45
        text = f"{value} of {comparable[row, column]}"
        ax.text(column, row, text, ha="center", va="center", fontsize=9,
                color="white" if dark else "black")
ax.set(xticks=range(len(names)), yticks=range(len(names)), yticklabels=names,
       title="On how many decisions do two frameworks differ?")
ax.set_xticklabels(names, rotation=35, ha="right")
ax.tick_params(length=0)
ax.spines[:].set_visible(False)
lesson.show(fig, alt="A square table of eight by eight frameworks; each cell says on how many of "
            "the decisions that both take the two differ. No cell is zero. JAX and Theano differ "
            "most; TensorFlow and JAX least, on a single one.")

# %% [markdown]
# Nobody is the standard. Even the nearest neighbours differ somewhere, and the distance says
# nothing about which of them is right.
#
# ## Do the levels of one framework agree?
#
# Not even that. The same word may mean something else one level up.

# %%
cold = torch.full((1, 1), -1.0)
leaky = {"keras.layers": layers.LeakyReLU()(cold), "keras.ops": keras.ops.leaky_relu(cold),
         "PyTorch": nn.LeakyReLU()(cold)}
print("leaky relu of -1:", {name: round(value.item(), 2) for name, value in leaky.items()})
drops = {"nn.Dropout, eval": nn.Dropout(0.2).eval()(t.many),
         "F.dropout": nn.functional.dropout(t.many, 0.2)}
print("PyTorch drops:", {name: bool((value == 0).any()) for name, value in drops.items()})

# %%
if "MXNet" in seen:
    lower = READ["BatchNorm epsilon"]({"close": seen["MXNet"]["plain"]})
    print("MXNet, epsilon of BatchNorm: Gluon", found("MXNet", "BatchNorm epsilon"), " nd", lower)
if "TensorFlow" in seen:
    print("loss gives: Keras", found("Keras", "loss gives"), " tf.nn",
          found("TensorFlow", "loss gives"))
    today = found("TensorFlow", "dropout(0.2) drops")
    print(f"TensorFlow, dropout(x, 0.2) drops: {today}  in version 1: "
          f"{seen['TensorFlow']['version 1']}")

# %% [markdown]
# `F.dropout` has `training=True` as its default, and `eval()` does not reach it
# ([pytorch 26338](https://github.com/pytorch/pytorch/issues/26338), 2019, open). MXNet's lower
# epsilon surprised the author of a converter ([ncnn 218](https://github.com/Tencent/ncnn/pull/218),
# 2017). And in TensorFlow 1 the same number was what is *kept*.

# %% [markdown]
# ## Which default alone breaks a rung?
#
# In each chapter some words stand there only to overrule a default. Take them out of a **copy**,
# one at a time, and let the copy climb (without the long rung `training`). Four of the processes
# above have done that already; PyTorch and Keras do it here.

# %% [markdown]
# **Predict, then run.** Take `momentum=spec.MOMENTUM` out of PyTorch's chapter and out of
# Chainer's. Take the mean over the batch out of TensorFlow's and out of JAX's. Which rung breaks,
# and does anybody tell you?
#
# <details><summary>Answer</summary>
#
# PyTorch breaks on `steps`, silently. Chainer does not break at all: its default *is* 0.9.
# TensorFlow breaks on `gradients`, silently: the tape of a vector gives the gradient of its *sum*,
# 64 times too long. JAX raises an error: `grad` wants a single number.
#
# </details>

# %%
PYTORCH, KERAS = "02_frameworks/02_pytorch", "02_frameworks/03_keras"


def normalised(epsilon):
    """Edits that put a BatchNorm behind Keras's first convolution. With epsilon 1e-5 it changes
    nothing."""
    layer = (f"layers.BatchNormalization({epsilon}center=False, scale=False, "
             "moving_variance_initializer=keras.initializers.Constant(1 - 1e-5)), layers.ReLU(), ")
    return (('16, 3, activation="relu", kernel_initializer="zeros"), ',
             f'16, 3, kernel_initializer="zeros"), {layer}'),
            ("model.set_weights([from_spec(weights[name]) for name in spec.SHAPES])",
             "[v.assign(from_spec(weights[name])) for v, name in zip(model.trainable_variables, "
             "spec.SHAPES)]"))


# %%
seen["PyTorch"]["without"] = {"momentum": climb_without(PYTORCH, (", momentum=spec.MOMENTUM", ""))}
seen["Keras"]["without"] = {"from_logits=True": climb_without(KERAS, ("from_logits=True", "")),
                            "BatchNorm's epsilon": climb_without(KERAS, *normalised(""))}
for framework in (name for name in head[1:] if "without" in seen.get(name, {})):
    for what, (rung, told) in seen[framework]["without"].items():
        print(f"{framework:<11} without {what:<24} broken rung: {rung:<10} {told}")

# %% [markdown]
# The last experiment for Keras needs a word. Our network has no BatchNorm, so the copy gets one
# that does *nothing* if epsilon is 1e-5, PyTorch's value: mean 0, variance $1-10^{-5}$. It stands
# for a layer whose statistics came from a PyTorch file. Is it harmless with the right epsilon?

# %%
from onecnn import ladder, mnist, spec

digits = mnist.load()
images = digits.train_images[ladder.expected()["batch"]]
for argument in ("epsilon=1e-5, ", ""):
    keras_cnn = copy_without(KERAS, *normalised(argument))
    logits = keras_cnn.logits(keras_cnn.build(spec.initial_weights()), images)
    agree = np.abs(logits - ladder.expected()["logits"]).max() <= ladder.LOGITS
    print(f"BatchNormalization({argument}...): logits agree within {ladder.LOGITS:g}:", agree)

# %% [markdown]
# Harmless, with the right epsilon. With Keras's own the logits move, and nobody says so. In large
# networks the difference was found to be major in 2017, by those who wrote the first converters
# ([nn-transfer 3](https://github.com/gzuidhof/nn-transfer/pull/3)).
#
# The other trap of the same layer, `momentum=0.99` copied as a number, was found in torchvision's
# own MaxViT in 2024 ([vision 8250](https://github.com/pytorch/vision/issues/8250)).

# %% [markdown]
# What the experiments teach:
#
# - **Loud** defaults cost a minute. Chainer's and Caffe's pooling, JAX's missing mean: a shape does
#   not fit.
# - **Silent** ones cost a week. Momentum, reduction, logits, epsilon: each has the right shape and
#   a wrong number.
# - The same omission is loud in one framework and silent in another. So "it ran" proves nothing
#   after a port.
# - Not every default can be seen here: the ladder brings its own weights and no dropout, so
#   starting weights, seeds and dropout go unseen.
#
# Others stand in their chapters: [Theano's turned kernels](../01_history/03_theano.ipynb),
# [Torch7's dampening](../01_history/04_torch7.ipynb), [Caffe's](../02_frameworks/05_caffe.ipynb)
# and [Chainer's](../01_history/05_chainer.ipynb) pooling,
# [MXNet's](../02_frameworks/04_mxnet.ipynb) sum.

# %% [markdown]
# ## Which level are you on?
#
# Low: you name every number. Middle: a library keeps names and state. High: it owns the loop. The
# names below are those of the chapters, and the next cell checks that each chapter really shows
# what the table says.

# %%
# low, middle, high, and where the highest one stops; what is not in code quotes is only told there
LEVELS = (
    ("by_hand", "`np.maximum`, `im2col`", "-", "-", "at the next layer's derivative"),
    ("theano", "`theano.shared`, `theano.function`", "classes of your own", "Lasagne, Keras",
     "at the hidden graph"),
    ("torch7", "`updateGradInput`", "`nn.Sequential`, `optim.sgd`", "`nn.StochasticGradient`",
     "at the first mini-batch"),
    ("caffe", "`net.blobs`", "`caffe.NetSpec`", "`prototxt` and `caffe train`",
     "at a network that depends on its input"),
    ("chainer", "`Variable`, `chainer.functions`", "`chainer.Chain`", "`Trainer`",
     "at the first unusual step"),
)

# %%
LEVELS += (
    ("mxnet", "`nd.Convolution`, `autograd.record`", "`gluon.Trainer`", "`module.fit`",
     "at the first unusual step"),
    ("tensorflow1", "`tf.get_variable`, `tf.Session`", "`tf.layers`", "`tf.estimator`",
     "gone: removed from the package"),
    ("tensorflow", "`tf.GradientTape`, `tf.Variable`", "`tf.Module`, `tf.function`", "`tf.keras`",
     "at the first unusual step"),
    ("keras", "`keras.ops`, `call`", "`train_step`, functional API", "`keras.Sequential`, `fit`",
     "at the first branch"),
    ("pytorch", "`torch.nn.functional`", "`nn.Module`, `torch.optim`", "`DataLoader`; Lightning",
     "PyTorch has no `fit()`"),
    ("jax", "`lax.conv_general_dilated`", "`optax.sgd`", "`nnx.Module`",
     "there is no `fit()` at all"))

# %%
rows = ["| framework | low | middle | high | the highest stops |", "|---|---|---|---|---|"]
absent = []
for framework, *cells_of_row in LEVELS:
    chapter = cells.locate(CHAPTERS[framework]).read_text(encoding="utf-8")
    names_in_code = re.findall(r"`([^`]+)`", " ".join(cells_of_row[:3]))
    absent += [(framework, name) for name in names_in_code if name not in chapter]
    rows.append(f"| [{framework}](../{CHAPTERS[framework]}.ipynb) | "
                + " | ".join(cells_of_row) + " |")
print("named here, but not in its chapter:", absent or "nothing")
lesson.show_markdown("\n".join(rows))

# %% [markdown]
# ## Are the levels the same step?
#
# A level is safe to change only if it computes the same. So take three training steps on the
# course's batches, at every level, and hold all weights against the reference after each: the
# ladder's rung `steps`. (One step would not do: momentum shows in the second.)

# %%
worst = {}


def same_steps(name, step, read):
    """Three training steps; True if every weight stays within the ladder's tolerance after each."""
    truth, gaps = ladder.expected(), []
    for number, batch in zip(range(3), spec.batches(len(digits.train_labels), epoch=0)):
        step(digits.train_images[batch], digits.train_labels[batch])
        for weight, value in read().items():
            right = truth[f"step{number}/{weight}"]
            gaps.append(np.abs(value - right).max() / np.abs(right).max())
    worst[name] = max(gaps)
    print(f"{name:<22} the same step:", worst[name] <= ladder.STEPS)


# %% [markdown]
# **PyTorch, low.** `functional_call` runs the chapter's own network on weights that you hand in;
# `grad` turns a function into its gradient. Momentum is two lines of yours.

# %%
from torch.func import functional_call, grad

torch_cnn = cells.functions(PYTORCH)
skeleton = torch_cnn.OneCNN()
w = {name: torch.from_numpy(value) for name, value in spec.initial_weights().items()}
v = {name: torch.zeros_like(value) for name, value in w.items()}


def loss_at(w, images, labels):
    return nn.functional.cross_entropy(functional_call(skeleton, w, (images,)), labels)


def pytorch_low(images, labels):
    g = grad(loss_at)(w, torch.from_numpy(images), torch.from_numpy(labels))
    for name in w:
        v[name] = spec.MOMENTUM * v[name] + g[name]
        w[name] = w[name] - spec.LEARNING_RATE * v[name]


same_steps("PyTorch, low", pytorch_low, lambda: {name: value.numpy() for name, value in w.items()})

# %% [markdown]
# **PyTorch, middle** is the chapter's `train_step`: `nn.Module` and `torch.optim`. A high level is
# not part of PyTorch. **Lightning** is the best known outside; it is not installed here. Its
# `Trainer` owns the loop, and you give it a `training_step`.

# %%
model = torch_cnn.build(spec.initial_weights())
same_steps("PyTorch, middle", lambda images, labels: torch_cnn.train_step(model, images, labels),
           lambda: torch_cnn.read_weights(model))

# %% [markdown]
# **Keras, low.** The network is still the chapter's. The gradient comes from the engine, here
# PyTorch's; the update is yours.

# %%
keras_cnn = cells.functions(KERAS)
network = keras_cnn.build(spec.initial_weights())
velocities = [keras.Variable(keras.ops.zeros(weight.shape), trainable=False)
              for weight in network.trainable_variables]


def keras_low(images, labels):
    network.zero_grad()
    network.compute_loss(y=torch.from_numpy(labels),
                         y_pred=network(images, training=True)).backward()
    with torch.no_grad():
        for weight, velocity in zip(network.trainable_variables, velocities):
            velocity.assign(spec.MOMENTUM * velocity + weight.value.grad)
            weight.assign(weight - spec.LEARNING_RATE * velocity)


same_steps("Keras, low", keras_low, lambda: keras_cnn.read_weights(network))

# %% [markdown]
# **Keras, middle.** Override `train_step`, keep `fit`. The optimizer is Keras's, the gradient is
# still the engine's: on TensorFlow this method holds a tape, on JAX it is a pure function
# ([Keras](../02_frameworks/03_keras.ipynb)).

# %%
class Watched(keras.Model):
    def train_step(self, data):
        images, labels = data
        self.zero_grad()
        loss = self.compute_loss(y=labels, y_pred=self(images, training=True))
        loss.backward()
        with torch.no_grad():
            self.optimizer.apply([weight.value.grad for weight in self.trainable_variables],
                                 self.trainable_variables)
        return {"loss": loss}


# %%
given = keras_cnn.build(spec.initial_weights())
watched = Watched(given.inputs, given.outputs)
watched.compile(optimizer=keras.optimizers.SGD(spec.LEARNING_RATE, momentum=spec.MOMENTUM),
                loss=given.loss)
same_steps("Keras, middle",
           lambda images, labels: watched.fit(images, labels, batch_size=64, verbose=0),
           lambda: keras_cnn.read_weights(watched))

# %% [markdown]
# **Keras, high.** One call. It shuffles by default; with a single batch of 64 that cannot be seen.

# %%
fitted = keras_cnn.build(spec.initial_weights())
same_steps("Keras, high",
           lambda images, labels: fitted.fit(images, labels, batch_size=64, verbose=0),
           lambda: keras_cnn.read_weights(fitted))

# %% [markdown]
# **JAX, low.** Weights and velocities go in, weights and velocities come out.

# %%
import jax
import jax.numpy as jnp

jax_cnn = cells.functions("02_frameworks/06_jax")


@jax.jit
def jax_low(weights, velocity, images, labels):
    gradient = jax.grad(jax_cnn.cross_entropy)(weights, images, labels)
    velocity = jax.tree.map(lambda v, g: spec.MOMENTUM * v + g, velocity, gradient)
    return jax.tree.map(lambda w, v: w - spec.LEARNING_RATE * v, weights, velocity), velocity


weights = jax_cnn.from_spec(spec.initial_weights())
state = {"now": (weights, jax.tree.map(jnp.zeros_like, weights))}
same_steps("JAX, low",
           lambda images, labels: state.update(now=jax_low(*state["now"], images, labels)),
           lambda: jax_cnn.to_spec(state["now"][0]))

# %% [markdown]
# **JAX, middle** is the chapter's step with Optax; we also count what runs, for the next question.
# **JAX, high** is the Flax network of the same chapter: its cell is fetched, not copied.

# %%
import sys


def functions_run(step):
    """How many Python functions one call of `step` enters."""
    entered = []
    sys.setprofile(lambda frame, event, argument: entered.append(1) if event == "call" else None)
    try:
        step()
    finally:
        sys.setprofile(None)
    return len(entered)


# %%
batch = digits.train_images[:64], digits.train_labels[:64]
ran = {}
four = {"by_hand": cells.functions(CHAPTERS["by_hand"]), "pytorch": torch_cnn, "keras": keras_cnn,
        "jax": jax_cnn}
for framework, cnn in four.items():
    model = cnn.build(spec.initial_weights())
    ran[framework] = [functions_run(lambda cnn=cnn, model=model: cnn.train_step(model, *batch))
                      for _ in range(3)]
model = jax_cnn.build(spec.initial_weights())
same_steps("JAX, middle", lambda images, labels: jax_cnn.train_step(model, images, labels),
           lambda: jax_cnn.read_weights(model))

# %%
import optax
from flax import nnx

namespace = {"jnp": jnp}
sources = [cell.source for cell in cells.read(cells.locate("02_frameworks/06_jax"))]
exec(next(source for source in sources if "class OneCNN(nnx.Module)" in source), namespace)
flax_cnn = namespace["OneCNN"](nnx.Rngs(0))
nnx.update(flax_cnn, jax_cnn.from_spec(spec.initial_weights()))
optimizer = nnx.Optimizer(flax_cnn, optax.sgd(spec.LEARNING_RATE, spec.MOMENTUM), wrt=nnx.Param)


@nnx.jit
def jax_high(network, optimizer, images, labels):
    def loss_of(network):
        return optax.softmax_cross_entropy_with_integer_labels(network(images), labels).mean()

    optimizer.update(network, nnx.grad(loss_of)(network))


# %%
same_steps("JAX, high", lambda images, labels: jax_high(flax_cnn, optimizer, images, labels),
           lambda: jax_cnn.to_spec(nnx.to_pure_dict(nnx.state(flax_cnn, nnx.Param))))
print("levels that took the same steps:", sum(gap <= ladder.STEPS for gap in worst.values()), "of",
      len(worst))

# %% tags=["nbval-ignore-output"]
for name, gap in worst.items():
    print(f"{name:<22} worst relative difference {gap:.1e}")

# %% [markdown]
# Eight programs, one step. What differs is **who may change it**: the lower the level, the more of
# it is yours; the higher, the more must be asked for.

# %%
pieces = {"PyTorch, low": [loss_at, pytorch_low], "Keras, low": [keras_low],
          "Keras, middle": [Watched.train_step], "JAX, low": [jax_low], "JAX, high": [jax_high]}
texts = {name: [inspect.cleandoc("\n" + inspect.getsource(piece)) for piece in found]
         for name, found in pieces.items()}
texts |= {"PyTorch, middle": [parts["pytorch"]["train_step"]],
          "JAX, middle": [parts["jax"]["update"], parts["jax"]["train_step"]],
          "Keras, high": ["fitted.fit(images, labels, batch_size=64, verbose=0)"]}
written = {name: np.sum([count(text) for text in found], axis=0) for name, found in texts.items()}
for name in worst:
    print(f"{name:<16} lines {written[name][0]:>2}  tokens {written[name][1]:>3}")

# %% [markdown]
# **Predict, then run.** How many Python functions run during one `train_step`: by hand, PyTorch,
# Keras, JAX? You counted their lines above. And is the first step like the later ones?
#
# <details><summary>Answer</summary>
#
# The order turns round. By hand few run, most of them in your own file. Keras runs thousands behind
# its single line. JAX runs more in its *first* step, where it traces and compiles, than the others
# together, and later hardly any: the step has left Python.
#
# </details>

# %%
later = {name: values[-1] for name, values in ran.items()}
print("later steps, from few to many:", sorted(later, key=later.get))
print("by hand, first and later the same:", ran["by_hand"][0] == later["by_hand"])
print("Keras runs over 10 times as many as PyTorch:", later["keras"] > 10 * later["pytorch"])
others = sum(ran[name][0] for name in ran if name != "jax")
print("JAX's first step runs more than all others' together:", ran["jax"][0] > others)

# %%
fig, ax = lesson.figure(7.5, 2.6)
for row, (first, *_, last) in enumerate(ran.values()):
    ax.plot([last, first], [row, row], color="gray", zorder=0)
    ax.plot(first, row, "^", color=lesson.ORANGE, markersize=9,
            label="first step" if row == 0 else None)
    ax.plot(last, row, "o", color=lesson.BLUE, markersize=7,
            label="a later step" if row == 0 else None)
labels = [f"{name}\n{table[name]['train_step']} lines" for name in ran]
ax.set(xscale="log", yticks=range(len(ran)), yticklabels=labels,
       ylim=(-0.6, len(ran) - 0.4), xlabel="Python functions that run in one train_step",
       title="What one step runs, against what you wrote")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Four rows on a logarithmic axis. By hand: the same small number in every "
            "step. PyTorch: somewhat more. Keras: thousands. JAX: by far the most in the first "
            "step and the fewest later.")

# %% [markdown]
# So: fewer lines are less to *write*. Whether they are less to understand depends on whether you
# ever have to look behind them. When a default bites, you do.

# %% [markdown]
# ## How do you port a network?
#
# With a list, made from the table: every decision on which your two frameworks differ, what to do,
# and who would notice. Choose your own pair.

# %%
TO_DO = {  # what to do, and the rung that would notice
         "images": ("transpose the images at the door", "logits, mostly with an error"),
         "conv kernel": ("transpose each kernel", "shapes"),
         "dense kernel": ("transpose each matrix", "shapes; a square one: logits"),
         "kernel is turned": ("turn each kernel by half a turn, or switch it off", "logits"),
         "conv padding": ("say the padding", "logits"),
         "first weights": ("set the initialiser, if you train anew",
                           "none: the ladder brings its own weights"),
         "first biases": ("set it too", "none"),
         "pooling moves by": ("say the stride", "logits, or an error"),
         "edge of 11 pixels": ("say floor or ceil", "shapes, or an error"),
         "dropout(0.2) drops": ("use 1 - p", "none: no dropout here"),
         "no mode set": ("say train or eval before every call",
                         "logits, if the network has dropout")}

# %%
TO_DO |= {
    "BatchNorm epsilon": ("copy the value", "logits"),
    "new batch's share": ("compute 1 - momentum where the word means the old", "training"),
    "variance over": ("multiply by n / (n - 1), or accept it", "none: too small"),
    "SGD's momentum": ("write it down; check dampening", "steps"),
    "Adam's epsilon": ("copy the value", "steps, where gradients are tiny"),
    "in effect, step 1": ("multiply by sqrt(1 - beta2) where it is added before the correction",
                          "the same"),
    "loss takes": ("say from_logits, or drop the softmax", "loss"),
    "loss gives": ("take the mean yourself", "loss or gradients"),
    "float64 images": ("cast to float32 yourself", "an error, or none"),
    "seed": ("set it, and do not expect equal numbers", "none")}


# %%
def checklist(source, target):
    both = {row: (claims[row][source], claims[row][target]) for row in claims}
    rows = [f"- [ ] **{row}**: {old} → {new}. {TO_DO[row][0].capitalize()}. *Rung: {TO_DO[row][1]}"
            ".*" for row, (old, new) in both.items() if old != new and "-" not in (old, new)]
    return f"**From {source} to {target}**\n\n" + "\n".join(rows)


FROM, TO = "PyTorch", "Keras"
lesson.show_markdown(checklist(FROM, TO))

# %% [markdown]
# Then, in this order, for it saves the most time: carry the **weights** over and compare *logits*
# in evaluation mode; compare *gradients* of one batch; compare a few *steps*; only then train. An
# accuracy at the end proves least ([the museum of bugs](02_museum_of_bugs.ipynb)).

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** A PyTorch network has batch normalisation with `momentum=0.1`. You port it to Keras and go
# on training. Which `momentum` do you write?
#
# <details><summary>A. 0.1, the same number</summary>No. In Keras the word means the share of the old value. With 0.1 each new batch would count nine tenths.</details>
# <details><summary>B. 0.99, Keras's own default</summary>No. Then a new batch counts one hundredth. In your PyTorch network it counts a tenth.</details>
# <details><summary>C. 0.9, that is 1 - 0.1</summary>Right. PyTorch's number is the share of the new batch, Keras's that of the old value.</details>
#
# <br>**2.** A training step takes one line in framework A and seven in framework B. What may you
# conclude?
#
# <details><summary>A. In A you write less here; what runs behind the line has to be measured</summary>Right. The line may stand for a paragraph in <code>build</code>, and for thousands of functions that run behind it.</details>
# <details><summary>B. In A fewer functions run in a step</summary>No. Keras has one line and runs thousands of functions. The step by hand has more lines and runs few.</details>
# <details><summary>C. In A a mistake is found sooner, for there are fewer places to look</summary>No. The places are there, in code that is not yours. When a default bites, you must look behind the line.</details>
#
# <br>**3.** After a port everything runs, all shapes fit, and the loss falls. Which of these can
# still be wrong?
#
# <details><summary>A. Pooling keeps the odd pixel, before a dense layer with your old weights</summary>No. More pixels arrive than the dense layer has inputs, so you would have met an error. This default is a loud one.</details>
# <details><summary>B. The mean over the batch is missing before <code>jax.grad</code></summary>No. <code>grad</code> wants a single number and raises an error. In TensorFlow the same omission would be silent.</details>
# <details><summary>C. The optimiser's momentum, which you did not set</summary>Right. The steps have the right shapes and other numbers. Nobody tells you; the rung <code>steps</code> does.</details>
#
# <br>**4.** A PyTorch network calls `F.dropout(x, 0.2)` in its forward pass. You call
# `model.eval()` and answer the test digits. What happens?
#
# <details><summary>A. Nothing is dropped, since <code>eval()</code> switches dropout off</summary>No. That is true of the layer <code>nn.Dropout</code>. A function does not know which model it is called from.</details>
# <details><summary>B. A fifth of the values is still dropped</summary>Right. The function's own default is <code>training=True</code>, and <code>eval()</code> does not reach it. Hand over <code>training=self.training</code>.</details>
# <details><summary>C. Four fifths of the values are dropped</summary>No. That would be so if 0.2 were the share to keep, as in TensorFlow 1.</details>
#
# <br>**5.** Your port climbs every rung. Then you train it from its own starting weights, and it
# learns otherwise than the original. How can that be?
#
# <details><summary>A. It cannot: a network that climbs learns in the same way</summary>No. It learns in the same way from the same weights. The ladder has brought those along.</details>
# <details><summary>B. The frameworks start layers differently, and the ladder brings its own weights</summary>Right. The default initialisers were never asked. If you train anew, set them, for the biases too.</details>
# <details><summary>C. Its gradients must be wrong, since the logits are right</summary>No. Gradients have a rung of their own, and it held. So did ten steps, and the training.</details>
#
# <br>**6.** Your training step is a new idea. The loop, the batches and the saving are as usual,
# and you use Keras. Where do you begin?
#
# <details><summary>A. Override <code>train_step</code>, and keep <code>fit</code></summary>Right. The middle level: the step is yours, the loop stays the library's.</details>
# <details><summary>B. Call <code>fit</code> as it is, for a high level has been tried by many</summary>No. At that level the step is the library's. That is a gain where your training is of the usual kind.</details>
# <details><summary>C. Go to the lowest level, where everything can be changed</summary>No. Then names, devices and files become your work, and of these you want to change nothing.</details>
#
# <br>**7.** You have ported a network, and its accuracy is somewhat lower than before. In which
# order do you look, to save the most time?
#
# <details><summary>A. Train both for longer, and look closer if the gap stays</summary>No. An accuracy proves least, and costs most. It does not say where to look.</details>
# <details><summary>B. Compare steps first, for they contain all that comes before</summary>No. Because they contain it all, a difference in them can come from anywhere. Begin where there is least to suspect.</details>
# <details><summary>C. Read both programs line against line, until a difference is found</summary>No. A default stands in no line. What you did not write, you cannot read there.</details>
# <details><summary>D. Carry the weights over, compare logits, then gradients, then steps</summary>Right. Each comparison trusts the one before, so the first that fails tells where the fault is.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | question | what you saw |
# |---|---|
# | Are fewer lines simpler? | Less to write. Behind Keras's line run thousands of functions, behind JAX's first one far more |
# | Where is an interface long? | Where its designers did not expect you: gradients in Keras |
# | Do two frameworks share their defaults? | No two; not even two levels of one framework |
# | Does a wrong default tell you? | Some stop with an error; momentum, reduction, logits and epsilon do not |
# | Are levels interchangeable? | Yes, if the same steps come out: eight did |

# %% [markdown]
# **Choose a high level when** the training is of the usual kind: you write least, and the defaults
# have been tried by many. **Avoid it when** the step itself is your idea: you end up below it
# anyway (`train_step`, shown above).
#
# **Choose a low level when** you port or check: it asks instead of assuming (`tf.nn`, shown above).
# **Avoid it when** names, devices and files would become your work.

# %% [markdown]
# **At every level:** write down each default that matters to you. A default that is written is a
# decision.
#
# **Now you:** [the exercise](../../exercises/03_comparison/04_interfaces.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24. The defaults themselves were asked of the installed packages, above.
# - Caffe's weights start at zero: [BVLC/caffe 2546](https://github.com/BVLC/caffe/issues/2546),
#   2015 to 2017
# - PyTorch's starting weights, and why its code says $\sqrt5$: [pytorch
#   15314](https://github.com/pytorch/pytorch/issues/15314), 2018
# - Adam's epsilon: [tensorflow 35102](https://github.com/tensorflow/tensorflow/issues/35102), 2019;
#   [pytorch 22628](https://github.com/pytorch/pytorch/pull/22628), 2019
# - Flax's pooling moves by one: [google/flax 2029](https://github.com/google/flax/issues/2029),
#   2022; its convolution pads: [Flax documentation,
#   Linear](https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/linear.html)
# - Epsilon of BatchNorm:
#   [nn-transfer pull request 3](https://github.com/gzuidhof/nn-transfer/pull/3), 2017;
#   [keras-yolo3 451](https://github.com/qqwweee/keras-yolo3/issues/451), 2019; MXNet's two:
#   [ncnn pull request 218](https://github.com/Tencent/ncnn/pull/218), 2017
# - Momentum of BatchNorm: [pytorch/vision 8250](https://github.com/pytorch/vision/issues/8250),
#   2024; [pytorch/examples 289](https://github.com/pytorch/examples/issues/289), 2018
# - Its running variance: [pytorch 77427](https://github.com/pytorch/pytorch/issues/77427), 2022
# - A gradient of a vector is that of its sum: a maintainer in [tensorflow pull request
#   20918](https://github.com/tensorflow/tensorflow/pull/20918), 2018
# - Keras's loss takes probabilities:
#   [transformers 3389](https://github.com/huggingface/transformers/issues/3389), 2020
# - `F.dropout`: [pytorch 26338](https://github.com/pytorch/pytorch/issues/26338), 2019
# - MXNet's seed: [apache/mxnet 21053](https://github.com/apache/mxnet/issues/21053), 2022; changed
#   in [21058](https://github.com/apache/mxnet/pull/21058), after the release that runs here
# - Pooling that rounds up: [BVLC/caffe 1318](https://github.com/BVLC/caffe/issues/1318), 2014;
#   [chainer 1988](https://github.com/chainer/chainer/pull/1988), 2016
# - Theano's kernels: [keras 3015](https://github.com/keras-team/keras/issues/3015), 2016
# - Lightning: [its documentation,
#   LightningModule](https://lightning.ai/docs/pytorch/stable/common/lightning_module.html)

# %% [markdown]
# **On your path:**
#
# - *Choosing a framework, 10 of 12:* [Graphs](03_graphs.ipynb) → here → [The race](05_race.ipynb)
#
# **In the order of the folders:** previous [Graphs](03_graphs.ipynb) · next
# [The race](05_race.ipynb) · [all chapters](../00_start_here.ipynb)
