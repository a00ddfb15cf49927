"""The optional environment ``deployment``: made for those who ask, left alone for the others. Runs in copies of the tree."""
import json
import re
import shutil
import signal
import subprocess

import pytest
from course_copy import ABSENT, COURSE, DEPLOYMENT, EXTRA, HERE, MUSEUM, STAMP, no_network, pinned

pytestmark = HERE
FOLDER = ".venv-deployment"
ASK = ("--with", "deployment")
CURE = "python3 course.py setup --with deployment"
TELL = "import sys\nprint('arguments', *sys.argv[1:])\n"


@pytest.fixture
def asked(course_copy):
    """A copy with its optional environment, and what its set-up said."""
    code, course_copy.output = course_copy.run("setup", *ASK)
    assert code == 0, course_copy.output
    return course_copy


def test_without_being_asked_nothing_is_made(course_copy):
    code, text = course_copy.run("setup")
    assert code == 0 and text.endswith("\nSet-up is complete.\n") and "deployment" not in text, text
    assert not course_copy.path(FOLDER).exists() and not course_copy.kernel("deployment").exists()
    code, text = course_copy.run("check", wrong="environments.shutil.disk_usage = lambda _: type('', (), {'free': 1e9})")
    assert code == 0 and text.endswith("\nEverything that is not optional is here.\n"), text
    assert re.search(r"^optional kernel deployment +not set up: \d\.\d GB to download, \d\.\d GB on disk\n"
                     rf" +-> {CURE}$", text, re.MULTILINE), text


