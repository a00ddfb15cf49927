"""The chapter 06_practice/01_see_inside: what its text and its programs state holds."""
import pytest

from onecnn import cells


@pytest.fixture(scope="module")
def by_hand():
    return cells.program("06_practice/01_see_inside/by_hand")


def test_the_checksum_is_castagnolis(by_hand):
    assert by_hand.crc32c(b"123456789") == 0xE3069283  # the check value of the catalogues of CRCs
    assert by_hand.crc32c(b"") == 0


@pytest.mark.parametrize("number, written", [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")])
def test_varint(by_hand, number, written):
    assert by_hand.varint(number) == written


def test_a_record_holds_its_length_and_its_data(by_hand):
    made = by_hand.record(b"abc")
    assert len(made) == 8 + 4 + 3 + 4
    assert made[:8] == (3).to_bytes(8, "little")
    assert made[12:15] == b"abc"
