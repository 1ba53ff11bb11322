# SPDX-License-Identifier: Apache-2.0
"""Marks on the table where things are to be put: painted, not touched."""

from __future__ import annotations

from dataclasses import field

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting
from pinch_core.geometry.transform import Transform

LINE = (0.90, 0.78, 0.25, 1.0)
MAT = (0.58, 0.60, 0.56, 1.0)
# Thin enough to be no obstacle and no object in a depth image [m].
LINE_WIDTH, LINE_HEIGHT, MAT_HEIGHT = 0.008, 0.0006, 0.0003


@configclass
class PlaceMark:
    """A rectangle on the table, as the executor's file tells it."""

    position: tuple[float, float, float] = setting(
        unit="m", help="middle of the place area in the base", lower=-5.0, upper=5.0
    )
    size: tuple[float, float] = setting(
        default=(0.48, 0.36), unit="m", help="its length and width", lower=0.02, upper=3.0
    )
    yaw: float = setting(
        default=0.0, unit="rad", help="direction of its length about the vertical", lower=-3.2, upper=3.2
    )

    @property
    def T_base_area(self) -> Transform:
        """Origin in its middle, x along its length, z up."""
        return Transform.from_rpy((0.0, 0.0, self.yaw), self.position)

    def holds(self, point: NDArray[np.float64]) -> bool:
        """Whether a point Float64[3] in the base [m] is over the area."""
        x, y, _ = self.T_base_area.inverse() @ point
        return bool(abs(x) < self.size[0] / 2 and abs(y) < self.size[1] / 2)


@configclass
class PlaceMarks:
    """The place areas of the executor's file, as the cell knows them."""

    shown: bool = setting(default=False, help="whether the place areas are painted on the table")
    right: PlaceMark = field(default_factory=lambda: PlaceMark((0.31, -0.42, 0.0)))
    left: PlaceMark = field(default_factory=lambda: PlaceMark((0.31, 0.42, 0.0)))

    @property
    def named(self) -> dict[str, PlaceMark]:
        """The areas by their names."""
        return {"right": self.right, "left": self.left}

    def add_to(self, spec: mujoco.MjSpec) -> None:
        """Paint them, if they are to be seen."""
        if not self.shown:
            return
        for name, mark in self.named.items():
            half = np.array(mark.size) / 2
            _paint(spec, f"line of {name}", mark, half, LINE_HEIGHT, LINE)
            _paint(spec, f"mat of {name}", mark, half - LINE_WIDTH, LINE_HEIGHT + MAT_HEIGHT, MAT)


def _paint(
    spec: mujoco.MjSpec,
    name: str,
    mark: PlaceMark,
    half: NDArray[np.float64],
    height: float,
    colour: tuple[float, float, float, float],
) -> None:
    x, y, z, w = mark.T_base_area.quaternion
    geom = spec.worldbody.add_geom(
        name=name,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=(*half, height / 2),
        pos=mark.T_base_area @ np.array([0.0, 0.0, height / 2]),
        quat=(w, x, y, z),
        rgba=colour,
    )
    geom.contype, geom.conaffinity = 0, 0
