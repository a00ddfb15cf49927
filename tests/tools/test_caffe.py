"""The kernel ``caffe``: where it can be had, what is checked before it is unpacked, and that set-up ends right.

Set-up runs on tiny packages that these tests build with ``dpkg-deb``; the real ones are set up by ``course.py`` itself.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from course_copy import HERE, no_network, write_wheel

from tools import caffe, environments, steps

PATHS = {"dpkg-deb": "/usr/bin/dpkg-deb", "apt-get": "/usr/bin/apt-get"}
pytestmark = HERE
debian = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="no dpkg-deb here")
# Stands in for bullseye's loader: tells which program it was to start, with what; for Python it starts this one.
LOADER = f"""#!/bin/sh
case "$3" in
  */python3.9) shift 3; unset PYTHONHOME; exec '{sys.executable}' "$@" ;;
  */caffe) echo "caffe version 1.0.0: $4" ;;
esac
"""


@pytest.fixture
def debian_machine(monkeypatch, tmp_path):
    """A machine that can have Caffe; a test takes away what it needs."""
    monkeypatch.setattr(caffe.platform, "system", lambda: "Linux")
    monkeypatch.setattr(caffe.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(caffe.shutil, "which", PATHS.get)
    monkeypatch.setattr(caffe, "WHEELHOUSE", tmp_path / "wheelhouse")
    monkeypatch.setattr(caffe, "KEYRING", tmp_path / "keys.gpg")
    (tmp_path / "keys.gpg").touch()
    monkeypatch.setenv("DEBIAN_MIRROR", "http://mirror.example/debian")
    return monkeypatch


def test_debian_machine_can_have_it(debian_machine):
    assert caffe.unavailable() == ""


@pytest.mark.parametrize(("take_away", "reason"), [
    (lambda patch, _: patch.setattr(caffe.platform, "system", lambda: "Darwin"), "this is Darwin on x86_64"),
    (lambda patch, _: patch.setattr(caffe.platform, "machine", lambda: "aarch64"), "this is Linux on aarch64"),
    (lambda patch, _: patch.setattr(caffe.shutil, "which", {"apt-get": "x"}.get), "no dpkg-deb to unpack them"),
    (lambda patch, _: patch.setattr(caffe.shutil, "which", {"dpkg-deb": "x"}.get), "no apt-get to fetch them"),
    (lambda patch, _: patch.setenv("DEBIAN_MIRROR", ""), "Set DEBIAN_MIRROR"),
    (lambda patch, _: patch.setattr(caffe, "ROOT", Path("/srv/a;b")), "cuts a path at ; and :"),
    (lambda _, folder: (folder / "keys.gpg").unlink(), "Install the package debian-archive-keyring"),
], ids=["macOS", "ARM", "no dpkg-deb", "no apt-get", "no mirror", "a semicolon", "no keys"])
def test_other_machines_are_told_why_not(debian_machine, tmp_path, take_away, reason):
    take_away(debian_machine, tmp_path)
    assert reason in environments.unavailable(environments.CAFFE)
    assert "\n" not in caffe.unavailable()


def test_wheelhouse_needs_no_mirror(debian_machine, tmp_path):
    debian_machine.setenv("DEBIAN_MIRROR", "")
    debian_machine.setattr(caffe.shutil, "which", {"dpkg-deb": "x"}.get)
    assert caffe.unavailable()
    (tmp_path / "wheelhouse").mkdir()
    (tmp_path / "wheelhouse" / "caffe.deb").touch()
    assert caffe.unavailable() == ""


@pytest.mark.parametrize(("file", "text", "mirror"), [
    ("sources.list", "# deb http://a.example/debian x main\ndeb http://b.example/debian bookworm main\n", "http://b.example/debian"),
    ("sources.list", "deb [arch=amd64] https://b.example/pub/debian/ sid main\n", "https://b.example/pub/debian/"),
    ("sources.list.d/debian.sources", "Types: deb\nURIs: https://c.example/debian\nSuites: sid\n", "https://c.example/debian"),
    ("sources.list.d/a.sources", "URIs: mirror+file:/etc/apt/debian.list\n", "mirror+file:/etc/apt/debian.list"),
    ("sources.list", "deb http://b.example/debian-security bookworm main\n", ""),
    ("sources.list", "deb http://d.example/ubuntu jammy main\n", ""),
    ("sources.list.d/debian.sources.save", "URIs: https://c.example/debian\n", "")])
def test_mirror_is_read_from_the_machines_own_sources(monkeypatch, tmp_path, file, text, mirror):
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)
    monkeypatch.setattr(caffe, "SOURCES", tmp_path)
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert caffe.mirror() == mirror
    monkeypatch.setenv("DEBIAN_MIRROR", " http://mine.example/debian ")
    assert caffe.mirror() == "http://mine.example/debian"


def test_every_package_is_pinned_with_its_checksum():
    pins = caffe.pins()
    assert len(pins) > 150 and all(re.fullmatch(r"[a-z0-9.+-]+=\S+", pin) for pin in pins)
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in pins.values())
    assert {"caffe", "python3-caffe"} <= {pin.partition("=1.0.0")[0] for pin in pins}


@debian
@pytest.mark.skipif(not shutil.which("apt-get"), reason="no apt-get here")
def test_unsigned_mirror_is_refused_and_apt_stays_in_its_folder(monkeypatch, tmp_path):
    """A mirror whose index nobody signed; the keys of this test are an empty file."""
    index = tmp_path / "debian" / "dists" / caffe.SUITE
    (index / "main" / "binary-amd64").mkdir(parents=True)
    (index / "main" / "binary-amd64" / "Packages").touch()
    digest = hashlib.sha256(b"").hexdigest()
    (index / "Release").write_text(f"Suite: {caffe.SUITE}\nSHA256:\n {digest} 0 main/binary-amd64/Packages\n")
    (tmp_path / "keys.gpg").touch()
    monkeypatch.setattr(caffe, "KEYRING", tmp_path / "keys.gpg")
    monkeypatch.setattr(steps, "LOG", tmp_path / "log")
    monkeypatch.setenv("DEBIAN_MIRROR", (tmp_path / "debian").as_uri())
    theirs = [Path("/var/lib/apt/lists"), Path("/var/cache/apt/archives")]
    before = [(path, path.stat().st_mtime_ns) for folder in theirs if folder.exists() for path in [folder, *folder.iterdir()]]
    with pytest.raises(steps.SetupError, match="is not signed"):
        caffe.download(tmp_path / "apt")
    assert [(path, path.stat().st_mtime_ns) for path, _ in before] == before
    monkeypatch.setenv("DEBIAN_MIRROR", (tmp_path / "absent").as_uri())
    with pytest.raises(steps.SetupError):
        caffe.download(tmp_path / "apt")


@debian
@pytest.mark.skipif(not shutil.which("apt-config"), reason="no apt here")
@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_a_password_is_for_nobody_else(monkeypatch, tmp_path, umask):
    """Of a proxy, in apt's own settings, or of a mirror."""
    (tmp_path / "machine.conf").write_text('Acquire::http::Proxy "http://me:secret@proxy.example:3128";\n')
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "machine.conf"))
    monkeypatch.setenv("DEBIAN_MIRROR", "https://me:secret@mirror.example/debian")
    before = os.umask(umask)
    try:
        caffe.apt(tmp_path / "apt")
        caffe.apt(tmp_path / "apt")
    finally:
        os.umask(before)
    for name in ("apt.conf", "sources.list"):
        file = tmp_path / "apt" / name
        assert "me:secret@" in file.read_text() and file.stat().st_mode & 0o777 == 0o600, name


