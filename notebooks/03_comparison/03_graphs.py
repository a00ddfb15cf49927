# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Static, dynamic, hybrid: who reads your `if`?
#
# After this notebook you will be able to say, for any framework, whether Python or the framework
# decides at a branch, and what that costs you in speed, in safety, and in debugging.
#
# **You will learn to**
# - hand one function with an `if` on its data to ten machines, and predict what each does;
# - count graph breaks and retraces before you run;
# - mend a traced function that took the wrong branch;
# - draw any framework's graph from its own object;
# - work out after how many calls compiling pays;
# - find the guilty line when an error points elsewhere.
#
# **Before you start:** [TensorFlow](../02_frameworks/01_tensorflow.ipynb),
# [PyTorch](../02_frameworks/02_pytorch.ipynb) and [JAX](../02_frameworks/06_jax.ipynb). Kernel
# `python3`, about 60 minutes.
# The slowest cell takes half a minute. Some cells start the kernel `museum`, and one needs the
# compiler `g++`.
#
# **Retired or deprecated here:** Theano and MXNet (retired), TensorFlow 1's sessions (retired),
# TorchScript (deprecated).

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## Which question divides the frameworks?
#
# Not "is there a graph?": you have drawn one in every chapter. The question is **who reads your
# `if`**. Here is a branch that real training code has: if a gradient is longer than 1, shorten it
# to length 1. It is written with operators that NumPy, PyTorch, JAX, MXNet and Theano share.

# %%
import numpy as np


def clip(g):
    norm = (g * g).sum() ** 0.5
    if norm > 1:
        g = g / norm
    return g


LARGE, SMALL = np.array([3, 4], np.float32), np.array([0.3, 0.4], np.float32)


def right(function):
    """Does it give NumPy's answer on both inputs?"""
    return all(np.allclose(function(g), clip(g), atol=1e-6) for g in (LARGE, SMALL))


print("large:", clip(LARGE), "  small:", clip(SMALL))

# %% [markdown]
# ## Dynamic: what does PyTorch remember of a branch?
#
# Run it eagerly, and Python reads the `if` at every call. Autograd's record
# ([how to read it](../02_frameworks/02_pytorch.ipynb)) holds what *ran*.
#
# **Predict, then run.** Which operations are recorded for the large gradient, which for the small
# one? Does the record know that there was an `if`?
#
# <details><summary>Answer</summary>
#
# A division stands last for the large one. For the small one nothing is recorded on the way to the
# result: `clip` returns its input. The comparison has no gradient, and the `if` left no trace. A
# dynamic graph is a record of one call, not of the program.
#
# </details>

# %%
import torch


def in_torch(function):
    return lambda g: function(torch.from_numpy(g)).numpy()


print("right on both inputs:", right(in_torch(clip)))
for g in (LARGE, SMALL):
    clipped = clip(torch.from_numpy(g).requires_grad_())
    print("last recorded operation:", clipped.grad_fn and clipped.grad_fn.name())

# %% [markdown]
# ## Hybrid: what does `torch.compile` do at the `if`?
#
# It reads your *bytecode* and collects operations into a graph until it meets something that it
# cannot put there. Then it compiles what it has, lets Python run that one step, and begins a new
# graph: a **graph break**. A backend is any function that gets such graphs; ours keeps them and
# runs them as they are.
#
# Torch's log lines repeat what its exceptions say, so they are switched off.

# %%
import logging

torch._logging.set_logs(all=logging.CRITICAL)
pieces = []


def keep(graph_module, example_inputs):
    pieces.append(graph_module)
    return graph_module.forward


def operation(node):
    """The name of the function or method that a node of an fx graph calls."""
    return getattr(node.target, "__name__", str(node.target)).split(".")[0]


compiled_clip = torch.compile(clip, backend=keep)
print("right on both inputs:", right(in_torch(compiled_clip)))
for piece in pieces:
    print([operation(node) for node in piece.graph.nodes if node.op.startswith("call")])

# %% [markdown]
# Two graphs, and Python's `if` between them. The answers are right, whichever branch is taken.
# `torch._dynamo.explain` tells it in advance, with the reason.

# %%
torch._dynamo.reset()
report = torch._dynamo.explain(clip)(torch.from_numpy(LARGE))
print("graphs:", report.graph_count, "  breaks:", report.graph_break_count)
print("reason:", report.break_reasons[0].reason)
print("at the line:", report.break_reasons[0].user_stack[-1].line)

# %% [markdown]
# A break costs speed, not correctness. If you want to know rather than hope, ask for a single
# graph: `fullgraph=True` turns the first break into an error.

# %%
torch._dynamo.reset()
try:
    torch.compile(clip, backend="eager", fullgraph=True)(torch.from_numpy(LARGE))
except torch._dynamo.exc.Unsupported as error:
    print("fullgraph=True:", str(error).splitlines()[0])

# %% [markdown]
# ## What if no Python may remain?
#
# `torch.export` makes a program that runs without your source. No Python, no graph breaks: so it
# must refuse. (It also prints the graph it had so far; the cell sets that aside.)

# %%
import contextlib
import io


class Clip(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, g):
        return self.function(g)


try:
    with contextlib.redirect_stderr(io.StringIO()):
        torch.export.export(Clip(clip), (torch.from_numpy(LARGE),))
except RuntimeError as error:
    print(type(error).__name__ + ":", str(error).split(" (")[0])

# %% [markdown]
# The cure is to say the branch in the framework's words: `torch.cond` gets both sides as functions.
# **Both** are traced, **one** runs. Its documentation still calls it a prototype. A side may not
# hand back its input as it is, hence the `clone`.

# %%
def clip_with_cond(g):
    norm = (g * g).sum() ** 0.5
    return torch.cond(norm > 1, lambda g, norm: g / norm, lambda g, norm: g.clone(), (g, norm))


exported = torch.export.export(Clip(clip_with_cond), (torch.from_numpy(LARGE),))
print("right on both inputs:", right(in_torch(exported.module())))
print([operation(node) for node in exported.graph.nodes if node.op.startswith("call")])

# %% [markdown]
# ## A trap: whose branch did the trace take?
#
# **TorchScript** is PyTorch's older export, deprecated in favour of `torch.export`. It had two ways
# in. `script` reads your *source*, `if` included. `trace` runs your function once on an example and
# writes down what happened.
#
# Both calls warn that they are deprecated. There is no newer call for a *comparison* of the two, so
# that warning is filtered, and no other.

