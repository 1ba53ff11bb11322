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

    After the first failure another closing direction may be tried; after the second one it may not, and the
    grasp must be farther away for each further failure.
    """

    config: FailureMemoryConfig
    name: str = "failed_before"

    def keep(self, scene: Scene, grasps: GraspCandidates) -> Bool:
        keep = np.ones(len(grasps), dtype=bool)
        for failed in scene.failed:
            keep &= ~self._is_like(scene, grasps, failed)
        return keep

    def findings(self, scene: Scene, grasps: GraspCandidates) -> tuple[Finding, ...]:
        positions = grasps.positions(scene)
        nearest = np.full(len(grasps), np.inf)
        for failed in scene.failed:
            like = self._is_like(scene, grasps, failed)
            distance = np.linalg.norm(positions - failed.T_cam_tcp.translation, axis=1)
            # In units of what is allowed there: another direction may be closer.
            share = np.where(like, distance / max(self.config.distance * failed.failures, 1e-9), np.inf)
            nearest = np.minimum(nearest, share)
        return (Finding("distance from a failed grasp over what is allowed", "", nearest, lower=1.0),)

    def _is_like(self, scene: Scene, grasps: GraspCandidates, failed: FailedGrasp) -> Bool:
        offset = grasps.positions(scene) - failed.T_cam_tcp.translation
        # Along the approach, a grasp a little higher or lower at the same place is the same grasp.
        across = offset - np.outer(offset @ scene.table.normal, scene.table.normal)
        near = np.linalg.norm(across, axis=1) < self.config.distance * failed.failures
        if failed.failures > 1:
            return np.asarray(near)
        axes = grasps.T_cam_tcp(scene).y @ failed.T_cam_tcp.rotation[:, 1]
        return np.asarray(near & (np.abs(axes) > math.cos(self.config.angle)))
