# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: the race
#
# Five tasks on [the race](../../notebooks/03_comparison/05_race.ipynb), about 45 minutes. Fill in
# what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a
# hint. The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds below each
# check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import copy
import json
import math
import time
from statistics import median

import torch
from torch import nn

from onecnn import cells, checks, mnist, paths, race, spec

outcome = json.loads((paths.programs("03_comparison/05_race") / "race.json").read_text())
print("at the top:     ", ", ".join(outcome))
name = next(iter(outcome["results"]))
print("one entrant:    ", ", ".join(outcome["results"][name]))
print("one batch size: ", ", ".join(outcome["results"][name]["64"]))

# %% [markdown]
# ## 1. Read the file (complete)
#
# `spread` shall return three numbers for one entrant, batch size and figure: the lowest of the
# rounds, the median, the highest. Look at what the cell above printed: `results` holds names, a
# name holds batch sizes **as strings**, a batch size holds figures, and a figure holds a list with
# one value a round. `batch` is a number. The file's lists stay in their order.


# %%
def spread(outcome, name, batch, figure):
    ### BEGIN SOLUTION
    values = outcome["results"][name][str(batch)][figure]
    return min(values), median(values), max(values)
    ### END SOLUTION


# %%
def made_up(random):
    """A file like the race's: two entrants, two batch sizes, two figures, 1 to 8 rounds."""
    return {"results": {name: {batch: {figure: random.uniform(100, 900, rounds).tolist()
                                       for figure in ("training images/s", "first step seconds")}
                               for batch in ("1", "512")}
                        for name, rounds in (("A", 1), ("B", 4), ("C", 7), ("D", 8))}}


