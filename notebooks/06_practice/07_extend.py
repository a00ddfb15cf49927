# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Extend: write an operation of your own
#
# After this notebook you will be able to give a framework an operation that it does not have, with
# a gradient that *you* decide, and prove that it is right.
#
# **You will learn to**
# - write a forward and a backward pass for PyTorch, TensorFlow and JAX;
# - check a gradient, and say why the check fails at a kink;
# - put one C++ kernel behind three frameworks;
# - find out when a kernel misreads its memory;
# - read how Theano, Chainer, MXNet and Caffe were extended.
#
# **Before you start:** [Your first network](../00_your_first_network.ipynb),
# [PyTorch](../02_frameworks/02_pytorch.ipynb) and
# [The parity ladder](../03_comparison/01_parity_ladder.ipynb). Kernel `deployment`
# (`python3 course.py lab --with deployment`), about 40 minutes.
# Some cells start the kernels `museum` and `caffe`, and some ask for a C++ compiler; where one is
# missing, they say so and go on.
#
# **Retired here:** Theano, Chainer, MXNet and Caffe.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## Which pixel does the gradient belong to?
#
# Max [pooling](../00_glossary.ipynb#Pooling) keeps the largest of four pixels. Here three of them
# tie. PyTorch has several ways to take a maximum: a pooling layer, `amax` over all, `maximum` of
# two, and once more of two.
#
# **Predict, then run.** Four equal answers, 3. Are the four gradients equal, too?
#
# <details><summary>Answer</summary>
#
# No. The layer pays the first winner; `amax` shares among the winners; `maximum` shares in each
# pair, so the third pixel, alone in its pair, gets a half.
#
# </details>

# %%
import torch
import torch.nn.functional as F

for name, largest in {
        "max_pool2d": lambda x: F.max_pool2d(x, 2),
        "amax": lambda x: x.amax(),
        "maximum": lambda x: torch.maximum(torch.maximum(x[0, 0, 0, 0], x[0, 0, 0, 1]),
                                           torch.maximum(x[0, 0, 1, 0], x[0, 0, 1, 1]))}.items():
    x = torch.tensor([[[[3.0, 3], [3, 1]]]], requires_grad=True)
    y = largest(x).sum()
    y.backward()
    print(f"{name:<11} value {y.item()}  gradient", [round(g, 2) for g in x.grad.ravel().tolist()])

# %% [markdown]
# None of them is wrong. Whoever wrote the operation also wrote its gradient, and where there is no
# slope, they had to choose. In 2017 a maintainer of Theano listed three rules and who follows
# which; of sharing he wrote: "I don't know any software that does 2"
# ([Theano 5404](https://github.com/Theano/Theano/issues/5404)). `amax` is one by now.
#
# In this chapter you choose. The operation is the course's pooling: **the first winner takes it
# all**.

# %% [markdown]
# ## What shall the other core do meanwhile?
#
# TensorFlow gets the same pooling from a program in this chapter's folder, in a process of its own.
# It takes some seconds, so it starts now; you read what it did further down.

# %%
from concurrent.futures import ThreadPoolExecutor

from onecnn import cells

helpers = ThreadPoolExecutor(2)


def start(notebook, program, env=None):
    """Runs a program's report on a notebook's network, in that notebook's own kernel."""
    return helpers.submit(cells.run, notebook, f"06_practice/07_extend/{program}:report", env=env)


tensorflow = start("02_frameworks/01_tensorflow", "own_in_tensorflow")

# %% [markdown]
# ## What is an operation?
#
# Two functions. [Forward](../00_glossary.ipynb#Forward) takes arrays and gives an array.
# [Backward](../00_glossary.ipynb#Backward) takes the
# [gradient](../00_glossary.ipynb#Gradient) of the loss for that output, called *upstream*, and
# gives the gradient for each input. In between, something must be remembered: here, the input.
#
# `corners` cuts a picture into windows of four, `sew` puts such windows back. An odd last row or
# column belongs to no window.

# %%
def corners(x):  # (n, c, 2h, 2w) -> (n, c, h, w, 4)
    height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    return torch.stack([x[:, :, i:height:2, j:width:2] for i in (0, 1) for j in (0, 1)], dim=-1)


def sew(windows, like):
    x = torch.zeros_like(like)
    height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    for k, (i, j) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        x[:, :, i:height:2, j:width:2] = windows[..., k]
    return x


