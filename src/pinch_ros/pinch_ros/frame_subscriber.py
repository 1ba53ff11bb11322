# SPDX-License-Identifier: Apache-2.0
"""A depth image together with the camera info, and where wanted the mask, of exactly the same stamp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from pinch_ros.conversions.images import DepthMessage
from pinch_ros.conversions.time import stamp_to_ns
from pinch_ros.exact_stamp import ExactStampMatcher
from pinch_ros.listener_node import ListenerNode
from pinch_ros.qos import SENSOR_DATA, subscription_profile
from pinch_ros.topic_arrivals import TopicArrivals, why_no_pair


class FrameMessages(NamedTuple):
    """What belongs to one exposure."""

    image: DepthMessage
    info: CameraInfo
    segmask: Image | None = None

    @property
    def stamp_ns(self) -> int:
        return stamp_to_ns(self.image.header.stamp)


class FrameSubscriber:
    """Calls back with the messages of each exposure, one at a time, on a thread of its own.

    Args:
        info: topic of the camera info, or the one that holds for every image where the driver sends none.
        image_type: what the driver sends depth as.
    """

    def __init__(
        self,
        node: Node,
        image_topic: str,
        info: str | CameraInfo,
        callback: Callable[[FrameMessages], None],
        *,
        segmask_topic: str | None = None,
        image_type: type[DepthMessage] = Image,
    ) -> None:
        self._callback = callback
        topics: list[tuple[type, str]] = [(image_type, image_topic)]
        self._fixed: list[CameraInfo] = []
        if isinstance(info, str):
            topics.append((CameraInfo, info))
        else:
            self._fixed.append(info)
        if segmask_topic is not None:
            topics.append((Image, segmask_topic))
        self._matcher = ExactStampMatcher(len(topics))
        names = [topic for _, topic in topics]
        self._listening = ListenerNode(node, "frames", names)
        self._arrivals: list[TopicArrivals] = []
        self._subscriptions = []
        for part, (message_type, topic) in enumerate(topics):
            name = node.resolve_topic_name(topic)
            profile = subscription_profile(node, name, SENSOR_DATA)
            self._arrivals.append(TopicArrivals(name, message_type, profile))
            self._subscriptions.append(
                self._listening.node.create_subscription(message_type, topic, self._receiver(part), profile)
            )

    @property
    def topics(self) -> list[str]:
        """Names of the topics after remapping: image, then camera info and mask where there are such."""
        return [subscription.topic_name for subscription in self._subscriptions]

    @property
    def incomplete(self) -> int:
        """Exposures of which a message never came, or came with another stamp."""
        return self._matcher.incomplete

    def why_none(self) -> str:
        """Why no frame comes, as the topics were seen, and what to do: the second half of a sentence."""
        return why_no_pair(self._listening.node, self._arrivals)

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()

    def _receiver(self, part: int) -> Callable[[Any], None]:
        def receive(message: Any) -> None:
            stamp_ns = stamp_to_ns(message.header.stamp)
            self._arrivals[part].note(stamp_ns)
            messages = self._matcher.add(part, stamp_ns, message)
            if messages is not None:
                image, *others = messages
                self._callback(FrameMessages(image, *self._fixed, *others))

        return receive
