# SPDX-License-Identifier: Apache-2.0
"""Whether the open gripper hits object, neighbours or table on its way down (coal)."""

from __future__ import annotations

from functools import lru_cache

import coal
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from pinch_core.config import configclass, setting
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.scene.placed_object import PlacedObject

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]


@configclass
class CollisionConfig:
    """The way of the gripper and how near it may come."""

    approach_length: float = setting(
        default=0.10, unit="m", help="straight way of the open gripper to the grasp", lower=0.0, upper=1.0
    )
    clearance: float = setting(
        default=0.0, unit="m", help="free space wanted round fingers and palm", lower=0.0, upper=0.02
    )
    approach_offsets: tuple[float, ...] = setting(
        default=(0.0,),
        unit="rad",
        help="tilts of the approach about the closing axis that are tried in turn",
        lower=-0.5,
        upper=0.5,
    )


def free_approaches(
    grasps: ParallelJawGrasps,
    gripper: ParallelJawGripper,
    scene: list[PlacedObject],
    config: CollisionConfig,
) -> tuple[ParallelJawGrasps, Bool]:
    """The grasps, tilted by the first offset at which nothing is hit, and whether there is one; else
    untilted.

    Args:
        grasps: in the table's frame.
    """
    approach = grasps.approach.copy()
    free = np.zeros(len(grasps), dtype=np.bool_)
    for offset in config.approach_offsets:
        open_rows = np.nonzero(~free)[0]
        turn = Rotation.from_rotvec(offset * grasps.axis[open_rows])
        tilted = ParallelJawGrasps(
            grasps.center[open_rows], grasps.axis[open_rows], turn.apply(grasps.approach[open_rows])
        )
        succeeded = ~collides(tilted, gripper, scene, config)
        free[open_rows[succeeded]] = True
        approach[open_rows[succeeded]] = tilted.approach[succeeded]
    return ParallelJawGrasps(grasps.center, grasps.axis, approach), free


def collides(
    grasps: ParallelJawGrasps, gripper: ParallelJawGripper, scene: list[PlacedObject], config: CollisionConfig
) -> Bool:
    """Bool[N]: the gripper, open, sweeping along the approach to the grasp, meets the table or an object.

    Args:
        grasps: in the table's frame.
    """
    obstacles = [(_bounding_volumes(item.model), _coal_pose(item.T_table_obj)) for item in scene]
    top = max((_height(item) for item in scene), default=0.0)
    # Surfaces cannot tell that something lies wholly inside: the swept boxes always reach above every object.
    boxes = swept_boxes(gripper, max(config.approach_length, top), config.clearance)
    rotations = grasps.rotations
    hit = _reaches_table(grasps.center, rotations, boxes)
    shapes = [(coal.Box(*(2 * half)), center) for center, half in boxes]
    request, result = coal.CollisionRequest(), coal.CollisionResult()
    for row in np.nonzero(~hit)[0]:
        rotation, center = rotations[row], grasps.center[row]
        for shape, offset in shapes:
            pose = coal.Transform3s(rotation, center + rotation @ offset)
            for volumes, placed in obstacles:
                result.clear()
                if coal.collide(volumes, placed, shape, pose, request, result):
                    hit[row] = True
                    break
            if hit[row]:
                break
    return hit


def swept_boxes(
    gripper: ParallelJawGripper, length: float, clearance: float
) -> list[tuple[Float64, Float64]]:
    """(centre, half size) in the TCP frame of what fingers and palm sweep on the last ``length`` [m]."""
    swept = []
    for box in gripper.bodies(gripper.max_opening):
        half = box.half_size + clearance
        swept.append((box.center - np.array([0.0, 0.0, length / 2]), half + np.array([0.0, 0.0, length / 2])))
    return swept


def _reaches_table(centers: Float64, rotations: Float64, boxes: list[tuple[Float64, Float64]]) -> Bool:
    lowest = np.full(len(centers), np.inf)
    for center, half in boxes:
        reach = np.abs(rotations[:, 2]) @ half
        lowest = np.minimum(lowest, centers[:, 2] + rotations[:, 2] @ center - reach)
    return np.asarray(lowest < 0.0)


@lru_cache(maxsize=64)  # heaps are asked for grasp by grasp
def _bounding_volumes(model: ObjectModel) -> coal.BVHModelOBBRSS:
    volumes = coal.BVHModelOBBRSS()
    volumes.beginModel(len(model.faces), len(model.vertices))
    volumes.addVertices(model.vertices)
    volumes.addTriangles(model.faces)
    volumes.endModel()
    return volumes


def _coal_pose(T_table_obj: Transform) -> coal.Transform3s:
    return coal.Transform3s(T_table_obj.rotation, T_table_obj.translation)


def _height(item: PlacedObject) -> float:
    heights = item.model.vertices @ item.T_table_obj.rotation[2] + item.T_table_obj.translation[2]
    return float(heights.max())
