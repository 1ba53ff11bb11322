# SPDX-License-Identifier: Apache-2.0
"""The quality map: scores by position in the image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class QualityMap:
    """``pixels``: Float64[N, 2], (column, row) of TCPs; ``quality``: Float64[N]. ``spacing``: of
    neighbours [px], where they lie on a lattice.
    """

    pixels: Float64
    quality: Float64
    spacing: float = 3.0

    def image(self, height: int, width: int) -> Float32:
        """Float32[height, width]: the best quality found near each pixel, NaN if nothing was scored there."""
        found = np.full((height, width), -1.0, dtype=np.float32)
        at = np.rint(self.pixels).astype(np.intp)
        rows, columns = at[:, 1].clip(0, height - 1), at[:, 0].clip(0, width - 1)
        np.maximum.at(found, (rows, columns), self.quality.astype(np.float32))
        side = round(self.spacing) | 1
        spread = np.asarray(cv2.dilate(found, np.ones((side, side), np.uint8)), np.float32)
        return np.where(spread >= 0.0, spread, np.float32(np.nan))
