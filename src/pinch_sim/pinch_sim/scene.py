# SPDX-License-Identifier: Apache-2.0
"""The compiled scene: robot, table, cameras and objects, and their addresses in the physics state."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.robot import Robot
from pinch_sim.bin_in_cell import CellBin
from pinch_sim.depth_camera import DepthCameraConfig, add_camera
from pinch_sim.place_marks import PlaceMarks
from pinch_sim.robot_model import RobotPhysicsConfig, compiled, load_robot_spec

_logger = logging.getLogger("mujoco")

DEPTH_CAMERA = "depth"
OVERVIEW_CAMERA = "overview"
TABLE_GEOM = "table"
OVERVIEW_SIZE = (640, 480)

TABLE_COLOUR = (0.66, 0.63, 0.58, 1.0)
FLOOR_COLOUR = (0.36, 0.38, 0.41, 1.0)
FLOOR_DEPTH = 0.75
CONTACT_TIME = 0.004  # s, the least that a period of 2 ms can integrate


@configclass
class WorldConfig:
    """Physics settings and the table."""

    timestep: float = setting(
        default=0.002, unit="s", help="physics and control period", lower=2e-4, upper=5e-3
    )
    table_x: float = setting(
        default=0.40, unit="m", help="middle of the table top in the base", lower=-2.0, upper=2.0
    )
    table_size_x: float = setting(
        default=1.20, unit="m", help="extent of the table top along x", lower=0.2, upper=5.0
    )
    table_size_y: float = setting(
        default=1.40, unit="m", help="extent of the table top along y", lower=0.2, upper=5.0
    )


class SimObject(Protocol):
    """A rigid object that can be put into the cell."""

    @property
    def name(self) -> str:
        """Its name outside the cell."""
        ...

    def add_to(self, spec: mujoco.MjSpec, body_name: str, friction: float) -> None:
        """Add it as a free body. ``friction``: Coulomb coefficient of its surface against anything."""
        ...


@dataclass(frozen=True)
class PlacedObject:
    """An object of the scene. ``name`` is its name in the cell, ``friction`` its sampled coefficient."""

    name: str
    thing: SimObject
    friction: float


@dataclass(frozen=True, eq=False)
class Scene:
    """A compiled model with the addresses that control and reading need. ``robot`` None: objects and table
    only."""

    model: mujoco.MjModel
    objects: tuple[PlacedObject, ...]
    arm_qpos: NDArray[np.intp]
    arm_dof: NDArray[np.intp]
    finger_qpos: NDArray[np.intp]
    finger_dof: NDArray[np.intp]
    finger_bodies: tuple[int, ...]

    def object_qpos(self, name: str) -> slice:
        """Position (3) and quaternion w x y z (4) of an object in qpos."""
        start = int(self.model.joint(name).qposadr[0])
        return slice(start, start + 7)

    def object_dof(self, name: str) -> slice:
        """Linear (3) and angular (3) velocity of an object in qvel."""
        start = int(self.model.joint(name).dofadr[0])
        return slice(start, start + 6)


def build_scene(
    objects: tuple[PlacedObject, ...],
    world: WorldConfig,
    *,
    robot: Robot | None = None,
    physics: RobotPhysicsConfig | None = None,
    camera: DepthCameraConfig | None = None,
    bin: CellBin | None = None,
    marks: PlaceMarks | None = None,
) -> Scene:
    """Compile a scene. Without ``robot``, it is table, bin and objects, which is fast to settle."""
    spec = mujoco.MjSpec() if robot is None else load_robot_spec(robot, physics or RobotPhysicsConfig())
    _set_physics(spec, world)
    _add_surroundings(spec, world)
    if bin is not None:
        bin.add_to(spec)
    if marks is not None:
        marks.add_to(spec)
    if camera is not None:
        add_camera(spec, DEPTH_CAMERA, camera.intrinsics, camera.T_base_cam)
        add_camera(spec, OVERVIEW_CAMERA, *overview_view(bin))
    for geom in spec.geoms:
        # Friction is set by the object: MuJoCo takes the larger of two.
        geom.friction = (0.0, 0.0, 0.0)
    for placed in objects:
        placed.thing.add_to(spec, placed.name, placed.friction)
    for geom in spec.geoms:
        # Stiff, critically damped contacts: 40 N of grip press a pad in by less than a tenth of a millimetre.
        geom.solref = (CONTACT_TIME, 1.0)
        geom.solimp = (0.95, 0.99, 0.001, 0.5, 2.0)
    model = spec.compile() if robot is None else compiled(spec, robot)
    # MuJoCo would append its warnings to a file in whatever folder the node was started in.
    mujoco.set_mju_user_warning(_logger.warning)
    arm = robot.arm_joints if robot is not None else ()
    fingers = robot.finger_joints if robot is not None else ()
    finger_links = robot.finger_links if robot is not None else ()
    return Scene(
        model,
        objects,
        np.array([int(model.joint(j).qposadr[0]) for j in arm], dtype=np.intp),
        np.array([int(model.joint(j).dofadr[0]) for j in arm], dtype=np.intp),
        np.array([int(model.joint(j).qposadr[0]) for j in fingers], dtype=np.intp),
        np.array([int(model.joint(j).dofadr[0]) for j in fingers], dtype=np.intp),
        tuple(int(model.body(name).id) for name in finger_links),
    )


def overview_view(bin: CellBin | None = None) -> tuple[CameraIntrinsics, Transform]:
    """Intrinsics, and pose in the base, of the overview camera; it looks into a bin from higher up."""
    width, height = OVERVIEW_SIZE
    intrinsics = CameraIntrinsics(width, height, 600.0, 600.0, (width - 1) / 2, (height - 1) / 2)
    if bin is not None:
        return intrinsics, Transform.look_at((1.36, -0.98, 1.00), (0.37, -0.13, 0.20), up=(0.0, 0.0, 1.0))
    return intrinsics, Transform.look_at((1.30, -0.90, 0.72), (0.34, 0.0, 0.24), up=(0.0, 0.0, 1.0))


def _set_physics(spec: mujoco.MjSpec, world: WorldConfig) -> None:
    option = spec.option
    option.timestep = world.timestep
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    # Grasped objects creep out of soft friction cones; elliptic cones with a high friction-to-normal
    # impedance and the no-slip pass hold them.
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 10.0
    option.noslip_iterations = 4
    spec.visual.global_.offwidth = 4096
    spec.visual.global_.offheight = 4096


def _add_surroundings(spec: mujoco.MjSpec, world: WorldConfig) -> None:
    thickness = 0.04
    half_size = (world.table_size_x / 2, world.table_size_y / 2, thickness / 2)
    table = spec.worldbody.add_geom(
        name=TABLE_GEOM,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=half_size,
        pos=(world.table_x, 0.0, -thickness / 2),
    )
    table.rgba = TABLE_COLOUR
    floor = spec.worldbody.add_geom(
        name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, size=(8.0, 8.0, 0.1), pos=(0.0, 0.0, -FLOOR_DEPTH)
    )
    floor.rgba = FLOOR_COLOUR
    spec.worldbody.add_light(
        pos=(0.2, -0.9, 2.2), dir=(0.15, 0.4, -1.0), type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        diffuse=(0.62, 0.62, 0.60), specular=(0.2, 0.2, 0.2), castshadow=True,
    )  # fmt: skip
    spec.worldbody.add_light(
        pos=(1.5, 1.2, 1.8), dir=(-0.6, -0.5, -1.0), type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        diffuse=(0.28, 0.28, 0.30), specular=(0.0, 0.0, 0.0), castshadow=False,
    )  # fmt: skip
    spec.add_texture(
        name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX, builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=(0.80, 0.84, 0.88), rgb2=(0.52, 0.56, 0.62), width=64, height=384,
    )  # fmt: skip
    spec.visual.headlight.ambient = (0.30, 0.30, 0.31)
    spec.visual.headlight.diffuse = (0.10, 0.10, 0.10)
    spec.visual.headlight.specular = (0.0, 0.0, 0.0)
