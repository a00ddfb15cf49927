"""Set-up: the environments, their kernels, the digits. Standard library only; runs on any Python from 3.9.

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
from importlib import metadata
from pathlib import Path
from typing import NamedTuple, Optional

from tools import browser, caffe
from tools.python311 import find_python311
from tools.steps import LOG, ROOT, STATE, WHEELHOUSE, SetupError, clean_environ, run_step

TORCH_CPU = "https://download.pytorch.org/whl/cpu"
STAMP = "onecnn-requirements.sha256"
UNFINISHED = "unfinished"
MADE, MISSING, FOREIGN, HALF_MADE = "made", "missing", "not made by course.py", "half-made"
FAILED, OUT_OF_DATE, BROKEN = "failed", "out of date", "broken"


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
                         "requirements/deployment.txt", 1.4, 5.8, optional=True)
ENVIRONMENTS = (COURSE, MUSEUM, CAFFE, DEPLOYMENT)
OPTIONAL = tuple(environment.kernel for environment in ENVIRONMENTS if environment.optional)
COMPILER = "a C++ compiler"
# What a notebook runs beside its own kernel; exercises and solutions have their notebook's name.
ALSO_NEEDS = {"01_three_eras": ("museum", "caffe", COMPILER), "03_theano": (COMPILER,), "07_where_they_went": ("museum",),
              "01_parity_ladder": ("museum", "caffe", COMPILER), "03_graphs": ("museum", COMPILER),
              "04_interfaces": ("museum", "caffe"), "02_data_parallel_everywhere": ("museum",),
              "03_to_a_cluster": ("deployment",), "06_hardware": ("museum",),
              "01_export_and_onnx": ("museum", "caffe", COMPILER), "06_browser": ("museum", "caffe", COMPILER)}


def unavailable(environment: Environment) -> str:
    """Why this platform cannot have the environment; empty if it can."""
    if environment is CAFFE:
        return caffe.unavailable()
    system, machine = platform.system(), platform.machine().lower()
    if environment is MUSEUM and (system, machine) not in {("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "x86_64")}:
        return f"MXNet has no wheel for {system} on {machine}: only for Linux and for macOS on Intel"
    if environment is DEPLOYMENT and (system, machine) not in {("Linux", "x86_64"), ("Windows", "amd64"), ("Darwin", "arm64")}:
        return (f"KServe, ExecuTorch and OpenVINO do not all have wheels for {system} on {machine}: only for Linux and "
                "Windows on x86-64, and for macOS on Apple silicon")
    if environment is COURSE and (system, machine) in {("Darwin", "x86_64"), ("Windows", "arm64")}:
        other = "an arm64 Python (Apple silicon)" if system == "Darwin" else "a Python for x86-64"
        return f"TensorFlow and JAX have no wheel for {system} on {machine}. Run this with {other}, or use Binder"
    return ""


def compiler() -> str:
    """The C++ compiler that Theano would find, or an empty string."""
    return shutil.which("g++") or (platform.system() == "Darwin" and shutil.which("clang++")) or ""


def lacking(notebook: Path, kernel: str, known) -> str:
    """Why the notebook cannot run where only the kernels ``known`` are; empty if it can."""
    for need in (kernel, *ALSO_NEEDS.get(notebook.stem, ())):
        if need == COMPILER and not compiler():
            return f"it needs {COMPILER}: python3 course.py check says how to get one"
        if need != COMPILER and need not in known:
            reasons = {env.kernel: unavailable(env) or (env.optional and env.command)
                       or "python3 course.py check says how to get it" for env in ENVIRONMENTS}
            return f"kernel '{need}' is missing: {reasons.get(need, 'unknown kernel')}"
    return ""


def in_place() -> Optional[Path]:
    """The interpreter that ``setup --in-place`` chose as the course environment (conda, Binder), or None."""
    note = STATE / "in-place"
    python = Path(note.read_text(encoding="utf-8").strip()) if note.exists() else None
    return python if python and python.exists() else None


def choose_in_place() -> None:
    """Makes this interpreter the course environment, and remembers it. Raises :class:`SetupError` if it cannot be that."""
    if sys.version_info[:2] != (3, 11):
        raise SetupError(f"--in-place needs Python 3.11; this is {platform.python_version()}.")
    there = {re.sub(r"[-_.]+", "-", found.metadata["Name"] or "").lower() for found in metadata.distributions()}
    lacking = [name for name in unconditional_pins(COURSE) if re.sub(r"[-_.]+", "-", name).lower() not in there]
    if lacking:
        raise SetupError(f"--in-place needs the course's packages in {sys.executable}, which lacks {', '.join(lacking[:3])}. "
                         "Either\nleave --in-place out, or make a Python that has them: conda env create -f environment.yml")
    (STATE / "in-place").write_text(sys.executable, encoding="utf-8")


def python_of(environment: Environment) -> Path:
    """The environment's interpreter, whether it exists or not."""
    if environment is COURSE and in_place():
        return in_place()
    folder = ROOT / environment.folder
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def requirements_hash(environment: Environment) -> str:
    """The hash on which set-up keys: of the requirement file, and of what else the environment is made from."""
    others = {CAFFE: (caffe.PINS,), DEPLOYMENT: browser.FILES}.get(environment, ())
    files = (ROOT / environment.requirements, *others)
    return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.exists())).hexdigest()


