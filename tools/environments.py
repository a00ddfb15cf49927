"""Set-up: the two environments, their kernels, the digits. Standard library only; runs on any Python from 3.9.

Every step can be run again. An environment counts as made only when the hash of its requirement file stands in it, which is
written last: one that was interrupted, or whose requirements have changed, is made anew.
"""
import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple, Optional

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".course"
LOG = STATE / "setup.log"
WHEELHOUSE = ROOT / "wheelhouse"
TORCH_CPU = "https://download.pytorch.org/whl/cpu"
STAMP = "onecnn-requirements.sha256"
UNFINISHED = "unfinished"


class SetupError(RuntimeError):
    """What went wrong and what to do, in one or two lines."""


class Environment(NamedTuple):
    """A virtual environment with one kernel. Sizes in GB, measured on Linux x86-64 on 2026-11-24."""

    kernel: str
    title: str
    folder: str
    requirements: str
    download: float
    disk: float


COURSE = Environment("python3", "Python 3 (ipykernel)", ".venv", "requirements/course.txt", 0.9, 3.5)
MUSEUM = Environment("museum", "Museum (MXNet, Theano, Chainer)", ".venv-museum", "requirements/museum.txt", 0.2, 0.7)
ENVIRONMENTS = (COURSE, MUSEUM)


