# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Torch7: backward without autograd
#
# **Retired, and here a reconstruction.** Torch7 cannot be installed any more in the way of this
# course: it has no packages left. What runs here is Lua code in Torch7's style, written for this
# course, on a real LuaJIT; PyTorch, the heir of Torch7's C code, computes the tensors. The next
# section says what is real and what is not.
#
# After this notebook you will be able to read Torch7 code, write a module with its own derivative,
# and tell what PyTorch took over.
#
# **You will learn to**
# - read the Lua that deep learning was written in around 2015;
# - write a module that keeps the contract `updateOutput`, `updateGradInput`, `accGradParameters`;
# - see who owns the memory of an output, a gradient, a weight;
# - catch a network whose optimiser trains the wrong memory;
# - follow a kernel from THNN (2015) into the PyTorch that you have installed.
#
# **Before you start:** [The network by hand](02_by_hand.ipynb) and
# [PyTorch](../02_frameworks/02_pytorch.ipynb). Kernel `python3`, about 45 minutes.
# No Lua needed. The slowest cell takes about half a minute.

# %%
from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("torch7")

# %% [markdown]
# ## What is real here, and what is not?
#
# | part | in 2015 | here |
# |---|---|---|
# | the language | Lua, run by LuaJIT | the same, through the Python package `lupa` |
# | `nn`, `optim` | Lua files | new, short Lua files that keep their contract |
# | TH, THNN: tensors and kernels | C | PyTorch's ATen, into which that C code was rewritten |
# | `.t7` files | Torch7's format | the same format; OpenCV reads these files (tried, see below) |
# | GPUs, threads, most modules | yes | no |
#
# Nothing in this notebook asks PyTorch for a gradient. The files stand in the folder
# `04_torch7` beside this notebook. Open them.

# %% tags=["same-cnn"]
from pathlib import Path

import torch
from lupa import luajit21

from onecnn import paths, spec

SCRIPTS = paths.programs("01_history/04_torch7")
lua = luajit21.LuaRuntime(unpack_returned_tuples=True)
lua.globals().package.path = f"{SCRIPTS.as_posix()}/?.lua"  # where `require` looks
one_cnn = lua.require("one_cnn")
wrap = lua.globals().torch.wrap

# %%
lua.execute("print('hello from', jit.version:match('^LuaJIT %d%.%d'), 'which speaks', _VERSION)")

# %% [markdown]
# ## Why Lua?
#
# Torch's authors answered in 2011. A framework should make experiments easy, be easy to extend, and
# be fast. The first two ask for a scripting language that glues C libraries together; "fast" ruled
# out almost all of them. Lua was the fastest interpreted language that they found, with the fastest
# just-in-time compiler, and it is made to be embedded in C.
#
# How fast? A loop over a tensor's memory, through a C pointer.

# %%
lua.execute("""
   function squares(x)
      local pointer, sum = x:data(), 0
      for i = 0, x:nElement() - 1 do sum = sum + pointer[i] * pointer[i] end
      return sum
   end
""")

# %%
import timeit

numbers = torch.ones(1_000_000)
lua_x, python_x = wrap(numbers), numbers.tolist()
lua_seconds = min(timeit.repeat(lambda: lua.globals().squares(lua_x), number=1, repeat=5))
python_seconds = min(timeit.repeat(lambda: sum([value * value for value in python_x]), number=1,
                                   repeat=5))
print("same sum:", lua.globals().squares(lua_x) == sum(value * value for value in python_x))
print("the loop in Lua is at least 5 times faster than Python's:", python_seconds > 5 * lua_seconds)

# %% [markdown]
# LuaJIT compiled that loop to machine code while it ran. In Python you would never write it; in
# Torch you could.
#
# ## The lowest level: what can a tensor do?
#
# A tensor looks at a *storage*, a plain block of numbers. Many tensors can look at one. Lua counts
# from 1, and so did Torch: dimensions, indices, classes.

# %%
lua.execute("""
   local x = torch.Tensor(2, 3):fill(1)
   local row = x:select(1, 2)          -- dimension 1, row 2: a view, no copy
   row:mul(10)                         -- methods change the tensor itself
   print(x, 'sum', x:sum(), 'offset of its second row', row:storageOffset())
   print('2 * x + x has the sum', (2 * x + x):sum())
""")

# %% [markdown]
# PyTorch still works this way: storage, offset, strides, and a trailing underscore for the methods
# that change a tensor. Only the counting changed.
#
# The file `torch.lua` wraps each PyTorch tensor in a Lua table: Lua could hold the Python object,
# but not write `2 * x` with it.

# %% [markdown]
# ## What does a module promise?
#
# Three functions. This is the whole idea of `nn`, and the reason why people wanted it: whoever
# writes a layer writes its derivative, **once**; everyone else only plugs layers together. Here is
# `nn.Linear`.

# %%
from IPython.display import display


def show_lua(file, start, stop):
    text = (SCRIPTS / file).read_text(encoding="utf-8")
    text = text[text.index(start):text.index(stop)].strip()
    display({"text/markdown": f"```lua\n{text}\n```", "text/plain": text}, raw=True)


