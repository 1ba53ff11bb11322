# SPDX-License-Identifier: Apache-2.0
"""Whether two frames show the same scene, from thumbnails that are kept with the results. Free of ROS."""

from __future__ import annotations

import base64
import zlib

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
UInt16 = NDArray[np.uint16]

# Blocks across and down the image: large enough that noise cancels, small enough for one object to fill some.
BLOCKS = (64, 48)
# Pixels of a block that are looked at, each way.
_SAMPLES = 5
# A block whose median depth moved by more than this [mm] shows something else.
MOVED_MM = 8
# Blocks at the outlines of objects flicker; an object that comes, goes or moves changes more.
STILL_SHARE = 0.004


def thumbnail(depth: Float32) -> str:
    """Medians of blocks of an image, Float32[H, W] [m], as text."""
    height, width = depth.shape
    rows = np.linspace(0, height - 1, BLOCKS[1] * _SAMPLES).astype(np.intp)
    columns = np.linspace(0, width - 1, BLOCKS[0] * _SAMPLES).astype(np.intp)
    blocks = depth[np.ix_(rows, columns)].reshape(BLOCKS[1], _SAMPLES, BLOCKS[0], _SAMPLES)
    values = np.sort(blocks.transpose(0, 2, 1, 3).reshape(-1, _SAMPLES**2), axis=1)  # NaN comes last
    valid = np.isfinite(values).sum(axis=1)
    medians = values[np.arange(len(values)), np.maximum(valid - 1, 0) // 2]
    millimetres = np.rint(np.nan_to_num(medians) * 1e3).clip(0, 65535).astype("<u2")
    return base64.b64encode(zlib.compress(millimetres.tobytes())).decode()


def is_still(before: str, after: str) -> bool:
    """Whether nothing has moved from one thumbnail to the other."""
    return changed_share(before, after) <= STILL_SHARE


def changed_share(before: str, after: str) -> float:
    """Share of the blocks, seen in both thumbnails, that show something else; 1 where none was seen."""
    first, second = _medians(before), _medians(after)
    seen = (first > 0) & (second > 0)
    if not seen.any():
        return 1.0
    return float((np.abs(first[seen] - second[seen]) > MOVED_MM).mean())


def _medians(text: str) -> NDArray[np.int32]:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<u2").astype(np.int32)
