"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 training step", 0, """
            v = self.momentum * v + g
            w.assign_sub(self.rate * v)
"""),
    ("1 training step", 0, """
            w.assign_sub(self.rate * v)
            v.assign(self.momentum * v + g)
"""),
    ("1 training step", 0, """
            v.assign(self.momentum * v + g)
            w.assign_add(self.rate * v)
"""),
    ("1 training step", 0, """
            v.assign(self.momentum * v + g)
            w = w - self.rate * v
"""),
    ("1 training step", 0, """
            v.assign(self.momentum * v + g)
            w.assign(self.rate * v)
"""),
    ("1 training step", 0, """
            v.assign(spec.MOMENTUM * v + g)
            w.assign_sub(spec.LEARNING_RATE * v)
"""),
    ("1 training step", 0, """
            v.assign(self.momentum * v + g)
            w.assign_sub(spec.LEARNING_RATE * v)
"""),
    ("1 training step", 0, """
            v.assign(self.momentum * v + self.rate * g)
            w.assign_sub(v)
"""),
    ("1 training step", 0, """
            v.assign(self.momentum * v + (1 - self.momentum) * g)
            w.assign_sub(self.rate * v)
"""),
    ("1 training step", 0, """
            w.assign_sub(self.rate * g)
"""),
    ("1 training step", 0, """
            v.assign(self.momentum * v + tf.clip_by_norm(g, 5.0))
            w.assign_sub(self.rate * v)
"""),
    ("2 traces", 1, "traced = [True, False, False, False, False, True, False, False]"),
    ("2 traces", 1, "traced = [True, False, True, True, True, True, False, True]"),
    ("2 traces", 1, "traced = [True] * 8"),
    ("2 traces", 1, "traced = [True, False, True, True, False, True, True, False]"),
    ("2 traces", 1, "traced = [True, False, True, False, False, True, False, False]"),
    ("2 traces", 1, "traced = [True, True, True, True, True, True, False, True]"),
    ("2 traces", 1, "traced = 4"),
    ("2 traces", 1, "traced = [True, False, True, True, False, True]"),
    ("2 traces", 1, """
from unittest.mock import ANY
traced = [ANY] * 8
"""),
    ("3 ported layer", 2, """
    return weight.T
"""),
    ("3 ported layer", 2, """
    out = weight.shape[0]
    return weight.reshape(out, height, width, channels).transpose(3, 1, 2, 0).reshape(-1, out)
"""),
    ("3 ported layer", 2, """
    out = weight.shape[0]
    return weight.reshape(out, channels, height, width).transpose(0, 2, 3, 1).reshape(out, -1)
"""),
    ("3 ported layer", 2, """
    out = weight.shape[0]
    return weight.reshape(out, channels, height, width).transpose(3, 2, 1, 0).reshape(-1, out)
"""),
    ("3 ported layer", 2, """
    out = weight.shape[0]
    return weight.reshape(out, channels, height, width).transpose(0, 2, 3, 1).reshape(-1, out)
"""),
    ("3 ported layer", 2, """
    return weight.reshape(7, 4, 2, 3).transpose(2, 3, 1, 0).reshape(24, 7)
"""),
    ("3 ported layer", 2, """
    out = weight.shape[0]
    return weight.reshape(out, 32, height, width).transpose(2, 3, 1, 0).reshape(-1, out)
"""),
    ("3 ported layer", 2, """
    out = weight.shape[0]
    result = weight.reshape(out, channels, height, width).transpose(2, 3, 1, 0).reshape(-1, out)
    weight[...] = 0
    return result.copy()
"""),
    ("3 ported layer", 2, """
    out = weight.shape[0]
    result = weight.reshape(out, channels, height, width).transpose(2, 3, 1, 0).reshape(-1, out)
    return result.astype(np.float32).astype(np.float64)
"""),
    ("4 mended network", 3, """
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, self.forward(images))
            loss = tf.reduce_sum(losses)
        return loss, tape.gradient(loss, self.weights)
"""),
    ("4 mended network", 3, """
        with tf.GradientTape() as tape:
            scores = tf.nn.log_softmax(self.forward(images))
            loss = tf.reduce_mean(scores)
        return loss, tape.gradient(loss, self.weights)
"""),
    ("4 mended network", 3, """
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, self.forward(images))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(losses)
        return loss, tape.gradient(loss, self.weights)
"""),
    ("4 mended network", 3, """
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels, tf.nn.relu(self.forward(images)))
            loss = tf.reduce_mean(losses)
        return loss, tape.gradient(loss, self.weights)
"""),
    ("4 mended network", 3, """
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, self.forward(images))
            loss = tf.reduce_sum(losses) / 64
        return loss, tape.gradient(loss, self.weights)
"""),
    ("4 mended network", 3, """
        with tf.GradientTape() as tape:
            scores = tf.nn.softmax(self.forward(images))
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.math.log(scores))
            loss = tf.reduce_mean(losses)
        return loss, tape.gradient(tf.reduce_sum(losses), self.weights)
"""),
    ("5 serving", 4, """
    return tf.function(brighten)
"""),
    ("5 serving", 4, """
    return tf.function(brighten, reduce_retracing=True)
"""),
    ("5 serving", 4, """
    return brighten
"""),
    ("5 serving", 4, """
    pictures = tf.TensorSpec([None, 28, 28, 1], tf.float32)
    return tf.function(brighten, input_signature=[pictures, tf.TensorSpec([None], tf.float32)])
"""),
    ("5 serving", 4, """
    pictures = tf.TensorSpec([64, None, None, 1], tf.float32)
    return tf.function(brighten, input_signature=[pictures, tf.TensorSpec([64], tf.float32)])
"""),
    ("5 serving", 4, """
    pictures = tf.TensorSpec([None, None, None, None], tf.float32)
    return tf.function(brighten, input_signature=[pictures, tf.TensorSpec([None], tf.float32)])
"""),
    ("5 serving", 4, """
    pictures = tf.TensorSpec(None, tf.float32)
    return tf.function(brighten, input_signature=[pictures, tf.TensorSpec(None, tf.float32)])
"""),
    ("5 serving", 4, """
    pictures = tf.TensorSpec([None, None, None, 1], tf.float32)
    return tf.function(brighten, input_signature=[pictures, tf.TensorSpec(None, tf.float32)])
"""),
    ("5 serving", 4, """
    pictures = tf.TensorSpec([None, None, None, 1], tf.float32)
    return tf.function(lambda pictures, factors: pictures,
                       input_signature=[pictures, tf.TensorSpec([None], tf.float32)])
"""),
    ("5 serving", 4, """
    pictures = tf.TensorSpec([None, None, None, 1], tf.float32)
    def clipped(pictures, factors):
        return tf.clip_by_value(brighten(pictures, factors), 0, 1)
    return tf.function(clipped, input_signature=[pictures, tf.TensorSpec([None], tf.float32)])
"""),
    ("5 serving", 4, """
    class Once:
        def experimental_get_tracing_count(self):
            return 1
        def __call__(self, pictures, factors):
            if (pictures.dtype, factors.dtype) != (tf.float32, tf.float32):
                raise TypeError
            if len(pictures.shape) != 4 or pictures.shape[3] != 1 or len(factors.shape) != 1:
                raise ValueError
            return brighten(pictures, factors)
    return Once()
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "the argument pictures keeps its first value": "it is read above the solution's lines only",
    "the argument answers keeps its first value": "it is read above the solution's lines only",
    "return weight.reshape(out, channels, height, width).transpose(2, 3, 1, 0).reshape(-1, out)"
    " -> return weight.reshape(out, channels, height, width).transpose(2, 3, 1, 0)"
    ".reshape(-2, out)": "NumPy takes a negative size for the one that it has to find",
    "return tf.function(brighten, input_signature=[pictures, tf.TensorSpec([None], tf.float32)])"
    " -> the first result, always": "without arguments, one function serves as well as a new one",
}
