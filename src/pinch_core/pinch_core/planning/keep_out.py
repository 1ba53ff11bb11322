# SPDX-License-Identifier: Apache-2.0
"""Boxes in which no grasp is planned, such as the area where picked objects are placed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KeepOutBox:
    """``T_cam_box``: pose of its centre in the optical frame. ``size`` (3,): full extents along its axes
    [m]. ``name``: in reports.
    """

    name: str
    T_cam_box: Transform
    size: tuple[float, float, float]

    def holds(self, points: Float64) -> Bool:
        """Bool[...]: which points (..., 3) of the optical frame lie inside."""
        local = self.T_cam_box.inverse() @ points
        return np.asarray((np.abs(local) <= np.array(self.size) / 2).all(axis=-1))
