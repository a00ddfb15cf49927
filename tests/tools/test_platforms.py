"""Where a platform lacks kernels, each chapter whose own kernel is there runs from top to bottom, and says what is left out.

Two of them here; all, with their solutions, before a release: ``pytest --platforms all tests/tools/test_platforms.py``.
"""
import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from onecnn import networks, paths
from tools import contents, environments, platforms

EVERY = frozenset(env.kernel for env in environments.ENVIRONMENTS)
IN_CI = ("01_history/01_three_eras", "01_history/07_where_they_went")
STORED = "notebooks/03_comparison/01_parity_ladder"  # what it shows of others is stored in the course: nothing is left out


def lacking():
    """``(kernels that are missing, notebook)`` for each platform that has the course's own kernel, each once."""
    found = []
    for _, system, machine in platforms.PLATFORMS:
        here = platforms.kernels(system, machine)
        gone = tuple(sorted(EVERY - here))
        found += [(gone, f"{folder}/{chapter.id}") for part in contents.read().parts for chapter in part.chapters
                  if chapter.kernel in here and {*gone} & {*chapter.needs} for folder in ("notebooks", "solutions")]
    return list(dict.fromkeys(found))


def pytest_generate_tests(metafunc):
    if "notebook" in metafunc.fixturenames:
        chosen = [case for case in lacking() if metafunc.config.getoption("platforms") == "all"
                  or case[1].removeprefix("notebooks/") in IN_CI]
        metafunc.parametrize("gone, notebook", chosen, ids=[f"{name} without {' and '.join(gone)}" for gone, name in chosen])


@pytest.fixture
def cache(tmp_path):
    """A cache as it is after set-up, without what frameworks of the missing kernels have left there."""
    def made(gone):
        left = {entry.framework for entry in networks.NETWORKS if entry.kernel in gone}
        for file in paths.cache().glob("*.npz"):
            if file.name.split("-")[1:2] == [] or file.name.split("-")[1] not in left:
                shutil.copy(file, tmp_path)
        return tmp_path

    return made


@pytest.mark.slow(reason="runs whole chapters")
def test_a_chapter_runs_with_what_is_there(gone, notebook, cache, monkeypatch):
    file = paths.ROOT / f"{notebook}.ipynb"
    opened = nbformat.read(file, as_version=4)
    monkeypatch.setenv("ONECNN_CACHE", str(cache(gone)))
    monkeypatch.setenv("ONECNN_WITHOUT", ",".join(gone))
    NotebookClient(opened, timeout=300, kernel_name=opened.metadata["kernelspec"]["name"],
                   resources={"metadata": {"path": str(file.parent)}}).execute()
    printed = "".join(output.get("text", "") for cell in opened.cells if cell.cell_type == "code" for output in cell.outputs)
    if notebook.startswith("notebooks/") and notebook != STORED:
        assert any(f"'{kernel}'" in printed for kernel in gone), "it does not say what is left out"
    assert "Traceback" not in printed
