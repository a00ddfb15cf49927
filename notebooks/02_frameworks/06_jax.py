# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # JAX: functions in, functions out
#
# After this notebook you will be able to build, train, save and *prove* the course's network in
# JAX, and say what each of its transformations does to a function.
#
# **You will learn to**
# - transform functions with `grad`, `jit` and `vmap`, and read what JAX made of them;
# - say what tracing sees, and why an `if` on a value fails;
# - keep a network in a tree of arrays, and train it with Optax;
# - write the same network with Flax NNX, and show that it takes the same step;
# - catch stale weights in compiled code with the parity ladder.
#
# **Before you start:** [Start here](../00_start_here.ipynb) and
# [Your first network](../00_your_first_network.ipynb). Kernel `python3`, about 50 minutes.
# [PyTorch](02_pytorch.ipynb) is a good contrast. The slowest cell takes about half a minute.

# %%
from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("jax")

# %% [markdown]
# ## Where does JAX come from?
#
# **Autograd** (2015) took gradients of plain NumPy code. Its README came to say that its main
# developers were now working on JAX, two of them full-time: Dougal Maclaurin and Matt Johnson.
# Google's paper of 2018 calls JAX a tracing compiler for pure Python and NumPy programs; the
# compiling is done by **XLA**, which TensorFlow uses too.
#
# So JAX is two things: a new Autograd, and a compiler.

# %% [markdown]
# ## What does `grad` do to a function?
#
# It returns another function: the derivative. There is no tape to look at, no `.grad` to clear, no
# `backward()`. You can take the gradient of a gradient.

# %%
import jax
import jax.numpy as jnp


def power(x):
    return x ** 4


slope = jax.grad(power)
print("value:", power(2.0), "  slope:", slope(2.0), "  slope of the slope:", jax.grad(slope)(2.0))

# %% [markdown]
# Nothing accumulates, so PyTorch's forgotten `zero_grad()` cannot happen here. The price: the
# function has to be **pure**. Its answer may depend on its arguments only, and it may change
# nothing outside itself.
#
# JAX does not check this. The trap at the end of this notebook is what happens when it is not so.

# %% [markdown]
# ## What does `jit` see?
#
# `jit` runs your Python function **once**, with a stand-in for the array: a *tracer*, which has a
# shape and a dtype and no numbers. What was done to the tracer is compiled. Later calls run the
# compiled code, and no Python.
#
# **Predict, then run.** The function below is called with three, three and four numbers. How often
# does it print?
#
# <details><summary>Answer</summary>
#
# Twice. A compiled program has fixed shapes. The second call finds one for three numbers; the third
# has a new shape, so the function is traced and compiled again. A `print` belongs to the tracing.
#
# </details>


# %%
@jax.jit
def double(x):
    print("Python runs, and x is", x)
    return 2 * x


for size in (3, 3, 4):
    print("answer:", double(jnp.ones(size)))

# %% [markdown]
# The record of a trace is called a **jaxpr**. You can look at one: `a` goes in, each line is an
# equation with the shape of its result, and what stands after `in` comes out.

# %%
print(jax.make_jaxpr(lambda x: jnp.sum(2 * x + 1))(jnp.ones(3)))

# %% [markdown]
# ## Why does an `if` fail?
#
# Python has to know now whether to go left or right. A tracer cannot tell: it stands for every
# array of its shape.


# %%
def absolute(x):
    if x > 0:
        return x
    return -x


print("without jit:", absolute(-3.0), "  slope:", jax.grad(absolute)(-3.0))
try:
    jax.jit(absolute)(-3.0)
except jax.errors.ConcretizationTypeError as error:
    print("with jit:", type(error).__name__, "-", str(error).splitlines()[0])

# %% [markdown]
# Two cures. `jnp.where` computes both answers and picks one. `lax.cond` puts both branches into the
# compiled program, which decides while it runs. An `if` on a *shape* is no problem: the shape is
# known while tracing.

# %%
from jax import lax

picked = jax.jit(lambda x: jnp.where(x > 0, x, -x))
branched = jax.jit(lambda x: lax.cond(x > 0, lambda x: x, lambda x: -x, x))
print("where:", picked(-3.0), "  cond:", branched(-3.0))

# %% [markdown]
# ## How do you hand 56,714 weights to a function?
#
# As one argument: a **pytree**, which is any nesting of dicts, lists and tuples with arrays at its
# leaves. `jax.tree.map` works on every leaf, and the gradient for a tree is a tree of the same
# structure.

# %%
weights = {"dense": {"kernel": jnp.ones((3, 2)), "bias": jnp.zeros(2)}}


def squares(weights, x):
    return jnp.sum((x @ weights["dense"]["kernel"] + weights["dense"]["bias"]) ** 2)


found = jax.grad(squares)(weights, jnp.ones(3))
print("gradient:", jax.tree.map(jnp.shape, found))
print("same structure:", jax.tree.structure(found) == jax.tree.structure(weights))

# %% [markdown]
# ## The low level: what does `lax` ask of you?
#
# Everything: strides, padding, and which axis is what. JAX has no layout of its own. Its community
# puts the channel **last** (`NHWC`, kernels `HWIO`), because Flax's layers want it so. The course's
# weights have the channel first.
#
# So images are turned on the way in, and turned back before they are flattened: otherwise `dense1`
# would meet its 800 inputs in another order. Flax's guide to porting from PyTorch says the same.

# %% tags=["same-cnn"]
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from safetensors.numpy import load_file, save_file

from onecnn import spec


def conv(x, layer):
    axes = ("NHWC", "HWIO", "NHWC")  # of the input, the kernel, the output
    return lax.conv_general_dilated(x, layer["kernel"], (1, 1), "VALID",
                                    dimension_numbers=axes) + layer["bias"]


