# SPDX-License-Identifier: Apache-2.0
"""Images of compressed_depth_image_transport: a 12-byte header, then a 16-bit PNG or an RVL stream.

Metres travel as 16-bit codes of their inverse, ``a / depth + b``, with ``a`` and ``b`` in the header and 0
for no return; millimetres travel as they are.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage

from pinch_core.errors import InvalidDepthError
from pinch_ros.conversions.rvl import decode_rvl

# compressionFormat, depthQuantA, depthQuantB of ConfigHeader.
_HEADER = struct.Struct("<iff")
_RVL_SIZE = struct.Struct("<ii")
_PNG_START = b"\x89PNG\r\n\x1a\n"
# The last chunk, empty: its length, name and checksum. OpenCV fills what is missing before it with nothing.
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
# Width and height, big-endian, after the signature and the length and name of the first chunk.
_PNG_SIZE, _PNG_SIZE_AT = struct.Struct(">II"), 16
# Not a depth camera any more: a few bytes must not ask for gigabytes.
MAX_PIXELS = 1 << 26


class _Format(NamedTuple):
    encoding: str
    codec: str


def depth_array_from_compressed(
    image: CompressedImage, *, scale_is_given: bool = False, where: str = "compressed depth image"
) -> NDArray[np.float32] | NDArray[np.uint16]:
    """The pixels: float32[H, W], NaN = no return, where the driver's image was 32FC1, uint16[H, W] as stored
    where it was 16UC1, or mono16 and a scale is given.

    Raises:
        InvalidDepthError: another format, or data that cannot be decoded.
    """
    encoding, codec = _format(image.format, where, scale_is_given=scale_is_given)
    data = bytes(image.data)
    if len(data) < _HEADER.size:
        raise InvalidDepthError(
            f"{where} holds {len(data)} bytes, fewer than its header of {_HEADER.size}; it was "
            "truncated on its way."
        )
    _, quant_a, quant_b = _HEADER.unpack_from(data)
    try:
        codes = (_rvl if codec == "rvl" else _png)(data[_HEADER.size :])
    except (ValueError, cv2.error, struct.error) as error:
        reason = str(error).strip().splitlines()[-1]
        raise InvalidDepthError(
            f"{where} cannot be decoded as {codec} ({reason}); it was truncated or damaged on its way."
        ) from error
    if encoding != "32FC1":
        return codes
    return _metres(codes, quant_a, quant_b)


def _format(text: str, where: str, *, scale_is_given: bool) -> _Format:
    """Of ``16UC1; compressedDepth png``; drivers before Humble left the codec out and meant png."""
    encoding, _, rest = text.partition(";")
    words = rest.split()
    codec = words[1] if len(words) > 1 else "png"
    known = ("16UC1", "32FC1", "mono16") if scale_is_given else ("16UC1", "32FC1")
    is_encoding, is_codec = encoding.strip() in known, codec in ("png", "rvl")
    if not (is_encoding and is_codec and words[:1] == ["compressedDepth"]):
        raise InvalidDepthError(
            f"{where} has the format '{text}'; compressed depth is '16UC1; compressedDepth png', the "
            "same with 32FC1, with mono16 where depth_format.scale is set, or with rvl: subscribe to the "
            "topic that ends in /compressedDepth."
        )
    return _Format(encoding.strip(), codec)


def _png(data: bytes) -> NDArray[np.uint16]:
    if not data.startswith(_PNG_START):
        raise ValueError("no PNG begins after the header")
    if not data.endswith(_PNG_END):
        raise ValueError("the PNG has no end")
    width, height = _PNG_SIZE.unpack_from(data, _PNG_SIZE_AT)
    _check_size(height, width)
    pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("the PNG is damaged")
    if pixels.dtype != np.uint16 or pixels.ndim != 2:
        raise ValueError(f"the PNG holds {pixels.dtype}, not one channel of 16 bits")
    return np.asarray(pixels)


def _rvl(data: bytes) -> NDArray[np.uint16]:
    width, height = _RVL_SIZE.unpack_from(data)
    _check_size(height, width)
    return decode_rvl(data[_RVL_SIZE.size :], height * width).reshape(height, width)


def _check_size(height: int, width: int) -> None:
    if not (height > 0 and width > 0 and height * width <= MAX_PIXELS):
        raise ValueError(f"it is {width} x {height}")


def _metres(codes: NDArray[np.uint16], quant_a: float, quant_b: float) -> NDArray[np.float32]:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        depth: NDArray[np.float32] = np.float32(quant_a) / (codes.astype(np.float32) - np.float32(quant_b))
    depth[codes == 0] = np.nan
    return depth
