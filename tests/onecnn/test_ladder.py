"""The parity ladder is trusted because it fails: each broken network here is caught by the rung that its test names.

The climbers are NumPy, on the reference itself. It is slow, so nothing is computed twice, and climbers that must get past the
tenth step replay what is known of its training. The rung ``artefact`` needs a program's text, so ``test_faults.py`` breaks it.
"""
import copy
import functools
import hashlib
import json
import types

import numpy as np
import pytest

from onecnn import cells, expected, ladder, mnist, reference, spec

RUNGS = list(ladder.ASKED)


# The honest climber

uphill = functools.partial(np.errstate, over="ignore", invalid="ignore")  # weights that went there may be too large
COMPUTED = {}  # what the reference said of these weights and images


def once(function, weights, *data):
    with uphill():
        return answered(function, weights, *data)


def answered(function, weights, *data):
    if data[0].dtype == float and len(data[0]) == 64:  # on rung 6 these differ each time, and memory is watched
        return function(weights, *data)
    key = function, *(hashlib.sha256(np.ascontiguousarray(one)).digest() for one in (*weights.values(), *data))
    if key not in COMPUTED:
        COMPUTED[key] = function(weights, *data)
    return copy.deepcopy(COMPUTED[key])


def build(weights):
    """The reference, which reads out what its weights' dtype holds."""
    model = reference.Reference(weights)
    model.dtype = weights["conv1.bias"].dtype
    return model


def logits(model, images):
    with uphill():
        return once(reference.logits, model.weights, images).astype(model.dtype)


def exact_logits(model, images):
    return once(reference.logits, model.weights, images)


def gradients(model, images, labels):
    loss, found = once(reference.gradients, model.weights, images, labels)
    with uphill():
        return loss, {name: value.astype(model.dtype) for name, value in found.items()}


def train_step(model, images, labels):
    loss, found = once(reference.gradients, model.weights, images, labels)
    for name, weight in model.weights.items():
        model.velocity[name] = spec.MOMENTUM * model.velocity[name] + found[name]
        weight -= spec.LEARNING_RATE * model.velocity[name]
    return loss


def read_weights(model):
    with uphill():
        return {name: value.astype(model.dtype) for name, value in model.weights.items()}


def save(model, path):
    np.savez(f"{path}.npz", **model.weights)


def load(path):
    with np.load(f"{path}.npz") as stored:
        return build(dict(stored))


HONEST = ladder.Network(build, logits, gradients, train_step, read_weights, save, load)


def climb(training=True, **changed):
    """The honest climber with some of its functions replaced, without the rung that needs its text."""
    return ladder.climb(*HONEST._replace(**changed), training=training, artefact=False)


@pytest.fixture(scope="module")
def pytorch():
    """The seven functions of the PyTorch notebook."""
    return ladder.Network.of(cells.functions("02_frameworks/02_pytorch"))


@pytest.fixture(scope="module")
def honest(pytorch):
    """The report of PyTorch's climb to the end."""
    return ladder.climb(*pytorch)


@pytest.fixture(autouse=True)
def few_looks(monkeypatch):
    """NumPy takes 0.1 s for each look at the gradients; that leaks are seen is ``test_faults.py``'s, with PyTorch."""
    monkeypatch.setattr(ladder, "LOOKS", 2)


@functools.cache
def known():
    """The reference's answers, read once: a training asks for them 300 times."""
    return ladder.expected()


def replay(model, images, labels):
    """``train_step`` that computes ten steps, then takes the reference's own losses, and its weights at each epoch's end."""
    taken, model.taken = getattr(model, "taken", 0), getattr(model, "taken", 0) + 1
    if taken < ladder.STEP_COUNT:
        return train_step(model, images, labels)
    epoch = (taken + 1) // 62 - 1
    if (taken + 1) % 62 == 0:
        model.weights = {name: known()[f"epoch{epoch}/{name}"].copy() for name in spec.SHAPES}
    return known()["losses"][taken]


def after(count, then, first=train_step):
    """``train_step`` that is ``first`` for ``count`` steps, and ``then`` afterwards."""
    def step(model, images, labels):
        model.steps = getattr(model, "steps", 0) + 1
        return (first if model.steps <= count else then)(model, images, labels)

    return step


