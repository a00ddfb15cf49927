"""Is each chapter as fast as the loops that its framework's documentation shows?

By hand: ``PYTHONPATH=. .venv/bin/python notebooks/03_comparison/05_race/audit.py --out FILE``, half
an hour on a quiet machine.

``train_step`` and ``logits`` start from NumPy and give back numbers each time; the loops of
``documented_loops.py`` have their batches in the framework's own tensors, and read nothing between
the steps. Both run in one process, by turns, on one thread, with the race's settings of the
allocator. An existing FILE keeps the frameworks that are not measured again.
"""
import argparse
import json
import statistics
import sys
import time
from itertools import cycle, islice
from pathlib import Path

from onecnn import cells, mnist, networks, paths, race, spec

CHAPTER = "03_comparison/05_race"
FILE = paths.programs(CHAPTER) / "audit.json"
OURS = {"training": "train_step", "inference": "logits"}
STEPS = {1: 100, 64: 20, 512: 5}  # a turn, by the batch
TURNS = 10
ENOUGH = 0.95  # of the fastest documented loop
WHY = {  # below ENOUGH with 64 or 512 images because ...
    "Theano": "training: it pools in four slices, for `pool_2d` pays every pixel of a tie, and the "
              "ladder refuses that gradient; this costs Theano a tenth in the race, too",
    "MXNet": "64 images: perhaps because each call waits for its images to come in and its numbers "
             "to go out, where the documented loop fills a queue and waits once",
    "PyTorch": "inference: the fastest loop is that of torch.compile, in the race an entrant of "
               "its own; of the fastest plain loop the chapter has nine tenths",
    "Keras on jax": "the documented `fit` and `predict` hand over many batches at once; with 512 "
                    "images training gains nothing by it",
}


def compare(functions, key, kind, batch, turns=TURNS):
    """Milliseconds a step of the chapter's function and of each documented loop, one value a turn,
    in this process."""
    digits, steps = mnist.load(), STEPS[batch]
    starts = list(range(0, len(digits.train_labels) - batch + 1, batch))[:steps]
    batches = [(digits.train_images[start:start + batch], digits.train_labels[start:start + batch])
               for start in starts]
    model = functions.build(spec.initial_weights())

    def ours(steps):
        for images, labels in islice(cycle(batches), steps):
            if kind == "training":
                functions.train_step(model, images, labels)
            else:
                functions.logits(model, images)

    documented = getattr(cells.program(f"{CHAPTER}/documented_loops"), key)
    loops = [(OURS[kind], "", ours), *documented(batches, spec.initial_weights(), kind)]
    first, times = {}, {name: [] for name, _, _ in loops}
    for name, _, run in loops:
        first[name] = -time.perf_counter()
        run(steps)
        first[name] += time.perf_counter()
    for turn in range(turns):
        for name, _, run in loops[turn % len(loops):] + loops[:turn % len(loops)]:
            start = time.perf_counter()
            run(steps)
            times[name].append(round((time.perf_counter() - start) / steps * 1000, 4))
    return {name: {"page": page, "first seconds": first[name], "ms": times[name]}
            for name, page, _ in loops}


def share(loops):
    """Throughput of the chapter's function divided by the fastest documented loop's: the median of
    the quotients, turn by turn."""
    own, fastest = _own_and_fastest(loops, statistics.median)
    return statistics.median(other / mine for mine, other in zip(own, fastest))


def share_of_minima(loops):
    """The same, of each loop's fastest turn: what it does when nothing disturbs it."""
    own, fastest = _own_and_fastest(loops, min)
    return min(fastest) / min(own)


def _own_and_fastest(loops, by):
    ours = next(name for name in OURS.values() if name in loops)
    others = (loop["ms"] for name, loop in loops.items() if name != ours)
    return loops[ours]["ms"], min(others, key=by)


def stored():
    """What is in FILE: name -> case -> loop -> its page and its milliseconds."""
    return {name: found["cases"] for name, found in json.loads(FILE.read_text()).items()}


def below(results):
    """(name, case, share) of what stays below ENOUGH by the medians and by the quickest turns,
    batches of 1 left out: there the loops differ by the door, which NumPy's images enter and the
    numbers leave."""
    found = ((name, case, max(share(loops), share_of_minima(loops)))
             for name, cases in results.items() for case, loops in cases.items())
    return [one for one in found if one[2] < ENOUGH and not one[1].endswith("batch 1")]


def door(loops):
    """Milliseconds that a call of the chapter's function takes longer than the fastest loop's step,
    by the medians; negative where it is shorter."""
    own, fastest = _own_and_fastest(loops, statistics.median)
    return statistics.median(own) - statistics.median(fastest)


def main(arguments):
    parser = argparse.ArgumentParser(prog="audit.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("keys", nargs="*", help="of the race's frameworks (default: all but NumPy)")
    parser.add_argument("--batch", type=int, nargs="+", default=list(STEPS))
    parser.add_argument("--kind", nargs="+", default=list(OURS))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    stamp = race.conditions(TURNS, options.batch, 0)
    kept = options.out.read_text() if options.out and options.out.exists() else "{}"
    results = {}
    keys = options.keys or [key for key in networks.FRAMEWORKS if key != "numpy"]
    with race._held_to(1):
        for runner, kind, batch in ((runner, kind, batch) for runner in networks.choose(keys)
                                    for kind in options.kind for batch in options.batch):
            loops = cells.run(runner.notebook, f"{CHAPTER}/audit:compare", key=runner.framework,
                              kind=kind, batch=batch, env={**runner.env, **race.ALLOCATOR})
            results.setdefault(runner.name, {})[f"{kind}, batch {batch}"] = loops
            print(f"{runner.name:<20} {kind:<9} {batch:>3}  {share(loops):.2f} "
                  f"{share_of_minima(loops):.2f}  "
                  + "; ".join(f"{name} {statistics.median(loop['ms']):.2f}"
                              for name, loop in loops.items()), flush=True)
    if options.out:
        found = {**json.loads(kept), **{name: {"conditions": stamp, "cases": cases}
                                        for name, cases in results.items()}}
        found = {one.name: found[one.name] for one in networks.NETWORKS if one.name in found}
        text = json.dumps(found, indent=1) + "\n"
        paths.write_atomically(options.out, lambda stream: stream.write(text.encode()))
    return 1 if below(results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
