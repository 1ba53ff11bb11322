# SPDX-License-Identifier: Apache-2.0
"""What touches what, and how hard."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.physics.gripper_world import GripperWorld
from pinch_benchmark.physics.world import World

Bool = NDArray[np.bool_]
Intp = NDArray[np.intp]


def _bodies(world: GripperWorld, data: mujoco.MjData) -> Intp:
    """Intp[C, 2]: the bodies of each contact."""
    return np.asarray(world.model.geom_bodyid[data.contact.geom[: data.ncon]], dtype=np.intp)


def gripper_contact_force(world: GripperWorld, data: mujoco.MjData) -> float:
    """Sum of the normal forces of all contacts of gripper and fingers with object and table [N]; what the
    fingers do to each other is no load.
    """
    bodies = _bodies(world, data)
    of_gripper = np.isin(bodies, world.gripper_bodies)
    total, force = 0.0, np.zeros(6)
    for number in np.flatnonzero(of_gripper[:, 0] ^ of_gripper[:, 1]):
        mujoco.mj_contactForce(world.model, data, int(number), force)
        total += float(force[0])
    return total


def touching_fingers(world: World, data: mujoco.MjData) -> Bool:
    """Bool[2]: which fingers touch the object."""
    bodies = _bodies(world, data)
    with_object = bodies[(bodies == world.object_body).any(axis=1)]
    return np.array([(with_object == finger).any() for finger in world.finger_bodies])


def touches_table(world: World, data: mujoco.MjData) -> bool:
    """Whether the object lies on the table, or on what the table is fixed to."""
    bodies = _bodies(world, data)
    return bool(((bodies == world.object_body).any(axis=1) & (bodies == 0).any(axis=1)).any())
