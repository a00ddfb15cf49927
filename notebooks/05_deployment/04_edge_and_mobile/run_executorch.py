"""Runs ExecuTorch files on digits. On a device this is C++, Java or Swift; the Python binding hands
tensors over as torch's.

    python run_executorch.py digits.npy float32.pte int8.pte
"""
import sys

import numpy as np
import torch
from executorch.runtime import Runtime
from timing import report


def runner(model):
    method = Runtime.get().load_program(model).load_method("forward")

    def infer(digit):
        # execute() hands out its own memory, which the next call overwrites: timing.report copies
        return method.execute([torch.from_numpy(digit)])[0].numpy()

    return infer


if __name__ == "__main__":
    torch.set_num_threads(1)
    digits = np.load(sys.argv[1])
    for model in sys.argv[2:]:
        report(runner(model), digits, model)