def dense(x, layer):
    return x @ layer["kernel"] + layer["bias"]


# %% tags=["same-cnn"]
@jax.jit  # so that a trace shows one equation, with this name
def max_pool(x):
    height, width = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    a, b, c, d = (x[:, i:height:2, j:width:2] for i in (0, 1) for j in (0, 1))
    # where, because jnp.maximum shares the gradient of a tie; here the first of them gets it all.
    above, below = jnp.where(a >= b, a, b), jnp.where(c >= d, c, d)
    return jnp.where(above >= below, above, below)


def windows(x):  # the same in one call: with it prediction is faster, and training slower
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


# %% tags=["same-cnn"]
def forward(weights, images, pool=max_pool):
    x = jnp.transpose(images, (0, 2, 3, 1))
    x = pool(jax.nn.relu(conv(x, weights["conv1"])))
    x = pool(jax.nn.relu(conv(x, weights["conv2"])))
    x = jnp.transpose(x, (0, 3, 1, 2)).reshape(len(x), -1)
    x = jax.nn.relu(dense(x, weights["dense1"]))
    return dense(x, weights["dense2"])


# %% [markdown]
# ## The middle level: what does Optax add?
#
# Losses and optimizers, as functions. An optimizer cannot remember anything here. Its momentum is
# one more tree, which goes into `update` and comes out of it, like the weights.
#
# `jit` goes around the whole step, so that the compiler sees the forward pass, the backward pass
# and the optimizer together.

# %% tags=["same-cnn"]
optimizer = optax.sgd(spec.LEARNING_RATE, spec.MOMENTUM)


def cross_entropy(weights, images, labels):
    return optax.softmax_cross_entropy_with_integer_labels(forward(weights, images), labels).mean()


compiled_forward = jax.jit(partial(forward, pool=windows))  # no gradient is asked of it
loss_and_gradients = jax.jit(jax.value_and_grad(cross_entropy))


@partial(jax.jit, donate_argnums=(0, 1))
def update(weights, momentum, images, labels):
    loss, gradients = jax.value_and_grad(cross_entropy)(weights, images, labels)
    updates, momentum = optimizer.update(gradients, momentum)
    return optax.apply_updates(weights, updates), momentum, loss


# %% tags=["same-cnn"]
def from_spec(weights):
    tree = {"conv1": {}, "conv2": {}, "dense1": {}, "dense2": {}}
    for name, value in weights.items():
        layer, kind = name.split(".")
        value = value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T
        # Of a copy: JAX may still be reading when the caller writes into what was given.
        tree[layer]["bias" if kind == "bias" else "kernel"] = jnp.asarray(np.array(value))
    return tree


def to_spec(tree):
    weights = {}
    for name in spec.SHAPES:
        layer, kind = name.split(".")
        value = np.asarray(tree[layer]["bias" if kind == "bias" else "kernel"])
        value = value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T
        # A copy, because a donated buffer is written over; in C order, because safetensors writes
        # views wrongly.
        weights[name] = np.array(value, order="C")
    return weights


# %% [markdown]
# The network takes its dtype from the weights. One thing stood in the way: JAX computes in float32
# until you throw a switch. `jax.config.update("jax_enable_x64", True)` throws it for the whole
# process, and from then on `jnp.ones(3)` is float64 too, wherever it stands. So `precision` throws
# it for as long as a `with` lasts: for arrays that come in, and for functions that are traced.

# %% tags=["same-cnn"]
def precision(tree):
    # Outside of enable_x64, JAX turns float64 into float32 and says nothing.
    return jax.enable_x64(jax.tree.leaves(tree)[0].dtype == np.float64)


def build(weights):
    with precision(weights):
        tree = from_spec(weights)
        return {"weights": tree, "momentum": optimizer.init(tree)}


# %% tags=["same-cnn"]
def logits(model, images):
    with precision(model):
        return np.array(compiled_forward(model["weights"], images))


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    with precision(model):
        loss, tree = loss_and_gradients(model["weights"], images, labels)
    return loss.item(), to_spec(tree)


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    # The functions are pure; the dict is the one place where something changes.
    with precision(model):
        model["weights"], model["momentum"], loss = update(model["weights"], model["momentum"],
                                                           images, labels)
    return loss.item()


# %% tags=["same-cnn"]
def read_weights(model):
    return to_spec(model["weights"])


# %% [markdown]
# A **checkpoint** is whatever `train_step` needs to go on: here the weights *and* the momentum. In
# JAX nothing is hidden, so it is one tree. What Optax calls its state is a tuple of named tuples;
# `sgd`'s has one tree of arrays, `trace`, the momentum. Each leaf goes into the file under the path
# that leads to it.

# %% tags=["same-cnn"]
def name_of(place):
    return jax.tree_util.keystr(place, simple=True, separator=".")  # momentum.0.trace.conv1.bias


def save(model, path):
    # The momentum too is a part of the tree: without it, training would go on otherwise.
    leaves = {name_of(place): np.asarray(leaf) for place, leaf in jax.tree.leaves_with_path(model)}
    save_file(leaves, f"{path}.safetensors")


# %% tags=["same-cnn"]
def load(path):
    stored = load_file(f"{path}.safetensors")
    dtype = stored["weights.conv1.bias"].dtype
    # The file has the leaves. The tree's structure is a matter of the code.
    model = build({name: value.astype(dtype) for name, value in spec.initial_weights().items()})
    with precision(model):
        return jax.tree.map_with_path(lambda place, _: jnp.array(stored[name_of(place)]), model)


