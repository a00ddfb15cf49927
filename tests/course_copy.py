"""A copy of what set-up needs, with tiny packages: what test_setup.py and test_command.py run ``course.py`` in."""
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COURSE = {"torch": "2.13.0", "tensorflow-cpu": "2.21.0", "keras": "3.15.1", "jax": "0.10.2", "onnxruntime": "1.32.0",
          "numpy": "2.4.6", "jupyterlab": "4.6.6"}
MUSEUM = {"mxnet": "1.9.1", "theano": "1.0.5", "chainer": "7.8.1", "numpy": "1.23.5", "wheel": "0.48.0"}
DEPLOYMENT = {"ray": "2.60.0", "executorch": "1.5.1", "openvino": "2026.4.1", "ai-edge-litert": "2.3.0", "kserve": "0.21.0",
              "torchserve": "0.12.0", "litserve": "0.2.19"}
STAMP = "onecnn-requirements.sha256"
TOOLS = ("__init__", "apart", "browser", "caffe", "checkup", "contents", "environments", "installer", "kernels", "lanes",
         "packages", "pins", "platforms", "python311", "quiz", "settings", "steps")
NO_CAFFE = "Caffe comes from a Debian mirror, and apt's sources name none here."  # what check says in a copy

HERE = [pytest.mark.skipif(os.name != "posix", reason="stand-ins are shell scripts, and signals are POSIX's"),
        pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the course's environments need Python 3.11")]

# Runs course.py with a Python that makes virtual environments quickly; a test adds what is to go wrong.
DRIVER = """
import os, pathlib, shutil, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, os.environ["COURSE_COPY"])
import course
from tools import environments, installer, python311, steps
installer.find_python311 = python311.find_python311 = lambda: os.environ["QUICK_PYTHON"]
def wait_for(name):
    while not os.path.exists(name): time.sleep(0.1)
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
{wrong}
sys.exit(course.main(sys.argv[1:]))
"""
QUICK_PYTHON = """#!/bin/sh
if [ "$2" = venv ]; then
  exec '{real}' -c 'import os, pathlib, shutil, sys, time
if "UNTIL" in os.environ:
    pathlib.Path(sys.argv[1], "half").touch()
    while not os.path.exists(os.environ["UNTIL"]): time.sleep(0.1)
shutil.copytree("{template}", sys.argv[1], symlinks=True, dirs_exist_ok=True)' "$3"
fi
exec '{real}' "$@"
"""


def wheel(name, version, **files):
    """``(file name, bytes)`` of a wheel that holds nothing but its name, and these modules; always the same bytes."""
    stem, data = f"{name.replace('-', '_')}-{version}", io.BytesIO()
    info = f"{stem}.dist-info"
    texts = {f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
             **{f"{module}.py": text for module, text in files.items()}}
    with zipfile.ZipFile(data, "w") as file:
        for path, text in {**texts, f"{info}/RECORD": "".join(f"{path},,\n" for path in (*texts, f"{info}/RECORD"))}.items():
            file.writestr(zipfile.ZipInfo(path), text)  # the time in it is 1980
    return f"{stem}-py3-none-any.whl", data.getvalue()


def write_wheel(folder, name, version, **files):
    file, data = wheel(name, version, **files)
    (folder / file).write_bytes(data)


def pinned(versions, **files):
    """The text of a requirement file with the hashes of these wheels."""
    digests = {name: hashlib.sha256(wheel(name, version, **files)[1]).hexdigest() for name, version in versions.items()}
    return "".join(f"{name}=={version} \\\n    --hash=sha256:{digests[name]}\n" for name, version in versions.items())


SMALL = pinned({"keras": "3.15.1"})  # what the course needs in a copy that has to be quick
EXTRA, ABSENT = pinned({"extra": "1.0"}), pinned({"absent": "9.9"})  # there is a wheel of the first only


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_until(process, text):
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"ended without {text!r}")


