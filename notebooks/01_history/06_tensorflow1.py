# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # TensorFlow 1: first the graph, later the session
#
# **Retired.** TensorFlow 1 was public from November 2015, and 1.15.5 was its last patch. It was
# built for Python 3.7 and older. What runs here is TensorFlow 1's real programming model, graph and
# session, as `tf.compat.v1` *inside TensorFlow 2's package*. It is not the TensorFlow 1 binary.
#
# After this notebook you will be able to read TensorFlow 1 code, and prove that a network written
# that way is the course's.
#
# **You will learn to**
# - tell what a line builds from what it runs;
# - write an engine of graph and session yourself, in NumPy;
# - see gradients and optimizers as nodes of the same graph;
# - freeze a network into one file that needs none of your Python;
# - keep an operation from running behind your back.
#
# **Before you start:** [The network by hand](02_by_hand.ipynb). Kernel `python3`, about 65 minutes.
# [TensorFlow today](../02_frameworks/01_tensorflow.ipynb) explains the memory layouts. The slowest
# cell takes about half a minute.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# The status line is that of TensorFlow as a whole, which lives. Only its first programming model is
# retired.

# %%
from onecnn import frameworks

frameworks.status("tensorflow")

# %% [markdown]
# ## What does `3 + 4` give?
#
# Old code says `import tensorflow as tf`. Today's package keeps the old names in `compat.v1`.
# Inside `graph.as_default()` nothing is eager: every call adds a node to that graph.
#
# **Predict, then run.** What does `print(total)` show?
#
# <details><summary>Answer</summary>
#
# No 7. It shows a *Tensor*: a name, a shape, a type. The addition was written down, not carried
# out. It is what TensorFlow 1 asked you to get used to first.
#
# </details>

# %%
import tensorflow.compat.v1 as tf

tf.get_logger().setLevel("WARNING")  # no line for each file that is restored
tf.disable_control_flow_v2()  # if and while as TensorFlow 1 had them; you will see what that means
graph = tf.Graph()
with graph.as_default():
    total = tf.add(tf.constant(3.0), tf.constant(4.0), name="total")
print(total)

# %% [markdown]
# ## When does anything run?
#
# When a **session** is asked. `session.run(fetches, feed_dict)` computes what you fetch. What is
# not known while you write, such as a batch of images, is a **placeholder**: a hole in the graph,
# to be filled by `feed_dict`.

# %%
with graph.as_default():
    x, y = tf.placeholder(tf.float32, name="x"), tf.placeholder(tf.float32, name="y")
    scaled = tf.multiply(total, x, name="scaled")
    shifted = tf.add(scaled, y, name="shifted")

with tf.Session(graph=graph) as session:
    print("total:", session.run(total))
    print("scaled and shifted:", *session.run([scaled, shifted], feed_dict={x: 2.0, y: 1.0}))

# %% [markdown]
# **Predict, then run.** Now only `x` is fed. Which of `scaled` and `shifted` can be fetched?
#
# <details><summary>Answer</summary>
#
# `scaled`. The session walks back from what you fetch and runs only the operations on that way; the
# placeholder `y` is not on it. And you may feed *any* tensor, not only placeholders: the last line
# feeds `total` and cuts off everything behind it.
#
# </details>

# %%
with tf.Session(graph=graph) as session:
    print("scaled:", session.run(scaled, {x: 2.0}))
    try:
        session.run(shifted, {x: 2.0})
    except tf.errors.InvalidArgumentError as error:
        print("shifted:", type(error).__name__, "at the node", error.op.name)
    print("scaled, total fed as 100:", session.run(scaled, {x: 2.0, total: 100.0}))

# %% [markdown]
# ## Can you see a graph that has never run?
#
# Yes: the graph is an ordinary object. The function below draws it from `graph.get_operations()`:
# each operation one column to the right of its inputs. Dashed lines lead backwards; you will need
# them for loops.


# %%
def parents(op, shown):
    """The shown operations whose outputs this one uses, directly or through hidden ones."""
    return [parent for tensor in op.inputs
            for parent in ([tensor.op] if tensor.op in shown else parents(tensor.op, shown))]


def depth(op, shown):
    return max([depth(p, shown) + 1 for p in parents(op, shown) if p.type != "NextIteration"],
               default=0)


# %%
def layout(shown):
    place, filled = {}, {}
    for op in shown:
        x = depth(op, shown)
        filled[x] = filled.get(x, -1) + 1
        place[op] = (x, -filled[x] + 0.25 * (x % 2))
    return place


# %%
def draw(ax, shown, color=lesson.BLUE):
    place = layout(shown)
    for op, (x, y) in place.items():
        for left, start in (place[parent] for parent in parents(op, shown)):
            back = {"linestyle": "--", "connectionstyle": "arc3,rad=-0.3"} if left >= x else {}
            ax.annotate("", (x, y), (left, start),
                        arrowprops={"arrowstyle": "-|>", "color": "gray", "shrinkB": 6, **back})
        ax.plot(x, y, "o", color=color, markersize=9)
        side = 1 if y > -0.5 else -1  # the lower rows have their labels below
        ax.text(x, y + 0.13 * side, f"{op.type}\n{op.name}", ha="center",
                va="bottom" if side > 0 else "top", fontsize=8)
    columns, rows = zip(*place.values())
    ax.set(xlim=(-0.6, max(columns) + 0.6), ylim=(min(rows) - 0.7, 0.95))
    ax.set_axis_off()


# %%
fig, ax = lesson.figure(8, 2.8)
draw(ax, graph.get_operations())
lesson.show(fig, alt="Seven operations as dots, from left to right: two constants, x and y; total, "
            "which adds the constants; scaled, which multiplies by x; shifted, which adds y.")

# %% [markdown]
# ## What is in a name?
#
# Every operation has a unique name; a second `total` becomes `total_1`. A **scope** puts a path
# before it. A *tensor* is an output of an operation: `total:0` is its first output. An operation
# may have several; cross-entropy hands out the losses, `:0`, and their gradient for the logits,
# `:1`.

# %%
with tf.Graph().as_default() as named:
    with tf.name_scope("layer"):
        first, second = tf.constant(1.0, name="total"), tf.constant(2.0, name="total")
    xent = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1], logits=[[0.0, 1.0]])
print(first.name, " ", second.name)
print([tensor.name.split("/")[-1] for tensor in xent.op.outputs])
print("found by its name:", named.get_tensor_by_name("layer/total:0").op is first.op)

# %% [markdown]
# Names were the interface. Whoever loaded a graph found its parts by name, TensorBoard drew it by
# scopes, and variables were *shared* by name: `get_variable` in a scope with `reuse` gives the old
# variable back, and without it refuses.

