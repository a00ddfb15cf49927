# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Data parallel in TensorFlow, JAX, Keras and MXNet
#
# After this notebook you will be able to train one network on several devices or in several
# processes in four more frameworks, and to prove for each that nothing else changed.
#
# **You will learn to**
# - name the lines that each framework asks of you, and count them;
# - write a `TF_CONFIG`, a JAX mesh and a key-value store;
# - see where the digits and the weights of each mode live;
# - recognise a gradient that is N times too large, in three disguises;
# - say why an asynchronous parameter server does not equal one process.
#
# **Before you start:** [Data parallel](01_distributed_data.ipynb). Kernel `python3`, about 35
# minutes.
# The chapter before explains the idea and the all-reduce. One section starts the kernel `museum`.
# Each launch takes 5 to 20 seconds.
#
# **Retired here:** MXNet (2023). **Out of fashion, and still there:** TensorFlow's parameter
# server.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What will prove that N equal one?
#
# The ladder's rung 5: ten training steps on the same ten global batches of 64 digits. After each
# step every weight is compared with the float64 reference, which knows nothing of devices. Allowed
# are differences of 1e-4, relative; you will see much less.
#
# Every training runs in **worker programs** outside this notebook. They stand in the folder
# `02_data_parallel_everywhere` beside it, 50 to 100 lines each. Each takes its network from the
# `same-cnn` cells of its framework's chapter.

# %%
import json
import tempfile
import time

from onecnn import (
    cells,
    ladder,
    launch,
    paths,
    worker,  # what the workers share: the ten batches, and a file format for what they found
)

WORKERS = paths.programs("04_distributed/02_data_parallel_everywhere")
scratch = tempfile.TemporaryDirectory()
rungs, seconds, places = {}, {}, {}

# %% [markdown]
# `start` runs a worker once for each set of environment variables, all at the same time. `{}` in an
# argument becomes the process's number. Each worker's last line is JSON: what it saw.


# %%
def start(worker, *arguments, envs=({},), kernel="python3", number="{}"):
    begin = time.perf_counter()
    commands = [[WORKERS / worker, "--out", f"{scratch.name}/{worker}{number}", *arguments]
                for _ in envs]
    commands = [[str(word).format(number) for word in command]
                for number, command in enumerate(commands)]
    printed = launch.run(commands, list(envs), kernel=kernel, private=True)
    seconds[worker, len(envs)] = time.perf_counter() - begin
    return [json.loads(text.splitlines()[-1]) for text in printed if text]


def rung(mode, file):
    """The ladder's verdict on the training in ``file``."""
    losses, weights = worker.recorded(f"{scratch.name}/{file}.npz")
    rungs[mode] = ladder.steps_rung(losses, weights)
    return f"{mode}: " + ("equals one process" if rungs[mode].passed
                          else "DIFFERS " + rungs[mode].message)


# %% [markdown]
# In the workers, the lines that one device would not need carry the comment `# parallel`. `added`
# finds them: they are the price of each mode, so you will see and count them.


# %%
def added(worker, way=""):
    lines = (WORKERS / worker).read_text(encoding="utf-8").splitlines()
    marked = [line.strip().split("  # parallel") for line in lines if "  # parallel" in line]
    return [code for code, note in marked if note.strip(" ()") in ("", way)]


# %% [markdown]
# ## TensorFlow: what does a mirrored variable mirror?
#
# `tf.distribute.MirroredStrategy` keeps a copy of each variable on each device. This machine's CPU
# is divided into two *logical* devices, so that the strategy has something to do; with two graphics
# cards that line would go.

# %%
print("\n".join(added("tensorflow_mirrored.py", "alone")))

# %% [markdown]
# `strategy.run` calls a function once for each device. What comes back is one value for each;
# `strategy.reduce` makes one of them. The worker trains twice: once with `"MEAN"`, and once with a
# fault that you will meet in the next section.

# %%
(seen,) = start("tensorflow_mirrored.py", "--ways", "mean", "sum")
print(rung("TensorFlow Mirrored", "tensorflow_mirrored.py0-mean"))
places["TensorFlow Mirrored"] = seen
for device, rows in seen["rows"].items():
    print(device.split("/")[-1], "got the digits", rows[0], "to", rows[-1], "of the batch")
for device, size in seen["held"].items():
    print(device.split("/")[-1], "holds", size, "numbers of dense1.weight")

