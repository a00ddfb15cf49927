"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 live in a year", 0, """
    keys = []
    while entries:
        entry = entries.pop(0)
        begin, end = int(entry.first.date[:4]), int((entry.ended or entry.last.date)[:4])
        if begin <= year and (entry.status == "live" or year <= end):
            keys.append(entry.key)
    return keys
"""),
    ("3 life span", 2, """
    low = (span(ended)[0] - span(first)[1]).days
    if first[:4] == ended[:4] and len(first) < 10:
        low = 0
    return max(0, low), (span(ended)[1] - span(first)[0]).days
"""),
    ("1 live in a year", 0, """
    return [entry.key for entry in entries
            if int(entry.first.date[:4]) <= year <= int(entry.last.date[:4])]
"""),
    ("1 live in a year", 0, """
    return [entry.key for entry in entries if int(entry.first.date[:4]) <= year
            and (not entry.ended or year <= int(entry.ended[:4]))]
"""),
    ("1 live in a year", 0, """
    return [entry.key for entry in entries
            if int(entry.first.date[:4]) <= year and entry.status == "live"]
"""),
    ("1 live in a year", 0, """
    return [entry.key for entry in entries if int(entry.first.date[:4]) < year
            and (entry.status == "live" or year < int((entry.ended or entry.last.date)[:4]))]
"""),
    ("1 live in a year", 0, """
    return [entry.key for entry in entries if entry.first.date <= year]
"""),
    ("1 live in a year", 0, """
    return [entry.name for entry in entries if int(entry.first.date[:4]) <= year and (
            entry.status == "live" or year <= int((entry.ended or entry.last.date)[:4]))]
"""),
    ("1 live in a year", 0, """
    return sorted(entry.key for entry in entries if int(entry.first.date[:4]) <= year and (
                  entry.status == "live" or year <= int((entry.ended or entry.last.date)[:4])))
"""),
    ("1 live in a year", 0, """
    return [entry.key for entry in entries if int(entry.first.date[:4]) <= 2016 and (
            entry.status == "live" or 2016 <= int((entry.ended or entry.last.date)[:4]))]
"""),
    ("1 live in a year", 0, """
    return [entry.key for entry in entries if int(entry.first.date[:4]) <= year and (
            entry.status != "archived" or year <= int((entry.ended or entry.last.date)[:4]))]
"""),
    ("1 live in a year", 0, """
    return [entry.key for entry in entries if entry.first.date <= f"{year}-12" and (
            entry.status == "live" or f"{year}" <= (entry.ended or entry.last.date))]
"""),
    ("2 mended record", 1, 'mended = typed'),
    ("2 mended record", 1, """
mended = {"first": "2018-04", "ended": "2018-04-06", "archived": "2023-02-07"}
"""),
    ("2 mended record", 1, """
mended = {"first": "2017-04", "ended": "2018-04-02", "archived": "2023-02-07"}
"""),
    ("2 mended record", 1, """
mended = {"first": "2017-04", "ended": "2018-03", "archived": "2023-02-07"}
"""),
    ("2 mended record", 1, """
mended = {"first": "2017-04", "ended": "2018-03-23", "archived": "2023-02-07"}
"""),
    ("2 mended record", 1, """
mended = {"first": "2017-04-01", "ended": "2018-03-30", "archived": "2023-02-07"}
"""),
    ("2 mended record", 1, 'mended = "2018-03-30"'),
    ("2 mended record", 1, """
typed["first"] = "2017-04-18"
mended = {**typed, "ended": "2018-03-30"}
"""),
    ("2 mended record", 1, """
from unittest.mock import ANY
mended = {"first": ANY, "ended": "2018-03-30", "archived": ANY}
"""),
    ("3 life span", 2, """
    days = (span(ended)[0] - span(first)[0]).days
    return days, days
"""),
    ("3 life span", 2, """
    return (span(ended)[0] - span(first)[1]).days, (span(ended)[1] - span(first)[0]).days
"""),
    ("3 life span", 2, """
    return (span(ended)[0] - span(first)[0]).days, (span(ended)[1] - span(first)[1]).days
"""),
    ("3 life span", 2, """
    return 365 * (int(ended[:4]) - int(first[:4]) - 1), 365 * (int(ended[:4]) - int(first[:4]) + 1)
"""),
    ("3 life span", 2, """
    return 1828, 2556
"""),
    ("3 life span", 2, """
    low = (span(ended)[0] - span(first)[1]).days
    return low, max(low, (span(ended)[1] - span(first)[0]).days)
"""),
    ("3 life span", 2, """
    return (max(1, (span(ended)[0] - span(first)[1]).days),
            (span(ended)[1] - span(first)[0]).days)
"""),
    ("3 life span", 2, """
    return (span(ended)[1] - span(first)[0]).days, max(0, (span(ended)[0] - span(first)[1]).days)
"""),
    ("3 life span", 2, """
    from unittest.mock import ANY
    return ANY, ANY
"""),
    ("4 ancestors", 3, """
    return set(find(key).parents)
"""),
    ("4 ancestors", 3, """
    found = set()
    for parent in frameworks.get(key).parents:
        found |= {parent} | ancestors(parent)
    return found
"""),
    ("4 ancestors", 3, """
    found = set()
    for parent in find(key).parents:
        found |= {parent} | set(find(parent).parents)
        for older in find(parent).parents:
            found |= set(find(older).parents)
    return found
"""),
    ("4 ancestors", 3, """
    found = []
    for parent in find(key).parents:
        found += [parent, *ancestors(parent, find)]
    return found
"""),
    ("4 ancestors", 3, """
    found = set()
    for parent in find(key).parents:
        found |= ancestors(parent, find)
    return found
"""),
    ("4 ancestors", 3, """
    found = set(find(key).parents)
    for parent in find(key).parents:
        found |= set(find(parent).parents)
    return found
"""),
    ("4 ancestors", 3, """
    found = {key}
    for parent in find(key).parents:
        found |= ancestors(parent, find)
    return found
"""),
    ("4 ancestors", 3, """
    found = set()
    while find(key).parents:
        key = find(key).parents[0]
        found.add(key)
    return found
"""),
    ("4 ancestors", 3, """
    found, todo = set(), [key]
    for _ in range(7):
        todo = [p for one in todo for p in find(one).parents]
        found.update(todo)
    return found
"""),
    ("5 needed facts", 4, """
needs = {"A": ("chainer", "from pytorch"), "B": ("caffe2", "into pytorch"),
         "C": ("theano", "last"), "D": "nothing", "E": ("chainer", "first"),
         "F": ("chainer", "ended")}
"""),
    ("5 needed facts", 4, """
needs = {"A": ("pytorch", "from chainer"), "B": ("caffe2", "from caffe"),
         "C": ("theano", "last"), "D": "nothing", "E": ("chainer", "first"),
         "F": ("chainer", "ended")}
"""),
    ("5 needed facts", 4, """
needs = {"A": ("pytorch", "from chainer"), "B": ("caffe2", "into pytorch"),
         "C": ("theano", "ended"), "D": "nothing", "E": ("chainer", "first"),
         "F": ("chainer", "ended")}
"""),
    ("5 needed facts", 4, """
needs = {"A": ("pytorch", "from chainer"), "B": ("caffe2", "into pytorch"),
         "C": ("theano", "last"), "D": ("keras", "fate"), "E": ("chainer", "first"),
         "F": ("chainer", "ended")}
"""),
    ("5 needed facts", 4, """
needs = {"A": ("pytorch", "from chainer"), "B": ("caffe2", "into pytorch"),
         "C": ("theano", "last"), "D": "nothing", "E": ("pytorch", "last"),
         "F": ("chainer", "ended")}
"""),
    ("5 needed facts", 4, """
needs = {"A": ("pytorch", "from chainer"), "B": ("caffe2", "into pytorch"),
         "C": ("theano", "last"), "D": "nothing", "E": ("chainer", "first"),
         "F": ("chainer", "last")}
"""),
    ("5 needed facts", 4, """
needs = {"A": ("pytorch", "from chainer"), "B": ("caffe2", "into pytorch"),
         "C": ("theano", "last"), "D": "nothing", "E": ("chainer", "first"),
         "F": "nothing"}
"""),
    ("5 needed facts", 4, 'needs = {"A": ("pytorch", "from chainer"), "D": "nothing"}'),
    ("5 needed facts", 4, """
from unittest.mock import ANY
needs = dict.fromkeys("ABCDEF", ANY)
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "return max(0, (earliest_end - latest_birth).days), (latest_end - earliest_birth).days -> "
    "return max((earliest_end - latest_birth).days, 0), (latest_end - earliest_birth).days":
        "the larger of two numbers, in another order",
}
