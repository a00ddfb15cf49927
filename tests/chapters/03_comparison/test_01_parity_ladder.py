"""What the chapter shows of networks that do not climb on its page."""
import json

import pytest

from onecnn import ladder, networks, paths, spec

STORED = json.loads((paths.programs("03_comparison/01_parity_ladder") / "reports.json").read_text())["networks"]


@pytest.mark.parametrize("network", networks.NETWORKS, ids=lambda network: network.key)
def test_stored_climb_is_of_todays_cells_and_ladder(network):
    assert STORED[network.key]["made_from"] == ladder.made_from(network.key), \
        "run notebooks/03_comparison/01_parity_ladder/collect.py"


@pytest.mark.parametrize("network", networks.NETWORKS, ids=lambda network: network.key)
def test_stored_climb_is_whole(network):
    stored = STORED[network.key]
    assert [rung["name"] for rung in stored["rungs"]] == list(ladder.ASKED) and all(rung["passed"] for rung in stored["rungs"])
    assert len(stored["answers"]) == 1000 and len(stored["float32"]) == 62 * spec.EPOCHS
    if network.float64:
        assert max(stored["float64"]) <= ladder.TRAINING
    else:
        assert stored["float64"] is None and network.key == "caffe"
    assert max(stored["float32"][:10]) < 1e-5 < max(stored["float32"]), "float32 trainings part"
