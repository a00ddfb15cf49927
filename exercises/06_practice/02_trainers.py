# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: what trainers do
#
# Four tasks on [the notebook](../../notebooks/06_practice/02_trainers.ipynb), about 35 minutes.
# Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]`
# with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds
# below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import math

import numpy as np
import optax
import torch

from onecnn import checks

# %% [markdown]
# ## 1. Clip, as the trainers do (complete)
#
# `gradients` is a dict of arrays. Take all of them as one long vector: where it is longer than
# `limit`, return all gradients times one factor, so that its length is `limit`. Else return them as
# they are. A `limit` of 0 means: do not clip. What you are given stays as it is.


# %%
def clipped(gradients, limit):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def clips_right():
    random = checks.random(1)
    for scale in (0.01, 1.0, 50.0):
        for limit in (0, 0.5, 1.0, 4.0):
            given = {name: scale * random.randn(*shape)
                     for name, shape in (("a", (3, 4)), ("b", (5,)), ("c", (2, 2, 2)))}
            before = {name: value.copy() for name, value in given.items()}
            found = clipped(given, limit)
            if any(not np.array_equal(given[name], before[name]) for name in before):
                return "the gradients that you were given were changed"
            parts = [torch.nn.Parameter(torch.zeros(value.shape)) for value in before.values()]
            for part, value in zip(parts, before.values()):
                part.grad = torch.tensor(value, dtype=torch.float32)
            torch.nn.utils.clip_grad_norm_(parts, limit or math.inf)
            if list(found) != list(before) or not all(
                    np.allclose(one, part.grad.numpy(), rtol=1e-4)
                    for one, part in zip(found.values(), parts)):
                return f"not for gradients of about {scale} and a limit of {limit}"
    small = clipped({"a": np.array([3e-6, 4e-6])}, 1e-6)["a"]
    if not np.allclose(small, [6e-7, 8e-7], rtol=1e-4, atol=0):
        return "not for gradients of about 1e-6 and a limit of 1e-6"
    zero = clipped({"a": np.zeros(3)}, 1.0)["a"]
    return np.array_equal(zero, np.zeros(3)) or "gradients that are zero do not stay zero"


