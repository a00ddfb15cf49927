# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: the parity ladder
#
# Five tasks on [the parity ladder](../../notebooks/03_comparison/01_parity_ladder.ipynb), about 50
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way*
# unfolds below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# The network of this exercise is the one by hand, in NumPy. `climb` lets it climb the first five
# rungs, which take a second, some of its functions replaced.

# %%
import math

import numpy as np

from onecnn import cells, checks, ladder, mnist, reference, spec

network = cells.functions("01_history/02_by_hand")
digits = mnist.load()


def climb(**changed):
    return ladder.climb(*ladder.Network.of(network)._replace(**changed), training=False,
                        artefact=False)


# %% [markdown]
# ## 1. Read a report (predict)
#
# Four colleagues have ported the network. Each report ends on a rung; here are the largest figures
# of that rung. The gradients are relative: largest difference, divided by the largest entry of the
# right gradient.
#
# | report | rung | figures |
# |---|---|---|
# | A | gradients | 63 for every tensor |
# | B | gradients | 2 for every tensor |
# | C | gradients | 1 for `conv2.bias`, about 0.0000003 for every other tensor |
# | D | gradients | about 0.0000003 for every tensor but `dense1.weight`; there about 1 |
#
# Which fault has each? Choose from `FAULTS`, in a dict with the keys A to D.

# %%
FAULTS = ("the loss is a mean, its gradient a sum", "the gradient has the wrong sign",
          "one bias gets no gradient", "a gradient is returned in NHWC order",
          "the kernels are flipped", "nothing: that is rounding")

# %%
### BEGIN SOLUTION
faults_found = {
    "A": "the loss is a mean, its gradient a sum",
    "B": "the gradient has the wrong sign",
    "C": "one bias gets no gradient",
    "D": "a gradient is returned in NHWC order",
}
### END SOLUTION

# %% [markdown]
# The check puts the fault that you name into the network, lets it climb, and compares the figures.


# %%
def spoil(fault, name, value):
    """One tensor of the gradient, with a fault in it."""
    if fault == FAULTS[0]:
        return 64 * value
    if fault == FAULTS[1]:
        return -value
    if fault == FAULTS[2]:
        return value * (name != "conv2.bias")
    if fault == FAULTS[3] and name == "dense1.weight":
        return value.reshape(64, 32, 5, 5).transpose(0, 2, 3, 1).reshape(64, 800)
    return value[:, :, ::-1, ::-1] if fault == FAULTS[4] and value.ndim == 4 else value


# %%
def figures(fault):
    def gradients(model, images, labels):
        loss, found = network.gradients(model, images, labels)
        return loss, {name: spoil(fault, name, value) for name, value in found.items()}

    return climb(gradients=gradients).rungs[3].measured


def explains(faults):
    for report, (usual, name, value) in {"A": (63, "dense1.bias", 63),
                                         "B": (2, "dense1.bias", 2), "C": (0, "conv2.bias", 1),
                                         "D": (0, "dense1.weight", 1)}.items():
        if faults[report] not in FAULTS:
            return f"report {report}: copy one of FAULTS"
        found = figures(faults[report])
        if abs(found["conv1.weight"] - usual) > 0.1 or abs(found[name] - value) > 0.2:
            return (f"report {report}: this fault gives {found['conv1.weight']:.1g} for "
                    f"conv1.weight, {found[name]:.1g} for {name}")
    return True


