"""The cache: where it lies, who may write in it, and what stands in for one that cannot be used."""
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from onecnn import cells, launch, lesson, paths

posix = pytest.mark.skipif(os.name != "posix", reason="modes and owners are POSIX's")
WHERE = "import os; from onecnn import paths; print(paths.cache()); print(os.environ.get('ONECNN_CACHE'))"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder, and a reader with a home folder; no ``ONECNN_CACHE``."""
    for name in ("course", "home", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(paths, "ROOT", tmp_path / "course")
    monkeypatch.setattr(paths.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    for name in ("ONECNN_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    umask = os.umask(0o022)
    yield tmp_path / "course"
    os.umask(umask)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def given_away(path, monkeypatch):
    """Makes the file or folder somebody else's; without root's rights, makes us somebody else."""
    if os.geteuid() == 0:
        os.chown(path, 4242, 4242)
    else:
        monkeypatch.setattr(paths.os, "geteuid", lambda: 4242)


def read_only(path, monkeypatch):
    """Takes our right to write there; root, who always has it, is told that it is gone."""
    path.chmod(0o555)
    monkeypatch.setattr(paths.os, "access", lambda place, _: Path(place) != path)


def elsewhere(course):
    """Where the reader's own cache is."""
    found = paths.cache()
    assert course.parent / "home" in found.parents and found.name == "one-cnn" and found.is_dir()
    return found


# Where it is

def test_it_lies_in_the_course(course):
    assert paths.cache() == course / ".cache" and (course / ".cache").is_dir()


@posix
@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022])
def test_nobody_else_can_write_in_it_nor_in_what_is_made_there_later(course, umask):
    os.umask(umask)
    assert mode(paths.cache()) == 0o755
    (paths.cache() / "theano" / "deep").mkdir(parents=True)
    (paths.cache() / "theano" / "key.pkl").write_bytes(b"")
    assert [mode(paths.cache() / "theano" / name) for name in (".", "deep", "key.pkl")] == [0o755, 0o755, 0o644]


@posix
def test_who_wants_it_private_has_it_private(course):
    os.umask(0o077)
    assert mode(paths.cache()) == 0o700


@pytest.mark.parametrize("given, wanted", [("sub/cache", "work/sub/cache"), ("~/cache", "home/cache"), ("./a b", "work/a b")])
def test_a_relative_path_or_one_of_the_home_folder_is_the_same_for_all_that_is_started(tmp_path, given, wanted):
    """Workers run in other folders; a folder literally named ``~`` is nobody's wish."""
    for name in ("work", "home"):
        (tmp_path / name).mkdir()
    code = f"{WHERE}; import subprocess, sys; subprocess.run([sys.executable, '-c', {WHERE!r}], cwd='/', check=True)"
    env = {**os.environ, "ONECNN_CACHE": given, "PYTHONPATH": str(paths.ROOT), "HOME": str(tmp_path / "home"),
           "USERPROFILE": str(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "work", env=env, capture_output=True, text=True)
    assert set(done.stdout.split("\n")[:-1]) == {str(tmp_path / wanted)}, done.stderr
    assert not list(tmp_path.rglob("~"))


@pytest.mark.parametrize("start", [
    lambda: launch.run([["-c", WHERE]])[0].split("\n")[0],
    lambda: cells.run("01_history/02_by_hand", "asking:ask", env={
        "PYTHONPATH": os.pathsep.join([str(paths.ROOT), os.environ["ASKING"]])})], ids=["launch", "cells"])
def test_workers_use_the_same(tmp_path, monkeypatch, start):
    (tmp_path / "asking.py").write_text("from onecnn import paths\n\ndef ask(module):\n    return str(paths.cache())\n")
    monkeypatch.setenv("ASKING", str(tmp_path))
    monkeypatch.setenv("ONECNN_CACHE", "kept here")
    monkeypatch.chdir(tmp_path)
    lesson.own_settings()  # as every notebook's first cell does
    assert start() == str(tmp_path / "kept here")


def test_the_home_folder_of_nobody(course, monkeypatch):
    monkeypatch.setenv("ONECNN_CACHE", "~no-such-user/cache")
    with pytest.raises(paths.CacheRefused, match=r"^ONECNN_CACHE=~no-such-user/cache: .* Set it to another, or unset it$"):
        paths.cache()


# Who may write there

@posix
@pytest.mark.parametrize("opened", [0o777, 0o775, 0o757])
def test_an_own_cache_that_others_could_write_is_closed(course, opened):
    """Its compiled code is thrown away, since it is run: Theano unpickles key.pkl."""
    folders = [course / ".cache", course / ".cache" / "ladder", course / ".cache" / "theano"]
    for folder in folders:
        folder.mkdir()
        folder.chmod(opened)
    for file in (course / ".cache" / "trained-x.npz", folders[1] / "numpy.json", folders[2] / "key.pkl"):
        file.write_bytes(b"hostile")
        file.chmod(0o666)
    assert paths.cache() == folders[0]
    assert [mode(folder) for folder in folders[:2]] == [0o755, 0o755]
    assert mode(folders[0] / "trained-x.npz") == mode(folders[1] / "numpy.json") == 0o644
    assert not folders[2].exists()


@posix
def test_what_was_closed_stays_as_it_is(course):
    (paths.cache() / "theano").mkdir()
    (paths.cache() / "theano" / "key.pkl").write_bytes(b"ours")
    assert (paths.cache() / "theano" / "key.pkl").read_bytes() == b"ours"


@posix
@pytest.mark.parametrize("planted", ["", "theano", "theano/compiledir/key.pkl", "inductor", "trained-x.npz", "mnist/file.gz"])
def test_what_belongs_to_somebody_else_is_not_used(course, monkeypatch, planted):
    """Another user's cache, or something of theirs in ours, from a time when they could write there."""
    place = course / ".cache" / planted
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch() if place.suffix else place.mkdir()
    given_away(place, monkeypatch)
    if os.geteuid() == 0 or planted == "":  # else the folders around it are somebody else's, too
        monkeypatch.setenv("ONECNN_CACHE", str(course / ".cache"))
        with pytest.raises(paths.CacheRefused) as caught:
            paths.cache()
        said = str(caught.value)
        assert said.startswith(f"ONECNN_CACHE={course / '.cache'} is not used: {place} belongs to the user ")
        assert said.endswith(". Set it to a folder of your own, or unset it") and "\n" not in said
        monkeypatch.delenv("ONECNN_CACHE")
        if os.geteuid() == 0:
            assert elsewhere(course) != place


@posix
def test_a_link_that_somebody_else_has_laid_is_not_followed(course, tmp_path, monkeypatch):
    (tmp_path / "ours").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "ours")
    if os.geteuid() != 0:
        pytest.skip("to give a link away is root's")
    os.lchown(link, 4242, 4242)
    monkeypatch.setenv("ONECNN_CACHE", str(link))
    with pytest.raises(paths.CacheRefused, match="belongs to the user 4242"):
        paths.cache()


