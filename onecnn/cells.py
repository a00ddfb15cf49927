"""The cells tagged ``same-cnn``: the one source of every framework's network, read from the notebook that teaches it.

``run`` executes them in the notebook's own kernel interpreter, as a process with a time limit, so that frameworks that cannot
live in one environment can be compared.
"""
import contextlib
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any, NamedTuple, Optional

from onecnn import lesson, paths, program_text

TAG = "same-cnn"
# Of Python's own variables those that a started Python may inherit. With PYTHONSAFEPATH it would not find the modules beside
# it, PYTHONOPTIMIZE takes asserts out, PYTHONWARNINGS=error stops imports, PYTHONHOME is another Python's.
KEPT = ("PYTHONDONTWRITEBYTECODE", "PYTHONFAULTHANDLER", "PYTHONHASHSEED", "PYTHONNOUSERSITE", "PYTHONPYCACHEPREFIX",
        "PYTHONUNBUFFERED", "PYTHONUTF8")


class Cell(NamedTuple):
    """A code cell of a py:percent file; ``line`` is the file's line (from 1) on which its source begins."""

    tags: list[str]
    source: str
    line: int


class KernelMissing(RuntimeError):
    """The kernel that a notebook asks for is not registered here; the message says what to do."""


class RunFailed(RuntimeError):
    """The process of :func:`run` failed or took too long; the message ends with its last lines."""


def locate(notebook: str) -> Path:
    """The py:percent source of ``notebook``: ``"02_frameworks/02_pytorch"`` (in ``notebooks/``), or a path to a file."""
    given = Path(notebook)
    file = given if given.suffix else paths.ROOT / "notebooks" / f"{notebook}.py"
    file = file.with_suffix(".py")
    if not file.exists():
        raise FileNotFoundError(f"no notebook source {file}")
    return file


def read(file: Path) -> list[Cell]:
    """The code cells of a py:percent file, in order."""
    cells, lines = [], file.read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("# %%")]
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        if "[markdown]" in lines[start]:
            continue
        tags = re.search(r"tags=(\[[^\]]*\])", lines[start])
        source = "\n".join(lines[start + 1:end]).rstrip()
        cells.append(Cell(json.loads(tags.group(1)) if tags else [], source, start + 2))
    return cells


def kernel(file: Path) -> str:
    """The name of the kernel in the file's header."""
    header = file.read_text(encoding="utf-8").split("# ---", 2)[1]
    found = re.search(r"kernelspec:(?:\n#.*)*?\n#\s+name:\s*(\S+)", header)
    if not found:
        raise ValueError(f"the header of {file} names no kernel")
    return found.group(1)


def interpreter(kernel_name: str) -> tuple[list[str], dict[str, str]]:
    """``(command, environment)`` with which the kernel's interpreter is started; command's last part is the interpreter.

    Raises :class:`KernelMissing`, also for the kernels that ``ONECNN_WITHOUT`` names, with commas between them: so a machine
    that has them shows what one without them shows.
    """
    if kernel_name in os.environ.get("ONECNN_WITHOUT", "").split(","):
        raise KernelMissing(f"the kernel '{kernel_name}' is left out, as ONECNN_WITHOUT says")
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ImportError:  # we are inside a kernel without Jupyter's client: only its own interpreter is known
        return [sys.executable], {}
    try:
        found = KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        raise KernelMissing(f"the kernel '{kernel_name}' is not installed. python3 course.py check says why") from None
    command = found.argv[:next(i for i, word in enumerate(found.argv) if word.startswith("-"))]
    if command[0] in ("python", "python3"):  # Jupyter, too, reads these as its own interpreter
        command[0] = sys.executable
    if shutil.which(command[0]) is None:
        raise KernelMissing(f"the interpreter of the kernel '{kernel_name}' is gone. python3 course.py check says why")
    return command, dict(found.env)


def has_kernel(kernel_name: str) -> bool:
    """Whether the kernel is there, with its interpreter."""
    try:
        interpreter(kernel_name)
    except KernelMissing:
        return False
    return True


def functions(notebook: str) -> types.ModuleType:
    """The tagged cells of ``notebook``, executed in this process; a module with ``build``, ``logits`` and the rest.

    Line numbers are kept, so that tracebacks and tools that read source (``inspect``, AutoGraph) find the real file.
    ``load_seconds`` says how long the cells took: in a fresh process, the import of their framework.
    """
    file = locate(notebook)
    text: list[str] = []
    for cell in read(file):
        if TAG in cell.tags:
            text += [""] * (cell.line - 1 - len(text)) + cell.source.split("\n")
    if not text:
        raise ValueError(f"no cell of {file.name} is tagged {TAG}")
    module = types.ModuleType(f"same_cnn_{file.stem}")
    module.__file__ = str(file)
    module.__dict__[program_text.TEXT] = "\n".join(text)
    sys.modules[module.__name__] = module
    start = time.perf_counter()
    exec(compile("\n".join(text), str(file), "exec"), module.__dict__)
    module.__dict__["load_seconds"] = time.perf_counter() - start
    return module


