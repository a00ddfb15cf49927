# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: Keras
#
# Four tasks on [the Keras notebook](../../notebooks/02_frameworks/03_keras.ipynb), about 35
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way*
# unfolds below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import logging
import os
import tempfile
import zipfile

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras

from onecnn import cells, checks, ladder, mnist, reference, spec

# Several sizes of batches and networks: TensorFlow would warn that it traces a graph for each.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
digits = mnist.load()
keras_cnn = cells.functions("02_frameworks/03_keras")

# %% [markdown]
# ## 1. The recipe (complete)
#
# `prepare` shall compile a network for the course's recipe: SGD with the given rate and momentum
# (the plain one, not Nesterov's), and the cross-entropy, mean over the batch, that fits integer
# labels and a last layer without activation.


# %%
def prepare(model, rate, momentum):
    ### BEGIN SOLUTION
    model.compile(
        optimizer=keras.optimizers.SGD(rate, momentum=momentum),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    ### END SOLUTION


# %% [markdown]
# The check knows the loss and the gradients of one dense layer by a formula.


# %%
def by_formula(kernel, bias, x, labels):
    scores = x @ kernel + bias
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(chances[np.arange(len(x)), labels]).mean()
    too_much = (chances - np.eye(len(bias))[labels]) / len(x)
    return loss, x.T @ too_much, too_much.sum(axis=0)


# %%
def steps_as_asked(random, size, rate, momentum):
    keras_cnn.set_dtype("float32")  # whatever a climb has left
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(10)])
    weights, speeds = [random.randn(4, 10), random.randn(10)], [0, 0]
    model.set_weights(weights)
    prepare(model, rate, momentum)
    for step in range(3):
        x, labels = 5 * random.randn(size, 4), random.randint(10, size=size)
        loss, *slopes = by_formula(*weights, x, labels)
        speeds = [momentum * speed - rate * slope for speed, slope in zip(speeds, slopes)]
        weights = [weight + speed for weight, speed in zip(weights, speeds)]
        if not np.isclose(np.ravel(model.train_on_batch(x, labels))[0], loss, atol=1e-4):
            return f"step {step + 1}: another loss. What does yours take the outputs for?"
        if not all(np.allclose(*pair, atol=1e-4) for pair in zip(model.get_weights(), weights)):
            return f"step {step + 1}: the loss is right, the weights move otherwise"
    return ""


# %%
def trains_as_asked():
    random = checks.random(1)
    for size, rate, momentum in ((5, 0.1, 0.9), (1, 0.3, 0.5), (32, 0.6, 0.0)):
        wrong = steps_as_asked(random, size, rate, momentum)
        if wrong:
            return f"{wrong} (rate {rate}, momentum {momentum})"
    return True