@posix
def test_everybodys_temporary_folder_is_refused_and_left_as_it_is(course, tmp_path, monkeypatch):
    """For root it is an own folder: to close it would break the machine."""
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setenv("ONECNN_CACHE", str(shared))
    with pytest.raises(paths.CacheRefused, match="others can write in"):
        paths.cache()
    assert mode(shared) == 0o1777


@posix
def test_files_that_are_not_the_courses_are_left_alone(course, tmp_path, monkeypatch):
    """Somebody takes the home folder for the cache."""
    (tmp_path / "home" / "shared").mkdir()
    (tmp_path / "home" / "shared").chmod(0o775)
    monkeypatch.setenv("ONECNN_CACHE", "~")
    assert paths.cache() == tmp_path / "home" and mode(tmp_path / "home" / "shared") == 0o775


@posix
def test_a_file_system_without_modes(course, monkeypatch):
    """As of Windows, seen from WSL: all is everybody's, and stays so."""
    (course / ".cache").mkdir()
    (course / ".cache").chmod(0o777)
    monkeypatch.setattr(paths.Path, "chmod", lambda *_: None)
    elsewhere(course)


# What stands in

@posix
def test_a_cache_that_can_only_be_read(course, monkeypatch):
    """A reader of an installation that is root's: the digits are read there, everything else is the reader's own."""
    (course / ".cache" / "mnist").mkdir(parents=True)
    for name in ("mnist_5000.npz", "trained-x.npz", "race.json", "mnist/images.gz"):
        (course / ".cache" / name).write_text(f"set-up's {name}")
    read_only(course / ".cache", monkeypatch)
    own = elsewhere(course)
    assert {str(file.relative_to(own)) for file in own.rglob("*") if file.is_file()} == {
        "mnist_5000.npz", "trained-x.npz", "mnist/images.gz"}
    assert (own / "trained-x.npz").read_text() == "set-up's trained-x.npz"
    paths.write_atomically(own / "trained-x.npz", lambda stream: stream.write(b"mine"))
    assert (elsewhere(course) / "trained-x.npz").read_text() == "mine"
    assert (course / ".cache" / "trained-x.npz").read_text() == "set-up's trained-x.npz"


@posix
def test_a_course_folder_that_cannot_be_written_and_has_none(course, monkeypatch):
    (course / ".cache").write_text("a file where a folder should be")
    elsewhere(course)


@posix
def test_xdgs_variable_says_where_own_caches_are(course, tmp_path, monkeypatch):
    (course / ".cache").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert paths.cache() == tmp_path / "caches" / "one-cnn"


@posix
@pytest.mark.parametrize("home", ["/nonexistent", "", "/dev/null"])
def test_without_a_home_folder_the_temporary_one_serves(course, tmp_path, monkeypatch, home):
    (course / ".cache").write_text("")
    monkeypatch.setenv("HOME", home)
    if not home:  # then "/" is meant
        monkeypatch.setattr(os.path, "isdir", lambda _: False)
    assert paths.cache() == tmp_path / "temporary" / f"one-cnn-{os.geteuid()}"


@posix
def test_a_folder_that_somebody_else_made_in_the_temporary_one(course, tmp_path, monkeypatch):
    (course / ".cache").write_text("")
    monkeypatch.setenv("HOME", "/nonexistent")
    planted = tmp_path / "temporary" / f"one-cnn-{os.geteuid() or 0}"
    planted.mkdir()
    if os.geteuid():
        pytest.skip("to give a folder away is root's")
    given_away(planted, monkeypatch)
    with pytest.raises(paths.CacheRefused, match=r"^There is no folder .* belongs to the user 4242. Set ONECNN_CACHE to a"):
        paths.cache()
