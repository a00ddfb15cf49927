"""Weights alone: all that NumPy (and Theano and Torch7, through their chapters' ``save`` and ``load``) can hand over."""
from onecnn import mnist


def own(functions, model, path):
    functions.save(model, path)
    return functions.logits(functions.load(path), mnist.load().test_images)


ROUTES = {"own": own}
