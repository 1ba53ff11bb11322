# SPDX-License-Identifier: Apache-2.0
"""From a mesh as it comes to closed surfaces with their inside inside."""

from __future__ import annotations

import numpy as np
import trimesh
from manifold3d import Error, Manifold, Mesh64, OpType

from pinch_datagen.errors import BadMeshError
from pinch_datagen.objects.object_model import Float64, Int64, RawMesh

# Of the longest extent: vertices that are closer are one.
SAME_VERTEX_DIGITS = 7
# Of the surface. Of the KIT scans with holes ten lack under 0.5 %, six over 10 %: mostly a vessel's inside.
MAX_FILLED_SHARE = 0.05
# Of the cube of the longest extent: less is a sheet, and its volume rounding noise.
MIN_VOLUME_SHARE = 1e-9
# Of all volume: the other parts beside such a part are crumbs of the scan.
MAIN_PART_SHARE = 0.9


def repair(raw: RawMesh) -> RawMesh:
    """A closed surface: vertices merged, no triangle twice, holes filled, wound outward, parts united.

    Closed hollows are filled: no finger gets there. Of parts that do not touch the main one is kept, or all
    where there is none.

    Raises:
        BadMeshError: it is flat, or lacks too much of its surface.
    """
    corners = raw.vertices[raw.faces]
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    middle, size = low + (high - low) / 2, float((high - low).max())
    if not 0 < size < np.inf:
        raise BadMeshError(f"{raw.source} has an extent of {size:g}; export a solid of finite size.")
    # At the size of 1, so that tolerances mean the same for every unit.
    vertices, faces = _consistently_wound((raw.vertices - middle) / size, raw.faces)
    if len(faces) == 0:
        raise BadMeshError(f"{raw.source} holds no triangle with three corners; export a solid.")
    vertices, faces, filled_share = _closed(vertices, faces)
    if filled_share > MAX_FILLED_SHARE:
        raise BadMeshError(
            f"{raw.source} is no closed surface: {filled_share:.0%} of it are holes, pinch fills up to "
            f"{MAX_FILLED_SHARE:.0%}; close it in a mesh editor."
        )
    solid = _main_part(_solid_parts(vertices, faces, raw.source))
    if solid.volume() < MIN_VOLUME_SHARE:
        raise BadMeshError(f"{raw.source} encloses no volume; export a solid, not a sheet.")
    vertices, faces = triangles_of(solid)
    return RawMesh(raw.name, raw.source, vertices * size + middle, faces)


def manifold_of(vertices: Float64, faces: Int64) -> Manifold:
    """For boolean operations; its ``status()`` tells whether the triangles are closed."""
    return Manifold(Mesh64(np.ascontiguousarray(vertices), np.ascontiguousarray(faces, dtype=np.uint64)))


def triangles_of(solid: Manifold) -> tuple[Float64, Int64]:
    """Vertices Float64[V, 3] and faces Int64[F, 3]."""
    mesh = solid.to_mesh64()
    vertices = np.array(np.asarray(mesh.vert_properties)[:, :3], dtype=np.float64)
    return vertices, np.array(mesh.tri_verts, dtype=np.int64)


def _consistently_wound(vertices: Float64, faces: Int64) -> tuple[Float64, Int64]:
    """Vertices merged, no triangle twice, neighbouring triangles wound alike."""
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    mesh.merge_vertices(merge_tex=True, merge_norm=True, digits_vertex=SAME_VERTEX_DIGITS)
    # Those without three corners close up by themselves. Thin ones stay: to take one out opens the surface.
    ordered = np.sort(mesh.faces, axis=1)
    mesh.update_faces((ordered[:, 0] != ordered[:, 1]) & (ordered[:, 1] != ordered[:, 2]))
    mesh.update_faces(_once(np.array(mesh.faces, dtype=np.int64)))
    trimesh.repair.fix_winding(mesh)  # type: ignore[no-untyped-call]
    return np.array(mesh.vertices, dtype=np.float64), np.array(mesh.faces, dtype=np.int64)