# %%
with named.as_default():
    with tf.variable_scope("dense1"):
        weight = tf.get_variable("weight", [800, 64])
    with tf.variable_scope("dense1", reuse=True):
        print("the same variable:", tf.get_variable("weight", [800, 64]) is weight, " ",
              weight.name)
    try:
        with tf.variable_scope("dense1"):
            tf.get_variable("weight", [800, 64])
    except ValueError as error:
        print("without reuse:", str(error).split(",")[0])

# %% [markdown]
# ## Where do the weights live?
#
# Not in the graph: it holds how a weight is *initialised*, as operations. The numbers live in the
# session. Two sessions on one graph have two sets of weights, and a fresh session has none.

# %%
with tf.Graph().as_default() as counting:
    counter = tf.get_variable("counter", [], initializer=tf.zeros_initializer())
    increment = tf.assign_add(counter, 1.0)

with tf.Session(graph=counting) as one, tf.Session(graph=counting) as two:
    one.run(counter.initializer)
    one.run(increment)
    print("first session:", one.run(counter))
    try:
        two.run(counter)
    except tf.errors.FailedPreconditionError as error:
        print("second session:", type(error).__name__)

# %% [markdown]
# *Attempting to use uninitialized value* was among the most familiar messages of those years. The
# cure, `session.run(tf.global_variables_initializer())`, is a node too: it groups all the `Assign`
# operations.

# %%
print([f"{op.name}: {op.type}" for op in counting.get_operations()
       if "Read" not in op.name and "IsIni" not in op.name])

# %% [markdown]
# ## Could you write such an engine?
#
# In some 60 lines and two tables. What follows is *our reconstruction, for reading*; TensorFlow's
# own engine is C++, parallel and distributed. The arithmetic is `onecnn.reference`, which you know.
# New is only who calls it, and when.
#
# First the graph. An operation knows its kind and its inputs, and holds no number.

# %%
from typing import NamedTuple


class Operation:
    def __init__(self, name, kind, inputs, value=None):
        self.name, self.kind, self.inputs, self.value = name, kind, inputs, value


class Tensor(NamedTuple):
    op: Operation
    index: int


# %% [markdown]
# The graph is a dict of operations by name. `add` makes names unique, and hands out the first
# output, `name:0`.

# %%
class Graph:
    def __init__(self):
        self.operations = {}

    def add(self, kind, *inputs, name=None, value=None):
        name, number = name or kind, 0
        unique = name
        while unique in self.operations:
            number += 1
            unique = f"{name}_{number}"
        self.operations[unique] = Operation(unique, kind, inputs, value)
        return Tensor(self.operations[unique], 0)


# %% [markdown]
# Kernels are the only part that sees numbers: arrays in, a list of outputs out. Max pooling has
# two, the maxima and who won. The backward operations are ordinary kinds; they stand beside their
# forward ones.

# %%
import numpy as np

from onecnn import reference

KERNELS = {
    "add": lambda a, b: [a + b],
    "subtract": lambda a, b: [a - b],
    "multiply": lambda a, b: [a * b],
    "relu": lambda x: [np.maximum(x, 0)],
    "relu_gradient": lambda upstream, y: [upstream * (y > 0)],
    "flatten": lambda x: [x.reshape(len(x), -1)],
    "flatten_gradient": lambda upstream, x: [upstream.reshape(x.shape)],
    "group": lambda *values: [None],
}

# %%
KERNELS.update({
    "dense": lambda x, weight, bias: [x @ weight.T + bias],
    "dense_gradient": lambda upstream, x, weight: [upstream @ weight, upstream.T @ x,
                                                   upstream.sum(axis=0)],
    "convolve": lambda x, weight, bias: [reference.convolve(x, weight, bias)],
    "convolve_gradient": reference.convolve_backward,
    "max_pool": reference.max_pool,
    "max_pool_gradient": lambda upstream, winner, x: [reference.max_pool_backward(upstream, winner,
                                                                                  x.shape)],
    "cross_entropy": reference.cross_entropy,
})

# %% [markdown]
# The session holds the state. `run` asks for each fetch, and `value` asks for the inputs before it
# computes: so only what is needed runs, and at most once. Feeding means putting a value there
# before anybody asks.


# %%
class Session:
    def __init__(self, graph):
        self.graph, self.state, self.ran = graph, {}, []

    def run(self, fetches, feed_dict=None):
        values, self.ran = dict(feed_dict or {}), []
        return [self.value(tensor, values) for tensor in fetches]

    def value(self, tensor, values):
        if tensor not in values:
            op = tensor.op
            outputs = self.compute(op, [self.value(one, values) for one in op.inputs])
            values.update({Tensor(op, index): output for index, output in enumerate(outputs)})
            self.ran.append(op.name)
        return values[tensor]


# %% [markdown]
# Four kinds are special. A placeholder that is asked for was not fed. A constant has its value with
# it. Variables read the session's state, assignments write it.

# %%
def compute(self, op, inputs):
    if op.kind == "placeholder":
        raise ValueError(f"you must feed a value for '{op.name}'")
    if op.kind == "constant":
        return [op.value]
    if op.kind == "variable":
        return [self.state[op.name]]
    if op.kind == "assign":
        self.state[op.value] = inputs[0]  # op.value: the variable's name
        return inputs
    return KERNELS[op.kind](*inputs)


Session.compute = compute

# %% [markdown]
# Does it behave as TensorFlow did? The same graph as above, the same question: only `x` is fed.

# %%
own = Graph()
a, b = own.add("placeholder", name="x"), own.add("placeholder", name="y")
product = own.add("multiply", own.add("constant", value=7.0, name="total"), a, name="scaled")
result = own.add("add", product, b, name="shifted")
session = Session(own)
print("scaled:", *session.run([product], {a: 2.0}), "  ran:", session.ran)
try:
    session.run([result], {a: 2.0})
except ValueError as error:
    print("shifted:", error)

# %% [markdown]
# ## Who computes the gradient?
#
# The graph. `tf.gradients(loss, xs)` computes nothing: it walks the operations backwards and *adds*
# new ones, which will compute the gradient when somebody fetches it.
#
# **Predict, then run.** How many operations does the graph have before and after? More, the same,
# or fewer?
#
# <details><summary>Answer</summary>
#
# More, under the scope `gradients`. They are ordinary operations. You could ask for gradients of
# them: second derivatives came for free.
#
# </details>

# %%
with tf.Graph().as_default() as curve:
    w = tf.placeholder(tf.float32, [], name="w")
    cube = tf.multiply(w * w, w, name="cube")
    before = len(curve.get_operations())
    slope, = tf.gradients(cube, [w])
    after = len(curve.get_operations())
    bend, = tf.gradients(slope, [w])
print("operations:", before, "->", after, "  the new ones:",
      {op.name.split("/")[0] for op in curve.get_operations()[before:after]})
with tf.Session(graph=curve) as session:
    print("w^3, 3w^2 and 6w at w = 2:", *session.run([cube, slope, bend], {w: 2.0}))

