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
# Five tasks on [the JAX notebook](../../notebooks/02_frameworks/06_jax.ipynb), about 40 minutes.
# Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]`
# with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds
# below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.extend.core import jaxprs_in_params

from onecnn import cells, checks, ladder, mnist, reference, spec

network = cells.functions("02_frameworks/06_jax")

# %% [markdown]
# ## 1. A step, without an optimizer (complete)
#
# `momentum_step` gets three trees of the same structure, whatever that is, and two numbers. It
# returns two new trees: the weights and the velocity after one step. The rule: velocity =
# momentum x velocity + gradient, then weight = weight - rate x velocity, with the new velocity. The
# trees that it was given stay as they are, and `jit` must accept it.


# %%
def momentum_step(weights, velocity, gradients, rate, momentum):
    ### BEGIN SOLUTION
    velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradients)
    weights = jax.tree.map(lambda w, v: w - rate * v, weights, velocity)
    return weights, velocity
    ### END SOLUTION


# %%
def random_tree(random, kind):
    a, b, c = random.randn(3, 2), random.randn(4), random.randn()
    tree = {"list": [a, b, [c]], "named": optax.TraceState({"w": a, "none": None}), "leaf": b,
            "deep": {"one": {"w": a, "b": b}, "two": (c,)}}
    return jax.tree.map(lambda leaf: jnp.array(leaf, jnp.float32), tree[kind])


def near(found, wanted, atol=1e-4):
    return (jax.tree.structure(found) == jax.tree.structure(wanted) and all(
        np.shape(mine) == np.shape(one) and np.allclose(mine, one, atol=atol)
        for mine, one in zip(jax.tree.leaves(found), jax.tree.leaves(wanted))))


# %%
def steps_as_asked(random, kind, rate, momentum, step):
    given = [random_tree(random, kind) for _ in range(3)]
    before = [jax.tree.leaves(tree) for tree in given]
    found = step(*given, rate, momentum)
    leaves = [[np.asarray(leaf) for leaf in tree] for tree in before]
    speed = [momentum * v + g for v, g in zip(*leaves[1:])]
    moved = [w - rate * v for w, v in zip(leaves[0], speed)]
    like = jax.tree.structure(given[0])
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return "two trees are asked for: the weights, then the velocity"
    if not near(found[1], jax.tree.unflatten(like, speed)):
        return "the velocity is not the rule's"
    if not near(found[0], jax.tree.unflatten(like, moved)):
        return "the velocity is right, the weights are not. Which velocity moves them?"
    after = [jax.tree.leaves(tree) for tree in given]
    same = all(a is b for one, other in zip(before, after) for a, b in zip(one, other))
    return "" if same else "a tree that you were given has changed"


# %%
def steps_agree():
    random = checks.random(1)
    for kind, rate, momentum in (("deep", 0.02, 0.9), ("list", 0.5, 0.0), ("named", 1.5, 0.3),
                                 ("leaf", 0.1, 0.7)):
        for step in (momentum_step, jax.jit(momentum_step)):
            wrong = steps_as_asked(random, kind, rate, momentum, step)
            if wrong:
                return f"tree '{kind}', rate {rate}, momentum {momentum}: {wrong}"
    return True


