# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: the museum of bugs
#
# Four tasks on [the museum](../../notebooks/03_comparison/02_museum_of_bugs.ipynb), about 40
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F

from onecnn import bugs, cells, checks, ladder, mnist, spec

digits = mnist.load()
pytorch = cells.functions("02_frameworks/02_pytorch")


@cache
def climb(fault, training=True):
    return ladder.climb(*bugs.break_it(pytorch, fault), training=training)


# %% [markdown]
# ## 1. Name the fault
#
# A, B and C are broken networks. You do not see their code; you see how they climb. The rung
# narrows it down, the measured figures decide. These are the candidates:
#
# | name | fault |
# |---|---|
# | `halves` | the gradients of two half batches are added, not averaged |
# | `labels` | each label is one too high |
# | `momentum` | after the first step, the velocity takes only a tenth of each gradient |
# | `sum` | the loss is the sum over the 64 digits, not the mean |
# | `twice` | the gradient is divided by the batch size of 64 once more |
# | `zero_grad` | the gradients are never zeroed between steps |

# %%
faults = {name: name for name in ("halves", "labels", "momentum", "sum", "zero_grad")}
faults["twice"] = (("loss.backward()", "(loss / 64).backward()"),)
suspects = {letter: climb(faults[sorted(faults)[number]])
            for letter, number in (("A", 1), ("B", 5), ("C", 4))}
print({letter: report.failed_rung for letter, report in suspects.items()})

# %% [markdown]
# The figures depend on the processor, so the tests do not compare the next cell. Two facts help:
# the reference's loss on that batch, and that all biases start at zero.

# %% tags=["nbval-ignore-output"]
print("reference's loss:", float(ladder.expected()["loss"]))
for letter, report in suspects.items():
    print(letter, report.measured(), sep="\n")

# %% [markdown]
# Write the three names, in the order A, B, C.

# %%
names = ...  # your answer here


# %%
def right_names(answer):
    hints = {"A": "a sum over 64 digits would be 64 times the reference's loss; is the difference "
                  "that large?",
             "B": "a step that is too short leaves a bias short of its goal, by less than the goal "
                  "itself: a relative difference below 1",
             "C": "if a gradient is k times the right one, the relative difference is |k - 1|: "
                  "what is k here?"}
    for letter, name in zip("ABC", answer):
        mine, theirs = climb(faults[name]).rungs, suspects[letter].rungs
        if [rung.passed for rung in mine] != [rung.passed for rung in theirs] or not all(
                np.allclose(list(a.measured.values()), list(b.measured.values()), rtol=1e-3,
                            atol=1e-6) for a, b in zip(mine, theirs)):
            return f"suspect {letter}: {hints[letter]}"
    return len(answer) == 3


checks.grade("1 suspects", right_names, hint="a list of three names from the table", answer=names)

# %% [markdown]
# ## 2. Predict the rungs
#
# Four edits, none of them from the museum. On which rung does each climb end? Write the names of
# the rungs before you run anything that climbs.

# %%
edits = [
    (("nn.Conv2d(16, 32, 3)", "nn.Conv2d(16, 32, 3, bias=False)"),
     ("load_state_dict(tensors)", "load_state_dict(tensors, strict=False)")),
    (("momentum=spec.MOMENTUM)", "momentum=spec.MOMENTUM, weight_decay=0.01)"),),
    (("return self.dense2(x)", "return torch.relu(self.dense2(x))"),),
    (('{"model": model.state_dict()', '{"model": {name: value.half().to(value.dtype)\n'
      '                          for name, value in model.state_dict().items()}'),),
]
for number, edit in enumerate(edits):
    print(f"edit {number}", bugs.difference(pytorch, edit), sep="\n")

# %%
rungs = ...  # your answer here