# %% [markdown]
# In our engine each kind has a rule that turns an operation and its upstream *tensor* into tensors
# for its inputs. Rules add nodes; they never see a number. Cross-entropy's second output already is
# its gradient, as in TensorFlow.


# %%
def weighted_layer(graph, op, upstream):
    """Gradients for input, weight and bias: the three outputs of one operation."""
    backward = graph.add(f"{op.kind}_gradient", upstream, *op.inputs[:2]).op
    return [Tensor(backward, index) for index in range(3)]


RULES = {
    "convolve": weighted_layer,
    "dense": weighted_layer,
    "relu": lambda graph, op, upstream: [graph.add("relu_gradient", upstream, Tensor(op, 0))],
    "flatten": lambda graph, op, upstream: [graph.add("flatten_gradient", upstream, op.inputs[0])],
    "max_pool": lambda graph, op, upstream: [graph.add("max_pool_gradient", upstream, Tensor(op, 1),
                                                       op.inputs[0])],
    "cross_entropy": lambda graph, op, upstream: [graph.add("multiply", upstream, Tensor(op, 1))],
}

# %% [markdown]
# `gradients` visits the operations from the last to the first. Where two gradients meet at one
# tensor, an `add` joins them.


# %%
def gradients_of(graph, loss, xs):
    found = {loss: graph.add("constant", value=1.0)}
    for op in reversed(list(graph.operations.values())):
        upstream = found.get(Tensor(op, 0))
        if upstream and op.kind in RULES:
            for tensor, part in zip(op.inputs, RULES[op.kind](graph, op, upstream)):
                found[tensor] = graph.add("add", found[tensor], part) if tensor in found else part
    return [found[x] for x in xs]


# %% [markdown]
# ## What is an optimizer?
#
# More nodes. `minimize` calls the gradient, makes a variable for each weight's velocity, adds the
# assignments, and returns one operation, the *train op*, that depends on them all. Fetching it is
# training.
#
# Is its momentum the course's: `v = m v + g`, then `w = w - rate v`? We ask for the gradient of `w`
# itself, which is 1.

# %%
with tf.Graph().as_default() as descent:
    w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    optimizer = tf.train.MomentumOptimizer(learning_rate=0.1, momentum=0.5)
    train = optimizer.minimize(tf.identity(w))
    initialize = tf.global_variables_initializer()
print("state:", [v.name for v in descent.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)])

velocity = weight = 0.0
with tf.Session(graph=descent) as session:
    session.run(initialize)
    for _ in range(3):
        velocity = 0.5 * velocity + 1
        weight -= 0.1 * velocity
        session.run(train)
        print("the same weight within 1e-6:", abs(session.run(w) - weight) < 1e-6)

# %% [markdown]
# The same in our engine. The assignment of the weight uses the *output* of the velocity's
# assignment: that edge fixes the order.

# %%
from onecnn import spec


def assign(graph, variable, value):
    return graph.add("assign", value, name=f"{variable.op.name}/assign", value=variable.op.name)


def minimize(graph, weights, gradients):
    momentum = graph.add("constant", value=spec.MOMENTUM, name="momentum")
    rate = graph.add("constant", value=spec.LEARNING_RATE, name="rate")
    updates = []
    for weight, gradient in zip(weights, gradients):
        velocity = graph.add("variable", name=f"{weight.op.name}/velocity")
        moved = assign(graph, velocity,
                       graph.add("add", graph.add("multiply", momentum, velocity), gradient))
        updates.append(assign(graph, weight,
                              graph.add("subtract", weight, graph.add("multiply", rate, moved))))
    return graph.add("group", *updates, name="train")


# %% [markdown]
# ## Does the engine learn?
#
# First the network. Nothing is computed in this cell, nor when its function is called.


# %%
def engine_network(graph, w, x):
    for name in ("conv1", "conv2"):
        x = graph.add("relu",
                      graph.add("convolve", x, w[f"{name}.weight"], w[f"{name}.bias"], name=name))
        x = graph.add("max_pool", x)
    x = graph.add("relu", graph.add("dense", graph.add("flatten", x), w["dense1.weight"],
                                    w["dense1.bias"], name="dense1"))
    return graph.add("dense", x, w["dense2.weight"], w["dense2.bias"], name="dense2")


# %% [markdown]
# A model: a graph, its session, and the tensors that somebody will want to fetch or feed.


# %%
class Engine:
    def __init__(self):
        self.graph = graph = Graph()
        self.images, self.labels = (graph.add("placeholder", name="images"),
                                    graph.add("placeholder", name="labels"))
        self.weights = {name: graph.add("variable", name=name) for name in spec.SHAPES}
        self.logits = engine_network(graph, self.weights, self.images)
        self.loss = graph.add("cross_entropy", self.logits, self.labels, name="loss")
        self.gradients = gradients_of(graph, self.loss, self.weights.values())
        self.train = minimize(graph, self.weights.values(), self.gradients)
        self.session = Session(graph)


# %% [markdown]
# Three of the course's functions are now one call of `run` each. They differ only in what they
# fetch.

# %%
def engine_build(weights):
    model = Engine()
    for name, value in weights.items():
        model.session.state[name] = value.copy()
        model.session.state[f"{name}/velocity"] = np.zeros_like(value)
    return model


def engine_logits(model, images):
    return model.session.run([model.logits], {model.images: images})[0]


def engine_gradients(model, images, labels):
    loss, *found = model.session.run([model.loss, *model.gradients],
                                     {model.images: images, model.labels: labels})
    return loss, dict(zip(model.weights, found))


# %%
def engine_step(model, images, labels):
    return model.session.run([model.loss, model.train],
                             {model.images: images, model.labels: labels})[0]


def engine_weights(model):
    return {name: model.session.state[name].copy() for name in model.weights}


def engine_save(model, path):
    np.savez(f"{path}.npz", **model.session.state)  # the velocities are in the state, too


def engine_load(path):
    model = Engine()
    with np.load(f"{path}.npz") as state:
        model.session.state = dict(state)
    return model


# %% [markdown]
# **Predict, then run.** The graph below holds the forward pass, the backward pass and the
# optimizer. Which share of its operations runs when you fetch the logits?
#
# <details><summary>Answer</summary>
#
# About a fifth: images, weights, forward layers. The rest waits until somebody fetches a gradient
# or the train op.
#
# </details>

# %%
from onecnn import mnist

digits = mnist.load()
engine = engine_build(spec.initial_weights())
engine_logits(engine, digits.test_images[:8])
print("operations in the graph:", len(engine.graph.operations), "  ran for the logits:",
      len(engine.session.ran))
engine_step(engine, digits.train_images[:8], digits.train_labels[:8])
print("ran for a training step:", len(engine.session.ran), "  the last:", engine.session.ran[-1])

# %% [markdown]
# Is it the course's network? The [parity ladder](../00_glossary.ipynb#Parity-ladder) asks the
# engine as it asks every framework, in float32 and in float64. The engine names no dtype: NumPy's
# operations keep that of the arrays. The sixth rung is left out: 310 steps of it take half a
# minute. Take `training=False` away if you have the time; it holds.

