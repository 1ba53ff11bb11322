# SPDX-License-Identifier: Apache-2.0
"""A bin of known size, found in the image by the rims of its walls."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pinch_core.bin import Bin
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.perception.table import Plane

Float64 = NDArray[np.float64]

# What is this much lower or higher than the rim may be rim; higher, because the plane that was found may be
# the table, and the floor lies on it.
_BELOW_M, _ABOVE_M = 0.008, 0.025
_YAWS = 180
_MOST_POINTS = 4000
_STEP_M = 0.003


def find_bin(frame: DepthFrame, bin_: Bin, plane: Plane, rng: np.random.Generator) -> Transform | None:
    """``T_cam_bin`` of the rectangle of rims that fits best on a plane, be it the bin's floor or the table
    below it; None where nothing is as high as a rim.

    A rim seen along one of its axes is two sharp peaks of a histogram, at the bin's size from each other.
    Roughly within a centimetre and a degree: :func:`measure_walls` tells where the walls are.

    Args:
        frame: undistorted.
    """
    heights = plane.height_image(frame)
    with np.errstate(invalid="ignore"):
        raised = (heights > bin_.height - _BELOW_M) & (heights < bin_.height + _ABOVE_M)
    at = np.flatnonzero(raised)
    if len(at) < 50:
        return None
    if len(at) > _MOST_POINTS:
        at = rng.choice(at, _MOST_POINTS, replace=False)
    rows, columns = np.divmod(at, frame.intrinsics.width)
    points = frame.intrinsics.deproject(np.stack([columns, rows], -1), frame.depth.ravel()[at])
    in_table = (plane.T_cam_table.inverse() @ points)[:, :2]
    yaws = np.arange(_YAWS) * math.pi / _YAWS
    fits = [_fit(in_table, bin_, yaw) for yaw in yaws]
    best = int(np.argmax([score for score, _, _ in fits]))
    _, x, y = fits[best]
    turned = Transform.from_rpy((0.0, 0.0, float(yaws[best])))
    center = turned @ [x, y, 0.0]
    # Half a turn is the same bin: its x axis points to the right of the image.
    half_turn = Transform.from_rpy((0.0, 0.0, math.pi if yaws[best] > math.pi / 2 else 0.0))
    T_table_bin = Transform((turned @ half_turn).rotation, center)
    return plane.T_cam_table @ T_table_bin


def _fit(in_table: Float64, bin_: Bin, yaw: float) -> tuple[float, float, float]:
    """(score, x, y): how well rims along and across a direction are seen, and where the middle is along
    these.
    """
    cosine, sine = math.cos(yaw), math.sin(yaw)
    x = in_table[:, 0] * cosine + in_table[:, 1] * sine
    y = in_table[:, 1] * cosine - in_table[:, 0] * sine
    score_x, middle_x = _pair(x, bin_.length + bin_.wall)
    score_y, middle_y = _pair(y, bin_.width + bin_.wall)
    return score_x + score_y, middle_x, middle_y


def _pair(values: Float64, distance: float) -> tuple[float, float]:
    """(score, middle) of the two sharpest peaks at a distance [m]."""
    low = float(values.min())
    counts = np.bincount(((values - low) / _STEP_M).astype(np.intp)).astype(np.float64)
    apart = round(distance / _STEP_M)
    if apart >= len(counts):
        return 0.0, float(values.mean())
    both = np.minimum(_peaks(counts)[:-apart], _peaks(counts)[apart:])
    best = int(np.argmax(both))
    return float(both[best]), low + (best + 0.5 + apart / 2) * _STEP_M


def _peaks(counts: Float64) -> Float64:
    """Each with half of its neighbours: a peak may lie across two steps."""
    return np.convolve(counts, (0.5, 1.0, 0.5), mode="same")
