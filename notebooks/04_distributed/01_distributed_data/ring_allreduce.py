"""A ring all-reduce in plain Python: every process ends with the sum of all arrays, and talks to
its two neighbours only.

By hand, one terminal for each process, the same list of ports everywhere:

    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/01_distributed_data/ring_allreduce.py --rank 0 --ports 5001 5002
    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/01_distributed_data/ring_allreduce.py --rank 1 --ports 5001 5002
"""
import argparse
import json
import socket
import threading
import time

import numpy as np


class Ring:
    def __init__(self, rank, ports):
        self.rank, self.size, self.sent = rank, len(ports), 0
        with socket.create_server(("127.0.0.1", ports[rank])) as server:
            self.right = connect(ports[(rank + 1) % self.size])
            self.left = server.accept()[0]

    def all_reduce(self, array, watch=lambda pieces: None):
        """Replaces the numbers of a flat array by the sum of all processes' arrays."""
        pieces = np.array_split(array, self.size)
        watch(pieces)
        # reduce-scatter: the piece from the left is added to mine, and travels on
        for step in range(self.size - 1):
            give, take = (self.rank - step) % self.size, (self.rank - step - 1) % self.size
            pieces[take] += self.exchange(pieces[give], pieces[take])
            watch(pieces)
        # all-gather: a finished piece travels round and replaces the unfinished ones
        for step in range(self.size - 1):
            give, take = (self.rank - step + 1) % self.size, (self.rank - step) % self.size
            pieces[take][:] = self.exchange(pieces[give], pieces[take])
            watch(pieces)

    def exchange(self, given, like):
        """Sends ``given`` to the right while an array like ``like`` arrives from the left."""
        # A thread sends. If all sent first and received afterwards, all could wait for ever on full
        # buffers.
        sender = threading.Thread(target=self.right.sendall, args=(given.tobytes(),))
        sender.start()
        arrived = receive(self.left, like)
        sender.join()
        self.sent += given.nbytes
        return arrived


def connect(port, seconds=30):
    """A connection to the process that listens on ``port``, which may not have begun yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def receive(connection, like):
    """An array of ``like``'s type and size from a connection."""
    array = np.empty_like(like)
    rest = memoryview(array.view(np.uint8))
    while len(rest):
        count = connection.recv_into(rest)
        if count == 0:
            raise ConnectionError("the other process hung up")
        rest = rest[count:]
    return array


def main(rank, ports, length):
    ring, trace = Ring(rank, ports), []
    # A binary digit for each process: a sum tells who is in it. 5 is 1 + 4: processes 0 and 2.
    array = np.full(length, 2 ** rank, np.float32)
    ring.all_reduce(
        array, watch=lambda pieces: trace.append([int(piece.max(initial=0)) for piece in pieces]))
    right = bool((array == 2 ** ring.size - 1).all())
    print(json.dumps({"sent": ring.sent, "right": right, "trace": trace}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--ports", type=int, nargs="+", required=True)
    parser.add_argument("--length", type=int, default=1000)
    main(**vars(parser.parse_args()))
