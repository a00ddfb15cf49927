r"""Keras 3 on JAX: one process, four devices, a copy of the network on each
(``keras.distribution.DataParallel``).

By hand:
    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/02_data_parallel_everywhere/keras_distribution.py --out training
The lines that one device would not need are marked "# parallel".
"""
import argparse
import json
import os

os.environ["KERAS_BACKEND"] = "jax"
import lean

from onecnn import worker

lean.without("sklearn", "pandas")
import jax

jax.config.update("jax_num_cpu_devices", 4)  # parallel
import keras

from onecnn import cells, spec

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--forget", type=int, default=0, help="1: leaves set_distribution out")
options = parser.parse_args()

if not options.forget:
    keras.distribution.set_distribution(keras.distribution.DataParallel())  # parallel
network = cells.functions("02_frameworks/03_keras")
model = network.build(spec.initial_weights())
losses, weights = [], []
for images, labels in worker.batches():
    losses.append(float(network.train_step(model, images, labels)))
    weights.append(network.read_weights(model))
worker.record(f"{options.out}-data_parallel.npz", losses, weights)

kernel = model.layers[-2].kernel.value
answer = {"held": {str(shard.device): shard.data.size for shard in kernel.addressable_shards}}
if not options.forget:
    layout = keras.distribution.distribution().get_data_layout(images.shape)
    rows = keras.distribution.distribute_tensor(images,
                                                layout).sharding.devices_indices_map(images.shape)
    answer["rows"] = {str(device): list(range(*index[0].indices(len(images))))
                      for device, index in rows.items()}
print(json.dumps(answer))
