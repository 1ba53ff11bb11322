# SPDX-License-Identifier: Apache-2.0
"""The node in a process of its own, seen over DDS by a client that knows nothing but the interfaces."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from control_msgs.action import FollowJointTrajectory, GripperCommand
from pinch_interfaces.msg import CellEvents
from pinch_interfaces.srv import GetObjectState, ResetCell, SpawnObject
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSDurabilityPolicy, QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage
from trajectory_msgs.msg import JointTrajectoryPoint

from pinch_core.resources import load_robot
from pinch_ros.conversions.camera_info import intrinsics_from_camera_info
from pinch_ros.conversions.geometry import transform_from_message
from pinch_ros.conversions.images import depth_frame_from_messages
from pinch_ros.conversions.time import stamp_to_ns
from pinch_ros.testing import isolated_ros_domain, running, wait_for, wait_until
from pinch_sim.depth_camera import DepthCameraConfig

ROBOT = load_robot("panda")
LATCHED = QoSProfile(depth=1, durability=QoSDurabilityPolicy.TRANSIENT_LOCAL)


class Client(Node):
    """Keeps the last message of each topic and counts them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("client", **kwargs)
        self.last: dict[str, Any] = {}
        self.count: dict[str, int] = {}
        self.services_used: dict[str, Any] = {}
        for message, topic in (
            (Clock, "/clock"),
            (JointState, "/joint_states"),
            (TFMessage, "/tf"),
        ):
            self.listen(message, topic, QoSProfile(depth=10))
        for message, topic in ((TFMessage, "/tf_static"), (String, "/robot_description")):
            self.listen(message, topic, LATCHED)
        self.arm = ActionClient(self, FollowJointTrajectory, ROBOT.trajectory_action)
        self.gripper = ActionClient(self, GripperCommand, ROBOT.gripper_action)

    def listen(self, message: type, topic: str, qos: QoSProfile) -> None:
        def keep(received: Any) -> None:
            self.last[topic] = received
            self.count[topic] = self.count.get(topic, 0) + 1

        self.create_subscription(message, topic, keep, qos)

    def next(self, topic: str) -> Any:
        """A message that was not there yet."""
        before = self.count.get(topic, 0)
        wait_until(lambda: self.count.get(topic, 0) > before, f"a message on {topic}")
        return self.last[topic]

    def call(self, service_type: type, service: str, **fields: Any) -> Any:
        # Kept: destroying a client under a spinning executor ends the executor.
        if service not in self.services_used:
            self.services_used[service] = self.create_client(service_type, service)
        client = self.services_used[service]
        assert client.wait_for_service(20.0)
        return wait_for(client.call_async(service_type.Request(**fields)), f"an answer of {service}")

    def set_fault(self, name: str, value: bool) -> None:
        parameter = Parameter(f"faults.{name}", value=value).to_parameter_msg()
        answer = self.call(SetParameters, "/sim_cell/set_parameters", parameters=[parameter])
        assert answer.results[0].successful


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    command = [sys.executable, "-c", "from pinch_sim.node import main; main()", "--ros-args"]
    command += ["-p", "real_time_factor:=20.0", "-p", "seed:=3"]
    with isolated_ros_domain():
        process = subprocess.Popen(command)
        try:
            with running(Client) as [node]:
                assert node.arm.wait_for_server(20.0)
                assert node.gripper.wait_for_server(20.0)
                yield node
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20.0) == 0


def trajectory(*waypoints: list[float], seconds: float = 1.0) -> FollowJointTrajectory.Goal:
    goal = FollowJointTrajectory.Goal()
    goal.trajectory.joint_names = list(ROBOT.arm_joints)
    for number, positions in enumerate(waypoints, start=1):
        time = Duration(sec=int(number * seconds), nanosec=round(number * seconds % 1 * 1e9))
        point = JointTrajectoryPoint(positions=positions, velocities=[0.0] * 7, time_from_start=time)
        goal.trajectory.points.append(point)
    return goal


def away(offset: float) -> list[float]:
    return [position + offset for position in ROBOT.home]


def send(action: ActionClient, goal: Any, feedback: list[Any] | None = None) -> Any:
    callback = feedback.append if feedback is not None else None
    return wait_for(action.send_goal_async(goal, feedback_callback=callback), "an answer to a goal")


def result(handle: Any) -> Any:
    return wait_for(handle.get_result_async(), "a result")


