"""The parity ladder: seven rungs that prove that a framework's network is the network of :mod:`onecnn.spec`.

====  =========  =====================================================  ==============================================
rung  name       compared with the float64 reference                    asked
====  =========  =====================================================  ==============================================
1     shapes     every parameter's shape, and the total                 equal
2     logits     one batch of 64, identical weights                     max abs difference <= 1e-5
3     loss       the same batch                                         abs difference <= 1e-6
4     gradients  every tensor                                           max abs difference / max abs reference <= 1e-5
5     steps      every weight and the loss, each of 10 SGD-momentum     max abs difference / max abs reference <= 1e-4
                 steps; then the logits, biases no longer zero
6     training   5 epochs, the same batch order                         accuracy >= 94 %, same predictions >= 98 %
7     artefact   saved, loaded, run again                               max abs difference of logits <= 1e-6
====  =========  =====================================================  ==============================================

A failed rung ends the climb: what stands above it means nothing until it is mended.
"""
import hashlib
import io
import json
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, NamedTuple, Optional

import numpy as np

from onecnn import mnist, paths, reference, spec

LOGITS, LOSS, GRADIENTS, STEPS, ARTEFACT = 1e-5, 1e-6, 1e-5, 1e-4, 1e-6
STEP_COUNT = 10
ACCURACY, AGREEMENT = 0.94, 0.98

ASKED = {
    "shapes": "the spec's shapes, 56,714 parameters",
    "logits": "max difference <= 1e-5",
    "loss": "difference <= 1e-6",
    "gradients": "max relative difference <= 1e-5",
    "steps": "max relative difference <= 1e-4, 10 steps",
    "training": "accuracy >= 94 %, >= 98 % same answers",
    "artefact": "max difference <= 1e-6",
}


class Network(NamedTuple):
    """The seven functions with which a framework's network climbs. No other place spells their names.

    ``build(weights)`` -> model, from the spec's dict; ``logits(model, images)`` -> ``(N, 10)``, in evaluation mode;
    ``gradients(model, images, labels)`` -> loss and a dict like ``weights``, in training mode;
    ``train_step(model, images, labels)`` -> loss before the step, in place; ``read_weights(model)`` -> dict in the spec's
    layout; ``save(model, path)`` and ``load(path)`` -> model, with ``path`` a new name without suffix.
    """

    build: Callable[..., Any]
    logits: Callable[..., Any]
    gradients: Callable[..., Any]
    train_step: Callable[..., Any]
    read_weights: Callable[..., Any]
    save: Callable[..., Any]
    load: Callable[..., Any]

    @classmethod
    def of(cls, functions: object) -> "Network":
        """The seven of a module, such as :func:`onecnn.cells.functions` gives. Raises ``AttributeError`` if one is missing."""
        return cls(*(getattr(functions, name) for name in cls._fields))


class Rung(NamedTuple):
    """One rung's verdict. ``measured``: the figures by name; ``passed`` is None where the climb had ended below."""

    name: str
    passed: Optional[bool]
    measured: dict[str, float]
    message: str = ""


Outcome = tuple[bool, dict[str, float], str]  # of a rung that was climbed: whether it holds, its figures, why it does not


