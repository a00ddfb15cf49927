"""TensorFlow: the network on a second device, and what happens to a GPU that is not there. Prints
JSON.

By hand, in the repository:
    PYTHONPATH=. .venv/bin/python notebooks/03_comparison/06_hardware/tensorflow_hardware.py
"""
import json

from hardware_figures import climb

from onecnn import cells, spec

functions = cells.functions("02_frameworks/01_tensorflow")
import tensorflow as tf


def on_device(name):
    """What is made and called in the scope is placed there."""
    with tf.device(name):
        model = functions.build(spec.initial_weights())
        return {"moved to": model.weights["conv1.weight"].device.split("device:")[-1],
                **climb(functions)}


def ask_for_gpu(soft):
    """The device on which a GPU's user ends up; None if TensorFlow refuses. Soft placement is the
    default."""
    tf.config.set_soft_device_placement(soft)
    try:
        with tf.device("/GPU:0"):
            return tf.ones(1).device.split("device:")[-1]
    except (RuntimeError, ValueError, tf.errors.InvalidArgumentError):
        return None


if __name__ == "__main__":
    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(processor,
                                               [tf.config.LogicalDeviceConfiguration()] * 2)
    print(json.dumps({**on_device("/CPU:1"), "asked for a GPU": ask_for_gpu(soft=True),
                      "asked strictly": ask_for_gpu(soft=False),
                      "built for GPUs": tf.test.is_built_with_gpu_support()}))
