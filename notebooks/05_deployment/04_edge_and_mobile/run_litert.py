"""Runs LiteRT files on digits as a phone would: without TensorFlow.

    python run_litert.py digits.npy float32.tflite int8.tflite

``digits.npy`` is N x 1 x 28 x 28. The logits of each model go to a file beside it,
``float32.tflite.npy``.
"""
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from timing import report


def runner(model):
    interpreter = Interpreter(model, num_threads=1)
    interpreter.allocate_tensors()
    (given,), (asked,) = interpreter.get_input_details(), interpreter.get_output_details()

    def infer(digit):
        # the file comes from TensorFlow: height, width, channel
        digit = digit.transpose(0, 2, 3, 1)
        if given["dtype"] == np.int8:
            scale, zero = given["quantization"]
            digit = np.clip(np.round(digit / scale) + zero, -128, 127).astype(np.int8)
        interpreter.set_tensor(given["index"], digit)
        interpreter.invoke()
        logits = interpreter.get_tensor(asked["index"])
        if asked["dtype"] == np.int8:
            scale, zero = asked["quantization"]
            logits = (logits.astype(np.float32) - zero) * scale
        return logits

    return infer


if __name__ == "__main__":
    digits = np.load(sys.argv[1])
    for model in sys.argv[2:]:
        report(runner(model), digits, model)
