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
# Four tasks on
# [the notebook about smaller networks](../../notebooks/05_deployment/05_smaller.ipynb), about 35
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. Nothing breaks if you run everything at once. Nothing is trained.

# %%
from onecnn import lesson

lesson.start()

# %%
import numpy as np
import torch
from torch.nn import functional as F

from onecnn import checks, mnist, reference, trained

weights = trained.weights("pytorch")
images = mnist.load().test_images[:200]
LAYERS = ("conv1", "conv2", "dense1", "dense2")

# %% [markdown]
# ## 1. A straight-through estimator that stops at the edge
#
# A fake quantiser for values that flow between layers has a fixed range: it rounds `x` to multiples
# of `step`, from `-top * step` to `top * step`. Inside the range the gradient passes as if nothing
# had been there. Outside it the value was *cut off*: there the gradient is zero, or training would
# push it further and further out. Write both directions. `ctx.save_for_backward` keeps a tensor for
# the way back; `backward` returns one gradient for each input of `forward`.


# %%
class FakeQuantise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, step, top):
        ### BEGIN SOLUTION
        whole = torch.round(x / step)
        ctx.save_for_backward(whole.abs() <= top)
        return whole.clamp(-top, top) * step
        ### END SOLUTION

    @staticmethod
    def backward(ctx, gradient):
        ### BEGIN SOLUTION
        inside, = ctx.saved_tensors
        return gradient * inside, None, None
        ### END SOLUTION


# %%
def estimator():
    x = torch.tensor([-2.0, -0.74, -0.2, 0.1, 0.3, 0.74, 0.9, 5.0], requires_grad=True)
    used = FakeQuantise.apply(x, 0.25, 3)
    if not torch.allclose(used, torch.tensor([-0.75, -0.75, -0.25, 0.0, 0.25, 0.75, 0.75, 0.75])):
        return f"forward gives {used.tolist()}"
    upstream = torch.arange(1.0, 9.0)
    used.backward(upstream)
    if not x.grad.any():
        return "every gradient is zero: nothing would be trained"
    inside = torch.tensor([0.0, 1, 1, 1, 1, 1, 0, 0])
    if torch.equal(x.grad, upstream):
        return "inside it is right; outside the range the gradient must stop"
    return (torch.equal(x.grad, upstream * inside)
            or f"the gradient that came was {upstream.tolist()}, you pass on {x.grad.tolist()}")


checks.grade("1 estimator", estimator, hint="round, cut off, multiply by step; on the way back the "
             "gradient times (inside: 1, outside: 0), None, None")

# %% [markdown]
# ## 2. A mask for the whole network
#
# Return `{layer: mask}` for the four layers' weights, True where a weight stays: of **all** weights
# together the `share` with the smallest magnitude goes. Biases are left alone. Round the number of
# weights that go to a whole number.


# %%
def global_mask(weights, share):
    ### BEGIN SOLUTION
    sizes = {name: np.abs(weights[f"{name}.weight"]) for name in LAYERS}
    everything = np.sort(np.concatenate([size.ravel() for size in sizes.values()]))
    gone = round(share * len(everything))
    threshold = everything[gone] if gone < len(everything) else np.inf
    return {name: size >= threshold for name, size in sizes.items()}
    ### END SOLUTION


# %%
def masks_are_right():
    total = sum(weights[f"{name}.weight"].size for name in LAYERS)
    for share in (0.5, 0.9, 0.0):
        mask = global_mask(weights, share)
        if set(mask) != set(LAYERS) or any(mask[name].shape != weights[f"{name}.weight"].shape
                                           for name in LAYERS):
            return "one mask for each of conv1, conv2, dense1, dense2, in its weight's shape"
        stay = sum(int(mask[name].sum()) for name in LAYERS)
        if abs(stay - (total - round(share * total))) > 1:
            return f"share {share}: {stay} of {total} weights stay"
        size = {name: np.abs(weights[f"{name}.weight"]) for name in LAYERS}
        largest_gone = max((size[name][mask[name] == 0].max() for name in LAYERS
                            if (mask[name] == 0).any()), default=0)
        smallest_left = min(size[name][mask[name] == 1].min() for name in LAYERS
                            if (mask[name] == 1).any())
        if largest_gone > smallest_left:
            return (f"share {share}: a weight of {largest_gone:.3f} goes, one of "
                    f"{smallest_left:.3f} stays. One threshold for all layers")
    return True