# %%
import warnings

warnings.filterwarnings("ignore", "`torch.jit.(script|trace)` is deprecated", DeprecationWarning)
scripted = torch.jit.script(clip)
print("script, right on both inputs:", right(in_torch(scripted)))
print(scripted.code)

# %% [markdown]
# **Predict, then run.** `clip` is traced with the large gradient. What does the trace do to the
# small one, of length 0.5?
#
# <details><summary>Answer</summary>
#
# It divides it as well: length 1, twice too long. The example's branch is now the only one. Near a
# minimum, where gradients are small, this "clipping" would make every one of them larger.
#
# </details>

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", torch.jit.TracerWarning)
    traced = torch.jit.trace(clip, torch.from_numpy(LARGE))
print("small gradient:", in_torch(traced)(SMALL))
print("trace, right on both inputs:", right(in_torch(traced)))
print("'if' in the traced program:", "if" in traced.code)
print("it warned:", str(caught[-1].message).split(". ")[0])

# %% [markdown]
# That `TracerWarning` is the only sign. A user of a video network traced it, and the trace gave
# another result ([RealBasicVSR 70](https://github.com/ckkelvinchan/RealBasicVSR/issues/70), 2022).
# The report quotes this warning, among others of its kind, for a branch that asks how large the
# residues are.
#
# The cure: `torch.cond`, or no branch at all (the exercise). `torch.export` goes the safe way: it
# refuses.

# %% [markdown]
# ## What shall the stop-watch do meanwhile?
#
# Later you will ask when compiling *pays*. The times are taken now, while this notebook is still
# small in memory: each framework in a process of its own, on the network of its chapter and on a
# tiny one, 784-32-10. For each batch size: the best eager call, the compiled one's *first* call,
# and its best later one.

# %%
import json
import os
import time

from onecnn import cells, mnist, paths


def calls(function, images, budget=0.1):
    """Seconds of the first call, and the best of those that follow."""
    taken = []
    while len(taken) < 4 or sum(taken[1:]) < budget:
        begin = time.perf_counter()
        function(images)
        taken.append(time.perf_counter() - begin)
    return taken[0], min(taken[1:])


# %%
def measure(eager, compiled, batches=(64, 1, 512)):
    found = {}
    for batch in batches:
        images = mnist.load().train_images[:batch]
        slow, (first, fast) = calls(eager, images)[1], calls(compiled, images)
        found[batch] = {"eager": slow, "first": first, "compiled": fast}
    return found


# %% [markdown]
# `elsewhere` runs a program in another process and reads its last line as JSON. Everything that a
# compiler leaves behind goes to a temporary folder, or a second run would measure a cache. Theano,
# which you will meet below, does without its C++ compiler: for so little that is quicker.

# %%
import subprocess
import tempfile

SETTINGS = {"TORCHINDUCTOR_VEC_ISA_OK": "1", "TORCHINDUCTOR_COMPILE_THREADS": "1",
            "PYTHONPATH": str(paths.ROOT)}

