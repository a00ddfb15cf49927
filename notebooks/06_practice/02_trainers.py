# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Trainers: what they do behind your back
#
# After this notebook you will be able to hand your training loop to Lightning, Hugging Face,
# Accelerate or Keras, and *prove* that it still makes your steps.
#
# **You will learn to**
# - train one network with four trainers, and hold each to the reference;
# - find silent gradient clipping with the parity ladder, and switch it off;
# - stop a training and resume it to the bit;
# - write a learning rate's schedule as a formula, and see who calls it when;
# - say what mixed precision costs, and what a `GradScaler` is for.
#
# **Before you start:** [Your first network](../00_your_first_network.ipynb),
# [PyTorch](../02_frameworks/02_pytorch.ipynb) and
# [The parity ladder](../03_comparison/01_parity_ladder.ipynb). Kernel `deployment`
# (`python3 course.py lab --with deployment`), about 35 minutes.
# The slowest cell takes about ten seconds.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What else did you ask for?
#
# A trainer is a training loop that somebody else wrote. You give it a network and data. All that
# you do not say, it decides. The next cell gives Hugging Face's `TrainingArguments` a folder, and
# asks what was decided.

# %%
import tempfile

from onecnn import cells

quiet = cells.program("06_practice/02_trainers/quiet")
accelerate, lightning, transformers = quiet.trainers()
scratch = tempfile.TemporaryDirectory()

decided = transformers.TrainingArguments(scratch.name, use_cpu=True)
for name in ("optim", "learning_rate", "lr_scheduler_type", "max_grad_norm",
             "dataloader_drop_last", "per_device_train_batch_size", "logging_steps", "seed"):
    value = getattr(decided, name)
    print(f"{name:<28} {getattr(value, 'value', value)}")

# %% [markdown]
# An optimizer, a learning rate that falls to zero, gradients that are cut, a last batch that is
# smaller, a loss that is told at each 500th step. All of them are documented, and each is sensible
# somewhere. But is it still *your* training?
#
# The program `quiet.py` in this chapter's folder imports the three without their notices.

# %% [markdown]
# ## What do they all train?
#
# The network of [the PyTorch chapter](../02_frameworks/02_pytorch.ipynb), its optimizer, and the
# course's batches in the course's order. A *sampler* says in which order a `DataLoader` visits the
# data. Ours has another order for each epoch, and must be told which epoch it is: `set_epoch`.

# %%
import numpy as np
import torch

from onecnn import ladder, mnist, spec

pytorch, digits = cells.functions("02_frameworks/02_pytorch"), mnist.load()


class Digits(torch.utils.data.Dataset):
    def __len__(self):
        return len(digits.train_labels)

    def __getitem__(self, number):
        return {"images": digits.train_images[number], "labels": digits.train_labels[number]}


# %%
class Order(torch.utils.data.Sampler):
    epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return len(digits.train_labels) // spec.BATCH * spec.BATCH

    def __iter__(self):
        batches = spec.batches(len(digits.train_labels), self.epoch)
        return iter(np.concatenate(list(batches)).tolist())


def loader():
    return torch.utils.data.DataLoader(Digits(), batch_size=spec.BATCH, sampler=Order())


# %% [markdown]
# `verdict` is the judge. The ladder's rung `steps` compares the loss and each weight in the first
# ten steps with the float64 reference. Then it asks for the accuracy after five epochs, and whether
# the network gives at least 98 of 100 of the reference's answers: what the ladder asks of a float32
# training.

# %%
def verdict(name, losses, path, net):
    rung = ladder.steps_rung(losses[:ladder.STEP_COUNT], path)
    answers = pytorch.logits(net, digits.test_images).argmax(axis=1)
    same = (answers == ladder.expected()["predictions"]).mean()
    right = (answers == digits.test_labels).mean()
    print(f"{name}: {len(losses)} steps, the first ten", "hold" if rung.passed else "FAIL")
    print("accuracy at least 94 %:", bool(right >= ladder.ACCURACY))
    return rung, bool(same >= ladder.AGREEMENT)


