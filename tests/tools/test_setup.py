"""``course.py setup`` from end to end, in copies of the tree with tiny packages: interrupted, offline, twice at once.

No test touches the course's own environments. Most copies make a virtual environment by copying one (``quick_python``).
"""
import http.server
import os
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest
from course_copy import ABSENT, COURSE, EXTRA, HERE, MUSEUM, NO_CAFFE, SMALL, no_network, pinned, read_until

pytestmark = HERE


def test_setup_makes_everything(first_copy):
    first_copy.assert_complete(course=set(COURSE))
    page = first_copy.path(".venv/etc/jupyter/labconfig/page_config.json").read_text()
    assert "announcements" in page, "no question about news"
    for part in ("[1/4] .venv", "[2/4] .venv-museum", "[4/4]", "Set-up is complete.\n"):
        assert part in first_copy.output
    assert "half-made" not in first_copy.output and "Another" not in first_copy.output


def test_second_run_is_fast_and_changes_nothing(first_copy):
    folders = (".venv", ".venv-museum", ".course", "requirements")
    before, start = first_copy.snapshot(*folders), time.monotonic()
    code, text = first_copy.run("setup")
    assert time.monotonic() - start < 10
    assert code == 0 and text.startswith(f"Without the kernel caffe: {NO_CAFFE}") and text.count("\n") == 2
    assert text.endswith("Its notebooks are skipped.\nSet-up is complete.\n")
    after = first_copy.snapshot(*folders)
    lock = first_copy.path(".course/lock")
    assert {**after, lock: 0} == {**before, lock: 0}


def test_moved_folder_heals(course_copy):
    code, text = course_copy.run("check")
    assert code == 1 and text.count("not registered") == 2
    code, text = course_copy.run("setup")
    assert code == 0 and text.endswith("Set-up is complete.\n")
    course_copy.assert_complete(course=set(COURSE))
    assert course_copy.run("check")[0] == 0


def test_changed_requirements_rebuild_only_their_environment(course_copy):
    course_copy.run("setup")
    before = course_copy.snapshot(".venv")
    course_copy.write("requirements/museum.txt", EXTRA)
    code, text = course_copy.run("setup")
    assert code == 0 and "[1/4]" not in text and ".venv-museum is there, out of date" in text
    course_copy.assert_complete(course=set(COURSE), museum={"extra"})
    assert course_copy.snapshot(".venv") == before


def test_nobody_else_can_write_in_what_is_made(without_venv):
    """In a shell that closes nothing: who can write there could make this user run what they like."""
    shutil.rmtree(without_venv.path(".course"))
    code, text = without_venv.run("setup", wrong="os.umask(0)")
    assert code == 0, text
    without_venv.assert_complete()
    made = [without_venv.path(name) for name in (".venv", ".course")]
    made += [path for folder in made for path in folder.rglob("*") if not path.is_symlink()]
    assert [path for path in made if path.stat().st_mode & 0o022] == []


ON_STAMP = ("write = pathlib.Path.write_text\npathlib.Path.write_text = lambda path, text, **options: "
            "(die() if path.name == environments.STAMP and {when} else None) or write(path, text, **options)")
KILLED = {  # where it dies, and what the next run says
    "before all": ("installer.make = die", ""),
    "before the first stamp": (ON_STAMP.format(when="True"), ""),
    "before venv": ("installer.run_step = die", "half-made"),
    "before pip": ("installer.packages.install = die", "half-made"),
    "before the last stamp": (ON_STAMP.format(when="len(text) == 64"), "half-made"),
    "before the kernels": ("installer.register = die", ""),
}


@pytest.mark.parametrize("moment", KILLED)
def test_killed_then_run_again(without_venv, moment):
    wrong, said = KILLED[moment]
    museum = without_venv.snapshot(".venv-museum")
    assert without_venv.run("setup", wrong=wrong)[0] == -signal.SIGKILL
    code, text = without_venv.run("setup")
    assert code == 0, text
    assert ("half-made: making it anew" in text) == bool(said)
    without_venv.assert_complete()
    changed = {path.name for path, stat in without_venv.snapshot(".venv-museum").items() if museum[path] != stat}
    assert changed == {"onecnn.pth", "site-packages"}, "the copy's path is new; nothing else of the museum may change"


