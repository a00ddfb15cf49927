"""Is each chapter's ``train_step`` as fast as the loops that its framework's documentation shows?

By hand: ``PYTHONPATH=. .venv/bin/python notebooks/03_comparison/05_race/documented_loops.py``

Each loop below is written as its page writes it, for our network, with the batch already in the
framework's own tensors and no loss read between the steps; ``train_step`` starts from NumPy and
gives the loss back each time. Both run in one process, by turns, on one thread. glibc is told to
keep freed memory: otherwise it is chance which of the two pays for fresh pages.
"""
import argparse
import json
import statistics
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from onecnn import cells, mnist, networks, paths, race, spec

CHAPTER = "03_comparison/05_race"
FILE = paths.programs(CHAPTER) / "documented_loops.json"
STEPS, TURNS = 20, 15
ENOUGH = 0.95  # of the fastest documented loop
KEEP = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
WHY = {
    "Theano": "The tutorial's pool_2d hands the gradient to every pixel of a tie, which the rung "
              "gradients refuses; our four slices hand it to the first, and cost more.",
    "MXNet": "Each step copies its batch from NumPy and waits for the loss; the documented loop "
             "leaves the engine a queue.",
    "TensorFlow 1": "Each step is fed from NumPy and hands back the loss; the documented tf.data "
                    "fetches a batch ahead.",
    "Keras on tensorflow": "Two Permute layers carry digits with channels first; the documented "
                           "network has channels last.",
    "Keras on jax": "train_on_batch brings the state in and out of Keras's variables at each step; "
                    "fit does it once an epoch.",
}  # train_step is below ENOUGH because ...


def pytorch(batches, weights):
    """Yields ``(name, page, run)``; ``run(n)`` takes n steps and returns when they are done."""
    import torch
    from torch import nn

    def network():
        return nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3),
                             nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(800, 64),
                             nn.ReLU(), nn.Linear(64, 10))

    def loop(prepare=lambda model: model, **format):
        model, loss_fn = prepare(network().to(**format)), nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(model.parameters(),
                                    lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM)
        data = [(torch.from_numpy(images).to(**format), torch.from_numpy(labels))
                for images, labels in batches]

        def run(steps):
            model.train()
            for x, y in islice(cycle(data), steps):
                loss = loss_fn(model(x), y)
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
        return run

    tuning = "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html"
    yield ("eager",
           "https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html", loop())
    yield "channels last", tuning, loop(memory_format=torch.channels_last)
    yield "torch.compile", tuning, loop(torch.compile)
    yield "torch.compile, channels last", tuning, loop(torch.compile,
                                                       memory_format=torch.channels_last)


def keras_network():
    import keras

    layers = keras.layers
    return keras.Sequential([
        keras.Input((28, 28, 1)), layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
        layers.Dense(64, activation="relu"), layers.Dense(10)])


