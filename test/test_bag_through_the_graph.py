# SPDX-License-Identifier: Apache-2.0
"""The same recording through the ROS graph and offline: exactly the same grasps for a seed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from pinch_interfaces.msg import Grasp as GraspMessage
from pinch_interfaces.msg import GraspArray
from rclpy.node import Node
from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from pinch_bringup.bag.evaluate.command import main as evaluate
from pinch_bringup.bag.evaluate.records import read_records
from pinch_bringup.bag.synth.command import SynthOptions
from pinch_bringup.bag.synth.simulated_bag import write_simulated_bag
from pinch_bringup.graph import PLANNER
from pinch_bringup.node_process import NodeProcess
from pinch_core.resources import config_directory
from pinch_ros.conversions import grasp_to_message, ns_to_stamp, stamp_to_ns
from pinch_ros.qos import LATCHED
from pinch_ros.testing import isolated_ros_domain, running, wait_for, wait_until

SEED = 7


class Stepper(Node):
    """Plays a recording frame by frame and keeps the plan of each."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("stepper", **kwargs)
        self.play = self.create_client(Trigger, "/depth_camera/play_next")
        self.plans: dict[int, GraspArray] = {}
        self.arrived = threading.Event()
        self.create_subscription(GraspArray, "/grasp_planner/grasps", self._on_plan, LATCHED)

    def _on_plan(self, message: GraspArray) -> None:
        self.plans[stamp_to_ns(message.header.stamp)] = message


def test_the_graph_and_the_evaluation_plan_the_same(tmp_path: Path) -> None:
    bag, out = tmp_path / "bag.mcap", tmp_path / "out"
    write_simulated_bag(bag, SynthOptions(scenes=2, frames=1, attempts=0, pool=12))
    words = ("--seed", str(SEED), "--no-pictures", "--no-bag", "--workers", "1")
    assert evaluate([str(bag), "--out", str(out), *words]) == 0
    offline = {record.stamp_ns: record.plans[0] for record in read_records(out)}

    camera = ["--params-file", str(config_directory() / "camera" / "replay.yaml")]
    for parameter in (
        f"replay.path:={bag}",
        "replay.step:=true",
        "replay.loop:=false",
        "replay.keep_stamps:=true",
    ):
        camera += ["-p", parameter]
    planner = ["--params-file", str(config_directory() / PLANNER.parameters), "-p", f"seed:={SEED}"]
    planner += ["-p", "continuous:=true"]
    for rule in PLANNER.remappings:
        planner += ["-r", rule]
    home = tmp_path / "home"
    with (
        isolated_ros_domain(),
        NodeProcess("pinch_camera", "depth_camera_node", camera, tmp_path / "camera.log", home),
        NodeProcess("pinch_gqcnn", "grasp_planner_node", planner, tmp_path / "planner.log", home),
        running(Stepper) as (stepper,),
    ):
        wait_until(lambda: stepper.count_publishers("/grasp_planner/grasps"), "the planner")
        wait_until(lambda: stepper.count_subscribers("/depth_camera/depth/camera_info"), "the planner's ear")
        wait_until(lambda: stepper.count_publishers("/depth_camera/depth/image_rect"), "the camera")
        wait_until(stepper.play.service_is_ready, "the camera's service")
        for stamp_ns in offline:
            wait_for(stepper.play.call_async(Trigger.Request()), "the next frame")
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
