# SPDX-License-Identifier: Apache-2.0
"""The same recording through the ROS graph and offline: exactly the same grasps for a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from pinch_interfaces.msg import Grasp as GraspMessage
from pinch_interfaces.msg import GraspArray
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from pinch_bags.evaluate.command import main as evaluate
from pinch_bags.evaluate.records import read_records
from pinch_bags.synth.bag_config import SimulatedBagConfig
from pinch_bags.synth.simulated_bag import write_simulated_bag
from pinch_camera.node import DepthCameraNode
from pinch_core.resources import config_directory
from pinch_ros.conversions import grasp_to_message, ns_to_stamp, stamp_to_ns
from pinch_ros.qos import LATCHED
from pinch_ros.testing import isolated_ros_domain, running, wait_for, wait_until
from pinch_system.graph import PLANNER
from pinch_system.node_process import NodeProcess

SEED = 7


class Stepper(Node):
    """Plays a recording frame by frame and keeps the plan of each."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("stepper", **kwargs)
        self.play = self.create_client(Trigger, "/depth_camera/play_next")
        self._state = self.create_client(GetState, "/grasp_planner/get_state")
        self.plans: dict[int, GraspArray] = {}
        self.create_subscription(GraspArray, "/grasp_planner/grasps", self._on_plan, LATCHED)

    def planner_is_active(self) -> bool:
        if not self._state.service_is_ready():
            return False
        answer = wait_for(self._state.call_async(GetState.Request()), "the planner's state")
        return answer.current_state.id == State.PRIMARY_STATE_ACTIVE

    def _on_plan(self, message: GraspArray) -> None:
        self.plans[stamp_to_ns(message.header.stamp)] = message


def test_the_graph_and_the_evaluation_plan_the_same(tmp_path: Path) -> None:
    bag, out = tmp_path / "bag.mcap", tmp_path / "out"
    write_simulated_bag(bag, SimulatedBagConfig(scenes=2, frames=1, attempts=0, pool=12))
    words = ("--seed", str(SEED), "--no-pictures", "--no-bag", "--workers", "1")
    assert evaluate([str(bag), "--out", str(out), *words]) == 0
    offline = {record.stamp_ns: record.plans[0] for record in read_records(out)}

    replay = {
        "source": "replay", "replay.path": str(bag), "replay.step": True,
        "replay.loop": False, "replay.keep_stamps": True,
    }  # fmt: skip
    parameters = [Parameter(name, value=value) for name, value in replay.items()]
    planner = ["--params-file", str(config_directory() / PLANNER.parameters), "-p", f"seed:={SEED}"]
    planner += ["-p", "continuous:=true"]
    for rule in PLANNER.remappings:
        planner += ["-r", rule]
    with (
        isolated_ros_domain(),
        NodeProcess(
            "pinch_gqcnn", "grasp_planner_node", planner, tmp_path / "planner.log", tmp_path / "home"
        ),
        running(
            lambda context: DepthCameraNode(context=context, parameter_overrides=parameters), Stepper
        ) as nodes,
    ):
        camera, stepper = nodes
        # A frame is played once: both ends of its topics must know each other, and the planner must work.
        for topic in ("image_rect", "camera_info"):
            wait_until(
                lambda topic=topic: camera.count_subscribers(f"/depth_camera/depth/{topic}"),
                f"an ear for {topic}",
            )
        wait_until(stepper.planner_is_active, "an active planner")
        for stamp_ns in offline:
            wait_until(stepper.play.service_is_ready, "the camera's service")
            played = wait_for(stepper.play.call_async(Trigger.Request()), "the next frame")
            assert played.success, played.message
            wait_until(lambda stamp_ns=stamp_ns: stamp_ns in stepper.plans, "the plan of the frame")

    assert set(stepper.plans) == set(offline)
    for stamp_ns, message in stepper.plans.items():
        header = Header(stamp=ns_to_stamp(stamp_ns), frame_id="camera_depth_optical_frame")
        # As they are on the wire, where quality and width have 32 bits.
        expected = [
            deserialize_message(serialize_message(grasp_to_message(kept.grasp, header)), GraspMessage)
            for kept in offline[stamp_ns].grasps
        ]
        assert len(expected) == 10
        assert message.grasps == expected
        assert list(message.report.rejection_counts) == list(offline[stamp_ns].rejected.values())
