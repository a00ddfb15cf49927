"""The parity ladder: seven rungs that prove that a framework's network is the network of :mod:`onecnn.spec`.

====  =========  =====================================================  ==============================================
rung  name       compared with the float64 reference                    asked
====  =========  =====================================================  ==============================================
1     shapes     every parameter's shape, and the total                 equal
2     logits     seven batches, at the start and at trained weights,    max difference / largest logit <= 3e-6
                 batches of other sizes, and other pictures
3     loss       the same batches                                       first batch: difference <= 1e-6; the others:
                                                                        difference / largest logit, or loss, <= 1e-6
4     gradients  the same batches, every tensor                         max abs difference / max abs reference <= 1e-5
5     steps      every weight and the loss, each of 10 SGD-momentum     max abs difference / max abs reference <= 1e-4
                 steps and of 6 of a second network, taken in turn
                 on the other batches; logits between the steps
6     training   in float64: gradients, also of 600 digits and with     max abs difference / max abs reference <= 1e-9
                 logits of 2,000; steps with batches of other sizes;
                 the loss before each of 310 steps, the weights after
                 each epoch, then gradients, the test digits' logits
7     artefact   saved, later saved again, loaded here and in a fresh   as the network that was never saved:
                 process, and saved there: logits, gradients, five      <= 1e-6, in float64 <= 1e-9
                 more steps; over another file; a part of it is refused
====  =========  =====================================================  ==============================================

The batches are :data:`onecnn.expected.CASES`: of 64, 63 and 1 digits, 97 seen through views, negative, and so bright that
logits reach 200. On every rung, too, :mod:`onecnn.side_effects` watches each call: a function leaves its arguments as they are
and keeps none of them; what it has given belongs to whoever asked; and the process is left as it was. A failed rung ends the
climb: what stands above it means nothing until it is mended.

Whoever computes in float32 alone (Caffe) climbs with ``float64=False``: rung 6 then asks for accuracy >= 94 % and >= 98 % of
the reference's answers, because two float32 trainings part after some dozens of steps (see ``01_parity_ladder``).
"""
import contextlib
import ctypes
import gc
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, NamedTuple, Optional

import numpy as np

from onecnn import cells, mnist, networks, paths, program_text, reference, side_effects, spec
from onecnn import expected as truth

expected, STEP_COUNT = truth.expected, truth.STEP_COUNT
LOGITS, LOSS, GRADIENTS, STEPS, TRAINING = 3e-6, 1e-6, 1e-5, 1e-4, 1e-9
BETWEEN = 1e-2  # of gradients between two steps: a single ReLU that tips by rounding moves them by less
ARTEFACT, MORE_STEPS = 1e-6, truth.MORE_STEPS
ALLOWED = {"logits": LOGITS, "loss": LOSS, "gradients": GRADIENTS, "steps": STEPS, "training": TRAINING, "artefact": ARTEFACT}
ACCURACY, AGREEMENT = 0.94, 0.98
ODD = 997  # of the 1,000 test digits, asked at once: a prime number, so no chunk divides it
MEMORY = 64.0  # MB that a process may grow by in the last 248 steps: whoever keeps each step's images grows by 100
LOOKS, LOOKED_MEMORY = 40, 8.0  # looks at 64 digits; MB that may be asked for and not given back: whoever keeps them takes 16
SIZES = (2, 16, 28, 32, 128, 256, 512)  # of batches whose logits are asked, beside those of the cases
DIVIDED = {"10 digits": 1e-7}  # what weights may differ by after a batch of ten: MXNet's Trainer divides by it in float32
OTHERS = 7  # files of somebody else's, in the folder in which networks are saved; files of one network
LEAST, MOST = 180_000, 2_000_000  # bytes of a file: the weights take 226,856, the momentum as many
LEFT_OVER = 100_000  # bytes that saving may leave in the temporary folder; the weights take 226,856
GROWN = 1.1  # times that a file may be larger which is saved later
LEFT_OPEN = 3  # threads and files more than before, after a handful of calls

ASKED = {
    "shapes": f"the spec's shapes, {spec.PARAMETERS:,} parameters",
    "logits": "7 batches, difference <= 3e-6",
    "loss": "7 batches, difference <= 1e-6",
    "gradients": "7 batches, difference <= 1e-5",
    "steps": "10 steps, difference <= 1e-4",
    "training": "310 steps in float64, <= 1e-9",
    "artefact": "a fresh process, 5 more steps, <= 1e-6",
}
ANSWERS = "float32: accuracy >= 94 %, >= 98 % same"  # asked on the rung training without float64


class Network(NamedTuple):
    """The seven functions with which a framework's network climbs. No other place spells their names.

    ``build(weights)`` -> model, from the spec's dict of arrays, in the weights' own dtype; ``logits(model, images)`` -> array
    ``(N, 10)``, in evaluation mode, for any N; ``gradients(model, images, labels)`` -> loss and a dict like ``weights``, in
    training mode; ``train_step(model, images, labels)`` -> loss before the step, in place; ``read_weights(model)`` -> dict of
    arrays in the spec's layout; ``save(model, path)`` and ``load(path)`` -> model that trains on, its dtype and momentum with
    it; ``path``: a ``pathlib.Path``, a name without suffix, though it may have a dot; what was saved there before is replaced.
    Where a weight is missing ``build`` raises, or ``logits`` does; ``load`` where there is no file, or a damaged one.
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
    """One rung's verdict. ``measured``: the figures by name; ``passed`` is None where it was not climbed; ``asked``: where it
    is not what :data:`ASKED` says."""

    name: str
    passed: Optional[bool]
    measured: dict[str, float]
    message: str = ""
    asked: str = ""

    def differences(self) -> dict[str, float]:
        """Those of the figures that are differences from what was wanted: neither counts, nor memory, nor accuracies."""
        others = ("parameters", "memory, MB more", "memory of looks, MB", "test accuracy", "same answers as reference")
        return {figure: value for figure, value in self.measured.items() if figure not in others}


Results = dict[str, np.ndarray]  # of _resume
Outcome = tuple[bool, dict[str, float], str]  # of a rung that was climbed: whether it holds, its figures, why it does not


class Report:
    """What a climb found. Printing it gives the verdicts, the same on every machine; the figures are in ``measured()``.

    ``losses``: the loss before each step of the rung ``training``, or of ``steps`` where the climb ended there;
    ``predictions``: the trained network's answers on the test digits, empty where the climb ended below.
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
        lines = [f"{number} {rung.name:<10} {rung.asked or ASKED[rung.name]:<42} {words[rung.passed]}"
                 for number, rung in enumerate(self.rungs, 1)]
        broken = [f"Rung {rung.name}: {rung.message}" for rung in self.rungs if rung.passed is False]
        end = ("Every rung that was climbed holds." if not self.passed else
               "All seven rungs hold: it is the same network." if not any(rung.asked for rung in self.rungs) else
               "All seven rungs hold: it is the same network, as far as float32 can tell.")
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

    def save(self, key: str) -> None:
        """Keeps the report in the cache, as that of the network ``key`` (of :mod:`onecnn.networks`). See :func:`kept`."""
        file = _report_file(key)
        file.parent.mkdir(exist_ok=True)
        paths.write_atomically(file, lambda stream: stream.write(json.dumps(self.as_dict(), indent=1).encode()))


