# SPDX-License-Identifier: Apache-2.0
"""Colours of grasps by their robustness."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from numpy.typing import NDArray

from pinch_core.pictures.palette import GREY


def epsilon_colors(threshold: float) -> ScalarMappable:
    """Robust epsilon from 0 to twice the threshold; the same colours in all pictures of a dataset."""
    darker = LinearSegmentedColormap.from_list(
        "viridis without its end, which is lost on white", mpl.colormaps["viridis"](np.linspace(0, 0.93, 256))
    )
    return ScalarMappable(Normalize(0.0, 2 * threshold, clip=True), darker)


def grasp_colors(
    robust_epsilon: NDArray[np.float32], collision_free: NDArray[np.bool_], threshold: float
) -> NDArray[np.float64]:
    """Float64[N, 4]: red, green, blue, opacity; grasps in collision are grey."""
    colors = epsilon_colors(threshold).to_rgba(robust_epsilon)
    colors[~collision_free] = mpl.colors.to_rgba(GREY)
    return np.asarray(colors)
