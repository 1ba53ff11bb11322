# SPDX-License-Identifier: Apache-2.0
"""Planning on the object itself: what a perfect eye would choose by the labels that networks learn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.methods.method import PlannedGrasp
from pinch_benchmark.scenes.singulated_scene import SingulatedScene
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.parallel_jaw.antipodal_sampler import AntipodalConfig, sample_antipodal
from pinch_datagen.parallel_jaw.gripper_collision import CollisionConfig, collides
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.parallel_jaw.robust_quality import QualityConfig, robust_quality
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
    placed: PlacedObject,
    gripper: ParallelJawGripper,
    candidates: int,
    quality: QualityConfig,
    rng: np.random.Generator,
) -> RatedGrasp | None:
    """The most robust of so many antipodal pairs, straight from above, that does not collide; None where all
    do.
    """
    up = placed.T_table_obj.rotation[2]
    pairs = sample_antipodal(placed.model.rays, up, candidates, gripper.max_opening, FRICTION_OF_PAIRS, rng)
    grasps = pairs.grasps.moved(placed.T_table_obj)
    apart = np.linalg.norm(np.diff(pairs.contacts.points, axis=1)[:, 0], axis=1)
    openings = np.minimum(apart + 2 * OPENING_MARGIN_M, gripper.max_opening)
    epsilon = robust_epsilons(placed, gripper, grasps, quality, rng)
    # Collisions cost more than epsilon, and few have to be looked for.
    for row in np.argsort(-epsilon, kind="stable"):
        opening = float(openings[row])
        one = grasps[slice(row, row + 1)]
        opened = replace(gripper, min_opening=0.0, max_opening=opening)
        if not collides(one, opened, [placed], CollisionConfig(clearance=0.001))[0]:
            pose = Transform(grasps.rotations[row], grasps.center[row])
            return RatedGrasp(pose, opening, float(epsilon[row]))
    return None


def robust_epsilons(
    placed: PlacedObject,
    gripper: ParallelJawGripper,
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
        in_object, gripper.max_opening, model.rays, model.center_of_mass, quality, rng
    ).epsilon
