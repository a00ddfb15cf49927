# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: JAX
#
# Five tasks on [the JAX notebook](../../notebooks/02_frameworks/06_jax.ipynb), about 35 minutes.
# Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]`
# with a hint. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import jax
import jax.numpy as jnp
import numpy as np
import optax

from onecnn import cells, checks, ladder, mnist, spec

digits = mnist.load()
network = cells.functions("02_frameworks/06_jax")
images, labels = digits.train_images[:64], digits.train_labels[:64]

# %% [markdown]
# ## 1. Complete a step, without an optimizer
#
# `momentum_step` gets three trees of the same structure and returns two new ones: the weights and
# the velocity after one step. The rule: velocity = momentum x velocity + gradient, then weight =
# weight - learning rate x velocity, with the new velocity. Both constants are in `spec`.


# %%
def momentum_step(weights, velocity, gradients):
    ### BEGIN SOLUTION
    velocity = jax.tree.map(lambda v, g: spec.MOMENTUM * v + g, velocity, gradients)
    weights = jax.tree.map(lambda w, v: w - spec.LEARNING_RATE * v, weights, velocity)
    return weights, velocity
    ### END SOLUTION


# %%
def two_steps_agree():
    weights = network.from_spec(spec.initial_weights())
    velocity = jax.tree.map(jnp.zeros_like, weights)
    twin, step = network.build(spec.initial_weights()), jax.jit(momentum_step)
    for _ in range(2):
        _, found = network.loss_and_gradients(weights, images, labels)
        weights, velocity = step(weights, velocity, found)
        network.train_step(twin, images, labels)
    near = jax.tree.map(lambda a, b: np.allclose(a, b, atol=1e-6), weights, twin["weights"])
    return all(jax.tree.leaves(near))


checks.grade("1 momentum step", two_steps_agree, hint="two calls of jax.tree.map: the first makes "
             "the new velocity, the second uses it; return both")

# %% [markdown]
# ## 2. Predict, then count
#
# `total` is called with each of the five arrays below, in this order. How often does Python run its
# body? Write your number before you look at anything.

# %%
arrays = [
    np.ones((2, 3), np.float32),
    np.zeros((2, 3), np.float32),
    np.ones((3, 2), np.float32),
    np.ones((2, 3), np.float64),
    np.ones((2, 3), np.int32),
]

# %%
### BEGIN SOLUTION
traces = 3
### END SOLUTION


# %%
def count_traces():
    seen = []

    @jax.jit
    def total(x):
        seen.append(x)
        return x.sum()

    for array in arrays:
        total(array)
    return len(seen)


checks.grade("2 traces", lambda answer: answer == count_traces(), hint="a new shape or a new dtype "
             "is a new trace, new numbers are not; and what does JAX make of float64?",
             answer=traces)

# %% [markdown]
# ## 3. Port a layer from NumPy
#
# The reference pools with a reshape: a window of 2x2 pixels becomes two axes of two, and the
# maximum is taken over them. Port it to JAX, without slices for the four places of a window. Here
# `x` is `N x H x W x C`, the channel last; an odd last row or column is dropped.


# %%
def max_pool(x):
    n, height, width, channels = x.shape[0], x.shape[1] // 2, x.shape[2] // 2, x.shape[3]
    ### BEGIN SOLUTION
    windows = x[:, :2 * height, :2 * width].reshape(n, height, 2, width, 2, channels)
    return windows.max(axis=(2, 4))
    ### END SOLUTION


# %%
def pools_like_lax():
    x = jax.random.normal(jax.random.key(1), (2, 11, 8, 3))
    mine = jax.jit(max_pool)(x)
    if mine.shape != (2, 5, 4, 3):
        return "for an 11 x 8 input the output is 5 x 4: cut the odd row off before the reshape"
    slopes = [jax.grad(lambda x, pool=pool: (pool(x) ** 2).sum())(x)
              for pool in (max_pool, network.max_pool)]
    return bool(jnp.array_equal(mine, network.max_pool(x))) and np.allclose(*slopes, atol=1e-6)


checks.grade("3 max pooling", pools_like_lax, hint="reshape to (n, height, 2, width, 2, channels); "
             "the window is axes 2 and 4; stay in jnp, so that jit can trace it")

# %% [markdown]
# ## 4. Make a branch that `jit` accepts
#
# Long gradients can be clipped: if the length of the whole tree is above `limit`, every leaf is
# multiplied by `limit / length`; otherwise the tree stays as it is. With a Python `if`, `jit`
# refuses. Write it so that `jit` accepts it.


# %%
def clip(gradients, limit):
    length = jnp.sqrt(sum(jnp.sum(leaf ** 2) for leaf in jax.tree.leaves(gradients)))
    ### BEGIN SOLUTION
    factor = jnp.where(length > limit, limit / length, 1.0)
    return jax.tree.map(lambda leaf: leaf * factor, gradients)
    ### END SOLUTION


# %%
def clips():
    gradients = {"kernel": jnp.array([3.0, 0.0]), "bias": jnp.array([4.0])}
    short, long = jax.jit(clip)(gradients, 10.0), jax.jit(clip)(gradients, 1.0)
    if not np.allclose(optax.tree.norm(long), 1.0):
        return "a tree of length 5, clipped at 1, should have length 1: one factor for all leaves"
    if not np.allclose(short["kernel"], gradients["kernel"]):
        return "a tree of length 5, clipped at 10, should stay as it is"
    return np.allclose(long["kernel"], [0.6, 0.0]) and np.allclose(long["bias"], [0.8])


checks.grade("4 clipping", clips,
             hint="jnp.where(condition, a, b) picks a factor; then jax.tree.map")

# %% [markdown]
# ## 5. Mend a step that the ladder rejects
#
# This step trains and reaches a fair accuracy. The next cell lets it climb, and the ladder names a
# rung. It takes seconds: the rungs `training` and `artefact` are left out.


# %%
@jax.jit
def suspect(weights, momentum, images, labels):
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    updates, _ = network.optimizer.update(gradients, momentum)
    return optax.apply_updates(weights, updates), momentum, loss


def climb_with(update):
    def train_step(model, images, labels):
        with network.precision(model):
            model["weights"], model["momentum"], loss = update(model["weights"], model["momentum"],
                                                               images, labels)
        return loss.item()

    return ladder.climb(network.build, network.logits, network.gradients, train_step,
                        network.read_weights, network.save, network.load, training=False,
                        artefact=False)


print("broken rung:", climb_with(suspect).failed_rung)

# %% [markdown]
# Write the body that mends it. In pure functions whatever changed has to come out.


# %%
@jax.jit
def mended(weights, momentum, images, labels):
    ### BEGIN SOLUTION
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    updates, momentum = network.optimizer.update(gradients, momentum)
    return optax.apply_updates(weights, updates), momentum, loss
    ### END SOLUTION


# %%
def climbs():
    report = climb_with(mended)
    if "NotImplementedError" in str(report):
        raise NotImplementedError
    return (report.failed_rung is None or f"the rung '{report.failed_rung}' still breaks: what "
            "does optimizer.update return, and where does it go?")


checks.grade("5 mended step", climbs, hint="compare each line with update in the notebook")
