"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 centre", 0, """
    return ink
"""),
    ("1 centre", 0, """
    rows, columns = ink.nonzero()
    if not len(rows):
        return ink
    return np.roll(ink, (14 - int(rows.mean() + 0.5), 14 - int(columns.mean() + 0.5)), (0, 1))
"""),
    ("1 centre", 0, """
    places = np.arange(28) + 0.5
    down = 14 - int((ink.sum(axis=1) * places).sum() // ink.sum())
    right = 14 - int((ink.sum(axis=0) * places).sum() // ink.sum())
    return np.roll(ink, (down, right), (0, 1))
"""),
    ("1 centre", 0, """
    if not ink.any():
        return ink
    places = np.arange(28) + 0.5
    down = 14 - int((ink.sum(axis=0) * places).sum() // ink.sum())
    right = 14 - int((ink.sum(axis=1) * places).sum() // ink.sum())
    return np.roll(ink, (down, right), (0, 1))
"""),
    ("1 centre", 0, """
    if not ink.any():
        return ink
    rows, columns = ink.nonzero()
    down, right = (14 - (rows.min() + rows.max() + 1) // 2,
                   14 - (columns.min() + columns.max() + 1) // 2)
    return np.roll(ink, (down, right), (0, 1))
"""),
    ("2 bars", 1, """
    powers = np.exp(logits)
    return powers / powers.sum()
"""),
    ("2 bars", 1, """
    powers = np.exp(logits - np.mean(logits))
    return powers
"""),
    ("2 bars", 1, """
    return logits / np.sum(logits)
"""),
    ("2 bars", 2, """
    return np.argsort(logits)[::-1].tolist()
"""),
    ("2 bars", 2, """
    return np.argsort(logits, kind="stable").tolist()
"""),
    ("2 bars", 2, """
    return np.argsort(-logits.astype(float), kind="stable")
"""),
    ("2 bars", 2, """
    return tuple(sorted(range(10), key=lambda digit: -logits[digit]))
"""),
    ("3 pages", 3, """
cures = {"A": lambda images: images.transpose(0, 1, 3, 2), "B": lambda images: 1 - images,
         "C": lambda images: images / 255}
"""),
    ("3 pages", 3, """
cures = {"A": lambda images: images, "B": lambda images: images, "C": lambda images: images}
"""),
    ("3 pages", 3, """
cures = {"A": lambda images: images / 255, "B": lambda images: images[..., ::-1],
         "C": lambda images: 1 - images}
"""),
    ("3 pages", 3, """
cures = {"A": lambda images: images / 255, "B": lambda images: images.transpose(0, 1, 3, 2),
         "C": lambda images: -images}
"""),
    ("3 pages", 3, """
cures = {"A": lambda images: images / 256, "B": lambda images: images.transpose(0, 1, 3, 2),
         "C": lambda images: 1 - images}
"""),
    ("4 policy", 4, """
    return INDEX.replace("style-src 'self'", "style-src 'self' https://fonts.example.com"), STYLE
"""),
    ("4 policy", 4, """
    return INDEX.replace("default-src 'none'; ", ""), STYLE
"""),
    ("4 policy", 4, """
    index = INDEX.replace(
        '  <link rel="stylesheet" href="https://fonts.example.com/inter.css">\\n', "")
    return index, STYLE.replace("Inter", "system-ui")
"""),
    ("4 policy", 4, """
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "example.com" not in line)
    return index, STYLE
"""),
    ("4 policy", 4, """
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "<link" not in line)
    return index, STYLE.replace("Inter", "system-ui").replace(
        "url(https://fonts.example.com/paper.png) ", "")
"""),
    ("1 centre", 0, """
    if not ink.any():
        return ink
    places = np.arange(28) + 0.5
    down = 14 - int((ink.sum(axis=1) * places).sum() // ink.sum())
    right = 14 - int((ink.sum(axis=0) * places).sum() // ink.sum())
    return np.roll(ink, (down, right), (0, 1))
"""),
    ("1 centre", 0, """
    if not ink.any():
        return ink
    places = np.arange(28)
    top = round((ink.sum(axis=1) * places).sum() / ink.sum()) + 14
    left = round((ink.sum(axis=0) * places).sum() / ink.sum()) + 13
    return np.pad(ink, 28)[top:top + 28, left:left + 28]
"""),
    ("1 centre", 0, """
    if ink.sum() < 0.05:
        return ink
    places = np.arange(28) + 0.5
    top = int((ink.sum(axis=1) * places).sum() / ink.sum()) + 14
    left = int((ink.sum(axis=0) * places).sum() / ink.sum()) + 14
    return np.pad(ink, 28)[top:top + 28, left:left + 28]
"""),
    ("1 centre", 0, """
    if ink.max() < 0.1:
        return ink
    places = np.arange(28) + 0.5
    top = int((ink.sum(axis=1) * places).sum() / ink.sum()) + 14
    left = int((ink.sum(axis=0) * places).sum() / ink.sum()) + 14
    return np.pad(ink, 28)[top:top + 28, left:left + 28]
"""),
    ("2 bars", 1, """
    powers = np.exp(logits - np.mean(logits))
    return powers / powers.sum()
"""),
    ("2 bars", 1, """
    return np.full(10, 0.1)
"""),
    ("2 bars", 2, """
    return sorted(range(10), key=lambda digit: (-logits[digit], -digit))
"""),
    ("2 bars", 1, """
    powers = np.exp(logits - np.max(logits))
    return np.round(powers / powers.sum(), 4)
"""),
    ("3 pages", 3, """
def into(images):
    images /= 255
    return images


cures = {"A": into, "B": lambda images: images.transpose(0, 1, 3, 2),
         "C": lambda images: 1 - images}
"""),
    ("3 pages", 3, """
cures = {"A": lambda images: digits.test_images / 255,
         "B": lambda images: digits.test_images.transpose(0, 1, 3, 2),
         "C": lambda images: 1 - digits.test_images}
"""),
    ("3 pages", 3, """
cures = {"A": lambda images: images / 255, "B": lambda images: images.transpose(0, 1, 3, 2)}
"""),
    ("4 policy", 4, """
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "example.com" not in line)
    return index, "body { font: 1rem/1.4 system-ui; }"
"""),
    ("4 policy", 4, """
    index = INDEX.replace("https:", "")
    return index, STYLE.replace("https:", "").replace("Inter", "system-ui")
"""),
    ("4 policy", 4, """
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "example.com" not in line)
    return index, STYLE.replace("url(https://fonts.example.com/paper.png) ", "")
"""),
    ("4 policy", 4, """
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "example.com" not in line)
    return index, STYLE.replace("Inter", "'Inter, sans-serif").replace(
        "url(https://fonts.example.com/paper.png) ", "")
"""),
    ("4 policy", 4, """
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "example.com" not in line)
    return index, STYLE.replace("Inter", '"Inter, sans-serif').replace(
        "url(https://fonts.example.com/paper.png) ", "")
"""),
    ("4 policy", 4, """
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "example.com" not in line)
    return index, STYLE.replace("Inter", "'Inter\\", sans-serif").replace(
        "url(https://fonts.example.com/paper.png) ", "")
"""),
    ("4 policy", 4, """
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "example.com" not in line)
    return index, STYLE.replace("Inter", "Inter, 'sans-serif'").replace(
        "url(https://fonts.example.com/paper.png) ", "")
"""),
    ("4 policy", 4, """
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "example.com" not in line)
    return index, STYLE.replace("Inter", "Inter sans-serif").replace(
        "url(https://fonts.example.com/paper.png) ", "")
"""),
    ("4 policy", 4, """
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "example.com" not in line)
    return index, STYLE.replace("Inter", "Inter, ui-sans").replace(
        "url(https://fonts.example.com/paper.png) ", "")
"""),
    ("4 policy", 4, """
    index = "".join(line for line in INDEX.splitlines(keepends=True) if "example.com" not in line)
    return index, STYLE.replace("Inter", "Inter,, serif").replace(
        "url(https://fonts.example.com/paper.png) ", "")
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "return ink -> the first result, always": "one empty sheet is like another",
    "return (index, STYLE.replace('Inter', 'system-ui, sans-serif').replace("
    "'url(https://fonts.example.com/paper.png) ', '')) -> the first result, always":
        "it has no argument",
}
