"""Chainer's ways out: weights as ``.npz``, and its ONNX exporter, ``onnx_chainer``. See
``export.py``."""

from onecnn import mnist


def own(functions, model, path):
    functions.save(model, path)
    # load() builds the network from its code
    return functions.logits(functions.load(path), mnist.load().test_images)


def onnx(functions, model, path):
    import onnx_chainer
    # The exporter traces an example, and F.linear's Reshape keeps the example's batch: the file
    # takes just 1,000 digits.
    onnx_chainer.export(model, mnist.load().test_images, filename=f"{path}.onnx")


ROUTES = {"own": own, "onnx": onnx}
