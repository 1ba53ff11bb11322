# SPDX-License-Identifier: Apache-2.0
"""With the node in the test's own process: lifecycle, parameters, continuous mode, cancel."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from action_msgs.msg import GoalStatus
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from pinch_interfaces.msg import ErrorCode, GraspArray
from planner_client import PlannerClient
from planner_scenes import box_scene, empty_table, goal_with, messages
from rclpy.parameter import Parameter

import pinch_gqcnn.planner as planner_module
from pinch_core.errors import ConfigError, NoObjectError
from pinch_core.planning.report import PlanCancelled
from pinch_gqcnn.node import GraspPlannerNode
from pinch_ros.conversions import stamp_to_ns
from pinch_ros.qos import LATCHED
from pinch_ros.testing import isolated_ros_domain, running, wait_until


@pytest.fixture(scope="module", autouse=True)
def domain() -> Iterator[None]:
    with isolated_ros_domain():
        yield


def planner(**parameters: Any) -> Any:
    overrides = [Parameter(name, value=value) for name, value in parameters.items()]
    return lambda context: GraspPlannerNode(context=context, parameter_overrides=overrides)


@pytest.fixture
def endless_planning(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Planning that goes on until it is told to stop; the event says that it has begun."""
    begun = threading.Event()

    def plan(*_: Any, should_stop: Any, **__: Any) -> Any:
        begun.set()
        while not should_stop():
            time.sleep(0.001)
        raise PlanCancelled("stopped.")

    monkeypatch.setattr(planner_module, "plan_grasps", plan)
    return begun


def test_cancel_stops_planning_and_the_next_goal_is_served(endless_planning: threading.Event) -> None:
    with running(planner(), PlannerClient) as (_, client):
        client.wait_for_planner()
        running_goal, waiting_goal = client.send(goal_with(box_scene())), client.send(goal_with(box_scene()))
        assert endless_planning.wait(20.0)
        endless_planning.clear()
        for handle in (running_goal, waiting_goal):
            handle.cancel_goal_async()
            status, result = client.result_of(handle)
            assert status == GoalStatus.STATUS_CANCELED
            assert result.error_code == ErrorCode.PREEMPTED


def test_goals_are_planned_in_the_order_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[int] = []
    all_sent = threading.Event()

    def plan(frame: Any, gripper: Any, config: Any, *_: Any, **__: Any) -> Any:
        assert all_sent.wait(20.0)
        planned.append(config.max_grasps)
        raise NoObjectError("nothing.")

    monkeypatch.setattr(planner_module, "plan_grasps", plan)
    with running(planner(), PlannerClient) as (_, client):
        client.wait_for_planner()
        handles = [client.send(goal_with(box_scene(), max_grasps=n)) for n in range(1, 6)]
        all_sent.set()
        assert {client.result_of(handle)[1].error_code for handle in handles} == {ErrorCode.NO_OBJECT}
    assert planned == [1, 2, 3, 4, 5]


def test_deactivating_ends_the_goal_and_an_inactive_node_says_so(endless_planning: threading.Event) -> None:
    with running(planner(), PlannerClient) as (node, client):
        client.wait_for_planner()
        handle = client.send(goal_with(box_scene()))
        assert endless_planning.wait(20.0)
        node.trigger_deactivate()
        _, result = client.result_of(handle)
        assert result.error_code == ErrorCode.NOT_ACTIVE
        assert client.ask(goal_with(box_scene())).error_code == ErrorCode.NOT_ACTIVE


def test_more_goals_than_may_wait_are_rejected(endless_planning: threading.Event) -> None:
    with running(planner(max_queued_goals=1), PlannerClient) as (_, client):
        client.wait_for_planner()
        handles = [client.send(goal_with(box_scene())) for _ in range(3)]
        assert [handle.accepted for handle in handles] == [True, True, False]
        for handle in handles[:2]:
            handle.cancel_goal_async()
            client.result_of(handle)


def test_an_unexpected_error_is_an_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(planner_module, "plan_grasps", broken)
    with running(planner(), PlannerClient) as (_, client):
        client.wait_for_planner()
        for _ in range(2):
            result = client.ask(goal_with(box_scene()))
            assert (result.error_code, result.error_msg) == (ErrorCode.FAILURE, "a bug")


def test_continuous_planning_publishes_for_new_frames_and_outlives_bad_ones() -> None:
    with running(planner(continuous=True), PlannerClient) as (node, client):
        client.wait_for_planner()
        seen: list[GraspArray] = []
        client.create_subscription(GraspArray, "/grasp_planner/grasps", seen.append, LATCHED)
        for depth in (box_scene(), empty_table(), box_scene()):
            stamp = client.now_ns()
            image, info = messages(depth, stamp)

            def published(image: Any = image, info: Any = info, stamp: int = stamp) -> bool:
                client.publish(image, info)
                return any(stamp_to_ns(array.header.stamp) == stamp for array in seen)

            if depth.min() < 0.69:
                wait_until(published, "a plan for a frame")
            else:
                client.publish(image, info)
        assert seen[-1].grasps
        assert node.set_parameters([Parameter("continuous", value=False)])[0].successful
        count = len(seen)
        client.publish(*messages(box_scene(), client.now_ns()))
        # A goal that is served afterwards shows that the frame was there and was not planned on.
        assert client.ask(goal_with(box_scene())).error_code == 0
        wait_until(lambda: len(seen) > count, "the plan of the goal")
        assert len(seen) == count + 1


def test_settings_change_while_running_and_bad_ones_are_refused() -> None:
    with running(planner(), PlannerClient) as (node, client):
        client.wait_for_planner()
        assert client.ask(goal_with(box_scene())).error_code == 0
        assert node.set_parameters([Parameter("min_quality", value=1.0)])[0].successful
        assert client.ask(goal_with(box_scene())).error_code == ErrorCode.NO_GRASP_FOUND
        for name, value, says in (
            ("gripper", "tweezers", "'tweezers'"),
            ("policy", "oracle", "'oracle'"),
            ("max_grasps", 0, "max_grasps"),
            ("workspace.enabled", True, "base_frame"),
        ):
            result = node.set_parameters([Parameter(name, value=value)])[0]
            assert not result.successful
            assert says in result.reason


def test_a_node_with_an_unknown_gripper_does_not_start() -> None:
    with pytest.raises(Exception, match="'tweezers'"), running(planner(gripper="tweezers")):
        pass


def test_a_workspace_without_base_frame_does_not_start() -> None:
    with pytest.raises(ConfigError, match="base_frame"), running(planner(**{"workspace.enabled": True})):
        pass


def test_diagnostics_report_a_silent_camera_in_continuous_mode_and_the_last_failure() -> None:
    with running(planner(continuous=True), PlannerClient) as (_, client):
        statuses: list[DiagnosticStatus] = []
        client.create_subscription(DiagnosticArray, "/diagnostics", lambda m: statuses.extend(m.status), 10)
        wait_until(lambda: any(s.level == DiagnosticStatus.ERROR for s in statuses), "the report of silence")
        assert "/depth/image_rect" in statuses[-1].message
        values = {pair.key: pair.value for pair in statuses[-1].values}
        assert (values["gripper"], values["policy"], values["frames"]) == ("panda", "igq", "0")
