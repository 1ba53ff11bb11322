# SPDX-License-Identifier: Apache-2.0
"""Grasps as coloured lines in space: the closing axis between the jaws, and a bar along each jaw."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from pinch_core.report.palette import GREY
from pinch_core.report.plots import epsilon_colors
from pinch_datagen.dataset.shard import Shard
from pinch_datagen.dataset.tables import Table

Float64 = NDArray[np.float64]

SEGMENTS = 3  # of a grasp: closing axis and two jaws

# A jaw is drawn from a little beyond the contact to a little before it, seen along the approach, or across
# both approach and closing axis, for who looks along the approach [m].
JAW_BEYOND_M, JAW_BEFORE_M, JAW_ACROSS_M = 0.003, 0.009, 0.004


def grasp_segments(grasps: Table, opening: float, across: bool = False) -> Float64:
    """Float64[N, 3, 2, 3]: both ends of the closing axis and of the two jaws, in the object's frame [m].

    The jaws are drawn where they meet the object, those that meet nothing ``opening`` [m] apart.
    """
    axis, approach = grasps["axis"].astype(np.float64), grasps["approach"].astype(np.float64)
    ends = np.array([-0.5, 0.5])[:, None] * opening
    opened = grasps["center"][:, None] + ends * axis[:, None]
    jaws = np.where(np.isfinite(grasps["width"])[:, None, None], grasps["contacts"], opened)
    if across:
        tip = tail = JAW_ACROSS_M * np.cross(axis, approach)[:, None]
    else:
        tip, tail = JAW_BEYOND_M * approach[:, None], JAW_BEFORE_M * approach[:, None]
    return np.concatenate([jaws[:, None], np.stack([jaws + tip, jaws - tail], axis=2)], axis=1)


def opening_of(shard: Shard) -> float:
    """The opened jaws [m], from their size in the images; 0 without examples."""
    examples, views = shard.examples, shard.views
    widths = examples["width_px"] * examples["depth"] / views["fx"][examples["view"]]
    # The camera looks at an angle, which shortens the jaws in all images but a few.
    return float(np.max(widths, initial=0.0))


def grasp_colors(
    robust_epsilon: NDArray[np.float32], collision_free: NDArray[np.bool_], threshold: float
) -> Float64:
    """Float64[N, 4]: red, green, blue, opacity by robust epsilon; grasps in collision are grey."""
    colors = epsilon_colors(threshold).to_rgba(robust_epsilon)
    colors[~collision_free] = mpl.colors.to_rgba(GREY)
    return np.asarray(colors)
