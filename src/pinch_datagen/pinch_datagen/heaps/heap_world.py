# SPDX-License-Identifier: Apache-2.0
"""How objects touch in MuJoCo: shared by the settling of heaps and by worlds with a gripper, so that a heap
at rest in one is at rest in the other.
"""

from __future__ import annotations

import mujoco
import numpy as np

from pinch_core.bin import Bin
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.physics.convex_parts import ConvexPart

TABLE = "table"
TABLE_HALF_SIZE = 0.6  # m
TABLE_COLOUR = (0.66, 0.63, 0.58, 1.0)
OBJECT_COLOUR = (0.85, 0.45, 0.20, 1.0)
WALL_COLOUR = (0.45, 0.50, 0.56, 1.0)
CONTACT_TIME = 0.004  # s, the least that a period of 2 ms can integrate
# Rolling resistance: round things come to rest as they do on a table.
ROLLING = 0.0006  # m
# Of a contact: it holds a torque of 2/3 friction x force x radius.
PATCH_RADIUS = 0.005  # m


def set_options(spec: mujoco.MjSpec, timestep: float) -> None:
    """Contacts that neither creep nor bounce.

    Args:
        timestep: period of the physics [s], at most half of CONTACT_TIME.
    """
    option = spec.option
    option.timestep = timestep
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    # Held things creep out of soft friction cones; elliptic cones with a high friction-to-normal impedance
    # and the no-slip pass hold them.
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 10.0
    option.noslip_iterations = 4


def add_table(spec: mujoco.MjSpec) -> None:
    """The table, or a bin's floor: a slab below z = 0."""
    table = spec.worldbody.add_geom(
        name=TABLE, type=mujoco.mjtGeom.mjGEOM_BOX, size=(TABLE_HALF_SIZE, TABLE_HALF_SIZE, 0.02)
    )
    table.pos, table.rgba = (0.0, 0.0, -0.02), TABLE_COLOUR


def add_walls(spec: mujoco.MjSpec, bin: Bin) -> None:
    """The walls of a bin, each under its name, fixed to the world."""
    for wall in bin.walls:
        geom = spec.worldbody.add_geom(
            name=wall.name, type=mujoco.mjtGeom.mjGEOM_BOX, size=tuple(wall.half_size)
        )
        geom.pos, geom.rgba = tuple(wall.center), WALL_COLOUR


def without_friction(spec: mujoco.MjSpec) -> None:
    """Take the friction of all that is there so far: MuJoCo takes the larger of two, so it is the objects'
    alone. Call this before objects are added.
    """
    for geom in spec.geoms:
        geom.friction = (0.0, 0.0, 0.0)


def add_object(
    spec: mujoco.MjSpec,
    name: str,
    model: ObjectModel,
    parts: list[ConvexPart],
    friction: float,
    mass: float,
    patch_radius: float = PATCH_RADIUS,
    colour: tuple[float, float, float, float] = OBJECT_COLOUR,
) -> mujoco.MjsBody:
    """A free body ``name`` with a joint of that name; its mass [kg] is spread evenly over its volume."""
    body = spec.worldbody.add_body(name=name)
    body.add_freejoint(name=name)
    solid = model.mesh
    body.explicitinertial, body.mass = True, mass
    body.ipos = solid.center_mass
    inertia = np.asarray(solid.moment_inertia) * (mass / solid.volume)
    body.fullinertia = inertia[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
    torsion = 2.0 / 3.0 * patch_radius * friction
    for number, part in enumerate(parts):
        part_name = f"{name}_part_{number}"
        mesh = spec.add_mesh(name=part_name)
        # Of its surface, which slivers without volume have too; no mass comes from it.
        mesh.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL
        mesh.uservert, mesh.userface = part.vertices.ravel(), part.faces.ravel()
        geom = body.add_geom(name=part_name, type=mujoco.mjtGeom.mjGEOM_MESH, meshname=part_name, rgba=colour)
        geom.friction = (friction, torsion, ROLLING)
        geom.condim = 6
        geom.mass = 0.0
    return body


def stiffen_contacts(spec: mujoco.MjSpec) -> None:
    """Stiff, critically damped contacts: 40 N of grip press a pad in by less than a tenth of a millimetre.
    Call this when everything is there.
    """
    for geom in spec.geoms:
        geom.solref, geom.solimp = (CONTACT_TIME, 1.0), (0.95, 0.99, 0.001, 0.5, 2.0)
