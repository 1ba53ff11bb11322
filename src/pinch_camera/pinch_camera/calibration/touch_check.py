# SPDX-License-Identifier: Apache-2.0
"""How far a camera's calibration is off, told from points that the robot touched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from pinch_core.geometry.transform import Transform
from pinch_ros.errors import CalibrationError

# Least spread of the points across their longest line, as a share of it: below, the rotation about that
# line is a guess.
_LEAST_SPREAD = 0.02


@dataclass(frozen=True)
class TouchCheck:
    """``T_touched_seen`` maps where the camera sees the points to where the robot touched them.

    ``rms_m``: distance of seen and touched as calibrated; ``residual_rms_m``: what no rigid correction can
    remove, so the noise of seeing and touching. ``translation_m`` is the correction at the points' middle:
    at the far base's origin it would mix with the rotation.
    """

    T_touched_seen: Transform
    translation_m: float
    rotation_rad: float
    rms_m: float
    residual_rms_m: float


def check_touch(touched: ArrayLike, seen: ArrayLike) -> TouchCheck:
    """Fit the rigid motion between two lists of points in the same frame (Kabsch, 1976).

    Args:
        touched: (N, 3) points the robot's tip touched, N >= 3, base frame [m].
        seen: (N, 3) the same points as camera and calibration give them, base frame [m].

    Raises:
        CalibrationError: too few points, points on a line, lists of another length, or values not finite.
    """
    a, b = np.asarray(touched, dtype=np.float64), np.asarray(seen, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 2 or a.shape[1] != 3 or len(a) < 3:
        raise CalibrationError(
            f"{a.shape} touched and {b.shape} seen points cannot be compared; give three or more pairs."
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise CalibrationError("a point is not finite; leave out points where the camera has no return.")
    centre_a, centre_b = a.mean(axis=0), b.mean(axis=0)
    for points in (a - centre_a, b - centre_b):
        spread = np.linalg.svd(points, compute_uv=False)
        if spread[1] <= _LEAST_SPREAD * spread[0]:
            raise CalibrationError("the points lie on one line; touch points that span a plane.")
    rotation, _ = Rotation.align_vectors(a - centre_a, b - centre_b)
    R = rotation.as_matrix()
    T = Transform(R, centre_a - R @ centre_b)
    return TouchCheck(
        T, float(np.linalg.norm(centre_a - centre_b)), float(rotation.magnitude()),
        _rms(a - b), _rms(a - T @ b),
    )  # fmt: skip


def _rms(differences: np.ndarray) -> float:
    return float(np.sqrt((differences**2).sum(axis=1).mean()))
