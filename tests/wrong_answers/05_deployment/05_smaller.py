"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 estimator", 0, """
        ctx.save_for_backward(x.abs() <= top)
        return torch.round(x / step) * step
"""),
    ("1 estimator", 0, """
        whole = torch.round(x / step)
        ctx.save_for_backward(whole.abs() <= top)
        return whole.clamp(0, top) * step
"""),
    ("1 estimator", 0, """
        whole = torch.floor(x / step)
        ctx.save_for_backward(whole.abs() <= top)
        return whole.clamp(-top, top) * step
"""),
    ("1 estimator", 0, """
        whole = torch.round(x / step)
        ctx.save_for_backward(x.abs() <= top)
        return whole.clamp(-top, top) * step
"""),
    ("1 estimator", 1, """
        return gradient, None, None
"""),
    ("1 estimator", 1, """
        return gradient * 0, None, None
"""),
    ("1 estimator", 1, """
        inside, = ctx.saved_tensors
        return gradient * ~inside, None, None
"""),
    ("1 estimator", 1, """
        inside, = ctx.saved_tensors
        return gradient * inside
"""),
    ("2 mask", 2, """
    sizes = {name: np.abs(weights[f"{name}.weight"]) for name in LAYERS}
    return {name: size >= np.quantile(size, share) for name, size in sizes.items()}
"""),
    ("2 mask", 2, """
    everything = np.concatenate([weights[f"{name}.weight"].ravel() for name in LAYERS])
    threshold = np.sort(everything)[round(share * len(everything))]
    return {name: weights[f"{name}.weight"] >= threshold for name in LAYERS}
"""),
    ("2 mask", 2, """
    sizes = {name: np.abs(weights[f"{name}.weight"]) for name in LAYERS}
    everything = np.sort(np.concatenate([size.ravel() for size in sizes.values()]))
    threshold = everything[round(share * len(everything))]
    return {name: size < threshold for name, size in sizes.items()}
"""),
    ("2 mask", 2, """
    sizes = {name: np.abs(weights[f"{name}.weight"]) for name in LAYERS}
    everything = np.sort(np.concatenate([size.ravel() for size in sizes.values()]))
    threshold = [*everything, np.inf][round(share * len(everything))]
    return {name: size >= threshold for name, size in sizes.items()}
"""),
    ("2 mask", 2, """
    sizes = {name: np.abs(weights[f"{name}.weight"]) for name in LAYERS}
    everything = np.sort(np.concatenate([size.ravel() for size in sizes.values()]))
    threshold = [-1, *everything][round(share * len(everything))]
    return {name: size > threshold for name, size in sizes.items()}
"""),
    ("2 mask", 2, """
    sizes = {name: np.abs(value) for name, value in weights.items()}
    threshold = np.quantile(np.concatenate([size.ravel() for size in sizes.values()]), share)
    return {name: size >= threshold for name, size in sizes.items()}
"""),
    ("3 filter", 3, """
    smaller = dict(weights)
    for kind in ("weight", "bias"):
        smaller[f"conv2.{kind}"] = np.delete(weights[f"conv2.{kind}"], number, axis=0)
    return smaller
"""),
    ("3 filter", 3, """
    smaller = dict(weights)
    for kind in ("weight", "bias"):
        smaller[f"conv2.{kind}"] = np.delete(weights[f"conv2.{kind}"], number, axis=0)
    smaller["dense1.weight"] = np.delete(weights["dense1.weight"],
                                         np.arange(number, 800, 32), axis=1)
    return smaller
"""),
    ("3 filter", 3, """
    smaller = dict(weights)
    smaller["conv2.weight"] = np.delete(weights["conv2.weight"], number, axis=0)
    columns = np.arange(25 * number, 25 * (number + 1))
    smaller["dense1.weight"] = np.delete(weights["dense1.weight"], columns, axis=1)
    return smaller
"""),
    ("3 filter", 3, """
    smaller = dict(weights)
    for kind in ("weight", "bias"):
        smaller[f"conv2.{kind}"] = np.delete(weights[f"conv2.{kind}"], number, axis=0)
    smaller["dense1.weight"] = weights["dense1.weight"][:, :775]
    return smaller
"""),
    ("3 filter", 3, """
    smaller = dict(weights)
    smaller["conv2.weight"] = np.delete(weights["conv2.weight"], number % 16, axis=1)
    return smaller
"""),
    ("4 distillation", 4, """
    ours, theirs = (F.log_softmax(student / temperature, dim=1),
                    F.log_softmax(teacher / temperature, dim=1))
    apart = F.kl_div(ours, theirs, log_target=True, reduction="batchmean")
    return soft * apart + (1 - soft) * F.cross_entropy(student, labels)
"""),
    ("4 distillation", 4, """
    ours, theirs = (F.log_softmax(student / temperature, dim=1),
                    F.softmax(teacher / temperature, dim=1))
    apart = (ours.exp() - theirs).square().sum(1).mean() * temperature ** 2
    return soft * apart + (1 - soft) * F.cross_entropy(student, labels)
"""),
    ("4 distillation", 4, """
    ours, theirs = (F.log_softmax(student / temperature, dim=1),
                    F.log_softmax(teacher / temperature, dim=1))
    apart = (theirs - ours).square().mean() * temperature ** 2
    return soft * apart + (1 - soft) * F.cross_entropy(student, labels)
"""),
    ("4 distillation", 4, """
    ours, theirs = (F.log_softmax(student / temperature, dim=1),
                    F.softmax(teacher / temperature, dim=1))
    apart = F.kl_div(ours, theirs, reduction="sum") * temperature ** 2
    return soft * apart + (1 - soft) * F.cross_entropy(student, labels)
"""),
    ("4 distillation", 4, """
    ours, theirs = (F.log_softmax(student / temperature, dim=1),
                    F.log_softmax(teacher / temperature, dim=1))
    apart = F.kl_div(theirs, ours, log_target=True, reduction="batchmean") * temperature ** 2
    return soft * apart + (1 - soft) * F.cross_entropy(student, labels)
"""),
    ("4 distillation", 4, """
    ours, theirs = (F.log_softmax(student / temperature, dim=1),
                    F.log_softmax(teacher / temperature, dim=1))
    apart = F.kl_div(ours, theirs, log_target=True, reduction="batchmean") * temperature ** 2
    return soft * apart + (1 - soft) * F.cross_entropy(student / temperature, labels)
"""),
    ("1 estimator", 0, """
        whole = torch.round(x / 0.25)
        ctx.save_for_backward(whole.abs() <= top)
        return whole.clamp(-top, top) * 0.25
"""),
    ("1 estimator", 0, """
        whole = torch.round(x / step)
        ctx.save_for_backward(whole.abs() <= top)
        return whole.float().clamp(-top, top) * step
"""),
    ("1 estimator", 1, """
        inside, = ctx.saved_tensors
        gradient[~inside] = 0
        return gradient, None, None
"""),
    ("2 mask", 2, """
    sizes = {name: np.abs(weights[f"{name}.weight"]) for name in LAYERS}
    everything = np.sort(np.concatenate([size.ravel() for size in sizes.values()]))
    threshold = everything[int(share * len(everything))]
    return {name: size >= threshold for name, size in sizes.items()}
"""),
    ("2 mask", 2, """
    sizes = {name: np.abs(weights[f"{name}.weight"]) for name in LAYERS}
    everything = np.sort(np.concatenate([size.ravel() for size in sizes.values()]))
    threshold = everything[round(0.9 * len(everything))]
    return {name: size >= threshold for name, size in sizes.items()}
"""),
    ("3 filter", 3, """
    smaller = dict(weights)
    for kind in ("weight", "bias"):
        smaller[f"conv2.{kind}"] = np.delete(weights[f"conv2.{kind}"], 0, axis=0)
    smaller["dense1.weight"] = weights["dense1.weight"][:, 25:]
    return smaller
"""),
    ("3 filter", 3, """
    return weights
"""),
    ("4 distillation", 4, """
    p, q = torch.softmax(teacher / temperature, 1), torch.softmax(student / temperature, 1)
    apart = (p * (p.log() - q.log())).sum(1).mean() * temperature ** 2
    return soft * apart + (1 - soft) * F.cross_entropy(student, labels)
"""),
    ("4 distillation", 4, """
    ours, theirs = (F.log_softmax(student / temperature, dim=1),
                    F.log_softmax(teacher / temperature, dim=1))
    apart = F.kl_div(ours, theirs, log_target=True, reduction="mean") * temperature ** 2
    return soft * apart + (1 - soft) * F.cross_entropy(student, labels)
"""),
    ("5 bits", 5, """
bits = dict.fromkeys(LAYERS, 8)
"""),
    ("5 bits", 5, """
bits = dict.fromkeys(LAYERS, 4)
"""),
    ("5 bits", 5, """
bits = dict.fromkeys(LAYERS, 2)
"""),
    ("5 bits", 5, """
bits = {"conv1": 8, "conv2": 8, "dense1": 2, "dense2": 8}
"""),
    ("5 bits", 5, """
bits = {"conv1": 8, "conv2": 4, "dense1": 2.9, "dense2": 8}
"""),
    ("5 bits", 5, """
bits = {"conv1": 8, "dense1": 3, "dense2": 8}
"""),
    ("5 bits", 5, """
bits = {"conv1": 8, "conv2": 4, "dense1": 1, "dense2": 8}
"""),
    ("5 bits", 5, """
bits = {'conv1': 8, 'conv2': 4, 'dense1': True, 'dense2': 8}
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "ends = np.cumsum([size.size for size in sizes.values()])[:-1] -> "
    "ends = np.cumsum([size.size for size in sizes.values()])": "zip drops the fifth, empty part",
    "ours = F.log_softmax(student / temperature, dim=1) -> "
    "ours = F.log_softmax(student / temperature)": "of two axes PyTorch takes 1 by itself",
    "theirs = F.log_softmax(teacher / temperature, dim=1) -> "
    "theirs = F.log_softmax(teacher / temperature)": "of two axes PyTorch takes 1 by itself",
    'bits = {"conv1": 8, "conv2": 4, "dense1": 3, "dense2": 8} -> '
    'bits = {"conv1": (7), "conv2": 4, "dense1": 3, "dense2": 8}': "another design that fits",
    'bits = {"conv1": 8, "conv2": 4, "dense1": 3, "dense2": 8} -> '
    'bits = {"conv1": 8, "conv2": (3), "dense1": 3, "dense2": 8}': "another design that fits",
    'bits = {"conv1": 8, "conv2": 4, "dense1": 3, "dense2": 8} -> '
    'bits = {"conv1": 8, "conv2": 4, "dense1": 3, "dense2": (7)}': "another design that fits",
}
