"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("2 end", 1, """
    steps = 0
    for start in range(0, len(batches), every):
        x, y = (torch.cat(parts) for parts in zip(*batches[start:start + every]))
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
        steps += 1
    return steps
"""),
    ("3 schedule", 2, """
    import numpy
    return float(numpy.interp(step, [0, warmup], [0, peak])) if step < warmup else float(
        peak * (1 + numpy.cos(numpy.pi * min(1, (step - warmup) / (total - warmup)))) / 2)
"""),
    ("4 stopper", 3, """
        self.patience, self.least = patience, least
        self.best, self.best_epoch, self.epoch, self.waited = 1e9, None, 0, 0
"""),
    ("4 stopper", 4, """
        if abs(loss) < self.best - self.least:
            self.best, self.best_epoch, self.waited = abs(loss), self.epoch, 0
        else:
            self.waited += 1
        self.epoch += 1
        return self.waited >= self.patience
"""),
    ("1 clip", 0, """
    length = math.sqrt(sum(float((value ** 2).sum()) for value in gradients.values()))
    if limit == 0 or length <= limit:
        return dict(gradients)
    return {name: value * (limit / (length + 1e-6)) for name, value in gradients.items()}
"""),
    ("1 clip", 0, """
    return {name: value / max(1, np.linalg.norm(value) / limit) if limit else value
            for name, value in gradients.items()}
"""),
    ("1 clip", 0, """
    return {name: np.clip(value, -limit, limit) if limit else value
            for name, value in gradients.items()}
"""),
    ("1 clip", 0, """
    length = math.sqrt(sum(float((value ** 2).sum()) for value in gradients.values()))
    return {name: value * min(1, limit / length) for name, value in gradients.items()}
"""),
    ("1 clip", 0, """
    length = math.sqrt(sum(float((value ** 2).sum()) for value in gradients.values()))
    return {name: value * limit / length if limit and length else value
            for name, value in gradients.items()}
"""),
    ("1 clip", 0, """
    length = sum(float((value ** 2).sum()) for value in gradients.values())
    return {name: value * limit / length if limit and length > limit else value
            for name, value in gradients.items()}
"""),
    ("1 clip", 0, """
    length = math.sqrt(sum(float((value ** 2).sum()) for value in gradients.values()))
    return {name: value / length if limit and length > 1 else value
            for name, value in gradients.items()}
"""),
    ("1 clip", 0, """
    length = math.sqrt(sum(float((value ** 2).sum()) for value in gradients.values()))
    for value in gradients.values():
        if limit and length > limit:
            value *= limit / length
    return gradients
"""),
    ("1 clip", 0, "    return gradients"),
    ("2 end", 1, "    return loses_the_end(model, optimizer, batches, every)"),
    ("2 end", 1, """
    steps = loses_the_end(model, optimizer, batches, every)
    if len(batches) % every:
        optimizer.step()
        optimizer.zero_grad()
        steps += 1
    return steps
"""),
    ("2 end", 1, """
    optimizer.zero_grad()
    return loses_the_end(model, optimizer, batches, every)
"""),
    ("2 end", 1, """
    for x, y in batches:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
    return math.ceil(len(batches) / every)
"""),
    ("2 end", 1, """
    steps = 0
    for start in range(0, len(batches), every):
        optimizer.zero_grad()
        for x, y in batches[start:start + every]:
            torch.nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
        steps += 1
    return steps
"""),
    ("2 end", 1, """
    steps = 0
    for start in range(0, len(batches), every):
        group = batches[start:start + every]
        for x, y in group:
            (torch.nn.functional.mse_loss(model(x), y) / len(group)).backward()
        optimizer.step()
        steps += 1
    return steps
"""),
    ("3 schedule", 2, """
    return peak * (1 + math.cos(math.pi * min(1, step / total))) / 2
"""),
    ("3 schedule", 2, """
    if step < warmup:
        return peak * step / warmup
    return peak * (1 + math.cos(math.pi * min(1, step / total))) / 2
"""),
    ("3 schedule", 2, """
    if step < warmup:
        return peak * step / warmup
    return peak * (1 + math.cos(math.pi * (step - warmup) / (total - warmup))) / 2
"""),
    ("3 schedule", 2, """
    if step < warmup:
        return peak * (step + 1) / warmup
    done = min(1, (step - warmup) / (total - warmup))
    return peak * (1 + math.cos(math.pi * done)) / 2
"""),
    ("3 schedule", 2, """
    if step < warmup:
        return peak * step / warmup
    return peak * max(0, 1 - (step - warmup) / (total - warmup))
"""),
    ("3 schedule", 2, """
    return float(optax.warmup_cosine_decay_schedule(0.0, peak, warmup, total)(step))
"""),
    ("3 schedule", 2, """
    done = min(1, (step - warmup) / (total - warmup))
    return 0.02 * min(1, step / max(1, warmup)) * (1 + math.cos(math.pi * done)) / 2
"""),
    ("4 stopper", 4, """
        if loss < self.best - self.least:
            self.best, self.best_epoch, self.waited = loss, self.epoch, 0
        else:
            self.waited += 1
        self.epoch += 1
        return self.waited > self.patience
"""),
    ("4 stopper", 4, """
        if loss < self.best - self.least:
            self.best_epoch, self.waited = self.epoch, 0
        else:
            self.waited += 1
        self.best = loss
        self.epoch += 1
        return self.waited >= self.patience
"""),
    ("4 stopper", 4, """
        if loss < self.best:
            self.best, self.best_epoch, self.waited = loss, self.epoch, 0
        else:
            self.waited += 1
        self.epoch += 1
        return self.waited >= self.patience
"""),
    ("4 stopper", 4, """
        if loss >= self.best - self.least:
            self.waited += 1
        else:
            self.best, self.best_epoch, self.waited = loss, self.epoch, 0
        self.epoch += 1
        return self.waited >= self.patience
"""),
    ("4 stopper", 4, """
        if loss < self.best - self.least:
            self.best, self.best_epoch = loss, self.epoch
        else:
            self.waited += 1
        self.epoch += 1
        return self.waited >= self.patience
"""),
    ("4 stopper", 4, "        return False"),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "if limit == 0 or length <= limit: -> if limit == 0 or (length < limit):":
        "at the limit itself the factor is 1",
    "return dict(gradients) -> return gradients":
        "the arrays are handed on unchanged either way; nothing is written into them",
    "length = math.sqrt(sum(float((value ** 2).sum()) for value in gradients.values())) -> "
    "length = math.sqrt(sum((value ** 2).sum() for value in gradients.values()))":
        "math.sqrt takes NumPy's number, too",
    "(torch.nn.functional.mse_loss(model(x), y) / len(group)).backward() -> "
    "(torch.nn.functional.mse_loss(y, model(x)) / len(group)).backward()":
        "a squared difference has no order",
    "done = min(1, (step - warmup) / (total - warmup)) -> "
    "done = min((step - warmup) / (total - warmup), 1)": "min has no order",
}
