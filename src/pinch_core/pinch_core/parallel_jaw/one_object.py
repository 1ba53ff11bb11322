# SPDX-License-Identifier: Apache-2.0
"""Exactly one object between the pads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.planning.filters import Finding
from pinch_core.planning.scene import Scene

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]

# Places between the pads that are looked at, and the share of them that may belong to another object: the
# outlines of objects are known to a pixel or two.
_PLACES = 11
_MOST_OTHER = 0.15


@dataclass(frozen=True)
class OneObject:
    """Between the pads lies one object alone, as far as objects that touch can be told apart."""

    name: str = "one_object"

    def keep(self, scene: Scene, grasps: JawCandidates) -> Bool:
        return np.asarray(self._others(scene, grasps) <= _MOST_OTHER)

    def findings(self, scene: Scene, grasps: JawCandidates) -> tuple[Finding, ...]:
        others = 100 * self._others(scene, grasps)
        quantity = "part of the line between the pads that is on other objects"
        return (Finding(quantity, "%", others, upper=100 * _MOST_OTHER),)

    def _others(self, scene: Scene, grasps: JawCandidates) -> Float64:
        """Float64[N]: share of the line between the pads, above the fingertips, on objects other than the one
        that covers most of it.
        """
        if not len(grasps) or int(scene.labels.max()) < 2:
            return np.zeros(len(grasps))
        half = np.where(np.isfinite(grasps.width), grasps.width, 0.0)[:, None] / 2
        along = np.linspace(-0.95, 0.95, _PLACES) * half
        ground = grasps.center[:, None] + grasps.closing[:, None] * along[..., None]
        heights = scene.height_map.look_up(
            ground[..., 0].astype(np.float32), ground[..., 1].astype(np.float32)
        ).astype(np.float64)
        above = heights > grasps.tip_height[:, None]
        points = np.concatenate([ground, np.maximum(heights, 0.0)[..., None]], axis=-1)
        pixels = scene.frame.intrinsics.project(scene.table.T_cam_table @ points.reshape(-1, 3))
        labels = np.where(above, scene.labels_at_pixels(pixels).reshape(above.shape), 0)
        # The object that covers most of the line is the one that is grasped.
        same = (labels[:, :, None] == labels[:, None, :]) & (labels > 0)[:, :, None]
        most, on_any = same.sum(axis=1).max(axis=1), (labels > 0).sum(axis=1)
        return np.asarray(np.where(on_any > 0, 1.0 - most / np.maximum(on_any, 1), 0.0))
