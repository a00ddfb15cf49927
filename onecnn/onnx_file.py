"""The network as an ONNX file, written from its weights alone: for every framework that has no exporter of its own.

ONNX is a published format, so a file needs no framework: ten nodes, eight tensors, one helper library. By hand::

    from onecnn import onnx_file, trained
    onnx_file.write_onnx(trained.weights("theano"), "theano.onnx")
"""
from pathlib import Path
from typing import Union

from onecnn import spec

OPSET, IR_VERSION = 20, 9  # the operators' version and the file format's, both of ONNX 1.15 (2023): old runtimes read them


def write_onnx(weights: spec.Weights, path: Union[str, Path], name: str = "digits") -> None:
    """Writes ``weights`` (the spec's layout) to ``path``: input ``images`` float32 N x 1 x 28 x 28, output ``logits`` N x 10.

    ``N`` is symbolic: the file takes any batch. Raises ``KeyError`` if a weight is missing, ``ValueError`` if one has
    another shape than the spec's.
    """
    import onnx  # not earlier: Caffe's kernel has none
    from onnx import TensorProto, helper, numpy_helper
    for weight, shape in spec.SHAPES.items():
        if weights[weight].shape != shape:
            raise ValueError(f"{weight} has shape {weights[weight].shape}, expected {shape}")
    flow = [
        helper.make_node("Conv", ["images", "conv1.weight", "conv1.bias"], ["c1"], "conv1"),
        helper.make_node("Relu", ["c1"], ["r1"], "relu1"),
        helper.make_node("MaxPool", ["r1"], ["p1"], "pool1", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["p1", "conv2.weight", "conv2.bias"], ["c2"], "conv2"),
        helper.make_node("Relu", ["c2"], ["r2"], "relu2"),
        helper.make_node("MaxPool", ["r2"], ["p2"], "pool2", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p2"], ["flat"], "flatten"),
        helper.make_node("Gemm", ["flat", "dense1.weight", "dense1.bias"], ["d1"], "dense1", transB=1),
        helper.make_node("Relu", ["d1"], ["r3"], "relu3"),
        helper.make_node("Gemm", ["r3", "dense2.weight", "dense2.bias"], ["logits"], "dense2", transB=1),
    ]
    graph = helper.make_graph(
        flow, name,
        inputs=[helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", *spec.IMAGE_SHAPE])],
        outputs=[helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", spec.CLASSES])],
        initializer=[numpy_helper.from_array(weights[weight].astype("float32"), weight) for weight in spec.SHAPES])
    model = helper.make_model(graph, producer_name="onecnn", ir_version=IR_VERSION,
                              opset_imports=[helper.make_opsetid("", OPSET)])
    onnx.checker.check_model(model, full_check=True)
    onnx.save_model(model, path)
