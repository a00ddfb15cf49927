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
# parallelism](../../notebooks/04_distributed/04_distributed_model.ipynb), about 45 minutes. Fill in
# what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a
# hint. The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds below each
# check. Nothing breaks if you run everything at once. Four virtual devices in this process stand in
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
# ## 1. Column, then row (complete)
#
# `jax.shard_map` runs a function on each device with that device's share. Write two dense layers
# with a ReLU between them, for one of several devices. It gets `x`, the whole batch (for our
# network 64 x 800); `w1` and `b1` for *its* hidden units (800 x 16 and 16 on four devices, a
# quarter of 64); `w2`, the rows for these units (16 x 10), and `b2` (10), whole. All devices must
# return the same whole logits, whatever their number. `jax.lax.psum(part, "tensor")` adds up the
# parts of all devices; use it **once**, and let the devices exchange nothing else.


# %%
def two_layers(x, w1, b1, w2, b2):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def on_devices(count, sizes):
    """True if so many devices give what one gives, for ``(batch, inputs, hidden, outputs)``."""
    (batch, inputs, hidden, outputs), random = sizes, checks.random(sum(sizes))
    x, w1, b1, w2, b2 = (random.normal(size=size).astype(np.float32) for size in (
        (batch, inputs), (inputs, hidden), hidden, (hidden, outputs), outputs))
    line = Mesh(np.array(jax.devices()[:count]), ("tensor",))
    shares = (P(), P(None, "tensor"), P("tensor"), P("tensor"), P())
    spread = jax.shard_map(two_layers, mesh=line, in_specs=shares, out_specs=P())
    wanted = np.maximum(x @ w1 + b1, 0) @ w2 + b2
    found = np.asarray(spread(x, w1, b1, w2, b2))
    if found.shape != wanted.shape or np.abs(found - wanted).max() > 1e-4 * np.abs(wanted).max():
        return f"{count} devices, {sizes}: these are not the logits of one device"
    program = str(jax.make_jaxpr(spread)(x, w1, b1, w2, b2))
    spoken = sum(program.count(word) for word in SPEAKING)
    return spoken == 1 or f"right, but the devices spoke {spoken} times; once is enough"


# %% jupyter={"source_hidden": true}
SPEAKING = ("psum", "pmax", "pmin", "all_gather", "all_to_all", "ppermute", "reduce_scatter",
            "scan", "while")  # in a loop they would speak at each turn


def equal_to_one_device():
    for count, sizes in ((4, (64, 800, 64, 10)), (2, (5, 7, 6, 3)), (1, (1, 3, 2, 2))):
        right = on_devices(count, sizes)
        if right is not True:
            return right
    return True


