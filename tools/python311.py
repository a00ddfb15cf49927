"""Finds a Python 3.11 that can make virtual environments. Standard library only; runs on any Python from 3.9."""
import contextlib
import platform
import subprocess
import sys
from collections.abc import Iterator

from tools.steps import ROOT, SetupError, clean_environ


def _candidates() -> Iterator[list[str]]:
    """Commands that may start a Python 3.11."""
    yield [sys.executable]
    yield ["python3.11"]
    yield ["py", "-3.11"]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        found = subprocess.run(["uv", "python", "find", "3.11"], capture_output=True, text=True, timeout=30)
        if found.returncode == 0:
            yield [found.stdout.strip()]


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=30, env=clean_environ(), cwd=ROOT)


def find_python311() -> str:
    """The path of a Python 3.11 that can make virtual environments. Raises :class:`SetupError` with the ways to get one."""
    # Of a virtual environment the Python it was made from: it may be the very environment that is to be made anew.
    code = ("import os, sys; assert sys.version_info[:2] == (3, 11); base = sys._base_executable or sys.executable; "
            "print(base if os.path.exists(base) else sys.executable)")
    without_venv = ""
    for candidate in _candidates():
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            version = _run([*candidate, "-c", code])
            if version.returncode:
                continue
            path = version.stdout.strip()
            if _run([path, "-c", "import ensurepip, venv"]).returncode == 0:
                return path
            without_venv = path
    if without_venv:
        raise SetupError(f"{without_venv} cannot make virtual environments. On Debian and Ubuntu: "
                         "sudo apt install python3.11-venv")
    raise SetupError(
        f"The course needs Python 3.11; this is {platform.python_version()}, and no python3.11 was found.\n"
        "Get it from your package manager or python.org, or with 'uv python install 3.11', or with "
        "'conda env create -f environment.yml'. Then run this again.")
