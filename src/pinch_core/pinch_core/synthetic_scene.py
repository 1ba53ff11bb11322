# SPDX-License-Identifier: Apache-2.0
"""Depth images of boxes and cylinders on a table, ray-cast exactly: ground truth for tests and benchmarks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.bin import Bin
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BoxSolid:
    """A box; ``size`` (3,) [m], centred in its frame ``T_table_solid``."""

    T_table_solid: Transform
    size: tuple[float, float, float]

    @classmethod
    def standing(cls, x: float, y: float, yaw: float, size: tuple[float, float, float]) -> BoxSolid:
        """On the table at (x, y) [m], rotated by ``yaw`` [rad]."""
        return cls(Transform.from_rpy((0.0, 0.0, yaw), (x, y, size[2] / 2)), size)

    def hit(self, origin: Float64, directions: Float64) -> Float64:
        """First intersection of rays ``origin + t directions`` (..., 3) in the solid's frame; t, inf =
        none.
        """
        half = np.array(self.size) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            one, two = (-half - origin) / directions, (half - origin) / directions
        enter, leave = np.minimum(one, two).max(-1), np.maximum(one, two).min(-1)
        return np.where((enter <= leave) & (enter > 0), enter, np.inf)

    def contains(self, points: Float64) -> Bool:
        """Bool[...]: points (..., 3) of the table frame that lie inside."""
        local = self.T_table_solid.inverse() @ points
        return np.asarray((np.abs(local) <= np.array(self.size) / 2).all(-1))


@dataclass(frozen=True, eq=False)
class CylinderSolid:
    """A cylinder along z of its frame ``T_table_solid``, centred there; ``radius``, ``length`` [m]."""

    T_table_solid: Transform
    radius: float
    length: float

    @classmethod
    def standing(cls, x: float, y: float, radius: float, length: float) -> CylinderSolid:
        """Upright on the table at (x, y) [m]."""
        return cls(Transform.from_rpy((0.0, 0.0, 0.0), (x, y, length / 2)), radius, length)

    @classmethod
    def lying(cls, x: float, y: float, yaw: float, radius: float, length: float) -> CylinderSolid:
        """On its side at (x, y) [m], axis at ``yaw`` [rad]."""
        return cls(Transform.from_rpy((0.0, math.pi / 2, yaw), (x, y, radius)), radius, length)

    def hit(self, origin: Float64, directions: Float64) -> Float64:
        """First intersection of rays ``origin + t directions`` (..., 3) in the solid's frame; t, inf =
        none.
        """
        a = (directions[..., :2] ** 2).sum(-1)
        b = directions[..., :2] @ origin[:2]
        root = b * b - a * (origin[:2] @ origin[:2] - self.radius**2)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.sqrt(root)
            caps = np.sort(
                (np.array([-1.0, 1.0]) * self.length / 2 - origin[2]) / directions[..., 2:], axis=-1
            )
            enter = np.maximum((-b - spread) / a, caps[..., 0])
            leave = np.minimum((-b + spread) / a, caps[..., 1])
            return np.where((root > 0) & (enter <= leave) & (enter > 0), enter, np.inf)

    def contains(self, points: Float64) -> Bool:
        """Bool[...]: points (..., 3) of the table frame that lie inside."""
        local = self.T_table_solid.inverse() @ points
        radial = np.hypot(local[..., 0], local[..., 1])
        return np.asarray((radial <= self.radius) & (np.abs(local[..., 2]) <= self.length / 2))


Solid = BoxSolid | CylinderSolid


def bin_walls(bin_: Bin) -> tuple[BoxSolid, ...]:
    """The walls of a bin whose frame is the table's."""
    return tuple(
        BoxSolid(Transform.from_rpy((0.0, 0.0, 0.0), wall.center), (2 * x, 2 * y, 2 * z))
        for wall in bin_.walls
        for x, y, z in [wall.half_size.tolist()]
    )


def camera_above(height: float, tilt: float, azimuth: float = 0.0, roll: float = 0.0) -> Transform:
    """``T_table_cam`` of a camera that looks at the table's origin from ``height`` [m] above it.

    ``tilt``: angle between optical axis and vertical; ``azimuth``: direction from which it looks; ``roll``:
    about its own axis; all [rad].
    """
    reach = height * math.tan(tilt)
    eye = (reach * math.cos(azimuth), reach * math.sin(azimuth), height)
    up = (-math.cos(azimuth), -math.sin(azimuth), 0.0)
    return Transform.look_at(eye, (0.0, 0.0, 0.0), up) @ Transform.from_rpy((0.0, 0.0, roll))


def render_depth(
    solids: tuple[Solid, ...],
    T_table_cam: Transform,
    intrinsics: CameraIntrinsics,
    rng: np.random.Generator | None = None,
    noise: float = 0.0,
    dropout: float = 0.0,
) -> DepthFrame:
    """Depth of the table plane and the solids on it.

    Args:
        noise: standard deviation of the depth [m].
        dropout: share of pixels without return.
    """
    rows, columns = np.indices((intrinsics.height, intrinsics.width), dtype=np.float64)
    rays = intrinsics.rays(np.stack([columns, rows], -1))
    in_table = T_table_cam.rotate(rays)
    with np.errstate(divide="ignore"):
        depth = np.where(in_table[..., 2] < 0, -T_table_cam.translation[2] / in_table[..., 2], np.inf)
    for solid in solids:
        T_solid_cam = solid.T_table_solid.inverse() @ T_table_cam
        depth = np.minimum(depth, solid.hit(T_solid_cam.translation, T_solid_cam.rotate(rays)))
    if rng is not None:
        depth = depth + rng.normal(0.0, noise, depth.shape) if noise else depth
        depth[rng.random(depth.shape) < dropout] = np.nan
    return DepthFrame.from_array(depth, intrinsics, source="synthetic scene")
