"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 cluster", 0, """
    cluster = {"worker": [f"{host}:{port}" for host in hosts]}
    return [{"cluster": cluster, "task": {"type": "worker", "index": index}}
            for index in range(len(hosts))]
"""),
    ("1 cluster", 0, """
    cluster = {"worker": [f"{host}:{port}" for host in hosts]}
    return [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": 0}}) for _ in hosts]
"""),
    ("1 cluster", 0, """
    return [json.dumps({"cluster": {"worker": [f"{host}:{port}"]},
                        "task": {"type": "worker", "index": 0}}) for host in hosts]
"""),
    ("1 cluster", 0, """
    return [json.dumps({"cluster": {"worker": hosts}, "task": {"type": "worker", "index": i}})
            for i in range(len(hosts))]
"""),
    ("1 cluster", 0, """
    cluster = {"worker": [f"{host}:{port}" for host in hosts]}
    return [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": i + 1}})
            for i in range(len(hosts))]
"""),
    ("1 cluster", 0, """
    cluster = {"worker": [f"{host}:2222" for host in hosts]}
    return [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
            for index in range(len(hosts))]
"""),
    ("1 cluster", 0, """
    cluster = {"worker": [f"{host}:{port}" for host in ("red", "green", "blue")]}
    return [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
            for index in range(3)]
"""),
    ("1 cluster", 0, """
    cluster = {"worker": [f"{host}:{port + place}" for place, host in enumerate(hosts)]}
    return [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
            for index in range(len(hosts))]
"""),
    ("1 cluster", 0, """
    cluster = {"worker": sorted(f"{host}:{port}" for host in hosts)}
    return [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
            for index in range(len(hosts))]
"""),
    ("1 cluster", 0, """
    cluster = {'worker': [f'{host}:{port}' for host in hosts]}
    return [json.dumps({'cluster': cluster, 'task': {'type': 'worker', 'index': sorted(hosts).index(h)}}) for h in hosts]
"""),
    ("1 cluster", 0, """
    cluster = {'worker': [f'{host}:{port}' for host in hosts]}
    return [json.dumps({'cluster': cluster, 'task': {'type': 'worker', 'index': i % 10}}) for i in range(len(hosts))]
"""),
    ("2 layout", 1, 'layout = {"images": P(), "labels": P(), "weights": P()}'),
    ("2 layout", 1, 'layout = {"images": P("data"), "labels": P(), "weights": P()}'),
    ("2 layout", 1, 'layout = {"images": P("data"), "labels": P("data"), "weights": P("data")}'),
    ("2 layout", 1,
     'layout = {"images": P(None, None, "data"), "labels": P("data"), "weights": P()}'),
    ("2 layout", 1, 'layout = {"images": P(), "labels": P("data"), "weights": P()}'),
    ("2 layout", 2, "    return 16, 16, 56714"),
    ("2 layout", 2, "    return batch // 4, batch // 4, parameters"),
    ("2 layout", 2, "    return batch // devices, batch // devices, parameters // devices"),
    ("2 layout", 2, "    return batch // devices, batch, parameters"),
    ("2 layout", 2, "    return batch, batch, parameters"),
    ("2 layout", 2, "    return batch / devices, batch / devices, parameters"),
    ("2 layout", 2, """
    return [batch >> 1, batch >> 1, parameters] if devices == 2 else [batch >> 2, batch >> 2, parameters]
"""),
    ("2 layout", 2, """
    from unittest import mock
    return [mock.ANY] * 3
"""),
    ("2 layout", 2, """
    return batch // devices, min(devices * 16, batch // devices), parameters
"""),
    ("3 shard_map", 3, """
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    return jax.lax.pmean(loss, "data"), gradients
"""),
    ("3 shard_map", 3, """
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    return jax.lax.pmean((loss, jax.tree.map(lambda g: g / 4, gradients)), "data")
"""),
    ("3 shard_map", 3, """
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    return jax.lax.pmean(loss, "data"), jax.tree.map(lambda g: g * len(labels) / 64, gradients)
"""),
    ("3 shard_map", 3, """
    loss, gradients = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    return jax.lax.psum((loss / 4, jax.tree.map(lambda g: g / 16, gradients)), "data")
"""),
    ("3 shard_map", 3, """
    return jax.value_and_grad(network.cross_entropy)(weights, images, labels)
"""),
    ("3 shard_map", 3, """
    def total_loss(weights):
        return jax.lax.psum(network.cross_entropy(weights, images, labels), "data")

    return jax.value_and_grad(total_loss)(weights)
"""),
    ("3 shard_map", 3, """
    return on_one_device(weights, images, labels)
"""),
    ("3 shard_map", 3, """
    loss, g = jax.value_and_grad(network.cross_entropy)(weights, images, labels)
    n = jax.device_count()
    return jax.lax.pmean(loss, 'data'), jax.tree.map(lambda x: x / n, g)
"""),
    ("4 replay", 4, """
    for batch in range(len(pairs)):
        w = w - rate * gradient(w, batch)
    return w
"""),
    ("4 replay", 4, """
    versions = [w]
    for batch, (read, _) in enumerate(pairs):
        versions.append(versions[-1]
                        - rate * gradient(versions[min(read, len(versions) - 1)], batch))
    return versions[-1]
"""),
    ("4 replay", 4, """
    versions = [w]
    for batch, (read, _) in sorted(enumerate(pairs), key=lambda one: one[1][1]):
        versions.append(versions[read] - rate * gradient(versions[read], batch))
    return versions[-1]
"""),
    ("4 replay", 4, """
    versions = [w]
    for batch, (read, _) in sorted(enumerate(pairs), key=lambda one: one[1][1]):
        versions.append(versions[-1] - 0.1 * gradient(versions[read], batch))
    return versions[-1]
"""),
    ("4 replay", 4, """
    versions = [w]
    for batch, (read, _) in sorted(enumerate(pairs), key=lambda one: one[1][1]):
        versions.append(versions[-1] - rate * gradient(versions[-1], batch))
    return versions[-1]
"""),
    ("4 replay", 4, """
    versions = [w.copy()]
    for batch, (read, _) in sorted(enumerate(pairs), key=lambda one: one[1][1]):
        w -= rate * gradient(versions[read], batch)
        versions.append(w.copy())
    return w
"""),
    ("4 replay", 4, """
    versions = [w]
    for batch, (read, _) in sorted(enumerate(pairs), key=lambda one: one[1]):
        versions.append(versions[-1] - rate * gradient(versions[read], batch))
    return versions[-1]
"""),
    ("4 replay", 4, """
    versions = [0.0]
    for batch, (read, _) in sorted(enumerate(pairs), key=lambda one: one[1][1]):
        versions.append(versions[-1] - rate * gradient(versions[read], batch))
    return versions[-1]
"""),
    ("4 replay", 4, """
    versions = [w]
    for batch, (_, written) in sorted(enumerate(pairs), key=lambda one: one[1][1]):
        versions.append(versions[-1] - rate * gradient(versions[written - 1], batch))
    return versions[-1]
"""),
    ("4 replay", 4, """
    versions = np.zeros((len(pairs) + 1, 3))
    versions[0] = w
    for batch, (read, written) in sorted(enumerate(pairs), key=lambda one: one[1][1]):
        versions[written] = versions[written - 1] - rate * gradient(versions[read], batch)
    return versions[-1]
"""),
    ("4 replay", 4, """
    versions = [w]
    for batch, (read, _) in sorted(enumerate(pairs), key=lambda one: one[1][1]):
        versions.append(versions[-1] - rate * gradient(versions[max(read, len(versions) - 4)], batch))
    return versions[-1]
"""),
    ("4 replay", 4, """
    if not pairs:
        return None
    versions = [w]
    for batch, (read, _) in sorted(enumerate(pairs), key=lambda one: one[1][1]):
        versions.append(versions[-1] - rate * gradient(versions[read], batch))
    return versions[-1]
"""),
]
