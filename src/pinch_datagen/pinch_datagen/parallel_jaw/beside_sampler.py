# SPDX-License-Identifier: Apache-2.0
"""Grasps off the object: a network that never saw one has to guess there (P VII names it a failure)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.parallel_jaw.jaw_contacts import close_jaws
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.ray_mesh import RayMesh

Float64 = NDArray[np.float64]

ROUNDS = 20


def sample_beside(
    mesh: RayMesh,
    T_table_obj: NDArray[np.float64],
    count: int,
    gripper: ParallelJawGripper,
    rng: np.random.Generator,
) -> ParallelJawGrasps:
    """Up to ``count`` grasps in the object's frame round the object, whose jaws do not both meet it.

    Centres are uniform in the object's box on the table, widened by the jaws' opening on all sides; the
    fingertips stay above the table.

    Args:
        T_table_obj: Float64[4, 4], the stable pose.
    """
    rotation, translation = T_table_obj[:3, :3], T_table_obj[:3, 3]
    placed = mesh.vertices @ rotation.T + translation
    lower, upper = placed.min(0), placed.max(0)
    lower[:2] -= gripper.max_opening
    upper[:2] += gripper.max_opening
    lower[2] = gripper.finger.tip_beyond_tcp
    upper[2] = max(upper[2], lower[2] + 1e-3)
    found: list[ParallelJawGrasps] = []
    for _ in range(ROUNDS):
        if sum(map(len, found)) >= count:
            break
        center = rng.uniform(lower, upper, (2 * count, 3))
        angle = rng.uniform(0.0, 2 * np.pi, 2 * count)
        axis = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=-1)
        approach = np.broadcast_to([0.0, 0.0, -1.0], axis.shape)
        grasps = ParallelJawGrasps((center - translation) @ rotation, axis @ rotation, approach @ rotation)
        found.append(grasps[~close_jaws(grasps, gripper.max_opening, mesh).exist])
    return ParallelJawGrasps.concatenated(found)[slice(0, count)]
