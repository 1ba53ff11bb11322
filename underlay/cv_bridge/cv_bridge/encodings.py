# SPDX-License-Identifier: Apache-2.0
"""What the encoding strings of sensor_msgs/Image mean."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_CHANNELS = 512  # OpenCV's own limit


class CvBridgeError(TypeError):
    """A message or an array cannot be converted; the text says which value is wrong."""


class Encoding(NamedTuple):
    """Type of one channel (native byte order), number of channels, and the colours they stand for."""

    name: str
    dtype: np.dtype
    channels: int
    colour: str  # as in OpenCV's conversion names: GRAY, RGB, BGR, RGBA, BGRA; empty: none


_COLOURS = {
    "mono": ("GRAY", 1),
    "rgb": ("RGB", 3),
    "bgr": ("BGR", 3),
    "rgba": ("RGBA", 4),
    "bgra": ("BGRA", 4),
}
_NAMED = re.compile(r"(mono|rgba?|bgra?)(8|16)")
_GENERIC = re.compile(r"(8U|8S|16U|16S|32S|32F|64F)C([0-9]{1,3})")
_DTYPES = {
    "8U": "uint8", "8S": "int8", "16U": "uint16", "16S": "int16", "32S": "int32", "32F": "float32", "64F":
    "float64",
}  # fmt: skip
_DEPTHS = {name: depth for depth, name in _DTYPES.items()}


def parse(name: str) -> Encoding:
    """The meaning of an encoding string such as 'bgr8' or '32FC1'; CvBridgeError where it has none."""
    if match := _NAMED.fullmatch(name):
        colour, channels = _COLOURS[match[1]]
        return Encoding(name, np.dtype(f"uint{match[2]}"), channels, colour)
    if (match := _GENERIC.fullmatch(name)) and 1 <= int(match[2]) <= MAX_CHANNELS:
        return Encoding(name, np.dtype(_DTYPES[match[1]]), int(match[2]), "")
    raise CvBridgeError(
        f"image encoding '{name}' is not known; "
        "use mono8, mono16, rgb8, bgr8, rgba8, bgra8 or a type such as 32FC1"
    )


def of_array(image: NDArray[Any]) -> Encoding:
    """The generic encoding (such as '16UC1') of an array of shape (H, W) or (H, W, C)."""
    if image.ndim not in (2, 3):
        raise CvBridgeError(
            f"image has shape {image.shape}; it must be (height, width) or (height, width, channels)"
        )
    channels = 1 if image.ndim == 2 else image.shape[2]
    depth = _DEPTHS.get(image.dtype.name)
    if depth is None:
        raise CvBridgeError(
            f"image has type {image.dtype}, which no encoding stands for; use one of {list(_DEPTHS)}"
        )
    return parse(f"{depth}C{channels}")
