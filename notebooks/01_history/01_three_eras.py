# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Three eras after the scattered tools: frameworks, ecosystem, platform
#
# After this notebook you will be able to tell how deep learning got from programs that each lab
# wrote alone to the few platforms of today, and to say for every date where it comes from.
#
# **You will learn to**
# - read a timeline and a family tree that are drawn from dated, sourced data;
# - tell what people lacked in each era, and what ended it;
# - count how many frameworks lived in a year, and how long one lived;
# - correct ten popular errors, each with a source;
# - check that one network gives one answer in the frameworks of every era.
#
# **Before you start:** [Start here](../00_start_here.ipynb). Kernel `python3`, about 30 minutes.
# The slowest cell takes half a minute. Some cells run frameworks in other kernels, too; where one
# is missing, they print the reason.

# %%
from onecnn import lesson

lesson.start()

# %%
from onecnn import frameworks

frameworks.status("lush")
frameworks.status("jax")

# %% [markdown]
# These are the oldest and one of the youngest of the register. Almost forty years lie between SN,
# from which Lush came, and the latest release of JAX.
#
# ## What is an era?
#
# A habit of speaking. Nobody crossed a border on a New Year's day. We cut where the *usual way of
# working* changed: in 2010 from own programs to shared libraries, in 2015 from universities to
# companies, in 2018 from many frameworks to few. Other authors cut elsewhere.

# %%
ERAS = {"scattered tools": 1987, "basic frameworks": 2010, "ecosystem": 2015, "platform": 2018}


def era(entry):
    """The era in which the entry was born."""
    return [name for name, begin in ERAS.items() if begin <= int(entry.first.date[:4])][-1]


for name in ERAS:
    print(f"{name}:",
          ", ".join(entry.name for entry in frameworks.EVERYTHING if era(entry) == name))

# %% [markdown]
# The list is a choice: what this course uses, and what those descend from. It is no census. Theano
# was born at the end of the scattered tools and shaped the time after.

# %% [markdown]
# ## Where does each date come from?
#
# Every entry of the register *claims* facts: when it began, when it ended, from whom it descends,
# who took it in. Every source names the facts that it supports, and the day on which it was read.

# %%
chainer = frameworks.get("chainer")
for fact in frameworks.facts(chainer):
    print(f"{fact:<13}", frameworks.proof(chainer, fact)[0].url.split("//")[1][:80])

# %% [markdown]
# A date is as exact as its source: a year, a month, or a day. And a claim without a source is not
# allowed. A test of the course asks for it; so can you.

# %%
unproven = [(entry.key, fact) for entry in frameworks.EVERYTHING for fact in frameworks.facts(entry)
            if not frameworks.proof(entry, fact)]
unread = [source.url for entry in frameworks.EVERYTHING for source in entry.sources
          if not source.checked]
print("facts without a source:", unproven)
print("sources without the day on which they were read:", unread)

# %% [markdown]
# ## Who lived when?
#
# Two small functions turn dates into positions. What has an end stops there; what has none, and is
# not live, stops at its last release.

# %%
TODAY = frameworks.CHECKED


def years(date):
    """An ISO year, month or day as a number of years; the middle of what it leaves open."""
    parts = [int(part) for part in date.split("-")]
    month = parts[1] - 1 + (parts[2] / 31 if len(parts) > 2 else 0.5) if len(parts) > 1 else 6
    return parts[0] + month / 12


def end(entry):
    """The date at which its development stopped; today for what lives."""
    return TODAY if entry.status == "live" else entry.ended or entry.last.date


# %%
STYLES = {"live": (lesson.BLUE, ">", "live"),
          "legacy": (lesson.ORANGE, "X", "legacy: development ended"),
          "archived": (lesson.VERMILION, "s", "archived: closed by its owner")}


def shade_eras(ax):
    """A band for each era, its name above."""
    for number, (name, begin) in enumerate(ERAS.items()):
        left, right = max(begin, 1997), [*ERAS.values(), 2028][number + 1]
        ax.axvspan(left, right, color="gray", alpha=0.14 if number % 2 else 0.04, linewidth=0)
        ax.text((left + right) / 2, -1.2, name.replace(" ", "\n"), ha="center", va="bottom",
                fontsize=9, style="italic")


