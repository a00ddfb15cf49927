"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 traces", 0, 'traces = {"tf.function": 6, "jax.jit": 3, "torch.compile": 3}'),
    ("1 traces", 0, 'traces = {"tf.function": 3, "jax.jit": 3, "torch.compile": 3}'),
    ("1 traces", 0, 'traces = {"tf.function": 5, "jax.jit": 5, "torch.compile": 3}'),
    ("1 traces", 0, 'traces = {"tf.function": 5, "jax.jit": 3, "torch.compile": 5}'),
    ("1 traces", 0, 'traces = {"tf.function": 1, "jax.jit": 1, "torch.compile": 1}'),
    ("1 traces", 0, """
from unittest import mock
traces = dict.fromkeys(['tf.function', 'jax.jit', 'torch.compile'], mock.ANY)
"""),
    ("2 graph breaks", 1, "graphs = 3"),
    ("2 graph breaks", 1,
     'graphs = {"talkative": 2, "choosing": 1, "repeating": 1, "peeking": 2}'),
    ("2 graph breaks", 1,
     'graphs = {"talkative": 3, "choosing": 2, "repeating": 1, "peeking": 2}'),
    ("2 graph breaks", 1,
     'graphs = {"talkative": 3, "choosing": 1, "repeating": 4, "peeking": 2}'),
    ("2 graph breaks", 1,
     'graphs = {"talkative": 3, "choosing": 1, "repeating": 1, "peeking": 1}'),
    ("2 graph breaks", 1, "graphs = dict.fromkeys(['talkative', 'choosing', 'repeating'], 1)"),
    ("2 graph breaks", 1, """
from unittest import mock
graphs = {f.__name__: mock.ANY for f in FUNCTIONS}
"""),
    ("3 jit", 2, """
    return shorten(x, limit)
"""),
    ("3 jit", 2, """
    return jax.lax.while_loop(lambda state: jnp.abs(state[0]).max() > limit,
                              lambda state: (state[0] / 2, state[1] + 1), (x, 0))
"""),
    ("3 jit", 2, """
    x, turns = jax.lax.while_loop(lambda state: jnp.abs(state[0]).max() > limit,
                                  lambda state: (state[0] / 2, state[1] + 1), (x, 0))
    return x * 0.9, turns
"""),
    ("3 jit", 2, """
    x, turns = jax.lax.while_loop(lambda state: jnp.abs(state[0]).max() >= limit,
                                  lambda state: (state[0] / 2, state[1] + 1), (x, 0))
    return jnp.where(turns > 0, x * 0.9, x), turns
"""),
    ("3 jit", 2, """
    x, turns = jax.lax.while_loop(lambda state: jnp.abs(state[0]).max() > limit,
                                  lambda state: (state[0] / 2, state[1] + 1), (x, 0))
    if turns > 0:
        x = x * 0.9
    return x, turns
"""),
    ("3 jit", 2, """
    turns = 0
    for _ in range(14):
        more = jnp.abs(x).max() > limit
        x, turns = jnp.where(more, x / 2, x), turns + more
    return jnp.where(turns > 0, x * 0.9, x), turns
"""),
    ("3 jit", 2, """
    x, turns = jax.lax.while_loop(lambda state: jnp.abs(state[0]).max() > 1.0,
                                  lambda state: (state[0] / 2, state[1] + 1), (x, 0))
    return jnp.where(turns > 0, x * 0.9, x), turns
"""),
    ("3 jit", 2, """
    x, turns = jax.lax.while_loop(lambda state: state[0].max() > limit,
                                  lambda state: (state[0] / 2, state[1] + 1), (x, 0))
    return jnp.where(turns > 0, x * 0.9, x), turns
"""),
    ("3 jit", 2, """
    x, turns = jax.lax.while_loop(lambda state: jnp.abs(x).max() > limit,
                                  lambda state: (state[0] / 2, state[1] + 1), (x, 0))
    return jnp.where(turns > 0, x * 0.9, x), turns
"""),
    ("3 jit", 2, """
    def go(s):
        return s[0] / 2, s[1] + 1
    y, turns = jax.lax.while_loop(lambda s: jnp.abs(s[0]).max() > limit, go, (x, 0))
    return jnp.where((turns > 0) & (limit > 1e-8), y * 0.9, y), turns
"""),
    ("3 jit", 2, """
    def go(s):
        return s[0] / 2, s[1] + 1
    y, turns = jax.lax.while_loop(lambda s: ~(jnp.abs(s[0]).max() <= limit) & (s[1] < 500), go, (x, 0))
    return jnp.where(turns > 0, y * 0.9, y), turns
"""),
    ("4 mended trace", 3, """
    return -slope / torch.hypot(slope[0], slope[1]).clamp(min=1)
"""),
    ("4 mended trace", 3, """
    return soft_step(slope)
"""),
    ("4 mended trace", 3, """
    return -slope / slope.norm().clamp(min=0.1)
"""),
    ("4 mended trace", 3, """
    return -slope / (1 + slope.norm())
"""),
    ("4 mended trace", 3, """
    return -slope / slope.norm()
"""),
    ("4 mended trace", 3, """
    return -slope / slope.norm().clamp(max=1)
"""),
    ("4 mended trace", 3, """
    return -slope / max(slope.norm().item(), 1)
"""),
    ("4 mended trace", 3, """
    return -slope.clamp(-1, 1)
"""),
    ("4 mended trace", 3, """
    return torch.where(slope.norm() > 1, slope / slope.norm(), slope)
"""),
    ("4 mended trace", 3, """
    slope /= slope.norm().clamp(min=1)
    return -slope
"""),
    ("4 mended trace", 3, """
    return slope.neg_().div_(slope.norm().clamp(min=1))
"""),
    ("5 style", 4, """
    return "compiled" if fast < eager else "eager"
"""),
    ("5 style", 4, """
    return "compiled" if first + calls * fast < calls * eager else "eager"
"""),
    ("5 style", 4, """
    compiled = first + (calls - 1) * fast
    return "compiled" if compiled < calls * eager else "eager"
"""),
    ("5 style", 4, """
    compiled = shapes * first + (calls - shapes) * fast
    return "eager" if compiled < calls * eager else "compiled"
"""),
    ("5 style", 4, """
    return "compiled" if calls > 1000 else "eager"
"""),
    ("5 style", 4, """
    compiled = shapes * first + (calls - shapes) * fast
    return "compiled" if compiled <= calls * eager else "eager"
"""),
    ("5 style", 4, """
    compiled = shapes * first + calls * fast
    return "compiled" if compiled < calls * eager else "eager"
"""),
    ("5 style", 4, """
    return "eager"
"""),
    ("5 style", 4, """
    compiled = shapes * first + (calls - shapes) * fast
    return 'compiled' if compiled < 0.99 * calls * eager else 'eager'
"""),
    ("5 style", 4, """
    compiled = shapes * first + (calls - shapes) * fast
    return 'compiled' if round(compiled) < round(calls * eager) else 'eager'
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
}