def tensorflow(batches, weights):
    import keras
    import tensorflow as tf

    data = [(tf.constant(images.transpose(0, 2, 3, 1)), tf.constant(labels))
            for images, labels in batches]

    def loop(**options):
        model = keras_network()
        loss_object = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        optimizer = keras.optimizers.SGD(spec.LEARNING_RATE, momentum=spec.MOMENTUM)

        @tf.function(**options)
        def train_step(images, labels):
            with tf.GradientTape() as tape:
                loss = loss_object(labels, model(images, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
            return loss

        def run(steps):
            for x, y in islice(cycle(data), steps):
                loss = train_step(x, y)
            loss.numpy()
        return run

    yield "tf.function", "https://www.tensorflow.org/tutorials/quickstart/advanced", loop()
    yield ("tf.function, XLA", "https://www.tensorflow.org/xla/tutorials/jit_compile",
           loop(jit_compile=True))


def keras(batches, weights):
    import keras

    def network(**options):
        model = keras_network()
        model.compile(optimizer=keras.optimizers.SGD(spec.LEARNING_RATE, momentum=spec.MOMENTUM),
                      loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), **options)
        return model

    data = [(images.transpose(0, 2, 3, 1).copy(), labels) for images, labels in batches]
    x, y = (np.concatenate(arrays) for arrays in zip(*islice(cycle(data), STEPS)))

    def fit(**options):
        model = network(**options)
        return lambda steps: model.fit(x, y, batch_size=len(data[0][0]), verbose=0)

    def on_batch():
        model = network()

        def run(steps):
            for images, labels in islice(cycle(data), steps):
                model.train_on_batch(images, labels)
        return run

    yield "fit", "https://keras.io/examples/vision/mnist_convnet/", fit()
    if keras.config.backend() != "torch":  # which refuses the option
        yield ("fit, 10 steps an execution", "https://keras.io/api/models/model_training_apis/",
               fit(steps_per_execution=10))
    yield "train_on_batch", "https://keras.io/api/models/model_training_apis/", on_batch()


def jax(batches, weights):
    import jax
    import jax.numpy as jnp
    import optax
    from flax import nnx

    data = [(jnp.array(images.transpose(0, 2, 3, 1)), jnp.array(labels))
            for images, labels in batches]

    class CNN(nnx.Module):
        def __init__(self, rngs):
            self.conv1 = nnx.Conv(1, 16, kernel_size=(3, 3), padding="VALID", rngs=rngs)
            self.conv2 = nnx.Conv(16, 32, kernel_size=(3, 3), padding="VALID", rngs=rngs)
            self.linear1, self.linear2 = (nnx.Linear(800, 64, rngs=rngs),
                                          nnx.Linear(64, 10, rngs=rngs))

        def __call__(self, x):
            x = nnx.max_pool(nnx.relu(self.conv1(x)), window_shape=(2, 2), strides=(2, 2))
            x = nnx.max_pool(nnx.relu(self.conv2(x)), window_shape=(2, 2), strides=(2, 2))
            return self.linear2(nnx.relu(self.linear1(x.reshape(x.shape[0], -1))))

    def loss_fn(model, x, y):
        return optax.softmax_cross_entropy_with_integer_labels(model(x), y).mean()

    def with_nnx():
        model = CNN(nnx.Rngs(0))
        optimizer = nnx.Optimizer(model, optax.sgd(spec.LEARNING_RATE, spec.MOMENTUM),
                                  wrt=nnx.Param)

        @nnx.jit
        def train_step(model, optimizer, x, y):
            loss, grads = nnx.value_and_grad(loss_fn)(model, x, y)
            optimizer.update(model, grads)
            return loss

        def run(steps):
            for x, y in islice(cycle(data), steps):
                loss = train_step(model, optimizer, x, y)
            loss.block_until_ready()
        return run

    def functional():
        graph, state = nnx.split(CNN(nnx.Rngs(0)))
        optimizer = optax.sgd(spec.LEARNING_RATE, spec.MOMENTUM)
        kept = [state, optimizer.init(state)]

        @jax.jit
        def update(params, opt_state, x, y):
            grads = jax.grad(lambda params: loss_fn(nnx.merge(graph, params), x, y))(params)
            updates, opt_state = optimizer.update(grads, opt_state)
            return optax.apply_updates(params, updates), opt_state

        def run(steps):
            for x, y in islice(cycle(data), steps):
                kept[:] = update(*kept, x, y)
            jax.block_until_ready(kept)
        return run

    yield "Flax NNX", "https://flax.readthedocs.io/en/latest/mnist_tutorial.html", with_nnx()
    yield ("jit of a pure update",
           "https://docs.jax.dev/en/latest/notebooks/neural_network_with_tfds_data.html",
           functional())


def mxnet(batches, weights):
    from mxnet import autograd, gluon, init, nd
    from mxnet.gluon import nn

    data = [(nd.array(images), nd.array(labels)) for images, labels in batches]

    def loop(**options):
        net = nn.HybridSequential()
        net.add(nn.Conv2D(16, 3, activation="relu"),
                nn.MaxPool2D(2), nn.Conv2D(32, 3, activation="relu"), nn.MaxPool2D(2), nn.Flatten(),
                nn.Dense(64, activation="relu"), nn.Dense(10))
        net.initialize(init=init.Xavier())
        net.hybridize(**options)
        softmax_cross_entropy = gluon.loss.SoftmaxCrossEntropyLoss()
        trainer = gluon.Trainer(net.collect_params(), "sgd",
                                {"learning_rate": spec.LEARNING_RATE, "momentum": spec.MOMENTUM})

        def run(steps):
            for x, y in islice(cycle(data), steps):
                with autograd.record():
                    loss = softmax_cross_entropy(net(x), y)
                loss.backward()
                trainer.step(len(x))
            nd.waitall()
        return run

    page = (
        "https://mxnet.apache.org/versions/1.9.1/api/python/docs/tutorials/packages/gluon/blocks/hybridize.html")
    yield "hybridize", page, loop()
    yield "hybridize, static", page, loop(static_alloc=True, static_shape=True)


def chainer(batches, weights):
    import chainer
    import chainer.functions as F
    import chainer.links as L

    class CNN(chainer.Chain):
        def __init__(self):
            super().__init__()
            with self.init_scope():
                self.conv1, self.conv2 = L.Convolution2D(None, 16, 3), L.Convolution2D(None, 32, 3)
                self.l1, self.l2 = L.Linear(None, 64), L.Linear(None, 10)

        def forward(self, x):
            x = F.max_pooling_2d(F.relu(self.conv1(x)), 2, cover_all=False)
            x = F.max_pooling_2d(F.relu(self.conv2(x)), 2, cover_all=False)
            return self.l2(F.relu(self.l1(x)))

    def loop(checked):
        model = L.Classifier(CNN())
        optimizer = chainer.optimizers.MomentumSGD(
            lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM).setup(model)

        def run(steps):
            with chainer.using_config("type_check", checked):
                for images, labels in islice(cycle(batches), steps):
                    optimizer.update(model, images, labels)
        return run

    yield "optimizer.update", "https://docs.chainer.org/en/stable/examples/mnist.html", loop(True)
    yield "type checks off", "https://docs.chainer.org/en/stable/performance.html", loop(False)


def caffe(batches, weights):
    # The solver is asked for all steps at once, as in Caffe's notebook.
    chapter = cells.functions("02_frameworks/05_caffe")
    model = chapter.build(weights)
    chapter.fill(model.net, data=batches[0][0], label=batches[0][1])
    page = "https://nbviewer.org/github/BVLC/caffe/blob/master/examples/01-learning-lenet.ipynb"
    yield "solver.step(n)", page, model.solver.step


def theano(batches, weights):
    import theano
    import theano.tensor as T
    from theano.tensor.nnet import conv2d
    from theano.tensor.signal.pool import pool_2d

    def loop():
        w = {name: theano.shared(value) for name, value in weights.items()}
        data_x, data_y = (theano.shared(np.concatenate(arrays), borrow=True)
                          for arrays in zip(*batches))
        x, y, index = T.tensor4("x"), T.lvector("y"), T.lscalar("index")
        layer = x
        for name in ("conv1", "conv2"):
            kernels = w[f"{name}.weight"]
            layer = conv2d(layer, kernels, filter_shape=spec.SHAPES[f"{name}.weight"])
            layer = pool_2d(layer, (2, 2), ignore_border=True)
            layer = T.nnet.relu(layer + w[f"{name}.bias"].dimshuffle("x", 0, "x", "x"))
        layer = T.nnet.relu(T.dot(layer.flatten(2), w["dense1.weight"].T) + w["dense1.bias"])
        p_y = T.nnet.softmax(T.dot(layer, w["dense2.weight"].T) + w["dense2.bias"])
        cost = -T.mean(T.log(p_y)[T.arange(y.shape[0]), y])
        updates = []
        for param, grad in zip(w.values(), T.grad(cost, list(w.values()))):
            velocity = theano.shared(np.zeros_like(param.get_value()))
            faster = np.float32(spec.MOMENTUM) * velocity + grad
            updates += [(velocity, faster),
                        (param, param - np.float32(spec.LEARNING_RATE) * faster)]
        size = len(batches[0][0])
        train_model = theano.function([index], cost, updates=updates, givens={
            x: data_x[index * size:(index + 1) * size], y: data_y[index * size:(index + 1) * size]})

        def run(steps):
            for number in range(steps):
                train_model(number % len(batches))
        return run

    yield "theano.function with givens", "http://deeplearning.net/tutorial/lenet.html", loop()


def tensorflow1(batches, weights):
    import tensorflow.compat.v1 as tf

    def loop(dataset):
        graph = tf.Graph()
        with graph.as_default():
            values = [(images.transpose(0, 2, 3, 1), labels) for images, labels in batches]
            if dataset:
                data = tf.data.Dataset.from_tensor_slices(
                    tuple(np.concatenate(arrays) for arrays in zip(*values)))
                data = data.batch(len(values[0][0])).repeat().prefetch(1)
                x, y = tf.data.make_one_shot_iterator(data).get_next()
                feeds = [None]
            else:
                x, y = (tf.placeholder(tf.float32, [None, 28, 28, 1]),
                        tf.placeholder(tf.int64, [None]))
                feeds = [{x: images, y: labels} for images, labels in values]
            layer = x
            for kernel in ([3, 3, 1, 16], [3, 3, 16, 32]):
                w, b = (tf.Variable(tf.truncated_normal(kernel, stddev=0.1)),
                        tf.Variable(tf.constant(0.1, shape=[kernel[-1]])))
                layer = tf.nn.conv2d(layer, w, strides=[1, 1, 1, 1], padding="VALID")
                layer = tf.nn.relu(layer + b)
                layer = tf.nn.max_pool(layer, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1],
                                       padding="VALID")
            layer = tf.reshape(layer, [-1, 800])
            for number, (rows, columns) in enumerate(([800, 64], [64, 10])):
                w, b = (tf.Variable(tf.truncated_normal([rows, columns], stddev=0.1)),
                        tf.Variable(tf.zeros([columns])))
                layer = tf.matmul(layer, w) + b
                layer = layer if number else tf.nn.relu(layer)
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=layer))
            train_step = tf.train.MomentumOptimizer(spec.LEARNING_RATE,
                                                    spec.MOMENTUM).minimize(loss)
            session = tf.Session(graph=graph)
            session.run(tf.global_variables_initializer())

        def run(steps):
            for feed in islice(cycle(feeds), steps):
                session.run(train_step, feed_dict=feed)
        return run

    yield ("feed_dict",
           "https://github.com/tensorflow/docs/blob/r1.3/site/en/get_started/mnist/pros.md",
           loop(False))
    yield ("tf.data",
           "https://github.com/tensorflow/docs/blob/r1.13/site/en/guide/performance/overview.md",
           loop(True))


