"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 causes", 0, """
causes = {"iterable": "python", "float": "numpy", "spec": "numpy", "copy": "meaning",
          "weights": "artefact"}
"""),
    ("1 causes", 0, """
causes = {"iterable": "python", "float": "numpy", "spec": "python", "copy": "numpy",
          "weights": "artefact"}
"""),
    ("1 causes", 0, """
causes = {"iterable": "python", "float": "numpy", "spec": "python", "copy": "meaning",
          "weights": "python"}
"""),
    ("1 causes", 0, """
causes = {"iterable": "python", "float": "numpy"}
"""),
    ("1 causes", 0, """
causes = {"iterable": "numpy", "float": "numpy", "spec": "python", "copy": "meaning",
          "weights": "artefact"}
"""),
    ("1 causes", 0, """
causes = {"iterable": "python", "float": "meaning", "spec": "python", "copy": "meaning",
          "weights": "artefact"}
"""),
    ("1 causes", 0, """
from unittest.mock import ANY
causes = dict.fromkeys(OLD_LINES, ANY)
"""),
    ("2 quarrels", 1, """
    names = sorted(needs)
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:]
            if not any(version in SpecifierSet(needs[a]) or version in SpecifierSet(needs[b])
                       for version in versions)]
"""),
    ("2 quarrels", 1, """
    names = sorted(needs)
    return [(a, b) for a in names for b in names if a != b
            and not any(version in SpecifierSet(needs[a]) and version in SpecifierSet(needs[b])
                        for version in versions)]
"""),
    ("2 quarrels", 1, """
    names = sorted(needs)
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:]
            if not all(version in SpecifierSet(needs[a]) and version in SpecifierSet(needs[b])
                       for version in versions)]
"""),
    ("2 quarrels", 1, """
    names = sorted(needs)
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:]
            if not SpecifierSet(needs[a]) & SpecifierSet(needs[b])]
"""),
    ("2 quarrels", 1, """
    names = sorted(needs)
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:]
            if not any(version in SpecifierSet(needs[a]) and version in SpecifierSet(needs[b])
                       for version in VERSIONS)]
"""),
    ("2 quarrels", 1, """
    names = list(needs)
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:]
            if not any(version in SpecifierSet(needs[a]) and version in SpecifierSet(needs[b])
                       for version in versions)]
"""),
    ("2 quarrels", 1, """
    names = sorted(needs)
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1:i + 2]
            if not any(version in SpecifierSet(needs[a]) and version in SpecifierSet(needs[b])
                       for version in versions)]
"""),
    ("2 quarrels", 1, """
    return [("jax", "mxnet")]
"""),
    ("3 pin", 2, 'pin = "numpy<2"'),
    ("3 pin", 2, 'pin = "numpy~=1.23"'),
    ("3 pin", 2, 'pin = "numpy==1.23"'),
    ("3 pin", 2, 'pin = "numpy<1.24"'),
    ("3 pin", 2, 'pin = "numpy>=1.23.2"'),
    ("3 pin", 2, 'pin = "numpy 1.23.5"'),
    ("3 pin", 2, 'pin = "numpy>=1.23,<1.24"'),
    ("3 pin", 2, 'pin = "numpy>1.23.2,<=1.24"'),
    ("3 pin", 2, 'pin = "numpy>=1.23.2,<1.24; python_version < \'3\'"'),
    ("3 pin", 2, 'pin = "mxnet>=1.23.2,<1.24"'),
    ("3 pin", 2, 'pin = "numpy==1.23.9"'),
    ("3 pin", 2, 'pin = "numpy"'),
    ("3 pin", 2, """
pin = "numpy>=1.23.2,!=1.24.*,!=1.25.*,!=1.26.*,!=2.*"
"""),
    ("3 pin", 2, """
pin = "numpy>=1.23.5,<=1.24.3,!=1.24.0,!=1.24.1"
"""),
    ("3 pin", 2, """
pin = "numpy>=1.21.1,!=1.21.6,!=1.22.0,!=1.22.4,!=1.23.0,!=1.23.1,<1.24"
"""),
    ("4 rooms", 3, """
rooms = {"1.26.4": ["mxnet", "theano", "chainer"], "2.4.6": ["jax", "scipy", "onnx", "mlxtend"]}
"""),
    ("4 rooms", 3, """
rooms = {"1.23.5": ["mxnet", "theano", "chainer", "jax", "scipy", "onnx", "mlxtend"]}
"""),
    ("4 rooms", 3, """
rooms = {"1.23.5": ["mxnet"], "2.4.6": ["theano", "chainer", "jax", "scipy", "onnx", "mlxtend"]}
"""),
    ("4 rooms", 3, """
rooms = {"1.23.5": ["mxnet", "theano"], "2.4.6": ["jax", "scipy", "onnx", "mlxtend"]}
"""),
    ("4 rooms", 3, """
rooms = {"1.23.5": ["mxnet", "theano", "chainer"],
         "2.4.6": ["chainer", "jax", "scipy", "onnx", "mlxtend"]}
"""),
    ("4 rooms", 3, """
rooms = {"1.23.5": ["mxnet", "theano"], "1.26.4": ["chainer", "mlxtend"],
         "2.4.6": ["jax", "scipy", "onnx"]}
"""),
    ("4 rooms", 3, """
rooms = {"1.23.5": ["theano", "chainer"], "2.4.6": ["mxnet", "jax", "scipy", "onnx", "mlxtend"]}
"""),
    ("4 rooms", 3, """
rooms = {"1.23.5": ["mxnet", "theano", "chainer"], "2.2.6": ["jax", "scipy", "onnx", "mlxtend"]}
"""),
    ("4 rooms", 3, """
rooms = {"1.23.5": ["mxnet", "theano", "scipy"], "2.4.6": ["jax", "chainer", "onnx", "mlxtend"]}
"""),
    ("4 rooms", 3, "rooms = [['mxnet', 'theano', 'chainer'], ['jax', 'scipy', 'onnx', 'mlxtend']]"),
    ("5 formats", 4, """
happens = {"arrays.npz": "loads", "objects.npz": "loads", "network.pickle": "missing",
           "lists.pickle": "loads", "lists.json": "loads", "plain.safetensors": "loads"}
"""),
    ("5 formats", 4, """
happens = {"arrays.npz": "loads", "objects.npz": "refused", "network.pickle": "loads",
           "lists.pickle": "loads", "lists.json": "loads", "plain.safetensors": "loads"}
"""),
    ("5 formats", 4, """
happens = {"arrays.npz": "loads", "objects.npz": "refused", "network.pickle": "missing",
           "lists.pickle": "missing", "lists.json": "loads", "plain.safetensors": "loads"}
"""),
    ("5 formats", 4, """
happens = {"arrays.npz": "loads", "objects.npz": "refused", "network.pickle": "missing",
           "lists.pickle": "loads", "lists.json": "loads", "plain.safetensors": "missing"}
"""),
    ("5 formats", 4, """
happens = {"arrays.npz": "loads", "objects.npz": "refused", "network.pickle": "refused",
           "lists.pickle": "refused", "lists.json": "loads", "plain.safetensors": "loads"}
"""),
    ("5 formats", 4, """
happens = {"arrays.npz": "loads", "objects.npz": "missing", "network.pickle": "missing",
           "lists.pickle": "loads", "lists.json": "loads", "plain.safetensors": "loads"}
"""),
    ("5 formats", 4, 'happens = {"arrays.npz": "loads", "objects.npz": "refused"}'),
    ("5 formats", 4, """
from unittest.mock import ANY
happens = dict.fromkeys(READERS, ANY)
"""),
]
