# SPDX-License-Identifier: Apache-2.0
"""Every error that ends a stage of a pick or place; each knows the code that the action reports."""

from __future__ import annotations

import copy
from typing import TypeVar

from pinch_interfaces.msg import ErrorCode

from pinch_ros.errors import RosBorderError

E = TypeVar("E", bound="ExecutorError")


class ExecutorError(RosBorderError):
    """Base: the message is one sentence with the value, the place and the remedy. What is known of the cause
    beyond the sentence are attributes, None where the cause has none.
    """

    def quoted(self: E, before: str) -> E:
        """The same error with ``before`` in front of its sentence."""
        error = copy.copy(self)
        error.args = (f"{before}{self}",)
        return error

    @property
    def cause(self) -> str:
        """The first half of the sentence, without the remedy: for quoting it inside another."""
        return str(self).split(";")[0].rstrip(".")


class Busy(ExecutorError):
    """Another goal is being served."""

    error_code = ErrorCode.BUSY


class NotActive(ExecutorError):
    """The node is not in the lifecycle state `active`."""

    error_code = ErrorCode.NOT_ACTIVE


class InvalidGoal(ExecutorError):
    """A field of the goal is out of range or contradicts another."""

    error_code = ErrorCode.INVALID_GOAL


class UnknownGripper(ExecutorError):
    """The grasp was planned for another gripper than the robot has. Names of both."""

    error_code = ErrorCode.UNKNOWN_GRIPPER

    def __init__(
        self,
        message: str,
        *,
        planned_for: str | None = None,
        robot_has: str | None = None,
    ) -> None:
        super().__init__(message)
        self.planned_for, self.robot_has = planned_for, robot_has


class PlaceAreaUnknown(ExecutorError):
    """No place area of that name is configured. ``place_area``: what was asked for."""

    error_code = ErrorCode.BIN_UNKNOWN

    def __init__(self, message: str, *, place_area: str | None = None) -> None:
        super().__init__(message)
        self.place_area = place_area


class Cancelled(ExecutorError):
    """The client asked to stop."""

    error_code = ErrorCode.PREEMPTED


class TimedOut(ExecutorError):
    """A stage did not end within its time. ``what`` was waited for, for ``timeout`` [s]."""

    error_code = ErrorCode.TIMED_OUT

    def __init__(
        self,
        message: str,
        *,
        what: str | None = None,
        timeout: float | None = None,
    ) -> None:
        super().__init__(message)
        self.what, self.timeout = what, timeout


class ServerUnavailable(ExecutorError):
    """A server that is needed (controller, gripper, planner) does not answer."""

    error_code = ErrorCode.COMMUNICATION_FAILURE


class RecoveryNeeded(ExecutorError):
    """The state of the arm is not known to be safe; it stands still until `~/recover` is called."""

    error_code = ErrorCode.NOT_RECOVERED


# ---- the robot's state ----


class StartStateInvalid(ExecutorError):
    """Reported joint positions are incomplete or outside their limits. Of the worst joint [rad or m]."""

    error_code = ErrorCode.INVALID_ROBOT_STATE

    def __init__(
        self,
        message: str,
        *,
        joint: str | None = None,
        value: float | None = None,
        lower: float | None = None,
        upper: float | None = None,
    ) -> None:
        super().__init__(message)
        self.joint, self.value, self.lower, self.upper = joint, value, lower, upper


class StartStateInCollision(ExecutorError):
    """The robot touches something where it stands. ``touching``: what touches what."""

    error_code = ErrorCode.START_STATE_IN_COLLISION

    def __init__(self, message: str, *, touching: str | None = None) -> None:
        super().__init__(message)
        self.touching = touching


class RobotStateStale(ExecutorError):
    """The newest joint state is older than allowed, or none has come. Ages [s]."""

    error_code = ErrorCode.ROBOT_STATE_STALE

    def __init__(
        self,
        message: str,
        *,
        age: float | None = None,
        max_age: float | None = None,
    ) -> None:
        super().__init__(message)
        self.age, self.max_age = age, max_age


class CameraLost(ExecutorError):
    """The camera has fallen silent while the arm acts on what it saw. Times [s]."""

    error_code = ErrorCode.SENSOR_INFO_STALE

    def __init__(
        self,
        message: str,
        *,
        silence: float | None = None,
        max_silence: float | None = None,
    ) -> None:
        super().__init__(message)
        self.silence, self.max_silence = silence, max_silence


class GraspPlannerLost(ExecutorError):
    """The grasp planner has gone while the arm acts on what it planned."""

    error_code = ErrorCode.COMMUNICATION_FAILURE


# ---- planning ----


class NoIkSolution(ExecutorError):
    """No joint positions within limits put the TCP at the pose."""

    error_code = ErrorCode.NO_IK_SOLUTION


