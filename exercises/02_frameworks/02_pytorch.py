# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: PyTorch
#
# Four tasks on [the PyTorch notebook](../../notebooks/02_frameworks/02_pytorch.ipynb), about 30
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import torch
import torch.nn.functional as F
from torch import nn

from onecnn import cells, checks, ladder, mnist, spec

digits = mnist.load()
pytorch = cells.functions("02_frameworks/02_pytorch")
images = torch.from_numpy(digits.train_images[:64])
labels = torch.from_numpy(digits.train_labels[:64])

# %% [markdown]
# ## 1. Complete a training step
#
# `training_step` shall do one step of `optimizer` on one batch and return the loss as a Python
# number. Write the four lines that are missing after the loss.


# %%
def training_step(model, optimizer, images, labels):
    loss = F.cross_entropy(model(images), labels)
    raise NotImplementedError("your code here")


# %%
def two_steps_agree():
    model, twin = pytorch.build(spec.initial_weights()), pytorch.build(spec.initial_weights())
    for _ in range(2):
        mine = training_step(model, model.optimizer, images, labels)
        theirs = pytorch.train_step(twin, digits.train_images[:64], digits.train_labels[:64])
    if not isinstance(mine, float):
        return "return a Python number: loss.item()"
    return abs(mine - theirs) < 1e-5 and torch.allclose(model.conv1.weight, twin.conv1.weight,
                                                        atol=1e-6)


checks.grade("1 training step", two_steps_agree,
             hint="forget the old gradients, walk back, step, in this order, in every step")

# %% [markdown]
# ## 2. Predict, then count
#
# Each weight has one `AccumulateGrad` node in the recorded graph. How many such nodes does the loss
# of `OneCNN` lead back to? Write your number before you look at anything.

# %%
accumulate_nodes = ...  # your answer here


# %%
def count_accumulators(node, seen):
    if node is None or node in seen:
        return 0
    seen.add(node)
    return (node.name() == "torch::autograd::AccumulateGrad") + sum(
        count_accumulators(parent, seen) for parent, _ in node.next_functions)


loss = F.cross_entropy(pytorch.build(spec.initial_weights())(images), labels)
checks.grade("2 accumulators", lambda answer: answer == count_accumulators(loss.grad_fn, set()),
             hint="every layer with weights has a weight and a bias; pooling and relu have neither",
             answer=accumulate_nodes)

# %% [markdown]
# ## 3. Port a layer from NumPy
#
# The reference pools with a reshape: a window of 2x2 pixels becomes an axis of four, and the
# maximum is taken over it. Port it to PyTorch without `max_pool2d`. `x` is `N x C x H x W`; an odd
# last row or column is dropped. Gradients must flow.


# %%
def max_pool(x):
    n, channels, height, width = x.shape[0], x.shape[1], x.shape[2] // 2, x.shape[3] // 2
    raise NotImplementedError("your code here")


# %%
def pools_like_pytorch():
    x = torch.randn(2, 3, 11, 8, generator=torch.Generator().manual_seed(1), requires_grad=True)
    if tuple(max_pool(x).shape) != (2, 3, 5, 4):
        return "for an 11 x 8 input the output is 5 x 4: cut the odd row off before the reshape"
    if not max_pool(x).requires_grad:
        return "the result has lost its graph: stay in PyTorch, without .numpy() and .detach()"
    mine, = torch.autograd.grad((max_pool(x) ** 2).sum(), x)
    theirs, = torch.autograd.grad((F.max_pool2d(x, 2) ** 2).sum(), x)
    return torch.equal(max_pool(x), F.max_pool2d(x, 2)) and torch.equal(mine, theirs)


checks.grade("3 max pooling", pools_like_pytorch,
             hint="reshape to (n, channels, height, 2, width, 2); the window is axes 3 and 5")

# %% [markdown]
# ## 4. Mend a network that the ladder rejects
#
# This network trains and reaches a fair accuracy. The next cell lets it climb, and the ladder names
# a rung.


# %%
class Suspect(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 16, 3), nn.Conv2d(16, 32, 3)
        self.dense1, self.dense2 = nn.Linear(800, 64), nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.dense1(x.permute(0, 2, 3, 1).flatten(1)))
        return self.dense2(x)


def climb_with(network):
    def build(weights):
        tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
        model = network().to(tensors["conv1.bias"].dtype, memory_format=torch.channels_last)
        model.load_state_dict(tensors)
        model.optimizer = torch.optim.SGD(model.parameters(),
                                          lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM)
        return model
    return ladder.climb(build, pytorch.logits, pytorch.gradients, pytorch.train_step,
                        pytorch.read_weights, pytorch.save, pytorch.load, training=False,
                        artefact=False)


print("broken rung:", climb_with(Suspect).failed_rung)

# %% [markdown]
# Write the `forward` that mends it. One call too many is in it.


# %%
class Mended(Suspect):
    def forward(self, x):
        raise NotImplementedError("your code here")


# %%
def climbs():
    report = climb_with(Mended)
    if "NotImplementedError" in str(report):
        raise NotImplementedError
    return (report.failed_rung is None or f"the rung '{report.failed_rung}' still breaks: in which "
            "order does the course flatten?")


checks.grade("4 mended network", climbs, hint="compare each line with OneCNN.forward")
