# SPDX-License-Identifier: Apache-2.0
"""Planning on the object itself: what a perfect eye would choose by the labels that networks learn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.methods.method import PlannedGrasp
from pinch_benchmark.scenes.singulated_scene import SingulatedScene
from pinch_core.geometry.transform import Transform
from pinch_core.gripper import Gripper
from pinch_datagen.grasps.antipodal_sampler import AntipodalConfig, sample_antipodal
from pinch_datagen.grasps.gripper_collision import CollisionConfig, collides
from pinch_datagen.grasps.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.metrics.robust_quality import QualityConfig, robust_quality
from pinch_datagen.scene.placed_object import PlacedObject

Float64 = NDArray[np.float64]

CANDIDATES = 150
# As wide as the planner opens: object, and this much beside each pad [m].
OPENING_MARGIN_M = 0.006
FRICTION_OF_PAIRS = AntipodalConfig()


@dataclass(frozen=True)
class TrueGeometry:
    """The collision-free antipodal pair of the mesh with the highest robust epsilon."""

    quality: QualityConfig
    name: str = "truth"

    def plan(self, scene: SingulatedScene, rng: np.random.Generator) -> PlannedGrasp | None:
        found = best_grasp(scene.placed, scene.world.gripper, CANDIDATES, self.quality, rng)
        if found is None:
            return None
        return PlannedGrasp(scene.T_table_cam.inverse() @ found.T_table_tcp, found.opening, float("nan"))


@dataclass(frozen=True, eq=False)
class RatedGrasp:
    """``T_table_tcp``; ``opening`` between the pads on the approach [m]; its ``epsilon``."""

    T_table_tcp: Transform
    opening: float
    epsilon: float


def best_grasp(
    placed: PlacedObject, gripper: Gripper, candidates: int, quality: QualityConfig, rng: np.random.Generator
) -> RatedGrasp | None:
    """The most robust of so many pairs that do not collide; None where all do."""
    proposed = propose(placed, gripper, candidates, rng)
    free = np.flatnonzero(~proposed.colliding)
    if not len(free):
        return None
    epsilon = robust_epsilons(placed, gripper, proposed.grasps, quality, rng)
    best = int(free[np.argmax(epsilon[free])])
    return RatedGrasp(proposed.pose(best), float(proposed.openings[best]), float(epsilon[best]))


@dataclass(frozen=True, eq=False)
class Proposed:
    """N ``grasps`` in the table's frame, ``openings`` Float64[N] [m], ``colliding`` Bool[N]: the hand meets
    table or object on its way down.
    """

    grasps: ParallelJawGrasps
    openings: Float64
    colliding: NDArray[np.bool_]

    def pose(self, row: int) -> Transform:
        """``T_table_tcp``."""
        return Transform(self.grasps.rotations[row], self.grasps.center[row])


def propose(placed: PlacedObject, gripper: Gripper, count: int, rng: np.random.Generator) -> Proposed:
    """Antipodal pairs of the object's surface, the approach straight down."""
    up = placed.T_table_obj.rotation[2]
    pairs = sample_antipodal(placed.model.rays, up, count, gripper.max_width, FRICTION_OF_PAIRS, rng)
    grasps = pairs.grasps.moved(placed.T_table_obj)
    openings = np.minimum(
        np.linalg.norm(np.diff(pairs.contacts.points, axis=1)[:, 0], axis=1) + 2 * OPENING_MARGIN_M,
        gripper.max_width,
    )
    colliding = np.zeros(len(grasps), dtype=np.bool_)
    for row, opening in enumerate(openings):
        opened = replace(gripper, min_width=0.0, max_width=float(opening))
        one = grasps[slice(row, row + 1)]
        colliding[row] = collides(one, opened, [placed], CollisionConfig(clearance=0.001))[0]
    return Proposed(grasps, openings, colliding)


def robust_epsilons(
    placed: PlacedObject,
    gripper: Gripper,
    grasps: ParallelJawGrasps,
    quality: QualityConfig,
    rng: np.random.Generator,
) -> Float64:
    """Float64[N]: the labels' measure of grasps in the table's frame, at the jaws' full opening."""
    if not len(grasps):
        return np.empty(0)
    in_object = grasps.moved(placed.T_table_obj.inverse())
    model = placed.model
    return robust_quality(
        in_object, gripper.max_width, model.rays, model.center_of_mass, quality, rng
    ).epsilon
