"""PyTorch's trained network as ``digits.onnx``: what is deployed. By hand, in the kernel
``deployment``::

    python export_model.py digits.onnx
    python export_model.py stale.onnx --untrained
"""
import argparse
import warnings
from pathlib import Path

import torch

from onecnn import cells, paths, spec, trained

parser = argparse.ArgumentParser()
parser.add_argument("file", type=Path)
parser.add_argument("--untrained", action="store_true",
                    help="with the weights from before training")
options = parser.parse_args()

pytorch = cells.functions("02_frameworks/02_pytorch")
model = pytorch.build(spec.initial_weights() if options.untrained
                      else trained.weights("pytorch")).eval()
example, batch = torch.zeros(2, *spec.IMAGE_SHAPE), torch.export.Dim("batch", min=1)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    program = torch.onnx.export(model, (example,), dynamo=True, dynamic_shapes=({0: batch},),
                                input_names=["images"], output_names=["logits"], verbose=False)
# Beside it first, then renamed: a server that watches the file never reads half of it.
paths.write_atomically(options.file,
                       lambda stream: stream.write(program.model_proto.SerializeToString()))
