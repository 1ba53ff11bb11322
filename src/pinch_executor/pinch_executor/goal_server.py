# SPDX-License-Identifier: Apache-2.0
"""One action of the executor: one goal at a time over all actions, and every failure becomes a code and a
sentence.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Any

from pinch_interfaces.msg import ErrorCode
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup

from pinch_core.errors import PinchError
from pinch_executor.candidate import Candidate
from pinch_executor.devices import Attempt
from pinch_executor.errors import Busy, Cancelled, NotActive
from pinch_executor.state_board import StateBoard
from pinch_executor.waiter import Waiter
from pinch_ros.error_codes import error_code
from pinch_ros.lifecycle import PinchNode

# Far longer than the one call that it takes.
CANCEL_NOTED_S = 5.0


class OneAtATime:
    """What serves a goal is one: the robot. ``stop`` ends the goal under way, as a cancel would."""

    def __init__(self, node: PinchNode) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._serving = ""

    def claim(self, name: str) -> None:
        """Raises NotActive or Busy; otherwise :meth:`release` must follow."""
        if not self._node.is_active or self._stopping.is_set():
            raise NotActive("the grasp executor is not active; activate it (autostart does).")
        if not self._lock.acquire(blocking=False):
            raise Busy(f"'{self._serving}' is being served; wait for its end or cancel it.")
        self._serving = name

    def release(self) -> None:
        """The robot is free."""
        self._serving = ""
        self._lock.release()

    def check(self) -> None:
        """Raises Cancelled while the node stops."""
        if self._stopping.is_set():
            raise Cancelled("the grasp executor was deactivated, so the goal was stopped.")

    def stop(self, timeout: float) -> bool:
        """End the goal under way; whether it ended within ``timeout`` [s]."""
        self._stopping.set()
        try:
            ended = self._lock.acquire(timeout=timeout)
            if ended:
                self._lock.release()
            return ended
        finally:
            self._stopping.clear()


class GoalJob:
    """See :class:`~pinch_executor.devices.Job`: feedback to the client of one goal, and the latched state.

    ``candidate`` is the grasp that is tried; ``attempts`` counts from 1. ``watch`` raises when something is
    lost that the goal needs beside the robot.
    """

    def __init__(
        self,
        handle: ServerGoalHandle,
        robot: OneAtATime,
        board: StateBoard,
        feedback: Callable[[GoalJob], Any],
        record: Callable[[Attempt], None],
    ) -> None:
        self._record = record
        self._handle, self._robot, self._board, self._feedback = handle, robot, board, feedback
        self._cancelled = threading.Event()
        self.watch: Callable[[], None] = lambda: None
        self.current_stage = ""
        self.stages = 0
        self.attempts = 0
        self.candidate: Candidate | None = None

    def stage(self, name: str) -> None:
        """See the protocol."""
        self.check()
        self.current_stage = name
        self.stages += 1
        self._board.stage(name, self.attempts)
        self._publish()

    def attempt(self, number: int) -> None:
        """See the protocol."""
        self.attempts = number
        self.candidate = None

    def trying(self, candidate: Candidate) -> None:
        """See the protocol."""
        self.candidate = candidate
        self._publish()

    def attempted(self, attempt: Attempt) -> None:
        """See the protocol."""
        self._record(attempt)

    def is_of(self, handle: ServerGoalHandle) -> bool:
        """Whether this is the job of that goal."""
        return bool(handle == self._handle)

    def cancel(self) -> None:
        """From now on :meth:`check` raises."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the client asked to stop, maybe before the job began."""
        return self._cancelled.is_set() or bool(self._handle.is_cancel_requested)

    def check(self) -> None:
        """See the protocol."""
        if self.is_cancelled:
            raise Cancelled(f"the client cancelled the goal in stage '{self.current_stage or 'start'}'.")
        self._robot.check()
        self.watch()

    def _publish(self) -> None:
        self._handle.publish_feedback(self._feedback(self))


class GoalServer:
    """Serves one action type with ``serve(goal, result, job)``, which fills in the result and raises
    PinchError.
    """

    def __init__(
        self,
        node: PinchNode,
        action_type: Any,
        name: str,
        robot: OneAtATime,
        board: StateBoard,
        serve: Callable[[Any, Any, GoalJob], None],
        feedback: Callable[[GoalJob], Any],
        record: Callable[[Attempt], None],
        waiter: Waiter,
    ) -> None:
        self._record, self._waiter = record, waiter
        self._job: GoalJob | None = None
        self._node, self._type, self._name = node, action_type, name
        self._robot, self._board, self._serve, self._feedback = robot, board, serve, feedback
        self._server = ActionServer(
            node,
            action_type,
            f"~/{name}",
            self._execute,
            cancel_callback=self._cancel,
            callback_group=ReentrantCallbackGroup(),
        )

    def close(self) -> None:
        """Stop serving."""
        self._server.destroy()

    def _cancel(self, handle: ServerGoalHandle) -> CancelResponse:
        """Whoever waits for the robot looks at once, and cancels what is under way."""
        job = self._job
        if job is not None and job.is_of(handle):
            job.cancel()
            self._waiter.notify()
        return CancelResponse.ACCEPT

    def _execute(self, handle: ServerGoalHandle) -> Any:
        result = self._type.Result()
        try:
            self._robot.claim(self._name)
        except PinchError as error:
            result.error_code, result.error_msg = error_code(error), str(error)
            self._node.get_logger().warning(f"{self._name}: {error}")
            handle.abort()
            return result
        try:
            self._board.start(self._name)
            self._run(handle, result)
        finally:
            self._board.finish(result.error_code, result.error_msg)
            self._robot.release()
        return result

    def _run(self, handle: ServerGoalHandle, result: Any) -> None:
        self._job = job = GoalJob(handle, self._robot, self._board, self._feedback, self._record)
        try:
            self._serve(handle.request, result, job)
        except PinchError as error:
            result.error_code, result.error_msg = error_code(error), str(error)
            self._node.get_logger().warning(f"{self._name}, stage '{job.current_stage}': {error}")
        except Exception as error:
            result.error_code = ErrorCode.FAILURE
            result.error_msg = (
                f"unexpected {type(error).__name__} in stage '{job.current_stage}': {error}; see the log."
            )
            self._node.get_logger().error(f"{self._name}:\n{traceback.format_exc()}")
        finally:
            self._job = None
        if result.error_code == ErrorCode.PREEMPTED and job.is_cancelled:
            # rclpy notes the request only after the callback that told us of it.
            self._waiter.wait(lambda: handle.is_cancel_requested, CANCEL_NOTED_S, "the goal's cancelling")
            handle.canceled()
        elif result.error_code == ErrorCode.SUCCESS:
            handle.succeed()
        else:
            handle.abort()
