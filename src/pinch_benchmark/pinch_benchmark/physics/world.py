# SPDX-License-Identifier: Apache-2.0
"""The compiled scene: a table, one object, a gripper that floats above it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.physics.convex_parts import ConvexPart
from pinch_benchmark.physics.gripper_model import FINGER_JOINTS, FINGERS, GRIPPER, HINGES, SLIDES, add_gripper
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.objects.object_model import ObjectModel

Float64 = NDArray[np.float64]
Intp = NDArray[np.intp]

_logger = logging.getLogger("mujoco")

OBJECT = "object"
TABLE = "table"
TABLE_HALF_SIZE = 0.6  # m
OBJECT_COLOUR = (0.85, 0.45, 0.20, 1.0)
TABLE_COLOUR = (0.66, 0.63, 0.58, 1.0)
CONTACT_TIME = 0.004  # s, the least that a period of 2 ms can integrate
# Rolling resistance: round things come to rest as they do on a table.
ROLLING = 0.0006  # m
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
    _set_physics(spec, physics)
    table = spec.worldbody.add_geom(
        name=TABLE, type=mujoco.mjtGeom.mjGEOM_BOX, size=(TABLE_HALF_SIZE, TABLE_HALF_SIZE, 0.02)
    )
    table.pos, table.rgba = (0.0, 0.0, -0.02), TABLE_COLOUR
    add_gripper(spec, gripper, physics)
    for geom in spec.geoms:
        # MuJoCo takes the larger friction of two: it is the object's alone.
        geom.friction = (0.0, 0.0, 0.0)
    _add_object(spec, model, parts, matter, physics)
    for geom in spec.geoms:
        # Stiff, critically damped contacts: 40 N of grip press a pad in by less than a tenth of a millimetre.
        geom.solref, geom.solimp = (CONTACT_TIME, 1.0), (0.95, 0.99, 0.001, 0.5, 2.0)
    _light(spec)
    compiled = spec.compile()
    # MuJoCo would append its warnings to a file in whatever folder this was started in.
    mujoco.set_mju_user_warning(_logger.warning)
    world = _addressed(compiled, gripper, model.vertices)
    world.place_gripper(Transform(np.diag([1.0, -1.0, -1.0]), np.array(PARKED)))
    return world


def _set_physics(spec: mujoco.MjSpec, physics: GripperPhysicsConfig) -> None:
    option = spec.option
    option.timestep = physics.timestep
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    # Held things creep out of soft friction cones; elliptic cones with a high friction-to-normal impedance
    # and the no-slip pass hold them.
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 10.0
    option.noslip_iterations = 4


def _add_object(
    spec: mujoco.MjSpec,
    model: ObjectModel,
    parts: list[ConvexPart],
    matter: Matter,
    physics: GripperPhysicsConfig,
) -> None:
    body = spec.worldbody.add_body(name=OBJECT)
    body.add_freejoint(name=OBJECT)
    solid = model.mesh
    body.explicitinertial, body.mass = True, matter.mass
    body.ipos = solid.center_mass
    inertia = np.asarray(solid.moment_inertia) * (matter.mass / solid.volume)
    body.fullinertia = inertia[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
    torsion = 2.0 / 3.0 * physics.patch_radius * matter.friction
    for number, part in enumerate(parts):
        name = f"part_{number}"
        mesh = spec.add_mesh(name=name)
        # Of its surface, which slivers without volume have too; no mass comes from it.
        mesh.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL
        mesh.uservert, mesh.userface = part.vertices.ravel(), part.faces.ravel()
        geom = body.add_geom(name=name, type=mujoco.mjtGeom.mjGEOM_MESH, meshname=name, rgba=OBJECT_COLOUR)
        geom.friction = (matter.friction, torsion, ROLLING)
        geom.condim = 6
        geom.mass = 0.0


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
