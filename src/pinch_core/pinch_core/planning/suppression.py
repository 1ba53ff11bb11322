# SPDX-License-Identifier: Apache-2.0
"""Suppression of near-duplicates, so that the second grasp is a real alternative."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting

Float64 = NDArray[np.float64]


@configclass
class SuppressionConfig:
    """When two grasps are near-duplicates."""

    distance: float = setting(
        default=0.01,
        unit="m",
        help="distance of TCPs below which grasps are near-duplicates",
        lower=0.0,
        upper=0.5,
    )
    angle: float = setting(
        default=0.35, unit="rad", help="and angle of closing axes below which they are", lower=0.0, upper=1.6
    )


def distinct(
    positions: Float64, closing: Float64, order: NDArray[np.intp], config: SuppressionConfig
) -> Iterator[int]:
    """Rows of ``order`` (best first) that differ from every earlier one; lazy, because few are needed.

    Args:
        positions: (N, 3) TCPs [m].
        closing: (N, 3) unit closing directions; a jaw turned by 180 degrees is the same jaw.
    """
    alive = np.ones(len(order), dtype=bool)
    cosine = math.cos(config.angle)
    for place, row in enumerate(order):
        if not alive[place]:
            continue
        yield int(row)
        near = np.linalg.norm(positions[order] - positions[row], axis=1) < config.distance
        alive &= ~(near & (np.abs(closing[order] @ closing[row]) > cosine))
