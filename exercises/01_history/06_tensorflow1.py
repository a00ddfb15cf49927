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
# 40 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`,
# or `[no]` with a hint. The checks are folded: try before you unfold one. Stuck? *Show me a way*
# unfolds below each check. Nothing breaks if you run everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

from onecnn import cells, checks, ladder, mnist, spec

tf.get_logger().setLevel("WARNING")
tf.disable_control_flow_v2()
digits = mnist.load()
notebook = cells.functions("01_history/06_tensorflow1")

# %% [markdown]
# ## 1. Complete an optimizer made of nodes (complete)
#
# `momentum_update` gets a variable `w`, its velocity `v`, the gradient `g`, and two numbers. Return
# **one operation** that, whenever it is run, first sets `v` to `momentum * v + g` and then `w` to
# `w - rate * v`, with the *new* `v`. `tf.assign` and `tf.assign_sub` return what they have written:
# use that as your edge.


# %%
def momentum_update(w, v, g, rate, momentum):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def behind(operation):
    """All operations that must have run before this one."""
    found, waiting = set(), [operation]
    while waiting:
        one = waiting.pop()
        new = {*(tensor.op for tensor in one.inputs), *one.control_inputs} - found
        found |= new
        waiting += new
    return found


def left_to_chance(update, v):
    """Whether a run may read ``v`` before or after it is written, as it happens."""
    needed = [one for one in behind(update) | {update}
              if one.inputs and one.inputs[0].name == v.handle.name]
    reads = [one for one in needed if one.type == "ReadVariableOp"]
    return any(read not in behind(write) and write not in behind(read)
               for read in reads for write in needed if write not in reads)


# %% jupyter={"source_hidden": true}
def descends_wrongly(weight, velocity, power, rate, momentum):
    """What is wrong with four steps, for the loss sum(w ** power); or None."""
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", initializer=tf.constant(weight, tf.float32))
        v = tf.get_variable("v", initializer=tf.constant(velocity, tf.float32))
        update = momentum_update(w, v, power * w ** (power - 1), rate, momentum)
        if isinstance(update, (list, tuple, dict)):
            return "one operation, please: of two, who says which comes first?"
        if left_to_chance(getattr(update, "op", update), v):
            return "v is read once more: who says whether it is written before or after that?"
        session.run(tf.global_variables_initializer())
        for step in range(1, 5):
            velocity = momentum * velocity + power * weight ** (power - 1)
            weight = weight - rate * velocity
            session.run(update)
            if not np.allclose(session.run(v), velocity, atol=1e-4):
                return f"after step {step} the velocity is wrong"
            if not np.allclose(session.run(w), weight, atol=1e-4):
                return f"after step {step} the velocity is right, the weight is not: which one?"
    return None


# %% jupyter={"source_hidden": true}
def descends():
    random = checks.random(1)
    return (descends_wrongly(np.ones(3), np.zeros(3), 2, spec.LEARNING_RATE, spec.MOMENTUM)
            or descends_wrongly(random.rand(2, 3), random.rand(2, 3), 3, 0.1, 0.5)
            or descends_wrongly(20 + random.rand(), random.rand(), 2, 0.3, 0.0) or True)