def unavailable(environment: Environment) -> str:
    """Why this platform cannot have the environment; empty if it can."""
    system, machine = platform.system(), platform.machine().lower()
    if environment is MUSEUM and (system, machine) not in {("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "x86_64")}:
        return f"MXNet has no wheel for {system} on {machine}: only for Linux and for macOS on Intel"
    return ""


def in_place() -> Optional[Path]:
    """The interpreter that ``setup --in-place`` chose as the course environment (conda, Binder), or None."""
    note = STATE / "in-place"
    python = Path(note.read_text().strip()) if note.exists() else None
    return python if python and python.exists() else None


def python_of(environment: Environment) -> Path:
    """The environment's interpreter, whether it exists or not."""
    if environment is COURSE and in_place():
        return in_place()
    folder = ROOT / environment.folder
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def requirements_hash(environment: Environment) -> str:
    """The hash on which set-up keys: the requirement file's."""
    return hashlib.sha256((ROOT / environment.requirements).read_bytes()).hexdigest()


def is_made(environment: Environment) -> bool:
    """True if the environment was made to the end, from the requirements as they are now."""
    if environment is COURSE and in_place():
        return True
    stamp = ROOT / environment.folder / STAMP
    return stamp.exists() and stamp.read_text() == requirements_hash(environment) and python_of(environment).exists()


def find_python311() -> str:
    """The path of a Python 3.11 that can make virtual environments. Raises :class:`SetupError` with the ways to get one."""
    candidates = [[sys.executable], ["python3.11"], ["py", "-3.11"]]
    if shutil.which("uv"):
        found = subprocess.run(["uv", "python", "find", "3.11"], capture_output=True, text=True)
        candidates.append([found.stdout.strip()] if found.returncode == 0 else ["python3.11"])
    without_venv = ""
    for candidate in candidates:
        code = "import sys; assert sys.version_info[:2] == (3, 11); print(sys.executable)"
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            version = subprocess.run([*candidate, "-c", code], capture_output=True, text=True, timeout=30)
            if version.returncode:
                continue
            path = version.stdout.strip()
            if subprocess.run([path, "-c", "import ensurepip, venv"], capture_output=True, timeout=30).returncode == 0:
                return path
            without_venv = path
    if without_venv:
        raise SetupError(f"{without_venv} cannot make virtual environments. On Debian and Ubuntu: "
                         "sudo apt install python3.11-venv")
    raise SetupError(
        f"The course needs Python 3.11; this is {platform.python_version()}, and no python3.11 was found.\n"
        "Get it from your package manager or python.org, or with 'uv python install 3.11', or with "
        "'conda env create -f environment.yml'. Then run this again.")


def check_disk(missing) -> None:
    """Raises :class:`SetupError` if the missing environments would not fit (installed, plus the downloads meanwhile)."""
    needed = sum(environment.disk + environment.download for environment in missing)
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < needed:
        raise SetupError(f"Not enough disk: {free:.1f} GB free, {needed:.1f} GB needed in {ROOT}. "
                         "Make room and run this again.")


@contextlib.contextmanager
def only_one():
    """Waits until no other set-up of this folder runs. The lock falls with its process, however that ends."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "lock").open("w") as stream:
        if os.name == "nt":
            import msvcrt
            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print("Another set-up is running in this folder: waiting for it.", flush=True)
                fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def make(environment: Environment, cuda: bool = False) -> None:
    """Makes the environment from its pinned requirements. Raises :class:`SetupError`."""
    folder, stamp = ROOT / environment.folder, ROOT / environment.folder / STAMP
    if folder.exists():
        if not stamp.exists():
            raise SetupError(f"{folder} was not made by course.py, or is broken. Remove or rename it and run this again.")
        if stamp.read_text() == UNFINISHED:
            print(f"      {environment.folder} was left half-made: starting it again")
        stamp.write_text(UNFINISHED)  # first: a removal that is interrupted must leave something that is known as ours
        _remove(folder, stamp)
    folder.mkdir(exist_ok=True)
    stamp.write_text(UNFINISHED)
    base = find_python311()
    _run([base, "-m", "venv", str(folder)], "making the virtual environment")
    requirements = ROOT / environment.requirements
    pins = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", requirements.read_text(), re.MULTILINE))
    if environment is COURSE and platform.system() == "Linux" and not cuda and not WHEELHOUSE.exists() and "torch" in pins:
        # The CPU build saves 2 GB. Where its index is out of reach, the next line takes what the default index has.
        _pip(environment, ["--index-url", TORCH_CPU, "--retries", "0", "--timeout", "8", "--no-deps",
                           f"torch=={pins['torch']}"], "torch for the CPU", optional=True)
    if environment is MUSEUM:
        # Theano and Chainer exist as source only, and build with the setuptools of their time.
        builders = [f"{name}=={pins[name]}" for name in ("setuptools", "wheel") if name in pins]
        _pip(environment, builders or ["setuptools"], "what builds Theano and Chainer")
    isolation = ["--no-build-isolation"] if environment is MUSEUM else []
    _pip(environment, [*isolation, "-r", str(requirements)], f"{len(pins)} packages", total=len(pins))
    site = next(folder.glob("[Ll]ib/**/site-packages"))
    (site / "onecnn.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    stamp.write_text(requirements_hash(environment))


def _remove(folder: Path, last: Path) -> None:
    """Removes the folder, the file ``last`` at the very end."""
    for entry in folder.iterdir():
        if entry == last:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    shutil.rmtree(folder)


def _pip(environment: Environment, arguments, what: str, total: int = 0, optional: bool = False) -> None:
    source = ["--no-index", "--find-links", str(WHEELHOUSE)] if WHEELHOUSE.exists() else []
    command = [str(python_of(environment)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
               "--retries", "2", "--progress-bar", "off", *source, *arguments]
    _run(command, f"installing {what}", total, optional)


def _run(command, what: str, total: int = 0, optional: bool = False) -> None:
    """Runs a step, its output in the log, a line of progress on screen. Raises :class:`SetupError` unless ``optional``."""
    start, count, lines = time.monotonic(), 0, []
    shown = start
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    print(f"      {what} ...", flush=True)
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env,
                                   encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL)
        try:
            for line in process.stdout:
                log.write(line)
                lines.append(line.strip())
                count += line.startswith("Collecting ")
                if time.monotonic() - shown > 5 and total:
                    shown = time.monotonic()
                    stage = "unpacking" if "Installing collected" in line else f"{min(count, total)} of {total}"
                    print(f"      {stage}, {shown - start:.0f} s", flush=True)
                elif line.startswith("Installing collected") and total:
                    print(f"      unpacking {total} packages (a minute or two) ...", flush=True)
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode and not optional:
        raise SetupError(_explain(what, lines))


def _explain(what: str, lines) -> str:
    text = "\n".join(lines)
    if "No space left" in text:
        return f"The disk filled up while {what}. Make room and run this again."
    if re.search(r"NewConnectionError|NameResolution|Max retries|Network is unreachable|ProxyError|Read timed out", text):
        return (f"No network while {what}. Connect and run this again, or copy a 'wheelhouse' folder here "
                "(made elsewhere by: python3 course.py wheelhouse).")
    errors = [line for line in lines if line.lower().startswith("error")] or lines[-1:]
    return f"Failed while {what}: {errors[-1] if errors else 'no output'}\nThe whole log is in {LOG}."


def register_kernels() -> None:
    """Writes each kernel's ``kernel.json`` where the course's Jupyter looks."""
    prefix = Path(sys.prefix) if in_place() else ROOT / COURSE.folder
    if in_place():
        out = subprocess.run([str(in_place()), "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True)
        prefix = Path(out.stdout.strip())
    for environment in ENVIRONMENTS:
        if not is_made(environment):
            continue
        folder = prefix / "share" / "jupyter" / "kernels" / environment.kernel
        folder.mkdir(parents=True, exist_ok=True)
        # ipykernel 7.4 warns on every start that its loopback connection is not encrypted: errors only.
        spec = {"argv": [str(python_of(environment)), "-m", "ipykernel_launcher", "-f", "{connection_file}",
                         "--log-level=ERROR"],
                "display_name": environment.title, "language": "python", "metadata": {"debugger": True}}
        unfinished = folder / "kernel.json.part"
        unfinished.write_text(json.dumps(spec, indent=1), encoding="utf-8")
        unfinished.replace(folder / "kernel.json")


def prepare_digits() -> None:
    """Digits and the float64 reference into the cache; a damaged file is made again."""
    code = "from onecnn import mnist, ladder; mnist.write_small(); ladder.expected()"
    done = subprocess.run([str(python_of(COURSE)), "-c", code], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"The digits could not be prepared: {done.stderr.strip().splitlines()[-1]}")


def setup(cuda: bool = False, here: bool = False, quiet: bool = False) -> None:
    """Does whatever is missing, and says so. ``here``: this very interpreter is the course environment (conda, Binder)."""
    STATE.mkdir(exist_ok=True)
    with only_one():
        if here:
            if sys.version_info[:2] != (3, 11):
                raise SetupError(f"--in-place needs Python 3.11; this is {platform.python_version()}.")
            (STATE / "in-place").write_text(sys.executable)
        missing = [env for env in ENVIRONMENTS if not is_made(env) and not unavailable(env)]
        if missing:
            check_disk(missing)
            LOG.write_text("")
            print("Setting up the course: downloads about {:.1f} GB, takes {:.1f} GB of disk, 3 to 10 minutes.".format(
                sum(env.download for env in missing), sum(env.disk for env in missing)), flush=True)
        for environment in ENVIRONMENTS:
            if environment in missing:
                print(f"[{ENVIRONMENTS.index(environment) + 1}/3] {environment.folder}, kernel {environment.kernel}",
                      flush=True)
                _make_or_go_on(environment, cuda)
            elif unavailable(environment) and not quiet:
                print(f"Without the kernel {environment.kernel}: {unavailable(environment)}. Its notebooks are skipped.")
        register_kernels()
        if missing:
            print("[3/3] digits and the reference that every framework is held against (half a minute)", flush=True)
        prepare_digits()
        if missing or not quiet:
            print("Set-up is complete.", flush=True)


def _make_or_go_on(environment: Environment, cuda: bool) -> None:
    """The course works without its museum: there a failure is told, and its notebooks are skipped."""
    try:
        make(environment, cuda)
    except SetupError as error:
        if environment is COURSE:
            raise
        print(f"      {error}\n      The course goes on without the kernel {environment.kernel}.", flush=True)
