# SPDX-License-Identifier: Apache-2.0
"""Whether the camera still publishes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo

from pinch_executor.errors import CameraLost
from pinch_ros.listener_node import ListenerNode
from pinch_ros.qos import SENSOR_DATA

# Comes with every depth image, and is small.
TOPIC = "depth/camera_info"
# Wall-clock seconds in which a frame that has come but was not handled yet must turn up.
UNREAD_TIMEOUT_S = 0.15


class CameraMonitor:
    """Hears the camera infos of the depth images that grasps are planned on.

    A camera that was never heard cannot be lost: the planner may have its images from elsewhere.
    """

    def __init__(self, node: Node, now: Callable[[], float], max_silence: float) -> None:
        """``now``: the robot's time [s]. ``max_silence`` [s]: between two frames."""
        self._now, self._max_silence = now, max_silence
        self._heard = threading.Condition()
        self._heard_at: float | None = None
        self._listening = ListenerNode(node, "camera", (TOPIC,))
        # Only that it comes counts, so nothing is unpacked.
        self._subscription = self._listening.node.create_subscription(
            CameraInfo, TOPIC, self._on_camera_info, SENSOR_DATA, raw=True
        )

    def check(self) -> None:
        """Raises CameraLost when a camera that was heard has fallen silent."""
        with self._heard:
            if self._silence() > self._max_silence:
                self._heard.wait_for(lambda: self._silence() <= self._max_silence, UNREAD_TIMEOUT_S)
            silence = self._silence()
        if silence > self._max_silence:
            raise CameraLost(
                f"no frame has come on {self._subscription.topic_name} for {silence:.1f} s, more than "
                f"{self._max_silence:g} s; check the camera and its cable.",
                silence=silence,
                max_silence=self._max_silence,
            )

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()

    def _on_camera_info(self, _: bytes) -> None:
        with self._heard:
            self._heard_at = self._now()
            self._heard.notify_all()

    def _silence(self) -> float:
        return 0.0 if self._heard_at is None else self._now() - self._heard_at
