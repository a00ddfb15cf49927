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
    ("2 rounding up", 2, """
        return reference.max_pool_backward(upstream, self.winner, self.padded.shape)
"""),
    ("2 rounding up", 2, """
        return upstream.repeat(2, axis=2).repeat(2, axis=3)[:, :, :self.shape[2], :self.shape[3]]
"""),
    ("3 three steps", 3, "weight_after_three_steps = -2.675"),
    ("3 three steps", 3, "weight_after_three_steps = 3.35"),
    ("3 three steps", 3, "weight_after_three_steps = -4.25"),
    ("3 three steps", 3, "weight_after_three_steps = -2.1"),
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
        layer.param[1].lr_mult = 1
"""),
    ("4 mended network", 4, """
        for parameter in layer.param:
            parameter.lr_mult = "1"
"""),
]
