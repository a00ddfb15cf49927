"""What a network's function may not do beside its work: :class:`Watch` looks at each call of the seven.

Its arguments stay as they are, and are forgotten after the call; what it gives belongs to whoever asked; and the process is
left as it was: folder, environment, warnings, PyTorch's modes and more (:func:`_surroundings`), and the state of the random
generators, but for numbers drawn.
"""
import decimal
import gc
import hashlib
import locale
import logging
import multiprocessing
import os
import random
import signal
import socket
import sys
import threading
import warnings
from collections import deque
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np

ENVIRONMENT, FILTERS, SEARCHED, LOGGED, SILENCED, RECURSION, NAMES = (
    "the environment", "the filters of warnings", "where Python looks for modules", "the logs' levels and handlers",
    "what all logs leave out", "Python's limit of recursion", "functions of Python, NumPy or PyTorch")
SIGNALS = ("SIGINT", "SIGTERM", "SIGPIPE", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2")
OF_IMPORTS = (ENVIRONMENT, FILTERS, SEARCHED, LOGGED, RECURSION, NAMES)  # what an import may change
WINDOW = 64  # calls for which a result must stay what it was


class SideEffect(ValueError):
    """A function did something beside its work. One line."""


class Watch:
    """Of one climb. ``Watch().function(name, function)`` is the function, watched; :meth:`close` puts the generators back."""

    def __init__(self) -> None:
        self.calls, self.given = 0, deque[tuple[str, Any, Any]]()  # name, what was given, a copy of it
        self.seen: set[str] = set()  # random states that a function has left after drawing
        self.began = random_states()

    def function(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, whose calls raise :class:`SideEffect` where they have one."""
        def call(*arguments: Any) -> Any:
            self.calls += 1
            handed = [one for given in arguments for one in (given.values() if name == "build" else [given])
                      if isinstance(one, np.ndarray)]
            before, items = [one.copy() for one in handed], list(arguments[0].items()) if name == "build" else []
            for one in handed:  # at every second call nobody can write into them and put it right again
                one.flags.writeable = bool(self.calls % 2)
            found = self._called(name, function, arguments)
            same = all(one.flags.writeable == bool(self.calls % 2) for one in handed)
            for one in handed:
                one.flags.writeable = True
            if items:
                now = arguments[0]
                same = same and [*now] == [key for key, _ in items] and all(now[key] is value for key, value in items)
            if not same or any(not np.array_equal(*pair) for pair in zip(handed, before)):
                raise SideEffect(f"{name} changes what it is given")
            for one in handed:  # it may keep none of them
                one.fill(np.nan if one.dtype.kind == "f" else 0)
            if name not in ("build", "load"):  # a model belongs to the functions
                self._remember(name, found)
            return found

        return call

    def close(self) -> None:
        """Puts the random generators back: a climb draws no numbers from those who come after it."""
        put_random_states(self.began)

    def spoil(self, found: Any) -> None:
        """Writes into the arrays that a function gave, as its caller may: nothing else may change with them."""
        arrays = _arrays(found)
        self.given = deque(one for one in self.given if not {*map(id, _arrays(one[1]))} & {*map(id, arrays)})
        for one in arrays:
            if one.flags.writeable and one.dtype.kind == "f":
                one.fill(np.nan)

    def _called(self, name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        random.random()  # so that a state that comes again was set
        np.random.random_sample()
        if "torch" in sys.modules:
            sys.modules["torch"].rand(1)
        with warnings.catch_warnings():
            # PyTorch's word on arrays that cannot be written
            warnings.filterwarnings("ignore", "The given NumPy array is not writ")
            before, drawn, known = _surroundings(), states_in_short(), len(sys.modules)
            try:
                found = function(*arguments)
            finally:  # also where it refuses what it is given
                self._as_before(name, before, len(sys.modules) != known)
        for generator, state in states_in_short().items():
            if state != drawn.get(generator, state):
                if state in self.seen:
                    raise SideEffect(f"{name} sets the seed of {generator}")
                self.seen.add(state)
        return found

    def _as_before(self, name: str, before: dict[str, Any], imported: bool) -> None:
        after = _surroundings()
        if imported:  # a first call imports what it needs, and imports set variables and filters
            kept = {one: after[ENVIRONMENT].get(one) for one in before[ENVIRONMENT]}
            after = {what: value for what, value in after.items() if what not in OF_IMPORTS}
            after[ENVIRONMENT] = kept
        elif before[NAMES] != after[NAMES]:  # modules may get new names, but no name another meaning
            after[NAMES] = {place: {name: after[NAMES][place].get(name) for name in names}
                            for place, names in before[NAMES].items()}
        after[RECURSION] = min(after.get(RECURSION, sys.maxsize), before[RECURSION])  # compilers raise it: that harms nobody
        for what, value in before.items():
            if after.get(what, value) != value:
                _put_back(before)
                raise SideEffect(f"{name} leaves {what} changed")

    def _remember(self, now: str, found: Any) -> None:
        for name, given, copy in self.given:
            if _unequal(given, copy):
                raise SideEffect(f"what {name} gave changes with a later call of {now}")
        self.given.append((now, found, _copied(found)))
        if len(self.given) > WINDOW:
            oldest = self.given.popleft()[1]
            self.spoil(oldest)


def threads_and_files() -> int:
    """How many of Python's threads and of the process's open files there are; files are counted on Linux alone."""
    try:
        return threading.active_count() + len(list(Path("/proc/self/fd").iterdir()))
    except OSError:
        return threading.active_count()


def _surroundings() -> dict[str, Any]:
    found: dict[str, Any] = {
        "the working folder": Path.cwd(), ENVIRONMENT: dict(os.environ), FILTERS: list(warnings.filters),
        SEARCHED: list(sys.path),
        LOGGED: (logging.root.level, len(logging.root.handlers)), SILENCED: logging.root.manager.disable,
        "NumPy's errors": (np.geterr(), np.geterrcall()), "how NumPy prints": np.get_printoptions(),
        "what signals do": {name: signal.getsignal(getattr(signal, name)) for name in SIGNALS if hasattr(signal, name)},
        "how processes begin": multiprocessing.get_start_method(allow_none=True), "decimals": decimal.getcontext().prec,
        "the collection of garbage": (gc.isenabled(), gc.get_threshold()), RECURSION: sys.getrecursionlimit(),
        "how errors are shown": (sys.excepthook, warnings.showwarning), "the language": locale.setlocale(locale.LC_ALL),
        "how long connections wait": socket.getdefaulttimeout(),
        "the processor's cores": os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None,
        "where prints go": (id(sys.stdout), id(sys.stderr), os.fstat(1).st_ino, os.fstat(2).st_ino),
        "how numbers next to zero are computed": bool(_TINY * np.float32(1)), "the rights of new files": _rights()}
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "is_grad_enabled"):
        found.update({"PyTorch's gradient mode": torch.is_grad_enabled(), "PyTorch's default dtype": torch.get_default_dtype(),
                      "PyTorch's number of threads": torch.get_num_threads(),
                      "PyTorch's choice of algorithms": (torch.are_deterministic_algorithms_enabled(),
                                                         torch.get_float32_matmul_precision()),
                      "how PyTorch looks for errors": torch.is_anomaly_enabled(),
                      "how PyTorch prints": dict(vars(torch._tensor_str.PRINT_OPTS)),
                      "the hooks of all of PyTorch's modules": [len(value) for name, value in
                                                               vars(torch.nn.modules.module).items()
                                                               if name.startswith("_global") and isinstance(value, dict)],
                      "how PyTorch's layers begin": (torch.nn.Linear.reset_parameters, torch.nn.Conv2d.reset_parameters)})
    return {**found, NAMES: _names()}  # last: the others have better words for what they see


def _names() -> dict[str, dict[str, int]]:
    """What the names in some modules stand for, by address."""
    return {place: {name: id(value) for name, value in vars(sys.modules[place]).items() if name != "_"}
            for place in ("builtins", "numpy", "ssl", "torch") if place in sys.modules}


_TINY = np.float32(1e-40)  # below float32's normal numbers: zero, where the processor was told to flush such


def _rights() -> str:
    """The process's umask; nothing where the system does not say it (only Linux does, without setting it)."""
    try:
        return next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("Umask"))
    except (OSError, StopIteration):
        return ""


def _put_back(before: dict[str, Any]) -> None:
    """What would spoil the reader's notebook after the climb."""
    os.chdir(before["the working folder"])
    os.environ.update(before[ENVIRONMENT])
    np.seterr(**before["NumPy's errors"][0])
    np.set_printoptions(**before["how NumPy prints"])
    (gc.enable if before["the collection of garbage"][0] else gc.disable)()
    gc.set_threshold(*before["the collection of garbage"][1])
    sys.setrecursionlimit(before[RECURSION])
    sys.path[:] = before[SEARCHED]
    logging.disable(before[SILENCED])
    logging.root.setLevel(before[LOGGED][0])
    if "PyTorch's gradient mode" in before:
        torch = sys.modules["torch"]
        torch.set_grad_enabled(before["PyTorch's gradient mode"])
        torch.set_default_dtype(before["PyTorch's default dtype"])
        torch.set_num_threads(before["PyTorch's number of threads"])
        torch.use_deterministic_algorithms(before["PyTorch's choice of algorithms"][0])
        torch.set_float32_matmul_precision(before["PyTorch's choice of algorithms"][1])


def _generators() -> dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """By name: how a generator's state is read, and how it is put back."""
    found: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
        "Python's random numbers": (random.getstate, random.setstate),
        "NumPy's random numbers": (np.random.get_state, np.random.set_state)}
    if "torch" in sys.modules and hasattr(sys.modules["torch"], "get_rng_state"):
        found["PyTorch's random numbers"] = (sys.modules["torch"].get_rng_state, sys.modules["torch"].set_rng_state)
    return found


