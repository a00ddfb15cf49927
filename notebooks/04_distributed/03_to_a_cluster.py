# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # To a cluster: launching, failing, recovering, and scale on paper
#
# After this notebook you will be able to carry a training program from your laptop to several
# machines without a change, keep it alive when a process dies, and say beforehand how much faster
# 64 devices will make it.
#
# **You will learn to**
# - start the same file by hand, with `torchrun`, on two "machines", and from a Kubernetes manifest;
# - write the addresses that TensorFlow and JAX want;
# - let a training survive a killed process, with the weights of the undisturbed run;
# - tell a checkpoint that resumes from one that only looks like it;
# - fit a cost model on small runs and test it on a run that it has not seen.
#
# **Before you start:** [Data parallel](01_distributed_data.ipynb) and
# [Data parallel everywhere](02_data_parallel_everywhere.ipynb). Kernel `python3`, about 45 minutes.
# The cells start up to four processes; the slowest takes a quarter of a minute. One cell uses the
# kernel `deployment` as well.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What does a training program know of the machines?
#
# Below is the second half of a worker program: `DistributedDataParallel` as in
# [the chapter on data](01_distributed_data.ipynb), and a checkpoint every few steps. `rank` and
# `world` come from outside. Read it: where would you have to write the name of a machine?

# %%
import json
import socket

from onecnn import ladder, launch, paths, worker

WORKERS = paths.programs("04_distributed/03_to_a_cluster")

ELASTIC = WORKERS / "pytorch_elastic.py"
program = ELASTIC.read_text(encoding="utf-8")
print(program[program.index("dist.init_process_group"):program.index(
    "if rank == 0:\n    write_whole")].rstrip())

# %%
code = program.split('"""', 2)[2]
for word in ("127.0.0.1", "localhost", "MASTER_ADDR", "WORLD_SIZE", "nnodes", "one-cnn"):
    print(f"{word:<12} in the program: {word in code}")

# %% [markdown]
# Nowhere. `init_process_group` reads four environment variables, and whoever starts the process
# sets them. So the question of the cluster is not "how do I change my program?" but **"who starts
# it, and who tells each process where the others are?"** This chapter gives four answers: you,
# `torchrun`, Kubernetes, Ray.

# %% [markdown]
# **Before you start any process:** PyTorch's meeting point, the *TCPStore*, listens on **all**
# interfaces, whatever address you give
# ([pytorch 173909](https://github.com/pytorch/pytorch/issues/173909), 2026). Whoever reaches it can
# **run code** as you, says PyTorch's
# [security policy](https://github.com/pytorch/pytorch/security/policy#using-distributed-features).
#
# So this notebook starts processes with `private=True`: on Linux they get a network of their own.
# Most containers forbid that, and macOS and Windows have no such thing: there, run this chapter on
# a network that you trust. Which is yours?

# %% tags=["nbval-ignore-output"]
SEES = "import socket; print(*(name for _, name in socket.if_nameindex()))"
mine = " ".join(name for _, name in socket.if_nameindex())
theirs = launch.run([["-c", SEES]], private=True)[0].strip()
print(f"interfaces of this notebook: {mine}\ninterfaces of its processes:  {theirs}")
print("their own network" if theirs != mine else "the SAME network: can you trust it?")

# %% [markdown]
# ## Answer 1: can you start it yourself?
#
# Yes: one command a process, four variables. You also get the first duty of a launcher. **Predict,
# then run:** process 1 is killed at step 8 and process 0 is waiting for its half of the gradient.
# What happens to process 0 if nobody watches?
#
# <details><summary>Answer</summary>
#
# Gloo notices a connection that was *closed*: process 0 ends with an error. If the machine of
# process 1 lost its power or its cable, nobody closes anything, and process 0 waits for Gloo's time
# limit, half an hour by default. So a launcher watches all processes and ends the rest as soon as
# one fails: `onecnn.launch` does.
#
# </details>

# %%
import tempfile
from pathlib import Path

scratch = tempfile.TemporaryDirectory()


def folder(name):
    path = Path(scratch.name, name)
    path.mkdir(exist_ok=True)
    return path


# %%
def by_hand(program, count, *arguments):
    """Starts ``count`` processes of a program, as torchrun would, and waits for them."""
    port, = launch.free_ports()
    variables = [{"RANK": str(rank), "WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1",
                  "MASTER_PORT": str(port)} for rank in range(count)]
    return launch.run([[program, *arguments]] * count, variables, timeout=90, private=True)


try:
    by_hand(ELASTIC, 2, "--folder", folder("by hand"), "--kill", "1:8")
except launch.WorkerFailed as error:
    print("a worker failed, and the others were ended:", "the others were ended" in str(error))

# %% [markdown]
# Are they really gone? Every process of this program has the folder's name on its command line.

# %%
import psutil


def running(word):
    """How many processes have ``word`` on their command line."""
    return sum(any(word in part for part in process.info["cmdline"] or [])
               for process in psutil.process_iter(["cmdline"]))


print("processes left behind:", running(scratch.name))

# %% [markdown]
# ## What shall the stop-watch do meanwhile?
#
# At the end you will ask how much faster 64 devices are. The runs for that are made now, while this
# notebook is small in memory: steps of 1, 2, 3 and 4 processes that compute their share of 64
# images and all-reduce a gradient. It has the size of our network's, or of a larger network's. Here
# is the step; the rest of `pytorch_cost.py` takes the best time of each configuration.

# %%
COST = WORKERS / "pytorch_cost.py"
text = COST.read_text(encoding="utf-8")
print(text[text.index("def step("):text.index("best = ")].rstrip())
measured = json.loads(by_hand(COST, 4)[0].splitlines()[-1])
print("\nconfigurations:", len(measured))

