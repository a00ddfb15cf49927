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
# Five tasks on [the museum](../../notebooks/03_comparison/02_museum_of_bugs.ipynb), about 75
# minutes, the last of them half an hour. Fill in what is missing, run the cell below it, and read
# the check: `[ok]`, `[todo]`, or `[no]` with a hint. The checks are folded: try before you unfold
# one. Stuck? *Show me a way* unfolds below each check. Nothing breaks if you run everything at
# once.

# %%
from onecnn import lesson

lesson.start()

# %%
import ast
import builtins
import dis
import re
from functools import cache
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F

from onecnn import bugs, cells, checks, ladder, mnist, program_text, reference, spec

digits = mnist.load()
pytorch = cells.functions("02_frameworks/02_pytorch")


@cache
def climb(fault, training=True):
    return ladder.climb(*bugs.break_it(pytorch, fault), training=training)


# %% [markdown]
# ## 1. Name the fault (predict)
#
# A, B and C are broken networks. Judge them by how they climb, not by the cell that chooses them.
# The rung narrows it down, the measured figures decide. These are the candidates:
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


# %% jupyter={"source_hidden": true}
def right_names(answer):
    hints = {"A": "a sum over 64 digits would be 64 times the reference's loss; is the difference "
                  "that large?",
             "B": "can a step that is too short leave a bias, which began at zero, further from "
                  "its goal than the goal is from zero?",
             "C": "if a gradient is k times the right one, the relative difference is |k - 1|: "
                  "what is k here?"}
    for letter, name in zip("ABC", answer):
        mine, theirs = climb(faults[name]).rungs, suspects[letter].rungs
        if [rung.passed for rung in mine] != [rung.passed for rung in theirs] or not all(
                np.allclose(list(a.measured.values()), list(b.measured.values()), rtol=1e-3,
                            atol=1e-6) for a, b in zip(mine, theirs)):
            return f"suspect {letter}: {hints[letter]}"
    return len(answer) == 3


