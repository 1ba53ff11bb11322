# SPDX-License-Identifier: Apache-2.0
"""Reading a PlanGrasps goal."""

from __future__ import annotations

import dataclasses

from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import PlanRequest as PlanRequestMessage
from sensor_msgs.msg import CameraInfo
from sensor_msgs.msg import RegionOfInterest as RegionOfInterestMessage

from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.perception.region import RegionOfInterest
from pinch_gqcnn.errors import InvalidGoalError
from pinch_gqcnn.planner import PlanRequest
from pinch_ros.conversions import depth_format_from_message, image_is_empty
from pinch_ros.errors import InvalidMessageError
from pinch_ros.frame_subscriber import FrameMessages

_MAX_GRASPS = 10000


def request_from_message(message: PlanRequestMessage) -> PlanRequest:
    """What is asked of a frame: the request without its mask and age, which choose the frame.

    Raises:
        InvalidGoalError: a number is out of range.
    """
    if message.max_grasps > _MAX_GRASPS:
        raise InvalidGoalError(
            f"max_grasps = {message.max_grasps} is more than {_MAX_GRASPS}; ask for fewer."
        )
    if not 0.0 <= message.min_quality <= 1.0:
        raise InvalidGoalError(
            f"min_quality = {message.min_quality:g} is outside [0, 1]; qualities lie between."
        )
    return PlanRequest(
        max_grasps=max(1, message.max_grasps),
        min_quality=float(message.min_quality),
        policy=message.policy,
        model=message.model,
        grippers=tuple(message.grippers),
        roi=_region(message.roi),
        bin=message.bin,
        failed=tuple(message.failed),
        keep_out=tuple(message.keep_out),
        with_surroundings=bool(message.with_surroundings),
    )


def frame_in_goal(goal: PlanGrasps.Goal) -> FrameMessages | None:
    """The frame a goal brings along, None where it asks for one from the topics.

    Raises:
        InvalidGoalError: an image without camera info or the reverse, or an age that is negative.
    """
    max_age_s = goal.request.max_age.sec
    if max_age_s < 0:
        raise InvalidGoalError(f"max_age = {max_age_s} s is negative; give 0 for the node's own limit.")
    no_depth, no_info = image_is_empty(goal.depth), _info_is_empty(goal.camera_info)
    if no_depth and no_info:
        return None
    if no_depth:
        raise InvalidGoalError(
            "camera_info is given but depth is empty; give both, or neither for the latest frame."
        )
    if no_info:
        raise InvalidGoalError("depth is given but camera_info is empty; give the camera info of this image.")
    return FrameMessages(goal.depth, goal.camera_info)


def format_in_goal(goal: PlanGrasps.Goal, topics: DepthFormat) -> DepthFormat:
    """How the image that a goal brings along is to be read.

    Args:
        topics: format of the node's topics; where the goal leaves it open, images are rectified as these are.

    Raises:
        InvalidGoalError: a number is out of range.
    """
    try:
        given = depth_format_from_message(goal.depth_format)
    except InvalidMessageError as error:
        raise InvalidGoalError(f"the goal's {error}") from error
    if given.rectified is Rectified.AUTO:
        return dataclasses.replace(given, rectified=topics.rectified)
    return given


def _info_is_empty(info: CameraInfo) -> bool:
    return info.width == 0 and info.height == 0 and not any(info.k) and not any(info.p)


def _region(roi: RegionOfInterestMessage) -> RegionOfInterest | None:
    if roi.x_offset == roi.y_offset == roi.width == roi.height == 0:
        return None
    return RegionOfInterest(int(roi.x_offset), int(roi.y_offset), int(roi.width), int(roi.height))
