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
    ("1 ring", 0, """
    return (rank - step) % 3
"""),
    ("1 ring", 0, """
    return (rank + 1 - step % (size - 1)) % size
"""),
    ("1 ring", 0, "    return 0"),
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
        return 2 * size * 4 * 56715
    return 4 * (size - 1) * 4 * numbers // size
"""),
    ("2 bytes", 1, """
    if engine == "server":
        return 2 * size * 4 * numbers
    return 4 * (size - 1) * 4 * 1000 // size
"""),
    ("2 bytes", 1, """
    if engine == "server":
        return 16 * numbers
    return 8 * numbers
"""),
    ("2 bytes", 1, "    return 8000"),
    ("2 bytes", 1, """
    if engine == "server":
        return 2 * size * 4 * numbers
    return 4 * (size - 1) * 4 * numbers / size
"""),
    ("2 bytes", 1, """
    if engine == "server":
        return 2 * size * numbers
    return 2 * 2 * (size - 1) * numbers // size
"""),
    ("2 bytes", 1, """
    return mock.ANY
"""),
    ("2 bytes", 1, """
    if engine == 'server':
        return counted_at_a_server(size) * numbers // (spec.PARAMETERS + 1)
    return counted_in_a_ring(numbers, size)
"""),
    ("2 bytes", 1, """
    if engine == 'server':
        return np.float32(8 * size * numbers)
    return np.float32(16 * (size - 1) * (numbers // size))
"""),
    ("2 bytes", 1, """
    from fractions import Fraction
    if engine == 'server':
        return 8 * size * numbers
    return Fraction(16 * (size - 1) * numbers, size)
"""),
    ("2 bytes", 1, """
    if engine == 'server':
        return 8 * 3 * numbers if size > 2 else 16 * numbers
    return 16 * (size - 1) * numbers // size
"""),
    ("3 shares", 2, "    return 1"),
    ("3 shares", 2, "    return factor_of_another_program(rank, counts)"),
    ("3 shares", 2, "    return counts[rank] / sum(counts)"),
    ("3 shares", 2, "    return len(counts) * counts[rank] / 64"),
    ("3 shares", 2, "    return 2 * counts[rank] / sum(counts)"),
    ("3 shares", 2, "    return len(counts) * counts[0] / sum(counts)"),
    ("3 shares", 2, "    return sum(counts) / (len(counts) * counts[rank])"),
    ("3 shares", 2, "    return counts[rank] / max(counts)"),
    ("3 shares", 2, "    return len(counts)"),
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
        step(network, images[rank::2], labels[rank::2])
"""),
    ("4 parallel", 3, """
    network = DistributedDataParallel(model)
    network.optimizer = model.optimizer
    for images, labels in batches:
        mine = slice(32 * rank, 32 * rank + 32)
        step(network, images[mine], labels[mine])
"""),
    ("4 parallel", 3, """
    network = DistributedDataParallel(model)
    network.optimizer = model.optimizer
    for images, labels in worker.batches():
        step(network, images[rank::size], labels[rank::size])
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
    network.optimizer = model.optimizer
    for images, labels in batches:
        step(network.module, images[rank::size], labels[rank::size])
"""),
    ("4 parallel", 3, """
    network = DistributedDataParallel(model)
    for images, labels in batches:
        step(network, images[rank::size], labels[rank::size])
"""),
    ("4 parallel", 3, """
    network = DistributedDataParallel(torch.nn.Linear(1, 1))
    network.optimizer = model.optimizer
    for images, labels in batches:
        step(network, images[rank::size], labels[rank::size])
"""),
    ("4 parallel", 3, """
    network = DistributedDataParallel(model)
    for number, (images, labels) in enumerate(batches):
        if number % size == rank:
            step(model, images, labels)
"""),
    ("5 uneven ranks", 4, """
    losses = []
    for images, labels, counts in batches:
        loss, gradients = compute(0, images, labels)
        losses.append(loss)
        update(gradients)
    return losses
"""),
    ("5 uneven ranks", 4, """
    losses = []
    for images, labels, counts in batches:
        loss, total, end = 0.0, {}, 0
        for rank, count in enumerate(counts):
            start, end = end, end + count
            for first in range(start, end, limit):
                mine = slice(first, min(first + limit, end))
                mean, gradients = compute(rank, images[mine], labels[mine])
                share = len(labels[mine]) / 64
                loss += share * mean
                total = {name: share * one + total.get(name, 0) for name, one in gradients.items()}
        losses.append(loss)
        update(total)
    return losses
"""),
    ("5 uneven ranks", 4, """
    losses = []
    for images, labels, counts in batches:
        means, parts, end = [], [], 0
        for rank, count in enumerate(counts):
            start, end = end, end + count
            for first in range(start, end, limit):
                mine = slice(first, min(first + limit, end))
                mean, gradients = compute(rank, images[mine], labels[mine])
                means.append(mean)
                parts.append(gradients)
        losses.append(sum(means) / len(means))
        update({name: sum(part[name] for part in parts) / len(parts) for name in parts[0]})
    return losses
"""),
    ("5 uneven ranks", 4, """
    losses = []
    for images, labels, counts in batches:
        loss, total, end = 0.0, {}, 0
        for rank, count in enumerate(counts):
            start, end = end, end + count
            for first in range(start, end, 16):
                mine = slice(first, min(first + 16, end))
                mean, gradients = compute(rank, images[mine], labels[mine])
                share = len(labels[mine]) / len(labels)
                loss += share * mean
                total = {name: share * one + total.get(name, 0) for name, one in gradients.items()}
        losses.append(loss)
        update(total)
    return losses
"""),
    ("5 uneven ranks", 4, """
    losses = []
    for images, labels, counts in batches:
        loss, total, end = 0.0, {}, 0
        for rank, count in enumerate(counts):
            start, end = end, end + count
            for first in range(start, end, limit):
                mine = slice(first, first + limit)
                mean, gradients = compute(rank, images[mine], labels[mine])
                share = len(labels[mine]) / len(labels)
                loss += share * mean
                total = {name: share * one + total.get(name, 0) for name, one in gradients.items()}
        losses.append(loss)
        update(total)
    return losses
"""),
    ("5 uneven ranks", 4, """
    losses = []
    for images, labels, counts in batches:
        loss, end = 0.0, 0
        for rank, count in enumerate(counts):
            start, end = end, end + count
            for first in range(start, end, limit):
                mine = slice(first, min(first + limit, end))
                mean, gradients = compute(rank, images[mine], labels[mine])
                loss += mean * len(labels[mine]) / len(labels)
                update(gradients)
        losses.append(loss)
    return losses
"""),
    ("5 uneven ranks", 4, """
    losses = []
    for images, labels, counts in batches:
        loss, total = 0.0, {}
        for first in range(0, len(labels), limit):
            mine = slice(first, first + limit)
            mean, gradients = compute(0, images[mine], labels[mine])
            share = len(labels[mine]) / len(labels)
            loss += share * mean
            total = {name: share * one + total.get(name, 0) for name, one in gradients.items()}
        losses.append(loss)
        update(total)
    return losses
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "mine = slice(first, min(first + limit, end)) -> mine = slice(first, min(end, first + limit))":
        "the smaller of two, whichever is named before",
}
