# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: cutting the network
#
# Four tasks on [the notebook about tensor and pipeline
# parallelism](../../notebooks/04_distributed/04_distributed_model.ipynb), about 35 minutes. Fill in
# what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a
# hint. Nothing breaks if you run everything at once. Four virtual devices in this process stand in
# for four machines.

# %%
from onecnn import lesson

lesson.start()

# %%
import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from onecnn import cells, checks, ladder, mnist, reference, spec

jax.config.update("jax_num_cpu_devices", 4)
jax_cnn = cells.functions("02_frameworks/06_jax")
digits = mnist.load()

# %% [markdown]
# ## 1. Column, then row
#
# `jax.shard_map` runs a function on each device with that device's share. Write the two dense
# layers of our network for one device. It gets `x` (64 x 800, whole), `w1` (800 x 16) and `b1`
# (16): a quarter of the 64 hidden units, `w2` (16 x 10): the rows of `w2` for these units, and `b2`
# (10), whole. All devices must return the same whole logits. `jax.lax.psum(part, "tensor")` adds up
# the parts of all devices; use it **once**.


# %%
def two_layers(x, w1, b1, w2, b2):
    raise NotImplementedError("your code here")


# %%
def equal_to_one_device():
    random = np.random.default_rng(0)
    x, w1, b1, w2, b2 = (random.normal(size=size).astype(np.float32)
                         for size in ((64, 800), (800, 64), 64, (64, 10), 10))
    line = Mesh(np.array(jax.devices()), ("tensor",))
    shares = (P(), P(None, "tensor"), P("tensor"), P("tensor"), P())
    spread = jax.shard_map(two_layers, mesh=line, in_specs=shares, out_specs=P())
    found, wanted = spread(x, w1, b1, w2, b2), np.maximum(x @ w1 + b1, 0) @ w2 + b2
    if not np.allclose(found, wanted, rtol=1e-4, atol=1e-2):
        four_times = np.allclose(found, wanted + 3 * b2, rtol=1e-4, atol=1e-2)
        return ("b2 was added on each device, before the sum" if four_times
                else "these are not the logits of one device")
    program = str(jax.make_jaxpr(spread)(x, w1, b1, w2, b2))
    spoken = sum(program.count(word) for word in ("psum", "all_gather", "all_to_all", "ppermute"))
    return spoken == 1 or f"right, but the devices spoke {spoken} times; once is enough"


checks.grade("1 two layers", equal_to_one_device,
             hint="relu needs nothing from the others; the logits are a sum over the hidden units")

# %% [markdown]
# ## 2. One forward, one backward
#
# Write the order of work of a stage in the 1F1B schedule, as in the notebook: a list such as
# `["F0", "F1", "B0", ...]` for the stage `stage` (from 0) of `stages`, with `micro_batches`
# micro-batches. The first stage begins with as many forward passes as there are stages, the last
# with one; then backward and forward alternate; at the end the remaining backward passes. With few
# micro-batches there may be fewer to begin with.


# %%
def one_f_one_b(stage, stages, micro_batches):
    raise NotImplementedError("your code here")


# %%
def turns(orders):
    """How many turns the stages take, each doing the next thing of its order as soon as it can; 0
    if they wait for ever."""
    done, place, turn = {}, [0] * len(orders), 0
    while any(at < len(order) for at, order in zip(place, orders)):
        turn += 1
        ready = []
        for stage, order in enumerate(orders):
            if place[stage] < len(order):
                kind, number = order[place[stage]][0], order[place[stage]][1:]
                needs = (stage - 1, "F", number) if kind == "F" else (stage + 1, "B", number)
                if needs[0] in (-1, len(orders)) or done.get(needs, turn) < turn:
                    ready.append((stage, kind, number))
        if not ready:
            return 0
        for stage, kind, number in ready:
            done[stage, kind, number] = turn
            place[stage] += 1
    return turn


def kept(order):
    """The most micro-batches whose activations are kept at a time."""
    return max(np.cumsum([1 if pass_[0] == "F" else -1 for pass_ in order]))


# %%
def schedule_is_right():
    for stages, micro_batches in ((2, 4), (4, 8), (3, 3), (4, 2), (1, 3)):
        orders = [one_f_one_b(stage, stages, micro_batches) for stage in range(stages)]
        case = f"{stages} stages, {micro_batches} micro-batches"
        everything = sorted(f"{kind}{number}" for kind in "FB" for number in range(micro_batches))
        for stage, order in enumerate(orders):
            if sorted(order) != everything:
                return f"{case}: stage {stage} must do each forward and each backward pass once"
            if kept(order) > min(stages - stage, micro_batches):
                return (f"{case}: stage {stage} keeps {kept(order)} micro-batches; which pass "
                        "makes room for the next?")
        if turns(orders) != 2 * (micro_batches + stages - 1):
            return (f"{case}: {turns(orders) or 'endless'} turns, not "
                    f"{2 * (micro_batches + stages - 1)}")
    return True