# %%
def elsewhere(program, kernel):
    """What the program's last line prints, as data; empty where the kernel is missing."""
    try:
        command, settings = cells.interpreter(kernel)
    except cells.KernelMissing as reason:
        print("not run:", reason)
        return {}
    with tempfile.TemporaryDirectory() as scratch:
        settings |= {**SETTINGS, "TORCHINDUCTOR_CACHE_DIR": scratch,
                     "THEANO_FLAGS": f"cxx=,blas.ldflags=,floatX=float32,base_compiledir={scratch}"}
        run = subprocess.run([*command, "-c", program], env={**os.environ, **settings},
                             capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


# %% [markdown]
# PyTorch's default compiler, *inductor*, writes C++ and calls `g++`. `dynamic=True` asks for one
# compilation for all batch sizes (1 gets its own: for the CNN it would cost as long again, so it is
# left out). A trivial first compilation pays for the compiler's own start.

# %%
import inspect

CLOCK = "import json, time\nfrom onecnn import cells, mnist, spec\n" + "\n".join(
    map(inspect.getsource, (calls, measure)))
PYTORCH = CLOCK + """
import torch
pytorch, nn, found = cells.functions("02_frameworks/02_pytorch"), torch.nn, {}
torch.compile(lambda x: torch.relu(x) + 1)(torch.ones(64))
tiny = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10))
for name, model, batches in (("tiny", tiny, (64, 1, 512)),
                             ("CNN", pytorch.build(spec.initial_weights()), (64, 512))):
    fast = torch.compile(model, dynamic=True)
    found[name] = measure(lambda images: pytorch.logits(model, images),
                          lambda images: pytorch.logits(fast, images), batches)
print(json.dumps(found))
"""

# %%
times = {"PyTorch": elsewhere(PYTORCH, "python3")}

# %% [markdown]
# JAX has its compiler, XLA, on board. So has TensorFlow, but our chapter's `tf.function` does not
# ask for it: what runs is a graph of TensorFlow's own operations. The eager calls are the same
# functions, without `tf.function` and `jit`.

# %%
TENSORFLOW = CLOCK + """
import numpy as np, tensorflow as tf
tensorflow, found = cells.functions("02_frameworks/01_tensorflow"), {}
class Tiny(tensorflow.OneCNN):
    def forward(self, x):
        w = self.weights
        return tf.nn.relu(tf.reshape(x, [-1, 784]) @ w["a"] + w["b"]) @ w["c"] + w["d"]
sizes = {"a": (32, 784), "b": 32, "c": (10, 32), "d": 10}
tiny = Tiny({name: np.full(size, 0.01, "float32") for name, size in sizes.items()})
for name, model in (("tiny", tiny), ("CNN", tensorflow.build(spec.initial_weights()))):
    found[name] = measure(lambda images: model.forward(images.transpose(0, 2, 3, 1)).numpy(),
                          lambda images: tensorflow.logits(model, images))
print(json.dumps(found))
"""
times["TensorFlow"] = elsewhere(TENSORFLOW, "python3")

# %%
JAX = CLOCK + """
import jax, jax.numpy as jnp, numpy as np
functions, found = cells.functions("02_frameworks/06_jax"), {}
def tiny(weights, images):
    x = jax.nn.relu(functions.dense(images.reshape(len(images), -1), weights["hidden"]))
    return functions.dense(x, weights["out"])
"""

# %%
JAX += """
layers = {name: {"kernel": jnp.full(size, 0.01), "bias": jnp.zeros(size[1])} for name, size in
          (("hidden", (784, 32)), ("out", (32, 10)))}
for name, forward, weights in (("tiny", tiny, layers),
                               ("CNN", functions.forward,
                                functions.build(spec.initial_weights())["weights"])):
    jitted = jax.jit(forward)
    found[name] = measure(lambda images: np.array(forward(weights, images)),
                          lambda images: np.array(jitted(weights, images)))
print(json.dumps(found))
"""

# %%
times["JAX"] = elsewhere(JAX, "python3")

# %%
print({framework: sorted(found) for framework, found in times.items()})

# %% [markdown]
# ## Static: why does `jax.jit` refuse?
#
# It runs your Python with *tracers*, arrays without numbers, and leaves your source alone. A tracer
# cannot say whether it is greater than 1. No rewriting, no breaks, no guess: an error
# ([more on it](../02_frameworks/06_jax.ipynb)).

# %%
import jax
import jax.numpy as jnp

try:
    jax.jit(clip)(LARGE)
except jax.errors.TracerBoolConversionError as error:
    print(str(error).splitlines()[0])


def clip_with_lax(g):
    norm = (g * g).sum() ** 0.5
    return jax.lax.cond(norm > 1, lambda: g / norm, lambda: g)


print("right on both inputs:", right(jax.jit(clip_with_lax)), "  and eagerly:",
      right(lambda g: clip(jnp.array(g))))

# %% [markdown]
# ## Static: how did the ancestors say it?
#
# Theano and MXNet run in the museum, in a process of their own. It gets *this notebook's* source of
# `clip`.

# %%
SHARED = "import json\nimport numpy as np\n" + inspect.getsource(clip) + """
LARGE, SMALL = np.array([3, 4], "float32"), np.array([0.3, 0.4], "float32")

def refusal(function):
    try:
        function()
        return "none"
    except Exception as error:
        return type(error).__name__ + ": " + str(error).split(" and only")[0]
"""

# %% [markdown]
# **Theano** ([chapter](../01_history/03_theano.ipynb)) builds expressions, so it cannot read the
# `if` either. It has two branches: `switch` computes both sides, `ifelse` only one. Beside the
# answers the program sends the nodes of the compiled graph.

# %%
THEANO = SHARED + """
import theano, theano.tensor as T
from theano.ifelse import ifelse
g = T.vector("g")
norm = (g * g).sum() ** 0.5
lazy = theano.function([g], ifelse(norm > 1, g / norm, g))
both = theano.function([g], T.switch(norm > 1, g / norm, g))
nodes = [("g", "g", [])] + [(str(node.outputs[0]), str(node.op), [str(one) for one in node.inputs])
                            for node in lazy.maker.fgraph.toposort()]
print(json.dumps(dict(refusal=refusal(lambda: clip(g)),
                      lazy=[lazy(x).tolist() for x in (LARGE, SMALL)],
                      both=[both(x).tolist() for x in (LARGE, SMALL)], nodes=nodes)))
"""

# %%
theano = elsewhere(THEANO, "museum")
print("a Python if:", theano.get("refusal"))
for way in ("lazy", "both"):
    print(f"{way}, right:", np.allclose(theano.get(way, 0), [clip(LARGE), clip(SMALL)]))

# %% [markdown]
# **MXNet** ([chapter](../02_frameworks/04_mxnet.ipynb)) runs the same block twice: with arrays,
# where Python's `if` works, and after `hybridize()` with symbols.

# %%
MXNET = SHARED + """
import mxnet as mx
class Python(mx.gluon.HybridBlock):
    hybrid_forward = lambda self, F, g: clip(g)
class Cond(mx.gluon.HybridBlock):
    def hybrid_forward(self, F, g):
        norm = F.sqrt(F.sum(g * g))
        return F.contrib.cond(norm > 1, lambda: F.broadcast_div(g, norm), lambda: F.identity(g))
python, cond, graph = Python(), Cond(), json.loads(Cond()(mx.sym.var("g")).tojson())
eager = [python(mx.nd.array(x)).asnumpy().tolist() for x in (LARGE, SMALL)]
python.hybridize(), cond.hybridize()
static = [cond(mx.nd.array(x)).asnumpy().tolist() for x in (LARGE, SMALL)]
print(json.dumps(dict(refusal=refusal(lambda: python(mx.nd.array(LARGE))), eager=eager,
                      static=static, graph=graph)))
"""

# %%
mxnet = elsewhere(MXNET, "museum")
for way in ("eager", "static"):
    print(f"{way}, right:", np.allclose(mxnet.get(way, 0), [clip(LARGE), clip(SMALL)]))
print("hybridized, a Python if:", mxnet.get("refusal"))

# %% [markdown]
# ## Hybrid: how can TensorFlow keep the `if`?
#
# TensorFlow's tensors have no `.sum()`, so the function is written once more; the `if` is the same.
# `tf.function` ([what it does](../02_frameworks/01_tensorflow.ipynb)) traces it **once**, and still
# takes the right branch.

# %%
import tensorflow as tf

tf.get_logger().setLevel("ERROR")  # it would warn of the retracing that we count below


def tf_clip(g):
    norm = tf.reduce_sum(g * g) ** 0.5
    if norm > 1:
        g = g / norm
    return g


graph_clip = tf.function(tf_clip)
print("right on both inputs:", right(lambda g: graph_clip(tf.constant(g)).numpy()))
print("traces:", graph_clip.experimental_get_tracing_count())

# %% [markdown]
# How? **AutoGraph** rewrites your *source* before it is traced. Here are the lines that became of
# the `if`.

# %%
rewritten = tf.autograph.to_code(tf_clip).splitlines()
print(*[line.strip() for line in rewritten if "if_stmt" in line or "norm)" in line], sep="\n")

try:
    tf.function(tf_clip, autograph=False)(tf.constant(LARGE))
except tf.errors.OperatorNotAllowedInGraphError as error:
    print("without AutoGraph:", str(error).split(" You ")[0])

# %% [markdown]
# `if_stmt` looks at the condition: a Python value, and it branches in Python; a tensor, and it
# builds an `If` operation with two branch functions. AutoGraph needs to *find* your source: a
# lambda that begins in the middle of a longer statement has defeated it
# ([30149](https://github.com/tensorflow/tensorflow/issues/30149), 2019).

# %% [markdown]
# ## Static: how did TensorFlow 1 say it?
#
# In TensorFlow 1 the graph was all there was ([chapter](../01_history/06_tensorflow1.ipynb)). Its
# `cond` predates branch functions: `Switch` sends a value to one side, `Merge` takes what arrives.
# The first call chooses that old form, the last one restores today's.

# %%
v1 = tf.compat.v1
v1.disable_control_flow_v2()
with v1.Graph().as_default() as old_graph:
    hole = v1.placeholder(tf.float32, [None], name="g")
    length = tf.reduce_sum(hole * hole) ** 0.5
    result = v1.cond(length > 1, lambda: hole / length, lambda: hole)
v1.enable_control_flow_v2()
try:
    with v1.Graph().as_default():
        tf_clip(v1.placeholder(tf.float32, [None]))
except tf.errors.OperatorNotAllowedInGraphError as error:
    print("a Python if:", type(error).__name__)
with v1.Session(graph=old_graph) as session:
    print("right on both inputs:", right(lambda g: session.run(result, {hole: g})))

# %% [markdown]
# ## When does the hybrid trace again?
#
# A graph fits one kind of input. The next cells hand the same eight calls to three machines and
# count new traces: a vector of length 2, 2, 3, 4, 1, then length 2 with the Python number `k` as 2,
# 3, 4.

# %% [markdown]
# **Predict, then run.** How many traces does each of the three need for the eight calls?
#
# <details><summary>Answer</summary>
#
# 7, 4 and 4, for three different reasons. `tf.function` traces for every shape and every Python
# *value*. `jax.jit` traces for every shape, but turns a Python number into an array.
# `torch.compile` begins with exact sizes and numbers; when one changes, it compiles once more with
# that one left open. Length 1 is special for it, as 0 would be.
#
# </details>

# %%
CALLS = [(2, 1), (2, 1), (3, 1), (4, 1), (1, 1), (2, 2), (2, 3), (2, 4)]
traces = {"tf.function": [], "jax.jit": [], "torch.compile": []}


def watched(name):
    def double(x, k):
        traces[name].append(None)  # Python runs while tracing, and not later
        return x * 2 + k
    return double


def counting(graph_module, example_inputs):
    traces["torch.compile"].append(None)
    return graph_module.forward


# %%
torch._dynamo.reset()
machines = {"tf.function": (tf.function(watched("tf.function")), tf.ones),
            "jax.jit": (jax.jit(watched("jax.jit")), jnp.ones),
            "torch.compile": (torch.compile(lambda x, k: x * 2 + k, backend=counting), torch.ones)}
for name, (function, ones) in machines.items():
    new = []
    for length, k in CALLS:
        before = len(traces[name])
        function(ones([length]), k)
        new.append(len(traces[name]) - before)
    print(f"{name:<14}", new, "sum", sum(new))

# %% [markdown]
# A training loop that hands the step number to `tf.function` as a Python `int` traces at every
# step. A last, smaller batch costs JAX one more compilation. In all three the cure is the same: few
# shapes, and numbers as arrays.

# %% [markdown]
# ## So who reads it?
#
# | machine | who reads your `if` | when | the graph holds |
# |---|---|---|---|
# | eager (all of today's) | Python | every call | what ran |
# | `torch.compile` | Python, between two graphs | every call | the straight pieces |
# | `torch.jit.trace` | Python, **once** | on the example | the example's branch |
# | `tf.function`, `torch.jit.script` | the framework, from your source | every call | both branches |
# | `torch.export`, `jax.jit`, TF 1, Theano, MXNet | nobody: it refuses | - | both, if you write `cond` |
#
# Every row was shown above. Only one of them can be wrong without an error.

# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## Can one function draw them all?
#
# Every graph becomes a list of `(name, label, names of its inputs)`. Each reader below takes the
# framework's own object. A branch that is a graph of its own becomes one node, with its operations
# as label.

# %%
import re


def from_autograd(node, seen=None):
    seen = {} if seen is None else seen
    if node not in seen:
        parents = [parent for parent, _ in node.next_functions if parent is not None]
        for parent in parents:
            from_autograd(parent, seen)
        label = {"torch::autograd::AccumulateGrad": "g"}.get(
            node.name(), node.name().replace("Backward0", ""))
        seen[node] = (str(id(node)), label, [str(id(parent)) for parent in parents])
    return list(seen.values())


# %%
def from_fx(graph_module):
    nodes = []
    for node in graph_module.graph.nodes:
        label = (operation(node) if node.op.startswith("call")
                 else re.sub("^l_|_$", "", node.name.lower()))
        if node.op == "get_attr":  # a branch
            body = getattr(graph_module, node.target).graph.nodes
            label = label.split("_")[0] + ": " + " ".join(operation(one) for one in body
                                                          if one.op == "call_function")
        nodes.append((node.name, label, [one.name for one in node.all_input_nodes]))
    return [node for node in nodes if node[0] != "output"]


# %%
def from_tensorflow(graph):
    bodies = {f.signature.name: " ".join(n.op for n in f.node_def if n.op not in HIDDEN) or "g"
              for f in graph.as_graph_def().library.function}
    nodes = []
    for op in graph.get_operations():
        inputs = [tensor.op.name for tensor in op.inputs]
        for side in ("then", "else") if op.type == "StatelessIf" else ():
            nodes.append((op.name + side,
                          f"{side}: {bodies[op.get_attr(f'{side}_branch').name]}", []))
            inputs.append(op.name + side)
        nodes.append((op.name, "g" if op.type == "Placeholder" else op.type, inputs))
    return nodes


# %%
def from_jaxpr(jaxpr):
    nodes = [(str(id(variable)), "g", []) for variable in jaxpr.invars]
    for equation in jaxpr.eqns:
        name, inputs = str(id(equation.outvars[0])), [str(id(variable))
                                                      for variable in equation.invars]
        for side, branch in zip(("false", "true"), equation.params.get("branches", ())):
            body = " ".join(one.primitive.name for one in branch.jaxpr.eqns) or "g"
            nodes.append((name + side, f"{side}: {body}", []))
            inputs.append(name + side)
        nodes.append((name, equation.primitive.name, inputs))
    return nodes


# %%
def short(op):
    return re.sub("elemwise_|broadcast_|_scalar|^_", "", op)


def from_theano(nodes):
    return [(name, re.sub(r"Elemwise\{|[,{}].*", "", op), inputs) for name, op, inputs in nodes]


def from_mxnet(graph):
    nodes, names = [], [node["name"] for node in graph["nodes"]]
    for node in graph["nodes"]:
        inputs = [names[number] for number, *_ in node["inputs"]]
        for side, body in zip(("then", "else"), node.get("subgraphs", [])[1:]):
            nodes.append((side, f"{side}: " + " ".join(short(one["op"]) for one in body["nodes"]
                                                       if one["op"] != "null"), []))
            inputs.append(side)
        nodes.append((node["name"], "g" if node["op"] == "null" else short(node["op"]), inputs))
    return nodes


# %% [markdown]
# `lean` leaves out constants and copies, and ties their users to what lies behind them. `draw` puts
# each node one row below its lowest input.

# %%
HIDDEN = {"Const", "Identity", "NoOp", "Placeholder", "convert_element_type", "getitem",
          "InplaceDimShuffle"}


def lean(nodes):
    known = {name: (label, inputs) for name, label, inputs in nodes}

    def behind(name):
        label, inputs = known[name]
        return [name] if label not in HIDDEN else [one for i in inputs if i in known
                                                   for one in behind(i)]
    return {name: (label, [one for i in inputs if i in known for one in behind(i)])
            for name, (label, inputs) in known.items() if label not in HIDDEN}


# %%
def places(nodes):
    def row(name):
        return 1 + max([row(parent) for parent in nodes[name][1]], default=-1)
    rows = {}
    for name in nodes:
        users = [row(other) for other, (_, inputs) in nodes.items() if name in inputs]
        rows.setdefault(min(users) - 1 if ": " in nodes[name][0] else row(name), []).append(name)
    return {name: (column - (len(line) - 1) / 2, -number) for number, line in rows.items()
            for column, name in enumerate(line)}


# %%
def looks(label):
    """Box, colour and colour of the text: Python's step, a decision, a branch, an input, an
    operation."""
    if label.startswith("Python"):
        return "square", lesson.BLACK, "white"
    if re.fullmatch("cond|if|StatelessIf|Switch|Merge", label):
        return "round4", lesson.VERMILION, "white"
    if ": " in label:
        return "sawtooth", lesson.GREEN, "white"
    return ("circle", lesson.ORANGE, "black") if label == "g" else ("round", lesson.SKY, "black")


# %%
def draw(ax, nodes, title):
    nodes = lean(nodes)
    place = places(nodes)
    for name, (label, inputs) in nodes.items():
        style, color, ink = looks(label)
        ax.text(*place[name], label, ha="center", va="center", fontsize=7, zorder=2, color=ink,
                bbox={"boxstyle": style, "fc": color, "ec": "none"})
        for begin in sorted({place[one] for one in inputs}):
            bend = 0 if begin[1] - place[name][1] < 1.5 else 0.3
            ax.annotate("", place[name], begin,
                        zorder=1, arrowprops={"arrowstyle": "->", "color": "gray", "shrinkB": 9,
                                              "connectionstyle": f"arc3,rad={bend}"})
    columns, rows = zip(*place.values())
    ax.set(xlim=(min(columns) - 0.8, max(columns) + 0.8), ylim=(min(rows) - 0.6, 0.6))
    ax.set_title(title, fontsize=9)


# %% [markdown]
# **Predict, then run.** Eight panels, one function. In which of them do you see no decision at all?
#
# <details><summary>Answer</summary>
#
# In autograd's: it recorded one call. `torch.compile` left the decision to Python (black), between
# its two pieces. Theano's `if` has its branches as ordinary inputs and asks for one of them;
# TensorFlow 1 has `Switch` and `Merge` and no branch functions (a fourth `Switch`, which only marks
# the living side, is left out); the other four have one deciding node with two graphs inside.
#
# </details>

# %%
first, second = (from_fx(piece) for piece in pieces)
python = ("python", "Python: " + report.break_reasons[0].user_stack[-1].line,
          [node.name for node in pieces[0].graph.output_node().args[0]])
second = [("2" + name, label, ["2" + one for one in inputs] or ["python"])
          for name, label, inputs in second]

# %%
panels = {
    "autograd: the record of one call": from_autograd(clip(torch.from_numpy(LARGE).requires_grad_())
                                                      .grad_fn),
    "torch.compile: two pieces": [*first, python, *second],
    "torch.export, torch.cond": from_fx(exported.graph_module),
    "tf.function": from_tensorflow(graph_clip.get_concrete_function(tf.constant(LARGE)).graph),
    "jax.jit, lax.cond": from_jaxpr(jax.make_jaxpr(clip_with_lax)(LARGE).jaxpr),
    "TensorFlow 1, tf.cond": [node for node in from_tensorflow(old_graph)
                              if node[0] != "cond/Switch"],
    "Theano, ifelse": from_theano(theano.get("nodes", [])),
    "MXNet, contrib.cond": from_mxnet(mxnet["graph"]) if mxnet else [],
}

# %%
fig, axes = lesson.figure(11, 7.5, rows=2, columns=4)
for ax, (title, nodes) in zip(axes.flat, panels.items()):
    ax.set_axis_off()
    if nodes:
        draw(ax, nodes, title)
lesson.show(fig,
            alt="Eight small graphs of the same function. Autograd: a plain chain. torch.compile: "
            "two pieces with Python's if between them. export, tf.function, JAX and MXNet: one red "
            "deciding node with two green branches. TensorFlow 1: Switch and Merge. Theano: if.")

# %% [markdown]
# ## And a loop?
#
# Halve a vector until it is shorter than 1, and count the turns. In PyTorch a Python `while`, in
# TensorFlow the same under AutoGraph, in JAX `while_loop`.

# %%
def halve(x):
    turns = 0
    while (x * x).sum() >= 1:
        x, turns = x / 2, turns + 1
    return x, turns


@tf.function
def tf_halve(x):
    turns = 0
    while tf.reduce_sum(x * x) >= 1:
        x, turns = x / 2, turns + 1
    return x, turns


@jax.jit
def lax_halve(x):
    return jax.lax.while_loop(lambda state: (state[0] * state[0]).sum() >= 1,
                              lambda state: (state[0] / 2, state[1] + 1), (x, 0))


# %% [markdown]
# **Predict, then run.** How does each graph grow when the vector is 100 times as long?
#
# <details><summary>Answer</summary>
#
# PyTorch's record grows with the turns: one division each, 3 and then 9. The static graphs hold
# *one* division in a loop, whatever the number. A record needs memory for each turn; a program does
# not, but somebody had to write it as a program.
#
# </details>

# %%
for x in (LARGE, 100 * LARGE):
    ways = [halve(x), halve(torch.from_numpy(x)), tf_halve(tf.constant(x)), lax_halve(x)]
    print("turns:", [int(turns) for _, turns in ways], "  same vectors:",
          all(np.allclose(a, ways[0][0]) for a, _ in ways))
    record = from_autograd(halve(torch.from_numpy(x).requires_grad_())[0].grad_fn)
    print("  divisions recorded by autograd:", sum(label == "Div" for _, label, _ in record))
loop = tf_halve.get_concrete_function(tf.constant(LARGE)).graph.get_operations()
print("loops in TensorFlow's graph:", sum(op.type == "StatelessWhile" for op in loop))
print("equations in JAX's program:",
      [equation.primitive.name for equation in jax.make_jaxpr(lax_halve.__wrapped__)(LARGE).eqns])

# %% [markdown]
# The record has an advantage, too. Going backwards needs the results of every turn. Autograd has
# them; TensorFlow's loop piles them up; JAX refuses, since it cannot know how much memory that
# takes.

# %%
x = torch.from_numpy(LARGE).requires_grad_()
halve(x)[0].sum().backward()
variable = tf.Variable(LARGE)
with tf.GradientTape() as tape:
    total = tf.reduce_sum(tf_halve(variable)[0])
print("PyTorch:", x.grad.numpy(), "  TensorFlow:", tape.gradient(total, variable).numpy())
try:
    jax.grad(lambda x: lax_halve(x)[0].sum())(LARGE)
except ValueError as error:
    print("JAX:", str(error).split(" with ")[0])

# %% [markdown]
# ## When does a graph pay?
#
# Now the times that were measured above. A compiler's bill comes with the first call; what a call
# saves is paid back call by call. *Break-even* is the number of calls after which both are even, or
# never.

# %%
seconds = {(framework, model, int(batch)): one for framework, found in times.items()
           for model, by_batch in found.items() for batch, one in by_batch.items()}
at_64 = [one for (_, _, batch), one in seconds.items() if batch == 64]
print("at batch 64, every first call took at least 5 times a later one:",
      all(one["first"] >= 5 * one["compiled"] for one in at_64))
inductor = seconds["PyTorch", "tiny", 1]
print("PyTorch, tiny, batch 1: compiling costs at least 1,000 eager calls:",
      inductor["first"] >= 1000 * inductor["eager"])
single = seconds["JAX", "CNN", 1]
print("JAX, CNN, batch 1: compiled at least twice as fast:",
      single["eager"] >= 2 * single["compiled"])

# %% [markdown]
# The digits are this machine's, and the figure too: their outputs are not compared. Read break-even
# at batch 64: what PyTorch and TensorFlow compiled there serves 512 as well.

# %% tags=["nbval-ignore-output"]
def break_even(one):
    saved = one["eager"] - one["compiled"]
    return f"{one['first'] / saved:12,.0f}" if saved > 0 else "       never"


print("framework   model batch  eager ms  compiled ms  first call s  break-even calls")
for (framework, model, batch), one in sorted(seconds.items()):
    print(f"{framework:<11} {model:<5} {batch:5} {1000 * one['eager']:9.2f} "
          f"{1000 * one['compiled']:12.2f} {one['first']:13.2f}      {break_even(one)}")

# %% tags=["nbval-ignore-output"]
fig, axes = lesson.figure(9, 3.2, columns=2, sharey=True)
for ax, model in zip(axes, ("tiny", "CNN")):
    for number, framework in enumerate(("PyTorch", "TensorFlow", "JAX")):
        batches = [batch for batch in (1, 64, 512) if (framework, model, batch) in seconds]
        cases = [seconds[framework, model, batch] for batch in batches]
        gains = [case["eager"] / case["compiled"] for case in cases]
        ax.plot(batches, gains, marker=lesson.MARKERS[number], color=lesson.COLORS[number],
                label=framework)
    ax.axhline(1, color="gray", linestyle=":")
    ax.set(xscale="log", yscale="log", xlabel="images in a batch", title=f"{model}, inference")
    ax.set_xticks([1, 64, 512], ["1", "64", "512"], minor=False)
    ax.set_yticks([0.5, 1, 2, 5, 10], ["0.5", "1", "2", "5", "10"])
    ax.minorticks_off()
axes[0].set_ylabel("times as fast as eager")
axes[1].legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Two panels, tiny network and CNN: how many times as fast the compiled call "
            "is, against batch size, for three frameworks; a dotted line marks no gain.")

