r"""Pipeline parallel: the convolutions in one process, the dense layers in the other. Ten steps, as
often as you name a way:

By hand, on a network that you trust (its ports are open there):

    PYTHONPATH=. .venv/bin/torchrun --nproc-per-node=2 \
        notebooks/04_distributed/04_distributed_model/pytorch_pipeline.py \
        FOLDER gpipe 1f1b gpipe:sum 1f1b:late

The fault ``sum`` adds up each micro-batch's losses where their mean was asked; ``late`` lets the
first stage use the gradients of the batch before. Each rank writes its own losses and weights to
FOLDER/WAY.RANK.npz. The JSON on the last line has a trace of each way's last step: kind,
micro-batch, begin, end, and the number of micro-batches whose activations are kept.
``--bubbles 1 2 4`` adds traces of two equal stages for these numbers of micro-batches.
"""
import argparse
import functools
import json
import time
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.pipelining import PipelineStage, Schedule1F1B, ScheduleGPipe

from onecnn import cells, spec, worker

SCHEDULES = {"gpipe": ScheduleGPipe, "1f1b": Schedule1F1B}
WIDTH, ROWS = 768, 96  # of the equal stages: large enough to be seen


class Traced(PipelineStage):
    """A stage that notes its passes."""

    def forward_one_chunk(self, number, *arguments, **options):
        return self.note("F", number, super().forward_one_chunk, *arguments, **options)

    def backward_one_chunk(self, number, *arguments, **options):
        return self.note("B", number, super().backward_one_chunk, *arguments, **options)

    def note(self, kind, number, run, *arguments, **options):
        begin = time.monotonic()
        result = run(number, *arguments, **options)
        self.trace.append([kind, number, begin, time.monotonic(), len(self.fwd_cache)])
        return result


class Convolutions(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.conv1, self.conv2 = model.conv1, model.conv2

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2)
        return x.flatten(1)


class Dense(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.dense1, self.dense2 = model.dense1, model.dense2

    def forward(self, x):
        return self.dense2(torch.relu(self.dense1(x)))


def step(schedule, stage, inputs, targets):
    """One step of the pipeline; the mean of the micro-batches' losses, on the rank that has the
    last stage."""
    losses, stage.trace = [], []
    if stage.is_first:
        schedule.step(inputs)
    else:
        schedule.step(target=targets, losses=losses)
    return torch.stack(losses).mean().item() if losses else None


def train(pytorch, way, micro_batches, folder):
    kind, _, fault = way.partition(":")
    rank, model = dist.get_rank(), pytorch.build(spec.initial_weights())
    part = (Convolutions, Dense)[rank](model)
    optimizer = torch.optim.SGD(part.parameters(), spec.LEARNING_RATE, spec.MOMENTUM)
    loss = functools.partial(nn.functional.cross_entropy,
                             reduction="sum" if fault == "sum" else "mean")
    stage = Traced(part, rank, 2, torch.device("cpu"))
    # divides the gradients by the number of micro-batches
    schedule = SCHEDULES[kind](stage, micro_batches, loss_fn=loss)
    losses, weights, before = [], [], None
    for images, labels in worker.batches():
        optimizer.zero_grad()
        losses.append(step(schedule, stage, torch.from_numpy(images), torch.from_numpy(labels)))
        if fault == "late" and rank == 0:
            fresh = [p.grad.clone() for p in part.parameters()]
            for p, gradient in zip(part.parameters(), before or fresh):
                p.grad.copy_(gradient)
            before = fresh
        optimizer.step()
        weights.append({name: p.detach().numpy().copy() for name, p in part.named_parameters()})
    worker.record(Path(folder, f"{way}.{rank}.npz"), losses if stage.is_last else [], weights)
    memory = {"parameters": nbytes(part.parameters()),
              "gradients": nbytes(p.grad for p in part.parameters()),
              "momentum": nbytes(one["momentum_buffer"] for one in optimizer.state.values())}
    return {"trace": stage.trace, "memory": memory}


def nbytes(tensors):
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def equal_stages(kind, micro_batches, repeat=4):
    """Traces of two stages with the same work; the first step is a warm-up."""
    torch.manual_seed(0)
    part = nn.Sequential(*(layer for _ in range(3)
                           for layer in (nn.Linear(WIDTH, WIDTH), nn.ReLU())))
    stage = Traced(part, dist.get_rank(), 2, torch.device("cpu"))
    schedule = SCHEDULES[kind](stage, micro_batches, loss_fn=nn.functional.mse_loss)
    inputs, traces = torch.randn(ROWS * micro_batches, WIDTH), []
    for _ in range(1 + repeat):
        step(schedule, stage, inputs, inputs)
        traces.append(stage.trace)
    return traces[1:]


def from_all_ranks(mine):
    ranks = [None] * dist.get_world_size()
    dist.all_gather_object(ranks, mine)
    return ranks


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("ways", nargs="+")
    parser.add_argument("--micro-batches", type=int, default=4)
    parser.add_argument("--bubbles", type=int, nargs="*", default=[])
    given = parser.parse_args()
    dist.init_process_group("gloo")
    pytorch = cells.functions("02_frameworks/02_pytorch")
    found = {way: from_all_ranks(train(pytorch, way, given.micro_batches, given.folder))
             for way in given.ways}
    bubbles = {f"{kind} {number}": from_all_ranks(equal_stages(kind, number)) for number
               in given.bubbles for kind in SCHEDULES if not (kind == "1f1b" and number < 2)}
    if dist.get_rank() == 0:
        print(json.dumps({"ways": found, "bubbles": bubbles}))
    worker.leave()
