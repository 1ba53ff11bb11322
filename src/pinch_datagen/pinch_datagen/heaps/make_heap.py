# SPDX-License-Identifier: Apache-2.0
"""One heap: objects drawn, given matter, and dropped or put down in MuJoCo until they rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import singledispatch
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from pinch_core.bin import Bin
from pinch_core.geometry.transform import Transform
from pinch_datagen.errors import NoObjectsError
from pinch_datagen.heaps.heap import Heap, HeapObject
from pinch_datagen.heaps.heap_config import Arrangement, BinHeap, HeapConfig, Packed, Pile
from pinch_datagen.heaps.packing import packed_poses
from pinch_datagen.heaps.settling import Matter, SettlingWorld
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.physics.convex_parts import DecompositionConfig, convex_parts
from pinch_datagen.scene.friction import sample_friction
from pinch_datagen.scene.placed_object import PlacedObject

# The next object falls when those before it rest, or after this time [s].
BETWEEN_DROPS = 0.5
# What still moves after this time does not come to rest [s].
LONGEST = 4.0
# Things that have come to rest without the pass against creeping rest with it, too: a short look [s].
REST_AGAIN = 0.1
# Walls of the box that is taken away again.
BOX_HEIGHT = 0.3  # m
# Put down from here, so that contact is made gently [m].
PUT_DOWN_FROM = 0.001


def make_heap(
    models: Sequence[ObjectModel],
    config: HeapConfig,
    rng: np.random.Generator,
    cache: Path,
    decomposition: DecompositionConfig | None = None,
) -> Heap:
    """A heap of objects drawn from the models without replacement, as long as there are enough; a function of
    its arguments and the generator alone.

    Args:
        models: as prepared; the config's scale, density and friction are drawn for each.
        cache: where convex parts are kept, see :func:`~pinch_datagen.physics.convex_parts.default_cache`.

    Raises:
        NoObjectsError: no model is short enough.
        BadMeshError: CoACD crashed on one of them.
    """
    objects = _drawn(models, config, rng, cache, decomposition or DecompositionConfig())
    arrangement = config.arrangement
    world = SettlingWorld(objects, _walls(arrangement))
    removed = _arrange(arrangement, objects, world, rng)
    removed, redropped = _until_all_rest_inside(world, objects, config, removed, rng)
    present = np.flatnonzero(world.present).tolist()
    return Heap(
        tuple(
            HeapObject(PlacedObject(objects[k].model, world.pose(k)), objects[k].friction, objects[k].mass)
            for k in present
        ),
        arrangement.bin if isinstance(arrangement, BinHeap) else None,
        redropped,
        removed,
    )


def _drawn(
    models: Sequence[ObjectModel],
    config: HeapConfig,
    rng: np.random.Generator,
    cache: Path,
    decomposition: DecompositionConfig,
) -> list[Matter]:
    usable = [
        model
        for model in models
        if np.ptp(model.vertices, axis=0).max() * config.scale[1] <= config.max_extent
    ]
    if not usable:
        raise NoObjectsError(
            f"none of {len(models)} objects is at most max_extent = {config.max_extent:g} m long; raise "
            "it, or lower scale."
        )
    count = config.objects.draw(rng)
    rounds = -(-count // len(usable))
    order = np.concatenate([rng.permutation(len(usable)) for _ in range(rounds)])[:count]
    scales = rng.uniform(*config.scale, count)
    friction = sample_friction(config.friction, count, rng)
    sparse, dense = map(math.log, config.density)
    density = np.exp(rng.uniform(sparse, dense, count))
    objects = []
    for k, which in enumerate(order):
        model = _scaled(usable[which], float(scales[k]))
        mass = float(np.clip(density[k] * model.mesh.volume, *config.mass))
        parts = convex_parts(model, decomposition, cache)
        objects.append(Matter(replace(model, mass=mass), parts, float(friction[k]), mass))
    return objects


def _scaled(model: ObjectModel, scale: float) -> ObjectModel:
    """The centre of mass is that of the volume, as in the physics."""
    larger = replace(model, vertices=scale * model.vertices)
    return replace(larger, center_of_mass=np.array(larger.mesh.center_mass, np.float64))


def _walls(arrangement: Arrangement) -> Bin | None:
    if isinstance(arrangement, BinHeap):
        return arrangement.bin
    if isinstance(arrangement, Pile) and arrangement.box:
        return Bin(length=arrangement.side, width=arrangement.side, height=BOX_HEIGHT, wall=0.02)
    return None


@singledispatch
def _arrange(
    arrangement: Arrangement, objects: Sequence[Matter], world: SettlingWorld, rng: np.random.Generator
) -> int:
    """Bring the objects in; how many found no place."""
    raise TypeError(f"no heap is made by a {type(arrangement).__name__}")


@_arrange.register
def _(arrangement: Pile, objects: Sequence[Matter], world: SettlingWorld, rng: np.random.Generator) -> int:
    for number in range(len(objects)):
        world.let_go(number, _drop_pose(arrangement, rng))
        world.fall(BETWEEN_DROPS)
    world.fall(LONGEST)
    world.remove_walls()
    return 0


@_arrange.register
def _(arrangement: BinHeap, objects: Sequence[Matter], world: SettlingWorld, rng: np.random.Generator) -> int:
    for number in range(len(objects)):
        world.let_go(number, _drop_pose(arrangement, rng))
        world.fall(BETWEEN_DROPS)
    return 0


@_arrange.register
def _(arrangement: Packed, objects: Sequence[Matter], world: SettlingWorld, rng: np.random.Generator) -> int:
    poses = packed_poses([item.model for item in objects], arrangement, rng)
    for number, pose in enumerate(poses):
        if pose is not None:
            world.let_go(number, Transform(np.eye(3), np.array([0.0, 0.0, PUT_DOWN_FROM])) @ pose)
    return sum(pose is None for pose in poses)


def _drop_pose(arrangement: Arrangement, rng: np.random.Generator) -> Transform:
    """``T_table_obj`` of an object that is let go, turned at random."""
    turn = Rotation.random(random_state=rng).as_matrix()
    if isinstance(arrangement, BinHeap):
        bin = arrangement.bin
        reach = arrangement.spread / 2 * np.array([bin.length, bin.width])
        height = bin.height + arrangement.drop_height
    elif isinstance(arrangement, Pile):
        reach, height = np.full(2, arrangement.spread), arrangement.drop_height
    else:
        reach, height = np.full(2, arrangement.spread), PUT_DOWN_FROM
    return Transform(turn, np.array([*rng.uniform(-reach, reach), height]))


def _until_all_rest_inside(
    world: SettlingWorld,
    objects: Sequence[Matter],
    config: HeapConfig,
    removed: int,
    rng: np.random.Generator,
) -> tuple[int, int]:
    """Drop again or remove what is outside or moves on, until there is nothing such; (removed, redropped)."""
    arrangement, redropped = config.arrangement, 0
    chances = np.full(len(objects), 0 if isinstance(arrangement, Packed) else config.redrops)
    while True:
        world.fall(LONGEST)
        still = world.run(LONGEST, REST_AGAIN)
        present = np.flatnonzero(world.present).tolist()
        lost = [
            k for k in present if not still[k] or not _is_inside(world.pose(k), objects[k].model, arrangement)
        ]
        if not lost:
            return removed, redropped
        for number in lost:
            world.put_away(number)
        for number in lost:
            if chances[number] == 0:
                removed += 1
                continue
            chances[number] -= 1
            redropped += 1
            world.let_go(number, _drop_pose(arrangement, rng))
            world.fall(BETWEEN_DROPS)


def _is_inside(T_table_obj: Transform, model: ObjectModel, arrangement: Arrangement) -> bool:
    """Whether the centre of mass is over the square that counts, or in the bin's outline."""
    x, y, z = T_table_obj @ model.center_of_mass
    if isinstance(arrangement, BinHeap):
        half_x, half_y = arrangement.bin.length / 2, arrangement.bin.width / 2
    else:
        half_x = half_y = arrangement.side / 2
    return bool(abs(x) <= half_x and abs(y) <= half_y and z > 0.0)
