# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: data parallel
#
# Four tasks on [the notebook about data parallel
# training](../../notebooks/04_distributed/01_distributed_data.ipynb), about 35 minutes. Fill in
# what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a
# hint. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import inspect
import json
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from onecnn import cells, checks, ladder, launch, mnist, paths, spec

WORKERS = paths.programs("04_distributed/01_distributed_data")

# %% [markdown]
# ## 1. Which piece, when?
#
# In a ring of `size` processes an array is cut into `size` pieces. There are `2 * (size - 1)`
# steps, numbered from 0. In each, every process sends one piece to its right neighbour, `rank + 1`.
# In the first `size - 1` steps the neighbour *adds* it to its own piece; in the others it
# *replaces* its own. Write which piece process `rank` sends in step `step`, so that in the end
# everybody holds the sum. (One short formula does for both halves. Try it on paper with three
# processes.)


# %%
def piece_to_send(rank, step, size):
    ### BEGIN SOLUTION
    return (rank - step) % size
    ### END SOLUTION


# %%
def everybody_holds_the_sum():
    for size in (2, 3, 4, 5):
        # process r brings 10 to the r in every piece
        arrays = 10.0 ** np.arange(size)[:, None] * np.ones(size)
        for step in range(2 * (size - 1)):
            sent = [piece_to_send(rank, step, size) for rank in range(size)]
            messages = [arrays[rank, sent[rank]] for rank in range(size)]
            for rank, (piece, message) in enumerate(zip(sent, messages)):
                right = (rank + 1) % size
                arrays[right, piece] = (arrays[right, piece] + message if step < size - 1
                                        else message)
        wrong = np.argwhere(arrays != (10 ** size - 1) // 9)
        if len(wrong):
            rank, piece = wrong[0]
            return (f"{size} processes: in the end piece {piece} of process {rank} holds "
                    f"{arrays[rank, piece]:g}, not {(10 ** size - 1) // 9} (a 1 for each process)")
    return True


checks.grade("1 ring", everybody_holds_the_sum, hint="in the next step you send the piece that you "
             "have just received; the left neighbour sent it one step earlier")

# %% [markdown]
# ## 2. How many bytes?
#
# `numbers` float32 gradients (4 bytes each) are to be averaged by `size` workers. How many bytes go
# *into and out of* the busiest process in one step? For `"ring"` you may assume that `numbers`
# divides by `size`. For `"server"` the busiest process is the server: it hands out `numbers`
# weights to each worker and gets as many gradients from each. The check starts real processes and
# counts.


# %%
def bytes_through_the_busiest(engine, numbers, size):
    ### BEGIN SOLUTION
    if engine == "server":
        return 2 * size * 4 * numbers
    return 2 * 2 * (size - 1) * 4 * numbers // size
    ### END SOLUTION


# %%
@lru_cache
def counted_in_a_ring(numbers, size):
    ports = launch.free_ports(size)
    printed = launch.run([[WORKERS / "ring_allreduce.py", "--rank", rank, "--ports", *ports,
                           "--length", numbers] for rank in range(size)])
    sent = [json.loads(one)["sent"] for one in printed]
    # what comes in is what the left neighbour sent
    return max(sent[rank] + sent[rank - 1] for rank in range(size))


@lru_cache
def counted_at_a_server(size):
    port = launch.free_ports()[0]
    printed = launch.run([[WORKERS / "parameter_server.py", "--rank", rank, "--workers", size,
                           "--port", port] for rank in range(size + 1)])
    return sum(json.loads(printed[0]).values()) // ladder.STEP_COUNT


# %%
def bytes_are_right():
    for numbers, size in ((1000, 2), (999, 3), (1000, 4)):
        answer, counted = (bytes_through_the_busiest("ring", numbers, size),
                           counted_in_a_ring(numbers, size))
        if answer != counted:
            return f"ring of {size}, {numbers} numbers: you say {answer}, {counted} were counted"
    for size in (2, 3):
        answer = bytes_through_the_busiest("server", spec.PARAMETERS + 1, size)
        if answer != counted_at_a_server(size):
            return (f"server with {size} workers: you say {answer}, {counted_at_a_server(size)} "
                    "were counted")
    return True


checks.grade("2 bytes", bytes_are_right, hint="a ring sends 2 (N - 1) pieces of 1/N each, and "
             "receives as many; a server talks to all N")

# %% [markdown]
# ## 3. Mend the mean of means
#
# `DistributedDataParallel` divides the sum of the gradients by the *number of processes*, whatever
# their shares. Yours are not equal: process `rank` has `counts[rank]` of the digits. All that you
# can do from outside is to multiply each process's mean loss by a factor before `backward`. Write
# that factor. As it stands, the gradient is wrong for 40 + 24 digits.


# %%
def loss_factor(rank, counts):
    ### BEGIN SOLUTION
    return len(counts) * counts[rank] / sum(counts)
    ### END SOLUTION


# %%
def gradient(by_hand, chosen):
    digits, model = mnist.load(), by_hand.build(spec.initial_weights())
    found = by_hand.gradients(model, digits.train_images[chosen], digits.train_labels[chosen])[1]
    return np.concatenate([found[name].ravel() for name in spec.SHAPES])


def shares_are_weighted():
    loss_factor(0, [1, 1])
    by_hand, batch = (cells.functions("01_history/02_by_hand"),
                      next(spec.batches(mnist.TRAINING, epoch=0)))
    whole = gradient(by_hand, batch)
    for counts in ([32, 32], [40, 24], [22, 21, 21], [61, 1, 1, 1]):
        parts = np.split(batch, np.cumsum(counts)[:-1])
        averaged = sum(loss_factor(rank, counts) * gradient(by_hand, part)
                       for rank, part in enumerate(parts)) / len(counts)
        if not np.abs(averaged - whole).max() <= 1e-5 * np.abs(whole).max():
            return f"shares {counts}: DDP's mean is not the gradient of the whole batch"
    return True


checks.grade("3 shares", shares_are_weighted, hint="you want the sum of (share of the digits) x "
             "gradient; DDP gives you (1 / processes) x the sum of factor x gradient")

# %% [markdown]
# ## 4. Make it parallel
#
# This trains in one process. The function `step` is given: it calls `train_step` of PyTorch's
# chapter, and takes notes for the check.
#
# ```python
# def train(step, model, batches, rank, size):
#     for images, labels in batches:
#         step(model, images, labels)
# ```
#
# Write the version for `size` processes: wrap the network, and give each process its own equal
# share of every batch. The check writes your function into a file, starts it with `torchrun` in two
# processes (about ten seconds), and climbs the rung `steps`.

# %%
from torch.nn.parallel import DistributedDataParallel


def train(step, model, batches, rank, size):
    ### BEGIN SOLUTION
    network = DistributedDataParallel(model)
    network.optimizer = model.optimizer
    for images, labels in batches:
        step(network, images[rank::size], labels[rank::size])
    ### END SOLUTION


# %%
BEFORE = """
import json, sys
import torch, torch.distributed as dist
from onecnn.worker import batches, leave, record
from torch.nn.parallel import DistributedDataParallel
from onecnn import cells, spec

pytorch = cells.functions("02_frameworks/02_pytorch")
losses, weights, counts = [], [], []

def step(network, images, labels):
    loss = torch.tensor(pytorch.train_step(network, images, labels))
    dist.all_reduce(loss)
    losses.append(loss.item() / dist.get_world_size())
    weights.append(pytorch.read_weights(model))
    counts.append(len(labels))

"""
AFTER = """
dist.init_process_group("gloo")
model = pytorch.build(spec.initial_weights())
train(step, model, batches(), dist.get_rank(), dist.get_world_size())
if dist.get_rank() == 0:
    record(sys.argv[1], losses, weights)
    print(json.dumps(counts))
leave()
"""


# %%
def two_equal_one():
    source = inspect.getsource(train)
    if "NotImplementedError" in source:
        raise NotImplementedError
    from onecnn.worker import recorded
    with tempfile.TemporaryDirectory() as folder:
        worker, out = Path(folder, "my_worker.py"), Path(folder, "mine.npz")
        worker.write_text(BEFORE + source + AFTER)
        counts = json.loads(launch.torchrun(worker, 2, out, timeout=100))
        if len(counts) != ladder.STEP_COUNT:
            return f"{len(counts)} steps, not {ladder.STEP_COUNT}: one for each batch"
        if set(counts) != {spec.BATCH // 2}:
            return (f"process 0 computes {counts[0]} of {spec.BATCH} digits in a step; an equal "
                    f"share is {spec.BATCH // 2}")
        if not ladder.steps_rung(*recorded(out)).passed:
            return ("the rung steps fails. Do the two shares together hold every digit once? Does "
                    "the wrapped network go through step, so that its hooks average?")
    return True


checks.grade("4 parallel", two_equal_one, hint="DistributedDataParallel(model) gives the network; "
             "train_step looks for its optimizer in network.optimizer")
