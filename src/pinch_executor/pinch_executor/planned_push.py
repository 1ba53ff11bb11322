# SPDX-License-Identifier: Apache-2.0
"""A push as the executor takes it."""

from __future__ import annotations

from dataclasses import dataclass

from pinch_interfaces.msg import GripperTranslation as GripperTranslationMessage
from pinch_interfaces.msg import Push

from pinch_core.geometry.transform import Transform
from pinch_core.grasp import GripperTranslation
from pinch_ros.conversions import transform_from_pose
from pinch_ros.conversions.grasps import translation_from_message


@dataclass(frozen=True, eq=False)
class PlannedPush:
    """A straight push with closed jaws in the base frame.

    ``T_base_start``: the TCP where it begins, reached by ``approach``; ``retreat`` leaves its end. ``gain``:
    expected quality of the best grasp after it, less that of the best grasp now.
    """

    T_base_start: Transform
    push: GripperTranslation
    approach: GripperTranslation
    retreat: GripperTranslation
    gripper: str
    gain: float


def push_from_message(message: Push, quality_now: float, T_base_frame: Transform) -> PlannedPush:
    """The push in the base frame, given the frame of the message in it.

    Raises:
        InvalidMessageError: the pose is not finite, or a direction or a distance is impossible.
    """
    way = GripperTranslationMessage(direction=message.direction, distance=message.distance)
    return PlannedPush(
        T_base_frame @ transform_from_pose(message.start, "push start"),
        translation_from_message(way, "push").rotated(T_base_frame),
        translation_from_message(message.approach, "push approach").rotated(T_base_frame),
        translation_from_message(message.retreat, "push retreat").rotated(T_base_frame),
        message.gripper,
        float(message.expected_quality - quality_now),
    )
