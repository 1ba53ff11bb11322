# SPDX-License-Identifier: Apache-2.0
"""A push in a heap, executed: down beside an object with closed jaws, along, up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pinch_benchmark.clutter.heap_trial import way_back
from pinch_benchmark.clutter.heap_world import HeapWorld
from pinch_benchmark.physics.contact_forces import gripper_contact_force
from pinch_benchmark.physics.grasp_trial import Watch
from pinch_benchmark.physics.gripper_motion import GripperDrive, Waypoint
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig, MotionConfig
from pinch_core.geometry.transform import Transform
from pinch_core.planning.pushes import Push

SPEED = 0.1  # m/s, slow enough for things to slide and not to roll
# More than this, on the way along, and an arm's guard ends the push [N].
MOST_FORCE = 40.0


@dataclass(frozen=True)
class PushExecution:
    """``force``: greatest on the gripper [N]; ``finished``: whether nothing stopped it; ``seconds``: of
    simulated motion.
    """

    force: float
    finished: bool
    seconds: float


def execute_push(
    world: HeapWorld,
    poses: Sequence[Transform | None],
    T_table_cam: Transform,
    push: Push,
    physics: GripperPhysicsConfig,
    motion: MotionConfig,
    watch: Watch | None = None,
) -> tuple[PushExecution, list[Transform | None]]:
    """Execute a push; also where the objects are then. Too much force ends the way down or along."""
    data = world.state(poses)
    T_table_tcp = T_table_cam @ push.T_cam_tcp
    world.place_gripper(T_table_tcp)
    drive = GripperDrive(world, data, physics, watch or (lambda phase, data: None))
    closed = world.gripper.min_opening
    back = Waypoint(np.array([0.0, 0.0, -way_back(world, drive, poses, T_table_tcp, closed, motion)]))
    drive.begin(back, closed)
    along = Waypoint(push.T_cam_tcp.rotation.T @ push.direction * push.distance)
    ways = (
        ("approach", back, Waypoint.zero(), motion.max_contact_force),
        ("push", Waypoint.zero(), along, MOST_FORCE),
    )
    most, finished = 0.0, True
    for phase, start, end, limit in ways:
        seconds = float(np.linalg.norm(end.place - start.place)) / SPEED
        for _ in drive.moving(phase, start, end, seconds):
            force = gripper_contact_force(world, data)
            most = max(most, force)
            if force > limit:
                finished = False
                break
        if not finished:
            break
    execution = PushExecution(most, finished, float(data.time))
    return execution, [None if pose is None else world.pose(data, k) for k, pose in enumerate(poses)]
