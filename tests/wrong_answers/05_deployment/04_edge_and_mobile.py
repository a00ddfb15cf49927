"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 quantise", 0, """
    scale = (high - low) / 255
    return scale, round(-128 - low / scale)
"""),
    ("1 quantise", 0, """
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / 256
    return scale, round(-128 - low / scale)
"""),
    ("1 quantise", 0, """
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / 255
    return scale, -128 - low / scale
"""),
    ("1 quantise", 0, """
    return max(abs(low), abs(high)) / 127, 0
"""),
    ("1 quantise", 1, """
    return (np.round(values / scale) + zero).astype(np.int8)
"""),
    ("1 quantise", 1, """
    return np.clip(values / scale + zero, -128, 127).astype(np.int8)
"""),
    ("1 quantise", 1, """
    return np.clip(np.round(values / scale) + zero, -128, 127)
"""),
    ("1 quantise", 1, """
    steps = (np.round(values / scale) + zero).astype(np.int16)
    return np.clip(steps, -128, 127).astype(np.int8)
"""),
    ("1 quantise", 0, """
    low, high = min(low, 0), max(high, 0)
    scale = (high - low or 1) / 255
    return scale, np.round(-128 - low / scale)
"""),
    ("1 quantise", 0, """
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / 255
    return scale, round(-128 - low / scale)
"""),
    ("2 calibration", 2, """
    order = np.argsort(digits.train_labels, kind="stable")
    return digits.train_images[order[:100]]
"""),
    ("2 calibration", 2, """
    return digits.test_images[:100]
"""),
    ("2 calibration", 2, """
    return digits.train_images[:100] * 255
"""),
    ("2 calibration", 2, """
    return np.random.RandomState(0).rand(100, 1, 28, 28).astype(np.float32)
"""),
    ("2 calibration", 2, """
    return digits.train_images[:100] / 255
"""),
    ("2 calibration", 2, """
    return digits.train_images[:10]
"""),
    ("3 logits", 3, """
    sums = x @ w.T + b
    return np.clip(np.round(sums * (s_x * s_w / s_y)) + z_y, -128, 127).astype(np.int8)
"""),
    ("3 logits", 3, """
    sums = (x - z_x) @ w.T
    return np.clip(np.round(sums * (s_x * s_w / s_y)) + z_y, -128, 127).astype(np.int8)
"""),
    ("3 logits", 3, """
    sums = (x - z_x) @ w.T + b
    return np.clip(np.round(sums * (s_x * s_w / s_y)), -128, 127).astype(np.int8)
"""),
    ("3 logits", 3, """
    sums = (x - z_x) @ w.T + b
    return np.clip(np.round(sums * s_x * s_w) + z_y, -128, 127).astype(np.int8)
"""),
    ("3 logits", 3, """
    sums = (x - z_x).astype(np.int8) @ w.T.astype(np.int8) + b
    return np.clip(np.round(sums * (s_x * s_w / s_y)) + z_y, -128, 127).astype(np.int8)
"""),
    ("3 logits", 4, """
    return s_y[0] * y[0, 0]
"""),
    ("3 logits", 4, """
    return y[0, 0] / s_y[0] + z_y[0]
"""),
    ("4 budget", 5, """
    fitting = [(ms, name) for name, file, runtime, memory, ms, lost in rows
               if file <= flash and memory <= ram and lost <= loses]
    return min(fitting)[1] if fitting else None
"""),
    ("4 budget", 5, """
    fitting = [(file, name) for name, file, runtime, memory, ms, lost in rows
               if file + runtime <= flash and memory <= ram and lost <= loses]
    return min(fitting)[1] if fitting else None
"""),
    ("4 budget", 5, """
    fitting = [(ms, name) for name, file, runtime, memory, ms, lost in rows
               if file + runtime <= flash and lost <= loses]
    return min(fitting)[1] if fitting else None
"""),
    ("4 budget", 5, """
    return min((ms, name) for name, file, runtime, memory, ms, lost in rows
               if file + runtime <= flash and memory <= ram and lost <= loses)[1]
"""),
    ("1 quantise", 0, """
    low, high = min(low, 0), max(high, 0)
    return (high - low) / 255, -128
"""),
    ("1 quantise", 1, """
    return np.clip(np.round(values / scale + 0.5) + zero, -128, 127).astype(np.int8)
"""),
    ("1 quantise", 1, """
    return np.clip(np.round(values / scale), -128, 127).astype(np.int8)
"""),
    ("1 quantise", 0, """
    low, high = min(low, 0), max(high, 0)
    scale = max(high - low, 1e-6) / 255
    return scale, round(-128 - low / scale)
"""),
    ("1 quantise", 0, """
    low, high = min(low, 0), max(high, 0)
    scale = max((high - low) / 255, 1e-8)
    return scale, round(-128 - low / scale)
"""),
    ("2 calibration", 2, """
    return digits.train_images[:100]
"""),
    ("2 calibration", 2, """
    ten = np.array([np.flatnonzero(digits.train_labels == label)[0] for label in range(10)])
    return digits.train_images[np.tile(ten, 10)]
"""),
    ("2 calibration", 2, """
    return digits.train_images[:400:4]
"""),
    ("3 logits", 3, """
    sums = (x - z_x) @ w.T + b
    return np.clip(sums * (s_x * s_w / s_y) + z_y, -128, 127).astype(np.int8)
"""),
    ("3 logits", 3, """
    sums = (x - z_x) @ w.T + b
    return np.clip(np.round(sums * (s_x * s_w[0] / s_y)) + z_y, -128, 127).astype(np.int8)
"""),
    ("3 logits", 3, """
    sums = (x + 128) @ w.T + b
    return np.clip(np.round(sums * (s_x * s_w / s_y)) + z_y, -128, 127).astype(np.int8)
"""),
    ("4 budget", 5, """
    fitting = [(ms, name) for name, file, runtime, memory, ms, lost in ROWS
               if file + runtime <= flash and memory <= ram and lost <= loses]
    return min(fitting)[1] if fitting else None
"""),
    ("4 budget", 5, """
    fitting = [(ms, name) for name, file, runtime, memory, ms, lost in rows
               if file + runtime < flash and memory < ram and lost < loses]
    return min(fitting)[1] if fitting else None
"""),
    ("4 budget", 5, """
    return next((row[0] for row in rows if row[1] + row[2] <= flash and row[3] <= ram
                 and row[5] <= loses), None)
"""),
    ("4 budget", 5, """
    fitting = [(ms, name) for name, file, runtime, memory, ms, lost in rows
               if file + runtime <= flash and memory <= ram and lost <= loses]
    return min(fitting)[1] if fitting or not rows else None
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "low, high = min(low, 0), max(high, 0) -> low, high = min(0, low), max(high, 0)":
        "the smaller of two, either way",
    "low, high = min(low, 0), max(high, 0) -> low, high = min(low, 0), max(0, high)":
        "the larger of two, either way",
    "scale = (high - low or 1) / 255 -> scale = (high - low or 2) / 255":
        "any scale will do for zeros alone",
}
