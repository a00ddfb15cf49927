"""Who has no home folder to write in, or a temporary folder from which no code can be loaded: the course brings its own."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from onecnn import paths
from tools import settings, steps

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and owners are POSIX's")
HOMES = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A course with ``.course``, a home folder and a temporary folder; a test closes one."""
    for name in ("course/.course", "home", "tmp"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(steps, "STATE", tmp_path / "course" / ".course")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in (*HOMES, *steps.XDG, "TMPDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path


def close(monkeypatch, *folders):
    """Takes our right to write there; root, who always has it, is told that it is gone."""
    for folder in folders:
        folder.chmod(0o555)
    access = os.access
    monkeypatch.setattr(steps.os, "access", lambda place, how: Path(place) not in folders and access(place, how))


def home_of_ours(machine):
    return machine / "course" / ".course" / f"home-{os.getuid()}"


def test_usually_nothing_is_changed(machine):
    assert steps.places() == {} and list((machine / "course" / ".course").iterdir()) == []


@pytest.mark.parametrize("home", ["/nonexistent", "/nonexistent/deep", "/dev/null", "/dev/null/below"])
def test_a_home_folder_that_does_not_exist(machine, monkeypatch, home):
    monkeypatch.setenv("HOME", home)
    assert steps.places() == {"HOME": str(home_of_ours(machine))}
    assert home_of_ours(machine).stat().st_mode & 0o777 == 0o700


def test_a_home_folder_that_cannot_be_written(machine, monkeypatch):
    close(monkeypatch, machine / "home")
    assert steps.places() == {"HOME": str(home_of_ours(machine))}
    assert steps.work_environ()["HOME"] == str(home_of_ours(machine)) != steps.clean_environ()["HOME"]


def test_jupyters_folders_of_root(machine, monkeypatch):
    """After "sudo jupyter lab", long ago."""
    (machine / "home" / ".local" / "share" / "jupyter").mkdir(parents=True)
    close(monkeypatch, machine / "home" / ".local" / "share" / "jupyter")
    below = home_of_ours(machine) / steps.HOMES["JUPYTER_DATA_DIR"]
    assert steps.places() == {"JUPYTER_DATA_DIR": str(below), "JUPYTER_RUNTIME_DIR": str(below / "runtime")}


@pytest.mark.parametrize("name", ["JUPYTER_RUNTIME_DIR", "XDG_CACHE_HOME", "IPYTHONDIR"])
def test_a_variable_that_names_somebody_elses_folder(machine, monkeypatch, name):
    """After "su": the runtime folder is still the other user's."""
    (machine / "theirs").mkdir()
    monkeypatch.setenv(name, str(machine / "theirs" / "folder"))
    close(monkeypatch, machine / "theirs")
    assert list(steps.places()) == [name] and home_of_ours(machine) in Path(steps.places()[name]).parents


def test_a_reader_of_another_users_course_gets_a_temporary_folder(machine, monkeypatch):
    monkeypatch.setattr(steps, "STATE", Path("/dev/null/.course"))
    monkeypatch.setenv("HOME", "/nonexistent")
    assert steps.places() == {"HOME": str(machine / "tmp" / f"one-cnn-home-{os.getuid()}")}


@pytest.mark.parametrize("trick", ["a link", "open to others", "a file", "somebody else's"])
def test_a_folder_that_somebody_else_has_prepared_is_not_taken(machine, monkeypatch, trick):
    monkeypatch.setattr(steps, "STATE", Path("/dev/null/.course"))
    monkeypatch.setenv("HOME", "/nonexistent")
    place = machine / "tmp" / f"one-cnn-home-{os.getuid()}"
    if trick == "a link":
        place.symlink_to(machine / "home")
    elif trick == "a file":
        place.touch()
    else:
        place.mkdir()
        place.chmod(0o777 if trick == "open to others" else 0o700)
        if trick == "somebody else's":
            if os.geteuid():
                pytest.skip("to give a folder away is root's")
            os.chown(place, 4242, 4242)
    home = Path(steps.places()["HOME"])
    assert home != place and home.stat().st_mode & 0o777 == 0o700


# The temporary folder

def mounted_noexec(monkeypatch, *folders):
    monkeypatch.setattr(steps, "noexec", lambda folder: any(place in (folder, *folder.parents) for place in folders))


def test_no_code_can_be_loaded_from_the_temporary_folder(machine, monkeypatch):
    mounted_noexec(monkeypatch, machine / "tmp")
    assert steps.places() == {"TMPDIR": str(machine / "course" / ".course" / f"tmp-{os.getuid()}")}


def test_nor_from_any_other_place(machine, monkeypatch, capsys):
    mounted_noexec(monkeypatch, Path("/"))
    assert steps.places() == {}
    said = capsys.readouterr().err
    assert said.startswith(f"No code can be loaded from {machine / 'tmp'} (mounted noexec)") and said.count("\n") == 1


@pytest.mark.parametrize("given", ["/nonexistent", "relative"])
def test_a_temporary_folder_means_the_same_for_every_program(machine, monkeypatch, given):
    """Python takes another one where TMPDIR is none; g++ and Ray read the variable."""
    monkeypatch.chdir(machine)
    (machine / "relative").mkdir()
    monkeypatch.setenv("TMPDIR", given)
    monkeypatch.setattr(tempfile, "tempdir", None)
    found = Path(steps.places()["TMPDIR"])
    assert found.is_absolute() and found.is_dir() and (given != "relative" or found == machine / "relative")


def test_a_test_by_hand_has_them_too(machine, monkeypatch):
    """pytest, not course.py: the rules of the root's conftest.py."""
    monkeypatch.setenv("HOME", "/nonexistent")
    mounted_noexec(monkeypatch, machine / "tmp")
    with settings.apart():
        assert os.environ["HOME"] == str(home_of_ours(machine))
        assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(machine / "course" / ".course" / f"tmp-{os.getuid()}")
    assert os.environ["HOME"] == "/nonexistent"


LOADS = """
import ctypes, os, subprocess, sys, tempfile
sys.path.insert(0, sys.argv[1])
from tools import steps
os.environ.update(steps.places())
tempfile.tempdir = None
with tempfile.TemporaryDirectory() as folder:
    open(f"{folder}/x.c", "w").write("int six(void) { return 6; }")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", f"{folder}/x.so", f"{folder}/x.c"], check=True)
    print(ctypes.CDLL(f"{folder}/x.so").six())
"""


def test_what_is_compiled_there_is_loaded(tmp_path):
    """With a real mount, where this user may make one."""
    mount = f"mount -t tmpfs -o noexec,mode=1777 none {tmp_path} && exec \"$@\""
    apart = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", mount, "sh"]
    if not shutil.which("gcc") or not shutil.which("unshare") or subprocess.run([*apart, "true"]).returncode:
        pytest.skip("no mounts for this user, or no gcc")
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([*apart, sys.executable, "-c", LOADS, paths.ROOT], env=env, capture_output=True, text=True)
    assert done.stdout == "6\n", done.stderr


# What else is written

def test_a_password_is_not_logged(tmp_path, monkeypatch):
    """Of an index or a proxy: the log is for all to read."""
    monkeypatch.setattr(steps, "LOG", tmp_path / "log")
    address = "https://me:pass%40word@index.example/simple"
    assert steps.run_step([sys.executable, "-c", f"print('Looking in indexes: {address}')", "--index", address], "looking")
    log = (tmp_path / "log").read_text()
    assert "word" not in log and "https://***@index.example/simple" in log
