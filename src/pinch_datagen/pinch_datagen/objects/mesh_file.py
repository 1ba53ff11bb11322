# SPDX-License-Identifier: Apache-2.0
"""A mesh file: read by the mesh library, and by us to catch what the library gets wrong."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import numpy as np
import trimesh

from pinch_core.file_kinds import kind_of
from pinch_datagen.errors import BadMeshError, DamagedMeshError
from pinch_datagen.objects.mesh_kinds import FOREIGN_MESHES, OTHER_SHAPES
from pinch_datagen.objects.mesh_scan.agreement import disagreement
from pinch_datagen.objects.mesh_scan.scan import DamagedMeshContentError, Scan, UnsupportedMeshError
from pinch_datagen.objects.mesh_scan.scans import SCANS
from pinch_datagen.objects.object_model import Float64, Int64, RawMesh


def load_raw_mesh(path: Path, name: str) -> RawMesh:
    """The triangles of a mesh file; the parts of a scene together, each where the scene has it.

    Reads this one file: no materials, no images, nothing that it refers to.

    Raises:
        BadMeshError: it cannot be read, holds no surface, or the mesh library reads another shape than the
            file says.
        DamagedMeshError: it contradicts itself or ends early.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadMeshError(
            f"{path} cannot be read ({error.strerror}); make it readable or remove it."
        ) from error
    _check_kind(path, content)
    scan = _scanned(path, content)
    if len(scan.lengths) == 0:
        raise BadMeshError(
            f"{path} holds no triangles, but {len(scan.vertices)} vertices; export it as a surface."
        )
    if not np.isfinite(scan.vertices[scan.corners]).all():
        raise BadMeshError(f"{path} has vertices that are not finite; export it anew.")
    vertices, faces = _read(path, content, scan)
    used, renumbered = np.unique(faces, return_inverse=True)
    return RawMesh(name, str(path), vertices[used], renumbered.reshape(-1, 3).astype(np.int64))


def _check_kind(path: Path, content: bytes) -> None:
    """Names a whole file that is no mesh at all: a pointer, a web page, an archive. Meshes in some formats
    that pinch does not read are archives too.
    """
    kind = kind_of(content)
    is_archive = content.startswith(b"PK") and path.suffix.lower() in FOREIGN_MESHES
    if kind is not None and kind.remedy and not is_archive:
        remedy = kind.remedy.replace("{path}", str(path)).replace("{stem}", path.stem)
        raise BadMeshError(f"{path} is {kind.name}; {remedy}.")


def _scanned(path: Path, content: bytes) -> Scan:
    scan = SCANS.get(path.suffix.lower())
    if scan is None:
        ending = path.suffix.lower()
        remedy = OTHER_SHAPES.get(ending, f"convert it to one of {', '.join(SCANS)}")
        raise BadMeshError(f"{path} is no mesh that pinch reads ({', '.join(SCANS)}): {remedy}.")
    try:
        return scan(content)
    except UnsupportedMeshError as error:
        raise BadMeshError(
            f"{path} cannot be used as a mesh: {error}; export it anew as {path.suffix.lower()}."
        ) from error
    except DamagedMeshContentError as error:
        raise DamagedMeshError(
            f"{path} cannot be read as a mesh: {error}; export or copy it anew.", path
        ) from error
    # Damaged files break parsers in ways that nobody lists, running out of memory included.
    except Exception as error:
        reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise DamagedMeshError(
            f"{path} cannot be read as a mesh ({reason}); export or copy it anew.", path
        ) from error


def _read(path: Path, content: bytes, scan: Scan) -> tuple[Float64, Int64]:
    """What the library reads where it agrees with the file; else, where it reads nothing, what we read."""
    library = _parsed(content, path.suffix[1:].lower()) if scan.trimesh_reads else None
    if library is not None:
        difference = disagreement(scan, *library)
        if difference is not None:
            raise BadMeshError(f"{path} is misread: {difference}; export it in another format.")
        # The library fills the notches of polygons.
        if not len(scan.concave):
            return library
    return scan.vertices, scan.triangles()


def _parsed(content: bytes, extension: str) -> tuple[Float64, Int64] | None:
    """Vertices (V, 3) and faces (F, 3) of the library; None where it finds no triangle.

    So on binary PLY and on OFF whose faces have different numbers of corners, and on OBJ with tabs.
    """
    # From memory, so that there is no place to look for other files.
    load = partial(trimesh.load_scene, file_type=extension, process=False, skip_materials=True)
    try:
        scene = load(io.BytesIO(content))
        mesh = scene.to_mesh() if scene.geometry else None
    except Exception:  # of any kind, running out of memory included
        return None
    if not isinstance(mesh, trimesh.Trimesh):
        return None
    vertices, faces = np.array(mesh.vertices, dtype=np.float64), np.array(mesh.faces, dtype=np.int64)
    vertices, faces = vertices.reshape(-1, 3), faces.reshape(-1, 3)
    found = len(faces) and faces.min() >= 0 and faces.max() < len(vertices)
    return (vertices, faces) if found else None
