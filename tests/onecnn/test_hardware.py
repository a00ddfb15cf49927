"""The register of devices: every entry has a public source with a day, and nobody is in it who is not in the register."""
import datetime

import pytest

from onecnn import frameworks, hardware


def unproven(entry):
    """What is wrong with an entry of the register; empty if nothing."""
    if entry.state not in hardware.STATES:
        return f"the state {entry.state}"
    if not entry.source.url.startswith("https://") or "." not in entry.source.url.split("/")[2]:
        return f"the page {entry.source.url}"
    tomorrow = datetime.date.today() + datetime.timedelta(days=1)  # where it was checked, the day may have begun earlier
    if datetime.date.fromisoformat(entry.source.checked) > tomorrow:
        return f"the day {entry.source.checked}"
    if entry.source.supports != (("state", "note") if entry.note else ("state",)):
        return f"what the source supports: {entry.source.supports}"
    return ""


@pytest.mark.parametrize("entry", hardware.SUPPORT, ids=lambda entry: f"{entry.framework} on {entry.device}")
def test_every_entry_is_sourced_and_dated(entry):
    assert not unproven(entry)
    assert frameworks.get(entry.framework).key == entry.framework
    if entry.state in ("gone", "community"):
        assert entry.note, "a restriction in a word or two"


@pytest.mark.parametrize("change, found", [({"state": "works"}, "state"), ({"note": "beta"}, "supports"),
                                           ({"source": frameworks.Source("a book", "2026-11-24", ("state",))}, "page"),
                                           ({"source": frameworks.Source("https://x.org", "2126-11-24", ("state",))}, "day")])
def test_a_fault_is_found(change, found):
    assert found in unproven(hardware.reached("CPU")["jax"]._replace(**change))


def test_each_pair_once():
    pairs = [(entry.device, entry.framework) for entry in hardware.SUPPORT]
    assert len(pairs) == len(set(pairs))


def test_devices_and_what_reaches_them():
    assert hardware.devices()[:2] == ["CPU", "NVIDIA GPU"]
    assert set(hardware.reached("Google TPU")) == {"jax", "tensorflow", "pytorch"}
    assert all(set(hardware.reached(device)) for device in hardware.devices())
    with pytest.raises(KeyError, match="no device 'abacus' in the register; there are: CPU, NVIDIA GPU"):
        hardware.reached("abacus")