# %%
from onecnn import ladder

print(ladder.climb(engine_build, engine_logits, engine_gradients, engine_step, engine_weights,
                   engine_save, engine_load, training=False))

# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## The network in TensorFlow 1
#
# Now the real thing, at the level at which careful users wrote it: `get_variable` in scopes,
# `tf.nn`, an optimizer, a `Saver`. Images enter in the course's order and are turned *inside the
# graph*, since TensorFlow's CPU kernels want channels last
# ([why](../02_frameworks/01_tensorflow.ipynb)).
#
# The network takes its **dtype** from the weights. Here it must be known before there is a number:
# `placeholder` and `get_variable` put it into the graph. (Without a word, `get_variable` makes
# float32.) The rest of the graph inherits it, velocities included.

# %% tags=["same-cnn"]
import numpy as np
import tensorflow.compat.v1 as tf

from onecnn import spec


def convolution(x, name, filters):
    with tf.variable_scope(name):
        weight = tf.get_variable("weight", [3, 3, x.shape[-1], filters], x.dtype)
        bias = tf.get_variable("bias", [filters], x.dtype, tf.zeros_initializer())
        x = tf.nn.bias_add(tf.nn.conv2d(x, weight, strides=[1, 1, 1, 1], padding="VALID"), bias)
        return tf.nn.max_pool(tf.nn.relu(x), ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1],
                              padding="VALID")


def dense(x, name, units):
    with tf.variable_scope(name):
        weight = tf.get_variable("weight", [x.shape[-1], units], x.dtype)
        bias = tf.get_variable("bias", [units], x.dtype, tf.zeros_initializer())
        return tf.nn.bias_add(tf.matmul(x, weight), bias)


# %% tags=["same-cnn"]
def network(dtype=tf.float32):
    """Adds all that the network will ever need to the default graph."""
    images = tf.placeholder(dtype, [None, 1, 28, 28], name="images")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    x = convolution(tf.transpose(images, [0, 2, 3, 1], name="to_nhwc"), "conv1", 16)
    x = convolution(x, "conv2", 32)
    x = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [-1, 800], name="flatten")
    x = dense(tf.nn.relu(dense(x, "dense1", 64)), "dense2", 10)
    logits = tf.identity(x, name="logits")
    with tf.name_scope("cross_entropy"):
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    loss = tf.reduce_mean(losses, name="loss")
    optimizer = tf.train.MomentumOptimizer(spec.LEARNING_RATE, spec.MOMENTUM)
    pairs = optimizer.compute_gradients(loss)
    for gradient, _ in pairs:
        tf.add_to_collection("gradients", gradient)
    optimizer.apply_gradients(pairs, name="train")
    tf.global_variables_initializer()  # its operation is found by its name, "init"


# %% [markdown]
# A graph that was loaded from a file has no Python variables `images` or `loss`. So the handle
# below looks up everything by name or by *collection*, a named list that travels with the graph. A
# graph that was built here is treated the same way.

# %% tags=["same-cnn"]
class Handle:
    def __init__(self, graph, saver):
        self.session, self.saver = tf.Session(graph=graph), saver
        self.images, self.labels, self.logits, self.loss = (graph.get_tensor_by_name(
            f"{name}:0") for name in ("images", "labels", "logits", "loss"))
        self.train = graph.get_operation_by_name("train")
        variables = graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
        self.weights = {v.op.name.replace("/", "."): v for v in variables}
        self.gradients = dict(zip(self.weights, graph.get_collection("gradients")))


def from_spec(value):  # kernels as height, width, in, out; matrices as in, out
    # A copy, because the variable takes a fed array's memory for its own.
    return (value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T).copy()


def to_spec(value):
    return np.ascontiguousarray(value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T)


# %% [markdown]
# How do the course's weights get in? Each initializer is an `Assign` node with random numbers as
# its input. You may feed any tensor: so we feed that input while running `init`. The weights never
# enter the graph, whose file must stay below 2 GB.
#
# A surprise: `init` may keep the array that was fed, without copying it. When the array changed
# later, our biases changed with it. Kernels were safe: turning their axes made a copy. So
# `from_spec` copies in every case.

# %% tags=["same-cnn"]
def build(weights):
    graph = tf.Graph()
    with graph.as_default():
        network(weights["conv1.bias"].dtype)
        # It saves all variables: the momentum is among them. Unless told, it would keep the last
        # five files and delete those that it wrote before.
        model = Handle(graph, tf.train.Saver(max_to_keep=0))
    values = {v.initializer.inputs[1]: from_spec(weights[name])
              for name, v in model.weights.items()}
    model.session.run("init", feed_dict=values)
    return model


# %% tags=["same-cnn"]
def logits(model, images):
    return model.session.run(model.logits, feed_dict={model.images: images})


# %% tags=["same-cnn"]
def gradients(model, images, labels):
    loss, found = model.session.run([model.loss, model.gradients],
                                    feed_dict={model.images: images, model.labels: labels})
    return float(loss), {name: to_spec(gradient) for name, gradient in found.items()}


# %% tags=["same-cnn"]
def train_step(model, images, labels):
    loss, _ = model.session.run([model.loss, model.train],
                                feed_dict={model.images: images, model.labels: labels})
    return float(loss)


# %% tags=["same-cnn"]
def read_weights(model):
    return {name: to_spec(value) for name, value in model.session.run(model.weights).items()}


# %% tags=["same-cnn"]
def save(model, path):
    with model.session.graph.as_default():
        model.saver.save(model.session, str(path))


def load(path):
    graph = tf.Graph()
    with graph.as_default():
        # The .meta file holds the graph, gradients and train op included; network() is not called.
        model = Handle(graph, tf.train.import_meta_graph(f"{path}.meta"))
        model.saver.restore(model.session, str(path))
    return model


# %% [markdown]
# `fetches` may be a list, a dict, or nested; the answer has the same form. One `run` fetches loss
# *and* train op, so both belong to one forward pass.
#
# What must a **checkpoint** hold? All that the next step needs: the weights, and the momentum. A
# `Saver` writes every variable of the graph, and `MomentumOptimizer` keeps its velocities in
# variables. A loaded network therefore trains on as if it had never been away. A `Saver` also
# deletes, unless it is told how many files to keep:

# %%
import inspect

kept = inspect.signature(tf.train.Saver.__init__).parameters["max_to_keep"].default
print("files that a Saver keeps, unless told:", kept)

# %% [markdown]
# ## What stands there before anything has run?
#
# The whole training step. The next cell sorts the operations by their scopes alone: what begins
# with `conv1/` belongs to the first layer, `gradients/conv1/` is its backward pass,
# `train/update_conv1/` its update.

# %%
with tf.Graph().as_default() as untouched:
    network()