# %% [markdown]
# ## How much loop is left with Lightning?
#
# A `LightningModule` holds three decisions: the network, the loss of one batch, the optimizer.
# `zero_grad`, `backward`, `step`, devices, precision and checkpoints are the `Trainer`'s.

# %%
class Lit(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net, self.losses = pytorch.build(spec.initial_weights()), []

    def training_step(self, batch, number):
        loss = torch.nn.functional.cross_entropy(self.net(batch["images"]), batch["labels"])
        self.losses.append(loss.item())
        return loss

    def configure_optimizers(self):
        return self.net.optimizer


# %% [markdown]
# By default Lightning shows a bar, prints a summary, and writes a folder `lightning_logs` with
# TensorBoard's events and a checkpoint into the folder you are in. Four switches keep it silent. A
# *callback* is how you look into a loop that is not yours.

# %%
class Watch(lightning.Callback):
    def __init__(self):
        self.path = []

    def on_train_batch_end(self, trainer, module, *_):
        if len(self.path) < ladder.STEP_COUNT:
            self.path.append(pytorch.read_weights(module.net))


def lightning_trainer(epochs, **options):
    return lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", devices=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, **options)


# %%
lit, watch = Lit(), Watch()
lightning_trainer(spec.EPOCHS, callbacks=[watch]).fit(lit, loader())
rung, same = verdict("Lightning", lit.losses, watch.path, lit.net)
print("the reference's answers, 98 of 100 at least:", same)

# %% [markdown]
# Every decision was ours, and the loop did what it was told.
#
# What of memory? With TensorBoard as logger, Lightning imports TensorBoard, and that imports
# TensorFlow where it finds it: half a gigabyte more, measured for this chapter. With
# `logger=False` it does not:

# %%
import sys

print("TensorFlow was imported:", "tensorflow" in sys.modules)

# %% [markdown]
# ## Who tells the sampler which epoch it is?
#
# Lightning did. PyTorch knows a second kind, a *batch sampler*, that gives whole batches at once.
# It looks like the better fit for us: `spec.batches` gives batches.
#
# **Predict, then run.** The same order, as a batch sampler with `set_epoch`. Which epochs does it
# give in three epochs?
#
# <details><summary>Answer</summary>
#
# Epoch 0, three times. Lightning 2.6 calls `set_epoch` of a sampler, and of the sampler inside of a
# batch sampler, but not of the batch sampler itself.
#
# </details>

# %%
class Batches(Order):
    given = ()

    def __len__(self):
        return super().__len__() // spec.BATCH

    def __iter__(self):
        self.given = (*self.given, self.epoch)
        return iter(np.array(list(super().__iter__())).reshape(-1, spec.BATCH).tolist())


batches, short = Batches(), lightning_trainer(3, limit_train_batches=1)
short.fit(Lit(), torch.utils.data.DataLoader(Digits(), batch_sampler=batches))
print("epochs that it gave:", batches.given)

# %% [markdown]
# The rung `steps` does not see this: its ten steps are in epoch 0. A whole training does, and so do
# users: [issue 13316](https://github.com/Lightning-AI/pytorch-lightning/issues/13316) of 2022, and
# [2598](https://github.com/Lightning-AI/pytorch-lightning/issues/2598) before it. [Pull request
# 13396](https://github.com/Lightning-AI/pytorch-lightning/pull/13396) mended it; since
# [16841](https://github.com/Lightning-AI/pytorch-lightning/pull/16841) of 2023 the sampler inside
# is told instead. The cure is the plain sampler above, or a callback that tells the batch sampler.

# %% [markdown]
# ## A trap: who shortens your gradients?
#
# Now Hugging Face's `Trainer`. Its network takes a batch's entries by name and returns its own
# loss. We hand over our optimizer, ask for a constant learning rate, and give it our loader.

# %%
class OneModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = pytorch.build(spec.initial_weights())

    def forward(self, images, labels):
        logits = self.net(images)
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}


