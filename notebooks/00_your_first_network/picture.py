"""Draws the course's network with its shapes: what is where, and which operation leads on."""
from onecnn import lesson

# height and width, channels, and what leads to it
STAGES = (
    (28, 1, "a digit"), (26, 16, "convolution,\nrelu"), (13, 16, "pooling"),
    (11, 32, "convolution,\nrelu"), (5, 32, "pooling"),
)
VECTORS = ((800, "flatten"), (64, "dense,\nrelu"), (10, "dense"))
STEP = 3.1  # from one stage to the next; a picture of 28 pixels is 2 wide


def draw() -> None:
    """Shows the picture."""
    from matplotlib.patches import Rectangle

    fig, ax = lesson.figure(10, 2.9)
    for number, (side, channels, what) in enumerate(STAGES):
        size, x = side / 14, number * STEP
        sheets = min(channels, 6)  # as many as can be told apart stand for all
        for sheet in reversed(range(sheets)):
            shift = 0.09 * sheet
            ax.add_patch(Rectangle((x + shift, shift - size / 2), size, size, facecolor="white",
                                   edgecolor=lesson.BLUE, linewidth=1))
        ax.text(x + size / 2, -1.5, f"{channels} x {side} x {side}", ha="center", va="top",
                fontsize=9)
        ax.text(x + size / 2, 1.75, what, ha="center", va="bottom", fontsize=9)
    start = len(STAGES) * STEP - 0.6
    for number, (count, what) in enumerate(VECTORS):
        height, x = {800: 2.4, 64: 1.4, 10: 0.8}[count], start + number * 1.7
        ax.add_patch(Rectangle((x, -height / 2), 0.22, height, facecolor=lesson.BLUE,
                               edgecolor=lesson.BLUE))
        ax.text(x + 0.11, -1.5, count, ha="center", va="top", fontsize=9)
        ax.text(x + 0.11, 1.75, what, ha="center", va="bottom", fontsize=9)
    lefts = [number * STEP for number in range(len(STAGES))]
    lefts += [start + number * 1.7 for number in range(len(VECTORS))]
    rights = [left + side / 14 + 0.09 * (min(channels, 6) - 1)
              for left, (side, channels, _) in zip(lefts, STAGES)]
    rights += [left + 0.22 for left in lefts[len(STAGES):]]
    for right, left in zip(rights, lefts[1:]):
        ax.annotate("", (left - 0.08, 0), (right + 0.08, 0),
                    arrowprops={"arrowstyle": "->", "color": "gray", "shrinkA": 0, "shrinkB": 0})
    ax.set(xlim=(-0.4, start + 4.2), ylim=(-2.1, 2.6), aspect="equal")
    ax.set_axis_off()
    lesson.show(fig, alt="The network from left to right, channels x height x width: a digit, 1 x "
                "28 x 28; convolution and relu, 16 x 26 x 26; pooling, 16 x 13 x 13; convolution "
                "and relu, 32 x 11 x 11; pooling, 32 x 5 x 5; flattened, 800 numbers; dense and "
                "relu, 64; dense, 10.")
