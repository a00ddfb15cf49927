r"""JAX: one process, four devices in a mesh. ``jit`` splits the work by where the arrays lie;
``shard_map`` leaves it to you.

By hand:
    PYTHONPATH=. .venv/bin/python notebooks/04_distributed/02_data_parallel_everywhere/jax_mesh.py \
        --out training
The lines that one device would not need are marked "# parallel".
"""
import argparse
import json
from functools import partial

import jax
import optax
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

from onecnn import cells, spec, worker

WAYS = ["jit", "explicit", "shard_map", "refusal", "mean_of_gradients", "no_mean"]
parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True, help="each way writes OUT-WAY.npz")
parser.add_argument("--ways", nargs="+", default=["jit"], choices=WAYS,
                    help="the last two are faults")
options = parser.parse_args()

jax.config.update("jax_num_cpu_devices", 4)  # parallel
network = cells.functions("02_frameworks/06_jax")
mesh = jax.make_mesh((4,), ("data",), axis_types=(AxisType.Auto,))  # parallel


def sharded(mean_of):
    """``update`` of the JAX chapter, once more, as the program of one device."""
    def mean_loss(weights, images, labels):
        loss = network.cross_entropy(weights, images, labels)
        return jax.lax.pmean(loss, "data") if mean_of == "loss" else loss  # parallel (shard_map)

    @jax.jit
    @partial(jax.shard_map, mesh=mesh, out_specs=P(),  # parallel (shard_map)
             in_specs=(P(), P(), P("data"), P("data")), check_vma=mean_of != "nothing")
    def update(weights, momentum, images, labels):
        loss, gradients = jax.value_and_grad(mean_loss)(weights, images, labels)
        if mean_of == "gradients":
            loss, gradients = jax.lax.pmean((loss, gradients), "data")
        updates, momentum = network.optimizer.update(gradients, momentum)
        return optax.apply_updates(weights, updates), momentum, loss
    return update


def train(update, mesh):
    split, copied = NamedSharding(mesh, P("data")), NamedSharding(mesh, P())  # parallel
    state = jax.device_put(network.build(spec.initial_weights()), copied)  # parallel
    losses, weights = [], []
    for batch in worker.batches():
        images, labels = jax.device_put(batch, split)  # parallel
        state["weights"], state["momentum"], loss = update(state["weights"], state["momentum"],
                                                           images, labels)
        losses.append(loss.item())
        weights.append(network.read_weights(state))
    return losses, weights, images, state


def gram(mesh):
    """A product over the batch, the dimension that is cut, and what JAX says to it."""
    images, _ = jax.device_put(next(worker.batches()), NamedSharding(mesh, P("data")))
    pixels = images.reshape(len(images), -1)
    try:
        return f"shape {(pixels.T @ pixels).shape}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error).split('.')[0]}"


answer = {}
for way in options.ways:
    explicit = jax.make_mesh((4,), ("data",))
    if way == "refusal":
        answer.update({"explicit axes": gram(explicit), "auto axes": gram(mesh)})
        continue
    mean_of = {"shard_map": "loss", "mean_of_gradients": "gradients", "no_mean": "nothing"}.get(way)
    update = sharded(mean_of) if mean_of else network.update
    losses, weights, images, state = train(update, explicit if way == "explicit" else mesh)
    worker.record(f"{options.out}-{way}.npz", losses, weights)
    rows = images.sharding.devices_indices_map(images.shape)
    answer["rows"] = {str(device): list(range(*index[0].indices(len(images))))
                      for device, index in rows.items()}
    kernel = state["weights"]["dense1"]["kernel"]
    answer["held"] = {str(shard.device): shard.data.size for shard in kernel.addressable_shards}
print(json.dumps(answer))
