# SPDX-License-Identifier: Apache-2.0
"""The plane that most points lie on and hardly any lie behind: seeded RANSAC, then least squares."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.perception.config import TableFitConfig

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]

# Scatter [m] that every depth camera may have. A larger table.inlier_distance finds the plane, but the last
# fit takes only what lies within three times the scatter, so that objects do not lift or tilt the table.
_USUAL_SCATTER_M = 0.006


@dataclass(frozen=True, eq=False)
class FoundPlane:
    """Points p with ``normal . p + offset = 0``; the unit ``normal`` (3,) points to the origin, the camera.

    ``share``: of the points that lie within the inlier distance.
    """

    normal: Float64
    offset: float
    share: float

    @property
    def tilt(self) -> float:
        """Angle [rad] between the normal and the optical axis."""
        return math.acos(min(1.0, max(-1.0, -float(self.normal[2]))))

    def height(self, points: Float64) -> Float64:
        """Float64[N]: signed distance [m] of points (N, 3), positive on the camera's side."""
        return np.asarray(points @ self.normal + self.offset)


def search_plane(points: Float64, config: TableFitConfig, rng: np.random.Generator) -> FoundPlane | None:
    """The best plane through ``points`` (N, 3) within the tilt limit; None where there is none.

    The score of a plane is its inliers minus the points behind it: objects stand on a table, so almost no
    point is below it, whereas the lid of a large box or the rim of a bin has the whole table behind it.
    The plane's tilt is limited before the last least-squares fits, which may turn it a little further.
    """
    corners = points[rng.integers(len(points), size=(config.hypotheses, 3))]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    proper = lengths > 1e-12
    normals = normals[proper] / lengths[proper, None]
    normals *= -np.sign((normals * corners[proper, 0]).sum(1))[:, None]
    within_tilt = -normals[:, 2] >= math.cos(config.max_tilt)
    normals, anchors = normals[within_tilt], corners[proper, 0][within_tilt]
    if not len(normals):
        return None
    offsets = -(normals * anchors).sum(1)
    # Written out: for three columns a threaded matrix product costs more than it saves.
    n, p = normals.astype(np.float32)[:, :, None], points.astype(np.float32).T
    heights = n[:, 0] * p[0] + n[:, 1] * p[1] + n[:, 2] * p[2] + offsets.astype(np.float32)[:, None]
    limit = np.float32(config.inlier_distance)
    behind = np.count_nonzero(heights < -limit, axis=1)
    inliers = np.count_nonzero(heights < limit, axis=1) - behind
    winner = int(np.argmax(inliers - behind))
    found = _through(anchors[winner], normals[winner], float(inliers[winner]) / len(points))
    return None if found is None else refine_plane(found, points, config)


def refine_plane(plane: FoundPlane, points: Float64, config: TableFitConfig) -> FoundPlane | None:
    """Total least squares on the inliers, repeated; None where fewer than three are left."""
    refined = _refined(plane, points, config.inlier_distance, config.refinements)
    if refined is not None and config.inlier_distance > _USUAL_SCATTER_M:
        scatter = np.abs(refined.height(points))
        scatter = scatter[scatter < config.inlier_distance]
        if len(scatter):
            own = float(np.clip(3 * 1.4826 * np.median(scatter), _USUAL_SCATTER_M, config.inlier_distance))
            refined = _refined(refined, points, own, config.refinements)
    if refined is None:
        return None
    share = float(np.mean(np.abs(refined.height(points)) < config.inlier_distance))
    return FoundPlane(refined.normal, refined.offset, share)


def least_squares_plane(points: Float64) -> FoundPlane | None:
    """The plane with the smallest sum of squared distances to points (N, 3), N >= 3; ``share`` is 1."""
    centroid = points.mean(0)
    _, vectors = np.linalg.eigh(np.cov((points - centroid).T))
    return _through(centroid, vectors[:, 0], 1.0)


def _refined(plane: FoundPlane, points: Float64, distance: float, rounds: int) -> FoundPlane | None:
    refined: FoundPlane | None = plane
    for _ in range(rounds):
        if refined is None:
            return None
        near = points[np.abs(refined.height(points)) < distance]
        refined = least_squares_plane(near) if len(near) >= 3 else None
    return refined


def _through(point: Float64, normal: Float64, share: float) -> FoundPlane | None:
    """The plane, its normal turned to the origin; None where it contains the origin."""
    normal = normal / np.linalg.norm(normal)
    offset = -float(normal @ point)
    if offset == 0.0:
        return None
    return FoundPlane(normal, offset, share) if offset > 0 else FoundPlane(-normal, -offset, share)
