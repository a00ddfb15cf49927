r"""TensorFlow: the weights live on a server; a chief hands steps to workers
(``tf.distribute.ParameterServerStrategy``).

One process for each role, on a network that you trust (their ports are open there); TF_CONFIG names
all addresses and this process's role (the notebook shows it):
    PYTHONPATH=. .venv/bin/python \
        notebooks/04_distributed/02_data_parallel_everywhere/tensorflow_parameter_server.py \
        --out training
The lines that one process would not need are marked "# parallel".
"""
import argparse
import json
import os
import time
from pathlib import Path

import lean

from onecnn import worker

lean.without("keras", "jax")
import numpy as np
import tensorflow as tf

from onecnn import cells, spec

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True, help="the chief writes OUT-in_turn.npz, "
                    "OUT-at_once.npz and at its end OUT-done")
options = parser.parse_args()

# with the course's one thread a worker waits for itself, for ever
os.environ["TF_NUM_INTEROP_THREADS"] = "4"
cluster = tf.distribute.cluster_resolver.TFConfigClusterResolver()  # parallel
if cluster.task_type != "chief":
    here = (cluster.cluster_spec(), cluster.task_type, cluster.task_id)
    server = tf.distribute.Server(*here, protocol="grpc")  # parallel
    while not Path(f"{options.out}-done").exists():  # the usual server.join() waits for ever
        time.sleep(0.05)
    os._exit(0)

strategy = tf.distribute.ParameterServerStrategy(cluster)  # parallel
coordinator = tf.distribute.coordinator.ClusterCoordinator(strategy)  # parallel
WORKERS = cluster.cluster_spec().num_tasks("worker")
network = cells.functions("02_frameworks/01_tensorflow")
data = [(tf.constant(images.transpose(0, 2, 3, 1)), tf.constant(labels))
        for images, labels in worker.batches()]


def in_turn():
    """One step at a time: the next one is handed out when the last one is done."""
    with strategy.scope():  # parallel
        model = network.build(spec.initial_weights())
    losses, weights = [], []
    for images, labels in data:
        result = coordinator.schedule(model.step, (images, labels))  # parallel
        losses.append(float(result.fetch()))
        weights.append(network.read_weights(model))
    worker.record(f"{options.out}-in_turn.npz", losses, weights)
    return {weight.device: weight.shape.num_elements()
            for weight in [model.weights["dense1.weight"]]}


def at_once():
    """All steps at once: each worker takes the next one when it is free, and waits for nobody."""
    with strategy.scope():
        model = network.build(spec.initial_weights())
        version, begun = tf.Variable(0), tf.Variable(0)

    @tf.function
    def step(images, labels):
        read = version.read_value()
        with tf.control_dependencies([read]):
            loss, gradients = model.loss_and_gradients(images, labels)
        with tf.control_dependencies(tf.nest.flatten(gradients)):
            count = begun.assign_add(1, read_value=True)
        # Only the first steps meet here, so that what follows happens on a busy machine too.
        met = tf.while_loop(lambda count: count < WORKERS, lambda count: [begun.read_value()],
                            [tf.identity(count)])
        with tf.control_dependencies(tf.nest.flatten(met)):
            for name, weight in model.weights.items():
                model.velocity[name].assign(spec.MOMENTUM * model.velocity[name] + gradients[name])
                weight.assign_sub(spec.LEARNING_RATE * model.velocity[name])
            after = {name: weight.read_value() for name, weight in model.weights.items()}
        with tf.control_dependencies(tf.nest.flatten(after)):
            written = version.assign_add(1, read_value=True)
        return loss, after, read, tf.identity(written)

    results = [coordinator.schedule(step, pair) for pair in data]
    coordinator.join()
    losses, weights, read, written = zip(*(result.fetch() for result in results))
    order = np.argsort(np.array(written))
    path = [{name: network.to_spec(name, np.asarray(value))
             for name, value in weights[step].items()} for step in order]
    worker.record(f"{options.out}-at_once.npz", [float(loss) for loss in losses], path)
    return [[int(first), int(last)] for first, last in zip(read, written)]


answer = {"held": in_turn(), "read and written": at_once()}
Path(f"{options.out}-done").touch()
print(json.dumps(answer), flush=True)
os._exit(0)  # the coordinator's threads still wait for the servers
