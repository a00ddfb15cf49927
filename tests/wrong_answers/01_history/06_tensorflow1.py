"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 update", 0, """
    v = spec.MOMENTUM * v + g
    return tf.assign_sub(w, spec.LEARNING_RATE * v).op
"""),
    ("1 update", 0, """
    tf.assign(v, spec.MOMENTUM * v + g)
    return tf.assign_sub(w, spec.LEARNING_RATE * v).op
"""),
    ("1 update", 0, """
    new_v = tf.assign(v, spec.MOMENTUM * v + g)
    return tf.assign(w, spec.LEARNING_RATE * new_v).op
"""),
    ("1 update", 0, """
    new_v = tf.assign_add(v, spec.MOMENTUM * v + g)
    return tf.assign_sub(w, spec.LEARNING_RATE * new_v).op
"""),
    ("1 update", 0, """
    new_v = tf.assign(v, spec.MOMENTUM * v + spec.LEARNING_RATE * g)
    return tf.assign_sub(w, new_v).op
"""),
    ("2 counter", 1, "final_count = 5"),
    ("2 counter", 1, "final_count = 4"),
    ("2 counter", 1, "final_count = 3"),
    ("2 counter", 1, "final_count = 0"),
    ("3 tanh", 2, """
    return [graph.add("subtract", graph.constant(1.0), graph.add("multiply", y, y))]
"""),
    ("3 tanh", 2, """
    x = op.inputs[0]
    slope = graph.add("subtract", graph.constant(1.0), graph.add("multiply", x, x))
    return [graph.add("multiply", upstream, slope)]
"""),
    ("3 tanh", 2, """
    slope = graph.add("subtract", graph.constant(1.0), y)
    return [graph.add("multiply", upstream, slope)]
"""),
    ("3 tanh", 2, """
    slope = graph.add("subtract", graph.add("multiply", y, y), graph.constant(1.0))
    return [graph.add("multiply", upstream, slope)]
"""),
    ("3 tanh", 2, """
    return [upstream * (1 - y ** 2)]
"""),
    ("4 mended step", 3, """
    loss = model.session.run(model.loss, feed_dict=feed)
    model.session.run(model.train, feed_dict=feed)
    return float(loss)
"""),
    ("4 mended step", 3, """
    return float(model.session.run(model.loss, feed_dict=feed))
"""),
    ("4 mended step", 3, """
    return model.session.run([model.loss, model.train], feed_dict=feed)
"""),
    ("4 mended step", 3, """
    model.session.run(model.train, feed_dict=feed)
    return float(model.loss)
"""),
]
