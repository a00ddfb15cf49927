"""How set-up runs its steps (``venv``, ``pip``), and what it says when one fails. Standard library only."""
import contextlib
import os
import re
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Optional

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".course"
LOG = STATE / "setup.log"
WHEELHOUSE = ROOT / "wheelhouse"
PROGRESS_SECONDS = 15
# Of Python's own variables those that say where files go, and how text is read. The others are dropped: PYTHONPATH and
# PYTHONHOME bring other packages, with PYTHONSAFEPATH a worker no longer finds the module beside it, PYTHONOPTIMIZE takes
# asserts out (a wrong network passes), PYTHONWARNINGS=error stops imports, PYTHONINSPECT waits for more at the end.
KEPT = ("PYTHONDONTWRITEBYTECODE", "PYTHONFAULTHANDLER", "PYTHONHASHSEED", "PYTHONNOUSERSITE", "PYTHONPYCACHEPREFIX",
        "PYTHONUNBUFFERED", "PYTHONUTF8")
DROPPED = ("PYTHON", "PYTEST_", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")  # PYTEST_ADDOPTS=--nbval-lax would compare no output
# Where Jupyter and Matplotlib write if no variable says it; one of these may be root's, after a "sudo jupyter".
HOMES = {"JUPYTER_CONFIG_DIR": ".jupyter", "IPYTHONDIR": ".ipython", "MPLCONFIGDIR": ".config/matplotlib",
         "JUPYTER_DATA_DIR": "Library/Jupyter" if sys.platform == "darwin" else ".local/share/jupyter"}
HOMES["JUPYTER_RUNTIME_DIR"] = f"{HOMES['JUPYTER_DATA_DIR']}/runtime"
XDG = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")

UV_STARTS = re.compile(r"Downloading (\S+) \(([\d.]+)([KMG])iB\)")


class SetupError(RuntimeError):
    """What went wrong and what to do, in one or two lines."""


def clean_environ() -> dict[str, str]:
    """The process environment for the course's own Pythons: without what would give them other packages or options."""
    env = {name: value for name, value in os.environ.items() if name in KEPT or not name.startswith(DROPPED)}
    for variable, value in os.environ.items():
        if variable.lower().endswith("_proxy") and value.lower().startswith("socks"):
            env.pop(variable, None)  # pip and JupyterLab cannot use it, and stop
    env["PYTHONNOUSERSITE"] = "1"  # a package in the home folder, of another Python's or version's, would come first
    if env.get("ONECNN_CACHE"):  # what we start runs in another folder
        with contextlib.suppress(RuntimeError):  # ~ of nobody: onecnn.paths says so
            env["ONECNN_CACHE"] = str(Path(env["ONECNN_CACHE"]).expanduser().absolute())
    return env


def work_environ() -> dict[str, str]:
    """The same for notebooks, tests and trainings, which write into the home folder and run code from the temporary one.

    Who has no home folder that can be written, or a temporary one that is mounted ``noexec``, gets others.
    """
    return {**clean_environ(), **places()}


def places() -> dict[str, str]:
    """Variables that put folders of ours in the place of those that cannot be used; usually none."""
    if os.name != "posix":
        return {}
    home, found = Path(os.path.expanduser("~")), {}  # noqa: PTH111 (Path.home fails where nobody is known)
    if not (writable(home) and home.is_dir()):
        home = own_folder("home")
        found["HOME"] = str(home)
    for name in (*HOMES, *XDG):
        given = os.environ.get(name) or (home / HOMES[name] if name in HOMES else home)
        if not writable(Path(given)):
            found[name] = str(own_folder("home") / HOMES.get(name, name.lower()))
    return {**found, **_temporary()}


def _temporary() -> dict[str, str]:
    """``TMPDIR``, if what is compiled there could not be loaded, or if programs would not agree on what it means."""
    usual = Path(tempfile.gettempdir())
    if not noexec(usual):
        return {"TMPDIR": str(usual)} if os.environ.get("TMPDIR", str(usual)) != str(usual) else {}
    for base in (STATE, Path("/var/tmp"), Path(os.path.expanduser("~/.cache"))):  # noqa: PTH111
        if writable(base) and not noexec(base):
            return {"TMPDIR": str(own_folder("tmp", base))}
    print(f"No code can be loaded from {usual} (mounted noexec): torch.compile and Theano will fail. Set TMPDIR to another "
          "folder.", file=sys.stderr)
    return {}


def noexec(folder: Path) -> bool:
    """Whether no code can be loaded from there, and no program started."""
    while not folder.exists():
        folder = folder.parent
    return bool(os.statvfs(folder).f_flag & getattr(os, "ST_NOEXEC", 0))


def writable(folder: Path) -> bool:
    """Whether we can write in the folder, or make it."""
    try:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    except OSError:  # below a folder that is closed to us
        return False


def own_folder(name: str, base: Optional[Path] = None) -> Path:
    """A folder that is this user's alone, in ``.course`` or, for a reader who cannot write there, among temporary files."""
    for folder in ((base or STATE) / f"{name}-{os.getuid()}", Path(tempfile.gettempdir(), f"one-cnn-{name}-{os.getuid()}")):
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = folder.lstat()  # in the temporary folder it may be somebody else's, or a link
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
                return folder
    return Path(tempfile.mkdtemp(prefix="one-cnn-"))


def run_step(command: list[str], what: str, total: int = 0, optional: bool = False,
             env: Optional[Mapping[str, str]] = None) -> bool:
    """Runs a step, its output in the log, its progress on screen. Returns whether it succeeded;
    raises :class:`SetupError` if it did not, unless ``optional``. ``total``: of pip's packages. ``env``: its process
    environment, if not :func:`clean_environ`."""
    lines: list[str] = []
    start = time.monotonic()
    print(f"      {what} ...", flush=True)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env=clean_environ() if env is None else env, cwd=ROOT, encoding="utf-8", errors="replace",
                               stdin=subprocess.DEVNULL, close_fds=False)
    reader = threading.Thread(target=_log, args=(command, process.stdout, lines), daemon=True)
    reader.start()
    try:
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=PROGRESS_SECONDS)
                break
            print(f"      {progress(list(lines), total, time.monotonic() - start)}", flush=True)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    reader.join(timeout=10)
    if process.returncode and not optional:
        raise SetupError(_explain(what, lines))
    return process.returncode == 0


