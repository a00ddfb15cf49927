# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: programming interfaces
#
# Five tasks on [the interfaces notebook](../../notebooks/03_comparison/04_interfaces.ipynb), about
# 35 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`,
# or `[no]` with a hint. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import ast
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
import torch
from flax import nnx
from torch import nn

from onecnn import cells, checks


def text_of(chapter, name):
    """One function of a chapter's tagged cells."""
    source = "\n".join(cell.source for cell in cells.read(cells.locate(chapter))
                       if cells.TAG in cell.tags)
    return next(ast.get_source_segment(source, node) for node in ast.parse(source).body
                if getattr(node, "name", "") == name)


# %% [markdown]
# ## 1. Read side by side
#
# Three training steps. Read each line against its neighbours.

# %%
CHAPTERS = {"pytorch": "02_frameworks/02_pytorch", "mxnet": "02_frameworks/04_mxnet",
            "chainer": "01_history/05_chainer"}
steps = {framework: text_of(chapter, "train_step") for framework, chapter in CHAPTERS.items()}
for framework, text in steps.items():
    print(f"--- {framework}\n{text}\n")

# %% [markdown]
# Write down, for each statement, the set of frameworks whose text does it, as `{"pytorch"}` or
# `{"mxnet", "chainer"}`: (a) it forgets old gradients; (b) it switches the network to training
# mode; (c) it tells the optimizer how large the batch is.

# %%
reading = ...  # your answer here


# %%
def reads_like_the_text(reading):
    words = {"a": ("zero_grad", "cleargrads"), "b": (".train()",), "c": ("step(len(images))",)}
    for letter, wanted in words.items():
        truth = {framework for framework, text in steps.items()
                 if any(word in text for word in wanted)}
        if set(reading[letter]) != truth:
            return (f"({letter}): look for the word that does it; what is not written is not done "
                    "by this text")
    return True


checks.grade("1 side by side", reads_like_the_text,
             hint="a dict with the keys a, b, c, and a set for each", answer=reading)

# %% [markdown]
# ## 2. Predict what the same words do
#
# (a) Three BatchNorms are made with `momentum=0.9`, in PyTorch, Keras and Flax. Each sees one batch
# with mean 1. What is the running mean of each? (b) A picture of 11 x 11 pixels is pooled with a
# window of 3, and nothing is said about the stride. How many pixels a side come out in PyTorch, and
# in Flax?

# %%
predicted = ...  # your answer here


# %%
def measured():
    batch = np.array([[0.0], [2.0]], np.float32)
    torch_norm, keras_norm = (nn.BatchNorm1d(1, momentum=0.9),
                              keras.layers.BatchNormalization(momentum=0.9))
    flax_norm = nnx.BatchNorm(1, momentum=0.9, rngs=nnx.Rngs(0))
    torch_norm(torch.from_numpy(batch)), keras_norm(batch, training=True), flax_norm(batch)
    return {"PyTorch mean": torch_norm.running_mean.item(),
            "Keras mean": keras_norm.moving_mean.value.item(), "Flax mean": flax_norm.mean.item(),
            "PyTorch pixels": nn.functional.max_pool2d(torch.zeros(1, 1, 11, 11), 3).shape[2],
            "Flax pixels": nnx.max_pool(np.zeros((1, 11, 11, 1), np.float32), (3, 3)).shape[1]}


def as_measured(predicted):
    wrong = [name for name, value in measured().items() if abs(predicted[name] - value) > 1e-6]
    if not wrong:
        return True
    if wrong[0].endswith("mean"):
        return f"{wrong[0]}: is momentum the share of the new batch, or of the old value?"
    return f"{wrong[0]}: by how many pixels does the window move?"


checks.grade("2 same words", as_measured, hint="a dict with the five keys of the text",
             answer=predicted)

# %% [markdown]
# ## 3. Port a BatchNorm from PyTorch to Keras
#
# `to_keras` gets a trained `nn.BatchNorm2d` and gives a Keras layer that does the same: in
# evaluation, and for the running mean in training. Images stay `N x C x H x W`. Keras keeps four
# arrays: gamma, beta, moving mean, moving variance.


