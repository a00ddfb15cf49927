# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Where they went: platforms, and why old code stops running
#
# Theano, Torch7, Caffe, CNTK, Chainer and MXNet are **retired**. After this notebook you will be
# able to say where each went, read the error with which it fails today, and choose a framework that
# still runs in ten years.
#
# **You will learn to**
# - tell what the platforms added after 2018, and what they closed;
# - read a real failure of an old package and name its cause;
# - find in package metadata which two packages cannot live together;
# - judge a repair with the parity ladder;
# - save weights so that they outlive the code that made them.
#
# **Before you start:** [MXNet](../02_frameworks/04_mxnet.ipynb). Kernel `python3`, about 40
# minutes.
# A little knowledge of `pip` helps. The slowest cell takes 10 seconds. The failures are real and
# need the packages of the kernel `museum`; without it the cells print the reason, and the stored
# outputs stay readable.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## Who is still here?
#
# The course's register knows how each framework ended. *Legacy*: it runs, but nobody develops it.
# *Archived*: its owner closed it.

# %%
from onecnn import frameworks

for status in ("live", "legacy", "archived"):
    entries = [entry for entry in frameworks.FRAMEWORKS if entry.status == status]
    print(f"{status}:",
          ", ".join(f"{entry.name} ({entry.first.date[:4]}"
                    f"-{'' if status == 'live' else entry.last.date[:4]})" for entry in entries))

# %% [markdown]
# ## What did the survivors become?
#
# Platforms. After 2017 the register knows two births: JAX, and PyTensor, which is Theano's code.
# Work went into what stands around a framework instead: hubs for trained models, exchange formats,
# compilers, model servers, and foundations that own a project so that no single company does.

# %%
ADDED = {"2019-10": "Transformers: models shared by the community",
         "2019-11": "ONNX goes to a foundation (LF AI)",
         "2021-05": "TorchServe leaves its experimental phase",
         "2022-09": "PyTorch Foundation", "2022-10": "OpenXLA: one compiler for several frameworks",
         "2023-03": "PyTorch 2.0: torch.compile", "2023-12": "Keras 3: one API on three engines",
         "2026-04": "safetensors goes to the PyTorch Foundation"}
ENDED = {"2017-09": "Theano: the end is announced", "2018-03": "Caffe2 moves into PyTorch",
         "2019-04": "CNTK: last main release", "2019-12": "Chainer: maintenance only",
         "2023-09": "MXNet retired", "2024-03": "TensorFlow 2.16: tf.estimator removed",
         "2024-03-18": "TensorFlow Hub: unmoved models deleted", "2025-08": "TorchServe archived"}


def years(date):
    """An ISO month as a number of years."""
    return int(date[:4]) + (int(date[5:7]) - 0.5) / 12


# %%
events = ADDED | ENDED
fig, ax = lesson.figure(8.5, 4.2)
for row, date in enumerate(sorted(events)):
    late = date > "2022"
    ax.text(years(date) + (-0.15 if late else 0.15), row, events[date],
            ha="right" if late else "left", va="center", fontsize=9)
rows = {date: row for row, date in enumerate(sorted(events))}
for kind, marker, color, label in ((ADDED, "^", lesson.BLUE, "added"),
                                   (ENDED, "X", lesson.VERMILION, "ended")):
    ax.plot([years(date) for date in kind], [rows[date] for date in kind], marker, color=color,
            markersize=8, label=label)
ax.set(xlim=(2017, 2027), yticks=[], xlabel="year",
       title="The platform era: what was added, what ended")
ax.invert_yaxis()
ax.spines["left"].set_visible(False)
ax.legend(loc="upper right")
lesson.show(fig, alt="Sixteen dated events from 2017 to 2026, in order. Until 2019 mostly endings "
            "of frameworks; then foundations, a compiler and a model server; from 2023 on "
            "endings again, now of the platforms' own parts.")

# %% [markdown]
# The frameworks ended first. Then parts of the *platforms* ended too: `tf.estimator`, TorchServe.
# TensorFlow Hub moved its models to another site, and those that nobody moved were deleted on 18
# March 2024. A platform is a promise with an end date that you do not know yet.

# %% [markdown]
# ## Why does the course need a museum?
#
# "Install the old version" sounds easy: the files are all still there. Let us try. The museum's
# packages lie in an environment of their own. You borrow them: same files, but with *today's* NumPy
# in front.

# %%
from onecnn import cells

try:
    museum, missing = cells.interpreter("museum")[0], ""
except cells.KernelMissing as reason:
    museum, missing = [], f"not run: {reason}"
print(missing or "The museum is here.")

# %% [markdown]
# Each attempt gets a process of its own, a temporary folder, and at most two minutes. Nothing is
# installed, nothing in either environment changes.

