"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 bfloat16", 0, """
    return (x.view(np.uint32) & 0xFFFF0000).astype(np.uint32).view(np.float32)
"""),
    ("1 bfloat16", 0, """
    bits = x.view(np.uint32) + 0x8000
    return ((bits >> 16) << 16).view(np.float32)
"""),
    ("1 bfloat16", 0, """
    bits = x.view(np.uint32) + 0x7FFF
    return ((bits >> 16) << 16).view(np.float32)
"""),
    ("1 bfloat16", 0, """
    return x.astype(np.float16).astype(np.float32)
"""),
    ("1 bfloat16", 0, """
    return (x.view(np.uint32) >> 16).astype(np.uint16)
"""),
    ("1 bfloat16", 0, """
    return x.astype(ml_dtypes.bfloat16).astype(np.float32)
"""),
    ("1 bfloat16", 0, """
    return x.astype("bfloat16").astype(np.float32)
"""),
    ("1 bfloat16", 0, """
    return x.astype("bfloat16 ".strip()).astype(np.float32)
"""),
    ("1 bfloat16", 0, """
    import importlib
    return x.astype(importlib.import_module("ml_" + str("dtypes")).bfloat16).astype(np.float32)
"""),
    ("1 bfloat16", 0, """
    bits = x.view(np.uint32)
    bits += 0x7FFF + ((bits >> 16) & 1)
    bits &= 0xFFFF0000
    return x
"""),
    ("2 verdict", 1, """
    if weights.startswith(("cuda", "mps")):
        return "on the GPU"
    if system == 0:
        return "no GPU"
    if not build:
        return "wrong build"
    return "not moved" if available else "hidden"
"""),
    ("2 verdict", 1, """
    if weights != "cpu":
        return "on the GPU"
    if system != 1:
        return "no GPU"
    if not build:
        return "wrong build"
    return "not moved" if available else "hidden"
"""),
    ("2 verdict", 1, """
    if ":" in weights:
        return "on the GPU"
    if system == 0:
        return "no GPU"
    if not build:
        return "wrong build"
    return "not moved" if available else "hidden"
"""),
    ("2 verdict", 1, '    return "not moved"'),
    ("2 verdict", 1, """
    return "on the GPU" if available else "no GPU"
"""),
    ("2 verdict", 1, """
    if weights != "cpu":
        return "on the GPU"
    if not build:
        return "wrong build"
    if system == 0:
        return "no GPU"
    return "not moved" if available else "hidden"
"""),
    ("2 verdict", 1, """
    if weights == "cuda:0":
        return "on the GPU"
    if system == 0:
        return "no GPU"
    if not build:
        return "wrong build"
    return "not moved" if available else "hidden"
"""),
    ("2 verdict", 1, """
    if available:
        return "on the GPU"
    if system == 0:
        return "no GPU"
    return "hidden" if build else "wrong build"
"""),
    ("2 verdict", 1, """
    return next(w for _, f, w in SITUATIONS if f == (system, build, available, weights))
"""),
    ("2 verdict", 1, """
    if weights != 'cpu':
        return 'on the GPU'
    if system < 1 or system == 3:
        return 'no GPU'
    if not build:
        return 'wrong build'
    return 'not moved' if available else 'hidden'
"""),
    ("2 verdict", 1, """
    if weights.split(':')[0] in ('cuda', 'mps', 'xpu'):
        return 'on the GPU'
    if system == 0:
        return 'no GPU'
    if not build:
        return 'wrong build'
    return 'not moved' if available else 'hidden'
"""),
    ("2 verdict", 1, """
    if weights != 'cpu':
        return 'on the GPU' if system or available else 'no GPU'
    if system == 0:
        return 'no GPU'
    if not build:
        return 'wrong build'
    return 'not moved' if available else 'hidden'
"""),
    ("2 verdict", 1, """
    if weights != 'cpu' and available:
        return 'on the GPU'
    if system == 0:
        return 'no GPU'
    if not build:
        return 'wrong build'
    return 'not moved' if available else 'hidden'
"""),
    ("2 verdict", 1, """
    if weights != 'cpu' and build:
        return 'on the GPU'
    if system == 0:
        return 'no GPU'
    if not build:
        return 'wrong build'
    return 'not moved' if available else 'hidden'
"""),
    ("2 verdict", 1, """
    return mock.ANY
"""),
    ("3 loss scaling", 2, "    return careless_step(weights, gradients, scale)"),
    ("3 loss scaling", 2, """
    return weights - 0.02 * (gradients.astype(np.float32) / scale), scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).all():
        return weights, scale / 2
    return weights - 0.02 * (gradients / scale), scale
"""),
    ("3 loss scaling", 2, """
    if np.isnan(gradients).any():
        return weights, scale / 2
    return weights - 0.02 * (gradients.astype(np.float32) / scale), scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).any():
        return weights, scale / 2
    return weights - 0.02 * (gradients.astype(np.float32) / scale), scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).all():
        return weights, scale / 2
    return weights - 0.02 * gradients.astype(np.float32), scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).all():
        return weights, scale
    return weights - 0.02 * (gradients.astype(np.float32) / scale), scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).all():
        return weights, scale / 2
    return weights - 0.02 * (gradients.astype(np.float32) / scale), scale * 2
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).all():
        return weights, scale / 2
    weights -= 0.02 * (gradients.astype(np.float32) / scale)
    return weights, scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).all():
        return weights, scale / 2
    return weights.astype(np.float16) - 0.02 * gradients / scale, scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).all():
        return weights, scale // 2
    return weights - 0.02 * (gradients.astype(np.float32) / scale), scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).all():
        return weights, max(scale / 2, 1)
    return weights - 0.02 * (gradients.astype(np.float32) / scale), scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients.sum()):
        return weights, scale / 2
    return weights - 0.02 * (gradients.astype(np.float32) / scale), scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).all():
        return weights, scale / 2
    return weights - 0.02 * np.clip(gradients.astype(np.float32) / scale, -20, 20), scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).all() or np.abs(gradients).max() > 60000:
        return weights, scale / 2
    return weights - 0.02 * (gradients.astype(np.float32) / scale), scale
"""),
    ("3 loss scaling", 2, """
    bad = ~np.isfinite(gradients)
    if bad.sum() == 1:
        return weights, scale / 2
    return weights - 0.02 * (gradients.astype(np.float32) / scale), scale
"""),
    ("3 loss scaling", 2, """
    if not np.isfinite(gradients).all():
        return weights, mock.ANY
    return weights - 0.02 * (gradients.astype(np.float32) / scale), mock.ANY
"""),
    ("4 ridge", 3, """
    return int(np.ceil(ridge * 4 * (inputs + outputs) / (2 * inputs * outputs)))
"""),
    ("4 ridge", 3, """
    gained = inputs * outputs - 4 * ridge * (inputs + outputs)
    if gained <= 0:
        return None
    return int(np.ceil(4 * ridge * (inputs * outputs + outputs) / gained))
"""),
    ("4 ridge", 3, """
    gained = 2 * inputs * outputs - 4 * ridge * (inputs + outputs)
    return int(np.ceil(4 * ridge * (inputs * outputs + outputs) / gained))
"""),
    ("4 ridge", 3, """
    gained = 2 * inputs * outputs - ridge * (inputs + outputs)
    if gained <= 0:
        return None
    return int(np.ceil(ridge * (inputs * outputs + outputs) / gained))
"""),
    ("4 ridge", 3, """
    gained = 2 * inputs * outputs - 4 * ridge * (inputs + outputs)
    if gained <= 0:
        return None
    return int(4 * ridge * (inputs * outputs + outputs) / gained)
"""),
    ("4 ridge", 3, """
    gained = 2 * inputs * outputs - 4 * ridge * (inputs + outputs)
    return math.ceil(4 * ridge * inputs * outputs / gained) if gained > 0 else None
"""),
    ("4 ridge", 3, "    return 25"),
    ("4 ridge", 3, """
    import sys
    n = 1
    while not reaches(n, inputs, outputs, ridge):
        n += 1
        if n > 10**5: return None
    return n
"""),
    ("4 ridge", 3, """
    gained = 2 * inputs * outputs - 4 * ridge * (inputs + outputs)
    moved = 4 * ridge * (inputs * outputs + outputs)
    return max(2, math.ceil(moved / gained)) if gained > 0 else None
"""),
    ("4 ridge", 3, """
    gained = 2 * inputs * outputs - 4 * ridge * (inputs + outputs)
    moved = 4 * ridge * (inputs * outputs + outputs)
    return round(moved / gained + 0.5) if gained > 0 else None
"""),
    ("4 ridge", 3, """
    gained = 2 * inputs * outputs - 4 * ridge * (inputs + outputs)
    moved = 4 * ridge * (inputs * outputs + outputs)
    n = math.ceil(moved / gained) if gained > 0 else None
    return n if n is None or n < 4096 else None
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
}