# %% [markdown]
# ## The first trap: sum or mean?
#
# Each device's loss is a mean over *its* 32 digits, so their gradients must be averaged.
# TensorFlow's habit is the other one: divide each loss by the **global** batch of 64, then add up
# (`tf.nn.compute_average_loss`). Both are right. Half of one and half of the other is not, and
# [the documentation calls it easy to miss](https://github.com/tensorflow/tensorflow/issues/45923).
#
# **Predict, then run.** The worker summed the two mean gradients. What does the first loss say, and
# how far does the first step go?
#
# <details><summary>Answer</summary>
#
# The loss is summed too, so it reads twice what it is. The step goes exactly twice as far, in
# exactly the right direction. It trains, and you would look for the fault in the learning rate.
#
# </details>

# %%
import numpy as np

from onecnn import spec


def first_step(file):
    """How far the first step moved all weights."""
    weights = worker.recorded(f"{scratch.name}/{file}.npz")[1][0]
    moved = [np.ravel(weights[name] - value) for name, value in spec.initial_weights().items()]
    return np.linalg.norm(np.concatenate(moved))


def first_loss(file):
    return worker.recorded(f"{scratch.name}/{file}.npz")[0][0]


# %%
right = first_step("tensorflow_mirrored.py0-mean")
print(rung("TensorFlow Mirrored, summed", "tensorflow_mirrored.py0-sum"))
print(f"the first step is {first_step('tensorflow_mirrored.py0-sum') / right:.2f} times as long")
loss = first_loss("tensorflow_mirrored.py0-sum") / first_loss("tensorflow_mirrored.py0-mean")
print(f"the first loss is {loss:.2f} times as large")

# %% [markdown]
# The rung that fails is `steps`. The rungs below it would need the gradient itself, which your
# training program seldom shows you; the steps it always shows.

# %% [markdown]
# ## TensorFlow: what changes with a second process?
#
# One line of the program, and one environment variable. `TF_CONFIG` names the whole cluster and
# this process's place in it. Whoever starts the processes writes it: you, Kubernetes, a batch
# system ([to a cluster](03_to_a_cluster.ipynb)).


# %%
def tf_config(**jobs):
    """For each process its environment: ``tf_config(worker=2)``."""
    ports = iter(launch.free_ports(sum(jobs.values())))
    cluster = {job: [f"127.0.0.1:{next(ports)}" for _ in range(count)]
               for job, count in jobs.items()}
    return [{"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": job, "index": index}})}
            for job, count in jobs.items() for index in range(count)]


example = json.loads(tf_config(worker=2)[1]["TF_CONFIG"])
print("task:", example["task"], "  workers in the cluster:", len(example["cluster"]["worker"]))
alone = set(added("tensorflow_mirrored.py", "alone"))
print("instead of the lines about devices:",
      *(set(added("tensorflow_mirrored.py", "TF_CONFIG")) - alone))

# %% [markdown]
# **Before you run it:** TensorFlow's server listens on *all* network interfaces, whatever address
# you write into `TF_CONFIG`
# ([tensorflow 11689](https://github.com/tensorflow/tensorflow/issues/11689)), and executes what it
# is sent: whoever reaches it **runs code** as you
# ([security policy](https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md)).
#
# `private=True` in `start` gives the processes a network of their own where the system allows it:
# on Linux, but in most containers not. Elsewhere, run the cells with several processes on a network
# that you trust.

# %%
both = start("tensorflow_mirrored.py", envs=tf_config(worker=2))
for number in (0, 1):
    print(f"process {number}:",
          rung("TensorFlow MultiWorker", f"tensorflow_mirrored.py{number}-mean"))
places["TensorFlow MultiWorker"] = {key: both[0][key] | both[1][key] for key in ("rows", "held")}
for device, rows in places["TensorFlow MultiWorker"]["rows"].items():
    print(device, "got the digits", rows[0], "to", rows[-1])

# %% [markdown]
# Both processes read the same ten batches, and nobody told either of them which half is its own:
# `strategy.experimental_distribute_dataset` cut them.

# %% [markdown]
# ## The second trap: why does `fit` fail?
#
# TensorFlow's tutorial says that a Keras model needs nothing but `strategy.scope()`. That ended
# with TensorFlow 2.16, which made Keras 3 the default
# ([keras 20585](https://github.com/keras-team/keras/issues/20585), 2024). The next worker tries
# `fit`, catches the error, and goes on with a loop of its own.

# %%
fits = start("keras_multiworker.py", envs=tf_config(worker=2))
print("fit:", fits[0]["fit"])
print(rung("Keras 3 MultiWorker, own loop", "keras_multiworker.py0"))
source = (WORKERS / "keras_multiworker.py").read_text(encoding="utf-8")
print("\n" + source[source.index("def one_replica"):source.index("losses, weights")].strip())

