# SPDX-License-Identifier: Apache-2.0
"""A rectangular bin: what planning, simulation and motion planning know of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Wall:
    """One wall as a box in the bin's frame: ``center`` Float64[3] and ``half_size`` Float64[3] [m]."""

    name: str
    center: Float64
    half_size: Float64


@configclass
class Bin:
    """A bin with four upright walls, open above.

    Frame ``bin``: origin in the middle of the floor's upper face, x along ``length``, z up.
    """

    length: float = setting(unit="m", help="inside, between the walls along x", lower=0.05, upper=3.0)
    width: float = setting(unit="m", help="inside, between the walls along y", lower=0.05, upper=3.0)
    height: float = setting(unit="m", help="from the floor up to the rim, inside", lower=0.01, upper=2.0)
    wall: float = setting(default=0.005, unit="m", help="thickness of the walls", lower=0.0005, upper=0.2)

    @property
    def walls(self) -> tuple[Wall, Wall, Wall, Wall]:
        """The walls at -x, +x, -y and +y; those along x reach over the corners."""
        half_x, half_y, half_z = self.length / 2, self.width / 2, self.height / 2
        half_wall = self.wall / 2
        across = np.array([half_wall, half_y, half_z])
        along = np.array([half_x + self.wall, half_wall, half_z])
        return (
            Wall("wall -x", np.array([-half_x - half_wall, 0.0, half_z]), across),
            Wall("wall +x", np.array([half_x + half_wall, 0.0, half_z]), across),
            Wall("wall -y", np.array([0.0, -half_y - half_wall, half_z]), along),
            Wall("wall +y", np.array([0.0, half_y + half_wall, half_z]), along),
        )