show_lua("layers.lua", "local Linear", "function Linear:__tostring__")

# %% [markdown]
# You know these formulas from [the chapter by hand](02_by_hand.ipynb): $xW^\top + b$, $GW$,
# $G^\top x$. New is who calls them. `forward` calls `updateOutput`. `backward` calls the other two.
# Nobody records anything.

# %%
lua.execute("""
   local layer = nn.Linear(3, 2)
   layer:zeroGradParameters()
   local input, gradOutput = torch.Tensor(4, 3):fill(1), torch.Tensor(4, 2):fill(1)
   print('output    ', layer:forward(input))
   print('gradInput ', layer:backward(input, gradOutput))
   print('gradWeight', layer.gradWeight, 'each entry', layer.gradWeight:sum() / 6)
""")

# %% [markdown]
# What `module:backward(input, gradOutput)` meant without autograd: *you* pass the input again,
# *you* pass the gradient of the output, and you promise that `forward` ran with that same input
# just before. The module trusts what its last `forward` left behind. Break the promise, and Torch's
# documentation says what you get: incorrect gradients, no error.

# %% [markdown]
# **Predict, then run.** `forward` runs twice on the same layer, with zeros and with ones. Both
# outputs are kept. Are they different?
#
# <details><summary>Answer</summary>
#
# No. They are the *same* tensor: the layer's buffer `self.output`, filled twice. This surprised
# users ([torch/torch7 935](https://github.com/torch/torch7/issues/935), 2017). Whoever wants to
# keep an output calls `:clone()`, as `M.logits` in `one_cnn.lua` does.
#
# </details>

# %%
lua.execute("""
   local layer = nn.Linear(3, 2)
   local first = layer:forward(torch.Tensor(1, 3):fill(0))
   local second = layer:forward(torch.Tensor(1, 3):fill(1))
   print('one tensor under two names:', first == second)
""")

# %% [markdown]
# Why buffers? To Lua's garbage collector a tensor was a few bytes, however large its memory
# ([torch/image 107](https://github.com/torch/image/issues/107)). A loop that made new tensors could
# fill the machine before the collector saw a reason to run. So modules filled the same buffers
# again and again, and scripts were sprinkled with `collectgarbage()`. You will find it in `M.step`,
# and in `M.logits`: there it was missing in this course, until the parity ladder counted memory.

# %% [markdown]
# ## Where did the arithmetic happen?
#
# Below `nn`, in C. In 2015 Andreas Köpf, Adam Paszke and Francisco Massa moved the kernels into a
# library without any Lua, **THNN**: two or three plain functions for each module, which write into
# buffers that the caller owns. Now any language could call them. `THNN.lua` has the functions that
# our network needs, on PyTorch's kernels:

# %%
show_lua("THNN.lua", "-- Convolution:", "-- Pooling:")

# %% [markdown]
# | THNN, 2015 | ATen, today, as used here |
# |---|---|
# | `SpatialConvolutionMM_updateOutput` | `_slow_conv2d_forward` |
# | `SpatialConvolutionMM_updateGradInput`, `_accGradParameters` | `_slow_conv2d_backward`, with a mask |
# | `SpatialMaxPooling_updateOutput`, `_updateGradInput` | `max_pool2d_with_indices`, `…_backward` |
# | `Threshold_updateOutput`, `_updateGradInput` | `threshold`, `threshold_backward` |
# | `LogSoftMax_…` | `_log_softmax`, `_log_softmax_backward_data` |
# | `ClassNLLCriterion_…` | `nll_loss_forward`, `nll_loss_backward` |
#
# In 2019 Köpf himself ported the first of them to ATen, as `slow_conv2d`. Its old name is still
# there:

# %%
print("PyTorch still knows thnn_conv2d:", hasattr(torch.ops.aten, "thnn_conv2d"))

# %% [markdown]
# ## The middle level: how was a network written?
#
# As a chain: `nn.Sequential()`, then `:add(...)`.

# %%
show_lua("one_cnn.lua", "function M.network", "-- What training needs")

# %%
lua.execute("print(require('one_cnn').network())")

# %% [markdown]
# The line `model:get(1).gradInput = nil` is a trick of the best users, seen in Facebook's ResNet
# code: nobody needs the gradient of the pixels, and the convolution skips it when there is no
# buffer to fill.
#
# Then the rest of a training script: all weights as *one* vector, and a closure for the optimiser.

# %%
show_lua("one_cnn.lua", "-- What training needs", "function M.logits")

# %% [markdown]
# `getParameters` copies all weights into one new block of memory and points every module's `weight`
# and `bias` at its part of it. So the optimiser sees one long vector, and when it changes that
# vector, the network has changed.
#
# Now the seven functions of the course. Python only starts Lua and hands arrays over: PyTorch
# shares their memory, nothing is copied.

# %% tags=["same-cnn"]
def to_lua(images, labels):
    # Lua's classes are 1 to 10
    return wrap(torch.from_numpy(images)), wrap(torch.from_numpy(labels + 1))


