# SPDX-License-Identifier: Apache-2.0
"""Spatially correlated random fields."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pinch_core.depth_frame import Float32


def smooth_noise(shape: tuple[int, ...], sigma: float, reach: float, rng: np.random.Generator) -> Float32:
    """Gaussian noise of standard deviation ``sigma``, smoothed over ``reach`` pixels."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    if reach <= 0:
        return np.asarray(noise * np.float32(sigma))
    kernel = cv2.getGaussianKernel(2 * int(np.ceil(3 * reach)) + 1, reach)
    # Filtering white noise leaves a deviation of the kernel's norm in each direction.
    kernel = (kernel / np.linalg.norm(kernel)).astype(np.float32)
    return np.asarray(cv2.sepFilter2D(noise, cv2.CV_32F, kernel * np.float32(sigma), kernel))


def grid_noise(shape: tuple[int, ...], pixels_per_node: float, rng: np.random.Generator) -> Float32:
    """Standard normal noise on a coarse grid, upsampled by cubic interpolation: for long correlation."""
    rows, columns = (_enlargement(side, pixels_per_node) for side in shape)
    nodes = rng.standard_normal((rows.shape[1], columns.shape[1]), dtype=np.float32)
    return np.asarray(rows @ nodes @ columns.T)


def _enlargement(side: int, pixels_per_node: float) -> Float32:
    """Float32[side, nodes]: weight of each node in each pixel."""
    nodes = math.ceil(side / pixels_per_node)
    size = nodes, round(nodes * pixels_per_node)
    weights = cv2.resize(np.eye(nodes, dtype=np.float32), size, interpolation=cv2.INTER_CUBIC)[:side]
    # Interpolation averages, which would make the noise weaker between the nodes than at them.
    return np.asarray(weights / np.linalg.norm(weights, axis=1, keepdims=True))
