"""Collects into ``reports.json`` what the chapter shows of every network: its climb to the top, and
its training in float32.

By hand: ``PYTHONPATH=. .venv/bin/python notebooks/03_comparison/01_parity_ladder/collect.py``

The climb is the one that the network's own chapter saved on this machine; where it has saved none,
the network climbs now. ``made_from`` is a hash of its cells, the ladder, the spec and the
reference: a test asks that it is today's.
"""
import json
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from onecnn import cells, expected, ladder, lesson, mnist, networks, reference, trained

FILE = Path(__file__).with_name("reports.json")


def report_of(network):
    found = ladder.kept(network.key)
    if found is None or found.failed_rung or not found.passed:
        print(f"{network.name} climbs", flush=True)
        found = ladder.Report.from_dict(
            cells.run(network.notebook, "onecnn.ladder:climb_cells", float64=network.float64,
                      env={**lesson.THREADS, **network.env}, timeout=600))
        found.save(network.key)
    return found


def distances(losses):
    """|loss - reference's| / reference's, before each step: three digits are enough to be drawn."""
    right = expected.expected()["losses"]
    return [float(f"{value:.2e}") for value in np.abs(np.array(losses) - right) / right]


def of(network):
    report = report_of(network)
    # the float32 training is made once for each framework
    weights = trained.weights(network.key)
    answers = reference.logits(weights, mnist.load().test_images).argmax(axis=1)
    rungs = [{"name": rung.name, "passed": rung.passed, "asked": rung.asked,
              "measured": {name: float(f"{value:.3g}") for name, value in rung.measured.items()}}
             for rung in report.rungs]
    return {"made_from": ladder.made_from(network.key), "rungs": rungs,
            "float64": distances(report.losses) if network.float64 else None,
            "float32": distances(trained.losses(network.key)),
            "answers": "".join(str(answer) for answer in answers)}


def main():
    trained.train_all()
    with ThreadPoolExecutor(2) as pool:
        all_of_them = list(pool.map(of, networks.NETWORKS))
    found = {network.key: one for network, one in zip(networks.NETWORKS, all_of_them)}
    made = {"date": time.strftime("%Y-%m-%d"), "machine": platform.machine(), "networks": found}
    lines = json.dumps(made, indent=1)
    FILE.write_text(lines + "\n", encoding="utf-8")
    print(f"{FILE.name}: {len(found)} networks, {len(lines) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