# %% [markdown]
# ## Answer 2: how do two machines find each other?
#
# `torchrun` runs once on each machine; it is called an *agent* there, and starts the workers of its
# machine. The agents meet at an address that you choose, the **rendezvous**. They count off, and
# each worker gets its rank. The command is the same on all machines:

# %%
def torchrun(endpoint, machines, workers, folder, *arguments, local=()):
    """What you type on each machine, after ``python``. ``torchrun`` is short for its first two
    words."""
    return ["-m", "torch.distributed.run", f"--nnodes={machines}", f"--nproc-per-node={workers}",
            "--max-restarts=3", "--rdzv-backend=c10d", "--rdzv-id=one-cnn",
            f"--rdzv-endpoint={endpoint}", *local, str(ELASTIC), "--folder", str(folder),
            *arguments]


words = torchrun("one-cnn-0.one-cnn:29400", 2, 1, "/checkpoints")
print("torchrun", *(Path(word).name if word == str(ELASTIC) else word for word in words[2:]),
      sep=" \\\n    ")

# %% [markdown]
# No number of a machine: `--node-rank` belongs to the older *static* rendezvous, and `c10d` ignores
# it. The folder must lie on a disk that all machines see.
#
# We have one machine, so two agents on it play two, each with its own workers. They meet in a
# **file**: the `c10d` rendezvous unpickles what it finds, and reading a *pickle*, Python's format
# for objects, can run code. An address would be open to strangers. A real cluster needs none of the
# three local options; the variable is a trap, explained below.

# %%
UNSHARED = {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}


def start(machines, workers, folder, *arguments):
    """Starts the agents of ``machines`` machines, all on this one; returns what their workers
    reported."""
    meeting = Path(tempfile.mkdtemp(dir=scratch.name), "meeting")
    command = torchrun(meeting, machines, workers, folder, *arguments,
                       local=["--rdzv-conf=store_type=file", "--local-addr=127.0.0.1"])
    outputs = launch.run([command] * machines, [UNSHARED] * machines, timeout=90, private=True)
    return sorted((json.loads(line) for line in "".join(outputs).splitlines()),
                  key=lambda report: report["rank"])


# %% [markdown]
# **Predict, then run.** Two machines with one worker each. Which `rank` and which `local_rank` has
# the worker on the second one?
#
# <details><summary>Answer</summary>
#
# Rank 1 and local rank 0. The rank counts in the whole job; the local rank counts on one machine,
# and says which of its devices to take. A program that uses the rank for that runs on your laptop,
# and on the second machine asks for a device that is not there.
#
# </details>

# %%
quiet = folder("undisturbed")
for report in start(2, 1, quiet):
    print({name: report[name] for name in ("rank", "world", "node", "local_rank")})
undisturbed = worker.recorded(quiet / "history.npz")
print("rung steps holds:", ladder.steps_rung(*undisturbed).passed)

# %% [markdown]
# Ten steps on two "machines" are ten steps of one process, within the ladder's tolerance. Not a
# line was changed.
#
# What a stranger would do at an address: set the key `torch.rendezvous.one-cnn` to a pickle of his
# own, and each agent that reads it runs his code. So the ports of a real cluster belong behind a
# firewall, or a policy like the one below.

# %% [markdown]
# ## A trap: who is the host?
#
# One agent must open the store at the endpoint. Each compares the endpoint's name with its own, and
# the one that recognises itself opens it. On Kubernetes a pod is called `one-cnn-0`, its address
# `one-cnn-0.one-cnn`: in 2022 no pod recognised itself, all waited, and the rendezvous timed out
# ([pytorch 73380](https://github.com/pytorch/pytorch/issues/73380)). Today the addresses behind the
# names are compared as well, if the name resolves at that moment. PyTorch's own test, asked here:

# %%
from torch.distributed.elastic.rendezvous.utils import _matches_machine_hostname as is_mine


def is_host(endpoint):
    try:
        return is_mine(endpoint)
    except socket.gaierror:  # it looks up its own name, which here stands for no address
        return False


print("localhost            I am the host:", is_host("localhost"))
print("my own host name     I am the host:", is_host(socket.gethostname()))
print("somebody's address   I am the host:", is_host("198.51.100.7"))

# %% [markdown]
# The cure, if names do not match: `--rdzv-conf=is_host=true` on one machine and `false` on the
# others. And the address that *workers* get is the first machine's full name, `socket.getfqdn()`;
# where the other machines cannot resolve it, give `--local-addr`
# ([pytorch 150532](https://github.com/pytorch/pytorch/issues/150532), 2025).

# %% [markdown]
# ## What do TensorFlow and JAX want to hear?
#
# The same facts, in other words. TensorFlow reads one variable, `TF_CONFIG`, with the addresses of
# all and the place of this one. JAX takes three arguments: the address of process 0, the count, the
# number. Neither has an agent: a cluster's scheduler sets them, and neither starts a dead process
# again.

# %%
HOSTS = ["one-cnn-0.one-cnn:2222", "one-cnn-1.one-cnn:2222"]


