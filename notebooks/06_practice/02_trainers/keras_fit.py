"""Keras's own loop, ``fit``, with the network of the Keras chapter's cells.

For ``cells.run("02_frameworks/03_keras", "06_practice/02_trainers/keras_fit:report", ...)``.
"""
import keras

from onecnn import ladder, mnist, spec


class InOrder(keras.utils.PyDataset):
    """The spec's batches of the epoch that ``Watch`` names. Keras asks for them by number."""

    def __init__(self):
        super().__init__()
        self.digits, self.epoch = mnist.load(), 0

    def __len__(self):
        return len(list(spec.batches(len(self.digits.train_labels), 0)))

    def __getitem__(self, number):
        chosen = list(spec.batches(len(self.digits.train_labels), self.epoch))[number]
        return self.digits.train_images[chosen], self.digits.train_labels[chosen]


class Watch(keras.callbacks.Callback):
    """What Keras logs after each batch, and the weights after each of the first ten."""

    def __init__(self, read_weights, data=None):
        super().__init__()
        self.read_weights, self.data, self.logged, self.path = read_weights, data, [], []

    def on_epoch_begin(self, epoch, logs=None):
        if self.data:
            self.data.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.logged.append(logs["loss"])
        if len(self.path) < ladder.STEP_COUNT:
            self.path.append(self.read_weights(self.model))


def of_each_batch(means):
    """Keras logs the mean of the epoch so far. The loss of one batch is what moved that mean."""
    sums = [mean * (number + 1) for number, mean in enumerate(means)]
    return [one - before for one, before in zip(sums, [0, *sums])]


def trained(functions, shuffle, epochs):
    """Fits the network; what the rung ``steps`` says, and what it says of the losses as logged."""
    model, data = functions.build(spec.initial_weights()), InOrder()
    watch = Watch(functions.read_weights, data)
    model.fit(data, epochs=epochs, shuffle=shuffle, verbose=0, callbacks=[watch])
    digits, first = mnist.load(), watch.logged[:ladder.STEP_COUNT]
    answers = functions.logits(model, digits.test_images).argmax(axis=1)
    rung, as_logged = (ladder.steps_rung(losses, watch.path)
                       for losses in (of_each_batch(first), first))
    return {"passed": rung.passed, "message": rung.message, "logged losses": as_logged.passed,
            "accuracy": float((answers == digits.test_labels).mean()), "steps": len(watch.logged)}


def batches_by_default(functions):
    """Steps of an epoch when ``fit`` gets arrays, and is told nothing but the batch's size."""
    model, watch = functions.build(spec.initial_weights()), Watch(functions.read_weights)
    digits = mnist.load()
    model.fit(digits.train_images, digits.train_labels, spec.BATCH, verbose=0, callbacks=[watch])
    return len(watch.logged)


def early_stop(functions, losses, patience):
    """After how many epochs Keras's EarlyStopping ends a training whose losses are ``losses``."""
    model = functions.build(spec.initial_weights())
    callback = keras.callbacks.EarlyStopping("watched", patience=patience, mode="min")
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"watched": loss})
        if model.stop_training:
            return epoch + 1
    return len(losses)


def report(functions, losses, patience):
    """All of the above."""
    return {"in order": trained(functions, False, spec.EPOCHS),
            "shuffled": trained(functions, True, 1),
            "batches by default": batches_by_default(functions),
            "stopped after": early_stop(functions, losses, patience)}


def schedules(functions, rate, steps):
    """The cosine schedule of Keras, of Optax and of TensorFlow, before each step. In a process of
    its own: Optax brings JAX."""
    import optax
    import tensorflow as tf

    ours = keras.optimizers.schedules.CosineDecay(rate, steps)
    theirs = optax.cosine_decay_schedule(rate, steps)
    return {"Keras": [float(ours(step)) for step in range(steps)],
            "Optax": [float(theirs(step)) for step in range(steps)],
            "TensorFlow": [float(tf.compat.v1.train.cosine_decay(rate, step, steps)())
                           for step in range(steps)]}
