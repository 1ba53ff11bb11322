# SPDX-License-Identifier: Apache-2.0
"""The compiled scene: a table, one object, a gripper that floats above it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.physics.gripper_model import FINGER_JOINTS, FINGERS, GRIPPER, HINGES, SLIDES, add_gripper
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.heaps.heap_world import (
    add_object,
    add_table,
    set_options,
    stiffen_contacts,
    without_friction,
)
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.physics.convex_parts import ConvexPart

Float64 = NDArray[np.float64]
Intp = NDArray[np.intp]

_logger = logging.getLogger("mujoco")

OBJECT = "object"
# Where the gripper waits while the object settles.
PARKED = (0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Matter:
    """What the object is made of: ``friction`` against anything, ``mass`` [kg]."""

    friction: float
    mass: float


@dataclass(frozen=True, eq=False)
class World:
    """``model`` and the addresses that control and reading need; ``vertices`` Float64[V, 3] of the object
    [m].
    """

    model: mujoco.MjModel
    gripper: ParallelJawGripper
    vertices: Float64
    object_body: int
    gripper_bodies: Intp
    finger_bodies: Intp
    object_qpos: slice
    object_dof: slice
    gripper_qpos: Intp
    finger_qpos: Intp

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

    def place_gripper(self, T_table_tcp: Transform) -> None:
        """The pose from which the gripper's joints count."""
        x, y, z, w = T_table_tcp.quaternion
        self.model.body_pos[self.gripper_bodies[0]] = T_table_tcp.translation
        self.model.body_quat[self.gripper_bodies[0]] = (w, x, y, z)


def build_world(
    gripper: ParallelJawGripper,
    model: ObjectModel,
    parts: list[ConvexPart],
    matter: Matter,
    physics: GripperPhysicsConfig,
) -> World:
    """Compile the scene. The object's mass is spread evenly over its volume."""
    spec = mujoco.MjSpec()
    set_options(spec, physics.timestep)
    add_table(spec)
    add_gripper(spec, gripper, physics)
    without_friction(spec)
    add_object(spec, OBJECT, model, parts, matter.friction, matter.mass, physics.patch_radius)
    stiffen_contacts(spec)
    _light(spec)
    compiled = spec.compile()
    # MuJoCo would append its warnings to a file in whatever folder this was started in.
    mujoco.set_mju_user_warning(_logger.warning)
    world = _addressed(compiled, gripper, model.vertices)
    world.place_gripper(Transform(np.diag([1.0, -1.0, -1.0]), np.array(PARKED)))
    return world


def _light(spec: mujoco.MjSpec) -> None:
    spec.worldbody.add_light(
        pos=(0.2, -0.9, 2.2), dir=(0.15, 0.4, -1.0), type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        diffuse=(0.62, 0.62, 0.60), specular=(0.2, 0.2, 0.2), castshadow=True,
    )  # fmt: skip
    spec.visual.headlight.ambient = (0.35, 0.35, 0.36)
    spec.visual.headlight.diffuse = (0.25, 0.25, 0.25)


def _addressed(model: mujoco.MjModel, gripper: ParallelJawGripper, vertices: Float64) -> World:
    qpos = int(model.joint(OBJECT).qposadr[0])
    dof = int(model.joint(OBJECT).dofadr[0])
    bodies = [int(model.body(name).id) for name in (GRIPPER, *FINGERS)]

    def joints(names: tuple[str, ...]) -> Intp:
        return np.array([int(model.joint(name).qposadr[0]) for name in names], dtype=np.intp)

    return World(
        model,
        gripper,
        vertices,
        int(model.body(OBJECT).id),
        np.array(bodies, dtype=np.intp),
        np.array(bodies[1:], dtype=np.intp),
        slice(qpos, qpos + 7),
        slice(dof, dof + 6),
        joints((*SLIDES, *HINGES)),
        joints(FINGER_JOINTS),
    )
