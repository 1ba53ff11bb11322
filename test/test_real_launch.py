# SPDX-License-Identifier: Apache-2.0
"""The launch files under the real ``ros2 launch``, where there is one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rclpy.node import Node
from sensor_msgs.msg import Image
from source_tree import ROOT

from pinch_bags.synth.bag_config import SimulatedBagConfig
from pinch_bags.synth.simulated_bag import write_simulated_bag
from pinch_ros.qos import SENSOR_DATA
from pinch_ros.testing import isolated_ros_domain, running, wait_until

pytest.importorskip("launch_ros", reason="ros2 launch comes with apt's ROS 2, not with the wheels")
ROS2 = shutil.which("ros2")
TIMEOUT_S = 120.0
BROUGHT_UP = re.compile(r"\[bring_up_node-\d+\]: process has finished cleanly")


def ros2_launch(*arguments: str) -> list[str]:
    assert ROS2 is not None, "launch is installed, but not the command ros2"
    return [ROS2, "launch", "pinch_bringup", *arguments]


@contextmanager
def launched(log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "ROS_LOG_DIR": str(log.parent / "ros_log"), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            ros2_launch(*arguments), stdout=out, stderr=subprocess.STDOUT, env=environment
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(TIMEOUT_S)


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "launch").glob("*.launch.py")))
def test_its_arguments_can_be_shown(name: str) -> None:
    shown = subprocess.run(
        ros2_launch(name, "--show-args"), capture_output=True, text=True, timeout=TIMEOUT_S, check=True
    ).stdout
    declared = re.findall(r'DeclareLaunchArgument\(\s*"(\w+)"', (ROOT / "launch" / name).read_text())
    assert set(declared) <= set(re.findall(r"^ {4}'(\w+)':", shown, re.MULTILINE))


class Eye(Node):
    def __init__(self, **kwargs: object) -> None:
        super().__init__("eye", **kwargs)
        self.images: list[Image] = []
        self.create_subscription(Image, "/depth_camera/depth/image_rect", self.images.append, SENSOR_DATA)


def test_a_recording_plays_once_the_planner_listens(tmp_path: Path) -> None:
    bag, log = tmp_path / "bag.mcap", tmp_path / "launch.log"
    write_simulated_bag(bag, SimulatedBagConfig(scenes=2, frames=1, attempts=0, pool=12))
    with isolated_ros_domain(), running(Eye) as (eye,), launched(log, "replay.launch.py", f"path:={bag}"):
        wait_until(lambda: eye.images, "a frame of the recording", TIMEOUT_S)
        wait_until(lambda: BROUGHT_UP.search(log.read_text()), "the end of bring_up")
    text = log.read_text()
    assert 0 < text.index("grasp_planner is active") < text.index("depth_camera is active")
    assert "Traceback" not in text


def test_a_camera_that_cannot_start_ends_the_launch_and_says_why(tmp_path: Path) -> None:
    log = tmp_path / "launch.log"
    with isolated_ros_domain(), launched(log, "replay.launch.py", "path:=/nowhere") as process:
        process.wait(TIMEOUT_S)
    text = log.read_text()
    assert "replay.path = /nowhere does not exist" in text
    assert "depth_camera could not be configured" in text
    assert re.search(r"process\[bring_up_node-\d+\] was required: shutting down launched system", text)
