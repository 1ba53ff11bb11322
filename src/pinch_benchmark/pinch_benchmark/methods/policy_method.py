# SPDX-License-Identifier: Apache-2.0
"""pinch's planner with any of its policies."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from pinch_benchmark.methods.method import NoGrasp, PlannedGrasp, PlanningScene
from pinch_core.errors import BinNotFoundError, NoObjectError, NoTableError
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.plan import plan_grasps
from pinch_core.planning.pushes import Push, plan_push
from pinch_core.planning.scene import Scene


@dataclass(frozen=True)
class PolicyMethod:
    """Plans from what the camera saw and the user knows. ``gives_probability``: its quality is one."""

    name: str
    policy: GraspPolicy
    config: PlannerConfig
    gives_probability: bool = True

    def plan(self, scene: PlanningScene, rng: np.random.Generator) -> PlannedGrasp | NoGrasp:
        config = replace(self.config, max_grasps=1)
        try:
            result = plan_grasps(
                scene.frame,
                bind_grasp_type(scene.gripper, config),
                config,
                rng,
                hints=scene.hints,
                policy=self.policy,
            )
        except (NoTableError, NoObjectError, BinNotFoundError) as error:
            return NoGrasp(str(error))
        changed = result.report.changed_since_failure
        if not result.grasps:
            push = self._push(scene, result.scene, 0.0)
            return NoGrasp(result.report.why_empty(), changed, push)
        best = result.grasps[0]
        return PlannedGrasp(
            best.T_cam_tcp,
            best.opening,
            best.quality if self.gives_probability else math.nan,
            patch=result.scene.patch_around(best.T_cam_tcp),
            changed=changed,
            push=self._push(scene, result.scene, best.quality) if self.gives_probability else None,
        )

    def _push(self, scene: PlanningScene, seen: Scene, quality: float) -> Push | None:
        """A push in a bin that is expected to be better than a grasp of that quality."""
        if scene.hints.bin is None:
            return None
        push = plan_push(seen, self.config.push, self.config.motion, quality)
        return push if push is not None and push.expected_quality > quality else None
