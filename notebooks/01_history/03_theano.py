# ---
# jupyter:
#   kernelspec:
#     display_name: Museum (MXNet, Theano, Chainer)
#     language: python
#     name: museum
# ---

# %% [markdown]
# # Theano: the network as a formula, compiled
#
# **Retired.** Its lab announced the end on 28 September 2017; the last release is from 2020. What
# runs here is that release, the real thing.
#
# After this notebook you will be able to read Theano code, see what its compiler did to your
# formula, and *prove* that the compiled network is the network of this course.
#
# **You will learn to**
# - build an expression, differentiate it, and compile it: three separate acts;
# - draw a graph before and after optimisation, and read the C code that comes out;
# - find an error that shows up far from its cause;
# - catch a flipped kernel and a split tie with the parity ladder;
# - write such a compiler yourself, in 90 lines of Python and NumPy.
#
# **Before you start:** [The network by hand](02_by_hand.ipynb). Kernel `museum`, about 55 minutes.
# Theano needs the compiler `g++`; without it the course skips this notebook and says so. The first
# run spends most of a minute compiling, nearly all of it in one cell; later runs find the code in
# the cache. The slowest cell then takes about 25 seconds.

# %%
from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("theano")

# %% [markdown]
# ## Why did Theano need a compiler?
#
# NumPy runs one operation at a time. `a - 0.02 * (0.9 * b + c)` is four loops over memory with
# three arrays in between. NumPy does not know what comes next, so it cannot join the loops, drop
# what nobody needs, or move the work to a graphics card. And it cannot differentiate: by the time
# the number is there, the formula is gone.
#
# The lab in Montréal kept the formula. Their paper of 2010 calls Theano a *math compiler*.

# %% [markdown]
# Settings come before the import, in an environment variable: where a BLAS library is, which dtype
# is the default, where compiled code is kept.
#
# <details><summary>The settings, one by one</summary>
#
# `blas.ldflags` says where a BLAS library is, because Theano finds none by itself on this NumPy;
# `floatX=float32` makes float32 the default type; `base_compiledir` keeps compiled code in the
# course's cache. Commas separate settings, so a value with a path stands in quotes. With
# `compile.wait=1`, a process that waits for another's compilation looks again every second. Two
# loggers report errors only: one warns where no BLAS is linked; the other names the process that
# compiles.
#
# </details>

# %% tags=["same-cnn"]
import logging
import os
from pathlib import Path

import scipy

from onecnn import paths

# The matrix product of a BLAS library: here SciPy's own OpenBLAS. Without it Theano falls back to
# plain C loops.
libraries = Path(scipy.__file__).parent.with_name("scipy.libs")
blas = " ".join(f"-L{file.parent} -l:{file.name}" for file in libraries.glob("libopenblas*")
                if not {" ", ","} & set(str(file)))
os.environ["THEANO_FLAGS"] = (f"blas.ldflags={blas!r},floatX=float32,compile.wait=1,"
                              f"base_compiledir={(paths.cache() / 'theano').as_posix()!r}")
for name in ("theano.tensor.blas", "theano.gof.compilelock"):
    logging.getLogger(name).setLevel(logging.ERROR)

import theano
import theano.tensor as T

# %% [markdown]
# ## What is an expression before it has a value?
#
# `x` is a vector of float64, and nothing more: no numbers, no length. Operations on it give new
# nodes of a graph.

# %%
x = T.dvector("x")
y = T.log(1 + T.exp(x)).sum()
print("y is a", type(y).__name__, "made by", y.owner.op)
print("in formulas:", theano.pp(y))

# %% [markdown]
# PyTorch's tensor holds a number *and* remembers its making. Theano's variable has only the making.
# Two kinds of nodes build the graph: a **Variable** (`y`) and an **Apply** (`y.owner`), which binds
# an operation to its inputs. Walk from owner to inputs, and you meet everything.

# %%
node = y
while node.owner is not None:
    print(f"{node!s:<32} <- {[str(parent) for parent in node.owner.inputs]}")
    node = node.owner.inputs[-1]

# %% [markdown]
# ## Who differentiates?
#
# `T.grad` walks that graph from the end and asks each operation for its rule. The answer is **not
# numbers but more graph**, so you can differentiate it again, or compile it like anything else.
# PyTorch's `backward()` computes; `T.grad` writes.

# %%
slope = T.grad(y, x)
theano.printing.debugprint(slope, ids="")

# %% [markdown]
# That is the chain rule, written out by a machine: `exp` stands there twice, and `second` and
# `DimShuffle` only copy ones into shape.
#
# **Predict, then run.** $y = \sum \log(1 + e^x)$. What is its derivative, as simply as you can
# write it? How many operations will be left after optimisation?
#
# <details><summary>Answer</summary>
#
# $e^x / (1 + e^x)$, which is the logistic sigmoid. One operation is left: Theano knows that
# pattern.
#
# </details>

# %%
value = theano.function([x], y)
derivative = theano.function([x], slope)
theano.printing.debugprint(derivative, ids="")
theano.printing.debugprint(value, ids="")

# %% [markdown]
# `theano.function` is the third act: it takes inputs and outputs, rewrites the graph between them,
# turns each operation into C, compiles it, and gives you something to call. The figure draws both
# graphs from Theano's own nodes.

# %%
import re

from theano.gof.graph import io_toposort


def levels(output):
    """Apply nodes by their distance from the inputs; variables that nobody computes are at level
    0."""
    level, rows = {}, {}
    for node in io_toposort([], [output]):
        for variable in node.inputs:
            if variable.owner is None:
                level.setdefault(variable, 0)
        level[node] = 1 + max(level[variable.owner or variable] for variable in node.inputs)
    for node, column in level.items():
        rows.setdefault(column, []).append(node)
    return rows


# %%
def caption(node):
    """What stands in a node's box, and the look of the box."""
    computed = hasattr(node, "op")
    text = re.sub(r"^(Elemwise\{|TensorConstant\{|Inplace)|[,{}].*", "",
                  str(node.op if computed else node))
    return text, {"boxstyle": "round" if computed else "square",
                  "fc": lesson.SKY if computed else lesson.ORANGE}