@pytest.mark.parametrize("number", [1, 3])
def test_killed_while_an_old_environment_is_removed(without_venv, first_copy, number):
    shutil.copytree(first_copy.path(".venv"), without_venv.path(".venv"), symlinks=True)
    wrong = (f"remove, left = shutil.rmtree, [{number}]\ndef rmtree(path):\n    left[0] -= 1\n"
             "    remove(path) if left[0] else die()\ninstaller.shutil.rmtree = rmtree")
    code, text = without_venv.run("setup", wrong=wrong)
    assert code == -signal.SIGKILL and ".venv is there, out of date: making it anew" in text
    code, text = without_venv.run("setup")
    assert code == 0 and "half-made: making it anew" in text
    without_venv.assert_complete()


def test_killed_in_venv_the_next_run_waits_for_what_was_left_running(without_venv):
    go_on = without_venv.path("go on")
    first = without_venv.start("setup", env={**without_venv.env, "UNTIL": str(go_on)})
    while not (without_venv.path(".venv") / "half").exists():
        assert first.poll() is None
        time.sleep(0.05)
    first.kill()
    first.communicate(timeout=20)
    second = without_venv.start("setup")
    read_until(second, "Another set-up is running in this folder: waiting for it.")
    go_on.touch()
    text = second.communicate(timeout=60)[0]
    assert second.returncode == 0 and "half-made: making it anew" in text
    without_venv.assert_complete()


class Holding(http.server.BaseHTTPRequestHandler):
    """Keeps pip waiting until ``server.release`` is set."""

    def do_GET(self):
        self.server.asked.set()
        self.server.release.wait(30)
        self.send_error(404)

    def log_message(self, *_):
        pass


def test_killed_in_pip(without_venv):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Holding) as server:
        server.asked, server.release, server.daemon_threads = threading.Event(), threading.Event(), True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        index = {**no_network(), "PIP_INDEX_URL": f"http://127.0.0.1:{server.server_port}/simple"}
        first = without_venv.start("setup", env=index)
        assert server.asked.wait(60)
        first.kill()
        second = without_venv.start("setup")
        read_until(second, "Another set-up is running")
        server.release.set()
        text = second.communicate(timeout=60)[0]
        server.shutdown()
        first.communicate(timeout=20)
    assert second.returncode == 0 and "half-made: making it anew" in text
    without_venv.assert_complete()


def test_two_at_once(course_copy):
    digits = "installer.prepare_digits = lambda: "
    hold = "(print('holding', flush=True), wait_for('go on'), pathlib.Path('held').touch())"
    first = course_copy.start("setup", wrong=digits + hold)
    read_until(first, "holding")
    second = course_copy.start("setup", wrong=digits + "print('held:', os.path.exists('held'))")
    read_until(second, "Another set-up is running in this folder: waiting for it.")
    assert first.poll() is None
    (course_copy.folder.parent / "go on").touch()
    assert "held: True\nSet-up is complete." in second.communicate(timeout=30)[0]
    first.communicate(timeout=30)
    assert (first.returncode, second.returncode) == (0, 0)


def test_foreign_environment_is_left_alone(without_venv):
    without_venv.write(".venv/mine.txt", "years of work")
    code, text = without_venv.run("setup")
    assert code == 1 and text.count("\n") < 6
    assert f"{without_venv.path('.venv')} was not made by course.py. Rename or remove it and run this again." in text
    assert [path.name for path in without_venv.path(".venv").iterdir()] == ["mine.txt"]


def test_no_network(without_venv):
    without_venv.write("requirements/course.txt", SMALL + pinned({"torch": "2.13.0"}))
    start = time.monotonic()
    code, text = without_venv.run("setup", env=no_network())
    assert time.monotonic() - start < 30
    assert code == 1 and "a build whose hash is not checked ...\n      not to be had" in text
    message = text.split("\n\n")[-1].splitlines()
    assert len(message) == 2
    assert message[0].startswith("No network while installing 1 packages. Connect and run this again")
    assert "course.py wheelhouse" in message[1]
    assert without_venv.run("setup")[0] == 0
    without_venv.assert_complete(course={"keras", "torch"})