# %% [markdown]
# How to read your figure. A line that is high at batch 1 saves *overhead between operations*:
# Python and dispatch. A line that is high at batch 512 saves *work*: operations are fused, and
# fewer arrays travel through memory. A line below 1 loses: before a compiled call, the framework
# checks that the graph still fits, and a tiny network may not earn that back.
#
# For training steps see [the race](05_race.ipynb).

# %% [markdown]
# ## What does a mistake look like in each?
#
# The same planted error: the second layer's weight has 65 rows, its input 64 columns.
# `second_layer` holds the guilty line. For each machine we ask the exception: is that function a
# frame of the traceback, does the message name it, does it name both sizes? And had Python passed
# the line already?

# %%
import traceback

ARRAYS = [np.ones(shape, np.float32) for shape in ((5, 784), (784, 64), (65, 10))]
passed = []


def second_layer(h, w2):
    return h @ w2


def network(x, w1, w2):
    h = second_layer(x, w1)
    y = second_layer(h, w2)
    passed.append("the guilty line")
    return y


# %%
def evidence(machine):
    """Runs the machine, which must fail, and questions its exception."""
    passed.clear()
    try:
        machine()
    except Exception as error:
        frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        text = str(error)
        return {"exception": type(error).__name__, "found": "later" if passed else "at the line",
                "in the traceback": "second_layer" in frames,
                "in the message": "second_layer" in text,
                "sizes named": "64" in text and "65" in text}


