# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: TensorFlow
#
# Five tasks on [the TensorFlow notebook](../../notebooks/02_frameworks/01_tensorflow.ipynb), about
# 40 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`,
# or `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way*
# unfolds below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import numpy as np
import tensorflow as tf

from onecnn import cells, checks, ladder, spec

tf.get_logger().setLevel("ERROR")  # no warning for each graph that a check traces
notebook = cells.functions("02_frameworks/01_tensorflow")
OneCNN = notebook.OneCNN

# %% [markdown]
# ## 1. A training step (complete)
#
# The loop visits every weight `w` with its velocity `v` and its gradient `g`, all of one shape.
# Write the two lines that change first the velocity, then the weight: `v = momentum * v + g`,
# `w = w - rate * v`, with the new `v`. The two numbers are `self.rate` and `self.momentum`.
# `OneCNN` makes a graph of this method: it is traced once, and its graph runs at every step. Both
# changes must outlive the call.


# %%
class Stepper(OneCNN):
    rate, momentum = spec.LEARNING_RATE, spec.MOMENTUM

    def loss_and_step(self, pictures, answers):
        loss, gradients = self.loss_and_gradients(pictures, answers)
        for name, w in self.weights.items():
            v, g = self.velocity[name], gradients[name]
            ### BEGIN SOLUTION
            v.assign(self.momentum * v + g)
            w.assign_sub(self.rate * v)
            ### END SOLUTION
        return loss


# %% [markdown]
# The check lets your method step a network of two weights, whose gradients are easy to know.


# %%
class Toy(Stepper):
    def __init__(self, start, rate, momentum):
        tf.Module.__init__(self)
        self.rate, self.momentum = rate, momentum
        self.weights = {name: tf.Variable(value) for name, value in start.items()}
        self.velocity = {name: tf.Variable(value / 2) for name, value in start.items()}
        self.step = tf.function(self.loss_and_step)

    def loss_and_gradients(self, factor, summand):
        return factor, {name: factor * w + summand for name, w in self.weights.items()}


# %%
def steps_as_asked(start, rate, momentum, random):
    toy, speed = Toy(start, rate, momentum), {name: w / 2 for name, w in start.items()}
    for step in range(3):
        factor, summand = random.rand(2)
        toy.step(tf.constant(factor), tf.constant(summand))
        for name, w in start.items():
            speed[name] = momentum * speed[name] + (factor * w + summand)
            start[name] = w - rate * speed[name]
            where = f"step {step + 1}, rate {rate:.2f}, momentum {momentum:.2f}:"
            if not np.allclose(toy.velocity[name], speed[name]):
                return f"{where} is the new velocity kept, for the next call too?"
            if not np.allclose(toy.weights[name], start[name]):
                return f"{where} the velocity is right, the weight is not. How far, and which way?"
    return ""


# %%
def steps_well():
    random = checks.random(1)
    for rate, momentum in ((0.02, 0.9), (0.3, 0.5), (1.5, 0.0), random.rand(2)):
        start = {"kernel": 10 * random.randn(3, 2), "bias": 10 * random.randn(2)}
        wrong = steps_as_asked(start, float(rate), float(momentum), random)
        if wrong:
            return wrong
    return True


