"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 training step", 0, """
            v = spec.MOMENTUM * v + g
            w.assign_sub(spec.LEARNING_RATE * v)
"""),
    ("1 training step", 0, """
            w.assign_sub(spec.LEARNING_RATE * v)
            v.assign(spec.MOMENTUM * v + g)
"""),
    ("1 training step", 0, """
            v.assign(spec.MOMENTUM * v + g)
            w.assign_add(spec.LEARNING_RATE * v)
"""),
    ("1 training step", 0, """
            v.assign(spec.MOMENTUM * v + g)
            w = w - spec.LEARNING_RATE * v
"""),
    ("1 training step", 0, """
            v.assign(spec.MOMENTUM * v + g)
            w.assign(spec.LEARNING_RATE * v)
"""),
    ("2 traces", 1, "graphs = 1"),
    ("2 traces", 1, "graphs = 3"),
    ("2 traces", 1, "graphs = 5"),
    ("2 traces", 1, "graphs = 6"),
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
]
