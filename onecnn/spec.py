"""The network and its training recipe as plain data: what every framework is given, and held to.

The network (images are N x 1 x 28 x 28, float32 in [0, 1])::

    conv 3x3, 1 -> 16, valid    relu   maxpool 2x2      N x 16 x 13 x 13
    conv 3x3, 16 -> 32, valid   relu   maxpool 2x2      N x 32 x 5 x 5
    flatten in channel-height-width order                N x 800
    dense 800 -> 64             relu
    dense 64 -> 10                                       logits

Weights travel as a dict of NumPy arrays: conv ``(out, in, height, width)``, dense ``(out, in)``, biases ``(out,)``.
"""
from collections.abc import Iterator

import numpy as np

Weights = dict[str, np.ndarray]

IMAGE_SHAPE = (1, 28, 28)
CLASSES = 10

SHAPES = {
    "conv1.weight": (16, 1, 3, 3),
    "conv1.bias": (16,),
    "conv2.weight": (32, 16, 3, 3),
    "conv2.bias": (32,),
    "dense1.weight": (64, 800),
    "dense1.bias": (64,),
    "dense2.weight": (10, 64),
    "dense2.bias": (10,),
}
PARAMETERS = sum(int(np.prod(shape)) for shape in SHAPES.values())  # 56,714

# At 0.05 two runs that differ by rounding alone end with as little as 98.3 % equal answers; at 0.02 with 99.3 %
# (21 pairs of PyTorch runs from weights perturbed by 1e-7, 2026-11-24). Accuracy is the same, 96 %.
# Both are the float32 numbers nearest to 0.02 and 0.9: some optimisers keep them in float32 whatever the weights are (MXNet's
# SGD, TensorFlow 1's MomentumOptimizer, Keras on TensorFlow), and float64 trainings can agree only on what all can hold.
LEARNING_RATE = float(np.float32(0.02))
MOMENTUM = float(np.float32(0.9))
BATCH = 64
EPOCHS = 5
SEED = 2007


def initial_weights() -> Weights:
    """The starting weights, float32, the same bytes on every machine: He's uniform for weights, zero for biases.

    Bound ``sqrt(6 / fan_in)``: He et al. 2015, "Delving Deep into Rectifiers", section 2.2, in its uniform form.
    ``RandomState`` is NumPy's frozen generator: its numbers are the same in NumPy 1.19 and 2.4.
    """
    random = np.random.RandomState(SEED)
    weights = {}
    for name, shape in SHAPES.items():
        if name.endswith("bias"):
            weights[name] = np.zeros(shape, np.float32)
        else:
            bound = np.sqrt(6.0 / np.prod(shape[1:]))
            weights[name] = random.uniform(-bound, bound, shape).astype(np.float32)
    return weights


def batches(size: int, epoch: int, batch: int = BATCH) -> Iterator[np.ndarray]:
    """The order in which epoch ``epoch`` (from 0) visits ``size`` training images: int arrays of ``batch`` indices.

    Each epoch has its own fixed permutation. The last, incomplete batch is left out: every batch has one shape, which
    frameworks that compile a graph for a shape reward.
    """
    order = np.random.RandomState(SEED + 1 + epoch).permutation(size)
    for start in range(0, size - batch + 1, batch):
        yield order[start:start + batch]
