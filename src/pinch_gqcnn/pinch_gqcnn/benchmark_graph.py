# SPDX-License-Identifier: Apache-2.0
"""A planner node in a process of its own and a client that publishes frames to it, for measurements."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import GraspArray
from rclpy.action import ActionClient
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import PinchError
from pinch_ros.conversions import (
    camera_info_from_intrinsics,
    depth_frame_to_image,
    ns_to_stamp,
    stamp_to_ns,
)
from pinch_ros.node_and_client import node_and_client
from pinch_ros.qos import RESULT

_NAMESPACE = "/pinch_benchmark"
TIMEOUT_S = 60.0


class Plan(NamedTuple):
    """A plan that came back: which frame it is of, when it came [s, perf_counter], and the message."""

    stamp_ns: int
    received_s: float
    message: GraspArray


class BenchmarkClient(Node):
    """Publishes one frame again and again, each time with a new stamp, and receives the plans."""

    def __init__(self, frame: DepthFrame, planner: subprocess.Popen[bytes]) -> None:
        super().__init__("client", namespace=_NAMESPACE)
        self.planner = planner
        self._info = frame.intrinsics
        self._image = depth_frame_to_image(frame)
        self._images = self.create_publisher(Image, "depth/image_rect", RESULT)
        self._infos = self.create_publisher(CameraInfo, "depth/camera_info", RESULT)
        self._arrived = threading.Condition()
        self._plans: list[Plan] = []
        self.create_subscription(GraspArray, "grasp_planner/grasps", self._on_plan, RESULT)
        self.action = ActionClient(self, PlanGrasps, "grasp_planner/plan_grasps")

    def _on_plan(self, message: GraspArray) -> None:
        with self._arrived:
            self._plans.append(Plan(stamp_to_ns(message.header.stamp), time.perf_counter(), message))
            self._arrived.notify_all()

    @property
    def plans(self) -> Sequence[Plan]:
        """All that came so far."""
        return tuple(self._plans)

    def goal(self) -> PlanGrasps.Goal:
        """A goal with the frame."""
        return PlanGrasps.Goal(
            depth=self._image, camera_info=camera_info_from_intrinsics(self._info, self._image.header)
        )

    def publish(self, stamp_ns: int) -> float:
        """Publish the frame with a stamp; when [s, perf_counter]."""
        self._image.header.stamp = ns_to_stamp(stamp_ns)
        info = camera_info_from_intrinsics(self._info, self._image.header)
        published = time.perf_counter()
        self._infos.publish(info)
        self._images.publish(self._image)
        return published

    def wait_for_plan(self, stamp_ns: int, timeout_s: float) -> Plan | None:
        """The plan of the frame with a stamp, None when it does not come."""

        def found() -> Plan | None:
            return next((plan for plan in reversed(self._plans) if plan.stamp_ns == stamp_ns), None)

        with self._arrived:
            return self._arrived.wait_for(found, timeout_s) or None

    def wait_until_served(self) -> None:
        """Return when frames are planned on.

        Raises:
            PinchError: they are not.
        """
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            stamp_ns = time.time_ns()
            self.publish(stamp_ns)
            if self.wait_for_plan(stamp_ns, 1.0) is not None:
                return
            if time.monotonic() > deadline or self.planner.poll() is not None:
                raise PinchError(f"the planner node did not answer within {TIMEOUT_S:g} s; see its output.")


@contextmanager
def planner_and_client(frame: DepthFrame, *parameters: str) -> Iterator[BenchmarkClient]:
    """A planner that serves, and its client; ``parameters`` of the planner as name:=value."""
    # As in config/planner.yaml: what is measured is the node's time, not what best effort loses.
    reliable = (
        f"qos_overrides.{_NAMESPACE}/depth/{topic}.subscription.reliability:=reliable"
        for topic in ("image_rect", "camera_info")
    )
    with node_and_client(
        "pinch_gqcnn.node",
        _NAMESPACE,
        (*reliable, *parameters),
        lambda planner: BenchmarkClient(frame, planner),
    ) as client:
        yield client
