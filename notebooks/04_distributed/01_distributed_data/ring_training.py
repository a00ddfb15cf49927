r"""The network by hand, trained by N processes that average their gradients with the ring of
ring_allreduce.py.

By hand, one terminal for each process:

    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/01_distributed_data/ring_training.py --rank 0 \
        --ports 5001 5002 --out ring.npz
    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/01_distributed_data/ring_training.py --rank 1 --ports 5001 5002
"""
import argparse
import json

import numpy as np
from ring_allreduce import Ring

from onecnn import cells, spec
from onecnn.worker import batches, record


def flat(loss, tensors):
    """The tensors as one vector, and the loss behind them."""
    return np.concatenate([*(np.ravel(tensors[name]) for name in spec.SHAPES),
                           [loss]]).astype(np.float32)


def unflat(vector):
    """What ``flat`` was given."""
    ends = np.cumsum([np.prod(shape) for shape in spec.SHAPES.values()])
    parts = np.split(vector, ends)
    return float(parts[-1][0]), {name: part.reshape(spec.SHAPES[name])
                                 for name, part in zip(spec.SHAPES, parts)}


def main(rank, ports, out, fault):
    ring, by_hand = Ring(rank, ports), cells.functions("01_history/02_by_hand")
    whole_batch = by_hand.gradients

    def averaged(model, images, labels):
        mine = slice(rank, None, ring.size)
        vector = flat(*whole_batch(model, images[mine], labels[mine]))
        vector *= 1 if fault == "sum" else len(labels[mine]) / len(labels)
        if fault != "local":
            ring.all_reduce(vector)
        return unflat(vector)

    by_hand.gradients = averaged  # train_step calls it, and needs no other change
    model, losses, weights = by_hand.build(spec.initial_weights()), [], []
    for images, labels in batches():
        losses.append(by_hand.train_step(model, images, labels))
        weights.append(by_hand.read_weights(model))
    if out and rank == 0:  # all processes hold the same
        record(out, losses, weights)
    print(json.dumps({"sent": ring.sent}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--ports", type=int, nargs="+", required=True)
    parser.add_argument("--out")
    parser.add_argument("--fault", choices=("sum", "local"))
    main(**vars(parser.parse_args()))
