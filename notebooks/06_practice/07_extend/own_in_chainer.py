"""The course's pooling as a ``FunctionNode`` of Chainer, checked by its own gradient check."""
import chainer
import numpy as np
from chainer import gradient_check

from onecnn import ladder, reference


class FirstWinner(chainer.FunctionNode):
    def forward_cpu(self, inputs):
        self.shape = inputs[0].shape
        y, self.winner = reference.max_pool(inputs[0])
        return (y,)

    def backward(self, indexes, upstream):  # on Variables, so that a gradient has a gradient
        return FirstWinnerGrad(self.winner, self.shape).apply(upstream)


class FirstWinnerGrad(chainer.FunctionNode):
    def __init__(self, winner, shape):
        self.winner, self.shape = winner, shape

    def forward_cpu(self, inputs):
        return (reference.max_pool_backward(inputs[0], self.winner, self.shape),)


def pool(x):
    return FirstWinner().apply((x,))[0]


def report(network):
    window = chainer.Variable(np.array([3.0, 3, 3, 1]).reshape(1, 1, 2, 2))
    chainer.functions.sum(pool(window)).backward()
    random = np.random.RandomState(0)
    x, upstream = random.randn(2, 3, 5, 4), random.randn(2, 3, 2, 2)
    gradient_check.check_backward(pool, x, upstream, dtype=float)  # raises, if it is wrong

    class Own(network.OneCNN):
        def forward(self, x):
            F = chainer.functions
            x = pool(F.relu(self.conv1(x)))
            x = pool(F.relu(self.conv2(x)))
            return self.dense2(F.relu(self.dense1(x)))

    network.OneCNN = Own
    climbed = ladder.climb(*ladder.Network.of(network), training=False, artefact=False)
    return {"version": chainer.__version__, "ties": {"own": window.grad.ravel().tolist()},
            "checked by": "chainer.gradient_check", "broken": climbed.failed_rung}
