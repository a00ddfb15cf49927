"""How packages are installed: from where pip's settings say, each checked by its hash, and into the environment alone."""
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest
from course_copy import HERE, no_network, pinned, wheel, write_wheel

from tools import packages, steps

pytestmark = HERE


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A virtual environment that holds pip alone, this environment's: an own one would take 6 s."""
    folder = tmp_path_factory.mktemp("template") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site, = folder.glob("lib/*/site-packages")
    for part in (Path(find_spec("pip").origin).parent, metadata.distribution("pip")._path):
        (site / part.name).symlink_to(part)
    return folder


@pytest.fixture
def place(template, tmp_path, monkeypatch):
    """A folder with an environment, an index that has the package ``a``, and a log; other settings are away."""
    for name in set(os.environ) - set(no_network()):
        monkeypatch.delenv(name)
    for name, value in no_network().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PIP_INDEX_URL")
    tmp_path = tmp_path / "my élèves & I"
    shutil.copytree(template, tmp_path / "venv", symlinks=True)
    (tmp_path / "wheels").mkdir()
    write_wheel(tmp_path / "wheels", "a", "1.0", a="")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    for module in (packages, steps):
        monkeypatch.setattr(module, "WHEELHOUSE", tmp_path / "wheelhouse")
    monkeypatch.setattr(packages, "STATE", tmp_path)
    monkeypatch.setattr(packages, "TORCH", tmp_path / "torch")
    monkeypatch.setattr(steps, "LOG", tmp_path / "setup.log")
    return tmp_path


def python(place):
    return place / "venv" / "bin" / "python"


def requirements(place, text):
    (place / "some.txt").write_text(text)
    return place / "some.txt"


A = pinned({"a": "1.0"}, a="")
WITH = pytest.mark.parametrize("tool", ["uv", "pip"])


def install(place, tool, text):
    """Installs with uv from this course's environment, or, as from an environment that has none, with pip."""
    course = sys.executable if tool == "uv" else python(place)
    packages.install(python(place), requirements(place, text), Path(course))
    log = (place / "setup.log").read_text()
    assert (" -m uv pip install " in log, " -m pip install " in log) == (tool == "uv", tool == "pip"), log


def imported(place, name):
    done = subprocess.run([python(place), "-c", f"import {name}; print({name}.__file__)"], capture_output=True, text=True)
    return done.stdout.startswith(str(place / "venv" / "lib"))