class OneTrainer(transformers.Trainer):
    def get_train_dataloader(self):
        return self.accelerator.prepare(loader())


# %%
class HFWatch(transformers.TrainerCallback):
    def __init__(self):
        self.path, self.losses, self.norms = [], [], []

    def on_step_end(self, args, state, control, model=None, **_):
        if len(self.path) < ladder.STEP_COUNT:
            self.path.append(pytorch.read_weights(model.net))

    def on_log(self, args, state, control, logs=None, **_):
        if "loss" in logs:
            self.losses.append(float(logs["loss"]))
            self.norms.append(float(logs["grad_norm"]))


# %%
def hugging_face(**options):
    arguments = transformers.TrainingArguments(
        scratch.name, num_train_epochs=spec.EPOCHS, lr_scheduler_type="constant", use_cpu=True,
        logging_steps=1, report_to=[], disable_tqdm=True, save_strategy="no", **options)
    model, watch = OneModel(), HFWatch()
    trainer = OneTrainer(model, arguments, train_dataset=Digits(), callbacks=[watch],
                         optimizers=(model.net.optimizer, None))
    trainer.remove_callback(transformers.PrinterCallback)  # it prints each log
    trainer.train()
    return model.net, watch


# %% [markdown]
# **Predict, then run.** Same network, same optimizer, same batches, same rate. Does the rung
# `steps` hold? And does the accuracy tell?
#
# <details><summary>Answer</summary>
#
# It fails, by a wide margin: a bias ends up off by most of its size. The accuracy says nothing: it
# is above 94 of 100 as before.
#
# </details>

# %%
clipped_net, clipped = hugging_face()
rung, _ = verdict("Hugging Face, as it comes", clipped.losses, clipped.path, clipped_net)
print("off by more than half of the largest weight:", max(rung.measured.values()) > 0.5)

# %% [markdown]
# The first cell told it: `max_grad_norm` is 1.0. After `backward`, the `Trainer` takes all
# gradients as one long vector. Where that is longer than 1, it is *clipped*: shortened to length 1,
# its direction kept. Ours are longer in most steps.

# %%
print("steps in which the gradients' length was logged:", len(clipped.norms))
print("longer than 1, and clipped, in more than half:", np.mean(np.array(clipped.norms) > 1) > 0.5)

# %% [markdown]
# Nothing warns, because nothing is wrong: it is documented, and it guards against rare, huge
# gradients. But a learning rate that was found without clipping is another one with it. The cure is
# one argument.

# %%
free_net, free = hugging_face(max_grad_norm=0)
rung, same = verdict("Hugging Face, max_grad_norm=0", free.losses, free.path, free_net)
print("the reference's answers, 98 of 100 at least:", same)

# %%
def distances(path):
    """Of each step's weights from the reference, as the ladder measures."""
    wanted = ladder.expected()
    return [max(np.abs(weights[name] - wanted[f"step{step}/{name}"]).max()
                / np.abs(wanted[f"step{step}/{name}"]).max() for name in spec.SHAPES)
            for step, weights in enumerate(path)]


fig, ax = lesson.figure(7, 3.2)
steps = np.arange(1, ladder.STEP_COUNT + 1)
ax.plot(steps, distances(clipped.path), "D-", color=lesson.VERMILION, label="as it comes: clipped")
ax.plot(steps, distances(free.path), "o-", color=lesson.BLUE, label="max_grad_norm=0")
ax.axhline(ladder.STEPS, color=lesson.BLACK, linestyle=":", label="allowed")
ax.set(yscale="log", xlabel="training step", xticks=steps, title="The same Trainer, two lengths",
       ylabel="distance from the reference")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Distance from the reference after each of ten steps, on a logarithmic axis. "
            "With clipping it lies far above the allowed line from the first step on; with "
            "max_grad_norm=0 it stays far below.")

