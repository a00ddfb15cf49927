"""Packages for the environment ``deployment`` that do not go together with its pins. Standard library only.

Each group lies in a folder of its own in the environment, which the chapter that needs it puts on the path of a process.
"""
from pathlib import Path

from tools import packages
from tools.steps import ROOT

# Of the file in requirements/, which is the folder's name too: what is installed, and what uv is told beside
GROUPS = {"tensorflowjs": ("the converter of TensorFlow.js", ("--no-deps",)),
          # The environment has NumPy, and nothing is to be installed while Flower runs.
          "flower": ("Flower", ("--no-emit-package", "numpy", "--no-emit-package", "uv")),
          # What pyproject.toml has uv leave out
          "triton": ("Triton", ("--no-deps", "--no-config"))}
FILES = tuple(ROOT / "requirements" / f"{group}.txt" for group in GROUPS)


def make(folder: Path, python: Path) -> None:
    """Installs all into the environment ``folder``. Raises :class:`tools.steps.SetupError`."""
    for file, (what, _) in zip(FILES, GROUPS.values()):
        packages.pip(python, ["install", "--no-deps", "--require-hashes", "--upgrade", "--target", folder / file.stem,
                              "-r", file], f"installing {what}")


def collect(python: Path, folder: Path) -> None:
    """Downloads all for a set-up without a network into ``folder``."""
    for file, (what, _) in zip(FILES, GROUPS.values()):
        packages.pip(python, ["download", "--no-deps", "--require-hashes", "-d", folder, "-r", file],
                     f"collecting {what}", given=packages.settings(python))
