"""Drawings from an ONNX file's own GraphProto, and of the matrix of exports."""
from onecnn import lesson

KINDS = {  # operator: colour, marker
    "Conv": (lesson.BLUE, "s"), "Gemm": (lesson.BLUE, "D"), "MatMul": (lesson.BLUE, "D"),
    "Relu": (lesson.GREEN, "^"), "MaxPool": (lesson.ORANGE, "v"),
    "Transpose": (lesson.VERMILION, "X"), "Cast": (lesson.PURPLE, "P"),
}
OTHER = (lesson.SKY, "o")
STATES = {"holds": (lesson.BLUE, "o"), "refused": (lesson.VERMILION, "X"), "none": ("gray", "_")}


def column(ax, graph, title: str, labels=None, tall: int = 14) -> None:
    """A graph without branches, top to bottom, a marker for each node; beside it ``labels``, or the
    operator's name.

    More than ``2 * tall`` nodes stand closer, in two columns without words: the legend tells what
    they are.
    """
    crowded = len(graph.node) > 2 * tall
    length = -(-len(graph.node) // 2) if crowded else len(graph.node)
    step = tall / length if crowded else 1
    for start in range(0, len(graph.node), length):
        nodes, x = graph.node[start:start + length], 1.2 * start / length
        ax.plot([x] * len(nodes), [step * row for row in range(len(nodes))], color="gray",
                linewidth=1, zorder=1)
        for row, node in enumerate(nodes):
            color, marker = KINDS.get(node.op_type, OTHER)
            ax.plot(x, step * row, marker, color=color, markersize=8, zorder=2)
            if not crowded:
                text = labels[start + row] if labels else node.op_type
                ax.annotate(text, (x, row), (9, 0), textcoords="offset points", va="center",
                            fontsize=9)
    ax.set(title=title, xlim=(-0.3, 3), ylim=(max(tall, length * step) - 0.3, -0.7))
    ax.set_axis_off()


def matrix(ax, rows, columns, cells) -> None:
    """``cells[row][column]``: ``(state, text)``. Colour, marker and text say the same."""
    for number, row in enumerate(rows):
        for place, name in enumerate(columns):
            state, text = cells[row][name]
            color, marker = STATES[state]
            ax.add_patch(_tile(place, number, color))
            ax.plot(place - 0.38, number, marker, color=color, markersize=7)
            ax.text(place - 0.29, number, text, va="center", fontsize=8)
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)


def _tile(x: float, y: float, color: str):
    from matplotlib.patches import Rectangle
    return Rectangle((x - 0.47, y - 0.43), 0.94, 0.86, facecolor=color, alpha=0.13)
