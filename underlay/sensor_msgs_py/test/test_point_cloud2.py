# SPDX-License-Identifier: Apache-2.0
"""Clouds go through messages unchanged, against struct as independent reader."""

from __future__ import annotations

import struct
from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from sensor_msgs_py import point_cloud2

HEADER = Header(frame_id="camera")
LETTERS = dict(zip(range(1, 9), "bBhHiIfd", strict=True))  # struct's letter of each PointField datatype
xyz_arrays = npst.arrays(
    np.float32,
    st.tuples(st.integers(0, 20), st.just(3)),
    elements=st.floats(width=32) | st.just(float("nan")),
)


@st.composite
def layouts(draw: st.DrawFn) -> tuple[list[PointField], int]:
    """Fields of any type with gaps in between, and a point step with a gap at the end."""
    fields, end = [], 0
    for index in range(draw(st.integers(1, 4))):
        datatype = draw(st.integers(1, 8))
        offset = end + draw(st.integers(0, 3))
        fields.append(PointField(name=f"f{index}", offset=offset, datatype=datatype, count=1))
        end = offset + struct.calcsize(LETTERS[datatype])
    return fields, end + draw(st.integers(0, 3))


def tuples_of(fields: list[PointField]) -> st.SearchStrategy[tuple]:
    kinds = {"f": st.floats(width=32, allow_nan=False), "d": st.floats(allow_nan=False)}
    for letter in "bBhHiI":
        bits = 8 * struct.calcsize(letter)
        low = 0 if letter.isupper() else -(2 ** (bits - 1))
        kinds[letter] = st.integers(low, low + 2**bits - 1)
    return st.tuples(*(kinds[LETTERS[field.datatype]] for field in fields))


