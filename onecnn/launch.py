"""Starts worker processes and servers on this machine, and ends all of them when one fails or their user is done.

``torchrun`` does this for PyTorch. TensorFlow, JAX and MXNet leave it to a cluster's scheduler, and without one the workers
of a dead peer wait for ever. A guard, itself a process, ends the workers and all that they started when the launcher is
done, interrupted or killed. (Killing process groups would not do: ``torchrun`` gives each worker a session of its own.)
"""
import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional, Union

from onecnn import cells, lesson

LOOPBACK = "lo0" if sys.platform == "darwin" else "lo"
MARK = "ONECNN_LAUNCH"  # an environment variable: all that a worker starts inherits it
# Linux: a network with nothing but a loopback, in which this machine is called "localhost". Who may not have one may have a
# space of users in which he may. Says which spaces are new.
APART = """
import ctypes, fcntl, os, socket, struct
NEW = {"user": 0x10000000, "net": 0x40000000, "uts": 0x04000000}
def unshare(*names):
    return ctypes.CDLL(None).unshare(sum(map(NEW.get, names))) == 0
def apart():
    uid, gid = os.getuid(), os.getgid()
    names = ["net", "uts"]
    if not unshare(*names):
        names = ["user", *names]
        if not unshare(*names):
            return ""
        for file, text in ("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1"):
            with open(f"/proc/self/{file}", "w") as stream:
                stream.write(text)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
    socket.sethostname("localhost")
    return " ".join(names)
try:
    print(apart(), flush=True)
except Exception:
    print(flush=True)
"""
JOIN = """
import ctypes, os, sys
guard, names, command = sys.argv[1], sys.argv[2].split(), sys.argv[3:]
for file in [open(f"/proc/{guard}/ns/{name}") for name in names]:
    if ctypes.CDLL(None).setns(file.fileno(), 0):
        sys.exit("this process could not join the others' network")
os.execvp(command[0], command)
"""
GUARD = """
import contextlib, sys, psutil
name, mark = sys.stdin.readline().split()  # not on the command line, which all users can read
sys.stdin.read()  # until the launcher closes the pipe, or is gone
found = True
while found:
    found = False
    for process in psutil.process_iter():
        try:
            if process.environ().get(name) == mark and process.status() != psutil.STATUS_ZOMBIE:
                children = process.children(recursive=True)  # some write over their environment
                process.kill()
                found = True
                for child in children:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        child.kill()
        except psutil.Error:
            pass
"""


Word = Union[str, Path]  # of a command
Variables = Mapping[str, Optional[str]]  # of the environment: to add or, with None, to take away
Worker = tuple[subprocess.Popen[bytes], Path, Path]  # the process, its output, its log


class WorkerFailed(RuntimeError):
    """A worker ended with an error, or the time was up. The message names the worker and holds the end of its log."""


def free_ports(count: int = 1) -> list[int]:
    """TCP ports of the loopback interface that nobody listened on just now, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for found in sockets:
            found.bind(("127.0.0.1", 0))
        return [found.getsockname()[1] for found in sockets]


def run(commands: Sequence[Sequence[Word]], envs: Optional[Sequence[Variables]] = None, timeout: float = 120,
        kernel: str = "python3", private: bool = False) -> list[str]:
    """Runs all commands at once, and returns what each wrote to its standard output.

    A command is what follows the interpreter of ``kernel``: ``["worker.py", "--steps", "10"]`` or ``["-m", "module"]``.
    ``envs``: environment variables to add, or with None to take away, one dict for each command. ``private``: the processes
    share a network that nobody else can reach, and that reaches nobody, where the system allows it: on Linux, but in most
    containers not. Their temporary files go with them.

    Ends everything and raises :class:`WorkerFailed` as soon as one command fails, or after ``timeout`` seconds. Raises
    :class:`onecnn.cells.KernelMissing`.
    """
    interpreter, common = _surroundings(kernel)
    workers: list[Worker] = []
    with tempfile.TemporaryDirectory() as folder, _guarding(common[MARK], workers, private) as joining:
        if private:
            common["TMPDIR"] = folder
        for number, (command, env) in enumerate(zip(commands, envs or [{}] * len(commands))):
            out, log = Path(folder, f"{number}.out"), Path(folder, f"{number}.log")
            with out.open("wb") as stdout, log.open("wb") as stderr:
                worker = subprocess.Popen([*joining, *interpreter, *map(str, command)], stdin=subprocess.DEVNULL,
                                          stdout=stdout, stderr=stderr, start_new_session=os.name == "posix",
                                          env=_with(common, env))
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


def torchrun(script: Word, processes: int, *arguments: Word, options: tuple[str, ...] = (), timeout: float = 120) -> str:
    """Runs ``script`` under ``torchrun`` in ``processes`` processes and returns what they wrote to standard output.

    ``options``: further options of torchrun, such as ``--max-restarts=3``. Raises :class:`WorkerFailed`.
    """
    command = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}", "--master-addr=127.0.0.1",
               f"--master-port={free_ports()[0]}", *options, script, *arguments]
    return run([command], timeout=timeout, private=True)[0]


def _tail(log: Path, count: int = 5) -> str:
    """The end of a log. What ``torchrun`` adds to a failed worker's own words is left out: it names no reason."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    end = next((number for number, line in enumerate(lines) if re.match(r"E\d{4} .*distributed/elastic", line)), len(lines))
    return "\n".join([line for line in lines[:end] if not re.match(r"[IW]\d{4} ", line)][-count:] or lines[-count:])


