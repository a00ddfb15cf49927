"""The course's pooling as an ``Op`` of Theano, and the ``Op`` of its gradient."""
import numpy as np

from onecnn import cells, ladder, reference

cells.functions("01_history/03_theano")  # sets Theano's flags, which it reads when it is imported

import theano
import theano.tensor as T
from theano.gof import Apply, Op
from theano.tensor.signal.pool import pool_2d


class FirstWinner(Op):
    __props__ = ()  # two of these are one and the same operation: graphs may merge them

    def make_node(self, x):
        x = T.as_tensor_variable(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, outputs):
        outputs[0][0] = reference.max_pool(inputs[0])[0]

    def grad(self, inputs, upstream):  # gives a graph, not numbers
        return [FirstWinnerGrad()(upstream[0], inputs[0])]


class FirstWinnerGrad(Op):
    __props__ = ()

    def make_node(self, upstream, x):
        return Apply(self, [upstream, x], [x.type()])

    def perform(self, node, inputs, outputs):
        upstream, x = inputs
        outputs[0][0] = reference.max_pool_backward(upstream, reference.max_pool(x)[1], x.shape)


def at_a_tie(pool):
    x = T.dtensor4()
    return theano.function([x], T.grad(pool(x).sum(), x))


def report(network):
    if not theano.config.cxx:
        return None  # without a compiler Theano convolves in Python, for minutes
    window = np.array([3.0, 3, 3, 1]).reshape(1, 1, 2, 2)
    ties = {name: at_a_tie(pool)(window).ravel().tolist() for name, pool in (
        ("pool_2d", lambda x: pool_2d(x, (2, 2), ignore_border=True)), ("own", FirstWinner()))}
    points = [np.random.RandomState(0).randn(2, 3, 5, 4)]
    T.verify_grad(FirstWinner(), points, rng=np.random.RandomState(1))  # raises if it is wrong
    network.Compiled.max_pool = lambda self, x, side: FirstWinner()(x)
    climbed = ladder.climb(*ladder.Network.of(network), training=False, artefact=False)
    return {"version": theano.__version__, "ties": ties, "checked by": "theano.tensor.verify_grad",
            "broken": climbed.failed_rung}
