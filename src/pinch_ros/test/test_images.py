# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sensor_msgs.msg import CameraInfo, Image, RegionOfInterest
from std_msgs.msg import Header

from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.errors import IntrinsicsError, InvalidDepthError, MaskError, PinchError
from pinch_ros.conversions import (
    depth_array_from_message,
    depth_frame_from_messages,
    depth_frame_to_image,
    image_is_empty,
    mask_from_message,
    mask_to_message,
    ns_to_stamp,
)

FORMATS = {
    "32FC1": ("f", np.float32),
    "64FC1": ("d", np.float64),
    "16UC1": ("H", np.uint16),
    "16SC1": ("h", np.int16),
    "32SC1": ("i", np.int32),
}
UNSIGNED_OR_SINGLE = ("16UC1", "32FC1")


def write_image(pixels: Any, encoding: str, big_endian: bool, padding: int) -> Image:
    """An independent writer: struct packs pixel by pixel, rows end in junk."""
    letter, _ = FORMATS[encoding]
    order = ">" if big_endian else "<"
    size = struct.calcsize(letter)
    rows = [
        b"".join(struct.pack(order + letter, v) for v in row) + b"\xab" * (padding * size) for row in pixels
    ]
    image = Image(height=len(pixels), width=len(pixels[0]), encoding=encoding, is_bigendian=int(big_endian))
    image.step = (len(pixels[0]) + padding) * size
    image.data = b"".join(rows)
    return image


def info_of(width: int, height: int) -> CameraInfo:
    return CameraInfo(width=width, height=height, k=[100.0, 0.0, 1.0, 0.0, 100.0, 1.0, 0.0, 0.0, 1.0])


@st.composite
def images(draw: st.DrawFn) -> tuple[Image, np.ndarray]:
    encoding = draw(st.sampled_from(UNSIGNED_OR_SINGLE))
    height, width = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    values = st.integers(0, 65535) if encoding == "16UC1" else st.floats(width=32)
    pixels = draw(
        st.lists(
            st.lists(values, min_size=width, max_size=width),
            min_size=height, max_size=height,
        )
    )  # fmt: skip
    image = write_image(pixels, encoding, draw(st.booleans()), draw(st.integers(0, 5)))
    return image, np.array(pixels, dtype=FORMATS[encoding][1])


@given(images())
def test_every_encoding_byte_order_and_padding_reads_back_the_written_pixels(
    case: tuple[Image, np.ndarray],
) -> None:
    image, written = case
    read = depth_array_from_message(image)
    assert read.dtype == written.dtype
    np.testing.assert_array_equal(read, written)


@given(images(), st.integers(1, 400))
def test_truncated_data_is_refused(case: tuple[Image, np.ndarray], missing: int) -> None:
    image, _ = case
    image.data = image.data[: max(0, len(image.data) - missing)]
    with pytest.raises(InvalidDepthError, match=r"holds \d+ bytes where \d+ rows of \d+ bytes need \d+"):
        depth_array_from_message(image)


@settings(max_examples=300)
@given(
    st.builds(
        Image,
        height=st.integers(0, 2**32 - 1) | st.integers(0, 4),
        width=st.integers(0, 2**32 - 1) | st.integers(0, 4),
        step=st.integers(0, 2**32 - 1) | st.integers(0, 32),
        encoding=st.sampled_from(["32FC1", "16UC1", "mono16", "mono8", "8UC1", "rgb8", "64FC1", "", "\x00"]),
        is_bigendian=st.integers(0, 255),
        data=st.binary(max_size=64),
    ),
    st.builds(
        CameraInfo,
        height=st.integers(0, 4),
        width=st.integers(0, 4),
        distortion_model=st.sampled_from(["", "plumb_bob", "equidistant", "rational_polynomial", "odd"]),
        d=st.lists(st.floats(), max_size=14),
        k=st.lists(st.floats(), min_size=9, max_size=9),
        p=st.lists(st.floats(), min_size=12, max_size=12),
        binning_x=st.integers(0, 5),
        binning_y=st.integers(0, 5),
    ),
    st.booleans(),
)
def test_no_message_makes_the_converters_fail_otherwise_than_by_a_pinch_error(
    image: Image, info: CameraInfo, flag: bool
) -> None:
    for convert in (
        lambda: depth_frame_from_messages(
            image, info, DepthFormat(scale=1e-3 * flag), topic="/image_rect" * flag
        ),
        lambda: mask_from_message(image),
    ):
        with contextlib.suppress(PinchError):
            convert()


@given(
    st.sampled_from(UNSIGNED_OR_SINGLE), st.booleans(), st.integers(0, 3), st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 9), st.integers(1, 7), st.integers(0, 4), st.integers(0, 4),
)  # fmt: skip
def test_a_cut_and_binned_image_of_any_layout_keeps_pixels_and_looks_where_they_look(
    encoding: str,
    big_endian: bool,
    padding: int,
    bin_x: int,
    bin_y: int,
    width: int,
    height: int,
    x: int,
    y: int,
) -> None:
    """``width`` x ``height`` binned pixels, cut at (x, y) from a larger sensor; what fills no bin is left."""
    written = 600.0 + np.arange(width * height).reshape(height, width)
    scale = 1.0 if encoding == "16UC1" else 1e-3
    values = (written * scale).astype(FORMATS[encoding][1])
    info = info_of(x + width * bin_x + 2, y + height * bin_y + 1)
    info.roi = RegionOfInterest(x_offset=x, y_offset=y, width=width * bin_x, height=height * bin_y)
    info.binning_x, info.binning_y = bin_x, bin_y
    frame = depth_frame_from_messages(write_image(values.tolist(), encoding, big_endian, padding), info)
    np.testing.assert_allclose(frame.depth, written * 1e-3, rtol=2e-7)
    # The sensor has a focal length of 100 px and its centre at (1, 1).
    columns, rows = np.arange(width), np.arange(height)
    centre_x, centre_y = x + columns * bin_x + (bin_x - 1) / 2, y + rows * bin_y + (bin_y - 1) / 2
    points = frame.points()
    np.testing.assert_allclose(points[..., 0], frame.depth * (centre_x - 1) / 100.0, atol=1e-6)
    np.testing.assert_allclose(points[..., 1], frame.depth * (centre_y[:, None] - 1) / 100.0, atol=1e-6)