def tf_config(hosts, index):
    return json.dumps({"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}})


def jax_arguments(hosts, index):
    return {"coordinator_address": hosts[0], "num_processes": len(hosts), "process_id": index}


print("machine 1, TF_CONFIG:", tf_config(HOSTS, 1))
print("machine 1, jax.distributed.initialize:", jax_arguments(HOSTS, 1))

# %% [markdown]
# Are they understood? TensorFlow's resolver is asked what it reads. JAX is started for real, two
# processes on the loopback, and each counts. They exchange nothing, so they open no ports for that.
# The trainings themselves, each on the ladder, are in
# [the chapter before](02_data_parallel_everywhere.ipynb).

# %%
READS = """
import json, tensorflow as tf
resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
print(json.dumps([resolver.cluster_spec().as_dict()["worker"], resolver.task_type,
                  resolver.task_id]))
"""
COUNTS = """
import json, sys, jax
arguments = json.loads(sys.argv[1])
jax.config.update("jax_cpu_collectives_implementation", None)
jax.distributed.initialize(**arguments, coordinator_bind_address=arguments["coordinator_address"])
print(json.dumps([jax.process_index(), jax.process_count(), jax.device_count()]))
"""

# %%
loopback = [f"127.0.0.1:{port}" for port in launch.free_ports(2)]
commands = [["-c", READS],
            *(["-c", COUNTS, json.dumps(jax_arguments(loopback, index))] for index in (0, 1))]
outputs = launch.run(commands, [{"TF_CONFIG": tf_config(HOSTS, 1)}, {}, {}], private=True)
tensorflow, first, second = (json.loads(output.splitlines()[-1]) for output in outputs)
print("TensorFlow reads:", tensorflow)
print("JAX, index, processes, devices:", first, second)

# %% [markdown]
# ## Answer 3: what must Kubernetes know?
#
# Kubernetes starts containers, *pods*, on machines that it chooses. An **Indexed Job** numbers
# them; a **headless Service** gives each number a name that the others can resolve. The manifest
# holds both, a claim for the disk, and a policy for the network. Its main part:

# %%
import yaml

MANIFEST = (paths.programs("04_distributed/03_to_a_cluster") / "torchrun-job.yaml").read_text(
    encoding="utf-8")
print(MANIFEST[MANIFEST.index("kind: Job"):MANIFEST.index("          resources:")].rstrip())

# %% [markdown]
# You know every word after `command`: it is the command from above. `parallelism` equals
# `completions`, because a rendezvous waits until all are there. `restartPolicy: Never` leaves dead
# *workers* to `torchrun`; `backoffLimit` lets the Job replace dead *pods*. The store lives on pod
# 0: if that dies, the rendezvous dies with it, and everything begins again from the checkpoint.
#
# We have no cluster, so this manifest was never applied. Two things can be checked without one: its
# form, and its sense.

# %% [markdown]
# In a cluster each pod may talk to each pod, as long as no policy says otherwise: any of them could
# run code in yours. So the manifest closes the network but for these pods and the names
# ([network policies](https://kubernetes.io/docs/concepts/services-networking/network-policies/);
# they need a network plugin that enforces them). Whoever gets in all the same finds little: no
# root, no capabilities, no key to the cluster.

# %%
policy = MANIFEST[MANIFEST.index("kind: NetworkPolicy"):].split("---")[0]
print(policy.rstrip())
for line in ("automountServiceAccountToken", "runAsNonRoot", "seccompProfile", "drop"):
    print(*(found.split("#")[0].strip() for found in MANIFEST.splitlines() if line in found))

# %% [markdown]
# ## How do you check a manifest without a cluster?
#
# `kubernetes-validate` holds the schema of each kind. It lives in the optional kernel `deployment`,
# so where that is missing the table says "not run". Three planted mistakes: a number in words, a
# misspelt field, and a Service's name that fits nothing.
#
# **Predict, then run.** Which does the schema find? Which does it find only with `--strict`?
#
# <details><summary>Answer</summary>
#
# "two" is not an integer: found. The schema lists the fields it knows, but allows others:
# `completionmode` is found only with `--strict`. (Without it you would get a Job whose pods have no
# numbers.) `subdomain: other` is a perfect string. No schema knows that it must be the Service's
# name.
#
# </details>

# %%
PLANTED = {"as it is": ("", ""), "a number in words": ("parallelism: 2", "parallelism: two"),
           "a misspelt field": ("completionMode", "completionmode"),
           "another Service": ("subdomain: one-cnn", "subdomain: other")}
variants = {name: MANIFEST.replace(old, new, 1) for name, (old, new) in PLANTED.items()}
VALIDATE = """
import json, sys, yaml, kubernetes_validate as k8s
def accepts(document, strict):
    try:
        return bool(k8s.validate(document, k8s.latest_version(), strict))
    except k8s.ValidationError:
        return False
print(json.dumps({name: [all(accepts(document, strict) for document in yaml.safe_load_all(text))
                         for strict in (False, True)]
                  for name, text in json.loads(sys.argv[1]).items()}))
"""

# %% tags=["nbval-ignore-output"]
from onecnn import cells

verdicts = {}
try:
    verdicts = json.loads(launch.run([["-c", VALIDATE, json.dumps(variants)]],
                                     kernel="deployment")[0])
    for name, (loose, strict) in verdicts.items():
        print(f"{name:<18} schema: {'accepts' if loose else 'REFUSES':<8}  --strict: "
              f"{'accepts' if strict else 'REFUSES'}")
except cells.KernelMissing as reason:
    print("not run:", reason)

# %%
EXPECTED = {"as it is": [True, True], "a number in words": [False, False],
            "a misspelt field": [True, False], "another Service": [True, True]}
print("the validator says what the answer says, or is not installed:", verdicts in ({}, EXPECTED))

# %% [markdown]
# For the sense you need a check of your own. A few lines ask what the schema cannot: do the names
# and numbers in different places agree?

# %%
def disagreements(manifest):
    service, policy, _, job = yaml.safe_load_all(manifest)
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    name = job["metadata"]["name"]
    options = dict(word.lstrip("-").split("=") for word in pod["containers"][0]["args"]
                   if "=" in word)
    asked = {"the Service is headless": service["spec"]["clusterIP"] == "None",
             "pods are numbered": spec.get("completionMode") == "Indexed", "all run at "
             "once": spec["parallelism"] == spec["completions"] == int(options["nnodes"]),
             "pods are in the Service's domain": pod["subdomain"] == service["metadata"]["name"],
             "the endpoint is pod 0": options["rdzv-endpoint"].startswith(
                 f"{name}-0.{pod['subdomain']}:"),
             "the policy is for these pods": policy["spec"]["podSelector"]["matchLabels"]
             == {"batch.kubernetes.io/job-name": name}}
    return [question for question, agrees in asked.items() if not agrees]


# %%
for name, manifest in variants.items():
    print(f"{name:<18}", disagreements(manifest))

# %% [markdown]
# Above a plain Job there are operators, programs in the cluster that know one kind of training. All
# three are custom resources, whose schemas `kubernetes-validate` does not hold:
#
# - **PyTorchJob** (Kubeflow) wrote such manifests from a few lines; Kubeflow Trainer v2 replaces it
#   by **TrainJob**
#   ([migration guide](https://kubeflow.org/docs/components/trainer/operator-guides/migration)).
# - **JobSet** manages a group of Jobs as one unit, and makes the headless Service itself
#   ([introduction](https://kubernetes.io/blog/2025/03/23/introducing-jobset), 2025).
# - **RayJob** (KubeRay) makes a Ray cluster, submits a job to it, and can delete the cluster
#   afterwards
#   ([quick start](https://docs.ray.io/en/latest/cluster/kubernetes/getting-started/rayjob-quick-start.html)).

# %% [markdown]
# ## How does training go on after a death?
#
# Machines die. In a synchronous training one dead process stops all. `torchrun --max-restarts=3`
# ends the rest and starts **all** workers anew, at the program's first line: what they knew is
# gone, except for what lies on the disk.

# %%
print(program[program.index("def write_whole"):program.index("def log(")].rstrip())

# %% [markdown]
# Why write beside it and rename? A process can also die *while it writes*. Half a checkpoint in the
# place of the last good one is worse than none: Lightning's users met it
# ([issue 688](https://github.com/Lightning-AI/pytorch-lightning/issues/688), 2020). A rename on the
# same disk is atomic. `weights_only=True` reads tensors and numbers, and executes nothing.

# %% [markdown]
# Now the dice choose which of two workers dies, and before which step. The checkpoint was written
# after step 6 of 10, so at least one step must be done again.

# %%
import random

dice = random.SystemRandom()
victim, moment = dice.randrange(2), dice.randrange(7, 10)
disturbed = folder("disturbed")
for report in start(1, 2, disturbed, "--every", "6", "--kill", f"{victim}:{moment}"):
    print(f"rank {report['rank']}: restarts {report['attempt']}, resumed with "
          f"{report['resumed_at']} steps done")
recovered = worker.recorded(disturbed / "history.npz")
print("rung steps holds:", ladder.steps_rung(*recovered).passed)

# %%
import numpy as np


def difference(ours, theirs):
    """The largest difference of two sets of weights."""
    return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)


final = difference(recovered[1][-1], undisturbed[1][-1])
print("the killed run ends with the undisturbed run's weights, within 1e-7:", final <= 1e-7)

# %% tags=["nbval-ignore-output"]
print(f"rank {victim} was killed at step {moment}; largest difference of a weight at the end: "
      f"{final}")

# %% [markdown]
# Two "machines" with one worker each, or one with two and a killing in between: the same weights.
# The workers' own log shows what it cost.

# %%
log = [json.loads(line) for line in (disturbed / "log.jsonl").read_text().splitlines()]
done = [entry for entry in log if "step" in entry]
fig, ax = lesson.figure(8, 2.8)
for attempt, color, marker in ((0, lesson.BLUE, "o"), (1, lesson.GREEN, "s")):
    places = [(place + attempt, entry["step"]) for place, entry in enumerate(done)
              if entry["attempt"] == attempt]
    ax.plot(*zip(*places), marker, color=color, label=f"a step of attempt {attempt}")
first = sum(entry["attempt"] == 0 for entry in done)
ax.plot(first, moment, "X", color=lesson.VERMILION, markersize=11, label=f"rank {victim} dies")
ax.axhline(5.5, color=lesson.PURPLE, linestyle="--", label="below: in the checkpoint")
ax.text(first + 0.5, 1,
        f" {done[first]['time'] - done[first - 1]['time']:.1f} s\n until the next step")
ax.set(xlabel="one after another", ylabel="step", yticks=range(10), xticks=[])
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Steps in the order in which they were done. Attempt 0 climbs from step 0 and "
            "dies at a random one after the checkpoint, which keeps steps 0 to 5. After seconds of "
            "restarting, attempt 1 begins at step 6 and goes on to step 9.")

