# SPDX-License-Identifier: Apache-2.0
"""The median of each pixel over a few images, NaN-aware."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pinch_core.depth_frame import Float32

# So many rows of all planes stay in a core's cache while they are sorted.
_STRIP_ROWS = 16


def median_of_planes(planes: Sequence[Float32], least: int = 1) -> Float32:
    """Median of the valid values of each pixel; NaN where fewer than ``least`` are valid.

    Of an even number the lower middle one is taken, so each result is one of the values: between a near and
    a far surface no depth is invented. Sorts by a network of minima and maxima over whole images
    (odd-even transposition), which for a few planes is many times faster than sorting pixel by pixel.

    Args:
        planes: one or more Float32[H, W], NaN = no value.
    """
    median = np.empty_like(planes[0])
    for top in range(0, len(median), _STRIP_ROWS):
        strip = slice(top, top + _STRIP_ROWS)
        median[strip] = _median_of_strip([plane[strip] for plane in planes], max(least, 1))
    return median


def _median_of_strip(planes: list[Float32], least: int) -> Float32:
    valid = [np.isfinite(plane) for plane in planes]
    ranked = [np.where(v, p, np.float32(np.inf)) for v, p in zip(valid, planes, strict=True)]
    count = valid[0].astype(np.uint8)
    for one in valid[1:]:
        count += one
    for round_ in range(len(ranked)):
        for i in range(round_ % 2, len(ranked) - 1, 2):
            a, b = ranked[i], ranked[i + 1]
            ranked[i], ranked[i + 1] = np.minimum(a, b), np.maximum(a, b)
    median = np.full_like(ranked[0], np.nan)
    for number in range(least, len(ranked) + 1):
        np.copyto(median, ranked[(number - 1) // 2], where=count == number)
    return median
