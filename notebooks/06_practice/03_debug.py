# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Find the bug: ten of them in one script
#
# After this notebook you will be able to take a training script that runs, complains of nothing and
# learns nothing, and find out why, with the tool that fits each bug.
#
# **You will learn to**
# - hunt a NaN in PyTorch, JAX and TensorFlow;
# - look into a network with hooks, and into a function with a debugger;
# - say where a breakpoint stops in code that is compiled;
# - check gradients, shapes, batches and seeds;
# - leave a test behind for each bug.
#
# **Before you start:** [Your first network](../00_your_first_network.ipynb),
# [PyTorch](../02_frameworks/02_pytorch.ipynb) and
# [The parity ladder](../03_comparison/01_parity_ladder.ipynb). Kernel `deployment`
# (`python3 course.py lab --with deployment`), about 45 minutes.
# Open [script.py](03_debug/script.py) beside this notebook: 80 lines, ten bugs.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What does a broken script say?
#
# `script.py` trains the course's network. Each bug is a small edit of a line that was right. Seven
# are found here, three are left for the exercise. `workshop.py` loads the script with some of them
# mended; at present, none.

# %%
import math

import torch

from onecnn import cells

workshop = cells.program("06_practice/03_debug/workshop")
script = workshop.load()

torch.manual_seed(0)
model, losses, score = script.run()
print("steps:", len(losses), "  the last loss is a number:", math.isfinite(losses[-1]))
print(f"accuracy: {score:.0%}   errors: none")

# %% [markdown]
# Ten bugs, and not a word about them: no error, no warning, one digit in ten, which is what
# guessing gives. Python saw nothing wrong, so you need tools that know numbers, shapes and data.
#
# A rule for the hunt: **one change at a time, and each bug leaves a test.** A test here is a
# function of the script that says True or False. You collect them, from the first bug to the last.

# %%
tests = {}


def test(function):
    """Adds a test to the collection."""
    tests[function.__name__.replace("_", " ")] = function
    return function


def three_steps(script):
    torch.manual_seed(0)
    images, labels, *_ = script.load()
    model = script.Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    return [script.step(model, optimizer, images[n:n + 64], labels[n:n + 64]) for n in (0, 64, 128)]


@test
def losses_are_numbers(script):
    return all(map(math.isfinite, three_steps(script)))


print("losses are numbers:", losses_are_numbers(script))

# %% [markdown]
# ## Where does the NaN come from?
#
# A NaN, *not a number*, spreads: what is computed from it is NaN, too. The place where you see it
# need not be the place where it began. PyTorch's **anomaly detection** keeps, for each operation,
# the line of Python that called it, and stops at the first one whose *gradient* holds a NaN.

# %%
import warnings