# %% [markdown]
# In PyTorch an operation is a `torch.autograd.Function`. What runs inside `forward` is *not*
# recorded: the record holds one node, yours. `ctx` carries what `backward` needs.
#
# `Own.share` says how much of the upstream gradient each pixel of a window gets. There are three
# rules to choose from.

# %%
RULES = {
    "first": lambda x: F.one_hot(x.argmax(-1), 4).to(x.dtype),
    "all": lambda x: (x == x.amax(-1, keepdim=True)).to(x.dtype),
    "shared": lambda x: RULES["all"](x) / RULES["all"](x).sum(-1, keepdim=True),
}


class Own(torch.autograd.Function):
    share = RULES["first"]

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return corners(x).amax(-1)

    @staticmethod
    def backward(ctx, upstream):
        x, = ctx.saved_tensors
        return sew(upstream[..., None] * Own.share(corners(x)), x)


# %%
def at_a_tie(pool):
    x = torch.tensor([[[[3.0, 3], [3, 1]]]], requires_grad=True)
    pool(x).sum().backward()
    return [round(gradient, 2) for gradient in x.grad.ravel().tolist()]


for name, Own.share in RULES.items():
    print(f"{name:<7}", at_a_tie(Own.apply))
Own.share = RULES["first"]

# %% [markdown]
# ## Is the gradient right?
#
# `torch.autograd.gradcheck` moves each input by a hair up and down, in float64, and compares the
# slope with what `backward` says. Random inputs do not tie.

# %%
torch.manual_seed(0)
x = torch.randn(2, 3, 5, 4, dtype=torch.float64, requires_grad=True)
print("random pixels:", torch.autograd.gradcheck(Own.apply, x))

# %% [markdown]
# **Predict, then run.** Now a blank window: four zeros, as in a digit's background. Which of the
# three rules passes the check?
#
# <details><summary>Answer</summary>
#
# None. A hair up raises the maximum, a hair down leaves it: the check finds a slope of one half for
# each of the four. The rules say 1 0 0 0, or 1 1 1 1, or a quarter each. So a failed check at a tie
# says nothing about your code.
#
# </details>

# %%
blank = torch.zeros(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
for name, Own.share in RULES.items():
    print(f"{name:<7}", torch.autograd.gradcheck(Own.apply, blank, raise_exception=False))
Own.share = RULES["first"]
print("PyTorch's own pooling:",
      torch.autograd.gradcheck(lambda x: F.max_pool2d(x, 2), blank, raise_exception=False))

# %%
import numpy as np

fig, ax = lesson.figure(7, 3.0)
pixel = np.linspace(-1, 1, 201)
ax.plot(pixel, np.maximum(pixel, 0), color=lesson.BLACK, linewidth=2.5, label="the maximum")
for slope, color, style, who in (
        (1, lesson.BLUE, "--", "slope 1: paid in full"),
        (0, lesson.VERMILION, ":", "slope 0: unpaid"),
        (0.5, lesson.GREEN, "-.", "slope ½: what the check finds")):
    ax.plot(pixel, slope * pixel, style, color=color, label=who)
ax.plot([-0.6, 0.6], [0, 0.6], "o-", color=lesson.GREEN, label="down and up, far enlarged")
ax.set(xlabel="one pixel, where the others are 0", ylabel="pooled value", ylim=(-0.6, 1),
       title="At a kink there are many slopes")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="The maximum of a pixel and 0: flat to the left, rising to the right. At the "
            "kink three lines touch it, with slopes 0, one half and 1. The middle one runs "
            "parallel to the line between two points left and right of the kink.")

# %% [markdown]
# A user reported just that for PyTorch's
# [`max_pool1d`](https://github.com/pytorch/pytorch/issues/114219) in 2023. In 2014 Caffe's authors
# wanted a check that accepts each slope between the left one and the right one
# ([BVLC/caffe 1334](https://github.com/BVLC/caffe/issues/1334)); the issue is open still. In the
# exercise you write it.
#
# So: check away from kinks, and let something else judge the rule. Here, the ladder.

# %% [markdown]
# ## Does the network still climb?
#
# The network of [the PyTorch chapter](../02_frameworks/02_pytorch.ipynb), with your pooling in
# place of its own.

# %%
from onecnn import ladder

network = cells.functions("02_frameworks/02_pytorch")


class OwnCNN(network.OneCNN):
    pool = staticmethod(Own.apply)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.dense2(torch.relu(self.dense1(x.flatten(1))))


