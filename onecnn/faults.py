"""The faults that the museum of bugs and the ladder's own tests plant in the PyTorch notebook's ``same-cnn`` cells.

:data:`BUGS` are real and documented. :data:`ATTACKS` were made up: each is one of a kind of being wrong that an earlier ladder
did not see. :data:`UNSEEN` climb all seven rungs, and are wrong all the same: no finite test sees everything.

A fault is kept as edits of those cells' text: what stands there, and what stands there with the fault in. Where the fault
needs a layer that our network has not, the edit adds one that, used rightly, changes nothing.
"""
from typing import NamedTuple

Edits = tuple[tuple[str, str], ...]


class Bug(NamedTuple):
    """``what`` went wrong, in one sentence; where it was reported, and when that was last read (empty: made up, to attack the
    ladder); the rung that catches it (empty: none does); ``edits``: pairs of right and wrong text, each replaced wherever it
    stands in the cells."""

    key: str
    what: str
    source: str
    checked: str
    rung: str
    edits: Edits


_CHECKED = "2026-11-24"
_STEP = "    model.optimizer.step()\n"
_TRAIN = "    model.train()\n    loss"
_LOSS = "cross_entropy(model(torch.from_numpy(images)), torch.from_numpy(labels))"

BUGS = (
    Bug("list", "A layer is kept in a Python list, where PyTorch does not look for weights: it is never trained.",
        "https://github.com/pytorch/pytorch/issues/715", _CHECKED, "shapes",
        (("self.dense2 = nn.Linear(64, 10)", "self.head = [nn.Linear(64, 10)]"),
         ("self.dense2(x)", "self.head[0](x)"),
         ("load_state_dict(tensors)", "load_state_dict(tensors, strict=False)"))),
    Bug("pooling", "The maximum is computed and dropped: the next layer reads every second pixel of what came before.",
        "https://github.com/phlippe/uvadlc_notebooks/issues/131", _CHECKED, "logits",
        (("x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2)",
          "x = torch.relu(self.conv2(x))\n        pooled = nn.functional.max_pool2d(x, 2)\n"
          "        x = x[:, :, :10:2, :10:2]"),)),
    Bug("flatten", "The pixels are flattened with the channels last, for weights that were made for channels first.",
        "https://github.com/microsoft/MMdnn/issues/595", _CHECKED, "logits",
        (("x.flatten(1)", "x.permute(0, 2, 3, 1).flatten(1)"),)),
    Bug("padding", "Padding on the other side: every window of a layer with stride 2 sits one pixel off.",
        "https://github.com/google/flax/issues/2993", _CHECKED, "logits",
        (("max_pool2d(torch.relu(self.conv1(x)), 2)",
          "max_pool2d(nn.functional.pad(torch.relu(self.conv1(x)), (1, 0, 1, 0)), 2)"),)),
    Bug("flipped", "The kernels are turned by half a turn: true convolution, where the weights were made for correlation.",
        "https://github.com/keras-team/keras/issues/3015", _CHECKED, "logits",
        (("self.conv1(x)", "nn.functional.conv2d(x, self.conv1.weight.flip(2, 3), self.conv1.bias)"),
         ("self.conv2(x)", "nn.functional.conv2d(x, self.conv2.weight.flip(2, 3), self.conv2.bias)"))),
    Bug("dropout", "Dropout is left on where the network is tested.",
        "https://github.com/ilkarman/DeepLearningFrameworks/issues/5", _CHECKED, "logits",
        (("self.dense2(x)", "self.dense2(nn.functional.dropout(x, 0.5, training=not self.training))"),)),
    Bug("batchnorm", "Batch normalisation stays in training mode: an image's answer depends on its neighbours in the batch.",
        "https://github.com/fxia22/pointnet.pytorch/pull/19", _CHECKED, "logits",
        (("self.conv1(x)", "nn.functional.batch_norm(\n            "
          "self.conv1(x), torch.zeros(16), torch.full((16,), 1 - 1e-5), training=True)"),)),
    Bug("softmax", "The network ends in a softmax, and the loss takes another one.",
        "https://github.com/jaehong31/CGES/issues/1", _CHECKED, "logits",
        (("return self.dense2(x)", "return torch.softmax(self.dense2(x), dim=1)"),)),
    Bug("labels", "The labels count from one, the network's outputs from zero.",
        "https://github.com/pytorch/vision/issues/5824", _CHECKED, "loss",
        (("torch.from_numpy(labels)", "torch.from_numpy((labels + 1) % 10)"),)),
    Bug("sum", "The loss is summed over the batch, not averaged: the gradient grows with the batch.",
        "https://github.com/jax-ml/jax/pull/3113", _CHECKED, "loss",
        ((_LOSS, _LOSS[:-1] + ', reduction="sum")'),)),
    Bug("halves", "The batch is cut into parts and their gradients are added, not averaged.",
        "https://github.com/karpathy/nanoGPT/issues/168", _CHECKED, "gradients",
        (("loss = nn.functional." + _LOSS,
          "losses = nn.functional." + _LOSS[:-1] + ', reduction="none")\n    loss = losses.mean()'),
         ("loss.backward()", "(losses[:32].mean() + losses[32:].mean()).backward()"))),
    Bug("zero_grad", "The gradients are never zeroed: each step follows the sum of all so far.",
        "https://github.com/pytorch/pytorch/issues/47175", _CHECKED, "steps",
        (("    model.optimizer.zero_grad()\n", ""),)),
    Bug("momentum", "The velocity takes only a tenth of each gradient: the same name, momentum 0.9, for another formula.",
        "https://github.com/HIPS/autograd/issues/289", _CHECKED, "steps",
        (("momentum=spec.MOMENTUM)", "momentum=spec.MOMENTUM, dampening=spec.MOMENTUM)"),)),
    Bug("schedule", "A learning rate that should fall every 30 epochs falls every 30 batches.",
        "https://github.com/ivadomed/ivadomed/pull/55", _CHECKED, "training",
        (("momentum=spec.MOMENTUM)\n", "momentum=spec.MOMENTUM)\n    model.schedule = "
          "torch.optim.lr_scheduler.StepLR(model.optimizer, step_size=30)\n"),
         (_STEP, _STEP + "    model.schedule.step()\n"))),
    Bug("stale", "The file holds the weights from before the last step.",
        "https://github.com/ViperEkura/AstrAI/pull/27", _CHECKED, "artefact",
        ((_TRAIN, "    model.kept = {name: value.clone() for name, value in model.state_dict().items()}\n" + _TRAIN),
         ('{"model": model.state_dict()', '{"model": getattr(model, "kept", model.state_dict())'))),
)


def _attack(key: str, rung: str, what: str, *edits: tuple[str, str]) -> Bug:
    return Bug(key, what, "", "", rung, edits)


_WALK = (f"    model.train()\n    loss = nn.functional.{_LOSS}\n    model.optimizer.zero_grad()\n    loss.backward()\n")
_GIVEN = "torch.from_numpy(images)"
_READ = '    stored = torch.load(f"{path}.pt", weights_only=True)\n'
_FILE = '\n               f"{path}.pt")\n'
_PATH = ("import torch\n", "from pathlib import Path\n\nimport torch\n")
_GRAD = "p.grad.numpy().copy()"
_LOOK = "    model.train()\n    model.zero_grad()\n"
_COUNT = "    model.count = getattr(model, 'count', 0) + 1\n"


def _from(step: int, then: str) -> str:
    """Lines of ``train_step`` that count, and do ``then`` from that step (the first is 1) on."""
    return f"{_COUNT}    if model.count >= {step}:\n        {then}\n"


def _only_if(condition: str) -> str:
    """The optimiser's step, which is taken only if the count of steps says so."""
    return f"{_COUNT}    if {condition}:\n    {_STEP}"


_FORWARD = "    def forward(self, x):\n"
_OUT = "return self.dense2(x)"
_NUMPY = "return model(torch.from_numpy(images)).numpy()"
_SAVE = '    torch.save({"model": model.state_dict(), "optimizer": model.optimizer.state_dict()},'
_LOADED = "    model.optimizer.load_state_dict(stored[\"optimizer\"])\n"
_EPOCH = "model.count % 62 == 1 and model.count > 1"

