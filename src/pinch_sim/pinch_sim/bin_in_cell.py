# SPDX-License-Identifier: Apache-2.0
"""A bin that stands on the cell's table: where, and how it looks."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_core.bin import Bin
from pinch_core.config import configclass, setting
from pinch_core.geometry.transform import Transform
from pinch_core.resources import load_bin

BIN_BODY = "bin"

PLASTIC = (0.22, 0.36, 0.52, 1.0)
PLASTIC_FLOOR = (0.29, 0.43, 0.58, 1.0)
RIM = (0.36, 0.52, 0.68, 1.0)
# The rim is drawn, not touched: high enough to be seen, proud of the wall by less than depth noise [m].
RIM_HEIGHT, RIM_PROUD = 0.006, 0.0004


@configclass
class BinConfig:
    """Which bin stands on the table, and where."""

    name: str = setting(default="", help="name of a file in config/bins; empty: there is no bin")
    x: float = setting(default=0.50, unit="m", help="middle of the bin, x in the base", lower=-2.0, upper=2.0)
    y: float = setting(default=0.0, unit="m", help="middle of the bin, y in the base", lower=-2.0, upper=2.0)
    yaw: float = setting(
        default=np.pi / 2,
        unit="rad",
        help="turn of the bin's length from the base's x",
        lower=-6.3,
        upper=6.3,
    )
    frame: str = setting(
        default="bin", help="TF frame in the middle of the bin's floor, x along its length, z up"
    )

    def stand(self) -> CellBin | None:
        """The bin on the table, None where there is none.

        Raises:
            ConfigError, UnknownNameError: its file.
        """
        if not self.name:
            return None
        bin = load_bin(self.name)
        # Its floor is as thick as its walls and lies on the table.
        return CellBin(bin, Transform.from_rpy((0.0, 0.0, self.yaw), (self.x, self.y, bin.wall)))


@dataclass(frozen=True)
class CellBin:
    """A bin, and the pose of its frame (in the middle of the floor) in the robot's base."""

    size: Bin
    T_base_bin: Transform

    @property
    def rim(self) -> float:
        """Height of the upper edge over the table [m]."""
        return float(self.T_base_bin.translation[2]) + self.size.height

    def holds(self, point: NDArray[np.float64]) -> bool:
        """Whether a point Float64[3] in the base [m] is between the walls, at any height."""
        x, y, _ = self.T_base_bin.inverse() @ point
        return bool(abs(x) < self.size.length / 2 and abs(y) < self.size.width / 2)

    def add_to(self, spec: mujoco.MjSpec) -> None:
        """Add it as a body that cannot be moved, as if bolted down."""
        size = self.size
        x, y, z, w = self.T_base_bin.quaternion
        body = spec.worldbody.add_body(name=BIN_BODY, pos=self.T_base_bin.translation, quat=(w, x, y, z))
        box = mujoco.mjtGeom.mjGEOM_BOX
        half_floor = (size.length / 2 + size.wall, size.width / 2 + size.wall, size.wall / 2)
        body.add_geom(
            name="bin floor", type=box, size=half_floor, pos=(0.0, 0.0, -size.wall / 2), rgba=PLASTIC_FLOOR
        )
        for wall in size.walls:
            body.add_geom(
                name=f"bin {wall.name}", type=box, size=wall.half_size, pos=wall.center, rgba=PLASTIC
            )
            rim = body.add_geom(
                name=f"bin rim of {wall.name}",
                type=box,
                size=(*(wall.half_size[:2] + RIM_PROUD), RIM_HEIGHT / 2),
                pos=(*wall.center[:2], size.height - RIM_HEIGHT / 2 + RIM_PROUD),
                rgba=RIM,
            )
            rim.contype, rim.conaffinity = 0, 0
