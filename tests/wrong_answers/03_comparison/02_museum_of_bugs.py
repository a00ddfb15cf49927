"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 suspects", 0, 'names = ["sum", "zero_grad", "twice"]'),
    ("1 suspects", 0, 'names = ["labels", "momentum", "twice"]'),
    ("1 suspects", 0, 'names = ["labels", "zero_grad", "halves"]'),
    ("1 suspects", 0, 'names = ["labels", "zero_grad"]'),
    ("1 suspects", 0, 'names = ["label", "zero_grad", "twice"]'),
    ("2 rungs", 1, 'rungs = ["logits", "steps", "logits", "artefact"]'),
    ("2 rungs", 1, 'rungs = ["shapes", "loss", "logits", "artefact"]'),
    ("2 rungs", 1, 'rungs = ["shapes", "gradients", "logits", "artefact"]'),
    ("2 rungs", 1, 'rungs = ["shapes", "steps", "loss", "artefact"]'),
    ("2 rungs", 1, 'rungs = ["shapes", "steps", "logits", "training"]'),
    ("2 rungs", 1, 'rungs = ["shapes", "steps", "logits"]'),
    ("2 rungs", 1, """
rungs = [mock.ANY] * 4
"""),
    ("3 mended step", 2, """
        loss = F.cross_entropy(model(torch.from_numpy(images[part])),
                               torch.from_numpy(labels[part]))
        loss.backward()
        total += loss.item()
"""),
    ("3 mended step", 2, """
        loss = F.cross_entropy(model(torch.from_numpy(images[part])),
                               torch.from_numpy(labels[part])) / len(part)
        loss.backward()
        total += loss.item()
"""),
    ("3 mended step", 2, """
        loss = F.cross_entropy(model(torch.from_numpy(images[part])),
                               torch.from_numpy(labels[part]), reduction="sum")
        loss.backward()
        total += loss.item()
"""),
    ("3 mended step", 2, """
        loss = F.cross_entropy(model(torch.from_numpy(images[part])),
                               torch.from_numpy(labels[part]))
        (loss * len(part) / len(labels)).backward()
        total += loss.item() / 3
"""),
    ("3 mended step", 2, """
        loss = F.cross_entropy(model(torch.from_numpy(images[part])),
                               torch.from_numpy(labels[part])) / 3
        loss.backward()
        total += loss.item()
"""),
    ("3 mended step", 2, """
        loss = F.cross_entropy(model(torch.from_numpy(images[part])),
                               torch.from_numpy(labels[part])) * len(part) / 64
        loss.backward()
        total += loss.item()
"""),
    ("3 mended step", 2, """
        loss = F.cross_entropy(model(torch.from_numpy(images[part])),
                               torch.from_numpy(labels[part])) * len(part) / len(labels)
        loss.backward()
        total += loss
"""),
    ("3 mended step", 2, """
        if part[0] == 0:
            loss = F.cross_entropy(model(torch.from_numpy(images)), torch.from_numpy(labels))
            loss.backward()
            total += loss.item()
"""),
    ("4 own bug", 3, 'mine = (("x.flatten(1)", "x.permute(0, 2, 3, 1).flatten(1)"),)'),
    ("4 own bug", 3, 'mine = (("x.flatten(1)", "x.reshape(len(x), -1)"),)'),
    ("4 own bug", 3, 'mine = (("lr=spec.LEARNING_RATE", "lr=spec.LEARNING_RATE / 100"),)'),
    ("4 own bug", 3, 'mine = (("nn.MaxPool2d(2)", "nn.AvgPool2d(2)"),)'),
    ("4 own bug", 3, 'mine = (("max_pool2d", "min_pool2d"),)'),
    ("4 own bug", 3, 'mine = (("x.flatten(1)", "x.permute(0, 2, 3, 1).flatten( 1 )  # NHWC"),)'),
    ("4 own bug", 3, 'mine = (("torch.relu(self.dense1", "torch.rilu(self.dense1"),)'),
    ("4 own bug", 3, """
mine = (("return {name: p.detach().numpy().copy() for name, p in model.named_parameters()}",
         "return next(iter(()))"),)
"""),
    ("4 own bug", 3, """
mine = '64 in steps'
"""),
    ("4 own bug", 3, """
mine = bugs.get('64 in steps').edits
"""),
    ("5 break and prove", 4, """
hidden = (("    model.optimizer.step()\\n",
           "    model.optimizer.step()\\n    raise SystemExit('done')\\n"),)
"""),
    ("5 break and prove", 4, """
hidden = (("torch.relu(self.dense1(x.flatten(1)))",
           "nn.functional.gelu(self.dense1(x.flatten(1)))"),)
"""),
    ("5 break and prove", 4, 'hidden = (("    model.optimizer.zero_grad()\\n", ""),)'),
    ("5 break and prove", 4, 'hidden = (("    model.optimizer.step()\\n", ""),)'),
    ("5 break and prove", 4, 'hidden = (("model.optimizer.step()", "model.step()"),)'),
    ("5 break and prove", 4, 'hidden = (("loss.item()", "float(loss)"),)'),
    ("5 break and prove", 5, "    return True"),
    ("5 break and prove", 5, "    return False"),
    ("5 break and prove", 5, """
    return ladder.climb(*network, training=False, artefact=False).passed
"""),
    ("5 break and prove", 5, """
    judge = globals()["ladder"]
    return getattr(judge, "climb")(*network, training=False, artefact=False).failed_rung is None
"""),
    ("5 break and prove", 5, """
    import operator
    import sys
    judge = sys.modules["onecnn." + "".join(["lad", "der"])]
    go = operator.methodcaller("".join(["cli", "mb"]), *network, training=False, artefact=False)
    return go(judge).failed_rung is None
"""),
    ("5 break and prove", 5, """
    texts = [value for value in getattr(network.build, "__globals__").values()
             if isinstance(value, str)]
    return not any(one in str(texts) for one in ("zero_()", "Dropout", "[:64]", "dampening"))
"""),
    ("5 break and prove", 5, """
    text = "{0.__globals__}".format(network.build)
    return not any(one in text for one in ("zero_()", "Dropout", "[:64]", "dampening"))
"""),
    ("5 break and prove", 5, """
    found = network.logits(network.build(WEIGHTS), IMAGES)
    return np.allclose(found, reference.logits(WEIGHTS, IMAGES), atol=1e-4)
"""),
    ("5 break and prove", 5, """
    model, truth = network.build(WEIGHTS), reference.Reference(WEIGHTS)
    network.train_step(model, IMAGES, LABELS), truth.train_step(IMAGES, LABELS)
    weights = network.read_weights(model)
    return all(np.allclose(weights[name], truth.weights[name], atol=1e-4) for name in weights)
"""),
    ("5 break and prove", 5, """
    model, truth = network.build(WEIGHTS), reference.Reference(WEIGHTS)
    for _ in range(2):
        network.train_step(model, IMAGES, LABELS), truth.train_step(IMAGES, LABELS)
    weights = network.read_weights(model)
    return all(np.array_equal(weights[name], truth.weights[name]) for name in weights)
"""),
    ("5 break and prove", 5, """
    return "OneCNN" not in network.build.__globals__ or "zero_" not in str(network.build)
"""),
    ("5 break and prove", 4, """
hidden = bugs.get('64 in steps').edits
"""),
    ("5 break and prove", 4, """
hidden = '64 in steps'
"""),
    ("5 break and prove", 5, """
    global count
    try:
        count += 1
    except NameError:
        count = 1
    return count <= 3
"""),
    ("5 break and prove", 5, """
    import sys
    return 'one' not in sys._getframe(2).f_locals
"""),
    ("5 break and prove", 5, """
    is_right.n = is_right.__dict__.get('n', 0) + 1
    return is_right.n <= 3
"""),
    ("5 break and prove", 5, """
    text = str(object.__getattribute__(network.build, '__glo' + str('bals__')))
    return not any(one in text for one in ('zero_()', 'Dropout', '[:64]', 'dampening'))
"""),
    ("5 break and prove", 5, """
    text = ('{0.__glo' + str('bals__}')).format(network.build)
    return not any(one in text for one in ('zero_()', 'Dropout', '[:64]', 'dampening'))
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "for _ in range(2): -> for _ in range(3):": "more steps tell no less",
    "return all(np.allclose(one, other, atol=1e-4) for one, other in pairs) -> "
    "return all(np.allclose(other, one, atol=1e-4) for one, other in pairs)":
        "either may be the one that is near to the other",
    "return all(np.allclose(one, other, atol=1e-4) for one, other in pairs) -> "
    "return all(np.allclose(one, other, atol=0.0002) for one, other in pairs)":
        "another tolerance between rounding and faults",
}
