"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 training step", 0, """
    loss.backward()
    optimizer.step()
    return loss.item()
"""),
    ("1 training step", 0, """
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()
"""),
    ("1 training step", 0, """
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss
"""),
    ("2 accumulators", 1, "accumulate_nodes = 4"),
    ("2 accumulators", 1, "accumulate_nodes = 12"),
    ("2 accumulators", 1, "accumulate_nodes = 56714"),
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
]
