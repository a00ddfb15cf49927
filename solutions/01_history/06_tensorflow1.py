# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise: TensorFlow 1
#
# Four tasks on [the TensorFlow 1 notebook](../../notebooks/01_history/06_tensorflow1.ipynb), about
# 35 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`,
# or `[no]` with a hint. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import numpy as np
import tensorflow.compat.v1 as tf

from onecnn import cells, checks, ladder, mnist, spec

tf.get_logger().setLevel("WARNING")
tf.disable_control_flow_v2()
digits = mnist.load()
notebook = cells.functions("01_history/06_tensorflow1")

# %% [markdown]
# ## 1. Complete an optimizer made of nodes
#
# `momentum_update` gets a variable `w`, its velocity `v` and its gradient `g`. Return **one
# operation** that, whenever it is run, first sets `v` to `0.9 v + g` and then `w` to `w - 0.02 v`,
# with the *new* `v`. The numbers are in `spec`. `tf.assign` and `tf.assign_sub` return what they
# have written: use that as your edge.


# %%
def momentum_update(w, v, g):
    ### BEGIN SOLUTION
    new_v = tf.assign(v, spec.MOMENTUM * v + g)
    return tf.assign_sub(w, spec.LEARNING_RATE * new_v).op
    ### END SOLUTION


# %%
def descends():
    with tf.Graph().as_default():
        w = tf.get_variable("w", [3], initializer=tf.ones_initializer())
        v = tf.get_variable("v", [3], initializer=tf.zeros_initializer())
        update = momentum_update(w, v, tf.identity(2.0 * w))
        initialize = tf.global_variables_initializer()
        with tf.Session() as session:
            session.run(initialize)
            weight, velocity = np.ones(3), np.zeros(3)
            for step in range(4):
                velocity = spec.MOMENTUM * velocity + 2 * weight
                weight -= spec.LEARNING_RATE * velocity
                session.run(update)
                if np.abs(session.run(v) - velocity).max() > 1e-5:
                    return f"after step {step + 1} the velocity is wrong"
                if np.abs(session.run(w) - weight).max() > 1e-5:
                    return (f"after step {step + 1} the velocity is right, the weight is not: it "
                            "needs the new velocity")
    return True


checks.grade("1 update", descends,
             hint="assign the velocity, and build the weight's assignment from what that returns")

# %% [markdown]
# ## 2. Predict, then count
#
# The counter starts at 0. `double` depends on the increment, `plain` does not. Which value has the
# counter after the four runs in `counted`? Write your number before you look at anything.


# %%
def counted():
    with tf.Graph().as_default():
        counter = tf.get_variable("counter", [], initializer=tf.zeros_initializer())
        increment = tf.identity(tf.assign_add(counter, 1.0))
        double, triple, plain = 2 * increment, 3 * increment, tf.constant(5.0)
        with tf.control_dependencies([increment]):
            alias = plain
        with tf.Session() as session:
            session.run(counter.initializer)
            session.run(double)
            session.run([double, triple])
            session.run(alias)
            session.run(double, {increment: 10.0})
            return session.run(counter)


# %%
### BEGIN SOLUTION
final_count = 2
### END SOLUTION

# %%
checks.grade("2 counter", lambda answer: answer == counted(), answer=final_count,
             hint="once in a run, however many fetches need it; an old tensor gets no new edge; a "
             "fed tensor is not computed")

# %% [markdown]
# ## 3. Extend the engine
#
# Here is the notebook's engine, with fewer kinds. It gets a new one: `tanh`. Its derivative is
# $1 - y^2$, where $y$ is its output.
#
# A rule knows no numbers: it adds operations to `graph` and returns a list with one tensor for each
# input of `op`. What you need is there: `multiply`, `subtract`, and `graph.constant(1.0)`.

# %%
from typing import NamedTuple


class Operation:
    def __init__(self, kind, inputs, value=None):
        self.kind, self.inputs, self.value = kind, inputs, value


class Tensor(NamedTuple):
    op: Operation
    index: int


class Graph:
    def __init__(self):
        self.operations = []

    def add(self, kind, *inputs, value=None):
        self.operations.append(Operation(kind, inputs, value))
        return Tensor(self.operations[-1], 0)

    def constant(self, value):
        return self.add("constant", value=value)


# %%
KERNELS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "sum": lambda x: x.sum(),
    "tanh": np.tanh,
}


