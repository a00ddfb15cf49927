"""The three ways to make the course's network smaller: fewer bits, fewer weights, a smaller network
that is taught.

Plain PyTorch. Weights travel in the spec's layout, but a layer may have fewer units than the spec
says.
"""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from onecnn import spec

LAYERS = ("conv1", "conv2", "dense1", "dense2")


class CNN(nn.Module):
    """The course's network, with as many filters and units as ``weights`` have."""

    def __init__(self, weights):
        super().__init__()
        conv1, conv2, dense1, dense2 = (weights[f"{name}.weight"].shape for name in LAYERS)
        self.conv1 = nn.Conv2d(conv1[1], conv1[0], 3)
        self.conv2 = nn.Conv2d(conv2[1], conv2[0], 3)
        self.dense1 = nn.Linear(dense1[1], dense1[0])
        self.dense2 = nn.Linear(dense2[1], dense2[0])
        self.load_state_dict({name: torch.from_numpy(np.array(value))
                              for name, value in weights.items()})

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.dense1(x.flatten(1)))
        return self.dense2(x)


def read(model):
    """Weights as the network uses them, masked and rounded, in the spec's layout."""
    return {f"{name}.{kind}": getattr(getattr(model, name), kind).detach().numpy().copy(order="C")
            for name in LAYERS for kind in ("weight", "bias")}


def logits(model, images):
    with torch.inference_mode():
        return model(torch.from_numpy(images)).numpy()


def hard(answers, labels, chosen):
    return F.cross_entropy(answers, labels[chosen])


def train(model, images, labels, epochs=1, rate=0.005, loss=hard):
    """SGD with the spec's momentum and order. ``loss`` gets the answers, all labels, and which of
    them are asked."""
    model.to(memory_format=torch.channels_last)  # on a processor, max_pool2d is much faster so
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=spec.MOMENTUM)
    images, labels = torch.from_numpy(images), torch.from_numpy(labels)
    for epoch in range(epochs):
        for chosen in spec.batches(len(labels), epoch):
            optimizer.zero_grad()
            loss(model(images[chosen]), labels, chosen).backward()
            optimizer.step()
    return model


class RoundStraightThrough(torch.autograd.Function):
    """Rounds on the way forward; on the way back the gradient passes as if nothing had been
    there."""

    @staticmethod
    def forward(ctx, x):
        return torch.round(x)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class FakeQuantise(nn.Module):
    """The weight that ``bits`` can hold, still as float32: one step size for each output channel,
    symmetric about zero."""

    def __init__(self, bits):
        super().__init__()
        self.top = 2 ** (bits - 1) - 1  # 127 for 8 bits; 1 for 2 bits: only -1, 0 and 1 are left

    def forward(self, weight):
        largest = weight.detach().abs().amax(dim=tuple(range(1, weight.dim())), keepdim=True)
        step = largest.clamp(min=1e-12) / self.top
        return RoundStraightThrough.apply(weight / step) * step


class Masked(nn.Module):
    """Holds pruned weights at zero, whatever the optimizer does."""

    def __init__(self, mask):
        super().__init__()
        self.register_buffer("mask", mask)

    def forward(self, weight):
        return weight * self.mask


def attach(model, make):
    """Puts ``make(layer)`` between each layer's stored weight and its use."""
    for name in LAYERS:
        layer = getattr(model, name)
        parametrize.register_parametrization(layer, "weight", make(layer))
    return model


def quantised(weights, bits):
    return attach(CNN(weights), lambda layer: FakeQuantise(bits))


def masked(weights):
    """A network whose zeros stay zero."""
    return attach(CNN(weights), lambda layer: Masked((layer.weight != 0).float()))


def narrowed(weights, filters1, filters2, units):
    """Takes away whole filters and units: the given ones are kept, and each next layer loses the
    inputs that are gone."""
    # each filter's map has 5 x 5 pixels
    columns = weights["dense1.weight"].reshape(-1, len(weights["conv2.bias"]), 25)
    return {
        "conv1.weight": weights["conv1.weight"][filters1],
        "conv1.bias": weights["conv1.bias"][filters1],
        "conv2.weight": weights["conv2.weight"][filters2][:, filters1],
        "conv2.bias": weights["conv2.bias"][filters2],
        "dense1.weight": columns[units][:, filters2].reshape(len(units), -1),
        "dense1.bias": weights["dense1.bias"][units],
        "dense2.weight": weights["dense2.weight"][:, units], "dense2.bias": weights["dense2.bias"],
    }


def strongest(weights, layer, count):
    """The ``count`` filters or units of a layer with the largest weights, in their order."""
    strength = np.linalg.norm(weights[f"{layer}.weight"].reshape(len(weights[f"{layer}.bias"]), -1),
                              axis=1)
    return np.sort(np.argsort(strength)[-count:])


def widened(weights):
    """The same function in the spec's shapes: units that are not there become units of zeros."""
    wide = {name: np.zeros(shape, np.float32) for name, shape in spec.SHAPES.items()}
    for name, value in weights.items():
        wide[name][tuple(slice(size) for size in value.shape)] = value
    return wide


def distillation(answers, targets, temperature, square=True):
    """How far the student's softened answers are from the teacher's (Kullback-Leibler), mean over
    the batch."""
    student, teacher = (F.log_softmax(values / temperature, dim=1) for values in (answers, targets))
    apart = F.kl_div(student, teacher, log_target=True, reduction="batchmean")
    return apart * temperature ** 2 if square else apart