checks.grade("1 training step", steps_well,
             hint="which lines change a variable, and which only give a name to a tensor?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A variable keeps what its methods `assign`, `assign_add` and `assign_sub` put into it; the chapter
# uses two of them in `loss_and_step`. First give the velocity its new value. Then take it, times
# the rate, off the weight.
#
# </details>

# %% [markdown]
# ## 2. Which call traces? (predict)
#
# The next cell has eight calls of one function, carried out in this order. Which of them make
# TensorFlow trace a new graph? Write a list of eight, `True` or `False`, before you run anything.

# %%
one, other, long = [1.0, 2.0], [3.0, 4.0], [1.0, 2.0, 3.0]
calls = [
    lambda scaled: scaled(tf.constant(one), 2.0),
    lambda scaled: scaled(tf.constant(other), 2.0),
    lambda scaled: scaled(tf.constant(one), 3.0),
    lambda scaled: scaled(tf.constant(one), tf.constant(2.0)),
    lambda scaled: scaled(tf.constant(other), tf.constant(3.0)),
    lambda scaled: scaled(tf.constant(long), tf.constant(3.0)),
    lambda scaled: scaled(tf.constant(one), 2.0),
    lambda scaled: scaled(tf.constant(long), tf.constant(4.0)),
]

# %%
### BEGIN SOLUTION
traced = [True, False, True, True, False, True, False, False]
### END SOLUTION


# %%
def what_traces():
    scaled = tf.function(lambda x, factor: x * factor)
    counts = [0]
    for call in calls:
        call(scaled)
        counts.append(scaled.experimental_get_tracing_count())
    return [after > before for before, after in zip(counts, counts[1:])]


# %%
def predicted(answer):
    if len(answer) != 8:
        return f"there are eight calls, and your list has {len(answer)} entries"
    right = sum(bool(mine) == one for mine, one in zip(answer, what_traces()))
    return right == 8 or (f"{right} of 8 are right. Which calls have something new: a shape, a "
                          "Python number's value?")


checks.grade("2 traces", predicted, answer=traced,
             hint="what does a graph know about a tensor, and what about a Python number?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Keep a list of the graphs that there are. A tensor is noted by its dtype and shape, a Python
# number by its value. A call whose note is in the list already needs no new graph; old graphs are
# kept.
#
# </details>

# %% [markdown]
# ## 3. A dense layer from elsewhere (port)
#
# A network from elsewhere flattens `channels x height x width` features, in this order, and
# multiplies them by a `weight` of shape `(out, in)`. In TensorFlow the features lie as `height x
# width x channels`. Return the matrix `(in, out)` by which the flattened NHWC features must be
# multiplied to give the same result, in float64, too. `weight` itself must stay as it is.


# %%
def port_dense(weight, channels, height, width):
    ### BEGIN SOLUTION
    out = weight.shape[0]
    return weight.reshape(out, channels, height, width).transpose(2, 3, 1, 0).reshape(-1, out)
    ### END SOLUTION


# %%
def same_products():
    random = checks.random(3)
    for channels, height, width, out in ((4, 2, 3, 7), (3, 5, 2, 1), (2, 1, 4, 5), (32, 5, 5, 64)):
        size = channels * height * width
        features, weight = random.randn(5, channels, height, width), random.randn(out, size)
        ported = np.asarray(port_dense(given := weight.copy(), channels, height, width))
        asked = f"{channels} channels of {height} x {width}, {out} outputs:"
        if ported.shape != (size, out):
            return f"{asked} the shape is {ported.shape}. Is that (in, out)?"
        nhwc = tf.reshape(tf.transpose(tf.constant(features), [0, 2, 3, 1]), [5, size])
        if not np.allclose(nhwc @ ported, features.reshape(5, size) @ weight.T, rtol=1e-9):
            return f"{asked} right shape, another result. In which order do the rows lie?"
        if not np.array_equal(given, weight):
            return "the weight that you were given has changed"
    return True


checks.grade("3 ported layer", same_products,
             hint="which three axes are hidden in the inputs? where does each have to go?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The inputs are one axis made of three. Give them their three axes back with a reshape, in the
# order in which they were flattened. Then move the axes to height, width, channel, out, and make
# one axis of the first three.
#
# </details>

# %% [markdown]
# ## 4. A network that the ladder rejects (mend)
#
# This network trains and reaches a fair accuracy. The next cell lets it climb, and the ladder names
# a rung. It takes seconds: the rungs `training` and `artefact` are left out.


# %%
class Suspect(OneCNN):
    def loss_and_gradients(self, images, labels):
        with tf.GradientTape() as tape:
            scores = tf.nn.softmax(self.forward(images))
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
            loss = tf.reduce_mean(losses)
        return loss, tape.gradient(loss, self.weights)


def climb_with(network):
    return ladder.climb(network, notebook.logits, notebook.gradients, notebook.train_step,
                        notebook.read_weights, notebook.save, notebook.load, training=False,
                        artefact=False)


print("broken rung:", climb_with(Suspect).failed_rung)

# %% [markdown]
# Its logits are right, its loss is not. Write the method that mends it. Read the long name of the
# loss function again.


# %%
class Mended(OneCNN):
    def loss_and_gradients(self, images, labels):
        ### BEGIN SOLUTION
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, self.forward(images))
            loss = tf.reduce_mean(losses)
        return loss, tape.gradient(loss, self.weights)
        ### END SOLUTION


# %%
def climbs():
    report = climb_with(Mended)
    if "NotImplementedError" in str(report):
        raise NotImplementedError
    return (report.failed_rung is None
            or f"{str(report).splitlines()[-1]}. Does the function want probabilities or logits?")


checks.grade("4 mended network", climbs,
             hint="which operation is done twice? what must the tape see?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The loss function's name says that it takes logits: it makes the probabilities itself. So it has
# to be given what `forward` returns. The rest of `Suspect` can stay, and `forward` must run inside
# of the tape.
#
# </details>

# %% [markdown]
# ## 5. One graph for every batch (design)
#
# `brighten` shall become one graph that serves a service. `serving()` returns it as a `tf.function`
# of your design. Pictures are NHWC, float32, with one channel; each is multiplied by its own entry
# of `factors`, a float32 vector. It must
# - take any number of pictures, of any height and width, and trace **once** for all of them;
# - refuse, with an exception, what is not such a picture: another dtype, or another number of axes
#   or channels; and factors that are no vector.


# %%
def brighten(pictures, factors):
    return pictures * tf.reshape(factors, [-1, 1, 1, 1])


def serving():
    ### BEGIN SOLUTION
    pictures = tf.TensorSpec([None, None, None, 1], tf.float32)
    return tf.function(brighten, input_signature=[pictures, tf.TensorSpec([None], tf.float32)])
    ### END SOLUTION


# %%
def refuses(served, pictures, factors):
    try:
        served(pictures, factors)
    except Exception:
        return True
    return False


# %%
def refused_shapes(served):
    for shape, factors in (((2, 5, 6, 3), 2), ((5, 6, 1), 1), ((2, 5, 6), 2), ((2, 5, 6, 1, 1), 2),
                           ((2, 5, 6, 0), 2)):
        if not refuses(served, tf.zeros(shape), tf.ones(factors)):
            return f"accepted: pictures of shape {shape}. What does the signature say of the axes?"
    for shape in ((), (2, 1), (1, 2)):
        if not refuses(served, tf.zeros((2, 5, 6, 1)), tf.ones(shape)):
            return f"accepted: factors of shape {shape}. What is a vector's shape?"
    for one, other in ((tf.float64, tf.float32), (tf.float32, tf.float64), (tf.int32, tf.int32)):
        if not refuses(served, tf.zeros((2, 5, 6, 1), one), tf.ones(2, other)):
            return f"accepted: pictures of {one.name} and factors of {other.name}"
    return ""


# %%
def serves():
    random, served = checks.random(5), serving()
    if not isinstance(served, tf.types.experimental.PolymorphicFunction):
        return "return a tf.function: the check asks it how many graphs it has traced"
    for shape in ((1, 28, 28), (64, 28, 28), (3, 7, 9), (1, 1, 40), (0, 28, 28)):
        pictures, factors = random.randn(*shape, 1), random.randn(shape[0])
        given = [tf.constant(array, tf.float32) for array in (pictures, factors)]
        found = served(*given).numpy()
        if not np.allclose(found, pictures * factors[:, None, None, None], atol=1e-6):
            return f"{shape[0]} pictures of {shape[1]} x {shape[2]}: the result is not brighten's"
    if served.experimental_get_tracing_count() != 1:
        return "the pictures' sizes made more than one trace. Which sizes are left open?"
    return refused_shapes(served) or True


checks.grade("5 serving", serves,
             hint="where can tf.function be told what fits? how is an open size written there?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `tf.function` takes an `input_signature`, a list with one `tf.TensorSpec` for each argument, as
# the chapter's `OneCNN` does. A spec has a shape and a dtype. An axis whose size may differ is
# `None` there; the number of axes is fixed.
#
# </details>
