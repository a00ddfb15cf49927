"""The loops that the frameworks' own documentation shows, for training and for inference, written
as each page writes them, for our network. ``audit.py`` runs them beside the chapters' functions.

Each function yields ``(name, page, run)``; ``run(n)`` takes n steps and returns when they are done.
The batch is already in the framework's own tensors, and nothing is read between the steps.

``kind``: ``"training"`` or ``"inference"``; ``batches``: pairs of images and labels, NumPy, which a
loop walks through again and again.
"""
from itertools import cycle, islice

import numpy as np

from onecnn import cells, spec

MOST = 100  # steps that a loop is asked for at once


def pytorch(batches, weights, kind):
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

        def train(steps):
            model.train()
            for x, y in islice(cycle(data), steps):
                loss = loss_fn(model(x), y)
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()

        def predict(steps):
            model.eval()
            with torch.inference_mode():
                for x, _ in islice(cycle(data), steps):
                    model(x)
        return train if kind == "training" else predict

    tuning = "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html"
    yield ("eager", "https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html"
           if kind == "training" else
           "https://docs.pytorch.org/docs/stable/generated/"
           "torch.autograd.grad_mode.inference_mode.html",
           loop())
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


def tensorflow(batches, weights, kind):
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

        @tf.function(**options)
        def call(images):
            return model(images, training=False)

        def train(steps):
            for x, y in islice(cycle(data), steps):
                loss = train_step(x, y)
            loss.numpy()

        def predict(steps):
            for x, _ in islice(cycle(data), steps):
                logits = call(x)
            logits.numpy()
        return train if kind == "training" else predict

    yield "tf.function", "https://www.tensorflow.org/tutorials/quickstart/advanced", loop()
    yield ("tf.function, XLA", "https://www.tensorflow.org/xla/tutorials/jit_compile",
           loop(jit_compile=True))


def keras(batches, weights, kind):
    import keras

    def network(**options):
        model = keras_network()
        model.compile(optimizer=keras.optimizers.SGD(spec.LEARNING_RATE, momentum=spec.MOMENTUM),
                      loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), **options)
        return model

    data = [(images.transpose(0, 2, 3, 1).copy(), labels) for images, labels in batches]
    batch = len(data[0][0])
    x, y = (np.concatenate(arrays) for arrays in zip(*islice(cycle(data), MOST)))

    def fit(**options):
        model = network(**options)
        return lambda steps: model.fit(x[:steps * batch], y[:steps * batch], batch_size=batch,
                                       verbose=0)

    def on_batch():
        model = network()

        def run(steps):
            for images, labels in islice(cycle(data), steps):
                model.train_on_batch(images, labels)
        return run

    def predict(one):
        model = network()

        def run(steps):
            for images, _ in islice(cycle(data), steps):
                one(model)(images)
        return run

    methods = "https://keras.io/api/models/model_training_apis/"
    if kind == "inference":
        large = network()
        yield ("predict", methods,
               lambda steps: large.predict(x[:steps * batch], batch_size=batch, verbose=0))
        yield "predict_on_batch", methods, predict(lambda model: model.predict_on_batch)
        return
    yield "fit", "https://keras.io/examples/vision/mnist_convnet/", fit()
    if keras.config.backend() != "torch":  # which refuses the option
        yield "fit, 5 steps an execution", methods, fit(steps_per_execution=5)
    yield "train_on_batch", methods, on_batch()


def jax(batches, weights, kind):
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

        @nnx.jit
        def pred_step(model, x):
            return model(x)

        def train(steps):
            for x, y in islice(cycle(data), steps):
                loss = train_step(model, optimizer, x, y)
            loss.block_until_ready()

        def predict(steps):
            for x, _ in islice(cycle(data), steps):
                logits = pred_step(model, x)
            logits.block_until_ready()
        return train if kind == "training" else predict

    def functional():
        graph, state = nnx.split(CNN(nnx.Rngs(0)))
        optimizer = optax.sgd(spec.LEARNING_RATE, spec.MOMENTUM)
        kept = [state, optimizer.init(state)]

        @jax.jit
        def update(params, opt_state, x, y):
            grads = jax.grad(lambda params: loss_fn(nnx.merge(graph, params), x, y))(params)
            updates, opt_state = optimizer.update(grads, opt_state)
            return optax.apply_updates(params, updates), opt_state

        @jax.jit
        def predictions(params, x):
            return nnx.merge(graph, params)(x)

        def train(steps):
            for x, y in islice(cycle(data), steps):
                kept[:] = update(*kept, x, y)
            jax.block_until_ready(kept)

        def predict(steps):
            for x, _ in islice(cycle(data), steps):
                logits = predictions(kept[0], x)
            logits.block_until_ready()
        return train if kind == "training" else predict

    yield "Flax NNX", "https://flax.readthedocs.io/en/latest/mnist_tutorial.html", with_nnx()
    yield ("jit of a pure function",
           "https://docs.jax.dev/en/latest/notebooks/neural_network_with_tfds_data.html",
           functional())