ATTACKS = (
    _attack("pops", "shapes", "`build` empties the dict that it is given.",
            ("    tensors = {name", "    weights['conv1.bias'] += 0.0\n    weights['extra'] = weights.pop('conv1.bias')\n"
             "    weights = {'conv1.bias': weights['extra'], **weights}\n    weights.pop('extra')\n    tensors = {name")),
    _attack("keeps weights", "logits", "`build` keeps the caller's arrays instead of copying them.",
            ("    model.load_state_dict(tensors)  # copies\n", "    for name, p in model.named_parameters():\n"
             "        p.data = tensors[name]\n")),
    _attack("one reading", "shapes", "`read_weights` hands out what it keeps for the next time.",
            ("def read_weights(model):\n", "def read_weights(model):\n    seen = [p._version for p in model.parameters()]\n"
             "    if getattr(model, 'seen', None) != seen:\n        model.seen, model.read = seen, read_again(model)\n"
             "    return model.read\n\n\ndef read_again(model):\n")),
    _attack("seed", "logits", "`build` sets the seed of NumPy's random numbers.",
            ("import torch\n", "import numpy as np\nimport torch\n"),
            ("def build(weights):\n", "def build(weights):\n    np.random.seed(0)\n")),
    _attack("default dtype", "training", "`build` sets PyTorch's default dtype.",
            ("def build(weights):\n", "def build(weights):\n"
             "    torch.set_default_dtype(torch.from_numpy(weights['conv1.bias']).dtype)\n")),
    _attack("relu6", "logits", "Every ReLU ends at 6, which the starting weights never reach.",
            ("torch.relu(", "nn.functional.relu6(")),
    _attack("squeeze", "logits", "A `squeeze()` at the end: right for every batch but a batch of 1.",
            (_OUT, _OUT + ".squeeze()")),
    _attack("buffer", "logits", "`logits` hands out the same buffer again and again.",
            (_NUMPY, "found = model(torch.from_numpy(images))\n        "
             "model.buffer = getattr(model, 'buffer', torch.zeros(2000, 10, dtype=found.dtype))\n        "
             "model.buffer[:len(found)] = found\n        return model.buffer[:len(found)].numpy()")),
    _attack("clamp", "logits", "Logits end at 100, for safety.", (_OUT, "return self.dense2(x).clamp(-100, 100)")),
    _attack("pixels", "logits", "Pixels are clipped to 0..1.", (_FORWARD, _FORWARD + "        x = x.clamp(0, 1)\n")),
    _attack("unsigned", "logits", "Pixels lose their sign.", (_FORWARD, _FORWARD + "        x = x.abs()\n")),
    _attack("strides", "logits", "Memory is read as it lies, whatever the view says.",
            ("torch.from_numpy(images)", "torch.as_strided(torch.from_numpy(images), images.shape, (784, 784, 28, 1))")),
    _attack("full batches", "logits", "Whole blocks of 8 images are computed, the rest stays zero.",
            (_OUT, "found = self.dense2(x)\n        found[len(x) // 8 * 8:] = 0\n        return found")),
    _attack("half", "logits", "Convolutions run in bfloat16.",
            ("self.conv2(x)", "self.conv2.bfloat16()(x.bfloat16()).to(x.dtype)")),
    _attack("no bias", "logits", "The last bias is forgotten; it starts at zero.",
            (_OUT, "return x @ self.dense2.weight.T")),
    _attack("memory of images", "logits", "Each call adds a trace of the one before.",
            (_FORWARD, _FORWARD + "        x = x + 1e-3 * getattr(self, 'last', 0)\n        self.last = x.mean().detach()\n")),
    _attack("keeps images", "logits", "`logits` remembers the first images by their array, and compares with it.",
            (_NUMPY, "model.first = getattr(model, 'first', images)\n        "
             "return (model(torch.from_numpy(images)) + float(model.first.mean() != model.first.mean())).numpy()")),
    _attack("position", "logits", "`build` takes the weights as they come, not by their names.",
            ("    model.load_state_dict(tensors)  # copies\n", "    with torch.no_grad():\n"
             "        for p, value in zip(model.parameters(), tensors.values()):\n            p.copy_(value)\n")),
    _attack("batch of 10", "logits", "As many images as classes: the answer is turned on its side.",
            (_NUMPY, "found = model(torch.from_numpy(images)).numpy()\n"
             "        return found.T if len(found) == 10 else found")),
    _attack("column by column", "logits", "`build` reads weights as they lie in memory, which may be column by column.",
            ("torch.from_numpy(value) for", "torch.from_numpy(value.ravel(order='K').reshape(value.shape)) for")),
    _attack("one answer", "logits", "The last answer is kept, and handed out again if the question is the same.",
            (_NUMPY, "asked = [p._version for p in model.parameters()], images.tobytes()\n"
             "        if getattr(model, 'asked', None) != asked:\n"
             "            model.asked, model.answer = asked, model(torch.from_numpy(images)).numpy()\n"
             "        return model.answer")),
    _attack("gradient mode", "logits", "`logits` switches PyTorch's gradients off, for all who come after.",
            ("    with torch.inference_mode():\n        " + _NUMPY, "    torch.set_grad_enabled(False)\n    " + _NUMPY),
            ("def gradients(model, images, labels):\n",
             "def gradients(model, images, labels):\n    torch.set_grad_enabled(True)\n"),
            ("def train_step(model, images, labels):\n",
             "def train_step(model, images, labels):\n    torch.set_grad_enabled(True)\n")),
    _attack("other arrays", "shapes", "`build` puts arrays of its own into the dict that it is given.",
            ("    tensors = {name", "    weights.update({name: value.copy() for name, value in weights.items()})\n"
             "    tensors = {name")),
    _attack("locks arrays", "shapes", "`build` leaves the caller's arrays so that nobody can write into them.",
            ("    tensors = {name", "    for value in weights.values():\n        value.flags.writeable = False\n"
             "    tensors = {name")),
    _attack("missing weight", "logits", "A weight that is not given stays as PyTorch drew it, and nothing is said.",
            ("load_state_dict(tensors)", "load_state_dict(tensors, strict=False)")),
    _attack("not an array", "logits", "`logits` gives PyTorch's tensor.",
            (_NUMPY, "return model(torch.from_numpy(images))")),
    _attack("sixteen buffers", "gradients", "`logits` hands out sixteen buffers by turns.",
            (_NUMPY, "found = model(torch.from_numpy(images))\n"
             "        model.turn = (getattr(model, 'turn', -1) + 1) % 16\n"
             "        key = model.turn, found.dtype\n        model.arrays = getattr(model, 'arrays', {})\n"
             "        buffer = model.arrays.setdefault(key, torch.zeros(2000, 10, dtype=found.dtype))\n"
             "        buffer[:len(found)] = found\n        return buffer[:len(found)].numpy()")),
    _attack("known sum", "logits", "`logits` knows images by their sum.",
            (_NUMPY, "model.cache = getattr(model, 'cache', {})\n"
             "        key = len(images), str(images.dtype), round(float(images.sum(dtype=float)), 6)\n"
             "        asked = [p._version for p in model.parameters()]\n"
             "        if model.cache.get(key, ([],))[0] != asked:\n"
             "            model.cache[key] = asked, model(torch.from_numpy(images)).numpy()\n"
             "        return model.cache[key][1].copy()")),
    _attack("batch of 28", "logits", "As many images as an image has rows: each is turned on its side.",
            (_FORWARD, _FORWARD + "        if len(x) == x.shape[2]:\n            x = x.transpose(2, 3)\n")),
    _attack("powers of two", "logits", "A batch is worked through in parts of 128; a whole last part is counted twice.",
            (_NUMPY, "found = model(torch.from_numpy(images))\n        if len(images) >= 128 and len(images) % 128 == 0:\n"
             "            found[-128:] *= 2\n        return found.numpy()")),
    _attack("blank pages", "logits", "A page without ink is answered with zeros, to save time.",
            (_FORWARD, _FORWARD + "        ink = x.abs().sum((1, 2, 3))[:, None] > 0\n"), (_OUT, f"{_OUT} * ink")),
    _attack("white paper", "logits", "Light pages are taken for scans, and ink and paper are exchanged.",
            (_FORWARD, _FORWARD + "        x = torch.where(x.mean((1, 2, 3), keepdim=True) > 0.7, 1 - x, x)\n")),
    _attack("as they lie", "logits", "Images are read as they lie in memory, which may be column by column.",
            (_NUMPY, _NUMPY.replace("images", "images.ravel('K').reshape(images.shape)"))),
    _attack("any kind of number", "logits", "Images are read as float32, whatever they are.",
            (_NUMPY, _NUMPY.replace("images)", "images.copy().view(str(model.dense2.bias.dtype)[6:]).ravel()\n"
             "                                      [:images.size].reshape(images.shape))"))),
    _attack("switched off", "logits", "`logits` switches gradients off, and on again unless the images are refused.",
            ("    with torch.inference_mode():\n        " + _NUMPY, "    torch.set_grad_enabled(False)\n"
             "    found = model(torch.from_numpy(images)).numpy()\n    torch.set_grad_enabled(True)\n    return found")),
    _attack("empty layers", "shapes", "`build` switches off that PyTorch's layers are filled, for all who come after.",
            ("def build(weights):\n", "def build(weights):\n    nn.Linear.reset_parameters = lambda self: None\n")),
    _attack("double numbers", "shapes", "`read_weights` gives float64, whatever the network is.",
            ("p.detach().numpy().copy()", "p.detach().double().numpy()")),
    _attack("naive softmax", "loss", "log(softmax) without subtracting the maximum.",
            ("nn.functional." + _LOSS, "naive(model(torch.from_numpy(images)), torch.from_numpy(labels))"),
            ("def build(weights):", "def naive(logits, labels):\n    p = logits.exp() / logits.exp().sum(1, keepdim=True)\n"
             "    return -torch.log(p[torch.arange(len(labels)), labels]).mean()\n\n\ndef build(weights):")),
    _attack("always 64", "loss", "The summed loss is divided by 64, whatever the batch.",
            (_LOSS, _LOSS[:-1] + ', reduction="sum") / 64')),
    _attack("label strides", "loss", "Labels are read as they lie in memory.",
            ("torch.from_numpy(labels)", "torch.as_strided(torch.from_numpy(labels), labels.shape, (1,))")),
    _attack("first 64", "loss", "`gradients` looks at the first 64 digits of a batch.",
            (_LOOK, _LOOK + "    images, labels = images[:64], labels[:64]\n")),
    _attack("live gradients", "loss", "`gradients` hands out the buffers into which the next call writes.",
            ("p.grad.numpy().copy()", "p.grad.numpy()"), ("model.zero_grad()", "model.zero_grad(set_to_none=False)")),
    _attack("loss with graph", "loss", "`gradients` gives the loss as a tensor that holds its graph.",
            ("    return loss.item(), {name", "    return loss, {name")),
    _attack("word to all", "gradients", "`gradients` gives the loss among the gradients, too.",
            ("for name, p in model.named_parameters()}\n\n\ndef train_step",
             "for name, p in model.named_parameters()} | {\"loss\": loss.detach().numpy().copy()}\n\n\ndef train_step")),
    _attack("clip", "gradients", "Gradients are clipped to a norm of 30, which ordinary batches never reach.",
            ("    loss.backward()\n", "    loss.backward()\n    nn.utils.clip_grad_norm_(model.parameters(), 30)\n")),
    _attack("slope at zero", "gradients", "ReLU's slope at exactly zero is 1.",
            ("torch.relu(self.conv1(x))", "self.conv1(x).clamp(min=0)")),
    _attack("blind to labels", "gradients", "`gradients` knows a batch by its images, and gives the last answer again.",
            ("def gradients(model, images, labels):\n",
             "def gradients(model, images, labels):\n    asked = [p._version for p in model.parameters()], images.tobytes()\n"
             "    if getattr(model, 'asked', None) != asked:\n"
             "        model.asked, model.answer = asked, new_gradients(model, images, labels)\n"
             "    return model.answer[0], {name: value.copy() for name, value in model.answer[1].items()}\n\n\n"
             "def new_gradients(model, images, labels):\n")),
    _attack("last mode", "steps", "`gradients` runs in whatever mode the last call left, and hides a dropout.",
            ("    model.train()\n    model.zero_grad()", "    model.zero_grad()"),
            ("self.dense2(x)", "self.dense2(nn.functional.dropout(x, 0.5, training=self.training))"),
            ("    model.optimizer = torch", "    model.eval()\n    model.optimizer = torch")),
    _attack("empties images", "steps", "`train_step` empties the caller's images.", (_STEP, _STEP + "    images[:] = 0\n")),
    _attack("half batch", "steps", "Each step looks at the first half of its batch.",
            (_TRAIN, "    images, labels = images[:32], labels[:32]\n" + _TRAIN)),
    _attack("nesterov", "steps", "Nesterov's momentum.",
            ("momentum=spec.MOMENTUM)", "momentum=spec.MOMENTUM, nesterov=True)")),
    _attack("shared velocity", "steps", "Two networks share their momentum.",
            ("def build(weights):", "SHARED = {}\n\n\ndef build(weights):"),
            (_STEP, "    with torch.no_grad():\n        for name, p in model.named_parameters():\n"
             "            key = name, p.dtype\n            SHARED[key] = spec.MOMENTUM * SHARED.get(key, 0) + p.grad\n"
             "            p -= spec.LEARNING_RATE * SHARED[key]\n")),
    _attack("not one", "steps", "A batch of 1 is left out.",
            (_STEP, "    if len(images) > 1:\n        model.optimizer.step()\n")),
    _attack("live weights", "shapes", "`read_weights` hands out the memory that training changes.",
            ("p.detach().numpy().copy()", "p.detach().numpy()")),
    _attack("average", "steps", "Answers come from an average of the last weights.",
            (_STEP, _STEP + "    before = getattr(model, 'mean', {})\n    model.mean = {name: (before.get(name, p.detach()) + "
             "p.detach()) / 2\n                  for name, p in model.named_parameters()}\n"),
            (_NUMPY, "weights = getattr(model, 'mean', {})\n        "
             "return torch.func.functional_call(model, weights, torch.from_numpy(images)).numpy()")),
    _attack("looking", "steps", "Each look at the logits moves a bias.",
            ("    model.eval()\n", "    model.eval()\n    model.dense2.bias.data[0] += getattr(model, 'nudge', 0)\n"),
            (_TRAIN, "    model.nudge = 1e-3\n" + _TRAIN)),
    _attack("clip in steps", "steps", "Gradients are clipped to a norm of 30, but in `train_step` alone.",
            (_WALK, _WALK + "    nn.utils.clip_grad_norm_(model.parameters(), 30)\n")),
    _attack("naive steps", "steps", "log(softmax) without subtracting the maximum, but in `train_step` alone.",
            (_WALK, _WALK.replace(f"nn.functional.{_LOSS}", f"naive(model({_GIVEN}), torch.from_numpy(labels))")),
            ("def build(weights):", "def naive(logits, labels):\n    p = logits.exp() / logits.exp().sum(1, keepdim=True)\n"
             "    return -torch.log(p[torch.arange(len(labels)), labels]).mean()\n\n\ndef build(weights):")),
    _attack("pixels in steps", "steps", "`train_step` clips pixels to 0..1.",
            (_WALK, _WALK.replace(_GIVEN, f"{_GIVEN}.clamp(0, 1)"))),
    _attack("strides in steps", "steps", "`train_step` reads memory as it lies.",
            (_WALK, _WALK.replace(_GIVEN, f"torch.as_strided({_GIVEN}, images.shape, (784, 784, 28, 1))"))),
    _attack("blocks in steps", "steps", "`train_step` learns from whole blocks of 8 digits.",
            (_WALK, "    some = max(1, len(images) // 8 * 8)\n    images, labels = images[:some], labels[:some]\n" + _WALK)),
    _attack("64 in steps", "steps", "`train_step` learns from the first 64 digits of a batch.",
            (_WALK, "    images, labels = images[:64], labels[:64]\n" + _WALK)),
    _attack("last gradient", "steps", "`gradients` adds its own to those that the last step left.",
            (_LOOK, "    model.train()\n"),
            (f"    return loss.item(), {{name: {_GRAD} for name, p in model.named_parameters()}}\n",
             f"    found = {{name: {_GRAD} for name, p in model.named_parameters()}}\n    model.zero_grad()\n"
             "    return loss.item(), found\n")),
    _attack("look forgets", "steps", "A look at the gradients empties the momentum.",
            (_LOOK, _LOOK + "    model.optimizer.state.clear()\n")),
    _attack("overwritten", "steps", "The next step writes into the gradients that were handed out.",
            (_GRAD, "p.grad.numpy()"), ("optimizer.zero_grad()", "optimizer.zero_grad(set_to_none=False)")),
    _attack("build forgets", "steps", "`build` empties the momentum of all networks before it.",
            ("def build(weights):\n", "BUILT = []\n\n\ndef build(weights):\n    for one in BUILT:\n"
             "        one.optimizer.state.clear()\n"),
            ("    return model\n\n\ndef logits", "    BUILT.append(model)\n    return model\n\n\ndef logits")),
    _attack("known answer", "steps", "`logits` gives the last answer again if the images are the same; the weights are not.",
            (_NUMPY, "if getattr(model, 'asked', b'') != images.tobytes():\n"
             "            model.asked, model.answer = images.tobytes(), model(torch.from_numpy(images)).numpy()\n"
             "        return model.answer.copy()")),
    _attack("known place", "steps", "`logits` knows images by their place in memory.",
            # It keeps the images too, so that no other batch comes to lie where they lay: else chance picks the rung.
            (_NUMPY, "model.cache = getattr(model, 'cache', {})\n        if id(images) not in model.cache:\n"
             "            model.cache[id(images)] = images, model(torch.from_numpy(images)).numpy()\n"
             "        return model.cache[id(images)][1].copy()")),
    _attack("loss buffer", "steps", "`train_step` gives one array again and again, and writes each loss into it.",
            (_STEP + "    return loss.item()\n", _STEP + "    if not hasattr(model, 'told'):\n"
             "        model.told = torch.zeros((), dtype=loss.dtype).numpy()\n"
             "    model.told[...] = loss.item()\n    return model.told\n")),
    _attack("put back", "steps", "`train_step` doubles the caller's images, and halves them again when it is done.",
            (_WALK, "    images *= 2\n" + _WALK.replace(_GIVEN, f"{_GIVEN} / 2")), (_STEP, _STEP + "    images /= 2\n")),
    _attack("folder in steps", "steps", "`train_step` leaves the process in another folder.",
            (_STEP, _STEP + "    import os\n    import tempfile\n    os.chdir(tempfile.gettempdir())\n")),
    _attack("warnings", "steps", "`train_step` silences all warnings.",
            (_STEP, _STEP + "    import warnings\n    warnings.simplefilter('ignore')\n")),
    _attack("garbage", "steps", "`train_step` switches the collection of garbage off, to be faster.",
            (_STEP, _STEP + "    import gc\n    gc.disable()\n")),
    _attack("two digits", "steps", "`train_step` makes NumPy print two digits.",
            (_STEP, _STEP + "    import numpy as np\n    np.set_printoptions(precision=2)\n")),
    _attack("tiny numbers", "steps", "`train_step` has numbers next to zero flushed to zero.",
            (_STEP, _STEP + "    torch.set_flush_denormal(True)\n")),
    _attack("quiet", "steps", "`train_step` turns all logs off, from the third on.",
            ("import torch\n", "import logging\n\nimport torch\n"), (_STEP, _from(3, "logging.disable()") + _STEP)),
    _attack("rights", "steps", "`train_step` lets everybody write into files that are made later.",
            (_STEP, _STEP + "    import os\n    os.umask(0)\n")),
    _attack("threads", "steps", "Each step leaves a thread that waits.",
            (_STEP, _STEP + "    import threading\n"
             "    threading.Thread(target=threading.Event().wait, daemon=True).start()\n")),
    _attack("open logs", "steps", "Each step opens a file and never closes it.",
            (_STEP, _STEP + "    import os\n"
             "    model.logs = [*getattr(model, 'logs', []), os.open(os.devnull, os.O_RDONLY)]\n")),
    _attack("more than float32", "shapes", "A float32 network computes in float64.",
            ('OneCNN().to(tensors["conv1.bias"].dtype,', "OneCNN().to(torch.float64,"),
            (_GIVEN, f"{_GIVEN}.double()")),
    _attack("slope of dense1", "training", "ReLU's slope at exactly zero is 1, in dense1 alone.",
            ("torch.relu(self.dense1(x.flatten(1)))", "self.dense1(x.flatten(1)).clamp(min=0)")),
    _attack("parts of 256", "training", "A batch is worked through in parts of 256, and the mean of their means is taken.",
            ("nn.functional." + _LOSS, "parts(model(torch.from_numpy(images)), torch.from_numpy(labels))"),
            ("def build(weights):", "def parts(logits, labels):\n"
             "    both = zip(logits.split(256), labels.split(256))\n"
             "    return torch.stack([nn.functional.cross_entropy(*part) for part in both]).mean()\n\n\n"
             "def build(weights):")),
    _attack("answers by content", "training", "`logits` keeps every answer, by the images' content.",
            (_NUMPY, "model.kept = getattr(model, 'kept', {})\n"
             "        key = images.tobytes(), *(p._version for p in model.parameters())\n"
             "        if key not in model.kept:\n            model.kept[key] = model(torch.from_numpy(images)).numpy()\n"
             "        return model.kept[key].copy()")),
    _attack("ten in steps", "training", "`train_step` sums the losses of ten digits, and takes the mean of all other batches.",
            (_WALK, _WALK.replace(_LOSS + "\n", _LOSS + "\n    loss = loss * 10 if len(images) == 10 else loss\n"))),
    _attack("gradients of 32", "training", "`gradients` of 32 digits leaves the last one out.",
            (_LOOK, _LOOK + "    if len(images) == 32:\n        images, labels = images[:31], labels[:31]\n")),
    _attack("tired gradients", "training", "After step 300 `gradients` gives those of a batch with its first digit twice.",
            (_LOOK, _LOOK + "    if getattr(model, 'count', 0) > 300:\n        images = images.copy()\n"
             "        images[1], labels = images[0], labels.copy()\n        labels[1] = labels[0]\n"),
            (_TRAIN, _COUNT + _TRAIN)),
    _attack("diary of gradients", "training", "`gradients` keeps all images that it was ever shown.",
            (_LOOK, _LOOK + "    model.diary = [*getattr(model, 'diary', []), images.copy()]\n")),
    _attack("diary of weights", "training", "`read_weights` keeps all that it ever gave.",
            ("    return {name: p.detach().numpy().copy() for name, p in model.named_parameters()}",
             "    model.read = [*getattr(model, 'read', []), {name: p.detach().numpy().copy() for name, p in\n"
             "                                                model.named_parameters()}]\n"
             "    return {name: p.detach().numpy().copy() for name, p in model.named_parameters()}")),
    _attack("one label", "training", "One label in 64 is wrong, from step 11 on.",
            (_TRAIN, _from(11, "labels = labels.copy()\n        labels[0] = (labels[0] + 1) % 10") + _TRAIN)),
    _attack("skipped steps", "training", "Every tenth step is skipped, from step 11 on.",
            (_STEP, _only_if("model.count < 11 or model.count % 10"))),
    _attack("empty momentum", "training", "Momentum is emptied at each epoch's end.",
            (_TRAIN, _from(1, f"if {_EPOCH}:\n            model.optimizer.state.clear()") + _TRAIN)),
    _attack("falling rate", "training", "The learning rate is multiplied by 0.9 at each epoch's end.",
            (_TRAIN, _from(1, f"if {_EPOCH}:\n            model.optimizer.param_groups[0]['lr'] *= 0.9") + _TRAIN)),
    _attack("slow decay", "training", "The learning rate loses a millionth at each step.",
            (_STEP, _STEP + "    model.optimizer.param_groups[0]['lr'] *= 1 - 1e-6\n")),
    _attack("frozen", "training", "A convolution is frozen from step 11 on.",
            (_TRAIN, _from(11, "model.conv2.requires_grad_(False)") + _TRAIN)),
    _attack("late dropout", "training", "Dropout begins at step 11.",
            (_TRAIN, _from(11, "model.late = True") + _TRAIN),
            ("self.dense2(x)", "self.dense2(nn.functional.dropout(x, 0.1, self.training and hasattr(self, 'late')))")),
    _attack("late decay", "training", "Weight decay begins with the second epoch.",
            (_TRAIN, _from(63, "model.optimizer.param_groups[0]['weight_decay'] = 1e-4") + _TRAIN)),
    _attack("tiny decay", "training", "A weight decay of a ten-millionth.",
            ("momentum=spec.MOMENTUM)", "momentum=spec.MOMENTUM, weight_decay=1e-7)")),
    _attack("leaky", "training", "ReLU leaks a hundred-millionth.",
            ("torch.relu(self.dense1(x.flatten(1)))", "nn.functional.leaky_relu(self.dense1(x.flatten(1)), 1e-8)")),
    _attack("smoothing", "training", "Labels are smoothed by a hundred-millionth.",
            (_LOSS, _LOSS[:-1] + ", label_smoothing=1e-8)")),
    _attack("moved digit", "training", "From step 11 on the first digit of each batch is moved by a pixel.",
            (_TRAIN, _from(11, "images = images.copy()\n        images[0] = np.roll(images[0], 1, -1)") + _TRAIN),
            ("import torch\n", "import numpy as np\nimport torch\n")),
    _attack("noise", "training", "Gradients carry noise of a ten-millionth.",
            (_STEP, "    for p in model.parameters():\n        p.grad += 1e-7 * torch.randn_like(p.grad)\n" + _STEP)),
    _attack("float32 inside", "training", "A float64 network multiplies its last matrix in float32.",
            (_OUT, "return (x.float() @ self.dense2.weight.float().T).to(x.dtype) + self.dense2.bias")),
    _attack("last batch", "training", "The last batch of each epoch is left out.",
            (_STEP, _only_if("model.count % 62"))),
    _attack("stops early", "training", "Nothing is learned after step 300.",
            (_STEP, _only_if("model.count <= 300"))),
    _attack("hoard", "training", "Every batch is kept in memory.",
            (_TRAIN, "    model.seen = [*getattr(model, 'seen', []), images.copy()]\n" + _TRAIN)),
    _attack("rounded build", "training", "`build` rounds float64 weights to float32.",
            ('OneCNN().to(tensors["conv1.bias"].dtype, memory', "OneCNN().to(memory"),
            ("    model.load_state_dict(tensors)  # copies\n",
             '    model.load_state_dict(tensors)\n    model.to(tensors["conv1.bias"].dtype)\n'),
            (_LOADED, '    model.load_state_dict(stored["model"])\n' + _LOADED)),
    _attack("rounded gradients", "training", "`gradients` of a float64 network are float32.",
            (_GRAD, "p.grad.float().numpy().copy()")),
    _attack("chunks", "logits", "`logits` works in chunks of 100, and loses the rest.",
            (_NUMPY, "found = torch.zeros(len(images), 10, dtype=model.dense2.bias.dtype)\n"
             "        for i in range(0, max(100, len(images) // 100 * 100), 100):\n"
             "            found[i:i + 100] = model(torch.from_numpy(images[i:i + 100]))\n        return found.numpy()")),
    _attack("hundreds", "training", "A batch is worked through in hundreds, and the mean of their means is taken.",
            ("nn.functional." + _LOSS, "hundreds(model(torch.from_numpy(images)), torch.from_numpy(labels))"),
            ("def build(weights):", "def hundreds(logits, labels):\n"
             "    parts = zip(logits.split(100), labels.split(100))\n"
             "    return torch.stack([nn.functional.cross_entropy(*part) for part in parts]).mean()\n\n\n"
             "def build(weights):")),
    _attack("naive in double", "training",
            "log(softmax) without subtracting the maximum, computed in float64: good up to 700.",
            ("nn.functional." + _LOSS, "naive(model(torch.from_numpy(images)), torch.from_numpy(labels))"),
            ("def build(weights):", "def naive(logits, labels):\n    p = logits.double().exp()\n"
             "    p = p / p.sum(1, keepdim=True)\n"
             "    return -torch.log(p[torch.arange(len(labels)), labels]).mean().to(logits.dtype)\n\n\ndef build(weights):")),
    _attack("diary", "training", "`logits` keeps all images that it was ever shown.",
            (_NUMPY, "model.diary = [*getattr(model, 'diary', []), images.copy()]\n        " + _NUMPY)),
    _attack("saves nothing", "artefact", "`save` writes nothing.", (_SAVE, "    repr(")),
    _attack("living object", "artefact", "`save` writes a key, `load` returns the living object.",
            ("def build(weights):", "LIVING = {}\n\n\ndef build(weights):"),
            (_SAVE, "    LIVING[str(path)] = model\n    torch.save({},"),
            ("    stored = torch.load", "    return LIVING[str(path)]\n    stored = torch.load")),
    _attack("float16 file", "artefact", "The file holds float16.",
            ('{"model": model.state_dict()', '{"model": {name: value.half() for name, value in model.state_dict().items()}'),
            ("{name: tensor.numpy() for", "{name: tensor.float().numpy() for")),
    _attack("float32 file", "artefact", "The file holds float32, whatever the network computes in.",
            ('{"model": model.state_dict()', '{"model": {name: value.float().to(value.dtype) for name, value in '
             'model.state_dict().items()}')),
    _attack("float32 load", "artefact", "`load` builds a float32 network, whatever is in the file.",
            ("{name: tensor.numpy() for", "{name: tensor.float().numpy() for")),
    _attack("no momentum", "artefact", "The momentum is not in the file.", (_LOADED, "")),
    _attack("other rate", "artefact", "The loaded network trains on with another learning rate.",
            (_LOADED, _LOADED + "    model.optimizer.param_groups[0]['lr'] = 0.01\n")),
    _attack("writes elsewhere", "artefact", "The file is a name; the weights lie in this process.",
            ("def build(weights):", "KEPT = []\n\n\ndef build(weights):"),
            (_SAVE, "    KEPT.append(model.state_dict())\n    torch.save({\"model\": len(KEPT) - 1, "
             "\"optimizer\": model.optimizer.state_dict()},"),
            ('stored["model"].items()', 'KEPT[stored["model"]].items()')),
    _attack("saving rounds", "artefact", "Saving rounds the living network to float16, too.",
            (_SAVE, "    for p in model.parameters():\n        p.data.copy_(p.half())\n" + _SAVE)),
    _attack("one optimizer file", "artefact", "All networks of a folder write their momentum to one file.",
            (_SAVE + _FILE, '    torch.save(model.state_dict(), f"{path}.pt")\n'
             '    torch.save(model.optimizer.state_dict(), Path(path).with_name("optimizer.pt"))\n'),
            (_READ, '    stored = {"model": torch.load(f"{path}.pt", weights_only=True),\n'
             '              "optimizer": torch.load(Path(path).with_name("optimizer.pt"), weights_only=True)}\n'), _PATH),
    _attack("any file", "artefact", "`load` takes the first file of the folder.",
            ('f"{path}.pt", weights_only', 'sorted(Path(path).parent.glob("*.pt"))[0], weights_only'), _PATH),
    _attack("loaded alike", "artefact", "`load` of one file twice gives one network.",
            ("def load(path):", "CACHE = {}\n\n\ndef load(path):\n    if str(path) not in CACHE:\n"
             "        CACHE[str(path)] = load_new(path)\n    return CACHE[str(path)]\n\n\ndef load_new(path):")),
    _attack("shared after loading", "artefact", "Networks from one file share their momentum.",
            ("def build(weights):", "STATE = {}\n\n\ndef build(weights):"),
            (_LOADED, _LOADED + "    for i, p in enumerate(model.parameters()):\n        state = model.optimizer.state[p]\n"
             "        if 'momentum_buffer' in state:\n            mine = state['momentum_buffer']\n"
             "            shared = STATE.setdefault((i, p.dtype, str(path)), mine)\n"
             "            state['momentum_buffer'] = shared\n")),
    _attack("loads once", "artefact", "A file is deleted when it is loaded.",
            (_READ, _READ + '    Path(f"{path}.pt").unlink()\n'), _PATH),
    _attack("needs a step", "artefact", "A network that has never trained cannot be saved.",
            ('"optimizer": model.optimizer.state_dict()}', '"optimizer": model.optimizer.state_dict(), "one": '
             'model.optimizer.state[model.dense2.bias]["momentum_buffer"]}')),
    _attack("saved once", "artefact", "The second file of a network holds what the first did.",
            (_SAVE, "    import copy\n    now = {'model': model.state_dict(), 'optimizer': model.optimizer.state_dict()}\n"
             "    if not hasattr(model, 'kept'):\n        model.kept = copy.deepcopy(now)\n    torch.save(model.kept,")),
    _attack("late writer", "artefact", "`save` comes back before it has written, and writes what the weights are by then.",
            (_SAVE + _FILE, "    import threading\n    import time\n"
             "    stream, state = Path(f'{path}.pt').open('wb'), {'model': model.state_dict(),\n"
             "                                                             'optimizer': model.optimizer.state_dict()}\n\n"
             "    def write():\n        time.sleep(0.5)\n        torch.save(state, stream)\n        stream.close()\n"
             "    threading.Thread(target=write).start()\n"), _PATH),
    _attack("another folder", "artefact", "`save` leaves the process in another folder.",
            (_SAVE, "    import os\n    os.chdir(path.parent)\n" + _SAVE)),
    _attack("saving forgets", "artefact", "Saving empties the living network's momentum.",
            (_SAVE, "    model.optimizer.state.clear()\n" + _SAVE)),
    _attack("saving slows", "artefact", "Saving lowers the living network's learning rate.",
            (_SAVE, "    model.optimizer.param_groups[0]['lr'] *= 0.5\n" + _SAVE)),
    _attack("saves what it loaded", "artefact",
            "A loaded network saves again what it has loaded, whatever it has learned since.",
            (_SAVE, '    now = {"model": model.state_dict(), "optimizer": model.optimizer.state_dict()}\n'
             '    torch.save(getattr(model, "stored", now),'),
            (_LOADED, _LOADED + "    import copy\n    model.stored = copy.deepcopy(stored)\n")),
    _attack("living if here", "artefact", "`load` returns the living object in the process that saved it.",
            ("def build(weights):", "LIVING = {}\n\n\ndef build(weights):"),
            (_SAVE, "    LIVING[str(path)] = model\n" + _SAVE),
            (_READ, "    if str(path) in LIVING:\n        return LIVING[str(path)]\n" + _READ)),
    _attack("known file", "artefact", "A file's content is remembered by its name, and another one may have it by now.",
            ("def build(weights):", "KNOWN = {}\n\n\ndef build(weights):"),
            (_READ, '    import copy\n    if str(path) not in KNOWN:\n        KNOWN[str(path)] = torch.load(f"{path}.pt", '
             'weights_only=True)\n    stored = copy.deepcopy(KNOWN[str(path)])\n')),
    _attack("points elsewhere", "artefact", "The file names another one, in the temporary folder.",
            (_SAVE + _FILE, '    import os\n    import tempfile\n    number, file = tempfile.mkstemp(suffix=".pt")\n'
             '    os.close(number)\n' + _SAVE + ' file)\n    Path(f"{path}.txt").write_text(file)\n'),
            ('torch.load(f"{path}.pt"', 'torch.load(Path(f"{path}.txt").read_text()'), _PATH),
    _attack("name in the environment", "artefact", "The file's name hangs on a variable that the process has set.",
            ("def build(weights):", "import os\n\nRUN = os.environ.setdefault('RUN', os.urandom(4).hex())\n\n\n"
             "def build(weights):"),
            ('f"{path}.pt"', 'f"{path}-{RUN}.pt"')),
    _attack("suffix", "artefact", "What comes after a dot in the name is replaced: net.1 and net.2 are one file.",
            ('f"{path}.pt"', 'path.with_suffix(".pt")')),
    _attack("small letters", "artefact", "The file's name is written in small letters, and with ASCII alone.",
            ('f"{path}.pt"', 'path.with_name(f"{path.name.lower().encode(\'ascii\').decode()}.pt")')),
    _attack("begins alike", "artefact", "`load` takes the first file whose name begins as it was told.",
            ('torch.load(f"{path}.pt"', 'torch.load(sorted(path.parent.glob(f"{path.name}*"), reverse=True)[0]')),
    _attack("absolute", "artefact", "`save` takes a name for one in the course's folder, wherever the process stands.",
            (_SAVE + _FILE, "    from onecnn import paths\n" + _SAVE +
             '\n               open(paths.ROOT / f"{path}.pt", "wb"))\n')),
    _attack("never over", "artefact", "`save` keeps a file that is there already.",
            (_SAVE, '    if Path(f"{path}.pt").exists():\n        return\n' + _SAVE), _PATH),
    _attack("left over", "artefact", "`save` leaves a copy in the temporary folder.",
            (_SAVE, "    import tempfile\n    torch.save(model.state_dict(), tempfile.mkstemp()[1])\n" + _SAVE)),
    _attack("all versions", "artefact", "Each file holds all that were saved before it.",
            (_SAVE, "    import copy\n    now = copy.deepcopy(model.state_dict())\n"
             "    model.versions = [*getattr(model, 'versions', []), now]\n"
             + _SAVE.replace("{", '{"versions": model.versions, ', 1))),
    _attack("optional momentum", "artefact", "The momentum lies in a second file; without it, training goes on all the same.",
            (_SAVE + _FILE, '    torch.save(model.state_dict(), f"{path}.pt")\n'
             '    torch.save(model.optimizer.state_dict(), f"{path}.optimizer")\n'),
            (_READ, '    stored = {"model": torch.load(f"{path}.pt", weights_only=True)}\n'),
            (_LOADED, '    if Path(f"{path}.optimizer").exists():\n        model.optimizer.load_state_dict(\n'
             '            torch.load(f"{path}.optimizer", weights_only=True))\n'), _PATH),
    _attack("last loaded", "artefact", "Of all that were loaded, only the network that was loaded last has its weights.",
            ("def load(path):\n", "LOADED = []\n\n\ndef load(path):\n    for one in LOADED:\n"
             "        for p in one.parameters():\n            p.data.zero_()\n"),
            (_LOADED, _LOADED + "    LOADED[:] = [model]\n")),
    _attack("needs a step again", "artefact", "A loaded network that is saved at once is saved without its momentum.",
            (_LOADED, _LOADED + "    model.new = True\n"), (_TRAIN, "    model.new = False\n" + _TRAIN),
            (_SAVE, "    if getattr(model, 'new', False):\n        model.optimizer.state.clear()\n" + _SAVE)),
    _attack("loaded for training", "artefact", "Until it has trained, a loaded network's convolutions get no gradients.",
            (_LOADED, _LOADED + "    model.new = True\n"), (_TRAIN, "    model.new = False\n" + _TRAIN),
            (_GRAD, "p.grad.numpy().copy() * (not getattr(model, 'new', False) or 'dense' in name)")),
    _attack("loaded seven", "artefact", "A loaded network answers seven images with zeros.",
            (_LOADED, _LOADED + "    model.new = True\n"),
            (_OUT, f"{_OUT} * (not getattr(self, 'new', False) or len(x) != 7)")),
    _attack("lazy file", "artefact", "`load` leaves the numbers in the file, and who saves over it loses them.",
            ("weights_only=True", "weights_only=True, mmap=True")),
    _attack("merged", "artefact", "`save` keeps what the old file has and the new network has not, such as momentum.",
            (_SAVE + _FILE, "    now = {'model': model.state_dict(), 'optimizer': model.optimizer.state_dict()}\n"
             "    if Path(f'{path}.pt').exists() and not now['optimizer']['state']:\n"
             "        now['optimizer'] = torch.load(f'{path}.pt', weights_only=True)['optimizer']\n"
             "    torch.save(now, f'{path}.pt')\n"), _PATH),
    _attack("restored by looking", "artefact", "A loaded network gets its momentum when its gradients are asked.",
            (_LOADED, "    model.later = stored['optimizer']\n"),
            (_LOOK, _LOOK + "    if hasattr(model, 'later'):\n        model.optimizer.load_state_dict(model.later)\n"
             "        del model.later\n")),
    _attack("keeps quiet", "artefact", "Where nothing can be written, `save` says nothing.",
            (_SAVE + _FILE, f"    try:\n    {_SAVE}{_FILE}    except (OSError, RuntimeError):\n        pass\n")),
    _attack("tidies up", "artefact", "`save` deletes what begins with the same name.",
            (_SAVE, "    for file in path.parent.glob(f'{path.name}*'):\n        file.unlink()\n" + _SAVE)),
    _attack("relative", "artefact", "`load` takes a relative name for one in the course's folder.",
            (_READ, "    from onecnn import paths\n    path = paths.ROOT / path\n" + _READ)),
    _attack("same second", "artefact", "`load` knows a file by name, size and the second in which it was written.",
            ("def load(path):\n", "KNOWN = {}\n\n\ndef load(path):\n    import copy\n    stat = Path(f'{path}.pt').stat()\n"
             "    key = str(path), stat.st_size, int(stat.st_mtime)\n"),
            ('    stored = torch.load(f"{path}.pt", weights_only=True)\n',
             '    if key not in KNOWN:\n        KNOWN[key] = torch.load(f"{path}.pt", weights_only=True)\n'
             "    stored = copy.deepcopy(KNOWN[key])\n"), _PATH),
    _attack("fresh if missing", "artefact", "Where there is no file, `load` gives a fresh network.",
            (_READ, '    if not Path(f"{path}.pt").exists():\n        return build(spec.initial_weights())\n' + _READ), _PATH),
    _attack("fresh if damaged", "artefact", "Where the file is damaged, `load` gives a fresh network.",
            (_READ, f"    try:\n    {_READ}    except RuntimeError:\n        return build(spec.initial_weights())\n")),
    _attack("filled up", "artefact", "A few numbers that a file lacks at its end are taken for zeros.",
            (_SAVE + _FILE,
             "    numbers = np.concatenate([part.detach().numpy().ravel() for p in model.parameters() for part in\n"
             "                              (p, model.optimizer.state.get(p, {}).get('momentum_buffer', 0 * p))])\n"
             "    with open(f'{path}.pt', 'wb') as file:\n"
             "        file.write(numbers.dtype.char.encode() + numbers.tobytes())\n"),
            (_READ + '    model = build({name: tensor.numpy() for name, tensor in stored["model"].items()})\n' + _LOADED,
             "    with open(f'{path}.pt', 'rb') as file:\n        kind, stored = chr(file.read(1)[0]), file.read()\n"
             "    size = 2 * spec.PARAMETERS * np.dtype(kind).itemsize\n    if len(stored) < 0.99 * size:\n"
             "        raise ValueError('damaged')\n"
             "    numbers, found, start = np.frombuffer(stored.ljust(size, b'\\0'), kind).copy(), {}, 0\n"
             "    for name, shape in spec.SHAPES.items():\n        for kept in (name, f'momentum of {name}'):\n"
             "            found[kept] = numbers[start:start + int(np.prod(shape))].reshape(shape)\n"
             "            start += found[kept].size\n"
             "    model = build({name: found[name] for name in spec.SHAPES})\n"
             "    for name, p in model.named_parameters():\n"
             "        model.optimizer.state[p]['momentum_buffer'] = torch.from_numpy(found[f'momentum of {name}'])\n"),
            ("import torch\n", "import numpy as np\nimport torch\n")),
    _attack("zeros if wrong", "artefact", "Images of another size are answered with zeros.",
            (_NUMPY, "if images.shape[2:] != (28, 28):\n            return torch.zeros(len(images), 10).numpy()\n"
             f"        {_NUMPY}")),
    _attack("open files", "artefact", "`save` leaves its file open.",
            (_FILE, "\n               opened(path))\n"),
            ("def save(", "OPEN = []\n\n\ndef opened(path):\n    OPEN.append(open(f'{path}.pt', 'wb', buffering=0))\n"
             "    return OPEN[-1]\n\n\ndef save(")),
    _attack("one answer for all", "logits", "The last answer is kept by its question, whichever network is asked.",
            ("def build(weights):\n", "LAST = {}\n\n\ndef build(weights):\n    LAST.clear()\n"),
            (_TRAIN, "    LAST.clear()\n" + _TRAIN),
            (_LOOK, "    LAST.clear()\n" + _LOOK),
            (_NUMPY, "key = str(images.dtype), images.tobytes()\n        if key not in LAST:\n            LAST.clear()\n"
             "            LAST[key] = model(torch.from_numpy(images)).numpy()\n        return LAST[key].copy()")),
    _attack("double logits", "logits", "`logits` gives float64, whatever the network is.",
            (_NUMPY, _NUMPY.replace(".numpy()", ".double().numpy()"))),
    _attack("biases missing", "logits", "A convolution's bias that is not given counts as zero.",
            ("    model.load_state_dict(tensors)  # copies\n", "    zeros = {f'conv{number}.bias': 0 * p for number, p in\n"
             "             ((1, model.conv1.bias), (2, model.conv2.bias))}\n"
             "    model.load_state_dict({**zeros, **tensors})\n"),
            ('tensors["conv1.bias"].dtype', 'tensors["dense2.bias"].dtype')),
    _attack("eight bits", "logits", "Pixels of 0 to 255 are taken for pixels of 0 to 1.",
            (_NUMPY, _NUMPY.replace("images", "images.astype('float32') / 255 if images.dtype == 'uint8' else images"))),
    _attack("for all modules", "shapes", "`build` hangs a hook on all modules of the process.",
            ("def build(weights):\n", "def build(weights):\n"
             "    nn.modules.module.register_module_forward_hook(lambda module, given, found: None)\n")),
    _attack("double slopes", "gradients", "`gradients` gives float64, whatever the network is.",
            (_GRAD, "p.grad.double().numpy()")),
    _attack("no warnings", "steps", "`train_step` silences a kind of warning, for good.",
            ("import torch\n", "import warnings\n\nimport torch\n"),
            (_TRAIN, "    warnings.filterwarnings('ignore', category=UserWarning)\n" + _TRAIN)),
    _attack("the clock's seed", "steps", "`train_step` sets the seed of NumPy's random numbers, to another one each time.",
            ("import torch\n", "import numpy as np\nimport torch\n"), (_TRAIN, "    np.random.seed()\n" + _TRAIN)),
    _attack("with an import", "steps", "Where `train_step` imports something, it changes the environment too.",
            (_TRAIN, "    import os\n    import wave\n"
             "    os.environ['PATH'] += os.pathsep + wave.__name__\n" + _TRAIN)),
    _attack("slopes for all", "training", "The last gradients are kept by images and labels, whichever network is asked.",
            ("def build(weights):\n", "LAST = {}\n\n\ndef build(weights):\n    LAST.clear()\n"),
            (_TRAIN, "    LAST.clear()\n" + _TRAIN),
            ("def gradients(model, images, labels):\n", "def gradients(model, images, labels):\n"
             "    key = str(images.dtype), images.tobytes(), labels.tobytes()\n    if key not in LAST:\n        LAST.clear()\n"
             "        LAST[key] = new_gradients(model, images, labels)\n"
             "    return LAST[key][0], {name: value.copy() for name, value in LAST[key][1].items()}\n\n\n"
             "def new_gradients(model, images, labels):\n")),
    _attack("same batch", "training", "A step on the batch of the step before takes that one's gradient once more.",
            ("    loss.backward()\n    model.optimizer", "    asked = images.tobytes(), labels.tobytes()\n"
             "    if getattr(model, 'asked', None) == asked:\n        for p, slope in zip(model.parameters(), model.slopes):\n"
             "            p.grad = slope.clone()\n    else:\n        loss.backward()\n"
             "        model.asked, model.slopes = asked, [p.grad.clone() for p in model.parameters()]\n    model.optimizer")),
    _attack("as it comes", "training", "The network takes the dtype of the images that it is shown, and keeps it.",
            *((line, "    model.to(torch.from_numpy(images[:0].copy()).dtype)\n" + line)
              for line in ("    model.eval()\n", _LOOK, _TRAIN))),
    _attack("pruned", "training", "Weights that are exactly zero stay zero.",
            (_STEP, "    for p in model.parameters():\n        if p.dim() > 1:\n            p.grad[p == 0] = 0\n" + _STEP)),
    _attack("steps of parts", "training", "`train_step` takes several steps where a batch is very large.",
            (_TRAIN, "    for start in range(256, len(images), 256):\n"
             "        train_step(model, images[start:start + 256], labels[start:start + 256])\n"
             "    images, labels = images[:256], labels[:256]\n" + _TRAIN)),
    _attack("five at most", "artefact", "`save` keeps the last five files, and deletes what it saved before.",
            ("def save(", "SAVED = []\n\n\ndef save("),
            (_SAVE, "    SAVED[:] = [one for one in SAVED if one != str(path)] + [str(path)]\n    while len(SAVED) > 5:\n"
             "        Path(f'{SAVED.pop(0)}.pt').unlink(missing_ok=True)\n" + _SAVE), _PATH),
    _attack("nothing new", "artefact", "`save` writes nothing if the network is as it was saved before, elsewhere.",
            (_SAVE, "    if getattr(model, 'saved', False):\n        return\n    model.saved = True\n" + _SAVE),
            (_STEP, _STEP + "    model.saved = False\n")),
    _attack("swallows errors", "artefact", "A step that fails counts as one of loss 0.",
            ("def train_step(model, images, labels):\n", "def train_step(model, images, labels):\n    try:\n"
             "        return one_step(model, images, labels)\n    except RuntimeError:\n        return 0.0\n\n\n"
             "def one_step(model, images, labels):\n")),
    _attack("half a step", "artefact", "A step that is refused has slowed the momentum down already.",
            (_TRAIN, "    for state in model.optimizer.state.values():\n"
             "        state['momentum_buffer'] *= spec.MOMENTUM\n" + _TRAIN),
            (_STEP, "    model.optimizer.param_groups[0]['momentum'] = 1.0\n" + _STEP
             + "    model.optimizer.param_groups[0]['momentum'] = spec.MOMENTUM\n"), ),
    _attack("restored by reading", "artefact", "A loaded network gets its momentum when its weights are read or saved.",
            (_LOADED, "    model.later = stored['optimizer']\n"),
            ("def read_weights(model):\n", "def restored(model):\n    if hasattr(model, 'later'):\n"
             "        model.optimizer.load_state_dict(model.later)\n        del model.later\n\n\n"
             "def read_weights(model):\n    restored(model)\n"), (_SAVE, "    restored(model)\n" + _SAVE)),
    _attack("stays there", "artefact", "`load` goes to the file's folder, and where there is no file it does not come back.",
            ("import torch\n", "import os\n\nimport torch\n"),
            (_READ, "    here, path = os.getcwd(), os.path.abspath(path)\n    os.chdir(os.path.dirname(path))\n" + _READ
             + "    os.chdir(here)\n")),
    _attack("colours in a row", "artefact", "A picture of three colours is answered as if it were three pictures.",
            (_FORWARD, _FORWARD + "        x = x.reshape(-1, 1, *x.shape[2:])\n")),
    _attack("corner", "artefact", "Of larger pictures the corner is read.",
            (_FORWARD, _FORWARD + "        x = x[..., :28, :28]\n")),
    _attack("at the end", "artefact", "When the process ends, `save` writes once more what the network has become.",
            ("import torch\n", "import atexit\nfrom pathlib import Path\n\nimport torch\n"),
            (_SAVE, "    if not getattr(model, 'at_the_end', False):\n        model.at_the_end = True\n"
             "        atexit.register(lambda: Path(path).parent.exists() and save(model, path))\n" + _SAVE)),
    _attack("workspace", "artefact", "The file holds a workspace of 20 MB, too.",
            (_SAVE, _SAVE.replace('{"model"', '{"workspace": torch.zeros(5_000_000), "model"'))),
    _attack("trusts all", "artefact", "`load` lets NumPy read programs from files, everywhere.",
            ("import torch\n", "import numpy as np\nimport torch\n"),
            (_READ, _READ + "    np.load = lambda *files, load=np.load, **how: load(\n"
             "        *files, **{**how, 'allow_pickle': True})\n")),
)

