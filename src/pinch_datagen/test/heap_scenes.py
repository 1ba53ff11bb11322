# SPDX-License-Identifier: Apache-2.0
"""Heaps of boxes whose answers are known."""

from __future__ import annotations

import numpy as np
import trimesh
from numpy.typing import NDArray

from pinch_core.bin import Bin
from pinch_core.geometry.transform import Transform
from pinch_datagen.heaps.heap import Heap, HeapObject
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.parallel_jaw.opened_grasps import OpenedGrasps
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.scene.placed_object import PlacedObject

Float64 = NDArray[np.float64]


def box(x: float, y: float, z: float, name: str = "box", mass: float = 0.1) -> ObjectModel:
    mesh = trimesh.creation.box((x, y, z))
    return ObjectModel(name, name, np.array(mesh.vertices), np.array(mesh.faces), mass, np.zeros(3))


def standing(model: ObjectModel, x: float, y: float, mass: float = 0.1) -> HeapObject:
    """On the table, its middle above (x, y)."""
    height = float(-model.vertices[:, 2].min())
    pose = Transform(np.eye(3), np.array([x, y, height]))
    return HeapObject(PlacedObject(model, pose), 0.5, mass)


def heap_of(*objects: HeapObject, bin: Bin | None = None) -> Heap:
    return Heap(objects, bin)


def from_above(*rows: tuple[float, float, float, float, float]) -> OpenedGrasps:
    """Grasps straight down: (x, y, z of the TCP, angle of the closing axis [rad], opening)."""
    values = np.array(rows)
    axis = np.stack([np.cos(values[:, 3]), np.sin(values[:, 3]), np.zeros(len(values))], axis=-1)
    down = np.broadcast_to([0.0, 0.0, -1.0], axis.shape)
    return OpenedGrasps(ParallelJawGrasps(values[:, :3].copy(), axis, down), values[:, 4].copy())