def program(name: str) -> types.ModuleType:
    """A chapter's program as a module: ``"05_deployment/06_browser/strokes"``, in the folder of :func:`paths.programs`.

    What the program itself imports from that folder is found, too, so the folder is put at the end of ``sys.path``. Raises
    ``FileNotFoundError``, or ``ImportError`` where another module of this name is in the way.
    """
    chapter, _, module_name = name.rpartition("/")
    folder = paths.programs(chapter)
    if not (folder / f"{module_name}.py").exists():
        raise FileNotFoundError(f"no program {module_name}.py in {folder}")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    module = importlib.import_module(module_name)
    if Path(module.__file__ or "").parent != folder:
        raise ImportError(f"{name}: another module is called {module_name}: {module.__file__}")
    return module


def run(notebook: str, task: str, timeout: float = 300, env: Optional[dict[str, str]] = None, **arguments: Any) -> Any:
    """Runs ``task`` (``"onecnn.ladder:climb_cells"``) on ``notebook``'s cells in its own kernel's interpreter.

    A task may also stand in a chapter's program: ``"03_comparison/05_race/audit:compare"``.
    ``task`` is called with the module of :func:`functions` and ``arguments``, which must be JSON, and returns JSON.
    ``env``: environment variables to add. Raises :class:`KernelMissing` or :class:`RunFailed`.
    """
    file = locate(notebook)
    return _run(*interpreter(kernel(file)), file, task, timeout, env or {}, arguments)


def run_text(text: str, task: str, timeout: float = 300, **arguments: Any) -> Any:
    """As :func:`run`, with a program's text in place of a notebook's cells, in a fresh process of this interpreter.

    It inherits the environment that this process began with, where the system tells it, and the course's own variables: what
    a program has set meanwhile is its own to set again. It has as many threads as this process: with another number, sums
    round in another way.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.py"
        file.write_text(f'# %% tags=["{TAG}"]\n{text}\n', encoding="utf-8")
        return _run([os.environ.get("ONECNN_PYTHON", sys.executable)], {}, file, task, timeout, {}, arguments, as_it_began(),
                    "as many threads")


def _run(command: list[str], kernel_env: dict[str, str], file: Path, task: str, timeout: float, env: dict[str, str],
         arguments: dict[str, Any], inherited: Optional[dict[str, str]] = None, *options: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        result, log = Path(folder) / "result.json", Path(folder) / "log.txt"
        call = [*command, "-m", "onecnn.cells", str(file), task, str(result), json.dumps(arguments), *options]
        surroundings = {**surroundings_of(kernel_env, inherited), **env}
        with log.open("wb") as stream:
            process = subprocess.Popen(call, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
                                       cwd=folder, env=surroundings, start_new_session=os.name == "posix")
            try:
                process.wait(timeout)
                ending = f"ended with exit code {process.returncode}"
            except subprocess.TimeoutExpired:
                ending = f"took more than {timeout:g} seconds"
            finally:
                _stop(process)
        if result.exists():
            return json.loads(result.read_text(encoding="utf-8"))
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    raise RunFailed(f"{file.stem} {ending}:\n" + "\n".join(lines[-5:]))


def as_it_began() -> dict[str, str]:
    """The environment that this process was started with, as far as the system tells (Linux), and what the course sets."""
    ours = {*lesson.QUIET, *lesson.THREADS, *lesson.own_settings()}
    now = {name: value for name, value in os.environ.items() if name in ours or name.startswith("ONECNN_")}
    try:
        stored = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return dict(os.environ)
    return {**dict(os.fsdecode(one).split("=", 1) for one in stored if b"=" in one), **now}


def surroundings_of(kernel_env: dict[str, str], inherited: Optional[dict[str, str]] = None) -> dict[str, str]:
    """The process environment for a kernel's interpreter: ours (or ``inherited``), without what would change Python, and
    ``kernel_env``."""
    inherited = {name: value for name, value in (os.environ if inherited is None else inherited).items()
                 if name in KEPT or not name.startswith("PYTHON")}
    path = os.pathsep.join(part for part in (str(paths.ROOT), kernel_env.get("PYTHONPATH", "")) if part)
    return {**inherited, **kernel_env, "PYTHONPATH": path}


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and everything that it started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _main(file: str, task: str, result: str, arguments: str, *options: str) -> None:
    lesson.start(threads=not options)
    module, name = task.split(":")
    task_module = program(module) if "/" in module else importlib.import_module(module)
    answer = getattr(task_module, name)(functions(file), **json.loads(arguments))
    unfinished = Path(result).with_suffix(".part")
    unfinished.write_text(json.dumps(answer), encoding="utf-8")
    unfinished.replace(result)


if __name__ == "__main__":
    _main(*sys.argv[1:])
