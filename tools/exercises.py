"""Makes exercises from solutions: what stands between nbgrader's markers becomes a stub, and the checks are folded."""
import ast
import re
from pathlib import Path

from tools.steps import SetupError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
TODO = 'raise NotImplementedError("your code here")'
CELL, FOLDED = "# %%\n", '# %% jupyter={"source_hidden": true}\n'  # JupyterLab's own mark: one click unfolds the cell


class MarkerError(SetupError):
    """Markers that do not pair, or a solution that the generator cannot turn into a stub. One line."""


def solution_blocks(text: str) -> list[tuple[int, int, str]]:
    """The solutions in ``text``: ``(first line, last line, source)``, lines counted from 0, markers included."""
    blocks, start, lines = [], None, text.splitlines()
    for number, line in enumerate(lines):
        if line.strip() == BEGIN:
            if start is not None:
                raise MarkerError(f"line {number + 1}: {BEGIN} inside a solution")
            start = number
        elif line.strip() == END:
            if start is None:
                raise MarkerError(f"line {number + 1}: {END} without {BEGIN}")
            blocks.append((start, number, "\n".join(lines[start + 1:number])))
            start = None
    if start is not None:
        raise MarkerError(f"line {start + 1}: {BEGIN} is never closed")
    return blocks


def stub(solution: str) -> str:
    """A stub for a solution: inside a function it raises; at top level every assigned name becomes ``...``."""
    first = next((line for line in solution.splitlines() if line.strip()), "")
    indent = first[:len(first) - len(first.lstrip())]
    if indent:
        return indent + TODO
    names = []
    try:
        statements = ast.parse(solution).body
    except SyntaxError as error:
        raise MarkerError(f"a solution is no Python ({error.msg}): {first}") from None
    for statement in statements:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        found = [node for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
        names += [node.id for node in found if isinstance(node.ctx, ast.Store) and node.id not in names]
    if not names:
        raise MarkerError(f"a solution at top level must assign a variable: {first}")
    return "\n".join(f"{name} = ...  # your answer here" for name in names)


def exercise_text(solution_text: str) -> str:
    """The exercise's source for a solution's source."""
    lines = solution_text.splitlines()
    for first, last, source in reversed(solution_blocks(solution_text)):
        lines[first:last + 1] = stub(source).splitlines()
    return folded("\n".join(lines) + "\n")


def folded(text: str) -> str:
    """The exercise with the checks folded: what they compare with is often the answer. From an answer's cell on, these are the
    cells that define something, to the one that grades."""
    cells, judging = re.split(r"(?m)^(?=# %%)", text), False
    for number, cell in enumerate(cells):
        grades = "\nchecks.grade(" in cell
        if judging and cell.startswith(CELL) and (grades or _defines(cell)):
            cells[number] = FOLDED + cell.removeprefix(CELL)
        judging = (judging or TODO in cell or "= ...  # your answer here" in cell) and not grades
    return "".join(cells)


def _defines(cell: str) -> bool:
    return TODO not in cell and all(isinstance(one, (ast.FunctionDef, ast.ClassDef)) for one in ast.parse(cell).body)


def exercise_path(solution: Path) -> Path:
    """``exercises/…`` for a path in ``solutions/…``."""
    parts = list(solution.parts)
    parts[len(parts) - 1 - parts[::-1].index("solutions")] = "exercises"
    return Path(*parts)


def made(root: Path) -> dict[Path, str]:
    """``{file: text}`` of every exercise, as it must be. Raises :class:`MarkerError`, which names the solution."""
    texts = {}
    for solution in sorted((root / "solutions").rglob("*.py")):
        try:
            texts[exercise_path(solution)] = exercise_text(solution.read_text(encoding="utf-8"))
        except (MarkerError, UnicodeDecodeError) as error:
            raise MarkerError(f"{solution.relative_to(root).as_posix()}: {error}") from None
    return texts


def generate(root: Path) -> list[Path]:
    """Writes every exercise's ``.py`` that has changed; returns the paths of all. Raises what :func:`made` does, before."""
    texts = made(root)
    for target, text in texts.items():
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return list(texts)
