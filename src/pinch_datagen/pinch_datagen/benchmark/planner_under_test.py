# SPDX-License-Identifier: Apache-2.0
"""Grasp planners by name, all called alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import NoObjectError, NoTableError
from pinch_core.grasp import Grasp
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.gripper import Gripper
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.plan import plan_grasps
from pinch_core.planning.policies import make_policy, policy_kind


class PlannerUnderTest(Protocol):
    """Whatever makes grasps of a depth image."""

    @property
    def name(self) -> str:
        """How tables call it."""
        ...

    def __call__(self, frame: DepthFrame, gripper: Gripper, rng: np.random.Generator) -> tuple[Grasp, ...]:
        """Grasps, best first; none where there is nothing to grasp."""
        ...


@dataclass(frozen=True)
class PolicyPlanner:
    """The planner as it comes, with one of its policies."""

    policy: GraspPolicy
    config: PlannerConfig

    @property
    def name(self) -> str:
        return self.policy.name

    def __call__(self, frame: DepthFrame, gripper: Gripper, rng: np.random.Generator) -> tuple[Grasp, ...]:
        """See :class:`PlannerUnderTest`."""
        try:
            grasp_type = bind_grasp_type(gripper, self.config)
            return plan_grasps(frame, grasp_type, self.config, rng, policy=self.policy).grasps
        except (NoTableError, NoObjectError):
            return ()


def make_planner(name: str, model: str, gripper: Gripper) -> PlannerUnderTest:
    """The planner with the policy of that name, and with a network where it needs one.

    Raises:
        UnknownPolicyError, NetworkError, DamagedWeightsError: as :func:`make_policy`.
    """
    config = PlannerConfig()
    needed = model if policy_kind(name).needs_network else ""
    return PolicyPlanner(make_policy(name, needed, config, bind_grasp_type(gripper, config)), config)