checks.grade("1 momentum step", steps_agree,
             hint="what walks through two trees at once, and which of the two trees is made first?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `jax.tree.map` takes a function and trees of one structure, and gives a tree of the results. Call
# it twice: the first call makes the new velocity of velocity and gradients, the second the new
# weights of weights and *new* velocity. Return both.
#
# </details>

# %% [markdown]
# ## 2. Which call traces? (predict)
#
# `total` is a compiled function. It is called with each of the nine values below, in this order.
# Which calls make Python run its body? Write a list of nine, `True` or `False`, before you run
# anything.

# %%
values = [
    np.ones((2, 3), np.float32),
    np.zeros((2, 3), np.float32),
    np.ones((3, 2), np.float32),
    np.ones((2, 3), np.float64),
    np.ones((2, 3), np.int32),
    jnp.ones((2, 3)),
    2.0,
    3.0,
    np.ones((1, 2, 3), np.float32),
]

# %%
### BEGIN SOLUTION
traced = [True, False, True, False, True, False, True, False, True]
### END SOLUTION


# %%
def what_traces():
    seen, counts = [], [0]

    @jax.jit
    def total(x):
        seen.append(x)
        return jnp.sum(x)

    for value in values:
        total(value)
        counts.append(len(seen))
    return [after > before for before, after in zip(counts, counts[1:])]


# %%
def predicted(answer):
    if len(answer) != 9:
        return f"there are nine calls, and your list has {len(answer)} entries"
    right = sum(bool(mine) == one for mine, one in zip(answer, what_traces()))
    return right == 9 or (f"{right} of 9 are right. What does a trace know of its input, and what "
                          "does JAX make of float64?")


checks.grade("2 traces", predicted, answer=traced,
             hint="which of the values has a shape or a dtype that was not there before?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A trace knows the shape and the dtype of its input, not the numbers in it. A Python number is an
# input too, without axes. Unless float64 is enabled, JAX makes float32 of it, before it looks for a
# trace.
#
# </details>

# %% [markdown]
# ## 3. A layer from NumPy (port)
#
# The reference pools with a reshape: a window of 2x2 pixels becomes two axes of two, and the
# maximum is taken over them. Port it to JAX: without `lax.reduce_window` and what is made of it,
# without slices with a step, and without arrays as indices. Here `x` is `N x H x W x C`, the
# channel last; an odd last row or column is dropped. `jit` must accept it.


# %%
def max_pool(x):
    n, height, width, channels = x.shape[0], x.shape[1] // 2, x.shape[2] // 2, x.shape[3]
    ### BEGIN SOLUTION
    windows = x[:, :2 * height, :2 * width].reshape(n, height, 2, width, 2, channels)
    return windows.max(axis=(2, 4))
    ### END SOLUTION


# %%
def forbidden(jaxpr):
    """The operations of a traced function, and of those inside it, that the task forbids."""
    found = set()
    for equation in jaxpr.eqns:
        name = equation.primitive.name
        if name.startswith(("reduce_window", "select_and", "gather")):
            found.add(name)
        if name == "slice" and set(equation.params["strides"] or [1]) != {1}:
            found.add("slice with a step")
        for inner in jaxprs_in_params(equation.params):
            found |= forbidden(inner)
    return found


# %%
def pools_at(random, *shape):
    x = jnp.array(10 * random.randn(*shape) - 20, jnp.float32)
    wanted, mine = network.max_pool(x), jax.jit(max_pool)(x)
    if mine.shape != wanted.shape:
        return f"for {shape[1]} x {shape[2]} your result has the shape {mine.shape}"
    used = forbidden(jax.make_jaxpr(max_pool)(x).jaxpr)
    if used:
        return f"the traced function has {', '.join(sorted(used))}"
    if not jnp.array_equal(mine, wanted):
        return f"for {shape[1]} x {shape[2]}: right shape, other numbers. What is in one window?"
    factor = jnp.array(random.randn(*wanted.shape), jnp.float32)
    slopes = [jax.grad(lambda x, pool=pool: (pool(x) * factor).sum())(x)
              for pool in (max_pool, network.max_pool)]
    return "" if np.allclose(*slopes, atol=1e-5) else "the gradient does not go to who won"


# %%
def pools_like_the_notebook():
    random = checks.random(2)
    for shape in ((2, 11, 8, 3), (1, 4, 7, 2), (3, 2, 2, 1), (2, 5, 9, 2), (1, 3, 14, 1)):
        wrong = pools_at(random, *shape)
        if wrong:
            return wrong
    return True


checks.grade("3 max pooling", pools_like_the_notebook,
             hint="which shape puts a window's two rows and two columns on axes of their own?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Cut off what has no whole window. Then a reshape splits the rows into pairs, and the columns too:
# each pair has an axis of size 2, and the channels stay last. Take the maximum over both of these
# axes. Stay in `jnp` and in methods of arrays, so that `jit` can trace it.
#
# </details>

# %% [markdown]
# ## 4. A branch that `jit` accepts (port)
#
# Long gradients can be clipped: if the length of the whole tree is above `limit`, every leaf is
# multiplied by `limit / length`, however small both are; otherwise the tree stays as it is, even if
# its length and the limit are both 0. With a Python `if`, `jit` refuses. Write it so that `jit`
# accepts it, for a `limit` that it traces too.


# %%
def clip(gradients, limit):
    length = jnp.sqrt(sum(jnp.sum(leaf ** 2) for leaf in jax.tree.leaves(gradients)))
    ### BEGIN SOLUTION
    factor = jnp.where(length > limit, limit / length, 1.0)
    return jax.tree.map(lambda leaf: leaf * factor, gradients)
    ### END SOLUTION


# %%
def clipped_by_numpy(tree, limit):
    length = np.sqrt(sum((np.asarray(leaf) ** 2).sum() for leaf in jax.tree.leaves(tree)))
    return jax.tree.map(lambda leaf: leaf * limit / length if length > limit else leaf, tree)


def clips():
    random, compiled = checks.random(4), jax.jit(clip)
    trees = {"of length 5": {"kernel": jnp.array([3.0, 0.0]), "bias": jnp.array([4.0])},
             "of length 5e-8": {"kernel": jnp.array([3e-8]), "bias": jnp.array([[4e-8]])},
             "of zeros": {"kernel": jnp.zeros((2, 3)), "bias": jnp.zeros(2)},
             "of a list": random_tree(random, "list"), "in layers": random_tree(random, "deep")}
    for name, tree in trees.items():
        for limit in (10.0, 1.0, 5.0, 0.25, 100.0, 2e-8, 0.0):
            if not near(compiled(tree, limit), clipped_by_numpy(tree, limit), atol=0):
                return (f"a tree {name}, clipped at {limit}, is another one. Is there one factor "
                        "for all leaves, and which?")
    return True


checks.grade("4 clipping", clips,
             hint="what can choose between two numbers without Python's if?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `jnp.where(condition, a, b)` stands in the graph: it gets both values and picks one when the
# numbers are there. Let it pick the factor, for a tree that is too long or for one that is not.
# Then `jax.tree.map` multiplies each leaf.
#
# </details>

# %% [markdown]
# ## 5. A step that the ladder rejects (mend)
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


# %%
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
def first_steps():
    random = checks.random(5)
    start, digits = spec.initial_weights(), mnist.load()
    model, exact = network.build(start), reference.Reference(start)
    weights, momentum = model["weights"], model["momentum"]
    for step in (1, 2):
        some = random.randint(len(digits.train_labels), size=16)
        images, labels = digits.train_images[some], digits.train_labels[some]
        weights, momentum, loss = mended(weights, momentum, images, labels)
        if abs(loss - exact.train_step(images, labels)) > 1e-4:
            return f"step {step}: that is not the loss before the step"
        found = network.to_spec(weights)
        if any(np.abs(found[name] - wanted).max() > 1e-4 for name, wanted in exact.weights.items()):
            return f"step {step} ends elsewhere: what does optimizer.update return?"
    return ""


# %%
def climbs():
    wrong = first_steps()
    if wrong:
        return wrong
    report = climb_with(mended)
    return (report.failed_rung is None or f"the rung '{report.failed_rung}' still breaks: what "
            "does optimizer.update return, and where does it go?")


checks.grade("5 mended step", climbs,
             hint="what does the next step need from this one, and does it come out?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `optimizer.update` returns two things: the updates, and its new state, which holds the momentum.
# `suspect` drops the second one and returns the old state, so each step starts from standstill.
# Compare with `update` in the chapter.
#
# </details>
