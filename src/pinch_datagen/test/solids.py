# SPDX-License-Identifier: Apache-2.0
"""Simple objects, grippers and scenes for tests."""

from __future__ import annotations

import numpy as np
import trimesh

from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import Finger, Palm, ParallelJawGripper
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.ray_mesh import RayMesh
from pinch_datagen.scene.placed_object import PlacedObject

GRIPPER = ParallelJawGripper(
    name="test",
    max_opening=0.05,
    min_opening=0.0,
    max_force=20.0,
    finger=Finger(breadth=0.010, thickness=0.012, length=0.050, tip_beyond_tcp=0.005),
    palm=Palm(size_x=0.06, size_y=0.10, size_z=0.08),
)


def model_of(mesh: trimesh.Trimesh, name: str = "solid") -> ObjectModel:
    return ObjectModel(
        name, "test", np.array(mesh.vertices), np.array(mesh.faces, dtype=np.int64), 1.0, np.zeros(3)
    )


def box(*size: float) -> ObjectModel:
    return model_of(trimesh.creation.box(extents=size), "box")


def cylinder(radius: float, height: float) -> ObjectModel:
    return model_of(trimesh.creation.cylinder(radius, height, sections=64), "cylinder")


def ball(radius: float) -> ObjectModel:
    return model_of(trimesh.creation.icosphere(subdivisions=4, radius=radius), "ball")


def rays(model: ObjectModel) -> RayMesh:
    return model.rays


def standing(model: ObjectModel, x: float = 0.0, y: float = 0.0) -> PlacedObject:
    return PlacedObject(model, Transform(np.eye(3), np.array([x, y, -model.vertices[:, 2].min()])))
