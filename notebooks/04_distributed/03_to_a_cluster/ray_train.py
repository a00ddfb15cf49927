r"""Ray Train as the engine: it places two workers, joins them, keeps their checkpoints, and starts
them again.

    PYTHONPATH=. JUPYTER_PATH=.venv/share/jupyter .venv-deployment/bin/python \
        notebooks/04_distributed/03_to_a_cluster/ray_train.py --folder run

in the course's root, with the environment that "python3 course.py setup --with deployment" makes.

On a cluster: the same file, with --address=auto on a machine of a running Ray cluster. A local Ray
is kept to the loopback, guarded by a secret token, with a folder of its own that is removed.
"""
import argparse
import contextlib
import itertools
import json
import os
import secrets
import signal
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("RAY_AUTH_MODE", "token")
if "--address" not in " ".join(sys.argv):
    if os.environ["RAY_AUTH_MODE"] == "token":
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    # its name says when it is of use; without it, Ray replaces 127.0.0.1 by the machine's address
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"

import ray
import ray.train
from ray.train.torch import TorchTrainer


def train(config):
    """Runs in each worker. Ray has called init_process_group; prepare_model wraps
    DistributedDataParallel."""
    import torch
    import torch.distributed as dist
    from ray.train.torch import prepare_model

    from onecnn import cells, ladder, spec, worker
    pytorch = cells.functions("02_frameworks/02_pytorch")
    model, first, losses, path = pytorch.build(spec.initial_weights()), 0, [], []
    resumed = ray.train.get_checkpoint()
    if resumed:
        with resumed.as_directory() as folder:
            state = torch.load(Path(folder, "checkpoint.pt"), weights_only=True)
            losses, path = (values[:state["step"]]
                            for values in worker.recorded(Path(folder, "history.npz")))
        first = state["step"]
        model.load_state_dict(state["model"])
        model.optimizer.load_state_dict(state["optimizer"])
    parallel, rank, world = prepare_model(model), dist.get_rank(), dist.get_world_size()
    for step, (images, labels) in zip(range(first, ladder.STEP_COUNT),
                                      itertools.islice(worker.batches(), first, None)):
        mine = slice(rank, None, world)
        loss = torch.nn.functional.cross_entropy(parallel(torch.from_numpy(images[mine])),
                                                 torch.from_numpy(labels[mine]))
        if config["kill"] == f"{rank}:{step}" and not resumed:
            os.kill(os.getpid(), signal.SIGKILL)
        model.optimizer.zero_grad()
        loss.backward()
        model.optimizer.step()
        mean = loss.detach().clone()
        dist.all_reduce(mean)
        losses.append(mean.item() / world)
        path.append(pytorch.read_weights(model))
        if (step + 1) % config["every"] == 0 or step + 1 == ladder.STEP_COUNT:
            report(rank, step + 1, model, losses, path, first)


def report(rank, step, model, losses, path, first):
    """All workers must call ray.train.report; Ray copies the checkpoint of rank 0 to the storage
    path."""
    import torch

    from onecnn import worker
    with tempfile.TemporaryDirectory() as folder:
        if rank == 0:
            state = {"step": step, "model": model.state_dict(),
                     "optimizer": model.optimizer.state_dict()}
            torch.save(state, Path(folder, "checkpoint.pt"))
            worker.record(Path(folder, "history.npz"), losses, path)
        checkpoint = ray.train.Checkpoint.from_directory(folder) if rank == 0 else None
        ray.train.report({"step": step, "resumed_at": first}, checkpoint=checkpoint)
    # waits: report only hands over, and a worker that dies now would lose it
    ray.train.get_all_reported_checkpoints()


@contextlib.contextmanager
def joined(address):
    """Ray, for a ``with`` block. A local one has a folder of its own, removed at the end: its usual
    one is open to all users, and stays."""
    # the path of a socket must be short
    short = "/tmp" if len(tempfile.gettempdir()) > 30 and os.name == "posix" else None
    with tempfile.TemporaryDirectory(dir=short, ignore_cleanup_errors=True) as folder:
        # inside it, for Ray opens to all what it is given
        local = {"num_cpus": 2, "include_dashboard": False, "_node_ip_address": "127.0.0.1",
                 "_temp_dir": str(Path(folder, "ray"))}
        ray.init(address=address, log_to_driver=False, **(local if address == "local" else {}))
        try:
            yield
        finally:
            ray.shutdown()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--every", type=int, default=3)
    parser.add_argument("--kill", default="",
                        help="RANK:STEP, a worker that dies there, in the first attempt")
    parser.add_argument("--address", default="local")
    options = parser.parse_args()
    with joined(options.address):
        result = TorchTrainer(
            train, train_loop_config={"every": options.every, "kill": options.kill},
            scaling_config=ray.train.ScalingConfig(num_workers=2, use_gpu=False),
            run_config=ray.train.RunConfig(
                name="one_cnn", storage_path=str(options.folder.resolve()),
                failure_config=ray.train.FailureConfig(max_failures=3)),
        ).fit()
        with result.checkpoint.as_directory() as folder:
            (options.folder / "history.npz").write_bytes(Path(folder, "history.npz").read_bytes())
        print(json.dumps({"workers": 2, **result.metrics}))
