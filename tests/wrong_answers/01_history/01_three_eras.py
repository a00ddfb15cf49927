"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
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
    ("2 planted date", 1, """
wrong_fact = "first"
right_date = "2018-04"
"""),
    ("2 planted date", 1, """
wrong_fact = "ended"
right_date = "2018-04-02"
"""),
    ("2 planted date", 1, """
wrong_fact = "ended"
right_date = "2018-03"
"""),
    ("2 planted date", 1, """
wrong_fact = "archived"
right_date = "2018-03-30"
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
    ("4 ancestors", 3, """
    return set(find(key).parents)
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
    ("5 needed facts", 4, """
needs = {"A": ("chainer", "from pytorch"), "B": ("caffe2", "into pytorch"), "C": ("theano", "last"),
         "D": "nothing"}
"""),
    ("5 needed facts", 4, """
needs = {"A": ("pytorch", "from chainer"), "B": ("caffe2", "from caffe"), "C": ("theano", "last"),
         "D": "nothing"}
"""),
    ("5 needed facts", 4, """
needs = {"A": ("pytorch", "from chainer"), "B": ("caffe2", "into pytorch"),
         "C": ("theano", "ended"), "D": "nothing"}
"""),
    ("5 needed facts", 4, """
needs = {"A": ("pytorch", "from chainer"), "B": ("caffe2", "into pytorch"), "C": ("theano", "last"),
         "D": ("keras", "fate")}
"""),
]
