"""The chapter 06_practice/02_trainers: what its text states of the recipe holds."""
from onecnn import cells, mnist, spec


def test_digits_are_left_over():
    labels = mnist.load().train_labels
    assert divmod(len(labels), spec.BATCH) == (62, 32)


def test_the_loss_of_each_batch_comes_back_from_the_means():
    source = (cells.locate("06_practice/02_trainers").with_suffix("") / "keras_fit.py").read_text(encoding="utf-8")
    scope: dict = {}
    exec(source[source.index("def of_each_batch"):source.index("def trained")], scope)
    assert scope["of_each_batch"]([4.0, 3.0, 4.0]) == [4.0, 2.0, 6.0]
