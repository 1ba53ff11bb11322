# SPDX-License-Identifier: Apache-2.0
"""What our own reading of a mesh file found, to compare the mesh library with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from manifold3d import triangulate

from pinch_datagen.objects.object_model import Float64, Int64

# Of the polygon's area: a corner that turns back by more makes a polygon concave.
CONCAVE = 1e-6


class ScanError(Exception):
    """Base of the reasons why a mesh file is not read; the text goes into a sentence after the file's
    name."""


class UnsupportedMeshError(ScanError):
    """The file may be whole, but holds something that pinch does not read."""


class DamagedMeshContentError(ScanError):
    """The file contradicts itself or ends early; the text says where."""


@dataclass(frozen=True, eq=False)
class Scan:
    """The polygons of a file: ``vertices`` Float64[V, 3] in the file's unit, ``corners`` Int64[C]: rows of
    vertices, polygon after polygon, ``lengths`` Int64[P]: corners of each, at least three.

    ``trimesh_reads``: False for what the mesh library is known to misread.
    """

    vertices: Float64
    corners: Int64
    lengths: Int64
    trimesh_reads: bool = True

    def check(self) -> Scan:
        """Itself.

        Raises:
            DamagedMeshContentError: a polygon has a vertex that the file does not hold, or too few corners.
        """
        if len(self.corners) and (self.corners.min() < 0 or self.corners.max() >= len(self.vertices)):
            wrong = np.flatnonzero((self.corners < 0) | (self.corners >= len(self.vertices)))[0]
            polygon = int(np.searchsorted(np.cumsum(self.lengths), wrong, side="right"))
            raise DamagedMeshContentError(
                f"face {polygon + 1} of {len(self.lengths)} has the vertex {self.corners[wrong]} (from 0), "
                f"the file holds {len(self.vertices)}"
            )
        if len(self.lengths) and self.lengths.min() < 3:
            polygon = int(np.argmin(self.lengths))
            raise DamagedMeshContentError(
                f"face {polygon + 1} of {len(self.lengths)} has {self.lengths[polygon]} corners"
            )
        return self

    @property
    def fans(self) -> Int64:
        """Int64[F, 3]: each polygon as a fan of triangles about its first corner."""
        starts = np.cumsum(self.lengths) - self.lengths
        counts = self.lengths - 2
        first = np.repeat(starts, counts)
        step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        places = np.stack([first, first + step + 1, first + step + 2], axis=1)
        return np.asarray(self.corners[places])

    @property
    def concave(self) -> Int64:
        """Which polygons a fan does not fill: it would reach over their notches."""
        return np.concatenate(
            [self._concave_of(int(n)) for n in np.unique(self.lengths) if n > 3] or [np.empty(0, np.int64)]
        )

    def triangles(self) -> Int64:
        """Int64[F, 3]: the polygons as triangles, those with notches without filling them."""
        concave = self.concave
        if not len(concave):
            return self.fans
        convex = np.setdiff1d(np.arange(len(self.lengths)), concave)
        starts = np.cumsum(self.lengths) - self.lengths
        rows = [self.corners[starts[k] : starts[k] + self.lengths[k]] for k in convex]
        plain = Scan(self.vertices, np.concatenate([*rows, np.empty(0, np.int64)]), self.lengths[convex]).fans
        notched = [self._cut(self.corners[starts[k] : starts[k] + self.lengths[k]]) for k in concave]
        return np.concatenate([plain, *notched])

    def _concave_of(self, length: int) -> Int64:
        polygons = np.flatnonzero(self.lengths == length)
        starts = (np.cumsum(self.lengths) - self.lengths)[polygons]
        points = self.vertices[self.corners[starts[:, None] + np.arange(length)]]
        edges = np.roll(points, -1, axis=1) - points
        turns = np.cross(np.roll(edges, 1, axis=1), edges)
        normals = _normals(points)
        area = np.linalg.norm(normals, axis=1)
        back = np.einsum("pci,pi->pc", turns, normals) < -CONCAVE * area[:, None] ** 2
        return np.asarray(polygons[back.any(axis=1)])

    def _cut(self, polygon: Int64) -> Int64:
        points = self.vertices[polygon]
        normal = _normals(points[None])[0]
        across = np.linalg.svd(normal[None])[2][1:]
        if np.linalg.det(np.vstack([across, normal])) < 0:
            across = across[::-1]
        return np.asarray(polygon[np.asarray(triangulate([points @ across.T]), dtype=np.int64)])


def polygons(vertices: Float64, faces: list[list[int]], trimesh_reads: bool = True) -> Scan:
    """The scan of faces with any numbers of corners."""
    corners = [corner for face in faces for corner in face]
    lengths = np.array([len(face) for face in faces], dtype=np.int64)
    return Scan(vertices.reshape(-1, 3), np.array(corners, dtype=np.int64), lengths, trimesh_reads).check()


def _normals(points: Float64) -> Float64:
    """Float64[P, 3] of polygons (P, C, 3), as long as their area."""
    relative = points - points[:, :1]
    return np.asarray(np.cross(relative, np.roll(relative, -1, axis=1)).sum(axis=1) / 2)
