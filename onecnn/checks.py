"""Self-checks for exercises: each prints ``[ok]``, ``[todo]`` or ``[no]`` with a hint, and never raises."""
from typing import Any, Callable, Union

_NONE = object()


def check(task: str, test: Callable[..., Union[bool, str]], hint: str, answer: Any = _NONE) -> None:
    """Tests a learner's work and prints one line.

    ``test()`` returns True, or False, or a hint of its own that fits the mistake. Where the work is a value, give it as
    ``answer``: it is handed to ``test``, and ``...`` counts as not yet done, as does a ``NotImplementedError``.
    """
    if answer is ...:
        print(f"[todo] {task}")
        return
    try:
        verdict = test() if answer is _NONE else test(answer)
    except NotImplementedError:
        print(f"[todo] {task}")
        return
    except Exception as error:
        print(f"[no]   {task}: {type(error).__name__}: {error}. Hint: {hint}")
        return
    if isinstance(verdict, str):
        print(f"[no]   {task}. Hint: {verdict}")
    elif verdict is not None and bool(verdict):
        print(f"[ok]   {task}")
    else:
        print(f"[no]   {task}. Hint: {hint}")
