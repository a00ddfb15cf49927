"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 two layers", 0, """
    hidden = jax.nn.relu(x @ w1 + b1)
    return jax.lax.psum(hidden @ w2 + b2, "tensor")
"""),
    ("1 two layers", 0, """
    hidden = jax.nn.relu(x @ w1 + b1)
    return hidden @ w2 + b2
"""),
    ("1 two layers", 0, """
    hidden = jax.nn.relu(x @ w1 + b1)
    return jax.lax.pmean(hidden @ w2, "tensor") + b2
"""),
    ("1 two layers", 0, """
    hidden = jax.nn.relu(jax.lax.psum(x @ w1 + b1, "tensor"))
    return jax.lax.psum(hidden @ w2, "tensor") + b2
"""),
    ("1 two layers", 0, """
    hidden = jax.nn.relu(x @ w1 + b1)
    parts = jax.lax.psum(hidden @ w2, "tensor")
    return parts + jax.lax.psum(b2, "tensor") / 4
"""),
    ("1 two layers", 0, """
    hidden = jax.nn.relu(x @ w1 + b1)
    return 4 * jax.lax.pmean(hidden @ w2, "tensor") + b2
"""),
    ("1 two layers", 0, """
    hidden = jax.nn.relu(x @ w1 + b1)
    return jax.lax.psum(hidden @ w2 + b2 / 4, "tensor")
"""),
    ("1 two layers", 0, """
    hidden = x @ w1 + b1
    return jax.lax.psum(hidden @ w2, "tensor") + b2
"""),
    ("1 two layers", 0, """
    hidden = jax.nn.relu(x @ w1)
    return jax.lax.psum(hidden @ w2, "tensor") + b2
"""),
    ("1 two layers", 0, """
    h = jax.nn.relu(x @ w1 + b1)
    return jax.lax.map(lambda row: jax.lax.psum(row @ w2, 'tensor'), h) + b2
"""),
    ("1 two layers", 0, """
    h = jax.nn.relu(x @ w1 + b1)
    return jax.lax.fori_loop(0, 2, lambda i, s: jax.lax.psum(h @ w2, 'tensor'), jax.lax.psum(h @ w2, 'tensor')) + b2
"""),
    ("2 schedule", 1, """
    ahead = min(stages - stage, micro_batches)
    order = [f"F{number}" for number in range(ahead)]
    for number in range(micro_batches):
        order.append(f"B{number}")
        if ahead + number < 8:
            order.append(f"F{ahead + number}")
    return order
"""),
    ("2 schedule", 1, """
    return ["F0", "F1", "B0", "F2", "B1", "F3", "B2", "B3"]
"""),
    ("2 schedule", 1, """
    numbers = range(micro_batches)
    return [f"F{number}" for number in numbers] + [f"B{number}" for number in numbers]
"""),
    ("2 schedule", 1, """
    return [pass_ for number in range(micro_batches) for pass_ in (f"F{number}", f"B{number}")]
"""),
    ("2 schedule", 1, """
    ahead = min(stages, micro_batches)
    order = [f"F{number}" for number in range(ahead)]
    for number in range(micro_batches):
        order.append(f"B{number}")
        if ahead + number < micro_batches:
            order.append(f"F{ahead + number}")
    return order
"""),
    ("2 schedule", 1, """
    ahead = min(stages - stage, micro_batches)
    order = [f"F{number}" for number in range(ahead)]
    for number in range(micro_batches - ahead):
        order += [f"B{number}", f"F{ahead + number}"]
    return order
"""),
    ("2 schedule", 1, """
    ahead = min(stages - stage, micro_batches)
    order = [f"F{number}" for number in range(ahead)]
    for number in range(micro_batches):
        if ahead + number < micro_batches:
            order.append(f"F{ahead + number}")
        order.append(f"B{number}")
    return order
"""),
    ("3 micro-batches", 2, """
    names = gradients[0]
    return np.mean(losses), {name: np.mean([one[name] for one in gradients], axis=0)
                             for name in names}
"""),
    ("3 micro-batches", 2, """
    return sum(losses), {name: sum(one[name] for one in gradients) for name in gradients[0]}
"""),
    ("3 micro-batches", 2, """
    shares = [size / sum(sizes) for size in sizes]
    loss = sum(share * one for share, one in zip(shares, losses))
    return loss, {name: sum(one[name] for one in gradients) / len(sizes) for name in gradients[0]}
"""),
    ("3 micro-batches", 2, """
    loss = sum(size * one for size, one in zip(sizes, losses))
    return loss, {name: sum(size * one[name] for size, one in zip(sizes, gradients))
                  for name in gradients[0]}
"""),
    ("3 micro-batches", 2, """
    return combined_badly(losses, gradients, sizes)
"""),
    ("3 micro-batches", 2, """
    shares = [size / 12 for size in sizes]
    loss = sum(share * one for share, one in zip(shares, losses))
    return loss, {name: sum(share * one[name] for share, one in zip(shares, gradients))
                  for name in gradients[0]}
"""),
    ("3 micro-batches", 2, """
    shares = [size / sum(sizes) for size in sizes]
    loss = sum(share * one for share, one in zip(shares, losses))
    return loss, {name: sum(share * one[name] for share, one in zip(shares, gradients))
                  for name in spec.SHAPES}
"""),
    ("3 micro-batches", 2, """
    shares = [size / sum(sizes) for size in sizes]
    for share, one in zip(shares, gradients):
        for name in one:
            one[name] = share * one[name]
    loss = sum(share * one for share, one in zip(shares, losses))
    return loss, {name: sum(one[name] for one in gradients) for name in gradients[0]}
"""),
    ("4 annotations", 3, "where = {}"),
    ("4 annotations", 3,
     'where = {"dense1.kernel": P("data", "tensor"), "conv2.bias": P("data")}'),
    ("4 annotations", 3,
     'where = {"dense1.kernel": P("data", "tensor"), "conv2.kernel": P()}'),
    ("4 annotations", 3,
     'where = {"dense1.kernel": P("data", "tensor"), "dense2.kernel": P("tensor", None)}'),
    ("4 annotations", 3,
     'where = {"dense1.kernel": P("tensor"), "conv2.kernel": P(None, None, "data", "tensor")}'),
    ("4 annotations", 3,
     'where = {"dense1.kernel": P(None, "tensor"), "dense2.kernel": P("tensor", None)}'),
    ("4 annotations", 3, 'where = {"dense1.kernel": P("data", "tensor")}'),
    ("4 annotations", 3,
     'where = {"dense1/kernel": P("data", "tensor"), "conv2/kernel": P(None, None, None, "data")}'),
    ("4 annotations", 3,
     'where = {"dense1.kernel": P("data", "data"), "conv2.kernel": P(None, None, None, "data")}'),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "ahead = min(stages - stage, micro_batches) -> ahead = min(micro_batches, stages - stage)":
        "the smaller of two, whichever is named before",
    'where = {"dense1.kernel": P("data", "tensor"), "conv2.kernel": P(None, None, None, "data")}'
    ' -> where = {"dense1.kernel": P("tensor", "data"),'
    ' "conv2.kernel": P(None, None, None, "data")}':
        "cut in four as well, along the other axis of the mesh",
    "for name in gradients[0]} -> for name in gradients[(-1)]}":
        "all micro-batches have the same names",
}
