# SPDX-License-Identifier: Apache-2.0
"""Planned grasps judged in the true scene: whether the gripper collides, and how well it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.benchmark.random_scenes import JudgedScene
from pinch_datagen.parallel_jaw.gripper_collision import CollisionConfig, collides
from pinch_datagen.parallel_jaw.jaw_contacts import close_jaws
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.parallel_jaw.robust_quality import QualityConfig, robust_quality
from pinch_datagen.scene.placed_object import PlacedObject

Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

# The bare gripper: a clearance is the planner's own affair.
BARE = CollisionConfig(approach_length=0.10, clearance=0.0)


@dataclass(frozen=True)
class GraspJudge:
    """Judges by the measures that training data is labelled with, each grasp at its own opening."""

    gripper: ParallelJawGripper
    quality: QualityConfig

    def collisions(self, scene: JudgedScene, grasps: Sequence[Grasp]) -> Bool:
        """Bool[N]: on its last 10 cm, or from above all objects where these are taller, the gripper, at the
        opening of its approach, meets the table or an object.
        """
        hit = np.zeros(len(grasps), dtype=np.bool_)
        for row, grasp in enumerate(grasps):
            # The checker opens the gripper fully.
            opened = replace(self.gripper, min_opening=0.0, max_opening=grasp.opening)
            hit[row] = collides(on_table(scene, grasp), opened, list(scene.objects), BARE)[0]
        return hit

    def robust_epsilon(self, scene: JudgedScene, grasp: Grasp, rng: np.random.Generator) -> float:
        """Mean epsilon under the errors of poses and friction on the object that both jaws meet; 0 where they
        meet none, or not the same.
        """
        held = met_by_both_jaws(scene, grasp)
        if held is None:
            return 0.0
        in_object = on_table(scene, grasp).moved(held.T_table_obj.inverse())
        model = held.model
        opening = grasp.opening
        quality = robust_quality(in_object, opening, model.rays, model.center_of_mass, self.quality, rng)
        return float(quality.epsilon[0])

    def is_robust(self, robust_epsilon: float) -> bool:
        """Whether labels would call it good, were it free of collisions."""
        return robust_epsilon > self.quality.min_robust_epsilon


def on_table(scene: JudgedScene, grasp: Grasp) -> ParallelJawGrasps:
    """The grasp as one row, in the table's frame."""
    T_table_tcp: Transform = scene.T_cam_table.inverse() @ grasp.T_cam_tcp
    _, axis, approach = T_table_tcp.rotation.T
    return ParallelJawGrasps(T_table_tcp.translation[None], axis[None], approach[None])


def met_by_both_jaws(scene: JudgedScene, grasp: Grasp) -> PlacedObject | None:
    """The object that each of the closing jaws meets before any other one."""
    placed = on_table(scene, grasp)
    first: list[PlacedObject | None] = [None, None]
    nearest = np.full(2, np.inf)
    for item in scene.objects:
        in_object = placed.moved(item.T_table_obj.inverse())
        points = close_jaws(in_object, grasp.opening, item.model.rays).points[0]
        # Jaw 0 comes from where the closing axis begins.
        along = (points - in_object.center) @ in_object.axis[0] * np.array([1.0, -1.0])
        for jaw in np.flatnonzero(along < nearest):
            first[jaw], nearest[jaw] = item, along[jaw]
    return first[0] if first[0] is first[1] else None
