"""Draws which chapter builds on which, from the table of contents."""
import json
import textwrap

from onecnn import lesson, paths

# of the grid, and of a box in it, in pixels of a picture with five columns
COLUMN, ROW, WIDTH, HEIGHT = 160, 50, 112, 38
LETTERS = 85  # in the boxes of a row
HUB = 3  # on whom so many build gets a mark in their boxes, and no lines
STYLES = ((lesson.BLACK, "-"), ("#767676", "-"), (lesson.BLACK, ":"), ("#767676", ":"))
MARKS = ((lesson.BLUE, "o"), (lesson.VERMILION, "D"), (lesson.PURPLE, "s"), (lesson.GREEN, "^"),
         (lesson.BLACK, "P"), (lesson.ORANGE, "v"))


def read() -> tuple:
    """``(parts, {id: record})`` of all chapters that stand in a part."""
    table = json.loads((paths.ROOT / "notebooks" / "contents.json").read_text(encoding="utf-8"))
    parts = [part for part in table["parts"] if part["id"]]
    return parts, {record["id"]: record for part in parts for record in part["chapters"]}


def links(known: dict) -> list:
    """``(chapter, chapter that builds on it)`` for all that do so directly, and not by way of
    another."""
    def beyond(name):
        return {far for near in known[name]["before"] if near in known
                for far in (near, *beyond(near))}

    found = []
    for name, record in known.items():
        near = [one for one in record["before"] if one in known]
        found += [(one, name) for one in near if not any(one in beyond(other) for other in near)]
    return found


def corners(start: tuple, end: tuple, lane) -> list:
    """The corners of a line from one box ``(column, row)`` to another; ``lane(gap)`` is its x in
    the gap left of a column."""
    (column, row), (last, below) = start, end
    x1, y1, x2, y2 = column * COLUMN, row * ROW, last * COLUMN, below * ROW
    half = WIDTH / 2
    if column == last and below == row + 1:
        return [(x1, y1 + HEIGHT / 2), (x2, y2 - HEIGHT / 2)]
    if column == last:
        return [(x1 - half, y1), (lane(column), y1), (lane(column), y2), (x2 - half, y2)]
    if last == column - 1:
        return [(x1 - half, y1), (lane(column), y1), (lane(column), y2), (x2 + half, y2)]
    way = [(x1 + half, y1), (lane(column + 1), y1)]
    if last > column + 1:  # past the columns between, above the row
        between = y2 - ROW / 2 if below else y2 + ROW / 2
        way += [(lane(column + 1), between), (lane(last), between)]
    # the middle is for lines from the same column
    return [*way, (lane(last), y2 - 6), (x2 - half, y2 - 6)]


def draw() -> None:
    """Shows the picture: parts are columns; a line or a mark leads from a chapter to each that
    builds on it."""
    from matplotlib.patheffects import withStroke

    edge = withStroke(linewidth=5, foreground="white")  # of two lines that cross, one lies above
    parts, known = read()
    found = links(known)
    sources = [source for source, _ in found]
    hubs = sorted((name for name in known if sources.count(name) >= HUB), key=sources.count,
                  reverse=True)[:len(MARKS)]
    marks = dict(zip(hubs, MARKS))
    place = {record["id"]: (column, row) for column, part in enumerate(parts)
             for row, record in enumerate(part["chapters"])}
    lines = [pair for pair in found if pair[0] not in marks]
    lanes = {}  # {gap: chapters whose lines go up or down in it}
    for source, target in lines:
        corners(place[source], place[target],
                lambda gap, source=source: lanes.setdefault(gap, {}).setdefault(source, 0))
    styles = {}  # lines in the same gap differ
    for source, _ in lines:
        taken = {styles.get(other) for near in lanes.values() if source in near for other in near
                 if other != source}
        styles[source] = next((style for style in STYLES if style not in taken), STYLES[0])
    rows = max(len(part["chapters"]) for part in parts)
    fig, ax = lesson.figure(8.3, 0.52 * rows + 0.95)
    for source, target in lines:
        def lane(gap, source=source):
            return gap * COLUMN - COLUMN / 2 + 8 * (list(lanes[gap]).index(source)
                                                    - (len(lanes[gap]) - 1) / 2)

        xs, ys = zip(*corners(place[source], place[target], lane))
        colour, style = styles[source]
        ax.plot(xs, ys, color=colour, linestyle=style, linewidth=1.6, solid_joinstyle="round",
                path_effects=[edge])
        ax.annotate("", (xs[-1], ys[-1]), (xs[-2], ys[-2]),
                    arrowprops={"arrowstyle": "-|>", "color": colour, "shrinkA": 0})
    for name, (column, row) in place.items():
        title = wrapped(known[name]["title"], LETTERS // len(parts))
        box(ax, title, column * COLUMN, row * ROW, marks.get(name))
        for turn, hub in enumerate(hub for hub in hubs if (hub, name) in found):
            colour, marker = marks[hub]
            ax.plot(column * COLUMN + WIDTH / 2 - 8 - 11 * turn, row * ROW - HEIGHT / 2 + 1, marker,
                    color=colour, markersize=6)
    for column, part in enumerate(parts):
        ax.text(column * COLUMN, -ROW * 0.55, wrapped(part["title"], LETTERS // len(parts)),
                ha="center", weight="bold")
    for hub, (colour, marker) in marks.items():
        ax.plot([], [], marker, color=colour, label=f"builds on {known[hub]['title']}")
    ax.set(xlim=(-WIDTH / 2 - 12, COLUMN * (len(parts) - 1) + WIDTH / 2 + 12),
           ylim=(ROW * rows - ROW / 2, -ROW * 1.2))
    ax.set_axis_off()
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=2)
    counts = " and ".join(f"{sources.count(hub)} chapters build on {known[hub]['title']}"
                          for hub in hubs)
    told = "; ".join(f"{known[after]['title']} on {known[before]['title']}"
                     for before, after in found)
    lesson.show(fig, caption="The chapters, a column for each part. Arrows and marks say what "
                "builds on what.",
                alt=f"The chapters in {len(parts)} columns, a column for each part, with "
                f"lines and marks from each chapter to those that build on it: {counts}. In words, "
                f"what builds on what: {told}.")


def wrapped(title: str, letters: int) -> str:
    """The title in lines of at most so many letters."""
    return "\n".join(textwrap.wrap(title, letters))


def box(ax, title: str, x: float, y: float, mark) -> None:
    """A chapter's box around ``(x, y)``: its title, and the colour of its mark if others carry
    one."""
    from matplotlib.patches import FancyBboxPatch
    edge = mark[0] if mark else "#767676"
    ax.add_patch(FancyBboxPatch((x - WIDTH / 2, y - HEIGHT / 2), WIDTH, HEIGHT,
                                boxstyle="round,pad=0,rounding_size=6", zorder=2, facecolor="white",
                                edgecolor=edge, linewidth=2.5 if mark else 1))
    ax.text(x, y, title, ha="center", va="center", fontsize=8.5, linespacing=1, zorder=3)
