# SPDX-License-Identifier: Apache-2.0
"""One grasp, executed: down, close, lift, carry, shake. What is still held then counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.physics.contact_forces import gripper_contact_force, touches_table, touching_fingers
from pinch_benchmark.physics.gripper_motion import GripperDrive, Waypoint
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig, MotionConfig
from pinch_benchmark.physics.world import World
from pinch_core.geometry.transform import Transform

Float64 = NDArray[np.float64]

# The gripper starts at least this far above everything on the table.
START_CLEARANCE_M = 0.01

Watch = Callable[[str, mujoco.MjData], None]


class Outcome(str, Enum):
    """What became of a grasp."""

    HELD = "held"
    COLLIDED = "collided"  # on the approach: too much force, or the object was pushed away
    MISSED = "missed"  # the closed jaws have nothing between them
    SLIPPED = "slipped"  # it did not come up
    DROPPED = "dropped"  # it was lost while carried or shaken
    NO_GRASP = "no_grasp"  # nothing was planned
    UNREACHABLE = "unreachable"  # an arm gets to none of the planned grasps


@dataclass(frozen=True)
class ExecutedGrasp:
    """``outcome``, and of the approach ``approach_force`` [N], greatest force on the gripper, and ``pushed``
    [m], how far the object was moved. ``slip`` [m]: how far it moved in the closed gripper until the end.
    """

    outcome: Outcome
    approach_force: float
    pushed: float
    slip: float

    @property
    def held(self) -> bool:
        return self.outcome is Outcome.HELD


def execute_grasp(
    world: World,
    T_table_obj: Transform,
    T_table_tcp: Transform,
    opening: float,
    physics: GripperPhysicsConfig,
    motion: MotionConfig,
    watch: Watch | None = None,
) -> ExecutedGrasp:
    """Execute a grasp on the object at ``T_table_obj`` with jaws ``opening`` [m] apart on the approach.

    Args:
        watch: called with the phase and the state every few milliseconds, for pictures.
    """
    data = mujoco.MjData(world.model)
    world.place_object(data, T_table_obj)
    world.place_gripper(T_table_tcp)
    drive = GripperDrive(world, data, physics, watch or (lambda phase, data: None))
    up = T_table_tcp.rotation.T @ np.array([0.0, 0.0, 1.0])
    start = Waypoint(-np.array([0.0, 0.0, 1.0]) * _start_height(world, T_table_obj, T_table_tcp, motion))
    drive.begin(start, opening)

    force, pushed = _approach(world, drive, start, T_table_obj, motion)
    if force > motion.max_contact_force or pushed > motion.max_push:
        return ExecutedGrasp(Outcome.COLLIDED, force, pushed, 0.0)
    drive.close("close", motion.squeeze_time)
    if not touching_fingers(world, data).all():
        return ExecutedGrasp(Outcome.MISSED, force, pushed, 0.0)
    grasped = _T_gripper_obj(world, drive)
    lifted = Waypoint(up * motion.lift)
    drive.move("lift", Waypoint.zero(), lifted, motion.lift_time)
    if not _holds(world, drive):
        return ExecutedGrasp(
            Outcome.SLIPPED, force, pushed, grasped.distance_to(_T_gripper_obj(world, drive))[0]
        )
    aside = T_table_tcp.rotation.T @ np.array([motion.transport, 0.0, 0.0])
    carried = Waypoint(lifted.place + aside)
    drive.move("carry", lifted, carried, motion.transport_time)
    for direction in (np.array([1.0, 0.0, 0.0]), up):  # across the closing axis, then up and down
        drive.shake("shake", carried, direction, motion)
    slip = grasped.distance_to(_T_gripper_obj(world, drive))[0]
    return ExecutedGrasp(Outcome.HELD if _holds(world, drive) else Outcome.DROPPED, force, pushed, slip)


def _start_height(
    world: World, T_table_obj: Transform, T_table_tcp: Transform, motion: MotionConfig
) -> float:
    """How far back along the approach the gripper starts: above all of the object."""
    finger = world.gripper.finger
    tip = float(T_table_tcp.translation[2]) - finger.tip_beyond_tcp
    return max(motion.approach_length, world.object_top(T_table_obj) - tip + START_CLEARANCE_M)


def _T_gripper_obj(world: World, drive: GripperDrive) -> Transform:
    """Where the object is in the gripper."""
    return drive.T_table_gripper().inverse() @ world.object_pose(drive.data)


def _approach(
    world: World, drive: GripperDrive, start: Waypoint, T_table_obj: Transform, motion: MotionConfig
) -> tuple[float, float]:
    """(greatest force on the gripper [N], how far the object was pushed [m]); stops where the limits are
    exceeded.
    """
    force = pushed = 0.0
    for _ in drive.moving("approach", start, Waypoint.zero(), motion.approach_time):
        force = max(force, gripper_contact_force(world, drive.data))
        if force > 0.0:
            place = drive.data.qpos[world.object_qpos][:3]
            pushed = max(pushed, float(np.linalg.norm(place - T_table_obj.translation)))
        if force > motion.max_contact_force or pushed > motion.max_push:
            break
    return force, pushed


def _holds(world: World, drive: GripperDrive) -> bool:
    data = drive.data
    return bool(touching_fingers(world, data).any()) and not touches_table(world, data)