# %% [markdown]
# Every framework's notebook has these seven functions. Here they stop at the middle level:
# functions, a tree, Optax. Libraries of layers come and go on top of it (DeepMind has recommended
# Flax over its own Haiku since 2023), while `jit` and `grad` stay. And it is lean: Flax's
# documentation names the cost of walking through Python objects at every step, and offers a
# functional loop, such as this one, as a remedy for small networks.

# %% [markdown]
# ## What does Optax do that you could not?
#
# Nothing: the rule is two lines of `tree.map`. From the same weights and a momentum of zero, they
# lead to the same place.

# %%
from onecnn import mnist

digits = mnist.load()
images, labels = digits.train_images[:64], digits.train_labels[:64]
model = build(spec.initial_weights())

_, found = loss_and_gradients(model["weights"], images, labels)
velocity = jax.tree.map(jnp.zeros_like, found)
velocity = jax.tree.map(lambda v, g: spec.MOMENTUM * v + g, velocity, found)
by_hand = jax.tree.map(lambda w, v: w - spec.LEARNING_RATE * v, model["weights"], velocity)
train_step(model, images, labels)
same = jax.tree.map(lambda a, b: np.allclose(a, b, atol=1e-6), by_hand, model["weights"])
print("the same step on every leaf:", all(jax.tree.leaves(same)))

# %% [markdown]
# ## What did JAX read in your code?
#
# The jaxpr of `forward` is the network as a list of equations. Some of them concern weights alone:
# they stretch a bias to the shape of the images. The loop below follows each weight to the equation
# in which it meets the images.

# %%
traced = jax.make_jaxpr(forward)(model["weights"], images)
paths = [path for path, _ in jax.tree.leaves_with_path(model["weights"])]
origin = {id(variable): f"{path[0].key}\n{path[1].key}"
          for variable, path in zip(traced.jaxpr.invars, paths)}

# %%
steps = []
for equation in traced.eqns:
    # no literals
    inputs = [variable for variable in equation.invars if not hasattr(variable, "val")]
    entering = [origin[id(variable)] for variable in inputs if id(variable) in origin]
    if len(entering) == len(inputs):
        origin[id(equation.outvars[0])] = entering[0]
    else:
        inner = equation.params.get("call_jaxpr")  # of a function with a rule of its own: relu
        called = inner.eqns[0].params if inner else equation.params
        name = called.get("name", equation.primitive.name)
        steps.append((name, equation.outvars[0].aval.shape[1:], entering))
print("equations:", len(traced.eqns), "  on the images:", len(steps))

# %%
fig, ax = lesson.figure(9, 3.1)
arrow, box = {"arrowstyle": "->", "color": "gray"}, {"boxstyle": "round", "fc": lesson.ORANGE}
for column, (name, shape, entering) in enumerate(steps):
    text = f"{name}  {'x'.join(map(str, shape))}"
    ax.text(column, 1, text, rotation=45, ha="left", va="bottom", fontsize=9)
    for weight in entering:
        ax.annotate(weight, (column, 0.65), (column, -0.6), ha="center", va="center", fontsize=7,
                    arrowprops=arrow, bbox=box)
ax.plot(range(len(steps)), [0.8] * len(steps), "o-", color=lesson.BLUE, markersize=9)
ax.set(xlim=(-0.6, len(steps) + 2.4), ylim=(-1.1, 4))
ax.set_axis_off()
lesson.show(fig, alt="The equations of the forward pass from left to right, each with the shape "
            "that comes out of it for one image; arrows from below mark where the kernels and "
            "biases of the four layers enter.")

# %% [markdown]
# Compare it with the figure in [the PyTorch notebook](02_pytorch.ipynb). That graph was recorded
# while numbers flowed, backwards, for one batch. This one was made without a number, and holds for
# every batch of its shape.
#
# **Predict, then run.** `value_and_grad` is a transformation of this list. Is there a list for the
# backward pass too?
#
# <details><summary>Answer</summary>
#
# Yes, and it is the same kind of list: `grad` writes new equations. `max_pool` appears twice more,
# now for its gradients; `conv_general_dilated` appears again, for the gradients of kernels and
# images.
#
# </details>

# %%
from collections import Counter

both = jax.make_jaxpr(jax.value_and_grad(cross_entropy))(model["weights"], images, labels)
kinds = Counter(equation.params.get("name", equation.primitive.name) for equation in both.eqns)
print("equations:", len(both.eqns))
for name in ("conv_general_dilated", "max_pool", "dot_general"):
    print(f"{name:<22}{kinds[name]}")

# %% [markdown]
# ## Why is `max_pool` written in slices?
#
# JAX has a call for it, which Flax's `max_pool` makes too, and `windows` above:
# `lax.reduce_window`. Its gradient is one equation, `select_and_scatter_add`: find each window's
# winner again, and add there. Ours is four slices and three choices. Both give a tie to the first
# of its pixels.

# %%
def loss_with(pool, weights):
    answers = forward(weights, images, pool)
    losses = optax.softmax_cross_entropy_with_integer_labels(answers, labels)
    return losses.mean(), answers


ways = {pool.__name__: jax.jit(jax.value_and_grad(partial(loss_with, pool), has_aux=True))
        for pool in (max_pool, windows)}

# %%
((_, mine), my_slopes), ((_, theirs), their_slopes) = (way(model["weights"])
                                                       for way in ways.values())
same = jax.tree.map(lambda a, b: np.allclose(a, b, atol=1e-6), my_slopes, their_slopes)
print("logits agree within 1e-5:", np.allclose(mine, theirs, atol=1e-5))
print("every gradient within 1e-6:", all(jax.tree.leaves(same)))
for pool in (max_pool, windows):
    tie = jax.grad(lambda x, pool=pool: pool(x).sum())(jnp.ones((1, 2, 2, 1)))
    print("of four equal pixels the gradient goes to", tie.ravel())
