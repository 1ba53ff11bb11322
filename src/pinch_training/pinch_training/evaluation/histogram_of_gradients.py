# SPDX-License-Identifier: Apache-2.0
"""Histograms of oriented gradients (Dalal and Triggs, CVPR 2005), rectangular blocks, L2-Hys."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

ORIENTATIONS = 9  # over 180 degrees: from dark to bright counts as from bright to dark
CELL = 8  # edge of a cell [px]
BLOCK = 2  # edge of a block [cells]; blocks overlap by all cells but one
CLIP = 0.2  # of a block's norm: what a single strong edge may take
EPSILON = 1e-5


def histograms_of_gradients(images: NDArray[Any]) -> NDArray[np.float32]:
    """Float32[N, F]; F = 324 for 32 x 32 pixels.

    Args:
        images: Float[N, size, size], finite; size is a multiple of CELL, at least BLOCK * CELL.
    """
    down, right = np.zeros_like(images), np.zeros_like(images)
    down[:, 1:-1] = images[:, 2:] - images[:, :-2]
    right[:, :, 1:-1] = images[:, :, 2:] - images[:, :, :-2]
    strength = np.hypot(down, right)
    turn = np.arctan2(down, right) / np.pi % 1.0
    orientation = np.minimum((turn * ORIENTATIONS).astype(np.uint8), ORIENTATIONS - 1)
    cells = np.stack([_cell_means(np.where(orientation == k, strength, 0)) for k in range(ORIENTATIONS)], -1)
    blocks = sliding_window_view(cells, (BLOCK, BLOCK), axis=(1, 2))  # [N, rows, columns, K, BLOCK, BLOCK]
    blocks = np.moveaxis(blocks, 3, -1).reshape(*blocks.shape[:3], -1)
    normed = _unit(np.minimum(_unit(blocks), CLIP))
    return normed.reshape(len(images), -1).astype(np.float32)


def _cell_means(values: NDArray[Any]) -> NDArray[Any]:
    count, size = len(values), values.shape[1] // CELL
    return np.asarray(values.reshape(count, size, CELL, size, CELL).mean(axis=(2, 4)))


def _unit(blocks: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(blocks / np.sqrt((blocks**2).sum(axis=-1, keepdims=True) + EPSILON**2))