def test_clock_joint_states_and_tf_come_at_their_rates_in_simulated_time(client):
    # A loaded machine may lose messages, so the rate shows in the stamps.
    stamps: dict[str, set[int]] = {"/clock": set(), "/joint_states": set(), "/tf": set()}
    while min(len(seen) for seen in stamps.values()) < 20:
        stamps["/clock"].add(stamp_to_ns(client.next("/clock").clock))
        stamps["/joint_states"].add(stamp_to_ns(client.next("/joint_states").header.stamp))
        stamps["/tf"].add(stamp_to_ns(client.next("/tf").transforms[0].header.stamp))
    for topic, period_ms in (("/clock", 10), ("/joint_states", 10), ("/tf", 20)):
        assert {stamp % (period_ms * 1_000_000) for stamp in stamps[topic]} == {0}, topic
    joint_state = client.last["/joint_states"]
    assert list(joint_state.name) == [*ROBOT.arm_joints, *ROBOT.finger_joints]
    assert len(joint_state.position) == len(joint_state.velocity) == len(joint_state.effort) == 9


def test_tf_and_description_reach_from_world_to_tool_and_camera(client):
    wait_until(lambda: "/tf_static" in client.last and "/robot_description" in client.last, "latched topics")
    links = [*client.next("/tf").transforms, *client.last["/tf_static"].transforms]
    parents = {link.child_frame_id: link.header.frame_id for link in links}
    for frame in (
        ROBOT.tcp_frame,
        "camera_depth_optical_frame",
        "camera_color_optical_frame",
        "panda_leftfinger",
    ):
        while frame in parents:
            frame = parents[frame]
        assert frame == "world"
    assert '<robot name="panda"' in client.last["/robot_description"].data


def test_the_depth_image_shows_the_object_where_the_cell_says_it_is(client):
    reset = client.call(ResetCell, "/sim_cell/reset", seed=5, object="cube")
    assert reset.success, reset.message
    # A node of its own: while it is there, the cell draws.
    with running(Client) as [viewer]:
        viewer.listen(Image, "/camera/depth/image_rect_raw", QoSProfile(depth=1))
        viewer.listen(CameraInfo, "/camera/depth/camera_info", QoSProfile(depth=1))
        image, info = viewer.next("/camera/depth/image_rect_raw"), viewer.next("/camera/depth/camera_info")
    assert image.encoding == "16UC1"
    assert image.header.frame_id == info.header.frame_id == "camera_depth_optical_frame"
    frame = depth_frame_from_messages(image, info)
    assert frame.hole_ratio < 0.05
    chain = {t.child_frame_id: t for t in client.last["/tf_static"].transforms}
    T_base_camera = transform_from_message(chain["camera_link"].transform)
    T_base_optical = T_base_camera @ transform_from_message(chain["camera_depth_optical_frame"].transform)
    points = T_base_optical @ frame.points().reshape(-1, 3)
    above = points[np.isfinite(points[:, 2]) & (points[:, 2] > 0.02) & (points[:, 2] < 0.1)]
    center = (above.min(axis=0) + above.max(axis=0)) / 2
    assert center[0] == pytest.approx(reset.pose.position.x, abs=0.01)
    assert center[1] == pytest.approx(reset.pose.position.y, abs=0.01)
    assert intrinsics_from_camera_info(info).fx == 525.0


def test_a_trajectory_is_followed_with_feedback_and_reaches_its_goal(client):
    feedback: list[Any] = []
    handle = send(client.arm, trajectory(away(0.2), away(0.0)), feedback)
    assert handle.accepted
    answer = result(handle)
    assert answer.status == GoalStatus.STATUS_SUCCEEDED
    assert answer.result.error_code == FollowJointTrajectory.Result.SUCCESSFUL
    wait_until(lambda: feedback, "feedback")
    assert list(feedback[0].feedback.joint_names) == list(ROBOT.arm_joints)
    wait_until(
        lambda: np.allclose(client.last["/joint_states"].position[:7], ROBOT.home, atol=0.011),
        "the arm at its goal",
    )


def slow_motion() -> FollowJointTrajectory.Goal:
    """Takes 5 s of wall time at the cell's pace, so that a loaded machine can act in the middle of it."""
    return trajectory(away(0.8), seconds=100.0)


def test_a_cancelled_trajectory_ends_as_cancelled(client):
    handle = send(client.arm, slow_motion())
    wait_until(lambda: abs(client.last["/joint_states"].velocity[0]) > 0.004, "motion")
    wait_for(handle.cancel_goal_async(), "an answer to the cancel request")
    assert result(handle).status == GoalStatus.STATUS_CANCELED
    wait_until(lambda: abs(client.last["/joint_states"].velocity[0]) < 1e-3, "standstill")


