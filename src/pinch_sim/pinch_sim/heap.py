# SPDX-License-Identifier: Apache-2.0
"""A heap: objects dropped one by one until they rest, in a separate scene, so that no time passes in the
cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_sim.bin_in_cell import CellBin
from pinch_sim.cell_config import CellConfig
from pinch_sim.errors import PlacementError
from pinch_sim.objects import LIBRARY, library_object
from pinch_sim.scene import PlacedObject, Scene, WorldConfig, build_scene
from pinch_sim.settling import (
    DROP_CLEARANCE,
    MAX_OVERLAP,
    REST_SPEED,
    REST_TIME,
    DropConfig,
    lowest_point,
    random_quaternion,
    speed,
)

Float64 = NDArray[np.float64]

# The next object falls when the heap has come so far towards rest [m/s], or after so long [s].
CALM_SPEED, CALM_TIME = 0.05, 0.6
HEAP_TRIES = 5
# Share of the bin's inside over which objects are dropped.
DROP_SHARE = 0.75
# Steps between two looks at what moves.
LOOK_EVERY = 10


@dataclass(frozen=True, eq=False)
class Heap:
    """Objects and their poses (7,) (position [m], quaternion w x y z) at rest."""

    objects: tuple[PlacedObject, ...]
    poses: tuple[Float64, ...]


def make_heap(config: CellConfig, count: int, seed: int) -> Heap:
    """``count`` objects of a cell's configured ones in its bin, or on its table; all chance comes from
    ``seed``.

    Raises:
        PlacementError: they do not stay there or do not come to rest.
    """
    rng, drop = np.random.default_rng(seed), config.drop
    friction = (drop.friction_low, drop.friction_high)
    objects = draw_objects(config.heap_objects, count, friction, rng)
    poses = drop_heap(objects, config.world, drop, config.bin.stand(), rng)
    return Heap(tuple(objects), tuple(poses))


def drop_heap(
    things: Sequence[PlacedObject],
    world: WorldConfig,
    drop: DropConfig,
    bin: CellBin | None,
    rng: np.random.Generator,
) -> list[Float64]:
    """Poses (7,) (position [m], quaternion w x y z) of objects that were dropped one after the other into the
    bin, or onto the table, and have come to rest.

    One that jumps out is dropped again.

    Raises:
        PlacementError: one stays out after ``drop.attempts`` drops, or no heap of HEAP_TRIES comes to rest.
    """
    for _ in range(HEAP_TRIES):
        heap = list[PlacedObject]()
        state = _State([], [])
        for thing in things:
            state = _drop_until_inside(heap, state, thing, world, drop, bin, rng)
            heap.append(thing)
        poses = _at_rest(heap, state, world, drop, bin)
        if poses is not None:
            return poses
    raise PlacementError(
        f"in {HEAP_TRIES} tries a heap of {len(things)} objects lost some or did not come to rest in "
        f"{drop.settle_time:g} s; raise drop.settle_time or ask for fewer objects."
    )


class _State:
    """Poses (7,) and velocities (6,) of the objects of a heap."""

    def __init__(self, poses: list[Float64], velocities: list[Float64]) -> None:
        self.poses, self.velocities = poses, velocities


def _drop_until_inside(
    heap: list[PlacedObject],
    state: _State,
    thing: PlacedObject,
    world: WorldConfig,
    drop: DropConfig,
    bin: CellBin | None,
    rng: np.random.Generator,
) -> _State:
    for _ in range(drop.attempts):
        dropped = _drop_onto(heap, state, thing, world, drop, bin, rng)
        if dropped is not None:
            return dropped
    raise PlacementError(
        f"'{thing.name}' stayed in the {'bin' if bin else 'work area'} in none of {drop.attempts} drops onto "
        f"{len(heap)} objects; ask for fewer objects."
    )


def _drop_onto(
    heap: list[PlacedObject],
    state: _State,
    thing: PlacedObject,
    world: WorldConfig,
    drop: DropConfig,
    bin: CellBin | None,
    rng: np.random.Generator,
) -> _State | None:
    """The heap and ``thing`` a moment after it was let go over it; None where an object jumped out."""
    scene = build_scene((*heap, thing), world, bin=bin)
    data = mujoco.MjData(scene.model)
    _set(scene, data, heap, state)
    data.qpos[scene.object_qpos(thing.name)] = _start(scene, data, heap, thing, drop, bin, rng)
    mujoco.mj_forward(scene.model, data)
    if any(contact.dist < -MAX_OVERLAP for contact in data.contact[: data.ncon]):
        return None
    _step_until(scene, data, CALM_SPEED, 0.0, CALM_TIME)
    inside = all(_is_inside(data.qpos[scene.object_qpos(each.name)], drop, bin) for each in (*heap, thing))
    return _get(scene, data) if inside else None


def _at_rest(
    heap: list[PlacedObject], state: _State, world: WorldConfig, drop: DropConfig, bin: CellBin | None
) -> list[Float64] | None:
    """Poses once nothing moves; None where that does not come, or an object has left."""
    scene = build_scene(tuple(heap), world, bin=bin)
    data = mujoco.MjData(scene.model)
    _set(scene, data, heap, state)
    if not _step_until(scene, data, REST_SPEED, REST_TIME, drop.settle_time):
        return None
    inside = all(_is_inside(data.qpos[scene.object_qpos(each.name)], drop, bin) for each in heap)
    return _get(scene, data).poses if inside else None


def _start(
    scene: Scene,
    data: mujoco.MjData,
    heap: list[PlacedObject],
    thing: PlacedObject,
    drop: DropConfig,
    bin: CellBin | None,
    rng: np.random.Generator,
) -> Float64:
    """A random pose over the bin, or the work area, whose lowest point is over all that lies there."""
    quaternion = random_quaternion(rng)
    if bin is None:
        x, y = np.array([drop.center_x, drop.center_y]) + rng.uniform(-drop.spread, drop.spread, 2)
        floor = 0.0
    else:
        half = DROP_SHARE / 2 * np.array([bin.size.length, bin.size.width])
        x, y, _ = bin.T_base_bin @ np.array([*rng.uniform(-half, half), 0.0])
        floor = bin.rim
    data.qpos[scene.object_qpos(thing.name)] = (0.0, 0.0, 0.0, *quaternion)
    mujoco.mj_kinematics(scene.model, data)
    below = -lowest_point(scene, data, thing.name)
    # The origin of an object lies in its middle: what lies there reaches at most as far over its origin as
    # the object's farthest corner.
    tops = [data.qpos[scene.object_qpos(each.name)][2] + _reach(scene, each.name) for each in heap]
    return np.array([x, y, max([floor, *tops]) + DROP_CLEARANCE + below, *quaternion])


def _reach(scene: Scene, name: str) -> float:
    """Radius of a ball about an object's origin that holds it [m]."""
    model, body = scene.model, scene.model.body(name)
    geoms = slice(int(body.geomadr[0]), int(body.geomadr[0]) + int(body.geomnum[0]))
    away = np.linalg.norm(model.geom_pos[geoms], axis=1)
    return float(np.max(away + model.geom_rbound[geoms]))


