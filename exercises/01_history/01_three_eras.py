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
# Five tasks on [the three eras](../../notebooks/01_history/01_three_eras.ipynb), about 40 minutes:
# you read the register, query it and doubt it. Fill in what is missing, run the cell below it, and
# read the check: `[ok]`, `[todo]`, or `[no]` with a hint. The checks are folded: try before you
# unfold one. Stuck? *Show me a way* unfolds below each check. Nothing breaks if you run everything
# at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import datetime

from onecnn import checks, frameworks
from onecnn.frameworks import Release


def planted(key, first, last, ended="", status="legacy", parents=()):
    """An invented entry, so that your functions meet more than the real ones."""
    return frameworks.get("caffe")._replace(key=key, name=key.title(), status=status,
                                            first=Release(first, "1"), last=Release(last, "2"),
                                            ended=ended, parents=parents)


caffe2 = frameworks.get("caffe2")
print(caffe2.key, caffe2.status, caffe2.first.date, caffe2.last.date, caffe2.ended, caffe2.parents,
      caffe2.absorbed_by)

# %% [markdown]
# ## 1. Who was live in that year? (complete)
#
# Return a list: the keys of the entries that were developed in this year, or in a part of it, in
# the order given. Three rules: what is `live` has no end; what has an `ended` stops there, whatever
# was released later; the rest stops at its last release. Dates begin with the year, and `year` is
# an `int`.


# %%
def developed_in(entries, year):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def one_by_one(year):
    """What ``developed_in`` says of a single entry, case by case; the first mistake, or None."""
    cases = [
        (planted("born", f"{year}-12-31", f"{year + 3}-01"), True, "born on its last day"),
        (planted("ended", "1990", "1991-02", f"{year}-01-05"), True, "ended in January of it"),
        (planted("late", "1990", f"{year + 2}-03", f"{year - 1}-09"), False,
         "ended in the year before, with a release two years after it"),
        (planted("no end", "1991", f"{year - 1}-08"), False, "released last a year before"),
        (planted("shut", "1991", f"{year - 1}", status="archived"), False, "archived before it"),
        (planted("quiet", "1990", "1992-01", status="live"), True, "live, its last release old"),
        (planted("unborn", f"{year + 1}-01", "2040-01", status="live"), False, "born a year later"),
    ]
    for entry, wanted, what in cases:
        if developed_in([entry], year) != [entry.key] * wanted:
            return f"asked for {year}, wrong for an entry that is {what}"
    return None


# %% jupyter={"source_hidden": true}
def all_at_once(random):
    """A random register in random order, and three years of it."""
    entries, lived = [], {}
    for number in range(30):
        begin, released, stopped = 1990 + random.randint(0, 12, 3).cumsum()
        status = ["live", "legacy", "archived"][random.randint(3)]
        ended = "" if status == "live" or random.rand() < 0.5 else str(stopped)
        entries.append(planted(f"entry{number}", f"{begin}-05", str(released), ended, status))
        end = 2050 if status == "live" else stopped if ended else released
        lived[f"entry{number}"] = range(begin, end + 1)
    return all(developed_in(entries, year) == [key for key in lived if year in lived[key]]
               for year in (1995, 2003, 2011))


# %% jupyter={"source_hidden": true}
def finds_the_living():
    if developed_in([], 2016) != []:
        return "with no entries at all, what should come back?"
    if not all_at_once(checks.random(1)):
        return "single entries may be right, but not a register of thirty: look at keys and order"
    return one_by_one(2016) or one_by_one(2001) or True