# %%
def to_keras(norm):
    raise NotImplementedError("your code here")


# %%
def trained_norm(channels):
    random = torch.Generator().manual_seed(2)
    norm = nn.BatchNorm2d(channels, momentum=0.3)
    with torch.no_grad():
        for array, low in ((norm.weight, 0.5), (norm.bias, -1.0), (norm.running_mean, -1.0),
                           (norm.running_var, 0.001)):
            array.copy_(low + 0.01 * torch.rand(channels, generator=random))
    return norm


def ports():
    norm, images = trained_norm(3), torch.randn(8, 3, 4, 5,
                                                generator=torch.Generator().manual_seed(3))
    layer = to_keras(norm)
    theirs, mine = norm.eval()(images), layer(images, training=False)
    if mine.shape == theirs.shape and not torch.allclose(mine, theirs, atol=1e-3):
        return "in evaluation the outputs differ: epsilon, or the order of the four arrays?"
    norm.train()(images)
    layer(images, training=True)
    if not torch.allclose(layer.moving_mean.value, norm.running_mean, atol=1e-5):
        return "after a batch the running means differ: whose share is momentum?"
    return torch.allclose(to_keras(norm)(images, training=False), norm.eval()(images), atol=1e-3)


checks.grade("3 port a BatchNorm", ports,
             hint="which axis holds the channels? build the layer before you set its four arrays")

# %% [markdown]
# ## 4. Port Adam's epsilon
#
# PyTorch adds epsilon to $\sqrt{v/(1-\beta_2^t)}$, Keras to $\sqrt v$ alone, and corrects
# afterwards. Which number must Keras get, so that its **first** step is PyTorch's?


# %%
def keras_epsilon(epsilon, beta_2):
    raise NotImplementedError("your code here")


# %%
def first_steps_agree():
    for epsilon, beta_2, gradient in ((1e-8, 0.999, 1e-8), (1e-3, 0.99, 5e-4)):
        theirs, mine = nn.Parameter(torch.zeros(1)), keras.Variable([0.0])
        theirs.grad = torch.full((1,), gradient)
        torch.optim.Adam([theirs], lr=1.0, betas=(0.9, beta_2), eps=epsilon).step()
        adam = keras.optimizers.Adam(1.0, beta_2=beta_2, epsilon=keras_epsilon(epsilon, beta_2))
        adam.apply([torch.full((1,), gradient)], [mine])
        if abs(mine.value.item() - theirs.item()) > 1e-3:
            return ("the first steps differ: divide Keras's fraction above and below by the same "
                    "number, and look at epsilon")
    return True


checks.grade("4 port an epsilon", first_steps_agree,
             hint="in the first step, t = 1: pull the root of 1 - beta_2 out of the sum")

# %% [markdown]
# ## 5. Extend the counter
#
# Lines say how much was written. Keyword arguments say how many **defaults were overruled**.
# `keywords` gets Python code and gives the names of all keyword arguments in its calls, sorted,
# each once. `**options` in a call has no name and does not count; the parameters of a `def` are not
# arguments.


# %%
def keywords(source):
    raise NotImplementedError("your code here")


# %%
EXAMPLE = """
def pool(x, size=2, **options):
    width = size  # stride=1
    return outer(inner(x, stride=size, **options), mode='ceil=yes', stride=width)
"""


def finds_keywords():
    got = keywords(EXAMPLE)
    if "size" in got or "width" in got or "ceil" in got:
        return ("an assignment, a parameter or a string is not a keyword argument: ask the "
                "syntax tree")
    if got is None or None in got:
        return "**options has no name: leave it out"
    return got == ["mode",
                   "stride"] and "momentum" in keywords(text_of(CHAPTERS["pytorch"], "build"))


checks.grade("5 keyword counter", finds_keywords,
             hint="ast.walk finds every ast.Call; each has .keywords, each with .arg")