def from_lua(tensors):
    return {name: tensors[name].th.numpy() for name in spec.SHAPES}


# %% [markdown]
# The network takes its dtype from the weights. A Torch7 script said `model:double()` or
# `model:float()`: every weight, gradient and buffer is converted, and then the criterion's. It
# comes *before* `getParameters`, for it moves the weights. (`torch.Tensor()` itself made double
# numbers until a script said `torch.setdefaulttensortype('torch.FloatTensor')`; many did.)
#
# A kernel takes tensors of one type only, so every buffer that is handed to one in `THNN.lua` must
# have the network's.

# %% tags=["same-cnn"]
TYPES = {"float32": "torch.FloatTensor", "float64": "torch.DoubleTensor"}


def build(weights):
    network = one_cnn.network()
    network.type(network, TYPES[weights["conv1.bias"].dtype.name])
    model = one_cnn.prepare(network, spec.LEARNING_RATE, spec.MOMENTUM)
    for name, memory in from_lua(one_cnn.weights(model)).items():
        memory[...] = weights[name]
    return model


# %% tags=["same-cnn"]
def logits(model, images):
    return one_cnn.logits(model, wrap(torch.from_numpy(images))).th.numpy()


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    loss, _ = one_cnn.evaluate(model, *to_lua(images, labels))
    return loss, {name: memory.copy()
                  for name, memory in from_lua(one_cnn.gradients(model)).items()}


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    return one_cnn.step(model, *to_lua(images, labels))


# %% tags=["same-cnn"]
def read_weights(model):
    return {name: memory.copy() for name, memory in from_lua(one_cnn.weights(model)).items()}


# %% [markdown]
# A **checkpoint** needs what the next step needs: the network *and* the optimiser's table, in which
# `optim.sgd` keeps the momentum as `dfdx`. Torch7's users saved both, in two files or as one table.
# Without the table the loaded network would have the same answers, and go on to other weights.

# %%
show_lua("one_cnn.lua", "-- A checkpoint", "-- The weights, or")

# %% tags=["same-cnn"]
def save(model, path):
    one_cnn.save(model, f"{path}.t7")


def load(path):
    return one_cnn.load(f"{path}.t7")


# %% [markdown]
# ## Is it the same network?

# %%
from onecnn import ladder

report = ladder.climb(build, logits, gradients, train_step, read_weights, save, load)
report.save("torch7")
print(report)

# %%
from onecnn import figures

figures.climbed(report, "Torch7 (reconstruction) on the parity ladder")

# %% [markdown]
# No tensor was ever asked to remember anything. Every gradient came from a function that somebody
# wrote.

# %%
import numpy as np

from onecnn import mnist

digits = mnist.load()
images, labels = digits.train_images[:64], digits.train_labels[:64]
model = build(spec.initial_weights())
gradients(model, images, labels)
everything = [*one_cnn.weights(model).values(), *one_cnn.gradients(model).values()]
print("tensors that ask PyTorch for a gradient:",
      sum(tensor.th.requires_grad for tensor in everything))

# %% [markdown]
# **What did it learn?** The same as [the network by hand](02_by_hand.ipynb), to the last answer:
# the rung `training` has followed every step. Its loss curve and its mistakes stand there, and are
# not drawn again here.

# %%
print("the reference's answers to all 1,000 test digits:",
      report.predictions == ladder.expected()["predictions"].tolist())
print("test accuracy at least 94 %:",
      np.mean(report.predictions == digits.test_labels) >= 0.94)

# %% [markdown]
# ## Where is the graph?
#
# In the list `modules` of the Sequential. It is known before any number flows, as in Theano; but it
# is an ordinary Lua table that you may walk, print and change, and each module runs at once.
#
# After one pass, every module holds its two buffers. The gradient that a module hands down has the
# shape of the output that it was given.

# %%
modules = [model.model.modules[place] for place in range(1, 11)]
handed_up = [images.shape] + [tuple(module.output.th.shape) for module in modules]
handed_down = [module.gradInput and tuple(module.gradInput.th.shape) for module in modules] + [
    tuple(model.criterion.gradInput.th.shape)]
print("every gradInput has its input's shape:",
      all(g == x for g, x in zip(handed_down, handed_up) if g))
print("modules without gradInput:", [place for place, g in enumerate(handed_down, 1) if not g])

# %%
names = [lua.globals().torch.typename(module)[3:] for module in modules] + ["CrossEntropyCriterion"]
fig, ax = lesson.figure(10.5, 3)
for i, (name, shape, gradient) in enumerate(zip(names, handed_up, handed_down)):
    last = name == names[-1]
    ax.plot(i, 0, lesson.MARKERS[1 if last else 0], color=lesson.GREEN if last else lesson.BLUE,
            markersize=13)
    ax.text(i - 0.05, 0.4, name, rotation=35, ha="left", va="bottom", fontsize=9)
    style = {"arrowstyle": "->", "lw": 1.8}
    ax.annotate("", (i - 0.12, 0.14), (i - 0.88, 0.14), arrowprops={**style, "color": lesson.BLUE})
    if gradient:
        ax.annotate("", (i - 0.88, -0.14), (i - 0.12, -0.14),
                    arrowprops={**style, "color": lesson.VERMILION, "ls": "--"})
    ax.text(i - 0.4, -0.3, "x".join(map(str, shape)), rotation=35, ha="right", va="top", fontsize=8)
