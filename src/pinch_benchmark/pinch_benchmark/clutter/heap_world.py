# SPDX-License-Identifier: Apache-2.0
"""The compiled scene of a round: table or bin, all objects of a heap, a gripper that floats above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.physics.gripper_world import GripperAddresses, GripperWorld, compiled, scene_with_gripper
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.heaps.heap import Heap
from pinch_datagen.heaps.heap_world import add_object, add_walls, without_friction
from pinch_datagen.physics.convex_parts import ConvexPart

Float64 = NDArray[np.float64]
Intp = NDArray[np.intp]

# The published decluttering benchmark's hand pushes with so much at most [N].
MOST_FORCE = 300.0
# Where objects wait that were taken out, beside each other, off the table [m].
AWAY = np.array([5.0, 5.0, 0.5])
AWAY_STEP = np.array([1.0, 0.0, 0.0])
# So that a film shows which object is which.
COLOURS = (
    (0.85, 0.45, 0.20, 1.0),
    (0.25, 0.55, 0.75, 1.0),
    (0.40, 0.65, 0.35, 1.0),
    (0.80, 0.70, 0.30, 1.0),
    (0.60, 0.40, 0.65, 1.0),
    (0.75, 0.35, 0.40, 1.0),
)
REST_SPEED = 0.005  # m/s at a radius of 0.1 m, too slow to see in an image
REST_TIME = 0.25  # s
LONGEST = 3.0  # s
STEPS_AT_ONCE = 10


@dataclass(frozen=True, eq=False)
class HeapWorld(GripperWorld):
    """The gripper and N objects. ``bodies``: Intp[N]; ``qpos``, ``dof``: Intp[N], first addresses.
    ``vertices``: of each object [m]. ``wall_geoms``: of the bin.
    """

    heap: Heap
    bodies: Intp
    qpos: Intp
    dof: Intp
    vertices: tuple[Float64, ...]
    wall_geoms: Intp

    def pose(self, data: mujoco.MjData, number: int) -> Transform:
        """``T_table_obj`` of one object."""
        x, y, z, qw, qx, qy, qz = data.qpos[self.qpos[number] : self.qpos[number] + 7]
        return Transform.from_quaternion((qx, qy, qz, qw), (x, y, z))

    def heights(self, data: mujoco.MjData) -> Float64:
        """Float64[N]: z of the objects' origins [m]."""
        return np.array(data.qpos[self.qpos + 2])

    def places(self, data: mujoco.MjData) -> Float64:
        """Float64[N, 3]: the objects' origins [m]."""
        return np.array(data.qpos[self.qpos[:, None] + np.arange(3)])

    def state(self, poses: Sequence[Transform | None]) -> mujoco.MjData:
        """Objects at rest at ``T_table_obj``; None: it was taken out."""
        data = mujoco.MjData(self.model)
        for number, pose in enumerate(poses):
            there = pose or Transform(np.eye(3), AWAY + number * AWAY_STEP)
            x, y, z, w = there.quaternion
            start = self.qpos[number]
            data.qpos[start : start + 7] = (*there.translation, w, x, y, z)
            self._take_part(number, pose is not None)
        mujoco.mj_forward(self.model, data)
        return data

    def _take_part(self, number: int, present: bool) -> None:
        """Whether the object falls and touches things."""
        body = int(self.bodies[number])
        self.model.body_gravcomp[body] = 0.0 if present else 1.0
        first = int(self.model.body_geomadr[body])
        geoms = slice(first, first + int(self.model.body_geomnum[body]))
        self.model.geom_contype[geoms] = self.model.geom_conaffinity[geoms] = int(present)

    def top(self, poses: Sequence[Transform | None]) -> float:
        """Height of the highest point of objects and walls [m]."""
        tops = [
            float((pose @ corners)[:, 2].max())
            for pose, corners in zip(poses, self.vertices, strict=True)
            if pose is not None
        ]
        if self.heap.bin is not None:
            tops.append(self.heap.bin.height)
        return max(tops, default=0.0)

    def settled(self, poses: Sequence[Transform | None]) -> list[Transform | None]:
        """Where the objects come to rest, or are after :data:`LONGEST`."""
        self.park_gripper()
        data = self.state(poses)
        period = float(self.model.opt.timestep) * STEPS_AT_ONCE
        dofs = np.array([self.dof[k] for k, pose in enumerate(poses) if pose is not None], dtype=np.intp)
        resting = 0.0
        for _ in range(round(LONGEST / period)):
            mujoco.mj_step(self.model, data, STEPS_AT_ONCE)
            velocity = np.array(data.qvel[dofs[:, None] + np.arange(6)])
            linear, angular = np.linalg.norm(velocity.reshape(-1, 2, 3), axis=2).T
            moving = np.maximum(linear, 0.1 * angular) > REST_SPEED
            resting = 0.0 if moving.any() else resting + period
            if resting >= REST_TIME:
                break
        return [None if pose is None else self.pose(data, k) for k, pose in enumerate(poses)]


def object_name(number: int) -> str:
    """Of its body and joint."""
    return f"object_{number}"


def build_heap_world(
    gripper: ParallelJawGripper,
    heap: Heap,
    parts: Sequence[Sequence[ConvexPart]],
    physics: GripperPhysicsConfig,
) -> HeapWorld:
    """Compile the scene; ``parts``: the convex parts of each object."""
    spec = scene_with_gripper(gripper, physics)
    # What lies still costs nothing until something touches it.
    spec.option.enableflags |= int(mujoco.mjtEnableBit.mjENBL_SLEEP)
    walls = [] if heap.bin is None else [wall.name for wall in heap.bin.walls]
    if heap.bin is not None:
        add_walls(spec, heap.bin)
    without_friction(spec)
    for number, (item, of_item) in enumerate(zip(heap.objects, parts, strict=True)):
        add_object(
            spec,
            object_name(number),
            item.placed.model,
            list(of_item),
            item.friction,
            item.mass,
            physics.patch_radius,
            COLOURS[number % len(COLOURS)],
        )
    model = compiled(spec)
    slides = slice(0, 3)
    model.actuator_forcelimited[slides] = 1
    model.actuator_forcerange[slides] = (-MOST_FORCE, MOST_FORCE)
    at = GripperAddresses.of(model)
    joints = [model.joint(object_name(number)) for number in range(len(heap.objects))]
    world = HeapWorld(
        model,
        gripper,
        at.gripper_bodies,
        at.finger_bodies,
        at.gripper_qpos,
        at.finger_qpos,
        heap,
        np.array([model.body(object_name(k)).id for k in range(len(heap.objects))], dtype=np.intp),
        np.array([int(joint.qposadr[0]) for joint in joints], dtype=np.intp),
        np.array([int(joint.dofadr[0]) for joint in joints], dtype=np.intp),
        tuple(each.placed.model.vertices for each in heap.objects),
        np.array([model.geom(name).id for name in walls], dtype=np.intp),
    )
    world.park_gripper()
    return world
