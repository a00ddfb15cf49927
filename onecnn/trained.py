"""The course's network as each framework trained it on this machine: what is exported, served and drawn for.

Trained once (about 10 seconds each), in the framework's own kernel by its chapter's ``same-cnn`` cells, then read from the
cache. The cache's name holds a hash of those cells, the spec and the digits: a change of any of them trains anew.
"""
import base64
import hashlib
import io
from pathlib import Path

import numpy as np

from onecnn import cells, lesson, mnist, paths, race, spec


def weights(key: str) -> dict[str, np.ndarray]:
    """The weights after ``spec.EPOCHS`` epochs, float32, in the spec's layout.

    ``key`` as in ``race.KEYS``: ``"pytorch"``, ``"theano"``, ``"tensorflow1"`` ... Raises ``KeyError``,
    :class:`onecnn.cells.KernelMissing` or :class:`onecnn.cells.RunFailed`.
    """
    file = _file(key)
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return dict(stored)
    except Exception:  # missing or damaged; a damaged zip raises many kinds
        pass
    entrant = race.entrants([key])[0]
    packed = base64.b64decode(cells.run(entrant.notebook, "onecnn.trained:train_cells", env={**lesson.THREADS, **entrant.env}))
    paths.write_atomically(file, lambda stream: stream.write(packed))
    return weights(key)


def train_cells(functions) -> str:
    """Trains a chapter's network with the spec's recipe, for :func:`onecnn.cells.run`: its weights as a packed ``.npz``."""
    digits, model, buffer = mnist.load(), functions.build(spec.initial_weights()), io.BytesIO()
    for epoch in range(spec.EPOCHS):
        for chosen in spec.batches(len(digits.train_labels), epoch):
            functions.train_step(model, digits.train_images[chosen], digits.train_labels[chosen])
    found = functions.read_weights(model)
    np.savez(buffer, **{name: np.ascontiguousarray(found[name], np.float32) for name in spec.SHAPES})
    return base64.b64encode(buffer.getvalue()).decode()


def logits(key: str) -> np.ndarray:
    """What the framework that trained them says of the 1,000 test digits with these weights: ``1000 x 10``, float64."""
    entrant, file = race.entrants([key])[0], _file(key)
    weights(key)
    return np.array(cells.run(entrant.notebook, "onecnn.trained:logits_cells", env={**lesson.THREADS, **entrant.env},
                              file=str(file)))


def logits_cells(functions, file: str) -> list:
    """The test digits' logits with the weights in ``file``, for :func:`onecnn.cells.run`."""
    with np.load(file, allow_pickle=False) as stored:
        model = functions.build(dict(stored))
    return np.asarray(functions.logits(model, mnist.load().test_images), np.float64).tolist()


def _file(key: str) -> Path:
    """Where the weights are kept; its name changes with all that they are made from."""
    notebook = cells.locate(race.entrants([key])[0].notebook)
    sources = "\n".join(cell.source for cell in cells.read(notebook) if cells.TAG in cell.tags)
    sources += Path(spec.__file__).read_text(encoding="utf-8") + mnist.SHA256
    return paths.cache() / f"trained-{key}-{hashlib.sha256(sources.encode()).hexdigest()[:16]}.npz"


if __name__ == "__main__":  # set-up: whoever has no kernel here stays away
    for known in race.KEYS:
        try:
            weights(known)
        except cells.KernelMissing as reason:
            print(f"{known}: {reason}")
