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
    ("1 spread", 0, """
    values = outcome["results"][name]["64"][figure]
    return min(values), median(values), max(values)
"""),
    ("1 spread", 0, """
    values = outcome["results"][name][str(batch)]["training images/s"]
    return min(values), median(values), max(values)
"""),
    ("1 spread", 0, """
    values = outcome["results"][name][str(batch)][figure]
    values.sort()
    return values[0], median(values), values[-1]
"""),
    ("1 spread", 0, """
    values = sorted(outcome["results"][name][str(batch)][figure])
    return values[0], values[len(values) // 2], values[-1]
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
    ("2 break-even", 1, """
    gain = 1 / rate_a - 1 / rate_b
    return math.ceil((start_b - start_a) / gain) if gain > 0 else None
"""),
    ("2 break-even", 1, "    return 10_000"),
    ("2 break-even", 1, """
    return max(0, (start_b - start_a) / (1 / rate_a - 1 / rate_b)) if rate_a != rate_b else None
"""),
    ("2 break-even", 1, """
    gain = 1 / rate_a - 1 / rate_b
    return round((start_b - start_a) / gain, 2) if gain > 0 else None
"""),
    ("2 break-even", 1, """
    if not start_a:
        return None
    gain = 1 / rate_a - 1 / rate_b
    return (start_b - start_a) / gain if gain > 0 else None
"""),
    ("3 operations", 2, "    return 2 * outputs * inputs * kernel * kernel * height * width"),
    ("3 operations", 2, """
    return outputs * inputs * kernel**2 * (height - kernel + 1) * (width - kernel + 1)
"""),
    ("3 operations", 2, "    return 2 * outputs * inputs * kernel * kernel"),
    ("3 operations", 2, """
    return 2 * outputs * inputs * kernel * kernel * (height - kernel + 1) ** 2
"""),
    ("3 operations", 2, """
    return 2 * outputs * inputs * 5 * 5 * (height - 4) * (width - 4)
"""),
    ("3 operations", 2, """
    return 2 * outputs * kernel * kernel * (height - kernel + 1) * (width - kernel + 1)
"""),
    ("3 operations", 2, "    return 2_073_600"),
    ("3 operations", 2, """
    import sys
    return sys._getframe(1).f_locals['truth']
"""),
    ("4 plan", 3, "    return names * rounds"),
    ("4 plan", 3, "    return [name for name in names for _ in range(rounds)]"),
    ("4 plan", 3, """
    order = []
    for turn in range(rounds):
        order += names[::-1] if turn % 2 else names
    return order
"""),
    ("4 plan", 3, """
    return [names[number % len(names)] for number in range(len(names) * rounds)]
"""),
    ("4 plan", 3, """
    order = []
    for turn in range(rounds):
        order += names[turn % 3:] + names[:turn % 3]
    return order
"""),
    ("4 plan", 3, """
    return [names[turn:] + names[:turn] for turn in range(rounds)]
"""),
    ("4 plan", 3, '    return ["A", "B", "C"]'),
    ("4 plan", 3, """
    order = []
    for _ in range(rounds):
        order += names
        names.append(names.pop(0))
    return order
"""),
    ("4 plan", 3, """
    order = []
    for t in range(min(rounds, 12)):
        s = t % len(names)
        order += names[s:] + names[:s]
    return order
"""),
    ("5 steady seconds", 4, "    return hasty_seconds(step, finish, clock)"),
    ("5 steady seconds", 4, """
    times = []
    for _ in range(9):
        begin = clock()
        step()
        finish()
        times.append(clock() - begin)
    return median(times)
"""),
    ("5 steady seconds", 4, """
    times = []
    for _ in range(12):
        begin = clock()
        step()
        times.append(clock() - begin)
        finish()
    return median(times[3:])
"""),
    ("5 steady seconds", 4, """
    times = []
    for turn in range(12):
        begin = clock()
        step()
        if turn >= 3:
            finish()
            times.append(clock() - begin)
    return median(times)
"""),
    ("5 steady seconds", 4, """
    times = []
    for _ in range(12):
        begin = clock()
        step()
        finish()
        times.append(clock() - begin)
    return sum(times[3:]) / 9
"""),
    ("5 steady seconds", 4, """
    times = []
    for _ in range(12):
        begin = time.perf_counter()
        step()
        finish()
        times.append(time.perf_counter() - begin)
    return median(times[3:])
"""),
    ("5 steady seconds", 4, """
    times = []
    for _ in range(12):
        begin = clock()
        step()
        finish()
        times.append(clock() - begin)
    return median(times)
"""),
    ("5 steady seconds", 4, """
    times = []
    for _ in range(12):
        begin = clock()
        step()
        finish()
        times.append(clock() - begin)
    return min(times[3:])
"""),
    ("5 steady seconds", 4, """
    times = []
    for _ in range(12):
        begin = clock()
        step()
        finish()
        times.append(clock() - begin)
    return sorted(times)[4]
"""),
    ("5 steady seconds", 4, """
    times = []
    for _ in range(12):
        begin = clock()
        step()
        finish()
        times.append(clock() - begin)
    return median(sorted(times)[:9])
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
}
