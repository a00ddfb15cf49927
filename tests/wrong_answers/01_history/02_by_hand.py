"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 leaky relu", 0, """
    return upstream * (x > 0)
"""),
    ("1 leaky relu", 0, """
    return leaky_relu(upstream, leak)
"""),
    ("1 leaky relu", 0, """
    return np.where(x > 0, 1.0, leak)
"""),
    ("1 leaky relu", 0, """
    return upstream * leaky_relu(x, leak)
"""),
    ("1 leaky relu", 0, """
    return (upstream * np.where(x > 0, 1.0, leak)).sum(axis=0)
"""),
    ("1 leaky relu", 0, """
    return upstream * np.where(x > 0, 1.0, 0.1)
"""),
    ("1 leaky relu", 0, """
    return upstream * np.where(x >= 0, 1.0, leak)
"""),
    ("1 leaky relu", 0, """
    return upstream * np.where(upstream > 0, 1.0, leak)
"""),
    ("1 leaky relu", 0, """
    upstream *= np.where(x > 0, 1.0, leak)
    return upstream
"""),
    ("1 leaky relu", 0, """
    return upstream * np.where(x > 1e-8, 1.0, leak)
"""),
    ("2 average pooling", 2, """
    gradient = np.empty_like(x)
    for target in by_hand.corners(gradient):
        target[...] = upstream / 4
    return gradient
"""),
    ("2 average pooling", 1, """
    return sum(by_hand.corners(x))
"""),
    ("2 average pooling", 1, """
    return x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2).mean(axis=(3, 5))
"""),
    ("2 average pooling", 1, """
    return by_hand.max_pool(x)
"""),
    ("2 average pooling", 2, """
    gradient = np.zeros_like(x)
    for target in by_hand.corners(gradient):
        target[...] = upstream
    return gradient
"""),
    ("2 average pooling", 2, """
    return by_hand.max_pool_backward(upstream, x, by_hand.max_pool(x))
"""),
    ("2 average pooling", 2, """
    return np.repeat(np.repeat(upstream, 2, axis=2), 2, axis=3) / 4
"""),
    ("2 average pooling", 2, """
    gradient = np.zeros_like(x)
    for target in by_hand.corners(gradient):
        target[...] = upstream.mean() / 4
    return gradient
"""),
    ("2 average pooling", 2, """
    for target in by_hand.corners(x):
        target[...] = upstream / 4
    return x
"""),
    ("2 average pooling", 1, """
    return np.median(by_hand.corners(x), axis=0)
"""),
    ("3 mended network", 3, """
    return x
"""),
    ("3 mended network", 3, """
    return upstream.T.reshape(x.shape)
"""),
    ("3 mended network", 3, """
    channels, count, height, width = x.shape
    return upstream.reshape(count, channels, height, width)
"""),
    ("3 mended network", 3, """
    channels, count, height, width = x.shape
    return upstream.reshape(count, height, width, channels).transpose(3, 0, 1, 2)
"""),
    ("3 mended network", 3, """
    channels, count, height, width = x.shape
    return upstream.reshape(count, channels, width, height).transpose(1, 0, 3, 2)
"""),
    ("4 costs", 4, """
    return 16 * 3 * 3 * 11 * 11, 32 * 16 * 3 * 3 * 11 * 11
"""),
    ("4 costs", 4, """
    numbers = size * size * (side - size + 1) ** 2
    return numbers, kernels * numbers
"""),
    ("4 costs", 4, """
    numbers = channels * size * size * side * side
    return numbers, kernels * numbers
"""),
    ("4 costs", 4, """
    numbers = channels * size * size * (side - 2) ** 2
    return numbers, kernels * numbers
"""),
    ("4 costs", 4, """
    numbers = channels * size * size * (side - size + 1) ** 2
    return numbers, numbers
"""),
    ("4 costs", 4, """
    numbers = channels * size * size * (side - size + 1) ** 2
    return numbers, 2 * kernels * numbers
"""),
    ("4 costs", 4, """
    numbers = by_hand.im2col(np.zeros((channels, 1, side, side)), size).size
    return numbers, kernels * numbers
"""),
    ("4 costs", 4, """
    def numbers():
        return by_hand.im2col(np.zeros((channels, 1, side, side)), size).size
    return numbers(), kernels * numbers()
"""),
    ("5 operations", 5, """
    return by_hand.relu(x.value)
"""),
    ("5 operations", 5, """
    return Variable(by_hand.relu(x.value), (x, lambda g: g))
"""),
    ("5 operations", 5, """
    return Variable(by_hand.relu(x.value), (x, lambda g: g * (x.value >= 0)))
"""),
    ("5 operations", 5, """
    return Variable(np.abs(x.value), (x, lambda g: g * np.sign(x.value)))
"""),
    ("5 operations", 6, """
    y = by_hand.dense(x.value, weight.value, bias.value)
    return Variable(y, (x, lambda g: g @ weight.value), (weight, lambda g: g.T @ x.value))
"""),
    ("5 operations", 6, """
    y = by_hand.dense(x.value, weight.value, bias.value)
    return Variable(y, (x, lambda g: g @ weight.value), (weight, lambda g: g.T @ x.value),
                    (bias, lambda g: g.sum(axis=1)))
"""),
    ("5 operations", 6, """
    y = by_hand.dense(x.value, weight.value, bias.value)
    return Variable(y, (x, lambda g: g @ weight.value), (weight, lambda g: x.value.T @ g),
                    (bias, lambda g: g.sum(axis=0)))
"""),
    ("5 operations", 6, """
    y = by_hand.dense(x.value, weight.value, bias.value)
    return Variable(y, (x, lambda g: g @ weight.value), (weight, lambda g: g.T @ x.value),
                    (bias, lambda g: g))
"""),
    ("5 operations", 6, """
    y = x.value @ weight.value.T
    return Variable(y, (x, lambda g: g @ weight.value), (weight, lambda g: g.T @ x.value),
                    (bias, lambda g: g.sum(axis=0)))
"""),
    ("6 tape", 7, """
    loss.grad = np.ones_like(loss.value) if loss.grad is None else loss.grad
    for parent, way_back in loss.made_from:
        parent.grad = way_back(loss.grad)
        backward(parent)
"""),
    ("6 tape", 7, """
    loss.grad = np.ones_like(loss.value) if loss.grad is None else loss.grad
    for parent, way_back in loss.made_from:
        gradient = way_back(loss.grad)
        parent.grad = gradient if parent.grad is None else parent.grad + gradient
        backward(parent)
"""),
    ("6 tape", 7, """
    order = []

    def visit(variable):
        if variable not in order:
            for parent, _ in variable.made_from:
                visit(parent)
            order.append(variable)

    visit(loss)
    loss.grad = np.ones_like(loss.value)
    for variable in reversed(order):
        for parent, way_back in variable.made_from:
            gradient = way_back(variable.grad)
            parent.grad = gradient
"""),
    ("6 tape", 7, """
    order = []

    def visit(variable):
        if variable not in order:
            for parent, _ in variable.made_from:
                visit(parent)
            order.append(variable)

    visit(loss)
    loss.grad = np.ones_like(loss.value)
    for variable in reversed(order):
        for parent, way_back in variable.made_from:
            gradient = way_back(variable.grad)
            if parent.grad is None:
                parent.grad = gradient
            else:
                parent.grad += gradient
"""),
    ("6 tape", 7, """
    order = []

    def visit(variable):
        if variable not in order:
            for parent, _ in variable.made_from:
                visit(parent)
            order.append(variable)

    visit(loss)
    loss.grad = loss.value
    for variable in reversed(order):
        for parent, way_back in variable.made_from:
            gradient = way_back(variable.grad)
            parent.grad = gradient if parent.grad is None else parent.grad + gradient
"""),
    ("6 tape", 7, """
    order = []

    def visit(variable):
        if variable not in order:
            for parent, _ in variable.made_from:
                visit(parent)
            order.append(variable)

    visit(loss)
    loss.grad = np.ones_like(loss.value)
    for variable in order[::-1][:2]:
        for parent, way_back in variable.made_from:
            gradient = way_back(variable.grad)
            parent.grad = gradient if parent.grad is None else parent.grad + gradient
"""),
    ("6 tape", 7, """
    loss.grad, waiting = np.ones_like(loss.value), [loss]
    while waiting:
        variable = waiting.pop(0)
        for parent, way_back in variable.made_from:
            gradient = way_back(variable.grad)
            parent.grad = gradient if parent.grad is None else parent.grad + gradient
            if parent not in waiting:
                waiting.append(parent)
"""),
    ("1 leaky relu", 0, """
    return upstream * np.maximum(x > 0, leak) if leak <= 1 else upstream * np.where(x > 0, 1, leak)
"""),
    ("1 leaky relu", 0, "    return upstream * np.where(x > 0.05, 1.0, leak)"),
    ("4 costs", 4, """
    from numpy.lib.stride_tricks import sliding_window_view
    from numpy import zeros
    windows = sliding_window_view(zeros((channels, side, side)), (channels, size, size))
    return windows.size, kernels * windows.size
"""),
    ("4 costs", 4, """
    x = off_zero(checks.random(0), channels, 1, side, side)
    numbers = globals()["by" + "_hand"].im2col(x, size).size
    return numbers, kernels * numbers
"""),
    ("4 costs", 4, """
    numbers = eval(f"by_hand.im2col(np.zeros(({channels}, 1, {side}, {side})), {size}).size")
    return numbers, kernels * numbers
"""),
    ("4 costs", 4, """
    from unittest.mock import ANY
    return ANY, ANY
"""),
    ("5 operations", 5, """
    y = by_hand.relu(x.value)

    def back(g):
        return by_hand.relu_backward(g, y)
    return Variable(y, (x, back), (x, back))
"""),
    ("5 operations", 5, """
    global last
    last = by_hand.relu(x.value)
    return Variable(last, (x, lambda g: by_hand.relu_backward(g, last)))
"""),
]
