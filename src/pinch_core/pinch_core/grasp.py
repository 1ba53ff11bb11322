# SPDX-License-Identifier: Apache-2.0
"""Grasps: as poses of the TCP, and as the camera image shows them.

Grasp frame: origin at the TCP between the pads, z = approach (into the object), y = closing direction,
x = y cross z.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pinch_core.depth_frame import DepthFrame
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
    """A grasp in an undistorted depth image (Mahler et al. 2017, sec. III: center, angle, depth).

    ``column``, ``row``: pixel of the TCP. ``angle``: of the closing axis in the image [rad], the axis being
    (cos, sin) in (column, row). ``depth``: z of the TCP in the optical frame [m].
    """

    column: float
    row: float
    angle: float
    depth: float

    @property
    def center_px(self) -> tuple[float, float]:
        """(column, row)."""
        return self.column, self.row

    def to_pose(self, intrinsics: CameraIntrinsics, approach: ArrayLike = OPTICAL_AXIS) -> Transform:
        """``T_cam_tcp``: the pose that approaches along ``approach`` (3,) in the optical frame.

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
    def from_pose(cls, T_cam_tcp: Transform, intrinsics: CameraIntrinsics) -> ImageGrasp:
        """The image of a TCP pose: inverse of :meth:`to_pose` for the same approach."""
        p, y = T_cam_tcp.translation, T_cam_tcp.rotation[:, 1]
        column, row = intrinsics.project(p)
        (angle,) = image_angles(p[None], y[None], intrinsics)
        return cls(float(column), float(row), float(angle), float(p[2]))


@dataclass(frozen=True, eq=False)
class GripperTranslation:
    """A straight motion of the gripper without turning (moveit_msgs/GripperTranslation).

    ``direction``: Float64[3], unit vector in the frame of the grasp's pose. ``distance`` [m].
    """

    direction: Float64
    distance: float

    def start(self, T_a_end: Transform) -> Transform:
        """The pose from which the motion ends at ``T_a_end``, in the same frame a as the direction."""
        return Transform(T_a_end.rotation, T_a_end.translation - self.direction * self.distance)

    def end(self, T_a_start: Transform) -> Transform:
        """Where the motion that begins at ``T_a_start`` ends, in the same frame a as the direction."""
        return Transform(T_a_start.rotation, T_a_start.translation + self.direction * self.distance)

    def rotated(self, T_b_a: Transform) -> GripperTranslation:
        """The same motion, its direction given in frame b."""
        return GripperTranslation(T_b_a.rotate(self.direction), self.distance)


@dataclass(frozen=True, eq=False)
class Grasp:
    """A planned grasp: where the TCP goes and how it gets there and leaves, how far the gripper opens, how
    good the plan is.

    ``T_cam_tcp``: pose of the TCP in the optical frame of the image it was planned on. ``width``: extent of
    the object between the pads [m]. ``opening``: distance between the pads on the approach [m]. ``approach``
    ends at the pose, ``retreat`` begins there; both in the optical frame. ``quality`` in [0, 1]. ``source``:
    policy that made it. ``gripper``: name of the gripper that it is for. ``id``: see :func:`grasp_id`.
    """

    T_cam_tcp: Transform
    width: float
    opening: float
    approach: GripperTranslation
    retreat: GripperTranslation
    quality: float
    image: ImageGrasp
    gripper: str
    source: str
    id: str

    def turned_to(self, T_cam_tcp: Transform, frame: DepthFrame) -> Grasp:
        """The same grasp with the TCP at an equivalent pose, on the undistorted frame it was planned on."""
        return replace(
            self,
            T_cam_tcp=T_cam_tcp,
            image=ImageGrasp.from_pose(T_cam_tcp, frame.intrinsics),
            id=grasp_id(frame.stamp_ns, self.gripper, T_cam_tcp, self.opening),
        )


def grasp_id(stamp_ns: int, gripper: str, T_cam_tcp: Transform, opening: float) -> str:
    """16 hexadecimal digits that name a grasp: the same grasp on the same image has the same id."""
    digest = hashlib.blake2b(f"{stamp_ns} {gripper} {opening!r}".encode(), digest_size=8)
    digest.update(T_cam_tcp.matrix.tobytes())
    return digest.hexdigest()