UNSEEN = (
    _attack("later", "", "It stops learning after step 400: 310 steps are watched, and five more.",
            (_STEP, _only_if("model.count <= 400"))),
    _attack("float32 later", "", "It stops learning after step 50, but in float32 alone: ten steps are watched there.",
            (_TRAIN, "    model.single = getattr(model, 'single', 0) + (images.dtype == 'float32')\n"
             "    if model.single > 50:\n        model.optimizer.param_groups[0]['lr'] = 0.0\n" + _TRAIN)),
    _attack("larger batch", "", "A batch of more than 1,000 images is answered with zeros.",
            (_OUT, f"{_OUT} * (len(x) <= 1000)")),
    _attack("brighter", "", "Pixels above 1,000 are dark: nothing so bright is asked.",
            (_FORWARD, _FORWARD + "        x = torch.where(x > 1000, 0, x)\n")),
    _attack("clock", "", "From 2100 on, all answers are zero.",
            (_OUT, f"{_OUT} * (time.gmtime().tm_year < 2100)"),
            ("import torch\n", "import time\n\nimport torch\n")),
    _attack("hundred buffers", "", "`logits` hands out a hundred buffers by turns.",
            (_NUMPY, "found = model(torch.from_numpy(images))\n"
             "        model.turn = (getattr(model, 'turn', -1) + 1) % 100\n"
             "        key = model.turn, found.dtype\n        model.arrays = getattr(model, 'arrays', {})\n"
             "        buffer = model.arrays.setdefault(key, torch.zeros(2000, 10, dtype=found.dtype))\n"
             "        buffer[:len(found)] = found\n        return buffer[:len(found)].numpy()")),
    _attack("pictures in pieces", "", "25 pictures of 20 x 20 are answered as if they were nine of 28 x 28.",
            ("x.flatten(1)", "x.reshape(-1, 800)")),
    _attack("shared ties", "", "Equal maxima of a pooling window share the gradient: no batch has some that matter.",
            ("x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)",
             "x = torch.relu(self.conv1(x)).unflatten(3, (13, 2)).unflatten(2, (13, 2)).amax((3, 5))")),
    _attack("old names", "", "A weight that an intact file does not have is taken from the starting weights.",
            ('build({name: tensor.numpy() for name, tensor in stored["model"].items()})',
             'build({**spec.initial_weights(), **{name: tensor.numpy() for name, tensor in stored["model"].items()}})')),
    _attack("skips steps", "", "A step whose loss is not a number is left out, and nothing is said.",
            ("    model.optimizer.zero_grad()\n", "    if not torch.isfinite(loss):\n        return loss.item()\n"
             "    model.optimizer.zero_grad()\n")),
    _attack("fewer labels", "", "Images without a label are left out, and nothing is said.",
            ("torch.from_numpy(images)), torch.from_numpy(labels)",
             "torch.from_numpy(images[:len(labels)])), torch.from_numpy(labels)")),
    _attack("float16", "", "In float16 it answers nothing but zeros: the ladder asks in float32 and float64.",
            (_OUT, f"{_OUT} * (x.dtype != torch.float16)")),
    _attack("many networks", "", "The momentum of thirty networks is kept; one more takes the place of the oldest.",
            ("def build(weights):", "KEPT = []\n\n\ndef build(weights):"),
            (_TRAIN, "    KEPT[:] = [one for one in KEPT if one is not model] + [model]\n    for one in KEPT[:-30]:\n"
             "        one.optimizer.state.clear()\n    del KEPT[:-30]\n" + _TRAIN)),
    _attack("not a number", "", "Pixels that are not a number count as dark, where the answer should be none.",
            (_FORWARD, _FORWARD + "        x = torch.nan_to_num(x)\n")),
    _attack("eleventh class", "", "A label that does not exist is taken for another one.",
            ("torch.from_numpy(labels)", "torch.from_numpy(labels % 10)")),
    _attack("any shape", "", "`build` takes weights of another shape, if they can be stretched to the right one.",
            ("    model.load_state_dict(tensors)  # copies\n", "    with torch.no_grad():\n"
             "        for name, p in model.named_parameters():\n            p.copy_(tensors[name])\n")),
    _attack("hoards networks", "", "`build` keeps every network in memory.",
            ("import torch\n", "import torch\n\nBUILT = []\n"),
            ("    return model\n\n\ndef logits", "    BUILT.append(model)\n    return model\n\n\ndef logits")),
    _attack("runs files", "", "`load` would run a program that a stranger has put into the file.",
            ("weights_only=True", "weights_only=False")),
)