def run(tensor, feed_dict):
    """The engine's session, without state."""
    if tensor not in feed_dict:
        op = tensor.op
        inputs = [run(one, feed_dict) for one in op.inputs]
        feed_dict[tensor] = op.value if op.kind == "constant" else KERNELS[op.kind](*inputs)
    return feed_dict[tensor]


# %%
def tanh_rule(graph, op, upstream):
    y = Tensor(op, 0)
    ### BEGIN SOLUTION
    slope = graph.add("subtract", graph.constant(1.0), graph.add("multiply", y, y))
    return [graph.add("multiply", upstream, slope)]
    ### END SOLUTION


RULES = {
    "sum": lambda graph, op, upstream: [upstream],
    "multiply": lambda graph, op, upstream: [graph.add("multiply", upstream, op.inputs[1]),
                                             graph.add("multiply", upstream, op.inputs[0])],
    "tanh": tanh_rule,
}


def gradient(graph, loss, x):
    found = {loss: graph.constant(1.0)}
    for op in reversed(list(graph.operations)):
        if Tensor(op, 0) in found and op.kind in RULES:
            for tensor, part in zip(op.inputs, RULES[op.kind](graph, op, found[Tensor(op, 0)])):
                found[tensor] = graph.add("add", found[tensor], part) if tensor in found else part
    return found[x]


# %%
def agrees_with_differences():
    graph, random = Graph(), np.random.RandomState(4)
    x, weights = graph.add("placeholder"), graph.constant(random.normal(size=6))
    y = graph.add("tanh", x)
    loss = graph.add("sum", graph.add("multiply", weights, graph.add("multiply", y, y)))
    before = len(graph.operations)
    slope = gradient(graph, loss, x)
    if not isinstance(slope, Tensor):
        return "the rule returns a list of tensors of the graph: there are no numbers yet"
    point = random.normal(size=6)
    found = run(slope, {x: point})
    steps = 1e-6 * np.eye(6)
    wanted = [(run(loss, {x: point + h}) - run(loss, {x: point - h})) / 2e-6 for h in steps]
    return len(graph.operations) > before and np.shape(found) == (6,
    ) and np.allclose(found, wanted, atol=1e-7)


checks.grade("3 tanh", agrees_with_differences,
             hint="upstream times (1 - y * y); what arrives from above must not be forgotten")

# %% [markdown]
# ## 4. Mend a step that the ladder rejects
#
# Each line of this training step is right, and the network learns. The next cell lets it climb with
# TensorFlow 1's other functions, and the ladder names a rung. It takes seconds: the rungs
# `training` and `artefact` are left out.


# %%
def suspect_step(model, images, labels):
    feed = {model.images: images, model.labels: labels}
    model.session.run(model.train, feed_dict=feed)
    return float(model.session.run(model.loss, feed_dict=feed))


def climb_with(step):
    return ladder.climb(notebook.build, notebook.logits, notebook.gradients, step,
                        notebook.read_weights, notebook.save, notebook.load, training=False,
                        artefact=False)


broken = climb_with(suspect_step)
print("broken rung:", broken.failed_rung)
print(broken.rungs[4].message)

# %% [markdown]
# Write the step that mends it. It shall ask the session only once: a second run would be a second
# forward pass.


# %%
def mended_step(model, images, labels):
    feed = {model.images: images, model.labels: labels}
    ### BEGIN SOLUTION
    loss, _ = model.session.run([model.loss, model.train], feed_dict=feed)
    return float(loss)
    ### END SOLUTION


# %%
class Counting:
    """A session that counts its runs."""

    def __init__(self, session):
        self.session, self.runs = session, 0

    def run(self, *arguments, **options):
        self.runs += 1
        return self.session.run(*arguments, **options)


def climbs_in_one_run():
    model = notebook.build(spec.initial_weights())
    model.session = Counting(model.session)
    mended_step(model, digits.train_images[:64], digits.train_labels[:64])
    model.session.session.close()
    if model.session.runs != 1:
        return (f"the session ran {model.session.runs} times for one step; a run can fetch several "
                "things")
    report = climb_with(mended_step)
    return (report.failed_rung is None
            or f"the rung '{report.failed_rung}' still breaks: which loss does the step return?")


checks.grade("4 mended step", climbs_in_one_run, hint="fetch loss and train op in one list; the "
             "loss belongs to the weights before the step")
