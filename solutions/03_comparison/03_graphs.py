# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: static, dynamic, hybrid
#
# Five tasks on [the notebook about graphs](../../notebooks/03_comparison/03_graphs.ipynb), about 45
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way*
# unfolds below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import logging
import sys
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import tensorflow as tf
import torch

from onecnn import checks

torch._logging.set_logs(all=logging.CRITICAL)  # its log lines repeat what its exceptions say
tf.get_logger().setLevel("ERROR")  # it would warn of the retracing that you count

# %% [markdown]
# ## 1. Predict the traces (predict)
#
# A function `scale(x, k)` returns `x * k`. Each machine gets the same six calls, in this order:
#
# | call | 1 | 2 | 3 | 4 | 5 | 6 |
# |---|---|---|---|---|---|---|
# | length of `x` | 10 | 10 | 20 | 30 | 10 | 10 |
# | `k`, a Python number | 2 | 2 | 2 | 2 | 3 | 4 |
#
# How often is each traced in all? Write your three numbers before you run the check.

# %%
### BEGIN SOLUTION
traces = {"tf.function": 5, "jax.jit": 3, "torch.compile": 3}
### END SOLUTION


# %%
CALLS = [(10, 2), (10, 2), (20, 2), (30, 2), (10, 3), (10, 4)]


def count_traces():
    found = {"tf.function": [], "jax.jit": [], "torch.compile": []}

    def scale(name):
        return lambda x, k: (found[name].append(None), x * k)[1]

    def counting(graph_module, example_inputs):
        found["torch.compile"].append(None)
        return graph_module.forward

    torch._dynamo.reset()
    machines = [(tf.function(scale("tf.function"), autograph=False), tf.ones),
                (jax.jit(scale("jax.jit")), jnp.ones),
                (torch.compile(lambda x, k: x * k, backend=counting), torch.ones)]
    for function, ones in machines:
        for length, k in CALLS:
            function(ones([length]), k)
    return {name: len(entries) for name, entries in found.items()}


# %%
REASONS = {"tf.function": "does a new shape count? does a new value of a Python number?",
           "jax.jit": "what does it make of a Python number: a part of the program, or an input?",
           "torch.compile": "it begins exact; what does it leave open, once a size or a number has "
                            "changed?"}


def traces_are_right(answer):
    if not isinstance(answer, dict) or any(answer.get(name) is ... for name in REASONS):
        raise NotImplementedError
    counted = count_traces()
    wrong = [name for name in REASONS if answer.get(name) - counted[name]]
    return not wrong or f"{wrong[0]}: {REASONS[wrong[0]]}"


checks.grade("1 traces", traces_are_right, hint="are there three numbers, one for each machine?",
             answer=traces)

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Make a table of the six calls for each machine, and note what the machine has seen before. The
# chapter measured all three rules: what a new shape does, what a new Python number does, and what
# `torch.compile` leaves open after the first surprise.
#
# </details>

# %% [markdown]
# ## 2. Predict the graph breaks (predict)
#
# `torch.compile` gets these four functions. Into how many graphs does each fall for an input of
# four ones? Ask of each line whether only Python can do it while the program runs. Write a dict
# with the four names.


# %%
def talkative(x):
    y = torch.sin(x)
    print(end="")
    y = y * 2
    if y.sum() > 0:
        y = y + 1
    return torch.cos(y)


def choosing(x):
    y = torch.sin(x) * 2
    y = torch.where(y.sum() > 0, y + 1, y)
    return torch.cos(y)


# %%
def repeating(x):
    for power in range(4):
        if power > 1:
            x = torch.sin(x)
        x = x * power
    return x


def peeking(x):
    y = torch.sin(x)
    largest = y.max().item()
    return torch.cos(y) * largest


FUNCTIONS = (talkative, choosing, repeating, peeking)

# %%
### BEGIN SOLUTION
graphs = {"talkative": 3, "choosing": 1, "repeating": 1, "peeking": 2}
### END SOLUTION


# %%
def graphs_are_right(answer):
    wrong = []
    for function in FUNCTIONS:
        torch._dynamo.reset()
        report = torch._dynamo.explain(function)(torch.ones(4))
        if answer[function.__name__] - report.graph_count:
            wrong.append(function.__name__)
    return not wrong or f"look again at {', '.join(wrong)}: which lines can no graph hold?"


