"""Trains the course's network on 4,000 digits, and has ten bugs.

Nothing here raises an error, and nothing warns. Each bug is a small edit of a line that was right.
"""
import torch
from torch import nn

from onecnn import mnist


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolutions = [nn.Conv2d(1, 16, 3), nn.Conv2d(16, 32, 3)]
        self.dense1, self.dense2 = nn.Linear(800, 64), nn.Linear(64, 10)
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.normal_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, x):
        for convolution in self.convolutions:
            x = nn.functional.max_pool2d(torch.relu(convolution(x)), 2)
        x = x.reshape(800, -1).T
        return self.dense2(torch.relu(self.dense1(x)))


def load():
    """Shuffled training digits and their labels, test digits and theirs."""
    digits = mnist.load()
    images, labels = torch.tensor(digits.train_images), torch.tensor(digits.train_labels)
    images = images[torch.randperm(len(images))]
    return images, labels, torch.tensor(digits.test_images), torch.tensor(digits.test_labels)


def batches(count, size):
    """Which digits belong to which batch: slices of 0, 1, ..., count - 1."""
    for start in range(0, count - size, size):
        yield slice(start, start + size)


def scaled(images):
    """From [0, 1] to [-1, 1]."""
    return images.mul_(2).sub_(1)


def loss_of(logits, labels):
    """Cross-entropy: minus the logarithm of the chance that the right answer was given."""
    logs = torch.softmax(logits, 1).log()
    return -logs[torch.arange(len(labels)), labels].mean()


def step(model, optimizer, images, labels):
    """One training step; returns the loss before it."""
    loss = loss_of(model(scaled(images)), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def accuracy(model, images, labels):
    """Which part of the answers is right."""
    answers = model(scaled(images)).argmax(1, keepdim=True)
    return (answers == labels).float().mean().item()


def run(epochs=1, seed=0):
    """Trains; returns the network, the loss of each step, and the accuracy on the test digits."""
    model = Net()
    torch.manual_seed(seed)
    images, labels, test_images, test_labels = load()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    losses = [step(model, optimizer, images[chosen], labels[chosen])
              for _ in range(epochs) for chosen in batches(len(images), 64)]
    with torch.no_grad():
        return model, losses, accuracy(model, test_images, test_labels)


if __name__ == "__main__":
    print(f"accuracy: {run()[2]:.0%}")