class Report:
    """What a climb found. Printing it gives the verdicts, the same on every machine; the figures are in ``measured()``.

    ``losses``: the training loss before each step; ``predictions``: the trained network's answers on the test digits.
    Both are empty where the climb ended below the rung ``training``.
    """

    def __init__(self, rungs: list[Rung], losses: list[float], predictions: list[int]):
        self.rungs, self.losses, self.predictions = rungs, losses, predictions

    @property
    def passed(self) -> bool:
        """True if every rung holds."""
        return all(rung.passed for rung in self.rungs)

    @property
    def failed_rung(self) -> Optional[str]:
        """The name of the rung that broke, or None."""
        return next((rung.name for rung in self.rungs if rung.passed is False), None)

    def __str__(self) -> str:
        words = {True: "ok", False: "FAILED", None: "not climbed"}
        lines = [f"{number} {rung.name:<10} {ASKED[rung.name]:<42} {words[rung.passed]}"
                 for number, rung in enumerate(self.rungs, 1)]
        broken = [f"Rung {rung.name}: {rung.message}" for rung in self.rungs if rung.passed is False]
        end = "All seven rungs hold: it is the same network." if self.passed else "Every rung that was climbed holds."
        return "\n".join(lines + (broken or [end]))

    def measured(self) -> str:
        """A table of the measured figures. They differ between machines in their last digits."""
        rows = [f"{rung.name:<10} {figure:<28} {value:,}" if isinstance(value, int) else
                f"{rung.name:<10} {figure:<28} {value:.3g}"
                for rung in self.rungs for figure, value in rung.measured.items()]
        return "\n".join(rows)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, for JSON."""
        return {"passed": self.passed, "failed_rung": self.failed_rung, "losses": self.losses,
                "predictions": self.predictions, "rungs": [rung._asdict() for rung in self.rungs]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Report":
        """The report that ``as_dict`` gave."""
        return cls([Rung(**rung) for rung in data["rungs"]], data["losses"], data["predictions"])

    def save(self, name: str) -> None:
        """Writes the figures to ``ladder/NAME.json`` in the cache."""
        folder = paths.cache() / "ladder"
        folder.mkdir(exist_ok=True)
        file = folder / f"{name}.json"
        paths.write_atomically(file, lambda stream: stream.write(json.dumps(self.as_dict(), indent=1).encode()))


def climb(*seven: Callable[..., Any], training: bool = True, **named: Callable[..., Any]) -> Report:
    """Climbs the ladder with the seven functions of a :class:`Network`, in its order or by name.

    About 10 seconds for most frameworks on two cores. An exception in a function fails the rung on which it was raised, and
    becomes its message.
    Without ``training`` that rung is left out: ten steps in place of 310, and the report cannot say that all seven hold.
    """
    network, wanted, digits = Network(*seven, **named), expected(), mnist.load()
    images, labels = digits.train_images[wanted["batch"]], digits.train_labels[wanted["batch"]]
    rungs: list[Rung] = []
    losses: list[float] = []
    predictions: list[int] = []
    model: Any = None

    def shapes() -> Outcome:
        nonlocal model
        model = network.build(spec.initial_weights())
        return _compare_shapes(network.read_weights(model))

    def same_logits() -> Outcome:
        difference = _max_difference(network.logits(model, images), wanted["logits"])
        return difference <= LOGITS, {"max difference": difference}, f"the logits differ by more than {LOGITS:g}"

    def same_loss() -> Outcome:
        difference = abs(float(network.gradients(model, images, labels)[0]) - float(wanted["loss"]))
        return difference <= LOSS, {"difference": difference}, f"the loss differs by more than {LOSS:g}"

    def same_gradients() -> Outcome:
        figures = _relative(network.gradients(model, images, labels)[1], wanted, "gradient")
        return _worst(figures, GRADIENTS, "the gradient")

    def same_steps() -> Outcome:
        path = []
        for _, batch in zip(range(STEP_COUNT), spec.batches(len(digits.train_labels), epoch=0)):
            losses.append(float(network.train_step(model, digits.train_images[batch], digits.train_labels[batch])))
            path.append({name: np.array(value) for name, value in network.read_weights(model).items()})  # it may be a view
        figures = _same_path(losses, path, wanted)
        moved = reference.logits({name: wanted[f"step{STEP_COUNT - 1}/{name}"] for name in spec.SHAPES}, images)
        figures["logits"] = _max_difference(network.logits(model, images), moved) / float(np.abs(moved).max())
        return _worst(figures, STEPS, "in the first 10 steps,")

    def trains() -> Outcome:
        for epoch in range(spec.EPOCHS):
            order = list(spec.batches(len(digits.train_labels), epoch))
            for batch in order[STEP_COUNT if epoch == 0 else 0:]:
                losses.append(float(network.train_step(model, digits.train_images[batch], digits.train_labels[batch])))
        answers = np.asarray(network.logits(model, digits.test_images)).argmax(axis=1)
        predictions.extend(int(answer) for answer in answers)
        accuracy = float((answers == digits.test_labels).mean())
        agreement = float((answers == wanted["predictions"]).mean())
        return (accuracy >= ACCURACY and agreement >= AGREEMENT,
                {"test accuracy": accuracy, "same answers as reference": agreement},
                f"accuracy below {ACCURACY:.0%}" if accuracy < ACCURACY else
                f"fewer than {AGREEMENT:.0%} of the answers are the reference's")

    def artefact() -> Outcome:
        before = np.asarray(network.logits(model, images))
        with tempfile.TemporaryDirectory() as folder:
            network.save(model, Path(folder) / "one_cnn")
            if not any(Path(folder).iterdir()):
                raise FileNotFoundError("save wrote no file")
            loaded = network.load(Path(folder) / "one_cnn")
            after = np.asarray(network.logits(loaded, images))
        difference = _max_difference(after, before)
        return (difference <= ARTEFACT, {"max difference": difference},
                f"the loaded network's logits differ by more than {ARTEFACT:g}")

    steps = dict(zip(ASKED, (shapes, same_logits, same_loss, same_gradients, same_steps, trains, artefact)))
    for name, rung in steps.items():
        if any(rung.passed is False for rung in rungs) or (name == "training" and not training):
            rungs.append(Rung(name, None, {}))
            continue
        try:
            passed, figures, message = rung()
            rungs.append(Rung(name, bool(passed), figures, "" if passed else message))
        except Exception as error:
            rungs.append(Rung(name, False, {}, f"{type(error).__name__}: {error}"))
    return Report(rungs, losses, predictions)


def steps_rung(losses: list[float], path: list[spec.Weights]) -> Rung:
    """Rung 5 for a training that ran elsewhere, in many processes for instance.

    ``losses``: the mean loss of each of the first 10 global batches of ``spec.batches(size, 0)``, before the step; ``path``:
    the weights after each step, in the spec's layout.
    """
    if len(losses) != STEP_COUNT or len(path) != STEP_COUNT:
        raise ValueError(f"{len(losses)} losses and {len(path)} sets of weights, expected {STEP_COUNT} of each")
    passed, figures, message = _worst(_same_path(losses, path, expected()), STEPS, "in the first 10 steps,")
    return Rung("steps", passed, figures, "" if passed else message)


def climb_cells(functions: ModuleType, training: bool = True) -> dict[str, Any]:
    """``climb`` for :func:`onecnn.cells.run`: the report as plain data."""
    return climb(*Network.of(functions), training=training).as_dict()


def walk_cells(functions: ModuleType, steps: int, dtype: str = "float32", every: int = 50) -> list[list[float]]:
    """Every 50th weight (``every``) after each of ``steps`` training steps, for :func:`onecnn.cells.run`.

    ``dtype``: of the starting weights and the images; a network that keeps it, as the one by hand does, trains in float64.
    """
    digits = mnist.load()
    model = functions.build({name: value.astype(dtype) for name, value in spec.initial_weights().items()})
    images, path = digits.train_images.astype(dtype), []
    order = (batch for epoch in range(spec.EPOCHS) for batch in spec.batches(len(images), epoch))
    for _, batch in zip(range(steps), order):
        functions.train_step(model, images[batch], digits.train_labels[batch])
        weights = functions.read_weights(model)
        path.append(np.concatenate([np.ravel(weights[name]) for name in spec.SHAPES])[::every].astype(float).tolist())
    return path


def logits_cells(functions: ModuleType, count: int = 10) -> list[list[float]]:
    """The logits of the first ``count`` test digits with the spec's starting weights, for :func:`onecnn.cells.run`."""
    images = mnist.load().test_images[:count]
    logits = functions.logits(functions.build(spec.initial_weights()), images)
    found: list[list[float]] = np.asarray(logits, np.float64).tolist()
    return found


