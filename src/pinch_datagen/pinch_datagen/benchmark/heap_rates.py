# SPDX-License-Identifier: Apache-2.0
"""How fast heaps settle, and how fast grasps in them are labelled, images and crops included."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pinch_core.errors import PinchError
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.benchmark.stages import StageRate, rate
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.heaps.generate_heap import HeapGenerator, of_heaps
from pinch_datagen.heaps.heap_cache import HeapCache
from pinch_datagen.heaps.heap_surface import HeapSurface
from pinch_datagen.heaps.pools import deal_pools, heap_refs
from pinch_datagen.heaps.prepare_objects import prepare_objects
from pinch_datagen.object_ref import ObjectRef, list_objects
from pinch_datagen.parallel_jaw.heap_candidates import known_good
from pinch_datagen.parallel_jaw.heap_labels import label_in_heap
from pinch_datagen.physics.convex_parts import default_cache
from pinch_datagen.run.process_map import ProcessMap

# So many objects are taken apart for this benchmark, once on a machine.
OBJECTS = 10


@dataclass(frozen=True)
class HeapRates:
    """``settling_s``: for one heap. ``examples_per_s``: with ``workers`` processes, heaps settled before;
    ``examples_per_cpu_s``: the same of the time that the processes had, which other programs do not change.
    """

    heaps: int
    workers: int
    settling_s: float
    examples: int
    examples_per_s: float
    examples_per_cpu_s: float


@dataclass(frozen=True)
class _Part:
    """What one worker did: seconds by the clock and of its own."""

    examples: int
    seconds: float
    cpu_s: float


def heap_rates(
    config: DatagenConfig, gripper: ParallelJawGripper, count: int, workers: int, folder: Path
) -> HeapRates:
    """Settle ``count`` heaps and label each of them, with ``workers`` processes.

    Args:
        folder: for the settled heaps; convex parts are kept in the default cache.
    """
    generator = _generator(config, gripper, folder, workers)
    refs = heap_refs(count)
    start = time.process_time()
    for ref in refs:
        generator.heap(ref, config, gripper)
    settling = time.process_time() - start
    labelling = _Labelling(generator, config, gripper, tuple(refs), workers)
    parts = list(ProcessMap(workers, labelling.attempt, str, "run it again.").map_unordered(range(workers)))
    return HeapRates(
        count,
        workers,
        settling / count,
        sum(part.examples for part in parts),
        sum(part.examples / part.seconds for part in parts),
        sum(part.examples / part.cpu_s for part in parts),
    )


def heap_label_rate(config: DatagenConfig, gripper: ParallelJawGripper, folder: Path) -> StageRate:
    """Labels of grasps in one heap, all at once and one at a time."""
    data = of_heaps(config)
    heap = _generator(config, gripper, folder, 1).heap(heap_refs(1)[0], config, gripper)
    surface, rng = HeapSurface.of(heap), np.random.default_rng
    opened, _ = known_good(heap, surface, gripper, 400, 0.006, data.antipodal, data.labels, rng(0))

    def labelled(start: int, end: int) -> int:
        part = opened[slice(start, end)]
        return len(label_in_heap(part, heap, surface, gripper, data.labels, rng(1)))

    few = min(len(opened), 10)
    return StageRate(
        "good grasps in a heap labelled",
        rate(lambda: labelled(0, len(opened))),
        rate(lambda: sum(labelled(number, number + 1) for number in range(few))),
    )


def _generator(
    config: DatagenConfig, gripper: ParallelJawGripper, folder: Path, workers: int
) -> HeapGenerator:
    parts = default_cache()
    usable = prepare_objects(list_objects(OBJECTS, ()), config, gripper, parts, workers)
    pools = deal_pools(usable.refs, (), OBJECTS, config.seed)
    return HeapGenerator(pools, HeapCache(folder), parts)


@dataclass(frozen=True)
class _Labelling:
    generator: HeapGenerator
    config: DatagenConfig
    gripper: ParallelJawGripper
    refs: tuple[ObjectRef, ...]
    workers: int

    def attempt(self, worker: int) -> _Part | PinchError:
        try:
            self._label(self.refs[0], views=1)  # loads all that is loaded once
            start, cpu = time.perf_counter(), time.process_time()
            examples = sum(self._label(ref) for ref in self.refs[worker :: self.workers])
            return _Part(examples, time.perf_counter() - start, time.process_time() - cpu)
        except PinchError as error:
            return error

    def _label(self, ref: ObjectRef, views: int | None = None) -> int:
        config = self.config
        if views is not None:
            config = dataclasses.replace(config, heaps=dataclasses.replace(of_heaps(config), views=views))
        return len(self.generator(ref, config, self.gripper).examples)
