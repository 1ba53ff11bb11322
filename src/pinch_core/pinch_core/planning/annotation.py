# SPDX-License-Identifier: Apache-2.0
"""Colours and projection that everything drawn into a depth image shares."""

from __future__ import annotations

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp import Grasp

Color = tuple[int, int, int]

# BGR. The depth is drawn in greys, so that every colour is an annotation.
BEST: Color = (90, 220, 60)
WORST: Color = (50, 60, 220)
OTHER: Color = (235, 160, 60)
OUTLINE: Color = (60, 190, 250)
NO_RETURN: Color = (70, 30, 60)
TEXT: Color = (245, 245, 245)
SHADE: Color = (25, 22, 20)

# OpenCV's fixed-point pixels have this many fractional bits: pass it as ``shift``.
FRACTIONAL_BITS = 3


def project(grasp: Grasp, points: list[list[float]], intrinsics: CameraIntrinsics) -> list[tuple[int, int]]:
    """Points of the TCP frame as pixels in OpenCV's fixed point."""
    pixels: list[list[float]] = intrinsics.project(grasp.T_cam_tcp.apply(points)).tolist()
    scale = 1 << FRACTIONAL_BITS
    return [(round(column * scale), round(row * scale)) for column, row in pixels]