def reads_the_file():
    for file in (outcome, made_up(checks.random(1))):
        before = copy.deepcopy(file)
        for name, batches in before["results"].items():
            for batch, figures in batches.items():
                for figure, values in figures.items():
                    found = tuple(spread(file, name, int(batch), figure))
                    middle = sorted(values)[(len(values) - 1) // 2:len(values) // 2 + 1]
                    truth = min(values), sum(middle) / len(middle), max(values)
                    if len(found) != 3 or not all(map(math.isclose, found, truth)):
                        return f"not for {name}, {batch}, {figure}, with the rounds {values}"
        if file != before:
            return "the file's lists have changed: who sorts them in place?"
    return True


checks.grade("1 spread", reads_the_file, hint="which keys lead to the list? which number stands in "
             "the middle, if the rounds are put in order?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Go down four steps: results, name, batch size, figure; the batch size must be made a string. There
# is a list, and three functions of Python and of `statistics` take lists. A mean would not do: it
# follows the one round that went wrong.
#
# </details>

# %% [markdown]
# ## 2. Compute a break-even (complete)
#
# Entrant A is ready after `start_a` seconds and then does `rate_a` images a second; B likewise.
# After how many images has B, which starts later, caught up? Return a number, not rounded, or
# `None` where it never does.


# %%
def break_even(start_a, rate_a, start_b, rate_b):
    ### BEGIN SOLUTION
    gain = 1 / rate_a - 1 / rate_b
    return (start_b - start_a) / gain if gain > 0 else None
    ### END SOLUTION


# %%
def catches_up():
    random = checks.random(2)
    for turn in range(12):
        start_a, rate_a = turn % 4 and random.uniform(0, 9), random.uniform(10, 3000)
        start_b = start_a + random.uniform(0.5, 40)
        rate_b = rate_a * (1 if turn == 0 else random.uniform(0.2, 0.98) if turn % 3 == 0
                           else random.uniform(1.1, 9))
        images, case = break_even(start_a, rate_a, start_b, rate_b), (
            f"start {start_a:.2f} and rate {rate_a:.1f} against {start_b:.2f} and {rate_b:.1f}")
        if turn % 3 == 0 and images is not None:
            return f"{case}: can B catch up, with a later start and no higher rate?"
        if turn % 3 and (images is None or not math.isclose(
                start_a + images / rate_a, start_b + images / rate_b, rel_tol=1e-12)):
            return f"{case}: after {images} images, have both taken the same time?"
    return True


checks.grade("2 break-even", catches_up, hint="after how many seconds has A done n images, and B? "
             "when are these two equal?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Each one's time for n images is its start plus n over its rate. Set the two equal and bring n to
# one side: the starts' difference stands against what B gains on each image. Where B gains nothing,
# there is no such n.
#
# </details>

# %% [markdown]
# ## 3. Predict the operations (predict)
#
# How many floating-point operations does the forward pass of a convolution take for one image?
# `operations` gets the channels of input and output, the input's height and width, and the kernel's
# side. Two operations for each multiply-add, no padding, no bias; the window moves by one pixel.
# For the network's second convolution, from 16 to 32 channels, with 13 x 13 pixels and a kernel of
# 3 x 3, it is 1,115,136.


# %%
def operations(inputs, outputs, height, width, kernel):
    ### BEGIN SOLUTION
    places = (height - kernel + 1) * (width - kernel + 1)
    return 2 * outputs * inputs * kernel * kernel * places
    ### END SOLUTION


# %%
def counted():
    random = checks.random(3)
    cases = [(16, 32, 13, 13, 3), (16, 32, 13, 13, 5), (1, 16, 28, 28, 3), (5, 2, 4, 7, 4)]
    cases += [(*random.randint(1, 40, 2), *random.randint(7, 30, 2), random.randint(1, 8))
              for _ in range(5)]
    for inputs, outputs, height, width, kernel in (map(int, case) for case in cases):
        found = operations(inputs, outputs, height, width, kernel)
        layer = nn.Conv2d(inputs, outputs, kernel, bias=False, device="meta")
        numbers = layer(torch.zeros(1, inputs, height, width, device="meta")).numel()
        if found != 2 * numbers * layer.weight[0].numel():
            return (f"not for {inputs} and {outputs} channels, {height} x {width} pixels, a kernel "
                    f"of {kernel} x {kernel}")
    return True


checks.grade("3 operations", counted, hint="at how many places does the kernel fit? how many "
             "products are added up at one of them?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# One number of the output is a sum over the kernel's pixels and over all channels of the input:
# that many multiply-adds. Then count the output's numbers: its channels, times the places where the
# kernel fits, down and across. A larger kernel fits in fewer places.
#
# </details>

# %% [markdown]
# ## 4. Plan the rounds (design)
#
# A report, made up: *Medians of 200 steps after warm-up, every loss read. First all rounds of A, at
# noon. Then all rounds of B, in the evening, while the nightly backup ran. B is 15 % slower, and
# its rounds agree within 1 %.* Close rounds tell that a measurement repeats, not that it is fair.
#
# Plan it better. `plan` gets a list of names and a number of rounds, and returns the list of names
# in the order in which they run, such that
#
# - each round, which is one run of each, is over before the next begins;
# - nobody has the best place: for each place in a round, the numbers of times that two entrants
#   have it differ by 1 at most;
# - the list `names` stays as it is.


# %%
def plan(names, rounds):
    ### BEGIN SOLUTION
    order = []
    for turn in range(rounds):
        start = turn % len(names)
        order += names[start:] + names[:start]
    return order
    ### END SOLUTION


# %%
def fair():
    random = checks.random(4)
    for rounds in (3, 7, 4, 2, 0, 1, 11, *random.randint(1, 20, 8).tolist()):
        names = [chr(65 + number) for number in random.permutation(26)[:random.randint(1, 9)]]
        given, size = names.copy(), len(names)
        order = list(plan(given, rounds))
        case = f"{rounds} rounds of {', '.join(names)}, planned as {order}: "
        if len(order) != size * rounds or given != names:
            return case + "is that one run of each in each round, and the list as it was?"
        parts = [order[at:at + size] for at in range(0, len(order), size)]
        if any(sorted(part) != sorted(names) for part in parts):
            return case + "does each round hold each name once?"
        for place, there in enumerate(zip(*parts), 1):
            counts = [there.count(name) for name in names]
            if max(counts) - min(counts) > 1:
                return case + f"who has the place {place} of a round, and how often?"
    return True


checks.grade("4 plan", fair, hint="what may change from one round to the next, so that each comes "
             "to each place?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Put the names in a circle. Each round goes once around it, and each begins one name further than
# the round before. Python's `%` brings the start back to the beginning of the list, and two slices
# of the list make a round.
#
# </details>

# %% [markdown]
# ## 5. Mend a stopwatch (mend)
#
# `step()` only queues its work, as on a GPU, and comes back; `finish()` waits until all that is
# queued is done. `hasty_seconds` has **three** faults: it times what happens once, it stops the
# clock before the work is done, and one interruption spoils its result.


# %%
def hasty_seconds(step, finish, clock=time.perf_counter):
    begin = clock()
    for _ in range(9):
        step()
    return (clock() - begin) / 9


# %% [markdown]
# Write `steady_seconds`: three steps to warm up, not timed and waited for; then nine, timed one by
# one, each from before its `step()` until it is done; the median of the nine. The check brings
# machines of its own, on whose clocks nothing is noisy.


# %%
def steady_seconds(step, finish, clock=time.perf_counter):
    ### BEGIN SOLUTION
    times = []
    for _ in range(12):
        begin = clock()
        step()
        finish()
        times.append(clock() - begin)
    return median(times[3:])
    ### END SOLUTION


# %%
class Machine:
    """Whose steps take the given seconds; to queue one takes a hundredth."""

    def __init__(self, seconds):
        self.seconds, self.now, self.queued, self.calls = seconds, 0.0, 0.0, 0

    def step(self):
        self.now, self.calls = self.now + 0.01, self.calls + 1
        self.queued += self.seconds[min(self.calls, len(self.seconds)) - 1]

    def finish(self):
        self.now, self.queued = self.now + self.queued, 0.0

    def clock(self):
        return self.now


# %%
def measures():
    random = checks.random(5)
    for scale, first in ((1.0, [70, 7, 3]), (0.05, [70, 0.3, 4]), (300.0, [0.2, 90, 0.5])):
        nine = scale * random.uniform(1, 2, 9)
        nine[0], nine[random.randint(1, 9)] = scale * 0.9, scale * 50  # quick; interrupted
        machine = Machine([*(scale * seconds for seconds in first), *nine])
        found = steady_seconds(machine.step, machine.finish, machine.clock)
        if machine.calls != 12:
            return f"three steps to warm up and nine timed: and you took {machine.calls}?"
        if not math.isclose(found, 0.01 + sorted(nine)[4], rel_tol=1e-6):
            return f"{found:.4g} s for steps of {nine.round(3).tolist()} s: what else is in it?"
    return True


checks.grade("5 steady seconds", measures, hint="when does the clock start and stop for one step? "
             "what is waited for, and which number stands for all nine?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# One loop for the three, one for the nine, or one for all twelve whose first three times are left
# out. Read the clock, step, wait with `finish`, read the clock again, and keep the difference. A
# median does not follow the one step that something interrupted.
#
# </details>

# %% [markdown]
# With the check green, use it on a real step: PyTorch on 64 digits. Your number depends on your
# machine, so nothing checks it. Compare it with
# `spread(outcome, "PyTorch", 64, "training images/s")`: what differs between the two measurements?

# %% tags=["nbval-ignore-output"]
pytorch, digits = cells.functions("02_frameworks/02_pytorch"), mnist.load()
model = pytorch.build(spec.initial_weights())
try:
    seconds = steady_seconds(lambda: pytorch.train_step(model, digits.train_images[:64],
                                                        digits.train_labels[:64]),
                             lambda: None)  # on the CPU nothing is left in a queue
    print(f"{64 / seconds:,.0f} images a second, "
          f"{64 / seconds * race.flops(training=True) / 1e9:.1f} GFLOP/s")
except NotImplementedError:
    print("first complete task 5")