# %%
fig, ax = lesson.figure(9, 6.8)
shade_eras(ax)
for row, entry in enumerate(frameworks.EVERYTHING):
    (color, marker, _), right = STYLES[entry.status], years(end(entry))
    left, old = max(years(entry.first.date), 1997), years(entry.first.date) < 1997
    ax.plot([left, right], [row, row], color=color, linewidth=5, solid_capstyle="butt")
    ax.plot([right, max(right, years(entry.last.date))], [row, row], ":", color=color, linewidth=2)
    ax.plot(right, row, marker, color=color, markersize=8)
    text, place = (f"{entry.name}, from {entry.first.date}",
                   (2012, row - 0.5)) if old else (entry.name, (left - 0.3, row))
    ax.text(*place, text, fontsize=9, ha="left" if old else "right", va="center")
ax.set(xlim=(1997, 2028), ylim=(len(frameworks.EVERYTHING), -1.1), yticks=[],
       xlabel="year (dotted: releases after the end)")
ax.legend(handles=[ax.plot([], [], m, color=c, label=text)[0] for c, m, text in STYLES.values()],
          loc="lower left")
lesson.show(fig, alt="Timeline of 24 tools and frameworks from 1997 to 2026 over four shaded eras. "
            "Twelve begin in 2011 to 2015; most of these end between 2015 and 2024. Nine bars "
            "reach today. Dots mark releases after the end.")

# %% [markdown]
# ## Scattered tools, to 2010: what did a lab lack?
#
# Almost everything that you take for granted: gradients, GPUs, and a program that somebody else had
# tested. Each lab had its own, in its own language.

# %%
for entry in frameworks.EVERYTHING:
    if era(entry) == "scattered tools":
        print(f"{entry.first.date[:4]}  {entry.name:<18} {entry.language:<28} {entry.by}")

# %% [markdown]
# **Gradients by hand** was the heaviest lack. You can count it in this course: how many functions
# of the network are named after the way back?

# %%
import re

from onecnn import cells

for chapter in ("01_history/02_by_hand", "02_frameworks/02_pytorch"):
    code = "\n".join(cell.source for cell in cells.read(cells.locate(chapter))
                     if cells.TAG in cell.tags)
    print(f"{chapter}: {len(re.findall(r'def .*backward', code))} functions for the way back")

# %% [markdown]
# Each of them is a place for a mistake that nothing reports. A new layer was a new derivation: that
# is why networks of that time look alike. [The network by hand](02_by_hand.ipynb) lets you feel it.

# %% [markdown]
# ## Basic frameworks, 2010 to 2015: what was still missing?
#
# Theano derived gradients from a formula from its first release on, and wrote GPU code from 0.3
# (November 2010). Torch7 and Caffe gave tested layers. AlexNet, in between, was still one student's
# own program, cuda-convnet.
#
# What was missing: more than one machine, a way to *use* a trained network outside the lab, and a
# common language. Torch7 spoke Lua, Caffe wanted text files, Theano a compiler.

# %% [markdown]
# **Distribution** existed, but behind doors: Google had DistBelief from 2011 on and never released
# it. TensorFlow could use several machines from 0.8 on, in April 2016.
#
# **Deployment:** TensorFlow Serving came in February 2016. Before it, a team wrote its own server.
#
# **Sharing:** Caffe had a Model Zoo, and Torch7's list of models (2015) was for the most part a
# loader for Caffe's files. A hub was still a wiki page.

# %% [markdown]
# ## Ecosystem, 2015 to 2018: why so many?
#
# Companies came. Within eight months of 2015 Microsoft, Preferred Networks, the authors of MXNet
# and Google all opened theirs. How many lived side by side?

# %%
REAL = [entry for entry in frameworks.EVERYTHING if not entry.fate.startswith("Not a framework")]


def alive(year):
    """The frameworks that were developed in this year, or in a part of it."""
    return [entry for entry in REAL if int(entry.first.date[:4]) <= year <= int(end(entry)[:4])]


print("2010:", ", ".join(entry.name for entry in alive(2010)))

