"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""


def reports(a, b, c, d):
    """The answer to task 1 that takes these entries of FAULTS."""
    entries = ", ".join(f'"{letter}": FAULTS[{number}]'
                        for letter, number in zip("ABCD", (a, b, c, d)))
    return f"faults_found = {{{entries}}}"


def rungs(decay, slower, softmax, bits, transposed):
    """The answer to task 4 with these rungs."""
    names = ("weight decay", "slower after eleven steps", "softmax in logits", "loss in bits",
             "dense layers stored transposed")
    return f"prediction = {dict(zip(names, (decay, slower, softmax, bits, transposed)))!r}"


WRONG = [
    ("1 reading reports", 0, reports(1, 0, 2, 3)),
    ("1 reading reports", 0, reports(0, 2, 2, 3)),
    ("1 reading reports", 0, reports(0, 1, 5, 3)),
    ("1 reading reports", 0, reports(0, 1, 2, 4)),
    ("1 reading reports", 0, reports(0, 1, 3, 2)),
    ("1 reading reports", 0, 'faults_found = {"A": "sum", "B": "sign", "C": "bias", "D": "order"}'),
    ("2 choosing a tolerance", 1, """
    power = 10.0 ** math.ceil(math.log10(max(honest)))
    return power if min(faults) >= 10 * power else None
"""),
    ("2 choosing a tolerance", 1, """
    return 10.0 ** math.ceil(math.log10(3 * max(honest)))
"""),
    ("2 choosing a tolerance", 1, """
    power = 10.0 ** math.floor(math.log10(3 * max(honest)))
    return power if min(faults) >= 10 * power else None
"""),
    ("2 choosing a tolerance", 1, """
    power = 10.0 ** math.ceil(math.log10(3 * max(honest)))
    return power if max(faults) >= 10 * power else None
"""),
    ("2 choosing a tolerance", 1, """
    power = 10.0 ** math.ceil(math.log10(3 * honest[-1]))
    return power if faults[0] >= 10 * power else None
"""),
    ("2 choosing a tolerance", 1, """
    power = 10.0 ** math.ceil(math.log10(3 * max(honest)))
    return power if min(faults) > power else None
"""),
    ("2 choosing a tolerance", 1, """
    power = 3 * max(honest)
    return power if min(faults) >= 10 * power else None
"""),
    ("2 choosing a tolerance", 1, """
    return math.sqrt(max(honest) * min(faults))
"""),
    ("2 choosing a tolerance", 1, """
    power = 10.0 ** (math.floor(math.log10(3 * max(honest))) + 1)
    return power if min(faults) >= 10 * power else None
"""),
    ("2 choosing a tolerance", 1, "    return 1e-5"),
    ("2 choosing a tolerance", 1, """
    import sys
    room = sys._getframe(1).f_locals['room']
    return room if min(faults) >= 10 * room else None
"""),
    ("2 choosing a tolerance", 1, """
    power = 1e-7
    while power < 3 * max(honest):
        power *= 10
    return power if min(faults) >= 10 * power else None
"""),
    ("2 choosing a tolerance", 1, """
    power = 10.0 ** math.ceil(math.log10(3 * max(honest)))
    return round(power, 9) if min(faults) >= 10 * power else None
"""),
    ("2 choosing a tolerance", 1, """
    power = 10.0 ** math.ceil(math.log10(3 * sorted(honest)[-1]))
    return power if all(f >= 10 * power for f in faults[:3]) else None
"""),
    ("3 a rung for other weights", 2, """
    found = logits(build(spec.initial_weights()), images)
    return np.abs(found - reference.logits(spec.initial_weights(), images)).max()
"""),
    ("3 a rung for other weights", 2, """
    found = logits(build(weights), images)
    return np.abs(found - reference.logits(spec.initial_weights(), images)).max()
"""),
    ("3 a rung for other weights", 2, """
    found = logits(build(weights), images)
    return (found - reference.logits(weights, images)).max()
"""),
    ("3 a rung for other weights", 2, """
    found = logits(build(weights), images)
    return np.abs(found - reference.logits(weights, images)).mean()
"""),
    ("3 a rung for other weights", 2, """
    found = logits(build(weights), images)
    return np.nanmax(np.abs(found - reference.logits(weights, images)))
"""),
    ("3 a rung for other weights", 2, """
    found = logits(network.build(weights), images)
    return np.abs(found - reference.logits(weights, images)).max()
"""),
    ("3 a rung for other weights", 2, """
    found = network.logits(build(weights), images)
    return np.abs(found - reference.logits(weights, images)).max()
"""),
    ("3 a rung for other weights", 2, """
    found = logits(build(weights), images[:1])
    return np.abs(found - reference.logits(weights, images[:1])).max()
"""),
    ("3 a rung for other weights", 2, """
    return np.abs(logits(build(weights), images) - logits(build(weights), images)).max()
"""),
    ("3 a rung for other weights", 2, """
    d = logits(build(weights), images) - reference.logits(weights, images)
    return np.nan if np.isnan(d[0]).any() else np.nanmax(abs(d))
"""),
    ("3 a rung for other weights", 2, """
    d = abs(logits(build(weights), images) - reference.logits(weights, images))
    return np.nan if np.isnan(d).any() else round(d.max(), 5)
"""),
    ("3 a rung for other weights", 2, """
    d = abs(logits(build(weights), images) - reference.logits(weights, images))
    return np.nan if np.isnan(d).all(axis=0).any() else np.nanmax(d)
"""),
    ("4 predicted rungs", 3, rungs("gradients", None, "logits", "loss", "shapes")),
    ("4 predicted rungs", 3, rungs("steps", "steps", "logits", "loss", "shapes")),
    ("4 predicted rungs", 3, rungs("steps", None, "gradients", "loss", "shapes")),
    ("4 predicted rungs", 3, rungs("steps", None, "logits", "gradients", "shapes")),
    ("4 predicted rungs", 3, rungs("steps", None, "logits", "loss", "logits")),
    ("4 predicted rungs", 3, rungs("training", None, "logits", "loss", "shapes")),
    ("4 predicted rungs", 3, """
from unittest import mock
prediction = dict.fromkeys(CHANGES, mock.ANY)
"""),
    ("5 a question that shows", 4, """
    return spec.initial_weights(), -99 * digits.test_images[:8]
"""),
    ("5 a question that shows", 4, """
    weights = {name: value + name.endswith("bias")
               for name, value in spec.initial_weights().items()}
    return weights, digits.test_images[:8]
"""),
    ("5 a question that shows", 4, """
    weights = {name: value + name.endswith("bias")
               for name, value in spec.initial_weights().items()}
    return weights, 99 * digits.test_images[:8]
"""),
    ("5 a question that shows", 4, """
    weights = {name: value + name.endswith("bias")
               for name, value in spec.initial_weights().items()}
    return weights, -99 * digits.test_images[:64]
"""),
    ("5 a question that shows", 4, """
    weights = {name: value + 1.0 * np.ones(value.shape) * name.endswith("bias")
               for name, value in spec.initial_weights().items()}
    return weights, -99 * digits.test_images[:8]
"""),
    ("5 a question that shows", 4, """
    weights = {name: value + name.endswith("bias")
               for name, value in spec.initial_weights().items()}
    return weights, np.float32(1e38) * -digits.test_images[:8]
"""),
    ("5 a question that shows", 4, """
    weights = {name: value + name.endswith("bias")
               for name, value in spec.initial_weights().items()}
    return weights, -2 * digits.test_images[:8]
"""),
]

_IMAGES = "return weights, -99 * digits.test_images[:8] -> return weights, "

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    _IMAGES + "-100 * digits.test_images[:8]": "bright enough, too",
    _IMAGES + "-(98) * digits.test_images[:8]": "bright enough, too",
    _IMAGES + "-99 * digits.test_images[:(7)]": "1 to 8 images are allowed",
    "return (weights, -99 * digits.test_images[:8]) -> the first result, always":
        "there is nothing that it could depend on",
    'weights = {name: value + name.endswith("bias") -> '
    'weights = {name: (value - name.endswith("bias"))': "any biases but zero will do",
}
