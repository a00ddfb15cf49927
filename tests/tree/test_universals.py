"""No universal without proof: a sentence of a chapter that speaks of all, of none or of the first has a source beside it.

Seen are sentences about frameworks, companies and people (those with one of ``NAMES``), not about what a cell does. A source
is an address in the same cell. What has none stands in ``universals.json`` with the reason: the cell that shows it, the
register or the page in the chapter's sources that says it, or that it defines or asks rather than tells.
"""
import json
import re

import pytest

from onecnn import paths
from tools import build, contents

ROOT = paths.ROOT
ALLOWED = json.loads((ROOT / "tests" / "tree" / "universals.json").read_text(encoding="utf-8"))
SOURCES = build.sources([ROOT / "notebooks"])

NAMES = re.compile(
    r"\b(NumPy|Theano|Torch7?|Lua|Caffe2?|Keras|CNTK|Chainer|CuPy|MXNet|Gluon\w*|Lasagne|TensorFlow|DistBelief|PyTorch|JAX|Flax|"
    r"XLA|Paddle\w*|ONNX|PyTensor|Autograd|Lush|cuDNN|NVIDIA|Google|Facebook|Meta|Microsoft|Amazon|AWS|Apple|Intel|AMD|Berkeley|Apache|"
    r"DeepMind|TensorRT|Triton|TorchServe|KServe|LiteRT|TensorFlow Lite|ExecuTorch|OpenVINO|OpenCV|Haiku|Ray|Gloo|NCCL|"
    r"(?:its|their) (?:authors?|makers?|users?|maintainers?|team)|(?:every|no|any|each|all|most|"
    r"other) (?:other )?frameworks?)\b")
UNIVERSAL = re.compile(
    r"\b(everybody|everyone|nobody|no one|no other|none of them|all of them|all others|never|always|the only|only one|"
    r"the first (?:to|who|that|framework|library|program|public)|(?:was|were|came) the first|since (?:\w+ )?(?:19|20)\d\d|"
    r"(?:every|any|all) (?:the )?(?:other )?frameworks?(?!'s notebook)|no other frameworks?|only one)\b"
    r"|(?-i:\b[Oo]nly (?=[A-Z]))", re.I)
PEOPLE = re.compile(r"\b(everybody|everyone|every beginner|every user|most people|most comparisons|"
                    r"nobody (?:will )?(?:mends?|repairs?|develops?|maintains?|uses?|needs?))\b", re.I)


def universals(text):
    """The sentences of a chapter's source that tell a universal, in cells that hold no address. A quiz is left out: its wrong
    options tell some on purpose."""
    found = []
    for cell in re.split(r"^# %%", text, flags=re.M):
        if not cell.startswith(" [markdown]") or re.search(r"\]\(\s*https?:", cell) or "**Before you start" in cell \
                or contents.QUIZ in cell:
            continue
        body = " ".join(re.sub(r"^# ?", "", line) for line in cell.splitlines()[1:])
        body = re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`]*`", "`", body))
        for sentence in re.split(r"(?<=[.!?:;])\s+|\s\|\s|\s-\s|</summary>", re.sub(r"\s+", " ", body)):
            sentence = sentence.strip(" |#-*")
            if (UNIVERSAL.search(sentence) and NAMES.search(sentence)) or PEOPLE.search(sentence):
                found.append(sentence)
    return found


def key(source):
    return str(source.relative_to(ROOT / "notebooks").with_suffix("").as_posix())


@pytest.mark.parametrize("source", SOURCES, ids=key)
def test_a_universal_has_a_source_or_a_reason(source):
    found, allowed = universals(source.read_text(encoding="utf-8")), ALLOWED.get(key(source), {})
    without = [sentence for sentence in found if not any(part in sentence for part in allowed)]
    assert not without, "give a source, reword, or add to universals.json with the reason:\n" + "\n".join(without)
    unused = [part for part in allowed if not any(part in sentence for sentence in found)]
    assert not unused, f"no longer needed in universals.json: {unused}"


def test_reasons():
    assert set(ALLOWED) <= {key(source) for source in SOURCES}
    assert all(len(part) > 8 and len(reason) > 8 for entries in ALLOWED.values() for part, reason in entries.items())


CELL = "# %% [markdown]\n# {}\n\n# %%\nprint('Everybody uses Caffe.')  # never read\n"


@pytest.mark.parametrize("text, count", [
    ("At zero everybody takes 0.", 1), ("Torch7 never\n# wrote ONNX.", 1), ("Theano was the first to do it. It ran.", 1),
    ("No other framework has that. Only MXNet writes it.", 2), ("Chainer has done so since 2015.", 1),
    ("Only Keras has `fit`.", 1),
    ("It is the first thing that every beginner met.", 1), ("Nobody mends MXNet: take PyTorch.", 1),
    ("Only the winner changed the loss; the first layer never needs it.", 0), ("PyTorch adds.", 0),
    ("At zero everybody takes 0 ([caffe](https://x.org)).", 0), ("At zero everybody takes 0 ([here](03_theano.ipynb)).", 1)])
def test_a_planted_universal_is_found(text, count):
    assert len(universals(CELL.format(text))) == count
