"""Three ways to hand a network its batches, each slow for another reason, and each mended.

    python planted.py NAME BATCHES

makes so many batches in the way NAME, for a profiler that looks on from outside.
"""
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

SIZE, FAR, BRIGHTER = 28, 2, 1.25


# A: each digit is moved by up to two pixels and made brighter, a usual augmentation.
def inside(row, column):
    return 0 <= row < SIZE and 0 <= column < SIZE


def shifted(images, moves):
    out = np.zeros_like(images)
    for number, (down, right) in enumerate(moves):
        for row in range(SIZE):
            for column in range(SIZE):
                if inside(row - down, column - right):
                    bright = BRIGHTER * images[number, 0, row - down, column - right]
                    out[number, 0, row, column] = min(bright, 1)
    return out


def shifted_at_once(images, moves):
    bright = np.minimum(BRIGHTER * images, 1)
    wide = np.pad(bright, ((0, 0), (0, 0), (FAR, FAR), (FAR, FAR)))
    return np.stack([one[:, FAR - down:FAR - down + SIZE, FAR - right:FAR - right + SIZE]
                     for one, (down, right) in zip(wide, moves)])


def a(digits, order, move=shifted):
    random = np.random.RandomState(0)
    for batch in order:
        moves = random.randint(-FAR, FAR + 1, (len(batch), 2))
        yield move(digits.train_images[batch], moves), digits.train_labels[batch]


def a_mended(digits, order):
    return a(digits, order, shifted_at_once)


# B: the digits are stored with the axis that counts them last, and have to be turned.
class Turned:
    def __init__(self, images):
        self.stored = torch.from_numpy(np.ascontiguousarray(images.transpose(2, 3, 1, 0)))

    @property
    def images(self):
        return self.stored.permute(3, 2, 0, 1).contiguous()


class TurnedOnce(Turned):
    def __init__(self, images):
        super().__init__(images)
        self.kept = super().images

    @property
    def images(self):
        return self.kept


def b(digits, order, kind=Turned):
    data = kind(digits.train_images)
    for batch in order:
        picked = torch.empty(len(batch), 1, SIZE, SIZE)
        for place, number in enumerate(batch.tolist()):
            picked[place] = data.images[number]
        yield picked.numpy(), digits.train_labels[batch]


def b_mended(digits, order):
    return b(digits, order, TurnedOnce)


# C: the digits come from a disk that takes a millisecond for each.
def read(digits, number):
    time.sleep(0.001)  # the disk, played
    return digits.train_images[number]


def c(digits, order):
    for batch in order:
        yield np.stack([read(digits, number) for number in batch]), digits.train_labels[batch]


def c_mended(digits, order):
    with ThreadPoolExecutor(16) as readers:
        ahead = []
        for batch in (*order, None):  # one batch more is asked for than is handed out
            if batch is not None:
                ahead.append((batch, [readers.submit(read, digits, number) for number in batch]))
            if len(ahead) == 2 or batch is None:
                ready, reading = ahead.pop(0)
                yield np.stack([one.result() for one in reading]), digits.train_labels[ready]


WAYS = {"A": (a, a_mended), "B": (b, b_mended), "C": (c, c_mended)}


def main(name, batches):
    from onecnn import mnist, spec

    digits = mnist.load()
    order = list(spec.batches(len(digits.train_labels), 0))[:int(batches)]
    for _ in globals()[name](digits, order):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
