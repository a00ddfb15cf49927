"""PyTorch: milliseconds of a training step and of its pooling, by layout and by number of threads.
Prints JSON.

With them, by layout, how far apart in memory two neighbouring channels of a pixel lie, in numbers.

By hand, in the repository:
    PYTHONPATH=. .venv/bin/python notebooks/03_comparison/06_hardware/pytorch_layout.py
"""
import json
import time

from onecnn import cells, mnist, spec

LAYOUTS = {"channels first": "contiguous_format", "channels last": "channels_last"}


def best(call, seconds):
    """Milliseconds of the shortest of many calls: what disturbs a call can only lengthen it."""
    call()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def main():
    pytorch, digits, found = cells.functions("02_frameworks/02_pytorch"), mnist.load(), {}
    torch = pytorch.torch
    batch = next(spec.batches(len(digits.train_labels), 0))
    images, labels = digits.train_images[batch], digits.train_labels[batch]
    for layout, name in LAYOUTS.items():
        memory_format = getattr(torch, name)
        model = pytorch.build(spec.initial_weights()).to(memory_format=memory_format)
        x = torch.rand(64, 16, 26, 26).contiguous(memory_format=memory_format)
        found[f"apart, {layout}"] = x.stride(1)
        with torch.inference_mode():
            found[f"pooling, {layout}"] = best(lambda x=x: torch.nn.functional.max_pool2d(x, 2),
                                               0.1)
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found[f"step, {layout}, {threads}"] = best(
                lambda model=model: pytorch.train_step(model, images, labels), 0.4)
        torch.set_num_threads(1)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
