# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: find the bug
#
# Four tasks on [the notebook](../../notebooks/06_practice/03_debug.ipynb), about 40 minutes. Fill
# in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a
# hint. The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds below each
# check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import jax
import numpy as np
import torch

from onecnn import cells, checks

workshop = cells.program("06_practice/03_debug/workshop")

# %% [markdown]
# ## 1. Central differences (complete)
#
# `function` takes an array and returns a number. Return its slopes at `x`, an array of `x`'s shape:
# for each number in `x`, the function a `step` above it less the function a `step` below it,
# divided by the distance. `x` stays as it is.


# %%
def central(function, x, step):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def slopes_right():
    random = checks.random(1)
    for shape in ((), (1,), (5,), (2, 3), (2, 1, 4), (0, 2)):
        for step in (1e-4, 0.01, 0.5):
            x, factors = np.array(random.randn(*shape)), random.randn(*shape)
            before, asked = x.copy(), []

            def square(given, factors=factors, asked=asked):
                asked.append(np.array(given))
                return float((factors * given ** 2).sum())

            found, where = central(square, x, step), f"shape {shape}, step {step}"
            if not np.array_equal(x, before):
                return f"{where}: x has changed"
            if np.shape(found) != shape or not np.allclose(found, 2 * factors * before, 1e-6, 1e-8):
                return f"{where}: not the slopes of a sum of squares"
            if any(abs(np.abs(one - before).sum() - step) > 1e-9 for one in asked):
                return f"{where}: the function was asked elsewhere"
    kink = central(lambda x: abs(float(x)), np.array(0.0), 0.5)
    return kink == 0 or "where a function has a kink, both sides count"


