"""The float64 reference against central differences, a naive convolution, and PyTorch in float64."""
import numpy as np
import pytest

from onecnn import mnist, reference, spec

SAMPLES = 12  # entries of each weight whose gradient is checked in the whole network


@pytest.fixture
def random():
    return np.random.RandomState(3)


def central_differences(function, x, step=1e-5, chosen=None):
    """``d function / d x`` for the flat indices ``chosen`` (default: all); ``x`` is changed in place and restored."""
    flat = x.reshape(-1)
    result = []
    for index in range(flat.size) if chosen is None else chosen:
        kept = flat[index]
        flat[index] = kept + step
        above = function()
        flat[index] = kept - step
        below = function()
        flat[index] = kept
        result.append((above - below) / (2 * step))
    return np.array(result) if chosen is not None else np.array(result).reshape(x.shape)


def relative_error(found, wanted):
    """Largest difference, measured against the largest wanted value."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape
    assert np.abs(wanted).max() > 0, "an all-zero gradient proves nothing"
    return np.abs(found - wanted).max() / np.abs(wanted).max()


def spread_out(random, *shape):
    """Distinct values, 0.02 apart and away from zero: no difference quotient crosses a kink."""
    size = int(np.prod(shape))
    return (random.permutation(size).reshape(shape) - size / 2 + 0.5) / 50


def random_weights(random):
    """The spec's starting weights with biases that are not zero."""
    return {name: np.array(value, np.float64) + (random.uniform(-0.1, 0.1, value.shape) if name.endswith("bias") else 0)
            for name, value in spec.initial_weights().items()}


# Convolution

@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_convolve_is_the_quadruple_sum(random, kernel):
    x, weight, bias = random.randn(2, 3, 6, 5), random.randn(4, 3, kernel, kernel), random.randn(4)
    found = reference.convolve(x, weight, bias)
    assert found.shape == (2, 4, 7 - kernel, 6 - kernel)
    for n, o, r, c in np.ndindex(found.shape):
        wanted = bias[o] + (weight[o] * x[n, :, r:r + kernel, c:c + kernel]).sum()
        assert abs(found[n, o, r, c] - wanted) < 1e-12


def test_convolve_does_not_flip_the_kernel(random):
    signal = pytest.importorskip("scipy.signal")
    x, weight = random.randn(1, 1, 7, 7), random.randn(1, 1, 3, 3)
    found = reference.convolve(x, weight, np.zeros(1))[0, 0]
    assert np.abs(found - signal.correlate2d(x[0, 0], weight[0, 0], "valid")).max() < 1e-12
    assert np.abs(found - signal.convolve2d(x[0, 0], weight[0, 0], "valid")).max() > 0.1


@pytest.mark.parametrize("which", ["x", "weight", "bias"])
def test_convolve_backward(random, which):
    given = {"x": random.randn(2, 3, 6, 5), "weight": random.randn(4, 3, 3, 3), "bias": random.randn(4)}
    upstream = random.randn(2, 4, 4, 3)
    found = dict(zip(given, reference.convolve_backward(upstream, given["x"], given["weight"])))
    wanted = central_differences(lambda: (upstream * reference.convolve(**given)).sum(), given[which], 1e-2)
    assert relative_error(found[which], wanted) <= 1e-6


# Pooling

def test_max_pool_takes_the_largest_of_each_window():
    x = np.array([[1, 5, 2, 2], [3, 4, 9, 0], [7, 1, 0, 0], [2, 2, 1, 8]], float).reshape(1, 1, 4, 4)
    pooled, winner = reference.max_pool(x)
    assert pooled[0, 0].tolist() == [[5, 9], [7, 8]]
    assert winner[0, 0].tolist() == [[1, 2], [0, 3]]


def test_max_pool_drops_an_odd_last_row_and_column(random):
    x = random.randn(2, 3, 11, 5)
    pooled, _ = reference.max_pool(x)
    assert pooled.shape == (2, 3, 5, 2)
    assert np.array_equal(pooled, reference.max_pool(x[:, :, :10, :4])[0])


def test_max_pool_gives_a_tie_to_the_first():
    _, winner = reference.max_pool(np.zeros((1, 1, 2, 2)))
    gradient = reference.max_pool_backward(np.ones((1, 1, 1, 1)), winner, (1, 1, 2, 2))
    assert gradient[0, 0].tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize("height, width", [(4, 6), (5, 7)])
def test_max_pool_backward(random, height, width):
    x, upstream = spread_out(random, 2, 3, height, width), random.randn(2, 3, height // 2, width // 2)
    found = reference.max_pool_backward(upstream, reference.max_pool(x)[1], x.shape)
    wanted = central_differences(lambda: (upstream * reference.max_pool(x)[0]).sum(), x, 1e-3)
    assert relative_error(found, wanted) <= 1e-6


# Loss

def test_cross_entropy_is_the_mean_of_minus_log_probability():
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]))
    loss, _ = reference.cross_entropy(logits, np.array([0, 2]))
    assert loss == pytest.approx(-(np.log(0.5) + np.log(0.8)) / 2, rel=1e-12)


def test_cross_entropy_of_huge_logits_is_finite():
    loss, gradient = reference.cross_entropy(np.array([[1e4, -1e4]]), np.array([1]))
    assert loss == 2e4
    assert gradient.tolist() == [[1, -1]]


