# SPDX-License-Identifier: Apache-2.0
"""An action client whose answers are not lost when other threads spin the node."""

from __future__ import annotations

import threading
from typing import Any

from rclpy import action
from rclpy.action.client import ClientGoalHandle
from rclpy.node import Node
from rclpy.task import Future


class ActionClient(action.ActionClient):
    """rclpy's client, made safe for an executor in another thread.

    rclpy (7.1) sends a request first and notes its number afterwards. An executor in another thread may take
    the answer in between, does not know the number, and drops it: the future never completes. Here an answer
    waits until the sender has noted what it sent.
    """

    def __init__(self, node: Node, action_type: Any, action_name: str, **kwargs: Any) -> None:
        # Before the base class, which makes the client known to the executor.
        self._sending = threading.Lock()
        super().__init__(node, action_type, action_name, **kwargs)

    def send_goal_async(self, goal: Any, feedback_callback: Any = None, goal_uuid: Any = None) -> Future:
        with self._sending:
            sent: Future = super().send_goal_async(goal, feedback_callback, goal_uuid)
            return sent

    def _cancel_goal_async(self, goal_handle: ClientGoalHandle) -> Future:
        with self._sending:
            sent: Future = super()._cancel_goal_async(goal_handle)
            return sent

    def _get_result_async(self, goal_handle: ClientGoalHandle) -> Future:
        with self._sending:
            sent: Future = super()._get_result_async(goal_handle)
            return sent

    async def execute(self, taken_data: dict[str, Any]) -> None:
        with self._sending:
            pass  # what is being sent is noted now
        await super().execute(taken_data)
