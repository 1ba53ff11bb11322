# SPDX-License-Identifier: Apache-2.0
"""Where on the table an object stands (S I)."""

from __future__ import annotations

import math

import numpy as np

from pinch_core.config import configclass, setting
from pinch_core.geometry.transform import Transform
from pinch_datagen.scene.uniform_range import Range, require_ascending

TURN = 2 * math.pi


@configclass
class PlacementConfig:
    """Uniform ranges of a planar pose; the defaults are the paper's."""

    x: Range = setting(default=(-0.1, 0.1), unit="m", help="place along the table's x", lower=-2.0, upper=2.0)
    y: Range = setting(default=(-0.1, 0.1), unit="m", help="place along the table's y", lower=-2.0, upper=2.0)
    yaw: Range = setting(
        default=(0.0, TURN), unit="rad", help="turn about the vertical", lower=-TURN, upper=2 * TURN
    )

    def __post_init__(self) -> None:
        require_ascending(self, "x", "y", "yaw")


def sample_placement(config: PlacementConfig, rng: np.random.Generator) -> Transform:
    """``T_table_placed``, to be put before a stable pose: ``T_table_placed @ T_table_obj``."""
    x, y, yaw = rng.uniform(*config.x), rng.uniform(*config.y), rng.uniform(*config.yaw)
    c, s = math.cos(yaw), math.sin(yaw)
    return Transform(np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]), np.array([x, y, 0.0]))
