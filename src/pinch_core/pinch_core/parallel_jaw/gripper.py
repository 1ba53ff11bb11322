# SPDX-License-Identifier: Apache-2.0
"""Parallel-jaw grippers as boxes in the tool frame: enough to see the space that fingers and palm sweep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError

Float64 = NDArray[np.float64]


@configclass
class Finger:
    """One finger: a box whose inner face carries the pad."""

    breadth: float = setting(
        unit="m", help="size across the closing direction (tool x)", lower=1e-3, upper=0.2
    )
    thickness: float = setting(
        unit="m", help="size along the closing direction (tool y), outward", lower=1e-3, upper=0.2
    )
    length: float = setting(
        unit="m", help="from the fingertip up to the palm (tool z)", lower=5e-3, upper=0.5
    )
    tip_beyond_tcp: float = setting(
        unit="m", help="how far the fingertip reaches past the tool centre point", lower=0.0, upper=0.1
    )


@configclass
class Palm:
    """The body that carries the fingers: a box that starts where the fingers end."""

    size_x: float = setting(unit="m", help="size across the closing direction", lower=1e-3, upper=0.5)
    size_y: float = setting(unit="m", help="size along the closing direction", lower=1e-3, upper=0.5)
    size_z: float = setting(unit="m", help="size along the approach", lower=1e-3, upper=0.5)


@dataclass(frozen=True, eq=False)
class Box:
    """An axis-aligned box in the tool frame: ``center`` (3,) and ``half_size`` (3,) in metres."""

    name: str
    center: Float64
    half_size: Float64


@configclass
class ParallelJawGripper:
    """A parallel-jaw gripper in the tool frame (z approach, y closing, origin between the finger pads).

    ``max_opening`` and ``min_opening`` are clear distances between the pads [m].
    """

    name: str
    finger: Finger
    palm: Palm
    max_opening: float = setting(
        unit="m", help="largest clear distance between the pads", lower=1e-3, upper=0.5
    )
    min_opening: float = setting(unit="m", help="clear distance when fully closed", lower=0.0, upper=0.5)
    max_force: float = setting(unit="N", help="largest closing force", lower=0.1, upper=1000.0)
    type: str = setting(default="parallel_jaw", help="gripper type; always parallel_jaw here")

    def __post_init__(self) -> None:
        if self.min_opening >= self.max_opening:
            raise ConfigError(
                f"Gripper '{self.name}' has min_opening = {self.min_opening:g} m, not below max_opening = "
                f"{self.max_opening:g} m; swap or correct them."
            )

    def bodies(self, opening: float) -> tuple[Box, Box, Box]:
        """Left finger (+y), right finger (-y) and palm, for pads ``opening`` [m] apart."""
        finger, palm = self.finger, self.palm
        half_finger = np.array([finger.breadth, finger.thickness, finger.length]) / 2
        finger_z = finger.tip_beyond_tcp - finger.length / 2
        offset_y = opening / 2 + finger.thickness / 2
        palm_z = finger.tip_beyond_tcp - finger.length - palm.size_z / 2
        return (
            Box("left_finger", np.array([0.0, offset_y, finger_z]), half_finger),
            Box("right_finger", np.array([0.0, -offset_y, finger_z]), half_finger),
            Box("palm", np.array([0.0, 0.0, palm_z]), np.array([palm.size_x, palm.size_y, palm.size_z]) / 2),
        )
