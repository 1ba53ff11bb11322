# SPDX-License-Identifier: Apache-2.0
"""How much of an image has no return, and in what pieces."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pinch_core.depth_frame import DepthFrame


@dataclass(frozen=True)
class HoleStatistics:
    """``ratio``: share of pixels without return; ``count``: connected holes; ``largest``: share of the
    largest.
    """

    ratio: float
    count: int
    largest: float

    @classmethod
    def of(cls, frame: DepthFrame) -> HoleStatistics:
        """Count the holes of a frame, connected by edges and corners."""
        holes = (~frame.valid).astype(np.uint8)
        regions, _, stats, _ = cv2.connectedComponentsWithStats(holes, connectivity=8)
        areas = stats[1:, cv2.CC_STAT_AREA]
        return cls(frame.hole_ratio, regions - 1, float(areas.max(initial=0)) / holes.size)