# %% [markdown]
# Here you see TensorFlow's habit whole: Keras divides the loss by the number of replicas, its
# optimizer *adds up* the gradients, and `reduce("SUM")` adds up the losses.
#
# **Predict, then run.** You put `"MEAN"` there, as in the worker before. Which rung notices, and
# what becomes of the weights?
#
# <details><summary>Answer</summary>
#
# The weights stay right: they depend on the gradients, and the optimizer adds those up by itself.
# Only the *reported* loss is halved. `steps` compares the loss as well, and fails. Without it you
# would see a training that is too good.
#
# </details>

# %%
losses, weights = worker.recorded(f"{scratch.name}/keras_multiworker.py0.npz")
halved = ladder.steps_rung([loss / 2 for loss in losses], weights)
print("holds:", halved.passed, "|", halved.message)

# %% [markdown]
# ## What did people do before all-reduce?
#
# One process, the **server**, holds the weights. Workers read them, compute a gradient, and push
# it. Nobody waits for anybody. TensorFlow grew up with it, and `ParameterServerStrategy` keeps it:
# a *chief* hands out steps, workers run them, variables lie on the server.

# %%
print("\n".join(added("tensorflow_parameter_server.py")))

# %% [markdown]
# Four processes: chief, server, two workers. First the chief hands out one step at a time. Then it
# hands out all ten at once.
#
# **Predict, then run.** Which of the two equals one process?
#
# <details><summary>Answer</summary>
#
# Only the first. When both workers are busy, the second one computes its gradient from weights that
# the first is about to change. One process would have waited.
#
# </details>

# %%
chief = start("tensorflow_parameter_server.py", envs=tf_config(chief=1, ps=1, worker=2),
              number="")[0]
print(rung("TensorFlow server, in turn", "tensorflow_parameter_server.py-in_turn"))
rung("TensorFlow server, at once", "tensorflow_parameter_server.py-at_once")
print("TensorFlow server, at once: equals one process:", rungs["TensorFlow server, at once"].passed)
whole = {"the next free worker": list(range(spec.BATCH))}
places["TensorFlow server"] = {"rows": whole, "held": chief["held"]}
print("the weights lie on:", *(device.split("/")[1] for device in chief["held"]))

# %% [markdown]
# The workers also noted, for each batch, how many updates the weights had seen when they were
# *read*, and when the result was *written*. In one process each update is written right after the
# weights it was computed from. An update that comes later is **stale**.
#
# On a busy machine the workers could by chance take turns. So the program lets their first two
# steps meet before either writes; all that follows is left to chance, and differs at each run.

# %%
read, written = np.array(chief["read and written"]).T
stale = written - read - 1  # the updates by the other worker in between
print("updates from stale weights, at least one:", bool((stale > 0).any()))

# %% tags=["nbval-ignore-output"]
print("stale by so many updates, batch by batch:", stale.tolist())

# %%
fig, ax = lesson.figure(7, 3)
for batch in range(len(read)):
    color, marker = (lesson.VERMILION, "D") if stale[batch] else (lesson.BLUE, "o")
    ax.plot([read[batch], written[batch]], [batch, batch], color=color)
    ax.plot(read[batch], batch, marker="|", color=color, markersize=10)
    ax.plot(written[batch], batch, marker=marker, color=color)
ax.plot([], [], "o-", color=lesson.BLUE, label="one update later, as in one process")
ax.plot([], [], "D-", color=lesson.VERMILION, label="stale: another update came between")
ax.set(xlabel="updates that the weights have seen: read at the bar, written at the marker",
       ylabel="batch", yticks=range(10), xticks=range(11),
       title="Ten batches, two workers, nobody waits")
ax.invert_yaxis()
ax.legend(loc="upper right")
lesson.show(fig, alt="For each of ten batches a line from the version of the weights that was read "
            "to the version that was written. Some lines are longer than one: their updates are "
            "stale.")

# %% [markdown]
# What you gain: no machine waits for the slowest one. What you lose is the proof: two runs need not
# be equal, and no rung can tell a fault from chance.
#
# The neighbour chapter counts the [bytes that pass through the server](01_distributed_data.ipynb).
#
# A trap of its own: with *one* inter-op thread, the course's default, such a worker waits for
# itself for ever. TensorFlow's
# [tutorial](https://www.tensorflow.org/tutorials/distribute/parameter_server_training) gives
# workers more, and so does ours.

