"""The course's pooling as two operations of TensorFlow, bound by ``tf.custom_gradient``."""
import numpy as np
import own_build

from onecnn import ladder

pool_op, pool_grad_op = own_build.for_tensorflow()

import tensorflow as tf


@tf.custom_gradient
def pool(x):  # (n, h, w, c), turned into the kernel's order and back
    turned = tf.transpose(x, (0, 3, 1, 2))

    def backward(upstream):
        found = pool_grad_op(tf.transpose(upstream, (0, 3, 1, 2)), turned)
        return tf.transpose(found, (0, 2, 3, 1))

    return tf.transpose(pool_op(turned), (0, 2, 3, 1)), backward


def report(network):
    window = tf.reshape(tf.constant([3.0, 3, 3, 1]), (1, 2, 2, 1))
    with tf.GradientTape() as tape:
        tape.watch(window)
        pooled = tf.reduce_sum(pool(window))
    tie = tape.gradient(pooled, window)
    theory, measured = tf.test.compute_gradient(pool, [np.random.RandomState(0).randn(2, 5, 4, 3)])
    assert np.allclose(theory[0], measured[0], atol=1e-6)

    class Own(network.OneCNN):
        def forward(self, x):
            w = self.weights
            for layer in ("conv1", "conv2"):
                x = tf.nn.conv2d(x, w[f"{layer}.weight"], 1, "VALID")
                x = pool(tf.nn.relu(tf.nn.bias_add(x, w[f"{layer}.bias"])))
            x = tf.reshape(x, [-1, 800]) @ w["dense1.weight"]
            x = tf.nn.relu(tf.nn.bias_add(x, w["dense1.bias"]))
            return tf.nn.bias_add(x @ w["dense2.weight"], w["dense2.bias"])

    network.OneCNN = Own
    climbed = ladder.climb(*ladder.Network.of(network), training=False, artefact=False)
    return {"version": tf.__version__, "ties": {"own": tie.numpy().ravel().tolist()},
            "checked by": "tf.test.compute_gradient", "broken": climbed.failed_rung,
            "door": own_build.report("tensorflow")}