# %%
def draw(ax, output, title):
    places = {node: (column, row - (len(nodes) - 1) / 2) for column, nodes in levels(output).items()
              for row, node in enumerate(nodes)}
    for node, (column, row) in places.items():
        text, box = caption(node)
        ax.text(column, row, text, ha="center", va="center", fontsize=8, zorder=2, bbox=box)
        for variable in getattr(node, "inputs", []):
            start = places[variable.owner or variable]
            bend = 0 if column - start[0] < 2 else 0.35 if start[1] < 0 else -0.35
            ax.annotate("", (column, row), start,
                        zorder=1, arrowprops={"arrowstyle": "->", "color": "gray", "shrinkA": 12,
                                              "shrinkB": 20, "connectionstyle": f"arc3,rad={bend}"})
    ax.set(title=title, xlim=(-0.6, max(column for column, _ in places.values()) + 0.6),
           ylim=(-2.6, 2.4))
    ax.set_axis_off()


# %%
fig, (left, right) = lesson.figure(10, 3.2, columns=2, width_ratios=[5, 1])
draw(left, slope, "what T.grad wrote")
draw(right, derivative.maker.fgraph.outputs[0], "what is compiled")
lesson.show(fig, alt="Left: the gradient as written, some ten operations in rounded blue "
            "boxes between the input x and the constants in orange squares. Right: the graph after "
            "optimisation, x and one operation, sigmoid.")

# %% [markdown]
# ## Does an optimiser only make things faster?
#
# **Predict, then run.** $\log(1 + 10^{-20})$ is $10^{-20}$, very nearly. What does NumPy say, and
# what does Theano? And for $\log(1 + e^{800})$?
#
# <details><summary>Answer</summary>
#
# NumPy says 0: in float64 `1 + 1e-20` is 1. Theano has replaced the pattern by `log1p` and gets it
# right. For 800 NumPy overflows to infinity; Theano's `softplus` says 800. It repairs formulas that
# are right on paper only.
#
# </details>

# %%
import numpy as np

s = T.dscalar("s")
careful = theano.function([s], T.log(1 + s))
with np.errstate(over="ignore"):
    print("NumPy: ", np.log(1 + np.float64(1e-20)), np.log(1 + np.exp(np.float64(800))))
print("Theano:", careful(1e-20), float(value([800])))

# %% [markdown]
# ## Where is the C code?
#
# Each operation can print itself as C. Theano wraps it in a Python extension module, calls `g++`,
# and loads the result. Hundreds of lines for one sigmoid, most of them checks and bookkeeping; this
# is the one that computes.

# %%
from theano.gof.cc import CLinker

source = CLinker().accept(derivative.maker.fgraph).code_gen().splitlines()
print("more than 300 lines:", len(source) > 300)
print(next(line.strip() for line in source if "exp(" in line))

# %% [markdown]
# Look at the thresholds. Below -709 `exp` would overflow. Above 19 the answer is 1, although
# $\sigma(19)$ misses 1 by $6 \cdot 10^{-9}$: a float32 cannot hold that difference, a float64 can.
# Decisions like this hide in generated code, and you see them only if you look.
#
# Now the example from the beginning. How many loops are left of four?

# %%
a, b, c = T.fvectors("a", "b", "c")
step = theano.function([a, b, c], a - 0.02 * (0.9 * b + c))
theano.printing.debugprint(step, ids="")

# %% [markdown]
# One. `Composite` is a **fused** operation: a single loop that reads each element once. `i1` and
# `i2` are its constants. On a graphics card this is one kernel instead of four; XLA and
# `torch.compile` do the same today.

# %% [markdown]
# ## What does a compilation cost?
#
# The next cell compiles the sigmoid in a fresh process with an empty cache, from import to result:
# `g++` runs for Theano's own helpers and for the sigmoid. Then the same function once more, here,
# where the compiled code is at hand.

# %%
import subprocess
import sys
import tempfile
import time

program = ("import theano, theano.tensor as T; x = T.dvector(); theano.function([x], "
           "T.nnet.sigmoid(x))([0])")
with tempfile.TemporaryDirectory() as folder:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], capture_output=True, check=True,
                   env={**os.environ, "THEANO_FLAGS": f"blas.ldflags=,base_compiledir={folder}"})
    empty = time.perf_counter() - start
start = time.perf_counter()
theano.function([x], T.nnet.sigmoid(x))([0])
filled = time.perf_counter() - start
print("with an empty cache at least 10 times slower:", empty >= 10 * filled)

# %% tags=["nbval-ignore-output"]
print(f"empty cache: {empty:.1f} s   code at hand: {filled:.3f} s")

# %% [markdown]
# The cache is keyed by the code of each operation, not by your network. A new network made of known
# operations compiles quickly.

# %% [markdown]
# ## How does a formula keep a state?
#
# A formula has no memory, but training must change weights. A **shared variable** is a box with a
# value that stays between calls (on a graphics card: in its memory). `updates` says what to put
# into the boxes after the outputs are computed.

# %%
counter = theano.shared(np.int64(0), "counter")
increase = T.lscalar("increase")
add = theano.function([increase], counter, updates=[(counter, counter + increase)])
print("returned:", [int(add(n)) for n in (5, 10)], "  in the box:", int(counter.get_value()))

# %% [markdown]
# The function returned 0, then 5: outputs see the *old* state. All new values are computed first,
# then all are stored. Keep that in mind for momentum: the weight's new value must use the *new*
# velocity, as an expression.

# %% [markdown]
# ## The lowest level: the network in raw Theano
#
# The cells that follow are the network of this course. Every framework's notebook has the same
# seven functions, in this order. Images are NCHW and convolution weights are
# `(out, in, height, width)`: the course's layout. Dense layers are a `T.dot`.
#
# Read the two small methods, `relu` and `max_pool`, with care. They differ from what a tutorial
# would write, and below you will see why.

# %% tags=["same-cnn"]
from functools import cached_property

import numpy as np
from theano.tensor.nnet import categorical_crossentropy, conv2d, softmax
from theano.tensor.signal.pool import pool_2d

from onecnn import spec


