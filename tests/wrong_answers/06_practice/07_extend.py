"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 slopes", 0, "slopes = [1.0, 0.0, 0.0, 0.0]"),
    ("1 slopes", 0, "slopes = [1.0, 1.0, 1.0, 0.0]"),
    ("1 slopes", 0, "slopes = [1 / 3, 1 / 3, 1 / 3, 0.0]"),
    ("1 slopes", 0, "slopes = [0.5, 0.5, 0.5, 0.5]"),
    ("1 slopes", 0, "slopes = [0.0, 0.0, 0.0, 0.0]"),
    ("1 slopes", 0, "slopes = [0.5, 0.0]"),
    ("2 swish", 1, """
    s = torch.sigmoid(ctx.x)
    return s + ctx.x * s * (1 - s), None
"""),
    ("2 swish", 1, """
    s = torch.sigmoid(ctx.x)
    return upstream * (s + ctx.x * s * (1 - s)), None
"""),
    ("2 swish", 1, """
    s = torch.sigmoid(ctx.k * ctx.x)
    return s + ctx.k * ctx.x * s * (1 - s), None
"""),
    ("2 swish", 1, """
    s = torch.sigmoid(ctx.k * ctx.x)
    return upstream * (s + ctx.x * s * (1 - s)), None
"""),
    ("2 swish", 1, """
    s = torch.sigmoid(ctx.k * ctx.x)
    return upstream * s + ctx.k * ctx.x * s * (1 - s), None
"""),
    ("2 swish", 1, """
    return upstream * torch.sigmoid(ctx.k * ctx.x), None
"""),
    ("2 swish", 1, """
    with torch.enable_grad():
        x = ctx.x.detach().requires_grad_()
        y = x * torch.sigmoid(ctx.k * x)
    return torch.autograd.grad(y, x, upstream)[0], None
"""),
    ("3 straight", 2, "    return jnp.round"),
    ("3 straight", 2, """
    return lambda x: x + jax.lax.stop_gradient(jnp.round(x) - x)
"""),
    ("3 straight", 2, """
    @jax.custom_vjp
    def operation(x):
        return jnp.round(x)

    operation.defvjp(lambda x: (jnp.round(x), x),
                     lambda x, upstream: (jnp.where(jnp.abs(x) < limit, upstream, 0),))
    return operation
"""),
    ("3 straight", 2, """
    @jax.custom_vjp
    def operation(x):
        return jnp.round(x)

    operation.defvjp(lambda x: (jnp.round(x), x),
                     lambda x, upstream: (jnp.where(x <= limit, upstream, 0),))
    return operation
"""),
    ("3 straight", 2, """
    @jax.custom_vjp
    def operation(x):
        return jnp.round(x)

    operation.defvjp(lambda x: (jnp.round(x), x),
                     lambda x, upstream: (jnp.where(jnp.abs(x) <= 1, upstream, 0),))
    return operation
"""),
    ("3 straight", 2, """
    @jax.custom_vjp
    def operation(x):
        return jnp.round(x)

    operation.defvjp(lambda x: (jnp.round(x), x),
                     lambda x, upstream: (jnp.where(jnp.abs(x) <= limit, 1.0, 0.0),))
    return operation
"""),
    ("3 straight", 2, """
    @jax.custom_vjp
    def operation(x):
        return jnp.floor(x + 0.5)

    operation.defvjp(lambda x: (jnp.floor(x + 0.5), x),
                     lambda x, upstream: (jnp.where(jnp.abs(x) <= limit, upstream, 0),))
    return operation
"""),
    ("3 straight", 2, """
    @jax.custom_vjp
    def operation(x):
        return jnp.round(x)

    operation.defvjp(lambda x: (jnp.round(x), jnp.round(x)),
                     lambda x, upstream: (jnp.where(jnp.abs(x) <= limit, upstream, 0),))
    return operation
"""),
    ("4 kinks", 3, """
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = h
        if not abs((f(x + step) - f(x - step)) / (2 * h) - gradient[at]) <= slack:
            return False
    return True
"""),
    ("4 kinks", 3, """
    if np.shape(gradient) != x.shape:
        return False
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = h
        left, right = (f(x) - f(x - step)) / h, (f(x + step) - f(x)) / h
        if not left - slack <= gradient[at] <= right + slack:
            return False
    return True
"""),
    ("4 kinks", 3, """
    if np.shape(gradient) != x.shape:
        return False
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = h
        slopes = (f(x) - f(x - step)) / h, (f(x + step) - f(x)) / h
        if gradient[at] < min(slopes) - slack or gradient[at] > max(slopes) + slack:
            return False
    return True
"""),
    ("4 kinks", 3, """
    if np.shape(gradient) != x.shape:
        return False
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = 1e-6
        slopes = (f(x) - f(x - step)) / 1e-6, (f(x + step) - f(x)) / 1e-6
        if not min(slopes) - 1e-4 <= gradient[at] <= max(slopes) + 1e-4:
            return False
    return True
"""),
    ("4 kinks", 3, """
    for at in np.ndindex(x.shape):
        old = x[at]
        x[at] = old - h
        below = f(x)
        x[at] = old + h
        above = f(x)
        slopes = (f(x) - below) / h, (above - f(x)) / h
        if not min(slopes) - slack <= gradient[at] <= max(slopes) + slack:
            return False
    return True
"""),
    ("4 kinks", 3, """
    if np.shape(gradient) != x.shape:
        return False
    step = np.full_like(x, h)
    slopes = (f(x) - f(x - step)) / h, (f(x + step) - f(x)) / h
    return min(slopes) - slack <= np.sum(gradient) <= max(slopes) + slack
"""),
    ("4 kinks", 3, "    return np.shape(gradient) == x.shape"),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "return True -> the first result, always": "this line returns True each time",
    "return False -> the first result, always": "this line returns False each time",
}
