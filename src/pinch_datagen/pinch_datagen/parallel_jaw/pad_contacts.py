# SPDX-License-Identifier: Apache-2.0
"""What the flat faces of the fingers meet when they close in a heap: rays over the whole of each face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.heaps.heap_surface import HeapSurface
from pinch_datagen.parallel_jaw.jaw_contacts import JawContacts
from pinch_datagen.parallel_jaw.opened_grasps import OpenedGrasps

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

# What lies so little behind the first contact is touched too: pads are soft, objects move a little [m].
SOFTNESS_M = 0.001
NOTHING = -2
# Rays that are cast at once.
MAX_RAYS = 400_000


@dataclass(frozen=True)
class FaceGrid:
    """Where rays start: ``across`` the face in shares of its breadth, ``up`` from the tip in shares of the
    finger's length.
    """

    across: tuple[float, ...]
    up: tuple[float, ...]

    @property
    def on_border(self) -> Bool:
        """Bool[R]: rays at the tip and at the sides, where an object may meet the face's edge only."""
        across, up = np.meshgrid(np.abs(self.across), self.up)
        return np.asarray((across.ravel() == max(map(abs, self.across))) | (up.ravel() == self.up[0]))


FINE = FaceGrid((-0.48, -0.16, 0.16, 0.48), (0.01, 0.07, 0.14, 0.23, 0.36, 0.52, 0.70, 0.92))
COARSE = FaceGrid((-0.48, 0.0, 0.48), (0.01, 0.10, 0.22, 0.40, 0.65))


@dataclass(frozen=True, eq=False)
class PadContacts:
    """``target`` Int32[N]: the object that pad 0 meets first, a wall's number, or NOTHING; ``exactly_one``
    Bool[N]: both pads meet it first, and nothing else beside it. ``contacts``: the middle of what each pad
    touches, NaN where it meets nothing.
    """

    target: Int32
    exactly_one: Bool
    contacts: JawContacts


def close_pads(
    opened: OpenedGrasps, gripper: ParallelJawGripper, surface: HeapSurface, grid: FaceGrid = FINE
) -> PadContacts:
    """What the faces of both fingers meet, each closing from half the opening until its first contact.

    A flat face pushes along its own normal, whatever the object's is; only at the face's border, where an
    edge of the pad may be what touches, the object's normal counts.

    Args:
        opened: in the table's frame; what a finger begins inside of is not seen.
    """
    at_once = max(MAX_RAYS // (2 * len(grid.across) * len(grid.up)), 1)
    parts = [
        _close(opened[slice(start, start + at_once)], gripper, surface, grid)
        for start in range(0, max(len(opened), 1), at_once)
    ]
    return PadContacts(
        np.concatenate([part.target for part in parts]),
        np.concatenate([part.exactly_one for part in parts]),
        JawContacts(
            np.concatenate([part.contacts.points for part in parts]),
            np.concatenate([part.contacts.normals for part in parts]),
        ),
    )


def _close(
    opened: OpenedGrasps, gripper: ParallelJawGripper, surface: HeapSurface, grid: FaceGrid
) -> PadContacts:
    finger, mesh = gripper.finger, surface.mesh
    x, y, z = np.moveaxis(opened.grasps.rotations, -1, 0)
    across, up = np.meshgrid(grid.across, grid.up)
    sideways, along = across.ravel() * finger.breadth, finger.tip_beyond_tcp - up.ravel() * finger.length
    face = sideways[:, None] * x[:, None] + along[:, None] * z[:, None]  # [N, R, 3]
    inward = np.stack([y, -y], axis=1)[:, :, None]  # [N, 2, 1, 3]
    half = (opened.opening / 2)[:, None, None, None]
    start = opened.grasps.center[:, None, None] + face[:, None] - inward * half
    directions = np.broadcast_to(inward, start.shape)
    hits = mesh.first_hits(start.reshape(-1, 3), directions.reshape(-1, 3))
    shape = (len(opened), 2, across.size)
    met_face = hits.face.reshape(shape)
    normals = -mesh.face_normals[met_face]
    distance = hits.distance.reshape(shape)
    with np.errstate(invalid="ignore"):
        # From inside an object a ray meets the surface from behind.
        seen = (
            (met_face >= 0) & (distance <= opened.opening[:, None, None]) & ((normals * inward).sum(-1) > 0)
        )
    distance = np.where(seen, distance, np.inf)

    owner = surface.owner_of(met_face)
    first = distance.argmin(axis=-1)[..., None]
    travel = np.take_along_axis(distance, first, axis=-1)
    met = np.where(np.isfinite(travel), np.take_along_axis(owner, first, axis=-1), NOTHING)[..., 0]
    touched = seen & (distance <= travel + SOFTNESS_M)
    alone = (~touched | (owner == met[..., None])).all(axis=(1, 2))
    # Jaws stop each other: contacts must not have passed.
    apart = travel[..., 0].sum(axis=1) <= opened.opening
    exactly_one = (met[:, 0] >= 0) & (met[:, 0] == met[:, 1]) & alone & apart

    # Pressure on soft faces moves to where both touch, opposite to each other, if there is such a place.
    opposite = touched.all(axis=1, keepdims=True)
    touched = np.where(opposite.any(axis=-1, keepdims=True), opposite, touched)
    weight = touched[..., None] / np.maximum(touched.sum(-1), 1)[..., None, None]
    points = (weight * (start + np.where(seen, distance, 0.0)[..., None] * inward)).sum(axis=2)
    pushed = np.where(grid.on_border[:, None], normals, inward)
    normal = (weight * pushed).sum(axis=2)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
    lost = ~touched.any(axis=-1)[..., None]
    contacts = JawContacts(np.where(lost, np.nan, points), np.where(lost, np.nan, normal))
    return PadContacts(met[:, 0].astype(np.int32), np.asarray(exactly_one), contacts)
