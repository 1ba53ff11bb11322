# SPDX-License-Identifier: Apache-2.0
"""With the node in the test's own process: lifecycle, parameters, continuous mode, cancel."""

from __future__ import annotations

import math
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rclpy
from action_msgs.msg import GoalStatus
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import DepthFormat, ErrorCode, GraspArray
from planner_client import PlannerClient
from planner_process import planner_process
from planner_scenes import (
    FRAME_ID,
    TABLE_M,
    box_scene,
    empty_table,
    goal_with,
    in_tenths_of_millimetres,
    messages,
)
from rclpy.context import Context
from rclpy.parameter import Parameter
from visualization_msgs.msg import MarkerArray

import pinch_gqcnn.planner as planner_module
from pinch_core.errors import ConfigError, NoObjectError, PinchError
from pinch_core.geometry.transform import Transform
from pinch_core.networks.errors import DamagedWeightsError, NetworkError
from pinch_core.networks.pretrained import find_network
from pinch_core.planning.report import PlanCancelled
from pinch_gqcnn.goal_queue import GoalQueue
from pinch_gqcnn.node import GraspPlannerNode
from pinch_ros.conversions import stamp_to_ns, transform_to_message
from pinch_ros.qos import LATCHED
from pinch_ros.testing import isolated_ros_domain, running, wait_until
from tf2_ros import StaticTransformBroadcaster


# One a test: what a node leaves behind in DDS must not be taken for a part of the next one.
@pytest.fixture(autouse=True)
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


def test_a_goal_says_how_its_image_is_stored() -> None:
    goal = in_tenths_of_millimetres(DepthFormat(scale=1e-4))
    with running(planner(), PlannerClient) as (_, client):
        client.wait_for_planner()
        metres = client.ask(goal_with(box_scene()))
        tenths = client.ask(goal)
    assert metres.error_code == tenths.error_code == ErrorCode.SUCCESS
    best, same = tenths.grasps.grasps[0], metres.grasps.grasps[0]
    assert (best.depth, best.width) == pytest.approx((same.depth, same.width), abs=1e-3)
    report = tenths.grasps.report
    assert dict(zip(report.no_return_reasons, report.no_return_counts, strict=True)) == {
        "stored as 65535": 320
    }


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


def test_a_frame_taken_as_soon_as_a_goal_is_accepted_is_new_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    put = GoalQueue.put
    published = threading.Event()

    def late(*arguments: Any, **named: Any) -> None:
        assert published.wait(20.0)  # a busy machine: the client knows long before the queue does
        put(*arguments, **named)

    with running(planner(frame_timeout=20.0), PlannerClient) as (_, client):
        client.wait_for_planner()
        monkeypatch.setattr(GoalQueue, "put", late)
        handle = client.send(PlanGrasps.Goal())
        client.publish(*messages(box_scene(), client.now_ns()))
        published.set()
        _, result = client.result_of(handle)
        assert result.error_code == 0, result.error_msg


def test_more_goals_than_may_wait_are_rejected(endless_planning: threading.Event) -> None:
    with running(planner(max_queued_goals=1), PlannerClient) as (_, client):
        client.wait_for_planner()
        handles = [client.send(goal_with(box_scene())) for _ in range(3)]
        assert [handle.accepted for handle in handles] == [True, True, False]
        for handle in handles[:2]:
            handle.cancel_goal_async()
            client.result_of(handle)


def test_with_preempt_a_new_goal_takes_the_place_of_those_before(endless_planning: threading.Event) -> None:
    with running(planner(preempt=True, max_queued_goals=0), PlannerClient) as (_, client):
        client.wait_for_planner()
        first = client.send(goal_with(box_scene()))
        assert endless_planning.wait(20.0)
        second, third = client.send(goal_with(box_scene())), client.send(goal_with(box_scene()))
        for handle in (first, second):
            status, result = client.result_of(handle)
            assert status == GoalStatus.STATUS_ABORTED
            assert result.error_code == ErrorCode.PREEMPTED
            assert "a later goal took its place" in result.error_msg
        third.cancel_goal_async()
        assert client.result_of(third)[0] == GoalStatus.STATUS_CANCELED


def test_a_model_whose_file_is_gone_goes_on_serving_and_is_not_loaded_again(tmp_path: Path) -> None:
    mine = tmp_path / "mine.safetensors"
    shutil.copy(find_network("compact_85mm"), mine)
    with running(planner(models=[str(mine), "auto"]), PlannerClient) as (node, client):
        client.wait_for_planner()
        mine.unlink()
        for model in ("", "mine", "compact_85mm"):
            assert client.ask(goal_with(box_scene(), model=model)).error_code == 0
        # Settings that have nothing to do with it can still be changed.
        assert node.set_parameters([Parameter("seed", value=3)])[0].successful
        assert node.set_parameters([Parameter("models", value=["auto"])])[0].successful
        refused = node.set_parameters([Parameter("models", value=[str(mine)])])[0]
        assert (
            not refused.successful and "mine.safetensors' is neither a file nor a network" in refused.reason
        )
        assert client.ask(goal_with(box_scene(), model="mine")).error_code == ErrorCode.MODEL_INVALID
        assert client.ask(goal_with(box_scene())).error_code == 0


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"nothing of the kind", NetworkError), (b"\x40" + bytes(7) + b'{"format":', DamagedWeightsError)],
)
def test_a_file_that_is_no_network_does_not_start_the_node(
    tmp_path: Path, content: bytes, error: type[PinchError]
) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(content)
    with (
        pytest.raises(error, match=r"broken\.safetensors"),
        running(planner(models=[str(broken)])),
    ):
        pass


