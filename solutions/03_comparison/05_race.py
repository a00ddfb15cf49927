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
# Five tasks on [the race](../../notebooks/03_comparison/05_race.ipynb), about 40 minutes. Fill in
# what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a
# hint. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import json
import time
from statistics import median

from onecnn import cells, checks, mnist, paths, race, spec

outcome = json.loads((paths.programs("03_comparison/05_race") / "race.json").read_text())
print("at the top:     ", ", ".join(outcome))
name = next(iter(outcome["results"]))
print("one entrant:    ", ", ".join(outcome["results"][name]))
print("one batch size: ", ", ".join(outcome["results"][name]["64"]))

# %% [markdown]
# ## 1. Read the file
#
# `spread` shall return three numbers for one entrant, batch size and figure: the lowest of the
# rounds, the median, the highest. Look at what the cell above printed: `results` holds names, a
# name holds batch sizes **as strings**, a batch size holds figures, and a figure holds a list with
# one value a round.


# %%
def spread(outcome, name, batch, figure):
    ### BEGIN SOLUTION
    values = outcome["results"][name][str(batch)][figure]
    return min(values), median(values), max(values)
    ### END SOLUTION


# %%
def reads_the_file():
    made_up = {"results": {"A": {"64": {"training images/s": [300.0, 100.0, 110.0, 120.0, 130.0]}}}}
    found = tuple(spread(made_up, "A", 64, "training images/s"))
    if found == (100.0, 152.0, 300.0):
        return "the middle one is the median: a mean follows the one round that went wrong"
    if found != (100.0, 120.0, 300.0):
        return False
    return all(low <= middle <= high
               for name in outcome["results"] for batch in outcome["conditions"]["batches"]
               for low, middle, high in [spread(outcome, name, batch, "inference images/s")])


checks.grade("1 spread", reads_the_file,
             hint="lowest, median, highest, of all rounds; the batch size is a string in the file")

# %% [markdown]
# ## 2. Compute a break-even
#
# Entrant A is ready after `start_a` seconds and then does `rate_a` images a second; B likewise.
# After how many images has B, which starts later, caught up? Return `None` where it never does.


# %%
def break_even(start_a, rate_a, start_b, rate_b):
    ### BEGIN SOLUTION
    gain = 1 / rate_a - 1 / rate_b
    return (start_b - start_a) / gain if gain > 0 else None
    ### END SOLUTION


# %%
def catches_up():
    if break_even(1.0, 1000.0, 9.0,
                  500.0) is not None or break_even(1.0, 1000.0, 9.0, 1000.0) is not None:
        return "a later start and no higher rate: B never catches up, the answer is None"
    images = break_even(1.0, 1000.0, 9.0, 5000.0)
    if images is None or abs(1.0 + images / 1000.0 - (9.0 + images / 5000.0)) > 1e-6:
        return ("at the break-even both have taken the same time: start_a + n / rate_a = start_b + "
                "n / rate_b")
    return abs(images - 10_000) < 1e-3


checks.grade("2 break-even", catches_up,
             hint="set the two times equal and solve for the number of images")

# %% [markdown]
# ## 3. Predict, then count
#
# Suppose the second convolution had 5x5 kernels in place of 3x3. Its input is still 16 x 13 x 13,
# its output has 32 channels, without padding. How many floating-point operations does its forward
# pass take for one image, two for each multiply-add? For the 3x3 kernels it is
# `2 * 32 * 16 * 3 * 3 * 11 * 11`, or 1,115,136.

# %%
### BEGIN SOLUTION
operations = 2 * 32 * 16 * 5 * 5 * 9 * 9
### END SOLUTION


# %%
def counted(answer):
    if answer == 2 * 32 * 16 * 25 * 11 * 11:
        return "a larger kernel fits in fewer places: how wide is the output?"
    if answer in (32 * 16 * 25 * 9 * 9, 32 * 16 * 25 * 11 * 11):
        return "a multiply-add is two operations"
    return answer == 2_073_600


