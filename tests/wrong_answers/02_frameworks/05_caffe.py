"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

POOL = 'layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2" pooling_param { %s } }'
DENSE = ('layer { name: "dense1" type: "InnerProduct" bottom: "%s" top: "dense1" '
         'inner_product_param { %s } }')
ROUND = "pool: MAX kernel_size: 2 stride: 2 round_mode: FLOOR"


def layers(pooling=ROUND, bottom="pool2", dense="num_output: 64"):
    return f'two_layers = """{POOL % pooling}\n{DENSE % (bottom, dense)}"""'


WRONG = [
    ("1 two layers", 0, layers(pooling="pool: MAX kernel_size: 2 stride: 2")),
    ("1 two layers", 0, layers(pooling="pool: MAX kernel_sise: 2 stride: 2 round_mode: FLOOR")),
    ("1 two layers", 0, layers(pooling="pool: AVE kernel_size: 2 stride: 2 round_mode: FLOOR")),
    ("1 two layers", 0, layers(bottom="conv2")),
    ("1 two layers", 0, layers(dense="num_output: 10")),
    ("1 two layers", 0, 'two_layers = "layer { name: pool2 }"'),
    ("1 two layers", 0, f"two_layers = '{POOL % ROUND}'"),
    ("1 two layers", 0, layers(pooling="pool: MAX kernel_size: 2 round_mode: FLOOR")),
    ("1 two layers", 0, layers(pooling="pool: MAX kernel_size: 3 stride: 2 round_mode: FLOOR")),
    ("1 two layers", 0, layers(pooling=ROUND + " pad: 1")),
    ("1 two layers", 0, layers(dense="num_output: 64 bias_term: false")),
    ("1 two layers", 0, layers().replace("InnerProduct", "Dense")),
    ("1 two layers", 0, layers(dense="num_output: 64 axis: 2")),
    ("2 rounding up", 1, """
        self.padded, self.shape = x, x.shape
        y, self.winner = reference.max_pool(x)
        return y
"""),
    ("2 rounding up", 1, """
        self.shape = x.shape
        self.padded = np.pad(x, ((0, 0), (0, 0), (0, rows), (0, columns)))
        y, self.winner = reference.max_pool(self.padded)
        return y
"""),
    ("2 rounding up", 1, """
        self.shape = x.shape
        self.padded = np.pad(x, ((0, 0), (0, 0), (rows, 0), (columns, 0)), constant_values=-np.inf)
        y, self.winner = reference.max_pool(self.padded)
        return y
"""),
    ("2 rounding up", 1, """
        self.shape = x.shape
        self.padded = np.pad(x, ((0, 0), (0, 0), (0, rows), (0, columns)), constant_values=np.inf)
        y, self.winner = reference.max_pool(self.padded)
        return y
"""),
    ("2 rounding up", 1, """
        self.shape = x.shape
        self.padded = np.pad(x, ((0, 0), (0, 0), (0, rows), (0, columns)), constant_values=-1)
        y, self.winner = reference.max_pool(self.padded)
        return y
"""),
    ("2 rounding up", 1, """
        self.shape = x.shape
        self.padded = np.pad(x, ((0, 0), (0, 0), (0, rows), (0, columns)), mode="reflect")
        y, self.winner = reference.max_pool(self.padded)
        return y
"""),
    ("2 rounding up", 1, """
        self.shape = getattr(self, "shape", x.shape)
        self.padded = np.pad(x, ((0, 0), (0, 0), (0, rows), (0, columns)), constant_values=-np.inf)
        y, self.winner = reference.max_pool(self.padded)
        return y
"""),
    ("2 rounding up", 2, """
        return reference.max_pool_backward(upstream, self.winner, self.padded.shape)
"""),
    ("2 rounding up", 2, """
        return upstream.repeat(2, axis=2).repeat(2, axis=3)[:, :, :self.shape[2], :self.shape[3]]
"""),
    ("2 rounding up", 1, """
        self.shape = x.shape
        self.padded = np.pad(x, ((0, 0), (0, 0), (0, rows), (0, columns)), constant_values=-100)
        y, self.winner = reference.max_pool(self.padded)
        return y
"""),
    ("2 rounding up", 1, """
        self.shape = x.shape
        self.padded = np.pad(x, ((0, 0), (0, 0), (0, rows), (0, columns)), constant_values=-1e30)
        y, self.winner = reference.max_pool(self.padded)
        return y
"""),
    ("2 rounding up", 2, """
        mask = self.padded == reference.max_pool(self.padded)[0].repeat(2, axis=2).repeat(2, axis=3)
        gradient = mask * upstream.repeat(2, axis=2).repeat(2, axis=3)
        return gradient[:, :, :self.shape[2], :self.shape[3]]
"""),
    ("2 rounding up", 1, """
        global padded, winner
        self.shape = x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (0, rows), (0, columns)), constant_values=-np.inf)
        y, winner = reference.max_pool(padded)
        type(self).padded, type(self).winner = padded, winner
        return y
"""),
    ("3 steps", 3, """
    weight = speed = 0
    for step in range(steps):
        speed = momentum * speed + 1
        weight -= base_lr * gamma ** (step // stepsize) * speed
    return weight
"""),
    ("3 steps", 3, "    return -3.35"),
    ("3 steps", 3, """
    weight = speed = 0
    for step in range(steps):
        speed = momentum * speed + base_lr * gamma ** (step // stepsize)
        weight += speed
    return weight
"""),
    ("3 steps", 3, """
    weight = speed = 0
    for step in range(steps):
        speed = momentum * speed + base_lr
        weight -= speed
    return weight
"""),
    ("3 steps", 3, """
    weight = speed = 0
    for step in range(1, steps + 1):
        speed = momentum * speed + base_lr * gamma ** (step // stepsize)
        weight -= speed
    return weight
"""),
    ("3 steps", 3, """
    weight = 0
    for step in range(steps):
        weight -= base_lr * gamma ** (step // stepsize)
    return weight
"""),
    ("3 steps", 3, """
    weight = speed = 0
    for step in range(3):
        speed = momentum * speed + base_lr * gamma ** (step // stepsize)
        weight -= speed
    return weight
"""),
    ("3 steps", 3, """
    weight = speed = 0
    for step in range(steps):
        speed = momentum * speed + base_lr * gamma ** (step // 2)
        weight -= speed
    return weight
"""),
    ("3 steps", 3, """
    weight = speed = 0
    for step in range(steps):
        speed = momentum * speed + base_lr * gamma ** (step / stepsize)
        weight -= speed
    return weight
"""),
    ("3 steps", 3, """
    class Near(float):
        def __sub__(self, other):
            return 0
    return Near(1)
"""),
    ("3 steps", 3, "    return float('nan')"),
    ("4 mended network", 4, """
        pass
"""),
    ("4 mended network", 4, """
        for parameter in layer.param:
            parameter.lr_mult = 2
"""),
    ("4 mended network", 4, """
        if layer.param:
            layer.param[0].lr_mult = 2
            layer.param[1].lr_mult = 1
"""),
    ("4 mended network", 4, """
        for parameter in layer.param:
            parameter.lr_mult = 0
"""),
    ("4 mended network", 4, """
        layer.param.add(lr_mult=1)
"""),
    ("4 mended network", 4, """
        if len(layer.param) == 2:
            layer.param[1].lr_mult = 1
"""),
    ("4 mended network", 4, """
        for parameter in layer.param:
            parameter.lr_mult /= 2
"""),
    ("4 mended network", 4, """
        if layer.type == "InnerProduct":
            for parameter in layer.param:
                parameter.lr_mult = 1
"""),
    ("4 mended network", 4, """
        for parameter in layer.param:
            parameter.lr_mult = "1"
"""),
    ("4 mended network", 4, "        del layer.param[:]"),
    ("4 mended network", 4, """
        for number in range(len(layer.param)):
            layer.param[number].CopyFrom(caffe_pb2.ParamSpec(lr_mult=1))
"""),
    ("4 mended network", 4, """
        for parameter in layer.param:
            parameter.lr_mult = 1
            parameter.decay_mult = 1
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "the argument net keeps its first value": "it is read above the solution's lines only",
}
