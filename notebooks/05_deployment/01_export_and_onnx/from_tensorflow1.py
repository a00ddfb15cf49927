"""TensorFlow 1's ways out: checkpoint with its graph (``.meta``), SavedModel, a frozen GraphDef for
tf2onnx, LiteRT.

All calls are TensorFlow 1's, as TensorFlow 2 still carries them in ``tf.compat.v1``. See
``export.py``.
"""
import tensorflow as tf

from onecnn import mnist

v1 = tf.compat.v1


def own(functions, model, path):
    functions.save(model, path)
    # the graph comes from the .meta file
    return functions.logits(functions.load(path), mnist.load().test_images)


def saved_model(functions, model, path):
    with model.session.graph.as_default():
        v1.saved_model.simple_save(model.session, str(path), {"images": model.images},
                                   {"logits": model.logits})
    serve = tf.saved_model.load(str(path)).signatures["serving_default"]
    return serve(images=tf.constant(mnist.load().test_images))["logits"]


def onnx(functions, model, path):
    import tf2onnx
    graph = model.session.graph.as_graph_def()
    # the weights move into the graph
    frozen = v1.graph_util.convert_variables_to_constants(model.session, graph, ["logits"])
    tf2onnx.convert.from_graph_def(frozen, input_names=["images:0"], output_names=["logits:0"],
                                   opset=18, output_path=f"{path}.onnx")


def litert(functions, model, path):
    saved = path.parent.with_name("saved_model") / path.name
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved))
    path.with_suffix(".tflite").write_bytes(converter.convert())


ROUTES = {"own": own, "saved_model": saved_model, "onnx": onnx, "litert": litert}