network.OneCNN = OwnCNN  # what the chapter's build makes

# %%
def climb(network):
    """The five rungs that take seconds: a training and a saved file are left out."""
    return ladder.climb(*ladder.Network.of(network), training=False, artefact=False)


report = climb(network)
print(report)

# %% [markdown]
# **Predict, then run.** And with each winner paid in full, "all"? Which rung breaks: `logits`,
# `gradients` or `steps`?
#
# <details><summary>Answer</summary>
#
# `gradients`. Logits and loss are right, because the forward pass is. On a blank background that
# the bias lifts above 0, a window pays four times.
#
# </details>

# %%
Own.share = RULES["all"]
print("all: broken rung:", climb(network).failed_rung)

# %% [markdown]
# "Shared" pays as much as "first", but to other pixels. Does it matter? Train ten steps in float64,
# then ask for gradients under both rules.

# %%
from onecnn import mnist, spec

digits = mnist.load()
model = network.build({name: w.astype(float) for name, w in spec.initial_weights().items()})
images, labels = digits.train_images[:640].astype(float), digits.train_labels[:640]
for at in range(0, 640, 64):
    network.train_step(model, images[at:at + 64], labels[at:at + 64])
found = {}
for name in ("first", "shared", "all"):
    Own.share = RULES[name]
    found[name] = network.gradients(model, images[:64], labels[:64])[1]["conv1.weight"]
Own.share = RULES["first"]
for name in ("shared", "all"):
    print(f"{name}: as first, within 1e-9:", np.allclose(found[name], found["first"], atol=1e-9))

# %% [markdown]
# Not here. Why not? Look at windows in which four pixels tie above 0, and at the four patches of
# the picture that they saw.

# %%
with torch.no_grad():
    pixels = torch.from_numpy(images[:64])
    four = corners(torch.relu(model.conv1(pixels)))
    tied = (four.amin(-1) == four.amax(-1)) & (four.amax(-1) > 0)
    saw = corners(F.unfold(pixels, 3).view(64, 9, 26, 26))
    same = (saw.amin(-1) == saw.amax(-1)).all(dim=1)
print("there are such windows:", bool(tied.any()))
print("in each of them the four saw the same:", bool((same[:, None] | ~tied).all()))

# %% [markdown]
# Whoever saw the same passes the same on to the weights of `conv1`. So in these windows it does not
# matter which is paid, as long as the shares add up to one; "all" pays too much. Ties of two or
# three, and the second pooling, we did not look at one by one. With another network it may matter:
# measure.

# %% [markdown]
# ## How does C++ get in?
#
# A `Function` is made of PyTorch's operations, each a pass through memory. A **kernel** of your own
# does it in one. Here is the forward half of `first_winner.h`, which knows no framework; the
# backward half is as long.

# %%
from onecnn import paths

HERE = paths.programs("06_practice/07_extend")
kernel = (HERE / "first_winner.h").read_text()
print(kernel[kernel.index("template"):kernel.index("template <class T>  // dx")].strip())

# %% [markdown]
# Each framework has a **door**, a small C++ file that unwraps its tensors, calls the kernel, and
# registers a name. This is PyTorch's, in its
# [stable interface](https://docs.pytorch.org/docs/stable/notes/libtorch_stable_abi.html): what is
# compiled so is meant to work with later versions, too.

# %%
door = (HERE / "for_torch.cpp").read_text()
print(door[door.index("Tensor pool("):].strip())

# %% [markdown]
# The program `own_build.py` calls the compiler once and keeps the library in the course's cache.
# Without a compiler NumPy stands in behind the same door, so the rest of the chapter runs either
# way.

# %%
own_build = cells.program("06_practice/07_extend/own_build")
own_build.for_torch()
x = torch.randn(2, 3, 7, 6)
same = torch.equal(torch.ops.onecnn.pool(x), F.max_pool2d(x, 2))
print("the answers of PyTorch's pooling:", same)

# %% tags=["nbval-ignore-output"]
print(own_build.report("torch"))

# %% [markdown]
# ## What else does PyTorch want to know?
#
# The kernel computes. It does not say what its gradient is, nor which shape comes out when there
# are no numbers, as in `torch.compile`. `torch.library` takes both, from Python.

# %%
ops = torch.ops.onecnn


