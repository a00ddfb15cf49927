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
    return math.sqrt(max(honest) * min(faults))
"""),
    ("3 a rung for other weights", 2, """
    found = logits(build(spec.initial_weights()), IMAGES)
    return float(np.abs(found - reference.logits(spec.initial_weights(), IMAGES)).max())
"""),
    ("3 a rung for other weights", 2, """
    found = logits(build(OTHER), IMAGES)
    return float(np.abs(found - reference.logits(spec.initial_weights(), IMAGES)).max())
"""),
    ("3 a rung for other weights", 2, """
    found = logits(build(OTHER), IMAGES)
    return float((found - reference.logits(OTHER, IMAGES)).max())
"""),
    ("3 a rung for other weights", 2, """
    found = logits(build(OTHER), IMAGES)
    return float(np.abs(found - reference.logits(OTHER, IMAGES)).mean())
"""),
    ("3 a rung for other weights", 2, """
    return float(np.abs(logits(build(OTHER), IMAGES) - logits(build(OTHER), IMAGES)).max())
"""),
    ("4 predicted rungs", 3, rungs("gradients", None, "logits", "loss", "shapes")),
    ("4 predicted rungs", 3, rungs("steps", "steps", "logits", "loss", "shapes")),
    ("4 predicted rungs", 3, rungs("steps", None, "gradients", "loss", "shapes")),
    ("4 predicted rungs", 3, rungs("steps", None, "logits", "gradients", "shapes")),
    ("4 predicted rungs", 3, rungs("steps", None, "logits", "loss", "logits")),
    ("4 predicted rungs", 3, rungs("training", None, "logits", "loss", "shapes")),
]
