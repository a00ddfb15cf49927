"""The environments: what each is, whether this platform can have it, where it lies, in which state it is.

Standard library only; runs on any Python from 3.9. :mod:`tools.installer` makes them, :mod:`tools.kernels` makes them known to
Jupyter.
"""
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Optional

from tools import apart, browser, caffe
from tools.steps import ROOT, STATE, SetupError, clean_environ, noexec

STAMP = "onecnn-requirements.sha256"
MADE, MISSING, FOREIGN, HALF_MADE = "made", "missing", "not made by course.py", "half-made"
FAILED, OUT_OF_DATE, BROKEN = "failed", "out of date", "broken"
CLOSED = "closed to you"


class Environment(NamedTuple):
    """A virtual environment with one kernel. Sizes in GB, measured on Linux x86-64 on 2026-11-24.

    An optional one is made for those who ask for it, and is never in the way of the others.
    """

    kernel: str
    title: str
    folder: str
    requirements: str
    download: float
    disk: float
    optional: bool = False

    @property
    def command(self) -> str:
        """What makes it."""
        return f"python3 course.py setup{f' --with {self.kernel}' if self.optional else ''}"


COURSE = Environment("python3", "Python 3 (ipykernel)", ".venv", "requirements/course.txt", 0.8, 3.5)
MUSEUM = Environment("museum", "Museum (MXNet, Theano, Chainer)", ".venv-museum", "requirements/museum.txt", 0.1, 0.7)
CAFFE = Environment("caffe", "Caffe 1.0.0 (Python 3.9)", ".museum/caffe", "requirements/caffe.txt", 0.2, 0.6)
DEPLOYMENT = Environment("deployment", "Deployment (Ray, ONNX, serving)", ".venv-deployment",
                         "requirements/deployment.txt", 1.9, 7.2, optional=True)
ENVIRONMENTS = (COURSE, MUSEUM, CAFFE, DEPLOYMENT)
OPTIONAL = tuple(environment.kernel for environment in ENVIRONMENTS if environment.optional)


def unavailable(environment: Environment) -> str:
    """Why this platform cannot have the environment; empty if it can."""
    return caffe.unavailable() if environment is CAFFE else no_packages(environment)


