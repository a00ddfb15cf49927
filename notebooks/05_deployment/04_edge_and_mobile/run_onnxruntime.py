"""Runs ONNX and ORT files on digits with ONNX Runtime. A file that wants to read others is refused.

    python run_onnxruntime.py digits.npy model.onnx model.ort
"""
import os
import sys

import numpy as np
import onnxruntime
from timing import report


def runner(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # where the numbers of a tensor would be looked for that stand in another file: nowhere
    options.add_session_config_entry("session.model_external_initializers_file_folder_path",
                                     os.devnull)
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def infer(digit):
        return session.run(None, {name: digit})[0]

    return infer


if __name__ == "__main__":
    digits = np.load(sys.argv[1])
    for model in sys.argv[2:]:
        report(runner(model), digits, model)
