# SPDX-License-Identifier: Apache-2.0
"""Smooths surfaces and keeps their edges."""

from __future__ import annotations

import cv2
import numpy as np

from pinch_camera.filters.depth_filter import StatelessFilter, with_depth
from pinch_core.depth_frame import DepthFrame

# At six standard deviations a neighbour's weight is 2e-8: less than float32 resolves.
_NO_WEIGHT_SIGMAS = 6.0


class BilateralSmoothing(StatelessFilter):
    """Bilateral filter (Tomasi and Manduchi, 1998) over a disc of ``radius_px``; depths weigh by a Gaussian
    of ``sigma_m``. Holes stay holes and have no weight.
    """

    def __init__(self, radius_px: int, sigma_m: float) -> None:
        self._radius, self._sigma = radius_px, sigma_m

    def __call__(self, frame: DepthFrame) -> DepthFrame:
        valid = frame.valid
        if not valid.any():
            return frame
        # Holes are put so far behind everything that no return sees them, and no farther: OpenCV tabulates
        # its Gaussian over the image's range.
        behind = np.float32(np.fmax.reduce(frame.depth, axis=None) + _NO_WEIGHT_SIGMAS * self._sigma)
        filled = frame.depth.copy()
        cv2.patchNaNs(filled, float(behind))
        smooth = cv2.bilateralFilter(filled, 2 * self._radius + 1, self._sigma, float(self._radius))
        return with_depth(frame, np.where(valid, smooth, np.float32(np.nan)).astype(np.float32, copy=False))