def test_cross_entropy_gradient(random):
    logits, labels = 2 * random.randn(6, 10), random.randint(0, 10, 6)
    _, found = reference.cross_entropy(logits, labels)
    wanted = central_differences(lambda: reference.cross_entropy(logits, labels)[0], logits)
    assert relative_error(found, wanted) <= 1e-6
    assert np.abs(found.sum(axis=1)).max() < 1e-15, "a constant added to every logit changes nothing"


# The whole network

@pytest.mark.parametrize("name", spec.SHAPES)
def test_gradient_of_the_whole_network(random, name):
    weights, images, labels = random_weights(random), random.rand(4, 1, 28, 28), random.randint(0, 10, 4)
    _, found = reference.gradients(weights, images, labels)
    order = np.argsort(-np.abs(found[name]), axis=None)
    chosen = np.concatenate([order[:SAMPLES // 2], random.permutation(order)[:SAMPLES // 2]])
    wanted = central_differences(
        lambda: reference.cross_entropy(reference.forward(weights, images)[0], labels)[0], weights[name], 1e-6, chosen)
    assert relative_error(found[name].reshape(-1)[chosen], wanted) <= 1e-6


def test_logits_do_not_depend_on_how_they_are_batched(random):
    weights, images = random_weights(random), random.rand(7, 1, 28, 28)
    whole = reference.logits(weights, images)
    assert whole.shape == (7, 10) and whole.dtype == np.float64
    assert np.abs(reference.logits(weights, images, batch=3) - whole).max() < 1e-12


def test_gradients_leave_the_weights_alone(random):
    weights = random_weights(random)
    kept = {name: value.copy() for name, value in weights.items()}
    reference.gradients(weights, random.rand(2, 1, 28, 28), np.array([3, 4]))
    assert all(np.array_equal(weights[name], kept[name]) for name in kept)


def test_train_step_is_sgd_with_momentum(random):
    """After two steps each weight has moved by ``-rate * g1 - rate * (momentum * g1 + g2)``, g by central differences."""
    images, labels = random.rand(4, 1, 28, 28), random.randint(0, 10, 4)
    model = reference.Reference(random_weights(random))
    _, slopes = reference.gradients(model.weights, images, labels)
    chosen = {name: np.argsort(-np.abs(slope), axis=None)[:2] for name, slope in slopes.items()}

    def loss():
        return reference.cross_entropy(reference.forward(model.weights, images)[0], labels)[0]

    def measured():
        return {name: central_differences(loss, model.weights[name], 1e-6, chosen[name]) for name in chosen}

    start = {name: value.copy() for name, value in model.weights.items()}
    first, before = measured(), loss()
    assert model.train_step(images, labels) == pytest.approx(before, rel=1e-12), "the loss before the step"
    second = measured()
    model.train_step(images, labels)
    for name, slope in first.items():
        moved = (model.weights[name] - start[name]).reshape(-1)[chosen[name]]
        wanted = -spec.LEARNING_RATE * (slope + spec.MOMENTUM * slope + second[name])
        assert relative_error(moved, wanted) <= 1e-6, name


def test_a_model_does_not_share_memory_with_the_weights_it_was_given(random):
    weights = random_weights(random)
    kept = weights["dense2.bias"].copy()
    reference.Reference(weights).train_step(random.rand(2, 1, 28, 28), np.array([3, 4]))
    assert np.array_equal(weights["dense2.bias"], kept)


# PyTorch in float64. The digits' black margins make exact zeros and ties: both sides must break them alike.

@pytest.mark.parametrize("given", ["digits and the spec's weights", "random images and biases"])
def test_forward_gradients_and_steps_equal_pytorchs_in_float64(random, given):
    torch = pytest.importorskip("torch")
    F = torch.nn.functional
    if given.startswith("digits"):
        digits = mnist.load()
        images, labels = digits.train_images[:32].astype(np.float64), digits.train_labels[:32]
        weights = {name: value.astype(np.float64) for name, value in spec.initial_weights().items()}
    else:
        images, labels, weights = random.rand(32, 1, 28, 28), random.randint(0, 10, 32), random_weights(random)
    w = {name: torch.tensor(value, requires_grad=True) for name, value in weights.items()}
    optimizer = torch.optim.SGD(w.values(), lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM)

    def forward():
        x = F.max_pool2d(F.relu(F.conv2d(torch.from_numpy(images), w["conv1.weight"], w["conv1.bias"])), 2)
        x = F.max_pool2d(F.relu(F.conv2d(x, w["conv2.weight"], w["conv2.bias"])), 2)
        x = F.relu(F.linear(x.flatten(1), w["dense1.weight"], w["dense1.bias"]))
        return F.linear(x, w["dense2.weight"], w["dense2.bias"])

    logits = forward()
    loss = F.cross_entropy(logits, torch.from_numpy(labels).long())
    loss.backward()
    found_loss, found = reference.gradients(weights, images, labels)
    assert np.abs(reference.logits(weights, images) - logits.detach().numpy()).max() <= 1e-12
    assert abs(found_loss - loss.item()) <= 1e-12
    for name, tensor in w.items():
        assert relative_error(found[name], tensor.grad.numpy()) <= 1e-12, name

    model = reference.Reference(weights)
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(forward(), torch.from_numpy(labels).long()).backward()
        optimizer.step()
        model.train_step(images, labels)
    for name, tensor in w.items():
        assert relative_error(model.weights[name], tensor.detach().numpy()) <= 1e-12, name
