"""The chapters' networks through their frameworks' compilers, as the race runs them.

``python3 course.py race pytorch tensorflow``: there they are called ``pytorch-compiled`` and
``tensorflow-compiled``, and run beside the chapters' own.

Each function below takes the functions of a chapter's ``same-cnn`` cells and changes what ``build``
makes of them; nothing is compiled before the first call.
"""
import numpy as np

from onecnn import mnist, spec


def pytorch(functions):
    build = functions.build

    def compiled(weights):
        model = build(weights)
        model.compile()  # in place: calls of the network, and what autograd makes of them
        return model

    functions.build = compiled


def tensorflow(functions):
    build, tf = functions.build, functions.tf

    def compiled(weights):
        model = build(weights)
        for name in ("logits", "gradients", "step"):
            graph = getattr(model, name)
            setattr(model, name, tf.function(graph.python_function, graph.input_signature,
                                             jit_compile=True))
        return model

    functions.build = compiled


COMPILERS = {"pytorch": pytorch, "tensorflow": tensorflow}


def differences(functions, framework):
    """For ``cells.run``: how far the compiled network is from the plain one, at most: in logits,
    and after two steps in losses and weights."""
    digits, found = mnist.load(), []
    for change in (lambda functions: None, COMPILERS[framework]):
        change(functions)
        model = functions.build(spec.initial_weights())
        logits = np.array(functions.logits(model, digits.test_images[:64]))
        losses = [functions.train_step(model, digits.train_images[:64], digits.train_labels[:64])
                  for _ in range(2)]
        found.append([logits, np.array(losses), *functions.read_weights(model).values()])
    return [float(np.abs(plain - compiled).max()) for plain, compiled in zip(*found)]