# %% [markdown]
# **Predict, then run.** In which year, or years, did the most of them live? And how many of that
# year's are still developed?
#
# <details><summary>Answer</summary>
#
# In 2015 and again in 2017, thirteen each. Of the thirteen of 2017 five are live today. The second
# peak held less than a year: then the makers began to join forces.
#
# </details>

# %%
counts = {year: len(alive(year)) for year in range(2000, int(TODAY[:4]) + 1)}
most = [year for year, count in counts.items() if count == max(counts.values())]
print("most alive in:", most, " how many:", max(counts.values()))
print("of 2017 still live:",
      ", ".join(entry.name for entry in alive(2017) if entry.status == "live"))

# %%
born = {year: sum(int(entry.first.date[:4]) == year for entry in REAL) for year in counts}
fig, ax = lesson.figure(8.5, 3)
ax.bar(list(counts), list(counts.values()), color=lesson.SKY, label="alive in this year")
ax.bar(list(born), list(born.values()), color=lesson.BLUE, width=0.4, hatch="//", edgecolor="white",
       label="of these: born in it")
for begin in list(ERAS.values())[1:]:
    ax.axvline(begin - 0.5, color="gray", linestyle="--", linewidth=1)
for x, name in zip((2004.5, 2012, 2016, 2022.5), ERAS):
    ax.text(x, 15.3, name.replace(" ", "\n"), ha="center", va="center", fontsize=9, style="italic")
ax.set(ylim=(0, 16.5), yticks=range(0, 14, 2), xlabel="year", ylabel="frameworks in the register")
ax.legend(loc="upper left", bbox_to_anchor=(0, 0.85))
lesson.show(fig, alt="Bars for each year from 2000 to 2026: three to five frameworks alive until "
            "2010, thirteen in 2015 and in 2017, then a fall to seven. Seven are born in 2015 "
            "alone, hardly any after 2018.")

# %% [markdown]
# Such variety had a price. A network trained in one could not run in another. The answer of
# September 2017 was no framework but a *file*: ONNX, by Facebook and Microsoft, for PyTorch, Caffe2
# and CNTK. Two of these three have ended. The file lives.

# %% [markdown]
# ## Platform, from 2018: what is left?
#
# Few frameworks, much around them. Facebook merged its two. Hubs replaced the wiki page: TensorFlow
# Hub came in 2018. Foundations replaced single owners: PyTorch has belonged to one since 2022.
# [Where they went](07_where_they_went.ipynb) tells this era in full.
#
# How long does a framework live, then? Take those of the course's table that have ended.

# %% [markdown]
# **Predict, then run.** The median life, from the first release to the end of development: 4, 8 or
# 12 years?
#
# <details><summary>Answer</summary>
#
# About 4 years: shorter than a doctorate in many countries. Beware of the measure: the live ones
# are not in it and would lengthen it, and Lasagne, with one release and no announced end, counts as
# zero.
#
# </details>

# %%
import statistics

lives = {entry.name: years(end(entry)) - years(entry.first.date) for entry in frameworks.FRAMEWORKS
         if entry.status != "live"}
for name, life in sorted(lives.items(), key=lambda pair: pair[1]):
    print(f"{name:<10} {life:4.1f} years")
print("median:", round(statistics.median(lives.values())), "years")

# %% [markdown]
# ## Who descends from whom?
#
# `parents` are those whose ideas or code a framework continues. `absorbed_by` says where its code
# or its makers went *when it ended*. Both are facts with sources. The tree gives each framework a
# line for its life, in an order that keeps relatives close; the marks are those of the timeline.

# %%
ROWS = ["cuda-convnet", "caffe", "caffe2", "pytorch", "torch7", "torch", "lush", "chainer",
        "autograd", "jax", "numpy", "theano", "lasagne", "pytensor", "keras", "tensorflow",
        "distbelief", "mxnet", "cxxnet"]
alone = [entry.name for entry in frameworks.EVERYTHING if entry.key not in ROWS]
print("without relatives in the register:", ", ".join(alone))

# %%
def place(date):
    """The position of a date; years before 2008 are drawn narrow."""
    year = years(date)
    return year if year > 2008 else 2008 - (2008 - year) / 5