@WITH
def test_packages_go_into_the_environment_whatever_is_set(place, monkeypatch, tool):
    for name in ("TARGET", "PREFIX", "ROOT"):
        monkeypatch.setenv(f"PIP_{name}", str(place / "elsewhere"))
        monkeypatch.setenv(f"UV_{name}", str(place / "elsewhere"))
    for name in ("PIP_USER", "PIP_DRY_RUN", "PIP_REQUIRE_VIRTUALENV", "UV_SYSTEM_PYTHON", "UV_OFFLINE", "UV_NO_BUILD"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PIP_NO_BINARY", ":all:")
    monkeypatch.setenv("UV_EXCLUDE_NEWER", "2001-01-01")
    (place / "pip.conf").write_text(f"[install]\nuser = yes\ntarget = {place / 'elsewhere'}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(place / "pip.conf"))
    install(place, tool, A)
    assert imported(place, "a") and not (place / "elsewhere").exists()


@WITH
def test_a_package_with_another_hash_is_refused(place, tool, capsys):
    (place / "wheels" / wheel("a", "1.0")[0]).write_bytes(wheel("a", "1.0", a="print('stolen')")[1])
    with pytest.raises(steps.SetupError, match=r"A package is not the one that was pinned .* while installing 1 packages\.\n"):
        install(place, tool, A)
    assert not imported(place, "a")
    assert ("uv could not: pip tries" in capsys.readouterr().out) == (tool == "uv")


def test_a_package_without_a_hash_is_refused(place):
    with pytest.raises(steps.SetupError, match="Hashes are required in --require-hashes mode"):
        install(place, "pip", "a==1.0\n")


def test_pip_goes_on_where_uv_cannot(place, capsys):
    broken = place / "broken"
    broken.write_text('#!/bin/sh\ncase "$*" in *--version) exit 0;; esac\necho "error: a sandbox says no" >&2; exit 2\n')
    broken.chmod(0o755)
    packages.install(python(place), requirements(place, A), broken)
    assert imported(place, "a") and "uv could not: pip tries" in capsys.readouterr().out
    assert "error: a sandbox says no" in (place / "setup.log").read_text()


def test_what_did_not_arrive_is_named(place, monkeypatch):
    monkeypatch.setattr(packages, "run_step", lambda *_: True)
    said = r"After installing 2 packages the environment lacks a, b\.\nLook for a setting"
    with pytest.raises(steps.SetupError, match=said):
        packages.install(python(place), requirements(place, A + pinned({"b": "2.0"})), python(place))


def test_what_this_platform_does_not_need_is_not_missed(place):
    there = [*packages.pins(requirements(place, A)), "b==1 ; sys_platform == 'win32'"]
    assert packages.absent(python(place), there) == ["a"]


def test_settings_as_pip_reads_them(place, monkeypatch):
    (place / "pip.conf").write_text("[global]\nindex-url = https://a.example/simple\nextra-index-url =\n  https://b.example\n"
                                    "  https://c.example\nproxy = proxy.example:3128\nquiet = 1\n"
                                    "[install]\nindex_url = https://d.example/simple\ntarget = /x\n[list]\nformat = json\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(place / "pip.conf"))
    for name, value in {"CERT": "/ca.pem", "DEFAULT_TIMEOUT": "7", "TRUSTED_HOST": "a.example b.example"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    for name in ("NO_INDEX", "FIND_LINKS", "NO_CACHE_DIR"):
        monkeypatch.delenv(f"PIP_{name}")
    found = packages.settings(python(place))
    assert found == {"index-url": "https://d.example/simple", "extra-index-url": "\nhttps://b.example\nhttps://c.example",
                     "proxy": "proxy.example:3128", "cert": "/ca.pem", "timeout": "7", "trusted-host": "a.example b.example"}
    arguments, env = packages.uv_arguments(found)
    assert arguments == ["--index-strategy", "unsafe-best-match", "--default-index", "https://d.example/simple",
                         "--index", "https://b.example", "--index", "https://c.example",
                         "--allow-insecure-host", "a.example", "--allow-insecure-host", "b.example"]
    assert env["SSL_CERT_FILE"] == "/ca.pem" and env["UV_HTTP_TIMEOUT"] == "7"
    assert env["https_proxy"] == env["HTTPS_PROXY"] == "http://proxy.example:3128"
    told = packages.pip_environ(found)
    assert {name: value for name, value in told.items() if name.startswith("PIP_") and "example" in value} == {
        "PIP_INDEX_URL": found["index-url"], "PIP_EXTRA_INDEX_URL": found["extra-index-url"],
        "PIP_PROXY": found["proxy"], "PIP_TRUSTED_HOST": found["trusted-host"]}
    assert told["PIP_CONFIG_FILE"] == os.devnull and "PIP_TARGET" not in told and "PIP_QUIET" not in told


def test_a_wheelhouse_is_the_only_source(place, monkeypatch):
    (place / "wheelhouse").mkdir()
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://b.example")
    assert packages.sources(python(place)) == {"no-index": "1", "find-links": str(place / "wheelhouse")}
    assert "https://b.example" in packages.settings(python(place)).values()


@WITH
def test_torch_for_the_cpu_stands_for_the_pin(place, tool):
    """Its version has a suffix and its hash is another; the pins then leave it alone."""
    write_wheel(place / "wheels", "torch", "2.13.0+cpu", torch="build = 'cpu'")
    (place / "wheelhouse").mkdir()
    for file in (place / "wheels").iterdir():
        shutil.copy(file, place / "wheelhouse")
    course = Path(sys.executable) if tool == "uv" else python(place)
    text = pinned({"torch": "2.13.0"}) + A
    packages.install_torch(python(place), "2.13.0", course, False)
    install(place, tool, text)
    found = subprocess.run([python(place), "-c", "import torch; print(torch.build)"], capture_output=True, text=True)
    assert found.stdout == "cpu\n" and imported(place, "a")
    kept = [file.name for file in (place / "torch").iterdir()]
    assert kept == ["torch-2.13.0+cpu-py3-none-any.whl"], "for the next environment"


@WITH
def test_another_torch_than_the_pinned_one_is_not_taken(place, tool, monkeypatch):
    """The build for CUDA, or where the other index cannot be reached."""
    pinned_text = pinned({"torch": "2.13.0"})
    monkeypatch.setattr(packages, "CUDA", requirements(place, pinned_text))
    write_wheel(place / "wheels", "torch", "2.13.0", torch="raise SystemExit('somebody else wrote this')")
    course = Path(sys.executable) if tool == "uv" else python(place)
    with pytest.raises(steps.SetupError, match="not the one that was pinned"):
        packages.install_torch(python(place), "2.13.0", course, True)
    assert not imported(place, "torch")


def test_cuda_has_the_torch_of_the_others():
    folder = packages.ROOT / "requirements"
    versions = {packages.own_torch(packages.pins(folder / f"{name}.txt")) for name in ("course", "deployment", "cuda")}
    assert len(versions) == 1
    wanted = {packages.name(pin) for pin in packages.pins(folder / "cuda.txt")}
    assert {"torch", "triton", "cuda-toolkit", "nvidia-cudnn-cu13"} <= wanted
    assert not (wanted - {"torch"}) & {packages.name(pin) for pin in packages.pins(folder / "course.txt")}


def test_settings_of_pip_that_cannot_be_read_are_not_left_out(place, monkeypatch):
    (place / "pip.conf").write_text("[global]\nindex-url = https://a.example\nindex-url = https://b.example\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(place / "pip.conf"))
    with pytest.raises(steps.SetupError, match=r"pip cannot read its settings.*already exists"):
        packages.settings(python(place))


def test_cache_that_cannot_be_written(place, monkeypatch):
    assert packages.cache() == []
    monkeypatch.setattr(packages.os, "access", lambda *_: False)
    assert packages.cache() == ["--cache-dir", str(place / "uv")]


@pytest.mark.parametrize(("lines", "said"), [
    ([], "7 s"),
    (["Collecting a", "Collecting b"], "2 of 5 packages, 7 s"),
    (["Collecting a", "Installing collected packages: a"], "unpacking, 7 s"),
    (["Downloading torch (500.0MiB)", "Downloading b (512.0KiB)", "Downloading c (1.5GiB)"], "0 of 2036 MB, 7 s"),
    (["Downloading a (30.0MiB)", "Downloading b (70.0MiB)", "Downloaded b"], "70 of 100 MB, 7 s, about 3 s to go"),
    (["Downloading a (30.0MiB)", "Downloaded a", "Prepared 9 packages in 4s"], "compiling, 7 s")])
def test_progress(lines, said):
    assert steps.progress(lines, 5 if lines else 0, 7.1) == said


def test_entries_of_a_file(place):
    file = requirements(place, "# made\na==1.0 ; python_version < '4' \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\n"
                               "b==2 \\\n    --hash=sha256:3\nb==1 ; sys_platform == 'win32' \\\n    --hash=sha256:4\n")
    entries = packages.pins(file)
    assert [packages.without_hashes(pin) for pin in entries] == ["a==1.0 ; python_version < '4'", "b==2",
                                                                "b==1 ; sys_platform == 'win32'"]
    assert [(packages.name(pin), packages.version(pin)) for pin in entries] == [("a", "1.0"), ("b", "2"), ("b", "1")]
    assert "\n".join(entries) == re.sub("^# made\n|\n$", "", file.read_text())
