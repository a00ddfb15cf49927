r"""TensorFlow: each device holds a copy of the network. Two devices in this process, or one in each
process of TF_CONFIG.

Alone:
    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/02_data_parallel_everywhere/tensorflow_mirrored.py --out training
In two processes: the same in two terminals, with a TF_CONFIG that differs in its "index" (the
notebook shows it), on a network that you trust (their ports are open there). The lines that one
device would not need are marked "# parallel".
"""
import argparse
import json
import os

import lean

from onecnn import worker

lean.without("keras", "jax")
import numpy as np
import tensorflow as tf

from onecnn import cells, spec

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True, help="each way writes OUT-WAY.npz")
parser.add_argument("--ways", nargs="+", default=["mean"], choices=["mean", "sum"],
                    help="sum: adds up the means, a fault")
options = parser.parse_args()

if "TF_CONFIG" in os.environ:
    strategy = tf.distribute.MultiWorkerMirroredStrategy()  # parallel (TF_CONFIG)
else:
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)  # parallel (alone)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])  # parallel (alone)

network = cells.functions("02_frameworks/01_tensorflow")
images, labels = map(np.concatenate, zip(*worker.batches()))
rows = np.arange(len(images)) % spec.BATCH
data = tf.data.Dataset.from_tensor_slices((images.transpose(0, 2, 3, 1), labels, rows))
data = data.batch(spec.BATCH, drop_remainder=True)
data = strategy.experimental_distribute_dataset(data)  # parallel


def train(how):
    with strategy.scope():  # parallel
        model = network.build(spec.initial_weights())

    def combined(value):
        return strategy.reduce(how, value, axis=None)  # parallel

    @tf.function
    def step(images, labels):
        replicas = strategy.run(model.loss_and_gradients, (images, labels))  # parallel
        loss, gradients = tf.nest.map_structure(combined, replicas)  # parallel
        for name, weight in model.weights.items():
            model.velocity[name].assign(spec.MOMENTUM * model.velocity[name] + gradients[name])
            weight.assign_sub(spec.LEARNING_RATE * model.velocity[name])
        return loss

    losses, weights = [], []
    for images, labels, _ in data:
        losses.append(float(step(images, labels)))
        weights.append(network.read_weights(model))
    return model, losses, weights


for way in options.ways:
    model, losses, weights = train(way.upper())
    worker.record(f"{options.out}-{way}.npz", losses, weights)
local = strategy.experimental_local_results
rows = {part.device: part.numpy().tolist() for part in local(next(iter(data))[2])}
held = {copy.device: copy.shape.num_elements() for copy in local(model.weights["dense1.weight"])}
print(json.dumps({"rows": rows, "held": held}))
