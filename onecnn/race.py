"""``course.py race``: times the frameworks' ``same-cnn`` cells against each other on this machine.

Two networks run a second time, through their framework's compiler: :data:`COMPILED`.

Every measurement is a process of its own, on as many cores as it is given threads. Rounds are interleaved (each framework
once, then each again, from another start), so that a machine that slows down slows all of them. Loading, the first step
(where graphs are compiled) and steady state are reported apart. There is no winner column: read the spread first.
"""
import argparse
import contextlib
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Optional

import numpy as np

from onecnn import cells, frameworks, lesson, mnist, networks, paths, spec

BATCHES, SECONDS = (1, 64, 512), 0.5
WARM_UP, LEAST = 3, 5  # calls before the timed ones; timed ones
CHAPTER = "03_comparison/05_race"

# glibc keeps freed memory: otherwise each large array may be fetched from the operating system anew, page by page, and it is
# chance who pays for it.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}

# Beside the chapters' own networks, and named as what they are. Its compiler gets no helpers: they would share the one core.
COMPILED = (
    networks.get("tensorflow")._replace(key="tensorflow-compiled", detail="(XLA)"),
    networks.get("pytorch")._replace(key="pytorch-compiled", detail="(torch.compile)",
                                     env={"TORCHINDUCTOR_COMPILE_THREADS": "1"}),
)


def entrants(keys: Optional[list[str]] = None) -> list[networks.Entry]:
    """All networks, or those with these keys; behind each its compiled form, where there is one, which has a key of its own.

    Raises ``KeyError`` with the known keys.
    """
    found: list[networks.Entry] = []
    for key in keys or networks.FRAMEWORKS:
        for one in [entry for entry in COMPILED if entry.key == key] or networks.choose([key]):
            found += [one, *(entry for entry in COMPILED if entry.key == f"{one.key}-compiled")]
    return found


def flops(training: bool) -> int:
    """Floating-point operations for one image: two for each multiply-add of the convolutions and the matrix products.

    Backward asks for two more such products in each layer, for the weight's gradient and the input's; the first layer needs
    no gradient of its input. Biases, relu, pooling, loss and update are left out: each is one operation for a number.
    """
    total, side = 0, spec.IMAGE_SHAPE[-1]
    for name, shape in spec.SHAPES.items():
        positions = 1
        if len(shape) == 4:
            side -= shape[-1] - 1
            positions, side = side * side, side // 2
        if name.endswith("weight"):
            products = 1 if not training else 2 if name == "conv1.weight" else 3
            total += products * 2 * positions * int(np.prod(shape))
    return total


def measure(functions: ModuleType, batch: int, seconds: float, compiled: str = "") -> dict[str, Any]:
    """Times one framework in this process: seconds, images a second, peak memory in GB, cores busy while it trains.

    Training steps, then inferences, of ``batch`` images are timed one by one, for about ``seconds`` each; the first call is
    reported apart and ``WARM_UP`` more are not. The rates are medians. Each call ends with its numbers in Python's hands, so
    that a framework which only queues its work is timed to the end of it.

    ``compiled``: the framework whose compiler the functions go through first (of the chapter's ``compiled.py``).
    """
    if compiled:
        cells.program(f"{CHAPTER}/compiled").COMPILERS[compiled](functions)
    digits = mnist.load()
    order = np.resize(next(spec.batches(len(digits.train_labels), 0)), batch)
    images, labels = digits.train_images[order], digits.train_labels[order]
    model, building = _timed(functions.build, spec.initial_weights())
    _, first_step = _timed(functions.train_step, model, images, labels)
    training, busy = _steady(seconds, functions.train_step, model, images, labels)
    _, first_inference = _timed(functions.logits, model, images)
    inference, _ = _steady(seconds, functions.logits, model, images)
    return {
        "load seconds": functions.load_seconds, "build seconds": building, "first step seconds": first_step,
        "first inference seconds": first_inference,
        "training images/s": batch / statistics.median(training),
        "inference images/s": batch / statistics.median(inference),
        "peak memory GB": _peak_memory(), "cores busy": busy, "timed steps": len(training), "versions": _loaded(),
    }


def measure_product(functions: ModuleType, seconds: float, size: int = 512) -> float:
    """GFLOP/s of NumPy's float32 matrix product in this process, at its fastest: what the processor can be made to do."""
    a, b = np.random.RandomState(0).rand(2, size, size).astype(np.float32)
    times, _ = _steady(seconds, np.matmul, a, b)
    return 2 * size ** 3 / min(times) / 1e9


