"""Where things lie: the repository's root, and the cache that set-up fills; and how a file gets there whole."""
import contextlib
import os
import re
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Callable

ROOT = Path(__file__).resolve().parent.parent
COMPILED = ("theano", "inductor", "extend")  # libraries are loaded from there; Theano and PyTorch unpickle what they find
READ = ("mnist_5000", "reference-", "trained-")  # beginnings of files
NAMES = (*COMPILED, *READ, "built", "keras", "ladder", "matplotlib", "mnist", "race")
OTHERS = stat.S_IWGRP | stat.S_IWOTH
# What Theano's flags cannot hold: a backslash, a line's end, both kinds of quotes. tools.environments asks the same of ROOT.
UNFIT = re.compile(r"[\x00-\x1f\x7f\\]|'.*\"|\".*'")
_lock = threading.Lock()
_seen: set[Path] = set()  # folders that this process has looked through


class CacheRefused(RuntimeError):
    """There is no folder for the cache that only we can write; the message says why, and what to do."""


def cache() -> Path:
    """The folder for digits, computed references and compiled code: ``$ONECNN_CACHE``, else ``.cache`` in the repository.
    Made if missing.

    A path that is not absolute is one below the folder in which this process was started, and so it is for all that it starts.

    Code is loaded from there, so nobody else may write in it. What is ours is closed to others, as is all that this process
    makes from now on. A folder of somebody else's is refused. In place of ``.cache``, if it is refused or cannot be written,
    stands a folder in the user's own cache. Raises :class:`CacheRefused`.
    """
    with _lock:  # to read it is to set it
        os.umask(os.umask(OTHERS) | OTHERS)
    given = os.environ.get("ONECNN_CACHE")
    if given:
        try:
            folder = Path(given).expanduser().absolute()
        except RuntimeError:  # ~ of nobody
            raise CacheRefused(f"ONECNN_CACHE={given}: there is no such home folder. Set it to another, or unset it") from None
        os.environ["ONECNN_CACHE"] = str(folder)  # workers run in other folders
        why = _why_not(folder)
        if why:
            raise CacheRefused(f"ONECNN_CACHE={folder} is not used: {why}. Set it to a folder of your own, or unset it")
        return folder
    shared = ROOT / ".cache"
    why = _why_not(shared)
    if not why and os.access(shared, os.W_OK):
        return shared
    for folder in _own():
        refused = _why_not(folder)
        if not refused:
            if not why:
                _link(shared, folder)
            return folder
    raise CacheRefused(f"There is no folder for the cache: {refused}. Set ONECNN_CACHE to a folder of your own")


def _why_not(folder: Path) -> str:
    """Why the folder cannot be trusted with code, empty if it can. What others can write and is ours is closed to them."""
    if os.name == "posix" and UNFIT.search(str(folder)):
        return "Theano cannot be told of a path with a backslash, both kinds of quotes or a line's end"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.name != "posix":
            return ""
        opened = _closed(folder)
        for path in folder.iterdir():
            if not path.name.startswith(NAMES):
                continue
            if (_closed(path) or opened) and path.name in COMPILED:
                shutil.rmtree(path, ignore_errors=True)  # others may have written there
            if opened or path not in _seen:
                for place, folders, files in os.walk(path):
                    for name in (*folders, *files):
                        _closed(Path(place, name))
                _seen.add(path)
    except CacheRefused as reason:
        return str(reason)
    except OSError as error:
        return f"{folder} cannot be used ({error.strerror})"
    return ""


def _closed(path: Path) -> bool:
    """Takes the right to write from others; returns whether they had it. Raises :class:`CacheRefused` where they keep it."""
    try:
        entry, found = path.lstat(), path.stat()
    except FileNotFoundError:  # a temporary file of another process's; a link to what is gone
        return False
    for owner in (entry.st_uid, found.st_uid):
        if owner not in (0, os.geteuid()):
            raise CacheRefused(f"{path} belongs to {_user(owner)}")
    if not found.st_mode & OTHERS:
        return False
    if not found.st_mode & stat.S_ISVTX:  # the temporary folder is everybody's
        with contextlib.suppress(OSError):
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
    if path.stat().st_mode & OTHERS:
        raise CacheRefused(f"others can write in {path}")
    return True


def _user(number: int) -> str:
    import pwd
    try:
        return f"the user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"the user {number}"


def _own() -> Iterator[Path]:
    """The folders in which a user without ``.cache`` may have a cache, the best first."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (Path.home fails where nobody is known)
    if os.path.isdir(home):  # noqa: PTH112 (a home below a folder that is closed to us is none)
        below = {"darwin": "Library/Caches", "win32": "AppData/Local"}.get(sys.platform, ".cache")
        given = os.environ.get("XDG_CACHE_HOME", "")
        yield (Path(given) if given.startswith("/") else home / below) / "one-cnn"
    yield Path(tempfile.gettempdir(), f"one-cnn-{os.geteuid() if os.name == 'posix' else 'cache'}")


def _link(shared: Path, folder: Path) -> None:
    """Gives a user's own cache what set-up has put into the shared one, which this user can only read."""
    for file in (*shared.glob("*"), *shared.glob("mnist/*")):
        place = folder / file.relative_to(shared)
        if file.is_file() and place.name.startswith(READ if file.parent == shared else "") and not os.path.lexists(place):
            with contextlib.suppress(OSError):  # another process was quicker
                place.parent.mkdir(exist_ok=True)
                place.symlink_to(file)


def programs(chapter: str) -> Path:
    """The folder with the programs and data of a chapter, ``"05_deployment/02_serving"``: it has the chapter's name.

    Raises ``FileNotFoundError`` if the chapter has none.
    """
    folder = ROOT / "notebooks" / chapter
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}")
    return folder


def write_atomically(file: Path, write: Callable[[BinaryIO], object]) -> None:
    """Calls ``write(stream)`` on a temporary file beside ``file`` and renames it: no reader ever meets half a file."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name + ".")
    try:
        with os.fdopen(handle, "wb") as stream:
            write(stream)
        Path(temporary).chmod(0o644)  # a classroom shares one cache
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink()
        raise
