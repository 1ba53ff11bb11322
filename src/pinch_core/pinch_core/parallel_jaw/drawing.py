# SPDX-License-Identifier: Apache-2.0
"""Parallel-jaw grasps drawn into a depth image."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp import Grasp
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planning.annotation import BEST, FRACTIONAL_BITS, OTHER, SHADE, project

UInt8 = NDArray[np.uint8]


def draw_jaw_line(picture: UInt8, grasp: Grasp, intrinsics: CameraIntrinsics) -> None:
    """A thin line across the object, from pad to pad as they meet it."""
    half = grasp.width / 2
    ends = project(grasp, [[0.0, -half, 0.0], [0.0, half, 0.0]], intrinsics)
    cv2.line(picture, ends[0], ends[1], OTHER, 1, cv2.LINE_AA, FRACTIONAL_BITS)


def draw_fingers(
    picture: UInt8, grasp: Grasp, gripper: ParallelJawGripper, intrinsics: CameraIntrinsics
) -> None:
    """The jaw line between the pads and the fingertips' outlines at the opening of the approach."""
    finger, half = gripper.finger, grasp.opening / 2
    breadth, tip = finger.breadth / 2, finger.tip_beyond_tcp
    plates = []
    for side in (-1.0, 1.0):
        inner, outer = side * half, side * (half + finger.thickness)
        corners = [
            [-breadth, inner, tip],
            [breadth, inner, tip],
            [breadth, outer, tip],
            [-breadth, outer, tip],
        ]
        plates.append(np.array(project(grasp, corners, intrinsics), dtype=np.int32))
    tinted = picture.copy()
    cv2.fillPoly(tinted, plates, BEST, cv2.LINE_AA, FRACTIONAL_BITS)
    cv2.addWeighted(tinted, 0.35, picture, 0.65, 0.0, picture)
    cv2.polylines(picture, plates, True, BEST, 1, cv2.LINE_AA, FRACTIONAL_BITS)
    low, high, center = project(grasp, [[0.0, -half, 0.0], [0.0, half, 0.0], [0.0, 0.0, 0.0]], intrinsics)
    cv2.line(picture, low, high, BEST, 2, cv2.LINE_AA, FRACTIONAL_BITS)
    cv2.circle(picture, center, 4 << FRACTIONAL_BITS, SHADE, -1, cv2.LINE_AA, FRACTIONAL_BITS)
    cv2.circle(picture, center, 3 << FRACTIONAL_BITS, BEST, -1, cv2.LINE_AA, FRACTIONAL_BITS)