LAYERS = ("conv1", "conv2", "dense1", "dense2")
boxes = {}
for op in untouched.get_operations():
    part, *rest = op.name.replace("train/update_", "train/").split("/")
    lane = (part if part in ("gradients", "train") else "variables"
            if op.type.endswith("VarHandleOp") else "forward")
    layer = next((name for name in LAYERS if name in (part, *rest[:1])), "")
    if (layer and "Initializer" not in op.name
        and not op.name.endswith(("Assign", "VarIsInitializedOp", "Read/ReadVariableOp"))):
        boxes.setdefault((layer, lane), []).append(op)
print("operations:", len(untouched.get_operations()), "  boxes:", len(boxes))

# %% [markdown]
# The arrows follow the tensors; operations that are in no box, such as the loss, are passed
# through.

# %%
home = {op: key for key, ops in boxes.items() for op in ops}


def origins(op):
    """The boxes from which this operation gets its inputs, directly or through operations without a
    box."""
    found = [{home[t.op]} if t.op in home else origins(t.op) for t in op.inputs]
    return set().union(*found)


edges = {(begin, key) for key, ops in boxes.items() for op in ops for begin in origins(op) - {key}}
backward = [(begin[0], end[0]) for begin, end in edges if begin[1] == end[1] == "gradients"]
print("between gradients:", sorted(backward, reverse=True))

# %%
ROWS = {"forward": (3, lesson.BLUE, "forward"),
        "variables": (2, lesson.GREEN, "variables and\nvelocities"),
        "gradients": (1, lesson.VERMILION, "gradients"), "train": (0, lesson.ORANGE, "train")}
spot = {key: (LAYERS.index(key[0]), ROWS[key[1]][0]) for key in boxes}

# %%
fig, ax = lesson.figure(9, 4.6)
for begin, end in sorted(edges):
    bend = (0 if begin[1] == end[1] or begin[0] != end[0]
            else 0.35 * (spot[begin][1] - spot[end][1] > 1))
    ax.annotate("", spot[end], spot[begin], zorder=0,
                arrowprops={"arrowstyle": "-|>", "color": "gray", "shrinkA": 24, "shrinkB": 24,
                            "connectionstyle": f"arc3,rad={bend}"})
for key, (column, row) in spot.items():
    ax.text(column, row, f"{key[0]}\n{len(boxes[key])} ops", ha="center", va="center", fontsize=9,
            color="black" if key[1] == "train" else "white",
            bbox={"boxstyle": "round,pad=0.5", "fc": ROWS[key[1]][1], "ec": "none"})
for row, color, label in ROWS.values():
    ax.text(-0.75, row, label, ha="right", va="center", color=color, weight="bold")
ax.set(xlim=(-1.4, 3.5), ylim=(-0.5, 3.5))
ax.set_axis_off()
lesson.show(fig, alt="Four rows of boxes, one box for each layer and role, with the number of "
            "its operations: forward from left to right, variables below, gradients from right to "
            "left, and the updates, with arrows that follow the tensors.")

# %% [markdown]
# TensorBoard drew such boxes from the same names, and opened one at a click. No session was made,
# no number exists: yet the machine knows the whole training step, and could cut it in pieces for
# several devices. That was the promise.

# %% [markdown]
# ## Is it the same network?
#
# Seven rungs; about half a minute. Rung 6 trains in float64, and rung 7 starts a second process
# that loads the files and trains on.

# %%
report = ladder.climb(build, logits, gradients, train_step, read_weights, save, load)
report.save("tensorflow1")
print(report)

# %%
from onecnn import figures

figures.climbed(report, "TensorFlow 1's graph and session on the parity ladder")

# %% [markdown]
# Rounding is all that differs: in float64 there is almost none. `load` called neither `network` nor
# the optimizer: the graph came from the file `.meta`, the numbers from `.data`.

# %% [markdown]
# **What did it learn?** The same as [the network by hand](02_by_hand.ipynb), to the last answer:
# the rung `training` has followed every step. Its loss curve and its mistakes stand there, and are
# not drawn again here.

# %%
print("the reference's answers to all 1,000 test digits:",
      report.predictions == ladder.expected()["predictions"].tolist())
print("test accuracy at least 94 %:",
      np.mean(report.predictions == digits.test_labels) >= 0.94)

# %% [markdown]
# ## How does a graph decide?
#
# Python's `if` runs while the graph is built, when no number is known. So the decision must be made
# of nodes. TensorFlow 1 used an old idea of dataflow machines: **Switch** sends a value to one of
# two sides, and the other side stays *dead*; **Merge** passes on whichever arrives.

# %%
with tf.Graph().as_default() as branching:
    x = tf.placeholder(tf.float32, [], name="x")
    chosen = tf.cond(x > 0, lambda: x * 2, lambda: x - 1)
kinds = [op.type for op in branching.get_operations()]
print({kind: kinds.count(kind) for kind in ("Switch", "Mul", "Sub", "Merge")})
with tf.Session(graph=branching) as session:
    print("x = 3:", session.run(chosen, {x: 3.0}), "  x = -3:", session.run(chosen, {x: -3.0}))

# %% [markdown]
# Two of the Switches route `x`. The third only marks which branch is alive, for operations without
# inputs; the figure leaves it out.

# %%
flow = [op for op in branching.get_operations()
        if op.type not in ("Const", "Identity") and op.name != "cond/Switch"]
fig, ax = lesson.figure(8, 2.8)
draw(ax, flow, lesson.VERMILION)
lesson.show(fig, alt="x leads to Greater and to two Switch operations, which Greater decides; "
            "their outputs enter Mul and Sub, and both end in one Merge.")

# %% [markdown]
# A loop is a circle in the graph: `Enter` lets a value in, `NextIteration` sends it round to
# `Merge`, `Switch` decides, `Exit` lets it out. The loop below doubles until 100.

# %%
with tf.Graph().as_default() as looping:
    x = tf.placeholder(tf.float32, [], name="x")
    tf.while_loop(lambda value: value < 100, lambda value: value * 2, [x], name="loop")
circle = [op for op in looping.get_operations() if op.type not in ("Const", "Identity", "LoopCond")]
with tf.Session(graph=looping) as session:
    print("from 3:", session.run("loop/Exit:0", {x: 3.0}))
fig, ax = lesson.figure(9, 2.8)
draw(ax, circle, lesson.GREEN)
lesson.show(fig, alt="x, Enter, Merge, Less, Switch in a row; from Switch to Exit, and to Mul and "
            "NextIteration, from which a dashed line leads back to Merge.")

# %% [markdown]
# TensorFlow 2 keeps each branch and each body in a function of its own, and the graph shows one
# node. `disable_control_flow_v2` at the top of this notebook chose the old form. Here is the new
# one.

# %%
tf.enable_control_flow_v2()
with tf.Graph().as_default() as today:
    x = tf.placeholder(tf.float32, [], name="x")
    tf.cond(x > 0, lambda: x * 2, lambda: x - 1)
    tf.while_loop(lambda value: value < 100, lambda value: value * 2, [x])
