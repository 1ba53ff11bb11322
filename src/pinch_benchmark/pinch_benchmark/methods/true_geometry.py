# SPDX-License-Identifier: Apache-2.0
"""Planning on the object itself: what a perfect eye would choose by the labels that networks learn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.methods.method import PlannedGrasp
from pinch_benchmark.scenes.singulated_scene import SingulatedScene
from pinch_core.geometry.transform import Transform
from pinch_datagen.grasps.antipodal_sampler import AntipodalConfig, sample_antipodal
from pinch_datagen.grasps.gripper_collision import CollisionConfig, collides
from pinch_datagen.grasps.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.metrics.robust_quality import QualityConfig, robust_quality

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
        proposed = propose(scene, CANDIDATES, rng)
        epsilon = robust_epsilons(scene, proposed.grasps, self.quality, rng)
        free = np.flatnonzero(~proposed.colliding)
        if not len(free):
            return None
        best = int(free[np.argmax(epsilon[free])])
        return PlannedGrasp(
            scene.T_table_cam.inverse() @ proposed.pose(best), float(proposed.openings[best]), float("nan")
        )


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


def propose(scene: SingulatedScene, count: int, rng: np.random.Generator) -> Proposed:
    """Antipodal pairs of the object's surface, the approach straight down."""
    gripper, model = scene.world.gripper, scene.model
    up = scene.T_table_obj.rotation[2]
    pairs = sample_antipodal(model.rays, up, count, gripper.max_width, FRICTION_OF_PAIRS, rng)
    grasps = pairs.grasps.moved(scene.T_table_obj)
    openings = np.minimum(
        np.linalg.norm(np.diff(pairs.contacts.points, axis=1)[:, 0], axis=1) + 2 * OPENING_MARGIN_M,
        gripper.max_width,
    )
    colliding = np.zeros(len(grasps), dtype=np.bool_)
    for row, opening in enumerate(openings):
        opened = replace(gripper, min_width=0.0, max_width=float(opening))
        one = grasps[slice(row, row + 1)]
        colliding[row] = collides(one, opened, [scene.placed], CollisionConfig(clearance=0.001))[0]
    return Proposed(grasps, openings, colliding)


def robust_epsilons(
    scene: SingulatedScene, grasps: ParallelJawGrasps, quality: QualityConfig, rng: np.random.Generator
) -> Float64:
    """Float64[N]: the labels' measure of grasps in the table's frame, at the jaws' full opening."""
    if not len(grasps):
        return np.empty(0)
    in_object = grasps.moved(scene.T_table_obj.inverse())
    opening = scene.world.gripper.max_width
    model = scene.model
    return robust_quality(in_object, opening, model.rays, model.center_of_mass, quality, rng).epsilon