# %%
def in_session():
    with v1.Graph().as_default():
        holes = [v1.placeholder(tf.float32) for _ in ARRAYS]
        y = network(*holes)
        with v1.Session() as session:
            session.run(y, dict(zip(holes, ARRAYS)))


# %% [markdown]
# Theano gets the same two functions and the same questions, in the museum; it writes a matrix
# product as `dot`.

# %%
QUESTIONS = SHARED + "import traceback\n" + "\n".join(inspect.getsource(function) for function in (
    second_layer, network, evidence)).replace("h @ w2", "T.dot(h, w2)") + """
import theano, theano.tensor as T
ARRAYS = [np.ones(shape, "float32") for shape in ((5, 784), (784, 64), (65, 10))]
passed, holes = [], T.matrices("x", "w1", "w2")
print(json.dumps(evidence(lambda: theano.function(holes, network(*holes))(*ARRAYS))))
"""

# %%
tensors = [torch.from_numpy(array) for array in ARRAYS]
suspects = {
    "PyTorch, eager": evidence(lambda: network(*tensors)),
    "torch.compile": evidence(lambda: torch.compile(network, backend="eager")(*tensors)),
    "jax.jit": evidence(lambda: jax.jit(network)(*ARRAYS)),
    "tf.function": evidence(lambda: tf.function(network)(*map(tf.constant, ARRAYS))),
    "TensorFlow 1, session": evidence(in_session),
    "Theano": elsewhere(QUESTIONS, "museum"),
}

