# SPDX-License-Identifier: Apache-2.0
"""The arm behind a FollowJointTrajectory action."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from action_msgs.msg import GoalStatus
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTolerance
from rclpy.node import Node
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage
from trajectory_msgs.msg import JointTrajectoryPoint

from pinch_core.robot import Robot
from pinch_executor.action_call import ActionCaller
from pinch_executor.errors import ContactMet, ControllerFailed, TimedOut
from pinch_executor.executor_config import MotionConfig, TimeoutConfig
from pinch_executor.joint_state_monitor import JointStateMonitor
from pinch_executor.joint_turns import Mask, joint_distance
from pinch_executor.motion_planner import Float64, JointTrajectory
from pinch_executor.waiter import Waiter
from pinch_ros.conversions import seconds_to_duration

# How a controller ends the goal of an arm that is not where it should be.
STRAYED = (
    FollowJointTrajectory.Result.PATH_TOLERANCE_VIOLATED,
    FollowJointTrajectory.Result.GOAL_TOLERANCE_VIOLATED,
)


class ArmController:
    """See :class:`~pinch_executor.arm.Arm`. ``still_since``: robot's time [s] at which the last motion
    ended.
    """

    def __init__(
        self,
        node: Node,
        robot: Robot,
        joints: JointStateMonitor,
        waiter: Waiter,
        timeouts: TimeoutConfig,
        motion: MotionConfig,
        continuous: Mask,
    ) -> None:
        """``continuous`` (J,): which joints of the arm are."""
        self._continuous = continuous
        self._joints, self._waiter, self._timeouts, self._motion = joints, waiter, timeouts, motion
        self.still_since = -math.inf
        self._action = ActionCaller(
            node, FollowJointTrajectory, robot.trajectory_action, waiter, timeouts.server, timeouts.stop
        )

    def positions(self) -> Float64:
        """Measured joint positions (J,) [rad]."""
        return self._joints.arm_positions()

    def is_still(self) -> bool:
        """Whether no joint moves."""
        return bool(np.all(np.abs(self._joints.arm_velocities()) < self._motion.standstill))

    def execute(
        self, trajectory: JointTrajectory, watch: Callable[[], None], *, may_meet: bool = False
    ) -> None:
        """Follow the trajectory to its end; the controller's goal is cancelled when ``watch`` raises."""

        def watch_all() -> None:
            self._joints.arm_positions()  # raises when joint states stop
            watch()

        deviation = self._motion.contact_deviation if may_meet else 0.0
        timeout = trajectory.duration * self._timeouts.motion_factor + self._timeouts.motion_margin
        try:
            status, result = self._action.call(goal_message(trajectory, deviation), timeout, watch_all)
            reached = result.error_code == FollowJointTrajectory.Result.SUCCESSFUL
            if status != GoalStatus.STATUS_SUCCEEDED or not reached:
                self._wait_until_still()  # a controller may report failure while the arm still brakes
                why = result.error_string.rstrip(".") or "no reason given"
                if may_meet and result.error_code in STRAYED:
                    raise ContactMet(f"{self._action.name} was held up on its way ({why}); clear its way.")
                raise ControllerFailed(
                    f"{self._action.name} ended with status {status}, error_code {result.error_code} "
                    f"({why}); clear its way and call ~/recover."
                )
            self._wait_until_seen_at(trajectory.end)
        finally:
            self.still_since = self._waiter.now()

    def stop(self) -> None:
        """Cancel all goals of the controller and wait until the joints stand."""
        self._action.cancel_all()
        self._wait_until_still()

    def _wait_until_seen_at(self, end: Float64) -> None:
        """The controller's word may overtake the joint states: the next motion starts where they tell."""

        def is_there() -> bool:
            away = joint_distance(self._joints.arm_positions(), end, self._continuous)
            return bool(np.all(away <= self._motion.start_tolerance))

        try:
            self._waiter.wait(is_there, self._timeouts.stop, "the joint states' arrival at the motion's end")
        except TimedOut:
            return  # an arm that stops farther off than that: the guard judges it when it is to move on

    def _wait_until_still(self) -> None:
        self._waiter.wait(self.is_still, self._timeouts.stop, "the arm's coming to rest")

    def close(self) -> None:
        """Free the action client."""
        self._action.close()


def goal_message(trajectory: JointTrajectory, deviation: float = 0.0) -> FollowJointTrajectory.Goal:
    """The goal that starts the trajectory on arrival (stamp 0); ``deviation`` [rad] of a joint from its path
    ends it, 0: the controller's own limit.
    """
    points = [
        JointTrajectoryPoint(
            positions=q.tolist(),
            velocities=v.tolist(),
            accelerations=a.tolist(),
            time_from_start=seconds_to_duration(t),
        )
        for t, q, v, a in zip(
            trajectory.times.tolist(),
            trajectory.positions,
            trajectory.velocities,
            trajectory.accelerations,
            strict=True,
        )
    ]
    message = JointTrajectoryMessage(joint_names=list(trajectory.joint_names), points=points)
    tolerances = [JointTolerance(name=name, position=deviation) for name in trajectory.joint_names]
    return FollowJointTrajectory.Goal(trajectory=message, path_tolerance=tolerances if deviation else [])
