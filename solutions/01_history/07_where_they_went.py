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
# Four tasks on [the notebook](../../notebooks/01_history/07_where_they_went.ipynb), about 30
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. Nothing breaks if you run everything at once. The museum is not needed here.

# %%
from onecnn import lesson

lesson.start()

# %%
import re
import subprocess
import sys

from onecnn import checks


def outcome(program, folder=None):
    """What a program prints in a fresh process, or the last exception's first sentence."""
    run = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True,
                         text=True, timeout=120)
    if run.returncode == 0:
        return run.stdout.strip()
    errors = re.findall(r"^(?:\w+\.)*(\w*Error: .*)", run.stderr, re.MULTILINE)
    return re.split(r"\. | \(", errors[-1])[0].rstrip(".")


# %% [markdown]
# ## 1. Read a failure, name its cause
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
    if set(answer) != set(OLD_LINES):
        return f"one cause for each of {', '.join(OLD_LINES)}"
    wrong = [name for name, line in OLD_LINES.items() if answer[name] != cause_of(outcome(line))]
    return (not wrong or f"read the message of '{wrong[0]}' again: who no longer knows the name, "
            "or is none missing?")


checks.grade("1 causes", named, hint="causes is a dict with five entries", answer=causes)

# %% [markdown]
# ## 2. Find who cannot live together
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
# Write `quarrels`: all pairs of packages for which *no* version in the list suits both, as tuples
# in alphabetical order, the list sorted. `version in SpecifierSet(text)` says whether a version
# fits.


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
def finds_quarrels():
    small = {"old": "<1.20", "new": ">=2", "any": ">=1.9", "middle": ">=1.20,<2"}
    if quarrels(small, VERSIONS) != [("middle", "new"), ("middle", "old"), ("new", "old")]:
        return ("for needs of <1.20, >=2, >=1.9 and >=1.20,<2 three pairs quarrel, each named "
                "once, in alphabetical order")
    if quarrels({"a": "<=1.26.4", "b": ">=1.26.4"}, VERSIONS):
        return "one version that suits both is enough: <=1.26.4 and >=1.26.4 can live together"
    if quarrels({"a": ">=1.9,!=1.23.5", "b": "==1.23.5"}, VERSIONS) != [("a", "b")]:
        return "ask for each version whether it fits; the texts alone do not tell"
    return ("jax", "mxnet") in quarrels(needs, VERSIONS)


checks.grade("2 quarrels", finds_quarrels,
             hint="for each pair: is there any version that is in both specifier sets?")

# %% [markdown]
# ## 3. Write the pin that mends an environment
#
# A repository on MXNet 1.9.1 and Python 3.11 lists `numpy` without a version, and broke. You know
# two facts. MXNet uses `np.bool`, which NumPy 1.24 removed. NumPy's first wheels for Python 3.11
# came with [1.23.2](https://numpy.org/devdocs/release/1.23.2-notes.html) (checked 2026-11-24);
# older ones must be built from source.
#
# Write the line for the requirements file. It may allow one version or several, but only such as
# work.

# %%
### BEGIN SOLUTION
pin = "numpy>=1.23.2,<1.24"
### END SOLUTION


# %%
def mends(answer):
    need = Requirement(answer)
    if need.name != "numpy":
        return "the line is about numpy"
    for version in ("1.24.0", "1.24.4", "1.26.4", "2.0.0", "2.4.6"):
        if version in need.specifier:
            return f"it allows NumPy {version}, which has no np.bool"
    for version in ("1.16.6", "1.22.4", "1.23.0", "1.23.1"):
        if version in need.specifier:
            return f"it allows NumPy {version}, which has no wheel for Python 3.11"
    return any(f"1.23.{patch}" in need.specifier
               for patch in (2, 3, 4, 5)) or "it allows none of 1.23.2 to 1.23.5"


checks.grade("3 pin", mends, hint="a requirement such as name>=1.0,<2", answer=pin)

# %% [markdown]
# ## 4. Predict which files will load
#
# Today you save weights in five ways. In ten years somebody has Python, NumPy, and nothing of
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
outcome("""
import pickle
class Network:
    def __init__(self, weight):
        self.weight = weight
pickle.dump(Network([1.0, 2.0]), open("network.pickle", "wb"))
""", folder.name)
print("saved:", *sorted(file.name for file in place.iterdir()))

# %% [markdown]
# These are the readers. The last one knows the safetensors format, not its library: eight bytes
# with the header's length, the header in JSON, the numbers.
#
# **Predict before you run on:** True for each file that its reader can load in a fresh process,
# False for the others.

# %%
READERS = {
    "arrays.npz": "import numpy as np; np.load('arrays.npz')['weight']",
    "objects.npz": "import numpy as np; np.load('objects.npz')['network']",
    "network.pickle": "import pickle; pickle.load(open('network.pickle', 'rb'))",
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
loads = {"arrays.npz": True, "objects.npz": False, "network.pickle": False, "lists.json": True,
         "plain.safetensors": True}
### END SOLUTION


# %%
def predicted(answer):
    if set(answer) != set(READERS):
        return f"True or False for each of {', '.join(READERS)}"
    for name, program in READERS.items():
        happened = outcome(program, folder.name)
        if answer[name] != (happened == ""):
            return f"{name}: {happened or 'it loads'}. Does it hold numbers, or calls of code?"
    return True


checks.grade("4 formats", predicted, hint="ask of each file: numbers and shapes, or instructions "
             "for a class?", answer=loads)
