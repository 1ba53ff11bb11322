# SPDX-License-Identifier: Apache-2.0
"""From the number of a heap to all its labelled examples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.config import to_mapping
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import ConfigError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.gripper import Gripper
from pinch_core.parallel_jaw.gripper import ParallelJawGripper, as_parallel_jaw
from pinch_core.perception.crop import CropShape, crop_depth, relative_crops
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.tables import EXAMPLES, POSES, VIEWS, GraspKind, ObjectData, Table
from pinch_datagen.errors import BadMeshError
from pinch_datagen.heaps.heap import Heap
from pinch_datagen.heaps.heap_cache import HeapCache, heap_key
from pinch_datagen.heaps.heap_data_config import HeapDataConfig
from pinch_datagen.heaps.heap_files import shard_files
from pinch_datagen.heaps.heap_surface import HeapSurface
from pinch_datagen.heaps.make_heap import make_heap
from pinch_datagen.heaps.pools import Pool, pool_of
from pinch_datagen.load_object import load_object
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.parallel_jaw.heap_candidates import drawn_by_policy, known_good
from pinch_datagen.parallel_jaw.heap_labels import HeapLabels, label_in_heap
from pinch_datagen.parallel_jaw.opened_grasps import OpenedGrasps
from pinch_datagen.parallel_jaw.proposal import seen_grasps
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.rendering.ray_renderer import RayRenderer
from pinch_datagen.run.shared_folder import require_visible
from pinch_datagen.scene.view_sampler import sample_camera

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


@lru_cache(maxsize=256)
def _loaded(ref: ObjectRef, config: DatagenConfig, gripper: Any) -> ObjectModel:
    return load_object(ref, config, gripper)


def load_once(ref: ObjectRef, config: DatagenConfig, gripper: Gripper) -> ObjectModel:
    """As :func:`load_object`; the last few are remembered, as heaps of one pool share them."""
    hashable: Any = gripper
    return _loaded(ref, config, hashable)


@dataclass(frozen=True)
class HeapGenerator:
    """``pools``: what the heaps are drawn from. ``parts``: where convex parts are kept.

    A heap's shard is as that of one rigid object: its mesh is the whole heap in the table's frame, with one
    pose, the identity.
    """

    pools: tuple[Pool, ...]
    heaps: HeapCache
    parts: Path

    def __call__(self, ref: ObjectRef, config: DatagenConfig, gripper: Gripper) -> ObjectData:
        """All examples of one heap; a function of its arguments alone.

        Raises:
            BadMeshError: an object of its pool cannot be used, or nothing of it stayed in place.
        """
        jaws, data = as_parallel_jaw(gripper, "a heap's label"), of_heaps(config)
        streams = RandomStreams(config.seed, ref.name)
        heap = self.heap(ref, config, gripper)
        if not heap.objects:
            raise BadMeshError(
                f"{ref.name}: all {heap.removed} objects were lost; use a larger bin, or raise redrops."
            )
        surface = HeapSurface.of(heap)
        looks = (_look(heap, surface, jaws, config, streams, number) for number in range(data.views))
        views = [view for view in looks if view is not None]
        if not views:
            raise BadMeshError(f"{ref.name}: the planner sees no object in any of {data.views} images.")
        good, good_labels = known_good(
            heap,
            surface,
            jaws,
            data.tried_per_object,
            data.planner.parallel_jaw.depths.opening_margin,
            data.antipodal,
            data.labels,
            streams.of("known good"),
        )
        drawn = OpenedGrasps.concatenated([view.drawn for view in views])
        labels = label_in_heap(drawn, heap, surface, jaws, data.labels, streams.of("quality"))
        labels.table["kind"], good_labels.table["kind"] = GraspKind.DRAWN, GraspKind.KNOWN_GOOD
        grasps = OpenedGrasps.concatenated([drawn, good])
        labels = HeapLabels.concatenated([labels, good_labels])
        return _assembled(ref, heap, surface, views, grasps, labels, jaws, config, streams)

    def heap(self, ref: ObjectRef, config: DatagenConfig, gripper: Gripper) -> Heap:
        """The settled heap of that number, from the cache where it was made before."""
        data, number = of_heaps(config), ref.procedural_index
        pool = self.pools[pool_of(number, self.pools)]
        kind = data.kinds[number // len(self.pools) % len(data.kinds)]
        for folder in sorted({item.path.parent for item in pool if item.path is not None}):
            require_visible(folder)
        key = heap_key(kind, data.decomposition, pool, loading(config, gripper), config.seed, ref.name)

        def make() -> Heap:
            models = [load_once(item, objects_config(config), gripper) for item in pool]
            rng = RandomStreams(config.seed, ref.name).of("heap")
            return make_heap(models, kind, rng, self.parts, data.decomposition)

        return self.heaps.get(key, make)


def of_heaps(config: DatagenConfig) -> HeapDataConfig:
    """The settings of heaps.

    Raises:
        ConfigError: there are none.
    """
    if config.heaps is None:
        raise ConfigError("the config has no heaps; add them as in config/datagen/heaps.yaml.")
    return config.heaps


def objects_config(config: DatagenConfig) -> DatagenConfig:
    """As much of the settings as decides single objects."""
    return DatagenConfig(
        seed=config.seed,
        object_scale=config.object_scale,
        procedural=config.procedural,
        preparation=config.preparation,
    )


def loading(config: DatagenConfig, gripper: Gripper) -> dict[str, object]:
    """The same as plain data."""
    return {
        "object_scale": list(config.object_scale),
        "procedural": to_mapping(config.procedural),
        "preparation": to_mapping(config.preparation),
        "span": gripper.span,
    }


@dataclass(frozen=True, eq=False)
class _View:
    """An image of the heap as networks get it, and the grasps that the policy drew from it."""

    depth: Float32
    intrinsics: CameraIntrinsics
    T_table_cam: Transform
    drawn: OpenedGrasps


def _look(
    heap: Heap,
    surface: HeapSurface,
    gripper: ParallelJawGripper,
    config: DatagenConfig,
    streams: RandomStreams,
    number: int,
) -> _View | None:
    """None where the planner sees no object."""
    data, rng = of_heaps(config), streams.of("views", number)
    T_table_cam, intrinsics = sample_camera(config.views.camera, rng)
    depth = RayRenderer(surface.mesh).render(T_table_cam, intrinsics)
    depth[np.isinf(depth)] = np.nan
    frame = DepthFrame.from_array(config.views.noise.chain().apply(depth, intrinsics, rng), intrinsics)
    count = data.grasps_per_view - _good_per_view(data)
    drawn = drawn_by_policy(
        frame, heap, T_table_cam, gripper, data.planner, count, data.uniform, streams.of("draw", number)
    )
    return None if drawn is None else _View(drawn.depth, intrinsics, T_table_cam, drawn.grasps)


def _good_per_view(data: HeapDataConfig) -> int:
    return round(data.known_good * data.grasps_per_view)


def _assembled(
    ref: ObjectRef,
    heap: Heap,
    surface: HeapSurface,
    views: list[_View],
    grasps: OpenedGrasps,
    labels: HeapLabels,
    gripper: ParallelJawGripper,
    config: DatagenConfig,
    streams: RandomStreams,
) -> ObjectData:
    data, shapes = of_heaps(config), config.storage.crop_shapes
    first_drawn = np.cumsum([0] + [len(view.drawn) for view in views])
    good = np.arange(first_drawn[-1], len(grasps))
    centers = np.array([item.T_table_obj @ item.model.center_of_mass for item in heap.scene])
    rows: list[Table] = []
    crops: dict[int, list[Float32]] = {shape.size: [] for shape in shapes}
    table = np.zeros(len(views), VIEWS)
    for number, view in enumerate(views):
        k = view.intrinsics
        table[number] = (0, np.eye(4), view.T_table_cam.matrix, k.fx, k.fy, k.cx, k.cy, k.width, k.height)
        own = np.arange(first_drawn[number], first_drawn[number + 1])
        chosen = streams.of("good of view", number).permutation(good)[: _good_per_view(data)]
        seen, cut = _examples(
            number, np.concatenate([own, chosen]), view, grasps, labels, centers, gripper, shapes
        )
        rows.append(seen)
        for size, images in cut.items():
            crops[size].append(images)
    poses = np.zeros(1, POSES)
    poses["probability"], poses["T_table_obj"] = 1.0, np.eye(4)
    mass = sum(item.mass for item in heap.objects)
    center = sum(item.mass * at for item, at in zip(heap.objects, centers, strict=True)) / mass
    source = f"heap of {len(heap.objects)} objects"
    model = ObjectModel(ref.name, source, surface.mesh.vertices, surface.mesh.faces, mass, np.asarray(center))
    return ObjectData(
        model,
        poses,
        labels.table,
        table,
        np.concatenate(rows),
        {size: np.concatenate(parts) for size, parts in crops.items()},
        shard_files(heap, labels, grasps.opening),
    )


def _examples(
    number: int,
    which: Int64,
    view: _View,
    grasps: OpenedGrasps,
    labels: HeapLabels,
    centers: Float64,
    gripper: ParallelJawGripper,
    shapes: tuple[CropShape, ...],
) -> tuple[Table, dict[int, Float32]]:
    """Rows of EXAMPLES and crops of the grasps in view; the object's pixel is that of the target, or of the
    grasp where nothing is touched.
    """
    k, T_cam_table = view.intrinsics, view.T_table_cam.inverse()
    seen = seen_grasps(grasps.grasps[which], gripper.max_opening, T_cam_table, k)
    inside = ((seen.pixels >= 0) & (seen.pixels <= np.array(k.size) - 1)).all(axis=1)
    target = labels.target[which]
    at = np.where((target >= 0)[:, None], centers[target], grasps.grasps.center[which])
    rows = np.zeros(len(which), EXAMPLES)
    rows["view"], rows["grasp"] = number, which
    rows["depth"], rows["angle"], rows["width_px"] = seen.depth, seen.angle, seen.width_px
    rows["column"], rows["row"] = seen.pixels.T
    rows["object_column"], rows["object_row"] = k.project(T_cam_table @ at).T
    rows["label"] = labels.table["label"][which]
    crops = {
        shape.size: relative_crops(
            crop_depth(view.depth, seen.pixels[inside], seen.angle[inside], shape), seen.depth[inside]
        )
        for shape in shapes
    }
    return rows[inside], crops
