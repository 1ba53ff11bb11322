# SPDX-License-Identifier: Apache-2.0
"""Why a goal of the planner node can fail, beyond what pinch_core and pinch_ros raise."""

from __future__ import annotations

from pinch_interfaces.msg import ErrorCode

from pinch_core.planning.report import PlanReport
from pinch_ros.errors import RosBorderError


class PlannerNodeError(RosBorderError):
    """Base of this package's errors."""


class InvalidGoalError(PlannerNodeError):
    """A field of the goal is out of range or contradicts another."""

    error_code = ErrorCode.INVALID_GOAL


class UnknownGripperError(PlannerNodeError):
    """The goal allows only grippers that this node does not plan for."""

    error_code = ErrorCode.UNKNOWN_GRIPPER


class UnknownPolicyError(PlannerNodeError):
    """No policy of that name is loaded."""

    error_code = ErrorCode.UNKNOWN_POLICY


class UnknownBinError(PlannerNodeError):
    """No file of a bin has that name, or it cannot be read."""

    error_code = ErrorCode.BIN_UNKNOWN


class ModelError(PlannerNodeError):
    """No model of that name is loaded, or the policy takes none."""

    error_code = ErrorCode.MODEL_INVALID


class StaleFrameError(PlannerNodeError):
    """Frames arrive, but none is new enough."""

    error_code = ErrorCode.SENSOR_INFO_STALE


class NotActiveError(PlannerNodeError):
    """The node's lifecycle state is not active."""

    error_code = ErrorCode.NOT_ACTIVE


class SupersededError(PlannerNodeError):
    """A later goal took the place of this one."""

    error_code = ErrorCode.PREEMPTED


class NoGraspFoundError(PlannerNodeError):
    """Every candidate was rejected; ``report`` counts the reasons."""

    error_code = ErrorCode.NO_GRASP_FOUND

    def __init__(self, message: str, report: PlanReport) -> None:
        super().__init__(message)
        self.report = report


class NoPushFoundError(PlannerNodeError):
    """No push is expected to help, or none is free; ``quality_now``: of the best grasp without one."""

    error_code = ErrorCode.NO_PUSH_FOUND

    def __init__(self, message: str, quality_now: float) -> None:
        super().__init__(message)
        self.quality_now = quality_now
