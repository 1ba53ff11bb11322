# SPDX-License-Identifier: Apache-2.0
"""Wavefront OBJ: its v and f lines, with indices that count back from where they stand."""

from __future__ import annotations

import numpy as np

from pinch_datagen.objects.mesh_scan.scan import (
    DamagedMeshContentError,
    Scan,
    UnsupportedMeshError,
    polygons,
)

FREE_FORM = ("curv", "curv2", "surf")


def scan_obj(content: bytes) -> Scan:
    """The polygons of an OBJ file.

    Raises:
        ScanError: a line is no number where one belongs, or names a vertex that is not there.
    """
    if b"\0" in content:
        raise UnsupportedMeshError("it is no text of single bytes, such as UTF-8, but has zeros in it")
    text = content.decode("utf-8-sig", errors="replace").replace("\\\r\n", " ").replace("\\\n", " ")
    vertices: list[list[float]] = []
    faces: list[list[int]] = []
    counts_back = False
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            if words[0] == "v":
                vertices.append([float(words[1]), float(words[2]), float(words[3])])
            elif words[0] == "f":
                indices = [int(word.partition("/")[0]) for word in words[1:]]
                counts_back |= min(indices) < 0
                faces.append([_row(index, len(vertices)) for index in indices])
        except (ValueError, IndexError) as error:
            raise DamagedMeshContentError(f"line {number} is '{line.strip()[:60]}'") from error
        if words[0] in FREE_FORM:
            raise UnsupportedMeshError(
                f"line {number} is '{words[0]}': it holds free-form surfaces, pinch reads polygons"
            )
    return polygons(np.array(vertices, dtype=np.float64), faces, trimesh_reads=not counts_back)


def _row(index: int, vertices_so_far: int) -> int:
    if index == 0 or -index > vertices_so_far:
        raise ValueError("no such vertex")
    return index - 1 if index > 0 else vertices_so_far + index
