r"""DistributedDataParallel with the averaging in our own hands: a hook sees every bucket of
gradients. Right, or with a fault.

By hand, on a network that you trust (its ports are open there):

    PYTHONPATH=. .venv/bin/torchrun --nproc-per-node=2 \
        notebooks/04_distributed/01_distributed_data/pytorch_hook.py \
        --out folder --fault none sum

Trains once for each fault and writes folder/FAULT.npz; prints what process 0 saw, as JSON.
"""
import argparse
import json
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from onecnn import cells, spec
from onecnn.worker import batches, leave, record

pytorch = cells.functions("02_frameworks/02_pytorch")
FAULTS = ("none", "sum", "local", "unequal", "weighted")


def cut(count, fault):
    """The part of a batch of ``count`` digits that is this process's, and the weight of its
    gradient."""
    rank, size = dist.get_rank(), dist.get_world_size()
    # process 0 takes three quarters of a batch, the others share what is left
    if fault in ("unequal", "weighted"):
        ends = [0, *(count * 3 // 4 + count // 4 * number // (size - 1) for number in range(size))]
        mine = slice(ends[rank], ends[rank + 1])
        return mine, (mine.stop - mine.start) / count if fault == "weighted" else 1 / size
    return slice(rank, None, size), 1 if fault == "sum" else 1 / size


def train(fault):
    """``(losses, weights, buckets of the last step)``."""
    model, buckets, losses, weights = pytorch.build(spec.initial_weights()), [], [], []
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    mine, weight = cut(spec.BATCH, fault)

    def weighted_sum(state, bucket):
        """Called by the backward pass, as soon as all gradients of a bucket are there."""
        buckets.append((bucket.index(), bucket.buffer().nbytes,
                        [names[id(one)] for one in bucket.parameters()]))
        total = dist.all_reduce(bucket.buffer() * weight, async_op=True)
        return total.get_future().then(lambda done: done.value()[0])

    network = DistributedDataParallel(model, bucket_cap_mb=0.05)
    network.register_comm_hook(None, weighted_sum)
    if fault == "local":
        network = network.module  # the network inside, as many programs call it: nobody averages
    network.optimizer = model.optimizer
    for images, labels in batches():
        buckets.clear()
        loss = torch.tensor(pytorch.train_step(network, images[mine], labels[mine]))
        dist.all_reduce(loss.mul_(len(labels[mine]) / len(labels)))
        losses.append(loss.item())
        weights.append(pytorch.read_weights(model))
    return losses, weights, sorted(buckets)


def apart(weights):
    """The largest difference of any weight between two processes."""
    mine = torch.cat([torch.from_numpy(value).flatten() for value in weights.values()])
    everyone = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
    dist.all_gather(everyone, mine)
    return max(float((mine - other).abs().max()) for other in everyone)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fault", nargs="+", choices=FAULTS, default=["none"])
    options = parser.parse_args()
    dist.init_process_group("gloo")
    seen = {}
    for fault in options.fault:
        losses, weights, buckets = train(fault)
        seen[fault] = {"buckets": buckets, "apart": apart(weights[-1])}
        if dist.get_rank() == 0:
            record(options.out / f"{fault}.npz", losses, weights)
    if dist.get_rank() == 0:
        print(json.dumps(seen))
    leave()
