# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: hardware
#
# Four tasks on [the notebook about hardware](../../notebooks/03_comparison/06_hardware.ipynb),
# about 40 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`,
# `[todo]`, or `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me
# a way* unfolds below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import itertools
import math
import sys
from unittest import mock

import numpy as np

from onecnn import checks

# %% [markdown]
# ## 1. Round to bfloat16 by hand (complete)
#
# A bfloat16 is the upper half of a float32, rounded to the nearest; of two that are equally near,
# the one whose last bit is 0. Write it with integers: `x.view(np.uint32)` gives the bits. Nothing
# that knows bfloat16 already, please: no `ml_dtypes`, no PyTorch. Return float32 numbers, in `x`'s
# shape, whose lower 16 bits are zero; `x` itself stays as it is. `x` may hold infinity, but no NaN.
#
# A hint for the rounding: to add something before you cut is to round up where it carries.


# %%
def to_bfloat16(x):
    ### BEGIN SOLUTION
    bits = x.view(np.uint32)
    bits = bits + 0x7FFF + ((bits >> 16) & 1)
    return ((bits >> 16) << 16).view(np.float32)
    ### END SOLUTION


# %%
def numbers(random):
    ties = (random.randint(0x0080, 0x7F7F, 99).astype(np.uint32) << 16 | 0x8000).view(np.float32)
    return {"random numbers": random.normal(size=(40, 5)).astype(np.float32),
            "negative numbers": -random.uniform(0.1, 9, 500).astype(np.float32),
            "numbers halfway between two": ties, "such, but negative": -ties,
            "large and small numbers": np.logspace(-44, 38, 500).astype(np.float32),
            "the largest": np.array([3.3e38, 3.39e38, 3.3961e38, -3.4e38], np.float32),
            "zero and infinity": np.array([[0.0, -0.0, np.inf, -np.inf]], np.float32),
            "one number": np.float32(random.normal(size=1)), "none": np.zeros((0, 3), np.float32)}


def names_and_texts(code):
    inner = [one for one in code.co_consts if hasattr(one, "co_names")]
    texts = [one for one in code.co_consts if isinstance(one, str)]
    return {*code.co_names, *texts, *(name for one in inner for name in names_and_texts(one))}


# %%
def by_you(x):
    """Your result, in a Python where nothing else knows bfloat16."""
    with (mock.patch.dict(sys.modules, {"ml_dtypes": None, "torch": None}),
          mock.patch.dict(np.sctypeDict)):
        np.sctypeDict.pop("bfloat16", None)  # astype("bfloat16") looks there
        return np.asarray(to_bfloat16(x))


def by_ml_dtypes(x):
    import ml_dtypes
    return x.astype(ml_dtypes.bfloat16).astype(np.float32)


# %%
def rounds():
    if {"ml_dtypes", "bfloat16", "torch"} & names_and_texts(to_bfloat16.__code__):
        return "with integers, please: nothing that knows bfloat16 already"
    for name, x in numbers(checks.random(7)).items():
        wanted, given = by_ml_dtypes(x), x.copy()
        mine = by_you(given)
        if mine.dtype != np.float32 or mine.shape != x.shape:
            return (f"the result is {mine.dtype} of shape {mine.shape}, not float32 of shape "
                    f"{x.shape}")
        if not np.array_equal(given.view(np.uint32), x.view(np.uint32)):
            return f"{name}: x itself has changed. Does `view` copy?"
        wrong = np.flatnonzero(mine.view(np.uint32) != wanted.view(np.uint32))
        if len(wrong):
            return (f"{name}: {x.flat[wrong[0]]!r} must not become {mine.flat[wrong[0]]!r} "
                    f"({len(wrong)} of {x.size} are wrong)")
    return True


