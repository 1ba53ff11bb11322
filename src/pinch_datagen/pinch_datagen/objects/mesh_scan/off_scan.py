# SPDX-License-Identifier: Apache-2.0
"""Object File Format: a word, three counts, the rows of vertices, the rows of faces."""

from __future__ import annotations

import re

import numpy as np

from pinch_datagen.objects.mesh_scan.scan import (
    DamagedMeshContentError,
    Scan,
    UnsupportedMeshError,
    polygons,
)

HEADER = re.compile(r"(ST)?(C)?(N)?(4)?(n)?OFF")


def scan_off(content: bytes) -> Scan:
    """The polygons of an OFF file, colours and normals left out.

    Raises:
        ScanError: it is no ASCII OFF of three dimensions, or its counts are not those of its rows.
    """
    text = content.decode("utf-8-sig", errors="replace")
    rows = [row for row in (line.partition("#")[0].split() for line in text.splitlines()) if row]
    header = HEADER.fullmatch(rows[0][0]) if rows else None
    if header is None:
        raise UnsupportedMeshError("it does not begin with OFF")
    if header[4] or header[5] or "BINARY" in rows[0]:
        raise UnsupportedMeshError(f"it is '{' '.join(rows[0])}', pinch reads ASCII OFF of three dimensions")
    counts, body = (rows[0][1:], rows[1:]) if len(rows[0]) > 1 else (rows[1] if rows[1:] else [], rows[2:])
    try:
        vertex_count, face_count = int(counts[0]), int(counts[1])
    except (ValueError, IndexError) as error:
        raise DamagedMeshContentError("the counts of vertices and faces are missing") from error
    if min(vertex_count, face_count) < 0 or len(body) != vertex_count + face_count:
        raise DamagedMeshContentError(
            f"its header counts {vertex_count} vertices and {face_count} faces, but {len(body)} rows follow"
        )
    try:
        vertices = [[float(row[0]), float(row[1]), float(row[2])] for row in body[:vertex_count]]
    except (ValueError, IndexError) as error:
        raise DamagedMeshContentError(f"one of its first {vertex_count} rows is no vertex") from error
    faces = []
    for number, row in enumerate(body[vertex_count:], start=1):
        try:
            length = int(row[0])
            face = [int(word) for word in row[1 : 1 + length]]
        except ValueError as error:
            raise DamagedMeshContentError(f"face {number} is '{' '.join(row)[:60]}'") from error
        if len(face) != length:
            raise DamagedMeshContentError(f"face {number} has {len(face)} of its {length} corners")
        faces.append(face)
    return polygons(np.array(vertices, dtype=np.float64), faces)