def _timed(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - start


def _steady(seconds: float, function: Callable[..., Any], *arguments: Any) -> tuple[list[float], float]:
    """The time of each call, ``LEAST`` at least, after ``WARM_UP``; and how many cores were busy meanwhile."""
    for _ in range(WARM_UP):
        function(*arguments)
    times: list[float] = []
    start, worked = time.perf_counter(), time.process_time()
    while len(times) < LEAST or time.perf_counter() - start < seconds:
        times.append(_timed(function, *arguments)[1])
    return times, (time.process_time() - worked) / (time.perf_counter() - start)


def _peak_memory() -> Optional[float]:
    """Of this process, in GB; None on Windows. Linux counts in ``ru_maxrss`` what its parent held when it was started."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024 / 1e9
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if platform.system() == "Darwin" else 1024  # macOS counts bytes, the others kibibytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def _loaded() -> dict[str, str]:
    """The versions of Python and of the register's packages that this process has imported."""
    found = {entry.package: frameworks.version_here(entry) for entry in frameworks.FRAMEWORKS
             if entry.package and entry.package.lower().replace("-cpu", "") in sys.modules}
    return {"python": platform.python_version(), **found}


@contextlib.contextmanager
def _held_to(count: int) -> Iterator[None]:
    """Processes that are started meanwhile get ``count`` cores (Linux only).

    XLA takes a thread for each core that it sees, whatever ``OMP_NUM_THREADS`` says: jax-ml/jax issue 1539.
    """
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if before:
        os.sched_setaffinity(0, sorted(before)[-count:])
    try:
        yield
    finally:
        if before:
            os.sched_setaffinity(0, before)


def race(runners: list[networks.Entry], rounds: int, batches: Sequence[int] = BATCHES, seconds: float = SECONDS,
         say: Callable[[str], object] = print) -> dict[str, Any]:
    """Runs every network with every batch once a round.

    Returns ``conditions``; ``product GFLOP/s``, one value a round; ``results``: name -> batch (a string, as in JSON) ->
    figure -> one value a round; ``left out``: name -> why it could not run.
    """
    results: dict[str, dict[str, dict[str, list[Optional[float]]]]] = {}
    left_out: dict[str, str] = {}
    stamp, products, start = conditions(rounds, batches, seconds), [], time.perf_counter()
    with _held_to(int(stamp["threads"]["OMP_NUM_THREADS"])):
        for number in range(rounds):
            products.append(cells.run(networks.get("numpy").notebook, "onecnn.race:measure_product", seconds=seconds))
            turn = number * len(runners) // rounds
            for runner in runners[turn:] + runners[:turn]:
                try:
                    for batch in () if runner.name in left_out else batches:
                        figures = cells.run(runner.notebook, "onecnn.race:measure", env={**ALLOCATOR, **runner.env},
                                            batch=batch, seconds=seconds,
                                            compiled=runner.framework if runner in COMPILED else "")
                        stamp["versions"][runner.name] = figures.pop("versions")
                        row = results.setdefault(runner.name, {}).setdefault(str(batch), {})
                        for name, value in figures.items():
                            row.setdefault(name, []).append(value)
                        say(f"round {number + 1} of {rounds}: {runner.name:<24} batch {batch:>3} "
                            f"{figures['training images/s']:8.0f} training images/s")
                except (cells.KernelMissing, cells.RunFailed) as error:
                    left_out[runner.name] = str(error)
                    results.pop(runner.name, None)
                    say(f"round {number + 1} of {rounds}: {runner.name} left out: {error}")
    stamp["minutes"] = (time.perf_counter() - start) / 60
    ordered = {runner.name: results[runner.name] for runner in runners if runner.name in results}
    return {"conditions": stamp, "product GFLOP/s": products, "left out": left_out, "results": ordered}


def conditions(rounds: int, batches: Sequence[int], seconds: float) -> dict[str, Any]:
    """What a reader must know to judge the figures: machine, threads, time, sizes; versions come with the results."""
    threads = {name: os.environ.get(name, default) for name, default in lesson.THREADS.items()}
    return {"when": datetime.now(timezone.utc).isoformat(timespec="seconds"), "processor": _processor(),
            "system": f"{platform.system()} {platform.machine()}", "cores": os.cpu_count(), "threads": threads,
            "allocator": ALLOCATOR, "held to as many cores": hasattr(os, "sched_setaffinity"), "rounds": rounds,
            "batches": list(batches), "seconds": seconds,
            "flops": {"training": flops(True), "inference": flops(False)}, "versions": {}}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return (names or [platform.processor() or "unknown"])[0]


def table(outcome: dict[str, Any], batch: int) -> str:
    """The figures as text: the median of the rounds, and in brackets the lowest and the highest."""
    columns = ("load seconds", "first step seconds", "training images/s", "inference images/s", "peak memory GB")
    lines = [f"{f'batch {batch}':<24}" + "".join(f"{column:>24}" for column in columns)]
    for name, by_batch in outcome["results"].items():
        row = f"{name:<24}"
        for column in columns:
            values = [value for value in by_batch[str(batch)][column] if value is not None]
            digits = 0 if column.endswith("/s") else 2
            text = (f"{statistics.median(values):,.{digits}f} [{min(values):,.{digits}f}, {max(values):,.{digits}f}]"
                    if values else "-")
            row += f"{text:>24}"
        lines.append(row)
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="course.py race", description=(
        "Time the frameworks on this machine: interleaved rounds, one process a framework, batch and round. Close other "
        "programs first. The figures go to a JSON file with versions, threads and processor."))
    parser.add_argument("keys", nargs="*", metavar="FRAMEWORK", help=(
        f"of these: {' '.join(networks.FRAMEWORKS)} (default: all); keras-torch: Keras on one engine; "
        f"{' '.join(entry.key for entry in COMPILED)}: through the compiler alone"))
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--batch", type=int, nargs="+", default=BATCHES, metavar="N", help="sizes (default: 1 64 512)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of timed calls (default: {SECONDS})")
    parser.add_argument("--out", type=Path, default=paths.cache() / "race.json", help="default: .cache/race.json")
    options = parser.parse_args(arguments)
    try:
        runners = entrants(options.keys)
    except KeyError as error:
        parser.error(error.args[0])
    outcome = race(runners, options.rounds, options.batch, options.seconds)
    text = json.dumps(outcome, indent=1) + "\n"
    paths.write_atomically(options.out, lambda stream: stream.write(text.encode()))
    print(*(table(outcome, batch) for batch in options.batch), sep="\n\n")
    return 0 if outcome["results"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
