# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from sensor_msgs.msg import CameraInfo, CompressedImage

from pinch_core.errors import InvalidDepthError
from pinch_ros.conversions import depth_array_from_compressed, depth_frame_from_messages
from pinch_ros.conversions.rvl import decode_rvl

UInt16 = NDArray[np.uint16]


def write_compressed(
    codes: UInt16, encoding: str, codec: str, a: float = 0.0, b: float = 0.0
) -> CompressedImage:
    """A message of the codes, uint16[H, W]."""
    header = struct.pack("<iff", 0, a, b)
    if codec == "rvl":
        body = struct.pack("<ii", codes.shape[1], codes.shape[0]) + write_rvl(codes.ravel().tolist())
    else:
        body = cv2.imencode(".png", codes)[1].tobytes()
    message = CompressedImage(format=f"{encoding}; compressedDepth {codec}".rstrip())
    message.data = header + body
    return message


def write_rvl(pixels: list[int]) -> bytes:
    """The stream of Wilson's paper."""
    nibbles: list[int] = []

    def put(value: int) -> None:
        while True:
            nibble, value = value & 7, value >> 3
            nibbles.append(nibble | 8 if value else nibble)
            if not value:
                return

    at, last = 0, 0
    while at < len(pixels):
        zeros = at
        while at < len(pixels) and pixels[at] == 0:
            at += 1
        put(at - zeros)
        run = at
        while run < len(pixels) and pixels[run] != 0:
            run += 1
        put(run - at)
        for pixel in pixels[at:run]:
            difference = pixel - last
            put(2 * difference if difference >= 0 else -2 * difference - 1)
            last = pixel
        at = run
    nibbles += [0] * (-len(nibbles) % 8)
    words = [
        sum(nibble << (28 - 4 * place) for place, nibble in enumerate(nibbles[start : start + 8]))
        for start in range(0, len(nibbles), 8)
    ]
    return struct.pack(f"<{len(words)}I", *words)


# Sparse on purpose: depth has holes, and runs are what RVL is about.
CODES = arrays(
    np.uint16,
    st.tuples(st.integers(1, 9), st.integers(1, 11)),
    elements=st.one_of(st.just(0), st.integers(0, 65535)),
)
CODECS = st.sampled_from(["png", "rvl"])


@given(CODES, CODECS)
def test_millimetres_read_back_as_written(codes: UInt16, codec: str) -> None:
    read = depth_array_from_compressed(write_compressed(codes, "16UC1", codec))
    assert read.dtype == np.uint16
    np.testing.assert_array_equal(read, codes)


def test_rvl_as_in_the_paper_by_hand() -> None:
    # Two zeros, then 3 values: +5 -> 10 = 0b1_010, -1 -> 1, +1 -> 2; half bytes 2 3 A 1 1 2 0 0.
    stream = bytes.fromhex("0012a123")
    assert write_rvl([0, 0, 5, 4, 5]) == stream
    assert decode_rvl(stream, 5).tolist() == [0, 0, 5, 4, 5]


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 5), st.integers(1, 5)),
        elements=st.one_of(st.just(np.nan), st.floats(0.3, 8.0)),
    ),
    CODECS,
)
def test_metres_come_back_within_a_code(depth: np.ndarray, codec: str) -> None:
    # As the transport quantises with its defaults: depth_max 10 m, depth_quantization 100.
    a = 100.0 * 101.0
    b = 1.0 - a / 10.0
    exact = a / depth + b
    codes = np.where(np.isnan(exact), 0, np.floor(np.nan_to_num(exact))).astype(np.uint16)
    read = depth_array_from_compressed(write_compressed(codes, "32FC1", codec, a, b))
    assert read.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(read), codes == 0)
    seen = codes != 0
    step = depth[seen] ** 2 / a
    assert np.all(np.abs(read[seen] - depth[seen]) <= 1.01 * step / (1 - depth[seen] / a) + 1e-5)


def test_a_driver_that_names_no_codec_means_png() -> None:
    codes = np.array([[700, 0], [1, 65535]], dtype=np.uint16)
    message = write_compressed(codes, "16UC1", "")
    assert message.format == "16UC1; compressedDepth"
    np.testing.assert_array_equal(depth_array_from_compressed(message), codes)


def test_a_frame_is_made_of_it_with_camera_info() -> None:
    info = CameraInfo(width=2, height=1, k=[100.0, 0.0, 1.0, 0.0, 100.0, 1.0, 0.0, 0.0, 1.0])
    frame = depth_frame_from_messages(write_compressed(np.array([[700, 0]], np.uint16), "16UC1", "rvl"), info)
    np.testing.assert_allclose(frame.depth, [[0.7, np.nan]], rtol=1e-6)


@given(CODES, CODECS, st.integers(1, 400))
def test_truncated_data_is_refused_or_complete(codes: UInt16, codec: str, missing: int) -> None:
    message = write_compressed(codes, "16UC1", codec)
    message.data = message.data[: max(0, len(message.data) - missing)]
    with contextlib.suppress(InvalidDepthError):
        # What is cut may be a PNG's end marker or the padding of RVL.
        np.testing.assert_array_equal(depth_array_from_compressed(message), codes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jpeg",
        "rgb8; jpeg compressed bgr8",
        "8UC1; compressedDepth png",
        "16UC1; compressedDepth zstd",
    ],
)
def test_other_formats_are_refused_with_what_is_meant(text: str) -> None:
    with pytest.raises(InvalidDepthError, match="/compressedDepth"):
        depth_array_from_compressed(CompressedImage(format=text, data=b"\0" * 64))


@settings(max_examples=300)
@given(
    st.sampled_from(
        [
            "16UC1; compressedDepth png",
            "16UC1; compressedDepth rvl",
            "32FC1; compressedDepth rvl",
            "32FC1; compressedDepth",
        ]
    ),
    st.binary(max_size=80),
)
def test_no_bytes_fail_otherwise_than_by_one_sentence(text: str, data: bytes) -> None:
    with contextlib.suppress(InvalidDepthError):
        depth_array_from_compressed(CompressedImage(format=text, data=data))


@settings(max_examples=200)
@given(CODES, CODECS, st.integers(0, 10_000), st.integers(0, 255))
def test_no_changed_byte_fails_otherwise_than_by_one_sentence(
    codes: UInt16, codec: str, place: int, value: int
) -> None:
    message = write_compressed(codes, "32FC1", codec, 10_100.0, -1009.0)
    data = bytearray(message.data)
    data[place % len(data)] = value
    message.data = bytes(data)
    with contextlib.suppress(InvalidDepthError):
        depth_array_from_compressed(message)
