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
# Four tasks on [the Torch7 notebook](../../notebooks/01_history/04_torch7.ipynb), about 40 minutes.
# Two of them are written in Lua, as text between triple quotes. What you need of Lua: a method is
# called with a colon (`model:forward(x)`), a comment begins with `--`, a function ends with `end`,
# and counting begins at 1. Stuck? *Show me a way* unfolds below each check.

# %%
from onecnn import lesson

lesson.start()

# %%
import math
from unittest import mock

import numpy as np

from onecnn import cells, checks, ladder, mnist, spec

digits = mnist.load()
torch7 = cells.functions("01_history/04_torch7")
lua = torch7.lua


def batch(first, count):
    return digits.train_images[first:first + count], digits.train_labels[first:first + count]


# %% [markdown]
# ## 1. Complete a training step (complete)
#
# Before `optim`, a Torch7 step was four calls on the model and two on the criterion. Complete the
# Lua function: forget the old gradients, run forward, get the loss, run backward, and make a step
# of plain gradient descent with `model:updateParameters(rate)`. Return the loss, a number.

# %%
training_step = ...  # your answer here


# %% jupyter={"source_hidden": true}
def plain_steps(step, rate, batches):
    """Losses and weights, from a network that still holds the gradients of other digits."""
    net = torch7.build(spec.initial_weights())
    torch7.gradients(net, *batch(500, 32))
    losses = [step(net.model, net.criterion, *torch7.to_lua(*one), rate) for one in batches]
    return losses, torch7.read_weights(net)


def twin_steps(rate, batches):
    """The same by the notebook's optimiser, without momentum."""
    twin = torch7.build(spec.initial_weights())
    twin.config.momentum, twin.config.learningRate = 0, rate
    losses = [torch7.train_step(twin, *one) for one in batches]
    return losses, torch7.read_weights(twin)


# %% jupyter={"source_hidden": true}
def steps_agree(answer):
    step, first = lua.eval(answer), checks.random(1).randint(1000)
    for rate, counts in ((spec.LEARNING_RATE, (64, 64, 32)), (0.1, (17, 40))):
        batches = [batch(first + 64 * number, count) for number, count in enumerate(counts)]
        losses, weights = plain_steps(step, rate, batches)
        if not isinstance(losses[0], float):
            return "what is returned is no number: which call gives the loss?"
        wanted, wanted_weights = twin_steps(rate, batches)
        if not np.isclose(losses[0], wanted[0], atol=1e-5):
            return "already the first loss is not the twin's: which loss do you return, and when?"
        if not np.allclose(losses, wanted, atol=1e-5):
            return f"with rate {rate} the losses leave the twin's: what is left of earlier batches?"
        if not all(np.allclose(weights[name], wanted_weights[name], atol=1e-6) for name in weights):
            return f"with rate {rate} the losses are right, the last weights are not"
    return True