# %% [markdown]
# The steps that were done twice cost little here; the pause is new processes importing PyTorch. In
# a real training it is the other way round: what you lose is up to one interval between
# checkpoints, times all devices.

# %% [markdown]
# The group need not keep its size: with `--nnodes=1:4` the agents take part that are there. Our
# loop divides the batch by whatever `world` is, so any divisor of 64 gives the same steps. Three
# machines do not: shares of 21 and 22 digits would need weights, and no error says so.
#
# **Without a checkpoint** the restarted program begins at step 0. The result is right and all work
# was in vain. If machines die more often than a run takes, it never ends. (The chapter's tests run
# this, too.)

# %% [markdown]
# ## A trap: why did the restart fail?
#
# While this chapter was written, `torchrun --max-restarts=3` with Gloo lost restart after restart:
# "Connection refused". The agent keeps **one** store for all attempts, and a worker of the new
# attempt that is quick finds the *old* address of its peer there. Known since 2024 with NCCL
# ([pytorch 135712](https://github.com/pytorch/pytorch/issues/135712), closed), still here with Gloo
# in PyTorch 2.13.

# %% [markdown]
# The cure from that issue: `TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1`, with the `c10d` rendezvous. Rank
# 0 then opens a fresh store for each attempt. It is a race, so it cannot be shown on demand: kill
# your own job before the cluster does.

