# SPDX-License-Identifier: Apache-2.0
"""Protocol-buffer wire format: variable-length integers and the fields of a message."""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """The unsigned integer at ``position`` (seven bits a byte, lowest first) and where it ends.

    Raises:
        ValueError: it does not end inside ``data``.
    """
    number = 0
    for count, byte in enumerate(data[position : position + _LONGEST_VARINT]):
        number |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return number, position + count + 1
    raise ValueError(f"the integer at byte {position} does not end")


def read_fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field: integers as int, texts and nested messages as bytes.

    Raises:
        ValueError: not a well-formed message.
    """
    position = 0
    while position < len(message):
        key, position = read_varint(message, position)
        number, wire_type = key >> 3, key & 7
        if wire_type == _VARINT:
            value, position = read_varint(message, position)
            yield number, value
            continue
        if wire_type == _BYTES:
            size, position = read_varint(message, position)
        elif wire_type in (_FIXED32, _FIXED64):
            size = 4 if wire_type == _FIXED32 else 8
        else:
            raise ValueError(f"field {number} has the unknown wire type {wire_type}")
        content = message[position : position + size]
        if len(content) < size:
            raise ValueError(f"field {number} passes the end of its message")
        position += size
        yield number, content if wire_type == _BYTES else int.from_bytes(content, "little")
