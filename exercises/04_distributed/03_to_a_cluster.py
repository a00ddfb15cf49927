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
# about 40 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`,
# `[todo]`, or `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me
# a way* unfolds below each check. Nothing breaks if you run everything at once. No task starts
# processes; the last cell, if you want it, starts Ray.

# %%
from onecnn import lesson

lesson.start()

# %%
import contextlib
import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np
import torch
import yaml
from torch.distributed.run import get_args_parser

from onecnn import cells, checks, ladder, paths, spec, worker

WORKERS = paths.programs("04_distributed/03_to_a_cluster")

# %% [markdown]
# ## 1. Write the command for any cluster (complete)
#
# `machines` is a list of names, such as `["node-a", "node-b"]`; each machine has `devices` devices,
# and each device gets one process. Return what you type on *every* machine after the word
# `torchrun`, as a list of words: the agents meet on the first machine, port 29400, with the `c10d`
# rendezvous; the job's id is `job`; up to `restarts` restarts; the program is `train.py`, without
# words of its own. The long options by their full names, such as `--nnodes=2`, each once, and
# nothing that is not asked for.


# %%
def command(machines, devices, restarts, job):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def reads(machines, devices, restarts, job):
    """True if torchrun reads from your command what was asked, and nothing else."""
    words = command(list(machines), devices, restarts, job)
    try:
        read, plain = (vars(get_args_parser().parse_args(one)) for one in (words, ["train.py"]))
    except (SystemExit, TypeError):
        return f"torchrun cannot read {words}: a list of words?"
    asked = {"nnodes": str(len(machines)), "nproc_per_node": str(devices), "rdzv_id": job,
             "max_restarts": restarts, "rdzv_backend": "c10d",
             "rdzv_endpoint": f"{machines[0]}:29400"}
    wrong = [name for name, value in {**plain, **asked}.items() if read[name] != value]
    if wrong:
        return (f"{len(machines)} machines from {machines[0]} on, {devices} devices: torchrun "
                f"reads {wrong[0]} as {read[wrong[0]]!r}")
    return spelled_out(words)


# %%
ASKED = ["max-restarts", "nnodes", "nproc-per-node", "rdzv-backend", "rdzv-endpoint", "rdzv-id"]


def spelled_out(words):
    """True if each option stands there once, by its full name, and no other."""
    options = [word.split("=")[0] for word in words[:-1] if word.startswith("-")]
    return (sorted(one[2:].replace("_", "-") for one in options) == ASKED
            or f"your options are {', '.join(options)}: each that is asked for, once, in full?")


def meets():
    random = checks.random(1)
    for machines, job in ((["node-a", "node-b", "node-c", "node-d"], "digits"), (["z", "y"], "7"),
                          (["alone"], "one"), ([f"pod-{10 - n}" for n in range(11)], "big")):
        devices, restarts = random.permutation(range(2, 9))[:2].tolist()
        right = reads(machines, devices, restarts, job)
        if right is not True:
            return right
    return True


