"""Ten training steps in as many processes as torchrun starts.

By hand, on a network that you trust (its ports are open there):

    PYTHONPATH=. .venv/bin/torchrun --nproc-per-node=2 \
        notebooks/04_distributed/01_distributed_data/pytorch_ddp.py ddp.npz
"""
import sys

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from onecnn import cells, spec
from onecnn.worker import batches, leave, record

dist.init_process_group("gloo")
rank, size = dist.get_rank(), dist.get_world_size()
pytorch = cells.functions("02_frameworks/02_pytorch")
model = pytorch.build(spec.initial_weights())
network = DistributedDataParallel(model)
network.optimizer = model.optimizer
losses, weights = [], []
for images, labels in batches():
    loss = pytorch.train_step(network, images[rank::size], labels[rank::size])
    total = torch.tensor(loss)
    dist.all_reduce(total)
    losses.append(total.item() / size)
    weights.append(pytorch.read_weights(model))
if rank == 0:
    record(sys.argv[1], losses, weights)
leave()