checks.grade("1 clip", clips_right, hint="how long is the vector of all arrays together? and what "
             "does each array get multiplied by?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Add the squares of all arrays, and take the root: one number for all. If it is larger than the
# limit, and the limit is not 0, multiply each array by the limit divided by it.
#
# </details>

# %% [markdown]
# ## 2. The loop that loses the end (mend)
#
# Memory holds one batch, but each step shall follow `every` batches. Somebody wrote this loop for
# Lightning's manual optimisation. When the epoch's last group is shorter, its gradients are not
# used, and they leak into the next epoch. Mend it: the last group makes a step, too, and each step
# follows the *mean* of its own group's losses. Return the number of steps.


# %%
def loses_the_end(model, optimizer, batches, every):
    steps = 0
    for number, (x, y) in enumerate(batches):
        loss = torch.nn.functional.mse_loss(model(x), y)
        (loss / every).backward()
        if (number + 1) % every == 0:
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    return steps


# %%
def epoch(model, optimizer, batches, every):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def fresh():
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    return model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def whole_groups(batches, every):
    """The same with one loss for each group."""
    model, optimizer = fresh()
    for _ in range(2):
        for start in range(0, len(batches), every):
            group = batches[start:start + every]
            optimizer.zero_grad()
            sum(torch.nn.functional.mse_loss(model(x), y) / len(group) for x, y in group).backward()
            optimizer.step()
    return model


# %% jupyter={"source_hidden": true}
def no_end_is_lost():
    random = checks.random(2)
    for count, every in ((6, 3), (7, 3), (8, 3), (5, 1), (2, 4), (1, 1), (0, 2)):
        batches = [tuple(torch.tensor(random.randn(rows, size), dtype=torch.float32)
                         for size in (3, 1)) for rows in random.randint(1, 6, count)]
        model, optimizer = fresh()
        steps = [epoch(model, optimizer, batches, every) for _ in range(2)]
        where = f"{count} batches, {every} for each step"
        if steps != [math.ceil(count / every)] * 2:
            return f"{where}: {steps} steps in two epochs"
        wanted = whole_groups(batches, every)
        if not torch.allclose(model.weight, wanted.weight, rtol=1e-4, atol=1e-6):
            return f"{where}: the steps are as many as they should be, the weights are not right"
    return True


checks.grade("2 end", no_end_is_lost, hint="how many batches has the last group? by what is each "
             "of its losses divided? and what is in `.grad` when an epoch begins?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Cut the batches into groups: `batches[start:start + every]`, of which the last may be shorter. For
# each group clear the gradients, walk back each loss divided by the group's own length, and step.
#
# </details>

# %% [markdown]
# ## 3. Optax's schedule by formula (port)
#
# `optax.warmup_cosine_decay_schedule(0, peak, warmup, total)` rises in a line from 0 at step 0 to
# `peak` at step `warmup`, then falls along half a cosine to 0 at step `total`, and stays there.
# Write it with `math` alone. `warmup` may be 0: then it begins at the peak.


# %%
def rate(step, peak, warmup, total):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def as_optax():
    used = checks.names(rate.__code__)
    if used & {"optax", "torch", "np", "numpy", "jax", "jnp", "getattr", "globals", "schedule"}:
        return "with math alone"
    for peak, warmup, total in ((0.02, 0, 310), (0.5, 30, 310), (1e-3, 7, 50), (2.0, 1, 3)):
        theirs = optax.warmup_cosine_decay_schedule(0.0, peak, warmup, total)
        for step in (*range(0, total, max(1, total // 40)), warmup, total, total + 1, 2 * total):
            if abs(rate(step, peak, warmup, total) - float(theirs(step))) > 1e-5 * peak:
                return f"not at step {step} of {total}, with a peak of {peak} after {warmup}"
    return True


checks.grade("3 schedule", as_optax, hint="which part of the way down is done at this step? what "
             "is the cosine there? and after the end?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Before `warmup`: the peak times the part of the warm-up that is done. After it: the part of the
# rest that is done, from 0 to 1 and no further; one plus the cosine of pi times that part, halved.
#
# </details>

# %% [markdown]
# ## 4. Stop early (design)
#
# Write a `Stopper`. `update(loss)` is called once an epoch and says whether to stop: True as soon
# as `patience` epochs in a row brought no new best. A new best is lower than the best so far by
# *more* than `least`. NaN is no new best. `best_epoch` is the epoch (from 0) of the best, or None
# before there is one.


# %%
class Stopper:
    def __init__(self, patience, least=0.0):
        raise NotImplementedError("your code here")

    def update(self, loss):
        raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def by_hand(losses, patience, least):
    """``[(stop?, the best epoch)]`` after each epoch, found from the whole list."""
    said, best = [], None
    for epoch, loss in enumerate(losses):
        if loss == loss and (best is None or losses[best] - loss > least):
            best = epoch
        said.append((epoch - (-1 if best is None else best) >= patience, best))
    return said


# %% jupyter={"source_hidden": true}
def stops_right():
    random, nan = checks.random(4), math.nan
    lists = [[-1.0, -1.5, -1.25, -2.0, -2.0], [4e12, 3e12, 3e12, 2e12],
             [1.0, 0.8, 0.7, 0.72, 0.71, 0.69, 0.5], [1.0, 1.0, 1.0], [nan, nan, nan, 0.5, 0.6],
             [0.5, nan, 0.4, 0.4, 0.3], [3.0, 2.75, 2.5, 2.25, 2.0, 1.75],
             *(random.randint(0, 9, 12) / 4 for _ in range(8))]
    for losses in lists:
        for patience, least in ((1, 0.0), (2, 0.0), (3, 0.0), (2, 0.25), (1, 0.5)):
            stopper = Stopper(patience, least) if least else Stopper(patience)
            Stopper(9, 9.0).update(-9.0)  # another one, which must not matter
            if stopper.best_epoch is not None:
                return "before the first epoch there is no best one"
            for epoch, wanted in enumerate(by_hand(losses, patience, least)):
                found = stopper.update(float(losses[epoch])), stopper.best_epoch
                if (bool(found[0]), found[1]) != wanted:
                    seen = [float(one) for one in losses[:epoch + 1]]
                    return f"not after {seen}, with a patience of {patience} and least {least}"
    return True


checks.grade("4 stopper", stops_right, hint="with which loss do you compare? when does the waiting "
             "begin anew? and what does NaN answer to `<`?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Keep the best loss (infinite at the beginning), its epoch, a count of epochs, and a count of
# epochs since the best. A comparison with NaN is False: ask `loss < best - least`, and NaN falls to
# the other side by itself.
#
# </details>

# %% [markdown]
# **Where now?** Back to [the chapter](../../notebooks/06_practice/02_trainers.ipynb).
