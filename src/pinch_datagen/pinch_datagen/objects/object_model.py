# SPDX-License-Identifier: Apache-2.0
"""The rigid object that grasps are planned on, and the raw mesh that it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import trimesh
from numpy.typing import NDArray

from pinch_datagen.ray_mesh import RayMesh

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RawMesh:
    """Triangles as they come: ``vertices`` Float64[V, 3] in metres (or the file's unit), ``faces`` Int64[F,
    3].

    ``source``: the file, or the procedural family, it comes from.
    """

    name: str
    source: str
    vertices: Float64
    faces: Int64


@dataclass(frozen=True, eq=False)
class ObjectModel:
    """A watertight mesh in the object's frame: principal axes along x, y, z, bounding-box centre at the
    origin.

    ``vertices`` Float64[V, 3] [m], ``faces`` Int64[F, 3] wound counter-clockwise seen from outside, ``mass``
    [kg], ``center_of_mass`` Float64[3] [m].
    """

    name: str
    source: str
    vertices: Float64
    faces: Int64
    mass: float
    center_of_mass: Float64

    @cached_property
    def mesh(self) -> trimesh.Trimesh:
        """The same triangles for trimesh, not merged, not reordered."""
        return trimesh.Trimesh(self.vertices, self.faces, process=False)

    @cached_property
    def rays(self) -> RayMesh:
        """The same triangles for rays."""
        return RayMesh(self.vertices, self.faces)