checks.grade("1 suspects", right_names, answer=names,
             hint="is it a list of three names from the table?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The broken rung leaves few candidates: which of the faults reach the loss, which the gradients,
# which the steps alone? Then the size. Twice the right gradient differs from it by 1 times it, a
# sixty-fourth of it by almost 1; what does a sum over 64 digits do to the loss?
#
# </details>

# %% [markdown]
# ## 2. Predict the rungs (predict)
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


# %% jupyter={"source_hidden": true}
def right_rungs(answer):
    hints = ["what does the layer lack, what does strict=False hide, and who would see it first?",
             "whom does weight_decay tell what to do, and which of the seven functions use it?",
             "which numbers does this relu change, and which rung looks at them first?",
             "which of the seven functions has changed, and which rung calls it first?"]
    for number, (edit, rung) in enumerate(zip(edits, answer)):
        # the training takes most of a climb, and none of these edits begins late
        if repr(rung) != repr(climb(edit, training=False).failed_rung):
            return f"edit {number}: {hints[number]}"
    return len(answer) == 4


checks.grade("2 rungs", right_rungs, hint="is it a list of four, each one of shapes, logits, "
             "loss, gradients, steps, training and artefact?", answer=rungs)

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# For each edit, find the function in which the changed line stands, and the rung that calls it
# before all others. A line of `forward` acts whenever the network answers. What the optimizer does
# shows in its weights after a step; what `save` does, in a file.
#
# </details>

# %% [markdown]
# ## 3. Mend a step in parts (mend)
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
# back; the sum, as a Python number. Each digit goes through the network once, with its own part:
# there is no memory for more.


# %%
def mended_step(model, images, labels):
    model.train()
    model.optimizer.zero_grad()
    total = 0.0
    for part in parts_of(labels):
        raise NotImplementedError("your code here")
    model.optimizer.step()
    return total


# %% jupyter={"source_hidden": true}
def climbs():
    sizes = []
    for count in (64, 30):
        model = pytorch.build(spec.initial_weights())
        sizes.clear()
        model.register_forward_pre_hook(lambda _, given: sizes.append(len(given[0])))
        images, labels = digits.train_images[:count].copy(), digits.train_labels[:count].copy()
        loss = mended_step(model, images, labels)
        if sizes != [len(part) for part in parts_of(labels)]:
            return f"{count} digits go through the network as {sizes}: is that the parts, once?"
        if not isinstance(loss, float):
            return f"the step returns {type(loss).__name__}: what makes a number of a tensor?"
    rung = climb_with(mended_step).failed_rung
    return rung is None or f"the rung '{rung}' still breaks: what share of the batch is a part?"


checks.grade("3 mended step", climbs,
             hint="how much does a part of 16 digits count in the mean over 64, and one of 24?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The mean over 64 digits is the sum of the parts' means, each times its share of the 64. So the
# part's loss gets one factor, made of two lengths, before it walks back. It holds for a batch of
# any size if no number is written down.
#
# </details>

# %% [markdown]
# ## 4. A bug of your own (design)
#
# Plant a fault that accuracy misses and the ladder catches: edits as in task 2, each a pair of
# texts. The first must stand in the PyTorch chapter's `same-cnn` cells. Yours must not be in the
# museum, nor differ from what hangs there by spaces or comments alone, nor be copied from
# `onecnn/faults.py`. After five epochs the accuracy must be 94 % or more, and a rung must break,
# not by a crash.


# %%
def tree(network):
    """The program of a broken network, without its spaces and comments."""
    return ast.dump(ast.parse(network.build.__globals__[program_text.TEXT]))


MUSEUM = {tree(bugs.break_it(pytorch, bug.key)) for bug in bugs.BUGS}
COPIES = {bug.edits for bug in (*bugs.ATTACKS, *bugs.UNSEEN)}


def edits_of(answer):
    """The edits, each a pair of texts; the name of a bug is none."""
    return tuple((str(right), str(wrong)) for right, wrong in answer)


# %%
def accuracy(network):
    torch.manual_seed(0)
    model = network.build(spec.initial_weights())
    for epoch in range(spec.EPOCHS):
        for batch in spec.batches(len(digits.train_labels), epoch):
            network.train_step(model, digits.train_images[batch], digits.train_labels[batch])
    answers = network.logits(model, digits.test_images).argmax(axis=1)
    return float((answers == digits.test_labels).mean())


def crashed(report):
    """Whether the broken rung's message is that of an exception: its name, a colon, its words."""
    message = next(rung.message for rung in report.rungs if rung.passed is False)
    return bool(re.match(r"(in a fresh process, )?[\w.]+(:|$)", message))


# %%
mine = ...  # your answer here


# %% jupyter={"source_hidden": true}
def missed_and_caught(answer):
    edits = edits_of(answer)
    broken = bugs.break_it(pytorch, edits)
    if edits in COPIES or tree(broken) in MUSEUM:
        return "the course has this one already"
    report = climb(edits)
    if report.passed:
        return "the ladder finds nothing: does your edit change what is computed?"
    if crashed(report):
        return f"the rung '{report.failed_rung}' ends in a crash: can it be a quieter fault?"
    return (accuracy(broken) >= ladder.ACCURACY
            or f"accuracy sees it: below {ladder.ACCURACY:.0%}. Can you do less harm?")


# %% jupyter={"source_hidden": true}
checks.grade("4 own bug", missed_and_caught, answer=mine, hint="is it a tuple of pairs of texts? "
             "and what could a training make up for?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Training makes up for much: another activation function, another setting of the optimizer, another
# order of the pixels. Choose one line of the cells above that does such a thing, and write it
# otherwise. Copy the first text with all its brackets: it must stand there letter by letter.
#
# </details>

# %% [markdown]
# ## 5. Break and prove (capstone)
#
# Now both sides, without the ladder's help. First a fault, as in task 4: edits, not in the museum,
# accuracy 94 % or more after five epochs. But this one gives right logits and a right loss: the
# ladder must break on `gradients` or on `steps`, not by a crash. The check's tools come before it.


# %%
@cache
def hides(fault):
    broken = bugs.break_it(pytorch, fault)
    if fault in COPIES or tree(broken) in MUSEUM:
        return "the course has this one already"
    report = ladder.climb(*broken, training=False, artefact=False)
    if report.failed_rung not in ("gradients", "steps"):
        return f"your fault breaks the rung {report.failed_rung}: what was asked for?"
    if crashed(report):
        return f"the rung '{report.failed_rung}' ends in a crash: can it be a quieter fault?"
    return (accuracy(broken) >= ladder.ACCURACY
            or f"accuracy sees your fault: below {ladder.ACCURACY:.0%}. Can you do less harm?")


# %%
FORBIDDEN = {"ladder", "bugs", "faults", "climb", "inspect", "program_text", "__program_text__",
             "__globals__", "__code__", "__closure__", "__name__", "__module__", "__dict__",
             "getattr", "attrgetter", "globals", "vars", "eval", "exec", "__import__", "importlib",
             "format", "format_map", "__getattribute__"}
ALLOWED = {"np", "numpy", "math", "spec", "reference", "FAULTS", "WEIGHTS", "IMAGES", "LABELS",
           *dir(builtins)}
LAYER = (("self.dense1(x.flatten(1))", "(x.flatten(1) @ self.dense1.weight.T + self.dense1.bias)"),)


def right_networks():
    by_hand = cells.functions("01_history/02_by_hand")
    return {"PyTorch's network": bugs.break_it(pytorch, ()), "the one by hand":
            ladder.Network.of(by_hand), "PyTorch's with another formula":
            bugs.break_it(pytorch, LAYER)}


# %%
hidden = ...  # your answer here

# %% [markdown]
# Then the proof. `is_right(network)` gets the seven functions (`network.build(weights)`,
# `network.logits(model, images)` and so on) and returns `True` or `False`. It must say `True` for
# three right networks that round differently: PyTorch's, the one by hand, and PyTorch's with
# another formula for a layer. It must say `False`, without a crash, for your fault and for each of
# `FAULTS`.
#
# It may use NumPy, `math`, `spec`, `reference`, and the constants below, and nothing else from
# outside of it. It must not use `ladder` or `bugs`, nor look into a function (`inspect`,
# `__globals__`, `__code__`, `__name__`, `__module__`), nor go round about to them (`getattr`,
# `globals`, `vars`, `eval`, `format` and their like), nor count how often it is asked.

# %%
FAULTS = ("dropout", "first 64", "momentum", "64 in steps")
WEIGHTS = {name: value + np.float32(0.1 * name.endswith("bias"))
           for name, value in spec.initial_weights().items()}
IMAGES, LABELS = digits.test_images[:80], digits.test_labels[:80]

for key in FAULTS:
    print(f"{key:<12}", bugs.get(key).what)


# %%
def is_right(network):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def names_in(code, docstring):
    """The names that a function uses, and the words of its texts."""
    names = {*code.co_names}
    for one in code.co_consts:
        if hasattr(one, "co_names"):
            names |= names_in(one, docstring)
        elif one != docstring:
            names |= {*re.findall(r"\w+", repr(one))}
    return names


def outside(code):
    """What a function takes from outside of it, by name."""
    found = {one.argval.split(".")[0] for one in dis.get_instructions(code)
             if one.opname in ("LOAD_GLOBAL", "STORE_GLOBAL", "IMPORT_NAME")}
    return found.union(*(outside(one) for one in code.co_consts if hasattr(one, "co_names")))


def says_right(network):
    with mock.patch.object(ladder, "climb", side_effect=ValueError("do without the ladder")):
        return is_right(network)


# %% jupyter={"source_hidden": true}
def misused(code, docstring):
    names = names_in(code, docstring)
    used = names & FORBIDDEN | {name for name in names if name.startswith("__")}
    return ", ".join(sorted(used | outside(code) - ALLOWED))


def proves(answer):
    fault, used = edits_of(answer), misused(is_right.__code__, is_right.__doc__)
    verdict = not used and hides(fault)
    if verdict is not True:
        return f"is_right must do without {used}" if used else verdict
    faults = {"your own fault": fault, **{f"'{one}'": one for one in FAULTS}}
    networks = {**right_networks(), **{name: bugs.break_it(pytorch, one)
                                       for name, one in faults.items()}}
    for name in checks.random(6).permutation([*networks] * 2):
        right = says_right(networks[name])
        if right and name in faults:
            return f"{name} passes: which function shows it, and after how many calls?"
        if not right and name not in faults:
            return f"{name} is right, and is_right says no: does it leave room for rounding?"
    return True


checks.grade("5 break and prove", proves, answer=hidden, hint="what do the functions give, and "
             "what does the reference say to the same question?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The fault: between the walk back and the step, or inside of `gradients`, there is room to lose a
# little. The proof: ask for logits, for gradients, and for the weights after steps, and compare
# each with the reference, which has all three. Use all of the 80 digits, since some faults look at
# 64. One step from a fresh optimizer does not tell how momentum goes on.
#
# </details>