# %%
import os
import subprocess
import sys
import tempfile

from onecnn import paths

# The last of these is explained below, where it is needed.
SETTINGS = {"PYTHONPATH": str(paths.ROOT), "PYTHONDONTWRITEBYTECODE": "1",
            "SETUPTOOLS_USE_DISTUTILS": "stdlib"}


# %%
def fresh(program, python="today", folder=None, **settings):
    """Runs a program in a new process. ``python``: "today", "museum", or "borrowed": today's, with
    the museum's packages."""
    if missing and python != "today":
        return subprocess.CompletedProcess(program, 1, "", missing)
    if python == "borrowed":
        program = f"import sys; sys.path.append({shelf!r})\n{program}"
    with tempfile.TemporaryDirectory() as scratch:
        private = {"TMPDIR": scratch, "THEANO_FLAGS": f"base_compiledir={scratch},blas.ldflags="}
        return subprocess.run([*(museum if python == "museum" else [sys.executable]),
                               "-c", program], timeout=120, text=True, cwd=folder or scratch,
                              env={**os.environ, **SETTINGS, **private, **settings},
                              capture_output=True)


shelf = fresh("import sysconfig; print(sysconfig.get_paths()['purelib'])", "museum").stdout.strip()

# %% [markdown]
# A traceback is long; what you need is its last exception. Read from the bottom.

# %%
import re


def last_words(run):
    """The type and the first sentence of the exception that ended a run."""
    if run.returncode == 0:
        return "runs"
    errors = re.findall(r"^(?:\w+\.)*(\w*(?:Error|Exception|Warning): .*)", run.stderr,
                        re.MULTILINE)
    return re.split(r"\. | \(", errors[-1])[0].rstrip(".") if errors else run.stderr.strip()


# %% [markdown]
# **Predict, then run.** MXNet, Theano and Chainer, first in the museum (NumPy 1.23), then with
# today's NumPy 2. Which still import? Will they fail in the same way?
#
# <details><summary>Answer</summary>
#
# In the museum all three. With today's NumPy none. MXNet and Chainer miss a *name* that NumPy
# removed. Theano fails elsewhere: it generates C code at import, and that code no longer compiles.
#
# </details>

# %%
PACKAGES = ("mxnet", "theano", "chainer")
in_museum = {name: fresh(f"import {name}", "museum") for name in PACKAGES}
borrowed = {name: fresh(f"import {name}", "borrowed") for name in PACKAGES}
for name in PACKAGES:
    print(f"{name:<8} NumPy 1: {last_words(in_museum[name])}")
    print(f"{'':<8} NumPy 2: {last_words(borrowed[name])}")

# %% [markdown]
# ## What is each failure's cause?
#
# **MXNet** asks NumPy for `np.PZERO`, a name for 0.0. **Chainer** asks for `np.sctypes`, a table of
# number types. Both were removed in NumPy 2.0, and NumPy's message even names the release. That is
# the friendly kind of failure.
#
# **Theano**'s message does not name a cause. The compiler's log does.

# %%
unknown = sorted(set(re.findall(r"PyInt_\w+", borrowed["theano"].stderr)))
print("C functions that the compiler does not know:",
      missing or unknown or "none: no compiler here")

# %% [markdown]
# `PyInt_…` belongs to **Python 2**. NumPy's header `npy_3kcompat.h` translated these names for
# Python 3, and Theano's C code includes it. In July 2024 NumPy cleaned the header
# ([numpy/numpy 26842](https://github.com/numpy/numpy/pull/26842)). No function of NumPy's Python
# interface was involved, so no Python warning announced it.

# %% [markdown]
# A fourth failure needs no new NumPy. Chainer, in the museum, with the NumPy of its own time: it
# imports `numpy.distutils`, which imports `distutils`. Newer versions of **setuptools** replace
# Python's `distutils` by their own, and 74.0 (2024) took a module out of it
# ([pypa/setuptools 4612](https://github.com/pypa/setuptools/issues/4612)).
#
# A setting brings Python's own back; `fresh` has used it all along.

# %%
for choice in ("stdlib", "local"):
    print(f"{choice:<7}",
          last_words(fresh("import chainer", "museum", SETUPTOOLS_USE_DISTUTILS=choice)))

# %% [markdown]
# The build tool of *other* packages broke an import. And the setting is itself a patch with an end
# date: Python 3.12 has no `distutils` to bring back.

# %% [markdown]
# ## How deep is the damage?
#
# Let us play the maintainer. NumPy looks up a missing name with its own `__getattr__`. Put a
# function in front that notes the name and hands out a stand-in, `object`.

