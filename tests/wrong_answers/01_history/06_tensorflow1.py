"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 update", 0, """
    v = momentum * v + g
    return tf.assign_sub(w, rate * v).op
"""),
    ("1 update", 0, """
    tf.assign(v, momentum * v + g)
    return tf.assign_sub(w, rate * v).op
"""),
    ("1 update", 0, """
    new_v = tf.assign(v, momentum * v + g)
    return tf.assign(w, rate * new_v).op
"""),
    ("1 update", 0, """
    new_v = tf.assign_add(v, momentum * v + g)
    return tf.assign_sub(w, rate * new_v).op
"""),
    ("1 update", 0, """
    new_v = tf.assign(v, momentum * v + rate * g)
    return tf.assign_sub(w, new_v).op
"""),
    ("1 update", 0, """
    new_v = tf.assign(v, spec.MOMENTUM * v + g)
    return tf.assign_sub(w, rate * new_v).op
"""),
    ("1 update", 0, """
    new_v = tf.assign(v, momentum * v + g)
    return tf.assign_sub(w, spec.LEARNING_RATE * new_v).op
"""),
    ("1 update", 0, """
    return tf.assign_sub(w, rate * (momentum * v + g)).op
"""),
    ("1 update", 0, """
    new_v = tf.assign(v, momentum * v + g)
    return [new_v, tf.assign_sub(w, rate * new_v)]
"""),
    ("1 update", 0, """
    new_v = tf.assign(v, momentum * v + g)
    return tf.assign_sub(w, rate * new_v + float("nan")).op
"""),
    ("1 update", 0, """
    new_v = tf.assign(v, (momentum * v + g) * float("nan"))
    return tf.assign(w, rate * new_v).op
"""),
    ("1 update", 0, """
    return tf.group(tf.assign(v, momentum * v + g), tf.assign_sub(w, rate * (momentum * v + g)))
"""),
    ("1 update", 0, """
    g = tf.clip_by_norm(g, 5.0)
    new_v = tf.assign(v, momentum * v + g)
    return tf.assign_sub(w, rate * new_v).op
"""),
    ("1 update", 0, """
    return tf.group(tf.assign(v, momentum * v + g), tf.assign_sub(w, rate * v))
"""),
    ("2 counter", 1, """
counts = {"double": 1, "double and triple": 3, "alias": 4, "fresh": 5, "fed": 6, "all": 9}
"""),
    ("2 counter", 1, """
counts = {"double": 1, "double and triple": 2, "alias": 3, "fresh": 4, "fed": 4, "all": 5}
"""),
    ("2 counter", 1, """
counts = {"double": 1, "double and triple": 2, "alias": 2, "fresh": 2, "fed": 2, "all": 3}
"""),
    ("2 counter", 1, """
counts = {"double": 1, "double and triple": 2, "alias": 2, "fresh": 3, "fed": 4, "all": 5}
"""),
    ("2 counter", 1, """
counts = {"double": 1, "double and triple": 2, "alias": 2, "fresh": 3, "fed": 3, "all": 6}
"""),
    ("2 counter", 1, """
counts = {"double": 0, "double and triple": 0, "alias": 0, "fresh": 0, "fed": 0, "all": 0}
"""),
    ("2 counter", 1, 'counts = {"double": 1}'),
    ("2 counter", 1, "counts = 4"),
    ("2 counter", 1, """
from unittest.mock import ANY
counts = dict.fromkeys(counted(), ANY)
"""),
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
    ("4 mended step", 3, """
    _, loss = model.session.run([model.train, model.loss], feed_dict=feed)
    return float(loss) / len(labels)
"""),
    ("4 mended step", 3, """
    loss, _ = model.session.run([model.loss, model.train], feed_dict=feed)
    return loss
"""),
    ("4 mended step", 3, """
    feed = {model.images: images[:17], model.labels: labels[:17]}
    return float(model.session.run([model.loss, model.train], feed_dict=feed)[0])
"""),
    ("4 mended step", 3, """
    session = getattr(model.session, "session", model.session)
    loss = session.run(model.loss, feed_dict=feed)
    model.session.run(model.train, feed_dict=feed)
    return float(loss)
"""),
    ("3 tanh", 2, """
    slope = graph.add("subtract", graph.constant(1.0), graph.add("multiply", y, y))
    return graph.add("multiply", upstream, slope)
"""),
    ("3 tanh", 2, """
    return [upstream]
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "the argument op keeps its first value": "y is made from it before, and the rest needs y",
    "the argument images keeps its first value": "the feed is made from it before",
    "the argument labels keeps its first value": "the feed is made from it before",
}