checks.grade("1 update", descends,
             hint="what does the first assignment return, and who needs it?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Assign the velocity first, and give a name to what `tf.assign` returns: that is the velocity
# *after* the assignment. Build the second assignment from this name, not from `v`. Then whoever
# runs the second one runs the first one before it.
#
# </details>

# %% [markdown]
# ## 2. Predict a counter (predict)
#
# The counter starts at 0. `double` and `triple` depend on the increment, `plain` does not. There
# are six runs, in this order. Which value has the counter after each of them? Write the six numbers
# before you look at anything. (`identity` is an operation that hands its input on.)


# %%
def counted():
    with tf.Graph().as_default():
        counter = tf.get_variable("counter", [], initializer=tf.zeros_initializer())
        increment = tf.identity(tf.assign_add(counter, 1.0))
        double, triple, plain = 2 * increment, 3 * increment, tf.constant(5.0)
        with tf.control_dependencies([increment]):
            alias, fresh = plain, tf.identity(plain)
        runs = {"double": (double, {}), "double and triple": ([double, triple], {}),
                "alias": (alias, {}), "fresh": (fresh, {}), "fed": (double, {increment: 10.0}),
                "all": ([double, triple, alias, fresh, plain], {})}
        counts = {}
        with tf.Session() as session:
            session.run(counter.initializer)
            for name, (fetches, feed) in runs.items():
                session.run(fetches, feed)
                counts[name] = int(session.run(counter))
    return counts


# %%
counts = ...  # your answer here


# %% jupyter={"source_hidden": true}
def counts_right(answer):
    truth = counted()
    if not isinstance(answer, dict) or set(answer) != set(truth):
        return f"one number for each of {', '.join(truth)}"
    wrong = [name for name in truth if float(answer[name]) != truth[name]]
    return not wrong or f"'{wrong[0]}' is where you and the counter part: what did that run need?"


checks.grade("2 counter", counts_right, answer=counts,
             hint="for each run: is the increment needed, and how often is it computed?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Go backwards from what is fetched, along the edges. If you meet the increment, it is computed,
# once in a run, however many fetches need it. A tensor from before the `with` gets no new edge by a
# new name; one made inside does. What is fed is not computed.
#
# </details>

# %% [markdown]
# ## 3. Extend the engine (complete)
#
# Here is the notebook's engine, with fewer kinds. It gets a new one: `tanh`. Its derivative is
# $1 - y^2$, where $y$ is its output.
#
# A rule knows no numbers: it adds operations to `graph` and returns a list with one tensor for each
# input of `op`. What you need is there: `graph.add("multiply", ...)`, `graph.add("subtract", ...)`,
# and `graph.constant(1.0)`.

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
    raise NotImplementedError("your code here")


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


# %% jupyter={"source_hidden": true}
def losses(graph, x, weights):
    """Four losses, each from ``x`` and constants."""
    y = graph.add("tanh", x)
    yield "sum of tanh(x)", graph.add("sum", y)
    yield "sum of weights * y * y", graph.add("sum", graph.add(
        "multiply", weights, graph.add("multiply", y, y)))
    yield "sum of tanh(weights * tanh(x))", graph.add("sum", graph.add(
        "tanh", graph.add("multiply", weights, y)))
    yield "sum of x * y", graph.add("sum", graph.add("multiply", x, y))


def numerical(loss, x, point, h=1e-6):
    slopes = np.zeros_like(point)
    for place in np.ndindex(point.shape):
        step = np.zeros_like(point)
        step[place] = h
        slopes[place] = (run(loss, {x: point + step}) - run(loss, {x: point - step})) / (2 * h)
    return slopes


# %% jupyter={"source_hidden": true}
def agrees_with_differences():
    random = checks.random(4)
    for shape in ((6,), (2, 3), (1,)):
        graph, point = Graph(), random.normal(size=shape)
        x, weights = graph.add("placeholder"), graph.constant(random.normal(size=shape))
        for what, loss in list(losses(graph, x, weights)):
            before = len(graph.operations)
            slope = gradient(graph, loss, x)
            if not isinstance(slope, Tensor) or slope.op not in graph.operations[before:]:
                return "a rule returns a list of tensors of the graph: there are no numbers yet"
            found = run(slope, {x: point})
            if np.shape(found) != shape or not np.allclose(found, numerical(loss, x, point),
                                                           atol=1e-7):
                return f"central differences disagree, for the {what}"
    return True


checks.grade("3 tanh", agrees_with_differences,
             hint="what does the chain rule do with upstream, and which kinds make 1 - y * y?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Build from the inside: a `multiply` of `y` with itself, a `subtract` of that from the constant 1.
# That is the slope. What arrives from above is multiplied with it: one more operation. Its tensor
# goes into a list, as `tanh` has one input.
#
# </details>

# %% [markdown]
# ## 4. Mend a step that the ladder rejects (mend)
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
# Write the step that mends it. It shall return the loss, as a Python `float`, and ask the session
# only once: a second run would be a second forward pass.


# %%
def mended_step(model, images, labels):
    feed = {model.images: images, model.labels: labels}
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def steps_wrongly(batches):
    """What is wrong with these steps, beside the notebook's own; or None."""
    model, twin = (notebook.build(spec.initial_weights()) for _ in range(2))
    counted_run = model.session.run = mock.Mock(wraps=model.session.run)
    for number, (first, count) in enumerate(batches, 1):
        batch = slice(first, first + count)
        one = digits.train_images[batch], digits.train_labels[batch]
        loss, wanted = mended_step(model, *one), notebook.train_step(twin, *one)
        if counted_run.call_count != number:
            return (f"the session ran {counted_run.call_count - number + 1} times for one step; "
                    "how much can one run fetch?")
        if not isinstance(loss, float):
            return "what is returned is no float"
        if not np.isclose(loss, wanted, atol=1e-5):
            return f"step {number} returns another loss than the notebook's: which loss is it?"
    model.session.close()
    twin.session.close()
    return None


# %% jupyter={"source_hidden": true}
def climbs_in_one_run():
    first = checks.random(5).randint(1000)
    wrong = steps_wrongly([(first, 64), (first + 64, 17), (first + 300, 64)])
    if wrong:
        return wrong
    report = climb_with(mended_step)
    return (report.failed_rung is None
            or f"the rung '{report.failed_rung}' still breaks: which loss does the step return?")


checks.grade("4 mended step", climbs_in_one_run,
             hint="the loss belongs to the weights before the step: how do you get both at once?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `session.run` takes a list of fetches and returns a list of results, in the same order. Put the
# loss and the training operation into one list. The loss is then computed from the weights that the
# gradients were computed from; the operation itself returns nothing of use.
#
# </details>