# %%
GIVE_BACK = """
import numpy
asked, real = [], numpy.__getattr__

def lookup(name):
    try:
        return real(name)
    except AttributeError:
        if not name.startswith("__"):
            asked.append(name)
            return object
        raise

numpy.__getattr__ = lookup
"""

# %% [markdown]
# **Predict, then run.** How many names must be given back before MXNet imports: one, five, or
# twenty? And with senseless stand-ins in their place, how far will the course's network climb on
# the [parity ladder](../00_glossary.ipynb#Parity-ladder)?
#
# <details><summary>Answer</summary>
#
# Twenty names, and *every rung* that it is asked. (The seventh starts a process of its own, which
# has no stand-ins.) MXNet hands NumPy's names on under its own roof and computes in C++. The
# arithmetic never aged. Only the surface that touched NumPy did.
#
# </details>

# %%
climb = fresh(GIVE_BACK + """
import mxnet
print(len(set(asked)), "names:", *sorted(set(asked)))
from onecnn import cells, ladder
cnn = cells.functions("02_frameworks/04_mxnet")
print(ladder.climb(*ladder.Network.of(cnn), artefact=False))
""", "borrowed")
print(climb.stdout or last_words(climb))

# %% [markdown]
# Is it a repair? For *this* network, yes: the ladder compared every number. For MXNet, no. Whoever
# calls `mx.np.trapz` now gets an `object` instead of an integral. "It imports" is no evidence. A
# test that compares numbers is.

# %% [markdown]
# Chainer asks for one name. Here the right value is easy to give, and a layer gets its gradient on
# today's NumPy. Theano, told to do without a compiler, needs no repair at all. (Both are slow that
# way, or incomplete: this is a sign of life, not a cure.)

# %%
CHAINER = """
import numpy as np
np.sctypes = {"int": [np.int8, np.int16, np.int32, np.int64]}
import chainer
layer = chainer.links.Linear(4, 2)
layer.cleargrads()
chainer.functions.sum(layer(np.ones((3, 4), "float32"))).backward()
print("Chainer, bias gradient:", layer.b.grad)
"""
THEANO = """
import os; os.environ["THEANO_FLAGS"] += ",cxx="
import theano
x = theano.tensor.vector()
print("Theano, dy/dx:", theano.function([x], theano.grad((x ** 2).sum(), x))([2, 3]))
"""

# %%
for program in (CHAINER, THEANO):
    run = fresh(program, "borrowed")
    print(run.stdout.strip() or last_words(run))

# %% [markdown]
# Three frameworks, three distances from life: twenty names, one name, a C header. Nobody had to
# invent anything. What was missing is a person with the right to make a release. MXNet's repair
# waits as a pull request since 2023
# ([apache/mxnet 21224](https://github.com/apache/mxnet/pull/21224)); its repository is read-only.

# %% [markdown]
# ## Could you have seen it coming?
#
# Yes, nearly two years before. A name is deprecated first, removed later. Python hides such
# warnings when they come from a library. Turn them into errors, and today's warning becomes a
# rehearsal of the next release. Here with the museum's NumPy, on which MXNet "works":

# %%
print(last_words(fresh("import mxnet", "museum", PYTHONWARNINGS="error::DeprecationWarning")))

# %% [markdown]
# `np.bool` was deprecated in NumPy 1.20 (January 2021). MXNet's last release came in May 2022 and
# still used it. NumPy 1.24 removed it in December 2022.
#
# The same rehearsal works on living code. PyTorch's TorchScript, the way to export for years:

# %%
import warnings

import torch

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", DeprecationWarning)
    torch.jit.script(torch.nn.Linear(2, 2))
print(sorted({str(warning.message) for warning in caught
              if "torch.jit.script`" in str(warning.message)})[0])

# %% [markdown]
# ## Is there rot that raises nothing?
#
# **Predict, then run.** A float32 number plus a Python number: which type has the sum, in NumPy 1
# and in NumPy 2?
#
# <details><summary>Answer</summary>
#
# float64 in NumPy 1, float32 in NumPy 2
# ([NEP 50](https://numpy.org/neps/nep-0050-scalar-promotion.html)). And 200 + 100 in `uint8` was
# 300; now it wraps around to 44. Both are the new rule, on purpose. Old code keeps running and
# computes something else.
#
# </details>

# %%
PROMOTION = """
import warnings, numpy as np
# in NumPy 2 the sum of two bytes warns: here you read the number itself
warnings.simplefilter("ignore")
print((np.float32(3) + 3.0).dtype, " float32(0.1) == 0.1:", bool(np.float32(0.1) == 0.1), " uint8:",
      int(np.uint8(200) + 100))
"""
for python in ("museum", "today"):
    run = fresh(PROMOTION, python)
    print(f"{python:<7}", run.stdout.strip() or last_words(run))