checks.grade("1 reading reports", explains, answer=faults_found,
             hint="if all of a gradient is k times too large, what is the relative difference?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Call the right gradient g. For each fault, write down what the network returns in its place, take
# g away, and divide by g. Numbers in another order are all there, only elsewhere: the difference is
# about as large as the numbers, and it is in one tensor. Then look for the table's figures.
#
# </details>

# %% [markdown]
# ## 2. Choose a tolerance from measurements (complete)
#
# Write `wall(honest, faults)`, for two lists of measured differences, in no order, all above zero.
# It returns the smallest power of ten that leaves room: at least 3 times the largest honest
# difference. If the smallest fault is not at least 10 times that power of ten, no wall fits: return
# `None`.


# %%
def wall(honest, faults):
    ### BEGIN SOLUTION
    power = 10.0 ** math.ceil(math.log10(3 * max(honest)))
    return power if min(faults) >= 10 * power else None
    ### END SOLUTION


# %%
def measurements(random):
    """Lists of differences: just below and just above what the two limits ask."""
    for turn in range(24):
        power = 10.0 ** random.randint(-13, 9)
        top = power * (random.uniform(0.105, 0.145) if turn % 2 else random.uniform(0.8, 0.99)) / 3
        low = 10 * power * (random.uniform(1.02, 1.08) if turn % 3 else random.uniform(0.91, 0.98))
        honest = [top, *(top * random.rand(random.randint(8)))]
        faults = [low, *(low * (1 + 99 * random.rand(random.randint(8))))]
        random.shuffle(honest), random.shuffle(faults)
        yield honest, faults
    yield [0.2, 0.3], [300.0, 10.0]
    yield [2.0], [100.0]
    yield [1 / 3, 0.1], [300.0]  # 3 times the largest is a power of ten
    yield [10 / 3], [300.0, 2000.0]


# %%
def stands():
    for honest, faults in measurements(checks.random(2)):
        found, case = wall(honest.copy(), faults.copy()), f"for {honest} and {faults}: {{}}"
        room = next(10.0**k for k in range(-15, 11) if 10.0**k >= 3 * max(honest))
        if min(faults) < 10 * room:
            if found is not None:
                return case.format(f"no wall fits, and you put one at {found}")
        elif found is None:
            return case.format("a wall fits, and you return None")
        elif not math.isclose(found, room, rel_tol=1e-6):
            return case.format(f"{found} is not the smallest power of ten with room")
    return True


checks.grade("2 choosing a tolerance", stands,
             hint="which honest difference is the worst? which fault comes nearest to the wall?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Two numbers of the lists matter: the largest honest one and the smallest fault. For the power of
# ten, take the logarithm to the base 10 of what the wall must reach, and go up to the next whole
# number: that is the exponent. Then ask whether the smallest fault is far enough above.
#
# </details>

# %% [markdown]
# `None` is what happens on hardware that rounds to about three digits: the honest heap reaches up
# to the faults, and the rung needs another design, not another number.

# %% [markdown]
# ## 3. Write a rung for other weights (complete)
#
# The notebook shows a climber that forgets all biases. At the starting weights nobody can see it:
# all biases are zero there. So rung 2 asks at trained weights as well. A test of your own can
# choose any weights. Write `elsewhere(build, logits, weights, images)`: build the network with
# these weights, and return the largest absolute difference between its logits of the images and the
# reference's. `reference.logits(weights, images)` has those. If a logit is NaN, so is what you
# return.


# %%
def elsewhere(build, logits, weights, images):
    ### BEGIN SOLUTION
    found = logits(build(weights), images)
    return np.abs(found - reference.logits(weights, images)).max()
    ### END SOLUTION


# %%
def forgetful(model, images):
    return network.forward({name: value * (not name.endswith("bias"))
                            for name, value in model.weights.items()}, images)[0]


def one_digit_off(model, images):
    found = network.logits(model, images)
    found[-1, 3] -= 0.01
    return found


def one_is_nan(model, images):
    found = network.logits(model, images)
    found[-1, 7] = np.nan
    return found


def builds_badly(weights):
    return network.build({**weights, "conv2.bias": 0 * weights["conv2.bias"]})


# %%
def other_weights(random):
    return {name: value + np.float32(0.1 * name.endswith("bias"))
            * random.standard_normal(value.shape).astype(np.float32)
            for name, value in spec.initial_weights().items()}


def largest(build, logits, weights, images):
    found, wanted = logits(build(weights), images), reference.logits(weights, images)
    return max(abs(a - b) for a, b in zip(found.flat, wanted.flat))


TRIALS = {"the honest network": (network.build, network.logits, 40),
          "one that forgets its biases": (network.build, forgetful, 7),
          "one whose last picture has a logit too small by 0.01": (network.build, one_digit_off, 5),
          "one whose build loses biases": (builds_badly, network.logits, 1)}


# %%
def catches():
    random = checks.random(3)
    for name, (build, logits, count) in TRIALS.items():
        weights, start = other_weights(random), random.randint(900)
        images = digits.test_images[start:start + count]
        found = elsewhere(build, logits, {**weights}, images.copy())
        if not abs(found - largest(build, logits, weights, images)) < 1e-6:
            return f"wrong for {name}, with {count} pictures: what is compared with what?"
    images = digits.test_images[:6]
    if not np.isnan(elsewhere(network.build, one_is_nan, {**weights}, images.copy())):
        return "a network with NaN among its logits gets a number: where did the NaN go?"
    return climb(logits=forgetful).failed_rung == "logits"


checks.grade("3 a rung for other weights", catches,
             hint="which weights does the network get, and which the reference?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Three steps. Build a model from `weights` and ask it for its logits. Ask the reference for its
# own, with the *same* weights and images. Then the difference, without its sign, and of all the
# numbers the largest: NumPy's `max` hands a NaN through.
#
# </details>

# %% [markdown]
# ## 4. Predict, then measure (predict)
#
# Five changes to the network. Which of the first five rungs (shapes, logits, loss, gradients,
# steps) fails first? Read the code, write your answers as a dict with the names of `CHANGES`, and
# then run the check. Where none of the five fails, the answer is `None`.


# %%
def with_decay(model, images, labels):  # weight decay, as in Caffe's example
    for weight in model.weights.values():
        weight *= 1 - spec.LEARNING_RATE * 0.0005
    return network.train_step(model, images, labels)


def slower_later(model, images, labels):  # a fifth of the learning rate from the twelfth step on
    model.steps = getattr(model, "steps", 0) + 1
    before = network.read_weights(model)
    loss = network.train_step(model, images, labels)
    if model.steps > 11:
        model.weights.update({name: old + 0.2 * (model.weights[name] - old)
                              for name, old in before.items()})
    return loss


# %%
def probabilities(model, images):
    scores = network.logits(model, images)
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def in_bits(model, images, labels):  # information is measured in bits: logarithm to the base 2
    loss, found = network.gradients(model, images, labels)
    return loss / math.log(2), found


CHANGES = {
    "weight decay": {"train_step": with_decay},
    "slower after eleven steps": {"train_step": slower_later},
    "softmax in logits": {"logits": probabilities},
    "loss in bits": {"gradients": in_bits},
    "dense layers stored transposed": {
        "read_weights": lambda model: {name: value.T if "dense" in name else value
                                       for name, value in network.read_weights(model).items()}},
}

# %%
### BEGIN SOLUTION
prediction = {
    "weight decay": "steps",
    "slower after eleven steps": None,
    "softmax in logits": "logits",
    "loss in bits": "loss",
    "dense layers stored transposed": "shapes",
}
### END SOLUTION


# %%
def comes_true(answer):
    wrong = [name for name, changed in CHANGES.items()
             if repr(answer[name]) != repr(climb(**changed).failed_rung)]
    return not wrong or f"the ladder says something else for: {', '.join(wrong)}"


checks.grade("4 predicted rungs", comes_true, hint="which function is changed, and on which rung "
             "is it first used?", answer=prediction)

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# For each change, note the function that it replaces. The chapter's table says what each rung asks,
# and so which functions it calls: go up until one of them meets the change. Where the change waits
# for some step, compare that with the number of steps on the rung.
#
# </details>

# %% [markdown]
# ## 5. Ask so that five faults show (design)
#
# A rung is as good as its question. `answer` below computes the logits in float64, right or with
# one of five faults. At the starting weights, on ordinary digits, none of the five changes
# anything.


# %%
FAULTY = ("all biases are forgotten", "each ReLU ends at 6", "logits end at -100 and 100",
          "pixels are clipped to 0..1", "pixels lose their sign")


def answer(weights, images, fault=""):
    biases, top = float(fault != FAULTY[0]), 6 if fault == FAULTY[1] else np.inf
    w = {name: value.astype(np.float64) * (biases if name.endswith("bias") else 1)
         for name, value in weights.items()}
    x = images.astype(np.float64)
    x = x.clip(0, 1) if fault == FAULTY[3] else np.abs(x) if fault == FAULTY[4] else x
    for layer in ("conv1", "conv2"):
        x = reference.convolve(x, w[f"{layer}.weight"], w[f"{layer}.bias"]).clip(0, top)
        x = reference.max_pool(x)[0]
    x = (x.reshape(len(x), -1) @ w["dense1.weight"].T + w["dense1.bias"]).clip(0, top)
    x = x @ w["dense2.weight"].T + w["dense2.bias"]
    return x.clip(-100, 100) if fault == FAULTY[2] else x


# %%
def shows(weights, images, fault):
    """The largest difference that a fault makes, as a share of the largest right logit."""
    right = answer(weights, images)
    return np.abs(answer(weights, images, fault) - right).max() / np.abs(right).max()


print("shows at the start:", [fault for fault in FAULTY if shows(
    spec.initial_weights(), digits.test_images[:64], fault) > 0])

# %% [markdown]
# Write `question()`. It returns one dict of weights and one array of images, with which
#
# - **each** of the five makes a difference of at least a thousandth of the largest right logit;
# - the honest network in float32 still passes: within 3e-6 of the largest right logit;
# - there are 1 to 8 images, `N x 1 x 28 x 28`, and the weights have the names and shapes of
#   `spec.SHAPES`; all is float32 and finite.


# %%
def question():
    ### BEGIN SOLUTION
    weights = {name: value + name.endswith("bias")
               for name, value in spec.initial_weights().items()}
    return weights, -99 * digits.test_images[:8]
    ### END SOLUTION


# %%
def not_allowed(weights, images):
    if {name: value.shape for name, value in weights.items()} != spec.SHAPES:
        return "weights of other names or shapes than the spec's"
    if images.shape[1:] != spec.IMAGE_SHAPE or not 1 <= len(images) <= 8:
        return f"images of the shape {images.shape}: is that 1 to 8, each 1 x 28 x 28?"
    if {str(array.dtype) for array in (*weights.values(), images)} != {"float32"}:
        return "something is not float32: what does NumPy make of float32 and a float64 array?"
    if not all(np.isfinite(array).all() for array in (*weights.values(), images)):
        return "something is not finite"
    return ""


# %%
def asks_well():
    weights, images = question()
    problem = not_allowed(weights, images)
    if problem:
        return problem
    right = answer(weights, images)
    honest = network.logits(network.build(weights), images.copy())
    if not np.abs(honest - right).max() <= 3e-6 * np.abs(right).max():
        return "the honest network fails: do the numbers leave float32 its seven digits?"
    hidden = [fault for fault in FAULTY if not shows(weights, images, fault) >= 1e-3]
    return not hidden or f"not seen: {', '.join(hidden)}. What would make it do something?"


checks.grade("5 a question that shows", asks_well,
             hint="for each fault: what must be in the weights, or in the pixels, for it to act?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Take the starting weights and change what hides a fault: biases of zero. Then the pictures: some
# pixels must lie below 0 and some above 1 for the two faults of pixels. Pictures that are many
# times too bright bring the ReLUs above 6 and the logits above 100. Look at `shows` while you try.
#
# </details>
