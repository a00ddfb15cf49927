"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 spread", 0, """
    values = outcome["results"][name][batch][figure]
    return min(values), median(values), max(values)
"""),
    ("1 spread", 0, """
    values = outcome["results"][name][str(batch)][figure]
    return min(values), sum(values) / len(values), max(values)
"""),
    ("1 spread", 0, """
    values = outcome["results"][name][str(batch)][figure]
    return values[0], median(values), values[-1]
"""),
    ("1 spread", 0, """
    values = outcome["results"][name][str(batch)][figure]
    return median(values)
"""),
    ("2 break-even", 1, """
    return (start_b - start_a) / (1 / rate_a - 1 / rate_b)
"""),
    ("2 break-even", 1, """
    return (start_b - start_a) / (rate_b - rate_a) if rate_b > rate_a else None
"""),
    ("2 break-even", 1, """
    gain = 1 / rate_a - 1 / rate_b
    return start_b / gain if gain > 0 else None
"""),
    ("2 break-even", 1, """
    return (start_b - start_a) * rate_a if rate_b > rate_a else None
"""),
    ("3 operations", 2, "operations = 2 * 32 * 16 * 5 * 5 * 11 * 11"),
    ("3 operations", 2, "operations = 32 * 16 * 5 * 5 * 9 * 9"),
    ("3 operations", 2, "operations = 2 * 32 * 16 * 5 * 5"),
    ("3 operations", 2, "operations = 2 * 32 * 5 * 5 * 9 * 9"),
    ("4 flaws", 3, 'flaws = {1: "e", 2: "a", 3: "c"}'),
    ("4 flaws", 3, 'flaws = {1: "b", 2: "d", 3: "c"}'),
    ("4 flaws", 3, 'flaws = {1: "b", 2: "a", 3: "e"}'),
    ("4 flaws", 3, 'flaws = {1: "b", 2: "a"}'),
    ("5 steady seconds", 4, """
    times = []
    for _ in range(9):
        begin = clock()
        step()
        times.append(clock() - begin)
    return median(times)
"""),
    ("5 steady seconds", 4, """
    for _ in range(3):
        step()
    begin = clock()
    for _ in range(9):
        step()
    return (clock() - begin) / 9
"""),
    ("5 steady seconds", 4, """
    for _ in range(3):
        step()
    times = []
    for _ in range(9):
        begin = clock()
        step()
        times.append(clock() - begin)
    return sum(times) / len(times)
"""),
    ("5 steady seconds", 4, """
    for _ in range(3):
        step()
    begin, times = clock(), []
    for _ in range(9):
        step()
        times.append(clock() - begin)
    return median(times)
"""),
]
