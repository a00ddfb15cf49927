# ---
# jupyter:
#   kernelspec:
#     display_name: Museum (MXNet, Theano, Chainer)
#     language: python
#     name: museum
# ---

# %% [markdown]
# # Exercise: MXNet
#
# Four tasks on [the MXNet notebook](../../notebooks/02_frameworks/04_mxnet.ipynb), about 35
# minutes. MXNet is retired; reading its code is the skill. Fill in what is missing, run the cell
# below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a hint. The checks are folded: try
# before you unfold one. Stuck? *Show me a way* unfolds below each check. Nothing breaks if you run
# everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import mxnet as mx
import numpy as np
from mxnet import autograd, nd
from mxnet.gluon import nn

from onecnn import cells, checks, ladder

gluon_cnn = cells.functions("02_frameworks/04_mxnet")

# %% [markdown]
# ## 1. A training step (complete)
#
# `training_step` shall do one step on one batch of NDArrays and return the mean loss before the
# step, as a number (not as an NDArray). The loss function `gluon_cnn.softmax_cross_entropy` gives
# one loss for each image. `model.trainer` is the Trainer. The step follows the gradient of the
# *mean*.


# %%
def training_step(model, images, labels):
    raise NotImplementedError("your code here")


# %% [markdown]
# The check knows the loss and the gradients of one dense layer by a formula.


# %% jupyter={"source_hidden": true}
def dense_layer(random, inputs, classes, **recipe):
    layer = nn.Dense(classes, in_units=inputs)
    layer.initialize()
    layer.weight.set_data(nd.array(random.randn(classes, inputs)))
    layer.bias.set_data(nd.array(random.randn(classes)))
    layer.trainer = mx.gluon.Trainer(layer.collect_params(), "sgd", recipe)
    return layer, [layer.weight.data().asnumpy(), layer.bias.data().asnumpy()]


def by_formula(weight, bias, x, labels):
    scores = x @ weight.T + bias
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(chances[np.arange(len(x)), labels]).mean()
    too_much = (chances - np.eye(len(bias))[labels]) / len(x)
    return loss, too_much.T @ x, too_much.sum(axis=0)


# %% jupyter={"source_hidden": true}
def steps_as_asked(random, size, inputs, classes, rate, momentum):
    layer, weights = dense_layer(random, inputs, classes, learning_rate=rate, momentum=momentum)
    speeds = [0, 0]
    for step in (1, 2, 3):
        x, labels = 5 * random.randn(size, inputs), random.randint(classes, size=size)
        mine = training_step(layer, nd.array(x), nd.array(labels))
        loss, *slopes = by_formula(*weights, x, labels)
        speeds = [momentum * speed + slope for speed, slope in zip(speeds, slopes)]
        weights = [weight - rate * speed for weight, speed in zip(weights, speeds)]
        if not isinstance(mine, (float, np.floating)):
            return f"you return a {type(mine).__name__}. What waits for its number?"
        if not np.isclose(mine, loss, atol=1e-3):
            return f"step {step}: that is not the mean loss of this batch before the step"
        found = [layer.weight.data().asnumpy(), layer.bias.data().asnumpy()]
        if not all(np.allclose(*pair, atol=1e-3) for pair in zip(found, weights)):
            return f"step {step}: the weights end elsewhere. How often is the gradient divided?"
    return ""


# %% jupyter={"source_hidden": true}
def steps_agree():
    random = checks.random(1)
    for size, inputs, classes, rate, momentum in ((5, 4, 3, 0.5, 0.9), (1, 7, 6, 0.3, 0.0),
                                                  (12, 2, 2, 0.2, 0.5)):
        try:
            wrong = steps_as_asked(random, size, inputs, classes, rate, momentum)
        except mx.MXNetError:
            return ("the engine refused: has backward() a record to walk, from inside "
                    "autograd.record()?")
        if wrong:
            return f"{wrong} ({size} images, rate {rate}, momentum {momentum})"
    return True