def expected() -> dict[str, np.ndarray]:
    """What the reference computes on every rung. Computed once (30 seconds on two cores), then read from the cache.

    The cache's name holds a hash of the spec, the reference and the digits: a change of any of them computes it anew.
    """
    sources = b"".join(Path(file).read_bytes() for file in (spec.__file__, reference.__file__))
    sources += f"{mnist.SHA256} {STEP_COUNT} losses".encode()
    file = paths.cache() / f"reference-{hashlib.sha256(sources).hexdigest()[:16]}.npz"
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return dict(stored)
    except Exception:  # missing or damaged; a damaged zip raises many kinds
        pass
    answers, buffer = _compute_expected(), io.BytesIO()
    np.savez(buffer, **answers)  # type: ignore[arg-type]  # none of them is called allow_pickle, the only bool
    paths.write_atomically(file, lambda stream: stream.write(buffer.getvalue()))
    return answers


def _compute_expected() -> dict[str, np.ndarray]:
    digits = mnist.load()
    size = len(digits.train_labels)
    batch = next(spec.batches(size, epoch=0))
    images, labels = digits.train_images[batch], digits.train_labels[batch]
    loss, gradients = reference.gradients(spec.initial_weights(), images, labels)
    answers = {"batch": batch, "loss": np.float64(loss), "logits": reference.logits(spec.initial_weights(), images)}
    answers.update({f"gradient/{name}": value for name, value in gradients.items()})
    model, losses = reference.Reference(spec.initial_weights()), []
    for epoch in range(spec.EPOCHS):
        for step, chosen in enumerate(spec.batches(size, epoch)):
            losses.append(model.train_step(digits.train_images[chosen], digits.train_labels[chosen]))
            if epoch == 0 and step < STEP_COUNT:
                answers.update({f"step{step}/{name}": value.copy() for name, value in model.weights.items()})
    answers["losses"] = np.array(losses[:STEP_COUNT])
    answers["predictions"] = reference.logits(model.weights, digits.test_images).argmax(axis=1)
    return answers