def test_museum_that_fails_does_not_stop_the_course(course_copy):
    course_copy.write("requirements/museum.txt", ABSENT)
    assert course_copy.kernel("museum").exists()
    code, text = course_copy.run("setup")
    assert code == 0 and "ERROR: No matching distribution found for absent==9.9" in text
    assert "The course goes on without the kernel museum." in text and text.endswith("complete, but for the kernel museum.\n")
    assert course_copy.kernel("python3").exists()
    assert not course_copy.kernel("museum").exists(), "its notebooks must be skipped, not fail"
    code, text = course_copy.run("check")
    assert code == 1 and re.search(r"MISSING  kernel museum +failed\n +-> python3 course.py setup", text)
    code, text = course_copy.run("wheelhouse")
    assert code == 0 and "[2/4]" not in text and "its set-up failed. 'python3 course.py setup' tries again." in text
    assert "Without the packages of the kernel museum" in text
    assert {path.name.split("-")[0].replace("_", "-") for path in course_copy.path("wheelhouse").iterdir()} == set(COURSE)
    shutil.rmtree(course_copy.path("wheelhouse"))
    assert ".venv-museum is there, failed: making it anew" in course_copy.run("setup")[1]
    course_copy.write("requirements/museum.txt", EXTRA)
    assert course_copy.run("race")[1].count("[2/4]") == 1
    course_copy.assert_complete(course=set(COURSE), museum={"extra"})


def test_wheelhouse_serves_a_machine_without_network(course_copy):
    course_copy.write("requirements/course.txt", SMALL)
    code, text = course_copy.run("wheelhouse")
    assert code == 0 and "wheelhouse/ holds" in text
    assert {path.name.split("-")[0] for path in course_copy.path("wheelhouse").iterdir()} == {"keras", *MUSEUM}
    for environment in (".venv", ".venv-museum", ".course"):
        shutil.rmtree(course_copy.path(environment))
    code, text = course_copy.run("setup", env=no_network())
    assert code == 0, text
    course_copy.assert_complete()
    course_copy.write("requirements/course.txt", SMALL + EXTRA)
    code, text = course_copy.run("setup", env=no_network())
    assert code == 1 and "The wheelhouse lacks a package (ERROR: No matching distribution found for extra==1.0)." in text
    assert text.endswith("Make it anew elsewhere (python3 course.py wheelhouse), or remove it here to use the network.\n")


def test_in_place_as_on_binder(first_copy, quick_python, tmp_path):
    conda = tmp_path / "conda"
    shutil.copytree(first_copy.path(".venv"), conda, symlinks=True)
    next(conda.glob("lib/*/site-packages/onecnn.pth")).unlink()
    own = conda / "etc" / "jupyter" / "labconfig" / "page_config.json"
    own.write_text("{}")
    course_copy = first_copy.copy(tmp_path / "course", None, ".venv")
    env = {**course_copy.env, "PATH": f"{conda / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "postBuild"], cwd=course_copy.folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"The course environment is {conda / 'bin' / 'python'} (--in-place; to undo that, remove" in done.stdout
    assert not course_copy.path(".venv").exists()
    assert own.read_text() == "{}", "the reader's own settings"
    kernels = {path.parent.name: path.read_text() for path in conda.glob("share/jupyter/kernels/*/kernel.json")}
    assert str(conda / "bin" / "python") in kernels["python3"] and str(course_copy.path(".venv-museum")) in kernels["museum"]
    code, text = course_copy.run("check")
    assert code == 0 and re.search(rf"kernel python3 +{conda / 'bin' / 'python'}\n", text), "remembered"
    assert course_copy.run("setup")[0] == 0 and not course_copy.path(".venv").exists()
    found = subprocess.run([conda / "bin" / "python", "-c", "import onecnn"], cwd="/", capture_output=True, text=True)
    assert found.returncode == 0, "a notebook's folder is not the repository's root"


@pytest.mark.parametrize(("version", "message"), [
    ("(3, 12, 1)", "--in-place needs Python 3.11; this is"),
    ("(3, 11, 7)", "which lacks torch, tensorflow-cpu, keras. Either\n")])
def test_in_place_refuses_another_python_or_an_empty_one(first_copy, quick_python, tmp_path, version, message):
    bare = first_copy.copy(tmp_path / "course", quick_python, ".venv")
    code, text = bare.run("setup", "--in-place", python=bare.path(".venv-museum/bin/python"),
                          wrong=f"sys.version_info = {version}")
    assert code == 1 and message in text
    assert not bare.path(".course/in-place").exists(), "it must not be remembered"


