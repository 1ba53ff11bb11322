# SPDX-License-Identifier: Apache-2.0
"""Pushes."""

from __future__ import annotations

from geometry_msgs.msg import Vector3
from pinch_interfaces.msg import Push as PushMessage
from std_msgs.msg import Header

from pinch_core.geometry.transform import Transform
from pinch_core.planning.pushes import Push
from pinch_ros.conversions.geometry import pose_from_transform
from pinch_ros.conversions.grasps import translation_to_message


def push_to_message(push: Push, header: Header, T_frame_cam: Transform | None = None) -> PushMessage:
    """A push message. ``header.frame_id``: the optical frame, or the one that ``T_frame_cam`` maps into."""
    to_frame = T_frame_cam or Transform.identity()
    x, y, z = (float(value) for value in to_frame.rotate(push.direction))
    return PushMessage(
        header=header,
        gripper=push.gripper,
        start=pose_from_transform(to_frame @ push.T_cam_tcp),
        direction=Vector3(x=x, y=y, z=z),
        distance=float(push.distance),
        approach=translation_to_message(push.approach.rotated(to_frame)),
        retreat=translation_to_message(push.retreat.rotated(to_frame)),
        expected_quality=float(push.expected_quality),
        source=push.source,
    )