# %% [markdown]
# **Predict, then run.** Which of the six report the error only after Python has left the guilty
# line?
#
# <details><summary>Answer</summary>
#
# TensorFlow 1 and Theano. Their sizes are unknown until numbers arrive, and by then another call is
# running: a step debugger stands in `session.run`. Both kept a note of where each node was made,
# and print it in the message. The tracing machines know all shapes while your Python runs, so they
# stop *at* the line.
#
# </details>

# %%
columns = ["exception", "found", "in the traceback", "in the message", "sizes named"]
words = {True: "yes", False: "no"}
rows = [f"| {name} | " + " | ".join(words.get(facts[column], str(facts[column])) for column
                                    in columns) + " |" for name, facts in suspects.items() if facts]
frameworks_table = "\n".join(["| machine | " + " | ".join(columns) + " |", "|---" * 6 + "|", *rows])
lesson.show_markdown(frameworks_table)

# %% [markdown]
# In eager PyTorch and in JAX a debugger can go to the frame and look around. In `torch.compile` and
# `tf.function` the frame is gone, but the message quotes the line. (Placeholders with declared
# sizes would have let TensorFlow 1 find this one while building.)
#
# All three compilers can be switched off for debugging: `torch.compiler.set_stance("force_eager")`,
# `tf.config.run_functions_eagerly(True)`, `jax.disable_jit()`.

