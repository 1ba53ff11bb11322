# SPDX-License-Identifier: Apache-2.0
"""Grasps and planning results."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from pinch_interfaces.msg import Grasp as GraspMessage
from pinch_interfaces.msg import GraspArray
from pinch_interfaces.msg import PlanReport as PlanReportMessage
from std_msgs.msg import Header

from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, ImageGrasp
from pinch_ros.conversions.geometry import pose_from_transform, transform_from_pose
from pinch_ros.errors import InvalidMessageError

if TYPE_CHECKING:
    from pinch_core.planning.plan import PlanResult
    from pinch_core.planning.report import PlanReport


def grasp_to_message(grasp: Grasp, header: Header, T_frame_cam: Transform | None = None) -> GraspMessage:
    """A grasp message. ``header.frame_id``: the optical frame, or the one that ``T_frame_cam`` maps into."""
    T_frame_tcp = grasp.T_cam_tcp if T_frame_cam is None else T_frame_cam @ grasp.T_cam_tcp
    message = GraspMessage(
        header=header, pose=pose_from_transform(T_frame_tcp), width=float(grasp.width),
        quality=float(grasp.quality),
        angle=_half_turn(grasp.image.angle), depth=float(grasp.image.depth), source=grasp.source,
    )  # fmt: skip
    message.center_px = np.array(grasp.image.center_px, dtype=np.float32)
    return message


def grasp_from_message(message: GraspMessage, T_cam_frame: Transform | None = None) -> Grasp:
    """The grasp of a message in the optical frame, given ``T_cam_frame`` where the message uses another
    frame.

    Raises:
        InvalidMessageError: the pose is not finite, or width or quality are impossible.
    """
    T_frame_tcp = transform_from_pose(message.pose, "grasp pose")
    if not (math.isfinite(message.width) and message.width >= 0.0):
        raise InvalidMessageError(f"grasp has width = {message.width:g} m; give a distance of at least 0.")
    if not 0.0 <= message.quality <= 1.0:
        raise InvalidMessageError(f"grasp has quality = {message.quality:g}; it lies between 0 and 1.")
    column, row = (float(v) for v in message.center_px)
    image = ImageGrasp(column, row, float(message.angle), float(message.depth), float(message.width))
    T_cam_tcp = T_frame_tcp if T_cam_frame is None else T_cam_frame @ T_frame_tcp
    return Grasp(T_cam_tcp, float(message.width), float(message.quality), image, message.source)


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
        table_found=True,  # without a table there is no report but an error
        warnings=list(report.warnings),
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
