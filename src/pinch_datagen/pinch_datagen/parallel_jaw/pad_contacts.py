# SPDX-License-Identifier: Apache-2.0
"""Which objects of a heap the pads touch when they close: rays over the whole face of each finger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.heaps.heap_surface import HeapSurface
from pinch_datagen.parallel_jaw.opened_grasps import OpenedGrasps

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

# Rays over a face: across, and from the tip up to the palm, denser at the tip.
ACROSS = np.array([-0.48, -0.16, 0.16, 0.48])
UP = np.array([0.01, 0.07, 0.14, 0.23, 0.36, 0.52, 0.70, 0.92])
# What lies so little behind the first contact is touched too: pads are soft, objects move a little [m].
SOFTNESS_M = 0.001
NOTHING = -2


@dataclass(frozen=True, eq=False)
class PadContacts:
    """``target`` Int32[N]: the object that pad 0 meets first, a wall's number, or NOTHING; ``exactly_one``
    Bool[N]: both pads meet it first, and nothing else beside it.
    """

    target: Int32
    exactly_one: Bool


def close_pads(opened: OpenedGrasps, gripper: ParallelJawGripper, surface: HeapSurface) -> PadContacts:
    """What the faces of both fingers meet, each closing from half the opening until its first contact.

    Args:
        opened: in the table's frame, free of collisions (else what a finger begins in is not seen).
    """
    finger, count = gripper.finger, len(opened)
    x, y, z = np.moveaxis(opened.grasps.rotations, -1, 0)
    across, up = np.meshgrid(ACROSS * finger.breadth, finger.tip_beyond_tcp - UP * finger.length)
    face = across.ravel()[:, None] * x[:, None] + up.ravel()[:, None] * z[:, None]  # [N, R, 3]
    inward = np.stack([y, -y], axis=1)[:, :, None]  # [N, 2, 1, 3]
    start = (
        opened.grasps.center[:, None, None]
        + face[:, None]
        - inward * (opened.opening / 2)[:, None, None, None]
    )
    directions = np.broadcast_to(inward, start.shape)
    hits = surface.mesh.first_hits(start.reshape(-1, 3), directions.reshape(-1, 3))
    shape = (count, 2, across.size)
    distance = np.where(hits.face >= 0, hits.distance, np.inf).reshape(shape)
    distance[distance > opened.opening[:, None, None]] = np.inf
    owner = surface.owner_of(hits.face).reshape(shape)
    first = distance.argmin(axis=-1)
    travel = np.take_along_axis(distance, first[..., None], axis=-1)[..., 0]
    met = np.where(np.isfinite(travel), np.take_along_axis(owner, first[..., None], axis=-1)[..., 0], NOTHING)
    touched = distance <= travel[..., None] + SOFTNESS_M
    alone = (~touched | (owner == met[..., None])).all(axis=(1, 2))
    exactly_one = (met[:, 0] >= 0) & (met[:, 0] == met[:, 1]) & alone
    return PadContacts(met[:, 0].astype(np.int32), np.asarray(exactly_one))
