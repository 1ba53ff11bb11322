# SPDX-License-Identifier: Apache-2.0
"""All settings of the planner: those that every gripper type shares, and one group for each type."""

from __future__ import annotations

from dataclasses import field

from pinch_core.config import configclass
from pinch_core.parallel_jaw.config import ParallelJawConfig
from pinch_core.planning.planning_config import PlanningConfig


@configclass
class PlannerConfig(PlanningConfig):
    """How a depth image becomes ranked grasps."""

    parallel_jaw: ParallelJawConfig = field(default_factory=ParallelJawConfig)