checks.grade("2 mask", masks_are_right, hint="magnitudes of all layers in one sorted array; its "
             "element number share * size is the threshold")

# %% [markdown]
# ## 3. Take a filter out
#
# Filter `number` of `conv2` is dead: its weights and its bias are zero, so it puts out zero. Return
# the weights of a network without it, which computes the same. Two layers change. Remember the
# flatten: channel, height, width, with 5 x 5 pixels for each filter.


# %%
def without_filter(weights, number):
    ### BEGIN SOLUTION
    smaller = dict(weights)
    for kind in ("weight", "bias"):
        smaller[f"conv2.{kind}"] = np.delete(weights[f"conv2.{kind}"], number, axis=0)
    columns = np.arange(25 * number, 25 * (number + 1))
    smaller["dense1.weight"] = np.delete(weights["dense1.weight"], columns, axis=1)
    return smaller
    ### END SOLUTION


# %%
def function_is_kept():
    for number in (0, 7, 31):
        dead = {name: value.copy() for name, value in weights.items()}
        dead["conv2.weight"][number] = dead["conv2.bias"][number] = 0
        smaller = without_filter(dead, number)
        shapes = {name: smaller[name].shape
                  for name in ("conv2.weight", "conv2.bias", "dense1.weight")}
        if shapes != {"conv2.weight": (31, 16, 3, 3), "conv2.bias": (31,),
                      "dense1.weight": (64, 775)}:
            return f"filter {number}: the shapes are {shapes}"
        apart = np.abs(reference.logits(smaller, images) - reference.logits(dead, images)).max()
        if apart > 1e-9:
            return (f"filter {number}: the shapes are right, the logits differ by up to "
                    f"{apart:.2g}: which columns read that filter?")
    return True


checks.grade("3 filter", function_is_kept,
             hint="np.delete on conv2.weight and conv2.bias, and 25 columns of dense1.weight")

# %% [markdown]
# ## 4. The distillation loss
#
# Write the loss of a batch: `soft` parts of Kullback and Leibler's distance between the teacher's
# softened answers and the student's, and `1 - soft` parts cross-entropy with the labels. Both are
# means over the batch. Give the first the factor that keeps its gradient's size when the
# temperature changes.


# %%
def distillation_loss(student, teacher, labels, temperature, soft):
    ### BEGIN SOLUTION
    ours, theirs = (F.log_softmax(student / temperature, dim=1),
                    F.log_softmax(teacher / temperature, dim=1))
    apart = F.kl_div(ours, theirs, log_target=True, reduction="batchmean") * temperature ** 2
    return soft * apart + (1 - soft) * F.cross_entropy(student, labels)
    ### END SOLUTION


# %%
def by_formula(student, teacher, labels, temperature, soft):
    """The same with sums, in float64."""
    p, q = torch.softmax(teacher / temperature, 1), torch.softmax(student / temperature, 1)
    apart = (p * (p.log() - q.log())).sum(1).mean() * temperature ** 2
    return (soft * apart
            - (1 - soft) * torch.log_softmax(student, 1)[torch.arange(len(labels)), labels].mean())


def distils():
    generator = torch.Generator().manual_seed(0)
    student, teacher = (3 * torch.randn(8, 10, generator=generator, dtype=torch.float64)
                        for _ in range(2))
    labels = torch.arange(8)
    if abs(float(distillation_loss(teacher, teacher, labels, 4.0, 1.0))) > 1e-9:
        return ("a student that answers like its teacher has nothing to learn: with soft = 1 the "
                "loss is 0")
    for temperature, soft, what in ((1.0, 0.0, "labels alone"), (1.0, 1.0, "temperature 1"),
                                    (4.0, 1.0, "temperature 4"), (2.0, 0.3, "both parts")):
        wanted = float(by_formula(student, teacher, labels, temperature, soft))
        found = float(distillation_loss(student, teacher, labels, temperature, soft))
        if abs(found - wanted) > 1e-6:
            return f"{what}: {found:.4f}, wanted {wanted:.4f}, that is {found / wanted:.3g} of it"
    return True


checks.grade("4 distillation", distils, hint="F.kl_div(log of the student, log of the teacher, "
             "log_target=True, reduction='batchmean'), T squared")
