"""Keras's ways out, on whichever engine runs it: one method, ``model.export(path, format=...)``.
See ``export.py``."""
import numpy as np

from onecnn import mnist


def own(functions, model, path):
    functions.save(model, path)  # .keras
    # all at once take 100 MB more
    loaded, hundreds = functions.load(path), np.split(mnist.load().test_images, 10)
    return np.concatenate([functions.logits(loaded, images) for images in hundreds])


def onnx(functions, model, path):
    model(mnist.load().test_images[:1])  # a model that was never called is refused
    model.export(f"{path}.onnx", format="onnx", verbose=False)


def saved_model(functions, model, path):
    model.export(str(path), format="tf_saved_model", verbose=False)
    import tensorflow as tf
    loaded = tf.saved_model.load(str(path))
    return loaded.serve(mnist.load().test_images)


def litert(functions, model, path):
    model.export(f"{path}.tflite", format="litert", verbose=False)


ROUTES = {"own": own, "onnx": onnx, "saved_model": saved_model, "litert": litert}