class OneCNN:
    filter_flip = False  # Theano's default, True, turns every kernel by 180 degrees

    def __init__(self, weights):
        self.weights = {name: theano.shared(value, name) for name, value in weights.items()}
        self.velocities = {name: theano.shared(np.zeros_like(value), name)
                           for name, value in weights.items()}
        self.images = T.tensor4("images", weights["conv1.bias"].dtype)
        self.labels = T.lvector("labels")
        self.logits = self.network(self.images, self.max_pool)
        self.loss = categorical_crossentropy(softmax(self.logits), self.labels).mean()

    def relu(self, x):
        return T.switch(x > 0, x, 0)  # T.nnet.relu has slope 1/2 at zero

    def max_pool(self, x, side):  # pool_2d pays every pixel of a tie
        a, b, c, d = (x[:, :, u:2 * side:2, v:2 * side:2] for u in (0, 1) for v in (0, 1))
        return T.maximum(T.maximum(a, b), T.maximum(c, d))

    def network(self, x, max_pool):
        w, side = self.weights, 28
        for layer in ("conv1", "conv2"):
            kernels, bias = w[f"{layer}.weight"], w[f"{layer}.bias"]
            x = conv2d(x, kernels, filter_shape=spec.SHAPES[kernels.name],
                       filter_flip=self.filter_flip)
            side = (side - 2) // 2
            # As in Theano's LeNet tutorial, pooling comes first. Bias and relu turn no order
            # around: the result is the same, and a quarter of the work is left.
            x = self.relu(max_pool(x, side) + bias.dimshuffle("x", 0, "x", "x"))
        x = self.relu(T.dot(x.flatten(2), w["dense1.weight"].T) + w["dense1.bias"])
        return T.dot(x, w["dense2.weight"].T) + w["dense2.bias"]


# %% [markdown]
# Up to here nothing has been compiled. The next cell adds what can be called. A `cached_property`
# compiles at its first use, so you pay only for what you need.

# %% tags=["same-cnn"]
class Compiled(OneCNN):
    @cached_property
    def predict(self):
        # Where no gradient is asked, no tie is paid: here Theano's own pooling will do, and faster.
        answers = self.network(self.images, lambda x, _: pool_2d(x, (2, 2), ignore_border=True))
        return theano.function([self.images], answers)

    @cached_property
    def gradients(self):
        return theano.function([self.images, self.labels],
                               [self.loss, *T.grad(self.loss, list(self.weights.values()))])

    @cached_property
    def step(self):
        updates = []
        for weight, velocity, gradient in zip(
                self.weights.values(), self.velocities.values(),
                T.grad(self.loss, list(self.weights.values()))):
            faster = spec.MOMENTUM * velocity + gradient
            updates += [(velocity, faster), (weight, weight - spec.LEARNING_RATE * faster)]
        return theano.function([self.images, self.labels], self.loss, updates=updates)


# %% [markdown]
# **Which type of number?** A graph has types before it has numbers. The network takes the weights'.
# `T.tensor4("images")` alone would be of `floatX`, float32 here, and refuse float64 images.
#
# Constants have a type, too. The 0 in `relu` is an int8, the smallest that holds it; with
# `floatX=float32` every Python float becomes a float32. Beside float64 arrays both are widened, but
# what a float32 cannot hold is gone: 0.9 becomes 0.89999998. So the course's `MOMENTUM` and
# `LEARNING_RATE` are float32 numbers.

# %% tags=["same-cnn"]
def build(weights):
    return Compiled(weights)


# %% tags=["same-cnn"]
def logits(model, images):
    return model.predict(images)


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    loss, *found = model.gradients(images, labels)
    return float(loss), dict(zip(model.weights, found))


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    return float(model.step(images, labels))


# %% tags=["same-cnn"]
def read_weights(model):
    return {name: weight.get_value() for name, weight in model.weights.items()}


# %% [markdown]
# **What is in a checkpoint?** All that the next step depends on: the weights, and here the
# velocities. Without them training goes on from standstill, to other weights. Both are shared
# variables, so `get_value` and `set_value` are all that you need.
#
# A pickle of the model would have been shorter. It can run code when it is read, and it is bound to
# the classes that it was made from. An `.npz` opened with `allow_pickle=False` is arrays and no
# more.

# %% tags=["same-cnn"]
def save(model, path):
    # The values, never the graph: a pickled graph needs the same Theano to read it.
    velocities = {f"velocity.{name}": box.get_value() for name, box in model.velocities.items()}
    np.savez(f"{path}.npz", **read_weights(model), **velocities)


def load(path):
    with np.load(f"{path}.npz", allow_pickle=False) as stored:
        model = build({name: stored[name] for name in spec.SHAPES})
        for name, velocity in model.velocities.items():
            velocity.set_value(stored[f"velocity.{name}"])
    return model


# %% [markdown]
# `train_step` is one call. The loss, eight gradients, eight velocities and eight weights are one
# compiled function: the whole training step is an expression. In PyTorch the optimizer is a loop
# that runs afterwards.
#
# How much did the optimiser change? Compare what you declared with what runs.

# %%
model = build(spec.initial_weights())
start = time.perf_counter()
running = model.step.maker.fgraph.toposort()
compiling = time.perf_counter() - start
names = {re.split(r"[{.]", str(node.op))[0] for node in running}
print("the softmax is still a node of its own:", "Softmax" in names)
print("one node computes it together with the loss:",
      "CrossentropySoftmaxArgmax1HotWithBias" in names)
print("a convolution is a matrix product again:", sorted(name for name in names if "Corr" in name))

# %% [markdown]
# You wrote a softmax, then its logarithm at the label. That overflows for large logits. Theano
# found the pair in the graph and put one safe operation in its place. In PyTorch *you* have to know
# that `cross_entropy` wants raw logits.

# %% [markdown]
# Now one epoch, and the bill.

# %%
from onecnn import mnist, reference

digits = mnist.load()
losses, start = [], time.perf_counter()
for batch in spec.batches(len(digits.train_labels), epoch=0):
    losses.append(train_step(model, digits.train_images[batch], digits.train_labels[batch]))
running_seconds = (time.perf_counter() - start) / len(losses)
print("the loss fell below half in one epoch:", losses[-1] < losses[0] / 2)
print("compiling cost as much as at least 20 training steps:", compiling >= 20 * running_seconds)

# %% tags=["nbval-ignore-output"]
print(f"compiling the training step: {compiling:.2f} s   one step: {1000 * running_seconds:.1f} ms")

# %% [markdown]
# The compiler's time is paid once, a step's time hundreds of thousands of times: a good bargain for
# training, a bad one for trying things out. In 2016 a user's residual network of 164 layers was
# still not compiled after 12 hours ([Theano 4494](https://github.com/Theano/Theano/issues/4494)).

