"""Gluon's own loop, ``Estimator.fit``, with the network of the MXNet chapter's cells.

For ``cells.run("02_frameworks/04_mxnet", "06_practice/02_trainers/gluon_fit:report")``.
"""
import logging

import mxnet
from mxnet import gluon
from mxnet.gluon.contrib.estimator import Estimator, event_handler

from onecnn import ladder, mnist, spec


class Watch(event_handler.BatchEnd):
    """The mean loss of each batch, and the weights after it."""

    def __init__(self, read_weights):
        self.read_weights, self.losses, self.path = read_weights, [], []

    def batch_end(self, estimator, *_, loss, **__):
        self.losses.append(float(loss[0].mean().asscalar()))  # a list: one for each device
        self.path.append(self.read_weights(estimator.net))


def report(functions):
    """What the rung ``steps`` says of ten batches."""
    digits, model = mnist.load(), functions.build(spec.initial_weights())
    order = list(spec.batches(len(digits.train_labels), 0))[:ladder.STEP_COUNT]
    data = gluon.data.ArrayDataset(digits.train_images, digits.train_labels.astype("float32"))
    loader = gluon.data.DataLoader(data, batch_sampler=[batch.tolist() for batch in order])
    watch = Watch(functions.read_weights)
    estimator = Estimator(model, functions.softmax_cross_entropy, trainer=model.trainer,
                          context=mxnet.cpu())
    estimator.logger.setLevel(logging.WARNING)
    estimator.fit(loader, epochs=1, event_handlers=[watch])
    rung = ladder.steps_rung(watch.losses, watch.path)
    return {"version": mxnet.__version__, "passed": rung.passed, "message": rung.message}