# %% [markdown]
# ## JAX: what if the array knows where it lives?
#
# In JAX you do not run the program on several devices. You put the *arrays* there, and `jit`
# compiles one program for all of them. A **mesh** names the devices; a `NamedSharding` says which
# dimension is cut along which name.

# %%
print("\n".join(added("jax_mesh.py")))

# %% [markdown]
# Look at what is missing: the training step. It is the `update` of the
# [JAX chapter](../02_frameworks/06_jax.ipynb), untouched. Nobody wrote an average either: the loss
# is the mean over an array of 64, and that its rows lie on four devices is the compiler's business.

# %%
(mesh,) = start("jax_mesh.py", "--ways", "jit", "shard_map", "mean_of_gradients", "refusal")
print(rung("JAX jit", "jax_mesh.py0-jit"))
places["JAX jit"] = mesh
for device, rows in mesh["rows"].items():
    held = mesh["held"][device]
    print(device, "holds the digits", rows[0], "to", rows[-1], "and", held,
          "numbers of dense1.kernel")

# %% [markdown]
# ## The third trap: who has summed already?
#
# `jax.shard_map` is the other way: you write the program of *one* device, and say where devices
# talk. The worker has it twice. Both hand back an average over the mesh, `pmean`. One
# differentiates the averaged loss; the other averages the gradients, as one did with `pmap` for
# years.

# %%
for line in (WORKERS / "jax_mesh.py").read_text(encoding="utf-8").splitlines():
    if "pmean" in line or "value_and_grad" in line:
        print(line.strip())

# %% [markdown]
# **Predict, then run.** Four devices. What does the average of the gradients do to the first step?
#
# <details><summary>Answer</summary>
#
# It is four times as long. The weights are *replicated*: each device holds the same. What flows
# back into a replicated value is by definition the sum over all devices, so `shard_map` has
# inserted that sum. The gradients are equal and summed when `pmean` sees them; an average of equals
# changes nothing.
#
# </details>

# %%
right = first_step("jax_mesh.py0-shard_map")
print(rung("JAX shard_map, mean of the loss", "jax_mesh.py0-shard_map"))
print(rung("JAX shard_map, mean of gradients", "jax_mesh.py0-mean_of_gradients"))
print(f"the first step is {first_step('jax_mesh.py0-mean_of_gradients') / right:.2f} times as long")
loss = first_loss("jax_mesh.py0-mean_of_gradients") / first_loss("jax_mesh.py0-shard_map")
print(f"the first loss is {loss:.2f} times as large")

# %% [markdown]
# The loss is right, no warning appears, and the network trains. Users met it as results that change
# with the number of devices ([jax 36886](https://github.com/jax-ml/jax/issues/36886), 2026; the
# same question about `pmap`: [jax 3970](https://github.com/jax-ml/jax/issues/3970), 2020). The rule
# is written in JAX's [Autodiff and sharding](https://docs.jax.dev/en/latest/301/sharding-ad.html).
#
# The cure: take the mean of the loss *inside* the function that you differentiate.

# %% [markdown]
# ## A smaller trap: what are explicit axes?
#
# `jax.make_mesh` without `axis_types` now makes *explicit* axes: shardings become part of an
# array's type, and JAX refuses to guess. Our training step passes (a test of this course climbs the
# ladder with it). A product that sums over the cut dimension does not.
#
# With `AxisType.Auto`, as in the worker, the compiler decides.

# %%
print("pixels.T @ pixels, explicit axes:", mesh["explicit axes"])
print("pixels.T @ pixels, Auto axes:", mesh["auto axes"])

# %% [markdown]
# ## JAX: what changes with a second process?
#
# Each process sees all devices of the mesh, but can touch only its own. It hands in *its* rows, and
# JAX makes one global array of them.

# %%
print("\n".join(added("jax_processes.py")))

# %%
port, = launch.free_ports()
both = start("jax_processes.py", "--port", port, "--process", "{}", envs=({}, {}))
for number in (0, 1):
    seen = both[number]
    print(f"process {number}:", rung("JAX distributed", f"jax_processes.py{number}-{number}"))
    print("  it sees", len(seen["all"]), "devices, and can touch", len(seen["here"]))
places["JAX distributed"] = {"rows": both[0]["rows"], "held": both[0]["held"] | both[1]["held"]}

# %% [markdown]
# Every process runs the same program, in the same order; the compiled steps talk to one another. On
# several machines the address becomes the first machine's. JAX too would listen on every interface;
# `coordinator_bind_address` keeps it at home.

