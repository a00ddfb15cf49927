"""Exports the networks that frameworks trained, by every route that each of them has: ``python export.py FOLDER KEY...``.

Run it with a Python that has the framework. A key is one of the course's (``pytorch``); Keras's names its engine too
(``keras-torch``), one of those in a process. Each route has a folder, ``FOLDER/KEY/ROUTE``, for what it writes, and for
``logits.npy``: what the framework itself says of the 1,000 test digits after it loaded its file again. Prints JSON: for each
key and route ``{"made": files}``, or ``{"refused": why}`` in the exporter's own words.
"""
import importlib
import json
import os
import sys
import warnings
from pathlib import Path

from onecnn import lesson

HERE = Path(__file__).resolve().parent
NOTEBOOKS = {"numpy": "01_history/02_by_hand", "theano": "01_history/03_theano", "torch7": "01_history/04_torch7",
             "caffe": "02_frameworks/05_caffe", "chainer": "01_history/06_chainer", "tensorflow1": "01_history/07_tensorflow1",
             "mxnet": "02_frameworks/04_mxnet", "tensorflow": "02_frameworks/01_tensorflow",
             "pytorch": "02_frameworks/02_pytorch", "keras": "02_frameworks/03_keras", "jax": "02_frameworks/06_jax"}


def export(key: str, folder: Path) -> dict:
    """All routes of one framework. Each is a function ``(functions, model, path)``: it writes what begins with ``path``, or
    raises. It returns the logits of the loaded file, or None where another runtime is to run it."""
    import numpy as np

    from onecnn import cells, trained
    name = key.partition("-")[0]
    functions = cells.functions(NOTEBOOKS[name])
    model, answer = functions.build(trained.weights(name)), {}
    for route, function in importlib.import_module(f"from_{name}").ROUTES.items():
        place = folder / key / route
        place.mkdir(parents=True)
        try:
            found = function(functions, model, place / "digits")
        except Exception as error:  # an exporter's refusal is what we came for
            answer[route] = {"refused": in_a_line(error)}
            continue
        answer[route] = {"made": sorted(str(file.relative_to(place)) for file in place.rglob("*") if file.is_file())}
        if found is not None:
            np.save(place / "logits.npy", np.asarray(found, np.float64))
    return answer


def in_a_line(error: Exception) -> str:
    """``TypeOfError: first sentence``, without addresses."""
    words = " ".join(str(error).split()).split(". ")[0]
    return f"{type(error).__name__}: {words}"[:160]


def main(folder: str, *keys: str) -> None:
    lesson.start()
    sys.path.insert(0, str(HERE))
    for engine in (key.partition("-")[2] for key in keys if "-" in key):
        os.environ["KERAS_BACKEND"] = engine  # early: TensorFlow, too, imports Keras
    warnings.simplefilter("ignore")  # the exporters' warnings would fill the log; the chapter speaks of them
    table = {key: export(key, Path(folder)) for key in keys}
    print(json.dumps(table))


if __name__ == "__main__":
    main(*sys.argv[1:])