# %% jupyter={"source_hidden": true}
checks.grade("1 command", meets, hint="which options say how many, which say where, and what "
             "stands last?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The chapter prints such a command for two machines. Two numbers come from `machines` and
# `devices`: machines, and processes on each. Three options describe the meeting: its kind, its
# address, and the job's id, all the same on every machine. The program comes after all options,
# since what follows it belongs to the program.
#
# </details>

# %% [markdown]
# ## 2. A checkpoint that you would trust (complete)
#
# The network of the [PyTorch chapter](../../notebooks/02_frameworks/02_pytorch.ipynb) trains in one
# process, and saves after each step: `done` is the number of steps done, `path` a `Path`. Then the
# process is "killed"; a new one builds the network anew and calls your `load_checkpoint`, which
# returns the number of steps done. Asked is:
#
# - the file is one of `torch.save`;
# - the rung `steps` holds, as if nothing had happened;
# - a process that dies *while it saves* leaves the last checkpoint as it was: at each moment either
#   all of the old file lies at `path`, or all of the new one;
# - the folder of `path` may be a disk of its own, and after saving, nothing else is left in it;
# - loading a stranger's file runs no code of his.

# %%
pytorch = cells.functions("02_frameworks/02_pytorch")


def save_checkpoint(path, model, done):
    raise NotImplementedError("your code here")


def load_checkpoint(path, model):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
class Watch:
    """Looks at a file before each line of Python that runs: a process can die at any of them."""

    def __init__(self, path):
        self.path, self.seen, self.last = path, [], ()

    def look(self, *_):
        now = self.path.stat() if self.path.exists() else None
        now = now and (now.st_ino, now.st_size, now.st_mtime_ns)
        if now != self.last:
            self.last = now
            self.seen.append(now and self.path.read_bytes())
        return self.look


# %% jupyter={"source_hidden": true}
def on_disks(move):
    """os.replace or os.rename, where what lies outside of the target's folder is another disk."""
    def moved(source, target, **options):
        if Path(target).resolve().parent not in Path(source).resolve().parents:
            raise OSError(errno.EXDEV, "a file of another disk cannot be renamed into this one")
        return move(source, target, **options)

    return moved


def watched(path, model, done):
    watch, former = Watch(path), sys.gettrace()
    watch.look()
    with mock.patch.multiple(os, replace=on_disks(os.replace), rename=on_disks(os.rename)):
        sys.settrace(watch.look)
        try:
            save_checkpoint(path, model, done)
        finally:
            sys.settrace(former)
    watch.look()
    return watch


# %% jupyter={"source_hidden": true}
def saves_well(path, model, done):
    """True, or what would be wrong if a process died while it saves."""
    before = path.exists() and path.stat().st_ino
    watch = watched(path, model, done)
    old, new = watch.seen[0], watch.seen[-1]
    if new is None or [*path.parent.iterdir()] != [path]:
        return f"in the folder lies {sorted(one.name for one in path.parent.iterdir())}"
    if any(state not in (old, new) for state in watch.seen):
        return "for a moment there was no whole checkpoint: what if the process dies just then?"
    if path.stat().st_ino == before:
        return "the old checkpoint was written over; half a new one would have destroyed it"
    return True


# %% jupyter={"source_hidden": true}
def goes_on(file, expected, losses, path, batches):
    """A new process loads the file, and trains on."""
    new = pytorch.build(spec.initial_weights())
    done = load_checkpoint(file, new)
    if done != expected:
        return f"{expected} steps were done, load_checkpoint says {done}"
    losses, path = losses[:done], path[:done]
    for images, labels in batches[done:]:
        losses.append(pytorch.train_step(new, images, labels))
        path.append(pytorch.read_weights(new))
    return (ladder.steps_rung(losses, path).passed
            or "the rung steps fails after the resumption: what else does a step of SGD read?")


# %% jupyter={"source_hidden": true}
def runs_no_code(folder, file):
    class Stranger:
        def __reduce__(self):
            return os.mkdir, (str(folder / "a stranger was here"),)

    try:
        state = torch.load(file, weights_only=True)
    except Exception:
        return "is the file one of torch.save, with numbers and tensors only?"
    torch.save([Stranger(), state], folder / "strange.pt")
    with contextlib.suppress(Exception):  # a refusal is right
        load_checkpoint(folder / "strange.pt", pytorch.build(spec.initial_weights()))
    return not (folder / "a stranger was here").exists() or "a stranger's file ran code"


# %% jupyter={"source_hidden": true}
def train_and_save(folder, steps):
    """Ten steps, saved after each; the files of some of them, the losses, the weights; or a hint"""
    losses, path, model, files = [], [], pytorch.build(spec.initial_weights()), {}
    own = Path(tempfile.mkdtemp(dir=folder), "checkpoint.pt")
    for number, (images, labels) in enumerate(worker.batches(), 1):
        losses.append(pytorch.train_step(model, images, labels))
        path.append(pytorch.read_weights(model))
        right = saves_well(own, model, number)
        if right is not True:
            return right
        if number in steps:
            files[number] = Path(folder, f"{number}.bin")
            files[number].write_bytes(own.read_bytes())
    return files, losses, path


# %% jupyter={"source_hidden": true}
def survives():
    with tempfile.TemporaryDirectory() as folder:
        untrained = Path(tempfile.mkdtemp(dir=folder), "another.state")
        right = saves_well(untrained, pytorch.build(spec.initial_weights()), 0)
        if right is not True:
            return right
        found = train_and_save(folder, {3, 6, int(checks.random(2).randint(1, 10))})
        if isinstance(found, str):
            return found
        files, losses, path = found
        for number in files:  # another network, saved after as many steps, must not mix in
            save_checkpoint(Path(folder, "other.pt"), pytorch.build(spec.initial_weights()), number)
        for number, file in [*files.items(), (0, untrained)]:
            right = goes_on(file, number, losses, path, list(worker.batches()))
            if right is not True:
                return right
        return runs_no_code(Path(folder), files[6])


# %% jupyter={"source_hidden": true}
checks.grade("2 checkpoint", survives, hint="what does the next step read besides the weights? and "
             "where can a file grow that nobody reads yet?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Put three things into one dict: the number of steps, the network's `state_dict`, and that of its
# optimizer, which holds the momentum. Write it with `torch.save` under another name in the same
# folder; a rename then puts it in the old one's place in one piece. Loading gives all three back,
# and `weights_only` reads numbers and executes nothing.
#
# </details>

# %% [markdown]
# ## 3. Mend a manifest (mend)
#
# `kubernetes-validate` accepts it, and the job waits for ever. **Four** words are wrong: a mode, a
# number and two names. The Service's own name and the number of machines are right. Make `mended`
# from it: `manifest.replace("old", "new")` is enough. Everything else stays as it is.

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

# %%
mended = ...  # your answer here


# %% jupyter={"source_hidden": true}
def makes_sense(text):
    service, job = yaml.safe_load_all(text)
    job_spec, pod = job["spec"], job["spec"]["template"]["spec"]
    words, net = pod["containers"][0]["args"], service["metadata"]["name"]
    if job_spec["completionMode"] != "Indexed":
        return "pods without a number have no names: which completion mode numbers them?"
    if job_spec["parallelism"] != job_spec["completions"]:
        return "a rendezvous of all waits until all run at the same time"
    if pod["subdomain"] != net:
        return "the pods' names resolve in the Service's domain: what is the Service called?"
    host = next(word for word in words if "endpoint" in word).split("=")[1]
    if host.split(":")[0] != f"{job['metadata']['name']}-0.{net}":
        return f"the endpoint {host}: which number has the first pod?"
    return leaves_the_rest(text)


# %% jupyter={"source_hidden": true}
def leaves_the_rest(text):
    """With the four words taken back, it must be the manifest that was given."""
    (service, job), given = yaml.safe_load_all(text), [*yaml.safe_load_all(manifest)]
    job["spec"].update(completionMode="NonIndexed", parallelism=2)
    pod = job["spec"]["template"]["spec"]
    pod["subdomain"] = "digits"
    pod["containers"][0]["args"] = [word.replace("digits-0.", "digits-1.")
                                    for word in pod["containers"][0]["args"]]
    return [service, job] == given or "something else has changed: four words, and no more"


# %% jupyter={"source_hidden": true}
checks.grade("3 manifest", makes_sense, answer=mended,
             hint="which names and numbers in the two documents must agree?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Ask the chapter's questions, one by one: are the pods numbered? do all run at once? are they in
# the Service's domain? is the endpoint the first of them? Each question has one wrong word. Look up
# in the Service, or in `completions`, what it should be, and replace it.
#
# </details>

# %% [markdown]
# ## 4. How many devices are worth it? (predict)
#
# Write the cost model of the notebook: the seconds of one step with `n` devices and `each` images
# on every one, a ring all-reduce of `size` bytes, and no overlap. One device sends nothing. `costs`
# holds what was measured. Then find the number of devices, out of 1, 2, 4, 8, ..., 256, that trains
# most images a second under **strong** scaling: a batch of `batch` images is cut in `n` parts.


# %%
class Costs(NamedTuple):
    fixed: float  # seconds of each step
    per_image: float  # seconds
    latency: float  # seconds of each message, however short
    bandwidth: float  # bytes a second


# %%
def step_seconds(costs, n, each, size):
    raise NotImplementedError("your code here")


def best_number(costs, batch, size):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def some_costs():
    """The costs of several clusters, with the bytes of a gradient and a batch."""
    random = checks.random(4)
    yield Costs(0.002, 0.0001, 0.00005, 1e9), 4 * spec.PARAMETERS, 1024
    yield Costs(0.01, 0.01, 1e-9, 1e15), 1000, 4096
    yield Costs(0.01, 0.00001, 0.01, 1e6), 1_000_000, 64
    for _ in range(20):
        fixed, image, latency = (float(10.0 ** -random.uniform(*ends))
                                 for ends in ((2, 4), (2, 5), (3, 7)))
        yield (Costs(fixed, image, latency, float(10.0 ** random.uniform(7, 10))),
               int(random.randint(1000, 10_000_000)), int(2 ** random.randint(6, 13)))


# %% jupyter={"source_hidden": true}
def on_a_ring(costs, n, each, size):
    """The same seconds, message by message."""
    seconds = costs.fixed + sum(costs.per_image for _ in range(each))
    for _half in ("reduce-scatter", "all-gather"):
        for _neighbour in range(1, n):
            seconds += costs.latency
            seconds += size / n / costs.bandwidth
    return seconds


# %% jupyter={"source_hidden": true}
def predicts():
    for costs, size, batch in some_costs():
        for n, each in ((1, 64), (8, 64), (4, 1), (3, 0), (64, 7)):
            if not np.isclose(step_seconds(costs, n, each, size), on_a_ring(costs, n, each, size)):
                return f"{n} devices, {each} images on each, {size:,} bytes, {costs}: not so long"
        seconds = {n: on_a_ring(costs, n, 0, size) + costs.per_image * batch / n
                   for n in OPTIONS}
        found = best_number(costs, batch, size)
        if found not in seconds or seconds[found] > min(seconds.values()) * (1 + 1e-9):
            return (f"the step times are right; for a batch of {batch}, {size:,} bytes, {costs} "
                    f"the shortest is not with {found} devices")
    return True


# %% jupyter={"source_hidden": true}
OPTIONS = (1, 2, 4, 8, 16, 32, 64, 128, 256)

checks.grade("4 cost", predicts, hint="how many messages follow one another, how long is each, and "
             "how many images are left for a device?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Three terms: the fixed time, the images of one device, the messages. A ring sends `n - 1` messages
# in each of its two halves, one after the other; each costs the latency, and the time of one `n`-th
# of the bytes. For the second function, compute all nine step times with the share of the batch
# that a device has, and take the number with the smallest.
#
# </details>

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
