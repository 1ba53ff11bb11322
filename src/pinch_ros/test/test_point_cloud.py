# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sensor_msgs.msg import PointCloud2, PointField

from pinch_core.errors import InvalidDepthError
from pinch_ros.conversions import depth_array_from_cloud

LETTERS = {PointField.FLOAT32: "f", PointField.FLOAT64: "d"}


def write_cloud(
    depth: list[list[float]],
    *,
    kind: int = PointField.FLOAT32,
    big_endian: bool = False,
    padding: int = 0,
    gap: int = 0,
) -> PointCloud2:
    """An independent writer: x, z and y, ``gap`` bytes of junk after each, ``padding`` after each row."""
    order, size = ">" if big_endian else "<", struct.calcsize(LETTERS[kind])
    one = size + gap
    letter, junk = order + LETTERS[kind], b"\xab"
    data = b"".join(
        b"".join(struct.pack(letter, value) + junk * gap for z in row for value in (1.0, z, 2.0))
        + junk * padding
        for row in depth
    )
    fields = [
        PointField(name=name, offset=index * one, datatype=kind, count=1)
        for index, name in enumerate(("x", "z", "y"))
    ]
    cloud = PointCloud2(height=len(depth), width=len(depth[0]), fields=fields, is_bigendian=big_endian)
    cloud.point_step, cloud.row_step = 3 * one, 3 * one * len(depth[0]) + padding
    cloud.data = data
    return cloud


@st.composite
def clouds(draw: st.DrawFn) -> tuple[PointCloud2, np.ndarray]:
    height, width = draw(st.integers(2, 6)), draw(st.integers(2, 7))
    value = st.floats(width=32)
    row = st.lists(value, min_size=width, max_size=width)
    depth = draw(st.lists(row, min_size=height, max_size=height))
    cloud = write_cloud(
        depth,
        kind=draw(st.sampled_from(sorted(LETTERS))),
        big_endian=draw(st.booleans()),
        padding=draw(st.integers(0, 9)),
        gap=draw(st.integers(0, 4)),
    )
    return cloud, np.array(depth, dtype=np.float32)


@given(clouds())
def test_every_type_byte_order_gap_and_padding_reads_back_z(case: tuple[PointCloud2, np.ndarray]) -> None:
    cloud, written = case
    read = depth_array_from_cloud(cloud)
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, written)


def test_a_row_step_of_zero_means_tight_rows() -> None:
    cloud = write_cloud([[1.0, 2.0], [3.0, 4.0]])
    cloud.row_step = 0
    assert depth_array_from_cloud(cloud).tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_an_unorganised_cloud_is_refused_with_the_remedy() -> None:
    with pytest.raises(InvalidDepthError, match="2 x 1 points; it must be organised"):
        depth_array_from_cloud(write_cloud([[1.0, 2.0]]))


def test_a_truncated_cloud_and_one_without_z_are_refused() -> None:
    cloud = write_cloud([[1.0, 2.0], [3.0, 4.0]])
    cloud.data = cloud.data[:-1]
    with pytest.raises(InvalidDepthError, match="truncated"):
        depth_array_from_cloud(cloud)
    cloud = write_cloud([[1.0, 2.0], [3.0, 4.0]])
    cloud.fields[1].name = "depth"
    with pytest.raises(InvalidDepthError, match="no field z"):
        depth_array_from_cloud(cloud)


FIELDS = st.builds(
    PointField,
    name=st.sampled_from(["x", "y", "z", "", "rgb"]),
    offset=st.integers(0, 40) | st.integers(0, 2**32 - 1),
    datatype=st.integers(0, 255) | st.integers(1, 8),
    count=st.integers(0, 3) | st.integers(0, 2**32 - 1),
)


@settings(max_examples=300)
@given(
    st.builds(
        PointCloud2,
        height=st.integers(0, 4) | st.integers(0, 2**32 - 1),
        width=st.integers(0, 4) | st.integers(0, 2**32 - 1),
        fields=st.lists(FIELDS, max_size=4),
        is_bigendian=st.booleans(),
        point_step=st.integers(0, 32) | st.integers(0, 2**32 - 1),
        row_step=st.integers(0, 64) | st.integers(0, 2**32 - 1),
        data=st.binary(max_size=200),
    )
)
def test_no_cloud_fails_otherwise_than_by_one_sentence(cloud: PointCloud2) -> None:
    with contextlib.suppress(InvalidDepthError):
        depth_array_from_cloud(cloud)
