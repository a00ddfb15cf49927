"""The network as a TensorFlow.js graph model: one conversion, then every framework's weights poured
into the same graph.

A graph model is a topology (``graph.json``) and a list of numbers (``KEY.bin``). The numbers of all
frameworks stand in the same order and layout, so the converter, which starts TensorFlow and reads a
SavedModel, has to run once only.
"""
import json
import os
import sys
import tempfile
import types
from pathlib import Path

import numpy as np

GRAPH = "graph.json"


def write(weights: dict, folder: Path) -> str:
    """Writes ``graph.json`` and, for each key of ``weights``, ``KEY.bin`` into ``folder``; returns
    the graph's name."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from onecnn import cells
    tensorflow = cells.functions("02_frameworks/01_tensorflow")
    first = next(iter(weights))
    with tempfile.TemporaryDirectory() as scratch:
        saved, converted = Path(scratch, "saved"), Path(scratch, "converted")
        tensorflow.save(tensorflow.build(weights[first]), str(saved))
        converter().convert_tf_saved_model(str(saved), str(converted))
        topology = json.loads((converted / "model.json").read_text(encoding="utf-8"))
        group, = topology["weightsManifest"]
        original = b"".join((converted / path).read_bytes() for path in group["paths"])
    (folder / GRAPH).write_text(json.dumps(topology), encoding="utf-8")
    for key, those in weights.items():
        (folder / f"{key}.bin").write_bytes(poured(group["weights"], original, those,
                                                   tensorflow.from_spec))
    if (folder / f"{first}.bin").read_bytes() != original:
        raise RuntimeError("the converter has changed the order or the layout of the weights: "
                           "adapt poured()")
    return GRAPH


def poured(entries: list, original: bytes, weights: dict, from_spec) -> bytes:
    """The file of weights with those of another training. What is no weight (a shape) is copied
    from ``original``."""
    values = iter([from_spec(name, value) for name, value in weights.items()])
    parts, at = [], 0
    for entry in entries:
        size = int(np.prod(entry["shape"])) * 4  # float32 or int32
        if entry["dtype"] == "float32":
            value = np.ascontiguousarray(next(values), np.float32)
            if list(value.shape) != entry["shape"]:
                raise RuntimeError(f"{entry['name']} has shape {entry['shape']}, the weight "
                                   f"{value.shape}")
            parts.append(value.tobytes())
        else:
            parts.append(original[at:at + size])
        at += size
    return b"".join(parts)


def write_layers(weights: dict, folder: Path) -> None:
    """Writes Keras's network as a *layers model* into ``folder``. TensorFlow.js refuses it: the
    chapter shows why."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    converter()
    from tensorflowjs.converters import save_keras_model

    from onecnn import cells
    save_keras_model(cells.functions("02_frameworks/03_keras").build(weights), str(folder))


def converter():
    """TensorFlow.js's converter. Set-up keeps it in a folder of its own: it asks for packages that
    no Python 3.11 can have.

    One of them, ``tensorflow_decision_forests``, is imported but not used for our network: an empty
    module takes its place.
    """
    import warnings
    sys.path.append(str(Path(sys.prefix, "tensorflowjs")))
    sys.modules.setdefault("tensorflow_decision_forests",
                           types.ModuleType("tensorflow_decision_forests"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tensorflow_hub still imports pkg_resources
        from tensorflowjs.converters import tf_saved_model_conversion_v2
    return tf_saved_model_conversion_v2
