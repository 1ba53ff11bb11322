# SPDX-License-Identifier: Apache-2.0
"""A depth image together with the camera info, and where wanted the mask, of exactly the same stamp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from pinch_ros.conversions.time import stamp_to_ns
from pinch_ros.exact_stamp import ExactStampMatcher
from pinch_ros.qos import SENSOR_DATA, create_subscription


class FrameMessages(NamedTuple):
    """What belongs to one exposure."""

    image: Image
    info: CameraInfo
    segmask: Image | None = None

    @property
    def stamp_ns(self) -> int:
        return stamp_to_ns(self.image.header.stamp)


class FrameSubscriber:
    """Calls back with the messages of each exposure, one at a time."""

    def __init__(
        self,
        node: Node,
        image_topic: str,
        info_topic: str,
        callback: Callable[[FrameMessages], None],
        *,
        segmask_topic: str | None = None,
    ) -> None:
        self._node, self._callback = node, callback
        group = MutuallyExclusiveCallbackGroup()
        topics: list[tuple[type, str]] = [(Image, image_topic), (CameraInfo, info_topic)]
        if segmask_topic is not None:
            topics.append((Image, segmask_topic))
        self._matcher = ExactStampMatcher(len(topics))
        self._subscriptions = [
            create_subscription(node, message_type, topic, self._receiver(part), SENSOR_DATA, group)
            for part, (message_type, topic) in enumerate(topics)
        ]

    @property
    def topics(self) -> list[str]:
        """Names of the topics after remapping: image, camera info, mask where there is one."""
        return [subscription.topic_name for subscription in self._subscriptions]

    @property
    def incomplete(self) -> int:
        """Exposures of which a message never came, or came with another stamp."""
        return self._matcher.incomplete

    def close(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _receiver(self, part: int) -> Callable[[Any], None]:
        def receive(message: Any) -> None:
            messages = self._matcher.add(part, stamp_to_ns(message.header.stamp), message)
            if messages is not None:
                self._callback(FrameMessages(*messages))

        return receive
