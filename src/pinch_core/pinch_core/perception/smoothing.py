# SPDX-License-Identifier: Apache-2.0
"""Heights without the noise of the camera: smoothed, with the edges of objects kept."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.perception.config import SmoothingConfig

Float32 = NDArray[np.float32]

# Heights within this distance of the table are table and noise.
_NEAR_TABLE_M = 0.02
# The normal deviation over the median of absolute deviations.
_MAD = 1.4826
# What stands for no return: so far from any height that the filter gives it no weight.
_NO_RETURN_M = -1.0


def height_noise(heights: Float32) -> float:
    """Standard deviation [m] of the heights of the table, of single pixels.

    Args:
        heights: Float32[H, W] above the table [m], NaN = no return.
    """
    some = heights[::3, ::3]
    with np.errstate(invalid="ignore"):
        table = some[np.abs(some) < _NEAR_TABLE_M]
    if table.size < 100:
        return 0.0
    # Of the lower half, which no object lifts.
    below = table[table <= np.median(table)]
    return float(_MAD * np.median(np.median(table) - below))


def smooth_heights(heights: Float32, noise: float, config: SmoothingConfig) -> Float32:
    """Float32[H, W]: heights by a bilateral filter at half the resolution; where the result differs by more
    than the noise explains there is an edge, and the height stays as it is.

    Args:
        heights: Float32[H, W] above the table [m], NaN = no return.
        noise: standard deviation of a pixel [m].
    """
    missing = np.isnan(heights)
    rows, columns = heights.shape
    half = (max(1, columns // 2), max(1, rows // 2))
    # Areas without return would pull their rims down: the mean is over what was measured.
    weight = cv2.resize((~missing).astype(np.float32), half, interpolation=cv2.INTER_AREA)
    total = cv2.resize(np.where(missing, np.float32(0), heights), half, interpolation=cv2.INTER_AREA)
    small = np.where(weight > 0.5, total / np.maximum(weight, np.float32(0.5)), np.float32(_NO_RETURN_M))
    size = 2 * math.ceil(config.radius / 2) + 1
    filtered = cv2.bilateralFilter(
        small.astype(np.float32), size, config.range_factor * noise, config.radius / 4
    )
    smooth = cv2.resize(filtered, (columns, rows), interpolation=cv2.INTER_LINEAR)
    with np.errstate(invalid="ignore"):
        flat = np.abs(smooth - heights) < config.edge_factor * noise  # never where there is no return
    return np.where(flat, smooth, heights).astype(np.float32)
