# SPDX-License-Identifier: Apache-2.0
"""A rectangle of the image to which planning is restricted (sensor_msgs/RegionOfInterest)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import RegionError
from pinch_core.geometry.camera import CameraIntrinsics

Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class RegionOfInterest:
    """Columns ``column`` to ``column + width - 1`` and rows ``row`` to ``row + height - 1`` [px]."""

    column: int
    row: int
    width: int
    height: int

    def mask(self, intrinsics: CameraIntrinsics) -> Bool:
        """Bool[H, W]: the pixels of the region.

        Raises:
            RegionError: the region is empty or leaves the image.
        """
        inside = (
            self.column >= 0
            and self.row >= 0
            and self.width > 0
            and self.height > 0
            and self.column + self.width <= intrinsics.width
            and self.row + self.height <= intrinsics.height
        )
        if not inside:
            raise RegionError(
                f"the region of interest (column {self.column}, row {self.row}, {self.width} x {self.height} "
                "px) does "
                f"not lie inside the {intrinsics.width} x {intrinsics.height} image; correct it or leave it "
                "out."
            )
        mask = np.zeros((intrinsics.height, intrinsics.width), dtype=bool)
        mask[self.row : self.row + self.height, self.column : self.column + self.width] = True
        return mask
