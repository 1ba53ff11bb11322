# SPDX-License-Identifier: Apache-2.0
"""How far an object reaches round the gripper that takes it, as the camera saw it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

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
    found: Mask = np.zeros(field.heights.shape, dtype=bool)
    with np.errstate(invalid="ignore"):
        near = np.linalg.norm(points[..., :2], axis=-1) <= REACH_M
    if not near.any():
        return found
    window = tuple(slice(axis.min(), axis.max() + 1) for axis in np.nonzero(near))
    found[window] = _connected(
        field.heights[window], near[window], between_pads(points[window], size, field.cell)
    )
    return found


def _connected(heights: Float64, near: Mask, gripped: Mask) -> Mask:
    """(R, C): cells of the surface that what is ``gripped`` belongs to, of those that are ``near``."""
    if not np.any(gripped & near):
        return np.zeros(heights.shape, dtype=bool)
    ground = float(np.min(heights[near]))
    top = float(np.max(heights[gripped & near]))
    step = min(STEP_M, (top - ground) / 2)
    stands_out = near & (np.nan_to_num(heights, nan=-np.inf) > ground + LEAST_HEIGHT_M)
    index = np.arange(heights.size).reshape(heights.shape)
    links = []
    for first, second in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        with np.errstate(invalid="ignore"):
            level = np.abs(heights[first] - heights[second]) < step
        is_link = level & stands_out[first] & stands_out[second]
        links.append(np.stack([index[first][is_link], index[second][is_link]]))
    rows, columns = np.concatenate(links, axis=1)
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(heights.size, heights.size))
    _, labels = connected_components(graph, directed=False)
    seeds = gripped & stands_out & (np.nan_to_num(heights, nan=-np.inf) > top - step)
    return np.isin(labels, labels[seeds.ravel()]).reshape(heights.shape) & stands_out


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
