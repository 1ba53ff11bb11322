# SPDX-License-Identifier: Apache-2.0
"""One grasp in a heap, executed and measured: down, close, back, shake. What it was worth, the judge says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.clutter.heap_world import HeapWorld
from pinch_benchmark.physics.contact_forces import gripper_contact_force
from pinch_benchmark.physics.grasp_trial import START_CLEARANCE_M, Watch
from pinch_benchmark.physics.gripper_motion import GripperDrive, Waypoint
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig, MotionConfig
from pinch_core.geometry.transform import Transform

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]

# Grasps that come from lower than this are lifted first, not drawn back (the decluttering benchmark) [rad].
SIDE_GRASP = math.pi / 3
# The gripper begins so far back at most [m].
LONGEST_APPROACH = 0.4
STEP_BACK = 0.01  # m
# Up there the gripper waits, so that what only swings along falls off [s].
WAIT = 0.2


@dataclass(frozen=True)
class HeapExecution:
    """What was measured of one grasp; objects by their numbers.

    ``force``: greatest on the gripper during the approach [N], ``wall_force``: of it, on the bin's walls,
    until it was lifted. ``pushed``: how far the approach moved an object at most [m], and ``pushed_object``,
    -1 if none. ``stopped``: the force ended the approach. After closing, ``gripped`` touched a finger. After
    the way back, ``touching`` did, the pads were ``opening`` [m] apart, and ``lifted`` had come along.
    ``held``: of those, what stayed through the shake. ``seconds``: of simulated motion, without the shake.
    """

    force: float
    wall_force: float
    pushed: float
    pushed_object: int
    stopped: bool
    gripped: tuple[int, ...]
    touching: tuple[int, ...]
    opening: float
    lifted: tuple[int, ...]
    held: tuple[int, ...]
    seconds: float


def execute_in_heap(
    world: HeapWorld,
    poses: Sequence[Transform | None],
    T_table_tcp: Transform,
    opening: float,
    physics: GripperPhysicsConfig,
    motion: MotionConfig,
    stop_on_contact: bool,
    watch: Watch | None = None,
) -> tuple[HeapExecution, list[Transform | None]]:
    """Execute a grasp with jaws ``opening`` [m] apart on the approach; also where the objects are then.

    Args:
        poses: ``T_table_obj`` of each object, at rest; None: it is not there any more.
        stop_on_contact: whether more than ``motion.max_contact_force`` ends the approach, as a robot's guard
            does; else the gripper pushes on.
        watch: called with the phase and the state every few milliseconds, for pictures.
    """
    data = world.state(poses)
    world.place_gripper(T_table_tcp)
    drive = GripperDrive(world, data, physics, watch or (lambda phase, data: None))
    trial = _HeapTrial(world, drive, motion)
    back = Waypoint(np.array([0.0, 0.0, -way_back(world, drive, poses, T_table_tcp, opening, motion)]))
    drive.begin(back, opening)
    stopped = trial.approach(back, stop_on_contact)
    gripped: tuple[int, ...] = ()
    touching: tuple[int, ...] = ()
    lifted: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    if not stopped:
        drive.close("close", motion.squeeze_time)
        gripped = trial.at_fingers()
        retreat, rise = _retreat(T_table_tcp, motion)
        trial.lift(retreat)
        touching, lifted = trial.at_fingers(), trial.risen(rise)
    seconds, apart = float(data.time), trial.opening()
    if lifted:
        across = np.array([1.0, 0.0, 0.0])
        for direction in (across, _up(T_table_tcp)):
            drive.shake("shake", retreat, direction, motion)
        held = tuple(k for k in trial.risen(rise) if k in lifted)
    execution = HeapExecution(
        trial.force,
        trial.wall_force,
        trial.pushed,
        trial.pushed_object,
        stopped,
        gripped,
        touching,
        apart,
        lifted,
        held,
        seconds,
    )
    after = [None if pose is None else world.pose(data, k) for k, pose in enumerate(poses)]
    return execution, after


class _HeapTrial:
    """Measures while the gripper moves."""

    def __init__(self, world: HeapWorld, drive: GripperDrive, motion: MotionConfig) -> None:
        self._world, self._drive, self._motion = world, drive, motion
        self._before = world.places(drive.data)
        self.force = self.wall_force = self.pushed = 0.0
        self.pushed_object = -1

    def approach(self, back: Waypoint, stop_on_contact: bool) -> bool:
        """To the grasp; whether it was stopped."""
        motion, drive = self._motion, self._drive
        way = float(np.linalg.norm(back.place))
        seconds = way * motion.approach_time / motion.approach_length
        for _ in drive.moving("approach", back, Waypoint.zero(), seconds):
            force = gripper_contact_force(self._world, drive.data)
            if force > 0.0:
                self._watch_walls()
                self._watch_push()
            self.force = max(self.force, force)
            if stop_on_contact and self.force > motion.max_contact_force:
                return True
        return False

    def lift(self, retreat: Waypoint) -> None:
        """Away from the grasp, and wait."""
        for _ in self._drive.moving("lift", Waypoint.zero(), retreat, self._motion.lift_time):
            self._watch_walls()
        self._drive.move("lift", retreat, retreat, WAIT)

    def opening(self) -> float:
        """Between the pads now [m]."""
        gripper = self._world.gripper
        return gripper.min_opening + float(self._drive.data.qpos[self._world.finger_qpos].sum())

    def at_fingers(self) -> tuple[int, ...]:
        """Objects that touch a finger."""
        world, data = self._world, self._drive.data
        bodies = world.model.geom_bodyid[data.contact.geom[: data.ncon]]
        at_finger = bodies[np.isin(bodies, world.finger_bodies).any(axis=1)]
        return tuple(k for k, body in enumerate(world.bodies) if (at_finger == body).any())

    def risen(self, rise: float) -> tuple[int, ...]:
        """Objects that are up by more than half of the gripper's ``rise`` [m]."""
        up = self._world.places(self._drive.data)[:, 2] - self._before[:, 2]
        return tuple(int(k) for k in np.flatnonzero(up > rise / 2))

    def _watch_push(self) -> None:
        moved = np.linalg.norm(self._world.places(self._drive.data) - self._before, axis=1)
        farthest = int(np.argmax(moved))
        if moved[farthest] > self.pushed:
            self.pushed, self.pushed_object = float(moved[farthest]), farthest

    def _watch_walls(self) -> None:
        world, data = self._world, self._drive.data
        if not len(world.wall_geoms):
            return
        geoms = data.contact.geom[: data.ncon]
        of_gripper = np.isin(world.model.geom_bodyid[geoms], world.gripper_bodies).any(axis=1)
        total, force = 0.0, np.zeros(6)
        for number in np.flatnonzero(of_gripper & np.isin(geoms, world.wall_geoms).any(axis=1)):
            mujoco.mj_contactForce(world.model, data, int(number), force)
            total += float(force[0])
        self.wall_force = max(self.wall_force, total)


