"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 gradients add", 0, """
            x.grad = gradient
"""),
    ("1 gradients add", 0, """
            x.grad += gradient
"""),
    ("1 gradients add", 0, """
            if x.grad is None:
                x.grad = gradient
            else:
                x.grad += gradient
"""),
    ("1 gradients add", 0, """
            x.grad = gradient + gradient if x.grad is None else x.grad + gradient
"""),
    ("1 gradients add", 0, """
            x.grad = gradient if x.grad is None else 2 * gradient
"""),
    ("1 gradients add", 0, """
            x.grad = np.ones_like(gradient) if x.grad is None else x.grad + 1
"""),
    ("1 gradients add", 0, """
            gradient += 0 if x.grad is None else x.grad
            x.grad = gradient
"""),
    ("2 average pooling", 1, """
        return F.average_pooling_2d(x, 2).array
"""),
    ("2 average pooling", 1, """
        return np.median(x.reshape(n, channels, height, 2, width, 2), axis=(3, 5))
"""),
    ("2 average pooling", 1, """
        return x.reshape(n, channels, height, 2, width, 2).sum(axis=(3, 5)) / 2
"""),
    ("2 average pooling", 1, """
        return x[:, :, ::2, ::2]
"""),
    ("2 average pooling", 2, """
        return (np.full_like(upstream, upstream.mean()).repeat(2, axis=2).repeat(2, axis=3) / 4,)
"""),
    ("2 average pooling", 2, """
        return (upstream.repeat(2, axis=3).repeat(2, axis=3) / 4,)
"""),
    ("2 average pooling", 1, """
        return x.reshape(n, channels, 2, height, 2, width).mean(axis=(2, 4))
"""),
    ("2 average pooling", 1, """
        return x.reshape(n, channels, height, 2, width, 2).max(axis=(3, 5))
"""),
    ("2 average pooling", 2, """
        return (upstream.repeat(2, axis=2).repeat(2, axis=3),)
"""),
    ("2 average pooling", 2, """
        return upstream.repeat(2, axis=2).repeat(2, axis=3) / 4
"""),
    ("2 average pooling", 2, """
        return (np.tile(upstream, (1, 1, 2, 2)) / 4,)
"""),
    ("3 recorded functions", 3, "    return 19"),
    ("3 recorded functions", 3, "    return 3 * columns"),
    ("3 recorded functions", 3, "    return 3 * 28 + 1"),
    ("3 recorded functions", 3, "    return 4"),
    ("3 recorded functions", 3, "    return 4 * columns + 1"),
    ("3 recorded functions", 3, "    return 2 * columns + 1"),
    ("3 recorded functions", 3, "    return max(3 * columns, 1)"),
    ("3 recorded functions", 3, """
    from unittest.mock import ANY
    return ANY
"""),
    ("4 mended network", 4, """
        x = F.max_pooling_2d(F.relu(self.conv1(x)), 2)
        x = F.max_pooling_2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
"""),
    ("4 mended network", 4, """
        x = F.max_pooling_2d(F.relu(self.conv1(x)).array, 2, cover_all=False)
        x = F.max_pooling_2d(F.relu(self.conv2(x)), 2, cover_all=False)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
"""),
    ("4 mended network", 4, """
        x = F.max_pooling_2d(F.relu(self.conv1(x)), 2, cover_all=False)
        x = F.max_pooling_2d(F.relu(self.conv2(x)), 2, cover_all=False)
        x = self.dense1(x)
        return self.dense2(x)
"""),
    ("4 mended network", 4, """
        x = F.max_pooling_2d(F.relu(self.conv1(x)), 2, cover_all=False)
        x = chainer.Variable(x.array)
        x = F.max_pooling_2d(F.relu(self.conv2(x)), 2, cover_all=False)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
"""),
    ("4 mended network", 4, """
        x = F.max_pooling_2d(F.relu(self.conv1(x)), 2, cover_all=False)
        x = F.max_pooling_2d(F.relu(self.conv2(x)), 2, cover_all=False)
        x = F.relu(self.dense1(x))
        return self.dense2(x).array
"""),
    ("4 mended network", 4, """
        x = F.average_pooling_2d(F.relu(self.conv1(x)), 2)
        x = F.average_pooling_2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
"""),
    ("1 gradients add", 0, """
            x.grad = gradient if x.grad is None else x.grad + gradient[0]
"""),
    ("2 average pooling", 1, """
        from chainer.functions import average_pooling_2d
        return average_pooling_2d(x, 2).array
"""),
    ("2 average pooling", 1, """
        functions = getattr(notebook, "F")
        return functions.average_pooling_2d(x, 2).array
"""),
    ("2 average pooling", 1, """
        import importlib
        return importlib.import_module("chainer" + ".functions").average_pooling_2d(x, 2).array
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "the argument loss keeps its first value": "the missing line comes after its use",
    "x = F.max_pooling_2d(F.relu(self.conv1(x)), 2, cover_all=False) -> "
    "x = F.max_pooling_2d(F.relu(self.conv1(x)), 2)": "26 pixels are even: no row is left over",
    "x = F.max_pooling_2d(F.relu(self.conv1(x)), 2, cover_all=False) -> "
    "x = F.max_pooling_2d(F.relu(self.conv1(x)), 2, cover_all=True)":
        "26 pixels are even: no row is left over",
}
