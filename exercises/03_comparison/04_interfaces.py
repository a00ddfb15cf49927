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
# 45 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`,
# or `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way*
# unfolds below each check. Nothing breaks if you run everything at once.

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
# ## 1. Read side by side (predict)
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


# %% jupyter={"source_hidden": true}
def reads_like_the_text(reading):
    words = {"a": ("zero_grad", "cleargrads"), "b": (".train()",), "c": ("step(len(images))",)}
    for letter, wanted in words.items():
        truth = {framework for framework, text in steps.items()
                 if any(word in text for word in wanted)}
        if set(reading[letter]) != truth:
            return (f"({letter}): which word does it, and in which of the texts does such a word "
                    "stand?")
    return True


checks.grade("1 side by side", reads_like_the_text, answer=reading,
             hint="is it a dict with the keys a, b, c, and a set for each?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Read the three steps line by line, with a finger on each: which line stands in one of them and not
# in the others? Old gradients are cleared by a call with "grad" in its name. What is not written is
# not done by this text, even if the framework does it elsewhere.
#
# </details>

# %% [markdown]
# ## 2. Predict what the same words do (predict)
#
# (a) Three BatchNorms are made with `momentum=0.9`, in PyTorch, Keras and Flax. Each sees one batch
# with mean 1. What is the running mean of each? (b) A picture of 11 x 11 pixels is pooled with a
# window of 3, and nothing is said about the stride. How many pixels a side come out in PyTorch, and
# in Flax? Write a dict with the keys `PyTorch mean`, `Keras mean`, `Flax mean`, `PyTorch pixels`
# and `Flax pixels`.

# %%
predicted = ...  # your answer here


# %% jupyter={"source_hidden": true}
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
    wrong = [name for name, value in measured().items()
             if not abs(predicted[name] - value) <= 1e-6]
    if not wrong:
        return True
    if wrong[0].endswith("mean"):
        return f"{wrong[0]}: is momentum the share of the new batch, or of the old value?"
    return f"{wrong[0]}: by how many pixels does the window move?"


checks.grade("2 same words", as_measured, hint="is it a dict with the five keys of the text?",
             answer=predicted)

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Each running mean begins at 0 and is mixed with the batch's mean, with the shares 0.9 and 0.1. The
# chapter's table says whose share is called momentum. For the pixels: without a word, one framework
# moves the window by its own size, the other by one pixel.
#
# </details>

# %% [markdown]
# ## 3. Port a BatchNorm from PyTorch to Keras (port)
#
# `to_keras` gets a trained `nn.BatchNorm2d` and gives a Keras layer that does the same: in
# evaluation, and for the running mean in training. Images stay `N x C x H x W`. Keras keeps four
# arrays: gamma, beta, moving mean, moving variance. PyTorch's layer stays as it was.


# %%
def to_keras(norm):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def trained_norm(random, channels, momentum, eps):
    norm = nn.BatchNorm2d(channels, momentum=momentum, eps=eps)
    with torch.no_grad():
        for array, low, high in ((norm.weight, 0.5, 2), (norm.bias, -2, 2),
                                 (norm.running_mean, -1, 1), (norm.running_var, 0.01, 0.1)):
            array.copy_(torch.from_numpy(random.uniform(low, high, channels)))
    return norm


def state_of(norm):
    """All that must stay: the numbers, what is trained, the mode, the settings."""
    arrays = norm.state_dict(keep_vars=True)
    return ({name: (array.tolist(), array.requires_grad) for name, array in arrays.items()},
            norm.training, norm.extra_repr())


def close(mine, theirs):
    return mine.shape == theirs.shape and torch.allclose(mine, theirs, rtol=1e-4, atol=1e-3)


# %% jupyter={"source_hidden": true}
def ports():
    random = checks.random(3)
    for channels, momentum, eps in ((3, 0.3, 1e-5), (5, 0.05, 0.02), (5, 0.6, 0.004)):
        norm = trained_norm(random, channels, momentum, eps).train(momentum < 0.5)
        norm.bias.requires_grad_(channels == 3)
        before = state_of(norm)
        layer, images = to_keras(norm), torch.from_numpy(random.randn(8, channels, 4, 5)).float()
        if not isinstance(layer, keras.layers.Layer):
            return f"that is a {type(layer).__name__}: is it a Keras layer?"
        if [array.shape for array in layer.get_weights()] != [(channels,)] * 4:
            return "does the layer hold four arrays of its own, with a number for each channel?"
        if state_of(norm) != before:
            return "PyTorch's layer has changed: its numbers, its mode, or what of it is trained?"
        if not close(layer(images, training=False), norm.eval()(images)):
            return "in evaluation the outputs differ: epsilon, or the order of the four arrays?"
        norm.train()(images), layer(images, training=True)
        if not torch.allclose(layer.moving_mean.value, norm.running_mean, atol=1e-5):
            return "after a batch the running means differ: whose share is momentum?"
    return True


checks.grade("3 port a BatchNorm", ports, hint="which axis holds the channels? which of the two "
             "shares does each framework call momentum? when are the four arrays there?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Three settings differ: the axis of the channels, what momentum means, and epsilon, which has
# another default. A Keras layer has no arrays before it is built: `build` takes a shape with the
# number of channels in its place. Then `set_weights` takes four arrays, in the order of the text;
# PyTorch calls them weight, bias, running mean and running variance.
#
# </details>

# %% [markdown]
# ## 4. Port Adam's epsilon (port)
#
# PyTorch adds epsilon to $\sqrt{v/(1-\beta_2^t)}$, Keras to $\sqrt v$ alone, and corrects
# afterwards. Which number must Keras get, so that its **first** step is PyTorch's?


# %%
def keras_epsilon(epsilon, beta_2):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def first_steps(epsilon, beta_2, gradient):
    theirs, mine = nn.Parameter(torch.zeros(1)), keras.Variable([0.0])
    theirs.grad = torch.full((1,), gradient)
    torch.optim.Adam([theirs], lr=1.0, betas=(0.9, beta_2), eps=epsilon).step()
    adam = keras.optimizers.Adam(1.0, beta_2=beta_2, epsilon=keras_epsilon(epsilon, beta_2))
    adam.apply([torch.full((1,), gradient)], [mine])
    return mine.value.item(), theirs.item()


def first_steps_agree():
    random = checks.random(4)
    drawn = [(10 ** random.uniform(-14, -1), 1 - 10 ** random.uniform(-4, -0.2)) for _ in range(8)]
    for epsilon, beta_2 in ((1e-8, 0.99), (1e-3, 0.999), (1e-3, 0.9), *drawn):
        mine, theirs = first_steps(epsilon, beta_2, epsilon * random.uniform(0.5, 2))
        if not abs(mine - theirs) <= 1e-3:
            return (f"with epsilon {epsilon:.2g} and beta_2 {beta_2:.3g} the first steps differ: "
                    "what must Keras's fraction be multiplied by to look like PyTorch's?")
    return True


checks.grade("4 port an epsilon", first_steps_agree,
             hint="what is t in the first step? what becomes of the sum below the fraction?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# In the first step t is 1. PyTorch's denominator is a root over another root, plus epsilon. Pull
# the root of 1 - beta_2 out of the whole sum: then the root of v stands alone, as in Keras, and
# epsilon has got a factor.
#
# </details>

# %% [markdown]
# ## 5. Extend the counter (complete)
#
# Lines say how much was written. Keyword arguments say how many **defaults were overruled**.
# `keywords` gets Python code and returns a list of the names of all keyword arguments in its calls,
# sorted, each once. `**options` in a call has no name and does not count; the parameters of a `def`
# are not arguments, nor is what a `class` says of its bases.


# %%
def keywords(source):
    raise NotImplementedError("your code here")


# %%
EXAMPLES = {
    "": [],
    "outer(1, x, *rest, **options)": [],
    "def pool(x, size=2, **options):\n    width = size  # stride=1\n"
    "    return outer(inner(x, stride=size, **options), mode='ceil=yes', stride=width)\n":
        ["mode", "stride"],
    "class Net(Module, metaclass=Meta):\n    @wraps(name='forward')\n"
    "    def run(self, *, deep: bool = flag(default=3)):\n        print(f'{text(width=3)}')\n":
        ["default", "name", "width"],
    "[step(x, rate=r)(momentum=m).end() for r in rates(low=0) if ok(r, strict=True)]":
        ["low", "momentum", "rate", "strict"],
    "async def go():\n    await send(Zeta=1, alpha=2, _b=3, größe=4)\n":
        ["Zeta", "_b", "alpha", "größe"],
    "class Net(base(size=1), metaclass=Meta, mode=pick(y=2)):\n    x = [f][0](metaclass=3)\n":
        ["metaclass", "size", "y"],
    "layer(a)(b=layer(c=1)(d=layer(e=2)), a=lambda b=1: go(f=3))": ["a", "b", "c", "d", "e", "f"],
}


def drawn(random):
    """A line of calls with keywords drawn by chance, and their names."""
    names = [f"{letter}{number}" for letter, number in zip("qwertz", random.randint(90, size=6))]
    calls = [f"f(x, {name}={text})" for name, text in zip(names * 2, ["1", "y", "(z := 3)"] * 4)]
    return " + ".join(calls), sorted(names)


# %% jupyter={"source_hidden": true}
def finds_keywords():
    for source, names in (*EXAMPLES.items(), drawn(checks.random(5))):
        got = keywords(source)
        if not isinstance(got, list):
            return f"it returns {type(got).__name__}, not a list"
        if None in got:
            return "a keyword without a name: what is **options to the syntax tree?"
        if got != names:
            return (f"in {source!r} you find {got}: is each the name of an argument in a call, are "
                    "all there, sorted, and once?")
    return "momentum" in keywords(text_of(CHAPTERS["pytorch"], "build"))


checks.grade("5 keyword counter", finds_keywords, hint="which nodes of the syntax tree are calls? "
             "where does a call keep its keywords?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `ast.parse` makes a tree of the text, and `ast.walk` visits every node of it. Keep the nodes of
# the type `ast.Call`. Each has a list of keywords, each of these a name in `arg`, which is `None`
# for two stars. A set keeps each once; then sort.
#
# </details>