text = str(jax.make_jaxpr(ways["windows"])(model["weights"]))
print({name: text.count(name) for name in ("reduce_window_max[", "select_and_scatter_add[")})

# %% [markdown]
# So they are the same function, and the compiler may make of either what it likes. Where this page
# was made, `windows` was the slower one with gradients and the faster one without, the more so with
# 512 digits: hence `update` pools in slices, and `compiled_forward` in windows. Measure it on your
# machine: loss and gradients of 64 digits, then predictions of 512. On another kind of device the
# answer can be another.

# %% tags=["nbval-ignore-output"]
import time

several = digits.test_images[:512]
predictions = {pool.__name__: partial(jax.jit(partial(forward, pool=pool)), images=several)
               for pool in (max_pool, windows)}
for what, ways_here in (("gradients", ways), ("predictions", predictions)):
    seconds = {name: [] for name in ways_here}
    for _ in range(30):
        for name, way in ways_here.items():  # in turn: what else the machine does disturbs both
            start = time.perf_counter()
            jax.block_until_ready(way(model["weights"]))
            seconds[name].append(time.perf_counter() - start)
    print(what, {name: f"{1000 * min(times):.1f} ms" for name, times in seconds.items()})

# %% [markdown]
# ## What does the compiler make of it?
#
# `lower` translates the trace into StableHLO, the language that XLA reads; `compile` lets XLA work
# on it. Its main tool is **fusion**: several operations become one loop, so that what lies between
# them never goes to memory.

# %%
import re

lowered = update.lower(model["weights"], model["momentum"], images, labels)
before, after = lowered.as_text(), lowered.compile().as_text()
operations = len(re.findall(r"stablehlo\.\w+", before))
entry = after[after.index("\nENTRY"):]
launched = Counter(re.findall(r" ([a-z][\w-]*)\(%", entry))
print("fusions before:", before.count("fusion"), "  after:",
      "some" if launched["fusion"] else "none")
print("less to launch than operations written:", sum(launched.values()) < operations)

# %% tags=["nbval-ignore-output"]
print("operations in StableHLO:", operations)
print("instructions in the compiled program:", dict(launched.most_common()))

# %% [markdown]
# Those numbers depend on your processor, so the tests do not compare them. What holds everywhere:
# compiling costs time once, and a step costs little afterwards. The next cell takes four steps with
# 63 digits instead of 64: a new shape, so a new program.

# %%
seconds = []
for size in (63, 63, 63, 63):
    start = time.perf_counter()
    train_step(model, images[:size], labels[:size])
    seconds.append(time.perf_counter() - start)
print("the first step takes over three times as long as a later one:",
      seconds[0] > 3 * min(seconds[1:]))

# %% tags=["nbval-ignore-output"]
print(f"first step: {seconds[0]:.2f} s   later: {1000 * min(seconds[1:]):.0f} ms")

# %% [markdown]
# `train_step` ends with `.item()`, and that waits for the number. Mind this when you measure: JAX
# hands work over and returns at once. For arrays there is `jax.block_until_ready`.

# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## Is it the same network?
#
# The [parity ladder](../00_glossary.ipynb#Parity-ladder) compares it with the float64 reference on
# seven rungs. The next cell trains the network, in float64: about half a minute.

# %%
from onecnn import ladder

report = ladder.climb(build, logits, gradients, train_step, read_weights, save, load)
report.save("jax")
print(report)

# %%
from onecnn import figures

figures.climbed(report, "JAX on the parity ladder")

# %% [markdown]
# ## Is the rest really rounding?
#
# Rung 6 says so: in float64, 310 steps stay within 1e-9 of the reference. So what the lower rungs
# measured was float32's rounding, and not an error of the network. The functions were the same,
# traced anew for another dtype.
#
# **Predict, then run.** `from_spec` gets float64 arrays, once without `precision` and once with it.
# What does JAX say when the switch is off?
#
# <details><summary>Answer</summary>
#
# Nothing. The arrays become float32.
#
# </details>

# %%
from onecnn import reference

wide = {name: value.astype(np.float64) for name, value in spec.initial_weights().items()}
print("off:", from_spec(wide)["conv1"]["bias"].dtype)
answers = logits(build(wide), images.astype(np.float64))
print("on: ", answers.dtype)
exact = reference.logits(wide, images)
print("logits agree with the reference within 1e-12:", np.abs(answers - exact).max() < 1e-12)

# %% [markdown]
# ## What did it learn?
#
# The same as [the network by hand](../01_history/02_by_hand.ipynb), to the last answer: the rung
# `training` has followed every step. Its loss curve and its mistakes stand there, and are not drawn
# again here.

# %%
print("the reference's answers to all 1,000 test digits:",
      report.predictions == ladder.expected()["predictions"].tolist())
print("test accuracy at least 94 %:",
      np.mean(report.predictions == digits.test_labels) >= 0.94)

# %% [markdown]
# ## How much does each single digit pull?
#
# A training step uses the *mean* gradient of 64 digits. What if you want all 64? Write the loss of
# **one** digit, take `grad`, and let `vmap` add the batch axis. `in_axes=(None, 0, 0)`: the weights
# are shared, images and labels have one entry a digit.


# %%
def loss_of_one(weights, image, label):
    return cross_entropy(weights, image[None], label[None])