# %% [markdown]
# ## Is it the same network?
#
# The [parity ladder](../00_glossary.ipynb#Parity-ladder) compares it with the float64 reference on
# seven rungs. The sixth is the whole training, all 310 steps, in float64; the seventh saves the
# network, and a fresh process loads it and trains on. That process compiles, too. About 25 seconds.

# %%
from onecnn import ladder

report = ladder.climb(build, logits, gradients, train_step, read_weights, save, load)
report.save("theano")
print(report)

# %%
from onecnn import figures

figures.climbed(report, "Theano on the parity ladder")

# %% [markdown]
# ## What did it learn?
#
# The same as [the network by hand](02_by_hand.ipynb), to the last answer: the rung `training` has
# followed every step. Its loss curve and its mistakes stand there, and are not drawn again here.

# %%
print("the reference's answers to all 1,000 test digits:",
      report.predictions == ladder.expected()["predictions"].tolist())
print("test accuracy at least 94 %:",
      np.mean(report.predictions == digits.test_labels) >= 0.94)

# %% [markdown]
# ## A trap: the convolution that flips
#
# Mathematics turns the kernel before it slides it, and so does Theano's `conv2d`, unless you say
# `filter_flip=False`. TensorFlow and PyTorch do not turn it. Users met the difference when weights
# travelled: [keras 3015](https://github.com/keras-team/keras/issues/3015) (2016) between two
# engines of Keras, and [Lasagne/Recipes 39](https://github.com/Lasagne/Recipes/issues/39) (2016, "a
# common pitfall") between a layer for the GPU and the same layer for the CPU.


# %%
class Flipped(Compiled):
    filter_flip = True


flipped = Flipped(spec.initial_weights())
for batch in spec.batches(len(digits.train_labels), epoch=0):
    train_step(flipped, digits.train_images[batch], digits.train_labels[batch])


def accuracy(network):
    return (logits(network, digits.test_images).argmax(axis=1) == digits.test_labels).mean()


print("right network, after one epoch at least 85 %:", accuracy(model) >= 0.85)
print("flipped network, after one epoch at least 85 %:", accuracy(flipped) >= 0.85)
print("flipped network, with the other's weights:", accuracy(Flipped(read_weights(model))) >= 0.85)

# %% [markdown]
# **Predict, then run.** Trained from scratch it is as good as the other: it learns mirrored
# kernels, and accuracy cannot tell. Which rung breaks?
#
# <details><summary>Answer</summary>
#
# `logits`. Same weights, other answers. The shapes are right, so `shapes` holds.
#
# </details>

# %%
broken = ladder.climb(Flipped, logits, gradients, train_step, read_weights, save, load)
print("broken rung:", broken.failed_rung)

# %% [markdown]
# The cure: write `filter_flip=False`, always, or turn the kernels once at the border
# (`[:, :, ::-1, ::-1]`). Lasagne had both defaults: `Conv2DLayer` flipped, `Conv2DDNNLayer` did
# not.

# %% [markdown]
# ## Why not `T.nnet.relu` and `pool_2d`?
#
# At a corner there is no slope. A framework has to pick one, and where two frameworks pick
# differently, their gradients differ. Ask Theano for the gradient of relu at exactly 0, and of a
# 2x2 pooling over four equal pixels.

# %%
zero, tie = T.fvector("zero"), T.tensor4("tie")
corners = theano.function([zero, tie],
                          [T.grad(T.nnet.relu(zero).sum(), zero),
                           T.grad(pool_2d(tie, (2, 2), ignore_border=True).sum(), tie)])
of_relu, of_pool = corners(np.zeros(1, "float32"), np.ones((1, 1, 2, 2), "float32"))
print("relu at 0:", of_relu, "  pooling, four equal pixels:", of_pool.ravel())

# %% [markdown]
# `T.nnet.relu` is $\frac12(x + |x|)$, and the slope of $|x|$ at 0 is 0: hence one half
# ([Theano 3210](https://github.com/Theano/Theano/issues/3210)). `pool_2d` on the CPU pays *every*
# pixel that equals the maximum; on a GPU cuDNN pays one
# ([Theano 5248](https://github.com/Theano/Theano/issues/5248): it matters for "sparse inputs (e.g.
# MNIST images)").
#
# On a digit's empty background all pixels are equal, so ties are everywhere.

# %% [markdown]
# **Predict, then run.** Which rung tells?
#
# <details><summary>Answer</summary>
#
# `gradients`. Logits and loss are right: at a corner only the slope is disputed. The same program
# gave different gradients on a CPU and on a GPU.
#
# </details>


# %%
class TutorialPool(Compiled):
    def max_pool(self, x, side):
        return pool_2d(x, (2, 2), ignore_border=True)


broken = ladder.climb(TutorialPool, logits, gradients, train_step, read_weights, save, load)
print("broken rung:", broken.failed_rung)

# %% [markdown]
# The cure is in `OneCNN`: `T.switch` chooses a side at zero (Pylearn2, the lab's own library, wrote
# relu so and timed it the faster), and `T.maximum(a, b)` pays only `a` in a tie. `T.nnet.relu`
# waits for you in the exercise.

# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## Why was debugging hard?
#
# You write a formula on Monday; it fails on Friday, when numbers flow. Here the weight has its axes
# the wrong way round. The program below builds without complaint. (`FAST_COMPILE` skips most
# rewriting and the C compiler: the mode for such days.)

# %%
pixels = T.matrix("pixels")
wrong_way = theano.shared(np.zeros((64, 800), "float32"), "dense1.weight")
hidden = T.dot(pixels, wrong_way)
activity = T.maximum(hidden, 0).mean()
run = theano.function([pixels], activity, mode="FAST_COMPILE")
try:
    run(np.zeros((2, 800), "float32"))
except ValueError as error:
    message = str(error).splitlines()
print(*message[:2], sep="\n")
print("it quotes your line:", any("hidden = T.dot" in line for line in message))

# %% [markdown]
# The traceback ends inside Theano, at the call of `run`; your mistake is some lines above. What
# helps stands in the message: the operation, its shapes and, in the versions of the end, the line
# that made it. After fusion the operation may be one that you never wrote.
# `exception_verbosity=high` prints the graph below it, too.
#
# The cure was a **test value**: give an input an example, and every line runs at once while you
# write it.

# %%
import traceback