def torch7(batches, weights):
    import torch

    chapter = cells.functions("01_history/04_torch7")
    model = chapter.build(weights)
    step = chapter.lua.eval("function(net, one_cnn, images, targets, n) "
                            "for i = 1, n do one_cnn.step(net, images, targets) end end")
    batch = [chapter.wrap(torch.from_numpy(array)) for array in (batches[0][0], batches[0][1] + 1)]
    yield ("loop in Lua, optim.sgd",
           "https://github.com/torch/demos/blob/master/train-a-digit-classifier/train-on-mnist.lua",
           lambda steps: step(model, chapter.one_cnn, *batch, steps))


def compare(functions, key: str, batch: int, turns: int = TURNS) -> dict:
    """Milliseconds a step of ``train_step`` and of each documented loop, median of the turns, in
    this process."""
    digits = mnist.load()
    batches = [(digits.train_images[start:start + batch], digits.train_labels[start:start + batch])
               for start in range(0, len(digits.train_labels) - batch + 1, batch)]
    model = functions.build(spec.initial_weights())

    def ours(steps):
        for images, labels in islice(cycle(batches), steps):
            functions.train_step(model, images, labels)

    loops = [("train_step", "", ours), *globals()[key](batches, spec.initial_weights())]
    first, times = {}, {name: [] for name, _, _ in loops}
    for name, _, run in loops:
        first[name] = -time.perf_counter()
        run(STEPS)
        first[name] += time.perf_counter()
    for turn in range(turns):
        for name, _, run in loops[turn % len(loops):] + loops[:turn % len(loops)]:
            start = time.perf_counter()
            run(STEPS)
            times[name].append((time.perf_counter() - start) / STEPS * 1000)
    return {name: {"page": page, "first seconds": first[name], "ms": times[name]}
            for name, page, _ in loops}