each = jax.jit(jax.vmap(jax.grad(loss_of_one), in_axes=(None, 0, 0)))
one = jax.jit(jax.grad(loss_of_one))
trees = each(model["weights"], images, labels)
print("kernel of dense2:", trees["dense2"]["kernel"].shape)
for row in range(3):
    mine = jax.tree.map(lambda leaf, row=row: leaf[row], trees)
    alone = one(model["weights"], images[row], labels[row])
    same = jax.tree.map(lambda a, b: np.allclose(a, b, atol=1e-4), mine, alone)
    print("digit", row, "as in a loop, within 1e-4:", all(jax.tree.leaves(same)))

# %% [markdown]
# Such gradients say which examples matter. Train for one epoch, then measure how long each test
# digit's gradient is.

# %%
for batch in spec.batches(len(digits.train_labels), epoch=0):
    train_step(model, digits.train_images[batch], digits.train_labels[batch])

some, truth, lengths = digits.test_images[:256], digits.test_labels[:256], []
for start in range(0, 256, 64):  # the shape that is compiled already
    trees = each(model["weights"], some[start:start + 64], truth[start:start + 64])
    squares = [np.square(leaf).reshape(64, -1).sum(axis=1) for leaf in jax.tree.leaves(trees)]
    lengths.extend(np.sqrt(sum(squares)))
lengths = np.array(lengths)
answers = logits(model, some).argmax(axis=1)
misread = lengths[answers != truth].mean()
print("misread digits pull harder than the others:", misread > lengths[answers == truth].mean())

# %%
hardest = np.argsort(lengths)[::-1][:10]
titles = [f"{truth[i]}, read {answers[i]}" for i in hardest]
figures.digits(some[hardest], titles,
               alt="The ten test digits with the longest gradients, each with its true label and "
               "the network's answer; most of them are badly written or misread.")

# %% [markdown]
# ## Where do random numbers come from?
#
# From a **key** that you pass in: a pure function cannot keep a hidden state. There is no global
# seed.
#
# **Predict, then run.** The same key is used twice. Are the numbers equal?
#
# <details><summary>Answer</summary>
#
# Yes. The same arguments give the same answer. A key used twice gives two layers the same weights,
# or two steps the same dropout, and raises nothing. A JAX user called it "a huge foot gun" in 2020
# ([jax-ml/jax 2009](https://github.com/jax-ml/jax/issues/2009)). The cure is `split`: every key is
# used once.
#
# </details>

# %%
def equal_numbers(one, other):
    return bool(jnp.array_equal(jax.random.normal(one, (3,)), jax.random.normal(other, (3,))))


key = jax.random.key(0)
print("one key twice, equal:", equal_numbers(key, key))
left, right = jax.random.split(key)
print("split first, equal:  ", equal_numbers(left, right))

# %% [markdown]
# Since 2024 JAX can watch for it: `jax.debug_key_reuse`, asked for in
# [jax-ml/jax 192](https://github.com/jax-ml/jax/issues/192). It is off by default.

# %%
with jax.debug_key_reuse(True):
    key = jax.random.key(0)
    jax.random.normal(key, (3,))
    try:
        jax.random.normal(key, (3,))
    except jax.errors.KeyReuseError as error:
        print(str(error).splitlines()[0])

# %% [markdown]
# ## Does a pure step need twice the memory?
#
# New weights beside the old ones: it would. Hence `donate_argnums=(0, 1)` on `update`: you promise
# not to use those arguments again, and XLA writes the results into their memory. Whoever still
# holds one of those arrays, in whatever part of the program, hears of it.

# %%
old = model["weights"]["dense2"]["bias"]
train_step(model, images, labels)
print("arrays that share memory with a result:", after.count("may-alias"), "(8 weights, 8 momenta)")
try:
    old + 1
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# ## Can a loop be one program?
#
# Ten steps in Python are ten calls. **`lax.scan`** is a loop that the compiler sees: the step is
# traced once, however many batches there are. You write it as *state and batch in, state and result
# out*.

# %%
order = np.array(list(spec.batches(len(digits.train_labels), epoch=0)))[:10]
ten_images, ten_labels = digits.train_images[order], digits.train_labels[order]


def scanned(state, batch):
    *state, loss = update(*state, *batch)
    return tuple(state), loss


start = build(spec.initial_weights())
_, together = lax.scan(scanned, (start["weights"], start["momentum"]), (ten_images, ten_labels))
model = build(spec.initial_weights())
one_by_one = [train_step(model, *batch) for batch in zip(ten_images, ten_labels)]
print("losses:", together.shape, "  as ten calls give them:",
      np.allclose(together, one_by_one, rtol=1e-4))

# %% [markdown]
# ## What if you want another gradient?
#
# Then you write it: **`custom_vjp`** takes a function, one for the way forward, which keeps what
# the way back needs, and one for the way back. [By hand](../01_history/02_by_hand.ipynb) took slope
# 0 for relu's corner. **Predict, then run:** what does `jnp.maximum` take?
#
# <details><summary>Answer</summary>
#
# One half: at 0 both of its arguments are the maximum, and they share the gradient. `jax.nn.relu`,
# which this chapter uses, has its own rule and takes 0, as ours does.
#
# </details>


# %%
@jax.custom_vjp
def relu(x):
    return jnp.maximum(x, 0)


relu.defvjp(lambda x: (relu(x), x > 0), lambda positive, upstream: (upstream * positive,))
for name, function in (("jnp.maximum", lambda x: jnp.maximum(x, 0)), ("ours", relu),
                       ("jax.nn.relu", jax.nn.relu)):
    print(f"{name:<12} slope at 0: {jax.grad(function)(0.0)}")

# %% [markdown]
# Two more of the family. **`jax.checkpoint`** keeps no activations and computes them anew on the
# way back: less memory, more time. With **`debug_nans`** JAX looks for numbers that are none. It
# finds one in the result of a compiled program, runs that again operation by operation, and stops
# at the one to blame.
#
# `jnp.log` is itself a compiled function, within ours. So JAX says twice that it runs one again.