tf.disable_control_flow_v2()
print(sorted({op.type for op in today.get_operations()} - {"Const", "Identity", "Placeholder",
                                                           "Greater"}))

# %% [markdown]
# ## In which order do operations run?
#
# Along the edges, and otherwise in any order. Two lines of Python below each other mean nothing.
# Where an order is needed without an edge, `tf.control_dependencies` adds one.

# %% [markdown]
# **Predict, then run.** Each of the three tensors is fetched once, with the counter at 0. Which
# fetches count?
#
# <details><summary>Answer</summary>
#
# Only `inside`. `plain` needs no increment. `outside` looks as if it did, but the block changes
# only operations that are *created* in it, and `plain` existed before. `inside` makes a new read,
# with an edge from the increment.
#
# </details>

# %%
with counting.as_default():
    plain = tf.identity(counter, name="plain")
    with tf.control_dependencies([increment]):
        outside = plain
        inside = tf.identity(counter, name="inside")

with tf.Session(graph=counting) as session:
    for name, tensor in (("plain", plain), ("outside", outside), ("inside", inside)):
        session.run(counter.initializer)
        session.run(tensor)
        print(f"{name:<8} counter is now", session.run(counter))
print("edges without a value, into 'inside':",
      [op.type for op in inside.op.inputs[0].op.control_inputs])

# %% [markdown]
# ## Why was it so hard to debug?
#
# Because mistakes are made in one place and found in another. The next cell adds batches of
# different sizes. The graph has no objection: sizes are unknown. Later `run` fails.

# %%
with tf.Graph().as_default() as faulty:
    left, right = (tf.placeholder(tf.float32, [None, 3], name="left"),
                   tf.placeholder(tf.float32, [None, 3], name="right"))
    mistake = tf.add(left, right, name="my_sum")
    print("while building:", mistake.shape, "no error")
with tf.Session(graph=faulty) as session:
    try:
        session.run(mistake, {left: np.ones([2, 3]), right: np.ones([5, 3])})
    except tf.errors.InvalidArgumentError as error:
        print("raised by session.run, but made at the node:", error.op.name)
        print(next(line for line in error.message.splitlines() if "Incompatible" in line))

# %% [markdown]
# The node's name leads back to your line, if you gave it one; else it is `add_37`. In large
# programs the line that failed and the line that was wrong stood in different files.
#
# And a `print`? Python prints while the graph is built: once, and no number. To see numbers you put
# a *node* that prints into the graph, and an edge that makes somebody need it.

# %%
import tempfile
from pathlib import Path

folder = tempfile.TemporaryDirectory()
with faulty.as_default():
    print("Python's print:", mistake)
    printing = tf.print("tf.print:", mistake, output_stream=f"file://{folder.name}/printed.txt")
    with tf.control_dependencies([printing]):
        seen = tf.identity(mistake)
with tf.Session(graph=faulty) as session:
    for step in range(2):
        session.run(seen, {left: np.full([1, 3], step), right: np.ones([1, 3])})
print(Path(folder.name, "printed.txt").read_text(), end="")

# %% [markdown]
# Python's debugger sees one call, `session.run`, and nothing inside. So TensorFlow wrote its own,
# `tfdbg`: it wrapped the session and showed each tensor after a run. Today you set a breakpoint:
# eager execution gave Python its place back.

# %% [markdown]
# ## How does a network leave Python?
#
# Here the graph paid off. **Freezing** writes each weight into the graph as a constant and drops
# all that the output does not need. What remains is one `GraphDef`, in one file: phones, servers
# and other languages could run it.
#
# The function that freezes is deprecated. Its successor is for `tf.function`, not for sessions; so
# there is no newer call, and the two log lines about it are filtered by name.

# %%
RETIRED = ("convert_variables_to_constants", "extract_sub_graph")
tf.get_logger().addFilter(lambda record: not any(name in record.getMessage() for name in RETIRED))

model = build(spec.initial_weights())
whole = model.session.graph.as_graph_def()
frozen = tf.graph_util.convert_variables_to_constants(model.session, whole, ["logits"])
Path(folder.name, "one_cnn.pb").write_bytes(frozen.SerializeToString())
print("nodes:", len(whole.node), "->", len(frozen.node), "  variables left:",
      sum("Var" in node.op for node in frozen.node))
print([node.op for node in frozen.node if node.op not in ("Const", "Identity")])

# %% [markdown]
# The next cell is the phone: it knows the file and two names. No `network`, no `build`, no variable
# to initialise.

# %%
received = tf.GraphDef.FromString(Path(folder.name, "one_cnn.pb").read_bytes())
with tf.Graph().as_default() as elsewhere:
    output, = tf.import_graph_def(received, return_elements=["logits:0"], name="")
with tf.Session(graph=elsewhere) as session:
    there = session.run(output, {"images:0": digits.test_images[:64]})
here = logits(model, digits.test_images[:64])
print("the same logits within 1e-6:", np.abs(there - here).max() <= 1e-6)
print("can it be trained:", any(op.name == "train" for op in elsewhere.get_operations()))
folder.cleanup()

# %% [markdown]
# ## What became of the higher levels?
#
# | level | what you wrote | in this package today |
# |---|---|---|
# | low | `get_variable`, `tf.nn`, `tf.train.Optimizer` | runs, as you saw |
# | middle | `tf.layers.conv2d(x, 16, 3)` | refused |
# | high | `tf.estimator.Estimator(model_fn)` | removed |

# %%
try:
    _ = tf.layers.conv2d
except AttributeError as error:
    print("tf.layers:", error)
print("tf.estimator:", hasattr(tf, "estimator"), "  tf.contrib:", hasattr(tf, "contrib"))
print("tf.train.MonitoredTrainingSession:", hasattr(tf.train, "MonitoredTrainingSession"))

# %% [markdown]
# `tf.layers` made the variables for you; since Keras 3 it refuses. An **Estimator** took a
# `model_fn` that built graph, loss and train op, and owned the session, the loop, checkpoints and
# export. It came in 1.1 (2017) and was removed in 2.16 (2024). `tf.contrib`, where much lived, did
# not make it into 2.0.
#
# What is left of the high level is the session that initialises, trains, and closes itself:

# %%
with tf.Graph().as_default() as monitored:
    step = tf.train.get_or_create_global_step()
    w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    train = tf.train.MomentumOptimizer(0.1, 0.5).minimize((w - 1) ** 2, global_step=step)
    with tf.train.MonitoredTrainingSession(
            hooks=[tf.train.StopAtStepHook(last_step=50)]) as session:
        while not session.should_stop():
            value, locked = session.run([w, train])[0], monitored.finalized
print("w is near 1, and nobody ran an initializer:", abs(value - 1) < 0.01,
      "  graph locked meanwhile:", locked)

