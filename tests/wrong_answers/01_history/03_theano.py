"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 momentum updates", 0, """
    faster = momentum * velocity + T.grad(loss, parameter)
    return [(velocity, faster), (parameter, parameter - rate * velocity)]
"""),
    ("1 momentum updates", 0, """
    return [(parameter, parameter - rate * T.grad(loss, parameter))]
"""),
    ("1 momentum updates", 0, """
    faster = momentum * velocity + T.grad(loss, parameter)
    return [(velocity, faster), (parameter, parameter + rate * faster)]
"""),
    ("1 momentum updates", 0, """
    faster = momentum * velocity + rate * T.grad(loss, parameter)
    return [(velocity, faster), (parameter, parameter - rate * faster)]
"""),
    ("1 momentum updates", 0, """
    faster = momentum * velocity + T.grad(loss, parameter)
    return [(parameter, parameter - rate * faster)]
"""),
    ("1 momentum updates", 0, """
    faster = 0.9 * velocity + T.grad(loss, parameter)
    return [(velocity, faster), (parameter, parameter - rate * faster)]
"""),
    ("1 momentum updates", 0, """
    faster = momentum * velocity + T.grad(loss, parameter)
    return [(velocity, faster), (parameter, parameter - 0.1 * faster)]
"""),
    ("1 momentum updates", 0, """
    faster = momentum * velocity + (1 - momentum) * T.grad(loss, parameter)
    return [(velocity, faster), (parameter, parameter - rate * faster)]
"""),
    ("1 momentum updates", 0, """
    faster = momentum * velocity + 2 * parameter
    return [(velocity, faster), (parameter, parameter - rate * faster)]
"""),
    ("1 momentum updates", 0, """
    faster = momentum * velocity + T.grad(loss, parameter).clip(-5, 5)
    return [(velocity, faster), (parameter, parameter - rate * faster)]
"""),
    ("2 slopes at zero", 1, """
slopes_at_zero = {"maximum(x, 0)": 0, "maximum(0, x)": 0, "nnet.relu(x)": 0,
                  "switch(x > 0, x, 0)": 0, "switch(x < 0, 0, x)": 0, "x * (x >= 0)": 0}
"""),
    ("2 slopes at zero", 1, """
slopes_at_zero = {"maximum(x, 0)": 0.5, "maximum(0, x)": 0.5, "nnet.relu(x)": 0.5,
                  "switch(x > 0, x, 0)": 0.5, "switch(x < 0, 0, x)": 0.5, "x * (x >= 0)": 0.5}
"""),
    ("2 slopes at zero", 1, """
slopes_at_zero = {"maximum(x, 0)": 0, "maximum(0, x)": 1, "nnet.relu(x)": 0.5,
                  "switch(x > 0, x, 0)": 0, "switch(x < 0, 0, x)": 1, "x * (x >= 0)": 1}
"""),
    ("2 slopes at zero", 1, """
slopes_at_zero = {"maximum(x, 0)": 1, "maximum(0, x)": 0, "nnet.relu(x)": 0,
                  "switch(x > 0, x, 0)": 0, "switch(x < 0, 0, x)": 1, "x * (x >= 0)": 1}
"""),
    ("2 slopes at zero", 1, """
slopes_at_zero = {"maximum(x, 0)": 1, "maximum(0, x)": 0, "nnet.relu(x)": 0.5,
                  "switch(x > 0, x, 0)": 1, "switch(x < 0, 0, x)": 0, "x * (x >= 0)": 1}
"""),
    ("2 slopes at zero", 1, """
slopes_at_zero = {"maximum(x, 0)": 1, "maximum(0, x)": 0, "nnet.relu(x)": 0.5,
                  "switch(x > 0, x, 0)": 0, "switch(x < 0, 0, x)": 1, "x * (x >= 0)": 0}
"""),
    ("2 slopes at zero", 1, "slopes_at_zero = (1, 0)"),
    ("2 slopes at zero", 1, """
from unittest.mock import ANY
slopes_at_zero = dict.fromkeys(CORNERS, ANY)
"""),
    ("3 mended relu", 2, """
        return T.maximum(x, 0)
"""),
    ("3 mended relu", 2, """
        return x * (x >= 0)
"""),
    ("3 mended relu", 2, """
        return T.switch(x > 0, x, 0)
"""),
    ("3 mended relu", 2, """
        return 0.5 * (x + abs(x))
"""),
    ("3 mended relu", 2, """
        return T.nnet.relu(x, 0)
"""),
    ("3 mended relu", 2, """
        return T.where(x > 0, x, 0)
"""),
    ("3 mended relu", 2, """
        return T.maximum(0, x) + T.minimum(0, x)
"""),
    ("4 tanh", 3, """
    return (g,)
"""),
    ("4 tanh", 3, """
    return (1 + -1 * (y * y),)
"""),
    ("4 tanh", 3, """
    return (g * (1 + -1 * (x * x)),)
"""),
    ("4 tanh", 3, """
    return g * (1 + -1 * (y * y))
"""),
    ("4 tanh", 3, """
    return (g * (1 + -1 * y),)
"""),
    ("4 tanh", 3, """
    return (g * (1 + y * y),)
"""),
    ("4 tanh", 3, """
    return (g * (1 + -1 * (y * y)) * sqrt(x) * sqrt(x) * (1 + -1 * y),)
"""),
    ("4 tanh", 3, "    return (g * log(-1 * (y * y)),)"),
    ("5 rewriting rule", 4, """
    if node.op == "log":
        return log1p(node.inputs[0])
    return node
"""),
    ("5 rewriting rule", 4, """
    if node.op == "log" and node.inputs[0].op == "add":
        return log1p(node.inputs[0].inputs[0])
    return node
"""),
    ("5 rewriting rule", 4, """
    if node.op == "log" and node.inputs[0].op == "add" and node.inputs[0].inputs[1] == 1:
        return log1p(node.inputs[0])
    return node
"""),
    ("5 rewriting rule", 4, """
    if node.op == "log" and node.inputs[0].op == "add" and node.inputs[0].inputs[1] == 1:
        return log1p(node.inputs[0].inputs[0])
"""),
    ("5 rewriting rule", 4, """
    if node.op == "add" and node.inputs[1] == 1:
        return log1p(node.inputs[0])
    return node
"""),
    ("5 rewriting rule", 4, """
    if node.op == "log" and isinstance(node.inputs[0], Node) and node.inputs[0].inputs[1:] == (1,):
        return log1p(node.inputs[0].inputs[0])
    return node
"""),
    ("5 rewriting rule", 4, """
    if node.inputs and isinstance(node.inputs[0], Node) and node.inputs[0].op == "add":
        if node.inputs[0].inputs[1] == 1:
            return log1p(node.inputs[0].inputs[0])
    return node
"""),
    ("5 rewriting rule", 4, """
    if node.op == "log" and isinstance(node.inputs[0], Node) and node.inputs[0].op == "add":
        if node.inputs[0].inputs[1] != 2:
            return log1p(node.inputs[0].inputs[0])
    return node
"""),
    ("5 rewriting rule", 4, """
    if node.op == "log" and isinstance(node.inputs[0], Node) and node.inputs[0].op == "add":
        if node.inputs[0].inputs[1] == 1:
            return log1p(node.inputs[0].inputs[0])
    return Node(node.op, *node.inputs)
"""),
    ("5 rewriting rule", 4, """
    inner = node.inputs[0] if node.op == "log" else None
    if isinstance(inner, Node) and inner.op == "add" and not isinstance(inner.inputs[1], Node):
        if abs(inner.inputs[1]) == 1:
            return log1p(inner.inputs[0])
    return node
"""),
    ("5 rewriting rule", 4, """
    inner = node.inputs[0] if node.op == "log" else None
    if isinstance(inner, Node) and inner.op == "add" and not isinstance(inner.inputs[1], Node):
        if int(inner.inputs[1]) == 1:
            return log1p(inner.inputs[0])
    return node
"""),
    ("5 rewriting rule", 4, """
    inner = node.inputs[0] if node.op.startswith("log") else None
    if isinstance(inner, Node) and inner.op == "add" and inner.inputs[1] == 1:
        return log1p(inner.inputs[0])
    return node
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "the argument x keeps its first value": "the rule does without x",
    'inner = node.inputs[0] if node.op == "log" else None -> '
    'inner = node.inputs[(-1)] if node.op == "log" else None': "a logarithm has one input",
}
