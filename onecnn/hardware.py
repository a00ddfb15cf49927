"""The register of devices: how each framework reaches each kind of hardware. The table of the chapter on hardware.

Each entry names one source, read on ``frameworks.CHECKED`` or on a later day that it names. What no source told is left out.
Keras is not here: it has no device code of its own, and goes where one of its engines goes.
"""
from typing import NamedTuple

from onecnn.frameworks import CHECKED, Source

STATES = {
    "official": "in the framework's own releases",
    "plug-in": "a package or build by the hardware's maker",
    "community": "somebody else's",
    "gone": "it existed, and was ended, or does not work with current versions",
}


class Support(NamedTuple):
    """How ``framework`` (a key of the register) reaches ``device``: a key of ``STATES``, the source, a restriction."""

    device: str
    framework: str
    state: str
    source: Source
    note: str = ""


GITHUB = "https://github.com/"
NEURON = "https://awsdocs-neuron.readthedocs-hosted.com/en/v2.29.1/frameworks/index.html"
INSTALL = {  # where each framework says how it is installed, for the CPU and for NVIDIA's GPUs
    "tensorflow": "https://www.tensorflow.org/install/pip",
    "pytorch": "https://pytorch.org/get-started",
    "jax": "https://docs.jax.dev/en/latest/installation.html",
    "mxnet": GITHUB + "apache/mxnet/tree/master/docs/static_site/src/_includes/get_started",
    "caffe": "https://caffe.berkeleyvision.org/installation",
    "theano": GITHUB + "Theano/Theano/blob/master/doc/tutorial/using_gpu.txt",
    "chainer": "https://docs.chainer.org/en/v5.1.0/install.html",
}
_TABLE: dict[str, dict[str, tuple[str, ...]]] = {  # device: framework: state, source, note
    "CPU": {framework: ("official", page) for framework, page in INSTALL.items()},
    "NVIDIA GPU": {**{framework: ("official", page) for framework, page in INSTALL.items()},
                   "tensorflow": ("official", INSTALL["tensorflow"], "Windows: up to 2.10")},
    "AMD GPU": {
        "pytorch": ("official", "https://docs.pytorch.org/docs/stable/notes/hip.html", "is called 'cuda'"),
        "jax": ("official", INSTALL["jax"]),
        "tensorflow": ("plug-in", "https://rocm.docs.amd.com/en/docs-7.1.0/reference/api-libraries.html", "AMD's build"),
        "theano": ("official", INSTALL["theano"], "OpenCL, incomplete"),
        "chainer": ("official", "https://docs.cupy.dev/en/v7.8.0/search.html", "experimental"),
        "caffe": ("community", GITHUB + "BVLC/caffe/tree/opencl", "OpenCL branch"),
        "mxnet": ("gone", GITHUB + "apache/mxnet/issues/6257", "fork, not merged"),
    },
    "Intel GPU": {
        "pytorch": ("official", "https://docs.pytorch.org/docs/stable/notes/get_start_xpu.html", "prototype"),
        "jax": ("plug-in", INSTALL["jax"], "experimental"),
        "tensorflow": ("gone", GITHUB + "intel/intel-extension-for-tensorflow/releases", "ends at TF 2.15"),
    },
    "Apple GPU": {
        "pytorch": ("official", GITHUB + "pytorch/pytorch/blob/main/docs/source/notes/mps.rst"),
        "tensorflow": ("gone", GITHUB + "tensorflow/tensorflow/pull/126360", "not after TF 2.19"),
        "jax": ("community", GITHUB + "jax-ml/jax/pull/34485", "jax-mps; jax-metal is gone"),
    },
    "any GPU, DirectML": {
        "tensorflow": ("gone", GITHUB + "microsoft/tensorflow-directml-plugin", "paused"),
        "pytorch": ("gone", GITHUB + "Vladmandic/sdnext/wiki/DirectML", "no updates"),
    },
    "Google TPU": {
        "jax": ("official", INSTALL["jax"]),
        "tensorflow": ("official", "https://cloud.google.com/tpu/docs/runtimes", "listed up to 2.18"),
        "pytorch": ("plug-in", GITHUB + "pytorch/xla", "TorchTPU to follow"),
    },
    "AWS Trainium, Inferentia": {
        "pytorch": ("plug-in", NEURON),
        "jax": ("plug-in", NEURON, "beta"),
        "tensorflow": ("gone", NEURON, "archived"),
        "mxnet": ("gone", NEURON, "archived"),
    },
    "Huawei Ascend": {
        "pytorch": ("plug-in", "https://gitcode.com/Ascend/pytorch/blob/v2.7.1-26.0.0/README.zh.md"),
        "tensorflow": ("plug-in", "https://gitcode.com/cann/tensorflow/blob/master/README.md", "only 1.15 and 2.6.5"),
    },
}
_LATER = {GITHUB + page: "2026-11-29" for page in (  # what was read on another day
    "intel/intel-extension-for-tensorflow/releases", "tensorflow/tensorflow/pull/126360", "jax-ml/jax/pull/34485")}
SUPPORT: tuple[Support, ...] = tuple(
    Support(device, framework, state,
            Source(page, _LATER.get(page, CHECKED), ("state", "note") if note else ("state",)), "".join(note))
    for device, entries in _TABLE.items() for framework, (state, page, *note) in entries.items())


def devices() -> list[str]:
    """The devices, in the table's order."""
    return list(_TABLE)


def reached(device: str) -> dict[str, Support]:
    """``{framework: Support}`` for one device. Raises ``KeyError`` if the register has no such device."""
    if device not in _TABLE:
        raise KeyError(f"no device {device!r} in the register; there are: {', '.join(_TABLE)}")
    return {entry.framework: entry for entry in SUPPORT if entry.device == device}