checks.grade("1 differences", slopes_right, hint="how far apart are the two places? how many "
             "numbers have moved in each? and whose array do you move?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `np.ndindex(x.shape)` gives each place. Copy `x` twice, move that one number up in the first copy
# and down in the second, and divide the difference of the two answers by twice the step.
#
# </details>

# %% [markdown]
# ## 2. How often does it stop? (predict)
#
# A function under `jax.jit` has a `breakpoint()`. It is called six times, one call after the other,
# with what stands in `CALLS`. How often does it stop?

# %%
CALLS = (1.0, 2.0, np.ones(3, np.float32), np.zeros(3, np.float32), np.ones(4, np.float32), 7)

how_often = ...  # your answer here


# %% jupyter={"source_hidden": true}
def stops_so_often(answer):
    stops = []

    def traced(x):
        stops.append(x)  # what a breakpoint would do
        return 2 * x

    compiled = jax.jit(traced)
    for given in CALLS:
        compiled(given)
    if answer == len(CALLS):
        return "so it would be without jit; when does jit run your Python?"
    return answer == len(stops)


checks.grade("2 stops", stops_so_often, answer=how_often,
             hint="for which calls is there a compiled program yet? is one for whole numbers the "
             "same as one for floats? one for three numbers the same as one for four?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# JAX traces once for each new combination of shape and kind of number. Go through the calls, and
# count those that bring a shape or a kind that was not there before.
#
# </details>

# %% [markdown]
# ## 3. The last three bugs (mend)
#
# [script.py](../../notebooks/06_practice/03_debug/script.py) has three bugs that the notebook did
# not find, each in another function. Find them, and write pairs: a wrong piece of text, which
# stands in the script once, and the right one. A piece may have several lines (`\n`, with the
# spaces of the next line). A digit's answer should not depend on its neighbours in the batch, a
# function should leave its input as it is, and a step should follow the gradient of its own batch.

# %%
mends = ...  # your answer here


# %% jupyter={"source_hidden": true}
def answers_alone(script, random):
    """Whether each digit of a batch gets the answer that it gets alone."""
    torch.manual_seed(0)
    model = script.Net()
    digits = torch.tensor(random.rand(9, 1, 28, 28), dtype=torch.float32)
    with torch.no_grad():
        alone = torch.cat([model(digit[None]) for digit in digits])
        together = model(digits)
    return together.shape == (9, 10) and alone.std(0).min() > 0 and bool(
        torch.allclose(together, alone, rtol=1e-3, atol=1e-3))


# %% jupyter={"source_hidden": true}
def steps_right(script, random):
    """Whether three steps go where gradients that begin at zero lead."""
    torch.manual_seed(0)
    one, other = script.Net(), script.Net()
    other.load_state_dict(one.state_dict())
    sgd = [torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9) for net in (one, other)]
    for _ in range(3):
        images = torch.tensor(random.rand(16, 1, 28, 28), dtype=torch.float32)
        labels = torch.tensor(random.randint(0, 10, 16))
        said = script.step(one, sgd[0], images.clone(), labels)
        loss = torch.nn.functional.cross_entropy(other(2 * images - 1), labels)
        other.zero_grad()
        loss.backward()
        sgd[1].step()
        if abs(said - loss.item()) > 1e-3 * abs(loss.item()):
            return False
    return torch.allclose(one.dense2.weight, other.dense2.weight, rtol=1e-3, atol=1e-4)


# %% jupyter={"source_hidden": true}
def script_is_right(mends):
    random = checks.random(3)
    script = workshop.load(*workshop.FOUND, mends=mends)
    images = torch.tensor(random.rand(4, 1, 28, 28), dtype=torch.float32)
    given, scaled = images.clone(), script.scaled(images)
    if not torch.allclose(scaled, 2 * given - 1, atol=1e-6):
        return "`scaled` should lead from [0, 1] to [-1, 1]"
    if not torch.equal(images, given):
        return "one bug is in `scaled`: what are the images afterwards? and after sixty steps?"
    if not answers_alone(script, random):
        return "one bug is in the network: does a digit's answer depend on its neighbours?"
    if not steps_right(script, random):
        return "one bug is in `step`: what is in `.grad` when the second step begins?"
    return script.run()[2] >= 0.85


checks.grade("3 bugs", script_is_right, answer=mends, hint="which test of the notebook is still "
             "red, and what do you see if you make one step, then another?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# What does `x.reshape(800, -1)` do with 16 pictures of 32 channels? Ask for a layout that leaves
# the first axis alone. Methods of a tensor that end in `_` write into it. And `backward` *adds*:
# look for the line of a training step that is missing.
#
# </details>

# %% [markdown]
# ## 4. Where is the first infinity? (design)
#
# Run `model` on `x`, and return the name of the first layer, in the order in which they run, whose
# output holds a number that is not finite (NaN or infinite); None if there is none. A layer here is
# a module without modules inside; names are those of `named_modules()`, and a network that is a
# single layer has the name `""`. Leave no hook behind, even if the network raises an error, and let
# that error through.


# %%
def first_not_finite(model, x):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
class Act(torch.nn.Module):
    """A layer that computes one given function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Backwards(torch.nn.Sequential):
    """Runs its layers from the last to the first."""

    def forward(self, x):
        for layer in reversed(list(self)):
            x = layer(x)
        return x


class Divides(torch.nn.Sequential):
    """Its layers are fine; what it makes of their answer is not."""

    def forward(self, x):
        return super().forward(x) / 0


def fails(x):
    raise RuntimeError("a layer that raises")


# %% jupyter={"source_hidden": true}
def networks():
    """``[(network, the name that should be found)]`` for inputs around zero."""
    linear, relu, same = torch.nn.Linear(4, 4), torch.nn.ReLU(), Act(lambda x: x + 0)
    log, root = Act(lambda x: (0 * x).log()), Act(lambda x: (-1 - x.abs()).sqrt())
    one = Act(lambda x: torch.where(torch.arange(x.numel()).reshape(x.shape) == 5, torch.inf, x))
    heal = Act(lambda x: torch.nan_to_num(x, 0.0, 0.0, 0.0))
    inner = torch.nn.Sequential(relu, log, heal)
    return [
        (torch.nn.Sequential(linear, relu, same), None), (linear, None), (log, ""), (root, ""),
        (torch.nn.Sequential(linear, log, relu), "1"), (torch.nn.Sequential(root, relu), "0"),
        (torch.nn.Sequential(same, one, heal, linear), "1"),
        (torch.nn.Sequential(linear, inner, linear), "1.1"),
        (torch.nn.Sequential(torch.nn.Sequential(relu), torch.nn.Sequential(inner)), "1.0.1"),
        (Backwards(log, heal, root, relu), "2"), (Backwards(same, one, linear), "1"),
        (Divides(linear, same), None), (torch.nn.Sequential(Divides(linear), heal, log), "2"),
    ]


# %% jupyter={"source_hidden": true}
def left_behind(model):
    return sum(len(layer._forward_hooks) + len(layer._forward_pre_hooks)
               for layer in model.modules())


def finds_the_first():
    random = checks.random(4)
    for number, (model, wanted) in enumerate(networks()):
        x = torch.tensor(random.randn(3, 4), dtype=torch.float32)
        for _ in range(2):  # hooks that are left would find more the second time
            found = first_not_finite(model, x)
            if found != wanted:
                return f"network {number} of `networks()`: not {found!r}"
        if left_behind(model):
            return "hooks are left behind"
    picky = torch.nn.Sequential(Act(lambda x: x), Act(torch.sqrt), Act(lambda x: (x - 1).log()))
    for x, wanted in ((torch.tensor([-1.0]), "1"), (torch.full((2, 3), 9.0), None),
                      (torch.full((4,), 0.5), "2"), (torch.tensor([torch.inf]), "0")):
        if first_not_finite(picky, x) != wanted:
            return f"not for sqrt, then the logarithm of one less, of {x.tolist()}"
    broken = torch.nn.Sequential(torch.nn.Linear(4, 4), Act(fails))
    try:
        first_not_finite(broken, torch.zeros(1, 4))
        return "the network's error did not come through"
    except RuntimeError as error:
        if "a layer that raises" not in str(error):
            return "another error came through than the network's"
    return left_behind(broken) == 0 or "hooks are left behind where the network raises"


checks.grade("4 first", finds_the_first, hint="in which order do hooks run, and in which does "
             "`named_modules` go? what does `isfinite` say of infinity? is \"\" true?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Give each module without children a forward hook that knows its name (`name=name` keeps it) and
# notes it in a list if its output is not finite. Run the network in `try`, remove all handles in
# `finally`, and return the first name of the list, if it has one.
#
# </details>

# %% [markdown]
# **Where now?** Back to [the chapter](../../notebooks/06_practice/03_debug.ipynb).
