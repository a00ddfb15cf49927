"""The course's pooling as a Python layer of Caffe, checked by central differences."""
import caffe
import numpy as np
from caffe import layers as L

from onecnn import ladder, reference


class FirstWinner(caffe.Layer):
    """The net names this module and this class; Caffe imports the one and makes the other."""

    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        n, channels, height, width = bottom[0].data.shape
        top[0].reshape(n, channels, height // 2, width // 2)

    def forward(self, bottom, top):
        top[0].data[...], self.winner = reference.max_pool(bottom[0].data)

    def backward(self, top, propagate_down, bottom):
        shape = bottom[0].data.shape
        bottom[0].diff[...] = reference.max_pool_backward(top[0].diff, self.winner, shape)


def layer(bottom):
    return L.Python(bottom, python_param={"module": "own_in_caffe", "layer": "FirstWinner"})


def alone(network, x):
    """A net of this layer only; its output and its gradient by (x, upstream)."""
    net = caffe.NetSpec()
    net.x = L.Input(shape={"dim": list(x.shape)})
    net.y = layer(net.x)
    record = net.to_proto()
    record.force_backward = True
    made = network.from_file(caffe.Net, record, caffe.TRAIN)

    def value(x):
        made.blobs["x"].data[...] = x
        return made.forward()["y"].astype(float)

    def gradient(x, upstream):
        value(x)
        made.blobs["y"].diff[...] = upstream
        made.backward()
        return made.blobs["x"].diff.copy()

    return value, gradient


def report(network):
    window = np.array([3.0, 3, 3, 1]).reshape(1, 1, 2, 2)
    tie = alone(network, window)[1](window, np.ones((1, 1, 1, 1)))
    random = np.random.RandomState(0)
    x, upstream = random.permutation(120).reshape(2, 3, 5, 4) / 8, random.randn(2, 3, 2, 2)
    eps = 1 / 64
    value, gradient = alone(network, x)
    found = gradient(x, upstream)
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = eps
        slope = ((value(x + step) - value(x - step)) * upstream).sum() / (2 * eps)
        assert abs(slope - found[at]) < 1e-4, at
    built_in = network.one_cnn

    def one_cnn(batch, phase):
        record = built_in(batch, phase)
        for one in record.layer:
            if one.type == "Pooling":
                one.type = "Python"
                one.ClearField("pooling_param")
                one.python_param.module, one.python_param.layer = "own_in_caffe", "FirstWinner"
        return record

    network.one_cnn = one_cnn
    climbed = ladder.climb(*ladder.Network.of(network), training=False, artefact=False,
                           float64=False)
    return {"version": caffe.__version__, "ties": {"own": tie.ravel().tolist()},
            "checked by": "central differences by hand", "broken": climbed.failed_rung}