def arrow(ax, start, stop, **style):
    """An arrow along the row of ``start`` as far as needed, then straight to ``stop``."""
    bend = "arc3" if start[0] == stop[0] else "angle,angleA=0,angleB=90"
    ax.annotate("", stop, start, zorder=2,
                arrowprops={"arrowstyle": "-|>", "connectionstyle": bend, **style})


DESCENT = {"color": "black", "linewidth": 0.9}
TAKEN_IN = {"color": lesson.PURPLE, "linewidth": 2, "linestyle": "--"}
TICKS = [1987, 2000, *range(2008, 2028, 2)]
AXES = {"yticks": [], "ylim": (len(ROWS) - 0.4, -0.8),
        "xlim": (2000.9, 2027.6), "xlabel": "year (before 2008 drawn narrow)",
        "xticks": [place(f"{year}-01") for year in TICKS], "xticklabels": TICKS}

# %%
fig, ax = lesson.figure(9.5, 6.8)
for row, entry in enumerate(frameworks.get(key) for key in ROWS):
    color, marker, _ = STYLES[entry.status]
    born, gone = place(entry.first.date), place(end(entry))
    ax.plot([born, gone], [row, row], color=color, linewidth=4, zorder=1)
    ax.plot(gone, row, marker, color=color, markersize=8, zorder=3)
    ax.text(born - 0.22, row, entry.name, ha="right", va="center", fontsize=9, zorder=4,
            bbox={"fc": "white", "ec": "none", "pad": 0.8, "alpha": 0.9})
    for parent in entry.parents:
        arrow(ax, (min(born, place(end(frameworks.get(parent)))), ROWS.index(parent)), (born, row),
              **DESCENT)
    if entry.absorbed_by:
        arrow(ax, (gone, row), (gone, ROWS.index(entry.absorbed_by)), **TAKEN_IN)
ax.plot([], [], label="its ideas or code go on in", **DESCENT)
ax.plot([], [], label="its code or makers went to", **TAKEN_IN)
ax.set(**AXES)
ax.legend(loc="lower left")
lesson.show(fig, alt="Family tree of 19 tools as lines from birth to end. From NumPy descends "
            "Theano; from Theano Chainer, Lasagne, Keras, TensorFlow, PyTensor; from Torch7, "
            "Chainer and Autograd PyTorch, which at their end took in Torch7, Caffe2 and Chainer.")

# %% [markdown]
# Read it from the end. **PyTorch** took in three: Torch7's C code, Caffe2's repository, Chainer's
# makers. **Theano** was taken in by nobody, yet no other has as many descendants. **Torch7 and
# Theano** have a common child, Keras: the spirit of the one, the engine of the other.

# %%
children = {entry.key: [child.name for child in frameworks.EVERYTHING if entry.key in child.parents]
            for entry in REAL}
first = max(children, key=lambda key: len(children[key]))
print("most children:", frameworks.get(first).name, "->", ", ".join(children[first]))

# %% [markdown]
# ## Who was retired, when and why?
#
# The reasons are those that the makers gave, in the pages that the register names.

# %%
rows = ["| | ended | reason | went to |", "|---|---|---|---|"]
for entry in sorted((entry for entry in frameworks.EVERYTHING if entry.ended),
                    key=lambda entry: entry.ended):
    link = f"[{entry.ended}]({frameworks.proof(entry, 'ended')[0].url})"
    heir = frameworks.get(entry.absorbed_by).name if entry.absorbed_by else ""
    rows.append(f"| {entry.name} | {link} | {entry.why} | {heir} |")
lesson.show_markdown("\n".join(rows))

# %% [markdown]
# ## Which popular stories are wrong?
#
# Ten that you will meet in talks, blogs and encyclopedias. Each correction rests on a fact of the
# register, and its link leads to the page that supports that fact.

