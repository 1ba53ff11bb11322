# SPDX-License-Identifier: Apache-2.0
"""Publishes the poses of frames that never move."""

from __future__ import annotations

from collections.abc import Iterable

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from tf2_msgs.msg import TFMessage


class StaticTransformBroadcaster:
    """Publishes transforms on /tf_static, latched: whoever subscribes later gets them too.

    Only the last message is kept for late subscribers, so each message repeats every transform sent so far; a
    frame that is sent again replaces its former transform. Keep one broadcaster a process.
    """

    def __init__(self, node: Node, qos: QoSProfile | int | None = None) -> None:
        if qos is None:
            qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.pub_tf = node.create_publisher(TFMessage, "/tf_static", qos)
        self._by_child: dict[str, TransformStamped] = {}

    def sendTransform(self, transform: TransformStamped | Iterable[TransformStamped]) -> None:
        """Publish one transform or several, together with all sent before."""
        transforms = [transform] if isinstance(transform, TransformStamped) else list(transform)
        self._by_child.update({item.child_frame_id: item for item in transforms})
        self.pub_tf.publish(TFMessage(transforms=list(self._by_child.values())))
