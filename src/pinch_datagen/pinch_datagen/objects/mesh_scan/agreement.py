# SPDX-License-Identifier: Apache-2.0
"""Whether the mesh library read what the file says."""

from __future__ import annotations

import numpy as np

from pinch_datagen.objects.mesh_scan.scan import Scan
from pinch_datagen.objects.object_model import Float64, Int64

# Of the longest extent: more than rounding to float32.
SAME_PLACE = 1e-5


def disagreement(scan: Scan, vertices: Float64, faces: Int64) -> str | None:
    """How the library's triangles differ from the file's, in one clause; None: they do not.

    Compared are the number of triangles with three different corners, their extents, and the mean of their
    corners, which tells faces of other vertices apart where count and extents are the same.
    """
    ours, theirs = _corners(scan.vertices, scan.fans), _corners(vertices, faces)
    if len(ours) != len(theirs):
        return f"the file has {len(ours)} triangles, the mesh library read {len(theirs)}"
    if not len(ours):
        return None
    size = float(np.ptp(ours, axis=(0, 1)).max())
    for axis, name in enumerate("xyz"):
        own, read = ours[..., axis], theirs[..., axis]
        bounds, others = ([of.min(), of.max(), of.mean()] for of in (own, read))
        if not np.allclose(bounds, others, rtol=0.0, atol=SAME_PLACE * size):
            return (
                f"the file's triangles reach from {name} {bounds[0]:.6g} to {bounds[1]:.6g} with the mean "
                f"{bounds[2]:.6g}, the mesh library's from {others[0]:.6g} to {others[1]:.6g} with the mean "
                f"{others[2]:.6g}"
            )
    return None


def _corners(vertices: Float64, faces: Int64) -> Float64:
    """Float64[F, 3, 3] of the triangles whose corners are three different vertices' places."""
    corners = vertices[faces]
    edges = corners - np.roll(corners, 1, axis=1)
    return np.asarray(corners[np.any(edges != 0, axis=2).all(axis=1)])
