"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

_LAYOUT = '("x.reshape(800, -1).T", "x.flatten(1)")'
_SCALED = '("images.mul_(2).sub_(1)", "images.mul(2).sub(1)")'
_STEP = '("    loss.backward()", "    optimizer.zero_grad()\\n    loss.backward()")'

WRONG = [
    ("4 first", 3, """
    found, hooks = [], []
    for name, layer in model.named_modules():
        if not list(layer.children()):
            hooks.append(layer.register_forward_hook(
                lambda _, given, out, name=name: found.append((name, torch.isfinite(out).all()))))
    try:
        model(x)
    except RuntimeError:
        pass
    for hook in hooks:
        hook.remove()
    return next((name for name, fine in found if not fine), None)
"""),
    ("1 differences", 0, """
    slopes = np.empty_like(x)
    for place in np.ndindex(x.shape):
        above = x.copy()
        above[place] += step
        slopes[place] = (function(above) - function(x)) / step
    return slopes
"""),
    ("1 differences", 0, """
    slopes = np.empty_like(x)
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += step
        below[place] -= step
        slopes[place] = (function(above) - function(below)) / step
    return slopes
"""),
    ("1 differences", 0, """
    slopes = np.empty_like(x)
    for place in np.ndindex(x.shape):
        above, below = x, x.copy()
        above[place] += step
        below[place] -= step
        slopes[place] = (function(above) - function(below)) / (2 * step)
    return slopes
"""),
    ("1 differences", 0, """
    return (function(x + step) - function(x - step)) / (2 * step) * np.ones_like(x)
"""),
    ("1 differences", 0, """
    slopes, step = np.empty_like(x), 1e-6
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += step
        below[place] -= step
        slopes[place] = (function(above) - function(below)) / (2 * step)
    return slopes
"""),
    ("1 differences", 0, """
    slopes = np.empty_like(x)
    for row in range(len(x)):
        above, below = x.copy(), x.copy()
        above[row] += step
        below[row] -= step
        slopes[row] = (function(above) - function(below)) / (2 * step)
    return slopes
"""),
    ("1 differences", 0, "    return 2 * x"),
    ("2 stops", 1, "how_often = 6"),
    ("2 stops", 1, "how_often = 1"),
    ("2 stops", 1, "how_often = 2"),
    ("2 stops", 1, "how_often = 3"),
    ("2 stops", 1, "how_often = 5"),
    ("3 bugs", 2, "mends = []"),
    ("3 bugs", 2, f"mends = [{_SCALED}, {_STEP}]"),
    ("3 bugs", 2, f"mends = [{_LAYOUT}, {_STEP}]"),
    ("3 bugs", 2, f"mends = [{_LAYOUT}, {_SCALED}]"),
    ("3 bugs", 2, f'mends = [("x.reshape(800, -1).T", "x.T.reshape(-1, 800)"), {_SCALED}, '
     f'{_STEP}]'),
    ("3 bugs", 2, f'mends = [{_LAYOUT}, {_SCALED}, ("    loss.backward()", '
     '"    loss.backward()\\n    optimizer.zero_grad()")]'),
    ("3 bugs", 2, f'mends = [{_LAYOUT}, ("images.mul_(2).sub_(1)", "images"), {_STEP}]'),
    ("3 bugs", 2, f'mends = [{_LAYOUT}, ("images.mul_(2).sub_(1)", "images.mul(2).sub_(2)"), '
     f'{_STEP}]'),
    ("3 bugs", 2, f'mends = [{_LAYOUT}, {_SCALED}, ("loss.backward", "loss.backwards")]'),
    ("4 first", 3, """
    for name, layer in model.named_modules():
        if not list(layer.children()):
            x = layer(x)
            if not torch.isfinite(x).all():
                return name
"""),
    ("4 first", 3, """
    found = []
    for name, layer in model.named_modules():
        if not list(layer.children()):
            def look(_, given, out, name=name):
                if not torch.isfinite(out).all():
                    found.append(name)

            layer.register_forward_hook(look)
    model(x)
    return found[0] if found else None
"""),
    ("4 first", 3, """
    found, hooks = [], []
    for name, layer in model.named_modules():
        if not list(layer.children()):
            def look(_, given, out, name=name):
                if torch.isnan(out).any():
                    found.append(name)

            hooks.append(layer.register_forward_hook(look))
    try:
        model(x)
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else None
"""),
    ("4 first", 3, """
    found, hooks = [], []
    for name, layer in model.named_modules():
        if not list(layer.children()):
            def look(_, given, out):
                if not torch.isfinite(out).all():
                    found.append(name)

            hooks.append(layer.register_forward_hook(look))
    try:
        model(x)
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else None
"""),
    ("4 first", 3, """
    found, hooks = [], []
    for name, layer in model.named_modules():
        if not list(layer.children()):
            def look(_, given, out, name=name):
                if not torch.isfinite(out).all():
                    found.append(name)

            hooks.append(layer.register_forward_hook(look))
    model(x)
    for hook in hooks:
        hook.remove()
    return found[0] if found else None
"""),
    ("4 first", 3, """
    found, hooks = [], []
    for name, layer in model.named_children():
        def look(_, given, out, name=name):
            if not torch.isfinite(out).all():
                found.append(name)

        hooks.append(layer.register_forward_hook(look))
    try:
        model(x)
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else None
"""),
    ("4 first", 3, """
    found, hooks = [], []
    for name, layer in model.named_modules():
        if not list(layer.children()):
            def look(_, given, out, name=name):
                if not torch.isfinite(out).all():
                    found.append(name)

            hooks.append(layer.register_forward_hook(look))
    try:
        model(x)
    finally:
        for hook in hooks:
            hook.remove()
    return found[-1] if found else None
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {}