def anomaly(call, *arguments):
    """The operation that PyTorch blames, and the line of Python that called it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with torch.autograd.detect_anomaly():
                call(*arguments)
        except RuntimeError as error:
            print(error)
            lines = str(caught[-1].message).split(" (Triggered")[0].splitlines()
            print("called by:", lines[-1].strip())


anomaly(three_steps, script)

# %% [markdown]
# It points into `loss_of`: softmax, then the logarithm. A chance that is too small for a float32
# becomes zero, its logarithm minus infinity, and the way back divides zero by zero.
# `log_softmax` computes both at once, without the zero.
#
# Anomaly detection costs time: switch it on to hunt, then off (`set_detect_anomaly(True)` does it
# for a whole program).

# %%
workshop.mended("loss")
script = workshop.load("loss")
print("losses are numbers:", losses_are_numbers(script))

# %% [markdown]
# ## The value is right: is the gradient?
#
# The entropy of chances is $-\sum p \log p$, where $0 \log 0$ counts as 0. `torch.where` takes care
# of the zero. Here the network is sure: one chance is 1, the others 0.
#
# **Predict, then run.** The entropy is 0. What is its gradient at the zeros?
#
# <details><summary>Answer</summary>
#
# NaN. Zero times the logarithm of zero is NaN already, and `where` hides it. On the way back the
# hidden branch gets the gradient 0, and that meets the same infinite logarithm: NaN again.
#
# </details>

# %%
def entropy(chances):
    return -torch.where(chances > 0, chances * chances.log(), 0.0).sum()


sure = torch.tensor([1.0, 0.0, 0.0], requires_grad=True)
print("entropy is zero:", entropy(sure).item() == 0)
print("gradient:", torch.autograd.grad(entropy(sure), sure)[0].tolist())
anomaly(lambda: entropy(sure).backward())

# %% [markdown]
# Users have met this for years
# ([pytorch/pytorch issue 68425](https://github.com/pytorch/pytorch/issues/68425), with `exp`). The
# cure is a second `where`, *before* the dangerous operation, so that no infinity arises:

# %%
def safe_entropy(chances):
    safe = torch.where(chances > 0, chances, 1.0)  # 1 log 1 is 0
    return -(safe * safe.log()).sum()


print("gradient:", torch.autograd.grad(safe_entropy(sure), sure)[0].tolist())

# %% [markdown]
# ## What do JAX and TensorFlow offer for the hunt?
#
# JAX has a switch, `jax_debug_nans`. With it, JAX looks at what a call hands out: of a compiled
# function, its answer. Where that holds a NaN, it runs the code again, operation by operation, and
# raises. Unlike PyTorch's, it sees the way forward, too; but a NaN that `where` hides inside
# compiled code stays unseen.

# %%
import contextlib
import io

import jax
import jax.numpy as jnp


def in_jax(chances):
    return -jnp.where(chances > 0, chances * jnp.log(chances), 0.0).sum()


# %%
slope, sure = jax.jit(jax.grad(in_jax)), jnp.array([1.0, 0.0, 0.0])
print("numbers that are none:", int(jnp.isnan(slope(sure)).sum()))
jax.config.update("jax_debug_nans", True)
print("the value alone, compiled, is let through:", float(jax.jit(in_jax)(sure)) == 0)
try:
    with contextlib.redirect_stdout(io.StringIO()):  # it says there that it runs the code again
        slope(sure)
except FloatingPointError as error:
    print("FloatingPointError:", error)
jax.config.update("jax_debug_nans", False)

# %% [markdown]
# TensorFlow has `tf.debugging.check_numerics(tensor, message)` for one tensor, and
# `tf.debugging.enable_check_numerics()` for each operation. The program `tensorflow_nan.py` uses
# both, in a process of its own.

# %%
tensorflow = cells.run("02_frameworks/01_tensorflow",
                       "06_practice/03_debug/tensorflow_nan:report")
print("entropy is zero:", tensorflow["value"] == 0)
print("numbers that are none:", tensorflow["not numbers"])
print("one tensor:", tensorflow["one tensor"])
print("each operation:", tensorflow["each operation"].split(" (#")[0])

# %% [markdown]
# Three tools, three places. TensorFlow's goes off at the logarithm, because minus infinity counts.
# JAX's goes off at the product, where the NaN is made (`jax_debug_infs` is for infinities).
# PyTorch's goes off on the way back.

# %% [markdown]
# ## What do hooks see?
#
# A **forward hook** is a function that PyTorch calls when a layer has answered, with the layer, its
# input and its output. You need not touch the network's code. Ours notes each layer's shape and how
# far its values spread. (`register_forward_hook` returns a handle, whose `remove()` ends it; here
# the network goes, and its hooks with it.)
#
# **Predict, then run.** The network has two convolutions and two dense layers. How many lines?
#
# <details><summary>Answer</summary>
#
# Two. PyTorch does not know the convolutions: they stand in a Python list, and a module registers
# modules, not lists. `parameters()` does not give their weights, so the optimizer does not move
# them.
#
# </details>

# %%
def watch(script):
    """[(name, shape, standard deviation)] of what each layer gives for 64 digits."""
    torch.manual_seed(0)
    seen, model = [], script.Net()
    for name, layer in model.named_modules():
        if not list(layer.children()):
            layer.register_forward_hook(lambda layer, given, out, name=name: seen.append(
                (name, tuple(out.shape), out.std().item())))
    model(script.scaled(script.load()[0][:64]))
    return seen


for name, shape, _ in watch(script):
    print(f"{name:8} {shape}")

# %%
@test
def all_weights_are_known(script):
    return sum(weight.numel() for weight in script.Net().parameters()) == 56_714


workshop.mended("list")
print("before:", all_weights_are_known(script))
script = workshop.load("loss", "list")
print("after: ", all_weights_are_known(script))
print("layers:", [name for name, *_ in watch(script)])
print("the first loss is above a thousand:", three_steps(script)[0] > 1000)

# %% [markdown]
# ## Where do the values explode?
#
# The loss is a number now, but it begins in the thousands. A network that knows nothing should give
# ten equal chances, so a good start is near $\ln 10 = 2.3$. The hooks tell which layer begins it.

# %%
exploding = watch(script)
workshop.mended("start")
script = workshop.load("loss", "list", "start")
steady = watch(script)

fig, ax = lesson.figure(7, 3)
for seen, color, marker, label in ((exploding, lesson.VERMILION, "D", "weights spread by 1"),
                                   (steady, lesson.BLUE, "o", "He's start")):
    ax.plot([name for name, *_ in seen], [spread for *_, spread in seen], marker=marker,
            color=color, label=label)
ax.set(yscale="log", xlabel="layer, in the order in which they run",
       ylabel="spread of the values", title="What each layer passes on")
ax.legend(loc="upper left")
lesson.show(fig, alt="The standard deviation of each layer's output, on a logarithmic axis. With "
            "weights spread by 1 it grows from a few units to thousands over four layers; with "
            "He's start it stays between 1 and 3.")

# %% [markdown]
# Each unit adds up many inputs. With weights spread by 1, a layer of $n$ inputs multiplies the
# spread by about $\sqrt n$, and the next layer multiplies that. **He's start**, `kaiming_normal_`,
# divides by it, and multiplies by $\sqrt 2$ for what ReLU cuts off.


# %%
@test
def starts_near_guessing(script):
    return three_steps(script)[0] < 10


print("grew more than a hundredfold:", exploding[-1][2] > 100 * exploding[0][2])
print("starts near guessing:", starts_near_guessing(script))

# %% [markdown]
# ## A trap: what is (64, 1) compared with (64,)?
#
# The first cell said: accuracy 10%. Is the network bad, or the ruler? Test the ruler: give it a
# network that knows the answers.

# %%
labels = torch.arange(64) % 10
images = torch.rand(64, 1, 28, 28)


def oracle(images):
    return torch.nn.functional.one_hot(labels, 10).float()


print(f"accuracy of one who knows: {script.accuracy(oracle, images.clone(), labels):.0%}")

# %% [markdown]
# Now a debugger. Python's own is `pdb`: `next` runs a line, `p` prints what an expression is worth.
# You would type these commands; a notebook that runs by itself gives them as a list. `->` is the
# line that comes next.

# %%
workshop.debug(["next", "p answers.shape", "p labels.shape", "p (answers == labels).shape"],
               script.accuracy, oracle, images.clone(), labels)

# %% [markdown]
# A column meets a row, and both are **broadcast**: stretched to 64 x 64. Each answer is compared
# with each label, and a tenth agrees by chance. With `-` the same happens to a loss:
# [pytorch/pytorch issue 16045](https://github.com/pytorch/pytorch/issues/16045) (2019) fits a line
# so, and gets another one, without an error. PyTorch's `mse_loss` warns [since
# 1.1](https://github.com/pytorch/pytorch/issues/19991). Your own `-` and `==` do not.

# %%
column = torch.rand(64, 1)
row = column[:, 0]  # the same numbers: a perfect answer
print("difference:", tuple((column - row).shape))
print("mean of its squares is zero:", ((column - row) ** 2).mean().item() == 0)
print("and in one shape:", ((column[:, 0] - row) ** 2).mean().item() == 0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    torch.nn.functional.mse_loss(column, row)
print("mse_loss warns:", str(caught[0].message).split(". ")[1])

# %%
@test
def a_perfect_network_scores_one(script):
    return script.accuracy(oracle, images.clone(), labels) == 1


workshop.mended("accuracy")
script = workshop.load("loss", "list", "start", "accuracy")
print("a perfect network scores one:", a_perfect_network_scores_one(script))

# %% [markdown]
# Which rung of the ladder catches it? In a loss with squares, as above, the rung `loss`: the number
# is another one. Your `accuracy` the ladder does not ask for, so test it yourself. A cure beyond
# the mend: write down the shape that you expect, `assert answers.shape == labels.shape`.

# %% [markdown]
# ## How do you stop where an error was raised?
#
# After an error, run `%debug` in a cell of its own: you stand in the line that raised it, with all
# variables as they were. `up` climbs to the caller. Outside of a notebook, `python -m pdb -c
# continue program.py` does so. Here somebody forgot the axis of the channels:

# %%
try:
    script.Net()(torch.rand(64, 28, 28))
except RuntimeError as error:
    print(error)
    workshop.post_mortem(
        ["p tuple(input.shape)", "up", "up", "up", "up", "p tuple(x.shape)"], error)

# %% [markdown]
# PyTorch read three axes as one picture of 64 channels. Four steps up, past its own code, stands
# the line of yours.

# %% [markdown]
# ## What does JupyterLab's bug button do?
#
# To stop *before* an error, you set a breakpoint. In JupyterLab, the
# [bug button](https://jupyterlab.readthedocs.io/en/stable/user/debugger.html) above a notebook
# switches the debugger on, and a click beside a line sets a breakpoint there. What happens then is
# a talk with the kernel, in messages of the *Debug Adapter Protocol* with some
# [of Jupyter's own](https://jupyterlab.readthedocs.io/en/4.4.x/api/interfaces/debugger.IDebugger.ISession.IDumpCellArguments.html).
# The program `bug_button.py` holds such a talk with a kernel that it starts:

# %%
CELL = """import numpy as np

