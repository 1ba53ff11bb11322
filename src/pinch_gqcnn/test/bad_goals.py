# SPDX-License-Identifier: Apache-2.0
"""Goals that the planner node refuses, each with its error code and a part of the sentence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from builtin_interfaces.msg import Duration
from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import DepthFormat, ErrorCode
from planner_scenes import (
    box_scene,
    empty_table,
    goal_with,
    in_tenths_of_millimetres,
    messages,
    no_table,
)
from sensor_msgs.msg import CameraInfo, Image, RegionOfInterest
from std_msgs.msg import Header

from pinch_ros.conversions import mask_to_message


def narrow(goal: PlanGrasps.Goal, **fields: object) -> PlanGrasps.Goal:
    for name, value in fields.items():
        setattr(goal, name, value)
    return goal


def mask_of(*shape: int) -> Image:
    return mask_to_message(np.ones(shape, dtype=bool), Header())


def truncated() -> PlanGrasps.Goal:
    goal = goal_with(box_scene())
    goal.depth.data = goal.depth.data[:-1]
    return goal


def small_info() -> CameraInfo:
    info = messages(box_scene())[1]
    info.width = 160
    return info


def info_with(**fields: object) -> CameraInfo:
    info = messages(box_scene())[1]
    for name, value in fields.items():
        setattr(info, name, value)
    return info


def stamped(seconds: int, **fields: object) -> PlanGrasps.Goal:
    goal = goal_with(box_scene(), **fields)
    goal.depth.header.stamp.sec = seconds
    return goal


BAD_GOALS: dict[str, tuple[Callable[[], PlanGrasps.Goal], int, str]] = {
    "all NaN": (
        lambda: goal_with(np.full_like(box_scene(), np.nan)),
        ErrorCode.INVALID_DEPTH,
        "no valid pixel",
    ),
    "millimetres as metres": (lambda: goal_with(box_scene() * 1e3), ErrorCode.INVALID_DEPTH, "median depth"),
    "truncated": (truncated, ErrorCode.INVALID_DEPTH, "truncated"),
    "colour image": (
        lambda: narrow(
            goal_with(box_scene()), depth=Image(height=1, width=1, step=3, encoding="rgb8", data=b"abc")
        ),
        ErrorCode.INVALID_DEPTH,
        "'rgb8'",
    ),
    "no camera info": (
        lambda: narrow(goal_with(box_scene()), camera_info=CameraInfo()),
        ErrorCode.INVALID_GOAL,
        "camera_info is empty",
    ),
    "info without image": (
        lambda: narrow(goal_with(box_scene()), depth=Image()),
        ErrorCode.INVALID_GOAL,
        "depth is empty",
    ),
    "info of another size": (
        lambda: narrow(goal_with(box_scene()), camera_info=small_info()),
        ErrorCode.INTRINSICS_MISMATCH,
        "160 x 240",
    ),
    "uncalibrated": (
        lambda: narrow(goal_with(box_scene()), camera_info=CameraInfo(width=320, height=240)),
        ErrorCode.INTRINSICS_MISMATCH,
        "fx = 0",
    ),
    "mask of another size": (
        lambda: goal_with(box_scene(), segmask=mask_of(10, 20)),
        ErrorCode.MASK_MISMATCH,
        "20 x 10",
    ),
    "region outside": (
        lambda: goal_with(box_scene(), roi=RegionOfInterest(x_offset=300, y_offset=0, width=100, height=10)),
        ErrorCode.ROI_OUTSIDE_IMAGE,
        "100 x 10",
    ),
    "a frame of billions of pixels": (
        lambda: narrow(
            goal_with(box_scene()),
            depth=Image(height=2**32 - 1, width=2**32 - 1, step=2**32 - 1, encoding="32FC1", data=b"abcd"),
        ),
        ErrorCode.INVALID_DEPTH,
        "step",
    ),
    "rows and no columns": (
        lambda: narrow(goal_with(box_scene()), depth=Image(height=7, encoding="32FC1", data=b"abcd")),
        ErrorCode.INVALID_DEPTH,
        "0 x 7",
    ),
    "NaN intrinsics": (
        lambda: narrow(goal_with(box_scene()), camera_info=info_with(p=[float("nan")] * 12)),
        ErrorCode.INTRINSICS_MISMATCH,
        "nan",
    ),
    "huge intrinsics": (
        lambda: narrow(goal_with(box_scene()), camera_info=info_with(p=[1e300] * 12)),
        ErrorCode.INTRINSICS_MISMATCH,
        "",
    ),
    "absurd binning": (
        lambda: narrow(goal_with(box_scene()), camera_info=info_with(binning_x=2**32 - 1)),
        ErrorCode.INTRINSICS_MISMATCH,
        "",
    ),
    "a mask of nothing": (
        lambda: goal_with(box_scene(), segmask=Image(height=240, width=320, step=320, encoding="mono8")),
        ErrorCode.MASK_MISMATCH,
        "0 bytes",
    ),
    "a region beyond all images": (
        lambda: goal_with(
            box_scene(), roi=RegionOfInterest(x_offset=2**32 - 1, y_offset=2**32 - 1, width=1, height=1)
        ),
        ErrorCode.ROI_OUTSIDE_IMAGE,
        "4294967295",
    ),
    "a target frame of a long name": (
        lambda: goal_with(box_scene(), target_frame="x" * 100_000),
        ErrorCode.FRAME_TRANSFORM_FAILURE,
        "",
    ),
    "a policy of a long name": (
        lambda: goal_with(box_scene(), policy="x" * 100_000),
        ErrorCode.UNKNOWN_POLICY,
        "",
    ),
    "a model of a long name": (
        lambda: goal_with(box_scene(), model="x" * 100_000),
        ErrorCode.MODEL_INVALID,
        "",
    ),
    "a stamp before time began": (
        lambda: stamped(-5, target_frame="moon"),
        ErrorCode.FRAME_TRANSFORM_FAILURE,
        "'moon'",
    ),
    "negative age": (
        lambda: goal_with(box_scene(), max_age=Duration(sec=-1)),
        ErrorCode.INVALID_GOAL,
        "max_age = -1 s",
    ),
    "too many grasps": (
        lambda: goal_with(box_scene(), max_grasps=2**32 - 1),
        ErrorCode.INVALID_GOAL,
        "max_grasps = 4294967295",
    ),
    "another gripper": (
        lambda: goal_with(box_scene(), grippers=["robotiq_2f85", "claw"]),
        ErrorCode.UNKNOWN_GRIPPER,
        "only 'robotiq_2f85', 'claw', but this node plans for the gripper 'panda'",
    ),
    "a nameless gripper": (
        lambda: goal_with(box_scene(), grippers=[""]),
        ErrorCode.UNKNOWN_GRIPPER,
        "only ''",
    ),
    "very many grippers of long names": (
        lambda: goal_with(box_scene(), grippers=[f"{n:0>1000}" for n in range(5000)]),
        ErrorCode.UNKNOWN_GRIPPER,
        "and 4996 more",
    ),
    "unknown policy": (lambda: goal_with(box_scene(), policy="oracle"), ErrorCode.UNKNOWN_POLICY, "'oracle'"),
    "unknown model": (lambda: goal_with(box_scene(), model="gqcnn-9"), ErrorCode.MODEL_INVALID, "'gqcnn-9'"),
    "impossible depth scale": (
        lambda: narrow(goal_with(box_scene()), depth_format=DepthFormat(scale=-1.0)),
        ErrorCode.INVALID_GOAL,
        "scale = -1 m",
    ),
    "grey values without a scale": (
        lambda: in_tenths_of_millimetres(DepthFormat()),
        ErrorCode.INVALID_DEPTH,
        "set depth_format.scale",
    ),
    "impossible quality": (lambda: goal_with(box_scene(), min_quality=1.5), ErrorCode.INVALID_GOAL, "1.5"),
    "NaN quality": (lambda: goal_with(box_scene(), min_quality=float("nan")), ErrorCode.INVALID_GOAL, "nan"),
    "no table": (lambda: goal_with(no_table()), ErrorCode.NO_TABLE, "depth of the goal"),
    "no object": (lambda: goal_with(empty_table()), ErrorCode.NO_OBJECT, "depth of the goal"),
    "object outside the region": (
        lambda: goal_with(box_scene(), roi=RegionOfInterest(x_offset=0, y_offset=0, width=50, height=50)),
        ErrorCode.NO_OBJECT,
        "region of interest",
    ),
    "nothing good enough": (
        lambda: goal_with(box_scene(), min_quality=1.0),
        ErrorCode.NO_GRASP_FOUND,
        "min_quality",
    ),
    "unknown frame": (
        lambda: goal_with(box_scene(), target_frame="moon"),
        ErrorCode.FRAME_TRANSFORM_FAILURE,
        "'moon'",
    ),
}
