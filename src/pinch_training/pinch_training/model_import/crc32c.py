# SPDX-License-Identifier: Apache-2.0
"""CRC-32C (Castagnoli), as LevelDB tables and TensorFlow checkpoints store it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UInt32 = NDArray[np.uint32]

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8
# Bytes that one lane digests; all lanes go in step, so numpy's loop runs over them.
_LANE = 256


def _make_table() -> UInt32:
    remainders = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        remainders = np.asarray(remainders >> 1 ^ (remainders & 1) * _POLYNOMIAL, dtype=np.uint32)
    return remainders


_TABLE = _make_table()
# Python's own integers are faster one at a time.
_PLAIN_TABLE: list[int] = _TABLE.tolist()


def _digest(remainders: UInt32, byte: NDArray[np.uint8]) -> UInt32:
    result: UInt32 = _TABLE[(remainders ^ byte) & 0xFF] ^ (remainders >> 8)
    return result


def _make_lane_shift() -> UInt32:
    """What one lane of zeros makes of each bit of a remainder: a 32 x 32 matrix over GF(2)."""
    columns: UInt32 = np.array([1 << bit for bit in range(32)], dtype=np.uint32)
    for _ in range(_LANE):
        columns = _digest(columns, np.zeros(32, dtype=np.uint8))
    return columns


_LANE_SHIFT = _make_lane_shift()


def _apply(columns: UInt32, remainders: UInt32) -> UInt32:
    result = np.zeros_like(remainders)
    for bit, column in enumerate(columns):
        result ^= (remainders >> np.uint32(bit) & np.uint32(1)) * column
    return result


def crc32c(data: bytes) -> int:
    """CRC-32C of ``data``, in lanes whose remainders are then joined pairwise.

    A remainder is linear in its message: that of A followed by B is A's, carried over as many zeros as B is
    long, plus B's.
    """
    head = len(data) % _LANE
    first = 0xFFFFFFFF
    for byte in data[:head]:
        first = _PLAIN_TABLE[(first ^ byte) & 0xFF] ^ first >> 8
    lanes = np.frombuffer(data, dtype=np.uint8, offset=head).reshape(-1, _LANE)
    rest = np.zeros(len(lanes), dtype=np.uint32)
    for column in np.ascontiguousarray(lanes.T):
        rest = _digest(rest, column)

    remainders, shift = np.append(np.uint32(first), rest), _LANE_SHIFT
    while len(remainders) > 1:
        if len(remainders) % 2:
            # The remainder of zeros is zero, so a lane in front changes nothing.
            remainders = np.concatenate([np.zeros(1, dtype=np.uint32), remainders])
        remainders = _apply(shift, remainders[0::2]) ^ remainders[1::2]
        shift = _apply(shift, shift)
    return int(remainders[0]) ^ 0xFFFFFFFF


def masked_crc32c(data: bytes) -> int:
    """The form stored in files: rotated and offset, so that data holding checksums does not check itself."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF
