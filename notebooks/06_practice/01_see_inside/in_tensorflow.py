"""Trains the course's network in TensorFlow for an epoch and tells TensorBoard about it.

    python in_tensorflow.py FOLDER
"""
import json
import sys

from onecnn import lesson

lesson.start()

import numpy as np
import tensorflow as tf

from onecnn import cells, mnist, spec


def train(folder: str) -> list:
    network, digits = cells.functions("02_frameworks/01_tensorflow"), mnist.load()
    model = network.build({name: value.astype(np.float64)
                           for name, value in spec.initial_weights().items()})
    losses = []
    with tf.summary.create_file_writer(folder).as_default():
        for step, chosen in enumerate(spec.batches(len(digits.train_labels), 0)):
            images = digits.train_images[chosen].astype(np.float64)
            losses.append(network.train_step(model, images, digits.train_labels[chosen]))
            tf.summary.scalar("loss", losses[-1], step)
        tf.summary.graph(model.logits.get_concrete_function().graph)
        tf.summary.flush()
    return losses


if __name__ == "__main__":
    print(json.dumps(train(sys.argv[1])))
