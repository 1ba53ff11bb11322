# SPDX-License-Identifier: Apache-2.0
"""Poses and transforms."""

from __future__ import annotations

import math
from typing import Any

from geometry_msgs.msg import Point, Pose, Quaternion, TransformStamped, Vector3
from geometry_msgs.msg import Transform as TransformMessage

from pinch_core.geometry.transform import Transform
from pinch_ros.conversions.time import ns_to_stamp
from pinch_ros.errors import InvalidMessageError

# A shorter quaternion was never filled in, a longer one is garbage: normalising would invent a rotation.
_MIN_QUATERNION_NORM, _MAX_QUATERNION_NORM = 1e-6, 1e6


def pose_from_transform(T_frame_child: Transform) -> Pose:
    """The pose of the child frame's origin and axes."""
    x, y, z = (float(v) for v in T_frame_child.translation)
    return Pose(position=Point(x=x, y=y, z=z), orientation=_quaternion_message(T_frame_child))


def transform_from_pose(pose: Pose, where: str = "pose") -> Transform:
    """The transform of a pose; ``where`` names the message for the error.

    Raises:
        InvalidMessageError: a number is not finite, or the quaternion is zero or absurdly long.
    """
    return _transform(pose.orientation, pose.position, where)


def transform_from_message(message: TransformMessage, where: str = "transform") -> Transform:
    """The transform of a geometry_msgs/Transform, see :func:`transform_from_pose`."""
    return _transform(message.rotation, message.translation, where)


def transform_to_message(
    T_parent_child: Transform, stamp_ns: int, parent: str, child: str
) -> TransformStamped:
    """A stamped transform for TF."""
    message = TransformStamped()
    message.header.stamp = ns_to_stamp(stamp_ns)
    message.header.frame_id = parent
    message.child_frame_id = child
    x, y, z = (float(v) for v in T_parent_child.translation)
    message.transform.translation = Vector3(x=x, y=y, z=z)
    message.transform.rotation = _quaternion_message(T_parent_child)
    return message


def _quaternion_message(transform: Transform) -> Quaternion:
    x, y, z, w = (float(v) for v in transform.quaternion)
    return Quaternion(x=x, y=y, z=z, w=w)


def _transform(rotation: Quaternion, translation: Any, where: str) -> Transform:
    xyzw = (rotation.x, rotation.y, rotation.z, rotation.w)
    xyz = (translation.x, translation.y, translation.z)
    if not all(math.isfinite(v) for v in xyzw + xyz):
        raise InvalidMessageError(
            f"{where} has position {xyz} and quaternion {xyzw}; every number must be finite."
        )
    norm = math.hypot(*xyzw)
    if not _MIN_QUATERNION_NORM <= norm <= _MAX_QUATERNION_NORM:
        raise InvalidMessageError(
            f"{where} has the quaternion {xyzw} of length {norm:g}; give a unit quaternion."
        )
    return Transform.from_quaternion(xyzw, xyz)
