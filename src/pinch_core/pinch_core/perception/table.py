# SPDX-License-Identifier: Apache-2.0
"""The supporting plane, from which all heights are measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import NoTableError
from pinch_core.geometry.transform import Transform
from pinch_core.perception.config import TableFitConfig

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plane:
    """Points p of the optical frame with ``normal . p + offset = 0``; the unit ``normal`` (3,) points to the
    camera.

    ``offset`` [m] is therefore the camera's height above the plane.
    """

    normal: Float64
    offset: float

    def __post_init__(self) -> None:
        normal = np.array(self.normal, dtype=np.float64)
        if normal.shape != (3,) or abs(np.linalg.norm(normal) - 1) > 1e-6:
            raise ValueError(f"a plane needs a unit normal of shape (3,), got {self.normal!r}")
        if self.offset <= 0:
            raise ValueError(
                f"the normal must point to the camera, so the offset is positive; got {self.offset:g} m"
            )
        normal.flags.writeable = False
        object.__setattr__(self, "normal", normal)

    @classmethod
    def from_point_and_normal(cls, point: ArrayLike, normal: ArrayLike) -> Plane:
        """The plane through ``point`` (3,); the sign and length of ``normal`` (3,) do not matter."""
        n = np.asarray(normal, dtype=np.float64)
        n = n / np.linalg.norm(n)
        offset = -float(n @ np.asarray(point, dtype=np.float64))
        return cls(n, offset) if offset > 0 else cls(-n, -offset)

    @classmethod
    def from_surface_pose(cls, T_cam_surface: Transform) -> Plane:
        """The xy plane of a frame, e.g. a robot base that stands on its table."""
        return cls.from_point_and_normal(T_cam_surface.translation, T_cam_surface.rotation[:, 2])

    @property
    def approach(self) -> Float64:
        """Unit direction (3,) of an approach along the table normal, away from the camera."""
        return -self.normal

    @property
    def tilt(self) -> float:
        """Angle [rad] between the approach and the optical axis."""
        return math.acos(min(1.0, max(-1.0, -float(self.normal[2]))))

    @cached_property
    def T_cam_table(self) -> Transform:
        """Table frame: z = normal, x = image right along the table, origin below the camera."""
        z = self.normal
        x = np.array([1.0, 0.0, 0.0]) - z * z[0]
        x /= np.linalg.norm(x)
        return Transform.from_axes(x, np.cross(z, x), z, -self.offset * z)

    def height(self, points: ArrayLike) -> Float64:
        """Height [m] of points (..., 3) above the plane."""
        return np.asarray(np.asarray(points) @ self.normal + self.offset)

    def height_image(self, frame: DepthFrame) -> Float32:
        """Float32[H, W]: height [m] of every pixel of an undistorted frame, NaN where there is no return."""
        return np.asarray(frame.depth * self.ray_slope(frame) + np.float32(self.offset))

    def ray_slope(self, frame: DepthFrame) -> Float32:
        """Float32[H, W]: normal . ray for the viewing rays with z = 1 of an undistorted frame."""
        k = frame.intrinsics
        x = ((np.arange(k.width) - k.cx) / k.fx * self.normal[0]).astype(np.float32)
        y = ((np.arange(k.height) - k.cy) / k.fy * self.normal[1] + self.normal[2]).astype(np.float32)
        return np.asarray(x[None, :] + y[:, None])


def fit_table(frame: DepthFrame, config: TableFitConfig, rng: np.random.Generator) -> Plane:
    """Find the supporting plane: seeded RANSAC, then least squares on its inliers.

    The score of a plane is its inliers minus the points behind it: objects stand on a table, so almost no
    point is below it, whereas the lid of a large box or the rim of a bin has the whole table behind it.

    Raises:
        NoTableError: no plane covers enough of the image within the tilt limit.
    """
    points = _random_points(frame, config.points, rng)
    best, score = None, -math.inf
    corners = points[rng.integers(len(points), size=(config.hypotheses, 3))]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    proper = lengths > 1e-12
    normals = normals[proper] / lengths[proper, None]
    normals *= -np.sign((normals * corners[proper, 0]).sum(1))[:, None]
    within_tilt = -normals[:, 2] >= math.cos(config.max_tilt)
    normals, anchors = normals[within_tilt], corners[proper, 0][within_tilt]
    if len(normals):
        offsets = -(normals * anchors).sum(1)
        # Written out: for three columns a threaded matrix product costs more than it saves.
        n, p = normals.astype(np.float32)[:, :, None], points.astype(np.float32).T
        heights = n[:, 0] * p[0] + n[:, 1] * p[1] + n[:, 2] * p[2] + offsets.astype(np.float32)[:, None]
        limit = np.float32(config.inlier_distance)
        behind = np.count_nonzero(heights < -limit, axis=1)
        inliers = np.count_nonzero(heights < limit, axis=1) - behind
        scores = inliers - behind
        winner = int(np.argmax(scores))
        score = float(inliers[winner]) / len(points)
        best = Plane.from_point_and_normal(anchors[winner], normals[winner])
    if best is not None:
        best, score = _refine(best, points, config)
    if best is None or score < config.min_inlier_share or best.tilt > config.max_tilt:
        raise NoTableError(
            f"{frame.source} shows no table: the best plane covers {max(score, 0.0):.0%} of the pixels with "
            "a return "
            f"within {config.inlier_distance * 1e3:g} mm, needed are {config.min_inlier_share:.0%} at a tilt "
            f"of at most {math.degrees(config.max_tilt):.0f} degrees; show more of the table, raise "
            "table.inlier_distance or lower table.min_inlier_share."
        )
    return best


def _random_points(frame: DepthFrame, count: int, rng: np.random.Generator) -> Float64:
    """(N, 3) points of random pixels with a return; with replacement, which does not affect a plane fit."""
    flat = rng.integers(frame.depth.size, size=4 * count)
    flat = flat[np.isfinite(frame.depth.ravel()[flat])][:count]
    if len(flat) < min(count, 100):
        flat = rng.choice(np.flatnonzero(frame.valid), size=count)
    rows, columns = np.divmod(flat, frame.intrinsics.width)
    return frame.intrinsics.deproject(np.stack([columns, rows], -1), frame.depth[rows, columns])


def _refine(plane: Plane, points: Float64, config: TableFitConfig) -> tuple[Plane, float]:
    """Total least squares on the inliers, repeated; also the share of inliers."""
    for _ in range(config.refinements):
        near = points[np.abs(plane.height(points)) < config.inlier_distance]
        if len(near) < 3:
            return plane, 0.0
        centroid = near.mean(0)
        _, vectors = np.linalg.eigh(np.cov((near - centroid).T))
        plane = Plane.from_point_and_normal(centroid, vectors[:, 0])
    return plane, float(np.mean(np.abs(plane.height(points)) < config.inlier_distance))
