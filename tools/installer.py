"""Set-up: makes the environments, the digits, the trained networks. Standard library only; runs on any Python from 3.9.

Every step can be run again. An environment counts as made only when the hash of its requirement file stands in it, which is
written last: one that was interrupted, or whose requirements have changed, is made anew.
"""
import contextlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Container, Iterator
from importlib import metadata
from pathlib import Path

from tools import apart, browser, caffe, packages
from tools.environments import (
    BROKEN,
    CAFFE,
    CLOSED,
    COURSE,
    DEPLOYMENT,
    ENVIRONMENTS,
    FAILED,
    FOREIGN,
    HALF_MADE,
    MADE,
    MISSING,
    MUSEUM,
    OUT_OF_DATE,
    STAMP,
    Environment,
    closed,
    disk_needed,
    in_place,
    is_made,
    only_read,
    owner,
    python_of,
    requirements_hash,
    state,
    unavailable,
    unconditional_pins,
    unfit,
)
from tools.kernels import is_registered, register
from tools.python311 import find_python311
from tools.steps import LOG, PROGRESS_SECONDS, ROOT, STATE, SetupError, run_step, work_environ

UNFINISHED = "unfinished"
SILENT = 3  # seconds that the preparation of the digits may take without a word


def choose_in_place() -> None:
    """Makes this interpreter the course environment, and remembers it. Raises :class:`SetupError` if it cannot be that."""
    if sys.version_info[:2] != (3, 11):
        raise SetupError(f"--in-place needs Python 3.11; this is {platform.python_version()}.")
    there = {re.sub(r"[-_.]+", "-", found.metadata["Name"] or "").lower() for found in metadata.distributions()}
    absent = [name for name in unconditional_pins(COURSE) if re.sub(r"[-_.]+", "-", name).lower() not in there]
    if absent:
        raise SetupError(f"--in-place needs the course's packages in {sys.executable}, which lacks {', '.join(absent[:3])}. "
                         "Either\nleave --in-place out, or make a Python that has them: conda env create -f environment.yml")
    (STATE / "in-place").write_text(sys.executable, encoding="utf-8")