checks.grade("1 two layers", equal_to_one_device, hint="which of the steps needs something from "
             "the other devices? and how often may b2 be added?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A device has all inputs of its own hidden units, so the first layer and the ReLU need nobody else.
# Its rows of `w2` then give its part of each logit. The logits are the sum of all parts, and the
# bias comes after the sum: each device would otherwise bring its own copy.
#
# </details>

# %% [markdown]
# ## 2. One forward, one backward (port)
#
# Write the order of work of a stage in the 1F1B schedule, as in the notebook: a list such as
# `["F0", "F1", "B0", ...]` for the stage `stage` (from 0) of `stages`, with `micro_batches`
# micro-batches, numbered from 0. The first stage begins with as many forward passes as there are
# stages, each later one with one fewer, the last with one; then backward and forward alternate; at
# the end come the remaining backward passes. With few micro-batches there may be fewer to begin
# with. Micro-batches come in their order, and no stage keeps more of them, forward done and
# backward not, than it begins with.


# %%
def one_f_one_b(stage, stages, micro_batches):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def doable(done, turn, stage, stages, pass_):
    """Whether a stage can do this pass now: another stage has done what it needs before."""
    kind, number = pass_[0], pass_[1:]
    before = (stage - 1, "F", number) if kind == "F" else (stage + 1, "B", number)
    return before[0] in (-1, stages) or done.get(before, turn) < turn


# %% jupyter={"source_hidden": true}
def turns(orders):
    """How many turns the stages take, each doing the next thing of its order as soon as it can; 0
    if they wait for ever."""
    done, place, turn = {}, [0] * len(orders), 0
    while any(at < len(order) for at, order in zip(place, orders)):
        turn += 1
        ready = [(stage, order[at]) for stage, (order, at) in enumerate(zip(orders, place))
                 if at < len(order) and doable(done, turn, stage, len(orders), order[at])]
        if not ready:
            return 0
        for stage, pass_ in ready:
            done[stage, pass_[0], pass_[1:]] = turn
            place[stage] += 1
    return turn


# %% jupyter={"source_hidden": true}
def kept(order):
    """The most micro-batches whose activations are kept at a time."""
    return int(max(np.cumsum([1 if pass_[0] == "F" else -1 for pass_ in order])))


def fair(order, stage, stages, micro_batches):
    """True, or what is wrong with the order of one stage."""
    if len(order) != 2 * micro_batches:
        return f"a list of {2 * micro_batches} passes, please"
    for kind in "FB":
        if [one for one in order if one[0] == kind] != [f"{kind}{n}" for n in range(micro_batches)]:
            return f"stage {stage} must do each pass {kind} once, in the micro-batches' order"
    return (kept(order) <= min(stages - stage, micro_batches)
            or f"stage {stage} keeps {kept(order)} micro-batches; which pass makes room?")


# %% jupyter={"source_hidden": true}
def schedule_is_right():
    random = checks.random(2)
    cases = [(random.randint(2, 7), random.randint(1, 14)) for _ in range(3)]
    for stages, micro_batches in ((2, 4), (4, 8), (3, 3), (4, 2), (1, 3), (5, 12), (3, 1), *cases):
        orders = [[*one_f_one_b(stage, stages, micro_batches)] for stage in range(stages)]
        case = f"{stages} stages, {micro_batches} micro-batches"
        for stage, order in enumerate(orders):
            right = fair(order, stage, stages, micro_batches)
            if right is not True:
                return f"{case}: {right}"
        # the work, and the bubble
        if turns(orders) != 2 * micro_batches + 2 * (stages - 1):
            return f"{case}: {turns(orders) or 'endless'} turns. Does a stage wait without need?"
    return True


# %% jupyter={"source_hidden": true}
checks.grade("2 schedule", schedule_is_right, hint="how many forward passes come before the first "
             "backward one? and what comes after each backward one?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Count first how far the stage runs ahead: the stages from it to the last one, but no more than
# there are micro-batches. Begin with so many forward passes. Then go through all backward passes,
# and after each put the next forward pass, as long as there is one left.
#
# </details>

# %% [markdown]
# ## 3. Mend micro-batches of different sizes (mend)
#
# 64 images do not always divide evenly. Each micro-batch reports its **mean** loss and the
# gradients of that mean. `combined_badly` puts them together, and has **two** faults: one shows
# with any micro-batches, one with those of different sizes. Write `combine`, so that loss and
# gradients are those of the whole batch. `gradients` is a list of dicts, one for a micro-batch, all
# with the same names. Leave them as they are.


# %%
def combined_badly(losses, gradients, sizes):
    total = gradients[0]
    for one in gradients[1:]:
        for name in total:
            total[name] += one[name]
    return sum(losses) / len(sizes), total


# %%
def combine(losses, gradients, sizes):
    raise NotImplementedError("your code here")


# %%
SHAPES = {"weight": (3, 2), "bias": (4,), "scale": ()}


# %% jupyter={"source_hidden": true}
def combines(random, sizes):
    """True if micro-batches of these sizes are put together rightly, for made-up numbers."""
    loss = random.rand(sum(sizes))  # of each image, and its gradients
    own = {name: random.randn(sum(sizes), *SHAPES[name]) for name in SHAPES}
    cuts = [slice(end - size, end) for size, end in zip(sizes, np.cumsum(sizes))]
    parts = [{name: one[cut].mean(axis=0) for name, one in own.items()} for cut in cuts]
    given = [{name: np.array(one) for name, one in part.items()} for part in parts]
    mine, found = combine([loss[cut].mean() for cut in cuts], given, list(sizes))
    if not np.isclose(mine, loss.mean()):
        return f"sizes {sizes}: the loss is {mine / loss.mean():.2f} times that of the whole batch"
    if set(found) != set(own) or not all(np.allclose(found[name], one.mean(axis=0))
                                        for name, one in own.items()):
        return f"sizes {sizes}: the gradients are not those of the whole batch"
    return all(np.array_equal(one[name], part[name]) for one, part in zip(given, parts)
               for name in own) or "the micro-batches' own gradients have changed"


# %% jupyter={"source_hidden": true}
def whole_batch():
    random = checks.random(3)
    some = [random.randint(1, 20, size=count).tolist() for count in (2, 3, 5)]
    for sizes in ([4, 4, 4], [6, 4, 2], [1, 11], [7], *some):
        right = combines(random, sizes)
        if right is not True:
            return right
    return of_the_network(random.permutation(mnist.TRAINING)[:9])


# %% jupyter={"source_hidden": true}
def of_the_network(rows):
    """True if two and seven digits of our network give the gradients of all nine."""
    images, labels = digits.train_images[rows], digits.train_labels[rows]
    start = spec.initial_weights()
    wanted_loss, wanted = reference.gradients(start, images, labels)
    parts = [reference.gradients(start, images[cut], labels[cut])
             for cut in (slice(0, 2), slice(2, 9))]
    loss, found = combine([one for one, _ in parts], [one for _, one in parts], [2, 7])
    near = [np.isclose(loss, wanted_loss), *(np.allclose(found[name], wanted[name])
                                             for name in spec.SHAPES)]
    return (all(near)
            or "2 and 7 digits of our network: not the gradients of all nine")


# %% jupyter={"source_hidden": true}
checks.grade("3 micro-batches", whole_batch, hint="how much should a mean of two images count "
             "beside a mean of seven? and whose array does += change?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A mean over the whole batch gives each image the same voice, so each micro-batch counts as much as
# its share of all images. Weigh losses and gradients by these shares, and add them up, name by
# name, into new arrays. NumPy's `average` takes such weights.
#
# </details>

# %% [markdown]
# ## 4. Annotations, and what they cost (design)
#
# A mesh of 2 x 2 devices, `data` and `tensor`. Say where the weights of the JAX chapter's network
# lie. Three things are asked:
#
# - **no device holds more than 65,000 bytes** of weights (copies of everything are 226,856);
# - small arrays stay whole, since cutting them costs messages and saves next to nothing: cut no
#   array of fewer than 1,000 numbers, and name none that you do not cut;
# - training still climbs the rung `steps`.
#
# Names are `layer.kind`, such as `conv2.kernel`; kernels are `(height, width, in, out)` and
# `(in, out)`. What you do not name is copied. More than one design is right.

# %%
where = ...  # your answer here


# %% jupyter={"source_hidden": true}
def on_each_device(tree):
    """The bytes on the fullest device."""
    held = dict.fromkeys(jax.devices(), 0)
    for array in jax.tree.leaves(tree):
        for shard in array.addressable_shards:
            held[shard.device] += shard.data.nbytes
    return max(held.values())


# %% jupyter={"source_hidden": true}
def ten_steps(model, mesh):
    losses, weights = [], []
    for _, batch in zip(range(ladder.STEP_COUNT), spec.batches(len(digits.train_labels), epoch=0)):
        images, labels = digits.train_images[batch], digits.train_labels[batch]
        cut = NamedSharding(mesh, P("data"))
        losses.append(jax_cnn.train_step(model, jax.device_put(images, cut),
                                         jax.device_put(labels, cut)))
        weights.append(jax_cnn.read_weights(model))
    return ladder.steps_rung(losses, weights)


# %% jupyter={"source_hidden": true}
def placed(model, mesh, answer):
    """Puts the weights where the answer says. True, or what is wrong with it."""
    arrays = {f"{layer}.{kind}": array for layer, kinds in model["weights"].items()
              for kind, array in kinds.items()}
    for name, spec_ in answer.items():
        if name not in arrays:
            return f"{name} names nothing, so it would change nothing; names: {sorted(arrays)}"
        if arrays[name].size < 1000 or not any(spec_):
            return f"{name} has {arrays[name].size} numbers: is it worth a cut, and is it cut?"
    for name, array in arrays.items():
        layer, kind = name.split(".")
        model["weights"][layer][kind] = jax.device_put(
            array, NamedSharding(mesh, answer.get(name, P())))
    return True


# %% jupyter={"source_hidden": true}
def small_and_right(answer):
    mesh, model = (Mesh(np.array(jax.devices()).reshape(2, 2), ("data", "tensor")),
                   jax_cnn.build(spec.initial_weights()))
    right = placed(model, mesh, answer)
    if right is not True:
        return right
    model["momentum"] = jax_cnn.optimizer.init(model["weights"])
    held = on_each_device(model["weights"])
    if held > 65_000:
        return f"a device holds {held:,} bytes: which array is the largest, and how is it cut?"
    return ten_steps(model, mesh).passed or "small enough, but the rung steps fails"


checks.grade("4 annotations", small_and_right, answer=where, hint="which arrays are large? and "
             "along how many axes of the mesh can one array be cut?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Look at the shapes first: one array holds nine tenths of all numbers. `P(a, b)` cuts axis 0 along
# the mesh's axis `a` and axis 1 along `b`, and `None` does not cut, so a matrix can be cut in four.
# Count the bytes that are left on a device; then cut the second largest array as well.
#
# </details>
