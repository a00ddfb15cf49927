"""The watch sees what a function does beside its work, leaves what it does for its work alone, and puts things back."""
import decimal
import gc
import logging
import os
import random
import signal
import socket
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from onecnn import side_effects

KEPT, THRESHOLD = [], gc.get_threshold()


@pytest.fixture
def watch():
    KEPT.clear()
    found = side_effects.Watch()
    yield found
    found.close()


def changes(images):
    images += 1


def renames(weights):
    weights["two"] = weights.pop("one")


@pytest.mark.parametrize("function, name, argument", [
    (changes, "logits", np.ones(3)), (renames, "build", {"one": np.ones(3)})])
def test_arguments_stay(watch, function, name, argument):
    watched = watch.function(name, function)
    with pytest.raises((side_effects.SideEffect, ValueError), match=r"changes what it is given|read-only"):
        watched(argument)


def test_nobody_can_change_and_put_back(watch):
    def put_back(images):
        images *= 2
        images /= 2

    watched = watch.function("train_step", put_back)
    with pytest.raises(ValueError, match="read-only"):
        for _ in range(2):
            watched(np.ones(3))


def test_arguments_are_forgotten(watch):
    watched = watch.function("logits", lambda images: KEPT.append(images))
    given = np.ones(3)
    watched(given)
    assert np.isnan(KEPT[0]).all()


def test_a_result_stays(watch):
    buffer = np.zeros(2)

    def reused(value):
        buffer[:] = value
        return buffer

    watched = watch.function("logits", reused)
    watched(1)
    with pytest.raises(side_effects.SideEffect, match="what logits gave changes with a later call of logits"):
        watched(2)


def test_a_loss_that_is_no_array_stays_too(watch):
    loss = torch.zeros(())
    watched = watch.function("train_step", loss.fill_)
    watched(1)
    with pytest.raises(side_effects.SideEffect, match="what train_step gave changes"):
        watched(2)


def test_a_result_is_written_into(watch):
    kept = {"weight": np.ones(2)}
    watched = watch.function("read_weights", lambda: kept)
    watch.spoil(watched())
    assert np.isnan(watched()["weight"]).all()


def test_not_a_number_is_itself(watch):
    watched = watch.function("logits", lambda: np.array([np.nan]))
    for _ in range(side_effects.WINDOW + 3):
        watched()


@pytest.mark.parametrize("function, words", [
    (lambda: os.chdir("/"), "the working folder"), (lambda: os.environ.update(ONE="1"), "the environment"),
    (lambda: warnings.simplefilter("ignore"), "the filters of warnings"),
    (lambda: warnings.filterwarnings("ignore", category=UserWarning), "the filters of warnings"),
    (lambda: np.seterr(all="ignore"), "NumPy's errors"),
    (lambda: torch.set_grad_enabled(False), "PyTorch's gradient mode"),
    (lambda: torch.set_default_dtype(torch.float64), "PyTorch's default dtype"),
    (lambda: torch.set_num_threads(torch.get_num_threads() + 1), "PyTorch's number of threads")],
    ids=["chdir", "environ", "warnings", "a kind of warnings", "seterr", "grad", "dtype", "threads"])
def test_the_process_is_left_as_it_was(watch, function, words, monkeypatch):
    monkeypatch.delenv("ONE", raising=False)
    before = Path.cwd(), np.geterr(), torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads()
    with warnings.catch_warnings(), pytest.raises(side_effects.SideEffect, match=f"^logits leaves {words} changed$"):
        watch.function("logits", function)()
    os.environ.pop("ONE", None)
    assert before == (Path.cwd(), np.geterr(), torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads())


@pytest.mark.parametrize("function, undo, words", [
    (lambda: logging.disable(50), lambda: logging.disable(0), "what all logs leave out"),
    (lambda: setattr(decimal.getcontext(), "prec", 3), lambda: setattr(decimal.getcontext(), "prec", 28), "decimals"),
    (lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN), lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL),
     "what signals do"),
    (lambda: setattr(np, "load", print), lambda load=np.load: setattr(np, "load", load),
     "functions of Python, NumPy or PyTorch"),
    (lambda: torch.set_printoptions(precision=2), lambda: torch.set_printoptions(profile="default"), "how PyTorch prints"),
    (lambda: socket.setdefaulttimeout(9), lambda: socket.setdefaulttimeout(None), "how long connections wait"),
    (lambda: gc.set_threshold(9), lambda: gc.set_threshold(*THRESHOLD), "the collection of garbage")],
    ids=["logs", "decimals", "signals", "names", "prints", "timeout", "garbage"])
def test_what_else_is_left_as_it_was(watch, function, undo, words):
    def refuses():
        function()
        raise ValueError("not this image")

    try:
        for one in (function, refuses):  # also where it refuses
            with pytest.raises(side_effects.SideEffect, match=f"^logits leaves {words} changed$"):
                watch.function("logits", one)()
            undo()
    finally:
        undo()


def test_a_model_may_be_a_dict_that_changes(watch):
    build = watch.function("build", lambda weights: {name: value.copy() for name, value in weights.items()})
    model = build({"one": np.ones(3)})
    step = watch.function("train_step", lambda model: model["one"].fill(2))
    for _ in range(side_effects.WINDOW + 3):
        step(model)
    assert model["one"].tolist() == [2, 2, 2]


@pytest.mark.parametrize("function, words", [
    (lambda: random.seed(1), "Python's"), (lambda: np.random.seed(1), "NumPy's"), (lambda: torch.manual_seed(1), "PyTorch's")],
    ids=["Python", "NumPy", "PyTorch"])
def test_no_seed_is_set(watch, function, words):
    watched = watch.function("logits", function)
    watched()
    with pytest.raises(side_effects.SideEffect, match=f"logits sets the seed of {words} random numbers"):
        watched()


def test_numbers_may_be_drawn_and_are_put_back():
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    watch = side_effects.Watch()
    watched = watch.function("logits", lambda: (random.random(), np.random.rand(3), torch.rand(3)))
    for _ in range(5):
        watched()
    watch.close()
    assert before == (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())


def test_threads_and_files_are_counted():
    before, end = side_effects.threads_and_files(), threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        with Path(os.devnull).open():
            assert side_effects.threads_and_files() - before in (1, 2)  # 2 where files can be counted
    finally:
        end.set()
        thread.join()
    assert side_effects.threads_and_files() == before