# %% [markdown]
# ## Keras: can it be one line?
#
# On the JAX engine, yes. It must come before the model is built. (The other marked line divides
# this machine's CPU into four.) A second process, at the same time, *forgets* it.

# %%
print("\n".join(added("keras_distribution.py")))
keras_saw, forgotten = start("keras_distribution.py", "--forget", "{}", envs=({}, {}))
print(rung("Keras DataParallel", "keras_distribution.py0-data_parallel"))
places["Keras DataParallel"] = keras_saw

# %% [markdown]
# **Predict, then run.** What do the ladder and the training say of the process that forgot the
# line?
#
# <details><summary>Answer</summary>
#
# Nothing: the training is right, on *one* device. Equality proves that N devices did no harm. It
# cannot prove that they worked. For that, ask an array where it lies.
#
# </details>

# %%
print(rung("Keras, line forgotten", "keras_distribution.py1-data_parallel"))
print("devices that hold the weights, with the line:", len(keras_saw["held"]))
print("without it:", len(forgotten["held"]))

# %% [markdown]
# The guide names JAX, TensorFlow and PyTorch. In Keras 3.15 PyTorch has no such module at all, and
# TensorFlow's opens with the words "DO NOT USE". There, take the framework's own way.

# %%
import importlib.util
import pathlib

folder = pathlib.Path(importlib.util.find_spec("keras").origin).parent / "src" / "backend"
for engine in ("jax", "tensorflow", "torch"):
    module = folder / engine / "distribution_lib.py"
    text = module.read_text() if module.exists() else "no such module"
    print(f"{engine}:",
          "a prototype" if "DO NOT USE" in text else "yes" if module.exists() else text)

# %% [markdown]
# ## MXNet: where do devices meet?
#
# MXNet ([chapter](../02_frameworks/04_mxnet.ipynb); retired in 2023) had the store in its
# foundations. Devices *push* gradients under a key and *pull* the result. One word chooses the
# store: `device` lives in this process, `dist_sync` on a server.

# %%
print("\n".join(added("mxnet_kvstore.py")))

# %%
try:
    (mxnet_saw,) = start("mxnet_kvstore.py", "--ways", "device", "half_batch", kernel="museum")
    print(rung("MXNet device", "mxnet_kvstore.py0-device"))
    print(rung("MXNet, batch of one device", "mxnet_kvstore.py0-half_batch"))
    stretch = first_step("mxnet_kvstore.py0-half_batch") / first_step("mxnet_kvstore.py0-device")
    print(f"the first step is {stretch:.2f} times as long")
except cells.KernelMissing as reason:
    print("not run:", reason)

# %% [markdown]
# The second training carries MXNet's disguise of the first trap. Its store *sums*, and
# `trainer.step(batch_size)` divides. Told the batch of one device, 32, it goes twice as far
# ([a reader's question](https://github.com/zackchase/mxnet-the-straight-dope/issues/165), 2017).

# %% [markdown]
# ## MXNet: must a server be asynchronous?
#
# No. `dist_sync` has a scheduler, a server and workers, and the server waits until *all* have
# pushed. Four processes, one environment variable for the role: `import mxnet` in a server's
# process serves. It unpickles the optimizer that it is sent, so who reaches it runs code;
# `DMLC_NODE_HOST` keeps it on the loopback.
#
# Old advice says that you must compile MXNet for this
# ([mxnet 719](https://github.com/apache/mxnet/issues/719)). The wheel of 1.9.1 has it inside.


# %%
def dmlc(role, port):
    return {"DMLC_ROLE": role, "DMLC_NUM_SERVER": "1",
            "DMLC_NUM_WORKER": "2", "DMLC_NODE_HOST": "127.0.0.1", "DMLC_PS_ROOT_URI": "127.0.0.1",
            "DMLC_PS_ROOT_PORT": str(port)}


port, = launch.free_ports()
roles = [dmlc(role, port) for role in ("scheduler", "server", "worker", "worker")]

# %%
try:
    store = start("mxnet_kvstore.py", "--ways", "dist_sync", envs=roles, kernel="museum")
    halves = [worker.recorded(f"{scratch.name}/mxnet_kvstore.py{number}-dist_sync.npz")
              for number in (2, 3)]
    # each worker knows the loss of its half
    losses = np.mean([losses for losses, _ in halves], axis=0)
    rungs["MXNet dist_sync"] = ladder.steps_rung(list(losses), halves[0][1])
    print("MXNet dist_sync equals one process:", rungs["MXNet dist_sync"].passed)
