"""The network by hand in NumPy float64, forward and backward: the truth that every framework is held against.

Nothing here is fast or clever. Each formula is checked by central differences in ``tests/onecnn/test_reference.py``.
"""
from typing import Any

import numpy as np

from onecnn import spec


def convolve(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Cross-correlation without padding: ``(N, in, H, W)``, ``(out, in, k, k)``, ``(out,)`` -> ``(N, out, H-k+1, W-k+1)``.

    ``y[n, o, r, c] = bias[o] + sum over i, u, v of weight[o, i, u, v] * x[n, i, r+u, c+v]``: one matrix product for each
    of the kernel's positions ``(u, v)``.
    """
    size = weight.shape[-1]
    height, width = x.shape[2] - size + 1, x.shape[3] - size + 1
    y = np.zeros((x.shape[0], height, width, weight.shape[0]), x.dtype)
    for u in range(size):
        for v in range(size):
            y += np.tensordot(x[:, :, u:u + height, v:v + width], weight[:, :, u, v], axes=(1, 1))
    shifted: np.ndarray = y.transpose(0, 3, 1, 2) + bias[:, None, None]
    return shifted


def convolve_backward(upstream: np.ndarray, x: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of :func:`convolve` for its input, weight and bias, from ``upstream`` = dLoss/dy ``(N, out, H', W')``."""
    size, (height, width) = weight.shape[-1], upstream.shape[2:]
    x_gradient, weight_gradient = np.zeros_like(x), np.zeros_like(weight)
    for u in range(size):
        for v in range(size):
            window = x[:, :, u:u + height, v:v + width]
            weight_gradient[:, :, u, v] = np.tensordot(upstream, window, axes=((0, 2, 3), (0, 2, 3)))
            spread = np.tensordot(upstream, weight[:, :, u, v], axes=(1, 0))
            x_gradient[:, :, u:u + height, v:v + width] += spread.transpose(0, 3, 1, 2)
    return x_gradient, weight_gradient, upstream.sum(axis=(0, 2, 3))


def max_pool(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """2x2 windows, stride 2, an odd last row or column dropped. Returns the maxima and, for each, which of the four won.

    A tie goes to the first in row order, as in PyTorch.
    """
    n, channels, height, width = x.shape[0], x.shape[1], x.shape[2] // 2, x.shape[3] // 2
    windows = x[:, :, :2 * height, :2 * width].reshape(n, channels, height, 2, width, 2)
    windows = windows.transpose(0, 1, 2, 4, 3, 5).reshape(n, channels, height, width, 4)
    winner = windows.argmax(axis=-1)
    return np.take_along_axis(windows, winner[..., None], axis=-1)[..., 0], winner


def max_pool_backward(upstream: np.ndarray, winner: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sends each upstream gradient to the pixel that won its window; ``shape`` is the pooled input's shape."""
    n, channels, height, width = upstream.shape
    windows = np.zeros((n, channels, height, width, 4), upstream.dtype)
    np.put_along_axis(windows, winner[..., None], upstream[..., None], axis=-1)
    windows = windows.reshape(n, channels, height, width, 2, 2).transpose(0, 1, 2, 4, 3, 5)
    gradient = np.zeros(shape, upstream.dtype)
    gradient[:, :, :2 * height, :2 * width] = windows.reshape(n, channels, 2 * height, 2 * width)
    return gradient


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Softmax cross-entropy, mean over the batch, and its gradient for the logits: ``(softmax - one_hot) / N``."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    gradient = np.exp(log_softmax)
    gradient[rows, labels] -= 1
    return float(-log_softmax[rows, labels].mean()), gradient / len(labels)


def forward(weights: spec.Weights, images: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """Logits ``(N, 10)`` float64, and what the backward pass needs again. ``images``: ``(N, 1, 28, 28)``."""
    w = {name: np.asarray(value, np.float64) for name, value in weights.items()}
    x = np.asarray(images, np.float64)
    conv1 = convolve(x, w["conv1.weight"], w["conv1.bias"])
    pool1, winner1 = max_pool(np.maximum(conv1, 0))
    conv2 = convolve(pool1, w["conv2.weight"], w["conv2.bias"])
    pool2, winner2 = max_pool(np.maximum(conv2, 0))
    flat = pool2.reshape(len(x), -1)
    dense1 = flat @ w["dense1.weight"].T + w["dense1.bias"]
    hidden = np.maximum(dense1, 0)
    logits = hidden @ w["dense2.weight"].T + w["dense2.bias"]
    kept = dict(w=w, x=x, conv1=conv1, pool1=pool1, winner1=winner1, conv2=conv2, pool2=pool2, winner2=winner2,
                flat=flat, dense1=dense1, hidden=hidden)
    return logits, kept


def logits(weights: spec.Weights, images: np.ndarray, batch: int = 50) -> np.ndarray:
    """Logits ``(N, 10)`` float64, computed ``batch`` images at a time: little memory, most of it in the processor's caches."""
    return np.concatenate([forward(weights, images[i:i + batch])[0] for i in range(0, len(images), batch)])


def gradients(weights: spec.Weights, images: np.ndarray, labels: np.ndarray) -> tuple[float, spec.Weights]:
    """The loss, and its gradient for every weight: a dict like ``weights``, float64."""
    output, kept = forward(weights, images)
    w = kept["w"]
    loss, upstream = cross_entropy(output, labels)
    g = {"dense2.weight": upstream.T @ kept["hidden"], "dense2.bias": upstream.sum(axis=0)}
    upstream = (upstream @ w["dense2.weight"]) * (kept["dense1"] > 0)
    g.update({"dense1.weight": upstream.T @ kept["flat"], "dense1.bias": upstream.sum(axis=0)})
    upstream = (upstream @ w["dense1.weight"]).reshape(kept["pool2"].shape)
    upstream = max_pool_backward(upstream, kept["winner2"], kept["conv2"].shape) * (kept["conv2"] > 0)
    upstream, g["conv2.weight"], g["conv2.bias"] = convolve_backward(upstream, kept["pool1"], w["conv2.weight"])
    upstream = max_pool_backward(upstream, kept["winner1"], kept["conv1"].shape) * (kept["conv1"] > 0)
    _, g["conv1.weight"], g["conv1.bias"] = convolve_backward(upstream, kept["x"], w["conv1.weight"])
    return loss, {name: g[name] for name in spec.SHAPES}


class Reference:
    """The network with its momentum: what the other frameworks call a model and an optimiser."""

    def __init__(self, weights: spec.Weights):
        self.weights = {name: np.array(value, np.float64) for name, value in weights.items()}
        self.velocity = {name: np.zeros_like(value) for name, value in self.weights.items()}

    def train_step(self, images: np.ndarray, labels: np.ndarray) -> float:
        """One step of SGD with momentum, in place; returns the loss before the step.

        ``velocity = momentum * velocity + gradient``, then ``weight -= learning_rate * velocity``
        (Sutskever et al. 2013, "On the importance of initialization and momentum", as PyTorch writes it).
        """
        loss, g = gradients(self.weights, images, labels)
        for name, weight in self.weights.items():
            self.velocity[name] = spec.MOMENTUM * self.velocity[name] + g[name]
            weight -= spec.LEARNING_RATE * self.velocity[name]
        return loss
