"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 training step", 0, """
    with autograd.record():
        loss = loss_function(model(images), labels).mean()
    loss.backward()
    model.trainer.step(images.shape[0])
    return float(loss.asscalar())
"""),
    ("1 training step", 0, """
    with autograd.record():
        losses = loss_function(model(images), labels)
    losses.backward()
    model.trainer.step(1)
    return float(losses.mean().asscalar())
"""),
    ("1 training step", 0, """
    losses = loss_function(model(images), labels)
    losses.backward()
    model.trainer.step(images.shape[0])
    return float(losses.mean().asscalar())
"""),
    ("1 training step", 0, """
    with autograd.record():
        losses = loss_function(model(images), labels)
    losses.backward()
    model.trainer.step(images.shape[0])
    return losses.mean()
"""),
    ("1 training step", 0, """
    with autograd.record():
        losses = loss_function(model(images), labels)
    losses.backward()
    model.trainer.step(images.shape[0])
    return float(losses.sum().asscalar())
"""),
    ("2 python runs", 1, "python_runs = 6"),
    ("2 python runs", 1, "python_runs = 4"),
    ("2 python runs", 1, "python_runs = 2"),
    ("2 python runs", 1, "python_runs = 1"),
    ("3 symbolic head", 2, """
    x = mx.sym.relu(mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=64))
    return mx.sym.FullyConnected(x, num_hidden=10)
"""),
    ("3 symbolic head", 2, """
    x = mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=64, name="dense1")
    return mx.sym.FullyConnected(x, num_hidden=10, name="dense2")
"""),
    ("3 symbolic head", 2, """
    x = mx.sym.flatten(mx.sym.transpose(x, axes=(0, 2, 3, 1)))
    x = mx.sym.relu(mx.sym.FullyConnected(x, num_hidden=64, name="dense1"))
    return mx.sym.FullyConnected(x, num_hidden=10, name="dense2")
"""),
    ("3 symbolic head", 2, """
    x = mx.sym.relu(mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=64, name="dense1"))
    return mx.sym.softmax(mx.sym.FullyConnected(x, num_hidden=10, name="dense2"))
"""),
    ("3 symbolic head", 2, """
    x = nd.relu(nd.FullyConnected(nd.flatten(x), num_hidden=64, name="dense1"))
    return nd.FullyConnected(x, num_hidden=10, name="dense2")
"""),
    ("4 mended network", 3, """
    images, labels = nd.array(images, dtype=images.dtype), nd.array(labels)
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels)
    losses.backward()
    model.collect_params().zero_grad()
    return losses
"""),
    ("4 mended network", 3, """
    model.collect_params().zero_grad()
    images, labels = nd.array(images, dtype=images.dtype), nd.array(labels)
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels).mean()
    losses.backward()
    return losses
"""),
    ("4 mended network", 3, """
    model.collect_params().zero_grad()
    images, labels = nd.array(images, dtype=images.dtype), nd.array(labels)
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(nd.softmax(model(images)), labels)
    losses.backward()
    return losses
"""),
]
