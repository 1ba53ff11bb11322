# SPDX-License-Identifier: Apache-2.0
"""Heaps made by hand, of boxes: nothing has to be taken apart or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import trimesh

from pinch_benchmark.clutter.heap_view import HeapCamera
from pinch_benchmark.clutter.heap_world import HeapWorld, build_heap_world
from pinch_benchmark.clutter.protocol import PROTOCOLS
from pinch_benchmark.clutter.round_scene import RoundScene
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig
from pinch_core.bin import Bin
from pinch_core.depth_noise.chain import NoiseChain
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper, as_parallel_jaw
from pinch_core.resources import load_gripper
from pinch_datagen.heaps.heap import Heap, HeapObject
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.physics.convex_parts import DecompositionConfig, convex_parts
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_datagen.scene.view_sampler import sample_camera

Size = tuple[float, float, float]
Place = tuple[float, float]

BIN = Bin(length=0.40, width=0.30, height=0.10, wall=0.01)


def panda(opens_fully: bool) -> ParallelJawGripper:
    return replace(as_parallel_jaw(load_gripper("panda"), "a test"), opens_fully=opens_fully)


def box_heap(boxes: Sequence[tuple[Size, Place]], bin: Bin | None = None) -> Heap:
    """Boxes that stand on the table, or in the bin."""
    items = []
    for number, (size, (x, y)) in enumerate(boxes):
        mesh = trimesh.creation.box(size)
        model = ObjectModel(
            f"box {number}", "a box", np.array(mesh.vertices), np.array(mesh.faces), 0.05, np.zeros(3)
        )
        pose = Transform(np.eye(3), np.array([x, y, size[2] / 2]))
        items.append(HeapObject(PlacedObject(model, pose), friction=0.6, mass=0.05))
    return Heap(tuple(items), bin)


def world_of(heap: Heap, cache: Path, opens_fully: bool = False) -> HeapWorld:
    parts = [convex_parts(each.placed.model, DecompositionConfig(), cache) for each in heap.objects]
    return build_heap_world(panda(opens_fully), heap, parts, GripperPhysicsConfig())


def round_of(heap: Heap, cache: Path, opens_fully: bool = False) -> RoundScene:
    """A round that begins with the heap, seen from above without noise."""
    T_table_cam, intrinsics = sample_camera(PROTOCOLS["packed"].camera, np.random.default_rng(0))
    return RoundScene(
        0,
        world_of(heap, cache, opens_fully),
        tuple(each.placed.T_table_obj for each in heap.objects),
        HeapCamera(T_table_cam, intrinsics, NoiseChain()),
        (True,) * len(heap.objects),
    )


def from_above(x: float, y: float, z: float) -> Transform:
    """``T_table_tcp``: straight down, closing along y."""
    return Transform(np.diag([1.0, -1.0, -1.0]), np.array([x, y, z]))