except cells.KernelMissing as reason:
    print("not run:", reason)

# %% [markdown]
# So it is not the *server* that cost TensorFlow its equality: it is that nobody waited.

# %% [markdown]
# ## Where do the digits and the weights live?
#
# All that the workers saw, in one picture: which of the 64 digits lay where, and who held the
# weights. It is drawn from the frameworks' own objects: replica values, shardings, contexts. The
# weights are those of `dense1`.

# %%
if "MXNet dist_sync" in rungs:
    places["MXNet device"] = mxnet_saw
    places["MXNet dist_sync"] = {key: store[0][key] | store[1][key] for key in ("rows", "held")}
COLORS = (lesson.BLUE, lesson.ORANGE, lesson.GREEN, lesson.PURPLE)
HATCHES = ("", "//", "..", "xx")

# %%
fig, ax = lesson.figure(9, 0.42 * len(places) + 1)
for line, place in enumerate(places.values()):
    for number, rows in enumerate(sorted(place["rows"].values())):
        color = COLORS[number] if len(place["rows"]) > 1 else lesson.SKY
        ax.barh(line, len(rows), left=rows[0], color=color, hatch=HATCHES[number],
                edgecolor="white", height=0.7)
    for number, name in enumerate(sorted(place["held"], key=lambda name: ("server" in name, name))):
        marker, color = ("*",
                         "black") if "ps" in name or "server" in name else ("s", COLORS[number])
        ax.plot(68 + 4 * number, line, marker, color=color, markersize=11)
ax.set(yticks=range(len(places)), yticklabels=places, xticks=(0, 16, 32, 48, 64), xlim=(0, 84),
       xlabel="digits of the batch, a colour for each device        copies of the weights (star: "
       "on a server)")
ax.invert_yaxis()
lesson.show(fig, alt="For each mode a bar of 64 digits, cut into two or four parts, one for each "
            "device, and a square for each copy of the weights. TensorFlow's server has one uncut "
            "bar and a single star.")

# %% [markdown]
# ## What does each mode cost you?
#
# The lines are counted in the worker programs; "equal" is rung 5, as it ran above.

# %%
TABLE = [("TensorFlow", "Mirrored", 1, added("tensorflow_mirrored.py", "alone")),
         ("TensorFlow", "MultiWorker", 2, added("tensorflow_mirrored.py", "TF_CONFIG")),
         ("TensorFlow", "server, in turn", 4, added("tensorflow_parameter_server.py")),
         ("TensorFlow", "server, at once", 4, added("tensorflow_parameter_server.py")),
         ("JAX", "jit", 1, added("jax_mesh.py")),
         ("JAX", "shard_map, mean of the loss", 1, added("jax_mesh.py", "shard_map")),
         ("JAX", "distributed", 2, added("jax_processes.py")),
         ("Keras", "DataParallel", 1, added("keras_distribution.py")),
         ("MXNet", "device", 1, added("mxnet_kvstore.py")),
         ("MXNet", "dist_sync", 4, added("mxnet_kvstore.py", "dist_sync"))]

# %%
print(f"{'framework':<11}{'mode':<29}{'processes':<11}{'lines':<7}equal")
for framework, mode, processes, lines in TABLE:
    found = rungs.get(f"{framework} {mode}")
    print(f"{framework:<11}{mode:<29}{processes:<11}{len(lines):<7}"
          f"{found.passed if found else 'not run'}")

# %% [markdown]
# And the distances: how far each mode is from the reference, and how far the faults are. Below
# stand this run's seconds. They say what *starting* costs, not what training gains: logical devices
# on one CPU gain nothing.

# %%
fig, ax = lesson.figure(8, 4)
for line, one in enumerate(rungs.values()):
    color, marker = (lesson.BLUE, "o") if one.passed else (lesson.VERMILION, "X")
    ax.plot(max(one.measured.values()), line, marker=marker, color=color, markersize=8)
ax.axvline(ladder.STEPS, color=lesson.BLACK, linestyle="--")
ax.text(ladder.STEPS * 1.2, -0.4, "allowed", va="center")
ax.set(xscale="log", yticks=range(len(rungs)), yticklabels=rungs,
       xlabel="largest relative difference in ten steps")
ax.invert_yaxis()
lesson.show(fig, alt="The largest difference of each mode on a logarithmic axis: circles for "
            "the modes that hold, far below the allowed 1e-4, and crosses for the faults and the "
            "asynchronous server, near 1.")