# %% [markdown]
# ## What must a checkpoint hold?
#
# It was written by two processes. It can be read by one: here, in this kernel, with the PyTorch
# chapter's network. The file has the weights, the momentum, and the number of steps done. We resume
# three times: with everything, without the momentum, and with the data's order begun anew.

# %%
import torch

from onecnn import spec

pytorch = cells.functions("02_frameworks/02_pytorch")
batches = list(worker.batches())


def resume(momentum=True, order=True):
    state = torch.load(disturbed / "checkpoint.pt", weights_only=True)
    model, done = pytorch.build(spec.initial_weights()), state["step"]
    model.load_state_dict(state["model"])
    if momentum:
        model.optimizer.load_state_dict(state["optimizer"])
    losses, path = (values[:done] for values in recovered)
    for images, labels in batches[done:] if order else batches[:len(batches) - done]:
        losses.append(pytorch.train_step(model, images, labels))
        path.append(pytorch.read_weights(model))
    return losses, path


# %% [markdown]
# **Predict, then run.** Which of the three climbs the rung `steps`? Which would you notice in the
# loss curve?
#
# <details><summary>Answer</summary>
#
# Only the first climbs. The other two train on, without an error, and their loss stays finite. A
# curve that goes down would not tell you: the rung does.
#
# </details>

# %%
resumed = {"everything": resume(), "momentum forgotten": resume(momentum=False),
           "order begun anew": resume(order=False)}
for name, (losses, path) in resumed.items():
    rung = ladder.steps_rung(losses, path)
    print(f"{name:<20} rung {rung.name} {'holds' if rung.passed else 'FAILS'};  loss finite: "
          f"{np.isfinite(losses).all()}")

# %%
fig, ax = lesson.figure(7, 2.8)
floor = 1e-9  # zero has no logarithm
for (name, (_, path)), color, marker in zip(resumed.items(),
                                            (lesson.BLUE, lesson.ORANGE, lesson.VERMILION), "osD"):
    apart = [max(difference(ours, theirs), floor) for ours, theirs in zip(path, undisturbed[1])]
    ax.plot(range(1, 11), apart, marker + "-", color=color, label=name)
ax.axvline(6, color=lesson.BLACK, linestyle=":", label="resumed here")
ax.set(yscale="log", xlabel="steps done", ylabel="largest difference of a weight",
       title="How far from the undisturbed run?", xticks=range(1, 11))
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Largest difference from the undisturbed run after each step. Up to step "
            "6 all three are at zero or at rounding. After it the complete checkpoint stays there, "
            "while the other two jump up by several powers of ten at the first resumed step.")

# %% [markdown]
# Real people made both mistakes. Of the momentum a maintainer wrote that he had forgotten it relies
# on the step before ([recurrent-visual-attention
# 8](https://github.com/kevinzakka/recurrent-visual-attention/issues/8), 2018). The order is still
# being repaired in large libraries: the right *position* in the wrong permutation
# ([accelerate 4195](https://github.com/huggingface/accelerate/issues/4195), 2026).
#
# Rule: whatever the next step reads belongs in the file. Here that is all. With dropout or
# augmentation it is the random generator's state, too.

# %% [markdown]
# ## Answer 4: what does Ray do on top?
#
# **Ray Train** is an engine: it places workers on machines of a Ray cluster, sets their variables,
# copies checkpoints to a common place, and starts them again after a failure. Your loop becomes a
# function; the launching code is Python:

# %%
import textwrap

ray_program = (WORKERS / "ray_train.py").read_text(encoding="utf-8")
shown = ray_program[ray_program.index("        result = TorchTrainer("):]
print(textwrap.dedent(shown[:shown.index("        with result.checkpoint")]).rstrip())

# %% [markdown]
# It is not run in this notebook: Ray's own processes take about a minute and more memory than
# Binder has. The chapter's tests run it in the kernel `deployment`: two real workers, one killed,
# both restarted by Ray; it climbs the same rung. The exercise's last cell is for you to run it. On
# a cluster `--address=auto` is the one change, an option.

# %% [markdown]
# Three traps that we met with Ray 2.60. `report` only *hands over* a checkpoint, and Ray asks every
# two seconds ([ray 56718](https://github.com/ray-project/ray/pull/56718), 2025): a worker that dies
# before loses it (ask `get_all_reported_checkpoints`, which waits). Metrics reported without a
# checkpoint are dropped, and that is meant
# ([ray 51204](https://github.com/ray-project/ray/pull/51204), 2025). A local Ray replaces 127.0.0.1
# by the machine's own address, so it can be reached from outside. Our program forbids that with a
# variable made for other systems, keeps Ray's token on, and gives it a private folder.

# %% [markdown]
# ## How much faster will 64 devices be?
#
# Think before you rent. A step is computing, then an all-reduce. Data parallel training divides the
# computing by `n`, but a part stays whole: Python, launching, the optimizer. A ring all-reduce
# among `n` takes `2(n - 1)` messages one after the other, and each device sends `2(n - 1)/n` times
# the gradient ([the ring, counted](01_distributed_data.ipynb)):
#
# $$T(n) = \underbrace{c_0 + c_1\,\lceil 64/n\rceil}_{\text{compute}} + \underbrace{2(n-1)\,\alpha}_{\text{latency}} +
# \underbrace{\frac{2(n-1)}{n}\,\frac{S}{B}}_{\text{bandwidth}}$$

