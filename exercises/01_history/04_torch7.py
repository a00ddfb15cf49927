# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: Torch7
#
# Four tasks on [the Torch7 notebook](../../notebooks/01_history/04_torch7.ipynb), about 35 minutes.
# Two of them are written in Lua, as text between triple quotes. What you need of Lua: a method is
# called with a colon (`model:forward(x)`), a comment begins with `--`, a function ends with `end`,
# and counting begins at 1.

# %%
from onecnn import lesson

lesson.start()

# %%
import numpy as np

from onecnn import cells, checks, ladder, mnist, spec

digits = mnist.load()
torch7 = cells.functions("01_history/04_torch7")
lua = torch7.lua
images, labels = digits.train_images[:64], digits.train_labels[:64]

# %% [markdown]
# ## 1. Complete a training step
#
# Before `optim`, a Torch7 step was four calls on the model and two on the criterion. Complete the
# Lua function: forget the old gradients, run forward, get the loss, run backward, and make a step
# of plain gradient descent with `model:updateParameters(rate)`.

# %%
training_step = ...  # your answer here


# %%
def plain_steps(step, count=3):
    net = torch7.build(spec.initial_weights())
    losses = [step(net.model, net.criterion, *torch7.to_lua(images, labels), spec.LEARNING_RATE)
              for _ in range(count)]
    return losses, torch7.read_weights(net)


def two_steps_agree(answer):
    losses, weights = plain_steps(lua.eval(answer))
    if not isinstance(losses[0], float):
        return "return the loss, the number that criterion:forward gives"
    twin = torch7.build(spec.initial_weights())
    twin.config.momentum = 0
    wanted = [torch7.train_step(twin, images, labels) for _ in losses]
    wanted_weights = torch7.read_weights(twin)
    if not np.allclose(losses, wanted, atol=1e-5):
        return ("the losses are not the twin's: does each step begin with zeroGradParameters, and "
                "end with updateParameters?")
    return all(np.allclose(weights[name], wanted_weights[name], atol=1e-6) for name in spec.SHAPES)


# %%
checks.grade("1 training step", two_steps_agree, answer=training_step,
             hint="backward needs the input again, and the criterion's gradient for model.output")

# %% [markdown]
# ## 2. Predict an address
#
# After `getParameters` all weights stand in one block of memory, in the order of the layers, each
# weight before its bias. At which position does `dense1.bias` begin? Count as Torch counts: the
# first number of the block has position 1. Write your number before you look.

# %%
position = ...  # your answer here

# %%
net = torch7.build(spec.initial_weights())
bias = torch7.one_cnn.weights(net)["dense1.bias"]
checks.grade("2 position", lambda answer: answer == bias.storageOffset(bias), answer=position,
             hint="add up the sizes of all tensors before it in spec.SHAPES; then remember where "
             "Lua begins to count")

# %% [markdown]
# ## 3. Extend the engine by a branch
#
# A `Sequential` is a chain. Residual networks (2015) need a branch: the output is the input
# **plus** what an inner module makes of it. `updateOutput` is given. Write `backward` for the
# engine of the notebook: it must return the gradient of the input and let the inner module add up
# its own parameter gradients, exactly once.


# %%
class Module:
    def forward(self, input):
        self.output = self.updateOutput(input)
        return self.output

    def backward(self, input, gradOutput):
        self.gradInput = self.updateGradInput(input, gradOutput)
        self.accGradParameters(input, gradOutput)
        return self.gradInput


# %%
class Linear(Module):
    def __init__(self, weight):
        self.weight, self.gradWeight = weight, np.zeros_like(weight)

    def updateOutput(self, input):
        return input @ self.weight.T

    def updateGradInput(self, input, gradOutput):
        return gradOutput @ self.weight

    def accGradParameters(self, input, gradOutput):
        self.gradWeight += gradOutput.T @ input


