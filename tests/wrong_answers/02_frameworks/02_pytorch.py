"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""


def counts(**changed):
    names = {"OneCNN": 8, "one layer": 2, "no bias": 1, "same layer twice": 2,
             "first one frozen": 2, "detached": 3}
    changed = {name.replace("_", " "): number for name, number in changed.items()}
    return f"accumulators = {({**names, **changed})!r}"


WRONG = [
    ("1 training step", 0, """
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
"""),
    ("1 training step", 0, """
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()
"""),
    ("1 training step", 0, """
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss
"""),
    ("1 training step", 0, """
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()
"""),
    ("1 training step", 0, """
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return F.cross_entropy(model(images), labels).item()
"""),
    ("1 training step", 0, """
    loss = F.cross_entropy(model(images), labels)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
"""),
    ("1 training step", 0, """
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    with torch.no_grad():
        for weight in model.parameters():
            weight -= 0.1 * weight.grad
    return loss.item()
"""),
    ("1 training step", 0, """
    loss = F.cross_entropy(model(images), labels)
    return loss.item()
"""),
    ("1 training step", 0, """
    loss = F.cross_entropy(model(images), labels)
    rate, momentum = (optimizer.param_groups[0][key] for key in ("lr", "momentum"))
    for weight, slope in zip(model.parameters(), torch.autograd.grad(loss, [*model.parameters()])):
        speed = optimizer.state[weight]["speed"] = slope + momentum * optimizer.state[weight].get(
            "speed", 0)
        weight.data -= rate * speed
    return loss.item()
"""),
    ("1 training step", 0, """
    loss = F.cross_entropy(model(images.double()), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
"""),
    ("1 training step", 0, """
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    return loss.item()
"""),
    ("2 accumulators", 1, counts(OneCNN=4)),
    ("2 accumulators", 1, counts(OneCNN=12)),
    ("2 accumulators", 1, counts(same_layer_twice=4)),
    ("2 accumulators", 1, counts(first_one_frozen=4)),
    ("2 accumulators", 1, counts(detached=2)),
    ("2 accumulators", 1, counts(detached=4)),
    ("2 accumulators", 1, counts(OneCNN=56714, one_layer=20, no_bias=12)),
    ("2 accumulators", 1, "accumulators = 8"),
    ("2 accumulators", 1, "accumulators = {'OneCNN': 8}"),
    ("2 accumulators", 1, """
from unittest.mock import ANY
accumulators = {name: ANY for name in ('OneCNN', 'one layer', 'no bias', 'same layer twice',
        'first one frozen', 'detached')}
"""),
    ("3 max pooling", 2, """
    return x.reshape(n, channels, height, 2, width, 2).amax(dim=(3, 5))
"""),
    ("3 max pooling", 2, """
    windows = x[:, :, :2 * height, :2 * width].reshape(n, channels, 2, height, 2, width)
    return windows.amax(dim=(2, 4))
"""),
    ("3 max pooling", 2, """
    windows = x[:, :, :2 * height, :2 * width].reshape(n, channels, height, 2, width, 2)
    return windows.mean(dim=(3, 5))
"""),
    ("3 max pooling", 2, """
    windows = x[:, :, :2 * height, :2 * width].reshape(n, channels, height, 2, width, 2)
    return torch.from_numpy(windows.detach().numpy().max(axis=(3, 5)))
"""),
    ("3 max pooling", 2, """
    return F.max_pool2d(x, 2)
"""),
    ("3 max pooling", 2, """
    layer = getattr(nn, "Max" + "Pool2d")(2)
    return layer(x)
"""),
    ("3 max pooling", 2, """
    return F.adaptive_max_pool2d(x[:, :, :2 * height, :2 * width], (height, width))
"""),
    ("3 max pooling", 2, """
    _, places = F.max_pool2d(x.detach(), 2, return_indices=True)
    return x.flatten(2).gather(2, places.flatten(2)).reshape(n, channels, height, width)
"""),
    ("3 max pooling", 2, """
    return torch.ops.aten.max_pool2d(x, 2)
"""),
    ("3 max pooling", 2, """
    windows = x[:, :, :2 * height, :2 * width].reshape(n, channels, height, width, 2, 2)
    return windows.amax(dim=(4, 5))
"""),
    ("3 max pooling", 2, """
    windows = x[:, :, :2 * height, :2 * width].reshape(n, channels, height, 2, width, 2)
    return windows.amax(dim=3)[..., 0]
"""),
    ("3 max pooling", 2, """
    windows = torch.relu(x)[:, :, :2 * height, :2 * width]
    return windows.reshape(n, channels, height, 2, width, 2).amax(dim=(3, 5))
"""),
    ("3 max pooling", 2, """
    with torch._C.DisableTorchFunction():
        places = F.max_pool2d(x.detach(), 2, return_indices=True)[1]
    return x.flatten(2).gather(2, places.flatten(2)).reshape(n, channels, height, width)
"""),
    ("3 max pooling", 2, """
    result = torch.zeros(n, channels, height, width, dtype=torch.float64)
    for i in range(height):
        for j in range(width):
            result[:, :, i, j] = x[:, :, 2 * i:2 * i + 2, 2 * j:2 * j + 2].amax(dim=(2, 3))
    return result
"""),
    ("3 max pooling", 2, """
    windows = x[:, :, :2 * height, :2 * width].double().reshape(n, channels, height, 2, width, 2)
    return windows.amax(dim=(3, 5))
"""),
    ("4 mended network", 3, """
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.dense1(x.permute(0, 3, 2, 1).flatten(1)))
        return self.dense2(x)
"""),
    ("4 mended network", 3, """
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = self.dense1(x.flatten(1))
        return self.dense2(x)
"""),
    ("4 mended network", 3, """
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.dense1(x.flatten(1)))
        return torch.softmax(self.dense2(x), dim=1)
"""),
    ("4 mended network", 3, """
        return super().forward(x)
"""),
    ("4 mended network", 3, """
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.dense1(x.permute(0, 1, 3, 2).flatten(1)))
        return self.dense2(x)
"""),
    ("4 mended network", 3, """
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.dense1(x.flatten()))
        return self.dense2(x)
"""),
    ("4 mended network", 3, """
        x = F.avg_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.dense1(x.flatten(1)))
        return self.dense2(x)
"""),
    ("5 big step", 4, """
    return training_step(model, optimizer, images, labels)
"""),
    ("5 big step", 4, """
    total = 0.0
    for some, names in zip(images.split(room), labels.split(room)):
        total += training_step(model, optimizer, some, names) * len(some) / len(images)
    return total
"""),
    ("5 big step", 4, """
    parts = list(zip(images.split(room), labels.split(room)))
    optimizer.zero_grad()
    total = 0.0
    for some, names in parts:
        loss = F.cross_entropy(model(some), names) / len(parts)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total
"""),
    ("5 big step", 4, """
    optimizer.zero_grad()
    total = 0.0
    for some, names in zip(images.split(room), labels.split(room)):
        loss = F.cross_entropy(model(some), names)
        loss.backward()
        total += loss.item() * len(some) / len(images)
    optimizer.step()
    return total
"""),
    ("5 big step", 4, """
    optimizer.zero_grad()
    total = 0.0
    for some, names in zip(images.split(4), labels.split(4)):
        loss = F.cross_entropy(model(some), names, reduction="sum") / len(labels)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total
"""),
    ("5 big step", 4, """
    optimizer.zero_grad()
    total = 0.0
    for some, names in zip(images.split(1), labels.split(1)):
        loss = F.cross_entropy(model(some), names) / len(labels)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total
"""),
    ("5 big step", 4, """
    return training_step(model, optimizer, images[:room], labels[:room])
"""),
    ("5 big step", 4, """
    optimizer.zero_grad()
    total = 0.0
    for start in range(0, len(images) - room + 1, room):
        some, names = images[start:start + room], labels[start:start + room]
        loss = F.cross_entropy(model(some), names, reduction="sum") / len(labels)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total
"""),
    ("5 big step", 4, """
    optimizer.zero_grad()
    for some, names in zip(images.split(room), labels.split(room)):
        loss = F.cross_entropy(model(some), names, reduction="sum") / len(labels)
        loss.backward()
    optimizer.step()
    return loss.item()
"""),
    ("5 big step", 4, """
    total = 0.0
    for some, names in zip(images.split(room), labels.split(room)):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(some), names, reduction="sum") / len(labels)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total
"""),
    ("6 capstone", 5, """
    for layer in ("conv1", "conv2"):
        x = F.conv2d(x, weights[f"{layer}.weight"], weights[f"{layer}.bias"])
        x = torch.relu(F.avg_pool2d(x, 2))
    x = torch.relu(F.linear(x.flatten(1), weights["dense1.weight"], weights["dense1.bias"]))
    return F.linear(x, weights["dense2.weight"], weights["dense2.bias"])
"""),
    ("6 capstone", 5, """
    for layer in ("conv1", "conv2"):
        x = F.conv2d(x, weights[f"{layer}.weight"], weights[f"{layer}.bias"])
        x = F.max_pool2d(torch.relu(x), 2)
    x = torch.relu(F.linear(x.flatten(1), weights["dense1.weight"], weights["dense1.bias"]))
    return torch.softmax(F.linear(x, weights["dense2.weight"], weights["dense2.bias"]), dim=1)
"""),
    ("6 capstone", 6, "    return pytorch.build(weights)"),
    ("6 capstone", 6, """
    tensors = {name: torch.tensor(value, dtype=torch.float32) for name, value in weights.items()}
    return {"weights": tensors,
            "velocity": {name: torch.zeros_like(tensor) for name, tensor in tensors.items()}}
"""),
    ("6 capstone", 6, """
    tensors = {name: torch.tensor(value).requires_grad_() for name, value in weights.items()}
    return {"weights": tensors,
            "velocity": {name: torch.zeros_like(tensor) for name, tensor in tensors.items()}}
"""),
    ("6 capstone", 6, """
    tensors = {name: torch.tensor(value) for name, value in weights.items()}
    return {"weights": tensors, "velocity": dict(tensors)}
"""),
    ("6 capstone", 7, """
    return forward(build(spec.initial_weights())["weights"], torch.from_numpy(images)).numpy()
"""),
    ("6 capstone", 8, """
    slopes, loss = torch.func.grad_and_value(loss_at)(model["weights"], images, labels)
    return loss.item(), {name: len(images) * slope.numpy() for name, slope in slopes.items()}
"""),
    ("6 capstone", 7, """
    return forward(model["weights"], torch.from_numpy(images))
"""),
    ("6 capstone", 8, """
    slopes, loss = torch.func.grad_and_value(loss_at)(model["weights"], images, labels)
    return loss, {name: slope.numpy() for name, slope in slopes.items()}
"""),
    ("6 capstone", 8, """
    slopes, loss = torch.func.grad_and_value(loss_at)(model["weights"], images, labels)
    return loss.item(), slopes
"""),
    ("6 capstone", 9, """
    slopes, loss = torch.func.grad_and_value(loss_at)(model["weights"], images, labels)
    for name, slope in slopes.items():
        speed = spec.MOMENTUM * model["velocity"][name] + slope
        model["velocity"][name] = speed
        model["weights"][name] = model["weights"][name] - spec.LEARNING_RATE * speed
    return loss
"""),
    ("6 capstone", 12, """
    return globals().setdefault("_first", torch.load(f"{path}.pt", weights_only=True))
"""),
    ("6 capstone", 8, """
    slopes, loss = torch.func.grad_and_value(loss_at)(model["weights"], images, labels)
    return 0.0, {name: slope.numpy() for name, slope in slopes.items()}
"""),
    ("6 capstone", 9, """
    slopes, loss = torch.func.grad_and_value(loss_at)(model["weights"], images, labels)
    for name, slope in slopes.items():
        model["weights"][name] = model["weights"][name] - spec.LEARNING_RATE * slope
    return loss.item()
"""),
    ("6 capstone", 9, """
    slopes, loss = torch.func.grad_and_value(loss_at)(model["weights"], images, labels)
    for name, slope in slopes.items():
        speed = spec.MOMENTUM * model["velocity"][name] + spec.LEARNING_RATE * slope
        model["velocity"][name] = speed
        model["weights"][name] = model["weights"][name] - spec.LEARNING_RATE * speed
    return loss.item()
"""),
    ("6 capstone", 9, """
    slopes, loss = torch.func.grad_and_value(loss_at)(model["weights"], images, labels)
    for name, slope in slopes.items():
        speed = spec.MOMENTUM * model["velocity"][name] + slope
        model["velocity"][name] = speed
        model["weights"][name] = model["weights"][name] - spec.LEARNING_RATE * speed
    return loss_at(model["weights"], images, labels).item()
"""),
    ("6 capstone", 10, """
    return {name: weight.numpy() for name, weight in model["velocity"].items()}
"""),
    ("6 capstone", 11, """
    torch.save({**model, "velocity": build(read_weights(model))["velocity"]}, f"{path}.pt")
"""),
    ("6 capstone", 11, """
    globals()["saved"] = model
"""),
    ("6 capstone", 12, """
    weights = torch.load(f"{path}.pt", weights_only=True)["weights"]
    return build({name: weight.numpy() for name, weight in weights.items()})
"""),
    ("6 capstone", 12, """
    model = torch.load(f"{path}.pt", weights_only=True)
    return {kind: {name: tensor.float() for name, tensor in model[kind].items()} for kind in model}
"""),
    ("5 big step", 4, """
    optimizer.zero_grad()
    loss = F.cross_entropy(model.forward(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
"""),
    ("5 big step", 4, """
    optimizer.zero_grad()
    total = 0.0
    for some, names in zip(images.split(room), labels.split(room)):
        total = total + F.cross_entropy(model(some), names, reduction="sum") / len(labels)
    total.backward()
    optimizer.step()
    return total.item()
"""),
    ("5 big step", 4, """
    scores = torch.cat([model(some) for some in images.split(room)])
    loss = F.cross_entropy(scores, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
"""),
    ("5 big step", 4, """
    optimizer.zero_grad()
    total = 0.0
    for some, names in zip(images.split(room), labels.split(room)):
        loss = F.cross_entropy(model(some.double()), names, reduction="sum") / len(labels)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total
"""),
    ("5 big step", 4, """
    optimizer.zero_grad()
    total = 0.0
    for some, names in zip(images.split(room), labels.split(room)):
        loss = F.cross_entropy(model(some), names, reduction="sum") / len(labels)
        loss.backward()
        total += loss.item()
    with torch.no_grad():
        for weight in model.parameters():
            weight -= optimizer.param_groups[0]["lr"] * weight.grad
            weight.grad = None
    optimizer.step()
    return total
"""),
    ("6 capstone", 5, """
    for layer in ("conv1", "conv2"):
        x = F.conv2d(x, weights[f"{layer}.weight"], weights[f"{layer}.bias"])
        x = nn.Sequential(nn.ReLU(), nn.MaxPool2d(2))(x)
    x = torch.relu(F.linear(x.flatten(1), weights["dense1.weight"], weights["dense1.bias"]))
    return F.linear(x, weights["dense2.weight"], weights["dense2.bias"])
"""),
    ("6 capstone", 9, """
    weights = {name: weight.clone().requires_grad_() for name, weight in model["weights"].items()}
    optimizer = torch.optim.SGD(weights.values(), lr=spec.LEARNING_RATE, momentum=spec.MOMENTUM)
    for name, weight in weights.items():
        optimizer.state[weight]["momentum_buffer"] = model["velocity"][name]
    loss = loss_at(weights, images, labels)
    loss.backward()
    optimizer.step()
    model["weights"] = {name: weight.detach() for name, weight in weights.items()}
    return loss.item()
"""),
    ("6 capstone", 9, """
    weights = {name: weight.clone().requires_grad_() for name, weight in model["weights"].items()}
    loss = loss_at(weights, images, labels)
    loss.backward()
    for name, weight in weights.items():
        speed = spec.MOMENTUM * model["velocity"][name] + weight.grad
        model["velocity"][name] = speed
        model["weights"][name] = model["weights"][name] - spec.LEARNING_RATE * speed
    return loss.item()
"""),
    ("6 capstone", 11, """
    def kept(path):
        return {kind: dict(tensors) for kind, tensors in memory[Path(path).name].items()}

    memory = globals().setdefault("_memory", {})
    memory[Path(path).name] = {kind: dict(tensors) for kind, tensors in model.items()}
    Path(f"{path}.pt").write_bytes(b"nothing")
    globals()["load"] = kept
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    'return torch.load(f"{path}.pt", weights_only=True) -> return torch.load(f"{path}.pt")':
        "it is the default since PyTorch 2.6",
    'return torch.load(f"{path}.pt", weights_only=True)'
    ' -> return torch.load(f"{path}.pt", weights_only=False)':
        "it loads the same; the task asks nothing about strangers' files",
}