def unconditional_pins(environment: Environment) -> dict:
    """``{package: version}`` of the pins that hold on every platform."""
    text = (ROOT / environment.requirements).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)$", text, re.MULTILINE))


def state(environment: Environment) -> str:
    """``MADE`` if the environment was made to the end, from the requirements as they are now; else what it is instead."""
    if environment is COURSE and in_place():
        return MADE
    folder = ROOT / environment.folder
    stamp = folder / STAMP
    if not stamp.exists():
        return MISSING if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())) else FOREIGN
    text, wanted = stamp.read_text(encoding="utf-8"), requirements_hash(environment)
    if text == wanted:
        return MADE if python_of(environment).exists() else BROKEN
    if text == f"{FAILED} {wanted}":
        return FAILED
    return OUT_OF_DATE if len(text) == len(wanted) else HALF_MADE


def is_made(environment: Environment) -> bool:
    """True if the environment was made to the end, from the requirements as they are now."""
    return state(environment) == MADE


def disk_needed(environments) -> float:
    """GB that making these environments takes: installed, plus the downloads meanwhile."""
    return sum(environment.disk + environment.download for environment in environments)


def check_disk(missing) -> None:
    """Raises :class:`SetupError` if the missing environments would not fit."""
    needed, free = disk_needed(missing), shutil.disk_usage(ROOT).free / 1e9
    if free < needed:
        raise SetupError(f"Not enough disk: {free:.1f} GB free, {needed:.1f} GB needed in {ROOT}. "
                         "Make room and run this again.")


@contextlib.contextmanager
def only_one():
    """Waits until no other set-up of this folder runs. The lock falls with its process and the step that this had started."""
    with (STATE / "lock").open("w") as stream:
        os.set_inheritable(stream.fileno(), True)  # by pip: if we are killed, it goes on for a while, and must be waited for
        waiting = False
        while True:
            try:
                if os.name == "nt":
                    import msvcrt
                    msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
                else:
                    import fcntl
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except (BlockingIOError, PermissionError):
                if not waiting:
                    print("Another set-up is running in this folder: waiting for it.", flush=True)
                waiting = True
                time.sleep(0.5)
            except OSError:
                break  # a file system without locks
        yield