def no_network():
    """The process environment of a machine whose package index is out of reach."""
    env = {name: value for name, value in os.environ.items()
           if not name.upper().startswith(("PIP_", "UV_", "COV_")) and not name.lower().endswith("_proxy")}
    return {**env, "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": f"http://127.0.0.1:{closed_port()}/simple",
            "PIP_NO_CACHE_DIR": "1", "DEBIAN_MIRROR": "", "no_proxy": "*", "PYTHONDONTWRITEBYTECODE": "1"}


class CourseCopy:
    """A copy of what set-up needs, and ways to run its ``course.py``."""

    def __init__(self, folder, env, quick_python=None):
        self.folder, self.env, self.quick_python = folder, env, quick_python

    def build(self):
        for name in ("course.py", "postBuild", *(f"tools/{name}.py" for name in TOOLS)):
            text = (ROOT / name).read_text(encoding="utf-8")
            self.write(name, text.replace("https://download.pytorch.org", "http://127.0.0.1:9"))
        self.write("requirements/course.txt", pinned(COURSE))
        self.write("requirements/cuda.txt", pinned({"torch": "2.13.0"}))
        self.write("requirements/museum.txt", pinned(MUSEUM))
        self.write("requirements/deployment.txt", pinned(DEPLOYMENT))
        self.write("requirements/caffe.txt", pinned({"ipykernel": "6.31.0"}))
        self.write("requirements/caffe-debian.txt", f"caffe=1.0.0+git20180821.99bd997-8+b2 {'0' * 64}\n")
        self.write("onecnn/__init__.py", "")
        self.write("onecnn/ladder.py", "def expected(): pass\n")
        self.write("onecnn/trained.py", "")
        self.write("onecnn/mnist.py", "from pathlib import Path\ndef write_small(): pass\ndef load(): pass\n"
                                      "def small_file(): return Path(__file__)\n")

    def copy(self, folder, quick_python, *without):
        """A copy at another path, without the files or folders of the names ``without``."""
        shutil.copytree(self.folder, folder, symlinks=True, ignore=lambda _, names: set(names).intersection(without))
        return CourseCopy(folder, self.env, quick_python)

    def path(self, name):
        return self.folder / name

    def write(self, name, text):
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text, encoding="utf-8")

    def start(self, *arguments, wrong="", env=None, python=sys.executable, **options):
        driver = ["-c", DRIVER.format(wrong=wrong)] if self.quick_python else [str(self.path("course.py"))]
        env = {**(env or self.env), "COURSE_COPY": str(self.folder), "QUICK_PYTHON": str(self.quick_python)}
        return subprocess.Popen([str(python), *driver, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                encoding="utf-8", env=env, cwd=self.folder.parent, **options)

    def run(self, *arguments, **options):
        """Exit code and output."""
        process = self.start(*arguments, **options)
        text = process.communicate(timeout=300)[0]
        assert "Traceback" not in text, text
        return process.returncode, text

    def installed(self, environment):
        """The packages in an environment, without what comes with pip."""
        found = self.path(environment).glob("lib/*/site-packages/*.dist-info")
        return {path.name.split("-")[0].replace("_", "-") for path in found} - {"pip", "setuptools"}

    def kernel(self, name):
        return self.path(f".venv/share/jupyter/kernels/{name}/kernel.json")

    def assert_complete(self, course=frozenset({"keras"}), museum=frozenset(MUSEUM)):
        assert self.installed(".venv") == course
        assert self.installed(".venv-museum") == museum
        for name, environment in (("python3", ".venv"), ("museum", ".venv-museum")):
            argv = json.loads(self.kernel(name).read_text(encoding="utf-8"))["argv"]
            assert Path(argv[0]) == self.path(environment) / "bin" / "python"
            found = subprocess.run([argv[0], "-c", "import onecnn; print(ascii(onecnn.__file__))"], cwd="/",
                                   capture_output=True, text=True)
            assert found.stdout.strip() == ascii(str(self.path("onecnn/__init__.py"))), found.stderr
            assert not (self.path(environment) / "half").exists()

    def snapshot(self, *names):
        return {path: (path.lstat().st_ino, path.lstat().st_mtime_ns) for name in names for path in self.path(name).rglob("*")}