# %%
ERRORS = [
    ("Theano died in 2017", "its lab stopped then; 1.0.5 came out in 2020, and the code lives on "
     "as PyTensor", "theano", "2020"),
    ("Torch is from 2002", "its authors: around since 2000; Torch7 is the fourth, of 2011", "torch",
     "first"),
    ("Caffe2 is Caffe 2.0", "another program, by Facebook; Caffe's next version was to be 1.1",
     "caffe", "fate"),
    ("PyTorch invented define-by-run", "its readme: not unique; inspired by Chainer and Autograd",
     "pytorch", "from autograd"),
    ("PyTorch killed Chainer", "its own company chose to move; fixes came until 2022", "chainer",
     "ended"),
]

# %%
ERRORS += [
    ("Amazon maintains MXNet", "an Apache project from 2017 on, retired in 2023; nobody maintains "
     "it there", "mxnet", "ended"),
    ("CNTK lives in ONNX", "ONNX is a file format, not a program; CNTK's last main release is 2.7",
     "cntk", "ended"),
    ("TensorFlow 1 code no longer runs", "what tf.compat.v1 kept does, and you will see it below",
     "tensorflow", "fate"),
    ("Keras belongs to TensorFlow", "born on Theano, months before TensorFlow was public", "keras",
     "from theano"),
    ("PyTorch is from 2017", "that is the beta; alpha releases came in 2016", "pytorch", "first"),
]

# %%
rows = ["| you read | in fact | see |", "|---|---|---|"]
for story, correction, key, fact in ERRORS:
    url = frameworks.proof(frameworks.get(key), fact)[0].url
    rows.append(f"| ~~{story}~~ | {correction} | [{url.split('/')[2]}]({url}) |")
lesson.show_markdown("\n".join(rows))

# %% [markdown]
# Some are half true, which is why they last. Keras *was* tied to TensorFlow from 2.4 (2020) until
# Keras 3 (2023). Chainer's company *did* choose PyTorch, because the designs had become alike. And
# Amazon *did* name MXNet its framework of choice in 2016.

# %% [markdown]
# ## One network, every era: do they agree?
#
# Each chapter of the course holds its network in cells with the tag `same-cnn`. `cells.run`
# executes them in a process and a kernel of their own. So frameworks that cannot live in one
# environment answer the same question: the logits of ten digits, from the same starting weights,
# without training.

# %%
from onecnn import networks

# Keras is left out: it hands each layer to an engine, and the engines are in the list.
in_order = sorted(networks.NETWORKS, key=lambda network: network.year)
ASKED = {f"{network.name}, {network.year}": network for network in in_order
         if network.framework != "keras"}


def answer(network):
    """The network's logits of ten digits; or, where its kernel is missing, the reason."""
    try:
        return np.array(cells.run(network.notebook, "onecnn.ladder:logits_cells"))
    except cells.KernelMissing as reason:
        return str(reason)


# %% [markdown]
# **Predict, then run.** Formulas compiled to C, Lua-style modules, text files, recorded operations,
# an asynchronous engine, sessions: how close are their answers?
#
# <details><summary>Answer</summary>
#
# Within 1e-5 of the float64 reference, all of them: rounding in float32, no more. Programming
# models differ in *who knows the graph, and when*. The arithmetic is the same.
#
# </details>

# %%
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from onecnn import mnist, reference, spec

with ThreadPoolExecutor(2) as pool:  # two at a time
    answers = dict(zip(ASKED, pool.map(answer, ASKED.values())))
wanted = reference.logits(spec.initial_weights(), mnist.load().test_images[:10])
apart = {name: np.abs(found - wanted).max() for name, found in answers.items()
         if not isinstance(found, str)}
print("every answer is ten times ten logits:",
      all(answers[name].shape == (10, 10) for name in apart))
print("every answer agrees within 1e-5:", all(difference < 1e-5 for difference in apart.values()))

# %% tags=["nbval-ignore-output"]
for name, found in answers.items():
    print(f"{name:<32}",
          found if isinstance(found, str) else f"differs by at most {apart[name]:.1e}")

# %%
fig, ax = lesson.figure(8, 3.4)
for row, name in enumerate(answers):
    if name in apart:
        ax.plot(max(apart[name], 1e-9), row, "o", color=lesson.BLUE, markersize=8)
    else:
        ax.text(1e-8, row, "its kernel is missing", va="center", ha="center", fontsize=9)
