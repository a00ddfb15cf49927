"""Watches a training with PyTorch's profiler, and draws what it saw.

Import it before PyTorch: two variables keep the profiler's own log lines silent.
"""
import json
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("KINETO_LOG_LEVEL", "99")
os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")

from torch.profiler import ProfilerActivity, profile, record_function

from onecnn import lesson

INPUT, STEP = "get a batch", "train_step"


class Operation(NamedTuple):
    """A name of the trace, when it began and how long it took, both in milliseconds."""

    name: str
    start: float
    length: float


class Seen(NamedTuple):
    """What one training showed: its operations, and for the fastest step the seconds of the wall's
    clock and those that the processor worked."""

    operations: list
    wall: float
    cpu: float

    def of(self, name):
        return [one for one in self.operations if one.name == name]

    def count(self, name, during):
        """How often the operation began while a region ``during`` was open."""
        regions = [(one.start, one.start + one.length) for one in self.of(during)]
        return sum(start <= one.start < end for one in self.of(name) for start, end in regions)

    def share(self, name):
        """The part of the whole time that the regions of this name take."""
        return sum(one.length for one in self.of(name)) / sum(
            one.length for one in self.of(INPUT) + self.of(STEP))


def operations(file):
    """Those of a trace file that have a length, in order, from zero."""
    events = [one for one in json.loads(Path(file).read_text(encoding="utf-8"))["traceEvents"]
              if one.get("cat") in ("cpu_op", "user_annotation")]
    begin = min(one["ts"] for one in events)
    found = [Operation(one["name"], (one["ts"] - begin) / 1000, one["dur"] / 1000)
             for one in events]
    return sorted(found, key=lambda one: one.start)


def loop(train, source):
    """Trains on all that ``source`` gives, in two regions that the trace shows by name."""
    source = iter(source)
    while True:
        with record_function(INPUT):
            batch = next(source, None)
        if batch is None:
            return
        with record_function(STEP):
            train(*batch)


def clocked(train, source):
    """``(wall, cpu)``: the seconds of the fastest step, without the profiler."""
    times, source = [], iter(source)
    while True:
        wall, cpu = time.perf_counter(), time.process_time()
        batch = next(source, None)
        if batch is None:
            return min(times)
        train(*batch)
        times.append((time.perf_counter() - wall, time.process_time() - cpu))


def watch(train, way, digits, order):
    """A :class:`Seen` of the training on ``way(digits, order)``: clocked, then profiled."""
    wall, cpu = clocked(train, way(digits, order))
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        loop(train, way(digits, order[:3]))
    return Seen(written(profiler), wall, cpu)


def written(profiler):
    with tempfile.TemporaryDirectory() as folder:
        profiler.export_chrome_trace(f"{folder}/trace.json")
        return operations(f"{folder}/trace.json")


def draw(ax, seen, title):
    """Two lanes: whose turn it is, and when PyTorch computes."""
    for name, color in ((INPUT, lesson.ORANGE), (STEP, lesson.BLUE)):
        spans = [(one.start, one.length) for one in seen.of(name)]
        ax.broken_barh(spans, (1.1, 0.8), color=color, label=name)
    spans = [(one.start, max(one.length, 0.02)) for one in seen.operations
             if one.name.startswith("aten::")]
    ax.broken_barh(spans, (0.1, 0.8), color=lesson.BLACK, label="PyTorch computes")
    ax.set(yticks=[], title=title, xlabel="milliseconds")
    ax.spines["left"].set_visible(False)


def memory(profiler):
    """``(milliseconds, bytes)``: what is allocated after each change, of a profile with
    ``profile_memory=True``."""
    with tempfile.TemporaryDirectory() as folder:
        profiler.export_chrome_trace(f"{folder}/trace.json")
        text = Path(folder, "trace.json").read_text(encoding="utf-8")
    changes = sorted((one["ts"], one["args"]["Bytes"]) for one in json.loads(text)["traceEvents"]
                     if one["name"] == "[memory]")
    times, held, now = [], [], 0
    for moment, change in changes:
        now += change
        times.append((moment - changes[0][0]) / 1000)
        held.append(now)
    return times, held
