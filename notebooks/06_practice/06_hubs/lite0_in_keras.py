"""EfficientNet-Lite0 in Keras, with the weights of the PyTorch package.

For ``cells.run("02_frameworks/03_keras", "06_practice/06_hubs/lite0_in_keras:report", ...)``.
"""
import pathlib

import keras
import numpy as np
import safetensors.numpy
import tensorflow as tf

layers = keras.layers
# Of each group of blocks: kernel, stride of the first, how much wider inside, channels, how many.
GROUPS = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3),
          (5, 1, 6, 112, 3), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1))


def normalized(x, name):
    return layers.BatchNormalization(epsilon=1e-3, name=name)(x)


def relu6(x):
    return layers.ReLU(6)(x)


def convolved(x, channels, kernel, stride, name):
    return layers.Conv2D(channels, kernel, stride, "same", use_bias=False, name=name)(x)


def block(x, number, kernel, stride, wider, channels):
    """Widen, look at each channel alone, narrow; and add what came in, where shapes allow."""
    before, at = x, f"blocks.{number}."
    if wider > 1:
        x = convolved(x, wider * x.shape[-1], 1, 1, at + "_expand_conv")
        x = relu6(normalized(x, at + "_bn0"))
    x = layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False,
                               name=at + "_depthwise_conv")(x)
    x = relu6(normalized(x, at + "_bn1"))
    x = normalized(convolved(x, channels, 1, 1, at + "_project_conv"), at + "_bn2")
    return layers.Add()([x, before]) if x.shape == before.shape else x


def network():
    """The network without weights; its layers have the names of the PyTorch package, without "_"
    at the start: a SavedModel forbids that."""
    x = start = keras.Input((224, 224, 3))
    x, number = relu6(normalized(convolved(x, 32, 3, 2, "conv_stem"), "bn0")), 0
    for kernel, first, wider, channels, count in GROUPS:
        for place in range(count):
            x = block(x, number, kernel, 1 if place else first, wider, channels)
            number += 1
    x = relu6(normalized(convolved(x, 1280, 1, 1, "conv_head"), "bn1"))
    return keras.Model(start, layers.Dense(1000, name="fc")(layers.GlobalAveragePooling2D()(x)))


def arrays(stored, layer):
    """The layer's weights, in Keras's order and layout."""
    if isinstance(layer, layers.BatchNormalization):
        names = "weight", "bias", "running_mean", "running_var"
        return [stored[f"_{layer.name}.{name}"] for name in names]
    weight = stored[f"_{layer.name}.weight"]
    if isinstance(layer, layers.DepthwiseConv2D):
        return [weight.transpose(2, 3, 0, 1)]
    if isinstance(layer, layers.Conv2D):
        return [weight.transpose(2, 3, 1, 0)]
    return [weight.T, stored[f"_{layer.name}.bias"]]


def report(functions, folder):
    """Writes the network as a SavedModel; what this says to ``photos.npy``, and its files."""
    folder = pathlib.Path(folder)
    stored = safetensors.numpy.load_file(folder / "model.safetensors")
    photos, model = np.load(folder / "photos.npy").transpose(0, 2, 3, 1), network()
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(arrays(stored, layer))
    model.export(folder / "saved_model", verbose=False)
    loaded = tf.saved_model.load(folder / "saved_model")
    return {"logits": loaded.serve(photos).numpy().tolist(),
            "files": sorted(one.name for one in (folder / "saved_model").iterdir())}
