"""Runs in a solution's kernel, as a module that the notebook does not see: tries wrong answers after nbval's run of the cells.

``solution_file.py`` sends it as text: the kernel's Python, 3.9 for Caffe, has to read it, and it needs nothing else.
"""
import contextlib
import io
import linecache
import os
import signal
import sys
import types
from pathlib import Path

kept = {}  # number of a cell: the notebook's names before it ran
before = []  # (module, name, function or class) as the first answer found them


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


def remember() -> None:
    """Notes the working folder, and the public functions and classes of modules: those that an answer sees, the course's."""
    seen = [value for names in kept.values() for value in names.values() if isinstance(value, types.ModuleType)]
    seen += [module for name, module in list(sys.modules.items())
             if name in ("builtins", "math", "numpy", "random", "time") or name.partition(".")[0] == "onecnn"]
    for module in {id(module): module for module in seen}.values():
        before.extend((module, name, value) for name, value in list(vars(module).items())
                      if callable(value) and not name.startswith("_"))
    before.append((None, "the working folder", Path.cwd()))


def mend() -> list:
    """Puts back what has changed since ``remember``; returns its names."""
    changed = []
    for module, name, value in before:
        if module is None:
            if Path.cwd() != value:
                os.chdir(value)
                changed.append(name)
        elif vars(module).get(name) is not value:
            setattr(module, name, value)
            changed.append(f"{module.__name__}.{name}")
    return changed


def printed(number: int, sources: list, name: str) -> tuple:
    """What ``sources`` print in place of the cells from ``number`` on, with the names from before, and what they left changed.
    The cells may raise."""
    if not before:
        remember()
    if number not in kept:
        raise LookupError(f"cell {number} did not run before")
    names = dict(kept[number])
    try:
        text = "".join(run(source, f"<{name}, cell {number + i}>", names) for i, source in enumerate(sources))
    except BaseException:
        mend()
        raise
    return text, mend()


class TooLong(BaseException):
    """An answer took too long; no answer catches it."""


def limited(seconds: int, number: int, sources: list, name: str) -> tuple:
    """``printed``, but what takes longer is stopped by an exception, if it is Python that takes it (not on Windows)."""
    def stop(*_):
        raise TooLong(f"more than {seconds} seconds")

    if not hasattr(signal, "SIGALRM"):
        return printed(number, sources, name)
    former = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        return printed(number, sources, name)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)
