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
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.planning.failed_grasps import ScenePatch
from pinch_core.planning.plan import SceneHints
from pinch_core.planning.pushes import Push
from pinch_datagen.scene.placed_object import PlacedObject

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
    method has no probability. ``seen``: of methods that recognize the object. ``patch``: of methods that
    remember what the scene looked like there. ``changed``: ids of failures around which it has changed since.
    ``push``: what the method expects to be better than the grasp, where pushes are allowed.
    """

    T_cam_tcp: Transform
    opening: float
    quality: float
    seen: SeenObject | None = None
    patch: ScenePatch | None = None
    changed: tuple[str, ...] = ()
    push: Push | None = None


@dataclass(frozen=True)
class NoGrasp:
    """A method found no grasp; ``reason`` in its own words; ``changed``, ``push``: see
    :class:`PlannedGrasp`.
    """

    reason: str
    changed: tuple[str, ...] = ()
    push: Push | None = None


class PlanningScene(Protocol):
    """One object or a heap, as methods get it: what the camera saw, and, for methods that need no eyes, the
    truth.
    """

    @property
    def frame(self) -> DepthFrame:
        """What the camera saw."""
        ...

    @property
    def hints(self) -> SceneHints:
        """What a user knows beside it: a mask, a bin, where grasps failed."""
        ...

    @property
    def gripper(self) -> ParallelJawGripper: ...

    @property
    def objects(self) -> tuple[PlacedObject, ...]:
        """All that may be grasped, where it really lies."""
        ...

    @property
    def obstacles(self) -> tuple[PlacedObject, ...]:
        """What may not be grasped, beside the table: walls."""
        ...

    @property
    def T_table_cam(self) -> Transform: ...


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

    def plan(self, scene: PlanningScene, rng: np.random.Generator) -> PlannedGrasp | NoGrasp:
        """The best grasp, or why there is none."""
        ...
