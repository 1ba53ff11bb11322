# SPDX-License-Identifier: Apache-2.0
"""The annotated depth image of a plan: heights, objects, grasps."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.planning.annotation import BEST, DETAIL, NO_RETURN, OUTLINE, SHADE, TEXT, WORST
from pinch_core.planning.grasp_type import GraspType
from pinch_core.planning.plan import PlanResult

UInt8 = NDArray[np.uint8]
Float64 = NDArray[np.float64]


def draw_plan(frame: DepthFrame, result: PlanResult, grasp_type: GraspType[Any]) -> UInt8:
    """UInt8[H, W, 3], BGR, of the undistorted frame.

    Grey: height above the table, brighter = nearer to the camera; violet: no return. Yellow outline: objects.
    Red to green: the best quality found there, from 0 to 1. Green: the best grasp, with the gripper
    at its opening; thin blue lines: the others.
    """
    frame = frame.rectified()
    picture = _shade_heights(frame, result)
    _tint_quality(picture, result)
    contours, _ = cv2.findContours(result.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, contours, -1, OUTLINE, 1, cv2.LINE_AA)
    for grasp in reversed(result.grasps[1:]):
        grasp_type.draw_alternative(picture, grasp, frame.intrinsics)
    if not result.grasps:
        _caption(picture, "no grasp", result.report.why_empty())
        return picture
    best = result.grasps[0]
    grasp_type.draw(picture, best, frame.intrinsics)
    others = len(result.grasps) - 1
    _caption(
        picture,
        f"q {best.quality:.2f}   width {best.width * 1e3:.0f} mm   depth {best.image.depth * 1e3:.0f} mm",
        f"{best.gripper}, {best.source}, {others} other{'' if others == 1 else 's'}",
    )
    return picture


def mark_pixel(picture: UInt8, column: int, row: int) -> None:
    """Draw a cross-hair round a pixel."""
    cv2.drawMarker(picture, (column, row), SHADE, cv2.MARKER_CROSS, 22, 4, cv2.LINE_AA)
    cv2.drawMarker(picture, (column, row), TEXT, cv2.MARKER_CROSS, 20, 1, cv2.LINE_AA)


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


def _caption(picture: UInt8, title: str, detail: str) -> None:
    height, width = picture.shape[:2]
    scale = max(0.4, width / 640 * 0.5)
    line = int(30 * scale)
    band = picture[height - 2 * line - 8 :]
    band[:] = (band * 0.3).astype(np.uint8)
    for text, row, size, color in (
        (title, height - line - 10, scale, TEXT),
        (detail, height - 8, scale * 0.8, DETAIL),
    ):
        available = width - 16
        (length, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
        fitted = (
            text if length <= available else text[: max(1, int(len(text) * available / length) - 3)] + "..."
        )
        cv2.putText(picture, fitted, (8, row), cv2.FONT_HERSHEY_SIMPLEX, size, color, 1, cv2.LINE_AA)