class Server(NamedTuple):
    """A server that answers on loopback: its address (``http://127.0.0.1:PORT``), process, log, and its processes' mark."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    mark: str

    def tail(self, count: int = 5) -> str:
        """The last lines of its log."""
        return _tail(self.log, count)


@contextlib.contextmanager
def server(command: Sequence[Word], ready: str, env: Optional[Variables] = None, timeout: float = 60, kernel: str = "python3",
           port: Optional[int] = None) -> Iterator[Server]:
    """Starts a server and gives a :class:`Server` as soon as ``GET ready`` (``"/health"``) answers 200; ends it, and all that
    it started, at the end of the ``with`` block, however that comes. Their temporary files go with them.

    ``command`` as in :func:`run`; ``{port}`` in it is replaced by the port, a free one unless ``port`` is given. Raises
    :class:`WorkerFailed` if it ends, is not ready after ``timeout`` seconds, or if another program answers in its place.
    """
    port = port or free_ports()[0]
    command = [str(word).replace("{port}", str(port)) for word in command]
    interpreter, surroundings = _surroundings(kernel)
    workers: list[Worker] = []
    with tempfile.TemporaryDirectory() as folder, _guarding(surroundings[MARK], workers):
        log = Path(folder, "server.log")
        with log.open("wb") as stream:
            process = subprocess.Popen([*interpreter, *command], stdin=subprocess.DEVNULL, stdout=stream,
                                       stderr=subprocess.STDOUT, start_new_session=os.name == "posix",
                                       env=_with({**surroundings, "TMPDIR": folder}, env or {}))
        workers.append((process, log, log))
        url, end = f"http://127.0.0.1:{port}", time.monotonic() + timeout
        # Asked again once the port is known to be ours: the first answer may have come from somebody who then left it to us.
        while not (_answers(url + ready) and _held(port, surroundings[MARK], process, log) and _answers(url + ready)):
            if process.poll() is not None or time.monotonic() > end:
                how = f"was not ready after {timeout:g} seconds" if process.poll() is None else \
                    f"ended with exit code {process.returncode}"
                raise WorkerFailed(f"the server {how}:\n{_tail(log)}")
            time.sleep(0.05)
        yield Server(url, process, log, surroundings[MARK])


def _answers(url: str) -> bool:
    try:
        # No proxy: the server is on this machine.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _held(port: int, mark: str, server: subprocess.Popen[bytes], log: Path) -> bool:
    """True if a living process of the server listens on the port, else raises :class:`WorkerFailed`.

    Its processes are those with the mark, whoever their parent is by now, and its children: some write over their environment.
    """
    import psutil
    try:
        children = {server.pid, *(child.pid for child in psutil.Process(server.pid).children(recursive=True))}
    except psutil.Error:
        children = {server.pid}
    user = psutil.Process().username()  # root can look into everybody's processes
    for process in psutil.process_iter():
        try:
            ours = process.pid in children or (process.environ().get(MARK) == mark and process.username() == user)
            if ours and port in _listening(process):
                return True
        except psutil.AccessDenied:
            with contextlib.suppress(psutil.Error):
                if process.pid in children and process.status() != psutil.STATUS_ZOMBIE:
                    return True  # we may not look into our own server: believe it
        except (psutil.Error, OSError):
            pass
    with socket.create_server(("127.0.0.1", 0)) as known:
        try:
            may_look = known.getsockname()[1] in _listening(psutil.Process())
        except (psutil.Error, OSError):
            may_look = False
    if may_look:
        raise WorkerFailed(f"another program answers on port {port}, not the server that was started. End that program, or "
                           f"start again:\n{_tail(log)}")
    return True


def _listening(process: Any) -> set[int]:
    """The ports on which a process accepts connections to 127.0.0.1."""
    connections = getattr(process, "net_connections", None) or process.connections  # its name before psutil 6
    return {found.laddr.port for found in connections("tcp")
            if found.status == "LISTEN" and found.laddr.ip in ("127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "::")}


def _surroundings(kernel: str) -> tuple[list[str], dict[str, str]]:
    """``(interpreter, environment)`` for processes in ``kernel``, with a mark of their own."""
    interpreter, kernel_env = cells.interpreter(kernel)
    common = {**lesson.QUIET, **lesson.THREADS, "GLOO_SOCKET_IFNAME": LOOPBACK, **cells.surroundings_of(kernel_env),
              **lesson.own_settings()}
    return interpreter, {**common, MARK: uuid.uuid4().hex}


def _with(common: Variables, env: Variables) -> dict[str, str]:
    return {name: value for name, value in {**common, **env}.items() if value is not None}


@contextlib.contextmanager
def _guarding(mark: str, workers: list[Worker], private: bool = False) -> Iterator[list[str]]:
    """At the end, however it comes, every process that has the mark is killed.

    Gives the words before a command with which it joins the guard's own network, if ``private`` is asked for and can be had.
    """
    apart = APART if private and sys.platform == "linux" else ""
    guard = subprocess.Popen([sys.executable, "-c", apart + GUARD], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             start_new_session=os.name == "posix")
    assert guard.stdin and guard.stdout  # pipes were asked for
    try:
        with contextlib.suppress(BrokenPipeError):  # who ended before it was told gives no answer below
            guard.stdin.write(f"{MARK} {mark}\n".encode())
            guard.stdin.flush()
        names = guard.stdout.readline().decode().strip() if apart else ""
        python = [sys.executable, "-ISc"]
        joining = [*python, JOIN, str(guard.pid), names]
        may_join = names and not subprocess.run([*joining, *python, ""], stderr=subprocess.DEVNULL).returncode
        yield joining if may_join else []
    finally:
        guard.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            guard.stdin.close()
        guard.wait()
        for worker, _, _ in workers:
            worker.wait()
