# SPDX-License-Identifier: Apache-2.0
"""What contacts are computed on: a mesh as the union of convex parts (CoACD, Wei et al., SIGGRAPH 2022)."""

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

from pinch_benchmark.cache import cache_folder, kept_arrays
from pinch_benchmark.physics.coacd_process import corners_of_parts
from pinch_core.atomic_file import write_file
from pinch_core.config import configclass, setting
from pinch_datagen.objects.object_model import ObjectModel

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

# A change of what this file computes must not find what it computed before.
VERSION = 2
# A mesh that fills so much of its hull is taken for it.
ALL_BUT_CONVEX = 0.995


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
    """The parts, from ``cache`` where the same surface was taken apart before.

    Raises:
        DamagedFileError: what the cache has of it cannot be read.
    """
    path = cache / f"{_digest(model, config)}.npz"
    if path.is_file():
        return _read(path)
    parts = _decomposed(model, config)
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {}
    for number, part in enumerate(parts):
        arrays[f"vertices_{number}"], arrays[f"faces_{number}"] = part.vertices, part.faces
    np.savez_compressed(buffer, **arrays)
    write_file(path, buffer.getvalue())
    return parts


def default_cache() -> Path:
    """Where parts are kept between runs."""
    return cache_folder("convex_parts")


def _digest(model: ObjectModel, config: DecompositionConfig) -> str:
    digest = hashlib.sha256(f"{VERSION} {version('coacd')} {config}".encode())
    digest.update(model.vertices.tobytes())
    digest.update(model.faces.tobytes())
    return digest.hexdigest()[:32]


def _read(path: Path) -> list[ConvexPart]:
    stored = kept_arrays(path)
    count = sum(name.startswith("faces_") for name in stored)
    return [ConvexPart(stored[f"vertices_{k}"], stored[f"faces_{k}"]) for k in range(count)]


def _decomposed(model: ObjectModel, config: DecompositionConfig) -> list[ConvexPart]:
    if model.mesh.volume > ALL_BUT_CONVEX * model.mesh.convex_hull.volume:
        return [_hull_of(model.vertices)]
    corners = corners_of_parts(model.vertices, model.faces, config.concavity, config.max_parts, model.source)
    return [_hull_of(part) for part in corners]


def _hull_of(points: Float64) -> ConvexPart:
    hull = trimesh.convex.convex_hull(points)
    return ConvexPart(np.array(hull.vertices), np.array(hull.faces))
