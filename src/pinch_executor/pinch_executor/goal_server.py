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
from pinch_executor.errors import Busy, Cancelled, NotActive
from pinch_executor.job import Job
from pinch_executor.state_board import StateBoard
from pinch_executor.waiter import Waiter
from pinch_ros.error_codes import error_code, error_sentence
from pinch_ros.lifecycle import PinchNode

# A job from what ends it (must_stop) and what hears of it (tell); see Job.
JobMaker = Callable[[Callable[[Job], None], Callable[[Job], None]], Job]
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


class _Goal:
    """One goal of a client: whether it asked to stop, maybe before the job began."""

    def __init__(self, handle: ServerGoalHandle) -> None:
        self.handle = handle
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """From now on the goal is to end."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the client asked to stop."""
        return self._cancelled.is_set() or bool(self.handle.is_cancel_requested)


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
        serve: Callable[[Any, Any, Job], None],
        feedback: Callable[[Job], Any],
        make_job: JobMaker,
        waiter: Waiter,
    ) -> None:
        """``feedback``: the action's feedback message for where a job stands."""
        self._make_job, self._waiter = make_job, waiter
        self._goal: _Goal | None = None
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
        goal = self._goal
        if goal is not None and goal.handle == handle:
            goal.cancel()
            self._waiter.notify()
        return CancelResponse.ACCEPT

    def _execute(self, handle: ServerGoalHandle) -> Any:
        result = self._type.Result()
        try:
            self._robot.claim(self._name)
        except PinchError as error:
            result.error_code, result.error_msg = error_code(error), error_sentence(error)
            self._node.get_logger().warning(f"{self._name}: {result.error_msg}")
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
        self._goal = goal = _Goal(handle)

        def must_stop(job: Job) -> None:
            if goal.is_cancelled:
                raise Cancelled(f"the client cancelled the goal in stage '{job.current_stage or 'start'}'.")
            self._robot.check()

        def tell(job: Job) -> None:
            self._board.stage(job.current_stage, job.attempts)
            handle.publish_feedback(self._feedback(job))

        job = self._make_job(must_stop, tell)
        try:
            self._serve(handle.request, result, job)
        except PinchError as error:
            result.error_code, result.error_msg = error_code(error), error_sentence(error)
            self._node.get_logger().warning(f"{self._name}, stage '{job.current_stage}': {result.error_msg}")
        except Exception as error:
            result.error_code = ErrorCode.FAILURE
            result.error_msg = (
                f"unexpected {type(error).__name__} in stage '{job.current_stage}': {error}; see the log."
            )
            self._node.get_logger().error(f"{self._name}:\n{traceback.format_exc()}")
        finally:
            self._goal = None
        if result.error_code == ErrorCode.PREEMPTED and goal.is_cancelled:
            # rclpy notes the request only after the callback that told us of it.
            self._waiter.wait(lambda: handle.is_cancel_requested, CANCEL_NOTED_S, "the goal's cancelling")
            handle.canceled()
        elif result.error_code == ErrorCode.SUCCESS:
            handle.succeed()
        else:
            handle.abort()