# %% [markdown]
# ## Did the packages' metadata warn you?
#
# A package states what it needs. `importlib.metadata` reads that from the installed files, without
# importing anything, and `packaging` decides whether a version fits.

# %%
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet


def needs_of(name, **where):
    """What a package's metadata ask of NumPy; None if the package is not there."""
    for found in metadata.distributions(name=name, **where):
        wanted = [Requirement(line) for line in found.requires or []]
        return SpecifierSet(",".join(str(need.specifier) for need in wanted if need.name == "numpy"
                                     and (need.marker is None
                                          or need.marker.evaluate({"extra": ""}))))
    return None


needs = {name: needs_of(name, path=[shelf])
         for name in PACKAGES} | {name: needs_of(name) for name in ("jax", "scipy")}
for name, need in needs.items():
    print(f"{name:<8}", missing if need is None else f"numpy {need}")

# %% [markdown]
# Theano promises to work with *every* NumPy from 1.9.1 on, Chainer likewise. MXNet has a ceiling,
# and it is too high. Compare SciPy, which is alive and still sets one.
#
# Here are NumPy's release series, each as its last version and the day of its first.

# %%
SERIES = {
    "1.16.6": "2019-01-14", "1.17.5": "2019-07-26", "1.18.5": "2019-12-22", "1.19.5": "2020-06-20",
    "1.20.3": "2021-01-30", "1.21.6": "2021-06-22", "1.22.4": "2021-12-31", "1.23.5": "2022-06-22",
    "1.24.4": "2022-12-18", "1.25.2": "2023-06-17", "1.26.4": "2023-09-16", "2.0.2": "2024-06-16",
    "2.1.3": "2024-08-18", "2.2.6": "2024-12-08", "2.3.5": "2025-06-07", "2.4.6": "2025-12-20",
}
for name in PACKAGES:
    accepted = [version for version in SERIES if needs[name] is not None and version in needs[name]]
    blind = [version for version in accepted if SERIES[version] > frameworks.get(name).last.date]
    print(missing or f"{name:<8} accepts {len(accepted)} of {len(SERIES)}, {len(blind)} of them "
          "younger than its last release")

# %% [markdown]
# The figure draws it. A filled circle: the package accepts a NumPy that existed at its last
# release. An open circle: it accepts one that did not exist yet, blindly. Triangles and crosses are
# the runs and failures that you saw above.

# %%
drawn = [name for name in needs if needs[name] is not None]
points = {"accepted": [], "accepted blindly": [], "runs here": [], "fails here": []}
for row, name in enumerate(drawn):
    last = frameworks.get(name).last.date if name in PACKAGES else "9999"
    for version, day in SERIES.items():
        if version in needs[name]:
            points["accepted blindly" if day > last else "accepted"].append((years(day), row))
    for version, run in (("1.23.5", in_museum.get(name)), ("2.4.6", borrowed.get(name))):
        if run is not None:
            points["fails here" if run.returncode
                   else "runs here"].append((years(SERIES[version]), row - 0.35))

# %%
looks = {"accepted": ("o", lesson.BLUE, "full"), "accepted blindly": ("o", lesson.BLUE, "none"),
         "runs here": ("v", lesson.GREEN, "full"), "fails here": ("X", lesson.VERMILION, "full")}
fig, ax = lesson.figure(8.5, 3.4)
for kind, (marker, color, fill) in looks.items():
    ax.plot([x for x, _ in points[kind]], [y for _, y in points[kind]], marker, color=color,
            fillstyle=fill, markersize=8, label=kind)
for version in ("1.16.6", "1.20.3", "1.23.5", "1.24.4", "1.26.4", "2.0.2", "2.2.6", "2.4.6"):
    ax.text(years(SERIES[version]), -0.75, version.rsplit(".", 1)[0], ha="center", fontsize=9)
ax.set(yticks=range(len(drawn)), yticklabels=drawn, ylim=(len(drawn) - 0.5, -1.1),
       xlabel="NumPy's release series, by the day of the first release")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="A row of circles for each package, one circle for each NumPy series that "
            "its metadata accept. Theano and Chainer accept all, most of them blindly; at 1.23 the "
            "retired three run, at 2.4 they fail; JAX begins at 2.0.")

# %% [markdown]
# ## Why can't one environment hold them all?
#
# An environment holds one NumPy. MXNet needs one below 2.0, JAX one from 2.0 on. Try every series.

# %%
for pair in (("mxnet", "jax"), ("mxnet", "scipy"), ("theano", "jax")):
    both = (None if None in (needs[pair[0]], needs[pair[1]])
            else [v for v in SERIES if v in needs[pair[0]] and v in needs[pair[1]]])
    print(" and ".join(pair) + ":",
          missing if both is None else ", ".join(both) or "no NumPy at all")