# %% [markdown]
# Users meet the default unasked. Under a
# [request to log the length](https://github.com/huggingface/transformers/issues/26143) one writes
# "I want disable it, how?"; others ask why gradients are
# [scaled at all](https://github.com/huggingface/transformers/issues/41431).
#
# DeepSpeed had no clipping by default until June 2026, when
# [pull request 8068](https://github.com/deepspeedai/DeepSpeed/pull/8068) made `gradient_clipping`
# 1.0, to avoid "silently-unclipped runs". A configuration of yours that does not name it trains
# otherwise after an upgrade.

# %% [markdown]
# ## What does Accelerate leave to you?
#
# Hugging Face's **Accelerate** is not a trainer. You keep your loop; `prepare` wraps what it needs
# to know, so that the same lines run on one processor or on many GPUs. `backward` is called through
# it. It clips where you call `clip_grad_norm_`, and not otherwise.

# %%
accelerator, path, losses = accelerate.Accelerator(cpu=True), [], []
net = pytorch.build(spec.initial_weights())
model, optimizer, data = accelerator.prepare(net, net.optimizer, loader())
for _ in range(spec.EPOCHS):
    for batch in data:
        loss = torch.nn.functional.cross_entropy(model(batch["images"]), batch["labels"])
        optimizer.zero_grad()
        accelerator.backward(loss)
        optimizer.step()
        losses.append(loss.item())
        if len(path) < ladder.STEP_COUNT:
            path.append(pytorch.read_weights(net))
rung, same = verdict("Accelerate", losses, path, net)
print("the reference's answers, 98 of 100 at least:", same)

# %% [markdown]
# It also tells our sampler the epoch, each time that the loop begins again.

# %% [markdown]
# ## What does Keras's `fit` do that you did not say?
#
# `fit` is Keras's own loop. The program `keras_fit.py` trains
# [the Keras chapter](../02_frameworks/03_keras.ipynb)'s network with it, in a process of its own,
# on Keras's PyTorch engine. Batches come from a `PyDataset`, which Keras asks for batch 0, 1, 2 ...

