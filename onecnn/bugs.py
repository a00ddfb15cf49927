"""The museum of bugs: real, documented faults, each planted in the PyTorch notebook's own ``same-cnn`` cells.

A fault is kept as edits of those cells' text: what stands there, and what stands there with the fault in. So a broken
network is our network and nothing else, and its difference can be printed. Where the fault needs a layer that our network
has not, the edit adds one that, used rightly, changes nothing.
"""
import difflib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Union

from onecnn import cells, ladder

Edits = tuple[tuple[str, str], ...]


class Bug(NamedTuple):
    """``what`` went wrong, in one sentence; where it was reported, and when that was last read; the rung that catches it;
    ``edits``: pairs of right and wrong text, each replaced wherever it stands in the cells."""

    key: str
    what: str
    source: str
    checked: str
    rung: str
    edits: Edits


_CHECKED = "2026-11-24"
_LOSS = "cross_entropy(model(torch.from_numpy(images)), torch.from_numpy(labels))"

BUGS = (
    Bug("list", "A layer is kept in a Python list, where PyTorch does not look for weights: it is never trained.",
        "https://github.com/pytorch/pytorch/issues/715", _CHECKED, "shapes",
        (("self.dense2 = nn.Linear(64, 10)", "self.head = [nn.Linear(64, 10)]"),
         ("self.dense2(x)", "self.head[0](x)"),
         ("in weights.items()})", "in weights.items()}, strict=False)"))),
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
         ("    model.optimizer.step()\n", "    model.optimizer.step()\n    model.schedule.step()\n"))),
    Bug("stale", "The file holds the weights from before the last step.",
        "https://github.com/ViperEkura/AstrAI/pull/27", _CHECKED, "artefact",
        (("    model.train()\n", "    model.kept = {name: value.clone() for name, value in model.state_dict().items()}\n"
          "    model.train()\n"), ("in model.state_dict().items()}\n    save_file", "in model.kept.items()}\n    save_file"))),
)


def get(key: str) -> Bug:
    """The bug with this key."""
    return next(bug for bug in BUGS if bug.key == key)


def break_it(functions: ModuleType, fault: Union[str, Edits]) -> ladder.Network:
    """The seven functions of ``functions`` (the module of the PyTorch notebook's cells) with one fault in.

    ``fault``: the key of a bug, or edits of your own. ``ladder.climb(*break_it(functions, "flatten"))`` lets it climb.
    """
    namespace: dict[str, Any] = {"__name__": "broken"}
    exec(compile(_text(functions, fault), "<broken>", "exec"), namespace)
    return ladder.Network(*(namespace[name] for name in ladder.Network._fields))


def difference(functions: ModuleType, fault: Union[str, Edits]) -> str:
    """The lines that the fault takes away (-) and brings (+)."""
    lines = difflib.unified_diff(_text(functions, ()).splitlines(), _text(functions, fault).splitlines(), n=0, lineterm="")
    return "\n".join(line for line in list(lines)[2:] if not line.startswith("@@"))


def _text(functions: ModuleType, fault: Union[str, Edits]) -> str:
    tagged = [cell.source for cell in cells.read(Path(inspect.getfile(functions))) if cells.TAG in cell.tags]
    text = "\n\n\n".join(tagged) + "\n"
    for right, wrong in get(fault).edits if isinstance(fault, str) else fault:
        if right not in text:
            raise ValueError(f"not in the cells: {right}")
        text = text.replace(right, wrong)
    return text
