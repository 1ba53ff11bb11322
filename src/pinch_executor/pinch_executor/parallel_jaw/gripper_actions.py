# SPDX-License-Identifier: Apache-2.0
"""The two actions that grippers are commanded with, by the name that the robot's file gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from control_msgs.action import GripperCommand, ParallelGripperCommand

from pinch_core.errors import UnknownNameError
from pinch_core.robot import Robot
from pinch_executor.errors import GripperFailed


class GripperAction(Protocol):
    """What differs between the actions; both results have ``stalled`` and ``reached_goal``."""

    action_type: Any

    def goal(self, position: float, force: float) -> Any:
        """Send the commanded joint to ``position`` [m or rad] with at most ``force`` [N or N m]."""
        ...

    def position(self, result: Any) -> float:
        """Where the commanded joint stands at the end; raises GripperFailed if the result does not tell."""
        ...


class GripperCommandAction:
    """control_msgs/GripperCommand, as gripper_controllers and most drivers serve it."""

    action_type = GripperCommand

    def __init__(self, robot: Robot) -> None:
        del robot  # the controller knows its joint

    def goal(self, position: float, force: float) -> Any:
        """See the protocol."""
        goal = GripperCommand.Goal()
        goal.command.position, goal.command.max_effort = position, force
        return goal

    def position(self, result: Any) -> float:
        """See the protocol."""
        return float(result.position)


class ParallelGripperCommandAction:
    """control_msgs/ParallelGripperCommand, as parallel_gripper_action_controller serves it."""

    action_type = ParallelGripperCommand

    def __init__(self, robot: Robot) -> None:
        self._joint, self._action = robot.finger_joints[0], robot.gripper_action

    def goal(self, position: float, force: float) -> Any:
        """See the protocol. No velocity limit: the controller's own holds."""
        goal = ParallelGripperCommand.Goal()
        goal.command.name, goal.command.position, goal.command.effort = [self._joint], [position], [force]
        return goal

    def position(self, result: Any) -> float:
        """See the protocol."""
        positions = dict(zip(result.state.name, result.state.position, strict=False))
        if self._joint not in positions:
            raise GripperFailed(
                f"the result of {self._action} does not tell where joint '{self._joint}' stands; see whether "
                "finger_joints in the robot's file begins with the gripper controller's joint."
            )
        return float(positions[self._joint])


GRIPPER_ACTIONS: Mapping[str, Callable[[Robot], GripperAction]] = MappingProxyType(
    {"GripperCommand": GripperCommandAction, "ParallelGripperCommand": ParallelGripperCommandAction}
)


def make_gripper_action(robot: Robot) -> GripperAction:
    """The action that the robot's file names; raises UnknownNameError."""
    if robot.gripper_action_type not in GRIPPER_ACTIONS:
        raise UnknownNameError(
            f"robot '{robot.name}' has gripper_action_type '{robot.gripper_action_type}'; known: "
            f"{', '.join(GRIPPER_ACTIONS)}."
        )
    return GRIPPER_ACTIONS[robot.gripper_action_type](robot)