def test_asked_for_it_is_made_like_the_others_and_stays(asked):
    for part in (f"[4/5] {FOLDER}, kernel deployment\n", "installing 7 packages", "[5/5] digits", "\nSet-up is complete.\n"):
        assert part in asked.output
    assert "[1/5]" not in asked.output and "[2/5]" not in asked.output, "what is there stays"
    asked.assert_complete(course=set(COURSE))
    assert asked.installed(FOLDER) == set(DEPLOYMENT)
    spec = json.loads(asked.kernel("deployment").read_text(encoding="utf-8"))
    python = asked.path(FOLDER) / "bin" / "python"
    assert spec["argv"][0] == str(python) and spec["display_name"].startswith("Deployment (")
    found = subprocess.run([python, "-c", "import onecnn"], cwd="/", capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    code, text = asked.run("check")
    assert code == 0 and text.endswith("\nEverything that this machine can have is here.\n"), text
    assert f"kernel deployment  {python}\n" in text and re.search(r"ray +2.60.0\n", text)
    before, kernel = asked.snapshot(FOLDER), asked.kernel("deployment").stat().st_mtime_ns
    for arguments in (ASK, ()):
        code, text = asked.run("setup", *arguments)
        assert code == 0 and text.endswith("\nSet-up is complete.\n") and "deployment" not in text, text
        assert asked.snapshot(FOLDER) == before and asked.kernel("deployment").stat().st_mtime_ns == kernel


def test_out_of_date_it_is_made_anew_only_for_those_who_ask(asked):
    asked.write("requirements/deployment.txt", EXTRA)
    before = asked.snapshot(FOLDER)
    code, text = asked.run("setup")
    assert code == 0 and f"Without the kernel deployment: {FOLDER} is out of date. '{CURE}' makes it anew.\n" in text
    assert asked.snapshot(FOLDER) == before
    assert not asked.kernel("deployment").exists(), "its notebooks must be skipped, not fail"
    code, text = asked.run("check")
    assert code == 1 and re.search(rf"^MISSING +kernel deployment +out of date\n +-> {CURE}$", text, re.MULTILINE), text
    asked.write("jupyterlab.py", TELL)
    code, text = asked.run("lab", *ASK)
    assert code == 0 and f"{FOLDER} is there, out of date: making it anew" in text
    assert "deployment" not in text.split("arguments")[1], "JupyterLab would not understand it"
    assert asked.installed(FOLDER) == {"extra"} and asked.kernel("deployment").exists()


def test_killed_then_run_again(course_copy):
    assert course_copy.run("setup", *ASK, wrong="installer.packages.install = die")[0] == -signal.SIGKILL
    code, text = course_copy.run("setup")
    assert code == 0 and f"{FOLDER} is half-made. '{CURE}' makes it anew.\n" in text
    assert (course_copy.path(FOLDER) / STAMP).read_text() == "unfinished" and not course_copy.kernel("deployment").exists()
    code, text = course_copy.run("setup", *ASK)
    assert code == 0 and f"{FOLDER} is there, half-made: making it anew" in text
    assert course_copy.installed(FOLDER) == set(DEPLOYMENT) and course_copy.kernel("deployment").exists()


def test_one_that_fails_does_not_stop_the_course(course_copy):
    course_copy.write("requirements/deployment.txt", ABSENT)
    code, text = course_copy.run("setup", *ASK)
    assert code == 0 and "ERROR: No matching distribution found for absent==9.9" in text
    assert "The course goes on without the kernel deployment." in text
    assert text.endswith("complete, but for the kernel deployment.\n")
    course_copy.write("jupyterlab.py", TELL)
    code, text = course_copy.run("lab", *ASK)
    assert code == 0 and "[4/5]" not in text and f"its set-up failed. '{CURE}' tries again.\n" in text
    code, text = course_copy.run("check")
    assert code == 1 and re.search(rf"^MISSING +kernel deployment +failed\n +-> {CURE}$", text, re.MULTILINE), text


def test_all_kernels_required_are_all_made(course_copy):
    course_copy.write("pytest.py", TELL)
    code, text = course_copy.run("test", "--require-all-kernels", "-x")
    assert code == 0 and f"[4/5] {FOLDER}" in text and "\narguments --nbval -n 2 --require-all-kernels -x\n" in text
    assert course_copy.installed(FOLDER) == set(DEPLOYMENT)
    shutil.rmtree(course_copy.path(FOLDER))
    code, text = course_copy.run("test", "tests")
    assert code == 0 and not course_copy.path(FOLDER).exists() and not course_copy.kernel("deployment").exists()
    code, text = course_copy.run("test", *ASK, "tests")
    assert code == 0 and course_copy.installed(FOLDER) == set(DEPLOYMENT) and "\narguments --nbval -n 2 tests\n" in text


def test_wheelhouse_holds_it_for_those_who_ask(asked):
    looking = ("from tools import packages\npackages.run_step = lambda command, what, *_: print(what) or True\n"
               "(steps.STATE / 'wheelhouse').mkdir()")
    code, text = asked.run("wheelhouse", wrong=looking)
    assert code == 0 and f"collecting {len(MUSEUM)} packages" in text and f"{len(DEPLOYMENT)} packages" not in text
    asked.path("wheelhouse").rmdir()
    assert asked.run("wheelhouse", *ASK)[0] == 0
    shutil.rmtree(asked.path(FOLDER))
    code, text = asked.run("setup", *ASK, env=no_network())
    assert code == 0 and text.endswith("Set-up is complete.\n"), text
    assert asked.installed(FOLDER) == set(DEPLOYMENT)
    shutil.rmtree(asked.path(FOLDER))
    next(asked.path("wheelhouse").glob("ray-*")).unlink()
    code, text = asked.run("setup", *ASK, env=no_network())
    assert code == 0 and "Make it anew elsewhere (python3 course.py wheelhouse --with deployment), or remove it" in text


def test_it_takes_torch_for_the_cpu_even_beside_cuda(course_copy):
    course_copy.write("requirements/deployment.txt", pinned({"torch": "2.13.0"}))
    code, text = course_copy.run("setup", "--cuda", *ASK)
    assert code == 0 and "fetching torch for the CPU, a build whose hash is not" in text
    assert course_copy.installed(FOLDER) == {"torch"}


def test_machine_that_cannot_have_it(course_copy):
    there = "environments.platform.machine = lambda: 'aarch64'"
    assert "kernel deployment" not in course_copy.run("setup", wrong=there)[1]
    reason = r"\S.* wheels for Linux on aarch64: only for \S.*"
    course_copy.write("jupyterlab.py", TELL)
    code, text = course_copy.run("lab", *ASK, wrong=there)
    told = rf"^Without the kernel deployment: {reason}\. Its notebooks are skipped\.$"
    assert code == 0 and re.search(told, text, re.MULTILINE), text
    assert not course_copy.path(FOLDER).exists()
    code, text = course_copy.run("check", wrong=there)
    assert code == 0 and re.search(rf"^ok +kernel deployment +not for this machine: {reason}$", text, re.MULTILINE), text


def test_nothing_else_can_be_asked_for(without_venv):
    for name in ("museum", "deploy"):
        code, text = without_venv.run("setup", "--with", name)
        assert code == 2 and f"'{name}' (choose from" in text and "deployment" in text.splitlines()[-1], text
    assert not without_venv.path(".venv").exists()
