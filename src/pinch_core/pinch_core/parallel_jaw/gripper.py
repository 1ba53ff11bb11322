# SPDX-License-Identifier: Apache-2.0
"""Parallel-jaw grippers as boxes in the TCP frame, for the space that fingers and palm sweep."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_core.gripper import Box, Gripper

Float64 = NDArray[np.float64]


@configclass
class Finger:
    """One finger: a box whose inner face carries the pad."""

    breadth: float = setting(
        unit="m", help="size across the closing direction (TCP x)", lower=1e-3, upper=0.2
    )
    thickness: float = setting(
        unit="m", help="size along the closing direction (TCP y), outward", lower=1e-3, upper=0.2
    )
    length: float = setting(unit="m", help="from the fingertip up to the palm (TCP z)", lower=5e-3, upper=0.5)
    tip_beyond_tcp: float = setting(
        unit="m", help="how far the fingertip reaches past the TCP", lower=0.0, upper=0.1
    )


@configclass
class Palm:
    """The body that carries the fingers: a box that starts where the fingers end."""

    size_x: float = setting(unit="m", help="size across the closing direction", lower=1e-3, upper=0.5)
    size_y: float = setting(unit="m", help="size along the closing direction", lower=1e-3, upper=0.5)
    size_z: float = setting(unit="m", help="size along the approach", lower=1e-3, upper=0.5)


@configclass
class ParallelJawGripper:
    """A parallel-jaw gripper in the TCP frame (z approach, y closing, origin between the finger pads).

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
    opens_fully: bool = setting(
        default=False,
        help="it knows only open and closed: every grasp comes down at max_opening and is checked so",
    )
    type: str = setting(default="parallel_jaw", help="gripper type; always parallel_jaw here")

    def __post_init__(self) -> None:
        if self.type != "parallel_jaw":
            raise ConfigError(f"Gripper '{self.name}' has type = '{self.type}'; set it to parallel_jaw.")
        if self.min_opening >= self.max_opening:
            raise ConfigError(
                f"Gripper '{self.name}' has min_opening = {self.min_opening:g} m, not below max_opening = "
                f"{self.max_opening:g} m; swap or correct them."
            )

    @property
    def span(self) -> float:
        """The largest opening [m]."""
        return self.max_opening

    @property
    def reach(self) -> float:
        """Half a palm beyond the outermost TCP position over an object [m]."""
        return math.hypot(self.palm.size_x, self.palm.size_y) / 2 + self.max_opening

    def bodies(self, opening: float) -> tuple[Box, Box, Box]:
        """Left finger (+y), right finger (-y) and palm, for pads ``opening`` [m] apart."""
        finger, palm = self.finger, self.palm
        half_finger = np.array([finger.breadth, finger.thickness, finger.length]) / 2
        finger_z = finger.tip_beyond_tcp - finger.length / 2
        offset_y = opening / 2 + finger.thickness / 2
        palm_z = finger.tip_beyond_tcp - finger.length - palm.size_z / 2
        return (
            Box("left_finger", np.array([0.0, offset_y, finger_z]), half_finger, touches_object=True),
            Box("right_finger", np.array([0.0, -offset_y, finger_z]), half_finger, touches_object=True),
            Box(
                "palm",
                np.array([0.0, 0.0, palm_z]),
                np.array([palm.size_x, palm.size_y, palm.size_z]) / 2,
                touches_object=False,
            ),
        )


# pinch 1 had only one gripper type, and called openings widths.
_KEYS_OF_VERSION_1 = {"max_width": "max_opening", "min_width": "min_opening"}


def from_version_1(values: dict[Any, Any]) -> dict[Any, Any]:
    """A gripper's mapping with current keys: one without ``type`` was written for pinch 1."""
    if "type" in values:
        return values
    return {"type": "parallel_jaw", **{_KEYS_OF_VERSION_1.get(key, key): v for key, v in values.items()}}


def as_parallel_jaw(gripper: Gripper, purpose: str) -> ParallelJawGripper:
    """The gripper, for what is made for parallel jaws alone.

    Args:
        purpose: what asks, for the message.

    Raises:
        ConfigError: it is of another type.
    """
    if isinstance(gripper, ParallelJawGripper):
        return gripper
    raise ConfigError(
        f"{purpose} works with parallel jaws, but gripper '{gripper.name}' has type '{gripper.type}'; name "
        "another gripper."
    )
