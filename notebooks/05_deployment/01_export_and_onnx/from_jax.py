"""JAX's ways out: StableHLO (``jax.export``), and through ``jax2tf`` SavedModel, ONNX and LiteRT.
See ``export.py``.

The chapter's ``forward`` asks for ``len(x)``: a number, which a batch of any size has not. So one
image is written down, and ``vmap`` adds the batch.
"""
import jax
from jax import export

from onecnn import mnist, spec


def any_batch(functions, model):
    # windows, as where the chapter predicts: LiteRT's converter refuses the comparisons of slices
    def one(image):
        return functions.forward(model["weights"], image[None], functions.windows)[0]
    return jax.vmap(one)


def direct(functions, model, path):
    """The chapter's function as it stands: refused."""
    write(lambda images: functions.forward(model["weights"], images), path)


def own(functions, model, path):
    program = write(any_batch(functions, model), path)
    # the same, for people
    path.with_suffix(".mlir").write_text(program.mlir_module(), encoding="utf-8")
    loaded = export.deserialize(bytearray(path.with_suffix(".stablehlo").read_bytes()))
    return loaded.call(mnist.load().test_images)  # no function of the chapter is called


def write(function, path):
    batch, = export.symbolic_shape("N")
    program = export.export(jax.jit(function))(
        jax.ShapeDtypeStruct((batch, *spec.IMAGE_SHAPE), "float32"))
    path.with_suffix(".stablehlo").write_bytes(program.serialize())
    return program


def any_images():
    """What TensorFlow is told of the input: any number of images."""
    import tensorflow as tf
    return tf.TensorSpec([None, *spec.IMAGE_SHAPE], tf.float32, name="images")


def saved_model(functions, model, path):
    import tensorflow as tf
    from jax.experimental import jax2tf
    module = tf.Module()
    call = jax2tf.convert(any_batch(functions, model), polymorphic_shapes=["(N, ...)"])
    module.serve = tf.function(call, autograph=False, input_signature=[any_images()])
    tf.saved_model.save(module, str(path), signatures=module.serve)
    return tf.saved_model.load(str(path)).serve(mnist.load().test_images)


def onnx(functions, model, path):
    """The way that older tutorials show: refused, for ``jax2tf`` hands StableHLO over (since JAX
    0.7.2 to those, too, who ask it not to)."""
    import tensorflow as tf
    import tf2onnx
    serve = tf.saved_model.load(str(saved_by(path))).serve
    tf2onnx.convert.from_function(serve, [any_images()], opset=18, output_path=f"{path}.onnx")


def saved_by(path):
    """Where the route ``saved_model`` has written its folder."""
    return path.parent.with_name("saved_model") / path.name


def litert(functions, model, path):
    import tensorflow as tf
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved_by(path)))
    path.with_suffix(".tflite").write_bytes(converter.convert())


ROUTES = {"direct": direct, "own": own, "saved_model": saved_model, "onnx": onnx, "litert": litert}
