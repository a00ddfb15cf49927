"""Regression tests for the network of the PyTorch chapter, for pytest:

    python -m pytest regression.py

``PLANTED``: JSON, pairs of right and wrong text, which are exchanged in the network's program.
"""
import json
import os

import torch

from onecnn import bugs, cells, contract, ladder, mnist, spec

PYTORCH = cells.functions("02_frameworks/02_pytorch")
NETWORK = bugs.break_it(PYTORCH, json.loads(os.environ.get("PLANTED", "[]")))
DIGITS = mnist.load()


def test_the_ladder():
    report = ladder.climb(*NETWORK, training=False, artefact=False)
    assert report.failed_rung is None


def test_the_contract():
    weights = spec.initial_weights()
    answers = NETWORK.logits(NETWORK.build(weights), DIGITS.test_images)
    assert contract.judge(answers, weights).holds


def test_eight_digits_by_heart():
    torch.manual_seed(0)
    model = NETWORK.build(spec.initial_weights())
    losses = [NETWORK.train_step(model, DIGITS.train_images[:8], DIGITS.train_labels[:8])
              for _ in range(60)]
    assert losses[-1] < 0.1
