"""The course's network in JAX: trained for an epoch and written down, or looked into.

    python in_jax.py train FOLDER
    python in_jax.py look GIVEN.npz FOUND.npz
"""
import json
import sys

from onecnn import lesson

lesson.start()

import jax
import jax.numpy as jnp
import numpy as np

from onecnn import cells, mnist, spec

network = cells.functions("02_frameworks/06_jax")


def train(folder: str) -> list:
    cells.program("06_practice/01_see_inside/board")  # TensorBoard without TensorFlow
    from tensorboard import summary
    digits, losses = mnist.load(), []
    model = network.build({name: value.astype(np.float64)
                           for name, value in spec.initial_weights().items()})
    writer = summary.Writer(folder)
    for step, chosen in enumerate(spec.batches(len(digits.train_labels), 0)):
        images = digits.train_images[chosen].astype(np.float64)
        losses.append(network.train_step(model, images, digits.train_labels[chosen]))
        writer.add_scalar("loss", losses[-1], step)
    writer.close()
    return losses


def feature_maps(weights, images):
    made = network.conv(jnp.transpose(images, (0, 2, 3, 1)), weights["conv1"])
    return jnp.transpose(jax.nn.relu(made), (0, 3, 1, 2))


def saliency(weights, images, labels):
    def right_logits(images):
        return network.forward(weights, images)[jnp.arange(len(labels)), labels].sum()

    return jax.grad(right_logits)(images)


def look(given: str, found: str) -> str:
    with np.load(given) as stored:
        images, labels = stored["images"], stored["labels"]
        weights = {name: stored[name] for name in spec.SHAPES}
    with network.precision(weights):
        tree = network.from_spec(weights)
        np.savez(found, maps=feature_maps(tree, jnp.asarray(images)),
                 saliency=saliency(tree, jnp.asarray(images), labels))
    return "done"


if __name__ == "__main__":
    print(json.dumps({"train": train, "look": look}[sys.argv[1]](*sys.argv[2:])))
