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
# Four tasks on [the MXNet notebook](../../notebooks/02_frameworks/04_mxnet.ipynb), about 30
# minutes. MXNet is retired; reading its code is the skill. Fill in what is missing, run the cell
# below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a hint. Nothing breaks if you run
# everything at once.

# %%
from onecnn import lesson

lesson.start()

# %%
import mxnet as mx
import numpy as np
from mxnet import autograd, nd
from mxnet.gluon import nn

from onecnn import cells, checks, ladder, mnist, spec

digits = mnist.load()
gluon_cnn = cells.functions("02_frameworks/04_mxnet")
images, labels = nd.array(digits.train_images[:64]), nd.array(digits.train_labels[:64])

# %% [markdown]
# ## 1. Complete a training step
#
# `training_step` shall do one step on one batch of NDArrays and return the mean loss as a Python
# number. The loss function `gluon_cnn.softmax_cross_entropy` gives one loss for each image.
# `model.trainer` is the Trainer. Write the lines.


# %%
def training_step(model, images, labels):
    loss_function = gluon_cnn.softmax_cross_entropy
    ### BEGIN SOLUTION
    with autograd.record():
        losses = loss_function(model(images), labels)
    losses.backward()
    model.trainer.step(images.shape[0])
    return float(losses.mean().asscalar())
    ### END SOLUTION


# %%
def two_steps_agree():
    model, twin = gluon_cnn.build(spec.initial_weights()), gluon_cnn.build(spec.initial_weights())
    for _ in range(2):
        try:
            mine = training_step(model, images, labels)
        except mx.MXNetError:
            return ("the engine refused: has backward() a record to walk, from inside "
                    "autograd.record()?")
        theirs = gluon_cnn.train_step(twin, digits.train_images[:64], digits.train_labels[:64])
    if not isinstance(mine, (float, np.floating)):
        return "return a number: asscalar() waits for it"
    if abs(mine - theirs) > 1e-5:
        return ("the loss is not the twin's: return the mean, and divide the gradient by the batch "
                "size exactly once")
    weights, wanted = gluon_cnn.read_weights(model), gluon_cnn.read_weights(twin)
    return all(np.allclose(weights[name], wanted[name], atol=1e-6) for name in spec.SHAPES)


# %%
checks.grade("1 training step", two_steps_agree,
             hint="record the forward pass, walk back, step with the number of images")

# %% [markdown]
# ## 2. Predict, then count
#
# `Counted` counts how often its Python runs. It will be called twice with 64 images, then
# hybridized, then called three times with 64 images and once with 10. How often does the Python run
# in all? Write your number before you look at anything.

# %%
### BEGIN SOLUTION
python_runs = 3
### END SOLUTION


# %%
class Counted(nn.HybridBlock):
    runs = 0

    def hybrid_forward(self, F, x):
        self.runs += 1
        return F.relu(x)


# %%
def count_runs():
    block = Counted()
    for _ in range(2):
        block(images)
    block.hybridize()
    for batch in (images, images, images, images[:10]):
        block(batch)
    return block.runs


checks.grade("2 python runs", lambda answer: answer == count_runs(), hint="a graph of Symbols "
             "knows no batch size; after it is recorded, Python is not asked again",
             answer=python_runs)

# %% [markdown]
# ## 3. Port the head from PyTorch to Symbol
#
# In the PyTorch notebook the end of the network reads:
#
# ```python
# x = torch.relu(self.dense1(x.flatten(1)))
# return self.dense2(x)
# ```
#
# Write it as a Symbol. `x` is a Symbol of shape `N x 32 x 5 x 5`. The layers have 64 and 10
# outputs; the course's weights must find their places by name: `dense1_weight`, `dense1_bias`, and
# so on.


# %%
def head(x):
    ### BEGIN SOLUTION
    x = mx.sym.relu(mx.sym.FullyConnected(mx.sym.flatten(x), num_hidden=64, name="dense1"))
    return mx.sym.FullyConnected(x, num_hidden=10, name="dense2")
    ### END SOLUTION


# %%
def same_head():
    symbol = head(mx.sym.var("data"))
    names = ["data", "dense1_weight", "dense1_bias", "dense2_weight", "dense2_bias"]
    if symbol.list_arguments() != names:
        return (f"the Symbol asks for {', '.join(symbol.list_arguments())}: give its layers the "
                "names dense1 and dense2")
    x = np.random.RandomState(1).normal(size=(6, 32, 5, 5)).astype(np.float32)
    w = {name: value + np.float32(0.01) for name, value in spec.initial_weights().items()
         if name.startswith("dense")}
    executor = symbol.simple_bind(mx.cpu(), grad_req="null", data=x.shape)
    executor.copy_params_from({name.replace(".", "_"): nd.array(value)
                               for name, value in w.items()})
    mine = executor.forward(data=nd.array(x))[0].asnumpy()
    hidden = np.maximum(x.reshape(6, -1) @ w["dense1.weight"].T + w["dense1.bias"], 0)
    return np.allclose(mine, hidden @ w["dense2.weight"].T + w["dense2.bias"], atol=1e-3)


checks.grade("3 symbolic head", same_head,
             hint="flatten, FullyConnected of 64, relu, FullyConnected of 10; no relu at the end")

# %% [markdown]
# ## 4. Mend a network that the ladder rejects
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
    images, labels = nd.array(images, dtype=images.dtype), nd.array(labels)
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels)
    losses.backward()
    return losses


# %%
def climb_with(pass_through):
    def gradients(model, images, labels):
        losses = pass_through(model, images, labels)
        divided = {name.replace("_", "."): p.grad().asnumpy() / len(images)
                   for name, p in model.collect_params().items()}
        return losses.mean().asscalar(), divided

    def train_step(model, images, labels):
        losses = pass_through(model, images, labels)
        model.trainer.step(len(images))
        return losses.mean().asscalar()

    return ladder.climb(build_adding, gluon_cnn.logits, gradients, train_step,
                        gluon_cnn.read_weights, gluon_cnn.save, gluon_cnn.load, training=False,
                        artefact=False)


print("broken rung:", climb_with(record_and_walk_back).failed_rung)

# %% [markdown]
# `build_adding` must stay as it is. Write a `mended` in place of `record_and_walk_back`, one call
# longer, so that each batch starts from zero. `model.collect_params()` has a method for it.


# %%
def mended(model, images, labels):
    ### BEGIN SOLUTION
    model.collect_params().zero_grad()
    images, labels = nd.array(images, dtype=images.dtype), nd.array(labels)
    with autograd.record():
        losses = gluon_cnn.softmax_cross_entropy(model(images), labels)
    losses.backward()
    return losses
    ### END SOLUTION


# %%
def climbs():
    report = climb_with(mended)
    if report.failed_rung and "NotImplementedError" in str(report):
        raise NotImplementedError
    return (report.failed_rung is None
            or f"the rung '{report.failed_rung}' breaks: what do the gradients hold when a batch "
            "begins?")


checks.grade("4 mended network", climbs, hint="zero_grad() once for each batch, before backward()")
