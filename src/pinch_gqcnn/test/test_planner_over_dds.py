# SPDX-License-Identifier: Apache-2.0
"""The planner node in one process, its client in another."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from bad_goals import BAD_GOALS
from builtin_interfaces.msg import Duration
from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import ErrorCode, GraspArray, PlanRequest
from planner_client import PlannerClient
from planner_process import planner_process
from planner_scenes import (
    BOX,
    BOX_TOP_M,
    CAMERA,
    FRAME_ID,
    TABLE_M,
    box_scene,
    empty_table,
    goal_with,
    messages,
)
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from pinch_core.geometry.transform import Transform
from pinch_ros.conversions import mask_to_message, transform_from_pose, transform_to_message
from pinch_ros.qos import LATCHED
from pinch_ros.testing import TIMEOUT_S, isolated_ros_domain, running, wait_for, wait_until
from tf2_ros import StaticTransformBroadcaster

EXAMPLE = Path(__file__).parents[1] / "examples" / "plan_grasps_client.py"
FRAME_TIMEOUT_S = 0.3
T_BASE_CAM = Transform.from_rpy((np.pi, 0.0, 0.3), (0.4, 0.1, 0.7))


@pytest.fixture(scope="module")
def process() -> Iterator[subprocess.Popen[str]]:
    with (
        isolated_ros_domain(),
        planner_process("-p", f"frame_timeout:={FRAME_TIMEOUT_S}", "-p", "tf_timeout:=0.3") as process,
    ):
        yield process


@pytest.fixture(scope="module")
def client(process: subprocess.Popen[str]) -> Iterator[PlannerClient]:
    with running(PlannerClient) as (client,):
        assert isinstance(client, PlannerClient)
        client.wait_for_planner()
        yield client


def test_the_documented_client_gets_grasps(client: PlannerClient) -> None:
    run = subprocess.run(
        [sys.executable, str(EXAMPLE)], capture_output=True, text=True, timeout=60, check=True
    )
    lines = run.stdout.splitlines()
    assert lines[0].startswith("error_code 0")
    assert len(lines) == 4
    # 15 pixels at 0.65 m through a focal length of 262.5 pixels, a little more where the jaws close askew.
    width_mm = float(re.search(r"width (\d+) mm", lines[1])[1])
    assert width_mm == pytest.approx(37.1, abs=6.0)


def test_a_goal_with_its_own_image_gets_a_grasp_across_the_box(client: PlannerClient) -> None:
    client.feedback.clear()
    result = client.ask(goal_with(box_scene(), max_grasps=5))
    best = result.grasps.grasps[0]
    assert 1 <= len(result.grasps.grasps) <= 5
    assert result.grasps.header.frame_id == FRAME_ID
    column, row = best.center_px
    assert BOX[1].start <= column <= BOX[1].stop
    assert BOX[0].start <= row <= BOX[0].stop
    # The box is narrow along the columns, so the jaws close along them, between its top and the table.
    assert abs(best.angle) < 0.2
    assert BOX_TOP_M < best.depth < TABLE_M
    y = transform_from_pose(best.pose).rotation[:, 1]
    assert abs(y[0]) > 0.97
    qualities = [grasp.quality for grasp in result.grasps.grasps]
    assert qualities == sorted(qualities, reverse=True)
    report = result.grasps.report
    assert report.sampled > 0
    assert len(report.stage_names) == len(report.stage_seconds) > 3
    told = client.feedback
    # Feedback has a topic of its own, and may come after the result.
    wait_until(
        lambda: list(dict.fromkeys(feedback.stage for feedback in told)) == list(report.stage_names),
        "feedback about every stage",
    )
    resampled = [feedback for feedback in told if feedback.stage == "resampling"]
    assert [feedback.iteration for feedback in resampled] == [0, 1]
    # Within each refinement the best grasp so far is known, and it only gets better.
    bests = [feedback.best.quality for feedback in resampled]
    assert bests[0] > 0.0 and bests == sorted(bests) and bests[-1] <= best.quality
    assert {feedback.best.source for feedback in resampled} == {"cem"}


def test_the_same_goal_gets_the_same_grasps(client: PlannerClient) -> None:
    first, second = (client.ask(goal_with(box_scene(), max_grasps=3)).grasps.grasps for _ in range(2))
    assert first == second


@pytest.mark.parametrize("policy", ["cem", "rank", "dense", "igq", "random"])
def test_each_goal_chooses_its_policy(client: PlannerClient, policy: str) -> None:
    result = client.ask(goal_with(box_scene(), max_grasps=3, policy=policy))
    assert result.error_code == 0, result.error_msg
    assert {grasp.source for grasp in result.grasps.grasps} == {policy}


def test_each_goal_chooses_its_model_among_those_that_are_loaded(client: PlannerClient) -> None:
    named = client.ask(goal_with(box_scene(), model="compact_85mm"))
    assert named.grasps.grasps == client.ask(goal_with(box_scene())).grasps.grasps
    refused = client.ask(goal_with(box_scene(), model="compact_50mm"))
    assert refused.error_code == ErrorCode.MODEL_INVALID
    assert "is not loaded; this node has: compact_85mm" in refused.error_msg
    needless = client.ask(goal_with(box_scene(), policy="igq", model="compact_85mm"))
    assert needless.error_code == ErrorCode.MODEL_INVALID
    assert "policy 'igq' uses no network" in needless.error_msg


def test_a_goal_that_allows_the_nodes_gripper_among_others_is_planned_for_it(client: PlannerClient) -> None:
    result = client.ask(goal_with(box_scene(), grippers=["robotiq_2f85", "panda"]))
    assert result.error_code == 0, result.error_msg
    assert {grasp.gripper for grasp in result.grasps.grasps} == {"panda"}


def test_two_clients_at_once_get_what_each_asked_for(client: PlannerClient) -> None:
    other_scene = np.roll(box_scene(), 80, axis=1)
    with running(PlannerClient) as (other,):
        assert isinstance(other, PlannerClient)
        other.wait_for_planner()
        handles = [
            (asker.send(goal_with(depth)), asker, shift)
            for _ in range(4)
            for asker, depth, shift in ((client, box_scene(), 0), (other, other_scene, 80))
        ]
        for handle, asker, shift in handles:
            status, result = asker.result_of(handle)
            assert status == GoalStatus.STATUS_SUCCEEDED
            column = result.grasps.grasps[0].center_px[0] - shift
            assert BOX[1].start <= column <= BOX[1].stop


def test_the_default_is_one_grasp(client: PlannerClient) -> None:
    assert len(client.ask(goal_with(box_scene())).grasps.grasps) == 1


@pytest.mark.parametrize(("make", "code", "says"), BAD_GOALS.values(), ids=BAD_GOALS.keys())
def test_a_bad_goal_gets_its_code_and_sentence_and_the_node_lives(
    process: subprocess.Popen[str],
    client: PlannerClient,
    make: Callable[[], PlanGrasps.Goal],
    code: int,
    says: str,
) -> None:
    result = client.ask(make())
    assert result.error_code == code, result.error_msg
    assert says in result.error_msg
    assert result.error_msg.endswith(".")
    assert len(result.error_msg) < 1100
    assert len(result.grasps.grasps) == 0
    assert process.poll() is None
    if code == ErrorCode.NO_GRASP_FOUND:
        assert sum(result.grasps.report.rejection_counts) == result.grasps.report.sampled


def test_without_frames_a_goal_for_the_latest_frame_says_which_topic_is_silent(client: PlannerClient) -> None:
    result = client.ask(PlanGrasps.Goal())
    # Other tests of this module may have published a frame before: then it is too old instead.
    assert result.error_code in (ErrorCode.UNABLE_TO_ACQUIRE_SENSOR_DATA, ErrorCode.SENSOR_INFO_STALE)
    assert "/depth/image_rect" in result.error_msg


@pytest.fixture
def patient_client(client: PlannerClient) -> Iterator[PlannerClient]:
    """The planner waits for a frame until it is there, however busy the machine is."""
    service = client.create_client(SetParameters, "/grasp_planner/set_parameters")
    assert service.wait_for_service(TIMEOUT_S)

    def wait_for_frames(seconds: float) -> None:
        parameter = Parameter("frame_timeout", value=seconds).to_parameter_msg()
        answer = wait_for(service.call_async(SetParameters.Request(parameters=[parameter])), "the setting")
        assert answer.results[0].successful, answer.results[0].reason

    wait_for_frames(TIMEOUT_S)
    yield client
    wait_for_frames(FRAME_TIMEOUT_S)


def test_a_goal_waits_for_a_frame_taken_after_it_came(patient_client: PlannerClient) -> None:
    client = patient_client
    client.publish(*messages(empty_table(), client.now_ns()))
    handle = client.send(PlanGrasps.Goal())
    client.publish(*messages(box_scene(), client.now_ns()))
    _, result = client.result_of(handle)
    assert result.error_code == 0, result.error_msg


def test_an_older_frame_serves_only_a_goal_that_allows_its_age(client: PlannerClient) -> None:
    client.publish(*messages(box_scene(), client.now_ns() - 5 * 10**9))
    refused = client.ask(PlanGrasps.Goal(request=PlanRequest(max_age=Duration(sec=1))))
    assert refused.error_code == ErrorCode.SENSOR_INFO_STALE
    assert "/depth/image_rect" in refused.error_msg
    client.publish(*messages(box_scene(), client.now_ns() - 5 * 10**9))
    served = client.ask(PlanGrasps.Goal(request=PlanRequest(max_age=Duration(sec=60))))
    assert served.error_code == 0, served.error_msg


def test_a_camera_info_of_another_stamp_makes_no_frame(client: PlannerClient) -> None:
    image, _ = messages(box_scene(), client.now_ns() + 10**9)
    _, info = messages(box_scene(), client.now_ns() + 2 * 10**9)
    handle = client.send(PlanGrasps.Goal())
    client.publish(image, info)
    _, result = client.result_of(handle)
    assert result.error_code in (ErrorCode.UNABLE_TO_ACQUIRE_SENSOR_DATA, ErrorCode.SENSOR_INFO_STALE)


def test_a_mask_confines_the_grasps(client: PlannerClient) -> None:
    depth = box_scene()
    depth[BOX[0], 40:55] = BOX_TOP_M
    mask = np.zeros(depth.shape, dtype=bool)
    mask[:, 20:80] = True
    result = client.ask(
        goal_with(depth, max_grasps=5, segmask=mask_to_message(mask & (depth < 0.69), Header()))
    )
    assert all(40 <= grasp.center_px[0] <= 55 for grasp in result.grasps.grasps)


def test_a_target_frame_moves_the_poses_by_the_transform_of_tf(client: PlannerClient) -> None:
    broadcaster = StaticTransformBroadcaster(client)
    broadcaster.sendTransform(transform_to_message(T_BASE_CAM, 0, "base", FRAME_ID))
    in_camera = client.ask(goal_with(box_scene())).grasps
    in_base = client.ask(goal_with(box_scene(), target_frame="base")).grasps
    assert in_base.header.frame_id == in_base.grasps[0].header.frame_id == "base"
    expected = T_BASE_CAM @ transform_from_pose(in_camera.grasps[0].pose)
    np.testing.assert_allclose(transform_from_pose(in_base.grasps[0].pose).matrix, expected.matrix, atol=1e-6)


def test_a_late_subscriber_gets_the_last_plan(client: PlannerClient) -> None:
    planned = client.ask(goal_with(box_scene(), max_grasps=4)).grasps
    seen: list[GraspArray] = []
    subscription = client.create_subscription(GraspArray, "/grasp_planner/grasps", seen.append, LATCHED)
    wait_until(lambda: seen, "the latched plan")
    client.destroy_subscription(subscription)
    assert seen[-1].grasps == planned.grasps


def test_a_debug_picture_comes_while_somebody_looks(client: PlannerClient) -> None:
    seen: list[Image] = []
    subscription = client.create_subscription(Image, "/grasp_planner/debug_image", seen.append, 5)
    wait_until(lambda: client.count_publishers("/grasp_planner/debug_image"), "the publisher of the picture")

    def ask_until_seen() -> bool:
        client.ask(goal_with(box_scene()))
        return bool(seen)

    wait_until(ask_until_seen, "a debug picture")
    client.destroy_subscription(subscription)
    assert (seen[0].width, seen[0].height, seen[0].encoding) == (CAMERA.width, CAMERA.height, "bgr8")


def test_a_goal_that_waits_for_a_frame_is_cancelled_at_once(patient_client: PlannerClient) -> None:
    client = patient_client
    handle = client.send(PlanGrasps.Goal())
    handle.cancel_goal_async()
    status, result = client.result_of(handle)
    assert status == GoalStatus.STATUS_CANCELED
    assert result.error_code == ErrorCode.PREEMPTED
