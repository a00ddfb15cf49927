"""Keras on TensorFlow: the network on a second device, and under the policy mixed_bfloat16. Prints
JSON.

By hand, in the repository:
    PYTHONPATH=. .venv/bin/python notebooks/03_comparison/06_hardware/keras_hardware.py
"""
import json
import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import tensorflow as tf
from hardware_figures import climb, figures

from onecnn import cells, spec

functions = cells.functions("02_frameworks/03_keras")
import keras


def on_device(name):
    """What is made and called in the scope is placed there."""
    with keras.device(name):
        model = functions.build(spec.initial_weights())
        return {"moved to": model.trainable_variables[0].value.device.split("device:")[-1],
                **climb(functions)}


def in_bfloat16():
    """One line, before the layers are made: they compute in bfloat16, and their variables stay
    float32."""
    keras.config.set_dtype_policy("mixed_bfloat16")
    return figures(functions)


def ask_for_gpu():
    """The device on which a GPU's user ends up; None if Keras refuses."""
    try:
        with keras.device("gpu:0"):
            return keras.ops.ones(1).device.split("device:")[-1]
    except (RuntimeError, ValueError):
        return None


if __name__ == "__main__":
    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(processor,
                                               [tf.config.LogicalDeviceConfiguration()] * 2)
    print(json.dumps({**on_device("cpu:1"), "asked for a GPU": ask_for_gpu(),
                      "bfloat16": in_bfloat16()}))
