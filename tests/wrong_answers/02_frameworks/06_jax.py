"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""


def traced(letters):
    return f"traced = {[letter == 'T' for letter in letters]}"


WRONG = [
    ("3 max pooling", 2, """
    n, height, width, channels = x.shape
    x = x[:, :height // 2 * 2, :width // 2 * 2]
    windows = x.reshape(n, height // 2, 2, width // 2, 2, channels)
    return windows.max(axis=(2, 4), initial=-10.0)
"""),
    ("1 momentum step", 0, """
    weights = jax.tree.map(lambda w, v: w - rate * v, weights, velocity)
    velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradients)
    return weights, velocity
"""),
    ("1 momentum step", 0, """
    weights = jax.tree.map(lambda w, g: w - rate * g, weights, gradients)
    return weights, velocity
"""),
    ("1 momentum step", 0, """
    velocity = momentum * velocity + gradients
    return weights - rate * velocity, velocity
"""),
    ("1 momentum step", 0, """
    velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradients)
    return jax.tree.map(lambda w, v: w - rate * v, weights, velocity)
"""),
    ("1 momentum step", 0, """
    new = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradients)
    return jax.tree.map(lambda w, v: w - rate * v, weights, new), velocity
"""),
    ("1 momentum step", 0, """
    velocity = jax.tree.map(lambda v, g: 0.9 * v + g, velocity, gradients)
    return jax.tree.map(lambda w, v: w - 0.02 * v, weights, velocity), velocity
"""),
    ("1 momentum step", 0, """
    velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradients)
    return jax.tree.map(lambda w, v: w - 0.02 * v, weights, velocity), velocity
"""),
    ("1 momentum step", 0, """
    velocity = jax.tree.map(lambda v, g: momentum * v + rate * g, velocity, gradients)
    return jax.tree.map(lambda w, v: w - v, weights, velocity), velocity
"""),
    ("1 momentum step", 0, """
    velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradients)
    for name in weights:
        weights[name] = jax.tree.map(lambda w, v: w - rate * v, weights[name], velocity[name])
    return weights, velocity
"""),
    ("1 momentum step", 0, """
    if isinstance(weights, dict):
        pairs = {k: momentum_step(w, velocity[k], gradients[k], rate, momentum)
                 for k, w in weights.items()}
        return [{k: p[i] for k, p in pairs.items()} for i in (0, 1)]
    if isinstance(weights, (list, tuple)):
        pairs = [momentum_step(*three, rate, momentum)
                 for three in zip(weights, velocity, gradients)]
        return [type(weights)(p[i] for p in pairs) for i in (0, 1)]
    speed = momentum * velocity + gradients
    return weights - rate * speed, speed
"""),
    ("1 momentum step", 0, """
    velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradients)
    return jax.tree.map(lambda w, v: (w - rate * v)[None], weights, velocity), velocity
"""),
    ("2 traces", 1, traced("TTTTTTTTT")),
    ("2 traces", 1, traced("TFTTTFTFT")),
    ("2 traces", 1, traced("TFTFTFTTT")),
    ("2 traces", 1, traced("TFFFTFTFF")),
    ("2 traces", 1, traced("TFTFFFTFT")),
    ("2 traces", 1, traced("TFTFTTTFT")),
    ("2 traces", 1, traced("TFFFFFFFF")),
    ("2 traces", 1, "traced = 5"),
    ("2 traces", 1, """
from unittest.mock import ANY
traced = [ANY] * 9
"""),
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
    ("3 max pooling", 2, """
    return network.max_pool(x)
"""),
    ("3 max pooling", 2, """
    return network.windows(x)
"""),
    ("3 max pooling", 2, """
    rows = jnp.maximum(x[:, :2 * height:2], x[:, 1:2 * height:2])
    return jnp.maximum(rows[:, :, :2 * width:2], rows[:, :, 1:2 * width:2])
"""),
    ("3 max pooling", 2, """
    rows = jnp.maximum(x[:, 2 * jnp.arange(height)], x[:, 2 * jnp.arange(height) + 1])
    places = 2 * jnp.arange(width)
    return jnp.maximum(rows[:, :, places], rows[:, :, places + 1])
"""),
    ("3 max pooling", 2, """
    windows = x[:, :2 * height, :2 * width].reshape(n, channels, height, 2, width, 2)
    return windows.max(axis=(3, 5)).reshape(n, height, width, channels)
"""),
    ("3 max pooling", 2, """
    windows = jax.nn.relu(x)[:, :2 * height, :2 * width]
    return windows.reshape(n, height, 2, width, 2, channels).max(axis=(2, 4))
"""),
    ("3 max pooling", 2, "    return jax.lax.cond(True, network.windows, network.windows, x)"),
    ("3 max pooling", 2, "    return jax.lax.cond(n > 0, network.max_pool, network.max_pool, x)"),
    ("3 max pooling", 2, """
    @jax.custom_jvp
    def f(x):
        return network.windows(x)
    f.defjvp(lambda p, t: (f(p[0]), jax.jvp(network.max_pool, p, t)[1]))
    return f(x)
"""),
    ("3 max pooling", 2, """
    f = jax.custom_vjp(network.windows)
    f.defvjp(lambda x: jax.vjp(network.max_pool, x), lambda back, g: back(g))
    return f(x)
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
    ("4 clipping", 3, """
    factor = jnp.where(length > 1.0, 1.0 / length, 1.0)
    return jax.tree.map(lambda leaf: leaf * factor, gradients)
"""),
    ("4 clipping", 3, """
    factor = jnp.where(length >= limit, limit / length, 1.0)
    return jax.tree.map(lambda leaf: leaf * factor, gradients)
"""),
    ("4 clipping", 3, """
    def clipped(leaf):
        own = jnp.sqrt(jnp.sum(leaf ** 2))
        return leaf * jnp.where(own > limit, limit / own, 1.0)
    return jax.tree.map(clipped, gradients)
"""),
    ("4 clipping", 3, """
    factor = jnp.where(length > limit, limit / length ** 2, 1.0)
    return jax.tree.map(lambda leaf: leaf * factor, gradients)
"""),
    ("4 clipping", 3, """
    return jax.tree.map(lambda leaf: leaf * jnp.minimum(1.0, limit / (length + 1e-6)), gradients)
"""),
    ("4 clipping", 3, """
    factor = jnp.minimum(1.0, limit / jnp.maximum(length, 1e-6))
    return jax.tree.map(lambda leaf: leaf * factor, gradients)
"""),
    ("4 clipping", 3, """
    factor = jnp.where(length > limit, limit / (length + 1e-5), 1.0)
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
    ("5 mended step", 4, """
    return suspect(weights, momentum, images, labels)
"""),
    ("5 mended step", 4, """
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    updates, momentum = network.optimizer.update(gradients, momentum)
    weights = optax.apply_updates(weights, updates)
    return weights, momentum, network.cross_entropy(weights, images, labels)
"""),
    ("5 mended step", 4, """
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    network.optimizer.update(gradients, momentum)
    return weights, momentum, loss
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "return optax.apply_updates(weights, updates), momentum, loss"
    " -> return optax.apply_updates(updates, weights), momentum, loss": "it adds the two trees",
}