theano.config.compute_test_value = "raise"
pixels.tag.test_value = np.zeros((2, 800), "float32")
try:
    hidden = T.dot(pixels, wrong_way)
    activity = T.maximum(hidden, 0).mean()
except ValueError as error:
    print("raised at:", traceback.extract_tb(error.__traceback__)[0].line)
    print("because:  ", str(error).splitlines()[0])
theano.config.compute_test_value = "off"

# %% [markdown]
# Read the two together: with test values, Theano computes while you write. That is eager execution,
# as a debugging aid. Chainer, then PyTorch, made it the normal state.

# %% [markdown]
# ## The middle level: what did people write around it?
#
# The lab's Deep Learning Tutorials taught a pattern: a small class takes the expression that comes
# in, keeps its `params`, and offers `output`. No base class, no registry. You chain them and add up
# the lists.

# %%
class Dense:
    def __init__(self, x, weight, bias):
        self.params = [weight, bias]
        self.output = T.dot(x, weight.T) + bias


class ConvPool:
    def __init__(self, network, x, kernels, bias, side):
        self.params = [kernels, bias]
        x = conv2d(x, kernels, filter_shape=spec.SHAPES[kernels.name], filter_flip=False)
        pooled = network.max_pool(x, side)
        self.output = network.relu(pooled + bias.dimshuffle("x", 0, "x", "x"))


# %%
w = model.weights
first = ConvPool(model, model.images, w["conv1.weight"], w["conv1.bias"], 13)
second = ConvPool(model, first.output, w["conv2.weight"], w["conv2.bias"], 5)
hidden = Dense(second.output.flatten(2), w["dense1.weight"], w["dense1.bias"])
last = Dense(model.relu(hidden.output), w["dense2.weight"], w["dense2.bias"])
params = [weight for layer in (first, second, hidden, last) for weight in layer.params]
print("all weights, in order:", [weight.name for weight in params] == list(model.weights))

# %% [markdown]
# Is that the same network? No number is needed to answer: Theano can compare two graphs.

# %%
from theano.gof.graph import is_same_graph

print("layers and raw Theano draw the same graph:", is_same_graph(last.output, model.logits))

# %% [markdown]
# ## Where did the training data live?
#
# In shared variables, too, so that they crossed to the graphics card once. A function then takes
# only the rows of a batch; **givens** puts those rows of the box in the place of `images`. It
# replaces a node of the finished graph.

# %%
test_images = theano.shared(digits.test_images)
rows = T.lvector("rows")
score = theano.function([rows], model.logits, givens={model.images: test_images[rows]})
found = np.concatenate([score(np.arange(n, n + 100)) for n in range(0, 1000, 100)])
whole = logits(model, digits.test_images)
print("ten batches give the answers of the whole:",
      (found.argmax(axis=1) == whole.argmax(axis=1)).all())

# %% [markdown]
# ## The high level: what was Lasagne?
#
# A library of such layers that did not hide Theano: its stated principle was *transparency*, to
# take and return Theano expressions. It gave `Conv2DLayer`, `DenseLayer`, `get_output`,
# `get_all_params`, and `updates.momentum`, which returns a dict for `theano.function(updates=...)`.
# Compiling and the loop stayed yours. It does not run here, and we do not imitate it.
#
# **Keras** began in 2015 as a "Theano-based Deep Learning library" and went further: `model.fit`,
# no Theano in sight. Later it could swap its engine, and did.

# %% [markdown]
# Where each level stops helping: raw Theano leaves all bookkeeping to you; layer classes leave you
# each new layer's arithmetic; Lasagne leaves you the loop; Keras hides the graph until you need it.

# %% [markdown]
# ## Can you write such a compiler?
#
# Yes: here is one in about 90 lines. It is a **reconstruction for reading**, not Theano's code. It
# keeps Theano's model: symbols first, gradients as new nodes, then a compiler that rewrites the
# graph and writes a program. Ours writes Python where Theano writes C, and calls the arithmetic
# that you know from `onecnn.reference`.
#
# A node is an operation and its inputs. A leaf is an input (no value) or a shared variable (with
# one).

# %%
class Node:
    def __init__(self, op, *inputs):
        self.op, self.inputs = op, inputs

    def __add__(self, other):
        return Node("add", self, other)

    def __mul__(self, other):
        return Node("mul", self, other)

    __radd__, __rmul__ = __add__, __mul__


class Leaf(Node):
    def __init__(self, name, value=None):
        super().__init__("leaf")
        self.name, self.value = name, value


# %% [markdown]
# An operation is two things: a line of Python with holes, and a rule for its gradient. The rule
# gets `g`, the gradient for the output, then the output `y`, then the inputs, and returns one node
# for each input. It computes nothing.

# %%
OPS = {"add": ("{0} + {1}", lambda g, y, a, b: (g, g)),
       "mul": ("{0} * {1}", lambda g, y, a, b: (g * b, g * a))}


def op(name, code, rule=None):
    OPS[name] = code, rule
    return lambda *inputs: Node(name, *inputs)


positive = op("positive", "({0} > 0)")
relu = op("relu", "np.maximum({0}, 0)", lambda g, y, x: (g * positive(y),))
same_shape = op("same_shape", "{0}.reshape({1}.shape)")
flatten = op("flatten", "{0}.reshape(len({0}), -1)", lambda g, y, x: (same_shape(g, x),))

# %% [markdown]
# The dense layer: its rule is the formula from [by hand](02_by_hand.ipynb), with nodes in place of
# arrays.

# %%
matmul, turned, column_sums = (op("matmul", "{0} @ {1}"), op("turned", "{0}.T"),
                               op("column_sums", "{0}.sum(axis=0)"))
dense = op("dense", "{0} @ {1}.T + {2}",
           lambda g, y, x, w, b: (matmul(g, w), matmul(turned(g), x), column_sums(g)))

# %% [markdown]
# Convolution, pooling and loss return tuples or make use of them, so `item` takes one out. Only
# item 0 of a tuple is ever differentiated; its gradient is handed on as the tuple's. The
# convolution's rule names `convolve_backward` three times, once for each input. Wasteful? Wait.

# %%
item = op("item", "{0}[{1}]", lambda g, y, pair, number: (g, None))
convolve_backward = op("convolve_backward", "convolve_backward({0}, {1}, {2})")
convolve = op("convolve", "convolve({0}, {1}, {2})",
              lambda g, y, x, w, b: tuple(item(convolve_backward(g, x, w), n) for n in range(3)))
