# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: three eras
#
# Five tasks on [the three eras](../../notebooks/01_history/01_three_eras.ipynb), about 35 minutes:
# you read the register, query it and doubt it. Fill in what is missing, run the cell below it, and
# read the check: `[ok]`, `[todo]`, or `[no]` with a hint. Nothing breaks if you run everything at
# once.

# %%
from onecnn import lesson

lesson.start()

# %%
import datetime

from onecnn import checks, frameworks
from onecnn.frameworks import Release


def planted(key, first, last, ended="", status="legacy", parents=()):
    """An invented entry, so that your functions meet more than the real ones."""
    return frameworks.get("caffe")._replace(key=key, name=key, status=status,
                                            first=Release(first, "1"), last=Release(last, "2"),
                                            ended=ended, parents=parents)


caffe2 = frameworks.get("caffe2")
print(caffe2.key, caffe2.status, caffe2.first.date, caffe2.last.date, caffe2.ended, caffe2.parents,
      caffe2.absorbed_by)

# %% [markdown]
# ## 1. Who was live in 2016?
#
# Return the keys of the entries that were developed in this year, or in a part of it, in the order
# given. Three rules: what is `live` has no end; what has an `ended` stops there, whatever was
# released later; the rest stops at its last release. Dates begin with the year, and `year` is an
# `int`.


# %%
def developed_in(entries, year):
    raise NotImplementedError("your code here")


# %%
def finds_the_living():
    cases = [
        (planted("born this year", "2016-12", "2019-01"), True,
         "one born in December 2016 lived in 2016"),
        (planted("ended this year", "2012", "2014-02", "2016-01-05"), True,
         "one that ended in January 2016 lived in it"),
        (planted("late release", "2009", "2018-03", "2015-09"), False,
         "a release after `ended` does not bring it back"),
        (planted("no end", "2011", "2015-08"), False,
         "without `ended`, the last release is the end"),
        (planted("quiet", "2008", "2014-01", status="live"), True,
         "a live one has no end, even if its last release is old"),
        (planted("unborn", "2017-01", "2026-01", status="live"), False,
         "one born in 2017 did not live in 2016"),
    ]
    for entry, wanted, reason in cases:
        if (entry.key in developed_in([entry], 2016)) is not wanted:
            return reason
    wanted = ["numpy", "theano", "torch7", "caffe", "keras", "cntk", "chainer", "mxnet",
              "tensorflow", "pytorch", "paddlepaddle"]
    return developed_in(frameworks.FRAMEWORKS,
                        2016) == wanted or "return a list of keys, in the order of the entries"


checks.grade("1 live in a year", finds_the_living,
             hint="compare the year with that of the birth and that of the end")

# %% [markdown]
# ## 2. Which date is wrong?
#
# Somebody typed one date of Caffe2 wrongly. Its sources, in short: an article of **Monday, 2 April
# 2018** says that Facebook had opened Caffe2 in April 2017, and that its readme was replaced *last
# Friday* by a notice: the code is now in PyTorch's repository. The repository's own page says that
# it was archived on 7 February 2023.

# %%
typed = {"first": "2017-04", "ended": "2018-04-06", "archived": "2023-02-07"}
print(typed)

# %%
wrong_fact = ...  # your answer here
right_date = ...  # your answer here


# %%
def dated(answers):
    if any(answer is ... for answer in answers):
        raise NotImplementedError
    if answers[0] != "ended":
        return ("the article supports the month of the birth, the page that of the archive; what "
                "is left?")
    try:
        day = datetime.date(*map(int, answers[1].split("-")))
    except (AttributeError, TypeError, ValueError):
        return "write the day as \"2018-01-31\""
    if day > datetime.date(2018, 4, 2):
        return "an article cannot report what happens after it"
    return day == datetime.date(2018, 3, 30) or f"{day} was a {day:%A}"


checks.grade("2 planted date", dated, hint="which day was the Friday before that Monday?",
             answer=(wrong_fact, right_date))

# %% [markdown]
# ## 3. How long did it live?
#
# "2011" to "2017" is six years? It may be five, or nearly seven: a date is only as exact as its
# source. Return the shortest and the longest life in days. No life is shorter than 0 days. `span`
# gives the first and the last day that a date leaves open; the difference of two days has `.days`.