# %% [markdown]
# Four unknowns: $c_0$, $c_1$, the latency $\alpha$, the bandwidth $B$. You have 16 measured
# configurations: 1 to 4 processes, four sizes of the gradient. More processes than cores must take
# turns, so the measured all-reduce is expected to take `n / cores` times as long: a fifth number,
# but a known one.

# %%
import os

cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()

# %% [markdown]
# **Held out:** everything with 3 processes, and everything with a million numbers. The fit must not
# see them. It is a least-squares fit of relative errors, in which no cost may be negative.

# %%
from scipy.optimize import nnls


def compute_terms(n):
    return [1, -(-spec.BATCH // n)]


def reduce_terms(n, floats, crowd=1):
    return [crowd * 2 * (n - 1), crowd * 2 * (n - 1) / n * 4 * floats]


held_out = [row for row in measured if row["processes"] == 3 or row["floats"] == 1_000_000]
fitted = [row for row in measured if row not in held_out]

# %%
def fit(rows, terms, name):
    """The weights of the terms that come closest to the measured seconds, in relative terms."""
    weights, _ = nnls(np.array([np.array(terms(row)) / row[name] for row in rows]),
                      np.ones(len(rows)))
    return weights


def crowded(row):
    return reduce_terms(row["processes"], row["floats"], max(1, row["processes"] / cores))


def costs(rows):
    """``c0`` and ``c1``; the latency and the seconds a byte."""
    return (fit(rows, lambda row: compute_terms(row["processes"]), "compute"),
            fit([row for row in rows if row["processes"] > 1], crowded, "reduce"))


computing, reducing = costs(fitted)


# %%
def predicted(row, computing=computing, reducing=reducing):
    return np.dot(computing, compute_terms(row["processes"])) + np.dot(reducing, crowded(row))


def seen(row):
    return row["compute"] + row["reduce"]

# %% tags=["nbval-ignore-output"]
print(f"c0 {computing[0] * 1e3:.2f} ms, c1 {computing[1] * 1e6:.0f} us an image, latency "
      f"{reducing[0] * 1e6:.0f} us, bandwidth {1e-9 / reducing[1]:.2f} GB/s, {cores} cores")
for row in held_out:
    print(f"{row['processes']} processes, {row['floats']:>9,} numbers: predicted "
          f"{predicted(row) * 1e3:6.2f} ms, measured {seen(row) * 1e3:6.2f} ms")
ratios = [predicted(row) / seen(row) for row in held_out]
print(f"predicted over measured: {min(ratios):.2f} to {max(ratios):.2f}")

# %% [markdown]
# How near the predictions come depends on what else your machine does. Whether the *fit* is right
# does not: give it times that were computed from known costs, and it must find them.

# %%
KNOWN = [0.002, 8e-5], [1.5e-4, 4e-10]  # seconds: c0, c1; latency, a byte


def computed_row(row):
    return {**row, "compute": np.dot(KNOWN[0], compute_terms(row["processes"])),
            "reduce": np.dot(KNOWN[1], crowded(row))}


found = costs([computed_row(row) for row in fitted])
print("held-out configurations:", len(held_out))
print("known costs are found again:",
      np.allclose(found, KNOWN, rtol=1e-6, atol=0), "  and predict what was held out:",
      all(np.isclose(predicted(row, *found), seen(computed_row(row))) for row in held_out))
pairs = {row["floats"]: row["reduce"] for row in measured if row["processes"] == 2}
print("among 2, a 35 times larger gradient costs more than twice as much:",
      pairs[2_000_000] > 2 * pairs[spec.PARAMETERS])

# %%
fig, ax = lesson.figure(5.2, 3.8)
for rows, color, marker, label in ((fitted, lesson.BLUE, "o", "in the fit"),
                                   (held_out, lesson.VERMILION, "D", "held out")):
    ax.plot([seen(row) * 1e3 for row in rows], [predicted(row) * 1e3 for row in rows], marker,
            color=color, label=label)
low, high = ax.get_xlim()
ax.plot([low, high], [low, high], color=lesson.BLACK, linewidth=0.8, label="perfect")
ax.set(xlabel="measured, ms a step", ylabel="predicted, ms a step",
       title="Does the model know what it has not seen?")
ax.legend()
lesson.show(fig, alt="Predicted against measured milliseconds of a step. Points of the fit and "
            "held-out points both lie near the diagonal.")

# %% [markdown]
# ## What does it say about 8 and 64?
#
# Now the model leaves what was measured. **Computed, under these assumptions:** each device has a
# core to itself; each link has the latency and bandwidth that the loopback has here; the all-reduce
# is a ring and nothing overlaps with it; the slowest device is as fast as the others. *Strong
# scaling*: the batch stays 64 in all. *Weak scaling*: each device gets its own 64, or its own
# 1,024.
#
# **Predict, then run.** Is strong scaling with 64 devices faster than one device?
#
# <details><summary>Answer</summary>
#
# For this network, not by much, or not at all: one image a device leaves $c_0$ and 126 messages in
# a row. Where this page was made, they took longer than the whole step on one device.
#
# </details>

# %%
def seconds(n, each):
    """Computed time of a step with ``each`` images on every device."""
    return computing[0] + computing[1] * each + np.dot(reducing, reduce_terms(n, spec.PARAMETERS))


def speedup(n, each, alone):
    """Images a second of ``n`` devices, against one device with ``alone`` images a step."""
    return n * each / seconds(n, each) / (alone / seconds(1, alone))


computed = {n: (speedup(n, 64 / n, 64), speedup(n, 64, 64), speedup(n, 1024, 1024))
            for n in (1, 2, 4, 8, 16, 32, 64)}
print("64 devices, strong scaling: less than 8 times as fast:", computed[64][0] < 8)
print("weak scaling gains more than strong:", computed[64][1] > computed[64][0])
print("more work for each device gains more still:", computed[64][2] > computed[64][1])

# %% tags=["nbval-ignore-output"]
for n in (8, 64):
    print(f"{n:>2} devices, computed: strong {computed[n][0]:.1f} times, weak {computed[n][1]:.1f} "
          f"times, weak with 1,024 images each {computed[n][2]:.1f} times")

# %%
fig, ax = lesson.figure(7, 3.6)
labels = ("strong: 64 images in all", "weak: 64 images each", "weak: 1,024 images each")
for column, (label, color, marker) in enumerate(
        zip(labels, (lesson.VERMILION, lesson.ORANGE, lesson.BLUE), "DsP")):
    ax.plot(list(computed), [values[column] for values in computed.values()], marker + "-",
            color=color, label=f"computed, {label}")
ax.plot(list(computed), list(computed), color=lesson.BLACK, linestyle=":", label="ideal")
alone, pair = (seen(row) for row in measured
               if row["processes"] < 3 and row["floats"] == spec.PARAMETERS)
ax.plot(2, alone / pair, "*", color=lesson.BLACK, markersize=11, label="measured, strong")
ax.set(xscale="log", yscale="log", xlabel="devices", ylabel="images a second, one device = 1",
       title="Computed from runs of 1, 2 and 4 processes")
ax.set_xticks(list(computed), list(computed))
ax.set_yticks((0.5, 1, 2, 4, 8, 16, 32, 64), (0.5, 1, 2, 4, 8, 16, 32, 64))
ax.minorticks_off()
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Computed speed against devices, up to 64. Strong scaling rises a little, "
            "then falls. Weak scaling rises and bends away from the ideal line. With 1,024 images "
            "a device the curve stays close to it.")

# %% [markdown]
# So 64 devices do not train 64 times faster. Three costs do not shrink with `n`: the fixed part of
# a step, the ring's latency, which *grows*, and the bytes that each device sends, which approach
# twice the gradient. What helps is more computing for each message: a larger network, or a larger
# batch on each device.

# %% [markdown]
# ## Is a larger batch free?
#
# No: it is another training. With 64 devices and 64 images each a step sees 4,096 images, and an
# epoch has 64 times fewer steps. Goyal and colleagues (2017) showed how far it carries on ImageNet:
# multiply the learning rate by the same factor, *warm it up* over the first epochs, and up to 8,192
# images lose no accuracy. They trained ResNet-50 on 256 GPUs in an hour, with about 90 % scaling
# efficiency from 8 to 256 GPUs ([arXiv 1706.02677](https://arxiv.org/abs/1706.02677)).

# %% [markdown]
# The ladder then has to stand on *that* batch: it compares N processes with one on the same batch,
# not a large batch with a small one.

# %%
scratch.cleanup()
print("processes left behind:", running(scratch.name))

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** With `--nnodes=1:4` and one worker each, one of four machines is lost. Three go on, each
# with `rank::world` of the 64 digits. What becomes of the training?
#
# <details><summary>A. It goes on, with other steps than one process</summary>Right. The shares are 22, 21 and 21, and the plain mean of their means is not the mean.</details>
# <details><summary>B. It stops, since 64 does not divide by 3</summary>No. Each worker still gets digits: 22, 21 or 21. No error is raised.</details>
# <details><summary>C. Its steps stay those of one process, since the loop uses <code>world</code></summary>No. That holds for divisors of 64. The plain mean needs equal shares.</details>
#
# <br>**2.** Your training uses momentum and dropout. The checkpoint holds the weights, the
# momentum, and the number of steps done. What else must it hold?
#
# <details><summary>A. The gradients of the last step</summary>No. They are used up: the next step computes its own. What it needs of the old ones is in the momentum.</details>
# <details><summary>B. The state of the random generator</summary>Right. The next step draws its dropout from it, and whatever the next step reads belongs in the file.</details>
# <details><summary>C. The losses so far</summary>No. You want them for the curve, but no step reads them.</details>
# <details><summary>D. Nothing, if the loss falls after resuming</summary>No. In the chapter it fell without the momentum, too, and with the wrong order. The curve does not tell.</details>
#
# <br>**3.** In the manifest you set `completions: 4` and `--nnodes=4`, but leave `parallelism: 2`.
# What happens?
#
# <details><summary>A. The schema refuses it, at the latest with <code>--strict</code></summary>No. Each field holds a whole number, as it must. That they belong together is known to a check of your own.</details>
# <details><summary>B. Two pods train, then two more go on from the checkpoint</summary>No. <code>--nnodes=4</code> asks for four machines, so two of them do not begin.</details>
# <details><summary>C. Two pods wait at the rendezvous for two that are not started</summary>Right. Two may run at a time, and the rendezvous waits until four are there.</details>
#
# <br>**4.** 100 devices train together and write a checkpoint every 30 minutes. One worker dies.
# How much work can be lost?
#
# <details><summary>A. Up to 30 minutes of one device</summary>No. The training is synchronous: all workers start anew, and all repeat the steps since the checkpoint.</details>
# <details><summary>B. Up to 50 device-hours</summary>Right. It is up to one interval between checkpoints, times all devices.</details>
# <details><summary>C. None, as the other workers still hold the weights</summary>No. <code>torchrun</code> ends them and starts all anew. What they held in memory is gone.</details>
#
# <br>**5.** In the cost model of a step, the network and the batch of 64 stay, and `n` goes from 8
# to 64. Which cost becomes nine times as large?
#
# <details><summary>A. The latency of the ring</summary>Right. 2 (n - 1) messages one after the other: 14 become 126.</details>
# <details><summary>B. The bytes that each device sends</summary>No. They grow from 1.75 to 1.97 times the gradient, and approach twice its size.</details>
# <details><summary>C. The computing</summary>No. It shrinks, from 8 images on a device to one, and the fixed part stays.</details>
#
# <br>**6.** 64 devices take 64 images each in a step. With what does rung 5 have to compare this
# run?
#
# <details><summary>A. With one process on batches of 64</summary>No. A batch of 4,096 is another training, with 64 times fewer steps in an epoch.</details>
# <details><summary>B. With the accuracy of the small batches</summary>No. That asks whether a large batch trains as well. The rung asks whether N processes equal one.</details>
# <details><summary>C. With one process on batches of 4,096</summary>Right. The rung compares N processes with one on the same batch.</details>
#
# <br>**7.** You train with TensorFlow and `TF_CONFIG`. The training shall survive the death of a
# process. What do you need beside a checkpoint?
#
# <details><summary>A. <code>--max-restarts=3</code> in <code>TF_CONFIG</code></summary>No. That is an option of <code>torchrun</code>. <code>TF_CONFIG</code> holds the addresses of all and the place of this one.</details>
# <details><summary>B. A scheduler that starts the process again</summary>Right. TensorFlow has no agent. Whoever starts the processes has to watch them.</details>
# <details><summary>C. Nothing: the other processes start it again</summary>No. <code>torchrun</code> has agents for that. TensorFlow and JAX have none.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | who starts it | what you give | what it does when a worker dies |
# |---|---|---|
# | you, by hand | four variables for each process | nothing, unless your launcher watches |
# | `torchrun` | the number of processes | ends all, starts all again, up to `--max-restarts` |
# | `torchrun` on several machines | an endpoint, the number of machines | the same, on all machines |
# | TensorFlow, JAX | `TF_CONFIG`; three arguments | nothing: a scheduler must |
# | Kubernetes Job | a manifest, checked for form and sense | replaces the pod |
# | Ray Train | a function, a number of workers | starts all again from the reported checkpoint |

# %% [markdown]
# **Choose it when:** `torchrun` where you can log in or have a scheduler; a Job, JobSet or TrainJob
# where the cluster is Kubernetes; Ray where a Python program should place, watch and restart the
# workers. Many devices when each has much to compute for each message.
#
# **Avoid it when** one device is fast enough: the table of 8 and 64 was computed in a minute. And
# avoid a restart without a checkpoint that you have killed and resumed yourself, with the rung as
# judge.
#
# **Now you:** [the exercise](../../exercises/04_distributed/03_to_a_cluster.ipynb), with
# self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - torchrun, endpoints, restarts:
#   [Elastic quickstart](https://docs.pytorch.org/docs/stable/elastic/quickstart.html); what a
#   script must do: [Train script](https://docs.pytorch.org/docs/stable/elastic/train_script.html)
# - Who is the host: [pytorch 73380](https://github.com/pytorch/pytorch/issues/73380), 2022; full
#   names: [pytorch 150532](https://github.com/pytorch/pytorch/issues/150532), 2025
# - The store listens everywhere:
#   [pytorch 173909](https://github.com/pytorch/pytorch/issues/173909), 2026; who reaches it runs
#   code: [PyTorch's security
#   policy](https://github.com/pytorch/pytorch/security/policy#using-distributed-features), read
#   2026-11-29; the rendezvous unpickles: [`dynamic_rendezvous.py`, class
#   `_BackendRendezvousStateHolder`](https://github.com/pytorch/pytorch/blob/v2.13.0/torch/distributed/elastic/rendezvous/dynamic_rendezvous.py),
#   read 2026-11-29
# - Policies: [Network
#   Policies](https://kubernetes.io/docs/concepts/services-networking/network-policies/), read
#   2026-11-29
# - Restarts and the shared store:
#   [pytorch 135712](https://github.com/pytorch/pytorch/issues/135712), 2024
# - JAX's arguments:
#   [jax.distributed.initialize](https://docs.jax.dev/en/latest/_autosummary/jax.distributed.initialize.html)
# - Names of pods: [Job with pod-to-pod
#   communication](https://www.kubernetes.io/docs/tasks/job/job-with-pod-to-pod-communication/);
#   Indexed Jobs stable since Kubernetes 1.24:
#   [KEP 2214](https://www.kubernetes.dev/resources/keps/2214/)
# - Schemas offline: [kubernetes-validate](https://github.com/willthames/kubernetes-validate)
# - Checkpoints: [Lightning 688](https://github.com/Lightning-AI/pytorch-lightning/issues/688),
#   2020; [recurrent-visual-attention
#   8](https://github.com/kevinzakka/recurrent-visual-attention/issues/8), 2018;
#   [accelerate 4195](https://github.com/huggingface/accelerate/issues/4195), 2026
# - Ray: [failures](https://docs.ray.io/en/latest/train/user-guides/fault-tolerance.html); metrics
#   without a checkpoint: [ray 51204](https://github.com/ray-project/ray/pull/51204), 2025
# - Gloo's all-reduce is a ring by default since 2018:
#   [pytorch 9309](https://github.com/pytorch/pytorch/pull/9309)
# - Gloo's time limit stays half an hour, NCCL's became ten minutes:
#   [pytorch 110947](https://github.com/pytorch/pytorch/pull/110947), 2023
# - Large batches: Goyal et al. 2017, [arXiv 1706.02677](https://arxiv.org/abs/1706.02677)

# %% [markdown]
# **On your path:**
#
# - *Production, 9 of 16:* [Data parallel everywhere](02_data_parallel_everywhere.ipynb) → here →
#   [Cutting the network](04_distributed_model.ipynb)
#
# **In the order of the folders:** previous
# [Data parallel everywhere](02_data_parallel_everywhere.ipynb) · next
# [Cutting the network](04_distributed_model.ipynb) · [all chapters](../00_start_here.ipynb)
