"""TensorFlow 2's ways out: SavedModel, ONNX through tf2onnx, LiteRT. See ``export.py``.

The network takes its images as height, width, channel; so do all files that are made from it.
"""
import tensorflow as tf

from onecnn import mnist


def digits():
    return mnist.load().test_images.transpose(0, 2, 3, 1)


def own(functions, model, path):
    functions.save(model, str(path))
    loaded = functions.load(str(path))  # no class: the graph is in the folder
    return loaded.logits(digits())


def saved_model(functions, model, path):
    functions.save(model, str(path))
    return tf.saved_model.load(str(path)).signatures["serving_default"](
        tf.constant(digits()))["output_0"]


def onnx(functions, model, path):
    import tf2onnx
    tf2onnx.convert.from_function(model.logits, model.logits.input_signature, opset=18,
                                  output_path=f"{path}.onnx")


def litert(functions, model, path):
    graph = model.logits.get_concrete_function()
    path.with_suffix(".tflite").write_bytes(
        tf.lite.TFLiteConverter.from_concrete_functions([graph], model).convert())


ROUTES = {"own": own, "onnx": onnx, "saved_model": saved_model, "litert": litert}