checks.grade("3 operations", counted, hint="2 x output channels x input channels x kernel x places "
             "where the kernel fits", answer=operations)

# %% [markdown]
# ## 4. Find the flaw
#
# Three reports, all made up, each with one flaw that spoils its conclusion:
#
# - **Report 1.** *Ten training steps each, one process, one thread, batch 64, 20 rounds in turn.
#   Total time divided by ten. The compiled framework is 40 times slower than the eager one.*
# - **Report 2.** *On a GPU, 1,000 steps after 50 for warming up, medians of 5 interleaved rounds.
#   The clock stops when the call of the step returns; we never look at the loss. The framework
#   needs 90 microseconds for a network of 60 million weights.*
# - **Report 3.** *Medians of 200 steps after warm-up, batch 256, every loss read. First all rounds
#   of A, at noon. Then all rounds of B, in the evening, while the nightly backup ran. B is 15 %
#   slower, and its rounds agree within 1 %.*
#
# Choose for each: **a** the work was only queued; **b** the first step was mixed with steady state;
# **c** the rounds were not interleaved; **d** the batch sizes differ; **e** one had more threads
# than the other.

# %%
### BEGIN SOLUTION
flaws = {1: "b", 2: "a", 3: "c"}
### END SOLUTION


# %%
def named(answer):
    hints = {1: "what does a compiled framework do in the first of its ten steps?",
             2: "could so many weights be read and changed in that time?",
             3: "what else changed between A and B? Close rounds tell that a measurement repeats, "
                "not that it is fair"}
    right = {1: "b", 2: "a", 3: "c"}
    if set(answer) != {1, 2, 3}:
        return "one letter for each of the reports 1, 2 and 3"
    return next((f"report {n}: {hints[n]}" for n in right if answer[n] != right[n]), True)


checks.grade("4 flaws", named, hint="one letter for each report", answer=flaws)

# %% [markdown]
# ## 5. Measure it yourself
#
# `steady_seconds` shall call `step()` three times without timing it, then nine times with, one by
# one, and return the median of the nine. `clock()` gives the time in seconds. The check brings a
# clock of its own, on which nothing is ever noisy.


# %%
def steady_seconds(step, clock=time.perf_counter):
    ### BEGIN SOLUTION
    for _ in range(3):
        step()
    times = []
    for _ in range(9):
        begin = clock()
        step()
        times.append(clock() - begin)
    return median(times)
    ### END SOLUTION


# %%
def measures():
    now, calls = [0.0], [0]

    def step():
        calls[0] += 1
        now[0] += (5.0 if calls[0] == 1 else 1.0 if calls[0] <= 3 else 30.0 if calls[0] == 7
                   else 0.25)

    found = steady_seconds(step, lambda: now[0])
    if calls[0] != 12:
        return ("three calls to warm up and nine timed ones are 12, and step() was called "
                f"{calls[0]} times")
    if found == 0.25:
        return True
    return ("one of the nine was interrupted, and the result follows it: take the median of nine "
            "single times" if found > 3 else False)


checks.grade("5 steady seconds", measures,
             hint="clock(), step(), clock(), nine times; keep each difference")

# %% [markdown]
# With the check green, use it on a real step: PyTorch on 64 digits. Your number depends on your
# machine, so nothing checks it. Compare it with
# `spread(outcome, "PyTorch", 64, "training images/s")`: what differs between the two measurements?

# %% tags=["nbval-ignore-output"]
pytorch, digits = cells.functions("02_frameworks/02_pytorch"), mnist.load()
model = pytorch.build(spec.initial_weights())
try:
    seconds = steady_seconds(lambda: pytorch.train_step(model, digits.train_images[:64],
                                                        digits.train_labels[:64]))
    print(f"{64 / seconds:,.0f} images a second, "
          f"{64 / seconds * race.flops(training=True) / 1e9:.1f} GFLOP/s")
except NotImplementedError:
    print("first complete task 5")
