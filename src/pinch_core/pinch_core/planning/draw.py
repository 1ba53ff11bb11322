# SPDX-License-Identifier: Apache-2.0
"""A plan as a picture: what the camera saw, what was taken for an object, where the hand would go."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp import Grasp
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planning.plan import PlanResult

UInt8 = NDArray[np.uint8]
Float64 = NDArray[np.float64]
Color = tuple[int, int, int]

# BGR. The depth is drawn in greys, so that every colour is an annotation.
BEST: Color = (90, 220, 60)
WORST: Color = (50, 60, 220)
OTHER: Color = (235, 160, 60)
OUTLINE: Color = (60, 190, 250)
NO_RETURN: Color = (70, 30, 60)
TEXT: Color = (245, 245, 245)
SHADE: Color = (25, 22, 20)


def draw_plan(frame: DepthFrame, result: PlanResult, gripper: ParallelJawGripper) -> UInt8:
    """UInt8[H, W, 3], BGR, of the undistorted frame.

    Grey: height above the table, brighter = nearer to the camera; violet: no return. Yellow outline: objects.
    Red to green: the best quality found there, from 0 to 1. Green: the best grasp with its finger plates as
    they come down; blue lines: the others, thin.
    """
    frame = frame.rectified()
    picture = _shade_heights(frame, result)
    _tint_quality(picture, result)
    contours, _ = cv2.findContours(result.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, contours, -1, OUTLINE, 1, cv2.LINE_AA)
    for grasp in reversed(result.grasps[1:]):
        _draw_jaw_line(picture, grasp, frame.intrinsics, OTHER)
    if not result.grasps:
        _caption(picture, "no grasp", result.report.why_empty())
        return picture
    best = result.grasps[0]
    _draw_fingers(picture, best, gripper, frame.intrinsics)
    others = len(result.grasps) - 1
    _caption(
        picture,
        f"q {best.quality:.2f}   width {best.width * 1e3:.0f} mm   depth {best.image.depth * 1e3:.0f} mm",
        f"{gripper.name}, {best.source}, {others} other{'' if others == 1 else 's'}",
    )
    return picture


def _shade_heights(frame: DepthFrame, result: PlanResult) -> UInt8:
    heights = result.table.height_image(frame)
    on_objects = heights[result.mask & frame.valid]
    top = max(0.02, float(np.percentile(on_objects, 99))) if on_objects.size else 0.1
    # A quarter of the range lies below the table, so that slight bow and bin floors stay visible.
    share = (np.nan_to_num(heights) + top / 3) / (top * 4 / 3)
    grey = (30 + 190 * np.clip(share, 0.0, 1.0)).astype(np.uint8)
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    picture[~frame.valid] = NO_RETURN
    return picture


def _tint_quality(picture: UInt8, result: PlanResult) -> None:
    quality = result.quality_map.image(*result.mask.shape)
    looked_at = np.isfinite(quality) & result.mask
    share = quality[looked_at][:, None]
    hue = (1.0 - share) * np.array(WORST) + share * np.array(BEST)
    picture[looked_at] = (0.6 * picture[looked_at] + 0.4 * hue).astype(np.uint8)


def _draw_jaw_line(picture: UInt8, grasp: Grasp, intrinsics: CameraIntrinsics, color: Color) -> None:
    half = grasp.width / 2
    ends = _project(grasp, [[0.0, -half, 0.0], [0.0, half, 0.0]], intrinsics)
    cv2.line(picture, ends[0], ends[1], color, 1, cv2.LINE_AA, 3)


def _draw_fingers(
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
        plates.append(np.array(_project(grasp, corners, intrinsics), dtype=np.int32))
    tinted = picture.copy()
    cv2.fillPoly(tinted, plates, BEST, cv2.LINE_AA, 3)
    cv2.addWeighted(tinted, 0.35, picture, 0.65, 0.0, picture)
    cv2.polylines(picture, plates, True, BEST, 1, cv2.LINE_AA, 3)
    low, high, center = _project(grasp, [[0.0, -half, 0.0], [0.0, half, 0.0], [0.0, 0.0, 0.0]], intrinsics)
    cv2.line(picture, low, high, BEST, 2, cv2.LINE_AA, 3)
    cv2.circle(picture, center, 4 << 3, SHADE, -1, cv2.LINE_AA, 3)
    cv2.circle(picture, center, 3 << 3, BEST, -1, cv2.LINE_AA, 3)


def _project(grasp: Grasp, points: list[list[float]], intrinsics: CameraIntrinsics) -> list[tuple[int, int]]:
    """Tool-frame points as pixels in OpenCV's fixed point with 3 fractional bits."""
    pixels: list[list[float]] = intrinsics.project(grasp.T_cam_tcp.apply(points)).tolist()
    return [(round(column * 8), round(row * 8)) for column, row in pixels]


def _caption(picture: UInt8, title: str, detail: str) -> None:
    height, width = picture.shape[:2]
    scale = max(0.4, width / 640 * 0.5)
    line = int(30 * scale)
    band = picture[height - 2 * line - 8 :]
    band[:] = (band * 0.3).astype(np.uint8)
    for text, row, size, color in (
        (title, height - line - 10, scale, TEXT),
        (detail, height - 8, scale * 0.8, (190, 190, 190)),
    ):
        available = width - 16
        (length, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
        fitted = (
            text if length <= available else text[: max(1, int(len(text) * available / length) - 3)] + "..."
        )
        cv2.putText(picture, fitted, (8, row), cv2.FONT_HERSHEY_SIMPLEX, size, color, 1, cv2.LINE_AA)
