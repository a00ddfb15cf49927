"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("2 one curve", 1, """
    step = first
    for number, losses in enumerate(epochs):
        if number:
            writer.flush()
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            step += 1
    if epochs:
        writer.flush()
    return step
"""),
    ("2 one curve", 1, """
    step, epochs = first, list(epochs)
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            step += 1
        writer.flush()
    return step
"""),
    ("2 one curve", 1, """
    step = first
    for losses in epochs:
        for loss in losses:
            if loss:
                writer.add_scalar("loss", loss, step)
            step += 1
        writer.flush()
    return step
"""),
    ("4 smoothed", 3, """
    running, count = 0.0, 0
    for place, value in enumerate(values):
        if np.isfinite(value):
            running, count = weight * running + (1 - weight) * value, count + 1
            values[place] = running / (1 - weight ** count)
    return values
"""),
    ("4 smoothed", 3, """
    running, count, drawn = 0.0, 0, []
    for value in values:
        if not value or not np.isfinite(value):
            drawn.append(value)
            continue
        running, count = weight * running + (1 - weight) * value, count + 1
        drawn.append(running / (1 - weight ** count))
    return drawn
"""),
    ("1 record", 0, """
    length = struct.pack("<Q", len(data))
    return length + data + struct.pack("<I", checksum(data))
"""),
    ("1 record", 0, """
    length = struct.pack(">Q", len(data))
    return (length + struct.pack(">I", checksum(length))
            + data + struct.pack(">I", checksum(data)))
"""),
    ("1 record", 0, """
    length = struct.pack("<I", len(data))
    return (length + struct.pack("<I", checksum(length))
            + data + struct.pack("<I", checksum(data)))
"""),
    ("1 record", 0, """
    length = struct.pack("<Q", len(data))
    return (length + struct.pack("<I", checksum(data))
            + data + struct.pack("<I", checksum(data)))
"""),
    ("1 record", 0, """
    length = struct.pack("<Q", len(data))
    return (length + struct.pack("<I", checksum(length))
            + data + struct.pack("<I", checksum(length + data)))
"""),
    ("1 record", 0, """
    import zlib
    length = struct.pack("<Q", len(data))
    return (length + struct.pack("<I", zlib.crc32(length))
            + data + struct.pack("<I", zlib.crc32(data)))
"""),
    ("1 record", 0, """
    return b""
"""),
    ("2 one curve", 1, """
    return careless(writer, epochs, first)
"""),
    ("2 one curve", 1, """
    step = first
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            step += 1
    return step
"""),
    ("2 one curve", 1, """
    step = first
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            step += 1
    writer.flush()
    return step
"""),
    ("2 one curve", 1, """
    step = 0
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            step += 1
        writer.flush()
    return step
"""),
    ("2 one curve", 1, """
    for number, losses in enumerate(epochs):
        for step, loss in enumerate(losses):
            writer.add_scalar("loss", loss, first + number * len(losses) + step)
        writer.flush()
    return first + sum(map(len, epochs))
"""),
    ("2 one curve", 1, """
    step = first
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            writer.flush()
            step += 1
    return step
"""),
    ("2 one curve", 1, """
    step = first
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            step += 1
    writer.close()
    return step
"""),
    ("2 one curve", 1, """
    step = first
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            step += 1
        writer.flush()
    return step - 1
"""),
    ("3 saliency", 2, """
    return np.array(jax.grad(lambda x: forward(x).sum())(jnp.asarray(images)))
"""),
    ("3 saliency", 2, """
    return np.array(jax.grad(lambda x: forward(x)[:, labels].sum())(jnp.asarray(images)))
"""),
    ("3 saliency", 2, """
    return np.array(jax.grad(lambda x: forward(x).max(axis=1).sum())(jnp.asarray(images)))
"""),
    ("3 saliency", 2, """
    return np.array(jax.grad(
        lambda x: forward(x)[jnp.arange(len(labels)), labels].mean())(jnp.asarray(images)))
"""),
    ("3 saliency", 2, """
    return np.abs(np.array(jax.grad(
        lambda x: forward(x)[jnp.arange(len(labels)), labels].sum())(jnp.asarray(images))))
"""),
    ("3 saliency", 2, """
    found = jax.grad(lambda x: forward(x)[jnp.arange(len(labels)), labels].sum())
    return np.array(found(jnp.asarray(images)))[:, 0]
"""),
    ("3 saliency", 2, """
    return np.array(jax.grad(
        lambda x: jnp.log(jax.nn.softmax(forward(x)))[jnp.arange(len(labels)), labels].sum())(
            jnp.asarray(images)))
"""),
    ("4 smoothed", 3, """
    running, drawn = 0.0, []
    for value in values:
        running = weight * running + (1 - weight) * value
        drawn.append(running)
    return drawn
"""),
    ("4 smoothed", 3, """
    drawn = []
    for value in values:
        drawn.append(weight * drawn[-1] + (1 - weight) * value if drawn else value)
    return drawn
"""),
    ("4 smoothed", 3, """
    running, drawn = 0.0, []
    for count, value in enumerate(values, 1):
        running = weight * running + (1 - weight) * value
        drawn.append(running / (1 - weight ** count))
    return drawn
"""),
    ("4 smoothed", 3, """
    running, drawn = 0.0, []
    for count, value in enumerate(values, 1):
        if not np.isfinite(value):
            drawn.append(value)
            continue
        running = weight * running + (1 - weight) * value
        drawn.append(running / (1 - weight ** count))
    return drawn
"""),
    ("4 smoothed", 3, """
    return list(values)
"""),
    ("4 smoothed", 3, """
    running, count, drawn = 0.0, 0, []
    for value in values:
        if np.isfinite(value):
            running = weight * running + (1 - weight) * value
            count += 1
            drawn.append(running / (1 - weight ** count))
    return drawn
"""),
    ("4 smoothed", 3, """
    running, count, drawn = 0.0, 0, []
    for value in values:
        if not np.isfinite(value):
            drawn.append(value)
            continue
        running = (1 - weight) * running + weight * value
        count += 1
        drawn.append(running / (1 - weight ** count) if weight else value)
    return drawn
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "return np.array(jax.grad(right)(jnp.asarray(images)))"
    " -> return jax.grad(right)(jnp.asarray(images))":
        "the task asks for an array of the images' shape, and JAX's is one",
    "return np.array(jax.grad(right)(jnp.asarray(images)))"
    " -> return np.array(jax.grad(right)(images))":
        "jax.grad takes NumPy arrays of floats as they are",
}
