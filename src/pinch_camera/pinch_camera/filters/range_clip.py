# SPDX-License-Identifier: Apache-2.0
"""Drops what is nearer or farther than the scene can be."""

from __future__ import annotations

import math

import numpy as np

from pinch_camera.filters.depth_filter import StatelessFilter, with_depth
from pinch_core.depth_frame import DepthFrame


class RangeClip(StatelessFilter):
    """Returns outside [near, far] metres become NaN; the others keep their value."""

    def __init__(self, near: float, far: float = math.inf) -> None:
        self._near, self._far = np.float32(near), np.float32(far)

    def __call__(self, frame: DepthFrame) -> DepthFrame:
        inside = (frame.depth >= self._near) & (frame.depth <= self._far)
        return with_depth(frame, np.where(inside, frame.depth, np.float32(np.nan)))