# %% [markdown]
# MXNet and JAX: no NumPy at all. A resolver such as pip's or uv's makes the same test, for all
# packages at once, and can only report it. So the course has two environments and a kernel for
# each. MXNet and SciPy meet at a single series, and there `np.bool` is gone.
#
# Theano and JAX are allowed together. That pair is the worse one: it installs, then fails.

# %% [markdown]
# ## What outlives its code?
#
# Plain numbers. In the museum, MXNet now trains the course's network for ten steps. It saves the
# weights in three ways, and what it answers on 64 digits.

# %%
from pathlib import Path

folder = tempfile.TemporaryDirectory()

# %%
fresh("""
import pickle, numpy as np
from onecnn import cells, mnist, spec
cnn, digits = cells.functions("02_frameworks/04_mxnet"), mnist.load()
model = cnn.build(spec.initial_weights())
for start in range(0, 640, 64):
    cnn.train_step(model, digits.train_images[start:start + 64],
                   digits.train_labels[start:start + 64])
cnn.save(model, "one_cnn")  # MXNet's own format: one_cnn.params
np.savez("one_cnn.npz", **cnn.read_weights(model))
pickle.dump(model.collect_params()["conv1_weight"].data(), open("one_cnn.pickle", "wb"))
np.save("answers.npy", cnn.logits(model, digits.test_images[:64]))
""", "museum", folder=folder.name)
print(missing or "files: " + ", ".join(sorted(file.name for file in Path(folder.name).iterdir())))

# %% [markdown]
# **Predict, then run.** Today's Python has no MXNet. Which files can it read: `.npz`, `.pickle`,
# `.params`?
#
# <details><summary>Answer</summary>
#
# `.npz` at once. `.pickle` not: it holds no network, only instructions that call MXNet's classes.
# `.params` has no reader here, but it is plain: you write one in a dozen lines, below.
#
# </details>

# %%
READ = {
    "npz": "import numpy as np; print('runs:', len(np.load('one_cnn.npz').files), 'arrays')",
    "pickle": "import pickle; pickle.load(open('one_cnn.pickle', 'rb'))",
}
for kind, program in READ.items():
    run = fresh(program, folder=folder.name)
    print(f"{kind:<7}", missing or run.stdout.strip() or last_words(run))

# %% [markdown]
# MXNet's format is a count, then for each array its shape and its float32 numbers, then the names.
# `struct` reads it.

# %%
import struct

import numpy as np


def read_params(raw):
    """The arrays of a .params file whose numbers are dense float32."""
    arrays, at = [], 24
    for _ in range(struct.unpack_from("<Q", raw, 16)[0]):
        dimensions, = struct.unpack_from("<i", raw, at + 8)
        shape = struct.unpack_from(f"<{dimensions}q", raw, at + 12)
        at += 12 + 8 * dimensions + 12  # then: kind of device, its number, type of number
        arrays.append(np.frombuffer(raw, "<f4", np.prod(shape), at).reshape(shape))
        at += arrays[-1].nbytes
    return arrays


# %% [markdown]
# Now let PyTorch answer with the weights that MXNet saved.

# %%
if missing:
    print(missing)
else:
    from onecnn import mnist, spec
    pytorch = cells.functions("02_frameworks/02_pytorch")
    shelf_file = Path(folder.name, "one_cnn.params").read_bytes()
    weights = {name: array.copy() for name, array in zip(spec.SHAPES, read_params(shelf_file))}
    answers = pytorch.logits(pytorch.build(weights), mnist.load().test_images[:64])
    print("shapes as in the spec:",
          {name: array.shape for name, array in weights.items()} == dict(spec.SHAPES))
    print("logits agree within 1e-5:",
          np.abs(answers - np.load(f"{folder.name}/answers.npy")).max() < 1e-5)

# %% [markdown]
# A network trained in a dead framework runs in a living one, with the same answers. It needed the
# numbers, their layout, and a description of the network that is not code: the spec. safetensors is
# the same idea with a JSON header; ONNX and Caffe's prototxt add the description.

# %% [markdown]
# ### And the other way: does old code read new files?
#
# Now today's Python writes, and the museum reads.

# %%
fresh("""
import pickle, numpy as np
pickle.dump({"weight": np.arange(3.0)}, open("new.pickle", "wb"))
np.savez("new.npz", weight=np.arange(3.0))
""", folder=folder.name)
print("pickle:", last_words(fresh("import pickle; pickle.load(open('new.pickle', 'rb'))", "museum",
                                  folder=folder.name)))
