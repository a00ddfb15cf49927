"""Ten training steps in one process.

    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/01_distributed_data/pytorch_one.py one.npz
"""
import sys

from onecnn import cells, spec
from onecnn.worker import batches, record

pytorch = cells.functions("02_frameworks/02_pytorch")
network = model = pytorch.build(spec.initial_weights())
losses, weights = [], []
for images, labels in batches():
    loss = pytorch.train_step(network, images, labels)
    losses.append(loss)
    weights.append(pytorch.read_weights(model))
record(sys.argv[1], losses, weights)
