"""MXNet (retired): the network in another context. Prints what the ladder says, as JSON.

By hand, in the repository:
    PYTHONPATH=. .venv-museum/bin/python notebooks/03_comparison/06_hardware/mxnet_hardware.py
"""
import json

from hardware_figures import climb

from onecnn import cells, spec

functions = cells.functions("02_frameworks/04_mxnet")
import mxnet as mx


def on_device(context):
    """A context is the device on which new arrays are made. Of cpu() there are as many as you
    name."""
    with context:
        model = functions.build(spec.initial_weights())
        return {"moved to": str(model[0].weight.data().context), **climb(functions)}


def ask_for_gpu():
    """The device on which a GPU's user ends up; None if MXNet refuses."""
    try:
        with mx.gpu(0):
            return str(mx.nd.ones(1).context)
    except mx.base.MXNetError:
        return None


if __name__ == "__main__":
    print(json.dumps({**on_device(mx.cpu(1)), "asked for a GPU": ask_for_gpu(),
                      "built for GPUs": mx.runtime.Features().is_enabled("CUDA")}))
