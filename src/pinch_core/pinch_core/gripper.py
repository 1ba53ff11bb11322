# SPDX-License-Identifier: Apache-2.0
"""The protocol of grippers of all types, for planning, display and simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Box:
    """An axis-aligned box in the TCP frame: ``center`` (3,) and ``half_size`` (3,) in metres.

    ``touches_object``: whether it is made to touch what is grasped (a finger), or never should (a palm).
    """

    name: str
    center: Float64
    half_size: Float64
    touches_object: bool


class Gripper(Protocol):
    """A gripper as its file in config/grippers describes it. TCP frame: z approach, y closing direction."""

    @property
    def name(self) -> str:
        """Its name in goals and grasps."""
        ...

    @property
    def type(self) -> str:
        """Key of :data:`pinch_core.grasp_types.GRASP_TYPES`."""
        ...

    @property
    def span(self) -> float:
        """Extent [m] by which grippers of a type differ most (largest opening of jaws); networks are chosen
        by it.
        """
        ...

    @property
    def reach(self) -> float:
        """Farthest that any part of it gets from the TCP, across the approach [m]."""
        ...

    def bodies(self, opening: float) -> tuple[Box, ...]:
        """Its collision bodies with the pads ``opening`` [m] apart. Filters, markers, simulation and data
        generation use this list and no other.
        """
        ...
