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
# `[no]` with a hint. Nothing breaks if you run everything at once.

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

# The ladder's batches have several sizes: TensorFlow would warn that it traces a graph for each.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
digits = mnist.load()
keras_cnn = cells.functions("02_frameworks/03_keras")
images, labels = digits.train_images[:64], digits.train_labels[:64]

# %% [markdown]
# ## 1. Complete `compile`
#
# `prepare` shall compile the network for the course's recipe: SGD with the rate and the momentum of
# `spec`, and the cross-entropy that fits integer labels and a last layer without activation.


# %%
def prepare(model):
    ### BEGIN SOLUTION
    model.compile(
        optimizer=keras.optimizers.SGD(spec.LEARNING_RATE, momentum=spec.MOMENTUM),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    ### END SOLUTION


# %%
def steps_agree():
    mine, twin = keras_cnn.build(spec.initial_weights()), keras_cnn.build(spec.initial_weights())
    prepare(mine)
    for step in range(5):
        losses = [keras_cnn.train_step(model, images, labels) for model in (mine, twin)]
        if abs(losses[0] - losses[1]) > 1e-5:
            return ("the loss differs before any weight has changed: what does it take for granted "
                    "about the last layer?" if step == 0 else "the loss is right, but the weights "
                    "move otherwise: compare the optimizer with the spec")
    return True


checks.grade("1 compile", steps_agree,
             hint="the labels are integers, the outputs are logits, the spec has a momentum")

# %% [markdown]
# ## 2. Predict, then count
#
# A network that has trained is saved as a `.keras` file. How many numbers does the file keep in
# all? The network has 56,714 weights; the optimizer keeps something for each of them, and two
# numbers of its own: its count of steps and its rate. Write your number before you look at the
# file.

# %%
### BEGIN SOLUTION
numbers_in_file = 2 * 56_714 + 2
### END SOLUTION


# %%
def count_numbers():
    import h5py
    found = []
    model = keras_cnn.build(spec.initial_weights())
    for _ in range(3):
        keras_cnn.train_step(model, images, labels)
    with tempfile.TemporaryDirectory() as folder:
        keras_cnn.save(model, f"{folder}/one_cnn")
        with (zipfile.ZipFile(f"{folder}/one_cnn.keras") as archive,
              archive.open("model.weights.h5") as stream, h5py.File(stream, "r") as weights):
            weights.visititems(lambda _, entry: found.append(entry.size)
                               if isinstance(entry, h5py.Dataset) else None)
    return sum(found)


checks.grade("2 numbers in the file", lambda answer: answer == count_numbers(),
             hint="SGD with momentum keeps one velocity for each weight", answer=numbers_in_file)

# %% [markdown]
# ## 3. Port weights to another flatten order
#
# This network has no second `Permute`: it flattens height, width, channel. So the rows of the first
# dense kernel must be put in that order, a step that users moving from Theano to TensorFlow missed
# ([keras issue 5374](https://github.com/keras-team/keras/issues/5374), 2017). Write `flatten_last`:
# it takes `dense1.weight` (64 x 800, channel, height, width) and returns Keras's kernel (800 x 64).
# The pooled image is 5 x 5 with 32 channels.


# %%
def flatten_last(weight):
    ### BEGIN SOLUTION
    return weight.reshape(64, 32, 5, 5).transpose(2, 3, 1, 0).reshape(800, 64)
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
    weights = spec.initial_weights()
    kernel = flatten_last(weights["dense1.weight"])
    if np.shape(kernel) != (800, 64):
        return f"the kernel must be 800 x 64, yours is {' x '.join(map(str, np.shape(kernel)))}"
    model = channels_last_network()
    model.set_weights([kernel if name == "dense1.weight" else keras_cnn.from_spec(weights[name])
                       for name in spec.SHAPES])
    found = keras.ops.convert_to_numpy(model(images.transpose(0, 2, 3, 1), training=False))
    return bool(np.abs(found - reference.logits(weights, images)).max() < 1e-5)


checks.grade("3 flatten order", same_logits,
             hint="give the 800 inputs their three axes back, move the axes, then flatten again")

# %% [markdown]
# ## 4. Mend an optimizer that the ladder rejects
#
# You want to carry a learning-rate schedule over from PyTorch, so you need *its* momentum: `v = 0.9
# v + g`, then `w = w - rate * v`. This attempt trains, slowly. The next cell lets it climb, and the
# ladder names a rung. It takes seconds: the rungs `training` and `artefact` are left out.


# %%
@keras.saving.register_keras_serializable("exercise")
class Suspect(keras.optimizers.SGD):
    def update_step(self, gradient, variable, learning_rate):
        # as Keras's own optimizers find it
        velocity = self.momentums[self._get_variable_index(variable)]
        self.assign(velocity, self.momentum * velocity + learning_rate * gradient)
        self.assign_sub(variable, learning_rate * velocity)


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
# `self.assign_sub(target, value)` subtracts from it. The check also lets the rate fall on the way.


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
def moves_like_pytorch():
    weight, optimizer = keras.Variable(0.0), Mended(0.1, momentum=0.9)
    wanted = velocity = 0.0
    for rate in (0.1, 0.1, 0.01, 0.01):
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.ones(())], [weight])
        velocity = 0.9 * velocity + 1.0
        wanted -= rate * velocity
        if abs(float(keras.ops.convert_to_numpy(weight)) - wanted) > 1e-5:
            return ("right while the rate is constant, wrong when it falls: the velocity must hold "
                    "gradients, not steps" if rate == 0.01
                    else "wrong already while the rate is constant: how often is the rate applied?")
    report = climb_with(Mended)
    return report.failed_rung is None or f"the rung '{report.failed_rung}' still breaks"


checks.grade("4 momentum", moves_like_pytorch, hint="compare each line with the two formulas above")
