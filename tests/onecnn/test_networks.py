"""The roster: every network that a chapter holds is in it, each with its chapter's kernel, and nobody spells it again."""
import ast
import re

import pytest

from onecnn import cells, frameworks, ladder, networks, paths

FOLDERS = ("onecnn", "tools", "notebooks", "solutions", "tests")
each_network = pytest.mark.parametrize("network", networks.NETWORKS, ids=lambda network: network.key)


def tagged(file):
    return "\n".join(cell.source for cell in cells.read(file) if cells.TAG in cell.tags)


@pytest.fixture(scope="module")
def displays():
    """Each tuple, list, set and dict of seven texts or more that the tree writes out: place, kind, and its texts."""
    found = []
    for file in sorted(file for folder in FOLDERS for file in (paths.ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            inside = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
            texts = {item.value for item in inside if isinstance(item, ast.Constant) and isinstance(item.value, str)}
            if len(texts) >= 7:
                found.append((f"{file.relative_to(paths.ROOT)}:{node.lineno}", type(node), texts))
    return found


def test_every_chapter_with_a_network_is_in_the_roster():
    folder = paths.ROOT / "notebooks"
    found = {file.relative_to(folder).with_suffix("").as_posix() for file in folder.glob("*/*.py") if tagged(file)}
    assert found == {network.notebook for network in networks.NETWORKS}


def test_every_framework_of_the_register_with_a_chapter_is_in_the_roster():
    assert {entry.notebook for entry in frameworks.FRAMEWORKS if entry.notebook} <= {
        network.notebook for network in networks.NETWORKS}


@each_network
def test_entry_is_true(network):
    """Its notebook defines the seven functions, and asks for the kernel that the roster names."""
    file = cells.locate(network.notebook)
    defined = {node.name for node in ast.walk(ast.parse(tagged(file))) if isinstance(node, ast.FunctionDef)}
    assert set(ladder.Network._fields) <= defined
    assert cells.kernel(file) == network.kernel
    assert re.fullmatch(r"20\d\d", network.year)


@each_network
def test_chapter_saves_its_climb_under_the_key(network):
    """``Report.save`` and whoever reads the reports use the same names. Keras climbs five rungs on each engine, and saves no
    report.
    """
    text = cells.locate(network.notebook).read_text(encoding="utf-8")
    assert (f'report.save("{network.key}")' in text) is (network.framework != "keras")


def test_keys_and_names_are_told_apart():
    assert len(networks.NETWORKS) == 13 and len(networks.FRAMEWORKS) == 11
    for field in ("key", "name"):
        assert len({getattr(network, field) for network in networks.NETWORKS}) == 13, field
    assert len({(network.title, network.notebook) for network in networks.NETWORKS}) == 11


def test_networks_of_one_framework_share_cells_and_differ_in_their_environment():
    for framework in networks.FRAMEWORKS:
        shared = [network for network in networks.NETWORKS if network.framework == framework]
        assert len({network.notebook for network in shared}) == 1
        assert len({str(network.env) for network in shared}) == len(shared)


def test_choose():
    assert networks.choose() == list(networks.NETWORKS)
    assert [network.key for network in networks.choose(["jax", "keras", "theano"])] == [
        "jax", "keras-tensorflow", "keras-torch", "keras-jax", "theano"]
    assert [network.name for network in networks.choose(["keras-torch", "torch7"])] == ["Keras on torch", "Torch7 (rebuilt)"]
    assert networks.get("keras").env == {"KERAS_BACKEND": "tensorflow"}
    assert networks.get("tensorflow1").title == "TensorFlow 1" and networks.get("tensorflow").title == "TensorFlow 2"


@pytest.mark.parametrize("key", ["kears", "cntk", "keras-cntk", ""])
def test_an_unknown_key_is_told(key):
    with pytest.raises(KeyError, match=f"no network '{key}'; it has: numpy, .*, jax"):
        networks.choose(["numpy", key])


def test_nobody_spells_the_roster_again(displays):
    """Eight names of a kind in one place, TensorFlow 1 among them: the register has no such entry, so it is our roster."""
    for kind in ("key", "framework", "name", "title", "notebook"):
        names = {getattr(network, kind) for network in networks.NETWORKS}
        ours = getattr(networks.get("tensorflow1"), kind)
        again = [place for place, _, texts in displays if ours in texts and len(names & texts) >= 8]
        assert again == [], f"loop over networks.NETWORKS, or over networks.FRAMEWORKS ({kind})"


def test_the_seven_names_are_spelled_once(displays):
    again = [place for place, kind, texts in displays if kind is not ast.Dict and set(ladder.Network._fields) <= texts]
    assert again == [], "use ladder.Network._fields, or ladder.Network.of(functions)"
