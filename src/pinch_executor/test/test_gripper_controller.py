# SPDX-License-Identifier: Apache-2.0
"""One contract for both gripper actions, over DDS with a gripper that answers as the test says."""

from __future__ import annotations

import dataclasses
import threading
import time

import pytest
from control_msgs.action import GripperCommand, ParallelGripperCommand
from executor_fakes import ROBOT
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node

from pinch_core.errors import UnknownNameError
from pinch_executor.errors import Cancelled, GripperFailed
from pinch_executor.executor_config import TimeoutConfig
from pinch_executor.parallel_jaw.gripper_actions import (
    GRIPPER_ACTIONS,
    ParallelGripperCommandAction,
    make_gripper_action,
)
from pinch_executor.parallel_jaw.gripper_controller import GripperController
from pinch_executor.waiter import Waiter
from pinch_ros.testing import isolated_ros_domain, running, wait_until

TYPES = {"GripperCommand": GripperCommand, "ParallelGripperCommand": ParallelGripperCommand}
TIMEOUTS = TimeoutConfig(server=45.0, gripper=0.5, stop=2.0)


class Driver(Node):
    """``stops_at`` [joint units]: where the fingers end; ``answers``: what is done with each goal."""

    def __init__(self, action: str, **kwargs) -> None:
        super().__init__("gripper_driver", **kwargs)
        self.parallel = action == "ParallelGripperCommand"
        self.accepts, self.succeeds, self.stalled, self.silent = True, True, False, False
        self.stops_at = 0.0
        self.commands: list[tuple[float, float]] = []
        self.cancelled = threading.Event()
        self._server = ActionServer(
            self,
            TYPES[action],
            ROBOT.gripper_action,
            self._serve,
            goal_callback=lambda _: GoalResponse.ACCEPT if self.accepts else GoalResponse.REJECT,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
            callback_group=ReentrantCallbackGroup(),
        )

    def _serve(self, handle):
        command = handle.request.command
        if self.parallel:
            assert list(command.name) == [ROBOT.finger_joints[0]] and not command.velocity
            self.commands.append((command.position[0], command.effort[0]))
            result = ParallelGripperCommand.Result(stalled=self.stalled, reached_goal=not self.stalled)
            result.state.name, result.state.position = [ROBOT.finger_joints[0]], [self.stops_at]
        else:
            self.commands.append((command.position, command.max_effort))
            result = GripperCommand.Result(
                position=self.stops_at, stalled=self.stalled, reached_goal=not self.stalled
            )
        if self.silent:
            wait_until(lambda: handle.is_cancel_requested or not self.silent, "the cancellation")
        if handle.is_cancel_requested:
            self.cancelled.set()
            handle.canceled()
            return result
        handle.succeed() if self.succeeds else handle.abort()
        return result


@pytest.fixture(scope="module", params=sorted(GRIPPER_ACTIONS))
def gripper(request):
    robot = dataclasses.replace(ROBOT, gripper_action_type=request.param)
    with (
        isolated_ros_domain(),
        running(
            lambda **kwargs: Driver(request.param, **kwargs), lambda **kwargs: Node("client", **kwargs)
        ) as (driver, client),
    ):
        waiter = Waiter(time.monotonic, clock_silence=10.0)
        controller = GripperController(client, robot, None, waiter, TIMEOUTS)
        yield driver, controller
        controller.close()


@pytest.fixture
def hand(gripper):
    driver, controller = gripper
    driver.accepts, driver.succeeds, driver.stalled, driver.silent = True, True, False, False
    driver.commands.clear()
    driver.cancelled.clear()
    return driver, controller


def go(controller, opening=0.06, watch=lambda: None):
    return controller.move(opening, 25.0, watch)


def test_opening_and_force_go_out_in_the_joints_unit_and_come_back_in_metres(hand):
    driver, controller = hand
    driver.stops_at = 0.03
    state = go(controller)
    assert driver.commands == [(pytest.approx(0.03), 25.0)]
    assert state.opening == pytest.approx(0.06) and not state.stalled


@pytest.mark.parametrize("succeeds", [True, False])
def test_a_stall_is_an_answer_whether_the_controller_calls_it_success_or_not(hand, succeeds):
    driver, controller = hand
    driver.stops_at, driver.stalled, driver.succeeds = 0.01, True, succeeds
    state = go(controller, 0.0)
    assert state.opening == pytest.approx(0.02) and state.stalled


def test_an_abort_without_a_stall_and_a_rejection_are_failures(hand):
    driver, controller = hand
    driver.succeeds = False
    with pytest.raises(GripperFailed, match=ROBOT.gripper_action):
        go(controller)
    driver.accepts = False
    with pytest.raises(GripperFailed, match="rejected"):
        go(controller)


def test_a_gripper_that_does_not_answer_is_cancelled_and_a_failure(hand):
    driver, controller = hand
    driver.silent = True
    with pytest.raises(GripperFailed):
        go(controller)
    assert driver.cancelled.is_set()


def test_cancelling_stops_the_fingers(hand):
    driver, controller = hand
    driver.silent = True

    def watch() -> None:
        if driver.commands:
            raise Cancelled("the client cancelled.")

    with pytest.raises(Cancelled):
        go(controller, watch=watch)
    assert driver.cancelled.is_set()


def test_a_result_about_another_joint_is_told():
    result = ParallelGripperCommand.Result()
    result.state.name, result.state.position = ["another"], [0.01]
    with pytest.raises(GripperFailed, match="finger_joints"):
        ParallelGripperCommandAction(ROBOT).position(result)


def test_an_unknown_action_type_is_refused_with_those_that_are_known():
    with pytest.raises(UnknownNameError, match="GripperCommand, ParallelGripperCommand"):
        make_gripper_action(dataclasses.replace(ROBOT, gripper_action_type="Vacuum"))
