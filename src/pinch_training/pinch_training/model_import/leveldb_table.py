# SPDX-License-Identifier: Apache-2.0
"""Reader of LevelDB's sorted tables (LevelDB's doc/table_format.md), which hold a checkpoint's index.

A table is blocks, each followed by its compression and checksum, then a footer that says where the index
block lies; the index block says where the data blocks lie. A block's keys store only what differs from the
key before.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pinch_core.errors import DamagedFileError
from pinch_training.model_import.crc32c import masked_crc32c
from pinch_training.model_import.protobuf_wire import read_varint

_MAGIC = 0xDB4775248B80FB57
_FOOTER_BYTES = 48
_TRAILER = struct.Struct("<BI")
_UNCOMPRESSED, _SNAPPY = 0, 1


def read_table(table: bytes, where: str) -> dict[bytes, bytes]:
    """Every key and value of a table.

    Args:
        table: content of the whole file.
        where: the file's name, for the message.

    Raises:
        DamagedFileError: not a table, truncated, corrupt or compressed.
    """
    if len(table) < _FOOTER_BYTES or int.from_bytes(table[-8:], "little") != _MAGIC:
        raise DamagedFileError(
            f"{where} does not end as a checkpoint index does: it is truncated or another kind of file; "
            "fetch it again."
        )
    try:
        footer = table[-_FOOTER_BYTES:]
        _, position = _read_handle(footer, 0)
        index, _ = _read_handle(footer, position)
        content: dict[bytes, bytes] = {}
        for _, value in _entries(_read_block(table, index)):
            handle, _ = _read_handle(value, 0)
            content.update(_entries(_read_block(table, handle)))
    except (ValueError, struct.error) as error:
        raise DamagedFileError(f"{where} is damaged ({error}); fetch it again.") from error
    return content


def _read_handle(data: bytes, position: int) -> tuple[tuple[int, int], int]:
    """Offset and size of a block, and where reading stopped."""
    offset, position = read_varint(data, position)
    size, position = read_varint(data, position)
    return (offset, size), position


def _read_block(table: bytes, handle: tuple[int, int]) -> bytes:
    offset, size = handle
    end = offset + size
    if end + _TRAILER.size + _FOOTER_BYTES > len(table):
        raise ValueError(f"a block at byte {offset} of {size} bytes passes the end")
    compression, checksum = _TRAILER.unpack_from(table, end)
    if masked_crc32c(table[offset : end + 1]) != checksum:
        raise ValueError(f"the checksum of the block at byte {offset} is wrong")
    if compression != _UNCOMPRESSED:
        name = "Snappy" if compression == _SNAPPY else f"method {compression}"
        raise ValueError(f"the block at byte {offset} is compressed by {name}, which is not supported")
    return table[offset:end]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    (restarts,) = struct.unpack("<I", block[-4:])
    end = len(block) - 4 * (restarts + 1)
    if end < 0:
        raise ValueError(f"a block of {len(block)} bytes claims {restarts} restart points")
    position, key = 0, b""
    while position < end:
        shared, position = read_varint(block, position)
        unshared, position = read_varint(block, position)
        length, position = read_varint(block, position)
        value_at = position + unshared
        if shared > len(key) or value_at + length > end:
            raise ValueError("an entry passes the end of its block")
        key = key[:shared] + block[position:value_at]
        position = value_at + length
        yield key, block[value_at:position]
