# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: the network in a web page
#
# Four tasks on [the notebook about the browser](../../notebooks/05_deployment/06_browser.ipynb),
# about 35 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`,
# `[todo]`, or `[no]` with a hint. Nothing breaks if you run everything at once. You write Python;
# the page does the same in JavaScript.

# %%
from onecnn import lesson

lesson.start()

# %%
import re
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime

from onecnn import checks, contract, mnist, trained
from onecnn.onnx_file import write_onnx

digits, weights = mnist.load(), trained.weights("pytorch")
with tempfile.TemporaryDirectory() as folder:
    write_onnx(weights, Path(folder, "pytorch.onnx"))
    session = onnxruntime.InferenceSession(Path(folder, "pytorch.onnx").read_bytes())

# %% [markdown]
# ## 1. Move a drawing to the middle
#
# `ink` is a drawing of 28 × 28 numbers, 0 is paper and 1 is ink, its size already right. Move it by
# whole pixels, so that its centre of mass lands in pixel 14, downwards and to the right; the middle
# of pixel 0 is at 0.5. What leaves the sheet is lost, what comes in is paper. An empty sheet stays
# empty.

# %%
def centred(ink):
    ### BEGIN SOLUTION
    if not ink.any():
        return ink
    places = np.arange(28) + 0.5
    down = 14 - int((ink.sum(axis=1) * places).sum() // ink.sum())
    right = 14 - int((ink.sum(axis=0) * places).sum() // ink.sum())
    moved = np.zeros_like(ink)
    moved[max(0, down):28 + min(0, down), max(0, right):28 + min(0, right)] = \
        ink[max(0, -down):28 + min(0, -down), max(0, -right):28 + min(0, -right)]
    return moved
    ### END SOLUTION


# %%
def finds_the_middle():
    if (np.asarray(centred(np.zeros((28, 28), np.float32))).any()
        or centred(np.zeros((28, 28))).shape != (28, 28)):
        return "an empty sheet has no centre of mass: give it back as it is"
    blot = np.zeros((28, 28), np.float32)
    blot[2:5, 20:24] = 1
    found = centred(blot.copy())
    if found.shape != (28, 28) or abs(found.sum() - 12) > 1e-6:
        return "a blot of 12 pixels near the upper right corner must keep its 12 pixels"
    if found[13:16, 12:16].sum() != 12:
        rows, columns = found.nonzero()
        return ("rows 2 to 4, columns 20 to 23 belong into rows 13 to 15, columns 12 to "
                f"15; they landed in rows {rows.min()} to {rows.max()}, columns {columns.min()} to "
                f"{columns.max()}")
    for image in digits.test_images[:200, 0]:
        room = 28 - np.flatnonzero(image.any(axis=0))[-1] - 1
        if np.abs(centred(np.roll(image, room, axis=1)) - image).max() > 1e-6:
            return ("a test digit that was pushed to the right edge does not come back: is the "
                    "centre weighted with the ink?")
    return True


checks.grade("1 centre", finds_the_middle, hint="centre = sum(ink of the row * (row + 0.5)) / "
             "sum(ink); move by 14 - floor(centre)")

# %% [markdown]
# ## 2. From logits to bars
#
# The page shows ten bars, and reads out the best. Write `softmax(logits)`, which must bear *any*
# float32 logits, and `ranking(logits)`: the ten digits, the most probable first; of two that are
# equal, the smaller digit first.

# %%
def softmax(logits):
    ### BEGIN SOLUTION
    powers = np.exp(logits - np.max(logits))
    return powers / powers.sum()
    ### END SOLUTION


def ranking(logits):
    ### BEGIN SOLUTION
    return np.argsort(-np.asarray(logits), kind="stable").tolist()
    ### END SOLUTION


# %%
def bears_all():
    one = np.float32([2, -1, 0, 3, 0.5, 0, 1, -2, 3, 0])
    with np.errstate(all="ignore"):
        found, large, small = (softmax(one), softmax(one + np.float32(500)),
                               softmax(one - np.float32(500)))
    if abs(np.sum(found) - 1) > 1e-5 or abs(np.log(found[3] / found[0]) - 1) > 1e-4:
        return "ten probabilities have the sum 1, and a logit larger by 1 is e times as probable"
    if not (np.allclose(large, found, atol=1e-4) and np.allclose(small, found, atol=1e-4)):
        return ("with 500 added to every logit nothing may change: exp(500) does not fit into a "
                "float32. What may you subtract?")
    if list(ranking(one))[:3] != [3, 8, 0]:
        return ("logits 3 and 8 are equal and the largest, then comes 0: not "
                f"{list(ranking(one))[:3]}")
    return sorted(ranking(one)) == list(range(10)) or "a ranking names each digit once"


checks.grade("2 bars", bears_all, hint="subtract the largest logit before exp; np.argsort of the "
             "negated logits, kind='stable'")

# %% [markdown]
# ## 3. Three broken pages
#
# Each page prepares the pixels in a wrong way before it asks the network; the visitor only sees odd
# answers. Ask the contract what is wrong:
# `print(contract.judge(PAGES["A"](digits.test_images), weights))`. Then give for each page a
# function that changes the images *beforehand*, so that the page's mistake and yours cancel:
# `lambda images: ...`, for `images` of shape `N x 1 x 28 x 28`.

# %%
def page(mistake):
    """What a page answers: the logits for images N x 1 x 28 x 28."""
    return lambda images: session.run(
        None, {"images": np.ascontiguousarray(mistake(images), np.float32)})[0]


PAGES = {"A": page(lambda images: images.swapaxes(-1, -2)),
         "B": page(lambda images: np.negative(images) + 1),
         "C": page(lambda images: images * np.float32(255))}
cures = ...
### BEGIN SOLUTION
cures = {"A": lambda images: images.transpose(0, 1, 3, 2), "B": lambda images: 1 - images,
         "C": lambda images: images / 255}
### END SOLUTION


# %%
def holds(answer):
    if set(answer) != set(PAGES):
        return "one function for each of the pages A, B and C"
    for name, ask in PAGES.items():
        found = contract.judge(ask(answer[name](digits.test_images)), weights)
        if not found.holds:
            return f"page {name}: {found.why}"
    return True


checks.grade("3 pages", holds, hint="the contract names the fault: exchange the last two axes, or "
             "1 - images, or divide", answer=cures)

# %% [markdown]
# ## 4. Read a violation
#
# A colleague wanted a nicer font. Since then the browser writes into its console:
#
# > Refused to load the stylesheet 'https://fonts.example.com/inter.css' because it violates the
# > following Content Security Policy directive: "style-src 'self'".
#
# Return the page mended: it must look for nothing outside, work without a network, **and keep its
# policy word for word**. The visitor's own system font is good enough.

# %%
INDEX = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'">
  <title>Draw a digit</title>
  <link rel="preconnect" href="https://fonts.example.com">
  <link rel="stylesheet" href="https://fonts.example.com/inter.css">
  <link rel="stylesheet" href="style.css">
  <script type="module" src="page.js"></script>
</head>
<body><canvas id="paper"></canvas></body>
</html>
"""
STYLE = ("body { font: 1rem/1.4 Inter; background: url(https://fonts.example.com/paper.png) "
         "#ffffff; color: #1c1e22; }")


def mended():
    """``(index, style)``, both as they ought to be."""
    ### BEGIN SOLUTION
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "example.com" not in line)
    return index, STYLE.replace("Inter", "system-ui, sans-serif").replace(
        "url(https://fonts.example.com/paper.png) ", "")
    ### END SOLUTION


# %%
def stays_at_home():
    index, style = mended()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', INDEX).group(1)
    if policy not in index:
        return "the policy did its work: do not change it, mend the page"
    if outside := re.search(r"https?://[^\s\"')]+", index + style):
        return f"the page still asks for {outside.group()}"
    if not all(kept in index
               for kept in ('href="style.css"', 'src="page.js"', 'id="paper"', 'lang="en"')):
        return ("the page's own style, script, language and canvas were right: leave them as "
                "they are")
    if "Inter" in style or not re.search(r"font:[^;]*(system-ui|sans-serif|serif|monospace)",
                                         style):
        return "which font do visitors see who have no Inter? Name a generic one, such as system-ui"
    return ("#ffffff" in style and "#1c1e22" in style) or "paper and ink had colours: keep them"


checks.grade("4 policy", stays_at_home,
             hint="take away what leads to fonts.example.com, in the page and in the style")
