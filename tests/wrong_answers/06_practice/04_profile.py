"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 stopwatch", 0, """
    task()
    found = []
    for _ in range(times):
        start = clock()
        wait(task())
        found.append(clock() - start)
    return min(found)
"""),
    ("1 stopwatch", 0, """
    wait(task())
    found = []
    for _ in range(times):
        start = clock()
        promise = task()
        found.append(clock() - start)
        wait(promise)
    return min(found)
"""),
    ("1 stopwatch", 0, """
    found = []
    for _ in range(times + 1):
        start = clock()
        wait(task())
        found.append(clock() - start)
    return min(found)
"""),
    ("1 stopwatch", 0, """
    wait(task())
    start = clock()
    for _ in range(times):
        wait(task())
    return (clock() - start) / times
"""),
    ("1 stopwatch", 0, """
    wait(task())
    found = []
    for _ in range(times):
        start = clock()
        wait(task())
        found.append(clock() - start)
    return found[-1]
"""),
    ("1 stopwatch", 0, """
    wait(task())
    found = []
    for _ in range(3):
        start = clock()
        wait(task())
        found.append(clock() - start)
    return min(found)
"""),
    ("1 stopwatch", 0, """
    import time
    wait(task())
    found = []
    for _ in range(times):
        start = time.perf_counter()
        wait(task())
        found.append(time.perf_counter() - start)
    return min(found)
"""),
    ("1 stopwatch", 0, "    return 21"),
    ("2 FLOPs", 1, """
    out = size - kernel + 1
    return 2 * batch * out * out * made * given * kernel * kernel * (2 if first else 3)
"""),
    ("2 FLOPs", 1, """
    out = (size + 2 * padding - kernel) // stride + 1
    return 2 * batch * out * out * made * given * kernel * kernel * 3
"""),
    ("2 FLOPs", 1, """
    out = (size + 2 * padding - kernel) // stride + 1
    return batch * out * out * made * given * kernel * kernel * (2 if first else 3)
"""),
    ("2 FLOPs", 1, """
    return 2 * batch * size * size * made * given * kernel * kernel * (2 if first else 3)
"""),
    ("2 FLOPs", 1, """
    out = (size + 2 * padding - kernel) // stride + 1
    return 2 * batch * out * out * made * given * kernel * kernel
"""),
    ("2 FLOPs", 1, """
    out = -(-(size + 2 * padding - kernel) // stride) + 1
    return 2 * batch * out * out * made * given * kernel * kernel * (2 if first else 3)
"""),
    ("2 FLOPs", 1, """
    out = (size + 2 * padding - kernel) // stride + 1
    return (2 * given * kernel * kernel + 1) * batch * out * out * made * (2 if first else 3)
"""),
    ("2 FLOPs", 1, """
    out = (size + 2 * padding - kernel) // stride + 1
    return 2 * 64 * out * out * made * given * kernel * kernel * (2 if first else 3)
"""),
    ("2 FLOPs", 1, """
    layer = torch.nn.Conv2d(given, made, kernel, stride, padding)
    images = torch.zeros(batch, given, size, size, requires_grad=not first)
    with FlopCounterMode(display=False) as counter:
        layer(images).sum().backward()
    return counter.get_total_flops()
"""),
    ("3 loop", 2, "    return digit_by_digit(labels, answers, classes)"),
    ("3 loop", 2, """
    counts = np.zeros((classes, classes), np.int64)
    counts[labels, answers] += 1
    return counts
"""),
    ("3 loop", 2, """
    counts = np.bincount(labels * 10 + answers, minlength=100)
    return counts.reshape(10, 10)[:classes, :classes]
"""),
    ("3 loop", 2, """
    counts = np.bincount(answers * classes + labels, minlength=classes * classes)
    return counts.reshape(classes, classes)
"""),
    ("3 loop", 2, """
    pairs = [label * classes + answer for label, answer in zip(labels, answers)]
    counts = np.bincount(np.array(pairs, int), minlength=classes * classes)
    return counts.reshape(classes, classes)
"""),
    ("3 loop", 2, """
    counts = np.bincount(labels * classes + answers)
    return np.resize(counts, (classes, classes))
"""),
    ("3 loop", 2, """
    labels *= classes
    labels += answers
    return np.bincount(labels, minlength=classes * classes).reshape(classes, classes)
"""),
    ("3 loop", 2, "    return np.diag(np.bincount(labels, minlength=classes))"),
    ("4 self time", 3, """
    own = {}
    for name, start, length in events:
        own[name] = own.get(name, 0) + length
    return own
"""),
    ("4 self time", 3, """
    own, still_open = {}, []
    for name, start, length in sorted(events, key=lambda one: (one[1], -one[2])):
        while still_open and still_open[-1][1] <= start:
            still_open.pop()
        own[name] = own.get(name, 0) + length
        for parent, _ in still_open:
            own[parent] -= length
        still_open.append((name, start + length))
    return own
"""),
    ("4 self time", 3, """
    own, still_open = {}, []
    for name, start, length in events:
        while still_open and still_open[-1][1] <= start:
            still_open.pop()
        own[name] = own.get(name, 0) + length
        if still_open:
            own[still_open[-1][0]] -= length
        still_open.append((name, start + length))
    return own
"""),
    ("4 self time", 3, """
    own, still_open = {}, []
    for name, start, length in sorted(events, key=lambda one: one[1:]):
        while still_open and still_open[-1][1] <= start:
            still_open.pop()
        own[name] = own.get(name, 0) + length
        if still_open:
            own[still_open[-1][0]] -= length
        still_open.append((name, start + length))
    return own
"""),
    ("4 self time", 3, """
    own, still_open = {}, []
    for name, start, length in sorted(events, key=lambda one: (one[1], -one[2])):
        if still_open and still_open[-1][1] <= start:
            still_open.pop()
        own[name] = own.get(name, 0) + length
        if still_open:
            own[still_open[-1][0]] -= length
        still_open.append((name, start + length))
    return own
"""),
    ("4 self time", 3, """
    own, still_open = {}, []
    events.sort(key=lambda one: (one[1], -one[2]))
    for name, start, length in events:
        while still_open and still_open[-1][1] <= start:
            still_open.pop()
        own[name] = own.get(name, 0) + length
        if still_open:
            own[still_open[-1][0]] -= length
        still_open.append((name, start + length))
    return own
"""),
    ("4 self time", 3, """
    own, still_open = {}, []
    for name, start, length in sorted(events, key=lambda one: (one[1], -one[2])):
        while still_open and still_open[-1][1] <= start:
            still_open.pop()
        own[name] = length
        if still_open:
            own[still_open[-1][0]] -= length
        still_open.append((name, start + length))
    return own
"""),
    ("4 self time", 3, "    return {name: 3 for name, _, _ in events}"),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {}