checks.grade("1 compile", trains_as_asked,
             hint="what are the labels, what are the outputs, and what does the optimizer need?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The chapter's first network is compiled in the same way. `keras.optimizers.SGD` takes the rate and
# the momentum. Of the losses you need a *sparse* one, which takes integers, and it must be told
# that it gets logits.
#
# </details>

# %% [markdown]
# ## 2. What is in the file? (predict)
#
# A network is saved as a `.keras` file. How many numbers does each of these five files keep in all?
# The network has 56,714 weights and biases, 5,450 of them outside of the layer `dense1`. The
# optimizer keeps something of its own for each weight that it trains, or nothing; and two numbers
# more, its count of steps and its rate. Write the dict of your five numbers before you look.


# %%
def compiled(optimizer, frozen=False):
    model = keras_cnn.build(spec.initial_weights())
    for layer in model.layers:
        layer.trainable = not (frozen and getattr(layer, "units", 0) == 64)  # that is dense1
    model.compile(optimizer=optimizer, loss="mse")
    model.optimizer.build(model.trainable_variables)
    return model


FILES = {
    "SGD": lambda: compiled(keras.optimizers.SGD(0.1)),
    "momentum": lambda: compiled(keras.optimizers.SGD(0.1, momentum=0.9)),
    "momentum, dense1 frozen": lambda: compiled(keras.optimizers.SGD(0.1, momentum=0.9), True),
    "Adam": lambda: compiled(keras.optimizers.Adam()),
    "Adam, dense1 frozen": lambda: compiled(keras.optimizers.Adam(), frozen=True),
}

# %%
### BEGIN SOLUTION
numbers = {"SGD": 56_716, "momentum": 113_430, "momentum, dense1 frozen": 62_166, "Adam": 170_144,
           "Adam, dense1 frozen": 67_616}
### END SOLUTION


# %%
def count_numbers(model):
    import h5py
    found = []
    with tempfile.TemporaryDirectory() as folder:
        keras_cnn.save(model, f"{folder}/one_cnn")
        with (zipfile.ZipFile(f"{folder}/one_cnn.keras") as archive,
              archive.open("model.weights.h5") as stream, h5py.File(stream, "r") as weights):
            weights.visititems(lambda _, entry: found.append(entry.size)
                               if isinstance(entry, h5py.Dataset) else None)
    return sum(found)


# %%
def predicted(answer):
    if set(answer) != set(FILES):
        return f"predict for each of: {'; '.join(FILES)}"
    truth = {name: count_numbers(make()) for name, make in FILES.items()}
    right = sum(float(answer[name]) == number for name, number in truth.items())
    return right == len(truth) or (f"{right} of {len(truth)} are right. What does each optimizer "
                                   "remember of a weight, and of one that it does not train?")


checks.grade("2 numbers in the file", predicted, answer=numbers,
             hint="how many numbers are kept for each weight, and for which weights?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# All weights are in the file, frozen or not, and the two numbers. Plain SGD remembers nothing of a
# weight. With momentum it keeps a velocity for each weight that it trains. Adam keeps two means for
# each: of the gradients, and of their squares.
#
# </details>

# %% [markdown]
# ## 3. Another flatten order (port)
#
# This network has no second `Permute`: it flattens height, width, channel. So the rows of the first
# dense kernel must be put in that order, a step that users moving from Theano to TensorFlow missed
# ([keras issue 5374](https://github.com/keras-team/keras/issues/5374), 2017). Write `flatten_last`:
# it takes a weight like `dense1.weight` (out x in, where in is channel, height, width) and returns
# Keras's kernel (in x out, where in is height, width, channel). The weight must stay as it is.


# %%
def flatten_last(weight, channels, height, width):
    ### BEGIN SOLUTION
    axes = weight.reshape(len(weight), channels, height, width).transpose(2, 3, 1, 0)
    return axes.reshape(weight.T.shape)
    ### END SOLUTION


# %%
def channels_last_network():
    layers = keras.layers
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10),
    ])


def same_logits():
    weights, images = spec.initial_weights(), digits.train_images[:64]
    kernel = flatten_last(weights["dense1.weight"].copy(), 32, 5, 5)
    model = channels_last_network()
    model.set_weights([kernel if name == "dense1.weight" else keras_cnn.from_spec(weights[name])
                       for name in spec.SHAPES])
    found = keras.ops.convert_to_numpy(model(images.transpose(0, 2, 3, 1), training=False))
    return bool(np.abs(found - reference.logits(weights, images)).max() < 1e-5)


# %%
def same_products():
    random = checks.random(3)
    for channels, height, width, out in ((4, 2, 3, 7), (3, 5, 2, 1), (2, 1, 4, 5)):
        size = channels * height * width
        features, weight = random.randn(5, channels, height, width), random.randn(out, size)
        kernel = np.asarray(flatten_last(given := weight.copy(), channels, height, width))
        asked = f"{channels} channels of {height} x {width}, {out} outputs:"
        if kernel.shape != (size, out):
            return f"{asked} your kernel is {' x '.join(map(str, kernel.shape))}"
        flat = keras.ops.convert_to_numpy(keras.layers.Flatten()(features.transpose(0, 2, 3, 1)))
        if not np.allclose(flat @ kernel, features.reshape(5, size) @ weight.T, atol=1e-3):
            return f"{asked} right shape, another result. In which order do the rows lie?"
        if not np.array_equal(given, weight):
            return "the weight that you were given has changed"
    return same_logits() or "small layers are right, the course's network is not"


