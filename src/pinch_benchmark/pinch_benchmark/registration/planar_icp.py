# SPDX-License-Identifier: Apache-2.0
"""Iterated closest points in the table's plane, point to plane (Chen and Medioni 1992).

Libraries register with all six degrees of freedom; an object on a table has three, and the other three would
take up the noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pinch_core.geometry.transform import Transform

Float64 = NDArray[np.float64]

# Pairs farther apart than this are left out, ever nearer as the pose gets better [m].
FARTHEST_M = (0.02, 0.01, 0.006, 0.004)
ITERATIONS = 8
# Turns of round things cost nothing: this, of the pairs' number, keeps them from spinning (radii in metres).
DAMPING = 1e-7
SMALLEST_STEP = 1e-5


@dataclass(frozen=True, eq=False)
class Surface:
    """``points`` and outward ``normals``, Float64[N, 3] each, all over a surface, and the points' tree."""

    points: Float64
    normals: Float64
    tree: cKDTree

    @classmethod
    def of(cls, points: Float64, normals: Float64) -> Surface:
        """Build the tree."""
        return cls(points, normals, cKDTree(points))


def turn(angle: float, x: float = 0.0, y: float = 0.0) -> Transform:
    """A turn about the vertical by ``angle`` [rad], then a way along the table [m]."""
    c, s = math.cos(angle), math.sin(angle)
    return Transform(np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]), np.array([x, y, 0.0]))


def align(seen: Float64, surface: Surface, start: Transform) -> tuple[Transform, float]:
    """Move a surface along the table until it fits.

    Args:
        seen: Float64[N, 3] in the table's frame [m].
        surface: in the frame of the object as it stands, z up.
        start: ``T_table_placed``, a turn about the vertical and a way along the table.

    Returns:
        ``T_table_placed``, and the mean distance of what is seen from the surface [m], none counted with more
        than the last of FARTHEST_M.
    """
    pose = start
    for farthest in FARTHEST_M:
        for _ in range(ITERATIONS):
            step = _step(pose.inverse() @ seen, surface, farthest)
            if step is None:
                break
            # Found for the points, so the surface goes the other way.
            pose = pose @ turn(*step).inverse()
            if np.abs(step).max() < SMALLEST_STEP:
                break
    distance, _ = surface.tree.query(pose.inverse() @ seen, distance_upper_bound=FARTHEST_M[-1])
    return pose, float(np.minimum(distance, FARTHEST_M[-1]).mean())


def _step(points: Float64, surface: Surface, farthest: float) -> Float64 | None:
    """(angle, x, y) that brings points nearer to the planes of their neighbours; None without pairs."""
    distance, nearest = surface.tree.query(points, distance_upper_bound=farthest)
    paired = np.isfinite(distance)
    if paired.sum() < 3:
        return None
    p, q, n = points[paired], surface.points[nearest[paired]], surface.normals[nearest[paired]]
    gap = ((q - p) * n).sum(axis=1)
    lever = p[:, 0] * n[:, 1] - p[:, 1] * n[:, 0]
    slopes = np.stack([lever, n[:, 0], n[:, 1]], axis=1)
    normal_matrix = slopes.T @ slopes + DAMPING * len(gap) * np.eye(3)
    return np.asarray(np.linalg.solve(normal_matrix, slopes.T @ gap))
