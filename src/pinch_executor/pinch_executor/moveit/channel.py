# SPDX-License-Identifier: Apache-2.0
"""What the executor and the MoveIt process say to each other, pickled over a socket pair of their own.

The executor sends one :class:`Start`, then requests; every message of its gets one answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_executor.errors import ExecutorError, PlanningFailed
from pinch_executor.motion_planner import (
    Float64,
    JointLimits,
    JointTrajectory,
    Reach,
    ReachPlan,
    Scene,
    Speed,
)
from pinch_executor.moveit.moveit_config import MoveItPlannerConfig


@dataclass(frozen=True, eq=False)
class Start:
    """The robot to plan for; answered by Ready once MoveIt has its first joint states."""

    robot: Robot
    limits: JointLimits
    config: MoveItPlannerConfig
    use_sim_time: bool
    namespace: str


@dataclass(frozen=True, eq=False)
class PlanReach:
    """Arguments of MotionPlanner.plan_reach."""

    start: Float64
    reach: Reach
    entering: Scene
    leaving: Scene
    travel: Speed
    linear: Speed


@dataclass(frozen=True, eq=False)
class PlanJoints:
    """Arguments of MotionPlanner.plan_joints."""

    start: Float64
    goal: Float64
    scene: Scene
    speed: Speed


@dataclass(frozen=True, eq=False)
class PlanStraight:
    """Arguments of MotionPlanner.plan_straight."""

    start: Float64
    T_base_goal: Transform
    scene: Scene
    speed: Speed


Request = PlanReach | PlanJoints | PlanStraight


@dataclass(frozen=True)
class Ready:
    """Answer to Start."""


@dataclass(frozen=True, eq=False)
class Planned:
    """Answer to a request."""

    plan: ReachPlan | JointTrajectory


@dataclass(frozen=True)
class Failed:
    """Answer instead of either: what is to be raised in the executor."""

    error: ExecutorError

    @classmethod
    def of(cls, error: Exception) -> Failed:
        """An error as the executor is to raise it; MoveIt's own count as failed planning."""
        if isinstance(error, ExecutorError):
            return cls(error)
        sentence = " ".join(str(error).split()).rstrip(".")
        return cls(PlanningFailed(f"MoveIt raised {type(error).__name__}: {sentence}; see its output above."))


Answer = Ready | Planned | Failed