checks.grade("1 training step", steps_agree, answer=training_step,
             hint="which six calls are needed, and what does each backward have to be given?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Begin with `zeroGradParameters`. The criterion's `forward` takes what the model's `forward` gave,
# and the target; keep what it returns. On the way back the criterion comes first: its `backward`
# takes the same two, and its result goes into the model's `backward`, beside the input.
#
# </details>

# %% [markdown]
# ## 2. Predict an address (predict)
#
# After `getParameters` all weights stand in one block of memory, in the order of the layers, each
# weight before its bias. At which position does one of them begin? Count as Torch counts: the
# first number of the block has position 1. `shapes` is a dict of names and shapes in that order,
# such as `spec.SHAPES`; the check has others, too.

# %%
print(spec.SHAPES)


# %%
def position(shapes, name):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def addresses():
    """Shapes, and where Torch puts them; then shapes of other networks, one after the other."""
    weights = torch7.one_cnn.weights(torch7.build(spec.initial_weights()))
    yield spec.SHAPES, {name: weights[name].storageOffset(weights[name]) for name in spec.SHAPES}
    random = checks.random(2)
    for layers in (1, 3, 5):
        shapes, block = {}, []
        for name in random.permutation([f"layer{number}.weight" for number in range(layers)]):
            sides = random.randint(1, 6, random.randint(1, 5))
            shapes[str(name)] = tuple(int(side) for side in sides)
            block += [str(name)] * np.zeros(shapes[str(name)]).size
        yield shapes, {name: block.index(name) + 1 for name in shapes}


# %% jupyter={"source_hidden": true}
def positions_right():
    for shapes, starts in addresses():
        for name, start in starts.items():
            found = position(dict(shapes), name)
            if float(found) != start:
                return f"of {shapes}, {name} does not begin at {found}"
    return True


checks.grade("2 position", positions_right,
             hint="how many numbers stand before it, and which position has the very first?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A tensor takes as many places as the product of its shape says: `math.prod`. Add up the places of
# all tensors that stand before this one, which in a dict are those with an earlier name. Then
# remember where Lua begins to count.
#
# </details>

# %% [markdown]
# ## 3. Extend the engine by a branch (complete)
#
# A `Sequential` is a chain. Residual networks (2015) need a branch: the output is the input
# **plus** what an inner module makes of it. `updateOutput` is given. Write `backward` for the
# engine of the notebook. It shall run the inner module's `backward` exactly once, which adds up the
# inner gradients, and return the gradient of the input, kept as `self.gradInput` too. `input`,
# `gradOutput` and what the inner module keeps belong to others: leave them as they are.


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


# %% jupyter={"source_hidden": true}
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


# %% jupyter={"source_hidden": true}
def wrong_in(block, layer, x, r):
    """What is wrong with one pass back through ``block``, in which ``layer`` is; or None."""
    kept, x_before, upstream = layer.gradWeight.copy(), x.copy(), r.copy()
    block.forward(x)
    with mock.patch.object(block.inner, "backward", wraps=block.inner.backward) as inner:
        found = block.backward(x, upstream)
    if found is None or inner.call_count != 1:
        return f"you return a {type(found)}, and have run the inner backward {inner.call_count} x"
    if not (np.array_equal(upstream, r) and np.array_equal(x, x_before)
            and np.allclose(layer.gradInput, r @ layer.weight)):
        return "an array was changed that belongs to another module"
    slopes = [central(lambda: (block.forward(x) * r).sum(), one) for one in (x, layer.weight)]
    if not np.allclose(found, slopes[0], atol=1e-6):
        return "gradInput is wrong: by how many ways does the input reach the output?"
    if not np.allclose(layer.gradWeight - kept, slopes[1], atol=1e-6):
        return "the inner weight's gradient is wrong: how often did its backward run?"
    return None if found is block.gradInput else "where is self.gradInput?"


# %% jupyter={"source_hidden": true}
def residual_is_right():
    random = checks.random(3)
    for width, rows in ((4, 3), (2, 5), (1, 1)):
        layer = Linear(random.normal(size=(width, width)))
        for block in (Residual(layer), Residual(layer), Residual(Residual(layer))):
            x, r = random.normal(size=(2, rows, width))
            wrong = wrong_in(block, layer, x, r)
            if wrong:
                return wrong
    return True


checks.grade("3 residual", residual_is_right,
             hint="by which two ways does gradOutput reach the input?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The output is a sum, and a sum hands the gradient on to both of its terms. One term is the input
# itself. The other is the inner module: its `backward`, called once, returns what comes out below.
# Add the two into a new array.
#
# </details>

# %% [markdown]
# ## 4. Mend a module that the ladder rejects (mend)
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
# so that it **adds** to that memory, in place, `scale` times as much. `input` and `gradOutput` stay
# as they are. Useful: `tensor:addmm(1, scale, a, b)` adds `scale * a * b`;
# `tensor:add(scale, other)` adds `scale * other`.

# %%
mended = ...  # your answer here


# %% jupyter={"source_hidden": true}
def adds_up(number, scale):
    """Whether module ``number`` adds ``scale`` times its gradient to what is there, in place."""
    net = torch7.build(spec.initial_weights())
    torch7.gradients(net, *batch(checks.random(4).randint(1000), 32))
    layer, below = net.model.modules[number], net.model.modules[number - 1].output
    above = net.criterion.gradInput if number == 10 else net.model.modules[number + 1].gradInput
    tensors = layer.gradWeight.th, layer.gradBias.th, below.th, above.th
    slopes = [tensor.clone() for tensor in tensors]
    for tensor in tensors[:2]:
        tensor.mul_(-2).add_(1)  # what stands there before is another number than the gradient
    layer.accGradParameters(layer, below, above, scale)
    stays = (layer.gradWeight.th.data_ptr(), layer.gradBias.th.data_ptr()) == tuple(
        tensor.data_ptr() for tensor in tensors[:2])
    wanted = [1 + (scale - 2) * slope for slope in slopes[:2]] + slopes[2:]
    return stays and all(np.allclose(*pair, atol=1e-6) for pair in zip(wanted, tensors))


# %% jupyter={"source_hidden": true}
def climbs(answer):
    report = with_method(answer, climb)
    if report.failed_rung is not None:
        return (f"the rung '{report.failed_rung}' breaks: does each of the two tensors stay where "
                "it is, and change in place?")
    for number, scale in ((10, 0.5), (8, 3.0), (8, 0.0), (10, -1.5)):
        if not with_method(answer, lambda: adds_up(number, scale)):  # noqa: B023
            return f"the ladder is content, but with scale {scale}: what is added to what is there?"
    return True


checks.grade("4 mended module", climbs, answer=mended,
             hint="who owns the memory of gradWeight, and what may have been in it before?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Call methods that write into the tensor, and assign nothing to `self.gradWeight` or
# `self.gradBias`. The product of the suspect is right, so give its two factors to `addmm`. For the
# bias, `add` takes the same sum over the rows. Both have a place for `scale`.
#
# </details>
