"""Where things lie: the repository's root, and the cache that set-up fills."""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def cache() -> Path:
    """The folder for digits and computed references: ``$ONECNN_CACHE``, else ``.cache`` in the repository. Made if missing."""
    folder = Path(os.environ.get("ONECNN_CACHE") or ROOT / ".cache")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