unpool = op("unpool", "max_pool_backward({0}, {1}, {2}.shape)")
max_pool = op("max_pool", "max_pool({0})", lambda g, y, x: (unpool(g, item(y, 1), x),))
cross_entropy = op("cross_entropy", "cross_entropy({0}, {1})",
                   lambda g, y, z, labels: (item(y, 1) * g, None))

# %% [markdown]
# `order` lists what the outputs need, inputs first. What nobody needs is never reached: dead code
# is gone without a search for it.

# %%
def order(outputs, done=None):
    done = {} if done is None else done
    for node in outputs:
        if isinstance(node, Node) and node not in done:
            order(node.inputs, done)
            done[node] = True
    return list(done)


# %% [markdown]
# `grad` walks that order from the end. Where a node is used twice, its gradients add up, as a new
# `add` node.

# %%
def grad(loss, wanted):
    found = {loss: 1.0}
    for node in reversed(order([loss])):
        if node.op != "leaf" and node in found:
            pieces = OPS[node.op][1](found[node], node, *node.inputs)
            for parent, piece in zip(node.inputs, pieces):
                if isinstance(parent, Node) and piece is not None:
                    found[parent] = found[parent] + piece if parent in found else piece
    return [found[node] for node in wanted]


# %% [markdown]
# The optimiser. It rebuilds the graph from the inputs on. Two nodes with the same operation on the
# same inputs become **one**, and each rule may replace a node by a better one. One rule stands
# here; Theano has more than a hundred.

# %%
def times_one(node):
    return node.inputs[0] if node.op == "mul" and node.inputs[1] == 1 else node


RULES = [times_one]


def rewrite(outputs):
    new, known = {}, {}
    for node in order(outputs):
        fresh = node if node.op == "leaf" else Node(node.op, *(new.get(i, i) for i in node.inputs))
        for rule in RULES:
            fresh = rule(fresh)
        key = fresh if fresh.op == "leaf" else (fresh.op, *fresh.inputs)
        new[node] = known.setdefault(key, fresh)
    return [new[node] for node in outputs]


# %% [markdown]
# The code generator: each node becomes a line. `exec` plays the part of `g++`. Updates are stored
# last, when every new value is there.

# %%
def write(inputs, outputs, updates):
    targets = rewrite([*outputs, *(new for _, new in updates)])
    names, lines = {}, []
    for node in order(targets):
        if node.op == "leaf":
            names[node] = node.name if node in inputs else f"{node.name}.value"
        else:
            names[node] = f"t{len(lines)}"
            holes = (names[i] if isinstance(i, Node) else i for i in node.inputs)
            lines.append(f"t{len(lines)} = " + OPS[node.op][0].format(*holes))
    lines += [f"{leaf.name}.value = {names[new]}"
              for (leaf, _), new in zip(updates, targets[len(outputs):])]
    lines.append("return " + ", ".join(names[node] for node in targets[:len(outputs)]))
    return f"def compiled({', '.join(leaf.name for leaf in inputs)}):\n    " + "\n    ".join(lines)


# %%
def function(inputs, outputs, updates=()):
    source = write(inputs, outputs, updates)
    boxes = (node for node in order([*outputs, *(new for _, new in updates)]) if node.op == "leaf")
    space = {"np": np, **vars(reference), **{leaf.name: leaf for leaf in boxes}}
    exec(source, space)
    space["compiled"].source = source
    return space["compiled"]


# %% [markdown]
# Try it on something small: $\text{relu}(a b)$ and its gradient for $a$, in one function. One
# product serves both, and the `1.0` with which every gradient begins has left no trace.

# %%
a, b = Leaf("a"), Leaf("b")
y = relu(a * b)
small = function([a, b], [y, *grad(y, [a])])
print(small.source)
print(small(3.0, 2.0))

# %% [markdown]
# ## Does the engine climb, too?
#
# The network, written as for Theano. Compare it line by line with `OneCNN.network`. Relu comes
# before pooling here, as in the spec: the two can be exchanged.

# %%
def engine_network(w, x):
    for layer in ("conv1", "conv2"):
        x = item(max_pool(relu(convolve(x, w[f"{layer}.weight"], w[f"{layer}.bias"]))), 0)
    x = relu(dense(flatten(x), w["dense1.weight"], w["dense1.bias"]))
    return dense(x, w["dense2.weight"], w["dense2.bias"])


# %%
from types import SimpleNamespace


def engine_build(weights):
    images, labels = Leaf("images"), Leaf("labels")
    w = {name: Leaf(name.replace(".", "_"), value.copy()) for name, value in weights.items()}
    v = {name: Leaf(f"v_{leaf.name}", np.zeros_like(leaf.value)) for name, leaf in w.items()}
    output = engine_network(w, images)
    loss = item(cross_entropy(output, labels), 0)
    slopes, updates = grad(loss, list(w.values())), []
    for weight, velocity, slope in zip(w.values(), v.values(), slopes):
        faster = spec.MOMENTUM * velocity + slope
        updates += [(velocity, faster), (weight, weight + -spec.LEARNING_RATE * faster)]
    return SimpleNamespace(w=w, v=v, declared=[loss, *slopes],
                           predict=function([images], [output]),
                           gradients=function([images, labels], [loss, *slopes]),
                           step=function([images, labels], [loss], updates))


# %% [markdown]
# **Predict, then run.** `grad` named `convolve_backward` six times: two convolutions, three inputs
# each. How many calls are left in the compiled function? And how many of `max_pool`, which forward
# and backward both need?
#
# <details><summary>Answer</summary>
#
# Two and two. Equal nodes were merged, so it did no harm that the rules were careless: a compiler
# lets you write simple rules.
#
# </details>

# %%
engine = engine_build(spec.initial_weights())
source = engine.gradients.source
declared, rewritten = order(engine.declared), order(rewrite(engine.declared))
print("nodes: declared", len(declared), "  after rewriting", len(rewritten))
print("calls:", {name: source.count(f"= {name}(") for name in ("convolve_backward", "max_pool")})
print(*source.splitlines()[:10], "    ...", sep="\n")

# %% [markdown]
# This is the program that you wrote by hand in the last chapter, forward and backward. A machine
# wrote it from five lines of network.

# %%
def engine_logits(model, images):
    return model.predict(images)


def engine_gradients(model, images, labels):
    loss, *found = model.gradients(images, labels)
    return loss, dict(zip(model.w, found))


