# SPDX-License-Identifier: Apache-2.0
"""Synthetic frames: boxes on a table seen from straight above."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import DepthFormat, PlanRequest
from sensor_msgs.msg import CameraInfo, Image

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_ros.conversions import camera_info_from_intrinsics, depth_frame_to_image, pixels_to_message

# Small, so that planning is quick: the tests are about the node.
CAMERA = CameraIntrinsics(320, 240, 262.5, 262.5, 159.5, 119.5)
TABLE_M, BOX_TOP_M = 0.70, 0.65
# Columns and rows of a box of about 3.7 x 9.4 cm.
BOX = (slice(101, 139), slice(152, 167))
FRAME_ID = "camera_depth_optical_frame"


def box_scene() -> NDArray[np.float32]:
    depth = np.full((CAMERA.height, CAMERA.width), TABLE_M, dtype=np.float32)
    depth[BOX] = BOX_TOP_M
    return depth


def empty_table() -> NDArray[np.float32]:
    return np.full((CAMERA.height, CAMERA.width), TABLE_M, dtype=np.float32)


def no_table() -> NDArray[np.float32]:
    """A wall that the camera looks along: no plane faces it."""
    rng = np.random.default_rng(1)
    return rng.uniform(0.4, 3.0, (CAMERA.height, CAMERA.width)).astype(np.float32)


def messages(depth: NDArray[np.float32], stamp_ns: int = 0) -> tuple[Image, CameraInfo]:
    image = depth_frame_to_image(DepthFrame(depth, CAMERA, FRAME_ID, stamp_ns))
    return image, camera_info_from_intrinsics(CAMERA, image.header)


def in_tenths_of_millimetres(depth_format: DepthFormat) -> PlanGrasps.Goal:
    """The box as mono16 in 0.1 mm, with a row of 65535."""
    goal = goal_with(box_scene())
    tenths = np.rint(box_scene() * 1e4).astype(np.uint16)
    tenths[5] = 65535
    goal.depth = pixels_to_message(tenths, "mono16", goal.depth.header)
    goal.depth_format = depth_format
    return goal


def goal_with(depth: NDArray[np.float32], *, target_frame: str = "", **request: object) -> PlanGrasps.Goal:
    """A goal with an image of its own; the other fields are those of the PlanRequest."""
    image, info = messages(depth)
    return PlanGrasps.Goal(
        request=PlanRequest(**request), depth=image, camera_info=info, target_frame=target_frame
    )