def random_states() -> dict[str, Any]:
    """The state of each random generator, by name."""
    return {name: read() for name, (read, _) in _generators().items()}


def put_random_states(states: dict[str, Any]) -> None:
    for name, (_, put) in _generators().items():
        if name in states:
            put(states[name])


def states_in_short() -> dict[str, str]:
    """A hash of each generator's state, with its name."""
    found = {}
    for name, state in random_states().items():
        text = state.numpy().tobytes() if hasattr(state, "numpy") else repr(
            state if not isinstance(state[1], np.ndarray) else (state[1].tobytes(), state[2:])).encode()
        found[name] = name + hashlib.sha256(text).hexdigest()
    return found


def _arrays(found: Any) -> list[np.ndarray]:
    """The arrays in what a function gave: itself, in a tuple, in a dict."""
    if isinstance(found, np.ndarray):
        return [found]
    if isinstance(found, (tuple, list)):
        return [array for one in found for array in _arrays(one)]
    return [array for one in found.values() for array in _arrays(one)] if isinstance(found, dict) else []


def _copied(found: Any) -> Any:
    """Arrays copied, one number as a number, whatever a framework wraps it in."""
    arrays = [one.copy() for one in _arrays(found)]
    return arrays, _number(found[0] if isinstance(found, tuple) and found else found)


def _number(found: Any) -> Optional[float]:
    try:
        return None if isinstance(found, (np.ndarray, list, dict, str, bytes)) else float(found)
    except Exception:  # a model
        return None


def _unequal(found: Any, copy: Any) -> bool:
    arrays, number = _copied(found)
    return (len(arrays) != len(copy[0]) or any(not np.array_equal(*pair, equal_nan=True) for pair in zip(arrays, copy[0]))
            or (number != copy[1] and not (number != number and copy[1] != copy[1])))
