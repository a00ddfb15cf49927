# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: smaller on purpose
#
# Five tasks on [the notebook about smaller
# networks](../../notebooks/05_deployment/05_smaller.ipynb), about 45 minutes. Fill in what is
# missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a hint. The
# checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds below each check.
# Nothing breaks if you run everything at once. Nothing is trained.

# %%
from onecnn import lesson

lesson.start()

# %%
import numpy as np
import torch
from torch.nn import functional as F

from onecnn import checks, contract, mnist, reference, spec, trained

weights = trained.weights("pytorch")
images = mnist.load().test_images
LAYERS = ("conv1", "conv2", "dense1", "dense2")


def other_weights(random):
    """Weights of the course's shapes that nobody has trained, for the checks."""
    return {name: random.randn(*shape).astype(np.float32) for name, shape in spec.SHAPES.items()}

# %% [markdown]
# ## 1. A straight-through estimator that stops at the edge (complete)
#
# A fake quantiser for values that flow between layers has a fixed range: it rounds `x` to multiples
# of `step`, from `-top * step` to `top * step`. Inside the range the gradient passes as if nothing
# had been there. Outside it the value was *cut off*: there the gradient is zero, or training would
# push it further and further out. Write both directions, for an `x` of any shape and precision,
# and change neither `x` nor the gradient that comes. `ctx.save_for_backward` keeps a tensor for the
# way back; `backward` returns one gradient for each input of `forward`. (What rounds to the last
# step from just outside may count as either.)


# %%
class FakeQuantise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, step, top):
        raise NotImplementedError("your code here")

    @staticmethod
    def backward(ctx, gradient):
        raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def values(random, step, top, shape, dtype):
    """``(x, how many steps it shall be, whether it is inside)``; no x near a tie or the edge."""
    whole = random.randint(-2 * top - 3, 2 * top + 4, shape)
    whole.flat[:4] = top, -top, top + 1, 0
    away = random.uniform(0.05, 0.45, shape) * random.choice([-1, 1], shape)
    away = np.where(np.abs(whole) == top, -np.sign(whole) * np.abs(away), away)
    x = torch.tensor(step * (whole + away), dtype=dtype, requires_grad=True)
    return x, torch.tensor(whole), torch.tensor(np.abs(whole) <= top)


# %% jupyter={"source_hidden": true}
def estimator():
    random, cases = checks.random(1), []
    for step, top, shape, dtype in ((0.25, 3, (40,), torch.float32),
                                    (1.5, 1, (6, 7), torch.float64),
                                    (0.1, 127, (2, 3, 50), torch.float32)):
        x, whole, inside = values(random, step, top, shape, dtype)
        before, used = x.detach().clone(), FakeQuantise.apply(x, step, top)
        if not torch.equal(x, before):
            return "x itself was changed"
        if not torch.allclose(used, whole.clamp(-top, top).to(dtype) * step):
            return f"forward is not right for step {step} and top {top}"
        cases.append((x, used, inside, f"step {step} and top {top}"))
    for x, used, inside, where in cases:
        upstream = torch.tensor(random.uniform(0.5, 2, x.shape), dtype=x.dtype)
        given = upstream.clone()
        used.backward(given)
        if not torch.equal(given, upstream):
            return "the gradient that came was changed"
        if not torch.equal(x.grad[inside], upstream[inside]):
            return f"{where}: inside, the gradient does not pass as it came"
        if x.grad[~inside].any():
            return f"{where}: outside the range the gradient must stop"
    return True


