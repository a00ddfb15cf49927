"""Self-checks for exercises: each prints ``[ok]``, ``[todo]`` or ``[no]`` with a hint, and never raises."""
from typing import Any, Callable, Union

_NONE = object()


def grade(task: str, test: Callable[..., Union[bool, str]], hint: str, answer: Any = _NONE) -> None:
    """Tests a learner's work and prints one line.

    ``test()`` returns True, or False, or a hint of its own that fits the mistake. Where the work is a value, give it as
    ``answer``: it is handed to ``test``, and ``...`` counts as not yet done, as does a ``NotImplementedError``.
    """
    if answer is ...:
        print(f"[todo] {task}")
        return
    try:
        verdict = test() if answer is _NONE else test(answer)
        if not isinstance(verdict, str):
            verdict = bool(verdict)
    except NotImplementedError:
        print(f"[todo] {task}")
    except Exception as error:
        message = " ".join(str(error).split())
        print(f"[no]   {task}: {type(error).__name__}: {message}. Hint: {hint}")
    else:
        print(f"[ok]   {task}" if verdict is True else f"[no]   {task}. Hint: {verdict or hint}")
