# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: to a cluster
#
# Four tasks on [the notebook about clusters](../../notebooks/04_distributed/03_to_a_cluster.ipynb),
# about 35 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`,
# `[todo]`, or `[no]` with a hint. Nothing breaks if you run everything at once. No task starts
# processes; the last cell, if you want it, starts Ray.

# %%
from onecnn import lesson

lesson.start()

# %%
import tempfile
from pathlib import Path

import torch
import yaml
from torch.distributed.run import get_args_parser

from onecnn import cells, checks, ladder, paths, spec

WORKERS = paths.programs("04_distributed/03_to_a_cluster")
from onecnn import worker

# %% [markdown]
# ## 1. Write the command for four machines
#
# Four machines, `node-a` to `node-d`, have two devices each. Return what you type on `machine`
# after the word `torchrun`, as a list: the agents meet on `node-a`, port 29400, with the `c10d`
# rendezvous; the job's id is `digits`; up to five restarts; the program is `train.py`.

# %%
MACHINES = ("node-a", "node-b", "node-c", "node-d")


def command(machine):
    raise NotImplementedError("your code here")


# %%
def meets():
    asked = {"nnodes": "4", "nproc_per_node": "2", "max_restarts": 5, "rdzv_backend": "c10d",
             "rdzv_id": "digits", "rdzv_endpoint": "node-a:29400", "training_script": "train.py"}
    for machine in MACHINES:
        try:
            read = vars(get_args_parser().parse_args(command(machine)))
        except SystemExit:
            return f"torchrun cannot read the command of {machine}"
        wrong = [name for name, value in asked.items() if read[name] != value]
        if wrong:
            return f"on {machine}, torchrun reads {wrong[0]} as {read[wrong[0]]!r}"
    return True


checks.grade("1 command", meets, hint="--nnodes, --nproc-per-node, --max-restarts, --rdzv-backend, "
             "--rdzv-id, --rdzv-endpoint, train.py")

# %% [markdown]
# ## 2. A checkpoint that you would trust
#
# The network of the [PyTorch chapter](../../notebooks/02_frameworks/02_pytorch.ipynb) trains ten
# steps, one process. After six it is "killed"; a new process builds the network anew and calls your
# `load_checkpoint`, which returns the number of steps done. Two things are asked: the rung `steps`
# must hold, and a process that dies *while it saves* must leave the last checkpoint as it was.

# %%
pytorch = cells.functions("02_frameworks/02_pytorch")


def save_checkpoint(path, model, done):
    raise NotImplementedError("your code here")


def load_checkpoint(path, model):
    raise NotImplementedError("your code here")


# %%
def dies_while_saving(path, model):
    """torch.save writes one half, then the process is gone."""
    whole = torch.save

    def half(state, target, *rest, **options):
        whole(state, target, *rest, **options)
        if not hasattr(target, "write"):
            Path(target).write_bytes(Path(target).read_bytes()[:1000])
        raise KeyboardInterrupt
    torch.save = half
    try:
        save_checkpoint(path, model, 7)
    except KeyboardInterrupt:
        return True
    finally:
        torch.save = whole
    return False


# %%
def survives():
    losses, path, batches = [], [], list(worker.batches())
    model = pytorch.build(spec.initial_weights())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "checkpoint.pt")
        for number, (images, labels) in enumerate(batches[:6], 1):
            losses.append(pytorch.train_step(model, images, labels))
            path.append(pytorch.read_weights(model))
            save_checkpoint(file, model, number)
        before = file.read_bytes()
        if not dies_while_saving(file, model):
            return "use torch.save, so that the check can interrupt it"
        if not file.exists() or file.read_bytes() != before:
            return ("a process that died while it saved has damaged the last checkpoint: write "
                    "beside it, then rename")
        new = pytorch.build(spec.initial_weights())
        done = load_checkpoint(file, new)
    return goes_on(new, done, losses, path, batches)


def goes_on(new, done, losses, path, batches):
    if done != 6:
        return f"six steps were done, load_checkpoint says {done}"
    for images, labels in batches[done:]:
        losses.append(pytorch.train_step(new, images, labels))
        path.append(pytorch.read_weights(new))
    return (ladder.steps_rung(losses, path).passed
            or "the rung steps fails after the resumption: what else does a step of SGD read?")


checks.grade("2 checkpoint", survives, hint="three things in the file: the weights, the "
             "optimizer's state, the number of steps")

