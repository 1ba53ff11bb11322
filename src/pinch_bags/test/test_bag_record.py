# SPDX-License-Identifier: Apache-2.0
"""Recording live topics, in a process of its own, over real DDS."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pinch_interfaces.msg import GraspArray
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Bool, Header, String
from tf2_msgs.msg import TFMessage

from pinch_bags.record.topic_choice import is_recorded_by_default
from pinch_core.geometry.transform import Transform
from pinch_ros.bags import Bag, header_stamp_ns
from pinch_ros.conversions import ns_to_stamp, transform_to_message
from pinch_ros.qos import LATCHED, RESULT, SENSOR_DATA
from pinch_ros.testing import isolated_ros_domain, running, wait_until

TOPICS = {
    "/camera/depth/image_rect_raw": (Image, SENSOR_DATA),
    "/camera/depth/camera_info": (CameraInfo, SENSOR_DATA),
    "/tf_static": (TFMessage, LATCHED),
    "/grasp_planner/grasps": (GraspArray, LATCHED),
    "/attempts/held": (Bool, RESULT),
    "/chatter": (String, RESULT),
}


@contextmanager
def recorder(out: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pinch_core.cli", "bag", "record", str(out), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


class Talker(Node):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__("talker", **kwargs)
        self.by_topic = {
            topic: self.create_publisher(kind, topic, qos) for topic, (kind, qos) in TOPICS.items()
        }
        fixed = transform_to_message(Transform.identity(), 0, "base", "cam")
        self.by_topic["/tf_static"].publish(TFMessage(transforms=[fixed]))

    def is_heard(self) -> bool:
        return all(
            publisher.get_subscription_count()
            for topic, publisher in self.by_topic.items()
            if topic != "/chatter"
        )

    def say(self, number: int) -> None:
        header = Header(stamp=ns_to_stamp(number), frame_id="cam")
        image = Image(
            header=header, height=1, width=2, step=4, encoding="16UC1", data=bytes([number, 0, 0, 1])
        )
        self.by_topic["/camera/depth/camera_info"].publish(CameraInfo(header=header, width=2, height=1))
        self.by_topic["/camera/depth/image_rect_raw"].publish(image)
        self.by_topic["/grasp_planner/grasps"].publish(GraspArray(header=header))
        self.by_topic["/attempts/held"].publish(Bool(data=True))
        self.by_topic["/chatter"].publish(String(data="of no use"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_said_is_recorded_and_a_signal_closes_the_file(tmp_path: Path, number: int) -> None:
    out = tmp_path / "live.mcap"
    with isolated_ros_domain(), running(Talker) as (talker,), recorder(out) as process:
        wait_until(talker.is_heard, "the recorder's subscriptions")
        for count in range(1, 6):
            talker.say(count)
        unfinished = tmp_path / "live.mcap.unfinished"
        assert unfinished.is_dir() and not out.exists()
        process.send_signal(number)
        printed, said = process.communicate(timeout=40)
        assert process.returncode == 0, said
    bag = Bag(out)
    assert bag.fault == "" and not unfinished.exists()
    counts = {topic.name: topic.count for topic in bag.topics.values()}
    # The latched transform was published before the recorder came.
    assert counts["/tf_static"] == 1 and "/chatter" not in counts
    assert counts["/attempts/held"] == counts["/grasp_planner/grasps"] == 5
    assert "5  /attempts/held" in printed
    stamps = [header_stamp_ns(raw) for raw in bag.messages(("/camera/depth/image_rect_raw",))]
    assert stamps == sorted(stamps) and set(stamps) <= {1, 2, 3, 4, 5}  # best effort may lose some
    for raw in bag.messages(("/camera/depth/image_rect_raw",)):
        assert raw.decode().data[0] == header_stamp_ns(raw)


def test_named_topics_alone_are_recorded_and_time_ends_it(tmp_path: Path) -> None:
    out = tmp_path / "live"
    words = ("--topics", "/chatter", "--seconds", "0.2")
    with isolated_ros_domain(), running(Talker) as (talker,), recorder(out, *words) as process:
        wait_until(
            lambda: talker.by_topic["/chatter"].get_subscription_count(), "the recorder's subscription"
        )
        talker.say(1)
        process.communicate(timeout=40)
        assert process.returncode == 0
    assert {topic.name: topic.count for topic in Bag(out).topics.values()} == {"/chatter": 1}


@pytest.mark.parametrize(
    ("topic", "kind", "is_recorded"),
    [
        ("/cell/cam/depth/image_rect_raw/compressedDepth", "sensor_msgs/msg/CompressedImage", True),
        ("/camera/color/image_raw", "sensor_msgs/msg/Image", True),
        ("/camera/infra1/image_raw", "sensor_msgs/msg/Image", False),
        ("/robot/joint_states", "sensor_msgs/msg/JointState", True),
        ("/tf", "tf2_msgs/msg/TFMessage", True),
        ("/grasp_executor/state", "pinch_interfaces/msg/ExecutorState", True),
        ("/attempts/held", "std_msgs/msg/Bool", True),
        ("/door/open", "std_msgs/msg/Bool", False),
        ("/rosout", "rcl_interfaces/msg/Log", False),
    ],
)
def test_what_is_recorded_by_default(topic: str, kind: str, is_recorded: bool) -> None:
    assert is_recorded_by_default(topic, kind) == is_recorded
