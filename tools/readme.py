"""The parts of ``README.md`` that the course makes itself: its picture and its table of frameworks."""
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "pictures" / "ladder.png"
ORDER = ("numpy", "tensorflow", "pytorch", "keras-tensorflow", "keras-torch", "keras-jax", "mxnet")
BEGIN, END = "<!-- made by course.py build: frameworks -->", "<!-- end -->"


def with_table(text: str) -> str:
    """The README's text with the register's table between the two comments."""
    from onecnn import frameworks
    made = f"{BEGIN}\n{frameworks.table_markdown().strip()}\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: made, text, flags=re.DOTALL)


def reports() -> dict:
    """``{name: Report}`` of the climbs that the notebooks left in the cache, in the course's order."""
    from onecnn import ladder, paths
    found = {}
    for name in ORDER:
        file = paths.cache() / "ladder" / f"{name}.json"
        if file.exists():
            found[name] = ladder.Report.from_dict(json.loads(file.read_text()))
    return found


def draw() -> None:
    """Draws each framework's worst difference on each rung; does nothing until every framework has climbed."""
    import matplotlib
    matplotlib.use("agg")
    from onecnn import frameworks, ladder, lesson
    climbed = reports()
    if len(climbed) < len(ORDER):
        return
    limits = {"logits": ladder.LOGITS, "loss": ladder.LOSS, "gradients": ladder.GRADIENTS, "steps": ladder.STEPS}
    fig, ax = lesson.figure(8, 3.2)
    for number, (name, report) in enumerate(climbed.items()):
        key, _, engine = name.partition("-")
        worst = {rung.name: max(rung.measured.values()) for rung in report.rungs if rung.name in limits}
        rows = [row + (number - len(climbed) / 2) * 0.1 for row in range(len(limits))]
        ax.plot([worst[rung] for rung in limits], rows, lesson.MARKERS[number], color=lesson.COLORS[number], markersize=7,
                label=frameworks.get(key).name + (f" on {engine}" if engine else ""))
    for row, limit in enumerate(limits.values()):
        ax.plot([limit, limit], [row - 0.4, row + 0.4], color="gray", linewidth=2, label="allowed" if row == 0 else None)
    ax.set(xscale="log", yticks=range(len(limits)), yticklabels=list(limits), xlim=(1e-9, 1e-3),
           xlabel="largest difference from the float64 reference", title="The same network in every framework")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    PICTURE.parent.mkdir(exist_ok=True)
    fig.savefig(PICTURE, dpi=144, metadata={"Software": None})


def update() -> None:
    """Brings README and picture up to date."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    if with_table(text) != text:
        readme.write_text(with_table(text), encoding="utf-8")
    draw()
