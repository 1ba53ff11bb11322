# SPDX-License-Identifier: Apache-2.0
"""What contacts are computed on: a mesh as the union of convex parts (CoACD, Wei et al., SIGGRAPH 2022).

Parts are those of the mesh at unit size, so one shape is taken apart once, however large its copies are.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from pinch_core.atomic_file import write_file
from pinch_core.config import configclass, setting
from pinch_datagen.cache import cache_folder, kept_arrays
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.physics.coacd_process import corners_of_parts

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

# A change of what this file computes must not find what it computed before.
VERSION = 3
# A mesh that fills so much of its hull is taken for it.
ALL_BUT_CONVEX = 0.995
# Corners at unit size are rounded to this, so that scaling up and down again changes no digit.
GRID = 2.0**-20


@configclass
class DecompositionConfig:
    """How closely the parts follow the surface."""

    concavity: float = setting(
        default=0.03,
        help="deepest hollow that a part may fill, of half the longest extent",
        lower=0.005,
        upper=1.0,
    )
    max_parts: int = setting(default=64, help="parts at most", lower=1, upper=1000)


@dataclass(frozen=True, eq=False)
class ConvexPart:
    """Corners Float64[V, 3] of a convex polyhedron [m] and its triangles Int64[F, 3], wound outward."""

    vertices: Float64
    faces: Int64


def convex_parts(model: ObjectModel, config: DecompositionConfig, cache: Path) -> list[ConvexPart]:
    """The parts, from ``cache`` where the same shape was taken apart before, at whatever size.

    Raises:
        BadMeshError: the decomposition crashed on this mesh.
        DamagedFileError: what the cache has of it cannot be read.
    """
    size = float(np.abs(model.vertices).max())
    unit = np.rint(model.vertices / size / GRID) * GRID
    path = cache / f"{_digest(unit, model.faces, config)}.npz"
    if path.is_file():
        parts = _read(path)
    else:
        parts = _decomposed(unit, model.faces, config, model.source)
        _write(path, parts)
    return [ConvexPart(size * part.vertices, part.faces) for part in parts]


def default_cache() -> Path:
    """Where parts are kept between runs."""
    return cache_folder("convex_parts")


def _digest(vertices: Float64, faces: Int64, config: DecompositionConfig) -> str:
    digest = hashlib.sha256(f"{VERSION} {version('coacd')} {config}".encode())
    digest.update(vertices.tobytes())
    digest.update(faces.tobytes())
    return digest.hexdigest()[:32]


def _write(path: Path, parts: list[ConvexPart]) -> None:
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {}
    for number, part in enumerate(parts):
        arrays[f"vertices_{number}"], arrays[f"faces_{number}"] = part.vertices, part.faces
    np.savez_compressed(buffer, **arrays)
    write_file(path, buffer.getvalue())


def _read(path: Path) -> list[ConvexPart]:
    stored = kept_arrays(path)
    count = sum(name.startswith("faces_") for name in stored)
    return [ConvexPart(stored[f"vertices_{k}"], stored[f"faces_{k}"]) for k in range(count)]


def _decomposed(
    vertices: Float64, faces: Int64, config: DecompositionConfig, source: str
) -> list[ConvexPart]:
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    if mesh.volume > ALL_BUT_CONVEX * mesh.convex_hull.volume:
        return [_hull_of(vertices)]
    corners = corners_of_parts(vertices, faces, config.concavity, config.max_parts, source)
    return [_hull_of(part) for part in corners]


def _hull_of(points: Float64) -> ConvexPart:
    hull = trimesh.convex.convex_hull(points)
    return ConvexPart(np.array(hull.vertices), np.array(hull.faces))
