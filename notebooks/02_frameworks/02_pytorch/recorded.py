"""Draws the chain of operations that PyTorch has recorded, with the weights that enter."""
from onecnn import lesson


def chain(loss):
    """The nodes from ``loss`` back to the first operation, past the weights."""
    found, node = [], loss.grad_fn
    while node is not None:
        found.append(node)
        inner = [parent for parent, _ in node.next_functions if parent is not None]
        computed = [parent for parent in inner
                    if parent.name() != "torch::autograd::AccumulateGrad"]
        # TBackward: a weight that is transposed; we follow the pictures
        node = computed[0] if computed and "TBackward" not in computed[0].name() else None
    return found


def leaves(node, depth=2):
    """Shapes of the weights that enter at this node, through at most one transposition."""
    found = []
    for parent, _ in node.next_functions:
        if parent is not None and hasattr(parent, "variable"):
            found.append(tuple(parent.variable.shape))
        elif parent is not None and depth > 1 and parent.name().startswith("TBackward"):
            found += leaves(parent, depth - 1)
    return found


def draw(nodes):
    """Shows the nodes of a chain, last operation first, in the order in which they ran."""
    fig, ax = lesson.figure(9, 2.6)
    for column, step in enumerate(reversed(nodes)):
        ax.text(column, 1, step.name().replace("Backward0", ""), rotation=45, ha="left",
                va="bottom", fontsize=9)
        ax.plot(column, 0.8, "o", color=lesson.BLUE, markersize=10)
        for row, shape in enumerate(sorted(leaves(step), key=len, reverse=True)):
            arrow = {"arrowstyle": "->", "color": "gray"} if row == 0 else None
            ax.annotate("x".join(map(str, shape)), (column, 0.7),
                        (column, -0.2 - 0.5 * row), ha="center", fontsize=8, arrowprops=arrow,
                        bbox={"boxstyle": "round", "fc": lesson.ORANGE})
    ax.plot(range(len(nodes)), [0.8] * len(nodes), color=lesson.BLUE, zorder=0)
    ax.set(xlim=(-0.6, len(nodes) + 0.6), ylim=(-1.1, 3.2))
    ax.set_axis_off()
    lesson.show(fig, alt="The recorded operations in a row, from the first convolution to the "
                "loss; arrows from below mark the weights that enter at the two convolutions and "
                "the two matrix products.")
