# SPDX-License-Identifier: Apache-2.0
"""A writer of TensorFlow's checkpoints, made from the formats' descriptions, to test the reader against."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

PREFIX = "model.ckpt"
INDEX, DATA = "model.ckpt.index", "model.ckpt.data-00000-of-00001"
DTYPES = {"float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "int64": 9, "bool": 10}


def bitwise_crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x82F63B78 * (crc & 1)
    return crc ^ 0xFFFFFFFF


def mask(crc: int) -> int:
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def number_field(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message_field(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


def block(entries: Iterable[tuple[bytes, bytes]], restart_every: int) -> bytes:
    content, restarts, last = b"", [], b""
    for count, (key, value) in enumerate(entries):
        shared = 0
        if count % restart_every == 0:
            restarts.append(len(content))
        else:
            while shared < min(len(key), len(last)) and key[shared] == last[shared]:
                shared += 1
        content += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    restarts = restarts or [0]
    return content + struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))


def table(entries: dict[bytes, bytes], *, entries_per_block: int = 5, compression: int = 0) -> bytes:
    written, index = b"", []

    def append(content: bytes) -> bytes:
        nonlocal written
        handle = varint(len(written)) + varint(len(content))
        sealed = content + bytes([compression])
        written += sealed + struct.pack("<I", mask(bitwise_crc32c(sealed)))
        return handle

    items = sorted(entries.items())
    for start in range(0, len(items), entries_per_block):
        part = items[start : start + entries_per_block]
        index.append((part[-1][0], append(block(part, restart_every=3))))
    footer = append(block([], 1)) + append(block(index, 1))
    return written + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def entry(values: NDArray[Any], shard: int, offset: int, dtype: int | None = None) -> bytes:
    shape = b"".join(message_field(2, number_field(1, size)) for size in values.shape)
    message = number_field(1, dtype or DTYPES[values.dtype.name]) + message_field(2, shape)
    message += number_field(3, shard) * (shard > 0) + number_field(4, offset) * (offset > 0)
    message += number_field(5, values.nbytes)
    return message + bytes([6 << 3 | 5]) + struct.pack("<I", mask(bitwise_crc32c(values.tobytes())))


def header(shards: int) -> bytes:
    return number_field(1, shards) + message_field(3, number_field(1, 1))


def write_checkpoint(folder: Path, variables: dict[str, NDArray[Any]], shards: int = 1) -> Path:
    data, entries = [b""] * shards, {b"": header(shards)}
    for count, (name, values) in enumerate(variables.items()):
        shard = count % shards
        entries[name.encode()] = entry(values, shard, len(data[shard]))
        data[shard] += values.tobytes()
    for shard, content in enumerate(data):
        (folder / f"{PREFIX}.data-{shard:05d}-of-{shards:05d}").write_bytes(content)
    (folder / INDEX).write_bytes(table(entries))
    return folder / PREFIX
