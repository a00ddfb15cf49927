# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: where they went
#
# Five tasks on [the notebook](../../notebooks/01_history/07_where_they_went.ipynb), about 40
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way*
# unfolds below each check. Nothing breaks if you run everything at once. The museum is not needed
# here.

# %%
from onecnn import lesson

lesson.start()

# %%
import functools
import re
import subprocess
import sys

from onecnn import checks


@functools.cache
def outcome(program, folder=None):
    """What a program prints in a fresh process, or the last exception's first sentence."""
    run = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True,
                         text=True, timeout=120)
    if run.returncode == 0:
        return run.stdout.strip()
    errors = re.findall(r"^(?:\w+\.)*(\w*Error: .*)", run.stderr, re.MULTILINE)
    return re.split(r"\. | \(", errors[-1])[0].rstrip(".")


# %% [markdown]
# ## 1. Read a failure, name its cause (predict)
#
# Five lines as they stand in old repositories. They run now, with today's Python and NumPy, and
# fail.

# %%
OLD_LINES = {
    "iterable": "from collections import Iterable",
    "float": "import numpy; numpy.float_(1)",
    "spec": "import inspect; inspect.getargspec(len)",
    "copy": "import numpy; numpy.array([1, 2], copy=False)",
    "weights": r"import pickle; pickle.loads(b'cmxnet.ndarray\nNDArray\n.')",
}
for name, line in OLD_LINES.items():
    print(f"{name:<9}", outcome(line))

# %% [markdown]
# Give each its cause:
#
# - `"python"`: a name was removed from Python's standard library;
# - `"numpy"`: a name was removed from NumPy;
# - `"meaning"`: the call still exists, but it means something else now;
# - `"artefact"`: a file asks for code that is not there.

# %%
### BEGIN SOLUTION
causes = {"iterable": "python", "float": "numpy", "spec": "python", "copy": "meaning",
          "weights": "artefact"}
### END SOLUTION


# %%
def cause_of(message):
    if "removed in the NumPy" in message:
        return "numpy"
    if "No module named" in message:
        return "artefact"
    return "meaning" if message.startswith("ValueError") else "python"


def named(answer):
    if not isinstance(answer, dict) or set(answer) != set(OLD_LINES):
        return f"one cause for each of {', '.join(OLD_LINES)}"
    wrong = [name for name, line in OLD_LINES.items()
             if str(answer[name]) != cause_of(outcome(line))]
    return (not wrong or f"read the message of '{wrong[0]}' again: who no longer knows the name, "
            "or is none missing?")


checks.grade("1 causes", named, answer=causes,
             hint="whose name is missing in each message, if one is?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Read what stands before and after the colon. A message that names NumPy's own release speaks of a
# name that NumPy dropped. `No module named` asks for code that is not installed. If no name is
# missing, the call was understood, and refused.
#
# </details>

# %% [markdown]
# ## 2. Find who cannot live together (complete)
#
# `needs` holds what seven packages ask of NumPy: the retired ones as their metadata say it, the
# living ones read from this environment. `VERSIONS` holds the last version of each NumPy series.

# %%
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

VERSIONS = ["1.16.6", "1.17.5", "1.18.5", "1.19.5", "1.20.3", "1.21.6", "1.22.4", "1.23.5",
            "1.24.4", "1.25.2", "1.26.4", "2.0.2", "2.1.3", "2.2.6", "2.3.5", "2.4.6"]
needs = {"mxnet": "<2.0.0,>1.16.0", "theano": ">=1.9.1", "chainer": ">=1.9.0"}
for name in ("jax", "scipy", "onnx", "mlxtend"):
    asked = [Requirement(line) for line in metadata.requires(name)]
    needs[name] = str(next(need.specifier for need in asked if need.name == "numpy"))
print("packages:", *needs)

# %% [markdown]
# Write `quarrels`: all pairs of packages for which *no* version in `versions` suits both, as tuples
# in alphabetical order, the list sorted. `version in SpecifierSet(text)` says whether a version
# fits. The check has other needs and other versions, too.


# %%
def quarrels(needs, versions):
    ### BEGIN SOLUTION
    suits = {name: {version for version in versions if version in SpecifierSet(need)}
             for name, need in needs.items()}
    names = sorted(needs)
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:] if not suits[a] & suits[b]]
    ### END SOLUTION


# %%
try:
    print("cannot live together:", quarrels(needs, VERSIONS))
except NotImplementedError:
    print("Write quarrels first.")


