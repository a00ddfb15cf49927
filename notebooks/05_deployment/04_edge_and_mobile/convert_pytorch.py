"""Makes files of the course's network, built by PyTorch: ONNX, and ExecuTorch in float32 and int8.

    python convert_pytorch.py weights.npz calibration.npy FOLDER

ExecuTorch hands what it can to XNNPACK, a library of kernels for phones' processors, and runs the
rest itself.
"""
import sys
from pathlib import Path

from onecnn import cells, lesson

lesson.start()
import numpy as np
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
    XNNPACKQuantizer,
    get_symmetric_quantization_config,
)
from executorch.exir import to_edge_transform_and_lower
from onnxruntime.quantization.shape_inference import quant_pre_process
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e


def to_onnx(model, example, file):
    torch.onnx.export(model, (example,), file, dynamo=True, external_data=False,
                      verbose=False, input_names=["images"], output_names=["logits"],
                      dynamic_shapes=({0: torch.export.Dim("batch", min=1)},))
    quant_pre_process(file, file)  # names every shape, as the quantizer wants it


def to_executorch(model, example, file):
    exported = torch.export.export(model, (example,))
    program = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()])
    Path(file).write_bytes(program.to_executorch().buffer)


def quantized(model, calibration):
    """The same network in int8, a scale for each channel; the digits that pass set the activations'
    scales."""
    quantizer = XNNPACKQuantizer()
    quantizer.set_global(get_symmetric_quantization_config(is_per_channel=True))
    observed = prepare_pt2e(torch.export.export(model, (calibration[:1],)).module(), quantizer)
    for digit in calibration:
        observed(digit[None])
    return convert_pt2e(observed)


if __name__ == "__main__":
    weights, calibration, folder = sys.argv[1], torch.from_numpy(np.load(sys.argv[2])), sys.argv[3]
    with np.load(weights, allow_pickle=False) as stored:
        model = cells.functions("02_frameworks/02_pytorch").build(dict(stored)).eval()
    # XNNPACK's partitioner refuses channels_last weights.
    model = model.to(memory_format=torch.contiguous_format)
    to_onnx(model, calibration[:2], f"{folder}/model.onnx")
    to_executorch(model, calibration[:1], f"{folder}/float32.pte")
    to_executorch(quantized(model, calibration), calibration[:1], f"{folder}/int8.pte")