@given(st.data(), layouts(), st.booleans(), st.integers(0, 5))
def test_points_are_what_struct_packed(
    data: st.DataObject, layout: tuple[list[PointField], int], big_endian: bool, row_padding: int
) -> None:
    fields, step = layout
    width, height = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    points = data.draw(st.lists(tuples_of(fields), min_size=width * height, max_size=width * height))
    packed = bytearray((width * step + row_padding) * height)
    for index, point in enumerate(points):
        start = (index // width) * (width * step + row_padding) + (index % width) * step
        for field, value in zip(fields, point, strict=True):
            struct.pack_into(
                "><"[not big_endian] + LETTERS[field.datatype], packed, start + field.offset, value
            )
    cloud = PointCloud2(
        width=width, height=height, fields=fields, point_step=step, row_step=width * step + row_padding
    )
    cloud.is_bigendian = big_endian
    cloud.data = array("B", packed)
    assert point_cloud2.read_points(cloud).tolist() == points
    assert bytes(cloud.data) == bytes(packed)  # reading does not change the message
    assert [tuple(point) for point in point_cloud2.read_points_list(cloud)] == points


@given(st.data(), layouts())
def test_there_and_back_is_the_identity_for_mixed_types(
    data: st.DataObject, layout: tuple[list[PointField], int]
) -> None:
    fields, step = layout
    points = data.draw(st.lists(tuples_of(fields), max_size=5))
    cloud = point_cloud2.create_cloud(HEADER, fields, points, point_step=step)
    assert (cloud.width, cloud.height, cloud.point_step) == (len(points), 1, step)
    assert len(cloud.data) == cloud.row_step == len(points) * step
    assert point_cloud2.read_points(cloud).tolist() == points


@given(xyz_arrays)
def test_xyz_go_there_and_back_with_nan_and_without_them_on_request(points: np.ndarray) -> None:
    cloud = point_cloud2.create_cloud_xyz32(HEADER, points)
    assert cloud.header == HEADER
    assert [field.name for field in cloud.fields] == ["x", "y", "z"]
    np.testing.assert_array_equal(point_cloud2.read_points_numpy(cloud, ("x", "y", "z")), points)
    np.testing.assert_array_equal(point_cloud2.read_points_numpy(cloud, ["z", "x"]), points[:, [2, 0]])
    finite = points[~np.isnan(points).any(axis=1)]
    np.testing.assert_array_equal(point_cloud2.read_points_numpy(cloud, skip_nans=True), finite)
    assert point_cloud2.create_cloud_xyz32(HEADER, points.tolist()) == cloud
    cloud.is_dense = True  # the publisher vouches for every point
    assert len(point_cloud2.read_points(cloud, skip_nans=True)) == len(points)


@given(st.integers(1, 5), st.integers(2, 5))
def test_an_organised_cloud_keeps_upstreams_order_of_axes(width: int, height: int) -> None:
    points = np.arange(width * height * 3, dtype=np.float32).reshape(width, height, 3)
    cloud = point_cloud2.create_cloud_xyz32(HEADER, points)
    assert (cloud.width, cloud.height) == (width, height)
    read = point_cloud2.read_points_numpy(cloud, reshape_organized_cloud=True)
    np.testing.assert_array_equal(read, points)


def test_points_can_be_picked_by_index() -> None:
    points = np.arange(12, dtype=np.float32).reshape(4, 3)
    cloud = point_cloud2.create_cloud_xyz32(HEADER, points)
    for chosen in ([3, 1], np.array([3, 1])):
        np.testing.assert_array_equal(point_cloud2.read_points_numpy(cloud, uvs=chosen), points[[3, 1]])


def test_reading_makes_no_copy_where_a_view_serves() -> None:
    cloud = point_cloud2.create_cloud_xyz32(HEADER, np.zeros((3, 3), np.float32))
    point_cloud2.read_points(cloud)["y"][1] = 1.0
    assert struct.unpack_from("<f", bytes(cloud.data), 12 + 4) == (1.0,)


def test_a_field_with_a_count_becomes_numbered_columns() -> None:
    fields = [
        PointField(name="normal", offset=0, datatype=PointField.FLOAT32, count=3),
        PointField(name="", offset=12, datatype=PointField.UINT8, count=1),
    ]
    names = ("normal_0", "normal_1", "normal_2", "unnamed_field_1")
    assert point_cloud2.dtype_from_fields(fields).names == names
    cloud = point_cloud2.create_cloud(HEADER, fields, [(1.0, 2.0, 3.0, 4)])
    assert point_cloud2.read_points_list(cloud)[0]._asdict() == dict(
        zip(names, (1.0, 2.0, 3.0, 4), strict=True)
    )


def test_structured_arrays_are_taken_as_they_are() -> None:
    fields = point_cloud2.create_cloud_xyz32(HEADER, []).fields
    points = np.array([(1, 2, 3)], dtype=point_cloud2.dtype_from_fields(fields))
    assert point_cloud2.read_points(point_cloud2.create_cloud(HEADER, fields, points)).tolist() == [(1, 2, 3)]
    with pytest.raises(AssertionError, match="fields say"):
        point_cloud2.create_cloud(HEADER, fields, points.astype([("x", "f8"), ("y", "f8"), ("z", "f8")]))


@pytest.mark.parametrize("shape", [(4,), (4, 2), (2, 2, 2, 3)])
def test_arrays_of_the_wrong_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(AssertionError):
        point_cloud2.create_cloud_xyz32(HEADER, np.zeros(shape, np.float32))


def test_mixed_types_do_not_make_a_plain_array() -> None:
    fields = [PointField(name=name, offset=4 * i, datatype=7 - i, count=1) for i, name in enumerate("ab")]
    cloud = point_cloud2.create_cloud(HEADER, fields, [(1.5, 2)])
    with pytest.raises(AssertionError, match="read_points"):
        point_cloud2.read_points_numpy(cloud)
    np.testing.assert_array_equal(point_cloud2.read_points_numpy(cloud, ["a"]), [[1.5]])


uint32 = st.integers(0, 2**32 - 1) | st.integers(0, 12)
any_fields = st.builds(
    PointField,
    name=st.sampled_from(["", "x", "y"]),
    offset=uint32,
    datatype=st.integers(0, 255),
    count=uint32,
)


@given(
    uint32, uint32, st.lists(any_fields, max_size=3), uint32, uint32, st.binary(max_size=200), st.booleans()
)
def test_any_message_gives_points_or_an_assertion_error(
    width: int, height: int, fields: list, point_step: int, row_step: int, data: bytes, big_endian: bool
) -> None:
    cloud = PointCloud2(
        width=width, height=height, point_step=point_step, row_step=row_step, is_bigendian=big_endian
    )
    cloud.fields = fields
    cloud.data = array("B", data)
    try:
        points = point_cloud2.read_points(cloud, skip_nans=True)
    except AssertionError:
        return
    assert len(points) <= width * height
