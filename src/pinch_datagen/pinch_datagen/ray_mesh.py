# SPDX-License-Identifier: Apache-2.0
"""First hits of rays on a triangle mesh (Intel Embree)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Hits:
    """``face`` Int64[N], -1 for rays that miss; ``distance`` Float64[N] in lengths of the direction, NaN
    there.
    """

    face: Int64
    distance: Float64


@dataclass(frozen=True, eq=False)
class RayMesh:
    """A mesh that rays are cast on: ``vertices`` Float64[V, 3] [m], ``faces`` Int64[F, 3]."""

    vertices: Float64
    faces: Int64

    @cached_property
    def _scene(self) -> EmbreeScene:
        scene = EmbreeScene()
        TriangleMesh(scene, self.vertices.astype(np.float32), self.faces.astype(np.int32))
        return scene

    @cached_property
    def face_normals(self) -> Float64:
        """Float64[F, 3]: unit, outward."""
        a, b, c = self.vertices[self.faces].swapaxes(0, 1)
        normals = np.cross(b - a, c - a)
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
        return np.asarray(normals / np.maximum(lengths, np.finfo(np.float64).tiny))

    def distances(self, origins: Float32, directions: Float32) -> Float32:
        """Float32[N], in lengths of the direction, a number above 1e30 where nothing is hit; single
        precision.

        Args:
            origins: Float32[N, 3].
            directions: Float32[N, 3], of any length.
        """
        return np.asarray(self._scene.run(origins, directions, output=1)["tfar"])

    def first_hits(self, origins: Float64, directions: Float64) -> Hits:
        """The face that each ray (Float64[N, 3] both) meets first, and the exact distance to its plane."""
        if len(origins) == 0:
            return Hits(np.zeros(0, np.int64), np.zeros(0))
        answer = self._scene.run(origins.astype(np.float32), directions.astype(np.float32), output=1)
        face = np.asarray(answer["primID"]).astype(np.int64)
        face[(face < 0) | (face >= len(self.faces))] = -1
        # Embree computes in single precision; the plane gives the distance in double.
        normal, corner = self.face_normals[face], self.vertices[self.faces[face, 0]]
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = ((corner - origins) * normal).sum(-1) / (directions * normal).sum(-1)
        return Hits(face, np.where(face >= 0, distance, np.nan))
