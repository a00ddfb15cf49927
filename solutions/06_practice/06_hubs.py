# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: start from somebody else's weights
#
# Four tasks on [the notebook](../../notebooks/06_practice/06_hubs.ipynb), about 35 minutes. Fill in
# what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a
# hint. The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds below each
# check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import io
import json
import math
import pickletools
import struct
import zipfile

import numpy as np
import safetensors.numpy
import torch

from onecnn import checks

# %% [markdown]
# ## 1. Scale as the weights want it (mend)
#
# `pixels` is a batch of pictures as a camera's program gives them, N x height x width x 3, whole
# numbers from 0 to 255 (`uint8`). The weights want N x 3 x height x width, float32, minus `mean`,
# divided by `spread`: one number each for red, green and blue, in the pixels' own scale. What
# stands below was written for one grey picture. Mend it; what you are given stays as it is.


# %%
def for_one_grey_picture(pixels, mean, spread):
    pixels -= mean
    return pixels.reshape(1, 1, *pixels.shape) / spread


# %%
def prepared(pixels, mean, spread):
    ### BEGIN SOLUTION
    scaled = (pixels.astype(np.float32) - np.float32(mean)) / np.float32(spread)
    return scaled.transpose(0, 3, 1, 2)
    ### END SOLUTION


# %%
def scales_right():
    random = checks.random(1)
    for shape in ((1, 1, 1), (2, 4, 6), (3, 5, 5), (0, 2, 2)):
        for mean, spread in (((127, 127, 127), (128, 128, 128)), ((120, 110.5, 90), (50, 60, 70))):
            pixels = random.randint(0, 256, (*shape, 3)).astype(np.uint8)
            kept = pixels.copy()
            found = prepared(pixels, mean, spread)
            if not np.array_equal(pixels, kept):
                return "the pixels that you were given were changed"
            if found.dtype != np.float32:
                return f"the answer is {found.dtype}"
            wanted = np.stack([(kept[..., c] - float(mean[c])) / spread[c] for c in range(3)], 1)
            if found.shape != wanted.shape:
                return f"pixels of shape {pixels.shape} become {found.shape}"
            if not np.allclose(found, wanted, atol=1e-5):
                return f"not for pixels of shape {pixels.shape}, mean {mean}, spread {spread}"
    return True