print("npz:   ", last_words(fresh("import numpy as np; np.load('new.npz')['weight']", "museum",
                                  folder=folder.name)))
folder.cleanup()

# %% [markdown]
# A pickle of nothing but a NumPy array, and it names a *private module* of NumPy 2 that NumPy 1.23
# does not have ([numpy/numpy 28340](https://github.com/numpy/numpy/issues/28340) is the same
# one-way door). The `.npz` file holds bytes, a shape and a type; both sides read it.

# %% [markdown]
# ## What kept old code alive?
#
# | Way | Example | What you keep |
# |---|---|---|
# | a compatibility layer | `tf.compat.v1` in TensorFlow 2 | your code, while the layer lasts |
# | a fork with users | Theano, via Aesara, is PyTensor, in PyMC | the idea and most calls |
# | a part that stands alone | CuPy left Chainer with Chainer 2 | the part |
# | absorbed as a core | Torch7's TH and THNN became PyTorch's ATen | the algorithms, under new names |
# | an API over engines | Keras 3 on JAX, TensorFlow, PyTorch | your code, when an engine dies |

# %% [markdown]
# The layer in the first row is shrinking. What is left of TensorFlow 1 in the TensorFlow of this
# course?

# %%
V1 = """
import tensorflow as tf
for name in ("Session", "placeholder", "train.MomentumOptimizer", "estimator", "layers.dense"):
    place = tf.compat.v1
    try:
        for part in name.split("."):
            place = getattr(place, part)
        print(f"tf.compat.v1.{name:<24} here")
    except AttributeError:
        print(f"tf.compat.v1.{name:<24} gone")
"""
print(fresh(V1).stdout.strip())

# %% [markdown]
# And the fourth row: Torch7 stopped in 2017, but look for its library THNN in the PyTorch of today.

# %%
print(torch.ops.aten.thnn_conv2d, "is an operation of PyTorch:",
      callable(torch.ops.aten.thnn_conv2d))

# %% [markdown]
# ## A trap: the requirements file without versions
#
# A paper's repository says `mxnet==1.9.1` and nothing about NumPy. Nobody touches it again. A
# resolver takes the newest NumPy that the metadata allow *on the day on which you install*.
#
# **Predict, then run.** It worked in June 2022. On which of the days below does it still?
#
# <details><summary>Answer</summary>
#
# Only on the first. NumPy 1.24 appeared on 18 December 2022; one day later users of a library on
# MXNet reported the break ([awslabs/gluonts 2509](https://github.com/awslabs/gluonts/issues/2509)).
# No line of the repository had changed.
#
# </details>

# %%
def newest(need, day):
    """The newest NumPy series that a resolver may take on a day."""
    return [version for version, first in SERIES.items() if first <= day and version in need][-1]


for day in ("2022-06-01", "2022-12-19", "2024-12-31"):
    taken = newest(needs["mxnet"] or SpecifierSet("<2.0.0,>1.16.0"), day)
    print(f"installed on {day}: NumPy {taken.rsplit('.', 1)[0]}, has np.bool: "
          f"{taken in SpecifierSet('<1.24')}")

# %% [markdown]
# The cure is to write down what you *ran*, not what you asked for: every package, each with its
# exact version, and Python's. This course does: `requirements/museum.in` names what it wants,
# `requirements/museum.txt` pins everything that this brought, with the hashes of the files: a
# package that somebody exchanged is refused.
#
# If it is too late, ask a resolver for the past: `uv pip compile --exclude-newer 2022-06-01` looks
# only at files that existed on that day.

# %%
pinned = (paths.ROOT / "requirements" / "museum.txt").read_text(encoding="utf-8").splitlines()
names = [line for line in pinned if line[0].isalpha()]
print("every package has an exact version:", all("==" in line for line in names))
print("NumPy:", [line.split()[0] for line in names if line.startswith("numpy")])

