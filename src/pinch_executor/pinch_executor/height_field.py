# SPDX-License-Identifier: Apache-2.0
"""Heights over a regular grid: what a camera saw from above, or what was put down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform

Float64 = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class HeightField:
    """Highest points over the cells of a grid.

    ``T_base_origin``: center of cell (0, 0) at height 0; x along columns, y along rows, z up. ``cell``: edge
    of a cell [m]. ``heights`` (R, C) [m], NaN where nothing is known.
    """

    T_base_origin: Transform
    cell: float
    heights: Float64

    @cached_property
    def known(self) -> Mask:
        """(R, C): cells with a height."""
        return np.isfinite(self.heights)

    @cached_property
    def points(self) -> Float64:
        """(R, C, 3): the highest point over the center of each cell in the base frame [m], NaN if unknown."""
        rows, columns = np.indices(self.heights.shape)
        own = np.stack([columns * self.cell, rows * self.cell, self.heights], axis=-1)
        return np.asarray(own @ self.T_base_origin.rotation.T + self.T_base_origin.translation)

    def pooled(self, factor: int) -> HeightField:
        """``factor`` cells along each side become one with the highest of their points; the frame's origin
        stays.
        """
        rows, columns = (-(-size // factor) for size in self.heights.shape)
        padded = np.full((rows * factor, columns * factor), -np.inf)
        padded[: self.heights.shape[0], : self.heights.shape[1]] = np.where(self.known, self.heights, -np.inf)
        highest = padded.reshape(rows, factor, columns, factor).max(axis=(1, 3))
        return replace(self, cell=factor * self.cell, heights=np.where(np.isinf(highest), np.nan, highest))

    def without(self, cells: Mask) -> HeightField:
        """The same, with nothing known over ``cells`` (R, C)."""
        return replace(self, heights=np.where(cells, np.nan, self.heights))
