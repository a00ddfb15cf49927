"""The course's pooling as a ``CustomOp`` of MXNet, checked by MXNet's own gradient check."""
import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

from onecnn import ladder, reference


class FirstWinner(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        y, _ = reference.max_pool(in_data[0].asnumpy())
        self.assign(out_data[0], req[0], nd.array(y, dtype=y.dtype))

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        x = in_data[0].asnumpy()
        _, winner = reference.max_pool(x)
        found = reference.max_pool_backward(out_grad[0].asnumpy(), winner, x.shape)
        self.assign(in_grad[0], req[0], nd.array(found, dtype=found.dtype))


@mx.operator.register("first_winner")
class FirstWinnerProp(mx.operator.CustomOpProp):
    def infer_shape(self, in_shape):
        n, channels, height, width = in_shape[0]
        return in_shape, [(n, channels, height // 2, width // 2)], []

    def create_operator(self, ctx, in_shapes, in_dtypes):
        return FirstWinner()


class Pool(gluon.HybridBlock):
    def hybrid_forward(self, F, x):
        return F.Custom(x, op_type="first_winner")


def one_cnn():
    model = nn.HybridSequential(prefix="")
    with model.name_scope():
        model.add(nn.Conv2D(16, 3, activation="relu", prefix="conv1_"), Pool(),
                  nn.Conv2D(32, 3, activation="relu", prefix="conv2_"), Pool(),
                  nn.Flatten(),
                  nn.Dense(64, activation="relu", prefix="dense1_"), nn.Dense(10, prefix="dense2_"))
    return model


def report(network):
    window = nd.array([3.0, 3, 3, 1], dtype="float64").reshape((1, 1, 2, 2))
    window.attach_grad()
    with autograd.record():
        pooled = nd.Custom(window, op_type="first_winner")
    pooled.backward()
    mx.test_utils.check_numeric_gradient(
        mx.sym.Custom(mx.sym.Variable("x"), op_type="first_winner"),
        {"x": np.random.RandomState(0).randn(2, 3, 5, 4)}, dtype=np.float64)
    network.one_cnn = one_cnn
    climbed = ladder.climb(*ladder.Network.of(network), training=False, artefact=False)
    return {"version": mx.__version__, "ties": {"own": window.grad.asnumpy().ravel().tolist()},
            "checked by": "mx.test_utils.check_numeric_gradient", "broken": climbed.failed_rung}
