# SPDX-License-Identifier: Apache-2.0
"""Which topics are recorded. Free of ROS."""

from __future__ import annotations

from dataclasses import dataclass

# Recorded whatever their names; of images and camera info those of cameras, of Bool those of attempts.
_TYPES = {
    "pinch_interfaces/msg/ExecutorState",
    "pinch_interfaces/msg/Grasp",
    "pinch_interfaces/msg/GraspArray",
    "sensor_msgs/msg/CameraInfo",
    "sensor_msgs/msg/JointState",
    "tf2_msgs/msg/TFMessage",
}
_IMAGE_TYPES = {"sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"}
_IMAGE_PARTS = ("depth", "color", "rgb")
_ATTEMPTS = "/attempts/"


@dataclass(frozen=True)
class TopicChoice:
    """``only``: topics in place of the default ones, if any; ``also``: topics beside the default ones."""

    only: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def takes(self, topic: str, kind: str) -> bool:
        """Whether the topic of this message type is recorded."""
        if self.only:
            return topic in self.only
        return topic in self.also or is_recorded_by_default(topic, kind)


def is_recorded_by_default(topic: str, kind: str) -> bool:
    """Whether evaluation, fine-tuning or a viewer can make use of it."""
    if kind in _IMAGE_TYPES:
        return any(part in topic for part in _IMAGE_PARTS)
    return kind in _TYPES or topic.startswith(_ATTEMPTS) or _ATTEMPTS in topic
