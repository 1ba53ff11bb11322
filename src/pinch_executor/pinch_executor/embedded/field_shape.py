# SPDX-License-Identifier: Apache-2.0
"""A height field as a collision shape."""

from __future__ import annotations

from functools import lru_cache

import coal
import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_executor.height_field import HeightField

# The ground of what is unknown: this far under the lowest known height, where no link ever is.
UNDERGROUND_M = 0.5
# A plan and the guard ask for the same few fields again and again.
MOST_SHAPES = 16


@lru_cache(maxsize=MOST_SHAPES)
def field_shape(field: HeightField) -> tuple[Transform, coal.HeightFieldAABB]:
    """``T_base_shape`` and the shape: solid below the surface through the points over the cells' centers.

    Nothing is in the way where nothing is known.
    """
    known = field.heights[field.known]
    ground = (float(known.min()) if known.size else 0.0) - UNDERGROUND_M
    heights = np.where(field.known, field.heights, ground)
    rows, columns = heights.shape
    size = np.array([(columns - 1) * field.cell, (rows - 1) * field.cell])
    # coal's origin is the middle of the grid; its rows run towards -y, as those of an image.
    shape = coal.HeightFieldAABB(*size, heights[::-1], ground - UNDERGROUND_M)
    middle = Transform(np.eye(3), np.array([*size / 2, 0.0]))
    return field.T_base_origin @ middle, shape
