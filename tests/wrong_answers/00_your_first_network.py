"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("5 count", 4, """
    side = (side - 2) // 2
    side = (side - 3) // 2
    convolutions = first * (9 + 1) + second * (9 * first + 1)
    return convolutions + hidden * (second * side * side + 1) + 10 * (hidden + 1)
"""),
    ("2 sides", 1, """
    return max(1, (side - kernel + 1) // size)
"""),
    ("1 step", 0, """
    speed = momentum * speed + slope
    return weight + rate * speed, speed
"""),
    ("1 step", 0, """
    return weight - rate * slope, slope
"""),
    ("1 step", 0, """
    speed = momentum * speed + slope
    return weight - 0.5 * speed, speed
"""),
    ("1 step", 0, """
    new = momentum * speed + slope
    return weight - rate * speed, new
"""),
    ("1 step", 0, """
    speed = 0.9 * speed + slope
    return weight - rate * speed, speed
"""),
    ("1 step", 0, """
    speed = momentum * speed + abs(slope)
    return weight - rate * speed, speed
"""),
    ("1 step", 0, """
    speed = momentum * abs(speed) + slope
    return weight - rate * speed, speed
"""),
    ("2 sides", 1, "    return (side - 2) // 2"),
    ("2 sides", 1, "    return side // size"),
    ("2 sides", 1, "    return (side - kernel + 1) / size"),
    ("2 sides", 1, "    return -(-(side - kernel + 1) // size)"),
    ("2 sides", 1, "    return (side - kernel) // size"),
    ("2 sides", 1, "    return 13"),
    ("2 sides", 1, """
    from unittest.mock import ANY
    return ANY
"""),
    ("2 sides", 1, "    return round((side - kernel + 1) / size - 0.3)"),
    ("2 sides", 1, "    return (side - kernel + kernel % 2 + (kernel == 6)) // size"),
    ("3 convolution", 2, """
    return nn.functional.conv2d(torch.tensor(picture)[None, None],
                                torch.tensor(kernel)[None, None])[0, 0].numpy() + bias
"""),
    ("3 convolution", 2, """
    windows = np.lib.stride_tricks.sliding_window_view(picture, (3, 3))
    return (windows * kernel).sum(axis=(2, 3)) + bias
"""),
    ("3 convolution", 2, """
    windows = np.lib.stride_tricks.sliding_window_view(picture, kernel.shape)
    return (windows * kernel[::-1, ::-1]).sum(axis=(2, 3)) + bias
"""),
    ("3 convolution", 2, """
    windows = np.lib.stride_tricks.sliding_window_view(picture, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3))
"""),
    ("3 convolution", 2, """
    windows = np.lib.stride_tricks.sliding_window_view(picture, kernel.shape)
    return np.maximum((windows * kernel).sum(axis=(2, 3)) + bias, 0)
"""),
    ("3 convolution", 2, """
    from scipy.signal import correlate2d
    return correlate2d(picture, kernel, "valid") + bias
"""),
    ("3 convolution", 2, """
    import torch.nn.functional
    result = torch.nn.functional.conv2d(torch.from_numpy(picture)[None, None],
                                        torch.from_numpy(kernel)[None, None])
    return result[0, 0].numpy() + bias
"""),
    ("3 convolution", 2, """
    return [nn.functional.conv2d(torch.from_numpy(picture)[None, None],
                                 torch.from_numpy(kernel)[None, None])[0, 0].numpy() + bias
            for _ in range(1)][0]
"""),
    ("3 convolution", 2, """
    x, k = (globals()["torch"].from_numpy(one)[None, None] for one in (picture, kernel))
    return globals()["nn"].functional.conv2d(x, k)[0, 0].numpy() + bias
"""),
    ("3 convolution", 2, """
    import importlib
    signal = importlib.import_module("sci" + "py.signal")
    return signal.correlate2d(picture, kernel, "valid") + bias
"""),
    ("3 convolution", 2, """
    x = pictures.new_tensor(picture).double()
    windows = x.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1)
    return (windows.numpy() * kernel).sum(axis=(2, 3)) + bias