ax.text(-1, 0.16, "output", color=lesson.BLUE, ha="right", va="center", fontsize=9)
ax.text(-1, -0.16, "gradInput", color=lesson.VERMILION, ha="right", va="center", fontsize=9)
ax.set(xlim=(-1.9, 11.5), ylim=(-1.2, 2))
ax.set_axis_off()
lesson.show(fig, alt="The ten modules of the Sequential in a row, then the criterion. Solid arrows "
            "carry outputs to the right, dashed arrows carry gradInput to the left, with equal "
            "shapes on each edge; only the first edge has no dashed arrow.")

# %% [markdown]
# ## The same idea in 60 lines: who calls whom?
#
# To see the idea bare, here is an engine in NumPy with the protocol of `nn`: a reconstruction for
# reading. The arithmetic is the [reference's](02_by_hand.ipynb); the engine only decides who calls
# it, and when.

# %%
from onecnn import reference


class Module:
    def forward(self, input):
        self.output = self.updateOutput(input)
        return self.output

    def backward(self, input, gradOutput):
        self.gradInput = self.updateGradInput(input, gradOutput)
        self.accGradParameters(input, gradOutput)
        return self.gradInput

    def accGradParameters(self, input, gradOutput):
        pass  # most modules have no parameters


# %% [markdown]
# Three modules without parameters. Each knows its own derivative and nothing else. `MaxPool`
# remembers the winners between its two calls: state that lives in the module, not on a tape.

# %%
class ReLU(Module):
    def updateOutput(self, input):
        return np.maximum(input, 0)

    def updateGradInput(self, input, gradOutput):
        return gradOutput * (input > 0)


class MaxPool(Module):
    def updateOutput(self, input):
        output, self.indices = reference.max_pool(input)
        return output

    def updateGradInput(self, input, gradOutput):
        return reference.max_pool_backward(gradOutput, self.indices, input.shape)


# %%
class View(Module):
    def updateOutput(self, input):
        return input.reshape(len(input), -1)

    def updateGradInput(self, input, gradOutput):
        return gradOutput.reshape(input.shape)


# %% [markdown]
# Two modules with parameters. Gradients are **added**, in place: `+=`. The reference computes all
# three gradients of a convolution at once, so the first of the two calls keeps them for the second.

# %%
class Linear(Module):
    def updateOutput(self, input):
        return input @ self.weight.T + self.bias

    def updateGradInput(self, input, gradOutput):
        return gradOutput @ self.weight

    def accGradParameters(self, input, gradOutput):
        self.gradWeight += gradOutput.T @ input
        self.gradBias += gradOutput.sum(axis=0)


# %%
class Convolution(Module):
    def updateOutput(self, input):
        return reference.convolve(input, self.weight, self.bias)

    def updateGradInput(self, input, gradOutput):
        gradInput, *self.kept = reference.convolve_backward(gradOutput, input, self.weight)
        return gradInput

    def accGradParameters(self, input, gradOutput):
        self.gradWeight += self.kept[0]
        self.gradBias += self.kept[1]


# %% [markdown]
# The container is a module too. Forward from the first to the last, backward from the last to the
# first: these two loops are all that autograd would do for a chain.

# %%
class Sequential(Module):
    def __init__(self, *modules):
        self.modules = modules

    def updateOutput(self, input):
        for module in self.modules:
            input = module.forward(input)
        return input

    def updateGradInput(self, input, gradOutput):
        inputs = [input, *(module.output for module in self.modules[:-1])]
        for module, its_input in zip(self.modules[::-1], inputs[::-1]):
            gradOutput = module.backward(its_input, gradOutput)
        return gradOutput


# %% [markdown]
# Last, the two flat vectors. `setattr` makes each weight a view into them, so `gradParams[:] = 0`
# clears every module's gradient, and a change of `params` changes the network.

# %%
LAYERS = {"conv1": 0, "conv2": 3, "dense1": 7, "dense2": 9}


def place(name, gradient=False):
    layer, kind = name.split(".")
    return LAYERS[layer], f"grad{kind.capitalize()}" if gradient else kind


def flat_views(network, weights):
    params = np.concatenate([value.ravel() for value in weights.values()])
    gradParams = np.zeros_like(params)
    for flat, gradient in ((params, False), (gradParams, True)):
        start = 0
        for name, value in weights.items():
            number, attribute = place(name, gradient)
            setattr(network.modules[number], attribute,
                    flat[start:start + value.size].reshape(value.shape))
            start += value.size
    return params, gradParams


# %% [markdown]
# And the seven functions, on the engine.

# %%
from types import SimpleNamespace


