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
# about 40 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`,
# `[todo]`, or `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me
# a way* unfolds below each check. Nothing breaks if you run everything at once. You write Python;
# the page does the same in JavaScript.

# %%
from onecnn import lesson

lesson.start()

# %%
import re
import tempfile
from html.parser import HTMLParser
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
# ## 1. Move a drawing to the middle (complete)
#
# `ink` is a drawing of 28 × 28 numbers, 0 is paper and 1 is ink, its size already right. Move it by
# whole pixels, so that its centre of mass lands in pixel 14, downwards and to the right; the middle
# of pixel 0 is at 0.5. What leaves the sheet is lost, what comes in is paper. An empty sheet stays
# empty. Return a drawing of 28 × 28, and leave the one that you are given as it is.


# %%
def centred(ink):
    ### BEGIN SOLUTION
    if not ink.any():
        return ink
    places = np.arange(28) + 0.5
    top = int((ink.sum(axis=1) * places).sum() / ink.sum()) + 14
    left = int((ink.sum(axis=0) * places).sum() / ink.sum()) + 14
    return np.pad(ink, 28)[top:top + 28, left:left + 28]
    ### END SOLUTION


# %%
def blot(random, far):
    """A drawing whose centre lies away from a pixel's edge; with ink ``far`` from it, or not."""
    while True:
        ink = np.zeros((28, 28))
        row, column = random.randint(0, 22, 2)
        ink[row:row + random.randint(1, 7), column:column + random.randint(1, 7)] = 1
        ink *= random.uniform(0.1, 1, ink.shape)
        if far:
            ink[random.choice([0, 27]), random.choice([0, 27])] += 0.2
        ink *= random.choice([1, 0.001])  # a faint one, too
        centre = [(ink.sum(axis=axis) * (np.arange(28) + 0.5)).sum() / ink.sum() for axis in (1, 0)]
        if all(0.01 < one % 1 < 0.99 for one in centre):
            return ink, [14 - int(one) for one in centre]


# %%
def moved(ink, down, right):
    """Pixel by pixel."""
    result = np.zeros((28, 28))
    for row, column in zip(*ink.nonzero()):
        if 0 <= row + down < 28 and 0 <= column + right < 28:
            result[row + down, column + right] = ink[row, column]
    return result


# %%
def finds_the_middle():
    random, empty = checks.random(1), np.zeros((28, 28))
    with np.errstate(all="ignore"):
        if np.shape(centred(empty.copy())) != (28, 28) or np.any(centred(empty.copy())):
            return "an empty sheet has no centre of mass: what shall come back?"
    drawings = [blot(random, far=number % 2) for number in range(60)]
    for ink, (down, right) in drawings:
        given = ink.copy()
        found = np.asarray(centred(given))
        if found.shape != (28, 28) or not np.array_equal(given, ink):
            return "28 x 28 numbers are asked, and the drawing that you are given stays as it is"
        if not np.allclose(found, moved(ink, down, right), atol=1e-8):
            rows, columns = ink.nonzero()
            return (f"ink in rows {rows.min()} to {rows.max()}, columns {columns.min()} to "
                    f"{columns.max()} does not land where it belongs; the shade counts, too")
    return True


