"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 ring", 0, """
    return (rank + step) % size
"""),
    ("1 ring", 0, """
    return rank
"""),
    ("1 ring", 0, """
    return step % size
"""),
    ("1 ring", 0, """
    return (rank - step) % size if step < size - 1 else (rank - step + 1) % size
"""),
    ("1 ring", 0, """
    return rank - step
"""),
    ("2 bytes", 1, """
    return 2 * size * 4 * numbers
"""),
    ("2 bytes", 1, """
    return 2 * 2 * (size - 1) * 4 * numbers // size
"""),
    ("2 bytes", 1, """
    if engine == "server":
        return 2 * size * 4 * numbers
    return 2 * (size - 1) * 4 * numbers // size
"""),
    ("2 bytes", 1, """
    if engine == "server":
        return 2 * (size - 1) * 4 * numbers
    return 2 * 2 * (size - 1) * 4 * numbers // size
"""),
    ("2 bytes", 1, """
    if engine == "server":
        return 2 * size * numbers
    return 2 * 2 * (size - 1) * numbers // size
"""),
    ("3 shares", 2, """
    return 1
"""),
    ("3 shares", 2, """
    return counts[rank] / sum(counts)
"""),
    ("3 shares", 2, """
    return sum(counts) / (len(counts) * counts[rank])
"""),
    ("3 shares", 2, """
    return len(counts)
"""),
    ("4 parallel", 3, """
    for images, labels in batches:
        step(model, images[rank::size], labels[rank::size])
"""),
    ("4 parallel", 3, """
    network = DistributedDataParallel(model)
    network.optimizer = model.optimizer
    for images, labels in batches:
        step(network, images, labels)
"""),
    ("4 parallel", 3, """
    network = DistributedDataParallel(model)
    network.optimizer = model.optimizer
    for images, labels in batches:
        half = len(labels) // size
        step(network, images[:half], labels[:half])
"""),
    ("4 parallel", 3, """
    network = DistributedDataParallel(model)
    for number, (images, labels) in enumerate(batches):
        if number % size == rank:
            step(model, images, labels)
"""),
]
