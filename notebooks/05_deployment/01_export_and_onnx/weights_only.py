"""The way out of NumPy, Theano and Torch7: their chapters' ``save`` and ``load``: arrays, no graph.
See ``export.py``."""
from onecnn import mnist


def own(functions, model, path):
    functions.save(model, path)
    return functions.logits(functions.load(path), mnist.load().test_images)


ROUTES = {"own": own}
