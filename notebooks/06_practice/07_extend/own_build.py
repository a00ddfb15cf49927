"""The doors through which frameworks reach ``first_winner.h``: compiled once, kept in the cache.

Where there is no compiler, or it fails, NumPy stands in behind the same door, and ``left_out`` says
why.
"""
import ctypes
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from onecnn import paths, reference

FOLDER = Path(__file__).parent
left_out: dict = {}  # by door, why it was not compiled
seconds: dict = {}  # by door, how long its compiler took; 0 from the cache


def forward(x):
    return reference.max_pool(x)[0].astype(x.dtype)


def backward(upstream, x):
    return reference.max_pool_backward(upstream, reference.max_pool(x)[1], x.shape)


def compiler():
    if os.name == "nt" or "compiler" in os.environ.get("ONECNN_WITHOUT", "").split(","):
        return None
    return shutil.which("g++") or shutil.which("clang++")


def compiled(door, flags, made_for):
    """The library made from ``for_DOOR.cpp``, or None. ``made_for``: the framework's version."""
    source, found = FOLDER / f"for_{door}.cpp", compiler()
    if not found:
        left_out[door] = ("the course compiles on Linux and macOS only" if os.name == "nt"
                          else "there is no C++ compiler here")
        return None
    if sys.platform == "darwin":
        flags = [*flags, "-undefined", "dynamic_lookup"]
    command = [found, "-std=c++17", "-O2", "-w", "-shared", "-fPIC", str(source), *flags]
    text = source.read_text() + (FOLDER / "first_winner.h").read_text() + made_for
    key = hashlib.sha256(f"{text} {command} {platform.platform()}".encode()).hexdigest()[:16]
    library = paths.cache() / "extend" / f"{door}-{key}.so"
    seconds[door] = 0.0
    if not library.exists():
        library.parent.mkdir(exist_ok=True)
        start = time.perf_counter()
        with tempfile.TemporaryDirectory(dir=library.parent) as folder:
            unfinished = Path(folder, "library.so")
            try:
                subprocess.run([*command, "-o", str(unfinished)], check=True, timeout=300,
                               stdin=subprocess.DEVNULL, capture_output=True)
            except (OSError, subprocess.SubprocessError) as error:
                said = getattr(error, "stderr", None) or str(error).encode()
                left_out[door] = said.decode(errors="replace").strip().splitlines()[0]
                return None
            unfinished.replace(library)
        seconds[door] = time.perf_counter() - start
    return library


def report(door):
    """One line for a learner: which of the two stands behind this door."""
    if door in left_out:
        return f"NumPy stands in behind the door for {door}: {left_out[door]}"
    taken = f"compiled in {seconds[door]:.1f} s" if seconds[door] else "from the cache"
    return f"C++ stands behind the door for {door}, {taken}"


def for_torch():
    """Makes ``torch.ops.onecnn.pool`` and ``pool_grad``."""
    import torch
    root = Path(torch.__file__).parent
    library = compiled("torch", [f"-I{root / 'include'}", f"-L{root / 'lib'}", "-ltorch_cpu"],
                       torch.__version__)
    if library:
        torch.ops.load_library(library)
        return

    def pool(x: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(forward(x.detach().numpy()))

    def pool_grad(upstream: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(backward(upstream.detach().numpy(), x.detach().numpy()))

    for function in (pool, pool_grad):
        schema = torch.library.infer_schema(function, mutates_args=())
        torch.library.define(f"onecnn::{function.__name__}", schema)
        torch.library.impl(f"onecnn::{function.__name__}", "cpu", function)


def for_jax():
    """A function ``(name, out, *arrays)`` that calls ``pool`` or ``pool_grad``."""
    import jax
    library = compiled("jax", [f"-I{jax.ffi.include_dir()}"], jax.lib.__version__)
    if not library:
        stand_ins = {"pool": forward, "pool_grad": backward}
        import numpy as np
        return lambda name, out, *arrays: jax.pure_callback(
            lambda *given: stand_ins[name](*map(np.asarray, given)), out, *arrays)
    loaded = ctypes.CDLL(str(library))
    for name in ("pool", "pool_grad"):
        for dtype in ("float32", "float64"):
            handler = jax.ffi.pycapsule(getattr(loaded, f"{name}_{dtype}"))
            jax.ffi.register_ffi_target(f"onecnn_{name}_{dtype}", handler, platform="cpu")
    return lambda name, out, *arrays: jax.ffi.ffi_call(f"onecnn_{name}_{out.dtype}", out)(*arrays)


def for_tensorflow():
    """``(pool, pool_grad)``, as functions of tensors."""
    # What tf.sysconfig would say, but the compiler shall be done before TensorFlow takes memory.
    root = Path(importlib.util.find_spec("tensorflow").origin).parent
    package = importlib.metadata.packages_distributions()["tensorflow"][0]  # or tensorflow-cpu
    name = "tensorflow_framework.2" if sys.platform == "darwin" else ":libtensorflow_framework.so.2"
    flags = [f"-I{root / 'include'}", "-D_GLIBCXX_USE_CXX11_ABI=1", "-DEIGEN_MAX_ALIGN_BYTES=64",
             f"-L{root}", f"-l{name}"]
    library = compiled("tensorflow", flags, importlib.metadata.version(package))
    import tensorflow as tf
    if library:
        loaded = tf.load_op_library(str(library))
        return loaded.onecnn_pool, loaded.onecnn_pool_grad

    def pool(x):
        y = tf.numpy_function(forward, [x], x.dtype)
        return tf.ensure_shape(y, [x.shape[0], x.shape[1], x.shape[2] // 2, x.shape[3] // 2])

    def pool_grad(upstream, x):
        return tf.ensure_shape(tf.numpy_function(backward, [upstream, x], x.dtype), x.shape)

    return pool, pool_grad