# %%
with torch.compiler.set_stance("force_eager"):
    print("torch.compile:", evidence(lambda: torch.compile(network)(*tensors))["in the traceback"])
with jax.disable_jit():
    print("jax.jit:", evidence(lambda: jax.jit(network)(*ARRAYS))["in the traceback"])
tf.config.run_functions_eagerly(True)
print("tf.function:",
      evidence(lambda: tf.function(network)(*map(tf.constant, ARRAYS)))["in the traceback"])
tf.config.run_functions_eagerly(False)

# %% [markdown]
# ## Which popular sentences are wrong?
#
# | one hears | what you saw |
# |---|---|
# | "PyTorch has no graph" | Autograd records one at every call; `torch.compile` and `torch.export` make others. What eager PyTorch lacks is a graph *of the program* |
# | "static is faster" | Sometimes. The first call was slower everywhere; what later calls gain depends on framework, model and batch (your figure) |
# | "TensorFlow 2 is dynamic" | It is eager by default; inside `tf.function` it is a static graph, made from rewritten source |
# | "a compiler would have caught it" | `trace` took the example's branch and went on |

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** You must ship a function with an `if` on its data, as a program without Python. Which tool
# refuses until you have written the branch in its own words?
#
# <details><summary>A. <code>torch.export</code></summary>Right. No Python may remain, so it raises an error at the <code>if</code>. With <code>torch.cond</code> both sides are in the program.</details>
# <details><summary>B. <code>torch.jit.trace</code></summary>No. It goes on, writes down the example's branch, and leaves you with a warning. The other branch is gone.</details>
# <details><summary>C. <code>torch.compile</code> with its defaults</summary>No. It breaks the graph and lets Python read the <code>if</code>. The answers are right, but Python has to be there.</details>
#
# <br>**2.** Somebody hands you a traced function. A `TracerWarning` was printed. Tests on inputs
# like the example all pass. Which test can show a wrong trace?
#
# <details><summary>A. The example once more, in a fresh process</summary>No. The trace holds the example's branch. On the example it is right, in any process.</details>
# <details><summary>B. The trace saved and loaded, against the trace in memory</summary>No. Both hold the same single branch, so they agree with each other, right or wrong.</details>
# <details><summary>C. An input that takes the other branch, against the eager function</summary>Right. The trace treats it as if it were the example's kind. Eagerly, Python reads the <code>if</code> anew.</details>
#
# <br>**3.** A function under `torch.compile` gives right answers and is hardly faster than before.
# How do you find out whether graph breaks are the reason?
#
# <details><summary>A. Try inputs for both branches, and compare the answers with eager ones</summary>No. A break costs speed, not correctness. The answers are right with two graphs as with one.</details>
# <details><summary>B. Ask <code>torch._dynamo.explain</code>, or compile with <code>fullgraph=True</code></summary>Right. The first counts the breaks and names the line. The second turns the first break into an error.</details>
# <details><summary>C. Look at autograd's record for the <code>if</code></summary>No. That is the record of one call. An <code>if</code> leaves no trace in it, compiled or not.</details>
#
# <br>**4.** A training step under `tf.function` takes the step number as a Python `int`. Every step
# is as slow as the first. What do you change?
#
# <details><summary>A. Switch AutoGraph off, so that nothing is rewritten</summary>No. It rewrites your <code>if</code>, and is not the cause. Each new Python value still brings a new trace.</details>
# <details><summary>B. Call the step once before the loop, to warm it up</summary>No. That makes the graph for one number. The next number is a new value, and is traced again.</details>
# <details><summary>C. Take smaller batches, so that a trace is cheaper</summary>No. A trace runs your Python code, whatever the batch. And there would be more steps, each with its trace.</details>
# <details><summary>D. Hand the number over as a tensor</summary>Right. Tensors of one shape and type share a graph. Python numbers are part of what it was traced for.</details>
#
# <br>**5.** The first compiled call takes 12 seconds. An eager call takes 8 ms, a later compiled
# one 5 ms. After about how many calls does compiling pay?
#
# <details><summary>A. 1,500</summary>No. That is 12 seconds over 8 ms, as if compiled calls were free. They still take 5 ms.</details>
# <details><summary>B. 2,400</summary>No. That is how many compiled calls fit into 12 seconds. Paid back is what a call saves.</details>
# <details><summary>C. 4,000</summary>Right. Each call saves 3 ms, and 12 seconds are 4,000 times as much. For fewer calls, stay eager.</details>
#
# <br>**6.** Compiled, a network runs six times as fast at batch 1, and hardly faster at batch 512.
# What did compiling save here?
#
# <details><summary>A. Overhead between operations: Python and dispatch</summary>Right. With one image that overhead is most of the call. Among 512 images it hardly counts.</details>
# <details><summary>B. Trips through memory, because operations were fused</summary>No. That saves work, and shows most at batch 512, where there is much work.</details>
# <details><summary>C. Nothing: a true gain is the same at each batch size</summary>No. Overhead and work grow differently with the batch. So what a compiler saves depends on it, too.</details>
#
# <br>**7.** You want the gradient of a loop whose number of turns depends on the data. Eager
# PyTorch gives it, JAX's `while_loop` refuses. Why?
#
# <details><summary>A. PyTorch keeps the loop as one operation, and reverses that</summary>No. A loop kept as one operation is what the static graphs have. Eager PyTorch records turn by turn.</details>
# <details><summary>B. PyTorch has recorded each turn; JAX cannot know how many results to keep</summary>Right. Going backwards needs the results of every turn. The record has them, and grows with the turns.</details>
# <details><summary>C. JAX has no gradient for what stands inside the loop</summary>No. Inside stands a division by 2, which JAX can differentiate. What stops it is the unknown number of turns.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | dynamic | hybrid | static |
# |---|---|---|---|
# | here | eager PyTorch; Chainer | `torch.compile`, `tf.function`, Gluon | `torch.export`, `jax.jit`, TF 1, Theano |
# | your `if` | Python's | Python's, or rewritten | written as `cond` |
# | new shape | nothing to do | may trace again | may trace again |
# | first call | fast | slow | slow |
# | error | at your line | message quotes your line | at your line, or later |