# %%
def invented(random):
    """Needs, versions, and the pairs that quarrel: each package is given a set of versions."""
    versions = [str(one) for one in random.permutation(VERSIONS)[:random.randint(1, 9)]]
    suits = {str(name): {one for one in versions if random.rand() < 0.4}
             for name in random.permutation(["ape", "bee", "cow", "doe", "eel", "fox"])}
    texts = {name: ",".join(f"!={one}" for one in VERSIONS if one not in suits[name])
             for name in suits}
    return texts, versions, sorted((one, other) for one in suits for other in suits
                                   if one < other and suits[one].isdisjoint(suits[other]))


# %%
def given():
    """Needs, versions, and the pairs that quarrel: some that were thought out, some random ones."""
    small = {"old": "<1.20", "new": ">=2", "any": ">=1.9", "middle": ">=1.20,<2"}
    touching, hole = {"b": ">=1.26.4", "a": "<=1.26.4"}, {"a": ">=1.9,!=1.23.5", "b": "==1.23.5"}
    yield small, VERSIONS, [("middle", "new"), ("middle", "old"), ("new", "old")]
    yield touching, VERSIONS, []
    yield touching, ["1.25.2", "2.0.2"], [("a", "b")]
    yield hole, VERSIONS, [("a", "b")]
    yield hole, [], [("a", "b")]
    yield {}, VERSIONS, []
    for seed in range(4):
        yield invented(checks.random(10 * seed))


# %%
def finds_quarrels():
    for asked, versions, wanted in given():
        found = quarrels(dict(asked), list(versions))
        if not isinstance(found, list) or not all(isinstance(pair, tuple) for pair in found):
            return "return a list of tuples"
        if sorted(map(sorted, found)) != sorted(map(sorted, wanted)):
            return f"needs {asked}, versions {versions}: who finds no version that suits both?"
        if found != wanted:
            return "the right pairs: are their names, and the list, in alphabetical order?"
    return True


