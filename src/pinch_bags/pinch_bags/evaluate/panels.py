# SPDX-License-Identifier: Apache-2.0
"""Annotated images of one frame: a titled panel for each contender, side by side as one JPEG. Free of ROS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.planning.draw import draw_plan
from pinch_core.planning.grasp_type import GraspType
from pinch_core.planning.plan import PlanResult

UInt8 = NDArray[np.uint8]
JPEG_QUALITY = 85
_TITLE_HEIGHT = 22


def plan_panel(frame: DepthFrame, title: str, result: PlanResult, grasp_type: GraspType[Any]) -> UInt8:
    """The annotated depth image, UInt8[H + title, W, 3] BGR."""
    return _titled(draw_plan(frame, result, grasp_type), title)


def failure_panel(frame: DepthFrame, title: str, reason: str) -> UInt8:
    """A grey panel of the same shape with the reason why there is no plan."""
    height, width = frame.depth.shape
    picture = np.full((height, width, 3), 40, np.uint8)
    place, font = (8, height // 2), cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(picture, reason[: width // 8], place, font, 0.4, (220,) * 3, 1, cv2.LINE_AA)
    return _titled(picture, title)


def side_by_side(panels: Sequence[UInt8]) -> bytes:
    """JPEG."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, content = cv2.imencode(".jpg", np.hstack(panels), quality)
    return bytes(content.tobytes())


def _titled(picture: UInt8, title: str) -> UInt8:
    band = np.full((_TITLE_HEIGHT, picture.shape[1], 3), 70, np.uint8)
    cv2.putText(band, title, (8, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255,) * 3, 1, cv2.LINE_AA)
    return np.vstack([band, picture])