def _up(T_table_tcp: Transform) -> Float64:
    """Float64[3]: the table's z in TCP axes."""
    return np.asarray(T_table_tcp.rotation.T @ np.array([0.0, 0.0, 1.0]))


def _descent(T_table_tcp: Transform) -> float:
    """By how much the approach goes down for each metre of way."""
    return -float(T_table_tcp.rotation[2, 2])


def _retreat(T_table_tcp: Transform, motion: MotionConfig) -> tuple[Waypoint, float]:
    """Back along the approach, or straight up from the side; and by how much the gripper rises [m]."""
    descent = _descent(T_table_tcp)
    if descent < math.cos(SIDE_GRASP):
        return Waypoint(_up(T_table_tcp) * motion.lift), motion.lift
    return Waypoint(np.array([0.0, 0.0, -motion.lift])), motion.lift * descent


def way_back(
    world: HeapWorld,
    drive: GripperDrive,
    poses: Sequence[Transform | None],
    T_table_tcp: Transform,
    opening: float,
    motion: MotionConfig,
) -> float:
    """How far before the grasp the approach begins [m]: above everything; from the side, where the gripper
    touches nothing.
    """
    descent = _descent(T_table_tcp)
    if descent >= math.cos(SIDE_GRASP):
        lowest = float(T_table_tcp.translation[2]) + min(
            float(T_table_tcp.rotation[2] @ box.center - np.abs(T_table_tcp.rotation[2]) @ box.half_size)
            for box in world.gripper.bodies(opening)
        )
        above = (world.top(poses) + START_CLEARANCE_M - lowest) / descent
        return min(max(above, motion.approach_length), LONGEST_APPROACH)
    for way in np.arange(motion.approach_length, LONGEST_APPROACH, STEP_BACK):
        drive.begin(Waypoint(np.array([0.0, 0.0, -way])), opening)
        if gripper_contact_force(world, drive.data) == 0.0:
            return float(way)
    return LONGEST_APPROACH
