r"""Data parallel, sharded data parallel, tensor parallel and both together, on a mesh of four
processes. Ten steps for each way:

By hand, on a network that you trust (its ports are open there):

    PYTHONPATH=. .venv/bin/torchrun --nproc-per-node=4 \
        notebooks/04_distributed/04_distributed_model/pytorch_hybrid.py \
        FOLDER single ddp fsdp tp hybrid

Losses and weights go to FOLDER/WAY.npz. The JSON on the last line has the bytes that each rank held
for each way. For ``hybrid``, FOLDER/addresses.RANK.npz says which elements of each tensor the rank
held.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.nn.parallel import DistributedDataParallel

from onecnn import cells, spec, worker

# processes by data, by tensor
MESHES = {"single": (1, 1), "ddp": (4, 1), "fsdp": (4, 1), "tp": (1, 4), "hybrid": (2, 2)}
PLAN = {"dense1": ColwiseParallel(), "dense2": RowwiseParallel()}


def spread(model, way):
    """The model, spread over the mesh; which part of each batch is this rank's, and of how many
    parts."""
    if way == "single":
        return model, 0, 1
    mesh = init_device_mesh("cpu", MESHES[way], mesh_dim_names=("data", "tensor"))
    if mesh["tensor"].size() > 1:
        parallelize_module(model, mesh["tensor"], PLAN)
    if way in ("fsdp", "hybrid"):
        fully_shard(model, mesh=mesh["data"])
    elif way == "ddp":
        # without the view gradients are kept twice
        model = DistributedDataParallel(model, gradient_as_bucket_view=True)
    return model, mesh.get_local_rank("data"), mesh["data"].size()


def build(pytorch, weights, way):
    model = pytorch.build(weights).to(memory_format=torch.contiguous_format)
    model, part, parts = spread(model, way)
    # the optimizer of what is held here
    model.optimizer = torch.optim.SGD(model.parameters(), spec.LEARNING_RATE, spec.MOMENTUM)
    return model, part, parts


def named(model):
    return {name.removeprefix("module."): p for name, p in model.named_parameters()}


def local(tensor):
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def nbytes(tensors):
    return sum(local(tensor).numel() * tensor.element_size() for tensor in tensors)


def train(pytorch, way, folder):
    model, part, parts = build(pytorch, spec.initial_weights(), way)
    losses, weights = [], []
    for images, labels in worker.batches():
        loss = pytorch.train_step(model, np.split(images, parts)[part],
                                  np.split(labels, parts)[part])
        mean = torch.tensor(loss)
        dist.all_reduce(mean)
        losses.append(mean.item() / dist.get_world_size())
        whole = {name: p.full_tensor() if isinstance(p, DTensor) else p
                 for name, p in named(model).items()}
        weights.append({name: p.detach().numpy().copy() for name, p in whole.items()})
    if dist.get_rank() == 0:
        worker.record(Path(folder, f"{way}.npz"), losses, weights)
    memory = {"parameters": nbytes(model.parameters()),
              "gradients": nbytes(p.grad for p in model.parameters()),
              "momentum": nbytes(one["momentum_buffer"] for one in model.optimizer.state.values())}
    ranks = [None] * dist.get_world_size()
    dist.all_gather_object(ranks, memory)
    return ranks


def addresses(pytorch, way, folder):
    """Each element of each tensor gets its own number; what this rank holds of them goes to a
    file."""
    numbers = {name: np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
               for name, shape in spec.SHAPES.items()}
    model = build(pytorch, numbers, way)[0]
    np.savez(Path(folder, f"addresses.{dist.get_rank()}.npz"),
             **{name: local(p.detach()).numpy().astype(int) for name, p in named(model).items()})


if __name__ == "__main__":
    folder, ways = sys.argv[1], sys.argv[2:]
    dist.init_process_group("gloo")
    pytorch = cells.functions("02_frameworks/02_pytorch")
    found = {way: train(pytorch, way, folder) for way in ways}
    if "hybrid" in ways:
        addresses(pytorch, "hybrid", folder)
    dist.barrier()
    if dist.get_rank() == 0:
        print(json.dumps(found))
    worker.leave()
