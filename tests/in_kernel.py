"""Runs in a solution's kernel, as a module that the notebook does not see: tries wrong answers after nbval's run of the cells.

``solution_file.py`` sends it as text: the kernel's Python, 3.9 for Caffe, has to read it, and it needs nothing else.
"""
import contextlib
import io
import linecache

kept = {}  # number of a cell: the notebook's names before it ran


def keep(number: int, names: dict) -> None:
    """Remembers the notebook's names as they are now, before the cell ``number``."""
    kept[number] = dict(names)


def run(source: str, name: str, names: dict) -> str:
    """Executes a cell and returns what it printed. Its lines are made known, so that ``inspect`` finds them."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, name, "exec"), names)
    return out.getvalue()


def printed(number: int, sources: list, name: str) -> str:
    """What ``sources`` print in place of the cells from ``number`` on, with the names from before. The cells may raise."""
    names = dict(kept[number])
    return "".join(run(source, f"<{name}, cell {number + i}>", names) for i, source in enumerate(sources))
