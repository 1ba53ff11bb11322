# SPDX-License-Identifier: Apache-2.0
"""A height field as a mesh for MoveIt's planning scene."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from geometry_msgs.msg import Point
from shape_msgs.msg import Mesh, MeshTriangle

from pinch_executor.height_field import HeightField

# MoveIt builds its tree of triangles anew for each scene that is shown.
CELL_M = 0.01
MOST_MESHES = 16


@lru_cache(maxsize=MOST_MESHES)
def field_mesh(field: HeightField) -> Mesh:
    """The surface through the points over the cells' centers, in the field's frame; open where nothing is
    known.
    """
    coarse = field.pooled(max(1, round(CELL_M / field.cell)))
    rows, columns = coarse.heights.shape
    y, x = np.indices(coarse.heights.shape) * coarse.cell
    offset = (coarse.cell - field.cell) / 2
    vertices = np.stack([x + offset, y + offset, np.where(coarse.known, coarse.heights, 0.0)], axis=-1)
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    whole = coarse.known[:-1, :-1] & coarse.known[:-1, 1:] & coarse.known[1:, 1:] & coarse.known[1:, :-1]
    triangles = np.concatenate([np.stack(t, axis=-1)[whole] for t in ((a, b, c), (a, c, d))])
    return Mesh(
        vertices=[Point(x=x, y=y, z=z) for x, y, z in vertices.reshape(-1, 3).tolist()],
        triangles=[MeshTriangle(vertex_indices=corners) for corners in triangles.astype(np.uint32)],
    )
