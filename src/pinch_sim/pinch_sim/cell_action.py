# SPDX-License-Identifier: Apache-2.0
"""An action of the cell, whichever controller serves it.

Goals never block an executor thread: the cell's thread executes and completes them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import Any

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node

from pinch_core.errors import PinchError
from pinch_sim.cell import Cell
from pinch_sim.runner import CellRunner


class CellAction(ABC):
    """Server of one controller's action; :meth:`tick` is called by the cell's thread."""

    def __init__(self, node: Node, runner: CellRunner, action_type: Any, action_name: str) -> None:
        self._node = node
        self._runner = runner
        self._name = action_name
        self._current: ServerGoalHandle | None = None
        self._server = ActionServer(
            node, action_type, action_name, self._without_work,
            goal_callback=self._check, handle_accepted_callback=self._accept,
            cancel_callback=lambda _: CancelResponse.ACCEPT, callback_group=ReentrantCallbackGroup(),
        )  # fmt: skip

    def tick(self, cell: Cell, feedback: bool) -> None:
        """Forward a cancel request, and publish feedback."""
        handle = self._current
        if handle is None:
            return
        # Checked here and not in the cancel callback: rclpy changes the goal's state only after the callback.
        if handle.is_cancel_requested:
            self.cancel(cell)
        if feedback:
            handle.publish_feedback(self.feedback(cell))

    def close(self) -> None:
        """Stop serving."""
        self._server.destroy()

    @abstractmethod
    def checked(self, cell: Cell, goal: Any) -> Any:
        """The goal in the controller's terms. Raises PinchError: it cannot be followed."""

    @abstractmethod
    def start(self, cell: Cell, checked: Any, handle: ServerGoalHandle) -> None:
        """Let the controller follow it and call :meth:`complete` at its end."""

    @abstractmethod
    def cancel(self, cell: Cell) -> None:
        """Ask the controller to stop."""

    @abstractmethod
    def feedback(self, cell: Cell) -> Any:
        """The feedback message for now."""

    @abstractmethod
    def refusal(self, error: PinchError) -> Any:
        """The outcome of a goal that was accepted but can no longer be followed."""

    def reason(self, error: PinchError) -> str:
        """Log message of a rejected goal: clients get no error code for it."""
        return str(error)

    @abstractmethod
    def end(self, outcome: Any, handle: ServerGoalHandle) -> Any:
        """Set the goal's final state and return the result message."""

    def complete(self, handle: ServerGoalHandle, outcome: Any) -> None:
        """The controller has finished a goal."""
        if self._current is handle:
            self._current = None
        handle.execute(partial(self.end, outcome))

    def _check(self, goal: Any) -> GoalResponse:
        try:
            self._runner.call(lambda cell: self.checked(cell, goal))
        except PinchError as error:
            self._node.get_logger().error(f"{self._name} rejected a goal: {self.reason(error)}")
            return GoalResponse.REJECT
        return GoalResponse.ACCEPT

    def _accept(self, handle: ServerGoalHandle) -> None:
        def start(cell: Cell) -> None:
            # Checked again: the robot may have moved since.
            self.start(cell, self.checked(cell, handle.request), handle)
            self._current = handle

        try:
            self._runner.call(start)
        except PinchError as error:
            self.complete(handle, self.refusal(error))

    def _without_work(self, handle: ServerGoalHandle) -> Any:
        raise AssertionError("goals are completed by complete() alone")
