r"""Keras 3 on TensorFlow, in the processes of TF_CONFIG: first ``fit``, which fails, then a loop of
our own, which works.

In two terminals, on a network that you trust (its ports are open there), with a TF_CONFIG that
differs in its "index":
    PYTHONPATH=. KERAS_BACKEND=tensorflow .venv/bin/python \
        notebooks/04_distributed/02_data_parallel_everywhere/keras_multiworker.py \
        --out training.npz
"""
import argparse
import json
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
import lean

from onecnn import worker

lean.without("sklearn", "pandas", "jax")
import numpy as np
import tensorflow as tf

from onecnn import cells, spec

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
options = parser.parse_args()

strategy = tf.distribute.MultiWorkerMirroredStrategy()
network = cells.functions("02_frameworks/03_keras")
with strategy.scope():
    model = network.build(spec.initial_weights())
images, labels = map(np.concatenate, zip(*worker.batches()))
data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(spec.BATCH, drop_remainder=True)

try:
    model.fit(data, epochs=1, shuffle=False, verbose=0)
    fit = "worked"
except Exception as error:
    fit = f"{type(error).__name__}: {str(error).splitlines()[0]}"


def one_replica(images, labels):
    with tf.GradientTape() as tape:
        # Keras divides the loss by the number of replicas ...
        loss = model.compute_loss(y=labels, y_pred=model(images, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    # ... and its optimizer adds up their gradients.
    model.optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


@tf.function
def step(images, labels):
    return strategy.reduce("SUM", strategy.run(one_replica, (images, labels)), axis=None)


losses, weights = [], []
for images, labels in strategy.experimental_distribute_dataset(data):
    losses.append(float(step(images, labels)))
    weights.append(network.read_weights(model))
worker.record(options.out, losses, weights)
print(json.dumps({"fit": fit}))
