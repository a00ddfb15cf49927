"""What TensorFlow says of a NaN, and where a breakpoint stops in a ``tf.function``."""
import sys

import tensorflow as tf


def entropy(chances):
    logs = tf.math.log(chances)
    return -tf.reduce_sum(tf.where(chances > 0, chances * logs, 0.0))


def gradient(chances):
    with tf.GradientTape() as tape:
        tape.watch(chances)
        value = entropy(chances)
    return tape.gradient(value, chances)


def complaint(call, *arguments):
    """The first line of what an error says, without the device's name."""
    try:
        call(*arguments)
    except tf.errors.InvalidArgumentError as error:
        said = error.message.split("}} ")[-1].strip()
        return said.split("\n")[0].split(" [Op")[0].strip("! ")
    return "nothing"


def stops():
    """What a breakpoint finds in three calls: a tensor with a value, or a symbol."""
    found = []

    def note():
        x = sys._getframe(1).f_locals["x"]
        found.append("value" if hasattr(x, "numpy") else "symbol")

    def work(x):
        breakpoint()
        return 2 * x

    sys.breakpointhook, compiled = note, tf.function(work)
    for number in (1.0, 2.0, 3.0):
        compiled(tf.constant(number))
    sys.breakpointhook = sys.__breakpointhook__
    return found


def report(_):
    """Called by the chapter, in a process of its own."""
    sure = tf.constant([1.0, 0.0, 0.0])
    slope = gradient(sure)
    said = {"value": float(entropy(sure)),
            "not numbers": int(tf.reduce_sum(tf.cast(tf.math.is_nan(slope), tf.int32))),
            "one tensor": complaint(tf.debugging.check_numerics, slope, "the gradient"),
            "graph": stops()}
    tf.config.run_functions_eagerly(True)
    said["eager"] = stops()
    tf.config.run_functions_eagerly(False)
    tf.debugging.enable_check_numerics()
    said["each operation"] = complaint(gradient, sure)
    return said