def no_packages(environment: Environment, system: str = "", machine: str = "") -> str:
    """Why there are no packages of the environment for a platform (this one by default); empty if there are."""
    system, machine = system or platform.system(), (machine or platform.machine()).lower()
    if environment is CAFFE:
        return caffe.no_packages(system, machine)
    if environment is MUSEUM and (system, machine) not in {("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "x86_64")}:
        return f"MXNet 1.9.1 has no wheel for {system} on {machine}: only for Linux and for macOS on Intel"
    if environment is DEPLOYMENT and (system, machine) not in {("Linux", "x86_64"), ("Windows", "amd64"), ("Darwin", "arm64")}:
        return (f"KServe, ExecuTorch and OpenVINO do not all have wheels for {system} on {machine}: only for Linux and "
                "Windows on x86-64, and for macOS on Apple silicon")
    if environment is COURSE and (system, machine) in {("Darwin", "x86_64"), ("Windows", "arm64")}:
        other = "an arm64 Python (Apple silicon)" if system == "Darwin" else "a Python for x86-64"
        return f"TensorFlow and JAX have no wheel for {system} on {machine}. Run this with {other}, or use Binder"
    return ""


def unfit(folder: Path) -> str:
    """Why the course cannot be set up in a folder, and what to do; empty if it can."""
    if os.pathsep in str(folder):
        return f"a '{os.pathsep}' in a path separates two folders. Rename the folder and run this again"
    if os.name == "posix" and re.search(r"[\x00-\x1f\x7f\\]|'.*\"|\".*'", str(folder)):
        return ("Theano cannot be told of a path with a backslash, both kinds of quotes or a line's end. Rename the folder "
                "and run this again")
    if os.name == "posix" and noexec(folder):
        return "no program can be started there (mounted noexec). Move the folder and run this again"
    return ""


def compiler() -> str:
    """The C++ compiler that Theano would find, or an empty string."""
    return shutil.which("g++") or (platform.system() == "Darwin" and shutil.which("clang++")) or ""


def in_place() -> Optional[Path]:
    """The interpreter that ``setup --in-place`` chose as the course environment (conda, Binder), or None."""
    note = STATE / "in-place"
    python = Path(note.read_text(encoding="utf-8").strip()) if note.exists() else None
    return python if python and (is_closed(python) or python.exists()) else None


def is_closed(python: Path) -> bool:
    """Whether the interpreter, or a folder above it, is closed to this user, as one in somebody else's home folder is."""
    try:
        return python.exists() and not os.access(python, os.X_OK)
    except PermissionError:
        return True


def python_of(environment: Environment) -> Path:
    """The environment's interpreter, whether it exists or not."""
    chosen = in_place() if environment is COURSE else None
    if chosen:
        return chosen
    folder = ROOT / environment.folder
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def closed(environment: Environment) -> str:
    """What is closed of an environment that is ``CLOSED``, and what its owner can do."""
    return (f"{os.path.realpath(python_of(environment))} is in a folder that you may not read. Its owner can remove "
            f"{environment.folder} and make it with a Python that everybody can start, such as the system's")


def only_read() -> bool:
    """Whether this user cannot write in the course: a reader of another user's installation."""
    return any(place.exists() and not os.access(place, os.W_OK) for place in (ROOT, STATE, STATE / "lock"))


def owner() -> str:
    """Whom such a reader can ask."""
    try:
        return f"its owner ({ROOT.owner()})"
    except (KeyError, NotImplementedError):
        return "its owner"


def check_writable(command: str) -> None:
    """Raises :class:`SetupError` if this user cannot write in the course, as the command would."""
    if only_read():
        raise SetupError(f"You cannot write in {ROOT}, as '{command}' must.\nAsk {owner()} to run it, or copy the folder, "
                         "without its environments, and run it there.")


def requirements_hash(environment: Environment) -> str:
    """The hash on which set-up keys: of the requirement file, and of what else the environment is made from.

    Of their text: git may have turned the line endings into the platform's.
    """
    others = {CAFFE: (caffe.PINS,), DEPLOYMENT: (*browser.FILES, *apart.FILES)}.get(environment, ())
    files = (ROOT / environment.requirements, *others)
    return hashlib.sha256(b"".join(file.read_bytes().replace(b"\r\n", b"\n") for file in files if file.exists())).hexdigest()


def unconditional_pins(environment: Environment) -> dict[str, str]:
    """``{package: version}`` of the pins that hold on every platform."""
    text = (ROOT / environment.requirements).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)(?: \\)?$", text, re.MULTILINE))


def state(environment: Environment) -> str:
    """``MADE`` if the environment was made to the end, from the requirements as they are now; else what it is instead."""
    try:
        return _state(environment)
    except PermissionError:
        return CLOSED


def _state(environment: Environment) -> str:
    chosen = in_place() if environment is COURSE else None
    if chosen:
        return CLOSED if is_closed(chosen) else MADE
    folder = ROOT / environment.folder
    stamp = folder / STAMP
    if not stamp.exists():
        return MISSING if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())) else FOREIGN
    text, wanted = stamp.read_text(encoding="utf-8"), requirements_hash(environment)
    if text == wanted:
        python = python_of(environment)
        return CLOSED if is_closed(python) else MADE if python.exists() else BROKEN
    if text == f"{FAILED} {wanted}":
        return FAILED
    return OUT_OF_DATE if len(text) == len(wanted) else HALF_MADE


def is_made(environment: Environment) -> bool:
    """True if the environment was made to the end, from the requirements as they are now."""
    return state(environment) == MADE


def disk_needed(environments: Iterable[Environment]) -> float:
    """GB that making these environments takes: installed, plus the downloads meanwhile."""
    return sum(environment.disk + environment.download for environment in environments)


def folders(environment: Environment) -> list[Path]:
    """The environment's prefix and site-packages, as its interpreter says. Raises :class:`SetupError` if that does not run."""
    python = python_of(environment)
    code = "import json, sys, sysconfig; print(json.dumps([sys.prefix, sysconfig.get_path('purelib')]))"
    try:
        done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, env=clean_environ(), cwd=ROOT,
                              timeout=60)
        return [Path(path) for path in json.loads(done.stdout)]
    except (OSError, ValueError, subprocess.TimeoutExpired):
        chosen = environment is COURSE and in_place()
        culprit = STATE / "in-place" if chosen else ROOT / environment.folder
        raise SetupError(f"{python} does not run. Remove {culprit} and run: {environment.command}") from None
