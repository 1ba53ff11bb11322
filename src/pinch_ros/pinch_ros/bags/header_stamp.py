# SPDX-License-Identifier: Apache-2.0
"""The stamp of a serialized message, read without decoding the image that follows it."""

from __future__ import annotations

import struct

from pinch_core.errors import DamagedFileError
from pinch_ros.bags.bag import RawMessage

# CDR: four bytes of encapsulation, the second of which is odd for little-endian; then the header's stamp.
_STAMP = {0: struct.Struct(">iI"), 1: struct.Struct("<iI")}
_ENCAPSULATION_BYTES = 4


def header_stamp_ns(raw: RawMessage) -> int:
    """Nanoseconds of the stamp of a message whose first field is a std_msgs/Header.

    Raises:
        DamagedFileError: the message is too short.
    """
    try:
        seconds, nanoseconds = _STAMP[raw.data[1] & 1].unpack_from(raw.data, _ENCAPSULATION_BYTES)
    except (IndexError, struct.error) as error:
        raise DamagedFileError(
            f"{raw.where}: a message of {len(raw.data)} bytes at {raw.time_ns / 1e9:.3f} s has no stamp; "
            "record it again."
        ) from error
    return int(seconds) * 1_000_000_000 + int(nanoseconds)
