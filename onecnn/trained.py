"""The course's network as each framework trained it on this machine: what is exported, served and drawn for.

Trained once (about 10 seconds each), in the framework's own kernel by its chapter's ``same-cnn`` cells, then read from the
cache. The cache's name holds a hash of those cells, the spec and the digits: a change of any of them trains anew.
"""
import base64
import hashlib
import io
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from onecnn import cells, expected, lesson, mnist, networks, paths, spec

MOST = 4  # processes at a time: each takes up to 1 GB


def weights(key: str) -> spec.Weights:
    """The weights after ``spec.EPOCHS`` epochs, float32, in the spec's layout.

    ``key``: of one of :mod:`onecnn.networks`. Keras trains once, on its first engine: all its networks share the weights.
    Raises ``KeyError``, :class:`onecnn.cells.KernelMissing` or :class:`onecnn.cells.RunFailed`.
    """
    stored = _stored(key)
    return {name: stored[name] for name in spec.SHAPES}


def available(keys: Iterable[str] = networks.FRAMEWORKS) -> list[str]:
    """Those of the networks that can run on this machine, in their order. A line for each kernel that is missing says who is
    left out."""
    here: list[str] = []
    missing: dict[str, list[str]] = {}
    for key in keys:
        kernel = networks.get(key).kernel
        (here if cells.has_kernel(kernel) else missing.setdefault(kernel, [])).append(key)
    for kernel, left_out in missing.items():
        print(f"left out on this machine, without the kernel '{kernel}': {', '.join(left_out)}")
    return here


def losses(key: str) -> np.ndarray:
    """The loss before each step of that training: 310, float64. Raises as :func:`weights` does."""
    return _stored(key)["losses"]


def _stored(key: str) -> dict[str, np.ndarray]:
    file = _file(key)
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return dict(stored)
    except Exception:  # missing or damaged; a damaged zip raises many kinds
        pass
    packed = base64.b64decode(_run(key, "train_cells"))
    paths.write_atomically(file, lambda stream: stream.write(packed))
    with np.load(io.BytesIO(packed), allow_pickle=False) as stored:  # not from the file, which may be unreadable for good
        return dict(stored)


def train_cells(functions: ModuleType) -> str:
    """Trains a chapter's network with the spec's recipe, for :func:`onecnn.cells.run`: its weights, and the loss before each
    step, as a packed ``.npz``."""
    digits, model, buffer = mnist.load(), functions.build(spec.initial_weights()), io.BytesIO()
    steps = [float(functions.train_step(model, digits.train_images[chosen], digits.train_labels[chosen]))
             for chosen in expected.recipe(len(digits.train_labels))]
    found = functions.read_weights(model)
    kept = {name: np.ascontiguousarray(found[name], np.float32) for name in spec.SHAPES}
    kept["losses"] = np.array(steps)
    np.savez(buffer, **kept)  # type: ignore[arg-type]  # none of them is called allow_pickle, the only bool
    return base64.b64encode(buffer.getvalue()).decode()


def logits(key: str) -> np.ndarray:
    """What the framework that trained them says of the 1,000 test digits with these weights: ``1000 x 10``, float64."""
    weights(key)
    return np.array(_run(key, "logits_cells", file=str(_file(key))))


def logits_cells(functions: ModuleType, file: str) -> list[list[float]]:
    """The test digits' logits with the weights in ``file``, for :func:`onecnn.cells.run`."""
    with np.load(file, allow_pickle=False) as stored:
        model = functions.build({name: stored[name] for name in spec.SHAPES})
    found: list[list[float]] = np.asarray(functions.logits(model, mnist.load().test_images), np.float64).tolist()
    return found


def _trainer(key: str) -> networks.Entry:
    """The network that trains: the first of its framework's."""
    return networks.get(networks.get(key).framework)


def _run(key: str, task: str, **arguments: Any) -> Any:
    trainer = _trainer(key)
    return cells.run(trainer.notebook, f"onecnn.trained:{task}", env={**lesson.THREADS, **trainer.env}, **arguments)


def _file(key: str) -> Path:
    """Where the weights are kept; its name changes with all that they are made from."""
    trainer = _trainer(key)
    notebook = cells.locate(trainer.notebook)
    sources = "\n".join(cell.source for cell in cells.read(notebook) if cells.TAG in cell.tags)
    sources += Path(spec.__file__).read_text(encoding="utf-8") + mnist.fingerprint() + "losses"
    return paths.cache() / f"trained-{trainer.framework}-{hashlib.sha256(sources.encode()).hexdigest()[:16]}.npz"


def train_all() -> None:
    """Trains what the cache lacks, as many networks at a time as there are cores. Who has no kernel here stays away.

    Raises :class:`onecnn.cells.RunFailed` after the others have ended.
    """
    def one(key: str) -> None:
        try:
            weights(key)
            print(f"{key} trained", flush=True)
        except cells.KernelMissing as reason:
            print(f"{key}: {reason}", flush=True)

    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST)) as pool:
        list(pool.map(one, networks.FRAMEWORKS))


if __name__ == "__main__":
    train_all()
