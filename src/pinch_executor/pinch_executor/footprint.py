# SPDX-License-Identifier: Apache-2.0
"""How far an object reaches round the gripper that takes it, as the camera saw it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from pinch_core.geometry.transform import Transform
from pinch_executor.height_field import Float64, HeightField, Mask

# Where the surface falls by more than this from one cell to the next, the object ends.
STEP_M = 0.012
# Lower than this over the lowest ground nearby nothing is told from it.
LEAST_HEIGHT_M = 0.004
# Farther from the TCP than this nothing counts as the object: in a heap, surfaces run into each other.
REACH_M = 0.15


@dataclass(frozen=True)
class Footprint:
    """A rectangle round an object in x and y of the TCP frame [m]; ``above``: its top over the TCP [m]."""

    lower: tuple[float, float]
    upper: tuple[float, float]
    above: float

    @classmethod
    def centered(cls, size: tuple[float, float], above: float) -> Footprint:
        """``size`` [m] along x and y, the TCP in its middle."""
        x, y = size[0] / 2, size[1] / 2
        return cls((-x, -y), (x, y), above)

    @property
    def length(self) -> float:
        """The longer of its edges [m]."""
        return max(b - a for a, b in zip(self.lower, self.upper, strict=True))

    def around(self, size: tuple[float, float]) -> Footprint:
        """The smallest one that also holds a rectangle of ``size`` [m] about the TCP."""
        x, y = size[0] / 2, size[1] / 2
        lower, upper = self.lower, self.upper
        return Footprint(
            (min(lower[0], -x), min(lower[1], -y)), (max(upper[0], x), max(upper[1], y)), self.above
        )

    def corners(self, grown: float = 0.0) -> Float64:
        """(4, 2): corners in x and y of the TCP frame, ``grown`` [m] outwards."""
        (x0, y0), (x1, y1) = self.lower, self.upper
        return np.array(
            [
                (x0 - grown, y0 - grown),
                (x1 + grown, y0 - grown),
                (x1 + grown, y1 + grown),
                (x0 - grown, y1 + grown),
            ]
        )


def in_tcp(field: HeightField, T_base_tcp: Transform) -> Float64:
    """(R, C, 3): the field's points in the TCP frame, z along the approach; NaN where unknown."""
    return np.asarray((field.points - T_base_tcp.translation) @ T_base_tcp.rotation)


def between_pads(points: Float64, size: tuple[float, float], margin: float) -> Mask:
    """Cells within a rectangle of ``size`` [m] about the TCP, ``margin`` [m] wider on each side."""
    half = np.asarray(size) / 2 + margin
    with np.errstate(invalid="ignore"):
        return np.asarray(np.all(np.abs(points[..., :2]) <= half, axis=-1))


def object_cells(field: HeightField, T_base_tcp: Transform, size: tuple[float, float]) -> Mask:
    """(R, C): cells of the surface that is connected, without a step, to what is between the pads.

    Args:
        field: what the camera saw.
        T_base_tcp: the grasp.
        size: extent of what is gripped along x and y of the TCP frame [m].
    """
    points = in_tcp(field, T_base_tcp)
    gripped = between_pads(points, size, field.cell)
    if not gripped.any():
        return gripped
    near = np.linalg.norm(np.nan_to_num(points[..., :2], nan=np.inf), axis=-1) <= REACH_M
    ground = float(np.min(field.heights[near & field.known]))
    top = float(np.max(field.heights[gripped]))
    step = min(STEP_M, (top - ground) / 2)
    heights = np.where(field.known, field.heights, -np.inf)
    candidates = near & (heights > ground + LEAST_HEIGHT_M)
    grown: Mask = gripped & candidates & (heights > top - step)
    # One ring of cells at a time, each within a step of all its neighbours that belong to the object.
    while True:
        highest = ndimage.maximum_filter(np.where(grown, heights, -np.inf), 3)
        lowest = ndimage.minimum_filter(np.where(grown, heights, np.inf), 3)
        is_beside = np.isfinite(highest)
        more = candidates & is_beside & (heights > highest - step) & (heights < lowest + step)
        if not np.any(more & ~grown):
            return grown
        grown |= more


def measured_footprint(
    field: HeightField, T_base_tcp: Transform, size: tuple[float, float]
) -> Footprint | None:
    """The object's extent, None where the camera saw nothing between the pads."""
    cells = object_cells(field, T_base_tcp, size)
    if not cells.any():
        return None
    points = in_tcp(field, T_base_tcp)[cells]
    half = field.cell / 2
    lower, upper = points[:, :2].min(axis=0) - half, points[:, :2].max(axis=0) + half
    above = float(max(0.0, -points[:, 2].min()))
    return Footprint((float(lower[0]), float(lower[1])), (float(upper[0]), float(upper[1])), above)
