"""What the four programs that play a device share: every digit, one at a time, and a line of JSON.
NumPy only."""
import json
import sys
import time
from pathlib import Path

import numpy as np

HEAVY = ("tensorflow", "torch", "onnx", "jax", "keras")


def report(infer, digits, model, **facts):
    """Writes the logits of all ``digits`` to ``MODEL.npy`` and prints what it took.

    ``infer`` takes one digit, ``1 x 1 x 28 x 28``, and gives its 10 logits. ``ms``: the best of
    five rounds, for one digit.
    """
    logits = np.stack([np.array(infer(digit[None])).reshape(10) for digit in digits])
    rounds = []
    for _ in range(5):
        start = time.perf_counter()
        for digit in digits[:100]:
            infer(digit[None])
        rounds.append(time.perf_counter() - start)
    np.save(f"{model}.npy", logits)
    imported = [name for name in HEAVY if name in sys.modules]
    print(json.dumps({"model": Path(model).name, "bytes": Path(model).stat().st_size,
                      "imported": imported, "ms": min(rounds) / len(digits[:100]) * 1e3, **facts}))
