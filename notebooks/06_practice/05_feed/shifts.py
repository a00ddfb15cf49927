"""Random shifts for augmentation: as a generator draws them, and as a function of the digit."""
import numpy as np


class Drawn:
    """Eight shifts, from a generator that the data set holds."""

    def __init__(self):
        self.random = np.random.default_rng(0)

    def __len__(self):
        return 8

    def __getitem__(self, number):
        return self.random.integers(-2, 3, 2)


def seeded(worker):
    """For ``worker_init_fn``: a generator of its own for this worker's copy of the data set."""
    import torch
    dataset = torch.utils.data.get_worker_info().dataset
    dataset.random = np.random.default_rng(torch.initial_seed())


class Global(Drawn):
    """The same, from NumPy's global generator."""

    def __getitem__(self, number):
        return np.random.randint(-2, 3, 2)


def shift(seed, epoch, number):
    random = np.random.SeedSequence((seed, epoch, int(number))).generate_state(2)
    return random.astype(int) % 5 - 2


class Counted:
    """Eight shifts, each a function of the epoch and its number."""

    def __init__(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return 8

    def __getitem__(self, number):
        return shift(0, self.epoch, number)
