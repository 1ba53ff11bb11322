# SPDX-License-Identifier: Apache-2.0
"""What every way of planning a grasp looks like to the benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
from pinch_benchmark.scenes.object_set import ObjectSet
from pinch_benchmark.scenes.singulated_scene import SingulatedScene
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SeenObject:
    """Which object a method takes the one on the table for, and where: ``surface`` Float64[N, 3], points all
    over it in the camera's frame [m].
    """

    name: str
    surface: Float64


@dataclass(frozen=True, eq=False)
class PlannedGrasp:
    """``T_cam_tcp``; ``opening`` between the pads on the approach [m]; ``quality`` in [0, 1], NaN where the
    method has no probability. ``seen``: of methods that recognize the object.
    """

    T_cam_tcp: Transform
    opening: float
    quality: float
    seen: SeenObject | None = None


@dataclass(frozen=True)
class MethodSetting:
    """What methods are made for: a ``gripper``, and the ``objects`` of the run as the protocol ``config`` and
    the ``seed`` make them; methods that learn or know objects keep what they made below ``cache``.
    """

    gripper: ParallelJawGripper
    objects: ObjectSet
    config: GraspBenchmarkConfig
    seed: int
    cache: Path


class GraspMethod(Protocol):
    """Plans one grasp from what the camera saw."""

    @property
    def name(self) -> str:
        """How tables call it."""
        ...

    def plan(self, scene: SingulatedScene, rng: np.random.Generator) -> PlannedGrasp | None:
        """The best grasp; None where there is none."""
        ...
