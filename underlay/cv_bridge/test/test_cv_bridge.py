# SPDX-License-Identifier: Apache-2.0
"""Images go through messages unchanged, and no message gets past the checks."""

from __future__ import annotations

import contextlib
import sys
from array import array

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from cv_bridge import CvBridge, CvBridgeError

BRIDGE = CvBridge()
ENCODINGS = {
    "mono8": ("uint8", 1),
    "mono16": ("uint16", 1),
    "8UC1": ("uint8", 1),
    "8UC2": ("uint8", 2),
    "8UC3": ("uint8", 3),
    "8UC4": ("uint8", 4),
    "16UC1": ("uint16", 1),
    "16SC2": ("int16", 2),
    "32SC1": ("int32", 1),
    "32FC1": ("float32", 1),
    "32FC3": ("float32", 3),
    "64FC1": ("float64", 1),
    "rgb8": ("uint8", 3),
    "bgr8": ("uint8", 3),
    "rgba8": ("uint8", 4),
    "bgra8": ("uint8", 4),
    "rgb16": ("uint16", 3),
}


@st.composite
def images(draw: st.DrawFn, min_side: int = 0) -> tuple[str, np.ndarray]:
    """An encoding and an array that it fits, of any size and content (NaN included)."""
    encoding = draw(st.sampled_from(sorted(ENCODINGS)))
    dtype, channels = ENCODINGS[encoding]
    sides = (draw(st.integers(min_side, 9)), draw(st.integers(min_side, 9)))
    shape = sides if channels == 1 else (*sides, channels)
    return encoding, draw(npst.arrays(dtype, shape))


def message_of(encoding: str, image: np.ndarray, *, big_endian: bool, padding: int) -> Image:
    """The message as a driver in another language would write it: row by row, each followed by padding."""
    height, width = image.shape[:2]
    rows = [row.astype(row.dtype.newbyteorder(">" if big_endian else "<")).tobytes() for row in image]
    data = b"".join(row + b"\xa5" * padding for row in rows)
    row_bytes = width * image.dtype.itemsize * (image.shape[2] if image.ndim == 3 else 1)
    msg = Image(
        height=height, width=width, encoding=encoding, is_bigendian=int(big_endian), step=row_bytes + padding
    )
    msg.data = array("B", data)
    return msg


@given(images(), st.booleans(), st.integers(0, 5))
def test_pixels_arrive_whatever_the_byte_order_and_padding(
    case: tuple[str, np.ndarray], big_endian: bool, padding: int
) -> None:
    encoding, image = case
    received = BRIDGE.imgmsg_to_cv2(message_of(encoding, image, big_endian=big_endian, padding=padding))
    np.testing.assert_array_equal(received, image)
    assert received.dtype == image.dtype
    assert received.dtype.isnative


@given(images())
def test_there_and_back_is_the_identity(case: tuple[str, np.ndarray]) -> None:
    encoding, image = case
    header = Header(frame_id="camera")
    msg = BRIDGE.cv2_to_imgmsg(image, encoding, header)
    assert (msg.encoding, msg.header) == (encoding, header)
    assert (msg.height, msg.width) == image.shape[:2]
    assert len(msg.data) == msg.step * msg.height
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(msg, encoding), image)


@given(images(min_side=1))
def test_any_memory_layout_can_be_sent(case: tuple[str, np.ndarray]) -> None:
    encoding, image = case
    foreign = image.astype(image.dtype.newbyteorder())
    for layout in (image[::-1, ::-1], np.asfortranarray(image), image[::2, ::3], foreign):
        np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(BRIDGE.cv2_to_imgmsg(layout, encoding)), layout)


@given(images())
def test_passthrough_names_the_type(case: tuple[str, np.ndarray]) -> None:
    _, image = case
    dtype, channels = BRIDGE.encoding_to_dtype_with_channels(BRIDGE.cv2_to_imgmsg(image).encoding)
    assert (dtype, channels) == (image.dtype.name, image.shape[2] if image.ndim == 3 else 1)


def test_a_plain_image_is_a_view_of_the_message() -> None:
    msg = BRIDGE.cv2_to_imgmsg(np.zeros((4, 5), np.uint8), "mono8")
    BRIDGE.imgmsg_to_cv2(msg)[2, 3] = 7
    assert msg.data[2 * 5 + 3] == 7


def test_the_message_keeps_its_pixels_when_the_sent_array_changes() -> None:
    image = np.zeros((4, 5), np.uint8)
    msg = BRIDGE.cv2_to_imgmsg(image, "mono8")
    image[:] = 9
    assert not any(msg.data)


PICTURE = np.random.default_rng(1).integers(0, 256, (6, 7, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("rgb8", "bgr8", cv2.COLOR_RGB2BGR),
        ("bgr8", "rgba8", cv2.COLOR_BGR2RGBA),
        ("rgb8", "mono8", cv2.COLOR_RGB2GRAY),
        ("bgr8", "mono8", cv2.COLOR_BGR2GRAY),
    ],
)
def test_colours_convert_as_opencv_does(source: str, target: str, code: int) -> None:
    received = BRIDGE.imgmsg_to_cv2(BRIDGE.cv2_to_imgmsg(PICTURE, source), target)
    np.testing.assert_array_equal(received, cv2.cvtColor(PICTURE, code))


