"""Runs an ONNX file or OpenVINO's own .xml on digits with OpenVINO.

    python run_openvino.py digits.npy model.onnx
    python run_openvino.py digits.npy model.onnx --precision f32

Without ``--precision`` OpenVINO chooses: bfloat16 where the processor has instructions for it,
float32 elsewhere.
"""
import argparse
import shutil
import sys

# Without this module OpenVINO reports nothing; with it, each import is counted under an id that is
# kept in the home folder. No variable of its own switches that off.
sys.modules["openvino_telemetry"] = None

import numpy as np
import openvino
from timing import report


def runner(model, precision):
    """``(infer, precision that OpenVINO took, whether this processor can do bfloat16)``"""
    core = openvino.Core()
    config = {"INFERENCE_NUM_THREADS": 1,
              **({"INFERENCE_PRECISION_HINT": precision} if precision else {})}
    network = core.compile_model(model, "CPU", config)

    def infer(digit):
        return network(digit)[0]

    taken = network.get_property("INFERENCE_PRECISION_HINT").get_type_name()
    return infer, taken, "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("digits")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--precision", choices=("f32", "bf16", "f16"))
    arguments = parser.parse_args()
    for model in arguments.models:
        infer, taken, capable = runner(model, arguments.precision)
        name = model
        if arguments.precision:  # a copy under another name, so that the logits of both stay
            name = shutil.copy(model, f"{model}.{arguments.precision}")
        report(infer, np.load(arguments.digits), name, precision=taken, bf16=capable)
