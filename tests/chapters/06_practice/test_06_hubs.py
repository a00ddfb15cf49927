"""The chapter 06_practice/06_hubs: what its text states holds."""
import json
import re

from onecnn import cells, spec


def test_the_numbers_of_lora():
    outputs, inputs = spec.SHAPES["dense1.weight"]
    assert (outputs * inputs, 4 * (outputs + inputs)) == (51_200, 3_456)
    assert 2 * (1_000 + 500) == 3_000  # the quiz
    assert 80 < 4_652_008 / spec.PARAMETERS < 85


def test_the_network_in_keras_has_the_blocks_of_its_groups():
    text = (cells.locate("06_practice/06_hubs").with_suffix("") / "lite0_in_keras.py").read_text(encoding="utf-8")
    groups = json.loads("[" + re.search(r"GROUPS = \((.*?)\)\n\n", text, re.S)[1].replace("(", "[").replace(")", "]") + "]")
    assert sum(count for *_, count in groups) == 16
    channels = [32, *(width for *_, width, _ in groups), 1280]
    weights = 27 * 32 + 2 * 32
    for before, (kernel, _, wider, width, count) in zip(channels, groups):
        for place in range(count):
            source = width if place else before
            inside = wider * source
            weights += (source * inside + 2 * inside if wider > 1 else 0) + (kernel ** 2 + 2) * inside + (inside + 2) * width
    assert weights + (320 + 2) * 1280 + 1281 * 1000 == 4_652_008