checks.grade("1 live in a year", finds_the_living,
             hint="with which two years do you compare, and for whom does the second not count?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Work out two years for each entry: that of its birth, and that of its end, which is `ended` if
# there is one and the last release otherwise. `date[:4]` is the year as text. Keep the key if the
# birth is not later than `year`, and if the end is not earlier; the end is not asked of live ones.
#
# </details>

# %% [markdown]
# ## 2. Mend a record (mend)
#
# Somebody typed one date of Caffe2 wrongly. Its sources, in short: an article of **Monday, 2 April
# 2018** says that Facebook had opened Caffe2 in April 2017, and that its readme was replaced *last
# Friday* by a notice: the code is now in PyTorch's repository. The repository's own page says that
# it was archived on 7 February 2023. Write the whole record as it should be, each date as exact as
# its source.

# %%
typed = {"first": "2017-04", "ended": "2018-04-06", "archived": "2023-02-07"}
print(typed)

# %%
mended = ...  # your answer here


# %% jupyter={"source_hidden": true}
def dated(record):
    article = datetime.date(2018, 4, 2)
    friday = max(article - datetime.timedelta(days) for days in range(1, 8)
                 if f"{article - datetime.timedelta(days):%A}" == "Friday")
    if not isinstance(record, dict) or set(record) != {"first", "ended", "archived"}:
        return "write a record with the facts first, ended and archived"
    for fact, date in (("first", "2017-04"), ("archived", "2023-02-07")):
        if str(record[fact]) != date:
            return f"'{fact}': what does its source say, and how exactly?"
    try:
        day = datetime.date(*map(int, str(record["ended"]).split("-")))
    except (TypeError, ValueError):
        day = None
    if str(day) != str(record["ended"]):
        return "write a day as \"2018-01-31\""
    if day > article:
        return "can an article report what happens after it?"
    return day == friday or f"{day} was a {day:%A}, {(article - day).days} days before the article"


checks.grade("2 mended record", dated, hint="which of the three does an article contradict?",
             answer=mended)

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Hold each date against its sentence. Two agree with theirs and stay. The third is later than the
# article that reports it, so it cannot be. Count back from that Monday to the Friday before:
# `datetime.date(...).strftime("%A")` tells a day's name.
#
# </details>

# %% [markdown]
# ## 3. How long did it live? (complete)
#
# "2011" to "2017" is six years? It may be five, or nearly seven: a date is only as exact as its
# source. Return the shortest and the longest life in days, as two whole numbers. No life is shorter
# than 0 days. `span` gives the first and the last day that a date leaves open; the difference of
# two days has `.days`.


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


# %% jupyter={"source_hidden": true}
def lives(first, ended):
    """Every life that two dates leave open, in days."""
    born, died = ([day.toordinal() for day in span(date)] for date in (first, ended))
    return {end - birth for birth in range(born[0], born[1] + 1)
            for end in range(died[0], died[1] + 1) if end >= birth}


def dates(random):
    """Pairs of dates: those of every kind, some that overlap, and random ones."""
    yield from (("2017-04-18", "2017-04-28"), ("2015", "2015"), ("2016-02", "2016-02"),
                ("2015-12", "2016"), ("2015", "2015-03"), ("2015-01", "2015-03"),
                ("2019-02-28", "2020-03-01"))
    for _ in range(10):
        begin, years = 1990 + random.randint(20), random.randint(1, 9)
        one, other = (f"-{month:02}-{day:02}"[:random.choice([0, 3, 6])]
                      for month, day in random.randint(1, 13, (2, 2)))
        yield f"{begin}{one}", f"{begin + years}{other}"


# %% jupyter={"source_hidden": true}
def measures():
    for first, ended in dates(checks.random(3)):
        possible, found = lives(first, ended), life_span(first, ended)
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            return "return two numbers: the shortest life and the longest"
        if float(found[0]) != min(possible):
            return f"born {first}, ended {ended}: are {found[0]} days the shortest life?"
        if float(found[1]) != max(possible):
            return f"born {first}, ended {ended}: are {found[1]} days the longest life?"
    return True


checks.grade("3 life span", measures,
             hint="which day of birth, with which last day, makes the shortest life?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `span` of both dates gives four days. The shortest life goes from the latest birth to the earliest
# end, the longest from the earliest birth to the latest end. Where the two dates overlap, the first
# difference is below zero: then 0 is meant.
#
# </details>

# %% [markdown]
# ## 4. Who are all the ancestors? (complete)
#
# `parents` holds only the nearest. Collect the keys of *all* ancestors: the parents, theirs, and so
# on. Return a `set`. `find(key)` gives the entry with this key: use it, since the check has other
# families. No entry is its own ancestor.


# %%
def ancestors(key, find=frameworks.get):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def wrong_in(parents):
    """The keys of this family, ``{key: its parents}``, whose ancestors come out wrong."""
    tree = {key: planted(key, "2000", "2001", parents=tuple(parents[key])) for key in parents}
    known = {key: set(parents[key]) for key in parents}
    for _ in parents:
        known = {key: known[key].union(*(known[one] for one in known[key])) for key in known}
    return [key for key in parents if ancestors(key, tree.__getitem__) != known[key]]


def families(random):
    yield {"a": "", "b": "a", "c": "b", "d": "ce", "e": "a"}
    yield dict(zip("abcdefghijkl", [*"bcdefghijkl", ""]))  # a line of twelve
    for _ in range(3):
        keys = random.permutation(list("klmnopqr"))
        yield {str(key): [str(one) for one in random.permutation(keys[:place])[:random.randint(3)]]
               for place, key in enumerate(keys)}


# %% jupyter={"source_hidden": true}
def climbs_the_tree():
    for parents in families(checks.random(4)):
        wrong = wrong_in(parents)
        if wrong:
            return f"with the parents {parents}, not right for '{wrong[0]}'"
    real = {entry.key: entry.parents for entry in frameworks.EVERYTHING}
    return all(ancestors(key) >= set(real[key]).union(*map(ancestors, real[key])) for key in real)


checks.grade("4 ancestors", climbs_the_tree,
             hint="what do you have to ask of each parent, and who could answer it?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Start with an empty set and go through the parents of `find(key)`. Put each parent in, and all of
# the parent's own ancestors: the function can call itself for those, with the same `find`. An entry
# without parents returns the empty set, and there it stops.
#
# </details>

# %% [markdown]
# ## 5. What does a claim need? (predict)
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
# | E | Chainer was public before PyTorch's last release |
# | F | Chainer's company had stopped its development by 2020 |
#
# For E one of two facts is enough here: Chainer's.

# %%
for key in ("pytorch", "chainer", "caffe2", "theano", "keras"):
    print(f"{key:<8}", frameworks.facts(frameworks.get(key)))

# %%
needs = ...  # your answer here


# %% jupyter={"source_hidden": true}
def decided(needs):
    wanted = {"A": [("pytorch", "from chainer")], "B": [("caffe2", "into pytorch")],
              "C": [("theano", "last"), ("theano", "2020")], "D": ["nothing"],
              "E": [("chainer", "first")], "F": [("chainer", "ended"), ("chainer", "2019-12-05")]}
    hints = {"A": "to learn from is to descend from: which entry is the child?",
             "B": "which fact says where a framework went at its end?",
             "C": "is an end of development an end of releases?",
             "D": "which fact of the register counts people?",
             "E": "when does a framework become public?",
             "F": "is a last release the day on which a company stops?"}
    if not isinstance(needs, dict) or set(needs) != set(wanted):
        return f"one answer for each of {', '.join(wanted)}, please"
    for claim, facts in wanted.items():
        answer = needs[claim]
        if (answer if isinstance(answer, str) else tuple(map(str, answer))) not in facts:
            return f"{claim}: {hints[claim]}"
    return True


checks.grade("5 needed facts", decided, answer=needs,
             hint="at whose entry does a fact stand, and which name does `facts` give it?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Read the printed lists. `from KEY` stands at the child, `into KEY` at the one that was taken in,
# `ended` dates the end of development, `first` and `last` date releases. Then ask of each claim
# which of these could show it to be false; of one claim, none can.
#
# </details>

# %% [markdown]
# Look at D again: the next time that you read "the most popular framework", ask for the count, its
# source and its date.