def engine_build(weights):
    network = Sequential(Convolution(), ReLU(), MaxPool(), Convolution(), ReLU(), MaxPool(), View(),
                         Linear(), ReLU(), Linear())
    params, gradParams = flat_views(network, weights)
    return SimpleNamespace(network=network, params=params, gradParams=gradParams,
                           dfdx=np.zeros_like(params))


def engine_read(model, gradient=False):
    found = {}
    for name in spec.SHAPES:
        number, attribute = place(name, gradient)
        found[name] = getattr(model.network.modules[number], attribute).copy()
    return found


# %%
def engine_evaluate(model, images, labels):
    model.gradParams[:] = 0
    loss, gradOutput = reference.cross_entropy(model.network.forward(images), labels)
    model.network.backward(images, gradOutput)
    return loss


def engine_step(model, images, labels):
    loss = engine_evaluate(model, images, labels)
    model.dfdx *= spec.MOMENTUM
    model.dfdx += model.gradParams
    model.params -= spec.LEARNING_RATE * model.dfdx
    return loss


# %%
def engine_logits(model, images):
    return model.network.forward(images)


def engine_gradients(model, images, labels):
    loss = engine_evaluate(model, images, labels)
    return loss, engine_read(model, gradient=True)


# %%
def engine_save(model, path):
    np.savez(f"{path}.npz", dfdx=model.dfdx, **engine_read(model))


def engine_load(path):
    with np.load(f"{path}.npz", allow_pickle=False) as stored:
        model = engine_build({name: stored[name] for name in spec.SHAPES})
        model.dfdx[:] = stored["dfdx"]
    return model


# %% [markdown]
# The sixth rung is left out here: plain NumPy would take half a minute or more for 310 steps in
# float64. Take `training=False` away if you have the time; it holds.

# %%
engine = ladder.climb(engine_build, engine_logits, engine_gradients, engine_step, engine_read,
                      engine_save, engine_load, training=False)
print(engine)

# %% [markdown]
# The engine climbs all six. What it cannot do shows the limits of the idea: a layer used twice
# would overwrite its own `output` before `backward` has read it, and a branch needs a container
# that somebody has to write. Torch had `nn.Concat`, `nn.ParallelTable`, `nn.CAddTable`; then
# `nngraph`; then, from Twitter, `torch-autograd`, "completely eliminating the need to write
# gradients".

# %% [markdown]
# ## What did an optimiser look like?
#
# A function. It is given a closure that evaluates loss and gradient, the flat vector, and a table
# for its memory.

# %%
show_lua("optim.lua", "function optim.sgd", "return optim")

# %% [markdown]
# Look at `dampening`. In Torch7 its default was the momentum itself: with momentum 0.9, each new
# gradient counted for a tenth. PyTorch changed it to 0 early on, as
# [intel/BigDL 1499](https://github.com/intel/BigDL/issues/1499) tells, for a library that had
# inherited the old one. So `one_cnn.lua` says `dampening = 0`.
#
# **Predict, then run.** Leave it out. Which rung breaks: gradients, steps, or training?
#
# <details><summary>Answer</summary>
#
# `steps`, and not at the first step: Torch did not dampen that one. From the second on the steps
# are too short. Old learning rates from Torch papers do not carry over to PyTorch for that reason.
#
# </details>

# %%
def build_with_default_dampening(weights):
    model = build(weights)
    model.config.dampening = None  # nil: as if the line had never been written
    return model


broken = ladder.climb(build_with_default_dampening, logits, gradients, train_step, read_weights,
                      save, load)
print("broken rung:", broken.failed_rung)

# %% [markdown]
# ## The high level: where was `fit()`?
#
# `nn` had one trainer, `nn.StochasticGradient`: one example at a time, no momentum. Who wanted
# more wrote the loop, with `optim`. Around it grew **dp** (Nicholas Léonard, in the style of
# pylearn2) and, in July 2016, Facebook's **Torchnet**, because researchers "repeatedly re-implement
# experimentation logics". The script `train.lua` uses a reconstruction of the first.

# %%
show_lua("train.lua", "local dataset", "local guess")

# %% [markdown]
# `dofile` runs it, as `th train.lua` did in 2015.

# %%
inputs, targets = to_lua(digits.train_images[:1000], digits.train_labels[:1000])
lua.globals().digits = lua.table(images=inputs, targets=targets)
lua.globals().dofile((SCRIPTS / "train.lua").as_posix())

# %% [markdown]
# Where each level stopped helping: bare tensors leave every derivative to you; `nn` leaves you the
# loop, and stops at the first shape that is no chain; the trainer stopped at the first mini-batch.
#
# ## What is in a `.t7` file?
#
# One object, written recursively: a kind, a running number, a class name, the fields. `t7.lua`
# writes the part of Torch7's binary format that a network needs. Here it writes the network alone.

# %%
import tempfile

with tempfile.TemporaryDirectory() as folder:
    lua.globals().torch.save(f"{folder}/one_cnn.t7", model.model.clearState(model.model))
    content = Path(folder, "one_cnn.t7").read_bytes()