class GoalInCollision(ExecutorError):
    """The robot would touch something at the goal. ``touching``: what touches what."""

    error_code = ErrorCode.GOAL_IN_COLLISION

    def __init__(self, message: str, *, touching: str | None = None) -> None:
        super().__init__(message)
        self.touching = touching


class PlanningFailed(ExecutorError):
    """No collision-free motion was found. ``touching``: what is in the way."""

    error_code = ErrorCode.PLANNING_FAILED

    def __init__(self, message: str, *, touching: str | None = None) -> None:
        super().__init__(message)
        self.touching = touching


class GraspOutOfReach(ExecutorError):
    """The grasp, its approach or its lift lies outside the workspace.

    ``position`` of the TCP, and its bounds, in the base frame [m].
    """

    error_code = ErrorCode.GRASP_OUT_OF_REACH

    def __init__(
        self,
        message: str,
        *,
        position: tuple[float, ...] | None = None,
        lower: tuple[float, ...] | None = None,
        upper: tuple[float, ...] | None = None,
    ) -> None:
        super().__init__(message)
        self.position, self.lower, self.upper = position, lower, upper


class InvalidTrajectory(ExecutorError):
    """A trajectory breaks a limit, starts elsewhere than the robot, or touches something.

    ``value`` of ``joint`` beyond its ``limit``; or what is ``touching``, ``time`` [s] into the motion.
    """

    error_code = ErrorCode.INVALID_MOTION_PLAN

    def __init__(
        self,
        message: str,
        *,
        joint: str | None = None,
        value: float | None = None,
        limit: float | None = None,
        time: float | None = None,
        touching: str | None = None,
    ) -> None:
        super().__init__(message)
        self.joint, self.value, self.limit, self.time, self.touching = joint, value, limit, time, touching


# ---- executing ----


class ControllerFailed(ExecutorError):
    """The arm controller rejected or aborted the motion."""

    error_code = ErrorCode.CONTROL_FAILED


class GoalRejected(ControllerFailed):
    """A server did not take a goal, so it moved nothing."""


class ContactMet(ExecutorError):
    """The arm met something on its way where it may: it was stopped, and stands."""

    error_code = ErrorCode.CONTROL_FAILED


class GripperFailed(ExecutorError):
    """The gripper did not answer, or did not move as commanded. Openings [m]."""

    error_code = ErrorCode.GRIPPER_FAILED

    def __init__(
        self,
        message: str,
        *,
        commanded: float | None = None,
        measured: float | None = None,
    ) -> None:
        super().__init__(message)
        self.commanded, self.measured = commanded, measured


class GripperBlocked(GripperFailed):
    """The gripper opened, but something beside it stopped it short."""


class GripperRejected(GripperFailed):
    """The gripper did not take a goal, so it moved nothing."""


class NothingHeld(ExecutorError):
    """The fingers closed without anything between them."""

    error_code = ErrorCode.NOTHING_HELD


class ObjectDropped(ExecutorError):
    """The object was held and then lost. Openings [m] when it was held, and now."""

    error_code = ErrorCode.OBJECT_DROPPED

    def __init__(
        self,
        message: str,
        *,
        held_at: float | None = None,
        measured: float | None = None,
    ) -> None:
        super().__init__(message)
        self.held_at, self.measured = held_at, measured


class PlaceAreaFull(ExecutorError):
    """A place area has no free spot that is large enough. ``place_area``: its name."""

    error_code = ErrorCode.PLACE_AREA_FULL

    def __init__(self, message: str, *, place_area: str | None = None) -> None:
        super().__init__(message)
        self.place_area = place_area


class ObjectStuck(ExecutorError):
    """The gripper opened, but the object did not come off. ``measured``: what is between the pads [m]."""

    error_code = ErrorCode.OBJECT_STUCK

    def __init__(self, message: str, *, measured: float | None = None) -> None:
        super().__init__(message)
        self.measured = measured


class BinNotCleared(ExecutorError):
    """Attempts failed again and again, and no push helped. ``reasons``: codes' names and their counts."""

    error_code = ErrorCode.BIN_NOT_CLEARED

    def __init__(self, message: str, *, reasons: dict[str, int] | None = None) -> None:
        super().__init__(message)
        self.reasons = reasons or {}


class NotStopped(ExecutorError):
    """A server did not confirm that it stopped; ``reason`` is why it was asked to."""

    error_code = ErrorCode.NOT_RECOVERED

    def __init__(self, message: str, reason: BaseException | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class GraspPlannerFailed(ExecutorError):
    """The grasp planner answered with an error; its code is passed on."""

    def __init__(self, message: str, error_code: int = ErrorCode.FAILURE) -> None:
        super().__init__(message)
        self.error_code = error_code