def engine_train_step(model, images, labels):
    return model.step(images, labels)


def engine_weights(model):
    return {name: leaf.value.copy() for name, leaf in model.w.items()}


# %%
def engine_save(model, path):
    velocities = {f"velocity.{name}": leaf.value for name, leaf in model.v.items()}
    np.savez(f"{path}.npz", **engine_weights(model), **velocities)


def engine_load(path):
    with np.load(f"{path}.npz", allow_pickle=False) as stored:
        model = engine_build({name: stored[name] for name in spec.SHAPES})
        for name, leaf in model.v.items():
            leaf.value = stored[f"velocity.{name}"]
    return model


# %% [markdown]
# The sixth rung is left out here: plain NumPy would take a minute or more for 310 steps in float64.
# Take `training=False` away if you have the time; it holds.

# %%
climbed = ladder.climb(engine_build, engine_logits, engine_gradients, engine_train_step,
                       engine_weights, engine_save, engine_load, training=False)
print(climbed)

# %% [markdown]
# What Theano has and the engine lacks: types and shapes on every node, fusion, reuse of memory, C
# and CUDA, loops (`scan`). What they share: the Python that you wrote is gone when the network
# runs. That is the strength, and it made debugging hard.

# %% [markdown]
# ## How did it end?
#
# | when | what |
# |---|---|
# | 2007 | in use at the lab, by its own account |
# | 2009-04 | release 0.1 |
# | 2010 | the paper: a CPU and GPU math compiler |
# | 2017-09-28 | MILA announces the end of development, after release 1.0 |
# | 2020-07 | 1.0.5, the last release |
#
# The letter says why: strong industrial players were competing, and keeping an old code base up
# with them had come in the way of innovation. It adds, with pride, that most of Theano's
# innovations had been adopted by others.

# %% [markdown]
# ## Who took what?
#
# | from Theano | to |
# |---|---|
# | a graph first, gradients as graph | TensorFlow 1: its paper says "like Theano" of symbolic differentiation |
# | layers over expressions | Lasagne, and Keras, which was born on Theano |
# | symbolic style | MXNet's Symbol; its design notes list Theano first among the symbolic libraries |
# | a compiler that fuses | XLA, `torch.compile`: the same idea with other tools |
#
# See [TensorFlow 1](06_tensorflow1.ipynb) and [MXNet](../02_frameworks/04_mxnet.ipynb).

# %% [markdown]
# ## Is it dead?
#
# A popular account says so. But PyMC, a library for Bayesian statistics, was built on Theano and
# could not let it go. Its developers took the code over as Theano-PyMC in 2020 and renamed it
# **Aesara** in 2021. Then the two projects disagreed about who decides, and PyMC forked it again:
# **PyTensor**. It is developed today, compiles to C, Numba and JAX, and you would recognise
# `pytensor.function` and `pytensor.grad` at once.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** Four lines stand in a program. In which one is the exponential of a number computed? Test
# values are off.
#
# <details><summary>A. <code>y = T.exp(x).sum()</code></summary>No. This adds nodes to a graph. <code>x</code> is a vector without numbers and without a length.</details>
# <details><summary>B. <code>slope = T.grad(y, x)</code></summary>No. <code>T.grad</code> writes more graph. It is PyTorch's <code>backward()</code> that computes.</details>
# <details><summary>C. <code>f = theano.function([x], slope)</code></summary>No. Here the graph is rewritten and compiled. No number has flowed when the line is done.</details>
# <details><summary>D. <code>f([1, 2])</code></summary>Right. Express, differentiate, compile: three acts without numbers. The call brings them.</details>
#
# <br>**2.** In `step` somebody writes `(weight, weight - spec.LEARNING_RATE * velocity)` in place
# of `faster`. The pair for `velocity` still stands before it. What happens?
#
# <details><summary>A. Nothing: <code>velocity</code> has been stored before the weight is computed</summary>No. This reads <code>updates</code> like lines of Python. All new values are computed from the old state first, then all are stored.</details>
# <details><summary>B. The rung <code>steps</code> breaks: each weight moves by the velocity of the step before</summary>Right. In an update <code>velocity</code> means the old value. In the first step it is 0, and no weight moves at all.</details>
# <details><summary>C. The rung <code>gradients</code> breaks: the old velocity is mixed into them</summary>No. <code>Compiled.gradients</code> has no updates. Loss and gradients are as before.</details>
#
# <br>**3.** You carry trained weights from PyTorch into a Theano network. All shapes fit, nothing
# is raised, but the accuracy is far lower. Trained from scratch, the network is good. Where do you
# look first?
#
# <details><summary>A. At <code>conv2d</code>: does it say <code>filter_flip=False</code>?</summary>Right. By default Theano turns every kernel. Trained alone, the network learns mirrored kernels, so it shows with weights that travel.</details>
# <details><summary>B. At <code>pool_2d</code>: it pays every pixel of a tie</summary>No. That changes gradients. The maxima, and so the answers with given weights, stay the same.</details>
# <details><summary>C. At <code>T.nnet.relu</code>: its slope at zero is one half</summary>No. Only a gradient asks for that slope. The values of relu are the same, and here nothing is trained.</details>
#
# <br>**4.** You give the chapter's engine an operation `noise`, which draws random numbers in the
# shape of its input. You write `noise(x)` twice in one network, with the same `x`. What does
# `rewrite` make of it?
#
# <details><summary>A. It keeps both, because you wrote two calls</summary>No. Two calls make two nodes, but <code>rewrite</code> compares operation and inputs, and these are equal.</details>
# <details><summary>B. It drops both as dead code</summary>No. Dead is what no output needs. Here both places are needed.</details>
# <details><summary>C. It merges them: both places get the same random numbers</summary>Right. Equal operations on equal inputs become one node. That is safe as long as equal inputs give equal results, which <code>noise</code> does not keep.</details>
#
# <br>**5.** With `compute_test_value = "raise"` a wrong shape is reported at the line of `T.dot`.
# Why there, and not at the call of the compiled function?
#
# <details><summary>A. Theano now derives the length of each axis from the expressions alone</summary>No. The expressions do not hold the lengths: <code>T.matrix</code> has none. They come with the example that you gave.</details>
# <details><summary>B. Each line now runs on your example while you write it</summary>Right. It is eager execution as a debugging aid: a line that cannot work fails when it is reached.</details>
# <details><summary>C. The compiler has written line numbers into the C code</summary>No. Nothing has been compiled at that point. The exception comes while the graph is being built.</details>
#
# <br>**6.** For which work is Theano's compiler a bad bargain?
#
# <details><summary>A. One network that trains for hundreds of thousands of steps</summary>No. The compiler is paid once, a step's time each time. That is its best case.</details>
# <details><summary>B. Thirty variants of a network, each with new operations, five steps each</summary>Right. For the course's network compiling cost as much as at least 20 training steps. Five steps cannot pay for it.</details>
# <details><summary>C. A second network, made of the operations of the first</summary>No. The cache is keyed by the code of each operation. What is known is at hand, so the second compiles quickly.</details>
#
# <br>**7.** A paper's network exists in Theano alone. You want its numbers, and then a new model on
# a symbolic graph that you can rewrite. What do you take?
#
# <details><summary>A. Theano for both: what has not changed since 2020 cannot break</summary>No. Unchanged code is what its surroundings leave behind. Theano needs <code>g++</code> and a NumPy from 2022, and nobody repairs it.</details>
# <details><summary>B. PyTensor for both: it runs Theano programs without a change</summary>No. It is a fork with its own names, such as <code>pytensor.function</code>. You would have to port the network before you know its numbers.</details>
# <details><summary>C. PyTorch for both: <code>loss.backward()</code> gives you a graph to rewrite</summary>No. PyTorch records what ran, and <code>backward()</code> computes. You asked for a graph that stands there before any number.</details>
# <details><summary>D. Theano for the old network, PyTensor for the new model</summary>Right. The old one still computes the same numbers. Its heir is developed, and keeps the idea of a graph that you may rewrite.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | low | middle | high |
# |---|---|---|---|
# | you write | expressions, `T.grad`, `updates` | classes with `params` and `output` | Lasagne layers; Keras |
# | you get | a compiled training step | order among the weights | ready layers and update rules; `fit` |
# | it stops helping | at the bookkeeping | at the next kind of layer | at the loop; at the hidden graph |
#
# And two models of a program: PyTorch *records* what ran; Theano *compiles* what you declared.

