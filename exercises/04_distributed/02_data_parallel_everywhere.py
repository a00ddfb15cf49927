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
# about 35 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`,
# `[todo]`, or `[no]` with a hint. Nothing breaks if you run everything at once.

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

from onecnn import cells, checks, ladder, mnist, spec

jax.config.update("jax_num_cpu_devices", 4)
network = cells.functions("02_frameworks/06_jax")
mesh = jax.make_mesh((4,), ("data",), axis_types=(AxisType.Auto,))
digits, wanted = mnist.load(), ladder.expected()
images, labels = digits.train_images[wanted["batch"]], digits.train_labels[wanted["batch"]]
weights = network.build(spec.initial_weights())["weights"]

# %% [markdown]
# ## 1. Write a cluster's `TF_CONFIG`
#
# Three machines shall train with `MultiWorkerMirroredStrategy`. Write `tf_configs(hosts, port)`:
# for each machine the *text* of its `TF_CONFIG`, in the order of `hosts`. All machines are workers
# and use the same port.


# %%
def tf_configs(hosts, port):
    raise NotImplementedError("your code here")


# %%
def cluster_is_right():
    found = tf_configs(["red", "green", "blue"], 2222)
    if not all(isinstance(text, str) for text in found):
        return "an environment variable is text: json.dumps"
    found = [json.loads(text) for text in found]
    if any(one["cluster"] != {"worker": ["red:2222", "green:2222", "blue:2222"]} for one in found):
        return 'each machine needs the same cluster: {"worker": ["red:2222", ...]}'
    return ([one["task"] for one in found]
            == [{"type": "worker", "index": place} for place in range(3)]
            or ("task says who *this* machine is: its type, and its place in the list from 0"))


checks.grade("1 cluster", cluster_is_right,
             hint='two entries: "cluster", the same for all, and "task", different for each')

# %% [markdown]
# ## 2. Lay out the arrays
#
# Data parallel on `mesh`: which array is cut, and along which dimension? Give a `PartitionSpec` for
# each. An array without any name in its `P` is copied to every device.
#
# | array | shape |
# |---|---|
# | images | 64, 1, 28, 28 |
# | labels | 64 |
# | weights | each layer's own |

# %%
layout = ...  # your answer here


# %%
def pieces(array, spec_):
    """What each device gets of the array."""
    placed = jax.device_put(array, NamedSharding(mesh, spec_))
    return [shard.data.shape for shard in placed.addressable_shards]


def layout_is_right(answer):
    if answer["images"] is ... or answer["labels"] is ... or answer["weights"] is ...:
        raise NotImplementedError
    kernel = weights["dense1"]["kernel"]
    if pieces(kernel, answer["weights"]) != [kernel.shape] * 4:
        return "in data parallel each device holds all the weights"
    if pieces(images, answer["images"]) == [images.shape] * 4:
        return "every device got all 64 images: the results will be right, and nothing is parallel"
    if pieces(images, answer["images"]) != [(16, 1, 28, 28)] * 4:
        return "each device should get 16 whole images"
    return (pieces(labels, answer["labels"]) == [(16,)] * 4
            or "a device needs the labels of its own images, and no others")


checks.grade("2 layout", layout_is_right, hint='P("data") cuts the first dimension along the '
             'mesh\'s name "data"; P() cuts nothing', answer=layout)

# %% [markdown]
# ## 3. Mend a gradient that is four times too large
#
# `on_one_device` runs on each of the four devices with its 16 digits. It was written for `pmap`,
# and averages the gradients. Under `shard_map` the ladder's rung 4 refuses it:


# %%
def on_one_device(weights, images, labels):
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    return jax.lax.pmean((loss, gradients), "data")


def on_all(function):
    specs = (P(), P("data"), P("data"))
    return jax.jit(jax.shard_map(function, mesh=mesh, in_specs=specs,
                                 out_specs=P()))(weights, images, labels)


def times_too_large(gradients):
    """The gradient of dense2.bias, divided by the reference's, on average."""
    truth = wanted["gradient/dense2.bias"]
    return float(network.to_spec(gradients)["dense2.bias"] @ truth / (truth @ truth))


print(f"{times_too_large(on_all(on_one_device)[1]):.2f} times the reference's gradient")

# %% [markdown]
# Write it for `shard_map`. Do not divide by 4: on eight devices that would be wrong again.


# %%
def mended(weights, images, labels):
    raise NotImplementedError("your code here")


# %%
def gradients_hold():
    loss, gradients = on_all(mended)
    if abs(float(loss) - float(wanted["loss"])) > ladder.LOSS:
        return (f"the loss is {float(loss):.4f}; the mean over all 64 digits is "
                f"{float(wanted['loss']):.4f}")
    times = times_too_large(gradients)
    if abs(times - 1) > 0.01:
        return f"the gradient is {times:.2f} times the reference's: shard_map has summed it already"
    found = network.to_spec(gradients)
    return all(np.abs(found[name] - wanted[f"gradient/{name}"]).max() <= ladder.GRADIENTS
               * np.abs(wanted[f"gradient/{name}"]).max() for name in spec.SHAPES)


checks.grade("3 shard_map", gradients_hold,
             hint='differentiate a function whose last act is jax.lax.pmean(..., "data")')

# %% [markdown]
# ## 4. Replay an asynchronous server
#
# The parameter server's workers noted for each batch a pair `(read, written)`: its gradient was
# computed from the weights after `read` updates, and its own update was number `written`. With
# these pairs the run can be repeated, although nobody could have predicted it.
#
# Write `replay`: the weights after all updates. `gradient(w, batch)` gives a batch's gradient; an
# update subtracts `rate` times it from the *newest* weights.


# %%
def replay(w, gradient, pairs, rate):
    raise NotImplementedError("your code here")


# %%
TARGETS = np.array([1.0, -2.0, 5.0, 3.0, -4.0])


def slope(w, batch):
    return (w - TARGETS[batch]) * (batch + 1)


def replays():
    in_turn = 0.0
    for batch in range(5):
        in_turn -= 0.1 * slope(in_turn, batch)
    if not np.isclose(replay(0.0, slope, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)], 0.1), in_turn):
        return "in turn it must equal plain SGD"
    if not np.isclose(replay(0.0, slope, [(0, 1), (0, 2), (1, 3), (2, 4), (3, 5)], 0.1), -0.095):
        return ("with stale gradients: compute the gradient at the weights that were *read*, "
                "subtract it from the newest")
    return bool(np.isclose(replay(0.0, slope, [(0, 2), (0, 1), (1, 4), (2, 3), (3, 5)], 0.1),
                           0.13)) or ("the updates do not come in the batches' order: sort them by "
                                      "when they were written")


checks.grade("4 replay", replays,
             hint="keep all versions of the weights in a list; version 0 is the start")
