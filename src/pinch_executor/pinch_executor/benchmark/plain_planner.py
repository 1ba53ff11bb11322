# SPDX-License-Identifier: Apache-2.0
"""What the embedded planner is measured against: the same parts, put together as they usually are."""

from __future__ import annotations

from pinch_core.robot import Robot
from pinch_executor.embedded.collision import CollisionChecker
from pinch_executor.embedded.planner import EmbeddedMotionPlanner, EmbeddedPlannerConfig
from pinch_executor.motion_planner import Float64


class PlainMotionPlanner(EmbeddedMotionPlanner):
    """Link meshes as the description has them, and every free motion searched by RRT-Connect."""

    def __init__(self, robot: Robot, config: EmbeddedPlannerConfig) -> None:
        super().__init__(robot, config)
        self._shapes = self.model.collision_shapes(as_hulls=False)

    def _straight(self, checker: CollisionChecker, start: Float64, goal: Float64) -> Float64 | None:
        return None
