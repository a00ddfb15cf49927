"""Where things lie: the repository's root, and the cache that set-up fills; and how a file gets there whole."""
import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def cache() -> Path:
    """The folder for digits and computed references: ``$ONECNN_CACHE``, else ``.cache`` in the repository. Made if missing.

    A path that is not absolute is one below the folder in which this process was started, and so it is for all that it starts.
    """
    given = os.environ.get("ONECNN_CACHE")
    folder = Path(given).expanduser().absolute() if given else ROOT / ".cache"
    if given:
        os.environ["ONECNN_CACHE"] = str(folder)  # workers run in other folders
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def programs(chapter: str) -> Path:
    """The folder with the programs and data of a chapter, ``"05_deployment/02_serving"``: it has the chapter's name.

    Raises ``FileNotFoundError`` if the chapter has none.
    """
    folder = ROOT / "notebooks" / chapter
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}")
    return folder


def write_atomically(file: Path, write) -> None:
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