# %%
def kept(forward):
    """How many arrays wait for the way back."""
    _, back = jax.vjp(lambda weights: forward(weights, images).sum(), model["weights"])
    return sum(leaf.size > 10_000 for leaf in jax.tree.leaves(back))


print("large arrays kept:", kept(forward), "  with checkpoint:", kept(jax.checkpoint(forward)))
with jax.debug_nans(True):
    try:
        jax.jit(lambda x: jnp.log(x) - 1)(-1.0)
    except FloatingPointError as error:
        print("FloatingPointError:", str(error).splitlines()[0])

# %% [markdown]
# The two that stay are the images and the kernel of `dense1`: the function's arguments, which are
# there anyway. No activation is among them.

# %% [markdown]
# ## The high level: what does Flax NNX add?
#
# Names, shapes and starting weights: a module holds its arrays, as in PyTorch. Random keys come
# from `rngs`. Flax has an older API too, *Linen*; its authors point new users to NNX.

# %%
from flax import nnx


class OneCNN(nnx.Module):
    def __init__(self, rngs):
        self.conv1 = nnx.Conv(1, 16, (3, 3), padding="VALID", rngs=rngs)
        self.conv2 = nnx.Conv(16, 32, (3, 3), padding="VALID", rngs=rngs)
        self.dense1 = nnx.Linear(800, 64, rngs=rngs)
        self.dense2 = nnx.Linear(64, 10, rngs=rngs)

    def __call__(self, images):
        x = jnp.transpose(images, (0, 2, 3, 1))
        x = nnx.max_pool(nnx.relu(self.conv1(x)), (2, 2), strides=(2, 2))
        x = nnx.max_pool(nnx.relu(self.conv2(x)), (2, 2), strides=(2, 2))
        x = jnp.transpose(x, (0, 3, 1, 2)).reshape(len(x), -1)
        return self.dense2(nnx.relu(self.dense1(x)))


# %% [markdown]
# Underneath lies the tree that you know: it has the same structure as ours, so our weights go in
# with one call. Watch two defaults: `Conv` pads with `SAME`, and `max_pool` moves by one pixel
# unless you give `strides`.

# %%
network = OneCNN(nnx.Rngs(0))
tree = nnx.to_pure_dict(nnx.state(network, nnx.Param))
model = build(spec.initial_weights())
print("same structure:", jax.tree.structure(tree) == jax.tree.structure(model["weights"]))
nnx.update(network, from_spec(spec.initial_weights()))  # its own arrays: ours will be donated
answers = nnx.jit(lambda network, images: network(images))(network, images)
print("logits agree within 1e-5:", np.abs(np.asarray(answers) - logits(model, images)).max() < 1e-5)

# %% [markdown]
# A step looks like PyTorch's: the optimizer changes the module in place. `nnx.jit` makes that
# possible. It takes the objects apart into trees, runs a pure function, and writes the results
# back.

# %%
network_optimizer = nnx.Optimizer(network, optax.sgd(spec.LEARNING_RATE, spec.MOMENTUM),
                                  wrt=nnx.Param)


@nnx.jit
def network_step(network, network_optimizer, images, labels):
    def loss_of(network):
        return optax.softmax_cross_entropy_with_integer_labels(network(images), labels).mean()

    loss, found = nnx.value_and_grad(loss_of)(network)
    network_optimizer.update(network, found)
    return loss


# %%
for _ in range(3):
    mine = train_step(model, images, labels)
    theirs = network_step(network, network_optimizer, images, labels).item()
tree = nnx.to_pure_dict(nnx.state(network, nnx.Param))
same = jax.tree.map(lambda a, b: np.allclose(a, b, atol=1e-5), tree, model["weights"])
print("after three steps, losses:", abs(mine - theirs) < 1e-5, "  every weight:",
      all(jax.tree.leaves(same)))

# %% [markdown]
# Where each level stops helping: `lax` leaves layouts, names and starting weights to you; Optax
# leaves the network to you; NNX hides the tree, and its `jit` walks through your objects in Python
# at every call.
#
# A `fit()` is missing at every level. [Keras](03_keras.ipynb) has one, and runs on JAX.

# %% [markdown]
# ## How do you save a tree?
#
# `save` writes **safetensors**: named arrays, nothing that could run. The tree's structure is not
# in the file. `load` builds a network, which has it, and asks the file for each leaf.

# %%
import tempfile

with tempfile.TemporaryDirectory() as folder:
    save(model, f"{folder}/one_cnn")
    stored = load_file(f"{folder}/one_cnn.safetensors")
print("arrays:", len(stored))
for name in sorted(stored):
    if "dense2" in name:
        print(f"{name:<31}{stored[name].dtype} {stored[name].shape}")

# %% [markdown]
# Such a file is for JAX: its kernels are `HWIO`. For another framework you write what
# `read_weights` gives. The first draft of this notebook did that, and failed on the rung
# `artefact`. A transposed NumPy array is a *view*: other strides, the same memory. safetensors
# 0.8.0 writes that memory as it lies
# ([safetensors 825](https://github.com/safetensors/safetensors/issues/825), 2026). The shape is
# right, the order of the numbers is not, and nothing is raised. `order="C"` in `to_spec` is the
# cure.

# %%
kernel = np.asarray(model["weights"]["dense2"]["kernel"])
with tempfile.TemporaryDirectory() as folder:
    save_file({"view": kernel.T, "copy": np.array(kernel.T, order="C")},
              f"{folder}/two.safetensors")
    back = load_file(f"{folder}/two.safetensors")