def _compare_shapes(weights: spec.Weights) -> Outcome:
    found = {name: tuple(np.shape(value)) for name, value in weights.items()}
    total = sum(int(np.prod(shape)) for shape in found.values())
    wrong = [f"{name} is {found.get(name, 'missing')}, the spec says {shape}"
             for name, shape in spec.SHAPES.items() if found.get(name) != shape]
    wrong += [f"{name} is not in the spec" for name in found if name not in spec.SHAPES]
    return not wrong and total == spec.PARAMETERS, {"parameters": total}, "; ".join(wrong)


def _max_difference(found: Any, wanted: Any) -> float:
    """Largest absolute difference; infinite where a value is not finite, so that it can never pass."""
    found, wanted = np.asarray(found, np.float64), np.asarray(wanted, np.float64)
    if found.shape != wanted.shape:
        raise ValueError(f"shape {found.shape}, expected {wanted.shape}")
    difference = np.abs(found - wanted)
    return float(difference.max()) if np.isfinite(difference).all() else float("inf")


def _relative(found: spec.Weights, wanted: dict[str, np.ndarray], prefix: str) -> dict[str, float]:
    """For each tensor: max abs difference / max abs reference."""
    result = {}
    for name in spec.SHAPES:
        truth = wanted[f"{prefix}/{name}"]
        result[name] = _max_difference(found[name], truth) / float(np.abs(truth).max())
    return result


def _same_path(losses: list[float], path: list[spec.Weights], wanted: dict[str, np.ndarray]) -> dict[str, float]:
    """For each tensor, and the loss: the largest relative difference of all steps."""
    figures: dict[str, float] = {}
    for step, (loss, weights) in enumerate(zip(losses, path)):
        found = _relative(weights, wanted, f"step{step}")
        found["loss"] = _max_difference(loss, wanted["losses"][step]) / float(wanted["losses"][step])
        for name, value in found.items():
            figures[name] = max(value, figures.get(name, 0.0))
    return figures


def _worst(figures: dict[str, float], tolerance: float, what: str) -> Outcome:
    name = max(figures, key=lambda key: figures[key])
    return figures[name] <= tolerance, figures, f"{what} {name} differs by more than {tolerance:g}"
