# SPDX-License-Identifier: Apache-2.0
"""The node over DDS, with a robot that is only an action server."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import rclpy
from action_msgs.msg import GoalStatus
from executor_fakes import GRIPPER, ROBOT, grasp_at
from executor_graph import WAIT_S, Graph, grasp_message
from geometry_msgs.msg import TransformStamped, Vector3
from pinch_interfaces.action import ClearBin, ExecuteGrasp, PickAndPlace, PlanGrasps, PlanPush
from pinch_interfaces.msg import (
    ErrorCode,
    FailureMemory,
    GraspArray,
    GripperTranslation,
    HeightMap,
    PlanReport,
    PlanRequest,
    Push,
)
from rcl_interfaces.srv import SetParameters
from rclpy.context import Context
from rclpy.parameter import Parameter
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform
from pinch_executor.executor_config import RENAMED
from pinch_executor.node import GraspExecutorNode
from pinch_ros.conversions import grasp_from_message, grasp_to_message, pose_from_transform
from pinch_ros.qos import LATCHED
from pinch_ros.testing import isolated_ros_domain, wait_until
from tf2_ros import StaticTransformBroadcaster


@pytest.fixture
def graph(request, tmp_path, monkeypatch):
    monkeypatch.setenv("ROS_HOME", str(tmp_path))
    with isolated_ros_domain():
        graph = Graph(getattr(request, "param", ROBOT.home))
        yield graph
        graph.close()


def test_pick_and_place_from_planned_grasp_to_empty_hand(graph):
    graph.robot.grasps = [grasp_message(x=1.4), grasp_message()]
    stages: list[str] = []
    response = graph.run(
        graph.pick_and_place,
        PickAndPlace.Goal(place_area="right"),
        lambda m: stages.append(m.feedback.stage) if m.feedback.stage not in stages[-1:] else None,
    )
    result = response.result
    assert (response.status, result.error_code, result.error_msg) == (GoalStatus.STATUS_SUCCEEDED, 0, "")
    assert result.picked and result.placed and not result.holding and result.attempts == 1
    assert result.grasp.pose.position.x == pytest.approx(0.5)  # the first one is out of reach
    # Feedback and states have topics of their own, and may come after the result.
    wait_until(lambda: stages[-3:] == ["open", "retreat", "verify"], "the last feedback")
    assert stages[:3] == ["look", "detect", "choose"]
    (asked,) = graph.robot.plan_goals
    assert asked.target_frame == ROBOT.base_frame
    assert [box.name for box in asked.request.keep_out] == ["place area right", "place area left"]
    assert all(box.header.frame_id == ROBOT.base_frame for box in asked.request.keep_out)
    emptied = graph.result_of(graph.empty_place_areas.call_async(Trigger.Request()))
    assert emptied.success and emptied.message == "free again: right."
    wait_until(lambda: graph.states[-1].stage == "idle", "the state after the pick")
    assert graph.states[-1].last_error_code == ErrorCode.SUCCESS
    for trajectory in graph.robot.trajectories:
        assert tuple(trajectory.joint_names) == ROBOT.arm_joints
        assert not any(trajectory.points[-1].velocities)


def test_the_arm_keeps_clear_of_what_the_planner_saw_round_the_grasp(graph):
    graph.robot.grasps = [grasp_message()]
    over_the_table = pose_from_transform(Transform(np.eye(3), np.array([0.3, -0.2, 0.0])))
    walls = np.full((40, 40), 0.3, dtype=np.float32)
    walls[17:23, 10:31] = np.nan  # a slot of 6 cm: the fingers fit, the palm does not
    seen = HeightMap(
        header=Header(frame_id=ROBOT.base_frame),
        origin=over_the_table,
        cell=0.01,
        rows=40,
        columns=40,
        heights=walls.ravel().tolist(),
    )
    graph.robot.answers = [PlanGrasps.Result(surroundings=seen)]
    refused = graph.run(graph.pick_and_place, PickAndPlace.Goal(place_area="right")).result
    assert refused.error_code in (ErrorCode.GOAL_IN_COLLISION, ErrorCode.PLANNING_FAILED)
    assert "surroundings" in refused.error_msg and not graph.robot.trajectories
    assert graph.robot.plan_goals[0].request.with_surroundings
    seen.heights = [0.3]
    graph.robot.answers = [PlanGrasps.Result(surroundings=seen)]
    refused = graph.run(graph.pick_and_place, PickAndPlace.Goal(place_area="right")).result
    assert refused.error_code != ErrorCode.SUCCESS and "40 x 40 cells" in refused.error_msg


def refuses(code: int, **report) -> PlanGrasps.Result:
    return PlanGrasps.Result(error_code=code, grasps=GraspArray(report=PlanReport(**report)))


def test_a_bin_is_cleared_with_a_push_and_a_memory_that_the_planner_is_told_of(graph):
    planner = graph.robot
    planner.grasps = [grasp_message()]
    none = ErrorCode.NO_GRASP_FOUND
    planner.object_width = 0.0  # the first grasp closes on nothing
    planner.answers = [PlanGrasps.Result(), refuses(none), refuses(none), PlanGrasps.Result()]
    planner.answers.append(refuses(ErrorCode.NO_OBJECT))
    along = GripperTranslation(direction=Vector3(y=1.0), distance=0.04)
    planner.push = PlanPush.Result(
        push=Push(
            header=Header(frame_id=ROBOT.base_frame),
            start=grasp_message(y=0.1).pose,
            direction=along.direction,
            distance=along.distance,
            approach=GripperTranslation(direction=Vector3(z=-1.0), distance=0.1),
            retreat=GripperTranslation(direction=Vector3(z=1.0), distance=0.1),
            expected_quality=0.5,
        ),
    )
    memories: list[FailureMemory] = []
    graph.client.create_subscription(
        FailureMemory, "/grasp_executor/failure_memory", memories.append, LATCHED
    )
    told = []

    def on_feedback(message) -> None:
        told.append(message.feedback)
        if told[-1].stage == "look" and told[-2:-1] and told[-2].stage == "push":
            planner.object_width = 0.03
            planner.answers[0].grasps.report.changed_since_failure = [grasp_message().id]

    goal = ClearBin.Goal(place_area="right", may_push=True, max_attempts=9)
    result = graph.run(graph.clear_bin, goal, on_feedback).result
    assert (result.error_code, result.error_msg) == (ErrorCode.SUCCESS, "")
    assert (result.picked, result.attempts, result.pushes, result.empty) == (1, 4, 1, True)
    assert dict(zip(result.reasons, result.counts, strict=True)) == {"NOTHING_HELD": 1, "NO_GRASP_FOUND": 2}
    assert result.picks_per_hour > 0.0 and not result.holding
    asked = [goal.request.failed for goal in planner.plan_goals]
    assert [len(failed) for failed in asked] == [0, 1, 1, 1, 1, 0], "the fourth asked for a push"
    assert asked[1][0].id == grasp_message().id and asked[1][0].error_code == ErrorCode.NOTHING_HELD
    assert any(len(memory.failed) == 1 for memory in memories) and not memories[-1].failed
    assert told[-1].picked == 1 and told[-1].pushes == 1
    unknown = graph.run(graph.clear_bin, ClearBin.Goal(place_area="nowhere")).result
    assert unknown.error_code == ErrorCode.BIN_UNKNOWN


def test_cancel_stops_the_controller_and_a_second_client_is_told_to_wait(graph):
    graph.robot.endless = True
    handle, result = graph.send(graph.execute, ExecuteGrasp.Goal(grasp=grasp_message()))
    assert graph.robot.moving.wait(WAIT_S)
    second = graph.run(graph.execute, ExecuteGrasp.Goal(grasp=grasp_message()))
    assert second.status == GoalStatus.STATUS_ABORTED
    assert second.result.error_code == ErrorCode.BUSY
    assert "'execute_grasp' is being served" in second.result.error_msg
    graph.result_of(handle.cancel_goal_async())
    response = graph.result_of(result)
    assert response.status == GoalStatus.STATUS_CANCELED
    assert response.result.error_code == ErrorCode.PREEMPTED
    assert not graph.robot.moving.is_set()
    assert len(graph.robot.trajectories) == 1


@pytest.mark.parametrize("graph", [np.array(ROBOT.home) + 0.2], indirect=True)
def test_started_away_from_home_the_node_moves_only_after_recover(graph):
    refused = graph.run(graph.execute, ExecuteGrasp.Goal(grasp=grasp_message()))
    assert refused.result.error_code == ErrorCode.NOT_RECOVERED
    assert not graph.robot.trajectories
    answer = graph.result_of(graph.recover.call_async(Trigger.Request()))
    assert answer.success, answer.message
    np.testing.assert_allclose(graph.robot.positions, ROBOT.home, atol=1e-6)
    served = graph.run(graph.execute, ExecuteGrasp.Goal(grasp=grasp_message()))
    assert served.result.error_code == ErrorCode.SUCCESS and served.result.holding


def test_a_dry_run_moves_nothing_and_an_unknown_frame_has_its_code(graph):
    planned = graph.run(graph.execute, ExecuteGrasp.Goal(grasp=grasp_message(), dry_run=True))
    assert planned.result.error_code == ErrorCode.SUCCESS and not planned.result.holding
    assert not graph.robot.trajectories
    lost = graph.run(graph.execute, ExecuteGrasp.Goal(grasp=grasp_message(frame="nowhere")))
    assert lost.result.error_code == ErrorCode.FRAME_TRANSFORM_FAILURE
    assert "nowhere" in lost.result.error_msg


def test_the_result_is_the_planned_grasp_with_its_directions_in_the_base_frame(graph):
    T_base_cam = Transform.from_rpy((np.pi, 0.1, 0.4), (0.4, 0.1, 0.8))
    here = grasp_at(0.5, 0.0)
    to_cam = T_base_cam.inverse()
    planned = replace(
        here.grasp,
        T_cam_tcp=to_cam @ here.T_base_tcp,
        approach=here.approach.rotated(to_cam),
        retreat=here.retreat.rotated(to_cam),
    )
    graph.robot.grasps = [grasp_to_message(planned, Header(frame_id="camera"))]
    camera = TransformStamped(header=Header(frame_id=ROBOT.base_frame), child_frame_id="camera")
    pose = pose_from_transform(T_base_cam)
    camera.transform.translation = Vector3(x=pose.position.x, y=pose.position.y, z=pose.position.z)
    camera.transform.rotation = pose.orientation
    StaticTransformBroadcaster(graph.client).sendTransform(camera)
    feedback = []
    asked = PlanRequest(policy="cem", model="compact", min_quality=0.2, grippers=["panda"], max_grasps=3)
    goal = PickAndPlace.Goal(request=asked, place_area="right")
    result = graph.run(graph.pick_and_place, goal, lambda m: feedback.append(m.feedback.grasp)).result
    assert result.error_code == ErrorCode.SUCCESS, result.error_msg
    for message in (result.grasp, next(grasp for grasp in feedback if grasp.source)):
        seen = grasp_from_message(message)
        assert message.header.frame_id == ROBOT.base_frame
        assert (seen.id, seen.gripper, seen.source) == (planned.id, planned.gripper, planned.source)
        assert (seen.width, seen.opening) == pytest.approx((planned.width, planned.opening))
        np.testing.assert_allclose(seen.T_cam_tcp.matrix, here.T_base_tcp.matrix, atol=1e-6)
        for ours, theirs in ((seen.approach, here.approach), (seen.retreat, here.retreat)):
            np.testing.assert_allclose(ours.direction, theirs.direction, atol=1e-6)
            assert ours.distance == pytest.approx(theirs.distance)
    sent = graph.robot.plan_goals[0].request
    assert (sent.policy, sent.model, list(sent.grippers), sent.max_grasps) == (
        "cem", "compact", ["panda"], 3,
    )  # fmt: skip
    assert sent.min_quality == pytest.approx(0.2)


def test_a_grasp_that_cannot_be_meant_is_refused_with_its_code_and_nothing_moves(graph):
    def spoiled(spoil) -> ExecuteGrasp.Goal:
        message = grasp_message()
        spoil(message)
        return ExecuteGrasp.Goal(grasp=message)

    for spoil, code in (
        (lambda m: setattr(m, "gripper", "robotiq_2f85"), ErrorCode.UNKNOWN_GRIPPER),
        (lambda m: setattr(m, "opening", float("nan")), ErrorCode.INVALID_GOAL),
        (lambda m: setattr(m, "opening", 0.0), ErrorCode.INVALID_GOAL),
        (lambda m: setattr(m, "opening", 0.02), ErrorCode.GOAL_IN_COLLISION),
        (lambda m: setattr(m, "opening", 0.1), ErrorCode.GOAL_IN_COLLISION),
        (lambda m: setattr(m.approach.direction, "z", -2.0), ErrorCode.INVALID_GOAL),
        (lambda m: setattr(m, "retreat", GripperTranslation()), ErrorCode.INVALID_GOAL),
    ):
        result = graph.run(graph.execute, spoiled(spoil)).result
        assert result.error_code == code and result.error_msg
    assert not graph.robot.trajectories and graph.robot.finger == GRIPPER.max_opening / 2


@pytest.mark.parametrize("old", RENAMED)
def test_a_parameter_of_version_1_is_refused_with_what_is_to_be_set_now(old):
    with isolated_ros_domain():
        context = Context()
        rclpy.init(context=context)
        with pytest.raises(ConfigError, match=f"'{old}' of node 'grasp_executor' is of version 1; set "):
            GraspExecutorNode(context=context, parameter_overrides=[Parameter(old, value=0.02)])
        rclpy.shutdown(context=context)


def test_joint_states_that_lag_behind_the_controllers_word_are_waited_for(graph):
    graph.robot.lag_s = 0.3
    served = graph.run(graph.execute, ExecuteGrasp.Goal(grasp=grasp_message()))
    assert served.result.error_code == ErrorCode.SUCCESS, served.result.error_msg


def test_nobody_on_the_network_moves_what_is_written_nor_how_the_arm_moves(graph, tmp_path):
    client = graph.client.create_client(SetParameters, "/grasp_executor/set_parameters")
    assert client.wait_for_service(WAIT_S)
    elsewhere = Parameter("recording.folder", value=str(tmp_path / ".." / "elsewhere"))
    faster = Parameter("motion.velocity_scaling", value=1.0)
    request = SetParameters.Request(parameters=[p.to_parameter_msg() for p in (elsewhere, faster)])
    answers = graph.result_of(client.call_async(request)).results
    assert [answer.successful for answer in answers] == [False, False]
    assert all("read-only" in answer.reason for answer in answers)
