# SPDX-License-Identifier: Apache-2.0
"""Depth edges: edge pixels of the height image and the direction in which it rises."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.perception.config import EdgeConfig

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Intp = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class DepthEdges:
    """Edge pixels: ``rows``, ``columns`` Intp[E]; ``uphill`` Float64[E, 2], unit (column, row) towards
    higher ground.
    """

    rows: Intp
    columns: Intp
    uphill: Float64


def fill_holes(heights: Float32) -> Float32:
    """Heights with holes filled; only for differentiation, never for grasping.

    Single missing pixels take the mean of their neighbours. A larger hole takes the lowest height on its
    rim: beside an object it is the object's shadow, behind which is the table.
    """
    missing = np.isnan(heights)
    if not missing.any():
        return heights
    zeroed = np.where(missing, np.float32(0), heights)
    weight = cv2.blur((~missing).astype(np.float32), (3, 3))
    means = cv2.blur(zeroed, (3, 3)) / np.maximum(weight, np.float32(1e-6))
    filled = np.where(missing & (weight > 0.7), means, heights)
    count, components = cv2.connectedComponents(np.isnan(filled).astype(np.uint8), connectivity=8)
    holes = np.asarray(components, dtype=np.intp)
    known = np.where(np.isnan(filled), np.float32(np.inf), filled)
    beside = cv2.erode(known, np.ones((3, 3), np.uint8))
    rim = np.flatnonzero((holes > 0) & np.isfinite(beside))
    lowest = np.full(count, np.inf, dtype=np.float32)
    np.minimum.at(lowest, holes.ravel()[rim], beside.ravel()[rim])
    lowest[~np.isfinite(lowest)] = 0.0
    return np.where(np.isnan(filled), lowest[holes], filled).astype(np.float32)


def find_edges(heights: Float32, near: Bool, config: EdgeConfig) -> DepthEdges:
    """Edge pixels inside ``near``, thinned to the crest of the gradient.

    Heights above the table rather than raw depth: on a tilted camera the table alone has a depth gradient.

    Args:
        heights: Float32[H, W] [m] without NaN, see :func:`fill_holes`.
        near: Bool[H, W], pixels of interest.
    """
    smooth = heights if config.smoothing == 0 else cv2.GaussianBlur(heights, (0, 0), config.smoothing)
    d_column = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    d_row = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    magnitude = cv2.magnitude(d_column, d_row)
    inner = np.zeros_like(near)
    inner[2:-2, 2:-2] = near[2:-2, 2:-2]
    rows, columns = np.nonzero(inner & (magnitude > config.min_gradient))
    strength = magnitude[rows, columns]
    uphill = np.stack([d_column[rows, columns], d_row[rows, columns]], -1) / strength[:, None]
    # On the crest a pixel is steeper than the points half a pixel diagonal up and down the gradient.
    step_column, step_row = np.rint(uphill[:, 0]).astype(np.intp), np.rint(uphill[:, 1]).astype(np.intp)
    crest = (strength >= magnitude[rows + step_row, columns + step_column]) & (
        strength > magnitude[rows - step_row, columns - step_column]
    )
    return DepthEdges(rows[crest], columns[crest], uphill[crest].astype(np.float64))