def share(loops: dict) -> float:
    """Throughput of ``train_step`` divided by the fastest documented loop's: the median of the
    quotients, turn by turn."""
    ours = loops["train_step"]["ms"]
    fastest = min((loop["ms"] for name, loop in loops.items() if name != "train_step"),
                  key=statistics.median)
    return statistics.median(other / own for own, other in zip(ours, fastest))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="documented_loops.py",
                                     description=__doc__.split("\n\n")[0])
    parser.add_argument("keys", nargs="*", help="of the race's frameworks (default: all but NumPy)")
    parser.add_argument("--batch", type=int, default=spec.BATCH)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    results, stamp = {}, race.conditions(1, [options.batch], 0)
    with race._held_to(1):
        for runner in networks.choose(options.keys
                                      or [key for key in networks.FRAMEWORKS if key != "numpy"]):
            loops = results[runner.name] = cells.run(
                runner.notebook, f"{CHAPTER}/documented_loops:compare", key=runner.framework,
                batch=options.batch, env={**runner.env, **KEEP})
            print(f"{runner.name:<20} {share(loops):.2f}  "
                  + "; ".join(f"{name} {statistics.median(loop['ms']):.2f}"
                              for name, loop in loops.items()), flush=True)
    if options.out:
        paths.write_atomically(options.out, lambda stream: stream.write((json.dumps(
            {"conditions": stamp, "results": results, "why": WHY}, indent=1) + "\n").encode()))
    return 0 if all(share(loops) >= ENOUGH for loops in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
