# SPDX-License-Identifier: Apache-2.0
"""How large the mesh of a link is: what tells metres from millimetres."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_STL_HEADER, _STL_TRIANGLE = 84, 50


def mesh_extent(path: Path) -> NDArray[np.float64] | None:
    """(3,) size of the box around the vertices, in the file's unit; None for what is not STL or OBJ.

    Raises:
        ValueError: the file is cut off, or is not what its suffix says.
    """
    suffix = path.suffix.lower()
    if suffix not in (".stl", ".obj"):
        return None
    content = path.read_bytes()
    vertices = _obj_vertices(content) if suffix == ".obj" else _stl_vertices(content)
    if len(vertices) < 3:
        raise ValueError(f"it holds {len(vertices)} vertices")
    if not np.all(np.isfinite(vertices)):
        raise ValueError("it holds vertices that are not finite")
    extent: NDArray[np.float64] = np.ptp(vertices, axis=0)
    return extent


def _stl_vertices(content: bytes) -> NDArray[np.float64]:
    is_text = content.lstrip()[:5].lower() == b"solid"
    if len(content) >= _STL_HEADER:
        count = int.from_bytes(content[80:84], "little")
        size = _STL_HEADER + _STL_TRIANGLE * count
        if size <= len(content) and count:
            triangles = np.frombuffer(content, np.uint8, _STL_TRIANGLE * count, _STL_HEADER)
            numbers = triangles.reshape(count, _STL_TRIANGLE)[:, 12:48].copy().view("<f4")
            vertices: NDArray[np.float64] = numbers.reshape(-1, 3).astype(np.float64)
            return vertices
        if not is_text:
            raise ValueError(f"it announces {count} triangles, {size} bytes, and has {len(content)} bytes")
    elif not is_text:
        raise ValueError(f"it has {len(content)} bytes, too few for an STL file")
    if b"endsolid" not in content:
        raise ValueError("it ends before endsolid")
    return _rows(content, b"vertex")


def _obj_vertices(content: bytes) -> NDArray[np.float64]:
    return _rows(content, b"v")


def _rows(content: bytes, keyword: bytes) -> NDArray[np.float64]:
    """The three numbers behind ``keyword`` at the beginning of a line."""
    rows = [parts[1:4] for line in content.splitlines() if (parts := line.split()) and parts[0] == keyword]
    if any(len(row) != 3 for row in rows):
        raise ValueError("a vertex has fewer than three numbers")
    return np.array(rows, dtype=np.float64).reshape(-1, 3)