checks.grade("1 estimator", estimator, hint="how many steps is x, and how many may it be? which of "
             "the two directions knows what was cut off?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Forward: x in steps, rounded; note where that lies within `top` (this goes to
# `save_for_backward`); then clamp, and multiply by `step` again. Backward: the gradient that came,
# times what you kept, which counts as 1 and 0; `step` and `top` get `None`.
#
# </details>

# %% [markdown]
# ## 2. A mask for the whole network (complete)
#
# Return `{layer: mask}` for the four layers' weights, True where a weight stays: of **all** weights
# together the `share` with the smallest magnitude goes, from none (0) to all of them (1). Biases
# are left alone and not counted. Round the number of weights that go to a whole number: exactly so
# many go, and of equal magnitudes whichever you like. The weights that you are given stay as they
# are.


# %%
def global_mask(weights, share):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def small_weights(random):
    """Layers of other sizes, and biases that are larger than any weight, or smaller."""
    shapes = {"conv1": (3, 1, 2, 2), "conv2": (4, 3, 2, 2), "dense1": (5, 16), "dense2": (2, 6)}
    found = {}
    for layer, shape in shapes.items():
        found[f"{layer}.weight"] = (random.uniform(0.1, 2) * random.randn(*shape))
        found[f"{layer}.bias"] = random.choice([1e-6, -50, 50], shape[0])
    return found


# %% jupyter={"source_hidden": true}
def mask_right(weights, share):
    """What is wrong with the masks for these weights and this share, or nothing."""
    before = {name: value.copy() for name, value in weights.items()}
    mask = global_mask(weights, share)
    if any(not np.array_equal(weights[name], value) for name, value in before.items()):
        return "the weights were changed"
    if set(mask) != set(LAYERS) or any(mask[name].shape != weights[f"{name}.weight"].shape
                                       for name in LAYERS):
        return "one mask for each of conv1, conv2, dense1, dense2, in its weight's shape"
    size = np.concatenate([np.abs(weights[f"{name}.weight"]).ravel() for name in LAYERS])
    stays = np.concatenate([np.asarray(mask[name]).ravel() for name in LAYERS]) == 1
    if stays.sum() != len(size) - round(share * len(size)):
        return f"{stays.sum()} of {len(size)} weights stay, {len(np.unique(size))} magnitudes"
    if not stays.all() and stays.any() and size[~stays].max() > size[stays].min():
        return "a larger weight goes, a smaller one stays: have all layers one order?"
    return ""


# %% jupyter={"source_hidden": true}
def with_ties(random):
    """Weights of few magnitudes, half of them zero: somebody pruned or rounded them before."""
    return {name: np.round(value) * random.randint(2, size=value.shape)
            for name, value in small_weights(random).items()}


# %% jupyter={"source_hidden": true}
def masks_are_right():
    random = checks.random(2)
    for these in (weights, small_weights(random), small_weights(random), with_ties(random),
                  with_ties(random)):
        # no number of weights that ends in a half: how those round is left open
        for share in (0.5, 0.9, 0.0, 1.0, 0.333, *random.choice([0.11, 0.27, 0.43, 0.71], 2)):
            wrong = mask_right({name: value.copy() for name, value in these.items()}, share)
            if wrong:
                return f"share {share}: {wrong}"
    return True


checks.grade("2 mask", masks_are_right, hint="in which order would you take the weights away, if "
             "the layers were one? and after how many do you stop?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Put the magnitudes of all four layers into one array. `np.argsort` tells the places of the
# smallest; if k weights go, the first k places become False in an array of True. A threshold would
# not do: many weights may be exactly as large as it is. Then cut that array into the four layers
# (`np.split`), and give each its weight's shape.
#
# </details>

# %% [markdown]
# ## 3. Take a filter out (port)
#
# Filter `number` of `conv2` is dead: its weights and its bias are zero, so it puts out zero. Return
# the weights of a network without it, which computes the same. Two layers change. Remember the
# flatten: channel, height, width, with 5 x 5 pixels for each filter. The weights that you are given
# stay as they are; they may have fewer filters than the course's network, since somebody was here
# before you.


# %%
def without_filter(weights, number):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def with_dead(weights, number, filters):
    """A copy with so many filters in conv2, one of them dead."""
    dead = {name: value.copy() for name, value in weights.items()}
    for kind in ("weight", "bias"):
        dead[f"conv2.{kind}"] = dead[f"conv2.{kind}"][:filters].copy()
        dead[f"conv2.{kind}"][number] = 0
    dead["dense1.weight"] = dead["dense1.weight"][:, :25 * filters].copy()
    return dead


# %% jupyter={"source_hidden": true}
def function_is_kept():
    random = checks.random(3)
    networks = [(weights, 0, 32), (weights, 31, 32), (weights, 7, 20)]
    networks += [(other_weights(random), random.randint(9), 9), (other_weights(random), 1, 2)]
    for these, number, filters in networks:
        dead = with_dead(these, number, filters)
        before = {name: value.copy() for name, value in dead.items()}
        smaller = without_filter(dead, number)
        if any(not np.array_equal(dead[name], value) for name, value in before.items()):
            return "the weights that you were given were changed"
        where = f"filter {number} of {filters}"
        left = filters - 1
        for name, shape in {**spec.SHAPES, "conv2.weight": (left, 16, 3, 3), "conv2.bias": (left,),
                            "dense1.weight": (64, 25 * left)}.items():
            if smaller[name].shape != shape:
                return f"{where}: {name} has the shape {smaller[name].shape}"
        found, wanted = (reference.logits(one, images[:50]) for one in (smaller, before))
        if np.abs(found - wanted).max() > 1e-9 * np.abs(wanted).max():
            return f"{where}: the shapes are right, the logits are not: who read that filter?"
    return True


checks.grade("3 filter", function_is_kept, hint="which rows make the filter's output? and which "
             "columns of the next layer read it, after the flatten?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# In a new dict, `np.delete` takes the filter's row from `conv2`'s weight and from its bias. In
# `dense1` each input is a column, 25 of them for each filter, one filter after another: delete
# those from 25 times `number` on.
#
# </details>

# %% [markdown]
# ## 4. The distillation loss (port)
#
# Write the loss of a batch: `soft` parts of Kullback and Leibler's distance between the teacher's
# softened answers and the student's, and `1 - soft` parts cross-entropy with the labels. Both are
# means over the batch. Give the first the factor that keeps its gradient's size when the
# temperature changes. Large logits must not make NaN of it.


# %%
def distillation_loss(student, teacher, labels, temperature, soft):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def by_formula(student, teacher, labels, temperature, soft):
    """The same with sums."""
    p, q = (torch.log_softmax(one / temperature, 1) for one in (teacher, student))
    apart = (p.exp() * (p - q)).sum(1).mean() * temperature ** 2
    return (soft * apart
            - (1 - soft) * torch.log_softmax(student, 1)[torch.arange(len(labels)), labels].mean())


def with_gradient(loss, student, *arguments):
    """The loss, and its gradient for the student's logits."""
    student = student.clone().requires_grad_()
    value = loss(student, *arguments)
    value.backward()
    return value.item(), student.grad


# %% jupyter={"source_hidden": true}
def distils():
    random = checks.random(4)
    for size, classes, temperature, soft, scale in (
            (8, 10, 1.0, 0.0, 3), (8, 10, 1.0, 1.0, 3), (5, 10, 4.0, 1.0, 3), (3, 7, 2.0, 0.3, 3),
            (1, 10, 0.5, 0.7, 2), (6, 4, 3.0, 0.5, 2000)):
        student, teacher = (torch.tensor(scale * random.randn(size, classes)) for _ in range(2))
        rest = (teacher, torch.tensor(random.randint(classes, size=size)), temperature, soft)
        before = [one.clone() for one in (student, *rest[:2])]
        found, gradient = with_gradient(distillation_loss, student, *rest)
        if not all(map(torch.equal, (student, *rest[:2]), before)):
            return "what it was given is changed"
        wanted, right = with_gradient(by_formula, student, *rest)
        where = f"{size} digits, {classes} classes, temperature {temperature}, soft {soft}"
        if not np.isclose(found, wanted, rtol=1e-6, atol=1e-9):
            return f"{where}, logits up to {scale}: not {found:.4g}"
        if not torch.allclose(gradient, right, rtol=1e-5, atol=1e-9):
            return f"{where}: the loss is right, its gradient for the student is not"
    return True


checks.grade("4 distillation", distils, hint="which of kl_div's inputs is the student? a mean over "
             "what? and what does a temperature of 4 do to the gradient?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Take `log_softmax` of both, divided by the temperature, along the classes. `F.kl_div` wants the
# student first, the teacher second; tell it that both are logarithms, and that the mean is over the
# batch. Times the temperature squared. The labels are met by the student's own logits, not
# softened.
#
# </details>

# %% [markdown]
# ## 5. Bits for a budget (design)
#
# The weights (not the biases) are to be kept as integers of few bits, each layer with as many as
# you give it, 2 to 8. Together they may take 22,500 bytes, and the network may lose 0.4 points of
# accuracy. `rounded` is how a layer is stored: with one scale for each row. Choose `bits`, a dict
# with a whole number for each of the four layers. More than one choice is right.


# %%
def rounded(weight, bits):
    """The weight after it was kept in so many bits."""
    top = 2 ** (bits - 1) - 1
    scale = np.abs(weight.reshape(len(weight), -1)).max(axis=1) / top
    scale = scale.reshape(-1, *[1] * (weight.ndim - 1))
    return np.round(weight / scale) * scale


for layer in LAYERS:
    print(f"{layer:<7} {weights[f'{layer}.weight'].size:6,} weights")

# %%
bits = ...
bits = ...  # your answer here


# %% jupyter={"source_hidden": true}
def fits(chosen):
    if set(chosen) != set(LAYERS):
        return "one number for each of conv1, conv2, dense1 and dense2"
    if any(not isinstance(number, (int, np.integer)) or not 2 <= number <= 8
           for number in chosen.values()):
        return "whole numbers from 2 to 8"
    size = sum(weights[f"{layer}.weight"].size * number for layer, number in chosen.items()) / 8
    if size > 22_500:
        return f"{size:,.0f} bytes: where are most of the weights?"
    small = {f"{layer}.weight": rounded(weights[f"{layer}.weight"], number)
             for layer, number in chosen.items()}
    verdict = contract.judge(reference.logits({**weights, **small}, images), weights, loses=0.004)
    return verdict.holds or f"{size:,.0f} bytes, but {verdict.why}"


checks.grade("5 bits", fits, hint="which layer has nearly all of the weights? and which have so "
             "few that their bits cost next to nothing?", answer=bits)

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Count: `dense1` has nine weights of ten, so its bits decide about the size. Give it as few as the
# budget asks, and the small layers what is left, the first and the last most. Then try one bit more
# or less here and there, and look at what the check says.
#
# </details>

# %% [markdown]
# **Where now?** Back to [the chapter](../../notebooks/05_deployment/05_smaller.ipynb), or on to
# [the network in a web page](../../notebooks/05_deployment/06_browser.ipynb).
