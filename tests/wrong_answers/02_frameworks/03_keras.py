"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""


def compiled(optimizer, loss="SparseCategoricalCrossentropy(from_logits=True)"):
    return (f"    model.compile(optimizer=keras.optimizers.{optimizer},\n"
            f"                  loss=keras.losses.{loss})")


def numbers(*five):
    names = ("SGD", "momentum", "momentum, dense1 frozen", "Adam", "Adam, dense1 frozen")
    return f"numbers = {dict(zip(names, five))!r}"


WRONG = [
    ("1 compile", 0, compiled("SGD(rate, momentum=momentum)", "SparseCategoricalCrossentropy()")),
    ("1 compile", 0, compiled("SGD(rate)")),
    ("1 compile", 0, compiled("SGD(rate, momentum=momentum)",
                              "CategoricalCrossentropy(from_logits=True)")),
    ("1 compile", 0, compiled("SGD(rate, momentum=momentum, nesterov=True)")),
    ("1 compile", 0, compiled("SGD(spec.LEARNING_RATE, momentum=spec.MOMENTUM)")),
    ("1 compile", 0, compiled("SGD(rate, momentum=0.9)")),
    ("1 compile", 0, compiled("SGD(0.1, momentum=momentum)")),
    ("1 compile", 0, compiled("SGD(momentum, momentum=rate)")),
    ("1 compile", 0, compiled("Adam(rate)")),
    ("1 compile", 0, compiled("SGD(rate, momentum=momentum)", "SparseCategoricalCrossentropy("
                              "from_logits=True, reduction='sum')")),
    ("1 compile", 0, """
    model.compile(optimizer=keras.optimizers.SGD(rate, momentum=momentum),
                  loss="sparse_categorical_crossentropy")
"""),
    ("1 compile", 0, compiled("SGD(rate, momentum=momentum, clipnorm=5.0)")),
    ("1 compile", 0, compiled("SGD(rate, momentum=momentum)", "SparseCategoricalCrossentropy("
                              "from_logits=True, ignore_class=9)")),
    ("1 compile", 0, """
    model.compile(optimizer="sgd",
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
"""),
    ("2 numbers in the file", 1, numbers(56_714, 56_714, 56_714, 56_714, 56_714)),
    ("2 numbers in the file", 1, numbers(56_716, 113_430, 113_430, 170_144, 170_144)),
    ("2 numbers in the file", 1, numbers(56_714, 113_428, 62_164, 170_142, 67_614)),
    ("2 numbers in the file", 1, numbers(113_430, 113_430, 62_166, 170_144, 67_616)),
    ("2 numbers in the file", 1, numbers(56_716, 113_430, 62_166, 113_430, 62_166)),
    ("2 numbers in the file", 1, numbers(56_716, 113_430, 10_902, 170_144, 16_352)),
    ("2 numbers in the file", 1, numbers(56_716, 170_144, 67_616, 226_858, 73_066)),
    ("2 numbers in the file", 1, "numbers = 113_430"),
    ("2 numbers in the file", 1, """
from unittest.mock import ANY
numbers = dict.fromkeys(FILES, ANY)
"""),
    ("3 flatten order", 2, """
    return weight.T
"""),
    ("3 flatten order", 2, """
    axes = weight.reshape(len(weight), height, width, channels).transpose(3, 1, 2, 0)
    return axes.reshape(weight.T.shape)
"""),
    ("3 flatten order", 2, """
    axes = weight.reshape(len(weight), channels, height, width).transpose(3, 2, 1, 0)
    return axes.reshape(weight.T.shape)
"""),
    ("3 flatten order", 2, """
    axes = weight.reshape(len(weight), channels, height, width).transpose(0, 2, 3, 1)
    return axes.reshape(weight.shape)
"""),
    ("3 flatten order", 2, """
    axes = weight.reshape(len(weight), channels, height, width).transpose(0, 2, 3, 1)
    return axes.reshape(weight.T.shape)
"""),
    ("3 flatten order", 2, """
    return weight.reshape(64, 32, 5, 5).transpose(2, 3, 1, 0).reshape(800, 64)
"""),
    ("3 flatten order", 2, """
    axes = weight.reshape(len(weight), 4, height, width).transpose(2, 3, 1, 0)
    return axes.reshape(weight.T.shape)
"""),
    ("3 flatten order", 2, """
    axes = weight.reshape(len(weight), channels, height, width).transpose(2, 3, 1, 0)
    result = axes.reshape(weight.T.shape).copy()
    weight[:] = result.T
    return result
"""),
    ("4 momentum", 3, """
        self.assign(velocity, self.momentum * velocity - learning_rate * gradient)
        self.assign_add(variable, velocity)
"""),
    ("4 momentum", 3, """
        self.assign(velocity, self.momentum * velocity + (1 - self.momentum) * gradient)
        self.assign_sub(variable, learning_rate * velocity)
"""),
    ("4 momentum", 3, """
        self.assign(velocity, self.momentum * velocity - gradient)
        self.assign_sub(variable, learning_rate * velocity)
"""),
    ("4 momentum", 3, """
        self.assign(velocity, learning_rate * self.momentum * velocity + gradient)
        self.assign_sub(variable, velocity)
"""),
    ("4 momentum", 3, """
        self.assign(velocity, spec.MOMENTUM * velocity + gradient)
        self.assign_sub(variable, learning_rate * velocity)
"""),
    ("4 momentum", 3, """
        self.assign(velocity, self.momentum * velocity + gradient)
        self.assign_sub(variable, spec.LEARNING_RATE * velocity)
"""),
    ("4 momentum", 3, """
        self.assign_sub(variable, learning_rate * velocity)
        self.assign(velocity, self.momentum * velocity + gradient)
"""),
    ("4 momentum", 3, """
        velocity = self.momentum * velocity + gradient
        self.assign_sub(variable, learning_rate * velocity)
"""),
    ("4 momentum", 3, """
        super().update_step(gradient, variable, learning_rate)
"""),
    ("4 momentum", 3, """
        gradient = keras.ops.clip(gradient, -5, 5)
        self.assign(velocity, self.momentum * velocity + gradient)
        self.assign_sub(variable, learning_rate * velocity)
"""),
    ("4 momentum", 3, """
        self.assign(velocity, max(self.momentum, 0.3) * velocity + gradient)
        self.assign_sub(variable, learning_rate * velocity)
"""),
]
