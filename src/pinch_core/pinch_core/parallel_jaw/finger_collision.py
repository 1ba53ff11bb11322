# SPDX-License-Identifier: Apache-2.0
"""The space that an open hand sweeps on its way down, held against what the camera saw."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.planning.grasp_candidates import GraspCandidates
from pinch_core.planning.scene import Scene

Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class FingerCollision:
    """No seen point lies in the space that the open fingers and the palm sweep on their way down.

    Beside the object there must be room for the fingers with the least margin, and for the opening they come
    with, which may be less than they could open. They come down along the table normal, so the swept space
    of a box is everything above its lower face: a point under its outline collides when it is higher than
    that face.
    """

    tolerance: float
    min_opening_margin: float
    finger_margin: float
    palm_clearance: float
    name: str = "finger_collision"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        with np.errstate(invalid="ignore"):  # infinite where the object goes on beyond the jaws
            tight = grasps.opening - grasps.width < 2 * self.min_opening_margin - 1e-9
        return ~(tight | self._fingers_hit(scene, grasps) | self._palm_hits(scene, grasps))

    def _fingers_hit(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        inner = grasps.opening / 2
        outer = inner + scene.gripper.finger.thickness + self.finger_margin
        limit = grasps.tip_height + self.tolerance
        row, at = grasps.profile, grasps.shift
        return grasps.profiles.blocked(row, at + inner, at + outer, limit) | grasps.profiles.blocked(
            row, at - outer, at - inner, limit
        )

    def _palm_hits(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        palm = scene.gripper.palm
        reach = scene.gripper.finger.length - self.palm_clearance + self.tolerance
        limit = grasps.tip_height + reach
        hits = np.zeros(len(grasps), dtype=bool)
        half_x, half_y = palm.size_x / 2 + self.finger_margin, palm.size_y / 2 + self.finger_margin
        # Most hands come nowhere near anything as high as their palm; the rest is looked at closely.
        coarse, highest_around = scene.palm_map
        around = highest_around.look_up(*grasps.center.astype(np.float32).T)
        at_risk = np.flatnonzero(limit < around)
        if not len(at_risk):
            return hits
        x = np.linspace(-half_x, half_x, max(2, math.ceil(2 * half_x / coarse.cell) + 1))
        y = np.linspace(-half_y, half_y, max(2, math.ceil(2 * half_y / coarse.cell) + 1))
        for chunk in np.array_split(at_risk, -(-len(at_risk) // 256)):
            center, closing = grasps.center[chunk], grasps.closing[chunk]
            along, across = (
                center[:, :, None] + closing[:, :, None] * y,
                np.stack([closing[:, 1], -closing[:, 0]], 1),
            )
            under_x = along[:, 0, :, None] + across[:, 0, None, None] * x
            under_y = along[:, 1, :, None] + across[:, 1, None, None] * x
            highest = coarse.look_up(under_x.astype(np.float32), under_y.astype(np.float32)).max(axis=(1, 2))
            hits[chunk] = highest > limit[chunk]
        return hits
