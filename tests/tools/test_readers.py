"""A course that another user has set up: who cannot write there reads, runs and checks it. Runs in copies of the tree."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from course_copy import HERE, STAMP

pytestmark = HERE
TELL = "import os, sys\nprint('arguments', *sys.argv[1:])\nprint('HOME', os.environ['HOME'])\n"
ASK = (r"Ask its owner \(\S+\) to run 'python3 course.py setup', or copy the folder, without its environments, and run "
       r"that there\.")
SEALED = """#!/bin/sh
exec unshare --mount sh -c 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"' '{folder}' '{python}' "$@"
"""


@pytest.fixture
def sealed(course_copy, tmp_path):
    """A complete copy that cannot be written: for root, whom no mode stops, a mount that is read-only."""
    assert course_copy.run("setup")[0] == 0
    for name in ("jupyterlab", "pytest"):
        course_copy.write(f"{name}.py", TELL)

    def run(*arguments, **options):
        python = sys.executable
        if os.geteuid() == 0:
            python = tmp_path / "sealing"
            python.write_text(SEALED.format(folder=course_copy.folder, python=sys.executable))
            python.chmod(0o755)
            if not shutil.which("unshare") or subprocess.run([python, "-c", ""], capture_output=True).returncode:
                pytest.skip("no mounts here")
        else:
            subprocess.run(["chmod", "-R", "a-w", course_copy.folder], check=True)
        try:
            return course_copy.run(*arguments, python=python, **options)
        finally:
            if os.geteuid():
                subprocess.run(["chmod", "-R", "u+w", course_copy.folder], check=True)

    course_copy.sealed = run
    return course_copy


def test_it_is_read_run_and_checked(sealed):
    before = sealed.snapshot("")
    code, text = sealed.sealed("lab")
    assert code == 0 and "arguments --ip=127.0.0.1" in text, text
    code, text = sealed.sealed("test", "--quick", "-x")
    assert code == 0 and re.search(r"arguments --nbval .* -x\n", text), text
    code, text = sealed.sealed("check")
    assert code == 0 and "MISSING" not in text and "Everything that is not optional is here." in text, text
    code, text = sealed.sealed("setup")
    assert code == 0 and text.endswith(f"The course is set up. You cannot write in {sealed.folder}: what you compute is kept "
                                       "in a folder of your own.\n"), text
    assert sealed.snapshot("") == before


def test_without_a_home_folder_either(sealed):
    code, text = sealed.sealed("lab", env={**sealed.env, "HOME": "/nonexistent"})
    home = re.search(r"^HOME (.*)$", text, re.MULTILINE).group(1)
    assert code == 0 and os.access(home, os.W_OK) and Path(home).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("command", ["lab", "test", "setup"])
def test_one_that_is_not_complete(sealed, command):
    shutil.rmtree(sealed.path(".venv"))
    code, text = sealed.sealed(command)
    assert code == 1 and re.fullmatch(
        rf"\nYou cannot write in {sealed.folder}, and its environment .venv is missing\.\n{ASK}\n", text), text


def test_one_that_was_moved(sealed, tmp_path):
    sealed.kernel("python3").write_text('{"argv": ["/old/place/.venv/bin/python"]}')
    code, text = sealed.sealed("lab")
    assert code == 1 and re.fullmatch(
        rf"\nYou cannot write in {sealed.folder}, which has been moved after its set-up\.\n{ASK}\n", text), text


def test_an_optional_kernel_that_is_out_of_date_is_told(sealed):
    (sealed.path(".venv-museum") / STAMP).write_text("unfinished")
    code, text = sealed.sealed("lab")
    assert code == 0 and "Without the kernel museum: it is half-made. Its notebooks are skipped.\n" in text


CLOSED = "environments.is_closed = lambda python: '.venv' in python.parts"


def test_the_python_of_somebody_elses_home_folder(sealed):
    """The environments lead to a Python that this user may not start, as pyenv's in a home folder: check explains."""
    code, text = sealed.sealed("check", wrong=CLOSED)
    assert code == 1 and re.search(r"^MISSING +kernel python3 +closed to you: \S+ is in a folder that you may not read\. "
                                   r"Its owner can remove \.venv and make it with a Python that everybody can start",
                                   text, re.MULTILINE), text
    code, text = sealed.sealed("lab", wrong=CLOSED)
    assert code == 1 and ".venv is closed to you: " in text and re.search(ASK, text) and text.count("\n") == 3, text