@torch.library.register_fake("onecnn::pool")
def _(x):
    return x.new_empty(x.shape[0], x.shape[1], x.shape[2] // 2, x.shape[3] // 2)


@torch.library.register_fake("onecnn::pool_grad")
def _(upstream, x):
    return torch.empty_like(x, memory_format=torch.contiguous_format)


torch.library.register_autograd(
    "onecnn::pool", lambda ctx, upstream: ops.pool_grad(upstream, *ctx.saved_tensors),
    setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs))

# %% [markdown]
# `opcheck` is the test for such registrations: does the schema tell the truth, is the gradient
# registered, do the shapes agree, does it survive tracing? It does not check the gradient's
# numbers. That stays `gradcheck`'s task.

# %%
x = torch.randn(2, 3, 5, 4, dtype=torch.float64, requires_grad=True)
for test, verdict in torch.library.opcheck(ops.pool.default, (x,)).items():
    print(f"{test:<30} {verdict}")
print("gradcheck:", torch.autograd.gradcheck(ops.pool, x), "  at a tie:", at_a_tie(ops.pool))
OwnCNN.pool = staticmethod(ops.pool)
print("broken rung:", climb(network).failed_rung)

# %% [markdown]
# ## A trap: memory that lies otherwise
#
# A kernel gets a pointer. It reads number after number, and takes them for rows. But PyTorch's
# tensors have **strides**: transposed, or with channels side by side, the same tensor lies in
# another order. That is why the door above says `contiguous`.
#
# `as_it_lies` shows, without C++, what a kernel sees that does not ask.

# %%
def as_it_lies(x):
    """The tensor's memory, taken for rows and columns in the usual order."""
    usual = torch.empty(x.shape, device="meta").stride()
    return x.detach().as_strided(x.shape, usual, x.storage_offset())


class Careless(Own):
    @staticmethod
    def backward(ctx, upstream):
        return Own.backward(ctx, as_it_lies(upstream))


print("gradcheck:", torch.autograd.gradcheck(Careless.apply, x), "  at a tie:",
      at_a_tie(Careless.apply))

# %% [markdown]
# **Predict, then run.** `gradcheck` is content, on tensors that lie in the usual order. Our
# network's lie with channels side by side. Which rung breaks?
#
# <details><summary>Answer</summary>
#
# `gradients`. Forward nothing was changed. Backward, the numbers are right and go to the wrong
# pixels. Nothing is raised.
#
# </details>

# %%
OwnCNN.pool = staticmethod(Careless.apply)
print("broken rung:", climb(network).failed_rung)
OwnCNN.pool = staticmethod(ops.pool)

# %% [markdown]
# It need not be an exotic layout. The gradient of `sum()` is one number, shown many times, by
# strides of 0 ([pytorch 64529](https://github.com/pytorch/pytorch/issues/64529)). That is "expected
# behavior", says a maintainer in [75312](https://github.com/pytorch/pytorch/issues/75312): call
# `contiguous()`. A kernel that reads on leaves its memory. Molecular dynamics met it in
# [deepmd-kit 3910](https://github.com/deepmodeling/deepmd-kit/issues/3910).

# %%
seen = {}


