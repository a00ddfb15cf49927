"""An event file written without any framework: records around a little protobuf.

The record: ``tensorboard/summary/writer/record_writer.py``; the messages and their field numbers:
``tensorboard/compat/proto/event.proto`` and ``summary.proto`` (TensorBoard 2.21).
"""
import struct
from pathlib import Path

VERSION, SIMPLE_VALUE = "brain.Event:2", 2


def crc32c(data: bytes) -> int:
    """The checksum of Castagnoli's polynomial, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def checked(data: bytes) -> bytes:
    """The data, and behind it its checksum: turned by 15 bits, and a constant added."""
    crc = crc32c(data)
    return data + struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def record(data: bytes) -> bytes:
    """How long it is, and what it is, each with a checksum."""
    return checked(struct.pack("<Q", len(data))) + checked(data)


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; a high bit says that more follow."""
    found = b""
    while number > 127:
        found, number = found + bytes([number & 127 | 128]), number >> 7
    return found + bytes([number])


def text(field: int, content: bytes) -> bytes:
    """A field that has a length: a string, or a message inside the message."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def scalar(tag: str, value: float, step: int, time: float) -> bytes:
    """An Event: 1 is the time, 2 the step, 5 the summary, whose values are its field 1."""
    number = varint(SIMPLE_VALUE << 3 | 5) + struct.pack("<f", value)
    return (varint(1 << 3 | 1) + struct.pack("<d", time) + varint(2 << 3) + varint(step)
            + text(5, text(1, text(1, tag.encode()) + number)))


def write(folder: str, tag: str, values, time: float) -> None:
    """An event file with one curve. Its name has to contain ``tfevents``."""
    Path(folder).mkdir(parents=True)
    first = varint(1 << 3 | 1) + struct.pack("<d", time) + text(3, VERSION.encode())
    events = [first, *(scalar(tag, value, step, time) for step, value in enumerate(values))]
    Path(folder, "events.out.tfevents.by_hand").write_bytes(b"".join(map(record, events)))