def _step_until(scene: Scene, data: mujoco.MjData, slow: float, resting: float, longest: float) -> bool:
    """Step until nothing has been faster than ``slow`` for the time ``resting``; whether that came."""
    model = scene.model
    dofs = [scene.object_dof(thing.name) for thing in scene.objects]
    look = LOOK_EVERY * float(model.opt.timestep)
    rested = 0.0
    for _ in range(round(longest / look)):
        mujoco.mj_step(model, data, LOOK_EVERY)
        fastest = max(speed(data.qvel[dof]) for dof in dofs)
        rested = rested + look if fastest < slow else 0.0
        if rested > resting:
            return True
    return False


def _is_inside(pose: Float64, drop: DropConfig, bin: CellBin | None) -> bool:
    if bin is not None:
        return bin.holds(pose[:3]) and bool(pose[2] > bin.T_base_bin.translation[2])
    return bool(np.all(np.abs(pose[:2] - (drop.center_x, drop.center_y)) < drop.area))


def _set(scene: Scene, data: mujoco.MjData, heap: list[PlacedObject], state: _State) -> None:
    for thing, pose, velocity in zip(heap, state.poses, state.velocities, strict=True):
        data.qpos[scene.object_qpos(thing.name)] = pose
        data.qvel[scene.object_dof(thing.name)] = velocity


def _get(scene: Scene, data: mujoco.MjData) -> _State:
    return _State(
        [np.array(data.qpos[scene.object_qpos(thing.name)]) for thing in scene.objects],
        [np.array(data.qvel[scene.object_dof(thing.name)]) for thing in scene.objects],
    )


def draw_objects(
    names: Sequence[str], count: int, friction: tuple[float, float], rng: np.random.Generator
) -> list[PlacedObject]:
    """``count`` library objects in random order, each again only when all were taken; their names differ."""
    drawn: list[PlacedObject] = []
    while len(drawn) < count:
        round_number = len(drawn) // len(names) + 1
        for index in rng.permutation(len(names))[: count - len(drawn)]:
            thing = library_object(names[index])
            name = thing.name if round_number == 1 else f"{thing.name}_{round_number}"
            drawn.append(PlacedObject(name, thing, float(rng.uniform(*friction))))
    return drawn


def library_name(name: str) -> str:
    """Which library object an object of a heap is: ``cube_2`` is the second cube."""
    first, _, number = name.rpartition("_")
    return first if name not in LIBRARY and number.isdigit() else name
