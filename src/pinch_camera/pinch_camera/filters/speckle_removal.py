# SPDX-License-Identifier: Apache-2.0
"""Drops small patches that hang in the air."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pinch_camera.filters.depth_filter import StatelessFilter, with_depth
from pinch_core.depth_frame import DepthFrame

# OpenCV labels 16-bit images: the range of the image is spread over this many steps (0.1 mm at 3 m).
_STEPS = 30000


class SpeckleRemoval(StatelessFilter):
    """Connected patches of up to ``size_px`` pixels become NaN; neighbours (up, down, left, right) within
    ``step_m`` are connected. All other pixels keep their value.
    """

    def __init__(self, size_px: int, step_m: float) -> None:
        self._size, self._step = size_px, step_m

    def __call__(self, frame: DepthFrame) -> DepthFrame:
        valid = frame.valid
        if not valid.any():
            return frame
        scale = _STEPS / float(np.fmax.reduce(frame.depth, axis=None))
        # Zero is a hole. A hair's depth is lost in rounding, never a return: those start at one.
        scaled = frame.depth * np.float32(scale)
        scaled += np.float32(1.0)
        cv2.patchNaNs(scaled, 0.0)
        labels = scaled.astype(np.int16)
        cv2.filterSpeckles(labels, 0, self._size, math.ceil(self._step * scale))
        return with_depth(frame, np.where(labels > 0, frame.depth, np.float32(np.nan)))
