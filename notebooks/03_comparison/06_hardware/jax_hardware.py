"""JAX: the network on a second device, and in 16 bit numbers. Prints what the ladder says, as JSON.

By hand, in the repository:
    PYTHONPATH=. .venv/bin/python notebooks/03_comparison/06_hardware/jax_hardware.py
"""
import json
import os

# two devices from one processor, before JAX starts
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

from hardware_figures import climb, figures

from onecnn import cells, spec


def on_device(number):
    """device_put moves the weights. The computation follows them, and so do the images."""
    functions = cells.functions("02_frameworks/06_jax")
    jax, build = functions.jax, functions.build
    functions.build = lambda weights: jax.device_put(build(weights), jax.devices()[number])
    return functions


def in_bfloat16():
    """The weights stay float32. Each call casts a copy of them, and the images, down."""
    functions = cells.functions("02_frameworks/06_jax")
    jax, jnp, forward = functions.jax, functions.jnp, functions.forward

    def low(weights, images):
        weights, images = jax.tree.map(lambda x: x.astype(jnp.bfloat16), (weights, images))
        return forward(weights, images).astype(jnp.float32)

    functions.forward, functions.compiled_forward = low, jax.jit(low)
    return functions


def ask_for_gpu(functions):
    """The device on which a GPU's user ends up; None if JAX refuses."""
    try:
        return str(functions.jax.devices("gpu")[0])
    except RuntimeError:
        return None


if __name__ == "__main__":
    moved = on_device(1)
    place = moved.build(spec.initial_weights())["weights"]["conv1"]["kernel"].device
    print(json.dumps({"moved to": str(place), **climb(moved), "asked for a GPU": ask_for_gpu(moved),
                      "bfloat16": figures(in_bfloat16())}))
