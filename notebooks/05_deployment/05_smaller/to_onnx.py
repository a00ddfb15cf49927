"""Writes the course's network, of any width, as an ONNX file; with ``--bits 4`` or ``8`` the
weights are stored as integers.

    python to_onnx.py weights.npz network.onnx [--bits 4] [another.npz another.onnx ...]

Integers are read with one scale for each output channel, so the file shrinks; ONNX Runtime computes
in float32 as before.
"""
import argparse
import logging
import math
import sys

import ml_dtypes
import numpy as np
import onnx
import shrink
import torch
from onnx import helper, numpy_helper


def export(weights):
    """PyTorch's own exporter. What it notes about this machine's source files is taken out."""
    # it reports that torchvision, which we do not use, is missing
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    model = shrink.CNN(weights).eval()
    program = torch.onnx.export(model, (torch.zeros(2, 1, 28, 28),), dynamo=True,
                                verbose=False, input_names=["image"], output_names=["logits"],
                                dynamic_shapes=({0: torch.export.Dim("batch", min=1)},))
    return without_notes(program.model_proto)


def with_weights(network, weights):
    """The same graph with other weights of the same shapes."""
    for tensor in network.graph.initializer:
        if tensor.name in weights:
            tensor.CopyFrom(numpy_helper.from_array(weights[tensor.name], tensor.name))
    return network


def without_notes(network):
    for item in (*network.graph.node, *network.graph.value_info, *network.graph.input,
                 *network.graph.output, *network.graph.initializer, network.graph, network):
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
    return network


def store_as_integers(path, bits):
    """Replaces each weight, already rounded to what ``bits`` can hold, by integers and a
    DequantizeLinear node."""
    network = onnx.load(path)
    kept, kind = [], {4: ml_dtypes.int4, 8: np.int8}[bits]
    for tensor in network.graph.initializer:
        if not tensor.name.endswith(".weight"):
            kept.append(tensor)
            continue
        weight = numpy_helper.to_array(tensor)
        largest = np.abs(weight.reshape(len(weight), -1)).max(axis=1)
        scale = np.maximum(largest, 1e-12) / (2 ** (bits - 1) - 1)
        whole = np.rint(weight / scale.reshape(-1, *[1] * (weight.ndim - 1))).astype(kind)
        kept += [numpy_helper.from_array(whole, f"{tensor.name}.integers"),
                 numpy_helper.from_array(scale.astype(np.float32), f"{tensor.name}.scale")]
        names = [made.name for made in kept[-2:]]
        network.graph.node.insert(0, helper.make_node("DequantizeLinear", names, [tensor.name],
                                                      axis=0))
    del network.graph.initializer[:]
    network.graph.initializer.extend(kept)
    # 4-bit integers: since opset 21
    network.opset_import[0].version = max(network.opset_import[0].version, 21)
    onnx.checker.check_model(network)
    onnx.save(network, path)


def multiplications(path):
    """How many one image needs, counted from the shapes in the file's graph."""
    graph, count = onnx.shape_inference.infer_shapes(onnx.load(path)).graph, 0
    known = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.value_info, *graph.output):
        known[value.name] = [size.dim_value for size in value.type.tensor_type.shape.dim]
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm"):
            # the pixels for which each weight of a convolution is used
            outputs = known[node.output[0]][2:]
            count += math.prod(known[node.input[1]]) * math.prod(outputs)
    return count


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--bits", type=int, choices=(4, 8))
    options = parser.parse_args(arguments)
    graphs = {}  # exporting takes a second, so each architecture is exported once
    for source, target in zip(options.files[::2], options.files[1::2]):
        with np.load(source, allow_pickle=False) as stored:
            weights = dict(stored)
        shapes = tuple(value.shape for value in weights.values())
        if shapes not in graphs:
            graphs[shapes] = export(weights)
        onnx.save(with_weights(graphs[shapes], weights), target)
        if options.bits:
            store_as_integers(target, options.bits)


if __name__ == "__main__":
    main(sys.argv[1:])
