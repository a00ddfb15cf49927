"""Quantisation-aware training in 8 bits with torchao's pt2e, to an ONNX file whose graph holds the
integers.

    python qat_pt2e.py weights.npz post_training.onnx aware.onnx

The first ONNX file is written before the training: its ranges were measured on 512 training digits.
Without the fake quantisers' training it is post-training quantisation, for comparison.
"""
import copy
import json
import logging
import sys

import numpy as np
import onnx
import shrink
import torch
from to_onnx import without_notes
from torch.nn import functional as F
from torchao.quantization.pt2e import move_exported_model_to_eval
from torchao.quantization.pt2e.fake_quantize import FakeQuantizeBase
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_qat_pt2e
from torchao.quantization.pt2e.quantizer import x86_inductor_quantizer as x86

from onecnn import mnist, spec

BATCH = ({0: torch.export.Dim("batch", min=1)},)


def fake_quantised(weights, example):
    """The exported graph, with a fake quantiser at each weight and at each input of a convolution
    or dense layer."""
    graph = torch.export.export(shrink.CNN(weights), (example,), dynamic_shapes=BATCH).module()
    where = x86.X86InductorQuantizer().set_global(
        x86.get_default_x86_inductor_quantization_config(is_qat=True))
    return prepare_qat_pt2e(graph, where)


def tune(model, images, labels, epochs=1, rate=0.002):
    """Plain training: the fake quantisers watch the ranges, round, and let the gradient pass."""
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=spec.MOMENTUM)
    for epoch in range(epochs):
        for chosen in spec.batches(len(labels), epoch):
            optimizer.zero_grad()
            F.cross_entropy(model(images[chosen]), labels[chosen]).backward()
            optimizer.step()


def write(model, example, path):
    """Fake quantisers become real ones: weights are stored as int8."""
    integers = convert_pt2e(copy.deepcopy(model))
    move_exported_model_to_eval(integers)
    program = torch.onnx.export(integers, (example,), dynamo=True,
                                verbose=False, input_names=["image"], output_names=["logits"],
                                dynamic_shapes=BATCH)
    onnx.save(without_notes(program.model_proto), path)
    return integers


def main(weights, before, after):
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    digits = mnist.load()
    images, labels = torch.from_numpy(digits.train_images), torch.from_numpy(digits.train_labels)
    with np.load(weights, allow_pickle=False) as stored:
        model = fake_quantised(dict(stored), images[:2])
    fakes = sum(isinstance(module, FakeQuantizeBase) for module in model.modules())
    with torch.no_grad():
        for chosen in images[:512].split(64):
            model(chosen)
    write(model, images[:2], before)
    tune(model, images, labels)
    integers = write(model, images[:2], after)
    with torch.inference_mode():
        answers = integers(torch.from_numpy(digits.test_images)).argmax(dim=1).tolist()
    print(json.dumps({"fake quantisers": fakes, "answers": answers}))


if __name__ == "__main__":
    main(*sys.argv[1:])
