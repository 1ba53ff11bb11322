# SPDX-License-Identifier: Apache-2.0
"""The scene from straight above: the depth image resampled along the table normal.

In this view the space that a finger sweeps on its way down is a rectangle, whatever the camera's tilt, and
a collision is a comparison of heights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.perception.table import Plane

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

# Of the corners of outlines, in cells.
_FRACTIONAL_BITS = 4
# Of the points on each side of a map of everything that do not make it larger [%]; the most cells on a side.
_OUTLIERS, _MOST_CELLS = 0.5, 600


@dataclass(frozen=True, eq=False)
class HeightMap:
    """Highest point over each square of the table.

    ``heights``: Float32[rows, columns] [m]; unknown = 0, the table. ``origin`` (2,): table x, y of the
    centre of cell (0, 0) [m]. Columns run along table x, rows along table y. ``cell`` [m].
    """

    heights: Float32
    origin: Float64
    cell: float

    @classmethod
    def from_frame(
        cls, frame: DepthFrame, table: Plane, heights: Float32, around: Bool, margin: float, min_height: float
    ) -> HeightMap:
        """Map the surroundings of some pixels.

        Args:
            frame: undistorted.
            heights: Float32[H, W] of the frame above the table [m], NaN = no return.
            around: Bool[H, W], pixels of interest.
            margin: how far around them [m].
            min_height: lower points are table and set to 0 [m].
        """
        k = frame.intrinsics
        T_table_cam = table.T_cam_table.inverse()
        rotation, translation = T_table_cam.rotation, T_table_cam.translation
        rows, columns = np.nonzero(around & frame.valid)
        seeds = T_table_cam @ k.deproject(np.stack([columns, rows], -1), frame.depth[rows, columns])
        low, high = seeds[:, :2].min(0) - margin, seeds[:, :2].max(0) + margin
        # One cell per pixel at the table: finer cells would leave gaps, coarser ones would blur the object.
        cell = float(np.median(frame.depth[rows, columns]) / min(k.fx, k.fy))
        shape = np.ceil((high - low) / cell).astype(int) + 1
        raised = np.flatnonzero(_supported(heights, min_height))
        v, u = np.divmod(raised, k.width)
        z = frame.depth.ravel()[raised].astype(np.float64)
        x, y = (u - k.cx) / k.fx * z, (v - k.cy) / k.fy * z
        table_x = rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z + translation[0]
        table_y = rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z + translation[1]
        column = np.rint((table_x - low[0]) / cell).astype(np.intp)
        row = np.rint((table_y - low[1]) / cell).astype(np.intp)
        inside = (column >= 0) & (row >= 0) & (column < shape[0]) & (row < shape[1])
        grid = np.zeros((shape[1], shape[0]), dtype=np.float32)
        np.maximum.at(grid.ravel(), (row * shape[0] + column)[inside], heights.ravel()[raised][inside])
        return cls(_close_gaps(grid), low, cell)

    @classmethod
    def of_all_seen(cls, frame: DepthFrame, table: Plane, heights: Float32, cell: float) -> HeightMap:
        """Map everything that the camera measured; NaN where it measured nothing: beyond its view, and behind
        what stands in it. Objects and noise below the table are at 0.

        Args:
            cell: edge of a cell [m].
        """
        k = frame.intrinsics
        at = np.flatnonzero(np.isfinite(heights))
        v, u = np.divmod(at, k.width)
        points = k.deproject(np.stack([u, v], -1), frame.depth.ravel()[at])
        in_table = (table.T_cam_table.inverse() @ points)[:, :2]
        # A few pixels far away, seen past the table, would make the map huge.
        low, high = np.percentile(in_table, [_OUTLIERS, 100 - _OUTLIERS], axis=0)
        cell = max(cell, float((high - low).max()) / _MOST_CELLS)
        shape = np.ceil((high - low) / cell).astype(int) + 1
        column, row = np.rint((in_table - low) / cell).astype(np.intp).T
        inside = (column >= 0) & (row >= 0) & (column < shape[0]) & (row < shape[1])
        grid = np.full((shape[1], shape[0]), -np.inf, dtype=np.float32)
        seen = np.maximum(heights.ravel()[at][inside], np.float32(0))
        np.maximum.at(grid.ravel(), (row * shape[0] + column)[inside], seen)
        return cls(np.where(np.isfinite(grid), grid, np.float32(np.nan)), low, cell)

    def look_up(self, x: Float32, y: Float32) -> Float32:
        """Heights [m] at table coordinates (...) [m]; 0 outside the map."""
        column = np.rint((x - np.float32(self.origin[0])) * np.float32(1 / self.cell)).astype(np.int32)
        row = np.rint((y - np.float32(self.origin[1])) * np.float32(1 / self.cell)).astype(np.int32)
        rows, columns = self.heights.shape
        outside = (column < 0) | (row < 0) | (column >= columns) | (row >= rows)
        found = self.heights.ravel().take(np.where(outside, 0, row * columns + column))
        found[outside] = 0.0
        return found

    def raised_to(self, outlines: Sequence[Float64], height: float, *, outside: bool = False) -> HeightMap:
        """The map with convex outlines, each (n, 2) table x, y [m], at least as high as ``height`` [m]; or
        with all that is ``outside`` of them.
        """
        inside = np.zeros(self.heights.shape, np.uint8)
        fraction = 1 << _FRACTIONAL_BITS
        for outline in outlines:
            cells = np.rint((outline - self.origin) / self.cell * fraction).astype(np.int32)
            cv2.fillConvexPoly(inside, cells, 1, shift=_FRACTIONAL_BITS)
        raised = (inside == 0) if outside else (inside > 0)
        heights = np.where(raised, np.fmax(self.heights, np.float32(height)), self.heights)
        return HeightMap(heights.astype(np.float32), self.origin, self.cell)

    def max_pooled(self, cell: float) -> HeightMap:
        """A coarser map whose cells hold at least the highest of the cells that they cover."""
        factor = max(1, math.ceil(cell / self.cell))
        rows, columns = (-(-n // factor) for n in self.heights.shape)
        padded = np.zeros((rows * factor, columns * factor), dtype=np.float32)
        padded[: self.heights.shape[0], : self.heights.shape[1]] = self.heights
        pooled = padded.reshape(rows, factor, columns, factor).max(axis=(1, 3))
        return HeightMap(pooled, self.origin + self.cell * (factor - 1) / 2, self.cell * factor)

    def highest_within(self, radius: float) -> HeightMap:
        """The same cells, each with the greatest height within ``radius`` [m] of it, or slightly farther."""
        side = 2 * math.ceil(radius / self.cell) + 3
        kernel = np.ones((side, side), np.uint8)  # a square is much faster than a disc
        return HeightMap(np.asarray(cv2.dilate(self.heights, kernel), np.float32), self.origin, self.cell)


def _supported(heights: Float32, min_height: float) -> Bool:
    """Bool[H, W]: raised pixels with two raised neighbours; a single one is sensor noise; even a wire
    has two.
    """
    with np.errstate(invalid="ignore"):
        raised = (heights > min_height).astype(np.uint8)
    neighbours = cv2.boxFilter(raised, -1, (3, 3), normalize=False)
    return np.asarray((raised > 0) & (neighbours >= 3))


def _close_gaps(grid: Float32) -> Float32:
    """Fill empty cells between filled ones: rays diverge, so neighbouring pixels can skip a cell."""
    kernel = np.ones((3, 3), np.uint8)
    closed = cv2.erode(cv2.dilate(grid, kernel), kernel)
    return np.where(grid > 0, grid, closed).astype(np.float32)
