r"""JAX: two processes that see one mesh (``jax.distributed``). Both run this file; only "--process"
differs.

By hand, in two terminals, 0 in the first and 1 in the second:
    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/02_data_parallel_everywhere/jax_processes.py \
        --out training --port 7001 --process 0
The lines that one process would not need are marked "# parallel".
"""
import argparse
import functools
import json

import jax
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P
from jaxlib import _jax

from onecnn import cells, spec, worker

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--port", required=True)
parser.add_argument("--process", required=True, type=int)
parser.add_argument("--fault", choices=["same_rows"],
                    help="each process feeds the first half of the batch")
options = parser.parse_args()

# What the processes exchange goes through Gloo. It listens on the address that this machine's name
# stands for, which may be one of the network, or none; JAX 0.10 has no setting for it.
_jax.make_gloo_tcp_collectives = functools.partial(_jax.make_gloo_tcp_collectives,
                                                   hostname="127.0.0.1")
here = f"127.0.0.1:{options.port}"
jax.distributed.initialize(here, 2, options.process, coordinator_bind_address=here)  # parallel
network = cells.functions("02_frameworks/06_jax")
mesh = jax.make_mesh((2,), ("data",), axis_types=(AxisType.Auto,))  # parallel
split, copied = NamedSharding(mesh, P("data")), NamedSharding(mesh, P())  # parallel
state = jax.device_put(network.build(spec.initial_weights()), copied)  # parallel

half = spec.BATCH // 2
place = 0 if options.fault else options.process
mine = slice(place * half, (place + 1) * half)  # parallel
losses, weights, placed = [], [], jax.make_array_from_process_local_data
for batch in worker.batches():
    images, labels = (placed(split, part[mine]) for part in batch)  # parallel
    losses.append(network.train_step(state, images, labels))
    weights.append(network.read_weights(state))
worker.record(f"{options.out}-{options.process}.npz", losses, weights)
rows = images.sharding.devices_indices_map(images.shape)
held = state["weights"]["dense1"]["kernel"]
print(json.dumps(
    {"rows": {f"process {device.process_index}": list(range(*index[0].indices(len(images))))
              for device, index in rows.items()},
     "here": [str(shard.device) for shard in images.addressable_shards],
     "all": [str(device) for device in jax.devices()],
     "held": {f"process {options.process}": held.addressable_data(0).size}}))
