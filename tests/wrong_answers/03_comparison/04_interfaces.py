"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("5 keyword counter", 4, """
    found = set()

    class Visitor(ast.NodeVisitor):
        def visit_ClassDef(self, node):
            for line in node.body:
                self.visit(line)

        def visit_keyword(self, node):
            found.update({node.arg} - {None})
            self.generic_visit(node)

    Visitor().visit(ast.parse(source))
    return sorted(found)
"""),
    ("5 keyword counter", 4, """
    return sorted({one.arg for one in ast.walk(ast.parse(source)) if isinstance(one, ast.keyword)}
                  - {None, "metaclass"})
"""),
    ("1 side by side", 0,
     'reading = {"a": {"pytorch", "chainer", "mxnet"}, "b": {"pytorch"}, "c": {"mxnet"}}'),
    ("1 side by side", 0,
     'reading = {"a": {"pytorch", "chainer"}, "b": {"pytorch", "mxnet"}, "c": {"mxnet"}}'),
    ("1 side by side", 0,
     'reading = {"a": {"pytorch", "chainer"}, "b": {"pytorch"}, "c": {"mxnet", "chainer"}}'),
    ("1 side by side", 0, 'reading = {"a": {"pytorch"}, "b": {"pytorch"}, "c": {"mxnet"}}'),
    ("1 side by side", 0, 'reading = {"a": "pytorch", "b": "pytorch", "c": "mxnet"}'),
    ("1 side by side", 0,
     'reading = {"a": {"pytorch", "chainer"}, "b": set(), "c": {"mxnet"}}'),
    ("2 same words", 1, """
predicted = dict.fromkeys(["PyTorch mean", "Keras mean", "Flax mean", "PyTorch pixels",
                           "Flax pixels"], float("nan"))
"""),
    ("2 same words", 1, "predicted = [0.9, 0.1, 0.1, 3, 9]"),
    ("2 same words", 1, """
predicted = {"PyTorch mean": 0.9, "Keras mean": 0.9, "Flax mean": 0.9, "PyTorch pixels": 3,
             "Flax pixels": 9}
"""),
    ("2 same words", 1, """
predicted = {"PyTorch mean": 0.1, "Keras mean": 0.1, "Flax mean": 0.1, "PyTorch pixels": 3,
             "Flax pixels": 9}
"""),
    ("2 same words", 1, """
predicted = {"PyTorch mean": 0.9, "Keras mean": 0.1, "Flax mean": 0.1, "PyTorch pixels": 3,
             "Flax pixels": 3}
"""),
    ("2 same words", 1, """
predicted = {"PyTorch mean": 0.9, "Keras mean": 0.1, "Flax mean": 0.1, "PyTorch pixels": 4,
             "Flax pixels": 9}
"""),
    ("3 port a BatchNorm", 2, """
    layer = keras.layers.BatchNormalization(axis=1, momentum=1 - norm.momentum)
    layer.build((None, norm.num_features, None, None))
    layer.set_weights([array.detach().numpy()
                       for array in (norm.weight, norm.bias, norm.running_mean, norm.running_var)])
    return layer
"""),
    ("3 port a BatchNorm", 2, """
    layer = keras.layers.BatchNormalization(axis=1, momentum=norm.momentum, epsilon=norm.eps)
    layer.build((None, norm.num_features, None, None))
    layer.set_weights([array.detach().numpy()
                       for array in (norm.weight, norm.bias, norm.running_mean, norm.running_var)])
    return layer
"""),
    ("3 port a BatchNorm", 2, """
    layer = keras.layers.BatchNormalization(momentum=1 - norm.momentum, epsilon=norm.eps)
    layer.build((None, None, None, norm.num_features))
    layer.set_weights([array.detach().numpy()
                       for array in (norm.weight, norm.bias, norm.running_mean, norm.running_var)])
    return layer
"""),
    ("3 port a BatchNorm", 2, """
    layer = keras.layers.BatchNormalization(axis=1, momentum=1 - norm.momentum, epsilon=norm.eps)
    layer.build((None, norm.num_features, None, None))
    layer.set_weights([array.detach().numpy()
                       for array in (norm.bias, norm.weight, norm.running_mean, norm.running_var)])
    return layer
"""),
    ("3 port a BatchNorm", 2, """
    layer = keras.layers.BatchNormalization(axis=1, momentum=0.7, epsilon=norm.eps)
    layer.build((None, norm.num_features, None, None))
    layer.set_weights([array.detach().numpy()
                       for array in (norm.weight, norm.bias, norm.running_mean, norm.running_var)])
    return layer
