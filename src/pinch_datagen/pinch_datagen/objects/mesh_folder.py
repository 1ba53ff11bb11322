# SPDX-License-Identifier: Apache-2.0
"""Mesh files in folders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import trimesh

from pinch_datagen.errors import BadMeshError, NoObjectsError
from pinch_datagen.objects.object_model import RawMesh

EXTENSIONS = (".obj", ".stl", ".ply", ".glb", ".off")


def find_meshes(folders: Sequence[Path]) -> list[Path]:
    """All mesh files below the folders, in their order, then by path.

    Raises:
        NoObjectsError: a folder does not exist or holds no mesh.
    """
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise NoObjectsError(f"{folder} is no folder; give one that holds meshes ({', '.join(EXTENSIONS)}).")
        meshes = sorted(path for path in folder.rglob("*") if path.suffix.lower() in EXTENSIONS and path.is_file())
        if not meshes:
            raise NoObjectsError(f"{folder} holds no mesh; pinch reads {', '.join(EXTENSIONS)}.")
        found += meshes
    return found


def object_name(path: Path, folders: Sequence[Path]) -> str:
    """A unique name for a mesh file, safe in file systems: its path below the folder it was found in."""
    for number, folder in enumerate(folders):
        if path.is_relative_to(folder):
            relative = path.relative_to(folder)
            stem = "_".join((*relative.parts[:-1], relative.stem, relative.suffix[1:].lower()))
            safe = re.sub(r"[^A-Za-z0-9._-]+", "_", stem)
            return safe if number == 0 else f"{safe}_{number}"
    raise ValueError(f"{path} lies in none of {', '.join(map(str, folders))}")


def load_raw_mesh(path: Path, name: str) -> RawMesh:
    """The triangles of a mesh file; the parts of a scene together, each where the scene has it.

    Raises:
        BadMeshError: it cannot be read or holds no surface.
    """
    try:
        loaded = trimesh.load(path, process=False, skip_materials=True)
        mesh = loaded.to_mesh() if isinstance(loaded, trimesh.Scene) else loaded
    # Readers fail with whatever a parser met: the file is at fault, whatever it was.
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BadMeshError(f"{path} cannot be read as a mesh ({reason}); export it anew.") from error
    if not isinstance(mesh, trimesh.Trimesh) or len(mesh.faces) == 0:
        raise BadMeshError(f"{path} holds no triangles (a point cloud, or nothing); export a surface.")
    vertices, faces = np.array(mesh.vertices, dtype=np.float64), np.array(mesh.faces, dtype=np.int64)
    if not np.isfinite(vertices).all():
        raise BadMeshError(f"{path} has vertices that are not finite; export it anew.")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise BadMeshError(f"{path} has triangles of vertices that it does not hold: it is truncated; copy it anew.")
    return RawMesh(name, str(path), vertices, faces)
