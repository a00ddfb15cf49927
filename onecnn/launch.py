"""Starts the worker processes of a distributed training on this machine, and ends all of them when one fails.

``torchrun`` does this for PyTorch. TensorFlow, JAX and MXNet leave it to a cluster's scheduler, and without one the workers
of a dead peer wait for ever. Each worker gets a process group of its own; a guard, itself a process, ends the groups when
the launcher is done, interrupted or killed.
"""
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Optional

from onecnn import cells, lesson, paths

GUARD = """
import os, signal, sys
groups = [int(line) for line in sys.stdin]  # until the launcher closes the pipe, or is gone
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
"""


class WorkerFailed(RuntimeError):
    """A worker ended with an error, or the time was up. The message names the worker and holds the end of its log."""


def free_ports(count: int = 1) -> list[int]:
    """TCP ports of the loopback interface that nobody listened on just now, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for found in sockets:
            found.bind(("127.0.0.1", 0))
        return [found.getsockname()[1] for found in sockets]


def run(commands: list[list[str]], envs: Optional[list[dict]] = None, timeout: float = 120,
        kernel: str = "python3") -> list[str]:
    """Runs all commands at once, and returns what each wrote to its standard output.

    A command is what follows the interpreter of ``kernel``: ``["worker.py", "--steps", "10"]`` or ``["-m", "module"]``.
    ``envs``: environment variables to add, one dict for each command. Ends everything and raises :class:`WorkerFailed` as
    soon as one command fails, or after ``timeout`` seconds; raises :class:`onecnn.cells.KernelMissing`.
    """
    interpreter, kernel_env = cells.interpreter(kernel)
    common = {**lesson.QUIET, **lesson.THREADS, "GLOO_SOCKET_IFNAME": "lo", **os.environ, **kernel_env,
              "PYTHONPATH": os.pathsep.join(part for part in (str(paths.ROOT), kernel_env.get("PYTHONPATH", "")) if part)}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        guard = stack.enter_context(_guarding())
        workers = []
        for number, (command, env) in enumerate(zip(commands, envs or [{}] * len(commands))):
            out, log = Path(folder, f"{number}.out"), Path(folder, f"{number}.log")
            with out.open("wb") as stdout, log.open("wb") as stderr:
                worker = subprocess.Popen([*interpreter, *map(str, command)], stdin=subprocess.DEVNULL, stdout=stdout,
                                          stderr=stderr, env={**common, **env}, start_new_session=os.name == "posix")
            guard(worker)
            workers.append((worker, out, log))
        end = time.monotonic() + timeout
        while any(worker.poll() is None for worker, _, _ in workers):
            late = time.monotonic() > end
            for number, (worker, _, log) in enumerate(workers):
                if worker.poll() or (late and worker.poll() is None):
                    how = f"took more than {timeout:g} seconds" if late else f"ended with exit code {worker.returncode}"
                    raise WorkerFailed(f"worker {number} of {len(workers)} {how}, the others were ended:\n{_tail(log)}")
            time.sleep(0.02)
        for number, (worker, _, log) in enumerate(workers):
            if worker.returncode:
                how = f"ended with exit code {worker.returncode}"
                raise WorkerFailed(f"worker {number} of {len(workers)} {how}:\n{_tail(log)}")
        return [out.read_text(encoding="utf-8", errors="replace") for _, out, _ in workers]


def torchrun(script, processes: int, *arguments: str, options: tuple[str, ...] = (), timeout: float = 120) -> str:
    """Runs ``script`` under ``torchrun`` in ``processes`` processes and returns what they wrote to standard output.

    ``options``: further options of torchrun, such as ``--max-restarts=3``. Raises :class:`WorkerFailed`.
    """
    command = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}", "--master-addr=127.0.0.1",
               f"--master-port={free_ports()[0]}", *options, script, *arguments]
    return run([command], timeout=timeout)[0]


def _tail(log: Path, lines: int = 5) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-lines:])


@contextlib.contextmanager
def _guarding():
    """Gives a function that takes each worker when it was started; at the end all their process groups are killed."""
    if os.name != "posix":
        workers: list[subprocess.Popen] = []
        try:
            yield workers.append
        finally:
            for worker in workers:
                worker.kill()
        return
    guard = subprocess.Popen([sys.executable, "-S", "-c", GUARD], stdin=subprocess.PIPE, text=True, start_new_session=True)
    started: list[subprocess.Popen] = []

    def add(worker: subprocess.Popen) -> None:
        started.append(worker)
        guard.stdin.write(f"{worker.pid}\n")
        guard.stdin.flush()

    try:
        yield add
    finally:
        guard.stdin.close()
        guard.wait()
        for worker in started:
            worker.wait()
