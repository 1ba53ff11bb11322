# SPDX-License-Identifier: Apache-2.0
"""Depth images out of organised point clouds, for drivers that publish nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import PointCloud2

from pinch_core.errors import InvalidDepthError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.input_signatures.pixel_rays import refuse_contradicting_points
from sensor_msgs_py import point_cloud2


def depth_array_from_cloud(cloud: PointCloud2, *, where: str = "point cloud") -> NDArray[np.float32]:
    """Float32[H, W]: z of each point [m] in the cloud's frame, which must be the camera's optical frame.

    Raises:
        InvalidDepthError: not organised, no coordinates, a step that does not fit, or truncated data.
    """
    return _coordinates(cloud, ["z"], where)[..., 0]


def refuse_contradicting_cloud(cloud: PointCloud2, intrinsics: CameraIntrinsics, *, where: str) -> None:
    """Compare x and y of an organised cloud with the rays of its camera info; one without them says nothing.

    Raises:
        IntrinsicsError, InvalidDepthError: see :func:`refuse_contradicting_points`.
    """
    if {"x", "y"} <= {field.name for field in cloud.fields}:
        refuse_contradicting_points(_coordinates(cloud, ["x", "y", "z"], where), intrinsics, where)


def _coordinates(cloud: PointCloud2, names: list[str], where: str) -> NDArray[np.float32]:
    """Float32[H, W, len(names)]: fields of each point, with the errors of :func:`depth_array_from_cloud`."""
    height, width = int(cloud.height), int(cloud.width)
    if height < 2 or width < 2:
        raise InvalidDepthError(
            f"{where} is {width} x {height} points; it must be organised as the image is: let the driver "
            "publish an organised cloud (it may filter points out by default)."
        )
    used, row_step = _row_bytes(cloud)
    needed = row_step * (height - 1) + used
    if used == 0 or len(cloud.data) < needed:
        raise InvalidDepthError(
            f"{where} holds {len(cloud.data)} bytes where {height} rows of {width} points of "
            f"{cloud.point_step} bytes need {needed}; it was truncated on its way."
        )
    if not any(field.name == "z" for field in cloud.fields):
        raise InvalidDepthError(f"{where} has no field z; it has {[field.name for field in cloud.fields]}.")
    try:
        points = point_cloud2.read_points(_packed(cloud), field_names=names)
        with np.errstate(over="ignore"):
            columns = [np.asarray(points[name], dtype=np.float32) for name in names]
        return np.stack(columns, axis=-1).reshape(height, width, len(names))
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        raise InvalidDepthError(f"{where} has fields that cannot be read: {error}.") from error


def _row_bytes(cloud: PointCloud2) -> tuple[int, int]:
    """How long the points of a row are, and from row to row; some drivers leave the latter at 0."""
    used = int(cloud.width * cloud.point_step)
    return used, max(int(cloud.row_step), used)


def _packed(cloud: PointCloud2) -> PointCloud2:
    """The cloud without what pads its rows, which sensor_msgs_py of Jazzy would take for points."""
    used, row_step = _row_bytes(cloud)
    if row_step == used and cloud.row_step == used:
        return cloud
    rows = np.ndarray((cloud.height, used), np.uint8, cloud.data, strides=(row_step, 1))
    packed = PointCloud2(
        header=cloud.header,
        height=cloud.height,
        width=cloud.width,
        fields=cloud.fields,
        is_bigendian=cloud.is_bigendian,
        point_step=cloud.point_step,
        row_step=used,
        is_dense=cloud.is_dense,
    )
    packed.data = rows.tobytes()
    return packed