ax.axvline(1e-5, color=lesson.VERMILION, linestyle="--", label="allowed: 1e-5")
ax.axvline(np.spacing(np.float32(np.abs(wanted).max())), color="gray",
           label="one step of float32 at the largest logit")
ax.set(xscale="log", xlim=(1e-9, 1e-4), yticks=range(len(answers)), yticklabels=list(answers),
       xlabel="largest difference of a logit from the float64 reference")
ax.invert_yaxis()
ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncol=2)
lesson.show(fig, alt="One dot for each framework of four eras: its largest difference from the "
            "reference, on a logarithmic axis. All dots lie left of the allowed 1e-5.")

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** The median life in the chapter is about 4 years. Someone concludes: "PyTorch is ten years
# old, so its end is overdue." What is wrong?
#
# <details><summary>A. The median should be a mean, which outliers do not pull</summary>No. It is the other way round: a mean is pulled by outliers. Besides, the mean of the same eight is near 4.4, and leaves out the same frameworks.</details>
# <details><summary>B. It counts frameworks that have ended; those that still live are missing</summary>Right. The live ones would lengthen the number. A life that goes on is missing from a table of ended lives.</details>
# <details><summary>C. Lasagne counts as zero, and without it the median would be far higher</summary>No. Lasagne does pull it down, but the median of the other seven is 4.5 years.</details>
#
# <br>**2.** You add a framework to the register, with an end date.
# `frameworks.proof(entry, "ended")` gives an empty list. What do you know?
#
# <details><summary>A. The date is wrong</summary>No. A date without a source may be true. Nobody can check it, and that is the objection.</details>
# <details><summary>B. The framework is still live</summary>No. Whether it lives is what the entry claims. An empty proof says that no source supports the claim.</details>
# <details><summary>C. Releases came after that date, so the end does not count</summary>No. Theano has an end and a later release. Both stand in the register, each with its source.</details>
# <details><summary>D. Nobody can check the date, and a test refuses it</summary>Right. Each fact needs a source that supports it, and a test of the course asks for one. The date may be true, but you cannot show it.</details>
#
# <br>**3.** In the family tree TensorFlow descends from Theano, yet nobody took Theano in. Why is
# that no contradiction?
#
# <details><summary>A. A child may continue ideas, while neither code nor makers move to it</summary>Right. <code>parents</code> is about ideas or code that go on. <code>absorbed_by</code> is about where code or makers went at the end.</details>
# <details><summary>B. Theano is still live, so nobody could take it in</summary>No. Theano is legacy: its lab ended the development in 2017. What lives is its child, PyTensor.</details>
# <details><summary>C. TensorFlow had taken over Theano's code and makers long before Theano ended</summary>No. The arrow of descent does not say that code moved: ideas are enough. Theano's code lives on as PyTensor.</details>
#
# <br>**4.** A lab has a training script for CNTK and reads: "CNTK lives on in ONNX." What may it
# hope for?
#
# <details><summary>A. That ONNX runs the script as it stands</summary>No. This takes ONNX for a program. It is a file format, and a script is no file of that format.</details>
# <details><summary>B. That other programs read its network from an ONNX file</summary>Right. Networks travel in that file, and the file is what lives. CNTK itself had its last main release with 2.7.</details>
# <details><summary>C. That Facebook, with Microsoft the maker of ONNX, now releases CNTK</summary>No. In the register nobody took CNTK over. Microsoft put its work into ONNX and ONNX Runtime, and called 2.7 the last main release.</details>
#
# <br>**5.** Which of these frameworks would you choose, by what this chapter shows?
#
# <details><summary>A. One that belongs to a foundation, where hardly anyone has worked for a year</summary>No. That was MXNet's state under Apache before it was retired. A foundation alone saves nobody.</details>
# <details><summary>B. One whose weak points will all be mended by the next version, as announced</summary>No. Caffe's 1.1, Lasagne's 0.2 and MXNet's 2.0 were promised, too, and never came.</details>
# <details><summary>C. One whose authors all work in one lab, but are the best in their field</summary>No. Theano and Caffe hung on one lab each. Their quality did not keep the lab at it.</details>
# <details><summary>D. One that several groups release, and whose networks others can read</summary>Right. The next version does not hang on one owner, and if it ends, your networks can leave.</details>
#
# <br>**6.** Frameworks of four eras give the same logits for ten digits, from the same weights,
# without training. What does this show?
#
# <details><summary>A. Their gradients agree as well</summary>No. Logits need the forward pass only. A wrong backward pass would leave these numbers as they are.</details>
# <details><summary>B. Below the surface they all have the same programming model, with other names</summary>No. They differ in who knows the graph, and when. Equal results do not make equal models.</details>
# <details><summary>C. Their forward passes do the same arithmetic here, apart from rounding</summary>Right. All stay within 1e-5 of the float64 reference. Whether they train alike is a further question.</details>
#
# <br>**7.** In 2012 a lab uses Torch7 in place of a program of its own. What does it still have to
# build by itself?
#
# <details><summary>A. Tested layers</summary>No. Those are what Torch7 brought. In the era of scattered tools a lab lacked them.</details>
# <details><summary>B. A server for the trained network</summary>Right. Deployment was still missing in the era of the basic frameworks: before TensorFlow Serving, a team wrote its own server.</details>
# <details><summary>C. The derivative of each standard layer</summary>No. Gradients by hand were the burden of the scattered tools. Torch7's layers come with theirs.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | era | people lacked | what came | what ended it |
# |---|---|---|---|
# | scattered tools, to 2010 | gradients, GPUs, tested code | one program for each lab | shared libraries |
# | basic frameworks, to 2015 | many machines, deployment, a common language | Theano, Torch7, Caffe | companies |
# | ecosystem, to 2018 | exchange between frameworks | a dozen at once; ONNX | the cost of so many |
# | platform, today | owners that outlive one company | hubs, foundations, compilers | you will see |

