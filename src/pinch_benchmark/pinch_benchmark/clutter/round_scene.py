# SPDX-License-Identifier: Apache-2.0
"""How a round begins: a heap at rest, the compiled world, a camera; the same for every method."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pinch_benchmark.clutter.heap_trial import execute_in_heap
from pinch_benchmark.clutter.heap_view import HeapCamera, walls_of
from pinch_benchmark.clutter.heap_world import HeapWorld, build_heap_world
from pinch_benchmark.clutter.judge import judge
from pinch_benchmark.clutter.protocol import ClutterProtocol, find_noise
from pinch_benchmark.errors import UnusableObjectError
from pinch_benchmark.methods.true_geometry import TABLE_GAP_M, RatedGrasp, best_grasp
from pinch_benchmark.scenes.object_set import ObjectSet
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.errors import BadMeshError
from pinch_datagen.heaps.heap import Heap
from pinch_datagen.heaps.make_heap import make_heap
from pinch_datagen.load_object import load_object
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.objects.preparation import PreparationConfig
from pinch_datagen.physics.convex_parts import convex_parts
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_datagen.scene.view_sampler import sample_camera

# Of generated objects: from such as leave much room between the jaws to such as fill them.
GENERATED_SCALE = (0.5, 1.1)
# Drawn beyond the objects of the heap, because some are too long or broken.
SPARE = 6
LIFTABLE_CANDIDATES = 150


@dataclass(frozen=True, eq=False)
class RoundScene:
    """``poses``: ``T_table_obj`` of the objects at rest; ``liftable``: whether the best
    grasp that a perfect eye finds on the object as it lies lifts it, were it alone in the middle.
    """

    number: int
    world: HeapWorld
    poses: tuple[Transform, ...]
    camera: HeapCamera
    liftable: tuple[bool, ...]

    @property
    def heap(self) -> Heap:
        return self.world.heap

    @property
    def names(self) -> tuple[str, ...]:
        """Of the objects."""
        return tuple(each.placed.model.name for each in self.heap.objects)


def make_round_scene(
    number: int,
    objects: ObjectSet,
    protocol: ClutterProtocol,
    noise: str,
    knows_table: bool,
    gripper: ParallelJawGripper,
    seed: int,
    cache: Path,
) -> RoundScene:
    """Scene ``number`` of a protocol; seed and number decide all that is random in it.

    Raises:
        BadMeshError, UnusableObjectError: an object cannot be taken apart.
        PinchError: no heap can be made of the objects.
    """
    streams = RandomStreams(seed, f"{protocol.name} {number}")
    config = protocol.heap_config
    models = _models(objects, config.objects.upper + SPARE, gripper, seed, streams)
    heap = make_heap(models, config, streams.of("heap"), cache, protocol.decomposition)
    parts = [convex_parts(each.placed.model, protocol.decomposition, cache) for each in heap.objects]
    world = build_heap_world(gripper, heap, parts, protocol.physics)
    T_table_cam, intrinsics = sample_camera(protocol.camera, streams.of("camera"))
    return RoundScene(
        number,
        world,
        tuple(each.placed.T_table_obj for each in heap.objects),
        HeapCamera(T_table_cam, intrinsics, find_noise(noise), knows_table),
        _liftable(world, gripper, protocol, streams),
    )


def _models(
    objects: ObjectSet, count: int, gripper: ParallelJawGripper, seed: int, streams: RandomStreams
) -> list[ObjectModel]:
    """So many different objects, fewer where there are not as many or they are broken. Meshes from a folder
    keep their size.
    """
    preparation = PreparationConfig(center_of_mass_from_volume=True, fit_to_jaw=objects.generated)
    config = DatagenConfig(
        seed=seed,
        object_scale=GENERATED_SCALE if objects.generated else (1.0, 1.0),
        preparation=preparation,
    )
    found = []
    for k in streams.of("objects").permutation(len(objects.refs))[:count]:
        try:
            found.append(load_object(objects.refs[k], config, gripper))
        except BadMeshError:
            continue
    if not found:
        raise UnusableObjectError(f"none of {count} objects of {objects.name} can be used.")
    return found


def _liftable(
    world: HeapWorld, gripper: ParallelJawGripper, protocol: ClutterProtocol, streams: RandomStreams
) -> tuple[bool, ...]:
    found = []
    for number, item in enumerate(world.heap.objects):
        alone: list[Transform | None] = [None] * len(world.heap.objects)
        lying = item.placed.T_table_obj
        # Away from walls: at them, it is the place that cannot be reached.
        alone[number] = Transform(lying.rotation, lying.translation * [0.0, 0.0, 1.0])
        alone = world.settled(alone)
        pose = alone[number]
        assert pose is not None
        placed = PlacedObject(item.placed.model, pose)
        rng = streams.of("liftable", number)
        grasp = best_grasp(
            [placed],
            gripper,
            LIFTABLE_CANDIDATES,
            protocol.quality,
            rng,
            walls_of(world.heap.bin),
            table_gap=TABLE_GAP_M,
        )
        found.append(grasp is not None and _lifts(world, alone, grasp, protocol))
    return tuple(found)


def _lifts(
    world: HeapWorld, alone: list[Transform | None], grasp: RatedGrasp, protocol: ClutterProtocol
) -> bool:
    done, _ = execute_in_heap(
        world, alone, grasp.T_table_tcp, grasp.opening, protocol.physics, protocol.motion, False
    )
    return judge(done, protocol.motion, world.gripper.max_opening).lenient