# %% [markdown]
# Where each level stops helping: operations leave the session, names and order to you; layers leave
# you the session; an Estimator leaves you nothing to look into, since graph and session are made
# where you cannot reach them.

# %% [markdown]
# ## A trap: the branch that runs anyway
#
# You want one `run` for training and for looking, with a switch:
# `tf.cond(training, lambda: train, lambda: tf.no_op())`. Users met it from the first months on:
# [2062](https://github.com/tensorflow/tensorflow/issues/2062) and
# [3287](https://github.com/tensorflow/tensorflow/issues/3287), both 2016. The answer: documented,
# and meant.


# %%
def careless_build(weights):
    model = build(weights)
    with model.session.graph.as_default():
        model.training = tf.placeholder(tf.bool, [], name="training")
        model.step = tf.cond(model.training, lambda: model.train, lambda: tf.no_op())
    return model


def careless_run(model, images, labels, training):
    feed = {model.images: images, model.labels: labels, model.training: training}
    loss, found, _ = model.session.run([model.loss, model.gradients, model.step], feed)
    return float(loss), {name: to_spec(gradient) for name, gradient in found.items()}


# %% [markdown]
# **Predict, then run.** The ladder asks for logits, for the loss, for gradients, then it trains.
# With `training` false the branch is `no_op`. Which rung breaks?
#
# <details><summary>Answer</summary>
#
# `loss`. `train` was created outside the branches, so it runs in either case: *looking* at the loss
# makes a training step. The first look at a network is right, since an update waits for its
# gradient. The ladder looks at the same network again, and that look sees other weights.
#
# </details>

# %%
broken = ladder.climb(careless_build, logits, lambda *given: careless_run(*given, training=False),
                      lambda *given: careless_run(*given, training=True)[0], read_weights,
                      save, load)
print("broken rung:", broken.failed_rung)

# %%
careless = careless_build(spec.initial_weights())
before = read_weights(careless)
careless_run(careless, digits.train_images[:64], digits.train_labels[:64], training=False)
after = read_weights(careless)
print("weights moved although training was False:",
      any(not np.array_equal(after[name], before[name]) for name in before))
careless.session.close()

# %% [markdown]
# The cure: whatever a branch shall run must be *created in the branch's function*. Or better, no
# branch at all. The fetch is the switch: fetch `train` when you train, and do not when you look.
# That is what `train_step` and `gradients` do.

# %%
with counting.as_default():
    wanted = tf.placeholder(tf.bool, [], name="wanted")
    made_outside = tf.cond(wanted, lambda: increment, lambda: 0.0)
    made_inside = tf.cond(wanted, lambda: tf.assign_add(counter, 1.0), lambda: 0.0)
with tf.Session(graph=counting) as session:
    for name, tensor in (("outside", made_outside), ("inside", made_inside)):
        session.run(counter.initializer)
        session.run(tensor, {wanted: False})
        print(f"increment created {name:<8} counter after a False:", session.run(counter))

# %% [markdown]
# ## Which mistake does no rung see?
#
# An expression inside the loop. `session.run(-loss)` looks innocent, but the minus adds a node at
# every turn ([9646](https://github.com/tensorflow/tensorflow/issues/9646),
# [7127](https://github.com/tensorflow/tensorflow/issues/7127), 2017). All numbers stay right; each
# run gets slower, and memory goes.

# %%
feed = {model.images: digits.train_images[:64], model.labels: digits.train_labels[:64]}
sizes = []
with model.session.graph.as_default():
    for _ in range(4):
        model.session.run(-model.loss, feed)
        sizes.append(len(model.session.graph.get_operations()))
print("operations added by each turn:", np.diff(sizes))

# %% [markdown]
# The cure: build once, before the loop, and lock the door. A finalized graph refuses new nodes, and
# names the guilty line.

# %%
model.session.graph.finalize()
try:
    with model.session.graph.as_default():
        model.session.run(-model.loss, feed)
except RuntimeError as error:
    print(error)
model.session.close()

# %% [markdown]
# ## What did people want from it?
#
# One description that runs anywhere. The white paper of 2015 promises that: the same computation,
# with little or no change, on phones and on clusters of hundreds of machines. A graph without
# Python can be split over devices, optimized as a whole, and served by a program that has never
# heard of your code. You did the last of these above.

# %% [markdown]
# ## What came of it?
#
# | when | what |
# |---|---|
# | 2015-11 | TensorFlow is public |
# | 2017-04 | 1.1: `tf.estimator` |
# | 2017-11 | 1.4: `tf.keras` and `tf.data` in the core; queues are no longer developed |
# | 2018-03 | 1.7: eager execution leaves `contrib` |
# | 2018-12 | Keras is named the high-level API of 2.0 |
# | 2019-09-30 | 2.0: "functions, not sessions" |
# | 2024-03 | 2.16: Estimator removed |

