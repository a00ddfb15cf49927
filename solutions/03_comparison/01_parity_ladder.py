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
# Four tasks on [the parity ladder](../../notebooks/03_comparison/01_parity_ladder.ipynb), about 35
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. Nothing breaks if you run everything at once.

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
# ## 1. Read a report
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
# Which fault has each? Choose from `FAULTS`.

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


checks.grade("1 reading reports", explains, hint="what is |64 g - g| / |g|, what is |-g - g| / "
             "|g|, what is |0 - g| / |g|?", answer=faults_found)

# %% [markdown]
# ## 2. Choose a tolerance from measurements
#
# Write `wall(honest, faults)`, for two lists of measured differences, all above zero. It returns
# the smallest power of ten that leaves room: at least 3 times the largest honest difference. If the
# smallest fault is not at least 10 times that power of ten, no wall fits: return `None`.


# %%
def wall(honest, faults):
    ### BEGIN SOLUTION
    power = 10.0 ** math.ceil(math.log10(3 * max(honest)))
    return power if min(faults) >= 10 * power else None
    ### END SOLUTION


# %%
def stands():
    cases = [([9e-7, 1.5e-6, 1.3e-6], [1.4e-3, 3.0, 1e-2], 1e-5),
             ([4e-7, 5e-8], [2e-2, 1e-3], 1e-5), ([1e-3, 9e-3, 2e-4], [2.0, 0.9], None),
             ([2e-6], [5e-5, 3.0], None), ([0.2, 0.4], [300.0, 170.0], 10.0)]
    for honest, faults, wanted in cases:
        found = wall(honest, faults)
        if (found is None) != (wanted is None) or (wanted and not math.isclose(found, wanted)):
            return f"for {honest} and {faults} the wall is {wanted}, not {found}"
    return True


checks.grade("2 choosing a tolerance", stands,
             hint="10 ** ceil(log10(...)) is the next power of ten")

# %% [markdown]
# The third case is what happens on hardware that rounds to about three digits: the honest heap
# reaches up to the faults, and the rung needs another design, not another number.

# %% [markdown]
# ## 3. Write a rung for other weights
#
# The notebook shows a climber that forgets all biases. At the starting weights nobody can see it:
# all biases are zero there. So rung 2 asks at trained weights as well. A test of your own can
# choose any weights. Write `elsewhere(build, logits)`: build the network with the weights `OTHER`,
# whose biases are not zero, and return the largest absolute difference between its logits of
# `IMAGES` and the reference's.

# %%
random = np.random.RandomState(1)
OTHER = {name: value + (0.1 * random.standard_normal(value.shape)).astype(np.float32)
               * name.endswith("bias") for name, value in spec.initial_weights().items()}
IMAGES = digits.test_images[:64]


def elsewhere(build, logits):
    ### BEGIN SOLUTION
    found = logits(build(OTHER), IMAGES)
    return float(np.abs(found - reference.logits(OTHER, IMAGES)).max())
    ### END SOLUTION


# %%
def forgetful(model, images):
    return network.forward({name: value * (not name.endswith("bias"))
                            for name, value in model.weights.items()}, images)[0]


def one_digit_off(model, images):
    found = network.logits(model, images)
    found[0, 3] -= 0.01
    return found


def catches():
    if elsewhere(network.build, network.logits) > 1e-5:
        return "the honest network fails: does the reference get the weights OTHER, too?"
    if not elsewhere(network.build, forgetful) > 0.01:
        return "the forgetful network passes: are the biases of your network different from zero?"
    if not elsewhere(network.build, one_digit_off) > 0.009:
        return ("a single logit that is too small by 0.01 passes: largest difference, without "
                "its sign")
    return climb(logits=forgetful).failed_rung == "logits"


checks.grade("3 a rung for other weights", catches,
             hint="np.abs(found - wanted).max(), with reference.logits for what is wanted")

# %% [markdown]
# ## 4. Predict, then measure
#
# Five changes to the network. Which of the first five rungs fails first? Read the code, write your
# answers, and only then run the check. Where none of the five fails, the answer is `None`.


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
             if climb(**changed).failed_rung != answer[name]]
    return not wrong or f"the ladder says something else for: {', '.join(wrong)}"


checks.grade("4 predicted rungs", comes_true, hint="which function is changed, and on which rung "
             "is it first used?", answer=prediction)
