# SPDX-License-Identifier: Apache-2.0
"""PFM images: floating point, as stereo software and data sets write depth and disparity.

Source: the format as its author Paul Debevec describes it (pauldebevec.com/Research/HDR/PFM): a header of
text, then rows from the bottom to the top; the sign of the header's scale is the byte order.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import DamagedFileError, InvalidDepthError

Float32 = NDArray[np.float32]

_HEADER = re.compile(rb"(P[Ff])\s+(\d{1,9})\s+(\d{1,9})\s+([-+]?[\d.]+(?:[eE][-+]?\d+)?)(?:\r\n|\s)")
_FLOAT_BYTES = 4


def decode_pfm(content: bytes, path: Path) -> Float32:
    """Float32[H, W], or [H, W, 3] of a colour image; rows from the top to the bottom, values as stored.

    Raises:
        InvalidDepthError: its scale is not 1, by which some readers multiply and others divide.
        DamagedFileError: cut off, or more than its header announces.
    """
    header = _HEADER.match(content)
    if header is None:
        raise DamagedFileError(
            f"{path} ({len(content)} bytes) has no whole PFM header at its beginning (Pf, width, height, "
            "scale); record or copy it again.",
            path,
        )
    channels = 3 if header[1] == b"PF" else 1
    width, height, scale = int(header[2]), int(header[3]), float(header[4])
    expected = header.end() + width * height * channels * _FLOAT_BYTES
    if len(content) != expected:
        fault = "was cut off" if len(content) < expected else "holds more than one image"
        raise DamagedFileError(
            f"{path} {fault}: it ends at byte {len(content)}, but its PFM header announces {expected}; "
            "record or copy it again.",
            path,
        )
    if abs(scale) != 1.0:
        raise InvalidDepthError(
            f"{path} has the scale {abs(scale):g} in its PFM header, by which some programs multiply, others "
            "divide, and others do neither; write it again with a scale of 1 or -1, or as .npy, and say the "
            "unit with depth_format.scale."
        )
    stored = np.frombuffer(content, ">f4" if scale > 0 else "<f4", offset=header.end())
    rows = stored.reshape((height, width, channels) if channels > 1 else (height, width))
    return np.ascontiguousarray(rows[::-1], dtype=np.float32)