def assert_caught(report, rung, *words):
    """The climb ends on ``rung``: those below hold, those above are not climbed, the text says why."""
    place = RUNGS.index(rung)
    assert report.failed_rung == rung and not report.passed
    assert [r.passed for r in report.rungs] == [True] * place + [False] + [None] * (6 - place)
    lines = str(report).splitlines()
    assert [line.split()[-1] for line in lines[:7]] == ["ok"] * place + ["FAILED"] + ["climbed"] * (6 - place)
    assert all(line.endswith("not climbed") for line in lines[place + 1:7])
    message = "\n".join(lines[7:])
    assert message.startswith(f"Rung {rung}: ")
    for word in words:
        assert word in message


# The climb to the end

def test_the_honest_climber_reaches_the_top(honest):
    assert honest.passed and honest.failed_rung is None, str(honest)
    assert [rung.name for rung in honest.rungs] == RUNGS and all(rung.passed for rung in honest.rungs)
    assert str(honest).endswith("All seven rungs hold: it is the same network.")
    assert len(honest.losses) == 62 * spec.EPOCHS == expected.STEPS and honest.losses[-1] < honest.losses[0]
    assert np.array_equal(honest.predictions, ladder.expected()["predictions"])
    cases = [case.name for case in expected.CASES]
    assert list(honest.rungs[1].measured) == [*cases, "asked again", "batch of 10", "other order", "other pictures",
                                              "two networks", "other sizes"]
    assert list(honest.rungs[2].measured) == cases
    assert list(honest.rungs[3].measured) == list(spec.SHAPES)
    assert list(honest.rungs[4].measured) == [*spec.SHAPES, "loss", "logits", "second network"]
    assert list(honest.rungs[5].differences()) == ["loss", "weights", "other batches", "test logits"]
    assert list(honest.rungs[6].measured) == [f"{dtype} {what}" for dtype in ("float32", "float64")
                                              for what in ("logits", "gradients", "loss", "weights")]


@pytest.mark.slow(reason="two climbs to the top")
def test_a_network_without_float64_climbs_with_other_words(pytorch):
    def in_float32(function):
        return lambda model, *data: function(model, *(a.astype(np.float32) if a.dtype == float else a for a in data))

    single = pytorch._replace(build=lambda weights: pytorch.build({n: v.astype(np.float32) for n, v in weights.items()}),
                              **{name: in_float32(getattr(pytorch, name)) for name in ("logits", "gradients", "train_step")})
    assert_caught(ladder.climb(*single, artefact=False), "training", "a float64 network does not keep the weights")
    report = ladder.climb(*single, artefact=False, float64=False)
    assert report.failed_rung is None and f"6 training   {ladder.ANSWERS:<42} ok" in str(report)
    assert len(report.losses) == expected.STEPS and len(report.predictions) == 1000


# Shapes

def renamed(weights, **changes):
    return {**weights, **{name.replace("_", "."): value for name, value in changes.items()}}


@pytest.mark.parametrize("change, words", [
    (lambda w: renamed(w, dense1_weight=w["dense1.weight"].T), ["dense1.weight is (800, 64)", "(64, 800)"]),
    (lambda w: renamed(w, conv2_weight=w["conv2.weight"].transpose(2, 3, 1, 0)), ["conv2.weight is (3, 3, 16, 32)"]),
    (lambda w: renamed(w, conv1_bias=w["conv1.bias"][None]), ["conv1.bias is (1, 16)"]),
    (lambda w: {name: value for name, value in w.items() if name != "conv1.bias"}, ["conv1.bias is missing"]),
    (lambda w: renamed(w, norm_weight=np.ones(16)), ["norm.weight is not in the spec"]),
], ids=["dense not transposed", "conv not transposed", "bias with an axis more", "missing parameter", "one too many"])
def test_shapes(change, words):
    assert_caught(climb(read_weights=lambda model: change(model.weights)), "shapes", *words)


# Logits

