"""The museum of bugs: a fault of :mod:`onecnn.faults`, planted in the PyTorch notebook's own ``same-cnn`` cells.

So a broken network is our network and nothing else, and its difference can be printed.
"""
import difflib
import hashlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any, Union

from onecnn import cells, faults, ladder, program_text
from onecnn.faults import Bug, Edits

BUGS, ATTACKS, UNSEEN = faults.BUGS, faults.ATTACKS, faults.UNSEEN


def get(key: str) -> Bug:
    """The fault with this key."""
    return next(bug for bug in (*BUGS, *ATTACKS, *UNSEEN) if bug.key == key)


def made_from() -> str:
    """A hash of all that a fault's climb depends on: PyTorch's cells, the ladder, and the faults themselves."""
    edits = [(bug.key, bug.edits) for bug in (*BUGS, *ATTACKS, *UNSEEN)]
    return hashlib.sha256(f"{ladder.made_from('pytorch')}{edits}".encode()).hexdigest()[:16]


def break_it(functions: ModuleType, fault: Union[str, Edits]) -> ladder.Network:
    """The seven functions of ``functions`` (the module of the PyTorch notebook's cells) with one fault in.

    ``fault``: the key of a bug, or edits of your own. ``ladder.climb(*break_it(functions, "flatten"))`` lets it climb.
    """
    text = _text(functions, fault)
    namespace: dict[str, Any] = {"__name__": "broken", program_text.TEXT: text}
    exec(compile(text, "<broken>", "exec"), namespace)
    return ladder.Network(*(namespace[name] for name in ladder.Network._fields))


def difference(functions: ModuleType, fault: Union[str, Edits]) -> str:
    """The lines that the fault takes away (-) and brings (+)."""
    lines = difflib.unified_diff(_text(functions, ()).splitlines(), _text(functions, fault).splitlines(), n=0, lineterm="")
    return "\n".join(line for line in list(lines)[2:] if not line.startswith("@@"))


def _text(functions: ModuleType, fault: Union[str, Edits]) -> str:
    tagged = [cell.source for cell in cells.read(Path(inspect.getfile(functions))) if cells.TAG in cell.tags]
    text = "\n\n\n".join(tagged) + "\n"
    for right, wrong in get(fault).edits if isinstance(fault, str) else fault:
        if right not in text:
            raise ValueError(f"not in the cells: {right}")
        text = text.replace(right, wrong)
    return text
