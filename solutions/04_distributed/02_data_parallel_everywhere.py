# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: data parallel everywhere
#
# Four tasks on [the notebook](../../notebooks/04_distributed/02_data_parallel_everywhere.ipynb),
# about 40 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`,
# `[todo]`, or `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me
# a way* unfolds below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# JAX shows this machine's CPU as four devices. The network is the JAX chapter's.

# %%
import json

import jax
import numpy as np
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

from onecnn import cells, checks, ladder, mnist, reference, spec

jax.config.update("jax_num_cpu_devices", 4)
network = cells.functions("02_frameworks/06_jax")
digits, wanted = mnist.load(), ladder.expected()
images, labels = digits.train_images[wanted["batch"]], digits.train_labels[wanted["batch"]]
weights = network.build(spec.initial_weights())["weights"]


def mesh_of(devices):
    return jax.make_mesh((devices,), ("data",), axis_types=(AxisType.Auto,),
                         devices=jax.devices()[:devices])


# %% [markdown]
# ## 1. Write a cluster's `TF_CONFIG` (complete)
#
# Some machines shall train with `MultiWorkerMirroredStrategy`. Write `tf_configs(hosts, port)`: for
# each machine the *text* of its `TF_CONFIG`, in the order of `hosts`. All machines are workers and
# use the same port.


# %%
def tf_configs(hosts, port):
    ### BEGIN SOLUTION
    cluster = {"worker": [f"{host}:{port}" for host in hosts]}
    return [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
            for index in range(len(hosts))]
    ### END SOLUTION


# %%
def describe_the_cluster(hosts, port):
    """True, or what is wrong with the texts for these machines."""
    found, case = [*tf_configs(list(hosts), port)], f"{len(hosts)} machines, port {port}"
    if not all(isinstance(text, str) for text in found):
        return "an environment variable is text: what makes text of a dict?"
    found = [json.loads(text) for text in found]
    if len(found) != len(hosts) or any(len(one) != 2 for one in found):
        return f"{case}: one text for each machine, with two entries: the cluster, and the task"
    if any(one["cluster"] != {"worker": [f"{host}:{port}" for host in hosts]} for one in found):
        return f"{case}: each machine needs the same cluster, with the addresses of all"
    tasks = [(one["task"]["type"], one["task"]["index"]) for one in found]
    return (tasks == [("worker", place) for place in range(len(hosts))]
            or f"{case}: the task says who *this* machine is: its type, and its place in the list")


# %%
def cluster_is_right():
    random = checks.random(1)
    twelve = [f"node{number}" for number in random.permutation(12)]
    for hosts in (["red", "green", "blue"], ["one"], ["b", "a"], twelve):
        right = describe_the_cluster(hosts, int(random.randint(1024, 65536)))
        if right is not True:
            return right
    return True