def with_weights(change):
    """``logits`` of a network whose weights ``change`` has spoilt."""
    return lambda model, images: reference.logits(change(model.weights), images)


def softmax(values):
    exponents = np.exp(values - values.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def one_nan(values):
    values = np.array(values)
    values.flat[0] = np.nan
    return values


@pytest.mark.parametrize("broken", [
    with_weights(lambda w: renamed(w, conv1_weight=w["conv1.weight"][:, :, ::-1, ::-1])),
    with_weights(lambda w: renamed(w, conv2_weight=w["conv2.weight"].transpose(0, 1, 3, 2))),
    with_weights(lambda w: renamed(w, dense1_weight=w["dense1.weight"].reshape(64, 32, 5, 5).transpose(0, 2, 3, 1)
                                   .reshape(64, 800))),
    lambda model, images: softmax(logits(model, images)),
    lambda model, images: logits(model, images / 255),
    lambda model, images: logits(model, images) + 2e-5,
    lambda model, images: logits(model, images[::-1]),
    lambda model, images: one_nan(logits(model, images)),
    lambda model, images: np.full((len(images), 10), np.inf),
], ids=["kernels flipped", "kernel rows and columns swapped", "NHWC flatten", "softmax in the logits", "scaled twice",
        "a little off", "images in another order", "one NaN", "infinite"])
def test_logits(broken):
    assert_caught(climb(logits=broken), "logits", "the logits differ")


@pytest.mark.parametrize("broken", [lambda *a: logits(*a)[:, :9], lambda *a: logits(*a).T, lambda *a: logits(*a)[..., None]],
                         ids=["nine classes", "transposed", "an axis more"])
def test_logits_of_another_shape(broken):
    assert_caught(climb(logits=broken), "logits", "shape", "(64, 10)")


# Loss

def probability(model, images, labels):
    return softmax(exact_logits(model, images))[np.arange(len(labels)), labels]


@pytest.mark.parametrize("loss", [
    lambda model, x, y: -np.log(probability(model, x, y)).sum(),
    lambda model, x, y: -np.log2(probability(model, x, y)).mean(),
    lambda model, x, y: -probability(model, x, y).mean(),
    lambda model, x, y: reference.cross_entropy(softmax(logits(model, x)), y)[0],
    lambda model, x, y: -gradients(model, x, y)[0],
    lambda model, x, y: np.nan,
], ids=["summed", "logarithm to base 2", "no logarithm", "softmax twice", "wrong sign", "NaN"])
def test_loss(loss):
    def broken(model, images, labels):
        return loss(model, images, labels), gradients(model, images, labels)[1]

    assert_caught(climb(gradients=broken), "loss", "the loss differs")


def test_logits_that_change_the_weights():
    def broken(model, images):
        found = logits(model, images)
        model.weights["dense2.bias"][3] += 1
        return found

    assert_caught(climb(logits=broken), "logits", "(batch of 63)")


# Gradients

def without_relu_mask(model, images, labels):
    loss, found = gradients(model, images, labels)
    output, kept = reference.forward(model.weights, images)
    upstream = reference.cross_entropy(output, labels)[1] @ model.weights["dense2.weight"]
    return loss, renamed(found, dense1_weight=upstream.T @ kept["flat"], dense1_bias=upstream.sum(axis=0))


def changed_gradient(change):
    """``gradients`` whose dict ``change`` has spoilt; the loss is right."""
    def broken(model, images, labels):
        loss, found = gradients(model, images, labels)
        return loss, change(found)

    return broken


@pytest.mark.parametrize("broken", [
    without_relu_mask,
    changed_gradient(lambda g: {name: -value for name, value in g.items()}),
    changed_gradient(lambda g: {name: 64 * value for name, value in g.items()}),
    changed_gradient(lambda g: renamed(g, conv1_bias=one_nan(g["conv1.bias"]))),
    changed_gradient(lambda g: {name: np.full_like(value, np.nan) for name, value in g.items()}),
    changed_gradient(lambda g: renamed(g, conv2_bias=np.zeros(32))),
    changed_gradient(lambda g: renamed(g, conv2_weight=g["conv2.weight"][:, :, ::-1, ::-1])),
    changed_gradient(lambda g: renamed(g, dense2_weight=g["dense2.weight"] * (1 + 2e-5))),
], ids=["no relu mask", "wrong sign", "summed over the batch", "one NaN", "all NaN", "bias forgotten", "kernels flipped",
        "a little off"])
def test_gradients(broken):
    assert_caught(climb(gradients=broken), "gradients", "the gradient ", "differs")


def test_a_gradient_that_is_missing():
    broken = changed_gradient(lambda g: {name: value for name, value in g.items() if name != "dense1.bias"})
    assert_caught(climb(gradients=broken), "gradients", "dense1.bias")


def test_gradients_that_change_the_weights():
    """``gradients`` is asked again and again: the second answer comes from weights that the first has moved."""
    def broken(model, images, labels):
        answer = gradients(model, images, labels)
        model.train_step(images, labels)
        return answer

    assert_caught(climb(gradients=broken), "loss", "(batch of 63)")


def test_gradients_that_add_up():
    total = {name: 0 for name in spec.SHAPES}

    def broken(model, images, labels):
        loss, found = gradients(model, images, labels)
        for name, value in found.items():
            total[name] = total[name] + value
        return loss, dict(total)

    assert_caught(climb(gradients=broken), "gradients")


# Steps

def update(rule):
    """``train_step`` with another rule: ``rule(velocity, gradient) -> (velocity, what is taken from the weight)``."""
    def step(model, images, labels):
        loss, found = gradients(model, images, labels)
        for name, weight in model.weights.items():
            model.velocity[name], change = rule(model.velocity[name], found[name])
            weight -= change
        return loss

    return step


def frozen_bias(model, images, labels):
    kept = model.weights["conv1.bias"].copy()
    loss = train_step(model, images, labels)
    model.weights["conv1.bias"][:] = kept
    return loss


RATE, MOMENTUM = spec.LEARNING_RATE, spec.MOMENTUM


@pytest.mark.slow(reason="ten NumPy steps each")
@pytest.mark.parametrize("step", [
    update(lambda v, g: (MOMENTUM * v + g, RATE * (g + MOMENTUM * (MOMENTUM * v + g)))),
    update(lambda v, g: (MOMENTUM * v + (1 - MOMENTUM) * g, RATE * (MOMENTUM * v + (1 - MOMENTUM) * g))),
    update(lambda v, g: (MOMENTUM * v + RATE * g, RATE * (MOMENTUM * v + RATE * g))),
    update(lambda v, g: (g, RATE * g)),
    update(lambda v, g: (MOMENTUM * v - g, RATE * (MOMENTUM * v - g))),
    after(9, update(lambda v, g: (v, 0))),
    frozen_bias,
    lambda model, x, y: reference.Reference(model.weights).train_step(x, y),
    lambda model, x, y: train_step(model, x, (y + 1) % 10),
    lambda model, x, y: train_step(model, x[:63], y[:63]),
], ids=["Nesterov", "dampening", "rate applied twice", "no momentum", "uphill", "the tenth step left out", "frozen bias",
        "trains a copy", "labels shifted", "drops a digit of the batch"])
def test_steps(step):
    assert_caught(climb(train_step=step), "steps", "in the first 10 steps", "differs")


@pytest.mark.parametrize("factor", [np.nan, 64, 0], ids=["NaN", "summed", "none"])
def test_right_steps_with_a_wrong_loss(factor):
    report = climb(train_step=lambda *data: factor * train_step(*data))
    assert_caught(report, "steps", "in the first 10 steps, loss differs")


def test_weights_read_before_the_first_step():
    assert_caught(climb(read_weights=lambda model: spec.initial_weights()), "steps")


def test_a_rate_inside_the_velocity_is_the_same_network():
    """Caffe's and Keras's convention: with a constant learning rate it takes PyTorch's steps."""
    step = update(lambda v, g: (MOMENTUM * v + RATE * g, MOMENTUM * v + RATE * g))
    assert climb(training=False, train_step=step).failed_rung is None


def test_logits_that_forget_the_biases():
    """At the start all biases are zero: the trained weights show it."""
    report = climb(logits=with_weights(lambda w: {name: value * (not name.endswith("bias")) for name, value in w.items()}))
    assert_caught(report, "logits", "(trained) the logits differ")


def test_steps_that_were_taken_elsewhere():
    model, digits, losses, path = build(spec.initial_weights()), mnist.load(), [], []
    for _, batch in zip(range(ladder.STEP_COUNT), spec.batches(len(digits.train_labels), 0)):
        losses.append(train_step(model, digits.train_images[batch], digits.train_labels[batch]))
        path.append(read_weights(model))
    assert ladder.steps_rung(losses, path).passed
    rung = ladder.steps_rung(losses[1:] + losses[:1], path)
    assert rung.passed is False and "loss" in rung.message
    with pytest.raises(ValueError, match="9 losses and 10 sets"):
        ladder.steps_rung(losses[:9], path)


# Training

@pytest.mark.slow(reason="a climb to the sixth rung each")
@pytest.mark.parametrize("then, word", [
    (lambda model, *data: 0.0, "in float64 the loss differs"),
    (lambda model, *data: np.nan, "in float64 the loss differs"),
    (lambda model, *data: replay(model, *data) * (1 + 1e-8), "in float64 the loss differs"),
    (lambda model, *data: 1 / 0, "ZeroDivisionError"),
], ids=["stops learning", "NaN", "a little off", "an exception"])
def test_training_that_goes_wrong_after_the_tenth_step(then, word):
    assert_caught(climb(train_step=after(10, then, first=replay)), "training", word)


def moved(change):
    """``replay`` of which ``change`` spoils the weights after the last step of an epoch."""
    def step(model, images, labels):
        loss = replay(model, images, labels)
        if model.taken == 124:
            change(model.weights)
        return loss

    return step


@pytest.mark.slow(reason="a climb to the sixth rung each")
@pytest.mark.parametrize("change", [
    lambda w: w["conv1.bias"].fill(np.nan), lambda w: w["dense1.weight"].__imul__(1 + 1e-8)], ids=["NaN", "a little off"])
def test_weights_are_compared_at_each_epochs_end(change):
    assert_caught(climb(train_step=moved(change)), "training", "in float64, at an epoch's end,")


def on_test_digits(answers):
    """``logits`` that are right but for the first 997 test digits, where they give ``answers(labels)``."""
    def broken(model, images):
        labels = mnist.load().test_labels[:ladder.ODD]
        return np.eye(10)[answers(labels)] if len(images) == ladder.ODD else logits(model, images)

    return broken


@pytest.mark.slow(reason="a climb to the sixth rung")
def test_a_network_that_is_never_wrong_is_not_the_same_network():
    report = climb(train_step=replay, logits=on_test_digits(lambda labels: labels))
    assert_caught(report, "training", "the trained network's logits differ")
    assert report.rungs[5].measured["test accuracy"] >= 0.997


@pytest.mark.slow(reason="a climb to the sixth rung")
def test_replay_is_the_reference():
    report = climb(train_step=replay)
    assert report.failed_rung is None and report.rungs[5].measured["loss"] < 1e-12


# Artefact

def test_functions_without_a_text_cannot_be_loaded_elsewhere():
    report = ladder.climb(*HONEST, training=False)
    assert report.failed_rung == "artefact" and [rung.passed for rung in report.rungs] == [True] * 5 + [None, False]
    assert "NoText: neither a notebook's cells nor a text" in str(report)


@pytest.mark.parametrize("function, rung", [
    ("build", "shapes"), ("read_weights", "shapes"), ("logits", "logits"), ("gradients", "loss"), ("train_step", "steps")])
def test_an_exception_becomes_the_message_of_its_rung(function, rung):
    def broken(*arguments):
        raise ArithmeticError("the wheels came off")

    report = climb(**{"train_step": replay, function: broken})
    assert_caught(report, rung, "ArithmeticError: the wheels came off")


@pytest.mark.parametrize("broken", [
    lambda a: {"logits": lambda *data: (1 + a) * logits(*data)},
    lambda a: {"gradients": lambda *data: ((1 + a) * gradients(*data)[0], gradients(*data)[1])},
    lambda a: {"gradients": changed_gradient(lambda g: renamed(g, conv2_bias=(1 + a) * g["conv2.bias"]))},
    lambda a: {"train_step": update(lambda v, g: (v, a * g))},
    pytest.param(lambda a: {"logits": on_test_digits(lambda labels: np.where(np.arange(ladder.ODD) < 3000 * a, 0, labels))},
                 marks=pytest.mark.slow(reason="two climbs to the sixth rung")),
], ids=["logits", "loss", "gradients", "steps", "training"])
def test_two_machines_print_the_same_of_one_mistake(broken, request):
    one, other = (climb(**{"train_step": replay, **broken(amount)}) for amount in (0.1, 0.113))
    assert one.failed_rung == other.failed_rung == request.node.callspec.id
    assert str(one) == str(other)
    assert one.measured() != other.measured()


# The climb without training

def test_a_climb_without_training_leaves_that_rung_out():
    data = json.loads(json.dumps(ladder.climb_cells(HONEST, training=False, artefact=False)))
    assert [rung["passed"] for rung in data["rungs"]] == [True] * 5 + [None, None]
    assert data["failed_rung"] is None and data["passed"] is False, "five rungs are no proof"
    assert len(data["losses"]) == ladder.STEP_COUNT and data["predictions"] == []
    assert str(ladder.Report.from_dict(data)).endswith("not climbed\nEvery rung that was climbed holds.")


def test_a_climb_without_training_still_ends_where_it_breaks():
    assert_caught(climb(training=False, logits=lambda model, images: np.ones((len(images), 10))), "logits")


# What a climb takes

@pytest.mark.slow(reason="three climbs")
def test_climb_takes_seven_functions_in_order_or_by_name():
    """Those of a module, too; it does not matter how they come."""
    module = types.SimpleNamespace(**HONEST._asdict(), something_else=None)
    assert ladder.Network.of(module) == HONEST
    for given, named in ((HONEST, {}), (HONEST[:2], dict(list(HONEST._asdict().items())[2:])), ((), HONEST._asdict())):
        assert ladder.climb(*given, training=False, artefact=False, **named).failed_rung is None


def test_a_function_that_is_missing_is_named():
    with pytest.raises(TypeError, match="'load'"):
        ladder.climb(*HONEST[:6])
    with pytest.raises(TypeError, match="train_stop"):
        ladder.climb(*HONEST, train_stop=train_step)
    with pytest.raises(AttributeError, match="build"):
        ladder.Network.of(types.SimpleNamespace())


# For other processes

def test_a_real_climb_is_plain_data():
    functions = types.SimpleNamespace(
        build=reference.Reference, logits=lambda model, images: reference.logits(model.weights, images).astype(np.float32),
        gradients=lambda *data: (np.float32(0), {}), train_step=None, save=None, load=None,
        read_weights=lambda model: {name: value.astype(np.float32) for name, value in model.weights.items()})
    data = json.loads(json.dumps(ladder.climb_cells(functions)))
    assert data["failed_rung"] == "loss" and data["passed"] is False
    assert [rung["passed"] for rung in data["rungs"]] == [True, True, False, None, None, None, None]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_walk_is_every_so_many_weights_after_each_step(dtype):
    seen = []

    def watched(weights):
        seen.append(weights["dense1.weight"].dtype)
        return build(weights)

    path = ladder.walk_cells(HONEST._replace(build=watched), steps=2, dtype=dtype, every=1000)
    wanted = ladder.expected()
    assert seen == [dtype] and json.loads(json.dumps(path)) == path
    for step in range(2):
        weights = np.concatenate([wanted[f"step{step}/{name}"].ravel() for name in spec.SHAPES])
        np.testing.assert_allclose(path[step], weights[::1000], rtol=1e-5, atol=1e-9)


def test_logits_cells_answers_as_plain_data():
    found = ladder.logits_cells(HONEST, count=3)
    assert json.loads(json.dumps(found)) == found
    wanted = reference.logits(spec.initial_weights(), mnist.load().test_images[:3])
    assert np.array_equal(found, wanted.astype(np.float32))