def make(environment: Environment, base: str, cuda: bool = False) -> None:
    """Makes the environment with the Python ``base`` from its pinned requirements. Raises :class:`SetupError`."""
    folder, stamp, found = ROOT / environment.folder, ROOT / environment.folder / STAMP, state(environment)
    requirements, wanted = ROOT / environment.requirements, requirements_hash(environment)
    if found == FOREIGN:
        raise SetupError(f"{folder} was not made by course.py. Rename or remove it and run this again.")
    if found != MISSING:
        print(f"      {environment.folder} is there, {found}: making it anew", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    stamp.write_text(UNFINISHED, encoding="utf-8")  # first: however this ends, the folder must be known as ours
    _empty(folder, stamp)
    if environment is CAFFE:
        caffe.make(folder, requirements, python_of(COURSE))
    else:
        _make_virtual_environment(environment, base, cuda)
    if browser.NODE in unconditional_pins(environment):
        browser.make(folder, python_of(environment))
    stamp.write_text(wanted, encoding="utf-8")


def _make_virtual_environment(environment: Environment, base: str, cuda: bool) -> None:
    folder, requirements = ROOT / environment.folder, ROOT / environment.requirements
    run_step([base, "-m", "venv", str(folder)], "making the virtual environment")
    pins = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", requirements.read_text(encoding="utf-8"), re.MULTILINE))
    if "torch" in pins and platform.system() == "Linux" and not cuda and not WHEELHOUSE.exists():
        # The CPU build saves 2 GB. Where its index is out of reach, the default index has to do.
        source = ["--index-url", TORCH_CPU, "--retries", "0", "--timeout", "8", "--no-deps"]
        found = _pip(environment, [*source, f"torch=={pins['torch']}"], "torch for the CPU", optional=True)
        print("" if found else "      not to be had: going on with the default index\n", end="", flush=True)
    if environment is MUSEUM:
        # Theano and Chainer exist as source only, and build with the setuptools of their time.
        builders = [f"{name}=={pins[name]}" for name in ("setuptools", "wheel") if name in pins]
        _pip(environment, builders or ["setuptools"], "what builds Theano and Chainer")
    isolation = ["--no-build-isolation"] if environment is MUSEUM else []
    _pip(environment, [*isolation, "-r", str(requirements)], f"{len(pins)} packages", total=len(pins))


def _empty(folder: Path, stamp: Path) -> None:
    """Removes all in the folder but the stamp."""
    try:
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry != stamp:
                entry.unlink()
    except OSError as error:
        raise SetupError(f"{folder} could not be emptied ({error}).\nClose what uses it (JupyterLab, a notebook, a terminal) "
                         "and run this again.") from None


def _pip(environment: Environment, arguments, what: str, total: int = 0, optional: bool = False) -> bool:
    source = ["--no-index", "--find-links", str(WHEELHOUSE)] if WHEELHOUSE.exists() else []
    command = [str(python_of(environment)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
               "--retries", "2", "--progress-bar", "off", *source, *arguments]
    return run_step(command, f"installing {what}", total, optional)


def folders(environment: Environment) -> list:
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


def kernel_file(environment: Environment) -> Path:
    """The environment's ``kernel.json``, where the course's Jupyter looks."""
    return folders(COURSE)[0] / "share" / "jupyter" / "kernels" / environment.kernel / "kernel.json"


def register() -> None:
    """Makes ``onecnn`` importable in each environment, and its kernel known to the course's Jupyter, at today's paths."""
    for environment in ENVIRONMENTS:
        file = kernel_file(environment)
        if not is_made(environment):
            with contextlib.suppress(FileNotFoundError):
                file.unlink()  # of an environment that was here: its notebooks must be skipped, not fail
            continue
        if environment is not CAFFE:  # whose launcher knows the way
            # A line that starts with "import" is run; a plain path would be read in the locale's encoding.
            _write(folders(environment)[1] / "onecnn.pth", f"import sys; sys.path.append({str(ROOT)!a})\n")
        # ipykernel 7.4 warns on every start that its loopback connection is not encrypted: errors only. What C++ writes to
        # the process's own stderr (TensorFlow's log lines) goes to the terminal, as in the builder, and not into cells.
        spec = {"argv": [str(python_of(environment)), "-m", "ipykernel_launcher", "-f", "{connection_file}",
                         "--log-level=ERROR", "--IPKernelApp.capture_fd_output=False"],
                "display_name": environment.title, "language": "python", "metadata": {"debugger": True}}
        if environment is MUSEUM:  # Chainer needs Python's own distutils; Theano's cache keys are made from Python's hashes
            spec["env"] = {"SETUPTOOLS_USE_DISTUTILS": "stdlib", "PYTHONHASHSEED": "0"}
        if environment is DEPLOYMENT:  # its notebooks start the other kernels' interpreters
            spec["env"] = {"JUPYTER_PATH": str(file.parents[2])}
        _write(file, json.dumps(spec, indent=1))
    if is_made(COURSE):  # JupyterLab's first question, about news, would go to the network
        page = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
        file = folders(COURSE)[0] / "etc" / "jupyter" / "labconfig" / "page_config.json"
        if not file.exists():  # one that is there, in a reader's own conda environment, is the reader's
            _write(file, json.dumps(page, indent=1))


def _write(file: Path, text: str) -> None:
    """Writes the file, whole or not at all; one that is right is left alone."""
    if file.exists() and file.read_text(encoding="utf-8", errors="replace") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(file.name + ".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)


def prepare_digits() -> None:
    """Digits and the float64 reference into the cache; a damaged file is made again."""
    code = "from onecnn import mnist, ladder; mnist.write_small(); ladder.expected()"
    done = subprocess.run([str(python_of(COURSE)), "-c", code], cwd=ROOT, capture_output=True, text=True, env=clean_environ())
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        again = "" if in_place() else f" {COURSE.folder} and"
        raise SetupError(f"The digits could not be prepared: {reason}\n"
                         f"If that does not help, remove the folders{again} .cache and run: python3 course.py setup")


def prepare_models() -> None:
    """The network as every framework trains it, into the cache: what the chapters on deployment deploy."""
    command = [str(python_of(COURSE)), "-m", "onecnn.trained"]
    if not run_step(command, "training the network in every framework", optional=True):
        print("      not all could be trained now: the notebooks will try again", flush=True)


def setup(cuda: bool = False, here: bool = False, quiet: bool = False, extra=()) -> None:
    """Does whatever is missing, and says so. ``here``: this very interpreter is the course environment (conda, Binder).

    ``extra``: the kernels of the optional environments to make; others are left as they are.
    """
    STATE.mkdir(exist_ok=True)
    with only_one():
        if here:
            choose_in_place()
        if unavailable(COURSE) and not in_place():
            raise SetupError(f"{unavailable(COURSE)}.")
        if in_place() and not quiet:
            print(f"The course environment is {in_place()} (--in-place; to undo that, remove {STATE / 'in-place'}).")
        elif cuda and is_made(COURSE):
            print(f"{COURSE.folder} is there already. To make it with CUDA, remove that folder and run this again.")
        # What failed is tried again by "setup" only: JupyterLab must not wait for it on every start.
        wanted = [env for env in ENVIRONMENTS if not env.optional or env.kernel in extra]
        missing = [env for env in wanted if not is_made(env) and not unavailable(env)
                   and not (quiet and env is not COURSE and state(env) == FAILED)]
        if missing:
            base = find_python311()
            check_disk(missing)
            LOG.write_text("", encoding="utf-8")
            download, disk = sum(env.download for env in missing), sum(env.disk for env in missing)
            long = max(1, round(disk / 5))  # 5 GB in 3 minutes on two free cores and a fast line
            print(f"Setting up the course: downloads about {download:.1f} GB, takes {disk:.1f} GB of disk, {3 * long} to "
                  f"{10 * long} minutes.", flush=True)
        stages = len(wanted) + 1
        for number, environment in enumerate(wanted, 1):
            if environment in missing:
                print(f"[{number}/{stages}] {environment.folder}, kernel {environment.kernel}", flush=True)
                _make_or_go_on(environment, base, cuda and environment is COURSE)
            elif unavailable(environment) and (environment.optional or not quiet):
                print(f"Without the kernel {environment.kernel}: {unavailable(environment)}. Its notebooks are skipped.")
            elif state(environment) == FAILED:
                print(f"Without the kernel {environment.kernel}: its set-up failed. '{environment.command}' tries again.")
        for environment in ENVIRONMENTS:
            if environment not in wanted and state(environment) in (FAILED, HALF_MADE, OUT_OF_DATE, BROKEN):
                print(f"Without the kernel {environment.kernel}: {environment.folder} is {state(environment)}. "
                      f"'{environment.command}' makes it anew.")
        register()
        if missing:
            print(f"[{stages}/{stages}] digits and the reference that every framework is held against (half a minute)",
                  flush=True)
        prepare_digits()
        if DEPLOYMENT in missing and is_made(DEPLOYMENT):
            prepare_models()
        if missing or not quiet:
            lacking = [env.kernel for env in missing if not is_made(env)]
            print(f"Set-up is complete{', but for the kernel ' if lacking else ''}{' and '.join(lacking)}.", flush=True)


def _make_or_go_on(environment: Environment, base: str, cuda: bool) -> None:
    """The course works without the other kernels: there a failure is told, and their notebooks are skipped."""
    try:
        make(environment, base, cuda)
    except (SetupError, OSError) as error:
        if environment is COURSE:
            raise
        if state(environment) == HALF_MADE:
            stamp = ROOT / environment.folder / STAMP
            stamp.write_text(f"{FAILED} {requirements_hash(environment)}", encoding="utf-8")
        reason = str(error).replace("\n", "\n      ")
        if environment.optional:  # a wheelhouse, too, holds it for those who asked
            reason = reason.replace("course.py wheelhouse", f"course.py wheelhouse --with {environment.kernel}")
        print(f"      {reason}\n      The course goes on without the kernel {environment.kernel}.", flush=True)