for name, value in back.items():
    print(f"{name}: shape {value.shape}, as it was saved: {np.array_equal(value, kernel.T)}")

# %% [markdown]
# For large networks the community saves its trees with **Orbax**, which writes them from many
# machines, without stopping the training. What neither file holds is the **program**: `jax.export`
# writes a traced function as StableHLO, to be run without your Python code.

# %% [markdown]
# ## A trap: weights that went stale
#
# You put the network into a class and `jit` its method. `self` is no array, so you declare it
# static, as the error message suggests. It works, once
# ([jax-ml/jax 28418](https://github.com/jax-ml/jax/issues/28418), 2025).


# %%
class Trainer:
    def __init__(self, model):
        self.model = model

    @partial(jax.jit, static_argnums=0)
    def loss_and_gradients(self, images, labels):
        return jax.value_and_grad(cross_entropy)(self.model["weights"], images, labels)


def careless_step(model, images, labels):
    trainer = model.setdefault("trainer", Trainer(model))
    loss, found = trainer.loss_and_gradients(images, labels)
    updates, model["momentum"] = optimizer.update(found, model["momentum"])
    model["weights"] = optax.apply_updates(model["weights"], updates)
    return loss.item()


# %% [markdown]
# **Predict, then run.** Five steps on one batch. Does the loss fall? And which rung catches it:
# logits, gradients, steps, or training?
#
# <details><summary>Answer</summary>
#
# The loss stays what it was, to the last bit. While tracing, `self.model["weights"]` was read once,
# and became a constant of the compiled program. `self` is the same object as before, so nothing is
# traced again. The first gradient is right; every later one still belongs to the starting weights.
# So the rung is `steps`.
#
# </details>

# %%
model = build(spec.initial_weights())
losses = [careless_step(model, images, labels) for _ in range(5)]
print("different losses in five steps:", len(set(losses)))
broken = ladder.climb(build, logits, gradients, careless_step, read_weights, save, load)
print("broken rung:", broken.failed_rung)

# %% [markdown]
# The cure: whatever changes is an **argument**, and whatever changed is a **result**. `update`
# above does that with weights and momentum. It is the first strategy in JAX's FAQ: a function
# outside the class, and `jit` on that. `nnx.jit` is another cure: it passes a module's arrays as
# arguments for you.