def test_a_newer_goal_aborts_the_older_one(client):
    older = send(client.arm, slow_motion())
    newer = send(client.arm, trajectory(away(0.0)))
    assert result(older).status == GoalStatus.STATUS_ABORTED
    assert result(newer).status == GoalStatus.STATUS_SUCCEEDED


def test_bad_goals_are_rejected_and_the_node_lives_on(client):
    wrong_joint = trajectory(away(0.1))
    wrong_joint.trajectory.joint_names[0] = "elbow"
    ragged = trajectory(away(0.1), away(0.2))
    ragged.trajectory.points[1].velocities = [0.0]
    for goal in (wrong_joint, ragged, trajectory(away(6.0)), trajectory(), trajectory(away(0.1)[:3])):
        assert not send(client.arm, goal).accepted
    command = GripperCommand.Goal()
    command.command.position = 0.5
    assert not send(client.gripper, command).accepted
    assert send(client.arm, trajectory(away(0.0))).accepted


def test_the_gripper_closes_and_opens(client):
    goal = GripperCommand.Goal()
    closed = result(send(client.gripper, goal))
    assert closed.status == GoalStatus.STATUS_SUCCEEDED
    assert closed.result.reached_goal
    goal.command.position = 0.04
    assert result(send(client.gripper, goal)).result.reached_goal
    wait_until(lambda: abs(client.last["/joint_states"].position[7] - 0.04) < 1e-3, "open fingers")


def test_objects_are_spawned_by_seed_and_by_pose_and_found_again(client):
    poses = [
        client.call(SpawnObject, "/sim_cell/spawn_object", name="box", random_pose=True, seed=9).pose.position
        for _ in range(2)
        if client.call(ResetCell, "/sim_cell/reset", seed=2, object="marker").success
    ]
    assert poses[0] == poses[1]
    state = client.call(GetObjectState, "/sim_cell/get_object_state", name="")
    assert state.success
    assert state.name == "box"
    assert not state.in_grasp
    assert not state.lifted
    unknown = client.call(GetObjectState, "/sim_cell/get_object_state", name="anvil")
    assert not unknown.success
    assert "marker, box" in unknown.message
    nowhere = client.call(SpawnObject, "/sim_cell/spawn_object", name="anvil", random_pose=True)
    assert not nowhere.success
    zero = client.call(SpawnObject, "/sim_cell/spawn_object", name="cube")
    assert zero.success or zero.message


def test_a_heap_is_dropped_and_events_and_true_poses_name_every_object(client):
    answer = client.call(ResetCell, "/sim_cell/reset", seed=2, heap=3)
    assert answer.success, answer.message
    # A node of its own: latched events come to those who come late, poses only to those who listen.
    with running(Client) as [viewer]:
        viewer.listen(CellEvents, "/sim_cell/events", LATCHED)
        viewer.listen(TFMessage, "/sim_cell/object_poses", QoSProfile(depth=1))
        poses = {pose.child_frame_id: pose for pose in viewer.next("/sim_cell/object_poses").transforms}
        wait_until(lambda: "/sim_cell/events" in viewer.last, "the latched events")
        events = viewer.last["/sim_cell/events"]
    assert sorted(events.objects) == sorted(poses)
    assert list(events.places) == ["outside"] * 3  # there is no bin
    assert (events.lifts, events.double_picks, events.wall_contacts) == (0, 0, 0)
    there = poses[answer.object_name].transform.translation
    assert there.x == pytest.approx(answer.pose.position.x, abs=1e-3)


def test_faults_act_at_once_through_parameters(client):
    client.set_fault("reject_trajectories", True)
    assert not send(client.arm, trajectory(away(0.1))).accepted
    client.set_fault("reject_trajectories", False)
    for fault, topic in (("joint_states_stopped", "/joint_states"), ("transforms_stopped", "/tf")):
        client.set_fault(fault, True)
        before = client.count[topic]
        ticks = client.count["/clock"]
        wait_until(lambda ticks=ticks: client.count["/clock"] > ticks + 100, "100 ticks of the clock")
        assert client.count[topic] <= before + 10
        client.set_fault(fault, False)
        client.next(topic)


def test_where_images_are_lost_two_periods_lie_between_those_that_come(client):
    stamps: list[int] = []
    client.create_subscription(
        CameraInfo, "/camera/depth/camera_info", lambda m: stamps.append(stamp_to_ns(m.header.stamp)), 10
    )
    client.set_fault("images_lost", True)
    stamps.clear()
    wait_until(lambda: len(stamps) > 8, "images")
    seen = np.diff(stamps[1:])
    client.set_fault("images_lost", False)
    assert seen.min() > 1.5e9 / DepthCameraConfig().rate
