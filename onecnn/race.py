"""``course.py race``: times the frameworks' ``same-cnn`` cells against each other on this machine.

Every measurement is a process of its own. Rounds are interleaved (each framework once, then each again, the order turned), so
that a machine that slows down slows all of them. Loading, the first step (where graphs are compiled) and steady state are
reported apart. There is no winner column: read the spread first.
"""
import argparse
import json
import os
import platform
import statistics
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple, Optional

import numpy as np

from onecnn import cells, frameworks, lesson, mnist, paths, spec

WARM_UP = 3


class Entrant(NamedTuple):
    """Who races: a name, the notebook that holds the cells, and environment variables for its process."""

    name: str
    notebook: str
    env: dict[str, str]


def entrants(keys: Optional[list[str]] = None) -> list[Entrant]:
    """Every framework of the register that has a notebook, or those named; Keras once for each backend."""
    chosen = [frameworks.get(key) for key in keys] if keys else list(frameworks.FRAMEWORKS)
    result = []
    for entry in chosen:
        if not entry.notebook:
            continue
        backends = ("tensorflow", "torch", "jax") if entry.key == "keras" else (None,)
        for backend in backends:
            name = f"{entry.name} on {backend}" if backend else entry.name
            result.append(Entrant(name, entry.notebook, {"KERAS_BACKEND": backend} if backend else {}))
    return result


def measure(functions, batch: int, steps: int) -> dict:
    """Times one framework in this process: seconds, images a second, peak memory in GB.

    ``steps`` training steps and as many inferences of ``batch`` images are timed one by one, after a first call that is
    reported apart and ``WARM_UP`` more that are not; the figures are medians.
    """
    digits = mnist.load()
    order = np.resize(next(spec.batches(len(digits.train_labels), 0)), batch)
    images, labels = digits.train_images[order], digits.train_labels[order]
    model, building = _timed(functions.build, spec.initial_weights())
    _, first_step = _timed(functions.train_step, model, images, labels)
    training = [_timed(functions.train_step, model, images, labels)[1] for _ in range(WARM_UP + steps)][WARM_UP:]
    _, first_inference = _timed(functions.logits, model, images)
    inference = [_timed(functions.logits, model, images)[1] for _ in range(WARM_UP + steps)][WARM_UP:]
    return {
        "load seconds": functions.load_seconds, "build seconds": building, "first step seconds": first_step,
        "first inference seconds": first_inference,
        "training images/s": batch / statistics.median(training),
        "inference images/s": batch / statistics.median(inference),
        "peak memory GB": _peak_memory(),
    }


def _timed(function, *arguments):
    start = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - start


def _peak_memory() -> Optional[float]:
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if platform.system() == "Darwin" else 1024  # macOS counts bytes, Linux kibibytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def race(runners: list[Entrant], rounds: int, batch: int, steps: int, say=print) -> dict:
    """Runs every entrant once a round; returns conditions and ``results``: name -> figure -> one value a round.

    An entrant that cannot run is named under ``left out``, with the reason.
    """
    results: dict[str, dict[str, list]] = {}
    left_out: dict[str, str] = {}
    for number in range(rounds):
        turn = number % len(runners)
        for runner in runners[turn:] + runners[:turn]:
            if runner.name in left_out:
                continue
            try:
                figures = cells.run(runner.notebook, "onecnn.race:measure", env=runner.env, batch=batch, steps=steps)
            except (cells.KernelMissing, cells.RunFailed) as error:
                left_out[runner.name] = str(error)
                results.pop(runner.name, None)
                say(f"round {number + 1}: {runner.name} left out: {error}")
                continue
            for name, value in figures.items():
                results.setdefault(runner.name, {}).setdefault(name, []).append(value)
            say(f"round {number + 1}: {runner.name:<22} {figures['training images/s']:8.0f} training images/s")
    return {"conditions": conditions(rounds, batch, steps), "left out": left_out, "results": results}


def conditions(rounds: int, batch: int, steps: int) -> dict:
    """What a reader must know to judge the figures: machine, threads, versions, time, sizes."""
    threads = {name: os.environ.get(name, default) for name, default in lesson.THREADS.items()}
    return {"when": datetime.now(timezone.utc).isoformat(timespec="seconds"), "processor": _processor(),
            "system": f"{platform.system()} {platform.machine()}", "cores": os.cpu_count(), "threads": threads,
            "rounds": rounds, "batch": batch, "steps": steps, "python": platform.python_version(),
            "versions": {name: pin for file in ("course", "museum") for name, pin in _pins(file).items()
                         if name in {entry.package for entry in frameworks.FRAMEWORKS}}}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _pins(file: str) -> dict[str, str]:
    lines = (paths.ROOT / "requirements" / f"{file}.txt").read_text().splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if "==" in line.split(" ")[0])


def table(outcome: dict) -> str:
    """The figures as text: the median of the rounds, and in brackets the lowest and the highest."""
    columns = ("load seconds", "first step seconds", "training images/s", "inference images/s", "peak memory GB")
    lines = [f"{'':<22}" + "".join(f"{column:>24}" for column in columns)]
    for name, figures in outcome["results"].items():
        row = f"{name:<22}"
        for column in columns:
            values = [value for value in figures[column] if value is not None]
            digits = 0 if column.endswith("/s") else 2
            text = (f"{statistics.median(values):,.{digits}f} [{min(values):,.{digits}f}, {max(values):,.{digits}f}]"
                    if values else "-")
            row += f"{text:>24}"
        lines.append(row)
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="course.py race", description=(
        "Time the frameworks on this machine: interleaved rounds, one process a framework and round. Close other programs "
        "first. The figures go to a JSON file with versions, threads and processor."))
    parser.add_argument("keys", nargs="*", metavar="FRAMEWORK", help="keys of the register, e.g. pytorch mxnet (default: all)")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--batch", type=int, default=spec.BATCH, help=f"images in a batch (default: {spec.BATCH})")
    parser.add_argument("--steps", type=int, default=60, help="timed steps a round (default: 60)")
    parser.add_argument("--out", type=Path, default=paths.cache() / "race.json", help="default: .cache/race.json")
    options = parser.parse_args(arguments)
    try:
        runners = entrants(options.keys)
    except KeyError as error:
        parser.error(error.args[0])
    outcome = race(runners, options.rounds, options.batch, options.steps)
    text = json.dumps(outcome, indent=1)
    paths.write_atomically(options.out, lambda stream: stream.write(text.encode()))
    print(table(outcome))
    return 0 if outcome["results"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
