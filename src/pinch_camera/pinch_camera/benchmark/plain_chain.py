# SPDX-License-Identifier: Apache-2.0
"""The filters as one writes them down first, to compare with."""

from __future__ import annotations

import warnings
from collections import deque

import cv2
import numpy as np

from pinch_camera.filters.config import FilterConfig
from pinch_core.depth_frame import Float32


class PlainChain:
    """Clip, ``np.nanmedian`` over the window, the bilateral filter's formula over shifted images, and
    OpenCV's speckles in millimetres. Decimation takes every n-th pixel.
    """

    def __init__(self, config: FilterConfig) -> None:
        self._config = config
        self._window: deque[Float32] = deque(maxlen=config.temporal_frames)

    def __call__(self, depth: Float32) -> Float32:
        """Float32[H, W] metres, NaN = no return; the same of the filtered image."""
        config = self._config
        clipped = np.where((depth >= config.near) & (depth <= config.far), depth, np.float32(np.nan))
        self._window.append(clipped[:: config.decimation, :: config.decimation])
        with warnings.catch_warnings():
            # A pixel without any return is no news here.
            warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
            median = np.nanmedian(np.stack(self._window), axis=0).astype(np.float32)
        smooth = self._bilateral(median)
        millimetres = np.nan_to_num(1e3 * smooth).astype(np.int16)
        cv2.filterSpeckles(millimetres, 0, config.speckle_size, round(1e3 * config.speckle_step))
        return np.where(millimetres > 0, smooth, np.float32(np.nan))

    def _bilateral(self, depth: Float32) -> Float32:
        r = self._config.smoothing_radius
        padded = np.pad(depth, r, constant_values=np.nan)
        total, weights = np.zeros_like(depth), np.zeros_like(depth)
        height, width = depth.shape
        for row in range(-r, r + 1):
            for column in range(-r, r + 1):
                if row * row + column * column > r * r:
                    continue
                shifted = padded[r + row : r + row + height, r + column : r + column + width]
                exponent = (row * row + column * column) / (2.0 * r * r)
                step = (shifted - depth) / np.float32(self._config.smoothing_depth)
                weight = np.nan_to_num(np.exp(-0.5 * step * step - np.float32(exponent)))
                total += weight * np.nan_to_num(shifted)
                weights += weight
        return np.where(np.isfinite(depth), total / np.maximum(weights, 1e-12), np.float32(np.nan))