print("kind and number:", np.frombuffer(content[:8], "<i4"))
print("version:", content[12:15], "  class:", content[19:32])
print("blocks of numbers for eight weights and eight gradients:",
      content.count(b"torch.FloatStorage"))

# %% [markdown]
# Is it really Torch7's format? We gave such a file to two programs that have read Torch7's files
# for years: the Python package `torchfile`, and OpenCV 4.12 (`cv2.dnn.readNetFromTorch`). Both
# opened it, and OpenCV's logits agreed with ours within 1e-5 (tried 2026-11-24; neither is
# installed here). PyTorch itself gave up reading `.t7` with version 1.0.
#
# A `.t7` could hold *functions*, as bytecode: loading a stranger's network could run a stranger's
# code. Our reader refuses.

# %%
with tempfile.TemporaryDirectory() as folder:
    a_function = np.array([8, 1, 0], "<i4")  # kind 8
    Path(folder, "stranger.t7").write_bytes(a_function.tobytes())
    try:
        load(f"{folder}/stranger")
    except luajit21.LuaError as error:
        print(str(error).splitlines()[0])

# %% [markdown]
# ## A trap: looking at the weights
#
# You want to print all weights after each epoch, and there is a method called `getParameters`. It
# sounds as if it only looked. But it moves all weights to a *new* block of memory each time. The
# vector that your optimiser holds is then a copy that nobody uses.
#
# It is documented ("should be called only once"), and it caught people for years:
# [torch/nn 483](https://github.com/torch/nn/issues/483) (2015, still open). There a maintainer
# calls it "historical clowntown".


# %%
def careless_read_weights(model):
    flat, _ = model.model.getParameters(model.model)
    ends = np.cumsum([np.prod(shape) for shape in spec.SHAPES.values()])
    parts = np.split(flat.th.numpy().copy(), ends[:-1])
    return {name: part.reshape(shape) for (name, shape), part in zip(spec.SHAPES.items(), parts)}


# %%
watched = build(spec.initial_weights())
before = careless_read_weights(watched)
losses = [train_step(watched, images, labels) for _ in range(5)]
after = careless_read_weights(watched)
print("five steps on one batch, loss unchanged:", len(set(losses)) == 1)
print("weights unchanged:", all(np.array_equal(before[name], after[name]) for name in before))

# %% [markdown]
# That is the symptom: no error, and nothing moves. **Predict, then run.** Which rung names it? The
# ladder calls the reader first, on the rung `shapes`.
#
# <details><summary>Answer</summary>
#
# `gradients`. The optimiser's `gradParams:zero()` clears the old block; the modules add to the new
# one. The second pass finds the first one's gradients still there: everything is doubled. A
# function that reads weights has broken the gradients.
#
# </details>

# %%
broken = ladder.climb(build, logits, gradients, train_step, careless_read_weights, save, load)
print("broken rung:", broken.failed_rung)

# %% [markdown]
# The cure: call `getParameters` once, before training, as `M.prepare` does, and look at the
# modules' own tensors, as `M.weights` does, or with `parameters()`: that moves nothing.
#
# In January 2016 a change made the second call harmless
# ([torch/nn 563](https://github.com/torch/nn/pull/563)), and was reverted the same day. PyTorch
# left the method out on purpose: in 2017 a maintainer answered a request for it with the subtle
# bugs that it had led to in Torch
# ([pytorch/pytorch 2794](https://github.com/pytorch/pytorch/issues/2794)).

# %% [markdown]
# ## Which class is 0?
#
# None. Lua's classes are 1 to 10, and `to_lua` adds 1. Without that line:

# %%
try:
    one_cnn.evaluate(model, wrap(torch.from_numpy(images)), wrap(torch.from_numpy(labels)))
except IndexError as error:
    print(str(error).splitlines()[0])

# %% [markdown]
# This mistake is loud: the kernel subtracts 1, and class 0 becomes -1
# ([torch/nn 471](https://github.com/torch/nn/issues/471)). When THNN was prepared for Python in
# 2016, that 1 became a constant of the C code, `TH_INDEX_BASE`: 1 for Lua, 0 for PyTorch.

# %% [markdown]
# ## What came of it?
#
# | when | what |
# |---|---|
# | 2011 | Torch7, at NIPS: a tensor library in C, Lua on top |
# | 2015-12 | THNN: the kernels of `nn`, free of Lua |
# | 2016 | Adam Paszke comes to Facebook as an intern, to build the next Torch; Python takes Lua's place |
# | 2017 | Torch7's development ends; ATen, a C++ library, wraps and then replaces TH and THNN |
# | 2018 | PyTorch 1.0 drops the legacy `nn` and the `.t7` reader |
# | 2019-10 | `SpatialConvolutionMM` is ported to ATen by one of THNN's authors |
# | 2021-12 | "delete TH": the last of that folder leaves PyTorch |

