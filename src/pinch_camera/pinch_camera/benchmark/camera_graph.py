# SPDX-License-Identifier: Apache-2.0
"""A camera node in a process of its own, and a driver that also hears itself."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from pinch_camera.errors import CameraError
from pinch_core.depth_frame import DepthFrame
from pinch_ros.conversions import (
    camera_info_from_intrinsics,
    depth_frame_to_image,
    ns_to_stamp,
    stamp_to_ns,
)
from pinch_ros.node_and_client import node_and_client
from pinch_ros.qos import RESULT, create_publisher, create_subscription

_NAMESPACE = "/pinch_benchmark"
_TIMEOUT_S = 60.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


class CameraGraph(Node):
    """Publishes frames as a driver, and notes when each came back directly and through the camera node."""

    def __init__(self, camera: subprocess.Popen[bytes]) -> None:
        super().__init__("driver", namespace=_NAMESPACE)
        self._camera = camera
        self._images = create_publisher(self, Image, "driver/image", RESULT)
        self._infos = create_publisher(self, CameraInfo, "driver/camera_info", RESULT)
        self._arrived = threading.Condition()
        self._direct: dict[int, float] = {}
        self._through: dict[int, float] = {}
        for topic, arrivals in (
            ("driver/image", self._direct),
            ("depth_camera/depth/image_rect", self._through),
        ):
            create_subscription(self, Image, topic, partial(self._note, arrivals), RESULT)

    @property
    def count(self) -> int:
        """Images that the camera node published."""
        return len(self._through)

    @property
    def processor_s(self) -> float:
        """Processor time of the camera node so far [s], all its threads."""
        fields = Path(f"/proc/{self._camera.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    @property
    def resident_mb(self) -> float:
        """Memory of the camera node [MiB]."""
        return int(Path(f"/proc/{self._camera.pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_MB

    def wait_for_frames(self, count: int) -> None:
        """Return when the camera node has published so many images.

        Raises:
            CameraError: it does not.
        """
        with self._arrived:
            if not self._arrived.wait_for(lambda: self.count >= count, _TIMEOUT_S):
                raise CameraError(
                    f"the camera node published {self.count} of {count} frames within {_TIMEOUT_S:g} s; see "
                    "its output."
                )

    def drive(self, frames: Sequence[DepthFrame], count: int, rate: float) -> list[float]:
        """Publish ``count`` frames, cycling, at ``rate`` [Hz]; seconds that the camera node added to each one
        that came both ways: when it came through the node less when it came directly.
        """
        messages = [depth_frame_to_image(frame) for frame in frames]
        stamps, start = [], time.perf_counter()
        for number in range(count):
            time.sleep(max(0.0, start + number / rate - time.perf_counter()))
            stamps.append(time.time_ns())
            image = messages[number % len(messages)]
            image.header = Header(stamp=ns_to_stamp(stamps[-1]), frame_id="optical")
            self._infos.publish(camera_info_from_intrinsics(frames[0].intrinsics, image.header))
            self._images.publish(image)
        with self._arrived:
            self._arrived.wait_for(lambda: stamps[-1] in self._through and stamps[-1] in self._direct, 2.0)
            both = [s for s in stamps if s in self._direct and s in self._through]
            return [self._through[stamp] - self._direct[stamp] for stamp in both]

    def drive_until_served(self, frames: Sequence[DepthFrame]) -> None:
        """Publish frames until some come through the camera node.

        Raises:
            CameraError: none does.
        """
        deadline = time.monotonic() + _TIMEOUT_S
        while not self.drive(frames, 10, 20.0):
            if time.monotonic() > deadline or self._camera.poll() is not None:
                raise CameraError(
                    f"no frame came through the camera node in {_TIMEOUT_S:g} s; see its output."
                )

    def _note(self, into: dict[int, float], image: Image) -> None:
        came = time.perf_counter()
        with self._arrived:
            into[stamp_to_ns(image.header.stamp)] = came
            self._arrived.notify_all()


@contextmanager
def camera_graph(*parameters: str) -> Iterator[CameraGraph]:
    """A camera node with ``parameters`` (name:=value) that relays the driver's topics, unless they name
    another source.
    """
    values = [
        f"relay.image_topic:={_NAMESPACE}/driver/image",
        f"relay.info_topic:={_NAMESPACE}/driver/camera_info",
        # Frames are sent when they are measured: silence before is no stall.
        "stall_timeout:=3600.0",
        # What is measured is the node's time, not what best effort loses.
        f"qos_overrides.{_NAMESPACE}/driver/image.subscription.reliability:=reliable",
        f"qos_overrides.{_NAMESPACE}/driver/camera_info.subscription.reliability:=reliable",
        *parameters,
    ]
    with node_and_client("pinch_camera.node", _NAMESPACE, values, CameraGraph) as graph:
        yield graph