# %%
WATCHED = (1.0, 0.8, 0.7, 0.72, 0.71, 0.69, 0.5, 0.4)  # for "When does it stop?", below
STEPS = spec.EPOCHS * (len(digits.train_labels) // spec.BATCH)

keras = cells.run("02_frameworks/03_keras", "06_practice/02_trainers/keras_fit:report",
                  env={"KERAS_BACKEND": "torch"}, losses=WATCHED, patience=2)
print("shuffle=False: the first ten steps hold:", keras["in order"]["passed"])
print("accuracy at least 94 %:", keras["in order"]["accuracy"] >= ladder.ACCURACY)
print("as it comes:   the first ten steps hold:", keras["shuffled"]["passed"])

# %% [markdown]
# `fit` shuffles by default, and of a `PyDataset` it shuffles the *order of the batches*. An order
# that you chose needs `shuffle=False`.
#
# **Predict, then run.** In the run that holds, a callback also kept `logs["loss"]` of each of the
# ten steps. Are these the ten losses of the reference?
#
# <details><summary>Answer</summary>
#
# The first is. From then on Keras logs the mean of the epoch so far. `keras_fit.py` computes back.
#
# </details>

# %%
print("Keras's logged losses are the steps' losses:", keras["in order"]["logged losses"])

# %% [markdown]
# ## What becomes of the last 32 digits?
#
# 4,000 digits are 62 batches of 64, and 32 digits are left. The recipe drops them. The trainers?

# %%
plain = transformers.Trainer(OneModel(), transformers.TrainingArguments(
    scratch.name, per_device_train_batch_size=spec.BATCH, use_cpu=True, report_to=[],
    disable_tqdm=True), train_dataset=Digits())
print("the recipe:", STEPS // spec.EPOCHS, "steps in an epoch")
print("Hugging Face, its own loader:", len(plain.get_train_dataloader()))
print("Keras, from arrays:", keras["batches by default"])

# %% [markdown]
# Both take the small batch as a 63rd step, at the full rate: a digit in it counts twice. Lightning
# and Accelerate take your loader, and `DataLoader` keeps the small batch, too, unless
# `drop_last=True`. Neither is a fault. The ladder's rung `training` sees it, the accuracy does not.

# %% [markdown]
# ## Can you stop and go on, to the bit?
#
# A checkpoint must hold all that the next step depends on: weights, momentum, schedule, and the
# epoch. Lightning writes all four. One training of three epochs, and one that stops after two:

# %%
whole, half, resumed = Lit(), Lit(), Lit()
lightning_trainer(3).fit(whole, loader())
first_half, file = lightning_trainer(2), f"{scratch.name}/half.ckpt"
first_half.fit(half, loader())
first_half.save_checkpoint(file)
lightning_trainer(3).fit(resumed, loader(), ckpt_path=file, weights_only=True)


def equal(one, other):
    theirs = other.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in one.state_dict().items())


print("steps after the resumption:", len(resumed.losses))
print("equal to the bit:", equal(whole, resumed))

# %% [markdown]
# `ckpt_path` restores the training; `load_from_checkpoint` would restore the weights alone, and
# begin with no momentum.
#
# **Predict, then run.** Now the sampler counts for itself: each time it is asked, it gives the next
# epoch's order, and `set_epoch` does nothing. Uninterrupted it is right. After a resumption?
#
# <details><summary>Answer</summary>
#
# It begins with epoch 0 again, because its count was in no checkpoint. The weights differ. Nothing
# is raised.
#
# </details>

# %%
class Counting(Order):
    def set_epoch(self, epoch):
        pass

    def __iter__(self):
        found = super().__iter__()
        self.epoch += 1
        return found


def counting():
    return torch.utils.data.DataLoader(Digits(), batch_size=spec.BATCH, sampler=Counting())


again = Lit()
lightning_trainer(3).fit(again, counting(), ckpt_path=file, weights_only=True)
print("equal to the bit:", equal(whole, again))

# %% [markdown]
# State that lives outside of what the trainer saves is lost. The test is the one above: stop, go
# on, compare.

# %% [markdown]
# ## When does it stop?
#
# *Early stopping* ends a training whose watched number no longer falls. `patience` says how many
# epochs without a new best are borne. To see the rule bare, the epochs' losses are written here by
# hand: 1.0, 0.8, **0.7**, 0.72, 0.71, 0.69, 0.5, 0.4.
#
# **Predict, then run.** With a patience of 2, after how many epochs does it stop?
#
# <details><summary>Answer</summary>
#
# After five, in both: 0.72 and 0.71 are two epochs without a new best. That 0.71 is better than the
# epoch before does not count. The best, 0.4, is never reached.
#
# </details>

# %%
class Scripted(Lit):
    def on_train_epoch_end(self):
        self.log("watched", WATCHED[self.current_epoch])


stopping = lightning.pytorch.callbacks.EarlyStopping("watched", patience=2)
trainer = lightning_trainer(len(WATCHED), callbacks=[stopping], limit_train_batches=1)
trainer.fit(Scripted(), loader())
print("Lightning stops after", trainer.current_epoch, "epochs, Keras after",
      keras["stopped after"])

# %% [markdown]
# Which weights do you hold then? Those of the last epoch, not of the best. Keras has
# `restore_best_weights=True` for that, off by default; Lightning leaves it to `ModelCheckpoint`.

# %% [markdown]
# ## Is one schedule the same everywhere?
#
# A *schedule* is the learning rate as a function of the step. Half a cosine, from the rate $r$ down
# to zero in $T$ steps, is $r \,(1 + \cos(\pi t / T)) / 2$. PyTorch, Keras, Optax (for JAX) and
# TensorFlow each have it under a name of their own.

# %%
import math

formula = [spec.LEARNING_RATE * (1 + math.cos(math.pi * t / STEPS)) / 2 for t in range(STEPS)]
others = cells.run("02_frameworks/03_keras", "06_practice/02_trainers/keras_fit:schedules",
                   rate=spec.LEARNING_RATE, steps=STEPS)
optimizer = pytorch.build(spec.initial_weights()).optimizer
cosine, theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS), []
for _ in range(STEPS):
    theirs.append(cosine.get_last_lr()[0])
    optimizer.step()
    cosine.step()
