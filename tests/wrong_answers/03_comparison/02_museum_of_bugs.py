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
    ("4 own bug", 3, 'mine = (("x.flatten(1)", "x.permute(0, 2, 3, 1).flatten(1)"),)'),
    ("4 own bug", 3, 'mine = (("x.flatten(1)", "x.reshape(len(x), -1)"),)'),
    ("4 own bug", 3, 'mine = (("lr=spec.LEARNING_RATE", "lr=spec.LEARNING_RATE / 100"),)'),
    ("4 own bug", 3, 'mine = (("nn.MaxPool2d(2)", "nn.AvgPool2d(2)"),)'),
    ("4 own bug", 3, 'mine = (("max_pool2d", "min_pool2d"),)'),
]
