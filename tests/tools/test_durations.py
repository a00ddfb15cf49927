"""The order, the table and the budgets of a test run: tests/durations.py."""
import json
import os
import re
import subprocess
import sys

import pytest

from onecnn import paths

CONFTEST = """
import pathlib
import durations
durations.TEST, durations.ROOT = 0.2, pathlib.Path(__file__).parent
durations.STORED = durations.ROOT / "durations.json"

def pytest_addoption(parser):
    durations.add_options(parser)

def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(durations.Durations(config))

def pytest_collection_modifyitems(items):
    durations.longest_first(items)
"""


@pytest.fixture
def run(tmp_path):
    """Runs pytest on three files: one is stored as long, one as short, one is not stored and is over a test's budget."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_a.py").write_text("def test_2(): pass\ndef test_1(): pass\n")
    (tmp_path / "test_b.py").write_text("def test_3(): pass\n")
    (tmp_path / "test_c.py").write_text("import time\ndef test_4(): time.sleep(1.2)\n")
    (tmp_path / "durations.json").write_text(json.dumps({"test_a.py": 1, "test_b.py": 20, "test_gone.py": 5}))

    def run(*arguments):
        env = {**os.environ, "PYTHONPATH": str(paths.ROOT / "tests"), "PYTEST_ADDOPTS": ""}
        command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
        return done.returncode, done.stdout
    run.stored = tmp_path / "durations.json"
    return run


def test_unknown_and_long_files_begin_and_a_table_ends_the_run(run):
    before = run.stored.read_text()
    code, text = run()
    assert code == 0 and re.findall(r"test_(\d) PASSED", text) == ["4", "3", "2", "1"]
    assert re.search(r"slowest files =+\s+1 s  test_c.py\n +1 s  all 3; processor time \d+ s\n", text), text
    assert "test_c.py::test_4: 1 s, over its budget of 0.2 s" in text and run.stored.read_text() == before


@pytest.mark.slow(reason="starts pytest twice")
def test_a_broken_budget_fails_where_that_is_asked(run):
    code, text = run("--strict-budget", "-n", "2", "--dist", "loadfile")
    assert code == 1 and "4 passed" in text and text.count("over its budget") == 1, text
    assert run("--strict-budget", "test_a.py")[0] == 0


@pytest.mark.slow(reason="starts pytest")
def test_what_was_measured_is_stored(run):
    assert run("--store-durations", "test_c.py", "test_b.py")[0] == 0
    assert json.loads(run.stored.read_text()) == {"test_a.py": 1, "test_b.py": pytest.approx(0, abs=0.5),
                                                  "test_c.py": pytest.approx(1.2, abs=0.5)}
