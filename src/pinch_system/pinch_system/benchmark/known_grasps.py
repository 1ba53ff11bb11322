# SPDX-License-Identifier: Apache-2.0
"""Grasps that are known to be good: from an object's true shape and pose, by the robust metric."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.parallel_jaw.antipodal_sampler import AntipodalConfig, sample_antipodal
from pinch_datagen.parallel_jaw.gripper_collision import CollisionConfig, free_approaches
from pinch_datagen.parallel_jaw.robust_quality import PoseError, QualityConfig, robust_quality
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_sim.object_mesh import object_mesh
from pinch_sim.objects import library_object

SAMPLED = 200
# The pose is the simulator's own: what remains is the arm's error.
ARM_ERROR = PoseError(translation=0.002, rotation=0.01)
NO_ERROR = PoseError(translation=0.0, rotation=0.0)
COLLISION = CollisionConfig(clearance=0.002)


def known_grasps(
    name: str, T_base_object: Transform, gripper: ParallelJawGripper, count: int, rng: np.random.Generator
) -> list[tuple[Transform, float]]:
    """Up to ``count`` (T_base_tcp, width [m]) from straight above, the most robust first.

    Args:
        name: of the object in the simulator's library; it stands on a table at z = 0 of the base frame.
    """
    mesh = object_mesh(library_object(name))
    model = ObjectModel(
        name, "pinch_sim", mesh.vertices, mesh.faces, library_object(name).mass, mesh.center_of_mass
    )
    up = T_base_object.rotation[2]
    pairs = sample_antipodal(model.rays, up, SAMPLED, gripper.max_opening, AntipodalConfig(), rng)
    placed = [PlacedObject(model, T_base_object)]
    grasps, free = free_approaches(pairs.grasps.moved(T_base_object), gripper, placed, COLLISION)
    grasps, widths = grasps[free], pairs.contacts.widths[free]
    config = QualityConfig(object_error=NO_ERROR, gripper_error=ARM_ERROR)
    local = grasps.moved(T_base_object.inverse())
    quality = robust_quality(local, gripper.max_opening, model.rays, mesh.center_of_mass, config, rng)
    order: NDArray[np.int64] = np.argsort(-quality.epsilon, kind="stable")[:count]
    return [(Transform(grasps.rotations[i], grasps.center[i]), float(widths[i])) for i in order]
