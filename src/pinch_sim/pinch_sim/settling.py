# SPDX-License-Identifier: Apache-2.0
"""Drops an object on the table and waits until it rests, in a separate scene, so that no time passes in
the cell."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting
from pinch_core.geometry.transform import Transform
from pinch_sim.bin_in_cell import CellBin
from pinch_sim.errors import PlacementError
from pinch_sim.scene import PlacedObject, Scene, WorldConfig, build_scene

Float64 = NDArray[np.float64]

REST_SPEED = 0.005  # m/s at a radius of 0.1 m, too slow to see in an image
REST_TIME = 0.25  # s
DROP_CLEARANCE = 0.01  # m
MAX_OVERLAP = 0.002  # m, penetration of an object into others at its release


@configclass
class DropConfig:
    """Where objects are dropped and where they must come to rest."""

    center_x: float = setting(
        default=0.50, unit="m", help="middle of the work area, x in the base", lower=-2.0, upper=2.0
    )
    center_y: float = setting(
        default=0.0, unit="m", help="middle of the work area, y in the base", lower=-2.0, upper=2.0
    )
    spread: float = setting(
        default=0.06,
        unit="m",
        help="half width of the square over which objects are dropped",
        lower=0.0,
        upper=1.0,
    )
    area: float = setting(
        default=0.15,
        unit="m",
        help="half width of the square in which they must come to rest",
        lower=0.01,
        upper=1.0,
    )
    settle_time: float = setting(
        default=5.0, unit="s", help="time limit for coming to rest", lower=0.1, upper=60.0
    )
    attempts: int = setting(default=20, help="drops before giving up", lower=1, upper=1000)
    friction_low: float = setting(
        default=0.5, help="smallest Coulomb friction of an object", lower=0.0, upper=5.0
    )
    friction_high: float = setting(
        default=0.9, help="largest Coulomb friction of an object", lower=0.0, upper=5.0
    )


def drop_object(
    placed: PlacedObject,
    others: tuple[PlacedObject, ...],
    other_poses: list[Float64],
    world: WorldConfig,
    drop: DropConfig,
    rng: np.random.Generator,
    bin: CellBin | None = None,
) -> Float64:
    """Pose (7,) (position [m], quaternion w x y z) of ``placed`` at rest after a drop at a random pose.

    ``others`` are at ``other_poses`` and do not move.

    Raises:
        PlacementError: no drop came to rest inside the work area.
    """
    scene = build_scene((placed, *others), world, bin=bin)
    for _ in range(drop.attempts):
        x, y = rng.uniform(-drop.spread, drop.spread, 2)
        over = (drop.center_x + x, drop.center_y + y)
        start = _lifted_pose(scene, placed.name, random_quaternion(rng), over, bin)
        pose = _settle(scene, placed, others, other_poses, start, drop.settle_time)
        if pose is not None and _inside(pose, drop):
            return pose
    raise PlacementError(
        f"'{placed.thing.name}' came to rest inside the work area in none of {drop.attempts} drops; "
        "clear the table or "
        "widen drop.area."
    )


def settle_from(
    placed: PlacedObject,
    others: tuple[PlacedObject, ...],
    other_poses: list[Float64],
    world: WorldConfig,
    drop: DropConfig,
    T_base_object: Transform,
    bin: CellBin | None = None,
) -> Float64:
    """As :func:`drop_object`, released at a given pose.

    Raises:
        PlacementError: it falls off the table, does not come to rest or starts inside something.
    """
    scene = build_scene((placed, *others), world, bin=bin)
    x, y, z, w = T_base_object.quaternion
    start = np.array([*T_base_object.translation, w, x, y, z])
    pose = _settle(scene, placed, others, other_poses, start, drop.settle_time)
    where = f"({start[0]:.3f}, {start[1]:.3f}, {start[2]:.3f}) m"
    if pose is None:
        raise PlacementError(
            f"'{placed.name}' does not come to rest on the table from {where}; choose a pose just above it."
        )
    return pose


def _lifted_pose(
    scene: Scene, name: str, quaternion: Float64, xy: tuple[float, float], bin: CellBin | None
) -> Float64:
    """The pose over (x, y) whose lowest point is just above everything on the table."""
    data = mujoco.MjData(scene.model)
    data.qpos[scene.object_qpos(name)] = (0.0, 0.0, 0.0, *quaternion)
    mujoco.mj_kinematics(scene.model, data)
    height = DROP_CLEARANCE - lowest_point(scene, data, name)
    others = [placed.name for placed in scene.objects if placed.name != name]
    # If there are objects on the table, start above the tallest.
    height += (0.15 if others else 0.0) + (bin.rim if bin is not None else 0.0)
    return np.array([*xy, height, *quaternion])


def random_quaternion(rng: np.random.Generator) -> Float64:
    """A uniformly random rotation, (4,)."""
    quaternion = rng.standard_normal(4)
    return np.asarray(quaternion / np.linalg.norm(quaternion))


def lowest_point(scene: Scene, data: mujoco.MjData, name: str) -> float:
    """Height of an object's lowest point over the table top [m], exact for all primitives and
    meshes."""
    model = scene.model
    body = model.body(name)
    first, count = int(body.geomadr[0]), int(body.geomnum[0])
    lowest = np.inf
    for geom in range(first, first + count):
        if model.geom_contype[geom] == 0:  # only seen
            continue
        a, b, c = model.geom_size[geom]
        # Support function of the primitive along -z, which is the third row of its rotation.
        rx, ry, rz = np.abs(data.geom_xmat[geom].reshape(3, 3)[2])
        kind = model.geom_type[geom]
        if kind == mujoco.mjtGeom.mjGEOM_BOX:
            reach = rx * a + ry * b + rz * c
        elif kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
            reach = np.hypot(rx, ry) * a + rz * b
        elif kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
            reach = a + rz * b
        elif kind == mujoco.mjtGeom.mjGEOM_MESH:
            reach = float(np.max(-_corners(model, geom) @ data.geom_xmat[geom].reshape(3, 3)[2]))
        else:
            reach = np.sqrt((rx * a) ** 2 + (ry * b) ** 2 + (rz * c) ** 2)
        lowest = min(lowest, float(data.geom_xpos[geom][2] - reach))
    return lowest


def _corners(model: mujoco.MjModel, geom: int) -> Float64:
    """Of a mesh, (V, 3) in the frame of its geom [m]."""
    mesh = model.geom_dataid[geom]
    first = model.mesh_vertadr[mesh]
    return np.asarray(model.mesh_vert[first : first + model.mesh_vertnum[mesh]], dtype=np.float64)


def _settle(
    scene: Scene,
    placed: PlacedObject,
    others: tuple[PlacedObject, ...],
    other_poses: list[Float64],
    start: Float64,
    longest: float,
) -> Float64 | None:
    model, data = scene.model, mujoco.MjData(scene.model)
    mine, my_dof = scene.object_qpos(placed.name), scene.object_dof(placed.name)
    data.qpos[mine] = start
    _hold(scene, data, others, other_poses)
    mujoco.mj_forward(model, data)
    if any(contact.dist < -MAX_OVERLAP for contact in data.contact[: data.ncon]):
        return None
    timestep = float(model.opt.timestep)
    resting = 0.0
    for _ in range(round(longest / timestep)):
        _hold(scene, data, others, other_poses)
        mujoco.mj_step(model, data)
        resting = resting + timestep if speed(data.qvel[my_dof]) < REST_SPEED else 0.0
        if data.qpos[mine][2] < -0.1:
            return None
        if resting > REST_TIME:
            return np.array(data.qpos[mine])
    return None


def speed(velocity: Float64) -> float:
    """Of an object with the velocity (6,) (linear [m/s], angular [rad/s]): the greater of that of its middle
    and that of its turning at a radius of 0.1 m [m/s]."""
    return max(float(np.linalg.norm(velocity[:3])), 0.1 * float(np.linalg.norm(velocity[3:])))


def _hold(scene: Scene, data: mujoco.MjData, others: tuple[PlacedObject, ...], poses: list[Float64]) -> None:
    for other, pose in zip(others, poses, strict=True):
        data.qpos[scene.object_qpos(other.name)] = pose
        data.qvel[scene.object_dof(other.name)] = 0.0


def _inside(pose: Float64, drop: DropConfig) -> bool:
    away = np.abs(pose[:2] - (drop.center_x, drop.center_y))
    return bool(np.all(away < drop.area))
