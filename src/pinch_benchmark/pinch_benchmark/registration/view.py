# SPDX-License-Identifier: Apache-2.0
"""An object seen from straight above, and the features by which two such views are compared.

The paper compares activations of a network trained on photographs (AlexNet). Here the views are heights above
the table and the features histograms of oriented gradients (Dalal and Triggs, CVPR 2005) beside the heights
themselves: no foreign weights, and a view does not change with the camera's distance or tilt but for what is
hidden.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform
from pinch_datagen.ray_mesh import RayMesh
from pinch_training.evaluation.histogram_of_gradients import histograms_of_gradients

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

SIDE = 64  # cells of a view
CELL_M = 0.004
# A height difference over a cell that makes a full step of the histograms [m].
HEIGHT_M = 0.02
# Heights count in features as a view of this many cells a side.
COARSE_SIDE = 16
# Rays start this high above the table [m].
ABOVE_M = 1.0


def view_of_points(points: Float64) -> tuple[Float32, Float64]:
    """Heights Float32[SIDE, SIDE] [m], 0 = table, round the middle Float64[2] of what points (N, 3) in the
    table's frame cover.
    """
    cells = np.unique(np.rint(points[:, :2] / CELL_M), axis=0)
    middle = np.asarray(cells.mean(axis=0) * CELL_M)
    at = np.rint((points[:, :2] - middle) / CELL_M).astype(np.intp) + SIDE // 2
    inside = ((at >= 0) & (at < SIDE)).all(axis=1)
    heights = np.zeros((SIDE, SIDE), dtype=np.float32)
    np.maximum.at(heights, (at[inside, 1], at[inside, 0]), points[inside, 2].astype(np.float32))
    # Shadows of the camera's tilt and lost pixels are holes of a few cells.
    closed = cv2.morphologyEx(heights, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.where(heights > 0, heights, closed).astype(np.float32), middle


def points_from_above(rays: RayMesh, T_table_obj: Transform) -> Float64:
    """Float64[N, 3]: what parallel rays, four to a cell, meet of a surface that stands on the table."""
    T_obj_table = T_table_obj.inverse()
    ground = (T_table_obj @ rays.vertices)[:, :2]
    low, high = ground.min(axis=0), ground.max(axis=0)
    x, y = (np.arange(low[axis], high[axis], CELL_M / 2) + CELL_M / 4 for axis in (0, 1))
    start = np.stack([*(grid.ravel() for grid in np.meshgrid(x, y)), np.full(len(x) * len(y), ABOVE_M)], -1)
    down = np.broadcast_to(np.array([0.0, 0.0, -1.0]), start.shape)
    hits = rays.first_hits(T_obj_table @ start, T_obj_table.rotate(down))
    met = hits.face >= 0
    return np.asarray(start[met] + down[met] * hits.distance[met, None])


def features(views: Float32) -> Float32:
    """Float32[N, F] of Float32[N, SIDE, SIDE] [m]: nearer means more similar."""
    scaled = views / np.float32(HEIGHT_M)
    gradients = histograms_of_gradients(scaled)
    step = SIDE // COARSE_SIDE
    coarse = scaled.reshape(len(views), COARSE_SIDE, step, COARSE_SIDE, step).mean(axis=(2, 4))
    return np.concatenate([gradients, coarse.reshape(len(views), -1)], axis=1, dtype=np.float32)