# %%
held = [max(one.measured.values()) for one in rungs.values() if one.passed]
failed = [max(one.measured.values()) for one in rungs.values() if not one.passed]
print("every mode that holds is at least five times closer than allowed:",
      max(held) < ladder.STEPS / 5)
print("every fault is at least a hundred times further away than allowed:",
      min(failed) > ladder.STEPS * 100)

# %% tags=["nbval-ignore-output"]
for (program, processes), taken in seconds.items():
    print(f"{program:<34}{processes} processes {taken:6.1f} s from start to end")

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** Keras on JAX, four graphics cards: the training climbs the ladder, but it takes as long as
# on one. What do you look at first?
#
# <details><summary>A. Whether the gradients are averaged or summed</summary>No. A wrong combination changes the steps, and the rung would have failed.</details>
# <details><summary>B. On how many devices the weights lie</summary>Right. A training on one device climbs as well, for instance if the one line was forgotten.</details>
# <details><summary>C. The learning rate</summary>No. With another one the weights would leave the reference, and the rung would have failed.</details>
#
# <br>**2.** MXNet's store sums the gradients of four devices with 16 digits each. You call
# `trainer.step(16)`. How long is the first step, against the right one?
#
# <details><summary>A. Equally long</summary>No. That takes <code>step(64)</code>: the sum is over 64 digits, and <code>step</code> divides by what it is told.</details>
# <details><summary>B. Twice as long</summary>No. That is the case of two devices with 32 digits each. Here the sum is over four.</details>
# <details><summary>C. Four times as long</summary>Right. It is a sum over 64 digits, divided by 16.</details>
# <details><summary>D. A quarter as long</summary>No. A divisor that is too small makes the step longer, not shorter.</details>
#
# <br>**3.** In `shard_map` over N devices, `pmean` on the gradients leaves the step N times too
# long. What cures it?
#
# <details><summary>A. <code>pmean</code> on the loss, inside the function that you differentiate</summary>Right. Each device's part is then divided by N before the inserted sum adds the parts up.</details>
# <details><summary>B. <code>pmean</code> on the gradients a second time</summary>No. They are equal on all devices already, and an average of equals changes nothing.</details>
# <details><summary>C. A sum over the devices in place of the average</summary>No. That adds up N equal gradients, and the step gets N times longer still.</details>
#
# <br>**4.** Four devices. The first reported loss is right, but the first step is four times as
# long as in one process. Which mistake fits?
#
# <details><summary>A. TensorFlow: mean gradients and mean losses were both summed</summary>No. Then the first loss, too, would read four times what it is.</details>
# <details><summary>B. JAX: <code>shard_map</code> with an average of the gradients</summary>Right. The loss is averaged rightly, but the gradients were summed before <code>pmean</code> saw them.</details>
# <details><summary>C. Keras 3 on TensorFlow: <code>reduce</code> of the losses says <code>MEAN</code></summary>No. Then the weights stay right, and the reported loss is too small.</details>
#
# <br>**5.** Rung 5 shall judge your program for TensorFlow's parameter server with two workers.
# What do you change for this test?
#
# <details><summary>A. Fix the random seed</summary>No. The chance lies in which worker comes first, and no seed decides that.</details>
# <details><summary>B. Sum the gradients in place of averaging them</summary>No. Staleness is about when the weights were read, not about how gradients are combined.</details>
# <details><summary>C. Give each worker more inter-op threads</summary>No. That keeps a worker from waiting for itself. It does not make it wait for the other one.</details>
# <details><summary>D. Hand out one step at a time</summary>Right. No worker then reads weights that another is about to change. This run equalled one process.</details>
#
# <br>**6.** Your Keras 3 model trains with `fit` on TensorFlow. Now it shall use two processes,
# with `MultiWorkerMirroredStrategy`. What do you do?
#
# <details><summary>A. Build it in <code>strategy.scope()</code> and go on with <code>fit</code></summary>No. That is the old advice. It ended with TensorFlow 2.16, which made Keras 3 the default: <code>fit</code> fails there.</details>
# <details><summary>B. Call <code>keras.distribution</code> on the TensorFlow engine</summary>No. In Keras 3.15 its module for TensorFlow is a prototype that begins with DO NOT USE.</details>
# <details><summary>C. Build it in <code>strategy.scope()</code> and write the loop yourself</summary>Right. The worker of this chapter does so, and equals one process.</details>
#
# <br>**7.** You begin a new data parallel training, and fear a step that is N times too long. What
# leaves no line of yours that could get it wrong?
#
# <details><summary>A. JAX <code>jit</code>, with arrays that say where they lie</summary>Right. You write the loss over the whole batch, and the compiler combines.</details>
# <details><summary>B. JAX <code>shard_map</code></summary>No. There you write the program of one device, with its averages. That is where the third trap stands.</details>
# <details><summary>C. MXNet with the store <code>device</code></summary>No. Its sum is divided by the number that you give to <code>step</code>. Besides, MXNet is retired.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | who cuts the batch | who combines | N times too far when you |
# |---|---|---|---|
# | TensorFlow | `experimental_distribute_dataset` | your `reduce`; Keras' optimizer (a sum) | add up means |
# | JAX `jit` | the array's sharding | the compiler | cannot: there is no line to get wrong |
# | JAX `shard_map` | `in_specs` | your `pmean`, and autodiff's own sum | average gradients, not the loss |
# | Keras on JAX | Keras | the compiler | cannot; but you can forget the one line |
# | MXNet | `split_and_load`, or your slice | the store (a sum) | tell `step` the batch of one device |

