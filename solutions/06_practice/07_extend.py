# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: operations of your own
#
# Four tasks on [the notebook](../../notebooks/06_practice/07_extend.ipynb), about 35 minutes. Fill
# in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a
# hint. The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds below each
# check. Nothing breaks if you run everything at once. No compiler is needed.

# %%
from onecnn import lesson

lesson.start()

# %%
import jax
import jax.numpy as jnp
import numpy as np
import torch

from onecnn import checks

# %% [markdown]
# ## 1. What does the check see? (predict)
#
# A window of four pixels, `[3, 3, 3, 1]`, goes through a maximum. A central difference moves one
# pixel by a hair up and down, and divides the change of the maximum by the way between the two.
# Which four slopes does it find, in the window's order?

# %%
### BEGIN SOLUTION
slopes = [0.5, 0.5, 0.5, 0.0]
### END SOLUTION


# %%
def is_what_it_sees(answer):
    window, hair = np.array([3.0, 3, 3, 1]), 1 / 1024
    seen = [(np.max(window + hair * pixel) - np.max(window - hair * pixel)) / (2 * hair)
            for pixel in np.eye(4)]
    if len(answer) != 4:
        return "one slope for each of the four pixels"
    return np.allclose(answer, seen)


checks.grade("1 slopes", is_what_it_sees, answer=slopes, hint="what does the maximum do when one "
             "of three equal pixels rises? and when it falls, while two others stay?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A winner that rises by a hair takes the maximum with it. When it falls, another winner holds the
# maximum where it was. So the change is one hair, on a way of two. The last pixel changes nothing.
#
# </details>

# %% [markdown]
# ## 2. The backward pass that was lucky (mend)
#
# `Lucky` computes $x \cdot \mathrm{sigmoid}(k x)$, a function called *swish*. Its author tried it
# with `y.sum().backward()` and `k=1`, and the gradient was right. In a network it is wrong. Write
# `backward` anew, with `ctx.x` and `ctx.k`. `k` is a plain number and needs no gradient.


# %%
class Lucky(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, k):
        ctx.x, ctx.k = x, k
        return x * torch.sigmoid(k * x)

    @staticmethod
    def backward(ctx, upstream):
        s = torch.sigmoid(ctx.x)
        return s + ctx.x * s * (1 - s), None


# %%
def swish_backward(ctx, upstream):
    ### BEGIN SOLUTION
    s = torch.sigmoid(ctx.k * ctx.x)
    return upstream * (s + ctx.k * ctx.x * s * (1 - s)), None
    ### END SOLUTION


class Swish(Lucky):
    backward = staticmethod(swish_backward)


# %%
def swish_is_mended():
    if checks.names(swish_backward.__code__) & {"autograd", "grad", "backward", "enable_grad"}:
        return "by formula, without autograd"
    random = checks.random(2)
    for k in (1.0, 0.5, -2.0, 0.0):
        for shape in ((1,), (4,), (2, 3), (2, 1, 3)):
            x = torch.tensor(random.randn(*shape), requires_grad=True)
            given = torch.tensor(random.randn(*shape))
            found, = torch.autograd.grad(Swish.apply(x, k), x, given)
            wanted, = torch.autograd.grad(x * torch.sigmoid(k * x), x, given)
            if found.shape != wanted.shape or not torch.allclose(found, wanted):
                return f"not for k = {k}, where the upstream gradient is {given.ravel().tolist()}"
    return True


checks.grade("2 swish", swish_is_mended, hint="what is `upstream` when the loss is a sum? and "
             "which number in the formula is invisible when k is 1?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The slope of $x\,s(kx)$ is $s + k x\, s (1 - s)$, with the sigmoid at $kx$. The chain rule
# multiplies it by `upstream`. The `None` stands for `k`.
#
# </details>

# %% [markdown]
# ## 3. Straight through, in JAX (port)
#
# Rounding has the slope 0 nearly everywhere, so nothing in front of it learns. A *straight-through*
# operation rounds forward, and backward passes the gradient on as if it had not, but only where the
# input lies between `-limit` and `limit`, both included; elsewhere 0. In PyTorch:


# %%
class RoundThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, limit):
        ctx.save_for_backward(x)
        ctx.limit = limit
        return torch.round(x)

    @staticmethod
    def backward(ctx, upstream):
        x, = ctx.saved_tensors
        return torch.where(x.abs() <= ctx.limit, upstream, 0), None


# %% [markdown]
# Write it for JAX: a function that takes `limit` and returns the operation, made with
# `jax.custom_vjp`.


# %%
def round_through(limit):
    ### BEGIN SOLUTION
    @jax.custom_vjp
    def operation(x):
        return jnp.round(x)

    def backward(x, upstream):
        return (jnp.where(jnp.abs(x) <= limit, upstream, 0),)

    operation.defvjp(lambda x: (jnp.round(x), x), backward)
    return operation
    ### END SOLUTION


# %%
def goes_straight_through():
    if "torch" in checks.names(round_through.__code__):
        return "with JAX alone"
    random = checks.random(3)
    for limit in (1.0, 2.5, 0.0):
        operation = round_through(limit)
        for shape in ((5,), (3, 4), ()):
            x = np.array(random.randint(-16, 17, shape) / 4, "float32")
            upstream = np.array(random.randn(*shape), "float32")
            there = torch.tensor(x, requires_grad=True)
            y = RoundThrough.apply(there, limit)
            y.backward(torch.tensor(upstream))
            for make in (lambda f: f, jax.jit):
                value, pull = jax.vjp(make(operation), jnp.asarray(x))
                alone = make(operation)(jnp.asarray(x))  # no gradient is asked for
                if not all(np.array_equal(one, y.detach().numpy()) for one in (value, alone)):
                    return f"the values for {x.tolist()} are not rounded as PyTorch rounds"
                if not np.allclose(pull(jnp.asarray(upstream))[0], there.grad.numpy()):
                    return f"the gradient is not PyTorch's for x = {x.tolist()}, limit {limit}"
    return True


checks.grade("3 straight", goes_straight_through, hint="what does the forward rule hand to "
             "backward? what becomes of the upstream gradient within the limit, at it, beyond it?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `operation.defvjp(forward, backward)`: `forward(x)` returns the value and what to remember, the
# pair `(jnp.round(x), x)`; `backward(x, upstream)` returns a tuple with one gradient for each
# input, so `(..., )`. Choose with `jnp.where`.
#
# </details>

# %% [markdown]
# ## 4. A check that bears kinks (design)
#
# What Caffe's authors wanted: `accepts(f, x, gradient)` says True where each entry of `gradient`
# lies between the left slope $(f(x) - f(x - h)) / h$ and the right slope $(f(x + h) - f(x)) / h$ of
# that entry of `x`, up to `slack`. Which of the two is larger is not said. `f` takes an array like
# `x` (float64) and gives a number. A gradient of another shape is refused, NaN, too. `x` stays as
# it is.


# %%
def accepts(f, x, gradient, h=1e-6, slack=1e-4):
    ### BEGIN SOLUTION
    if np.shape(gradient) != x.shape:
        return False
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = h
        slopes = (f(x) - f(x - step)) / h, (f(x + step) - f(x)) / h
        if not min(slopes) - slack <= gradient[at] <= max(slopes) + slack:
            return False
    return True
    ### END SOLUTION


# %%
def square(x):
    return (x ** 2).sum()


def bears_kinks():
    random, weights = checks.random(4), np.array([[1.0, -2.0], [0.5, 3.0]])
    wave = checks.random(5).randn(2, 3)
    tied, smooth = np.array([3.0, 3, 3, 1]), random.randn(2, 3)
    cases = [  # f, x, gradient, whether it shall be accepted
        *((np.max, tied, np.array(g), right) for g, right in (
            ([1.0, 0, 0, 0], True), ([1.0, 1, 1, 0], True), ([1 / 3, 1 / 3, 1 / 3, 0], True),
            ([0.0, 0, 0, 0], True), ([1.2, 0, 0, 0], False), ([-0.2, 0, 0, 0], False),
            ([0.0, 0, 0, 0.5], False), ([np.nan, 0, 0, 0], False))),
        (np.min, np.array([2.0, 2.0]), np.array([0.3, 0.7]), True),
        (np.min, np.array([2.0, 2.0]), np.array([-0.3, 0.7]), False),
        (lambda x: (weights * x).sum(), np.ones((2, 2)), weights, True),
        (lambda x: (weights * x).sum(), np.ones((2, 2)), weights.T, False),
        (lambda x: (weights * x).sum(), np.ones((2, 2)), np.vstack([weights, weights]), False),
        (lambda x: (wave * np.sin(x)).sum(), smooth, wave * np.cos(smooth), True),
        (lambda x: (wave * np.sin(x)).sum(), smooth, wave * np.cos(smooth) + 0.01, False),
        (lambda x: (wave * np.sin(x)).sum(), smooth, np.zeros((3, 2)), False),
        (lambda x: float(np.abs(x)), np.array(0.0), np.array(-0.5), True),
        (lambda x: -float(np.abs(x)), np.array(0.0), np.array(0.5), True),
        (lambda x: float(np.abs(x)), np.array(0.0), np.array(1.5), False),
    ]
    for number, (f, x, gradient, right) in enumerate(cases):
        before = x.copy()
        if bool(accepts(f, x, gradient)) != right:
            return f"case {number}: at x = {x.tolist()} this gradient: {gradient.tolist()}"
        if not np.array_equal(x, before):
            return "x was changed"
    x = np.array([1.0, -2.0])
    if not accepts(square, x, 2 * x + 0.4, h=0.5, slack=0.0) \
            or accepts(square, x, 2 * x + 0.6, h=0.5):
        return "what of a larger `h`? the slopes of a parabola at 1 are then 1.5 and 2.5"
    if not accepts(square, x, 2 * x + 0.05, slack=0.1):
        return "what of a larger `slack`?"
    return True


checks.grade("4 kinks", bears_kinks, hint="which two slopes bound the entry? which of them is the "
             "smaller? and what does NaN answer to `<=`?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Go through `np.ndindex(x.shape)`. For each entry make a step, `h` there and 0 elsewhere, on a
# *new* array. Two slopes; `min(slopes) - slack <= entry <= max(slopes) + slack`, and NaN fails that
# by itself.
#
# </details>

# %% [markdown]
# **Where now?** Back to [the chapter](../../notebooks/06_practice/07_extend.ipynb).
