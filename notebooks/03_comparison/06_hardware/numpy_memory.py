"""The network by hand: page faults and milliseconds of a training step, as the C library's
allocator is set. Prints JSON.

By hand, in the repository:
    PYTHONPATH=. .venv/bin/python notebooks/03_comparison/06_hardware/numpy_memory.py
"""
import json
import resource
import time

from onecnn import cells, mnist, spec

functions = cells.functions("01_history/02_by_hand")


def main(steps=12):
    digits = mnist.load()
    batch = next(spec.batches(len(digits.train_labels), 0))
    images, labels = digits.train_images[batch], digits.train_labels[batch]
    model, times = functions.build(spec.initial_weights()), []
    for step in range(steps):
        if step == 2:  # the first steps fetch memory in any case
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        start = time.perf_counter()
        functions.train_step(model, images, labels)
        times.append(time.perf_counter() - start)
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    print(json.dumps({"page faults": faults / (steps - 2), "milliseconds": 1000 * min(times[2:])}))


if __name__ == "__main__":
    main()
