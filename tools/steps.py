"""How set-up runs its steps (``venv``, ``pip``), and what it says when one fails. Standard library only."""
import contextlib
import os
import re
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".course"
LOG = STATE / "setup.log"
WHEELHOUSE = ROOT / "wheelhouse"
PROGRESS_SECONDS = 15
CONFUSING = (
    "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__",  # other packages
    "PYTHONSAFEPATH",  # a worker no longer finds the module beside it
    "PYTHONOPTIMIZE",  # no asserts: a wrong network passes
    "PYTHONWARNINGS", "PYTHONDEVMODE",  # with "error" pip and the frameworks stop at their own warnings
    "PYTHONINSPECT",  # a command that has ended waits for more
    "PYTHONIOENCODING",  # a name with an accent cannot be printed
)


UV_STARTS = re.compile(r"Downloading (\S+) \(([\d.]+)([KMG])iB\)")


class SetupError(RuntimeError):
    """What went wrong and what to do, in one or two lines."""


def clean_environ() -> dict:
    """The process environment for the course's own Pythons: without ``CONFUSING``, and without options for pytest
    (``PYTEST_ADDOPTS=--nbval-lax`` would compare no output)."""
    env = {name: value for name, value in os.environ.items() if name not in CONFUSING and not name.startswith("PYTEST_")}
    if env.get("ONECNN_CACHE"):  # what we start runs in another folder
        env["ONECNN_CACHE"] = str(Path(env["ONECNN_CACHE"]).expanduser().absolute())
    return env


def run_step(command, what: str, total: int = 0, optional: bool = False, env=None) -> bool:
    """Runs a step, its output in the log, its progress on screen. Returns whether it succeeded;
    raises :class:`SetupError` if it did not, unless ``optional``. ``total``: of pip's packages. ``env``: its process
    environment, if not :func:`clean_environ`."""
    lines, start = [], time.monotonic()
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


def progress(lines, total: int, seconds: float) -> str:
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


def _log(command, output, lines) -> None:
    with output, LOG.open("a", encoding="utf-8", buffering=1) as log:
        log.write(f"$ {' '.join(command)}\n")
        for line in output:
            log.write(line)
            lines.append(line.strip())


def _explain(what: str, lines) -> str:
    text = "\n".join(lines)
    if "No space left" in text:
        return f"The disk filled up while {what}. Make room and run this again."
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (f"This network's certificate is not trusted while {what}. Ask who runs the network for its\n"
                "certificate file, set PIP_CERT to its path, and run this again.")
    if re.search(r"NewConnectionError|NameResolution|Max retries|Network is unreachable|ProxyError|timed out"  # pip's words
                 r"|Failed to fetch|Could not resolve|Could not connect"  # apt's
                 r"|npm error code (ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT)", text):
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
