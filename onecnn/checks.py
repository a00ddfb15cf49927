"""Self-checks for exercises: each prints ``[ok]``, ``[todo]`` or ``[no]`` with a hint, and never raises, unless a teacher
grades: :func:`strict`."""
from types import CodeType
from typing import Any, Callable, Union

import numpy as np

_NONE = object()
_raising = False
_other = 0  # what is added to each seed


def strict(other: int = 0) -> None:
    """From now on what is wrong, or not yet done, raises ``AssertionError``: for nbgrader, which counts a check that raises
    as failed. ``other``: a number that gives checks other random inputs than the learner's own run had."""
    global _raising, _other
    _raising, _other = True, other


def random(seed: int) -> np.random.RandomState:
    """Random inputs for a check, the same at each run, on each machine; others when a teacher grades (:func:`strict`)."""
    return np.random.RandomState(seed + _other)


def names(code: CodeType) -> set[str]:
    """The names that a function's code (``f.__code__``) uses, part by part (``np`` and ``dot`` for ``np.dot``), those of
    functions inside of it too: for tasks that ask to do without something."""
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return set(".".join(code.co_names).split(".")).union(*map(names, inner))


def _say(line: str) -> None:
    if _raising and not line.startswith("[ok]"):
        raise AssertionError(line)
    print(line)


def grade(task: str, test: Callable[..., Union[bool, str]], hint: str, answer: Any = _NONE) -> None:
    """Tests a learner's work and prints one line; after :func:`strict` it raises that line unless all is well.

    ``test()`` returns True, or False, or a hint of its own that fits the mistake. Where the work is a value, give it as
    ``answer``: it is handed to ``test``, and ``...`` counts as not yet done, as does a ``NotImplementedError``.
    """
    if answer is ...:
        _say(f"[todo] {task}")
        return
    try:
        verdict = test() if answer is _NONE else test(answer)
        if not isinstance(verdict, str):
            verdict = bool(verdict)
    except NotImplementedError:
        _say(f"[todo] {task}")
    except Exception as error:
        message = " ".join(str(error).split())
        if isinstance(error, TypeError) and "NoneType" in message:  # what a function without ``return`` gives
            hint = f"does your function end with return? {hint}"
        _say(f"[no]   {task}: {type(error).__name__}: {message}. Hint: {hint}")
    else:
        _say(f"[ok]   {task}" if verdict is True else f"[no]   {task}. Hint: {verdict or hint}")