"""),
    ("3 port a BatchNorm", 2, """
    norm.eval()
    layer = keras.layers.BatchNormalization(axis=1, momentum=1 - norm.momentum, epsilon=norm.eps)
    layer.build((None, norm.num_features, None, None))
    layer.set_weights([array.detach().numpy()
                       for array in (norm.weight, norm.bias, norm.running_mean, norm.running_var)])
    return layer
"""),
    ("3 port a BatchNorm", 2, """
    norm.train()
    layer = keras.layers.BatchNormalization(axis=1, momentum=1 - norm.momentum, epsilon=norm.eps)
    layer.build((None, norm.num_features, None, None))
    layer.set_weights([array.detach().numpy()
                       for array in (norm.weight, norm.bias, norm.running_mean, norm.running_var)])
    return layer
"""),
    ("3 port a BatchNorm", 2, """
    norm.requires_grad_(False)
    layer = keras.layers.BatchNormalization(axis=1, momentum=1 - norm.momentum, epsilon=norm.eps)
    layer.build((None, norm.num_features, None, None))
    layer.set_weights([array.detach().numpy()
                       for array in (norm.weight, norm.bias, norm.running_mean, norm.running_var)])
    return layer
"""),
    ("3 port a BatchNorm", 2, "    return norm"),
    ("3 port a BatchNorm", 2, """
    return keras.layers.BatchNormalization(axis=1, momentum=1 - norm.momentum, epsilon=norm.eps)
"""),
    ("3 port a BatchNorm", 2, """
    class Port(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.norm = norm
        @property
        def moving_mean(self):
            class V: value = norm.running_mean
            return V
        def call(self, x, training=False):
            return norm.train(training)(x)
    return Port()
"""),
    ("4 port an epsilon", 3, "    return epsilon"),
    ("4 port an epsilon", 3, "    return epsilon * 0.1"),
    ("4 port an epsilon", 3, "    return epsilon * (1 - beta_2 ** 0.5)"),
    ("4 port an epsilon", 3, "    return epsilon / (1 - beta_2) ** 0.5"),
    ("4 port an epsilon", 3, "    return epsilon * (1 - beta_2)"),
    ("4 port an epsilon", 3, "    return 1e-8 * (1 - 0.999) ** 0.5"),
    ("4 port an epsilon", 3, """
    return max(epsilon * (1 - beta_2) ** 0.5, 1e-9)
"""),
    ("4 port an epsilon", 3, """
    return epsilon * (1 - min(beta_2, 0.99)) ** 0.5
"""),
    ("5 keyword counter", 4, """
    import re
    return sorted(set(re.findall(r"(\\w+)=", source)))
"""),
    ("5 keyword counter", 4, """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return sorted({str(keyword.arg) for call in calls for keyword in call.keywords})
"""),
    ("5 keyword counter", 4, """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return sorted([keyword.arg for call in calls for keyword in call.keywords
                   if keyword.arg is not None])
"""),
    ("5 keyword counter", 4, """
    calls = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Return)]
    return sorted({keyword.arg for call in calls for keyword in call.keywords
                   if keyword.arg == "mode"})
"""),
    ("5 keyword counter", 4, """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {keyword.arg for call in calls for keyword in call.keywords if keyword.arg}
"""),
    ("5 keyword counter", 4, """
    return sorted({node.arg for node in ast.walk(ast.parse(source))
                   if isinstance(node, ast.keyword) and node.arg})
"""),
    ("5 keyword counter", 4, """
    calls = [node.value for node in ast.parse(source).body if isinstance(node, ast.Expr)]
    return sorted({keyword.arg for call in calls for keyword in call.keywords if keyword.arg})
"""),
    ("5 keyword counter", 4, '    return ["mode", "stride"]'),
    ("5 keyword counter", 4, """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return sorted({k.arg for call in calls for k in call.keywords if k.arg}, key=str.lower)
"""),
    ("5 keyword counter", 4, """
    out = set()
    class V(ast.NodeVisitor):
        def visit_Call(self, n):
            out.update(k.arg for k in n.keywords if k.arg)
            self.generic_visit(n)
        def visit_AsyncFunctionDef(self, n):
            pass
    V().visit(ast.parse(source))
    return sorted(out)
"""),
    ("5 keyword counter", 4, """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return sorted({k.arg for c in calls for k in c.keywords if k.arg and not k.arg.startswith('_')})
"""),
    ("5 keyword counter", 4, """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return sorted({k.arg for c in calls for k in c.keywords if k.arg and k.arg.isascii()})
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "layer.set_weights([array.detach().numpy() -> layer.set_weights([array.detach()":
        "Keras on PyTorch takes its tensors, too",
}
