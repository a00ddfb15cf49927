"""The parts of ``README.md`` that the course makes itself: its picture and its table of frameworks."""
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onecnn.ladder import Report

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "pictures" / "ladder.png"
BEGIN, END = "<!-- made by course.py build: frameworks -->", "<!-- end -->"


def with_table(text: str) -> str:
    """The README's text with the register's table between the two comments."""
    from onecnn import frameworks
    made = f"{BEGIN}\n{frameworks.table_markdown().strip()}\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: made, text, flags=re.DOTALL)


def reports() -> "dict[str, Report]":
    """``{network's name: Report}`` of the climbs to the top that the notebooks left in the cache, in the roster's order."""
    from onecnn import ladder, networks
    found = {network.name: ladder.kept(network.key) for network in networks.NETWORKS}
    return {name: report for name, report in found.items() if report and report.passed}


def draw() -> None:
    """Draws each framework's worst difference on each rung; does nothing until every network has climbed to the top."""
    import matplotlib
    matplotlib.use("agg")
    from onecnn import ladder, lesson, networks
    climbed = reports()
    if len(climbed) < len(networks.NETWORKS):
        return
    limits = {rung: limit for rung, limit in ladder.ALLOWED.items() if rung != "artefact"}
    fig, axes = lesson.figure(10, 3.9, columns=len(limits), sharey=True)
    for ax, (rung, limit) in zip(axes, limits.items()):
        worst = [max(next(one for one in report.rungs if one.name == rung).differences().values(), default=float("nan"))
                 for report in climbed.values()]  # not a number: trained in float32 only
        ax.plot(worst, range(len(worst)), "o", color=lesson.BLUE)
        ax.axvline(limit, color=lesson.VERMILION, linestyle="--")
        ax.set(xscale="log", xlim=(1e-16, 1e-8) if rung == "training" else (1e-9, 1e-3), title=rung,
               yticks=range(len(climbed)), yticklabels=list(climbed))
        ax.grid(axis="y", color="#e0e0e0")
        ax.set_axisbelow(True)
    axes[0].invert_yaxis()
    axes[0].text(limits["logits"], -0.75, " allowed", color=lesson.VERMILION, va="center", fontsize=9)
    fig.supxlabel("largest difference from the float64 reference, on this rung of the ladder", fontsize=10)
    fig.suptitle("The same network in every framework", fontsize=12)
    PICTURE.parent.mkdir(exist_ok=True)
    fig.savefig(PICTURE, dpi=144, metadata={"Software": None})


def update() -> None:
    """Brings README and picture up to date."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    if with_table(text) != text:
        readme.write_text(with_table(text), encoding="utf-8")
    draw()