checks.grade("3 flatten order", same_products,
             hint="which three axes are hidden in the inputs, and in which order shall they come?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Give the inputs their three axes back, in the order in which they lie: a reshape to four axes.
# Move the axes to height, width, channel, out. Then make one axis of the first three again.
#
# </details>

# %% [markdown]
# ## 4. An optimizer that the ladder rejects (mend)
#
# You want to carry a learning-rate schedule over from PyTorch, so you need *its* momentum:
# `v = momentum * v + g`, then `w = w - rate * v`. This attempt trains, slowly. The next cell lets
# it climb, and the ladder names a rung. It takes seconds: the rungs `training` and `artefact` are
# left out.


# %%
@keras.saving.register_keras_serializable("exercise")
class Suspect(keras.optimizers.SGD):
    def update_step(self, gradient, variable, learning_rate):
        # as Keras's own optimizers find it
        velocity = self.momentums[self._get_variable_index(variable)]
        self.assign(velocity, self.momentum * velocity + learning_rate * gradient)
        self.assign_sub(variable, learning_rate * velocity)


# %%
def climb_with(optimizer):
    def build(weights):
        model = keras_cnn.build(weights)
        model.compile(optimizer=optimizer(spec.LEARNING_RATE, momentum=spec.MOMENTUM),
                      loss=model.loss)
        return model
    return ladder.climb(build, keras_cnn.logits, keras_cnn.gradients, keras_cnn.train_step,
                        keras_cnn.read_weights, keras_cnn.save, keras_cnn.load, training=False,
                        artefact=False)


print("broken rung:", climb_with(Suspect).failed_rung)

# %% [markdown]
# Write the `update_step` that mends it. `self.assign(target, value)` sets a variable,
# `self.assign_sub(target, value)` subtracts from it. The check also lets the rate change on the
# way, and tries other momentums than the course's.


# %%
@keras.saving.register_keras_serializable("exercise")
class Mended(Suspect):
    def update_step(self, gradient, variable, learning_rate):
        velocity = self.momentums[self._get_variable_index(variable)]
        ### BEGIN SOLUTION
        self.assign(velocity, self.momentum * velocity + gradient)
        self.assign_sub(variable, learning_rate * velocity)
        ### END SOLUTION


# %%
def moves(random, momentum, rates):
    wanted, speeds = [random.randn(2, 3), random.randn(2)], [0, 0]
    variables = [keras.Variable(w, dtype="float32") for w in wanted]
    optimizer = Mended(rates[0], momentum=momentum)
    for step, rate in enumerate(rates):
        slopes = [10 * random.randn(2, 3), 10 * random.randn(2)]
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.convert_to_tensor(slope, "float32") for slope in slopes],
                        variables)
        speeds = [momentum * speed + slope for speed, slope in zip(speeds, slopes)]
        wanted = [w - rate * speed for w, speed in zip(wanted, speeds)]
        found = [keras.ops.convert_to_numpy(variable) for variable in variables]
        if not all(np.allclose(*pair, atol=1e-4) for pair in zip(found, wanted)):
            return f"momentum {momentum:.2f}, rates {rates[:step + 1]}: the weights are elsewhere"
    return ""


# %%
def moves_like_pytorch():
    random = checks.random(4)
    keras_cnn.set_dtype("float32")  # whatever a climb has left
    for momentum in (0.9, 0.05, random.uniform(0.1, 0.8)):
        wrong = moves(random, float(momentum), (0.25, 0.25, 0.25))
        if wrong:
            return f"{wrong}. How often is the rate applied?"
        wrong = moves(random, float(momentum), (0.25, 0.25, 0.05, 0.4))
        if wrong:
            return f"{wrong}: what does the velocity remember, gradients or steps?"
    report = climb_with(Mended)
    return report.failed_rung is None or f"the rung '{report.failed_rung}' still breaks"


checks.grade("4 momentum", moves_like_pytorch,
             hint="which of the two formulas has the rate, and which of your lines has it?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Write the two formulas next to the two lines of `Suspect`, and compare term by term. The rate
# stands in one formula only. So the velocity is made of gradients alone, and a rate that falls
# later also counts for what is remembered.
#
# </details>