def accuracy(answers, labels):
    same = answers == labels
    return same.mean()

accuracy(np.zeros((64, 1)), np.zeros(64))"""

with cells.program("06_practice/03_debug/bug_button").pressed() as button:
    frame = button.stop(CELL, line=5)
    print("stopped in", frame["name"], "at line", frame["line"])
    for expression in ("answers.shape", "labels.shape", "same.shape"):
        print(expression, "=", button.value(frame, expression))
    button.go_on()
print("sent:", ", ".join(dict.fromkeys(button.messages)))

# %% [markdown]
# What does an editor add? VS Code runs a cell
# [line by line](https://github.com/microsoft/vscode-jupyter/wiki/How-notebook-run-by-line-works),
# by stepping again and again in the kernel's own debugger. PyCharm shows a variable
# [as an array](https://www.jetbrains.com/help/pycharm/2019.1/viewing-as-array.html), with a format
# that you choose (so its manual of 2019.1).

# %% [markdown]
# **Half-way.** Four bugs are found, three more follow. This is a good place for a break.

# %% [markdown]
# ## Where does a breakpoint stop in compiled code?
#
# `breakpoint()`, written into a line, starts the debugger there. Python asks `sys.breakpointhook`
# for it. The next cell puts a function there that notes what it finds and goes on. Then a function
# is called three times: plain, and compiled.
#
# **Predict, then run.** How often does each stop, and is there a value?
#
# <details><summary>Answer</summary>
#
# Plain PyTorch and `torch.compile`: three times, with values. `jax.jit` and `tf.function`: once,
# while they [trace](../00_glossary.ipynb#Tracing), and there is no value yet. Later calls run no
# Python.
#
# </details>

# %%
import sys

stops = []


def note():
    found = sys._getframe(1).f_locals["x"]  # of the function that has the breakpoint
    stops.append("symbol" if isinstance(found, jax.core.Tracer) else "value")


def work(x):
    y = 2 * x
    breakpoint()
    return y + 1


# %%
def three_calls(function, make):
    stops.clear()
    for number in (1.0, 2.0, 3.0):
        function(make(number))
    return list(stops)


def backend(graph, inputs):
    """Is handed what PyTorch traced; runs it as it is, so that no C++ compiler is needed."""
    graphs.append(graph)
    return graph.forward


graphs = []
compiled = torch.compile(workshop.apart(work), backend=backend)

# %%
sys.breakpointhook = note
print("plain:        ", three_calls(work, torch.tensor))
print("torch.compile:", three_calls(compiled, torch.tensor))
print("jax.jit:      ", three_calls(jax.jit(work), jnp.array))
with jax.disable_jit():
    print("  disable_jit:", three_calls(jax.jit(work), jnp.array))
sys.breakpointhook = sys.__breakpointhook__
print("tf.function:  ", tensorflow["graph"])
print("  run eagerly:", tensorflow["eager"])
print("graphs that PyTorch made:", len(graphs))

# %% [markdown]
# JAX and TensorFlow need a switch: `jax.disable_jit()`, [`tf.config.run_functions_eagerly(True)`](
# https://www.tensorflow.org/api_docs/python/tf/config/run_functions_eagerly).
#
# `torch.compile` stops, but where? It *breaks its graph* there: one graph for what stands before,
# one for what stands after. Here is the real debugger, in the plain function and in the compiled
# one.

# %%
with workshop.at_breakpoint(["p y"]):
    work(torch.tensor(1.0))

# %%
torch.compiler.reset()  # forgets what was compiled
with workshop.at_breakpoint(["p y", "up", "p sorted(locals())"]):
    compiled(torch.tensor(1.0))

# %% [markdown]
# You land in a function that you did not write, on the compiler's way to the second half; `up`
# leads to your line, where `y` goes by another name. [pytorch/pytorch issue
# 103169](https://github.com/pytorch/pytorch/issues/103169) (2023) tells of it.
# `torch.compiler.set_stance("force_eager")` runs the plain function:

# %%
with workshop.at_breakpoint(["p y"]), torch.compiler.set_stance("force_eager"):
    compiled(torch.tensor(1.0))
torch.compiler.reset()

# %% [markdown]
# ## How do you see values without a switch?
#
# Put the looking *into* the compiled code. TensorFlow has
# [`tf.print`](https://www.tensorflow.org/api_docs/python/tf/print). JAX has `jax.debug.print`,
# `jax.debug.callback`, which hands values to any function of yours, and a breakpoint of its own.
# With `stdin` the commands are given, as above.

# %%
large = []


@jax.jit
def halve(x):
    jax.debug.print("x is {x}", x=x)
    jax.debug.callback(lambda value: large.append(float(value)), x)
    return x / 2


for number in (1.0, 3.0):
    halve(number)
jax.effects_barrier()  # the printing need not have happened when a call returns
print("called back with:", large)


# %%
@jax.jit
def stopped(x):
    y = 2 * x
    jax.debug.breakpoint(backend="cli", stdin=io.StringIO("p y\nc\n"), stdout=sys.stdout)
    return y + 1


print("\nanswer:", stopped(jnp.float32(1.0)))
jax.effects_barrier()

# %% [markdown]
# ## Can it learn eight digits by heart?
#
# Back to the script. A quick test of a whole training loop: give it the *same few digits* again and
# again. 56,714 weights can learn eight digits by heart. If the loss does not go to zero, the fault
# lies in network, loss, gradients, step, or in what they do to their input. Whether the labels are
# right it does not ask.

# %%
@test
def learns_eight_digits_by_heart(script):
    torch.manual_seed(0)
    images, labels, *_ = script.load()
    model = script.Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    losses = [script.step(model, optimizer, images[:8], labels[:8]) for _ in range(60)]
    return losses[-1] < 0.1


print("learns eight digits by heart:", learns_eight_digits_by_heart(script))

# %% [markdown]
# It does not. Keep that in mind: this test stays red to the end of the chapter. More than one bug
# is behind it, and they are yours.

# %% [markdown]
# ## What does the network really see?
#
# Look at the data *as it enters the network*. A cheap tool is a picture, with its label.

# %%
from onecnn import figures

torch.manual_seed(0)
images_in, labels_in, *_ = script.load()
figures.digits(images_in[:10].numpy(), [f"label {label}" for label in labels_in[:10].tolist()],
               alt="Ten training digits as the script hands them to the network, each with its "
               "label. Most labels name another digit than the one in the picture.")

# %% [markdown]
# `load` shuffles the images and forgets the labels. A test for it: each pair that is loaded is a
# pair of the original data.

# %%
from onecnn import mnist

digits = mnist.load()


def pairs(images, labels):
    return sorted(zip((image.tobytes() for image in images), labels.tolist()))


@test
def labels_belong_to_images(script):
    images, labels, *_ = script.load()
    return pairs(images.numpy(), labels.numpy()) == pairs(digits.train_images, digits.train_labels)


print("before:", labels_belong_to_images(script))
workshop.mended("labels")
script = workshop.load("loss", "list", "start", "accuracy", "labels")
print("after: ", labels_belong_to_images(script))

# %% [markdown]
# ## Is a gradient right?
#
# Where you write a gradient or a layer yourself, compare it with **central differences**: move a
# weight a little up and a little down, and divide. `torch.autograd.gradcheck` does so for each
# number, in float64.
#
# **Predict, then run.** A convolution with ReLU, on corners of real digits. PyTorch's own gradients
# pass at a bias of 0.1. And at 0, where the course starts?
#
# <details><summary>Answer</summary>
#
# They fail, and nothing is wrong. On a digit's black background the convolution gives exactly the
# bias: 0, the kink of ReLU. To the right of it the slope is 1, to the left 0. The difference gives
# 1/2, PyTorch says 0.
#
# </details>

# %%
weight = torch.from_numpy(digits.train_images[:4, :, 12:15, 12:15]).double()  # any will do
corners = torch.from_numpy(digits.train_images[:2, :, :12, :12]).double()  # mostly black


def layer(bias):
    return torch.relu(torch.nn.functional.conv2d(corners, weight, bias))


for start in (0.1, 0.0):
    bias = torch.full((4,), start, dtype=torch.float64, requires_grad=True)
    print(f"bias {start}: gradcheck passes:",
          torch.autograd.gradcheck(layer, bias, raise_exception=False))

# %% [markdown]
# Both numbers, for a black place. And what is *the* gradient at a kink? PyTorch has three functions
# that compute the larger of $x$ and 0:

# %%
bias, step = torch.zeros(4, dtype=torch.float64, requires_grad=True), 1e-6
black = [layer(bias + move)[0, 0, 0, 0] for move in (step, -step, 0)]
print("central difference:", ((black[0] - black[1]) / (2 * step)).item())
print("PyTorch:", torch.autograd.grad(black[2], bias)[0][0].item())
for name, larger in (("relu", torch.relu), ("maximum", lambda x: torch.maximum(x, 0 * x)),
                     ("clamp", lambda x: x.clamp(min=0))):
    x = torch.zeros((), requires_grad=True)
    print(f"{name:8} at 0:", torch.autograd.grad(larger(x), x)[0].item())

# %% [markdown]
# At a kink a framework's gradient is a choice, and each of the three lies between the slopes on
# both sides. So check away from kinks: at random biases, not at a start of zeros.

# %% [markdown]
# ## How do you test what you did not think of?
#
# A unit test tries an example that you chose. A **property test** states what holds for *every*
# input, and a library looks for the input that breaks it. With Hypothesis: `batches` gives each
# number from 0 to `count - 1` once. Three settings make it repeatable: `derandomize` draws the same
# examples in each run, no `database` remembers failures, no `deadline` depends on the clock.
# (Hypothesis still leaves a folder where it runs; `workshop.py` sends that to a temporary place.)

# %%
from hypothesis import given, settings, strategies

tried = []


def gives_each_once(batches):
    @settings(derandomize=True, database=None, deadline=None)
    @given(count=strategies.integers(0, 200), size=strategies.integers(1, 64))
    def property_holds(count, size):
        tried.append((count, size))
        given_out = [number for chosen in batches(count, size)
                     for number in range(count)[chosen]]
        assert sorted(given_out) == list(range(count))

    property_holds()


try:
    gives_each_once(script.batches)
except AssertionError:
    print("broken; the smallest example found: count, size =", tried[-1])

# %% [markdown]
# Hypothesis **shrinks** what it finds to a smallest example that still fails. One digit, and no
# batch: the loop stops one batch too early. Of 4,000 digits the script left 32 out of each epoch
# (62 steps of 64), without a word.

# %%
@test
def batches_give_each_digit_once(script):
    try:
        gives_each_once(script.batches)
    except AssertionError:
        return False
    return True


workshop.mended("batches")
script = workshop.load("loss", "list", "start", "accuracy", "labels", "batches")
print("batches give each digit once:", batches_give_each_digit_once(script))

# %% [markdown]
# ## Why does one seed give two networks?
#
# `run(seed=7)` should give one result. Two networks, before any step:

# %%
@test
def one_seed_one_network(script):
    networks = []
    for what_was_before in (1, 2):
        torch.manual_seed(what_was_before)
        networks.append(script.run(epochs=0, seed=7)[0])
    first, second = networks
    return torch.equal(first.dense1.weight, second.dense1.weight)


print("before:", one_seed_one_network(script))
workshop.mended("seed")
script = workshop.load(*workshop.FOUND)
print("after: ", one_seed_one_network(script))

# %% [markdown]
# The seed came after the network had drawn its weights. A seed fixes what is drawn *after* it.
#
# Why does the test set two other seeds before? Each run ends at the same place, a few draws after
# seed 7. Called a second time without them, both runs would begin there, and the test would pass by
# luck.

# %% [markdown]
# What else differs from run to run? **The order of a sum.** Floats round, so $(a + b) + c$ is not
# $a + (b + c)$. PyTorch adds up in blocks, `cumsum` from left to right; another number of threads,
# processor or version may cut other blocks. That is why this course fixes the threads
# (`lesson.start`) and compares with tolerances.

# %%
a, b, c = (torch.tensor(number) for number in (1e8, -1e8, 1.0))
print("(a + b) + c =", ((a + b) + c).item(), "   a + (b + c) =", (a + (b + c)).item())
many = torch.rand(100_000, generator=torch.Generator().manual_seed(0))
print("a sum in blocks, from left to right: the same number:",
      many.sum().item() == many.numpy().cumsum()[-1].item())

# %% [markdown]
# `torch.use_deterministic_algorithms(True)` makes PyTorch take algorithms that give the same in
# each run, and raise where it has none. It also fills fresh memory, so that what was not written
# shows as NaN. It does not make two versions, platforms or devices alike: PyTorch
# [does not guarantee that](https://docs.pytorch.org/docs/stable/notes/randomness.html).

# %%
torch.use_deterministic_algorithms(True)
try:
    torch.zeros(5).put_(torch.tensor([0, 0]), torch.tensor([1.0, 2.0]))  # which one stays?
except RuntimeError as error:
    print("refused:", str(error).split(",")[0])
print("fresh memory:", torch.empty(3))
torch.use_deterministic_algorithms(False)

# %% [markdown]
# ## Which test sees which bug?
#
# Seven bugs are mended, and seven tests are left behind, with the eighth that stays red. A ninth
# asks for what we wanted in the beginning. Each column below is the script after one mend more.

# %%
@test
def reads_most_digits_after_an_epoch(script):
    return script.run()[2] >= 0.85


names = list(workshop.FOUND)
columns = [workshop.load(*names[:count]) for count in range(len(names) + 1)]
sheet = {name: [bool(asked(one)) for one in columns] for name, asked in tests.items()}
print("green at the start:", sum(row[0] for row in sheet.values()), "of", len(sheet))
print("green after seven mends:", sum(row[-1] for row in sheet.values()))
print("red still:", [name for name, row in sheet.items() if not row[-1]])
print("turn green at mend:", [row.index(True) for row in sheet.values() if any(row)])

# %%
fig, ax = lesson.figure(8.5, 3.6)
for wanted, color, marker, label in ((True, lesson.BLUE, "o", "passes"),
                                     (False, lesson.VERMILION, "X", "fails")):
    places = [(place, row) for row, name in enumerate(sheet)
              for place, passed in enumerate(sheet[name]) if passed == wanted]
    ax.scatter(*zip(*places), color=color, marker=marker, s=70, label=label)
ax.set_xticks(range(len(columns)), ["none", *names])
ax.set_yticks(range(len(sheet)), list(sheet))
ax.invert_yaxis()
ax.set(xlabel="mended so far, this one the last", title="Nine tests, ten bugs")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Nine tests as rows, the script after none to seven mends as columns. Seven "
            "rows turn from fails to passes, each at its own mend; two rows, learns eight digits "
            "by heart and reads most digits after an epoch, fail in each column.")

# %% [markdown]
# The staircase is the lesson: each unit test turns green at its own mend, while other bugs are
# still there. The two tests of the whole say that *something* is wrong, and not what. You need both
# kinds.
#
# Seven bugs found, and the script still guesses. The other three are in the exercise.

# %% [markdown]
# ## How do you keep a network right?
#
# Tests that run again at each change are **regression tests**. For a whole network the course has
# two sharp ones: [the parity ladder](../03_comparison/01_parity_ladder.ipynb), which compares with
# a reference in float64, and [the contract](../05_deployment/01_export_and_onnx.ipynb), which holds
# a deployed network to its logits. [regression.py](03_debug/regression.py) asks both of the PyTorch
# chapter's network, and eight digits by heart. `python -m pytest regression.py` finds the functions
# whose names begin with `test`, and runs them:

# %%
workshop.pytest("regression.py")

# %% [markdown]
# **Predict, then run.** Somebody improves the optimizer: `nesterov=True`, another kind of momentum.
# The network still learns. Which of the three tests fails?
#
# <details><summary>Answer</summary>
#
# The ladder, on its rung `steps`. Forward and backward are right, so the contract holds, and the
# network learns by heart as before. But each step is another one.
#
# </details>

# %%
workshop.pytest("regression.py", planted=[
    ("momentum=spec.MOMENTUM", "momentum=spec.MOMENTUM, nesterov=True")])

# %% [markdown]
# The exit code is what *continuous integration* (CI) reads: a server runs this command at each
# change, and marks the change as broken if the code is not 0. The course's own,
# `.github/workflows/test.yml`, runs each chapter, and with it the ladders. In a project of yours
# the reference is yesterday's network, with its answers kept in a file.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** A loss is right, its gradient is NaN. `jax_debug_nans` and PyTorch's anomaly detection both
# stop, at different operations. Which one is nearer to where it began?
#
# <details><summary>A. PyTorch's: it names the line of the loss</summary>No. It stops on the way back, at the first gradient that is NaN. The number that led to it was made on the way forward.</details>
# <details><summary>B. JAX's: it runs the code again, and sees the way forward, too</summary>Right. In the chapter it stopped at the product, one operation after the logarithm that gave minus infinity.</details>
# <details><summary>C. Both: there is one place where a NaN begins</summary>No. A NaN in a gradient may come from an infinity that was made elsewhere, and hidden by a <code>where</code>.</details>
#
# <br>**2.** Before the first step, a forward hook on each layer shows spreads of 1, 24, 700, 3,000.
# What do you look at?
#
# <details><summary>A. The learning rate</summary>No. No step has been made: the hooks saw the network as it started.</details>
# <details><summary>B. The spread of the starting weights</summary>Right. Each layer multiplies the spread. A start by He divides by that factor, and the spread stays where it is.</details>
# <details><summary>C. The layer in which the spread is largest</summary>No. It was given large numbers already. The growth began two layers before.</details>
#
# <br>**3.** `accuracy` gives one in ten for any network, also for one that knows each label. What
# has it compared?
#
# <details><summary>A. A column with a row</summary>Right. They are broadcast to a square, each answer meets each label, and a tenth agrees by chance.</details>
# <details><summary>B. Logits with labels</summary>No. A logit is hardly ever equal to a whole number: that would give zero.</details>
# <details><summary>C. Answers with shuffled labels</summary>No. That gives one in ten for a network that was trained well, but here the answers were made from these very labels.</details>
#
# <br>**4.** You write `breakpoint()` into a function under `jax.jit`. It stops once, and `x` is a
# symbol. How do you see values?
#
# <details><summary>A. You call the function again with other numbers</summary>No. Later calls run what was compiled, without Python. It stops no more.</details>
# <details><summary>B. You write <code>print(x)</code> below it</summary>No. That is Python, too: it prints the symbol, once, while JAX traces.</details>
# <details><summary>C. <code>jax.debug.print</code>, or <code>jax.disable_jit()</code></summary>Right. The first becomes a part of the compiled code; the second runs Python, line by line.</details>
#
# <br>**5.** `gradcheck` fails for a network with ReLU whose biases are zero, on pictures with a
# black background. What now?
#
# <details><summary>A. Check at random biases</summary>Right. At zero the convolution of black lies on the kink, where differences to both sides give the mean of two slopes.</details>
# <details><summary>B. Loosen the tolerance</summary>No. One half against zero is no rounding, and a tolerance that allows it would allow real faults.</details>
# <details><summary>C. Take a smaller step than 1e-6</summary>No. However small the step, one side of it lies left of the kink and the other right.</details>
#
# <br>**6.** Somebody changes the optimizer. Accuracy stays, the contract holds, the ladder breaks
# at `steps`. Is that a bug?
#
# <details><summary>A. No: the accuracy stays</summary>No. It is another training, and whoever repeats yours will not get your network.</details>
# <details><summary>B. It is a change, and somebody should say whether it was meant</summary>Right. A regression test tells that something is not as it was. If it was meant, the reference is changed with it.</details>
# <details><summary>C. Yes: forward and backward are wrong</summary>No. Then the ladder would have broken earlier, at <code>logits</code> or <code>gradients</code>. A wrong forward would break the contract, too.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | You see | Reach for | It found |
# |---|---|---|
# | NaN | `detect_anomaly`, `jax_debug_nans`, `check_numerics` | softmax, then log |
# | a loss in the thousands | forward hooks | weights spread by 1 |
# | a layer that does not learn | hooks, a count of parameters | a Python list |
# | a score that does not change | an oracle, `pdb` | (64, 1) and (64,) |
# | nothing is learned | a picture of the data as it enters | shuffled labels |
# | nothing | a property test | a lost batch |
# | another result each time | two runs of one seed | a late seed |
# | nothing: it still learns | the ladder, as a regression test | another kind of momentum |
#
# **Choose a debugger when** you know where to look. **Choose a test when** you do not, or when it
# shall not come back.
#
# **Now you:** [the exercise](../../exercises/06_practice/03_debug.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-12-01.
# - Broadcasting: [pytorch/pytorch issue 16045](https://github.com/pytorch/pytorch/issues/16045),
#   2019, and [19991](https://github.com/pytorch/pytorch/issues/19991); `where` and NaN:
#   [68425](https://github.com/pytorch/pytorch/issues/68425), 2021; `breakpoint()` in compiled code:
#   [103169](https://github.com/pytorch/pytorch/issues/103169), 2023
# - What is reproducible: [PyTorch documentation,
#   Reproducibility](https://docs.pytorch.org/docs/stable/notes/randomness.html)
# - How JAX looks for a NaN: [JAX documentation, debugging
#   flags](https://docs.jax.dev/en/latest/debugging/flags.html)
# - Eager `tf.function`: [TensorFlow
#   documentation](https://www.tensorflow.org/api_docs/python/tf/config/run_functions_eagerly)
# - Debuggers: [JupyterLab](https://jupyterlab.readthedocs.io/en/stable/user/debugger.html),
#   [VS Code's Jupyter
#   extension](https://github.com/microsoft/vscode-jupyter/wiki/How-notebook-run-by-line-works),
#   [PyCharm 2019.1](https://www.jetbrains.com/help/pycharm/2019.1/viewing-as-array.html);
#   [JAX](https://docs.jax.dev/en/latest/debugging/index.html)
# - What runs here: PyTorch 2.13, JAX 0.10, TensorFlow 2.21, Hypothesis 6.170

# %% [markdown]
# **On your path:**
#
# - *Research, 14 of 18:* [Trainers](02_trainers.ipynb) → here →
#   [Find the lost time](04_profile.ipynb)
#
# **In the order of the folders:** previous [Trainers](02_trainers.ipynb) · next
# [Find the lost time](04_profile.ipynb) · [all chapters](../00_start_here.ipynb)
