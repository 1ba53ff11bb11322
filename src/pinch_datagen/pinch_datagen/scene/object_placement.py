# SPDX-License-Identifier: Apache-2.0
"""Where on the table an object stands (S I)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pinch_core.config import setting, validate
from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform

Range = tuple[float, float]


@dataclass(frozen=True)
class PlacementConfig:
    """Uniform ranges of a planar pose; the defaults are the paper's."""

    x: Range = setting((-0.1, 0.1), unit="m", help="place along the table's x", lower=-2.0, upper=2.0)
    y: Range = setting((-0.1, 0.1), unit="m", help="place along the table's y", lower=-2.0, upper=2.0)
    yaw: Range = setting(
        (0.0, 2 * math.pi), unit="rad", help="turn about the vertical", lower=-2 * math.pi, upper=4 * math.pi
    )

    def __post_init__(self) -> None:
        validate(self)
        for name in ("x", "y", "yaw"):
            low, high = getattr(self, name)
            if low > high:
                raise ConfigError(
                    f"PlacementConfig.{name} = [{low:g}, {high:g}] is upside down; put the smaller first."
                )


def sample_placement(config: PlacementConfig, rng: np.random.Generator) -> Transform:
    """``T_table_placed``, to be put before a stable pose."""
    x, y, yaw = rng.uniform(*config.x), rng.uniform(*config.y), rng.uniform(*config.yaw)
    cosine, sine = math.cos(yaw), math.sin(yaw)
    return Transform(np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]]), np.array([x, y, 0.0]))
