# SPDX-License-Identifier: Apache-2.0
"""Where the jaws meet the object when they close: rays from the open jaws towards each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.ray_mesh import RayMesh

Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class JawContacts:
    """``points`` Float64[N, 2, 3] on the mesh, ``normals`` Float64[N, 2, 3] unit, into the object; NaN where
    a jaw meets nothing before the other one, or starts inside the object.
    """

    points: Float64
    normals: Float64

    @property
    def exist(self) -> Bool:
        """Bool[N]: both jaws meet the object."""
        return np.asarray(np.isfinite(self.points).all((1, 2)))

    @property
    def widths(self) -> Float64:
        """Float64[N]: distance between the contacts [m], NaN without both."""
        return np.asarray(np.linalg.norm(self.points[:, 1] - self.points[:, 0], axis=-1))


def close_jaws(grasps: ParallelJawGrasps, opening: float | Float64, mesh: RayMesh) -> JawContacts:
    """Contacts of jaws that close from ``opening`` [m] along their axes, one for all or Float64[N]; all in
    one frame.
    """
    opening = np.asarray(opening, np.float64)[..., None]
    inward = np.stack([grasps.axis, -grasps.axis], axis=1)
    start = grasps.center[:, None] - inward * (opening / 2)[..., None]
    hits = mesh.first_hits(start.reshape(-1, 3), inward.reshape(-1, 3))
    distance, face = hits.distance.reshape(-1, 2), hits.face.reshape(-1, 2)
    normals = -mesh.face_normals[face]
    # A jaw that starts inside the object meets the surface from behind.
    touches = (face >= 0) & (distance <= opening) & ((normals * inward).sum(-1) > 0)
    # Jaws stop each other: contacts must not have passed.
    touches &= (distance.sum(-1, keepdims=True) <= opening) | ~touches.all(-1, keepdims=True)
    points = start + distance[..., None] * inward
    lost = ~touches[..., None]
    return JawContacts(np.where(lost, np.nan, points), np.where(lost, np.nan, normals))
