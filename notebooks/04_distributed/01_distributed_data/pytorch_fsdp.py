r"""Fully sharded data parallel: each process keeps a part of every tensor, and borrows the rest for
the moment of its use.

By hand, on a network that you trust (its ports are open there):

    PYTHONPATH=. .venv/bin/torchrun --nproc-per-node=2 \
        notebooks/04_distributed/01_distributed_data/pytorch_fsdp.py \
        --out folder --engine ddp fsdp

Trains once with each engine and writes folder/ENGINE.npz; prints what each process held at the end,
as JSON.
"""
import argparse
import json
from pathlib import Path

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from onecnn import cells, spec
from onecnn.worker import batches, leave, record

pytorch = cells.functions("02_frameworks/02_pytorch")


def fsdp(fault):
    # FSDP2 cuts along the first axis and refuses channels_last.
    model = pytorch.build(spec.initial_weights()).to(memory_format=torch.contiguous_format)
    mesh = init_device_mesh("cpu", (dist.get_world_size(),))
    for part in [*model.children(), model]:
        fully_shard(part, mesh=mesh)
        if fault == "sum":  # 1 in place of the number of processes; each part has its own
            part.set_force_sum_reduction_for_comms(True)
            part.set_gradient_divide_factor(1)
    # A new optimizer: the old one holds the whole tensors, which are gone.
    model.optimizer = torch.optim.SGD(model.parameters(),
                                      lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM)
    return model


def ddp(fault):
    model = pytorch.build(spec.initial_weights())
    network = DistributedDataParallel(model)
    network.optimizer = model.optimizer
    return network


def train(network):
    rank, size = dist.get_rank(), dist.get_world_size()
    losses, weights = [], []
    for images, labels in batches():
        mine = slice(rank, None, size)
        loss = torch.tensor(pytorch.train_step(network, images[mine], labels[mine]))
        dist.all_reduce(loss.mul_(len(labels[mine]) / len(labels)))
        losses.append(loss.item())
        weights.append({name: whole(one).detach().numpy().copy()
                        for name, one in parameters(network).items()})
    return losses, weights


def parameters(network):
    return {name.removeprefix("module."): one for name, one in network.named_parameters()}


def whole(tensor):
    """All of a tensor: the parts of a DTensor are gathered from all processes."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def mine(tensor):
    """What this process holds of a tensor: of a DTensor its part, of an ordinary tensor all."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor


def holdings(network):
    """What this process holds: rows of each parameter, and bytes."""
    tensors = parameters(network)
    kinds = {"parameters": tensors.values(), "gradients": [one.grad for one in tensors.values()],
             "momentum": [network.optimizer.state[one]["momentum_buffer"]
                          for one in tensors.values()]}
    return {"rows": {name: len(mine(one)) for name, one in tensors.items()},
            "bytes": {kind: sum(mine(one).nbytes for one in held) for kind, held in kinds.items()}}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--engine", nargs="+", choices=("ddp", "fsdp"), default=["fsdp"])
    parser.add_argument("--fault", choices=("sum",))
    options = parser.parse_args()
    dist.init_process_group("gloo")
    held = {}
    for engine in options.engine:
        network = {"ddp": ddp, "fsdp": fsdp}[engine](options.fault)
        losses, weights = train(network)
        held[engine] = [None] * dist.get_world_size()
        dist.all_gather_object(held[engine], holdings(network))
        if dist.get_rank() == 0:
            record(options.out / f"{engine}.npz", losses, weights)
    if dist.get_rank() == 0:
        print(json.dumps(held))
    leave()
