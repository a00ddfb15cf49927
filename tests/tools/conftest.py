"""Copies of the course that test_setup.py and test_command.py set up, break and set up again."""
import shutil
import sys

import pytest
from course_copy import COURSE, DEPLOYMENT, MUSEUM, QUICK_PYTHON, SMALL, STAMP, CourseCopy, no_network, write_wheel

from tools import checkup


@pytest.fixture(scope="session")
def first_copy(tmp_path_factory):
    """A copy set up from end to end, with real virtual environments, on an awkward path and from an awkward folder."""
    folder = tmp_path_factory.mktemp("made") / "Mes élèves & I, 50% = '#1'"
    (folder / "wheels").mkdir(parents=True)
    for name, version in [*COURSE.items(), *MUSEUM.items(), *DEPLOYMENT.items(), ("extra", "1.0")]:
        write_wheel(folder / "wheels", name, version)
    for name in ("random", "ensurepip", "json"):
        (folder / f"{name}.py").write_text("raise SystemExit('imported from the folder of the caller')")
    env = {**no_network(), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (folder / "wheels").as_uri()}
    course_copy = CourseCopy(folder / "course", env)
    course_copy.build()
    course_copy.write("onecnn/lesson.py", "def start(): pass\n")
    code, course_copy.output = course_copy.run("setup")
    assert code == 0, course_copy.output
    for environment in (".venv", ".venv-museum"):  # the tiny packages hold nothing, and check imports what it vouches for
        site = next(course_copy.path(environment).glob("lib/*/site-packages"))
        for name in (*COURSE, *MUSEUM, *DEPLOYMENT):
            (site / f"{checkup.MODULES.get(name, name)}.py").touch()
    for environment in (".venv", ".venv-museum"):  # copies are to be quick: most of an environment is pip
        for package in ("pip", "setuptools"):
            there = next(course_copy.path(environment).glob(f"lib/*/site-packages/{package}"))
            there.rename(folder / f"{package} of {environment}")
            there.symlink_to(folder / f"{package} of {environment}", target_is_directory=True)
    return course_copy


@pytest.fixture(scope="session")
def quick_python(first_copy, tmp_path_factory):
    """A stand-in for Python 3.11 that makes a virtual environment by copying one."""
    folder = tmp_path_factory.mktemp("quick")
    shutil.copytree(first_copy.path(".venv-museum"), folder / "template", symlinks=True)
    for name in MUSEUM:
        shutil.rmtree(next((folder / "template").glob(f"lib/*/site-packages/{name}-*.dist-info")))
    (folder / "template" / STAMP).unlink()
    next((folder / "template").glob("lib/*/site-packages/onecnn.pth")).unlink()
    python = folder / "python3.11"
    python.write_text(QUICK_PYTHON.format(template=folder / "template", real=sys._base_executable))
    python.chmod(0o755)
    return python


@pytest.fixture
def course_copy(first_copy, quick_python, tmp_path):
    """A copy of the first, complete; its paths are new."""
    return first_copy.copy(tmp_path / "a course", quick_python)


@pytest.fixture
def without_venv(first_copy, quick_python, tmp_path):
    """A copy of the first without ``.venv``, which needs a single package."""
    copy = first_copy.copy(tmp_path / "a course", quick_python, ".venv")
    copy.write("requirements/course.txt", SMALL)
    return copy
