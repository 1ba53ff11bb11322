# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest

from pinch_core.perception.config import EdgeConfig
from pinch_core.perception.depth_edges import fill_holes, find_edges

CONFIG = EdgeConfig()


def plateau(angle: float, height: float = 0.03) -> np.ndarray:
    """Float32[80, 80]: a step through the image's centre, rising towards ``angle``."""
    rows, columns = np.indices((80, 80)) - 39.5
    distance = columns * math.cos(angle) + rows * math.sin(angle)
    return (height * np.clip(distance + 0.5, 0.0, 1.0)).astype(np.float32)


@pytest.mark.parametrize("angle", np.linspace(0.0, 2 * math.pi, 9)[:-1])
def test_edges_lie_on_the_step_and_point_uphill(angle: float) -> None:
    edges = find_edges(plateau(angle), np.ones((80, 80), bool), CONFIG)
    assert len(edges.rows) >= 60
    distance = (edges.columns - 39.5) * math.cos(angle) + (edges.rows - 39.5) * math.sin(angle)
    assert np.abs(distance).max() <= 1.01
    inner = (np.abs(edges.rows - 39.5) < 34) & (np.abs(edges.columns - 39.5) < 34)
    cosines = edges.uphill[inner] @ [math.cos(angle), math.sin(angle)]
    assert np.degrees(np.arccos(cosines.clip(-1, 1))).max() < 4


def test_slopes_below_the_threshold_are_no_edges() -> None:
    ramp = np.tile(np.arange(80, dtype=np.float32) * 0.001, (80, 1))
    assert len(find_edges(ramp, np.ones((80, 80), bool), CONFIG).rows) == 0


def test_only_pixels_of_interest_are_edges() -> None:
    near = np.zeros((80, 80), bool)
    near[:20] = True
    assert find_edges(plateau(0.0), near, CONFIG).rows.max() < 20


def test_filling_leaves_what_was_measured() -> None:
    rng = np.random.default_rng(0)
    heights = rng.random((60, 60)).astype(np.float32)
    holed = np.where(rng.random((60, 60)) < 0.3, np.float32(np.nan), heights)
    filled = fill_holes(holed)
    known = ~np.isnan(holed)
    assert np.array_equal(filled[known], holed[known])
    assert np.isfinite(filled).all()


def test_a_shadow_beside_an_object_is_filled_with_the_ground_behind() -> None:
    heights = np.zeros((60, 60), np.float32)
    heights[20:40, 10:30] = 0.05
    shadowed = heights.copy()
    shadowed[20:40, 30:40] = np.nan
    assert np.allclose(fill_holes(shadowed), heights)


def test_a_missing_pixel_inside_a_surface_makes_no_edge() -> None:
    heights = np.full((60, 60), 0.05, np.float32)
    heights[30, 30] = np.nan
    assert len(find_edges(fill_holes(heights), np.ones((60, 60), bool), CONFIG).rows) == 0
