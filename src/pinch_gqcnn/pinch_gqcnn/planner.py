# SPDX-License-Identifier: Apache-2.0
"""The planner with its settings and gripper: one immutable set, replaced as a whole by a change."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform
from pinch_core.gripper import Gripper
from pinch_core.perception.region import RegionOfInterest
from pinch_core.planning.plan import PlanResult, plan_grasps
from pinch_core.planning.planner_config import PlannerConfig
from pinch_core.planning.report import ProgressCallback
from pinch_core.resources import load_gripper
from pinch_gqcnn.node_config import PlannerNodeConfig
from pinch_gqcnn.policies import make_scorer


@dataclass(frozen=True)
class PlanRequest:
    """What is asked of one frame. Empty names mean the node's own policy and model."""

    max_grasps: int
    min_quality: float = 0.0
    policy: str = ""
    model: str = ""
    roi: RegionOfInterest | None = None


@dataclass(frozen=True)
class Planner:
    """Settings and gripper that a plan is made with."""

    node: PlannerNodeConfig
    config: PlannerConfig
    gripper: Gripper

    @classmethod
    def load(cls, node: PlannerNodeConfig, config: PlannerConfig) -> Planner:
        """Load what the settings name.

        Raises:
            ConfigError, UnknownNameError, UnknownPolicyError: a file or name does not exist or is not valid.
        """
        make_scorer(node.policy, "", config)
        if config.workspace.enabled and not node.base_frame:
            raise ConfigError(
                "workspace.enabled is set but base_frame is empty; name the robot's base frame that the box "
                "is given in."
            )
        return cls(node, config, load_gripper(node.gripper))

    def check(self, request: PlanRequest) -> None:
        """Find out before waiting for a frame whether the names in a request are known."""
        make_scorer(request.policy or self.node.policy, request.model, self.config)

    def plan(
        self,
        frame: DepthFrame,
        request: PlanRequest,
        *,
        segmask: NDArray[np.bool_] | None = None,
        T_base_cam: Transform | None = None,
        on_progress: ProgressCallback | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> PlanResult:
        """Plan on one frame, with the errors of ``plan_grasps``. The same input gives the same grasps."""
        config = dataclasses.replace(
            self.config,
            max_grasps=request.max_grasps,
            min_quality=max(request.min_quality, self.config.min_quality),
        )
        return plan_grasps(
            frame,
            self.gripper,
            config,
            np.random.default_rng(self.node.seed),
            segmask=segmask,
            roi=request.roi,
            T_base_cam=T_base_cam,
            scorer=make_scorer(request.policy or self.node.policy, request.model, config),
            on_progress=on_progress,
            should_stop=should_stop,
        )
