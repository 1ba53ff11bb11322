# SPDX-License-Identifier: Apache-2.0
"""What the camera sees of a heap, with the truth behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import trimesh

from pinch_core.bin import Bin
from pinch_core.depth_frame import DepthFrame
from pinch_core.depth_noise.chain import DepthNoise
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.perception.table import Plane
from pinch_core.planning.failed_grasps import FailedGrasp
from pinch_core.planning.plan import SceneHints
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.rendering.ray_renderer import RayRenderer
from pinch_datagen.rendering.renderers import scene_surface
from pinch_datagen.scene.placed_object import PlacedObject


@dataclass(frozen=True, eq=False)
class HeapView:
    """A :class:`PlanningScene` of several objects; fields as there."""

    frame: DepthFrame
    hints: SceneHints
    gripper: ParallelJawGripper
    objects: tuple[PlacedObject, ...]
    obstacles: tuple[PlacedObject, ...]
    T_table_cam: Transform


@dataclass(frozen=True, eq=False)
class HeapCamera:
    """A camera over a heap, and its ``noise``; ``knows_table``: whether planners are told the table's plane,
    as they are told of a bin.
    """

    T_table_cam: Transform
    intrinsics: CameraIntrinsics
    noise: DepthNoise
    knows_table: bool = True

    def look(
        self,
        objects: Sequence[PlacedObject],
        bin: Bin | None,
        gripper: ParallelJawGripper,
        failed: Sequence[FailedGrasp],
        rng: np.random.Generator,
    ) -> HeapView:
        """What it sees of them now; the planner is told of the bin and where it stands."""
        walls = walls_of(bin)
        depth = RayRenderer(scene_surface([*objects, *walls])).render(self.T_table_cam, self.intrinsics)
        depth[np.isinf(depth)] = np.nan
        noisy = self.noise.apply(depth, self.intrinsics, rng)
        frame = DepthFrame.from_array(noisy, self.intrinsics, source="benchmark scene")
        table = Plane.from_surface_pose(self.T_table_cam.inverse())
        hints = SceneHints(
            table=table if self.knows_table and bin is None else None,
            bin=bin,
            T_cam_bin=None if bin is None else self.T_table_cam.inverse(),
            failed=tuple(failed),
        )
        return HeapView(frame, hints, gripper, tuple(objects), walls, self.T_table_cam)


def walls_of(bin: Bin | None) -> tuple[PlacedObject, ...]:
    """The walls as bodies, in the bin's frame."""
    if bin is None:
        return ()
    placed = []
    for wall in bin.walls:
        box = trimesh.creation.box(2 * wall.half_size)
        model = ObjectModel(
            wall.name, wall.name, np.array(box.vertices), np.array(box.faces), 1.0, np.zeros(3)
        )
        placed.append(PlacedObject(model, Transform(np.eye(3), wall.center)))
    return tuple(placed)