checks.grade("2 graph breaks", graphs_are_right, answer=graphs,
             hint="which things can only Python do? what does each of them do to a graph?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A break is where the program needs Python while it runs: to print, to take a branch by a number
# that is in a tensor, to get that number out. Each ends a graph, and what follows begins another. A
# loop over a Python range, and a branch on its counter, are decided while the graph is made.
#
# </details>

# %% [markdown]
# ## 3. Rewrite it so that `jit` accepts it (port)
#
# A line search shortens a step until it is below `limit`, and says whether it had to. `jax.jit`
# refuses it twice: at the `while` and at the `if`. Write `shorten_jit` so that `jax.jit` accepts
# it, with the same answers. (The check runs it once with `jit` switched off, to end a loop that
# would go on for ever.)


# %%
def shorten(x, limit):
    size = jnp.abs(x).max()
    turns = 0
    while size > limit:
        x, size, turns = x / 2, size / 2, turns + 1
    if turns > 0:
        x = x * 0.9
    return x, turns


def shorten_jit(x, limit):
    ### BEGIN SOLUTION
    x, turns = jax.lax.while_loop(lambda state: jnp.abs(state[0]).max() > limit,
                                  lambda state: (state[0] / 2, state[1] + 1), (x, 0))
    return jnp.where(turns > 0, x * 0.9, x), turns
    ### END SOLUTION


# %%
def ends(x, limit):
    """Runs it without jit; an error after 2,000 calls of functions of the cell above."""
    calls = []

    def count(frame, event, _):
        if event == "call" and frame.f_code.co_filename == shorten_jit.__code__.co_filename:
            calls.append(None)
            if len(calls) > 2000:
                raise RuntimeError("its loop does not end")

    sys.setprofile(count)
    try:
        with jax.disable_jit():
            shorten_jit(x, limit)
    finally:
        sys.setprofile(None)


# %%
def accepted():
    random, jitted = checks.random(3), jax.jit(shorten_jit)
    cases = [([3.0, -40.0], 1.0), ([1.0], 1.0), ([0.5, 0.25], 0.25), ([0.0, 0.0], 0.1),
             ([2e15, 1e-9], 1e-12), ([-1e30], 1e-30), ([np.nan, 3.0], 1.0)]
    for shape in ((5,), (1,), (2, 3)):
        largest, limit = 10 ** random.uniform(0, 2), 10 ** random.uniform(-1, 1)
        cases.append((largest * random.uniform(-1, 1, shape), limit))
    jax.make_jaxpr(shorten_jit)(jnp.ones(3), 1.0)  # what jit refuses is refused here
    for values, limit in cases:
        x = jnp.array(values, jnp.float32)
        ends(x, limit)
        (mine, turns), (wanted, wanted_turns) = jitted(x, limit), shorten(x, limit)
        if int(turns) != wanted_turns:
            return f"for {x.tolist()} and limit {limit:.3g}: not after {int(turns)} turns"
        if mine.shape != wanted.shape or not np.allclose(mine, wanted, 1e-5, 1e-7 * limit, True):
            return (f"for {x.tolist()} and limit {limit:.3g} the turns are right, the vector is "
                    "not: what happens after the loop?")
    return True


checks.grade("3 jit", accepted, hint="which of JAX's functions stands for a while, and which for "
             "an if? what belongs to the state that goes around?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `jax.lax.while_loop(condition, body, state)` is the `while`: put what changes into the state, as a
# tuple, here the vector and the number of turns; both functions get that tuple. After the loop,
# `jnp.where` takes one of two vectors by the number of turns.
#
# </details>

# %% [markdown]
# ## 4. Mend a trace that took the wrong branch (mend)
#
# `soft_step` walks along a slope, but with a slope longer than 1 it takes a step of length 1. It
# was exported by tracing (deprecated, and still met in old code: the warning of its deprecation is
# filtered, no other). The example was a long slope.

# %%
warnings.filterwarnings("ignore", "`torch.jit.trace` is deprecated", DeprecationWarning)
LONG, SHORT = torch.tensor([6.0, 8.0]), torch.tensor([0.06, 0.08])


def soft_step(slope):
    length = slope.norm()
    if length > 1:
        slope = slope / length
    return -slope


with warnings.catch_warnings():
    # the very warning that somebody overlooked
    warnings.simplefilter("ignore", torch.jit.TracerWarning)
    traced = torch.jit.trace(soft_step, LONG)
print("a short slope, eager:", soft_step(SHORT).numpy(), "  traced:", traced(SHORT).numpy())

# %% [markdown]
# Write it without any branch: one formula that is right on both sides, for a slope of any shape, so
# that a trace of it is right too, and `torch.export` accepts it. The slope that it gets stays as it
# is.


# %%
def soft_step_mended(slope):
    ### BEGIN SOLUTION
    return -slope / slope.norm().clamp(min=1)
    ### END SOLUTION


# %%
class Step(torch.nn.Module):
    def forward(self, slope):
        return soft_step_mended(slope)


def slopes_of(random):
    directions = random.standard_normal((8, 2))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    lengths = np.array([0.01, 0.3, 0.7, 0.97, 1.03, 1.4, 4.0, 90.0])[:, None]
    return [LONG, SHORT, torch.zeros(2), *torch.from_numpy(directions * lengths).float()]


def right_for_other_shapes(random):
    for shape in ((1,), (3,), (2, 3), (4, 1, 2)):
        for size in (0.05, 20):
            slope = torch.from_numpy(size * random.uniform(0.5, 1, shape)).float()
            given = slope.clone()
            mine, wanted = soft_step_mended(given), soft_step(slope)
            if not torch.equal(given, slope):
                return "the slope that you were given has changed"
            if mine.shape != wanted.shape or not torch.allclose(mine, wanted):
                return f"not for a slope of the shape {shape}, such as {slope.tolist()}"
    return True


# %%
def mended():
    slopes = slopes_of(checks.random(4))
    with warnings.catch_warnings():
        warnings.simplefilter("error", torch.jit.TracerWarning)
        programs = {"eager": soft_step_mended,
                    "traced with a long slope": torch.jit.trace(soft_step_mended, LONG),
                    "traced with a short slope": torch.jit.trace(soft_step_mended, SHORT),
                    "exported": torch.export.export(Step(), (LONG,)).module()}
    for name, program in programs.items():
        for slope in slopes:
            mine = program(slope.clone())
            if not torch.allclose(mine, soft_step(slope)):
                return f"{name}: the slope {slope.tolist()} must not give {mine.tolist()}"
    return right_for_other_shapes(checks.random(5))


checks.grade("4 mended trace", mended, hint="what could the slope be divided by, on both sides? "
             "and what of it leaves PyTorch for Python?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A long slope is divided by its length, a short one stays: it is divided by 1. So on both sides
# there is a division, by the length, but by no less than 1. A tensor has a method that keeps its
# numbers from falling below a bound; `float` and `item` would freeze the number into the trace.
#
# </details>

# %% [markdown]
# ## 5. Which style fits? (complete)
#
# The first call of a compiled function takes `first` seconds, each later one `fast`; an eager call
# takes `eager` seconds, from the first on. Some functions are called with several shapes, and each
# new shape costs a first call again. Write `cheaper`: it returns `"eager"` or `"compiled"`,
# whichever takes less time in all for `calls` calls that are spread over `shapes` shapes. If both
# take the same, it is `"eager"`, the simpler one.


# %%
def cheaper(first, fast, eager, calls, shapes=1):
    ### BEGIN SOLUTION
    compiled = shapes * first + (calls - shapes) * fast
    return "compiled" if compiled < calls * eager else "eager"
    ### END SOLUTION


# %%
SITUATIONS = [
    ("one look at a new network", (20.0, 0.002, 0.010, 1)),
    ("an afternoon of training", (20.0, 0.002, 0.010, 100_000)),
    ("a tiny network that gains nothing", (3.0, 0.0002, 0.0001, 10_000_000)),
    ("sentences of 500 lengths, a graph for each", (20.0, 0.002, 0.010, 100_000, 500)),
    ("the same, padded to 4 lengths", (20.0, 0.002, 0.010, 100_000, 4)),
    ("a first call that is its only call", (0.010, 0.002, 0.011, 1)),
    ("both take the same", (6.0, 1.0, 2.0, 5)),
    ("both take the same, with two shapes", (6.0, 1.0, 2.0, 10, 2)),
]


def near_the_balance(random):
    """Situations in which one call more or fewer decides; binary fractions, so nothing rounds."""
    for turn in range(30):
        (fast, gain), shapes = random.randint(1, 2000, 2) / 1024, random.randint(1, 9)
        calls_each = random.randint(2, 900)  # so many calls of one shape, and both take the same
        numbers = fast + gain * calls_each, fast, fast + gain, shapes * calls_each + turn % 3 - 1
        yield f"drawn by chance, {turn}", (*numbers, shapes)


# %%
def chooses():
    for name, numbers in (*SITUATIONS, *near_the_balance(checks.random(5))):
        first, fast, eager, calls, shapes = (*numbers, 1)[:5]
        saved = (eager - fast) * calls - (first - fast) * shapes
        answer = cheaper(*numbers)
        if answer not in ("eager", "compiled"):
            return f"'{name}': {answer!r} is neither of the two words"
        if (answer == "compiled") != (saved > 0):
            return (f"'{name}' with the numbers {numbers}: {answer!r} was chosen. How long do both "
                    "take?")
    return True


checks.grade("5 style", chooses, hint="what is the whole bill of each? how many of the compiled "
             "function's calls are first calls?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Add up both bills. The eager one is one product. In the compiled one, each shape has one first
# call; the calls that are left are fast. Then compare, and mind which word stands for "the same".
#
# </details>
