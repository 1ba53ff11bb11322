# SPDX-License-Identifier: Apache-2.0
"""A process that latches static transforms in three messages, says so, and stays until its input closes."""

from __future__ import annotations

import sys

import rclpy
from geometry_msgs.msg import TransformStamped

from tf2_ros import StaticTransformBroadcaster


def static(parent: str, child: str, height: float) -> TransformStamped:
    msg = TransformStamped(child_frame_id=child)
    msg.header.frame_id = parent
    msg.transform.translation.z = height
    msg.transform.rotation.w = 1.0
    return msg


rclpy.init()
broadcaster = StaticTransformBroadcaster(rclpy.create_node("tf_publisher"))
broadcaster.sendTransform([static("world", "table", 0.5), static("table", "object", 9.0)])
broadcaster.sendTransform(static("table", "object", 0.1))  # replaces the former one
broadcaster.sendTransform(static("world", "camera", 1.2))
print("published", flush=True)
sys.stdin.read()
rclpy.shutdown()