"""),
    ("4 mended training", 3, """
    train_badly(network, optimizer, pictures, labels, epochs)
"""),
    ("4 mended training", 3, """
    for _ in range(epochs):
        for batch in torch.arange(len(pictures)).split(64):
            loss = nn.functional.cross_entropy(network(pictures[batch]), labels[batch])
            loss.backward()
            optimizer.step()
"""),
    ("4 mended training", 3, """
    for _ in range(epochs):
        for batch in torch.arange(len(pictures)).split(64):
            guess = torch.softmax(network(pictures[batch]), dim=1)
            loss = nn.functional.cross_entropy(guess, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
"""),
    ("4 mended training", 3, """
    for batch in torch.arange(len(pictures)).split(64):
        loss = nn.functional.cross_entropy(network(pictures[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""),
    ("4 mended training", 3, """
    for _ in range(epochs):
        for batch in torch.arange(len(pictures)).split(64):
            loss = nn.functional.cross_entropy(network(pictures[batch]), labels[batch])
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
"""),
    ("4 mended training", 3, """
    for _ in range(epochs):
        loss = nn.functional.cross_entropy(network(pictures), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""),
    ("4 mended training", 3, """
    rate = optimizer.param_groups[0]["lr"]
    for _ in range(epochs):
        for batch in torch.arange(len(pictures)).split(64):
            loss = nn.functional.cross_entropy(network(pictures[batch]), labels[batch])
            slopes = torch.autograd.grad(loss, [*network.parameters()])
            with torch.no_grad():
                for weight, slope in zip(network.parameters(), slopes):
                    weight -= rate * slope
"""),
    ("5 count", 4, "    return 56714"),
    ("5 count", 4, """
    return first * 10 + second * (9 * first + 1) + hidden * (second * 25 + 1) + 10 * (hidden + 1)
"""),
    ("5 count", 4, """
    side = ((side - 2) // 2 - 2) // 2
    return first * 10 + second * 10 + hidden * (second * side * side + 1) + 10 * (hidden + 1)
"""),
    ("5 count", 4, """
    side = ((side - 2) // 2 - 2) // 2
    return first * 9 + second * 9 * first + hidden * second * side * side + 10 * hidden
"""),
    ("5 count", 4, """
    side = (side - 4) // 4
    return (first * 10 + second * (9 * first + 1) + hidden * (second * side * side + 1)
            + 10 * (hidden + 1))
"""),
    ("5 count", 4, """
    from unittest.mock import ANY
    return ANY
"""),
    ("2 sides", 1, """
    layers = nn.Sequential(nn.Conv2d(1, 1, kernel), nn.MaxPool2d(size))
    with torch.no_grad():
        return layers(torch.zeros(1, 1, side, side)).shape[-1]
"""),
    ("5 count", 4, """
    small = side_of(side)
    network = nn.Sequential(nn.Conv2d(1, first, 3), nn.Conv2d(first, second, 3),
                            nn.Linear(second * small * small, hidden), nn.Linear(hidden, 10))
    return sum(weight.numel() for weight in network.parameters())
"""),
    ("6 a small network", 5, """
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
"""),
    ("6 a small network", 5, """
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 7), nn.ReLU(), nn.Linear(7, 10))
"""),
    ("6 a small network", 5, """
    return nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(800, 64), nn.ReLU(),
        nn.Linear(64, 10))
"""),
    ("6 a small network", 5, """
    return nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(),
                         nn.Linear(8, 10))
"""),
    ("6 a small network", 5, """
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 10), nn.ReLU(), nn.Linear(10, 1))
"""),
    ("6 a small network", 5, """
    network = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 10))
    trained_as_in_the_chapter(network)
    return network
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "result = np.zeros((rows, columns)) -> result = np.ones((rows, columns))":
        "each place is written",
    "nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), -> "
    "nn.Conv2d(1, 8, 4), nn.ReLU(), nn.MaxPool2d(2),": "as good a design: 25 pixels leave 12, too",
    "nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), -> "
    "nn.Conv2d(1, 8, (2)), nn.ReLU(), nn.MaxPool2d(2),": "as good a design: 27 leave 13, too",
}
