"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 leaky relu", 0, """
    return upstream * (x > 0)
"""),
    ("1 leaky relu", 0, """
    return leaky_relu(upstream)
"""),
    ("1 leaky relu", 0, """
    return np.where(x > 0, 1.0, 0.1)
"""),
    ("1 leaky relu", 0, """
    return upstream * np.where(x > 0, x, 0.1 * x)
"""),
    ("1 leaky relu", 0, """
    return (upstream * np.where(x > 0, 1.0, 0.1)).sum(axis=0)
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
    ("4 multiply-adds", 4, """
column_numbers = 3 * 3 * 11 * 11
multiply_adds = 32 * 3 * 3 * 11 * 11
"""),
    ("4 multiply-adds", 4, """
column_numbers = 16 * 3 * 3 * 13 * 13
multiply_adds = 32 * 16 * 3 * 3 * 13 * 13
"""),
    ("4 multiply-adds", 4, """
column_numbers = 16 * 3 * 3 * 11 * 11
multiply_adds = 16 * 3 * 3 * 11 * 11
"""),
    ("4 multiply-adds", 4, """
column_numbers = 16 * 3 * 3 * 11 * 11
multiply_adds = 2 * 32 * 16 * 3 * 3 * 11 * 11
"""),
]