# %%
class Residual(Module):
    def __init__(self, inner):
        self.inner = inner

    def updateOutput(self, input):
        return input + self.inner.forward(input)

    def backward(self, input, gradOutput):
        raise NotImplementedError("your code here")


# %%
def central(loss, x, h=1e-6):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        up = loss()
        x[i] = kept - h
        gradient[i] = (up - loss()) / (2 * h)
        x[i] = kept
    return gradient


# %%
def residual_is_right():
    random = np.random.RandomState(1)
    layer = Linear(random.normal(size=(4, 4)))
    block, x, r = Residual(layer), random.normal(size=(3, 4)), random.normal(size=(3, 4))
    block.forward(x)
    upstream = r.copy()
    found = block.backward(x, upstream)
    if found is None:
        return "return the gradient: the module below needs it"
    if not np.array_equal(upstream, r):
        return "gradOutput was changed: it is another module's buffer, make a new array"
    if not np.allclose(found, central(lambda: (block.forward(x) * r).sum(), x), atol=1e-6):
        return "gradInput is wrong: the input reaches the output by two ways, so two gradients add"
    if not np.allclose(layer.gradWeight,
                       central(lambda: (block.forward(x) * r).sum(), layer.weight), atol=1e-6):
        return "the inner weight's gradient is wrong: run the inner module's backward exactly once"
    return found is block.gradInput or "keep the result as self.gradInput too: that is the contract"


# %%
checks.grade("3 residual", residual_is_right,
             hint="gradOutput goes two ways: around the inner module, and through it")

# %% [markdown]
# ## 4. Mend a module that the ladder rejects
#
# A colleague rewrote one method of `nn.Linear`, shorter and prettier. The gradients are right. The
# next cells let the network climb, and the ladder names a rung. It takes seconds: the rungs
# `training` and `artefact` are left out.

# %%
suspect = """
   function(self, input, gradOutput, scale)
      self.gradWeight = scale * (gradOutput:t() * input)
      self.gradBias = scale * gradOutput:sum(1)
   end
"""


def with_method(method, work):
    """Runs work() while nn.Linear has the given accGradParameters."""
    linear = lua.globals().nn.Linear
    original = linear.accGradParameters
    linear.accGradParameters = lua.eval(method)
    try:
        return work()
    finally:
        linear.accGradParameters = original


# %%
def climb():
    return ladder.climb(torch7.build, torch7.logits, torch7.gradients, torch7.train_step,
                        torch7.read_weights, torch7.save, torch7.load, training=False,
                        artefact=False)


print("broken rung:", with_method(suspect, climb).failed_rung)

# %% [markdown]
# The optimiser looks at one flat vector, which each `gradWeight` is a *part* of. Write the method
# so that it adds to that memory, in place. Useful: `tensor:addmm(1, scale, a, b)` adds
# `scale * a * b`; `tensor:add(scale, other)` adds `scale * other`.

# %%
mended = ...  # your answer here


# %%
def twice_and_a_half():
    """The gradient after one pass, and after half of it was added again."""
    net = torch7.build(spec.initial_weights())
    layer = net.model.modules[10]
    torch7.gradients(net, images, labels)
    once = layer.gradWeight.th.clone(), layer.gradBias.th.clone()
    layer.accGradParameters(layer, net.model.modules[9].output, net.criterion.gradInput, 0.5)
    return once, (layer.gradWeight.th, layer.gradBias.th)


def climbs(answer):
    report = with_method(answer, climb)
    if report.failed_rung is not None:
        return (f"the rung '{report.failed_rung}' breaks: does each of the two tensors stay where "
                "it is, and change in place?")
    once, more = with_method(answer, twice_and_a_half)
    return (all(np.allclose(1.5 * first, second, atol=1e-6) for first, second in zip(once, more))
            or ("the ladder is content, the contract is not: ADD to what is there, times scale"))


# %%
checks.grade("4 mended module", climbs, answer=mended,
             hint="in place, added, times scale; the bias gets the sum of the rows")
