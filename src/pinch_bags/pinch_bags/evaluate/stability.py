# SPDX-License-Identifier: Apache-2.0
"""How much the best grasp moves from one frame of a still scene to the next. Free of ROS."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pinch_bags.evaluate.records import GraspRecord

# Grasps this near to each other are the same one for an executor.
SAME_DISTANCE_M, SAME_ANGLE_RAD = 0.01, math.radians(15.0)


@dataclass(frozen=True)
class Step:
    """From the best grasp of one frame to that of the next: ``distance`` [m], ``turn`` of the closing axis
    [rad], ``quality`` after less quality before.
    """

    distance: float
    turn: float
    quality: float

    @classmethod
    def between(cls, before: GraspRecord, after: GraspRecord) -> Step:
        """Both in the optical frame of a camera that did not move."""
        first, second = (np.reshape(one.matrix, (4, 4)) for one in (before, after))
        # Jaws closed either way round hold the same.
        cosine = abs(float(first[:3, 1] @ second[:3, 1]))
        return cls(
            float(np.linalg.norm(second[:3, 3] - first[:3, 3])),
            math.acos(min(1.0, cosine)),
            after.quality - before.quality,
        )

    @property
    def is_same(self) -> bool:
        """Whether an executor would do the same."""
        return self.distance <= SAME_DISTANCE_M and self.turn <= SAME_ANGLE_RAD