for name, rates in {"PyTorch": theirs, **others}.items():
    print(f"{name:<11} equal to the formula within 1e-7:", np.allclose(rates, formula, atol=1e-7))

# %% [markdown]
# The same numbers, so nothing can go wrong? In Keras, Optax and TensorFlow the optimizer counts its
# steps. In PyTorch whoever owns the loop calls `cosine.step()`. The loop is Lightning's now.

# %%
class Scheduled(Lit):
    def configure_optimizers(self):
        self.cosine = torch.optim.lr_scheduler.CosineAnnealingLR(self.net.optimizer, STEPS)
        return [self.net.optimizer], [{"scheduler": self.cosine, **self.when}]


for when in ({}, {"interval": "step"}):
    scheduled = Scheduled()
    scheduled.when = when
    lightning_trainer(1).fit(scheduled, loader())
    print(when, "-> after one epoch the schedule stands at", scheduled.cosine.last_epoch)

# %% [markdown]
# Unless told otherwise, Lightning steps a schedule once an *epoch*; Hugging Face's `Trainer` once a
# *step*. A schedule of 310 steps that is asked five times hardly moves. Log the learning rate: it
# is the cheapest check there is.

# %% [markdown]
# ## What does mixed precision do to the ladder?
#
# Weights stay float32; convolutions and matrix products compute in 16 bits. **float16** has five
# bits for the exponent, so small gradients become zero. A `GradScaler` multiplies the loss, and
# divides the gradients again before the step. **bfloat16** has float32's eight bits of exponent and
# needs no scaler, but only eight significant bits are left.

# %%
gradient, scale = torch.tensor(1e-8), 65_536
print("as float16:", gradient.half().item())
print("as float16, scaled, and back in float32: zero?",
      ((gradient * scale).half().float() / scale).item() == 0)
print("as bfloat16: zero?", gradient.bfloat16().item() == 0)

# %% [markdown]
# **Predict, then run.** `precision="bf16-mixed"` on this processor, the same training. Which holds:
# the rung `steps`, the accuracy, both, neither?
#
# <details><summary>Answer</summary>
#
# The accuracy alone. Eight significant bits are off by up to 1 in 256 in each product; the rung
# allows 1 in 10,000.
#
# </details>

# %%
mixed, watch = Lit(), Watch()
lightning_trainer(spec.EPOCHS, callbacks=[watch], precision="bf16-mixed").fit(mixed, loader())
rung, _ = verdict("bf16-mixed", mixed.losses, watch.path, mixed.net)
print("the weights are still", mixed.net.conv1.weight.dtype)

# %% [markdown]
# So the rung cannot tell bfloat16 from a bug. The order that works: prove the loop in float32, then
# change the precision alone, and judge that by accuracy.
#
# And float16 here? Lightning changes your mind, with a warning:

# %%
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    asked = lightning_trainer(1, precision="16-mixed")
print("asked for 16-mixed, got", asked.precision)
print(any("not supported on CPU" in str(warning.message) for warning in caught))
scratch.cleanup()

# %% [markdown]
# Honest limits: whether bfloat16 is faster depends on the processor. Its gain, and float16 with a
# scaler, belong to GPUs, and none was measured here.

# %% [markdown]
# ## What became of the others?
#
# **Ignite**, a loop of events and handlers, lives: [its files
# on PyPI](https://pypi.org/project/pytorch-ignite/#history) go up to 0.5.5 and nightly builds of
# October 2026. The step is a function; you hang handlers on the loop's events.