# %% [markdown]
# **Choose it when** you must run or port a network that exists only in Theano: it still computes
# the same numbers (shown above). For a symbolic graph that you can rewrite yourself, take its heir
# PyTensor.
#
# **Avoid it when** you begin anything new: nobody repairs it, it needs `g++` at run time and a
# NumPy from 2022, and its corners differ from the reference's (shown above).
#
# **Now you:** [the exercise](../../exercises/01_history/03_theano.ipynb), with self-checks.

# %% [markdown]
# ## Sources: history
#
# All checked 2026-11-24.
# - The paper of 2010: [Theano: A CPU and GPU Math Compiler in
#   Python](https://proceedings.scipy.org/articles/Majora-92bf1922-003); that of 2016:
#   [arXiv 1605.02688](https://arxiv.org/abs/1605.02688)
# - 0.1: [Theano's HISTORY.txt](https://github.com/Theano/Theano/blob/master/HISTORY.txt); in use
#   since 2007: [its description](https://github.com/Theano/Theano/blob/master/DESCRIPTION.txt)
# - The announcement:
#   [theano-users](https://groups.google.com/d/msg/theano-users/7Poq8BZutbY/rNCIfvAEAwAJ), quoted in
#   full on [Stan's forum](https://discourse.mc-stan.org/t/off-topic-future-of-theano/2071),
#   September 2017
# - Its heirs: [PyMC's timeline](https://github.com/pymc-devs/pymc3/wiki/Timeline), 2021;
#   [PyMC forked Aesara to PyTensor](https://www.pymc.io/blog/pytensor_announcement.html);
#   [PyTensor](https://github.com/pymc-devs/pytensor);
#   [Theano's page](https://github.com/Theano/Theano), which points there
# - TensorFlow: [white paper, related work](https://arxiv.org/abs/1603.04467), 2015
# - Keras:
#   [its documentation of 2015](https://github.com/keras-team/keras/blob/26350c8a90c264ab1b1447bb82da459a414b4111/docs/sources/index.md)
# - Lasagne: [its principles](https://github.com/Lasagne/Lasagne)
# - MXNet:
#   [Deep Learning Programming Style](https://github.com/apache/mxnet/blob/01e371e340101673aa5407273ba818a91f471c04/docs/architecture/program_model.md)

# %% [markdown]
# ## Sources: technique
#
# All checked 2026-11-24.
# - The trap: [keras 3015](https://github.com/keras-team/keras/issues/3015),
#   [Lasagne/Recipes 39](https://github.com/Lasagne/Recipes/issues/39),
#   [Lasagne 532](https://github.com/Lasagne/Lasagne/issues/532); the option's text:
#   [Theano pull request 2665](https://github.com/Theano/Theano/pull/2665)
# - Ties in pooling: [Theano 5248](https://github.com/Theano/Theano/issues/5248), 2016, and
#   [5404](https://github.com/Theano/Theano/issues/5404), 2017, which compares libraries
# - relu at zero: [Theano 3210](https://github.com/Theano/Theano/issues/3210), 2015; `T.switch`
#   timed the faster: Pylearn2's `RectifiedLinear`, in
#   [pylearn2/models/mlp.py](https://github.com/lisa-lab/pylearn2/blob/master/pylearn2/models/mlp.py)
# - Compile times: [Theano 4494](https://github.com/Theano/Theano/issues/4494), 2016; compiled code
#   is cached by design: [Theano 6458](https://github.com/Theano/Theano/issues/6458), 2017
# - Test values: [pymc 566](https://github.com/pymc-devs/pymc/issues/566), 2014, which used them by
#   default
# - The pattern with `params` and `output`, and data in shared variables: [Deep Learning Tutorials,
#   LeNet](https://github.com/lisa-lab/DeepLearningTutorials/blob/master/code/convolutional_mlp.py)

# %% [markdown]
# **On your path:**
#
# - *The history, 4 of 11:* [The network by hand](02_by_hand.ipynb) → here →
#   [PyTorch](../02_frameworks/02_pytorch.ipynb)
#
# **In the order of the folders:** previous [The network by hand](02_by_hand.ipynb) · next
# [Torch7](04_torch7.ipynb) · [all chapters](../00_start_here.ipynb)