# %% [markdown]
# ## 3. Mend a manifest
#
# `kubernetes-validate` accepts it, and the job waits for ever. Four words are wrong. Make `mended`
# from it: `manifest.replace("old", "new")` is enough.

# %%
manifest = """
apiVersion: v1
kind: Service
metadata: {name: digits-net}
spec:
  clusterIP: None
  selector: {batch.kubernetes.io/job-name: digits}
---
apiVersion: batch/v1
kind: Job
metadata: {name: digits}
spec:
  completionMode: NonIndexed
  completions: 4
  parallelism: 2
  template:
    spec:
      subdomain: digits
      restartPolicy: Never
      containers:
        - name: worker
          image: registry.example.com/digits:1
          args: [--nnodes=4, --rdzv-backend=c10d, --rdzv-endpoint=digits-1.digits-net:29400, train.py]
"""
mended = ...  # your answer here


# %%
def makes_sense(text):
    service, job = yaml.safe_load_all(text)
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    host = next(word for word in pod["containers"][0]["args"]
                if "endpoint" in word).split("=")[1].split(":")[0]
    name, net = job["metadata"]["name"], service["metadata"]["name"]
    if (spec["completions"], pod["containers"][0]["args"][0], name,
        net) != (4, "--nnodes=4", "digits", "digits-net"):
        return ("four machines, and the names of the Job and the Service, were right: leave them "
                "as they are")
    if service["spec"]["clusterIP"] != "None" or pod["restartPolicy"] != "Never":
        return "the Service was headless, and the restart policy Never: leave them as they are"
    if spec["completionMode"] != "Indexed":
        return "pods without a number have no names: which completion mode numbers them?"
    if spec["parallelism"] != spec["completions"]:
        return "a rendezvous of four waits until four run at the same time"
    if pod["subdomain"] != net:
        return "the pods' names resolve in the Service's domain: what is the Service called?"
    return (host == f"{name}-0.{net}" or f"the endpoint {host}: the first pod has the number 0, "
            "and the Service's name comes second")


checks.grade("3 manifest", makes_sense, hint="compare names and numbers in the two documents",
             answer=mended)

# %% [markdown]
# ## 4. How many devices are worth it?
#
# Write the cost model of the notebook: the seconds of one step with `n` devices and `each` images
# on every one, a ring all-reduce of `size` bytes, and no overlap. One device sends nothing. Then
# find the number of devices, out of 1, 2, 4, 8, …, 256, that trains most images a second under
# **strong** scaling of a batch of 1,024.

# %%
# seconds, seconds, seconds, bytes a second
FIXED, PER_IMAGE, LATENCY, BANDWIDTH = 0.002, 0.0001, 0.00005, 1e9
BYTES = 4 * spec.PARAMETERS


def step_seconds(n, each, size=BYTES):
    raise NotImplementedError("your code here")


def best_number(batch=1024):
    raise NotImplementedError("your code here")


# %%
def predicts():
    if abs(step_seconds(1, 64) - (FIXED + 64 * PER_IMAGE)) > 1e-12:
        return "one device alone sends nothing"
    latency_only, bytes_only = (step_seconds(8, 64, 0) - step_seconds(1, 64, 0),
                                step_seconds(8, 64) - step_seconds(8, 64, 0))
    if abs(latency_only - 14 * LATENCY) > 1e-12:
        return "8 devices: a ring has 2 (n - 1) messages in a row, the latency counts for each"
    if abs(bytes_only - 1.75 * BYTES / BANDWIDTH) > 1e-12:
        return "8 devices: each sends 2 (n - 1) / n times the gradient"
    return (best_number() == 32
            or f"the step times are right; the shortest is not with {best_number()} devices")


checks.grade("4 cost", predicts, hint="compute + latency + bandwidth; under strong scaling each "
             "device has batch / n images")

# %% [markdown]
# ## If you have a minute and 4 GB: run Ray
#
# Set `RAY` to `True`. It needs the kernel `deployment` and starts two workers of
# [Ray Train](https://docs.ray.io/en/latest/train/train.html), kills one at step 8, and lets Ray
# start both again. There is no check but the ladder.

# %%
RAY = False
if RAY:
    from onecnn import launch
    with tempfile.TemporaryDirectory() as folder:
        words = [WORKERS / "ray_train.py", "--folder", folder, "--every", "6", "--kill", "1:8"]
        print(launch.run([words], timeout=300, kernel="deployment", private=True)[0])
        print("rung steps holds:",
              ladder.steps_rung(*worker.recorded(Path(folder, "history.npz"))).passed)
