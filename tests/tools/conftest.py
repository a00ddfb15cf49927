"""The houses: copies of the tree that test_setup.py and test_command.py set up, break and set up again."""
import shutil
import sys

import pytest
from house import COURSE, DEPLOYMENT, MUSEUM, QUICK_PYTHON, SMALL, STAMP, House, no_network, write_wheel


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A house set up from end to end, with real virtual environments, on an awkward path and from an awkward folder."""
    folder = tmp_path_factory.mktemp("made") / "Mes élèves & I"
    (folder / "wheels").mkdir(parents=True)
    for name, version in [*COURSE.items(), *MUSEUM.items(), *DEPLOYMENT.items(), ("extra", "1.0")]:
        write_wheel(folder / "wheels", name, version)
    for name in ("random", "ensurepip", "json"):
        (folder / f"{name}.py").write_text("raise SystemExit('imported from the folder of the caller')")
    house = House(folder / "house", {**no_network(), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (folder / "wheels").as_uri()})
    house.build()
    code, house.output = house.run("setup")
    assert code == 0, house.output
    for environment in (".venv", ".venv-museum"):  # copies are to be quick: most of an environment is pip
        for package in ("pip", "setuptools"):
            there = next(house.path(environment).glob(f"lib/*/site-packages/{package}"))
            there.rename(folder / f"{package} of {environment}")
            there.symlink_to(folder / f"{package} of {environment}", target_is_directory=True)
    return house


@pytest.fixture(scope="session")
def quick(made, tmp_path_factory):
    """A stand-in for Python 3.11 that makes a virtual environment by copying one."""
    folder = tmp_path_factory.mktemp("quick")
    shutil.copytree(made.path(".venv-museum"), folder / "template", symlinks=True)
    for name in MUSEUM:
        shutil.rmtree(next((folder / "template").glob(f"lib/*/site-packages/{name}-*.dist-info")))
    (folder / "template" / STAMP).unlink()
    next((folder / "template").glob("lib/*/site-packages/onecnn.pth")).unlink()
    python = folder / "python3.11"
    python.write_text(QUICK_PYTHON.format(template=folder / "template", real=sys._base_executable))
    python.chmod(0o755)
    return python


@pytest.fixture
def house(made, quick, tmp_path):
    """A copy of the made house, complete; its paths are new."""
    return made.copy(tmp_path / "a house", quick)


@pytest.fixture
def half(made, quick, tmp_path):
    """A copy of the made house without ``.venv``, which needs a single package."""
    copy = made.copy(tmp_path / "a house", quick, ".venv")
    copy.write("requirements/course.txt", SMALL)
    return copy