def test_a_closed_folder_is_told_from_a_missing_one(tmp_path, monkeypatch):
    from tools import environments

    def closed(path):
        raise PermissionError(13, "Permission denied", str(path))

    assert not environments.is_closed(tmp_path / "nothing")
    monkeypatch.setattr(environments.Path, "exists", closed)
    assert environments.is_closed(tmp_path / "nothing")
    assert environments.state(environments.COURSE) == environments.CLOSED


@pytest.mark.parametrize("command", ["build", "new 06_practice/01_name", "pin", "wheelhouse"])
def test_what_writes_in_the_course_is_refused_in_one_line(sealed, command):
    before = sealed.snapshot("")
    code, text = sealed.sealed(*command.split())
    assert code == 1 and re.fullmatch(
        rf"\nYou cannot write in {sealed.folder}, as 'python3 course.py {command.split()[0]}' must\.\n"
        r"Ask its owner \(\S+\) to run it, or copy the folder, without its environments, and run it there\.\n", text), text
    assert sealed.snapshot("") == before


def test_a_closed_python_of_the_course_closes_the_other_kernels(sealed):
    """They work, but Jupyter starts them, and Jupyter is the course's: nothing is broken, and nothing to be removed."""
    closed = (f"{CLOSED}\nfrom tools import kernels\n"
              "def closed(environment): raise steps.SetupError('closed')\nkernels.folders = closed")
    code, text = sealed.sealed("check", wrong=closed)
    assert code == 1 and "broken" not in text and "remove the folder" not in text, text
    for kernel in ("python3", "museum"):
        assert re.search(rf"^MISSING +kernel {kernel} +closed to you: .*Its owner can remove \.venv and.*\n"
                         r" +-> ask its owner, or copy the course without it$", text, re.MULTILINE), text


@pytest.mark.parametrize(("break_it", "found", "cure"), [
    (lambda course: shutil.rmtree(course.path(".venv-museum")), "missing", "python3 course.py setup"),
    (lambda course: (course.path(".venv-museum") / STAMP).unlink(), "not made by course.py",
     "rename or remove the folder .venv-museum, then: python3 course.py setup"),
    (lambda course: course.kernel("museum").unlink(), "not registered with Jupyter", "python3 course.py setup"),
    (lambda course: next(course.path(".venv-museum").glob("lib/*/site-packages/mxnet.py")).write_text("1 / 0"),
     "1.9.1, import mxnet fails: .*", "remove the folder .venv-museum, then: python3 course.py setup"),
], ids=["missing", "foreign", "unregistered", "broken package"])
def test_a_cure_that_is_the_owners_to_carry_out(sealed, break_it, found, cure):
    break_it(sealed)
    code, text = sealed.sealed("check")
    assert code == 1 and re.search(rf"^MISSING +\S.* {found}\n +-> ask its owner \(\S+\): {re.escape(cure)}$", text,
                                   re.MULTILINE), text


def test_a_reader_needs_no_python_for_a_set_up(sealed):
    none = "def none(): raise steps.SetupError('none')\nfrom tools import checkup\ncheckup.python311.find_python311 = none"
    code, text = sealed.sealed("check", wrong=none)
    assert code == 0 and re.search("^ok +Python 3.11 +missing, and needed by set-up only$", text, re.MULTILINE), text
    code, text = sealed.run("check", wrong=none)
    assert code == 1 and re.search("^MISSING +Python 3.11 +missing\n +-> none$", text, re.MULTILINE), text
