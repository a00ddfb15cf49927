"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""


def step(record="losses = gluon_cnn.softmax_cross_entropy(model(images), labels)",
         move="model.trainer.step(images.shape[0])", give="float(losses.mean().asscalar())"):
    return (f"    with autograd.record():\n        {record}\n    losses.backward()\n"
            f"    {move}\n    return {give}")


def runs(letters):
    return f"python_runs = {[letter == 'T' for letter in letters]}"


WRONG = [
    ("1 training step", 0, step(
        record="losses = gluon_cnn.softmax_cross_entropy(model(images), labels).mean()")),
    ("1 training step", 0, step(move="model.trainer.step(1)")),
    ("1 training step", 0, step(move="model.trainer.step(64)")),
    ("1 training step", 0, step(move="pass")),
    ("1 training step", 0, step(give="losses.mean()")),
    ("1 training step", 0, step(give="float(losses.sum().asscalar())")),
    ("1 training step", 0, step(give="float(losses[0].asscalar())")),
    ("1 training step", 0, step(move="model.trainer.step(images.shape[1])")),
    ("1 training step", 0, """
    losses = gluon_cnn.softmax_cross_entropy(model(images), labels)
    losses.backward()
    model.trainer.step(images.shape[0])
    return float(losses.mean().asscalar())
"""),
    ("1 training step", 0, """
    model.trainer = mx.gluon.Trainer(model.collect_params(), "sgd", {"learning_rate": 0.5})
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels)
    losses.backward()
    model.trainer.step(images.shape[0])
    return float(losses.mean().asscalar())
"""),
    ("1 training step", 0, """
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels)
    losses.backward()
    for p in model.collect_params().values():
        p.grad()[:] = nd.clip(p.grad(), -5, 5)
    model.trainer.step(images.shape[0])
    return losses.mean().asscalar()
"""),
    ("1 training step", 0, """
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels)
    losses.backward()
    model.trainer.step(images.size // 4)
    return losses.mean().asscalar()
"""),
    ("2 python runs", 1, runs("TTTTTTTT")),
    ("2 python runs", 1, runs("TTFFFFFF")),
    ("2 python runs", 1, runs("TTTFTTTT")),
    ("2 python runs", 1, runs("TTTFFFFF")),
    ("2 python runs", 1, runs("TTTFFTFF")),
    ("2 python runs", 1, runs("TTTFFFFT")),
    ("2 python runs", 1, runs("TFTFFTFT")),
    ("2 python runs", 1, "python_runs = 5"),
    ("2 python runs", 1, """
from unittest.mock import ANY
python_runs = [ANY] * 8
"""),
    ("3 symbolic head", 2, """
    x = mx.sym.relu(mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=hidden))
    return mx.sym.FullyConnected(x, num_hidden=classes)
"""),
    ("3 symbolic head", 2, """
    x = mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=hidden, name="dense1")
    return mx.sym.FullyConnected(x, num_hidden=classes, name="dense2")
"""),
    ("3 symbolic head", 2, """
    x = mx.sym.flatten(mx.sym.transpose(x, axes=(0, 2, 3, 1)))
    x = mx.sym.relu(mx.sym.FullyConnected(x, num_hidden=hidden, name="dense1"))
    return mx.sym.FullyConnected(x, num_hidden=classes, name="dense2")
"""),
    ("3 symbolic head", 2, """
    x = mx.sym.relu(mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=hidden, name="dense1"))
    return mx.sym.softmax(mx.sym.FullyConnected(x, num_hidden=classes, name="dense2"))
"""),
    ("3 symbolic head", 2, """
    x = nd.relu(nd.FullyConnected(nd.flatten(x), num_hidden=hidden, name="dense1"))
    return nd.FullyConnected(x, num_hidden=classes, name="dense2")
"""),
    ("3 symbolic head", 2, """
    x = mx.sym.relu(mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=64, name="dense1"))
    return mx.sym.FullyConnected(x, num_hidden=10, name="dense2")
"""),
    ("3 symbolic head", 2, """
    x = mx.sym.relu(mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=hidden, name="dense1"))
    return mx.sym.relu(mx.sym.FullyConnected(x, num_hidden=classes, name="dense2"))
"""),
    ("3 symbolic head", 2, """
    x = mx.sym.relu(mx.sym.FullyConnected(x, num_hidden=classes, name="dense1"))
    return mx.sym.FullyConnected(x, num_hidden=hidden, name="dense2")
"""),
    ("3 symbolic head", 2, """
    x = mx.sym.relu(mx.sym.FullyConnected(x, num_hidden=hidden, no_bias=True, name="dense1"))
    return mx.sym.FullyConnected(x, num_hidden=classes, name="dense2")
"""),
    ("4 mended network", 3, """
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels)
    losses.backward()
    model.collect_params().zero_grad()
    return losses
"""),
    ("4 mended network", 3, """
    model.collect_params().zero_grad()
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels).mean()
    losses.backward()
    return losses
"""),
    ("4 mended network", 3, """
    model.collect_params().zero_grad()
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(nd.softmax(model(images)), labels)
    losses.backward()
    return losses
"""),
    ("4 mended network", 3, """
    model.collect_params().setattr("grad_req", "write")
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels)
    losses.backward()
    return losses
"""),
    ("4 mended network", 3, """
    return record_and_walk_back(model, images, labels)
"""),
    ("4 mended network", 3, """
    model.collect_params().zero_grad()
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels)
    return losses
"""),
]