# %% [markdown]
# **Choose dynamic when** the structure changes with the data, or you debug (shown above). **Choose
# hybrid when** many calls of few shapes follow, and count breaks and retraces. **Choose static
# when** the program must leave Python.
#
# **Avoid** any of them for its name: measure the first call, the later calls, and the number of
# calls that you will make.
#
# [Chainer](../01_history/05_chainer.ipynb) built the dynamic side first;
# [MXNet](../02_frameworks/04_mxnet.ipynb) wanted both.
#
# **Now you:** [the exercise](../../exercises/03_comparison/03_graphs.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - Graph breaks and their causes:
#   [Common graph breaks](https://docs.pytorch.org/docs/stable/compile/programming_model.common_graph_breaks.html);
#   [fullgraph=True](https://docs.pytorch.org/docs/stable/compile/programming_model.fullgraph_true.html)
# - A prototype that traces both sides:
#   [torch.cond](https://docs.pytorch.org/docs/2.12/higher_order_ops/cond.html)
# - TorchScript's deprecation: [TorchScript language
#   reference](https://docs.pytorch.org/docs/stable/jit_language_reference.html)
# - The trap: [RealBasicVSR issue 70](https://github.com/ckkelvinchan/RealBasicVSR/issues/70), 2022;
#   a maintainer on tracing:
#   [pytorch/pytorch 21774](https://github.com/pytorch/pytorch/issues/21774), 2019
# - Exact sizes first, then open ones:
#   [Dynamic shapes](https://docs.pytorch.org/docs/stable/torch.compiler_dynamic_shapes.html)
# - What makes `tf.function` trace:
#   [tf.function](https://www.tensorflow.org/versions/r2.20/api_docs/python/tf/function)
# - AutoGraph and lambdas:
#   [tensorflow/tensorflow 30149](https://github.com/tensorflow/tensorflow/issues/30149), 2019
# - `ifelse` and `switch`:
#   [Theano 0.9, Conditions](https://docs.huihoo.com/theano/0.9/tutorial/conditions.html), a mirror
# - Branches under `jit`: [Control flow](https://docs.jax.dev/en/latest/201/control-flow.html); no
#   gradient of a loop:
#   [while_loop](https://docs.jax.dev/en/latest/_autosummary/jax.lax.while_loop.html)
# - Switch and Merge: [arXiv 1805.01772](https://arxiv.org/abs/1805.01772), 2018

# %% [markdown]
# **On your path:**
#
# - *Choosing a framework, 9 of 12:* [The museum of bugs](02_museum_of_bugs.ipynb) → here →
#   [Interfaces](04_interfaces.ipynb)
# - *Research, 8 of 18:* [The museum of bugs](02_museum_of_bugs.ipynb) → here →
#   [Hardware](06_hardware.ipynb)
# - *Production, 6 of 16:* [JAX](../02_frameworks/06_jax.ipynb) → here →
#   [Data parallel](../04_distributed/01_distributed_data.ipynb)
#
# **In the order of the folders:** previous [The museum of bugs](02_museum_of_bugs.ipynb) · next
# [Interfaces](04_interfaces.ipynb) · [all chapters](../00_start_here.ipynb)