checks.grade("2 schedule", schedule_is_right,
             hint="first min(stages - stage, micro_batches) forward passes, then B, F, B, F, ...")

# %% [markdown]
# ## 3. Micro-batches of different sizes
#
# 64 images do not always divide evenly. Each micro-batch reports its **mean** loss and the
# gradients of that mean. Put them together so that loss and gradients are those of the whole batch.
# `gradients` is a list of dicts, one for a micro-batch.


# %%
def combine(losses, gradients, sizes):
    raise NotImplementedError("your code here")


# %%
def whole_batch():
    images, labels, weights = (digits.train_images[:12], digits.train_labels[:12],
                               spec.initial_weights())
    wanted_loss, wanted = reference.gradients(weights, images, labels)
    for sizes in ((4, 4, 4), (6, 4, 2), (1, 11)):
        cuts = np.cumsum(sizes)[:-1]
        parts = [reference.gradients(weights, *part)
                 for part in zip(np.split(images, cuts), np.split(labels, cuts))]
        loss, found = combine([part[0] for part in parts], [part[1] for part in parts], list(sizes))
        if not np.isclose(loss, wanted_loss):
            return (f"sizes {sizes}: the loss is {loss / wanted_loss:.2f} times that of the whole "
                    "batch")
        ratio = np.abs(found["dense2.weight"]).sum() / np.abs(wanted["dense2.weight"]).sum()
        if not all(np.allclose(found[name], wanted[name]) for name in spec.SHAPES):
            return (f"sizes {sizes}: the gradients are not those of the whole batch (about "
                    f"{ratio:.2f} times)")
    return True


checks.grade("3 micro-batches", whole_batch,
             hint="a mean of means is right only if all of them have the same weight")

# %% [markdown]
# ## 4. Annotations, and what they cost
#
# A mesh of 2 x 2 devices, `data` and `tensor`. Say where the weights of the JAX chapter's network
# lie, so that **no device holds more than 65,000 bytes** of them (copies of everything are
# 226,856), and training still climbs the rung `steps`. Names are `layer.kind`, such as
# `conv2.kernel`; kernels are `(height, width, in, out)` and `(in, out)`. What you do not name is
# copied.

# %%
where = ...  # your answer here


# %%
def on_each_device(tree):
    """The bytes on the fullest device."""
    held = dict.fromkeys(jax.devices(), 0)
    for array in jax.tree.leaves(tree):
        for shard in array.addressable_shards:
            held[shard.device] += shard.data.nbytes
    return max(held.values())


def ten_steps(model, mesh):
    losses, weights = [], []
    for _, batch in zip(range(ladder.STEP_COUNT), spec.batches(len(digits.train_labels), epoch=0)):
        images, labels = digits.train_images[batch], digits.train_labels[batch]
        cut = NamedSharding(mesh, P("data"))
        losses.append(jax_cnn.train_step(model, jax.device_put(images, cut),
                                         jax.device_put(labels, cut)))
        weights.append(jax_cnn.read_weights(model))
    return ladder.steps_rung(losses, weights)


# %%
def small_and_right(answer):
    mesh, model = (Mesh(np.array(jax.devices()).reshape(2, 2), ("data", "tensor")),
                   jax_cnn.build(spec.initial_weights()))
    names = {f"{layer}.{kind}" for layer, arrays in model["weights"].items() for kind in arrays}
    unknown = set(answer) - names
    if unknown:
        return (f"{min(unknown)} names nothing, so it would change nothing; the names are "
                f"{', '.join(sorted(names))}")
    for layer, arrays in model["weights"].items():
        for kind, array in arrays.items():
            arrays[kind] = jax.device_put(array,
                                          NamedSharding(mesh, answer.get(f"{layer}.{kind}", P())))
    model["momentum"] = jax_cnn.optimizer.init(model["weights"])
    held = on_each_device(model["weights"])
    if held > 65_000:
        return (f"a device holds {held:,} bytes; which array is the largest, and is it cut along "
                "both axes of the mesh?")
    return ten_steps(model, mesh).passed


checks.grade("4 annotations", small_and_right, answer=where, hint="P(a, b) cuts axis 0 along the "
             "mesh's axis a and axis 1 along b; None does not cut")
