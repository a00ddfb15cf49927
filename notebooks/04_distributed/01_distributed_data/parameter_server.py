r"""A parameter server: process 0 holds the weights and the optimizer; each worker fetches weights
and sends gradients.

By hand, one terminal for each process; process 0 is the server, so this is a training with two
workers:

    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/01_distributed_data/parameter_server.py --rank 0 --workers 2 \
        --port 5001 --out server.npz
    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/01_distributed_data/parameter_server.py --rank 1 --workers 2 \
        --port 5001
    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/01_distributed_data/parameter_server.py --rank 2 --workers 2 \
        --port 5001
"""
import argparse
import json
import socket

import numpy as np
from ring_allreduce import connect, receive
from ring_training import flat, unflat

from onecnn import cells, spec
from onecnn.worker import batches, record

by_hand = cells.functions("01_history/02_by_hand")
model = by_hand.build(spec.initial_weights())
vector = flat(0, model.weights)


def serve(workers, port, out):
    with socket.create_server(("127.0.0.1", port)) as server:
        connections = [server.accept()[0] for _ in range(workers)]
    sent, received, losses, weights = 0, 0, [], []

    def from_workers(model, images, labels):
        nonlocal sent, received
        for connection in connections:
            connection.sendall(flat(0, model.weights).tobytes())
            sent += vector.nbytes
        gradients = [receive(connection, vector) for connection in connections]
        received += sum(gradient.nbytes for gradient in gradients)
        return unflat(np.sum(gradients, axis=0))

    by_hand.gradients = from_workers  # train_step calls it: the optimizer runs here, and only here
    for images, labels in batches():
        losses.append(by_hand.train_step(model, images, labels))
        weights.append(by_hand.read_weights(model))
    if out:
        record(out, losses, weights)
    print(json.dumps({"sent": sent, "received": received}))


def work(number, workers, port):
    connection = connect(port)
    for images, labels in batches():
        model.weights = unflat(receive(connection, vector))[1]
        mine = slice(number, None, workers)
        gradient = flat(*by_hand.gradients(model, images[mine], labels[mine]))
        connection.sendall((gradient * np.float32(len(labels[mine]) / len(labels))).tobytes())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--out")
    options = parser.parse_args()
    if options.rank == 0:
        serve(options.workers, options.port, options.out)
    else:
        work(options.rank - 1, options.workers, options.port)