# %% [markdown]
# What does this teach about choosing a framework?
#
# - **Choose it when** its networks leave it in a file that others read, and its next version does
#   not hang on one lab or one company: Theano, Caffe, CNTK, Chainer and Caffe2 did.
# - **Avoid it when** its last news is a promise: Caffe's 1.1, Lasagne's 0.2 and MXNet's 2.0 never
#   came.
#
# A foundation alone saves nobody, as MXNet shows. People do.
#
# **Now you:** [the exercise](../../exercises/01_history/01_three_eras.ipynb), with self-checks.
# Then [the network by hand](02_by_hand.ipynb), or straight to
# [where they went](07_where_they_went.ipynb).

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24. **Every date, descent, end and reason:** the register,
# `onecnn/frameworks.py`, which names the page for each fact; `frameworks.proof(entry, fact)` shows
# it.
# - Theano's gradients and its GPU code:
#   [its release notes](https://github.com/Theano/Theano/blob/master/HISTORY.txt)
# - Several machines:
#   [TensorFlow 0.8](https://github.com/tensorflow/tensorflow/blob/master/RELEASE.md#release-080);
#   [April 2016](https://www.eyerys.com/articles/news/google-updates-its-open-source-machine-learning-ai-tensorflow-now-more-brains)
# - Deployment: [TensorFlow
#   Serving](https://opensource.googleblog.com/2016/02/running-your-models-in-production-with.html),
#   February 2016
# - Sharing: [Caffe's Model Zoo](https://github.com/BVLC/caffe/wiki/Model-Zoo),
#   [Torch7's list](https://github.com/torch/torch7/wiki/ModelZoo), 2015,
#   [TensorFlow Hub](https://en.wikipedia.org/wiki/TensorFlow_Hub), 2018
# - Keras and TensorFlow: [Keras 2.4.0](https://github.com/keras-team/keras/releases/tag/2.4.0)
# - Amazon's choice: [InfoWorld,
#   2016](https://www.infoworld.com/article/3144025/why-amazon-picked-mxnet-for-deep-learning.html)

# %% [markdown]
# **On your path:**
#
# - *The history, 2 of 11:* [Your first network](../00_your_first_network.ipynb) → here →
#   [The network by hand](02_by_hand.ipynb)
#
# **In the order of the folders:** previous [Your first network](../00_your_first_network.ipynb) ·
# next [The network by hand](02_by_hand.ipynb) · [all chapters](../00_start_here.ipynb)
