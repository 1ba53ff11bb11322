# SPDX-License-Identifier: Apache-2.0
"""What a node says when no frame comes is what it saw of the topics."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSDurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from pinch_ros.conversions import ns_to_stamp
from pinch_ros.frame_subscriber import FrameSubscriber
from pinch_ros.qos import RESULT, SENSOR_DATA
from pinch_ros.testing import isolated_ros_domain, running, wait_until

IMAGE, INFO = "/depth/image_rect", "/depth/camera_info"
MS = 1_000_000


class Bench:
    """A node that waits for frames, and a camera driver."""

    def __init__(self, node: Node, driver: Node) -> None:
        self.node, self.driver = node, driver
        self.frames = FrameSubscriber(node, "depth/image_rect", "depth/camera_info", lambda _: None)

    def why(self, part: str) -> str:
        """What is said, once it contains ``part``."""
        wait_until(lambda: part in self.frames.why_none(), part)
        return self.frames.why_none()


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    overrides = [Parameter(name, value=value) for name, value in getattr(request, "param", {}).items()]
    with (
        isolated_ros_domain(),
        running(
            lambda **kwargs: Node("planner", parameter_overrides=overrides, **kwargs),
        ) as (node,),
        running(lambda **kwargs: Node("driver", **kwargs)) as (driver,),
    ):
        bench = Bench(node, driver)
        yield bench
        bench.frames.close()


def test_topics_that_nobody_publishes_are_named_with_one_of_that_type(bench: Bench) -> None:
    bench.driver.create_publisher(Image, "/camera/depth/image_raw", SENSOR_DATA)
    said = bench.why("/camera/depth/image_raw")
    assert f"nothing came on {IMAGE} (nobody publishes it; sensor_msgs/msg/Image is published on" in said
    assert f"nothing came on {INFO} (nobody publishes it)" in said
    assert said.endswith(f"start what publishes {IMAGE}, or remap it")


def test_stamps_that_lie_apart_are_told_with_both_rates(bench: Bench) -> None:
    images = bench.driver.create_publisher(Image, IMAGE, RESULT)
    infos = bench.driver.create_publisher(CameraInfo, INFO, RESULT)
    wait_until(lambda: images.get_subscription_count() and infos.get_subscription_count(), "discovery")
    for number in range(1, 6):
        image, info = Image(), CameraInfo()
        image.header.stamp = ns_to_stamp(number * 100 * MS)
        info.header.stamp = ns_to_stamp(number * 100 * MS + MS)
        images.publish(image)
        infos.publish(info)
    said = bench.why("stamps never agree")
    assert f"{INFO} is stamped 1 ms after {IMAGE} at the nearest" in said
    assert said.count(" Hz") == 2
    assert "relay.camera_file" in said


def test_a_publisher_of_another_type_is_named(bench: Bench) -> None:
    bench.driver.create_publisher(PointCloud2, IMAGE, SENSOR_DATA)
    said = bench.why("driver publishes it as")
    assert "driver publishes it as sensor_msgs/msg/PointCloud2, not as sensor_msgs/msg/Image" in said
    assert f"remap {IMAGE} to a topic of sensor_msgs/msg/Image" in said


@pytest.mark.parametrize(
    "bench", [{"qos_overrides.depth/image_rect.subscription.reliability": "reliable"}], indirect=True
)
def test_a_quality_of_service_that_does_not_fit_is_named_with_the_parameter(bench: Bench) -> None:
    bench.driver.create_publisher(Image, IMAGE, SENSOR_DATA)
    said = bench.why("driver offers")
    assert "driver offers best_effort, and this node asks for reliable" in said
    assert f"set qos_overrides.{IMAGE}.subscription.reliability to best_effort" in said


def test_a_publisher_that_sends_nothing_is_named(bench: Bench) -> None:
    latched = QoSProfile(depth=1, durability=QoSDurabilityPolicy.TRANSIENT_LOCAL)
    bench.driver.create_publisher(Image, IMAGE, latched)
    assert f"see why the publisher of {IMAGE} sends nothing" in bench.why("driver publishes it, and sent")


def test_stamps_that_never_change_are_told(bench: Bench) -> None:
    images = bench.driver.create_publisher(Image, IMAGE, RESULT)
    infos = bench.driver.create_publisher(CameraInfo, INFO, RESULT)
    wait_until(lambda: images.get_subscription_count() and infos.get_subscription_count(), "discovery")
    for _ in range(3):
        images.publish(Image())
        infos.publish(CameraInfo())
    assert "let the driver stamp each exposure anew" in bench.why("all are stamped alike, 0.000 s")
