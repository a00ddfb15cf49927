r"""Our network with a batch normalisation behind its first convolution, trained by several
processes and by one.

By hand, on a network that you trust (its ports are open there):

    PYTHONPATH=. .venv/bin/torchrun --nproc-per-node=2 \
        notebooks/04_distributed/01_distributed_data/pytorch_batchnorm.py \
        batchnorm.npz

Writes the weights after each step for each way: "one" process on whole batches, "local" statistics,
"synchronised" ones. Prints, as JSON, what PyTorch's own SyncBatchNorm says on a CPU.
"""
import json
import sys

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from onecnn import cells, spec
from onecnn.worker import batches, leave

pytorch = cells.functions("02_frameworks/02_pytorch")


class SumOverProcesses(torch.autograd.Function):
    """An all-reduce with a gradient: every process's input is in every output, so the gradients are
    summed as well."""

    @staticmethod
    def forward(context, x):
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(context, upstream):
        return SumOverProcesses.forward(context, upstream)


class SynchronisedBatchNorm(nn.BatchNorm2d):
    """Normalises with the mean and the variance of all processes' shares, which must be equally
    large."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        moments = torch.stack([x.mean((0, 2, 3)), (x * x).mean((0, 2, 3))])
        mean, square = SumOverProcesses.apply(moments) / dist.get_world_size()
        variance = square - mean ** 2
        with torch.no_grad():
            count = x.numel() / x.shape[1] * dist.get_world_size()
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        scale = self.weight * (variance + self.eps).rsqrt()
        return x * scale[:, None, None] + (self.bias - mean * scale)[:, None, None]


def train(norm, parallel):
    # In channels_last order, PyTorch's batch norm loses three digits on a CPU.
    model = pytorch.build(spec.initial_weights()).to(memory_format=torch.contiguous_format)
    model.conv1 = nn.Sequential(model.conv1, norm(16))
    network = DistributedDataParallel(model) if parallel else model
    network.optimizer = torch.optim.SGD(model.parameters(),
                                        lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM)
    mine = slice(dist.get_rank(), None, dist.get_world_size()) if parallel else slice(None)
    path = []
    for images, labels in batches():
        pytorch.train_step(network, images[mine], labels[mine])
        path.append(np.concatenate([value.ravel()
                                    for value in pytorch.read_weights(model).values()]))
    return {"path": np.array(path), "mean": model.conv1[1].running_mean.numpy(),
            "variance": model.conv1[1].running_var.numpy()}


if __name__ == "__main__":
    dist.init_process_group("gloo")
    ways = {"one": train(nn.BatchNorm2d, False), "local": train(nn.BatchNorm2d, True),
            "synchronised": train(SynchronisedBatchNorm, True)}
    if dist.get_rank() == 0:
        np.savez(sys.argv[1], **{f"{way}/{kind}": value for way, found in ways.items()
                                 for kind, value in found.items()})
        try:
            train(nn.SyncBatchNorm, False)
        except ValueError as error:
            print(json.dumps({"SyncBatchNorm": str(error)}))
    leave()
