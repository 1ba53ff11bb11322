# SPDX-License-Identifier: Apache-2.0
"""Every error that ends a stage of a pick or place; each knows the code that the action reports."""

from __future__ import annotations

from pinch_interfaces.msg import ErrorCode

from pinch_ros.errors import RosBorderError


class ExecutorError(RosBorderError):
    """Base: the message is one sentence with the value, the place and the remedy."""


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
    """The grasp was planned for another gripper than the robot has."""

    error_code = ErrorCode.UNKNOWN_GRIPPER


class BinUnknown(ExecutorError):
    """No bin of that name is configured."""

    error_code = ErrorCode.BIN_UNKNOWN


class Cancelled(ExecutorError):
    """The client asked to stop."""

    error_code = ErrorCode.PREEMPTED


class TimedOut(ExecutorError):
    """A stage did not end within its time."""

    error_code = ErrorCode.TIMED_OUT


class ServerUnavailable(ExecutorError):
    """A server that is needed (controller, gripper, planner) does not answer."""

    error_code = ErrorCode.COMMUNICATION_FAILURE


class RecoveryNeeded(ExecutorError):
    """The state of the arm is not known to be safe; it stands still until `~/recover` is called."""

    error_code = ErrorCode.NOT_RECOVERED


# ---- the robot's state ----


class StartStateInvalid(ExecutorError):
    """Reported joint positions are incomplete or outside their limits."""

    error_code = ErrorCode.INVALID_ROBOT_STATE


class StartStateInCollision(ExecutorError):
    """The robot touches something where it stands."""

    error_code = ErrorCode.START_STATE_IN_COLLISION


class RobotStateStale(ExecutorError):
    """The newest joint state is older than allowed, or none has come."""

    error_code = ErrorCode.ROBOT_STATE_STALE


class CameraLost(ExecutorError):
    """The camera has fallen silent while the arm acts on what it saw."""

    error_code = ErrorCode.SENSOR_INFO_STALE


class GraspPlannerLost(ExecutorError):
    """The grasp planner has gone while the arm acts on what it planned."""

    error_code = ErrorCode.COMMUNICATION_FAILURE


# ---- planning ----


class NoIkSolution(ExecutorError):
    """No joint positions within limits put the TCP at the pose."""

    error_code = ErrorCode.NO_IK_SOLUTION


class GoalInCollision(ExecutorError):
    """The robot would touch something at the goal."""

    error_code = ErrorCode.GOAL_IN_COLLISION


class PlanningFailed(ExecutorError):
    """No collision-free motion was found."""

    error_code = ErrorCode.PLANNING_FAILED


class GraspOutOfReach(ExecutorError):
    """The grasp, its approach or its lift lies outside the workspace."""

    error_code = ErrorCode.GRASP_OUT_OF_REACH


class InvalidTrajectory(ExecutorError):
    """A trajectory breaks a limit, starts elsewhere than the robot, or touches something."""

    error_code = ErrorCode.INVALID_MOTION_PLAN


# ---- executing ----


class ControllerFailed(ExecutorError):
    """The arm controller rejected or aborted the motion."""

    error_code = ErrorCode.CONTROL_FAILED


class GoalRejected(ControllerFailed):
    """A server did not take a goal, so it moved nothing."""


class GripperFailed(ExecutorError):
    """The gripper did not answer, or did not move as commanded."""

    error_code = ErrorCode.GRIPPER_FAILED


class GripperRejected(GripperFailed):
    """The gripper did not take a goal, so it moved nothing."""


class NothingHeld(ExecutorError):
    """The fingers closed without anything between them."""

    error_code = ErrorCode.NOTHING_HELD


class ObjectDropped(ExecutorError):
    """The object was held and then lost."""

    error_code = ErrorCode.OBJECT_DROPPED


class NotStopped(ExecutorError):
    """A server did not confirm that it stopped; ``reason`` is why it was asked to."""

    error_code = ErrorCode.NOT_RECOVERED

    def __init__(self, message: str, reason: BaseException | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class GraspPlannerFailed(ExecutorError):
    """The grasp planner answered with an error; its code is passed on."""

    def __init__(self, message: str, error_code: int) -> None:
        super().__init__(message)
        self.error_code = error_code