def progress(lines: list[str], total: int, seconds: float) -> str:
    """How far pip or uv is, by what they have printed, and for how long."""
    sizes = {name: float(number) * {"K": 2**-10, "M": 1, "G": 2**10}[unit] for name, number, unit in
             (found.groups() for found in map(UV_STARTS.match, lines) if found)}
    if sizes:
        ended = sum(sizes.get(line.split()[-1], 0) for line in lines if line.startswith("Downloaded "))
        everything = sum(sizes.values())
        if any(line.startswith("Prepared ") for line in lines):
            return f"compiling, {seconds:.0f} s"  # to bytecode: the first lesson is to start as quickly as the second
        left = f", about {seconds * (everything - ended) / ended:.0f} s to go" if ended > everything / 20 else ""
        return f"{ended:.0f} of {everything:.0f} MB, {seconds:.0f} s{left}"
    if any("Installing collected" in line for line in lines):
        return f"unpacking, {seconds:.0f} s"
    count = sum(line.startswith("Collecting ") for line in lines)
    return f"{min(count, total)} of {total} packages, {seconds:.0f} s" if total else f"{seconds:.0f} s"


def _log(command: list[str], output: IO[str], lines: list[str]) -> None:
    with output, LOG.open("a", encoding="utf-8", buffering=1) as log:
        log.write(PASSWORD.sub("***@", f"$ {' '.join(command)}\n"))  # an index's or a proxy's
        for line in output:
            log.write(PASSWORD.sub("***@", line))
            lines.append(line.strip())


def _explain(what: str, lines: list[str]) -> str:
    text = "\n".join(lines)
    if "No space left" in text:
        return f"The disk filled up while {what}. Make room and run this again."
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (f"This network's certificate is not trusted while {what}. Ask who runs the network for its\n"
                "certificate file, set PIP_CERT to its path, and run this again.")
    if re.search(r"NewConnectionError|NameResolution|Max retries|Network is unreachable|ProxyError|timed out"  # pip's words
                 r"|Failed to fetch|Could not resolve|Could not connect"  # apt's
                 r"|npm error code (ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT)", text):
        socks = next((variable for variable, value in os.environ.items()
                      if variable.lower().endswith("_proxy") and value.lower().startswith("socks")), "")
        if socks:
            return (f"No network while {what}. {socks} names a SOCKS proxy, which pip cannot use.\n"
                    "Set HTTPS_PROXY to a proxy of the kind http:// and run this again.")
        return (f"No network while {what}. Connect and run this again, or copy a 'wheelhouse' folder here\n"
                "(made elsewhere by: python3 course.py wheelhouse).")
    if "EINTEGRITY" in text or "DO NOT MATCH THE HASHES" in text:
        return (f"A package is not the one that was pinned (its checksum is wrong) while {what}.\n"
                f"Run this again; if it stays, do not trust the source. The whole log is in {LOG}.")
    errors = [line for line in lines if line.lower().startswith(("error", "e: ", "npm error"))] or lines[-1:]
    if WHEELHOUSE.exists() and ("No matching distribution" in text or "ENOTCACHED" in text):
        return (f"The wheelhouse lacks a package ({errors[-1]}).\nMake it anew elsewhere (python3 course.py wheelhouse), "
                "or remove it here to use the network.")
    return f"Failed while {what}: {errors[-1] if errors else 'no output'}\nThe whole log is in {LOG}."
