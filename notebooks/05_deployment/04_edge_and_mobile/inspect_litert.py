"""Writes all that a LiteRT file holds, and what it computes for one digit, to a .npz without
pickle.

    python inspect_litert.py int8.tflite digit.npy tensors.npz

For each tensor N: ``N.name``, ``N.value``, ``N.scales``, ``N.zeros``, ``N.stored`` (it lies in the
file, not in memory); and ``operators``: name, input tensors and output tensors of each step, as
JSON. Without XNNPACK, so that nothing is fused.
"""
import json
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def tensors(model, digit):
    interpreter = Interpreter(
        model, experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    interpreter.allocate_tensors()
    details = [entry for entry in interpreter.get_tensor_details() if entry["name"]]
    given, = interpreter.get_input_details()
    if given["dtype"] == np.int8:
        scale, zero = given["quantization"]
        digit = np.clip(np.round(digit / scale) + zero, -128, 127).astype(np.int8)
    interpreter.set_tensor(given["index"], digit.transpose(0, 2, 3, 1))
    interpreter.invoke()
    operators = [{"name": step["op_name"], "inputs": step["inputs"].tolist(),
                  "outputs": step["outputs"].tolist()} for step in interpreter._get_ops_details()]
    computed = {given["index"], *(number for step in operators for number in step["outputs"])}
    found = {"operators": json.dumps(operators)}
    for entry in details:
        number, how = entry["index"], entry["quantization_parameters"]
        found |= {f"{number}.name": entry["name"],
                  f"{number}.value": interpreter.get_tensor(number),
                  f"{number}.scales": how["scales"], f"{number}.zeros": how["zero_points"],
                  f"{number}.stored": number not in computed}
    return found


if __name__ == "__main__":
    model, digit, file = sys.argv[1:]
    np.savez(file, **tensors(model, np.load(digit)))