# %%
model = build(spec.initial_weights())
losses = [train_step(model, images, labels) for _ in range(5)]
print("different losses in five steps:", len(set(losses)), "  falling:", losses[-1] < losses[0])

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** All three functions are under `jit`, and the weights change between the calls. Which of
# them uses the new weights each time?
#
# <details><summary>A. <code>loss(images, labels)</code>, which reads the global <code>weights</code></summary>No. A global is read while tracing, and is a constant of the compiled program from then on.</details>
# <details><summary>B. <code>loss(weights, images, labels)</code></summary>Right. What comes in as an argument is handed to the compiled program in every call.</details>
# <details><summary>C. <code>trainer.loss(images, labels)</code>, with <code>self</code> declared static</summary>No. That is the trap: <code>self</code> is the same object as before, so nothing is traced again.</details>
#
# <br>**2.** The trap's `Trainer` has made 60 careless steps with 64 digits. Now it gets its first
# batch of 63. To which weights does this gradient belong?
#
# <details><summary>A. To the starting weights, as before</summary>No. They are constants of the program for 64 digits. This batch cannot use that program.</details>
# <details><summary>B. To none: a compiled function refuses another shape</summary>No. It does not refuse, it traces and compiles again.</details>
# <details><summary>C. To the weights of now</summary>Right. A new shape is traced anew, and so <code>self.model</code> is read again. These weights then go stale in their turn.</details>
#
# <br>**3.** In your jitted step stands `if norm > 1: g = g / norm`, where `norm` is computed from
# `g`. It raises. What do you write instead?
#
# <details><summary>A. <code>g = jnp.where(norm &gt; 1, g / norm, g)</code></summary>Right. Both answers are computed, and the program picks one while it runs. No Python has to know the value.</details>
# <details><summary>B. <code>if float(norm) &gt; 1: g = g / norm</code></summary>No. While tracing, <code>norm</code> has a shape and a dtype, and no number that <code>float</code> could give you.</details>
# <details><summary>C. The same, with <code>g</code> declared static</summary>No. A static argument must be hashable, as an array is not; and its value would be a constant of the program.</details>
#
# <br>**4.** You make one key before the loop and pass it to every step, for dropout. Each step
# drops the same units. What do you change?
#
# <details><summary>A. Make a fresh key with <code>jax.random.key(0)</code> at the beginning of each step</summary>No. The same seed gives the same key, and the same key gives the same numbers.</details>
# <details><summary>B. Set NumPy's seed before each step</summary>No. JAX has no global seed, and does not read NumPy's. What it draws depends on the key.</details>
# <details><summary>C. Split the key in each step, and use one half</summary>Right. A key is used once. The other half is kept, to be split in the next step.</details>
#
# <br>**5.** You set `old = model["weights"]`, take a `train_step`, and want to compare old with
# new. JAX says that an array has been deleted. What do you do?
#
# <details><summary>A. Wait for the step with <code>jax.block_until_ready</code></summary>No. The array does not come late. It is gone: its memory holds a result now.</details>
# <details><summary>B. Copy the weights before the step</summary>Right. <code>update</code> was promised the arrays by <code>donate_argnums</code>. A second name is no copy; what <code>read_weights</code> gives is one.</details>
# <details><summary>C. Switch on <code>jax_enable_x64</code></summary>No. That is about the width of numbers. The array was given away.</details>
#
# <br>**6.** `loss_of_one(weights, image, label)` is the loss of one digit. Which function gives the
# gradient for each of 64 digits, all at the same weights?
#
# <details><summary>A. <code>vmap(grad(loss_of_one), in_axes=(None, 0, 0))</code></summary>Right. First the gradient of one digit, then a batch axis for image and label. <code>None</code>: the weights are shared.</details>
# <details><summary>B. <code>vmap(grad(loss_of_one), in_axes=(0, 0, 0))</code></summary>No. That would take the weights apart along their first axis, too, as if each digit had its own.</details>
# <details><summary>C. <code>grad(cross_entropy)</code> on the batch of 64</summary>No. <code>cross_entropy</code> is a mean, so this is one gradient: the mean of the 64.</details>
#
# <br>**7.** Which of these speaks for JAX?
#
# <details><summary>A. Sentences of ever new lengths, one at a time, and no padding</summary>No. Each new shape is compiled anew. Most calls would be slow first calls.</details>
# <details><summary>B. An algorithm full of objects that change and <code>if</code>s on values</summary>No. Under <code>jit</code> an <code>if</code> on a value fails, and a change outside the function goes wrong without a word.</details>
# <details><summary>C. Layers, optimizers and saving, all from one library</summary>No. Here you choose Optax, Flax and Orbax yourself. Keras has all of it, and runs on JAX.</details>
# <details><summary>D. A method that needs the gradient of a gradient, for each example</summary>Right. <code>grad</code> gives a function, of which you can take <code>grad</code> again, and <code>vmap</code> adds the examples.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | low | middle | high |
# |---|---|---|---|
# | you write | `lax` and `jnp` functions on a tree | the same, with Optax | `nnx.Module`, `nnx.Optimizer`, a loop |
# | you get | `grad`, `jit`, `vmap` of anything | losses, optimizers | names, starting weights, changes in place |
# | it stops helping | at layouts and bookkeeping | at the network itself | at the cost of walking through objects |
#
# **Choose it when** you transform functions: a gradient for each example, a gradient of a gradient,
# both shown above; or when you want TPUs, which XLA compiles for.
#
# **Avoid it when** shapes change from step to step (each is a new compilation, shown above), when
# your code lives on Python `if`s and objects that change (the trap), or when you want one library
# for all: here you choose Optax, Flax and Orbax yourself.
#
# **Now you:** [the exercise](../../exercises/02_frameworks/06_jax.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - JAX as a tracing compiler, compatible with Autograd: [Google Research, "Compiling machine
#   learning programs via high-level tracing"](https://research.google/pubs/pub47008/), SysML 2018;
#   XLA and TPUs: [JAX's README](https://github.com/jax-ml/jax)
# - Autograd's developers on JAX: its README, quoted in
#   [tslearn-team/tslearn 494](https://github.com/tslearn-team/tslearn/pull/494) on 2023-12-05
# - Tracing, static shapes, asynchronous calls:
#   [JAX documentation, Just-in-time compilation](https://docs.jax.dev/en/latest/201/jit.html)
# - [JAX documentation, Buffer donation](https://docs.jax.dev/en/latest/buffer_donation.html), and
#   [Default dtypes and the X64 flag](https://docs.jax.dev/en/latest/default_dtypes.html)
# - Loops, gradients and checks (read 2026-11-29):
#   [Control flow](https://docs.jax.dev/en/latest/201/control-flow.html),
#   [Custom derivatives](https://docs.jax.dev/en/latest/_sources/jep/2026-custom-derivatives.md),
#   [Debugging flags](https://docs.jax.dev/en/latest/debugging/flags.html)
# - `jax.export`:
#   [JAX documentation, Exporting and serializing](https://docs.jax.dev/en/latest/501/export.html)
# - Layouts, and turning before flattening: [Flax documentation, Convert PyTorch models to
#   Flax](https://flax.readthedocs.io/en/stable/migrating/convert_pytorch_to_flax.html)
# - The cost of walking through objects: [Flax documentation, Performance
#   considerations](https://flax.readthedocs.io/en/latest/guides/performance.html); NNX for new
#   users: [Flax](https://flax.readthedocs.io/)
# - Haiku: [its README](https://github.com/deepmind/haiku), July 2023
# - [Orbax documentation, Introduction to checkpointing](https://orbax.readthedocs.io/en/latest/guides/checkpoint/v1/orbax_checkpoint_101.html)
# - The trap: [jax-ml/jax issue 28418](https://github.com/jax-ml/jax/issues/28418), 2025, and
#   [JAX's FAQ](https://docs.jax.dev/en/latest/faq.html), "How to use jit with methods"
# - Keys: [jax-ml/jax issue 2009](https://github.com/jax-ml/jax/issues/2009), 2020, and
#   [issue 192](https://github.com/jax-ml/jax/issues/192)
# - The file: [safetensors issue 825](https://github.com/safetensors/safetensors/issues/825),
#   2026-08-12

# %% [markdown]
# **On your path:**
#
# - *Choosing a framework, 6 of 12:* [Keras](03_keras.ipynb) → here →
#   [The parity ladder](../03_comparison/01_parity_ladder.ipynb)
# - *Research, 5 of 18:* [PyTorch](02_pytorch.ipynb) → here →
#   [The parity ladder](../03_comparison/01_parity_ladder.ipynb)
# - *Production, 5 of 16:* [PyTorch](02_pytorch.ipynb) → here →
#   [Graphs](../03_comparison/03_graphs.ipynb)
#
# **In the order of the folders:** previous [Caffe](05_caffe.ipynb) · next
# [The parity ladder](../03_comparison/01_parity_ladder.ipynb) ·
# [all chapters](../00_start_here.ipynb)
