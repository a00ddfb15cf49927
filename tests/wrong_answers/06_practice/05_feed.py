"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

READS = """
    content = Path(path).read_bytes()
    dimensions = content[3]
    count, *shape = np.frombuffer(content[4:4 + 4 * dimensions], ">u4").tolist()
"""
HEAD = """
    dimensions = int(np.fromfile(path, np.uint8, 1, offset=3)[0])
    count, *shape = np.fromfile(path, ">u4", dimensions, offset=4).tolist()
"""
CHECK = """
    if not 0 <= number < count:
        raise IndexError(number)
    size = math.prod(shape)
"""
NEXT = """
        if self.place == self.size // self.batch:
            self.epoch, self.place = self.epoch + 1, 0
"""

WRONG = [
    ("2 chance", 1, """
    random = np.random.default_rng(seed * 10 ** 6 + epoch * 1000 + number)
    return random.integers(-limit, limit + 1, 2)
"""),
    ("1 record", 0, HEAD + CHECK + """
    return np.fromfile(path, np.uint8, size, offset=16 + number * size).reshape(shape)
"""),
    ("1 record", 0, HEAD + CHECK + """
    start = 4 + 4 * dimensions + number
    return np.fromfile(path, np.uint8, size, offset=start).reshape(shape)
"""),
    ("1 record", 0, READS + CHECK + """
    start = 4 + 4 * dimensions + number * size
    return np.frombuffer(content, np.uint8, size, offset=start).reshape(shape)
"""),
    ("1 record", 0, HEAD + """
    size = math.prod(shape)
    start = 4 + 4 * dimensions + number * size
    return np.fromfile(path, np.uint8, size, offset=start).reshape(shape)
"""),
    ("1 record", 0, HEAD.replace(">u4", "<u4") + CHECK + """
    start = 4 + 4 * dimensions + number * size
    return np.fromfile(path, np.uint8, size, offset=start).reshape(shape)
"""),
    ("1 record", 0, HEAD + CHECK + """
    start = 4 + 4 * dimensions + number * size
    return np.fromfile(path, np.uint8, size, offset=start)
"""),
    ("1 record", 0, HEAD + """
    data = np.fromfile(path, np.uint8, offset=4 + 4 * dimensions).reshape(count, *shape)
    if number < 0:
        raise IndexError(number)
    return data[number]
"""),
    ("2 chance", 1, "    return drawn(seed, epoch, number, limit)"),
    ("2 chance", 1, """
    return np.random.default_rng(seed + epoch + number).integers(-limit, limit + 1, 2)
"""),
    ("2 chance", 1, """
    return np.random.default_rng((seed, number)).integers(-limit, limit + 1, 2)
"""),
    ("2 chance", 1, """
    return np.random.default_rng((seed, epoch)).integers(-limit, limit + 1, 2)
"""),
    ("2 chance", 1, """
    return np.random.default_rng((epoch, number)).integers(-limit, limit + 1, 2)
"""),
    ("2 chance", 1, """
    return np.random.default_rng((seed, epoch, number)).integers(-limit, limit, 2)
"""),
    ("2 chance", 1, """
    return np.random.default_rng((seed, epoch, number)).integers(-2, 3, 2)
"""),
    ("2 chance", 1, """
    np.random.seed((seed, epoch, number))
    return np.random.randint(-limit, limit + 1, 2)
"""),
    ("2 chance", 1, """
    return [int(np.random.default_rng((seed, epoch, number)).integers(-limit, limit + 1))] * 2
"""),
    ("3 buffer", 2, """
    held = list(source)
    while held:
        yield held.pop(draw(min(size, len(held))))
"""),
    ("3 buffer", 2, """
    source = iter(source)
    held = list(itertools.islice(source, size))
    while held:
        place = draw(len(held))
        yield held.pop(place)
        held.extend(itertools.islice(source, 1))
"""),
    ("3 buffer", 2, """
    source = iter(source)
    held = list(itertools.islice(source, size))
    for element in source:
        place = draw(len(held))
        yield held[place]
        held[place] = element
"""),
    ("3 buffer", 2, """
    source = iter(source)
    held = list(itertools.islice(source, size))
    for element in source:
        place = draw(len(held))
        yield held[place]
        held[place] = element
    yield from held
"""),
    ("3 buffer", 2, """
    source = iter(source)
    held = list(itertools.islice(source, size))
    while held:
        place = 0
        yield held[place]
        try:
            held[place] = next(source)
        except StopIteration:
            held[place] = held[-1]
            held.pop()
"""),
    ("3 buffer", 2, "    yield from source"),
    ("4 feed", 4, NEXT + """
        self.place += 1
        return next(spec.batches(self.size, self.epoch, self.batch))
"""),
    ("4 feed", 4, """
        batches = list(spec.batches(self.size, 0, self.batch))
        self.place += 1
        return batches[(self.place - 1) % len(batches)]
"""),
    ("4 feed", 4, NEXT + """
        batches = list(spec.batches(self.size, self.epoch))
        self.place += 1
        return batches[self.place - 1]
"""),
    ("4 feed", 5, "        return self.epoch"),
    ("4 feed", 5, "        return [self.epoch, 0]"),
    ("4 feed", 5, "        return [0, self.place]"),
    ("4 feed", 3, """
        self.size, self.batch = size, batch
        self.epoch, self.place = state or (0, 0)
"""),
    ("4 feed", 3, """
        if size < batch:
            raise ValueError("no batch fits")
        self.size, self.batch, self.epoch, self.place = size, batch, 0, 0
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    'raise ValueError("no batch fits") -> raise ValueError(\'no batch fitsx\')':
        "the message is free",
}
