# SPDX-License-Identifier: Apache-2.0
"""RVL, the lossless depth code of Wilson, "Fast Lossless Depth Image Compression", ISS 2017.

Runs of zeros and runs of differences between neighbours alternate. Every number is written three bits at a
time, least significant first, in half bytes whose fourth bit says that more follow; eight of them fill a
32-bit word from its top.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SHIFTS = np.arange(28, -1, -4, dtype=np.uint32)
# Half bytes of the largest number there is, 32 bits.
_LONGEST = 11


def decode_rvl(data: bytes, size: int) -> NDArray[np.uint16]:
    """The ``size`` pixels of a stream, uint16[size].

    Raises:
        ValueError: the stream ends too early, or its runs do not make ``size`` pixels.
    """
    numbers = _numbers(data)
    pixels = np.zeros(size, dtype=np.uint16)
    filled, at, last = 0, 0, 0
    while filled < size:
        if at + 2 > len(numbers):
            raise ValueError(f"the stream ends after {filled} of {size} pixels")
        zeros, run = int(numbers[at]), int(numbers[at + 1])
        codes = numbers[at + 2 : at + 2 + run]
        if zeros + run == 0 or filled + zeros + run > size or len(codes) < run:
            raise ValueError(f"a run does not fit after {filled} of {size} pixels")
        filled += zeros
        if run:
            # Even codes are positive differences, odd ones negative.
            values = last + np.cumsum((codes >> 1) ^ -(codes & 1))
            pixels[filled : filled + run] = values.astype(np.uint16)
            last = int(values[-1])
        filled += run
        at += 2 + run
    return pixels


def _numbers(data: bytes) -> NDArray[np.int64]:
    words = np.frombuffer(data, dtype="<u4", count=len(data) // 4)
    nibbles = ((words[:, None] >> _SHIFTS) & 0xF).ravel().astype(np.int64)
    ends = np.flatnonzero(nibbles < 8)
    if len(ends) == 0:
        return np.zeros(0, dtype=np.int64)
    nibbles = nibbles[: ends[-1] + 1]
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > _LONGEST:
        raise ValueError("a number is longer than 32 bits")
    place = np.arange(len(nibbles)) - np.repeat(starts, lengths)
    return np.add.reduceat((nibbles & 7) << (3 * place), starts)
