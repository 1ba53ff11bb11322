# SPDX-License-Identifier: Apache-2.0
"""Marks on the table where things are to be put: painted, not touched."""

from __future__ import annotations

from dataclasses import field

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting

LINE = (0.90, 0.78, 0.25, 1.0)
MAT = (0.58, 0.60, 0.56, 1.0)
# Thin enough to be no obstacle and no object in a depth image [m].
LINE_WIDTH, LINE_HEIGHT, MAT_HEIGHT = 0.008, 0.0006, 0.0003


@configclass
class PlaceMark:
    """A rectangle on the table."""

    x: float = setting(unit="m", help="middle of the place area, x in the base", lower=-2.0, upper=2.0)
    y: float = setting(unit="m", help="middle of the place area, y in the base", lower=-2.0, upper=2.0)
    length: float = setting(default=0.30, unit="m", help="extent along the base's x", lower=0.02, upper=2.0)
    width: float = setting(default=0.24, unit="m", help="extent along the base's y", lower=0.02, upper=2.0)

    def holds(self, point: NDArray[np.float64]) -> bool:
        """Whether a point Float64[3] in the base [m] is over the area."""
        return abs(point[0] - self.x) < self.length / 2 and abs(point[1] - self.y) < self.width / 2


@configclass
class PlaceMarks:
    """The place areas of the executor's file, as the cell knows them."""

    shown: bool = setting(default=False, help="whether the place areas are painted on the table")
    right: PlaceMark = field(default_factory=lambda: PlaceMark(0.40, -0.38))
    left: PlaceMark = field(default_factory=lambda: PlaceMark(0.40, 0.38))

    @property
    def named(self) -> dict[str, PlaceMark]:
        """The areas by their names."""
        return {"right": self.right, "left": self.left}

    def add_to(self, spec: mujoco.MjSpec) -> None:
        """Paint them, if they are to be seen."""
        if not self.shown:
            return
        for name, mark in self.named.items():
            half = np.array([mark.length / 2, mark.width / 2])
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
    geom = spec.worldbody.add_geom(
        name=name,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=(*half, height / 2),
        pos=(mark.x, mark.y, height / 2),
        rgba=colour,
    )
    geom.contype, geom.conaffinity = 0, 0