def mxnet(batches, weights, kind):
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

        def train(steps):
            for x, y in islice(cycle(data), steps):
                with autograd.record():
                    loss = softmax_cross_entropy(net(x), y)
                loss.backward()
                trainer.step(len(x))
            nd.waitall()

        def predict(steps):
            for x, _ in islice(cycle(data), steps):
                net(x)
            nd.waitall()
        return train if kind == "training" else predict

    page = (
        "https://mxnet.apache.org/versions/1.9.1/api/python/docs/tutorials/packages/gluon/blocks/hybridize.html")
    yield "hybridize", page, loop()
    yield "hybridize, static", page, loop(static_alloc=True, static_shape=True)


def chainer(batches, weights, kind):
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

        def train(steps):
            with chainer.using_config("type_check", checked):
                for images, labels in islice(cycle(batches), steps):
                    optimizer.update(model, images, labels)

        def predict(steps):
            with chainer.using_config("type_check", checked), \
                    chainer.using_config("train", False), chainer.no_backprop_mode():
                for images, _ in islice(cycle(batches), steps):
                    model.predictor(images)
        return train if kind == "training" else predict

    if kind == "training":
        yield ("optimizer.update", "https://docs.chainer.org/en/stable/examples/mnist.html",
               loop(True))
    else:
        yield ("no_backprop_mode", "https://docs.chainer.org/en/stable/reference/generated/"
               "chainer.no_backprop_mode.html", loop(True))
    yield "type checks off", "https://docs.chainer.org/en/stable/performance.html", loop(False)


def caffe(batches, weights, kind):
    # The solver is asked for all steps at once, as in Caffe's notebook.
    chapter = cells.functions("02_frameworks/05_caffe")
    model = chapter.build(weights)
    chapter.fill(model.net, data=batches[0][0], label=batches[0][1])
    chapter.fill(model.deploy, data=batches[0][0])
    page = "https://nbviewer.org/github/BVLC/caffe/blob/master/examples/01-learning-lenet.ipynb"

    def predict(steps):
        for _ in range(steps):
            model.deploy.forward()

    if kind == "training":
        yield "solver.step(n)", page, model.solver.step
    else:
        yield "net.forward", page, predict


def theano(batches, weights, kind):
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
        layer = T.dot(layer, w["dense2.weight"].T) + w["dense2.bias"]
        p_y = T.nnet.softmax(layer)
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

        test_model = theano.function([index], layer, givens={
            x: data_x[index * size:(index + 1) * size]})

        def run(steps):
            model = train_model if kind == "training" else test_model
            for number in range(steps):
                model(number % len(batches))
        return run

    yield "theano.function with givens", "http://deeplearning.net/tutorial/lenet.html", loop()


def tensorflow1(batches, weights, kind):
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
                session.run(train_step if kind == "training" else layer, feed_dict=feed)
        return run

    yield ("feed_dict",
           "https://github.com/tensorflow/docs/blob/r1.3/site/en/get_started/mnist/pros.md",
           loop(False))
    yield ("tf.data",
           "https://github.com/tensorflow/docs/blob/r1.13/site/en/guide/performance/overview.md",
           loop(True))


def torch7(batches, weights, kind):
    import torch

    chapter = cells.functions("01_history/04_torch7")
    model = chapter.build(weights)
    step = chapter.lua.eval("function(net, one_cnn, images, targets, n) "
                            "for i = 1, n do one_cnn.step(net, images, targets) end end")
    look = chapter.lua.eval("function(net, one_cnn, images, n) "
                            "for i = 1, n do one_cnn.logits(net, images) end end")
    images, targets = (chapter.wrap(torch.from_numpy(array))
                       for array in (batches[0][0], batches[0][1] + 1))
    page = "https://github.com/torch/demos/blob/master/train-a-digit-classifier/train-on-mnist.lua"
    if kind == "training":
        yield ("loop in Lua, optim.sgd", page,
               lambda steps: step(model, chapter.one_cnn, images, targets, steps))
    else:
        yield "loop in Lua", page, lambda steps: look(model, chapter.one_cnn, images, steps)
