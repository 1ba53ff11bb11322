# SPDX-License-Identifier: Apache-2.0
"""Collisions of the open gripper on its way down with what the camera measured."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.gripper import Palm, ParallelJawGripper
from pinch_core.perception.height_map import HeightMap
from pinch_core.planning.filters import Finding
from pinch_core.planning.scene import Scene

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]

_PALM_CELL_M = 0.006
# No setting allows a larger finger_margin.
_PALM_MARGIN_M = 0.05
# Openings are sums of settings: rounding errors are no reason to reject.
_ROUNDING_M = 1e-9


@dataclass(frozen=True)
class FingerCollision:
    """No measured point is in the space that the open fingers and the palm sweep on their way down.

    Beside the object there must be room for the fingers with the least margin, and for the opening they come
    with, which may be less than they could open. Grasps come down along the table normal, so the swept space
    of a box is everything above its lower face: a point under its outline collides when it is higher than
    that face.
    """

    gripper: ParallelJawGripper
    tolerance: float
    min_opening_margin: float
    finger_margin: float
    palm_clearance: float
    name: str = "finger_collision"

    def keep(self, scene: Scene, grasps: JawCandidates) -> Bool:
        tight = self._margins(grasps) < self.min_opening_margin - _ROUNDING_M
        return ~(tight | self._fingers_hit(grasps) | self._palm_hits(scene, grasps))

    def findings(self, scene: Scene, grasps: JawCandidates) -> tuple[Finding, ...]:
        row, inner, outer = grasps.profile, grasps.opening / 2, self._outer(grasps)
        sides = [
            grasps.profiles.highest(row, grasps.shift + low, grasps.shift + high)
            for low, high in ((inner, outer), (-outer, -inner))
        ]
        return (
            Finding(
                "free space between object and each pad",
                "m",
                self._margins(grasps),
                self.min_opening_margin - _ROUNDING_M,
            ),
            Finding(
                "what stands under a finger, above its fingertip",
                "m",
                np.maximum(*sides) - grasps.tip_height.astype(np.float32),
                upper=self.tolerance,
            ),
            Finding(
                "palm on something higher (1 = yes)",
                "",
                self._palm_hits(scene, grasps).astype(np.float64),
                upper=0.0,
            ),
        )

    def _margins(self, grasps: JawCandidates) -> Float64:
        """Float64[N]: between object and each pad on the approach [m]."""
        with np.errstate(invalid="ignore"):  # infinite where the object goes on beyond the jaws
            margins = (grasps.opening - grasps.width) / 2
        return np.nan_to_num(margins, nan=-math.inf)

    def _outer(self, grasps: JawCandidates) -> Float64:
        """Float64[N]: from the TCP to the outer face of a finger [m]."""
        return np.asarray(grasps.opening / 2 + self.gripper.finger.thickness + self.finger_margin)

    def _fingers_hit(self, grasps: JawCandidates) -> Bool:
        inner, outer = grasps.opening / 2, self._outer(grasps)
        limit = grasps.tip_height + self.tolerance
        row, at = grasps.profile, grasps.shift
        return grasps.profiles.blocked(row, at + inner, at + outer, limit) | grasps.profiles.blocked(
            row, at - outer, at - inner, limit
        )

    def _palm_hits(self, scene: Scene, grasps: JawCandidates) -> Bool:
        palm = self.gripper.palm
        reach = self.gripper.finger.length - self.palm_clearance + self.tolerance
        limit = grasps.tip_height + reach
        hits = np.zeros(len(grasps), dtype=bool)
        half_x, half_y = palm.size_x / 2 + self.finger_margin, palm.size_y / 2 + self.finger_margin
        # Most grasps are far from anything as high as their palm; only the rest is checked closely.
        coarse, highest_around = _palm_map(scene, palm)
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


@functools.lru_cache(maxsize=2)
def _palm_map(scene: Scene, palm: Palm) -> tuple[HeightMap, HeightMap]:
    """The scene's height map in cells that suffice for a palm, and what is highest within reach of a palm."""
    coarse = scene.height_map.max_pooled(_PALM_CELL_M)
    # Cells are looked up by their middle, and the palm is enlarged a little.
    reach = math.hypot(palm.size_x, palm.size_y) / 2 + 2 * coarse.cell + _PALM_MARGIN_M
    return coarse, coarse.highest_within(reach)
