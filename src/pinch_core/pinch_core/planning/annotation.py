# SPDX-License-Identifier: Apache-2.0
"""Colours (blue, green, red) and projection shared by everything drawn into a depth image."""

from __future__ import annotations

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp import Grasp
from pinch_core.report import palette
from pinch_core.report.palette import bgr

# The depth is drawn in greys, so that every colour is an annotation.
BEST, WORST, OTHER = bgr(palette.BEST), bgr(palette.WORST), bgr(palette.OTHER)
OUTLINE, NO_RETURN = bgr(palette.OUTLINE), bgr(palette.NO_RETURN)
TEXT, DETAIL, SHADE = bgr(palette.CAPTION), bgr(palette.CAPTION_DETAIL), bgr(palette.SHADE)

# OpenCV's fixed-point pixels have this many fractional bits: pass it as ``shift``.
FRACTIONAL_BITS = 3


def project(grasp: Grasp, points: list[list[float]], intrinsics: CameraIntrinsics) -> list[tuple[int, int]]:
    """Points of the TCP frame as pixels in OpenCV's fixed point."""
    pixels: list[list[float]] = intrinsics.project(grasp.T_cam_tcp @ points).tolist()
    scale = 1 << FRACTIONAL_BITS
    return [(round(column * scale), round(row * scale)) for column, row in pixels]
