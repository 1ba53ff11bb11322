# SPDX-License-Identifier: Apache-2.0
"""Endless objects: number and seed decide which, nothing else."""

from __future__ import annotations

import math

import numpy as np
import trimesh
from manifold3d import Manifold

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_datagen.errors import DatagenError
from pinch_datagen.objects.object_model import Float64, Int64, RawMesh
from pinch_datagen.objects.procedural.families import FAMILIES

ATTEMPTS = 40
# Of the longest extent [m].
SIZE_M = (0.01, 0.30)
# A box of twelve long triangles is no surface to sample contacts or vertices on.
MIN_FACES = 60
# Boolean operations leave slivers: what is finer than this [m] is flattened ...
DETAIL_M = 2e-5
# ... and a solid with a triangle still lower than this [m] is drawn again.
MIN_ALTITUDE_M = 1e-6
# Of the largest part; smaller crumbs of a boolean operation are dropped.
MIN_PART_SHARE = 0.98


@configclass
class ProceduralConfig:
    """Which families, and how fine."""

    families: tuple[str, ...] = setting(
        default=(), help="names of the families; all of them where none is named"
    )
    max_faces: int = setting(
        default=3000, help="triangles of an object at most", lower=4 * MIN_FACES, upper=1_000_000
    )

    def __post_init__(self) -> None:
        for name in self.families:
            if name not in FAMILIES:
                raise ConfigError(
                    f"ProceduralConfig.families names '{name}', which is none; known: {', '.join(FAMILIES)}."
                )


def make_procedural(index: int, seed: int, config: ProceduralConfig) -> RawMesh:
    """Object number ``index``: watertight, in one piece, wound outward, 1 to 30 cm long [m].

    The same index, seed and config give the same bytes.

    Raises:
        DatagenError: its family keeps making what is not so.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, index]))
    names = config.families or tuple(FAMILIES)
    family = names[rng.integers(len(names))]
    for _ in range(ATTEMPTS):
        solid = _largest_part(FAMILIES[family](rng))
        if solid is None:
            continue
        vertices, faces = _canonical(_meshed(solid, config.max_faces))
        if _is_sound(vertices, faces, config.max_faces):
            return RawMesh(f"{family}_{index:06d}", f"procedural {family}", vertices, faces)
    raise DatagenError(
        f"the family '{family}' made no sound object in {ATTEMPTS} attempts (seed {seed}, number {index}); "
        "report it, and leave the family out meanwhile."
    )


def _largest_part(solid: Manifold) -> Manifold | None:
    """The part with nearly all of the volume, None where there is no such part."""
    parts = sorted(solid.decompose(), key=lambda part: -part.volume())
    if not parts or parts[0].volume() < MIN_PART_SHARE * sum(abs(part.volume()) for part in parts):
        return None
    return parts[0]


def _meshed(solid: Manifold, max_faces: int) -> Manifold:
    """Without slivers, as coarse as ``max_faces`` asks, and no coarser than :data:`MIN_FACES`."""
    solid, tolerance = solid.simplify(DETAIL_M), 2 * DETAIL_M
    while solid.num_tri() > max_faces and tolerance < 5e-3:
        solid, tolerance = solid.simplify(tolerance), 2 * tolerance
    if solid.is_empty() or solid.num_tri() >= MIN_FACES:
        return solid
    # Every edge in n pieces makes n * n triangles of one, in the same planes.
    return solid.refine(math.ceil(math.sqrt(MIN_FACES / solid.num_tri())))


def _canonical(solid: Manifold) -> tuple[Float64, Int64]:
    """Vertices and faces in an order that threads cannot change; coordinates to a tenth of a micrometre."""
    mesh = solid.to_mesh64()
    rounded = np.round(np.asarray(mesh.vert_properties)[:, :3], 7)
    vertices, where = np.unique(rounded, axis=0, return_inverse=True)
    faces = where.reshape(-1)[np.asarray(mesh.tri_verts, dtype=np.int64)]
    faces = faces[(faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])]
    # Every face starts at its smallest vertex; that keeps its winding.
    turn = (faces.argmin(1)[:, None] + np.arange(3)) % 3
    faces = np.take_along_axis(faces, turn, axis=1)
    return np.asarray(vertices + 0.0), np.asarray(faces[np.lexsort(faces.T[::-1])], dtype=np.int64)


def _is_sound(vertices: Float64, faces: Int64, max_faces: int) -> bool:
    if not MIN_FACES <= len(faces) <= max_faces or not np.isfinite(vertices).all():
        return False
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    size = float(np.ptp(vertices, axis=0).max())
    return bool(
        mesh.is_watertight
        and mesh.is_winding_consistent
        and mesh.volume > 0
        and mesh.body_count == 1
        and _lowest_altitude(vertices[faces]) >= MIN_ALTITUDE_M
        and SIZE_M[0] <= size <= SIZE_M[1]
    )


def _lowest_altitude(triangles: Float64) -> float:
    """Of all triangles Float64[F, 3, 3], the least height over a longest side [m]."""
    sides = np.roll(triangles, -1, axis=1) - triangles
    doubled_areas = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    return float((doubled_areas / np.linalg.norm(sides, axis=2).max(axis=1)).min())
