"""The kernels: each environment's own, known to the course's Jupyter, with the package ``onecnn`` importable.

Standard library only; runs on any Python from 3.9.
"""
import contextlib
import json
from pathlib import Path
from typing import Any

from tools.environments import CAFFE, COURSE, DEPLOYMENT, ENVIRONMENTS, MUSEUM, Environment, folders, is_made, python_of
from tools.steps import ROOT


def kernel_file(environment: Environment) -> Path:
    """The environment's ``kernel.json``, where the course's Jupyter looks."""
    return folders(COURSE)[0] / "share" / "jupyter" / "kernels" / environment.kernel / "kernel.json"


def is_registered(environment: Environment) -> bool:
    """Whether the course's Jupyter knows the kernel, at today's path."""
    file = kernel_file(environment)
    return file.exists() and str(python_of(environment)) == json.loads(file.read_text(encoding="utf-8"))["argv"][0]


def variables(environment: Environment) -> dict[str, str]:
    """The environment variables with which the kernel is started."""
    found = {"PYTHONNOUSERSITE": "1",  # Caffe's Python, and a reader's own, would look into the home folder
             "ONECNN_PYTHON": str(python_of(environment))}  # Caffe's sys.executable does not start by itself
    if environment is MUSEUM:  # Chainer needs Python's own distutils; Theano's cache keys are made from Python's hashes
        found.update({"SETUPTOOLS_USE_DISTUTILS": "stdlib", "PYTHONHASHSEED": "0"})
    if environment is DEPLOYMENT:  # its notebooks start the other kernels' interpreters
        found["JUPYTER_PATH"] = str(kernel_file(environment).parents[2])
    return found


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
        # ipykernel 7.4 warns on a start whose loopback connection is not encrypted (nbval's): errors only. What C++ writes
        # to the process's own stderr (TensorFlow's log lines) goes to the terminal, as in the builder, and not into cells.
        spec: dict[str, Any] = {
            "argv": [str(python_of(environment)), "-m", "ipykernel_launcher", "-f", "{connection_file}",
                     "--log-level=ERROR", "--IPKernelApp.capture_fd_output=False",
                     "--IPKernelApp.kernel_class=onecnn.kernel.Kernel"],
            "display_name": environment.title, "language": "python", "metadata": {"debugger": True},
            "env": variables(environment)}
        if environment is not CAFFE:  # whose ipykernel is too old: course.py lab asks for it, else others here could listen
            spec["metadata"]["supported_encryption"] = ["curve"]
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
