r"""What one training step costs: the network's own work, then the all-reduce of a gradient of a
given size.

By hand, on a network that you trust (its ports are open there):

    PYTHONPATH=. .venv/bin/torchrun --nproc-per-node=4 \
        notebooks/04_distributed/03_to_a_cluster/pytorch_cost.py --processes 1 2 3 4

The global batch stays 64. A gradient that is larger than the network's stands for a larger network.
Configurations take turns, round by round, and the best time of each counts: a disturbance in one
round then hits all of them, or none that counts.
"""
import argparse
import json
import math
import time

import torch
import torch.distributed as dist

from onecnn import cells, mnist, spec, worker

parser = argparse.ArgumentParser()
parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 3, 4])
parser.add_argument("--floats", type=int, nargs="+",
                    default=[spec.PARAMETERS, 500_000, 1_000_000, 2_000_000])
parser.add_argument("--rounds", type=int, default=5)
options = parser.parse_args()

dist.init_process_group("gloo")
rank, pytorch = dist.get_rank(), cells.functions("02_frameworks/02_pytorch")
model, digits = pytorch.build(spec.initial_weights()), mnist.load()
groups = {count: dist.new_group(range(count)) for count in options.processes}


def step(count, gradient):
    """Seconds of one step's two halves; a barrier before each, so that nobody's waiting is counted
    as his work."""
    share = math.ceil(spec.BATCH / count)
    dist.barrier(groups[count])
    begin = time.perf_counter()
    pytorch.train_step(model, digits.train_images[:share], digits.train_labels[:share])
    computed = time.perf_counter() - begin
    dist.barrier(groups[count])
    begin = time.perf_counter()
    if count > 1:
        dist.all_reduce(gradient, group=groups[count])
    return computed, time.perf_counter() - begin


best = {(count, floats): [math.inf, math.inf] for count in options.processes
        for floats in options.floats}
for _ in range(options.rounds):
    for (count, floats), times in best.items():
        gradient = torch.zeros(floats)
        for _ in range(3 if rank < count else 0):
            times[:] = map(min, times, step(count, gradient))
        dist.barrier()
for (count, floats), times in best.items():
    slowest = torch.tensor(times if rank < count else [0.0, 0.0], dtype=torch.float64)
    dist.all_reduce(slowest, dist.ReduceOp.MAX)
    best[count, floats] = slowest.tolist()
if rank == 0:
    print(json.dumps([{"processes": count, "floats": floats, "compute": compute, "reduce": reduce}
                      for (count, floats), (compute, reduce) in best.items()]))
worker.leave()
