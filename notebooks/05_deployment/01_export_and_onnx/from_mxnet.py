"""MXNet's ways out: symbol and parameters (archived with MXNet), and its ONNX exporter. See
``export.py``."""
import mxnet
import numpy as np

from onecnn import mnist, spec


def own(functions, model, path):
    # the graph is made at the first call
    functions.logits(model, np.zeros((1, *spec.IMAGE_SHAPE), np.float32))
    model.export(str(path))  # PATH-symbol.json and PATH-0000.params
    loaded = mxnet.gluon.SymbolBlock.imports(f"{path}-symbol.json", ["data"], f"{path}-0000.params")
    return functions.logits(loaded, mnist.load().test_images)  # no Gluon code


def onnx(functions, model, path):
    own = path.parent.with_name("own")
    files = [str(own / "digits-symbol.json"), str(own / "digits-0000.params")]
    shape = (1, *spec.IMAGE_SHAPE)
    mxnet.onnx.export_model(*files, [shape], [np.float32], f"{path}.onnx", dynamic=True,
                            dynamic_input_shapes=[("N", *shape[1:])])


ROUTES = {"own": own, "onnx": onnx}