# %%
import ignite
from ignite.engine import Events, create_supervised_trainer

net, path, losses = pytorch.build(spec.initial_weights()), [], []
engine = create_supervised_trainer(
    net, net.optimizer, torch.nn.functional.cross_entropy,
    prepare_batch=lambda batch, **_: (batch["images"], batch["labels"]))


@engine.on(Events.ITERATION_COMPLETED)
def watch(engine):
    losses.append(engine.state.output)
    path.append(pytorch.read_weights(net))


engine.run(loader(), max_epochs=1, epoch_length=ladder.STEP_COUNT)
print(f"Ignite {ignite.__version__}: the first ten steps hold:",
      ladder.steps_rung(losses, path).passed)

# %% [markdown]
# **Gluon's Estimator** was [MXNet's
# `fit`](https://mxnet.apache.org/api/python/docs/tutorials/packages/gluon/training/fit_api_tutorial.html),
# from `gluon.contrib`. It went with MXNet, which was
# [retired](https://attic.apache.org/projects/mxnet.html) in 2023. Here it trains [MXNet's
# network](../02_frameworks/04_mxnet.ipynb) by the program `gluon_fit.py`.

# %% tags=["nbval-ignore-output"]
gluon = None
try:
    gluon = cells.run("02_frameworks/04_mxnet", "06_practice/02_trainers/gluon_fit:report")
    print(f"Estimator of MXNet {gluon['version']}")
except cells.KernelMissing as reason:
    print("left out:", reason)

# %%
print("the first ten steps hold, or it is left out:", not gluon or gluon["passed"])