checks.grade("2 quarrels", finds_quarrels,
             hint="for one pair: which versions suit the first package, and which of them both?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# For each package collect the set of versions that suit it. Then take the names in alphabetical
# order, and for each name those that come after it. A pair quarrels if the two sets have nothing in
# common: `&` of two sets gives what they share.
#
# </details>

# %% [markdown]
# ## 3. Write the pin that mends an environment (mend)
#
# A repository on MXNet 1.9.1 and Python 3.11 lists `numpy` without a version, and broke. You know
# two facts. MXNet uses `np.bool`, which NumPy 1.24 removed. NumPy's first wheels for Python 3.11
# came with [1.23.2](https://numpy.org/devdocs/release/1.23.2-notes.html) (checked 2026-11-24);
# older ones must be built from source.
#
# Write the line for the requirements file, for every system: a name and versions, no more. It may
# allow one version or several, but only such as work.

# %%
### BEGIN SOLUTION
pin = "numpy>=1.23.2,<1.24"
### END SOLUTION


# %%
WORKING = ["1.23.2", "1.23.3", "1.23.4", "1.23.5"]
RELEASES = [f"{series}.{patch}" for series, _, last in (one.rpartition(".") for one in VERSIONS)
            for patch in range(int(last) + 1)] + ["3.0.0"]  # and who knows what comes
TOO_OLD = RELEASES[:RELEASES.index("1.23.2")]
TOO_NEW = RELEASES[RELEASES.index("1.24.0"):]


# %%
def mends(answer):
    need = Requirement(answer)
    if need.name.lower() != "numpy" or need.extras or need.marker or need.url:
        return "the line is about numpy, with versions and nothing else"
    for version in TOO_NEW:
        if version in need.specifier:
            return f"it allows NumPy {version}, which has no np.bool"
    for version in TOO_OLD:
        if version in need.specifier:
            return f"it allows NumPy {version}, which has no wheel for Python 3.11"
    return any(version in need.specifier for version in WORKING) or (
        "it allows none that works: what is left between the two facts?")


checks.grade("3 pin", mends, answer=pin,
             hint="which fact gives the lowest version, which the highest, and is each included?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# One fact is a lower bound, and the version that it names works. The other one is an upper bound,
# and its version does not work. Two conditions, with a comma between them, behind the name. One
# exact version between the bounds, with `==`, will do as well.
#
# </details>

# %% [markdown]
# ## 4. Give everybody a room (design)
#
# All seven packages of task 2 shall be on one machine, in **at most two** environments, which are
# called rooms here. Plan them: `rooms` is a dict, with a NumPy version of `VERSIONS` for each room,
# and a list of the packages in it. Each package has exactly one room, whose NumPy suits its need.
# MXNet's NumPy must still have `np.bool` (task 3), and both rooms shall have at least two packages.
# There is more than one good plan.

# %%
for name, need in needs.items():
    print(f"{name:<8}", need)

# %%
### BEGIN SOLUTION
rooms = {"1.23.5": ["mxnet", "theano", "chainer"], "2.4.6": ["jax", "scipy", "onnx", "mlxtend"]}
### END SOLUTION


# %%
def planned(rooms):
    if not isinstance(rooms, dict) or not set(rooms) <= set(VERSIONS):
        return "a dict, whose keys are versions from the list"
    if len(rooms) > 2 or any(len(packages) < 2 for packages in rooms.values()):
        return "at most two rooms, and at least two packages in each"
    placed = [name for packages in rooms.values() for name in packages]
    if sorted(placed) != sorted(needs):
        return "does each of the seven packages have a room, and no package two?"
    for version, packages in rooms.items():
        for name in packages:
            if version not in SpecifierSet(needs[name]):
                return f"{name} needs {needs[name]}: does {version} suit it?"
        if "mxnet" in packages and version in SpecifierSet(">=1.24"):
            return f"does NumPy {version} still have np.bool, which MXNet uses?"
    return True


checks.grade("4 rooms", planned, answer=rooms,
             hint="who quarrels with whom, and which version suits all that are left together?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Begin with MXNet: its need and `np.bool` leave few versions. Take one, and ask which of the others
# it suits. Who is left goes into the second room, with a version that suits all of them. Packages
# that fit in both are yours to place.
#
# </details>

# %% [markdown]
# ## 5. Predict which files will load (predict)
#
# Today you save weights in six ways. In ten years somebody has Python, NumPy, and nothing of
# yours.

# %%
import json
import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

folder = tempfile.TemporaryDirectory()
place, weight = Path(folder.name), np.arange(6, dtype="float32").reshape(2, 3)
np.savez(place / "arrays.npz", weight=weight)
np.savez(place / "objects.npz", network=np.array({"weight": weight}, dtype=object))
(place / "lists.json").write_text(json.dumps({"weight": weight.tolist()}))
save_file({"weight": weight}, place / "plain.safetensors")

# %%
outcome("""
import pickle
class Network:
    def __init__(self, weight):
        self.weight = weight
pickle.dump(Network([1.0, 2.0]), open("network.pickle", "wb"))
pickle.dump({"weight": [1.0, 2.0]}, open("lists.pickle", "wb"))
""", folder.name)
print("saved:", *sorted(file.name for file in place.iterdir()))

# %% [markdown]
# These are the readers. The last one knows the safetensors format, not its library: eight bytes
# with the header's length, the header in JSON, the numbers.
#
# **Predict before you run on:** what happens to each file when its reader meets it in a fresh
# process?
#
# - `"loads"`: the numbers are there;
# - `"refused"`: the reader will not run what the file holds;
# - `"missing"`: the reader runs it, and it asks for code that is not there.

# %%
READERS = {
    "arrays.npz": "import numpy as np; np.load('arrays.npz')['weight']",
    "objects.npz": "import numpy as np; np.load('objects.npz')['network']",
    "network.pickle": "import pickle; pickle.load(open('network.pickle', 'rb'))",
    "lists.pickle": "import pickle; pickle.load(open('lists.pickle', 'rb'))['weight']",
    "lists.json": "import json, numpy as np; np.array(json.load(open('lists.json'))['weight'])",
    "plain.safetensors": """
import json, numpy as np
raw = open("plain.safetensors", "rb").read()
length = int.from_bytes(raw[:8], "little")
shape = json.loads(raw[8:8 + length])["weight"]["shape"]
np.frombuffer(raw[8 + length:], "<f4").reshape(shape)""",
}

# %%
### BEGIN SOLUTION
happens = {"arrays.npz": "loads", "objects.npz": "refused", "network.pickle": "missing",
           "lists.pickle": "loads", "lists.json": "loads", "plain.safetensors": "loads"}
### END SOLUTION


# %%
def what_happens(name):
    message = outcome(READERS[name], folder.name)
    if message == "":
        return "loads"
    return "refused" if message.startswith("ValueError") else "missing"


def predicted(answer):
    if not isinstance(answer, dict) or set(answer) != set(READERS):
        return f"one word for each of {', '.join(READERS)}"
    wrong = [name for name in READERS if str(answer[name]) != what_happens(name)]
    return not wrong or f"{wrong[0]}: does it hold numbers, or calls of code? whose code?"


checks.grade("5 formats", predicted, answer=happens,
             hint="ask of each file: what has to be there before its numbers can be?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Numbers, names and shapes need a reader and no more. A pickle names the classes of what it holds:
# lists and dicts come with Python, and `Network` was defined in a process that is gone. An array of
# *objects* is a pickle inside of an array file: what does `np.load` do with it by default?
#
# </details>

# %% [markdown]
# That a pickle of lists loads makes it no safe format: a pickle may name any function, and loading
# it calls that function. Read files of strangers with readers that run nothing.