checks.grade("1 bfloat16", rounds, hint="which numbers must carry into the upper half? what of "
             "those that lie exactly between two?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Three steps on the bits. Add a little less than half of what the last kept bit is worth, so that
# whatever lies above the half carries. For a number exactly halfway one more is needed if the last
# kept bit is 1: shift it down and look at it. Then clear the lower 16 bits, and view as float32.
#
# </details>

# %% [markdown]
# ## 2. Why is it on the CPU? (complete)
#
# A program reports four facts: how many GPUs the *system* sees, whether the framework's *build* has
# GPU code, whether the framework says that one is *available*, and the device its *weights* are on.
# Write the verdict: the first line of the table that fits.
#
# | verdict | meaning |
# |---|---|
# | `"on the GPU"` | the weights are on something other than `"cpu"` |
# | `"no GPU"` | the machine has none |
# | `"wrong build"` | there is a GPU, and the installed build cannot use any |
# | `"hidden"` | build and GPU are there, but driver or environment variable keeps them apart |
# | `"not moved"` | all is well, and somebody forgot `.to(device)` |


# %%
def verdict(system, build, available, weights):
    ### BEGIN SOLUTION
    if weights != "cpu":
        found = "on the GPU"
    elif system == 0:
        found = "no GPU"
    elif not build:
        found = "wrong build"
    else:
        found = "not moved" if available else "hidden"
    return found
    ### END SOLUTION


# %%
SITUATIONS = {
    (2, False, False, "cpu"): "two A100, and the install script took the CPU build",
    (4, True, False, "cpu"): "CUDA_VISIBLE_DEVICES is empty",
    (1, True, False, "cpu"): "an old driver",
    (1, True, True, "cpu"): "only the batches were moved",
    (0, False, False, "cpu"): "this course on a laptop",
    (0, True, False, "cpu"): "a CUDA build on a laptop without a card",
    (1, True, True, "mps:0"): "a Mac, trained as it should be",
    (0, True, True, "cuda:0"): "the tool that counts cards is missing",
    (0, True, True, "cpu"): "that tool is missing, and the weights were not moved",
    (1, False, True, "cpu"): "two packages of one name disagree",
}


def situations(random):
    """Those of the table, then each build and device with some numbers of cards."""
    yield from SITUATIONS.items()
    devices = "cuda:0", f"cuda:{random.randint(1, 99)}", "cuda", "mps", "xpu:0", "npu:1", "hpu"
    systems = *range(9), random.randint(9, 99)
    for facts in itertools.product(systems, (True, False), (True, False), ("cpu", *devices)):
        yield facts, "another machine"


# %%
def judged():
    with_a_card = ["wrong build", "wrong build", "hidden", "not moved"]
    for facts, name in situations(checks.random(2)):
        answer, (system, build, available, weights) = str(verdict(*facts)), facts
        wanted = with_a_card[2 * build + available] if system else "no GPU"
        if answer != (wanted if weights == "cpu" else "on the GPU"):
            return f"'{name}' {facts}: you say {answer!r}. Does an earlier line of the table fit?"
    return True


checks.grade("2 verdict", judged, hint="which line of the table fits first? is each of the four "
             "facts asked where its line needs it?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Go down the table with `if` and `elif`, one line each. The question of a line may rely on those
# above: whoever asks about the build knows already that there is a card. A device's name may be
# anything but "cpu": do not list the others.
#
# </details>

# %% [markdown]
# ## 3. Mend a step with a scaled loss (mend)
#
# The loss was multiplied by `scale`, so `gradients` (float16) are `scale` times too large. A step
# of mixed precision returns the new float32 weights and the next scale:
#
# - If a gradient is infinite or not a number, skip: the weights stay, and the scale is halved.
# - Else divide by the scale, *in a format where nothing is lost*, subtract 0.02 times the gradient,
#   and keep the scale.
#
# This one has **three** faults.


# %%
def careless_step(weights, gradients, scale):
    if np.isnan(gradients).all():
        return weights, scale / 2
    weights -= 0.02 * (gradients / scale)
    return weights, scale


# %% [markdown]
# Write it as it should be. Neither `weights` nor `gradients` is changed in place; both may have any
# shape.


# %%
def scaled_step(weights, gradients, scale):
    ### BEGIN SOLUTION
    if not np.isfinite(gradients).all():
        return weights, scale / 2
    return weights - 0.02 * (gradients.astype(np.float32) / scale), scale
    ### END SOLUTION


# %%
def tried(random):
    """What happens, the weights, the scaled gradients, the scale, and whether to skip."""
    tiny = np.float32([1e-8, -3e-7, 0.5, -2e-9])
    yield "tiny gradients", 0 * tiny, (tiny * 2.0**16).astype(np.float16), 2.0**16, False
    yield "small ones, scale 1", 0 * tiny, np.float16([1e-3, 0, -2, 7]), 1.0, False
    huge = random.uniform(-65000, 65000, (3, 4)).astype(np.float16)
    yield "huge gradients", np.ones((3, 4), np.float32), huge, 1.0, False
    for scale, shape in ((2.0**11, (5, 3)), (64.0, (1,)), (1024.0, (2, 1, 4)), (1.0, (7,))):
        weights = random.normal(size=shape).astype(np.float32)
        gradients = (random.uniform(-20, 20, shape) * scale).astype(np.float16)
        yield f"gradients of the shape {shape}", weights, gradients, scale, False
        for bad in (np.inf, -np.inf, np.nan):
            worse = gradients.copy()
            worse.flat[random.randint(worse.size)] = bad
            yield f"one gradient is {bad}", weights, worse, scale, True
        yield "no gradient is a number", weights, gradients * np.float16(np.nan), scale, True


# %%
def steps():
    for case, weights, gradients, scale, skip in tried(checks.random(3)):
        given, slopes = weights.copy(), gradients.copy()
        moved, next_scale = scaled_step(given, slopes, scale)
        if given.tobytes() + slopes.tobytes() != weights.tobytes() + gradients.tobytes():
            return f"{case}: what you were given has changed in place"
        if np.asarray(moved).dtype != np.float32 or np.shape(moved) != weights.shape:
            return f"{case}: the weights became {np.asarray(moved).dtype} {np.shape(moved)}"
        exact = 0.02 * gradients.astype(np.float64) / scale if not skip else 0
        if not np.allclose(moved, weights - exact, rtol=1e-6, atol=1e-7 * np.abs(weights).max()):
            return f"{case}: the weights end elsewhere. Is it a step to skip? what gets lost?"
        if next_scale - (scale / 2 if skip else scale) != 0:
            return f"{case}: the scale went from {scale:g} to {next_scale:g}"
    return True


checks.grade("3 loss scaling", steps, hint="which gradients are neither a number nor finite? in "
             "which format is the division, and what is the smallest number that it holds?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# One bad gradient is enough to skip, and infinity is bad, too: NumPy has one function for both. The
# division gives numbers that float16 rounds to zero: change the format first, then divide. `-=`
# writes into the caller's array.
#
# </details>

# %% [markdown]
# ## 4. From which batch on is it arithmetic? (complete)
#
# A dense layer with `inputs`, `outputs` and a bias works on a batch of `n`, all in float32: two
# operations for each weight and each image; input, weights, bias and output are moved once. Write
# `crosses_at`: the smallest `n` with which it does at least `ridge` operations for each byte, or
# `None` if no batch is large enough.


# %%
def crosses_at(inputs, outputs, ridge):
    ### BEGIN SOLUTION
    gained = 2 * inputs * outputs - 4 * ridge * (inputs + outputs)
    moved_once = 4 * ridge * (inputs * outputs + outputs)
    return math.ceil(moved_once / gained) if gained > 0 else None
    ### END SOLUTION


# %%
def reaches(n, inputs, outputs, ridge):
    moved = n * inputs + inputs * outputs + outputs + n * outputs
    return 2 * n * inputs * outputs >= ridge * 4 * moved


def crossings():
    random = checks.random(4)
    cases = [(800, 64, 5), (800, 64, 10), (64, 10, 3), (64, 10, 10), (4096, 4096, 200),
             (4096, 4096, 2000), (8, 8, 2), (1, 2, 0.25), (30, 1, 0.25), (50, 60, 0.0625),
             (2, 3, 0.5), (20, 10, 1), (14, 4, 1), (4000, 4000, 999.75)]
    cases += [(*random.randint(2, 300, 2), random.choice([0.5, 1, 4, 9])) for _ in range(12)]
    for inputs, outputs, ridge in ((int(a), int(b), float(c)) for a, b, c in cases):
        n, case = crosses_at(inputs, outputs, ridge), f"{inputs} in, {outputs} out, ridge {ridge}"
        if n is None and reaches(10**12, inputs, outputs, ridge):
            return f"{case}: a batch of a million millions is large enough. Is there no smaller?"
        if n is not None and (n != int(n) or n < 1 or not reaches(int(n), inputs, outputs, ridge)):
            return f"{case}: does a batch of {n} do {ridge} operations for each byte?"
        if n is not None and n > 1 and reaches(int(n) - 1, inputs, outputs, ridge):
            return f"{case}: {n} is enough. Is it the smallest?"
    return True


checks.grade("4 ridge", crossings, hint="how many operations, how many bytes, for a batch of n? "
             "what happens to their ratio if n grows for ever?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Write operations >= ridge * bytes as an inequality in n, with four bytes for each number. Bring
# what has an n to one side: there n has a factor. If that is not above zero, no n will do. Else
# divide, and go up to the next whole number.
#
# </details>
