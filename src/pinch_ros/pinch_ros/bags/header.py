# SPDX-License-Identifier: Apache-2.0
"""Stamp and frame of a serialized message, read without decoding the image that follows them."""

from __future__ import annotations

import struct

from pinch_core.errors import DamagedFileError
from pinch_ros.bags.bag import RawMessage

# CDR: four bytes of encapsulation, the second of which is odd for little-endian; then the header's stamp.
_STAMP = {0: struct.Struct(">iI"), 1: struct.Struct("<iI")}
_LENGTH = {0: struct.Struct(">I"), 1: struct.Struct("<I")}
_STAMP_AT, _FRAME_AT = 4, 12


def header_stamp_ns(raw: RawMessage) -> int:
    """Nanoseconds of the stamp of a message whose first field is a std_msgs/Header.

    Raises:
        DamagedFileError: the message is too short.
    """
    try:
        seconds, nanoseconds = _STAMP[raw.data[1] & 1].unpack_from(raw.data, _STAMP_AT)
    except (IndexError, struct.error) as error:
        raise _no_header(raw) from error
    return int(seconds) * 1_000_000_000 + int(nanoseconds)


def header_frame_id(raw: RawMessage) -> str:
    """The frame of such a message.

    Raises:
        DamagedFileError: the message is too short.
    """
    try:
        (length,) = _LENGTH[raw.data[1] & 1].unpack_from(raw.data, _FRAME_AT)
        text = raw.data[_FRAME_AT + 4 : _FRAME_AT + 4 + length]
        return text.rstrip(b"\0").decode()
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise _no_header(raw) from error


def _no_header(raw: RawMessage) -> DamagedFileError:
    return DamagedFileError(
        f"{raw.where}: a message of {len(raw.data)} bytes at {raw.time_ns / 1e9:.3f} s has no whole header; "
        "record it again."
    )
