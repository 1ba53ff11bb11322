# SPDX-License-Identifier: Apache-2.0
"""How far a recognized object is from where the real one stands, whatever its symmetries."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pinch_benchmark.registration.planar_icp import turn

Float64 = NDArray[np.float64]

STEPS = 180
# Turns that fit nearly as well as the best are taken for symmetries [m].
INDISTINCT_M = 0.0005
COMPARED_POINTS = 500


@dataclass(frozen=True)
class Deviation:
    """Of surfaces in the table's frame. ``distance``: mean distance of points of the one from the other [m]
    (ADD-S, Xiang et al., RSS 2018); ``translation``: of their middles along the table [m]; ``rotation``: the
    smallest turn about the vertical that makes them alike [rad], to 2 degrees. All are small for another
    pose or object that looks the same: a round can has no angle to miss.
    """

    distance: float
    translation: float
    rotation: float

    @classmethod
    def of(cls, believed: Float64, real: Float64) -> Deviation:
        """Of points Float64[N, 3] spread evenly over each surface."""
        offset = _middle(believed) - _middle(real)
        offset[2] = 0.0
        tree = cKDTree(real)
        few = believed[:COMPARED_POINTS]
        about = few - _middle(believed)
        angles = 2 * math.pi * np.arange(STEPS) / STEPS
        turned = [turn(angle).apply(about) + _middle(believed) - offset for angle in angles]
        misfit = np.array([tree.query(points)[0].mean() for points in turned])
        alike = np.flatnonzero(misfit <= misfit.min() + INDISTINCT_M)
        from_zero = np.minimum(angles[alike], 2 * math.pi - angles[alike])
        return cls(float(tree.query(few)[0].mean()), float(np.linalg.norm(offset)), float(from_zero.min()))


def _middle(points: Float64) -> Float64:
    """Of the bounding box; a symmetric surface keeps it."""
    return np.asarray((points.min(axis=0) + points.max(axis=0)) / 2)
