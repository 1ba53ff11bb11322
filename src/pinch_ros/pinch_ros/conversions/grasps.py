# SPDX-License-Identifier: Apache-2.0
"""Grasps and planning results."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from geometry_msgs.msg import Vector3
from pinch_interfaces.msg import Grasp as GraspMessage
from pinch_interfaces.msg import GraspArray
from pinch_interfaces.msg import GripperTranslation as GripperTranslationMessage
from pinch_interfaces.msg import PlanReport as PlanReportMessage
from std_msgs.msg import Header

from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, GripperTranslation, ImageGrasp
from pinch_ros.conversions.geometry import pose_from_transform, transform_from_pose
from pinch_ros.errors import InvalidMessageError

if TYPE_CHECKING:
    from pinch_core.planning.plan import PlanResult
    from pinch_core.planning.report import PlanReport


def grasp_to_message(grasp: Grasp, header: Header, T_frame_cam: Transform | None = None) -> GraspMessage:
    """A grasp message. ``header.frame_id``: the optical frame, or the one that ``T_frame_cam`` maps into."""
    to_frame = T_frame_cam or Transform.identity()
    return GraspMessage(
        header=header,
        id=grasp.id,
        gripper=grasp.gripper,
        pose=pose_from_transform(to_frame @ grasp.T_cam_tcp),
        width=float(grasp.width),
        opening=float(grasp.opening),
        approach=translation_to_message(grasp.approach.rotated(to_frame)),
        retreat=translation_to_message(grasp.retreat.rotated(to_frame)),
        quality=float(grasp.quality),
        center_px=np.array(grasp.image.center_px, dtype=np.float32),
        angle=_half_turn(grasp.image.angle),
        depth=float(grasp.image.depth),
        source=grasp.source,
    )


def grasp_from_message(message: GraspMessage, T_cam_frame: Transform | None = None) -> Grasp:
    """The grasp of a message in the optical frame, given ``T_cam_frame`` where the message uses another
    frame.

    Raises:
        InvalidMessageError: the pose is not finite, or width, opening, approach, retreat or quality are
            impossible.
    """
    to_cam = T_cam_frame or Transform.identity()
    for name, value in (("width", message.width), ("opening", message.opening)):
        if not (math.isfinite(value) and value >= 0.0):
            raise InvalidMessageError(f"grasp has {name} = {value:g} m; give a distance of at least 0.")
    if not 0.0 <= message.quality <= 1.0:
        raise InvalidMessageError(f"grasp has quality = {message.quality:g}; it lies between 0 and 1.")
    column, row = (float(v) for v in message.center_px)
    return Grasp(
        T_cam_tcp=to_cam @ transform_from_pose(message.pose, "grasp pose"),
        width=float(message.width),
        opening=float(message.opening),
        approach=translation_from_message(message.approach, "grasp approach").rotated(to_cam),
        retreat=translation_from_message(message.retreat, "grasp retreat").rotated(to_cam),
        quality=float(message.quality),
        image=ImageGrasp(column, row, float(message.angle), float(message.depth)),
        gripper=message.gripper,
        source=message.source,
        id=message.id,
    )


def translation_to_message(translation: GripperTranslation) -> GripperTranslationMessage:
    """Direction and distance of a straight motion, in the same frame."""
    x, y, z = translation.direction.tolist()
    return GripperTranslationMessage(direction=Vector3(x=x, y=y, z=z), distance=float(translation.distance))


# How far the length of a direction may be from 1: rounding, and numbers typed by hand such as 0.707.
_UNIT_TOLERANCE = 0.01


def translation_from_message(message: GripperTranslationMessage, where: str) -> GripperTranslation:
    """The straight motion of a message; its direction is normalised.

    Args:
        where: what the message is, for the error.

    Raises:
        InvalidMessageError: the direction is no unit vector, or the distance is not finite or negative.
    """
    direction = np.array([message.direction.x, message.direction.y, message.direction.z])
    length = math.hypot(*direction)
    if not abs(length - 1.0) <= _UNIT_TOLERANCE:
        raise InvalidMessageError(
            f"{where} has the direction ({', '.join(f'{v:g}' for v in direction)}) of length {length:g}; "
            "give a unit vector."
        )
    if not (math.isfinite(message.distance) and message.distance >= 0.0):
        raise InvalidMessageError(
            f"{where} has distance = {message.distance:g} m; give a distance of at least 0."
        )
    return GripperTranslation(direction / length, float(message.distance))


def report_to_message(report: PlanReport) -> PlanReportMessage:
    """What planning did."""
    return PlanReportMessage(
        sampled=int(report.sampled),
        scored=int(report.scored),
        rejection_reasons=list(report.rejected.keys()),
        rejection_counts=[int(count) for count in report.rejected.values()],
        stage_names=list(report.stages.keys()),
        stage_seconds=[float(seconds) for seconds in report.stages.values()],
        hole_ratio=float(report.hole_ratio),
        no_return_reasons=list(report.no_return.keys()),
        no_return_counts=[int(count) for count in report.no_return.values()],
        warnings=list(report.warnings),
        changed_since_failure=list(report.changed_since_failure),
    )


def plan_result_to_message(
    result: PlanResult, header: Header, T_frame_cam: Transform | None = None
) -> GraspArray:
    """Ranked grasps with the report; frames as in :func:`grasp_to_message`."""
    return GraspArray(
        header=header,
        grasps=[grasp_to_message(grasp, header, T_frame_cam) for grasp in result.grasps],
        report=report_to_message(result.report),
    )


def _half_turn(angle: float) -> float:
    """The same axis as an angle in (-pi/2, pi/2]."""
    folded = math.remainder(angle, math.pi)
    return math.pi / 2 if folded <= -math.pi / 2 else folded