def kept(key: str) -> Optional[Report]:
    """The report that the chapter of the network ``key`` has saved on this machine; None if there is none that was made from
    today's cells, ladder, spec and reference."""
    try:
        return Report.from_dict(json.loads(_report_file(key).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):  # none, or a damaged one
        return None


def made_from(key: str) -> str:
    """A hash of all that the network's climb depends on: its chapter's cells and programs, the ladder, the spec and the
    reference."""
    notebook = cells.locate(networks.get(key).notebook)
    text = "\n".join(cell.source for cell in cells.read(notebook) if cells.TAG in cell.tags)
    files = [Path(module.__file__ or "") for module in (side_effects, truth, reference, spec)] + [Path(__file__)]
    if "paths.programs(" in text:  # the cells run what lies in the chapter's folder
        files += sorted(file for file in notebook.with_suffix("").iterdir() if file.suffix in (".py", ".lua"))
    sources = text.encode()
    for file in files:
        sources += file.read_bytes()
    return hashlib.sha256(sources).hexdigest()[:16]


def _report_file(key: str) -> Path:
    return paths.cache() / "ladder" / f"{key}-{made_from(key)}.json"


def climb(*seven: Callable[..., Any], training: bool = True, artefact: bool = True, float64: bool = True,
          **named: Callable[..., Any]) -> Report:
    """Climbs the ladder with the seven functions of a :class:`Network`, in its order or by name.

    20 to 40 seconds for most frameworks on two cores. An exception in a function fails the rung on which it was raised, and
    becomes its message. Without ``training`` or ``artefact`` that rung is left out, and the report cannot say that all seven
    hold. ``float64=False``: for a framework that computes in float32 whatever it is given.

    The rung ``artefact`` needs the functions' program text (:mod:`onecnn.program_text`).
    """
    watch = side_effects.Watch()
    ascent = _Ascent(Network(*seven, **named), float64, watch)
    left_out = {"training": not training, "artefact": not artefact}
    rungs: list[Rung] = []
    for name in ASKED:
        asked = ANSWERS if name == "training" and not float64 else ""
        if any(rung.passed is False for rung in rungs) or left_out.get(name):
            rungs.append(Rung(name, None, {}, asked=asked))
            continue
        try:
            passed, figures, message = getattr(ascent, name)()
            rungs.append(Rung(name, bool(passed), figures, "" if passed else message, asked))
        except (Exception, SystemExit) as error:
            said = str(error) if isinstance(error, side_effects.SideEffect) else f"{type(error).__name__}: {_words(error)}"
            rungs.append(Rung(name, False, {}, said, asked))
    watch.close()
    return Report(rungs, ascent.losses, ascent.predictions)


def _arrays_given(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, held to giving NumPy's arrays: what compares with an array need not be one."""
    def call(*arguments: Any) -> Any:
        found = function(*arguments)
        weights = found[1] if name == "gradients" else found
        if name == "logits" and type(found) is not np.ndarray:
            raise TypeError(f"logits gives a {type(found).__name__}, not an array")
        loss = found[0] if name == "gradients" else found
        if name in ("gradients", "train_step") and getattr(loss, "requires_grad", False):
            raise TypeError(f"{name} gives a loss that holds its graph, not a number")
        if name in ("gradients", "read_weights"):
            wrong = {type(value).__name__ for value in weights.values() if type(value) is not np.ndarray}
            if wrong:
                raise TypeError(f"{name} gives {', '.join(sorted(wrong))}, not arrays")
        return found

    return call


def _words(error: BaseException) -> str:
    """What an exception says, without the place of a temporary folder: of one mistake, two machines say the same."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _anywhere(error: cells.RunFailed, folder: str) -> str:
    """The last line of what a process said, without the place of its folder and the course's."""
    return str(error).splitlines()[-1].replace(folder, "").replace(str(paths.ROOT), "")


class _Ascent:
    """One climb: a method for each rung, in :data:`ASKED`'s names, and what a rung leaves for those above."""

    def __init__(self, network: Network, float64: bool, watch: side_effects.Watch):
        self.network = Network(*(watch.function(name, _arrays_given(name, function))
                                 for name, function in zip(Network._fields, network)))
        self.bare, self.float64, self.watch = network, float64, watch
        self.wanted, self.digits = expected(), mnist.load()
        self.losses: list[float] = []
        self.predictions: list[int] = []
        self.model = self.trained = self.walked = None
        self.open_before = 0  # threads and files, when a network had been saved and loaded once

    def shapes(self) -> Outcome:
        self.model = self.network.build(_copy(spec.initial_weights()))
        found = self.network.read_weights(self.model)
        first = _copy(found)
        outcome = _compare_shapes(first)
        if outcome[0] and _other_dtype(first):
            return False, outcome[1], f"read_weights of a float32 network gives {_other_dtype(first)}"
        if outcome[0]:
            self.watch.spoil(found)
            if _differ(first, self.network.read_weights(self.model)):
                return False, outcome[1], "who writes into what read_weights gave changes what it gives next"
        return outcome

    def logits(self) -> Outcome:
        self.trained = self.network.build(self._trained_weights())
        figures = {}
        for case, model, images, _ in self._cases():
            found = np.array(self.network.logits(model, images))
            figures[case.name] = _max_difference(found, self.wanted[f"{case.name}/logits"]) / self._largest(case)
        first, again = truth.CASES[0], None
        for _ in range(2):
            self.watch.spoil(again)
            again = self.network.logits(self.model, self.wanted["first batch/images"].copy())
        figures["asked again"] = _max_difference(again, self.wanted["logits"]) / self._largest(first)
        ten = self.network.logits(self.model, self.wanted["first batch/images"][:10].copy())  # as many images as classes
        figures["batch of 10"] = _max_difference(ten, self.wanted["logits"][:10]) / self._largest(first)
        # The same digits in another order, and the same pixels in other places: nobody may know an answer by a sum.
        turned = self.network.logits(self.model, self.wanted["first batch/images"][::-1].copy())
        figures["other order"] = _max_difference(turned, self.wanted["logits"][::-1]) / self._largest(first)
        figures["other pictures"] = self._other_pictures()
        batch = self.wanted["first batch/images"]  # two networks, asked the same, at once after one another
        wanted = reference.logits(self._at("trained"), batch)
        pair = [self.network.logits(model, batch.copy()) for model in (self.model, self.trained)]
        figures["two networks"] = max(_max_difference(pair[0], self.wanted["logits"]) / self._largest(first),
                                      _max_difference(pair[1], wanted) / float(np.abs(wanted).max()))
        start, test, sizes = 0, self.digits.test_images, {}
        for size in SIZES:
            found, wanted = self.network.logits(self.trained, test[start:start + size].copy()), self.wanted["test logits"]
            sizes[f"batch of {size}"] = _max_difference(found, wanted[start:start + size]) / float(np.abs(wanted).max())
            start += size
        passed, _, message = _first({**figures, **sizes}, LOGITS, "the logits differ")
        if passed and pair[0].dtype != np.float32:
            return False, figures, f"logits of a float32 network are {pair[0].dtype}"
        refused = self._refusals() if passed else ""
        if refused:
            return False, figures, refused
        if passed:  # once more, now that it has refused something
            again = self.network.logits(self.model, self.wanted["first batch/images"].copy())
            figures["asked again"] = _max_difference(again, self.wanted["logits"]) / self._largest(first)
            passed, _, message = _first(figures, LOGITS, "the logits differ")
        return passed, {**figures, "other sizes": max(sizes.values())}, message

    def _other_pictures(self) -> float:
        """Mirrored digits with a blank page among them, lying in memory column by column; ink and paper exchanged; noise."""
        images = self.wanted["trained/images"]
        mirrored = np.asfortranarray(images[..., ::-1])
        mirrored[3] = 0
        noise = np.random.RandomState(0).rand(*images.shape).astype(np.float32)
        differences = []
        for picture in (mirrored, 1 - images, noise):
            wanted = reference.logits(self._at("trained"), picture)
            found = self.network.logits(self.trained, picture)
            differences.append(_max_difference(found, wanted) / float(np.abs(wanted).max()))
        return max(differences)

    def _refusals(self) -> str:
        """What must be refused, or rightly answered: the first that is not, or nothing."""
        test = self.digits.test_images
        for missing in spec.SHAPES:
            incomplete = {name: value for name, value in spec.initial_weights().items() if name != missing}
            if _accepts(lambda given: self.network.logits(self.network.build(given), test[:2].copy()), incomplete):
                return f"a network without {missing} gives logits"
        for images in (test[:64].astype(np.float64), np.rint(255 * test[:64]).astype(np.uint8)):
            wanted = reference.logits(self._at("trained"), images.astype(np.float32))
            found = _given(self.network.logits, self.trained, images.copy())
            if found is not None and not _max_difference(found, wanted) <= LOGITS * float(np.abs(wanted).max()):
                return f"{images.dtype} images are not read as the numbers that they hold"
        return ""

    def loss(self) -> Outcome:
        figures = {}
        for case, model, images, labels in self._cases():
            found = float(self.network.gradients(model, images, labels)[0])
            wanted = float(self.wanted[f"{case.name}/loss"])
            # A loss is made of logits, and rounds as they do. The first batch is held to 1e-6 itself, as it always was.
            size = 1.0 if case is truth.CASES[0] else max(self._largest(case), wanted)
            figures[case.name] = _max_difference(found, wanted) / size
        return _first(figures, LOSS, "the loss differs")

    def gradients(self) -> Outcome:
        figures: dict[str, float] = {}
        for case, model, images, labels in self._cases():
            self.network.logits(model, np.array(images[:1]))  # which leaves it in evaluation mode
            found = self.network.gradients(model, images, labels)[1]
            more = [name for name in found if name not in spec.SHAPES]
            if more:
                return False, figures, f"gradients gives {', '.join(map(str, more))}, which is not in the spec"
            now = _relative(found, self.wanted, f"{case.name}/gradient")
            passed, _, message = _worst(now, GRADIENTS, f"{_where(case.name)}the gradient")
            figures = {name: max(value, figures.get(name, 0.0)) for name, value in now.items()}
            if passed and _other_dtype(found):
                passed, message = False, f"gradients of a float32 network are {_other_dtype(found)}"
            if not passed:
                return False, figures, message
        batch, found = self.wanted["batch"], {}
        for _ in range(2):
            self.watch.spoil(found)
            found = self.network.gradients(self.model, *self._batch(batch))[1]
        passed, _, message = _worst(_relative(found, self.wanted, "gradient"), GRADIENTS, "asked again, the gradient")
        if passed:
            images, labels = self._batch(batch)
            labels = (labels + 1) % 10
            wanted = reference.gradients(spec.initial_weights(), images, labels)[1]
            found = self.network.gradients(self.model, images, labels)[1]
            passed, _, message = _worst(_of_all(found, wanted), GRADIENTS, "with other labels, the gradient")
        self.trained = None  # a network can be large
        return passed, figures, message

    def steps(self) -> Outcome:
        images, size = self.digits.train_images, len(self.digits.train_labels)
        looks, path_of_other, losses_of_other, looked = [], [], [], images[:7].copy()
        losses: list[float] = []
        path: list[spec.Weights] = []
        other, open_before = None, 0
        for step, (_, batch) in enumerate(zip(range(STEP_COUNT), spec.batches(size, epoch=0))):
            losses.append(self._step(self.model, batch))
            weights = self.network.read_weights(self.model)
            path.append(_copy(weights))
            if step < 3:
                open_before = side_effects.threads_and_files()
                continue
            if other is None:  # made in the middle of the first one's training
                other = self.network.build(self._trained_weights())
            if step - 3 < len(truth.TURNS):
                losses_of_other.append(self._case_step(other, truth.TURNS[step - 3]))
                path_of_other.append(_copy(self.network.read_weights(other)))
            # A look must change nothing, and see the weights of now. The array is the same one, filled anew: nobody may
            # know an answer by its place in memory.
            looked[:] = images[:7]
            answer = np.array(self.network.logits(self.model, looked))
            wanted = reference.logits(self._at(f"step{step}"), images[:7])
            looks.append(_max_difference(answer, wanted) / float(np.abs(wanted).max()))
            if step == 5:
                found = self.network.gradients(self.model, *self._batch(batch))[1]
                slopes = reference.gradients(self._at("step5"), *self._batch(batch))[1]
                gradient = max(_max_difference(found[name], slopes[name]) / float(np.abs(slopes[name]).max())
                               for name in spec.SHAPES)
        self.losses[:] = losses
        figures = _same_path(losses, path, self.wanted)
        figures["logits"] = max(looks)
        outcome = _worst(figures, STEPS, "in the first 10 steps,")
        if not outcome[0]:
            return outcome
        if gradient > BETWEEN:
            return False, figures, f"between two steps the gradients differ by more than {BETWEEN:g}"
        if side_effects.threads_and_files() - open_before > LEFT_OPEN:
            return False, figures, "each call leaves a thread or an open file"
        beside = _same_path(losses_of_other, path_of_other, self.wanted, "turn")
        figures["second network"] = max(beside.values())
        passed, _, message = _worst(beside, STEPS, "of a second network, trained in turn with the first,")
        if not passed:
            return False, figures, message
        if not self._draws_alike(other):
            return False, figures, "train_step sets the seed of random numbers, to another one each time"
        del other
        gc.collect()
        third = self.network.build(_copy(spec.initial_weights()))  # perhaps in the second one's place
        begun = _same_path([self._step(third, self.wanted["batch"])], [self.network.read_weights(third)], self.wanted)
        return max(begun.values()) <= STEPS, figures, "a network that is made after another was deleted does not begin afresh"

    def _draws_alike(self, model: Any) -> bool:
        """Two steps from one state of the random generators leave them in one state: who sets a seed can rely on it."""
        before, after = side_effects.random_states(), []
        for _ in range(2):
            side_effects.put_random_states(before)
            self.bare.train_step(model, *self._batch(self.wanted["batch"]))
            after.append(side_effects.states_in_short())
        return after[0] == after[1]

    def training(self) -> Outcome:
        return self._trains_in_float64() if self.float64 else self._trains_in_float32()

    def _trains_in_float64(self) -> Outcome:
        model = self.walked = self.network.build(_double(spec.initial_weights()))
        figures, per_epoch = {"loss": 0.0, "weights": 0.0}, truth.STEPS // spec.EPOCHS
        memory: tuple[float, ...] = ()
        exact = self._at("epoch0")  # no float32 numbers, as the starting weights are
        other = self.network.build(_copy(exact))
        if _differ(exact, self.network.read_weights(other)):
            return False, figures, "a float64 network does not keep the weights that it was given"
        found = self.network.gradients(model, *self._batch(self.wanted["batch"], float))[1]
        slopes = _relative(found, self.wanted, "gradient")
        if max(slopes.values()) > TRAINING:
            return _worst(slopes, TRAINING, "in float64 the gradient")
        for case, begun in truth.DOUBLE.items():
            passed, slopes, message = self._slopes_of(case, model if begun == "start" else other)
            if not passed:
                return passed, slopes, message
        figures["other batches"], message = self._other_batches(other)
        if not message and _accepts(self.network.logits, other, self.digits.test_images[:2].copy()):
            now = self.network.read_weights(other)
            if any(value.dtype != float for value in now.values()):
                message = "float32 images make a float32 network of one in float64"
        if message:
            return False, figures, message
        self.losses.clear()
        del other
        for step, batch in enumerate(truth.recipe(len(self.digits.train_labels))):
            self.losses.append(self._step(model, batch, float))
            wanted = float(self.wanted["losses"][step])
            figures["loss"] = max(figures["loss"], _max_difference(self.losses[-1], wanted) / wanted)
            if figures["loss"] > TRAINING:  # it has parted: what follows says no more
                return False, figures, f"in float64 the loss differs by more than {TRAINING:g}"
            epoch, left = divmod(step + 1, per_epoch)
            if not left:
                now = _relative(self.network.read_weights(model), self.wanted, f"epoch{epoch - 1}")
                figures["weights"] = max(figures["weights"], *now.values())
                if figures["weights"] > TRAINING:
                    return _worst(now, TRAINING, "in float64, at an epoch's end,")
                memory = memory or (_memory(), _allocated())
        # by either account, and before a thousand digits at once ask for more, as they may
        grown = max(_memory() - memory[0], _allocated() - memory[1])
        images = self.digits.test_images.astype(float)
        parts = images[:ODD].copy(), images[ODD:].copy()
        answers = np.concatenate([np.array(self.network.logits(model, part)) for part in parts])
        figures["test logits"] = _max_difference(answers, self.wanted["test logits"]) / float(np.abs(answers).max())
        figures["memory, MB more"] = max(0.0, grown)
        self.predictions.extend(int(answer) for answer in answers.argmax(axis=1))
        figures["test accuracy"] = float((answers.argmax(axis=1) == self.digits.test_labels).mean())
        if figures["memory, MB more"] > MEMORY:
            return False, figures, f"the process grows by more than {MEMORY:g} MB in four epochs"
        figures["memory of looks, MB"], message = self._memory_of_looks(model, float)
        if message:
            return False, figures, message
        passed, slopes, message = self._slopes_of("end", model)
        if not passed:
            return passed, slopes, message
        return figures["test logits"] <= TRAINING, figures, f"the trained network's logits differ by more than {TRAINING:g}"

    def _slopes_of(self, case: str, model: Any) -> Outcome:
        """Gradients and loss of one of the cases in float64."""
        images, labels = (self.wanted[f"{case}/{what}"].copy() for what in ("images", "labels"))
        loss, slopes = self.network.gradients(model, images, labels)
        differences = {**{f"gradient of {name}": value for name, value in
                          _relative(slopes, self.wanted, f"{case}/gradient").items()},
                       "loss": _max_difference(float(loss) / float(self.wanted[f"{case}/loss"]), 1.0)}
        return _worst(differences, TRAINING, f"in float64, ({case})")

    def _other_batches(self, model: Any) -> tuple[float, str]:
        """Gradients, loss and weights of steps with other batches, in float64. Returns the largest difference."""
        largest = 0.0
        begun = truth.with_zeros(self._at("epoch0"))
        for case in (*truth.STEPS_BESIDE, "zeros"):
            model = self.network.build(begun) if case == "zeros" else model
            passed, slopes, message = self._slopes_of(case, model)
            if not passed:
                return max(slopes.values()), message
            images, labels = (self.wanted[f"{case}/{what}"].copy() for what in ("images", "labels"))
            loss = self.network.train_step(model, images, labels)
            slopes["loss of the step"] = _max_difference(float(loss) / float(self.wanted[f"{case}/loss"]), 1.0)
            weights = _relative(self.network.read_weights(model), self.wanted, case)
            largest = max(largest, *slopes.values(), *([] if case in DIVIDED else weights.values()))
            for now, allowed in ((slopes, TRAINING), (weights, DIVIDED.get(case, TRAINING))):
                passed, _, message = _worst(now, allowed, f"in float64, ({case})")
                if not passed:
                    return largest, message
        return largest, ""

    def _memory_of_looks(self, model: Any, dtype: type) -> tuple[float, str]:
        """MB that looks at logits, gradients and weights ask for and do not give back."""
        images, labels = self._batch(self.wanted["batch"], dtype)
        images, turn, grown, memory = np.array(images), iter(range(10_000)), 0.0, 0.0

        def other() -> np.ndarray:  # at each look: an answer that is kept by its question must not hide
            images[next(turn) % 64] *= 0.9
            return np.array(images)

        asked: dict[str, Callable[[], Any]] = {
            "logits": lambda: self.network.logits(model, other()),
            "gradients": lambda: self.network.gradients(model, other(), labels.copy()),
            "weights": lambda: self.network.read_weights(model)}
        for what, look in asked.items():
            for number in range(LOOKS + 10):
                look()
                if number in (9, LOOKS + 9):
                    self.watch.given.clear()  # the results that wait to be compared
                    grown, memory = max(0.0, _allocated() - memory), _allocated()
            if grown > LOOKED_MEMORY:
                return grown, f"the process grows with each look at the {what}"
        return grown, ""

    def _trains_in_float32(self) -> Outcome:
        for step, batch in enumerate(truth.recipe(len(self.digits.train_labels))):
            if step >= STEP_COUNT:  # the rung below took those
                self.losses.append(self._step(self.model, batch))
        answers = np.asarray(self.network.logits(self.model, self.digits.test_images.copy())).argmax(axis=1)
        self.predictions.extend(int(answer) for answer in answers)
        accuracy = float((answers == self.digits.test_labels).mean())
        agreement = float((answers == self.wanted["predictions"]).mean())
        memory, message = self._memory_of_looks(self.model, np.float32)
        if message:
            return False, {"memory of looks, MB": memory}, message
        return (accuracy >= ACCURACY and agreement >= AGREEMENT,
                {"test accuracy": accuracy, "same answers as reference": agreement, "memory of looks, MB": memory},
                f"accuracy below {ACCURACY:.0%}" if accuracy < ACCURACY else
                f"fewer than {AGREEMENT:.0%} of the answers are the reference's")

    def artefact(self) -> Outcome:
        text = program_text.of(self.bare._asdict())
        figures: dict[str, float] = {}
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            here, message = self._saved_and_loaded_here(folder, figures)
            self.model = self.walked = None
            _give_back_memory()  # two processes at once need the room
            if message:
                return False, figures, message
            if side_effects.threads_and_files() - self.open_before > LEFT_OPEN:
                return False, figures, "saving or loading leaves threads or open files"
            for cut, share in (("damaged", 0.5), ("cut off", 0.9)):
                shutil.copytree(folder / "first", folder / cut)
                for file in filter(Path.is_file, (folder / cut).rglob("*")):
                    os.truncate(file, int(share * file.stat().st_size))
            try:
                cells.run_text(text, "onecnn.ladder:resume_cells", folder=name, float64=self.float64)
            except cells.RunFailed as error:
                if not (folder / _DONE).exists():  # whoever is asked for a missing file may end the process
                    return False, figures, f"in a fresh process, {_anywhere(error, name)}"
            if (folder / _ASIDE).exists():
                return False, figures, f"in a fresh process, {(folder / _ASIDE).read_text(encoding='utf-8')}"
            if (folder / _DONE).read_text(encoding="utf-8") != _contents(folder):
                return False, figures, "files are written when the process that saved them ends, or by what is refused"
            for file in sorted(folder.glob("*.npz")):
                with np.load(file, allow_pickle=False) as stored:
                    message = self._compared(dict(stored), here[file.stem.split("-")[0]], figures)
                if message:
                    where = ("of a loaded network, saved again: " if "again" in file.stem else
                             "after a step that was refused: " if "refused" in file.stem else
                             "of files of which a part is missing: " if "part" in file.stem else "")
                    return False, figures, where + message
            accepted = [what for name, what in _REFUSED.items() if (folder / f"{name} accepted").exists()]
        return not accepted, figures, "; ".join(accepted)

    def _saved_and_loaded_here(self, folder: Path, figures: dict[str, float]) -> tuple[dict[str, Results], str]:
        """Saves networks as ``FOLDER/first/NAME`` and ``FOLDER/second/NAME``, and loads them once in this process. Returns how
        the living ones go on, by :data:`_SAVED`, and a message if something is wrong.

        Each is written in the folder ``place``, which is then moved: a file must not need its first place, nor what lay in the
        temporary folder, at home or in the working folder. Two names are the same, with another network: nobody may know a
        file by its name.
        """
        here: dict[str, Results] = {}
        # the one that took the rung steps, if it took no more
        place, one, twin = folder / "place", self.model if self.float64 else self._begun(), self._begun()
        networks = {"fresh": self.network.build(_copy(spec.initial_weights())), "one": one}
        if self.float64:
            walked = self.walked is not None
            networks["double"] = self.walked if walked else self._begun(np.float64)
        for moved, names in (("first", [*networks]), ("second", ["later"])):
            place.mkdir()
            notes = [place / f"net.1 {number}.txt" for number in range(OTHERS)]
            for file in notes:
                file.write_text("somebody's")
            for name in names:
                model = one if name == "later" else networks.pop(name)
                path, dtype, known = place / _SAVED[name][1], _dtype(name), _written(place)
                before = _copy(self.network.read_weights(model))
                with _elsewhere(folder) as working:
                    if name in ("fresh", "later"):  # another network lies there already, and has been loaded from there
                        self.network.save(self._begun(), path)
                        self.network.load(path)
                    self.network.save(model, Path(os.path.relpath(path)) if name == "fresh" else path)
                    if name == "later":
                        size = _size(place)
                        self.network.save(model, path)
                        if _size(place) > GROWN * size:
                            return here, "a network that is saved again takes a larger file"
                    if sum(file.stat().st_size for file in working.rglob("*")) > LEFT_OVER:
                        return here, "saving leaves files in the working, the home or the temporary folder"
                if _differ(before, self.network.read_weights(model)):
                    return here, "saving changes the network"
                if _written(place) == known:
                    return here, "FileNotFoundError: save wrote no file"
                if name == "one" and not LEAST <= _size(place) - sum(size for _, size, _ in known) <= MOST:
                    return here, "the weights and momentum are not in the file, or much else is"
                known = _written(place)
                here[name] = _resume(self.network, model, dtype, name)  # at once: the file must not change with it
                if name in ("one", "later"):
                    before = _copy(self.network.read_weights(model))
                    message = self._compared(_resume(self.network, self.network.load(path), dtype, name), here[name], figures)
                    if message:
                        return here, f"loaded in the process that saved it: {message}"
                    if _differ(before, self.network.read_weights(model)):
                        return here, "who trains a loaded network trains the one that was saved"
                    if name == "one":  # after the first: whoever writes with several threads may keep them
                        self.open_before = side_effects.threads_and_files()
                    message = self._compared(here[name], _resume(self.network, twin, dtype, name), figures)
                    if message:
                        return here, f"saved once, a network goes on in another way: {message}"
                if name == "double" and walked:
                    message = self._compared(here[name], {part: self.wanted[f"more/{part}"] for part in here[name]
                                                               if f"more/{part}" in self.wanted}, figures)
                    if message:
                        return here, f"saved once, a network goes on in another way: {message}"
                if _written(place) != known:
                    return here, "a file is written when save has come back, or by load"
            if not all(file.is_file() and file.read_text() == "somebody's" for file in notes):
                return here, "saving changes files that are not its own"
            place.rename(folder / moved)
        return here, self._saved_again_and_again(one, folder / "again")

    def _saved_again_and_again(self, model: Any, folder: Path) -> str:
        """Seven files of one network, which takes no step between them."""
        folder.mkdir()
        for number in range(OTHERS):
            self.network.save(model, folder / f"epoch{number}")
        weights = self.network.read_weights(model)
        for number in (0, OTHERS - 1):
            loaded = _given(self.network.load, folder / f"epoch{number}")
            if loaded is None:
                return f"of {OTHERS} files of one network, number {number} is missing"
            if _differ(weights, self.network.read_weights(loaded)):
                return f"of {OTHERS} files of one network, number {number} holds another one"
        shutil.rmtree(folder)
        return ""

    def _begun(self, dtype: type = np.float32) -> Any:
        """A network with some momentum."""
        model = self.network.build({name: value.astype(dtype) for name, value in spec.initial_weights().items()})
        for _, batch in zip(range(STEP_COUNT), spec.batches(len(self.digits.train_labels), epoch=0)):
            self._step(model, batch, dtype)
        return model

    def _compared(self, found: Results, wanted: Results, figures: dict[str, float]) -> str:
        """What tells two results of :func:`_resume` apart, or nothing; the largest differences go to ``figures``."""
        dtype, now = str(found["dtype"]), dict.fromkeys(_RESUMED, 0.0)
        for what, value in wanted.items():
            if what == "dtype" or what not in found:
                continue
            figure = {"logits": "logits", "seven": "logits", "end": "logits", "losses": "loss"}.get(
                what, "gradients" if what.startswith("gradients/") else "weights")
            now[figure] = max(now[figure], _max_difference(found[what], value) / (float(np.abs(value).max()) or 1.0))
        for figure, difference in now.items():
            figures[f"{dtype} {figure}"] = max(figures.get(f"{dtype} {figure}", 0.0), difference)
        allowed = ARTEFACT if dtype == "float32" else TRAINING
        return next((message for figure, message in _RESUMED.items() if not now[figure] <= allowed), "")

    def _at(self, place: str) -> spec.Weights:
        return {name: self.wanted[f"{place}/{name}"] for name in spec.SHAPES}

    def _trained_weights(self) -> spec.Weights:
        """Float32, in another order (a dict is read by its names), and lying in memory column by column."""
        return {name: np.array(value, order="F") for name, value in reversed(self._at("trained").items())}

    def _batch(self, batch: np.ndarray, dtype: type = np.float32) -> tuple[np.ndarray, np.ndarray]:
        return self.digits.train_images[batch].astype(dtype), self.digits.train_labels[batch]

    def _case_step(self, model: Any, name: str) -> float:
        images, labels = next((images, labels) for case, _, images, labels in self._cases() if case.name == name)
        return float(self.network.train_step(model, images, labels))

    def _cases(self) -> Iterator[tuple[truth.Case, Any, np.ndarray, np.ndarray]]:
        for case in truth.CASES:
            images, labels = self.wanted[f"{case.name}/images"].copy(), self.wanted[f"{case.name}/labels"].copy()
            if case.name == "views":
                larger = np.full((2 * len(images), 1, 56, 56), 9, np.float32)
                larger[::2, :, ::2, ::2] = images
                images, labels = larger[::2, :, ::2, ::2], np.repeat(labels, 2)[::2]
            yield case, self.model if case.weights == "start" else self.trained, images, labels

    def _largest(self, case: truth.Case) -> float:
        return float(np.abs(self.wanted[f"{case.name}/logits"]).max())

    def _step(self, model: Any, batch: np.ndarray, dtype: type = np.float32) -> float:
        return float(self.network.train_step(model, *self._batch(batch, dtype)))


_RESUMED = {"logits": "the loaded network's logits differ", "gradients": "the loaded network's gradients differ",
            "loss": "the loaded network goes on with another loss",
            "weights": "the loaded network trains on to other weights: is the momentum in the file?"}
# What is saved: the folder, and the name in it. Names with a dot: nobody may take a part of them for a suffix. One begins as
# the other does, and one has what names of files have elsewhere than in tests.
_SAVED = {"one": ("first", "net.1"), "fresh": ("first", "net.10"), "double": ("first", "My n\u00e9t.3"),
          "later": ("second", "net.1")}
_DONE, _ASIDE = "done", "side effect"  # files: written when only that is left which may end a process; what was done besides
_REFUSED = {"missing": "load of a file that is not there gives a network", "damaged": "load of half a file gives a network",
            "cut off": "load of nine tenths of a file gives a network",
            "other size": "logits of images of 20 x 20 are given",
            "other size to learn": "a step with images of 20 x 20 is taken",
            "larger": "logits of images of 64 x 64 are given", "colours": "logits of images of three channels are given",
            "nowhere": "save into a folder that is missing says nothing"}


def _dtype(name: str) -> str:
    return "float64" if name == "double" else "float32"


def _size(folder: Path) -> int:
    return sum(size for _, size, _ in _written(folder))


def _contents(folder: Path) -> str:
    """A hash of the networks that were saved in a folder."""
    files = sorted(file for place in ("first", "second", "third") for file in (folder / place).rglob("*") if file.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _written(folder: Path) -> set[tuple[str, int, int]]:
    """The files in a folder, each with its size and time."""
    return {(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in folder.rglob("*")}


@contextlib.contextmanager
def _elsewhere(folder: Path) -> Iterator[Path]:
    """One folder as working, home and temporary folder, which is gone afterwards."""
    there, kept = Path.cwd(), {name: os.environ.get(name) for name in ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP")}
    with tempfile.TemporaryDirectory(dir=folder) as name:
        tempfile.tempdir = name
        os.environ.update(dict.fromkeys(kept, name))
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(there)
            tempfile.tempdir = None
            for variable, value in kept.items():
                if value is None:
                    del os.environ[variable]
                else:
                    os.environ[variable] = value


def resume_cells(functions: ModuleType, folder: str, float64: bool) -> None:
    """Loads what :data:`_SAVED` names, and leaves in ``FOLDER/NAME-*.npz`` how it goes on, for the rung ``artefact``.

    The first is loaded twice, and goes on twice: two copies share nothing, and loading and training leave the file as it is.
    Five steps on it is what was saved later, and it can be saved anew; another is saved as soon as it is loaded. At the end
    stands what must be refused, and files of which a part is gone, if only the last byte: they are refused, or the part was
    not needed.
    """
    watch, here, name_of_one = side_effects.Watch(), Path(folder), _SAVED["one"][1]
    network = Network(*(watch.function(name, function) for name, function in zip(Network._fields, Network.of(functions))))
    for place in ("third", "fourth"):
        (here / place).mkdir()
    for number, (name, (place, file)) in enumerate([*_SAVED.items(), ("one", _SAVED["one"])]):
        if name == "double" and not float64:
            continue
        model = network.load(here / place / file)
        if number == 0:
            network.load(here / "second" / file)  # which the first does not notice
        if number == len(_SAVED):
            network.save(model, here / "fourth" / file)
        _goes_on(network, model, here / f"{name}-{number}.npz", name)
        if number == 0:
            network.save(model, here / "third" / file)
            _goes_on(network, model, here / "later-on.npz")
    again = network.load(here / "fourth" / name_of_one)
    shutil.rmtree(here / "fourth")  # which is loaded by now
    _goes_on(network, again, here / "one-again.npz")
    os.chdir(here / "third")
    again = network.load(Path(name_of_one))
    network.save(again, here / "third" / name_of_one)  # over the file that it came from
    _goes_on(network, again, here / "later-over.npz")
    again = network.load(here / "third" / name_of_one)
    _goes_on(network, again, here / "later-again.npz", "later")
    (here / _DONE).write_text(_contents(here), encoding="utf-8")
    try:
        _asked_amiss(network, here, again)
    except side_effects.SideEffect as error:
        (here / _ASIDE).write_text(str(error), encoding="utf-8")


def _asked_amiss(network: Network, here: Path, again: Any) -> None:
    """What must be refused; whoever does otherwise leaves a file. ``again``: a network that has gone on as ``later``."""
    name_of_one = _SAVED["one"][1]
    if _accepts(network.save, again, here / "nowhere" / "net") and not (here / "nowhere").exists():
        (here / "nowhere accepted").touch()
    model, labels = network.load(here / "third" / name_of_one), np.arange(4)
    small, large, colours = (np.zeros((4, *shape), np.float32) for shape in ((1, 20, 20), (1, 64, 64), (3, 28, 28)))
    asked: tuple[tuple[str, Callable[..., Any], tuple[Any, ...]], ...] = (
        ("missing", network.load, (here / "first" / "none",)),
        ("damaged", network.load, (here / "damaged" / name_of_one,)),
        ("cut off", network.load, (here / "cut off" / name_of_one,)),
        ("other size", network.logits, (model, small)), ("larger", network.logits, (model, large)),
        ("colours", network.logits, (model, colours)), ("other size to learn", network.train_step, (model, small, labels)))
    for name, function, arguments in asked:
        if _accepts(function, *arguments):
            (here / f"{name} accepted").touch()
    _goes_on(network, model, here / "later-refused.npz", "later")
    files = sorted(file.relative_to(here / "third") for file in (here / "third").rglob("*") if file.is_file())
    for number, part in enumerate(files):
        size = (here / "third" / part).stat().st_size
        for left in (size - 1,) if len(files) == 1 else (0, size // 2, size - size // 10, size - 1):
            there = Path(shutil.copytree(here / "third", here / f"part{number}-{left}", dirs_exist_ok=True))
            if left > 0:
                os.truncate(there / part, left)
            else:
                (there / part).unlink()
            with contextlib.suppress(Exception):
                _goes_on(network, network.load(there / name_of_one), here / f"later-part{number}-{left}.npz", "later")


def _goes_on(network: Network, model: Any, file: Path, name: str = "one") -> None:
    np.savez(file, **_resume(network, model, _dtype(name), name))  # type: ignore[arg-type]


def _resume(network: Network, model: Any, dtype: str, name: str = "one") -> Results:
    """Weights; logits of 64 and of 7 test digits, and gradients; then the losses of five steps on the batches that the
    recipe's next epoch would have, the weights, and logits. The network saved ``"later"`` takes its steps at once: what a look
    puts in order must not be out of order before."""
    digits, losses = mnist.load(), []
    images, labels = digits.test_images[:64].astype(dtype), digits.test_labels[:64]
    found: Results = {}
    if name != "later":
        found.update({f"loaded/{name}": np.array(value) for name, value in network.read_weights(model).items()})
        slopes = network.gradients(model, images.copy(), labels.copy())[1]
        found.update({"logits": np.array(network.logits(model, images.copy())),
                      "seven": np.array(network.logits(model, images[:7].copy())),
                      **{f"gradients/{name}": np.array(slopes[name]) for name in spec.SHAPES}})
    for _, batch in zip(range(MORE_STEPS), spec.batches(len(digits.train_labels), spec.EPOCHS)):
        losses.append(float(network.train_step(model, digits.train_images[batch].astype(dtype), digits.train_labels[batch])))
    found.update({name: np.array(value) for name, value in network.read_weights(model).items()})
    found["end"] = np.array(network.logits(model, images.copy()))
    return {"dtype": np.array(dtype), "losses": np.array(losses), **found}


def steps_rung(losses: list[float], path: list[spec.Weights]) -> Rung:
    """Rung 5 for a training that ran elsewhere, in many processes for instance.

    ``losses``: the mean loss of each of the first 10 global batches of ``spec.batches(size, 0)``, before the step; ``path``:
    the weights after each step, in the spec's layout.
    """
    if len(losses) != STEP_COUNT or len(path) != STEP_COUNT:
        raise ValueError(f"{len(losses)} losses and {len(path)} sets of weights, expected {STEP_COUNT} of each")
    passed, figures, message = _worst(_same_path(losses, path, expected()), STEPS, "in the first 10 steps,")
    return Rung("steps", passed, figures, "" if passed else message)


def climb_cells(functions: ModuleType, training: bool = True, artefact: bool = True, float64: bool = True) -> dict[str, Any]:
    """``climb`` for :func:`onecnn.cells.run`: the report as plain data."""
    return climb(*Network.of(functions), training=training, artefact=artefact, float64=float64).as_dict()


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


def _of_all(found: spec.Weights, wanted: spec.Weights) -> dict[str, float]:
    return _relative(found, {f"wanted/{name}": value for name, value in wanted.items()}, "wanted")


def _other_dtype(weights: spec.Weights) -> str:
    """The first dtype that is not float32, or nothing."""
    return next((str(value.dtype) for value in weights.values() if value.dtype != np.float32), "")


def _accepts(function: Callable[..., Any], *arguments: Any) -> bool:
    return _given(function, *arguments) is not None


def _given(function: Callable[..., Any], *arguments: Any) -> Any:
    """What the function gives: None where it refuses, and where it has nothing to give, ``True``."""
    try:
        found = function(*arguments)
    except side_effects.SideEffect:
        raise
    except Exception:
        return None
    return True if found is None else found


def _same_path(losses: list[float], path: list[spec.Weights], wanted: truth.Expected, kind: str = "step") -> dict[str, float]:
    """For each tensor, and the loss: the largest relative difference of all steps."""
    known = wanted["losses" if kind == "step" else "turn/losses"]
    figures: dict[str, float] = {}
    for step, (loss, weights) in enumerate(zip(losses, path)):
        found = _relative(weights, wanted, f"{kind}{step}")
        # one digit's loss can be next to nothing, and float32 cannot say that: 1 - p cancels
        found["loss"] = _max_difference(loss, known[step]) / max(float(known[step]), 1.0 if kind == "turn" else 0.0)
        for name, value in found.items():
            figures[name] = max(value, figures.get(name, 0.0))
    return figures


def _worst(figures: dict[str, float], tolerance: float, what: str) -> Outcome:
    name = max(figures, key=lambda key: figures[key])
    return figures[name] <= tolerance, figures, f"{what} {name} differs by more than {tolerance:g}"


def _first(figures: dict[str, float], tolerance: float, what: str) -> Outcome:
    """Names the first batch that fails, not the worst: of one mistake, two machines say the same."""
    case = next((name for name, value in figures.items() if not value <= tolerance), "")
    return not case, figures, f"{_where(case)}{what} by more than {tolerance:g}"


def _where(case: str) -> str:
    return "" if case == truth.CASES[0].name else f"({case}) "


def _copy(weights: spec.Weights) -> spec.Weights:
    """Copies, and the names in their order: what was given may be a view, or change."""
    return {name: np.array(value) for name, value in weights.items()}


def _double(weights: spec.Weights) -> spec.Weights:
    return {name: value.astype(np.float64) for name, value in weights.items()}


def _differ(one: spec.Weights, other: spec.Weights) -> bool:
    return any(_unequal(one[name], other[name]) for name in spec.SHAPES)


def _unequal(one: Any, other: Any) -> bool:
    """Not a number counts as itself: a network that gives it fails by the difference, and is told so."""
    return not np.array_equal(one, other, equal_nan=True)


class _Mallinfo(ctypes.Structure):
    """glibc's ``struct mallinfo2``: https://man7.org/linux/man-pages/man3/mallinfo.3.html (read 2026-11-30)."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"))


def _allocated() -> float:
    """MB that were asked for and not given back; 0 where the system's library does not say (glibc 2.33 does).

    What lies in memory would tell less: new arrays take the place of old ones.
    """
    gc.collect()
    try:
        ask = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError, TypeError):
        return 0.0
    ask.restype = _Mallinfo
    found = ask()
    return float(found.hblkhd + found.uordblks) / 2 ** 20


def _give_back_memory() -> None:
    """What was freed and lies between blocks that are in use, too: https://man7.org/linux/man-pages/man3/malloc_trim.3.html
    (read 2026-12-01). PyTorch's process becomes smaller by 140 MB. Other systems' libraries lack the function."""
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _memory() -> float:
    """MB of this process that lie in memory, whoever asked for them; 0 where the system does not say (it is not Linux)."""
    gc.collect()  # what nobody holds any more is no leak
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2 ** 20
    except OSError:
        return 0.0