def build_package(folder, name, files):
    """A Debian package of ``files``: ``{path: text}``. Returns its pin."""
    tree = folder / "tree" / name
    control = f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n"
    for path, text in {"DEBIAN/control": control, **files}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text, encoding="utf-8")
        (tree / path).chmod(0o755)
    file = folder / f"{name}_1_all.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, file], check=True, capture_output=True)
    return f"{name}=1 {hashlib.sha256(file.read_bytes()).hexdigest()}\n"


@pytest.fixture
def offline(without_venv, tmp_path):
    """A copy of the tree with a wheelhouse that holds all that the kernel ``caffe`` is made of, in tiny."""
    packages = without_venv.path("wheelhouse")
    packages.mkdir()
    pins = build_package(tmp_path, "libc6", {"lib/x86_64-linux-gnu/ld-2.31.so": LOADER, "usr/share/doc/libc6/readme": "x"})
    pins += build_package(tmp_path, "caffe", {"usr/bin/caffe": "", "usr/bin/python3.9": ""})
    for file in tmp_path.glob("*.deb"):
        file.replace(packages / file.name)
    modules = tmp_path / "modules"
    modules.mkdir()
    for name, version in (("keras", "3.15.1"), ("ipykernel", "6.31.0")):
        write_wheel(packages, name, version)
    for name in ("caffe", "ipykernel", "matplotlib"):
        (modules / f"{name}.py").touch()
    without_venv.write("requirements/museum.txt", "")
    without_venv.write("requirements/caffe-debian.txt", pins)
    without_venv.env = {**no_network(), "PYTHONPATH": ""}
    without_venv.modules = modules
    return without_venv