class Spy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, upstream):
        seen.update(strides=upstream.stride(), numbers=upstream.untyped_storage().nbytes() // 4)
        return upstream


Spy.apply(torch.ones(2, 3, requires_grad=True)).sum().backward()
print("six gradients lie in", seen["numbers"], "number, with strides", seen["strides"])

# %% [markdown]
# ## How does TensorFlow get the same kernel?
#
# `tf.custom_gradient` marks one function that returns two things: the value, and the function that
# turns upstream into gradients. What backward needs, it finds in the enclosing scope.

# %%
text = (HERE / "own_in_tensorflow.py").read_text()
print(text[text.index("@tf.custom_gradient"):text.index("def report")].strip())

# %% [markdown]
# The operations inside are C++: `for_tensorflow.cpp`, with `REGISTER_OP`, a function that infers
# the shape, and a kernel for each dtype. Without a compiler `tf.numpy_function` stands in. This
# is the program that you started at the beginning.

# %%
done = tensorflow.result()
print("at a tie:", done["ties"]["own"], "  broken rung:", done["broken"])

# %% tags=["nbval-ignore-output"]
print(f"TensorFlow {done['version']}, gradient checked by {done['checked by']}. {done['door']}")

# %% [markdown]
# ## How did the old ones do it?
#
# Four retired frameworks had doors, too. Four more programs give each the same pooling, check its
# gradient, and climb. A fifth, for further down, starts with them.

# %%
import os
import sys
from pathlib import Path

apart, triton = Path(sys.prefix, "triton"), None
if apart.is_dir():
    triton = start("02_frameworks/02_pytorch", "own_in_triton",
                   {"PYTHONPATH": os.pathsep.join([str(paths.ROOT), str(apart)])})

# %%
old = {"Theano": start("01_history/03_theano", "own_in_theano"),
       "Chainer": start("01_history/05_chainer", "own_in_chainer"),
       "Caffe": start("02_frameworks/05_caffe", "own_in_caffe"),
       "MXNet": start("02_frameworks/04_mxnet", "own_in_mxnet")}

# %% [markdown]
# Their doors tell what each framework is:
#
# - **Theano**'s `Op.grad` returns a *graph*: the gradient is another `Op`.
# - **Chainer**'s `FunctionNode.backward` gets and gives Variables, so a gradient has a gradient.
# - **MXNet** asks twice: a `CustomOpProp` for shapes, a `CustomOp` for numbers.
# - **Caffe**'s layer has `setup`, `reshape`, `forward`, `backward`; the model file names module and
#   class, and Caffe imports them.
#
# Their programs: [Theano](07_extend/own_in_theano.py), [Chainer](07_extend/own_in_chainer.py),
# [MXNet](07_extend/own_in_mxnet.py), [Caffe](07_extend/own_in_caffe.py). Here is Caffe's:

# %%
text = (HERE / "own_in_caffe.py").read_text()
print(text[text.index("class FirstWinner"):text.index("def layer")].strip())

# %% tags=["nbval-ignore-output"]
ran = {}
for name, job in old.items():
    try:
        found = job.result()  # None: Theano has no compiler
        said = found and f"{found['version']:<7} checked by {found['checked by']}"
        print(f"{name:<8}", said or "left out: there is no C++ compiler here")
        ran.update({name: found} if found else {})
    except cells.KernelMissing as reason:
        print(f"{name:<8} left out: {reason}")
print(len(ran), "of four ran")

# %%
print("each that ran pays the first winner, or none ran:",
      all(one["ties"]["own"] == [1, 0, 0, 0] for one in ran.values()))
print("each that ran climbs, or none ran:", all(one["broken"] is None for one in ran.values()))
print("Theano's own pool_2d pays all winners, or Theano is left out:",
      "Theano" not in ran or ran["Theano"]["ties"]["pool_2d"] == [1, 1, 1, 0])

# %% [markdown]
# ## How does JAX take a gradient of yours?
#
# `jax.custom_vjp` wants three functions: the operation; the same with what backward will need; and
# backward. All are pure, so `jit`, `vmap` and the ladder can do with them what they like.
#
# Arrays here are (n, h, w, c), as in [the JAX chapter](../02_frameworks/06_jax.ipynb).

# %%
import jax
import jax.numpy as jnp


def jax_corners(x):
    height, width = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    return jnp.stack([x[:, i:height:2, j:width:2] for i in (0, 1) for j in (0, 1)], axis=-1)


@jax.custom_vjp
def jax_pool(x):
    return jax_corners(x).max(axis=-1)


def jax_backward(x, upstream):
    four = jax_corners(x)
    windows = upstream[..., None] * jax.nn.one_hot(four.argmax(axis=-1), 4, dtype=x.dtype)
    return jax.linear_transpose(jax_corners, x)(windows)


jax_pool.defvjp(lambda x: (jax_pool(x), x), jax_backward)

# %% [markdown]
# There is no `sew` here. Cutting is linear, and the backward pass of a linear function is its
# transpose: `jax.linear_transpose` writes it.

# %%
from jax.test_util import check_grads


def jax_tie(pool):
    window = jnp.array([3.0, 3, 3, 1]).reshape(1, 2, 2, 1)
    return jax.grad(lambda x: pool(x).sum())(window).ravel().tolist()


random = np.random.RandomState(0).randn(2, 5, 4, 3)
with jax.enable_x64(True):
    check_grads(jax_pool, (random,), order=1, modes=["rev"])  # raises, if it is wrong
print("at a tie:", jax_tie(jax_pool))

# %% [markdown]
# The same kernel, through [XLA](../00_glossary.ipynb#XLA)'s door: `for_jax.cpp` compiles in
# seconds, `ffi_call` says which shape comes out. To XLA it is a box that it cannot look into, and
# so cannot fuse with what stands around it.

# %%
call = own_build.for_jax()


@jax.custom_vjp
def ffi_pool(x):  # in the kernel's order: (n, c, h, w)
    n, channels, height, width = x.shape
    out = jax.ShapeDtypeStruct((n, channels, height // 2, width // 2), x.dtype)
    return call("pool", out, x)


ffi_pool.defvjp(lambda x: (ffi_pool(x), x), lambda x, upstream: (
    call("pool_grad", jax.ShapeDtypeStruct(x.shape, x.dtype), upstream, x),))


# %%
jax_network = cells.functions("02_frameworks/06_jax")
forward = jax_network.forward


def turned(x):
    return ffi_pool(x.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)


jax_network.forward = lambda weights, images: forward(weights, images, turned)
print("at a tie:", jax_tie(turned), "  broken rung:", climb(jax_network).failed_rung)

# %% tags=["nbval-ignore-output"]
print(own_build.report("jax"))

# %% [markdown]
# ## What is a kernel language?
#
# C++ gives you a pointer and one core. GPUs want thousands of programs at once, each on a *block*
# of the array. In a kernel language you write the program for one block, in Python, and say how the
# array is cut. JAX's is **Pallas**. Where there is no GPU, `interpret=True` plays it.

# %%
from jax.experimental import pallas as pl


def quarters(ref, height, width):
    return [ref[:, :, i:2 * height:2, j:2 * width:2] for i in (0, 1) for j in (0, 1)]


def forward_block(x_ref, y_ref):  # sees one picture
    y_ref[...] = jnp.stack(quarters(x_ref, *y_ref.shape[2:])).max(axis=0)


def backward_block(upstream_ref, x_ref, dx_ref):
    height, width = upstream_ref.shape[2:]
    winner = jnp.stack(quarters(x_ref, height, width)).argmax(axis=0)
    dx_ref[...] = jnp.zeros_like(dx_ref)
    for k, (i, j) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        dx_ref[:, :, i:2 * height:2, j:2 * width:2] = jnp.where(winner == k, upstream_ref[...], 0)


# %% [markdown]
# `pallas_call` cuts each array along its pictures, runs the program once for each, and puts the
# results together. The gradient is one more call, bound to the first by `custom_vjp` as before.

# %%
def for_each_picture(program, shape, *arrays):
    def one(shape):
        return pl.BlockSpec((1, *shape[1:]), lambda number: (number, 0, 0, 0))

    return pl.pallas_call(
        program, out_shape=jax.ShapeDtypeStruct(shape, arrays[0].dtype), grid=shape[:1],
        in_specs=[one(x.shape) for x in arrays], out_specs=one(shape), interpret=True)(*arrays)


@jax.custom_vjp
def pallas_pool(x):
    n, c, height, width = x.shape
    return for_each_picture(forward_block, (n, c, height // 2, width // 2), x)


pallas_pool.defvjp(lambda x: (pallas_pool(x), x), lambda x, upstream: (
    for_each_picture(backward_block, x.shape, upstream, x),))

# %%
pictures = jnp.asarray(np.random.RandomState(1).randn(4, 3, 7, 6), jnp.float32)
y, pull = jax.vjp(pallas_pool, pictures)
wanted, wanted_pull = jax.vjp(ffi_pool, pictures)
print("values as the kernel's:", bool((y == wanted).all()))
print("gradients as the kernel's:", bool((pull(y)[0] == wanted_pull(y)[0]).all()))

# %%
def played(x):
    return pallas_pool(x.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)


jax_network.forward = lambda weights, images: forward(weights, images, played)
print("at a tie:", jax_tie(played), "  broken rung:", climb(jax_network).failed_rung)

# %% [markdown]
# **Triton** is the other one. For GPUs it is the "key building block" of
# [`torch.compile`](https://docs.pytorch.org/docs/stable/torch.compiler). The idea is the same: one
# program for a block. Two things differ: a block has no shape of its own, so you count pixels as in
# C++, and you say which lanes of the block are `there`.
#
# The course's PyTorch comes without it. It lies in a folder of its own in this environment, on
# Linux. Its [interpreter](https://triton-lang.org/main/programming-guide/chapter-3/debugging.html)
# plays it in [a process with PyTorch](07_extend/own_in_triton.py).

# %%
text = (HERE / "own_in_triton.py").read_text()
print(text[text.index("@triton.jit\ndef forward"):text.index("@triton.jit\ndef backward")].strip())

# %% tags=["nbval-ignore-output"]
helpers.shutdown()
triton = triton and triton.result()
print(f"Triton {triton['version']}" if triton else "Triton is left out: it comes for Linux alone")

# %%
print("pays the first winner, or is left out:", not triton or triton["at a tie"] == [1, 0, 0, 0])
print("climbs, or is left out:", not triton or triton["broken"] is None)

# %% [markdown]
# ## Was it worth it?
#
# **Predict, then run.** 64 pictures of 16 channels, forward. Your twenty lines of C++ were tuned
# for no processor. In which of two layouts can they keep up with PyTorch's own pooling: in the
# usual order, or with channels side by side?
#
# <details><summary>Answer</summary>
#
# Rather in the usual order. PyTorch's pooling was reported as [slow on a
# CPU](https://github.com/pytorch/pytorch/issues/51393), and made fast [where channels lie side by
# side](https://github.com/pytorch/pytorch/pull/48917). Side by side, yours copies first. Look at
# both columns.
#
# </details>

# %%
import time


def milliseconds(function, *arguments, times=20):
    """The shortest of some calls; the first one warms up."""
    taken = []
    for _ in range(times + 1):
        begun = time.perf_counter()
        jax.block_until_ready(function(*arguments))
        taken.append(time.perf_counter() - begun)
    return 1000 * min(taken[1:])


# %%
usual = torch.relu(torch.randn(64, 16, 26, 26))
beside = usual.to(memory_format=torch.channels_last)
as_jax = jnp.asarray(usual.numpy())
kind = "NumPy, for C++" if "torch" in own_build.left_out else "C++"
table = {kind: [milliseconds(ops.pool, usual), milliseconds(ops.pool, beside)],
         "PyTorch's own": [milliseconds(F.max_pool2d, x, 2) for x in (usual, beside)],
         "Function": [milliseconds(Own.apply, x) for x in (usual, beside)],
         "Pallas, played": [milliseconds(jax.jit(pallas_pool), as_jax, times=2)]}

# %% tags=["nbval-ignore-output"]
for name, (first, *second) in table.items():
    print(f"{name:<16} usual order {first:7.2f} ms",
          *(f"  channels side by side {ms:6.2f} ms" for ms in second))

# %%
own, built_in = table[kind][0], table["PyTorch's own"][0]
print("usual order: at most ten times PyTorch's time, or no compiler:",
      own < 10 * built_in or kind != "C++")
print("Pallas's interpreter takes longer than PyTorch:", table["Pallas, played"][0] > built_in)

# %% [markdown]
# When this was written, on one core, C++ took 0.6 ms where PyTorch took 2.8 in the usual order, and
# 0.9 where it took 0.3 with channels side by side. The `Function` took 1.2 in the usual order, less
# than PyTorch's own, too: passes through memory are not all that counts. Backward was not timed,
# and on your processor it may be otherwise. The interpreter is for finding mistakes, not for speed.

# %% [markdown]
# Honest limits: your kernel must be compiled for each platform, and mending it is up to you. JAX
# calls its own door ["a last resort option"](https://docs.jax.dev/en/latest/ffi.html): ask the
# compiler first.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** You write a pooling that shares a tie among its winners. `gradcheck` says False on a blank
# window. What do you do?
#
# <details><summary>A. You write the rule of the first winner instead</summary>No. That one fails there, too: the check finds one half for each pixel.</details>
# <details><summary>B. You check with inputs that do not tie, and let the ladder judge the rule</summary>Right. At a kink a central difference is the mean of two slopes, and says nothing about your code.</details>
# <details><summary>C. You raise the tolerance until it passes</summary>No. The difference is as large as the slopes themselves. So large a tolerance would pass anything.</details>
#
# <br>**2.** Your C++ kernel passes `gradcheck` on small random tensors. In a network that keeps
# channels side by side, the rung `gradients` breaks. What is likely?
#
# <details><summary>A. float32 rounds more than float64</summary>No. The rung's tolerance is made for float32, and other operations hold it.</details>
# <details><summary>B. The kernel reads memory as if it lay in rows</summary>Right. The tensors that the check made lie so. Those of the network do not, until somebody calls <code>contiguous</code>.</details>
# <details><summary>C. The rule at ties is another</summary>No. It would have broken in any layout, and in the chapter it broke at once.</details>
#
# <br>**3.** `forward` of your `autograd.Function` calls `torch.exp`. What does PyTorch record?
#
# <details><summary>A. One node, your <code>Function</code></summary>Right. Inside of <code>forward</code> nothing is recorded, and backward is what you wrote.</details>
# <details><summary>B. <code>exp</code>, and your <code>Function</code> around it</summary>No. Then <code>exp</code> would be differentiated as well, and your gradient would be needless.</details>
# <details><summary>C. Nothing, so the gradient is zero</summary>No. The node of your <code>Function</code> stands in the record, and its <code>backward</code> is called.</details>
#
# <br>**4.** Why does an operation in C++ need `register_fake`?
#
# <details><summary>A. So that it can run on a machine without a compiler</summary>No. It computes no numbers. In the chapter NumPy stands in for that.</details>
# <details><summary>B. So that gradients can be checked</summary>No. <code>gradcheck</code> runs the real kernel, again and again.</details>
# <details><summary>C. So that a tracer learns the shape of the result without numbers</summary>Right. <code>torch.compile</code> plans with shapes, and cannot read them out of C++.</details>
#
# <br>**5.** Your `backward` returns the local slope and forgets to multiply by `upstream`. Which
# test lets that pass?
#
# <details><summary>A. <code>y.sum().backward()</code>, compared with the known slope</summary>Right. There <code>upstream</code> is 1 everywhere. Use a loss whose gradient is not 1.</details>
# <details><summary>B. The rung <code>gradients</code> of the ladder</summary>No. There the operation stands in the middle of a network, and <code>upstream</code> is hardly ever 1.</details>
# <details><summary>C. <code>gradcheck</code></summary>No. It multiplies with other upstream gradients, and notices.</details>
#
# <br>**6.** You hide a kernel behind `jax.ffi`. What does XLA lose?
#
# <details><summary>A. It can no longer compile the functions around it</summary>No. The whole training step was compiled with it inside.</details>
# <details><summary>B. It cannot see inside, so it cannot fuse the kernel with its neighbours</summary>Right. What would have been one pass through memory stays two.</details>
# <details><summary>C. It can no longer take gradients of anything</summary>No. <code>custom_vjp</code> says how, and the rest is differentiated as before.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | you write | gradient | shapes | check |
# |---|---|---|---|---|
# | PyTorch, Python | `autograd.Function` | `backward` | from the numbers | `gradcheck` |
# | PyTorch, C++ | a kernel, a door | `register_autograd` | `register_fake` | `opcheck` |
# | TensorFlow | `custom_gradient`, C++ | inner function | `SetShapeFn` | `compute_gradient` |
# | JAX | `custom_vjp`, `ffi_call` | `defvjp` | you name them | `check_grads` |
# | Pallas | a program for a block | one more, `custom_vjp` | you name them | another kernel |
#
# **Write one when** a gradient shall be another, or a measured step is slow (shown above).
# **Avoid it when** the framework's operations can say it: they are tested, and compilers know them.
#
# **Now you:** [the exercise](../../exercises/06_practice/07_extend.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-12-01.
# - Rules at a tie: [Theano issue 5404](https://github.com/Theano/Theano/issues/5404), 2017
# - Checks at a kink: [pytorch issue 114219](https://github.com/pytorch/pytorch/issues/114219),
#   [BVLC/caffe issue 1334](https://github.com/BVLC/caffe/issues/1334)
# - Strides: pytorch issues [64529](https://github.com/pytorch/pytorch/issues/64529) and
#   [75312](https://github.com/pytorch/pytorch/issues/75312),
#   [deepmd-kit issue 3910](https://github.com/deepmodeling/deepmd-kit/issues/3910)
# - C++: [LibTorch Stable ABI](https://docs.pytorch.org/docs/stable/notes/libtorch_stable_abi.html);
#   [JAX's foreign function interface](https://docs.jax.dev/en/latest/ffi.html)
# - Pooling's speed: [pytorch issue 51393](https://github.com/pytorch/pytorch/issues/51393) and
#   [pull request 48917](https://github.com/pytorch/pytorch/pull/48917)
# - Triton in PyTorch: [torch.compiler](https://docs.pytorch.org/docs/stable/torch.compiler); its
#   interpreter: [Debugging
#   Triton](https://triton-lang.org/main/programming-guide/chapter-3/debugging.html)

# %% [markdown]
# **On your path:**
#
# - *Research, 18 of 18:* [Start from somebody else's weights](06_hubs.ipynb) → here. You have
#   walked all of it
#
# **In the order of the folders:** previous [Start from somebody else's weights](06_hubs.ipynb) ·
# [all chapters](../00_start_here.ipynb)
