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
# Four tasks on [the TensorFlow notebook](../../notebooks/02_frameworks/01_tensorflow.ipynb), about
# 30 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`,
# or `[no]` with a hint. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import numpy as np
import tensorflow as tf

from onecnn import cells, checks, ladder, mnist, spec

tf.get_logger().setLevel("WARNING")
digits = mnist.load()
notebook = cells.functions("02_frameworks/01_tensorflow")
OneCNN = notebook.OneCNN

# %% [markdown]
# ## 1. Complete a training step
#
# The loop visits every weight `w` with its velocity `v` and its gradient `g`, all of one shape.
# Write the two lines that change first the velocity, then the weight: `v = 0.9 v + g`,
# `w = w - 0.02 v`. The numbers are in `spec`. `OneCNN` makes a graph of this method: it is traced
# once, and its graph runs at every step.


# %%
class Stepper(OneCNN):
    def loss_and_step(self, images, labels):
        loss, gradients = self.loss_and_gradients(images, labels)
        for name, w in self.weights.items():
            v, g = self.velocity[name], gradients[name]
            ### BEGIN SOLUTION
            v.assign(spec.MOMENTUM * v + g)
            w.assign_sub(spec.LEARNING_RATE * v)
            ### END SOLUTION
        return loss


# %%
def three_steps_agree():
    mine, twin = Stepper(spec.initial_weights()), OneCNN(spec.initial_weights())
    for step in range(3):
        batch = slice(64 * step, 64 * step + 64)
        for model in (mine, twin):
            notebook.train_step(model, digits.train_images[batch], digits.train_labels[batch])
        difference = np.abs(mine.weights["conv2.bias"].numpy()
                            - twin.weights["conv2.bias"].numpy()).max()
        if difference > 1e-6 and step == 0:
            return ("the first step already differs: a weight goes against its velocity, by the "
                    "learning rate")
        if difference > 1e-6:
            return ("the first step is right, a later one is not: does the velocity outlive the "
                    "call?")
    return True


checks.grade("1 training step", three_steps_agree,
             hint="v.assign(...) keeps a value; v = ... only names a tensor")

# %% [markdown]
# ## 2. Predict, then count
#
# The function is called six times, in this order. How many graphs does TensorFlow trace? Write your
# number before you look at anything.


# %%
def traces():
    @tf.function
    def scaled(x, factor):
        return x * factor

    scaled(tf.constant([1.0, 2.0]), 2.0)
    scaled(tf.constant([3.0, 4.0]), 2.0)
    scaled(tf.constant([1.0, 2.0]), 3.0)
    scaled(tf.constant([1.0, 2.0]), tf.constant(2.0))
    scaled(tf.constant([3.0, 4.0]), tf.constant(3.0))
    scaled(tf.constant([1.0, 2.0, 3.0]), tf.constant(3.0))
    return scaled.experimental_get_tracing_count()


# %%
### BEGIN SOLUTION
graphs = 4
### END SOLUTION

# %%
checks.grade("2 traces", lambda answer: answer == traces(), answer=graphs,
             hint="a tensor counts by dtype and shape, a Python number by its value")

# %% [markdown]
# ## 3. Port a dense layer
#
# A network from elsewhere flattens `channels x height x width` features, in this order, and
# multiplies them by a `weight` of shape `(out, in)`. In TensorFlow the features lie as
# `height x width x channels`. Return the matrix `(in, out)` by which the flattened NHWC features
# must be multiplied to give the same result.


# %%
def port_dense(weight, channels, height, width):
    ### BEGIN SOLUTION
    out = weight.shape[0]
    return weight.reshape(out, channels, height, width).transpose(2, 3, 1, 0).reshape(-1, out)
    ### END SOLUTION


# %%
def same_products():
    random = np.random.RandomState(3)
    features, weight = random.rand(5, 4, 2, 3), random.rand(7, 24)
    ported = np.asarray(port_dense(weight, 4, 2, 3))
    if ported.shape != (24, 7):
        return f"the shape is {ported.shape}, it must be (in, out): (24, 7)"
    nhwc = tf.reshape(tf.transpose(tf.constant(features), [0, 2, 3, 1]), [5, 24])
    return np.allclose(nhwc @ ported, features.reshape(5, 24) @ weight.T)


checks.grade("3 ported layer", same_products,
             hint="give the 24 inputs their three axes back, move them, and flatten again")

# %% [markdown]
# ## 4. Mend a network that the ladder rejects
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
             hint="softmax is inside the loss already; compare with OneCNN.loss_and_gradients")
