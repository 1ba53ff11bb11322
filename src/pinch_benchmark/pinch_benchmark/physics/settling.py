# SPDX-License-Identifier: Apache-2.0
"""An object let go just above the table, until it rests."""

from __future__ import annotations

import mujoco
import numpy as np

from pinch_benchmark.physics.world import World
from pinch_core.geometry.transform import Transform
from pinch_datagen.heaps.heap_world import TABLE_HALF_SIZE

DROP_M = 0.001
REST_SPEED = 0.005  # m/s at a radius of 0.1 m, too slow to see in an image
REST_TIME = 0.25  # s
LONGEST = 3.0  # s
STEPS_AT_ONCE = 10


def settle(world: World, T_table_obj: Transform) -> Transform | None:
    """``T_table_obj`` at rest, from there; None where it keeps moving or leaves the table."""
    data = mujoco.MjData(world.model)
    raised = Transform(T_table_obj.rotation, T_table_obj.translation + np.array([0.0, 0.0, DROP_M]))
    world.place_object(data, raised)
    period = float(world.model.opt.timestep) * STEPS_AT_ONCE
    resting = 0.0
    for _ in range(round(LONGEST / period)):
        mujoco.mj_step(world.model, data, STEPS_AT_ONCE)
        velocity = data.qvel[world.object_dof]
        speed = max(float(np.linalg.norm(velocity[:3])), 0.1 * float(np.linalg.norm(velocity[3:])))
        resting = resting + period if speed < REST_SPEED else 0.0
        if resting >= REST_TIME:
            pose = world.object_pose(data)
            return pose if np.abs(pose.translation[:2]).max() < TABLE_HALF_SIZE / 2 else None
    return None
