# SPDX-License-Identifier: Apache-2.0
"""An organised cloud has x and y, the camera info has rays: a contradiction between them is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.errors import IntrinsicsError, InvalidDepthError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel
from pinch_ros.conversions import camera_info_from_intrinsics, depth_frame_from_messages

LENS = CameraIntrinsics(64, 48, 60.0, 61.0, 30.5, 25.0)
DEPTH = np.random.default_rng(0).uniform(0.6, 0.8, (48, 64)).astype(np.float32)
DEPTH[5:9, 7:20] = np.nan


def points_of(lens: CameraIntrinsics) -> NDArray[np.float32]:
    rows, columns = np.indices(DEPTH.shape)
    return lens.deproject(np.stack([columns, rows], -1).astype(float), DEPTH).astype(np.float32)


def as_cloud(points: NDArray[np.float32]) -> PointCloud2:
    height, width = points.shape[:2]
    fields = [
        PointField(name=name, offset=4 * index, datatype=PointField.FLOAT32, count=1)
        for index, name in enumerate("xyz")
    ]
    cloud = PointCloud2(height=height, width=width, fields=fields, point_step=12, row_step=12 * width)
    cloud.data = np.ascontiguousarray(points).astype("<f4").tobytes()
    return cloud


def read(points: NDArray[np.float32], info_of: CameraIntrinsics = LENS) -> NDArray[np.float32]:
    info = camera_info_from_intrinsics(info_of, Header())
    raw = DepthFormat(rectified=Rectified.NO)
    return depth_frame_from_messages(as_cloud(points), info, raw, source="/points").depth


DISTORTED = dataclasses.replace(
    LENS, distortion_model=DistortionModel.PLUMB_BOB, distortion=(0.1, -0.05, 0.001, 0.002, 0.0)
)


@pytest.mark.parametrize("lens", [LENS, DISTORTED], ids=["pinhole", "distorted"])
def test_a_cloud_on_the_rays_of_its_camera_info_is_read(lens: CameraIntrinsics) -> None:
    np.testing.assert_array_equal(read(points_of(lens), lens), DEPTH)
    half = dataclasses.replace(lens, cx=lens.cx + 0.5, cy=lens.cy + 0.5)  # another origin of the pixels
    np.testing.assert_array_equal(read(points_of(half), lens), DEPTH)


@pytest.mark.parametrize("change", [{"fx": 54.0, "fy": 55.0}, {"cx": 35.0}, {"fx": 120.0, "fy": 122.0}])
def test_another_lens_is_refused_in_pixels_and_named(change: dict[str, float]) -> None:
    other = dataclasses.replace(LENS, **change)
    with pytest.raises(IntrinsicsError, match=rf"/points.* px .*they fit fx = {other.fx:.1f}"):
        read(points_of(other))


@pytest.mark.parametrize(
    ("turned", "words"),
    [
        (lambda points: points[::-1], "rows run from the bottom"),
        (lambda points: points[:, ::-1], "columns run from right"),
        (lambda points: points[::-1, ::-1], "turned by 180 degrees"),
        (lambda points: points * np.float32([1, -1, 1]), "rows run from the bottom"),
        (lambda points: points * np.float32([-1, -1, 1]), "turned by 180 degrees"),
    ],
)
def test_rows_and_columns_the_other_way_round_are_named(turned: object, words: str) -> None:
    with pytest.raises(InvalidDepthError, match=words):
        read(turned(points_of(LENS)))  # type: ignore[operator]


def test_points_of_a_body_frame_are_refused() -> None:
    """x forward, y left, z up, as REP 103 has it for bodies."""
    x, y, z = np.moveaxis(points_of(LENS), -1, 0)
    with pytest.raises(IntrinsicsError, match=r"no pinhole camera .*optical frame"):
        read(np.stack([z, -x, 1.0 - y], axis=-1))


def test_a_cloud_of_another_size_than_its_camera_info_is_refused() -> None:
    with pytest.raises(IntrinsicsError, match="64 x 48 but its intrinsics are for 128 x 96"):
        read(points_of(LENS), dataclasses.replace(LENS, width=128, height=96))
