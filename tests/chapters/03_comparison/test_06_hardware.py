"""The workers of the chapter on hardware: the moved network is the same, a short format is not, and the tools see faults."""
import json
import platform

import numpy as np
import pytest

from onecnn import bugs, cells, ladder, launch, paths

WORKERS = paths.programs("03_comparison/06_hardware")


@pytest.fixture(scope="module")
def hardware_figures():
    return cells.program("03_comparison/06_hardware/hardware_figures")


@pytest.fixture(scope="module")
def pytorch():
    return cells.functions("02_frameworks/02_pytorch")


def said(text):
    """What a worker printed last, as data."""
    return json.loads(text.strip().splitlines()[-1])


def test_figures_are_the_ladders_own(hardware_figures, pytorch):
    report = ladder.climb(*bugs.break_it(pytorch, ()), training=False, artefact=False)
    figures, measured = hardware_figures.figures(pytorch), {rung.name: rung.measured for rung in report.rungs}
    for rung in ("logits", "loss"):
        assert figures[rung] == pytest.approx(measured[rung]["first batch"], rel=1e-6, abs=1e-12)
    assert 0 < figures["gradients"] <= max(measured["gradients"].values())
    assert all(figures[rung] <= limit for rung, limit in hardware_figures.ALLOWED.items())
    assert hardware_figures.climb(pytorch)["failed"] is None


@pytest.mark.parametrize("bug", ["flatten", "sum", "halves", "momentum"])
def test_figures_go_on_where_the_climb_ends(hardware_figures, pytorch, bug):
    broken, rung = bugs.break_it(pytorch, bug), bugs.get(bug).rung
    figures = hardware_figures.figures(broken)
    assert figures[rung] > hardware_figures.ALLOWED[rung]
    assert np.isfinite(list(figures.values())).all()
    assert hardware_figures.climb(broken)["failed"] == rung
    below = list(hardware_figures.ALLOWED)[:list(hardware_figures.ALLOWED).index(rung)]
    assert all(figures[name] <= hardware_figures.ALLOWED[name] for name in below)


def test_network_on_another_device_is_the_same_and_in_bfloat16_another(hardware_figures):
    """PyTorch takes the best device there is, JAX a second processor."""
    torch, jax = map(said, launch.run([[WORKERS / "pytorch_hardware.py"], [WORKERS / "jax_hardware.py"]], timeout=240))
    assert torch["failed"] is None or torch["moved to"] != "cpu"
    assert jax["moved to"] == "cpu:1" and jax["failed"] is None
    assert jax["asked for a GPU"] is None
    assert all(jax["bfloat16"][rung] > 10 * limit for rung, limit in hardware_figures.ALLOWED.items())


def test_tensorflow_goes_on_without_a_gpu_unless_it_is_strict():
    found, = map(said, launch.run([[WORKERS / "tensorflow_hardware.py"]], timeout=240))
    assert (found["moved to"], found["failed"]) == ("CPU:1", None)
    assert found["asked for a GPU"].startswith("CPU") and found["asked strictly"] is None


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="oneDNN's caps are names of x86 instruction sets")
def test_a_capped_processor_runs_older_instructions():
    capped, free = launch.run([[WORKERS / "pytorch_isa.py"]] * 2, timeout=120,
                              envs=[{"ONEDNN_MAX_CPU_ISA": "SSE41"}, {"ONEDNN_MAX_CPU_ISA": None, "DNNL_MAX_CPU_ISA": None}])
    kernels = [next(line.split(",")[6] for line in text.splitlines() if ",exec,cpu,convolution," in line)
               for text in (capped, free)]
    assert "sse41" in kernels[0] and kernels[1] != kernels[0]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the variables are those of glibc's allocator")
def test_a_low_threshold_makes_page_faults():
    gigabyte = str(1 << 30)
    low, high = map(said, launch.run([[WORKERS / "numpy_memory.py"]] * 2, timeout=120, envs=[
        {"MALLOC_MMAP_THRESHOLD_": "131072"}, {"MALLOC_MMAP_THRESHOLD_": gigabyte, "MALLOC_TRIM_THRESHOLD_": gigabyte}]))
    assert low["page faults"] > 20 * max(high["page faults"], 1)