# %% [markdown]
# ## Which framework will still run in ten years?
#
# Nobody knows. But each rule below has its evidence in this notebook.
#
# | Rule | Evidence |
# |---|---|
# | Ask who can make a release when the company leaves | MXNet's repair lies unmerged, though it belonged to a foundation, too: count the people, not the papers |
# | Save numbers in a plain format, and the architecture as data | `.params` and `.npz` read without MXNet; the pickle not |
# | Touch your neighbours at few, public points | Chainer: one name; MXNet: twenty; Theano: a C header |
# | Keep a test that compares numbers | the ladder judged the repair; `import` could not |
# | Run it once with warnings as errors | `np.bool`: announced in January 2021, gone in December 2022 |
# | Pin everything, with Python; keep the files | an unpinned file broke in a day |
# | Expect parts of a platform to close | `tf.estimator`, TorchServe, TensorFlow Hub |

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** An old analysis imports and runs without a warning on today's NumPy. How do you find out
# whether it still computes what it did in 2022?
#
# <details><summary>A. You compare its results with numbers that were stored in 2022</summary>Right. A changed rule of arithmetic raises nothing: float32 plus a Python number has another type now. A test with numbers sees it.</details>
# <details><summary>B. You turn deprecation warnings into errors, and run it once more to the end</summary>No. That rehearses what will be removed. A rule that has already changed, on purpose, is not deprecated.</details>
# <details><summary>C. You have seen it: what imports and runs is whole</summary>No. An import touches names. MXNet imported with senseless stand-ins for twenty of them.</details>
#
# <br>**2.** A package's metadata say `numpy>=1.9.1`. Its last release is from 2020. Your resolver
# takes today's NumPy and does not complain. What does that tell?
#
# <details><summary>A. The authors have tried it with today's NumPy</summary>No. Today's NumPy did not exist when they wrote the line. They accepted it blindly.</details>
# <details><summary>B. The resolver has tested that the two work together</summary>No. A resolver compares version numbers with what packages state. It runs no code of theirs.</details>
# <details><summary>C. Nobody has forbidden it</summary>Right. A line without a ceiling accepts every later release. Theano's is of that kind, and it fails on NumPy 2.</details>
#
# <br>**3.** Package A needs `numpy<2.0`, package B `numpy>=2.0`. You need both in one project. What
# do you do?
#
# <details><summary>A. You try uv in place of pip, since it resolves better</summary>No. Each resolver makes the same test. No version fits, and all that it can do is report so.</details>
# <details><summary>B. You make two environments, and let the two exchange files</summary>Right. An environment holds one NumPy. The course does so: a kernel for each, and arrays that travel.</details>
# <details><summary>C. You install without the check of dependencies, and import B first</summary>No. There is still one NumPy in the environment, and one of the two packages excludes it.</details>
#
# <br>**4.** A repository was last changed in June 2022. It asks for `mxnet==1.9.1` and names
# nothing else. You install it today, and `import mxnet` fails at `np.bool`. What do you try?
#
# <details><summary>A. You add <code>numpy&lt;2.0</code> and install again</summary>No. MXNet's metadata already ask for that, and the ceiling is too high: NumPy 1.24 to 1.26 have no <code>np.bool</code> either.</details>
# <details><summary>B. You install the newest release of each package</summary>No. A NumPy younger than MXNet is what broke it, and MXNet has no newer release that could follow.</details>
# <details><summary>C. You pin <code>mxnet==1.9.1</code> with the hash of its file</summary>No. That makes sure of the one package that has not changed. What changed stands beside it.</details>
# <details><summary>D. You resolve with <code>--exclude-newer 2022-06-01</code></summary>Right. The resolver then looks only at files of that day, and takes a NumPy on which it worked. Afterwards pin everything.</details>
#
# <br>**5.** With `object` in place of twenty names, MXNet imports, and your network climbs the
# ladder. A colleague wants to use this MXNet for her network. What do you say?
#
# <details><summary>A. It is repaired: the ladder compared every number</summary>No. Every number of your network. <code>mx.np.trapz</code> still gives an <code>object</code> where she may want an integral.</details>
# <details><summary>B. It is proven for my network; for yours, compare numbers first</summary>Right. A test vouches for what it ran. What touches one of the stand-ins is still broken.</details>
# <details><summary>C. It cannot be right for either: with stand-ins the arithmetic is another</summary>No. MXNet computes in C++, and the ladder held. The stand-ins sit where NumPy's names are handed on.</details>
#
# <br>**6.** A trained network must be usable in ten years, perhaps without its framework. What do
# you keep?
#
# <details><summary>A. A pickle of the model, which holds weights and architecture together</summary>No. It holds instructions that call the framework's classes. Without these classes it cannot be read.</details>
# <details><summary>B. An <code>.npz</code> file of the weights; their shapes tell the rest</summary>No. The numbers would be safe. But shapes do not say where relu or pooling stand, or in which order numbers lie.</details>
# <details><summary>C. An <code>.npz</code> file of the weights, with a written description of layers and layout</summary>Right. Numbers, their layout, and a description that is not code: with these, PyTorch answered with MXNet's weights.</details>
#
# <br>**7.** Four libraries stand on NumPy, and all of them are left by their makers. Which will a
# stranger revive with the least work?
#
# <details><summary>A. One that calls NumPy at few places, through public functions</summary>Right. Few public names are few places to mend, and NumPy warns before it removes one. Chainer lacked one name.</details>
# <details><summary>B. One that includes NumPy's C headers for speed</summary>No. That was Theano's way. The header was cleaned, no Python warning came, and the message named no cause.</details>
# <details><summary>C. One that hands on all of NumPy's names under its own roof</summary>No. So did MXNet: on NumPy 2 twenty names are missing, and each needs its right meaning back.</details>
# <details><summary>D. One that already accepts every later NumPy release in its metadata</summary>No. That line makes it installable, not alive. Theano and Chainer accept all, and fail.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | Failure | Cause | Cure |
# |---|---|---|
# | `np.PZERO`, `np.sctypes` | a public name was removed | give the name back, then compare numbers |
# | `PyInt_AsLong` | a C header was cleaned | the older NumPy, or no C |
# | `distutils.msvccompiler` | a build tool replaced a standard module | the older tool, or its setting |
# | another type, no error | a rule of arithmetic changed | tests with numbers |
# | no NumPy for both | metadata exclude each other | two environments |
# | `No module named 'mxnet'` in a pickle | the file holds calls, not numbers | a plain format |
#
# **Choose it when** you meet any new framework, people of several employers release it, and your
# weights leave it in a plain format. **Avoid it when** those who can release it have one employer,
# or when its files need its own classes to be read: for both you have seen how it can end.
#
# **Now you:** [the exercise](../../exercises/01_history/07_where_they_went.ipynb), with
# self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24. Dates of frameworks: the register, `onecnn/frameworks.py`, with its
# sources.
# - 2019: [Transformers, the paper](https://arxiv.org/abs/1910.03771);
#   [ONNX at LF AI](https://lfaidata.foundation/blog/2019/11/14/lf-ai-welcomes-onnx/)
# - TorchServe:
#   [no longer experimental, 2021](https://github.com/pytorch/pytorch.github.io/pull/714);
#   [archived 2025-08-07](https://github.com/pytorch/serve/issues/3396)
# - 2022:
#   [PyTorch Foundation](https://www.linuxfoundation.org/blog/blog/welcoming-pytorch-to-the-linux-foundation);
#   [OpenXLA](https://cloud.google.com/blog/products/ai-machine-learning/googles-open-source-momentum-openxla-new-partnerships)
#   (read in a
#   [report](https://www.clouddatainsights.com/google-launches-open-source-machine-learning-compiler/))
# - 2023: [PyTorch 2.0](https://github.com/pytorch/pytorch/releases/tag/v2.0.0); [Keras newsletter,
#   December](https://discuss.ai.google.dev/t/keras-newsletter-december-1-2023/28008)
# - [TensorFlow Hub's move and deletion](https://github.com/tensorflow/hub); [TensorFlow 2.16.1:
#   `tf.estimator` removed](https://github.com/tensorflow/tensorflow/releases/tag/v2.16.1)
# - 2026: [safetensors joins the PyTorch
#   Foundation](https://huggingface.co/blog/safetensors-joins-pytorch-foundation)
# - TorchScript: [documentation, deprecated](https://docs.pytorch.org/docs/stable/jit.html)
# - NumPy: [series and their days](https://endoflife.date/numpy);
#   [NEP 50](https://numpy.org/neps/nep-0050-scalar-promotion.html);
#   [the header, 2024](https://github.com/numpy/numpy/pull/26842);
#   [pickles, 2025](https://github.com/numpy/numpy/issues/28340)
# - `distutils`: [setuptools 74](https://github.com/pypa/setuptools/issues/4612);
#   [removed from Python 3.12](https://docs.python.org/3.12/library/distutils.html)
# - MXNet: [NumPy 1.24](https://github.com/apache/mxnet/issues/21165);
#   [the repair](https://github.com/apache/mxnet/pull/21224);
#   [its file format](https://github.com/apache/mxnet/blob/master/src/ndarray/ndarray.cc); the trap:
#   [GluonTS, 2022-12-19](https://github.com/awslabs/gluonts/issues/2509)
# - Heirs: [PyTensor](https://www.pymc.io/blog/pytensor_announcement.html);
#   [CuPy leaves Chainer](https://docs.chainer.org/en/stable/upgrade_v2.html);
#   [the last of TH leaves PyTorch, 2021](https://github.com/pytorch/pytorch/issues/67852)
# - A resolver that goes back in time:
#   [uv, `--exclude-newer`](https://github.com/astral-sh/uv/releases/tag/0.1.15)

# %% [markdown]
# **On your path:**
#
# - *The history, 10 of 11:* [MXNet](../02_frameworks/04_mxnet.ipynb) → here →
#   [Caffe](../02_frameworks/05_caffe.ipynb)
#
# **In the order of the folders:** previous [TensorFlow 1](06_tensorflow1.ipynb) · next
# [TensorFlow](../02_frameworks/01_tensorflow.ipynb) · [all chapters](../00_start_here.ipynb)
