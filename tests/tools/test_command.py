"""``course.py`` as a command: what it says and hands on, on machines that lack something. Runs in copies of the tree."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from course_copy import COURSE, HERE, MUSEUM, STAMP, closed_port, read_until

from tools import environments

pytestmark = HERE


def test_check_of_a_complete_set_up(first_copy):
    before = first_copy.snapshot(".venv", ".venv-museum", ".course")
    code, text = first_copy.run("check")
    assert code == 0 and "MISSING" not in text and "Everything that is not optional is here." in text
    for name, version in [*COURSE.items(), *MUSEUM.items()]:
        assert name == "wheel" or (f" {name} " in text.lower() and version in text)
    assert first_copy.snapshot(".venv", ".venv-museum", ".course") == before


def test_check_names_a_cure_for_whatever_is_missing(course_copy):
    course_copy.run("setup")
    site = next(course_copy.path(".venv").glob("lib/*/site-packages"))
    shutil.rmtree(site / "jax-0.10.2.dist-info")
    (site / "numpy-2.4.6.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 2.5.0\n")
    shutil.rmtree(next(course_copy.path(".venv-museum").glob("lib/*/site-packages/wheel-*")))
    course_copy.kernel("museum").unlink()
    course_copy.path("onecnn/mnist.py").write_text("from pathlib import Path\ndef small_file(): return Path('absent')\n")
    code, text = course_copy.run("check", wrong="environments.shutil.disk_usage = lambda _: type('', (), {'free': 1e8})")
    lines = text.splitlines()
    assert code == 1
    gone = [i for i, line in enumerate(lines) if line.startswith("MISSING")]
    assert [lines[i].split()[1] for i in gone] == ["jax", "all", "kernel", "all", "digits", "free"], text
    assert all(lines[i + 1].split()[0] == "->" for i in gone), text
    assert "5 of 7 as pinned; jax missing instead of 0.10.2; numpy 2.5.0 instead of 2.4.6" in text
    assert "4 of 5 as pinned; wheel missing instead of 0.48.0" in text
    assert text.count("python3 course.py setup\n") == 6 and "make room: 0.5 GB needed" in text


def broken_module(course_copy, environment, name, source):
    next(course_copy.path(environment).glob("lib/*/site-packages")).joinpath(f"{name}.py").write_text(source)


CURE = "-> remove the folder .venv, then: python3 course.py setup"


@pytest.mark.parametrize(("source", "why"), [
    ("print('noise')\ndef load():\n    raise OSError('libjax.so: not there')\nload()",
     "OSError: libjax.so: not there (in {file})"),
    ("try: 1 / 0\nexcept Exception as first: raise ImportError('\\n\\nlong advice') from first",
     "ZeroDivisionError: division by zero (in {file})"),
    ("import numby", "ModuleNotFoundError: No module named 'numby' (in {file})"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "the process was ended by SIGSEGV"),
    ("import os; os._exit(3)", "the process ended with exit code 3"),
    ("raise SystemExit('leaving')", "SystemExit: leaving (in {file})"),
    ("while True: pass", "not done after 2 seconds")],
    ids=["error", "first cause", "missing", "crash", "exit", "SystemExit", "hangs"])
def test_check_imports_what_it_vouches_for(course_copy, source, why):
    course_copy.run("setup")
    broken_module(course_copy, ".venv", "jax", source)
    file = next(course_copy.path(".venv").glob("lib/*/site-packages/jax.py"))
    code, text = course_copy.run("check", wrong="from tools import checkup; checkup.IMPORT_SECONDS = 2")
    lines = text.splitlines()
    missing = [number for number, line in enumerate(lines) if line.startswith("MISSING")]
    assert code == 1 and len(missing) == 1, text
    assert re.search(r"  jax +0\.10\.2, import jax fails: (.*)$", lines[missing[0]]).group(1) == why.format(file=file)
    assert lines[missing[0] + 1].endswith(CURE)


def test_check_imports_as_the_kernels_do(course_copy):
    """With their variables: a NumPy in the home folder would stop Caffe, which its kernel does not see."""
    course_copy.run("setup")
    wanted = {"PYTHONNOUSERSITE": "1", "PYTHONHASHSEED": "0", "SETUPTOOLS_USE_DISTUTILS": "stdlib"}
    broken_module(course_copy, ".venv-museum", "mxnet", f"import os\nassert {wanted}.items() <= os.environ.items()\n"
                  "assert 'PYTHONSAFEPATH' not in os.environ")
    code, text = course_copy.run("check", env={**course_copy.env, "PYTHONSAFEPATH": "1"})
    assert code == 0, text


def test_check_names_a_loaders_variable_that_may_be_the_reason(course_copy):
    course_copy.run("setup")
    broken_module(course_copy, ".venv", "jax", "raise OSError('undefined symbol')")
    code, text = course_copy.run("check", env={**course_copy.env, "LD_LIBRARY_PATH": "/opt/other"})
    assert code == 1 and "-> env -u LD_LIBRARY_PATH python3 course.py check; if that does not help: remove the folder" in text


def test_a_folder_whose_name_separates_two(first_copy, quick_python, tmp_path):
    """No virtual environment works there: PATH and PYTHONPATH are cut at the colon."""
    course_copy = first_copy.copy(tmp_path / "10:30", quick_python, ".venv")
    for command in ("setup", "lab", "test"):
        code, text = course_copy.run(command)
        assert code == 1 and text == (f"\nThe course lies in {course_copy.folder}: a ':' in a path separates two folders. "
                                      "Rename the folder and run this again.\n")
    code, text = course_copy.run("check")
    assert code == 1 and re.search(r"^MISSING +folder +\S+10:30\n +-> a ':' in a path", text, re.MULTILINE), text


def test_a_folder_from_which_no_program_starts(without_venv):
    noexec = "environments.noexec = lambda folder: True"
    code, text = without_venv.run("setup", wrong=noexec)
    assert code == 1 and text.endswith(": no program can be started there (mounted noexec). Move the folder and run this "
                                       "again.\n")
    assert "-> no program can be started there" in without_venv.run("check", wrong=noexec)[1]


@pytest.mark.parametrize(("break_it", "found", "cure"), [
    (lambda venv: shutil.rmtree(venv), "missing", "python3 course.py setup"),
    (lambda venv: (venv / STAMP).write_text("unfinished"), "half-made", "python3 course.py setup"),
    (lambda venv: (venv / STAMP).unlink(), "not made by course.py", "rename or remove the folder .venv-museum"),
    (lambda venv: (venv / "bin" / "python").unlink(), "broken", "python3 course.py setup"),
], ids=["missing", "half-made", "foreign", "no Python"])
def test_check_of_a_broken_environment(course_copy, break_it, found, cure):
    break_it(course_copy.path(".venv-museum"))
    code, text = course_copy.run("check")
    assert code == 1 and re.search(f"^MISSING +kernel museum +{found}\n +-> {cure}", text, re.MULTILINE)


@pytest.mark.parametrize(("system", "machine"), [("Windows", "AMD64"), ("Darwin", "arm64")])
def test_machine_that_cannot_have_the_museum(first_copy, quick_python, tmp_path, system, machine):
    course_copy = first_copy.copy(tmp_path / "course", quick_python, ".venv-museum")
    there = f"environments.platform.system, environments.platform.machine = lambda: '{system}', lambda: '{machine}'"
    code, text = course_copy.run("setup", wrong=there)
    reason = f"MXNet 1.9.1 has no wheel for {system} on {machine.lower()}: only for Linux and for macOS on Intel"
    assert code == 0 and f"Without the kernel museum: {reason}. Its notebooks are skipped.\n" in text
    code, text = course_copy.run("check", wrong=there)
    assert code == 0 and re.search(f"^ok +kernel museum +not for this machine: {reason}$", text, re.MULTILINE)


@pytest.mark.parametrize(("system", "machine", "cure"), [("Darwin", "x86_64", "arm64 Python"), ("Windows", "ARM64", "x86-64")])
def test_machine_that_cannot_have_the_course(course_copy, system, machine, cure):
    shutil.rmtree(course_copy.path(".venv"))
    there = f"environments.platform.system, environments.platform.machine = lambda: '{system}', lambda: '{machine}'"
    code, text = course_copy.run("setup", wrong=there)
    assert code == 1 and text.startswith("\nTensorFlow and JAX have no wheel for") and cure in text and "Binder" in text
    assert text.count("\n") == 2
    assert course_copy.run("check", wrong=there)[0] == 1 and not course_copy.path(".venv").exists()


def test_disk_too_small(without_venv):
    code, text = without_venv.run("setup", wrong="environments.shutil.disk_usage = lambda _: type('', (), {'free': 2e9})")
    needed = environments.COURSE.download + environments.COURSE.disk
    assert code == 1 and f"Not enough disk: 2.0 GB free, {needed:.1f} GB needed in {without_venv.folder}. Make room" in text
    assert not without_venv.path(".venv").exists()


def test_ctrl_c(without_venv):
    process = without_venv.start("setup", env={**without_venv.env, "UNTIL": "never"})
    while not without_venv.path(".venv/half").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    text = process.communicate(timeout=20)[0]
    assert process.returncode == 130 and "Traceback" not in text
    assert text.endswith("\nStopped. Run the same command again: it goes on where it must.\n")
    code, text = without_venv.run("setup")
    assert code == 0 and "Another set-up" not in text, "the step must not go on behind our back"


def test_no_python311(without_venv):
    without_venv.quick_python = None
    (without_venv.folder / "empty").mkdir()
    code = (f"import runpy, sys; sys.executable, sys.argv = '/absent', ['course.py', 'setup']; "
            f"runpy.run_path({str(without_venv.path('course.py'))!r}, run_name='__main__')")
    done = subprocess.run([sys.executable, "-c", code], env={**without_venv.env, "PATH": str(without_venv.folder / "empty")},
                          capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == ""
    assert re.fullmatch(r"\nThe course needs Python 3.11; this is .*, and no python3.11 was found.\nGet it from .*python.org.*"
                        r"'uv python install 3.11'.*'conda env create -f environment.yml'. Then run this again.\n",
                        done.stderr)
    assert not without_venv.path(".venv").exists()


@pytest.mark.parametrize("name", ["python3.9", "python3.10", "python3.12", "python3.13", "python3.14"])
def test_started_by_another_python(course_copy, name):
    python = shutil.which(name)
    if not python or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip(f"no {name} here")
    course_copy.quick_python = None
    env = {**course_copy.env, "PATH": f"{Path(sys._base_executable).parent}{os.pathsep}{os.environ['PATH']}"}
    assert course_copy.run("setup", python=python, env=env) == (0, "Set-up is complete.\n")
    course_copy.assert_complete(course=set(COURSE))
    code, text = course_copy.run("check", python=python, env=env)
    assert code == 0 and not re.search(rf"Python 3.11 +{re.escape(python)}$", text, re.MULTILINE), text
    assert "--in-place needs Python 3.11" in course_copy.run("setup", "--in-place", python=python, env=env)[1]


STAND_IN = """import signal, sys, time
try: print("arguments", *sys.argv[1:], sep="\\n", flush=True); time.sleep(SECONDS)
except KeyboardInterrupt: time.sleep(1); print("ended in its own way", flush=True); sys.exit(3)
"""


def test_lab_listens_on_loopback_and_ends_in_its_own_way(course_copy):
    course_copy.write("jupyterlab.py", STAND_IN.replace("SECONDS", "60"))
    port = closed_port()
    process = course_copy.start("lab", "--port", str(port), "--no-browser", "--debug", start_new_session=True)
    read_until(process, "--debug")
    os.killpg(process.pid, signal.SIGINT)
    text = process.communicate(timeout=20)[0]
    assert process.returncode == 3 and "ended in its own way" in text and "Traceback" not in text


def test_arguments_of_lab_and_test(course_copy):
    course_copy.write("jupyterlab.py", STAND_IN.replace("SECONDS", "0"))
    course_copy.write("pytest.py", STAND_IN.replace("SECONDS", "0"))
    code, text = course_copy.run("lab")
    given = text.split("arguments\n")[1].split("\n")
    assert code == 0 and "--ip=127.0.0.1" in given and f"--ServerApp.root_dir={course_copy.folder}" in given
    assert not re.search(r"\b(token|password|port|browser)", text)
    code, text = course_copy.run("test", "-k", "one or two", "--require-all-kernels", "tests", "-x", "--req")
    assert code == 0 and text.split("arguments\n")[1].split() == [
        "--nbval", "-n", "2", "--require-all-kernels", "-k", "one", "or", "two", "tests", "-x", "--req"]
    code, text = course_copy.run("test", "--quick", "-x")
    assert code == 0 and text.split("arguments\n")[1].split("\n")[:-1] == [
        "--nbval", "-n", "2", "-m", "not slow", "tests/tree", "tests/onecnn", "tests/tools", "-x"]


def test_a_chapter_that_there_is_not(without_venv):
    shutil.copytree(environments.ROOT / "notebooks", without_venv.path("notebooks"), ignore=lambda _, names: [
        name for name in names if name.endswith((".ipynb", ".py"))])
    code, text = without_venv.run("test", "05_deployment/02_sewing")
    assert code == 1 and text.startswith("\nThere is no chapter 05_deployment/02_sewing. Near it: 05_deployment/02_serving")
    assert not without_venv.path(".venv").exists(), "said before the set-up, not after it"


def test_port_that_cannot_be_had(without_venv):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, text = without_venv.run("lab", "--port", str(port))
    assert (code, text) == (1, f"\nPort {port} is in use. Choose another, or leave --port out to get a free one.\n")
    for port in ("0", "70000"):
        code, text = without_venv.run("lab", "--port", port)
        assert code == 1 and f"There is no port {port}" in text
    assert not without_venv.path(".venv").exists(), "said before the set-up, not after it"


def test_help_and_what_is_not_understood(without_venv):
    for arguments in ([], ["--help"]):
        code, text = without_venv.run(*arguments)
        assert code == 0 and "python3 course.py lab     set everything up and open JupyterLab" in text
        assert all(re.search(f"^    {name}\\b", text, re.MULTILINE)
                   for name in ("setup", "lab", "test", "check", "build", "race", "wheelhouse"))
    for arguments, message in ((["lba"], "'lba'"), (["setup", "--gpu"], "--gpu"), (["check", "all"], "all"),
                               (["lab", "--port", "x"], "invalid int value: 'x'")):
        code, text = without_venv.run(*arguments)
        assert code == 2 and text.startswith("usage: course.py") and message in text.splitlines()[-1]
    assert without_venv.run("setup", "--help")[0] == 0
    assert not without_venv.path(".venv").exists()


def test_folder_that_cannot_be_written(without_venv):
    shutil.rmtree(without_venv.path(".course"))
    without_venv.write(".course", "a file where a folder should be")
    code, text = without_venv.run("setup")
    assert code == 1 and text.count("\n") == 3 and "Mend that and run this again." in text


def test_check_without_the_courses_python_blames_no_other_environment(course_copy):
    shutil.rmtree(course_copy.path(".venv"))
    code, text = course_copy.run("check")
    assert code == 1 and "remove the folder .venv-museum" not in text, text
    assert re.search(r"^MISSING +kernel museum +not looked at: no course environment\n"
                     r" +-> .*/\.venv/bin/python does not run\. Remove .*/.venv and run: python3 course.py setup$",
                     text, re.MULTILINE), text