def _once(faces: Int64) -> Int64:
    """Which triangles to keep: the first of equal ones, none of two back to back, for these are a fin.

    A mesh of nothing else is drawn two-sided, and keeps one side.
    """
    start = (faces.argmin(axis=1)[:, None] + np.arange(3)) % 3
    turned = np.take_along_axis(faces, start, axis=1)
    side = np.where(turned[:, 1] < turned[:, 2], 1, -1)
    _, first, same = np.unique(np.sort(faces, axis=1), axis=0, return_index=True, return_inverse=True)
    balance = np.zeros(len(first), dtype=np.int64)
    np.add.at(balance, same.reshape(-1), side)
    return np.sort(first[balance != 0] if balance.any() else first)


def _closed(vertices: Float64, faces: Int64) -> tuple[Float64, Int64, float]:
    """Every hole gets a fan about its middle; also the share that these have of the surface then.

    Directed edges without a partner in the other direction always form cycles, so after this each edge runs
    as often one way as the other, also where more than two triangles meet.
    """
    cycles = _boundary_cycles(faces)
    if not cycles:
        return vertices, faces, 0.0
    middles = np.array([vertices[cycle].mean(axis=0) for cycle in cycles])
    fans = [
        np.stack([np.roll(cycle, -1), cycle, np.full(len(cycle), len(vertices) + number)], axis=1)
        for number, cycle in enumerate(cycles)
    ]
    vertices, filling = np.concatenate([vertices, middles]), np.concatenate(fans)
    filled, given = _area(vertices, filling), _area(vertices, faces)
    return vertices, np.concatenate([faces, filling]), filled / max(filled + given, np.finfo(np.float64).tiny)


def _boundary_cycles(faces: Int64) -> list[Int64]:
    """Simple cycles of the directed edges that have no partner in the other direction, as vertex numbers."""
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    key, position = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True)
    surplus = np.zeros(len(key), dtype=np.int64)
    np.add.at(surplus, position.reshape(-1), np.where(edges[:, 0] < edges[:, 1], 1, -1))
    open_edges = np.where(surplus[:, None] > 0, key, key[:, ::-1]).repeat(np.abs(surplus), axis=0)
    following: dict[int, list[int]] = {}
    for start, end in open_edges.tolist():
        following.setdefault(start, []).append(end)
    cycles = []
    for first in sorted(following):
        path, place = [first], {first: 0}
        while following[path[-1]]:
            vertex = following[path[-1]].pop()
            if vertex in place:  # the path has met itself: what lies between is a cycle
                cycles.append(np.array(path[place[vertex] :], dtype=np.int64))
                for left in path[place[vertex] + 1 :]:
                    del place[left]
                path = path[: place[vertex] + 1]
            else:
                place[vertex] = len(path)
                path.append(vertex)
    return cycles


def _area(vertices: Float64, faces: Int64) -> float:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def _solid_parts(vertices: Float64, faces: Int64, source: str) -> list[Manifold]:
    """The parts that hang together, each turned so that its volume is positive."""
    solid = manifold_of(vertices, faces)
    if solid.status() != Error.NoError:
        raise BadMeshError(
            f"{source} is no closed surface ({solid.status().name}, after repair); close it in a mesh editor."
        )
    parts = []
    for part in solid.decompose():
        if part.volume() < 0:
            vertices, faces = triangles_of(part)
            part = manifold_of(vertices, faces[:, ::-1])
        parts.append(part)
    return parts


def _main_part(parts: list[Manifold]) -> Manifold:
    """Their union, without the crumbs beside a part that has nearly all of the volume."""
    if len(parts) <= 1:
        return parts[0] if parts else Manifold()
    united = Manifold.batch_boolean(parts, OpType.Add)
    largest = max(united.decompose(), key=lambda part: float(part.volume()), default=united)
    return largest if largest.volume() > MAIN_PART_SHARE * united.volume() else united
