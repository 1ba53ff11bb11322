# SPDX-License-Identifier: Apache-2.0
"""One action goal, from sending to its end: waited for, watched, and cancelled when the wait ends early."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from action_msgs.msg import GoalStatus
from action_msgs.srv import CancelGoal
from rclpy.action import get_action_names_and_types
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node

from pinch_executor.errors import GoalRejected, NotStopped, ServerUnavailable, TimedOut
from pinch_executor.waiter import Waiter
from pinch_ros.action_client import ActionClient

# DDS discovery counts a server's endpoints one by one: while another participant with the same names leaves,
# a server that stays can look gone for a moment. One that is gone stays gone.
GONE_AFTER_S = 0.5


class ActionCaller:
    """Calls one action. Blocks the calling thread, so other threads must serve the node."""

    def __init__(
        self,
        node: Node,
        action_type: Any,
        name: str,
        waiter: Waiter,
        server_timeout: float,
        stop_timeout: float,
    ) -> None:
        # In full: which robot's, where there are several.
        self.name = node.resolve_service_name(name)
        self._node, self._waiter = node, waiter
        self._server_timeout, self._stop_timeout = server_timeout, stop_timeout
        self._type = f"{action_type.__module__.split('.')[0]}/action/{action_type.__name__}"
        group = ReentrantCallbackGroup()
        self._client = ActionClient(node, action_type, name, callback_group=group)
        self._cancel_client = node.create_client(
            CancelGoal, f"{name}/_action/cancel_goal", callback_group=group
        )

    def call(self, goal: Any, timeout: float, watch: Callable[[], None]) -> tuple[int, Any]:
        """(status, result) of the goal; when ``watch`` raises or time runs out, the goal is cancelled first.

        Raises:
            ServerUnavailable: there is no server, or it does not answer.
            GoalRejected: it did not take the goal.
            TimedOut: no result within ``timeout`` [s].
            NotStopped: the server did not confirm the cancellation.
        """
        if not self._client.server_is_ready() and not self._client.wait_for_server(self._server_timeout):
            raise ServerUnavailable(self._why_no_server())
        sent = self._client.send_goal_async(goal)
        sent.add_done_callback(self._waiter.notify)
        try:
            self._waiter.wait(sent.done, self._server_timeout, f"an answer of {self.name}", (watch,))
        except BaseException as reason:
            self._cancel_when_accepted(sent, reason)
            raise
        handle = sent.result()
        if not handle.accepted:
            raise GoalRejected(f"{self.name} rejected the goal; see its log.")
        result = handle.get_result_async()
        result.add_done_callback(self._waiter.notify)
        try:
            self._waiter.wait(result.done, timeout, self.name, (watch, self.server_watch()))
        except BaseException as reason:
            self._cancel(handle, result, reason)
            raise
        response = result.result()
        if response.status == GoalStatus.STATUS_UNKNOWN:
            raise ServerUnavailable(f"{self.name} forgot the goal; see whether its node was restarted.")
        return response.status, response.result

    def cancel_all(self) -> None:
        """Cancel every goal of the server, whoever sent it."""
        if not self._cancel_client.service_is_ready() and not self._cancel_client.wait_for_service(
            self._server_timeout
        ):
            raise ServerUnavailable(self._why_no_server())
        # An empty goal id and stamp mean all goals (action_msgs/CancelGoal).
        answer = self._cancel_client.call_async(CancelGoal.Request())
        answer.add_done_callback(self._waiter.notify)
        self._waiter.wait(answer.done, self._stop_timeout, f"cancelling at {self.name}")

    def server_watch(self) -> Callable[[], None]:
        """Raises ServerUnavailable once the server has been away for GONE_AFTER_S of wall time on end."""
        seen = time.monotonic()

        def watch() -> None:
            nonlocal seen
            now = time.monotonic()
            if self._client.server_is_ready():
                seen = now
            elif now - seen > GONE_AFTER_S:
                raise ServerUnavailable(
                    f"the server of {self.name} has gone; restart its node and call ~/recover."
                )

        return watch

    def close(self) -> None:
        """Free the client."""
        self._client.destroy()
        self._node.destroy_client(self._cancel_client)

    def _why_no_server(self) -> str:
        served = [
            (name, types) for name, types in get_action_names_and_types(self._node) if self._has_server(name)
        ]
        alike = sorted(name for name, types in served if self._type in types and name != self.name)
        elsewhere = f" ({self._type} is served as {', '.join(alike)})" if alike else ""
        remedy = f"; start its node{', or correct the name of the action' if alike else ''}."
        return f"{self.name} has no server after {self._server_timeout:g} s{elsewhere}{remedy}"

    def _has_server(self, action: str) -> bool:
        return any(
            name == f"{action}/_action/send_goal" for name, _ in self._node.get_service_names_and_types()
        )

    def _cancel_when_accepted(self, sent: Any, reason: BaseException) -> None:
        try:
            self._waiter.wait(sent.done, self._stop_timeout, f"an answer of {self.name}")
        except TimedOut as error:
            # Should it be accepted later all the same, it is cancelled then.
            sent.add_done_callback(
                lambda late: late.result().cancel_goal_async() if late.result().accepted else None
            )
            raise NotStopped(
                f"{self.name} did not answer, so it may still move ({_clause(reason)}); stop it by hand.",
                reason,
            ) from error
        handle = sent.result()
        if handle.accepted:
            self._cancel(handle, handle.get_result_async(), reason)

    def _cancel(self, handle: Any, result: Any, reason: BaseException) -> None:
        handle.cancel_goal_async()
        result.add_done_callback(self._waiter.notify)
        try:
            self._waiter.wait(result.done, self._stop_timeout, f"stopping {self.name}")
        except TimedOut as error:
            raise NotStopped(
                f"{self.name} did not confirm that it stopped ({_clause(reason)}); stop it by hand.",
                reason,
            ) from error


def _clause(reason: BaseException) -> str:
    """The first half of a sentence, for quoting it inside another."""
    return str(reason).split(";")[0].rstrip(".")
