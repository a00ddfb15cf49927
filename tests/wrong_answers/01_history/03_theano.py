"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 momentum updates", 0, """
    faster = 0.9 * velocity + T.grad(loss, parameter)
    return [(velocity, faster), (parameter, parameter - 0.1 * velocity)]
"""),
    ("1 momentum updates", 0, """
    return [(parameter, parameter - 0.1 * T.grad(loss, parameter))]
"""),
    ("1 momentum updates", 0, """
    faster = 0.9 * velocity + T.grad(loss, parameter)
    return [(velocity, faster), (parameter, parameter + 0.1 * faster)]
"""),
    ("1 momentum updates", 0, """
    faster = 0.9 * velocity + 0.1 * T.grad(loss, parameter)
    return [(velocity, faster), (parameter, parameter - 0.1 * faster)]
"""),
    ("1 momentum updates", 0, """
    faster = 0.9 * velocity + T.grad(loss, parameter)
    return [(parameter, parameter - 0.1 * faster)]
"""),
    ("2 slopes at zero", 1, "slopes_at_zero = (0, 0)"),
    ("2 slopes at zero", 1, "slopes_at_zero = (0.5, 0.5)"),
    ("2 slopes at zero", 1, "slopes_at_zero = (0, 1)"),
    ("2 slopes at zero", 1, "slopes_at_zero = 1"),
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
]
