"""How many bytes an evaluation holds at its peak: with the record of autograd kept, and without.

    python hoard.py

Prints ``{"watcher": ..., "kept": bytes, "let go": bytes}``. memray sees each allocation, those of
PyTorch, too. Where it cannot be had (Windows), the process's own size has to do.
"""
import json
import tempfile
from pathlib import Path

import torch

from onecnn import cells, mnist, spec

try:
    import memray
except ImportError:
    memray = None


def evaluate(pytorch, model, images):
    return [model(torch.from_numpy(part)) for part in images]


def peak(task, folder, name):
    if memray is None:
        import psutil

        before, kept = psutil.Process().memory_info().rss, task()
        return psutil.Process().memory_info().rss - before + 0 * len(kept)
    file = Path(folder, name)
    with memray.Tracker(file):
        kept = task()
    del kept
    return memray.FileReader(file).metadata.peak_memory


def main():
    pytorch = cells.functions("02_frameworks/02_pytorch")
    model = pytorch.build(spec.initial_weights())
    images = [mnist.load().test_images[start:start + 100] for start in range(0, 1000, 100)]
    evaluate(pytorch, model, images[:1])  # what the first call alone needs
    with tempfile.TemporaryDirectory() as folder:
        kept = peak(lambda: evaluate(pytorch, model, images), folder, "kept")
        with torch.no_grad():
            gone = peak(lambda: evaluate(pytorch, model, images), folder, "gone")
    print(json.dumps({"watcher": "memray" if memray else "the system", "kept": kept,
                      "let go": gone}))


if __name__ == "__main__":
    main()
