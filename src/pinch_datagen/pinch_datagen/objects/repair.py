# SPDX-License-Identifier: Apache-2.0
"""From a mesh as it comes to a closed surface with its inside inside."""

from __future__ import annotations

import numpy as np
import trimesh

from pinch_datagen.errors import BadMeshError
from pinch_datagen.objects.object_model import RawMesh

# Of the surface: holes that are larger are missing parts, not defects.
MAX_OPEN_EDGE_SHARE = 0.02


def repair(raw: RawMesh) -> RawMesh:
    """Vertices merged, winding outward, small holes filled.

    Raises:
        BadMeshError: it is flat, or open beyond repair.
    """
    mesh = trimesh.Trimesh(raw.vertices, raw.faces, process=True, validate=True)
    mesh.merge_vertices(merge_tex=True, merge_norm=True)
    mesh.update_faces(mesh.unique_faces() & mesh.nondegenerate_faces())
    mesh.remove_unreferenced_vertices()
    if len(mesh.faces) < 4:
        raise BadMeshError(f"{raw.source} has fewer than four triangles that span an area; export a closed surface.")
    if not mesh.is_watertight:
        trimesh.repair.fill_holes(mesh)
    trimesh.repair.fix_normals(mesh, multibody=True)
    if not mesh.is_watertight and _open_edge_share(mesh) > MAX_OPEN_EDGE_SHARE:
        raise BadMeshError(
            f"{raw.source} is no closed surface: {_open_edge_share(mesh):.0%} of its edges belong to one triangle "
            "only; close it in a mesh editor."
        )
    if mesh.volume < 0:
        mesh.invert()
    if mesh.volume <= 1e-9 * float(np.prod(np.maximum(mesh.extents, 1e-12))):
        raise BadMeshError(f"{raw.source} encloses no volume; export a solid.")
    return RawMesh(
        raw.name, raw.source, np.array(mesh.vertices, np.float64), np.array(mesh.faces, np.int64)
    )


def _open_edge_share(mesh: trimesh.Trimesh) -> float:
    """Share of the edges that belong to one triangle only."""
    _, count = np.unique(mesh.edges_sorted, axis=0, return_counts=True)
    return float((count == 1).mean())
