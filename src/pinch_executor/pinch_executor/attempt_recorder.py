# SPDX-License-Identifier: Apache-2.0
"""Joins attempts with the depth images that their grasps were planned on, and writes both down."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import Image

from pinch_core.errors import PinchError
from pinch_executor.attempt_log import AttemptLog
from pinch_executor.executor_config import RecordingConfig
from pinch_executor.job import Attempt
from pinch_ros.conversions import depth_array_from_message, stamp_to_ns
from pinch_ros.qos import SENSOR_DATA, create_subscription


class AttemptRecorder:
    """Records where ``recording.folder`` is set. A failure to record is logged; it never fails a pick."""

    def __init__(self, node: Node, config: RecordingConfig) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._images: deque[Image] = deque(maxlen=config.images)
        # A pick outlasts the newest images: the one that its grasps were planned on is set aside.
        self._planned_on: tuple[int, Image | None] = (0, None)
        self._log = AttemptLog(Path(config.folder).expanduser()) if config.folder else None
        self._subscription: Subscription | None = None
        if self._log is not None:
            self._subscription = create_subscription(
                node, Image, "depth/image_rect", self._keep, SENSOR_DATA, MutuallyExclusiveCallbackGroup()
            )

    def set_aside(self, stamp_ns: int) -> None:
        """Keep the image of this stamp [ns] for the attempts planned on it, also if it has yet to come."""
        with self._lock:
            self._planned_on = (stamp_ns, self._find(stamp_ns))

    def record(self, attempt: Attempt) -> None:
        """Append the attempt."""
        if self._log is None:
            return
        stamp_ns = attempt.grasp.stamp_ns
        with self._lock:
            stamp_aside, aside = self._planned_on
            image = aside if stamp_aside == stamp_ns and aside is not None else self._find(stamp_ns)
        if image is None:
            self._node.get_logger().warning(
                f"an attempt is not recorded: no depth image of its grasp's stamp came on "
                f"{self._node.resolve_topic_name('depth/image_rect')}; remap it, or raise recording.images."
            )
            return
        try:
            self._log.append(depth_array_from_message(image), _row(attempt))
        except PinchError as error:
            self._node.get_logger().error(f"an attempt is not recorded: {error}")

    def close(self) -> None:
        """Stop listening."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)

    def _keep(self, image: Image) -> None:
        stamp_ns = stamp_to_ns(image.header.stamp)
        with self._lock:
            self._images.append(image)
            if stamp_ns == self._planned_on[0]:
                self._planned_on = (stamp_ns, image)

    def _find(self, stamp_ns: int) -> Image | None:
        return next((i for i in self._images if stamp_to_ns(i.header.stamp) == stamp_ns), None)


def _row(attempt: Attempt) -> dict[str, object]:
    grasp, image = attempt.grasp.grasp, attempt.grasp.grasp.image
    return {
        "column": image.column,
        "row": image.row,
        "angle": image.angle,
        "depth": image.depth,
        "outcome": "" if attempt.held is None else int(attempt.held),
        "width": grasp.width,
        "quality": grasp.quality,
        "source": " ".join(grasp.source.split()),
        "error_code": attempt.error_code,
        "stages": " ".join(name for name, _ in attempt.stages),
        "openings": " ".join(f"{opening:.4f}" for _, opening in attempt.stages),
        "stamp_ns": attempt.grasp.stamp_ns,
    }
