"""What the worker programs share: the ten global batches of the rung ``steps``, and the file that hands a training back."""
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn, Union

import numpy as np

from onecnn import ladder, mnist, spec


def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The first ten global batches, images and labels."""
    digits = mnist.load()
    for _, batch in zip(range(ladder.STEP_COUNT), spec.batches(len(digits.train_labels), epoch=0)):
        yield digits.train_images[batch], digits.train_labels[batch]


def record(path: Union[str, Path, BinaryIO], losses: list[float], weights: list[spec.Weights]) -> None:
    """Writes the loss of each step and the weights after it, a list of dicts, to ``path`` (.npz)."""
    steps = {f"{step}/{name}": value for step, one in enumerate(weights) for name, value in one.items()}
    np.savez(path, losses=np.array(losses), **steps)  # type: ignore[arg-type]  # none is called allow_pickle, the only bool


def recorded(*paths: Union[str, Path]) -> tuple[list[float], list[spec.Weights]]:
    """``(losses, weights)`` from one file, or from several whose weights complete each other; for ``ladder.steps_rung``."""
    losses: list[float] = []
    weights: list[spec.Weights] = [{} for _ in range(ladder.STEP_COUNT)]
    for path in paths:
        with np.load(path) as stored:
            losses = stored["losses"].tolist() or losses
            for key in set(stored.files) - {"losses"}:
                step, name = key.split("/")
                weights[int(step)][name] = stored[key]
    return losses, weights


def leave() -> NoReturn:
    """Ends a PyTorch worker at once.

    Python's own exit now and then aborts: gloo's threads still hold tensors (pytorch 179291).
    """
    import torch.distributed as dist
    dist.destroy_process_group()
    sys.stdout.flush()
    os._exit(0)
