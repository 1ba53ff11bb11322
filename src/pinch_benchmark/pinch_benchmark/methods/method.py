# SPDX-License-Identifier: Apache-2.0
"""What every way of planning a grasp looks like to the benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pinch_benchmark.scenes.singulated_scene import SingulatedScene
from pinch_core.geometry.transform import Transform


@dataclass(frozen=True, eq=False)
class PlannedGrasp:
    """``T_cam_tcp``; ``opening`` between the pads on the approach [m]; ``quality`` in [0, 1], NaN where the
    method has no probability.
    """

    T_cam_tcp: Transform
    opening: float
    quality: float


class GraspMethod(Protocol):
    """Plans one grasp from what the camera saw."""

    @property
    def name(self) -> str:
        """How tables call it."""
        ...

    def plan(self, scene: SingulatedScene, rng: np.random.Generator) -> PlannedGrasp | None:
        """The best grasp; None where there is none."""
        ...