def test_millimetres_become_metres_and_zero_becomes_nan() -> None:
    frame = depth_frame_from_messages(
        write_image([[0, 700], [1234, 65535]], "16UC1", False, 1), info_of(2, 2)
    )
    np.testing.assert_allclose(frame.depth, [[np.nan, 0.7], [1.234, np.nan]], rtol=2e-7)
    assert dict(frame.no_return) == {"stored as 65535": 1, "zero, NaN or infinite": 1}


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize(
    ("encoding", "scale"),
    [("32FC1", 1.0), ("64FC1", 1.0), ("16UC1", 1e-4), ("16SC1", 1e-4), ("32SC1", 1e-5), ("mono16", 1e-4)],
)
def test_every_encoding_of_a_scene_is_the_same_frame(encoding: str, scale: float, big_endian: bool) -> None:
    depth = np.array([[0.5, 0.61, 0.7], [0.7, 0.75, 0.8]])
    stored = depth / scale if encoding.endswith("FC1") else np.rint(depth / scale).astype(int)
    image = write_image(stored.tolist(), encoding.replace("mono16", "16UC1"), big_endian, 1)
    image.encoding = encoding
    given = 0.0 if scale == 1.0 else scale
    frame = depth_frame_from_messages(image, info_of(3, 2), DepthFormat(scale=given))
    np.testing.assert_allclose(frame.depth, depth, rtol=1e-6)


def test_a_name_of_a_topic_tells_which_matrix_applies() -> None:
    image, info = write_image([[0.5, 0.6]], "32FC1", False, 0), info_of(2, 1)
    info.p = [80.0, 0.0, 1.0, 0.0, 0.0, 80.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    info.k = [100.0, 0.0, 4.0, 0.0, 100.0, 1.0, 0.0, 0.0, 1.0]

    def focal_length(topic: str, **more: Any) -> float:
        return depth_frame_from_messages(image, info, topic=topic, **more).intrinsics.fx

    assert focal_length("/camera/image_rect") == 80.0
    assert focal_length("/camera/image_raw") == 100.0
    assert focal_length("/camera/depth", depth_format=DepthFormat(rectified=Rectified.YES)) == 80.0
    with pytest.raises(IntrinsicsError, match=r"nothing tells which .* set depth_format\.rectified"):
        focal_length("/camera/depth")
    assumed = depth_frame_from_messages(image, info, assumed=Rectified.YES)
    assert assumed.intrinsics.fx == 80.0
    assert "was taken for rectified" in " ".join(assumed.notes)


def test_a_frame_keeps_stamp_and_frame_and_comes_back_exactly_through_a_message() -> None:
    image = write_image([[0.5, float("nan"), 0.75]], "32FC1", True, 2)
    image.header = Header(stamp=ns_to_stamp(1_234_567_890_123_456_789), frame_id="optical")
    frame = depth_frame_from_messages(image, info_of(3, 1))
    again = depth_frame_from_messages(depth_frame_to_image(frame), info_of(3, 1))
    assert (again.stamp_ns, again.frame_id) == (1_234_567_890_123_456_789, "optical")
    np.testing.assert_array_equal(again.depth, np.array([[0.5, np.nan, 0.75]], dtype=np.float32))


def test_a_camera_info_of_another_size_is_refused_with_both_sizes() -> None:
    with pytest.raises(IntrinsicsError, match="/depth is 2 x 1 but its intrinsics are for 640 x 480"):
        depth_frame_from_messages(
            write_image([[0.5, 0.6]], "32FC1", False, 0), info_of(640, 480), source="/depth"
        )


def test_grey_values_are_not_taken_for_depth_unless_a_scale_is_given() -> None:
    image = write_image([[700, 800]], "16UC1", False, 0)
    image.encoding = "mono16"
    with pytest.raises(InvalidDepthError, match="mono16"):
        depth_array_from_message(image)
    assert depth_array_from_message(image, scale_is_given=True).tolist() == [[700, 800]]


def test_a_step_that_splits_pixels_is_refused() -> None:
    image = write_image([[1, 2], [3, 4]], "16UC1", False, 1)
    image.step = 5
    with pytest.raises(InvalidDepthError, match="step 5"):
        depth_array_from_message(image)


def test_all_nan_and_empty_images_are_refused() -> None:
    with pytest.raises(InvalidDepthError, match="no valid pixel"):
        depth_frame_from_messages(write_image([[float("nan")] * 2], "32FC1", False, 0), info_of(2, 1))
    with pytest.raises(InvalidDepthError, match="0 x 0"):
        depth_frame_from_messages(Image(encoding="32FC1"), info_of(2, 1))
    assert image_is_empty(Image())


def test_masks_come_back_and_other_encodings_are_refused() -> None:
    mask = np.array([[True, False, True]])
    np.testing.assert_array_equal(mask_from_message(mask_to_message(mask, Header())), mask)
    with pytest.raises(MaskError, match="rgb8"):
        mask_from_message(Image(height=1, width=1, step=3, encoding="rgb8", data=b"abc"))
