"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 momentum step", 0, """
    weights = jax.tree.map(lambda w, v: w - spec.LEARNING_RATE * v, weights, velocity)
    velocity = jax.tree.map(lambda v, g: spec.MOMENTUM * v + g, velocity, gradients)
    return weights, velocity
"""),
    ("1 momentum step", 0, """
    weights = jax.tree.map(lambda w, g: w - spec.LEARNING_RATE * g, weights, gradients)
    return weights, velocity
"""),
    ("1 momentum step", 0, """
    velocity = spec.MOMENTUM * velocity + gradients
    return weights - spec.LEARNING_RATE * velocity, velocity
"""),
    ("1 momentum step", 0, """
    velocity = jax.tree.map(lambda v, g: spec.MOMENTUM * v + g, velocity, gradients)
    return jax.tree.map(lambda w, v: w - spec.LEARNING_RATE * v, weights, velocity)
"""),
    ("1 momentum step", 0, """
    new = jax.tree.map(lambda v, g: spec.MOMENTUM * v + g, velocity, gradients)
    return jax.tree.map(lambda w, v: w - spec.LEARNING_RATE * v, weights, new), velocity
"""),
    ("2 traces", 1, "traces = 5"),
    ("2 traces", 1, "traces = 4"),
    ("2 traces", 1, "traces = 2"),
    ("2 traces", 1, "traces = 1"),
    ("3 max pooling", 2, """
    return x.reshape(n, height, 2, width, 2, channels).max(axis=(2, 4))
"""),
    ("3 max pooling", 2, """
    windows = x[:, :2 * height, :2 * width].reshape(n, 2, height, 2, width, channels)
    return windows.max(axis=(1, 3))
"""),
    ("3 max pooling", 2, """
    windows = x[:, :2 * height, :2 * width].reshape(n, height, 2, width, 2, channels)
    return windows.mean(axis=(2, 4))
"""),
    ("3 max pooling", 2, """
    windows = np.asarray(x)[:, :2 * height, :2 * width].reshape(n, height, 2, width, 2, channels)
    return windows.max(axis=(2, 4))
"""),
    ("4 clipping", 3, """
    if length > limit:
        return jax.tree.map(lambda leaf: leaf * limit / length, gradients)
    return gradients
"""),
    ("4 clipping", 3, """
    return jax.tree.map(lambda leaf: leaf * limit / length, gradients)
"""),
    ("4 clipping", 3, """
    return jax.tree.map(lambda leaf: jnp.clip(leaf, -limit, limit), gradients)
"""),
    ("4 clipping", 3, """
    factor = jnp.where(length > limit, length / limit, 1.0)
    return jax.tree.map(lambda leaf: leaf * factor, gradients)
"""),
    ("5 mended step", 4, """
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    updates, momentum = network.optimizer.update(gradients, network.optimizer.init(weights))
    return optax.apply_updates(weights, updates), momentum, loss
"""),
    ("5 mended step", 4, """
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    updates, momentum = network.optimizer.update(gradients, momentum)
    return updates, momentum, loss
"""),
    ("5 mended step", 4, """
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    updates, momentum = network.optimizer.update(gradients, momentum)
    return optax.apply_updates(weights, gradients), momentum, loss
"""),
]
