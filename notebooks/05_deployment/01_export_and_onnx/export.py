"""Exports the networks that frameworks trained, by every route that each of them has:
``python export.py FOLDER KEY...``.

Run it with a Python that has the framework. A key is one of the course's (``pytorch``); Keras's
names its engine too (``keras-torch``), one of those in a process. Each route has a folder,
``FOLDER/KEY/ROUTE``, for what it writes, and for ``logits.npy``: what the framework itself says of
the 1,000 test digits after it loaded its file again. Prints JSON: for each key and route
``{"made": files}``, or ``{"refused": why}`` in the exporter's own words.
"""
import json
import os
import sys
import warnings
from pathlib import Path

from onecnn import lesson, networks

CHAPTER = "05_deployment/01_export_and_onnx"
WEIGHTS_ONLY = ("numpy", "theano", "torch7")  # they have no exporter


def export(key: str, folder: Path) -> dict:
    """All routes of one framework. Each is a function ``(functions, model, path)``: it writes what
    begins with ``path``, or raises. It returns the logits of the loaded file, or None where another
    runtime is to run it."""
    import numpy as np

    from onecnn import cells, trained
    network = networks.get(key)
    functions, name = cells.functions(network.notebook), network.framework
    model, answer = functions.build(trained.weights(key)), {}
    ways = cells.program(f"{CHAPTER}/{'weights_only' if name in WEIGHTS_ONLY else f'from_{name}'}")
    for route, function in ways.ROUTES.items():
        place = folder / key / route
        place.mkdir(parents=True)
        try:
            found = function(functions, model, place / "digits")
        except Exception as error:  # an exporter's refusal is what we came for
            answer[route] = {"refused": in_a_line(error)}
            continue
        answer[route] = {"made": sorted(str(file.relative_to(place)) for file in place.rglob("*")
                                        if file.is_file())}
        if found is not None:
            np.save(place / "logits.npy", np.asarray(found, np.float64))
    return answer


def in_a_line(error: Exception) -> str:
    """``TypeOfError: first sentence``, without addresses."""
    words = " ".join(str(error).split()).split(". ")[0]
    return f"{type(error).__name__}: {words}"[:160]


def main(folder: str, *keys: str) -> None:
    lesson.start()
    for key in keys:
        os.environ.update(networks.get(key).env)  # early: TensorFlow, too, imports Keras
    # the exporters' warnings would fill the log; the chapter speaks of them
    warnings.simplefilter("ignore")
    table = {key: export(key, Path(folder)) for key in keys}
    print(json.dumps(table))


if __name__ == "__main__":
    main(*sys.argv[1:])