# %% [markdown]
# **Choose it when** you can write the loss over the whole batch and let the arrays say where they
# live (JAX `jit`, Keras on JAX): no line combines gradients, so none can be wrong. Choose
# `MirroredStrategy` and its sister when you have TensorFlow code to keep, with a loop of your own.
#
# **Avoid it when** it is `fit` under `MultiWorkerMirroredStrategy` (shown above), or an
# asynchronous server where you must be able to repeat a run. MXNet is retired: read it, do not
# begin with it.

# %% [markdown]
# **Now you:** [the exercise](../../exercises/04_distributed/02_data_parallel_everywhere.ipynb),
# with self-checks. Then [to a cluster](03_to_a_cluster.ipynb).

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24.
# - The strategies:
#   [Distributed training with TensorFlow](https://www.tensorflow.org/guide/distributed_training);
#   [compute_average_loss](https://www.tensorflow.org/api_docs/python/tf/nn/compute_average_loss)
# - Sum or mean, "easy to miss":
#   [tensorflow/tensorflow 45923](https://github.com/tensorflow/tensorflow/issues/45923), 2020
# - `fit` under `MultiWorkerMirroredStrategy`:
#   [keras-team/keras 20585](https://github.com/keras-team/keras/issues/20585), 2024
# - No authorization, every interface:
#   [tensorflow/tensorflow 11689](https://github.com/tensorflow/tensorflow/issues/11689), 2017; runs
#   what it is sent:
#   [SECURITY.md](https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md), read
#   2026-11-29; MXNet unpickles:
#   [kvstore_server.py](https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/kvstore/kvstore_server.py),
#   read 2026-11-29
# - Asynchronous by default:
#   [ParameterServerStrategy](https://www.tensorflow.org/api_docs/python/tf/distribute/experimental/ParameterServerStrategy);
#   threads of a worker:
#   [its tutorial](https://www.tensorflow.org/tutorials/distribute/parameter_server_training)
# - Meshes, auto and explicit axes:
#   [Distributed arrays](https://docs.jax.dev/en/latest/201/sharding.html);
#   [make_mesh](https://docs.jax.dev/en/latest/_autosummary/jax.make_mesh.html)
# - Gradients of replicated values:
#   [Autodiff and sharding](https://docs.jax.dev/en/latest/301/sharding-ad.html);
#   [jax-ml/jax 36886](https://github.com/jax-ml/jax/issues/36886), 2026;
#   [3970](https://github.com/jax-ml/jax/issues/3970), 2020
# - [Keras: distributed training](https://keras.io/guides/distribution/)
# - [Distributed training in MXNet](https://mxnet.apache.org/api/faq/distributed_training);
#   [apache/mxnet 719](https://github.com/apache/mxnet/issues/719), 2015;
#   [retired](https://attic.apache.org/projects/mxnet.html), 2023; the batch size in `step`:
#   [the-straight-dope 165](https://github.com/zackchase/mxnet-the-straight-dope/issues/165), 2017

# %% [markdown]
# **On your path:**
#
# - *Production, 8 of 16:* [Data parallel](01_distributed_data.ipynb) → here →
#   [To a cluster](03_to_a_cluster.ipynb)
#
# **In the order of the folders:** previous [Data parallel](01_distributed_data.ipynb) · next
# [To a cluster](03_to_a_cluster.ipynb) · [all chapters](../00_start_here.ipynb)