# %%
def right_rungs(answer):
    hints = ["a layer without its bias has fewer parameters, and strict=False hides the complaint",
             "weight decay is added by the optimiser, after backward(); what was computed before "
             "it is right",
             "the loss is wrong too, but what is the first rung on which the last layer's output "
             "is compared?",
             "float16 keeps three digits; nothing is rounded before the file is written"]
    for number, (edit, rung) in enumerate(zip(edits, answer)):
        # the training takes most of a climb, and none of these edits begins late
        if climb(edit, training=False).failed_rung != rung:
            return f"edit {number}: {hints[number]}"
    return len(answer) == 4


checks.grade("2 rungs", right_rungs, hint="a list of four rungs: shapes, logits, loss, gradients, "
             "steps, training, artefact", answer=rungs)

# %% [markdown]
# ## 3. Mend a step in parts
#
# A batch of 64 goes through the network in parts of 24, 24 and 16 digits, to save memory. The
# author knew about nanoGPT's fault and divides by the number of parts. Users of `mlx-lm` met what
# is still wrong ([ml-explore/mlx-lm 1413](https://github.com/ml-explore/mlx-lm/pull/1413), 2026;
# checked 2026-11-24).


# %%
def parts_of(labels):
    return [part for part in np.split(np.arange(len(labels)), [24, 48]) if len(part)]


def careless_step(model, images, labels):
    model.train()
    model.optimizer.zero_grad()
    total = 0.0
    for part in parts_of(labels):
        loss = F.cross_entropy(model(torch.from_numpy(images[part])),
                               torch.from_numpy(labels[part])) / 3
        loss.backward()
        total += loss.item()
    model.optimizer.step()
    return total


# %%
def climb_with(train_step):
    return ladder.climb(pytorch.build, pytorch.logits, pytorch.gradients, train_step,
                        pytorch.read_weights, pytorch.save, pytorch.load, training=False,
                        artefact=False)


print("broken rung:", climb_with(careless_step).failed_rung)

# %% [markdown]
# Write what stands in the loop: the loss of the part, with the weight that it deserves; the walk
# back; the sum.


# %%
def mended_step(model, images, labels):
    model.train()
    model.optimizer.zero_grad()
    total = 0.0
    for part in parts_of(labels):
        raise NotImplementedError("your code here")
    model.optimizer.step()
    return total


# %%
def climbs():
    report = climb_with(mended_step)
    if "NotImplementedError" in str(report):
        raise NotImplementedError
    return (report.failed_rung is None or f"the rung '{report.failed_rung}' still breaks: 16 "
            "digits must not count as much as 24")


checks.grade("3 mended step", climbs, hint="the mean over 64 digits is the sum of the parts' "
             "means, each times its share of the 64")

# %% [markdown]
# ## 4. A bug of your own
#
# Plant a fault that accuracy misses and the ladder catches: edits as in task 2, each a pair of
# texts. The first must stand in the PyTorch chapter's `same-cnn` cells. Yours must not be in the
# museum. After five epochs the accuracy must be 94 % or more, and a rung must break, not by a
# crash.

# %%
mine = ...  # your answer here


# %%
def missed_and_caught(answer):
    if any(bugs.difference(pytorch, answer) == bugs.difference(pytorch, bug.key)
           for bug in bugs.BUGS):
        return "this one hangs in the museum already"
    broken, report = bugs.break_it(pytorch, answer), climb(answer)
    if report.passed:
        return "the ladder finds nothing: your edit computes the same"
    model = broken.build(spec.initial_weights())
    for epoch in range(spec.EPOCHS):
        for batch in spec.batches(len(digits.train_labels), epoch):
            broken.train_step(model, digits.train_images[batch], digits.train_labels[batch])
    accuracy = (broken.logits(model, digits.test_images).argmax(axis=1)
                == digits.test_labels).mean()
    if accuracy < ladder.ACCURACY:
        return f"accuracy sees it: below {ladder.ACCURACY:.0%}. Do less harm"
    return "Error" not in next(rung.message for rung in report.rungs if rung.passed is False)


# %%
checks.grade("4 own bug", missed_and_caught, answer=mine, hint="a fault that training can make up "
             "for: another activation, another optimiser's setting, another pooling")
