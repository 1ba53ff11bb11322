# SPDX-License-Identifier: Apache-2.0
"""Grasps: as the camera image shows them, and as poses of the tool.

Tool frame: origin at the tool centre point between the finger pads, z = approach (into the object), y =
closing direction, x = y cross z.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform

Float64 = NDArray[np.float64]
OPTICAL_AXIS = (0.0, 0.0, 1.0)


def closing_directions(
    pixels: Float64, angles: Float64, intrinsics: CameraIntrinsics, approach: ArrayLike
) -> Float64:
    """Float64[N, 3]: unit closing directions in the optical frame, perpendicular to the approach, whose image
    is the line at an angle through a pixel.

    Args:
        pixels: (N, 2), column and row.
        angles: (N,) in the image [rad].
        approach: (3,) unit vector in the optical frame.
    """
    z = np.asarray(approach, dtype=np.float64)
    rays = intrinsics.rays(pixels)
    along_image = np.stack(
        [np.cos(angles) / intrinsics.fx, np.sin(angles) / intrinsics.fy, np.zeros(len(angles))], -1
    )
    closing = along_image - rays * ((along_image @ z) / (rays @ z))[:, None]
    return np.asarray(closing / np.linalg.norm(closing, axis=1, keepdims=True))


def image_angles(positions: Float64, closing: Float64, intrinsics: CameraIntrinsics) -> Float64:
    """Float64[N]: angle in the image [rad] of closing directions (N, 3) at positions (N, 3), both optical."""
    ratio = positions[:, :2] / positions[:, 2:]
    step = closing[:, :2] - closing[:, 2:] * ratio
    return np.asarray(np.arctan2(intrinsics.fy * step[:, 1], intrinsics.fx * step[:, 0]))


@dataclass(frozen=True)
class ImageGrasp:
    """A grasp in an undistorted depth image (Mahler et al. 2017, sec. III: centre, angle, depth).

    ``column``, ``row``: pixel of the tool centre point. ``angle``: of the closing axis in the image [rad],
    the axis being (cos, sin) in (column, row). ``depth``: z of the tool centre point in the optical frame
    [m].
    ``width``: opening between the pads before closing [m].
    """

    column: float
    row: float
    angle: float
    depth: float
    width: float

    @property
    def center_px(self) -> tuple[float, float]:
        """(column, row)."""
        return self.column, self.row

    def to_pose(self, intrinsics: CameraIntrinsics, approach: ArrayLike = OPTICAL_AXIS) -> Transform:
        """``T_cam_tcp``: the tool pose that approaches along ``approach`` (3,) in the optical frame.

        The closing direction is the one perpendicular to the approach whose image is the line at ``angle``,
        so the jaws close along the drawn line however the camera is tilted.
        """
        z = np.asarray(approach, dtype=np.float64)
        z = z / np.linalg.norm(z)
        pixel = np.array([self.center_px])
        (ray,), (y,) = (
            intrinsics.rays(pixel),
            closing_directions(pixel, np.array([self.angle]), intrinsics, z),
        )
        return Transform.from_axes(np.cross(y, z), y, z, ray * self.depth)

    @classmethod
    def from_pose(cls, T_cam_tcp: Transform, width: float, intrinsics: CameraIntrinsics) -> ImageGrasp:
        """The image of a tool pose: inverse of :meth:`to_pose` for the same approach."""
        p, y = T_cam_tcp.translation, T_cam_tcp.rotation[:, 1]
        column, row = intrinsics.project(p)
        (angle,) = image_angles(p[None], y[None], intrinsics)
        return cls(float(column), float(row), float(angle), float(p[2]), width)


@dataclass(frozen=True, eq=False)
class Grasp:
    """A planned grasp: where the tool goes, how wide it opens, how good the plan is.

    ``T_cam_tcp``: tool pose in the optical frame of the image it was planned on. ``width``: pad distance at
    which the jaws meet the object [m], as measured on the image. ``quality`` in [0, 1]. ``source``: policy
    that made it.
    """

    T_cam_tcp: Transform
    width: float
    quality: float
    image: ImageGrasp
    source: str