def test_full_scale_stays_full_scale_between_8_and_16_bits() -> None:
    grey = np.array([[0, 1, 127, 255]], np.uint8)
    wide = BRIDGE.imgmsg_to_cv2(BRIDGE.cv2_to_imgmsg(grey, "mono8"), "mono16")
    np.testing.assert_array_equal(wide, [[0, 257, 127 * 257, 65535]])
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(BRIDGE.cv2_to_imgmsg(wide, "mono16"), "mono8"), grey)


def test_depth_keeps_its_values_between_integers_and_floats() -> None:
    millimetres = np.array([[0, 1, 65535]], np.uint16)
    msg = BRIDGE.cv2_to_imgmsg(millimetres, "16UC1")
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(msg, "32FC1"), millimetres.astype(np.float32))
    odd = BRIDGE.cv2_to_imgmsg(np.array([[np.nan, np.inf, -5.0, 1.5, 2.5]], np.float32), "32FC1")
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(odd, "16UC1"), [[0, 65535, 0, 2, 2]])
    huge = BRIDGE.cv2_to_imgmsg(np.array([[1e20, -1e20]], np.float32), "32FC1")
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(huge, "32SC1"), [[2**31 - 1, -(2**31)]])


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"data": array("B", bytes(59))}, "cut short"),
        ({"step": 14}, "step"),
        ({"encoding": "yuv9"}, "yuv9"),
        ({"encoding": ""}, "encoding"),
        ({"height": 2**32 - 1}, "cut short"),
        ({"width": 2**32 - 1}, "step"),
    ],
)
def test_fields_that_contradict_each_other_are_named(changes: dict, names: str) -> None:
    msg = BRIDGE.cv2_to_imgmsg(np.zeros((4, 5, 3), np.uint8), "rgb8")
    for field, value in changes.items():
        setattr(msg, field, value)
    with pytest.raises(CvBridgeError, match=names):
        BRIDGE.imgmsg_to_cv2(msg)


@pytest.mark.parametrize(
    ("image", "encoding"),
    [
        (np.zeros((4, 5), np.float32), "mono8"),
        (np.zeros((4, 5), np.uint8), "rgb8"),
        (np.zeros((4, 5), bool), "passthrough"),
        (np.zeros((4, 5), np.float16), "passthrough"),
        (np.zeros(4, np.uint8), "passthrough"),
        (np.zeros((4, 5, 0), np.uint8), "passthrough"),
        ([[1, 2]], "passthrough"),
    ],
)
def test_an_array_that_does_not_fit_is_refused(image: np.ndarray, encoding: str) -> None:
    with pytest.raises(CvBridgeError):
        BRIDGE.cv2_to_imgmsg(image, encoding)


encodings = (
    st.sampled_from([*sorted(ENCODINGS), "8UC0", "8UC999", "32F", "passthrough", "bayer_rggb8"]) | st.text()
)
uint32 = st.integers(0, 2**32 - 1) | st.integers(0, 12)


@given(uint32, uint32, uint32, encodings, st.integers(0, 255), st.binary(max_size=300), encodings)
def test_any_message_gives_an_image_of_its_size_or_a_cv_bridge_error(
    height: int, width: int, step: int, encoding: str, big_endian: int, data: bytes, desired: str
) -> None:
    msg = Image(height=height, width=width, step=step, is_bigendian=big_endian, encoding=encoding)
    msg.data = array("B", data)
    try:
        image = BRIDGE.imgmsg_to_cv2(msg, desired)
    except CvBridgeError:
        return
    assert image.shape[:2] == (height, width)


def test_png_keeps_every_pixel_and_jpeg_the_size() -> None:
    msg = BRIDGE.cv2_to_compressed_imgmsg(PICTURE, "png")
    np.testing.assert_array_equal(BRIDGE.compressed_imgmsg_to_cv2(msg), PICTURE)
    np.testing.assert_array_equal(BRIDGE.compressed_imgmsg_to_cv2(msg, "rgb8"), PICTURE[:, :, ::-1])
    assert BRIDGE.compressed_imgmsg_to_cv2(BRIDGE.cv2_to_compressed_imgmsg(PICTURE)).shape == PICTURE.shape
    depth = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    received = BRIDGE.compressed_imgmsg_to_cv2(BRIDGE.cv2_to_compressed_imgmsg(depth, "png"), "16UC1")
    np.testing.assert_array_equal(received, depth)


@pytest.mark.parametrize(
    ("image", "kind"), [(PICTURE, "nonsense"), (np.zeros((0, 0), np.uint8), "png"), (3, "png")]
)
def test_a_picture_that_cannot_be_encoded_is_refused(image: np.ndarray, kind: str) -> None:
    with pytest.raises(CvBridgeError):
        BRIDGE.cv2_to_compressed_imgmsg(image, kind)


@given(
    st.binary(max_size=200), st.integers(0, 200), st.sampled_from(["passthrough", "bgr8", "mono16", "32FC1"])
)
def test_damaged_pictures_raise_nothing_but_a_cv_bridge_error(
    junk: bytes, position: int, desired: str
) -> None:
    whole = bytes(BRIDGE.cv2_to_compressed_imgmsg(PICTURE, "png").data)
    for data in (junk, whole[:position] + junk, whole[:position]):
        msg = CompressedImage(format="png")
        msg.data = array("B", data)
        with contextlib.suppress(CvBridgeError):
            assert BRIDGE.compressed_imgmsg_to_cv2(msg, desired).ndim in (2, 3)


def test_the_byte_order_of_the_machine_is_stated() -> None:
    msg = BRIDGE.cv2_to_imgmsg(np.zeros((1, 1), np.uint16))
    assert bool(msg.is_bigendian) == (sys.byteorder == "big")
