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
# about 35 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`,
# `[todo]`, or `[no]` with a hint. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import ml_dtypes
import numpy as np

from onecnn import checks

# %% [markdown]
# ## 1. Round to bfloat16 by hand
#
# A bfloat16 is the upper half of a float32, rounded to the nearest; of two that are equally near,
# the one whose last bit is 0. Write it with integers only: `x.view(np.uint32)` gives the bits.
# Return float32 numbers whose lower 16 bits are zero.
#
# A hint for the rounding: to add something before you cut is to round up where it carries.


# %%
def to_bfloat16(x):
    raise NotImplementedError("your code here")


# %%
def rounds():
    ties = (np.arange(0x3F80, 0x3FC0, dtype=np.uint32) << 16 | 0x8000).view(np.float32)
    cases = {"random numbers": np.random.RandomState(7).normal(size=2000).astype(np.float32),
             "negative numbers": -np.linspace(0.1, 9, 500, dtype=np.float32),
             "numbers halfway between two": ties,
             "large and small numbers": np.logspace(-30, 30, 500, dtype=np.float32)}
    for name, x in cases.items():
        mine, wanted = (np.asarray(to_bfloat16(x.copy())),
                        x.astype(ml_dtypes.bfloat16).astype(np.float32))
        if mine.dtype != np.float32 or mine.shape != x.shape:
            return (f"the result is {mine.dtype} of shape {mine.shape}, not float32 of shape "
                    f"{x.shape}")
        wrong = np.flatnonzero(mine != wanted)
        if len(wrong):
            first = wrong[0]
            return (f"{name}: {x[first]!r} becomes {mine[first]!r}, bfloat16 has {wanted[first]!r} "
                    f"({len(wrong)} of {len(x)} are wrong)")
    return True


checks.grade("1 bfloat16", rounds,
             hint="add 0x7FFF, and 1 more if the last kept bit is 1; then clear the lower 16 bits")

# %% [markdown]
# ## 2. Why is it on the CPU?
#
# A program reports four facts: how many GPUs the *system* sees, whether the framework's *build* has
# GPU code, whether the framework says that one is *available*, and the device its *weights* are on.
# Write the verdict, one of
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
    raise NotImplementedError("your code here")


# %%
SITUATIONS = [
    ("a workstation, trained as it should be", (1, True, True, "cuda:0"), "on the GPU"),
    ("a Mac, trained as it should be", (1, True, True, "mps:0"), "on the GPU"),
    ("this course on a laptop", (0, False, False, "cpu"), "no GPU"),
    ("a CUDA build on a laptop without a card", (0, True, False, "cpu"), "no GPU"),
    ("two A100, and the install script took the CPU build", (2, False, False, "cpu"),
     "wrong build"),
    ("CUDA_VISIBLE_DEVICES is empty", (4, True, False, "cpu"), "hidden"),
    ("only the batches were moved", (1, True, True, "cpu"), "not moved"),
]


def judged():
    for name, facts, wanted in SITUATIONS:
        answer = verdict(*facts)
        if answer != wanted:
            return f"'{name}' {facts}: {answer!r}, but it is {wanted!r}"
    return True


checks.grade("2 verdict", judged, hint="ask in this order: where are the weights, is there a card, "
             "is the build right, can it reach the card")

# %% [markdown]
# ## 3. A training step with a scaled loss
#
# The loss was multiplied by `scale`, so `gradients` (float16) are `scale` times too large. Write
# the step of mixed precision: it returns the new float32 weights and the next scale.
#
# - If a gradient is infinite or not a number, skip: the weights stay, and the scale is halved.
# - Else divide by the scale, *in a format where nothing is lost*, subtract 0.02 times the gradient,
#   and keep the scale.


# %%
def scaled_step(weights, gradients, scale):
    raise NotImplementedError("your code here")


# %%
def steps():
    true = np.array([1e-8, -3e-7, 0.5, -2e-9], np.float32)
    weights, scale = np.zeros(4, np.float32), 2.0**16
    with np.errstate(over="ignore"):
        half = (true * np.float32(scale)).astype(np.float16)
        burst = (true * np.float32(2.0**20)).astype(np.float16)
    moved, kept = scaled_step(weights.copy(), half, scale)
    if kept != scale:
        return f"nothing overflowed, and the scale went from {scale:g} to {kept:g}"
    if np.asarray(moved).dtype != np.float32:
        return f"the weights became {np.asarray(moved).dtype}"
    if not np.allclose(moved, -0.02 * true, rtol=2e-3, atol=0):
        return (f"the weights moved by {np.asarray(moved).tolist()}, wanted about "
                f"{(-0.02 * true).tolist()}")
    stayed, lower = scaled_step(weights.copy(), burst, 2.0**20)
    if not np.array_equal(stayed, weights):
        return f"a gradient was infinite, and the weights moved to {np.asarray(stayed).tolist()}"
    return lower == 2.0**19 or f"after an overflow the scale is {lower:g}, not half of {2.0**20:g}"


checks.grade("3 loss scaling", steps,
             hint="np.isfinite(gradients).all() decides; then gradients.astype(np.float32) / scale")

# %% [markdown]
# ## 4. From which batch on is it arithmetic?
#
# A dense layer with `inputs`, `outputs` and a bias works on a batch of `n`, all in float32: two
# operations for each weight and each image; input, weights, bias and output are moved once. Write
# `crosses_at`: the smallest `n` with which it does at least `ridge` operations for each byte, or
# `None` if no batch is large enough.


# %%
def crosses_at(inputs, outputs, ridge):
    raise NotImplementedError("your code here")


# %%
def crossings():
    for inputs, outputs, ridge in ((800, 64, 5), (800, 64, 10), (64, 10, 3), (64, 10, 10),
                                   (4096, 4096, 200), (4096, 4096, 2000)):
        batches = np.arange(1, 100_001)
        numbers = batches * (inputs + outputs) + inputs * outputs + outputs
        intensity = 2 * batches * inputs * outputs / (4 * numbers)
        reached = np.flatnonzero(intensity >= ridge)
        wanted, answer = (int(batches[reached[0]]) if len(reached) else None,
                          crosses_at(inputs, outputs, ridge))
        if answer != wanted:
            return (f"{inputs} inputs, {outputs} outputs, ridge {ridge}: {answer}, but it is "
                    f"{wanted}")
    return True


checks.grade("4 ridge", crossings, hint="write operations >= ridge * bytes as an inequality in n, "
             "and solve it; what if n's factor is not positive?")