checks.grade("1 training step", steps_agree,
             hint="what must be recorded, and who divides by the number of images?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The chapter's `train_step` has the same parts. Record the losses, walk back from them, and let the
# trainer step. `backward` on a vector gives the gradient of its sum, and `step` divides by the
# number that it is given. `asscalar` makes a number of an array with one entry.
#
# </details>

# %% [markdown]
# ## 2. When does the Python run? (predict)
#
# `Counted` counts how often its Python runs. The next cell calls one such block eight times, and
# hybridizes it on the way. Which of the eight calls run the Python? Write a list of eight, `True`
# or `False`, before you run anything.


# %%
class Counted(nn.HybridBlock):
    runs = 0

    def hybrid_forward(self, F, x):
        self.runs += 1
        return F.relu(x)


def what_runs():
    block, large, small, runs = Counted(), nd.ones((64, 1, 28, 28)), nd.ones((10, 784)), [0]
    for batch, hybridize in ((large, None), (large, None), (large, True), (large, None),
                             (small, None), (large, True), (small, None), (large, False)):
        if hybridize is not None:
            block.hybridize(hybridize)  # before this call
        block(batch)
        runs.append(block.runs)
    return [after > before for before, after in zip(runs, runs[1:])]


# %%
python_runs = ...  # your answer here


# %% jupyter={"source_hidden": true}
def predicted(answer):
    if len(answer) != 8:
        return f"there are eight calls, and your list has {len(answer)} entries"
    right = sum(bool(mine) == one for mine, one in zip(answer, what_runs()))
    return right == 8 or (f"{right} of 8 are right. When is there a graph that can run in place of "
                          "the Python?")


checks.grade("2 python runs", predicted, answer=python_runs,
             hint="when is a graph made, when is it kept, and does it know a batch size?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Before `hybridize` there is no graph, so each call runs the Python. After it, the next call makes
# one, and it is kept for batches of other shapes too: a graph of Symbols knows none. Each call of
# `hybridize` throws the graph away, and `hybridize(False)` asks for none.
#
# </details>

# %% [markdown]
# ## 3. The head, from PyTorch to Symbol (port)
#
# In the PyTorch notebook the end of the network reads:
#
# ```python
# x = torch.relu(self.dense1(x.flatten(1)))
# return self.dense2(x)
# ```
#
# Write it as a Symbol. `x` is a Symbol of shape `N x C x H x W`. The layers have `hidden` and
# `classes` outputs; the weights must find their places by name: `dense1_weight`, `dense1_bias`, and
# so on.


# %%
def head(x, hidden, classes):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def same_head(random, shape, hidden, classes):
    factor = random.rand()
    symbol = head(mx.sym.var("data") * factor, hidden, classes)
    names = ["data", "dense1_weight", "dense1_bias", "dense2_weight", "dense2_bias"]
    if symbol.list_arguments() != names:
        return f"the Symbol asks for {', '.join(symbol.list_arguments())}. Who names a layer?"
    x, inputs = random.randn(*shape), np.prod(shape[1:])
    one, other = random.randn(hidden, inputs), random.randn(classes, hidden)
    one_bias, other_bias = random.randn(hidden), random.randn(classes)
    executor = symbol.simple_bind(mx.cpu(), grad_req="null", data=x.shape)
    executor.copy_params_from({name: nd.array(value) for name, value in
                               zip(names[1:], (one, one_bias, other, other_bias))})
    found = executor.forward(data=nd.array(x))[0].asnumpy()
    wanted = np.maximum(factor * x.reshape(len(x), -1) @ one.T + one_bias, 0) @ other.T + other_bias
    return "" if np.allclose(found, wanted, atol=1e-2) else "the numbers are not PyTorch's"


# %% jupyter={"source_hidden": true}
def same_heads():
    random = checks.random(3)
    for shape, hidden, classes in (((6, 32, 5, 5), 64, 10), ((3, 2, 4, 3), 7, 5),
                                   ((1, 1, 2, 6), 3, 4)):
        try:
            wrong = same_head(random, shape, hidden, classes)
        except mx.MXNetError:
            wrong = "the engine refused to bind it. How many outputs has each layer?"
        if wrong:
            return f"{' x '.join(map(str, shape))}, {hidden} hidden, {classes} classes: {wrong}"
    return True


checks.grade("3 symbolic head", same_heads,
             hint="which operation of mx.sym is a dense layer, and what stands between the two?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# A dense layer is called `FullyConnected`: it takes a Symbol, the number of outputs as
# `num_hidden`, and a `name`, to which `_weight` and `_bias` are added. It flattens by itself. As in
# PyTorch, the last layer has no `relu`.
#
# </details>

# %% [markdown]
# ## 4. A network that the ladder rejects (mend)
#
# A colleague needs `grad_req="add"`, to sum the gradients of several small batches when memory is
# short. Since then the network trains wrongly. The cells below let it climb, and the ladder names a
# rung.


# %%
def build_adding(weights):
    model = gluon_cnn.build(weights)
    model.collect_params().setattr("grad_req", "add")
    return model


def record_and_walk_back(model, images, labels):
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels)
    losses.backward()
    return losses


# %%
def climb_with(pass_through):
    def arrays(images, labels):
        return nd.array(images, dtype=images.dtype), nd.array(labels)

    def gradients(model, images, labels):
        losses = pass_through(model, *arrays(images, labels))
        divided = {name.replace("_", "."): p.grad().asnumpy() / len(images)
                   for name, p in model.collect_params().items()}
        return losses.mean().asscalar(), divided

    def train_step(model, images, labels):
        losses = pass_through(model, *arrays(images, labels))
        model.trainer.step(len(images))
        return losses.mean().asscalar()

    return ladder.climb(build_adding, gluon_cnn.logits, gradients, train_step,
                        gluon_cnn.read_weights, gluon_cnn.save, gluon_cnn.load, training=False,
                        artefact=False)


# %%
print("broken rung:", climb_with(record_and_walk_back).failed_rung)

# %% [markdown]
# `build_adding` must stay as it is, and so must the setting: the check looks. Write a `mended` in
# place of `record_and_walk_back`, one call longer, so that each batch starts from zero.
# `model.collect_params()` has a method for it.


# %%
def mended(model, images, labels):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def still_adds():
    layer, _ = dense_layer(checks.random(4), 4, 3)
    layer.collect_params().setattr("grad_req", "add")
    mended(layer, nd.ones((2, 4)), nd.array([0, 1]))
    return all(p.grad_req == "add" for p in layer.collect_params().values())


def climbs():
    if not still_adds():
        return "your function changes grad_req, which the colleague needs"
    report = climb_with(mended)
    return (report.failed_rung is None
            or f"the rung '{report.failed_rung}' breaks: what do the gradients hold when a batch "
            "begins, and what is returned?")


checks.grade("4 mended network", climbs,
             hint="when must the sum be empty, and when must it be there?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# With `add`, `backward` adds to the gradients that are there already, and they are those of the
# last batch. `zero_grad` of the collected parameters empties them. It has to come before
# `backward`, in each call. The rest of `record_and_walk_back` is right.
#
# </details>
