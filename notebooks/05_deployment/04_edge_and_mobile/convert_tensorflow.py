"""Makes LiteRT files of the course's network, built by TensorFlow: float32, float16, dynamic int8,
full int8.

    python convert_tensorflow.py weights.npz calibration.npy FOLDER

``calibration.npy``: training digits, N x 1 x 28 x 28, from which full int8 learns the range of
every tensor.
"""
import sys
from pathlib import Path

from onecnn import cells, lesson

lesson.start()
import numpy as np
import tensorflow as tf


def convert(model, kind, calibration):
    function = model.logits.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], model)
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]  # and nothing else: dynamic
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if kind == "int8":
        converter.representative_dataset = lambda: ([digit[None]] for digit in calibration)
        # No float operator may remain.
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


if __name__ == "__main__":
    weights, calibration, folder = sys.argv[1:]
    with np.load(weights, allow_pickle=False) as stored:
        model = cells.functions("02_frameworks/01_tensorflow").build(dict(stored))
    digits = np.load(calibration).transpose(0, 2, 3, 1)
    for kind in ("float32", "float16", "dynamic", "int8"):
        Path(folder, f"{kind}.tflite").write_bytes(convert(model, kind, digits))
