# SPDX-License-Identifier: Apache-2.0
"""The fingers behind the action of a gripper controller."""

from __future__ import annotations

from collections.abc import Callable

from action_msgs.msg import GoalStatus
from rclpy.node import Node

from pinch_core.robot import Robot
from pinch_executor.action_call import ActionCaller
from pinch_executor.errors import GoalRejected, GripperFailed, GripperRejected, TimedOut
from pinch_executor.executor_config import TimeoutConfig
from pinch_executor.joint_state_monitor import JointStateMonitor
from pinch_executor.parallel_jaw.end_effector import JawState
from pinch_executor.parallel_jaw.gripper_actions import make_gripper_action
from pinch_executor.waiter import Waiter


class GripperController:
    """See :class:`~pinch_executor.parallel_jaw.end_effector.JawDriver`; the Robot knows the joint's unit."""

    def __init__(
        self, node: Node, robot: Robot, joints: JointStateMonitor, waiter: Waiter, timeouts: TimeoutConfig
    ) -> None:
        self._joints, self._timeouts = joints, timeouts
        self._joint_per_opening = robot.gripper_joint_per_opening
        self._kind = make_gripper_action(robot)
        self._action = ActionCaller(
            node, self._kind.action_type, robot.gripper_action, waiter, timeouts.server, timeouts.stop
        )

    def opening(self) -> float:
        """Measured distance between the pads [m]."""
        return self._joints.opening()

    def move(self, opening: float, force: float, watch: Callable[[], None]) -> JawState:
        """Send the fingers to ``opening`` [m]. A stall is an answer, whatever the controller calls it."""
        goal = self._kind.goal(opening * self._joint_per_opening, force)
        try:
            status, result = self._action.call(goal, self._timeouts.gripper, watch)
        except GoalRejected as error:
            raise GripperRejected(str(error)) from error
        except TimedOut as error:
            raise GripperFailed(str(error)) from error
        if status != GoalStatus.STATUS_SUCCEEDED and not result.stalled:
            raise GripperFailed(
                f"{self._action.name} ended with status {status}; check the gripper and call ~/recover."
            )
        return JawState(self._kind.position(result) / self._joint_per_opening, bool(result.stalled))

    def close(self) -> None:
        """Free the action client."""
        self._action.close()
