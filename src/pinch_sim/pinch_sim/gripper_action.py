# SPDX-License-Identifier: Apache-2.0
"""The GripperCommand action of the gripper."""

from __future__ import annotations

from functools import partial
from typing import Any

from control_msgs.action import GripperCommand
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node

from pinch_core.errors import PinchError
from pinch_sim.cell import Cell
from pinch_sim.cell_action import CellAction
from pinch_sim.gripper_controller import GripperGoal, GripperOutcome, GripperState
from pinch_sim.runner import CellRunner


class GripperAction(CellAction):
    """The gripper controller's GripperCommand."""

    def __init__(self, node: Node, runner: CellRunner, action_name: str) -> None:
        super().__init__(node, runner, GripperCommand, action_name)

    def checked(self, cell: Cell, goal: GripperCommand.Goal) -> GripperGoal:
        return cell.gripper.check(goal.command.position, goal.command.max_effort)

    def start(self, cell: Cell, checked: GripperGoal, handle: ServerGoalHandle) -> None:
        cell.gripper.start(checked, cell.time_ns, partial(self.complete, handle))

    def cancel(self, cell: Cell) -> None:
        cell.gripper.cancel()

    def feedback(self, cell: Cell) -> GripperCommand.Feedback:
        return _filled(GripperCommand.Feedback(), cell.gripper.state)

    def refusal(self, error: PinchError) -> GripperOutcome:
        return GripperOutcome(GripperState(0.0, 0.0, False, False), succeeded=False)

    def end(self, outcome: GripperOutcome, handle: ServerGoalHandle) -> GripperCommand.Result:
        if outcome.cancelled:
            handle.canceled()
        elif outcome.succeeded:
            handle.succeed()
        else:
            handle.abort()
        return _filled(GripperCommand.Result(), outcome.state)


def _filled(message: Any, state: GripperState) -> Any:
    message.position, message.effort = state.position, state.effort
    message.stalled, message.reached_goal = state.stalled, state.reached_goal
    return message