# %% [markdown]
# **Catalyst**, a runner with callbacks: [the last
# release](https://pypi.org/project/catalyst/#history) is 22.4, of April 2022. For **JAX** [Optax's
# example with Flax](https://github.com/google-deepmind/optax/blob/main/examples/flax_example.ipynb)
# writes the loop out, as [the JAX chapter](../02_frameworks/06_jax.ipynb) does. Trainers exist,
# such as [xtrain](https://pypi.org/project/xtrain); none is run here.
#
# A trainer can end before the framework under it. Keep the network free of it, as `Lit` and
# `OneModel` do.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** You move a recipe from your own PyTorch loop to Hugging Face's `Trainer`, with your
# optimizer, your loader and a constant rate. Accuracy stays, the rung `steps` breaks at the first
# step. Where do you look first?
#
# <details><summary>A. At the schedule</summary>No. You asked for a constant rate. And a schedule begins at the rate you gave, so its first step would be right.</details>
# <details><summary>B. At <code>max_grad_norm</code></summary>Right. It is 1.0 unless you say otherwise, and it shortens gradients from the first step on.</details>
# <details><summary>C. At the last, smaller batch</summary>No. That comes at the end of an epoch, long after the tenth step.</details>
#
# <br>**2.** A batch sampler with `set_epoch` is given to a Lightning 2.6 `Trainer`. Each epoch has
# the order of epoch 0. Which rung of the ladder sees it?
#
# <details><summary>A. <code>gradients</code></summary>No. It asks for one backward pass of batches that the ladder chose. No sampler takes part.</details>
# <details><summary>B. <code>steps</code></summary>No. Its ten steps lie in epoch 0, where the order is right.</details>
# <details><summary>C. <code>training</code></summary>Right. It compares whole epochs, and the second one already visits the digits in another order.</details>
#
# <br>**3.** You plot `logs["loss"]` that Keras hands to a callback after each batch. The curve is
# smooth, and jumps where an epoch begins. Why?
#
# <details><summary>A. Keras logs the mean of the epoch so far</summary>Right. A mean of many batches is smooth, and it begins anew with each epoch.</details>
# <details><summary>B. The network forgets a little between epochs</summary>No. No weight changes between two epochs.</details>
# <details><summary>C. <code>fit</code> shuffles</summary>No. Shuffling changes which digits come, but would not make the curve smooth.</details>
#
# <br>**4.** A training is resumed from a checkpoint with weights, momentum, schedule and epoch. It
# still differs from the unbroken one. What is most likely missing?
#
# <details><summary>A. The gradients of the last batch</summary>No. They are cleared before the next step; nothing depends on them.</details>
# <details><summary>B. State outside of the trainer, such as a sampler's own counter</summary>Right. What the trainer does not save begins anew. Here that is the order of the digits.</details>
# <details><summary>C. Nothing: floats cannot be resumed to the bit</summary>No. The chapter did so. A saved float32 is the same float32 when it is read.</details>
#
# <br>**5.** Early stopping with a patience of 2 watches 0.9, 0.5, 0.6, 0.55, 0.4. After how many
# epochs does it stop?
#
# <details><summary>A. After five: 0.4 is a new best, and the epochs end</summary>No. It does not get so far. Two epochs without a new best come before.</details>
# <details><summary>B. After four: 0.6 and 0.55 are no new best</summary>Right. Each is compared with the best so far, 0.5, and not with the epoch before.</details>
# <details><summary>C. After three: 0.6 is worse</summary>No. That is one epoch without a new best. A patience of 2 bears it.</details>
#
# <br>**6.** You train with bfloat16 on a GPU. Do you need a `GradScaler`?
#
# <details><summary>A. Yes: 16 bits are 16 bits</summary>No. They are divided otherwise: float16 has five bits of exponent, bfloat16 eight.</details>
# <details><summary>B. Yes, or the weights would become bfloat16, too</summary>No. In mixed precision the weights stay float32, with a scaler or without.</details>
# <details><summary>C. No: its exponent is as wide as float32's</summary>Right. Small gradients stay above zero. What it lacks is digits, and scaling does not bring those back.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | | order | last batch | clips | schedule moves | logs |
# |---|---|---|---|---|---|
# | Lightning | your loader's | your loader's | if asked | each epoch | each 50th step, a folder |
# | Hugging Face `Trainer` | shuffled | kept | **to 1.0** | each step | each 500th step |
# | Accelerate | your loader's | your loader's | if you call it | if you call it | nothing |
# | Keras `fit` | shuffled | kept | if asked | each step | the epoch's mean so far |
#
# **Choose a trainer when** you want checkpoints, precision and devices by a switch (shown above).
# **Avoid it when** the loop itself is your research. **In both cases** climb ten steps first.
#
# **Now you:** [the exercise](../../exercises/06_practice/02_trainers.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-12-01.
# - Lightning's switches and defaults: [its
#   Trainer](https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.trainer.trainer.Trainer.html);
#   batch samplers:
#   [issues 13316](https://github.com/Lightning-AI/pytorch-lightning/issues/13316) and
#   [2598](https://github.com/Lightning-AI/pytorch-lightning/issues/2598)
# - Clipping: [transformers issues
#   26143](https://github.com/huggingface/transformers/issues/26143) and
#   [41431](https://github.com/huggingface/transformers/issues/41431);
#   [DeepSpeed pull request 8068](https://github.com/deepspeedai/DeepSpeed/pull/8068)
# - Mixed precision: [PyTorch documentation,
#   torch.amp](https://docs.pytorch.org/docs/stable/amp.html)
# - Releases: [Ignite](https://pypi.org/project/pytorch-ignite/),
#   [Catalyst](https://pypi.org/project/catalyst/); MXNet:
#   [Apache Attic](https://attic.apache.org/projects/mxnet.html)

# %% [markdown]
# **On your path:**
#
# - *Research, 13 of 18:* [See inside](01_see_inside.ipynb) → here → [Find the bug](03_debug.ipynb)
#
# **In the order of the folders:** previous [See inside](01_see_inside.ipynb) · next
# [Find the bug](03_debug.ipynb) · [all chapters](../00_start_here.ipynb)
