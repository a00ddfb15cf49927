r"""DistributedDataParallel that outlives its processes: it goes on from the last checkpoint,
however it was started.

By hand, on a network that you trust (its ports are open there):

    PYTHONPATH=. .venv/bin/torchrun --nproc-per-node=2 --max-restarts=3 \
        notebooks/04_distributed/03_to_a_cluster/pytorch_elastic.py --folder run

On several machines: the same, with --nnodes and --rdzv-endpoint. Nothing in here names a machine, a
port or a count.
"""
import argparse
import itertools
import json
import os
import signal
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--folder", type=Path, required=True, help="on a disk that all machines see")
parser.add_argument("--every", type=int, default=3, help="steps between two checkpoints")
parser.add_argument("--kill", default="",
                    help="RANK:STEP, a process that dies there, in the first attempt")
parser.add_argument("--pause", type=float, default=0,
                    help="seconds before each step: time to kill it yourself")
parser.add_argument("--fault", choices=("none", "no-checkpoint", "momentum", "order"),
                    default="none")
options = parser.parse_args()

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from onecnn import cells, ladder, spec, worker

pytorch = cells.functions("02_frameworks/02_pytorch")
attempt = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
checkpoint, history = options.folder / "checkpoint.pt", options.folder / "history.npz"


def write_whole(path, write):
    """The file is the old one or the new one, never half of it: written beside it, then renamed."""
    with path.with_suffix(".part").open("wb") as stream:
        write(stream)
        stream.flush()
        os.fsync(stream.fileno())
    path.with_suffix(".part").replace(path)


def save_checkpoint(model, step):
    state = {"step": step, "model": model.state_dict(), "optimizer": model.optimizer.state_dict()}
    if options.fault == "momentum":
        del state["optimizer"]
    write_whole(checkpoint, lambda stream: torch.save(state, stream))


def load_checkpoint(model):
    """The number of steps that are done. Every process loads: DistributedDataParallel sends weights
    round, not momentum."""
    if options.fault == "no-checkpoint" or not checkpoint.exists():
        return 0
    state = torch.load(checkpoint, weights_only=True)
    model.load_state_dict(state["model"])
    if "optimizer" in state:
        model.optimizer.load_state_dict(state["optimizer"])
    return state["step"]


def log(**entry):
    with (options.folder / "log.jsonl").open("a") as stream:
        stream.write(json.dumps({"attempt": attempt, "time": time.time(), **entry}) + "\n")


dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()
model = pytorch.build(spec.initial_weights())
first = load_checkpoint(model)
parallel = DistributedDataParallel(model)
losses, path = ((values[:first] for values in worker.recorded(history)) if first and rank == 0
                else ([], []))
todo = itertools.islice(worker.batches(), 0 if options.fault == "order" else first, None)

for step, (images, labels) in zip(range(first, ladder.STEP_COUNT), todo):
    time.sleep(options.pause)
    # every world-th row: equal shards, so that the mean of means is the mean
    mine = slice(rank, None, world)
    loss = nn.functional.cross_entropy(parallel(torch.from_numpy(images[mine])),
                                       torch.from_numpy(labels[mine]))
    if options.kill == f"{rank}:{step}" and attempt == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    model.optimizer.zero_grad()
    loss.backward()
    model.optimizer.step()
    mean = loss.detach().clone()
    dist.all_reduce(mean)
    if rank == 0:
        losses.append(mean.item() / world)
        path.append(pytorch.read_weights(model))
        log(step=step)
        if (step + 1) % options.every == 0 and options.fault != "no-checkpoint":
            write_whole(history, lambda stream: worker.record(stream, losses, path))
            save_checkpoint(model, step + 1)
            log(checkpoint=step + 1)

if rank == 0:
    write_whole(history, lambda stream: worker.record(stream, losses, path))
print(json.dumps({"rank": rank, "world": world, "node": int(os.environ.get("GROUP_RANK", "0")),
                  "local_rank": int(os.environ.get("LOCAL_RANK", "0")), "attempt": attempt,
                  "resumed_at": first}))
worker.leave()
