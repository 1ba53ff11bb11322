# SPDX-License-Identifier: Apache-2.0
"""pinch's planner with any of its policies."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from pinch_benchmark.methods.method import PlannedGrasp
from pinch_benchmark.scenes.singulated_scene import SingulatedScene
from pinch_core.errors import NoObjectError, NoTableError
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.plan import SceneHints, plan_grasps


@dataclass(frozen=True)
class PolicyMethod:
    """Plans from depth image and mask alone. ``gives_probability``: whether its quality is one."""

    name: str
    policy: GraspPolicy
    config: PlannerConfig
    gives_probability: bool = True

    def plan(self, scene: SingulatedScene, rng: np.random.Generator) -> PlannedGrasp | None:
        config = replace(self.config, max_grasps=1)
        try:
            result = plan_grasps(
                scene.frame,
                bind_grasp_type(scene.world.gripper, config),
                config,
                rng,
                hints=SceneHints(scene.mask),
                policy=self.policy,
            )
        except (NoTableError, NoObjectError):
            return None
        if not result.grasps:
            return None
        best = result.grasps[0]
        quality = best.quality if self.gives_probability else math.nan
        return PlannedGrasp(best.T_cam_tcp, best.opening, quality)
