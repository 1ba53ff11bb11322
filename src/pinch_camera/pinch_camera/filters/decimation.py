# SPDX-License-Identifier: Apache-2.0
"""A smaller image of the same view."""

from __future__ import annotations

import numpy as np

from pinch_camera.filters.depth_filter import StatelessFilter, with_depth
from pinch_camera.filters.median_of_planes import median_of_planes
from pinch_core.depth_frame import DepthFrame, Float32


class Decimation(StatelessFilter):
    """Each block of ``factor`` x ``factor`` pixels becomes one, from the block's returns alone; NaN where it
    has none. Intrinsics are scaled about the block's centre; a rest at the right and lower border is cut.

    ``mean`` takes the mean of inverse depth: on a plane inverse depth is linear in the pixel, so that a full
    block's mean lies on the plane exactly. ``median`` takes one of the block's values and keeps edges clean.
    """

    def __init__(self, factor: int, statistic: str = "median") -> None:
        self._factor = factor
        self._reduce = {"median": median_of_planes, "mean": _harmonic_mean}[statistic]

    def __call__(self, frame: DepthFrame) -> DepthFrame:
        f = self._factor
        rows, columns = frame.depth.shape[0] // f, frame.depth.shape[1] // f
        if rows == 0 or columns == 0:
            return frame
        whole = frame.depth[: rows * f, : columns * f]
        depth = self._reduce([whole[i::f, j::f] for i in range(f) for j in range(f)])
        intrinsics = frame.intrinsics.cropped(0, 0, columns * f, rows * f).scaled(1.0 / f)
        return with_depth(frame, depth, intrinsics)


def _harmonic_mean(planes: list[Float32]) -> Float32:
    """Harmonic mean of the valid values of each pixel, NaN where there are none."""
    total = np.zeros(planes[0].shape, np.float64)
    count = np.zeros(planes[0].shape, np.uint8)
    for plane in planes:
        valid = np.isfinite(plane)
        np.add(
            total, np.reciprocal(plane, dtype=np.float64, where=valid, out=np.zeros_like(total)), out=total
        )
        count += valid
    mean = np.full_like(total, np.nan)
    np.divide(count, total, out=mean, where=count > 0)
    return mean.astype(np.float32)