# %% [markdown]
# **Why did it fade?** Lua was fast and small, but the scientific world was in Python, and writing
# derivatives by hand had found its alternative: Chainer recorded the graph. PyTorch joined them:
# Torch's tensors and kernels, Chainer's tape, Python.
#
# **A popular error:** "PyTorch is Torch7 with a Python wrapper." Such a wrapper existed, by Hugh
# Perkins, even under the name *pytorch*; it ran Lua underneath, as we do. What Facebook released is
# another program: the C libraries moved, the Lua stayed behind, and autograd is new.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** You write a module of your own. Its `accGradParameters` overwrites the memory of
# `gradWeight` where it should add. In which use does that give wrong gradients?
#
# <details><summary>A. In each training step of a chain in which every module stands once</summary>No. There the gradients are set to zero first, and each module is used once. Adding to zero and overwriting are the same.</details>
# <details><summary>B. When you ask for the gradient of the pixels</summary>No. That is <code>updateGradInput</code>, another of the three functions. It fills <code>gradInput</code>.</details>
# <details><summary>C. When you add up the gradients of two batches before one step</summary>Right. The second batch wipes out the first. The contract says that gradients of parameters are added.</details>
#
# <br>**2.** You call `net:forward(a)`, then `net:forward(b)`, then `net:backward(a, gradOutput)`.
# Both batches have the same size. What do you get?
#
# <details><summary>A. The gradients for <code>a</code>, since you pass <code>a</code> again</summary>No. The chain also reads what its modules left behind at the last <code>forward</code>, and that belongs to <code>b</code>.</details>
# <details><summary>B. Wrong gradients, and no error</summary>Right. You promised that <code>forward</code> ran with the same input before. The buffers hold <code>b</code>, and nobody checks.</details>
# <details><summary>C. An error: the input is not that of the last <code>forward</code></summary>No. Nobody compares them. A module trusts that you keep the promise.</details>
#
# <br>**3.** You print the norm of all weights before each step, with `getParameters`. The loss on
# one batch does not move at all. What do you change?
#
# <details><summary>A. You look with <code>parameters()</code>, and call <code>getParameters</code> once, before training</summary>Right. Each call of <code>getParameters</code> moves the weights to new memory. The optimiser goes on with the old block, which no module uses.</details>
# <details><summary>B. You raise the learning rate until the loss moves</summary>No. Longer steps change the same forgotten block. The network does not see them.</details>
# <details><summary>C. You call <code>gradParams:zero()</code> twice in each step</summary>No. That clears the old block once more. The weights that the optimiser changes are still not the network's.</details>
#
# <br>**4.** A Torch7 script says `learningRate = 0.1, momentum = 0.9` and nothing about
# `dampening`. You take both numbers to PyTorch's SGD. What changes?
#
# <details><summary>A. Nothing: momentum 0.9 means the same in both</summary>No. Torch7's default for <code>dampening</code> was the momentum itself, PyTorch's is 0.</details>
# <details><summary>B. The very first step is ten times longer than in Torch7</summary>No. Torch7 did not dampen the first step, so it is the same in both.</details>
# <details><summary>C. For a steady gradient the steps become ten times shorter than in Torch7</summary>No. It is the other way round. Torch7 counted each new gradient for a tenth, PyTorch counts it whole.</details>
# <details><summary>D. For a steady gradient the steps grow to ten times those of Torch7</summary>Right. Undampened, the momentum adds up to 1 / (1 - 0.9) = 10 gradients. Torch7 counted each new one for a tenth.</details>
#
# <br>**5.** Which network does the chapter's `Sequential` engine get wrong?
#
# <details><summary>A. A chain of fifty different modules</summary>No. The two loops do not care how long the chain is.</details>
# <details><summary>B. A chain in which the same <code>Linear</code> object stands in two places</summary>Right. Its second <code>forward</code> overwrites the <code>output</code> of the first, before <code>backward</code> has read it. A tape would hold both.</details>
# <details><summary>C. A chain in which two different <code>Linear</code> objects have the same shape</summary>No. Each object has its own weights, output and gradients. Equal shapes do no harm.</details>
# <details><summary>D. A chain whose last module has no parameters</summary>No. Such a module inherits an <code>accGradParameters</code> that does nothing.</details>
#
# <br>**6.** In Lua you take the largest of each ten logits and get classes from 1 to 10. In Python
# you compare them with the labels 0 to 9, as they are. What do you see?
#
# <details><summary>A. An <code>IndexError</code>, as when <code>to_lua</code> forgets its 1</summary>No. That one is raised by a kernel that uses the label as an index. Comparing two numbers has no range to check.</details>
# <details><summary>B. No error, and a good network with almost no right answer</summary>Right. Each right answer is one too high. On the way in the mistake is loud, on the way out it is silent.</details>
# <details><summary>C. No error, and wrong answers at one class alone, the tenth, which Python lacks</summary>No. Every class is shifted by one. A right 3 comes back as 4.</details>
#
# <br>**7.** A colleague sends you a network of 2016 as `net.t7`. You want its answers today. What
# has the best chance?
#
# <details><summary>A. The loader of today's PyTorch, the heir of Torch7's C code</summary>No. PyTorch took the kernels over, but it gave up reading <code>.t7</code> with version 1.0.</details>
# <details><summary>B. Installing Torch7 and running the file there</summary>No. Torch7 has no packages left that you could install in the way of this course.</details>
# <details><summary>C. OpenCV 4 and its <code>readNetFromTorch</code></summary>Right. The format outlived the framework: it is documented by its readers.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | low | middle | high |
# |---|---|---|---|
# | you write | tensors, C pointers in compiled loops | `nn.Sequential`, `optim.sgd`, a closure | a dataset table, `nn.StochasticGradient` |
# | who writes the derivative | you | the module's author | the module's author |
# | it stops helping | at the first layer | at the first branch or shared layer | at the first mini-batch |

