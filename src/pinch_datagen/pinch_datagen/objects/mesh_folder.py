# SPDX-License-Identifier: Apache-2.0
"""Mesh files in folders: found, named, read."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import trimesh

from pinch_datagen.errors import BadMeshError, NoObjectsError
from pinch_datagen.objects.object_model import Float64, Int64, RawMesh

EXTENSIONS = (".obj", ".stl", ".ply", ".glb", ".off")
# File systems allow 255; a name gets prefixes and endings.
MAX_NAME_LENGTH = 180


def find_meshes(folders: Sequence[Path]) -> list[Path]:
    """All mesh files below the folders, in the folders' order, then by path; none twice.

    Raises:
        NoObjectsError: a folder does not exist, or none holds a mesh.
    """
    found: dict[Path, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise NoObjectsError(
                f"{folder} is no folder; give one that holds meshes ({', '.join(EXTENSIONS)})."
            )
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in EXTENSIONS and path.is_file():
                found.setdefault(path.resolve(), path)
    if not found:
        places = ", ".join(map(str, folders)) or "an empty list of folders"
        raise NoObjectsError(f"{places} holds no mesh; pinch reads {', '.join(EXTENSIONS)}.")
    return list(found.values())


def object_name(path: Path, folders: Sequence[Path]) -> str:
    """A name for a mesh file, safe in file systems: its path below the first of the folders that holds it."""
    for number, folder in enumerate(folders):
        if path.is_relative_to(folder):
            relative = path.relative_to(folder)
            parts = "_".join((*relative.parts[:-1], relative.stem, relative.suffix[1:].lower()))
            name = re.sub(r"[^A-Za-z0-9._-]+", "_", parts).lstrip(".-")
            if len(name) > MAX_NAME_LENGTH:
                digest = hashlib.sha256(str(relative).encode(errors="surrogateescape")).hexdigest()[:12]
                name = f"{name[: MAX_NAME_LENGTH - 13]}-{digest}"
            return name if number == 0 else f"{name}_{number}"
    raise ValueError(f"{path} lies in none of {', '.join(map(str, folders))}")


def load_raw_mesh(path: Path, name: str) -> RawMesh:
    """The triangles of a mesh file; the parts of a scene together, each where the scene has it.

    Reads this one file: no materials, no images, nothing that it refers to.

    Raises:
        BadMeshError: it cannot be read or holds no surface.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadMeshError(
            f"{path} cannot be read ({error.strerror}); make it readable or remove it."
        ) from error
    try:
        vertices, faces = _parsed(content, path.suffix[1:].lower())
    # Parsers of damaged files fail with whatever they meet, running out of memory included.
    except Exception as error:
        reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise BadMeshError(f"{path} cannot be read as a mesh ({reason}); export or copy it anew.") from error
    if len(faces) == 0:
        raise BadMeshError(f"{path} holds no triangles (a point cloud, or nothing); export a surface.")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise BadMeshError(f"{path} has triangles of vertices that it does not hold; export or copy it anew.")
    used, renumbered = np.unique(faces, return_inverse=True)
    if not np.isfinite(vertices[used]).all():
        raise BadMeshError(f"{path} has vertices that are not finite; export it anew.")
    return RawMesh(name, str(path), vertices[used], renumbered.reshape(-1, 3).astype(np.int64))


def _parsed(content: bytes, extension: str) -> tuple[Float64, Int64]:
    """Vertices (V, 3) and faces (F, 3), both empty where the file holds other things than triangles."""
    # From memory, so that there is no place to look for other files.
    scene = trimesh.load_scene(io.BytesIO(content), file_type=extension, process=False, skip_materials=True)
    mesh = scene.to_mesh() if scene.geometry else None
    if not isinstance(mesh, trimesh.Trimesh):
        return np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)
    vertices, faces = np.array(mesh.vertices, dtype=np.float64), np.array(mesh.faces, dtype=np.int64)
    return vertices.reshape(-1, 3), faces.reshape(-1, 3)
