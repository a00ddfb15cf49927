"""How long does a training step take, in one process and in several?

By hand, on a network that you trust (its ports are open there):

    PYTHONPATH=. .venv/bin/torchrun --nproc-per-node=2 \
        notebooks/04_distributed/01_distributed_data/pytorch_speed.py

First process 0 alone, with one thread and with two, while the others wait; then all together, with
one thread each. Prints JSON.
"""
import json
import statistics
import time

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from onecnn import cells, spec
from onecnn.worker import batches, leave

pytorch = cells.functions("02_frameworks/02_pytorch")


def median(threads, share, wrap):
    torch.set_num_threads(threads)
    model = pytorch.build(spec.initial_weights())
    network, taken = wrap(model), []
    network.optimizer = model.optimizer
    for images, labels in [*batches()] * 6:
        start = time.perf_counter()
        pytorch.train_step(network, images[share], labels[share])
        taken.append(time.perf_counter() - start)
    return {"threads": threads, "seconds": statistics.median(taken[10:])}


if __name__ == "__main__":
    dist.init_process_group("gloo")
    rank, size = dist.get_rank(), dist.get_world_size()
    alone = [{"processes": 1, **median(threads, slice(None), lambda model: model)}
             for threads in (1, 2)] if rank == 0 else []
    dist.barrier()
    together = median(1, slice(rank, None, size), DistributedDataParallel)
    if rank == 0:
        print(json.dumps([*alone, {"processes": size, **together}]))
    leave()