def launcher_finds(course_copy):
    """Puts the modules that the launcher's Python is asked to import where the pinned wheels would."""
    return (f"run = installer.caffe.run_step\n"
            f"def step(command, what, *more):\n"
            f"    if what == 'starting Caffe': shutil.copytree({str(course_copy.modules)!r}, "
            f"{str(course_copy.path('.museum/caffe/site-packages'))!r}, dirs_exist_ok=True)\n"
            f"    return run(command, what, *more)\n"
            f"installer.caffe.run_step = step\n")


@debian
def test_set_up_offline_and_moved(offline, tmp_path):
    code, text = offline.run("setup", wrong=launcher_finds(offline))
    assert code == 0 and text.endswith("Set-up is complete.\n"), text
    folder = offline.path(".museum/caffe")
    assert not (folder / "debian" / "usr" / "share").exists(), "what nothing runs is left out"
    assert sorted(path.name for path in offline.path(".museum").iterdir()) == ["caffe"]
    argv = json.loads(offline.kernel("caffe").read_text(encoding="utf-8"))["argv"]
    assert argv[0] == str(folder / "bin" / "python")
    moved = tmp_path / "moved"
    offline.folder.rename(moved)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([moved / ".museum/caffe/bin/caffe", "train me"], capture_output=True, text=True, env=env)
    assert done.stdout == "caffe version 1.0.0: train me\n", done.stderr
    code = "import onecnn, sys; print(onecnn.__file__, sys.argv[1])"
    command = [moved / ".museum/caffe/bin/python", "-c", code, "a b"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=env)
    assert done.stdout == f"{moved / 'onecnn' / '__init__.py'} a b\n", done.stderr
    preloaded = {**env, "LD_PRELOAD": "/lib/x86_64-linux-gnu/libm.so.6", "LD_AUDIT": "/nonexistent.so"}
    command[2] = "import os; print([name for name in os.environ if name in ('LD_PRELOAD', 'LD_AUDIT')])"
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=preloaded)
    assert done.stdout == "[]\n", "a library of the machine's would want the machine's C library"


@debian
@pytest.mark.parametrize("moment", ["unpacking 2 packages", "installing its kernel", "starting its Python"])
def test_killed_then_run_again(offline, moment):
    step = launcher_finds(offline)
    dying = (f"{step}installer.caffe.run_step = installer.packages.run_step = lambda command, what, *more: "
             f"die() if what == {moment!r} else step(command, what, *more)\n")
    assert offline.run("setup", wrong=dying)[0] == -9
    assert not offline.kernel("caffe").exists()
    code, text = offline.run("setup", wrong=step)
    assert code == 0 and ".museum/caffe is there, half-made: making it anew" in text and text.endswith("Set-up is complete.\n")


@debian
@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_damaged_package_is_not_unpacked(offline, damage):
    file = offline.path("wheelhouse/caffe_1_all.deb")
    file.unlink() if damage == "missing" else file.write_bytes(file.read_bytes() + b"x")
    code, text = offline.run("setup", wrong=launcher_finds(offline))
    assert code == 0 and "Of Debian's packages 1 are missing or damaged" in text and "caffe=1." in text
    assert "The course goes on without the kernel caffe." in text and text.endswith("but for the kernel caffe.\n")
    assert not offline.path(".museum/caffe/debian").exists() and not offline.kernel("caffe").exists()
    code, text = offline.run("check")
    assert code == 1 and re.search(r"MISSING  kernel caffe +failed\n +-> python3 course.py setup", text)