def check_disk(missing: list[Environment]) -> None:
    """Raises :class:`SetupError` if the missing environments would not fit."""
    needed, free = disk_needed(missing), shutil.disk_usage(ROOT).free / 1e9
    if free < needed:
        raise SetupError(f"Not enough disk: {free:.1f} GB free, {needed:.1f} GB needed in {ROOT}. "
                         "Make room and run this again.")


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Waits until no other set-up of this folder runs. The lock falls with its process and the step that this had started."""
    with (STATE / "lock").open("w") as stream:
        os.set_inheritable(stream.fileno(), True)  # by pip: if we are killed, it goes on for a while, and must be waited for
        waiting = False
        while True:
            try:
                if sys.platform == "win32":
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
        apart.make(folder, python_of(environment))
    stamp.write_text(wanted, encoding="utf-8")


def _make_virtual_environment(environment: Environment, base: str, cuda: bool) -> None:
    python, course, requirements = python_of(environment), python_of(COURSE), ROOT / environment.requirements
    run_step([base, "-m", "venv", str(ROOT / environment.folder)], "making the virtual environment")
    pins = packages.pins(requirements)
    names = {packages.name(pin) for pin in pins}
    if environment is COURSE and "uv" in names:
        packages.install(python, requirements, course, ["uv"])
    if packages.own_torch(pins):
        packages.install_torch(python, packages.own_torch(pins), course, cuda)
    # Theano and Chainer exist as source only, and build with the setuptools of their time.
    builders = sorted({"setuptools", "wheel"} & names) if environment is MUSEUM else []
    if builders:
        packages.install(python, requirements, course, builders)
    packages.install(python, requirements, course, arguments=["--no-build-isolation"] if environment is MUSEUM else [])


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


def prepare_digits() -> None:
    """Digits and the float64 reference into the cache; a damaged file is made again."""
    code = "from onecnn import mnist, ladder; mnist.write_small(); ladder.expected()"
    command = [str(python_of(COURSE)), "-c", code]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          env=work_environ()) as process:
        start, errors = time.monotonic(), None
        while errors is None:
            try:
                _, errors = process.communicate(timeout=SILENT if time.monotonic() - start < SILENT else PROGRESS_SECONDS)
            except subprocess.TimeoutExpired:
                passed = round(time.monotonic() - start)
                print("      computing the reference that every framework is held against, half a minute to three ..."
                      if passed < PROGRESS_SECONDS else f"      {passed} s", flush=True)
    if process.returncode:
        reason = (errors.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
        if "CacheRefused: " in reason:
            raise SetupError(f"{reason.partition('CacheRefused: ')[2]}.")
        again = "" if in_place() else f" {COURSE.folder} and"
        raise SetupError(f"The digits could not be prepared: {reason}\n"
                         f"If that does not help, remove the folders{again} .cache and run: python3 course.py setup")


def prepare_fonts(environment: Environment) -> None:
    """Matplotlib's list of fonts, where tests and builds look for it (:mod:`tools.settings`).

    Matplotlib itself makes it at the first figure, and says so in that cell if it takes more than 5 seconds.
    """
    code = ("import os; from onecnn import paths; os.environ['MPLCONFIGDIR'] = str(paths.cache() / 'matplotlib')\n"
            "from matplotlib import font_manager")
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):  # without it figures come all the same
        subprocess.run([str(python_of(environment)), "-c", code], cwd=ROOT, capture_output=True, env=work_environ(),
                       timeout=120)


def prepare_models() -> None:
    """The network as every framework trains it, into the cache: what the chapters on deployment deploy."""
    command = [str(python_of(COURSE)), "-m", "onecnn.trained"]
    if not run_step(command, "training the network in every framework", optional=True, env=work_environ()):
        print("      not all could be trained now: the notebooks will try again", flush=True)


def setup(cuda: bool = False, here: bool = False, quiet: bool = False, extra: Container[str] = ()) -> None:
    """Does whatever is missing, and says so. ``here``: this very interpreter is the course environment (conda, Binder).

    ``extra``: the kernels of the optional environments to make; others are left as they are.
    """
    wrong = unfit(ROOT)
    if wrong:
        raise SetupError(f"The course lies in {ROOT}: {wrong}.")
    if only_read():
        return read(quiet and not here and not cuda, extra)
    os.umask(os.umask(0o022) | 0o022)  # what other users could write here, they could make this user run
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
            # All took 6 minutes on two free, older cores and a fast line (2026-11-29); 20 Mbit/s make 7 minutes for each GB.
            print(f"Setting up the course: downloads about {download:.1f} GB, takes up to {disk:.1f} GB of disk, "
                  f"{max(2, round(0.6 * disk))} minutes or, on a slow line, {max(6, round(0.6 * disk + 7 * download))}.",
                  flush=True)
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
        shutil.rmtree(packages.TORCH, ignore_errors=True)
        register()
        if missing:
            print(f"[{stages}/{stages}] digits and the reference", flush=True)
        prepare_digits()
        for environment in missing:
            if is_made(environment):
                prepare_fonts(environment)
        if DEPLOYMENT in missing and is_made(DEPLOYMENT):
            prepare_models()
        if missing or not quiet:
            absent = [env.kernel for env in missing if not is_made(env)]
            print(f"Set-up is complete{', but for the kernel ' if absent else ''}{' and '.join(absent)}.", flush=True)


def read(quiet: bool, extra: Container[str]) -> None:
    """For who cannot write here, a reader of another user's installation: makes sure that it can be read as it is.

    What notebooks and tests write goes elsewhere: :mod:`onecnn.paths`. Raises :class:`SetupError`.
    """
    ask = (f"\nAsk {owner()} to run 'python3 course.py setup', or copy the folder, without its environments, and run that "
           "there.")
    found = state(COURSE)
    if found != MADE:
        why = f": {closed(COURSE)}" if found == CLOSED else ""
        raise SetupError(f"You cannot write in {ROOT}, and its environment {COURSE.folder} is {found}{why}.{ask}")
    if not is_registered(COURSE):
        raise SetupError(f"You cannot write in {ROOT}, which has been moved after its set-up.{ask}")
    for environment in ENVIRONMENTS:
        if not is_made(environment) and (environment.kernel in extra or not environment.optional):
            print(f"Without the kernel {environment.kernel}: {unavailable(environment) or f'it is {state(environment)}'}. "
                  "Its notebooks are skipped.")
    prepare_digits()
    if not quiet:
        print(f"The course is set up. You cannot write in {ROOT}: what you compute is kept in a folder of your own.")


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
