# SPDX-License-Identifier: Apache-2.0
"""What the node serves for clutter: bins, failures, keep-out boxes, surroundings, pushes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from geometry_msgs.msg import Pose, Quaternion, Vector3
from pinch_interfaces.action import PlanPush
from pinch_interfaces.msg import ErrorCode, FailedGrasp, Grasp, KeepOutBox, PlanRequest
from planner_client import PlannerClient
from planner_scenes import CAMERA, FRAME_ID, TABLE_M, box_scene, goal_with, messages
from rclpy.action import ActionClient
from rclpy.parameter import Parameter

from pinch_core.bin import Bin
from pinch_core.synthetic_scene import BoxSolid, bin_walls, camera_above, render_depth
from pinch_gqcnn.node import GraspPlannerNode
from pinch_ros.conversions import transform_from_pose
from pinch_ros.testing import isolated_ros_domain, running, wait_for, wait_until

BIN = Bin(0.30, 0.24, 0.06, 0.006)
NOT_TURNED = Quaternion(x=0.0, y=0.0, z=0.0, w=1.0)


@pytest.fixture(autouse=True)
def domain() -> Iterator[None]:
    with isolated_ros_domain():
        yield


@pytest.fixture
def client() -> Iterator[PlannerClient]:
    def planner(context: Any) -> GraspPlannerNode:
        return GraspPlannerNode(context=context, parameter_overrides=[Parameter("policy", value="igq")])

    with running(planner, PlannerClient) as (_, client):
        client.wait_for_planner()
        yield client


def bin_scene(*solids: BoxSolid) -> np.ndarray:
    rng = np.random.default_rng(0)
    return render_depth(
        (*bin_walls(BIN), *solids), camera_above(TABLE_M, 0.0), CAMERA, rng, noise=0.0005
    ).depth


def bin_file(folder: Path, more: str = "") -> str:
    path = folder / f"tray{len(more)}.yaml"
    path.write_text(f"length: 0.30\nwidth: 0.24\nheight: 0.06\nwall: 0.006\n{more}")
    return str(path)


def test_a_bin_is_found_and_refused_with_its_own_codes(client: PlannerClient, tmp_path: Path) -> None:
    inside = BoxSolid.standing(0.02, 0.01, 0.4, (0.08, 0.035, 0.04))
    found = client.ask(goal_with(bin_scene(inside), bin=bin_file(tmp_path)))
    assert found.error_code == ErrorCode.SUCCESS, found.error_msg
    for depth, name, code in (
        (bin_scene(inside), "no such bin", ErrorCode.BIN_UNKNOWN),
        (box_scene(), bin_file(tmp_path), ErrorCode.BIN_NOT_FOUND),
        (bin_scene(), bin_file(tmp_path), ErrorCode.NO_OBJECT),
        (bin_scene(inside), bin_file(tmp_path, "frame: nowhere\n"), ErrorCode.FRAME_TRANSFORM_FAILURE),
    ):
        answer = client.ask(goal_with(depth, bin=name))
        assert answer.error_code == code, answer.error_msg


def failed(grasp: Grasp, failures: int = 1) -> FailedGrasp:
    return FailedGrasp(header=grasp.header, id=grasp.id, pose=grasp.pose, failures=failures)


def test_a_failure_counts_until_the_scene_around_it_changes(client: PlannerClient) -> None:
    depth = box_scene()
    depth[:, 200:] = np.roll(depth, 90, axis=1)[:, 200:]
    first = client.ask(goal_with(depth)).grasps.grasps[0]
    again = client.ask(goal_with(depth, failed=[failed(first, 2)]))
    assert again.error_code == ErrorCode.SUCCESS, again.error_msg
    assert not again.grasps.report.changed_since_failure
    there, here = (transform_from_pose(g.pose).translation for g in (first, again.grasps.grasps[0]))
    assert np.linalg.norm(there - here) > 0.1  # the other box
    changed = client.ask(goal_with(np.roll(depth, 12, axis=1), failed=[failed(first, 2)]))
    assert list(changed.grasps.report.changed_since_failure) == [first.id]


def test_no_grasp_in_a_box_and_the_surroundings_as_heights(client: PlannerClient) -> None:
    depth = box_scene()
    box = KeepOutBox(name="shelf", pose=Pose(orientation=NOT_TURNED), size=Vector3(x=2.0, y=2.0, z=2.0))
    refused = client.ask(goal_with(depth, keep_out=[box]))
    assert refused.error_code == ErrorCode.NO_GRASP_FOUND and "keep_out" in refused.error_msg
    box.size.z = 0.0
    assert client.ask(goal_with(depth, keep_out=[box])).error_code == ErrorCode.INVALID_GOAL
    seen = client.ask(goal_with(depth, with_surroundings=True)).surroundings
    assert seen.header.frame_id == FRAME_ID and len(seen.heights) == seen.rows * seen.columns > 1000
    assert float(np.nanmax(seen.heights)) == pytest.approx(0.05, abs=0.003)
    assert client.ask(goal_with(depth)).surroundings.rows == 0


def push(client: PlannerClient, depth: np.ndarray, request: PlanRequest) -> tuple[int, PlanPush.Result]:
    """On a frame of the topics."""
    action = ActionClient(client, PlanPush, "/grasp_planner/plan_push")
    wait_until(action.server_is_ready, "the push server")
    sent = action.send_goal_async(PlanPush.Goal(request=request))

    def is_accepted() -> bool:
        client.publish(*messages(depth, client.now_ns()))
        return bool(sent.done())

    wait_until(is_accepted, "the goal to be accepted")
    answered = sent.result().get_result_async()

    def is_answered() -> bool:
        client.publish(*messages(depth, client.now_ns()))
        return bool(answered.done())

    wait_until(is_answered, "the push")
    response: Any = wait_for(answered, "the push")
    return response.status, response.result


def test_a_push_is_planned_where_boxes_stand_close_and_refused_where_one_stands_free(
    client: PlannerClient,
) -> None:
    row = [BoxSolid.standing(0.0, y, 0.0, (0.10, 0.05, 0.04)) for y in (-0.056, 0.0, 0.056)]
    close = render_depth(tuple(row), camera_above(TABLE_M, 0.0), CAMERA).depth
    request = PlanRequest(policy="cem")
    status, result = push(client, close, request)
    assert (status, result.error_code) == (GoalStatus.STATUS_SUCCEEDED, ErrorCode.SUCCESS), result.error_msg
    assert result.push.distance > 0.0 and result.push.expected_quality > result.quality_now
    assert result.push.source in ("boundary_shear", "free_space")
    status, result = push(client, box_scene(), request)
    assert (status, result.error_code) == (GoalStatus.STATUS_ABORTED, ErrorCode.NO_PUSH_FOUND)