checks.grade("1 centre", finds_the_middle, hint="how much ink has each row, and where is its "
             "middle? in which pixel is a centre of 9.7? and what must not come in again?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The ink of each row, times the row's middle, added up, over all the ink: that is the centre,
# downwards. The same for columns. Its whole part is the pixel it lies in, so you know how far to
# move. Paste the drawing into a larger empty sheet (`np.pad`) and cut 28 x 28 out of it: nothing
# comes in again at the other side.
#
# </details>

# %% [markdown]
# ## 2. From logits to bars (complete)
#
# The page shows ten bars, and reads out the best. Write `softmax(logits)`, which must bear *any*
# finite float32 logits, ten in an array, and gives ten probabilities. And `ranking(logits)`: the
# ten digits as a list, the most probable first; of two that are equal, the smaller digit first.


# %%
def softmax(logits):
    ### BEGIN SOLUTION
    powers = np.exp(logits - np.max(logits))
    return powers / powers.sum()
    ### END SOLUTION


def ranking(logits):
    ### BEGIN SOLUTION
    return sorted(range(10), key=lambda digit: -logits[digit])
    ### END SOLUTION


# %%
def some_logits(random):
    """Ten logits each: few, equal, far up, far down, far apart."""
    yield from (3 * random.randn(10) + shift for shift in (0, 0, 500, -500, 3e38, -3e38))
    yield from (random.randint(-2, 3, 10) for _ in range(9))
    yield from (spread * random.randn(10) for spread in (0.01, 90, 1e4, 1e37))
    yield from (np.zeros(10), np.arange(10), -np.arange(10), np.eye(10)[random.randint(10)])


def by_definition(logits):
    powers = np.exp(logits.astype(np.float64) - logits.astype(np.float64).max())
    return powers / powers.sum()


# %%
def bears_all():
    for logits in some_logits(checks.random(2)):
        logits = np.asarray(logits, np.float32)
        given = logits.copy()
        with np.errstate(all="ignore"):
            found, order = np.asarray(softmax(given)), ranking(given)
        if not np.array_equal(given, logits):
            return "the logits that you were given were changed"
        if found.shape != (10,) or not np.allclose(found, by_definition(logits), 1e-3, 1e-7):
            return f"softmax is not right for {logits.tolist()}; does exp bear these numbers?"
        if not isinstance(order, list) or sorted(order) != list(range(10)):
            return "a ranking is a list that names each digit once"
        pairs = list(zip(order, order[1:]))
        if any(logits[one] < logits[two] for one, two in pairs):
            return f"for {logits.tolist()} a less probable digit comes before a more probable one"
        if any(logits[one] == logits[two] and one > two for one, two in pairs):
            return f"for {logits.tolist()}: which of two equal digits comes earlier?"
    return True


checks.grade("2 bars", bears_all, hint="what may you take away from all logits without changing "
             "the bars? and what does a sort do with two that are equal?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Bars depend on differences alone: subtract the largest logit from all, then no power is above 1.
# Divide by the sum. For the ranking sort the digits, not the logits, by the negated logit; a stable
# sort, such as Python's `sorted`, leaves equal ones in their order.
#
# </details>

# %% [markdown]
# ## 3. Three broken pages (mend)
#
# Each page prepares the pixels in a wrong way before it asks the network; the visitor only sees odd
# answers. Which page makes which mistake was drawn by lot. Ask the contract what is wrong:
# `print(contract.judge(PAGES["A"](digits.test_images), weights))`. Then give for each page a
# function that changes the images *beforehand*, so that the page's mistake and yours cancel:
# `lambda images: ...`, for `images` of shape `N x 1 x 28 x 28`, of any shade from 0 to 1 and any
# `N`, which stay as they are.


# %%
def page(mistake):
    """What a page answers: the logits for images N x 1 x 28 x 28."""
    return lambda images: session.run(
        None, {"images": np.ascontiguousarray(mistake(images), np.float32)})[0]


MISTAKES = [lambda images: images.swapaxes(-1, -2), lambda images: np.negative(images) + 1,
            lambda images: images * np.float32(255)]
lots = np.random.RandomState(16).permutation(3)
PAGES = {name: page(MISTAKES[lot]) for name, lot in zip("ABC", lots)}
cures = ...
### BEGIN SOLUTION
cures = {"A": lambda images: images / 255, "B": lambda images: images.transpose(0, 1, 3, 2),
         "C": lambda images: 1 - images}
### END SOLUTION


# %%
def cancels(cure, ask, images):
    """What is wrong with a cure for a page that is asked for these images, or nothing."""
    given = images.copy()
    found = ask(cure(given))
    if not np.array_equal(given, images):
        return "the images that the function was given were changed"
    wanted = session.run(None, {"images": images})[0]
    if found.shape != wanted.shape:
        return f"{len(images)} images give logits of shape {found.shape}"
    right = np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()
    return "" if right else "what came to the network is still another picture"


# %%
def holds(answer):
    if set(answer) != set(PAGES):
        return "one function for each of the pages A, B and C"
    random = checks.random(3)
    for name, ask in PAGES.items():
        found = contract.judge(ask(answer[name](digits.test_images.copy())), weights)
        if not found.holds:
            return f"page {name}: {found.why}"
        for count in (1, 5):
            images = random.rand(count, 1, 28, 28).astype(np.float32)
            wrong = cancels(answer[name], ask, images)
            if wrong:
                return f"page {name}, {count} pictures of noise: {wrong}"
    return True


checks.grade("3 pages", holds, hint="what does the contract say of each page? and which operation "
             "undoes that one?", answer=cures)

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The contract names all three faults. An exchange of two axes is undone by the same exchange, ink
# for paper by paper for ink, a multiplication by the division. Return new arrays: an operator such
# as `/=` would change the caller's.
#
# </details>

# %% [markdown]
# ## 4. Read a violation (mend)
#
# A colleague wanted a nicer font. Since then the browser writes into its console:
#
# > Refused to load the stylesheet 'https://fonts.example.com/inter.css' because it violates the
# > following Content Security Policy directive: "style-src 'self'".
#
# Return the page mended: it must look for nothing outside, work without a network, **and keep its
# policy word for word**. The visitor's own font is good enough: the list of fonts ends with a
# generic family, such as `system-ui` or `sans-serif`. What is not from outside stays as it is: the
# other tags, the colours, and the size and the line's height of the font.

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
    index = "\n".join(line for line in INDEX.split("\n") if "example.com" not in line)
    return index, STYLE.replace("Inter", "system-ui, sans-serif").replace(
        "url(https://fonts.example.com/paper.png) ", "")
    ### END SOLUTION


# %%
class Tags(HTMLParser):
    """The tags of a page and their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.found, self.words = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, sorted(attributes)))

    def handle_endtag(self, tag):
        self.found.append((f"/{tag}", []))

    def handle_data(self, data):
        self.words += data.strip()


# %%
def declared(style):
    """``{property: value}`` of the body's rule; None if the style is anything else."""
    rule = re.fullmatch(r"\s*body\s*\{([^{}]*)\}\s*", style)
    pairs = [one.split(":", 1) for one in rule[1].split(";") if one.strip()] if rule else []
    right = rule and all(len(pair) == 2 for pair in pairs)
    return {name.strip(): " ".join(value.split()) for name, value in pairs} if right else None


# %%
# CSS Fonts 4: the generic families, and a family's name, in quotes or in words
GENERIC = (r"((ui-)?(serif|sans-serif|monospace)|cursive|fantasy|system-ui|ui-rounded|math|emoji"
           r"|fangsong)")
FAMILY = r"""("[^"]+"|'[^']+'|-?[a-z_][\w-]*( -?[a-z_][\w-]*)*)"""


def style_right(style):
    """What is wrong with the style, or nothing."""
    found = declared(style)
    if not found or set(found) - {"background-color"} - {"background"} != {"font", "color"}:
        return "one rule for the body, with its font, background and color, was right"
    if [found["color"], *(found[name] for name in found if name.startswith("background"))] != [
            "#1c1e22", "#ffffff"]:
        return "what else than the picture was wrong with the colours?"
    fonts = rf"1rem ?/ ?1\.4 ({FAMILY} ?, ?)*{GENERIC}"
    if not re.fullmatch(fonts, found["font"], re.IGNORECASE):
        return "which font do visitors see who have no Inter? the size and the height were right"
    return ""


# %%
def stays_at_home():
    index, style = mended()
    outside = re.search(r"(https?:)?//[^\s\"')]+|@import", index + style)
    if outside:
        return f"the page still asks for {outside.group()}"
    was, now = Tags(INDEX), Tags(index)
    kept = [tag for tag in was.found if "example.com" not in str(tag)]
    if was.found[3] not in now.found:
        return "the policy did its work: is it what was wrong with the page?"
    if now.found != kept or now.words != was.words or not index.startswith("<!doctype html>"):
        return "what asks for nothing outside was right: is it all there, and nothing else?"
    return style_right(style) or True


checks.grade("4 policy", stays_at_home,
             hint="who asks for fonts.example.com? in the page, and where else?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Search both texts for the other machine's name. Two tags of the page lead there: take their lines
# away. The style has a picture from there, and a font that nobody brings any more: take the one
# away, and give the other a generic name.
#
# </details>

# %% [markdown]
# **Where now?** Back to [the chapter](../../notebooks/05_deployment/06_browser.ipynb), where a
# browser does what you wrote here.