# %%
checks.grade("1 cluster", cluster_is_right,
             hint="which of the two entries is the same for all machines, and which is not?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The chapter's function `tf_config` writes such texts. Make the dict of the cluster once: its one
# job, `worker`, has a list of addresses, `host:port`. Then make a text for each machine, with this
# cluster and with its own task, whose index is its place in the list, counted from 0.
#
# </details>

# %% [markdown]
# ## 2. Lay out the arrays (predict)
#
# Data parallel on a mesh whose one axis is called `data`: which array is cut, and along which
# dimension? Give a `PartitionSpec` for each, in `layout`. An array without any name in its `P` is
# copied to every device.
#
# | array | shape |
# |---|---|
# | images | N, 1, 28, 28 |
# | labels | N |
# | weights | each layer's own |
#
# And predict what one device holds then: `held` shall give three whole numbers (`int`), how many
# images, how many labels, and how many weights lie on each device, for a batch of `batch` digits on
# `devices` devices, and a network of `parameters` weights. `devices` divides `batch`.

# %%
### BEGIN SOLUTION
layout = {"images": P("data"), "labels": P("data"), "weights": P()}
### END SOLUTION


# %%
def held(batch, devices, parameters):
    ### BEGIN SOLUTION
    return batch // devices, batch // devices, parameters
    ### END SOLUTION


# %%
def pieces(array, spec_, devices):
    """What each device gets of the array: the shapes."""
    placed = jax.device_put(array, NamedSharding(mesh_of(devices), spec_))
    return [shard.data.shape for shard in placed.addressable_shards]


def layout_is_right(answer, batch, devices):
    kernel, share = weights["dense1"]["kernel"], batch // devices
    if pieces(kernel, answer["weights"], devices) != [kernel.shape] * devices:
        return "in data parallel each device holds all the weights"
    found = pieces(images[:batch], answer["images"], devices)
    if found == [images[:batch].shape] * devices:
        return f"every device got all {batch} images: right results, and nothing is parallel"
    if found != [(share, 1, 28, 28)] * devices:
        return "each device should get its share of whole images"
    return (pieces(labels[:batch], answer["labels"], devices) == [(share,)] * devices
            or "a device needs the labels of its own images, and no others")


# %%
def lies_as_predicted(answer):
    for batch, devices in ((64, 4), (36, 2), (20, 4), (27, 3)):
        right = layout_is_right(answer, batch, devices)
        if right is not True:
            return right
        for leaf in (*weights["conv2"].values(), weights["dense2"]["bias"]):
            many, found = 9 * batch, held(9 * batch, devices, leaf.size)
            truth = [int(np.prod(pieces(array, answer[name], devices)[-1])) for name, array in
                     (("images", np.zeros((many, 1, 1, 1))), ("labels", np.zeros(many)),
                      ("weights", leaf))]
            if [*found] != truth or not all(isinstance(one, (int, np.integer)) for one in found):
                return f"{many} digits, {devices} devices, {leaf.size} weights: not {found}"
    return True


checks.grade("2 layout", lies_as_predicted, answer=layout, hint="what has a row for each digit, "
             "and what is the same for all digits?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A device needs whole images with their labels, and all the weights to compute with. What has a row
# for each digit is cut along its first dimension: name the mesh's axis there. What all devices need
# whole gets a `P` without a name. Then divide what is cut by the number of devices.
#
# </details>

# %% [markdown]
# ## 3. Mend a gradient that is four times too large (mend)
#
# `on_one_device` runs on each of the four devices with its 16 digits. It was written for `pmap`,
# and averages the gradients. Under `shard_map` the ladder's rung 4 refuses it:


# %%
def on_one_device(weights, images, labels):
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    return jax.lax.pmean((loss, gradients), "data")


def on_all(function, devices, *given):
    specs = (P(), P("data"), P("data"))
    return jax.jit(jax.shard_map(function, mesh=mesh_of(devices), in_specs=specs,
                                 out_specs=P()))(*given)


def times_too_large(gradients, truth):
    """The gradient of dense2.bias, divided by the reference's, on average."""
    return float(network.to_spec(gradients)["dense2.bias"] @ truth / (truth @ truth))


found = on_all(on_one_device, 4, weights, images, labels)[1]
print(f"{times_too_large(found, wanted['gradient/dense2.bias']):.2f} times the reference's "
      "gradient")

# %% [markdown]
# Write it for `shard_map`. Do not divide by 4: on two devices, or on eight, that would be wrong
# again, and the check tries other numbers of devices.


# %%
def mended(weights, images, labels):
    ### BEGIN SOLUTION
    def mean_loss(weights):
        return jax.lax.pmean(network.cross_entropy(weights, images, labels), "data")

    return jax.value_and_grad(mean_loss)(weights)
    ### END SOLUTION


# %%
def gradients_hold():
    random = checks.random(3)
    for devices, digits_each in ((4, 16), (2, random.randint(3, 9))):
        start = {name: value + 0.03 * random.randn(*value.shape).astype(value.dtype)
                 for name, value in spec.initial_weights().items()}
        chosen = random.permutation(mnist.TRAINING)[:devices * digits_each]
        batch = digits.train_images[chosen], digits.train_labels[chosen]
        right = like(devices, network.build(start)["weights"], *batch,
                     *reference.gradients(start, *batch))
        if right is not True:
            return right
    return True


# %%
def like(devices, weights, images, labels, loss, gradients):
    """True if ``mended`` gives these, or what is wrong with it."""
    found_loss, found = on_all(mended, devices, weights, images, labels)
    case = f"{devices} devices, {len(labels)} digits"
    if not np.isclose(float(found_loss), loss, rtol=1e-5):
        return f"{case}: the loss is {float(found_loss) / loss:.2f} times the mean over all digits"
    times = times_too_large(found, gradients["dense2.bias"])
    if abs(times - 1) > 0.01:
        return f"{case}: the gradient is {times:.2f} times what it should be. Who has summed it?"
    mine = network.to_spec(found)
    off = [np.abs(mine[name] - gradients[name]).max() / np.abs(gradients[name]).max()
           for name in spec.SHAPES]  # rounding can tip a ReLU
    return bool(max(off) < ladder.BETWEEN) or f"{case}: the gradients are not those of one device"


checks.grade("3 shard_map", gradients_hold,
             hint="what flows back into weights that all devices share? so where must the mean be?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The weights are the same on all devices, so their gradient arrives summed over the devices, and a
# mean of equals changes nothing. Take the mean one step earlier: differentiate a small function of
# the weights that ends with `pmean` of the *loss*. Both results are then right as they come.
#
# </details>

# %% [markdown]
# ## 4. Replay an asynchronous server (port)
#
# The parameter server's workers noted for each batch a pair `(read, written)`: its gradient was
# computed from the weights after `read` updates, and its own update was number `written`, counted
# from 1. With these pairs the run can be repeated, although nobody could have predicted it.
#
# Port the server to a function: `replay` gives the weights after all updates. `gradient(w, batch)`
# gives a batch's gradient, where `batch` is the pair's place in `pairs`, from 0; an update
# subtracts `rate` times it from the *newest* weights. Leave `w`, an array, as it is.


# %%
def replay(w, gradient, pairs, rate):
    ### BEGIN SOLUTION
    versions = [w]
    for batch, (read, _) in sorted(enumerate(pairs), key=lambda one: one[1][1]):
        versions.append(versions[-1] - rate * gradient(versions[read], batch))
    return versions[-1]
    ### END SOLUTION


# %%
def agrees(random, pairs):
    """Whether a replay of these pairs ends where a server with such workers ends."""
    shape, rate = random.randint(1, 5, random.randint(1, 4)), random.uniform(0.1, 1)
    start, targets = random.randn(*shape), random.randn(len(pairs) + 1, *shape)

    def slope(w, batch):
        return (w - targets[batch]) * (batch + 1) / (len(pairs) + 1)

    newest, seen = start.copy(), {0: start.copy()}
    for number in range(1, len(pairs) + 1):
        batch = [written for _, written in pairs].index(number)
        newest = newest - rate * slope(seen[pairs[batch][0]], batch)
        seen[number] = newest
    given = start.copy()
    mine = replay(given, slope, list(pairs), rate)
    if not np.array_equal(given, start):
        raise ValueError("w has changed: an update makes new weights")
    return np.shape(mine) == start.shape and np.allclose(mine, newest)


# %%
def replays():
    random = checks.random(4)
    for count in (5, 1, 0, 7):
        in_turn = [(number, number + 1) for number in range(count)]
        if not agrees(random, in_turn):
            return f"{count} updates in turn must equal plain SGD"
    if not agrees(random, [(0, 1), (0, 2), (1, 3), (2, 4), (1, 5)]):
        return "with stale gradients: where is a gradient computed, and where subtracted?"
    for count in (5, 9, 12):
        pairs = [(random.randint(written), written) for written in random.permutation(count) + 1]
        if not agrees(random, pairs):
            return f"pairs {[(int(r), int(w)) for r, w in pairs]}: in which order do updates come?"
    return True


checks.grade("4 replay", replays,
             hint="which weights must you still have, when an update comes that read old ones?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Keep each version of the weights in a list; version 0 is the start, and each update adds one. Go
# through the batches in the order in which they were *written*. For each, compute the gradient at
# the version that was read, and subtract it from the last version in the list.
#
# </details>