checks.grade("1 scale", scales_right, hint="what is 3 - 127 in `uint8`? along which axis do the "
             "three colours lie, before and after?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Make float32 of the pixels before you subtract. While the colours lie on the last axis, three
# numbers fit by themselves. Then move the axes: `transpose(0, 3, 1, 2)`, which is not `reshape`.
#
# </details>

# %% [markdown]
# ## 2. Read a safetensors file (complete)
#
# A safetensors file begins with 8 bytes: the header's length, a whole number without sign, the
# lowest byte first. Then the header, JSON: for each array its `shape`, and `data_offsets`, where it
# begins and ends, counted from the header's end. Here all arrays are float32 (`F32`). A key
# `__metadata__` may stand beside them, and is no array. Return the arrays by name, with `struct`,
# `json` and NumPy.


# %%
def read_arrays(data):
    ### BEGIN SOLUTION
    (length,) = struct.unpack("<Q", data[:8])
    header, body, found = json.loads(data[8:8 + length]), data[8 + length:], {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            found[name] = np.frombuffer(body[start:end], "<f4").reshape(entry["shape"])
    return found
    ### END SOLUTION


# %%
def reads_all():
    if checks.names(read_arrays.__code__) & {"safetensors", "torch", "load", "globals", "getattr"}:
        return "with struct, json and NumPy alone"
    random = checks.random(2)
    for shapes in ([(3,)], [(2, 3), (4,)], [(), (5, 1, 2)], [(0, 3), (2, 2)], []):
        given = {f"{'zyxw'[place]}.weight": np.asarray(random.randn(*shape), np.float32)
                 for place, shape in enumerate(shapes)}
        for metadata in (None, {"format": "np", "made by": "us"}):
            found = read_arrays(safetensors.numpy.save(given, metadata))
            if set(found) != set(given):
                return f"the names {sorted(given)} become {sorted(found)}"
            for name, value in given.items():
                if found[name].shape != value.shape or not np.array_equal(found[name], value):
                    return f"not for arrays of shapes {shapes}"
    return True


checks.grade("2 safetensors", reads_all, hint="how long is the header, and where does the first "
             "array begin? which keys are no arrays?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `struct.unpack("<Q", data[:8])` gives a tuple with the length. `json.loads` takes bytes. For each
# entry cut the body at its offsets, `np.frombuffer(piece, "<f4")`, and reshape.
#
# </details>

# %% [markdown]
# ## 3. Look before you open (design)
#
# Return the names that a pickle fetches, as a sorted list of `"module name"`, each once, without
# running it. `data` is the bytes of the pickle. Protocol 2 (PyTorch's) writes the order `GLOBAL`,
# whose argument is `"module name"`. From protocol 4 on it is `STACK_GLOBAL`: module and name are
# the two strings before it. To keep it small: strings are not taken from the pickle's memo, so the
# two strings before it are the two last string arguments. `pickletools.genops(data)` gives each
# order, its argument and its place.


# %%
def fetches(data):
    ### BEGIN SOLUTION
    found, strings = set(), []
    for order, argument, _ in pickletools.genops(data):
        if order.name == "GLOBAL":
            found.add(argument)
        elif order.name == "STACK_GLOBAL":
            found.add(" ".join(strings[-2:]))
        elif isinstance(argument, str):
            strings.append(argument)
    return sorted(found)
    ### END SOLUTION


# %%
def written(protocol, names, texts=()):
    """A pickle that fetches ``names`` and holds ``texts``, written by hand. Nothing in it is
    called."""
    parts = [b"\x80" + bytes([protocol])] if protocol > 1 else []
    for module, name in names:
        if protocol >= 4:
            for text in (module, name):
                parts.append(b"\x8c" + bytes([len(text)]) + text.encode() + b"\x94")
            parts.append(b"\x93")
        else:
            parts.append(f"c{module}\n{name}\n".encode())
        parts.append(b"0")
        for text in texts:
            parts.append(b"X" + struct.pack("<I", len(text)) + text.encode() + b"0")
    return b"".join([*parts, b"N."])


def finds_them():
    if checks.names(fetches.__code__) & {"pickle", "load", "loads", "Unpickler", "torch"}:
        return "that would run it"
    cases = [[], [("os", "system")], [("pathlib", "Path.touch"), ("builtins", "eval")],
             [("zlib", "crc32"), ("collections", "OrderedDict"), ("zlib", "crc32")]]
    for protocol in (1, 2, 4, 5):
        for names in cases:
            for texts in ((), ("GLOBAL", "os system"), ("b", "a", "c")):
                found = fetches(written(protocol, names, texts))
                if found != sorted({f"{module} {name}" for module, name in names}):
                    return f"not for {names} in protocol {protocol}, with the texts {texts}"
    packed = io.BytesIO()
    torch.save({"weight": torch.zeros(2)}, packed)
    with zipfile.ZipFile(packed) as file:
        name = next(one for one in file.namelist() if one.endswith("data.pkl"))
        found = fetches(file.read(name))
    return "collections OrderedDict" in found or "not for a file of torch.save"


checks.grade("3 look", finds_them, hint="which two orders fetch a name? where does the second kind "
             "have its two words from? and is each name told once, in order?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Go through the orders once. Keep a list of the string arguments of other orders. At `GLOBAL` note
# its argument; at `STACK_GLOBAL` note the last two strings, joined. A set tells each once.
#
# </details>

# %% [markdown]
# ## 4. LoRA in, LoRA out (port)
#
# PEFT's `merge_and_unload` and `unmerge`, in NumPy. `weight` is (out, in), `a` (r, in), `b`
# (out, r). `merged` returns a new weight with the adapter in it; with `out=True` it takes the
# adapter out again. The factor is `alpha` divided by r, or by the *root* of r where `rank_stable`.


# %%
def merged(weight, a, b, alpha, rank_stable=False, out=False):
    ### BEGIN SOLUTION
    rank = len(a)
    change = b @ a * (alpha / (math.sqrt(rank) if rank_stable else rank))
    return weight - change if out else weight + change
    ### END SOLUTION


# %%
def merges_right():
    random = checks.random(4)
    for rank, alpha in ((1, 1), (2, 8), (4, 8), (3, 0.5), (16, 16)):
        weight, a, b = (random.randn(*shape) for shape in ((5, 7), (rank, 7), (5, rank)))
        kept, x = weight.copy(), random.randn(3, 7)
        for stable in (False, True):
            scale = alpha / rank ** (0.5 if stable else 1)
            found = merged(weight, a, b, alpha, stable)
            where = f"rank {rank}, alpha {alpha}, rank_stable={stable}"
            if not np.array_equal(weight, kept):
                return "the weight that you were given was changed"
            if not np.allclose(x @ found.T, x @ weight.T + scale * (x @ a.T @ b.T)):
                return f"the answers of the layer differ: {where}"
            if not np.allclose(merged(found, a, b, alpha, stable, out=True), weight):
                return f"in and out again is not the old weight: {where}"
    weight, a, b = np.ones((2, 3)), np.ones((1, 3)), np.ones((2, 1))
    return np.allclose(merged(weight, a, b, 1), 2) or "not with the arguments left out"


checks.grade("4 merge", merges_right, hint="which product of the two has the shape of the weight? "
             "what is r, and by what do you divide?")


# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `b @ a` has the weight's shape. Multiply it by the factor, and add it to the weight, or take it
# away; `+` makes a new array, `+=` changes what you were given.
#
# </details>

# %% [markdown]
# **Where now?** Back to [the chapter](../../notebooks/06_practice/06_hubs.ipynb).
