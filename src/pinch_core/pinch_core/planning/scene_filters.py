# SPDX-License-Identifier: Apache-2.0
"""Filters by what the caller knows of a scene: where grasps failed, and where none is wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.planning.failed_grasps import FailedGrasp
from pinch_core.planning.filters import Finding
from pinch_core.planning.grasp_candidates import GraspCandidates
from pinch_core.planning.scene import Scene
from pinch_core.planning.search_config import FailureMemoryConfig

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class KeepOut:
    """The TCP is in none of the boxes in which no grasp is wanted."""

    name: str = "keep_out"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        positions = grasps.positions(scene)
        inside = np.zeros(len(grasps), dtype=bool)
        for box in scene.keep_out:
            inside |= box.holds(positions)
        return ~inside

    def findings(self, scene: Scene, grasps: GraspCandidates) -> tuple[Finding, ...]:
        names = ", ".join(box.name for box in scene.keep_out) or "a box"
        outside = self.keep(scene, grasps).astype(np.float64)
        return (Finding(f"TCP outside {names} (1 = yes)", "", outside, lower=1.0),)


@dataclass(frozen=True)
class FailedBefore:
    """No grasp failed here while the scene looked as it does now.

    After the first failure another closing direction may be tried, or another place on the object; after the
    second on one object, all of it is left alone.
    """

    config: FailureMemoryConfig
    name: str = "failed_before"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        return np.asarray(self._shares(scene, grasps) >= 1.0)

    def findings(self, scene: Scene, grasps: GraspCandidates) -> tuple[Finding, ...]:
        shares = self._shares(scene, grasps)
        return (Finding("distance from a failed grasp over what is allowed", "", shares, lower=1.0),)

    def _shares(self, scene: Scene, grasps: GraspCandidates) -> Float64:
        """Float64[N]: distance from the nearest grasp that failed, over the distance that is allowed."""
        nearest = np.full(len(grasps), np.inf)
        if not scene.failed:
            return nearest
        for failed in scene.failed:
            nearest = np.minimum(nearest, self._share(scene, grasps, failed))
        return np.where(np.isin(grasps.label, self._given_up(scene)), 0.0, nearest)

    def _share(self, scene: Scene, grasps: GraspCandidates, failed: FailedGrasp) -> Float64:
        offset = grasps.positions(scene) - failed.T_cam_tcp.translation
        # Along the approach, a grasp a little higher or lower at the same place is the same grasp.
        across = offset - np.outer(offset @ scene.table.normal, scene.table.normal)
        allowed = max(self.config.distance * failed.failures, 1e-9)
        share = np.linalg.norm(across, axis=1) / allowed
        if failed.failures > 1:
            return np.asarray(share)
        axes = np.abs(grasps.T_cam_tcp(scene).y @ failed.T_cam_tcp.rotation[:, 1])
        return np.where(axes > math.cos(self.config.angle), share, np.inf)

    def _given_up(self, scene: Scene) -> list[int]:
        """Objects on which as many grasps failed as are tried."""
        count: dict[int, int] = {}
        for failed in scene.failed:
            pixel = scene.frame.intrinsics.project(failed.T_cam_tcp.translation[None])
            label = int(scene.labels_at_pixels(pixel, in_holes=True)[0])
            count[label] = count.get(label, 0) + failed.failures
        return [label for label, n in count.items() if label > 0 and n >= self.config.tries]