# %% [markdown]
# **Choose it when** you must read or port a network of 2012 to 2017: the `.t7` format is documented
# by its readers, and OpenCV 4 still loads it (told above). **Avoid it when** you begin anything:
# its own page says that as of 2019 the community was close to non-existent.
#
# **Take with you** the contract. A custom `torch.autograd.Function` still asks for it: a `forward`,
# a `backward`, written by the author.
#
# **Now you:** [the exercise](../../exercises/01_history/04_torch7.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - Why Lua: Collobert, Kavukcuoglu, Farabet, [Torch7: A Matlab-like Environment for Machine
#   Learning](https://publications.idiap.ch/downloads/papers/2011/Collobert_NIPSWORKSHOP_2011.pdf),
#   2011 (read in a
#   [copy](https://docslib.org/doc/453526/torch7-a-matlab-like-environment-for-machine-learning))
# - The contract, and "only once":
#   [nn, Module](https://github.com/torch/nn/blob/master/doc/module.md); the trainer:
#   [nn, training](https://github.com/torch/nn/commit/ef4ef6c56de7ee7cf02084d8ca6ccc3ec7c9265f)
# - THNN: [its README](https://github.com/torch/nn/blob/master/lib/THNN/README.md),
#   [torch/nn 506](https://github.com/torch/nn/issues/506) and
#   [524](https://github.com/torch/nn/pull/524), 2015; `TH_INDEX_BASE`:
#   [torch/nn 892](https://github.com/torch/nn/pull/892), 2016
# - `slow_conv2d`: [pytorch/pytorch 28793](https://github.com/pytorch/pytorch/pull/28793), 2019; the
#   end of TH: [69929](https://github.com/pytorch/pytorch/pull/69929), 2021; ATen as the only C++
#   tensor library: [3405](https://github.com/pytorch/pytorch/pull/3405), 2017; no more `.t7`:
#   [15307](https://github.com/pytorch/pytorch/issues/15307), 2018
# - How PyTorch began: Soumith Chintala,
#   [PyTorch's design origins](https://soumith.ch/posts/2023/12/pytorch-design-origins/), 2023
# - The first layer's `gradInput`:
#   [fb.resnet.torch 102](https://github.com/facebookarchive/fb.resnet.torch/issues/102), 2016
# - Buffers and the collector: [torch/image 107](https://github.com/torch/image/issues/107), 2015
# - Double numbers, unless a script asks for others:
#   [torch7, utility](https://github.com/torch/torch7/blob/master/doc/utility.md) (read 2026-11-30)
# - Dampening: [torch/optim 163](https://github.com/torch/optim/issues/163), 2017;
#   [intel/BigDL 1499](https://github.com/intel/BigDL/issues/1499), 2019
# - torch-autograd: [Twitter Cortex](http://lua.space/science/autograd-for-torch); dp:
#   [its rockspec](https://raw.githubusercontent.com/torch/rocks/master/dp-scm-1.rockspec);
#   Torchnet: [the paper](https://lvdmaaten.github.io/publications/papers/Torchnet_2016.pdf) (read
#   in a [copy](https://de.scribd.com/document/316785359/Torchnet-2016)),
#   [InfoQ](https://infoq.com/news/2016/07/facebook-opensource-torchnet), 2016
# - The format: [torch7, File.lua](https://github.com/torch/torch7/blob/master/File.lua);
#   [OpenCV's reader](https://docs.rs/opencv/0.29.3/opencv/dnn/fn.read_net_from_torch.html)
# - Torch7 today: [its README](https://github.com/torch/torch7); the wrapper:
#   [hughperkins/pytorch](https://www.github.com/hughperkins/pytorch)
# - lupa's garbage collection, for readers of `torch.lua`:
#   [scoder/lupa 293](https://github.com/scoder/lupa/issues/293),
#   [294](https://github.com/scoder/lupa/issues/294), 2026

# %% [markdown]
# **On your path:**
#
# - *The history, 6 of 11:* [PyTorch](../02_frameworks/02_pytorch.ipynb) → here →
#   [Chainer](05_chainer.ipynb)
#
# **In the order of the folders:** previous [Theano](03_theano.ipynb) · next
# [Chainer](05_chainer.ipynb) · [all chapters](../00_start_here.ipynb)
