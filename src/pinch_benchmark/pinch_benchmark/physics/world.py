# SPDX-License-Identifier: Apache-2.0
"""The compiled scene: a table, one object, a gripper that floats above it."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.physics.gripper_world import GripperAddresses, GripperWorld, compiled, scene_with_gripper
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.heaps.heap_world import add_object, without_friction
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.physics.convex_parts import ConvexPart

Float64 = NDArray[np.float64]

OBJECT = "object"


@dataclass(frozen=True)
class Matter:
    """What the object is made of: ``friction`` against anything, ``mass`` [kg]."""

    friction: float
    mass: float


@dataclass(frozen=True, eq=False)
class World(GripperWorld):
    """The gripper and one object; ``vertices`` Float64[V, 3] of the object [m]."""

    vertices: Float64
    object_body: int
    object_qpos: slice
    object_dof: slice

    def object_pose(self, data: mujoco.MjData) -> Transform:
        """``T_table_obj``."""
        x, y, z, qw, qx, qy, qz = data.qpos[self.object_qpos]
        return Transform.from_quaternion((qx, qy, qz, qw), (x, y, z))

    def object_top(self, T_table_obj: Transform) -> float:
        """Height of the object's highest point [m]."""
        return float((T_table_obj @ self.vertices)[:, 2].max())

    def place_object(self, data: mujoco.MjData, T_table_obj: Transform) -> None:
        """Put the object there, at rest."""
        x, y, z, w = T_table_obj.quaternion
        data.qpos[self.object_qpos] = (*T_table_obj.translation, w, x, y, z)
        data.qvel[self.object_dof] = 0.0


def build_world(
    gripper: ParallelJawGripper,
    model: ObjectModel,
    parts: list[ConvexPart],
    matter: Matter,
    physics: GripperPhysicsConfig,
) -> World:
    """Compile the scene. The object's mass is spread evenly over its volume."""
    spec = scene_with_gripper(gripper, physics)
    without_friction(spec)
    add_object(spec, OBJECT, model, parts, matter.friction, matter.mass, physics.patch_radius)
    scene = compiled(spec)
    at = GripperAddresses.of(scene)
    qpos, dof = int(scene.joint(OBJECT).qposadr[0]), int(scene.joint(OBJECT).dofadr[0])
    world = World(
        scene,
        gripper,
        at.gripper_bodies,
        at.finger_bodies,
        at.gripper_qpos,
        at.finger_qpos,
        model.vertices,
        int(scene.body(OBJECT).id),
        slice(qpos, qpos + 7),
        slice(dof, dof + 6),
    )
    world.park_gripper()
    return world