def test_the_table_can_come_from_tf() -> None:
    """A table that no plane of the image shows: half a metre lower than what is seen."""
    T_cam_floor = Transform.from_rpy((math.pi, 0.0, 0.0), (0.0, 0.0, TABLE_M + 0.1))
    with running(planner(table_frame="floor", table_height=0.1, tf_timeout=0.3), PlannerClient) as (
        _,
        client,
    ):
        client.wait_for_planner()
        missing = client.ask(goal_with(box_scene()))
        assert missing.error_code == ErrorCode.FRAME_TRANSFORM_FAILURE and "'floor'" in missing.error_msg
        broadcaster = StaticTransformBroadcaster(client)
        broadcaster.sendTransform(transform_to_message(T_cam_floor, 0, FRAME_ID, "floor"))

        def is_planned() -> bool:
            return client.ask(goal_with(box_scene())).error_code == 0

        wait_until(is_planned, "the transform to arrive")
        # With the table where it is, a cover over half of it is no object but one 3 cm high.
        covered = np.minimum(box_scene(), np.where(np.arange(320) < 200, TABLE_M - 0.03, TABLE_M)).astype(
            np.float32
        )
        found = client.ask(goal_with(covered))
        assert found.error_code == ErrorCode.NO_OBJECT, found.error_msg
        assert client.ask(goal_with(box_scene())).error_code == 0


def test_the_workspace_limits_the_grasps_and_is_drawn_in_the_base_frame() -> None:
    """Two boxes, one of them in the workspace; the base looks at the table from where the camera does."""
    depth = box_scene()
    depth[:, 160:] = np.roll(depth, 80, axis=1)[:, 160:]
    parameters = {
        "base_frame": "base",
        "workspace.enabled": True,
        "workspace.lower": [-0.1, -0.2, 0.5],
        "workspace.upper": [0.05, 0.2, 0.8],
        "max_grasps": 20,
    }
    with running(planner(**parameters), PlannerClient) as (_, client):
        client.wait_for_planner()
        broadcaster = StaticTransformBroadcaster(client)
        broadcaster.sendTransform(transform_to_message(Transform.identity(), 0, "base", FRAME_ID))
        seen: list[MarkerArray] = []
        client.create_subscription(MarkerArray, "/grasp_planner/markers", seen.append, LATCHED)

        def is_planned() -> bool:
            return client.ask(goal_with(depth, max_grasps=20)).error_code == 0

        wait_until(is_planned, "the transform to arrive")
        found = client.ask(goal_with(depth, max_grasps=20)).grasps
        assert found.grasps and all(grasp.pose.position.x < 0.05 for grasp in found.grasps)
        wait_until(lambda: seen, "the markers")
        (box,) = (marker for marker in seen[-1].markers if marker.ns == "workspace")
        assert box.header.frame_id == "base"
        assert (box.pose.position.x, box.scale.x) == pytest.approx((-0.025, 0.15))


def test_a_planner_killed_in_mid_goal_is_seen_by_its_client() -> None:
    # In a domain of its own, where no planner of another test lingers.
    with isolated_ros_domain(), running(PlannerClient) as (client,):
        assert isinstance(client, PlannerClient)
        with planner_process("-p", "frame_timeout:=60.0") as process:
            client.wait_for_planner()
            handle = client.send(PlanGrasps.Goal())  # waits for a frame that never comes
            result = handle.get_result_async()
            process.kill()
            process.wait()
            wait_until(
                lambda: not client.action.server_is_ready(), "the planner to be missed", timeout_s=90.0
            )
            assert not result.done()


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
            ("models", ["nowhere"], "'nowhere'"),
            ("max_grasps", 0, "max_grasps"),
            ("workspace.enabled", True, "base_frame"),
        ):
            result = node.set_parameters([Parameter(name, value=value)])[0]
            assert not result.successful
            assert says in result.reason


@pytest.mark.parametrize("old", ["depths.table_clearance", "filters.max_hidden", "sampler.friction"])
def test_a_parameter_of_version_1_is_refused_with_its_new_name(old: str) -> None:
    with isolated_ros_domain():
        context = Context()
        rclpy.init(context=context)
        says = f"'{old}' of node 'grasp_planner' is of version 1; set parallel_jaw.{old}"
        with pytest.raises(ConfigError, match=says):
            GraspPlannerNode(context=context, parameter_overrides=[Parameter(old, value=0.1)])
        rclpy.shutdown(context=context)


def test_the_policy_changes_while_running() -> None:
    with running(planner(), PlannerClient) as (node, client):
        client.wait_for_planner()
        for policy in ("cem", "igq", "dense"):
            assert node.set_parameters([Parameter("policy", value=policy)])[0].successful
            assert client.ask(goal_with(box_scene())).grasps.grasps[0].source == policy


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
        assert (values["gripper"], values["policy"], values["frames"]) == ("panda", "cem", "0")
        assert values["models"].startswith("compact_85mm (ONNX Runtime")
