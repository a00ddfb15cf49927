"""The figures that every framework's notebook shows. Each is shown with its text alternative."""
from collections.abc import Sequence

import numpy as np

from onecnn import ladder, lesson, spec


def losses(values: Sequence[float], title: str) -> None:
    """The training loss of each step, and its mean for each epoch."""
    steps = np.asarray(values)
    epochs = steps.reshape(spec.EPOCHS, -1)
    fig, ax = lesson.figure(7, 2.8)
    ax.plot(steps, color=lesson.SKY, linewidth=0.8, label="each step")
    middles = (np.arange(len(epochs)) + 0.5) * epochs.shape[1]
    ax.plot(middles, epochs.mean(axis=1), color=lesson.BLUE, marker="o", label="mean of an epoch")
    ax.set(xlabel="training step (64 digits each)", ylabel="cross-entropy", title=title, ylim=(0, None))
    ax.legend()
    lesson.show(fig, alt=f"{title}: the loss falls steeply in the first of {spec.EPOCHS} epochs, then slowly towards zero.")


def confusion(labels: Sequence[int], predictions: Sequence[int], title: str) -> None:
    """Which digit was taken for which: rows are the true digits, columns the answers; right answers are left blank."""
    table = np.zeros((spec.CLASSES, spec.CLASSES), int)
    np.add.at(table, (np.asarray(labels), np.asarray(predictions)), 1)
    mistakes = table - np.diag(table.diagonal())
    fig, ax = lesson.figure(4.4, 4)
    ax.imshow(mistakes, cmap="Blues")
    for row, column in zip(*np.nonzero(mistakes)):
        dark = mistakes[row, column] > mistakes.max() / 2
        ax.text(column, row, mistakes[row, column], ha="center", va="center", color="white" if dark else "black")
    ax.set(xlabel="answer", ylabel="true digit", title=title, xticks=range(10), yticks=range(10))
    lesson.show(fig, alt=f"{title}: a table of the mistakes, true digit by answer; only a few cells are filled.")


def digits(images: np.ndarray, titles: Sequence[str], alt: str) -> None:
    """Up to 10 digits in a row, each with a title; ``images``: ``N x 1 x 28 x 28``."""
    count = min(10, len(images))
    fig, axes = lesson.figure(8, 1.3, columns=count, squeeze=False)
    for ax, image, title in zip(axes[0], images, titles):
        ax.imshow(image[0], cmap="gray_r")
        ax.set_title(title, fontsize=9)
        ax.set_axis_off()
    lesson.show(fig, alt=alt)


def climbed(report: ladder.Report, title: str) -> None:
    """The measured differences of a climb against what each rung allows, on a logarithmic axis."""
    fig, ax = lesson.figure(7, 2.8)
    rungs = [rung for rung in report.rungs if rung.name in ladder.ALLOWED and rung.differences()]
    floor = 1e-17  # a difference of exactly zero has no logarithm
    for row, rung in enumerate(rungs):
        values = [max(value, floor) for value in rung.differences().values()]
        ax.plot([ladder.ALLOWED[rung.name]], [row], marker="|", markersize=18, markeredgewidth=2, color=lesson.VERMILION,
                linestyle="", label="allowed" if row == 0 else None)
        ax.plot(values, [row] * len(values), "o", color=lesson.BLUE, alpha=0.7, label="measured" if row == 0 else None)
    ax.set(xscale="log", xlim=(floor / 2, 1e-2), yticks=range(len(rungs)), yticklabels=[rung.name for rung in rungs],
           xlabel=f"difference from the float64 reference (zero is drawn at {floor:g})", title=title)
    ax.set_ylim(-0.6, len(rungs) - 0.4)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    lesson.show(fig, alt=f"{title}: on every rung the measured differences lie left of the allowed limit.")
