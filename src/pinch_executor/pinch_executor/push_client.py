# SPDX-License-Identifier: Apache-2.0
"""Pushes from the grasp planner's action."""

from __future__ import annotations

from collections.abc import Callable

from pinch_interfaces.action import PlanPush
from pinch_interfaces.msg import ErrorCode
from rclpy.node import Node

from pinch_executor.action_call import ActionCaller
from pinch_executor.errors import GraspPlannerFailed, NotStopped
from pinch_executor.executor_config import TimeoutConfig
from pinch_executor.waiter import Waiter

# No push is an answer: it does not help, or nothing is there to be pushed.
NO_PUSH = (ErrorCode.NO_PUSH_FOUND, ErrorCode.NO_OBJECT)


class PushClient:
    """Asks one PlanPush action."""

    def __init__(self, node: Node, name: str, waiter: Waiter, timeouts: TimeoutConfig) -> None:
        self._timeout = timeouts.plan_grasps
        self._action = ActionCaller(node, PlanPush, name, waiter, timeouts.server, timeouts.stop)

    def plan(self, goal: PlanPush.Goal, watch: Callable[[], None]) -> PlanPush.Result | None:
        """The answer with the best push, None where none helps.

        Raises:
            GraspPlannerFailed: the planner answered with another error.
            ServerUnavailable: nobody plans pushes.
        """
        try:
            _, result = self._action.call(goal, self._timeout, watch)
        except NotStopped as error:
            # A planner moves nothing: what counts is why it was given up.
            raise (error.reason or error) from error
        if result.error_code in NO_PUSH:
            return None
        if result.error_code != ErrorCode.SUCCESS:
            raise GraspPlannerFailed(
                result.error_msg or f"{self._action.name} gave no reason.", result.error_code
            )
        return result

    def close(self) -> None:
        """Free the action client."""
        self._action.close()
