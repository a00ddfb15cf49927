"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 compile", 0, """
    model.compile(optimizer=keras.optimizers.SGD(spec.LEARNING_RATE, momentum=spec.MOMENTUM),
                  loss="sparse_categorical_crossentropy")
"""),
    ("1 compile", 0, """
    model.compile(optimizer=keras.optimizers.SGD(spec.LEARNING_RATE),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
"""),
    ("1 compile", 0, """
    model.compile(optimizer=keras.optimizers.SGD(spec.LEARNING_RATE, momentum=spec.MOMENTUM),
                  loss=keras.losses.CategoricalCrossentropy(from_logits=True))
"""),
    ("1 compile", 0, """
    model.compile(optimizer=keras.optimizers.SGD(spec.LEARNING_RATE, momentum=spec.MOMENTUM,
                                                 nesterov=True),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
"""),
    ("2 numbers in the file", 1, "numbers_in_file = 56_714"),
    ("2 numbers in the file", 1, "numbers_in_file = 56_714 + 2"),
    ("2 numbers in the file", 1, "numbers_in_file = 2 * 56_714"),
    ("2 numbers in the file", 1, "numbers_in_file = 3 * 56_714 + 2"),
    ("3 flatten order", 2, """
    return weight.T
"""),
    ("3 flatten order", 2, """
    return weight.reshape(64, 5, 5, 32).transpose(3, 1, 2, 0).reshape(800, 64)
"""),
    ("3 flatten order", 2, """
    return weight.reshape(64, 32, 5, 5).transpose(3, 2, 1, 0).reshape(800, 64)
"""),
    ("3 flatten order", 2, """
    return weight.reshape(64, 32, 5, 5).transpose(0, 2, 3, 1).reshape(64, 800)
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
]
