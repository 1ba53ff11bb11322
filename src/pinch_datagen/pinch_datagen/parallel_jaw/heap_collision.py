# SPDX-License-Identifier: Apache-2.0
"""Whether the gripper, opened as far as each grasp asks for, hits anything of a heap on its way down."""

from __future__ import annotations

import coal
import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.heaps.heap_surface import HeapSurface
from pinch_datagen.parallel_jaw.gripper_collision import CollisionConfig
from pinch_datagen.parallel_jaw.opened_grasps import OpenedGrasps

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]


def collides_in_heap(
    opened: OpenedGrasps, gripper: ParallelJawGripper, surface: HeapSurface, config: CollisionConfig
) -> Bool:
    """Bool[N]: fingers or palm, sweeping along the whole approach, meet the table, a wall or an object.

    Args:
        opened: in the table's frame.
    """
    # Surfaces cannot tell that something lies wholly inside: the swept boxes always reach above everything.
    length = max(config.approach_length, surface.top)
    grasps, rotations = opened.grasps, opened.grasps.rotations
    shapes, centers = [], []
    lowest = np.full(len(opened), np.inf)
    closed, one_metre_open = gripper.bodies(0.0), gripper.bodies(1.0)
    for at_0, at_1 in zip(closed, one_metre_open, strict=True):
        half = at_0.half_size + config.clearance + np.array([0.0, 0.0, length / 2])
        in_tcp = at_0.center + opened.opening[:, None] * (at_1.center - at_0.center)
        in_tcp = in_tcp - np.array([0.0, 0.0, length / 2])
        center = grasps.center + (rotations @ in_tcp[..., None])[..., 0]
        lowest = np.minimum(lowest, center[:, 2] - np.abs(rotations[:, 2]) @ half)
        shapes.append(coal.Box(*(2 * half)))
        centers.append(center)
    hit = np.asarray(lowest < 0.0)
    request, result, volumes, fixed = (
        coal.CollisionRequest(),
        coal.CollisionResult(),
        surface.volumes,
        coal.Transform3s(),
    )
    pose = coal.Transform3s()
    for row in np.nonzero(~hit)[0]:
        pose.setRotation(rotations[row])
        for shape, center in zip(shapes, centers, strict=True):
            pose.setTranslation(center[row])
            result.clear()
            if coal.collide(volumes, fixed, shape, pose, request, result):
                hit[row] = True
                break
    return hit
