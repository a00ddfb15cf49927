r"""Tensor parallel: the two dense layers of our network, cut between the processes. Ten steps, as
often as you name a way:

By hand, on a network that you trust (its ports are open there):

    PYTHONPATH=. .venv/bin/torchrun --nproc-per-node=2 \
        notebooks/04_distributed/04_distributed_model/pytorch_tensor.py \
        FOLDER dtensor hand hand:bias hand:gradient

``dtensor``: PyTorch cuts the layers. ``hand``: this file does. ``hand:bias`` and ``hand:gradient``:
this file, with a fault. Losses and weights go to FOLDER/WAY.npz; what the ranks held and said to
one another is the JSON on the last line.
"""
import json
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor
from torch.distributed.tensor.debug import CommDebugMode
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

from onecnn import cells, spec, worker

PLAN = {"dense1": ColwiseParallel(), "dense2": RowwiseParallel()}


class Copy(torch.autograd.Function):
    """Forward: nothing, each rank has the input. Backward: add up the ranks' gradients of it."""

    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        total = gradient.clone()
        dist.all_reduce(total)
        return total


class Sum(torch.autograd.Function):
    """Forward: add up the ranks' parts. Backward: nothing, each part has the sum's gradient."""

    @staticmethod
    def forward(ctx, part):
        total = part.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class Column(nn.Module):
    """A share of a dense layer's outputs."""

    def __init__(self, dense, rank, ranks, fault):
        super().__init__()
        self.weight = nn.Parameter(dense.weight.detach().chunk(ranks, 0)[rank].clone())
        self.bias = nn.Parameter(dense.bias.detach().chunk(ranks)[rank].clone())
        self.fault = fault

    def forward(self, x):
        return nn.functional.linear(x if self.fault == "gradient" else Copy.apply(x), self.weight,
                                    self.bias)


class Row(nn.Module):
    """A share of a dense layer's inputs."""

    def __init__(self, dense, rank, ranks, fault):
        super().__init__()
        self.weight = nn.Parameter(dense.weight.detach().chunk(ranks, 1)[rank].clone())
        self.bias = nn.Parameter(dense.bias.detach().clone())
        self.fault = fault

    def forward(self, x):
        if self.fault == "bias":
            return Sum.apply(nn.functional.linear(x, self.weight, self.bias))
        return Sum.apply(nn.functional.linear(x, self.weight)) + self.bias


def cut(model, way, mesh):
    how, _, fault = way.partition(":")
    if how == "dtensor":
        parallelize_module(model, mesh, PLAN)
    else:
        model.dense1 = Column(model.dense1, dist.get_rank(), mesh.size(), fault)
        model.dense2 = Row(model.dense2, dist.get_rank(), mesh.size(), fault)
    # the optimizer of the shares
    model.optimizer = torch.optim.SGD(model.parameters(), spec.LEARNING_RATE, spec.MOMENTUM)


def whole(name, share):
    """The tensor of which each rank has a share."""
    if isinstance(share, DTensor):
        return share.full_tensor()
    axis = next((axis for axis, size in enumerate(share.shape) if size != spec.SHAPES[name][axis]),
                None)
    if axis is None:
        return share
    shares = [torch.empty_like(share) for _ in range(dist.get_world_size())]
    dist.all_gather(shares, share.contiguous())
    return torch.cat(shares, axis)


def train(pytorch, way, mesh, folder):
    model = pytorch.build(spec.initial_weights())
    cut(model, way, mesh)
    held = {name: [list((p.to_local() if isinstance(p, DTensor) else p).shape), str(p.placements[0])
                   if isinstance(p, DTensor) else ""] for name, p in model.named_parameters()}
    losses, weights, said = [], [], {}
    for images, labels in worker.batches():
        with CommDebugMode() as forward:
            outputs = model(torch.from_numpy(images)).detach()
        with CommDebugMode() as step:
            losses.append(pytorch.train_step(model, images, labels))
        if not said:
            said = {"forward": forward.get_total_counts(),
                    "step": step.get_total_counts(), "logits": outputs.tolist(),
                    "kinds": sorted({str(kind) for kind in step.get_comm_counts()})}
        weights.append({name: whole(name, p.detach()).numpy().copy()
                        for name, p in model.named_parameters()})
    if dist.get_rank() == 0:
        worker.record(Path(folder, f"{way}.npz"), losses, weights)
    ranks = [None] * mesh.size()
    dist.all_gather_object(ranks, held)
    return {**said, "held": ranks}


if __name__ == "__main__":
    dist.init_process_group("gloo")
    mesh = init_device_mesh("cpu", (dist.get_world_size(),))
    pytorch = cells.functions("02_frameworks/02_pytorch")
    found = {way: train(pytorch, way, mesh, sys.argv[1]) for way in sys.argv[2:]}
    if dist.get_rank() == 0:
        print(json.dumps(found))
    worker.leave()
