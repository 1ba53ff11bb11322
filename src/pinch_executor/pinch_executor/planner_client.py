# SPDX-License-Identifier: Apache-2.0
"""Grasps from the grasp planner's action."""

from __future__ import annotations

from collections.abc import Callable

from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import ErrorCode, Grasp
from rclpy.node import Node

from pinch_executor.action_call import ActionCaller
from pinch_executor.errors import (
    ControllerFailed,
    GraspPlannerFailed,
    GraspPlannerLost,
    NotStopped,
    ServerUnavailable,
)
from pinch_executor.executor_config import TimeoutConfig
from pinch_executor.waiter import Waiter


class PlannerClient:
    """Asks one PlanGrasps action."""

    def __init__(self, node: Node, name: str, waiter: Waiter, timeouts: TimeoutConfig) -> None:
        self._timeout = timeouts.plan_grasps
        self._action = ActionCaller(node, PlanGrasps, name, waiter, timeouts.server, timeouts.stop)

    def plan(self, goal: PlanGrasps.Goal, watch: Callable[[], None]) -> PlanGrasps.Result:
        """The planner's answer, be it an error; :meth:`grasps_of` judges it.

        Raises:
            GraspPlannerFailed: it took no goal.
        """
        try:
            _, result = self._action.call(goal, self._timeout, watch)
        except ControllerFailed as error:
            raise GraspPlannerFailed(str(error), ErrorCode.COMMUNICATION_FAILURE) from error
        except NotStopped as error:
            # A planner moves nothing: what counts is why it was given up.
            raise (error.reason or error) from error
        assert isinstance(result, PlanGrasps.Result)
        return result

    def grasps_of(self, result: PlanGrasps.Result) -> list[Grasp]:
        """Grasps, best first.

        Raises:
            GraspPlannerFailed: the planner answered with an error, or with no grasp.
        """
        if result.error_code != ErrorCode.SUCCESS:
            raise GraspPlannerFailed(
                result.error_msg or f"{self._action.name} gave no reason.", result.error_code
            )
        if not result.grasps.grasps:
            raise GraspPlannerFailed(
                f"{self._action.name} found no grasp and gave no reason.", ErrorCode.NO_GRASP_FOUND
            )
        return list(result.grasps.grasps)

    def watch(self) -> Callable[[], None]:
        """Called again and again it raises GraspPlannerLost once the planner has gone."""
        has_server = self._action.server_watch()

        def watch() -> None:
            try:
                has_server()
            except ServerUnavailable as error:
                raise GraspPlannerLost(str(error)) from error

        return watch

    def close(self) -> None:
        """Free the action client."""
        self._action.close()