# %%
def span(date):
    """The first and the last day that an ISO year, month or day may mean."""
    parts = [int(part) for part in date.split("-")]
    first = datetime.date(parts[0], parts[1] if len(parts) > 1 else 1,
                          parts[2] if len(parts) > 2 else 1)
    if len(parts) == 3:
        return first, first
    year, month = (parts[0],
                   parts[1] + 1) if len(parts) == 2 and parts[1] < 12 else (parts[0] + 1, 1)
    return first, datetime.date(year, month, 1) - datetime.timedelta(days=1)


print(*span("2016-02"))


# %%
def life_span(first, ended):
    raise NotImplementedError("your code here")


# %%
def measures():
    if life_span("2017-04-18", "2017-04-28") != (10, 10):
        return "from one exact day to another there is one answer, given twice, in days"
    if life_span("2015", "2015") != (0, 364):
        return ("born and ended in one year: 0 days at least, and at most from its first day to "
                "its last")
    shortest, longest = life_span("2011", "2017")
    if shortest != 1828:
        return "shortest: born on the last day that is possible, ended on the first"
    return longest == 2556 or "longest: born on the first day that is possible, ended on the last"


checks.grade("3 life span", measures,
             hint="(end - birth).days, once with the nearest days, once with the farthest")

# %% [markdown]
# ## 4. Who are all the ancestors?
#
# `parents` holds only the nearest. Collect the keys of *all* ancestors: the parents, theirs, and so
# on. Return a `set`. `find(key)` gives the entry with this key.


# %%
def ancestors(key, find=frameworks.get):
    raise NotImplementedError("your code here")


# %%
def climbs_the_tree():
    family = [("a", ()), ("b", ("a",)), ("c", ("b",)), ("d", ("c", "e")), ("e", ("a",))]
    tree = {key: planted(key, "2000", "2001", parents=parents) for key, parents in family}
    for key, wanted in (("a", set()), ("b", {"a"}), ("c", {"a", "b"}), ("d", {"a", "b", "c", "e"})):
        found = ancestors(key, tree.__getitem__)
        if found != wanted:
            return (f"with the parents {dict(family)}, '{key}' has the ancestors {sorted(wanted)}, "
                    f"not {found}")
    return ancestors("pytorch") == {"torch7", "torch", "lush", "chainer", "theano", "numpy",
                                    "autograd"}


checks.grade("4 ancestors", climbs_the_tree,
             hint="each parent, and the ancestors of each parent, with the same `find`")

# %% [markdown]
# ## 5. What does a claim need?
#
# For each claim name the one fact that decides it, as `(key, fact)`; what facts an entry has,
# `frameworks.facts(entry)` tells. If the register holds no fact that could decide it, write
# `"nothing"`.
#
# | | claim |
# |---|---|
# | A | PyTorch learned from Chainer |
# | B | Caffe2's code was moved into PyTorch's repository |
# | C | no version of Theano has been published since 2018 |
# | D | more people used Keras than Caffe in 2017 |

# %%
for key in ("pytorch", "chainer", "caffe2", "theano", "keras"):
    print(f"{key:<8}", frameworks.facts(frameworks.get(key)))

# %%
needs = ...  # your answer here


# %%
def decided(needs):
    wanted = {"A": [("pytorch", "from chainer")], "B": [("caffe2", "into pytorch")],
              "C": [("theano", "last"), ("theano", "2020")], "D": ["nothing"]}
    hints = {"A": "to learn from is to descend from: which entry is the child?",
             "B": "which fact says where a framework went at its end?",
             "C": "an end of development is no end of releases: which fact dates the newest?",
             "D": "dates and descents count no users"}
    for claim, facts in wanted.items():
        if needs.get(claim, ...) is ...:
            raise NotImplementedError
        if needs[claim] not in facts:
            return f"{claim}: {hints[claim]}"
    return True


checks.grade("5 needed facts", decided,
             hint="a fact stands at the entry of the framework that it is about", answer=needs)

# %% [markdown]
# Look at the last one again: the next time that you read "the most popular framework", ask for the
# count, its source and its date.