# %% [markdown]
# **Queues** were input pipelines made of nodes: threads that filled them, a coordinator that
# stopped them. They still stand in `tf.train`, deprecated. `tf.data` replaced them.
#
# **A popular error:** "TensorFlow 2 threw the graph away." It moved: `tf.function` traces your
# Python into such a graph, and you can list its operations
# ([TensorFlow today](../02_frameworks/01_tensorflow.ipynb)). What went is the session, and with it
# the placeholder, the initializer and the name as interface.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** You train in one session. Then you open a second session on the same graph, run the
# initializer there, and measure the accuracy. What do you see?
#
# <details><summary>A. The accuracy of the trained network: the graph has learned</summary>No. The graph holds how a weight is initialised. The trained numbers live in the first session.</details>
# <details><summary>B. An error about an uninitialized value</summary>No. You would see it without the initializer. You ran it, so each variable has a value.</details>
# <details><summary>C. The accuracy of an untrained network</summary>Right. Each session has its own set of weights. A <code>Saver</code> would carry the trained ones over.</details>
#
# <br>**2.** With the same `feed`, you first run `session.run(model.train, feed)` and then
# `session.run(model.loss, feed)`. Which loss do you get?
#
# <details><summary>A. That after the step, and the forward pass has run twice</summary>Right. Each <code>run</code> computes anew what its fetches need. Fetched together, loss and train op share one forward pass.</details>
# <details><summary>B. That before the step: the first run computed it on the way to the gradients</summary>No. The value is gone when the first <code>run</code> ends. What stays between two runs are the variables.</details>
# <details><summary>C. An error: the loss can be fetched only together with the train op</summary>No. You may fetch any tensor of the graph. The session runs what is on the way to it.</details>
#
# <br>**3.** While you build the graph you write `rate = 0.01 if step > 100 else 0.1` and give
# `rate` to the optimizer. `step` is a Python number, now 0. The loop counts it up. Which rate is
# used in step 500?
#
# <details><summary>A. 0.01: the line is asked again in each step</summary>No. Python's <code>if</code> ran once, while the graph was built. The graph knows nothing of <code>step</code>.</details>
# <details><summary>B. 0.1</summary>Right. The number that stood there while you built went into the graph. For a decision in each run you need nodes, or a placeholder that you feed.</details>
# <details><summary>C. None: a Python <code>if</code> cannot stand where a graph is built</summary>No. It can, and it decides what is built. It cannot decide what each run does.</details>
#
# <br>**4.** You create `message = tf.print(loss)`, then write
# `tf.cond(verbose, lambda: message, lambda: tf.no_op())`. It prints although `verbose` is false.
# What do you change?
#
# <details><summary>A. You swap the two lambdas</summary>No. <code>message</code> was made outside the branches, so it runs in either case, whichever lambda names it.</details>
# <details><summary>B. You put the <code>tf.cond</code> into a block <code>tf.control_dependencies([message])</code></summary>No. That adds an edge from <code>message</code> to what is created in the block. It prints in either case then, too.</details>
# <details><summary>C. You feed <code>verbose</code> in an earlier <code>run</code></summary>No. A fed value holds for one <code>run</code>. And the predicate was right: the operation did not stand in a branch.</details>
# <details><summary>D. You write <code>tf.cond(verbose, lambda: tf.print(loss), lambda: tf.no_op())</code></summary>Right. What a branch shall run must be created in the branch's function.</details>
#
# <br>**5.** The network was frozen with the output `logits`. On the phone somebody wants to train
# it on. What is in the way?
#
# <details><summary>A. The weights are constants, and the train op is gone</summary>Right. Freezing turns variables into constants and drops what the output does not need: gradients and optimizer, too.</details>
# <details><summary>B. Only the momentum: without it, training starts from standstill</summary>No. That would be true of a checkpoint with the weights alone. Here the weights are no variables any more.</details>
# <details><summary>C. Nothing: the train op is a node, and travels with the graph</summary>No. It does in the file <code>.meta</code> of a checkpoint. The logits do not need it, so freezing left it out.</details>
#
# <br>**6.** All numbers are right, but after some hours each `run` takes longer, and memory goes.
# What do you do first?
#
# <details><summary>A. You climb the parity ladder and mend the rung that breaks</summary>No. The ladder compares numbers, and these are right. No rung sees this mistake.</details>
# <details><summary>B. You make the batches smaller</summary>No. A batch that is too large costs the same in the first hour as in the last. Here something grows.</details>
# <details><summary>C. You finalize the graph before the loop</summary>Right. Probably an expression in the loop adds nodes at each turn. A finalized graph refuses them, and the error shows the line.</details>
#
# <br>**7.** Which of these old programs has the best chance to run as it is, with
# `tensorflow.compat.v1` of this course?
#
# <details><summary>A. One with <code>tf.layers.conv2d</code> and a <code>Session</code></summary>No. The session is there, but <code>tf.layers</code> refuses since Keras 3.</details>
# <details><summary>B. One with <code>tf.get_variable</code>, <code>tf.nn.conv2d</code> and <code>MomentumOptimizer</code></summary>Right. The low level runs, as the chapter's own network shows. What stood above it is refused or removed.</details>
# <details><summary>C. One with <code>tf.estimator.Estimator</code> and a <code>model_fn</code></summary>No. The Estimator, once the high level, was removed in 2.16.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | building | running |
# |---|---|---|
# | who works | Python | the session |
# | it knows | kinds, names, shapes | numbers |
# | gradients, optimizer | add nodes | are run like the rest |
# | mistakes | are made here | are found here |
# | state | how to initialise it | the weights |

# %% [markdown]
# **Choose it when** you must run or rescue an old graph: `compat.v1` reads checkpoints and frozen
# files (shown above).
#
# **Avoid it when** you begin anything new: its layers and Estimators are gone, and errors surface
# far from their cause (both shown above).
#
# **Take with you** a question for any framework: does this line compute, or does it describe?
#
# **Now you:** [the exercise](../../exercises/01_history/06_tensorflow1.ipynb), with self-checks.

# %% [markdown]
# ## Sources: history
#
# All checked 2026-11-24.
# - The argument of 2015: [TensorFlow white paper](https://arxiv.org/abs/1603.04467); the system:
#   [OSDI 2016](https://research.google/pubs/tensorflow-a-system-for-large-scale-machine-learning)
# - Releases: [1.1](https://github.com/tensorflow/tensorflow/releases/tag/v1.1.0),
#   [1.4](https://github.com/tensorflow/tensorflow/releases/tag/v1.4.0),
#   [1.7](https://github.com/tensorflow/tensorflow/releases/tag/v1.7.0),
#   [2.0](https://github.com/tensorflow/tensorflow/releases/tag/v2.0.0), [1.15.5, the last patch of
#   1.x](https://github.com/tensorflow/tensorflow/releases/tag/v1.15.5) (read in
#   [a copy](https://newreleases.io/project/github/tensorflow/tensorflow/release/v1.15.5)),
#   [their Pythons](https://www.tensorflow.org/install/source#tested_build_configurations),
#   [2.16.1, Estimator removed](https://github.com/tensorflow/tensorflow/releases/tag/v2.16.1)
# - Keras for 2.0: [TensorFlow blog,
#   2018-12-06](https://blog.tensorflow.org/2018/12/standardizing-on-keras-guidance.html)
# - Queues:
#   [Threading and queues, with its note](https://github.com/xitu/tensorflow-docs/blob/zh-hans/api_guides/python/threading_and_queues.md)
# - Estimator: [its guide, with the warning](https://www.tensorflow.org/guide/estimator)

# %% [markdown]
# ## Sources: technique
#
# All checked 2026-11-24.
# - Switch and Merge, Enter and Exit:
#   [Dynamic control flow in large-scale machine learning](https://arxiv.org/abs/1805.01772),
#   EuroSys 2018
# - `tfdbg`:
#   [TensorFlow Debugger](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/debug/README.md)
# - Uninitialised values: tensorflow/tensorflow issue
#   [7463](https://github.com/tensorflow/tensorflow/issues/7463), 2017; feeding an initializer, and
#   the limit of 2 GB: issue [2382](https://github.com/tensorflow/tensorflow/issues/2382), 2016
# - The trap: tensorflow/tensorflow issues
#   [2062](https://github.com/tensorflow/tensorflow/issues/2062) and
#   [3287](https://github.com/tensorflow/tensorflow/issues/3287), 2016
# - The growing graph: issues [9646](https://github.com/tensorflow/tensorflow/issues/9646) and
#   [7127](https://github.com/tensorflow/tensorflow/issues/7127), 2017

# %% [markdown]
# **On your path:**
#
# - *The history, 8 of 11:* [Chainer](05_chainer.ipynb) → here →
#   [MXNet](../02_frameworks/04_mxnet.ipynb)
#
# **In the order of the folders:** previous [Chainer](05_chainer.ipynb) · next
# [Where they went](07_where_they_went.ipynb) · [all chapters](../00_start_here.ipynb)
