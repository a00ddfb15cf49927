"""Lets every fault of ``onecnn/faults.py`` climb, trains it in float32, and writes ``faults.json``.

By hand: ``PYTHONPATH=. .venv/bin/python notebooks/03_comparison/02_museum_of_bugs/measure.py``

Two at a time, each in a process of its own, twenty minutes in all. For each: the rung that broke
(or null), what the ladder said, and the accuracy after five epochs (null where training crashes).
"""
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

from onecnn import bugs, cells, expected, ladder, lesson, mnist, spec

FILE = Path(__file__).with_name("faults.json")


def accuracy(network):
    digits, model = mnist.load(), network.build(spec.initial_weights())
    for batch in expected.recipe(len(digits.train_labels)):
        network.train_step(model, digits.train_images[batch], digits.train_labels[batch])
    answers = np.asarray(network.logits(model, digits.test_images)).argmax(axis=1)
    return float((answers == digits.test_labels).mean())


def one(functions, key):
    """What ``cells.run`` asks of PyTorch's cells."""
    torch.manual_seed(0)
    bug = bugs.get(key)
    # a file's fault needs no training to be found, and training takes most of the time
    report = ladder.climb(*bugs.break_it(functions, key), training=bug.rung != "artefact")
    said = next((rung.message for rung in report.rungs if rung.passed is False), "")
    try:
        score = accuracy(bugs.break_it(functions, key))
    except Exception:
        score = None
    return {"rung": report.failed_rung, "said": said, "accuracy": score}


def main():
    def measured(bug):
        found = cells.run("02_frameworks/02_pytorch", "03_comparison/02_museum_of_bugs/measure:one",
                          env=lesson.THREADS, key=bug.key, timeout=600)
        print(f"{bug.key:<18}{found['rung']}  {found['accuracy']}", flush=True)
        return found

    faults = (*bugs.BUGS, *bugs.ATTACKS, *bugs.UNSEEN)
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip((bug.key for bug in faults), pool.map(measured, faults)))
    made = {"date": time.strftime("%Y-%m-%d"), "made from": bugs.made_from(), "faults": found}
    FILE.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
