# SPDX-License-Identifier: Apache-2.0
"""The surface of a heap: all triangles of objects and walls in one mesh, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import coal
import numpy as np
import trimesh
from numpy.typing import NDArray

from pinch_core.bin import Bin
from pinch_datagen.heaps.heap import Heap
from pinch_datagen.ray_mesh import RayMesh
from pinch_datagen.rendering.renderers import scene_surface

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

WALL = -1


@dataclass(frozen=True, eq=False)
class HeapSurface:
    """``mesh`` in the table's frame; ``owner`` Int32[F]: the object's number in the heap, or WALL."""

    mesh: RayMesh
    owner: Int32

    @classmethod
    def of(cls, heap: Heap) -> HeapSurface:
        """A heap of at least one object."""
        objects = scene_surface(heap.scene)
        owner = np.repeat(
            np.arange(len(heap.objects), dtype=np.int32), [len(item.model.faces) for item in heap.scene]
        )
        if heap.bin is None:
            return cls(objects, owner)
        walls = _walls(heap.bin)
        mesh = RayMesh(
            np.concatenate([objects.vertices, walls.vertices]),
            np.concatenate([objects.faces, walls.faces + len(objects.vertices)]),
        )
        return cls(mesh, np.concatenate([owner, np.full(len(walls.faces), WALL, np.int32)]))

    def owner_of(self, face: Int64) -> Int32:
        """Int32[...]: whose faces these are; WALL - 1 for -1, which is none."""
        return np.where(face >= 0, self.owner[face], np.int32(WALL - 1))

    @cached_property
    def top(self) -> float:
        """Height of the highest point [m]."""
        return float(self.mesh.vertices[:, 2].max())

    @cached_property
    def volumes(self) -> coal.BVHModelOBBRSS:
        """The same triangles for collision checks."""
        volumes = coal.BVHModelOBBRSS()
        volumes.beginModel(len(self.mesh.faces), len(self.mesh.vertices))
        volumes.addVertices(self.mesh.vertices)
        volumes.addTriangles(self.mesh.faces)
        volumes.endModel()
        return volumes


def _walls(bin: Bin) -> RayMesh:
    boxes = []
    for wall in bin.walls:
        box = trimesh.creation.box(2 * wall.half_size)
        boxes.append((np.array(box.vertices) + wall.center, np.array(box.faces)))
    first = np.cumsum([0] + [len(vertices) for vertices, _ in boxes[:-1]])
    return RayMesh(
        np.concatenate([vertices for vertices, _ in boxes]),
        np.concatenate([faces + start for (_, faces), start in zip(boxes, first, strict=True)]),
    )
