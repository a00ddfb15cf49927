"""The maintainers' run under stand-ins: which variables go where. The run itself takes hours and is no test."""
import subprocess

import pytest

from onecnn import paths
from tools import processors, settings

HERE = {"SSE42": False, "AVX2": False, "X86_V3": True, "X86_V4": True}


def test_the_museum_keeps_its_own_blas():
    own, museum = (processors.variables("sse4", HERE, museum) for museum in (False, True))
    assert own["OPENBLAS_CORETYPE"] == "Nehalem" and own["NPY_DISABLE_CPU_FEATURES"] == "X86_V3 X86_V4"
    assert not {"OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES"} & set(museum)
    assert own["ONEDNN_MAX_CPU_ISA"] == museum["ONEDNN_MAX_CPU_ISA"] == "SSE41"


def test_numpy_is_not_told_to_leave_what_it_has_not():
    """It refuses to start, or warns."""
    assert "NPY_DISABLE_CPU_FEATURES" not in processors.variables("avx2", {"AVX2": False, "X86_V3": True}, museum=False)


def test_tests_keep_the_variables_of_a_stand_in(monkeypatch):
    given = processors.variables("avx2", HERE, museum=False)
    monkeypatch.setenv(settings.KEEP, given[settings.KEEP])
    assert not [name for name in given if settings.personal(name)]


def test_files_that_start_the_museum_are_told_apart():
    notebooks = [f"notebooks/{name}.ipynb" for name in ("01_history/01_three_eras", "02_frameworks/02_pytorch")]
    museum, others = processors.files([paths.ROOT / name for name in (*notebooks, "notebooks/02_frameworks/04_mxnet.ipynb")])
    assert [file.name for file in museum] == ["01_three_eras.ipynb"] and [file.name for file in others] == ["02_pytorch.ipynb"]


@pytest.mark.parametrize("code, said, wanted", [
    (1, "FAILED a.ipynb::Cell 3 - \x1b[91mit failed\nERROR b.py\n1 failed, 1 error, 20 passed in 3.1s\n", (20, 2)),
    (0, "7 passed, 2 skipped in 1s\n", (7, 0)), (5, "no tests ran in 0.1s\n", (0, 0)),
    (4, "ERROR: usage\n", (0, 1))], ids=["failures", "all passed", "nothing there", "pytest itself"])
def test_what_pytest_says_becomes_a_line(monkeypatch, tmp_path, code, said, wanted):
    monkeypatch.setattr(processors, "STATE", tmp_path)
    monkeypatch.setattr(subprocess, "run", lambda command, **rest: subprocess.CompletedProcess(command, code, stdout=said))
    passed, failed, failing = processors.run("as it is", [[], ["a.ipynb"]], HERE, 1)
    assert (passed, failed) == wanted and len(failing) == failed
    assert (tmp_path / "processors" / "as-it-is.log").read_text() == said
